"""How a contract is followed up: level of assurance, who answers for what, independence, looks, endings and disputes.

All of it is optional in the file, and none of it moves an amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from effekt.contracts.payment import Payment
from effekt.contracts.schema import Bilingual, DateText, Items, OneLine, PartyId, Term, fault

Level: TypeAlias = Literal["reasonable", "limited", "agreed_upon_procedures"]
Fee: TypeAlias = Literal["fixed", "by_time", "none"]
Ending: TypeAlias = Literal["pay_on_closed_cohorts", "pay_to_date", "pay_nothing_more", "refer"]

_Parties: TypeAlias = Annotated[Items[PartyId], Field(min_length=1)]


class Responsibilities(Term):
    """Who answers for what; nobody answers for the conclusion who also answers for the data or the analysis."""

    data: _Parties
    analysis: _Parties
    conclusion: _Parties

    @model_validator(mode="after")
    def _check(self) -> Responsibilities:
        for position, party in enumerate(self.conclusion):
            for key in ("data", "analysis"):
                if party in getattr(self, key):
                    raise fault(
                        f"is {party}, who answers for the {key} too and so would judge their own work; name another "
                        "party.",
                        *("conclusion", position),
                    )
        return self


class Assurance(Term):
    """With what certainty the one who verifies concludes, by which criteria, and who answers for what."""

    level: Level
    standard: OneLine | None = None
    criteria: Bilingual | None = None
    responsibilities: Responsibilities


class Independence(Term):
    """Whom a party is independent of, and how it is paid for its work."""

    of: _Parties
    fee: Fee
    accreditation: OneLine | None = None


class Termination(Term):
    """An event that ends the contract early, and what is then paid."""

    event: Bilingual
    then: Ending


class Disputes(Term):
    """How long a certificate can be disputed, what is paid meanwhile, and who decides."""

    days: Annotated[int, Field(ge=1, le=3650)]
    undisputed_paid: bool
    decided_by: Bilingual


class InterimLook(Term):
    """A look at the figures before the end, declared beforehand."""

    at: DateText
    pays: bool


def check_looks(looks: tuple[InterimLook, ...], signed: str) -> None:
    """Refuse looks before the contract or out of order.

    Parameters
    ----------
    looks : tuple of InterimLook
    signed : str
        YYYY-MM-DD.

    Raises
    ------
    PydanticCustomError
        At the look's own place.
    """
    before = signed
    for position, look in enumerate(looks):
        if look.at <= before:
            what = "the contract was signed" if position == 0 else "the look before"
            raise fault(f"must be after {what}, {before}; got {look.at}.", "interim", position, "at")
        before = look.at


def check_due(payment: Payment, signed: str) -> None:
    """Refuse a day of payment before the contract was signed.

    Parameters
    ----------
    payment : Payment
    signed : str

    Raises
    ------
    PydanticCustomError
        At the line's own place.
    """
    for id, line in payment.lines.items():
        if line.due is not None and line.due < signed:
            raise fault(f"must not be before signed, {signed}; got {line.due}.", "payment", "lines", id, "due")


def check_independence(independence: Mapping[str, Independence], payment: Payment) -> None:
    """Refuse a party that is to be independent and pays, is paid by the outcome, or is independent of itself.

    Parameters
    ----------
    independence : mapping of party to Independence
    payment : Payment

    Raises
    ------
    PydanticCustomError
        At the party's own place.
    """
    for id, term in independence.items():
        if id in term.of:
            raise fault("names the party itself; remove it.", "independence", id, "of", term.of.index(id))
        for where in interests(id, payment):
            raise fault(
                f"cannot be independent: {where}. Let another party verify, or take {id} out of the payment.",
                *("independence", id),
            )


def interests(id: str, payment: Payment) -> Iterator[str]:
    """Where in the payment a party stands to win or lose by the outcome.

    Parameters
    ----------
    id : str
        The party.
    payment : Payment

    Yields
    ------
    str
        Such as 'provider is paid by the line fee'.
    """
    for name, line in payment.lines.items():
        if id in line.payers:
            yield f"{id} pays the line {name}"
        if id == line.payee:
            yield f"{id} is paid by the line {name}"
    waterfall = payment.waterfall
    if waterfall is not None and (id == waterfall.source or any(id in step.to for step in waterfall.steps)):
        yield f"{id} is paid by the waterfall"
    for name, guarantee in (payment.guarantees or {}).items():
        if id in (guarantee.guarantor, guarantee.beneficiary):
            yield f"{id} stands in the guarantee {name}"

"""How a contract is followed up: level of assurance, who answers for what, independence, looks, endings and disputes.

All of it is optional in the file. What ends a contract early, disputes and revised sources move an amount only when a
party declares that they happened.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from effekt._validation import join_words
from effekt.contracts.payment import Payment
from effekt.contracts.schema import Bilingual, DateText, Id, Items, OneLine, PartyId, Term, fault

Level: TypeAlias = Literal["reasonable", "limited", "agreed_upon_procedures"]
Fee: TypeAlias = Literal["fixed", "by_time", "none"]
Ending: TypeAlias = Literal["pay_on_closed_cohorts", "pay_to_date", "pay_nothing_more", "refer"]
LineEnding: TypeAlias = Literal["in_full", "to_date", "nothing", "refer"]
Revision: TypeAlias = Literal["stands", "pay_and_correct", "refer"]

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


class Period(Term):
    """The days that a payment is for, both included."""

    from_: DateText = Field(alias="from")
    to: DateText

    @model_validator(mode="after")
    def _check(self) -> Period:
        if self.to < self.from_:
            raise fault(f"must not be before from, {self.from_}; got {self.to}.", "to")
        return self

    def days(self, last: str) -> tuple[int, int]:
        """How many of its days have passed with the day `last`, and how many it has."""
        first, end, day = (datetime.date.fromisoformat(one) for one in (self.from_, self.to, last))
        return max(0, (min(day, end) - first).days + 1), (end - first).days + 1


class Termination(Term):
    """An event that ends the contract early or spoils a comparison, and what is then paid.

    `then` is the rule for every line that has none of its own under `lines` or `closes`: a line under `closes` is paid
    in full when its cohort closed on or before the last day, and otherwise not at all; `to_date` is the part of
    `period` that had passed. A line whose cohort has no closing day, or `pay_to_date` without a period, is referred.
    """

    event: Bilingual
    then: Ending
    lines: Annotated[Mapping[Id, LineEnding], Field(min_length=1)] | None = None
    closes: Annotated[Mapping[Id, DateText], Field(min_length=1)] | None = None
    period: Period | None = None
    floor: Literal["applies", "lapses"] | None = None
    guarantees: Literal["applies", "lapses"] | None = None
    declared_by: _Parties | None = None

    @model_validator(mode="after")
    def _check(self) -> Termination:
        if self.closes is not None and self.then != "pay_on_closed_cohorts":
            raise fault(f"goes with then: pay_on_closed_cohorts; then is {self.then}.", "closes")
        by_day = self.then == "pay_to_date" or "to_date" in (self.lines or {}).values()
        if self.period is not None and not by_day:
            raise fault("has no meaning, since no line is paid to_date; remove it.", "period")
        for id, rule in (self.lines or {}).items():
            if rule == "to_date" and self.period is None:
                raise fault("is a part of period, which is not given; add it.", "lines", id)
            if id in (self.closes or {}):
                raise fault("stands under closes too; give the line one rule.", "lines", id)
        return self

    def rule(self, line: str, last: str) -> LineEnding:
        """What becomes of a line when `last` is the last day."""
        if self.lines is not None and line in self.lines:
            return self.lines[line]
        if self.then == "pay_on_closed_cohorts" and self.closes is not None and line in self.closes:
            return "in_full" if self.closes[line] <= last else "nothing"
        if self.then == "pay_to_date" and self.period is not None:
            return "to_date"
        return "nothing" if self.then == "pay_nothing_more" else "refer"


class Revisions(Term):
    """What follows when a source is revised after it was used: it stands, is paid and corrected, or is referred."""

    then: Revision


def _decider(value: Any) -> str:
    return "<party>" if isinstance(value, str) else "<text>"


Decider: TypeAlias = Annotated[
    Annotated[PartyId, Tag("<party>")] | Annotated[Bilingual, Tag("<text>")], Discriminator(_decider)
]


class Disputes(Term):
    """How long a certificate can be disputed, what is paid meanwhile, and who decides.

    A party that `decided_by` names declares a dispute decided, beside the one whose it is; whoever is told of in words
    declares nothing.
    """

    days: Annotated[int, Field(ge=1, le=3650)]
    undisputed_paid: bool
    decided_by: Decider

    @property
    def decider(self) -> str | None:
        """The party of the contract that decides; None where somebody else does."""
        return self.decided_by if isinstance(self.decided_by, str) else None


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


def check_endings(endings: Mapping[str, Termination], payment: Payment) -> None:
    """Refuse endings that name other lines than the contract has, or that cannot be applied to them.

    Parameters
    ----------
    endings : mapping of str to Termination
    payment : Payment

    Raises
    ------
    PydanticCustomError
        At the ending's own place.
    """
    for id, ending in endings.items():
        for key in ("lines", "closes"):
            for line in getattr(ending, key) or {}:
                if line not in payment.lines:
                    raise fault(f"must be a name under payment.lines; got {line}.", "termination", id, key, line)
        for line, term in payment.lines.items():
            if term.true_up is not None and ending.rule(line, "9999-12-31") == "to_date":
                raise fault(
                    f"cannot hold for {line}, whose true_up pays what is due to date by itself; give it in_full under "
                    "lines.",
                    *("termination", id, "period"),
                )
            if term.paid_each is not None and ending.rule(line, "9999-12-31") == "to_date":
                raise fault(
                    f"cannot hold for {line}, of which each certificate pays what is new by itself; give it in_full "
                    "under lines.",
                    *("termination", id, "period"),
                )
        if ending.floor is not None and not (payment.floor or payment.floors):
            raise fault("has no meaning, since payment has no floor; remove it.", "termination", id, "floor")
        if ending.guarantees is not None and not payment.guarantees:
            raise fault("has no meaning, since payment has none; remove it.", "termination", id, "guarantees")
        _check_declarers(id, ending, payment)


def _check_declarers(id: str, ending: Termination, payment: Payment) -> None:
    """Each party once, and somebody whom the payment concerns among them."""
    named = ending.declared_by or ()
    for position, party in enumerate(named):
        if party in named[:position]:
            raise fault(f"stands twice; got {party}.", "termination", id, "declared_by", position)
    if named and not any(list(interests(party, payment)) for party in named):
        raise fault(
            f"must name a party that pays or is paid, since nobody else can end a contract for them; got "
            f"{join_words(list(named), 'and')}.",
            *("termination", id, "declared_by"),
        )


def check_decider(disputes: Disputes | None, payment: Payment) -> None:
    """Refuse a party that would decide its own disputes.

    Parameters
    ----------
    disputes : Disputes or None
    payment : Payment

    Raises
    ------
    PydanticCustomError
        At its place.
    """
    decider = None if disputes is None else disputes.decider
    for where in () if decider is None else interests(decider, payment):
        raise fault(f"cannot decide, since {where}; name another party.", "disputes", "decided_by")


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

"""An amended contract: the file whose place it takes, why, and who must agree to it by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from effekt.contracts.schema import Bilingual, DateText, Items, PartyId, Sha256, Term, fault
from effekt.contracts.strict_yaml import parse

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms

PAYER = "payer"
OWN = ("amendment",)  # keys of the top that differ in every amendment


class Amendment(Term):
    """Which file this one takes the place of, when, why, and which parties agree to it with their keys."""

    number: Annotated[int, Field(ge=1)]
    of: Sha256
    date: DateText
    reason: Bilingual
    agreed_by: Annotated[Items[PartyId], Field(min_length=2)]


def check_amendment(terms: ContractTerms) -> None:
    """Refuse an amendment before the contract, or that some payer, or nobody but payers, agrees to by a key.

    Parameters
    ----------
    terms : ContractTerms

    Raises
    ------
    PydanticCustomError
        At the amendment's own place.
    """
    amendment = terms.amendment
    if amendment is None:
        return
    if amendment.date < terms.dates.signed:
        raise fault(
            f"must not be before the contract was signed, {terms.dates.signed}; got {amendment.date}.",
            *("amendment", "date"),
        )
    for position, id in enumerate(amendment.agreed_by):
        if id in amendment.agreed_by[:position]:
            raise fault(f"stands twice; got {id}.", "amendment", "agreed_by", position)
        if not terms.parties[id].keys:
            raise fault(
                f"is {id}, who has no key to agree with; give the party one.", "amendment", "agreed_by", position
            )
    without = [id for id in payers(terms) if id not in amendment.agreed_by]
    if without:
        raise fault(
            f"must name everyone who pays; {without[0]} does and is not there. Nobody's money moves without their key.",
            *("amendment", "agreed_by"),
        )
    if all(id in payers(terms) or terms.parties[id].role == PAYER for id in amendment.agreed_by):
        raise fault("must name a party that is no payer, since payers cannot amend alone.", "amendment", "agreed_by")


def payers(terms: ContractTerms) -> tuple[str, ...]:
    """Every party that pays a line or guarantees, in the contract's order.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    tuple of str
    """
    payment = terms.payment
    paying = {id for line in payment.lines.values() for id in line.payers}
    paying |= {one.guarantor for one in (payment.guarantees or {}).values()}
    return tuple(id for id in terms.parties if id in paying)


def differences(before: bytes, after: bytes) -> tuple[tuple[str, str | None, str | None], ...]:
    """Every place in which two contract files differ in what they say, whatever their layout.

    Parameters
    ----------
    before, after : bytes
        Contract files that have been read, as their `raw`.

    Returns
    -------
    tuple of (place, before, after)
        In the order of the places; None where one has nothing there.
    """
    old, new = (dict(_leaves(_written(raw))) for raw in (before, after))
    places = [place for place in dict.fromkeys([*old, *new]) if old.get(place) != new.get(place)]
    return tuple((place, old.get(place), new.get(place)) for place in sorted(places))


def _written(raw: bytes) -> dict[str, Any]:
    written = parse(raw).value
    assert isinstance(written, Mapping)
    return {key: value for key, value in written.items() if key not in OWN}


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text, number and truth value by its place, such as ``payment.lines.fee.pays.tiers.steps[1].pays``."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{place}.{key}" if place else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for position, part in enumerate(value, start=1):
            yield from _leaves(part, f"{place}[{position}]")
    elif value is not None:
        yield place, str(value)

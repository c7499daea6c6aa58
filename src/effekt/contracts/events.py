"""What happens to a contract beside its figures, as a party declares it in its declarations file.

The contract ended early, its comparison was contaminated, a figure is disputed, a source was revised, a table was not
delivered. What then remains due is the contract's own rule (`termination`, `disputes`, `revisions`, and of a table what
it says of figures that cannot be determined); an event only says that the rule is met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field, model_validator

from effekt._calendar import days_after
from effekt._validation import did_you_mean, join_words, plural
from effekt.contracts.figures import AttestedFigure, DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.schema import AdmittedText, Bilingual, DateText, Id, Items, Sha256, Term, fault
from effekt.exceptions import ContractError

if TYPE_CHECKING:
    from effekt.contracts.declarations import DeclarationTerms
    from effekt.contracts.model import ContractTerms

FIRST_DAY = "0001-01-01"
Where: TypeAlias = Callable[[tuple[str | int, ...]], str]


class Ended(Term):
    """The contract ended early by one of its own clauses; `date` is the last day it held."""

    clause: Id
    date: DateText
    why: Bilingual


class Contaminated(Term):
    """Analyses whose comparison no longer is one from a day on, such as when a national programme reached it."""

    clause: Id
    analysis: Annotated[Items[Id], Field(min_length=1)]
    date: DateText
    why: Bilingual

    @model_validator(mode="after")
    def _check(self) -> Contaminated:
        if self.date == FIRST_DAY:
            raise fault(
                f"must be after {FIRST_DAY}, the first day of the calendar, since the last day that counts is the day "
                f"before; got {FIRST_DAY}. Give the day from which the comparison is none.",
                "date",
            )
        return self


class Disputed(Term):
    """Figures that a party does not accept, each with the value it admits, or `none`; open until `decided`.

    `certificate` is the date of the one that it disputes; without it, the one whose place a new one takes is meant.
    """

    figures: Annotated[Mapping[Id, AdmittedText], Field(min_length=1)]
    date: DateText
    why: Bilingual
    certificate: DateText | None = None
    decided: DateText | None = None


class Revised(Term):
    """A source that its owner revised, and the digest of the table that was used before."""

    data: Id
    was: Sha256
    date: DateText
    why: Bilingual


class NotDelivered(Term):
    """A table that was not delivered by the day on which it was owed; `delivered` is when it came after all."""

    data: Id
    date: DateText
    why: Bilingual
    delivered: DateText | None = None


def check_events(terms: ContractTerms, one: DeclarationTerms, where: Where) -> None:
    """Refuse events that do not fit their contract.

    Parameters
    ----------
    terms : ContractTerms
    one : DeclarationTerms
        What one party declares.
    where : callable
        The place in its file, in words.

    Raises
    ------
    ContractError
        For an unknown clause, analysis, figure or data; a day before the contract was signed or after the declaration;
        a dispute by a party without a stake or of a contract without `disputes`; a value the figure cannot have; a
        table that was owed on another day than the announced ones, or came by then.
    """
    clauses = terms.termination or {}
    if one.ended is not None:
        _check_day(where(("ended", "date")), one.ended.date, terms, one)
        _known(where(("ended", "clause")), one.ended.clause, clauses, "termination")
    for position, contaminated in enumerate(one.contaminated or ()):
        place = ("contaminated", position)
        _check_day(where((*place, "date")), contaminated.date, terms, one)
        _known(where((*place, "clause")), contaminated.clause, clauses, "termination")
        for number, id in enumerate(contaminated.analysis):
            _known(where((*place, "analysis", number)), id, terms.analysis, "analysis")
    for position, disputed in enumerate(one.disputed or ()):
        _check_disputed(terms, one, disputed, position, where)
    for position, revised in enumerate(one.revised or ()):
        _check_day(where(("revised", position, "date")), revised.date, terms, one)
        _known(where(("revised", position, "data")), revised.data, terms.data, "data")
    for position, owed in enumerate(one.not_delivered or ()):
        _check_not_delivered(terms, one, owed, ("not_delivered", position), where)


def _check_not_delivered(
    terms: ContractTerms, one: DeclarationTerms, owed: NotDelivered, place: tuple[str | int, ...], where: Where
) -> None:
    announced = terms.dates.certificates
    _check_day(where((*place, "date")), owed.date, terms, one)
    if announced and owed.date not in announced:
        raise ContractError(
            f"{where((*place, 'date'))} must be a day that the contract announces, for whose certificate the table was "
            f"owed: {join_words(announced)}; got {owed.date}."
        )
    _known(where((*place, "data")), owed.data, terms.data, "data")
    if owed.delivered is not None:
        _check_day(where((*place, "delivered")), owed.delivered, terms, one)
        if owed.delivered <= owed.date:
            raise ContractError(
                f"{where((*place, 'delivered'))} must be after the day on which the table was owed, {owed.date}; got "
                f"{owed.delivered}. What came by then was delivered: remove the entry."
            )


def _check_disputed(
    terms: ContractTerms, one: DeclarationTerms, disputed: Disputed, position: int, where: Where
) -> None:
    place: tuple[str | int, ...] = ("disputed", position)
    if terms.disputes is None:
        raise ContractError(
            f"{where(place)} has no rule in the contract, which has no disputes; declare it under limitations, or "
            "amend the contract."
        )
    stakes = with_a_stake(terms)
    decides = one.by == terms.disputes.decider
    if decides and disputed.decided is None:
        raise ContractError(f"{where(place)} by {one.by}, who decides disputes, must have the day decided; add it.")
    if one.by not in stakes and not decides:
        raise ContractError(
            f"{where(place)} must be declared by a party that pays or is paid: {join_words(stakes)}; got {one.by}."
        )
    _check_day(where((*place, "date")), disputed.date, terms, one)
    if disputed.certificate is not None:
        _check_in_time(where, place, disputed, disputed.certificate, terms.disputes.days)
    if disputed.decided is not None:
        _check_day(where((*place, "decided")), disputed.decided, terms, one)
        if disputed.decided < disputed.date:
            raise ContractError(
                f"{where((*place, 'decided'))} must not be before the dispute, {disputed.date}; got {disputed.decided}."
            )
    for id, value in disputed.figures.items():
        at = where((*place, "figures", id))
        _known(at, id, terms.figures, "figures")
        problem = _not_admitted(terms, id, value)
        if problem:
            raise ContractError(f"{at} {problem}")


def _check_in_time(where: Where, place: tuple[str | int, ...], disputed: Disputed, certificate: str, days: int) -> None:
    last = days_after(certificate, days)
    if disputed.date < certificate:
        raise ContractError(
            f"{where((*place, 'certificate'))} must be the date of a certificate that had been made when it was "
            f"disputed, {disputed.date}; got {certificate}."
        )
    if disputed.date > last:
        raise ContractError(
            f"{where((*place, 'date'))} must be at most {plural(days, 'day')} after the certificate of "
            f"{certificate}, which could be disputed until {last}; got {disputed.date}. Remove the dispute."
        )


def _not_admitted(terms: ContractTerms, id: str, value: str) -> str | None:
    """Why a value cannot be admitted of a figure."""
    term = terms.figures[id]
    if isinstance(term, DerivedFigure):
        return f"is computed from other figures; dispute {join_words(term.operands())}."
    if value == "none":
        return None
    if len(value.partition(".")[2]) > term.digits:
        return f"must have at most {term.digits} decimals; got {value}."
    if isinstance(term, AttestedFigure):
        return term.problem(value) or None
    number = Fraction(value)
    if isinstance(term, EstimateFigure) and term.statistic == "p_value" and not 0 <= number <= 1:
        return f"is a probability, from 0 to 1; got {value}."
    if isinstance(term, MeasureFigure) and terms.analysis[term.measure].method == "outcome_count" and number < 0:
        return f"is a count, of 0 or more; got {value}."
    return None


def with_a_stake(terms: ContractTerms) -> tuple[str, ...]:
    """Every party that pays, is paid or gets a part of what is passed on, in the contract's order.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    tuple of str
    """
    payment = terms.payment
    found = {id for line in payment.lines.values() for id in (*line.payers, line.payee)}
    if payment.waterfall is not None:
        found |= {id for step in payment.waterfall.steps for id in step.to}
    found |= {one.guarantor for one in (payment.guarantees or {}).values()}
    return tuple(id for id in terms.parties if id in found)


def _check_day(where: str, day: str, terms: ContractTerms, one: DeclarationTerms) -> None:
    if day < terms.dates.signed:
        raise ContractError(f"{where} must not be before the contract was signed, {terms.dates.signed}; got {day}.")
    if day > one.date:
        raise ContractError(f"{where} must not be after the day of the declaration, {one.date}; got {day}.")


def _known(where: str, name: str, known: Iterable[str], section: str) -> None:
    names = list(known)
    if name not in names:
        hint = did_you_mean(name, names) or f" Defined there: {join_words(names, 'and') or 'nothing'}."
        raise ContractError(f"{where} must be a name under {section} of the contract; got {name}.{hint}")

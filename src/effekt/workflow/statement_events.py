"""What declared events must leave in a public statement: their days, how figures and lines stand, what is withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from effekt._calendar import days_after
from effekt.certificates.annual import years_due
from effekt.certificates.ranges import Shown
from effekt.certificates.release import NOTHING, EventKind, Happened, PublicStatement
from effekt.certificates.shown_again import Again, hidden_with, may_be_settled_too_often, shown_again
from effekt.contracts import Contract
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.happened import analyses_on, figures_on, lines_on
from effekt.contracts.model import ContractTerms
from effekt.contracts.paying import reading
from effekt.contracts.settled import StandingState
from effekt.exceptions import ArgumentError, ContractError
from effekt.workflow.statement_form import adds_up, is_number, may_be_nothing, open_disputes, shown_in, wrong_days

_EVENT_OF: Mapping[StandingState, EventKind] = {
    "disputed": "disputed",
    "contaminated": "contaminated",
    "terminated": "ended",
    "provisional": "revised",
}
"""The kind of event that each standing is of; none is hidden in a statement."""
_STANDS_AS = {kind: state for state, kind in _EVENT_OF.items()}
_DISPUTES = ("disputed", "disputed_beside", "decided")
_DELIVERIES = ("not_delivered", "delivered_late")
"""Kinds that one declared event may have, and that of tables which move no standing."""


def wrong_events(found: PublicStatement) -> list[str]:
    """The places of what no event explains, of what is missing beside one, and of events after its own day."""
    declared = {one.kind for one in found.happened}
    wrong = [
        f"standings/{id}"
        for id, states in found.standings.items()
        if any(_EVENT_OF.get(state, state) not in {*declared, "final"} for state in states)
    ]
    wrong += [
        f"standings/{place}" for place, states in found.standings.items() if not states and _is_told(place, found)
    ]
    wrong += [f"withheld/{id}" for id in found.withheld if "disputed" not in _standing(found, id)]
    wrong += [f"happened/{one.by}" for one in found.happened if one.date > found.date]
    return [*dict.fromkeys((*wrong, *_missing(found)))]


def events_not_as_contract(
    found: PublicStatement, contract: Contract, before: Sequence[PublicStatement] = ()
) -> list[str]:
    """The places where events, or what they leave, are otherwise than the contract has them.

    None where something is no day, which `wrong_form` names: no rule on days can be asked of it.
    """
    if wrong_days(found):
        return []
    terms, again = contract.model, _undisturbed(found, contract, before)
    shown = {} if again is None else again.statement.figures
    due = {} if again is None else {id: again.statement.lines[id] for id in again.lines}
    every = (
        *(f"figures/{id}" for id, one in found.figures.items() if one != shown.get(id, one)),
        *(f"happened/{one.by}" for one in found.happened if not _may_be(one, found, terms)),
        *_not_hidden(found, contract),
        *_wrong_standings(found, terms),
        *_emptied(found, contract),
        *_wrong_withheld(found, terms, due),
        *(() if again is None else _wrong_years(found, contract, again.statement)),
    )
    return [*dict.fromkeys(every)]


# --- from the statement alone ----------------------------------------------------------------------------------------


def _standing(found: PublicStatement, line: str) -> tuple[str, ...]:
    """How a line stands, where that does not depend on what is hidden; else it may be disputed."""
    return found.standings.get(f"lines/{line}", ("final",)) or ("disputed",)


def _is_told(place: str, found: PublicStatement) -> bool:
    """Whether no hidden count can decide how a figure or a line stands.

    A figure stands by the events alone once it has a value; only the combinations of those in a range may be too many.
    A line does but for what is withheld of it, where that may be 0 or not.
    """
    section, _, id = place.partition("/")
    shown = (found.figures if section == "figures" else found.lines).get(id)
    if shown is None or shown.kind == "hidden":
        return False
    if section == "figures":
        return shown.kind != "range"
    kept = found.withheld.get(id, NOTHING)
    return kept.kind == "exact" or not may_be_nothing(kept)


def _missing(found: PublicStatement) -> Iterator[str]:
    """The places of what is not there, though what else a statement says shows that it must be.

    Once an event is declared each figure with a value and each line with an amount stands in some way, and so does each
    that is hidden, whether or not it has one; what is openly disputed stands as disputed. Each event counts among what
    speaks against, and without any nothing stands.
    """
    moving = [one for one in found.happened if one.kind not in _DELIVERIES]
    if found.standings and not moving:
        yield "happened"
    numbers = {
        f"{section}/{id}": one for section in ("figures", "lines") for id, one in getattr(found, section).items()
    }
    known = [place for place, one in numbers.items() if is_number(one) or one.kind == "hidden"]
    if moving and not found.standings and known:
        yield "standings"
    elif moving:
        yield from (f"standings/{place}" for place in known if place not in found.standings)
    for place in (f"figures/{id}" for one in _openly_disputed(moving) for id in one.of):
        if (states := found.standings.get(place)) and "disputed" not in states:
            yield f"standings/{place}"
    if found.speaks_against < len({_told_as(one) for one in found.happened}):
        yield "speaks_against"


def _openly_disputed(events: Sequence[Happened]) -> Iterator[Happened]:
    """Disputes that withhold something here, and that nobody declares to be decided."""
    decided = {(one.date, *sorted(one.of)) for one in events if one.kind == "decided"}
    yield from (one for one in events if one.kind == "disputed" and (one.date, *sorted(one.of)) not in decided)


def _told_as(event: Happened) -> tuple[str, ...]:
    """What two declared events have in common that may be one: no statement shows which table was revised."""
    alike = next((kinds[0] for kinds in (_DISPUTES, _DELIVERIES) if event.kind in kinds), event.kind)
    if event.kind == "revised":
        return event.by, alike, *event.of
    of = event.of[1:] if event.kind == "contaminated" else event.of
    return event.by, alike, event.date, *sorted(of)


# --- with the contract -----------------------------------------------------------------------------------------------


def _may_be(event: Happened, found: PublicStatement, terms: ContractTerms) -> bool:
    """Whether an event is of a party and of names of the contract, and came in its days.

    A dispute of the certificate's own figures is of one whose place it takes, within the days to dispute that.
    """
    if event.by not in terms.parties or not _names_own(event, terms) or event.date < terms.dates.signed:
        return False
    if event.kind != "disputed" or terms.disputes is None:
        return True
    return found.supersedes is not None and event.date <= days_after(found.supersedes, terms.disputes.days)


def _names_own(event: Happened, terms: ContractTerms) -> bool:
    """Whether what an event is of stands in the contract: a clause, with analyses or alone; figures; or a table."""
    if not event.of:
        return False
    first, rest = event.of[0], event.of[1:]
    if event.kind in ("ended", "contaminated"):
        analyses = bool(rest) and {*rest} <= {*terms.analysis}
        return first in (terms.termination or ()) and (analyses if event.kind == "contaminated" else not rest)
    if event.kind in ("revised", "not_delivered", "delivered_late"):
        return first in terms.data and not rest
    given = {id for id, term in terms.figures.items() if not isinstance(term, DerivedFigure)}
    return terms.disputes is not None and {*event.of} <= given


def _wrong_standings(found: PublicStatement, terms: ContractTerms) -> Iterator[str]:
    """Standings of what no event touches, and of what one touches but stands otherwise; none of those not shown.

    An open dispute also touches lines that do not read what is disputed, where a rule joins lines or all waits for it.
    """
    moved: dict[str, set[StandingState]] = {}
    still = {*open_disputes(found, terms)}
    for event in found.happened:
        for place, state in _moved(event, found, terms, still=event in still):
            moved.setdefault(place, set()).add(state)
    yield from (f"standings/{place}" for place in moved if place not in found.standings)
    kept = terms.disputes is not None and (_joined(terms) or not terms.disputes.undisputed_paid)
    beside = {"disputed"} if kept and still else set()
    for place, states in found.standings.items():
        own = moved.get(place, set())
        may = {"final", *own, *(beside if place.startswith("lines/") else ())}
        if states and not (may.issuperset(states) and _leaves(own, states, place, terms)):
            yield f"standings/{place}"


def _emptied(found: PublicStatement, contract: Contract) -> Iterator[str]:
    """Standings that are left open although the contract and the events give them whatever is hidden.

    Of a line that reads what is openly disputed; and of a figure in a range, unless what the given ones may be has more
    combinations than are settled.
    """
    terms = contract.model
    disputed = [id for event in open_disputes(found, terms) for id in event.of]
    lines = _reading_any(disputed, terms.payment.lines, terms)
    yield from (
        f"standings/lines/{id}"
        for id in lines
        if is_number(found.lines.get(id, NOTHING)) and _is_open(found, f"lines/{id}")
    )
    for id, term in terms.figures.items():
        ranged = id in found.figures and found.figures[id].kind == "range" and _is_open(found, f"figures/{id}")
        if ranged and (isinstance(term, DerivedFigure) or not may_be_settled_too_often(found, contract)):
            yield f"standings/figures/{id}"


def _is_open(found: PublicStatement, place: str) -> bool:
    return found.standings.get(place) == ()


def _leaves(moved: set[StandingState], states: Sequence[StandingState], place: str, terms: ContractTerms) -> bool:
    """Whether events leave such standings: of what takes something of a line, the strictest is told alone."""
    if place.startswith("figures/"):
        return (moved & {"disputed", "contaminated"}).issubset(states)
    strict = moved & {"terminated", "contaminated"}
    if strict and "provisional" in moved and terms.revisions is not None and terms.revisions.then == "refer":
        strict |= {"provisional"}
    return (moved & {"disputed"}).issubset(states) and not (strict and strict.isdisjoint(states))


def _moved(
    event: Happened, found: PublicStatement, terms: ContractTerms, *, still: bool
) -> Iterator[tuple[str, StandingState]]:
    """The figures and lines that an event touches by the contract, with a value or without, and as what each stands."""
    figures: Sequence[str] = ()
    lines: Sequence[str] = ()
    state: StandingState = _STANDS_AS.get(event.kind, "final")
    if event.kind == "ended":
        lines = tuple(terms.payment.lines)
    elif event.kind == "contaminated":
        on = event.of[1:]
        figures = figures_on(terms, on, since=event.date, settles=found.settles)
        lines = lines_on(terms, on, since=event.date, settles=found.settles)
        yield from ((f"figures/{id}", "final") for id in figures_on(terms, on) if id not in figures)
    elif event.kind == "revised":
        analyses = tuple(id for data in event.of for id in analyses_on(terms, data))
        figures, lines = figures_on(terms, analyses), lines_on(terms, analyses)
    elif event.kind == "disputed":
        state = "disputed" if still else "final"
        figures = _reading_any(event.of, {id: (id,) for id in terms.figures}, terms)
        lines = _reading_any(event.of, terms.payment.lines, terms) if still else ()
    yield from ((f"figures/{id}", state) for id in figures)
    yield from ((f"lines/{id}", state) for id in lines)


def _reading_any(figures: Sequence[str], parts: Mapping[str, object], terms: ContractTerms) -> tuple[str, ...]:
    """The parts that read one of some figures, directly or through others."""
    return tuple(id for id, part in parts.items() if not set(reading(part, terms.figures)).isdisjoint(figures))


def _joined(terms: ContractTerms) -> bool:
    """Whether a rule between lines lets what is disputed of one move another."""
    payment = terms.payment
    rules = (payment.netting, payment.caps, payment.cap, payment.floors, payment.floor)
    return any(rule is not None for rule in rules)


# --- what is withheld ------------------------------------------------------------------------------------------------


def _wrong_withheld(found: PublicStatement, terms: ContractTerms, due: Mapping[str, Shown]) -> Iterator[str]:
    """Lines whose amount and what is withheld of it are not together what the contract gives on the figures shown.

    With declared events a line that a hidden figure moves has what is withheld of it hidden, too.
    """
    if found.standings:
        yield from (f"withheld/{id}" for id in _unseen(found, terms) if found.withheld.get(id) != Shown(kind="hidden"))
    for id, whole in () if _takes_something(found, terms) else due.items():
        paid, kept = found.lines.get(id), found.withheld.get(id, NOTHING)
        if paid is None or "hidden" in (paid.kind, whole.kind):
            continue
        if not (paid.kind == whole.kind == "none" or adds_up(whole, [paid, kept])):
            yield f"withheld/{id}" if any(True for _ in open_disputes(found, terms)) else f"lines/{id}"


def _wrong_years(found: PublicStatement, contract: Contract, again: PublicStatement) -> Iterator[str]:
    """Sums of lines, by year or in all, of which the events leave each as the figures that are shown give it.

    Where amounts are shown by year, no line tells what is withheld of it.
    """
    terms, years = contract.model, years_due(contract, found.date)
    if not years or _takes_something(found, terms):
        return
    disputed = [id for event in open_disputes(found, terms) for id in event.of]
    touched = set(_reading_any(disputed, terms.payment.lines, terms))
    if disputed and (_joined(terms) or (terms.disputes is not None and not terms.disputes.undisputed_paid)):
        touched = set(years)
    moved = {years[id] for id in touched}
    yield from (
        f"by_year/{year}" for year, one in again.by_year.items() if year not in moved and found.by_year.get(year) != one
    )
    if not touched and found.total != again.total:
        yield "total"


def _unseen(found: PublicStatement, terms: ContractTerms) -> tuple[str, ...]:
    """The lines that a figure moves which is not computed and hidden; all where a rule joins them."""
    hidden = [
        id
        for id, one in found.figures.items()
        if one.kind == "hidden" and id in terms.figures and not isinstance(terms.figures[id], DerivedFigure)
    ]
    moved = _reading_any(hidden, terms.payment.lines, terms)
    return tuple(terms.payment.lines) if moved and _joined(terms) else moved


def _takes_something(found: PublicStatement, terms: ContractTerms) -> bool:
    """Whether no event is declared, or one that may take something of a line beside what is disputed of it."""
    refers = terms.revisions is not None and terms.revisions.then == "refer"
    kinds = {one.kind for one in found.happened}
    return not kinds or not kinds.isdisjoint({"ended", "contaminated", *(("revised",) if refers else ())})


def _not_hidden(found: PublicStatement, contract: Contract) -> Iterator[str]:
    """What is not hidden beside declared events although a hidden figure moves it."""
    if not found.happened:
        return
    numbers = shown_in(found)
    try:
        yield from (one for one in hidden_with(found, contract) if numbers.get(one) != Shown(kind="hidden"))
    except (ArgumentError, ContractError):
        yield "figures"


def _undisturbed(found: PublicStatement, contract: Contract, before: Sequence[PublicStatement]) -> Again | None:
    """What the figures that are shown give without the declared events, which move no figure.

    None where none is declared, or that cannot be told.
    """
    if not found.happened:
        return None
    try:
        return shown_again(replace(found, happened=(), standings={}, withheld={}), contract, before, disturbed=True)
    except (ArgumentError, ContractError):
        return None

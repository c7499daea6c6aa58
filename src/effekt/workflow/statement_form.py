"""What must be so in any public statement: the form of each number, sums, and what its contract fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from effekt._calendar import is_date
from effekt.certificates.certificate import minimum_of
from effekt.certificates.counts import is_count, whole
from effekt.certificates.disclosure import rounded, rounded_alike
from effekt.certificates.possible import band, round_to_of, small_values
from effekt.certificates.ranges import Shown, sums_of
from effekt.certificates.release import EventKind, Happened, PublicStatement
from effekt.certificates.shown_again import shown_again
from effekt.contracts import Contract
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.happened import analyses_on, figures_on, lines_on
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.paying import reading
from effekt.contracts.settled import StandingState
from effekt.exceptions import ArgumentError, ContractError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_EVENT_OF: Mapping[StandingState, EventKind] = {
    "disputed": "disputed",
    "contaminated": "contaminated",
    "terminated": "ended",
    "provisional": "revised",
}
"""The kind of event that each standing is of; none is hidden in a statement."""
_DISPUTES = ("disputed", "disputed_beside", "decided")
_DELIVERIES = ("not_delivered", "delivered_late")
"""Kinds that one declared event may have, and that of tables which move no standing."""
_SECTIONS = ("figures", "lines", "shares", "receipts", "guarantees", "withheld", "left_to_pay")


def shown_in(found: PublicStatement) -> dict[str, Shown]:
    """Every number of a statement by its place, such as "lines/bonus"."""
    every = {f"{name}/{key}": one for name in _SECTIONS for key, one in getattr(found, name).items()}
    return {**every, "total": found.total, "undisputed": found.undisputed}


# --- the form of each number -----------------------------------------------------------------------------------------


def wrong_form(found: PublicStatement) -> list[str]:
    """The places of numbers that are not written as their kind says, and of what is no day or no digest."""
    wrong = [name for name, one in shown_in(found).items() if not has_form(one)]
    days = {"date": found.date, "supersedes": found.supersedes, "settles": found.settles}
    days |= {f"happened/{one.by}": one.date for one in found.happened}
    wrong += [name for name, day in days.items() if day is not None and not (len(day) == 10 and is_date(day))]
    digests = {"commitment": (found.commitment,), "earlier": found.earlier}
    wrong += [name for name, every in digests.items() if not all(map(_DIGEST.fullmatch, every))]
    wrong += ["earlier"] if found.earlier != tuple(sorted({*found.earlier})) else []
    base = found.round_to
    return wrong + [
        f"rounded/{id}" for id, one in found.rounded.items() if not _rounds(one, found.figures.get(id), base)
    ]


def has_form(one: Shown) -> bool:
    """Exact with one value, a range from a lower to a higher, and no value of what is hidden or does not exist."""
    low, high = (None if end is None else Fraction(end) for end in (one.low, one.high))
    if low is None or high is None:
        return one.kind in ("hidden", "none") and low is None and high is None
    return (one.kind == "exact" and one.low == one.high) or (one.kind == "range" and low < high)


def _rounds(value: str, shown: Shown | None, base: int) -> bool:
    """Whether the range of a rounded count is that of all counts that are rounded to it."""
    if shown is None or shown.kind != "range" or not has_form(shown) or base < 1:
        return False
    try:
        low, high, to = whole(shown.low), whole(shown.high), whole(value)
    except ArgumentError:
        return False
    return low is not None and rounded(low, base) == to and (low, high) == _ends(rounded_alike(low, base))


def _ends(values: Sequence[int]) -> tuple[int, int]:
    return min(values), max(values)


# --- sums ------------------------------------------------------------------------------------------------------------


def wrong_sums(found: PublicStatement) -> list[str]:
    """The places of amounts that cannot be the sums of their parts, where all of these are shown."""
    wrong = []
    for id, line in found.lines.items():
        shares = [one for key, one in found.shares.items() if key.rpartition("/")[0] == id]
        if _is_number(line) and not _adds_up(line, shares):
            wrong.append(f"lines/{id}")
    known = [line for line in found.lines.values() if line.kind != "none"]
    if all(_is_number(line) for line in known):
        if not _adds_up(found.undisputed, known):
            wrong.append("undisputed")
        missing = len(known) < len(found.lines)
        if found.total != (Shown(kind="none") if missing else found.undisputed):
            wrong.append("total")
    return wrong


def _is_number(one: Shown) -> bool:
    return one.low is not None and has_form(one)


def _adds_up(total: Shown, parts: Sequence[Shown]) -> bool:
    """Whether a number may be the sum of parts over the same possible values.

    Its least value is at least the sum of theirs, and at most what it is where one part is least; so the greatest.
    """
    if not all(_is_number(one) for one in (total, *parts)):
        return False
    ends = [(Fraction(one.low or ""), Fraction(one.high or "")) for one in (total, *parts)]
    (low, high), *each = ends
    least, most = sum(one for one, _ in each), sum(one for _, one in each)
    width = max((b - a for a, b in each), default=Fraction(0))
    return least <= low <= most - width and least + width <= high <= most


# --- states ----------------------------------------------------------------------------------------------------------


def wrong_states(found: PublicStatement) -> list[str]:
    """The places of states that do not fit their amounts, of what no event or link explains, and of what is missing."""
    wrong = [] if _fits(found.state, found.total) else ["state"]
    wrong += [
        f"line_states/{id}"
        for id, state in found.line_states.items()
        if id in found.lines and not _fits(state, found.lines[id])
    ]
    declared = {one.kind for one in found.happened}
    wrong += [
        f"standings/{id}"
        for id, states in found.standings.items()
        if any(_EVENT_OF.get(state, state) not in {*declared, "final"} for state in states)
    ]
    wrong += [f"withheld/{id}" for id in found.withheld if "disputed" not in _standing(found, id)]
    wrong += [f"left_to_pay/{id}" for id in found.left_to_pay if found.supersedes is None]
    return [*dict.fromkeys((*wrong, *_missing(found)))]


def _missing(found: PublicStatement) -> Iterator[str]:
    """The places of what is not there, though what else a statement says shows that it must be.

    Once an event is declared each figure with a value and each line with an amount stands in some way, what is openly
    disputed as disputed. Each event counts among what speaks against, and without any nothing stands.
    """
    moving = [one for one in found.happened if one.kind not in _DELIVERIES]
    if found.standings and not moving:
        yield "happened"
    numbers = {
        f"{section}/{id}": one for section in ("figures", "lines") for id, one in getattr(found, section).items()
    }
    if moving and not found.standings and any(map(_is_number, numbers.values())):
        yield "standings"
    elif moving:
        yield from (
            f"standings/{place}" for place, one in numbers.items() if place not in found.standings and _is_number(one)
        )
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


def _fits(state: str | None, amount: Shown) -> bool:
    """Whether something is paid, nothing by the terms, or as yet nothing, as a state says; any where it is hidden."""
    if state is None or amount.kind == "hidden":
        return True
    if not _is_number(amount):
        return state not in ("payable", "zero_by_terms")
    nothing = Fraction(amount.low or "") == Fraction(amount.high or "") == 0
    return {"payable": not nothing, "zero_by_terms": nothing, "referred": nothing}.get(state, False)


def _standing(found: PublicStatement, line: str) -> tuple[str, ...]:
    """How a line stands, where that does not depend on what is hidden; else it may be disputed."""
    return found.standings.get(f"lines/{line}", ("final",)) or ("disputed",)


# --- what the contract fixes -----------------------------------------------------------------------------------------


def not_as_contract(found: PublicStatement, contract: Contract, before: Sequence[PublicStatement] = ()) -> list[str]:
    """The places in a statement that its contract says otherwise; of earlier ones those that were given."""
    every = (
        *_wrong_terms(found, contract),
        *_wrong_names(found, contract),
        *_wrong_counts(found, contract),
        *_wrong_again(found, contract, before),
    )
    return [*dict.fromkeys(every)]


def _wrong_again(found: PublicStatement, contract: Contract, before: Sequence[PublicStatement]) -> Iterator[str]:
    """Numbers and states that the contract does not give on the figures that are shown."""
    try:
        again = shown_again(found, contract, before)
    except (ArgumentError, ContractError):
        yield "figures"
        return
    if again is None:
        return
    stated, other = shown_in(found), shown_in(again)
    yield from (place for place in {**other, **stated} if stated.get(place) != other.get(place))
    for section in ("rounded", "line_states"):
        one, two = getattr(found, section), getattr(again, section)
        yield from (f"{section}/{id}" for id in {**two, **one} if one.get(id, "") != two.get(id, ""))
    if found.round_to != again.round_to:
        yield "round_to"
    if found.state != again.state:
        yield "state"


def _wrong_terms(found: PublicStatement, contract: Contract) -> Iterator[str]:
    terms, base = contract.model, round_to_of(contract)
    if found.currency != terms.payment.currency:
        yield "currency"
    if found.minimum != minimum_of(contract):
        yield "minimum"
    if found.round_to != (base if base > 1 and (found.round_to or found.rounded) else 0):
        yield "round_to"
    if found.announced != tuple(terms.dates.certificates):
        yield "announced"
    if not _may_settle(found, contract):
        yield "settles"
    yield from (f"left_to_pay/{id}" for id in found.left_to_pay if _more_than_due(found, id, contract))
    if found.date < terms.dates.signed:
        yield "date"
    if found.supersedes is not None and not terms.dates.signed <= found.supersedes <= found.date:
        yield "supersedes"


def _may_settle(found: PublicStatement, contract: Contract) -> bool:
    """Whether it may be of the announced day that it says: that of its date, unless it takes another's place."""
    each = bool(paid_each_lines(contract.model))
    if found.settles is None:
        return not each or found.kind == "interim"
    own = found.settles == found.date if found.supersedes is None else found.settles <= found.date
    return each and own and found.settles in contract.model.dates.certificates


def _more_than_due(found: PublicStatement, id: str, contract: Contract) -> bool:
    """Whether more is left to pay of a line than its amount, where none can have been paid back before."""
    line, due, left = contract.model.payment.lines.get(id), found.lines.get(id), found.left_to_pay[id]
    if line is None or due is None or not (_is_number(due) and _is_number(left)):
        return False
    clawback = line.true_up is not None and line.true_up.below_zero == "clawback"
    paid_back = clawback or contract.model.amendment is not None  # by the terms before, which are not in this file
    return not paid_back and Fraction(left.high or "") > Fraction(due.high or "")


def _wrong_names(found: PublicStatement, contract: Contract) -> Iterator[str]:
    """Names that the contract does not have, and those of it that are missing."""
    terms = contract.model
    payment, lines, figures = terms.payment, terms.payment.lines, set(terms.figures)
    stands = {*(f"figures/{id}" for id in figures), *(f"lines/{id}" for id in lines)}
    paid = {f"{id}/{payer}" for id, line in lines.items() for payer in line.payers}
    shown = {key for key in paid if (one := found.lines.get(key.partition("/")[0])) and _is_number(one)}
    exactly: Mapping[str, set[str]] = {
        "figures": figures,
        "lines": set(lines),
        "line_states": set(lines),
        "guarantees": set(payment.guarantees or {}),
    }
    among: Mapping[str, set[str]] = {
        "standings": stands,
        "shares": paid,
        "withheld": set(lines),
        "left_to_pay": set(lines),
        "receipts": set() if payment.waterfall is None else set(terms.parties),
        "conclusions": set(terms.parties),
        "rounded": figures,
    }
    for section, names in exactly.items():
        yield from (f"{section}/{id}" for id in sorted(names ^ set(getattr(found, section))))
    for section, names in among.items():
        yield from (f"{section}/{id}" for id in sorted(set(getattr(found, section)) - names))
    yield from (f"shares/{key}" for key in sorted(shown - set(found.shares)))
    for event in found.happened:
        if event.by not in terms.parties or not _names_own(event, terms):
            yield f"happened/{event.by}"
    touched = dict.fromkeys(place for event in found.happened for place in _touched(event, found, terms))
    yield from (f"standings/{place}" for place in touched if place not in found.standings)


def _touched(event: Happened, found: PublicStatement, terms: ContractTerms) -> Iterator[str]:
    """The figures and lines that an event touches by the contract, with a value or without: each stands in some way."""
    lines: Sequence[str] = ()
    figures: Sequence[str] = ()
    if event.kind == "ended":
        lines = tuple(terms.payment.lines)
    elif event.kind == "contaminated":
        figures = figures_on(terms, event.of[1:])
        lines = lines_on(terms, event.of[1:], since=event.date, settles=found.settles)
    elif event.kind == "revised":
        analyses = tuple(id for data in event.of for id in analyses_on(terms, data))
        figures, lines = figures_on(terms, analyses), lines_on(terms, analyses)
    elif event.kind == "disputed":
        figures = tuple(id for id in terms.figures if set(reading((id,), terms.figures)).intersection(event.of))
    yield from (f"figures/{id}" for id in figures)
    yield from (f"lines/{id}" for id in lines)


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


def _wrong_counts(found: PublicStatement, contract: Contract) -> Iterator[str]:
    """Given figures that are shown otherwise than the contract's rules on small and on rounded counts have them."""
    terms, minimum, base = contract.model, minimum_of(contract), round_to_of(contract)
    for id, one in found.figures.items():
        term = terms.figures.get(id)
        if term is None or isinstance(term, DerivedFigure) or id in sums_of(contract) or not _is_number(one):
            continue
        low, high = whole(one.low), whole(one.high)
        if low is None or high is None or not is_count(id, contract):
            alike = one.kind == "exact"
        else:
            small = small_values(low, minimum, base)
            alike = (low, high) == _ends(small or rounded_alike(low, base))
            alike &= one.kind == "exact" or bool(small) or id in found.rounded
            alike |= one.kind == "range" and _may_be_widened(low, high, found, contract)
        if not alike:
            yield f"figures/{id}"


def _may_be_widened(low: int, high: int, found: PublicStatement, contract: Contract) -> bool:
    """Whether it is a band, or what earlier statements make of bands: of one sign, and not narrower than one.

    An amended contract may have had another minimum, by which a part of a band may be left.
    """
    minimum = minimum_of(contract)
    if not _widened(found, contract) or (low < 0) != (high < 0):
        return False
    nearest = min(abs(low), abs(high))
    narrow = high - low + 1 < minimum and contract.model.amendment is None
    before = bool(found.earlier) and not narrow and (nearest >= minimum or nearest == (low < 0))
    return before or (low, high) == _ends(band(low, minimum))


def _widened(found: PublicStatement, contract: Contract) -> bool:
    """Whether a count may be in a range for more than its own size: an earlier statement, or a small difference."""
    derived = any(isinstance(term, DerivedFigure) for term in contract.model.figures.values())
    return bool(found.earlier) or (derived and round_to_of(contract) < 2)

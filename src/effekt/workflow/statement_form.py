"""What must be so in any public statement: the form of each number, sums, and what its contract fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from effekt._calendar import is_date
from effekt.certificates.annual import ALONE, annual_only, hidden_years, years_due
from effekt.certificates.certificate import minimum_of
from effekt.certificates.counts import is_count, whole
from effekt.certificates.disclosure import rounded, rounded_alike
from effekt.certificates.hideable import may_be_hidden, named_hidden
from effekt.certificates.possible import band, round_to_of, small_values
from effekt.certificates.ranges import Shown, in_order, sums_of
from effekt.certificates.release import Happened, PublicStatement
from effekt.certificates.shown_again import counts_again, may_be_settled_too_often, shown_again
from effekt.contracts import Contract
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.settled import State
from effekt.exceptions import ArgumentError, ContractError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECTIONS = ("figures", "lines", "shares", "receipts", "guarantees", "withheld", "left_to_pay", "by_year")


def shown_in(found: PublicStatement) -> dict[str, Shown]:
    """Every number of a statement by its place, such as "lines/bonus"."""
    every = {f"{name}/{key}": one for name in _SECTIONS for key, one in getattr(found, name).items()}
    return {**every, "total": found.total, "undisputed": found.undisputed}


# --- the form of each number -----------------------------------------------------------------------------------------


def wrong_form(found: PublicStatement) -> list[str]:
    """The places of numbers that are not written as their kind says, and of what is no day or no digest."""
    wrong = [name for name, one in shown_in(found).items() if not has_form(one)]
    wrong += wrong_days(found)
    digests = {"commitment": (found.commitment,), "earlier": found.earlier}
    wrong += [name for name, every in digests.items() if not all(map(_DIGEST.fullmatch, every))]
    wrong += [f"standings/{place}" for place, states in found.standings.items() if states != in_order(states)]
    wrong += [f"happened/{one.by}" for one in _doubled(found.happened)]
    wrong += ["earlier"] if found.earlier != tuple(sorted({*found.earlier})) else []
    base = found.round_to
    return wrong + [
        f"rounded/{id}" for id, one in found.rounded.items() if not _rounds(one, found.figures.get(id), base)
    ]


def _doubled(events: Sequence[Happened]) -> Iterator[Happened]:
    """Events that are told twice, or of one thing twice; a clause may have the name of an analysis."""
    told = set[Happened]()
    for one in events:
        of = one.of[1:] if one.kind == "contaminated" else one.of
        if one in told or len({*of}) < len(of):
            yield one
        told.add(one)


def wrong_days(found: PublicStatement) -> list[str]:
    """The places of what is no day of the calendar as YYYY-MM-DD."""
    days = [("date", found.date), ("supersedes", found.supersedes), ("settles", found.settles)]
    days += [("longstop", found.longstop)]
    days += [
        *((f"happened/{one.by}", one.date) for one in found.happened),
        *(("announced", day) for day in found.announced),
    ]
    wrong = (name for name, day in days if day is not None and not (len(day) == 10 and day.isascii() and is_date(day)))
    return [*dict.fromkeys(wrong)]


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


def _ends(values: range) -> tuple[int, int]:
    return values[0], values[-1]


# --- sums ------------------------------------------------------------------------------------------------------------


def wrong_sums(found: PublicStatement) -> list[str]:
    """The places of amounts that cannot be the sums of their parts, where all of these are shown."""
    wrong, shares = [], dict[str, list[Shown]]()
    for key, one in found.shares.items():
        shares.setdefault(key.rpartition("/")[0], []).append(one)
    for id, line in found.lines.items():
        if is_number(line) and not adds_up(line, shares.get(id, [])):
            wrong.append(f"lines/{id}")
    known = [line for line in found.lines.values() if line.kind != "none"]
    if all(is_number(line) for line in known):
        if not adds_up(found.undisputed, known):
            wrong.append("undisputed")
        missing = len(known) < len(found.lines)
        if found.total != (Shown(kind="none") if missing else found.undisputed):
            wrong.append("total")
    years = [*found.by_year.values()]
    if years and all(one.kind != "hidden" for one in years) and found.total.kind != "hidden":
        waits = any(one.kind == "none" for one in years)
        if found.total.kind != "none" if waits else not adds_up(found.total, years):
            wrong.append("total")
    return [*dict.fromkeys(wrong)]


def is_number(one: Shown) -> bool:
    """Whether it has a value or a range."""
    return one.low is not None and has_form(one)


def adds_up(total: Shown, parts: Sequence[Shown]) -> bool:
    """Whether a number may be the sum of parts over the same possible values.

    Its least value is at least the sum of theirs, and at most what it is where one part is least; so the greatest.
    """
    if not all(is_number(one) for one in (total, *parts)):
        return False
    ends = [(Fraction(one.low or ""), Fraction(one.high or "")) for one in (total, *parts)]
    (low, high), *each = ends
    least, most = sum(one for one, _ in each), sum(one for _, one in each)
    width = max((b - a for a, b in each), default=Fraction(0))
    return least <= low <= most - width and least + width <= high <= most


# --- states ----------------------------------------------------------------------------------------------------------


def wrong_states(found: PublicStatement) -> list[str]:
    """The places of states that do not fit their amounts or the kind, and of what no link explains."""
    states = {"state": (found.state, found.total)}
    states |= {
        f"line_states/{id}": (one, found.lines[id]) for id, one in found.line_states.items() if id in found.lines
    }
    wrong = [place for place, (state, amount) in states.items() if not _fits(state, amount)]
    wrong += [f"left_to_pay/{id}" for id in found.left_to_pay if found.supersedes is None]
    return [*dict.fromkeys((*wrong, *_wrong_kind(found)))]


def _wrong_kind(found: PublicStatement) -> Iterator[str]:
    """The places that only a final one can have: what was paid before it, and of a nil one what is or may be due."""
    if found.kind != "final":
        yield from (f"left_to_pay/{id}" for id in found.left_to_pay)
    if found.kind != "nil":
        return
    amounts = shown_in(found)
    sections = ("lines", "guarantees", "withheld", "by_year")
    due = [f"{section}/{id}" for section in sections for id in getattr(found, section)]
    yield from (place for place in (*due, "total", "undisputed") if not may_be_nothing(amounts[place]))
    unpaid: tuple[State, ...] = ("payable", "referred") if found.standings else ("payable",)
    states = {"state": found.state, **{f"line_states/{id}": state for id, state in found.line_states.items()}}
    yield from (place for place, state in states.items() if state in unpaid)


def may_be_nothing(one: Shown) -> bool:
    """Whether it has no value, or may be 0."""
    return not is_number(one) or Fraction(one.low or "") <= 0 <= Fraction(one.high or "")


def _fits(state: str | None, amount: Shown) -> bool:
    """Whether something is paid, nothing by the terms, or as yet nothing, as a state says; any where it is hidden.

    What is not 0 for any value that hidden counts may have is payable, and none of these decides it.
    """
    if amount.kind == "hidden":
        return True
    if state is None:
        return not is_number(amount) or may_be_nothing(amount)
    if not is_number(amount):
        return state not in ("payable", "zero_by_terms")
    nothing = Fraction(amount.low or "") == Fraction(amount.high or "") == 0
    return {"payable": not nothing, "zero_by_terms": nothing, "referred": nothing}.get(state, False)


# --- what the contract fixes -----------------------------------------------------------------------------------------


def not_as_contract(found: PublicStatement, contract: Contract, before: Sequence[PublicStatement] = ()) -> list[str]:
    """The places in a statement that its contract says otherwise; numbers also by the earlier ones that it names."""
    every = (
        *_wrong_terms(found, contract),
        *_wrong_names(found, contract),
        *_wrong_amounts(found, contract),
        *_wrong_counts(found, contract, before),
        *_wrong_hidden(found, contract),
        *_wrong_again(found, contract, before),
    )
    return [*dict.fromkeys(every)]


def _wrong_again(found: PublicStatement, contract: Contract, before: Sequence[PublicStatement]) -> Iterator[str]:
    """Numbers and states that the contract does not give on the figures that are shown; none of what has no day."""
    if wrong_days(found):
        return
    try:
        made = shown_again(found, contract, before)
    except (ArgumentError, ContractError):
        yield "figures"
        return
    if made is None:
        return
    again = made.statement
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
    if not 0 <= found.lacking_signatures <= terms.signing.threshold:
        yield "lacking_signatures"
    if found.announced != tuple(terms.dates.certificates):
        yield "announced"
    if found.longstop != terms.dates.too_late(found.date):
        yield "longstop"
    if not _may_settle(found, contract):
        yield "settles"
    yield from (f"left_to_pay/{id}" for id in found.left_to_pay if _more_than_due(found, id, contract))
    if found.date < terms.dates.signed or (found.kind == "nil" and found.date not in terms.dates.certificates):
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
    if line is None or due is None or not (is_number(due) and is_number(left)):
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
    shown = {key for key in paid if (one := found.lines.get(key.partition("/")[0])) and is_number(one)}
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
    for id, line in lines.items():
        if (one := found.lines.get(id)) is not None and not is_number(one):
            yield from _wrong_shares(found, one, [f"{id}/{payer}" for payer in line.payers])


def _wrong_amounts(found: PublicStatement, contract: Contract) -> Iterator[str]:
    """Amounts and states that are shown although the contract has them shown by year and in total alone."""
    disclosure, lines = contract.model.disclosure, contract.model.payment.lines
    years = {} if wrong_days(found) else years_due(contract, found.date)
    if found.amounts != (None if disclosure is None else disclosure.amounts):
        yield "amounts"
    yield from (f"by_year/{year}" for year in sorted({*years.values()} ^ {*found.by_year}))
    if not annual_only(contract):
        return
    alone = hidden_years(years)
    yield from (f"by_year/{year}" for year, one in found.by_year.items() if year in alone and one.kind != "hidden")
    yield from (f"left_to_pay/{id}" for id in found.left_to_pay)
    for section in ("lines", "shares", "receipts", "guarantees", "withheld"):
        yield from (f"{section}/{id}" for id, one in getattr(found, section).items() if one.kind != "hidden")
    yield from (f"line_states/{id}" for id, state in found.line_states.items() if state is not None)
    of_all = {place: getattr(found, place) for place in ("total", "undisputed")}
    if len(lines) < ALONE:
        yield from (place for place, one in of_all.items() if one.kind != "hidden")
        if found.state is not None:
            yield "state"
    elif found.undisputed != (Shown(kind="hidden") if found.total.kind == "none" else found.total):
        yield "undisputed"


def _wrong_shares(found: PublicStatement, line: Shown, keys: Sequence[str]) -> Iterator[str]:
    """Shares of a line that has no amount, and of a hidden one those that are shown, or missing beside others."""
    there = [key for key in keys if key in found.shares]
    if line.kind == "hidden" and there:
        there = [key for key in keys if found.shares.get(key) != line]
    yield from (f"shares/{key}" for key in there)


def _wrong_counts(found: PublicStatement, contract: Contract, before: Sequence[PublicStatement]) -> Iterator[str]:
    """Figures that are shown otherwise than the contract's rules on hidden, small and rounded counts have them.

    So whatever events are declared; by earlier statements that were not given a range may be wider.
    """
    terms, minimum, base = contract.model, minimum_of(contract), round_to_of(contract)
    yield from (
        f"figures/{id}"
        for id in sorted(named_hidden(contract))
        if id in found.figures and found.figures[id].kind != "hidden"
    )
    again = counts_again(found, contract, before)
    for id, one in found.figures.items():
        term = terms.figures.get(id)
        if term is None or isinstance(term, DerivedFigure) or id in sums_of(contract) or not is_number(one):
            continue
        low, high = whole(one.low), whole(one.high)
        if low is None or high is None or not is_count(id, contract):
            alike = one.kind == "exact"
        else:
            small = small_values(low, minimum, base)
            alike = (low, high) == _ends(small or rounded_alike(low, base))
            alike &= one.kind == "exact" or bool(small) or id in found.rounded
            alike |= one.kind == "range" and _may_be_widened(low, high, found, contract)
            alike &= again is None or (low, high) in again[id]
        if not alike:
            yield f"figures/{id}"


def _wrong_hidden(found: PublicStatement, contract: Contract) -> Iterator[str]:
    """Figures that are hidden whole although neither the contract nor a dispute nor what they rest on can hide them.

    One that rests on counts in ranges may be; a declared sum only where these have too many combinations.
    """
    terms = contract.model.figures
    may_be = may_be_hidden(contract, found.date, _disputed(found, contract))
    too_many = may_be_settled_too_often(found, contract)
    for id, one in found.figures.items():
        if one.kind != "hidden" or id not in terms or id in may_be:
            continue
        parts = (*terms[id].operands(), *(sums_of(contract).get(id, ()) if too_many else ()))
        if not any(found.figures[part].kind in ("range", "hidden") for part in parts if part in found.figures):
            yield f"figures/{id}"


def hidden_for_disputes(found: PublicStatement, contract: Contract) -> list[str]:
    """The counts that are hidden and that nothing but an open dispute can hide: whether it does hangs on its value.

    A dispute hides a count where a party admits a small one or one near it, which no statement shows.
    """
    disputed = _disputed(found, contract)
    others = may_be_hidden(contract, found.date, ())
    counts = (id for id in contract.model.figures if id in disputed and id not in others and is_count(id, contract))
    return [id for id in counts if id in found.figures and found.figures[id].kind == "hidden"]


def _disputed(found: PublicStatement, contract: Contract) -> set[str]:
    return {id for one in open_disputes(found, contract.model) for id in one.of}


def open_disputes(found: PublicStatement, terms: ContractTerms) -> Iterator[Happened]:
    """Disputes that withhold something here, but for those that whoever decides them declares to be decided."""
    decider = None if terms.disputes is None else terms.disputes.decider
    decided = {(one.date, *sorted(one.of)) for one in found.happened if one.kind == "decided" and one.by == decider}
    yield from (one for one in found.happened if one.kind == "disputed" and (one.date, *sorted(one.of)) not in decided)


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

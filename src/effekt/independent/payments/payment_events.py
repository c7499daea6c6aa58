"""What an early end, a spoiled comparison or a revised source leaves of a line: the second route of payment.

By the sections `termination` and `revisions` of the contract file; where several events touch a line the strictest
counts: nothing, then referred, then the smallest part, then all.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from effekt.independent.payments.payment_terms import ONE, ZERO, Part, known_keys
from effekt.independent.periods import LENGTH, window_periods

STRICTEST = ("nothing", "refer", "to_date", "in_full")
CLAUSE = ("event", "then", "lines", "closes", "period", "floor", "guarantees", "declared_by")
EVENTS = ("ended", "contaminated", "disputed", "revised", "settles", "superseding", "interim", "told")
NO_FIGURE = (  # keys whose words are parties, or one of a rule's own
    *("payers", "payee", "below_zero", "paid_each"),
    *("order", "every", "day_count", "gives"),
)


@dataclass(frozen=True)
class Rest:
    """What is left of a line: by which rule, and which part."""

    rule: str
    share: Fraction = ONE


def rests(file: Part, events: Part) -> dict[str, Rest]:
    """What events leave of each line that they touch."""
    known_keys(events, EVENTS, "events")
    found: dict[str, Rest] = {}
    for line, rest in _each(file, events):
        other = found.get(line)
        if other is None or _strictness(rest) < _strictness(other):
            found[line] = rest
    return found


def apart(file: Part, events: Part) -> Iterator[tuple[dict[str, Rest], bool, Part]]:
    """Of each event alone what it leaves of each line it touches, whether it ends the contract, and its clause."""
    if "ended" in events:
        yield _of_one(file, events, ("ended",)), True, file["termination"][events["ended"]["clause"]]
    for one in events.get("contaminated", ()):
        only = {**events, "contaminated": [one]}
        yield _of_one(file, only, ("contaminated",)), False, file["termination"][one["clause"]]


def _of_one(file: Part, events: Part, keep: tuple[str, ...]) -> dict[str, Rest]:
    kinds = ("ended", "contaminated", "revised")
    return dict(_each(file, {key: value for key, value in events.items() if key in keep or key not in kinds}))


def _strictness(rest: Rest) -> tuple[int, Fraction]:
    return STRICTEST.index(rest.rule), rest.share


def _each(file: Part, events: Part) -> Iterator[tuple[str, Rest]]:
    lines = file["payment"]["lines"]
    for line in lines if "ended" in events else ():
        yield line, _after_the_end(file, line, events)
    for event in events.get("contaminated", ()):
        own = [id for id, term in file["figures"].items() if _analysis(term) in event["analysis"]]
        spoilt = _day(event["date"])  # and the day before it is the last that counts
        own = [id for id in own if (_first_unmeasured(file, id) or datetime.date.max) > spoilt]
        last = spoilt - datetime.timedelta(days=1)
        for line in lines:
            if _over(lines[line], events, last):
                continue
            if reads(file["figures"], lines[line]).intersection(own):
                yield line, _by_clause(file, event["clause"], line, last)
    if file.get("revisions", {}).get("then") == "refer":
        for data in events.get("revised", ()):
            on = [id for id, one in file.get("analysis", {}).items() if one["data"] == data]
            own = [id for id, term in file["figures"].items() if _analysis(term) in on]
            for line in lines:
                if reads(file["figures"], lines[line]).intersection(own):
                    yield line, Rest("refer")


def _after_the_end(file: Part, id: str, events: Part) -> Rest:
    """What is left of a line when the contract has ended."""
    line, ended = file["payment"]["lines"][id], events["ended"]
    rest = _by_clause(file, ended["clause"], id, _day(ended["date"]))
    if rest.rule == "in_full":
        return rest
    if _over(line, events, _day(ended["date"])) or _all_measured(file, line, ended["date"]):
        return Rest("in_full")
    return rest if "paid_each" in line else _before_the_end(file, line, events) or rest


def _over(line: Part, events: Part, last: datetime.date) -> bool:
    """Whether a line is paid for an announced day by which all that it pays for then was over, on the last day."""
    return "paid_each" in line and events.get("settles") is not None and _day(events["settles"]) <= last


def _before_the_end(file: Part, line: Part, events: Part) -> Rest | None:
    """What is left of a line of which something was due before the contract ended; None where nothing says so.

    `told` has of each dispute the day of the certificate that it is of, None for the one at hand, its figures, and
    whether it is over. What was kept back for one that is over was paid in the disputed certificate's place. By the
    certificates of the days in `interim` nothing was due.
    """
    last, days, told = _day(events["ended"]["date"]), events.get("superseding", ()), events.get("told", ())
    due = list(days)
    for day in events.get("interim", ()):
        due.remove(day)
    if due and min(map(_day, due)) <= last:
        here = any(day is None or day in days for day, _, _ in told)
        return Rest("in_full" if here else "refer")
    if "true_up" in line:
        own = reads(file["figures"], line)
        still = [(day, figures) for day, figures, over in told if day is not None and not over]
        beside = [figures for day, figures in still if day not in days and _day(day) <= last]
        if any(own.intersection(figures) for figures in beside):
            return Rest("refer")
    return None


def _by_clause(file: Part, name: str, line: str, last: datetime.date) -> Rest:
    clause = file["termination"][name]
    known_keys(clause, CLAUSE, f"termination.{name}")
    rule = clause.get("lines", {}).get(line)
    if rule is None and clause["then"] == "pay_on_closed_cohorts" and line in clause.get("closes", {}):
        rule = "in_full" if _day(clause["closes"][line]) <= last else "nothing"
    if rule is None:
        rule = {"pay_nothing_more": "nothing", "pay_to_date": "to_date"}.get(clause["then"], "refer")
        rule = "refer" if rule == "to_date" and "period" not in clause else rule
    share = _passed(clause["period"], last) if rule == "to_date" else ONE
    return Rest(rule, share)


def _passed(period: Part, last: datetime.date) -> Fraction:
    """The part of a period's days, first and last included, that had passed when a day was over."""
    first, end = _day(period["from"]), _day(period["to"])
    whole = (end - first).days + 1
    return max(ZERO, min(ONE, Fraction((last - first).days + 1, whole)))


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# ---------------------------------------------------------------------------------------- which figures a line reads


def reads(terms: Part, part: Any) -> set[str]:
    """Every figure that a part of the payment names, with all that those are computed from."""
    waiting, found = set(_named(part, terms)), set()
    while waiting:
        id = waiting.pop()
        found.add(id)
        term = terms[id]
        waiting |= set(_named(term.get("derived", [term.get("units", "")]), terms)) - found
    return found


def _named(part: Any, terms: Part) -> Iterator[str]:
    if isinstance(part, str):
        yield from [part] if part in terms else []
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from () if key in NO_FIGURE else _named(value, terms)
    elif isinstance(part, Sequence):
        for value in part:
            yield from _named(value, terms)


def _analysis(term: Part) -> str | None:
    """The analysis that a figure is taken from."""
    return term.get("estimate") or term.get("measure")


def _after(day: datetime.date) -> datetime.date:
    """The next day; the last of the calendar is its own."""
    return min(day, datetime.date.max - datetime.timedelta(days=1)) + datetime.timedelta(days=1)


def _first_unmeasured(file: Part, id: str) -> datetime.date | None:
    """The first day whose outcomes no longer count for a figure; None where the file does not say."""
    term = file["figures"][id]
    analysis = _analysis(term)
    if analysis is None:
        return None
    found, written = [], file["analysis"][analysis]
    if "outcomes_until" in term:
        found.append(_after(_day(term["outcomes_until"])))
    if "evaluation_window" in written and "period" in written:
        last = window_periods(written["evaluation_window"], written["period"], "evaluation_window")[-1]
        year, month = divmod(last + LENGTH[written["period"]], 12)
        found.append(datetime.date(year, month + 1, 1))
    return min(found, default=None)


def _all_measured(file: Part, line: Part, last: str) -> bool:
    """Whether all that a line pays for had been measured when its last day was over."""
    terms = file["figures"]
    return _known_to_be_before(
        [_first_unmeasured(file, id) for id in reads(terms, line) if "derived" not in terms[id]], last
    )


def _known_to_be_before(ends: Iterable[datetime.date | None], last: str) -> bool:
    days = list(ends)
    after = _after(_day(last))
    return bool(days) and all(day is not None and day <= after for day in days)

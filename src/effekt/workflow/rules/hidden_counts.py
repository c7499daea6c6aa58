"""What a result hides that its contract shows, and shows that its contract hides, told without data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from effekt._text import Text
from effekt.certificates.check_numbers import OF_NO_UNITS as CHECKS_OF_NO_UNITS
from effekt.certificates.check_numbers import is_count, of_units
from effekt.certificates.disclosure import suppress
from effekt.certificates.hidden_words import (
    COUNTS_HIDDEN,
    NOTE_HIDDEN,
    OF_NO_UNITS,
    REPEATING,
    gives_small,
    hidden_note,
    hidden_population,
)
from effekt.certificates.published import BOUNDS, GIVEN_BACK, NEARLY, OF_UNITS
from effekt.result import Diagnostic, EffectSet, Note, OutcomeMeasure
from effekt.workflow.rules.checks_again import says_hidden
from effekt.workflow.rules.recorded import Fault, Member

TELLING = (*OF_UNITS, "matched_sample", "differential_attrition")
"""Checks that are hidden only where a count of the result is, or all of them are."""


def hidden_faults(result: Any, minimum: int) -> Iterator[Fault]:
    """Each check or note that says that its counts are hidden, where the contract hides none or it has none.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    minimum : int
        The smallest count that is shown; 0 shows all.

    Yields
    ------
    place, stated, must be
    """
    parts = _parts(result)
    checks = [check for one in parts for check in one.diagnostics]
    for check in checks:
        if says_hidden(check) and (minimum == 0 or check.name in CHECKS_OF_NO_UNITS):
            yield f"diagnostics.{check.name}.statement", check.statement.en, None
    some = minimum > 0 and any(map(says_hidden, checks))
    for note in (note for one in parts for note in one.notes):
        unasked = note.text in (NOTE_HIDDEN, COUNTS_HIDDEN) and (minimum == 0 or note.code in OF_NO_UNITS)
        if unasked or (note.text in REPEATING.values() and not some):
            yield f"notes.{note.code}.text", note.text.en, None


def unhidden_faults(result: Any, minimum: int) -> Iterator[Fault]:
    """Each place that the contract hides, by what the result itself shows.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    minimum : int
        The smallest count that is shown; 0 shows all.

    Yields
    ------
    place, stated, must be
    """
    if minimum == 0:
        return
    of_set = result.diagnostics if isinstance(result, EffectSet) else ()
    for check in (check for one in _parts(result) for check in one.diagnostics if says_hidden(check)):
        yield from _in_clear(check)
    for one in _members(result):
        yield from _of_member(one, of_set, minimum)
    if isinstance(result, EffectSet):
        yield from _of_notes(result.notes, result.diagnostics, minimum, everything=False)
        empty = all(n is None for one in _members(result) for n in asdict(one.sample).values())
        if empty and result.group_times is not None and min(result.group_times.sizes) < minimum:
            yield "group_times.sizes", result.group_times.sizes, None


def _of_member(one: Member, of_set: Sequence[Diagnostic], minimum: int) -> Iterator[Fault]:
    counts = asdict(one.sample)
    for name, shown in suppress(counts, minimum).items():
        if isinstance(shown, str):
            yield f"sample.{name}", counts[name], None
    told = [check for check in one.diagnostics if check.name in TELLING and says_hidden(check)]
    if told and None not in (counts["n_treated"], counts["n_control"], counts["n_units"], counts["n_dropped"]):
        yield "sample.n_units", counts["n_units"], None
    for check in one.diagnostics:
        if check.name in TELLING and not says_hidden(check) and _is_small(check, minimum):
            yield f"diagnostics.{check.name}.statement", check.statement.en, COUNTS_HIDDEN.en
    everything = bool(told) and all(n is None for n in counts.values())
    yield from _of_notes(one.notes, (*one.diagnostics, *of_set), minimum, everything=everything)
    if everything:
        place, said = (
            ("population", one.population)
            if isinstance(one, OutcomeMeasure)
            else ("estimand.population", one.estimand.population)
        )
        yield from _worded(place, said, hidden_population(said, minimum, None, small=False))


def _is_small(check: Diagnostic, minimum: int) -> bool:
    """Whether a check has a small count of units, or a share of them that gives one."""
    counts = {n for name, n in check.values.items() if is_count(check, name) and isinstance(n, int)} - {0}
    if check.name == "matched_sample":
        counts |= _of_sets(check)
    shares = [share for name, share in check.values.items() if "share" in name and isinstance(share, float)]
    few = check.name in OF_UNITS and gives_small(shares, counts, minimum, NEARLY)
    return few or any(n < minimum for n in counts)


def _of_sets(check: Diagnostic) -> set[int]:
    """How many sets of a size there are, and how many of an arm they have together."""
    times = check.table.get("sets", ())
    sizes = (check.table.get(arm, ()) for arm in ("treated", "controls"))
    return {n for n in times if isinstance(n, int)} | {
        n * own
        for size in sizes
        for n, own in zip(size, times, strict=False)
        if isinstance(n, int) and isinstance(own, int)
    }


def _in_clear(check: Diagnostic) -> Iterator[Fault]:
    """What stands in a check that says that its counts are hidden, and is one or gives one back."""
    for part, columns in (("values", {name: (one,) for name, one in check.values.items()}), ("table", check.table)):
        for name, column in columns.items():
            if any(one is not None for one in column) and _gives(check, name):
                yield f"diagnostics.{check.name}.{part}.{name}", column[0] if part == "values" else column, None


def _gives(check: Diagnostic, name: str) -> bool:
    given_back = "share" in name or name.startswith("effective_") or name in GIVEN_BACK
    return check.name in BOUNDS or is_count(check, name) or (of_units(check.name, name) and given_back)


def _of_notes(
    notes: Sequence[Note], checks: Sequence[Diagnostic], minimum: int, *, everything: bool
) -> Iterator[Fault]:
    """Notes that repeat a check which is not there, or is hidden; with all counts hidden, notes that have one."""
    told = [(check.statement, check) for check in checks]
    for note in notes:
        if everything or note.code in REPEATING:
            yield from _worded(f"notes.{note.code}.text", note.text, hidden_note(note, told, (), minimum, None).text)


def _worded(place: str, stated: Text, must: Text) -> Iterator[Fault]:
    if stated != must:
        yield place, stated.en, must.en


def _members(result: Any) -> tuple[Member, ...]:
    if not isinstance(result, EffectSet):
        return (result,)
    return result.effects if result.overall is None else (*result.effects, result.overall)


def _parts(result: Any) -> tuple[Any, ...]:
    return (*_members(result), result) if isinstance(result, EffectSet) else (result,)

"""A look before the evaluation is over: the windows as far as they go, and what may still come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from effekt._calendar import PARTS, Window, parse_window, period_label, window_in_words
from effekt._text import Text
from effekt._types import Period
from effekt.diagnostics.forecast import forecast
from effekt.estimators.trend.checks import check_whole
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.inference import find_placebos
from effekt.estimators.trend.level import Line
from effekt.estimators.trend.own_unit import Series
from effekt.estimators.trend.spans import Span, check_spans, left_out, span_of
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The windows that count: as declared, or as far as the evaluation has come.

    Attributes
    ----------
    windows, spans : pair
        The reference and the evaluation, and the periods of each that count.
    excluded : list of (first, last)
        Those that lie in these windows.
    same_months : bool
        Whether the reference is matched to the months of the evaluation.
    through : str or None
        The last period of a look; None when the evaluation is taken whole.
    remaining : int
        Periods that count and are left.
    """

    windows: tuple[Window, Window]
    spans: tuple[Span, Span]
    excluded: Sequence[tuple[object, object] | str]
    same_months: bool
    through: str | None = None
    remaining: int = 0


def to_date(
    through: Any,
    windows: tuple[Window, Window],
    excluded: Sequence[tuple[object, object] | str],
    same_months: bool,
    period: Period,
) -> Course:
    """The windows as declared; with `through`, those of a look.

    In a look the months of the year count in the reference as they do to date, unless whole years have passed or
    nothing that counts is left: then as they will in the end.
    """
    for pair in excluded if isinstance(excluded, (tuple, list)) else ():
        check_whole("excluded", pair, period)
    if through is None:
        spans = check_spans(windows, excluded, same_months, period)
        return Course(windows=windows, spans=spans, excluded=excluded, same_months=same_months)
    whole = check_spans(windows, excluded, False, period)[1]
    cut = (windows[0], _cut(through, windows[1], period))
    so_far = [pair for pair in excluded if _inside(pair, cut, period)]
    remaining = len(set(whole.times).difference(cut[1].numbers()))
    matched = same_months or (remaining > 0 and len(cut[1].numbers()) % PARTS[period] != 0)
    if not set(whole.times).intersection(cut[1].numbers()):
        raise ArgumentError(f"`through` must leave some {period} that is not excluded; {through!r} leaves none. Wait.")
    spans = check_spans(cut, so_far, matched, period)
    return Course(
        windows=cut,
        spans=spans,
        excluded=so_far,
        same_months=matched,
        through=period_label(cut[1].last, period),
        remaining=remaining,
    )


def _cut(through: Any, whole: Window, period: Period) -> Window:
    check_whole("through", (through,), period)
    spoken = isinstance(through, str) and window_in_words(through) is not None
    last = parse_window("through", through if spoken else (through, through), period).last
    if not whole.first <= last < whole.last:
        raise ArgumentError(
            f"`through` must be a {period} of `evaluation_window` ({whole}) before its last; got {through!r}. "
            + ("Leave `through` out when the evaluation is over." if last >= whole.last else "Wait until it has begun.")
        )
    return Window(first=whole.first, last=last, period=period)


def _inside(pair: tuple[object, object] | str, windows: tuple[Window, Window], period: Period) -> bool:
    out = left_out([pair], period)
    return any(not out.isdisjoint(window.numbers()) for window in windows)


def look_diagnostics(
    course: Course,
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    series: Series | None,
    found: Comparison,
    threshold: float | None,
    better: Literal["lower", "higher"] | None,
    line: Line | None,
) -> tuple[Diagnostic, ...]:
    """What the look foretells; nothing when nothing is left. The figure to date is corrected by the `line`, if any."""
    if course.remaining == 0:
        return ()
    counterfactual = float(found.counterfactual(design.adjustment))
    counterfactual = counterfactual if line is None else line.move(counterfactual)
    if counterfactual <= 0:
        raise DataError(
            "The counterfactual must be above zero for `through`, whose forecast is of a relative change, and it is "
            "not. Leave `through` out, with an evaluation window that ends where the data do."
        )
    changes, pairs = _history(course, design, treated, comparator, series)
    followed = None if changes else _shorter(course, design)
    if followed is not None:
        shorter = replace(course, remaining=followed)
        changes, pairs = _history(shorter, design, treated, comparator, series)[0], []
    check = forecast(
        effect=float(found.evaluation) - counterfactual,
        counterfactual=counterfactual,
        changes=np.array(changes),
        elapsed=len(design.evaluation.times),
        remaining=course.remaining,
        threshold=threshold,
        scale="linear" if design.adjustment == "difference" else "log",
        better=better or "lower",
        pairs=(np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])) if line is None else None,
        followed=followed if changes else None,
    )
    if line is None:
        return (check,)
    said = Text(en=f"{check.statement.en} {_CORRECTED.en}", sv=f"{check.statement.sv} {_CORRECTED.sv}")
    return (replace(check, statement=said),)


def look_notes(course: Course) -> tuple[Note, ...]:
    """That this is no final figure, and that months were matched."""
    if course.through is None:
        return ()
    through = course.through
    text = Text(
        en=f"A look through {through}, before the evaluation is over: no ground for payment.",
        sv=f"En avläsning till och med {through}, innan utvärderingen är över: ingen grund för betalning.",
    )
    if course.remaining == 0:
        text = Text(
            en=f"{text.en} The periods after it are excluded, so that there is nothing to forecast.",
            sv=f"{text.sv} Perioderna därefter är undantagna, så att det inte finns något att förutsäga.",
        )
    if course.same_months:
        text = Text(
            en=f"{text.en} The reference counts the same months of the year as have passed.",
            sv=f"{text.sv} Referensen räknar samma månader på året som har gått.",
        )
    return (Note(code="look", text=text),)


def _history(
    course: Course, design: Design, treated: Sequence[str], comparator: Sequence[str], series: Series | None
) -> tuple[list[float], list[tuple[float, float]]]:
    """Of placebo units in each earlier year: how they moved from as many periods as have passed to as many as remain.

    And what the comparison found in both, against a reference before them: the declared one moved back, or as many
    whole years as the data have of it.
    """
    panel, elapsed, last = design.panel, len(design.evaluation.times), design.evaluation.window.last
    first, year = min(t for _, t in panel.numerators), PARTS[design.panel.period]
    changes: list[float] = []
    pairs: list[tuple[float, float]] = []
    for start in range(design.evaluation.window.first - year, first - 1, -year):
        middle, end = start + elapsed, start + elapsed + course.remaining
        if not comparator or end > last + 1:
            continue
        to_date, rest = (_window(*ends, design) for ends in ((start, middle), (middle, end)))
        changes += [moved for (moved,) in _errors(design, [(to_date, rest)], course, treated, comparator, series)]
        before = _reference(start, first, design)
        if before is not None:
            both = [(before, to_date), (before, rest)]
            pairs += [
                (one, two) for one, two in _errors(design, both, course, treated, comparator, series, months=True)
            ]
    return changes, pairs


def _shorter(course: Course, design: Design) -> int | None:
    """How many periods after as many as have passed the earliest course that the data have goes on for.

    None where that is less than half of those that remain, or than those that have passed.
    """
    first, year = min(t for _, t in design.panel.numerators), PARTS[design.panel.period]
    begins, elapsed = design.evaluation.window.first, len(design.evaluation.times)
    start = begins - (begins - first) // year * year
    followed = design.evaluation.window.last + 1 - start - elapsed
    enough = start < begins and followed >= max(elapsed, course.remaining / 2)
    return followed if enough and followed < course.remaining else None


def _reference(start: int, first: int, design: Design) -> Window | None:
    """The declared reference moved to a course that begins at `start`, less the whole years before the first period."""
    declared, year = design.reference.window, PARTS[design.panel.period]
    back = design.evaluation.window.first - start
    begins = declared.first - back
    begins += -(-max(first - begins, 0) // year) * year
    last = declared.last - back
    return Window(first=begins, last=last, period=declared.period) if begins <= last else None


def _errors(
    design: Design,
    windows: Sequence[tuple[Window, Window]],
    course: Course,
    treated: Sequence[str],
    comparator: Sequence[str],
    series: Series | None,
    *,
    months: bool = False,
) -> list[tuple[float, ...]]:
    """What is found in each placebo unit from the first to the second of each pair of windows.

    A standard population stays that of the look, in which the rest of its own course will be measured. Nothing where a
    unit of the comparator lacks a period or has nobody in a stratum; a further unit that does is left out.
    """
    spans = [span_of(*pair, set(), months and course.same_months) for pair in windows]
    panel = design.panel
    counted = [span.times for pair in spans if pair is not None for span in pair]
    together = tuple(sorted({t for times in counted for t in times}))

    def is_whole(unit: str) -> bool:
        return not panel.missing((unit,), together) and not any(panel.empty((unit,), times) for times in counted)

    if None in spans or not all(map(is_whole, comparator)):
        return []
    whole = [one for one in panel.units if is_whole(one)]
    moved = replace(design, panel=replace(panel, units=tuple(dict.fromkeys((*whole, *treated, *comparator)))))
    found = [
        find_placebos(replace(moved, reference=pair[0], evaluation=pair[1]), treated, comparator, series)
        for pair in spans
        if pair is not None
    ]
    return [tuple(one.error(design.adjustment) for one in unit) for unit in zip(*found, strict=True)]


def _window(first: int, end: int, design: Design) -> Window:
    return Window(first=first, last=end - 1, period=design.panel.period)


_CORRECTED = Text(
    en="The change to date is corrected for the reference level; how others have moved on is not, and no line is drawn "
    "for an intervention that changes nothing.",
    sv="Förändringen hittills är korrigerad för referensnivån; hur andra har rört sig vidare är det inte, och ingen "
    "linje dras för en insats som inte ändrar något.",
)

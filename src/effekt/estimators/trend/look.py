"""A look before the evaluation is over: the windows as far as they go, and what may still come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from effekt._calendar import PARTS, Window, parse_window, period_label
from effekt._text import Text
from effekt._types import Period
from effekt.diagnostics.forecast import forecast
from effekt.estimators.trend.checks import check_whole
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.inference import find_placebos
from effekt.estimators.trend.own_unit import Series
from effekt.estimators.trend.spans import Span, check_spans, left_out
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
    excluded: Sequence[tuple[object, object]]
    same_months: bool
    through: str | None = None
    remaining: int = 0


def to_date(
    through: Any,
    windows: tuple[Window, Window],
    excluded: Sequence[tuple[object, object]],
    same_months: bool,
    period: Period,
) -> Course:
    """The windows as declared; with `through`, those of a look.

    In a look the months of the year count in the reference as they do to date, unless whole years have passed.
    """
    for pair in excluded if isinstance(excluded, (tuple, list)) else ():
        check_whole("excluded", pair, period)
    if through is None:
        spans = check_spans(windows, excluded, same_months, period)
        return Course(windows=windows, spans=spans, excluded=excluded, same_months=same_months)
    whole = check_spans(windows, excluded, False, period)[1]
    cut = (windows[0], _cut(through, windows[1], period))
    so_far = [pair for pair in excluded if _inside(pair, cut, period)]
    matched = same_months or len(cut[1].numbers()) % PARTS[period] != 0
    if not set(whole.times).intersection(cut[1].numbers()):
        raise ArgumentError(f"`through` must leave some {period} that is not excluded; {through!r} leaves none. Wait.")
    spans = check_spans(cut, so_far, matched, period)
    return Course(
        windows=cut,
        spans=spans,
        excluded=so_far,
        same_months=matched,
        through=period_label(cut[1].last, period),
        remaining=len(whole.times) - len(spans[1].times),
    )


def _cut(through: Any, whole: Window, period: Period) -> Window:
    check_whole("through", (through,), period)
    last = parse_window("through", (through, through), period).last
    if not whole.first <= last < whole.last:
        raise ArgumentError(
            f"`through` must be a {period} of `evaluation_window` ({whole}) before its last; got {through!r}. "
            + ("Leave `through` out when the evaluation is over." if last >= whole.last else "Wait until it has begun.")
        )
    return Window(first=whole.first, last=last, period=period)


def _inside(pair: tuple[object, object], windows: tuple[Window, Window], period: Period) -> bool:
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
) -> tuple[Diagnostic, ...]:
    """What the look foretells; nothing when nothing is left."""
    if course.remaining == 0:
        return ()
    counterfactual = found.counterfactual(design.adjustment)
    if not counterfactual.is_positive():
        raise DataError(
            "The counterfactual must be above zero for `through`, whose forecast is of a relative change, and it is "
            "not. Leave `through` out, with an evaluation window that ends where the data do."
        )
    return (
        forecast(
            effect=float(found.evaluation - counterfactual),
            counterfactual=float(counterfactual),
            changes=np.array(_changes(course, design, treated, comparator, series)),
            elapsed=len(design.evaluation.times),
            remaining=course.remaining,
            threshold=threshold,
            scale="linear" if design.adjustment == "difference" else "log",
        ),
    )


def look_notes(course: Course) -> tuple[Note, ...]:
    """That this is no final figure, and that months were matched."""
    if course.through is None:
        return ()
    through = course.through
    text = Text(
        en=f"A look through {through}, before the evaluation is over: no ground for payment.",
        sv=f"En avläsning till och med {through}, innan utvärderingen är över: ingen grund för betalning.",
    )
    if course.same_months:
        text = Text(
            en=f"{text.en} The reference counts the same months of the year as have passed.",
            sv=f"{text.sv} Referensen räknar samma månader på året som har gått.",
        )
    return (Note(code="look", text=text),)


def _changes(
    course: Course, design: Design, treated: Sequence[str], comparator: Sequence[str], series: Series | None
) -> list[float]:
    """How placebo units moved from as many periods as have passed to as many as remain, in each earlier year."""
    panel, elapsed, last = design.panel, len(design.evaluation.times), design.evaluation.window.last
    first = min(t for _, t in panel.numerators)
    changes: list[float] = []
    for start in range(design.evaluation.window.first - PARTS[panel.period], first - 1, -PARTS[panel.period]):
        middle, end = start + elapsed, start + elapsed + course.remaining
        if comparator and end <= last + 1:
            earlier = replace(design, reference=_span(start, middle, design), evaluation=_span(middle, end, design))
            changes += _moved(earlier, treated, comparator, series)
    return changes


def _moved(design: Design, treated: Sequence[str], comparator: Sequence[str], series: Series | None) -> list[float]:
    if any(design.panel.missing(comparator, span.times) for span in (design.reference, design.evaluation)):
        return []
    return [one.error(design.adjustment) for one in find_placebos(design, treated, comparator, series)]


def _span(first: int, end: int, design: Design) -> Span:
    return Span(window=Window(first=first, last=end - 1, period=design.panel.period), times=tuple(range(first, end)))

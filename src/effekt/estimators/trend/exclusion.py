"""The figure as it would have been with nothing left out of the windows."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._calendar import Window
from effekt._text import Text
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.readings import Readings
from effekt.estimators.trend.spans import Span, check_spans
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic


def nothing_excluded(
    design: Design,
    readings: Readings,
    windows: tuple[Window, Window],
    excluded: Sequence[tuple[object, object] | str],
    same_months: bool,
    declared: float | None,
) -> tuple[Diagnostic, ...]:
    """Both relative changes side by side when periods are excluded; the other is None where the data have none.

    `declared` is the one that counts.
    """
    if not excluded:
        return ()
    kept = [t for span in check_spans(windows, excluded, False, design.panel.period) for t in span.times]
    other = _whole(design, windows, same_months)
    reading = None if other is None else readings.over(design, other)
    lacks = None if reading is None else reading.lacks
    values: dict[str, float | int | str | None] = {
        "excluded_periods": sum(len(window.numbers()) for window in windows) - len(kept),
        "relative_excluding": declared,
        "relative_nothing_excluded": None if reading is None else reading.relative,
    }
    check = Diagnostic(
        name="excluded_periods",
        status="information",
        statement=Text(
            en="The relative change without the excluded periods, as declared, and with nothing excluded; only the "
            "declared one counts.",
            sv="Den relativa förändringen utan de undantagna perioderna, som avtalat, och med inget undantaget; "
            "bara den avtalade gäller.",
        ),
        values=values,
    )
    return (readings.told(check, int(lacks == "line"), int(lacks == "strata")),)


def _whole(design: Design, windows: tuple[Window, Window], same_months: bool) -> tuple[Span, Span] | None:
    """The windows with nothing excluded; None when the reference then lacks a month of the evaluation."""
    try:
        return check_spans(windows, (), same_months, design.panel.period)
    except ArgumentError:
        return None

"""The figure as it would have been with nothing left out of the windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from effekt._calendar import Window
from effekt._text import Text
from effekt.estimators.trend.comparison import Comparison, Design, relative_change
from effekt.estimators.trend.spans import check_spans
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic


def nothing_excluded(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    windows: tuple[Window, Window],
    excluded: Sequence[tuple[object, object]],
    same_months: bool,
    found: Comparison,
) -> tuple[Diagnostic, ...]:
    """Both relative changes side by side when periods are excluded; the other is None where the data have none."""
    if not excluded:
        return ()
    kept = [t for span in check_spans(windows, excluded, False, design.panel.period) for t in span.times]
    other = _whole(design, windows, same_months)
    values: dict[str, float | int | str | None] = {
        "excluded_periods": sum(len(window.numbers()) for window in windows) - len(kept),
        "relative_excluding": relative_change(design, found),
        "relative_nothing_excluded": None,
    }
    if other is not None and not any(
        design.panel.missing((*treated, *comparator), span.times) for span in (other.reference, other.evaluation)
    ):
        values["relative_nothing_excluded"] = _relative_of(other, treated, comparator)
    return (
        Diagnostic(
            name="excluded_periods",
            status="information",
            statement=Text(
                en="The relative change without the excluded periods, as declared, and with nothing excluded; only the "
                "declared one counts.",
                sv="Den relativa förändringen utan de undantagna perioderna, som avtalat, och med inget undantaget; "
                "bara den avtalade gäller.",
            ),
            values=values,
        ),
    )


def _whole(design: Design, windows: tuple[Window, Window], same_months: bool) -> Design | None:
    """The design with nothing excluded; None when the reference then lacks a month of the evaluation."""
    try:
        reference, evaluation = check_spans(windows, (), same_months, design.panel.period)
    except ArgumentError:
        return None
    return replace(design, reference=reference, evaluation=evaluation)


def _relative_of(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> float | None:
    """None also where a mean of ratios has none with nothing excluded."""
    try:
        return relative_change(design, design.compare(treated, comparator))
    except DataError:
        return None

"""The treated outcome period by period, and its counterfactual."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._calendar import Window, period_label
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.number import ExactNumber
from effekt.result import OutcomePath


def outcome_path(
    design: Design, treated: Sequence[str], comparator: Sequence[str], found: Comparison
) -> OutcomePath | None:
    """Treated outcome by period, and the counterfactual as the same rule gives it period by period.

    None where every period of a window lacks somebody in a stratum, which the window as a whole has.
    """
    panel, period = design.panel, design.panel.period
    reference, evaluation = design.reference.window, design.evaluation.window
    span = range(reference.first, evaluation.last + 1)
    shown = [t for t in span if panel.covers(treated, t)]
    if not all(any(window.first <= t <= window.last for t in shown) for window in (reference, evaluation)):
        return None
    over = design.over_references(comparator) if design.trend == "mean_of_ratios" else None
    counterfactual = [_counterfactual_at(design, comparator, found, t, over) for t in shown]
    return OutcomePath(
        periods=tuple(period_label(t, period) for t in shown),
        treated=tuple(float(panel.pooled(treated, (t,))) for t in shown),
        counterfactual=tuple(counterfactual),
        reference=_ends(reference, shown),
        evaluation=_ends(evaluation, shown),
    )


def _ends(window: Window, shown: Sequence[int]) -> tuple[str, str]:
    """The first and the last period of a window that there are outcomes of: those at its ends may have none."""
    inside = [number for number in shown if window.first <= number <= window.last]
    return period_label(inside[0], window.period), period_label(inside[-1], window.period)


def _counterfactual_at(
    design: Design, comparator: Sequence[str], found: Comparison, t: int, over: Sequence[ExactNumber] | None
) -> float | None:
    panel = design.panel
    covers = panel.covers if design.weighted else panel.covers_each
    if not covers(comparator, t):
        return None
    if not comparator:
        return float(found.reference)
    now = panel.pooled(comparator, (t,)) if design.weighted else panel.mean_of_units(comparator, (t,))
    moved = Comparison(
        reference=found.reference,
        evaluation=found.evaluation,
        comparator_reference=found.comparator_reference,
        comparator_evaluation=now,
        trend=design.mean_ratio(comparator, (t,), over),
    )
    return float(moved.counterfactual(design.adjustment))

"""What the composition of those compared has to do with a standardised figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from effekt._types import FloatArray
from effekt.diagnostics import composition_change
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.readings import Readings
from effekt.estimators.trend.spans import Span
from effekt.estimators.trend.standard import StandardPanel
from effekt.result import Diagnostic


def composition_diagnostic(
    design: Design, treated: Sequence[str], comparator: Sequence[str], readings: Readings
) -> tuple[Diagnostic, ...]:
    """Shares of the strata in both windows, and the crude figure beside the standardised; nothing without strata."""
    panel = design.panel
    if not isinstance(panel, StandardPanel):
        return ()
    together = [tuple(comparator)] if design.weighted else [(name,) for name in comparator]
    groups = together if comparator else []
    shares, rates = _shares_and_rates(panel, treated, design)
    others = [_shares_and_rates(panel, group, design) for group in groups]
    crude, lacking = readings.relative(replace(design, panel=panel.crude))
    standardized, not_drawn = readings.relative(design)
    check = composition_change(
        shares=shares,
        rates=rates,
        comparator_shares=np.array([one[0] for one in others]),
        comparator_rates=np.array([one[1] for one in others]),
        weights=np.array([float(one.weight) for one in panel.strata]),
        labels=tuple(map(str, panel.strata)),
        relative_crude=crude,
        relative_standardized=standardized,
    )
    return (readings.told(check, lacking + not_drawn),)


def _shares_and_rates(panel: StandardPanel, units: Sequence[str], design: Design) -> tuple[FloatArray, FloatArray]:
    """(k, 2) each, reference and evaluation: of the sums over the window, whatever the declared mean is."""
    columns = [_in_window(panel, units, span) for span in (design.reference, design.evaluation)]
    return np.column_stack([one[0] for one in columns]), np.column_stack([one[1] for one in columns])


def _in_window(panel: StandardPanel, units: Sequence[str], span: Span) -> tuple[list[float], list[float]]:
    cells = [(unit, t) for unit in units for t in span.times]
    above = [sum(one.panel.numerators.get(at, 0) for at in cells) for one in panel.strata]
    below = [sum(one.panel.denominators.get(at, 0) for at in cells) for one in panel.strata]
    total = sum(below)
    rates = [float(panel.scale * n / d) if d else float("nan") for n, d in zip(above, below, strict=True)]
    return [d / total for d in below], rates

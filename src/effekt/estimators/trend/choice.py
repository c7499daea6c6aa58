"""One figure as each inference would judge it: placebo ranks, a t on their spread, HAC, clusters and blocks.

The t on the spread takes the errors e_j of J placebos and the treated unit's own e_0 as normal with one mean and
variance, so that (e_0 − ē)/(s √(1 + 1/J)) has J − 1 degrees of freedom, and e_0 less an effect has its prediction
interval ē ± t s √(1 + 1/J) (Crawford & Howell 1998, doi:10.1076/clin.12.4.482.7241).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from effekt._inference import Inference, Means, Placebos
from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._text import Text
from effekt._types import Contrast
from effekt.diagnostics import inference_choice
from effekt.estimators.trend.block_bootstrap import Redrawing
from effekt.estimators.trend.clusters import ClusterPanel
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.groups import Groups, infer_among
from effekt.estimators.trend.inference import TrendInference, find_placebos, infer
from effekt.estimators.trend.level import Line, infer_beyond
from effekt.estimators.trend.own_unit import Series
from effekt.exceptions import DataError, InferenceUnavailableError
from effekt.result import Diagnostic

LEVEL = Fraction(19, 20)
# p of no effect, the interval, and why one of them is not there
Row = tuple[float | Fraction | None, tuple[float, float] | None, Text | None]


def each_inference(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    found: Comparison,
    *,
    series: Series | None,
    declared: TrendInference,
    by: Inference | None,
    how: Redrawing | None,
    groups: Groups | None = None,
) -> Diagnostic:
    """All of them side by side, of the relative change for a ratio and in the outcome's unit for a difference.

    `by` is the declared one as the figure has it, so that nothing is drawn twice. With `groups` the placebos are these:
    their ranks, and where the treated are not among them their spread.
    """
    contrast: Contrast = "ratio" if design.adjustment == "ratio" else "difference"
    means = Means(treated=float(found.evaluation), counterfactual=float(found.counterfactual(design.adjustment)))
    if groups is None:
        ranks, spread = _among_units(design, treated, comparator, found, series, declared)
    else:
        ranks, spread = _among_groups(groups, design.adjustment)
    rows = {"placebo": _row(ranks, means, contrast)}
    if groups is None:
        rows["placebo_sd"] = _spread(ranks, means, contrast)
    hac, _ = infer(design, treated, comparator, found, (), "hac")
    rows["hac"] = _row(hac, means, contrast)
    if spread is not None:
        rows["placebo_variance"] = _row(spread, means, contrast)
    if isinstance(design.panel, ClusterPanel):
        clusters, _ = infer(design, treated, comparator, found, (), "cluster")
        rows["cluster"] = _row(clusters, means, contrast)
    if how is not None:
        blocks = by if declared == "block_bootstrap" else None
        if blocks is None:
            blocks, _ = infer(design, treated, comparator, found, (), "block_bootstrap", how)
        rows["block_bootstrap"] = _row(blocks, means, contrast)
    if declared == "none":
        rows["none"] = (None, None, None)
    return _side_by_side(rows, declared, ranks, contrast)


def _among_units(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    found: Comparison,
    series: Series | None,
    declared: TrendInference,
) -> tuple[Inference, Inference | None]:
    """The ranks of single units, and their spread where that is declared."""
    try:
        placebos = find_placebos(design, treated, comparator, series)
    except DataError:  # a placebo whose mean is not above zero: no placebo inference, whatever counts
        placebos = ()
    ranks, _ = infer(design, treated, comparator, found, placebos, "placebo")
    if declared != "placebo_variance":
        return ranks, None
    return ranks, infer(design, treated, comparator, found, placebos, "placebo_variance")[0]


def _among_groups(groups: Groups, adjustment: str) -> tuple[Inference, Inference | None]:
    """The ranks of groups, and their spread where the treated are not among them."""
    ranks, _ = infer_among(groups, "placebo", adjustment)
    return ranks, None if groups.with_treated else infer_among(groups, "placebo_variance", adjustment)[0]


def beyond_the_line(found: Comparison, line: Line, contrast: Contrast, declared: TrendInference) -> Diagnostic:
    """The same of a figure corrected for its level: ranks of what the line leaves, and a t on its spread."""
    base = line.move(float(found.counterfactual("ratio" if line.scale == "log" else "difference")))
    means = Means(treated=float(found.evaluation), counterfactual=base)
    found_by = {way: infer_beyond(line, way, abs(base))[0] for way in ("placebo", "placebo_variance")}
    rows = {way: _row(by, means, contrast) for way, by in found_by.items()}
    if declared == "none":
        rows["none"] = (None, None, None)
    check = _side_by_side(rows, declared, found_by["placebo"], contrast)
    return replace(
        check, statement=Text(en=f"{check.statement.en} {_BY_LINE.en}", sv=f"{check.statement.sv} {_BY_LINE.sv}")
    )


def _side_by_side(
    rows: Mapping[str, Row], declared: TrendInference, ranks: Inference, contrast: Contrast
) -> Diagnostic:
    least = Fraction(1, len(ranks.errors) + 1) if isinstance(ranks, Placebos) else None
    return inference_choice(
        labels=tuple(rows),
        p_values=[p for p, _, _ in rows.values()],
        intervals=[interval for _, interval, _ in rows.values()],
        declared=declared,
        level=float(LEVEL),
        least=[least if way == "placebo" else None for way in rows],
        relative=contrast == "ratio",
        reasons={way: why for way, (_, _, why) in rows.items() if why is not None},
    )


_BY_LINE = Text(
    en="Both are of the figure corrected for the reference level; HAC, clusters and blocks do not know of its line.",
    sv="Båda gäller siffran korrigerad för referensnivån; HAC, kluster och block känner inte dess linje.",
)


def _row(inference: Inference, means: Means, contrast: Contrast) -> Row:
    """Two-sided p of no effect and the interval, where they exist; relative for a ratio."""
    try:
        p = inference.p_value(means, "difference", 0.0, "two-sided")
    except InferenceUnavailableError as reason:
        return None, None, Text(en=str(reason), sv=reason.sv)
    try:
        (interval,) = inference.confidence_set(means, contrast, 1 - LEVEL, "two-sided").intervals
    except InferenceUnavailableError as reason:
        return p, None, Text(en=str(reason), sv=reason.sv)
    except ValueError:  # a set of several pieces, or none
        return p, None, _PIECES
    less = 1.0 if contrast == "ratio" else 0.0
    ends = (interval[0] - less, interval[1] - less) if all(map(math.isfinite, interval)) else None
    return p, ends, None if ends else _PIECES


_PIECES = Text(
    en="The set is no interval with two ends.",
    sv="Mängden är inget intervall med två ändar.",
)


def _spread(ranks: Inference, means: Means, contrast: Contrast) -> Row:
    """The t on the placebos' spread."""
    if not isinstance(ranks, Placebos) or len(ranks.errors) < 2:
        return None, None, None  # as the ranks say
    errors, count = np.array(ranks.errors), len(ranks.errors)
    own = means.log_ratio() if contrast == "ratio" else means.value("difference")
    error = float(np.std(errors, ddof=1)) * math.sqrt(1 + 1 / count)
    if error <= 0:
        return None, None, _ALIKE
    centre = own - float(np.mean(errors))
    half = t_quantile(1 - float(1 - LEVEL) / 2, count - 1) * error
    ends = (centre - half, centre + half)
    if contrast == "ratio":
        ends = (math.expm1(ends[0]), math.expm1(ends[1]))
    return 2 * float(t_upper_tail(abs(centre) / error, count - 1)), ends, None


_ALIKE = Text(en="The placebo errors are all alike.", sv="Placebofelen är alla lika.")

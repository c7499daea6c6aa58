"""How sure a comparison is: what it finds in units without the intervention, or in the periods of the series alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from effekt._few import MIN_DF
from effekt._inference import ExactErrors, FixedDf, Inference, Placebos, StudentT, Unavailable
from effekt._text import Text
from effekt.estimators.trend.block_bootstrap import Redrawing, block_inference
from effekt.estimators.trend.checks import check_positive_placebos
from effekt.estimators.trend.clusters import ROUNDING, cluster_inference
from effekt.estimators.trend.comparison import Comparison, Design, errors_as_fractions
from effekt.estimators.trend.hac import hac_inference
from effekt.estimators.trend.own_unit import Series, compare_without

TrendInference: TypeAlias = Literal["placebo", "placebo_variance", "cluster", "hac", "block_bootstrap", "none"]
BY_PLACEBOS = ("placebo", "placebo_variance")

Scale: TypeAlias = Literal["log", "linear"]


def find_placebos(
    design: Design, treated: Sequence[str], comparator: Sequence[str], series: Series | None = None
) -> tuple[Comparison, ...]:
    """Each comparator unit against the rest; with one published series, each other unit against that series.

    From a series without the treated units the placebo unit is taken out as well.
    """
    if len(comparator) > 1:
        found = design.compare_each(comparator)
    else:
        others = [name for name in design.panel.units if name not in (*treated, *comparator)]
        complete = [one for one in others if not _gaps(design, one)]
        if series is not None and series.own_unit == "removed":
            found = [compare_without(design, series, (one,), len(treated)) for one in complete]
        else:
            found = [design.compare((one,), comparator) for one in complete] if comparator else []
    check_positive_placebos(found, design.adjustment, "Use adjustment='difference', or inference='none'.")
    return tuple(found)


def _gaps(design: Design, unit: str) -> bool:
    return any(design.panel.missing((unit,), span.times) for span in (design.reference, design.evaluation))


def infer(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    found: Comparison,
    placebos: Sequence[Comparison],
    inference: TrendInference,
    how: Redrawing | None = None,
) -> tuple[Inference, str]:
    """The declared inference, or why there is none, and the name of its convention."""
    if design.adjustment == "none":
        return Unavailable(reason=_BEFORE_AFTER), "none/1"
    if inference == "none":
        return Unavailable(reason=NOT_ASKED_FOR), "none/1"
    if inference == "hac":
        by_periods = hac_inference(design, treated, comparator, found)
        return by_periods, "none/1" if isinstance(by_periods, Unavailable) else "hac/1"
    if inference == "block_bootstrap" and how is not None:
        by_blocks = block_inference(design, treated, comparator, found, how)
        return by_blocks, "none/1" if isinstance(by_blocks, Unavailable) else "block_bootstrap/1"
    if inference == "cluster":
        by_clusters = cluster_inference(design, treated, comparator, found)
        return by_clusters, "none/1" if isinstance(by_clusters, Unavailable) else "cluster/1"
    if not placebos:
        return Unavailable(reason=_NO_PLACEBO), "none/1"
    scale: Scale = "log" if design.adjustment == "ratio" else "linear"
    errors = sorted(one.error(design.adjustment) for one in placebos)
    if inference == "placebo_variance":
        sizes = [max(abs(float(one.evaluation)), abs(float(one.reference))) for one in (found, *placebos)]
        by_spread = spread_inference(errors, scale, 1.0 if scale == "log" else max(sizes))
        return by_spread, "none/1" if isinstance(by_spread, Unavailable) else "placebo_variance/1"
    return ranked(errors_as_fractions(design, found, placebos), errors, scale), "placebo/1"


def ranked(exact: ExactErrors | None, errors: Sequence[float], scale: Scale) -> Placebos:
    """The ranks of errors in the order of their size, as fractions where there are any."""
    if exact is not None:
        exact = replace(exact, errors=tuple(sorted(exact.errors)))
    return Placebos(errors=tuple(sorted(errors)), scale=scale, exact=exact)


def spread_inference(errors: Sequence[float], scale: Scale, size: float) -> StudentT | Unavailable:
    """The placebos' standard deviation as the standard error, with a t on one less than their number.

    Arkhangelsky et al. (2021), doi:10.1257/aer.20190159, algorithm 4, with divisor J − 1 for J and t for the normal, as
    placebos are few. All of it is in the counterfactual. `size` is that of the means the errors come from.
    """
    count = len(errors)
    if count - 1 < MIN_DF:
        return Unavailable(reason=few_placebos(count))
    middle = math.fsum(errors) / count
    variance = math.fsum((one - middle) ** 2 for one in errors) / (count - 1)
    if variance <= (ROUNDING * size) ** 2:
        return Unavailable(reason=_ALIKE)
    return StudentT(covariance=(0.0, 0.0, variance), df=FixedDf(df=float(count - 1)), scale=scale)


def few_placebos(count: int) -> Text:
    """Why there is no standard error."""
    return Text(
        en=f"A standard error from placebos needs at least four of them; there are {count}. inference='placebo' ranks "
        "them.",
        sv=f"Ett medelfel från placebo kräver minst fyra; det finns {count}. inference='placebo' rangordnar dem.",
    )


_ALIKE = Text(
    en="The placebo units all moved exactly alike, so they show no variation.",
    sv="Placeboenheterna rörde sig alla exakt lika, så de visar ingen variation.",
)
_BEFORE_AFTER = Text(
    en="A before–after comparison has no comparison units, so nothing says what would have happened.",
    sv="En före–efter-jämförelse har inga jämförelseenheter, så inget visar vad som ändå hade hänt.",
)
NOT_ASKED_FOR = Text(en="Inference was not asked for.", sv="Ingen osäkerhetsberäkning har begärts.")
_NO_PLACEBO = Text(
    en="Besides the comparator there is no unit without the intervention, and with every period of the windows, to "
    "serve as placebo.",
    sv="Utöver jämförelsen finns ingen enhet utan insatsen, och med varje period i fönstren, som kan tjäna som "
    "placebo.",
)

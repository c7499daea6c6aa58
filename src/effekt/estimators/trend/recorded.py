"""What a result says of itself: the choices as they were made, the estimand, the sample and its means as fractions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.estimators.trend.clusters import ClusterPanel
from effekt.estimators.trend.comparison import Design, Trend
from effekt.estimators.trend.level import LevelCorrection
from effekt.estimators.trend.number import ExactNumber
from effekt.estimators.trend.own_unit import OwnUnit
from effekt.estimators.trend.standard import rows_each, standardized
from effekt.result import ExactMeans, Sample
from effekt.roles import Estimand

EXACT_DIGITS = 2000  # of a numerator or denominator; Python writes no integer above 4,300 digits


def declared_only(
    *,
    adopters: list[str],
    excluded: list[list[str | int] | str],
    trend: Trend | None,
    same_months: bool,
    through: str | int | None,
    standardize: list[str],
    standard: object,
    own_unit: OwnUnit | None,
    series_units: int | None,
    level_correction: LevelCorrection | None,
    cluster: str | None,
    vintage: str | None,
    vintage_column: str | None,
    checks: list[Any],
    threshold: float | None,
) -> dict[str, Any]:
    """The choices that are recorded where they are made: left out, nothing is excluded, matched, removed or told."""
    choices: dict[str, Any] = {
        "adopters": adopters,
        "excluded": excluded,
        "same_months": same_months,
        "through": through,
        "vintage": vintage,
        "vintage_column": vintage_column,
        "trend": trend,
        "standardize": standardize,
        "standard": standard,
        "own_unit": own_unit,
        "series_units": series_units,
        "level_correction": level_correction,
        "cluster": cluster,
        "checks": checks,
        "threshold": threshold,
    }
    return {name: value for name, value in choices.items() if value}


def exact_means(treated: ExactNumber, counterfactual: ExactNumber) -> ExactMeans | None:
    """The means as fractions, where these are not too long to be written."""
    own, other = (mean.short_fraction(10**EXACT_DIGITS) for mean in (treated, counterfactual))
    return None if own is None or other is None else ExactMeans(treated=own, counterfactual=other)


def estimand_of(treated: Sequence[str], design: Design) -> Estimand:
    """Whom and which periods the effect is of."""
    names = join_words(treated, "and")
    sv_names = join_words(treated, "och")
    first, last = str(design.evaluation).split(" to ")
    return Estimand(
        name="before_after" if design.adjustment == "none" else "ATT",
        population=Text(
            en=f"{names}, {first} to {last}{standardized(design.panel).en}",
            sv=f"{sv_names}, {first} till {last}{standardized(design.panel).sv}",
        ),
    )


def sample_of(design: Design, treated: Sequence[str], comparator: Sequence[str], n_dropped: int) -> Sample:
    """How many rows, units and clusters there are in the windows."""
    units = len(treated) + len(comparator)
    times = {*design.reference.times, *design.evaluation.times}
    panel, everyone = design.panel, (*treated, *comparator)
    return Sample(
        n_obs=panel.rows(everyone, times) if isinstance(panel, ClusterPanel) else units * len(times) * rows_each(panel),
        n_clusters=len(panel.of(everyone)) if isinstance(panel, ClusterPanel) else None,
        n_units=units,
        n_treated=len(treated),
        n_control=len(comparator),
        n_dropped=n_dropped,
    )

"""Further studies of panels: outcomes that are not normal, in both views, and other ways to adjust for a trend."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from numpy.random import Generator
from panel_designs import FEW, differences, draw_clusters
from study_base import MONEY, SEED, TREND, Design, new_study
from waves import waves

import effekt
from effekt.datasets import Cohort, sick_leave_panel

WAVES = (*FEW, str(Path(__file__).with_name("waves.py")))
WEIGHTS = ("rademacher", "webb")
CLUSTER_VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")


def trend(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Municipality 0127 against all others, each as one, twelve months against twelve."""
    return effekt.trend_adjusted(
        table,
        outcome=effekt.Outcome(column=("sick_days", "employees"), better="lower"),
        unit="municipality",
        time="month",
        period="month",
        treated="0127",
        reference_window=("2018-01", "2018-12"),
        evaluation_window=("2019-01", "2019-12"),
        weights=None,
        **arguments,
    )


def draw_municipalities(rng: Generator, n: int, effect: float) -> Cohort:
    """Twenty-four months of sick leave."""
    return sick_leave_panel(
        rng=rng, n_municipalities=n, first="2018-01", last="2019-12", effect_start="2019-01", effect=effect
    )


def _waves() -> dict[str, Design]:
    methods: dict[str, Any] = {name: partial(differences, variance=name) for name in CLUSTER_VARIANCES}
    return {
        f"panel-{law}-10": Design(
            new_study(partial(waves, law=law, clusters=10, per_cluster=10, treated=5), methods, 500),
            f"Difference-in-differences, {law} outcome, 10 clusters of 10, half treated",
            WAVES,
        )
        for law in ("skewed", "binary")
    }


def _few() -> dict[str, Design]:
    """Two treated clusters of ten with outcomes that are not normal, in both views."""
    by_chance: dict[str, Any] = {"draws": 999, "rng": SEED}
    methods: dict[str, Any] = {
        "asymptotic, CR2": differences,
        "permutation": partial(differences, inference="permutation", **by_chance),
        "wild_bootstrap": partial(differences, inference="wild_bootstrap", **by_chance),
    }
    return {
        f"few-{law}-10-2": Design(
            new_study(partial(waves, law=law, clusters=10, per_cluster=10, treated=2), methods, 200),
            f"Difference-in-differences, {law} outcome, 2 clusters of 10 treated",
            WAVES,
        )
        for law in ("skewed", "binary")
    }


def _webb() -> dict[str, Design]:
    """Six clusters by Webb's six weights in place of signs."""
    drawn: dict[str, Any] = {"inference": "wild_bootstrap", "draws": 999, "rng": SEED}
    methods = {f"wild_bootstrap, {name}": partial(differences, wild_weights=name, **drawn) for name in WEIGHTS}
    dgp = partial(draw_clusters, clusters=6, treated=3)
    return {
        "few-weights-6-3": Design(
            new_study(dgp, methods, 300, views=("difference",), level=0.9),
            "Difference-in-differences, 3 clusters of 6 treated, the wild bootstrap by signs and by six weights",
            FEW,
        )
    }


def _trends() -> dict[str, Design]:
    """Municipalities that count alike: by the ratio of their means, the mean of their ratios, and the difference."""
    methods: dict[str, Any] = {
        "ratio of means": partial(trend, comparator="others"),
        "mean of ratios": partial(trend, comparator="others", trend="mean_of_ratios"),
        "difference of means": partial(trend, comparator="others", adjustment="difference"),
        "mean of ratios, mean of months": partial(
            trend, comparator="others", trend="mean_of_ratios", mean="mean_of_periods"
        ),
    }
    return {
        f"municipalities-alike-11-{abs(100 * effect):.0f}": Design(
            new_study(partial(draw_municipalities, n=11, effect=effect), methods, 500, level=0.9),
            f"One municipality of 11, each counted as one, true fall {abs(100 * effect):.0f} %",
            TREND if effect else (*TREND, MONEY),
            money=not effect,
        )
        for effect in (-0.12, 0.0)
    }


WAVE_DESIGNS: dict[str, Design] = {**_waves(), **_few(), **_webb(), **_trends()}

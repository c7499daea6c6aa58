"""The studies of what an event study finds before adoption, with few clusters, whose trends are parallel or are not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.random import Generator
from study_base import COMMON, Design, new_study

import effekt
from effekt._inference import ConfidenceSet, DeclaredP, DeclaredSet, Means, TestInversion, Unavailable
from effekt.datasets import Cohort, two_group_panel
from effekt.diagnostics import event_arrays, pretrend_test
from effekt.diagnostics._joint import joint_test
from effekt.diagnostics.event_times import before_adoption
from effekt.estimators._trend_checks import Asked, trend_diagnostics
from effekt.tables import Table

PRETREND = (
    *COMMON,
    "_linalg.py",
    "estimators/did",
    "estimators/randomized/arguments.py",
    "estimators/_wild_bootstrap.py",
    "estimators/_refusals.py",
    "diagnostics/_joint.py",
    "diagnostics/event_times.py",
    "result/effect_set.py",
    "datasets/panels.py",
    str(Path(__file__)),
)
BEFORE, DRIFT = (
    4,
    -0.2,
)  # years before adoption, and what the treated drift a year: a fifth of the effect, to their favour
MARGIN = -DRIFT * (BEFORE - 1)  # the largest deviation that the drift makes
LEVEL = 0.95
BOUNDS = (
    *PRETREND,
    "diagnostics/honest_did.py",
    "diagnostics/_hybrid_test.py",
    "estimators/_trend_checks.py",
)


def drifting(rng: Generator, clusters: int, drift: float) -> Cohort:
    """Clusters of ten units over eight years, half of them treated in the last four; these drift from the others.

    The truth is the largest deviation before adoption, that of the first year.
    """
    cohort = two_group_panel(rng=rng, n_units=10 * clusters, n_clusters=clusters, cluster_sd=0.3, n_before=BEFORE)
    columns = {name: np.array(cohort.table.values(name)) for name in ("unit", "cluster", "year", "treatment", "group")}
    since = columns["year"] - columns["year"].min() - (BEFORE - 1)
    outcome = np.array(cohort.table.values("outcome"), float) + drift * columns["group"] * since
    truth = {"difference": abs(drift) * (BEFORE - 1)}
    return Cohort(table=Table({**columns, "outcome": outcome}), truth=truth, description=cohort.description)


def joint(table: Any, drift: float, variance: str) -> effekt.EffectEstimate:
    """The first year's deviation, with the p of the joint test; covered where the joint region holds all true ones."""
    effects = _events(table, variance)
    times, estimates, covariance = before_adoption(*list(event_arrays(effects).values())[:3])
    true = drift * (times + 1)
    none, region = (joint_test(estimates - line, covariance, effects.df) for line in (0 * true, true))
    assert none is not None  # also where the check has too few clusters for it
    ends = (min(estimates[0], true[0]), max(estimates[0], true[0]))
    if region is None or region.p_value <= 1 - LEVEL:
        ends = (estimates[0], estimates[0])
    return _told(effects, float(estimates[0]), none.p_value, ends)


def equivalence(table: Any, variance: str) -> effekt.EffectEstimate:
    """The largest deviation found, with the p of its being the margin or more; covered where shown to be no larger."""
    effects = _events(table, variance)
    values = pretrend_test(**event_arrays(effects), margin=MARGIN).values
    largest = max(abs(one.estimate) for one in effects.effects[: BEFORE - 1])
    return _told(effects, largest, float(values["equivalence_p_value"]), (0.0, float(values["smallest_margin"])))


def few(rng: Generator, clusters: int, before: int) -> Cohort:
    """Units that are clusters, half of them treated in the last two years."""
    return two_group_panel(rng=rng, n_units=clusters, n_before=before, n_periods=before + 2)


def bounds(table: Any, check: Literal["relative_magnitudes", "smoothness"]) -> effekt.EffectEstimate:
    """The interval where trends part by nothing, or along a straight line, as the check makes it; or why not."""
    effects = _events(table, "CR2", None)
    (found,) = trend_diagnostics(effects, Asked(names=(check,), threshold=0.0, margin=None, alternative=None))
    if not found.table:
        return replace(effects.effects[-1], inference=Unavailable(reason=found.statement))
    low, high = (float(str(found.table[end][0])) for end in ("low", "high"))
    return _told(effects, (low + high) / 2, 1.0 if low <= 0 <= high else 0.05, (low, high))


def _events(table: Any, variance: str, cluster: str | None = "cluster") -> effekt.EffectSet:
    return effekt.event_study(
        table, outcome="outcome", unit="unit", time="year", treatment="treatment", cluster=cluster, variance=variance
    )


def _told(effects: effekt.EffectSet, value: float, p: float, ends: tuple[float, float]) -> effekt.EffectEstimate:
    """A result that carries what a study counts: an estimate, a p and a set."""
    found = ConfidenceSet(intervals=(ends,), level=LEVEL)
    return replace(
        effects.effects[0],
        means=Means(treated=value, counterfactual=0.0),
        exact=None,
        inference=TestInversion(
            procedure="pretrend",
            sets=(DeclaredSet(contrast="difference", set=found),),
            p_values=(DeclaredP(contrast="difference", null=0.0, alternative="two-sided", p_value=p),),
        ),
    )


def _pretrends() -> dict[str, Design]:
    """How often parallel trends are doubted, or shown to be near enough, when they are parallel and when they drift."""
    found = {}
    for clusters in (6, 10, 20):
        for kind, drift, said in (
            ("parallel", 0.0, "trends parallel"),
            ("drift", DRIFT, f"the treated drift by {-DRIFT:g} a year"),
        ):
            methods: dict[str, Any] = {
                f"joint test, {variance}": partial(joint, drift=drift, variance=variance) for variance in ("CR2", "CR0")
            }
            methods[f"equivalence at {MARGIN:g}, CR2"] = partial(equivalence, variance="CR2")
            found[f"pretrend-{kind}-{clusters}"] = Design(
                new_study(partial(drifting, clusters=clusters, drift=drift), methods, 400, views=("difference",)),
                f"Event study, {clusters} clusters, four years before adoption, {said}",
                PRETREND,
            )
    return found


def _bounds() -> dict[str, Design]:
    """How often the bounds hold the effect, with as few clusters as smoothness takes, and around."""
    methods: dict[str, Any] = {
        f"{check.replace('_', ' ')} at 0, CR2": partial(bounds, check=check)
        for check in ("relative_magnitudes", "smoothness")
    }
    return {
        f"pretrend-bounds-{clusters}-{before}": Design(
            new_study(partial(few, clusters=clusters, before=before), methods, 400, views=("difference",)),
            f"Event study, {clusters} clusters, {before} years before adoption, trends parallel",
            BOUNDS,
        )
        for clusters, before in ((10, 4), (14, 4), (18, 6), (30, 6))
    }


PRETREND_DESIGNS = _pretrends() | _bounds()

"""Studies of effects on compliers: trials with takers whom the lot does not move."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from study_base import AGAIN, TRIAL, Design
from study_base import new_study as _study
from trial_designs import LAWS, draw_trial

import effekt

COMPLIERS = (*TRIAL, "estimators/compliers.py", "datasets/_receipt.py")
ALWAYS = 0.05  # who take it up whatever the lot


def compliers(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """The effect on compliers of a trial of `effekt.datasets.trial` with takers whom the lot does not move."""
    effects = effekt.complier_effect(table, outcome="outcome", treatment="treatment", received="received", **arguments)
    return effects["CACE"]


def _by_people() -> dict[str, Design]:
    """Many and few who follow the lot: the set must hold its level in both."""
    methods = {name: partial(compliers, adjustment="none", variance=name) for name in ("HC0", "HC2", "HC3")}
    methods["lin HC2"] = partial(compliers, covariates=["baseline"], variance="HC2")
    found = {}
    normal, skewed, binary = LAWS
    sizes = [(60, 0.4, 500, (normal, binary)), (60, 0.7, 500, (normal, binary)), (2_000, 0.4, 100, (normal, binary))]
    sizes += [(30, 0.4, 300, LAWS), (200, 0.4, 200, LAWS), (60, 0.4, 300, (skewed,)), (2_000, 0.4, 100, (skewed,))]
    for n, never, replications, laws in sizes:
        for outcome, mean, effect in laws:
            dgp = partial(
                draw_trial, n=n, outcome=outcome, mean=mean, effect=effect, always_takers=ALWAYS, never_takers=never
            )
            follow = 1 - ALWAYS - never
            found[f"compliers-{outcome}-{n}-{100 * follow:.0f}"] = Design(
                _study(dgp, methods, replications),
                f"Trial where {follow:.0%} follow the lot, {outcome} outcome, {n} people",
                COMPLIERS,
            )
    return found


def _by_design() -> dict[str, Design]:
    """Pairs, by the variance between them and with the pairing left out, and clusters of different sizes."""
    paired = {
        "between_pair": partial(compliers, pairs="block"),
        "unpaired HC2": partial(compliers, adjustment="none", variance="HC2"),
    }
    clustered = {
        name: partial(compliers, adjustment="none", variance=name, cluster="cluster") for name in ("CR0", "CR2")
    }
    found = {}
    for law in LAWS:
        outcome, mean, effect = law
        named, said = ("", "") if law is LAWS[0] else (f"{outcome}-", f"{outcome} outcome, ")
        drawn = partial(draw_trial, outcome=outcome, mean=mean, effect=effect, always_takers=ALWAYS, never_takers=0.4)
        for pairs, replications in ((15, 500), (30, 500 if named else 1_000), (200, 300)):
            dgp = partial(drawn, n=2 * pairs, assignment="blocked", n_groups=pairs, icc=0.4)
            found[f"compliers-pairs-{named}{pairs}-55"] = Design(
                _study(dgp, paired, replications),
                f"Paired trial where 55% follow the lot, {said}{pairs} pairs",
                COMPLIERS,
            )
        for clusters in (6, 10, 20):
            dgp = partial(
                drawn, n=15 * clusters, assignment="clustered", n_groups=clusters, group_size_ratio=4.0, icc=0.1
            )
            found[f"compliers-clusters-{named}{clusters}-55"] = Design(
                _study(dgp, clustered, AGAIN if (clusters, outcome) == (6, "binary") else 500),
                f"Clustered trial where 55% follow the lot, {said}{clusters} clusters, sizes up to 4 to 1",
                COMPLIERS,
            )
    return found


def _names() -> dict[str, Design]:
    """The clusters again, by the variances that their other studies leave out, beside CR2."""
    methods = {
        name: partial(compliers, adjustment="none", variance=name, cluster="cluster")
        for name in ("CR1", "CR1S", "CR2", "CR3")
    }
    found = {}
    for (outcome, mean, effect), clusters in product(LAWS, (6, 10, 20)):
        dgp = partial(
            draw_trial,
            n=15 * clusters,
            assignment="clustered",
            n_groups=clusters,
            group_size_ratio=4.0,
            icc=0.1,
            outcome=outcome,
            mean=mean,
            effect=effect,
            always_takers=ALWAYS,
            never_takers=0.4,
        )
        found[f"compliers-clusters-names-{outcome}-{clusters}-55"] = Design(
            _study(dgp, methods, AGAIN if (clusters, outcome) == (6, "binary") else 500),
            f"Clustered trial where 55% follow the lot, further variances, {outcome} outcome, {clusters} clusters, "
            "sizes up to 4 to 1",
            COMPLIERS,
        )
    return found


COMPLIER_DESIGNS: dict[str, Design] = {**_by_people(), **_by_design(), **_names()}

"""Further studies of trials: adjustment and lots of clusters, unequal chances, rates, other sizes, trials pooled."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from cohorts import rates
from lots import blocked_clusters, cluster_rates, sites, unequal_chances
from numpy.random import Generator
from study_base import AGAIN, COMMON, Design
from study_base import new_study as _study

import effekt
from effekt.datasets import Cohort, trial

HERE = Path(__file__).parent
LOTS = str(HERE / "lots.py")
TRIAL = (
    *COMMON,
    "_linalg.py",
    "_tall.py",
    "_blocked.py",
    "estimators/randomized",
    "estimators/_refusals.py",
    "estimators/_wild_bootstrap.py",
    "datasets/trials.py",
)
POOLED = (*TRIAL, "estimators/pooling.py", LOTS)
LAWS = (("normal", 20.0, 2.0), ("skewed", 20.0, 2.0), ("binary", 0.4, 0.1))  # outcome, untreated mean, effect
CLUSTER_VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")


def randomized(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """A trial of `effekt.datasets.trial`, or one of `lots`."""
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment", **arguments)


def counted(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Events per month of a trial."""
    return effekt.randomized_trial(table, outcome="events", exposure="months", treatment="treatment", **arguments)


def pooled(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """The trials of several sites, each by itself, then together."""
    site = np.array(table.values("site"))
    columns = {name: np.array(table.values(name)) for name in ("outcome", "treatment")}
    effects = {}
    for label in sorted(set(site.tolist())):
        own = effekt.Table({name: values[site == label] for name, values in columns.items()})
        effects[str(label)] = randomized(own, adjustment="none")
    return effekt.pool(effects, **arguments)


def draw_trial(rng: Generator, **arguments: Any) -> Cohort:
    """A randomised cohort."""
    return trial(rng=rng, **arguments)


def _clustered(clusters: int, law: tuple[str, float, float]) -> dict[str, Any]:
    """Of clusters of 6 to 24 people."""
    outcome, mean, effect = law
    return {
        "n": 15 * clusters,
        "group_size_ratio": 4.0,
        "icc": 0.1,
        "outcome": outcome,
        "mean": mean,
        "effect": effect,
    }


def _adjusted() -> dict[str, Design]:
    methods = {
        f"{adjustment} {name}": partial(
            randomized, adjustment=adjustment, variance=name, cluster="cluster", covariates=["baseline"]
        )
        for adjustment, name in product(("additive", "lin"), CLUSTER_VARIANCES)
    }
    methods["clusters alike CR2"] = partial(randomized, adjustment="none", cluster="cluster", cluster_weighted=True)
    return {
        f"clusters-adjusted-{law[0]}-{clusters}-4": Design(
            _study(
                partial(draw_trial, assignment="clustered", n_groups=clusters, **_clustered(clusters, law)),
                methods,
                AGAIN if (clusters, law[0]) == (6, "binary") else 500,
            ),
            f"Clustered trial with a covariate, {law[0]} outcome, {clusters} clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for clusters, law in product((6, 10, 20), LAWS)
    }


def _blocked_clusters() -> dict[str, Design]:
    shared = {"block": "block", "cluster": "cluster"}
    methods: dict[str, Any] = {
        f"blocks {name}": partial(randomized, adjustment="none", variance=name, **shared) for name in ("CR0", "CR2")
    }
    methods |= {
        f"{adjustment} in blocks CR2": partial(randomized, adjustment=adjustment, covariates=["baseline"], **shared)
        for adjustment in ("additive", "lin")
    }
    return {
        f"clusters-blocked-{law[0]}-{clusters}": Design(
            _study(
                partial(blocked_clusters, clusters=clusters, per_block=4, **_clustered(clusters, law)),
                methods,
                AGAIN if (clusters, law[0]) == (20, "skewed") else 500,
            ),
            f"Clustered trial, {law[0]} outcome, {clusters} clusters in {clusters // 4} blocks of four",
            (*TRIAL, LOTS),
        )
        for clusters, law in product((8, 20), LAWS)
    }


def _chances() -> dict[str, Design]:
    shared = {"probability": "probability"}
    methods: dict[str, Any] = {
        "Horvitz–Thompson young": partial(randomized, adjustment="none", **shared),
        **{f"Hájek {name}": partial(randomized, variance=name, **shared) for name in ("HC0", "HC2", "HC3")},
        "Hájek lin HC2": partial(randomized, covariates=["baseline"], **shared),
    }
    found = {}
    for law, n, replications in (
        *((law, 30, 1_000) for law in LAWS),
        (LAWS[0], 200, 500),
        (LAWS[2], 200, 500),
        *((law, 60, 500) for law in LAWS),
        (LAWS[1], 200, 500),
        *((law, 2_000, 300) for law in LAWS),
    ):
        outcome, mean, effect = law
        dgp = partial(unequal_chances, n=n, low=0.2, high=0.8, outcome=outcome, mean=mean, effect=effect)
        found[f"chances-{outcome}-{n}"] = Design(
            _study(dgp, methods, replications),
            f"Trial of {n} people with chances of 0.2 to 0.8 of their own, {outcome} outcome",
            (*TRIAL, LOTS),
        )
    return found


def _rates() -> dict[str, Design]:
    alone = {
        f"rate {name}": partial(counted, adjustment="none", variance=name) for name in ("HC0", "HC1", "HC2", "HC3")
    }
    clustered = {
        f"rate {name}": partial(counted, adjustment="none", variance=name, cluster="cluster")
        for name in CLUSTER_VARIANCES
    }
    return {
        "rates-30": Design(
            _study(partial(rates, n=30, rate=0.2, effect=-0.06), alone, AGAIN),
            "Randomised trial of events per month at risk, 30 people",
            (*TRIAL, str(HERE / "cohorts.py")),
        ),
        **{
            f"rates-clusters-{clusters}": Design(
                _study(partial(cluster_rates, clusters=clusters, rate=0.2, effect=-0.06), clustered, 500),
                f"Clustered trial of events per month at risk, {clusters} clusters of 8 to 30 people",
                (*TRIAL, LOTS),
            )
            for clusters in (6, 10, 20)
        },
    }


def _pooled() -> dict[str, Design]:
    methods: dict[str, Any] = {
        "fixed": partial(pooled, model="fixed"),
        **{
            f"random {name}": partial(pooled, model="random", heterogeneity=name)
            for name in ("reml", "dersimonian_laird")
        },
    }
    found = {}
    for number, spread, said in (
        (3, 0.0, "one effect"),
        *((k, 2.0, "effects that differ by an SD of 2") for k in (3, 6)),
    ):
        dgp = partial(sites, number=number, n=60, mean=20.0, sd=8.0, effect=2.0, spread=spread)
        found[f"pooled-{number}-{spread:g}"] = Design(
            _study(dgp, methods, 500), f"{number} trials of 20 to 100 people pooled, {said}", POOLED
        )
    return found


TRIAL_DESIGNS: dict[str, Design] = {
    **_adjusted(),
    **_blocked_clusters(),
    **_chances(),
    **_rates(),
    **_pooled(),
}

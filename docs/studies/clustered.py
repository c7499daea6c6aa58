"""Cohorts in clusters that `effekt.datasets` does not draw: confounded ones, and clusters with unequal chances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from confounded import EXPLAINED, _mean, _outcome
from lots import _drawn_again
from numpy.random import Generator

from effekt.datasets import Cohort, observational, trial
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table

SHARE, APART, GAIN, GROWTH = 0.25, 0.5, 0.25, 0.15  # as in the studies of people who are not in clusters
TOGETHER = 0.2  # of the variance of what covariates leave of the latent outcome, which a cluster has in common


def in_clusters(rng: Generator, *, clusters: int, per_cluster: int, law: str, estimand: str) -> Cohort:
    """A cohort of `confounded.taking_part` in clusters of one size, whose shares of treated differ widely.

    Units come in the order of treatment + N(0, 1) and are cut into clusters. What the covariates leave of the latent
    outcome, e ~ N(0, 1), is √0.2 of a draw of the cluster and √0.8 of one of the unit, both independent of all else,
    so that the truth is that of `taking_part`.
    """
    n = clusters * per_cluster
    cohort = observational(
        rng=rng, n=n, mean=0.0, sd=1.0, effect=0.0, prognostic=EXPLAINED, share_treated=SHARE, confounding=APART
    )
    kept = {name: np.array(cohort.table.values(name)) for name in ("unit", "treatment", "baseline", "age", "female")}
    cluster = np.empty(n, np.intp)
    cluster[np.argsort(kept["treatment"] + rng.standard_normal(n))] = np.repeat(np.arange(clusters), per_cluster)
    explained = math.sqrt(EXPLAINED) * (0.8 * kept["baseline"] - 0.06 * (kept["age"] - 40))
    own = np.array(cohort.table.values("untreated_outcome")) - explained
    shared = math.sqrt(1 - EXPLAINED) * rng.standard_normal(clusters)[cluster]
    latent = explained + math.sqrt(TOGETHER) * shared + math.sqrt(1 - TOGETHER) * own
    latent = latent + kept["treatment"] * (GAIN + GROWTH * kept["baseline"])
    means = [_mean(law, estimand, SHARE, APART, gain, growth) for gain, growth in ((0.0, 0.0), (GAIN, GROWTH))]
    return Cohort(
        table=Table({**kept, "cluster": cluster + 1, "outcome": _outcome(law, latent)}),
        truth=effect_truth(means[0], means[1] - means[0]),
        description=cohort.description,
    )


def cluster_chances(rng: Generator, *, clusters: int, low: float, high: float, **arguments: Any) -> Cohort:
    """A trial whose clusters each have their own known chance, from `low` for the smallest to `high` for the largest.

    Clusters are treated independently of each other, so that a lot may leave an arm empty.
    """
    cohort = trial(rng=rng, assignment="clustered", n_groups=clusters, **arguments)
    cluster = np.array(cohort.table.values("cluster")) - 1
    chance = np.round(np.linspace(low, high, clusters), 3)
    lot = (rng.random(clusters) < chance).astype(int)
    return _drawn_again(cohort, lot[cluster], probability=chance[cluster])

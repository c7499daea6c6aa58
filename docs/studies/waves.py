"""Panels of two groups whose outcome is skewed or binary, in clusters that are treated as a whole."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from panels import FIRST_YEAR

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.datasets._draws import autoregressive
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table

YEARS, BEFORE, SPREAD = 8, 4, 0.6


def waves(rng: Generator, *, law: str, clusters: int, per_cluster: int, treated: int) -> Cohort:
    """So many clusters of as many units in eight years, some clusters treated in the last four.

    z_it = √0.1 v_ct + √0.4 a_i + √0.5 e_it is N(0, 1), with v and e stationary autoregressions of correlation 0.5, a
    cluster's and a unit's own. With t the year from 0,

    - normal: Y = 10 + 0.3 t + 4 z, and 1 less with treatment;
    - skewed: Y = (10 + 0.3 t) · exp(0.6 z − 0.18), a tenth less with treatment;
    - binary: Y = 1 with probability 0.4 + 0.01 t over z, 0.1 less with treatment.
    """
    cluster = np.repeat(np.arange(clusters), per_cluster)
    own = rng.permutation(np.arange(clusters) < treated)[cluster]
    year = np.arange(YEARS)
    treatment = np.outer(own, year >= BEFORE).astype(int)
    z = np.sqrt(0.1) * autoregressive(rng, clusters, YEARS, correlation=0.5, sd=1.0)[cluster]
    z = z + np.sqrt(0.4) * rng.standard_normal((len(cluster), 1))
    z = z + np.sqrt(0.5) * autoregressive(rng, len(cluster), YEARS, correlation=0.5, sd=1.0)
    if law == "binary":
        path, effect = 0.4 + 0.01 * year, -0.1
        outcome = (_rank(z) <= path + effect * treatment).astype(int)
    elif law == "skewed":
        path = 10 + 0.3 * year
        effect = -0.1 * float(path[BEFORE:].mean())
        outcome = path * (1 - 0.1 * treatment) * np.exp(SPREAD * z - SPREAD**2 / 2)
    else:
        path, effect = 10 + 0.3 * year, -1.0
        outcome = path + 4 * z + effect * treatment
    table = Table(
        {
            "unit": np.repeat(np.arange(1, len(cluster) + 1), YEARS),
            "cluster": np.repeat(cluster, YEARS),
            "year": np.tile(FIRST_YEAR + year, len(cluster)),
            "treatment": treatment.ravel(),
            "outcome": outcome.ravel(),
        }
    )
    truth = effect_truth(float(path[BEFORE:].mean()), effect)
    return Cohort(table=table, truth=truth, description=Text(en="Two groups in clusters.", sv="Två grupper i kluster."))


def _rank(z: np.ndarray) -> np.ndarray:
    """Φ(z)."""
    from scipy.special import ndtr

    return np.asarray(ndtr(z))

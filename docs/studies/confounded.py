"""Cohorts without randomisation whose outcome is normal, skewed or binary, with the truth of each estimand."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.random import Generator

from effekt.datasets import Cohort, observational
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table

EXPLAINED = 0.4  # of the variance of the latent outcome among controls
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def taking_part(
    rng: Generator,
    *,
    n: int,
    law: str,
    estimand: str,
    gain: float,
    growth: float = 0.0,
    share_treated: float,
    apart: float,
) -> Cohort:
    """A cohort of `observational` whose latent outcome z is turned into one of three, and its truth for an estimand.

    With b the baseline, a = (age − 40)/10 and e ~ N(0, 1), z = √0.4 · (0.8 b − 0.6 a) + √0.6 · e, which is N(0, 1)
    among the controls and N(1.1 √0.4 δ, 1) among the treated, δ = `apart`. The treated have z + gain + growth · b in
    its place: who has a high baseline gains more, so that each estimand is another number.

    - normal: Y = 20 + 8 z;
    - skewed: Y = 20 · exp(0.6 z − 0.18), log-normal with mean 20 and SD 13 among the controls;
    - binary: Y = 1{z > 0.25}, 40 per cent among the controls.
    """
    cohort = observational(
        rng=rng, n=n, mean=0.0, sd=1.0, effect=0.0, prognostic=EXPLAINED, share_treated=share_treated, confounding=apart
    )
    kept = {name: np.array(cohort.table.values(name)) for name in ("unit", "treatment", "baseline", "age", "female")}
    latent = np.array(cohort.table.values("untreated_outcome"))
    latent = latent + kept["treatment"] * (gain + growth * kept["baseline"])
    table = Table({**kept, "outcome": _outcome(law, latent)})
    means = [_mean(law, estimand, share_treated, apart, shift, slope) for shift, slope in ((0.0, 0.0), (gain, growth))]
    truth = effect_truth(means[0], means[1] - means[0])
    return Cohort(table=table, truth=truth, description=cohort.description)


def _outcome(law: str, latent: np.ndarray) -> np.ndarray:
    if law == "normal":
        return 20 + 8 * latent
    return 20 * np.exp(0.6 * latent - 0.18) if law == "skewed" else (latent > 0.25).astype(int)


def _mean(law: str, estimand: str, share: float, apart: float, shift: float, slope: float) -> float:
    """Of the outcome with a latent z + shift + slope · b, over the population of the estimand."""
    if estimand == "ATE":
        among = [_mean(law, one, share, apart, shift, slope) for one in ("ATT", "ATC")]
        return share * among[0] + (1 - share) * among[1]
    if estimand in ("ATT", "ATC"):
        delta = apart if estimand == "ATT" else 0.0
        centre = 1.1 * math.sqrt(EXPLAINED) * delta + shift + slope * delta
        variance = (math.sqrt(EXPLAINED) * 0.8 + slope) ** 2 + EXPLAINED * 0.36 + 1 - EXPLAINED
        return _expected(law, centre, variance)
    return _among_overlap(law, share, apart, shift, slope)


def _among_overlap(law: str, share: float, apart: float, shift: float, slope: float) -> float:
    """Weighted by e(1 − e): by e among the controls, whose b, a and u = (b − a/2)/√1.25 are standard normal.

    Given u, b is N(u/√1.25, 1/5) and a is b's complement, a = 2(b − √1.25 u).
    """
    total, weight = 0.0, 0.0
    root = math.sqrt(EXPLAINED)
    for node, chance in zip(NODES, WEIGHTS, strict=True):
        for female in (0, 1):
            odds = math.log(share / (1 - share)) - 0.625 * apart**2 - math.log((1 + math.exp(apart)) / 2)
            odds += apart * math.sqrt(1.25) * node + apart * female
            here = chance / (1 + math.exp(-odds)) / 2
            on_b = root * 0.8 + slope - root * 1.2  # a = 2b − √5 u
            centre = shift + on_b * node / math.sqrt(1.25) + root * 0.6 * math.sqrt(5) * node
            total += here * _expected(law, centre, on_b**2 / 5 + 1 - EXPLAINED)
            weight += here
    return total / weight


def _expected(law: str, centre: float, variance: float) -> float:
    """Of the outcome whose latent is N(centre, variance)."""
    if law == "normal":
        return 20 + 8 * centre
    if law == "skewed":
        return 20 * math.exp(0.6 * centre - 0.18 + 0.18 * variance)
    return NormalDist().cdf((centre - 0.25) / math.sqrt(variance))

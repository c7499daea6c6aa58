"""Cohorts of `cohorts.survey` and `cohorts.slopes` with outcomes that are not normal, each with its truth."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table

MEANS = {"skewed": (20.0, 2.0), "binary": (0.4, 0.1)}  # of the untreated in the population, and the effect
EXPLAINED = 0.3  # of the variance of a skewed outcome within a stratum and an arm


def survey_of(rng: Generator, *, n: int, ratio: float, law: str) -> Cohort:
    """Half of the rows from each of two strata, in which a row stands for 1 and for `ratio` people.

    In the second stratum the untreated mean is a fifth higher and the effect half as large again as in the first; mean
    and effect are those of the population. `_drawn` says what the outcome is around them.
    """
    mean, effect = MEANS[law]
    second = np.arange(n) >= n // 2
    share = ratio / (1 + ratio)
    level = mean / (1 + 0.2 * share) * np.where(second, 1.2, 1.0)
    gain = effect / (1 + 0.5 * share) * np.where(second, 1.5, 1.0)
    treatment = rng.permutation(np.arange(n) % 2)
    columns = {"weight": np.where(second, ratio, 1.0)}
    return _cohort(rng, law, level + gain * treatment, np.ones(n), treatment, columns)


def slopes_of(rng: Generator, *, sizes: tuple[int, ...], law: str) -> Cohort:
    """Blocks whose baseline moves the outcome differently, with a share of treated of their own.

    The slopes rise from −1 to 1 (see `_drawn`), for the treated half as steep again, the levels and the effects in
    proportion to the block's number, so that their averages over people are those of `MEANS`. Half of the first block
    are treated, a fourth of the second, and so on in turn.
    """
    mean, effect = MEANS[law]
    block = np.repeat(np.arange(len(sizes)), sizes)
    parts = [
        rng.permutation((np.arange(size) < size // (2 if b % 2 == 0 else 4)).astype(int))
        for b, size in enumerate(sizes)
    ]
    treatment = np.concatenate(parts)
    level = mean * (1 + 0.1 * (block - block.mean()))
    gain = effect * (1.0 + block) / (1.0 + block).mean()
    slope = np.linspace(-1.0, 1.0, len(sizes))[block]
    return _cohort(rng, law, level + gain * treatment, slope * (1 + 0.5 * treatment), treatment, {"block": block})


def _cohort(
    rng: Generator,
    law: str,
    expected: np.ndarray,
    slope: np.ndarray,
    treatment: np.ndarray,
    columns: dict[str, np.ndarray],
) -> Cohort:
    baseline, outcome = _drawn(rng, law, expected, slope)
    told = {"unit": np.arange(1, len(outcome) + 1), "treatment": treatment, "baseline": baseline, **columns}
    return Cohort(
        table=Table({**told, "outcome": outcome}),
        truth=effect_truth(*MEANS[law]),
        description=Text(en="Strata or blocks.", sv="Strata eller block."),
    )


def _drawn(rng: Generator, law: str, expected: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A baseline and an outcome with the given expected values.

    - skewed: expected + 8 (√0.3 · slope · baseline + √0.7 · e), baseline standard normal and e + 1 exponential;
    - binary: with the chance expected + slope · baseline, baseline uniform between −0.2 and 0.2.
    """
    n = len(expected)
    if law == "skewed":
        baseline, noise = rng.standard_normal(n), rng.exponential(size=n) - 1
        return baseline, expected + 8 * (np.sqrt(EXPLAINED) * slope * baseline + np.sqrt(1 - EXPLAINED) * noise)
    baseline = rng.uniform(-0.2, 0.2, n)
    return baseline, (rng.random(n) < expected + slope * baseline).astype(int)

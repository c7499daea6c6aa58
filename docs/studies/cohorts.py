"""Cohorts of the studies that `effekt.datasets` does not draw, each with its truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt.datasets import Cohort, observational
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table


def rates(rng: Generator, *, n: int, rate: float, effect: float, frailty: float = 0.5) -> Cohort:
    """Events over one to twelve months at risk, as many treated as controls.

    Given a person's months and frailty (gamma with mean 1 and variance `frailty`; at 0 all are alike), events are
    Poisson with mean rate · frailty · months, for the treated (rate + effect) · frailty · months. Frailty and months
    are independent, so that expected events over expected months are the rates.
    """
    months = rng.integers(1, 13, n)
    own = rng.gamma(1 / frailty, frailty, n) if frailty else np.ones(n)
    treatment = _halves(rng, n)
    events = rng.poisson((rate + effect * treatment) * own * months)
    table = Table({"unit": np.arange(1, n + 1), "treatment": treatment, "months": months, "events": events})
    return _cohort(table, effect_truth(rate, effect), "Händelser per månad.", "Events per month.")


def survey(rng: Generator, *, n: int, ratio: float, mean: float, effect: float) -> Cohort:
    """Half of the rows from each of two strata, in which a row stands for 1 and for `ratio` people.

    Outcomes are normal with SD 0.4 · mean, of which `baseline` explains 30 per cent. In the second stratum the
    untreated mean is a fifth higher and the effect half as large again as in the first; mean and effect are those of
    the population.
    """
    second = np.arange(n) >= n // 2
    share = ratio / (1 + ratio)
    weight = np.where(second, ratio, 1.0)
    level = mean / (1 + 0.2 * share) * np.where(second, 1.2, 1.0)
    gain = effect / (1 + 0.5 * share) * np.where(second, 1.5, 1.0)
    baseline, noise = rng.standard_normal((2, n))
    treatment = _halves(rng, n)
    outcome = level + gain * treatment + 0.4 * mean * (np.sqrt(0.3) * baseline + np.sqrt(0.7) * noise)
    columns = {"unit": np.arange(1, n + 1), "treatment": treatment, "baseline": baseline, "weight": weight}
    table = Table({**columns, "outcome": outcome})
    return _cohort(table, effect_truth(mean, effect), "Urval ur två strata.", "A sample of two strata.")


def slopes(rng: Generator, *, sizes: tuple[int, ...], mean: float, effect: float) -> Cohort:
    """Blocks whose baseline moves the outcome differently, with a share of treated of their own.

    With x and ε standard normal the untreated outcome is a level of the block + γ_b · x + ε, γ_b from −3 to 3, and the
    effect g_b + γ_b · x/2 with g_b rising in proportion to the block's number, so that its average over people is
    `effect`. Half of the first block are treated, a fourth of the second, and so on in turn.
    """
    block = np.repeat(np.arange(len(sizes)), sizes)
    treatment = np.concatenate([_first(rng, size, size // (2 if b % 2 == 0 else 4)) for b, size in enumerate(sizes)])
    slope = np.linspace(-3.0, 3.0, len(sizes))[block]
    gain = 1.0 + block
    gain *= effect / gain.mean()
    baseline, noise = rng.standard_normal((2, len(block)))
    untreated = mean + block - block.mean() + slope * baseline + noise
    outcome = untreated + treatment * (gain + 0.5 * slope * baseline)
    columns = {"unit": np.arange(1, len(block) + 1), "treatment": treatment, "block": block, "baseline": baseline}
    table = Table({**columns, "outcome": outcome})
    return _cohort(table, effect_truth(mean, effect), "Block med olika lutning.", "Blocks of different slopes.")


def several(rng: Generator, *, n: int, outcomes: int, moved: int, mean: float, effect: float) -> Cohort:
    """Normal outcomes with SD 0.2 · mean and correlation 0.5; the treatment moves the last `moved` of them by `effect`.

    The truth is that of the others, which it does not move.
    """
    treatment = _halves(rng, n)
    shared, own = rng.standard_normal(n), rng.standard_normal((outcomes, n))
    columns = {"unit": np.arange(1, n + 1), "treatment": treatment}
    for i in range(outcomes):
        lifted = effect * treatment if i >= outcomes - moved else 0.0
        columns[f"outcome_{i + 1}"] = mean + lifted + 0.2 * mean * np.sqrt(0.5) * (shared + own[i])
    return _cohort(Table(columns), effect_truth(mean, 0.0), "Flera utfall.", "Several outcomes.")


def everybody(rng: Generator, *, mean: float, share_treated: float, **arguments: Any) -> Cohort:
    """A cohort of `observational` with the truth of the ATE: the same effect, over the mean of treated and controls."""
    cohort = observational(rng=rng, mean=mean, share_treated=share_treated, **arguments)
    untreated = mean + share_treated * (cohort.truth["counterfactual_mean"] - mean)
    truth = effect_truth(untreated, cohort.truth["difference"])
    return Cohort(table=cohort.table, truth=truth, description=cohort.description)


def schools(rng: Generator, *, n: int, schools: int, level: float, gain: float, **arguments: Any) -> Cohort:
    """A cohort of `observational` in schools, whose level and whose effect differ by chance with these SDs.

    Who takes part does not depend on the school, so that the truth is that of `observational`.
    """
    cohort = observational(rng=rng, n=n, **arguments)
    school, (levels, gains) = rng.integers(0, schools, n), rng.standard_normal((2, schools))
    columns = {name: np.array(cohort.table.values(name)) for name in cohort.table.columns}
    columns["outcome"] = columns["outcome"] + level * levels[school] + columns["treatment"] * gain * gains[school]
    return Cohort(table=Table({**columns, "school": school}), truth=cohort.truth, description=cohort.description)


def _first(rng: Generator, n: int, treated: int) -> np.ndarray:
    """(n,) 0/1 with so many treated, all choices as likely."""
    return rng.permutation((np.arange(n) < treated).astype(int))


def _halves(rng: Generator, n: int) -> np.ndarray:
    """(n,) 0/1 with as many of each, all choices as likely."""
    return rng.permutation(np.arange(n) % 2)


def _cohort(table: Table, truth: dict[str, float], swedish: str, english: str) -> Cohort:
    return Cohort(table=table, truth=truth, description=Text(en=english, sv=swedish))

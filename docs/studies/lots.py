"""Cohorts of trials that `effekt.datasets` does not draw: clusters in blocks or with rates, unequal chances, sites."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt.datasets import Cohort, trial
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table


def blocked_clusters(rng: Generator, *, clusters: int, per_block: int, **arguments: Any) -> Cohort:
    """Clusters of a trial whose sizes rise, in blocks of clusters of like size, half of each block treated.

    Blocks differ beside that: the outcome lies a tenth of the SD higher in each block than in the one before.
    """
    cohort = trial(rng=rng, assignment="clustered", n_groups=clusters, **arguments)
    cluster = np.array(cohort.table.values("cluster")) - 1
    lots = np.concatenate([_halves(rng, per_block) for _ in range(clusters // per_block)])
    return _drawn_again(cohort, lots[cluster], block=cluster // per_block)


def unequal_chances(rng: Generator, *, low: float, high: float, **arguments: Any) -> Cohort:
    """A trial whose units each have their own known chance, rising with the logistic function of `baseline`.

    Units are treated independently of each other with chances between `low` and `high`; those with the highest
    outcomes are treated most often, so that the difference of the arms' means is biased.
    """
    cohort = trial(rng=rng, **arguments)
    baseline = np.array(cohort.table.values("baseline"))
    chance = np.round(low + (high - low) / (1 + np.exp(-1.5 * baseline)), 3)
    treatment = (rng.random(len(chance)) < chance).astype(int)
    return _drawn_again(cohort, treatment, probability=chance)


def cluster_rates(rng: Generator, *, clusters: int, rate: float, effect: float) -> Cohort:
    """Events over one to twelve months at risk of eight to thirty people in each of so many clusters, half treated.

    Given frailties of the person (gamma, mean 1, variance 1/2) and of the cluster (mean 1, variance 1/20), events are
    Poisson with mean (rate + effect · treated) · frailties · months.
    """
    sizes = np.rint(np.geomspace(8, 30, clusters)).astype(int)
    cluster = np.repeat(np.arange(clusters), sizes)
    months = rng.integers(1, 13, len(cluster))
    frailty = rng.gamma(2.0, 0.5, len(cluster)) * rng.gamma(20.0, 0.05, clusters)[cluster]
    treatment = _halves(rng, clusters)[cluster]
    events = rng.poisson((rate + effect * treatment) * frailty * months)
    columns = {"unit": np.arange(1, len(cluster) + 1), "cluster": cluster + 1, "treatment": treatment}
    return Cohort(
        table=Table({**columns, "months": months, "events": events}),
        truth=effect_truth(rate, effect),
        description=Text(en="Events of clusters.", sv="Händelser i kluster."),
    )


def sites(rng: Generator, *, number: int, n: int, mean: float, sd: float, effect: float, spread: float) -> Cohort:
    """Trials in so many sites, of a third to five thirds of n people, whose levels and true effects differ by chance.

    The site's level has SD sd/4 around the mean and its effect SD `spread`; the truth is that of the population of
    sites.
    """
    sizes = 2 * np.rint(np.linspace(n / 3, 5 * n / 3, number) / 2).astype(int)
    site = np.repeat(np.arange(number), sizes)
    levels, gains = rng.standard_normal((2, number))
    treatment = np.concatenate([_halves(rng, size) for size in sizes])
    outcome = mean + sd / 4 * levels[site] + treatment * (effect + spread * gains[site])
    outcome = outcome + sd * rng.standard_normal(len(site))
    columns = {"unit": np.arange(1, len(site) + 1), "site": site + 1, "treatment": treatment, "outcome": outcome}
    return Cohort(
        table=Table(columns),
        truth=effect_truth(mean, effect),
        description=Text(en="Trials in several sites.", sv="Studier på flera platser."),
    )


def _drawn_again(cohort: Cohort, treatment: np.ndarray, **columns: np.ndarray) -> Cohort:
    """The same people with another lot."""
    kept = {name: np.array(cohort.table.values(name)) for name in cohort.table.columns}
    untreated = kept["untreated_outcome"]
    if "block" in columns:
        untreated = untreated + 0.1 * np.std(untreated) * (columns["block"] - columns["block"].mean())
    outcome = np.where(treatment == 1, untreated + kept["treated_outcome"] - kept["untreated_outcome"], untreated)
    table = Table({**kept, **columns, "treatment": treatment, "outcome": outcome})
    return Cohort(table=table, truth=cohort.truth, description=cohort.description)


def _halves(rng: Generator, n: int) -> np.ndarray:
    """(n,) 0/1 with as many of each, all choices as likely."""
    return rng.permutation(np.arange(n) % 2)

"""A synthetic trial with non-compliance: who receives the treatment, and the truth among those who follow the lot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

import effekt
from effekt.datasets import trial
from effekt.exceptions import ArgumentError

LAWS = [
    {"outcome": "normal", "mean": 20.0, "effect": 2.0, "heterogeneity": 3.0},
    {"outcome": "skewed", "mean": 20.0, "effect": -4.0, "sd": 15.0},
    {"outcome": "binary", "mean": 0.4, "effect": -0.1},
]
TAKERS = [(0.0, 0.4), (0.15, 0.25), (0.3, 0.0)]


def column(cohort, name):
    return np.array(cohort.table.raw(name), float)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("always", "never"), TAKERS)
def test_the_truth_of_the_law_is_that_of_very_many(law, always, never):
    n = 300_000
    options = {"rng": 7, "n": n, "always_takers": always, "never_takers": never, **law}
    law_truth, sample = trial(**options).truth, trial(population="finite", **options)
    spread = {"normal": 9.0, "skewed": 15.0, "binary": 0.5}[law["outcome"]]
    for name, tolerance in (("counterfactual_mean", spread), ("difference", spread), ("compliers", 0.5)):
        assert sample.truth[name] == pytest.approx(law_truth[name], abs=5 * tolerance / np.sqrt(n / 2))
    assert law_truth["compliers"] == pytest.approx(1 - always - never, rel=1e-12)
    assert law_truth["intention_to_treat"] == law_truth["compliers"] * law_truth["difference"]
    received, treatment = column(sample, "received"), column(sample, "treatment")
    assert received[treatment == 0].mean() == pytest.approx(always, abs=0.005)
    assert received[treatment == 1].mean() == pytest.approx(1 - never, abs=0.005)


@pytest.mark.parametrize(("always", "never"), [*TAKERS, (0.0, 0.97), (0.05, 0.85)])
def test_the_truth_of_a_binary_outcome_integrated_over_the_outcome_instead(always, never):
    truth = trial(rng=1, n=400, always_takers=always, never_takers=never, **LAWS[2]).truth
    low, high = stats.norm.ppf(never), stats.norm.ppf(1 - always)

    def share_below(limit):
        def density(z):
            inside = stats.norm.cdf(np.sqrt(2) * high - z) - stats.norm.cdf(np.sqrt(2) * low - z)
            return stats.norm.pdf(z) * inside

        return integrate.quad(density, -10, stats.norm.ppf(limit), epsabs=1e-14, epsrel=1e-12)[0]

    for name, limit in (("counterfactual_mean", 0.4), ("treated_mean", 0.3)):
        assert truth[name] == pytest.approx(share_below(limit) / (1 - always - never), rel=1e-10)


@pytest.mark.parametrize("law", LAWS)
def test_the_outcome_follows_what_was_received_and_types_differ(law):
    cohort = trial(rng=3, n=4_000, always_takers=0.2, never_takers=0.3, **law)
    received = column(cohort, "received")
    observed = np.where(received == 1, column(cohort, "treated_outcome"), column(cohort, "untreated_outcome"))
    assert (column(cohort, "outcome") == observed).all()
    untreated = column(cohort, "untreated_outcome")
    assert abs(untreated[received == 1].mean() - untreated[received == 0].mean()) > 0.2 * untreated.std()


def test_without_takers_nothing_changes():
    plain, none = trial(rng=4), trial(rng=4, always_takers=0.0, never_takers=0.0)
    assert plain.table.columns == none.table.columns
    assert "received" not in plain.table.columns
    assert all((column(plain, name) == column(none, name)).all() for name in plain.table.columns)
    assert plain.truth == none.truth
    some = trial(rng=4, never_takers=0.5)
    shared = set(plain.table.columns) - {"outcome"}
    assert all((column(plain, name) == column(some, name)).all() for name in shared)


@pytest.mark.parametrize("law", LAWS)
def test_the_estimator_finds_the_truth(law):
    cohort = trial(rng=11, n=60_000, always_takers=0.1, never_takers=0.3, **law)
    columns = {"outcome": "outcome", "treatment": "treatment", "received": "received"}
    effects = effekt.complier_effect(cohort.table, covariates="baseline", **columns)
    for label, name in (("CACE", "difference"), ("ITT", "intention_to_treat"), ("first stage", "compliers")):
        error = effects[label].estimate - cohort.truth[name]
        assert abs(error) < 4 * effects[label].std_error
    cace = effects["CACE"]
    assert cace.counterfactual_mean == pytest.approx(cohort.truth["counterfactual_mean"], abs=5 * cace.std_error)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"never_takers": -0.1}, "`never_takers` must be at least 0; got -0.1."),
        (
            {"never_takers": 0.6, "always_takers": 0.4},
            "`always_takers` and `never_takers` must leave some who comply and add to less than 1; got 0.4 and 0.6.",
        ),
        (
            {"n": 4, "never_takers": 1 - 1e-9},
            "`always_takers` and `never_takers` left no complier among the units drawn; use more units.",
        ),
    ],
)
def test_shares_that_cannot_be(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        trial(rng=1, **options)
    assert str(refusal.value) == sentence

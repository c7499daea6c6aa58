"""The trial follows the law of its docstring, and its truth is the average of the potential outcomes."""

import numpy as np
import pytest

import effekt
from effekt.datasets import trial
from effekt.exceptions import ArgumentError

LAWS = [
    {"outcome": "normal", "mean": 20.0, "effect": 2.0, "heterogeneity": 3.0},
    {"outcome": "skewed", "mean": 20.0, "effect": -4.0, "sd": 15.0},
    {"outcome": "binary", "mean": 0.4, "effect": -0.1},
]
DESIGNS = [
    {},
    {"assignment": "blocked", "n_groups": 10, "group_size_ratio": 4.0, "icc": 0.2},
    {"assignment": "clustered", "n_groups": 20, "group_size_ratio": 4.0, "icc": 0.2},
]


def column(cohort, name):
    return np.array(cohort.table.raw(name), float)


@pytest.mark.parametrize("law", LAWS)
def test_the_law_has_the_declared_mean_effect_and_spread(law) -> None:
    cohort = trial(rng=1, n=200_000, **law)
    untreated, treated = column(cohort, "untreated_outcome"), column(cohort, "treated_outcome")
    spread = {"normal": 8.0, "skewed": 15.0, "binary": np.sqrt(0.24)}[law["outcome"]]
    assert untreated.mean() == pytest.approx(law["mean"], abs=4 * spread / np.sqrt(200_000))
    assert untreated.std() == pytest.approx(spread, rel=0.03)
    assert (treated - untreated).mean() == pytest.approx(law["effect"], abs=4 * spread / np.sqrt(200_000))
    assert cohort.truth["difference"] == law["effect"]
    assert cohort.truth["counterfactual_mean"] == law["mean"]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("design", DESIGNS)
def test_what_is_observed_is_the_outcome_of_the_arm(law, design) -> None:
    cohort = trial(rng=2, **law, **design)
    treatment = column(cohort, "treatment")
    observed = np.where(treatment == 1, column(cohort, "treated_outcome"), column(cohort, "untreated_outcome"))
    assert (column(cohort, "outcome") == observed).all()
    finite = trial(rng=2, population="finite", **law, **design)
    assert finite.truth["treated_mean"] == pytest.approx(column(finite, "treated_outcome").mean(), rel=1e-12)
    assert finite.truth["counterfactual_mean"] == column(finite, "untreated_outcome").mean()


def test_individual_effects() -> None:
    normal = trial(rng=3, **LAWS[0])
    effects = column(normal, "treated_outcome") - column(normal, "untreated_outcome")
    assert effects == pytest.approx(2 + 3 * column(normal, "baseline"), rel=1e-9)
    skewed = trial(rng=3, **LAWS[1])
    assert column(skewed, "treated_outcome") == pytest.approx(0.8 * column(skewed, "untreated_outcome"))
    binary = trial(rng=3, **LAWS[2])
    assert (column(binary, "treated_outcome") <= column(binary, "untreated_outcome")).all()
    assert set(column(binary, "untreated_outcome")) == {0.0, 1.0}


def test_arms_have_the_declared_share() -> None:
    assert column(trial(rng=4, n=1_001, share_treated=0.3), "treatment").sum() == 300
    blocked = trial(rng=4, n=1_000, share_treated=0.3, **DESIGNS[1])
    block, treatment = column(blocked, "block"), column(blocked, "treatment")
    sizes = [(block == b).sum() for b in range(1, 11)]
    assert [treatment[block == b].sum() for b in range(1, 11)] == [round(0.3 * size) for size in sizes]
    assert sizes[-1] / sizes[0] == pytest.approx(4, rel=0.05)


def test_clusters_are_assigned_whole() -> None:
    cohort = trial(rng=5, share_treated=0.3, **DESIGNS[2])
    cluster, treatment = column(cohort, "cluster"), column(cohort, "treatment")
    arms = [set(treatment[cluster == c]) for c in range(1, 21)]
    assert all(len(arm) == 1 for arm in arms)
    assert sum(arm == {1.0} for arm in arms) == 6


def test_columns_follow_the_design() -> None:
    shared = ("baseline", "age", "treatment", "outcome", "untreated_outcome", "treated_outcome")
    assert trial(rng=6).table.columns == ("unit", *shared)
    assert trial(rng=6, **DESIGNS[1]).table.columns == ("unit", "block", *shared)
    assert trial(rng=6, **DESIGNS[2]).table.columns == ("unit", "cluster", *shared)


def test_prognostic_and_icc_are_shares_of_variance() -> None:
    cohort = trial(
        rng=7, n=100_000, prognostic=0.3, assignment="clustered", n_groups=20_000, icc=0.25, effect=0.0, sd=10.0
    )
    outcome, baseline = column(cohort, "outcome"), column(cohort, "baseline")
    assert np.corrcoef(outcome, baseline)[0, 1] ** 2 == pytest.approx(0.3, abs=0.02)
    by_cluster = outcome.reshape(20_000, 5)
    within = by_cluster.var(axis=1, ddof=1).mean()
    between = by_cluster.mean(axis=1).var(ddof=1) - within / 5
    assert between / (between + within) == pytest.approx(0.25, abs=0.02)
    assert abs(np.corrcoef(outcome, column(cohort, "age"))[0, 1]) < 0.02
    assert set(column(cohort, "age")) == set(range(18, 65))


def test_with_all_variance_explained_regression_finds_the_effect() -> None:
    cohort = trial(rng=8, n=60, prognostic=1.0, heterogeneity=2.0, population="finite")
    found = effekt.randomized_trial(cohort.table, outcome="outcome", treatment="treatment", covariates="baseline")
    assert found.estimate == pytest.approx(cohort.truth["difference"], rel=1e-10)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"n": 3}, "`n` must be an integer of at least 4; got 3."),
        ({"share_treated": 1}, "`share_treated` must be above 0 and below 1; got 1."),
        (
            {"assignment": "block"},
            "`assignment` must be 'individual', 'blocked' or 'clustered'; got 'block'. Did you mean 'blocked'?",
        ),
        ({"assignment": "blocked"}, "`n_groups` must be given with assignment='blocked'."),
        (
            {"n_groups": 5},
            "`n_groups` and `group_size_ratio` need assignment='blocked' or 'clustered'; choose one, or leave them "
            "out.",
        ),
        (
            {"assignment": "clustered", "n_groups": 2_000},
            "`n_groups` must leave every group someone; 2000 groups of 1000 units do not.",
        ),
        ({"icc": 0.1}, "`icc` must be 0 with individual assignment, which has no groups; got 0.1."),
        (
            {"assignment": "blocked", "n_groups": 5, "icc": 0.5, "prognostic": 0.6},
            "`icc` and `prognostic` are shares of one variance and must add to at most 1; got 0.5 and 0.6.",
        ),
        ({"outcome": "binary"}, "`mean` must be above 0 and below 1; got 20.0."),
        ({"outcome": "binary", "mean": 0.4}, "`mean + effect` must be above 0 and below 1; got 2.4."),
        (
            {"outcome": "binary", "mean": 0.4, "effect": 0.1, "sd": 1.0},
            "`sd` must be None with a binary outcome, whose mean gives its spread; got 1.0.",
        ),
        (
            {"outcome": "skewed", "heterogeneity": 1.0},
            "`heterogeneity` must be 0 unless the outcome is normal; got 1.0.",
        ),
        ({"outcome": "skewed", "effect": -21.0}, "`effect` must be at least -20; got -21.0."),
        (
            {"mean": 0.0},
            "`sd` must be given where `mean` is 0, since it is 0.4 times the mean where it is left out; got None.",
        ),
        ({"mean": 0.0, "outcome": "skewed"}, "`mean` must be above 0; got 0.0."),
        ({"mean": 0.0, "outcome": "skewed", "sd": 1.0}, "`mean` must be above 0; got 0.0."),
        ({"sd": 0.0}, "`sd` must be above 0; got 0.0."),
        ({"population": "sample"}, "`population` must be 'super' or 'finite'; got 'sample'."),
    ],
)
def test_refusals(arguments, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        trial(rng=1, **arguments)
    assert str(raised.value) == sentence

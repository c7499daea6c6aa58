"""The two-group panel follows the law of its docstring, and its truth is the effect that was put in."""

import numpy as np
import pytest

import effekt
from effekt.datasets import two_group_panel
from effekt.exceptions import ArgumentError


def grid(cohort, name):
    return np.array(cohort.table.raw(name), float).reshape(len(set(cohort.table.raw("unit"))), -1)


def estimate(cohort, **arguments):
    return effekt.difference_in_differences(
        cohort.table, outcome="outcome", unit="unit", time="year", treatment="treatment", **arguments
    )


def test_columns() -> None:
    assert two_group_panel(rng=1).table.columns == ("unit", "year", "group", "treatment", "outcome")
    clustered = two_group_panel(rng=1, n_clusters=10)
    assert clustered.table.columns == ("unit", "cluster", "year", "group", "treatment", "outcome")
    assert (grid(clustered, "year")[0] == np.arange(2011, 2019)).all()


def test_treatment_begins_at_one_date_in_one_group() -> None:
    cohort = two_group_panel(rng=2, n_units=20, share_treated=0.3, n_periods=6, n_before=2)
    group, treatment = grid(cohort, "group"), grid(cohort, "treatment")
    assert group[:, 0].sum() == 6
    assert (treatment == group * (np.arange(6) >= 2)).all()


def test_clusters_are_treated_whole() -> None:
    cohort = two_group_panel(rng=3, n_units=50, n_clusters=12, cluster_sd=1.0)
    cluster, group = grid(cohort, "cluster")[:, 0], grid(cohort, "group")[:, 0]
    arms = [set(group[cluster == c]) for c in range(1, 13)]
    assert all(len(arm) == 1 for arm in arms)
    assert sum(arm == {1.0} for arm in arms) == 6
    sizes = np.bincount(cluster.astype(int))[1:]
    assert sizes.max() - sizes.min() <= 1


def test_without_errors_difference_in_differences_finds_the_truth() -> None:
    cohort = two_group_panel(rng=4, error_sd=0, n_units=30)
    assert estimate(cohort).estimate == pytest.approx(-1.0, rel=1e-12)
    level = two_group_panel(rng=4, error_sd=0, unit_sd=0, n_units=30)
    found = estimate(level)
    assert found.treated_mean == pytest.approx(level.truth["treated_mean"], rel=1e-12)
    assert found.counterfactual_mean == pytest.approx(level.truth["counterfactual_mean"], rel=1e-12)
    assert found.relative().estimate == pytest.approx(level.truth["relative"], rel=1e-12)


def test_year_effects_without_treatment() -> None:
    cohort = two_group_panel(rng=5, effect=0, gap=2, trend=0.5, period_sd=0, unit_sd=0, error_sd=0)
    expected = 10 + 2 * grid(cohort, "group") + 0.5 * np.arange(8)
    assert grid(cohort, "outcome") == pytest.approx(expected, rel=1e-12)
    assert cohort.truth["counterfactual_mean"] == pytest.approx(12 + 0.5 * 5.5, rel=1e-12)


def test_errors_have_the_declared_variance_and_correlation() -> None:
    cohort = two_group_panel(
        rng=6, n_units=20_000, n_periods=4, n_before=2, effect=0, gap=0, trend=0, period_sd=0, unit_sd=2, error_sd=1.5
    )
    expected = 4 + 2.25 * 0.5 ** np.abs(np.subtract.outer(range(4), range(4)))
    assert np.cov(grid(cohort, "outcome").T) == pytest.approx(expected, abs=0.2)


def test_clusters_share_their_errors() -> None:
    cohort = two_group_panel(
        rng=7,
        n_units=20_000,
        n_clusters=10_000,
        n_periods=2,
        n_before=1,
        effect=0,
        gap=0,
        trend=0,
        period_sd=0,
        unit_sd=0,
        cluster_sd=1.0,
    )
    first = grid(cohort, "outcome")[:, 0].reshape(10_000, 2)
    assert np.cov(first.T) == pytest.approx(np.array([[2, 1], [1, 2]]), abs=0.08)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"n_units": 3}, "`n_units` must be an integer of at least 4; got 3."),
        ({"n_before": 8}, "`n_before` must be less than `n_periods` (8); got 8."),
        ({"n_before": 0}, "`n_before` must be an integer of at least 1; got 0."),
        ({"correlation": 1}, "`correlation` must be above -1 and below 1; got 1."),
        ({"cluster_sd": 1.0}, "`cluster_sd` must be 0 without clusters; got 1.0. Give `n_clusters`."),
        ({"n_clusters": 61}, "`n_clusters` must be at most `n_units` (60); got 61."),
        ({"error_sd": -1}, "`error_sd` must be at least 0; got -1."),
    ],
)
def test_refusals(arguments, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        two_group_panel(rng=1, **arguments)
    assert str(raised.value) == sentence

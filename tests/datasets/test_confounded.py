"""The observational cohort follows the law of its docstring, and its truth is the effect on the treated."""

import numpy as np
import pytest

from effekt.datasets import observational
from effekt.exceptions import ArgumentError

LAW = {"confounding": 0.8, "curvature": 0.3, "heterogeneity": 1.5, "effect": 2.0}
BIAS = 8 * np.sqrt(0.4) * (1.1 * 0.8 + 0.3 * 0.64)


def column(cohort, name):
    return np.array(cohort.table.raw(name), float)


def regression(outcome, *columns):
    design = np.column_stack([np.ones(len(outcome)), *columns])
    return np.linalg.lstsq(design, outcome, rcond=None)[0]


def test_truth_of_the_law() -> None:
    cohort = observational(rng=1, n=400_000, **LAW)
    treated = column(cohort, "treatment") == 1
    untreated, effects = column(cohort, "untreated_outcome"), column(cohort, "treated_outcome")
    effects = effects - untreated
    assert treated.sum() == 100_000
    assert cohort.truth["difference"] == 2.0
    assert cohort.truth["counterfactual_mean"] == pytest.approx(20 + BIAS, rel=1e-12)
    assert untreated[treated].mean() == pytest.approx(20 + BIAS, abs=0.1)
    assert untreated[~treated].mean() == pytest.approx(20, abs=0.06)
    assert effects[treated].mean() == pytest.approx(2, abs=0.02)
    assert effects[~treated].mean() == pytest.approx(2 - 1.5 * 0.8, abs=0.02)


def test_truth_of_the_treated_at_hand() -> None:
    cohort = observational(rng=2, population="SATT", **LAW)
    treated = column(cohort, "treatment") == 1
    assert cohort.truth["counterfactual_mean"] == column(cohort, "untreated_outcome")[treated].mean()
    assert cohort.truth["treated_mean"] == pytest.approx(column(cohort, "outcome")[treated].mean(), rel=1e-12)


def test_the_propensity_is_the_stated_logistic_law() -> None:
    delta, n = 0.8, 400_000
    cohort = observational(rng=3, n=n, confounding=delta, share_treated=0.25)
    baseline, female, treated = (column(cohort, name) for name in ("baseline", "female", "treatment"))
    a = (column(cohort, "age") - 40) / 10
    odds = np.log(0.25 / 0.75) + delta * (baseline - a / 2 + female)
    propensity = 1 / (1 + np.exp(-(odds - 5 * delta**2 / 8 - np.log((1 + np.exp(delta)) / 2))))
    for covariate in (np.ones(n), baseline, a, female, baseline**2, baseline * a):
        score = (treated - propensity) * covariate
        assert abs(score.mean()) < 4 * score.std() / np.sqrt(n)


def test_outcome_is_explained_by_the_covariates_alone() -> None:
    cohort = observational(rng=4, n=300, prognostic=1.0, confounding=1.0)
    columns = [column(cohort, name) for name in ("treatment", "baseline", "age", "female")]
    found = regression(column(cohort, "outcome"), *columns)
    assert found == pytest.approx([20 + 8 * 0.6 * 4, 2.0, 8 * 0.8, -8 * 0.06, 0.0], abs=1e-9)


def test_a_linear_regression_is_wrong_under_curvature() -> None:
    cohort = observational(rng=5, n=200_000, prognostic=1.0, confounding=1.0, curvature=0.5)
    columns = [column(cohort, name) for name in ("treatment", "baseline", "age")]
    bent = regression(column(cohort, "outcome"), *columns, column(cohort, "baseline") ** 2)
    assert bent[1] == pytest.approx(2.0, abs=1e-9)
    assert abs(regression(column(cohort, "outcome"), *columns)[1] - 2.0) > 0.5


def test_spread_of_the_controls() -> None:
    cohort = observational(rng=6, n=200_000)
    controls = column(cohort, "treatment") == 0
    outcome, baseline = column(cohort, "outcome")[controls], column(cohort, "baseline")[controls]
    assert outcome.std() == pytest.approx(8, rel=0.02)
    assert np.corrcoef(outcome, baseline)[0, 1] ** 2 == pytest.approx(0.4 * 0.64, abs=0.01)


def test_no_confounding_is_a_trial() -> None:
    cohort = observational(rng=7, confounding=0)
    assert cohort.truth["counterfactual_mean"] == 20.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"n": 3}, "`n` must be an integer of at least 4; got 3."),
        ({"confounding": -0.1}, "`confounding` must be at least 0; got -0.1."),
        ({"share_treated": 0}, "`share_treated` must be above 0 and below 1; got 0."),
        ({"prognostic": 1.1}, "`prognostic` must be between 0 and 1; got 1.1."),
        ({"sd": 0}, "`sd` must be above 0; got 0."),
        ({"population": "super"}, "`population` must be 'PATT' or 'SATT'; got 'super'."),
    ],
)
def test_refusals(arguments, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        observational(rng=1, **arguments)
    assert str(raised.value) == sentence

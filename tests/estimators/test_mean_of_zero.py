"""Changes whose mean is 0: what rounding leaves of an adjusted mean is 0, and has no ratio, in both routes."""

from __future__ import annotations

from fractions import Fraction

import pytest

import effekt
from effekt.exceptions import ViewUnavailableError
from effekt.independent import statistics
from effekt.independent.linear_algebra import weighed
from effekt.independent.trials.complier_effect import complier_effect
from effekt.independent.trials.randomized_trial import randomized_trial

CHANGES = [-1.9, 0.7, 1.3, -0.4, 1.1, -0.8]
DATA = {
    "y": 2 * CHANGES,
    "t": [1] * 6 + [0] * 6,
    "x": 2 * [0.3, 1.7, 2.2, 0.9, 2.6, 1.3],
    "v": [0.3, 1.7, 2.2, 0.9, 2.6, 1.3, 1.3, 2.6, 0.9, 2.2, 1.7, 0.3],
    "b": 2 * ["a", "a", "b", "b", "a", "b"],
    "g": [f"{arm}{place}" for arm in "tc" for place in range(6)],
    "j": list("abcdefbcdefa"),
    "q": 12 * [0.5],
}
DESIGNS = {
    "lin": {"covariates": ["x"]},
    "additive": {"covariates": ["x"], "adjustment": "additive"},
    "clusters": {"covariates": ["x"], "cluster": "g"},
    "wild": {"covariates": ["x"], "adjustment": "additive", "cluster": "g", "inference": "wild_bootstrap"},
    "lot": {"covariates": ["x"], "inference": "randomization"},
    "pairs": {"covariates": ["v"], "pairs": "j", "adjustment": "additive"},
    "probability": {"covariates": ["x"], "probability": "q"},
    "horvitz_thompson": {"probability": "q", "adjustment": "none"},
    "blocks": {"block": "b"},
    "by_block": {"block": "b", "covariates": ["x"], "adjustment": "lin_by_block"},
    "pairs_of_clusters": {"cluster": "g", "pairs": "j"},
}


def trial(data, **given):
    given = {"outcome": "y", "treatment": "t"} | given
    return effekt.randomized_trial(data, **given), randomized_trial(data, **given)


def lacks_ratio(effect, numbers):
    """Whether neither route has a ratio, the first with its reason."""
    with pytest.raises(ViewUnavailableError, match="needs a positive counterfactual mean; it is 0"):
        effect.ratio()
    view = statistics.view_of("relative", "lower", Fraction(1))
    return statistics.mean_statistic(numbers, view, "estimate") is None


def slanted(data, slope):
    """Outcomes that follow the covariate, whose mean is that of the changes."""
    return {**data, "y": [round(y + slope * (x - 1.5), 6) for y, x in zip(data["y"], data["x"], strict=True)]}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("slope", [0.0, 3.0])
@pytest.mark.parametrize("size", [1.0, 1e7, 1e-7])
def test_both_means_of_a_trial_are_zero(design, slope, size):
    data = slanted(DATA, slope)
    effect, numbers = trial({**data, "y": [float(f"{size * y:.6g}") for y in data["y"]]}, **DESIGNS[design])
    assert (effect.treated_mean, effect.counterfactual_mean, effect.estimate) == (0.0, 0.0, 0.0)
    assert (numbers["treated_mean"], numbers["counterfactual_mean"], numbers["estimate"]) == (0, 0, 0)
    assert effect.p_value() == pytest.approx(1.0, abs=1e-12)
    assert lacks_ratio(effect, numbers)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_small_mean_that_is_no_rounding_stays(design):
    data = {**DATA, "y": [y + 1e-10 for y in DATA["y"]]}
    effect, numbers = trial(data, **DESIGNS[design])
    assert effect.counterfactual_mean == pytest.approx(float(numbers["counterfactual_mean"]), rel=1e-4)
    assert effect.counterfactual_mean == pytest.approx(1e-10, rel=1e-4)


@pytest.mark.parametrize("adjustment", ["lin", "additive"])
def test_a_mean_of_compliers_is_zero(adjustment):
    received = [1, 1, 1, 1, 0, 0] + [0] * 6
    lifted = [y + 2.0 * r for y, r in zip(DATA["y"], received, strict=True)]
    given = {"outcome": "y", "treatment": "t", "received": "r", "covariates": ["x"], "adjustment": adjustment}
    for outcome in (DATA["y"], lifted):
        known = {**DATA, "r": received, "y": outcome}
        members = complier_effect(known, **given)["members"]
        effect, numbers = effekt.complier_effect(known, **given)["CACE"], members["CACE"]
        assert effect.treated_mean == pytest.approx(float(numbers["treated_mean"]), rel=1e-9)
        assert effect.counterfactual_mean == pytest.approx(float(numbers["counterfactual_mean"]), rel=1e-9)


def of_two_outcomes(data):
    """Two outcomes with the same means, adjusted, of which the second is twice the first's changes and more."""
    lifted = [round(3 * (y + 0.7), 6) for y in slanted(data, 3.0)["y"]]
    return {**data, "y": [round(y + 0.7, 6) for y in slanted(data, 3.0)["y"]], "z": lifted}


@pytest.mark.parametrize("adjustment", ["lin", "additive", "none"])
def test_a_combination_that_cancels_is_zero(adjustment):
    """Three times one outcome less the other, which is three times the first: nothing, and no ratio of two rests."""
    covariates = {} if adjustment == "none" else {"covariates": ["x"]}
    given = {"outcome": ["y", "z"], "treatment": "t", "adjustment": adjustment} | covariates
    effects = effekt.randomized_trials(of_two_outcomes(DATA), **given)
    cancelled = effects.combine({"y": "3", "z": "-1"})
    assert (cancelled.treated_mean, cancelled.counterfactual_mean, cancelled.estimate) == (0.0, 0.0, 0.0)
    with pytest.raises(ViewUnavailableError):
        cancelled.relative()
    small = effects.combine({"y": "3.000001", "z": "-1"})
    assert small.counterfactual_mean == pytest.approx(0.7e-6, rel=1e-6)


def test_weighted_floats_that_cancel_are_zero_in_the_second_route_and_fractions_are_what_they_are():
    weights = [Fraction(3), Fraction(-1)]
    assert weighed(weights, [0.1, 0.3], rounded=True) == 0
    third = Fraction(3, 10) + Fraction(1, 10**15)
    assert weighed(weights, [Fraction(1, 10), third], rounded=False) == Fraction(-1, 10**15)
    assert weighed(weights, [0.1, 0.3 + 1e-9], rounded=True) == pytest.approx(-1e-9, rel=1e-6)


def test_pooled_means_that_cancel_are_zero():
    far = {**DATA, "y": [-y + 0.3 * t for y, t in zip(slanted(DATA, 3.0)["y"], DATA["t"], strict=True)]}
    near = {**DATA, "y": [y + 0.3 * t for y, t in zip(slanted(DATA, 3.0)["y"], DATA["t"], strict=True)]}
    up, down = (
        effekt.randomized_trial(
            {**data, "y": [round(y + level, 6) for y in data["y"]]}, outcome="y", treatment="t", covariates=["x"]
        )
        for data, level in ((near, 0.1), (far, -0.1))
    )
    pooled = effekt.pool({"up": up, "down": down}, model="fixed")
    assert pooled.counterfactual_mean == 0.0

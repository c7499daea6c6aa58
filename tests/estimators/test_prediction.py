"""`prediction_interval`: every outcome that the placebos do not make extreme, by counting them one after another."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

import effekt

WINDOWS = {"reference_window": (2010, 2012), "evaluation_window": (2013, 2014)}
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "u00"}


def panel(units, seed=1):
    rng = np.random.default_rng(seed)
    level = rng.uniform(18, 24, units)
    return {
        "unit": [f"u{i:02d}" for i in range(units) for _ in range(5)],
        "year": [2010 + t for _ in range(units) for t in range(5)],
        "y": [round(float(level[i] + rng.normal()), 2) for i in range(units) for _ in range(5)],
    }


def trend(units=25, **options):
    call = {"comparator": "others", "weights": None, **WINDOWS, **ROLES, **options}
    return effekt.trend_adjusted(panel(units), **call)


def synthetic(units=25, method=effekt.synthetic_control, **options):
    return method(panel(units), **ROLES, first_treated=2013, **options)


def interval(effect):
    (found,) = (one for one in effect.diagnostics if one.name == "prediction_interval")
    return found


def counted(effect, outcome):
    """p that a unit whose outcome without the intervention is this has so large an error, among the placebos."""
    counterfactual, log = effect.means.counterfactual, effect.inference.scale == "log"
    own = abs(math.log(outcome / counterfactual) if log else outcome - counterfactual)
    return Fraction(1 + sum(abs(error) >= own for error in effect.inference.errors), len(effect.inference.errors) + 1)


CASES = {
    "ratio": lambda: trend(),
    "difference": lambda: trend(adjustment="difference"),
    "corrected": lambda: trend(level_correction="log_regression"),
    "groups": lambda: trend(12, treated=["u00", "u01"], placebos="groups"),
    "permutation": lambda: trend(12, treated=["u00", "u01"], placebos="permutation"),
    "control": lambda: synthetic(),
    "differences": lambda: synthetic(method=effekt.synthetic_difference_in_differences),
    "few": lambda: synthetic(8),
    "two": lambda: trend(3),
}


@pytest.mark.parametrize("name", CASES)
def test_every_outcome_that_is_not_extreme(name):
    effect = CASES[name]()
    values, count = interval(effect).values, len(effect.inference.errors)
    alpha = max(Fraction(1, 20), Fraction(1, count + 1))
    assert values["level"] == float(1 - alpha)
    assert (values["counterfactual"], values["treated"]) == (effect.means.counterfactual, effect.means.treated)
    reach = 1e-9 * values["counterfactual"]
    for end, inwards in ((values["low"], reach), (values["high"], -reach)):
        assert counted(effect, end + inwards) > alpha >= counted(effect, end - inwards)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_spread_of_placebos(adjustment):
    effect, ranks = (trend(adjustment=adjustment, inference=way) for way in ("placebo_variance", "placebo"))
    errors, counterfactual = np.array(ranks.inference.errors), effect.means.counterfactual
    half = stats.t(len(errors) - 1).isf(0.025) * np.std(errors, ddof=1)
    values = interval(effect).values
    ends = (
        counterfactual * np.exp([-half, half])
        if adjustment == "ratio"
        else (counterfactual - half, counterfactual + half)
    )
    assert (values["level"], values["low"], values["high"]) == pytest.approx((0.95, *ends), rel=1e-10)


@pytest.mark.parametrize("way", ["hac", "none"])
def test_inference_of_another_kind_has_none(way):
    assert "prediction_interval" not in [one.name for one in trend(inference=way).diagnostics]


def test_it_says_where_the_outcome_came_to_lie():
    data = panel(25)
    for change, en, sv in ((-9, "below it", "under det"), (0, "within it", "inom det"), (9, "above it", "över det")):
        moved = [y + change * (i in (3, 4)) for i, y in enumerate(data["y"])]
        effect = effekt.trend_adjusted({**data, "y": moved}, comparator="others", weights=None, **WINDOWS, **ROLES)
        told = interval(effect).statement
        assert told.en.endswith(f", which lies {en}.")
        assert told.sv.endswith(f", vilket ligger {sv}.")
        assert "(prediction interval at level 95%; the counterfactual is " in told.en
        assert "(prediktionsintervall på nivån 95\N{NO-BREAK SPACE}%; det kontrafaktiska är " in told.sv

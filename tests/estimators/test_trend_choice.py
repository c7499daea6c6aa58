"""The check that puts each inference of a trend-adjusted figure beside the others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

import effekt
from effekt.exceptions import ArgumentError, InferenceUnavailableError

CHECK = ["inference_choice"]
BLOCKS = {"blocks": "stationary", "block_length": 4, "draws": 199, "rng": 3}


def panel(seed, units=9):
    rng = np.random.default_rng(seed)
    rows = {"unit": [], "month": [], "days": [], "people": []}
    for unit in range(units):
        for t in range(48):
            rows["unit"].append("ABCDEFGHIJ"[unit])
            rows["month"].append(f"{2014 + t // 12}-{t % 12 + 1:02d}")
            rows["days"].append(int(rng.integers(80, 140)))
            rows["people"].append(int(rng.integers(90, 110)))
    return rows


def call(data, **options):
    choices = {
        "outcome": ("days", "people"),
        "unit": "unit",
        "time": "month",
        "period": "month",
        "treated": "A",
        "reference_window": ("2014-01", "2015-12"),
        "evaluation_window": ("2016-01", "2017-12"),
        "comparator": "others",
        "weights": "denominator",
    }
    return effekt.trend_adjusted(data, **(choices | options))


def rows(effect):
    (found,) = [one for one in effect.diagnostics if one.name == "inference_choice"]
    table = found.table
    return {
        name: (p, low, high)
        for name, p, low, high in zip(table["method"], table["p_value"], table["low"], table["high"], strict=True)
    }


def own(effect):
    """p and interval of an effect as its own inference has them."""
    view = effect.relative() if effect.arguments["adjustment"] == "ratio" else effect
    try:
        interval = view.confidence_interval(0.95)
    except InferenceUnavailableError:
        return pytest.approx((view.p_value(), None, None))
    return pytest.approx((view.p_value(), interval.low, interval.high), rel=1e-12)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("declared", ["placebo", "hac", "block_bootstrap"])
@pytest.mark.parametrize("units", [9, 22])
def test_each_row_is_what_that_inference_says(adjustment, declared, units):
    data = panel(4, units=min(units, 10)) if units < 20 else many(units)
    effect = call(data, adjustment=adjustment, inference=declared, checks=CHECK, **BLOCKS)
    found = rows(effect)
    assert list(found) == ["placebo", "placebo_sd", "hac", "block_bootstrap"]
    for name in ("placebo", "hac", "block_bootstrap"):
        alone = call(data, adjustment=adjustment, inference=name, **(BLOCKS if name == "block_bootstrap" else {}))
        assert found[name] == own(alone)
    plain = call(data, adjustment=adjustment, inference=declared, **(BLOCKS if declared == "block_bootstrap" else {}))
    assert (effect.means, effect.inference) == (plain.means, plain.inference)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("placebos", ["groups", "permutation"])
def test_each_row_of_groups_is_what_that_inference_says(adjustment, placebos):
    """Of two treated units; the spread of groups is beside their ranks, but not of a permutation, which has none."""
    own_call = {"treated": ["A", "B"], "placebos": placebos, "adjustment": adjustment}
    effect = call(panel(4), **own_call, checks=CHECK)
    found = rows(effect)
    ways = {"placebo": own_call, "hac": {**own_call, "placebos": "units"}, "placebo_variance": own_call}
    if placebos == "permutation":
        del ways["placebo_variance"]
    assert list(found) == list(ways)
    for name, options in ways.items():
        assert found[name] == own(call(panel(4), inference=name, **options))
    (check,) = [one for one in effect.diagnostics if one.name == "inference_choice"]
    assert check.values["n_cannot_reject"] == 0  # the least p are 1/22 and 1/36


def many(units):
    data = panel(5, units=2)
    names = [f"U{k:02d}" for k in range(units - 1)]
    rng = np.random.default_rng(6)
    return {
        "unit": ["A"] * 48 + [name for name in names for _ in range(48)],
        "month": data["month"][:48] * units,
        "days": rng.integers(80, 140, 48 * units).tolist(),
        "people": rng.integers(90, 110, 48 * units).tolist(),
    }


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_t_on_the_spread_is_that_of_a_case_beside_a_sample(adjustment):
    effect = call(panel(7), adjustment=adjustment, checks=CHECK)
    errors = np.array(effect.inference.errors)
    count, mean, sd = len(errors), errors.mean(), errors.std(ddof=1)
    ratio = adjustment == "ratio"
    change = math.log(effect.treated_mean / effect.counterfactual_mean) if ratio else effect.estimate
    statistic = (change - mean) / (sd * math.sqrt((count + 1) / count))
    half = student.ppf(0.975, count - 1) * sd * math.sqrt((count + 1) / count)
    ends = [change - mean - half, change - mean + half]
    want = (2 * student.sf(abs(statistic), count - 1), *(np.expm1(ends) if ratio else ends))
    assert rows(effect)["placebo_sd"] == pytest.approx(want, rel=1e-9)


def test_a_generator_is_drawn_from_once():
    effect = call(panel(8), inference="block_bootstrap", checks=CHECK, **(BLOCKS | {"rng": np.random.default_rng(3)}))
    assert rows(effect)["block_bootstrap"] == own(effect)
    assert effect.inference == call(panel(8), inference="block_bootstrap", **BLOCKS).inference


def test_what_has_no_inference_has_an_empty_row():
    short = {"reference_window": ("2014-01", "2014-06"), "evaluation_window": ("2015-01", "2015-06")}
    found = rows(call(panel(9), checks=CHECK, inference="none", **short))
    assert list(found) == ["placebo", "placebo_sd", "hac", "none"]
    assert found["hac"] == found["none"] == (None, None, None)
    assert found["placebo"][0] is not None
    alone = rows(call(panel(9, units=2), checks=CHECK))
    assert alone["placebo"] == alone["placebo_sd"] == (None, None, None)
    no_placebo = panel(9)
    first = no_placebo["unit"].index("C")
    no_placebo["days"][first : first + 24] = [0] * 24  # C has no reference mean above zero
    found = rows(call(no_placebo, checks=CHECK, inference="hac"))
    assert found["placebo"] == (None, None, None)
    assert found["hac"][0] is not None


def test_why_a_way_has_none_is_told_with_the_figure() -> None:
    short = {"reference_window": ("2014-01", "2014-06"), "evaluation_window": ("2015-01", "2015-06")}
    effect = call(panel(9), checks=CHECK, **short)
    (found,) = [one for one in effect.diagnostics if one.name == "inference_choice"]
    with pytest.raises(InferenceUnavailableError) as reason:
        call(panel(9), inference="hac", **short).p_value()
    assert f"HAC: {reason.value}" in found.statement.en
    assert f"HAC: {reason.value.sv}" in found.statement.sv
    assert found.values["scale"] == "relative"
    assert call(panel(9), checks=CHECK, adjustment="difference").diagnostics[-1].values["scale"] == "difference"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"threshold": 0.1},
            "`threshold` must be None unless `checks` holds 'regression_to_mean', 'baseline_choice' or "
            "'placebo_in_time', which alone use it; leave it out.",
        ),
        (
            {"adjustment": "none", "comparator": None, "weights": None},
            "`checks` can hold 'inference_choice' only with a comparator; leave it out, or choose another adjustment "
            "than 'none'.",
        ),
        ({"rng": 1}, "`inference` 'placebo' draws no blocks; leave `rng` out."),
        (
            {"block_length": 4},
            "`rng` must be an integer seed or a numpy.random.Generator where blocks are drawn; got None. A seed makes "
            "the draws the same every time.",
        ),
        (
            {"block_length": 13, "rng": 1},
            "`block_length` must be at most half of the shorter window, 12 of its 24 months, so that draws differ; got "
            "13.",
        ),
    ],
)
def test_what_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        call(panel(1), checks=CHECK, **options)
    assert str(refusal.value) == sentence

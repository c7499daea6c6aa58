"""The second route for matching against R's logit and Matching::Match, and by brute force."""

from fractions import Fraction
from math import sqrt
from random import Random

import pytest

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.matches.match_balance import balance, effective_sample_size
from effekt.independent.matches.match_propensity import propensity_logit
from effekt.independent.matches.matching import matched_comparison
from effekt.independent.matches.nearest_neighbours import match_controls

NSW = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


@pytest.fixture(scope="module")
def logit(nsw):
    return propensity_logit(nsw, treatment="treat", covariates=NSW)


def test_logit_against_r(nsw, logit, trial_goldens):
    coefficients = trial_goldens["nsw"]["matching"]["coefficients"]
    for row in (0, 17, 444):
        wanted = coefficients[0] + sum(beta * nsw[name][row] for beta, name in zip(coefficients[1:], NSW, strict=True))
        assert logit[row] == pytest.approx(wanted, rel=1e-8)
    squares = sum(value**2 for value in logit)
    assert squares == pytest.approx(trial_goldens["nsw"]["matching"]["logit_sum_of_squares"], rel=1e-8)


@pytest.mark.parametrize(("ratio", "name"), [(1, "nearest"), (2, "two_nearest")])
def test_with_replacement_against_r(nsw, trial_goldens, ratio, name):
    golden = trial_goldens["nsw"]["matching"][name]
    match = match_controls(nsw, unit="unit", treatment="treat", covariates=NSW, ratio=ratio, replace=True)
    result = matched_comparison(nsw, match=match, outcome="re78")
    assert float(result["estimate"]) == pytest.approx(golden["estimate"], rel=1e-8)
    assert float(result["treated_mean"]) == pytest.approx(golden["treated_mean"], rel=1e-8)
    assert float(result["counterfactual_mean"]) == pytest.approx(golden["counterfactual_mean"], rel=1e-8)
    assert sum(len(chosen) for chosen in match.controls.values()) == golden["pairs"]
    assert result["n_matched"] == golden["treated"]


def toy():
    return {
        "unit": ["t1", "t2", "t3", "c1", "c2", "c3", "c4"],
        "d": [1, 1, 1, 0, 0, 0, 0],
        "x": [3, 2, 1, 0, 1, 1, 2.5],
        "e": ["a", "b", "a", "a", "a", "a", "b"],
        "y": [10, 20, 30, 1, 2, 4, 8],
    }


TOY = {"unit": "unit", "treatment": "d", "covariates": ("x",)}
ORDER = ("t1", "t2", "t3", "c1", "c2", "c3", "c4")


def pairs(match):
    return {toy()["unit"][i]: [toy()["unit"][j] for j in chosen] for i, chosen in match.controls.items()}


def test_ties_are_kept_with_equal_weights():
    match = match_controls(toy(), **TOY, replace=True)
    assert pairs(match) == {"t1": ["c4"], "t2": ["c4"], "t3": ["c2", "c3"]}
    assert match.weights == [1, 1, 1, 0, Fraction(1, 2), Fraction(1, 2), 2]
    assert matched_comparison(toy(), match=match, outcome="y", means_only=True) == {
        "treated_mean": 20,
        "counterfactual_mean": Fraction(8 + 8 + 3, 3),
        "estimate": 20 - Fraction(19, 3),
        "n_matched": 3,
        "n_unmatched": 0,
    }


def test_a_match_may_be_given_by_its_arguments():
    match = match_controls(toy(), **TOY, replace=True)
    nested = {**TOY, "replace": True, "method": "nearest"}
    by_match, by_arguments = (matched_comparison(toy(), match=one, outcome="y") for one in (match, nested))
    assert by_match == by_arguments


def test_without_replacement_goes_by_propensity_and_order():
    assert pairs(match_controls(toy(), **TOY, order=ORDER)) == {"t1": ["c4"], "t2": ["c2"], "t3": ["c3"]}
    turned = ("t1", "t2", "t3", "c4", "c3", "c2", "c1")
    assert pairs(match_controls(toy(), **TOY, order=turned)) == {"t1": ["c4"], "t2": ["c3"], "t3": ["c2"]}


def test_exact_keys_come_before_distance():
    match = match_controls(toy(), **TOY, exact=("e",), replace=True)
    assert pairs(match) == {"t1": ["c2", "c3"], "t2": ["c4"], "t3": ["c2", "c3"]}


def test_more_controls_and_shortfall():
    match = match_controls(toy(), **TOY, order=ORDER, ratio=3)
    assert {name: len(chosen) for name, chosen in pairs(match).items()} == {"t1": 3, "t2": 1}
    assert [toy()["unit"][i] for i in match.unmatched] == ["t3"]
    assert sum(match.weights[3:]) == 2


def test_caliper_is_in_standard_deviations_of_the_logit():
    wide = match_controls(toy(), **TOY, replace=True, caliper=100.0)
    treated, control = wide.logit[:3], wide.logit[3:]

    def variance(values):
        middle = sum(values) / len(values)
        return sum((value - middle) ** 2 for value in values) / (len(values) - 1)

    unit = sqrt((variance(treated) + variance(control)) / 2)
    assert wide.caliper_width == pytest.approx(100 * unit, rel=1e-12)
    narrow = match_controls(toy(), **TOY, replace=True, caliper=0.01)
    assert pairs(narrow) == {"t3": ["c2", "c3"]}
    assert [toy()["unit"][i] for i in narrow.unmatched] == ["t1", "t2"]
    empty = match_controls(toy(), **TOY, exact=("unit",), replace=True)
    with pytest.raises(DataError, match="no treated unit"):
        matched_comparison(toy(), match=empty, outcome="y")


def test_row_order_does_not_matter(nsw):
    order = list(range(len(nsw["unit"])))
    Random(4).shuffle(order)
    shuffled = {name: [cells[i] for i in order] for name, cells in nsw.items()}
    given = {
        "unit": "unit",
        "treatment": "treat",
        "covariates": NSW,
        "caliper": 0.2,
        "order": sorted(nsw["unit"]),
    }
    found = []
    for columns in (nsw, shuffled):
        match = match_controls(columns, **given)
        names = columns["unit"]
        found.append({names[i]: [names[j] for j in chosen] for i, chosen in match.controls.items()})
    assert found[0] == found[1]
    used = [name for chosen in found[0].values() for name in chosen]
    assert len(used) == len(set(used))


def test_balance_is_over_the_treated_sd():
    match = match_controls(toy(), **TOY, replace=True)
    report = balance(toy(), match=match, treatment="d", covariates=("x",))
    assert report["x"]["before"] == pytest.approx(2 - 4.5 / 4, rel=1e-12)
    assert report["x"]["after"] == pytest.approx(2 - (2.5 * 2 + 1) / 3, rel=1e-12)
    binary = {**toy(), "b": [1, 0, 0, 1, 0, 0, 0]}
    report = balance(binary, match=match, treatment="d", covariates=("b",))
    assert report["b"]["before"] == pytest.approx((1 / 3 - 1 / 4) / sqrt(2 / 9), rel=1e-12)
    flat = {**toy(), "b": [1, 1, 1, 1, 0, 0, 0]}
    assert balance(flat, match=match, treatment="d", covariates=("b",))["b"] == {
        "before": None,
        "after": None,
    }


def test_effective_sample_size():
    assert effective_sample_size([Fraction(2), Fraction(1), Fraction(0)]) == Fraction(9, 5)


def test_bad_input_is_refused():
    with pytest.raises(ArgumentError, match="order must list all units"):
        match_controls(toy(), **TOY)
    with pytest.raises(ArgumentError, match="order must list every unit"):
        match_controls(toy(), **TOY, order=ORDER[:-1])
    with pytest.raises(ArgumentError, match="'nearest'"):
        match_controls(toy(), **TOY, order=ORDER, method="optimal")
    with pytest.raises(ArgumentError, match="ratio"):
        match_controls(toy(), **TOY, order=ORDER, ratio=0)
    with pytest.raises(DataError, match="each unit once"):
        match_controls({**toy(), "unit": ["u"] * 7}, **TOY, replace=True)
    with pytest.raises(DataError, match="must vary"):
        match_controls({**toy(), "x": [1] * 7}, **TOY, replace=True)
    with pytest.raises(DataError, match="separate treated from controls"):
        match_controls({**toy(), "x": [3, 4, 5, 1, 2, 1, 0]}, **TOY, replace=True)

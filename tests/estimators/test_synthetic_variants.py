"""Synthetic comparisons beside other programs; stated predictors, penalty, ridge, and the end of the evaluation."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st
from oracles import simplex as oracle

import effekt
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError

GOLDENS = Path(__file__).parents[1] / "goldens" / "synthetic"
GOLDEN = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
NEEDS_DATA = pytest.mark.skipif("EFFEKT_TEST_DATA" not in os.environ, reason="EFFEKT_TEST_DATA is not set")
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "A", "first_treated": 2016}
VARIANTS = {
    "classic": (effekt.synthetic_control, {}),
    "penalised": (effekt.synthetic_control, {"penalty": 0.25}),
    "augmented": (effekt.synthetic_control, {"ridge": 0.5}),
    "differences": (effekt.synthetic_difference_in_differences, {}),
}
PREDICTORS = [
    {"column": "y", "first": 2004, "last": 2007, "weight": 0.2},
    {"column": "y", "first": 2012, "last": 2015, "weight": 0.3},
    {"column": "y", "first": 2015, "last": 2015, "weight": "0.4"},
    {"column": "x", "first": 2010, "last": 2015, "weight": 0.1},
]


def golden_panel():
    return pd.read_csv(GOLDENS / "panel.csv")


def estimate(variant, data=None, **options):
    function, own = VARIANTS[variant]
    return function(golden_panel() if data is None else data, **{**ROLES, **own, **options})


def check(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def weights(effect):
    return list(check(effect, "donor_weights").table["weight"])


# --- other programs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_scipy(variant):
    golden = GOLDEN["panel"]["scipy"][variant]
    effect = estimate(variant)
    assert effect.estimate == pytest.approx(golden["effect"], rel=1e-8)
    assert weights(effect) == pytest.approx(golden.get("weights") or golden["units"], abs=2e-6)


def test_stated_predictors():
    golden = GOLDEN["panel"]["predictors"]
    effect = estimate("classic", predictors=PREDICTORS)
    assert effect.estimate == pytest.approx(golden["effect"], rel=1e-8)
    assert weights(effect) == pytest.approx(golden["weights"], abs=1e-8)
    assert effect.arguments["predictors"][3] == {"column": "x", "first": "2010", "last": "2015", "weight": 0.1}


def test_diff_diff():
    assert estimate("classic").estimate == pytest.approx(GOLDEN["panel"]["diff-diff"]["control"], rel=1e-11)
    assert estimate("differences").estimate == pytest.approx(GOLDEN["panel"]["diff-diff"]["differences"], rel=1e-4)


@pytest.mark.parametrize("name", ["penalty", "ridge"])
def test_a_penalty_may_be_a_fraction(name):
    found = [estimate("classic", **{name: value}) for value in (0.25, Fraction(1, 4))]
    assert found[0].to_json() == found[1].to_json()


@pytest.mark.parametrize(("variant", "penalty"), [("classic", 0.0), ("penalised", 0.25)])
def test_pysyncon_reaches_no_lower_objective(variant, penalty):
    panel = golden_panel().pivot(index="year", columns="unit", values="y").to_numpy()[:12]
    apart = ((panel[:, 1:] - panel[:, :1]) ** 2).sum(axis=0)

    def objective(w):
        return float(((panel[:, 1:] @ w - panel[:, 0]) ** 2).sum() + penalty * apart @ w)

    golden, mine = np.array(GOLDEN["panel"]["pysyncon"][variant]["weights"]), np.array(weights(estimate(variant)))
    assert objective(mine) <= objective(golden) + 1e-13
    assert mine == pytest.approx(golden, abs=1e-5)


@NEEDS_DATA
def test_proposition_99():
    data = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "prop99.csv")
    roles = {"outcome": "cigsale", "unit": "state", "time": "year", "treated": "California", "first_treated": 1989}
    roles["period"] = "year"
    golden = GOLDEN["prop99"]
    for variant, options in (("classic", {}), ("penalised", {"penalty": 0.1}), ("augmented", {"ridge": 100.0})):
        effect = effekt.synthetic_control(data, **roles, **options)
        assert effect.estimate == pytest.approx(golden["scipy"][variant]["effect"], rel=1e-8)
    control = effekt.synthetic_control(data, **roles)
    assert control.estimate == pytest.approx(golden["diff-diff"]["control"], rel=1e-12)
    differences = effekt.synthetic_difference_in_differences(data, **roles)
    assert differences.estimate == pytest.approx(golden["scipy"]["differences"]["effect"], rel=1e-8)
    assert differences.estimate == pytest.approx(golden["diff-diff"]["differences"], abs=2e-3)


# --- every support in fractions -----------------------------------------------------------------------------------


@st.composite
def panels(draw):
    """Up to six donors, three to four periods before and one or two after, in halves: ties are common."""
    n, before, after = draw(st.integers(3, 6)), draw(st.integers(2, 4)), draw(st.integers(1, 2))
    cell = st.integers(-12, 12).map(lambda x: x / 2)
    rows = st.lists(cell, min_size=before + after, max_size=before + after)
    return draw(st.lists(rows, min_size=n, max_size=n)), before


def table(y):
    names = [chr(ord("A") + i) for i in range(len(y))]
    return {
        "unit": [name for name in names for _ in y[0]],
        "year": [2000 + t for _ in names for t in range(len(y[0]))],
        "y": [v for row in y for v in row],
    }


@given(panels())
def test_variants_of_every_support(drawn):
    y, before = drawn
    donors = [list(row) for row in zip(*y[1:], strict=True)]
    roles = {**ROLES, "first_treated": 2000 + before, "inference": "none"}
    for options, found in (
        ({}, oracle.control(y[0], donors, before)),
        ({"penalty": 0.5}, oracle.control(y[0], donors, before, Fraction(1, 2))),
        ({"ridge": 2.0}, oracle.augmented(y[0], donors, before, 2)),
    ):
        effect = effekt.synthetic_control(table(y), **roles, **options)
        assert effect.estimate == pytest.approx(float(found[0]), rel=1e-10, abs=1e-9)
        assert weights(effect) == pytest.approx([float(w) for w in found[1]], abs=1e-9)


@pytest.mark.parametrize("before", [3, 9])
@pytest.mark.parametrize("ridge", [1e-12, 0.5])
@pytest.mark.parametrize("factor", [-6, 0, 9])
def test_a_ridge_far_below_the_spread(factor, ridge, before):
    """Also where the periods are more than the donors; in another unit the ridge is the unit's square as large."""
    numbers = np.random.default_rng(before).integers(15_000, 25_000, (5, before + 2)).tolist()
    y = [[float(Fraction(v, 1000) * Fraction(10) ** factor) for v in row] for row in numbers]
    own = ridge * 10.0 ** (2 * factor)
    effect = effekt.synthetic_control(
        table(y), **{**ROLES, "first_treated": 2000 + before, "inference": "none"}, ridge=own
    )
    exact = [[Fraction(v, 1000) for v in row] for row in numbers]
    found = oracle.augmented(exact[0], [list(row) for row in zip(*exact[1:], strict=True)], before, Fraction(ridge))
    assert effect.estimate == pytest.approx(float(found[0]) * 10.0**factor, rel=1e-9)
    assert weights(effect) == pytest.approx([float(w) for w in found[1]], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("variant", ["penalised", "augmented"])
def test_placebos_and_donors_left_out_follow_the_variant(variant):
    data = golden_panel()
    effect, others = estimate(variant), data[data["unit"] != "A"]
    single = [estimate(variant, others, treated=name, inference="none").estimate for name in "BCDEFGHIJ"]
    assert effect.inference.errors == pytest.approx(sorted(single), rel=1e-9)
    rows = check(effect, "leave_one_out").table
    assert len(rows["unit"]) == sum(w != 0 for w in weights(effect))
    for name, found in zip(rows["unit"], rows["effect"], strict=True):
        kept = [donor for donor in "BCDEFGHIJ" if donor != name]
        assert estimate(variant, donors=kept, inference="none").estimate == pytest.approx(found, rel=1e-9)


# --- laws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_laws_of_every_effect(variant):
    assert_valid_effect(estimate(variant, outcome=effekt.Outcome(column="y", unit="days", better="lower")))


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_in_any_order_give_the_same_bytes(variant):
    data = golden_panel()
    for seed in range(3):
        assert estimate(variant, data.sample(frac=1, random_state=seed)) == estimate(variant, data)
    shuffled = data.sample(frac=1, random_state=7)
    assert estimate("classic", shuffled, predictors=PREDICTORS) == estimate("classic", data, predictors=PREDICTORS)


@given(st.lists(st.integers(-20, 20), min_size=16, max_size=16), st.sampled_from([0.001, 8.0, 1e6]))
def test_common_shocks_and_another_unit(shocks, factor):
    """λ of the penalty weighs squares against squares; that of the ridge is itself in squared units."""
    data = golden_panel()
    common = data["year"].map(dict(zip(range(2004, 2020), shocks, strict=True)))
    for variant, options in (("penalised", {}), ("augmented", {"ridge": 0.5 * factor**2})):
        effect = estimate(variant)
        moved = estimate(variant, data.assign(y=data["y"] * factor + common), **options)
        assert moved.estimate == pytest.approx(factor * effect.estimate, rel=1e-7, abs=1e-10)
        assert weights(moved) == pytest.approx(weights(effect), abs=1e-6)


def test_augmented_weights_add_to_one_and_are_told():
    effect = estimate("augmented")
    assert sum(weights(effect)) == pytest.approx(1, abs=1e-12)
    assert min(weights(effect)) < 0
    assert [note.code for note in effect.notes] == ["extrapolation"]
    assert check(effect, "donor_weights").values["n_positive"] == 9


def test_a_small_penalty_picks_near_donors_and_a_large_one_the_nearest():
    panel = golden_panel().pivot(index="year", columns="unit", values="y").to_numpy()[:12]
    apart = ((panel[:, 1:] - panel[:, :1]) ** 2).sum(axis=0)
    only = weights(estimate("penalised", penalty=1e6))
    assert only == [float(i == int(np.argmin(apart))) for i in range(9)]
    assert weights(estimate("penalised", penalty=1e-9)) == pytest.approx(weights(estimate("classic")), abs=1e-6)


def test_the_evaluation_ends_where_it_is_told():
    data = golden_panel()
    effect = estimate("differences", last_evaluated=2017)
    same = estimate("differences", data[data["year"] <= 2017])
    assert (effect.means, effect.inference, effect.path) == (same.means, same.inference, same.path)
    assert effect.arguments["last_evaluated"] == "2017"
    assert effect.path.evaluation == ("2016", "2017")


def test_cells_outside_a_window_may_be_empty():
    data = golden_panel()
    holes = data.assign(x=data["x"].where(data["year"] >= 2010))
    assert estimate("classic", holes, predictors=PREDICTORS) == estimate("classic", data, predictors=PREDICTORS)


# --- refusals -----------------------------------------------------------------------------------------------------


def one(**changed):
    return {"predictors": [{"column": "x", "first": 2014, "last": 2015, "weight": 1} | changed]}


REFUSALS = {
    "penalty and ridge": (
        {"penalty": 1.0, "ridge": 1.0},
        ArgumentError,
        "`penalty` and `ridge` are two different estimators; give one of them.",
    ),
    "no penalty": (
        {"penalty": 0},
        ArgumentError,
        "`penalty` must be above zero; got 0. Leave it out for the classic weights.",
    ),
    "no list": (
        {"predictors": "x"},
        ArgumentError,
        "`predictors` must be a list of mappings with the keys column, first, last, weight.",
    ),
    "a misspelt key": (
        {"predictors": [{"column": "x", "first": 2004, "last": 2005, "wieght": 1}]},
        ArgumentError,
        "`predictors` must each have the keys column, first, last, weight; got ['column', 'first', 'last', 'wieght']. "
        "Did you mean 'weight'?",
    ),
    "two columns": (
        one(column=["x", "y"]),
        ArgumentError,
        "`predictors` must each name one column; got ['x', 'y'].",
    ),
    "a window after treatment": (
        one(last=2016),
        ArgumentError,
        "`predictors` must have windows of periods before the first treated one, first to last; that of 'x' is 2014 to "
        "2016.",
    ),
    "a weight of nothing": (
        one(weight="0"),
        ArgumentError,
        "`predictors` must have weights above zero; that of 'x' is '0'.",
    ),
    "the same for all": (
        one() | {"data": golden_panel().assign(x=7.0)},
        DataError,
        "Column 'x' must differ between units over the window 2014 to 2015, to be a predictor; it does not. Leave it "
        "out.",
    ),
    "a hole": (
        one() | {"data": golden_panel().assign(x=lambda d: d["x"].where((d["unit"] != "D") | (d["year"] != 2014)))},
        DataError,
        "Column 'x' must have a value for every treated unit and donor in every period of its window; it lacks some, "
        "the first in 2014. Complete the data, or choose another window.",
    ),
    "an end before the start": (
        {"last_evaluated": 2015},
        ArgumentError,
        "`last_evaluated` must not lie before `first_treated`; got 2015 and 2016.",
    ),
    "an end that is no year": (
        {"last_evaluated": "spring"},
        ArgumentError,
        "`last_evaluated` must be a year such as '2014'; got 'spring'. Write it so, or as a date in it.",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused(name):
    options, error, sentence = REFUSALS[name]
    data = options.get("data", golden_panel())
    with pytest.raises(error) as refused:
        effekt.synthetic_control(data, **{**ROLES, **{key: v for key, v in options.items() if key != "data"}})
    assert str(refused.value) == sentence


def test_differences_say_why_they_are_not_moved_round_in_time():
    with pytest.raises(ArgumentError) as refused:
        effekt.synthetic_difference_in_differences(golden_panel(), **ROLES, inference="conformal")
    assert str(refused.value) == (
        "`inference` must be 'placebo', 'placebo_variance' or 'none' here; got 'conformal'. It moves residuals round "
        "in time as of one kind, which those "
        "of weighted periods before and of plain periods after are not. Use 'placebo', or "
        "`synthetic_control`, which has it."
    )


def test_none_is_no_predictors():
    plain = effekt.synthetic_control(golden_panel(), **ROLES)
    assert effekt.synthetic_control(golden_panel(), **ROLES, predictors=None).to_json() == plain.to_json()


def test_periods_that_are_not_there_are_named_for_a_settlement():
    with pytest.raises(IncompleteWindowError) as refused:
        estimate("classic", last_evaluated=2021)
    assert refused.value.missing == ("2020", "2021")

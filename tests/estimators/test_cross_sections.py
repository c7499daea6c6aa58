"""Other people in each period, and triple differences: dummies for everything, other routes, invariances, refusals."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.did import Rows

import effekt
from effekt import independent
from effekt._inference import Unavailable
from effekt.diagnostics import composition_drift
from effekt.exceptions import ArgumentError, DataError
from effekt.independent import statistics

GOLDENS = Path(__file__).parents[1] / "goldens" / "cross_sections"
VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")
COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
OTHERS = {"sampling": "repeated_cross_sections"}


def did(data, **options):
    return effekt.difference_in_differences(data, **(COLUMNS | options))


def close(value, rel=1e-10):
    return pytest.approx(value, rel=rel, abs=0)


def people(seed, n_units=8, n_treated=3, periods=3, most=3, clusters=None):
    """Unit, time, d, e, x, y, g: one to `most` rows in every unit, period and subgroup, in no order."""
    rng = random.Random(seed)
    rows = []
    for u, t, e in itertools.product(range(n_units), range(periods), (0, 1)):
        d = int(u < n_treated and t >= 1)
        for _ in range(rng.randint(1, most)):
            x = round(rng.gauss(0.1 * u, 1), 1)
            y = round(20 + u + 0.4 * t - d * e + x + rng.gauss(0, 1), 2)
            rows.append((f"u{u}", 2014 + t, d, e, x, y, f"g{(clusters or range(n_units))[u]}"))
    rng.shuffle(rows)
    names = ("unit", "time", "d", "e", "x", "y", "g")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def triples(seed, n_units=9, n_treated=4, periods=4):
    """One row in every unit, period and subgroup."""
    return people(seed, n_units, n_treated, periods, most=1)


# --- dummies for everything -------------------------------------------------------------------------------------------

FORMS = {
    "plain": {},
    "covariates": {"covariates": ["x"]},
    "third": {"eligible": "e"},
    "third, covariates": {"eligible": "e", "covariates": ["x"]},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("clusters", [None, [0, 1, 2, 2, 0, 3, 4, 5]])
def test_people_against_dummies(form, clusters):
    options, data = FORMS[form], people(len(form), clusters=clusters)
    frame = pd.DataFrame(data)
    expected = Rows(frame, data["g"], "eligible" in options, options.get("covariates", ()))
    for variance in VARIANCES:
        found = did(data, cluster="g" if clusters else None, variance=variance, **OTHERS, **options)
        assert found.estimate == close(expected.estimate)
        assert found.treated_mean == close(expected.mean)
        if isinstance(found.inference, Unavailable):
            assert expected.df(variance if variance in ("CR1", "CR3") else "CR2") < 3
            continue
        assert found.inference.covariance == pytest.approx(expected.covariance(variance), rel=1e-9)
        if variance in ("CR1", "CR2", "CR3"):
            for w, v in ((1, 0), (0, 1), (1, -1), (1, -1.1)):
                assert found.inference.df.of(np.array([[w, v]], float))[0] == close(expected.df(variance, w, v), 1e-9)
        if variance == "CR2":
            assert_valid_effect(found)


@pytest.mark.parametrize("variance", VARIANCES)
def test_a_third_difference_against_dummies(variance):
    data = triples(3)
    found, expected = did(data, eligible="e", variance=variance), Rows(pd.DataFrame(data), data["unit"], third=True)
    assert found.estimate == close(expected.estimate)
    first, cross, second = expected.covariance(variance)
    assert found.std_error == close(np.sqrt(first - 2 * cross + second), 1e-9)
    assert found.df == close(expected.df(variance) if variance not in ("CR0", "CR1S") else 8, 1e-9)
    assert_valid_effect(found)


@pytest.mark.parametrize("case", ["people", "people_x", "people_third", "third"])
@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2"])
def test_against_r(case, variance):
    """lm with dummies and clubSandwich."""
    golden = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))[case]
    options = {
        "people": OTHERS,
        "people_x": {**OTHERS, "covariates": ["x"]},
        "people_third": {**OTHERS, "eligible": "e"},
        "third": {"eligible": "e"},
    }[case]
    found = did(GOLDENS / ("third.csv" if case == "third" else "people.csv"), variance=variance, **options)
    assert found.estimate == close(golden["estimate"], 1e-8)
    assert found.std_error == close(golden[variance]["std_error"], 1e-8)
    if variance in ("CR1", "CR2"):
        assert found.df == close(golden[variance]["df"], 1e-8)


def test_a_third_difference_is_the_difference_of_two():
    data = triples(1)
    frame = pd.DataFrame(data)
    found = did(data, eligible="e")
    could, others = (did(frame[frame["e"] == e]) for e in (1, 0))
    assert found.exact_estimate == could.exact_estimate - others.exact_estimate
    assert found.exact.treated == could.exact.treated
    assert found.path.treated == could.path.treated
    after = found.path.periods.index(found.path.evaluation[0])
    assert np.mean(found.path.counterfactual[after:]) == close(found.counterfactual_mean)
    (both,) = found.diagnostics
    assert both.values == {
        "difference_eligible": float(could.exact_estimate),
        "difference_others": float(others.exact_estimate),
    }
    assert found.sample.n_obs == len(frame)
    assert found.estimand.population.en == "those who could be affected in the 4 treated units, 2015 to 2017"


@pytest.mark.parametrize("inference", ["wild_bootstrap", "permutation"])
def test_a_third_difference_with_few_clusters_is_that_of_the_gaps(inference):
    data = triples(2)
    wide = pd.DataFrame(data).pivot(index=["unit", "time", "d"], columns="e", values="y")
    gaps = (wide[1] - wide[0]).round(2).rename("y").reset_index()
    found, again = did(data, eligible="e", inference=inference), did(gaps, inference=inference)
    assert found.estimate == close(again.estimate)
    assert found.rank_p_value() == again.rank_p_value()
    assert found.p_value(0.25) == again.p_value(0.25)
    assert_valid_effect(found)


def test_conley_and_taber_with_a_third_difference():
    data = triples(5, n_treated=1)
    wide = pd.DataFrame(data).pivot(index=["unit", "time", "d"], columns="e", values="y")
    gaps = (wide[1] - wide[0]).round(2).rename("y").reset_index()
    found, again = (did(one, inference="conley_taber", **o) for one, o in ((data, {"eligible": "e"}), (gaps, {})))
    assert found.inference.errors == pytest.approx(again.inference.errors, rel=1e-9)


@pytest.mark.parametrize("options", [{}, {"eligible": "e"}])
def test_one_row_in_every_cell_is_a_panel(options):
    data = triples(6)
    if not options:
        data = pd.DataFrame(data)[lambda frame: frame["e"] == 1]
    panel, cells = did(data, **options), did(data, **OTHERS, **options)
    assert cells.estimate == close(panel.estimate)
    assert cells.treated_mean == close(panel.treated_mean)
    assert cells.std_error == close(panel.std_error)
    assert cells.df == close(panel.df)
    if not options:
        assert cells.inference.covariance == pytest.approx(panel.inference.covariance, rel=1e-10)
        assert cells.path.treated == pytest.approx(panel.path.treated, rel=1e-12)
        assert np.mean(cells.path.counterfactual[1:]) == close(panel.counterfactual_mean)
        assert np.mean(cells.path.counterfactual[:1]) == close(np.mean(panel.path.treated[:1]))
    assert "cell_weights" not in [note.code for note in cells.notes]


# --- few clusters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["plain", "third, covariates"])
def test_permutations_against_a_regression_for_each_choice(form):
    options, data = FORMS[form], people(4, n_units=6, n_treated=2)
    frame, third = pd.DataFrame(data), "eligible" in FORMS[form]
    found = did(data, inference="permutation", **OTHERS, **options)
    estimates = []
    for chosen in itertools.combinations([f"u{i}" for i in range(6)], 2):
        moved = frame.assign(d=(frame["unit"].isin(chosen) & (frame["time"] >= 2015)).astype(int))
        estimates.append(Rows(moved, moved["unit"], third, options.get("covariates", ())).estimate)
    assert sorted(found.inference.statistics) == pytest.approx(sorted(estimates), rel=1e-9, abs=1e-12)
    extreme = sum(abs(one) >= abs(found.estimate) * (1 - 1e-9) for one in estimates)
    assert found.rank_p_value() == F(extreme, 15)
    assert found.inference.exposures[0] == close(1.0)
    assert_valid_effect(found)


def test_the_wild_bootstrap_against_refits():
    """The null of no effect imposed, residuals of whole units turned by every combination of signs."""
    data = people(9, n_units=6, n_treated=3)
    rows = Rows(pd.DataFrame(data), data["unit"])
    restricted = rows.design[:, 1:]
    expected = restricted @ np.linalg.lstsq(restricted, rows.y, rcond=None)[0]
    bread = np.linalg.inv(rows.design.T @ rows.design)
    groups = [np.flatnonzero(rows.labels == label) for label in sorted(set(rows.labels))]

    def t(y):
        fit = bread @ rows.design.T @ y
        left = y - rows.design @ fit
        scores = [(bread @ rows.design[own].T @ left[own])[0] for own in groups]
        return abs(fit[0]) / np.sqrt(sum(score**2 for score in scores))

    counted = 0
    for signs in itertools.product((-1, 1), repeat=6):
        turned = np.zeros(len(rows.y))
        for sign, own in zip(signs, groups, strict=True):
            turned[own] = sign * (rows.y - expected)[own]
        counted += t(expected + turned) >= t(rows.y) * (1 - 1e-9)
    found = did(data, inference="wild_bootstrap", **OTHERS)
    assert found.rank_p_value() == F(int(counted), 64)
    assert_valid_effect(found)


# --- invariances ------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(order=st.randoms(use_true_random=False), form=st.sampled_from(sorted(FORMS)))
def test_the_order_of_rows_is_nothing(order, form):
    data = people(2)
    rows = list(range(len(data["y"])))
    order.shuffle(rows)
    moved = {name: [cells[i] for i in rows] for name, cells in data.items()}
    one, other = (did(each, **OTHERS, **FORMS[form]) for each in (data, moved))
    assert one.to_json() == other.to_json()


@settings(max_examples=15)
@given(
    effect=st.integers(-500, 500),
    levels=st.lists(st.integers(-900, 900), min_size=11, max_size=11),
    form=st.sampled_from(sorted(FORMS)),
)
def test_levels_are_nothing_and_an_added_effect_is_found(effect, levels, form):
    data = people(2)
    third = "eligible" in FORMS[form]
    moved = []
    for unit, time, d, e, y in zip(*(data[name] for name in ("unit", "time", "d", "e", "y")), strict=True):
        own, year = levels[int(unit[1:])] * (1 + e), levels[8 + time - 2014]
        both = levels[(int(unit[1:]) * 3 + time) % 11] if third else 0  # a shock of the unit and period
        moved.append(
            y + (own + year + both + effect * d * (e if third else 1)) / 100
            if third
            else y + (levels[int(unit[1:])] + year + effect * d) / 100
        )
    before, after = (did({**data, "y": y}, **OTHERS, **FORMS[form]) for y in (data["y"], moved))
    assert after.estimate == pytest.approx(before.estimate + effect / 100, abs=1e-9)
    assert after.std_error == pytest.approx(before.std_error, rel=1e-7)


def test_scale_and_names_are_nothing():
    data = people(7)
    renamed = {**data, "unit": [f"x{9 - int(unit[1:])}" for unit in data["unit"]], "y": [4 * y for y in data["y"]]}
    one, other = (did(each, **OTHERS, covariates="x") for each in (data, renamed))
    assert other.estimate == close(4 * one.estimate)
    assert other.std_error == close(4 * one.std_error)
    assert other.p_value() == close(one.p_value(), 1e-9)


@pytest.mark.parametrize("options", [OTHERS, {**OTHERS, "covariates": ["x"]}, {**OTHERS, "eligible": "e"}])
def test_the_recorded_arguments_make_the_same_estimate(options):
    found = did(people(3), **options)
    assert effekt.difference_in_differences(people(3), **found.arguments) == found


def test_a_panel_records_nothing_new():
    frame = pd.DataFrame(triples(6))
    assert set(did(frame[frame["e"] == 1]).arguments) == {
        *("outcome", "unit", "time", "treatment", "cluster", "variance", "missing")
    }


# --- words and weights ------------------------------------------------------------------------------------------------


def test_weights_are_those_of_the_coefficient():
    """An effect on one treated cell alone moves the estimate by that cell's weight."""
    from effekt.estimators.did.cells import fitted_model
    from effekt.estimators.did.cross_sections import Columns, read_cross_sections

    data = people(8)
    names = Columns(outcome="y", unit="unit", time="time", treatment="d", cluster="unit")
    cells, _ = read_cross_sections(data, names, "raise")
    weights = fitted_model(cells).own_weights
    assert weights.sum() == close(1.0)
    moved = [
        y + (unit == "u1" and time == 2016) for unit, time, y in zip(data["unit"], data["time"], data["y"], strict=True)
    ]
    added = did({**data, "y": moved}, **OTHERS).estimate - did(data, **OTHERS).estimate
    assert added == pytest.approx(weights[1, 2], rel=1e-9)


def test_a_drift_is_told():
    x = np.array([[0.0], [2.0], [1.0], [3.0], [0.0], [2.0], [0.0], [2.0]])
    treated, after = np.arange(8) < 4, np.array([0, 0, 1, 1, 0, 0, 1, 1], bool)
    found = composition_drift(covariates=x, names=["x"], treated=treated, after=after)
    assert found.table["drift"] == (pytest.approx(1 / np.sqrt(2)),)
    assert found.status == "warning"
    same = composition_drift(covariates=x[[0, 1, 0, 1, 4, 5, 6, 7]], names=["x"], treated=treated, after=after)
    assert (same.status, same.table["drift"]) == ("ok", (0.0,))
    assert "no evidence against" in same.statement.en
    still = composition_drift(
        covariates=after[:, None] * treated[:, None] * 5.0, names=["x"], treated=treated, after=after
    )
    assert (still.status, still.table["drift"]) == ("warning", (None,))


def people_without(data, unlucky):
    keep = [i for i in range(len(data["y"])) if not unlucky(i)]
    return {name: [cells[i] for i in keep] for name, cells in data.items()}


def test_units_that_lack_a_period_are_refused_or_left_out_whole():
    data = people(3)
    gap = people_without(data, lambda i: data["unit"][i] == "u7" and data["time"][i] == 2015)
    with pytest.raises(DataError, match="must name units seen in every period; 1 unit lacked some, the first at row"):
        did(gap, **OTHERS)
    left = did(gap, missing="drop", **OTHERS)
    without = did(people_without(data, lambda i: data["unit"][i] == "u7"), **OTHERS)
    assert left.estimate == without.estimate
    assert left.sample.n_dropped == gap["unit"].count("u7")
    half = people_without(data, lambda i: data["unit"][i] == "u7" and data["time"][i] == 2015 and data["e"][i] == 0)
    with pytest.raises(DataError, match="seen in every period with 0 and with 1 in 'e'; 1 unit lacked some"):
        did(half, eligible="e", **OTHERS)


def test_contradictions_are_refused():
    with pytest.raises(ArgumentError, match="`covariates` are for sampling='repeated_cross_sections'"):
        did(triples(1), eligible="e", covariates=["x"])
    with pytest.raises(ArgumentError, match="`inference` 'conley_taber' takes the changes of a panel"):
        did(people(1), inference="conley_taber", **OTHERS)
    data = people(1)
    with pytest.raises(ArgumentError, match=r"treatment and each other; 'z' is\. Leave it out"):
        did({**data, "z": [t - 2014 for t in data["time"]]}, covariates=["x", "z"], **OTHERS)
    with pytest.raises(ArgumentError, match="must play one role; it is named as `treatment` and `eligible`"):
        did(triples(1), eligible="d")
    with pytest.raises(ArgumentError, match="`sampling` must be 'panel' or 'repeated_cross_sections'"):
        did(triples(1), sampling="cross_sections")


def test_a_gap_in_the_calendar_is_told():
    data = triples(4)
    later = {**data, "time": [year + (year > 2014) for year in data["time"]]}
    (note,) = [note for note in did(later, eligible="e").notes if note.code == "period_gaps"]
    assert note.text.en.startswith("1 period between 2014 and 2018 is not in the data, the first after 2014;")
    assert "period_gaps" in [note.code for note in did(later, eligible="e", **OTHERS).notes]
    assert "period_gaps" not in [note.code for note in did(data, eligible="e").notes]


def test_one_period_before_has_no_check_of_trends():
    frame = pd.DataFrame(triples(4))
    effects = effekt.event_study(frame[frame["e"] == 1], **COLUMNS)
    assert list(effects) == ["0", "1", "2"]
    assert effects.diagnostics == ()


# --- the second route -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("form", ["plain", "covariates", "third", "panel"])
def test_against_the_second_route(form, variance):
    data = triples(4) if form == "panel" else people(5, n_units=7)
    options = {"eligible": "e"} if form == "panel" else {**OTHERS, **FORMS[form]}
    found = did(data, variance=variance, **options)
    again = independent.METHODS["difference_in_differences"](data, **COLUMNS, variance=variance, **options)
    assert found.estimate == close(float(again["estimate"]))
    assert found.treated_mean == close(float(again["treated_mean"]))
    assert found.counterfactual_mean == close(float(again["counterfactual_mean"]))
    if isinstance(found.inference, Unavailable):
        assert again["unavailable"] is not None
        return
    assert found.std_error == close(again["std_error"], 1e-9)
    assert found.df == close(again["df"], 1e-9)
    assert found.inference.covariance == pytest.approx(
        [again["covariance"][0][0], again["covariance"][0][1], again["covariance"][1][1]], rel=1e-9
    )
    view = statistics.view_of("relative", None, F(1))
    assert found.relative().p_value(-0.05) == close(statistics.p_value(again, view, F("-0.05"), "two-sided"), 1e-8)


@pytest.mark.parametrize("inference", ["wild_bootstrap", "permutation"])
@pytest.mark.parametrize("form", ["people", "third"])
def test_few_clusters_against_the_second_route(form, inference):
    data = triples(4, n_units=6, n_treated=3) if form == "third" else people(5, n_units=6)
    options = {"eligible": "e"} if form == "third" else OTHERS
    route = independent.METHODS["difference_in_differences"]
    found = did(data, inference=inference, **options)
    again = route(data, **COLUMNS, inference=inference, **options)
    assert found.p_value(0.3) == pytest.approx(float(again["test"]("difference", 0.3, "two-sided")), abs=1e-12)

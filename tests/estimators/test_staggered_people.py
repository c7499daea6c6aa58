"""Staggered adoption with other people in each period: csdid, the letter of the paper, panels of means, refusals."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.staggered import used_up as used_up_by_projections
from oracles.staggered_people import effect as by_the_letter

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.estimators.staggered.between import used_up
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectSet

GOLDENS = Path(__file__).parents[1] / "goldens" / "staggered"
GOLDEN = json.loads((GOLDENS / "people.json").read_text(encoding="utf-8"))["csdid"]
METHODS = {"dr": "doubly_robust", "reg": "regression", "ipw": "inverse_probability"}
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
KINDS = ("simple", "dynamic", "cohort", "calendar")
ROLES = {"outcome": "y", "time": "year", "start": "start", "never": 0, "sampling": "repeated_cross_sections"}


def close(value, tolerance=1e-8):
    return pytest.approx(value, rel=tolerance, abs=tolerance)


def people():
    return pd.read_csv(GOLDENS / "people.csv")


def estimate(data, **options):
    return effekt.staggered_adoption(data, **{**ROLES, "unit": "school", **options})


def pair(effect):
    return [effect.estimate, effect.std_error]


# --- other routes to the numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_csdid(name):
    method, controls, base, anticipation, covariates = name.split()
    found = estimate(
        people(),
        unit="person",
        adjustment=METHODS[method],
        comparison=CONTROLS[controls],
        base_period=base,
        anticipation=int(anticipation),
        covariates=["x", "z"] if covariates == "covariates" else (),
        variance="CR0",
    )
    golden = GOLDEN[name]
    assert set(found.labels) == set(golden["effects"])
    for label, want in golden["effects"].items():
        assert pair(found[label]) == close(want)
    for by in KINDS:
        own = found.aggregate(by)
        assert pair(own if by == "simple" else own.overall) == close(golden["aggregates"][by]["overall"])
        for label, want in golden["aggregates"][by].get("members", {}).items():
            assert pair(own[label]) == close(want)


@pytest.mark.parametrize("method", METHODS.values())
@pytest.mark.parametrize("variance", ["CR0", "leverage"])
@pytest.mark.parametrize("unit", ["school", "person"])
def test_the_letter_of_the_paper(method, variance, unit):
    """One cohort in each treated period: the effect, and its variance by clusters with and without leverages."""
    data = people()
    found = estimate(data, unit=unit, adjustment=method, covariates=["x", "z"], variance=variance)
    for cohort, period in ((2013, 2013), (2013, 2015), (2014, 2014)):
        own = data[data["year"].isin([cohort - 1, period]) & data["start"].isin([0, cohort])]
        x = np.column_stack([np.ones(len(own)), own["x"], own["z"]])
        d, post = (own["start"] == cohort).to_numpy().astype(int), (own["year"] == period).to_numpy().astype(int)
        value, parts = by_the_letter(own["y"].to_numpy(), x, d, post, method)
        assert found[cohort, period].estimate == close(value, 1e-10)
        scaled = parts / np.sqrt(1 - leverages(x, d, post, method, own[unit].to_numpy(), variance))
        want = float(np.sqrt(np.sum(pd.Series(scaled).groupby(own[unit].to_numpy()).sum() ** 2)))
        assert found[cohort, period].std_error == close(want, 1e-10)


def leverages(x, d, post, method, units, variance):
    """Of each row's cluster among the rows of its arm and period."""
    found = np.zeros(len(x))
    if variance == "CR0":
        return found
    from oracles.staggered import logistic

    odds = np.exp(x @ logistic(list(x), list(d.astype(float)))[0])
    for arm in (0, 1):
        for t in (0, 1):
            rows = np.flatnonzero((d == arm) & (post == t))
            regression = np.einsum("ij,ji->i", x[rows], np.linalg.solve(x[rows].T @ x[rows], x[rows].T))
            share = odds[rows] / odds[rows].sum()
            if arm:
                own = regression if method == "doubly_robust" else np.full(len(rows), 1 / len(rows))
            else:
                own = {
                    "regression": regression,
                    "inverse_probability": share,
                    "doubly_robust": np.maximum(regression, share),
                }[method]
            found[rows] = pd.Series(own).groupby(units[rows]).transform("sum")
    return found


def even(seed=3, m=3, schools=12):
    """Schools with m pupils in each of four years."""
    rng = np.random.default_rng(seed)
    rows = [
        (school, year, (2012, 2013, 0)[school % 3], round(float(rng.normal(10, 2)), 2))
        for school in range(schools)
        for year in range(2010, 2014)
        for _ in range(m)
    ]
    return pd.DataFrame(rows, columns=["school", "year", "start", "y"])


@pytest.mark.parametrize("variance", ["CR0", "leverage"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_equally_many_people_everywhere_are_a_panel_of_means(variance, base):
    """Means, errors, degrees of freedom and averages of schools with as many pupils in each year."""
    data = even()
    means = data.groupby(["school", "year", "start"], as_index=False)["y"].mean()
    found = estimate(data, variance=variance, base_period=base)
    panel = estimate(means, variance=variance, base_period=base, sampling="panel")
    assert found.labels == panel.labels
    for label in panel.labels:
        for name in ("treated_mean", "counterfactual_mean", "std_error", "df"):
            assert getattr(found[label], name) == close(getattr(panel[label], name), 1e-10)
    assert np.array(found.covariance) == close(np.array(panel.covariance), 1e-10)
    for by in KINDS:
        one, other = found.aggregate(by), panel.aggregate(by)
        one, other = (one, other) if by == "simple" else (one.overall, other.overall)
        assert pair(one) == close(pair(other), 1e-10)


def test_without_covariates_an_effect_is_a_difference_of_four_means():
    data = people()
    found = estimate(data)[2013, 2014]
    mean = data.groupby(["start", "year"])["y"].mean()
    want = mean[2013, 2014] - mean[2013, 2012] - (mean[0, 2014] - mean[0, 2012])
    assert found.estimate == close(want, 1e-12)
    assert found.treated_mean == close(mean[2013, 2014], 1e-12)
    assert found.observed.treated == close(mean[2013, 2014], 1e-12)


# --- invariances ------------------------------------------------------------------------------------------------------

hundredths = st.integers(-500, 500)


def moved(data, by):
    return data.assign(y=[round(y + by(row), 6) for y, row in zip(data["y"], data.to_dict("records"), strict=True)])


@settings(max_examples=15)
@given(
    shifts=st.lists(hundredths, min_size=9, max_size=9),
    method=st.sampled_from(sorted(METHODS.values())),
    factor=st.sampled_from([-2, 3]),
)
def test_cohort_and_year_effects_are_nothing_and_scale_is_scale(shifts, method, factor):
    data = people().iloc[::2]
    options = {"covariates": ["x"], "adjustment": method}
    before = estimate(data, **options)
    place = {2013: 0, 2014: 1, 0: 2}
    shifted = estimate(
        moved(data, lambda row: (shifts[place[row["start"]]] + shifts[3 + row["year"] - 2011]) / 100), **options
    )
    scaled = estimate(data.assign(y=factor * data["y"]), **options)
    for label in before.labels:
        assert shifted[label].estimate == close(before[label].estimate, 1e-8)
        assert shifted[label].std_error == close(before[label].std_error, 1e-7)
        assert scaled[label].estimate == close(factor * before[label].estimate, 1e-8)
        assert scaled[label].std_error == close(abs(factor) * before[label].std_error, 1e-7)


@pytest.mark.parametrize("method", METHODS.values())
def test_an_added_effect_is_found(method):
    data = people()
    options = {"covariates": ["x", "z"], "adjustment": method}
    before = estimate(data, **options)
    after = estimate(moved(data, lambda row: -2.5 * (row["start"] == 2013 and row["year"] >= 2013)), **options)
    for year in (2013, 2014, 2015):
        assert after[2013, year].estimate == close(before[2013, year].estimate - 2.5, 1e-9)
        assert after[2013, year].counterfactual_mean == close(before[2013, year].counterfactual_mean, 1e-9)


def test_scale_and_origin_of_a_covariate_are_nothing():
    data = people()
    for method in METHODS.values():
        before = estimate(data, covariates=["x", "z"], adjustment=method)
        after = estimate(data.assign(x=1000 + 7 * data["x"]), covariates=["z", "x"], adjustment=method)
        for label in before.labels:
            assert pair(after[label]) == close(pair(before[label]), 1e-8)


def test_order_of_rows_moves_no_byte():
    data = people()
    options = {"covariates": ["x", "z"], "unit": "school"}
    want = estimate(data, **options).to_json()
    for seed in range(3):
        order = list(range(len(data)))
        random.Random(seed).shuffle(order)
        assert estimate(data.iloc[order], **options).to_json() == want
    assert estimate(GOLDENS / "people.csv", **options).to_json() == want


def test_every_law_of_an_effect_holds_and_the_set_comes_back():
    effects = estimate(people(), outcome=effekt.Outcome(column="y", unit="days", better="lower"), covariates="x")
    for effect in (effects[2013, 2014], effects.aggregate("simple"), effects.aggregate("dynamic").overall):
        assert_valid_effect(effect)
    assert EffectSet.from_json(effects.to_json()) == effects
    assert effects[2013, 2014].arguments["sampling"] == "repeated_cross_sections"
    notes = {note.code: note.text.en for note in effects.aggregate("simple").notes}
    assert "drawn from the same population" in notes["composition"]
    assert "shares of the people" in notes["estimated_weights"]
    assert "people of treated cohorts" in effects.aggregate("simple").estimand.population.en


def test_bands_and_checks_of_trends_are_there():
    data = people()
    study = estimate(data, base_period="universal", aggregate="dynamic")
    assert effekt.diagnostics.uniform_bands(study, rng=1).table is not None
    asked = estimate(data, base_period="universal", aggregate="simple", checks=["pretrend", "relative_magnitudes"])
    assert {one.name for one in asked.diagnostics} >= {"pretrends", "pretrend", "honest_did"}


# --- who is in it -----------------------------------------------------------------------------------------------------


def test_a_school_that_lacks_a_year_stays():
    data = people()
    short = data[~((data["school"] == 3) & (data["year"] == 2012))]
    found = estimate(short)[2013, 2014]
    mean = short.groupby(["start", "year"])["y"].mean()
    want = mean[2013, 2014] - mean[2013, 2012] - (mean[0, 2014] - mean[0, 2012])
    assert found.estimate == close(want, 1e-12)


def test_always_treated_are_left_out_and_later_ones_are_never_treated():
    data = people()
    want = estimate(data)
    always = data[data["school"] == 3].assign(school=90, start=2011, person=0)
    found = estimate(pd.concat([data, always]))
    assert found.covariance == want.covariance
    assert found["(2013, 2014)"].sample.n_dropped == len(always)
    assert "always_treated" in {note.code for note in found.notes}
    later = estimate(data.assign(start=data["start"].where(data["start"] > 0, 2030)))
    assert later.covariance == want.covariance


def test_rows_that_lack_a_value_can_be_left_out():
    data = people()
    hole = data.assign(y=data["y"].where(data.index != 5))
    with pytest.raises(DataError, match="missing"):
        estimate(hole)
    found = estimate(hole, missing="drop")
    assert found.covariance == estimate(data.drop(index=5)).covariance
    assert found[2013, 2014].sample.n_dropped == 1


def test_two_schools_in_a_cohort_have_no_inference():
    data = people()
    few = data[(data["start"] != 2013) | data["school"].isin([3, 6])]
    effect = estimate(few)[2013, 2014]
    assert isinstance(effect.inference, Unavailable)
    assert isinstance(estimate(few)[2014, 2014].inference, StudentT)
    assert math.isfinite(effect.estimate)


def test_what_is_refused():
    data = people()

    def message(error, data=data, **options):
        with pytest.raises(error) as caught:
            estimate(data, **options)
        return str(caught.value)

    assert message(ArgumentError, sampling="people") == (
        "`sampling` must be 'panel' or 'repeated_cross_sections'; got 'people'."
    )
    assert message(ArgumentError, estimator="imputation") == (
        "`estimator` 'imputation' needs the same units in every period; got sampling='repeated_cross_sections'. Pass "
        "estimator='group_time', or give each unit its mean of each period."
    )
    assert message(ArgumentError, checks=["bacon_decomposition"]) == (
        "`checks` 'bacon_decomposition' is of two-way fixed effects of a panel; got "
        "sampling='repeated_cross_sections'. Leave it out, or give each unit its mean of each period."
    )
    gone = data[(data["start"] != 2013) | (data["year"] != 2015)].reset_index(drop=True)
    assert message(DataError, gone) == (
        "Column 'year' must have rows of every cohort in every period; the cohort 2013 has none in 2015. Add them, or "
        "leave out that cohort or that period at the end."
    )
    nobody = data[(data["start"] != 0) | (data["year"] != 2011)].reset_index(drop=True)
    assert "units never treated have none in 2011" in message(DataError, nobody)
    row = int(data.index[data["school"] == 3][4])
    assert message(DataError, data.assign(start=data["start"].where(data.index != row, 2014))) == (
        f"Column 'start' must be constant within each unit of column 'school'; 1 unit changed, the first at row "
        f"{row + 1}. Give each unit one period from which it is treated."
    )
    split = data.assign(area=(data["school"] > 12).astype(int).where(data.index != row, 1))
    assert "Use a column of clusters that hold all rows of a unit." in message(DataError, split, cluster="area")
    same = data.assign(w=data["x"].where((data["start"] != 0) | (data["year"] != 2013), 1.0))
    assert message(DataError, same, covariates=["w"]) == (
        "Column 'w' must not be constant or a combination of the other covariates among the controls of the cohort "
        "2013 in 2013; it is. Leave it out of `covariates`."
    )
    assert "separate" in message(DataError, data.assign(w=data["start"] + data["x"]), covariates=["w"])


# --- what covariates use up of the clusters ---------------------------------------------------------------------------


def used(x, clusters):
    """By the estimator's sums, of covariates (n, p)."""
    design = np.column_stack([np.ones(len(x)), x])
    sums = np.array([np.bincount(clusters, column) for column in design.T])
    return used_up(sums[0], sums, design.T @ design)


@given(seed=st.integers(0, 2**31), p=st.integers(1, 3))
def test_the_clusters_that_covariates_use_up(seed, p):
    """Two projections multiplied; the same in other units; and in any order of the clusters."""
    rng = np.random.default_rng(seed)
    clusters = np.concatenate([np.arange(9), rng.integers(0, 9, 40)])
    x = rng.normal(size=(49, p)) + rng.normal(size=(9, p))[clusters]
    found = used(x, clusters)
    assert found == close(used_up_by_projections(np.column_stack([np.ones(49), x]), clusters.tolist()), 1e-10)
    assert 0 < found < p
    assert used(x @ (np.eye(p) + np.tri(p)) * 3 - 1, clusters) == close(found, 1e-8)
    assert used(x, rng.permutation(9)[clusters]) == close(found, 1e-10)


def test_a_covariate_of_clusters_uses_up_one_and_one_within_them_none():
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(8), 5)
    within = np.tile(rng.normal(size=5), 8)
    assert used(rng.normal(size=(8, 2))[clusters], clusters) == close(2, 1e-10)
    assert used(within[:, None], clusters) == close(0, 1e-10)
    assert used(np.column_stack([within, rng.normal(size=8)[clusters]]), clusters) == close(1, 1e-10)
    assert used(rng.normal(size=(40, 3)), np.arange(40)) == 3.0


@pytest.mark.parametrize("variance", ["CR0", "leverage"])
def test_a_covariate_of_schools_is_that_of_a_panel_of_their_means(variance):
    """Estimate, error and degrees of freedom: with as many pupils everywhere it uses up one school."""
    data = even()
    data["x"] = np.random.default_rng(5).normal(size=12)[data["school"]]
    options = {"covariates": "x", "adjustment": "regression", "comparison": "not_yet_treated", "variance": variance}
    found = estimate(data, **options)
    means = data.groupby(["school", "year", "start"], as_index=False)[["y", "x"]].mean()
    panel = estimate(means, sampling="panel", **options)
    known = [label for label in found.labels if isinstance(panel[label].inference, StudentT)]
    assert len(known) >= 3
    for label in known:
        for name in ("treated_mean", "counterfactual_mean", "df"):
            assert getattr(found[label], name) == close(getattr(panel[label], name), 1e-10)


def test_a_covariate_of_pupils_costs_a_cohort_of_five_schools_little():
    """Doubly robust: one degree of freedom for it left a cohort of five at 3, and of four without inference."""
    data = even(m=6, schools=15)
    x = np.tile(np.random.default_rng(6).normal(size=6), len(data) // 6)
    plain = estimate(data)
    alike = estimate(data.assign(x=x), covariates="x")
    for label in plain.labels:
        assert alike[label].df == close(plain[label].df, 0.2)
    apart = estimate(data.assign(x=x + data["school"] % 7 * 0.1), covariates="x")
    for label in plain.labels:
        assert 3 <= apart[label].df < plain[label].df + 1


def test_an_empty_start_beside_a_value_for_never_is_refused_with_what_it_may_mean():
    data = people()
    data["start"] = data["start"].astype(object)
    data.loc[4, "start"] = None
    with pytest.raises(DataError) as refusal:
        estimate(data)
    assert str(refusal.value).startswith(
        "Column 'start' must hold a period, or '0', which `never` names, in every row; 1 row did not, the first at row "
        "5. If empty cells mark units never treated, leave `never` out"
    )

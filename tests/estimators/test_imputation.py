"""Imputation: diff-diff and pyfixest, the letter of the paper, invariances, and every refusal."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st
from oracles.imputation import Imputation

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError
from effekt.result import EffectSet

GOLDENS = Path(__file__).parents[1] / "goldens" / "staggered"
GOLDEN = json.loads((GOLDENS / "imputation.json").read_text(encoding="utf-8"))["cases"]
KINDS = ("simple", "dynamic", "cohort", "calendar")
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "never": 0, "estimator": "imputation"}
NEEDS_DATA = pytest.mark.skipif("EFFEKT_TEST_DATA" not in os.environ, reason="EFFEKT_TEST_DATA is not set")
OPTIONS = {"plain": {}, "clusters": {"cluster": "cluster"}, "anticipation": {"anticipation": 1}, "mpdta": {}}


def close(value, tolerance=1e-8):
    return pytest.approx(value, rel=tolerance, abs=tolerance)


def golden_panel():
    return pd.read_csv(GOLDENS / "panel.csv")


def estimate(data, **options):
    return effekt.staggered_adoption(data, **{**ROLES, **options})


def overall(effects, by):
    found = effects.aggregate(by)
    return found if by == "simple" else found.overall


def pair(effect):
    return effect.estimate, effect.std_error


def table_of(name):
    if name != "mpdta":
        return golden_panel()
    data = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "mpdta.csv")
    return data.rename(columns={"lemp": "y", "countyreal": "unit", "first_treat": "start"})


CASES = [pytest.param(name, marks=NEEDS_DATA if name == "mpdta" else ()) for name in GOLDEN]


# --- other programs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_diff_diff(name):
    golden = GOLDEN[name]
    effects = estimate(table_of(name), variance="CR0", **OPTIONS[name])
    assert set(effects.labels) == set(golden["cells"])
    for label, want in golden["cells"].items():
        assert pair(effects[label]) == close(tuple(want))
    averages = golden["averages"]
    study = effects.aggregate("dynamic")
    assert set(study.labels) == set(averages["dynamic"])
    for label, want in averages["dynamic"].items():
        assert pair(study[label]) == close(tuple(want))
    if name == "anticipation":
        return
    assert pair(effects.aggregate("simple")) == close(tuple(averages["simple"]))
    cohorts = effects.aggregate("cohort")
    assert set(cohorts.labels) == set(averages["cohort"])
    for label, want in averages["cohort"].items():
        assert pair(cohorts[label]) == close(tuple(want))


@pytest.mark.parametrize("name", CASES)
def test_trends_by_pyfixest(name):
    golden = GOLDEN[name]["trends"]
    (found,) = estimate(table_of(name), **OPTIONS[name]).diagnostics
    assert found.table["effect"] == tuple(golden["leads"])
    for value, error, want in zip(
        found.table["estimate"], found.table["std_error"], golden["leads"].values(), strict=True
    ):
        assert (value, error) == close(tuple(want))
    assert found.values["wald"] == close(golden["wald"])
    assert found.status == "ok"


def test_two_stages_of_pyfixest():
    """did2s stops its iterations at about seven digits."""
    assert estimate(golden_panel()).aggregate("simple").estimate == close(GOLDEN["plain"]["did2s"], 1e-6)


# --- the letter of the paper ------------------------------------------------------------------------------------------


def draw(seed, n=36, periods=6, never=True, late=False, clusters=14):
    """Rows, and the same as the oracle's units."""
    rng = np.random.default_rng(seed)
    starts = [2, 3, 3, 5] + [None, None] * never + [periods, periods + 3] * late
    rows, units = [], []
    for i in range(n):
        start, cluster = starts[i % len(starts)], int(rng.integers(0, clusters))
        y = [
            round(float(50 + rng.normal() + 0.5 * t * t - (start is not None and t >= start)), 2)
            for t in range(periods)
        ]
        units.append({"start": start, "y": y, "cluster": cluster})
        rows += [
            {"unit": i, "year": 2010 + t, "start": 0 if start is None else 2010 + start, "y": y[t], "cluster": cluster}
            for t in range(periods)
        ]
    return pd.DataFrame(rows), units


@pytest.mark.parametrize(
    ("seed", "never", "late", "anticipation", "clustered", "variance"),
    [
        (1, True, False, 0, False, "leverage"),
        (2, True, False, 0, True, "CR0"),
        (3, False, False, 0, False, "CR0"),
        (4, False, True, 0, True, "leverage"),
        (5, True, True, 1, True, "leverage"),
        (6, False, True, 1, False, "leverage"),
    ],
)
def test_the_letter_of_the_paper(seed, never, late, anticipation, clustered, variance):
    data, units = draw(seed, n=72 if clustered else 36, never=never, late=late, clusters=40)
    if not clustered:
        units = [{**unit, "cluster": i} for i, unit in enumerate(units)]
    oracle = Imputation(units, anticipation)
    effects = estimate(data, anticipation=anticipation, variance=variance, cluster="cluster" if clustered else None)
    labels = {(g, t): f"({2010 + g}, {2010 + t})" for g, t in oracle.cells}
    assert list(labels.values()) == list(effects.labels)
    parts, known = {}, []
    for cell, label in labels.items():
        mean, imputed, first, second, df = oracle.cell(*cell, variance == "leverage")
        parts[cell] = (first, second)
        assert effects[label].treated_mean == close(mean, 1e-10)
        assert effects[label].counterfactual_mean == close(imputed, 1e-10)
        if isinstance(effects[label].inference, StudentT):
            known.append(cell)
            assert effects[label].df == close(df, 1e-8)
    assert len(known) >= 5
    whole = np.array(effects.covariance)
    for one in known:
        for other in known:
            i, j = effects.labels.index(labels[one]), effects.labels.index(labels[other])
            want = [[sum(a[c] * b[c] for c in oracle.clusters) for b in parts[other]] for a in parts[one]]
            assert whole[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] == close(np.array(want), 1e-10)


@pytest.mark.parametrize(("never", "anticipation", "clustered"), [(True, 0, False), (False, 0, True), (True, 1, True)])
def test_averages_have_the_variance_of_their_own_weights(never, anticipation, clustered):
    """Equation 8 for the weights of the average itself, not for those of its parts."""
    data, units = draw(7 + anticipation, n=60, never=never, clusters=30)
    if not clustered:
        units = [{**unit, "cluster": i} for i, unit in enumerate(units)]
    oracle = Imputation(units, anticipation)
    effects = estimate(data, anticipation=anticipation, variance="CR0", cluster="cluster" if clustered else None)
    after = [(g, t) for g, t in oracle.cells if t >= g]
    value, variance = oracle.conservative(oracle.average(after))
    assert pair(effects.aggregate("simple")) == close((value, math.sqrt(variance)), 1e-10)
    study = effects.aggregate("dynamic")
    for label in study.labels:
        value, variance = oracle.conservative(oracle.average([(g, t) for g, t in oracle.cells if t - g == int(label)]))
        assert pair(study[label]) == close((value, math.sqrt(variance)), 1e-10)
    events = [int(label) for label in study.labels if int(label) >= 0]
    mixed = {}
    for event in events:
        for row, w in oracle.average([(g, t) for g, t in oracle.cells if t - g == event]).items():
            mixed[row] = w / len(events)
    value, variance = oracle.conservative(mixed)
    assert pair(study.overall) == close((value, math.sqrt(variance)), 1e-10)


@pytest.mark.parametrize(("never", "anticipation", "count"), [(True, 0, 4), (False, 0, 3), (True, 1, 3)])
def test_the_test_of_trends_is_that_of_the_paper(never, anticipation, count):
    data, units = draw(11, never=never)
    oracle = Imputation(units, anticipation)
    (found,) = estimate(data, anticipation=anticipation, cluster="cluster").diagnostics
    gamma, covariance = oracle.leads(count)
    assert found.table["effect"] == tuple(str(-anticipation - p) for p in range(1, count + 1))
    assert np.array(found.table["estimate"]) == close(gamma, 1e-9)
    assert np.array(found.table["std_error"]) == close(np.sqrt(np.diag(covariance)), 1e-9)
    assert found.values["wald"] == close(float(gamma @ np.linalg.solve(covariance, gamma)), 1e-8)
    adopting = {unit["cluster"] for unit in units if unit["start"] is not None}
    assert found.values["df_denominator"] == len(adopting) - count


def test_one_adoption_date_is_difference_in_differences():
    """With one cohort and two periods the means, the CR2 covariance and Welch's df are those of the comparison."""
    data = golden_panel()
    data = data[data["year"].isin([2013, 2014]) & data["start"].isin([0, 2014])]
    one, other = (estimate(data, estimator=name)[2014, 2014] for name in ("imputation", "group_time"))
    assert (one.treated_mean, one.counterfactual_mean) == close((other.treated_mean, other.counterfactual_mean), 1e-12)
    assert np.array(one.inference.covariance) == close(np.array(other.inference.covariance), 1e-10)
    assert one.df == close(other.df, 1e-10)


def test_every_law_of_an_effect_holds():
    effects = estimate(golden_panel(), outcome=effekt.Outcome(column="y", unit="days", better="lower"))
    for effect in (effects[2014, 2014], overall(effects, "simple"), effects.aggregate("dynamic")["overall"]):
        assert_valid_effect(effect)


def test_the_set_comes_back_from_its_json():
    effects = estimate(golden_panel(), cluster="cluster")
    again = EffectSet.from_json(effects.to_json())
    assert again == effects
    for by in KINDS:
        assert again.aggregate(by) == effects.aggregate(by) == estimate(golden_panel(), cluster="cluster", aggregate=by)


def test_shares_are_taken_as_given():
    """An average is the combination with fixed weights, and its note says so."""
    effects = estimate(golden_panel())
    found = effects.aggregate("simple")
    sizes = {label: effects[label].sample.n_treated for label in effects.labels}
    total = sum(sizes.values())
    assert pair(found) == close(pair(effects.combine({k: n / total for k, n in sizes.items()})), 1e-12)
    (note,) = [note for note in found.notes if note.code == "given_weights"]
    assert note.text.en == "The cohorts weigh as their shares of the units, and the error takes these shares as given."
    assert note.text.sv == "Kohorterna väger som sina andelar av enheterna, och medelfelet tar andelarna för givna."
    assert not [note for note in found.notes if note.code == "estimated_weights"]


def test_what_is_assumed_and_counted_is_told():
    data = golden_panel()
    effect = estimate(data)[2014, 2015]
    assert effect.notes[0].text.en == (
        "The figure assumes that without the intervention the outcomes of all units would have changed alike, in every "
        "period of the data."
    )
    free = int(((data["start"] == 0) | (data["year"] < data["start"])).sum())
    cohort = int((data["start"] == 2014).sum() / 6)
    sample = effect.sample
    assert (sample.n_obs, sample.n_units, sample.n_treated) == (free + cohort, 120, cohort)
    assert effect.observed.control == close(
        float(data[((data["start"] == 0) | (data["start"] > 2015)) & (data["year"] == 2015)]["y"].mean()), 1e-12
    )
    assert effect.arguments["estimator"] == "imputation"
    assert not {"adjustment", "comparison", "base_period", "covariates"} & set(effect.arguments)


# --- invariances ------------------------------------------------------------------------------------------------------

hundredths = st.integers(-500, 500)
cells = st.lists(hundredths, min_size=14 * 4, max_size=14 * 4)
STARTS = [2012] * 5 + [2013] * 4 + [0] * 5


def small(values, names=None, **options):
    names = list(range(14)) if names is None else names
    data = {
        "unit": [names[i] for i in range(14) for _ in range(4)],
        "year": [2010 + t for _ in range(14) for t in range(4)],
        "start": [start for start in STARTS for _ in range(4)],
        "y": [value / 100 for value in values],
    }
    return estimate(data, **options)


def assert_same(before, after, factor=1.0):
    for label in before.labels:
        one, other = before[label], after[label]
        assert other.estimate == close(factor * one.estimate, 1e-9)
        if isinstance(one.inference, StudentT) and isinstance(other.inference, StudentT):
            assert other.std_error == close(abs(factor) * one.std_error, 1e-7)


VARIANCE = st.sampled_from(["leverage", "CR0"])


@given(
    values=cells,
    effects=st.lists(hundredths, min_size=14, max_size=14),
    years=st.lists(hundredths, min_size=4),
    variance=VARIANCE,
)
def test_unit_and_time_effects_are_nothing(values, effects, years, variance):
    moved = [value + effects[k // 4] + years[k % 4] for k, value in enumerate(values)]
    assert_same(small(values, variance=variance), small(moved, variance=variance))


@given(values=cells, factor=st.sampled_from([-1, 3, 100]), variance=VARIANCE)
def test_another_unit_of_the_outcome_scales_the_effects(values, factor, variance):
    scaled = [value * factor for value in values]
    assert_same(small(values, variance=variance), small(scaled, variance=variance), factor)


@given(values=cells, names=st.permutations(range(14)), variance=VARIANCE)
def test_the_names_of_the_units_are_nothing(values, names, variance):
    assert_same(small(values, variance=variance), small(values, names, variance=variance))


@given(values=cells, effect=hundredths)
def test_an_added_effect_is_found_there_and_nowhere_else(values, effect):
    moved = [value + effect * (k // 4 < 5 and k % 4 == 3) for k, value in enumerate(values)]
    before, after = small(values), small(moved)
    for label in before.labels:
        found = effect / 100 * (label == "(2012, 2013)")
        assert after[label].estimate == close(before[label].estimate + found, 1e-9)
        assert after[label].counterfactual_mean == close(before[label].counterfactual_mean, 1e-9)


@given(values=cells)
def test_what_the_treated_have_moves_no_other_effect(values):
    """No row with treatment is in the regression."""
    moved = [value + 1000 * (STARTS[k // 4] == 2013 and k % 4 == 3) for k, value in enumerate(values)]
    before, after = small(values), small(moved)
    for label in ("(2012, 2012)", "(2012, 2013)"):
        assert pair_of(after[label]) == close(pair_of(before[label]), 1e-9)


def pair_of(effect):
    return effect.estimate, effect.std_error if isinstance(effect.inference, StudentT) else 0.0


def test_order_of_rows_and_the_format_move_no_byte():
    data = golden_panel()
    want = estimate(data, cluster="cluster").to_json()
    for seed in range(5):
        order = list(range(len(data)))
        random.Random(seed).shuffle(order)
        assert estimate(data.iloc[order], cluster="cluster").to_json() == want
    assert estimate(GOLDENS / "panel.csv", cluster="cluster").to_json() == want


def test_hash_seed_and_threads_move_no_byte():
    code = (
        "import effekt, sys; e = effekt.staggered_adoption(sys.argv[1], outcome='y', unit='unit', time='year', "
        "start='start', never=0, estimator='imputation'); print(e.to_json()); print(e.aggregate('dynamic').to_json())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(GOLDENS / "panel.csv")],
            env=os.environ | {"PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for seed, threads in (("0", "1"), ("7", "2"))
    }
    assert len(found) == 1


# --- who is in it -----------------------------------------------------------------------------------------------------


def test_periods_in_which_all_are_treated_have_no_effect_and_are_named():
    data = golden_panel()
    effects = estimate(data[data["start"] > 0])
    assert effects.labels == ("(2013, 2013)", "(2013, 2014)", "(2013, 2015)", "(2014, 2014)", "(2014, 2015)")
    (note,) = [note for note in effects.notes if note.code == "no_controls"]
    assert note.text.en == (
        "No unit was left to compare with, so there is no effect for (2013, 2016), (2014, 2016) and (2016, 2016)."
    )


@pytest.mark.parametrize("anticipation", [0, 1])
@pytest.mark.parametrize("options", [{}, {"estimator": "group_time", "comparison": "not_yet_treated"}])
@pytest.mark.parametrize("without", [(), (2013,)])
def test_averages_say_how_many_of_the_periods_they_leave_out(anticipation, options, without):
    """Counted from the labels: the treated periods of all cohorts less those that have an effect."""
    data = golden_panel()
    data = data[(data["start"] > 0) & ~data["start"].isin(without)]
    effects = estimate(data, anticipation=anticipation, **options)
    cells = {(g, t) for g in set(data["start"]) for t in range(g, 2017) if g - anticipation > data["year"].min()}
    lost = {cell for cell in cells if f"({cell[0]}, {cell[1]})" not in effects.labels}
    assert lost
    found = {by: effects.aggregate(by) for by in KINDS}

    def said(effect, members, gone):
        en, sv = effect.estimand.population.en, effect.estimand.population.sv
        if not gone:
            assert "without" not in en
            assert "utan " not in sv
            return
        assert en.endswith(
            f" (without {gone} of {members} combinations of cohort and period, for which nobody was left to compare "
            "with)"
        )
        assert sv.endswith(
            f" (utan {gone} av {members} kombinationer av kohort och period, där ingen återstod att jämföra med)"
        )

    of = {"dynamic": lambda g, t: t - g, "cohort": lambda g, t: g, "calendar": lambda g, t: t}
    for by, effect in found.items():
        said(effect if by == "simple" else effect.overall, len(cells), len(lost))
        for label in () if by == "simple" else effect:
            if int(label) < 0:
                said(effect[label], 0, 0)
                continue
            own = {cell for cell in cells if of[by](*cell) == int(label)}
            said(effect[label], len(own), len(own & lost))


def test_averages_of_all_periods_say_nothing_of_the_kind():
    effects = estimate(golden_panel())
    assert effects.aggregate("simple").estimand.population.en == "all treated unit-periods, each weighing the same"


def test_a_unit_that_lacks_a_period_is_left_out_whole():
    data = golden_panel()
    holes = data[~((data["unit"] == 3) & (data["year"] == 2012))]
    effects = estimate(holes, missing="drop")
    assert effects.covariance == estimate(data[data["unit"] != 3]).covariance
    assert effects[2014, 2014].sample.n_dropped == 5
    (note,) = effects.notes
    assert note.text.en == "1 unit that lacks a period was left out whole."
    assert note.text.sv == "1 enhet som saknar någon period har lämnats utanför helt."
    with pytest.raises(DataError, match="must name units seen in every period; 1 unit lacked some"):
        estimate(holes)


def test_always_treated_units_are_left_out_and_counted():
    data = golden_panel()
    early = data["unit"] <= 5
    effects = estimate(data.assign(start=data["start"].where(~early, 2011)))
    assert effects.covariance == estimate(data[~early]).covariance
    (note,) = effects.notes
    assert note.text.en == "5 units without a period before treatment and its anticipation were left out."


def test_a_trend_before_treatment_is_found():
    data = golden_panel()
    data["y"] += (data["start"] > 0) * 2.0 * (data["year"] - data["start"])
    (found,) = estimate(data).diagnostics
    assert found.status == "warning"
    assert found.statement.en.startswith("There is evidence against parallel trends before treatment (4 effects, p")


def test_no_more_periods_are_tested_than_half_of_the_degrees_of_freedom():
    data = effekt.datasets.staggered_panel(rng=7, n_units=12, n_periods=11, starts=(2018, 2020), share=0.3).table
    columns = {"outcome": "outcome", "unit": "unit", "time": "year", "start": "start"}
    effects = effekt.staggered_adoption(data, **columns, estimator="imputation")
    adopting = effects.group_times.sizes
    (found,) = effects.diagnostics
    assert found.values["n_effects"] == (sum(adopting) - 1) // 2
    assert found.table["effect"][:2] == ("-1", "-2")


def test_declared_anticipation_is_not_tested_as_a_trend():
    data = golden_panel()
    data.loc[(data["start"] > 0) & (data["year"] == data["start"] - 1), "y"] += 50
    assert estimate(data).diagnostics[0].status == "warning"
    assert estimate(data, anticipation=1).diagnostics[0].status == "ok"


def test_a_single_period_before_leaves_nothing_to_test():
    data = golden_panel()
    (found,) = estimate(data[(data["year"] >= 2013) & data["start"].isin([0, 2014])]).diagnostics
    assert found.status == "information"
    assert found.statement.en == (
        "There is no second period before treatment, so nothing can be said about trends before it."
    )


def test_no_variation_is_no_certainty():
    data = golden_panel()
    data["y"] = data["unit"] * 10.1 + data["year"] * 0.3 - 1.7 * ((data["start"] > 0) & (data["year"] >= data["start"]))
    effects = estimate(data)
    assert effects[2014, 2014].estimate == close(-1.7)
    assert isinstance(effects[2014, 2014].inference, Unavailable)
    assert effects.diagnostics[0].status == "information"


@pytest.mark.parametrize("variance", ["leverage", "CR0"])
def test_a_small_cohort_has_an_estimate_without_inference(variance):
    data = golden_panel()
    gone = data["unit"].isin(data.loc[data["start"] == 2013, "unit"].unique()[1:])
    effects = estimate(data[~gone], variance=variance)
    with pytest.raises(InferenceUnavailableError, match="the cohort has one"):
        effects[2013, 2014].p_value()
    assert isinstance(effects[2014, 2014].inference, StudentT)
    assert isinstance(overall(effects, "simple").inference, Unavailable)
    assert math.isfinite(overall(effects, "simple").estimate)


# --- bad input --------------------------------------------------------------------------------------------------------

BAD = {
    "adjustment": (
        {"adjustment": "regression"},
        "`adjustment` must be left out with estimator='imputation', which fits all rows without treatment; got "
        "'regression'. Leave it out, or pass estimator='group_time'.",
    ),
    "comparison": (
        {"comparison": "never_treated"},
        "`comparison` must be left out with estimator='imputation', which fits all rows without treatment; got "
        "'never_treated'. Leave it out, or pass estimator='group_time'.",
    ),
    "base_period": (
        {"base_period": "varying"},
        "`base_period` must be left out with estimator='imputation', which fits all rows without treatment; got "
        "'varying'. Leave it out, or pass estimator='group_time'.",
    ),
    "covariates": (
        {"covariates": ["x", "z"]},
        "`covariates` must be left out with estimator='imputation': they are constant within units, and so are the "
        "unit effects that it fits; got 'x' and 'z'. Leave them out, or pass estimator='group_time'.",
    ),
    "another word": (
        {"estimator": "imputing"},
        "`estimator` must be 'group_time' or 'imputation'; got 'imputing'. Did you mean 'imputation'?",
    ),
    "another variance": ({"variance": "HC2"}, "`variance` must be 'leverage', 'CR0' or 'CR3'; got 'HC2'."),
    "a negative anticipation": (
        {"anticipation": -1},
        "`anticipation` must be an integer of at least 0; got -1.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options_are_refused_in_one_sentence(case):
    options, sentence = BAD[case]
    with pytest.raises(ArgumentError) as refusal:
        estimate(golden_panel(), **options)
    assert str(refusal.value) == sentence


def test_one_cohort_alone_is_refused():
    with pytest.raises(DataError) as refusal:
        estimate(golden_panel().query("start == 2013"))
    assert str(refusal.value) == (
        "Column 'start' must leave units to compare with, not yet treated; there are none. Add units that adopt later "
        "or never."
    )


def test_the_other_test_of_trends_is_refused():
    with pytest.raises(ArgumentError) as refusal:
        effekt.diagnostics.pretrends(estimate(golden_panel()))
    assert str(refusal.value) == (
        "`effects` must have periods before treatment; imputation gives none, and tests trends by the rows without "
        "treatment instead. Read `effects.diagnostics`."
    )


def test_bounds_on_trends_need_periods_before():
    with pytest.raises(ArgumentError) as refusal:
        effekt.diagnostics.event_arrays(estimate(golden_panel(), anticipation=1).aggregate("dynamic"))
    assert str(refusal.value) == (
        "`effects` must be compared with one period before adoption; imputed ones are compared with all of them. Pass "
        "estimator='group_time' and base_period='universal' to `staggered_adoption`."
    )


def test_bands_hold_for_an_event_study_of_imputed_effects():
    study = estimate(golden_panel()).aggregate("dynamic")
    bands = effekt.diagnostics.uniform_bands(study, rng=1)
    assert bands.values["critical"] > bands.values["pointwise"]

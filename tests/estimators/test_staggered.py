"""Staggered adoption: published figures, other packages, the letter of the papers, invariances, and every refusal."""

from __future__ import annotations

import csv
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
from oracles.staggered import Staggered

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError
from effekt.independent.panels.adoption_panel import start_of
from effekt.result import EffectSet

GOLDENS = Path(__file__).parents[1] / "goldens" / "staggered"
GOLDEN = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))["csdid"]
OTHER = json.loads((GOLDENS / "differences.json").read_text(encoding="utf-8"))["differences"]
METHODS = {"dr": "doubly_robust", "reg": "regression", "ipw": "inverse_probability"}
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
KINDS = ("simple", "dynamic", "cohort", "calendar")
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "never": 0}
NEEDS_DATA = pytest.mark.skipif("EFFEKT_TEST_DATA" not in os.environ, reason="EFFEKT_TEST_DATA is not set")


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


# --- csdid, differences and the published table -----------------------------------------------------------------------


def assert_golden(name, effects):
    """csdid to 1e-8, and differences, whose logit stops so that errors with a propensity are told to 1e-7."""
    assert_numbers(effects, GOLDEN[name], 1e-8)
    assert_numbers(effects, OTHER[name], 1e-8 if name.split()[-1] != "covariates" or name.startswith("reg") else 1e-7)


def assert_numbers(effects, golden, errors):
    def same(effect, want):
        assert effect.estimate == close(want[0])
        assert effect.std_error == close(want[1], errors)

    assert set(effects.labels) == set(golden["effects"])
    for label, want in golden["effects"].items():
        same(effects[label], want)
    for by in KINDS:
        same(overall(effects, by), golden["aggregates"][by]["overall"])
        if by == "simple":
            continue
        found = effects.aggregate(by)
        assert set(found.labels) == set(golden["aggregates"][by]["members"])
        for label, want in golden["aggregates"][by]["members"].items():
            same(found[label], want)


@pytest.mark.parametrize("name", sorted(name for name in GOLDEN if not name.startswith("mpdta")))
def test_csdid_and_differences(name):
    words = name.split()
    anticipation = int(words[-1] == "anticipation")
    effects = estimate(
        golden_panel(),
        adjustment=METHODS[words[0]],
        comparison=CONTROLS[words[1]],
        base_period="varying" if anticipation else words[2],
        covariates=["x", "z"] if words[-1] == "covariates" else (),
        anticipation=anticipation,
        variance="CR0",
    )
    assert_golden(name, effects)


def mpdta(**options):
    data = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "mpdta.csv")
    roles = {"outcome": "lemp", "unit": "countyreal", "time": "year", "start": "first_treat", "never": 0}
    return effekt.staggered_adoption(data, **{**roles, "variance": "CR0", **options})


@NEEDS_DATA
@pytest.mark.parametrize("name", ["dr", "reg", "ipw", "plain"])
def test_minimum_wages_by_csdid_and_differences(name):
    method = METHODS.get(name, "doubly_robust")
    assert_golden(f"mpdta {name}", mpdta(adjustment=method, covariates=() if name == "plain" else "lpop"))


@NEEDS_DATA
def test_minimum_wages_as_published():
    """The table of the R package did: group-time effects, aggregates, and the chi-squared pre-test, p = 0.16812."""
    effects = mpdta()
    published = {
        (2004, 2004): (-0.0105, 0.0233),
        (2004, 2005): (-0.0704, 0.0310),
        (2004, 2006): (-0.1373, 0.0364),
        (2004, 2007): (-0.1008, 0.0344),
    }
    for label, (value, error) in published.items():
        assert round(effects[label].estimate, 4) == value
        assert round(effects[label].std_error, 4) == error
    assert [round(v, 4) for v in pair(overall(effects, "simple"))] == [-0.0400, 0.0120]
    assert round(overall(effects, "dynamic").estimate, 4) == -0.0772
    assert round(overall(effects, "cohort").estimate, 4) == -0.0310
    assert round(overall(effects, "calendar").estimate, 4) == -0.0417
    (found,) = effects.diagnostics
    from scipy.special import chdtrc

    assert round(float(chdtrc(5, found.values["wald"])), 5) == 0.16812
    assert found.status == "ok"


def test_the_golden_panel_is_what_its_generator_says():
    with (GOLDENS / "panel.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 720
    assert {row["start"] for row in rows} == {"0", "2013", "2014", "2016"}
    assert len({row["cluster"] for row in rows}) == 24


# --- the letter of the papers -----------------------------------------------------------------------------------------


def draw(seed, n=60, periods=5, late=False):
    """Rows, and the same as the oracle's units."""
    rng = np.random.default_rng(seed)
    starts = [1, 2, 3, 3, None, None] + ([periods + 2] if late else [])
    rows, units = [], []
    for i in range(n):
        start, x = starts[i % len(starts)], [round(float(rng.normal()), 2), float(rng.integers(0, 2))]
        y = [
            round(float(5 + rng.normal() + 0.5 * t + 0.2 * t * x[0] - (start is not None and t >= start)), 2)
            for t in range(periods)
        ]
        cluster = int(rng.integers(0, 30))
        kept = None if start is None or start >= periods else start
        units.append({"start": kept, "y": y, "x": x, "cluster": cluster})
        for t in range(periods):
            rows.append(
                {
                    "unit": i,
                    "year": 2010 + t,
                    "start": 0 if start is None else 2010 + start,
                    "y": y[t],
                    "x": x[0],
                    "z": x[1],
                    "cluster": cluster,
                }
            )
    return pd.DataFrame(rows), units


@pytest.mark.parametrize("method", METHODS.values())
@pytest.mark.parametrize("comparison", CONTROLS.values())
@pytest.mark.parametrize(
    ("base", "anticipation", "clustered", "variance", "late"),
    [
        ("varying", 0, False, "leverage", False),
        ("universal", 0, True, "leverage", True),
        ("varying", 1, True, "CR0", False),
        ("universal", 1, False, "CR0", True),
    ],
)
def test_the_letter_of_the_papers(method, comparison, base, anticipation, clustered, variance, late):
    data, units = draw(sum(map(len, (method, comparison, base))) + anticipation, late=late)
    effects = estimate(
        data,
        adjustment=method,
        comparison=comparison,
        base_period=base,
        anticipation=anticipation,
        variance=variance,
        covariates=["x", "z"],
        cluster="cluster" if clustered else None,
    )
    kept = [unit for unit in units if unit["start"] is None or unit["start"] > anticipation]
    if not clustered:
        kept = [{**unit, "cluster": i} for i, unit in enumerate(kept)]
    oracle = Staggered(kept, method, comparison, base, anticipation, variance == "leverage")
    labels = {cell: f"({2010 + cell[0]}, {2010 + cell[1]})" for cell in oracle.cells}
    assert list(labels.values()) == list(effects.labels)
    known = [cell for cell in oracle.cells if isinstance(effects[labels[cell]].inference, StudentT)]
    assert len(known) >= 4
    for cell, (mean, counterfactual, *_, df) in oracle.cells.items():
        effect = effects[labels[cell]]
        assert effect.treated_mean == close(mean, 1e-10)
        assert effect.counterfactual_mean == close(counterfactual, 1e-10)
        if cell in known:
            assert effect.df == close(df, 1e-8)
    whole = np.array(effects.covariance)
    for one in known:
        for other in known:
            i, j = effects.labels.index(labels[one]), effects.labels.index(labels[other])
            assert whole[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] == close(np.array(oracle.covariance(one, other)), 1e-9)
    for by in KINDS:
        assert_aggregate(effects, by, *oracle.aggregate(by))


def assert_aggregate(effects, by, members, total):
    """Every member and the overall average, with their errors where there are any."""
    found = effects.aggregate(by)
    pairs = [(overall(effects, by), total)]
    if by != "simple":
        pairs += zip(found.effects, members.values(), strict=True)
    for effect, (value, error) in pairs:
        assert effect.estimate == close(value, 1e-10)
        if isinstance(effect.inference, StudentT):
            assert effect.std_error == close(error, 1e-9)


def test_one_adoption_date_is_difference_in_differences():
    """With one cohort and two periods the effect and its CR2 error are those of the other function."""
    data = golden_panel()
    data = data[data["year"].isin([2013, 2014]) & data["start"].isin([0, 2014])]
    data["d"] = ((data["start"] > 0) & (data["year"] >= data["start"])).astype(int)
    other = effekt.difference_in_differences(data, outcome="y", unit="unit", time="year", treatment="d")
    one = estimate(data)[2014, 2014]
    assert pair(one) == close(pair(other), 1e-10)
    assert np.array(one.inference.covariance) == close(np.array(other.inference.covariance), 1e-10)
    wide = data.pivot_table(index=["unit", "start"], columns="year", values="y").reset_index()
    changes = {"change": (wide[2014] - wide[2013]).tolist(), "treated": (wide["start"] > 0).astype(int).tolist()}
    welch = effekt.randomized_trial(changes, outcome="change", treatment="treated", variance="welch")
    assert (one.std_error, one.df) == close((welch.std_error, welch.df), 1e-10)
    for by in KINDS:
        assert pair(overall(estimate(data), by)) == close(pair(other), 1e-10)


def test_every_law_of_an_effect_holds():
    effects = estimate(golden_panel(), outcome=effekt.Outcome(column="y", unit="days", better="lower"))
    assert effects[np.int64(2014), np.int64(2014)] == effects[2014, 2014]
    for effect in (effects[2014, 2014], overall(effects, "simple"), effects.aggregate("dynamic")["overall"]):
        assert_valid_effect(effect)


def test_the_set_comes_back_from_its_json():
    effects = estimate(golden_panel(), covariates="x")
    again = EffectSet.from_json(effects.to_json())
    assert again == effects
    for by in KINDS:
        assert again.aggregate(by) == effects.aggregate(by)
        assert effekt.read_result(effects.aggregate(by).to_json()) == effects.aggregate(by)
    assert effects.public().aggregate("simple") == overall(effects, "simple")


def test_an_aggregate_is_the_combination_where_weights_are_fixed():
    """Within a cohort the weights do not depend on its size, so nothing is added for them."""
    effects = estimate(golden_panel())
    own = effects.aggregate("cohort")["2014"]
    fixed = effects.combine({f"(2014, {year})": "1/3" for year in (2014, 2015, 2016)})
    assert pair(own) == close(pair(fixed), 1e-12)
    assert fixed.sample.n_units is None


def test_the_aggregate_can_be_asked_for_at_once():
    for by in KINDS:
        assert estimate(golden_panel(), aggregate=by) == estimate(golden_panel()).aggregate(by)


def test_the_members_of_an_event_study_and_its_overall_are_joint():
    found = estimate(golden_panel()).aggregate("dynamic")
    weights = dict.fromkeys(("0", "1", "2", "3"), "1/4")
    assert pair(found.combine(weights)) == close(pair(found.overall), 1e-12)


@pytest.mark.parametrize("comparison", CONTROLS.values())
@pytest.mark.parametrize("clustered", [False, True])
def test_cr3_is_the_jackknife(comparison, clustered):
    """What leaving out each cluster moves an effect by, squared and added up; clusters that hold both arms as well."""
    data, _ = draw(7)
    data = data.assign(cluster=data["cluster"] if clustered else data["unit"])
    options = {"cluster": "cluster", "comparison": comparison}
    effects, free = (estimate(data, variance=name, **options) for name in ("CR3", "leverage"))
    without = [estimate(data[data["cluster"] != one], **options) for one in sorted(data["cluster"].unique())]
    known = [label for label in effects.labels if isinstance(effects[label].inference, StudentT)]
    assert len(known) >= 4
    for label in known:
        moved = [one[label].estimate - effects[label].estimate for one in without]
        assert effects[label].std_error == close(math.sqrt(math.fsum(value**2 for value in moved)), 1e-8)
        assert effects[label].std_error > free[label].std_error


# --- invariances ------------------------------------------------------------------------------------------------------

hundredths = st.integers(-500, 500)
cells = st.lists(hundredths, min_size=14 * 4, max_size=14 * 4)


def small(values, **options):
    starts = [2012] * 5 + [2013] * 4 + [0] * 5
    data = {
        "unit": [i for i in range(14) for _ in range(4)],
        "year": [2010 + t for _ in range(14) for t in range(4)],
        "start": [start for start in starts for _ in range(4)],
        "y": [value / 100 for value in values],
    }
    return estimate(data, **options)


def assert_same(before, after, factor=1.0, shift=0.0):
    for label in before.labels:
        one, other = before[label], after[label]
        assert other.estimate == close(factor * one.estimate + shift, 1e-9)
        if isinstance(one.inference, StudentT) and isinstance(other.inference, StudentT):
            assert other.std_error == close(abs(factor) * one.std_error, 1e-7)


VARIANTS = st.sampled_from(
    [
        {},
        {"variance": "CR0"},
        {"variance": "CR3"},
        {"base_period": "universal"},
        {"comparison": "not_yet_treated", "anticipation": 1},
        {"estimator": "imputation"},
    ]
)


@given(
    values=cells,
    effects=st.lists(hundredths, min_size=14, max_size=14),
    years=st.lists(hundredths, min_size=4),
    options=VARIANTS,
)
def test_unit_and_time_effects_are_nothing(values, effects, years, options):
    moved = [value + effects[k // 4] + years[k % 4] for k, value in enumerate(values)]
    assert_same(small(values, **options), small(moved, **options))


@given(values=cells, factor=st.sampled_from([-1, 3, 100]), options=VARIANTS)
def test_another_unit_of_the_outcome_scales_the_effects(values, factor, options):
    assert_same(small(values, **options), small([value * factor for value in values], **options), factor)


@given(values=cells, names=st.permutations(range(14)), options=VARIANTS)
def test_the_names_of_the_units_are_nothing(values, names, options):
    before = small(values, **options)
    rows = [
        (names[k // 4], 2010 + k % 4, ([2012] * 5 + [2013] * 4 + [0] * 5)[k // 4], value / 100)
        for k, value in enumerate(values)
    ]
    data = dict(zip(("unit", "year", "start", "y"), map(list, zip(*rows, strict=True)), strict=True))
    assert_same(before, estimate(data, **options))


@given(values=cells, effect=hundredths)
def test_an_added_effect_is_found(values, effect):
    moved = [value + effect * (k // 4 < 5 and k % 4 >= 2) for k, value in enumerate(values)]
    before, after = small(values), small(moved)
    for label in ("(2012, 2012)", "(2012, 2013)"):
        assert after[label].estimate == close(before[label].estimate + effect / 100, 1e-9)
        assert after[label].counterfactual_mean == close(before[label].counterfactual_mean, 1e-9)


def test_scale_and_origin_of_a_covariate_are_nothing():
    data = golden_panel()
    for method in METHODS.values():
        before = estimate(data, covariates=["x", "z"], adjustment=method)
        after = estimate(data.assign(x=1000 + 7 * data["x"]), covariates=["z", "x"], adjustment=method)
        assert_same(before, after)


def test_without_covariates_the_methods_are_one():
    found = [estimate(golden_panel(), adjustment=method) for method in METHODS.values()]
    assert found[0].covariance == found[1].covariance == found[2].covariance


def test_order_of_rows_and_the_format_move_no_byte():
    data = golden_panel()
    want = estimate(data, covariates=["x", "z"], cluster="cluster").to_json()
    for seed in range(5):
        order = list(range(len(data)))
        random.Random(seed).shuffle(order)
        assert estimate(data.iloc[order], covariates=["x", "z"], cluster="cluster").to_json() == want
    assert estimate(GOLDENS / "panel.csv", covariates=["x", "z"], cluster="cluster").to_json() == want


def test_hash_seed_and_threads_move_no_byte():
    code = (
        "import effekt, sys; e = effekt.staggered_adoption(sys.argv[1], outcome='y', unit='unit', time='year', "
        "start='start', never=0, covariates=['x', 'z']); "
        "print(e.to_json()); print(e.aggregate('dynamic').to_json()); "
        "print(effekt.diagnostics.uniform_bands(e.aggregate('dynamic'), rng=1).to_json())"
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


def without_rows(data, mask):
    return data[~mask].reset_index(drop=True)


def test_empty_cells_and_a_named_value_mark_the_never_treated_alike():
    data = golden_panel()
    want = estimate(data)
    empty = data.assign(start=data["start"].where(data["start"] > 0))
    assert estimate(empty, never=None).covariance == want.covariance
    assert estimate(data.assign(start=data["start"].astype(str).replace("0", "aldrig")), never="aldrig").covariance == (
        want.covariance
    )


def test_always_treated_units_are_left_out_and_counted():
    data = golden_panel()
    early = data["unit"] <= 5
    changed = data.assign(start=data["start"].where(~early, 2011))
    effects, rest = estimate(changed), estimate(without_rows(data, early))
    assert effects.covariance == rest.covariance
    assert effects[2014, 2014].sample.n_dropped == 30
    (note,) = effects.notes
    assert note.text.en == "5 units without a period before treatment and its anticipation were left out."
    assert note.text.sv == "5 enheter utan någon period före behandlingen och dess förväntan har lämnats utanför."


def test_units_treated_after_the_end_are_never_treated_here():
    data = golden_panel()
    late = data["unit"].isin(data.loc[data["start"] == 0, "unit"].unique()[:3])
    effects = estimate(data.assign(start=data["start"].where(~late, 2020)))
    assert effects.covariance == estimate(data).covariance
    assert effects.notes[0].text.en == "3 units whose treatment starts after the last period count as never treated."


def test_periods_without_controls_have_no_effect():
    data = golden_panel()
    data = without_rows(data, data["start"] == 0)
    effects = estimate(data, comparison="not_yet_treated")
    assert {label for label in effects.labels if label.startswith("(2016")} == {
        f"(2016, {year})" for year in (2012, 2013)
    }
    assert "(2014, 2016)" not in effects.labels
    (note,) = [note for note in effects.notes if note.code == "no_controls"]
    assert "(2016, 2016)" in note.text.en


def test_a_unit_that_lacks_a_period_is_left_out_whole():
    data = golden_panel()
    holes = without_rows(data, (data["unit"] == 3) & (data["year"] == 2012))
    effects = estimate(holes, missing="drop")
    assert effects.covariance == estimate(without_rows(data, data["unit"] == 3)).covariance
    assert effects[2014, 2014].sample.n_dropped == 5
    (note,) = effects.notes
    assert note.text.en == "1 unit that lacks a period was left out whole."


def test_a_single_period_before_leaves_nothing_to_test():
    data = golden_panel()
    effects = estimate(data[(data["year"] >= 2013) & data["start"].isin([0, 2014])])
    assert effects.labels == ("(2014, 2014)", "(2014, 2015)", "(2014, 2016)")
    assert effects.diagnostics[0].status == "information"
    assert effects.diagnostics[0].statement.en == (
        "There is no second period before treatment, so nothing can be said about trends before it."
    )
    assert [note.code for note in effects.notes] == ["one_period_before"]
    assert effects.notes[0].text.en.startswith("Only one period lies before the intervention.")


@pytest.mark.parametrize("estimator", ["group_time", "imputation"])
def test_the_cohort_with_a_single_period_before_is_named_among_the_others(estimator):
    data = golden_panel()
    data = data[data["year"] >= 2012]
    (note,) = estimate(data, estimator=estimator).notes
    assert note.code == "one_period_before"
    assert note.text.en == (
        "Of 3 cohorts, that of 2013 has only one period before its treatment and anticipation. Whether it changed as "
        "those it is compared with until then cannot be seen, and what was by chance in that period is part of its "
        "figures."
    )
    assert note.text.sv.startswith("Av 3 kohorter har den från 2013 bara en period före sin behandling och förväntan.")
    assert note in overall(estimate(data, estimator=estimator), "simple").notes
    assert estimate(data[data["start"] != 2013], estimator=estimator).notes == ()
    named = estimate(data[data["start"] != 2013], estimator=estimator, anticipation=1).notes
    assert [one.text.en[:28] for one in named] == ["Of 2 cohorts, that of 2014 h"]


def test_declared_anticipation_is_not_tested_as_a_trend():
    data = golden_panel()
    data.loc[(data["start"] > 0) & (data["year"] == data["start"] - 1), "y"] += 50
    assert estimate(data).diagnostics[0].status == "warning"
    found = estimate(data, anticipation=1).diagnostics[0]
    assert found.status == "ok"
    assert not any(label in found.table["effect"] for label in ("(2014, 2013)", "(2016, 2015)"))


# --- small groups -----------------------------------------------------------------------------------------------------

SMALL = {
    "one unit": (
        1,
        "Cluster-robust inference needs at least two clusters in each group; the cohort has one.",
        "Klusterrobust inferens kräver minst två kluster i varje grupp; kohorten har ett.",
    ),
    "three units": (
        3,
        "The smaller group is worth 3.00 equal clusters (less the covariates); below 4 a t reference cannot be relied "
        "on.",
        "Den mindre gruppen är värd 3,00 lika stora kluster (minus bakgrundsvariablerna); under 4 går det inte att "
        "lita på t-fördelningen.",
    ),
}


@pytest.mark.parametrize("variance", ["leverage", "CR0"])
@pytest.mark.parametrize("case", SMALL)
def test_a_small_cohort_has_an_estimate_without_inference(case, variance):
    count, en, sv = SMALL[case]
    data = golden_panel()
    gone = data["unit"].isin(data.loc[data["start"] == 2013, "unit"].unique()[count:])
    effects = estimate(without_rows(data, gone), variance=variance)
    with pytest.raises(InferenceUnavailableError) as refusal:
        effects[2013, 2014].p_value()
    more = (
        "For few clusters inference='permutation' tests the average of all effects, and `event_study` of one cohort "
        "beside the units never treated that cohort."
    )
    mer = (
        "För få kluster prövar inference='permutation' medelvärdet av alla effekter, och `event_study` av en kohort "
        "bredvid enheter som aldrig behandlas den kohorten."
    )
    assert (str(refusal.value), refusal.value.sv) == (f"{en} {more}", f"{sv} {mer}")
    assert isinstance(effects[2014, 2014].inference, StudentT)
    assert isinstance(overall(effects, "simple").inference, Unavailable)
    assert isinstance(effects.aggregate("cohort")["2014"].inference, StudentT)
    assert_valid_effect(overall(effects, "simple"))
    assert math.isfinite(overall(effects, "simple").estimate)


def test_where_all_are_treated_the_remedy_is_beside_those_treated_later():
    """And it works: the cohort's effects by `event_study` are these, and have a p of their own."""
    data = golden_panel()
    data = data[data["start"].isin([2013, 2016])]
    few = data[~data["unit"].isin(data.loc[data["start"] == 2013, "unit"].unique()[2:])]
    effects = estimate(few, comparison="not_yet_treated", base_period="universal")
    with pytest.raises(InferenceUnavailableError) as refusal:
        effects[2013, 2014].p_value()
    assert str(refusal.value).endswith(
        "For few clusters inference='permutation' tests the average of all effects, and `event_study` one cohort: pass "
        "it that and the units treated later, with only the periods before these are treated or may anticipate it, as "
        "no units are never treated."
    )
    assert refusal.value.sv.endswith(
        "med bara perioderna innan dessa behandlas eller kan förvänta sig det, eftersom alla enheter behandlas."
    )
    before = few[few["year"] < 2016].assign(d=lambda own: (own["year"] >= own["start"]).astype(int))
    columns = {"outcome": "y", "unit": "unit", "time": "year", "treatment": "d"}
    study = effekt.event_study(before, **columns, inference="permutation", rng=1)
    assert study["1"].estimate == close(effects[2013, 2014].estimate)
    assert 0 < study["1"].p_value() < 1


def test_cr2_is_called_leverage_here():
    with pytest.raises(ArgumentError) as refusal:
        estimate(golden_panel(), variance="CR2")
    assert str(refusal.value) == (
        "`variance` must be 'leverage', 'CR0' or 'CR3'; got 'CR2'. Pass 'leverage', which is CR2 where there are no "
        "covariates and estimator='group_time'."
    )


def test_no_variation_is_no_certainty():
    data = golden_panel()
    data["y"] = data["unit"] * 10.1 + data["year"] * 0.3 - 1.7 * ((data["start"] > 0) & (data["year"] >= data["start"]))
    effect = estimate(data)[2014, 2014]
    assert effect.estimate == close(-1.7)
    assert isinstance(effect.inference, Unavailable)


# --- bands ------------------------------------------------------------------------------------------------------------


def test_uniform_bands_are_those_of_the_joint_distribution():
    """Against the same quantile of multipliers of the influence functions, which have the same covariance."""
    found = estimate(golden_panel()).aggregate("dynamic")
    bands = effekt.diagnostics.uniform_bands(found, rng=1, draws=19_999)
    across = np.kron(np.eye(len(found)), [1.0, -1.0])
    covariance = across @ np.array(found.covariance) @ across.T
    errors = np.sqrt(np.diag(covariance))
    rng, df = np.random.default_rng(2), min(effect.df for effect in found.effects)
    root = np.linalg.cholesky(covariance)
    drawn = (
        rng.standard_normal((200_000, len(found))) @ root.T / errors * np.sqrt(df / rng.chisquare(df, 200_000))[:, None]
    )
    assert bands.values["critical"] == pytest.approx(float(np.quantile(np.abs(drawn).max(axis=1), 0.95)), rel=0.02)
    assert bands.values["critical"] > bands.values["pointwise"]
    for label, low, high in zip(bands.table["effect"], bands.table["low"], bands.table["high"], strict=True):
        own = found[label].confidence_interval()
        assert low < own.low < own.high < high
    assert bands == effekt.diagnostics.uniform_bands(found, rng=1, draws=19_999)


def test_bands_need_chance_and_enough_of_it():
    found = estimate(golden_panel()).aggregate("dynamic")
    with pytest.raises(ArgumentError, match="`rng` must be an integer seed"):
        effekt.diagnostics.uniform_bands(found, rng=None)
    with pytest.raises(ArgumentError) as refusal:
        effekt.diagnostics.uniform_bands(found, rng=1, draws=18)
    assert str(refusal.value) == "`draws` must be at least 19 for bands at level 0.95; got 18."


def lonely():
    """The cohort of 2016 has one unit left, and so no inference."""
    data = golden_panel()
    late = sorted(set(data["unit"][data["start"] == 2016]))
    return without_rows(data, np.isin(data["unit"], late[1:]))


def test_bands_are_of_the_effects_that_have_inference():
    """As of the set without the others, whose draws they neither use nor move."""
    found = estimate(lonely())
    lacking = [label for label in found if isinstance(found[label].inference, Unavailable)]
    assert lacking
    assert all(label.startswith("(2016") for label in lacking)
    bands = effekt.diagnostics.uniform_bands(found, rng=1)
    places = [k for k, label in enumerate(found) if label not in lacking]
    rows = [2 * k + j for k in places for j in (0, 1)]
    alone = EffectSet(
        labels=tuple(found.labels[k] for k in places),
        effects=tuple(found.effects[k] for k in places),
        covariance=tuple(tuple(found.covariance[i][j] for j in rows) for i in rows),
        df=found.df,
    )
    want = effekt.diagnostics.uniform_bands(alone, rng=1)
    assert bands.values == want.values | {"n_without": len(lacking)}
    for name in ("estimate", "std_error", "low", "high"):
        assert tuple(bands.table[name][k] for k in places) == want.table[name]
    for label in lacking:
        place = bands.table["effect"].index(label)
        assert [bands.table[name][place] for name in ("std_error", "low", "high")] == [None] * 3
        assert bands.table["estimate"][place] == found[label].estimate
    named = ", ".join(lacking[:-1])
    assert f"contain the {len(places)} effects that have inference together with 95% confidence" in bands.statement.en
    assert bands.statement.en.endswith(f"They say nothing of those without inference: {named} and {lacking[-1]}.")
    assert f"innehåller de {len(places)} effekter som har osäkerhetsmått samtidigt" in bands.statement.sv
    assert bands.statement.sv.endswith(f"De säger inget om dem utan osäkerhetsmått: {named} och {lacking[-1]}.")
    said = " ".join(found.plot(rng=1).axes[0].get_xlabel().split())
    assert said.endswith("Shaded: 95% band for all effects that have inference together.")


def test_a_set_without_any_inference_has_no_bands():
    found = estimate(lonely())
    label = next(one for one in found if isinstance(found[one].inference, Unavailable))
    alone = EffectSet(labels=(label,), effects=(found[label],), covariance=((0.0, 0.0), (0.0, 0.0)))
    with pytest.raises(InferenceUnavailableError) as refusal:
        effekt.diagnostics.uniform_bands(alone, rng=1)
    assert str(refusal.value) == (
        f"`effects` must hold an effect with inference to be given bands, and none has any; {label!r}: "
        f"{found[label].inference.reason.en}"
    )
    assert refusal.value.sv.startswith("Band kräver att någon effekt har ett osäkerhetsmått, och ingen har det; ")


# --- bad input --------------------------------------------------------------------------------------------------------


def bad(**columns):
    return golden_panel().assign(**columns)


def cell(column, row, value):
    data = golden_panel()
    data[column] = data[column].astype(object)
    data.loc[row - 1, column] = value
    return data


BAD = {
    "a repeated row": (
        lambda: pd.concat([golden_panel(), golden_panel().iloc[[7]]]),
        {},
        "Columns 'unit' and 'year' must name each row once; 1 row repeated an earlier one, the first at row 721. "
        "Remove the repeated rows. If they are other people in each period, pass "
        "sampling='repeated_cross_sections'.",
    ),
    "a lacking row": (
        lambda: golden_panel().drop(index=7),
        {},
        "Column 'unit' must name units seen in every period; 1 unit lacked some, the first at row 7. Complete the "
        "data, "
        "or pass missing='drop' to leave such units out.",
    ),
    "a gap": (
        lambda: golden_panel().query("year != 2013"),
        {},
        "Column 'year' must hold every period from the first to the last; 1 period is missing, the first after 2012. "
        "Add the rows, or number the periods that there are.",
    ),
    "mixed frequencies": (
        lambda: cell("year", 8, "2012Q1"),
        {},
        "Column 'year' must write every period in one form; most are years such as '2014'; 1 row had another, the "
        "first "
        "at row 8. Write all in one form, so that no period can count twice.",
    ),
    "dates": (
        lambda: bad(year=golden_panel()["year"].astype(str) + "-03-15"),
        {},
        "Column 'year' must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', or whole "
        "numbers, "
        "since periods before and after adoption are counted; 720 rows did not, the first at row 1. Write each date as "
        "the month, quarter or year that it stands for.",
    ),
    "a start that changes": (
        lambda: cell("start", 8, 2015),
        {},
        "Column 'start' must be constant within each unit of column 'unit'; 1 unit changed, the first at row 8. Give "
        "each unit one period from which it is treated.",
    ),
    "a start of another kind": (
        lambda: cell("start", 8, "2013-05"),
        {},
        "Column 'start' must hold periods written as in column 'year'; 1 row did not, the first at row 8. Write the "
        "first treated period so; leave the cell of units never treated empty, or name the value that marks them, such "
        "as never=0 or never=9999.",
    ),
    "an empty start beside a value": (
        lambda: cell("start", 8, None),
        {},
        "Column 'start' must hold a period, or '0', which `never` names, in every row; 1 row did not, the first at row "
        "8. If empty cells mark units never treated, leave `never` out, or write its value there too; if not, complete "
        "the data.",
    ),
    "never that is not named": (
        golden_panel,
        {"never": None},
        None,
    ),
    "a covariate that changes": (
        lambda: bad(x=golden_panel()["x"] + golden_panel()["year"]),
        {"covariates": "x"},
        "Column 'x' must be constant within each unit of column 'unit'; 120 units changed, the first at row 2. Use its "
        "value from before the intervention in every row.",
    ),
    "a covariate of one value": (
        lambda: bad(x=1.0),
        {"covariates": "x"},
        "Column 'x' must vary; it holds one value. Leave it out of `covariates`.",
    ),
    "covariates that depend": (
        lambda: bad(w=2 * golden_panel()["x"] - 1),
        {"covariates": ["x", "w"], "adjustment": "regression"},
        "Column 'w' must not be constant or a combination of the other covariates among the controls of the cohort "
        "2013; it is. Leave it out of `covariates`.",
    ),
    "a covariate that separates": (
        lambda: bad(w=(golden_panel()["start"] == 2014) * 3.0 + golden_panel()["z"]),
        {"covariates": "w"},
        "Cohort 2014: Column 'w' must not separate treated from controls; each of its values among the "
        "treated is at least the largest among the controls. Leave it out of `covariates`.",
    ),
    "nobody never treated": (
        lambda: golden_panel().query("start > 0"),
        {},
        "Column 'start' must leave units to compare with, never treated; there are none. Leave their cells empty or "
        "name "
        "their value with `never`, or pass comparison='not_yet_treated'.",
    ),
    "one cohort alone": (
        lambda: golden_panel().query("start == 2013 and year >= 2012"),
        {"comparison": "not_yet_treated"},
        "Column 'start' must leave units to compare with, not yet treated; there are none. Add units that adopt later "
        "or "
        "never.",
    ),
    "nobody treated": (
        lambda: golden_panel().query("start == 0"),
        {},
        "Column 'start' must hold the first treated period of some units, after the first period of the panel and its "
        "anticipation; no unit has one. Add earlier periods, or check how it is coded.",
    ),
    "treated from the start": (
        lambda: golden_panel().query("start in (0, 2013) and year >= 2013"),
        {},
        None,
    ),
    "one period": (
        lambda: golden_panel().query("year == 2014"),
        {},
        "Column 'year' must hold at least two periods; it holds one. Add the periods before.",
    ),
    "a cluster that changes": (
        lambda: cell("cluster", 8, 99),
        {"cluster": "cluster"},
        "Column 'cluster' must be constant within each unit of column 'unit'; 1 unit changed, the first at row 8. Use "
        "a "
        "column of clusters that hold whole units.",
    ),
    "a missing outcome": (
        lambda: cell("y", 8, None),
        {},
        "Column 'y' must have a value in every row; 1 row did not, the first at row 8. Complete the data, or pass "
        "missing='drop' to leave such rows out and have them counted.",
    ),
}
STARTS = {
    "never that is not named": "Column 'start' must hold periods written as in column 'year'; ",
    "treated from the start": "Column 'start' must hold the first treated period of some units",
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_refused_in_one_sentence(case):
    make, options, sentence = BAD[case]
    with pytest.raises(DataError) as refusal:
        estimate(make(), **options)
    if sentence is None:
        assert str(refusal.value).startswith(STARTS[case])
    else:
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"adjustment": "dr"},
            "`adjustment` must be 'doubly_robust', 'regression' or 'inverse_probability'; got 'dr'.",
        ),
        (
            {"comparison": "nevertreated"},
            "`comparison` must be 'never_treated' or 'not_yet_treated'; got 'nevertreated'. Did you mean "
            "'never_treated'?",
        ),
        ({"base_period": "long"}, "`base_period` must be 'varying' or 'universal'; got 'long'."),
        ({"covariates": "y"}, "Column 'y' must play one role; it is named as `outcome` and `covariates`."),
        ({"start": "year"}, "Column 'year' must play one role; it is named as `time` and `start`."),
        ({"unit": 7}, "`unit` must be a column name; got 7."),
        ({"cluster": "start"}, "Column 'start' must play one role; it is named as `start` and `cluster`."),
        ({"anticipation": -1}, "`anticipation` must be an integer of at least 0; got -1."),
        ({"variance": "HC2"}, "`variance` must be 'leverage', 'CR0' or 'CR3'; got 'HC2'."),
        ({"aggregate": "event"}, "`aggregate` must be 'simple', 'dynamic', 'cohort' or 'calendar'; got 'event'."),
        (
            {"outcome": ("y", "x")},
            "`outcome` must be one column here; divide first, or use `trend_adjusted` for a ratio.",
        ),
    ],
)
def test_bad_options_are_refused_in_one_sentence(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        estimate(golden_panel(), **options)
    assert str(refusal.value) == sentence


def test_a_mark_of_those_never_treated_that_no_row_has_marks_none_and_the_notes_say_whom_that_leaves_out():
    data = golden_panel()
    before = data["year"].min() - 1
    data = data.assign(year=data["year"] - before, start=(data["start"] - before).clip(lower=0))
    unmarked = int((data["start"] == 0).sum()) // data["year"].nunique()
    zero = estimate(data, never=9999, comparison="not_yet_treated")
    assert [note.text.en for note in zero.notes if note.code == "always_treated"] == [
        f"{unmarked} units without a period before treatment and its anticipation were left out."
    ]
    marked = estimate(data, comparison="not_yet_treated")
    after_the_end = estimate(data.assign(start=data["start"].replace(0, 9999)), never=0, comparison="not_yet_treated")
    assert after_the_end.covariance == marked.covariance
    assert [note.code for note in after_the_end.notes if note not in marked.notes] == ["treated_later"]


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        ("never_treated", "may await it then already, and nobody is compared with them."),
        ("not_yet_treated", "may await it then already, and count as not treated only in earlier periods."),
    ],
)
def test_units_that_start_after_the_end_but_within_the_anticipation_are_counted_in_a_note(comparison, said):
    data = golden_panel()
    end, units = data["year"].max(), sorted(data.loc[data["start"] == 0, "unit"].unique())[:6]
    soon = data.assign(start=data["start"].where(~data["unit"].isin(units), end + 1))
    later = data.assign(start=data["start"].where(~data["unit"].isin(units), end + 2))
    told = [note for note in estimate(soon, comparison=comparison, anticipation=1).notes if "later" in note.code]
    assert [(note.code, note.text.en) for note in told] == [
        ("treated_later_anticipated", f"6 units whose treatment starts after the last period {said}")
    ]
    assert [
        note.code for note in estimate(later, comparison=comparison, anticipation=1).notes if "later" in note.code
    ] == ["treated_later"]


def test_units_by_name_are_the_clusters_that_they_are_by_default():
    assert estimate(golden_panel(), cluster="unit").covariance == estimate(golden_panel()).covariance


def test_only_group_time_effects_aggregate():
    for effects in (estimate(golden_panel()).aggregate("dynamic"),):
        with pytest.raises(ArgumentError) as refusal:
            effects.aggregate("simple")
        assert str(refusal.value) == (
            "`aggregate` needs the group-time effects that `staggered_adoption` returns; this set has none."
        )
        with pytest.raises(ArgumentError, match="must be the group-time effects"):
            effekt.diagnostics.pretrends(effects)


def test_a_joint_test_that_can_hardly_reject_is_none():
    """Eleven effects of 40 units leave F less than one degree of freedom, or two by another base; neither is an ok."""
    data = effekt.datasets.staggered_panel(rng=7, n_units=40).table
    columns = {"outcome": "outcome", "unit": "unit", "time": "year", "start": "start"}
    for base in ("universal", "varying"):
        effects = effekt.staggered_adoption(data, **columns, base_period=base)
        found = effekt.diagnostics.pretrends(effects)
        assert (found.status, found.values) == ("information", {})
        assert found.statement.en.startswith("There are too many effects before treatment")


@pytest.mark.parametrize(("never", "written"), [(None, ""), (9999, "9999.0"), (0, "0.0")])
def test_whole_numbers_with_a_point_are_starts_in_a_text_file(never, written, tmp_path):
    """As pandas writes a column of which some cells are empty; both routes read them."""
    lines = ["u,t,s,y"]
    for unit in range(8):
        start = ("2018.0", "2019.0")[unit % 2] if unit < 4 else written
        lines += [f"u{unit},{year},{start},{(unit * 7 + year * 5) % 11}" for year in range(2016, 2021)]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    (tmp_path / "q.csv").write_text("\n".join(lines).replace(".0,", ","))
    call = {"outcome": "y", "unit": "u", "time": "t", "start": "s", "never": never, "aggregate": "simple"}
    with_point, without = (effekt.staggered_adoption(tmp_path / name, **call) for name in ("p.csv", "q.csv"))
    assert with_point.means == without.means
    assert start_of("2018.0", None, int, 2016) == 2
    assert start_of(written or None, never, int, 2016) == start_of("", None, int, 2016)

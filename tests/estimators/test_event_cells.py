"""`event_study` of other people in each period and of triple differences: R, dummies, other routes, words, refusals."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.did import EventRows

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.diagnostics import event_arrays, honest_did, pretrend_test, uniform_bands
from effekt.exceptions import ArgumentError, DataError

GOLDENS = Path(__file__).parents[1] / "goldens" / "cross_sections"
R = json.loads((GOLDENS / "events.json").read_text(encoding="utf-8"))
COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
PEOPLE = {"sampling": "repeated_cross_sections"}
FORMS = {
    "people": PEOPLE,
    "people_x": {**PEOPLE, "covariates": ["x"]},
    "people_third": {**PEOPLE, "eligible": "e"},
    "people_third_x": {**PEOPLE, "eligible": "e", "covariates": "x"},
}


def study(data, **options):
    return effekt.event_study(data, **(COLUMNS | options))


def close(value, rel=1e-10):
    return pytest.approx(value, rel=rel, abs=rel / 100)


def people(seed, n_units=8, n_treated=3, periods=5, adopted=3, most=3, clusters=None):
    """Unit, time, d, e, x, y, g: one to `most` rows in every unit, period and subgroup, in no order."""
    rng = random.Random(seed)
    rows = []
    for u, t, e in itertools.product(range(n_units), range(periods), (0, 1)):
        d = int(u < n_treated and t >= adopted)
        for _ in range(rng.randint(1, most)):
            x = round(rng.gauss(0.1 * u, 1), 1)
            y = round(20 + u + 0.4 * t - (t - 1) * d * e + x + rng.gauss(0, 1), 2)
            rows.append((f"u{u}", 2014 + t, d, e, x, y, f"g{(clusters or range(n_units))[u]}"))
    rng.shuffle(rows)
    names = ("unit", "time", "d", "e", "x", "y", "g")
    return pd.DataFrame(rows, columns=names)


def triples(seed, **options):
    """One row in every unit, period and subgroup."""
    return people(seed, n_units=9, n_treated=4, most=1, **options)


# --- other programs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", R)
@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2"])
def test_against_r(case, variance):
    """lm with a dummy for everything, clubSandwich: estimates, joint covariance, degrees of freedom."""
    golden = R[case]
    data = pd.read_csv(GOLDENS / ("third.csv" if case == "third" else "people.csv"))
    treated = data["unit"].isin(data.loc[data["d"] == 1, "unit"])
    data["d"] = (treated & (data["time"] >= golden["adopted"])).astype(int)
    effects = study(data, variance=variance, **FORMS.get(case, {"eligible": "e"}))
    found = event_arrays(effects)
    assert list(found["times"]) == golden["times"]
    assert found["estimates"] == pytest.approx(golden["estimates"], rel=1e-8)
    assert found["covariance"] == pytest.approx(np.array(golden[variance]["covariance"]), rel=1e-8, abs=1e-10)
    if variance != "CR0":
        assert [one.df for one in effects.effects] == pytest.approx(golden[variance]["df"], rel=1e-8)
        assert effects.df == min(one.df for one in effects.effects)
        assert effects.diagnostics[0] == pretrend_test(**found)


# --- dummies for everything -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("clusters", [None, [0, 1, 2, 2, 0, 3, 4, 5]])
def test_people_against_dummies(form, clusters):
    options, data = FORMS[form], people(len(form), clusters=clusters)
    others = [2014, 2015, 2017, 2018]
    covariates = ["x"] if "covariates" in options else []
    expected = EventRows(data, data["g"], others, "eligible" in options, covariates)
    for variance in ("CR0", "CR1", "CR2", "CR3"):
        effects = study(data, cluster="g" if clusters else None, variance=variance, **options)
        assert list(effects) == ["-3", "-2", "0", "1"]
        assert [one.estimate for one in effects.effects] == close(expected.estimates)
        assert [one.treated_mean for one in effects.effects] == close(expected.means)
        want = expected.covariance(variance)
        lacking = np.repeat([isinstance(one.inference, Unavailable) for one in effects.effects], 2)
        want[lacking] = want[:, lacking] = 0.0
        if lacking.all():
            assert effects.covariance is None
        else:
            assert np.array(effects.covariance) == close(want, 1e-9)
        for place, one in enumerate(effects.effects):
            if variance == "CR2":
                assert_valid_effect(one)
            if isinstance(one.inference, Unavailable):
                assert expected.df(place, variance if variance in ("CR1", "CR3") else "CR2") < 3
                continue
            own = want[2 * place : 2 * place + 2, 2 * place : 2 * place + 2]
            assert one.inference.covariance == close((own[0, 0], own[0, 1], own[1, 1]), 1e-9)
            if variance == "CR0":
                continue
            for w, v in ((1, 0), (0, 1), (1, -1), (1, -1.1)):
                df = one.inference.df.of(np.array([[w, v]], float))[0]
                assert df == close(expected.df(place, variance, w, v), 1e-9)


def test_the_same_people_are_a_panel():
    """One row in each unit and period: the panel's estimates and the covariance of its differences."""
    data = triples(1)
    data = data[data["e"] == 1]
    one, other = event_arrays(study(data)), event_arrays(study(data, **PEOPLE))
    assert other["times"] == one["times"]
    assert other["estimates"] == close(one["estimates"], 1e-9)
    assert other["covariance"] == close(one["covariance"], 1e-8)
    assert other["df"] == close(one["df"], 1e-8)


# --- triple differences -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2", "CR3"])
def test_each_third_difference_is_that_of_two_periods(variance):
    data = triples(2, clusters=[0, 1, 2, 3, 4, 5, 5, 6, 7])
    effects = study(data, eligible="e", cluster="g", variance=variance)
    treated = data["unit"].isin(data.loc[data["d"] == 1, "unit"])
    for label, time in (("-3", 2014), ("-2", 2015), ("0", 2017), ("1", 2018)):
        two = data[data["time"].isin([2016, time])]
        two = two.assign(d=(treated & (two["time"] == time)).astype(int), time=(two["time"] == time).astype(int))
        alone = effekt.difference_in_differences(two, **COLUMNS, eligible="e", cluster="g", variance=variance)
        assert effects[label].exact == alone.exact
        assert effects[label].inference == alone.inference
        assert effects[label].observed == alone.observed
        assert effects[label].sample == alone.sample
        assert_valid_effect(effects[label])
    joint = np.array(effects.covariance)
    for i, one in enumerate(effects.effects):
        own = joint[2 * i : 2 * i + 2, 2 * i : 2 * i + 2]
        assert one.inference.covariance == close((own[0, 0], own[0, 1], own[1, 1]))


def test_third_differences_are_an_event_study_of_the_gaps():
    data = triples(3)
    wide = data.pivot_table(index=["unit", "time"], columns="e", values="y").reset_index()
    gaps = data[data["e"] == 1].merge(wide, on=["unit", "time"])
    gaps["y"] = (gaps[1] - gaps[0]).round(6)
    one, other = event_arrays(study(gaps)), event_arrays(study(data, eligible="e"))
    assert other["estimates"] == close(one["estimates"])
    assert other["covariance"] == close(one["covariance"], 1e-9)
    people_of = event_arrays(study(data, eligible="e", **PEOPLE))
    assert people_of["estimates"] == close(one["estimates"], 1e-9)
    assert people_of["covariance"] == close(one["covariance"], 1e-8)


# --- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_how_effects_of_units_that_differ_enter(form):
    """One more in a treated cell after adoption moves each coefficient by the weight of that cell."""
    from effekt.estimators.did.cross_sections import Columns, read_cross_sections
    from effekt.estimators.did.event_cells import event_model

    options, data = FORMS[form], people(9, most=4)
    names = Columns(
        outcome="y", unit="unit", time="time", treatment="d", cluster="unit",
        eligible=options.get("eligible"), covariates=("x",) if "covariates" in options else (),
    )  # fmt: skip
    cells, _ = read_cross_sections(data, names, "raise")
    model = event_model(cells, [0, 1, 3, 4])
    before = [one.estimate for one in study(data, **options).effects]
    for unit, t in itertools.product(range(3), (3, 4)):
        more = (
            (data["unit"] == f"u{unit}") & (data["time"] == 2014 + t) & ((data["e"] == 1) | ("eligible" not in options))
        )
        after = [one.estimate for one in study(data.assign(y=data["y"] + more), **options).effects]
        assert np.subtract(after, before) == pytest.approx(model.own_weights[:, unit, t], abs=1e-9)


def test_the_note_says_how_effects_of_units_that_differ_enter():
    note = next(note for note in study(people(9, most=4), **PEOPLE).notes if note.code == "cell_weights")
    assert note.text.en.startswith(
        "Where the effect differs between units, the effects do not weigh them by how many people they have: in its "
        "own period a unit counts 0."
    )
    assert "times its share of them, and differences between units' effects in other periods enter with" in note.text.en
    assert "räknas in med vikter vars storlek tillsammans är högst 0," in note.text.sv
    even = study(people(9, most=1)[lambda rows: rows["e"] == 1], **PEOPLE)
    assert "cell_weights" not in {note.code for note in even.notes}


# --- words ------------------------------------------------------------------------------------------------------------


def test_words():
    third = study(triples(4), eligible="e")
    assert [note.code for note in third.notes] == ["reference_period", "parallel_trends", "extreme_reference"]
    assert third.notes[1].text.en.startswith("The figure assumes that without the intervention the gap between those")
    assert third["1"].estimand.population.en == "those who could be affected in the 4 treated units in 2018"
    assert third["1"].estimand.population.sv == "de som kunde påverkas i de 4 behandlade enheterna i 2018"
    assert third["1"].arguments["eligible"] == "e"
    assert third["1"].sample.n_obs == 36
    seen = study(people(4), covariates="x", **PEOPLE)
    assert [note.code for note in seen.notes] == ["reference_period", "parallel_trends", "composition", "cell_weights"]
    assert [one.name for one in seen.diagnostics] == ["pretrend", "composition_drift"]
    assert seen["0"].estimand.population.en == "the people seen in the 3 treated units in 2017"
    assert seen["0"].estimand.population.sv == "de personer som ingår i de 3 behandlade enheterna i 2017"
    assert seen["0"].sample.n_obs == len(people(4))
    assert [note.code for note in seen["-2"].notes] == ["before_adoption"]
    assert effekt.event_study(people(4), **seen["0"].arguments).to_json() == seen.to_json()
    assert set(study(triples(4)[lambda rows: rows["e"] == 1])["0"].arguments) == {
        "outcome", "unit", "time", "treatment", "cluster", "variance", "missing",
    }  # fmt: skip


def test_units_that_lack_a_period_are_counted():
    data = triples(5)
    holes = data[~((data["unit"] == "u8") & (data["time"] == 2015) & (data["e"] == 0))]
    effects = study(holes, eligible="e", missing="drop")
    kept = study(data[data["unit"] != "u8"], eligible="e")
    assert effects.covariance == kept.covariance
    assert effects["0"].sample.n_dropped == 9
    (note,) = [note for note in effects.notes if note.code == "incomplete_units"]
    assert note.text.en == ("1 unit that lacks a period, or in it those with 0 or with 1 in 'e', was left out whole.")
    assert note.text.sv == (
        "1 enhet som saknar någon period, eller i den dem med 0 eller med 1 i 'e', har lämnats utanför helt."
    )
    seen = study(data[~((data["unit"] == "u8") & (data["time"] == 2015))], missing="drop", **PEOPLE)
    (note,) = [note for note in seen.notes if note.code == "incomplete_units"]
    assert note.text.en == "1 unit that lacks a period was left out whole."


def test_honest_did_and_bands_take_them():
    for effects in (study(people(6), **PEOPLE), study(triples(6), eligible="e")):
        assert honest_did(**event_arrays(effects), restriction="relative_magnitudes", sizes=[0]).table["low"]
        assert len(uniform_bands(effects, rng=1).table["effect"]) == 4
        effects.plot(rng=1)


def test_a_period_without_variation_has_no_inference_and_the_others_have():
    """Nothing happens to anybody from 2016 to 2017."""
    data = triples(7)
    data = data[data["e"] == 1].drop(columns="e")
    level = data[data["time"] == 2016].set_index("unit")["y"]
    data.loc[data["time"] == 2017, "y"] = level[data.loc[data["time"] == 2017, "unit"]].to_numpy()
    effects = study(data)
    assert isinstance(effects["0"].inference, Unavailable)
    assert all(isinstance(effects[label].inference, StudentT) for label in ("-3", "-2", "1"))
    joint = np.array(effects.covariance)
    assert not joint[4:6].any()
    assert np.linalg.matrix_rank(joint) == 6
    assert effects.diagnostics == ()
    bands = uniform_bands(effects, rng=1)
    assert bands.values["n_without"] == 1
    assert bands.statement.en.endswith("They say nothing of those without inference: 0.")


# --- invariances ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [*FORMS, "third"])
def test_row_order_and_json(form):
    data = triples(8) if form == "third" else people(8)
    options = FORMS.get(form, {"eligible": "e"})
    found = {study(data.sample(frac=1, random_state=seed), **options).to_json() for seed in range(4)}
    assert len(found) == 1
    text = found.pop()
    assert effekt.EffectSet.from_json(text).to_json() == text


@settings(max_examples=10)
@given(
    form=st.sampled_from([*FORMS, "third"]),
    shift=st.integers(-500, 500),
    slope=st.integers(-9, 9),
    factor=st.sampled_from([10, -1]),
)
def test_levels_common_trends_and_the_unit_of_the_outcome(form, shift, slope, factor):
    data = triples(8) if form == "third" else people(8)
    options = FORMS.get(form, {"eligible": "e"})
    moved = data.assign(y=(factor * (data["y"] + shift + slope * (data["time"] - 2014))).round(6))
    one, other = event_arrays(study(data, **options)), event_arrays(study(moved, **options))
    assert other["estimates"] == pytest.approx(factor * one["estimates"], rel=1e-8, abs=1e-8)
    assert other["covariance"] == pytest.approx(factor**2 * one["covariance"], rel=1e-6, abs=1e-8)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        (
            {},
            {"covariates": "x"},
            "`covariates` are for sampling='repeated_cross_sections'; in a panel a unit's own drop out of its change, "
            "and `staggered_adoption` takes them for trends. Leave `covariates` out.",
        ),
        ({}, {"eligible": "y"}, "Column 'y' must play one role; it is named as `outcome` and `eligible`."),
        (
            {},
            {"sampling": "people"},
            "`sampling` must be 'panel' or 'repeated_cross_sections'; got 'people'.",
        ),
        (
            {"x": 3.0},
            {"covariates": "x", **PEOPLE},
            "`covariates` must not be determined by units, periods, treatment and each other; 'x' is. Leave it out.",
        ),
        (
            {"x": lambda rows: (rows["unit"].isin(["u0", "u1", "u2"]) & (rows["time"] == 2015)).astype(float)},
            {"covariates": "x", **PEOPLE},
            "`covariates` must not be determined by units, periods, treatment and each other; 'x' is. Leave it out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(change, options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        study(people(10).assign(**change), **options)
    assert str(refusal.value) == sentence


def test_two_periods_are_no_event_study():
    data = people(11)
    with pytest.raises(DataError, match="must hold at least three periods for an event study; it holds 2"):
        study(data[data["time"].isin([2016, 2017])], **PEOPLE)

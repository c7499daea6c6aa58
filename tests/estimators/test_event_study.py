"""`event_study`: R's event studies, two periods at a time, invariances, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt._inference import Unavailable
from effekt.diagnostics import event_arrays, interaction_test, pretrend_test
from effekt.diagnostics._joint import joint_test
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens"
R = json.loads((GOLDENS / "event_study" / "output.json").read_text(encoding="utf-8"))
COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}


def study(data, **options):
    return effekt.event_study(data, **(COLUMNS | options))


def panel(adopted=2017):
    frame = pd.read_csv(GOLDENS / "panel" / "balanced.csv")
    treated = frame["unit"].isin(frame.loc[frame["d"] == 1, "unit"])
    return frame.assign(d=(treated & (frame["time"] >= adopted)).astype(int))


@pytest.mark.parametrize("cluster", ["unit", "district", "county"])
@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2"])
@pytest.mark.parametrize("which", [0, 1])
def test_against_r(cluster, variance, which):
    """Estimates, joint covariance, degrees of freedom and the HTZ test of the periods before."""
    golden = R[cluster][which]
    effects = study(panel(golden["adopted"]), cluster=cluster, variance=variance)
    found = event_arrays(effects)
    assert list(found["times"]) == golden["times"]
    assert found["estimates"] == pytest.approx(golden["estimates"], rel=1e-8)
    assert found["covariance"] == pytest.approx(np.array(golden[variance]["covariance"]), rel=1e-8, abs=1e-10)
    df, early = golden[variance]["df"][0], np.array(golden["times"]) < -1
    test = joint_test(found["estimates"][early], found["covariance"][np.ix_(early, early)], df)
    for mine, name in (("statistic", "statistic"), ("denominator", "df_denom"), ("p_value", "p_value")):
        assert getattr(test, mine) == pytest.approx(golden[variance][name], rel=1e-8)
    told = pretrend_test(**{**found, "df": df}).values
    assert told.get("p_value") == (test.p_value if test.denominator >= 4 else None)
    if variance != "CR0":
        assert [one.df for one in effects.effects] == pytest.approx(golden[variance]["df"], rel=1e-8)
        assert effects.diagnostics == (pretrend_test(**found),)


@pytest.mark.parametrize("level", [10**9, -(10**10)])
def test_a_level_far_above_the_spread_costs_no_digits(level):
    """Multiples of 1/4, which these levels leave as they are."""
    frame = panel()
    frame["y"] = (frame["y"] * 4).round() / 4
    plain, far = (event_arrays(study(frame.assign(y=frame["y"] + more))) for more in (0, level))
    assert np.array_equal(far["estimates"], plain["estimates"])
    assert far["covariance"] == pytest.approx(plain["covariance"], rel=1e-12, abs=1e-14)


PYFIXEST = json.loads((GOLDENS / "event_study" / "pyfixest_events.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("golden", PYFIXEST, ids=lambda one: f"{one['adopted']}-{one['cluster']}-{one['variance']}")
def test_against_pyfixest(golden):
    """The regression of all periods at once, and two-way fixed effects of the whole time after adoption."""
    options = {"cluster": golden["cluster"], "variance": golden["variance"]}
    frame = panel(golden["adopted"])
    found = event_arrays(study(frame, **options))
    assert list(found["times"]) == golden["times"]
    assert found["estimates"] == pytest.approx(golden["estimates"], rel=1e-8)
    assert found["covariance"] == pytest.approx(np.array(golden["covariance"]), rel=1e-8, abs=1e-10)
    whole = effekt.difference_in_differences(frame, **COLUMNS, **options)
    assert whole.estimate == pytest.approx(golden["effect"], rel=1e-8)
    assert whole.std_error == pytest.approx(golden["error"], rel=1e-8)


@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2", "CR3"])
def test_each_effect_is_a_difference_in_differences_of_two_periods(variance):
    frame = panel()
    effects = study(frame, cluster="county", variance=variance)
    assert list(effects) == ["-2", "0", "1"]
    for label, time in (("-2", 2015), ("0", 2017), ("1", 2018)):
        two = frame[frame["time"].isin([2016, time])]
        treated = two["unit"].isin(frame.loc[frame["d"] == 1, "unit"])
        # before adoption the earlier period plays the later: what is treated is named, not when
        two = two.assign(d=(treated & (two["time"] == time)).astype(int), time=(two["time"] == time).astype(int))
        alone = effekt.difference_in_differences(two, **COLUMNS, cluster="county", variance=variance)
        assert effects[label].exact == alone.exact
        assert effects[label].inference == alone.inference
        assert effects[label].observed == alone.observed
        assert_valid_effect(effects[label])


def test_the_joint_covariance_holds_each_effect_s_own():
    effects = study(panel(), cluster="district")
    joint = np.array(effects.covariance)
    for i, one in enumerate(effects.effects):
        own = joint[2 * i : 2 * i + 2, 2 * i : 2 * i + 2]
        first, cross, second = one.inference.covariance
        assert [own[0, 0], own[0, 1], own[1, 1]] == pytest.approx([first, cross, second], rel=1e-10)


def test_the_mean_of_the_effects_after_adoption():
    """With one period before, the plain mean of the effects is difference in differences."""
    frame = panel(2016)
    effects = study(frame, cluster="district")
    whole = effekt.difference_in_differences(frame, **COLUMNS, cluster="district")
    mean = effects.combine({"0": "1/3", "1": "1/3", "2": "1/3"})
    assert mean.exact_estimate == whole.exact_estimate
    assert mean.inference.covariance == pytest.approx(whole.inference.covariance, rel=1e-10)
    assert mean.df == pytest.approx(whole.df, rel=1e-10)
    assert effects.diagnostics == ()  # one period before adoption says nothing of trends
    assert interaction_test(effects).values["n_effects"] == 3


def test_words():
    effects = study(panel(), cluster="county")
    assert [note.code for note in effects.notes] == ["reference_period", "parallel_trends"]
    assert effects.notes[0].text.en == "Every period is compared with 2016, the last before adoption."
    assert effects.notes[0].text.sv == "Varje period jämförs med 2016, den sista före införandet."
    assert [note.code for note in effects["-2"].notes] == ["before_adoption"]
    assert effects["0"].notes == ()
    assert effects["1"].estimand.population.en == "the 9 treated units in 2018"
    assert effects["1"].estimand.population.sv == "de 9 behandlade enheterna i 2018"
    assert effects["0"].sample.n_obs == 48


def test_few_clusters_give_effects_without_inference():
    frame = panel()
    frame["g"] = [("t" if unit <= "u09" else "c") + str(int(unit[1:]) % 2) for unit in frame["unit"]]
    effects = study(frame, cluster="g")
    assert effects.covariance is None
    assert effects.diagnostics == ()
    assert all(isinstance(one.inference, Unavailable) for one in effects.effects)
    with pytest.raises(InferenceUnavailableError, match="at least six clusters"):
        event_arrays(effects)


def test_bad_input():
    frame = panel()
    with pytest.raises(DataError) as refusal:
        study(frame[frame["time"].isin([2016, 2017])])
    assert str(refusal.value) == (
        "Column 'time' must hold at least three periods for an event study; it holds 2. Use "
        "`difference_in_differences`."
    )
    with pytest.raises(DataError, match="Remove the repeated rows"):
        study(pd.concat([frame, frame.head(1)]))
    off = frame.copy()
    off.loc[(off["unit"] == "u01") & (off["time"] == 2018), "d"] = 0
    with pytest.raises(DataError, match="must not switch off once it is 1; for 1 unit it did"):
        study(off)
    always = frame.copy()
    always.loc[always["unit"] == "u01", "d"] = 1
    with pytest.raises(DataError, match="must be 0 for all units in some period before adoption"):
        study(always)
    with pytest.raises(DataError, match="must name units seen in every period; 1 unit lacked some"):
        study(frame.drop(frame.index[3]))
    mixed = frame.assign(
        time=[f"{t}Q1" if u == "u01" else str(t) for u, t in zip(frame["unit"], frame["time"], strict=True)]
    )
    with pytest.raises(DataError, match="must hold periods of one kind"):
        study(mixed)
    with pytest.raises(ArgumentError, match="`variance` must be 'CR0', 'CR1', 'CR2' or 'CR3'; got 'CR1S'"):
        study(frame, variance="CR1S")
    with pytest.raises(ArgumentError) as refused:
        event_arrays(effekt.difference_in_differences(frame, **COLUMNS))
    assert str(refused.value) == "`effects` must be an EffectSet; got EffectEstimate."


shifts = st.lists(st.integers(-500, 500), min_size=4, max_size=4)


@given(years=shifts, seed=st.integers(0, 99))
def test_unit_and_time_effects_are_nothing(years, seed):
    frame = panel()
    levels = dict(zip(sorted(set(frame["unit"])), np.random.default_rng(seed).integers(-99, 99, 24), strict=True))
    moved = frame.assign(
        y=[
            round(y + years[t - 2015] + int(levels[u]), 6)
            for y, t, u in zip(frame["y"], frame["time"], frame["unit"], strict=True)
        ]
    )
    one, other = event_arrays(study(frame)), event_arrays(study(moved))
    assert other["estimates"] == pytest.approx(one["estimates"], rel=1e-9, abs=1e-10)
    assert other["covariance"] == pytest.approx(one["covariance"], rel=1e-7, abs=1e-9)


@given(factor=st.sampled_from([10, 100, -1]))
def test_another_unit_of_the_outcome(factor):
    frame = panel()
    one, other = event_arrays(study(frame)), event_arrays(study(frame.assign(y=(frame["y"] * factor).round(6))))
    assert other["estimates"] == pytest.approx(factor * one["estimates"], rel=1e-10)
    assert other["covariance"] == pytest.approx(factor**2 * one["covariance"], rel=1e-9)


def test_row_order_and_json():
    frame = panel()
    found = {study(frame.sample(frac=1, random_state=seed), cluster="county").to_json() for seed in range(5)}
    assert len(found) == 1
    text = found.pop()
    assert effekt.EffectSet.from_json(text).to_json() == text

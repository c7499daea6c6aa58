"""Conformal inference of a synthetic control: an oracle in fractions, laws, levels that do not exist, refusals."""

from __future__ import annotations

import random
from fractions import Fraction as F

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import conformal as oracle
from oracles.synthetic import dot, nearest

import effekt
from effekt._types import ALTERNATIVES
from effekt.estimators.synthetic import conformal
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError

PLAIN = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "T"}
FIRST = 2001
NEAR = 1e-8  # nulls this near an end are left to rounding


def run(paths, before, *, order=None, inference="conformal", **options):
    rows = [(name, FIRST + t, float(y)) for name, path in paths.items() for t, y in enumerate(path)]
    rows = rows if order is None else [rows[i] for i in order]
    data = dict(zip(("unit", "year", "y"), map(list, zip(*rows, strict=True)), strict=True))
    return effekt.synthetic_control(data, first_treated=FIRST + before, inference=inference, **PLAIN, **options)


def exactly(paths):
    treated, *donors = [[F(str(y)) for y in path] for path in paths.values()]
    return treated, donors


def drawn(seed, donors=5, periods=8):
    rng = random.Random(seed)
    return {
        name: [round(rng.uniform(2, 9), 1) for _ in range(periods)]
        for name in ("T", "A", "B", "C", "D", "E")[: donors + 1]
    }


def sets(effect):
    return {(one.set.level, one.set.alternative): one.set for one in effect.inference.sets}


def p_values(paths, before):
    """p of no effect as the estimator has it, without the sets, which take a hundred times as long."""
    outcome = np.array(list(paths.values())).T
    levels = outcome - outcome[:, 1:].mean(axis=1)[:, None]
    nulls = conformal.Nulls(donors=levels[:, 1:], treated=levels[:, 0], n_before=before, penalty=0.0)
    return {one: conformal.p_value(nulls, 0.0, one) for one in ALTERNATIVES}


def ends(effect):
    return {end for one in sets(effect).values() for pair in one.intervals for end in pair}


@st.composite
def small(draw):
    """Two to four donors, two to five periods before, one or two after, in tenths: ties and perfect fits are common."""
    donors, before, after = draw(st.integers(2, 4)), draw(st.integers(2, 5)), draw(st.integers(1, 2))
    cell = st.integers(0, 40).map(lambda tenths: tenths / 10)
    path = st.lists(cell, min_size=before + after, max_size=before + after)
    return {name: draw(path) for name in ("T", "A", "B", "C", "D")[: donors + 1]}, before


# --- the oracle ---------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(small())
def test_p_of_no_effect_is_the_oracle(case):
    paths, before = case
    effect = run(paths, before)
    want = oracle.p_values(*exactly(paths), before, F(0))
    assert {one: effect.rank_p_value(alternative=one) for one in ALTERNATIVES} == want


@settings(max_examples=25, deadline=None)
@given(small())
def test_sets_hold_the_nulls_that_the_oracle_does_not_reject(case):
    paths, before = case
    effect = run(paths, before)
    nulls = [F(k, 10) for k in range(-60, 61, 5)] + [F(k, 97) for k in range(-200, 201, 29)]
    tested = {null: oracle.p_values(*exactly(paths), before, null) for null in nulls}
    for (level, alternative), found in sets(effect).items():
        alpha = 1 - F(str(level))
        for null, p in tested.items():
            if all(abs(float(null) - end) > NEAR for pair in found.intervals for end in pair):
                assert (p[alternative] > alpha) == (float(null) in found), (level, alternative, null)
            elif p[alternative] > alpha:
                assert any(low - NEAR <= float(null) <= high + NEAR for low, high in found.intervals)


@pytest.mark.parametrize("seed", range(6))
def test_every_end_is_where_the_oracle_changes_its_mind(seed):
    """Exact p on either side of each end, 1e-7 away: kept inside, rejected outside."""
    paths, before = drawn(seed), 6
    effect, moved = run(paths, before), F(1, 10**7)
    for (level, alternative), found in sets(effect).items():
        alpha = 1 - F(str(level))
        for low, high in found.intervals:
            for end, inward in ((low, 1), (high, -1)):
                if np.isfinite(end):
                    kept, left = (
                        oracle.p_values(*exactly(paths), before, F(end) + way * inward * moved)[alternative]
                        for way in (1, -1)
                    )
                    assert kept > alpha >= left, (level, alternative, end)


def test_sets_by_hand():
    """Two flat donors can only take the treated unit's level m = (14 − τ)/5 from its path 1, 3, 1, 3, 6 − τ.

    The last departs as far as no other while |16 − 4τ| > |τ − 9| and > |τ + 1| (fifths): below 7/3 and above 17/3.
    """
    effect = run({"T": [1, 3, 1, 3, 6], "A": [-9] * 5, "B": [9] * 5}, 4)
    ((low, high),) = sets(effect)[0.8, "two-sided"].intervals
    assert (low, high) == pytest.approx((7 / 3, 17 / 3), abs=1e-12)
    assert effect.rank_p_value() == F(1, 5)
    assert effect.ratio().confidence_interval(0.8).intervals == ((6 / (6 - low), 6 / (6 - high)),)


@pytest.mark.parametrize("penalty", [0.05, 0.5, 5.0])
def test_a_penalty_is_in_the_test_as_in_the_figure(penalty):
    """p(τ) is p of no effect where τ is taken off the periods after, at nulls between, on and beyond the ends."""
    paths = drawn(3, periods=10)
    effect = run(paths, 7, penalty=penalty)
    for null in np.linspace(-6, 6, 25):
        moved = paths | {"T": [y - (null if t >= 7 else 0) for t, y in enumerate(paths["T"])]}
        again = run(moved, 7, penalty=penalty)
        for (level, alternative), found in sets(effect).items():
            assert (again.rank_p_value(alternative=alternative) > 1 - F(str(level))) == (null in found)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(5, 24), st.integers(1, 8))
def test_sets_of_larger_panels_are_those_of_p(seed, donors, before, after):
    """Many donors fit a range of effects perfectly, in which every move counts."""
    rng = np.random.default_rng(seed)
    outcome = (
        10 + rng.standard_normal((donors + 1, 1)) + 0.4 * rng.standard_normal((donors + 1, before + after)).cumsum(1)
    )
    paths = dict(zip(["T", *(f"D{j}" for j in range(donors))], np.round(outcome, 2).tolist(), strict=True))
    effect = run(paths, before)
    assert p_values(paths, before) == {one: effect.rank_p_value(alternative=one) for one in ALTERNATIVES}
    for null in (-1.53, -0.4, 0.11, 0.9, 2.2):
        p = p_values(paths | {"T": [y - (null if t >= before else 0) for t, y in enumerate(paths["T"])]}, before)
        for (level, alternative), found in sets(effect).items():
            assert (p[alternative] > 1 - F(str(level))) == (null in found)


def test_a_range_of_effects_that_many_donors_fit_perfectly_is_crossed_in_few_steps():
    rng = np.random.default_rng(4)
    outcome = 10 + rng.standard_normal((51, 1)) + 0.3 * rng.standard_normal((51, 3)).cumsum(1)
    levels = outcome.T - outcome[1:].mean(axis=0)[:, None]
    nulls = conformal.Nulls(donors=levels[:, 1:], treated=levels[:, 0], n_before=2, penalty=0.0)
    pieces = nulls.pieces()
    assert len(pieces) < 1_000  # where steps inside the hull were taken one by one there were millions
    assert [one.high for one in pieces[:-1]] == [one.low for one in pieces[1:]]
    assert (pieces[0].low, pieces[-1].high) == (-nulls.bound, nulls.bound)


def test_a_path_with_too_many_changes_is_refused(monkeypatch):
    monkeypatch.setattr(conformal, "MOST", 1)
    with pytest.raises(DataError) as refusal:
        run(drawn(1), 6)
    assert str(refusal.value) == (
        "The donors' weights must not change at more effects than can be followed for inference='conformal'; they do. "
        "Name fewer donors, or use inference='placebo'."
    )


# --- laws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_every_law_of_an_effect(seed):
    effect = run(drawn(seed, periods=11), 8)
    assert effect.variance == "conformal/1"
    assert effect.estimate == run(drawn(seed, periods=11), 8, inference="placebo").estimate
    assert effect.std_error is effect.df is effect.placebo_sd is effect.statistic is None
    assert_valid_effect(effect)


def test_order_of_rows_names_and_donors_move_nothing():
    paths = drawn(5, periods=11)
    base = run(paths, 8)
    order = list(range(66))
    random.Random(1).shuffle(order)
    assert run(paths, 8, order=order).to_json() == base.to_json()
    renamed = dict(zip(("T", "Z", "Y", "X", "W", "V"), paths.values(), strict=True))
    assert sorted(ends(run(renamed, 8))) == pytest.approx(sorted(ends(base)), abs=1e-12)


def test_what_all_share_moves_nothing_and_an_effect_moves_the_set_by_itself():
    paths = drawn(6, periods=11)
    base = run(paths, 8)
    shared = {name: [y + 3 + t * t for t, y in enumerate(path)] for name, path in paths.items()}
    assert sorted(ends(run(shared, 8))) == pytest.approx(sorted(ends(base)), abs=1e-11)
    moved = run(paths | {"T": [y + (1.5 if t >= 8 else 0) for t, y in enumerate(paths["T"])]}, 8)
    for key, found in sets(base).items():
        want = [[end + 1.5 for end in pair] for pair in found.intervals]
        assert np.array(sets(moved)[key].intervals) == pytest.approx(np.array(want), abs=1e-11)
    scaled = run({name: [4 * y for y in path] for name, path in paths.items()}, 8)
    assert scaled.rank_p_value() == base.rank_p_value()
    for key, found in sets(base).items():
        assert np.array(sets(scaled)[key].intervals) == pytest.approx(4 * np.array(found.intervals), abs=1e-11)
    turned = run({name: [-y for y in path] for name, path in paths.items()}, 8)
    for level, alternative in sets(base):
        mirror = {"two-sided": "two-sided", "greater": "less", "less": "greater"}[alternative]
        want = sets(base)[level, alternative].affine(-1, 0).intervals
        assert np.array(sets(turned)[level, mirror].intervals) == pytest.approx(np.array(want), abs=1e-11)


def test_donors_that_are_the_treated_leave_only_the_effect():
    path = [1.0, 2.0, 4.0, 3.0, 5.0]
    after = run({"T": [*path[:-1], 7.0], "A": path, "B": path}, 4)
    assert sets(after)[0.8, "two-sided"].intervals == ((2.0, 2.0),)
    none = run({"T": path, "A": path, "B": path}, 4)
    assert sets(none)[0.8, "greater"].intervals == ((0.0, float("inf")),)
    assert sets(none)[0.8, "two-sided"].intervals == ((0.0, 0.0),)
    assert none.rank_p_value() == 1


def test_residuals_that_could_be_in_any_order_give_p_its_level():
    """With residuals drawn alike in all periods, p ≤ k/T in the share k/T of panels."""
    rng, counts, small_p = np.random.default_rng(7), 400, 0
    for at in range(counts):
        noise = rng.standard_normal(10)
        paths = {"T": noise.tolist(), "A": [-100.0] * 10, "B": [100.0] * 10}  # the weights can only move the level
        p = p_values(paths, 8)["two-sided"]
        assert at % 20 or p == run(paths, 8).rank_p_value()
        small_p += p <= F(2, 10)
    assert abs(small_p / counts - 0.2) < 4 * (0.2 * 0.8 / counts) ** 0.5


# --- what does not exist, and what is refused ---------------------------------------------------------------------


def test_levels_that_no_set_has_are_refused_and_the_note_says_which():
    effect = run(drawn(2, periods=8), 6)
    assert {level for level, _ in sets(effect)} == {0.5, 0.6, 0.7, 0.8}
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.95)
    assert str(refusal.value) == (
        "The conformal procedure declares no two-sided set of the difference at level 0.95; it has levels 0.5, 0.6, "
        "0.7, 0.8."
    )
    (note,) = [one for one in effect.notes if one.code == "conformal"]
    assert "No p is below 1/8, so no level above 7/8 has a set." in note.text.en
    assert "Inget p är mindre än 1/8, så ingen nivå över 7/8 har en mängd." in note.text.sv
    with pytest.raises(InferenceUnavailableError, match="declares no two-sided p-value at this null"):
        effect.p_value(0.5)


PREDICTORS = [{"column": "y", "first": 2001, "last": 2006, "weight": 1}]


@pytest.mark.parametrize(("name", "given"), [("predictors", PREDICTORS), ("ridge", 0.5)])
def test_weights_that_are_not_fitted_to_every_period_are_refused(name, given):
    with pytest.raises(ArgumentError) as refusal:
        run(drawn(2), 6, **{name: given})
    assert str(refusal.value) == (
        f"`inference` cannot be 'conformal' with `{name}`: its weights are fitted anew to every period under each "
        f"effect that is tested, as a mixture. Leave `{name}` out, or use inference='placebo'."
    )


def test_synthetic_differences_have_no_such_test():
    data = {"unit": ["T"] * 4 + ["A"] * 4 + ["B"] * 4, "year": [1, 2, 3, 4] * 3, "y": [float(k) for k in range(12)]}
    with pytest.raises(ArgumentError) as refusal:
        effekt.synthetic_difference_in_differences(data, first_treated=4, inference="conformal", **PLAIN)
    assert str(refusal.value) == (
        "`inference` must be 'placebo', 'placebo_variance' or 'none' here; got 'conformal'. It moves residuals round "
        "in time as of one kind, which those "
        "of weighted periods before and of plain periods after are not. Use 'placebo', or "
        "`synthetic_control`, which has it."
    )
    with pytest.raises(ArgumentError) as refusal:
        effekt.synthetic_control(data, first_treated=4, inference="ranks", **PLAIN)
    assert str(refusal.value) == (
        "`inference` must be 'placebo', 'placebo_variance', 'conformal' or 'none'; got 'ranks'."
    )


def test_the_oracle_finds_the_nearest_mixture():
    assert nearest([[F(0), F(0)], [F(4), F(4)]], [F(1), F(3)]) == [F(1, 2), F(1, 2)]
    assert dot([F(1), F(2)], [F(3), F(4)]) == 11

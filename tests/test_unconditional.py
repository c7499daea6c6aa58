"""Exact sets of a difference of two shares: published ones, a slow version, mirrors, and coverage by enumeration."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import two_proportions as oracle
from scipy import stats

import effekt
from effekt._inference import TestInversion
from effekt._inference.unconditional import _log_choices, _score, _Sweep, barnard
from effekt._types import ALTERNATIVES, Alternative, FloatArray

Pair = tuple[int, int]
TWO_ONE_SIDED = {  # SAS 9.4 and StatXact 11, as printed in exact2x2 1.7.0, inst/slowTests/test_SAS.R, test_StatXact.R
    ((24, 10), (61, 35)): (-0.0992, 0.2949),
    ((9, 4), (11, 12)): (0.0616, 0.7968),
    ((6, 2), (13, 7)): (-0.3108, 0.5787),
    ((13, 0), (13, 7)): (0.5904, 1.0),
}
TWO_SIDED = {((6, 2), (13, 7)): (-0.3079, 0.5542)}  # StatXact 11
P_VALUES = {  # SAS: two-sided and one-sided; 6 of 13 from StatXact 11
    ((24, 10), (61, 35)): (0.4063, 0.2142),
    ((9, 4), (11, 12)): (0.0215, 0.0120),
    ((6, 2), (13, 7)): (0.5374, None),
}


@lru_cache(maxsize=512)
def score(n: Pair, null: float) -> FloatArray:
    """Of all tables: the sweeps of one after the other look at the same nulls."""
    return _score(n, null)


def sweep(x: Pair, n: Pair, alternative: Alternative) -> _Sweep:
    logs = (_log_choices(n[0]), _log_choices(n[1]))
    return _Sweep(successes=x, sizes=n, alternative=alternative, score=partial(score, n), logs=logs)


def kept(x: Pair, n: Pair, alternative: Alternative = "two-sided", alpha: float = 0.05) -> tuple[float, float]:
    (ends,) = sweep(x, n, alternative).intervals(alpha, False)
    return ends


def assert_just_outside(found: tuple[float, float], published: tuple[float, float]) -> None:
    """Outside what was printed, but for its rounding, by less than 8·10⁻⁴."""
    assert -8e-4 < found[0] - published[0] < 6e-5
    assert -6e-5 < found[1] - published[1] < 8e-4


@pytest.mark.parametrize("counts", TWO_ONE_SIDED)
def test_one_sided_sets_are_those_published(counts: tuple[Pair, Pair]) -> None:
    ends = kept(*counts, "greater", 0.025)[0], kept(*counts, "less", 0.025)[1]
    assert_just_outside(ends, TWO_ONE_SIDED[counts])
    assert kept(*counts, "greater", 0.025)[1] == math.inf
    assert kept(*counts, "less", 0.025)[0] == -math.inf


@pytest.mark.parametrize("counts", TWO_SIDED)
def test_two_sided_sets_are_those_published(counts: tuple[Pair, Pair]) -> None:
    assert_just_outside(kept(*counts), TWO_SIDED[counts])


@pytest.mark.parametrize("counts", P_VALUES)
def test_p_values_are_those_published(counts: tuple[Pair, Pair]) -> None:
    found = {(d.alternative, d.contrast): d.p_value for d in barnard(*counts, most=0).p_values}
    two_sided, one_sided = P_VALUES[counts]
    assert round(found["two-sided", "difference"], 4) == two_sided
    assert one_sided is None or round(found["greater", "difference"], 4) == one_sided


@pytest.mark.parametrize(("x", "n"), [((10, 4), (14, 13)), ((2, 6), (10, 10)), ((1, 4), (6, 12)), ((0, 3), (8, 9))])
@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_no_difference_that_the_slow_version_keeps_is_left_out(x: Pair, n: Pair, alternative: Alternative) -> None:
    """And just inside each end there is one that it keeps."""
    low, high = kept(x, n, alternative)
    for null in np.linspace(-0.96, 0.96, 25).tolist():
        p_value = oracle.barnard_at(x, n, null, alternative, grid=400)
        assert p_value <= 0.05 or low <= null <= high
    for end, inwards in ((low, 1), (high, -1)):
        if abs(end) < 1:
            assert any(oracle.barnard_at(x, n, end + inwards * step, alternative) > 0.05 for step in (2e-4, 5e-4, 1e-3))


def test_a_table_has_a_z_that_falls_as_the_null_rises() -> None:
    """Which the bound of a range of nulls takes for granted."""
    for n in ((7, 13), (10, 10), (1, 6)):
        found = np.array([_score(n, null) for null in np.linspace(-1, 1, 401)])
        assert np.all(found[1:] <= found[:-1] + 1e-7 * np.maximum(1.0, np.abs(found[:-1])))


@given(n=st.tuples(st.integers(1, 9), st.integers(1, 9)), data=st.data(), level=st.sampled_from([0.2, 0.05, 0.01]))
@settings(max_examples=12, deadline=None)
def test_arms_or_success_and_failure_changed_about_turn_the_set_round(
    n: Pair, data: st.DataObject, level: float
) -> None:
    x = (data.draw(st.integers(0, n[0])), data.draw(st.integers(0, n[1])))
    low, high = kept(x, n, "two-sided", level)
    assert low <= x[0] / n[0] - x[1] / n[1] <= high
    close = 2e-4  # of ends that each lie a little outside
    assert kept(x[::-1], n[::-1], "two-sided", level) == pytest.approx((-high, -low), abs=close)
    assert kept((n[0] - x[0], n[1] - x[1]), n, "two-sided", level) == pytest.approx((-high, -low), abs=close)
    assert kept(x[::-1], n[::-1], "less", level)[1] == pytest.approx(-kept(x, n, "greater", level)[0], abs=close)


def test_the_set_covers_at_every_pair_of_shares() -> None:
    """All tables of 6 against 5."""
    n = (6, 5)
    sets = [[kept((a, b), n) for b in range(n[1] + 1)] for a in range(n[0] + 1)]
    lows, highs = np.moveaxis(np.array(sets), 2, 0)
    shares = np.linspace(0.0, 1.0, 41)
    treated, controls = (stats.binom.pmf(np.arange(size + 1)[None, :], size, shares[:, None]) for size in n)
    for p1, own in zip(shares, treated, strict=True):
        for p0, other in zip(shares, controls, strict=True):
            covers = (lows <= p1 - p0) & (p1 - p0 <= highs)
            assert own @ covers @ other >= 0.95


@pytest.mark.parametrize("x", [(a, b) for a in (0, 2, 6) for b in (0, 1, 3, 5)])
def test_zero_is_outside_exactly_when_no_effect_is_rejected(x: Pair) -> None:
    inference = barnard(x, (6, 5), most=6)
    assert isinstance(inference, TestInversion)
    p_values = {d.alternative: d.p_value for d in inference.p_values}
    assert len(inference.sets) == 12
    for declared in inference.sets:
        alpha = 1 - Fraction(str(declared.set.level))
        assert (0.0 in declared.set) == (p_values[declared.set.alternative] > alpha)


def test_a_rejected_zero_in_a_gap_is_left_out() -> None:
    (low, below), (above, high) = sweep((5, 5), (9, 9), "two-sided").intervals(0.05, True)
    assert low < below < 0 < above < high


def test_large_arms_have_a_p_and_say_that_they_have_no_set() -> None:
    data = {"y": [0, 1] * 201, "d": [1] * 201 + [0] * 201}
    effect = effekt.randomized_trial(data, outcome="y", treatment="d", inference="barnard")
    assert [note.code for note in effect.notes if note.code in ("two_shares", "no_exact_set")] == [
        "two_shares",
        "no_exact_set",
    ]
    assert effect.p_value() > 0.9

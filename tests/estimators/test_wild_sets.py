"""Sets of the wild cluster bootstrap against exact arithmetic: far pieces, single nulls, gaps, and infinity itself."""

from __future__ import annotations

import functools
import math
from fractions import Fraction

import numpy as np
import pytest
from oracles.wild_bootstrap import ExactMeans

from effekt import _linalg
from effekt._inference import Means, WildBootstrap
from effekt._inference.overlaps import covered, settled
from effekt._types import ALTERNATIVES
from effekt.estimators._wild_bootstrap import wild_bootstrap
from effekt.exceptions import InferenceUnavailableError

DESIGNS = {
    "two and three": ([[9, 12, 10], [13, 15]], [[5, 8], [6, 6, 9], [8, 4]]),
    "three and three": ([[9, 12], [13, 15, 11], [8]], [[5, 8], [6, 6, 9], [8, 4]]),
    "three and three alike": ([[9, 12], [13, 15], [8, 11]], [[5, 8], [6, 9], [8, 4]]),
    "a large cluster": ([[9, 12], [13, 15], [8, 10, 12, 14, 9, 9, 8, 11]], [[5, 8], [6, 9], [8, 4], [2, 9]]),
    "near zero": ([[1, -2], [3, 1], [0, 1, 1]], [[2, 1], [-1, 2], [3, 1, 0]]),
    "far from zero": ([[1001, 1003], [1000, 1004, 1002], [1005]], [[1000, 1002], [999, 1001, 1003], [1004, 1002]]),
}
LEVELS = (Fraction(3, 4), Fraction(9, 10), Fraction(15, 16))
NEAR = (0.0, 1e-6, 1e-4, 0.03, 0.3, 0.9, 1.4, 2.0, 3.0, 6.0, 30.0, 200.0)
FAR = (1e4, 1e6, 1e8, 9e9)  # as far as nulls are told from infinity


class Trial:
    """Two arms of clusters: exactly, and as the package has it."""

    def __init__(self, treated: list[list[int]], controls: list[list[int]]) -> None:
        self.exact = ExactMeans(treated, controls)
        parts = []
        for i, arm in enumerate((treated, controls)):
            outcome = np.concatenate([np.array(cluster, float) for cluster in arm])
            parts.append(
                _linalg.Part(
                    fit=_linalg.least_squares(np.ones((len(outcome), 1)), outcome),
                    contrasts=np.eye(2)[:, [i]],
                    clusters=np.repeat(np.arange(len(arm)), [len(cluster) for cluster in arm]) + 100 * i,
                )
            )
        treated_mean, counterfactual = (float(part.fit.coefficients[0]) for part in parts)
        self.means = Means(treated=treated_mean, counterfactual=counterfactual)
        self.inference: WildBootstrap = wild_bootstrap(parts, 999, None)


@functools.cache
def trial(name: str) -> Trial:
    return Trial(*DESIGNS[name])


def exact_p(name: str, contrast: str, null: Fraction | None, alternative: str, side: int = 1) -> Fraction:
    return exact_ps(name, contrast, null, side)[alternative]


@functools.cache
def exact_ps(name: str, contrast: str, null: Fraction | None, side: int) -> dict[str, Fraction]:
    return trial(name).exact.p(contrast, null, side)


def nulls(name: str, contrast: str) -> list[float]:
    """Of the whole half-turn, dense around the estimate and zero, and out to where infinity begins."""
    made = trial(name)
    inference = made.inference._nulls(made.means, contrast)
    found = {0.0}
    for step in (*NEAR, *FAR):
        found |= {inference.value + side * step * inference.scale for side in (-1.0, 1.0)}
        if contrast == "ratio" and step < 1:
            found |= {side * step * inference.scale for side in (-1.0, 1.0)}
    return sorted(found)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("contrast", ["difference", "ratio"])
@pytest.mark.parametrize("name", DESIGNS)
def test_p_and_set_are_those_of_exact_arithmetic(name, contrast, alternative) -> None:
    made = trial(name)
    inference = made.inference
    tested = 0
    for null in nulls(name, contrast):
        exact = exact_p(name, contrast, Fraction(null), alternative)
        found = inference.p_value(made.means, contrast, null, alternative)
        assert found >= exact, null  # rounding can add ties and take none away
        if found > exact and 1e-3 < abs(null) < 1e4:
            beside = Fraction(null).limit_denominator(10**6)  # a tie that the float of a fraction misses
            assert found == exact_p(name, contrast, beside, alternative), null
        for level in LEVELS:
            intervals = set_of(name, contrast, level, alternative)
            if intervals is None:
                continue
            inside = any(low <= null <= high for low, high in intervals)
            assert inside or found <= 1 - level, (null, level)  # nothing that belongs to the set is left out
            assert inside == (found > 1 - level), (null, level)
            tested += 1
    assert tested > 20


@functools.cache
def set_of(name, contrast, level, alternative):
    made = trial(name)
    try:
        return made.inference.confidence_set(made.means, contrast, 1 - level, alternative).intervals
    except InferenceUnavailableError:  # no p is so small
        return None


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", DESIGNS)
def test_p_of_an_infinite_ratio_is_that_of_all_farther_out(name, alternative) -> None:
    """Not that of a counterfactual mean of 0, under which draws tie that tie at no ratio."""
    made = trial(name)
    for side in (1, -1):
        found = made.inference.p_value(made.means, "ratio", side * math.inf, alternative)
        assert made.inference.p_value(made.means, "ratio", side * 1e200, alternative) == found
        for power in (12, 40):
            assert 0 <= found - exact_p(name, "ratio", Fraction(side * 10**power), alternative) <= all_but_tied(name)


def all_but_tied(name: str) -> Fraction:
    """What one sign for each arm adds, and its mirror: they tie but for the square of the distance to 0 or infinity."""
    return Fraction(2, trial(name).inference.total)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", DESIGNS)
def test_p_close_to_a_ratio_of_zero_is_not_that_of_zero(name, alternative) -> None:
    made = trial(name)
    assert made.inference.p_value(made.means, "ratio", 0.0, alternative) == exact_p(
        name, "ratio", Fraction(0), alternative
    )
    for side in (1, -1):
        found = made.inference.p_value(made.means, "ratio", side * 1e-200, alternative)
        assert made.inference.p_value(made.means, "ratio", side * 1e-11, alternative) == found
        for power in (12, 40):
            assert 0 <= found - exact_p(name, "ratio", Fraction(side, 10**power), alternative) <= all_but_tied(name)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", DESIGNS)
def test_p_of_an_infinite_difference_is_that_of_all_farther_out(name, alternative) -> None:
    made = trial(name)
    for side in (1, -1):
        found = made.inference.p_value(made.means, "difference", side * math.inf, alternative)
        for power in (12, 40):
            assert found == exact_p(name, "difference", Fraction(side * 10**power), alternative)


KINDS = {  # by level: what lies around 0 and infinity at two and three clusters in an arm is in the set
    ("three and three", "difference", Fraction(15, 16)): ("bounded", 1),
    ("three and three", "ratio", Fraction(3, 4)): ("bounded", 1),
    ("two and three", "ratio", Fraction(3, 4)): ("disjoint", 2),
    ("three and three", "ratio", Fraction(9, 10)): ("disjoint", 4),
    ("near zero", "ratio", Fraction(15, 16)): ("disjoint", 2),
}


@pytest.mark.parametrize("case", KINDS, ids=str)
def test_kinds_are_said(case) -> None:
    name, contrast, level = case
    made = trial(name)
    found = made.inference.confidence_set(made.means, contrast, 1 - level, "two-sided")
    assert (found.kind, len(found.intervals)) == KINDS[case], found
    for null in (0.0, made.means.value(contrast), -math.inf, math.inf):
        in_it = made.inference.p_value(made.means, contrast, null, "two-sided") > 1 - level
        assert in_it == any(low <= null <= high for low, high in found.intervals)


def intervals_of(*pairs: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([low for low, _ in pairs]), np.array([high for _, high in pairs])


def test_gaps_and_points_within_rounding_are_left_to_the_test() -> None:
    """Two intervals that all but meet at 1: the test says whether they do; wider gaps are never closed."""
    gap = intervals_of((0.0, 1.0), (1.0 + 1e-9, 2.0))
    assert settled(*gap, 1, 1e-7, lambda end, start: False)[0] == [(0.0, 1.0), (1.0 + 1e-9, 2.0)]
    assert settled(*gap, 1, 1e-7, lambda end, start: True)[0] == [(0.0, 2.0)]
    assert settled(*intervals_of((0.0, 1.0), (1.001, 2.0)), 1, 1e-7, lambda end, start: True)[0] == [
        (0.0, 1.0),
        (1.001, 2.0),
    ]
    asked: list[tuple[float, float]] = []

    def told(end: float, start: float) -> bool:
        asked.append((end, start))
        return True

    found = settled(*gap, 2, 1e-7, told)[0]
    assert found == [pytest.approx((1.0, 1.0 + 1e-9), abs=1e-12)]
    assert asked == [pytest.approx((1.0, 1.0 + 1e-9), abs=1e-12)]
    assert settled(*gap, 2, 1e-7, lambda end, start: False)[0] == []


def test_pieces_far_out_and_of_a_single_point_are_kept() -> None:
    starts, ends = intervals_of((-math.inf, -50.0), (-1.0, 1.0), (0.5, 0.5), (70.0, math.inf))
    assert covered(starts, ends, 1) == ([(-math.inf, -50.0), (-1.0, 1.0), (70.0, math.inf)], 0)
    assert covered(starts, ends, 2) == ([(0.5, 0.5)], 0)

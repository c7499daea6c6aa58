"""A set of ratios by the wild bootstrap holds the ratios whose own p is above 1 - level, and no others."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from oracles.wild_bootstrap import CellMeans

import effekt
from effekt._types import ALTERNATIVES
from effekt.exceptions import InferenceUnavailableError

OUTCOME = effekt.Outcome(column="y", unit="days", better="lower")
LEVELS = (0.8, 0.9, 0.95)
PANELS = [(8, 2, 4), (8, 4, 4), (9, 3, 3), (8, 4, 3)]  # units, treated ones, periods; all combinations of signs


def panel(seed: int, units: int, treated: int, periods: int) -> dict[str, list]:
    """Units far from 0 in their spread, as yearly counts are; treated in the last period."""
    random = Random(seed)
    columns: dict[str, list] = {"u": [], "t": [], "z": [], "y": []}
    for i in range(units):
        level = 20 + random.gauss(0, 2)
        for t in range(periods):
            z = int(i < treated and t == periods - 1)
            for name, own in zip(columns, (f"k{i}", t, z, round(level + random.gauss(0, 1) - 2 * z, 1)), strict=True):
                columns[name].append(own)
    return columns


def trial(seed: int, clusters: int, treated: int) -> dict[str, list]:
    random = Random(seed)
    levels = [random.gauss(20, 2) for _ in range(clusters)]
    rows = [(i, round(levels[i] + random.gauss(0, 1) - 2 * (i < treated), 1)) for i in range(clusters) for _ in "abc"]
    return {
        "y": [y for _, y in rows],
        "z": [int(i < treated) for i, _ in rows],
        "cluster": [f"c{i}" for i, _ in rows],
    }


def effects(design: str, seed: int) -> list[effekt.EffectEstimate]:
    given = {"outcome": OUTCOME, "inference": "wild_bootstrap", "draws": 99, "rng": 1}
    units, treated, periods = PANELS[seed % len(PANELS)]
    if design == "trial":
        return [
            effekt.randomized_trial(trial(seed, units, treated), treatment="z", cluster="cluster", **given),
            effekt.randomized_trial(trial(seed, 18, 5), treatment="z", cluster="cluster", **given),
        ]
    method = {"did": effekt.difference_in_differences, "event study": effekt.event_study}[design]
    found = method(panel(seed, units, treated, periods), unit="u", time="t", treatment="z", **given)
    return list(found.effects) if design == "event study" else [found]


def asked(ends: list[float], estimate: float) -> list[float]:
    """Ratios around every end, zero, one and the estimate, between them, and far out."""
    steps = (1e-9, 1e-6, 1e-4, 1e-2)
    middles = [(a + b) / 2 for a, b in pairwise(ends)]
    near = [
        end + sign * step * max(abs(end), size) for end in ends for step in steps for sign in (-1, 1) for size in (0, 1)
    ]
    grid = np.linspace(-0.1, 2.1, 45).tolist()
    far = [sign * 10.0**power for sign in (-1, 1) for power in (-12, -9, -7, -5, -3, 1, 2, 4, 6, 8, 9, 12)]
    return sorted({0.0, 1.0, estimate, *ends, *middles, *near, *grid, *far})


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("design", ["trial", "did", "event study"])
def test_a_ratio_is_in_the_set_where_its_p_is_above_alpha(design: str, seed: int) -> None:
    kinds = set()
    for effect in effects(design, seed):
        view = effect.ratio()
        for alternative in ALTERNATIVES:
            for level in LEVELS:
                try:
                    found = view.confidence_interval(level, alternative)
                except InferenceUnavailableError:
                    continue
                kinds.add(found.kind)
                ends = [end for pair in found.intervals for end in pair if math.isfinite(end)]
                alpha = 1 - Fraction(str(level))
                for null in asked(ends, view.estimate):
                    p = effect.inference.p_value(effect.means, "ratio", null, alternative)
                    assert (null in found) == (p > alpha), (null, p, found)
    assert kinds


@pytest.mark.parametrize("seed", range(4))
def test_p_of_a_ratio_in_an_event_study_is_that_of_every_sign(seed: int) -> None:
    """By least squares of the cells under the null, sign by sign, in exact fractions."""
    units, treated, periods = PANELS[seed]
    columns = panel(seed, units, treated, periods)
    by_unit = {(u, t): Fraction(str(y)) for u, t, y in zip(columns["u"], columns["t"], columns["y"], strict=True)}
    effect = effects("event study", seed)[-1]
    rows = [(by_unit[f"k{i}", periods - 1], by_unit[f"k{i}", periods - 2]) for i in range(units)]
    exact = CellMeans(rows[:treated], rows[treated:])
    assert float(exact.ratio) == pytest.approx(effect.ratio().estimate, rel=1e-12)
    for null in ("-40", "-0.1", "0", "0.004", "0.012", "0.018", "0.3", "0.93", "1.02", "5", "3000"):
        found = {one: effect.inference.p_value(effect.means, "ratio", float(null), one) for one in ALTERNATIVES}
        assert found == exact.p(Fraction(null)), null


def test_a_piece_near_zero_ends_where_p_falls() -> None:
    """Two treated units, 55 standard errors from 0: polynomials about the estimate were lost in rounding there."""
    columns = panel(0, 8, 2, 4)
    columns["y"] = Y_OF_TWO
    given = {"outcome": OUTCOME, "inference": "wild_bootstrap", "draws": 99, "rng": 1}
    effect = list(effekt.event_study(columns, unit="u", time="t", treatment="z", **given).effects)[1]
    found = effect.ratio().confidence_interval(0.9)
    assert [round(end, 6) for pair in found.intervals for end in pair] == [-0.014487, 0.019121, 1.051231, 1.165699]
    for null in (0.012, 0.015, 0.019):
        assert effect.ratio().p_value(null=null) > 0.1
        assert null in found


Y_OF_TWO = [
    20.1,
    20.9,
    20.4,
    17.7,
    22.0,
    21.7,
    20.0,
    17.5,
    18.8,
    16.4,
    18.5,
    17.5,
    18.0,
    18.2,
    18.9,
    19.6,
    21.1,
    19.1,
    20.1,
    20.6,
    19.4,
    19.3,
    19.7,
    20.4,
    17.8,
    17.8,
    18.5,
    18.2,
    20.1,
    20.6,
    21.5,
    22.2,
]

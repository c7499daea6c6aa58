"""Ranks of adjusted effects are those of fractions, whatever the level of a covariate."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from oracles import adjusted_by_lot as oracle

import effekt

LEVELS = (0, 2018, 738_000, 20_231_201, 10**9)
N = 8
CLUSTERS = [0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7]
OWN = {
    "lin": {},
    "additive": {"adjustment": "additive"},
    "lin in blocks": {"block": "b"},
    "additive in blocks": {"block": "b", "adjustment": "additive"},
    "clusters": {"cluster": "c"},
    "additive clusters": {"cluster": "c", "adjustment": "additive"},
    "sampling": {"weights": {"column": "w", "kind": "sampling"}},
    "exposure": {"exposure": "w"},
    "treated": {"estimand": "ATT"},
    "treated in blocks": {"block": "b", "estimand": "ATT"},
    "apart in blocks": {"block": "b", "adjustment": "lin_by_block"},
    "additive precision": {"weights": {"column": "w", "kind": "precision"}, "adjustment": "additive"},
    "pairs": {"pairs": "p", "adjustment": "lin"},
    "additive pairs": {"pairs": "p", "adjustment": "additive"},
}


def trial(design: str, seed: int) -> tuple[dict[str, list], list[int]]:
    """Outcomes and covariates of few values, hence many ties, and the unit that each row is drawn with."""
    rng = np.random.default_rng(seed)
    size = 10 if "pairs" in design else 12 if "apart" in design else N
    unit = CLUSTERS if "clusters" in design else list(range(size))
    n = len(unit)
    arm = [int(i % 2 == 0) for i in range(max(unit) + 1)]
    return {
        "y": rng.integers(0, 4, n).tolist(),
        "x": rng.integers(0, 4, n).tolist(),
        "d": [arm[i] for i in unit],
        "b": [int(i >= size // 2) for i in unit],
        "c": unit,
        "w": [1 + i % 2 for i in range(n)],
        "p": [i // 2 for i in unit],
    }, unit


def by_oracle(design: str, table: dict[str, list], unit: list[int], effect: Fraction) -> Fraction | None:
    """p of every assignment, one regression after the other."""
    covariates = [[Fraction(x) for x in table["x"]]]
    weights = [
        Fraction(w) if design in ("sampling", "exposure", "additive precision") else Fraction(1) for w in table["w"]
    ]
    of_unit = [table["d"][unit.index(i)] for i in range(max(unit) + 1)]
    strata = [0] * len(of_unit)
    groups = [0] * len(unit)
    if "blocks" in design:
        groups = table["b"]
        strata = groups
    if "pairs" in design:
        strata = [i // 2 for i in range(len(of_unit))]
        run = partial(oracle.over_pairs, covariates=covariates, with_means=design == "pairs")
    elif "apart" in design:
        run = partial(oracle.lin_by_block, covariates=covariates, groups=groups)
    else:
        line = partial(oracle.lin, att=True) if "treated" in design else oracle.lin
        line = oracle.additive if "additive" in design else line
        run = partial(line, covariates=covariates, groups=groups, weights=weights)
    outcome = [Fraction(y, w if design == "exposure" else 1) for y, w in zip(table["y"], table["w"], strict=True)]
    drawn = ([one[i] for i in unit] for one in oracle.every(strata, of_unit))
    return oracle.exact_p(run, outcome, table["d"], drawn, effect)


@pytest.mark.parametrize("design", OWN)
def test_ranks_are_those_of_fractions_at_every_level(design):
    """Nulls of 0 and 1, whose statistics tie often."""
    table, unit = next(
        (table, unit)
        for table, unit in (trial(design, seed) for seed in range(9))
        if by_oracle(design, table, unit, Fraction(0)) is not None
    )
    expected = {null: by_oracle(design, table, unit, Fraction(null)) for null in (0, 1)}
    for level in LEVELS:
        effect = by_lot(at(level, table), **OWN[design])
        assert {null: effect.rank_p_value(float(null)) for null in expected} == expected, level


def at(level: float, table: dict[str, list]) -> dict[str, list]:
    """The table with the covariate at a level."""
    return table | {"x": [x + level for x in table["x"]], "y": list(map(float, table["y"]))}


def by_lot(table: dict[str, list], **options) -> effekt.EffectEstimate:
    given = {"outcome": "y", "treatment": "d", "covariates": "x", "inference": "randomization"}
    return effekt.randomized_trial(table, **(given | options))


DAYS = {
    "y": [3.36, 4.3, 3.95, 2.3, 1.73, -0.62, 0.04, -2.33, -0.22, -1.25],
    "d": [1] * 5 + [0] * 5,
    "x": [24, 18, 15, 8, 9, 2, 3, 1, 5, 23],
}


def test_the_actual_assignment_and_its_mirror_tie_with_themselves_at_every_level():
    """Day numbers and dates written as numbers gave p = 0, which no listed assignment can have."""
    sets = set()
    for level in LEVELS:
        effect = by_lot(at(level, DAYS))
        assert effect.rank_p_value() == Fraction(2, 252)
        ends = effect.confidence_interval(0.95).intervals[0]
        sets.add(tuple(round(end, 11) for end in ends))
    assert len(sets) == 1


@pytest.mark.parametrize("adjustment", ["lin", "additive"])
def test_a_year_and_its_square_rank_alike_at_every_level(adjustment):
    table = DAYS | {"x": [1, 0, 3, 5, 2, 4, 0, 6, 3, 1]}
    found = set()
    for level in (0, 50, 2018):
        years = at(level, table)
        years["square"] = [x**2 for x in years["x"]]
        found.add(by_lot(years, covariates=["x", "square"], adjustment=adjustment).rank_p_value())
    assert len(found) == 1


def test_drawn_assignments_and_compliers_rank_alike_at_every_level():
    table, _ = trial("lin", 1)
    table |= {"chance": [0.5, 0.25] * 4, "r": [1, 0, 1, 0, 1, 1, 0, 0]}
    found = set()
    for level in LEVELS:
        drawn = by_lot(at(level, table), probability="chance", rng=1, draws=99)
        taken = effekt.complier_effect(
            at(level, table), outcome="y", treatment="d", received="r", covariates="x", inference="randomization"
        )["CACE"]
        found.add((drawn.rank_p_value(), taken.rank_p_value(), taken.rank_p_value(1.0)))
    assert len(found) == 1

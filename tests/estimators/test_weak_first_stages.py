"""Sets of the effect on compliers by randomisation where receipt hardly follows assignment."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from oracles.receipt_sets import ReceiptSets

import effekt
from effekt._types import ALTERNATIVES
from effekt.exceptions import InferenceUnavailableError
from effekt.independent import METHODS
from effekt.independent.statistics import bound, view_of

LEVELS = ("0.5", "0.8", "0.9", "0.95", "0.99")
WEAK = {
    "y": [11, 9, 10, 12, 13, 8, 14, 10, 12, 9, 8, 7, 13, 7, 11, 10],
    "z": [1] * 8 + [0] * 8,
    "d": [1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0],
}


def by_lot(data, **options):
    return effekt.complier_effect(data, outcome="y", treatment="z", received="d", inference="randomization", **options)


def small_trials(few_values):
    """Trials of 5 to 8 units in which no more than chance moves receipt; outcomes of few or many values."""
    rng = np.random.default_rng(20 + few_values)
    while True:
        n = int(rng.integers(5, 9))
        assigned = rng.permutation([1] * int(rng.integers(2, n - 1)) + [0] * n)[:n].tolist()
        taken = rng.integers(0, 2, n).tolist()
        outcome = (rng.integers(0, 2, n) if few_values else rng.integers(-30, 31, n)).tolist()
        if not 0 < sum(assigned) < n:
            continue
        sets = ReceiptSets([Fraction(one) for one in outcome], tuple(assigned), taken)
        if sets.actual[1] > 0:
            yield {"y": outcome, "z": assigned, "d": taken}, sets


@pytest.mark.parametrize("few_values", [True, False])
def test_the_set_is_every_effect_that_is_kept_and_refused_where_the_lot_itself_cannot_reject(few_values):
    """By every assignment and every effect in fractions; a level is refused by the design alone, not by the data."""
    seen: Counter[str] = Counter()
    for _, (table, sets) in zip(range(60), small_trials(few_values), strict=False):
        effect = by_lot(table)["CACE"]
        for alternative in ALTERNATIVES:
            least = sets.least_by_design(alternative)
            for level in LEVELS:
                alpha = 1 - Fraction(level)
                if alpha < least:
                    with pytest.raises(InferenceUnavailableError, match=f"of {sets.count} assignments is {least} "):
                        effect.confidence_interval(float(level), alternative)
                    seen["refused"] += 1
                    continue
                found = effect.confidence_interval(float(level), alternative)
                expected = sets.kept(alpha, alternative)
                ends = [
                    (-math.inf if low is None else float(low), math.inf if high is None else float(high))
                    for low, high in expected
                ]
                assert np.array(found.intervals).ravel() == pytest.approx(np.array(ends).ravel(), rel=1e-9, abs=1e-9)
                whole = ends == [(-math.inf, math.inf)]
                seen["whole" if whole else found.kind] += 1
    assert min(seen[kind] for kind in ("refused", "whole", "bounded", "unbounded")) > 5


def test_where_no_effect_is_rejected_the_set_is_all_numbers_as_that_of_the_variance_is():
    """The assignments reject well: the set of the ITT at 95 % is bounded. Receipt does not tell."""
    found, by_variance = by_lot(WEAK), effekt.complier_effect(WEAK, outcome="y", treatment="z", received="d")
    for level in (0.8, 0.9, 0.95):
        whole = found["CACE"].confidence_interval(level)
        assert whole.intervals == ((-math.inf, math.inf),)
        assert whole.kind == by_variance["CACE"].confidence_interval(level).kind == "unbounded"
    assert found["ITT"].confidence_interval(0.95).kind == "bounded"
    assert found["CACE"].confidence_interval(0.7).kind != "empty"
    with pytest.raises(InferenceUnavailableError) as refusal:
        found["CACE"].confidence_interval(0.9999)
    assert str(refusal.value) == (
        "The smallest attainable p of 12870 assignments is 1/6435 (0.0002), so no interval at level 0.9999 exists; "
        "the highest level that does is 6434/6435."
    )


@pytest.mark.parametrize(
    ("treated", "least", "options"),
    [
        ([1, 0, 0, 0] * 2, 28, {}),  # every statistic has its opposite, no assignment has
        ([1, 0] * 4, 35, {}),
        ([1, 0] * 4, 8, {"pairs": "g"}),
        ([1, 0] * 4, 12, {"block": "h"}),
        ([1, 0] * 4, 70, {"estimand": "ATT", "adjustment": "lin", "covariates": "x"}),
    ],
)
def test_a_level_is_refused_by_the_design_and_not_by_what_the_outcomes_happen_to_be(treated, least, options):
    """Outcome and receipt are of half of the units each, so that many assignments tie under every effect."""
    rng, found = np.random.default_rng(3), 0
    while found < 8:
        y, d = (rng.permutation([0, 1] * 4).tolist() for _ in "yd")
        extra = {"g": list("aabbccdd"), "h": list("aaaabbcc"), "x": [3, 1, 4, 1, 5, 9, 2, 6]}
        if np.mean(np.array(d)[np.array(treated) == 1]) <= 0.5:
            continue
        found += 1
        effect = by_lot({"y": y, "z": treated, "d": d, **extra}, **options)["CACE"]
        with pytest.raises(InferenceUnavailableError, match=rf"assignments is 1/{least} "):
            effect.confidence_interval(1 - 0.9 / least)
        assert effect.confidence_interval(1 - 1.1 / least).kind == "unbounded"


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_drawn_assignments_refuse_no_level_that_so_many_can_reach(alternative):
    """Receipt and outcome of two values: a tenth of the draws ties with the actual assignment at every effect."""
    n = 24
    table = {
        "y": [0, 1] * (n // 2),
        "z": [1] * (n // 2) + [0] * (n // 2),
        "d": [0, 1] * (n // 4) + [1, *([0, 1] * (n // 4 - 1)), 0],
    }
    table["d"][0] = 1
    effect = by_lot(table, draws=199, rng=1)["CACE"]
    assert effect.confidence_interval(0.95, alternative).intervals == ((-math.inf, math.inf),)
    for null in (-1e6, -3.0, 0.0, 0.4, 1.0, 7.0, 1e6):
        assert effect.rank_p_value(null, alternative) > Fraction(1, 20)
    assert effect.confidence_interval(0.995, alternative).kind == "unbounded"
    with pytest.raises(InferenceUnavailableError, match="of 199 assignments is 1/200 "):
        effect.confidence_interval(0.999, alternative)


@pytest.mark.parametrize("treated", [2, 3])
def test_a_single_treated_unit_has_no_opposite_though_statistics_lie_opposite_to_each_other(treated):
    """Outcomes and receipt are as far from their means on both sides; no two of the four units can be treated."""
    assigned = tuple(int(i == treated) for i in range(4))
    table = {"y": [1, 2, 3, 4], "z": list(assigned), "d": [0, 0, 1, 1]}
    sets, effect = ReceiptSets([Fraction(y) for y in table["y"]], assigned, table["d"]), by_lot(table)["CACE"]
    second = METHODS["complier_effect"](table, outcome="y", treatment="z", received="d", inference="randomization")[
        "members"
    ]["CACE"]
    for alternative in ALTERNATIVES:
        for alpha in (Fraction(1, 4), Fraction(3, 10), Fraction(2, 5), Fraction(3, 5)):
            found = effect.confidence_interval(float(1 - alpha), alternative)
            expected = sets.kept(alpha, alternative)
            ends = [(-math.inf if a is None else float(a), math.inf if b is None else float(b)) for a, b in expected]
            assert np.array(found.intervals).ravel() == pytest.approx(np.array(ends).ravel(), rel=1e-9, abs=1e-9)
            if found.intervals == ((-math.inf, math.inf),):
                for statistic in ("confidence_low", "confidence_high"):
                    view = view_of("difference", None, Fraction(1))
                    assert bound(second, view, statistic, 1 - alpha, alternative) is None
        with pytest.raises(InferenceUnavailableError, match="of 4 assignments is 1/4 "):
            effect.confidence_interval(0.8, alternative)
    assert effect.confidence_interval(0.7).intervals == ((-math.inf, math.inf),)

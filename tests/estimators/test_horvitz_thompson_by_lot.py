"""Randomisation inference by Horvitz and Thompson's difference, whose weights sum to another number in each lot."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from helpers import assert_valid_effect
from oracles import drawn_assignments
from oracles import horvitz_thompson_by_lot as oracle

import effekt
from effekt._types import ALTERNATIVES
from effekt.estimators.randomized.assignments import Scheme
from effekt.estimators.randomized.lots import packed
from effekt.independent.statistics import bound, p_value, view_of
from effekt.independent.trials.randomized_trial import randomized_trial as second_route

OPTIONS = {
    "outcome": "y",
    "treatment": "d",
    "probability": "p",
    "adjustment": "none",
    "inference": "randomization",
    "draws": 499,
    "rng": 3,
}
UNITS = {  # in the order in which units stand: by their outcomes
    "y": [0.5, 1.0, 2.25, 3.0, 4.5, 5.75, 6.0, 7.5, 8.0, 9.25],
    "d": [0, 1, 1, 0, 1, 1, 0, 1, 1, 1],
    "p": [0.5, 0.25, 0.5, 0.75, 0.5, 0.25, 0.5, 0.5, 0.75, 0.5],
}
CLUSTERS = {
    "y": [0.5, 1.0, 2.25, 3.0, 4.5, 5.75, 6.0, 7.5, 8.0, 9.25, 10.5],
    "d": [1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1],
    "p": [0.25, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 0.5, 0.5],
    "c": [0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4],
}
CONSTANT = {  # an effect of 5 for everybody; six of ten are drawn
    "y": [5.0, 6.0, 5.0, 6.0, 5.0, 6.0, 0.0, 1.0, 0.0, 1.0],
    "d": [1] * 6 + [0] * 4,
    "p": [0.5] * 10,
}
NULLS = (Fraction(0), Fraction(5), Fraction(-3), Fraction(5, 4), Fraction(31, 5))


def fractions(cells):
    return [Fraction(repr(float(cell))) for cell in cells]


def trial(table, **more):
    return effekt.randomized_trial(table, **OPTIONS | ({"cluster": "c"} if "c" in table else {}) | more)


def others(table):
    """The drawn assignments, one for each row."""
    chances, units = fractions(table["p"]), table.get("c", list(range(len(table["y"]))))
    of_units = [chances[units.index(unit)] for unit in dict.fromkeys(units)]
    for drawn in itertools.islice(drawn_assignments.independent(OPTIONS["rng"], of_units), OPTIONS["draws"]):
        yield [drawn[unit] for unit in units]


@pytest.mark.parametrize("table", [UNITS, CLUSTERS], ids=["units", "clusters"])
def test_p_is_that_of_the_statistic_computed_anew_also_for_the_actual_assignment(table):
    """Both routes, at several nulls: of drawn assignments one by one, in fractions."""
    effect, second = trial(table), second_route(table, **OPTIONS | ({"cluster": "c"} if "c" in table else {}))
    drawn, view = list(others(table)), view_of("difference", None, Fraction(1))
    own = {name: fractions(table[name]) for name in ("y", "p")}
    rejected = 0
    for null, side in itertools.product(NULLS, ALTERNATIVES):
        extreme = oracle.as_extreme(own["y"], table["d"], drawn, own["p"], null, side)
        expected = Fraction(1 + sum(extreme), 1 + len(drawn))
        assert effect.rank_p_value(float(null), side) == expected, (null, side)
        assert p_value(second, view, null, side) == expected
        rejected += expected < Fraction(1, 10)
    assert rejected


@pytest.mark.parametrize("side", ALTERNATIVES)
def test_a_true_effect_is_rejected_no_more_often_than_the_level_says(monkeypatch, side):
    """Over all assignments with their probabilities: p of the true effect is at most α in a share α of them at most."""
    chances = fractions([0.25, 0.5, 0.75, 0.25, 0.5])
    without, effect = fractions([0.0, 1.5, -0.5, 2.0, 0.25]), Fraction(5)
    every = list(oracle.every(chances))
    least = min(share for _, share in every)

    def as_often_as_drawn(probabilities):
        return [treated for treated, share in oracle.every(probabilities) for _ in range(int(share / least))]

    def all_of_them(self, rng):
        yield packed(np.array(as_often_as_drawn(fractions(self.chances)), np.uint8))

    monkeypatch.setattr(Scheme, "drawn", all_of_them)
    listed = as_often_as_drawn(chances)
    found = []
    for treated, share in every:
        if 0 < sum(treated) < len(treated):
            outcome = [float(y + effect * d) for y, d in zip(without, treated, strict=True)]
            table = {"y": outcome, "d": list(treated), "p": list(map(float, chances))}
            p = effekt.randomized_trial(table, **OPTIONS | {"draws": len(listed)}).rank_p_value(5.0, side)
            extreme = oracle.as_extreme(fractions(outcome), treated, listed, chances, effect, side)
            assert p == Fraction(1 + sum(extreme), 1 + len(listed))
            found.append((p, share))
    levels = sorted({p for p, _ in found})
    assert len(levels) > 10
    for level in levels:
        assert sum(share for p, share in found if p <= level) <= level


def test_a_true_constant_effect_is_kept_and_the_estimate_need_not_be():
    """Six of ten drawn with probability a half: 5 counts as 6 in the estimate, which is 6.2 and outside the set."""
    effect = trial(CONSTANT, draws=9_999, rng=1)
    assert effect.estimate == pytest.approx(6.2)
    assert effect.p_value(5.0) == 1.0
    found = effect.confidence_interval(0.9)
    assert 5.0 in found
    assert effect.estimate not in found
    assert effect.p_value(effect.estimate) <= 0.1
    own = {name: fractions(CONSTANT[name]) for name in ("y", "p")}
    every = [treated for treated, _ in oracle.every(own["p"])]  # all are as likely
    for null in (found.low, found.high):
        inside, outside = (Fraction(round((null + way * (5 - null) * 0.01) * 10**6), 10**6) for way in (1, -1))
        for value, kept in ((inside, True), (outside, False)):
            extreme = oracle.as_extreme(own["y"], CONSTANT["d"], every, own["p"], value, "two-sided")
            assert (sum(extreme) / len(every) > 0.1) == kept


@pytest.mark.parametrize("name", ["difference", "ratio"])
@pytest.mark.parametrize("table", [UNITS, CLUSTERS, CONSTANT], ids=["units", "clusters", "constant"])
def test_the_set_of_both_routes_ends_at_one_place(table, name):
    first = trial(table)
    second = second_route(table, **OPTIONS | ({"cluster": "c"} if "c" in table else {}))
    wanted = (first if name == "difference" else first.ratio()).confidence_interval(0.6)
    view = view_of(name, None, Fraction(1))
    assert len(wanted.intervals) == 1
    for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
        assert bound(second, view, statistic, Fraction(3, 5), "two-sided") == pytest.approx(end, rel=1e-9)


@pytest.mark.parametrize(("side", "end"), [("greater", "confidence_low"), ("less", "confidence_high")])
@pytest.mark.parametrize("level", [Fraction(1, 2), Fraction(4, 5)])
def test_one_sided_sets_of_both_routes_end_at_one_place_also_where_the_centre_is_rejected(side, end, level):
    """An unlikely lot: the three treated had a probability of a tenth, and others of up to 0.9 were not drawn."""
    unlikely = UNITS | {"d": [1, 0, 0, 1, 0, 1, 0, 0, 0, 0], "p": [0.1, 0.5, 0.9, 0.1, 0.5, 0.1, 0.5, 0.5, 0.7, 0.2]}
    first, second = trial(unlikely), second_route(unlikely, **OPTIONS)
    centre = first.estimate / first.inference.actual_exposure
    wanted = first.confidence_interval(level, side)
    assert (centre in wanted) == (level > Fraction(1, 2) or side == "greater")
    found = bound(second, view_of("difference", None, Fraction(1)), end, level, side)
    assert found == pytest.approx(wanted.low if side == "greater" else wanted.high, rel=1e-9)


@pytest.mark.parametrize("table", [UNITS, CLUSTERS, CONSTANT], ids=["units", "clusters", "constant"])
def test_the_laws_hold_where_the_weights_do_not_sum_to_one(table):
    effect = trial(table)
    assert effect.inference.actual_exposure != 1
    assert_valid_effect(effect)


def test_a_note_says_that_the_set_may_not_hold_the_estimate():
    notes = {note.code: note.text for note in trial(CONSTANT).notes}
    assert "1.200 times" in notes["set_beside_estimate"].en
    assert "1,200 gånger" in notes["set_beside_estimate"].sv
    five = CONSTANT | {"d": [1] * 5 + [0] * 5}
    assert "set_beside_estimate" not in {note.code for note in trial(five).notes}
    assert "set_beside_estimate" not in {note.code for note in trial(CONSTANT, adjustment="lin").notes}


def test_a_lot_that_drew_two_of_ten_leaves_large_falls_possible():
    """Where others are drawn with the two, or neither of them is, a fall counts as much: in a half of the lots."""
    effect = trial(CONSTANT | {"d": [1, 1] + [0] * 8})
    found = effect.confidence_interval(0.9)
    assert found.low == -np.inf
    assert found.high < np.inf
    assert effect.p_value(-1e6) > 0.1
    assert_valid_effect(effect)


def test_a_likely_lot_that_drew_six_of_ten_leaves_the_set_without_end():
    """Its exposure is small, and most lots have a larger one, so that a large effect is never the most extreme."""
    likely = CONSTANT | {"p": [0.9] * 10}
    effect = trial(likely)
    assert effect.confidence_interval(0.5).intervals[0][0] == -np.inf
    assert_valid_effect(effect)

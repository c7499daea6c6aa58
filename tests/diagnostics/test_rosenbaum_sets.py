"""Sensitivity of matched sets: every confounder tried, all assignments listed, and the exact sentences."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import hidden_sets as oracle

from effekt.diagnostics import rosenbaum_bounds, rosenbaum_set_bounds
from effekt.exceptions import ArgumentError


def drawn(seed, shapes, effect=1.0):
    """Sets of (treated, controls) with outcomes in quarters."""
    rng = np.random.default_rng(seed)
    return [
        [(float(np.round(4 * (rng.normal() + effect * own)) / 4), bool(own)) for own in [1] * m + [0] * k]
        for m, k in shapes
    ]


def bounds(sets, **arguments):
    rows = [(y, treated, number) for number, members in enumerate(sets) for y, treated in members]
    outcome, treated, numbers = zip(*rows, strict=True)
    return rosenbaum_set_bounds(outcome, np.array(treated, int), sets=numbers, **arguments)


SHAPES = [(1, 2), (1, 1), (3, 1), (1, 4), (2, 1), (1, 3)] * 2


@given(seed=st.integers(0, 10_000), gamma=st.sampled_from([1, 1.5, 2, 4]))
@settings(max_examples=15, deadline=None)
def test_the_largest_p_is_that_of_the_worst_confounder_in_every_set(seed, gamma) -> None:
    sets = drawn(seed, SHAPES)
    found = bounds(sets, gammas=[gamma])
    assert found.table["p_upper"][0] == pytest.approx(oracle.upper_p(sets, gamma), rel=1e-9)
    turned = [[(-y, treated) for y, treated in members] for members in sets]
    less = bounds(turned, gammas=[gamma], alternative="less")
    assert less.table["p_upper"] == pytest.approx(found.table["p_upper"], rel=1e-9)
    other = bounds(sets, gammas=[gamma], alternative="less")
    assert other.table["p_lower"][0] == pytest.approx(1 - found.table["p_upper"][0], abs=1e-9)


def test_the_shortcut_of_the_oracle_for_large_sets_is_every_confounder() -> None:
    ranks = [3, 1, 4, 1, 5, 9, 2]
    for treated in ([1] + [0] * 6, [0] + [1] * 6):
        shortcut = oracle.by_scan([*ranks, 6], [*treated, treated[-1]], 3)
        assert shortcut == oracle.of_set([*ranks, 6], [*treated, treated[-1]], 3)


def test_the_normal_distribution_is_near_that_of_all_assignments() -> None:
    for seed in range(5):
        sets = drawn(seed, SHAPES, effect=0.6)
        assert bounds(sets).values["p_value"] == pytest.approx(oracle.exact_p(sets), abs=0.02)


def test_sets_of_pairs_have_signed_ranks_less_a_half() -> None:
    sets = drawn(3, [(1, 1)] * 30)
    sets = [[(y + 0.001 * i * own, own) for y, own in members] for i, members in enumerate(sets)]  # no ties
    differences = [members[0][0] - members[1][0] for members in sets]
    signed, found = rosenbaum_bounds(differences, distribution="normal"), bounds(sets)
    places = np.argsort(np.argsort(np.abs(differences))) + 1
    wanted = sum(30 + rank if d > 0 else 31 - rank for rank, d in zip(places, differences, strict=True))
    assert found.values["rank_sum"] == wanted
    assert found.values["gamma_limit"] == pytest.approx(signed.values["gamma_limit"], rel=0.1)


@given(order=st.permutations(range(42)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_and_the_names_of_sets_move_nothing(order) -> None:
    sets = drawn(8, SHAPES)
    rows = [(y, int(own), number) for number, members in enumerate(sets) for y, own in members]
    outcome, treated, numbers = zip(*(rows[i] for i in order), strict=True)
    found = rosenbaum_set_bounds(outcome, treated, sets=[100 - number for number in numbers])
    assert found.to_json() == bounds(sets).to_json()


def test_words() -> None:
    found = bounds(drawn(4, SHAPES, effect=4.0))
    floor = math.floor(found.values["gamma_limit"] * 100) / 100
    assert found.status == "information"
    assert found.statement.en == (
        "A hidden confounder could undo the finding of an effect greater than 0 only if it made the odds of treatment "
        f"within a matched set differ by more than {floor:.2f} times (p then above 0.05)."
    )
    none = bounds(drawn(4, SHAPES, effect=0.0), threshold=1)
    assert (none.status, none.values["gamma_limit"]) == ("warning", None)
    assert none.statement.en.startswith(
        "Even with nothing hidden the matched sets do not show an effect greater than 1 (p"
    )
    assert none.statement.sv.startswith(
        "Även utan något dolt visar de matchade grupperna inte en effekt större än 1 (p"
    )


@pytest.mark.parametrize("one", [Decimal(0), Fraction(0), 0, 0.0])
def test_the_kind_of_number_that_a_set_has_does_not_matter(one: Decimal | Fraction | float) -> None:
    outcome, treated, sets = np.arange(40.0) * 7 % 11, np.tile([1, 0], 20), np.arange(40) // 2
    found = rosenbaum_set_bounds(outcome, treated, sets=[sets[0], one, *sets[2:]])
    assert found == rosenbaum_set_bounds(outcome, treated, sets=sets)


def test_bad_input() -> None:
    outcome, treated = np.arange(40.0), np.tile([1, 1, 0, 0], 10)
    with pytest.raises(ArgumentError) as raised:
        rosenbaum_set_bounds(outcome, treated, sets=np.arange(40) // 4)
    assert str(raised.value) == (
        "`sets` must each have one treated and some controls, or one control and some treated; the first row of "
        "another set is row 1. Leave such sets out, or divide them."
    )
    with pytest.raises(ArgumentError) as raised:
        rosenbaum_set_bounds(outcome[:8], [1, 0] * 4, sets=np.arange(8) // 2)
    assert str(raised.value) == (
        "`sets` must be at least 10 within which the outcomes differ, as the distribution is normal only when they are "
        "many; there are 4."
    )
    with pytest.raises(ArgumentError, match=r"^`sets` must hold whole numbers; the first row that does not is row 3\."):
        rosenbaum_set_bounds(outcome[:4], [1, 0, 1, 0], sets=[1, 1, 1.5, 1.5])

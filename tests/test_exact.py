"""Floats as decimals and exact sums, and the canonical order of rows."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effekt._exact import rounded_total, rounded_totals, scaled_integers
from effekt.tables import as_table
from effekt.tables.arrays import MANY, absent, in_order, is_missing, order_of, plain

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, max_size=30))
@settings(deadline=None)
def test_scaled_integers_are_the_shortest_decimals(values):
    integers, scale = scaled_integers(values)
    assert [Fraction(each, scale) for each in integers] == [Fraction(Decimal(repr(value))) for value in values]


def test_scaled_integers_share_the_scale_of_the_longest_decimal():
    assert scaled_integers([1e22, 0.25, -3.0]) == ([10**24, 25, -300], 100)
    assert scaled_integers([1e-7, 5.0]) == ([1, 50_000_000], 10**7)
    assert scaled_integers([1e22, -0.5, 1.5e-7, -2.5e16]) == ([10**30, -5 * 10**7, 15, -25 * 10**23], 10**8)
    assert scaled_integers([1e22, 3e16]) == ([10**22, 3 * 10**16], 1)
    assert scaled_integers([]) == ([], 1)


@given(
    st.lists(
        st.tuples(st.integers(-(10**15), 10**15), st.integers(-18, 3)).map(lambda one: float(f"{one[0]}e{one[1]}")),
        min_size=64,
        max_size=90,
    ),
    st.integers(0, 4),
    st.lists(FINITE, max_size=1),
)
@settings(deadline=None)
def test_many_at_once_are_the_shortest_decimals_one_by_one(values, digits, odd):
    for column in (values, [round(value, digits) for value in values], [*values, *odd]):
        integers, scale = scaled_integers(column)
        assert [Fraction(each, scale) for each in integers] == [Fraction(Decimal(repr(value))) for value in column]
        alone = [scaled_integers([value]) for value in column]
        assert scale == max(one for _, one in alone)


@given(st.lists(st.floats(-1e100, 1e100), max_size=60))
@settings(deadline=None)
def test_a_total_is_rounded_once(values):
    assert rounded_total(np.array(values)) == math.fsum(values)


def test_a_total_of_many_blocks_is_rounded_once():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(10_000) * 10.0 ** rng.integers(-90, 90, 10_000)
    values = np.concatenate([values, -values[::2]])
    assert rounded_total(values) == math.fsum(values.tolist())


@given(st.lists(st.tuples(st.floats(-1e100, 1e100), st.booleans()), min_size=1, max_size=60))
@settings(deadline=None)
def test_the_totals_of_two_arms_are_each_rounded_once(rows):
    values, chosen = (np.array(column) for column in zip(*rows, strict=True))
    expected = tuple(math.fsum(values[arm].tolist()) for arm in (chosen, ~chosen))
    assert rounded_totals(values, chosen) == expected


def test_the_totals_of_two_arms_of_many_blocks_are_each_rounded_once():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(40_000) * 10.0 ** rng.integers(-90, 90, 40_000)
    chosen = rng.random(40_000) < 0.3
    assert rounded_totals(values, chosen) == (math.fsum(values[chosen]), math.fsum(values[~chosen]))


@pytest.mark.parametrize(
    ("cell", "expected"), [(0.0, True), (-0.0, False), (1e-101, False), (1e101, False), (np.nan, False), (-1e-99, True)]
)
def test_numbers_that_need_a_second_look(cell, expected):
    cells = np.full(40_000, -3.5)
    cells[::7] = 0.0
    cells[30_000] = cell
    assert plain(cells, 1e100) is expected


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 6), st.integers(0, 10**6))
@settings(deadline=None)
def test_the_canonical_order_is_lexicographic_and_stable(n, keys, values, seed):
    columns = list(np.random.default_rng(seed).integers(0, values, (keys, n)) / 7)
    np.testing.assert_array_equal(in_order(columns), np.lexsort(columns[::-1]))


def test_a_column_that_is_not_copied_cannot_be_written_to():
    own = np.linspace(1, 2, 100_001)
    column = as_table({"y": own}).select(numbers=["y"]).numbers["y"]
    assert np.shares_memory(column, own)
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 0.0
    assert own.flags.writeable


def test_minus_zero_is_zero_in_a_column_of_many_rows():
    own = np.where(np.arange(100_001) % 2, 1.0, -0.0)
    column = as_table({"y": own}).select(numbers=["y"]).numbers["y"]
    assert not np.signbit(column).any()


@pytest.mark.parametrize("names", [[3, 10, 2, 10], [-1, 5, -20, 0]])
def test_whole_numbers_are_names_that_sort_as_text(names):
    found = as_table({"unit": np.array(names), "y": np.arange(4.0)}).select(labels=["unit"], numbers=["y"])
    text = as_table({"unit": [str(name) for name in names], "y": np.arange(4.0)}).select(labels=["unit"], numbers=["y"])
    assert found.labels["unit"].names == text.labels["unit"].names
    np.testing.assert_array_equal(found.labels["unit"].codes, text.labels["unit"].codes)


CELLS = ("a", "", "  ", None, math.nan, 1, True, 1.0, 0, Decimal("NaN"), np.datetime64("NaT"), {"no": "hash"})


@given(st.lists(st.sampled_from(range(len(CELLS))), min_size=1, max_size=40))
def test_empty_cells_of_a_column_are_those_found_one_by_one(chosen):
    cells = np.empty(len(chosen), dtype=object)
    cells[:] = [CELLS[i] for i in chosen]
    assert absent(cells).tolist() == [is_missing(cell) for cell in cells]
    assert absent(cells).dtype == bool


@given(st.integers(0, 10**6), st.integers(1, 300), st.lists(st.integers(-1, 3), min_size=1, max_size=3))
def test_rows_are_ordered_as_by_lexsort_whether_ties_are_few_or_many(seed, n, digits):
    rng = np.random.default_rng(seed)
    keys = [rng.standard_normal(n) if d < 0 else rng.standard_normal(n).round(d) for d in digits]
    if n > 64:
        keys[0][:64] = np.arange(64)  # the first few differ, whatever the others do
    assert in_order(keys).tolist() == np.lexsort(keys[::-1]).tolist()


def _many() -> dict[str, np.ndarray]:
    """Many numbers, of which none, a few or most share a part of their range."""
    rng = np.random.default_rng(20)
    drawn = rng.standard_normal(2 * MANY)
    return {
        "spread": drawn,
        "some close together": np.exp(4 * drawn),
        "most close together": np.exp(30 * drawn),
        "one far away": np.append(drawn, 1e300),
        "close and far": np.append(drawn[:MANY] * 1e-12, drawn),
        "beyond any range": np.append(drawn, [1.7e308, -1.7e308]),
        "tiny": drawn * 1e-310,
        "tied": drawn.round(1),
        "zeros of both signs": np.where(drawn > 0, drawn, np.copysign(0.0, rng.standard_normal(len(drawn)))),
        "alike": np.ones(MANY),
        "infinite": np.append(drawn, [np.inf, -np.inf]),
        "not numbers": np.append(drawn, np.nan),
        "whole": rng.integers(-(2**62), 2**62, MANY),
        "whole of every size": np.append(rng.integers(0, 9, MANY), [2**63 - 1, -(2**63)]),
        "narrow whole": rng.integers(-128, 128, MANY).astype(np.int8),
        "single precision": drawn.astype(np.float32),
    }


@pytest.mark.parametrize("kind", _many())
def test_the_order_of_many_numbers_is_one_that_a_sort_has(kind: str) -> None:
    numbers = _many()[kind]
    order = order_of(numbers)
    np.testing.assert_array_equal(np.sort(order), np.arange(len(numbers)))
    np.testing.assert_array_equal(numbers[order], np.sort(numbers))


def test_numbers_that_share_a_part_are_put_in_order_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    plainly = np.argsort

    def spy(numbers: np.ndarray, **how: str) -> np.ndarray:
        asked.append(0 if how else len(numbers))
        return plainly(numbers, **how)

    monkeypatch.setattr(np, "argsort", spy)
    order_of(_many()["some close together"])
    assert 0 < max(asked) < MANY  # of all, NumPy compared these alone

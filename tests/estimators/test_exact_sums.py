"""Sums over assignments of whole numbers that are taken apart into floats are those of Python's integers."""

import numpy as np
import pytest

from effekt.estimators.randomized import moments
from effekt.estimators.randomized.lots import n_words
from effekt.estimators.randomized.rerandomized import whole_columns


def packed(treated, places):
    """Assignments as they are kept: a bit for each of the units, in words of eight bytes."""
    units = 8 * 8 * n_words(int(places[-1]) + 1)
    bits = np.zeros((len(treated), units), np.uint8)
    bits[:, places] = treated
    return np.packbits(bits, axis=1, bitorder="little")


def sums(columns, treated, places=None):
    bits = moments.bits_of(len(columns[0]))
    pieces, of = moments.pieces_of(columns, bits)
    summed = whole_columns(pieces, places)
    found = summed.sums(packed(treated, np.arange(len(columns[0])) if places is None else places))
    return [[int(one) for one in column] for column in moments.summed_up(found, of, bits)]


def by_hand(columns, treated):
    return [
        [sum(value for value, own in zip(column, row, strict=True) if own) for row in treated] for column in columns
    ]


@pytest.mark.parametrize("largest", [1, 10**9, 10**16, 10**40])
@pytest.mark.parametrize(("units", "at_once"), [(1, 2), (2, 1), (63, 7), (64, 64), (65, 64), (500, 4096)])
def test_sums_over_assignments_are_exact(units, at_once, largest, monkeypatch):
    monkeypatch.setattr(moments, "AT_ONCE", at_once)
    rng = np.random.default_rng(units)
    columns = [
        np.array([int(one) * largest // 2**40 for one in rng.integers(-(2**40), 2**40, units)], object),
        np.array([largest] * units, object),
        np.array([-largest] * units, object),
        rng.integers(0, 2, units).astype(np.int8),
    ]
    treated = np.vstack([np.ones(units, int), np.zeros(units, int), rng.integers(0, 2, (3, units))])
    listed = [column.tolist() for column in columns]
    assert sums(columns, treated) == by_hand(listed, treated.tolist())
    places = np.sort(rng.choice(3 * units + 20, units, replace=False))
    assert sums(columns, treated, places) == by_hand(listed, treated.tolist())


@pytest.mark.parametrize("units", [1, 2, 3, 4, 7, 8, 127, 128, 5_000])
def test_no_sum_of_the_largest_pieces_is_rounded(units):
    bits = moments.bits_of(units)
    assert units * 2**bits <= 2**53
    for extreme in (2**bits - 1, -(2**bits), 2**bits, 2 ** (3 * bits) - 1, -(2 ** (2 * bits))):
        column = np.array([extreme] * (units - 1) + [extreme - 1], object)
        assert sums([column], np.ones((1, units), int)) == [[units * extreme - 1]]

"""The studentised difference under other assignments, as whole numbers, so that no tie is a matter of rounding.

Outcomes are the decimals a reader sees, as whole numbers over a power of ten, so the difference A − τB of an assignment
and its variance P − 2τQ + τ²R have whole numerators over denominators that are the same for every assignment::

    A = Σ_b c_b/C (n₀ s₁ − n₁ s₀)/(n₁n₀)           over K = C · lcm n₁n₀
    P = Σ_b (c_b/C)² Σ_arm (n q − s²)/(n²(n − 1))   over N = C² · lcm n²(n − 1)

with s and q the sums of outcomes and of their squares in an arm of n, and c_b what block b counts for of C; B, Q and R
are the same of the treatment that was. Sums over the treated are those of pieces with so few binary digits that none
of them is rounded.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from effekt._decimals import decimal_integers
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators.randomized.lots import Assignments, n_words
from effekt.estimators.randomized.rerandomized import Columns, whole_columns

AT_ONCE = 2**12  # whole numbers taken apart together: as Python's integers they take far more room than their pieces
Whole: TypeAlias = NDArray[Any]
"""An array of whole numbers: Python's, which have no largest, where they may be large."""


class Parts(Protocol):
    """An array of whole numbers, or what gives parts of one."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Whole: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominators:
    """K of differences, N of variances, and the power of ten that outcomes and effects are over."""

    difference: int
    variance: int
    scale: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """A block's columns in pieces, which pieces are whose, their totals, and its numbers."""

    columns: Columns
    pieces: tuple[tuple[int, ...], ...]
    bits: int
    total: tuple[int, ...]
    arms: tuple[int, int]
    counted: int

    def sums(self, assignments: Assignments) -> list[Whole]:
        """Σy, Σd, Σy² and Σyd of the treated of each assignment."""
        return summed_up(self.columns.sums(assignments), self.pieces, self.bits)


def moments_of(
    outcome: FloatArray, treated: BoolArray, stratum: IntArray, *, of_treated: bool
) -> tuple[Callable[[Assignments], Whole], Denominators]:
    """(rows, 5) numerators of A, B, P, Q and R from assignments, and what they are over.

    All arrays are in the order of the scheme; a block counts for its units or, `of_treated`, for those that were.
    """
    listed, scale = decimal_integers(outcome)
    blocks = [
        _block([listed[i] for i in places.tolist()], treated[places], places, of_treated=of_treated)
        for places in (np.flatnonzero(stratum == number) for number in range(int(stratum.max()) + 1))
    ]
    everyone = sum(block.counted for block in blocks)
    apart = math.lcm(*(math.prod(block.arms) for block in blocks))
    spread = math.lcm(*(n**2 * (n - 1) for block in blocks for n in block.arms))

    def numerators(assignments: Assignments) -> Whole:
        found = np.zeros((len(assignments), 5), object)
        for block in blocks:
            ones = block.sums(assignments)
            arms = ones, [total - own for total, own in zip(block.total, ones, strict=True)]
            n_treated, n_control = block.arms
            weight = block.counted * apart // (n_treated * n_control)
            for place in (0, 1):
                found[:, place] += weight * (n_control * arms[0][place] - n_treated * arms[1][place])
            for (y, d, squares, products), n in zip(arms, block.arms, strict=True):
                weight = block.counted**2 * spread // (n**2 * (n - 1))
                found[:, 2] += weight * (n * squares - y * y)
                found[:, 3] += weight * (n * products - y * d)
                found[:, 4] += weight * (n * d - d * d)
        return found

    return numerators, Denominators(difference=everyone * apart, variance=everyone**2 * spread, scale=scale)


def _block(outcome: Sequence[int], treated: BoolArray, places: IntArray, *, of_treated: bool) -> _Block:
    """Outcomes less their mean, rounded, which no difference and no variance feels and which makes them small."""
    n, n_treated = len(outcome), int(treated.sum())
    middle = sum(outcome) // n
    y = np.array([one - middle for one in outcome], object)
    d = np.array(treated.tolist(), object)
    bits = bits_of(n)
    pieces, of = pieces_of((y, d, y * y, y * d), bits)
    return _Block(
        columns=whole_columns(pieces, places),
        pieces=of,
        bits=bits,
        total=tuple(int(sum(whole)) for whole in (y, d, y * y, y * d)),
        arms=(n_treated, n - n_treated),
        counted=n_treated if of_treated else n,
    )


def bits_of(units: int) -> int:
    """So few binary digits that no sum over so many units reaches 2⁵³, from which on sums of floats are rounded."""
    return 53 - math.ceil(math.log2(units + 1))


def pieces_of(wholes: Sequence[Parts], bits: int) -> tuple[FloatArray, tuple[tuple[int, ...], ...]]:
    """(64 · words, c) columns of floats of so few bits, and which of them each column of whole numbers is in."""
    counts = [_pieces_needed(whole, bits) for whole in wholes]
    ends = np.cumsum(counts).tolist()
    of = tuple(tuple(range(end - count, end)) for count, end in zip(counts, ends, strict=True))
    pieces = np.zeros((64 * n_words(len(wholes[0])), ends[-1]))
    for whole, own in zip(wholes, of, strict=True):
        _take_apart(whole, bits, pieces[: len(whole), own[0] : own[-1] + 1])
    return pieces, of


def summed_up(sums: FloatArray, of: Sequence[Sequence[int]], bits: int) -> list[Whole]:
    """The whole numbers whose pieces have these sums."""
    found = sums.astype(np.int64).astype(object)
    return [
        sum((found[:, place] << bits * i for i, place in enumerate(own)), np.zeros(len(found), object)) for own in of
    ]


def _pieces_needed(whole: Parts, bits: int) -> int:
    parts = (whole[first : first + AT_ONCE] for first in range(0, len(whole), AT_ONCE))
    largest = max(max(abs(int(np.min(part))), abs(int(np.max(part)))) for part in parts)
    return max(1, -(-largest.bit_length() // bits))


def _take_apart(whole: Parts, bits: int, pieces: FloatArray) -> None:
    """Numbers of at most 2^bits in size whose sum, the i-th times 2^(bits·i), is the whole; the last has its sign."""
    for first in range(0, len(whole), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        left = whole[rows]
        for place in range(pieces.shape[1] - 1):
            pieces[rows, place] = left & ((1 << bits) - 1)
            left = left >> bits
        pieces[rows, -1] = left


def counted_once(rows: Whole) -> tuple[Whole, IntArray]:
    """Rows that differ, and how often each is there."""
    found = Counter(map(tuple, rows.tolist()))
    return np.array(list(found), object), np.array(list(found.values()), np.intp)

"""Whole columns at a time: whether numbers are plain, which cells are empty, and the order of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._types import BoolArray, FloatArray, IntArray

_WHOLE = re.compile(r"0|-?[1-9]\d{0,19}", re.ASCII)
SAMPLE = 64  # numbers that show whether many are alike
BLOCK = 16_384  # cells looked at together: few enough to stay in the processor's cache
MANY = 4_096  # numbers that are put in order by parts of their range
PARTS = 2.0**32 - 2.0**16  # so few less than 2³² that none is rounded beyond 32 bits


def plain(cells: FloatArray, largest: float, *, signed: bool = False) -> bool:
    """Whether no number needs a second look: all are finite, none is extreme and, unless `signed`, none is −0."""
    for first in range(0, len(cells), BLOCK):
        block = cells[first : first + BLOCK]
        sizes = np.abs(block)
        if not sizes.max() <= largest:  # nor where there is a NaN
            return False
        if sizes.min() < 1 / largest and np.count_nonzero(sizes < 1 / largest) > _zeros(block, signed):
            return False
    return True


def distinct_numbers(cells: NDArray[Any]) -> tuple[NDArray[Any], IntArray]:
    """The distinct numbers in rising order, and which of them each row is; whole ones close together unsorted."""
    if cells.dtype.kind in "iu" and len(cells):
        low, high = int(cells.min()), int(cells.max())
        if high - low <= 2 * len(cells):
            wide = cells.astype(np.int64, copy=False) if cells.dtype.kind == "i" else cells  # a narrow one may not fit
            above = (wide - wide.dtype.type(low)).astype(np.intp, copy=False)
            there = np.zeros(high - low + 1, bool)
            there[above] = True
            place = None if there.all() else np.cumsum(there) - 1
            distinct = np.flatnonzero(there).astype(cells.dtype) + cells.dtype.type(low)
            return distinct, above if place is None else place[above]
    distinct, position = np.unique(cells, return_inverse=True)
    return distinct, position


def _zeros(block: FloatArray, signed: bool) -> int:
    """How many numbers are 0; without −0 those that have no bit."""
    return int(np.count_nonzero((block if signed else block.view(np.int64)) == 0))


def read_only(cells: FloatArray) -> FloatArray:
    """The same numbers, not copied and not to be written to."""
    seen = cells.view()
    seen.flags.writeable = False
    return seen


def whole_names(cells: NDArray[Any]) -> tuple[IntArray, IntArray]:
    """Whole numbers as names: the code of each row, and the distinct numbers in the order of their text."""
    distinct, position = distinct_numbers(cells)
    order = _as_text(distinct)
    codes = np.empty(len(order), np.intp)
    codes[order] = np.arange(len(order))
    return codes[position], distinct[order]


def _as_text(distinct: NDArray[Any]) -> IntArray:
    """The order of rising whole numbers as text: digits from the left, of two that begin alike the shorter first."""
    if not len(distinct) or int(distinct[0]) < 0 or int(distinct[-1]) >= 10**18:
        return np.argsort(distinct.astype(str))
    numbers = distinct.astype(np.int64)
    longer = np.searchsorted(numbers, 10 ** np.arange(1, 19))  # where numbers of 2, 3, … digits begin
    counts = np.diff(longer, prepend=0, append=len(numbers))
    factors = 10 ** np.maximum(len(str(numbers[-1])) - np.arange(1, 20), 0)
    return np.argsort(numbers * np.repeat(factors, counts), kind="stable")


def places_of_whole(numbers: IntArray, names: tuple[str, ...] | IntArray) -> IntArray:
    """Where names stand among distinct whole numbers, −1 where they are none of them."""
    if isinstance(names, np.ndarray) and np.array_equal(names, numbers):
        return np.arange(len(numbers))
    there: NDArray[np.bool_] | bool = True
    if isinstance(names, np.ndarray) and names.dtype == numbers.dtype:
        wanted = names
    else:
        wanted, there = _as_whole(names if isinstance(names, tuple) else tuple(map(str, names.tolist())), numbers.dtype)
    if len(numbers) and numbers.dtype.kind == "i":
        low, high = int(numbers.min()), int(numbers.max())
        if high - low <= 2 * len(numbers):  # close together: each has a place of its own, and nothing is sorted
            place_of = np.full(high - low + 1, -1)
            place_of[numbers.astype(np.intp) - low] = np.arange(len(numbers))
            there = there & (wanted >= low) & (wanted <= high)
            return np.where(there, place_of[np.where(there, wanted, low).astype(np.intp) - low], -1)
    order = np.argsort(numbers)
    place = order[np.minimum(np.searchsorted(numbers, wanted, sorter=order), len(order) - 1)]
    return np.where(there & (numbers[place] == wanted), place, -1)


def _as_whole(names: tuple[str, ...], dtype: np.dtype[Any]) -> tuple[IntArray, BoolArray | bool]:
    """The whole numbers that names are, and where a name is one that fits the type; 0 where not."""
    try:
        found = list(map(int, names))
        if tuple(map(str, found)) == names:
            return np.array(found, dtype), True
    except (ValueError, OverflowError):
        pass
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    found = [int(name) if _WHOLE.fullmatch(name) else high + 1 for name in names]
    there = np.array([low <= number <= high for number in found], bool)
    return np.array([number if fits else 0 for number, fits in zip(found, there, strict=True)], dtype), there


def in_order(keys: Sequence[FloatArray | IntArray], known: IntArray | None = None) -> IntArray:
    """The order by the first key, where it ties by the second, and so on: as np.lexsort, a key at a time.

    A sort that leaves ties in any order is quicker where ties are few; rows that tie are then put in order. `known` is
    such an order by the first key, which spares the sort.
    """
    quick = known is not None or _seem_distinct(keys[0])
    order = (order_of(keys[0]) if quick else np.argsort(keys[0], kind="stable")) if known is None else known.copy()
    places, group = np.arange(len(order)), np.zeros(len(order), np.intp)
    for key, following in zip(keys, (*keys[1:], None), strict=True):
        values = key[order[places]]
        new = np.append(True, (values[1:] != values[:-1]) | (group[1:] != group[:-1]))
        tied = ~(new & np.append(new[1:], True))
        places, group = places[tied], np.cumsum(new)[tied]
        if not len(places):
            break
        rows = order[places]
        if quick:
            rows = order[places] = rows[np.lexsort((rows, group))]
        if following is None:
            break
        order[places] = rows[np.lexsort((following[rows], group))]
    return order


def order_of(numbers: FloatArray | IntArray) -> IntArray:
    """The order of numbers, tied ones in any order: as np.argsort, and of many quicker.

    They are put in order by which of `PARTS` equal parts of their range they lie in, by 16 bits at a time, for which
    NumPy counts instead of comparing; then those that share a part, each run of which keeps its place, as parts rise
    with the numbers.
    """
    part = _parts(numbers) if len(numbers) >= MANY else None
    if part is None:
        return np.argsort(numbers)
    order = np.argsort((part & 0xFFFF).astype(np.uint16), kind="stable")
    order = order[np.argsort((part >> 16).astype(np.uint16)[order], kind="stable")]
    ranked = numbers[order]
    if np.all(ranked[1:] >= ranked[:-1]):
        return order
    of_ranked = part[order]
    alike = of_ranked[1:] == of_ranked[:-1]
    shared = np.flatnonzero(np.append(alike, False) | np.append(False, alike))
    if 2 * len(shared) > len(order):
        return np.argsort(numbers)
    rows = order[shared]
    order[shared] = rows[order_of(numbers[rows])]
    return order


def _parts(numbers: FloatArray | IntArray) -> NDArray[np.uint32] | None:
    """Which of `PARTS` equal parts of their range each number lies in; None where the range has none."""
    low = numbers.min()
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        scale = PARTS / (numbers.max() - low)
    return ((numbers - low) * scale).astype(np.uint32) if 0 < scale < np.inf else None


def ranks_of(keys: Sequence[FloatArray | IntArray]) -> IntArray:
    """(n,): the rank of each row, from 0, by the first key and where it ties by the next; rows alike have one."""
    order = in_order(keys)
    new = np.zeros(len(order), bool)
    for key in keys:
        ranked = key[order]
        new[1:] |= ranked[1:] != ranked[:-1]
    ranks = np.empty(len(order), np.intp)
    ranks[order] = np.cumsum(new)
    return ranks


def _seem_distinct(key: FloatArray | IntArray) -> bool:
    """Whether none of a few numbers occurs twice, and none of all is NaN."""
    few = np.sort(key[:SAMPLE])  # np.unique would import numpy.ma
    return not (few[1:] == few[:-1]).any() and not (key.dtype.kind == "f" and bool(np.isnan(key).any()))


def is_missing(cell: object) -> bool:
    """Whether a cell is empty: nothing, blank text, or not a number."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return True
    try:
        return bool(cell != cell)  # NaN and NaT differ from themselves
    except TypeError:
        return True  # pandas.NA refuses to say


def absent(cells: np.ndarray[Any, Any]) -> BoolArray:
    """Which cells of a column are empty."""
    if cells.dtype.kind == "f":
        return np.asarray(np.isnan(cells))
    if cells.dtype.kind in "iub":
        return np.zeros(len(cells), bool)
    if set(map(type, cells)) == {float}:
        return np.asarray(np.isnan(cells.astype(float)))
    try:
        missing = {cell for cell in set(cells.tolist()) if is_missing(cell)}  # labels and periods: few are distinct
    except TypeError:  # a cell that has no hash
        return np.fromiter(map(is_missing, cells), bool, len(cells))
    if not missing:
        return np.zeros(len(cells), bool)
    return np.fromiter(map(missing.__contains__, cells), bool, len(cells))

"""Least-cost pairs on a line: the least sum of distances, and among those the least sum of their squares, proven.

Both sums are one cost, |d|·(weight + |d|), whose weight is more than any sum of squares. It is strictly convex in d, so
that no optimum crosses. Rows come by rising place. The newest takes the next column above those that are taken, or the
highest of these, and the columns below it move down by one as far as none between them is free: what costs less is an
optimum again. Where there are more rows than columns, columns come to rows.

The same strictness proves the optimum by few edges. Where x < x′ and x′ has the column y′ < y, the edge (x, y) costs
more than (x, y′) and (x′, y) less (x′, y′): prices that hold for these hold for it, and it is in no optimum. So does a
free column that is farther than another one on the same side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effekt._types import IntArray
from effekt.estimators.matching.assignment import UNPROVEN, Costs, Edges, Optima, Whole, proven
from effekt.estimators.matching.calipers import SMALL

EPSILON = 2.0**-52


def assign_on_line(
    places: tuple[Whole, Whole], strata: tuple[IntArray, IntArray], price: int, group: IntArray
) -> Optima:
    """The assignments within strata with the least sum of distances, and among those of their squares.

    Parameters
    ----------
    places : pair of integer arrays
        Where the rows and the columns are on the line.
    strata : pair of integer arrays
        Those of the rows and of the columns.
    price : int
        What it costs to leave a row out; more than all distances together.
    group : (n_rows,) integer array
        Rows of one group are interchangeable.
    """
    rows, columns = (at.astype(object) for at in places)
    n, m = len(rows), len(columns)
    weight = 1 + n * (max(*rows, *columns) - min(*rows, *columns)) ** 2
    leaving: Whole = np.full(n, price * weight, object)
    column, u, v = np.full(n, -1), leaving.copy(), np.zeros(m, object)
    listed: dict[int, Edges] = {}
    for stratum in np.intersect1d(*strata).tolist():
        mine, theirs = (
            own[np.argsort(at[own], kind="stable")]
            for own, at in zip((np.flatnonzero(of == stratum) for of in strata), (rows, columns), strict=True)
        )
        pairs = _Pairs(rows=rows[mine], columns=columns[theirs], column=_least(rows[mine], columns[theirs]))
        held = mine[pairs.held]
        column[held] = theirs[pairs.taken]
        worth = _worth(pairs, weight, price * weight)
        v[column[held]] = -worth
        u[held] = _cost(rows[held] - columns[column[held]], weight) + worth
        for row, near in zip(mine.tolist(), _near(pairs), strict=True):
            listed[row] = Edges(columns=theirs[near], costs=_cost(rows[row] - columns[theirs[near]], weight))
    none = Edges(columns=np.zeros(0, np.intp), costs=leaving[:0])
    costs = Costs(edges=lambda row, _: listed.get(row, none), n_columns=m, price=leaving, group=group)
    return proven(costs, column, u, v)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pairs:
    """Places of rows and of columns, both rising, and the column of each row; −1 where it is left out."""

    rows: Whole
    columns: Whole
    column: IntArray

    def __post_init__(self) -> None:
        if np.any(np.diff(self.taken) <= 0):
            raise RuntimeError(UNPROVEN)

    @property
    def held(self) -> IntArray:
        """Rows that have a column."""
        return np.flatnonzero(self.column >= 0)

    @property
    def taken(self) -> IntArray:
        """The columns that they have."""
        return self.column[self.held]

    @property
    def free(self) -> IntArray:
        """The columns that nobody has."""
        return np.setdiff1d(np.arange(len(self.columns)), self.taken)


def _cost(difference: Whole, weight: int) -> Whole:
    apart: Whole = np.abs(difference)
    return np.asarray(apart * (weight + apart))


def _least(rows: Whole, columns: Whole) -> IntArray:
    """The column of each row in an optimum with as many pairs as can be."""
    if len(rows) <= len(columns):
        return _uncrossed(rows, columns)
    column = np.full(len(rows), -1)
    column[_uncrossed(columns, rows)] = np.arange(len(columns))
    return column


def _uncrossed(rows: Whole, columns: Whole) -> IntArray:
    """The same where there are no more rows than columns."""
    sums = _Sums(rows, columns)
    runs: list[tuple[int, int]] = []  # first row, and by how many its column and those of the next rows are ahead
    for row, nearest in enumerate(_nearest(rows, columns).tolist()):
        start, ahead = runs[-1] if runs else (0, 0)
        if nearest >= row + ahead:
            runs.append((row, nearest - row))
        elif start + ahead > 0 and (row + ahead == len(columns) or sums.less_below(start, row + 1, ahead)):
            runs[-1] = start, ahead - 1
        if len(runs) > 1 and runs[-1][1] == runs[-2][1]:
            runs.pop()
    starts, by = (np.array(part, np.intp) for part in zip(*runs, strict=True))
    return np.arange(len(rows)) + np.repeat(by, np.diff(starts, append=len(rows)))


def _nearest(rows: Whole, columns: Whole) -> IntArray:
    """The nearest column of each row."""
    above = np.searchsorted(columns, rows)
    below, over = np.maximum(above - 1, 0), np.minimum(above, len(columns) - 1)
    return np.where(np.abs(rows - columns[below]) < np.abs(rows - columns[over]), below, over)


class _Sums:
    """Sums of distances of rows that follow each other to columns that do, and of their squares, compared exactly."""

    def __init__(self, rows: Whole, columns: Whole) -> None:
        least, largest = min(rows[0], columns[0]), max(rows[-1], columns[-1])
        rows, columns, largest = rows - least, columns - least, int(largest - least)
        kinds = [np.int64 if 2 * len(rows) * largest**power < SMALL else object for power in (1, 2)]
        self._exact = [
            (rows.astype(kind), columns.astype(kind), power) for power, kind in zip((1, 2), kinds, strict=True)
        ]
        # Python's integers only where floats do not tell
        self._floats = (rows.astype(float), columns.astype(float)) if kinds[0] is object else None
        self._error = 4 * EPSILON * largest

    def less_below(self, start: int, stop: int, ahead: int) -> bool:
        """Whether rows are nearer to the columns `ahead` less one than to those `ahead`; by squares if as near."""
        own, above = slice(start, stop), slice(start + ahead, stop + ahead)
        below, count = slice(start + ahead - 1, stop + ahead - 1), stop - start
        if self._floats is not None:
            rows, columns = self._floats
            gain = float(np.sum(np.abs(rows[own] - columns[above]) - np.abs(rows[own] - columns[below])))
            if abs(gain) > self._error * count * (count + 2):
                return gain > 0
        for rows, columns, power in self._exact:
            gain = np.sum(np.abs(rows[own] - columns[above]) ** power - np.abs(rows[own] - columns[below]) ** power)
            if gain != 0:
                return bool(gain > 0)
        return False


def _worth(pairs: _Pairs, weight: int, leaving: int) -> Whole:
    """By how much cheaper than its row each taken column would have been, for any row to come: −v.

    A row without its column takes a free one, is left out, or takes the column next above or below its own, whose row
    does likewise: the least that this costs more.
    """
    x, y, free = pairs.rows[pairs.held], pairs.columns[pairs.taken], pairs.columns[pairs.free]
    own = _cost(x - y, weight)
    worth: Whole = np.full(len(x), leaving, object)
    if len(free):
        worth = np.minimum(worth, _cost(x - free[_nearest(x, free)], weight))
    worth -= own
    up, down = _cost(x[:-1] - y[1:], weight) - own[:-1], _cost(x[1:] - y[:-1], weight) - own[1:]
    for k in range(len(x) - 2, -1, -1):
        worth[k] = min(worth[k], worth[k + 1] + up[k])
    for k in range(1, len(x)):
        worth[k] = min(worth[k], worth[k - 1] + down[k - 1])
    return worth


def _near(pairs: _Pairs) -> list[IntArray]:
    """The columns of each row that some optimum may have, and with prices that hold for them all others hold."""
    x, y, free = pairs.rows[pairs.held], pairs.columns[pairs.taken], pairs.columns[pairs.free]
    at, which = np.unique(pairs.rows, return_inverse=True)
    # taken ones, from the column of the last row below to that of the first row above
    low, high = np.searchsorted(x, at, "left") - 1, np.searchsorted(x, at, "right")
    first = np.where(low < 0, 0, np.searchsorted(y, y[low], "left"))
    last = np.where(high == len(y), len(y), np.searchsorted(y, y[np.minimum(high, len(y) - 1)], "right"))
    # free ones, the nearest on each side
    place = np.searchsorted(free, at)
    start = stop = place
    if len(free):
        start = np.where(place == 0, 0, np.searchsorted(free, free[place - 1], "left"))
        stop = np.where(
            place == len(free), place, np.searchsorted(free, free[np.minimum(place, len(free) - 1)], "right")
        )
    taken, unused = pairs.taken, pairs.free
    ends = zip(*(part.tolist() for part in (first, last, start, stop)), strict=True)
    near = [np.append(taken[a:b], unused[c:d]) for a, b, c, d in ends]
    return [near[number] for number in which.ravel().tolist()]

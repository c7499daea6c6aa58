"""The nearest few of many points in several dimensions, exactly: products of matrices propose, exact distances decide.

Beyond eight dimensions or so a tree looks at so many of its points that the distances to all of them cost less as one
product of matrices: half of |x − y|² is |x|²/2 + |y|²/2 − x'y. The products are in single precision, and only say who
may be among the nearest: the rounding of a sum of q products is at most (q + 1)u Σ|x_i y_i| with u = 2⁻²⁴, and that of
the numbers themselves 3u more (Higham 2002, doi:10.1137/1.9780898718027, section 3.1). Points stand in small classes.
The count-th smallest of the least values of some classes is at least the count-th smallest value of all, so that only
classes whose least value lies no more than twice the rounding above it are looked at, in double precision.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from effekt._threads import each
from effekt._types import FloatArray, IntArray

ROWS = 64  # points that ask together
TILE = 256  # points of a product, few enough that no library shares it among threads
DEEP = 16  # tiles in a row, whose points at one place are a class
GROUPS = 32  # classes whose least value is looked at first
SHARE = 64  # classes of a point for each neighbour, beyond which so many are tied that a tree is asked
MANY, FEWEST = 1_000, 9  # who ask, and dimensions, from which products cost less than a tree
LEAST, MOST = 4 * DEEP * TILE, 200_000  # points from which, and up to which, they do
ROUNDING = 2.0**-23  # twice that of single precision

Found = tuple[FloatArray, IntArray]


def suits(points: FloatArray, asking: int, count: int) -> bool:
    """Whether products cost less than a tree, for so many who ask for so many neighbours."""
    n, dimensions = points.shape
    return asking >= MANY and dimensions >= FEWEST and LEAST <= n <= MOST and count <= GROUPS


def nearest_few(points: FloatArray, asking: FloatArray, count: int, tree: Callable[[FloatArray], Found]) -> Found:
    """Distances (m, count) to the nearest points, rising, and which they are; `tree` where too many are tied."""
    centre = np.mean(points, axis=0)
    screen = _Screen(points, centre)
    starts = range(0, len(asking), ROWS)

    def of(start: int) -> Found:
        some = asking[start : start + ROWS]
        return screen.nearest(some, count) or tree(some)

    found = each(of, starts, ROWS * len(points))
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


class _Screen:
    """Points as tiles of columns in single precision: their places less the centre, over the largest length."""

    def __init__(self, points: FloatArray, centre: FloatArray) -> None:
        n, dimensions = points.shape
        self._columns = [np.ascontiguousarray(column) for column in points.T]
        moved = points - centre
        self._centre, self._scale = centre, float(np.sqrt(np.max(np.sum(moved**2, axis=1)))) or 1.0
        moved /= self._scale
        whole = -(-n // (TILE * DEEP)) * TILE * DEEP
        columns = np.zeros((dimensions + 1, whole), np.float32)
        columns[:-1, :n] = moved.T
        columns[-1] = np.inf  # nobody stands there
        columns[-1, :n] = np.sum(moved**2, axis=1) / 2
        tiles = np.swapaxes(columns.reshape(dimensions + 1, -1, DEEP, TILE), 0, 1)
        self._tiles = np.ascontiguousarray(np.swapaxes(tiles, 1, 2))  # (…, DEEP, q + 1, TILE)

    def nearest(self, asking: FloatArray, count: int) -> Found | None:
        """The nearest of some points; None where too many classes may hold one."""
        m, dimensions = asking.shape
        moved = (asking - self._centre) / self._scale
        rows = np.ones((m, dimensions + 1), np.float32)
        rows[:, :-1] = -moved
        least, values = np.empty((len(self._tiles), m, TILE), np.float32), np.empty((DEEP, m, TILE), np.float32)
        for tiles, found in zip(self._tiles, least, strict=True):
            np.min(np.matmul(rows, tiles, out=values), axis=0, out=found)
        groups = np.min(least.reshape(len(least), m, GROUPS, -1), axis=2)
        groups = np.swapaxes(groups, 0, 1).reshape(m, -1)
        limit = np.partition(groups, count - 1, axis=1)[:, count - 1]
        slack = 2 * ROUNDING * (dimensions + 6) * (np.sqrt(np.sum(moved**2, axis=1)) + 1)
        deep, row, lane = np.nonzero(least <= (limit + slack)[:, None])
        if np.max(np.bincount(row)) > SHARE * count:
            return None
        order = np.argsort(row, kind="stable")
        places = (deep * DEEP * TILE + lane)[order, None] + TILE * np.arange(DEEP)
        return self._decided(asking, count, row[order], places)

    def _decided(self, asking: FloatArray, count: int, row: IntArray, places: IntArray) -> Found:
        """The nearest among the members of classes (c, s), each class for one row, by exact distances."""
        there = np.minimum(places, len(self._columns[0]) - 1)
        squares = np.zeros(places.shape)
        for own, column in zip(asking.T, self._columns, strict=True):
            squares += (column[there] - own[row, None]) ** 2
        squares[places != there] = np.inf
        sizes = np.bincount(row, minlength=len(asking))
        number = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        shape = len(asking), int(sizes.max()), places.shape[1]
        all_squares, all_places = np.full(shape, np.inf), np.zeros(shape, np.intp)
        all_squares[row, number], all_places[row, number] = squares, there
        flat = all_squares.reshape(len(asking), -1)
        first = np.argsort(flat, axis=1, kind="stable")[:, :count]
        chosen = np.take_along_axis(all_places.reshape(len(asking), -1), first, axis=1)
        return np.sqrt(np.take_along_axis(flat, first, axis=1)), chosen

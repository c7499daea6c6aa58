"""The nearest few of many points in several dimensions, exactly: a tree and products propose, exact distances decide.

In more than half a dozen dimensions a tree looks at so many of its points that the distances to all of a large part of
it cost less as one product of matrices: half of |x − y|² is |x|²/2 + |y|²/2 − x'y. So the tree is only asked for points
that are nearly the nearest (Arya et al. 1998, doi:10.1145/293347.293348). How far these lie is a *reach* within which
the nearest are. A part of the tree is looked at by those whose reach comes to its box, and there whoever lies within
the reach by the product is looked at in double precision. Boxes and products are in single precision: the rounding of
a sum of q products is at most (q + 1)u Σ|x_i y_i| with u = 2⁻²⁴, and that of the numbers themselves 3u more (Higham
2002, doi:10.1137/1.9780898718027, section 3.1); four times that and more is added to the reach. Where so many lie
within it that they are tied, the tree itself is asked.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from effekt._threads import each, threads, threads_for
from effekt._types import FloatArray, IntArray

LEAF = 32  # points that a k-d tree looks through one by one
MANY = 1_000  # points that ask a tree at once, below which threads cost more than they save
PART = 512  # points of a part at most
ROWS = 20_000  # points that ask together at most: many, as threads wait for each other at every step
PRODUCT = 2**18  # multiplications of a product, few enough that no library shares it among threads
LOOSE = 3.0  # the reach may be so many times longer, beyond once, than the distance of the last neighbour
WIDER = 1e-6  # of the length of the farthest point, which the reach is longer, so that what ties with the last is seen
FAR = 2.0**20  # lengths of the farthest point, from which on products say nothing
SHARE = 64  # points within reach for each neighbour, beyond which so many are tied that the tree is asked
SEEN = 100  # points that whoever asks is shown at least
AT_ONCE = 4_096  # points that are placed together: few enough to stay in the processor's cache
LEAST, SOME, FEWEST = 10_000, 500, 7  # points, who ask, and dimensions, from which products cost less than the tree
ROUNDING = 2.0**-23  # twice that of single precision

Found = tuple[FloatArray, IntArray, FloatArray]
Single = NDArray[np.float32]


def tree_of(points: FloatArray) -> cKDTree:
    """The tree of some points; where products tell, boxes need not be drawn close to them."""
    return cKDTree(points, leafsize=LEAF, compact_nodes=points.shape[1] < FEWEST)


def ask_tree(tree: cKDTree, points: FloatArray, count: int) -> Found:
    """The nearest few of a tree, a row for each point.

    Returns
    -------
    distances : (m, count) array
        Rising in each row.
    places : (m, count) integer array
        Which they are; of those tied with the last, any.
    beyond : (m,) array
        No other lies nearer than this, but for the rounding of a distance; infinite where there is no other.
    """
    if suits(tree, len(points), count):
        return nearest_few(tree, points, count)
    return _asked(tree, points, count, threads() if len(points) >= MANY else 1)


def suits(tree: cKDTree, asking: int, count: int) -> bool:
    """Whether products cost less than the tree, for so many who ask for so many neighbours."""
    return asking >= SOME and tree.m >= FEWEST and tree.n >= LEAST and count <= PART


def nearest_few(tree: cKDTree, asking: FloatArray, count: int) -> Found:
    """What `ask_tree` gives, by products."""
    screen = _Screen(tree)
    seen = len(asking) * SEEN
    workers = threads_for(seen)
    rounds = -(-len(asking) // (ROWS * workers))
    found = each(lambda some: screen.nearest(some, count), np.array_split(asking, rounds * workers), seen)
    distances, places, beyond = zip(*found, strict=True)
    return np.concatenate(distances), np.concatenate(places), np.concatenate(beyond)


def _asked(tree: cKDTree, points: FloatArray, count: int, workers: int) -> Found:
    distances, places = map(np.asarray, tree.query(points, k=range(1, count + 2), workers=workers))
    return distances[:, :count], places[:, :count], distances[:, count]


class _Screen:
    """The points of a tree, part by part, in single precision: places less the centre, over the largest length."""

    def __init__(self, tree: cKDTree) -> None:
        data = np.asarray(tree.data)
        self._tree, self._points, self._rows = tree, data, np.asarray(tree.indices)
        self._centre = np.mean(data, axis=0)
        self._placed, squares = np.empty((len(data), tree.m + 1), np.float32), np.empty(len(data))
        some = [slice(start, start + AT_ONCE) for start in range(0, len(data), AT_ONCE)]
        for rows in some:
            moved = data[rows] - self._centre
            np.einsum("ij,ij->i", moved, moved, out=squares[rows])
        self._scale = math.sqrt(squares.max()) or 1.0
        for rows in some:
            moved = data.take(self._rows[rows], axis=0)
            moved -= self._centre
            moved /= self._scale
            self._placed[rows, :-1] = moved
            self._placed[rows, -1] = squares[self._rows[rows]] / (2 * self._scale**2)
        self._parts = _parts(tree)
        starts = [part.start for part in self._parts]
        self._low, self._high = (end.reduceat(self._placed[:, :-1], starts) for end in (np.minimum, np.maximum))

    def nearest(self, asking: FloatArray, count: int) -> Found:
        """What `ask_tree` gives of some points."""
        nearly = np.asarray(self._tree.query(asking, k=[count], eps=LOOSE)[0])
        reach = nearly[:, 0] / self._scale + WIDER
        row, place = self._within(asking, reach, SHARE * count)
        squares = np.zeros(len(row))
        for column, own in zip(self._points.T, asking.T, strict=True):
            squares += (column[place] - own[row]) ** 2
        order = np.lexsort((place, squares, row))
        far, place = np.sqrt(squares[order]), place[order]
        sizes = np.bincount(row, minlength=len(asking))
        decided = (sizes >= count) & (sizes <= SHARE * count)
        first = (np.cumsum(sizes) - sizes)[decided]
        several = first[:, None] + np.arange(count)
        distances, places = np.empty((len(asking), count)), np.empty((len(asking), count), np.intp)
        distances[decided], places[decided] = far[several], place[several]
        beyond = reach * self._scale
        further = np.append(far, math.inf)[first + count]
        beyond[decided] = np.where(sizes[decided] > count, np.minimum(further, beyond[decided]), beyond[decided])
        left = ~decided
        if left.any():
            distances[left], places[left], beyond[left] = _asked(self._tree, asking[left], count, 1)
        return distances, places, beyond

    def _within(self, asking: FloatArray, reach: FloatArray, most: int) -> tuple[IntArray, IntArray]:
        """Pairs of one who asks and a point within its reach, all of them where they are no more than `most`."""
        moved = (asking - self._centre) / self._scale
        length = np.sqrt(np.sum(moved**2, axis=1))
        slack = 2 * ROUNDING * (moved.shape[1] + 6) * (length + 1) ** 2
        near = np.where(length < FAR, reach**2 / 2 + slack, -1.0)
        limit = np.where(length < FAR, near - length**2 / 2, -1.0).astype(np.float32)
        moved[length >= FAR] = 0
        box = (2 * near).astype(np.float32)
        columns = np.ascontiguousarray(moved.T, np.float32)
        rows = np.ones((len(asking), len(columns) + 1), np.float32)
        rows[:, :-1] = -moved
        gap, beside, products = (
            np.empty(shape, np.float32) for shape in (columns.shape, columns.shape, (len(asking), PART))
        )
        seen = np.zeros(len(asking), np.intp)
        pairs = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
        for part, low, high in zip(self._parts, self._low, self._high, strict=True):
            np.maximum(
                np.subtract(low[:, None], columns, out=gap), np.subtract(columns, high[:, None], out=beside), out=gap
            )
            np.maximum(gap, 0, out=gap)
            who = np.flatnonzero(np.einsum("ij,ij->j", gap, gap) <= box)
            values = _product(rows[who], self._placed[part].T, products)
            some = np.flatnonzero(np.min(values, axis=1) <= limit[who])
            who = who[some]
            hit, there = np.nonzero(values[some] <= limit[who, None])
            pairs.append((who[hit], self._rows[part][there]))
            seen[who] += np.bincount(hit, minlength=len(who))
            limit[who[seen[who] > most]] = box[who[seen[who] > most]] = -math.inf
        row, place = (np.concatenate(one) for one in zip(*pairs, strict=True))
        return row, place


def _product(rows: Single, columns: Single, out: Single) -> Single:
    """Some rows at a time, into the beginning of `out`: memory that is asked for anew costs more than the product."""
    shape = len(rows), columns.shape[1]
    found = out.reshape(-1)[: math.prod(shape)].reshape(shape)
    step = max(1, PRODUCT // columns.size)
    whole = len(rows) // step * step
    np.matmul(
        rows[:whole].reshape(-1, step, len(columns)), columns, out=found[:whole].reshape(-1, step, columns.shape[1])
    )
    np.matmul(rows[whole:], columns, out=found[whole:])
    return found


def _parts(tree: cKDTree) -> list[slice]:
    """Where the points of each part stand in the order of the tree."""
    waiting: list[Any] = [tree.tree]
    found: list[slice] = []
    while waiting:
        node = waiting.pop()
        if node.end_idx - node.start_idx <= PART or node.lesser is None:
            starts = range(node.start_idx, node.end_idx, PART)
            found += [slice(start, min(start + PART, node.end_idx)) for start in starts]
        else:
            waiting += (node.greater, node.lesser)
    return found

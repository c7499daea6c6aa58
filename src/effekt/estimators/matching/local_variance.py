"""σ²(x): the variance of the outcomes of each unit and its nearest neighbours in its own arm.

The variance has ddof 1, and all units tied with the last wanted neighbour count (Abadie, Drukker, Herr & Imbens 2004,
doi:10.1177/1536867X0400400307; with one neighbour and no tie it is ½(Y_i − Y_l)², Abadie & Imbens 2006,
doi:10.1111/j.1468-0262.2006.00655.x). Units at one place have the same neighbourhood, themselves included, so each
place is looked at once. In one dimension the places are sorted; a neighbourhood is then an interval, and one place lies
in the intervals of at most 2(M + 1) others for M neighbours, so that n units take O(n log n + Mn). In more dimensions a
tree finds them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators.matching.neighbours import TIE
from effekt.estimators.matching.screened import ask_tree, tree_of
from effekt.tables.arrays import in_order


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arms:
    """Units among which neighbours are found.

    Attributes
    ----------
    outcome : (n,) array
    treated : (n,) bool array
    coordinates : (n, q) array
        The distance of two units is the Euclidean one between theirs: a score, or whitened covariates.
    strata : (n,) integer array
        Only units of one arm in one stratum are neighbours.
    order : (n,) integer array, optional
        Rows by rising coordinate, tied ones in any order, where there is one coordinate and the order is known.
    """

    outcome: FloatArray
    treated: BoolArray
    coordinates: FloatArray
    strata: IntArray
    order: IntArray | None = None


def neighbour_variances(rows: Arms, neighbours: int, needed: BoolArray) -> tuple[FloatArray, IntArray]:
    """Variance (ddof 1) of the outcomes of each unit and its nearest neighbours, and how many units that are.

    Parameters
    ----------
    rows : Arms
    neighbours : int
        At least 1; where an arm has fewer in a stratum, all of them.
    needed : (n,) bool array
        Only places with such a unit are looked at.

    Returns
    -------
    variance : (n,) array
        NaN where it was not needed, or where a unit has no neighbour.
    found : (n,) integer array
        The unit itself counts.
    """
    variance, found = np.full(len(rows.outcome), math.nan), np.zeros(len(rows.outcome), np.intp)
    for group in _groups(rows):
        if not np.any(needed[group]):
            continue
        places = _places(rows.coordinates[group])
        wanted = np.unique(places.of_row[needed[group]])
        near = (_line if places.points.shape[1] == 1 else _tree)(places, neighbours, wanted)
        members = expanded(places.start[near.place], places.start[near.place + 1])
        sizes = np.add.reduceat(places.counts[near.place], near.start)
        start = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        values = rows.outcome[group][members]
        middle = np.add.reduceat(values, start) / sizes
        squares = np.add.reduceat((values - np.repeat(middle, sizes)) ** 2, start)
        each = np.divide(squares, sizes - 1, out=np.full(len(sizes), math.nan), where=sizes > 1)
        there = needed[group]
        number = np.searchsorted(wanted, places.of_row[there])
        variance[group[there]], found[group[there]] = each[number], sizes[number]
    return variance, found


def _groups(rows: Arms) -> Iterator[IntArray]:
    """Rows of each arm in each stratum, sorted by place and outcome."""
    order = in_order((*rows.coordinates.T, rows.outcome), known=rows.order)
    if not np.ptp(rows.strata):
        is_treated = rows.treated[order]
        yield from (arm for arm in (order[~is_treated], order[is_treated]) if len(arm))
        return
    group = rows.strata + np.where(rows.treated, int(rows.strata.max()) + 1, 0)
    group = group.astype(np.min_scalar_type(int(group.max())))  # short numbers are sorted by counting
    order = order[np.argsort(group[order], kind="stable")]
    yield from np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Places:
    """The distinct points of sorted rows, where the rows of each start (one more at the end), and each row's place."""

    points: FloatArray
    start: IntArray
    of_row: IntArray

    @property
    def counts(self) -> IntArray:
        return np.diff(self.start)

    def slack(self, wanted: IntArray) -> FloatArray:
        """How much farther than the last neighbour of some places still counts as tied."""
        return np.asarray(TIE * np.maximum(1.0, np.sqrt(np.sum(self.points[wanted] ** 2, axis=1))))


def _places(coordinates: FloatArray) -> _Places:
    new = np.ones(len(coordinates), bool)
    new[1:] = False
    for column in coordinates.T:
        new[1:] |= column[1:] != column[:-1]
        if new.all():
            break
    start = np.flatnonzero(new)
    return _Places(points=coordinates[start], start=np.append(start, len(coordinates)), of_row=np.cumsum(new) - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Near:
    """The places in each neighbourhood, one after the other, and where each neighbourhood starts."""

    place: IntArray
    start: IntArray


def _line(places: _Places, neighbours: int, wanted: IntArray) -> _Near:
    """Neighbourhoods on a line: of all windows of neighbours + 1 rows that hold a place, the narrowest reach."""
    values, first = places.points[:, 0], places.start[wanted]
    own, n = values[wanted], int(places.start[-1])
    reach = np.full(len(own), math.inf)
    for below in range(min(neighbours, n) + 1):
        low, high = first - below, first - below + neighbours
        inside = np.flatnonzero((low >= 0) & (high < n))
        least, most = (values[places.of_row[end[inside]]] for end in (low, high))
        reach[inside] = np.minimum(reach[inside], np.maximum(own[inside] - least, most - own[inside]))
    reach += places.slack(wanted)
    left = np.searchsorted(values, own - reach, side="left")
    right = np.searchsorted(values, own + reach, side="right")
    return _Near(place=expanded(left, right), start=np.concatenate([[0], np.cumsum(right - left)[:-1]]))


def _tree(places: _Places, neighbours: int, wanted: IntArray) -> _Near:
    """Neighbourhoods in space: as many of the nearest places as hold the wanted rows, then all that are tied."""
    tree = tree_of(places.points)
    count, points = len(places.points), places.points[wanted]
    asked = min(neighbours + 1, count)
    distances, nearest, beyond = ask_tree(tree, points, asked)
    enough = np.cumsum(places.counts[nearest], axis=1) > neighbours
    last = np.where(enough.any(axis=1), np.argmax(enough, axis=1), count)
    reach = np.where(last < count, distances[np.arange(len(wanted)), np.minimum(last, asked - 1)], math.inf)
    reach += places.slack(wanted)
    within = distances <= reach[:, None]
    near = [np.sort(row[inside]) for row, inside in zip(nearest, within, strict=True)]
    tied = np.flatnonzero((beyond <= reach) & (beyond < math.inf))
    for i, found in zip(tied, tree.query_ball_point(points[tied], reach[tied], return_sorted=True), strict=True):
        near[i] = np.asarray(found, np.intp)
    sizes = np.array([len(found) for found in near])
    return _Near(place=np.concatenate(near), start=np.concatenate([[0], np.cumsum(sizes)[:-1]]))


def expanded(low: IntArray, high: IntArray) -> IntArray:
    """low₀, …, high₀ − 1, low₁, …, high₁ − 1, …"""
    sizes = high - low
    shift = low - np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.asarray(np.arange(int(sizes.sum())) + np.repeat(shift, sizes))

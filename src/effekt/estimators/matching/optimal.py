"""Optimal matching: the pairs, or the sets, whose distances have the least sum.

Distances are whole numbers of 2⁻ᴮ of the largest possible one (B = 40 unless the problem is very large), so sums are
exact and ties are ties. On the logit the logits themselves are rounded so, because distances on a line tie by nature:
crossed pairs are as far as uncrossed ones, and so are distances by a single covariate. Among several optima those are
kept whose squared distances have the least sum (on a line uncrossed pairs, since the square is convex), exactly and in
the same whole numbers. Where several are left the one is taken in which keyed numbers of the pairs have the least sum:
24 bits made from the keys of the two units, so that nobody chooses and everybody finds the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from effekt._types import IntArray
from effekt.estimators.matching.assignment import FORBIDDEN, Costs, Edges, Whole, assign, choose, narrow
from effekt.estimators.matching.design import Assigned, Design, from_pairs, sets_of_pairs, weights_of_sets
from effekt.estimators.matching.greedy import FIRST, Candidates, Near, difference, ordered_links
from effekt.estimators.matching.neighbours import Keys, Links, other_keys

BITS, LIMIT_BITS = 40, 59
MAX_CELLS = 20_000_000  # of a matrix of distances kept in memory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Distances between rows and columns as whole numbers.

    Attributes
    ----------
    rows, columns : integer arrays
        Rows of the design.
    between : callable
        Distances (columns,) of a row given by its place in `rows`; `FORBIDDEN` where a pair is not allowed.
    largest : int
        No distance is larger.
    """

    rows: IntArray
    columns: IntArray
    between: Callable[[int], Whole]
    largest: int


def steps_of(design: Design, bits: int) -> tuple[float, Whole]:
    """How many steps a distance of 1 has, and the first coordinate of each row in steps."""
    points = design.coordinates
    assert points is not None
    steps = 2.0**bits / (math.sqrt(float(np.sum(np.ptp(points, axis=0) ** 2))) or 1.0)
    return steps, np.rint((points[:, 0] - np.min(points[:, 0])) * steps).astype(np.int64)


def on_a_line(design: Design) -> bool:
    """Whether the distance is that of one number."""
    assert design.coordinates is not None
    return bool(design.coordinates.shape[1] == 1)


def squares(design: Design, first: IntArray, second: IntArray, bits: int) -> Whole:
    """The squared distances in whole steps of pairs of rows; 0 where `second` is −1."""
    steps, whole = steps_of(design, bits)
    if on_a_line(design):
        found = np.abs(whole[first] - whole[second])
    else:
        assert design.coordinates is not None
        apart = design.coordinates[first] - design.coordinates[second]
        total = np.zeros(len(first))
        for column in apart.T:  # in the order of `Design.distances`, so that no step is rounded otherwise
            total += column**2
        found = np.rint(np.sqrt(total) * steps).astype(np.int64)
    return np.asarray(np.where(second < 0, 0, found).astype(object) ** 2)


def grid(design: Design, rows: IntArray, columns: IntArray, bits: int) -> Grid:
    """The distances of a design."""
    points = design.coordinates
    assert points is not None
    steps, whole = steps_of(design, bits)

    def measure(place: int) -> Whole:
        distances = design.distances(int(rows[place]), columns)
        allowed = np.isfinite(distances)
        if on_a_line(design):
            numbers = np.abs(whole[columns] - whole[rows[place]])
        else:
            numbers = np.rint(np.where(allowed, distances, 0.0) * steps).astype(np.int64)
        return np.where(allowed, numbers, FORBIDDEN)

    if len(rows) * len(columns) <= MAX_CELLS:
        matrix = np.array([measure(place) for place in range(len(rows))], np.int64).reshape(len(rows), len(columns))
        return Grid(rows=rows, columns=columns, between=matrix.__getitem__, largest=2**bits + 1)
    return Grid(rows=rows, columns=columns, between=measure, largest=2**bits + 1)


class Nearby:
    """The columns that focal rows may have, nearest first, listed as far as they are asked for."""

    def __init__(self, design: Design, focal: IntArray, others: IntArray, bits: int) -> None:
        self._steps, self._whole = steps_of(design, bits)
        self._candidates = Candidates(design, FIRST)
        self._focal, self._others = focal, others
        self._place = np.full(len(design.kept), -1)
        self._place[others] = np.arange(len(others))
        self._on_a_line = on_a_line(design)
        self._width = design.width if design.options.distance == "propensity" else math.inf
        self._made: list[tuple[int, Edges] | None] = [None] * len(focal)

    def edges(self, place: int, least: int) -> Edges:
        """Those of a focal row by its place, as `Costs` has them."""
        row = int(self._focal[place])
        near = self._candidates.near(row)
        while self._beyond(near) <= least:
            self._candidates.more(row, near)
        made = self._made[place]
        if made is None or made[0] != near.asked:
            made = near.asked, self._edges(row, near)
            self._made[place] = made
        return made[1]

    def _beyond(self, near: Near) -> int:
        """A whole number that no distance is up to which is not listed: each is rounded by a step at most."""
        if near.known > self._width or near.known == math.inf:
            return FORBIDDEN
        return math.floor(near.known * self._steps) - 2

    def _edges(self, row: int, near: Near) -> Edges:
        rows = np.array(near.rows, np.intp)
        if self._on_a_line:
            costs = np.abs(self._whole[rows] - self._whole[row])
        else:
            costs = np.rint(np.array(near.distances) * self._steps).astype(np.int64)
        return Edges(columns=self._place[rows], costs=costs, beyond=self._beyond(near))


def precision(slots: int, classes: int) -> int:
    """Bits of a distance, so that leaving a unit out weighs more than all distances and sums stay whole numbers."""
    return min(BITS, LIMIT_BITS - classes * math.ceil(math.log2(slots + 2)))


def pair_numbers(keys: Keys, first: IntArray, second: IntArray) -> Whole:
    """Keyed numbers of pairs: the upper 24 bits of SplitMix64 of one key and the other, its halves exchanged."""
    turned = (keys[second] << np.uint64(32)) | (keys[second] >> np.uint64(32))
    return (other_keys(keys[first] ^ turned, 1) >> np.uint64(40)).astype(np.int64)


def optimal(design: Design) -> Assigned:
    """Each focal row with `ratio` rows of the other arm, or between `min_controls` and `max_controls`.

    First as many focal rows as possible get one, then as many pairs as possible are made, among these the sum of
    distances is least, and among those the sum of their squares
    (Rosenbaum 1989, doi:10.1080/01621459.1989.10478868; variable ratio: Ming & Rosenbaum 2001,
    doi:10.1198/106186001317114938).
    """
    options = design.options
    most, least = options.max_controls or options.ratio, options.min_controls or options.ratio
    focal, others = np.flatnonzero(design.focal & design.kept), np.flatnonzero(~design.focal & design.kept)
    wanted = np.repeat(np.arange(most), len(focal))  # which of its controls a slot is
    bits = precision(len(wanted), 1 if most == 1 else 2)
    nearby = Nearby(design, focal, others, bits)
    price = np.full(len(wanted), (len(wanted) + 1) * (2**bits + 1))  # no distance is larger than 2ᴮ and a step
    if most > 1:
        price[wanted == 0] *= len(wanted) + 1
    optional = wanted >= least
    spare = int(optional.sum()) - (options.ratio - least) * len(focal)
    group = np.tile(np.arange(len(focal)), most)
    ends = len(others) + np.arange(spare)

    def edges(slot: int, beyond: int) -> Edges:
        found = nearby.edges(int(group[slot]), beyond)
        if not optional[slot]:
            return found
        columns: IntArray = np.append(found.columns, ends)
        costs: Whole = np.append(found.costs, np.zeros(spare, np.int64))
        return Edges(columns=columns, costs=costs, beyond=found.beyond)

    optima = assign(Costs(edges=edges, n_columns=len(others) + spare, price=price, group=group))
    partner = np.append(others, np.full(spare, -1))  # spare columns stand for no control
    apart = squares(design, focal[group[optima.tails]], partner[optima.heads], bits)
    optima = narrow(optima, apart, np.zeros(len(group), np.int64))

    def links(keys: Keys) -> Links:
        numbers = pair_numbers(keys, focal[group[optima.tails]], partner[optima.heads])
        numbers[partner[optima.heads] < 0] = 0
        leaving = pair_numbers(keys, focal[group], focal[group])
        column = choose(optima, numbers, leaving)
        paired = (column >= 0) & (column < len(others))
        return ordered_links(design, focal[group[paired]], others[column[paired]])

    decided = int(np.sum(optima.replaceable & (optima.column >= 0) & (optima.column < len(others))))
    return _all_orders(design, links, lambda found: from_pairs(design, found), decided)


def full(design: Design) -> Assigned:
    """Every unit that can be paired in a set of one treated with controls, or of one control with treated.

    The sum of distances between the one and the others is least over all such sets, and among those the sum of their
    squares: a unit that is not in a pair is as near to its set as it can be, in any of them (Rosenbaum 1991,
    doi:10.1111/j.2517-6161.1991.tb01848.x; Hansen & Klopfer 2006, doi:10.1198/106186006X137047). Sets that cover every
    unit at least cost are a minimum edge cover: pairs that are nearer together than their two units are to their
    nearest others, chosen by an assignment, and every other unit with its nearest (Schrijver 2003, *Combinatorial
    Optimization*, chapters 19 and 27). Several assignments can give one cover, so what other orders change is found by
    trying them.
    """
    rows, columns = np.flatnonzero(design.focal & design.kept), np.flatnonzero(~design.focal & design.kept)
    bits = precision(len(rows) + len(columns), 1)
    found = grid(design, rows, columns, bits)
    near = _nearest_of(found)

    def gain(place: int, _: int) -> Edges:
        costs = found.between(place)
        saved = costs - near.of_row[place] - np.where(near.of_column < FORBIDDEN, near.of_column, 0)
        gaining = np.flatnonzero((costs < FORBIDDEN) & (saved < 0))
        return Edges(columns=gaining, costs=saved[gaining])

    count = np.arange(len(rows))
    none = np.zeros(len(rows), np.int64)
    optima = assign(Costs(edges=gain, n_columns=len(columns), price=none, group=count))
    apart = squares(design, rows[optima.tails], columns[optima.heads], bits)
    apart -= near.of_row[optima.tails].astype(object) ** 2 + near.of_column[optima.heads].astype(object) ** 2
    optima = narrow(optima, apart, none)

    def links(keys: Keys) -> Links:
        leaving = pair_numbers(keys, rows, rows)
        column = choose(optima, pair_numbers(keys, rows[optima.tails], columns[optima.heads]), leaving)
        paired = np.flatnonzero(column >= 0)
        edges = [np.column_stack([paired, column[paired]])]
        for ends, side, taken in ((near.row_ends, 0, paired), (near.column_ends, 1, column[paired])):
            alone = ends[~np.isin(ends[:, side], taken)]
            alone = alone[np.lexsort((pair_numbers(keys, rows[alone[:, 0]], columns[alone[:, 1]]), alone[:, side]))]
            edges.append(alone[np.diff(alone[:, side], prepend=-1) > 0])
        kept = _stars(np.unique(np.concatenate(edges), axis=0), len(rows), len(columns))
        return ordered_links(design, rows[kept[:, 0]], columns[kept[:, 1]])

    def assigned(links: Links) -> Assigned:
        sets = sets_of_pairs(links, len(design.kept))
        weights = weights_of_sets(sets, design.cohort.treated, design.options.estimand)
        return Assigned(weights=weights, sets=sets, links=links)

    several = near.n_tied > 0 or bool(np.any(optima.replaceable))
    found_orders = _all_orders(design, links, assigned, int(several))
    lost = np.unique(np.concatenate([np.zeros(0, np.intp), *(one.removed for one in found_orders.changes)]))
    return replace(found_orders, by_order=len(lost), changes=found_orders.changes if len(lost) else ())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """The nearest columns of each row, and the nearest rows of each column.

    Attributes
    ----------
    of_row, of_column : arrays
        Least distances; `FORBIDDEN` where there is no pair.
    row_ends, column_ends : (m, 2) integer arrays
        The pairs at the least distance of their row, and of their column.
    """

    of_row: Whole
    of_column: Whole
    row_ends: IntArray
    column_ends: IntArray

    @property
    def n_tied(self) -> int:
        """How many rows and columns have several nearest."""
        return sum(int(np.sum(np.bincount(ends) > 1)) for ends in (self.row_ends[:, 0], self.column_ends[:, 1]))


def _nearest_of(found: Grid) -> Nearest:
    places = range(len(found.rows))
    of_row, of_column = np.full(len(found.rows), FORBIDDEN), np.full(len(found.columns), FORBIDDEN)
    for place in places:
        costs = found.between(place)
        of_row[place] = costs.min(initial=FORBIDDEN)
        of_column = np.minimum(of_column, costs)
    row_ends, column_ends = [np.zeros((0, 2), np.intp)], [np.zeros((0, 2), np.intp)]
    for place in places:
        costs = found.between(place)
        for ends, least in ((row_ends, of_row[place]), (column_ends, of_column)):
            tied = np.flatnonzero((costs == least) & (costs < FORBIDDEN))
            ends.append(np.column_stack([np.full(len(tied), place), tied]))
    return Nearest(
        of_row=of_row, of_column=of_column, row_ends=np.concatenate(row_ends), column_ends=np.concatenate(column_ends)
    )


def _stars(edges: IntArray, n_rows: int, n_columns: int) -> IntArray:
    """The edges (m, 2) to keep: one whose both ends are covered without it costs nothing in an optimum, and goes."""
    of_row, of_column = np.bincount(edges[:, 0], minlength=n_rows), np.bincount(edges[:, 1], minlength=n_columns)
    kept = np.ones(len(edges), bool)
    for place, (row, column) in enumerate(edges.tolist()):
        if of_row[row] > 1 and of_column[column] > 1:
            of_row[row] -= 1
            of_column[column] -= 1
            kept[place] = False
    return edges[kept]


def _all_orders(
    design: Design, links: Callable[[Keys], Links], assigned: Callable[[Links], Assigned], decided: int
) -> Assigned:
    """The optimum by the keyed order, and what other orders change when there is more than one optimum."""
    keys = design.keys().of(np.arange(len(design.kept)))
    base = links(keys)
    found = assigned(base)
    orders = range(1, design.options.tie_orders + 1) if decided else ()
    return Assigned(
        weights=found.weights,
        sets=found.sets,
        links=base,
        changes=tuple(difference(design, base, links(other_keys(keys, order))) for order in orders),
        by_order=decided,
    )

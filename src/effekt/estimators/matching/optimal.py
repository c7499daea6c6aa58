"""Optimal matching: the pairs, or the sets, whose distances have the least sum.

Distances are whole numbers (see `whole`), so that sums are exact and ties are ties: on a line crossed pairs are as far
as uncrossed ones. Among several optima those are kept whose squared distances have the least sum (on a line uncrossed
pairs, since the square is convex), in the same whole numbers. Where several are left the one is taken in which keyed
numbers of the pairs have the least sum: 24 bits made from the keys of the two units, so that nobody chooses and
everybody finds the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from effekt._types import IntArray
from effekt.estimators.matching.assignment import Costs, Edges, Optima, assign, choose, narrow
from effekt.estimators.matching.design import Assigned, Design, from_pairs, sets_of_pairs, weights_of_sets
from effekt.estimators.matching.greedy import FIRST, Candidates, Near, difference, ordered_links
from effekt.estimators.matching.line import assign_on_line
from effekt.estimators.matching.neighbours import Keys, Links, other_keys
from effekt.estimators.matching.whole import Distances, Whole, distances_of

MAX_CELLS = 20_000_000  # of a matrix of distances kept in memory
Keyed: TypeAlias = Callable[[IntArray], Keys]  # the keys of rows in some order
LIMIT = 2**59  # of what leaving a unit out costs in 64-bit integers


class Nearby:
    """The columns that focal rows may have, nearest first, listed as far as they are asked for."""

    def __init__(self, design: Design, distances: Distances, focal: IntArray, others: IntArray) -> None:
        self._distances = distances
        self._candidates = Candidates(design, FIRST)
        self._focal = focal
        self._place = np.full(len(design.kept), -1)
        self._place[others] = np.arange(len(others))
        self._width = design.reach if design.options.distance == "propensity" else math.inf
        self._asked, self._edges = self._first_edges()

    def edges(self, place: int, least: float) -> Edges:
        """Those of a focal row by its place, as `Costs` has them."""
        row = int(self._focal[place])
        near = self._candidates.near(row)
        while True:
            if self._asked[place] != near.asked:  # by this row, or one that is alike
                rows = np.array(near.rows, np.intp)
                costs = self._distances.between(np.full(len(rows), row), rows)
                self._asked[place], self._edges[place] = near.asked, self._listed(near, rows, costs)
            if self._edges[place].beyond > least:
                return self._edges[place]
            self._candidates.more(row, near)

    def _first_edges(self) -> tuple[list[int], list[Edges]]:
        """How many each row has asked for, and the first of all, whose distances are worked out at once."""
        near = [self._candidates.near(row) for row in self._focal.tolist()]
        rows = [np.array(one.rows, np.intp) for one in near]
        counts = np.array([len(some) for some in rows], np.intp)
        costs = self._distances.between(np.repeat(self._focal, counts), np.concatenate([np.zeros(0, np.intp), *rows]))
        parts = (costs[end - count : end] for end, count in zip(np.cumsum(counts), counts, strict=True))
        return [one.asked for one in near], list(map(self._listed, near, rows, parts))

    def _listed(self, near: Near, rows: IntArray, costs: Whole) -> Edges:
        everyone = near.known > self._width or near.known == math.inf
        beyond = math.inf if everyone else self._distances.at_least(near.known)
        return Edges(columns=self._place[rows], costs=costs, beyond=beyond)


def left_out(largest: int, slots: int, most: int) -> tuple[int, type]:
    """What leaving a slot out costs, which is more than all distances, and the integers that hold it `most` times."""
    price = (slots + 1) * (largest + 1)
    return price, np.int64 if price * most < LIMIT else object


def pair_numbers(keys: Keyed, first: IntArray, second: IntArray) -> Whole:
    """Keyed numbers of pairs: the upper 24 bits of SplitMix64 of one key and the other, its halves exchanged."""
    key = keys(second)
    turned = (key << np.uint64(32)) | (key >> np.uint64(32))
    return (other_keys(keys(first) ^ turned, 1) >> np.uint64(40)).astype(np.int64)


def _of_leaving(keys: Keyed, optima: Optima, rows: IntArray) -> Whole:
    """Keyed numbers of leaving out the rows that some optima leave open; 0 of others."""
    numbers = np.zeros(len(rows), np.int64)
    numbers[optima.open] = pair_numbers(keys, rows[optima.open], rows[optima.open])
    return numbers


def _by_paths(design: Design, distances: Distances, focal: IntArray, others: IntArray, group: IntArray) -> Optima:
    """The optima of any distances: slots of `group` among the others, behind which spare columns come."""
    options = design.options
    most, least = options.max_controls or options.ratio, options.min_controls or options.ratio
    wanted = np.repeat(np.arange(most), len(focal))  # which of its controls a slot is
    nearby = Nearby(design, distances, focal, others)
    rank = 1 + (wanted < least) * (least < most) + (wanted == 0) * (most > 1)
    unit, kind = left_out(distances.largest, len(wanted), 4)
    price: Whole = rank.astype(kind) * unit
    spare = (most - options.ratio) * len(focal)
    ends = len(others) + np.arange(spare)

    def edges(slot: int, beyond: float) -> Edges:
        found = nearby.edges(int(group[slot]), beyond)
        if not spare:
            return found
        columns: IntArray = np.append(found.columns, ends)
        costs: Whole = np.append(found.costs, np.full(spare, price[slot] - 2 * unit, kind))
        return Edges(columns=columns, costs=costs, beyond=found.beyond)

    optima = assign(Costs(edges=edges, n_columns=len(others) + spare, price=price, group=group))
    paired = optima.heads < len(others)
    apart: Whole = np.zeros(len(paired), object)
    apart[paired] = distances.between(focal[group[optima.tails[paired]]], others[optima.heads[paired]])
    return narrow(optima, apart**2, np.zeros(len(group), np.int64))


def _is_a_line(design: Design, focal: IntArray, others: IntArray) -> bool:
    """Whether rows have one coordinate, no pair is forbidden within a stratum, and all slots are worth the same."""
    assert design.coordinates is not None
    if design.coordinates.shape[1] > 1 or math.isfinite(design.width) or design.calipers:
        return False
    slots, columns = (
        np.bincount(design.strata[rows], minlength=int(design.strata.max()) + 1) for rows in (focal, others)
    )
    ratio = design.options.ratio
    return ratio == 1 or not np.any(ratio * slots > columns)


def _on_a_line(distances: Distances, slots: IntArray, others: IntArray, strata: IntArray, group: IntArray) -> Optima:
    """The optima of distances on a line, whose places are the distances from one of its ends."""
    everyone = np.append(slots, others)
    end = everyone[int(np.argmax(distances.between(np.full(len(everyone), everyone[0]), everyone)))]
    places = distances.between(np.full(len(everyone), end), everyone)
    price, _ = left_out(distances.largest, len(slots), 1)
    return assign_on_line((places[: len(slots)], places[len(slots) :]), (strata[slots], strata[others]), price, group)


def optimal(design: Design) -> Assigned:
    """Each focal row with `ratio` rows of the other arm, or between `min_controls` and `max_controls`.

    First as many focal rows as possible get one, then as few as possible are lacking of each row's `min_controls`, then
    as many pairs as possible are made up to `ratio` for each row in all, among these the sum of distances is least, and
    among those the sum of their squares (Rosenbaum 1989, doi:10.1080/01621459.1989.10478868; variable ratio: Ming &
    Rosenbaum 2001, doi:10.1198/106186001317114938).

    Each row has `max_controls` slots. The slots that can be filled together are a matroid, so prices that only differ
    by the rank of the slots fill as many as can be of each rank before the next (Edmonds 1971,
    doi:10.1007/BF01584082). So many slots as must be empty for `ratio` in all have spare columns, which cost so much
    less than being left out that none stays free: what is left out beside is lacking of the `ratio` in all.
    """
    options = design.options
    most, least = options.max_controls or options.ratio, options.min_controls or options.ratio
    focal, others = np.flatnonzero(design.focal & design.kept), np.flatnonzero(~design.focal & design.kept)
    distances, group = distances_of(design), np.tile(np.arange(len(focal)), most)
    if least == most and _is_a_line(design, focal, others):
        optima = _on_a_line(distances, focal[group], others, design.strata, group)
    else:
        optima = _by_paths(design, distances, focal, others, group)
    spare = len(optima.may_be_free) - len(others)
    partner = np.append(others, np.full(spare, -1))  # spare columns stand for no control

    def links(keys: Keyed) -> Links:
        numbers = pair_numbers(keys, focal[group[optima.tails]], partner[optima.heads])
        numbers[partner[optima.heads] < 0] = 0
        leaving = np.zeros(len(group), np.int64) if least < most else _of_leaving(keys, optima, focal[group])
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
    distances = distances_of(design)
    near = _nearest_of(design, distances, rows, columns)
    starts = np.searchsorted(near.tails, np.arange(len(rows) + 1))

    def gain(place: int, _: float) -> Edges:
        own = slice(starts[place], starts[place + 1])
        return Edges(columns=near.heads[own], costs=near.saved[own])

    count = np.arange(len(rows))
    none: Whole = np.zeros(len(rows), left_out(distances.largest, len(rows) + len(columns), 1)[1])
    optima = assign(Costs(edges=gain, n_columns=len(columns), price=none, group=count))
    apart = distances.between(rows[optima.tails], columns[optima.heads]).astype(object) ** 2
    apart -= near.of_row[optima.tails].astype(object) ** 2 + near.of_column[optima.heads].astype(object) ** 2
    optima = narrow(optima, apart, none)

    def links(keys: Keyed) -> Links:
        numbers = pair_numbers(keys, rows[optima.tails], columns[optima.heads])
        column = choose(optima, numbers, _of_leaving(keys, optima, rows))
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
    """The nearest columns of each row, the nearest rows of each column, and the pairs nearer than both together.

    Attributes
    ----------
    of_row, of_column : arrays
        Least distances; 0 where there is no pair.
    row_ends, column_ends : (m, 2) integer arrays
        The pairs at the least distance of their row, and of their column.
    tails, heads, saved : (m,) arrays
        The pairs whose distance is less than the least of their row and of their column together, by row, and the
        distance less these two.
    """

    of_row: Whole
    of_column: Whole
    row_ends: IntArray
    column_ends: IntArray
    tails: IntArray
    heads: IntArray
    saved: Whole

    @property
    def n_tied(self) -> int:
        """How many rows and columns have several nearest."""
        return sum(int(np.sum(np.bincount(ends) > 1)) for ends in (self.row_ends[:, 0], self.column_ends[:, 1]))


def _nearest_of(design: Design, distances: Distances, rows: IntArray, columns: IntArray) -> Nearest:
    """Distances in floats leave few pairs that can be among the nearest, or gain; whole numbers decide."""
    tails, heads = _near_pairs(design, distances, rows, columns)
    costs = distances.between(rows[tails], columns[heads])
    of_row, of_column = _least(costs, tails, len(rows)), _least(costs, heads, len(columns))
    saved = costs - of_row[tails] - of_column[heads]
    ends = [np.column_stack([tails, heads])[costs == least] for least in (of_row[tails], of_column[heads])]
    gaining = np.asarray(saved < 0, bool)
    return Nearest(
        of_row=of_row,
        of_column=of_column,
        row_ends=ends[0],
        column_ends=ends[1],
        tails=tails[gaining],
        heads=heads[gaining],
        saved=saved[gaining],
    )


def _near_pairs(design: Design, distances: Distances, rows: IntArray, columns: IntArray) -> tuple[IntArray, IntArray]:
    """Places of pairs, by row, that may be nearest for one of the two, or nearer than both are to their nearest."""
    places = range(len(rows))
    kept = len(rows) * len(columns) <= MAX_CELLS
    measured = [design.distances(int(row), columns) for row in rows] if kept else []
    of_row, of_column = np.full(len(rows), math.inf), np.full(len(columns), math.inf)
    for place in places:
        apart = measured[place] if kept else design.distances(int(rows[place]), columns)
        of_row[place] = apart.min(initial=math.inf)
        of_column = np.minimum(of_column, apart)
    tails, heads = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for place in places:
        apart = measured[place] if kept else design.distances(int(rows[place]), columns)
        near = np.flatnonzero(np.isfinite(apart) & (apart <= distances.within(of_row[place] + of_column)))
        tails.append(np.full(len(near), place))
        heads.append(near)
    return np.concatenate(tails), np.concatenate(heads)


def _least(costs: Whole, which: IntArray, count: int) -> Whole:
    """The least cost of each of some rows, or columns; 0 where there is none."""
    least: Whole = np.zeros_like(costs, shape=count)
    order = np.argsort(which, kind="stable")
    first = np.flatnonzero(np.diff(which[order], prepend=-1))
    if len(first):
        least[which[order[first]]] = np.minimum.reduceat(costs[order], first)
    return least


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
    design: Design, links: Callable[[Keyed], Links], assigned: Callable[[Links], Assigned], decided: int
) -> Assigned:
    """The optimum by the keyed order, and what other orders change when there is more than one optimum."""
    keys = design.keys()
    base = links(keys.of)
    found = assigned(base)
    orders = range(1, design.options.tie_orders + 1) if decided else ()
    return Assigned(
        weights=found.weights,
        sets=found.sets,
        links=base,
        changes=tuple(difference(design, base, links(partial(keys.of, order=order))) for order in orders),
        by_order=decided,
    )

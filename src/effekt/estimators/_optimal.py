"""Optimal matching: the pairs, or the sets, whose distances have the least sum.

Distances are whole numbers of 2⁻ᴮ of the largest possible one (B = 40 unless the problem is very large), so sums are
exact and ties are ties. On the logit the logits themselves are rounded so, because distances on a line tie by nature:
crossed pairs are as far as uncrossed ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from effekt._types import IntArray
from effekt.estimators._assignment import FORBIDDEN, Costs, Whole, assign
from effekt.estimators._design import Assigned, Design, from_pairs, sets_of_pairs, weights_of_sets
from effekt.estimators._greedy import difference, ordered_links
from effekt.estimators._neighbours import Change, Keys, Links, other_keys

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


def grid(design: Design, rows: IntArray, columns: IntArray, bits: int) -> Grid:
    """The distances of a design."""
    points = design.coordinates
    assert points is not None
    span = math.sqrt(float(np.sum(np.ptp(points, axis=0) ** 2))) or 1.0
    steps = 2.0**bits / span
    whole = np.rint((points[:, 0] - np.min(points[:, 0])) * steps).astype(np.int64)

    def measure(place: int) -> Whole:
        distances = design.distances(int(rows[place]), columns)
        allowed = np.isfinite(distances)
        if points.shape[1] == 1:
            numbers = np.abs(whole[columns] - whole[rows[place]])
        else:
            numbers = np.rint(np.where(allowed, distances, 0.0) * steps).astype(np.int64)
        return np.where(allowed, numbers, FORBIDDEN)

    if len(rows) * len(columns) <= MAX_CELLS:
        matrix = np.array([measure(place) for place in range(len(rows))], np.int64).reshape(len(rows), len(columns))
        return Grid(rows=rows, columns=columns, between=matrix.__getitem__, largest=2**bits + 1)
    return Grid(rows=rows, columns=columns, between=measure, largest=2**bits + 1)


def precision(slots: int, classes: int) -> int:
    """Bits of a distance, so that leaving a unit out weighs more than all distances and sums stay whole numbers."""
    return min(BITS, LIMIT_BITS - classes * math.ceil(math.log2(slots + 2)))


def _by_key(rows: IntArray, keys: Keys) -> IntArray:
    return rows[np.argsort(keys[rows], kind="stable")]


def optimal(design: Design) -> Assigned:
    """Each focal row with `ratio` rows of the other arm, or between `min_controls` and `max_controls`.

    First as many focal rows as possible get one, then as many pairs as possible are made, and among these the sum of
    distances is least (Rosenbaum 1989, doi:10.1080/01621459.1989.10478868; variable ratio: Ming & Rosenbaum 2001,
    doi:10.1198/106186001317114938).
    """
    return _all_orders(design, _optimal_links, lambda links: from_pairs(design, links))


def _optimal_links(design: Design, keys: Keys) -> tuple[Links, int]:
    """The optimum that is first by key, and how many of its pairs another optimum lacks."""
    options = design.options
    most = options.max_controls or options.ratio
    focal = _by_key(np.flatnonzero(design.focal & design.kept), keys)
    others = _by_key(np.flatnonzero(~design.focal & design.kept), keys)
    wanted = np.repeat(np.arange(most), len(focal))  # which of its controls a slot is
    bits = precision(len(wanted), 1 if most == 1 else 2)
    found = grid(design, focal, others, bits)
    price = np.full(len(wanted), (len(wanted) + 1) * found.largest)
    if most > 1:
        price[wanted == 0] *= len(wanted) + 1
    optional = wanted >= (options.min_controls or options.ratio)
    spare = int(optional.sum()) - (options.ratio - (options.min_controls or options.ratio)) * len(focal)
    group = np.tile(np.arange(len(focal)), most)
    ends = np.zeros(spare, np.int64), np.full(spare, FORBIDDEN)

    def of_row(slot: int) -> Whole:
        costs = found.between(int(group[slot]))
        return np.append(costs, ends[0] if optional[slot] else ends[1]) if spare else costs

    solution = assign(Costs(of_row=of_row, n_columns=len(others) + spare, price=price, group=group))
    paired = (solution.column >= 0) & (solution.column < len(others))
    links = ordered_links(design, focal[group[paired]], others[solution.column[paired]])
    return links, int(np.sum(solution.replaceable[paired]))


def full(design: Design) -> Assigned:
    """Every unit that can be paired in a set of one treated with controls, or of one control with treated.

    The sum of distances between the one and the others is least over all such sets (Rosenbaum 1991,
    doi:10.1111/j.2517-6161.1991.tb01848.x; Hansen & Klopfer 2006, doi:10.1198/106186006X137047). Sets that cover every
    unit at least cost are a minimum edge cover: pairs that are nearer together than their two units are to their
    nearest others, chosen by an assignment, and every other unit with its nearest (Schrijver 2003, *Combinatorial
    Optimization*, theorem 19.1 and section 27.1).
    """

    def assigned(links: Links) -> Assigned:
        sets = sets_of_pairs(links, len(design.kept))
        weights = weights_of_sets(sets, design.cohort.treated, design.options.estimand)
        return Assigned(weights=weights, sets=sets, links=links)

    return _all_orders(design, _full_links, assigned)


def _full_links(design: Design, keys: Keys) -> tuple[Links, int]:
    """The cover that is first by key, and how many of its pairs another cover could lack."""
    rows = _by_key(np.flatnonzero(design.focal & design.kept), keys)
    columns = _by_key(np.flatnonzero(~design.focal & design.kept), keys)
    found = grid(design, rows, columns, precision(len(rows) + len(columns), 1))
    nearest_column, row_least, row_tied = np.full(len(rows), -1), np.zeros(len(rows), np.int64), 0
    column_least, nearest_row = np.full(len(columns), FORBIDDEN), np.full(len(columns), -1)
    ties_of_column = np.zeros(len(columns), np.intp)
    tied_row = np.zeros(len(rows), bool)
    for place in range(len(rows)):
        costs = found.between(place)
        row_least[place] = costs.min(initial=FORBIDDEN)
        if row_least[place] < FORBIDDEN:
            nearest_column[place] = int(np.argmin(costs))
            tied_row[place] = np.sum(costs == row_least[place]) > 1
        nearer = costs < column_least
        ties_of_column[(costs == column_least) & (costs < FORBIDDEN)] += 1
        column_least[nearer], nearest_row[nearer], ties_of_column[nearer] = costs[nearer], place, 0

    def gain(place: int) -> Whole:
        costs = found.between(place)
        saved = costs - row_least[place] - np.where(column_least < FORBIDDEN, column_least, 0)
        return np.where((costs < FORBIDDEN) & (saved < 0), saved, FORBIDDEN)

    count = len(rows)
    solution = assign(
        Costs(of_row=gain, n_columns=len(columns), price=np.zeros(count, np.int64), group=np.arange(count))
    )
    held = np.flatnonzero(solution.column >= 0)
    alone = np.flatnonzero((solution.column < 0) & (nearest_column >= 0))
    lone = np.setdiff1d(np.flatnonzero(nearest_row >= 0), solution.column[held])
    first = np.concatenate([held, alone, nearest_row[lone]])
    second = np.concatenate([solution.column[held], nearest_column[alone], lone])
    kept = _stars(first, second, len(rows), len(columns))
    row_tied = int(np.sum(solution.replaceable[held]) + np.sum(tied_row[alone]) + np.sum(ties_of_column[lone] > 0))
    return ordered_links(design, rows[first[kept]], columns[second[kept]]), row_tied


def _stars(first: IntArray, second: IntArray, n_rows: int, n_columns: int) -> IntArray:
    """Which edges to keep: one whose both ends are covered without it costs nothing in an optimum, and goes."""
    edges = np.unique(first * n_columns + second, return_index=True)[1]
    of_row = np.bincount(first[edges], minlength=n_rows)
    of_column = np.bincount(second[edges], minlength=n_columns)
    kept = []
    for edge in edges.tolist():
        if of_row[first[edge]] > 1 and of_column[second[edge]] > 1:
            of_row[first[edge]] -= 1
            of_column[second[edge]] -= 1
        else:
            kept.append(edge)
    return np.array(kept, np.intp)


def _all_orders(
    design: Design, solve: Callable[[Design, Keys], tuple[Links, int]], assigned: Callable[[Links], Assigned]
) -> Assigned:
    """The optimum by the keyed order, and what other orders change when there is more than one optimum."""
    keys = design.keys()
    links, decided = solve(design, keys)
    found = assigned(links)

    def changes() -> Iterator[Change]:
        for order in range(1, design.options.tie_orders + 1):
            yield difference(design, links, solve(design, other_keys(keys, order))[0])

    return Assigned(
        weights=found.weights,
        sets=found.sets,
        links=links,
        changes=tuple(changes()) if decided else (),
        by_order=decided,
    )

"""Least-cost assignment of rows to columns in whole numbers, with a proof, by shortest augmenting paths.

Rows come in turn; each takes the shortest augmenting path under reduced costs (Jonker & Volgenant 1987,
doi:10.1007/BF02278710), or leaves some row out at that row's own price. A row's columns are listed as far as its path
asks for them: the nearest first, and more where one that is not listed could lie nearer. The costs are integers, so
nothing is lost to rounding: the dual prices that prove the optimum are checked exactly every time, and the edges
without reduced cost are those of all optima, among which a second sum of numbers chooses, and a third among those that
are left. Sums that 64 bits do not hold are taken in Python's integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from effekt._types import BoolArray, IntArray

Whole = NDArray[Any]  # of 64-bit integers, or of Python's where sums pass these
MAX_COST = 2**60
TOGETHER = 64  # rows whose edges are looked at together
NEVER = 2**62  # farther than any path of 64-bit integers
UNPROVEN = "The assignment is not proven to be the best; please report this as an error in effekt."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Columns that a row may have, and their costs, of at most `MAX_COST` in size where they are 64-bit integers.

    No column that is not listed costs less than `beyond`: infinity where there is no other.
    """

    columns: IntArray
    costs: Whole
    beyond: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Costs:
    """The problem.

    Attributes
    ----------
    edges : callable
        Edges of a row with a `beyond` greater than a number.
    n_columns : int
    price : (n_rows,) array
        What it costs to leave each row out.
    group : (n_rows,) integer array
        Rows of one group are interchangeable.
    """

    edges: Callable[[int, float], Edges]
    n_columns: int
    price: Whole
    group: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Optima:
    """One optimum, and what all others share.

    Attributes
    ----------
    column : (n_rows,) integer array
        The column of each row; −1 where it is left out.
    replaceable : (n_rows,) bool array
        Which rows have a column, or no column, that their group does not have in some other optimum.
    open : (n_rows,) bool array
        Which rows have another fate in some other optimum, exchanges within a group included.
    tails, heads : integer arrays
        Rows and columns of the edges that some optimum has, for open rows.
    may_leave : (n_rows,) bool array
        Rows that some optimum leaves out.
    may_be_free : (n_columns,) bool array
        Columns that some optimum leaves free.
    group : (n_rows,) integer array
        As in `Costs`.
    """

    column: IntArray
    replaceable: BoolArray
    open: BoolArray
    tails: IntArray
    heads: IntArray
    may_leave: BoolArray
    may_be_free: BoolArray
    group: IntArray


class _Solver:
    """Rows added so far, optimally assigned, with their prices u and those of the columns v ≤ 0."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        n, m, like = len(costs.price), costs.n_columns, costs.price[:0]
        self.u: Whole = np.zeros_like(like, shape=n)
        self.v: Whole = np.zeros_like(like, shape=m)
        self.column, self.row = np.full(n, -1), np.full(m, -1)
        self._never: float = math.inf if costs.price.dtype.hasobject else NEVER
        self._distance, self._before = np.full_like(like, self._never, shape=m), np.full(m, -1)
        self._n_free = m

    def edges(self, row: int, least: float) -> Edges:
        """Those of a row, in Python's integers where prices are: what 64 bits hold is not compared with more."""
        found = self.costs.edges(row, least)
        if self._never < math.inf or found.costs.dtype.hasobject:
            return found
        return replace(found, costs=found.costs.astype(object))

    def highest(self) -> int:
        """The largest v: 0 while a column is free."""
        return 0 if self._n_free or not len(self.v) else int(self.v.max())

    def add(self, new: int) -> None:
        """Assign one more row."""
        if not self._has_free(new):
            self._augment(new)

    def _augment(self, new: int) -> None:
        """Assign a row along the shortest path to a free column or to leaving a row out."""
        arrived: dict[int, float] = {new: 0}  # how far each row is: whole, where it is not infinite
        touched = [np.zeros(0, np.intp)]  # columns that have been reached
        best, end, released = self._never, -1, new
        waiting: list[
            tuple[float, int, int, float]
        ] = []  # distance, column, or the row whose list must go on, and whence
        highest, row, listed = self.highest(), new, -math.inf
        while True:
            far = arrived[row] - int(self.u[row])
            edges = self.edges(row, listed)
            columns, reach = self._relax(row, far, edges, best)
            touched.append(columns)
            free = self.row[columns] < 0
            if free.any():
                nearest = int(np.argmin(np.where(free, reach, self._never)))
                best, end = int(reach[nearest]), int(columns[nearest])
            if far + int(self.costs.price[row]) < best:
                best, end, released = far + int(self.costs.price[row]), -1, row
            for distance, column in zip(reach[~free].tolist(), columns[~free].tolist(), strict=True):
                heappush(waiting, (distance, column, -1, 0))
            if edges.beyond < math.inf:
                heappush(waiting, (far + edges.beyond - highest, -1, row, edges.beyond))
            onward = self._next(waiting, best, arrived)
            if onward is None:
                break
            row, listed = onward
        self._distance[np.concatenate(touched)] = self._never
        for row, length in arrived.items():  # prices after the path, so that no reduced cost is negative
            self.u[row] += best - length
            if row != new:
                self.v[self.column[row]] -= best - length
        if end < 0:
            self._release(released, new)
        else:
            self._n_free -= 1
            self._shift(end, new)

    def _has_free(self, new: int) -> bool:
        """Give a new row its nearest column where that is free: no way is shorter."""
        edges = self.edges(new, -math.inf)
        if not len(edges.columns):
            return False
        reach = edges.costs - self.v[edges.columns]
        nearest = reach.argmin()
        column, best = int(edges.columns[nearest]), int(reach[nearest])
        if self.row[column] >= 0 or min(int(self.costs.price[new]), edges.beyond) < best:
            return False
        self.u[new], self.column[new], self.row[column] = best, column, new
        self._n_free -= 1
        return True

    def _relax(self, row: int, far: float, edges: Edges, best: float) -> tuple[IntArray, Whole]:
        """The columns that are nearer by way of this row than before, and than the best end, and how far they are."""
        reach = edges.costs + far - self.v[edges.columns]
        nearer = reach < np.minimum(self._distance[edges.columns], best)
        columns, reach = edges.columns[nearer], reach[nearer]
        self._distance[columns], self._before[columns] = reach, row
        return columns, reach

    def _next(
        self, waiting: list[tuple[float, int, int, float]], best: float, arrived: dict[int, float]
    ) -> tuple[int, float] | None:
        """The row to go on from, and beyond which cost; None when no way is shorter than the best."""
        while waiting and waiting[0][0] < best:
            distance, column, row, beyond = heappop(waiting)
            if column < 0:
                return row, beyond
            row = int(self.row[column])
            if row not in arrived:
                arrived[row] = distance
                self._distance[column] = -self._never  # final: nothing is nearer
                return row, -math.inf
        return None

    def _shift(self, column: int, new: int) -> None:
        """Give each row on the path the column after it."""
        while True:
            row = int(self._before[column])
            given = int(self.column[row])
            self.row[column], self.column[row] = row, column
            if row == new:
                return
            column = given

    def _release(self, out: int, new: int) -> None:
        """Leave a row out, and let the path have its column."""
        if out != new:
            column, self.column[out] = int(self.column[out]), -1
            self._shift(column, new)


def assign(costs: Costs) -> Optima:
    """The assignments of least total cost, rows left out at their prices.

    Raises
    ------
    RuntimeError
        When the prices do not prove the optimum, which is an error of effekt.
    """
    solver = _Solver(costs)
    for row in range(len(costs.price)):
        solver.add(row)
    return _all_optima(solver, *_proof(solver))


def proven(costs: Costs, column: IntArray, u: Whole, v: Whole) -> Optima:
    """The assignments of least total cost, given one and prices that prove it; raises as `assign` does."""
    solver, held = _Solver(costs), np.flatnonzero(column >= 0)
    solver.column, solver.u, solver.v = column, u, v
    solver.row[column[held]] = held
    solver._n_free = int(np.sum(solver.row < 0))
    if costs.n_columns - solver._n_free < len(held):  # two rows have one column
        raise RuntimeError(UNPROVEN)
    return _all_optima(solver, *_proof(solver))


def choose(optima: Optima, numbers: Whole, leaving: Whole) -> IntArray:
    """The column of each row in the optimum whose numbers have the least sum.

    Parameters
    ----------
    optima : Optima
    numbers : array
        Of each edge `tails`, `heads`; any whole numbers, of Python's where 64 bits do not hold them.
    leaving : (n_rows,) array
        Of leaving a row out; likewise.
    """
    return _among(optima, numbers, leaving)[0]


def narrow(optima: Optima, numbers: Whole, leaving: Whole) -> Optima:
    """All optima whose numbers have the least sum; the arguments are those of `choose`."""
    column, rows, columns, solver = _among(optima, numbers, leaving)
    if solver is None:
        return optima
    left = _all_optima(solver, *_proof(solver))
    n, m = len(column), len(optima.may_be_free)
    replaceable, open_, may_leave = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool)
    replaceable[rows], open_[rows], may_leave[rows] = left.replaceable, left.open, left.may_leave
    may_be_free = np.zeros(m, bool)
    may_be_free[columns] = left.may_be_free
    return Optima(
        column=column,
        replaceable=replaceable,
        open=open_,
        tails=rows[left.tails],
        heads=columns[left.heads],
        may_leave=may_leave,
        may_be_free=may_be_free,
        group=optima.group,
    )


def _among(optima: Optima, numbers: Whole, leaving: Whole) -> tuple[IntArray, IntArray, IntArray, _Solver | None]:
    """The optimum of the least sum, and the open rows and columns with the solution of what is open between them."""
    column, rows = optima.column.copy(), np.flatnonzero(optima.open)
    columns, place = np.unique(optima.heads, return_inverse=True)
    if not rows.size:
        return column, rows, columns, None
    largest = 1 + max(int(abs(numbers).max(initial=0)), int(abs(leaving[rows]).max(initial=0)))
    must_have = largest * (len(rows) + 1)
    must_go = 2 * must_have * (len(rows) + 1)
    kind = object if 4 * must_go > MAX_COST else np.int64
    costs, price = numbers.astype(kind), leaving[rows].astype(kind)
    costs[~optima.may_be_free[optima.heads]] -= must_have
    price[~optima.may_leave[rows]] = must_go
    order = np.argsort(optima.tails, kind="stable")
    ends = np.searchsorted(optima.tails[order], rows, side="left"), np.searchsorted(optima.tails[order], rows, "right")

    def edges(number: int, _: float) -> Edges:
        own = order[ends[0][number] : ends[1][number]]
        return Edges(columns=place[own], costs=costs[own])

    solver = _Solver(Costs(edges=edges, n_columns=len(columns), price=price, group=optima.group[rows]))
    for number in range(len(rows)):
        solver.add(number)
    _proof(solver)
    column[rows] = np.where(solver.column >= 0, columns[solver.column], -1)
    return column, rows, columns, solver


def _proof(solver: _Solver) -> tuple[IntArray, IntArray]:
    """Check complementary slackness, and return the edges (row, column) without reduced cost."""
    costs, column = solver.costs, solver.column
    out = column < 0
    proven = bool(np.all(solver.v <= 0) and np.all(solver.v[solver.row < 0] == 0))
    proven &= bool(np.all(solver.u <= costs.price) and np.all(solver.u[out] == costs.price[out]))
    tails, heads, highest = [], [], solver.highest()
    for start in range(0, len(column), TOGETHER):
        rows = range(start, min(start + TOGETHER, len(column)))
        # those that are not listed have a reduced cost
        edges = [solver.edges(row, int(solver.u[row]) + highest) for row in rows]
        tail = np.repeat(rows, [len(one.columns) for one in edges])
        head, cost = (np.concatenate(part) for part in zip(*((one.columns, one.costs) for one in edges), strict=True))
        reduced = cost - solver.u[tail] - solver.v[head]
        tight = np.asarray(reduced == 0, bool)
        tails.append(tail[tight])
        heads.append(head[tight])
        proven &= int(reduced.min(initial=0)) >= 0
        proven &= bool(np.all(out[rows] | np.isin(rows, tails[-1][heads[-1] == column[tails[-1]]])))
    if not proven:
        raise RuntimeError(UNPROVEN)
    return np.concatenate(tails), np.concatenate(heads)


def _all_optima(solver: _Solver, tails: IntArray, heads: IntArray) -> Optima:
    """What other optima could have, from the edges without reduced cost."""
    costs, column = solver.costs, solver.column
    rows = np.arange(len(column))
    of_row, of_column, of_free = _components(solver, tails, heads, rows)
    open_ = np.where(column >= 0, of_row == of_column[column], of_row == of_free)
    inside = open_[tails] & (of_row[tails] == of_column[heads])
    replaceable = open_
    if len(np.unique(costs.group)) < len(rows):
        of_group, of_head, free = _components(solver, tails, heads, costs.group)
        replaceable = np.where(column >= 0, of_group[costs.group] == of_head[column], of_group[costs.group] == free)
    return Optima(
        column=column,
        replaceable=replaceable,
        open=open_,
        tails=tails[inside],
        heads=heads[inside],
        may_leave=(solver.u == costs.price) & (of_row == of_free),
        may_be_free=(solver.v == 0) & (of_column == of_free),
        group=costs.group,
    )


def _components(solver: _Solver, tails: IntArray, heads: IntArray, label: IntArray) -> tuple[IntArray, IntArray, int]:
    """Strong components of labels of rows, of columns, and of being free: what lies on a cycle can be exchanged.

    A label points at the columns it could take, a column at the label that has it. Columns without a row point at being
    free, which points at those that could be left (v = 0); likewise for rows.
    """
    costs, column = solver.costs, solver.column
    n_labels = int(label.max(initial=-1)) + 1
    free = n_labels + costs.n_columns
    held, out, unused = np.flatnonzero(column >= 0), np.flatnonzero(column < 0), np.flatnonzero(solver.row < 0)
    own = np.unique(label[held] * costs.n_columns + column[held])
    takes = ~np.isin(label[tails] * costs.n_columns + heads, own)
    leavable, could_leave = held[solver.v[column[held]] == 0], held[solver.u[held] == costs.price[held]]
    pieces = (
        (label[tails[takes]], n_labels + heads[takes]),
        (n_labels + column[held], label[held]),
        (n_labels + unused, np.full(len(unused), free)),
        (np.full(len(leavable), free), n_labels + column[leavable]),
        (label[could_leave], np.full(len(could_leave), free)),
        (np.full(len(out), free), label[out]),
    )
    start, end = (np.concatenate(side) for side in zip(*pieces, strict=True))
    graph = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(free + 1, free + 1))
    component = connected_components(graph.tocsr(), directed=True, connection="strong")[1].astype(np.intp)
    return component[:n_labels], component[n_labels:free], int(component[free])

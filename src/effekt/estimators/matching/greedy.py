"""Greedy nearest neighbours in several dimensions, exactly: k-d trees propose, exact distances decide.

One tree for each stratum holds the rows of the other arm (Bentley 1975, doi:10.1145/361002.361007). All focal rows ask
at once for their nearest few, and then each for twice as many until what it needs lies nearer than everything it has
not seen. Focal rows with the same coordinates share one list of candidates.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators.matching.design import Assigned, Design, from_pairs
from effekt.estimators.matching.neighbours import MAX_PAIRS, TIE, Change, KeysOfRows, Links, by_key
from effekt.estimators.matching.screened import ask_tree, tree_of
from effekt.exceptions import ArgumentError
from effekt.tables.arrays import ranks_of

FIRST = 3  # candidates asked for at first where they may be taken
BLOCK = 100_000  # rows that ask at once
ROUNDING = 1e-12  # relative; the tree's own distances differ from ours by less


@dataclass(slots=True, kw_only=True, eq=False)
class Near:
    """The candidates of focal rows that are alike, by rising distance, as far as they are known.

    Attributes
    ----------
    rows, distances : lists
    known : float
        Every candidate nearer than this is listed.
    asked : int
        How many rows were asked of the tree.
    start : int
        The candidates before this place are all used up.
    """

    rows: list[int]
    distances: list[float]
    known: float
    asked: int
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What a tree answers to rows that ask it, by the exact distances.

    Attributes
    ----------
    rows, distances : (m, k) arrays
        The candidates of each by rising distance.
    known : (m,) array
        Every candidate nearer than this is among them.
    certain : (m,) integer array
        How many of them lie nearer than that.
    asked : (m,) integer array
        How many rows were asked for.
    """

    rows: IntArray
    distances: FloatArray
    known: FloatArray
    certain: IntArray
    asked: IntArray

    @classmethod
    def none(cls, count: int, first: int) -> Answers:
        """Of nobody to be had."""
        return cls(
            rows=np.zeros((count, first), np.intp),
            distances=np.full((count, first), math.inf),
            known=np.full(count, math.inf),
            certain=np.zeros(count, np.intp),
            asked=np.zeros(count, np.intp),
        )

    def put(self, places: IntArray, other: Answers) -> None:
        """The answers of some places."""
        count = other.rows.shape[1]
        self.rows[places, :count], self.distances[places, :count] = other.rows, other.distances
        self.known[places], self.certain[places], self.asked[places] = other.known, other.certain, other.asked

    def listed(self) -> list[tuple[list[int], list[float], float, int, int]]:
        """The same as Python's numbers, for each who asked."""
        columns = (self.rows, self.distances, self.known, self.certain, self.asked)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def all_tied(self, count: int, scale: FloatArray) -> tuple[IntArray, BoolArray]:
        """How many candidates are the nearest `count` and all tied with the last of them, and where that is sure."""
        near = np.where(np.arange(self.rows.shape[1]) < self.certain[:, None], self.distances, math.inf)
        near = np.column_stack([near, np.full(len(near), math.inf)])
        place, sure, wanting = np.zeros(len(near), np.intp), np.ones(len(near), bool), np.arange(len(near))
        while len(wanting):
            least, known = near[wanting, place[wanting]], self.known[wanting]
            limit = least + TIE * np.maximum(scale[wanting], least)
            open_ = (limit >= known) & (known < math.inf)
            sure[wanting[open_]] = False
            found = ~open_ & (least < math.inf)
            wanting, limit = wanting[found], limit[found]
            place[wanting] = np.sum(near[wanting] <= limit[:, None], axis=1)
            wanting = wanting[place[wanting] < count]
        return place, sure


class Candidates:
    """Who can be paired with each focal row, nearest first."""

    def __init__(self, design: Design, first: int, others: IntArray | None = None) -> None:
        """`first`: how many are asked for at first; `others`: the rows that may be listed, if not all."""
        assert design.coordinates is not None
        self._design = design
        self._points = np.ascontiguousarray(design.coordinates)
        self._others: dict[int, IntArray] = {}
        self._trees: dict[int, cKDTree] = {}
        strata = design.strata
        others = np.flatnonzero(~design.focal) if others is None else others
        others = others[np.argsort(strata[others], kind="stable")]
        numbers, starts = np.unique(strata[others], return_index=True)
        for stratum, rows in zip(numbers.tolist(), np.split(others, starts[1:]), strict=True):
            self._others[stratum] = rows
        self._strata = strata
        self._focal = np.flatnonzero(design.focal & design.kept)
        scale = np.ones(len(strata))
        for column in design.coordinates.T:
            scale[self._focal] = np.maximum(scale[self._focal], np.abs(column[self._focal]))
        self._number = ranks_of(tuple(_of_pairs(design, self._focal).T))
        heads = self._focal[np.unique(self._number, return_index=True)[1]]
        group = np.zeros(len(strata), np.intp)
        group[self._focal] = self._number
        self._scales, self.scale, self._group = scale[heads], scale.data, group.data
        self._answers = Answers.none(len(heads), first)
        self._listed: list[tuple[list[int], list[float], float, int, int]] = []
        self._near: list[Near | None] = [None] * len(heads)
        self._ask_first(heads, first)

    def _ask_first(self, heads: IntArray, first: int) -> None:
        """The first candidates of rows that all differ, a block of one stratum at a time."""
        places = np.argsort(self._strata[heads], kind="stable")
        for some in np.split(places, np.flatnonzero(np.diff(self._strata[heads[places]])) + 1):
            rows = heads[some]
            if len(rows) and int(self._strata[rows[0]]) in self._others:
                near = some[tree_of(self._points[rows]).indices]  # who is close asks the same leaves
                for start in range(0, len(near), BLOCK):
                    part = near[start : start + BLOCK]
                    self._answers.put(part, self._ask(heads[part], first))

    def near(self, row: int) -> Near:
        """The candidates of a focal row, those known so far."""
        group = self._group[row]
        found = self._near[group]
        if found is None:
            self._listed = self._listed or self._answers.listed()
            rows, distances, known, certain, asked = self._listed[group]
            found = Near(rows=rows[:certain], distances=distances[:certain], known=known, asked=asked)
            self._near[group] = found
        return found

    def forget(self) -> None:
        """All candidates are there again."""
        for near in self._near:
            if near is not None:
                near.start = 0

    def more(self, row: int, near: Near) -> None:
        """Ask the tree for twice as many."""
        ((rows, distances, known, certain, asked),) = self._ask(np.array([row]), 2 * near.asked).listed()
        near.rows, near.distances = rows[:certain], distances[:certain]
        near.known, near.asked, near.start = known, asked, 0

    def _ask(self, focal: IntArray, wanted: int) -> Answers:
        """Ask the tree of a stratum for the nearest of some rows, and put them in order by the exact distances."""
        stratum = int(self._strata[focal[0]])
        others = self._others[stratum]
        if stratum not in self._trees:
            self._trees[stratum] = tree_of(self._points[others])
        asked = min(wanted, len(others))
        _, found, beyond = ask_tree(self._trees[stratum], self._points[focal], asked)
        known = beyond * (1 - ROUNDING)
        rows = np.sort(others[found], axis=1)
        distances = self._design.distances(focal[:, None], rows)
        order = np.argsort(distances, axis=1, kind="stable")
        rows, distances = np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)
        certain = np.sum(distances < known[:, None], axis=1)
        return Answers(
            rows=rows, distances=distances, known=known, certain=certain, asked=np.full(len(focal), asked, np.intp)
        )

    def link_all_tied(self, count: int) -> tuple[IntArray, IntArray]:
        """Each focal row with its nearest, as many as are wanted where there are, and all tied with the last of them.

        The first answers tell most of them; of the others the tree is asked for more.
        """
        sizes, sure = self._answers.all_tied(count, self._scales)
        sizes, told = np.where(sure, sizes, 0)[self._number], sure[self._number]
        chosen = np.arange(self._answers.rows.shape[1]) < sizes[:, None]
        focal, others = [np.repeat(self._focal, sizes)], [self._answers.rows[self._number][chosen]]
        pairs = len(focal[0])
        for row in self._focal[~told].tolist():
            tied = np.array(self.all_tied(row, count), np.intp)
            focal.append(np.full(len(tied), row))
            others.append(tied)
            pairs += len(tied)
            if pairs > MAX_PAIRS:
                break
        if pairs > MAX_PAIRS:
            raise ArgumentError(
                f"`replace` True keeps all tied controls, which here makes more than {MAX_PAIRS} pairs. Choose "
                "replace=False, or add covariates that tell the controls apart."
            )
        return np.concatenate(focal), np.concatenate(others)

    def all_tied(self, row: int, count: int) -> list[int]:
        """The nearest rows, as many as are wanted where there are, and all those tied with the last of them."""
        near, place = self.near(row), 0
        while place < count:
            least = near.distances[place] if place < len(near.rows) else math.inf
            limit = least + TIE * max(self.scale[row], least)
            if limit >= near.known < math.inf:
                self.more(row, near)
            elif least == math.inf:
                break
            else:
                place = bisect_right(near.distances, limit, place)
        return near.rows[:place]

    def nearest(self, row: int, stock: Stock, taken: list[int]) -> tuple[list[int], int]:
        """The heads of classes with uses left, tied at the least distance, and how many rows these have."""
        near = self.near(row)
        while True:
            tied, count, seen = self._scan(near, stock, taken, self.scale[row])
            if seen < near.known or near.known == math.inf:
                return tied, count
            self.more(row, near)

    def _scan(self, near: Near, stock: Stock, taken: list[int], scale: float) -> tuple[list[int], int, float]:
        """What the list gives, and up to which distance it must be known for that to be all."""
        while near.start < len(near.rows) and not stock.free[near.rows[near.start]]:
            near.start += 1
        tied: list[int] = []
        count, limit = 0, math.inf
        for place in range(near.start, len(near.rows)):
            head, distance = near.rows[place], near.distances[place]
            if distance > limit:
                break
            free = stock.free[head] - stock.in_use(head, taken)
            if free:
                if not tied:
                    limit = distance + TIE * max(scale, distance)
                tied.append(head)
                count += free
        return tied, count, limit


def _of_pairs(design: Design, rows: IntArray) -> FloatArray:
    """(m, ·): all that says how far rows are from another one, and whether they may be paired with it."""
    assert design.coordinates is not None
    columns = [
        design.coordinates[rows],
        design.strata[rows, None],
        design.cohort.covariates[rows][:, list(design.calipers)],
    ]
    if math.isfinite(design.width) and design.logit is not None:
        columns.append(design.logit[rows, None])
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alike:
    """The other rows class by class: those of a class are equally far from every focal row.

    Attributes
    ----------
    rows : (m,) integer array
        By class and row; the first of a class is its *head*.
    number : (m,) integer array
        The class of each of them, from 0.
    start : (c,) integer array
        Where each class starts.
    """

    rows: IntArray
    number: IntArray
    start: IntArray

    @property
    def heads(self) -> IntArray:
        """(c,): the head of each class."""
        return self.rows[self.start]


def alike_others(design: Design) -> Alike:
    """The classes of a design, by their heads."""
    others = np.flatnonzero(~design.focal)
    number = ranks_of(tuple(_of_pairs(design, others).T))
    if number.max() + 1 == len(others):
        alone = np.arange(len(others))
        return Alike(rows=others, number=alone, start=alone)
    _, heads = np.unique(number, return_index=True)
    number = np.argsort(np.argsort(heads))[number]
    order = np.argsort(number, kind="stable")
    number = number[order]
    return Alike(rows=others[order], number=number, start=np.flatnonzero(np.append(1, np.diff(number))))


class Stock:
    """What is left of each class, by its head, while rows are taken: in each those of the lowest key first."""

    def __init__(self, alike: Alike, n: int, uses: int, keys: KeysOfRows, order: int) -> None:
        self._rows = by_key(alike.rows, alike.number, keys, order).data
        self._uses = uses
        head, first, free = (np.zeros(n, np.int32) for _ in range(3))
        head[alike.rows] = alike.heads[alike.number]
        first[alike.heads] = alike.start
        free[alike.heads] = np.bincount(alike.number)
        self._head, self._first = head.data, first.data
        self.free = free.data  # rows of the class of a head that have uses left
        self._left = np.full(n, min(uses, n), np.int32).data  # no row is used oftener than there are others

    def in_use(self, head: int, taken: list[int]) -> int:
        """How many of the rows taken are of a class and have uses left."""
        if self._uses == 1:
            return 0
        return sum(self._head[row] == head and self._left[row] > 0 for row in taken)

    def first(self, head: int, taken: list[int]) -> int:
        """The row of the lowest key in a class, of those that have uses left and are not among those taken."""
        place = self._first[head]
        while not self._left[self._rows[place]]:
            place += 1
        self._first[head] = place
        while not self._left[self._rows[place]] or self._rows[place] in taken:
            place += 1
        return self._rows[place]

    def take(self, row: int) -> None:
        """Use a row once."""
        self._left[row] -= 1
        if not self._left[row]:
            self.free[self._head[row]] -= 1


def ordered_links(design: Design, focal: IntArray, others: IntArray) -> Links:
    """Pairs by treated row and then control row."""
    treated, control = (others, focal) if design.options.estimand == "ATC" else (focal, others)
    order = np.lexsort((control, treated))
    return Links(treated=treated[order], control=control[order])


def take_in_turn(
    design: Design, candidates: Candidates, alike: Alike, keys: KeysOfRows, order: int
) -> tuple[Links, int]:
    """Each focal row in its turn takes the nearest rows with uses left; ties by key. Also how many ties were broken."""
    everyone = np.arange(len(design.kept))
    key = (
        keys.of(everyone, order).tolist().__getitem__ if order else lambda row: int(keys.of(everyone[row : row + 1])[0])
    )
    options = design.options
    stock = Stock(alike, len(design.kept), (options.reuse or 1) if options.replace else 1, keys, order)
    candidates.forget()
    focal: list[int] = []
    others: list[int] = []
    broken = 0
    for row in queue(design, keys, order).tolist():
        chosen: list[int] = []
        while len(chosen) < options.ratio:
            heads, count = candidates.nearest(row, stock, chosen)
            if not heads:
                break
            tied = [stock.first(head, chosen) for head in heads]
            chosen.append(min(tied, key=key) if len(tied) > 1 else tied[0])
            stock.take(chosen[-1])
            broken += count > 1
        focal += [row] * len(chosen)
        others += chosen
    return ordered_links(design, np.array(focal, np.intp), np.array(others, np.intp)), broken


def queue(design: Design, keys: KeysOfRows, order: int) -> IntArray:
    """The focal rows in their declared order, tied ones by key."""
    rows = np.flatnonzero(design.focal & design.kept)
    by_score = {"keyed": np.zeros(len(rows)), "smallest": design.score[rows]}
    value = by_score.get(str(design.options.order), -design.score[rows])
    turn = np.argsort(value, kind="stable")
    ties = np.cumsum(np.append(0, np.diff(value[turn]) != 0)) if len(rows) else turn
    return by_key(rows[turn], ties, keys, order)


def greedy(design: Design) -> Assigned:
    """Nearest neighbours for any distance, calipers of columns, a limit on reuse and declared orders."""
    options = design.options
    if options.replace and options.reuse is None:
        links = ordered_links(design, *Candidates(design, options.ratio).link_all_tied(options.ratio))
        return from_pairs(design, links)
    alike, keys = alike_others(design), design.keys()
    candidates = Candidates(design, max(FIRST, options.ratio + 1), alike.heads)
    links, broken = take_in_turn(design, candidates, alike, keys, 0)
    score: FloatArray = design.score[design.focal & design.kept]
    depends = broken > 0 or options.order == "keyed" or len(np.unique(score)) < len(score)

    def changes() -> Iterator[Change]:
        for order in range(1, options.tie_orders + 1):
            yield difference(design, links, take_in_turn(design, candidates, alike, keys, order)[0])

    return from_pairs(design, links, tuple(changes()) if depends and len(links.treated) else (), broken)


def difference(design: Design, links: Links, others: Links) -> Change:
    """What has to be taken from some pairs, and added, to have others."""
    n = len(design.kept)
    base, pairs = (one.treated * n + one.control for one in (links, others))
    come = np.setdiff1d(pairs, base, assume_unique=True)
    gone = np.flatnonzero(np.isin(base, pairs, assume_unique=True, invert=True))
    return Change(removed=gone, treated=come // n, control=come % n)

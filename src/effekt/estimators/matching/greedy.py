"""Greedy nearest neighbours in several dimensions, exactly: k-d trees propose, exact distances decide.

One tree for each stratum holds the rows of the other arm (Bentley 1975, doi:10.1145/361002.361007). A focal row asks
for its nearest 8, 16, 32, … until what it needs lies nearer than everything it has not seen. Focal rows with the same
coordinates share one list of candidates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from effekt._types import FloatArray, IntArray
from effekt.estimators.matching.design import Assigned, Design, from_pairs
from effekt.estimators.matching.neighbours import MAX_PAIRS, TIE, Change, Keys, Links, other_keys
from effekt.exceptions import ArgumentError

FIRST = 8  # candidates asked for at first
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


class Candidates:
    """Who can be paired with each focal row, nearest first."""

    def __init__(self, design: Design) -> None:
        assert design.coordinates is not None
        self._design = design
        self._points = np.ascontiguousarray(design.coordinates)
        self.scale = np.maximum(1.0, np.max(np.abs(self._points), axis=1)).tolist()
        self._others: dict[int, IntArray] = {}
        self._trees: dict[int, cKDTree] = {}
        strata = design.strata
        others = np.flatnonzero(~design.focal)
        others = others[np.argsort(strata[others], kind="stable")]
        numbers, starts = np.unique(strata[others], return_index=True)
        for stratum, rows in zip(numbers.tolist(), np.split(others, starts[1:]), strict=True):
            self._others[stratum] = rows
        self._strata = strata
        alike = [self._points, strata[:, None], design.cohort.covariates[:, list(design.widths)]]
        if math.isfinite(design.width) and design.logit is not None:
            alike.append(design.logit[:, None])
        self._group = np.unique(np.column_stack(alike), axis=0, return_inverse=True)[1].ravel().tolist()
        self._near: dict[int, Near] = {}

    def near(self, row: int) -> Near:
        """The candidates of a focal row, those known so far."""
        group = self._group[row]
        if group not in self._near:
            empty = int(self._strata[row]) not in self._others
            self._near[group] = Near(rows=[], distances=[], known=math.inf if empty else -math.inf, asked=0)
        return self._near[group]

    def more(self, row: int, near: Near) -> None:
        """Ask the tree for twice as many."""
        stratum = int(self._strata[row])
        others = self._others[stratum]
        if stratum not in self._trees:
            self._trees[stratum] = cKDTree(self._points[others])
        near.asked = min(max(FIRST, 2 * near.asked), len(others))
        far, found = np.atleast_1d(*self._trees[stratum].query(self._points[row], k=np.arange(1, near.asked + 1)))
        near.known = math.inf if near.asked == len(others) else float(far[-1]) * (1 - ROUNDING)
        rows = np.sort(others[found])
        distances = self._design.distances(row, rows)
        order = np.argsort(distances, kind="stable")
        order = order[distances[order] < near.known]
        near.rows, near.distances, near.start = rows[order].tolist(), distances[order].tolist(), 0

    def nearest(self, row: int, left: list[int], taken: Iterable[int] = ()) -> tuple[list[int], float]:
        """The rows with uses left, tied at the least distance, and that distance; none when there are none."""
        near, taken = self.near(row), set(taken)
        while True:
            tied, distance, seen = self._scan(near, left, taken, self.scale[row])
            if seen < near.known or near.known == math.inf:
                return tied, distance
            self.more(row, near)

    def _scan(self, near: Near, left: list[int], taken: set[int], scale: float) -> tuple[list[int], float, float]:
        """What the list gives, and up to which distance it must be known for that to be all."""
        while near.start < len(near.rows) and not left[near.rows[near.start]]:
            near.start += 1
        tied: list[int] = []
        least = limit = math.inf
        for place in range(near.start, len(near.rows)):
            row, distance = near.rows[place], near.distances[place]
            if distance > limit:
                break
            if left[row] and row not in taken:
                if not tied:
                    least, limit = distance, distance + TIE * max(scale, distance)
                tied.append(row)
        return tied, least, limit


def link_all_tied(design: Design, candidates: Candidates) -> Links:
    """With replacement: each focal row with its nearest, all of those tied at the last wanted distance included."""
    everyone = [1] * len(design.kept)
    focal: list[int] = []
    others: list[int] = []
    for row in np.flatnonzero(design.focal & design.kept).tolist():
        chosen: list[int] = []
        while len(chosen) < design.options.ratio:
            tied, _ = candidates.nearest(row, everyone, chosen)
            if not tied:
                break
            chosen += tied
        focal += [row] * len(chosen)
        others += chosen
        if len(others) > MAX_PAIRS:
            raise ArgumentError(
                f"`replace` True keeps all tied controls, which here makes more than {MAX_PAIRS} pairs. Choose "
                "replace=False, or add covariates that tell the controls apart."
            )
    return ordered_links(design, np.array(focal, np.intp), np.array(others, np.intp))


def ordered_links(design: Design, focal: IntArray, others: IntArray) -> Links:
    """Pairs by treated row and then control row."""
    treated, control = (others, focal) if design.options.estimand == "ATC" else (focal, others)
    order = np.lexsort((control, treated))
    return Links(treated=treated[order], control=control[order])


def take_in_turn(design: Design, candidates: Candidates, keys: Keys) -> tuple[Links, int]:
    """Each focal row in its turn takes the nearest rows with uses left; ties by key. Also how many ties were broken."""
    options = design.options
    uses = (options.reuse or 1) if options.replace else 1
    left = [uses] * len(design.kept)
    key = keys.tolist()
    for near in candidates._near.values():
        near.start = 0
    focal: list[int] = []
    others: list[int] = []
    broken = 0
    for row in queue(design, keys).tolist():
        chosen: list[int] = []
        while len(chosen) < options.ratio:
            tied, _ = candidates.nearest(row, left, chosen)
            if not tied:
                break
            chosen.append(min(tied, key=key.__getitem__))
            left[chosen[-1]] -= 1
            broken += len(tied) > 1
        focal += [row] * len(chosen)
        others += chosen
    return ordered_links(design, np.array(focal, np.intp), np.array(others, np.intp)), broken


def queue(design: Design, keys: Keys) -> IntArray:
    """The focal rows in their declared order, tied ones by key."""
    rows = np.flatnonzero(design.focal & design.kept)
    by_score = {"keyed": np.zeros(len(rows)), "smallest": design.score[rows]}
    return rows[np.lexsort((keys[rows], by_score.get(str(design.options.order), -design.score[rows])))]


def greedy(design: Design) -> Assigned:
    """Nearest neighbours for any distance, calipers of columns, a limit on reuse and declared orders."""
    options, candidates = design.options, Candidates(design)
    if options.replace and options.reuse is None:
        return from_pairs(design, link_all_tied(design, candidates))
    keys = design.keys()
    links, broken = take_in_turn(design, candidates, keys)
    score: FloatArray = design.score[design.focal & design.kept]
    depends = broken > 0 or options.order == "keyed" or len(np.unique(score)) < len(score)

    def changes() -> Iterator[Change]:
        for order in range(1, options.tie_orders + 1):
            yield difference(design, links, take_in_turn(design, candidates, other_keys(keys, order))[0])

    return from_pairs(design, links, tuple(changes()) if depends and len(links.treated) else (), broken)


def difference(design: Design, links: Links, others: Links) -> Change:
    """What has to be taken from some pairs, and added, to have others."""
    n = len(design.kept)
    base, pairs = (one.treated * n + one.control for one in (links, others))
    come = np.setdiff1d(pairs, base, assume_unique=True)
    gone = np.flatnonzero(np.isin(base, pairs, assume_unique=True, invert=True))
    return Change(removed=gone, treated=come // n, control=come % n)

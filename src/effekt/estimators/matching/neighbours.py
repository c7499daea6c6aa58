"""Nearest neighbours on one number, exactly, by sorting: who is linked with whom, and every way to break its ties.

Controls stand in a line: by stratum, by logit, and where these tie by a keyed order. Each group of tied controls is a
*level*. With replacement a treated unit takes whole levels, from its own place outwards. Without, the treated units
come by falling logit and take the first free control of the nearest level: of those below the next, of those above the
one that became free last, so that no search is needed and n units take O(n log n) to be sorted. Within a level controls
are taken in their order, so which *place* of the line is taken does not depend on that order unless a level below and
one above are equally near: other tie orders need no second search but then.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from effekt._types import BoolArray, FloatArray, IntArray
from effekt.exceptions import ArgumentError
from effekt.tables.arrays import order_of

Keys: TypeAlias = NDArray[np.uint64]
TIE = 1e-12  # logits and distances that differ by less, relative to their size (absolute below 1), are tied
MAX_PAIRS = 10_000_000
_MASK = 2**64 - 1
_GAMMA = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Who may be linked with whom.

    Attributes
    ----------
    treated : (n,) bool array
    strata : (n,) integer array
        Only rows of one stratum are linked.
    logit : (n,) array
        Tied values are equal.
    ratio : int
        Controls wanted for each treated row.
    width : float
        Largest distance of a link; `math.inf` without a caliper.
    order : (n,) integer array, optional
        Rows by rising logit, tied ones in any order, where it is known.
    """

    treated: BoolArray
    strata: IntArray
    logit: FloatArray
    ratio: int
    width: float
    order: IntArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Pairs of row numbers (m,), by treated row and then control row.

    `of_treated` is there where both arms are matched, each unit in its turn: True where the pair is of the treated
    row's match, False where it is of the control row's; the former come first.
    """

    treated: IntArray
    control: IntArray
    of_treated: BoolArray | None = None

    def turns(self, estimand: str) -> tuple[IntArray, IntArray]:
        """The row of each pair whose match it is, and the row that serves it."""
        if self.of_treated is not None:
            chosen = np.where(self.of_treated, self.treated, self.control)
            return chosen, np.where(self.of_treated, self.control, self.treated)
        return (self.control, self.treated) if estimand == "ATC" else (self.treated, self.control)

    def of(self, pairs: BoolArray) -> Links:
        """Some of the pairs."""
        return Links(
            treated=self.treated[pairs],
            control=self.control[pairs],
            of_treated=None if self.of_treated is None else self.of_treated[pairs],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """What another tie order does to the pairs: positions of pairs that go, and the pairs that come."""

    removed: IntArray
    treated: IntArray
    control: IntArray

    @property
    def key(self) -> tuple[bytes, ...]:
        """The same of two changes that are the same."""
        return self.removed.tobytes(), self.treated.tobytes(), self.control.tobytes()


def tie_values(values: FloatArray, order: IntArray | None = None) -> FloatArray:
    """The values, with each run of tied ones set to its smallest; `order`, where it is known, puts them in order."""
    order = order_of(values) if order is None else order
    ranked = values[order] + 0.0  # -0.0 is tied with 0.0, and which of them comes first is the sort's
    first = np.ones(len(values), bool)
    first[1:] = np.diff(ranked) > TIE * np.maximum(1.0, np.abs(ranked[1:]))
    if first.all():
        return values
    tied = np.empty(len(values))
    tied[order] = ranked[first][np.cumsum(first) - 1]
    return tied


def unit_keys(salt: str, units: Iterable[str]) -> Keys:
    """The keyed order of units: the first eight bytes of SHA-256(salt + unit), as big-endian numbers."""
    digests = b"".join(hashlib.sha256((salt + unit).encode()).digest()[:8] for unit in units)
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


class KeysOfRows:
    """The keys of rows, worked out when they are asked for: most rows are tied with none."""

    def __init__(self, n: int, keys: Callable[[IntArray], Keys]) -> None:
        """`keys` gives those of any of the n rows."""
        self._work_out = keys
        self._keys = np.zeros(n, np.uint64)
        self._known = np.zeros(n, bool)

    def of(self, rows: IntArray, order: int = 0) -> Keys:
        """The keys of rows under the order 0, 1, 2, …"""
        new = rows[~self._known[rows]]
        if len(new):
            self._keys[new] = self._work_out(new)
            self._known[new] = True
        return other_keys(self._keys[rows], order) if order else self._keys[rows]


def other_keys(keys: Keys, order: int) -> Keys:
    """Keys of another order: SplitMix64 of key + order·γ (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195)."""
    z = keys + np.uint64(order * _GAMMA & _MASK)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """The controls in line, and the place of each treated row in it.

    Attributes
    ----------
    controls : (n₀,) integer array
        Rows by stratum and logit.
    level : (n₀,) integer array
        Level of each of them.
    start : (g + 1,) integer array
        Where each level starts in `controls`.
    value : (g,) array
        Logit of each level.
    treated : (n₁,) integer array
        Rows by falling logit.
    tie : (n₁,) integer array
        Numbers them by logit and stratum: equal for treated rows that are tied.
    here, low, high : (n₁,) integer arrays
        First level at or above each treated row, and the range [low, high) of levels of its stratum.
    """

    controls: IntArray
    level: IntArray
    start: IntArray
    value: FloatArray
    treated: IntArray
    tie: IntArray
    here: IntArray
    low: IntArray
    high: IntArray


def line_up(problem: Problem) -> Line:
    """The line before any keyed order: tied rows stand by row number."""
    logit, strata, several = problem.logit, problem.strata, bool(np.ptp(problem.strata))
    order, number = _in_order(problem, several)
    is_treated = problem.treated[order]
    treated, controls = order[is_treated], order[~is_treated]
    codes = number[~is_treated]
    levels = _runs(codes)
    start = np.flatnonzero(levels)
    turns = np.lexsort((strata[treated], -logit[treated])) if several else np.argsort(-logit[treated], kind="stable")
    treated, code = treated[turns], number[is_treated][turns]
    low, high = np.zeros(len(treated), np.intp), np.full(len(treated), len(start))
    if several:
        of_level = strata[controls[start]]
        low, high = (np.searchsorted(of_level, strata[treated], side=side) for side in ("left", "right"))
    return Line(
        controls=controls,
        level=np.cumsum(levels) - 1,
        start=np.append(start, len(controls)),
        value=logit[controls[start]],
        treated=treated,
        tie=np.cumsum(_runs(code)) - 1,
        here=np.searchsorted(codes[start], code),
        low=low,
        high=high,
    )


def _in_order(problem: Problem, several: bool) -> tuple[IntArray, IntArray]:
    """Rows by stratum, if there are several, logit and row number; and the number of each one's stratum and logit."""
    order = order_of(problem.logit) if problem.order is None else problem.order
    if several:
        order = order[np.argsort(problem.strata[order], kind="stable")]
    new = _runs(problem.logit[order])
    if several:
        new |= _runs(problem.strata[order])
    number = np.cumsum(new) - 1
    if not new.all():
        tied = np.flatnonzero(~(new & np.append(new[1:], True)))
        rows, order = order[tied], order.copy()
        order[tied] = rows[np.lexsort((rows, number[tied]))]
    return order, number


def _runs(ranked: FloatArray | IntArray) -> BoolArray:
    """Where a run of equal values begins."""
    return np.append(True, ranked[1:] != ranked[:-1])


def link_with_replacement(problem: Problem) -> Links:
    """Each treated row with the nearest controls, all of those tied at the last wanted distance included."""
    line = line_up(problem)
    own = problem.logit[line.treated]
    low, high = line.here.copy(), line.here.copy()
    found = np.zeros(len(own), np.intp)
    while True:
        below = np.where(low > line.low, own - _at(line.value, low - 1), math.inf)
        above = np.where(high < line.high, _at(line.value, high) - own, math.inf)
        nearest = np.minimum(below, above)
        limit = np.minimum(problem.width, nearest + TIE * np.maximum(np.maximum(1.0, np.abs(own)), nearest))
        wanting = (found < problem.ratio) & np.isfinite(nearest)
        down, up = (wanting & (side <= limit) for side in (below, above))
        if not (down | up).any():
            break
        low, high = low - down, high + up
        found = line.start[high] - line.start[low]
    if found.sum() > MAX_PAIRS:
        raise ArgumentError(
            f"`replace` True keeps all tied controls, which here makes {int(found.sum())} pairs; the limit is "
            f"{MAX_PAIRS}. Choose replace=False, or add covariates that tell the controls apart."
        )
    within = np.arange(int(found.sum())) - np.repeat(np.cumsum(found) - found, found)
    places = np.repeat(line.start[low], found) + within
    return _links(np.repeat(line.treated, found), line.controls[places])


def _at(values: FloatArray, index: IntArray) -> FloatArray:
    """The values at indices that may fall off either end, where any value will do."""
    return values[np.clip(index, 0, len(values) - 1)]


def _links(treated: IntArray, control: IntArray) -> Links:
    order = np.lexsort((control, treated))
    return Links(treated=treated[order], control=control[order])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Greedy:
    """Pairs (m,) of places in the queue of treated rows and in the line of controls.

    `level_tie` says which were decided between a level below and one above.
    """

    queue: IntArray
    place: IntArray
    level_tie: BoolArray


class KeyedLine:
    """A line whose ties are broken by a keyed order, its greedy links, and what other orders would change."""

    def __init__(self, problem: Problem, keys: KeysOfRows) -> None:
        self._problem = problem
        self._keys = keys
        self._line = line_up(problem)
        treated, controls = self._ordered(0)
        self._greedy = _take(problem, self._line, lambda place: int(keys.of(controls[place : place + 1])[0]))
        self.links = _links(treated[self._greedy.queue], controls[self._greedy.place])

    @property
    def n_decided(self) -> int:
        """How many pairs were decided by the keyed order of the controls."""
        end = self._line.start[self._line.level[self._greedy.place] + 1]
        return int(np.sum(self._greedy.level_tie | (end - self._greedy.place > 1)))

    @property
    def depends_on_order(self) -> bool:
        """Whether another order could use other controls, or leave other treated rows short."""
        line, taken = self._line, np.bincount(self._greedy.queue, minlength=len(self._line.treated))
        most, least = np.zeros(line.tie[-1] + 1, np.intp), np.full(line.tie[-1] + 1, self._problem.ratio)
        np.maximum.at(most, line.tie, taken)
        np.minimum.at(least, line.tie, taken)
        return self.n_decided > 0 or bool(np.any(most > least))

    def changes(self, orders: int) -> Iterator[Change]:
        """What each of the other orders 1, 2, … changes."""
        n = len(self._problem.treated)
        base = self.links.treated * n + self.links.control
        for order in range(1, orders + 1):
            treated, controls = self._ordered(order)
            greedy = self._greedy
            if greedy.level_tie.any():
                greedy = _take(self._problem, self._line, self._keys.of(controls, order).tolist().__getitem__)
            pairs = np.sort(treated[greedy.queue] * n + controls[greedy.place])
            come = np.setdiff1d(pairs, base, assume_unique=True)
            gone = np.flatnonzero(np.isin(base, pairs, assume_unique=True, invert=True))
            yield Change(removed=gone, treated=come // n, control=come % n)

    def _ordered(self, order: int) -> tuple[IntArray, IntArray]:
        line, keys = self._line, self._keys
        return by_key(line.treated, line.tie, keys, order), by_key(line.controls, line.level, keys, order)


def by_key(rows: IntArray, ties: IntArray, keys: KeysOfRows, order: int) -> IntArray:
    """Rows of rising `ties` (0, 1, …), those of one tie in the order of their keys."""
    if len(rows) and ties[-1] + 1 == len(rows):
        return rows
    tied = (np.bincount(ties) > 1)[ties]
    among = rows[tied]
    ordered = rows.copy()
    ordered[tied] = among[np.lexsort((keys.of(among, order), ties[tied]))]
    return ordered


def _take(problem: Problem, line: Line, key: Callable[[int], int]) -> Greedy:
    """Each treated row in turn takes the nearest free places; `key` is that of the control at a place of the line."""
    queue: list[int] = []
    places: list[int] = []
    ties: list[int] = []
    turns = np.flatnonzero(line.low < line.high)  # where the stratum has controls
    turns = turns[np.argsort(line.low[turns], kind="stable")]
    for some in np.split(turns, np.flatnonzero(np.diff(line.low[turns])) + 1):
        _take_in_stratum(problem, line, np.repeat(some, problem.ratio), key, (queue, places, ties))
    level_tie = np.zeros(len(queue), bool)
    level_tie[ties] = True
    return Greedy(queue=np.array(queue, np.intp), place=np.array(places, np.intp), level_tie=level_tie)


def _take_in_stratum(
    problem: Problem,
    line: Line,
    turns: IntArray,
    key: Callable[[int], int],
    found: tuple[list[int], list[int], list[int]],
) -> None:
    """The same in one stratum: `found` gets the turn and the place of each pair, and which pairs were ties.

    Who wants several places stands as often in `turns`. As they come by falling logit, what is free above is a stack of
    spans of places, the lowest on top, and of the levels below only the next can have lost places, its first.
    """
    if not len(turns):
        return
    queue, places, ties = found
    values, start, level_of = line.value.data, line.start.data, line.level.data  # not lists of all: one number is read
    own, low = problem.logit[line.treated[turns]], int(line.low[turns[0]])
    width, reach = problem.width, min(problem.width, sys.float_info.max)
    no_tie = TIE * (1 + 2 * float(np.max(np.abs(problem.logit))))  # distances further apart than this are none
    froms: list[int] = []
    ends: list[int] = []
    below = int(line.high[turns[0]]) - 1
    first = start[below]
    for turn, value, here in zip(turns.tolist(), own.tolist(), line.here[turns].tolist(), strict=True):
        if below >= here:
            _raise(here, below, first, start, froms, ends)
            below, first = here - 1, start[here - 1]
        far_up = values[level_of[froms[-1]]] - value if froms else math.inf
        far_down = value - values[below] if below >= low else math.inf
        upwards = far_up < far_down
        near, far = (far_up, far_down) if upwards else (far_down, far_up)
        if near > reach:
            continue
        if far - near <= no_tie and far <= width and far - near <= TIE * max(1.0, abs(value), near):
            ties.append(len(queue))
            upwards = key(froms[-1]) < key(first)
        queue.append(turn)
        if upwards:
            places.append(_pop(froms, ends))
        else:
            places.append(first)
            first += 1
            if first == start[below + 1]:
                below -= 1
                first = start[below]


def _raise(here: int, below: int, first: int, start: memoryview, froms: list[int], ends: list[int]) -> None:
    """The free places from the level `here` to the level `below`, the latter from `first` on, are above from now on."""
    end = start[below + 1]
    if first > start[below]:
        froms.append(first)
        ends.append(end)
        end = start[below]
    if start[here] < end:
        froms.append(start[here])
        ends.append(end)


def _pop(froms: list[int], ends: list[int]) -> int:
    """The lowest place above, which is free no more."""
    place = froms[-1]
    if place + 1 == ends[-1]:
        froms.pop()
        ends.pop()
    else:
        froms[-1] = place + 1
    return place


def all_differ(codes: IntArray) -> bool:
    """Whether no code occurs twice; at once where they rise."""
    if np.all(codes[1:] > codes[:-1]):
        return True
    ranked = np.sort(codes)
    return bool(np.all(ranked[1:] > ranked[:-1]))


def check_links(problem: Problem, links: Links, weight: FloatArray, *, replace: bool) -> None:
    """Raise unless the pairs obey the laws of a match; a breach is an error of effekt, not of the data."""
    treated, control = links.treated, links.control
    per_treated, per_control = np.bincount(treated), np.bincount(control)
    distance = np.abs(problem.logit[treated] - problem.logit[control])
    farthest = np.zeros(len(per_treated))
    np.maximum.at(farthest, treated, distance)
    slack = TIE * np.maximum(np.maximum(1.0, np.abs(problem.logit[treated])), farthest[treated])
    nearer = np.bincount(treated, distance < farthest[treated] - slack)
    served, owed = (np.bincount(control, share) for share in (weight, 1 / per_treated[treated]))
    laws = {
        "a pair is of a treated and a control": problem.treated[treated] & ~problem.treated[control],
        "a pair lies within the caliper": distance <= problem.width,
        "a pair agrees in the exact columns": problem.strata[treated] == problem.strata[control],
        "a pair occurs once": all_differ(treated * len(problem.treated) + control),
        "a control is used once without replacement": replace or per_control <= 1,
        "a treated unit has `ratio` controls, ties at the last aside": nearer < problem.ratio,
        "a treated unit has no tied controls beyond `ratio` without replacement": replace
        or per_treated <= problem.ratio,
        "weights from pairs equal weights from sets": (served == owed).all()
        or np.isclose(served, owed, rtol=1e-12, atol=1e-12),
    }
    for law, holds in laws.items():
        if not np.all(holds):
            raise RuntimeError(f"Matching broke its own law that {law}; please report this as an error in effekt.")

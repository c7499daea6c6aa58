"""The ratios that a wild bootstrap keeps, found by roots and told by the test itself.

A polynomial through nulls about one estimate is known well only about so far out as they are. Zero and infinity are
often tens of standard errors away, where its values are smaller than its rounding. So the line of ratios is parted:
each part has its own polynomials, through nulls about as far from the estimate as the part itself.

The roots only say where to look. Every piece and every gap between two of them is kept by the p of ratios within it,
every root by its own, and an end is the last float whose p is above α: set and p are one test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np

from effekt._inference.overlaps import Pieces, covered
from effekt._inference.wild_forms import ROUNDED, Crossings, Forms, Null, Nulls
from effekt._types import Alternative, BoolArray, FloatArray

APART = 25.0  # how many times as far out the nulls of one part are as those of the part before, at most
ROUNDING = 1e-7  # of their distance from the estimate, and of σ: roots that are no farther apart may be one
STEP = 2.0  # how many times as far out as the one before a ratio is that is looked at whatever the roots say
CLOSE = 64  # units in the last place by which a root is first taken to be off


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """The ratios between two angles: on one side of the estimate, or around it.

    `turning` are the draws that may change there, `points` the angles at which those may, from low to high.
    """

    nulls: Nulls
    forms: Forms
    first: float
    last: float
    turning: BoolArray
    points: FloatArray

    @classmethod
    def of(cls, nulls: Nulls, forms: Forms, low: float, high: float, *, mirrored: bool) -> _Part:
        """That from one distance from the estimate to another."""
        first, last = math.atan(low / nulls.unit), math.atan(high / nulls.unit)
        turning = forms.turning(first, last)
        if mirrored:
            half = len(turning) // 2
            turning[half:] = turning[:half][::-1]
        points = forms.of_rows(turning).roots(mirrored=mirrored)
        points[(points <= first) | (points >= last)] = last
        points = np.sort(points, axis=1)
        points = points[:, : int(np.max(np.sum(points < last, axis=1), initial=0))]
        return cls(nulls=nulls, forms=forms, first=first, last=last, turning=turning, points=points)

    def held(self, alternative: Alternative) -> tuple[FloatArray, BoolArray]:
        """(rows, n + 1) and (rows, n): ratios from low to high, and whether a draw is as extreme between them."""
        edge = np.ones((len(self.points), 1))
        inner = np.concatenate([self.first * edge, self.points, self.last * edge], axis=1)
        bounds = np.full((len(self.turning), inner.shape[1]), self.last)
        bounds[:, 0], bounds[self.turning] = self.first, inner
        middle = np.array([[(self.first + self.last) / 2]])
        held = np.repeat(self.forms.extreme(middle, alternative), inner.shape[1] - 1, axis=1)
        held[self.turning] = self.forms.of_rows(self.turning).extreme((inner[:, :-1] + inner[:, 1:]) / 2, alternative)
        return self.nulls.value + self.nulls.unit * np.tan(bounds), held


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratios:
    """Every ratio's p, and the ratios at which it changes.

    Attributes
    ----------
    nulls : Nulls
    forms : function of Nulls and, of one null alone, a Null
    share : function of a count
        p of so many draws that are as extreme.
    mirrored : bool
        See `Forms.roots`.
    """

    nulls: Nulls
    forms: Callable[[Nulls, Null | None], Forms]
    share: Callable[[int], Fraction]
    mirrored: bool
    _known: dict[tuple[float, Alternative], Fraction] = field(default_factory=dict)
    _parts: list[_Part] = field(default_factory=list)
    _crossings: dict[Alternative, tuple[Crossings, Crossings]] = field(default_factory=dict)

    def p(self, ratio: float, alternative: Alternative) -> Fraction:
        ratio = self.nulls.told(ratio)
        if (ratio, alternative) not in self._known:
            told = self.forms(self.nulls, self.nulls.of_ratio(ratio))
            angles = np.array([[self.nulls.angle(ratio)]])
            for one in ("two-sided", "greater", "less"):
                self._known[ratio, one] = self.share(int(np.sum(told.extreme(angles, one))))
        return self._known[ratio, alternative]

    def kept(self, alpha: Fraction, needed: int, alternative: Alternative) -> Pieces:
        """Every ratio with p > α, which is when so many draws are as extreme."""

        def keeps(ratio: float) -> bool:
            return self.p(ratio, alternative) > alpha

        starts, ends = self.crossings(alternative)
        roots = self._roots(starts.angles, ends.angles, needed)
        between = (low / 2 + high / 2 for low, high in pairwise(roots))
        places = [-math.inf, *sorted({*roots, *between, *self._grid()}), math.inf]
        held = [keeps(place) for place in places]
        ends_of = [-math.inf] if held[0] else []
        for (low, high), (before, after) in zip(pairwise(places), pairwise(held), strict=True):
            if before != after:
                root, other = (low, high) if low in roots or high == math.inf else (high, low)
                ends_of.append(_last(keeps, root, other))
        ends_of += [math.inf] if held[-1] else []
        return list(zip(ends_of[::2], ends_of[1::2], strict=True))

    def _grid(self) -> Iterator[float]:
        """Ratios ever farther from the estimate and from 0: rounding of ties may move roots there by much."""
        for middle, near, far in (
            (self.nulls.value, self.nulls.scale, 2 * self.nulls.farthest / ROUNDED),
            (0.0, self.nulls.nearest, abs(self.nulls.value)),
        ):
            steps = range(math.ceil(math.log(far / near, STEP)) + 1 if far > near > 0 else 0)
            yield from (middle + sign * near * STEP**i for i in steps for sign in (-1, 1))

    def crossings(self, alternative: Alternative) -> tuple[Crossings, Crossings]:
        """Ratios at which draws become as extreme (−∞: from the start) and cease to be so (∞: never), and whose."""
        if alternative not in self._crossings:
            self._parts.extend(() if self._parts else self._parted())
            parts = [part.held(alternative) for part in self._parts]
            held = np.concatenate([own for _, own in parts], axis=1)
            low = np.concatenate([bounds[:, :-1] for bounds, _ in parts], axis=1)
            high = np.concatenate([bounds[:, 1:] for bounds, _ in parts], axis=1)
            self._crossings[alternative] = Crossings.between(low, high, held)
        return self._crossings[alternative]

    def _roots(self, starts: FloatArray, ends: FloatArray, needed: int) -> list[float]:
        """Where the set may end or be a single ratio, from low to high; rounding may part or join what is near."""
        pieces, _ = covered(starts, ends, needed)
        wide, _ = covered(starts - self._rounding(starts), ends + self._rounding(ends), needed)
        found = {0.0, *(end for piece in pieces for end in piece)}
        for low, high in wide:
            found |= {low + float(self._rounding(np.array(low))), high - float(self._rounding(np.array(high)))}
        nearest, value = self.nulls.nearest, self.nulls.value
        told = {end for end in found if abs(end - value) < self.nulls.farthest and not 0 < abs(end) <= nearest}
        beyond = 2 * max(self.nulls.farthest / ROUNDED, *(abs(end - value) for end in told))  # no infinite tie is there
        return sorted(told | {-nearest, nearest, value - beyond, value + beyond})

    def _rounding(self, ratios: FloatArray) -> FloatArray:
        """How far off a root may be."""
        distance = np.where(np.isfinite(ratios), ratios - self.nulls.value, 0.0)
        return np.asarray(ROUNDING / 2 * np.maximum(np.abs(distance), self.nulls.scale))

    def _parted(self) -> list[_Part]:
        """The parts from low to high."""
        size = self.nulls.scale
        first, second = (float(np.linalg.norm(line)) for line in self.nulls.loadings)
        farthest = max(size, abs(self.nulls.value) + first / second)
        steps = math.ceil(math.log(farthest / size, APART))
        widths = [size * (farthest / size) ** (i / steps) for i in range(steps + 1)] if steps else [size]
        reach = [*(math.sqrt(a * b) for a, b in pairwise(widths)), self.nulls.farthest]
        nulls, of = replace(self.nulls, width=widths[0]), partial(_Part.of, mirrored=self.mirrored)
        parts = [of(nulls, self.forms(nulls, None), -reach[0], reach[0])]
        for width, low, high in zip(widths[1:], reach, reach[1:], strict=False):
            nulls = replace(self.nulls, width=width)
            forms = self.forms(nulls, None)
            parts = [of(nulls, forms, -high, -low), *parts, of(nulls, forms, low, high)]
        return parts


def _last(keeps: Callable[[float], bool], root: float, other: float) -> float:
    """The last float that is kept between a root, near which p changes, and another place, of which one is kept."""
    held, toward = keeps(root), math.copysign(1.0, other - root)
    next_to = math.nextafter(root, other)
    if keeps(next_to) != held:
        return root if held else next_to
    near, step = root, CLOSE * math.ulp(root)
    while (beyond := toward * min(toward * (root + toward * step), toward * other)) != other and keeps(beyond) == held:
        near, step = beyond, 4 * step
    inner, outer = (near, beyond) if held else (beyond, near)
    while (middle := inner / 2 + outer / 2) not in (inner, outer):
        inner, outer = (middle, outer) if keeps(middle) else (inner, middle)
    return inner

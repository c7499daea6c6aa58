"""The wild cluster bootstrap with the null imposed (WCR), as a function of the null.

A regression y = Xβ + u with X = QR has the two means a'β and b'β. A null about them is r'β = q: of the difference
r = a − b and q = τ₀, of the ratio r = a − ρ·b and q = 0. With c̃ = R⁻ᵀr and τ = r'β̂ − q the residuals under the null
are ũ = û + Qc̃·τ/|c̃|². A draw gives the errors of cluster g the weight v_g; with w_g = Q_g'ũ_g and h_g = Q_g'Q_g c̃ the
refitted model has (Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414; Roodman, MacKinnon, Nielsen & Webb 2019,
doi:10.1177/1536867X19830877, section 5; MacKinnon 2023, doi:10.1016/j.ecosta.2021.11.009)::

    t* = N / √D,   N = c̃'W,   D = Σ (v_g s_g − h_g'W)² = Σ v_g² s_g² − 2 T'W + W'(Σ h_g h_g')W
    W = Σ v_g w_g,   s_g = c̃'w_g,   T = Σ v_g s_g h_g

and the sample itself, v = 1, has t = τ / √D̂ with D̂ = Σ (c̃'Q_g'û_g)². The factors of CR0, CR1 and CR1S would stand in
both and cancel. So a draw takes nothing but Q_g'û_g and Q_g'Q_g (ã, b̃): no row of the data. A draw is as extreme when
N²D̂ ≥ τ²D, which needs no division and counts a draw without variation.

Its ends are roots of polynomials in the null (`wild_forms`), where a draw becomes or ceases to be as extreme. The set
holds every null with p > α and no other: what lies far out or at a single null, as a ratio of zero may, belongs to it,
and gaps are kept however narrow. Where roundings alone would decide, the test does, in which ties count as extreme; of
a ratio (`wild_ratios`), whose polynomials may be far from their middle, it decides everywhere. Differences farther out
than `FARTHEST` have the p of the limit, ratios that of the farthest one (`Nulls.told`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NoReturn

import numpy as np

from effekt._inference.overlaps import Pieces, settled
from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means, refuse_certain, refuse_without_event
from effekt._inference.wild_forms import EDGE, FARTHEST, TIE, Crossings, Forms, Null, Nulls, forms
from effekt._inference.wild_ratios import Ratios
from effekt._inference.wild_weights import VALUES, WildWeights, drawn, every
from effekt._text import format_percent
from effekt._types import Alternative, Contrast, FloatArray
from effekt._validation import plural
from effekt.exceptions import ArgumentError, InferenceUnavailableError

ROUNDING = 1e-7  # angles of roots that are no farther apart may be one: the test decides between them
FAR, STEP = 1e-4, 2.0**-36  # as near to infinity ends are known to steps of the angle, and rounded to the wider set
WIDEST = 1e-5  # the angle within which what ties with infinity ends; wider pieces have roots
MOST_DRAWS = 10_000_000

Vectors = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WildBootstrap:
    """P-values by the wild cluster bootstrap with the null imposed, from the sums of each cluster.

    All combinations of the weights are taken, and p is the share that is as extreme; or `draws` of them made from
    `seed`, and p = (1 + b) / (R + 1).

    Attributes
    ----------
    loadings : (2, k) array
        ã and b̃, what the treated and the counterfactual mean take from the k orthonormal directions of the design.
    errors : (G, k) array
        Q_g'û_g, in the outcome's unit.
    treated_leverage, counterfactual_leverage : (G, k) arrays
        Q_g'Q_g ã and Q_g'Q_g b̃.
    weights : {"rademacher", "webb"}
    draws, seed : int, optional
        None: every combination.
    """

    loadings: Vectors
    errors: Vectors
    treated_leverage: Vectors
    counterfactual_leverage: Vectors
    weights: WildWeights
    draws: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        self._check_forms()
        if (self.draws is None) != (self.seed is None):
            raise ArgumentError("`draws` and `seed` of a wild bootstrap must be given together, or neither.")
        if self.draws is not None and not (self.seed is not None and self.seed >= 0 and 1 <= self.draws <= MOST_DRAWS):
            raise ArgumentError(
                f"`draws` must be a whole number from 1 to {MOST_DRAWS:,} and `seed` at least 0; got {self.draws!r} "
                f"and {self.seed!r}."
            )
        if self.draws is None and len(VALUES[self.weights]) ** len(self.errors) > MOST_DRAWS:
            raise ArgumentError(
                f"{len(self.errors)} clusters have more than {MOST_DRAWS:,} combinations of weights; give draws and a "
                "seed."
            )

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> Fraction:
        """The share of draws whose t statistic is as extreme as that of the sample, under the null."""
        if null == NO_EFFECT[contrast]:
            contrast, null = "difference", 0.0  # one number in every view
        self._refuse_ratio(means, contrast)
        if contrast == "ratio":
            return _ratios(self, means).p(null, alternative)
        nulls = self._nulls(means, contrast)
        return self._p_at(nulls, nulls.angle(null), alternative)

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every null with p > α, all of them where none is rejected; or why the draws can reject none."""
        self._refuse_ratio(means, contrast)
        needed = math.floor(alpha * self.total) + (1 if self.draws is None else 0)
        if needed <= (alike := _alike(self, alternative)):
            self._refuse(alike, alpha)
        find = self._ratios_kept if contrast == "ratio" else self._differences_kept
        intervals = find(means, alpha, needed, alternative)
        return ConfidenceSet(intervals=intervals, level=float(1 - alpha), alternative=alternative)

    def _ratios_kept(
        self, means: Means, alpha: Fraction, needed: int, alternative: Alternative
    ) -> tuple[tuple[float, float], ...]:
        """The intervals of ratios."""
        return tuple(_ratios(self, means).kept(alpha, needed, alternative))

    def _differences_kept(
        self, means: Means, alpha: Fraction, needed: int, alternative: Alternative
    ) -> tuple[tuple[float, float], ...]:
        """The same of differences."""
        solved, roots = _solved(self, means)
        starts, ends = solved.crossings(roots, alternative)
        nulls = self._nulls(means, "difference")
        found = _Ends(inference=self, nulls=nulls, alternative=alternative, starts=starts, ends=ends)

        def holds(end: float, start: float) -> bool:
            middle = (found.root(end, ends) + found.root(start, starts)) / 2
            return found._holds(middle, alpha)

        pieces, _ = settled(starts.angles, ends.angles, needed, ROUNDING, holds)
        intervals = found.intervals(pieces, alpha)
        for null in (-math.inf, math.inf):
            near = nulls.beyond(null, WIDEST)
            if not any(low <= near[0] and near[1] <= high for low, high in intervals):
                intervals += found.around(null, alpha)
        return _united(intervals)

    def std_error(self, means: Means, contrast: Contrast) -> None:
        """None: the test inverts ranks and has no standard error."""

    def df_of(self, contrast: Contrast) -> None:
        """None: ranks have no degrees of freedom."""

    def rescale(self, factor: float) -> WildBootstrap:
        """The same inference in a unit `factor` times as fine."""
        return replace(self, errors=tuple(tuple(value * factor for value in row) for row in self.errors))

    @property
    def total(self) -> int:
        return len(VALUES[self.weights]) ** len(self.errors) if self.draws is None else self.draws + 1

    def _p(self, extreme: int) -> Fraction:
        return Fraction(extreme, self.total) if self.draws is None else Fraction(1 + extreme, self.total)

    def _refuse_ratio(self, means: Means, contrast: Contrast) -> None:
        """By CR0's variances and covariance of the means: without an event, or where nothing varies in the ratio."""
        if contrast == "ratio":
            treated, counterfactual = np.array(self.loadings) @ np.array(self.errors).T
            refuse_without_event(means.without_event(float(np.linalg.norm(treated))))
            covariance = (treated @ treated, treated @ counterfactual, counterfactual @ counterfactual)
            refuse_certain(means.certain(*map(float, covariance)))

    def _check_forms(self) -> None:
        """The sums have one length, and the errors vary."""
        k, clusters = len(self.loadings[0]) if self.loadings else 0, len(self.errors)
        tables = (self.errors, self.treated_leverage, self.counterfactual_leverage)
        alike = all(len(table) == clusters and all(len(row) == k for row in table) for table in tables)
        if not (alike and k and clusters > 1 and [len(row) for row in self.loadings] == [k, k]):
            raise ArgumentError("`loadings` must be two rows of k numbers, and the others k numbers of each cluster.")
        if not all(math.isfinite(value) for table in (self.loadings, *tables) for row in table for value in row):
            raise ArgumentError("`loadings`, `errors` and leverages must be finite numbers.")
        if not np.any(np.array(self.errors) @ (np.array(self.loadings[0]) - self.loadings[1])):
            raise ArgumentError("`errors` must vary between clusters; where nothing varies, inference is Unavailable.")

    def _draw(self, row: int) -> FloatArray:
        """(1, G): the weights of one draw."""
        for weights in self._weights():
            if row < len(weights):
                return weights[row : row + 1]
            row -= len(weights)
        raise IndexError("there are fewer draws")

    def _weights(self) -> Iterator[FloatArray]:
        if self.draws is None or self.seed is None:
            return every(self.weights, len(self.errors))
        return drawn(self.weights, len(self.errors), self.draws, self.seed)

    def _nulls(self, means: Means, contrast: Contrast) -> Nulls:
        return Nulls(
            loadings=np.array(self.loadings),
            errors=np.array(self.errors),
            leverages=(np.array(self.treated_leverage), np.array(self.counterfactual_leverage)),
            contrast=contrast,
            value=means.value(contrast),
            counterfactual=means.counterfactual,
        )

    def _forms(self, nulls: Nulls, at: Null | None = None) -> Forms:
        return forms(nulls, self._weights(), signs=self.weights == "rademacher", at=at)

    def _p_at(self, nulls: Nulls, angle: float, alternative: Alternative) -> Fraction:
        return self._p(int(np.sum(self._forms(nulls, nulls.at(angle)).extreme(np.array([[angle]]), alternative))))

    def _refuse(self, fewest: int, alpha: Fraction) -> NoReturn:
        """The draws allow no p as small as α, whatever the outcomes."""
        smallest = self._p(fewest)
        count = plural(len(self.errors), "cluster")
        raise InferenceUnavailableError(
            f"The smallest attainable p of the wild bootstrap with {count} is {smallest} ({float(smallest):.4f}), "
            f"so no interval at level {float(1 - alpha):g} exists; the highest level that does is {1 - smallest}.",
            f"Det minsta möjliga p-värdet av wild bootstrap med {len(self.errors)} kluster är {smallest}, så något "
            f"intervall på nivån {format_percent(1 - alpha, 'sv', None)} finns inte; den högsta nivå som finns är "
            f"{1 - smallest}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ends:
    """The ends of a set: their roots again, without the polynomials."""

    inference: WildBootstrap
    nulls: Nulls
    alternative: Alternative
    starts: Crossings
    ends: Crossings

    def intervals(self, pieces: Pieces, alpha: Fraction) -> Pieces:
        """The nulls of pieces. A root found again closes no gap, unless the test says that there is none."""
        found: Pieces = []
        before = -math.inf
        for first, last in pieces:
            low, high = self._null(first, self.starts, -1.0), self._null(last, self.ends, 1.0)
            if found and low <= found[-1][1] and not self._holds((before + first) / 2, alpha):
                found[-1] = found[-1][0], self.nulls.null(before)
                low = self.nulls.null(first)
            found.append((low, high))
            before = last
        return found

    def _null(self, angle: float, among: Crossings, outward: float) -> float:
        """The null of an angle at which a draw changes, ties counted as extreme."""
        if math.isinf(angle):
            return angle
        downward = (self.alternative == "greater" and angle > 0) or (self.alternative == "less" and angle < 0)
        return self._told(_polished(self._gap(among.draw(angle), -TIE if downward else TIE), angle), outward)

    def _told(self, angle: float, outward: float) -> float:
        """The null of an angle; near infinity, where angles are known to a step alone, on the wider side of it."""
        offset = math.pi / 2 - abs(angle)
        if offset < FAR:
            steps = math.floor(offset / STEP) if outward * angle > 0 else math.ceil(offset / STEP)
            angle = math.copysign(math.pi / 2 - steps * STEP, angle)
        return self.nulls.null(angle)

    def around(self, null: float, alpha: Fraction) -> Pieces:
        """Infinity, where draws may tie, if p is above α there, with what is so near that ties are not told apart."""
        angle = self.nulls.angle(null)
        if not self._holds(angle, alpha):
            return []
        inward = -math.copysign(1.0, null)
        last = self._told(angle + inward * self._reach(angle, inward, alpha), inward)
        return [(min(null, last), max(null, last))]

    def _reach(self, angle: float, side: float, alpha: Fraction) -> float:
        """How far p stays above α to a side, not less than it does, and no farther than pieces have roots to show."""
        outside = first = 1 / FARTHEST
        while outside < WIDEST and self._holds(angle + side * outside, alpha):
            outside *= 4
        if outside == first:
            return first
        inside = outside / 4
        for _ in range(40):
            middle = math.sqrt(inside * outside)
            inside, outside = (middle, outside) if self._holds(angle + side * middle, alpha) else (inside, middle)
        return outside

    def _holds(self, angle: float, alpha: Fraction) -> bool:
        return self.inference._p_at(self.nulls, angle, self.alternative) > alpha

    def root(self, angle: float, among: Crossings) -> float:
        """The angle at which the draw ties with the sample."""
        return _polished(self._gap(among.draw(angle), 0.0), angle)

    def _gap(self, draw: int, tie: float) -> Callable[[float], float]:
        """N²D̂ − τ²D of one draw as a function of the angle, and `tie` of what they are sums of."""
        weights = self.inference._draw(draw)

        def gap(at: float) -> float:
            null = self.nulls.at(at)
            first = null.sample * float((weights @ null.sums @ null.direction)[0]) ** 2
            second = null.distance**2 * float(np.sum(null.terms(weights) ** 2))
            return first - second + tie * (first + second)

        return gap


@functools.lru_cache(maxsize=2)
def _alike(inference: WildBootstrap, alternative: Alternative) -> int:
    """How many draws are as extreme under every null, whatever the outcomes: no p can be below theirs.

    They give all clusters one weight, which leaves t as it is or, if it is negative, turns its sign.
    """
    two_sided = alternative == "two-sided"
    if inference.draws is None:
        return len(VALUES[inference.weights]) // (1 if two_sided else 2)
    return sum(
        int(np.sum(np.all(weights == weights[:, :1], axis=1) & (two_sided | (weights[:, 0] > 0))))
        for weights in inference._weights()
    )


@functools.lru_cache(maxsize=2)
def _solved(inference: WildBootstrap, means: Means) -> tuple[Forms, FloatArray]:
    """What every level and side of a set of the difference has in common; kept, as a result is asked for many."""
    found = inference._forms(inference._nulls(means, "difference"))
    return found, found.roots(mirrored=inference.draws is None)


@functools.lru_cache(maxsize=2)
def _ratios(inference: WildBootstrap, means: Means) -> Ratios:
    """The same of the ratio."""
    return Ratios(
        nulls=inference._nulls(means, "ratio"),
        forms=inference._forms,
        share=inference._p,
        mirrored=inference.draws is None,
    )


def _polished(gap: Callable[[float], float], angle: float) -> float:
    """The root of a gap next to an angle, by bisection; the angle itself where none is near."""
    for exponent in range(-10, -3):
        low, high = max(angle - 10.0**exponent, -EDGE), min(angle + 10.0**exponent, EDGE)
        above = gap(low) >= 0
        if above == (gap(high) >= 0):
            continue
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if (gap(middle) >= 0) == above else (low, middle)
        return low if above else high
    return angle


def _united(intervals: Pieces) -> tuple[tuple[float, float], ...]:
    """The same from low to high, those that touch as one."""
    found: Pieces = []
    for low, high in sorted(tuple(sorted(interval)) for interval in intervals):
        if found and low <= found[-1][1]:
            low, high = found[-1][0], max(high, found.pop()[1])
        found.append((low, high))
    return tuple(found)

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

The set is exact, not searched for. Write the null as q̂ + σ·tan φ; times powers of cos φ both sides are polynomials in
(cos φ, sin φ) of degree 4 (difference) and 8 (ratio), which a discrete Fourier transform of that many values and one
more gives whole. Its roots are where a draw becomes or ceases to be as extreme.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means
from effekt._inference.wild_weights import VALUES, WildWeights, drawn, every
from effekt._text import format_percent
from effekt._types import Alternative, BoolArray, Contrast, FloatArray
from effekt._validation import plural
from effekt.exceptions import ArgumentError, InferenceUnavailableError

TIE = 1e-11  # squared statistics that differ by less, relative to what they are sums of, are equally extreme
NOISE = 1e-12  # of a sum, relative to the root of the sum of squares of its terms
SLIVER = 1e-4  # pieces of the set that are no wider an angle, or as far out as 10⁴ standard errors, are ties alone
MERGED = 1e-3  # gaps of the set that are no wider an angle are closed: a thousandth of a standard error
MOST_DRAWS = 10_000_000
DEGREE: dict[Contrast, int] = {"difference": 4, "ratio": 8}

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
        scale = self._scale(means, contrast)
        angle = math.atan((null - means.value(contrast)) / scale)
        forms = self.forms(means, contrast, np.array([angle]))
        return self._p(int(np.sum(forms.extreme(np.array([[angle]]), alternative))))

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every null with p > α: bounded, unbounded or disjoint, or the reason there is none."""
        forms, roots = _solved(self, means, contrast)
        starts, ends, rows = forms.crossings(roots, alternative)
        needed = math.floor(alpha * self.total) + (1 if self.draws is None else 0)
        pieces, fewest = _covered(starts, ends, needed)
        if needed <= fewest:
            smallest = self._p(fewest)
            count = plural(len(self.errors), "cluster")
            raise InferenceUnavailableError(
                f"The smallest attainable p of the wild bootstrap with {count} is {smallest} ({float(smallest):.4f}), "
                f"so no interval at level {float(1 - alpha):g} exists; the highest level that does is {1 - smallest}.",
                f"Det minsta möjliga p-värdet av wild bootstrap med {len(self.errors)} kluster är {smallest}, så något "
                f"intervall på nivån {format_percent(1 - alpha, 'sv', None)} finns inte; den högsta nivå som finns är "
                f"{1 - smallest}.",
            )
        intervals: list[tuple[float, float]] = []
        for piece in pieces:
            low, high = (self._null(means, contrast, angle, alternative, rows) for angle in piece)
            if intervals and low <= intervals[-1][1]:
                low = intervals.pop()[0]
            intervals.append((low, high))
        return ConfidenceSet(intervals=tuple(intervals), level=float(1 - alpha), alternative=alternative)

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

    def _scale(self, means: Means, contrast: Contrast) -> float:
        """σ, about a standard error: where the half-turn of nulls has its middle part."""
        errors = np.array(self.errors) @ np.array(self.loadings).T
        spread = math.sqrt(float(np.sum(errors**2)))
        return spread if contrast == "difference" else spread / abs(means.counterfactual)

    def _null(
        self, means: Means, contrast: Contrast, angle: float, alternative: Alternative, rows: dict[float, int]
    ) -> float:
        """The null of an angle where the draw of `rows` changes: its root again, without the polynomial."""
        if math.isinf(angle):
            return angle
        weights = self._draw(rows[angle])
        downward = (alternative == "greater" and angle > 0) or (alternative == "less" and angle < 0)

        def gap(at: float) -> float:
            null = self._null_at(means, contrast, at)
            size = np.sum((weights * null.scores) ** 2, axis=1, keepdims=True)
            found = _compared([null], (weights @ null.columns()).reshape(1, 1, 2, -1), size, noisy=False)
            return float(found[1 if downward else 0][0, 0])

        return means.value(contrast) + self._scale(means, contrast) * math.tan(_polished(gap, angle))

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

    def forms(self, means: Means, contrast: Contrast, angles: FloatArray) -> _Forms:
        """What every draw is at some angles: degree + 1 of them over a half-turn, or one."""
        nulls = [self._null_at(means, contrast, float(angle)) for angle in angles]
        columns = _rounded(np.column_stack([null.columns() for null in nulls]))
        squares = np.column_stack([null.scores**2 for null in nulls])
        parts = []
        for weights in self._weights():
            sums = (weights @ columns).reshape(len(weights), len(nulls), 2, -1)
            size = np.sum(squares, axis=0)[None, :] if self.weights == "rademacher" else weights**2 @ squares
            parts.append(_compared(nulls, sums, np.broadcast_to(size, sums.shape[:2]), noisy=len(nulls) == 1))
        above, below, sign, size = (np.concatenate(part) for part in zip(*parts, strict=True))
        if len(nulls) > 1:
            slack = np.max(above - below, axis=1, keepdims=True)
            tied = np.max(np.abs(above + below), axis=1, keepdims=True) <= slack  # with the sample under every null
            above, below = np.where(tied, slack, above), np.where(tied, -slack, below)
        return _Forms(angles=angles, above=above, below=below, sign=sign, size=size)

    def _null_at(self, means: Means, contrast: Contrast, angle: float) -> _Null:
        """The null q̂ + σ·tan φ, homogeneous: everything times a power of cos φ."""
        cos, sin = math.cos(angle), math.sin(angle)
        treated, counterfactual = (np.array(row) for row in self.loadings)
        leverages = np.array(self.treated_leverage), np.array(self.counterfactual_leverage)
        scale = self._scale(means, contrast)
        if contrast == "difference":
            first, second, over, distance = 1.0, 1.0, cos, -scale * sin
        else:
            first, second, over = cos, cos * means.value("ratio") + sin * scale, 1.0
            distance = -scale * sin * means.counterfactual
        direction = first * treated - second * counterfactual
        leverage = first * leverages[0] - second * leverages[1]
        length = float(direction @ direction)
        errors = np.array(self.errors)
        sums = over * length * errors + distance * leverage
        return _Null(
            direction=direction,
            leverage=leverage,
            sums=sums,
            scores=sums @ direction,
            distance=distance,
            sample=over**2 * float(np.sum((errors @ direction) ** 2)),
            over=cos,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Null:
    """c̃, h_g, w_g|c̃|² and s_g|c̃|² of one null; τ, D̂, and cos φ, by which N turns into a form of even degree."""

    direction: FloatArray
    leverage: FloatArray
    sums: FloatArray
    scores: FloatArray
    distance: float
    sample: float
    over: float

    def columns(self) -> FloatArray:
        """(G, 2k): what W and T are weighted sums of."""
        return np.column_stack([self.sums, self.scores[:, None] * self.leverage])


def _rounded(columns: FloatArray) -> FloatArray:
    """The columns with so few digits that no sum of them is rounded, whatever the order and the number of threads."""
    bits = 52 - math.ceil(math.log2(len(columns) + 1))
    largest = np.max(np.abs(columns), axis=0)
    unit = np.exp2(np.ceil(np.log2(np.where(largest > 0, largest, 1.0))) - bits)
    rounded: FloatArray = np.rint(columns / unit) * unit
    return rounded


def _compared(
    nulls: list[_Null], sums: FloatArray, size: FloatArray, *, noisy: bool
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """N²D̂ − τ²D with ties counted up and down, N·cos φ, and the noise of that, (rows, nulls) each.

    `noisy`: whether N has noise, which polynomials cannot have.
    """
    found = np.empty((4, *size.shape))
    noise = NOISE * np.sqrt(size) if noisy else np.zeros(size.shape)
    for i, null in enumerate(nulls):
        w, t = sums[:, i, 0], sums[:, i, 1]
        effect = w @ null.direction
        moved = np.einsum("rk,rk->r", w @ (null.leverage.T @ null.leverage) - 2 * t, w)
        other = null.distance**2 * (size[:, i] + moved)
        most, least = (null.sample * (np.abs(effect) + step) ** 2 for step in (noise[:, i], -noise[:, i]))
        slack = TIE * (most + null.distance**2 * size[:, i])
        found[:, :, i] = most - other + slack, least - other - slack, effect * null.over, noise[:, i] * null.over
    return found[0], found[1], found[2], found[3]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Forms:
    """Every draw as a function of the angle of the null: its values at equally spaced angles of a half-turn, or at one.

    `above` and `below` are N²D̂ − τ²D with ties counted as extreme and as not, `sign` has the sign of N, and N within
    `size` of zero is zero.
    """

    angles: FloatArray
    above: FloatArray
    below: FloatArray
    sign: FloatArray
    size: FloatArray

    def extreme(self, angles: FloatArray, alternative: Alternative) -> BoolArray:
        """(rows, c): whether a draw is as extreme as the sample at (rows or 1, c) angles inside the half-turn."""
        above = self._at(self.above, angles) >= 0
        if alternative == "two-sided":
            return np.asarray(above)
        turned = 1.0 if alternative == "greater" else -1.0
        effect, ahead = turned * self._at(self.sign, angles), -turned * np.sin(angles)  # of N and of τ
        within = self._at(self.below, angles) <= 0
        level = np.where(angles == 0, -self._at(self.size, angles), 0.0)
        return np.where(ahead > 0, (effect >= 0) & above, (effect >= level) | ((ahead < 0) & within))

    def roots(self, *, mirrored: bool) -> FloatArray:
        """(rows, 2·degree + 1): every angle where a draw may become as extreme or cease to be so, from low to high.

        `mirrored`: the second half of the draws are the first with the other sign, last to first.
        """
        rows = (len(self.above) + 1) // 2 if mirrored else len(self.above)
        found = np.column_stack([_turns(self.above[:rows]), _turns(self.below[:rows]), np.zeros(rows)])
        found = np.sort(found, axis=1)
        return np.concatenate([found, found[: len(self.above) - rows][::-1]])

    def crossings(
        self, points: FloatArray, alternative: Alternative
    ) -> tuple[FloatArray, FloatArray, dict[float, int]]:
        """Angles at which draws become as extreme (−∞: from the start) and cease to be so (∞: never), and whose."""
        edge = np.full((len(points), 1), math.pi / 2)
        bounds = np.concatenate([-edge, points, edge], axis=1)
        held = self.extreme((bounds[:, :-1] + bounds[:, 1:]) / 2, alternative)
        before = np.concatenate([np.zeros((len(held), 1), bool), held[:, :-1]], axis=1)
        after = np.concatenate([held[:, 1:], np.zeros((len(held), 1), bool)], axis=1)
        bounds[:, 0], bounds[:, -1] = -math.inf, math.inf
        opened, closed = held & ~before, held & ~after
        starts, ends = bounds[:, :-1][opened], bounds[:, 1:][closed]
        draws = np.concatenate([np.nonzero(opened)[0], np.nonzero(closed)[0]])
        return starts, ends, dict(zip(np.concatenate([starts, ends]).tolist(), draws.tolist(), strict=True))

    def _at(self, values: FloatArray, angles: FloatArray) -> FloatArray:
        """The trigonometric polynomial through the values, at other angles."""
        if len(self.angles) == 1:
            return values
        coefficients = _fourier(values)
        turn = np.exp(2j * angles)
        found = np.zeros(np.broadcast_shapes(angles.shape, (len(values), 1)), complex)
        for power in range(coefficients.shape[1] - 1, -1, -1):
            found = found * turn + coefficients[:, power, None]
        return np.asarray(np.real(found * turn ** -(coefficients.shape[1] // 2)))


@functools.lru_cache(maxsize=2)
def _solved(inference: WildBootstrap, means: Means, contrast: Contrast) -> tuple[_Forms, FloatArray]:
    """What every level and side of a confidence set has in common; kept, as a result is asked for many of them."""
    size = DEGREE[contrast] + 1
    half_turn = np.array([math.pi * i / size for i in range(size)])
    forms = inference.forms(means, contrast, half_turn)
    return forms, forms.roots(mirrored=inference.draws is None)


def _turns(values: FloatArray) -> FloatArray:
    """(rows, degree): the angles of all roots; where a root is not on the circle no sign changes."""
    coefficients = _fourier(values)
    degree = coefficients.shape[1] - 1
    leading = coefficients[:, -1:]
    tiny = 1e-30 * np.max(np.abs(coefficients), axis=1, keepdims=True) + 1e-300
    companion = np.zeros((len(values), degree, degree), complex)
    companion[:, np.arange(1, degree), np.arange(degree - 1)] = 1.0
    companion[:, :, -1] = -coefficients[:, :-1] / np.where(np.abs(leading) > tiny, leading, tiny)
    return np.asarray(np.angle(np.linalg.eigvals(companion)) / 2)


def _fourier(values: FloatArray) -> NDArray[np.complex128]:
    """Coefficients of z⁻ᴸ, …, zᴸ with z = exp(2iφ), from 2L + 1 values over a half-turn."""
    size = values.shape[1]
    return np.asarray(np.fft.fftshift(np.fft.fft(values, axis=1), axes=1) / size)


def _polished(gap: Callable[[float], float], angle: float) -> float:
    """The root of a gap next to an angle, by bisection; the angle itself where none is near."""
    for exponent in range(-10, -3):
        low, high = angle - 10.0**exponent, angle + 10.0**exponent
        above = gap(low) >= 0
        if above == (gap(high) >= 0):
            continue
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if (gap(middle) >= 0) == above else (low, middle)
        return low if above else high
    return angle


def _covered(starts: FloatArray, ends: FloatArray, needed: int) -> tuple[list[tuple[float, float]], int]:
    """Where at least `needed` of the closed intervals overlap, and the fewest that do anywhere."""
    starts, ends = np.sort(starts), np.sort(ends)
    points = np.unique(np.concatenate([starts, ends]))
    points = points[np.isfinite(points)]
    at = np.searchsorted(starts, points, "right") - np.searchsorted(ends, points, "left")
    after = np.searchsorted(starts, points, "right") - np.searchsorted(ends, points, "right")
    between = np.append(np.sum(np.isneginf(starts)), after)  # in the gap before each point, and after the last
    kept, open_before, open_after = at >= needed, between[:-1] >= needed, between[1:] >= needed
    firsts, lasts = points[kept & ~open_before].tolist(), points[kept & ~open_after].tolist()
    if between[0] >= needed:
        firsts.insert(0, -math.inf)
    if between[-1] >= needed:
        lasts.append(math.inf)
    found: list[tuple[float, float]] = []
    for low, high in zip(firsts, lasts, strict=True):
        aside = low > 0 or high < 0
        if aside and (high - low <= SLIVER or min(abs(low), abs(high)) >= math.pi / 2 - SLIVER):
            continue
        if found and low - found[-1][1] <= MERGED:
            low = found.pop()[0]
        found.append((low, high))
    return found, int(np.min(between))

"""The draws of a wild bootstrap as functions of the null: values at some nulls, and the polynomials through them.

A null is q̂ + σ·tan φ; times powers of cos φ the two sides of N²D̂ ≥ τ²D are polynomials in (cos φ, sin φ) of degree
4 (difference) and 8 (ratio), which a discrete Fourier transform of that many values and one more gives whole.

φ = ±π/2 is infinity. An infinite ratio is the null b'β = 0, at which draws may tie that tie at no ratio; it stands for
none. An infinite difference is a limit: t = τ/√D̂ grows without bound, and t* = N/√D does so too only in draws whose D
has no part that grows with τ, such as one sign for each arm. Then D is the part D₀ that does not grow, cos²φ is a
factor of both sides, and without it they have the limit B²D̂ ≥ D₀ with N = A + τB. Of a draw whose part that grows is
too small to be told from none or to be seen within `FARTHEST`, the smallest D under any null stands for D: it counts as
extreme wherever it may be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from effekt._types import Alternative, BoolArray, Contrast, FloatArray

FARTHEST = 1e10  # differences farther out, in σ, are taken for infinity
RATIO_FARTHEST = 1e8  # ratios farther out, in σ, are taken for the one that is so far out
NEAREST = 1e-8  # ratios nearer to 0, in θ̂/σ (in σ where θ̂ is 0), but not 0, are taken for the one that is so near
ROUNDED = 1e4  # times nearer the middle than those, ratios are taken for the nearest one of so many digits
DIGITS = 6
NOT_NEAR = 0.1  # of the estimate, beyond which no ratio is near 0
EDGE = math.pi / 2 - 1 / FARTHEST
TIE = 1e-11  # squared statistics that differ by less, relative to what they are sums of, are equally extreme
FAR_TIE = 1e-9  # the same at infinity, which stands for all nulls beyond `FARTHEST`
NOISE = 1e-12  # of a sum, relative to the root of the sum of squares of its terms
EXACT_NOISE = 1e-14  # the same of the terms of D, where they are summed one by one
CANCELLED = 0.1  # a D that is less, relative to the sum of squares it is a difference of, is summed term by term
NO_GROWTH, LITTLE_GROWTH = 1e-12, 1e-7  # of √D with τ, relative to the root of that sum: none, and not to be seen
STRETCHES = 4  # in which Bernstein's coefficients are looked at
ALMOST_NONE = 1e-12  # of the largest of Bernstein's coefficients: one that is less has no sign
DEGREE: dict[Contrast, int] = {"difference": 4, "ratio": 8}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Null:
    """c̃, h_g, w_g|c̃|² and s_g|c̃|² of one null; τ, D̂, and cos φ."""

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

    def terms(self, weights: FloatArray) -> FloatArray:
        """(rows, G): v_g s_g − h_g'W, of which D is the sum of squares."""
        total = np.sum(weights[:, :, None] * self.sums, axis=1)
        return np.asarray(weights * self.scores - total @ self.leverage.T)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nulls:
    """All nulls about one contrast of the means, by their angle."""

    loadings: FloatArray
    errors: FloatArray
    leverages: tuple[FloatArray, FloatArray]
    contrast: Contrast
    value: float
    counterfactual: float
    width: float | None = None  # the null at 45°, from the estimate; σ where it is None

    @property
    def scale(self) -> float:
        """σ, about a standard error: where the half-turn of nulls has its middle part."""
        spread = math.sqrt(float(np.sum((self.errors @ self.loadings.T) ** 2)))
        return spread if self.contrast == "difference" else spread / abs(self.counterfactual)

    @property
    def unit(self) -> float:
        """What tan φ is a number of."""
        return self.scale if self.width is None else self.width

    def angle(self, null: float) -> float:
        """The angle of a null; that of infinity beyond `FARTHEST`."""
        distance = null - self.value
        return (
            math.copysign(math.pi / 2, distance)
            if abs(distance) > FARTHEST * self.scale
            else math.atan(distance / self.unit)
        )

    def null(self, angle: float) -> float:
        return self.value + self.unit * math.tan(angle)

    @property
    def farthest(self) -> float:
        """How far ratios are told apart."""
        return RATIO_FARTHEST * self.scale

    @property
    def nearest(self) -> float:
        """How near to 0 they are; where the estimate is 0, also how near to it."""
        if not self.value:
            return NEAREST * self.scale
        return min(NEAREST / self.scale, NOT_NEAR / ROUNDED) * abs(self.value)

    def told(self, ratio: float) -> float:
        """The ratio that a ratio is taken for where rounding would tell draws from a tie at 0 or at infinity."""
        distance = abs(ratio - self.value)
        if distance >= self.farthest / ROUNDED:
            ratio = ratio if distance < self.farthest else self.value + math.copysign(self.farthest, ratio)
        elif 0 < abs(ratio) <= self.nearest * ROUNDED:
            ratio = math.copysign(max(abs(ratio), self.nearest), ratio)
        else:
            return ratio
        return float(f"{ratio:.{DIGITS - 1}e}")

    def of_ratio(self, ratio: float) -> Null:
        """The null of a ratio, everything times one number."""
        size = max(1.0, abs(ratio))
        return self._null(1 / size, ratio / size, 1.0, (self.value - ratio) / size * self.counterfactual, 1.0)

    def beyond(self, infinity: float, angle: float) -> tuple[float, float]:
        """The nulls less than an angle from plus or minus infinity."""
        last = self.null(self.angle(infinity) - math.copysign(angle, infinity))
        return min(infinity, last), max(infinity, last)

    def at(self, angle: float) -> Null:
        """The null of an angle, homogeneous: everything times a power of cos φ."""
        infinite = abs(angle) >= math.pi / 2
        cos, sin = (0.0, math.copysign(1.0, angle)) if infinite else (math.cos(angle), math.sin(angle))
        unit = self.unit
        if self.contrast == "difference":
            return self._null(1.0, 1.0, cos, -unit * sin, cos)
        return self._null(cos, cos * self.value + sin * unit, 1.0, -unit * sin * self.counterfactual, cos)

    def _null(self, first: float, second: float, over: float, distance: float, cos: float) -> Null:
        """That `first` times the treated mean less `second` times the counterfactual one is known."""
        treated, counterfactual = self.loadings
        direction = first * treated - second * counterfactual
        leverage = first * self.leverages[0] - second * self.leverages[1]
        sums = over * float(direction @ direction) * self.errors + distance * leverage
        return Null(
            direction=direction,
            leverage=leverage,
            sums=sums,
            scores=sums @ direction,
            distance=distance,
            sample=over**2 * float(np.sum((self.errors @ direction) ** 2)),
            over=cos,
        )

    def without_growth(self, weights: FloatArray) -> tuple[BoolArray, FloatArray]:
        """(rows,) each: which draws' D does not grow with the difference, so far as can be seen, and D₀ of those."""
        limit, estimate = self.at(math.pi / 2), self.at(0.0)
        columns = limit.columns()
        sums, size = weights @ columns, weights**2 @ limit.scores**2
        half = sums.shape[1] // 2
        grown = size + np.einsum(
            "rk,rk->r", sums[:, :half] @ (limit.leverage.T @ limit.leverage) - 2 * sums[:, half:], sums[:, :half]
        )
        suspects = np.flatnonzero(grown <= CANCELLED * size)
        growing, fixed = limit.terms(weights[suspects]), estimate.terms(weights[suspects])
        growth = np.sum(growing**2, axis=1)
        least = np.sum(fixed**2, axis=1)
        share = np.sqrt(growth / size[suspects])
        little = share > NO_GROWTH
        least[little] -= np.sum(fixed * growing, axis=1)[little] ** 2 / growth[little]
        found, lowest = np.zeros(len(weights), bool), np.zeros(len(weights))
        found[suspects], lowest[suspects] = share <= LITTLE_GROWTH, np.maximum(least, 0.0)
        return found, lowest


def rounded(columns: FloatArray) -> FloatArray:
    """The columns with so few digits that no sum of them is rounded, whatever the order and the number of threads."""
    bits = 52 - math.ceil(math.log2(len(columns) + 1))
    largest = np.max(np.abs(columns), axis=0)
    unit = np.exp2(np.ceil(np.log2(np.where(largest > 0, largest, 1.0))) - bits)
    found: FloatArray = np.rint(columns / unit) * unit
    return found


def forms(nulls: Nulls, draws: Iterator[FloatArray], *, signs: bool, at: Null | None = None) -> Forms:
    """What every draw is under one null, or under degree + 1 of them over a half-turn, the first of which is infinite.

    `signs`: whether every weight is −1 or 1.
    """
    size = DEGREE[nulls.contrast] + 1
    half_turn = [math.pi / 2, *(math.pi * i / size - math.pi / 2 for i in range(1, size))]
    points = [nulls.at(angle) for angle in half_turn] if at is None else [at]
    columns = rounded(np.column_stack([point.columns() for point in points]))
    squares = np.column_stack([point.scores**2 for point in points])
    limits = nulls.contrast == "difference" and (at is None or at.over == 0)
    parts = []
    for weights in draws:
        sums = (weights @ columns).reshape(len(weights), len(points), 2, -1)
        sizes = np.sum(squares, axis=0)[None, :] if signs else weights**2 @ squares
        fixed = nulls.without_growth(weights) if limits else None
        parts.append(
            compared(
                points,
                weights,
                sums,
                np.broadcast_to(sizes, sums.shape[:2]),
                fixed=fixed,
                sample=nulls.at(0.0).sample,
                alone=at is not None,
            )
        )
    above, below, sign, noise = (np.concatenate(part) for part in zip(*parts, strict=True))
    if at is None:
        slack = np.max(above - below, axis=1, keepdims=True)
        tied = np.max(np.abs(above + below), axis=1, keepdims=True) <= slack  # with the sample under every null
        above, below = np.where(tied, slack, above), np.where(tied, -slack, below)
    return Forms(above=above, below=below, sign=sign, noise=noise)


def compared(
    nulls: list[Null],
    weights: FloatArray,
    sums: FloatArray,
    size: FloatArray,
    *,
    fixed: tuple[BoolArray, FloatArray] | None,
    sample: float,
    alone: bool,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """N²D̂ − τ²D with ties counted up and down, N (times cos φ), and the noise of that, (rows, nulls) each.

    `fixed`: the draws that `Nulls.without_growth` found, and their D₀; `sample` is D̂ of these. `alone`: one null, not
    values of a polynomial; only then can N and D have noise, and N a sign at infinity.
    """
    found = np.empty((4, *size.shape))
    for i, null in enumerate(nulls):
        w, t = sums[:, i, 0], sums[:, i, 1]
        effect = w @ null.direction
        other = size[:, i] + np.einsum("rk,rk->r", w @ (null.leverage.T @ null.leverage) - 2 * t, w)
        rounding, own = size[:, i].copy(), np.full(len(other), null.sample)
        near = np.flatnonzero(other <= CANCELLED * size[:, i])
        other[near] = rounding[near] = np.sum(null.terms(weights[near]) ** 2, axis=1)
        if alone:
            step = EXACT_NOISE * np.sqrt(size[near, i])
            rounding[near] += (2 * np.sqrt(other[near]) * step + step**2) / TIE
        if fixed is not None:
            other, own = np.where(fixed[0], fixed[1], other), np.where(fixed[0], sample, own)
            rounding = np.where(fixed[0], fixed[1], rounding)
        noise = NOISE * np.sqrt(size[:, i]) if alone else np.zeros(len(other))
        most, least = (own * (np.abs(effect) + step) ** 2 for step in (noise, -noise))
        slack = (FAR_TIE if alone and null.over == 0 else TIE) * (most + null.distance**2 * rounding)
        over = 1.0 if alone else null.over
        other *= null.distance**2
        found[:, :, i] = most - other + slack, least - other - slack, effect * over, noise * over
    return found[0], found[1], found[2], found[3]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forms:
    """Every draw as a function of the angle of the null: its values at equally spaced angles of a half-turn, or at one.

    `above` and `below` are N²D̂ − τ²D with ties counted as extreme and as not, `sign` has the sign of N, and N within
    `noise` of zero is zero.
    """

    above: FloatArray
    below: FloatArray
    sign: FloatArray
    noise: FloatArray

    def extreme(self, angles: FloatArray, alternative: Alternative) -> BoolArray:
        """(rows, c): whether a draw is as extreme as the sample at (rows or 1, c) angles inside the half-turn."""
        above = self._at(self.above, angles) >= 0
        if alternative == "two-sided":
            return np.asarray(above)
        turned = 1.0 if alternative == "greater" else -1.0
        effect, ahead = turned * self._at(self.sign, angles), -turned * np.sin(angles)  # of N and of τ
        within = self._at(self.below, angles) <= 0
        level = np.where(angles == 0, -self._at(self.noise, angles), 0.0)
        return np.where(ahead > 0, (effect >= 0) & above, (effect >= level) | ((ahead < 0) & within))

    def roots(self, *, mirrored: bool) -> FloatArray:
        """(rows, 2·degree + 1): every angle where a draw may become as extreme or cease to be so, from low to high.

        `mirrored`: the second half of the draws are the first with the other sign, last to first.
        """
        rows = (len(self.above) + 1) // 2 if mirrored else len(self.above)
        found = np.column_stack([_turns(self.above[:rows]), _turns(self.below[:rows]), np.zeros(rows)])
        found = np.sort(np.clip(found, -EDGE, EDGE), axis=1)
        return np.concatenate([found, found[: len(self.above) - rows][::-1]])

    def turning(self, first: float, last: float) -> BoolArray:
        """(rows,): draws that may have roots between two angles less than a half-turn apart.

        A polynomial has none where Bernstein's coefficients, of each of some stretches, have one sign (Farouki 2012,
        doi:10.1016/j.cagd.2012.03.001).
        """
        found = np.zeros(len(self.above), bool)
        for low, high in pairwise(np.linspace(first, last, STRETCHES + 1)):
            found[~found] = self.of_rows(~found)._turning(low, high)
        return found

    def _turning(self, first: float, last: float) -> BoolArray:
        size = self.above.shape[1]
        angles = np.pi * np.arange(size) / size + np.pi / 2
        shares = np.sin([last - angles, angles - first]) / math.sin(last - first)
        powers = [math.comb(size - 1, k) * shares[0] ** (size - 1 - k) * shares[1] ** k for k in range(size)]
        told = np.linalg.inv(powers)
        found = np.zeros(len(self.above), bool)
        for values in (self.above, self.below):
            coefficients = values @ told
            unsure = ALMOST_NONE * np.max(np.abs(coefficients), axis=1)
            found |= (np.min(coefficients, axis=1) <= unsure) & (np.max(coefficients, axis=1) >= -unsure)
        return found

    def of_rows(self, rows: BoolArray) -> Forms:
        """Those of some draws."""
        return Forms(above=self.above[rows], below=self.below[rows], sign=self.sign[rows], noise=self.noise[rows])

    def crossings(self, points: FloatArray, alternative: Alternative) -> tuple[Crossings, Crossings]:
        """Angles at which draws become as extreme (−∞: from the start) and cease to be so (∞: never), and whose."""
        edge = np.full((len(points), 1), EDGE)
        bounds = np.concatenate([-edge, points, edge], axis=1)
        held = self.extreme((bounds[:, :-1] + bounds[:, 1:]) / 2, alternative)
        return Crossings.between(bounds[:, :-1], bounds[:, 1:], held)

    def _at(self, values: FloatArray, angles: FloatArray) -> FloatArray:
        """The trigonometric polynomial through the values, at other angles."""
        if values.shape[1] == 1:
            return values
        coefficients = _fourier(values)
        turn = np.exp(2j * (angles - math.pi / 2))
        found = np.zeros(np.broadcast_shapes(angles.shape, (len(values), 1)), complex)
        for power in range(coefficients.shape[1] - 1, -1, -1):
            found = found * turn + coefficients[:, power, None]
        return np.asarray(np.real(found * turn ** -(coefficients.shape[1] // 2)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossings:
    """Angles, or ratios, from low to high, and the draw that changes at each."""

    angles: FloatArray
    draws: NDArray[np.intp]

    @classmethod
    def between(cls, low: FloatArray, high: FloatArray, held: BoolArray) -> tuple[Crossings, Crossings]:
        """Where draws begin (−∞: from the start) and cease (∞: never), held or not in stretches from low to high."""
        never = np.zeros((len(held), 1), bool)
        opened = held & ~np.concatenate([never, held[:, :-1]], axis=1)
        closed = held & ~np.concatenate([held[:, 1:], never], axis=1)
        low[:, 0], high[:, -1] = -math.inf, math.inf
        return cls.of(low, opened), cls.of(high, closed)

    @classmethod
    def of(cls, angles: FloatArray, chosen: BoolArray) -> Crossings:
        found, draws = angles[chosen], np.nonzero(chosen)[0]
        order = np.argsort(found, kind="stable")
        return cls(angles=found[order], draws=draws[order])

    def draw(self, angle: float) -> int:
        """The draw that changes nearest to the angle."""
        after = int(np.searchsorted(self.angles, angle))
        around = [i for i in (after - 1, after) if 0 <= i < len(self.angles) and math.isfinite(self.angles[i])]
        return int(self.draws[min(around, key=lambda i: abs(self.angles[i] - angle))])


def _turns(values: FloatArray) -> FloatArray:
    """(rows, degree): the angles of all roots; where a root is not on the circle no sign changes."""
    coefficients = _fourier(values)
    degree = coefficients.shape[1] - 1
    leading = coefficients[:, -1:]
    tiny = 1e-30 * np.max(np.abs(coefficients), axis=1, keepdims=True) + 1e-300
    companion = np.zeros((len(values), degree, degree), complex)
    companion[:, np.arange(1, degree), np.arange(degree - 1)] = 1.0
    companion[:, :, -1] = -coefficients[:, :-1] / np.where(np.abs(leading) > tiny, leading, tiny)
    found = np.angle(np.linalg.eigvals(companion)) / 2  # from infinity
    return np.asarray(found - np.copysign(math.pi / 2, found))


def _fourier(values: FloatArray) -> NDArray[np.complex128]:
    """Coefficients of z⁻ᴸ, …, zᴸ with z = exp(2i(φ − π/2)), from 2L + 1 values over a half-turn from π/2."""
    size = values.shape[1]
    return np.asarray(np.fft.fftshift(np.fft.fft(values, axis=1), axes=1) / size)

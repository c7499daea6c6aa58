"""Score inference for two independent shares in small samples: a test of every difference and ratio, and its inversion.

A null is a line p₁ = p₀ + δ or p₁ = ρ·p₀. Both tests give a z that falls as the null rises, so that the set is one
interval, and at δ = 0 and ρ = 1 they are the same test::

    newcombe             z at which |p̂₁ − ρp̂₀ − δ| is the square-and-add half-width of the Wilson limits l, u:
                         d² = (p̂₁ − l₁)² + ρ²(u₀ − p̂₀)² from below, (u₁ − p̂₁)² + ρ²(p̂₀ − l₀)² from above
                         Newcombe (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), method
                         10; for ratios Donner & Zou (2012, doi:10.1177/0962280210383082)
    miettinen_nurminen   (p̂₁ − ρp̂₀ − δ) / √((p₁q₁/n₁ + ρ²p₀q₀/n₀)·N/(N − 1)) at the likeliest p₁, p₀ on the line
                         Miettinen & Nurminen (1985, doi:10.1002/sim.4780040211)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means
from effekt._inference.student_t import _zero
from effekt._types import Alternative, Contrast, FloatArray
from effekt.exceptions import ArgumentError

ScoreTest: TypeAlias = Literal["newcombe", "miettinen_nurminen"]
FARTHEST = 38.0  # z whose tail is the smallest float
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoProportions:
    """Successes among treated and controls, and the score test that answers for every null.

    Attributes
    ----------
    successes, sizes : (int, int)
        Of the treated and of the controls.
    test : {"newcombe", "miettinen_nurminen"}
    unit : float
        What a share of 1 is in the outcome's unit.
    """

    successes: tuple[int, int]
    sizes: tuple[int, int]
    test: ScoreTest
    unit: float = 1.0

    def __post_init__(self) -> None:
        if not all(0 <= x <= n and n > 0 for x, n in zip(self.successes, self.sizes, strict=True)):
            raise ArgumentError("`successes` must be from 0 to `sizes`, and `sizes` above 0.")

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> float:
        """The normal tail beyond the z of the null; a null that no two shares have is rejected."""
        if null == NO_EFFECT[contrast]:
            contrast, null = "difference", 0.0
        value = null / self.unit if contrast == "difference" else null
        low, high = _RANGE[contrast]
        if not low <= value <= high:
            possible = value > high if alternative == "greater" else value < low if alternative == "less" else False
            return 1.0 if possible else 0.0
        z = self._z(contrast, value)
        if alternative == "two-sided":
            return float(2 * t_upper_tail(abs(z), math.inf))
        return float(t_upper_tail(z if alternative == "greater" else -z, math.inf))

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every null with p > α."""
        z = -t_quantile(float(alpha) / (2 if alternative == "two-sided" else 1), math.inf)
        unit = self.unit if contrast == "difference" else 1.0  # a ratio has none
        low = -math.inf if alternative == "less" else unit * self._end(contrast, z)
        high = math.inf if alternative == "greater" else unit * self._end(contrast, -z)
        return ConfidenceSet(intervals=((low, high),), level=float(1 - alpha), alternative=alternative)

    def std_error(self, means: Means, contrast: Contrast) -> None:
        """None: a score test has another error at every null."""

    def df_of(self, contrast: Contrast) -> None:
        """None: the reference is normal."""

    def rescale(self, factor: float) -> TwoProportions:
        """The same inference in a unit `factor` times as fine."""
        return replace(self, unit=self.unit * factor)

    @property
    def _shares(self) -> tuple[float, float]:
        (treated, control), (n1, n0) = self.successes, self.sizes
        return treated / n1, control / n0

    def _z(self, contrast: Contrast, null: float) -> float:
        """How far the shares lie above the null."""
        if self.test == "miettinen_nurminen":
            return float(self._score(contrast, np.array([null]))[0])
        distance = self._distance(contrast, null)
        if distance == 0:
            return 0.0
        side, slope = math.copysign(1.0, distance), null if contrast == "ratio" else 1.0

        def excess(z: FloatArray) -> FloatArray:
            return np.hypot(*self._half_widths(side * z, slope)) - abs(distance)

        if not excess(np.array([FARTHEST]))[0] > 0:
            return side * math.inf
        return side * _zero(excess, 0.0, FARTHEST)

    def _end(self, contrast: Contrast, z: float) -> float:
        """The null whose z this is: the lower end of a set for z above 0, the upper end below 0."""
        if self.test == "newcombe":
            return self._square_and_add(contrast, z)

        def excess(null: FloatArray) -> FloatArray:
            return self._score(contrast, null) - z

        low, high = _RANGE[contrast]
        if math.isinf(high):
            high = 1.0
            while excess(np.array([high]))[0] >= 0:
                high *= 2
        first, last = excess(np.array([low, high]))
        if not first > 0 > last:
            return low if first <= 0 else high
        return _zero(excess, low, high)

    def _distance(self, contrast: Contrast, null: float) -> float:
        treated, control = self._shares
        return treated - control - null if contrast == "difference" else treated - null * control

    def _half_widths(self, z: FloatArray, slope: float) -> tuple[FloatArray, FloatArray]:
        """From each share to the Wilson limit that lies towards the null; z above 0 when that is below."""
        treated, control = self._shares
        (x1, x0), (n1, n0) = self.successes, self.sizes
        return treated - _wilson(x1, n1, z), slope * (_wilson(x0, n0, -z) - control)

    def _square_and_add(self, contrast: Contrast, z: float) -> float:
        """Newcombe's limit of the difference; of the ratio the root of d² = (p̂₁ − l₁)² + ρ²(u₀ − p̂₀)² on its side."""
        treated, control = self._shares
        first, second = (float(width) for width in self._half_widths(np.asarray(z), 1.0))
        if contrast == "difference":
            return min(max(treated - control - math.copysign(math.hypot(first, second), z), -1.0), 1.0)
        above, below = treated**2 - first**2, control**2 - second**2  # l(2p̂ − l) and u(2p̂ − u)
        product = treated * control
        root = math.sqrt(max(product**2 - above * below, 0.0))
        if z > 0:
            return above / (product + root) if product + root > 0 else 0.0
        return (product + root) / below if below > 0 else math.inf

    def _score(self, contrast: Contrast, null: FloatArray) -> FloatArray:
        """Miettinen & Nurminen's z at each null."""
        treated, control = self._shares
        n1, n0 = self.sizes
        if contrast == "difference":
            p0 = likeliest_on_difference(self.successes, self.sizes, null)
            p1, distance, slope = p0 + null, treated - control - null, np.ones(null.shape)
        else:
            p0 = self._likeliest_on_ratio(null)
            p1, distance, slope = p0 * null, treated - null * control, null
        p1 = np.clip(p1, 0.0, 1.0)
        variance = (p1 * (1 - p1) / n1 + slope**2 * p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.abs(distance) <= TIE, 0.0, distance / np.sqrt(np.maximum(variance, 0.0)))

    def _likeliest_on_ratio(self, null: FloatArray) -> FloatArray:
        """p₀ of the largest likelihood on p₁ = ρp₀: the smaller root of Nρp₀² − (n₁ρ + x₁ + n₀ + x₀ρ)p₀ + x₁ + x₀."""
        (x1, x0), (n1, n0) = self.successes, self.sizes
        b, c = n1 * null + x1 + n0 + x0 * null, x1 + x0
        root = np.sqrt(np.maximum(b**2 - 4 * (n1 + n0) * null * c, 0.0))
        with np.errstate(divide="ignore"):
            return np.clip(2 * c / (b + root), 0.0, np.minimum(1.0, 1 / null))


_RANGE: dict[Contrast, tuple[float, float]] = {"difference": (-1.0, 1.0), "ratio": (0.0, math.inf)}


def _wilson(successes: int, trials: int, z: FloatArray) -> FloatArray:
    """Wilson's limit (1927, doi:10.1080/01621459.1927.10502953), the lower one for z above 0."""
    middle = successes + z**2 / 2
    half = z * np.sqrt(successes * (trials - successes) / trials + z**2 / 4)
    return np.asarray(np.clip((middle - half) / (trials + z**2), 0.0, 1.0))


def likeliest_on_difference(
    successes: tuple[FloatArray | int, FloatArray | int], sizes: tuple[int, int], null: FloatArray
) -> FloatArray:
    """p₀ of the largest likelihood on p₁ = p₀ + δ: the middle root of p₀q₀(x₁ − n₁p₁) + p₁q₁(x₀ − n₀p₀) = 0."""
    (x1, x0), (n1, n0) = successes, sizes
    total, ahead, spread = n1 + n0, x1 - n1 * null, null * (1 - null)
    b = (-ahead - n1 - x0 - n0 * (1 - 2 * null)) / total
    c = (ahead + x0 * (1 - 2 * null) - n0 * spread) / total
    d = x0 * spread / total
    q = b * b * b / 27 - b * c / 6 + d / 2
    radius = np.copysign(np.sqrt(np.maximum(b**2 / 9 - c / 3, 0.0)), q)
    cubed = np.where(radius == 0, 1.0, radius * radius * radius)
    angle = (math.pi + np.arccos(np.clip(q / cubed, -1.0, 1.0))) / 3
    return np.clip(2 * radius * np.cos(angle) - b / 3, np.maximum(0.0, -null), np.minimum(1.0, 1 - null))

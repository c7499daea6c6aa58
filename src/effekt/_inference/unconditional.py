"""Barnard's exact unconditional test of two shares, and the exact set of their difference by inverting it.

Tables are ordered by the score z at the null δ, (p̂₁ − p̂₀ − δ) / √(p₁q₁/n₁ + p₀q₀/n₀) at the likeliest p₁ = p₀ + δ
(Farrington & Manning 1990, doi:10.1002/sim.4780091208); Miettinen and Nurminen's N/(N − 1) is the same for all tables
and orders nothing. p(δ) is the largest probability, over p₀, of tables whose z (two-sided |z|) is at least as extreme,
and the set holds every δ with p(δ) > α: Chan & Zhang (1999, doi:10.1111/j.0006-341X.1999.01202.x) one-sided, Agresti &
Min (2001, doi:10.1111/j.0006-341X.2001.00963.x) two-sided. At δ = 0 the z is the pooled one and p is Barnard's.

A whole range l ≤ δ ≤ r is rejected at once, by a bound: z falls as δ rises, so that no table outside {z_l ≥ z_r of the
trial} is as extreme at any δ between; the smallest set around these that is closed under more treated and fewer control
successes has a probability that rises with p₁ and falls with p₀, so that over a rectangle of shares a corner is the
largest. Ranges that cannot be rejected are halved, from the outside in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np

from effekt._inference.distributions import binomial_masses
from effekt._inference.inversion import DeclaredP, DeclaredSet, TestInversion
from effekt._inference.proportions import TIE, likeliest_on_difference
from effekt._inference.sets import NO_EFFECT, ConfidenceSet
from effekt._types import ALTERNATIVES, Alternative, BoolArray, Contrast, FloatArray, IntArray

ROUNDS, PEAKS = 8, 9  # of the search for the largest probability
SET_LEVELS = ("0.8", "0.9", "0.95", "0.99")
HALVINGS = 16  # of −1 ≤ δ ≤ 1: ranges of 2⁻¹⁵ at the finest
CELLS = 32  # of the nuisance share at the start
ROUNDING = 1e-11  # of a bound, relative
NEAR = 1e-7  # z this close count as tied in a bound, which only widens a set

Steps = tuple[IntArray, IntArray]  # per number of control successes: from how many, and to how many, treated ones


def barnard(successes: tuple[int, int], sizes: tuple[int, int], *, most: int) -> TestInversion:
    """Barnard's exact p of no effect (1945, doi:10.1038/156177a0), and in arms up to `most` the set of the difference.

    The z is Suissa & Shuster's (1985, doi:10.2307/2981892).
    """
    contrasts: tuple[Contrast, ...] = ("difference", "ratio")
    found = {alternative: _barnard_p(successes, sizes, alternative) for alternative in ALTERNATIVES}
    p_values = tuple(
        DeclaredP(contrast=contrast, null=NO_EFFECT[contrast], alternative=alternative, p_value=p_value)
        for alternative, p_value in found.items()
        for contrast in contrasts
    )
    logs = (_log_choices(sizes[0]), _log_choices(sizes[1]))
    sets, score = [], lru_cache(maxsize=512)(partial(_score, sizes))
    for alternative, p_value in found.items() if max(sizes) <= most else ():
        sweep = _Sweep(successes=successes, sizes=sizes, alternative=alternative, score=score, logs=logs)
        for level in SET_LEVELS:
            alpha = 1 - Fraction(level)
            kept = ConfidenceSet(
                intervals=sweep.intervals(float(alpha), p_value <= alpha), level=float(level), alternative=alternative
            )
            sets.append(DeclaredSet(contrast="difference", set=kept))
    return TestInversion(procedure="Barnard", sets=tuple(sets), p_values=p_values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sweep:
    """The differences that an alternative keeps."""

    successes: tuple[int, int]
    sizes: tuple[int, int]
    alternative: Alternative
    score: Callable[[float], FloatArray]
    logs: tuple[FloatArray, FloatArray]

    def intervals(self, alpha: float, rejects_zero: bool) -> tuple[tuple[float, float], ...]:
        """From the first to the last δ that is not shown to have p ≤ α, without zero where zero is rejected."""
        parts = [(-1.0, 0.0), (0.0, 1.0)] if rejects_zero else [(-1.0, 1.0)]
        found = []
        for part in parts:
            beyond_low = self.alternative == "less" and part[0] == -1
            beyond_high = self.alternative == "greater" and part[1] == 1
            low = -math.inf if beyond_low else self._first(part, alpha, upwards=True)
            high = math.inf if beyond_high else self._first(part, alpha, upwards=False)
            if low is None and high is None:
                continue
            low, high = part[1] if low is None else low, part[0] if high is None else high
            low = math.nextafter(0.0, 1.0) if rejects_zero and low == 0 else low
            high = math.nextafter(0.0, -1.0) if rejects_zero and high == 0 else high
            found.append((low, high))
        return tuple(found)

    def _first(self, part: tuple[float, float], alpha: float, *, upwards: bool) -> float | None:
        """The outer end of the first range that cannot be rejected, coming from one side."""
        low, high = part
        if not self._can_exceed(low, high, alpha):
            return None
        if high - low <= 2.0 ** (1 - HALVINGS):
            return low if upwards else high
        middle = (low + high) / 2
        halves = [(low, middle), (middle, high)]
        for half in halves if upwards else halves[::-1]:
            end = self._first(half, alpha, upwards=upwards)
            if end is not None:
                return end
        return None

    def _can_exceed(self, low: float, high: float, alpha: float) -> bool:
        """Whether the bound of p exceeds α for some share p₀, in cells as fine as the range."""
        steps = self._as_extreme(low, high)
        first, last = max(0.0, -high), min(1.0, 1 - low)
        width = (last - first) / CELLS
        left: FloatArray = first + width * np.arange(CELLS, dtype=float)
        while True:
            left = left[self._bound(steps, low, high, left, width) > alpha]
            if len(left) == 0 or width <= high - low:
                return len(left) > 0
            width /= 2
            left = np.concatenate([left, left + width])

    def _as_extreme(self, low: float, high: float) -> Steps:
        """From how many treated successes up, and from how many down, a table may be as extreme at a δ of the range."""
        above, below = self.score(low), self.score(high)
        least, most = float(below[self.successes]), float(above[self.successes])  # of the z of the trial
        n1 = self.sizes[0]
        nowhere = np.full(self.sizes[1] + 1, n1 + 1), np.full(self.sizes[1] + 1, -1)
        upper, lower = {
            "greater": (above >= _less(least), None),
            "less": (None, below <= -_less(-most)),
            "two-sided": (
                above >= _less(max(least, -most, 0.0)),
                below <= -_less(max(least, -most, 0.0)),
            ),
        }[self.alternative]
        up, down = nowhere
        if upper is not None:
            up = np.where(upper.any(axis=0), upper.argmax(axis=0), n1 + 1)
            up = np.minimum.accumulate(up[::-1])[::-1]
        if lower is not None:
            down = np.where(lower.any(axis=0), n1 - lower[::-1].argmax(axis=0), -1)
            down = np.maximum.accumulate(down)
        return up, down

    def _bound(self, steps: Steps, low: float, high: float, left: FloatArray, width: float) -> FloatArray:
        """The largest probability in each cell: of the upper tables in one corner, of the lower in the other."""
        up, down = steps
        n1 = self.sizes[0]
        total = np.zeros(len(left))
        if up.min() <= n1:
            tails = np.cumsum(self._masses(0, left + width + high)[::-1], axis=0)[::-1]
            tails = np.concatenate([tails, np.zeros((1, len(left)))])
            total += np.sum(tails[up] * self._masses(1, left), axis=0)
        if down.max() >= 0:
            tails = np.cumsum(self._masses(0, left + low), axis=0)
            tails = np.concatenate([np.zeros((1, len(left))), tails])
            total += np.sum(tails[down + 1] * self._masses(1, left + width), axis=0)
        return total * (1 + ROUNDING)

    def _masses(self, arm: int, shares: FloatArray) -> FloatArray:
        """`binomial_masses`, to 1e-13, by logarithms: a share of 0 or 1 is one next to it."""
        n = self.sizes[arm]
        number = np.arange(n + 1.0)[:, None]
        inside = np.clip(shares, 1e-300, 1 - 1e-16)
        return np.asarray(np.exp(self.logs[arm] + number * np.log(inside) + (n - number) * np.log1p(-inside)))


def _log_choices(n: int) -> FloatArray:
    return np.array([[math.lgamma(n + 1) - math.lgamma(x + 1) - math.lgamma(n - x + 1)] for x in range(n + 1)])


def _less(z: float) -> float:
    return z - NEAR * max(1.0, abs(z)) if math.isfinite(z) else z


def _score(sizes: tuple[int, int], null: float) -> FloatArray:
    """The z of every table at a difference: rows by treated successes, columns by control successes."""
    n1, n0 = sizes
    treated, control = np.arange(n1 + 1.0)[:, None], np.arange(n0 + 1.0)[None, :]
    p0 = likeliest_on_difference((treated, control), sizes, np.asarray(null))
    p1 = np.clip(p0 + null, 0.0, 1.0)
    distance = treated / n1 - control / n0 - null
    variance = np.maximum(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(distance) <= TIE, 0.0, distance / np.sqrt(variance))


def _barnard_p(successes: tuple[int, int], sizes: tuple[int, int], alternative: Alternative) -> float:
    n1, n0 = sizes
    treated, control = np.arange(n1 + 1)[:, None], np.arange(n0 + 1)[None, :]
    pooled = (treated + control) / (n1 + n0)
    distance = treated / n1 - control / n0
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n0)
    z = np.where(distance == 0, 0.0, distance / np.sqrt(np.where(variance > 0, variance, 1.0)))
    z = {"two-sided": np.abs(z), "greater": z, "less": -z}[alternative]
    extreme = z >= z[successes] - TIE * max(1.0, abs(float(z[successes])))
    return min(1.0, _largest(extreme, sizes))


def _largest(extreme: BoolArray, sizes: tuple[int, int]) -> float:
    """The largest probability of the marked tables over the common share, from a grid that closes in on its peaks."""
    shares = np.linspace(0.0, 1.0, 4 * sum(sizes) + 1)
    step = shares[1]
    for _ in range(ROUNDS):
        masses = [binomial_masses(n, shares) for n in sizes]
        found = np.sum((extreme.T.astype(float) @ masses[0]) * masses[1], axis=0)
        best = np.argsort(-found, kind="stable")[:PEAKS]
        around = shares[best][:, None] + step * np.linspace(-1.0, 1.0, 17)
        shares, step = np.unique(np.clip(around, 0.0, 1.0)), step / 8
    return float(np.max(found))

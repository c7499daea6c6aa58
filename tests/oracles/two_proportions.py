"""Two shares, slowly: the likeliest shares by bisection of the score, limits by bisection of z, tables one by one.

Miettinen & Nurminen (1985), equations 3 to 5 and 8; Newcombe (1998), method 10; Barnard (1945). Shares no code
with effekt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy import stats

Counts = tuple[int, int]


def bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function passes zero."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def likeliest(x: Counts, n: Counts, line: Callable[[float], float], slope: float, low: float, high: float) -> float:
    """p₀ at which the log-likelihood of p₁ = line(p₀) has slope zero; it falls throughout."""

    def part(count: int, share: float) -> float:
        return count / share if count else 0.0  # at the edge of the range, where there are none

    def falling(p0: float) -> float:
        p1 = line(p0)
        treated = part(x[0], p1) - part(n[0] - x[0], 1 - p1)
        return slope * treated + part(x[1], p0) - part(n[1] - x[1], 1 - p0)

    inside = 1e-15 * (high - low)
    return bisect(lambda p0: -falling(p0), low + inside, high - inside)


def score(x: Counts, n: Counts, *, difference: float | None = None, ratio: float | None = None) -> float:
    """Miettinen and Nurminen's z of a null strictly inside its range."""
    total = sum(n)
    if difference is not None:
        low, high = max(0.0, -difference), min(1.0, 1 - difference)
        p0 = likeliest(x, n, lambda p: p + difference, 1.0, low, high)
        p1, distance, factor = p0 + difference, x[0] / n[0] - x[1] / n[1] - difference, 1.0
    else:
        assert ratio is not None
        p0 = likeliest(x, n, lambda p: ratio * p, ratio, 0.0, min(1.0, 1 / ratio))
        p1, distance, factor = ratio * p0, x[0] / n[0] - ratio * x[1] / n[1], ratio
    variance = (p1 * (1 - p1) / n[0] + factor**2 * p0 * (1 - p0) / n[1]) * total / (total - 1)
    return distance / math.sqrt(variance)


def wilson(x: int, n: int, z: float) -> tuple[float, float]:
    """The shares p with |x/n − p| ≤ z√(p(1 − p)/n), as the roots of the quadratic."""
    a, b, c = 1 + z * z / n, -2 * x / n - z * z / n, (x / n) ** 2
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def newcombe(x: Counts, n: Counts, z: float) -> tuple[float, float]:
    """Method 10 of the difference."""
    p1, p0 = x[0] / n[0], x[1] / n[1]
    (l1, u1), (l0, u0) = wilson(x[0], n[0], z), wilson(x[1], n[1], z)
    below = math.sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2)
    return p1 - p0 - below, p1 - p0 + math.sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2)


def newcombe_ratio(x: Counts, n: Counts, z: float) -> tuple[float, float]:
    """The ratios ρ whose contrast p₁ − ρp₀, with limits by method 10, is not told from zero; by bisection."""
    p1, p0 = x[0] / n[0], x[1] / n[1]
    (l1, u1), (l0, u0) = wilson(x[0], n[0], z), wilson(x[1], n[1], z)

    def lower(ratio: float) -> float:
        return -(p1 - ratio * p0 - math.hypot(p1 - l1, ratio * (u0 - p0)))

    def upper(ratio: float) -> float:
        return -(p1 - ratio * p0 + math.hypot(u1 - p1, ratio * (p0 - l0)))

    return bisect(lower, 0.0, p1 / p0), bisect(upper, p1 / p0, 1e6)


def barnard(x: Counts, n: Counts, alternative: str, grid: int = 4_000) -> float:
    """The largest probability, on a grid of common shares, of the tables at least as extreme by pooled z."""

    def z(a: int, b: int) -> float:
        p = (a + b) / sum(n)
        distance = a / n[0] - b / n[1]
        value = 0.0 if a * n[1] == b * n[0] else distance / math.sqrt(p * (1 - p) * (1 / n[0] + 1 / n[1]))
        return {"two-sided": abs(value), "greater": value, "less": -value}[alternative]

    tables = [(a, b) for a in range(n[0] + 1) for b in range(n[1] + 1) if z(a, b) >= z(*x) - 1e-11]
    shares = [i / grid for i in range(grid + 1)]
    total = sum(stats.binom.pmf(a, n[0], shares) * stats.binom.pmf(b, n[1], shares) for a, b in tables)
    return float(max(total))


def barnard_at(x: Counts, n: Counts, null: float, alternative: str, grid: int = 1_000) -> float:
    """p of a difference strictly inside its range: the largest probability on a grid of p₀, tables one by one."""

    def z(a: int, b: int) -> float:
        value = _z((a, b), n, null)
        return {"two-sided": abs(value), "greater": value, "less": -value}[alternative]

    observed = z(*x)
    tables = [(a, b) for a in range(n[0] + 1) for b in range(n[1] + 1) if z(a, b) >= observed - 1e-9]
    low, high = max(0.0, -null), min(1.0, 1 - null)
    p0 = np.linspace(low, high, grid + 1)
    p1 = np.clip(p0 + null, 0.0, 1.0)
    treated, control = (
        [stats.binom.pmf(k, size, p) for k in range(size + 1)] for size, p in zip(n, (p1, p0), strict=True)
    )
    return float(np.max(sum(treated[a] * control[b] for a, b in tables)))


@cache
def _z(x: Counts, n: Counts, null: float) -> float:
    distance = x[0] / n[0] - x[1] / n[1] - null
    return 0.0 if abs(distance) < 1e-12 else score(x, n, difference=null)

"""Second route for two independent shares: the score tests of every difference and ratio, by bisection.

A null is a line p₁ = sp₀ + δ, s = 1 or δ = 0. With D = p̂₁ - sp̂₀ - δ::

    newcombe             the z at which D² = (p̂₁ - l₁)² + s²(u₀ - p̂₀)², l and u Wilson's limits at z, those that lie
                         towards the null: Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>
                         3.0.CO;2-I, method 10; for ratios Donner & Zou (2012), doi:10.1177/0962280210383082
    miettinen_nurminen   D / √((p₁(1 - p₁)/n₁ + s²p₀(1 - p₀)/n₀)·N/(N - 1)) where the likelihood on the line, which is
                         concave in p₀, is largest: Miettinen & Nurminen (1985), doi:10.1002/sim.4780040211, eq. 8-10

p is the normal tail beyond z. A null that no two shares have is rejected. Of no effect, by Barnard (1945),
doi:10.1038/156177a0, with the z of Suissa & Shuster (1985), doi:10.2307/2981892::

    barnard              z = (p̂₁ - p̂₀)/√(p̂(1 - p̂)(1/n₁ + 1/n₀)), p̂ pooled; p the largest probability, over the
                         share that both may have, of tables whose z is as extreme; ties within 1e-12
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from math import copysign, exp, fsum, hypot, inf, lgamma, log, log1p, sqrt

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.linear_algebra import student_tail
from effekt.independent.trials.trial_rows import check_arms, two_means

NAMES = ("newcombe", "miettinen_nurminen", "barnard")
HALVINGS = 100
FARTHEST = 38.0  # z whose tail is the smallest float
TIE = 1e-12
PEAK = 0.9  # of the largest on the grid, below which a peak is not looked at
THIRDS = 36


def two_shares(y: list[Fraction], d: list[int], name: str, others: Sequence[object]) -> dict[str, object]:
    """Return the shares of the treated and of the controls, and the named test of every null."""
    if any(others):
        raise ArgumentError("shares of two arms take no covariates, block, cluster, weights, pairs or probability.")
    if not {*y} <= {0, 1}:
        raise DataError("a test of two shares takes an outcome of 0 and 1; correct the outcome.")
    check_arms(d, ["" for _ in d])
    arms = [[int(own) for own, arm in zip(y, d, strict=True) if arm == side] for side in (1, 0)]
    (x1, n1), (x0, n0) = ((sum(own), len(own)) for own in arms)

    means = Fraction(x1, n1), Fraction(x0, n0)
    if name == "barnard":
        return two_means(means, y, d) | _barnard((x1, x0), (n1, n0))

    def test(contrast: str, null: float, side: str) -> float:
        if contrast == "ratio" and null == 1:
            contrast, null = "difference", 0.0
        low, high = (0.0, inf) if contrast == "ratio" else (-1.0, 1.0)
        if not low <= null <= high:
            return float((side == "greater" and null > high) or (side == "less" and null < low))
        slope, shift = (null, 0.0) if contrast == "ratio" else (1.0, null)
        z_of = _newcombe if name == "newcombe" else _score
        z = z_of((x1, x0), (n1, n0), slope, shift)
        if side == "two-sided":
            return 2 * student_tail(abs(z), inf)
        return student_tail(z if side == "greater" else -z, inf)

    return two_means(means, y, d) | {"unavailable": None, "test": test, "without_event": False}


def _newcombe(x: tuple[int, int], n: tuple[int, int], slope: float, shift: float) -> float:
    """Return the z at which the square-and-add half-width reaches the null."""
    first, second = x[0] / n[0], x[1] / n[1]
    distance = first - slope * second - shift
    if distance == 0:
        return 0.0
    side = copysign(1.0, distance)

    def width(z: float) -> float:
        return hypot(first - _wilson(x[0], n[0], side * z), slope * (_wilson(x[1], n[1], -side * z) - second))

    if width(FARTHEST) <= abs(distance):
        return side * inf
    low, high = 0.0, FARTHEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if width(middle) < abs(distance) else (low, middle)
    return side * (low + high) / 2


def _wilson(x: int, n: int, z: float) -> float:
    """Return the root p of (x/n - p)² = z²p(1 - p)/n that lies below x/n, or for z below 0 above it."""
    half = z * sqrt(x * (n - x) / n + z * z / 4)
    return min(1.0, max(0.0, (x + z * z / 2 - half) / (n + z * z)))


def _score(x: tuple[int, int], n: tuple[int, int], slope: float, shift: float) -> float:
    """Return the distance over its standard error at the likeliest shares on the line."""
    distance = x[0] / n[0] - slope * (x[1] / n[1]) - shift
    if abs(distance) <= TIE:
        return 0.0
    low = max(0.0, -shift)
    high = min(1.0, 1 - shift, 1 / slope if slope > 0 else inf)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rising = slope * _pull(x[0], n[0], slope * middle + shift) + _pull(x[1], n[1], middle) > 0
        low, high = (middle, high) if rising else (low, middle)
    p0 = (low + high) / 2
    p1 = min(1.0, max(0.0, slope * p0 + shift))
    variance = (p1 * (1 - p1) / n[0] + slope**2 * p0 * (1 - p0) / n[1]) * sum(n) / (sum(n) - 1)
    return distance / sqrt(variance) if variance > 0 else copysign(inf, distance)


def _pull(x: int, n: int, p: float) -> float:
    """Return the slope of x ln p + (n - x) ln(1 - p)."""
    up = 0.0 if x == 0 else x / p if p > 0 else inf
    down = 0.0 if x == n else (n - x) / (1 - p) if p < 1 else inf
    return up - down


def _barnard(x: tuple[int, int], n: tuple[int, int]) -> dict[str, object]:
    """Return the exact test of no effect, which has no bounds here."""

    def test(contrast: str, null: float, side: str) -> float:
        if null != (0 if contrast == "difference" else 1):
            raise NotRepeatedError(
                "the second route has Barnard's test of no effect alone; leave null out.",
                "den har Barnards test bara av ingen effekt.",
            )
        return _largest(_as_extreme(x, n, side), n)

    return {"unavailable": None, "test": test, "without_bounds": True, "without_event": False}


def _as_extreme(x: tuple[int, int], n: tuple[int, int], side: str) -> list[list[int]]:
    """Return for each number of control successes those of the treated with which a table is as extreme."""

    def z(first: int, second: int) -> float:
        both = first + second
        away = first * n[1] - second * n[0]
        found = away / sqrt(both * (sum(n) - both) * n[0] * n[1] / sum(n)) if away else 0.0
        return abs(found) if side == "two-sided" else -found if side == "less" else found

    bar = z(*x) - TIE * max(1.0, abs(z(*x)))
    check_steps(4 * (n[0] + 1) * (n[1] + 1) + 5 * sum(n) ** 2)
    return [[first for first in range(n[0] + 1) if z(first, second) >= bar] for second in range(n[1] + 1)]


def _largest(tables: list[list[int]], n: tuple[int, int]) -> float:
    """Return their largest probability over a common share: from a grid, then by thirds about each of its peaks."""
    logs = [[lgamma(size + 1) - lgamma(k + 1) - lgamma(size - k + 1) for k in range(size + 1)] for size in n]
    runs = [_runs(own) for own in tables]

    def probability(share: float) -> float:
        if not 0 < share < 1:
            at = 0 if share <= 0 else 1
            return float(at * n[0] in tables[at * n[1]])
        up, down = log(share), log1p(-share)
        first, second = (
            [exp(own + k * up + (size - k) * down) for k, own in enumerate(of)]
            for size, of in zip(n, logs, strict=True)
        )
        below, above = ([0.0, *accumulate(own)] for own in (first, first[::-1]))
        found = []
        for mass, own in zip(second, runs, strict=True):
            for start, end in own:
                tail = above[-1 - start] if end == len(first) else below[end] - below[start]
                found.append(mass * tail)
        return fsum(found)

    steps = 4 * sum(n)
    grid = [probability(i / steps) for i in range(steps + 1)]
    best = max(grid)
    for i, value in enumerate(grid):
        if value < PEAK * max(grid) or value < max(grid[max(0, i - 1) : i + 2]):
            continue
        low, high = max(0, i - 1) / steps, min(steps, i + 1) / steps
        for _ in range(THIRDS):
            one, two = low + (high - low) / 3, high - (high - low) / 3
            low, high = (one, high) if probability(one) < probability(two) else (low, two)
        best = max(best, probability((low + high) / 2))
    return min(1.0, best)


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Return rising numbers as runs from a first to one after the last."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
    return found

"""Second route to randomisation inference by the difference over its standard error, in fractions.

Of an assignment d* the statistic at the effect τ is (A - τB)/√(P - 2τQ + τ²R): A = Σ_b ω_b (ȳ₁b - ȳ₀b), B the same of
the treatment that was, P Neyman's Σ_b ω_b² (s²₁b/n₁b + s²₀b/n₀b), Q and R those of outcome with treatment and of
treatment. p is the share of assignments whose statistic is as extreme as the trial's, ties and infinite ones counted:
Chung & Romano (2013), doi:10.1214/13-AOS1090; Wu & Ding (2021), doi:10.1080/01621459.2020.1750415.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import compress
from typing import TypeVar

from effekt.independent.trials.redrawn import Lots, Rows, whole

Moments = tuple[Fraction, Fraction, Fraction, Fraction, Fraction]  # A, B, P, Q and R
NEAR = 1e-9  # by how much, of their terms, floats must differ to tell which is larger
Number = TypeVar("Number", float, Fraction)
LEVELS = {
    side: tuple(Fraction(mille, 1000) for mille in (900, 950, *(() if side == "two-sided" else (975,)), 990))
    for side in ("two-sided", "greater", "less")
}  # of the sets that there are
SINGLE = "an arm, of the trial or of a block, holds a single unit"


def moments_of(rows: Rows, lots: Lots, *, of_treated: bool) -> Callable[[bytes], Moments]:
    """Return A, B, P, Q and R of an assignment; a block counts for its units, or for those that were treated."""
    y, scale = whole(rows.y)
    pairs = list(zip(y, rows.d, strict=True))
    columns = [lots.summed(one) for one in (y, rows.d, [v * v for v in y], [v * arm for v, arm in pairs])]
    treated = [sum(lots.actual[u] for u in places) for places in lots.blocks]
    counted = treated if of_treated else [len(places) for places in lots.blocks]
    shares = [Fraction(own, sum(counted)) for own in counted]
    totals = [[sum(column[u] for u in places) for column in columns] for places in lots.blocks]
    known: dict[tuple[int, ...], Moments] = {}

    def moments(chosen: bytes) -> Moments:
        sums: list[int] = []
        for places in lots.blocks:
            own = list(compress(places, (chosen[u] for u in places)))
            sums += [sum(column[u] for u in own) for column in columns]
        key = tuple(sums)
        if key not in known:
            known[key] = from_sums(key)
        return known[key]

    def from_sums(sums: tuple[int, ...]) -> Moments:
        a, b, p, q, r = (Fraction(0) for _ in range(5))
        for k, (share, total) in enumerate(zip(shares, totals, strict=True)):
            own, size = sums[4 * k : 4 * k + 4], treated[k]
            others = [t - s for t, s in zip(total, own, strict=True)]
            rest = len(lots.blocks[k]) - size
            a += share * (Fraction(own[0], size) - Fraction(others[0], rest))
            b += share * (Fraction(own[1], size) - Fraction(others[1], rest))
            for (sy, sd, squares, products), n in ((own, size), (others, rest)):
                over = share**2 / (n * n * (n - 1))
                p += over * (n * squares - sy * sy)
                q += over * (n * products - sy * sd)
                r += over * (n * sd - sd * sd)
        return a / scale, b, p / scale**2, q / scale, r

    return moments


def holds_a_single_unit(lots: Lots) -> bool:
    """Return whether an arm, or the arm of a block, has no variance."""
    held = [(sum(lots.actual[u] for u in places), len(places)) for places in lots.blocks]
    return min(min(ones, n - ones) for ones, n in held) < 2


def ranked_by_error(
    found: Iterable[Moments], actual: Moments, *, listed: bool
) -> Callable[[str, float | Fraction, str], Fraction]:
    """Return the test of an effect, from all assignments or drawn ones."""
    times = Counter(found)
    rows = [(tuple(map(float, own)), own, often) for own, often in times.items()]
    total, (estimate, _, variance, _, _) = sum(times.values()), actual

    def excess(own: Moments, effect: Fraction, side: str) -> Fraction:
        a, b, p, q, r = own
        here, there = a - effect * b, estimate - effect
        left, right = here * here * variance, there * there * (p - 2 * effect * q + effect**2 * r)
        return _signed(left, here, side) - _signed(right, there, side)

    def test(contrast: str, null: float | Fraction, side: str) -> Fraction:
        effect = null if isinstance(null, Fraction) else Fraction(repr(float(null)))
        if contrast == "ratio":  # of which only that of no effect is asked for
            effect = Fraction(0)
        tau, there, spread = float(effect), float(estimate - effect), float(variance)
        extreme = 0
        for (a, b, p, q, r), exactly, often in rows:
            here = a - tau * b
            gap = _signed(here * here * spread, here, side)
            gap -= _signed(there * there * (p - 2 * tau * q + tau * tau * r), there, side)
            size = (abs(a) + abs(tau * b)) ** 2 * spread
            size += (abs(float(estimate)) + abs(tau)) ** 2 * (p + 2 * abs(tau * q) + tau * tau * r)
            if gap > NEAR * size or (gap >= -NEAR * size and excess(exactly, effect, side) >= 0):
                extreme += often
        return Fraction(extreme, total) if listed else Fraction(1 + extreme, 1 + total)

    return test


def _signed(square: Number, value: Number, side: str) -> Number:
    """Return a square that is larger where its root is more extreme."""
    return square if side == "two-sided" or (value > 0) == (side == "greater") else -square

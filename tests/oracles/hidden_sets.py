"""Rosenbaum's bounds of matched sets, and the largest weighted mean of Tan's model, by trying every confounder."""

import itertools
from fractions import Fraction
from math import erfc, lcm, sqrt


def aligned_ranks(sets):
    """Each outcome's mean rank among all, less the mean of its set before; `sets` lists (outcome, treated)."""
    means = [sum(Fraction(y) for y, _ in members) / len(members) for members in sets]
    aligned = [[float(Fraction(y) - mean) for y, _ in members] for members, mean in zip(sets, means, strict=True)]
    everyone = sorted(value for members in aligned for value in members)

    def rank(value):
        below = sum(other < value - 1e-9 for other in everyone)
        level = sum(abs(other - value) <= 1e-9 for other in everyone)
        return below + Fraction(level + 1, 2)

    return [[rank(value) for value in members] for members in aligned]


def of_set(ranks, treated, gamma):
    """(mean, variance) of the treated's rank sum for the u in {0, 1}ᵏ with the largest mean, then variance."""
    count, gamma, best = sum(treated), Fraction(gamma), None
    subsets = list(itertools.combinations(range(len(ranks)), count))
    unit = lcm(*(Fraction(rank).denominator for rank in ranks))
    sums = [int(sum(ranks[i] for i in chosen) * unit) for chosen in subsets]
    odds = [gamma.numerator**k * gamma.denominator ** (count - k) for k in range(count + 1)]  # Γᵏ, whole
    for hidden in itertools.product((0, 1), repeat=len(ranks)):
        chances = [odds[sum(hidden[i] for i in chosen)] for chosen in subsets]
        total = sum(chances)
        mean = Fraction(sum(p * t for p, t in zip(chances, sums, strict=True)), total * unit)
        square = Fraction(sum(p * t * t for p, t in zip(chances, sums, strict=True)), total * unit**2)
        if best is None or (mean, square - mean**2) > best:
            best = mean, square - mean**2
    return best


def upper_p(sets, gamma):
    """The largest normal P(T ≥ t) at Γ: Gastwirth, Krieger & Rosenbaum (2000)."""
    ranks = aligned_ranks(sets)
    arms = [[treated for _, treated in members] for members in sets]
    flat = [pair for own, arm in zip(ranks, arms, strict=True) for pair in zip(own, arm, strict=True)]
    observed = sum(rank for rank, treated in flat if treated)
    found = [by_scan(own, arm, Fraction(gamma)) for own, arm in zip(ranks, arms, strict=True)]
    mean, variance = (float(sum(one[i] for one in found)) for i in (0, 1))
    return erfc((float(observed) - mean) / sqrt(2 * variance)) / 2


def by_scan(ranks, treated, gamma):
    """`of_set`, listing every u up to seven in a set, beyond that those that are 1 for the largest ranks alone."""
    if len(ranks) <= 7:
        return of_set(ranks, treated, gamma)
    one, best = sum(treated) == 1, None
    ordered = sorted(ranks)
    for high in range(len(ranks) + 1):
        # one treated is drawn by Γ^u; one control by Γ^(1 − u), which leaves Γ^Σu for the treated
        odds = [gamma if (i >= len(ranks) - high) == one else Fraction(1) for i in range(len(ranks))]
        mean = sum(w * q for w, q in zip(odds, ordered, strict=True)) / sum(odds)
        variance = sum(w * (q - mean) ** 2 for w, q in zip(odds, ordered, strict=True)) / sum(odds)
        mean = mean if one else sum(ordered) - mean
        if best is None or (mean, variance) > best:
            best = mean, variance
    return best


def exact_p(sets):
    """P(T ≥ t) when everyone in a set is as likely to be treated, by listing all."""
    ranks = aligned_ranks(sets)
    counts = [sum(treated for _, treated in members) for members in sets]
    observed = sum(
        rank
        for own, members in zip(ranks, sets, strict=True)
        for rank, (_, treated) in zip(own, members, strict=True)
        if treated
    )
    masses = {Fraction(0): Fraction(1)}
    for own, count in zip(ranks, counts, strict=True):
        sums = [sum(chosen) for chosen in itertools.combinations(own, count)]
        further = {}
        for total, mass in masses.items():
            for one in sums:
                further[total + one] = further.get(total + one, 0) + mass / len(sums)
        masses = further
    return float(sum(mass for total, mass in masses.items() if total >= observed))


def largest_mean(outcomes, fixed, odds, limit, *, up=True):
    """The largest Σ(a + zb)y/Σ(a + zb), 1/Λ ≤ z ≤ Λ, by every z that is at an end; the smallest with ``up=False``."""
    found = []
    for ends in itertools.product((1 / limit, limit), repeat=len(outcomes)):
        weights = [a + z * b for a, z, b in zip(fixed, ends, odds, strict=True)]
        found.append(sum(w * y for w, y in zip(weights, outcomes, strict=True)) / sum(weights))
    return max(found) if up else min(found)

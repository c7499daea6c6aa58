"""Slow, obvious versions of the checks, one line per definition; each names the page or section it follows."""

from __future__ import annotations

import itertools
import math
import statistics
from fractions import Fraction
from statistics import NormalDist

import numpy as np
from scipy import integrate, special, stats

NORMAL = NormalDist()


def fisher(missing_treated, n_treated, missing_control, n_control):
    """Two-sided Fisher test by listing every table with exact fractions."""
    total, marked = n_treated + n_control, missing_treated + missing_control

    def chance(k):
        return Fraction(math.comb(marked, k) * math.comb(total - marked, n_treated - k), math.comb(total, n_treated))

    possible = range(max(0, n_treated + marked - total), min(n_treated, marked) + 1)
    return float(sum(chance(k) for k in possible if chance(k) <= chance(missing_treated)))


def lee(outcome, treatment):
    """((lower, SE), (upper, SE)): every seen outcome is copied so often that the kept mass is whole (Lee 2009)."""
    arms = [[y for y, d in zip(outcome, treatment, strict=True) if d == arm] for arm in (1, 0)]
    seen = [sorted(y for y in arm if not math.isnan(y)) for arm in arms]
    n, s = [len(arm) for arm in arms], [len(arm) for arm in seen]
    shares = [s[0] / n[0], s[1] / n[1]]
    if s[0] * n[1] == s[1] * n[0]:
        error = math.sqrt(sum(statistics.variance(arm) / len(arm) for arm in seen))
        return ((np.mean(seen[0]) - np.mean(seen[1]), error),) * 2
    more, less = (0, 1) if s[0] * n[1] > s[1] * n[0] else (1, 0)
    copies = [y for y in seen[more] for _ in range(n[less])]
    kept = n[more] * s[less]
    ends = {"bottom": copies[:kept], "top": copies[::-1][:kept]}
    found = []
    for side in ("bottom", "top") if more == 0 else ("top", "bottom"):
        part = ends[side]
        mean, edge, mass = np.mean(part), part[-1], kept / n[less]
        error = None
        if mass > 1:
            spread = sum((y - mean) ** 2 for y in part) / n[less] / (mass - 1)
            p = 1 - shares[less] / shares[more]
            # Proposition 3: V^p/(1 − p)² = (1 − a₁)/(E[D]a₁) + (1 − a₀)/((1 − E[D])a₀), each over n.
            of_p = sum((1 - a) / (size * a) for a, size in zip(shares, n, strict=True))
            variance = spread / mass + (edge - mean) ** 2 * p / mass + (edge - mean) ** 2 * of_p
            error = math.sqrt(variance + statistics.variance(seen[less]) / s[less])
        effect = mean - np.mean(seen[less])
        found.append((effect if more == 0 else -effect, error))
    return tuple(found)


def imbens_manski(lower, upper, level):
    """The interval of Imbens & Manski (2004), by bisection on c."""
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        reach = NORMAL.cdf(middle + (upper[0] - lower[0]) / max(lower[1], upper[1])) - NORMAL.cdf(-middle)
        low, high = (middle, high) if reach < level else (low, middle)
    return lower[0] - low * lower[1], upper[0] + low * upper[1]


def manski(outcome, treatment, low, high):
    """((lower, SE), (upper, SE)) with every missing outcome written in."""
    found = []
    for of_treated, of_control in ((low, high), (high, low)):
        arms = {1: [], 0: []}
        for y, d in zip(outcome, treatment, strict=True):
            arms[d].append(y if not math.isnan(y) else of_treated if d else of_control)
        error = math.sqrt(sum(statistics.variance(arm) / len(arm) for arm in arms.values()))
        found.append((np.mean(arms[1]) - np.mean(arms[0]), error))
    return tuple(found)


def signed_ranks(differences):
    """(rank, sign) of each; zeros are ranked too and have sign 0 (Pratt 1959)."""
    ranks = [
        sum(abs(other) < abs(one) for other in differences) + (sum(abs(o) == abs(one) for o in differences) + 1) / 2
        for one in differences
    ]
    return [(rank, (one > 0) - (one < 0)) for rank, one in zip(ranks, differences, strict=True)]


def rosenbaum_p(differences, gamma):
    """The largest and the smallest P(T ≥ t) at Γ, by listing all signs (Rosenbaum 2002, section 4.3)."""
    ranks = signed_ranks(differences)
    observed = sum(rank for rank, sign in ranks if sign > 0)
    moving = [rank for rank, sign in ranks if sign]
    found = []
    for share in (gamma / (1 + gamma), 1 / (1 + gamma)):
        total = 0.0
        for signs in itertools.product((0, 1), repeat=len(moving)):
            if sum(itertools.compress(moving, signs)) >= observed - 1e-9:
                total += math.prod(share if sign else 1 - share for sign in signs)
        found.append(total)
    return found


def hodges_lehmann(differences, gamma):
    """(low, high): where the statistic of difference − τ passes its expectations, by trying every τ that matters."""
    averages = sorted({(a + b) / 2 for a in differences for b in differences})
    between = [(a + b) / 2 for a, b in itertools.pairwise(averages)]
    tried = sorted([averages[0] - 1, *averages, *between, averages[-1] + 1])
    count = len(differences) * (len(differences) + 1) / 2

    def statistic(tau):
        pairs = itertools.combinations_with_replacement(differences, 2)
        return sum(((a + b) / 2 > tau) + ((a + b) / 2 == tau) / 2 for a, b in pairs)

    found = []
    for share in (gamma / (1 + gamma), 1 / (1 + gamma)):
        at = {tau: statistic(tau) - share * count for tau in tried}
        above = max(tau for tau in tried if at[tau] > 1e-9)
        below = min(tau for tau in tried if at[tau] < -1e-9)
        # The supremum and infimum are averages: a midpoint belongs to the step that ends at its neighbour.
        sup = min(a for a in averages if a >= above)
        inf = max(a for a in averages if a <= below)
        found.append((sup + inf) / 2)
    return found


def least_harm(estimate, error, df, threshold, alpha, r, steps=400):
    """The smallest |estimate − threshold| less t*·SE that confounders with both partial R² up to r leave."""
    line = stats.t.ppf(1 - alpha / 2, df - 1) if alpha < 1 else 0.0
    worst = math.inf
    for d in np.linspace(0, r, steps):
        y = np.linspace(0, r, steps)
        bias = error * np.sqrt(df * y * d / (1 - d))
        spread = error * np.sqrt((1 - y) / (1 - d) * df / (df - 1))
        worst = min(worst, float(np.min(abs(estimate - threshold) - bias - line * spread)))
    return worst


def oster_sample(effect, of_observed, of_unobserved, loading, noise, tilt=0.0, n=40):
    """(y, x, w, r2_max, δ): orthogonal columns, so that the moments of Oster's model hold exactly in the sample.

    `tilt` lets treatment load on the three covariates in other proportions than the outcome does.
    """
    rng = np.random.default_rng(7)
    raw = rng.standard_normal((n, 6))
    columns = np.linalg.qr(raw - raw.mean(axis=0))[0] * math.sqrt(n)
    w, (v, own, left) = columns[:, :3], columns[:, 3:].T
    observed, unobserved = of_observed * w @ [1.0, 0.5, -0.7], of_unobserved * v
    x = loading[0] * observed + loading[1] * unobserved + own + tilt * w[:, 1]
    y = effect * x + observed + unobserved + noise * left
    residual = np.var(noise * left)

    def proportion(part):
        return np.mean(x * part) / np.var(part)

    return y, x, w, 1 - residual / np.var(y), proportion(unobserved) / proportion(observed)


def holm(p_values):
    """Holm (1979): from the smallest, each p times how many are left, never below the one before."""
    left, found, last = list(range(len(p_values))), {}, 0.0
    while left:
        smallest = min(left, key=lambda i: p_values[i])
        last = max(last, min(1.0, len(left) * p_values[smallest]))
        found[smallest] = last
        left.remove(smallest)
    return [found[i] for i in range(len(p_values))]


def romano_wolf(statistics, draws):
    """Romano & Wolf (2016): step down from the largest, the maximum over those left."""
    left, found, last = list(range(len(statistics))), {}, 0.0
    while left:
        largest = max(left, key=lambda i: abs(statistics[i]))
        beyond = sum(max(abs(row[i]) for i in left) >= abs(statistics[largest]) for row in draws)
        last = max(last, (beyond + 1) / (len(draws) + 1))
        found[largest] = last
        left.remove(largest)
    return [found[i] for i in range(len(statistics))]


def _chi_density(x, df):
    """2^(1 − df/2) x^(df − 1) e^(−x²/2) / Γ(df/2), of the root of a χ²."""
    return math.exp((1 - df / 2) * math.log(2) + special.xlogy(df - 1, x) - x**2 / 2 - math.lgamma(df / 2))


def noncentral_t_power(shift, df, alpha, two_sided):
    """P(|T| > t*) or P(T > t*) of (Z + shift)/√(V/df), by integrating over the root of V."""
    line = stats.t.ppf(1 - alpha / (2 if two_sided else 1), df)

    def integrand(root):
        z = line * root / math.sqrt(df)
        beyond = special.ndtr(shift - z) + (special.ndtr(-z - shift) if two_sided else 0.0)
        return beyond * _chi_density(root, df)

    return integrate.quad(integrand, 0, math.sqrt(df) + 15, epsabs=1e-13, epsrel=1e-12, limit=300)[0]


def placebo_power(shift, placebos, alpha, two_sided):
    """P(rank p ≤ α) for independent normals, by adaptive integration of a sum of binomial terms."""
    allowed = math.floor(Fraction(str(alpha)) * (placebos + 1)) - 1

    def integrand(x):
        q = 2 * special.ndtr(-abs(x)) if two_sided else special.ndtr(-x)
        few = sum(math.comb(placebos, k) * q**k * (1 - q) ** (placebos - k) for k in range(allowed + 1))
        return few * math.exp(-((x - shift) ** 2) / 2) / math.sqrt(2 * math.pi)

    points = [0.0] if -9 < -shift < 9 else []
    return integrate.quad(integrand, shift - 9, shift + 9, points=points, epsabs=1e-12, epsrel=1e-11, limit=400)[0]


def overlap(x, treated, weights):
    """Σ min(share₁, share₀) over distinct values, or ten bins between the deciles."""
    distinct = sorted(set(x))
    if len(distinct) > 10:
        edges = [float(np.quantile(x, k / 10)) for k in range(1, 10)]
        x = [sum(edge < value for edge in edges) for value in x]
        distinct = sorted(set(x))
    total = {arm: sum(w for w, t in zip(weights, treated, strict=True) if t == arm) for arm in (True, False)}
    found = 0.0
    for value in distinct:
        shares = [
            sum(w for v, t, w in zip(x, treated, weights, strict=True) if t == arm and v == value) / total[arm]
            for arm in (True, False)
        ]
        found += min(shares)
    return found


def exact_within_blocks(blocks):
    """Two-sided exact test of [(missing treated, treated, missing control, control)] by listing every total."""

    def chances(m1, n1, m0, n0):
        total, marked = n1 + n0, m1 + m0
        return {
            k: Fraction(math.comb(marked, k) * math.comb(total - marked, n1 - k), math.comb(total, n1))
            for k in range(max(0, n1 + marked - total), min(n1, marked) + 1)
        }

    found = {0: Fraction(1)}
    for block in blocks:
        moved = {}
        for sum_so_far, p in found.items():
            for k, q in chances(*block).items():
                moved[sum_so_far + k] = moved.get(sum_so_far + k, Fraction(0)) + p * q
        found = moved
    own = found[sum(block[0] for block in blocks)]
    return float(sum(p for p in found.values() if p <= own))


def weighted_lee(outcome, treatment, weights):
    """(lower, upper) with whole weights: units are copied by weight, and again so that the kept mass is whole."""
    arms = []
    for arm in (1, 0):
        units = [(y, w) for y, d, w in zip(outcome, treatment, weights, strict=True) if d == arm]
        seen = sorted((y, w) for y, w in units if not math.isnan(y))
        arms.append(([y for y, w in seen for _ in range(w)], sum(w for _, w in units)))
    (y1, n1), (y0, n0) = arms
    kept1, kept0 = min(len(y1) * n0, len(y0) * n1), min(len(y0) * n1, len(y1) * n0)  # of n0 copies and of n1
    y1, y0 = [y for y in y1 for _ in range(n0)], [y for y in y0 for _ in range(n1)]
    lower = np.mean(y1[:kept1]) - np.mean(y0[::-1][:kept0])
    upper = np.mean(y1[::-1][:kept1]) - np.mean(y0[:kept0])
    return lower, upper


def bell_mccaffrey_df(blocks):
    """(tr P)²/tr P² of the CR2 of Σ w_b (mean of treated − mean of controls), from whole n × n matrices.

    Bell & McCaffrey (2002), of the regression on an indicator of each arm of each block; `blocks` holds the sizes of
    the treated and the control clusters of each.
    """
    cells = [(b, sign, sizes) for b, pair in enumerate(blocks) for sign, sizes in zip((1, -1), pair, strict=True)]
    within = [sum(sum(sizes) for sizes in pair) for pair in blocks]
    cell = np.repeat(np.arange(len(cells)), [sum(sizes) for _, _, sizes in cells])
    groups = [m for _, _, sizes in cells for m in sizes]
    cluster = np.repeat(np.arange(len(groups)), groups)
    design = np.equal.outer(cell, np.arange(len(cells))).astype(float)
    contrast = np.array([sign * within[b] / sum(within) for b, sign, _ in cells])
    bread = np.linalg.inv(design.T @ design)
    annihilator = np.eye(len(cell)) - design @ bread @ design.T
    rows = []
    for g in range(len(groups)):
        own = cluster == g
        values, vectors = np.linalg.eigh(annihilator[np.ix_(own, own)])
        root = vectors @ np.diag([v**-0.5 if v > 1e-10 else 0.0 for v in values]) @ vectors.T
        rows.append(annihilator[:, own] @ root @ design[own] @ bread @ contrast)
    gram = np.array(rows) @ np.array(rows).T
    return np.trace(gram) ** 2 / np.trace(gram @ gram)

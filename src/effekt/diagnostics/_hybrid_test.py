"""The conditional least-favourable hybrid test of an effect whose trends may have parted by relative magnitudes.

Andrews, Roth & Pakes (2023, doi:10.1093/restud/rdad004) test moment inequalities with nuisance parameters; Rambachan &
Roth (2023, doi:10.1093/restud/rdad018, section 3) use it. For one change before adoption, c = ±(δ_s − δ_{s−1}), that
may be the largest, |δ_d − δ_{d−1}| ≤ M̄·c for d = 1, …, P are 2P inequalities in the P changes u_d after it, and
θ = l'(β − δ) leaves P − 1 of these free. With L_d = Σ_{e ≥ d} l_e and L = Σ|L_d| they can all hold where
|l'β − θ| ≤ M̄·L·c.

The statistic is η = min over u of the largest (moment / its standard error), or by duality the largest γ'Y over the
vertices γ ≥ 0, γ'X = 0, γ'σ = 1. Here these are known: γ takes each inequality |L_d| times on the side on which it
binds, which is (l'β − θ − M̄Lc)/Σ|L_d|σ_d⁺ or (θ − l'β − M̄Lc)/Σ|L_d|σ_d⁻, with σ_d^± the standard error of
±(β_d − β_{d−1}) − M̄c; or both sides of one d, −2M̄c/(σ_d⁺ + σ_d⁻), unless u_d alone is the target. So η is the largest
of linear forms of two estimates, l'β and c:

- Given which form is the largest and what is independent of it, η is a truncated normal, and the conditional test
  rejects above its quantile, at least 0.
- The least favourable critical value is the 1 − κ quantile of the largest form when all have mean 0, κ = α/10. Its tail
  is an integral over the angle of a pair of normals, ∫ exp(−q²/2g²)dφ/2π with g(φ) the largest form in that direction:
  by Gauss and Legendre between the corners of g, without any draws.
- The hybrid rejects above that value, or else conditionally on lying below it at (α − κ)/(1 − κ).

With ν finite degrees of freedom t takes the normal's place, (1 + q²/νg²)^(−ν/2) that of exp(−q²/2g²): at M̄ = 0 this is
the interval of t, and far from there a test of t on one side, both exact where νV̂ is Wishart. Between it is not exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._types import BoolArray, FloatArray

SHARE = 0.1  # κ/α
POINTS = 33  # at which the test is made first, between the ends that the least favourable value leaves
PARTS = 16  # of a bracket, each time it is narrowed
ROUNDS = 9
NODES, MASSES = np.polynomial.legendre.leggauss(24)
PARALLEL = 1e-10  # forms whose slope on the largest is as near to 1 keep their order
SMALL = 1e-12  # of a standard error that the sum of its parts could have


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forms:
    """The linear forms of every size × change that may be the largest (B), whose largest is the statistic (m each).

    Attributes
    ----------
    level, slope : (B, m) arrays
        A form is level − slope·θ.
    covariance : (B, m, m) array
    critical : (B,) array
        The least favourable critical value.
    df, alpha : float
    """

    level: FloatArray
    slope: FloatArray
    covariance: FloatArray
    critical: FloatArray
    df: float
    alpha: float

    def accepted(self, points: FloatArray) -> BoolArray:
        """Whether the test leaves each of (B, N) values of θ."""
        forms = self.level[:, None, :] - points[:, :, None] * self.slope[:, None, :]
        largest = np.argmax(forms, axis=2)[:, :, None]
        top = np.take_along_axis(forms, largest, axis=2)
        row = np.arange(len(forms))[:, None]
        spread = self.covariance[row, largest[:, :, 0]]
        variance = np.take_along_axis(spread, largest, axis=2)
        error = np.sqrt(variance)
        share = spread / variance
        with np.errstate(divide="ignore", invalid="ignore"):
            edge = (forms - share * top) / (1 - share)
        above = np.max(np.where(share < 1 - PARALLEL, edge, -np.inf), axis=2, keepdims=True)
        below = np.min(np.where(share > 1 + PARALLEL, edge, np.inf), axis=2, keepdims=True)
        below = np.minimum(below, self.critical[:, None, None])
        tail, most, least = (t_upper_tail(value / error, self.df) for value in (top, above, below))
        kappa = SHARE * self.alpha
        rejected = (tail - least) < (self.alpha - kappa) / (1 - kappa) * (most - least)
        return np.asarray((top <= 0) | ~((top > self.critical[:, None, None]) | rejected))[:, :, 0]

    def tried(self, *more: float) -> tuple[FloatArray, BoolArray]:
        """Rising values of θ (B, N), up to the ends of the least favourable value, and whether they are left."""
        first, second = self.level[:, 0], self.level[:, 1]
        low = (first - self.critical) / self.slope[:, 0]
        high = (second - self.critical) / self.slope[:, 1]
        grid = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, POINTS)
        corners = [
            (self.level[:, one, None] - self.level[:, one + 1 :])
            / (self.slope[:, one, None] - self.slope[:, one + 1 :])
            for one in (0, 1)
        ]
        points = np.sort(np.hstack([grid, *corners, *(np.full_like(grid[:, :1], one) for one in more)]), axis=1)
        return points, self.accepted(points)


def hybrid_forms(
    estimates: FloatArray,
    covariance: FloatArray,
    before: int,
    target: FloatArray,
    sizes: FloatArray,
    df: float,
    alpha: float,
) -> Forms:
    """The forms of every size above 0, times every change before adoption and its sign.

    Parameters
    ----------
    estimates : (n,) array
        In order of time, without the reference period.
    covariance : (n, n) array
    before : int
        K, those before the reference period.
    target : (n - K,) array
        What the target takes of each after it.
    sizes : (S,) array
        M̄; B = 2KS.
    df, alpha : float
    """
    steps = np.diff(np.insert(np.eye(len(estimates)), before, 0.0, axis=0), axis=0)
    changes, steps = np.concatenate([steps[:before], -steps[:before]]), steps[before:]
    whole = np.concatenate([np.zeros(before), target])
    pull = np.cumsum(target[::-1])[::-1]
    reach = np.abs(pull)
    spread = changes @ covariance
    within = np.maximum(0.0, np.einsum("in,in->i", spread, changes))
    across, between = spread @ whole, spread @ steps.T
    own = np.maximum(0.0, np.einsum("jn,jn->j", steps @ covariance, steps))
    size = np.repeat(sizes, len(changes))[:, None]
    within, across, change = (np.tile(one, len(sizes)) for one in (within, across, changes @ estimates))
    between = np.tile(between, (len(sizes), 1))
    could = np.sqrt(own) + size * np.sqrt(within)[:, None]
    squares = own + size**2 * within[:, None]
    up, down = (
        np.maximum(np.sqrt(np.maximum(0.0, squares - sign * 2 * size * between)), SMALL * could) for sign in (1.0, -1.0)
    )
    up, down = np.where(pull < 0, down, up), np.where(pull < 0, up, down)  # by the side of θ on which they bind
    pairs = (up + down)[:, np.abs(reach.sum() - reach) > SMALL * reach.sum()]
    ends = np.stack([up @ reach, down @ reach], axis=1)
    slope = np.hstack([1 / ends[:, :1], -1 / ends[:, 1:], np.zeros_like(pairs)])
    weight = np.hstack([-size * reach.sum() / ends, -2 * size / pairs])
    variance = float(whole @ covariance @ whole)
    first = math.sqrt(variance)
    leg = across / first if first else np.zeros_like(across)
    rest = np.sqrt(np.maximum(0.0, within - leg**2))
    root = np.stack([first * slope + leg[:, None] * weight, rest[:, None] * weight], axis=2)
    joint = np.einsum("bik,bjk->bij", root, root)
    place = np.arange(root.shape[1])
    joint[:, place, place] = np.maximum(joint[:, place, place], np.finfo(float).tiny)
    return Forms(
        level=slope * float(whole @ estimates) + weight * change[:, None],
        slope=slope,
        covariance=joint,
        critical=least_favourable(root, SHARE * alpha, df),
        df=df,
        alpha=alpha,
    )


def least_favourable(root: FloatArray, kappa: float, df: float) -> FloatArray:
    """The 1 − κ quantile of the largest of m forms of two independent normals, or of a pair of t, for each of B.

    Parameters
    ----------
    root : (B, m, 2) array
    kappa, df : float
    """
    count = root.shape[1]
    gaps = np.concatenate([root, *(root[:, i + 1 :] - root[:, i : i + 1] for i in range(min(2, count - 1)))], axis=1)
    angles = np.arctan2(-gaps[:, :, 0], gaps[:, :, 1])  # where a form, or the gap between two, is zero
    turns = np.sort(np.concatenate([angles, angles + math.pi], axis=1) % (2 * math.pi), axis=1)
    turns = np.concatenate([turns, turns[:, :1] + 2 * math.pi], axis=1)
    half = np.diff(turns, axis=1)[:, :, None] / 2
    angle = turns[:, :-1, None] + half * (1 + NODES)
    mass = (half * MASSES / (2 * math.pi)).reshape(len(root), -1)
    ways = np.stack([np.cos(angle), np.sin(angle)]).reshape(2, len(root), -1)
    largest = np.maximum(np.max(np.einsum("bik,kbn->bin", root, ways), axis=1), 0.0)
    with np.errstate(divide="ignore"):
        steep = 1 / largest**2
    top = np.sqrt(np.max(np.sum(root**2, axis=2), axis=1))
    low, high = (top * t_quantile(1 - share, df) for share in (kappa, kappa / count))
    value = high
    for _ in range(60):
        square = value[:, None] ** 2 * steep
        if math.isinf(df):
            tail = np.exp(-square / 2)
            thin = tail * np.where(np.isinf(square), 0.0, square)
        else:
            tail = (1 + square / df) ** (-df / 2)
            thin = tail * df * (1 - 1 / (1 + square / df))
        found, fall = np.sum(mass * tail, axis=1), np.sum(mass * thin, axis=1) / value
        low, high = np.where(found > kappa, value, low), np.where(found > kappa, high, value)
        moved = value + found * np.log(found / kappa) / fall
        moved = np.where((low <= moved) & (moved <= high), moved, (low + high) / 2)
        if np.all(np.abs(moved - value) <= 1e-13 * value):
            break
        value = moved
    return np.asarray(value)


def hull(forms: Forms) -> tuple[float, float]:
    """The lowest and the highest θ that the test leaves for some change that may be the largest.

    Parameters
    ----------
    forms : Forms
        Of one size. Of a change and its opposite one is not below 0, and leaves θ = l'β at least.
    """
    points, left = forms.tried()
    row, some = np.arange(len(points)), left.any(axis=1)
    ends = []
    for sign in (-1, 1):
        inner = np.argmax(left, axis=1) if sign < 0 else left.shape[1] - 1 - np.argmax(left[:, ::-1], axis=1)
        near, far = points[row, inner], points[row, np.clip(inner + sign, 0, left.shape[1] - 1)]
        for _ in range(ROUNDS):
            parts = near[:, None] + (far - near)[:, None] * np.linspace(0, 1, PARTS + 1)
            stays = forms.accepted(parts)
            stays[:, 0] = True
            last = PARTS - np.argmax(stays[:, ::-1], axis=1)
            near, far = parts[row, last], parts[row, np.minimum(last + 1, PARTS)]
        ends.append(float(sign * np.max(sign * near[some])))
    return ends[0], ends[1]


def reaches(forms: Forms, line: float, count: int) -> tuple[BoolArray, BoolArray]:
    """Whether for each of `count` sizes the test leaves a θ that is not above the line, and one that is not below.

    Parameters
    ----------
    forms : Forms
    line : float
    count : int
    """
    points, left = forms.tried(line)
    return tuple(np.any((left & side).reshape(count, -1), axis=1) for side in (points <= line, points >= line))

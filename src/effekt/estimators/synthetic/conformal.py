"""A test of a constant effect by moving the residuals round in time, and the set of effects that it keeps.

Under the null τ the treated outcome without the intervention is Y_1t − τ·1{t > T₀}. The weights are fitted to it over
all T periods, those after included, and its residuals u_t(τ) are then of one kind before and after. They are moved
cyclically by k = 0, …, T − 1 places, and with W_k the sum that then stands in the T₁ periods after,

    p(τ) = #{k : |W_k(τ)| ≥ |W_0(τ)|} / T,

one-sided without the bars: Chernozhukov, Wüthrich & Zhu (2021, doi:10.1080/01621459.2021.1920957), algorithm 1 with
moving block permutations. Their statistic takes the absolute values before it sums; the sum is of the mean effect.

The set is {τ : p(τ) > α}, found without a grid. u is the way from a line of targets to the nearest point of a
polytope, so it is continuous and piecewise affine in τ. On a support S the weights move by v, the minimiser of
|A_S v + (1 + λ)e|² over Σv = 0 (e marks the periods after, λ is the penalty); the piece ends where a weight or a
multiplier would turn negative. Where residuals as predicted are those found there, the conditions of an optimum hold at
both ends and, being affine, between. Beyond 2T₁R, R the largest gap to a donor, no other k can reach k = 0, as
|W_0| ≥ T₁(|τ| − R) and |W_k| ≤ (T₁ − 1)|τ| + T₁R.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from effekt._inference import ConfidenceSet, DeclaredP, DeclaredSet, TestInversion
from effekt._inference.overlaps import settled
from effekt._text import Text
from effekt._types import ALTERNATIVES, Alternative, BoolArray, FloatArray
from effekt.estimators.synthetic.comparison import solved
from effekt.estimators.synthetic.panel import Paths
from effekt.estimators.synthetic.simplex import programme
from effekt.exceptions import DataError
from effekt.result import Note

LEVELS = ("0.5", "0.6", "0.7", "0.8", "0.9", "0.95", "0.99")  # of the sets that are declared, where they exist
TIE = 1e-11  # relative to the largest outcome; sums that differ by less are equally extreme
STEP = 1e-8  # relative to the range of nulls: how far beyond the end of a piece the next one is entered
STILL = 1e-11  # relative: changes of weights and multipliers that are rounding
MOST = 20_000  # pieces; some hundreds are usual
SAME = 1e-9  # relative to the largest outcome: residuals as predicted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Residuals between two nulls: `residuals` + (τ − low) · `slope`."""

    low: float
    high: float
    residuals: FloatArray
    slope: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nulls:
    """The treated path under every null, against the donors.

    Attributes
    ----------
    donors : (T, J) array
    treated : (T,) array
        Both less the donors' mean of the period.
    n_before : int
    penalty : float
        λ; 0 for the classic weights.
    """

    donors: FloatArray
    treated: FloatArray
    n_before: int
    penalty: float

    @property
    def after(self) -> FloatArray:
        """1 in the periods from the first treated one on."""
        return np.asarray(np.arange(len(self.treated)) >= self.n_before, float)

    @property
    def size(self) -> float:
        """The largest outcome, to which rounding is relative."""
        return float(max(np.abs(self.donors).max(), np.abs(self.treated).max()))

    @property
    def bound(self) -> float:
        """Nulls beyond it are rejected at every level that exists."""
        gap = float(np.abs(self.treated[:, None] - self.donors).max())
        return 2 * (len(self.treated) - self.n_before) * gap * (1 + 1e-9)

    def weights(self, null: float) -> FloatArray:
        """The weights fitted over all periods under the null."""
        aim = self.treated - null * self.after
        costs = self.penalty / 2 * ((self.donors - aim[:, None]) ** 2).sum(axis=0) if self.penalty else None
        return solved(programme(self.donors, aim, costs=costs)).weights

    def residuals(self, weights: FloatArray, null: float) -> FloatArray:
        """The treated path under the null less its mixture."""
        return np.asarray(self.treated - null * self.after - self.donors @ weights)

    def pieces(self) -> list[Piece]:
        """The residuals at every null within the bound, piece by piece."""
        end, step = self.bound, STEP * self.bound
        at, found = -end, list[Piece]()
        while at < end:
            weights = self.weights(at)
            residuals = self.residuals(weights, at)
            change, reach = self._direction(weights, residuals, at)
            high = min(at + reach, end)
            while high > at + step:
                there = self.residuals(self.weights(high), high)
                if np.abs(residuals + (high - at) * change - there).max() <= SAME * self.size:
                    break
                high = (at + high) / 2
            if high > at + step:
                found.append(Piece(low=at, high=high, residuals=residuals, slope=change))
                at, residuals = high, residuals + (high - at) * change
            entered = min(at + step, end)
            if entered > at:
                there = self.residuals(self.weights(entered), entered)
                slope = (there - residuals) / (entered - at)
                found.append(Piece(low=at, high=entered, residuals=residuals, slope=slope))
            at = entered
            if len(found) > MOST:
                raise DataError(
                    "The donors' weights must not change at more effects than can be followed for "
                    "inference='conformal'; they do. Name fewer donors, or use inference='placebo'."
                )
        return found

    def _direction(self, weights: FloatArray, residuals: FloatArray, null: float) -> tuple[FloatArray, float]:
        """How the residuals move with the null on this support, and how far until the support must change."""
        support = np.flatnonzero(weights > 0)
        own, push = self.donors[:, support], (1 + self.penalty) * self.after
        moved = np.zeros(len(support))
        if len(support) > 1:
            moved[1:] = np.linalg.lstsq(own[:, 1:] - own[:, :1], -push, rcond=1e-10)[0]
            moved[0] = -moved[1:].sum()
        change = -self.after - own @ moved
        gradient, turn = -self.donors.T @ residuals, -self.donors.T @ change
        if self.penalty:
            aim = self.treated - null * self.after
            gradient = gradient + self.penalty / 2 * ((self.donors - aim[:, None]) ** 2).sum(axis=0)
            turn = turn + self.penalty * (self.donors.T @ self.after)
        level, drift = float(weights @ gradient), float(np.mean(turn[support]))
        slack, loss = np.delete(gradient - level, support), np.delete(turn - drift, support)
        still = STILL * self.size * len(residuals)  # inside the donors' hull nothing is lost, but for rounding
        falls = np.concatenate([_reach(weights[support], moved, STILL / self.size), _reach(slack, loss, still)])
        return change, float(np.min(falls, initial=math.inf))


def _reach(values: FloatArray, change: FloatArray, still: float) -> FloatArray:
    """How far each of the values is from zero along its change; changes within `still` are none."""
    falling = change < -still
    return np.asarray(np.maximum(values[falling], 0.0) / -change[falling])


def sums(residuals: FloatArray, n_after: int) -> FloatArray:
    """(T,): W_k, the sum over the last periods when the residuals are moved by k places, k = 0 first."""
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([residuals, residuals]))])
    ends = len(residuals) * 2 - np.arange(len(residuals))
    return np.asarray(total[ends] - total[ends - n_after])


def conformal_inference(paths: Paths, penalty: float | None) -> TestInversion:
    """Sets at the levels that exist, and p of no effect; the treated mean is observed and fixed."""
    levels = paths.values + paths.offsets
    nulls = Nulls(donors=levels[:, 1:], treated=levels[:, 0], n_before=paths.n_before, penalty=penalty or 0.0)
    count = len(nulls.treated)
    pieces = nulls.pieces() if nulls.bound > 0 else []
    sets = []
    for alternative in ALTERNATIVES:
        starts, ends = _extreme_where(nulls, pieces, alternative)
        for level in LEVELS:
            alpha = 1 - Fraction(level)
            needed = math.floor(alpha * count)
            if needed >= 1:
                found, _ = settled(starts, ends, needed, TIE * nulls.size, _held(nulls, alpha, alternative))
                declared = ConfidenceSet(intervals=tuple(found), level=float(level), alternative=alternative)
                sets.append(DeclaredSet(contrast="difference", set=declared))
    return TestInversion(
        procedure="conformal",
        sets=tuple(sets),
        p_values=tuple(
            DeclaredP(contrast="difference", null=0.0, alternative=one, p_value=p_value(nulls, 0.0, one))
            for one in ALTERNATIVES
        ),
        fixed="treated",
    )


def p_value(nulls: Nulls, null: float, alternative: Alternative) -> Fraction:
    """The share of moves whose sum is as extreme as that of the residuals as they stand."""
    after = len(nulls.treated) - nulls.n_before
    moved = sums(nulls.residuals(nulls.weights(null), null), after)
    return Fraction(int(_as_extreme(moved[0], moved, alternative, TIE * nulls.size * after).sum()), len(moved))


def _held(nulls: Nulls, alpha: Fraction, alternative: Alternative) -> Callable[[float, float], bool]:
    return lambda end, start: p_value(nulls, (end + start) / 2, alternative) > alpha


def _as_extreme(first: FloatArray, moved: FloatArray, alternative: Alternative, rounding: float) -> BoolArray:
    if alternative == "two-sided":
        return np.asarray(np.abs(moved) >= np.abs(first) - rounding)
    return np.asarray(moved >= first - rounding if alternative == "greater" else moved <= first + rounding)


def _extreme_where(nulls: Nulls, pieces: list[Piece], alternative: Alternative) -> tuple[FloatArray, FloatArray]:
    """Closed intervals of nulls on which a move is as extreme as none, those of each move apart from each other.

    In a piece W_0 ∓ W_k are affine; between their roots the answer does not change and is that of the middle.
    """
    count, after = len(nulls.treated), len(nulls.treated) - nulls.n_before
    if not pieces:  # every donor is the treated unit: nothing is left over but the effect
        least, most = -math.inf if alternative == "less" else 0.0, math.inf if alternative == "greater" else 0.0
        return np.full(count - 1, least), np.full(count - 1, most)
    low, high = (np.array([getattr(one, end) for one in pieces])[:, None] for end in ("low", "high"))
    base = np.array([sums(one.residuals, after) for one in pieces])
    slope = np.array([sums(one.slope, after) for one in pieces])
    signs = (-1, 1) if alternative == "two-sided" else (-1,)
    roots = [_root(base[:, :1] + sign * base[:, 1:], slope[:, :1] + sign * slope[:, 1:], low, high) for sign in signs]
    shape = (len(pieces), count - 1)
    edges = np.sort(np.stack([np.broadcast_to(low, shape), *roots, np.broadcast_to(high, shape)]), axis=0)
    middle = (edges[1:] + edges[:-1]) / 2 - low
    first, moved = (base[:, part] + slope[:, part] * middle for part in (slice(0, 1), slice(1, None)))
    inside = _as_extreme(first, moved, alternative, TIE * nulls.size * after)
    starts, ends = list[float](), list[float]()
    for k in range(count - 1):
        kept = inside[:, :, k].T.ravel()
        froms, tos = edges[:-1, :, k].T.ravel()[kept], edges[1:, :, k].T.ravel()[kept]
        new = np.concatenate([[True], froms[1:] > tos[:-1]]) if len(froms) else np.zeros(0, bool)
        starts += froms[new].tolist()
        ends += tos[np.concatenate([new[1:], [True]])].tolist() if len(froms) else []
    reached = np.array(starts), np.array(ends)
    if alternative == "greater":
        reached[1][reached[1] >= nulls.bound] = math.inf
    if alternative == "less":
        reached[0][reached[0] <= -nulls.bound] = -math.inf
    return reached


def _root(base: FloatArray, slope: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Where base + (τ − low) · slope is zero, held within the piece."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root = low - base / slope
    return np.asarray(np.clip(np.where(np.isfinite(root), root, low), low, high))


def conformal_note(paths: Paths) -> Note:
    """What the test assumes, and what it cannot say."""
    count = len(paths.periods)
    return Note(
        code="conformal",
        text=Text(
            en=f"p and sets come from moving the residuals of all {count} periods round in time, the weights fitted "
            f"anew under each effect that is tested, one and the same in every period after. No p is below 1/{count}, "
            f"so no level above {count - 1}/{count} has a set. The figure's weights are fitted before alone, so it "
            "need not lie in the middle of a set, or in it. The test presumes that without the intervention the "
            "treated unit's departures from the mixture would have been alike in all periods, those after included: "
            "a shock to that unit alone which lasts through them is taken for an effect.",
            sv=f"p och mängder fås genom att residualerna i alla {count} perioder flyttas runt i tiden, med vikterna "
            "beräknade på nytt under varje effekt som prövas, densamma i alla perioder efter. Inget p är mindre än "
            f"1/{count}, så ingen nivå över {count - 1}/{count} har en mängd. Siffrans vikter beräknas på perioderna "
            "före ensamma, så den behöver inte ligga mitt i en mängd, eller i den. Prövningen förutsätter att den "
            "behandlade enhetens avvikelser från blandningen utan insatsen hade varit likartade i alla perioder, även "
            "de efter: en störning i just den enheten som varar genom dem tas för en effekt.",
        ),
    )

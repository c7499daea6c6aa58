"""Randomisation inference by the studentised difference: exact for a constant effect, right in large trials for a mean.

The statistic is t = (ȳ₁ − ȳ₀)/√V with Neyman's V = Σ_b ω_b²(s²₁b/n₁b + s²₀b/n₀b), by block where there are any. Under
the null of a constant effect τ its distribution over the lot is known (Fisher 1935); where effects differ the test of a
mean effect of τ is right in the limit, which that of the difference itself is not (Chung & Romano 2013,
doi:10.1214/13-AOS1090; Wu & Ding 2021, doi:10.1080/01621459.2020.1750415).

With x = (τ − τ̂)/√V̂ the actual statistic is −x, and that of another assignment (α − βx)/√(p − 2qx + rx²): it is as
extreme where (α − βx)² ≥ x²(p − 2qx + rx²), a polynomial of degree 4, whose roots are where p changes. The set is so
found without a search: every x at which the test itself does not reject.

Whether one statistic is as extreme as another is asked of whole numbers (`effekt.estimators.randomized.moments`), where
floats are too near to tell. A null is the decimal a reader sees, and an end the last float at which p is above α.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._exact import exact
from effekt._few import SINGLE_UNIT_IN_BLOCK, single_in_arm
from effekt._inference import ConfidenceSet, DeclaredP, DeclaredSet, Inference, TestInversion, Unavailable
from effekt._inference.ends import TIE, last_kept, shortest_within
from effekt._inference.overlaps import settled
from effekt._text import Text
from effekt._types import Alternative, BoolArray, FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.randomized.arguments import Options, generator_of
from effekt.estimators.randomized.assignments import Scheme, scheme_of
from effekt.estimators.randomized.data import ARMS, Trial
from effekt.estimators.randomized.lots import Assignments, packed
from effekt.estimators.randomized.models import ROUNDING
from effekt.estimators.randomized.moments import Denominators, Whole, counted_once, moments_of
from effekt.estimators.randomized.randomization import drawn_note, every_or_drawn, why_drawn
from effekt.result import Note

NEAR = 1e-9  # by how much, relative to their terms, two statistics must differ for floats to tell which is the larger
REAL = 1e-6  # the imaginary part, relative to the size, up to which a root may be a real one that rounding split
LEVELS: dict[Alternative, tuple[str, ...]] = {
    "two-sided": ("0.9", "0.95", "0.99"),
    "greater": ("0.9", "0.95", "0.975", "0.99"),
    "less": ("0.9", "0.95", "0.975", "0.99"),
}
WEAK_NULL = Note(
    code="studentized",
    text=Text(
        en="The statistic is the difference over its standard error: p is exact for an effect that is the same for "
        "every unit of the trial, and right in large trials for a mean effect of units that differ.",
        sv="Prövningen gäller skillnaden delad med sitt medelfel: p är exakt för en effekt som är densamma för alla "
        "enheter i försöket, och stämmer i stora försök för en medeleffekt på enheter som skiljer sig åt.",
    ),
)


def studentized(trial: Trial, options: Options) -> tuple[Inference, tuple[Note, ...]]:
    """P of no effect and the sets of the levels in `LEVELS`, where there is a set."""
    reason = _single(trial)
    if reason is not None:
        return Unavailable(reason=reason), ()
    scheme = scheme_of(trial)
    generator = None if scheme.few else generator_of(options.rng, "assignments", why_drawn(scheme))
    statistic, over, actual = _moments(trial, options, scheme)
    v = actual[2] / (over.variance * over.scale**2)
    if v <= (ROUNDING * float(np.max(np.abs(trial.outcome)))) ** 2:
        return Unavailable(reason=NO_VARIATION), ()
    rows, times = counted_once(
        np.concatenate([statistic(chunk) for chunk in every_or_drawn(scheme, generator, options.draws)])
    )
    lots = _Lots(
        rows=rows,
        times=times,
        actual=tuple(actual),
        over=over,
        complete=generator is None,
        scale=math.sqrt(v),
        shifted=_shifted(rows, actual, over, math.sqrt(v)),
    )
    return lots.inference(), (drawn_note(trial, int(times.sum()), 0, options, listed=lots.complete), WEAK_NULL)


def _moments(
    trial: Trial, options: Options, scheme: Scheme
) -> tuple[Callable[[Assignments], Whole], Denominators, Whole]:
    """The numerators of other assignments in the order of a scheme, what they are over, and those of the actual one."""
    block = np.zeros(len(trial.outcome), np.intp) if trial.block is None else trial.block
    stratum, treated = np.unique(block, return_inverse=True)[1][scheme.order], trial.treated[scheme.order]
    statistic, over = moments_of(trial.outcome[scheme.order], treated, stratum, of_treated=options.estimand == "ATT")
    return statistic, over, statistic(packed(treated.astype(np.uint8)[None, :]))[0]


def without_effect(trial: Trial, options: Options, scheme: Scheme) -> tuple[Callable[[Assignments], FloatArray], float]:
    """|t| of no effect on any unit from assignments, infinite without variance, and that of the actual one."""
    statistic, over, actual = _moments(trial, options, scheme)
    unit = math.sqrt(over.variance) / over.difference

    def sizes(rows: Whole) -> FloatArray:
        difference, variance = (np.abs(rows[:, place]).astype(float) for place in (0, 2))
        varies = variance > 0
        return np.where(varies, difference * unit / np.sqrt(np.where(varies, variance, 1.0)), np.inf)

    return (lambda assignments: sizes(statistic(assignments))), float(sizes(actual[None, :])[0])


def _single(trial: Trial) -> Text | None:
    """Why an arm, or the arm of a block, has no variance."""
    for arm, name in zip(trial.arms, ARMS, strict=True):
        if arm.sum() < 2:
            return single_in_arm(name, clustered=False)
        if trial.block is not None and np.min(np.unique(trial.block[arm], return_counts=True)[1]) < 2:
            return SINGLE_UNIT_IN_BLOCK
    return None


def _shifted(rows: Whole, actual: Whole, over: Denominators, scale: float) -> FloatArray:
    """(rows, 5): α, β, p, q, r of x = (τ − τ̂)/√V̂, each rounded once or twice."""
    a, b, p, q, r = rows.T
    estimate, k, v = actual[0], over.difference, actual[2]
    return np.column_stack(
        [
            ((a * k - estimate * b) / (k * k * over.scale)).astype(float) / scale,
            (b / k).astype(float),
            ((p * (k * k) - 2 * estimate * k * q + estimate**2 * r) / (k * k * v)).astype(float),
            ((q * k - estimate * r) * over.scale / (k * v)).astype(float) * scale,
            (r / over.variance).astype(float),
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lots:
    """The statistic under the assignments, those that differ, and how often each is there.

    Attributes
    ----------
    rows : (rows, 5) integers
        Numerators of A, B, P, Q and R, over `over`.
    times : (rows,) integer array
    actual : tuple of int
        The same of the actual assignment.
    scale : float
        √V̂.
    shifted : (rows, 5) array
        α, β, p, q and r of x.
    """

    rows: Whole
    times: IntArray
    actual: tuple[int, ...]
    over: Denominators
    complete: bool
    scale: float
    shifted: FloatArray

    def inference(self) -> TestInversion:
        """The declared sets and the p of no effect."""
        p_values = tuple(
            DeclaredP(contrast="difference", null=0.0, alternative=one, p_value=self._p(0.0, one)) for one in LEVELS
        )
        sets = []
        for alternative, levels in LEVELS.items():
            starts, ends = self._where_extreme(alternative)
            for level in levels:
                found = self._set(starts, ends, Fraction(level), alternative)
                sets += [] if found is None else [DeclaredSet(contrast="difference", set=found)]
        return TestInversion(procedure="studentized_randomization", sets=tuple(sets), p_values=p_values)

    @property
    def _estimate(self) -> Fraction:
        return Fraction(self.actual[0], self.over.difference * self.over.scale)

    def _p(self, null: float, alternative: Alternative) -> Fraction:
        """P of a null, the decimal a reader sees."""
        effect = exact(null)
        excess, size = self._excess(np.array([[float(effect - self._estimate) / self.scale]]), alternative)
        near = np.abs(excess[:, 0]) <= NEAR * size[:, 0]
        extreme = excess[:, 0] > 0
        extreme[near] = self._is_extreme(self.rows[near], effect * self.over.scale, alternative)
        count = int(self.times[extreme].sum())
        total = int(self.times.sum())
        return Fraction(count, total) if self.complete else Fraction(count + 1, total + 1)

    def _excess(self, x: FloatArray, alternative: Alternative) -> tuple[FloatArray, FloatArray]:
        """(rows, m) twice: by how much each assignment is more extreme than the actual one at each x, and of what."""
        alpha, beta, p, q, r = self.shifted.T[:, :, None]
        difference = alpha - beta * x
        variance = np.maximum(p - 2 * q * x + r * x**2, 0.0)
        size = (np.abs(alpha) + np.abs(beta * x)) ** 2 + x**2 * (p + 2 * np.abs(q * x) + r * x**2)
        if alternative == "two-sided":
            return difference**2 - x**2 * variance, size
        sign = 1.0 if alternative == "greater" else -1.0
        return sign * difference * np.abs(difference) + sign * x * np.abs(x) * variance, size

    def _is_extreme(self, rows: Whole, effect: Fraction, alternative: Alternative) -> BoolArray:
        """The same of some rows in whole numbers: that own²/V ≥ actual²/V̂, with their signs where one-sided."""
        a, b, p, q, r = rows.T
        u, w = effect.numerator, effect.denominator
        own, actual = a * w - b * u, self.actual[0] * w - self.over.difference * u
        variance = p * w**2 - 2 * u * w * q + u**2 * r
        if alternative == "two-sided":
            left, right = own * own, actual**2
        else:
            sign = 1 if alternative == "greater" else -1
            left, right = sign * own * np.abs(own), sign * actual * abs(actual)
        return np.asarray(left * (self.actual[2] * w**2) >= right * variance, bool)

    def _where_extreme(self, alternative: Alternative) -> tuple[FloatArray, FloatArray]:
        """The starts and the ends of the closed intervals of x in which an assignment is as extreme."""
        n = len(self.rows)  # roots are infinite where there are fewer; at 0 the actual statistic changes its sign
        roots = np.sort(np.column_stack([_roots(self.shifted), np.zeros(n)]), axis=1)
        edges = np.column_stack([np.full(n, -np.inf), roots, np.full(n, np.inf)])
        low, high = edges[:, :-1], edges[:, 1:]
        ends = np.nan_to_num(low, posinf=0.0, neginf=0.0), np.nan_to_num(high, posinf=0.0, neginf=0.0)
        middle = np.where(np.isfinite(low) & np.isfinite(high), ends[0] / 2 + ends[1] / 2, 0.0)
        middle = np.where(np.isfinite(low) & ~np.isfinite(high), ends[0] + 1 + np.abs(ends[0]), middle)
        middle = np.where(~np.isfinite(low) & np.isfinite(high), ends[1] - 1 - np.abs(ends[1]), middle)
        excess, size = self._excess(middle, alternative)
        holds = (excess >= -TIE * size) & (low < np.inf)
        thin = (low == high) & np.isfinite(low)
        beside = np.zeros_like(holds)
        beside[:, 1:] |= holds[:, :-1]
        beside[:, :-1] |= holds[:, 1:]
        holds |= thin & beside
        around = np.column_stack([np.zeros(n, bool), holds, np.zeros(n, bool)])
        first, last = around[:, 1:-1] & ~around[:, :-2], around[:, 1:-1] & ~around[:, 2:]
        often = np.repeat(self.times, first.sum(axis=1))
        return np.repeat(low[first], often), np.repeat(high[last], often)

    def _set(
        self, starts: FloatArray, ends: FloatArray, level: Fraction, alternative: Alternative
    ) -> ConfidenceSet | None:
        """Every effect with p > α; None where no p is that small."""
        alpha, centre = 1 - level, float(self._estimate)
        needed = math.floor(alpha * (int(self.times.sum()) + (not self.complete))) + self.complete

        def kept(null: float) -> bool:
            return self._p(null, alternative) > alpha

        def holds(end: float, start: float) -> bool:
            middle = (end + start) / 2
            null = centre + self.scale * middle
            size = abs(centre) + self.scale * abs(middle)
            return kept(null) or kept(shortest_within(null, TIE * size))

        pieces, fewest = settled(starts, ends, needed, TIE, holds)
        if needed <= fewest:
            return None
        intervals = []
        for x_low, x_high in pieces:
            size = abs(centre) + self.scale * max((abs(x) for x in (x_low, x_high) if math.isfinite(x)), default=1.0)
            low, high = centre + self.scale * x_low, centre + self.scale * x_high
            low, high = (last_kept(end, way, size, kept) for end, way in ((low, -1), (high, 1)))
            if low <= high:
                intervals.append((low, high))
        return ConfidenceSet(intervals=tuple(intervals), level=float(level), alternative=alternative)


def _roots(lots: FloatArray) -> FloatArray:
    """(rows, 4): the real roots of (α − βx)² − x²(p − 2qx + rx²), infinite where there are fewer."""
    alpha, beta, p, q, r = lots.T
    powers = np.column_stack([-r, 2 * q, beta**2 - p, -2 * alpha * beta, alpha**2])
    powers[np.abs(powers) <= TIE * np.max(np.abs(powers), axis=1, keepdims=True)] = 0.0
    found = np.full((len(lots), 4), np.inf)
    whole = powers[:, 0] != 0
    companion = np.zeros((int(whole.sum()), 4, 4))
    companion[:, 0] = -powers[whole, 1:] / powers[whole, :1]
    companion[:, [1, 2, 3], [0, 1, 2]] = 1.0
    found[whole] = _real(np.linalg.eigvals(companion))
    for row in np.flatnonzero(~whole).tolist():
        roots = _real(np.roots(powers[row]))
        found[row, : len(roots)] = roots
    return _polished(found, powers)


def _real(roots: NDArray[Any]) -> FloatArray:
    """The real parts of those that are real, to what rounding does to a double root; infinite for the others."""
    real = np.abs(np.imag(roots)) <= REAL * (1 + np.abs(np.real(roots)))
    return np.where(real, np.real(roots), np.inf)


def _polished(roots: FloatArray, powers: FloatArray) -> FloatArray:
    """Two steps of Newton, where they make a root better."""
    for _ in range(2):
        x = np.where(np.isfinite(roots), roots, 0.0)
        value, slope = np.zeros_like(x), np.zeros_like(x)
        for power in powers.T:
            slope = slope * x + value
            value = value * x + power[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(slope != 0, value / slope, 0.0)
        roots = np.where(np.isfinite(roots) & (np.abs(step) <= REAL * (1 + np.abs(x))), roots - step, roots)
    return roots

"""Randomisation inference by the studentised difference: exact for a constant effect, right in large trials for a mean.

The statistic is t = (ȳ₁ − ȳ₀)/√V with Neyman's V = Σ_b ω_b²(s²₁b/n₁b + s²₀b/n₀b), by block where there are any. Under
the null of a constant effect τ its distribution over the lot is known (Fisher 1935); where effects differ the test of a
mean effect of τ is right in the limit, which that of the difference itself is not (Chung & Romano 2013,
doi:10.1214/13-AOS1090; Wu & Ding 2021, doi:10.1080/01621459.2020.1750415).

With x = (τ − τ̂)/√V̂ the actual statistic is −x, and that of another assignment (α − βx)/√(p − 2qx + rx²): it is as
extreme where (α − βx)² ≥ x²(p − 2qx + rx²), a polynomial of degree 4, whose roots are where p changes. The set is so
found without a search: every x at which the test itself does not reject.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._few import SINGLE_UNIT_IN_BLOCK, single_in_arm
from effekt._inference import ConfidenceSet, DeclaredP, DeclaredSet, Inference, TestInversion, Unavailable
from effekt._inference.overlaps import settled
from effekt._text import Text
from effekt._types import Alternative, BoolArray, FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.randomized.arguments import Options, generator_of
from effekt.estimators.randomized.assignments import scheme_of
from effekt.estimators.randomized.data import ARMS, Trial
from effekt.estimators.randomized.lots import Assignments, packed
from effekt.estimators.randomized.models import ROUNDING
from effekt.estimators.randomized.randomization import drawn_note, under_others, why_drawn
from effekt.estimators.randomized.rerandomized import columns_of
from effekt.result import Note

TIE = 1e-12  # two statistics that differ by less, relative to their terms, are equally extreme
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
    block = np.zeros(len(trial.outcome), np.intp) if trial.block is None else trial.block
    statistic = _moments(trial, np.unique(block, return_inverse=True)[1][scheme.order], scheme.order, options)
    actual = statistic(packed(trial.treated[scheme.order].astype(np.uint8)[None, :]))[0]
    if actual[2] <= (ROUNDING * float(np.max(np.abs(trial.outcome)))) ** 2:
        return Unavailable(reason=NO_VARIATION), ()
    kept, left_out = under_others(statistic, scheme, generator, options.draws)
    found = _Lots(
        lots=_shifted(kept, actual), complete=generator is None, estimate=float(actual[0]), v=float(actual[2])
    )
    return found.inference(), (drawn_note(len(kept), left_out, options, listed=generator is None), WEAK_NULL)


def _single(trial: Trial) -> Text | None:
    """Why an arm, or the arm of a block, has no variance."""
    for arm, name in zip(trial.arms, ARMS, strict=True):
        if arm.sum() < 2:
            return single_in_arm(name, clustered=False)
        if trial.block is not None and np.min(np.unique(trial.block[arm], return_counts=True)[1]) < 2:
            return SINGLE_UNIT_IN_BLOCK
    return None


def _moments(trial: Trial, stratum: IntArray, order: IntArray, options: Options) -> Callable[[Assignments], FloatArray]:
    """(rows, 5) from assignments: A and B of the difference A − τB, and P, Q, R of the variance P − 2τQ + τ²R."""
    y, d = trial.response[order], trial.treated[order].astype(float)
    parts = []
    for number in range(int(stratum.max()) + 1):
        places = np.flatnonzero(stratum == number)
        own = y[places] - np.mean(y[places])
        columns = np.column_stack([own, d[places], own**2, own * d[places], d[places]])
        sums = columns_of(columns, places) if trial.block is not None else columns_of(columns)
        treated = int(d[places].sum())
        counted = treated if options.estimand == "ATT" else len(places)
        parts.append((sums, np.sum(columns, axis=0), treated, len(places) - treated, counted))
    everyone = sum(part[4] for part in parts)

    def statistic(assignments: Assignments) -> FloatArray:
        found = np.zeros((len(assignments), 5))
        for columns, total, n_treated, n_control, counted in parts:
            first = columns.sums(assignments)
            share = counted / everyone
            for sums, n, sign in ((first, n_treated, 1.0), (total - first, n_control, -1.0)):
                found[:, :2] += sign * share * sums[:, :2] / n
                for place, (product, one, other) in enumerate(((2, 0, 0), (3, 0, 1), (4, 1, 1))):
                    left = sums[:, product] - sums[:, one] * sums[:, other] / n
                    found[:, 2 + place] += share**2 * left / (n * (n - 1))
        return found

    return statistic


def _shifted(lots: FloatArray, actual: FloatArray) -> FloatArray:
    """(rows, 5): α, β, p, q, r of x = (τ − τ̂)/√V̂ from A, B, P, Q, R of τ."""
    estimate, scale = actual[0], math.sqrt(actual[2])
    a, b, p, q, r = lots.T
    return np.column_stack(
        [
            (a - estimate * b) / scale,
            b,
            (p - 2 * estimate * q + estimate**2 * r) / scale**2,
            (q - estimate * r) / scale,
            r,
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lots:
    """The statistic under the assignments, on the scale of x, with the estimate and its variance."""

    lots: FloatArray
    complete: bool
    estimate: float
    v: float

    def inference(self) -> TestInversion:
        """The declared sets and the p of no effect."""
        origin = -self.estimate / math.sqrt(self.v)
        p_values = tuple(
            DeclaredP(contrast="difference", null=0.0, alternative=one, p_value=self._p(origin, one)) for one in LEVELS
        )
        sets = []
        for alternative, levels in LEVELS.items():
            starts, ends = self._where_extreme(alternative)
            for level in levels:
                found = self._set(starts, ends, Fraction(level), alternative)
                sets += [] if found is None else [DeclaredSet(contrast="difference", set=found)]
        return TestInversion(procedure="studentized_randomization", sets=tuple(sets), p_values=p_values)

    def _extreme(self, x: FloatArray, alternative: Alternative) -> BoolArray:
        """(rows, m): whether each assignment is as extreme as the actual one at each x (rows or 1, m)."""
        alpha, beta, p, q, r = self.lots.T[:, :, None]
        difference = alpha - beta * x
        variance = np.maximum(p - 2 * q * x + r * x**2, 0.0)
        close = TIE * (np.abs(alpha) + np.abs(beta * x)) ** 2 + TIE * x**2 * (p + 2 * np.abs(q * x) + r * x**2)
        if alternative == "two-sided":
            return np.asarray(difference**2 - x**2 * variance >= -close)
        sign = 1.0 if alternative == "greater" else -1.0
        own, actual = sign * difference * np.abs(difference), -sign * x * np.abs(x) * variance
        return np.asarray(own - actual >= -close)

    def _p(self, x: float, alternative: Alternative) -> Fraction:
        count = int(np.sum(self._extreme(np.array([[x]]), alternative)))
        return Fraction(count, len(self.lots)) if self.complete else Fraction(count + 1, len(self.lots) + 1)

    def _where_extreme(self, alternative: Alternative) -> tuple[FloatArray, FloatArray]:
        """The starts and the ends of the closed intervals of x in which an assignment is as extreme."""
        n = len(self.lots)  # roots are infinite where there are fewer; at 0 the actual statistic changes its sign
        roots = np.sort(np.column_stack([_roots(self.lots), np.zeros(n)]), axis=1)
        edges = np.column_stack([np.full(n, -np.inf), roots, np.full(n, np.inf)])
        low, high = edges[:, :-1], edges[:, 1:]
        ends = np.nan_to_num(low, posinf=0.0, neginf=0.0), np.nan_to_num(high, posinf=0.0, neginf=0.0)
        middle = np.where(np.isfinite(low) & np.isfinite(high), ends[0] / 2 + ends[1] / 2, 0.0)
        middle = np.where(np.isfinite(low) & ~np.isfinite(high), ends[0] + 1 + np.abs(ends[0]), middle)
        middle = np.where(~np.isfinite(low) & np.isfinite(high), ends[1] - 1 - np.abs(ends[1]), middle)
        holds = self._extreme(middle, alternative) & (low < np.inf)
        thin = (low == high) & np.isfinite(low)
        beside = np.zeros_like(holds)
        beside[:, 1:] |= holds[:, :-1]
        beside[:, :-1] |= holds[:, 1:]
        holds |= thin & beside
        around = np.column_stack([np.zeros(n, bool), holds, np.zeros(n, bool)])
        first, last = around[:, 1:-1] & ~around[:, :-2], around[:, 1:-1] & ~around[:, 2:]
        return low[first], high[last]

    def _set(
        self, starts: FloatArray, ends: FloatArray, level: Fraction, alternative: Alternative
    ) -> ConfidenceSet | None:
        """Every effect with p > α; None where no p is that small."""
        alpha = 1 - level
        needed = math.floor(alpha * (len(self.lots) + (not self.complete))) + self.complete
        pieces, fewest = settled(
            starts, ends, needed, TIE, lambda end, start: self._p((end + start) / 2, alternative) > alpha
        )
        if needed <= fewest:
            return None
        scale = math.sqrt(self.v)
        intervals = tuple((self.estimate + scale * low, self.estimate + scale * high) for low, high in pieces)
        return ConfidenceSet(intervals=intervals, level=float(level), alternative=alternative)


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

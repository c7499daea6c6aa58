"""How strong a hidden confounder of matched pairs would have to be: Rosenbaum's bounds on the signed-rank test."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._inference.distributions import t_upper_tail
from effekt._text import LANGUAGES, Text, format_number
from effekt._types import FloatArray, IntArray
from effekt._validation import LARGEST, check_exact, check_level, check_number, check_option, shown
from effekt.diagnostics._arrays import check_vector, number_words, p_words
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Direction: TypeAlias = Literal["greater", "less"]
Distribution: TypeAlias = Literal["exact", "normal"]
GAMMAS = (1.0, 1.25, 1.5, 2.0, 3.0)
EXACT_UP_TO, EXACT_AT_MOST = 50, 200  # pairs that differ: by default, and when asked for
MOST_PAIRS = 5000  # of which all averages of two fit in memory
ROUNDING = 1e-12
LARGEST_GAMMA = 1e6  # beyond it nothing is left of a variance but rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignedRanks:
    """Twice the rank of each pair that differs, and twice the sum of those that differ in the direction asked for."""

    doubled: IntArray
    statistic: int
    distribution: Distribution

    def upper_p(self, gamma: float) -> float:
        """P(T ≥ statistic) when each pair differs in that direction with probability Γ/(1 + Γ)."""
        share = gamma / (1 + gamma)
        if self.distribution == "exact":
            return self._exact(share)
        mean, variance = share * self.doubled.sum(), share * (1 - share) * float(np.sum(self.doubled**2.0))
        return float(t_upper_tail((self.statistic - mean) / math.sqrt(variance), math.inf))

    def _exact(self, share: float) -> float:
        masses = np.zeros(int(self.doubled.sum()) + 1)
        masses[0] = 1.0
        for rank in self.doubled:
            moved = np.concatenate([np.zeros(rank), masses[: len(masses) - rank]])
            masses = (1 - share) * masses + share * moved
        return float(np.sum(masses[self.statistic :][::-1]))


def rosenbaum_bounds(
    differences: Sequence[float] | FloatArray,
    *,
    threshold: float = 0.0,
    alternative: Direction = "greater",
    gammas: Sequence[float] = GAMMAS,
    distribution: Distribution | None = None,
    level: float = 0.95,
) -> Diagnostic:
    """How unlike two matched persons' odds of treatment would have to be to overturn a finding on pairs.

    Parameters
    ----------
    differences : (n,) array
        Treated − control outcome of each matched pair, at most 5000.
    threshold : float
        Effect to be ruled out, in the outcome's unit; by default no effect.
    alternative : {"greater", "less"}
        Whether the finding is that the effect is greater or less than the threshold.
    gammas : sequence of float
        Γ of the table, each at least 1: how many times the odds of treatment may differ within a pair.
    distribution : {"exact", "normal"}, optional
        Of the signed-rank statistic. By default exact for at most 50 pairs that differ; "exact" for at most 200.
    level : float
        1 − α, where p at or below α overturns the threshold.

    Returns
    -------
    Diagnostic
        "warning" when p exceeds α although no confounder is hidden (Γ = 1); else "information", since no Γ is enough
        for every study. Values: `gamma_limit`, the Γ at which the largest p reaches α, to 1e-9 (none when p exceeds α
        already at 1); `p_value` at Γ = 1; `statistic`; `n_pairs`, `n_zero`; `distribution`. Table: for each Γ the
        smallest and largest one-sided p, and the smallest and largest Hodges–Lehmann estimate.

    Raises
    ------
    ArgumentError
        For fewer than two pairs or more than 5000, pairs that all differ by exactly the threshold, or a Γ below 1.

    Notes
    -----
    Assumes that within a pair the odds of treatment differ by at most Γ times because of something unseen. T is
    Wilcoxon's signed-rank statistic of difference − threshold. Pairs at the threshold are ranked along with the
    others and then left out; tied sizes share their mean rank. Under the null the sign of pair i is positive with a
    probability from 1/(1 + Γ) to Γ/(1 + Γ), so T lies between two known distributions (Rosenbaum 2002, section 4.3):
    exact, or normal with mean p⁺·Σr and variance p⁺(1 − p⁺)·Σr².

    The Hodges–Lehmann estimates equate T with its two expectations, Γ/(1 + Γ) and 1/(1 + Γ) times n(n + 1)/2: quantiles
    of the averages of two differences, whatever the threshold.

    References
    ----------
    Rosenbaum, P. R. (2002). *Observational Studies*, 2nd edition. Springer. doi:10.1007/978-1-4757-3692-2

    Examples
    --------
    >>> found = rosenbaum_bounds([2.0, 3.0, 1.0, 4.0, 5.0, -0.5, 6.0, 2.5], gammas=[1, 2])
    >>> [round(p, 4) for p in found.table["p_upper"]], round(found.values["gamma_limit"], 3)
    ([0.0078, 0.0585], 1.872)
    """
    values = check_vector("differences", differences)
    if not 2 <= len(values) <= MOST_PAIRS:
        raise ArgumentError(f"`differences` must have from 2 to {MOST_PAIRS} pairs; it has {len(values)}.")
    line, alpha = check_number("threshold", threshold), float(check_level(level))
    check_option("alternative", alternative, ("greater", "less"))
    odds = check_gammas(gammas)
    ranks = _signed_ranks(values, line, alternative, distribution)
    p_value, limit = ranks.upper_p(1.0), limit_of(ranks.upper_p, alpha)
    averages = _averages(values)
    estimates = [_hodges_lehmann(averages, gamma) for gamma in odds]
    return Diagnostic(
        name="rosenbaum_bounds",
        status="warning" if limit is None else "information",
        statement=pair_statement(effect_beyond(line, alternative), alpha, p_value, limit),
        values={
            "gamma_limit": limit,
            "p_value": p_value,
            "statistic": ranks.statistic / 2,
            "n_pairs": len(values),
            "n_zero": len(values) - len(ranks.doubled),
            "threshold": line,
            "alternative": alternative,
            "level": float(check_exact("level", level)),
            "distribution": ranks.distribution,
        },
        table={
            "gamma": tuple(map(float, odds)),
            "p_lower": tuple(ranks.upper_p(1 / float(gamma)) for gamma in odds),
            "p_upper": tuple(ranks.upper_p(float(gamma)) for gamma in odds),
            "estimate_low": tuple(low for low, _ in estimates),
            "estimate_high": tuple(high for _, high in estimates),
        },
    )


def check_gammas(gammas: Sequence[float]) -> list[Fraction]:
    """Each Γ exactly, none below 1."""
    listed = isinstance(gammas, Sequence) or (isinstance(gammas, np.ndarray) and gammas.ndim)
    if not listed or isinstance(gammas, (str, bytes)) or not len(gammas):
        raise ArgumentError(f"`gammas` must be a list of numbers of at least 1; got {shown(gammas)}.")
    exact = [check_exact("gammas", gamma) for gamma in gammas]
    for gamma in exact:
        if not 1 <= gamma <= LARGEST_GAMMA:
            size = f"{float(gamma):g}" if abs(gamma) < LARGEST else "a larger one"
            raise ArgumentError(f"`gammas` must be numbers from 1 to {LARGEST_GAMMA:g}; got {size}.")
    return exact


def _signed_ranks(
    values: FloatArray, threshold: float, alternative: Direction, distribution: Distribution | None
) -> SignedRanks:
    shifted = np.sort(values - threshold if alternative == "greater" else threshold - values)
    sizes = np.abs(shifted)
    tolerance = ROUNDING * max(float(np.max(np.abs(values))), abs(threshold))
    doubled = doubled_ranks(sizes, tolerance)
    differs = sizes > tolerance
    if not differs.any():
        raise ArgumentError("`differences` must differ from `threshold` in some pair; all are equal to it.")
    statistic, count = int(doubled[differs & (shifted > 0)].sum()), int(differs.sum())
    if distribution is None:
        distribution = "exact" if count <= EXACT_UP_TO else "normal"
    check_option("distribution", distribution, ("exact", "normal"))
    if distribution == "exact" and count > EXACT_AT_MOST:
        raise ArgumentError(
            f"`distribution` must be 'normal' for more than {EXACT_AT_MOST} pairs that differ; there are {count}."
        )
    return SignedRanks(doubled=doubled[differs], statistic=statistic, distribution=distribution)


def doubled_ranks(sizes: FloatArray, tolerance: float) -> IntArray:
    """Twice the mean rank; sizes closer than rounding are tied."""
    order = np.argsort(sizes, kind="stable")
    starts = np.concatenate([[True], np.diff(sizes[order]) > tolerance])
    group = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    after = np.concatenate([first[1:], [len(sizes)]])
    doubled = np.empty(len(sizes), np.intp)
    doubled[order] = (first + 1 + after)[group]
    return doubled


def limit_of(upper_p: Callable[[float], float], alpha: float) -> float | None:
    """The Γ at which the largest p is α."""
    from scipy.optimize import brentq  # slow to load, and seldom needed

    if upper_p(1.0) > alpha:
        return None
    high = 2.0
    while upper_p(high) <= alpha:
        high *= 2
    return float(brentq(lambda gamma: upper_p(gamma) - alpha, 1.0, high, xtol=1e-10, rtol=1e-12))


def _averages(values: FloatArray) -> FloatArray:
    """The averages of two differences, each with itself among them, from the largest."""
    ordered = np.sort(values)
    return np.sort(np.concatenate([(value + ordered[place:]) / 2 for place, value in enumerate(ordered)]))[::-1]


def _hodges_lehmann(averages: FloatArray, gamma: Fraction) -> tuple[float, float]:
    """The shifts at which T equals its largest and its smallest expectation (Rosenbaum 2002, section 4.3)."""
    found = []
    for share in (gamma / (1 + gamma), 1 / (1 + gamma)):
        expected = share * len(averages)  # how many averages lie above the estimate
        above, below = averages[math.ceil(expected) - 1], averages[min(math.floor(expected), len(averages) - 1)]
        found.append(float((above + below) / 2))
    return found[0], found[1]


def effect_beyond(threshold: float, alternative: Direction) -> Text:
    """What is found when a threshold in the outcome's unit is surpassed: "an effect greater than 0"."""
    than = {"greater": ("greater than", "större än"), "less": ("less than", "mindre än")}[alternative]
    return Text(
        en=f"an effect {than[0]} {number_words(threshold, 'en')}",
        sv=f"en effekt {than[1]} {number_words(threshold, 'sv')}",
    )


def pair_statement(finding: Text, alpha: float, p_value: float, limit: float | None) -> Text:
    """The sentence of Γ, with what is found in words: "an effect greater than 0"."""
    share = {lang: number_words(alpha, lang) for lang in LANGUAGES}
    if limit is None:
        return Text(
            en=f"Even with nothing hidden the pairs do not show {finding.en} "
            f"({p_words(p_value, 'en')}, limit {share['en']}).",
            sv=f"Även utan något dolt visar paren inte {finding.sv} ({p_words(p_value, 'sv')}, gräns {share['sv']}).",
        )
    floor = math.floor(limit * 100) / 100
    return Text(
        en=f"A hidden confounder could undo the finding of {finding.en} only if it made the odds "
        f"of treatment within a pair differ by more than {format_number(floor, 'en', 2)} times (p then above "
        f"{share['en']}).",
        sv=f"En dold störfaktor kan upphäva fyndet av {finding.sv} bara om den gör att oddsen för "
        f"behandling inom ett par skiljer sig mer än {format_number(floor, 'sv', 2)} gånger (p blir då över "
        f"{share['sv']}).",
    )

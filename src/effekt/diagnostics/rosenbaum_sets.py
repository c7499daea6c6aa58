"""How strong a hidden confounder of matched sets would have to be: Rosenbaum's bounds on the aligned-rank test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._inference.distributions import t_upper_tail
from effekt._text import LANGUAGES, Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_exact, check_level, check_number, check_option
from effekt.diagnostics._arrays import check_arms, check_each, check_vector, number_words, p_words
from effekt.diagnostics.rosenbaum import (
    GAMMAS,
    ROUNDING,
    Direction,
    check_gammas,
    doubled_ranks,
    effect_beyond,
    limit_of,
)
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

FEWEST = 10  # sets that differ within, from which on the normal distribution is used


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignedRanks:
    """The aligned ranks of sets in each of which one unit is chosen: the one treated, or the one control.

    Attributes
    ----------
    scores : tuple of (m, k) arrays
        Of the sets of each size, less their mean in the set, from the smallest; turned where the control is chosen.
    statistic : float
        Σ of the scores of the chosen.
    """

    scores: tuple[FloatArray, ...]
    statistic: float

    def upper_p(self, gamma: float) -> float:
        """The largest P(T ≥ statistic) when the odds within a set differ by at most Γ; for Γ < 1 the smallest, 1/Γ."""
        moments = [_moments(scores, gamma) for scores in self.scores]
        mean, variance = (math.fsum(np.concatenate([one[i] for one in moments]).tolist()) for i in (0, 1))
        return float(t_upper_tail((self.statistic - mean) / math.sqrt(variance), math.inf))


def rosenbaum_set_bounds(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    sets: Sequence[int] | IntArray,
    threshold: float = 0.0,
    alternative: Direction = "greater",
    gammas: Sequence[float] = GAMMAS,
    level: float = 0.95,
) -> Diagnostic:
    """How unlike the odds of treatment within a matched set would have to be to overturn a finding.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit.
    treatment : (n,) array of 0 and 1
    sets : (n,) integer array
        The set of each row. A set has one treated and one or more controls, or one control and several treated, as
        matching 1:k, with a varying ratio or in full makes them.
    threshold : float
        Effect to be ruled out, in the outcome's unit; by default no effect.
    alternative : {"greater", "less"}
        Whether the finding is that the effect is greater or less than the threshold.
    gammas : sequence of float
        Γ of the table, each at least 1: how many times the odds of treatment may differ within a set.
    level : float
        1 − α, where p at or below α overturns the threshold.

    Returns
    -------
    Diagnostic
        Named "rosenbaum_bounds". "warning" when p exceeds α although no confounder is hidden (Γ = 1); else
        "information". Values: `gamma_limit`, the Γ at which the largest p reaches α (none when p exceeds α already at
        1); `p_value` at Γ = 1; `rank_sum` T; `n_sets`, and `n_alike`, those whose outcomes do not differ. Table: for
        each Γ the smallest and largest one-sided p.

    Raises
    ------
    ArgumentError
        For a set with neither one treated nor one control, fewer than ten sets whose outcomes differ within them, or a
        Γ below 1.

    Notes
    -----
    Assumes that within a set the odds of treatment differ by at most Γ times because of something unseen. T is Hodges
    and Lehmann's aligned-rank statistic: the outcomes less the threshold for the treated, less their mean in the set,
    are ranked together (ties share their mean rank), and T is the sum of the ranks q of the treated. For sets of pairs
    the ranks are those of the signed-rank statistic, less one half each.

    With one treated in a set of k, P(j is treated) ∝ Γ^u_j with 0 ≤ u ≤ 1. The largest mean of its score is at some u
    that is 0 for the a smallest scores and 1 for the others; of those with the same mean, that with the largest
    variance is taken. As sets grow many, the largest p is the normal one with the sums of these means and variances
    (Gastwirth, Krieger & Rosenbaum 2000). Where one control stands in a set of several treated, the same holds for the
    control with the scores turned. The distribution is normal always.

    References
    ----------
    Gastwirth, J. L., Krieger, A. M. & Rosenbaum, P. R. (2000). Asymptotic separability in sensitivity analysis.
    *Journal of the Royal Statistical Society B* 62(3), 545–555. doi:10.1111/1467-9868.00249

    Hodges, J. L. & Lehmann, E. L. (1962). Rank methods for combination of independent experiments in analysis of
    variance. *Annals of Mathematical Statistics* 33(2), 482–497. doi:10.1214/aoms/1177704575

    Rosenbaum, P. R. (2002). *Observational Studies*, 2nd edition. Springer, chapters 2 and 4.
    doi:10.1007/978-1-4757-3692-2

    Examples
    --------
    >>> outcome, treatment, sets = [], [], []
    >>> for i in range(12):
    ...     outcome += [8.0 + i % 5, 5.0 + i % 3, 4.0 + i % 4]
    ...     treatment += [1, 0, 0]
    ...     sets += [i, i, i]
    >>> found = rosenbaum_set_bounds(outcome, treatment, sets=sets, gammas=[1, 2])
    >>> [round(p, 4) for p in found.table["p_upper"]], round(found.values["gamma_limit"], 2)
    ([0.0, 0.0014], 7.09)
    """
    values = check_vector("outcome", outcome)
    treated = check_arms(treatment, len(values))
    codes = _check_sets(sets, treated)
    line, alpha = check_number("threshold", threshold), float(check_level(level))
    if alpha >= 0.5:
        raise ArgumentError(
            f"`level` must be above 0.5, as no odds bring the largest p of matched sets above a half; got {level!r}."
        )
    check_option("alternative", alternative, ("greater", "less"))
    odds = check_gammas(gammas)
    left = values - line * treated
    aligned, order = _aligned(left if alternative == "greater" else -left, codes)
    doubled = _ranks(aligned, max(float(np.max(np.abs(values))), abs(line)))
    treated, codes = treated[order], codes[order]
    ranks, alike = _by_size(doubled, treated, codes)
    p_value, limit = ranks.upper_p(1.0), limit_of(ranks.upper_p, alpha)
    return Diagnostic(
        name="rosenbaum_bounds",
        status="warning" if limit is None else "information",
        statement=set_statement(effect_beyond(line, alternative), alpha, p_value, limit),
        values={
            "gamma_limit": limit,
            "p_value": p_value,
            "rank_sum": float(doubled[treated].sum()) / 2,
            "n_sets": int(codes[-1]) + 1,
            "n_alike": alike,
            "threshold": line,
            "alternative": alternative,
            "level": float(check_exact("level", level)),
            "distribution": "normal",
        },
        table={
            "gamma": tuple(map(float, odds)),
            "p_lower": tuple(ranks.upper_p(1 / float(gamma)) for gamma in odds),
            "p_upper": tuple(ranks.upper_p(float(gamma)) for gamma in odds),
        },
    )


def _check_sets(sets: Sequence[int] | IntArray, treated: BoolArray) -> IntArray:
    """The sets numbered from 0, each with one treated or one control among two or more."""
    given = check_vector("sets", sets, length=len(treated))
    check_each("sets", given == np.round(given), "hold whole numbers", "Number the sets, and give each row its set's.")
    numbers = np.asarray(sets)
    if numbers.dtype == object:  # whole numbers of several kinds, some of which do not compare
        numbers = np.array([int(one) for one in numbers], object)
    codes = np.unique(numbers, return_inverse=True)[1]
    first, other = (np.bincount(codes[arm], minlength=int(codes.max()) + 1) for arm in (treated, ~treated))
    wrong = (np.minimum(first, other) != 1)[codes]
    if wrong.any():
        raise ArgumentError(
            "`sets` must each have one treated and some controls, or one control and some treated; the first row of "
            f"another set is row {int(np.argmax(wrong)) + 1}. Leave such sets out, or divide them."
        )
    return codes


def _aligned(left: FloatArray, codes: IntArray) -> tuple[FloatArray, IntArray]:
    """Each outcome less its set's mean, by set and from the smallest, and the rows in that order."""
    order = np.lexsort((left, codes))
    left, starts = left[order], np.flatnonzero(np.diff(codes[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(left)))
    return left - np.repeat(np.add.reduceat(left, starts) / sizes, sizes), order


def _ranks(aligned: FloatArray, size: float) -> IntArray:
    """Twice the rank of each among all; those closer than rounding are tied."""
    return doubled_ranks(aligned, ROUNDING * size)


def _by_size(doubled: IntArray, treated: BoolArray, codes: IntArray) -> tuple[AlignedRanks, int]:
    """The ranks by the size of the sets, and how many sets hold one rank alone."""
    sizes = np.bincount(codes)
    turned = (np.bincount(codes, weights=treated) > 1)[codes]  # one control among several treated
    scores = np.where(turned, -1.0, 1.0) * (doubled - (np.bincount(codes, weights=doubled) / sizes)[codes])
    chosen = treated != turned
    found = []
    for size in np.unique(sizes).tolist():
        rows = np.sort(scores[(sizes == size)[codes]].reshape(-1, size), axis=1)
        found.append(rows[rows[:, 0] < rows[:, -1]])
    differ = sum(map(len, found))
    if differ < FEWEST:
        raise ArgumentError(
            f"`sets` must be at least {FEWEST} within which the outcomes differ, as the distribution is normal only "
            f"when they are many; there are {differ}."
        )
    statistic = math.fsum(scores[chosen].tolist())
    return AlignedRanks(scores=tuple(found), statistic=statistic), len(sizes) - differ


def _moments(scores: FloatArray, gamma: float) -> tuple[FloatArray, FloatArray]:
    """The mean and variance of the chosen one's score in each set, for the u that makes the mean largest.

    With Γ below 1 the smallest mean. Sets are rows (m, k), scores from the smallest.
    """
    size, side = scores.shape[1], 1.0 if gamma >= 1 else -1.0
    low = np.arange(1, size)
    weight = low + gamma * (size - low)
    means, squares = (
        (below + gamma * (column.sum(axis=1, keepdims=True) - below)) / weight
        for column in (scores, scores**2)
        for below in (np.cumsum(column, axis=1)[:, :-1],)
    )
    variances = squares - means**2
    best = np.max(side * means, axis=1, keepdims=True)
    tied = side * means >= best - ROUNDING * np.max(np.abs(scores), axis=1, keepdims=True)
    place = np.argmax(np.where(tied, side * variances, -math.inf), axis=1)[:, None]
    mean, variance = (np.take_along_axis(one, place, axis=1)[:, 0] for one in (means, variances))
    return mean, variance


def set_statement(finding: Text, alpha: float, p_value: float, limit: float | None) -> Text:
    """The sentence of Γ, with what is found in words: "an effect greater than 0"."""
    share = {lang: number_words(alpha, lang) for lang in LANGUAGES}
    if limit is None:
        return Text(
            en=f"Even with nothing hidden the matched sets do not show {finding.en} "
            f"({p_words(p_value, 'en')}, limit {share['en']}).",
            sv=f"Även utan något dolt visar de matchade grupperna inte {finding.sv} "
            f"({p_words(p_value, 'sv')}, gräns {share['sv']}).",
        )
    floor = math.floor(limit * 100) / 100
    return Text(
        en=f"A hidden confounder could undo the finding of {finding.en} only if it made the odds "
        f"of treatment within a matched set differ by more than {format_number(floor, 'en', 2)} times (p then above "
        f"{share['en']}).",
        sv=f"En dold störfaktor kan upphäva fyndet av {finding.sv} bara om den gör att oddsen för "
        f"behandling inom en matchad grupp skiljer sig mer än {format_number(floor, 'sv', 2)} gånger (p blir då över "
        f"{share['sv']}).",
    )

"""Missing outcomes: whether assignment changed who is missing, and all that belongs beside such an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from effekt._inference.distributions import hypergeometric_masses
from effekt._text import Language, Text, format_share
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_flag, check_level
from effekt.diagnostics._arrays import check_arms, check_each, check_vector, number_words, p_words
from effekt.diagnostics.lee import lee_bounds
from effekt.diagnostics.manski import manski_bounds
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

ROUNDING = 1e-12
FISHER = "Fisher, two-sided"
Masses: TypeAlias = "tuple[int, FloatArray]"  # the smallest possible count, and the probabilities from it on
TIE = 1e-7  # tables this close in probability are equally likely, as in R's fisher.test


def differential_attrition(
    missing: Sequence[bool] | BoolArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    block: Sequence[object] | None = None,
    clustered: bool = False,
    level: float = 0.95,
) -> Diagnostic:
    """Whether outcomes are missing more often in one arm than in the other.

    Parameters
    ----------
    missing : (n,) bool array
        Whether the outcome of each assigned unit is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    block : (n,) array of labels, optional
        The block or pair within which each unit was assigned; the test is then of chance within these.
    clustered : bool
        Whether whole groups were assigned: there is then no test of single units, and `block` is left out.
    level : float
        1 − the p-value at or below which the difference is a warning.

    Returns
    -------
    Diagnostic
        "warning" when p ≤ 1 − level; else "ok", which is no evidence of a difference, never that there is none;
        "information" without a test. Values:
        counts and shares missing overall and in each arm, `difference` in shares (treated − control), `p_value` and
        `test`.

    Raises
    ------
    ArgumentError
        For arrays of different length, an empty arm, a level outside 0 to 1, or blocks of whole groups.

    Notes
    -----
    p is Fisher's exact test of equal shares, conditional on how many are missing: the summed probability of all 2 × 2
    tables at most as likely as the one seen, tables within 1e-7 relative counting as equally likely. It takes units as
    assigned one by one.

    Within blocks it is the exact conditional test of Mantel and Haenszel's setting (as ``mantelhaen.test(exact=TRUE)``
    of R): how many are missing among the treated of all blocks, given how many are missing in each block, is a sum of
    independent hypergeometric counts, and p is the summed probability of all totals at most as likely as the one seen,
    with the same rule for ties. Blocks in which none or all are missing say nothing. With pairs it is McNemar's exact
    test, and called so: blocks that all hold one treated and one control are pairs.

    A small p shows that assignment changed who is seen. A large p does not show that those seen are alike: shares can
    be equal while the persons differ, which only bounds answer.

    References
    ----------
    Fisher, R. A. (1935). The logic of inductive inference. *Journal of the Royal Statistical Society* 98(1), 39–82.
    doi:10.2307/2342435

    Mantel, N. & Haenszel, W. (1959). Statistical aspects of the analysis of data from retrospective studies of disease.
    *Journal of the National Cancer Institute* 22(4), 719–748. doi:10.1093/jnci/22.4.719

    Examples
    --------
    >>> missing = [True] * 6 + [False] * 14 + [True] * 1 + [False] * 19
    >>> found = differential_attrition(missing, [1] * 20 + [0] * 20)
    >>> found.status, found.values["difference"], round(found.values["p_value"], 4)
    ('ok', 0.25, 0.0915)
    """
    check_flag("clustered", clustered)
    gone = _check_flags(missing)
    treated = check_arms(treatment, len(gone))
    if clustered and block is not None:
        raise ArgumentError("`block` is of units assigned one by one; leave it out where whole groups were assigned.")
    if clustered:
        return _attrition(gone, treated, _UNTESTED, level)
    if block is None:
        everyone = np.zeros(len(gone), np.intp)
        return _attrition(gone, treated, Tested(name=FISHER, p_value=_exact(gone, treated, everyone)), level)
    strata = _check_blocks(block, len(gone))
    groups = _PAIRS if _are_pairs(strata, treated) else _BLOCKS
    within = Text(en=f" within {groups.en}", sv=f" inom {groups.sv}")
    by = Tested(name=f"exact within {groups.en}, two-sided", p_value=_exact(gone, treated, strata), within=within)
    return _attrition(gone, treated, by, level)


_BLOCKS, _PAIRS = Text(en="blocks", sv="block"), Text(en="pairs", sv="par")


def _are_pairs(strata: IntArray, treated: BoolArray) -> bool:
    """Whether every block holds one treated and one control."""
    return all(
        bool(np.all(np.bincount(strata[arm], minlength=int(strata.max()) + 1) == 1)) for arm in (treated, ~treated)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A test of whether assignment changed who is missing, or why there is none."""

    name: str | None
    p_value: float | None
    within: Text | None = None
    reason: Text | None = None


def attrition_by(missing: BoolArray, treated: BoolArray, by: Tested, level: float = 0.95) -> Diagnostic:
    """`differential_attrition` by a test that the trial's own estimator gives of the indicator of a missing outcome."""
    return _attrition(missing, treated, by, level)


def attrition_checks(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    low: float | None = None,
    high: float | None = None,
    threshold: float = 0.0,
    clustered: bool = False,
    level: float = 0.95,
) -> tuple[Diagnostic, ...]:
    """What belongs beside an effect estimated without the rows whose outcome is missing.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit, one row for each assigned unit; NaN where it is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    low, high : float, optional
        Range of the outcome, both or none; with it, the worst case is told as well.
    threshold : float
        Effect that the bounds are told against; by default no effect.
    clustered : bool
        Whether whole groups were assigned: there is then no test and no interval.
    level : float
        Of the intervals, and 1 − that of the test.

    Returns
    -------
    tuple of Diagnostic
        `differential_attrition`, `lee_bounds` and, with a range, `manski_bounds`; none when no outcome is missing. The
        bounds are left out when an arm has fewer than two outcomes.

    Raises
    ------
    ArgumentError
        As the three functions do, and for one end of the range without the other.

    Examples
    --------
    >>> nan = float("nan")
    >>> found = attrition_checks([1, 2, 3, 4, 2, 4, nan, nan], [1, 1, 1, 1, 0, 0, 0, 0])
    >>> [(one.name, one.status) for one in found]
    [('differential_attrition', 'ok'), ('lee_bounds', 'warning')]
    """
    if (low is None) != (high is None):
        raise ArgumentError("`low` and `high` must be given together: the range of the outcome, or neither.")
    seen = ~np.isnan(check_vector("outcome", outcome, missing=True))
    treated = check_arms(treatment, len(seen))
    if seen.all():
        return ()
    found = [differential_attrition(~seen, treated, clustered=clustered, level=level)]
    if min(seen[treated].sum(), seen[~treated].sum()) >= 2:
        found.append(lee_bounds(outcome, treatment, threshold=threshold, clustered=clustered, level=level))
        if low is not None and high is not None:
            found.append(
                manski_bounds(
                    outcome, treatment, low=low, high=high, threshold=threshold, clustered=clustered, level=level
                )
            )
    return tuple(found)


def _check_flags(missing: Any) -> BoolArray:
    array = check_vector("missing", missing)
    check_each("missing", np.isin(array, (0, 1)), "be true or false", "Say of each row whether its outcome is missing.")
    return np.asarray(array == 1)


def _check_blocks(block: Any, length: int) -> IntArray:
    """Which block each row belongs to, counted from 0."""
    try:
        labels = np.asarray(block)
    except ValueError:
        raise ArgumentError("`block` must have one label for each row; it holds lists of several lengths.") from None
    if labels.dtype.kind in "US":
        labels = np.asarray(block, dtype=object)  # so that numbers, and NaN, among text stay what they are
    if labels.shape != (length,):
        raise ArgumentError(f"`block` must have one label for each of the {length} rows; its shape is {labels.shape}.")
    absent = [one is None or one != one for one in labels.tolist()]
    if any(absent):
        row = absent.index(True) + 1
        raise ArgumentError(
            f"`block` must name the block of every row; the first row without one is row {row}. Leave such rows "
            "out, or leave `block` out where units were not assigned within blocks."
        )
    try:
        return np.asarray(np.unique(labels, return_inverse=True)[1].astype(np.intp))
    except TypeError:
        kinds = [isinstance(label, str) for label in labels.tolist()]
        row = kinds.index(not kinds[0]) + 1 if len(set(kinds)) == 2 else 1
        raise ArgumentError(
            "`block` must hold labels of one kind, all text or all numbers; the first row of another kind than row 1 "
            f"is row {row}. Write all as text."
        ) from None


def _attrition(gone: BoolArray, treated: BoolArray, by: Tested, level: float) -> Diagnostic:
    alpha = check_level(level)
    counts = int(gone[treated].sum()), int(gone[~treated].sum())
    sizes = int(treated.sum()), int((~treated).sum())
    shares = [Fraction(count, size) for count, size in zip(counts, sizes, strict=True)]
    found = by.p_value is not None and by.p_value <= float(alpha) * (1 + ROUNDING)
    return Diagnostic(
        name="differential_attrition",
        status="information" if by.p_value is None else "warning" if found else "ok",
        statement=_attrition_statement(shares, by, alpha, found=found),
        values={
            "n_missing": sum(counts),
            "share_missing": float(Fraction(sum(counts), sum(sizes))),
            "n_missing_treated": counts[0],
            "n_treated": sizes[0],
            "share_missing_treated": float(shares[0]),
            "n_missing_control": counts[1],
            "n_control": sizes[1],
            "share_missing_control": float(shares[1]),
            "difference": float(shares[0] - shares[1]),
            "test": by.name,
            "p_value": by.p_value,
            "level": float(1 - alpha),
        },
    )


def _exact(gone: BoolArray, treated: BoolArray, strata: IntArray) -> float:
    """The summed probability of all totals at most as likely as the one seen (Fisher 1935; Mantel & Haenszel 1959).

    The total is how many are missing among the treated, given in each stratum how many are; strata that are alike are
    put together first, so that no label and no order moves the sum.
    """
    margins = [np.bincount(strata[rows], minlength=int(strata.max()) + 1) for rows in (treated, gone)]
    tables, times = np.unique(np.column_stack([*margins, np.bincount(strata)]), axis=0, return_counts=True)
    counts = [
        _repeated(hypergeometric_masses(n_treated, n_gone, n), count)
        for (n_treated, n_gone, n), count in zip(tables.tolist(), times.tolist(), strict=True)
    ]
    start, masses = reduce(_sum_of, counts)
    place = int(gone[treated].sum()) - start
    seen = masses[place] if 0 <= place < len(masses) else 0.0  # beyond the masses that are above zero in floats
    return min(1.0, float(np.sum(masses[masses <= seen * (1 + TIE)])))


def _sum_of(first: Masses, second: Masses) -> Masses:
    """The distribution of the sum of two independent counts, without ends that are zero in floats."""
    long, short = (one[1] for one in sorted((first, second), key=lambda one: -len(one[1])))
    masses = np.zeros(len(long) + len(short) - 1)
    for place, mass in enumerate(short.tolist()):  # term by term: a product of vectors may differ between machines
        masses[place : place + len(long)] += mass * long
    above = np.flatnonzero(masses)
    return first[0] + second[0] + int(above[0]), masses[above[0] : above[-1] + 1]


def _repeated(own: Masses, times: int) -> Masses:
    """The distribution of the sum of so many independent counts that are distributed alike, by doubling."""
    if times == 1:
        return own
    twice = _repeated(_sum_of(own, own), times // 2)
    return _sum_of(twice, own) if times % 2 else twice


_UNTESTED = Tested(
    name=None,
    p_value=None,
    reason=Text(
        en="whole groups were assigned, so the exact test for single units does not apply",
        sv="hela grupper tilldelades, så det exakta testet för enskilda enheter gäller inte",
    ),
)


def _attrition_statement(shares: Sequence[Fraction], by: Tested, alpha: Fraction, *, found: bool) -> Text:
    def sentence(lang: Language) -> str:
        first, second = (format_share(share, lang) for share in shares)
        limit = number_words(float(alpha), lang)
        start = (
            f"The outcome is missing for {first} of the treated and {second} of the controls; "
            if lang == "en"
            else f"Utfallet saknas för {first} av de behandlade och {second} av kontrollerna; "
        )
        if by.p_value is None:
            return f"{start}{'' if by.reason is None else by.reason.in_language(lang)}."
        p = p_words(by.p_value, lang) + ("" if by.within is None else by.within.in_language(lang))
        if lang == "en":
            return start + (
                f"so large a difference is rare when assignment does not change who is missing ({p}, limit {limit})."
                if found
                else f"no evidence of differential attrition ({p}, limit {limit}), which does not show that those seen "
                "are alike."
            )
        return start + (
            f"en så stor skillnad är sällsynt när tilldelningen inte påverkar vem som saknas ({p}, gräns {limit})."
            if found
            else f"inget belägg för skilda bortfall ({p}, gräns {limit}), vilket inte visar att de som setts är lika."
        )

    return Text(en=sentence("en"), sv=sentence("sv"))

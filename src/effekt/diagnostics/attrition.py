"""Missing outcomes: whether assignment changed who is missing, and all that belongs beside such an effect."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from effekt._inference.distributions import hypergeometric_masses
from effekt._text import LANGUAGES, Language, Text, format_share
from effekt._types import BoolArray, FloatArray
from effekt._validation import check_level
from effekt.diagnostics._arrays import check_arms, check_vector, number_words, p_words
from effekt.diagnostics.lee import lee_bounds
from effekt.diagnostics.manski import manski_bounds
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

ROUNDING = 1e-12
TIE = 1e-7  # tables this close in probability are equally likely, as in R's fisher.test


def differential_attrition(
    missing: Sequence[bool] | BoolArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
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
    clustered : bool
        Whether whole groups were assigned: there is then no test.
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
        For arrays of different length, an empty arm, or a level outside 0 to 1.

    Notes
    -----
    p is Fisher's exact test of equal shares, conditional on how many are missing: the summed probability of all 2 × 2
    tables at most as likely as the one seen, tables within 1e-7 relative counting as equally likely. It takes units as
    assigned one by one, without blocks.

    A small p shows that assignment changed who is seen. A large p does not show that those seen are alike: shares can
    be equal while the persons differ, which only bounds answer.

    References
    ----------
    Fisher, R. A. (1935). The logic of inductive inference. *Journal of the Royal Statistical Society* 98(1), 39–82.
    doi:10.2307/2342435

    Examples
    --------
    >>> missing = [True] * 6 + [False] * 14 + [True] * 1 + [False] * 19
    >>> found = differential_attrition(missing, [1] * 20 + [0] * 20)
    >>> found.status, found.values["difference"], round(found.values["p_value"], 4)
    ('ok', 0.25, 0.0915)
    """
    gone = _check_flags(missing)
    treated = check_arms(treatment, len(gone))
    alpha = check_level(level)
    counts = int(gone[treated].sum()), int(gone[~treated].sum())
    sizes = int(treated.sum()), int((~treated).sum())
    p_value = None if clustered else _fisher(counts, sizes)
    shares = [Fraction(count, size) for count, size in zip(counts, sizes, strict=True)]
    found = p_value is not None and p_value <= float(alpha) * (1 + ROUNDING)
    return Diagnostic(
        name="differential_attrition",
        status="information" if clustered else "warning" if found else "ok",
        statement=(
            _untested_statement(shares)
            if p_value is None
            else _attrition_statement(shares, p_value, alpha, found=found)
        ),
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
            "test": None if clustered else "Fisher, two-sided",
            "p_value": p_value,
            "level": float(1 - alpha),
        },
    )


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
    if not np.isin(array, (0, 1)).all():
        row = int(np.argmax(~np.isin(array, (0, 1)))) + 1
        raise ArgumentError(f"`missing` must be true or false; the first row that is neither is row {row}.")
    return np.asarray(array == 1)


def _fisher(counts: tuple[int, int], sizes: tuple[int, int]) -> float:
    """The summed probability of all tables at most as likely as the one seen (Fisher 1935)."""
    low, masses = hypergeometric_masses(sizes[0], sum(counts), sum(sizes))
    return min(1.0, float(np.sum(masses[masses <= masses[counts[0] - low] * (1 + TIE)])))


def _untested_statement(shares: Sequence[Fraction]) -> Text:
    en, sv = ([format_share(share, lang) for share in shares] for lang in LANGUAGES)
    return Text(
        en=f"The outcome is missing for {en[0]} of the treated and {en[1]} of the controls; whole groups were "
        "assigned, so the exact test for single units does not apply.",
        sv=f"Utfallet saknas för {sv[0]} av de behandlade och {sv[1]} av kontrollerna; hela grupper tilldelades, så "
        "det exakta testet för enskilda enheter gäller inte.",
    )


def _attrition_statement(shares: Sequence[Fraction], p_value: float, alpha: Fraction, *, found: bool) -> Text:
    def words(lang: Language) -> tuple[str, str, str, str]:
        rates = (format_share(share, lang) for share in shares)
        return (*rates, p_words(p_value, lang), number_words(float(alpha), lang))  # type: ignore[return-value]

    first, second, p, limit = words("en")
    en = f"The outcome is missing for {first} of the treated and {second} of the controls; "
    en += (
        f"so large a difference is rare when assignment does not change who is missing ({p}, limit {limit})."
        if found
        else f"no evidence of differential attrition ({p}, limit {limit}), which does not show that those seen are "
        "alike."
    )
    first, second, p, limit = words("sv")
    sv = f"Utfallet saknas för {first} av de behandlade och {second} av kontrollerna; "
    sv += (
        f"en så stor skillnad är sällsynt när tilldelningen inte påverkar vem som saknas ({p}, gräns {limit})."
        if found
        else f"inget belägg för skilda bortfall ({p}, gräns {limit}), vilket inte visar att de som setts är lika."
    )
    return Text(en=en, sv=sv)

"""Student's t, the normal, F, beta and two counts: the only functions of effekt that evaluate a distribution.

SciPy takes longer to load than most results to compute, so it is loaded where a distribution is asked for.
"""

from __future__ import annotations

import math

import numpy as np

from effekt._types import FloatArray


def t_upper_tail(statistic: FloatArray | float, df: FloatArray | float) -> FloatArray:
    """P(T > statistic) of Student's t; infinite df is the normal."""
    from scipy import special

    statistic, df = np.asarray(statistic, float), np.asarray(df, float)
    normal = special.ndtr(-statistic)
    return np.where(np.isinf(df), normal, special.stdtr(np.where(np.isinf(df), 1.0, df), -statistic))


def t_quantile(probability: float, df: float) -> float:
    """The quantile of Student's t; infinite df is the normal."""
    from scipy import special

    return float(special.ndtri(probability) if math.isinf(df) else special.stdtrit(df, probability))


def f_upper_tail(statistic: float, first: float, second: float) -> float:
    """P(F > statistic) of the F with two numbers of degrees of freedom; infinite second ones are chi-square / first."""
    from scipy import special

    if math.isinf(second):
        return float(special.chdtrc(first, first * statistic))
    return float(special.fdtrc(first, second, statistic))


def f_quantile(probability: float, first: float, second: float) -> float:
    """The quantile of the F; infinite second degrees of freedom are chi-square / first."""
    from scipy import special

    if math.isinf(second):
        return float(special.chdtri(first, 1 - probability) / first)
    return float(special.fdtri(first, second, probability))


def noncentral_f_upper_tail(value: float, first: float, second: float, noncentrality: float) -> float:
    """P(F > value) of the noncentral F; infinite second degrees of freedom are noncentral chi-square / first."""
    from scipy import special

    if math.isinf(second):
        return float(1 - special.chndtr(first * value, first, noncentrality))
    return float(1 - special.ncfdtr(first, second, noncentrality, value))


def noncentral_t_upper_tail(value: float, df: float, noncentrality: float) -> float:
    """P(T > value) of the noncentral t; infinite df is the normal with that mean."""
    from scipy import special

    if math.isinf(df):
        return float(special.ndtr(noncentrality - value))
    return float(special.nctdtr(df, -noncentrality, -value))


def normal_density(value: FloatArray) -> FloatArray:
    """The density of the standard normal."""
    return np.asarray(np.exp(-np.square(value) / 2) / math.sqrt(2 * math.pi))


def beta_lower_tail(first: float, second: float, value: FloatArray) -> FloatArray:
    """P(B ≤ value) of the beta distribution."""
    from scipy import special

    return np.asarray(special.betainc(first, second, value))


def binomial_lower_tail(successes: int, trials: int, probability: FloatArray) -> FloatArray:
    """P(B ≤ successes) of the binomial."""
    from scipy import special

    return np.asarray(special.bdtr(successes, trials, probability))


def binomial_masses(trials: int, probability: FloatArray) -> FloatArray:
    """(trials + 1, m): P(B = 0), …, P(B = trials) of the binomial at each of m probabilities."""
    from scipy import special

    number = np.arange(trials + 1)[:, None]
    return np.asarray(special.binom(trials, number) * probability**number * (1 - probability) ** (trials - number))


def hypergeometric_masses(drawn: int, marked: int, total: int) -> tuple[int, FloatArray]:
    """The smallest possible number of marked units among `drawn` of `total`, and the probability of each number."""
    low, high = max(0, drawn + marked - total), min(drawn, marked)
    number = np.arange(low, high, dtype=float)
    steps = (marked - number) * (drawn - number) / ((number + 1) * (total - marked - drawn + number + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(steps))])
    masses = np.exp(logs - np.max(logs))
    return low, masses / np.sum(masses)

"""Second route for the propensity that units are matched on: logit or probit by Newton's method, in plain Python.

Each step solves (Z'WZ) δ = Z'u. Logit: u = d - p, W = diag(p(1 - p)); McCullagh & Nelder (1989), §4.4. Probit, with s =
±1 and λ = φ(η)/Φ(sη): u = sλ, W = diag(λ(λ + sη)); Amemiya (1981), Journal of Economic Literature 19(4), section 2.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import erfc, exp, fsum, inf, log, pi, sqrt, tanh

from effekt.exceptions import DataError
from effekt.independent.columns import Columns, covariate_lines, mean, zero_one
from effekt.independent.linear_algebra import dot, solve

TIE = 1e-12  # how far beyond a caliper a logit may lie, relative to its size (absolute below 1)


def propensity_logit(
    columns: Columns, *, treatment: str, covariates: Sequence[str], link: str = "logit"
) -> list[float]:
    """Return each row's fitted log odds of treatment."""
    return propensity(columns, treatment=treatment, covariates=covariates, link=link)[0]


def propensity(
    columns: Columns, *, treatment: str, covariates: Sequence[str], link: str = "logit"
) -> tuple[list[float], list[float]]:
    """Return each row's fitted log odds of treatment and the covariates' coefficients; covariates are standardised."""
    terms = {"logit": _logit_terms, "probit": probit_terms}[link]
    d = [float(value) for value in zero_one(columns, treatment)]
    lines = covariate_lines(columns, covariates)
    scaled = [_standardised(line, name) for name, line in lines.items()]
    z = [[1.0] * len(d), *(line for line, _ in scaled)]
    beta = [0.0] * len(z)
    for _ in range(100):
        index = [dot(beta, list(row)) for row in zip(*z, strict=True)]
        both = [terms(value, own) for value, own in zip(index, d, strict=True)]
        score = [[dot(line, [own for own, _ in both])] for line in z]
        weight = [own for _, own in both]
        weighted = [[w * a for w, a in zip(weight, line, strict=True)] for line in z]
        half = [[dot(weighted[i], z[j]) for j in range(i + 1)] for i in range(len(z))]
        information = [[half[max(i, j)][min(i, j)] for j in range(len(z))] for i in range(len(z))]
        step = [float(row[0]) for row in solve(_exactly(information), _exactly(score))]
        beta = [b + s for b, s in zip(beta, step, strict=True)]
        if max(abs(b) for b in beta) > 50:
            break
        if max(abs(s) for s in step) < 1e-10:
            index = [dot(beta, list(row)) for row in zip(*z, strict=True)]
            logit = index if link == "logit" else [probit_odds(own) for own in index]
            return logit, [b / spread for b, (_, spread) in zip(beta[1:], scaled, strict=True)]
    raise DataError(
        "the covariates must not separate treated from controls, in whole or in part or nearly; leave out the one "
        "that does."
    )


def _logit_terms(index: float, d: float) -> tuple[float, float]:
    """Return what a row adds to the score, and its weight."""
    p = (1 + tanh(index / 2)) / 2
    return d - p, p * (1 - p)


def probit_terms(index: float, d: float) -> tuple[float, float]:
    """Return the same of a probit."""
    sign = 1.0 if d else -1.0
    ratio = exp(-(index**2) / 2) / sqrt(2 * pi) / _normal(sign * index)
    return sign * ratio, ratio * (ratio + sign * index)


def probit_odds(index: float) -> float:
    """Return the log odds of a probit, log Φ(η)/Φ(-η)."""
    return log(_normal(index)) - log(_normal(-index))


def _normal(value: float) -> float:
    """Return Φ(value)."""
    return erfc(-value / sqrt(2)) / 2


def _exactly(matrix: list[list[float]]) -> list[list[Fraction]]:
    """Return the floats as the fractions they are, for the exact solver."""
    return [[Fraction(cell) for cell in row] for row in matrix]


def _standardised(values: list[Fraction], name: str) -> tuple[list[float], float]:
    """Return (x - x̄)/s and s."""
    middle = mean(values)
    spread = standard_deviation([float(value - middle) for value in values])
    if spread == 0:
        raise DataError(f"covariate {name!r} must vary; leave it out.")
    return [float(value - middle) / spread for value in values], spread


def within_width(one: float, other: float, width: float) -> bool:
    """Return whether two logits lie within a caliper; what is beyond it but for rounding counts as at its limit."""
    return abs(one - other) <= width + TIE * max(1.0, width)


def caliper_width(logit: Sequence[float], d: Sequence[int], caliper: float | None) -> float:
    """Return how far apart a pair may be: a caliper's number of the arms' joint standard deviations."""
    if caliper is None:
        return inf
    arms = [[value for value, own in zip(logit, d, strict=True) if own == arm] for arm in (1, 0)]
    return caliper * sqrt((standard_deviation(arms[0]) ** 2 + standard_deviation(arms[1]) ** 2) / 2)


def standard_deviation(values: Sequence[float]) -> float:
    """Return the standard deviation, divisor n - 1."""
    middle = fsum(values) / len(values)
    return sqrt(fsum((value - middle) ** 2 for value in values) / (len(values) - 1))

"""Second route for the wild cluster bootstrap of a trial, by all sign changes of its clusters.

The null c'β = τ₀ (a ratio: (l₁ - ρ l₀)'β = 0) is imposed: ũ are the residuals of least squares under it. With the sign
w_g for each cluster the outcome is Xβ̃ + w_g ũ_g, and the statistic its contrast less the null, over CR1's root::

    t*(w) = Σ_g w_g p_g'ũ_g / √(Σ_h (Σ_g w_g M_hg)²),   M_hg = p_h'[(I - H) restricted to the columns of g] ũ_g,

p = X (X'X)⁻¹ c; the factor of CR1 is one for all signs. p is the share of the 2^G signs whose statistic is as extreme:
Cameron, Gelbach & Miller (2008), doi:10.1162/rest.90.3.414; ties count, within 1e-11 of the squares.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from math import fsum, inf

from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.linear_algebra import dot
from effekt.independent.regression import Fit, predict

MOST = 16  # clusters of which all sign changes are taken
TIE = 1e-11
Contrasts = tuple[list[Fraction], list[Fraction]]


def wild_test(
    fit: Fit, contrasts: Contrasts, y: Sequence[Fraction], clusters: Sequence[str]
) -> Callable[[str, float, str], Fraction]:
    """Return the test of a null: of a contrast ("difference", "ratio"), its value and the alternative."""
    names = list(dict.fromkeys(clusters))
    if len(names) > MOST:
        raise NotRepeatedError(
            f"the second route draws no signs; it takes all of at most {MOST} clusters.",
            f"den drar inga tecken; den tar alla för högst {MOST} kluster.",
        )
    check_steps(4 * len(names) * 2 ** len(names))
    groups = [[i for i, own in enumerate(clusters) if own == name] for name in names]
    known: dict[tuple[str, float], list[tuple[float, float]]] = {}

    def test(contrast: str, null: float, side: str) -> Fraction:
        if (contrast, null) not in known:
            weight, target = (
                (Fraction(1), Fraction(null)) if contrast == "difference" else (Fraction(null), Fraction(0))
            )
            line = [a - weight * b for a, b in zip(*contrasts, strict=True)]
            known.clear()
            known[contrast, null] = _statistics(fit, line, target, y, groups)
        return _share(known[contrast, null], side)

    return test


def without_event(fit: Fit, treated: list[Fraction], y: Sequence[Fraction], clusters: Sequence[str]) -> bool:
    """Return whether the treated mean is 0 and no cluster's residuals move it."""
    moved = [predict(row, treated) for row in fit.inverse]
    pulls: dict[str, Fraction] = {}
    for row, own, name in zip(fit.rows, y, clusters, strict=True):
        error = own - predict(row, fit.coefficients)
        pulls[name] = pulls.get(name, Fraction(0)) + predict(row, moved) * error
    return predict(treated, fit.coefficients) == 0 and not any(pulls.values())


def _statistics(
    fit: Fit, line: list[Fraction], target: Fraction, y: Sequence[Fraction], groups: list[list[int]]
) -> list[tuple[float, float]]:
    """Return numerator and squared denominator of t* of every sign change, the unchanged one first."""
    moved = [predict(row, line) for row in fit.inverse]
    excess = (predict(line, fit.coefficients) - target) / predict(line, moved)
    restricted = [b - own * excess for b, own in zip(fit.coefficients, moved, strict=True)]
    errors = [own - predict(row, restricted) for own, row in zip(y, fit.rows, strict=True)]
    width = range(len(line))
    pulls = [[sum((fit.rows[i][j] * errors[i] for i in group), Fraction(0)) for j in width] for group in groups]
    influence = [predict(row, moved) for row in fit.rows]
    own = [[sum((fit.rows[i][j] * influence[i] for i in group), Fraction(0)) for j in width] for group in groups]
    turned = [[predict(row, pull) for row in fit.inverse] for pull in pulls]
    direct = [sum((influence[i] * errors[i] for i in group), Fraction(0)) for group in groups]
    cells = [
        [float((direct[h] if h == g else Fraction(0)) - predict(own[h], turned[g])) for g in range(len(groups))]
        for h in range(len(groups))
    ]
    tops = [float(value) for value in direct]
    half = len(groups) // 2
    first, second = (_sums(tops, cells, part) for part in (range(half), range(half, len(groups))))
    found = []
    for top, sums in first:
        for more, others in second:
            found.append((top + more, sum((a + b) ** 2 for a, b in zip(sums, others, strict=True))))
    return found


def _sums(tops: list[float], cells: list[list[float]], part: Sequence[int]) -> list[tuple[float, list[float]]]:
    """Return the signed sums over some clusters, all positive first."""
    found = []
    for signs in product((1, -1), repeat=len(part)):
        top = fsum(sign * tops[g] for sign, g in zip(signs, part, strict=True))
        found.append((top, [dot([float(s) for s in signs], [line[g] for g in part]) for line in cells]))
    return found


def _share(statistics: list[tuple[float, float]], side: str) -> Fraction:
    """Return the share of statistics as extreme as the first; squares with their sign are compared."""
    squares = [
        0.0 if top == 0 else (top * abs(top) / below if below > 0 else top * float("inf")) for top, below in statistics
    ]
    if side == "two-sided":
        squares = [abs(own) for own in squares]
    elif side == "less":
        squares = [-own for own in squares]
    bar = squares[0] - TIE * abs(squares[0])
    return Fraction(sum(own >= bar for own in squares), len(squares))


def _signed_square(top: float, below: float) -> float:
    """Return t·|t|."""
    if top == 0:
        return 0.0
    return top * abs(top) / below if below > 0 else top * inf

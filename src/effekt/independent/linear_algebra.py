"""Matrices as lists of rows, and Student's t, in plain Python.

Slow and obvious on purpose: an auditor can check each function against the formula named in it.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import erfc, exp, fsum, inf, lgamma, log, log1p, sqrt
from operator import mul

from effekt.exceptions import DataError

Matrix = list[list[float]]


def solve(matrix: list[list[Fraction]], right: list[list[Fraction]]) -> list[list[Fraction]]:
    """Solve ``matrix · x = right`` exactly, by Gauss-Jordan elimination."""
    size = len(matrix)
    work = [[*matrix[i], *right[i]] for i in range(size)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(work[r][i]))
        if work[pivot][i] == 0:
            raise DataError(
                "the regressors must not be collinear, but one is a linear combination of the others; "
                "leave one of them out."
            )
        work[i], work[pivot] = work[pivot], work[i]
        head = work[i][i]
        work[i] = [value / head for value in work[i]]
        for r in range(size):
            factor = work[r][i]
            if r != i and factor != 0:
                work[r] = [a - factor * b for a, b in zip(work[r], work[i], strict=True)]
    return [row[size:] for row in work]


def inverse(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return the exact inverse."""
    size = len(matrix)
    identity = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    return solve(matrix, identity)


def factored(matrix: list[list[Fraction]]) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Return L and D of a positive definite ``matrix = L D L'``, exactly; L has ones on its diagonal.

    Golub & Van Loan, Matrix Computations (4th ed.), §4.1.2.
    """
    lower: list[list[Fraction]] = []
    sizes: list[Fraction] = []
    for i, row in enumerate(matrix):
        line: list[Fraction] = []  # L_ij D_j until it is divided
        for j in range(i):
            line.append(row[j] - sum((a * b for a, b in zip(line, lower[j], strict=False)), Fraction(0)))
        own = [value / size for value, size in zip(line, sizes, strict=True)]
        sizes.append(row[i] - sum((a * b for a, b in zip(line, own, strict=True)), Fraction(0)))
        lower.append([*own, Fraction(1), *([Fraction(0)] * (len(matrix) - i - 1))])
    return lower, sizes


def exact_dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    """Return Σ aᵢbᵢ exactly: products of one denominator are added as whole numbers."""
    tops: dict[int, int] = {}
    for one, other in zip(a, b, strict=True):
        (top, below), (factor, divisor) = one.as_integer_ratio(), other.as_integer_ratio()
        tops[below * divisor] = tops.get(below * divisor, 0) + top * factor
    return sum((Fraction(top, below) for below, top in tops.items()), Fraction(0))


def exact_gram(a: Sequence[Sequence[Fraction]], b: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """Return A'B of two lists of columns, exactly, where it is symmetric: each pair of columns is multiplied once."""
    half = [[exact_dot(a[i], b[j]) for j in range(i + 1)] for i in range(len(a))]
    return [[half[max(i, j)][min(i, j)] for j in range(len(a))] for i in range(len(a))]


def dot(a: list[float], b: list[float]) -> float:
    """Return Σ aᵢbᵢ, the sum correctly rounded (so that it does not depend on the order)."""
    if len(a) != len(b):
        raise ValueError("two vectors must have one length")
    return fsum(map(mul, a, b))


def times(matrix: Matrix, vector: list[float]) -> list[float]:
    """Return ``matrix · vector``."""
    return [dot(row, vector) for row in matrix]


def eigen_symmetric(matrix: Matrix) -> tuple[list[float], Matrix]:
    """Return eigenvalues and eigenvectors (one a row) of a symmetric matrix by cyclic Jacobi rotations.

    Golub & Van Loan, Matrix Computations (4th ed.), §8.5.2: the rotation (c, s) makes a_pq zero.
    """
    size = len(matrix)
    a = [list(row) for row in matrix]
    vectors = [[float(i == j) for j in range(size)] for i in range(size)]
    scale = fsum(x * x for row in a for x in row)
    for _ in range(60):
        if fsum(a[i][j] ** 2 for i in range(size) for j in range(size) if i != j) <= 1e-30 * scale:
            return [a[i][i] for i in range(size)], vectors
        for p in range(size - 1):
            for q in range(p + 1, size):
                if a[p][q] != 0.0:
                    _rotate(a, vectors, p, q)
    raise DataError("an eigenvalue problem did not converge; check the covariates for values of extreme size.")


def _rotate(a: Matrix, vectors: Matrix, p: int, q: int) -> None:
    """Apply one Jacobi rotation in the plane (p, q) to both sides of ``a`` and to ``vectors``."""
    tau = (a[q][q] - a[p][p]) / (2 * a[p][q])
    t = (1.0 if tau >= 0 else -1.0) / (abs(tau) + sqrt(1 + tau * tau))
    c = 1 / sqrt(1 + t * t)
    s = t * c
    for row in a:
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    a[p], a[q] = (
        [c * x - s * y for x, y in zip(a[p], a[q], strict=True)],
        [s * x + c * y for x, y in zip(a[p], a[q], strict=True)],
    )
    a[p][q] = a[q][p] = 0.0
    vectors[p], vectors[q] = (
        [c * x - s * y for x, y in zip(vectors[p], vectors[q], strict=True)],
        [s * x + c * y for x, y in zip(vectors[p], vectors[q], strict=True)],
    )


def symmetric_power(matrix: Matrix, power: float) -> Matrix:
    """Return matrix**power through its eigenvalues; those up to 1e-10 count as zero (pseudo-inverse)."""
    values, vectors = eigen_symmetric(matrix)
    scaled = [value**power if value > 1e-10 else 0.0 for value in values]
    size = len(matrix)
    return [
        [fsum(w * v[i] * v[j] for w, v in zip(scaled, vectors, strict=True)) for j in range(size)] for i in range(size)
    ]


def log_gamma_ratio(a: float, b: float) -> float:
    """Return ln Γ(a + b) - ln Γ(a) without cancellation for large a, by Stirling's series (DLMF 5.11.1)."""
    if a < 30:
        return lgamma(a + b) - lgamma(a)
    tail = [1 / (12 * z) - 1 / (360 * z**3) + 1 / (1260 * z**5) - 1 / (1680 * z**7) for z in (a + b, a)]
    return (a + b - 0.5) * log1p(b / a) + b * log(a) - b + tail[0] - tail[1]


def incomplete_beta(a: float, b: float, x: float, y: float) -> float:
    """Return the regularised incomplete beta I_x(a, b), y = 1 - x, by a continued fraction (DLMF 8.17.22)."""
    if x <= 0 or y <= 0:
        return float(y <= 0)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_fraction(b, a, y, x)
    return _beta_fraction(a, b, x, y)


def _beta_fraction(a: float, b: float, x: float, y: float) -> float:
    """Return I_x(a, b) by its continued fraction, which is fast up to x = (a + 1)/(a + b + 2)."""
    small, large = min(a, b), max(a, b)
    powers = a * (log(x) if x < 0.5 else log1p(-y)) + b * (log(y) if y < 0.5 else log1p(-x))
    front = exp(log_gamma_ratio(large, small) - lgamma(small) + powers) / a
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + step * d) or tiny)
            c = (1 + step / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 3e-16:
            break
    return front * value


def student_tail(t: float, df: float) -> float:
    """Return P(T > t): ½ I_{df/(df+t²)}(df/2, ½) for t ≥ 0 (DLMF 8.17; Abramowitz & Stegun 26.7.1).

    Infinite degrees of freedom are the normal distribution, ½ erfc(t/√2).
    """
    if df == inf:
        return erfc(t / sqrt(2)) / 2
    total = df + t * t
    half = incomplete_beta(df / 2, 0.5, df / total, t * t / total) / 2
    return half if t >= 0 else 1 - half


def student_cdf(t: float, df: float) -> float:
    """Return P(T ≤ t) of Student's t with ``df`` degrees of freedom."""
    return student_tail(-t, df)


def student_quantile(probability: float, df: float) -> float:
    """Return the t with P(T ≤ t) = probability, by bisection."""
    if not 0 < probability < 1:
        return inf if probability >= 1 else -inf
    if probability < 0.5:
        return -student_quantile(1 - probability, df)
    low, high = 0.0, 1.0
    while student_tail(high, df) > 1 - probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, df) > 1 - probability else (low, middle)
    return (low + high) / 2


def weighed(weights: Iterable[Fraction], means: Sequence[Fraction | float], *, rounded: bool) -> Fraction:
    """Return the weighted sum; of rounded means 0 where at most 1e-12 of its largest term is left."""
    terms = [weight * Fraction(mean) for weight, mean in zip(weights, means, strict=True)]
    total = sum(terms, Fraction(0))
    return total if not rounded or abs(total) > max(map(abs, terms)) / 10**12 else Fraction(0)

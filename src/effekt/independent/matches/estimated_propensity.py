"""Second route for what the estimation of a logit propensity does to the means of a match with replacement.

Abadie & Imbens (2016, doi:10.3982/ECTA11293), theorems 1 and 2, written out in docs/methods/matched_comparison.md. With
x a constant and the covariates, f = p(1 - p), J = Σ f x x', e the probability of the arm that the effect is on, γ_w the
covariance of x and y among the h nearest in the propensity of arm w, ỹ_w their mean without the row itself, and y_w the
row's own outcome or that of the row of arm w that is most alike in the covariates::

    ATE    c_w = ± N⁻¹ Σ_i f_i γ_w(i) / (p_i for the treated, 1 - p_i for the controls)
    ATT    c_w = n⁻¹ Σ_i f_i (x_i (ỹ_w(i) - mean_w) + γ_w(i) r_i), r = 1 in the arm itself and -e/(1 - e) in the other
           d_w = n⁻¹ Σ_i f_i x_i (y_w(i) - mean_w)

and -c_v'J⁻¹c_w + d_v'J⁻¹d_w is added to the covariance of the means v and w. The ATC comes with the arms turned.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import fsum, tanh

from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import solve

Nearest = Callable[[dict[int, float], int, float], list[int]]
Matrix = list[list[float]]


def added_covariance(
    y: Sequence[float],
    arms: Sequence[int],
    logit: Sequence[float],
    covariates: Sequence[Sequence[float]],
    count: int,
    means: tuple[float, float] | None,
    nearest: Nearest,
) -> Matrix:
    """Return what is added to the covariance of the treated and the counterfactual mean.

    ``covariates`` are columns, ``count`` is h, and ``means`` are those of an effect on the treated, or None for the
    effect on everybody. ``nearest(gaps, count, scale)`` are the rows with the smallest gaps, ties kept.
    """
    n, k = len(y), len(covariates) + 1
    check_steps(8 * n * n * k)
    x = [[1.0, *cells] for cells in zip(*(_standardised(column) for column in covariates), strict=True)]
    p = [(1 + tanh(value / 2)) / 2 for value in logit]
    f = [own * (1 - own) for own in p]
    information = [[fsum(f[i] * x[i][a] * x[i][b] for i in range(n)) for b in range(k)] for a in range(k)]
    members = {arm: [j for j in range(n) if arms[j] == arm] for arm in (1, 0)}

    def near(i: int, arm: int, *, itself: bool) -> list[int]:
        gaps = {j: abs(logit[i] - logit[j]) for j in members[arm] if itself or j != i}
        return nearest(gaps, count, abs(logit[i]))

    gamma = {arm: [_covariance(near(i, arm, itself=True), x, y) for i in range(n)] for arm in (1, 0)}
    if means is None:
        c = [
            [fsum((1 - p[i]) * gamma[1][i][a] for i in range(n)) / n for a in range(k)],
            [-fsum(p[i] * gamma[0][i][a] for i in range(n)) / n for a in range(k)],
        ]
        return _scaled(_products(c, information), -1.0)
    size = len(members[1])
    alike = _alike(arms, members, covariates, y, nearest)
    first, second = [], []
    for arm, middle in zip((1, 0), means, strict=True):
        ratio = [1.0 if arm else -own / (1 - own) for own in p]
        smooth = [_mean(near(i, arm, itself=False), y) - middle for i in range(n)]
        raw = [alike[arm][i] - middle for i in range(n)]
        first.append(
            [
                fsum(f[i] * (x[i][a] * smooth[i] + ratio[i] * gamma[arm][i][a]) for i in range(n)) / size
                for a in range(k)
            ]
        )
        second.append([fsum(f[i] * x[i][a] * raw[i] for i in range(n)) / size for a in range(k)])
    down, up = _products(first, information), _products(second, information)
    return [[up[a][b] - down[a][b] for b in (0, 1)] for a in (0, 1)]


def _alike(
    arms: Sequence[int],
    members: dict[int, list[int]],
    covariates: Sequence[Sequence[float]],
    y: Sequence[float],
    nearest: Nearest,
) -> dict[int, list[float]]:
    """Return y_w of each row: its own, or that of the nearest by Mahalanobis distance, covariance within the arms."""
    n, k = len(y), len(covariates)
    middles = {arm: [_mean(rows, column) for column in covariates] for arm, rows in members.items()}
    apart = [[column[i] - middles[arms[i]][a] for a, column in enumerate(covariates)] for i in range(n)]
    pooled = [[fsum(row[a] * row[b] for row in apart) / (n - 2) for b in range(k)] for a in range(k)]
    unit = [[Fraction(int(a == b)) for b in range(k)] for a in range(k)]
    inverse = [[float(cell) for cell in line] for line in solve(_exactly(pooled), unit)]

    def distance(i: int, j: int) -> float:
        gap = [column[i] - column[j] for column in covariates]
        square = fsum(gap[a] * inverse[a][b] * gap[b] for a in range(k) for b in range(k))
        return float(max(square, 0.0) ** 0.5)

    found: dict[int, list[float]] = {}
    for arm, rows in members.items():
        found[arm] = [
            y[i] if arms[i] == arm else _mean(nearest({j: distance(i, j) for j in rows}, 1, 1.0), y) for i in range(n)
        ]
    return found


def _mean(rows: Sequence[int], values: Sequence[float]) -> float:
    return fsum(values[j] for j in rows) / len(rows)


def _covariance(rows: Sequence[int], x: Sequence[Sequence[float]], y: Sequence[float]) -> list[float]:
    """Return the covariance of every column of x with y among some rows, divisor their number less one."""
    middle = _mean(rows, y)
    columns = range(len(x[0]))
    middles = [fsum(x[j][a] for j in rows) / len(rows) for a in columns]
    return [fsum((x[j][a] - middles[a]) * (y[j] - middle) for j in rows) / (len(rows) - 1) for a in columns]


def _standardised(values: Sequence[float]) -> list[float]:
    middle = fsum(values) / len(values)
    spread = (fsum((value - middle) ** 2 for value in values) / len(values)) ** 0.5
    return [(value - middle) / spread for value in values]


def _products(parts: Matrix, information: Matrix) -> Matrix:
    """Return c_v'J⁻¹c_w."""
    right = _exactly([list(line) for line in zip(*parts, strict=True)])
    solved = [[float(cell) for cell in line] for line in solve(_exactly(information), right)]
    return [[fsum(c * line[w] for c, line in zip(part, solved, strict=True)) for w in (0, 1)] for part in parts]


def _scaled(matrix: Matrix, factor: float) -> Matrix:
    return [[factor * cell for cell in line] for line in matrix]


def _exactly(matrix: Matrix) -> list[list[Fraction]]:
    return [[Fraction(cell) for cell in line] for line in matrix]

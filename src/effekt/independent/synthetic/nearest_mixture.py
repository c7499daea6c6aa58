"""The mixture of columns that is nearest to nothing, found in floats and proved in whole numbers.

min ½ Σ_k v_k (Σ_j w_j z_jk)² + ½ρ Σ w_j² + Σ c_j w_j  over w ≥ 0, Σw = 1, with z the columns less what they are to
match. The programme is convex, so weights solve it if and only if (Karush, Kuhn & Tucker) no column has a gradient
below the common one of the columns that carry weight. Floats only guess which columns those are: the weights on them
are solved for, and the condition is tested, in whole numbers, so that what is returned is the solution and not near it.
Where the guess fails, columns enter and leave one by one, in whole numbers too, which ends after finitely many steps
(Wolfe 1976, doi:10.1007/BF01580381).

Where others than these columns have the same gradient there may be several solutions, with the same mixture. Then the
one of least Σw² is taken: w_j = max(0, (1, z_j)'ν), with ν such that the mixture is that one and the weights add to 1;
it is the limit of the weights as ρ → 0.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import fsum, lcm, sqrt
from operator import mul
from typing import NamedTuple

from effekt.independent.limits import NotRepeatedError

CORRECTIONS = 30  # of a whole set of columns at once
NEAR = 1e-11  # below which the guess in floats takes a difference for rounding
Weights = tuple[list[int], int]  # numerators, and their common denominator


class Programme(NamedTuple):
    """Everything times a common factor that makes it whole."""

    columns: list[list[int]]
    importance: list[int]
    costs: list[int]
    ridge: int

    def inner(self, a: Sequence[int], b: Sequence[int]) -> int:
        """Return Σ v a b."""
        return sum(map(mul, map(mul, self.importance, a), b))

    def mixture(self, weights: Sequence[int]) -> list[int]:
        """Return Σ w z, times the denominator of the weights."""
        carried = [(w, column) for w, column in zip(weights, self.columns, strict=True) if w]
        return [sum(w * column[k] for w, column in carried) for k in range(len(self.importance))]

    def gradients(self, weights: Weights) -> list[int]:
        """Return the gradient of each column, times the denominator of the weights."""
        numerators, denominator = weights
        scaled = list(map(mul, self.importance, self.mixture(numerators)))
        return [
            sum(map(mul, scaled, column)) + self.ridge * w + cost * denominator
            for column, w, cost in zip(self.columns, numerators, self.costs, strict=True)
        ]


def programme(
    columns: Sequence[Sequence[int | Fraction]],
    importance: Sequence[Fraction] | None = None,
    costs: Sequence[Fraction] | None = None,
    ridge: Fraction = Fraction(0),
) -> Programme:
    """Return the programme in whole numbers; by default all rows count alike, and nothing else does."""
    v = [Fraction(1)] * len(columns[0]) if importance is None else importance
    c = [Fraction(0)] * len(columns) if costs is None else costs
    whole, scale = whole_columns(columns)
    common = lcm(*(value.denominator for value in v), *((value * scale**2).denominator for value in (*c, ridge)))
    return Programme(
        whole,
        [int(value * common) for value in v],
        [int(value * scale**2 * common) for value in c],
        int(ridge * scale**2 * common),
    )


def whole_columns(columns: Sequence[Sequence[int | Fraction]]) -> tuple[list[list[int]], int]:
    """Return the columns times the least number that makes them whole, and that number."""
    scale = lcm(*(value.denominator for column in columns for value in column))
    return [[int(value * scale) for value in column] for column in columns], scale


def nearest(problem: Programme) -> Weights:
    """Return the weights: numerators, and their common denominator."""
    support = _guess_with_ridge(problem) if problem.ridge else _guess(problem)
    weights = _corrected(problem, support)
    if weights is None:
        weights = _one_by_one(problem)
    numerators, denominator = weights
    gradient = problem.gradients(weights)
    level = min(gradient)
    tied = [j for j, own in enumerate(gradient) if own == level]
    carrying = [j for j, w in enumerate(numerators) if w]
    if min(numerators) < 0 or sum(numerators) != denominator or not set(carrying) <= set(tied):
        raise NotRepeatedError(
            "the donors' weights could not be proved to be the nearest.",
            "det gick inte att bevisa att donatorernas vikter ligger närmast.",
        )
    return weights if problem.ridge or len(tied) == len(carrying) else _least_norm(problem, weights, tied)


# --- in whole numbers -------------------------------------------------------------------------------------------------


def solve_whole(matrix: Sequence[Sequence[int]], right: Sequence[int]) -> Weights | None:
    """Return the solution's numerators and their common denominator, above zero; None where there is no one solution.

    Gauss-Jordan elimination without fractions (Bareiss 1968, doi:10.1090/S0025-5718-1968-0226829-0).
    """
    size, last = len(matrix), 1
    work = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(size):
        pivot = next((i for i in range(k, size) if work[i][k]), None)
        if pivot is None:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        head, top = work[k][k], work[k]
        for i in range(size):
            if i != k:
                factor = work[i][k]
                work[i] = [(head * a - factor * b) // last for a, b in zip(work[i], top, strict=True)]
        last = head
    sign = 1 if last > 0 else -1
    return [sign * work[i][size] for i in range(size)], sign * last


def _on_support(problem: Programme, support: Sequence[int]) -> Weights | None:
    """Return the weights of least objective on some columns, whatever their signs; None where they are not unique."""
    columns, rho = [problem.columns[j] for j in support], problem.ridge
    alike = len(set(problem.importance)) == 1 and not any(problem.costs)
    if rho and alike and len(support) > len(columns[0]):
        solution = _by_rows(columns, problem.importance[0], rho)
    else:
        matrix = [
            [*(problem.inner(a, b) + rho * int(i == j) for j, b in enumerate(columns)), 1]
            for i, a in enumerate(columns)
        ]
        solution = solve_whole([*matrix, [*(1 for _ in support), 0]], [*(-problem.costs[j] for j in support), 1])
        solution = None if solution is None else (solution[0][:-1], solution[1])
    if solution is None:
        return None
    weights = [0] * len(problem.columns)
    for j, w in zip(support, solution[0], strict=True):
        weights[j] = w
    return weights, solution[1]


def _by_rows(columns: Sequence[Sequence[int]], v: int, rho: int) -> Weights | None:
    """Return the same with more columns than rows, from q = Zw: ρw = μ - vZ'q, so (ρI + vZZ')q = μZ1 and Σw = 1."""
    size = range(len(columns[0]))
    rows = [[column[k] for column in columns] for k in size]
    sums = [sum(row) for row in rows]
    matrix = [[*(v * sum(map(mul, rows[a], rows[b])) + rho * int(a == b) for b in size), -sums[a]] for a in size]
    solution = solve_whole([*matrix, [*(-v * own for own in sums), len(columns)]], [*(0 for _ in size), rho])
    if solution is None:
        return None
    (*q, level), denominator = solution
    return [level - v * sum(map(mul, column, q)) for column in columns], denominator * rho


def _corrected(problem: Programme, support: Sequence[int]) -> Weights | None:
    """Return the weights on a guess, itself corrected as a whole while it is wrong; None where that does not end."""
    chosen = list(support)
    for _ in range(CORRECTIONS):
        weights = _on_support(problem, chosen) if chosen else None
        if weights is None:
            return None
        gradient = problem.gradients(weights)
        level = gradient[chosen[0]]
        inside = set(chosen)
        better = [j for j, own in enumerate(gradient) if (weights[0][j] > 0 if j in inside else own < level)]
        if better == sorted(chosen):
            return weights
        chosen = better
    return None


def _one_by_one(problem: Programme) -> Weights:
    """Return the weights by letting the column of lowest gradient in, and out whatever would turn negative."""
    size = range(len(problem.columns))
    first = min(size, key=lambda j: problem.inner(problem.columns[j], problem.columns[j]) + 2 * problem.costs[j])
    support, now = [first], {first: Fraction(1)}
    while True:
        wanted = _on_support(problem, support)
        if wanted is None:
            raise NotRepeatedError(
                "some donors are mixtures of others, at another cost; the second route does not choose among those.",
                "vissa donatorer är blandningar av andra, till en annan kostnad; den väljer inte mellan sådana.",
            )
        aim = {j: Fraction(wanted[0][j], wanted[1]) for j in support}
        below = [j for j in support if aim[j] <= 0]
        if below:
            share, out = min((now[j] / (now[j] - aim[j]), j) for j in below)
            now = {j: now[j] + share * (aim[j] - now[j]) for j in support if j != out}
            support = [j for j in support if j != out and now[j] > 0]
            continue
        now, gradient = aim, problem.gradients(wanted)
        entering = min(size, key=lambda j: gradient[j])
        if gradient[entering] >= gradient[support[0]]:
            return wanted
        support.append(entering)
        now[entering] = Fraction(0)


# --- in floats --------------------------------------------------------------------------------------------------------


class Rough(NamedTuple):
    """The programme in floats, scaled to a largest column of 1."""

    columns: list[list[float]]
    costs: list[float]
    ridge: float

    def gradients(self, weights: dict[int, float]) -> list[float]:
        """Return the gradient of each column."""
        rows = range(len(self.columns[0]))
        mixture = [sum(w * self.columns[j][k] for j, w in weights.items()) for k in rows]
        return [
            sum(map(mul, mixture, column)) + self.ridge * weights.get(j, 0.0) + self.costs[j]
            for j, column in enumerate(self.columns)
        ]


def _rough(problem: Programme) -> Rough:
    largest = max(problem.inner(column, column) for column in problem.columns) or 1
    size = sqrt(max(problem.importance)) if largest == 1 else sqrt(largest)
    roots = [sqrt(v) / size for v in problem.importance]
    return Rough(
        [[root * value for root, value in zip(roots, column, strict=True)] for column in problem.columns],
        [cost / largest for cost in problem.costs],
        problem.ridge / largest,
    )


def _solve_rough(matrix: list[list[float]], right: Sequence[float]) -> list[float] | None:
    """Return the solution, by elimination with the largest pivot; None where it is nothing."""
    size = len(matrix)
    work = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(size):
        pivot = max(range(k, size), key=lambda i: abs(work[i][k]))
        if abs(work[pivot][k]) < 1e-300:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        for i in range(k + 1, size):
            factor = work[i][k] / work[k][k]
            if factor:
                work[i] = [a - factor * b for a, b in zip(work[i], work[k], strict=True)]
    found = [0.0] * size
    for k in reversed(range(size)):
        found[k] = (work[k][size] - sum(map(mul, work[k][k + 1 : size], found[k + 1 :]))) / work[k][k]
    return found


def _on_support_rough(rough: Rough, support: Sequence[int]) -> dict[int, float] | None:
    columns, rho = [rough.columns[j] for j in support], rough.ridge
    if rho and len(support) > len(columns[0]) and not any(rough.costs):
        rows = [list(row) for row in zip(*columns, strict=True)]
        sums, size = [fsum(row) for row in rows], range(len(rows))
        matrix = [[*(sum(map(mul, rows[a], rows[b])) + rho * (a == b) for b in size), -sums[a]] for a in size]
        found = _solve_rough([*matrix, [*(-own for own in sums), float(len(support))]], [*(0.0 for _ in size), rho])
        if found is None:
            return None
        return {j: (found[-1] - sum(map(mul, rough.columns[j], found))) / rho for j in support}
    matrix = [
        [*(sum(map(mul, a, b)) + rho * (i == j) for j, b in enumerate(columns)), 1.0] for i, a in enumerate(columns)
    ]
    found = _solve_rough([*matrix, [*(1.0 for _ in support), 0.0]], [*(-rough.costs[j] for j in support), 1.0])
    return None if found is None else dict(zip(support, found, strict=False))


def _guess_with_ridge(problem: Programme) -> list[int]:
    """Return the columns that seem to carry weight, from all of them, corrected as a whole."""
    rough, chosen = _rough(problem), list(range(len(problem.columns)))
    for _ in range(CORRECTIONS):
        weights = _on_support_rough(rough, chosen)
        if weights is None:
            break
        gradient = rough.gradients(weights)
        level = gradient[chosen[0]]
        better = [j for j, own in enumerate(gradient) if (weights[j] > 0 if j in weights else own < level)]
        if better == chosen or not better:
            break
        chosen = better
    return chosen


def _guess(problem: Programme) -> list[int]:
    """Return the columns that seem to carry weight, which enter and leave one by one."""
    rough = _rough(problem)
    squares = [
        sum(map(mul, column, column)) / 2 + cost for column, cost in zip(rough.columns, rough.costs, strict=True)
    ]
    first = squares.index(min(squares))
    support, now = [first], {first: 1.0}
    for _ in range(10 * len(squares)):
        aim = _on_support_rough(rough, support)
        if aim is None:
            break
        below = [j for j in support if aim[j] <= 0]
        if below:
            share, out = min((now[j] / (now[j] - aim[j]) if now[j] > aim[j] else 1.0, j) for j in below)
            now = {j: now[j] + share * (aim[j] - now[j]) for j in support if j != out}
            support = [j for j in support if j != out]
            continue
        now, gradient = aim, rough.gradients(aim)
        entering = gradient.index(min(gradient))
        if gradient[entering] >= gradient[support[0]] - NEAR or entering in now:
            break
        support.append(entering)
        now[entering] = 0.0
    return sorted(support)


# --- several solutions ------------------------------------------------------------------------------------------------


def _least_norm(problem: Programme, found: Weights, tied: Sequence[int]) -> Weights:
    """Return the weights of least Σw² with the same mixture on the columns of the same gradient."""
    numerators, common = found
    rows = [*([problem.columns[j][k] for j in tied] for k in range(len(problem.importance))), [1] * len(tied)]
    points = [list(column) for column in zip(*rows, strict=True)]
    if solve_whole([[sum(map(mul, a, b)) for b in points] for a in points], [0] * len(tied)) is not None:
        return found  # no column is a mixture of others, so that there is no other solution
    aims = [*problem.mixture(numerators), common]
    kept, chosen = _dual_guess(rows, [Fraction(aim, common) for aim in aims])
    lines = [rows[k] for k in kept]
    for _ in range(CORRECTIONS):
        inside = [[line[j] for j in chosen] for line in lines]
        dual = solve_whole([[sum(map(mul, a, b)) for b in inside] for a in inside], [aims[k] for k in kept])
        if dual is None:
            break
        values = [sum(map(mul, dual[0], column)) for column in zip(*lines, strict=True)]
        better = [j for j, value in enumerate(values) if value > 0]
        if better == chosen:
            weights = [0] * len(numerators)
            for j in chosen:
                weights[tied[j]] = values[j]
            reached = [*problem.mixture(weights), sum(weights)]
            if [own * common for own in reached] == [aim * dual[1] * common for aim in aims]:
                return weights, dual[1] * common
            break
        chosen = better
    return _with_next_to_no_ridge(problem, [tied[j] for j in chosen])


def _with_next_to_no_ridge(problem: Programme, support: Sequence[int]) -> Weights:
    """Return the same where ν is not the only one: the weights with a ridge of 10⁻⁴⁰, which are as near to them."""
    times = 10**40
    largest = max(problem.inner(column, column) for column in problem.columns)
    small = problem._replace(
        importance=[times * v for v in problem.importance],
        costs=[times * c for c in problem.costs],
        ridge=max(1, largest),
    )
    return _corrected(small, support) or _one_by_one(small)


def _dual_guess(rows: Sequence[Sequence[int]], aims: Sequence[Fraction]) -> tuple[list[int], list[int]]:
    """Return which rows are not combinations of others, and which columns seem to carry weight.

    With orthonormal rows, ½|max(0, Q'ν)|² - t'ν is least at ν: Newton's method, its steps halved until it falls.
    """
    kept: list[int] = []
    basis: list[list[float]] = []
    aim: list[float] = []
    for k in sorted(range(len(rows)), key=lambda k: k != len(rows) - 1):  # the weights' sum first
        size = sqrt(sum(value * value for value in rows[k])) or 1.0
        line, wanted = [value / size for value in rows[k]], float(aims[k] / Fraction(size))
        for _ in range(2):
            for other, own in zip(basis, aim, strict=True):
                share = sum(map(mul, line, other))
                line = [a - share * b for a, b in zip(line, other, strict=True)]
                wanted -= share * own
        left = sqrt(sum(map(mul, line, line)))
        if left > NEAR:
            kept.append(k)
            basis.append([value / left for value in line])
            aim.append(wanted / left)
    return kept, _newton(basis, aim)


def _newton(basis: list[list[float]], aim: list[float]) -> list[int]:
    dual = list(aim)

    def weights_at(point: Sequence[float]) -> list[float]:
        return [sum(map(mul, point, column)) for column in zip(*basis, strict=True)]

    def height(point: Sequence[float]) -> float:
        return fsum(w * w / 2 for w in weights_at(point) if w > 0) - fsum(map(mul, aim, point))

    for _ in range(100):
        weights = weights_at(dual)
        free = [j for j, w in enumerate(weights) if w > 0]
        slope = [sum(line[j] * weights[j] for j in free) - own for line, own in zip(basis, aim, strict=True)]
        if max(map(abs, slope)) < 1e-14:
            break
        inside = [[line[j] for j in free] for line in basis]
        curvature = [[sum(map(mul, a, b)) + 1e-13 * (a is b) for b in inside] for a in inside]
        step = _solve_rough(curvature, slope)
        if step is None:
            break
        length, now, fall = 1.0, height(dual), fsum(map(mul, slope, step))
        while (
            length > 1e-10
            and height([d - length * s for d, s in zip(dual, step, strict=True)]) > now - 1e-4 * length * fall
        ):
            length /= 2
        dual = [d - length * s for d, s in zip(dual, step, strict=True)]
    return [j for j, w in enumerate(weights_at(dual)) if w > 1e-12]

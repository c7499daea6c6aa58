"""Second route for inference on nearest neighbours: groups compared with each other, or controls that are shared.

``CR2`` compares groups of treated rows that no control and no cluster connects (Abadie & Spiess 2022,
doi:10.1080/01621459.2020.1840383). Group g has the share w of the treated and the means (a, b) of their outcomes and of
their controls' means; the covariance is Σ w²/(1 - w) (a - ȳ, b - mean)(…)', and with q = w²/(1 - w) there are
1/(Σ w² + (Σ q)² - Σ q²) degrees of freedom: n - 1 for n groups of one treated row each.

With replacement control j serves with the shares s_ij, K_j = Σ_i s_ij; ŷ_i = Σ_j s_ij y_j, to which (z_i - z_j)'β is
added when the bias is adjusted, β by least squares of y on z among the controls that serve, weighted by K_j (Abadie &
Imbens 2011, doi:10.1198/jbes.2009.07333). Abadie & Imbens (2006, doi:10.1111/j.1468-0262.2006.00655.x), theorem 7 and
docs/methods/matched_comparison.md::

    PATT    n⁻² Σ_i (y_i - ȳ, ŷ_i - mean)(…)' + n⁻² diag(0, Σ_j (K_j² - Σ_i s_ij²) σ_j²)
    SATT    n⁻² diag(Σ_i σ_i², Σ_j K_j² σ_j²)

σ_i² is the variance of a unit and its nearest of the same arm and exact columns, or for all, of the
(adjusted) y_j, Σ s_ij (y_i - y_j - τ)²/2n.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import fsum, inf

from effekt.exceptions import DataError
from effekt.independent.columns import mean
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import solve
from effekt.independent.regression import Sandwich

Exact = list[Fraction]
Controls = Mapping[int, Sequence[int]]
FEW = "fewer than six matched units in an arm"


def between_groups(
    y: Exact,
    controls: Controls,
    clusters: Sequence[str] | None = None,
    values: Mapping[int, tuple[Fraction, Fraction]] | None = None,
) -> tuple[Sandwich, str | None]:
    """Return the covariance of the two means between groups, and why there is no inference.

    ``values`` are those of treated and control of each matched row, where they are not y and the mean of its controls.
    """
    groups, count = _groups(controls, clusters), len(controls)
    if len(groups) < 6:
        return Sandwich([[0.0] * 2] * 2, [0.0] * 3, [0.0] * 5, 0.0), "fewer than six sets"
    pairs = values or {i: (y[i], mean([y[j] for j in chosen])) for i, chosen in controls.items()}
    middle = [mean([pair[side] for pair in pairs.values()]) for side in (0, 1)]
    moved = [[_sum(pairs[i][side] - middle[side] for i in rows) / count for side in (0, 1)] for rows in groups]
    shares = [Fraction(len(rows), count) for rows in groups]
    covariance = [
        [float(_sum(move[a] * move[b] / (1 - w) for move, w in zip(moved, shares, strict=True))) for b in (0, 1)]
        for a in (0, 1)
    ]
    q = [w**2 / (1 - w) for w in shares]
    df = 1 / (_sum(w**2 for w in shares) + _sum(q) ** 2 - _sum(own**2 for own in q))
    reason = "Satterthwaite degrees of freedom below 3" if df < 3 else None
    return Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(df)), reason


def is_shared(controls: Controls) -> bool:
    """Return whether a control serves twice."""
    used = [j for chosen in controls.values() for j in chosen]
    return len(set(used)) < len(used)


def _groups(controls: Controls, clusters: Sequence[str] | None) -> list[list[int]]:
    """Return the treated rows of each group, by merging what shares a row or a cluster."""
    groups: list[tuple[set[object], list[int]]] = []
    for i, chosen in controls.items():
        marks: set[object] = {i, *chosen}
        if clusters is not None:
            marks |= {("cluster", clusters[row]) for row in (i, *chosen)}
        rows = [i]
        for one in [one for one in groups if one[0] & marks]:
            groups.remove(one)
            marks |= one[0]
            rows = one[1] + rows
        groups.append((marks, rows))
    return [rows for _, rows in groups]


def connected(controls: Controls, clusters: Sequence[str] | None) -> dict[int, int]:
    """Return the group of every row that is compared, the controls' included."""
    groups = enumerate(_groups(controls, clusters))
    return {row: number for number, rows in groups for i in rows for row in (i, *controls[i])}


def bias_slopes(y: Exact, z: Sequence[Exact], controls: Controls) -> Exact:
    """Return β of the bias adjustment; none without columns z."""
    if not z or not z[0]:
        return []
    use = _use(controls)
    rows = {j: [Fraction(1), *z[j]] for j in use}
    width = range(len(z[0]) + 1)
    gram = [[_sum(k * rows[j][a] * rows[j][b] for j, k in use.items()) for b in width] for a in width]
    moment = [[_sum(k * rows[j][a] * y[j] for j, k in use.items())] for a in width]
    return [line[0] for line in solve(gram, moment)][1:]


def stand_ins(y: Exact, z: Sequence[Exact], slopes: Exact, controls: Controls) -> dict[int, Exact]:
    """Return, of each matched unit, y_j + (z_i - z_j)'β of its controls."""
    return {
        i: [y[j] + _sum(b * (own - other) for b, own, other in zip(slopes, z[i], z[j], strict=True)) for j in chosen]
        if slopes
        else [y[j] for j in chosen]
        for i, chosen in controls.items()
    }


def abadie_imbens(
    y: Exact,
    guesses: Mapping[int, Fraction],
    controls: Controls,
    population: str,
    variance_of: Callable[[int], Fraction],
) -> tuple[Sandwich, str | None]:
    """Return the covariance of the two means, and why there is no inference."""
    n, use = len(controls), _use(controls)
    if population == "SATT":
        first = _sum(variance_of(i) for i in controls)
        second = _sum(k**2 * variance_of(j) for j, k in use.items())
        matrix = [[first, Fraction(0)], [Fraction(0), second]]
    else:
        squares: dict[int, Fraction] = {}
        for chosen in controls.values():
            for j in chosen:
                squares[j] = squares.get(j, Fraction(0)) + Fraction(1, len(chosen) ** 2)
        pairs = [(y[i], guesses[i]) for i in controls]
        middle = [mean([pair[side] for pair in pairs]) for side in (0, 1)]
        moved = [[pair[side] - middle[side] for side in (0, 1)] for pair in pairs]
        matrix = [[_sum(move[a] * move[b] for move in moved) for b in (0, 1)] for a in (0, 1)]
        matrix[1][1] += _sum((k**2 - squares[j]) * variance_of(j) for j, k in use.items() if k**2 != squares[j])
    covariance = [[float(cell / n**2) for cell in line] for line in matrix]
    reason = FEW if min(n, len(use)) < 6 else None
    return Sandwich(covariance, [0.0] * 3, [0.0] * 5, inf), reason


def local_variances(
    y: Exact, neighbours: int, near: Callable[[int, int], list[int]], sizes: tuple[int, int]
) -> Callable[[int], Fraction]:
    """Return σ² of a unit; ``near(i, m)`` are the m nearest of its arm, with ties, and ``sizes`` units by arm."""
    check_steps(5 * sum(size**2 for size in sizes))

    def variance_of(i: int) -> Fraction:
        values = [y[i], *(y[j] for j in near(i, neighbours))]
        if len(values) < 2:
            raise DataError("a matched unit has no other unit of its arm and exact columns; match with fewer of these.")
        middle = mean(values)
        return _sum((value - middle) ** 2 for value in values) / (len(values) - 1)

    return variance_of


def common_variance(y: Exact, found: Mapping[int, Exact], estimate: Fraction) -> Callable[[int], Fraction]:
    """Return one σ² for all: half the mean squared deviation of the pairs' differences from the estimate.

    With a bias adjustment these are differences from the adjusted outcomes, as in R's ``Matching::Match``.
    """
    whole = _sum(mean([(y[i] - own - estimate) ** 2 for own in values]) for i, values in found.items())
    return lambda _: whole / (2 * len(found))


def _use(controls: Controls) -> dict[int, Fraction]:
    """Return K_j of every control that serves."""
    use: dict[int, Fraction] = {}
    for chosen in controls.values():
        for j in chosen:
            use[j] = use.get(j, Fraction(0)) + Fraction(1, len(chosen))
    return use


def _sum(values: Iterable[Fraction]) -> Fraction:
    return sum(values, Fraction(0))


def strata(sets: Sequence[tuple[Exact, Exact]], counts: Sequence[int]) -> tuple[Sandwich, str | None]:
    """Return Neyman's variance in strata, the weights of the sets fixed: Σ w_s² (s₁²/n₁ + s₀²/n₀).

    Imbens & Rubin (2015), section 17.5. Under equal variances a cell of n rows with the weight w has mean w²/n and
    variance 2 w⁴/(n² (n - 1)): the degrees of freedom are (Σ w²/n)²/Σ w⁴/(n² (n - 1)).
    """
    if min(len(arm) for arms in sets for arm in arms) < 2:
        return Sandwich([[0.0] * 2] * 2, [0.0] * 3, [0.0] * 5, None), "a set holds a single unit of an arm"
    weights = [Fraction(count, sum(counts)) for count in counts]
    spread, square, fourth = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    for side in (0, 1):
        cells = [(w, arms[side]) for w, arms in zip(weights, sets, strict=True)]
        spread[side] = float(_sum(w**2 * _variance(values) / len(values) for w, values in cells))
        square[side] = float(_sum(w**2 / len(values) for w, values in cells))
        fourth[side] = fsum(float(w**4 / (len(values) ** 2 * (len(values) - 1))) for w, values in cells)
    covariance = [[spread[0], 0.0], [0.0, spread[1]]]
    return Sandwich(covariance, [square[0], 0.0, square[1]], [fourth[0], 0.0, 0.0, 0.0, fourth[1]], None), None


def _variance(values: Exact) -> Fraction:
    middle = mean(values)
    return _sum((value - middle) ** 2 for value in values) / (len(values) - 1)

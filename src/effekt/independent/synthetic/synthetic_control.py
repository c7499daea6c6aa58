"""Second route for synthetic control, in exact fractions.

Weights w ≥ 0, Σw = 1 bring the donors' predictors x_j nearest to the treated unit's x₁ (Abadie, Diamond & Hainmueller
2010, doi:10.1198/jasa.2009.ap08746, section 2.3); with V = diag(v)::

    classic     Σ_k v_k (x_1k - Σ_j w_j x_jk)²           the outcomes before, v = 1, unless predictors are stated
    penalised   that + λ Σ_j w_j Σ_k v_k (x_1k - x_jk)²  Abadie & L'Hour (2021), doi:10.1080/01621459.2021.1971535
    augmented   the classic w_j + (x_1 - Σ w x)'(X'X + λV⁻¹)⁻¹ x_j, X less the donors' mean
                                                         Ben-Michael, Feller & Rothstein (2021),
                                                         doi:10.1080/01621459.2021.1929245, lemma 1

A stated predictor is a mean over its window, v its weight over its variance (ddof 1) between the treated mean and the
donors: as only the variance comes in, no root is taken. Placebos: each donor among the others, on the outcome's scale.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from operator import mul

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Cell, Columns, complete, label, labels, mean, number
from effekt.independent.periods import LENGTH, period_start
from effekt.independent.synthetic.moved_residuals import Row, moved_residuals
from effekt.independent.synthetic.nearest_mixture import nearest, programme, solve_whole, whole_columns
from effekt.independent.synthetic.synthetic_paths import Outcome, Path, Paths, Roles, read_paths, with_placebos


def synthetic_control(
    columns: Columns,
    *,
    outcome: Outcome,
    unit: str,
    time: str,
    treated: Cell | Sequence[Cell],
    first_treated: Cell,
    period: str,
    last_evaluated: Cell | None = None,
    donors: Cell | Sequence[Cell] | None = None,
    predictors: Sequence[Mapping[str, Cell]] = (),
    penalty: Cell | None = None,
    ridge: Cell | None = None,
    inference: str = "placebo",
    missing: str = "raise",
) -> dict[str, object]:
    """Return the treated mean, its counterfactual and, with inference, the placebos' errors, their spread or a test."""
    if inference not in ("placebo", "placebo_variance", "conformal", "none"):
        raise ArgumentError(
            f"inference must be placebo, placebo_variance, conformal or none, not {inference!r}; choose one of them."
        )
    if inference == "conformal" and (predictors or ridge is not None):
        raise ArgumentError("inference='conformal' takes neither predictors nor ridge; leave them out.")
    if penalty is not None and ridge is not None:
        raise ArgumentError("penalty and ridge are two different estimators; give one of them.")
    roles = Roles(outcome, unit, time, period, treated, first_treated, last_evaluated, donors)
    paths = read_paths(columns, roles, missing)
    rows: Sequence[Row] = [path[: paths.before] for path in paths.outcome]
    importance = [Fraction(1, paths.scale**2)] * paths.before
    if predictors:
        rows, importance = stated(columns, roles, paths, predictors)
    costly = None if penalty is None else number(penalty)
    augmented = None if ridge is None else number(ridge)

    def between(own: Row, path: Path, pool: list[int]) -> Fraction:
        weights, whole = mixture([rows[j] for j in pool], own, importance, costly, augmented)
        after = [sum(one[paths.before :]) for one in (path, *(paths.outcome[j] for j in pool))]
        gap = after[0] * whole - sum(map(mul, weights, after[1:]))
        return Fraction(gap, whole * paths.scale * (len(paths.span) - paths.before))

    def effect(place: int, pool: list[int], units: int) -> Fraction:
        return between(rows[place], paths.outcome[place], pool)

    def of_group(group: tuple[int, ...], pool: list[int]) -> Fraction:
        path = paths.together(group)
        stated_means = [mean([Fraction(rows[j][k]) for j in group]) for k in range(len(importance))]
        return between(stated_means if predictors else path[: paths.before], path, pool)

    if inference != "conformal":
        return with_placebos(paths, effect, of_group, inference=inference, steps=1)

    def over_all(donors: Sequence[Row], aim: Row) -> tuple[list[int], int]:
        return mixture(donors, aim, [Fraction(1, paths.scale**2)] * len(aim), costly, None)

    plain = with_placebos(paths, effect, of_group, inference="none", steps=1)
    estimate = plain["estimate"]
    assert isinstance(estimate, Fraction)
    return plain | moved_residuals(paths, over_all, estimate)


def mixture(
    donors: Sequence[Row],
    aim: Row,
    importance: Sequence[Fraction],
    penalty: Fraction | None,
    ridge: Fraction | None,
) -> tuple[list[int], int]:
    """Return the donors' weights: numerators, and a common denominator."""
    columns = [[Fraction(x) - own for x, own in zip(donor, aim, strict=True)] for donor in donors]
    costs = None
    if penalty is not None:  # half of the objective above, as the programme has it
        costs = [penalty / 2 * sum(v * z * z for v, z in zip(importance, column, strict=True)) for column in columns]
    weights, whole = nearest(programme(columns, importance, costs))
    if ridge is None:
        return weights, whole
    return _augmented(columns, weights, whole, [ridge / v for v in importance])


def _augmented(columns: Sequence[Row], weights: list[int], whole: int, ridges: list[Fraction]) -> tuple[list[int], int]:
    """Return w - C'(CC' + diag(λ/v))⁻¹ Σ w z, with C the columns z less their mean, and λ/v the ridges."""
    numbers, scale = whole_columns(columns)
    rows, n = list(zip(*numbers, strict=True)), len(columns)
    centred = [[n * value - sum(row) for value in row] for row in rows]  # n times as large
    added = [(n * scale) ** 2 * own for own in ridges]
    common = lcm(*(own.denominator for own in added))
    inner = [
        [common * sum(map(mul, a, b)) + (int(common * added[i]) if i == j else 0) for j, b in enumerate(centred)]
        for i, a in enumerate(centred)
    ]
    solution = solve_whole(inner, [-sum(map(mul, weights, row)) for row in rows])
    if solution is None:
        raise DataError("the ridge must be above zero; correct it.")
    moved, below = solution
    return [
        w * below + n * common * sum(map(mul, own, moved))
        for w, own in zip(weights, zip(*centred, strict=True), strict=True)
    ], whole * below


def stated(
    columns: Columns, roles: Roles, paths: Paths, predictors: Sequence[Mapping[str, Cell]]
) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Return the predictors of each path, and the importance of each predictor."""
    lines, importance = [], []
    for one in predictors:
        first, last = (period_start(label(one[end]), roles.period, f"predictors, {end}") for end in ("first", "last"))
        if not paths.span[0] <= first <= last < paths.span[paths.before]:
            raise ArgumentError("predictors must have windows before the first treated period; correct them.")
        weight = number(one["weight"])
        if weight <= 0:
            raise ArgumentError("predictors must have weights above zero; correct them.")
        line = _window_means(columns, roles, paths, str(one["column"]), range(first, last + 1, LENGTH[roles.period]))
        middle = mean(line)
        variance = sum(((value - middle) * (value - middle) for value in line), Fraction(0)) / (len(line) - 1)
        if not variance:
            raise DataError("a predictor must differ between units; leave out the one that does not.")
        lines.append(line)
        importance.append(weight / variance)
    return [list(row) for row in zip(*lines, strict=True)], importance


def _window_means(columns: Columns, roles: Roles, paths: Paths, name: str, window: range) -> list[Fraction]:
    """Return the mean of a column over a window: of the treated units' means, then of each donor."""
    own = complete(columns, [name, roles.unit, roles.time], "drop")
    cells = {
        (unit, period_start(label(when), roles.period, f"column {roles.time!r}")): number(value)
        for unit, when, value in zip(labels(own, roles.unit), own[roles.time], own[name], strict=True)
    }
    units = [*paths.treated, *paths.donors]
    if any((label(unit), t) not in cells for unit in units for t in window):
        raise DataError("a predictor must have a value for every unit in its window; complete the data.")
    means = [mean([cells[unit, t] for t in window]) for unit in units]
    return [mean(means[: len(paths.treated)]), *means[len(paths.treated) :]]

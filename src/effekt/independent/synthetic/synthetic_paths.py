"""Outcomes of treated units and donors in every period, and what one comparison of them finds for each donor."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, lcm, sqrt
from typing import NamedTuple

from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError
from effekt.independent.columns import Cell, Columns, column, complete, label, labels, mean, numbers
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import student_tail
from effekt.independent.periods import LENGTH, period_label, period_start

Outcome = str | tuple[str, str]
Path = list[int]  # in whole numbers, over the scale of the paths
MOST_GROUPS = 2_000
TO = 10**30  # a ratio is rounded to so many parts


class Roles(NamedTuple):
    """The columns, the kind of period, the labels."""

    outcome: Outcome
    unit: str
    time: str
    period: str
    treated: Cell | Sequence[Cell]
    first_treated: Cell
    last_evaluated: Cell | None
    donors: Cell | Sequence[Cell] | None


class Paths(NamedTuple):
    """Outcomes by period times a scale, first of the treated units taken together, then of each donor.

    ``span`` holds the first months of the periods, of which ``before`` lie before the first treated one; ``cells`` the
    numerator and denominator of every unit and period.
    """

    treated: list[str]
    donors: list[str]
    span: list[int]
    before: int
    outcome: list[Path]
    scale: int
    cells: dict[tuple[str, int], tuple[Fraction, Fraction]]

    def together(self, places: Sequence[int]) -> Path:
        """Return the path of some donors taken together, as the treated are."""
        return [
            round(value * self.scale) for value in _pooled(self.cells, [self.donors[j - 1] for j in places], self.span)
        ]


def read_paths(columns: Columns, roles: Roles, missing: str) -> Paths:
    """Return the paths; every unit that is used has every period."""
    pair = isinstance(roles.outcome, tuple)
    used = [*(roles.outcome if isinstance(roles.outcome, tuple) else [roles.outcome]), roles.unit, roles.time]
    cells = _cells(complete(columns, used, missing), roles)
    names = sorted({name for name, _ in cells})
    treated = _named(roles.treated)
    donors = _named(roles.donors) if roles.donors is not None else sorted(set(names) - set(treated))
    if not set(treated) <= set(names) or not set(donors) <= set(names) - set(treated) or len(donors) < 2:
        raise ArgumentError(
            "treated and donors must be different units of the data, at least two donors; correct them."
        )
    start = period_start(label(roles.first_treated), roles.period, "first_treated")
    times = [t for name, t in cells if name in {*treated, *donors}]
    last = max(times)
    if roles.last_evaluated is not None:
        last = period_start(label(roles.last_evaluated), roles.period, "last_evaluated")
    step = LENGTH[roles.period]
    span = list(range(min(times), last + 1, step))
    before = sum(t < start for t in span)
    if before < 2 or before == len(span):
        raise ArgumentError("first_treated must have two periods before it, and lie in the data; correct it.")
    absent = tuple(
        period_label(t, roles.period) for t in span if any((name, t) not in cells for name in (*treated, *donors))
    )
    if absent:
        raise IncompleteWindowError(f"every unit must have every period, but {', '.join(absent)} is missing.", absent)
    exact = [_pooled(cells, treated, span), *([cells[name, t][0] / cells[name, t][1] for t in span] for name in donors)]
    scale = TO if pair else len(treated) * lcm(*(value.denominator for path in exact for value in path))
    whole = [[round(value * scale) for value in path] for path in exact]
    return Paths(treated, donors, span, before, whole, scale, cells)


def _pooled(
    cells: dict[tuple[str, int], tuple[Fraction, Fraction]], names: Sequence[str], span: Sequence[int]
) -> list[Fraction]:
    """Return the ratio of sums of some units in every period; of a plain outcome, over 1 each, that is their mean."""
    own = [[cells[name, t] for name in names] for t in span]
    return [sum((n for n, _ in at), Fraction(0)) / sum((d for _, d in at), Fraction(0)) for at in own]


def _cells(columns: Columns, roles: Roles) -> dict[tuple[str, int], tuple[Fraction, Fraction]]:
    """Return numerator and denominator (1 for a plain outcome) by unit and first month."""
    pair = roles.outcome if isinstance(roles.outcome, tuple) else None
    above = numbers(columns, pair[0] if pair else str(roles.outcome))
    below = numbers(columns, pair[1]) if pair else [Fraction(1)] * len(above)
    if min(below) <= 0:
        raise DataError("every denominator must be above zero; correct the data.")
    found: dict[tuple[str, int], tuple[Fraction, Fraction]] = {}
    when = column(columns, roles.time)
    for row, name in enumerate(labels(columns, roles.unit)):
        key = (name, period_start(label(when[row]), roles.period, f"column {roles.time!r}, row {row + 1}"))
        if key in found:
            raise DataError(f"row {row + 1} repeats a unit and period; keep one row of each.")
        found[key] = (above[row], below[row])
    return found


def _named(value: Cell | Sequence[Cell]) -> list[str]:
    listed = [value] if isinstance(value, str | int | float | Fraction) else value
    return sorted({label(own) for own in listed})


def with_placebos(
    paths: Paths,
    effect: Callable[[int, list[int], int], Fraction],
    of_group: Callable[[tuple[int, ...], list[int]], Fraction],
    *,
    inference: str,
    steps: int,
) -> dict[str, object]:
    """Return the two means, and the effect of each donor among the other donors, or the spread of these effects.

    ``effect`` takes the place of a path, those of the paths it is compared with, and how many units it stands for;
    ``of_group`` the places of donors taken together, and those of the others; either takes so many `steps` for each
    cell and period before. Of several treated units the spread is that of all groups of as many donors.
    """
    pool, size = list(range(1, len(paths.donors) + 1)), len(paths.treated)
    grouped = inference == "placebo_variance" and size > 1
    count = comb(len(pool), size) if grouped else len(pool)
    if grouped and count > MOST_GROUPS:
        raise ArgumentError("placebo_variance of several treated units takes at most 2,000 groups; name fewer donors.")
    check_steps(steps * paths.before**2 * (len(pool) + paths.before) * (1 if inference == "none" else count))
    after = paths.outcome[0][paths.before :]
    treated = Fraction(sum(after), len(after) * paths.scale)
    own = effect(0, pool, size)
    result: dict[str, object] = {
        "treated_mean": treated,
        "counterfactual_mean": treated - own,
        "estimate": own,
    }
    if inference == "none":
        return result
    if grouped:
        groups = combinations(pool, size) if size < len(pool) else ()
        found = [of_group(group, [other for other in pool if other not in group]) for group in groups]
        return result | _spread(paths, found, own)
    errors = {paths.donors[j - 1]: effect(j, [other for other in pool if other != j], 1) for j in pool}
    if inference == "placebo_variance":
        return result | _spread(paths, list(errors.values()), own)
    return result | {"placebo_scale": "linear", "placebo_errors": errors}


def _spread(paths: Paths, errors: list[Fraction], own: Fraction) -> dict[str, object]:
    """Return the covariance of the two means, or why there is none.

    With the effects e_j of J placebos and their mean ē it is Σ (e_j - ē)²/(J - 1), all in the counterfactual, and the
    statistic is a t with J - 1 degrees of freedom (Arkhangelsky et al. 2021, doi:10.1257/aer.20190159, algorithm 4,
    which has the divisor J and a normal). Of groups it is their mean (e - ē)² times J/(J - 1), J the donors.
    """
    count, donors = len(errors), len(paths.donors)
    if count < 4:
        return {"unavailable": "fewer than four placebos"}
    middle = mean(errors)
    variance = float(sum(((one - middle) ** 2 for one in errors), Fraction(0)) / count * donors / (donors - 1))
    largest = max(abs(value) for path in paths.outcome for value in path) / paths.scale
    if variance <= (1e-13 * largest) ** 2:
        return {"unavailable": "no variation of the placebos"}
    return {
        "covariance": [[0.0, 0.0], [0.0, variance]],
        "covariance_scale": "linear",
        "df": float(donors - 1),
        "p_value": 2 * student_tail(abs(float(own)) / sqrt(variance), donors - 1),
        "unavailable": None,
    }

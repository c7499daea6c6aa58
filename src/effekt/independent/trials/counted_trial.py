"""Second route for trials whose rows count differently: the two means, exactly; their inference: ``counted_variance``.

Rows have two weights. c counts them in the target population, v weighs them in the fit::

    sampling weight w             c = w          v = w
    precision weight w            c = 1          v = w
    exposure e, outcome y/e       c = e          v = e          without regressors Σy/Σe
    equal clusters                c = c/Σ_g c    v = c          every cluster sums to 1
    probability p                 c stays        v = v/p treated, v/(1 - p) control (ATE); 1 and p/(1 - p) (ATT)

The fit is weighted least squares, b = (X'VX)⁻¹X'Vy, with the rows of ``randomized_trial``, regressors centred at the
c-weighted mean of the target. Horvitz-Thompson: Σ y/p / N and Σ y/(1 - p) / N.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, numbers, total
from effekt.independent.linear_algebra import exact_dot, exact_gram, inverse
from effekt.independent.regression import predict
from effekt.independent.trials.counted_variance import WeightedFit

Numbers = list[Fraction]
KINDS = ("sampling", "frequency", "precision")


def weight_column(weights: object) -> tuple[str, str]:
    """Return the column and the kind of the weights."""
    if not isinstance(weights, Mapping) or set(weights) != {"column", "kind"} or weights["kind"] not in KINDS:
        raise ArgumentError(f"weights must name a column and its kind ({', '.join(KINDS)}); write both.")
    return str(weights["column"]), str(weights["kind"])


def repeated(columns: Columns, name: str) -> Columns:
    """Return every row as often as its frequency says."""
    counts = positive(columns, name)
    if any(count.denominator != 1 for count in counts):
        raise DataError(f"column {name!r} must hold whole frequencies; correct it.")
    return {
        key: [cell for cell, count in zip(cells, counts, strict=True) for _ in range(int(count))]
        for key, cells in columns.items()
    }


def positive(columns: Columns, name: str) -> Numbers:
    """Return a column of numbers above 0."""
    values = numbers(columns, name)
    if min(values) <= 0:
        raise DataError(f"column {name!r} must hold numbers above 0; leave out the other rows.")
    return values


def counting(
    columns: Columns,
    d: list[int],
    weights: tuple[str, str] | None,
    exposure: str | None,
    probability: str | None,
    equal: Sequence[str] | None,
    estimand: str,
) -> tuple[Numbers, Numbers]:
    """Return c and v of every row; ``equal`` names the clusters that count equally."""
    counts = [Fraction(1) for _ in d]
    if exposure is not None:
        counts = positive(columns, exposure)
    own = positive(columns, weights[0]) if weights is not None else [Fraction(1) for _ in d]
    if weights is not None and weights[1] == "sampling":
        counts = [a * b for a, b in zip(counts, own, strict=True)]
    if equal is not None:
        sums: dict[str, Fraction] = {}
        for name, count in zip(equal, counts, strict=True):
            sums[name] = sums.get(name, Fraction(0)) + count
        counts = [count / sums[name] for name, count in zip(equal, counts, strict=True)]
    fits = counts
    if weights is not None and weights[1] == "precision":
        fits = own
    if probability is not None:
        chance = chances(columns, probability)
        if estimand == "ATE":
            fits = [v / (p if arm else 1 - p) for v, p, arm in zip(fits, chance, d, strict=True)]
        else:
            fits = [v if arm else v * p / (1 - p) for v, p, arm in zip(fits, chance, d, strict=True)]
    return counts, fits


def counted_means(
    row: Callable[[int, Numbers, Numbers], Numbers],
    z: list[Numbers],
    y: Numbers,
    d: list[int],
    targets: list[int],
    weights: tuple[Numbers, Numbers],
) -> tuple[tuple[Fraction, Fraction], WeightedFit, Numbers]:
    """Return the two means, their fit and its coefficients; ``row(d, z, centre)`` is a row of the regression."""
    counts, fits = weights
    centre = _average([z[i] for i in targets], [counts[i] for i in targets])
    rows = [row(d[i], z[i], centre) for i in range(len(y))]
    lines = list(zip(*rows, strict=True))
    weighted = [[v * value for v, value in zip(fits, line, strict=True)] for line in lines]
    moment = [exact_dot(line, y) for line in weighted]
    bread = inverse(exact_gram(weighted, lines))
    coefficients = [predict(line, moment) for line in bread]
    residuals = [own - predict(line, coefficients) for own, line in zip(y, rows, strict=True)]
    at = [_average([row(arm, z[i], centre) for i in targets], [counts[i] for i in targets]) for arm in (1, 0)]
    fit = WeightedFit(rows, fits, bread, residuals, (at[0], at[1]))
    return (predict(at[0], coefficients), predict(at[1], coefficients)), fit, coefficients


def working_variances(
    columns: Columns,
    weights: tuple[str, str] | None,
    exposure: str | None,
    equal: Sequence[str] | None,
    counts: Numbers,
) -> Numbers | None:
    """Return the variance that each row's error is taken to have; None where conventions name none."""
    if weights is not None and weights[1] == "precision":
        return None if exposure or equal else [1 / own for own in positive(columns, weights[0])]
    if equal is not None:
        return [1 / own for own in counts]
    return [Fraction(1) for _ in counts] if exposure is None else [1 / own for own in positive(columns, exposure)]


def refuse_incomplete(kept: int, assigned: int) -> None:
    """Raise where sums that are divided by all who were assigned would leave some of them out."""
    if kept < assigned:
        raise DataError(
            "adjustment='none' with a probability divides by all who were assigned, and a row lacks a value; name an "
            "adjustment."
        )


def horvitz_thompson(
    columns: Columns, y: Numbers, d: list[int], probability: str, units: Sequence[str]
) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Return each treated and each control unit's (or cluster's) sum of outcomes over their probabilities."""
    totals: tuple[dict[str, Fraction], dict[str, Fraction]] = ({}, {})
    for value, p, arm, unit in zip(y, chances(columns, probability), d, units, strict=True):
        own = totals[1 - arm]
        own[unit] = own.get(unit, Fraction(0)) + value / (p if arm else 1 - p)
    return totals


def chances(columns: Columns, probability: str) -> Numbers:
    """Return a column of probabilities of treatment, above 0 and below 1."""
    found = positive(columns, probability)
    if max(found) >= 1:
        raise DataError(f"column {probability!r} must hold probabilities below 1; leave out the other rows.")
    return found


def _average(rows: list[Numbers], weights: Numbers) -> Numbers:
    below = total(weights)
    return [exact_dot(cells, weights) / below for cells in zip(*rows, strict=True)]

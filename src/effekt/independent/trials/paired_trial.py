"""Second route for trials randomised within pairs, of units or of clusters: the between-pair variance."""

from collections.abc import Sequence
from fractions import Fraction

from effekt.exceptions import DataError
from effekt.independent.columns import mean
from effekt.independent.regression import Sandwich, average, inference_numbers, least_squares, predict, sandwich
from effekt.independent.trials.trial_rows import two_means

INCOMPLETE = "every pair must hold one treated and one control row or cluster; correct the pairs column."


def paired(
    data: tuple[list[Fraction], list[int], list[list[Fraction]]],
    pairs: list[str],
    clusters: Sequence[str] | None = None,
    *,
    equal: bool = False,
    estimand: str = "ATE",
    options: tuple[str, str] = ("lin", "super"),
) -> dict[str, object]:
    """Return the matched-pairs estimate and its variance between the pairs, df J - 1.

    With w_j the share of pair j in the target rows (1/J when pairs of clusters count equally) and m_j its treated and
    control mean, the means are Σ w_j m_j and V = J/(J - 1) Σ (w_j m_j - m̄/J)(w_j m_j - m̄/J)': Imai, King & Nall (2009),
    eq. 6; for pairs of units Imbens & Rubin (2015), eq. 10.8: Σ (τ̂_j - τ̄)² / (J (J - 1)).
    """
    y, d, covariates = data
    values: dict[str, dict[int, list[Fraction]]] = {}
    units: dict[str, dict[int, set[str]]] = {}
    held: dict[str, dict[int, list[Sequence[Fraction]]]] = {}
    for cells, arm, pair in zip(zip(*covariates, strict=True), d, pairs, strict=False):
        held.setdefault(pair, {1: [], 0: []})[arm].append(cells)
    names = clusters if clusters is not None else [str(i) for i in range(len(y))]
    for value, arm, pair, unit in zip(y, d, pairs, names, strict=True):
        values.setdefault(pair, {1: [], 0: []})[arm].append(value)
        units.setdefault(pair, {1: set(), 0: set()})[arm].add(unit)
    if any(len(own) != 1 for pair in units.values() for own in pair.values()):
        raise DataError(INCOMPLETE)
    sizes = [
        Fraction(1 if equal else len(pair[1]) + (len(pair[0]) if estimand == "ATE" else 0)) for pair in values.values()
    ]
    terms = [
        [size / sum(sizes) * mean(pair[arm]) for arm in (1, 0)]
        for size, pair in zip(sizes, values.values(), strict=True)
    ]
    count = len(terms)
    means = [sum((term[i] for term in terms), Fraction(0)) for i in (0, 1)]
    moved = [[term[i] - means[i] / count for i in (0, 1)] for term in terms]
    moment = [[sum((move[i] * move[j] for move in moved), Fraction(0)) for j in (0, 1)] for i in (0, 1)]
    factor = Fraction(count, max(count - 1, 1))
    covariance = [[float(factor * cell) for cell in line] for line in moment]
    (first, cross), (_, second) = moment
    apart = (float(factor * (first - 2 * cross + second)), float(factor * (cross - second)))
    spread = Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(count - 1), apart)
    needed = 2 if clusters is None else 4
    reason = f"fewer than {'two' if needed == 2 else 'four'} pairs" if count < needed else None
    if covariates:
        scaled = [count * size / sum(sizes) for size in sizes]
        own = [[average(held[pair][arm]) for arm in (1, 0)] for pair in values]
        means, spread = _adjusted(terms, scaled, own, options)
        if clusters is not None and reason is None and spread.df(1.0, -1.0) < 3:
            reason = "fewer than three degrees of freedom"
    exactly = two_means((means[0], means[1]), y, d, adjusted=bool(covariates) or clusters is not None)
    return exactly | {"variance": "between_pair"} | inference_numbers(means[0] - means[1], spread, reason)


def _adjusted(
    terms: list[list[Fraction]],
    scaled: list[Fraction],
    own: list[list[list[Fraction]]],
    options: tuple[str, str],
) -> tuple[list[Fraction], Sandwich]:
    """Return the constants of the regressions over pairs of Fogarty (2018), and CR2 with a pair for a cluster."""
    count = len(terms)
    apart = [[size * (a - b) for a, b in zip(*arms, strict=True)] for size, arms in zip(scaled, own, strict=True)]
    middle = [[size * (a + b) / 2 for a, b in zip(*arms, strict=True)] for size, arms in zip(scaled, own, strict=True)]
    centre = average(middle)
    middle = [[a - b for a, b in zip(line, centre, strict=True)] for line in middle]
    lin = options[0] == "lin"
    lines = [[Fraction(1), *one, *(two if lin else [])] for one, two in zip(apart, middle, strict=True)]
    none = [Fraction(0)] * len(lines[0])
    fit = least_squares(
        [*([*line, *none] for line in lines), *([*none, *line] for line in lines)],
        [count * term[arm] for arm in (0, 1) for term in terms],
    )
    width = len(none)
    one = [Fraction(1), *none[1:]]
    clusters = [str(j) for j in range(count)] * 2
    spread = sandwich(fit, ([*one, *none], [*none, *one]), "CR2", clusters)
    difference, across = sandwich(fit, ([*one, *(-cell for cell in one)], [*none, *one]), "CR2", clusters).covariance[0]
    if lin and options[1] == "super":
        slopes = [fit.coefficients[at + 1 + len(centre) : at + width] for at in (0, width)]
        moves = [[predict(line, slope) for slope in slopes] for line in middle]
        extra = [
            [sum((move[i] * move[j] for move in moves), Fraction(0)) / (count * (count - 1)) for j in (0, 1)]
            for i in (0, 1)
        ]
        (first, cross), (_, second) = extra
        difference, across = difference + float(first - 2 * cross + second), across + float(cross - second)
        covariance = [[spread.covariance[i][j] + float(extra[i][j]) for j in (0, 1)] for i in (0, 1)]
        spread = spread._replace(covariance=covariance)
    spread = spread._replace(apart=(difference, across))
    return [fit.coefficients[0], fit.coefficients[width]], spread

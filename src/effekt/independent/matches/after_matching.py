"""Second route for a regression of the outcome in each arm after matching, with the weights of the match.

Each arm a has y = μ_a + (x - x̄)'β_a by least squares weighted by w, x̄ the mean of those whose effect is asked for; the
means are μ₁ and μ₀ (Ho, Imai, King & Stuart 2007, doi:10.1093/pan/mpl013). The variance is CR2 or HC2 of the one
regression of √w y on √w (d, d(x - x̄), 1 - d, (1 - d)(x - x̄)); for the population β_a' var(x̄) β_b is added, var(x̄)
between the same clusters.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import fsum, sqrt

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Columns, column, covariate_lines, mean
from effekt.independent.limits import check_steps
from effekt.independent.regression import Fit, Hat, Sandwich, inference_numbers, least_squares, sandwich

SINGLE = 1e-9  # what is left of 1 less a leverage of 1


def names_of(covariates: str | Sequence[str], adjustment: str | None) -> list[str]:
    """Return the columns that the outcome is regressed on; none where none are named."""
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    if adjustment not in (None, "lin") or (adjustment and not names):
        raise ArgumentError("adjustment must be 'lin', and left out without covariates; write it so.")
    return names


def regressors(columns: Columns, names: Sequence[str], rows: Iterable[int]) -> dict[int, list[Fraction]]:
    """Return the covariates of the compared rows; categories that none of them has are none."""
    kept = sorted(rows)
    some = {name: [column(columns, name)[i] for i in kept] for name in names}
    return dict(zip(kept, map(list, zip(*covariate_lines(some, names).values(), strict=True)), strict=True))


def adjusted_numbers(
    y: Sequence[Fraction],
    x: Mapping[int, Sequence[Fraction]],
    d: Sequence[int],
    weights: Mapping[int, Fraction],
    focal: Sequence[int],
    clusters: Mapping[int, object] | None,
    population: str,
    *,
    unavailable: str | None = None,
) -> dict[str, object]:
    """Return the two means, the effect and its inference.

    ``weights`` are those of the compared rows, ``focal`` the rows whose effect is asked for, and ``clusters`` the
    cluster of each compared row, where rows are not independent.
    """
    rows, width = sorted(weights), len(next(iter(x.values()))) + 1
    check_steps(len(rows) * (2 * width) ** 2 + (2 * width) ** 4)
    centre = [mean([x[i][place] for i in focal]) for place in range(width - 1)]
    moved = {i: [float(value - middle) for value, middle in zip(x[i], centre, strict=True)] for i in rows}
    level = [_one_value([y[i] for i in rows if d[i] == arm]) for arm in (0, 1)]
    design, outcome = [], []
    for i in rows:
        root = sqrt(weights[i])
        own = [Fraction(root * value) for value in (1.0, *moved[i])]
        other = [Fraction(0)] * width
        design.append([*own, *other] if d[i] else [*other, *own])
        outcome.append(Fraction(root * float(y[i] - level[d[i]])))
    fit = least_squares(design, outcome)
    lines = tuple([Fraction(int(place == at)) for place in range(2 * width)] for at in (0, width))
    names = None if clusters is None else [str(clusters[i]) for i in rows]
    reason = "fewer than six clusters in all" if names is not None and len(set(names)) < 6 else unavailable
    spread = Sandwich([[0.0] * 2] * 2, [0.0] * 3, [0.0] * 5, None)
    if reason is None:
        spread = sandwich(fit, (lines[0], lines[1]), "HC2" if names is None else "CR2", names)
        reason = _reason(fit, spread, names)
    if population == "PATT" and reason is None:
        own_clusters = {i: i if clusters is None else clusters[i] for i in focal}
        spread = _with_covariates(spread, fit, moved, own_clusters, width)
    treated, counterfactual = fit.coefficients[0] + level[1], fit.coefficients[width] + level[0]
    found = {
        "treated_mean": treated,
        "counterfactual_mean": counterfactual,
        "estimate": treated - counterfactual,
    }
    return found | inference_numbers(treated - counterfactual, spread, reason)


def _one_value(outcomes: Sequence[Fraction]) -> Fraction:
    """Return the one value of an arm's outcomes, which its fit then has exactly; 0 where they differ."""
    return outcomes[0] if len(set(outcomes)) == 1 else Fraction(0)


def _reason(fit: Fit, spread: Sandwich, clusters: Sequence[str] | None) -> str | None:
    """Return why there is no inference."""
    leverages = (fsum(v * v for v in row) for row in Hat(fit).rows)
    if clusters is None and any(one > 1 - SINGLE for one in leverages):
        return "one unit alone determines a coefficient"
    return "Satterthwaite degrees of freedom below 3" if spread.df(1, -1) < 3 else None


def _with_covariates(
    spread: Sandwich, fit: Fit, moved: Mapping[int, list[float]], clusters: Mapping[int, object], width: int
) -> Sandwich:
    """Return the covariance with β_a' var(x̄) β_b."""
    slopes = [[float(b) for b in fit.coefficients[at + 1 : at + width]] for at in (0, width)]
    sums: dict[object, list[list[float]]] = {}
    for i, cluster in clusters.items():
        moves = [fsum(b * v for b, v in zip(line, moved[i], strict=True)) for line in slopes]
        sums.setdefault(cluster, []).append(moves)
    scores = [[fsum(column) for column in zip(*moves, strict=True)] for moves in sums.values()]
    scale = len(scores) / (len(scores) - 1) / len(clusters) ** 2 if len(scores) > 1 else 0.0
    covariance = [[spread.covariance[a][b] + scale * fsum(s[a] * s[b] for s in scores) for b in (0, 1)] for a in (0, 1)]
    return spread._replace(covariance=covariance)

"""Second route for randomised trials: exact least squares, then the sandwich of ``regression``.

Models (rows of the regression; x are covariates, B block indicators, bars grand means)::

    none       1, d                     and B, d·B with blocks (each block its own two means)
    additive   1, d, x, B
    lin        1, d, z - z̄, d·(z - z̄)   with z = (x, B)          Lin (2013), doi:10.1214/12-AOAS583
    lin_by_block   B, x·B, d·B, d·x·B    with B of every block   the same in each block by itself

The treated mean is the prediction at d = 1, the counterfactual mean that at d = 0, both averaged over all
rows (ATE) or over the treated rows (ATT). With blocks and no covariates ``none`` and ``lin`` therefore weight
the blocks' differences by n_b/N or n₁b/N₁, and HC2 gives Σ w_b² (s₁b²/n₁b + s₀b²/n₀b): Imbens & Rubin (2015),
Causal Inference, eq. 9.6-9.8.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import fsum

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Columns, covariate_lines, covariate_rows, labels, mean, numbers, zero_one
from effekt.independent.linear_algebra import Matrix
from effekt.independent.regression import (
    Fit,
    Sandwich,
    average,
    inference_numbers,
    is_determined_alone,
    least_squares,
    predict,
    refusal,
    sandwich,
)
from effekt.independent.trials import counted_variance
from effekt.independent.trials.counted_trial import (
    counted_means,
    counting,
    horvitz_thompson,
    refuse_incomplete,
    repeated,
    weight_column,
    working_variances,
)
from effekt.independent.trials.counted_variance import weighted_sandwich, young
from effekt.independent.trials.paired_trial import paired
from effekt.independent.trials.resampled_trial import Lottery, by_lot, wild
from effekt.independent.trials.trial_rows import (
    check_arms,
    complete_trial,
    is_adjusted,
    model_row,
    row_names,
    trial_regressors,
    two_means,
)
from effekt.independent.trials.two_rates import NAMES, two_rates
from effekt.independent.trials.two_shares import NAMES as SHARES
from effekt.independent.trials.two_shares import two_shares

DETERMINED_ALONE = "one unit or cluster alone determines a coefficient"
NO_WORKING_VARIANCE = "conventions name no working variance for this combination of weights"
Rows = list[list[Fraction]]


def randomized_trial(
    columns: Columns,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    weights: Mapping[str, str] | None = None,
    pairs: str | None = None,
    probability: str | None = None,
    adjustment: str = "lin",
    estimand: str = "ATE",
    population: str | None = None,
    cluster_weighted: bool = False,
    exposure: str | None = None,
    variance: str | None = None,
    inference: str = "asymptotic",
    missing: str = "raise",
    statistic: str = "estimate",
    draws: int = 9_999,
    rng: object = None,
) -> dict[str, object]:
    """Return treated and counterfactual mean (exact), their covariance, and inference on the difference."""
    _check("inference", inference, ("asymptotic", "none", "wild_bootstrap", "randomization", "exact_poisson", *SHARES))
    _check("statistic", statistic, ("estimate", "studentized"))
    _check("adjustment", adjustment, ("lin", "lin_by_block", "additive", "none"))
    _check("estimand", estimand, ("ATE", "ATT"))
    population = "super" if population is None else population
    _check("population", population, ("super", "finite"))
    if adjustment == "none" and covariates:
        raise ArgumentError("adjustment='none' takes no covariates; leave them out or name an adjustment.")
    weighed = weight_column(weights) if weights is not None else None
    used = [outcome, treatment, *covariates, block, cluster, (weighed or [None])[0], pairs, probability, exposure]
    assigned = len(columns.get(treatment, ()))
    columns = complete_trial(columns, used, treatment, block or pairs, missing)
    if weighed is not None and weighed[1] == "frequency":
        columns, weighed = repeated(columns, weighed[0]), None
    y, d = numbers(columns, outcome), zero_one(columns, treatment)
    if inference in NAMES or variance in NAMES:
        beside = (covariates, block, cluster, weights, pairs, probability, population == "finite")
        return two_rates(columns, (y, d), exposure, inference if inference in NAMES else str(variance), beside)
    if inference in SHARES:
        return two_shares(y, d, inference, (covariates, block, cluster, weights, pairs, probability, exposure))
    if inference in ("randomization", "wild_bootstrap"):
        roles = (block, cluster, pairs, weighed, probability, exposure, cluster_weighted)
        lottery = Lottery(outcome, treatment, covariates, *roles, adjustment, estimand, draws, rng, statistic)
        if inference == "wild_bootstrap":
            return wild(columns, (y, d), lottery)
        return by_lot(columns, _means(columns, lottery, weights), lottery)
    clusters = labels(columns, cluster) if cluster is not None else None
    if pairs is not None:
        _refuse_beside_pairs(block, weights, probability, exposure, variance)
        return paired(
            (y, d, list(covariate_lines(columns, covariates).values())),
            labels(columns, pairs),
            clusters,
            equal=cluster_weighted,
            estimand=estimand,
            options=(adjustment, population),
        )
    x = covariate_rows(columns, covariates)
    blocks = labels(columns, block) if block is not None else ["" for _ in y]
    check_arms(d, blocks)
    targets = [i for i in range(len(y)) if estimand == "ATE" or d[i] == 1]
    z = trial_regressors(adjustment, x, blocks)
    design = (blocks, clusters)
    if probability is not None and adjustment == "none":
        _refuse_beside_horvitz_thompson(block, weighed, exposure, cluster_weighted, estimand, variance)
        return _horvitz_thompson(columns, y, d, probability, clusters, assigned)
    if weighed or probability or exposure or cluster_weighted:
        equal = _equal_clusters(clusters, exposure) if cluster_weighted else None
        counts, fits = counting(columns, d, weighed, exposure, probability, equal, estimand)
        raw = None if exposure is None else numbers(columns, exposure)
        working = working_variances(columns, weighed, exposure, equal, counts)
        options = (adjustment, population, variance)
        return _counted(
            (y, raw),
            d,
            (x, z),
            design,
            targets,
            (counts, fits, working),
            options,
            adjusted=is_adjusted(adjustment, covariates, block, probability, cluster_weighted),
        )
    return _alike(y, d, (x, z), design, targets, (adjustment, population, variance))


def _means(columns: Columns, lottery: Lottery, weights: Mapping[str, str] | None) -> Mapping[str, object]:
    """Return the means of a trial whose p is counted."""
    return randomized_trial(
        columns,
        outcome=lottery.outcome,
        treatment=lottery.treatment,
        covariates=lottery.covariates,
        block=lottery.block,
        cluster=lottery.cluster,
        weights=None if lottery.weights is None else weights,
        pairs=lottery.pairs,
        probability=lottery.probability,
        adjustment=lottery.adjustment,
        estimand=lottery.estimand,
        population="finite",
        cluster_weighted=lottery.cluster_weighted,
        exposure=lottery.exposure,
        inference="none",
    )


def _alike(
    y: list[Fraction],
    d: list[int],
    regressors: tuple[Rows, Rows],
    groups: tuple[list[str], list[str] | None],
    targets: list[int],
    options: tuple[str, str, str | None],
) -> dict[str, object]:
    """Return means and inference where every row counts alike."""
    (x, z), (blocks, clusters), (adjustment, population, variance) = regressors, groups, options
    covariates = len(x[0])
    centre = average(z)
    rows = [model_row(adjustment, d[i], z[i], centre) for i in range(len(y))]
    fit = least_squares(rows, y)
    contrasts = (
        average([model_row(adjustment, 1, z[i], centre) for i in targets]),
        average([model_row(adjustment, 0, z[i], centre) for i in targets]),
    )
    treated, counterfactual = (predict(line, fit.coefficients) for line in contrasts)
    adjusted = is_adjusted(adjustment, covariates, any(blocks))
    result = two_means((treated, counterfactual), y, d, adjusted=adjusted)
    name = variance or ("CR2" if clusters is not None else "HC2")
    if name == "welch" and (covariates or len(set(blocks)) > 1 or clusters is not None):
        raise ArgumentError("variance 'welch' takes no covariates, block or cluster; use HC2 or CR2.")
    spread, unbiased = _spread(name, (fit, contrasts, clusters), y, d)
    judged = spread if spread.fixed_df is None else unbiased
    saturated = adjustment != "additive"
    reason = _reason(judged, d, clusters, blocks if saturated else ["" for _ in y])
    if adjustment == "additive" and without_event(y, d):
        reason = "no event among the treated, in a model common to both arms"
    if name != "welch" and reason is None and is_determined_alone(fit, contrasts, unbiased):
        reason = DETERMINED_ALONE
    if adjustment in ("lin", "lin_by_block") and covariates and population == "super" and reason is None:
        slopes = _block_slopes(adjustment, fit.coefficients, covariates, len(z[0]), blocks)
        extra = _covariate_mean_term(slopes, x, blocks, clusters or row_names(y), targets)
        covariance = [[spread.covariance[i][j] + extra[i][j] for j in (0, 1)] for i in (0, 1)]
        spread = spread._replace(covariance=covariance)
    return result | {"variance": name} | inference_numbers(treated - counterfactual, spread, reason)


def without_event(y: list[Fraction], d: list[int]) -> bool:
    """Return whether the outcome of every treated unit is 0."""
    return not any(value for value, arm in zip(y, d, strict=True) if arm)


def _counted(
    outcome: tuple[list[Fraction], list[Fraction] | None],
    d: list[int],
    regressors: tuple[Rows, Rows],
    groups: tuple[list[str], list[str] | None],
    targets: list[int],
    weights: tuple[list[Fraction], list[Fraction], list[Fraction] | None],
    options: tuple[str, str, str | None],
    *,
    adjusted: bool,
) -> dict[str, object]:
    """Return means and inference where rows count differently."""
    (y, exposure), (x, z), (blocks, clusters), (counts, fits, working) = outcome, regressors, groups, weights
    adjustment, population, variance = options
    rate = y if exposure is None else [a / b for a, b in zip(y, exposure, strict=True)]
    row = partial(model_row, adjustment)
    means, fit, coefficients = counted_means(row, z, rate, d, targets, (counts, fits))
    result = two_means(means, y, d, exposure, adjusted=adjusted)
    if working is None:
        return result | {"unavailable": NO_WORKING_VARIANCE}
    name = variance or ("CR2" if clusters is not None else "HC2")
    spread = weighted_sandwich(fit, working, name, clusters)
    alike = working if clusters is not None else [1 / v for v in fits]  # HC2 sees all where errors are alike
    unbiased = weighted_sandwich(fit, alike, "HC2" if clusters is None else "CR2", clusters)
    reason = _reason(
        spread if spread.fixed_df is None else unbiased,
        d,
        clusters,
        blocks if adjustment != "additive" else ["" for _ in y],
    )
    if adjustment == "additive" and without_event(rate, d):
        reason = "no event among the treated, in a model common to both arms"
    if reason is None and counted_variance.is_determined_alone(fit, alike, unbiased):
        reason = DETERMINED_ALONE
    covariates = len(x[0])
    if adjustment in ("lin", "lin_by_block") and covariates and population == "super" and reason is None:
        slopes = _block_slopes(adjustment, coefficients, covariates, len(z[0]), blocks)
        extra = _covariate_mean_term(slopes, x, blocks, clusters or row_names(y), targets, counts)
        spread = spread._replace(covariance=[[spread.covariance[i][j] + extra[i][j] for j in (0, 1)] for i in (0, 1)])
    return result | {"variance": name} | inference_numbers(means[0] - means[1], spread, reason)


def _horvitz_thompson(
    columns: Columns, y: list[Fraction], d: list[int], probability: str, clusters: list[str] | None, assigned: int
) -> dict[str, object]:
    """Return the means over all who were assigned, each outcome over its probability, and Young's bound."""
    refuse_incomplete(len(y), assigned)
    totals = horvitz_thompson(columns, y, d, probability, clusters or row_names(y))
    treated, control = (sum(arm.values(), Fraction(0)) / len(y) for arm in totals)
    reason = "an arm, of the trial or of a block, holds a single unit" if min(map(len, totals)) < 2 else None
    if clusters is not None and reason is None and sum(map(len, totals)) < 6:
        reason = "fewer than six clusters in all"
    found = inference_numbers(treated - control, young(totals, len(y)), reason)
    return two_means((treated, control), y, d, adjusted=True) | {"variance": "young"} | found


def _refuse_beside_pairs(
    block: object, weights: object, probability: object, exposure: object, variance: object
) -> None:
    if block or weights or probability or exposure or variance not in (None, "between_pair"):
        raise ArgumentError("pairs takes no block, weights, probability, exposure or other variance; leave them out.")


def _refuse_beside_horvitz_thompson(
    block: object, weights: object, exposure: object, cluster_weighted: bool, estimand: str, variance: object
) -> None:
    if block or weights or exposure or cluster_weighted or estimand == "ATT" or variance not in (None, "young"):
        raise ArgumentError("adjustment='none' with a probability takes nothing else; name an adjustment.")


def _equal_clusters(clusters: list[str] | None, exposure: object) -> list[str]:
    if clusters is None or exposure is not None:
        raise ArgumentError("cluster_weighted needs a cluster and takes no exposure; give one or leave it out.")
    return clusters


def _check(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise unless the value is one of those allowed."""
    if value not in allowed:
        raise ArgumentError(f"{argument} must be one of {', '.join(allowed)}, not {value!r}; choose one of them.")


def _spread(
    name: str,
    model: tuple[Fit, tuple[list[Fraction], list[Fraction]], list[str] | None],
    y: list[Fraction],
    d: list[int],
) -> tuple[Sandwich, Sandwich]:
    """Return the named covariance, and the unbiased one, by which it is judged whether inference exists."""
    fit, contrasts, clusters = model
    if name == "welch":
        return _welch(y, d), _welch(y, d)
    spread, unbiased = sandwich(fit, contrasts, name, clusters), "HC2" if clusters is None else "CR2"
    return spread, spread if name == unbiased else sandwich(fit, contrasts, unbiased, clusters)


def _welch(y: list[Fraction], d: list[int]) -> Sandwich:
    """Return diag(s₁²/n₁, s₀²/n₀) and the forms of its degrees of freedom.

    Welch (1947), doi:10.1093/biomet/34.1-2.28: (c₁²v₁ + c₀²v₀)² / (c₁⁴v₁²/(n₁-1) + c₀⁴v₀²/(n₀-1)).
    """
    arms = [[value for value, own in zip(y, d, strict=True) if own == arm] for arm in (1, 0)]
    if min(len(values) for values in arms) < 2:
        return Sandwich([[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0], None)
    v1, v0 = (float(_variance(values) / len(values)) for values in arms)
    n1, n0 = (len(values) for values in arms)
    return Sandwich([[v1, 0.0], [0.0, v0]], [v1, 0.0, v0], [v1**2 / (n1 - 1), 0.0, 0.0, 0.0, v0**2 / (n0 - 1)], None)


def _variance(values: list[Fraction]) -> Fraction:
    """Return the sample variance, divisor n - 1."""
    middle = mean(values)
    return sum(((value - middle) ** 2 for value in values), Fraction(0)) / (len(values) - 1)


def _reason(judged: Sandwich, d: list[int], clusters: list[str] | None, blocks: list[str]) -> str | None:
    """Return why there is no inference, or None."""
    if clusters is not None and (reason := refusal(judged, list(zip(clusters, d, strict=True)))) is not None:
        return reason
    cells: dict[tuple[str, int], set[str]] = {}
    for own_block, arm, own_unit in zip(blocks, d, clusters or row_names(d), strict=True):
        cells.setdefault((own_block, arm), set()).add(own_unit)
    if min(len(members) for members in cells.values()) < 2:
        return "an arm, of the trial or of a block, holds a single unit"
    return None


def _slopes(coefficients: list[Fraction], covariates: int, width: int) -> tuple[list[float], list[float]]:
    """Return the slopes on x at d = 1 and d = 0: the first coefficients, and what those `width` later add at d = 1."""
    base = coefficients[:covariates]
    more = coefficients[width : width + covariates]
    return [float(a + b) for a, b in zip(base, more, strict=True)], [float(a) for a in base]


def _block_slopes(
    adjustment: str, coefficients: list[Fraction], covariates: int, width: int, blocks: list[str]
) -> dict[str, tuple[list[float], list[float]]]:
    """Return the slopes of every block: one for all, or the block's own."""
    shared = adjustment == "lin"
    return {
        name: _slopes(coefficients[2 if shared else i * (1 + covariates) + 1 :], covariates, width)
        for i, name in enumerate(sorted(set(blocks)))
    }


def _covariate_mean_term(
    slopes: Mapping[str, tuple[list[float], list[float]]],
    x: Rows,
    blocks: list[str],
    units: list[str],
    targets: list[int],
    counts: list[Fraction] | None = None,
) -> Matrix:
    """Return β_a' var(x̄) β_b: what drawing the covariates from a superpopulation adds to Lin's covariance.

    var(x̄) = n⁻² Σ_b G_b/(G_b - 1) Σ_g t_g t_g', with t_g the cluster's (or row's) sum of x less its
    block's mean; without blocks and clusters that is S_x/n. Blocks' shares are held fixed. Where rows count
    differently mean, sum and n are those of the counts.
    """
    times = [Fraction(1) for _ in x] if counts is None else counts
    whole = float(sum((times[i] for i in targets), Fraction(0)))
    total = [[0.0, 0.0], [0.0, 0.0]]
    for name in sorted({blocks[i] for i in targets}):
        inside = [i for i in targets if blocks[i] == name]
        own = sum((times[i] for i in inside), Fraction(0))
        centre = [value * len(inside) / own for value in average([[times[i] * c for c in x[i]] for i in inside])]
        sums: dict[str, list[list[float]]] = {}
        for i in inside:
            deviation = [float(times[i] * (value - middle)) for value, middle in zip(x[i], centre, strict=True)]
            moves = [fsum(b * v for b, v in zip(line, deviation, strict=True)) for line in slopes[name]]
            sums.setdefault(units[i], []).append(moves)
        scores = [[fsum(column) for column in zip(*moves, strict=True)] for moves in sums.values()]
        scale = len(scores) / (len(scores) - 1) / whole**2
        for a in (0, 1):
            for b in (0, 1):
                total[a][b] += scale * fsum(s[a] * s[b] for s in scores)
    return total

"""Second route for trials whose p is counted: of all assignments, or of all sign changes of the clusters."""

from collections.abc import Sequence
from fractions import Fraction

from effekt.independent.all_assignments import blocks_of, randomization_test
from effekt.independent.columns import Columns, covariate_rows, labels, mean
from effekt.independent.limits import NotRepeatedError
from effekt.independent.regression import average, least_squares, predict
from effekt.independent.trial_rows import check_arms, model_row, row_names, trial_regressors, two_means
from effekt.independent.wild_bootstrap import wild_test, without_event

Rows = list[list[Fraction]]


def resampled(
    columns: Columns,
    rows: tuple[list[Fraction], list[int]],
    covariates: Sequence[str],
    design: tuple[str | None, list[str] | None, str | None],
    options: tuple[str, str, str],
) -> dict[str, object]:
    """Return the means of a trial in blocks, clusters or pairs, and the test of a null by the named inference."""
    (y, d), (block, clusters, pairs), (adjustment, estimand, inference) = rows, design, options
    targets = [i for i in range(len(y)) if estimand == "ATE" or d[i] == 1]
    if inference == "wild_bootstrap" and clusters is not None and pairs is None:
        blocks = labels(columns, block) if block is not None else ["" for _ in y]
        check_arms(d, blocks)
        x = covariate_rows(columns, covariates)
        z = trial_regressors(adjustment, x, blocks)
        return _wild(y, d, z, clusters, targets, adjustment)
    if inference == "wild_bootstrap" or covariates or (clusters and (block or pairs)):
        raise NotRepeatedError(
            "the second route lists assignments of units, in blocks or pairs, or of clusters, and signs of clusters.",
            "den räknar upp fördelningar av enheter, i block eller par, eller av kluster, samt tecken för kluster.",
        )
    both = block or pairs
    return _by_lot(y, d, labels(columns, both) if both is not None else None, clusters, adjustment, estimand)


def _wild(
    y: list[Fraction], d: list[int], z: Rows, clusters: list[str], targets: list[int], adjustment: str
) -> dict[str, object]:
    """Return the means, and the test of a null by the wild cluster bootstrap."""
    centre = average([z[i] for i in targets])
    fit = least_squares([model_row(adjustment, d[i], z[i], centre) for i in range(len(y))], y)
    lines = [average([model_row(adjustment, arm, z[i], centre) for i in targets]) for arm in (1, 0)]
    means = predict(lines[0], fit.coefficients), predict(lines[1], fit.coefficients)
    return two_means(means, y, d) | {
        "unavailable": None,
        "test": wild_test(fit, (lines[0], lines[1]), y, clusters),
        "without_bounds": True,
        "without_event": without_event(fit, lines[0], y, clusters),
    }


def _by_lot(
    y: list[Fraction],
    d: list[int],
    blocks: list[str] | None,
    clusters: list[str] | None,
    adjustment: str,
    estimand: str,
) -> dict[str, object]:
    """Return the means, and the test of a null by all assignments."""
    if adjustment == "additive" and blocks is not None:
        raise NotRepeatedError(
            "the second route lists assignments of blocks that have their own means; use 'lin'.",
            "den räknar bara upp fördelningar i block som har egna medelvärden (lin).",
        )
    own_blocks = blocks or ["" for _ in y]
    check_arms(d, own_blocks)
    found = blocks_of(y, d, own_blocks, clusters or row_names(y))
    targets = [i for i in range(len(y)) if estimand == "ATE" or d[i] == 1]
    shares = {name: Fraction(sum(own_blocks[i] == name for i in targets), len(targets)) for name in set(own_blocks)}
    cells = {
        (name, arm): mean([y[i] for i in range(len(y)) if own_blocks[i] == name and d[i] == arm])
        for name in shares
        for arm in (1, 0)
    }
    treated, control = (sum((w * cells[name, arm] for name, w in shares.items()), Fraction(0)) for arm in (1, 0))
    return two_means((treated, control), y, d) | {"unavailable": None, "test": randomization_test(found, estimand)}

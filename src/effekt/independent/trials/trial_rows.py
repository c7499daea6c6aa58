"""Rows of a trial's regression, and its raw means beside the estimated ones."""

from collections.abc import Sequence
from fractions import Fraction

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, complete, labels, mean, zero_one


def complete_trial(
    columns: Columns, used: Sequence[object], treatment: str, groups: str | None, missing: str
) -> Columns:
    """Return the rows with a value in every used column; with "drop" only blocks (or pairs) that hold both arms."""
    columns = complete(columns, [name for name in used if isinstance(name, str)], missing)
    if missing != "drop" or groups is None:
        return columns
    names = labels(columns, groups)
    arms: dict[str, set[int]] = {}
    for name, arm in zip(names, zero_one(columns, treatment), strict=True):
        arms.setdefault(name, set()).add(arm)
    return {
        key: [cell for cell, name in zip(cells, names, strict=True) if len(arms[name]) == 2]
        for key, cells in columns.items()
    }


def two_means(
    means: tuple[Fraction, Fraction],
    y: list[Fraction],
    d: list[int],
    exposure: list[Fraction] | None = None,
    *,
    adjusted: bool = False,
) -> dict[str, object]:
    """Return the two means, their difference and the raw means (with exposure, rates), and if they are no fractions."""
    below = [Fraction(1) for _ in y] if exposure is None else exposure
    if adjusted:
        means = without_rounding(means, largest_of(y, exposure))
    raw = [
        mean([y[i] for i in range(len(y)) if d[i] == arm]) / mean([below[i] for i in range(len(y)) if d[i] == arm])
        for arm in (1, 0)
    ]
    return {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": means[0] - means[1],
        "observed_treated_mean": raw[0],
        "observed_control_mean": raw[1],
        "rounded": adjusted,
    }


def is_adjusted(adjustment: str, *more: object) -> bool:
    """Return whether means are others than ratios of the arms' sums, by what else there is beside the outcome."""
    return adjustment == "additive" or any(more)


def largest_of(y: list[Fraction], exposure: list[Fraction] | None) -> Fraction:
    """Return the size of the largest outcome, per unit of exposure where there is exposure."""
    return max(abs(value) for value in (y if exposure is None else [a / b for a, b in zip(y, exposure, strict=True)]))


def without_rounding(means: tuple[Fraction, Fraction], largest: Fraction) -> tuple[Fraction, Fraction]:
    """Return adjusted means, 0 for one of at most 1e-12 of the largest outcome: floats do not tell it from 0."""
    first, second = (Fraction(0) if abs(own) <= largest / 10**12 else own for own in means)
    return first, second


def model_row(adjustment: str, d: int, z: list[Fraction], centre: list[Fraction]) -> list[Fraction]:
    """Return one row of the regression, with the treatment set to ``d``."""
    if adjustment == "additive":
        return [Fraction(1), Fraction(d), *z]
    if adjustment == "lin_by_block":
        return [*z, *(d * value for value in z)]
    centred = [value - middle for value, middle in zip(z, centre, strict=True)]
    return [Fraction(1), Fraction(d), *centred, *(d * value for value in centred)]


def row_names(rows: Sequence[object]) -> list[str]:
    """Return one name per row: every row is its own cluster."""
    return [str(i) for i in range(len(rows))]


def check_arms(d: list[int], blocks: list[str]) -> None:
    """Raise unless every block has both arms."""
    for name in sorted(set(blocks)):
        if len({arm for arm, own in zip(d, blocks, strict=True) if own == name}) != 2:
            where = "every block" if name else "the data"
            raise DataError(f"{where} must hold treated and control rows; leave out a block without both arms.")


def indicators(blocks: list[str]) -> list[list[Fraction]]:
    """Return one 0/1 column per block after the first."""
    names = sorted(set(blocks))[1:]
    return [[Fraction(int(own == name)) for name in names] for own in blocks]


def trial_regressors(adjustment: str, x: list[list[Fraction]], blocks: list[str]) -> list[list[Fraction]]:
    """Return covariates and indicators of blocks; by block, 1 and covariates once for each block, zero outside."""
    if adjustment != "lin_by_block":
        return [[*xi, *bi] for xi, bi in zip(x, indicators(blocks), strict=True)]
    names = sorted(set(blocks))
    if names == [""] or not x[0]:
        raise ArgumentError("adjustment='lin_by_block' needs covariates and a block; give both.")
    return [
        [value if own == name else Fraction(0) for name in names for value in (Fraction(1), *xi)]
        for xi, own in zip(x, blocks, strict=True)
    ]

"""How alike treated and controls are in the covariates, before and after matching or weighting."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray
from effekt.result import Diagnostic

NOTABLE_SMD = 0.1
ROUNDING = 1e-13  # a difference this small relative to the values is rounding


def covariate_balance(
    *, covariates: FloatArray, names: Sequence[str], treated: BoolArray, weights: FloatArray
) -> Diagnostic:
    """Balance of each covariate before and after weighting, for the effect on the treated.

    Parameters
    ----------
    covariates : (n, p) array
    names : sequence of str, length p
    treated : (n,) bool array
    weights : (n,) array
        Weight of each row in the comparison, such as 1 for a matched treated row; 0 leaves it out. Some row of each
        arm has a weight.

    Returns
    -------
    Diagnostic
        "warning" when a standardised mean difference after weighting is larger than 0.1 in size, or is undefined
        although the means differ. Table, one row for each covariate, `_before` with equal weights and `_after` with
        `weights`: the mean in each arm; `treated_sd` (before); `smd_before`, `smd_after` over `treated_sd`;
        `variance_ratio` (treated over control; none for a 0/1 covariate); `ecdf_mean` and `ecdf_max`, the mean and the
        largest of |F₁(x) − F₀(x)| over the distinct values x that have weight. Values: the largest |smd| after, and the
        effective number of rows in each arm before and after.

    Notes
    -----
    The standardised mean difference is (x̄₁ − x̄₀)/s₁, with s₁ the standard deviation of all the treated (ddof 1), or
    √(p₁(1 − p₁)) for a covariate of 0 and 1; the same s₁ before and after. It is undefined where s₁ is zero. A weighted
    variance is Σw(x − x̄)² / (Σw − Σw²/Σw). The effective number is (Σw)²/Σw².

    References
    ----------
    Stuart, E. A., Lee, B. K. & Leacy, F. P. (2013). Prognostic score–based balance measures can be a useful diagnostic
    for propensity score methods in comparative effectiveness research. *Journal of Clinical Epidemiology* 66, S84–S90.
    doi:10.1016/j.jclinepi.2013.01.013

    Examples
    --------
    >>> import numpy as np
    >>> age, treated = np.array([[30.0], [40.0], [35.0], [60.0]]), np.array([True, True, False, False])
    >>> found = covariate_balance(covariates=age, names=["age"], treated=treated, weights=np.array([1, 1, 2, 0]))
    >>> round(found.table["smd_before"][0], 3), found.table["smd_after"][0]
    (-1.768, 0.0)
    """
    everyone = np.ones(len(treated))
    rows = [_one(np.ascontiguousarray(column), treated, everyone, weights) for column in covariates.T]
    table = {"covariate": tuple(names), **{key: tuple(row[key] for row in rows) for key in rows[0]}}
    after = [abs(smd) for row in rows if (smd := row["smd_after"]) is not None]
    imbalanced = [name for name, row in zip(names, rows, strict=True) if _is_imbalanced(row)]
    largest = max(after, default=None)
    return Diagnostic(
        name="covariate_balance",
        status="warning" if imbalanced else "ok",
        statement=_statement(imbalanced, len(rows), largest),
        values={
            "threshold": NOTABLE_SMD,
            "largest_smd_before": max(
                (abs(smd) for row in rows if (smd := row["smd_before"]) is not None), default=None
            ),
            "largest_smd_after": largest,
            "n_imbalanced": len(imbalanced),
            "effective_treated_before": float(treated.sum()),
            "effective_treated_after": effective_size(weights[treated]),
            "effective_controls_before": float((~treated).sum()),
            "effective_controls_after": effective_size(weights[~treated]),
        },
        table=table,
    )


def effective_size(weights: FloatArray) -> float:
    """(Σw)²/Σw² (Kish 1965, Survey Sampling): how many equal weights would be as precise."""
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def _one(column: FloatArray, treated: BoolArray, everyone: FloatArray, weights: FloatArray) -> dict[str, float | None]:
    """The row of one covariate."""
    binary = bool(np.all((column == 0) | (column == 1)))
    share = float(np.mean(column[treated]))
    sd = math.sqrt(share * (1 - share)) if binary else float(np.std(column[treated], ddof=1))
    sd = 0.0 if sd <= ROUNDING * np.max(np.abs(column)) else sd
    row: dict[str, float | None] = {"treated_sd": sd}
    for when, weight in (("before", everyone), ("after", weights)):
        means = [_mean(column[arm], weight[arm]) for arm in (treated, ~treated)]
        distances = _ecdf_distances(column, treated, weight)
        row[f"treated_mean_{when}"], row[f"control_mean_{when}"] = means
        row[f"smd_{when}"] = (means[0] - means[1]) / sd if sd else None
        row[f"variance_ratio_{when}"] = None if binary else _variance_ratio(column, treated, weight)
        row[f"ecdf_mean_{when}"], row[f"ecdf_max_{when}"] = float(np.mean(distances)), float(np.max(distances))
    return row


def _mean(values: FloatArray, weights: FloatArray) -> float:
    return float(np.sum(weights * values) / np.sum(weights))


def _variance_ratio(column: FloatArray, treated: BoolArray, weights: FloatArray) -> float | None:
    """Treated over control; None where a variance is zero or cannot be estimated."""
    top, bottom = (_variance(column[arm], weights[arm]) for arm in (treated, ~treated))
    return top / bottom if top and bottom else None


def _variance(values: FloatArray, weights: FloatArray) -> float | None:
    """Σw(x − x̄)² / (Σw − Σw²/Σw)."""
    total = np.sum(weights)
    left = total - np.sum(weights**2) / total
    if left <= ROUNDING * total:
        return None
    spread = float(np.sum(weights * (values - _mean(values, weights)) ** 2) / left)
    return None if spread <= (ROUNDING * np.max(np.abs(values))) ** 2 else spread


def _ecdf_distances(column: FloatArray, treated: BoolArray, weights: FloatArray) -> FloatArray:
    """|F₁ − F₀| at each distinct value that has weight."""
    used = weights > 0
    distinct, place = np.unique(column[used], return_inverse=True)
    shares = []
    for arm in (treated[used], ~treated[used]):
        mass = np.bincount(place[arm], weights[used][arm], len(distinct))
        shares.append(np.cumsum(mass) / np.sum(mass))
    return np.asarray(np.abs(shares[0] - shares[1]))


def _is_imbalanced(row: dict[str, float | None]) -> bool:
    smd, treated, control = row["smd_after"], row["treated_mean_after"], row["control_mean_after"]
    if smd is not None:
        return abs(smd) > NOTABLE_SMD
    assert treated is not None
    assert control is not None
    return abs(treated - control) > ROUNDING * max(abs(treated), abs(control))


def _statement(imbalanced: list[str], count: int, largest: float | None) -> Text:
    en = f"{len(imbalanced)} of {count} covariates differ by more than {format_number(NOTABLE_SMD, 'en')} standard "
    en += "deviations after matching"
    sv = f"{len(imbalanced)} av {count} kovariater skiljer sig åt med mer än {format_number(NOTABLE_SMD, 'sv')} "
    sv += "standardavvikelser efter matchning"
    if imbalanced:
        listed = ", ".join(imbalanced)
        en, sv = f"{en}: {listed}", f"{sv}: {listed}"
    if largest is not None:
        en += f"; the largest standardised mean difference is {format_number(largest, 'en', 3)}"
        sv += f"; den största standardiserade medelvärdesskillnaden är {format_number(largest, 'sv', 3)}"
    return Text(en=f"{en}.", sv=f"{sv}.")

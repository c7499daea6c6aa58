"""Matching by sets: exact and coarsened values, and subclasses of the propensity."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from scipy.special import expit

from effekt._exact import exact as exact_decimal
from effekt._types import FloatArray, IntArray
from effekt._validation import join_words
from effekt.estimators.matching.design import Assigned, Design, combined, from_sets
from effekt.exceptions import DataError


def exact(design: Design) -> Assigned:
    """Sets of units that agree in every covariate and exact column."""
    codes = design.cohort.strata
    for column in design.cohort.covariates.T:
        codes = combined(codes, np.unique(column, return_inverse=True)[1])
    return _checked(design, codes, "Use fewer columns, or coarsen them with method='coarsened_exact'.")


def coarsened_exact(design: Design) -> Assigned:
    """Sets of units that agree in the exact columns and in the interval of every covariate.

    Iacus, S. M., King, G. & Porro, G. (2012). Causal inference without balance checking: coarsened exact matching.
    *Political Analysis* 20(1), 1–24. doi:10.1093/pan/mpr013
    """
    cohort, cuts = design.cohort, cuts_of(design)
    codes = cohort.strata
    for name, column in zip(cohort.names, cohort.covariates.T, strict=True):
        codes = combined(codes, interval(column, np.array(cuts.get(name, (1.0,)))))  # 1 parts a category from others
    return _checked(design, codes, "Coarsen more, with fewer `cutpoints`.")


def cuts_of(design: Design) -> dict[str, tuple[float, ...]]:
    """The cutpoints of each covariate of numbers, by its own rule or Sturges's."""
    rules, cohort = design.options.cutpoints, design.cohort
    columns = zip(cohort.names, cohort.of, cohort.covariates.T, strict=True)
    return {
        name: tuple(cutpoints(column, rules.get(name, "sturges")).tolist())
        for name, of, column in columns
        if name == of
    }


def cutpoints(column: FloatArray, rule: str | int | tuple[float, ...]) -> FloatArray:
    """The inner cutpoints of a column.

    A number b cuts the range into b intervals of equal length; "sturges" is b = ⌈log₂ n + 1⌉ (Sturges 1926,
    doi:10.1080/01621459.1926.10502161); "q4" cuts at the quartiles (type 7); numbers are cutpoints themselves.
    """
    if isinstance(rule, tuple):
        return np.unique(np.array(rule))
    if isinstance(rule, str) and rule != "sturges":
        parts = int(rule[1:])
        return quantiles(column, parts)
    parts = math.ceil(math.log2(len(column)) + 1) if isinstance(rule, str) else rule
    low, high = (exact_decimal(float(value)) for value in (np.min(column), np.max(column)))
    return np.array([float(low + (high - low) * Fraction(k, parts)) for k in range(1, parts)])


def interval(column: FloatArray, cuts: FloatArray) -> IntArray:
    """How many cutpoints are at or below each value: a value at a cutpoint belongs to the interval above it."""
    return np.searchsorted(cuts, column, side="right")


def quantiles(values: FloatArray, parts: int) -> FloatArray:
    """The distinct type-7 quantiles that cut values into parts (Hyndman & Fan 1996, doi:10.2307/2684934).

    Quantile k/parts lies at the place k(n − 1)/parts of the sorted values. Values are the decimals a reader sees and
    places fractions, so that no rounding moves a quantile off a value.
    """
    ranked = np.sort(values).tolist()
    cuts = []
    for k in range(1, parts):
        place, left = divmod(k * (len(ranked) - 1), parts)
        low, high = exact_decimal(ranked[place]), exact_decimal(ranked[min(place + 1, len(ranked) - 1)])
        cuts.append(float(low + (high - low) * Fraction(left, parts)))
    return np.unique(cuts)


def subclassification(design: Design) -> Assigned:
    """Sets between quantiles of the propensity among the treated (ATT), the controls (ATC) or all (ATE).

    Rosenbaum, P. R. & Rubin, D. B. (1984). Reducing bias in observational studies using subclassification on the
    propensity score. *Journal of the American Statistical Association* 79(387), 516–524.
    doi:10.1080/01621459.1984.10478078
    """
    assert design.logit is not None
    assert design.options.subclasses is not None
    propensity, count = expit(design.logit), design.options.subclasses
    among = design.kept if design.options.estimand == "ATE" else design.focal & design.kept
    cuts = quantiles(propensity[among], count)
    return _checked(design, combined(design.strata, interval(propensity, cuts)), "Use fewer `subclasses`.")


def _checked(design: Design, codes: IntArray, remedy: str) -> Assigned:
    found = from_sets(design, codes)
    if not np.any(found.weights):
        listed = join_words(map(repr, dict.fromkeys(design.cohort.of)), "and")
        raise DataError(
            f"`covariates` must have values that both treated and controls have; in {listed} no set holds both. "
            f"{remedy}"
        )
    return found

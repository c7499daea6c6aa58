"""Sums that the checks share are those of exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import effekt
from effekt.diagnostics._arrays import correlation, dot
from effekt.exceptions import ArgumentError


def test_a_correlation_is_that_of_exact_arithmetic() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(7, 1, size=289), rng.normal(0, 0.05, size=289)
    a, b = ([Fraction(float(value)) for value in values] for values in (x, y))
    p, q = ([value - sum(values) / 289 for value in values] for values in (a, b))
    across, first, second = (
        float(sum(one * other for one, other in zip(*pair, strict=True))) for pair in ((p, q), (p, p), (q, q))
    )
    assert math.isclose(correlation(x, y), across / math.sqrt(first * second), rel_tol=1e-12)
    order = rng.permutation(289)
    assert dot(x, y) == dot(x[order], y[order])


TREATED = np.array([True] * 8 + [False] * 9)
WEIGHTS, AGE = np.ones(17), np.arange(17.0) % 5
AFTER = np.arange(17) % 2 == 0
CHECKS = {
    "covariate_balance": {"covariates": AGE[:, None], "names": ["age"], "treated": TREATED, "weights": WEIGHTS},
    "weight_spread": {"treated": TREATED, "weights": WEIGHTS},
    "set_overlap": {"treated": TREATED, "weights": WEIGHTS},
    "propensity_overlap": {
        "logit": AGE / 9,
        "treated": TREATED,
        "strata": np.zeros(17, int),
        "weights": WEIGHTS,
    },
    "composition_drift": {"covariates": AGE[:, None], "names": ["age"], "treated": TREATED, "after": AFTER},
}


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("kind", ["int", "float", "list"])
def test_zero_and_one_mark_the_treated_as_booleans_do(name: str, kind: str) -> None:
    check, given = getattr(effekt.diagnostics, name), CHECKS[name]
    flags = TREATED.tolist() if kind == "list" else TREATED.astype(kind)
    assert check(**{**given, "treated": flags}) == check(**given)


def _with(values: np.ndarray, row: int, value: float) -> np.ndarray:
    changed = values.astype(float)
    changed[row] = value
    return changed


@pytest.mark.parametrize(
    ("names", "key", "values", "words"),
    [
        (list(CHECKS), "treated", _with(TREATED, 2, 2), "`treated` must be 0 (control) or 1 (treated)"),
        (list(CHECKS), "treated", np.ones(17), "`treated` must have rows in both arms; all are treated"),
        (list(CHECKS)[:4], "weights", _with(WEIGHTS, 2, np.nan), "`weights` must hold finite numbers"),
        (list(CHECKS)[:4], "weights", _with(WEIGHTS, 2, -1), "`weights` must be 0 or above; the first row"),
        (list(CHECKS)[:4], "weights", 1.0 * TREATED, "`weights` must be above 0 for some row of each arm"),
        (list(CHECKS)[:4], "weights", WEIGHTS[:9], "`weights` must have one value for each of the 17 rows"),
        (["covariate_balance", "composition_drift"], "covariates", AGE, "`covariates` must have 17 rows"),
        (["covariate_balance", "composition_drift"], "covariates", "x", "`covariates` must hold numbers"),
        (
            ["covariate_balance", "composition_drift"],
            "covariates",
            _with(AGE, 2, np.nan)[:, None],
            "`covariates` must hold finite numbers; the first row that does not is row 3. Correct or leave it out.",
        ),
        (["propensity_overlap"], "logit", _with(AGE, 2, np.inf), "`logit` must hold finite numbers"),
        (["composition_drift"], "after", TREATED, "`after` must be 0 for some people of each group and 1 for others."),
        (["composition_drift"], "after", _with(AFTER, 2, 2), "`after` must be 0 (before) or 1 (after)"),
    ],
)
def test_what_a_check_cannot_judge_is_refused(names: list[str], key: str, values: object, words: str) -> None:
    for name in names:
        with pytest.raises(ArgumentError) as error:
            getattr(effekt.diagnostics, name)(**{**CHECKS[name], key: values})
        assert str(error.value).startswith(words)


PLACEBOS = {"treated": [9.0, 11.0, 10.0], "counterfactual": [10.0, 10.0, 10.0], "reference": [9.0, 10.0, 11.0]}
WAYS = {"labels": ["a", "b"], "p_values": [0.2, 0.01], "intervals": [None, (-1.0, 1.0)], "declared": "a"}
LOOK = {"effect": -1.0, "counterfactual": 10.0, "changes": [0.1], "elapsed": 12, "remaining": 24}
NUMBERS = "hold numbers, one for each row; the first row that does not is row 3."
COMMA = " It looks like a number with a decimal comma"


def test_lists_give_placebos_what_arrays_do() -> None:
    arrays = {name: np.array(values) for name, values in PLACEBOS.items()}
    assert effekt.diagnostics.placebo_distribution(**PLACEBOS) == effekt.diagnostics.placebo_distribution(**arrays)


@pytest.mark.parametrize("missing", [5, None, "x", {}])
def test_what_is_no_effects_are_refused_before_trends(missing: object) -> None:
    with pytest.raises(ArgumentError, match=r"^`effects` must be the group-time effects"):
        effekt.diagnostics.pretrends(missing)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("placebo_distribution", {**PLACEBOS, "treated": [9, math.nan, 1]}, "`treated` must hold finite numbers; the"),
        ("placebo_distribution", {**PLACEBOS, "treated": []}, "`treated` must have one dimension and at least one row"),
        ("placebo_distribution", {**PLACEBOS, "reference": [1.0]}, "`reference` must have one value for each of the 3"),
        ("placebo_distribution", {**PLACEBOS, "labels": ["a"]}, "`labels` must name each of the 3 figures once"),
        ("first_stage", {"treated": None, "control": 0.1, "std_error": 0.1}, "`treated` must be a finite number"),
        ("first_stage", {"treated": 0.5, "control": math.nan, "std_error": 0.1}, "`control` must be a finite number"),
        ("first_stage", {"treated": 0.5, "control": 0.1, "std_error": -1}, "`std_error` must be 0 or above, or None"),
        ("bacon_decomposition", {"outcome": "x", "start": [1]}, "`outcome` must hold numbers"),
        ("bacon_decomposition", {"outcome": {}, "start": [1]}, "`outcome` must hold numbers"),
        ("forecast", {**LOOK, "changes": 5}, "`changes` must have one dimension"),
        ("forecast", {**LOOK, "changes": None}, "`changes` must have one dimension"),
        ("forecast", {**LOOK, "pairs": 5}, "`pairs` must be two arrays"),
        ("inference_choice", {**WAYS, "p_values": 5}, "`p_values` must be a list with an entry for each of `labels`"),
        ("inference_choice", {**WAYS, "intervals": "x"}, "`intervals` must be a list with an entry"),
        ("inference_choice", {**WAYS, "intervals": [None, 5]}, "`intervals` must hold pairs (low, high), or None"),
        ("inference_choice", {**WAYS, "p_values": [0.2, "x"]}, "`p_values` must be between 0 and 1, or None"),
        ("inference_choice", {**WAYS, "reasons": 5}, "`reasons` must be a mapping from way to text"),
        ("covariate_balance", {**CHECKS["covariate_balance"], "names": 5}, "`names` must be a column name or a list"),
        ("propensity_overlap", {**CHECKS["propensity_overlap"], "strata": [0]}, "`strata` must have one value for"),
        (
            "propensity_overlap",
            {**CHECKS["propensity_overlap"], "strata": [0, 0, 0.5] * 5 + [0, 0]},
            "`strata` must hold",
        ),
        ("lee_bounds", {"outcome": [5, 6, "5,5"], "treatment": [1, 0, 1]}, f"`outcome` must {NUMBERS}{COMMA}"),
        (
            "lee_bounds",
            {"outcome": [[5], [6], [7, 8]], "treatment": [1, 0, 1]},
            "`outcome` must hold numbers, one for each row; row 3 is the first",
        ),
        (
            "differential_attrition",
            {"missing": [0, 1, "ja"], "treatment": [1, 0, 1]},
            f"`missing` must {NUMBERS} Code words",
        ),
        (
            "overdispersion",
            {"counts": [0, 1, -1], "treatment": [1, 0, 1]},
            "`counts` must be 0 or more; the first row that is not is row 3. Give",
        ),
        (
            "overdispersion",
            {"counts": ["0", "1", "5,5"], "treatment": [1, 0, 1]},
            f"`counts` must {NUMBERS[:-2]}1. It looks like numbers written as text",
        ),
        (
            "heaping",
            {"lengths": [14, 14, 0]},
            "`lengths` must hold whole numbers from 1; the first row that does not is row 3. Give",
        ),
        (
            "study_heterogeneity",
            {"estimates": [1, 2, 3], "variances": [1, 1, 0]},
            "`variances` must be above zero; the first row that is not is row 3. Give",
        ),
        (
            "study_heterogeneity",
            {"estimates": [1, 2, "1,5"], "variances": [1, 1, 1]},
            f"`estimates` must {NUMBERS}{COMMA}",
        ),
    ],
)
def test_what_is_no_figure_of_a_check_is_refused(name: str, given: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError) as error:
        getattr(effekt.diagnostics, name)(**given)
    assert str(error.value).startswith(words)

"""The two means of a doubly robust comparison (AIPW): regression in each arm, corrected by weighted residuals.

With e(x) the propensity, m₁(x) and m₀(x) the regressions of the outcome in each arm, they are averages over the n units
(ATE) or the n₁ treated (ATT) of (Robins, Rotnitzky & Zhao 1994, doi:10.1080/01621459.1994.10476818)::

    ATE    m₁ + d (y − m₁)/e    and    m₀ + (1 − d)(y − m₀)/(1 − e)
    ATT    d y                  and    d m₀ + (1 − d) e/(1 − e) (y − m₀)

and for the n₀ controls (ATC) (1 − d) m₁ + d (1 − e)/e (y − m₁) and (1 − d) y. They are right if the
propensity or the regressions are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator
from scipy.special import expit, log_expit
from scipy.special import logit as log_odds

from effekt import _linalg
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import plural
from effekt.estimators._cross_fitting import Learners, assign_folds, cross_fit
from effekt.estimators._m_estimation import (
    Equation,
    Index,
    cross_sums,
    joint_covariance,
    predict,
    row_errors,
    solve_index,
    standardised,
)
from effekt.estimators._one_value import refuse_one_value
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.weighting import tilted_weights
from effekt.exceptions import DataError
from effekt.tables import called, column_of

DoublyRobustEstimand: TypeAlias = Literal["ATE", "ATT", "ATC"]
OutcomeModel: TypeAlias = Literal["linear", "logistic"]
Regression: TypeAlias = "Callable[[Cohort, FloatArray, BoolArray, str], tuple[FloatArray, FloatArray, Index]]"
REGRESSED: dict[str, tuple[int, ...]] = {"ATE": (0, 1), "ATT": (1,), "ATC": (0,)}
"""Which arms, treated (0) or controls (1), need a regression: those that the effect is not on alone."""
BOUND = 0.01  # a cross-fitted propensity is held between this and one less it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """Checked arrays, rows in canonical order.

    Attributes
    ----------
    outcome : (n,) array
    treated : (n,) bool array
    covariates : (n, p) array, named by `names`
        Indicators of each subgroup after the first come last.
    balanced : (n, q) array and q names
        What a table of balance has: the same with an indicator of every category.
    cluster : (n,) integer array, optional
    group : (n,) integer array
        Number of the subgroup of each row, named by `groups`; one when there are none.
    n_dropped : int
    """

    outcome: FloatArray
    treated: BoolArray
    covariates: FloatArray
    names: tuple[str, ...]
    balanced: tuple[FloatArray, tuple[str, ...]]
    cluster: IntArray | None
    group: IntArray
    groups: tuple[str, ...]
    n_dropped: int

    @property
    def listed(self) -> str:
        """The columns of the covariates, quoted."""
        return ", ".join(map(repr, dict.fromkeys(map(column_of, self.names))))

    def members(self, group: int) -> BoolArray:
        """Which rows are in a subgroup."""
        return np.asarray(self.group == group)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The two means of each subgroup in turn, and how they are known.

    Attributes
    ----------
    means : (2s,) array
    covariance : (2s, 2s) array
    errors : (rows or clusters, 2s) array
        What each adds to the errors of the means; the covariance is that of their sums, and of the repeats' spread.
    logit : (n,) array
        Log odds of treatment.
    parameters : int
    bounded : int
        Rows whose propensity was held at a bound.
    """

    means: FloatArray
    covariance: FloatArray
    errors: FloatArray
    logit: FloatArray
    parameters: int
    bounded: int = 0


def _equations(
    cohort: Cohort,
    estimand: DoublyRobustEstimand,
    logit: FloatArray,
    regressions: tuple[FloatArray, FloatArray],
    slopes: tuple[FloatArray, FloatArray] | None = None,
) -> list[Equation]:
    """Treated and counterfactual mean of each subgroup in turn: t·m + w (y − m) in each arm, averaged over Σt.

    With `slopes`, dm/dℓ in each arm, also how they move with the indices: propensity, regression among the treated (not
    for the ATT), regression among the controls (not for the ATC).
    """
    share = {"ATT": cohort.treated, "ATC": ~cohort.treated}.get(estimand, np.ones(len(logit), bool)).astype(float)
    found = []
    arms = list(zip(tilted_weights(logit, cohort.treated, estimand), regressions, strict=True))
    for group in range(len(cohort.groups)):
        inside = cohort.members(group).astype(float)
        for number, (weights, predicted) in enumerate(arms):
            left = cohort.outcome - predicted
            moves: tuple[FloatArray, ...] = ()
            if slopes is not None:
                own = inside * (share - weights.values) * slopes[number]  # zero for the arm's own mean
                by_regression = (own if number == arm else 0 * own for arm in REGRESSED[estimand])
                moves = (inside * weights.slopes[0] * left, *by_regression)
            value = share * predicted + weights.values * left
            found.append(Equation(value=inside * value, share=inside * share, slopes=moves))
    return found


def fit_parametric(
    cohort: Cohort, estimand: DoublyRobustEstimand, outcome_model: OutcomeModel, *, left_out: bool = True
) -> Fitted:
    """Logistic propensity and a regression in each arm; all their parameters count as estimated.

    With ``left_out=False`` by the plain sandwich.
    """
    logit = fit_propensity(cohort.treated, cohort.covariates, cohort.names).logit
    p = expit(logit)
    design = standardised(cohort.covariates)
    fit: Regression = _logistic if outcome_model == "logistic" else _linear
    arms = [(cohort.treated, "treated"), (~cohort.treated, "control")]
    fits = {number: fit(cohort, design, *arms[number]) for number in REGRESSED[estimand]}
    indices = [Index(score=cohort.treated - p, slope=-p * (1 - p)), *(index for _, _, index in fits.values())]
    first, second = ((*fits[number][:2],) if number in fits else (0 * p, 0 * p) for number in (0, 1))
    equations = _equations(cohort, estimand, logit, (first[0], second[0]), (first[1], second[1]))
    errors = row_errors(design, indices, equations, cohort.cluster, left_out=left_out)
    return Fitted(
        means=_zero_where_rounding(cohort, np.array([equation.mean for equation in equations])),
        covariance=joint_covariance(errors),
        errors=errors,
        logit=logit,
        parameters=len(indices) * design.shape[1] + len(equations),
    )


def _linear(cohort: Cohort, design: FloatArray, arm: BoolArray, noun: str) -> tuple[FloatArray, FloatArray, Index]:
    """Prediction of every row by least squares in one arm, its derivative by the index, and the equation."""
    coefficients = _least_squares(cohort, design, arm, noun)
    predicted = _exact_where_constant(cohort, arm, predict(design, coefficients))
    index = Index(score=arm * (cohort.outcome - predicted), slope=-arm.astype(float))
    return predicted, np.ones(len(arm)), index


def _exact_where_constant(cohort: Cohort, arm: BoolArray, predicted: FloatArray) -> FloatArray:
    """The one value of an arm's outcomes in each subgroup, where each has one: the fit, which rounding would miss."""
    exact = predicted.copy()
    for group in range(len(cohort.groups)):
        inside = cohort.members(group)
        own = cohort.outcome[arm & inside]
        if not np.all(own == own[0]):
            return predicted
        exact[inside] = own[0]
    return exact


def _zero_where_rounding(cohort: Cohort, means: FloatArray) -> FloatArray:
    """The means, 0 where one is not told from it: within n units in the last place of the arm's largest outcome."""
    largest = [np.max(np.abs(cohort.outcome[arm])) for arm in (cohort.treated, ~cohort.treated)]
    bounds = np.tile(largest, len(cohort.groups)) * len(cohort.outcome) * np.finfo(float).eps
    return np.where(np.abs(means) <= bounds, 0.0, means)


FEWEST = 3  # rows of an arm for its mean and a covariate, and one more


def _least_squares(cohort: Cohort, design: FloatArray, arm: BoolArray, noun: str) -> FloatArray:
    if arm.sum() < FEWEST:
        raise DataError(
            "`covariates` must be at least one and fewer than the rows of each arm less one, which takes three rows; "
            f"the {noun} arm has {int(arm.sum())}. Give more rows."
        )
    refuse_one_value(cohort.covariates, arm, cohort.names, f"{noun} arm", "Leave it out.")
    if arm.sum() <= design.shape[1]:
        raise DataError(
            f"`covariates` must be fewer than the rows of each arm less one; the {noun} arm has {int(arm.sum())} rows "
            f"for {plural(design.shape[1] - 1, 'covariate')}. Name fewer."
        )
    try:
        return _linalg.least_squares(design[arm], cohort.outcome[arm]).coefficients
    except _linalg.CollinearColumnError as dependent:
        raise DataError(
            f"{called(cohort.names[dependent.index - 1])} must not be a linear combination of the other covariates "
            f"within the {noun} arm. Leave it out."
        ) from None


def _logistic(cohort: Cohort, design: FloatArray, arm: BoolArray, noun: str) -> tuple[FloatArray, FloatArray, Index]:
    """The same by logistic maximum likelihood."""
    _least_squares(cohort, design, arm, noun)  # the same rules for the covariates
    outcome = cohort.outcome[arm]
    if (outcome == outcome[0]).all():
        raise DataError(
            f"The outcome must be 0 for some and 1 for other rows of the {noun} arm with outcome_model='logistic'; all "
            "are the same there. Choose outcome_model='linear'."
        )

    def potential(index: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        p = expit(index)
        return -log_expit(np.where(outcome == 1, index, -index)), p - outcome, p * (1 - p)

    coefficients = solve_index(design[arm], potential, float(arm.sum()))
    if coefficients is None or _separated(design[arm], coefficients):
        raise DataError(
            f"`covariates` must not decide the outcome within the {noun} arm; with outcome_model='logistic' a "
            f"combination of {cohort.listed} does. Leave out the one that does, or choose outcome_model='linear'."
        )
    p = expit(predict(design, coefficients))
    return p, p * (1 - p), Index(score=arm * (cohort.outcome - p), slope=-(arm * p * (1 - p)))


def _separated(design: FloatArray, coefficients: FloatArray) -> bool:
    """Whether so many outcomes are fitted to the last digit that the others do not determine the coefficients."""
    p = expit(predict(design, coefficients))
    curvatures = cross_sums(design, design * (p * (1 - p))[:, None])
    return int(np.linalg.matrix_rank(curvatures, hermitian=True)) < len(coefficients)


def fit_cross_fitted(
    cohort: Cohort,
    estimand: DoublyRobustEstimand,
    learners: Learners,
    folds: int,
    repeats: int,
    rng: Generator,
    *,
    binary: bool,
) -> Fitted:
    """Chernozhukov et al. (2018, definition 3.3): for each subgroup the repeats with the median effect and variance."""
    means, errors, logits, bounded = [], [], [], []
    for _ in range(repeats):
        fold = assign_folds(cohort.treated, cohort.cluster, folds, rng)
        found = cross_fit(
            learners,
            cohort.outcome,
            cohort.treated,
            cohort.covariates,
            fold,
            binary=binary,
            seed=int(rng.integers(2**31)),
        )
        held = np.clip(found.propensity, BOUND, 1 - BOUND)
        logits.append(log_odds(held))
        equations = _equations(cohort, estimand, logits[-1], (found.treated, found.control))
        means.append([equation.mean for equation in equations])
        errors.append(row_errors(cohort.covariates, (), equations, cohort.cluster))
        bounded.append(int(np.sum(held != found.propensity)))
    centre, chosen, apart = _medians(np.array(means), errors)
    return Fitted(
        means=centre,
        covariance=joint_covariance(chosen) + apart,
        errors=chosen,
        logit=np.median(logits, axis=0),
        parameters=len(centre),
        bounded=max(bounded),
    )


def _medians(means: FloatArray, errors: list[FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means (2s,) of the repeat with the median effect; errors and spread (2s, 2s) of that with the median variance.

    Both are chosen within each subgroup by its effect, so that estimate and variance of the effect are the medians.
    """
    size = means.shape[1]
    centre, chosen, apart = np.empty(size), np.empty(errors[0].shape), np.zeros((size, size))
    middle = len(errors) // 2
    for at in range(0, size, 2):
        pair = slice(at, at + 2)
        centre[pair] = means[np.argsort(means[:, at] - means[:, at + 1], kind="stable")[middle], pair]
        moved = means[:, pair] - centre[pair]
        variances = [
            float(np.sum((one[:, at] - one[:, at + 1]) ** 2) + (move[0] - move[1]) ** 2)
            for one, move in zip(errors, moved, strict=True)
        ]
        median = int(np.argsort(variances, kind="stable")[middle])
        chosen[:, pair] = errors[median][:, pair]
        apart[pair, pair] = np.outer(moved[median], moved[median])
    return centre, chosen, apart

"""Nuisance functions by flexible learners, each row predicted by models that never saw it: the one file with sklearn.

The rows are cut into folds, treated and controls apart (whole clusters when there are clusters); the propensity and
the outcome in each arm are fitted on all other folds and predicted on the fold (Chernozhukov et al. 2018,
doi:10.1111/ectj.12097, definition 3.1). Every learner is seeded and runs on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import plural
from effekt.exceptions import ArgumentError, DataError

Flexible: TypeAlias = Literal["random_forest", "gradient_boosting"]
LEARNERS: dict[Flexible, tuple[str, dict[str, Any]]] = {
    "random_forest": ("RandomForest", {"n_estimators": 100, "min_samples_leaf": 10, "max_features": 0.5, "n_jobs": 1}),
    "gradient_boosting": (
        "GradientBoosting",
        {"n_estimators": 100, "learning_rate": 0.1, "max_depth": 2, "min_samples_leaf": 20},
    ),
}
"""Class (before Classifier or Regressor) and fixed settings of each learner, version 1.

Leaves hold at least 10 or 20 rows: with smaller ones a propensity of few treated runs to 0 and 1, and the weights with
it.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Of each row by models that did not see it: probability of treatment, and outcome in each arm."""

    propensity: FloatArray
    treated: FloatArray
    control: FloatArray


def assign_folds(treated: BoolArray, clusters: IntArray | None, folds: int, rng: Generator) -> IntArray:
    """(n,) fold of each row: arms apart, or whole clusters, dealt out in random order.

    Raises
    ------
    DataError
        When some fold's complement lacks an arm.
    """
    fold = np.empty(len(treated), np.intp)
    if clusters is None:
        for arm in (treated, ~treated):
            rows = np.flatnonzero(arm)
            fold[rng.permutation(rows)] = np.arange(len(rows)) % folds
    else:
        names, position = np.unique(clusters, return_inverse=True)
        dealt = np.empty(len(names), np.intp)
        dealt[rng.permutation(len(names))] = np.arange(len(names)) % folds
        fold = dealt[position]
    noun = "rows" if clusters is None else "clusters"
    for i in range(folds):
        for arm, name in ((treated, "treated"), (~treated, "control")):
            if np.sum(arm & (fold != i)) < 2 or not np.any(fold == i):
                raise DataError(
                    f"`folds` must leave at least two {name} rows outside each fold; {plural(folds, 'fold')} of the "
                    f"{noun} do not. Take fewer folds, or learner='parametric'."
                )
    return fold


def cross_fit(
    learner: Flexible,
    outcome: FloatArray,
    treated: BoolArray,
    covariates: FloatArray,
    fold: IntArray,
    *,
    binary: bool,
    seed: int,
) -> Predictions:
    """Predict each fold by models of the other folds; `binary` outcomes are 0 and 1 and get a probability."""
    propensity, first, second = (np.empty(len(outcome)) for _ in range(3))
    for i in np.unique(fold).tolist():
        inside, outside = fold == i, fold != i
        propensity[inside] = _probability(learner, covariates[outside], treated[outside], covariates[inside], seed)
        for arm, predicted in ((treated, first), (~treated, second)):
            rows = outside & arm
            fit = _probability if binary else _value
            predicted[inside] = fit(learner, covariates[rows], outcome[rows], covariates[inside], seed)
    return Predictions(propensity=propensity, treated=first, control=second)


def _probability(learner: Flexible, x: FloatArray, y: Any, new: FloatArray, seed: int) -> FloatArray:
    labels = np.asarray(y, np.intp)
    if np.ptp(labels) == 0:
        return np.full(len(new), float(labels[0]))
    model = _model(learner, "Classifier", seed).fit(x, labels)
    return np.asarray(model.predict_proba(new)[:, 1], float)


def _value(learner: Flexible, x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
    return np.asarray(_model(learner, "Regressor", seed).fit(x, y).predict(new), float)


def _model(learner: Flexible, kind: str, seed: int) -> Any:
    name, settings = LEARNERS[learner]
    try:
        from sklearn import ensemble
    except ImportError:
        raise ArgumentError(
            f"`learner` {learner!r} needs scikit-learn; install effekt[ml], or choose learner='parametric'."
        ) from None
    return getattr(ensemble, f"{name}{kind}")(**settings, random_state=seed)

"""Nuisance functions by flexible learners, each row predicted by models that never saw it: the one file with sklearn.

The rows are cut into folds, treated and controls apart (whole clusters when there are clusters); the propensity and
the outcome in each arm are fitted on all other folds and predicted on the fold (Chernozhukov et al. 2018,
doi:10.1111/ectj.12097, definition 3.1). Every learner is seeded and runs on one thread.

econml's DR learners do the same with one model of the outcome for both arms, in which the treatment is one covariate
more, and with standard errors of a final regression; here each arm has its model, clusters stay whole, and the repeats
are medianed. On the same folds the effect is econml's where its model is wrapped to be one in each arm.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import plural
from effekt.estimators._propensity import classifier_name, refuse_threads
from effekt.exceptions import ArgumentError, DataError

LEAST_FOLDS = 5
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
    filled = len(np.unique(fold))
    if filled < folds:
        remedy = "Take fewer folds, or learner='parametric'" if filled >= LEAST_FOLDS else "Take learner='parametric'"
        raise DataError(f"`folds` must leave no fold empty; the {noun} fill {filled}, and not {folds}. {remedy}.")
    for i in range(folds):
        for arm, name in ((treated, "treated"), (~treated, "control")):
            if np.sum(arm & (fold != i)) < 2:
                raise DataError(
                    f"`folds` must leave at least two {name} rows outside each fold; {plural(folds, 'fold')} of the "
                    f"{noun} do not. Take fewer folds, or learner='parametric'."
                )
    return fold


def cross_fit(
    learners: Learners,
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
        new = covariates[inside]
        propensity[inside] = _probability(learners.classifier, covariates[outside], treated[outside], new, seed)
        for arm, predicted in ((treated, first), (~treated, second)):
            rows = outside & arm
            fit, model = (_probability, learners.classifier) if binary else (_value, learners.regressor)
            predicted[inside] = fit(model, covariates[rows], outcome[rows], new, seed)
    return Predictions(propensity=propensity, treated=first, control=second)


def _probability(model: Any, x: FloatArray, y: Any, new: FloatArray, seed: int) -> FloatArray:
    labels = np.asarray(y, np.intp)
    if np.ptp(labels) == 0:
        return np.full(len(new), float(labels[0]))
    found = np.asarray(_seeded(model, seed).fit(x, labels).predict_proba(new), float)
    if found.shape != (len(new), 2) or not np.all((found >= 0) & (found <= 1)):
        raise ArgumentError("`learner` must have a classifier whose predict_proba gives probabilities of two classes.")
    return np.asarray(found[:, 1])


def _value(model: Any, x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
    found = np.asarray(_seeded(model, seed).fit(x, y).predict(new), float)
    if found.shape != (len(new),) or not np.all(np.isfinite(found)):
        raise ArgumentError("`learner` must have a regressor whose predict gives one finite number for each row.")
    return found


# --- what learns ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learners:
    """What is copied and fitted: estimators as scikit-learn has them, never fitted themselves.

    Attributes
    ----------
    classifier : estimator
        Of the treatment, and of an outcome of 0 and 1.
    regressor : estimator
        Of any other outcome.
    """

    classifier: Any
    regressor: Any

    def plain(self) -> dict[str, str]:
        """Classes and settings, and the version of the package of each, as they are recorded."""
        named = (("classifier", self.classifier), ("regressor", self.regressor))
        return {role: f"{classifier_name(model)}, {_version(model)}" for role, model in named}


def learners_of(learner: Any) -> Learners:
    """The two estimators of a name, or those that were given.

    Raises
    ------
    ArgumentError
        Without scikit-learn, and for a pair that is no classifier and regressor, or whose numbers are not fixed.
    """
    if isinstance(learner, str):
        name, settings = LEARNERS[learner]  # type: ignore[index]
        try:
            from sklearn import ensemble
        except ImportError:
            raise ArgumentError(
                f"`learner` {learner!r} needs scikit-learn; install effekt[ml], or choose learner='parametric'."
            ) from None
        return Learners(
            classifier=getattr(ensemble, f"{name}Classifier")(**settings),
            regressor=getattr(ensemble, f"{name}Regressor")(**settings),
        )
    if not isinstance(learner, tuple) or len(learner) != 2:
        raise ArgumentError(
            "`learner` must be 'parametric', 'random_forest', 'gradient_boosting', or a pair (classifier, regressor) "
            f"of estimators as scikit-learn has them; got {learner!r}."
        )
    for role, model, predicts in zip(("classifier", "regressor"), learner, ("predict_proba", "predict"), strict=True):
        _check_model(role, model, ("fit", predicts, "get_params", "set_params"))
    return Learners(classifier=learner[0], regressor=learner[1])


def _check_model(role: str, model: Any, needed: tuple[str, ...]) -> None:
    """Refuse what cannot be copied, fitted and recorded, and what chance or threads could move."""
    lacking = [name for name in needed if not hasattr(model, name)]
    if isinstance(model, type) or lacking:
        what = "is a class, not an instance" if isinstance(model, type) else f"has no {lacking[0]}"
        raise ArgumentError(
            "`learner` must be a pair (classifier, regressor) of estimators as scikit-learn has them; the "
            f"{role} {what}."
        )
    refuse_threads(model, f"`learner` must have a {role}")
    for name, value in sorted(model.get_params().items()):
        fixed = isinstance(value, int) and not isinstance(value, bool)
        if name.split("__")[-1] == "random_state" and not (value is None or fixed):
            raise ArgumentError(
                f"`learner` must have a {role} whose {name} is an integer, or None to be drawn from `rng`; got "
                f"{value!r}."
            )
    if " at 0x" in classifier_name(model):
        raise ArgumentError(
            f"`learner` must have a {role} whose settings can be written down; one of them is an object known by its "
            "place in memory. Give numbers, text or estimators."
        )


def _version(model: Any) -> str:
    """Package and version that a class comes from, such as 'sklearn 1.9.1'."""
    package = type(model).__module__.partition(".")[0]
    return f"{package} {getattr(sys.modules.get(package), '__version__', 'without a version')}"


def _seeded(model: Any, seed: int) -> Any:
    """A copy that was never fitted, its open random states set."""
    from sklearn.base import clone

    copied = clone(model)
    open_states = [
        name for name, value in copied.get_params().items() if name.split("__")[-1] == "random_state" and value is None
    ]
    return copied.set_params(**dict.fromkeys(open_states, seed)) if open_states else copied

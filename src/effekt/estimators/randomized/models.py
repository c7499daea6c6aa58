"""The two means by an adjustment, exactly where they are ratios of sums, and as observed.

Every adjustment is a regression whose prediction, averaged over the target population, is the treated mean with the
treatment set to 1 and the counterfactual mean with it set to 0. With regressors z (block indicators, then covariates)
centred at the target population's mean, both are read off the coefficients::

    lin, none   y = μ + (z − z̄)'β in each arm by itself    means μ₁ and μ₀        Lin (2013)
    additive    y = μ + τ·d + (z − z̄)'β                     means μ + τ and μ
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from effekt import _linalg
from effekt._exact import scaled_integers
from effekt._inference import Means
from effekt._types import BoolArray, FloatArray
from effekt.estimators.randomized.data import ARMS, Trial
from effekt.exceptions import DataError
from effekt.result import ExactMeans, Observed

ROUNDING = 1e-13  # variation this small relative to the values is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """The fitted parts of an adjustment and the two means they give."""

    means: Means
    parts: tuple[_linalg.Part, ...]

    @property
    def by_arm(self) -> bool:
        """Whether each arm has its own regression, and so each arm of a block its own mean."""
        return len(self.parts) == 2


def by_arm_model(trial: Trial, target: BoolArray) -> Model:
    """Lin (2013, section 3): a regression in each arm, read at the target's mean regressors."""
    regressors = trial.regressors()
    centre = np.array([np.mean(column[target]) for column in regressors.T])
    parts = []
    for i, (arm, name) in enumerate(zip(trial.arms, ARMS, strict=True)):
        design = np.column_stack([np.ones(int(arm.sum())), regressors[arm] - centre])
        contrasts = np.zeros((2, design.shape[1]))
        contrasts[i, 0] = 1.0
        parts.append(_part(trial, arm, design, contrasts, f"the {name.en} arm"))
    treated, counterfactual = (float(part.fit.coefficients[0]) for part in parts)
    return Model(means=Means(treated=treated, counterfactual=counterfactual), parts=tuple(parts))


def additive_model(trial: Trial, target: BoolArray) -> Model:
    """One regression on treatment, blocks and covariates."""
    regressors = trial.regressors()
    centre = np.array([np.mean(column[target]) for column in regressors.T])
    everyone = np.ones(len(trial.outcome), bool)
    design = np.column_stack([everyone, trial.treated, regressors - centre])
    contrasts = np.zeros((2, design.shape[1]))
    contrasts[:, 0] = contrasts[0, 1] = 1.0
    part = _part(trial, everyone, design, contrasts, None)
    mean, effect = (float(value) for value in part.fit.coefficients[:2])
    return Model(means=Means(treated=mean + effect, counterfactual=mean), parts=(part,))


def _part(trial: Trial, rows: BoolArray, design: FloatArray, contrasts: FloatArray, arm: str | None) -> _linalg.Part:
    """The regression on some rows; `arm` names them in errors."""
    remedy = "Leave it out." if arm is None else "Leave it out, or choose adjustment='additive'."
    for name, column in zip(trial.names, trial.covariates[rows].T, strict=True):
        if np.ptp(column) <= ROUNDING * np.max(np.abs(column)):
            raise DataError(
                f"Column {name!r} must vary within {arm or 'the trial'}; it holds one value there. {remedy}"
            )
    try:
        fit = _linalg.least_squares(design, trial.outcome[rows])
    except _linalg.CollinearColumnError as dependent:
        name = trial.names[dependent.index - (design.shape[1] - len(trial.names))]
        others = f"the other regressors within {arm}" if arm else "the treatment and the other regressors"
        raise DataError(f"Column {name!r} must not be a linear combination of {others}. {remedy}") from None
    clusters = None if trial.cluster is None else trial.cluster[rows]
    return _linalg.Part(fit=fit, contrasts=contrasts, clusters=clusters)


def exact_means(trial: Trial) -> ExactMeans:
    """The arms' raw means as fractions."""
    treated, control = (_exact_mean(trial.outcome[arm]) for arm in trial.arms)
    return ExactMeans(treated=treated, counterfactual=control)


def _exact_mean(values: FloatArray) -> Fraction:
    """Σ value · count / n over the distinct values, each its shortest decimal."""
    distinct, counts = np.unique(values, return_counts=True)
    integers, scale = scaled_integers(distinct)
    total = sum(integer * count for integer, count in zip(integers, counts.tolist(), strict=True))
    return Fraction(total, scale * len(values))


def observed_means(trial: Trial) -> Observed:
    """Raw means of the arms; each sum is correctly rounded, whatever the order."""
    treated, control = (math.fsum(trial.outcome[arm].tolist()) / int(arm.sum()) for arm in trial.arms)
    return Observed(treated=treated, control=control)

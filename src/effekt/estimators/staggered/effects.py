"""The two means of every group-time effect, and each unit's part in their error.

With Δ = Y_t − Y_b of the base period b, x = (1, covariates), n₁ treated and the controls' regression Δ ≈ x'β, odds
p/(1 − p) of the logistic propensity and w their shares among the controls, the counterfactual mean of the cohort is the
mean of Y_b plus (Sant'Anna & Zhao 2020, doi:10.1016/j.jeconom.2020.06.003; Callaway & Sant'Anna 2021,
doi:10.1016/j.jeconom.2020.12.001, equations 2.2 to 2.4)::

    regression            x̄₁'β
    inverse_probability   Σ wᵢ Δᵢ
    doubly_robust         x̄₁'β + Σ wᵢ (Δᵢ − xᵢ'β)

Its influence function is that of Callaway & Sant'Anna, appendix A, or Sant'Anna & Zhao, equations 3.1 and 3.5, for the
change, and (Y_b − Ȳ_b)/n₁ of the treated units for the level. Without covariates all three are a difference of means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import expit

from effekt._types import FloatArray
from effekt.estimators._m_estimation import cross_sums, predict
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.staggered.comparisons import Group
from effekt.estimators.staggered.frame import DEPENDENT, Frame
from effekt.exceptions import DataError
from effekt.tables import called

Adjustment: TypeAlias = Literal["doubly_robust", "regression", "inverse_probability"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("doubly_robust", "regression", "inverse_probability")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A comparison at its solution; k columns of the design, m effects.

    Attributes
    ----------
    group : Group
    n_treated, n_control : int
    treated, counterfactual : (m,) arrays
        The two means.
    control : (m,) array
        Mean outcome of the controls in each period.
    beta : (k, m) array
        Regression of the controls' changes; zeros under inverse probability.
    inverse : (k, k) array, optional
        (X₀'X₀)⁻¹ of the regression.
    reach : (k,) array
        What the counterfactual takes from an error of the regression is x'reach: (X₀'X₀)⁻¹(x̄₁ − Σ wx).
    logits : dict of start to (units,) array
        Empty without weights.
    total : float
        Sum of the controls' odds.
    change : (m,) array
        Σ w (Δ − x'β).
    slope : (k, m) array
        What the counterfactual takes from an error of the propensity is x'slope.
    """

    group: Group
    n_treated: int
    n_control: int
    treated: FloatArray
    counterfactual: FloatArray
    control: FloatArray
    beta: FloatArray
    inverse: FloatArray | None
    reach: FloatArray
    logits: dict[int, FloatArray]
    total: float
    change: FloatArray
    slope: FloatArray

    def shares(self, frame: Frame, start: int, rows: slice) -> tuple[FloatArray, FloatArray]:
        """What controls weigh in the counterfactual change, and their leverage there.

        The weights add to 1. The leverage is that of the regression, or the weight, whichever is larger.
        """
        design = frame.design[:, rows]
        weight, leverage = np.zeros(design.shape[1]), np.zeros(design.shape[1])
        if self.logits:
            weight = self._odds(frame, start, rows) / self.total
            leverage = weight
        if self.inverse is not None:
            weight = weight + predict(design.T, self.reach)
            own = sum(part * predict(design.T, row) for part, row in zip(design, self.inverse, strict=True))
            leverage = np.maximum(leverage, own)
        return weight, leverage

    def scores(self, frame: Frame, start: int, rows: slice) -> tuple[FloatArray | None, FloatArray]:
        """(m, rows): parts of the treated means (None for controls) and of the counterfactual means."""
        design = frame.design[:, rows]
        after = frame.outcome[[cell.period for cell in self.group.cells], rows]
        before = frame.outcome[[cell.base for cell in self.group.cells], rows]
        level = np.array([predict(design.T, column) for column in self.beta.T])
        moved = np.zeros(level.shape)
        is_treated = start == self.group.cohort
        if self.logits:
            p = expit(self._logit(frame, start, rows))
            moved = np.array([predict(design.T, column) for column in self.slope.T]) * (is_treated - p)
        if is_treated:
            own = (before + level - self._mean_without_weights()[:, None]) / self.n_treated
            return (after - self.treated[:, None]) / self.n_treated, own + moved
        error = after - before - level
        found = moved
        if self.logits:
            found = found + self._odds(frame, start, rows) / self.total * (error - self.change[:, None])
        if self.inverse is not None:
            found = found + predict(design.T, self.reach) * error
        return None, found

    def _mean_without_weights(self) -> FloatArray:
        """Mean over the cohort of Y_b + x'β."""
        return self.counterfactual - self.change

    def _logit(self, frame: Frame, start: int, rows: slice) -> FloatArray:
        first = frame.slices[start].start
        return self.logits[start][rows.start - first : rows.stop - first]

    def _odds(self, frame: Frame, start: int, rows: slice) -> FloatArray:
        return np.exp(self._logit(frame, start, rows))


def fit(frame: Frame, group: Group, adjustment: Adjustment, names: Sequence[str], cohort: str) -> Fitted:
    """Solve one comparison.

    Raises
    ------
    DataError
        Naming the cohort, when a covariate depends on the others among its controls, or separates it from them.
    """
    controls, own = frame.controls(group), frame.slices[group.cohort]
    n_treated, n_control = frame.size([group.cohort]), frame.size(controls)
    periods, bases = [cell.period for cell in group.cells], [cell.base for cell in group.cells]
    means = frame.outcome[:, own].mean(axis=1)
    k, m = len(frame.design), len(group.cells)
    regressed = adjustment != "inverse_probability" or k == 1
    beta, inverse = np.zeros((k, m)), None
    if regressed:
        inverse = _inverse(np.sum([frame.gram[start] for start in controls], axis=0), names, cohort)
        moments = np.sum([frame.moments[start] for start in controls], axis=0)
        beta = inverse @ (moments[:, periods] - moments[:, bases])
    towards = frame.design[:, own].mean(axis=1)
    logits: dict[int, FloatArray] = {}
    total, change, slope = 1.0, np.zeros(m), np.zeros((k, m))
    if adjustment != "regression" and k > 1:
        logits = _logits(frame, group, controls, names, cohort)
        total, change, slope, centre = _weighted(frame, group, controls, logits, beta)
        reach = inverse @ (towards - centre) if inverse is not None else np.zeros(k)
    else:
        assert inverse is not None
        reach = inverse @ towards
    return Fitted(
        group=group,
        n_treated=n_treated,
        n_control=n_control,
        treated=means[periods],
        counterfactual=means[bases] + towards @ beta + change,
        control=sum(frame.outcome[periods, frame.slices[start]].sum(axis=1) for start in controls) / n_control,
        beta=beta,
        inverse=inverse,
        reach=reach,
        logits=logits,
        total=total,
        change=change,
        slope=slope,
    )


def _inverse(gram: FloatArray, names: Sequence[str], cohort: str) -> FloatArray:
    """(X'X)⁻¹; a covariate that depends on those before it is refused by name."""
    for size in range(2, len(gram) + 1):
        values = np.linalg.eigvalsh(gram[:size, :size])
        if values[0] <= DEPENDENT * values[-1]:
            raise DataError(
                f"{called(names[size - 2])} must not be constant or a combination of the other covariates among the "
                f"controls of the cohort {cohort}; it is. Leave it out of `covariates`."
            )
    return np.asarray(np.linalg.inv(gram), float)


def _logits(
    frame: Frame, group: Group, controls: Sequence[int], names: Sequence[str], cohort: str
) -> dict[int, FloatArray]:
    """Log odds of being of the cohort, for each start; logistic maximum likelihood on the cohort and its controls."""
    starts = [group.cohort, *controls]
    covariates = np.concatenate([frame.covariates[frame.slices[start]] for start in starts])
    treated = np.arange(len(covariates)) < frame.size([group.cohort])
    try:
        logit = fit_propensity(treated, covariates, names).logit
    except DataError as error:
        raise DataError(f"Cohort {cohort}: {error}") from None
    ends = np.cumsum([frame.size([start]) for start in starts])
    return dict(zip(starts, np.split(logit, ends[:-1]), strict=True))


def _weighted(
    frame: Frame, group: Group, controls: Sequence[int], logits: dict[int, FloatArray], beta: FloatArray
) -> tuple[float, FloatArray, FloatArray, FloatArray]:
    """Sum of the odds, Σ w(Δ − x'β), the part of the propensity's error, and Σ wx.

    The last but one is I⁻¹ Σ w (Δ − x'β − its mean) x with I = Σ p(1 − p)xx' over the cohort and its controls.
    """
    periods, bases = [cell.period for cell in group.cells], [cell.base for cell in group.cells]
    k = len(frame.design)
    total, first, centre = 0.0, np.zeros(len(periods)), np.zeros(k)
    products, information = np.zeros((k, len(periods))), np.zeros((k, k))
    for start in (group.cohort, *controls):
        for rows in frame.blocks(start):
            at = rows.start - frame.slices[start].start
            logit, design = logits[start][at : at + rows.stop - rows.start], frame.design[:, rows]
            p = expit(logit)
            information += cross_sums(design.T, (design * (p * (1 - p))).T)
            if start == group.cohort:
                continue
            odds = np.exp(logit)
            fitted = np.array([predict(design.T, column) for column in beta.T])
            error = frame.outcome[periods, rows] - frame.outcome[bases, rows] - fitted
            total += float(np.sum(odds))
            first += (error * odds).sum(axis=1)
            weighted = np.ascontiguousarray(design * odds)
            centre += weighted.sum(axis=1)
            products += cross_sums(weighted.T, error.T)
    change, centre = first / total, centre / total
    slope = np.linalg.solve(information, products / total - np.outer(centre, change))
    return total, change, np.asarray(slope, float), centre

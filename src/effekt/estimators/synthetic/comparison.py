"""One unit compared with the weighted others: the weights, the gap in each period, and the effect.

Synthetic control: weights on the simplex that bring the donors' predictors x_j nearest to the unit's x_1. By default
these are the outcomes before, all alike, V = I (Abadie, Diamond & Hainmueller 2010, doi:10.1198/jasa.2009.ap08746,
section 2.3).

- penalised: |x_1 − Σw_j x_j|² + λ Σ w_j |x_1 − x_j|² (Abadie & L'Hour 2021, doi:10.1080/01621459.2021.1971535);
- augmented: the plain weights and (x_1 − Σw_i x_i)'(X'X + λI)⁻¹ x_j, X centred at the donors' mean (Ben-Michael, Feller
  & Rothstein 2021, doi:10.1080/01621459.2021.1929245, Lemma 1), which add to 1 and may be negative.

Synthetic difference-in-differences: Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, doi:10.1257/aer.20190159),
equations 4 to 6 and algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from effekt._types import BoolArray, FloatArray
from effekt.estimators.synthetic.panel import Paths
from effekt.estimators.synthetic.simplex import NoSolutionError, Programme, Solution, programme, solve
from effekt.exceptions import DataError

ROUNDING = 1e-13  # relative to the largest value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """One column of the paths against others.

    Attributes
    ----------
    pool : (k,) integer array
        Columns that may carry weight.
    weights : (k,) array
        Their weights.
    times : (n_before,) array
        Weights of the periods before; all 1/n_before, and not used, in a synthetic control.
    gaps : (T,) array
        The unit less its counterfactual in each period.
    n_before : int
    unique : bool
        Whether both kinds of weights are the only ones that fit as well.
    zeta : float or None
        The regularisation of the unit weights.
    """

    pool: tuple[int, ...]
    weights: FloatArray
    times: FloatArray
    gaps: FloatArray
    n_before: int
    unique: bool
    zeta: float | None

    @property
    def effect(self) -> float:
        """The mean gap from the first treated period on."""
        return float(np.mean(self.gaps[self.n_before :]))

    @property
    def rmspe(self) -> tuple[float, float]:
        """Root mean squared gap before, and from the first treated period on."""
        before, after = self.gaps[: self.n_before], self.gaps[self.n_before :]
        return float(np.sqrt(np.mean(before**2))), float(np.sqrt(np.mean(after**2)))


class Rule(Protocol):
    """How a column of the paths is compared with others; what all comparisons share is found once."""

    def compare(self, column: int, pool: tuple[int, ...], n_treated: int) -> Comparison:
        """One column, which stands for `n_treated` units, against a pool of others."""

    def of_group(self, paths: Paths, columns: tuple[int, ...]) -> Rule:
        """The same rule for paths whose first column is of these columns together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ControlRule:
    """Synthetic control: simplex weights, no intercept.

    Attributes
    ----------
    paths : Paths
    levels : (T, 1 + J) array
        Outcomes less the donors' mean of the period.
    predictors : (k, 1 + J) array
        In units of their importance.
    gram : (1 + J, 1 + J) array
        Their inner products.
    stated : bool
        Whether predictors are stated, or are every outcome before.
    penalty, ridge : float or None
        λ of the penalised and of the augmented weights.
    """

    paths: Paths
    levels: FloatArray
    predictors: FloatArray
    gram: FloatArray
    stated: bool
    penalty: float | None
    ridge: float | None

    def compare(self, column: int, pool: tuple[int, ...], n_treated: int) -> Comparison:
        """The column against the mixture of the pool that is nearest to it."""
        aim, n = self.predictors[:, column], self.paths.n_before
        costs = None
        if self.penalty is not None:
            costs = self.penalty / 2 * ((self.predictors - aim[:, None]) ** 2).sum(axis=0)
        allowed = _allowed(self.levels, pool)
        found = solved(programme(self.predictors, aim, costs=costs, gram=self.gram, allowed=allowed))
        weights = found.weights
        if self.ridge is not None:
            weights = weights + self._correction(weights, aim, allowed, self.ridge)
        return Comparison(
            pool=pool,
            weights=weights[list(pool)],
            times=np.full(n, 1 / n),
            gaps=_settled(self.levels[:, column] - self.levels @ weights, self.levels),
            n_before=n,
            unique=found.unique,
            zeta=None,
        )

    def of_group(self, paths: Paths, columns: tuple[int, ...]) -> ControlRule:
        """The same rule for paths whose first column is of these columns together; a stated predictor is their mean."""
        predictors = None
        if self.stated:
            predictors = self.predictors.copy()
            predictors[:, 0] = np.mean(predictors[:, list(columns)], axis=1)
        return control_rule(paths, predictors, self.penalty, self.ridge)

    def _correction(self, weights: FloatArray, aim: FloatArray, allowed: BoolArray, ridge: float) -> FloatArray:
        """What a ridge regression of an outcome on the predictors makes of the misfit that is left; it adds to 0."""
        donors = self.predictors[:, allowed]
        left, sizes, right = np.linalg.svd(donors - donors.mean(axis=1, keepdims=True), full_matrices=False)
        kept = sizes > max(donors.shape) * np.finfo(float).eps * sizes.max(initial=0.0)
        shares = np.where(kept, sizes, 0.0) / (sizes**2 + ridge)
        found = np.zeros(len(weights))
        found[allowed] = right.T @ (shares * (left.T @ (aim - self.predictors @ weights)))
        return found


def control_rule(
    paths: Paths, predictors: FloatArray | None = None, penalty: float | None = None, ridge: float | None = None
) -> ControlRule:
    """The rule with every outcome before as a predictor, or with stated ones."""
    levels = paths.values + paths.offsets
    used = levels[: paths.n_before] if predictors is None else predictors
    return ControlRule(
        paths=paths,
        levels=levels,
        predictors=used,
        gram=used.T @ used,
        stated=predictors is not None,
        penalty=penalty,
        ridge=ridge,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DifferencesRule:
    """Synthetic difference-in-differences; `gram` holds the inner products of the outcomes before."""

    paths: Paths
    gram: FloatArray

    def compare(self, column: int, pool: tuple[int, ...], n_treated: int) -> Comparison:
        """The column's change, from weighted periods, against that of weighted others."""
        paths, n = self.paths, self.paths.n_before
        before, chosen = paths.values[:n], paths.values[:, list(pool)]
        zeta = (n_treated * (len(paths.values) - n)) ** 0.25 * _noise(paths, pool)
        units = solved(
            programme(
                before, before[:, column], ridge=zeta**2 * n, gram=self.gram, allowed=_allowed(paths.values, pool)
            )
        )
        after = np.mean(chosen[n:], axis=0)
        days = solved(programme(_centred(chosen[:n].T), _centred(after)))
        gaps = paths.values[:, column] - paths.values @ units.weights
        gaps -= float(days.weights @ gaps[:n])
        return Comparison(
            pool=pool,
            weights=units.weights[list(pool)],
            times=days.weights,
            gaps=_settled(gaps, paths.values),
            n_before=n,
            unique=units.unique and days.unique,
            zeta=zeta,
        )

    def of_group(self, paths: Paths, columns: tuple[int, ...]) -> DifferencesRule:
        """The same rule for paths whose first column is of these columns together."""
        return differences_rule(paths)


def differences_rule(paths: Paths) -> DifferencesRule:
    """The rule with what its comparisons share."""
    before = paths.values[: paths.n_before]
    return DifferencesRule(paths=paths, gram=before.T @ before)


def _allowed(values: FloatArray, pool: tuple[int, ...]) -> BoolArray:
    allowed = np.zeros(values.shape[1], bool)
    allowed[list(pool)] = True
    return allowed


def solved(problem: Programme) -> Solution:
    """The weights, or the refusal in the words of the data."""
    try:
        return solve(problem)
    except NoSolutionError:
        raise DataError(
            "The donors' outcomes must be near enough in size for their weights to be exact in floating point; they "
            "are not. Give the outcome as a rate, or leave out donors of another size."
        ) from None


def _settled(gaps: FloatArray, values: FloatArray) -> FloatArray:
    """Gaps that are but rounding of the values they come from are none."""
    return np.where(np.abs(gaps) <= ROUNDING * np.max(np.abs(values)), 0.0, gaps)


def _noise(paths: Paths, pool: tuple[int, ...]) -> float:
    """The standard deviation (ddof 1) of the donors' first differences before; none with a single difference."""
    steps = paths.steps[:, [one - 1 for one in pool]]
    return float(np.std(steps, ddof=1)) if steps.size > 1 else 0.0


def _centred(rows: FloatArray) -> FloatArray:
    """Less the mean over the rows, which is what an intercept takes."""
    centred: FloatArray = rows - np.mean(rows, axis=0)
    return centred

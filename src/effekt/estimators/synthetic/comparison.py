"""One unit compared with the weighted others: the weights, the gap in each period, and the effect.

Synthetic control: w minimises Σ_{t before} (Y_1t − Σ w_j Y_jt)² on the simplex (Abadie, Diamond & Hainmueller 2010,
doi:10.1198/jasa.2009.ap08746, section 2.3, with every outcome before as a predictor and V = I).
Synthetic difference-in-differences: Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, doi:10.1257/aer.20190159),
equations 4 to 6 and algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effekt._types import FloatArray
from effekt.estimators.synthetic.panel import Paths
from effekt.estimators.synthetic.simplex import nearest_weights

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


def synthetic(paths: Paths, column: int, pool: tuple[int, ...]) -> Comparison:
    """Synthetic control of one column: simplex weights, no intercept."""
    n = paths.n_before
    values = paths.values + paths.offsets
    chosen = values[:, list(pool)]
    fit = nearest_weights(chosen[:n], values[:n, column])
    return Comparison(
        pool=pool,
        weights=fit.weights,
        times=np.full(n, 1 / n),
        gaps=_settled(values[:, column] - chosen @ fit.weights, values),
        n_before=n,
        unique=fit.unique,
        zeta=None,
    )


def synthetic_differences(paths: Paths, column: int, pool: tuple[int, ...], n_treated: int) -> Comparison:
    """Synthetic difference-in-differences of one column that stands for `n_treated` units."""
    n, chosen = paths.n_before, paths.values[:, list(pool)]
    n_after = len(paths.values) - n
    zeta = (n_treated * n_after) ** 0.25 * _noise(paths, pool)
    units = nearest_weights(chosen[:n], paths.values[:n, column], ridge=zeta**2 * n)
    after = np.mean(chosen[n:], axis=0)
    days = nearest_weights(_centred(chosen[:n].T), _centred(after))
    gaps = paths.values[:, column] - chosen @ units.weights
    gaps -= float(days.weights @ gaps[:n])
    return Comparison(
        pool=pool,
        weights=units.weights,
        times=days.weights,
        gaps=_settled(gaps, paths.values),
        n_before=n,
        unique=units.unique and days.unique,
        zeta=zeta,
    )


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

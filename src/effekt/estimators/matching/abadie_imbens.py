"""Matching with replacement: the two means, bias adjustment, and the variance of Abadie and Imbens, as arrays.

The effect is that on one arm, here called *focal*: its unit i is compared with Σ_j s_ij Y_j over its matches j of the
other arm, Σ_j s_ij = 1. K_j = Σ_i s_ij says how much unit j serves, KK_j = Σ_i s_ij², and n counts focal units. With
τ̂_i = Y_i − Σ_j s_ij Y_j and τ̂ their mean, the variance of τ̂ as an estimate of the effect on the focal units at hand,
given their covariates (SATT), and of that in the population they come from (PATT), is

    V_SATT = n⁻² (Σ_i σ²_i + Σ_j K_j² σ²_j)
    V_PATT = n⁻² (Σ_i (τ̂_i − τ̂)² + Σ_j (K_j² − KK_j) σ²_j)

(Abadie & Imbens 2006, doi:10.1111/j.1468-0262.2006.00655.x, with M matches of s = 1/M; Abadie,
Drukker, Herr & Imbens 2004, doi:10.1177/1536867X0400400307, with ties). σ²_i is the variance of the outcomes of unit i
and its neighbours in its own arm: see `local_variance`. With 0 neighbours one variance stands for all,
½ n⁻¹ Σ_ij s_ij (Y_i − Y_j − τ̂)².

**Covariance of the two means.** Write the focal mean and the matched mean as n⁻¹ Σ_i μ₁(X_i) + n⁻¹ Σ_i ε_i and
n⁻¹ Σ_i μ₀(X_i) + n⁻¹ Σ_j K_j ε_j, up to the bias of inexact matches; all ε are independent given the covariates. Given
these the first terms are fixed and the means independent, with the variances n⁻² Σ_i σ²_i and n⁻² Σ_j K_j² σ²_j: their
sum is V_SATT. In the population the first terms vary with X_i: the variance of the focal mean is var(Y_i)/n, the
covariance is cov(μ₁, μ₀)/n, and the variance of the matched mean is var(μ₀)/n + n⁻² Σ_j K_j² σ²_j. With
Ŷ_i = Σ_j s_ij Y_j the moments over the focal units,

    n⁻² Σ_i (Y_i − mean Y)²,   n⁻² Σ_i (Y_i − mean Y)(Ŷ_i − mean Ŷ),   n⁻² Σ_i (Ŷ_i − mean Ŷ)²,

estimate these, but that the last one holds KK_j in the place of K_j²: so n⁻² Σ_j (K_j² − KK_j) σ²_j is added to it. The
variance of the difference is then V_PATT, because Y_i − mean Y − (Ŷ_i − mean Ŷ) = τ̂_i − τ̂. Both matrices are positive
semi-definite, because KK_j ≤ K_j².

**Bias adjustment.** Ŷ_i = Σ_j s_ij (Y_j + (Z_i − Z_j)'β), with β from the regression of Y on Z and a constant among the
units that serve as matches, weighted by K (Abadie & Imbens 2011, doi:10.1198/jbes.2009.07333; Abadie et al. 2004).
Variances then take these Ŷ_i; σ² is that of the outcomes themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from effekt import _linalg
from effekt._inference import FixedDf, Means, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.matching.local_variance import Arms, neighbour_variances

MIN_UNITS = 6  # focal units, and units that serve as matches, below which a normal reference is refused
ROUNDING = 1e-13  # variation this small relative to the values is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """Units of both arms, used or not, and the pairs between them.

    Attributes
    ----------
    outcome : (n,) array
    treated : (n,) bool array
    coordinates : (n, q) array
        The distance of two units is the Euclidean one between theirs: a score, or whitened covariates.
    strata : (n,) integer array
        Only units of one stratum are neighbours.
    focal, other : (m,) integer arrays
        The unit of each pair whose effect is asked for, and its match: all `focal` in one arm, all `other` in the
        other.
    share : (m,) array
        What the match weighs among those of its focal unit; they sum to 1 for each.
    """

    outcome: FloatArray
    treated: BoolArray
    coordinates: FloatArray
    strata: IntArray
    focal: IntArray
    other: IntArray
    share: FloatArray

    def arms(self) -> Arms:
        """What neighbours in the same arm are found by."""
        return Arms(outcome=self.outcome, treated=self.treated, coordinates=self.coordinates, strata=self.strata)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """The comparison of a `Matched`.

    Attributes
    ----------
    means : Means
        Of the units whose effect is asked for: the mean outcome with treatment and without.
    bias : float
        What the adjustment took from the effect; 0 without one.
    slopes : (k,) array
        β of the adjustment.
    short : int
        Units that had fewer neighbours in their arm and stratum than were asked for, though some.
    inference : StudentT or Unavailable
    """

    means: Means
    bias: float
    slopes: FloatArray
    short: int
    inference: StudentT | Unavailable

    @property
    def effect(self) -> float:
        """Treated less counterfactual mean."""
        return self.means.value("difference")


def compare(
    rows: Matched,
    *,
    population: Literal["PATT", "SATT"] = "PATT",
    neighbours: int = 1,
    regressors: FloatArray | None = None,
) -> Comparison:
    """The two means, and their covariance by Abadie and Imbens.

    Parameters
    ----------
    rows : Matched
    population : {"PATT", "SATT"}
    neighbours : int
        Neighbours in the same arm for σ²; 0 for one variance for all.
    regressors : (n, k) array, optional
        Z of the bias adjustment, without a constant.

    Raises
    ------
    CollinearColumnError
        With the index of the regressor, counted from 1, that depends on those before it among the matches (0: none
        serves).
    """
    service = _service(rows)
    slopes = np.zeros(0) if regressors is None else _slopes(rows, service.weight, regressors)
    gap = np.zeros(len(rows.focal))
    for slope, column in zip(slopes.tolist(), () if regressors is None else regressors.T, strict=True):
        gap += slope * (column[rows.focal] - column[rows.other])
    matched = rows.outcome[rows.other] + gap
    units, place = np.unique(rows.focal, return_inverse=True)
    own, imputed = rows.outcome[units], _sums(place, rows.share * matched)
    means = _mean(own), _mean(imputed)
    effect = means[0] - means[1]
    if neighbours:
        needed = service.needed(population)
        variance, found = neighbour_variances(rows.arms(), neighbours, needed)
        short, alone = (int(np.sum(needed & mask)) for mask in ((found > 1) & (found <= neighbours), found < 2))
    else:
        each = (rows.outcome[rows.focal] - matched - effect) ** 2
        variance, short, alone = np.full(len(rows.outcome), math.fsum(rows.share * each) / len(units) / 2), 0, 0
    covariance = _population(own, imputed, means, service, variance)
    if population == "SATT":
        covariance = _sample(service, variance)
    turned = not bool(rows.treated[rows.focal[0]])
    return Comparison(
        means=Means(treated=means[turned], counterfactual=means[not turned]),
        bias=math.fsum(rows.share * gap) / len(units) * (-1.0 if turned else 1.0),
        slopes=slopes,
        short=short,
        inference=_judged(covariance[::-1] if turned else covariance, rows, service, alone),
    )


def _mean(values: FloatArray) -> float:
    return math.fsum(values.tolist()) / len(values)


def _sums(place: IntArray, values: FloatArray, length: int = 0) -> FloatArray:
    """The sum of the values at each place."""
    return np.asarray(np.bincount(place, values, minlength=length), float)


# --- who serves -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Service:
    """How much each unit serves as a match, K and KK; `focal` marks the n units whose effect is asked for."""

    weight: FloatArray
    squares: FloatArray
    focal: BoolArray

    @property
    def excess(self) -> FloatArray:
        """K² − KK; exactly 0 for units that serve one focal unit."""
        found = self.weight**2 - self.squares
        return np.where(found > ROUNDING * self.weight**2, found, 0.0)

    def needed(self, population: str) -> BoolArray:
        """Which units' own variance enters."""
        if population == "SATT":
            return np.asarray(self.focal | (self.weight > 0))
        return np.asarray(self.excess > 0)


def _service(rows: Matched) -> _Service:
    n = len(rows.outcome)
    focal = np.zeros(n, bool)
    focal[rows.focal] = True
    return _Service(
        weight=_sums(rows.other, rows.share, n),
        squares=_sums(rows.other, rows.share**2, n),
        focal=focal,
    )


def _slopes(rows: Matched, weight: FloatArray, regressors: FloatArray) -> FloatArray:
    """β of the weighted regression among the units that serve."""
    used = np.flatnonzero(weight > 0)
    if len(used) <= regressors.shape[1] + 1:
        raise _linalg.CollinearColumnError(0)
    root = np.sqrt(weight[used])
    columns = [np.ones(len(used))]
    for column in regressors[used].T:
        centred = column - math.fsum((weight[used] * column).tolist()) / math.fsum(weight[used].tolist())
        columns.append(centred)
    return _linalg.least_squares(np.column_stack(columns) * root[:, None], rows.outcome[used] * root).coefficients[1:]


# --- covariances of the focal and the matched mean --------------------------------------------------------------------


def _population(
    own: FloatArray, imputed: FloatArray, means: tuple[float, float], service: _Service, variance: FloatArray
) -> tuple[float, float, float]:
    """PATT: moments over the focal units, and Σ (K² − KK) σ² for what their matches share."""
    first, second = own - means[0], imputed - means[1]
    shared = service.excess > 0
    extra = math.fsum((service.excess[shared] * variance[shared]).tolist())
    moments = (math.fsum((a * b).tolist()) for a, b in ((first, first), (first, second), (second, second)))
    one, cross, two = (moment / len(own) ** 2 for moment in moments)
    return one, cross, two + extra / len(own) ** 2


def _sample(service: _Service, variance: FloatArray) -> tuple[float, float, float]:
    """SATT: Σ σ² of the focal units, and Σ K² σ² of their matches."""
    n, serve = int(np.sum(service.focal)), service.weight > 0
    one = math.fsum(variance[service.focal].tolist())
    two = math.fsum((service.weight[serve] ** 2 * variance[serve]).tolist())
    return one / n**2, 0.0, two / n**2


def _judged(covariance: tuple[float, ...], rows: Matched, service: _Service, alone: int) -> StudentT | Unavailable:
    """The normal reference, or why there is none."""
    focal, serve = int(np.sum(service.focal)), int(np.sum(service.weight > 0))
    if min(focal, serve) < MIN_UNITS:
        return Unavailable(reason=_few(focal, serve))
    if alone:
        return Unavailable(reason=_alone(alone))
    one, cross, two = covariance
    size = float(np.max(np.abs(rows.outcome[service.focal | (service.weight > 0)])))
    if one - 2 * cross + two <= (ROUNDING * size) ** 2:
        return Unavailable(reason=NO_VARIATION)
    return StudentT(covariance=(one, cross, two), df=FixedDf(df=math.inf))


# --- words ----------------------------------------------------------------------------------------------------------


def _few(focal: int, serve: int) -> Text:
    return Text(
        en="The variance of Abadie and Imbens is used with a normal reference, which needs at least six matched units "
        f"in each arm; there are {format_number(focal, 'en')} and {format_number(serve, 'en')}.",
        sv="Abadies och Imbens varians används med normalfördelningen, som kräver minst sex matchade enheter i varje "
        f"grupp; det finns {format_number(focal, 'sv')} och {format_number(serve, 'sv')}.",
    )


def _alone(alone: int) -> Text:
    return Text(
        en=f"The variance of Abadie and Imbens needs a neighbour in the same arm and the same values of the exact "
        f"columns; units without one: {format_number(alone, 'en')}.",
        sv="Abadies och Imbens varians kräver en granne i samma grupp med samma värden i de exakta kolumnerna; enheter "
        f"utan granne: {format_number(alone, 'sv')}.",
    )

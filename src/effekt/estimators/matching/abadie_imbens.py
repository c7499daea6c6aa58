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

**The effect on everybody.** Each of the N units of either arm is focal in its turn: with Ŷ_i(w) its own outcome in its
own arm w and Σ_j s_ij Y_j in the other, the means are N⁻¹ Σ_i Ŷ_i(1) and N⁻¹ Σ_i Ŷ_i(0), and unit j enters that of its
arm with 1 + K_j. So, with τ̂_i = Ŷ_i(1) − Ŷ_i(0),

    V_SATE = N⁻² Σ_j (1 + K_j)² σ²_j
    V_PATE = N⁻² (Σ_i (τ̂_i − τ̂)² + Σ_j (K_j² + 2K_j − KK_j) σ²_j)

(Abadie & Imbens 2006, theorems 6 and 7, where KK_j = K_j/M). Both means now hold noise of units that serve: the moments
of Ŷ(1) and of Ŷ(0) hold 1 + KK_j in the place of (1 + K_j)², and K_j² + 2K_j − KK_j times σ²_j is added to that of the
unit's arm. Nothing is added to the covariance, because the two values of a unit come from different arms. All formulas
are those of f_j + K_j with f_j = 1 for a focal unit, else 0: (f_j + K_j)² − f_j − KK_j = K_j² − KK_j + 2f_jK_j.

**Bias adjustment.** Ŷ_i = Σ_j s_ij (Y_j + (Z_i − Z_j)'β), with β from the regression of Y on Z and a constant among the
units of an arm that serve as matches, weighted by K (Abadie & Imbens 2011, doi:10.1198/jbes.2009.07333; Abadie et al.
2004); for everybody's effect there is one β in each arm.
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
from effekt.estimators.matching.design import total
from effekt.estimators.matching.estimated_propensity import Score, adjustment
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
        The unit of each pair whose effect is asked for, and its match in the other arm: all `focal` in one arm, or,
        for the effect on everybody, in both.
    share : (m,) array
        What the match weighs among those of its focal unit; they sum to 1 for each.
    order : (n,) integer array, optional
        Units by rising score, tied ones in any order, where it is known.
    """

    outcome: FloatArray
    treated: BoolArray
    coordinates: FloatArray
    strata: IntArray
    focal: IntArray
    other: IntArray
    share: FloatArray
    order: IntArray | None = None

    def arms(self) -> Arms:
        """What neighbours in the same arm are found by."""
        return Arms(
            outcome=self.outcome,
            treated=self.treated,
            coordinates=self.coordinates,
            strata=self.strata,
            order=self.order,
        )


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
        β of the adjustment; where both arms are matched that among the treated, and then that among the controls.
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
    score: Score | None = None,
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
    score : Score, optional
        The estimated propensity that all units were matched on, which then counts as estimated.

    Raises
    ------
    CollinearColumnError
        With the index of the regressor, counted from 1, that depends on those before it among the matches (0: none
        serves).
    """
    service = _service(rows)
    gap, slopes = np.zeros(len(rows.focal)), np.zeros(0)
    if regressors is not None:
        gap, slopes = _adjustment(rows, service.weight, regressors)
    matched = rows.outcome[rows.other] + gap
    units, place = np.unique(rows.focal, return_inverse=True)
    own, imputed, arm = rows.outcome[units], _sums(place, rows.share * matched), rows.treated[units]
    values = np.where(arm, own, imputed), np.where(arm, imputed, own)
    means = Means(treated=_mean(values[0]), counterfactual=_mean(values[1]))
    sign = np.where(rows.treated[rows.focal], 1.0, -1.0)
    if neighbours:
        needed = service.needed(population)
        variance, found = neighbour_variances(rows.arms(), neighbours, needed)
        short, alone = (int(np.sum(needed & mask)) for mask in ((found > 1) & (found <= neighbours), found < 2))
    else:
        each = (sign * (rows.outcome[rows.focal] - matched) - means.value("difference")) ** 2
        variance, short, alone = np.full(len(rows.outcome), total(rows.share * each) / len(units) / 2), 0, 0
    covariance = _population(values, means, service, variance)
    if population == "SATT":
        covariance = _sample(service, variance)
    if score is not None and min(service.arms()) >= MIN_UNITS:
        moved = adjustment(rows.arms(), score, means, neighbours, service.whose)
        covariance = covariance[0] + moved[0], covariance[1] + moved[1], covariance[2] + moved[2]
    return Comparison(
        means=means,
        bias=total(sign * rows.share * gap) / len(units),
        slopes=slopes,
        short=short,
        inference=_judged(covariance, rows, service, alone, given=score is None),
    )


def _mean(values: FloatArray) -> float:
    return total(values) / len(values)


def _sums(place: IntArray, values: FloatArray, length: int = 0) -> FloatArray:
    """The sum of the values at each place."""
    return np.asarray(np.bincount(place, values, minlength=length), float)


# --- who serves -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Service:
    """How much each unit serves as a match, K, and K² − KK; `focal` marks the n units whose effect is asked for.

    `excess` is K² − KK, and 2K more for focal units; exactly 0 for others that serve one focal unit alone.
    """

    weight: FloatArray
    excess: FloatArray
    focal: BoolArray
    treated: BoolArray

    @property
    def used(self) -> BoolArray:
        """Which units have a part in either mean."""
        return np.asarray(self.focal | (self.weight > 0))

    @property
    def whose(self) -> str:
        """Whose effect: "ATE" where units of both arms are focal."""
        treated, control = (bool(self.focal[arm].any()) for arm in (self.treated, ~self.treated))
        return "ATE" if treated and control else "ATT" if treated else "ATC"

    def arms(self) -> tuple[int, int]:
        """How many treated and controls have a part in either mean."""
        return int(np.sum(self.used & self.treated)), int(np.sum(self.used & ~self.treated))

    def by_arm(self, values: FloatArray, among: BoolArray) -> tuple[float, float]:
        """The sums of some units' values among the treated and among the controls."""
        first, second = (total(values[among & arm]) for arm in (self.treated, ~self.treated))
        return first, second

    def needed(self, population: str) -> BoolArray:
        """Which units' own variance enters."""
        if population == "SATT":
            return self.used
        return np.asarray(self.excess > 0)


def _service(rows: Matched) -> _Service:
    n = len(rows.outcome)
    focal = np.zeros(n, bool)
    focal[rows.focal] = True
    weight, squares = (_sums(rows.other, share, n) for share in (rows.share, rows.share**2))
    serving = np.flatnonzero(weight)
    size, found = weight[serving] ** 2, weight[serving] ** 2 - squares[serving]
    excess = np.zeros(n)
    excess[serving] = np.where(found > ROUNDING * size, found, 0.0) + 2 * weight[serving] * focal[serving]
    return _Service(
        weight=weight,
        excess=excess,
        focal=focal,
        treated=rows.treated,
    )


def _adjustment(rows: Matched, weight: FloatArray, regressors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(Z_i − Z_j)'β of each pair, and β: of the arm that serves, or of the treated and then the controls."""
    gap, found = np.zeros(len(rows.focal)), []
    for arm in (rows.treated, ~rows.treated):
        pairs = arm[rows.other]
        if not pairs.any():
            continue
        slopes = _slopes(rows, np.where(arm, weight, 0.0), regressors)
        found.append(slopes)
        for slope, column in zip(slopes.tolist(), regressors.T, strict=True):
            gap[pairs] += slope * (column[rows.focal[pairs]] - column[rows.other[pairs]])
    return gap, np.concatenate(found)


def _slopes(rows: Matched, weight: FloatArray, regressors: FloatArray) -> FloatArray:
    """β of the weighted regression among the units with weight."""
    used = np.flatnonzero(weight > 0)
    if len(used) <= regressors.shape[1] + 1:
        raise _linalg.CollinearColumnError(0)
    root = np.sqrt(weight[used])
    columns = [np.ones(len(used))]
    for column in regressors[used].T:
        centred = column - total(weight[used] * column) / total(weight[used])
        columns.append(centred)
    return _linalg.least_squares(np.column_stack(columns) * root[:, None], rows.outcome[used] * root).coefficients[1:]


# --- covariances of the treated and the counterfactual mean -----------------------------------------------------------


def _population(
    values: tuple[FloatArray, FloatArray], means: Means, service: _Service, variance: FloatArray
) -> tuple[float, float, float]:
    """PATT: moments over the focal units, and Σ (K² − KK) σ² for what their matches share."""
    first, second = values[0] - means.treated, values[1] - means.counterfactual
    excess, n = service.excess, len(first)
    extra = service.by_arm(excess * variance, excess > 0)
    moments = (total(a * b) for a, b in ((first, first), (first, second), (second, second)))
    one, cross, two = (moment / n**2 for moment in moments)
    return one + extra[0] / n**2, cross, two + extra[1] / n**2


def _sample(service: _Service, variance: FloatArray) -> tuple[float, float, float]:
    """SATT: Σ σ² of the focal units, and Σ K² σ² of their matches."""
    n = int(np.sum(service.focal))
    one, two = service.by_arm((service.focal + service.weight) ** 2 * variance, service.used)
    return one / n**2, 0.0, two / n**2


def _judged(
    covariance: tuple[float, ...], rows: Matched, service: _Service, alone: int, *, given: bool
) -> StudentT | Unavailable:
    """The normal reference, or why there is none; `given` says whether the match counts as given."""
    sizes = service.arms()
    if min(sizes) < MIN_UNITS:
        return Unavailable(reason=_few(*sizes[::-1] if service.whose == "ATC" else sizes))
    if alone:
        return Unavailable(reason=_alone(alone))
    one, cross, two = covariance
    size = float(np.max(np.abs(rows.outcome[service.used])))
    if abs(one - 2 * cross + two) <= (ROUNDING * size) ** 2:
        return Unavailable(reason=NO_VARIATION)
    if not given and min(one, two, one * two - cross**2) < 0:
        return Unavailable(reason=_INDEFINITE)
    return StudentT(covariance=(one, cross, two), df=FixedDf(df=math.inf))


# --- words ----------------------------------------------------------------------------------------------------------


_INDEFINITE = Text(
    en="What the estimated propensity takes from the variance is more than there is of it, as can happen in small "
    "samples, so there is no standard error; variance='abadie_imbens' takes the propensity as given.",
    sv="Det som den skattade behandlingssannolikheten drar ifrån variansen är mer än vad som finns, vilket kan hända i "
    "små urval, så det finns inget medelfel; variance='abadie_imbens' tar behandlingssannolikheten för given.",
)


def _few(focal: int, others: int) -> Text:
    return Text(
        en="The variance of Abadie and Imbens is used with a normal reference, which needs at least six matched units "
        f"in each arm; there are {format_number(focal, 'en')} and {format_number(others, 'en')}.",
        sv="Abadies och Imbens varians används med normalfördelningen, som kräver minst sex matchade enheter i varje "
        f"grupp; det finns {format_number(focal, 'sv')} och {format_number(others, 'sv')}.",
    )


def _alone(alone: int) -> Text:
    return Text(
        en=f"The variance of Abadie and Imbens needs a neighbour in the same arm and the same values of the exact "
        f"columns; units without one: {format_number(alone, 'en')}.",
        sv="Abadies och Imbens varians kräver en granne i samma grupp med samma värden i de exakta kolumnerna; enheter "
        f"utan granne: {format_number(alone, 'sv')}.",
    )

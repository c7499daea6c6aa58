"""What the estimation of the propensity does to the covariance of the means of a match with replacement.

A match on p̂_i = F(x_i'θ̂), θ by maximum likelihood with the information J = Σ f_i²/(p_i(1 − p_i)) x_i x_i', f = F', has
the variance V of a match on a known score, and (Abadie & Imbens 2016, doi:10.3982/ECTA11293, theorems 1 and 2)

    ATE    V − c'J⁻¹c
    ATT    V − c'J⁻¹c + d'J⁻¹d

With γ_w(i) the covariance of the covariates and the outcomes of arm w among the h units of that arm nearest to p̂_i,
itself included in its own arm, ỹ_w(i) the mean outcome of the h units of arm w nearest to p̂_i other than itself, y_w(i)
its own outcome in its own arm and that of the unit most alike in the covariates in the other, e the probability of the
arm whose n units the effect is on, and τ̂ that effect (section 4; h = 2 are Stata's defaults in `teffects psmatch`),

    ATE    c = N⁻¹ Σ_i f_i (γ_1(i)/p_i + γ_0(i)/(1 − p_i))
    ATT    c = n⁻¹ Σ_i f_i (x_i (ỹ_1(i) − ỹ_0(i) − τ̂) + γ_1(i) + e_i/(1 − e_i) γ_0(i))
           d = n⁻¹ Σ_i f_i x_i (y_1(i) − y_0(i) − τ̂)

over all N units of both arms. The ATC is the ATT with the arms' names exchanged. All tied units are kept, with equal
weights.

**Two means.** c and d are differences of a part for each mean: c_1 = N⁻¹ Σ f γ_1/p and c_0 = −N⁻¹ Σ f γ_0/(1 − p) for
the ATE, and with the arm's own mean m_w in the place of τ̂ for the ATT. The theorems hold for any a and b in the place
of 1 in a·m_1 − b·m_0, which is the effect on the outcomes multiplied by a among the treated and by b among the
controls; so −c_v'J⁻¹c_w + d_v'J⁻¹d_w is what is added to the covariance of the means v and w.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from effekt._inference import Means
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._m_estimation import cross_sums, standardised
from effekt.estimators._propensity import Propensity, logit_slope
from effekt.estimators.matching.local_variance import Arms, expanded
from effekt.estimators.matching.neighbours import TIE
from effekt.estimators.matching.screened import ask_tree, tree_of
from effekt.tables.arrays import in_order


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """The estimated propensity that units were matched on.

    Attributes
    ----------
    design : (n, k) array
        A constant, then the covariates of the propensity, in any units.
    coordinates : (n, q) array
        Two units are as unlike in the covariates as the Euclidean distance between theirs.
    probability : (n,) array
        p.
    rates : ((n,), (n,)) arrays
        f/p and f/(1 − p).
    """

    design: FloatArray
    coordinates: FloatArray
    probability: FloatArray
    rates: tuple[FloatArray, FloatArray]


def score_of(model: Propensity, covariates: FloatArray, coordinates: FloatArray) -> Score:
    """The score of a logit or probit, and where units lie in the covariates."""
    assert model.index is not None
    steep = logit_slope(model.index) if model.link == "probit" else np.ones(len(model.index))  # f/(p(1 − p))
    p = np.asarray(expit(model.logit))
    return Score(
        design=standardised(covariates),
        coordinates=coordinates,
        probability=p,
        rates=(steep * expit(-model.logit), steep * p),
    )


def adjustment(rows: Arms, score: Score, means: Means, neighbours: int, focal: str) -> tuple[float, float, float]:
    """What is added to the variance of the treated mean, to the covariance, and to that of the counterfactual mean.

    Parameters
    ----------
    rows : Arms
        All units, at the one coordinate that they are matched on.
    score : Score
    means : Means
    neighbours : int
        h − 1: how many besides the unit itself.
    focal : {"ATE", "ATT", "ATC"}
        Whose effect.
    """
    near = [_near(rows, arm, score.design, neighbours + 1) for arm in (rows.treated, ~rows.treated)]
    information = cross_sums(score.design, score.design * (score.rates[0] * score.rates[1])[:, None])
    if focal == "ATE":
        c = [_times(one.covariance, rate) / len(rows.outcome) for rate, one in zip(score.rates, near, strict=True)]
        return _added(np.array([c[0], -c[1]]), information, -1.0)
    p = score.probability
    density = score.rates[0] * p
    odds = score.rates[1] * p if focal == "ATT" else score.rates[0] * (1 - p)  # f e/(1 − e)
    own = rows.treated if focal == "ATT" else ~rows.treated
    n = int(np.sum(own))
    first, second = [], []
    alike = _alike(rows, score.coordinates)
    for number, (one, middle) in enumerate(zip(near, (means.treated, means.counterfactual), strict=True)):
        is_focal = (number == 0) == (focal == "ATT")
        local = _times(one.covariance, density if is_focal else -odds)
        first.append((_times(score.design, density * (one.mean - middle)) + local) / n)
        second.append(_times(score.design, density * (alike[number] - middle)) / n)
    down, up = _added(np.array(first), information, -1.0), _added(np.array(second), information, 1.0)
    return down[0] + up[0], down[1] + up[1], down[2] + up[2]


def _times(design: FloatArray, values: FloatArray) -> FloatArray:
    return cross_sums(design, values[:, None])[:, 0]


def _added(parts: FloatArray, information: FloatArray, sign: float) -> tuple[float, float, float]:
    """± c_v'J⁻¹c_w for the two means."""
    found = sign * (parts @ np.linalg.solve(information, parts.T))
    return float(found[0, 0]), float((found[0, 1] + found[1, 0]) / 2), float(found[1, 1])


# --- near in the score ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Near:
    """Of each unit (n,): γ (n, k) and ỹ in one arm."""

    covariance: FloatArray
    mean: FloatArray


def _near(rows: Arms, arm: BoolArray, design: FloatArray, count: int) -> _Near:
    members = np.flatnonzero(arm)
    members = members[in_order((rows.coordinates[members, 0], rows.outcome[members]))]
    line, at = rows.coordinates[members, 0], rows.coordinates[:, 0]
    with_itself, beside = _windows(line, at, count), _windows(line, at[arm], count + 1)
    outcome = rows.outcome[members]
    mean, covariance = _moments(outcome, design[members], *with_itself)
    total, size = _moments(outcome, design[members, :0], *beside)[0], beside[1] - beside[0]
    mean[arm] = (total * size - rows.outcome[arm]) / (size - 1)
    return _Near(covariance=covariance, mean=mean)


def _windows(line: FloatArray, at: FloatArray, count: int) -> tuple[IntArray, IntArray]:
    """Where on a sorted line the `count` nearest to each point start and end, those tied with the last among them."""
    n = len(line)
    count = min(count, n)
    first, reach = np.searchsorted(line, at), np.full(len(at), np.inf)
    for below in range(count + 1):
        low, high = first - below, first - below + count - 1
        inside = np.flatnonzero((low >= 0) & (high < n))
        wide = np.maximum(at[inside] - line[low[inside]], line[high[inside]] - at[inside])
        reach[inside] = np.minimum(reach[inside], wide)
    reach += TIE * np.maximum(1.0, np.abs(at))
    return np.searchsorted(line, at - reach, side="left"), np.searchsorted(line, at + reach, side="right")


def _moments(outcome: FloatArray, columns: FloatArray, low: IntArray, high: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean outcome and its covariance (ddof 1) with each column in windows of a line, each window looked at once."""
    codes, number = np.unique(low * (len(outcome) + 1) + high, return_inverse=True)
    left, right = codes // (len(outcome) + 1), codes % (len(outcome) + 1)
    members, sizes = expanded(left, right), right - left
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def middle(values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, start) / sizes)

    mean = middle(outcome[members])
    error = outcome[members] - np.repeat(mean, sizes)
    found = np.zeros((len(codes), columns.shape[1]))
    for j, column in enumerate(columns.T):
        apart = column[members] - np.repeat(middle(column[members]), sizes)
        found[:, j] = np.add.reduceat(apart * error, start) / np.maximum(sizes - 1, 1)
    return mean[number], found[number]


# --- alike in the covariates ------------------------------------------------------------------------------------------


def _alike(rows: Arms, coordinates: FloatArray) -> list[FloatArray]:
    """y_1 and y_0 of each unit: its own outcome in its own arm, in the other that of the most alike, ties averaged."""
    found = []
    for arm in (rows.treated, ~rows.treated):
        places, number = np.unique(coordinates[arm], axis=0, return_inverse=True)
        number = number.reshape(-1)
        counts = np.bincount(number).astype(float)
        totals = np.asarray(np.bincount(number, rows.outcome[arm]), float)
        values = rows.outcome.copy()
        values[~arm] = _of_the_nearest(places, totals, counts, coordinates[~arm])
        found.append(values)
    return found


def _of_the_nearest(places: FloatArray, totals: FloatArray, counts: FloatArray, points: FloatArray) -> FloatArray:
    """The mean of what lies at the places nearest to each point."""
    tree = tree_of(places)
    distances, nearest, beyond = ask_tree(tree, points, 1)
    reach = distances[:, 0] + TIE * np.maximum(1.0, np.sqrt(np.sum(points**2, axis=1)))
    found = totals[nearest[:, 0]] / counts[nearest[:, 0]]
    tied = np.flatnonzero(beyond <= reach)
    for i, near in zip(tied, tree.query_ball_point(points[tied], reach[tied], return_sorted=True), strict=True):
        found[i] = np.sum(totals[near]) / np.sum(counts[near])
    return np.asarray(found)

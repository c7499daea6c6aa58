"""Imputation: what units would have had, by unit and period effects of the rows that are not treated.

Borusyak, Jaravel & Spiess (2024, doi:10.1093/restud/rdae007). Cohort h is untreated in its first m_h periods, before
treatment and its anticipation. Their theorem 2 (equation 5, page 3268): least squares of Y_it = α_i + β_t + ε_it on
those rows alone, and the effect of a unit in a later period is τ_it = Y_it − α_i − β_t. The effect of cohort g in t is
the mean of its units' τ_it, which is linear in the outcomes, Σ v_is Y_is, with v_it = 1/n_g there.

Theorem 3 (equations 7 and 8, pages 3271 and 3272): V = Σ_c (Σ v_is ε_is)² over clusters c, with ε the residual where
there is no treatment, and τ_it less the mean of its cohort in t where there is. As v is the same for all units of a
cohort in a period, that mean is what equation 8 says, for each effect and every average of them by cohort and period,
so one matrix of covariances serves all. Where effects differ between the units of a cohort it is too large, never too
small, in large samples.

All units of a cohort have the same rows, so that a few sums of each cohort are enough. With β_0 = 0 the normal
equations are Mβ = c, M_ts = 1{t = s} Σ n_h − Σ n_h/m_h over cohorts untreated in both t and s, and c_t the sum of the
outcomes in t less each unit's mean over its untreated periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._types import FloatArray
from effekt.estimators._m_estimation import cross_sums
from effekt.estimators.staggered.comparisons import Group
from effekt.estimators.staggered.covariance import Arms, Joint, Variance, freed
from effekt.estimators.staggered.frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Untreated:
    """Unit and period effects on the rows without treatment; l periods that some unit is untreated in.

    Attributes
    ----------
    rows : dict of start to int
        m, how many periods each cohort is untreated in; they are its first.
    inverse : (l, l) array
        M⁻¹, with zeros for the first period, whose effect is 0.
    beta : (l,) array
        Period effects.
    """

    rows: dict[int, int]
    inverse: FloatArray
    beta: FloatArray

    def n_obs(self, frame: Frame) -> int:
        """How many rows there are without treatment."""
        return sum(m * frame.size([start]) for start, m in self.rows.items())

    def without_effects(self, values: FloatArray, start: int) -> FloatArray:
        """(m, …): what is left of values (l or more, …) of a cohort without its unit and period effects."""
        left = values[: self.rows[start]] - _column(self.beta[: self.rows[start]], values)
        return np.asarray(left - left.mean(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imputed:
    """The effects of cohorts in periods; k of them.

    Attributes
    ----------
    cells : tuple of (int, int)
        Cohort and period of each.
    reach : (k, l) array
        M⁻¹a, where a holds 1/m_g in the periods in which the cohort is untreated and −1 in that of the effect.
    treated, counterfactual, control : (k,) arrays
        Means: of the cohort, imputed for it, and of those not yet treated.
    """

    cells: tuple[tuple[int, int], ...]
    reach: FloatArray
    treated: FloatArray
    counterfactual: FloatArray
    control: FloatArray


def fit_untreated(frame: Frame, anticipation: int) -> Untreated:
    """Solve the normal equations of the rows without treatment."""
    periods = len(frame.outcome)
    rows = {start: min(start - anticipation, periods) for start in frame.slices}
    size = max(rows.values())
    gram, moments = np.zeros((size, size)), np.zeros(size)
    for start, m in rows.items():
        n, sums = frame.size([start]), frame.moments[start][0, :m]
        gram[np.arange(m), np.arange(m)] += n
        gram[:m, :m] -= n / m
        moments[:m] += sums - sums.mean()
    inverse = np.zeros((size, size))
    inverse[1:, 1:] = np.linalg.inv(gram[1:, 1:])
    return Untreated(rows=rows, inverse=inverse, beta=inverse @ moments)


def impute(frame: Frame, fitted: Untreated, groups: Sequence[Group]) -> Imputed:
    """The means of every cohort and period from which `groups` has somebody to compare with."""
    cells = tuple(sorted((one.cohort, cell.period) for one in groups for cell in one.cells if cell.period > cell.base))
    size = len(fitted.beta)
    contrasts, treated, counterfactual, control = np.zeros((len(cells), size)), [], [], []
    for place, (cohort, period) in enumerate(cells):
        m, own = fitted.rows[cohort], frame.slices[cohort]
        contrasts[place, :m], contrasts[place, period] = 1 / m, -1.0
        level = frame.outcome[:m, own].mean(axis=1).mean()
        treated.append(frame.outcome[period, own].mean())
        counterfactual.append(level - float(contrasts[place] @ fitted.beta))
        others = [start for start, rows in fitted.rows.items() if rows > period]
        total = sum(frame.outcome[period, frame.slices[start]].sum() for start in others)
        control.append(total / frame.size(others))
    return Imputed(
        cells=cells,
        reach=contrasts @ fitted.inverse,
        treated=np.array(treated),
        counterfactual=np.array(counterfactual),
        control=np.array(control),
    )


def weights_of(fitted: Untreated, found: Imputed, place: int) -> dict[int, float]:
    """What each unit of the cohorts not yet treated weighs in the counterfactual of one effect; over units it is 1."""
    period, reach = found.cells[place][1], found.reach[place]
    return {start: float(reach[:m].mean() - reach[period]) for start, m in fitted.rows.items() if m > period}


def arms_of_imputed(frame: Frame, fitted: Untreated, found: Imputed) -> list[Arms]:
    """Clusters, leverages and degrees of freedom of each effect: its cohort, and all others."""
    size = int(frame.cluster.max()) + 1
    return [_arms(frame, weights_of(fitted, found, k), cohort, size) for k, (cohort, _) in enumerate(found.cells)]


def _arms(frame: Frame, weights: dict[int, float], cohort: int, size: int) -> Arms:
    n = frame.size([cohort])
    if frame.single:
        squares = sum(frame.size([start]) * weight**2 for start, weight in weights.items())
        return Arms(
            clusters=(n, frame.size(list(weights)), len(frame.cluster)),
            df=(n - 1.0, 1 / squares - 1),
            leverage=max(1 / n, *weights.values()),
            treated=None,
            control=None,
        )
    treated = np.bincount(frame.cluster[frame.slices[cohort]], minlength=size) / n
    control, seen = np.zeros(size), np.zeros(size, bool)
    for start, weight in weights.items():
        counts = np.bincount(frame.cluster[frame.slices[start]], minlength=size)
        control += weight * counts
        seen |= counts > 0
    return Arms(
        clusters=(int((treated > 0).sum()), int(seen.sum()), size),
        df=(1 / float(np.sum(treated**2)) - 1, 1 / float(np.sum(control**2)) - 1),
        leverage=float(max(treated.max(), control.max())),
        treated=treated,
        control=control,
    )


# --- the covariance ---------------------------------------------------------------------------------------------------


def joint_of_imputed(
    frame: Frame, fitted: Untreated, found: Imputed, arms: Sequence[Arms], variance: Variance
) -> Joint:
    """Of all means; the cohorts' shares are given, not drawn, as everything but ε is in the paper (its section 2)."""
    k, cohorts = len(found.cells), sorted({cohort for cohort, _ in found.cells})
    size = int(frame.cluster.max()) + 1
    whole, by_cluster = np.zeros((2 * k, 2 * k)), np.zeros((2 * k, 0 if frame.single else size))
    treated, second = np.zeros((k, 3)), np.zeros((k, by_cluster.shape[1]))
    for start in frame.slices:
        own = np.array([cohort == start for cohort, _ in found.cells])
        sums = np.zeros(by_cluster.shape)
        for rows in frame.blocks(start):
            block = _parts(frame, fitted, found, arms, start, rows, variance)
            if frame.single:
                whole += cross_sums(block.T, block.T)
                treated[own] += _products(block[0::2], block[1::2])[own]
                continue
            for place, values in enumerate(block):
                sums[place] += np.bincount(frame.cluster[rows], values, minlength=size)
        by_cluster += sums
        if not frame.single:
            treated[own] = _products(sums[0::2], sums[1::2])[own]
            second[own] = sums[1::2][own]
    if frame.single:
        control = np.maximum(np.diag(whole)[1::2] - treated[:, 2], 0.0)
    else:
        whole, control = cross_sums(by_cluster.T, by_cluster.T), ((by_cluster[1::2] - second) ** 2).sum(axis=1)
    g = len(cohorts)
    return Joint(
        means=(whole + whole.T) / 2,
        shares=np.zeros((g, g)),
        cross=np.zeros((g, 2 * k)),
        treated=treated,
        control=np.asarray(control),
    )


def _parts(
    frame: Frame, fitted: Untreated, found: Imputed, arms: Sequence[Arms], start: int, rows: slice, variance: Variance
) -> FloatArray:
    """(2k, rows): each unit's part in the treated and the counterfactual mean of every effect, Σ v_is ε_is.

    What the counterfactual has of it is, for the cohort itself, its imputed outcome less the mean of that, as the
    level of those treated is theirs; the difference of the two means has what theorem 3 gives it.
    """
    since = frame.outcome[:, rows] - frame.outcome[:1, rows]
    residual = fitted.without_effects(since, start)
    n, m = frame.size([start]), fitted.rows[start]
    block = np.zeros((2 * len(found.cells), rows.stop - rows.start))
    level = frame.outcome[:m, rows].mean(axis=0)
    centre = float(frame.outcome[:m, frame.slices[start]].mean(axis=1).mean())
    for place, (cohort, period) in enumerate(found.cells):
        first, second = block[2 * place], block[2 * place + 1]
        for weight, errors in zip(found.reach[place, :m].tolist(), residual, strict=True):
            second -= weight * errors
        if cohort == start:
            first += (frame.outcome[period, rows] - found.treated[place]) / n
            second += (level - centre) / n
        if variance != "CR0":
            free = freed(_leverage(frame, fitted, found, arms[place], place, start, rows), variance)
            first /= free
            second /= free
    return block


def _leverage(
    frame: Frame, fitted: Untreated, found: Imputed, arms: Arms, place: int, start: int, rows: slice
) -> FloatArray | float:
    """The share of each unit's cluster: in the cohort, or in the weights of those not yet treated."""
    is_treated = found.cells[place][0] == start
    known = arms.treated if is_treated else arms.control
    if known is not None:
        return np.asarray(known[frame.cluster[rows]])
    return 1 / frame.size([start]) if is_treated else weights_of(fitted, found, place).get(start, 0.0)


def _products(first: FloatArray, second: FloatArray) -> FloatArray:
    """(k, 3): sums of squares and products."""
    return np.array([(a * b).sum(axis=1) for a, b in ((first, first), (first, second), (second, second))]).T


def _column(values: FloatArray, like: FloatArray) -> FloatArray:
    return values.reshape(-1, *(1,) * (like.ndim - 1))

"""Joint covariance of all means and of the cohorts' shares, from the units' parts in their errors.

V = Σ_c s_c s_c' over clusters c, s_c the sum of its units' parts. Under `leverage` the part of a cluster in an arm of a
comparison is divided by √(1 − h): h is its share of the treated, or its leverage among the controls, so that without
covariates every effect has the CR2 variance of its two means (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018,
doi:10.1080/07350015.2016.1247004). Under `CR3` it is divided by 1 − h, so that without covariates every effect has the
sum of the squares of what leaving out each cluster moves it by (MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969).
The degrees of freedom of a contrast are Welch's, (v₁ + v₀)²/(v₁²/d₁ + v₀²/d₀), with v the variances of its parts in the
two arms and d the number of equal clusters that the arm's weights are worth, 1/Σπ², less one, and among the controls
less the clusters that their covariates use up (`between`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from effekt._threads import each
from effekt._types import FloatArray, IntArray
from effekt.estimators._m_estimation import cross_sums
from effekt.estimators.staggered.between import used_up
from effekt.estimators.staggered.effects import Fitted
from effekt.estimators.staggered.frame import Frame

Variance: TypeAlias = Literal["leverage", "CR0", "CR3"]
VARIANCES: tuple[Variance, ...] = ("leverage", "CR0", "CR3")
WHOLE = 1 - 1e-9  # a leverage at which a cluster alone decides


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arms:
    """How the units of one comparison are spread over clusters.

    Attributes
    ----------
    clusters : (int, int, int)
        Clusters among the treated, among the controls, and in both together.
    df : (float, float)
        Of the treated and of the controls.
    leverage : float
        The largest of a cluster in an arm.
    treated, control : (clusters,) arrays, optional
        Leverage of each cluster in the two arms; None where each unit is its own cluster.
    """

    clusters: tuple[int, int, int]
    df: tuple[float, float]
    leverage: float
    treated: FloatArray | None
    control: FloatArray | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joint:
    """Covariances of k effects.

    Attributes
    ----------
    means : (2k, 2k) array
    shares : (g, g) array
        Of the cohorts' shares.
    cross : (g, 2k) array
        Of the shares with the means.
    treated : (k, 3) array
        What the treated have in var(treated), cov(treated, counterfactual), var(counterfactual) of each effect.
    control : (k,) array
        What the controls have in var(counterfactual).
    """

    means: FloatArray
    shares: FloatArray
    cross: FloatArray
    treated: FloatArray
    control: FloatArray


def arms_of(frame: Frame, fitted: Fitted) -> Arms:
    """Clusters, leverages and degrees of freedom of one comparison."""
    starts, n_treated = frame.controls(fitted.group), fitted.n_treated
    covariates = len(frame.design) - 1
    if frame.single:
        squares, largest = 0.0, 0.0
        for start in starts:
            for rows in frame.blocks(start):
                weight, leverage = fitted.shares(frame, start, rows)
                squares, largest = squares + float(np.sum(weight**2)), max(largest, float(leverage.max()))
        counts = (n_treated, fitted.n_control, n_treated + fitted.n_control)
        df = (n_treated - 1.0, 1 / squares - covariates - 1)
        return Arms(clusters=counts, df=df, leverage=max(largest, 1 / n_treated), treated=None, control=None)
    own, size = frame.cluster[frame.slices[fitted.group.cohort]], int(frame.cluster.max()) + 1
    treated = np.bincount(own, minlength=size) / n_treated
    weights, control, sums = np.zeros(size), np.zeros(size), np.zeros((1 + covariates, size))
    for start in starts:
        for rows in frame.blocks(start):
            weight, leverage = fitted.shares(frame, start, rows)
            weights += np.bincount(frame.cluster[rows], weight, minlength=size)
            control += np.bincount(frame.cluster[rows], leverage, minlength=size)
            sums += [np.bincount(frame.cluster[rows], column, minlength=size) for column in frame.design[:, rows]]
    seen = sums[0] > 0
    both = int((seen | (treated > 0)).sum())
    used = used_up(sums[0], sums, np.sum([frame.gram[start] for start in starts], axis=0))
    return Arms(
        clusters=(int((treated > 0).sum()), int(seen.sum()), both),
        df=(1 / float(np.sum(treated**2)) - 1, 1 / float(np.sum(weights**2)) - used - 1),
        leverage=float(max(treated.max(), control.max())),
        treated=treated,
        control=control,
    )


def joint_covariance(
    frame: Frame, found: Sequence[Fitted], arms: Sequence[Arms], places: Sequence[IntArray], variance: Variance
) -> Joint:
    """Of all means and of the shares of the cohorts that have effects.

    Parameters
    ----------
    places : sequence of (m,) integer arrays
        The position of each comparison's effects among all.
    """
    k = sum(len(own) for own in places)
    cohorts = sorted({one.group.cohort for one in found})
    size = 2 * k + len(cohorts)
    n, clusters = len(frame.cluster), None if frame.single else int(frame.cluster.max()) + 1
    whole, by_cluster = np.zeros((size, size)), None if clusters is None else np.zeros((size, clusters))
    for start in frame.slices:
        columns, used = _columns(found, places, start)
        share = np.array([(start == cohort) - frame.size([cohort]) / n for cohort in cohorts]) / n
        columns = np.append(columns, 2 * k + np.arange(len(cohorts)))
        block = partial(_block, frame, [(found[i], arms[i]) for i in used], share, start, variance)
        if by_cluster is None:
            for products in each(partial(_products, block), list(frame.blocks(start)), n):
                whole[np.ix_(columns, columns)] += products
            continue
        for rows in frame.blocks(start):
            for column, values in zip(columns.tolist(), block(rows), strict=True):
                by_cluster[column] += np.bincount(frame.cluster[rows], values, minlength=by_cluster.shape[1])
    if by_cluster is not None:
        whole = cross_sums(by_cluster.T, by_cluster.T)
    whole = (whole + whole.T) / 2
    treated, control = _by_arm(frame, found, arms, places, variance, np.diag(whole)[: 2 * k], by_cluster)
    return Joint(
        means=whole[: 2 * k, : 2 * k],
        shares=whole[2 * k :, 2 * k :],
        cross=whole[2 * k :, : 2 * k],
        treated=treated,
        control=control,
    )


def _block(
    frame: Frame,
    used: Sequence[tuple[Fitted, Arms]],
    share: FloatArray,
    start: int,
    variance: Variance,
    rows: slice,
) -> FloatArray:
    """(…, rows): parts in the means of the comparisons that are used, and in the shares."""
    parts = [_part(frame, one, own, start, rows, variance) for one, own in used]
    return np.concatenate([*parts, np.repeat(share[:, None], rows.stop - rows.start, axis=1)])


def _products(block: Callable[[slice], FloatArray], rows: slice) -> FloatArray:
    found = block(rows)
    return cross_sums(found.T, found.T)


def _by_arm(
    frame: Frame,
    found: Sequence[Fitted],
    arms: Sequence[Arms],
    places: Sequence[IntArray],
    variance: Variance,
    variances: FloatArray,
    by_cluster: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """The variances of each effect's means, apart for the treated and the controls."""
    treated, control = np.zeros((len(variances) // 2, 3)), np.zeros(len(variances) // 2)
    for one, own, place in zip(found, arms, places, strict=True):
        m, start = len(place), one.group.cohort
        parts = [_part(frame, one, own, start, rows, variance) for rows in frame.blocks(start)]
        cells = np.concatenate(parts, axis=1)
        if by_cluster is not None:
            groups, size = frame.cluster[frame.slices[start]], by_cluster.shape[1]
            cells = np.array([np.bincount(groups, values, minlength=size) for values in cells])
        first, second = cells[:m], cells[m:]
        treated[place] = np.array(
            [(a * b).sum(axis=1) for a, b in ((first, first), (first, second), (second, second))]
        ).T
        if by_cluster is None:
            control[place] = np.maximum(variances[2 * place + 1] - treated[place, 2], 0.0)
        else:
            control[place] = ((by_cluster[2 * place + 1] - second) ** 2).sum(axis=1)
    return treated, control


def _columns(found: Sequence[Fitted], places: Sequence[IntArray], start: int) -> tuple[IntArray, list[int]]:
    """The means that units with this start have a part in, and the comparisons, in the order of `_part`."""
    columns, used = [], []
    for i, one in enumerate(found):
        if start == one.group.cohort:
            columns += [2 * places[i], 2 * places[i] + 1]
        elif start >= one.group.after:
            columns += [2 * places[i] + 1]
        else:
            continue
        used.append(i)
    return np.concatenate([*columns, np.empty(0, np.intp)]).astype(np.intp), used


def _part(frame: Frame, fitted: Fitted, arms: Arms, start: int, rows: slice, variance: Variance) -> FloatArray:
    """(m or 2m, rows): each unit's part in the means it belongs to."""
    treated, counterfactual = fitted.scores(frame, start, rows)
    both = counterfactual if treated is None else np.concatenate([treated, counterfactual])
    if variance == "CR0":
        return both
    return np.asarray(both / freed(_leverage(frame, fitted, arms, start, rows), variance))


def freed(leverage: FloatArray | float, variance: Variance) -> FloatArray:
    """What parts of clusters with this leverage are divided by."""
    free = 1 - np.minimum(leverage, WHOLE)
    return np.asarray({"CR0": np.ones_like(free), "leverage": np.sqrt(free), "CR3": free}[variance])


def _leverage(frame: Frame, fitted: Fitted, arms: Arms, start: int, rows: slice) -> FloatArray:
    """That of each unit's cluster in its arm."""
    is_treated = start == fitted.group.cohort
    known = arms.treated if is_treated else arms.control
    if known is not None:
        return np.asarray(known[frame.cluster[rows]])
    if is_treated:
        return np.full(rows.stop - rows.start, 1 / fitted.n_treated)
    return fitted.shares(frame, start, rows)[1]

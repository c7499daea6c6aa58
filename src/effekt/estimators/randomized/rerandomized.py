"""The estimator under every assignment that could have been drawn: what it makes of outcome and of treatment.

Under a constant effect τ₀ the outcomes without treatment are y − τ₀·d whatever was drawn (Fisher 1935; Rosenbaum 2002,
Observational Studies, section 2.4), and every estimator here is linear in the outcome: T(d*, y − τ₀·d) = a − τ₀·b with
a = T(d*, y), b = T(d*, d). Each is a function of sums over the treated of d*, so that many assignments are one matrix
product. With v the fit weights, c what rows count for, d* summed over units or whole clusters::

    fixed arms   no covariates, units alike within a stratum     T = Σ d*u − const
                 Horvitz-Thompson                                 u = y/(pN) + y/((1 − p)N)
    additive     T = Σ d*v ỹ / (Σ d*v − |Q'√v d*|²)               ỹ the residual, Q the basis of blocks and covariates
                                                                  (Frisch & Waugh 1933, doi:10.2307/1907330)
    by arm       μ_a = Σ_b ω_b (ȳ_ab + (z̄_b − z̄_ab)'β_a)         β_a from the within-block moments of the arm
    by block     μ_a = Σ_b ω_b (ȳ_ab + (z̄_b − z̄_ab)'β_ab)        β_ab from those of the block alone
    by pair      pairs with covariates, see `paired_lots`

An assignment under which the estimator does not exist (an arm or an arm of a block left empty by independent draws or
clusters, covariates that are collinear within an arm) is left out: inference is conditional on its existing.

The sums are exact, hence the same in any order and on any number of threads: every column is the sum of two parts with
so few digits that no sum of them is rounded (Rump, Ogita & Oishi 2008, doi:10.1137/050645671).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from effekt import _linalg
from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.assignments import Scheme
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.lots import Assignments, n_words
from effekt.estimators.randomized.paired_lots import redrawn_pairs
from effekt.estimators.randomized.weighting import Weighting

EXISTS = 1e-10  # a share of variation below this is none
TILE, TILE_BYTES = 2**17, 2**8  # assignments of units in one product, and bytes of a row of them: what a cache holds


Statistic: TypeAlias = Callable[[Assignments], FloatArray]
"""(rows, 2) from assignments: a and b under each of them, NaN where the estimator does not exist."""


def statistic_of(trial: Trial, options: Options, weighting: Weighting, scheme: Scheme) -> Statistic:
    """The statistic of the design and adjustment."""
    units = _Units(trial=trial, order=scheme.order)
    if options.horvitz_thompson:
        return _horvitz_thompson(units)
    if trial.pair is not None and trial.names:
        return redrawn_pairs(trial, options, scheme.order)
    n = len(trial.outcome)
    fit, counted = (np.ones(n) if w is None else w for w in (weighting.fit, weighting.counted))
    if options.adjustment == "additive":
        return _additive(units, fit)
    groups = trial.block if trial.pair is None else trial.pair
    block = np.zeros(n, np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    of_treated = options.estimand == "ATT"
    if not trial.names and trial.probability is None:
        alike = _fixed_arms(units, block, fit, counted, of_treated=of_treated)
        if alike is not None:
            return alike
    weights = _arm_weights(trial, options, counted)
    means = _block_means if options.adjustment == "lin_by_block" else _arm_means
    return _by_arm(units, block, counted, weights, means, of_treated=of_treated)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """What is assigned, in the order of the scheme."""

    trial: Trial
    order: IntArray

    def sums(self, columns: FloatArray) -> FloatArray:
        """(G, c) from (n, c)."""
        if self.trial.cluster is None:
            return np.asarray(columns[self.order], float)
        unit = np.unique(self.trial.cluster, return_inverse=True)[1]
        return np.column_stack([np.bincount(unit, column) for column in columns.T])[self.order].astype(float)

    def first(self, values: IntArray) -> IntArray:
        """(G,) from (n,): what is the same for all rows of a cluster."""
        found: IntArray = values[self.trial.drawn][self.order]
        return found

    def outcome_and_treatment(self) -> FloatArray:
        """(n, 2)."""
        return np.column_stack([self.trial.response, self.trial.treated])


def _exact_parts(column: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two parts of a column with so few digits that no sum over rows is rounded."""
    bits = 51 - math.ceil(math.log2(len(column) + 1))
    largest = float(np.max(np.abs(column)))
    unit = 2.0 ** (math.ceil(math.log2(largest if largest > 0 else 1.0)) - bits)
    leading = np.rint(column / unit) * unit
    rest = column - leading
    rest /= unit
    rest *= 2.0**bits
    np.rint(rest, out=rest)
    rest *= unit
    rest *= 2.0**-bits
    return leading, rest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Columns to be summed over the treated: the exact parts of every bit of an assignment, from byte `first` on.

    Parts are the `width` columns themselves, or the leading part of each and then what is left of each.
    """

    first: int
    parts: FloatArray
    width: int

    def sums(self, assignments: Assignments) -> FloatArray:
        """(rows, c): the sum of each column over the treated."""
        rows, width = len(assignments), self.width
        found = np.zeros((rows, self.parts.shape[1]))
        across = len(self.parts) // 8
        step = TILE // (8 * min(across, TILE_BYTES))
        for top in range(0, rows, step):
            for left in range(0, across, TILE_BYTES):
                end = min(left + TILE_BYTES, across)
                tile = assignments[top : top + step, self.first + left : self.first + end]
                bits = np.unpackbits(tile, axis=1, bitorder="little")
                found[top : top + step] += bits.astype(float) @ self.parts[8 * left : 8 * end]
        return found if found.shape[1] == width else np.asarray(found[:, :width] + found[:, width:])


def columns_of(columns: FloatArray, places: IntArray | None = None) -> Columns:
    """The columns of all units, or those of the units in some places, 0 elsewhere."""
    width = columns.shape[1]
    first, rows, parts = _room(len(columns), 2 * width, places)
    for place, column in enumerate(columns.T):
        for half, part in enumerate(_exact_parts(column)):
            parts[rows, half * width + place] = part
    return Columns(first=first, parts=parts, width=width)


def whole_columns(columns: FloatArray, places: IntArray | None = None) -> Columns:
    """The same of whole numbers whose sums stay below 2⁵³, their own parts: (64 · words, c), 0 after the last unit."""
    width = columns.shape[1]
    if places is None:
        return Columns(first=0, parts=columns, width=width)
    first, rows, parts = _room(len(places), width, places)
    parts[rows] = columns[: len(places)]
    return Columns(first=first, parts=parts, width=width)


def _room(units: int, width: int, places: IntArray | None) -> tuple[int, slice | IntArray, FloatArray]:
    """The first byte, the rows that units or those in some places have, and as many rows of 0 as there are bits."""
    if places is None:
        return 0, slice(units), np.zeros((64 * n_words(units), width))
    first, last = int(places[0]) // 8, int(places[-1]) // 8 + 1
    return first, places - 8 * first, np.zeros((8 * (last - first), width))


def _linear(columns: FloatArray, constants: FloatArray) -> Statistic:
    """T = Σ d*u − const."""
    summed = columns_of(columns)
    return lambda assignments: summed.sums(assignments) - constants


def _horvitz_thompson(units: _Units) -> Statistic:
    """Each outcome over the probability of its arm, over all units."""
    chance = units.trial.probability
    assert chance is not None
    columns = units.outcome_and_treatment() / len(chance)
    treated, control = columns / chance[:, None], columns / (1 - chance)[:, None]
    return _linear(units.sums(treated + control), np.sum(units.sums(control), axis=0))


def _fixed_arms(
    units: _Units, block: IntArray, fit: FloatArray, counted: FloatArray, *, of_treated: bool
) -> Statistic | None:
    """The difference of means by stratum, where the arms weigh the same under every assignment; None elsewhere."""
    weights = units.sums(np.column_stack([fit, counted]))
    stratum = units.first(block)
    each = weights[np.unique(stratum, return_index=True)[1]]
    if np.any(weights != each[stratum]):
        return None
    del weights  # as large as the trial itself, as is what is deleted below
    sizes, treated = np.bincount(stratum), np.bincount(stratum, units.first(units.trial.treated.astype(np.intp)))
    target = each[:, 1] * (treated if of_treated else sizes)
    share = target / np.sum(target) / each[:, 0]
    columns = units.outcome_and_treatment()
    columns[:, 0] -= np.mean(columns[:, 0])
    sums = units.sums(columns * fit[:, None])
    del columns
    control = sums * (share / (sizes - treated))[stratum][:, None]
    sums *= (share / treated)[stratum][:, None]
    sums += control
    return _linear(sums, np.sum(control, axis=0))


def _additive(units: _Units, fit: FloatArray) -> Statistic:
    """The coefficient of the drawn treatment beside blocks and covariates, these projected out."""
    root = np.sqrt(fit)
    design = np.column_stack([np.ones(len(fit)), *_centred(units.trial)]) * root[:, None]
    outcome, treatment = (_linalg.least_squares(design, root * y) for y in units.outcome_and_treatment().T)
    residuals = np.column_stack([outcome.residuals, treatment.residuals])
    summed = columns_of(units.sums(np.column_stack([residuals, root, outcome.basis]) * root[:, None]))

    def statistic(assignments: Assignments) -> FloatArray:
        sums = summed.sums(assignments)
        left = sums[:, 2] - np.sum(sums[:, 3:] ** 2, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((left > EXISTS * sums[:, 2])[:, None], sums[:, :2] / left[:, None], np.nan)

    return statistic


def _centred(trial: Trial) -> tuple[FloatArray, ...]:
    """Indicators of blocks and covariates, each less its mean."""
    return tuple(column - np.mean(column) for column in trial.regressors())


def _arm_weights(trial: Trial, options: Options, counted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The fit weights that each row has as a treated one and as a control."""
    own = counted if trial.precision is None else counted * trial.precision
    if trial.probability is None:
        return own, own
    if options.estimand == "ATT":
        return own, own * trial.probability / (1 - trial.probability)
    return own / trial.probability, own / (1 - trial.probability)


def _by_arm(
    units: _Units,
    block: IntArray,
    counted: FloatArray,
    weights: tuple[FloatArray, FloatArray],
    means_of: Callable[[FloatArray, FloatArray, int], FloatArray],
    *,
    of_treated: bool,
) -> Statistic:
    """A regression in each arm on blocks and covariates, or in each arm of a block, read at the means of the target."""
    trial = units.trial
    root = np.sqrt(weights[0])
    regressors = np.column_stack([np.ones(len(root)), *_centred(trial)])
    fit = _linalg.least_squares(regressors * root[:, None], root * trial.response)
    p = trial.covariates.shape[1]
    covariates = fit.basis[:, fit.basis.shape[1] - p :] / root[:, None]  # less their blocks' means: no prediction moves
    values = np.column_stack([fit.residuals / root, trial.treated, covariates])  # nor does the effect
    squares = [covariates[:, i] * values[:, j] for i in range(p) for j in (*range(2), *range(2 + i, 2 + p))]
    moments = np.column_stack([np.ones(len(root)), values, *squares])
    target = np.column_stack([np.ones(len(root)), covariates]) * counted[:, None]
    stratum = units.first(block)
    places = [np.flatnonzero(stratum == b) for b in range(int(block.max()) + 1)]
    sums = [units.sums(moments * own[:, None]) for own in weights]
    sums.append(units.sums(target))
    summed = [[columns_of(own[rows], rows) for own in sums] for rows in places]
    totals = [[np.sum(own[rows], axis=0) for own in sums] for rows in places]

    def statistic(assignments: Assignments) -> FloatArray:
        arms = ([], [])  # type: tuple[list[FloatArray], list[FloatArray]]
        over: list[FloatArray] = []
        for of, total in zip(summed, totals, strict=True):
            treated = of[0].sums(assignments)
            control = treated if weights[0] is weights[1] else of[1].sums(assignments)
            arms[0].append(treated)
            arms[1].append(total[1] - control)
            drawn = of[2].sums(assignments) if of_treated else np.broadcast_to(total[2], (len(assignments), 1 + p))
            over.append(drawn)
        means = [means_of(np.array(arm), np.array(over), p) for arm in arms]
        return means[0] - means[1]

    return statistic


def _arm_means(moments: FloatArray, target: FloatArray, p: int) -> FloatArray:
    """(rows, 2): the predicted mean of outcome and treatment in one arm, from (blocks, rows, ·) sums.

    Moments are, for every block, Σv, Σv(y, d, z) and, for each covariate i, Σv z_i(y, d, z_i, z_{i+1}, …).
    """
    weight = moments[:, :, 0]
    exists = np.min(weight, axis=0) > EXISTS * np.max(weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = moments[:, :, 1 : 3 + p] / weight[:, :, None]
        share = target[:, :, 0] / np.sum(target[:, :, 0], axis=0)
        away = target[:, :, 1:] / target[:, :, :1] - means[:, :, 2:]  # from the arm's own means to the target's
        found = np.sum(share[:, :, None] * means[:, :, :2], axis=0)
    if p:
        with np.errstate(invalid="ignore"):
            gram, cross = _within(moments, means, p)
        regular = exists & np.all(np.isfinite(gram), axis=(1, 2))
        regular[regular] = np.linalg.eigvalsh(gram[regular])[:, 0] > EXISTS
        exists = regular
        slopes = np.linalg.solve(gram[exists], cross[exists])
        distance = np.sum(share[:, :, None] * away, axis=0)[exists]
        found[exists] += np.einsum("ri,rij->rj", distance, slopes)
    found[~exists] = np.nan
    return np.asarray(found)


def _block_means(moments: FloatArray, target: FloatArray, p: int) -> FloatArray:
    """The same of a regression in each block by itself."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = target[:, :, 0] / np.sum(target[:, :, 0], axis=0)
    alone = [_arm_means(moments[b : b + 1], target[b : b + 1], p) for b in range(len(moments))]
    return np.asarray(np.sum(share[:, :, None] * np.array(alone), axis=0))


def _within(moments: FloatArray, means: FloatArray, p: int) -> tuple[FloatArray, FloatArray]:
    """The (rows, p, p) and (rows, p, 2) sums of squares and products within blocks."""
    rows = moments.shape[1]
    gram, cross = np.empty((rows, p, p)), np.empty((rows, p, 2))
    column = 3 + p
    for i in range(p):
        width = 2 + p - i
        left = moments[:, :, 3 + i]
        others = np.concatenate([means[:, :, :2], means[:, :, 2 + i :]], axis=2)
        products = np.sum(moments[:, :, column : column + width] - left[:, :, None] * others, axis=0)
        cross[:, i] = products[:, :2]
        gram[:, i, i:] = gram[:, i:, i] = products[:, 2:]
        column += width
    return gram, cross

"""The joint covariance of the means of several trials on units in common.

Each trial's covariance is a sum over units (or clusters, or pairs) of the outer product of scores, Σ_g s_gi s_gi', the
factor of its convention in them by the root. Between two trials it is Σ_g s_gi s_gj' over the units they have in common
(seemingly unrelated estimates: Zellner 1962, doi:10.1080/01621459.1962.10480664, with the sandwich of Weesie 1999,
Stata Technical Bulletin 52, 34–47): the cluster-robust covariance of the stacked, block-diagonal regression, in which a
unit is the cluster of its rows. Under a superpopulation what drawn covariates move the means by is a second such sum.

The scores of pairs and of Horvitz–Thompson hold the level of the outcome, which cancels in a difference, or between two
outcomes: its square would leave no digits of that. Of these the root of the sum is held too, of the scores of the
difference and of the counterfactual mean: with S = BD, D the lengths of the columns, it is (B'B)^½ D, which rounding
moves by the size of a column times that of a float, whatever the others are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from effekt import _linalg
from effekt._inference import StudentT
from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.horvitz_thompson import total_scores
from effekt.estimators.randomized.inference import covariate_moves, samples_covariates
from effekt.estimators.randomized.pairs import pair_terms
from effekt.estimators.randomized.trial import Fitted
from effekt.estimators.randomized.weighting import weighting_of
from effekt.tables.table import CANONICAL_ROWS

ROWS = 4096  # rows of a product: small enough that no thread shares its sums


Rows: TypeAlias = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What each unit adds to the two means of a trial: `values` (G, 2), a row for each of the distinct `units` (G,).

    Units are whole numbers from 0.
    """

    units: IntArray
    values: FloatArray


def joint_covariance(
    trials: Sequence[Fitted], options: Sequence[Options], units: Sequence[IntArray]
) -> tuple[Rows, Rows | None]:
    """(2k, 2k): covariance of (treated₁, counterfactual₁, treated₂, …), and its root where scores hold the level.

    Both are zero for a trial without inference.

    Parameters
    ----------
    trials, options : sequences of length k
    units : sequence of (n,) arrays
        For each row of each trial the unit, cluster or pair that it belongs to, named alike in all trials.
    """
    size = 2 * len(trials)
    covariance = np.zeros((size, size))
    parts = [_scores(*one) if _known(one[0]) else [] for one in zip(trials, options, units, strict=True)]
    stacks = [
        _stacked([own[place] if place < len(own) else None for own in parts]) for place in range(max(map(len, parts)))
    ]
    for stack in stacks:
        covariance += _products(stack)
    for i, one in enumerate(trials):
        own = slice(2 * i, 2 * i + 2)
        if isinstance(one.effect.inference, StudentT):
            first, cross, second = one.effect.inference.covariance
            covariance[own, own] = [[first, cross], [cross, second]]
    with_level = options[0].pairs is not None or options[0].horvitz_thompson
    return _rows((covariance + covariance.T) / 2), _rows(_root(stacks[0])) if with_level else None


def _rows(matrix: FloatArray) -> Rows:
    return tuple(tuple(map(float, row)) for row in matrix)


def _known(one: Fitted) -> bool:
    return isinstance(one.effect.inference, StudentT)


def _stacked(parts: Sequence[Scores | None]) -> FloatArray:
    """The scores side by side, a row for each unit, in an order that is that of the scores themselves.

    Beyond `CANONICAL_ROWS` it is that of the data, as everywhere.
    """
    last = max(int(np.max(part.units)) for part in parts if part is not None)
    stacked = np.zeros((last + 1, 2 * len(parts)))
    for i, part in enumerate(parts):
        if part is not None:
            stacked[part.units, 2 * i : 2 * i + 2] = part.values
    if len(stacked) <= CANONICAL_ROWS:
        stacked = stacked[np.lexsort(stacked.T)]
    return stacked


def _products(stacked: FloatArray) -> FloatArray:
    """Σ_g s_g s_g'."""
    total = np.zeros((stacked.shape[1], stacked.shape[1]))
    for first in range(0, len(stacked), ROWS):
        total += stacked[first : first + ROWS].T @ stacked[first : first + ROWS]
    return total


def _root(stacked: FloatArray) -> FloatArray:
    """(2k, 2k): R with R'R = Σ_g s_g s_g' of the scores of (treated − counterfactual, counterfactual), side by side."""
    scores = stacked.copy()
    scores[:, ::2] -= scores[:, 1::2]
    sizes = np.sqrt(np.sum(scores**2, axis=0))
    sizes[sizes == 0] = 1.0
    triangle = np.zeros((0, len(sizes)))
    for first in range(0, len(scores), _linalg.QR_ROWS):
        below = scores[first : first + _linalg.QR_ROWS] / sizes
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, below]), mode="r"))
    _, values, axes = np.linalg.svd(triangle, full_matrices=False)
    root: FloatArray = (axes.T * values) @ axes * sizes
    return root


def _scores(one: Fitted, options: Options, units: IntArray) -> list[Scores]:
    """Those of the named variance, and of the drawn covariates where the standard error allows for them."""
    trial, model = one.trial, one.model
    if options.pairs is not None:
        first, terms = pair_terms(trial, options)
        centred = terms - terms.mean(axis=0)
        return [_sorted(units[first], np.sqrt(len(terms) / (len(terms) - 1)) * centred)]
    if options.horvitz_thompson:
        first, totals = total_scores(trial)
        return [_by_unit(trial, units[first], totals) if trial.cluster is None else _sorted(units[first], totals)]
    variance = "HC2" if options.variance == "welch" else options.variance
    rows = np.zeros((len(trial.outcome), 2))
    for place, part in zip(model.places, _linalg.row_scores(variance, model.parts), strict=True):
        rows[place] = part
    found = [_by_unit(trial, units, rows)]
    if samples_covariates(trial, model, options):
        first, sums, counted = covariate_moves(trial, model, weighting_of(trial, options))
        moves = sums / counted
        found.append(_by_unit(trial, units, moves, first) if trial.cluster is None else _sorted(units[first], moves))
    return found


def _sorted(units: IntArray, values: FloatArray) -> Scores:
    order = np.argsort(units, kind="stable")
    return Scores(units=units[order], values=values[order])


def _by_unit(trial: Trial, units: IntArray, values: FloatArray, rows: IntArray | None = None) -> Scores:
    """The rows' scores summed over clusters. Without clusters a row that is repeated f times adds f outer products.

    Rows that are equal in every column have the same score, to the last bit, so that their order in the data is lost.
    """
    if trial.cluster is not None:
        names, position = np.unique(units, return_inverse=True)
        return Scores(units=names, values=np.column_stack([np.bincount(position, column) for column in values.T]))
    rows = np.arange(len(trial.outcome)) if rows is None else rows
    leader = _first_alike(trial)[rows]
    place = np.zeros(len(trial.outcome), np.intp)
    place[rows] = np.arange(len(rows))
    values = values[place[leader]]
    names, first, count = np.unique(units[rows], return_index=True, return_counts=True)
    return Scores(units=names, values=values[first] * np.sqrt(count)[:, None])


def _first_alike(trial: Trial) -> IntArray:
    """For each row the first of the rows beside it that equal it in every column."""
    named = (trial.block, trial.sampling, trial.precision, trial.probability, trial.exposure)
    columns = [trial.outcome, trial.treated, *trial.covariates.T, *(column for column in named if column is not None)]
    changed = np.ones(len(trial.outcome), bool)
    changed[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.maximum.accumulate(np.where(changed, np.arange(len(changed)), 0))

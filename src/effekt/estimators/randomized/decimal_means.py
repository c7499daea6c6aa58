"""The means of a trial in blocks or pairs from the decimals a reader sees, where outcomes may cancel.

Without covariates the two means are weighted sums of the outcomes. With S_ab the sum of the outcomes of arm a in
block b, n_ab its rows, n_b those of both arms and c_b how many the block counts for::

    none, lin   μ_a = Σ_b c_b S_ab/n_ab / Σ_b c_b
    additive    τ = Σ_b (n_0b S_1b − n_1b S_0b)/n_b / Σ_b n_1b n_0b/n_b
                μ_0 = Σ_b c_b (S_1b + S_0b − τ n_1b)/n_b / Σ_b c_b,    μ_1 = μ_0 + τ

Blocks with the same n_1b and n_0b are one sum. Where clusters count equally, n counts them and a row is divided by the
size of its cluster. Floats of outcomes that nearly cancel leave a mean as many digits less as it is smaller than they;
sums of decimals lose none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from effekt._decimals import LONGEST, SHORT, decimal_integers, decimal_total
from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial

FEW = 250  # rows for each cell from which cells are summed one by one
SAMPLE = 16  # numbers that tell mostly whether all are short decimals
SPLIT = 2.0**26  # halves of numbers below 2⁵⁰ whose sums over 2²⁷ rows are exact


def decimal_means(trial: Trial, options: Options) -> tuple[Fraction, Fraction] | None:
    """The treated and the counterfactual mean; None with covariates, and where rows have weights of their own."""
    weights = (trial.sampling, trial.precision, trial.probability, trial.exposure)
    if trial.names or any(one is not None for one in weights):
        return None
    block = _numbered(trial)
    treated, control = _sizes(trial, options, block)
    _, one, kind = np.unique(treated * (len(block) + 1) + control, return_index=True, return_inverse=True)
    blocks, of_row = np.bincount(kind).tolist(), kind[block]
    rows = None
    if options.cluster_weighted and trial.cluster is not None:
        rows = np.bincount(trial.cluster)[trial.cluster]
    sums = [_sums(trial.outcome[arm], of_row[arm], None if rows is None else rows[arm], len(one)) for arm in trial.arms]
    counts = list(zip(treated[one].tolist(), control[one].tolist(), strict=True))
    counted = [first + (second if options.estimand == "ATE" else 0) for first, second in counts]
    if options.adjustment == "additive" and trial.pair is None:
        return _common(counts, counted, blocks, sums)
    whole = sum(c * many for c, many in zip(counted, blocks, strict=True))
    first, second = (
        sum((own * Fraction(c, n[arm]) for own, c, n in zip(sums[arm], counted, counts, strict=True)), Fraction(0))
        for arm in (0, 1)
    )
    return first / whole, second / whole


def _common(
    counts: Sequence[tuple[int, int]], counted: Sequence[int], blocks: Sequence[int], sums: Sequence[Sequence[Fraction]]
) -> tuple[Fraction, Fraction]:
    """The means of one effect in all blocks, which count for it by their precision."""
    effect, level, moved = Fraction(0), Fraction(0), Fraction(0)
    precision = whole = Fraction(0)
    for (n1, n0), c, many, first, second in zip(counts, counted, blocks, *sums, strict=True):
        effect += (n0 * first - n1 * second) / (n1 + n0)
        precision += Fraction(many * n1 * n0, n1 + n0)
        level += (first + second) * Fraction(c, n1 + n0)
        moved += Fraction(many * c * n1, n1 + n0)
        whole += many * c
    effect /= precision
    counterfactual = (level - effect * moved) / whole
    return counterfactual + effect, counterfactual


def _numbered(trial: Trial) -> IntArray:
    """(n,): the block or pair of each row, 0 to B − 1; one for all where there are none."""
    names = trial.block if trial.pair is None else trial.pair
    if names is None:
        return np.zeros(len(trial.outcome), np.intp)
    numbers: IntArray = (np.cumsum(np.bincount(names) > 0) - 1)[names]
    return numbers


def _sizes(trial: Trial, options: Options, block: IntArray) -> tuple[IntArray, IntArray]:
    """(B,): units, or clusters where these count equally, of the treated and of the controls of each block."""
    units = trial.drawn if options.cluster_weighted else slice(None)
    arm, names = trial.treated[units], block[units]
    treated, control = (np.bincount(names[own], minlength=int(block.max()) + 1) for own in (arm, ~arm))
    return treated, control


def _sums(values: FloatArray, kind: IntArray, sizes: IntArray | None, count: int) -> list[Fraction]:
    """For each kind the sum of value / size."""
    if sizes is None:
        totals, scale = cell_totals(values, kind, count)
        return [Fraction(total, scale) for total in totals]
    several, place = np.unique(sizes, return_inverse=True)
    totals, scale = cell_totals(values, kind * len(several) + place, count * len(several))
    found = [Fraction(0)] * count
    for cell, total in enumerate(totals):
        found[cell // len(several)] += Fraction(total, scale * int(several[cell % len(several)]))
    return found


def cell_totals(values: FloatArray, cells: IntArray, count: int) -> tuple[list[int], int]:
    """The sum of the shortest decimals in each of the cells 0 to count − 1, as whole numbers over a power of ten."""
    short = _short(values)
    if short is not None:
        whole, places = short
        high = np.floor(whole / SPLIT)
        halves = [np.bincount(cells, half, count).tolist() for half in (high, whole - high * SPLIT)]
        return [(int(first) << 26) + int(second) for first, second in zip(*halves, strict=True)], 10**places
    order = np.argsort(cells.astype(np.min_scalar_type(count)), kind="stable")
    ends = np.cumsum(np.bincount(cells, minlength=count)).tolist()
    pieces = list(zip([0, *ends[:-1]], ends, strict=True))
    if len(values) >= FEW * count:
        totals = [decimal_total(values[order[first:last]]) for first, last in pieces]
        scale = math.lcm(*(one.denominator for one in totals))
        return [one.numerator * (scale // one.denominator) for one in totals], scale
    integers, scale = decimal_integers(values[order])
    return [sum(integers[first:last]) for first, last in pieces], scale


def _short(values: FloatArray) -> tuple[FloatArray, int] | None:
    """The values as whole numbers of at most 15 digits over 10^places, and places; None where one is not.

    A decimal of 15 digits is the only one of so few that is read as its double.
    """
    for places in range(SHORT + 1):
        for some in (values[:SAMPLE], values):
            whole = np.rint(some * 10.0**places)
            if np.max(np.abs(whole), initial=0.0) >= LONGEST:
                return None
            if not np.array_equal(whole / 10.0**places, some):
                break
        else:
            return whole, places
    return None

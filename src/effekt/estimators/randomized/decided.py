"""The adjusted statistic under one assignment, as a fraction of the decimals a reader sees.

The formulas of `rerandomized` and `paired_lots` in whole numbers: no statistic moves with the level or the unit of a
covariate, nor with the unit of weights, so that each column is made whole by itself. One assignment takes far longer
than there; asked are only those that floats cannot tell from the actual one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from effekt._decimals import decimal_integers
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.assignments import Scheme
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.lots import Assignments, n_words
from effekt.estimators.randomized.moments import Whole
from effekt.estimators.randomized.rerandomized import Statistic

MOST_KEPT = 2**24  # bytes of assignments that are kept to be looked at again
MOST_KNOWN = 2**12  # sums of which the statistic is remembered
MOST_BITS = 2**26  # of whole numbers in one column

Pair: TypeAlias = tuple[Fraction, Fraction]
Column: TypeAlias = list[Fraction]
Sums: TypeAlias = tuple[tuple[int, ...], ...]  # of each block
OneStatistic: TypeAlias = Callable[[BoolArray], Pair | None]
"""A and B from the (G,) treated of an assignment, in the order of the scheme; None where it does not exist."""


@dataclass(slots=True, kw_only=True, eq=False)
class Keeping:
    """A statistic that keeps the assignments under which it exists, unless they are too many to keep."""

    statistic: Statistic
    kept: list[Assignments] = field(default_factory=list)

    def __call__(self, assignments: Assignments) -> FloatArray:
        """The statistic, as it is."""
        found = self.statistic(assignments)
        self.kept.append(assignments[~np.isnan(found).any(axis=1)])
        return found

    def treated(self, row: int, units: int) -> BoolArray:
        """(G,): who is treated in one of those kept."""
        for some in self.kept:
            if row < len(some):
                return np.unpackbits(some[row], count=units, bitorder="little").astype(bool)
            row -= len(some)
        raise IndexError(row)


def few_enough(scheme: Scheme, draws: int) -> bool:
    """Whether all assignments of a scheme, or so many, can be kept."""
    return (scheme.count if scheme.few else draws) * 8 * n_words(len(scheme.order)) <= MOST_KEPT


def decided_statistic(trial: Trial, options: Options, scheme: Scheme) -> OneStatistic | None:
    """The statistic of the design and adjustment; None where its numbers have too many digits."""
    rows = _rows_of(trial, options)
    return None if rows is None else _pair_of(_Units(trial=trial, order=scheme.order), rows, options)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """(n,) columns of whole numbers: outcomes over `scale`, others over whatever makes them whole."""

    outcome: list[int]
    scale: int
    treated: list[int]
    covariates: list[list[int]]
    counted: list[int]
    weights: tuple[list[int], list[int]]
    chance: Column | None


def _rows_of(trial: Trial, options: Options) -> _Rows | None:
    n = len(trial.outcome)

    def column(values: FloatArray | None) -> Column:
        if values is None:
            return [Fraction(1)] * n
        listed, scale = decimal_integers(values)
        return [Fraction(one, scale) for one in listed]

    exposure = column(trial.exposure)
    counted = [a * b for a, b in zip(column(trial.sampling), exposure, strict=True)]
    if options.cluster_weighted and trial.cluster is not None:
        codes, whole = trial.cluster.tolist(), {}  # type: list[int], dict[int, Fraction]
        for code, one in zip(codes, counted, strict=True):
            whole[code] = whole.get(code, Fraction(0)) + one
        counted = [one / whole[code] for code, one in zip(codes, counted, strict=True)]
    own = [a * b for a, b in zip(counted, column(trial.precision), strict=True)]
    chance = None if trial.probability is None else column(trial.probability)
    arms = own, own
    if chance is not None:
        of_treated = options.estimand == "ATT"
        arms = (
            own if of_treated else [w / p for w, p in zip(own, chance, strict=True)],
            [w * (p if of_treated else 1) / (1 - p) for w, p in zip(own, chance, strict=True)],
        )
    response = [y / e for y, e in zip(column(trial.outcome), exposure, strict=True)]
    scales = [_scale(one) for one in (response, counted, *arms, *([chance] if chance else []))]
    if n * sum(scale.bit_length() for scale in scales) > MOST_BITS:
        return None
    return _Rows(
        outcome=_whole(response, scales[0]),
        scale=scales[0],
        treated=[int(one) for one in trial.treated.tolist()],
        covariates=[_less_least(decimal_integers(one)[0]) for one in trial.columns],
        counted=_whole(counted, scales[1]),
        weights=(_whole(arms[0], scales[2]), _whole(arms[1], scales[3])),
        chance=chance,
    )


def _scale(column: Column) -> int:
    """The least that makes a column whole."""
    return math.lcm(*{one.denominator for one in column})


def _whole(column: Column, scale: int) -> list[int]:
    return [one.numerator * (scale // one.denominator) for one in column]


def _less_least(column: list[int]) -> list[int]:
    least = min(column)
    return [one - least for one in column]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """What is assigned, in the order of the scheme."""

    trial: Trial
    order: IntArray

    def sums(self, columns: Iterable[Sequence[int]]) -> Whole:
        """(c, G): columns of rows, summed over what is assigned."""
        listed = np.array([list(column) for column in columns], object)
        if self.trial.cluster is None:
            return listed[:, self.order]
        unit = np.unique(self.trial.cluster, return_inverse=True)[1]
        found = np.zeros((len(listed), int(unit.max()) + 1), object)
        for own, column in zip(found, listed, strict=True):
            np.add.at(own, unit, column)
        return found[:, self.order]

    def blocks(self, groups: IntArray | None) -> list[IntArray]:
        """The places of each block."""
        if groups is None:
            return [np.arange(len(self.order))]
        own = groups[self.trial.drawn][self.order]
        return [np.flatnonzero(own == block) for block in np.unique(own)]


def _pair_of(units: _Units, rows: _Rows, options: Options) -> OneStatistic:
    trial = units.trial
    if options.horvitz_thompson:
        return _horvitz_thompson(units, rows)
    if trial.pair is not None and trial.names:
        return _by_pair(units, rows, options)
    if options.adjustment == "additive":
        return _additive(units, rows)
    return _by_arm(units, rows, options)


def _horvitz_thompson(units: _Units, rows: _Rows) -> OneStatistic:
    """Each outcome over the probability of its arm, over all units."""
    assert rows.chance is not None
    n = len(rows.outcome)
    sides = []
    for values, unit in ((rows.outcome, rows.scale), (rows.treated, 1)):
        control = [v / (1 - p) / (n * unit) for v, p in zip(values, rows.chance, strict=True)]
        both = [v / p / (n * unit) + c for v, p, c in zip(values, rows.chance, control, strict=True)]
        scale = _scale(both)
        sides.append((units.sums([_whole(both, scale)])[0], scale, sum(control, Fraction(0))))

    def pair(treated: BoolArray) -> Pair:
        a, b = (Fraction(int(np.sum(column[treated])), scale) - less for column, scale, less in sides)
        return a, b

    return pair


def _products(weights: list[int], *columns: Sequence[int]) -> list[int]:
    found = weights
    for column in columns:
        found = [a * b for a, b in zip(found, column, strict=True)]
    return found


def _additive(units: _Units, rows: _Rows) -> OneStatistic:
    """The coefficient of the drawn treatment beside blocks and covariates."""
    values = [rows.outcome, rows.treated, *rows.covariates]
    v = rows.weights[0]
    whole = units.sums([v, *(_products(v, one) for one in values)])
    blocks = units.blocks(units.trial.block)
    totals = [whole[:, places].sum(axis=1).tolist() for places in blocks]
    sums = [units.sums([_products(v, x, one) for one in values]).sum(axis=1).tolist() for x in rows.covariates]
    gram = [[Fraction(one) for one in row] for row in sums]
    for i, row in enumerate(gram):
        for j in range(len(values)):
            row[j] -= sum(Fraction(own[3 + i] * own[1 + j], own[0]) for own in totals)
    inner, cross = [row[2:] for row in gram], [row[:2] for row in gram]

    @lru_cache(maxsize=MOST_KNOWN)
    def of_sums(treated: Sums) -> Pair | None:
        square, products = Fraction(0), [Fraction(0)] * len(values)
        for own, total in zip(treated, totals, strict=True):
            square += Fraction(own[0] * (total[0] - own[0]), total[0])
            for j in range(len(values)):
                products[j] += Fraction(own[1 + j] * total[0] - own[0] * total[1 + j], total[0])
        slopes = solved(inner, [[one] for one in products[2:]])
        if slopes is None:
            return None
        left = square - sum(s[0] * x for s, x in zip(slopes, products[2:], strict=True))
        if not left:
            return None
        a, b = (products[j] - sum(s[0] * c[j] for s, c in zip(slopes, cross, strict=True)) for j in (0, 1))
        return a / left / rows.scale, b / left

    return lambda treated: of_sums(
        tuple(tuple(whole[:, places[treated[places]]].sum(axis=1).tolist()) for places in blocks)
    )


def _by_arm(units: _Units, rows: _Rows, options: Options) -> OneStatistic:
    """A regression in each arm on blocks and covariates, or in each arm of a block, read at the means of the target."""
    trial, x = units.trial, rows.covariates
    values = [rows.outcome, rows.treated, *x]
    pairs = [(i, j) for i in range(len(x)) for j in (0, 1, *range(2 + i, 2 + len(x)))]
    arms = [
        units.sums([v, *(_products(v, one) for one in values), *(_products(v, x[i], values[j]) for i, j in pairs)])
        for v in rows.weights
    ]
    target = units.sums([rows.counted, *(_products(rows.counted, one) for one in x)])
    blocks = units.blocks(trial.block if trial.pair is None else trial.pair)
    apart = options.adjustment == "lin_by_block"

    def sums(columns: Whole, chosen: BoolArray) -> list[tuple[int, ...]]:
        return [tuple(columns[:, places[chosen[places]]].sum(axis=1).tolist()) for places in blocks]

    @lru_cache(maxsize=MOST_KNOWN)
    def of_sums(treated: Sums, control: Sums, over: Sums) -> Pair | None:
        means = []
        for own in (treated, control):
            parts = [[one] for one in zip(own, over, strict=True)] if apart else [list(zip(own, over, strict=True))]
            found = [_mean(part, pairs, len(x)) for part in parts]
            if None in found:
                return None
            means.append([sum((one[j] for one in found if one is not None), Fraction(0)) for j in (0, 1)])
        whole = sum(one[0] for one in over)
        a, b = ((means[0][j] - means[1][j]) / whole for j in (0, 1))
        return a / rows.scale, b

    everyone = np.ones(len(units.order), bool)

    def pair(treated: BoolArray) -> Pair | None:
        over = sums(target, treated if options.estimand == "ATT" else everyone)
        return of_sums(tuple(sums(arms[0], treated)), tuple(sums(arms[1], ~treated)), tuple(over))

    return pair


def _mean(part: Sequence[tuple[Sequence[int], Sequence[int]]], pairs: Sequence[tuple[int, int]], p: int) -> Pair | None:
    """Predicted outcome and treatment in one arm, summed over the target, from sums of blocks there and in it."""
    gram = [[Fraction(0)] * (2 + p) for _ in range(p)]
    sums, away = [Fraction(0)] * 2, [Fraction(0)] * p
    for own, over in part:
        if not own[0]:
            return None
        for place, (i, j) in enumerate(pairs):
            gram[i][j] += Fraction(own[3 + p + place] * own[0] - own[3 + i] * own[1 + j], own[0])
        for j in (0, 1):
            sums[j] += Fraction(over[0] * own[1 + j], own[0])
        for i in range(p):
            away[i] += over[1 + i] - Fraction(over[0] * own[3 + i], own[0])
    for i in range(p):
        for j in range(i):
            gram[i][2 + j] = gram[j][2 + i]
    slopes = solved([row[2:] for row in gram], [row[:2] for row in gram])
    if slopes is None:
        return None
    a, b = (sums[j] + sum(d * s[j] for d, s in zip(away, slopes, strict=True)) for j in (0, 1))
    return a, b


def _by_pair(units: _Units, rows: _Rows, options: Options) -> OneStatistic:
    """The constant of the pairs' differences on those of covariates and, under "lin", their means."""
    sizes = units.sums([[1] * len(rows.outcome)])[0].tolist()
    each = math.lcm(*sizes)
    sums = units.sums([rows.outcome, rows.treated, *rows.covariates])
    means = np.array([[one * (each // size) for one, size in zip(row, sizes, strict=True)] for row in sums], object)
    first, second = means[:, ::2], means[:, 1::2]
    apart, middle = first - second, (first + second)[2:]
    count = apart.shape[1]
    still = middle * count - middle.sum(axis=1)[:, None] if options.adjustment == "lin" else middle[:0]

    def pair(treated: BoolArray) -> Pair | None:
        turned = apart * np.where(treated[::2], 1, -1).astype(object)
        columns = [np.ones(count, object), *turned[2:], *still]
        gram = [[Fraction(int(np.sum(a * b))) for b in columns] for a in columns]
        found = solved(gram, [[Fraction(int(np.sum(a * b))) for b in turned[:2]] for a in columns])
        return None if found is None else (found[0][0] / (each * rows.scale), found[0][1] / each)

    return pair


def solved(matrix: Sequence[Sequence[Fraction]], sides: Sequence[Sequence[Fraction]]) -> list[list[Fraction]] | None:
    """(p, m): a (p, p) matrix's solutions for m sides, by elimination; None where it is singular."""
    rows = [[*left, *right] for left, right in zip(matrix, sides, strict=True)]
    p = len(rows)
    for i in range(p):
        pivot = next((r for r in range(i, p) if rows[r][i]), None)
        if pivot is None:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [one / rows[i][i] for one in rows[i]]
        for r in range(p):
            factor = rows[r][i]
            if r != i and factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[p:] for row in rows]

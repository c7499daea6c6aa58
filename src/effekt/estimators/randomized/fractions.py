"""The difference in means under other assignments, as fractions of the decimals a reader sees.

With y in whole numbers over a power of ten, w_b = c_b / C what block b counts for, and s the sum over its n₁ treated::

    arms alike      A = Σ_b w_b n_b/(n₁n₀) Σ_i d*_i y_i − const    every assignment treats as many rows of each block
    arms unlike     A = Σ_b w_b (s₁/n₁ − s₀/n₀)                    clusters of unequal sizes; n₁ is the assignment's own

and B the same of the treatment that was. The first is one sum of whole numbers over a denominator that all share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

import numpy as np

from effekt._decimals import decimal_integers
from effekt._inference import ExactDraws
from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.assignments import Scheme
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.lots import Assignments
from effekt.estimators.randomized.moments import AT_ONCE, Parts, Whole, bits_of, pieces_of, summed_up
from effekt.estimators.randomized.rerandomized import whole_columns
from effekt.estimators.randomized.weighting import Weighting

Pair: TypeAlias = tuple[Fraction, Fraction]  # A and B


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactStatistic:
    """A and B of assignments, and the mean outcome and share of the treated in the target population."""

    pairs: Callable[[Assignments], list[Pair]]
    mean_outcome: Fraction
    share_treated: Fraction

    def draws(self, actual: Assignments, chunks: Iterator[Assignments]) -> ExactDraws:
        """Those of all chunks, beside the actual assignment's."""
        found = list(chain.from_iterable(map(self.pairs, chunks)))  # which keeps no chunk
        return ExactDraws(
            statistics=tuple(a for a, _ in found),
            exposures=tuple(b for _, b in found),
            estimate=self.pairs(actual)[0][0],
            mean_outcome=self.mean_outcome,
            share_treated=self.share_treated,
        )


def exact_statistic(trial: Trial, options: Options, weighting: Weighting, scheme: Scheme) -> ExactStatistic | None:
    """The statistic where it is a difference in plain means, by block or not; None where it is another."""
    weighted = weighting.fit is not None or weighting.counted is not None or trial.probability is not None
    groups = trial.block if trial.pair is None else trial.pair
    if trial.names or weighted or (options.adjustment == "additive" and groups is not None):
        return None
    units, mean_outcome, share_treated = _units_of(trial, scheme, groups, of_treated=options.estimand == "ATT")
    firsts = np.unique(units.stratum, return_index=True)[1]
    alike = np.array_equal(units.size, units.size[firsts][units.stratum])
    return ExactStatistic(
        pairs=(units.alike if alike else units.unlike)(of_treated=options.estimand == "ATT"),
        mean_outcome=mean_outcome,
        share_treated=share_treated,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Decimals:
    """Decimals as whole numbers over a scale, less their middle; read anew for each part that is asked for.

    All of them as Python's integers would take more room than the rest of a trial.
    """

    values: FloatArray
    scale: int
    middle: int

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> Whole:
        listed, own = decimal_integers(self.values[rows])
        return np.array([one * (self.scale // own) - self.middle for one in listed], object)


def _less_middle(values: FloatArray) -> _Decimals:
    """Small whole numbers, which no difference tells from the decimals."""
    sums: dict[int, int] = {}
    for first in range(0, len(values), AT_ONCE):
        listed, own = decimal_integers(values[first : first + AT_ONCE])
        sums[own] = sums.get(own, 0) + sum(listed)
    scale = max(sums)
    return _Decimals(
        values=values,
        scale=scale,
        middle=sum(total * (scale // own) for own, total in sums.items()) // len(values),
    )


def _sums(column: Parts, groups: Whole, count: int) -> Whole:
    """(count,): the sum of whole numbers in each of the groups 0, 1, …"""
    found = np.zeros(count, object)
    for first in range(0, len(column), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        np.add.at(found, groups[rows], column[rows])
    return found


def _units_of(
    trial: Trial, scheme: Scheme, groups: IntArray | None, *, of_treated: bool
) -> tuple[_Units, Fraction, Fraction]:
    """What is assigned, in the order of the scheme, and the target's mean outcome and share of the treated."""
    rows: IntArray | slice = (
        scheme.order if trial.cluster is None else slice(None)
    )  # numbers of units are made in order
    read = _less_middle(trial.outcome[rows])
    outcome: Parts = read
    treated: Whole = trial.treated[rows].astype(np.uint8)
    target = treated if of_treated else np.ones(len(treated), np.uint8)
    count = int(target.sum())
    mean_outcome = Fraction(int(_sums(outcome, target, 2)[1]) + read.middle * count, count * read.scale)
    share_treated = Fraction(int(treated[target == 1].sum()), count)
    size: Whole = np.ones(len(treated), np.uint8)
    if trial.cluster is not None:
        unit = np.unique(trial.cluster, return_inverse=True)[1]
        size = np.bincount(unit)[scheme.order]
        outcome = _sums(outcome, unit, len(size))[scheme.order]
        treated = np.bincount(unit, treated).astype(np.intp)[scheme.order]
    units = _Units(
        outcome=outcome, treated=treated, size=size, stratum=_strata(trial, scheme, groups), scale=read.scale
    )
    return units, mean_outcome, share_treated


def _strata(trial: Trial, scheme: Scheme, groups: IntArray | None) -> Whole:
    """(G,): the block or pair of what is assigned, from 0."""
    if groups is None:
        return np.zeros(len(scheme.order), np.uint8)
    return np.unique(groups, return_inverse=True)[1][trial.drawn][scheme.order]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """(G,) of what is assigned: sums of outcomes and treatment, rows, and the block; outcomes are over `scale`."""

    outcome: Parts
    treated: Whole
    size: Whole
    stratum: Whole
    scale: int

    def alike(self, *, of_treated: bool) -> Callable[[Assignments], list[Pair]]:
        """A sum over the treated less a constant, over one denominator."""
        n = np.bincount(self.stratum, self.size).astype(np.int64).tolist()
        n_treated = np.bincount(self.stratum, self.treated).astype(np.int64).tolist()
        counted = n_treated if of_treated else n
        apart = math.lcm(*(one * (whole - one) for one, whole in zip(n_treated, n, strict=True)))
        weight = [c * apart // (one * (whole - one)) for c, one, whole in zip(counted, n_treated, n, strict=True)]
        over = sum(counted) * apart
        columns: list[Parts] = [self.outcome, self.treated]
        totals = [
            self._total(column, [w * one for w, one in zip(weight, n_treated, strict=True)]) for column in columns
        ]
        factors = [w * whole for w, whole in zip(weight, n, strict=True)]
        common = math.gcd(*factors)
        if any(factor != common for factor in factors):
            of_unit = np.array([factor // common for factor in factors], object)[self.stratum]
            columns = [column[:] * of_unit for column in columns]
        sums, scale = _sums_of(columns), self.scale

        def pairs(assignments: Assignments) -> list[Pair]:
            a, b = (common * found - total for found, total in zip(sums(assignments), totals, strict=True))
            known = {value: Fraction(value, over) for value in set(b.tolist())}
            return [(Fraction(own, over * scale), known[other]) for own, other in zip(a, b, strict=True)]

        return pairs

    def _total(self, column: Parts, factors: Sequence[int]) -> int:
        """The sum of all units, those of a block times its factor."""
        sums = _sums(column, self.stratum, len(factors))
        return sum(factor * own for factor, own in zip(factors, sums.tolist(), strict=True))

    def unlike(self, *, of_treated: bool) -> Callable[[Assignments], list[Pair]]:
        """Differences of the blocks' means, each arm over its own number of rows."""
        blocks = np.unique(self.stratum).tolist()
        columns = [
            np.where(self.stratum == b, column[:], 0).astype(object)
            for b in blocks
            for column in (self.outcome, self.treated, self.size)
        ]
        totals = [int(sum(column.tolist())) for column in columns]
        sums = _sums_of(columns)

        def pairs(assignments: Assignments) -> list[Pair]:
            return [self._pair(row, totals, of_treated=of_treated) for row in zip(*sums(assignments), strict=True)]

        return pairs

    def _pair(self, row: Sequence[int], totals: Sequence[int], *, of_treated: bool) -> Pair:
        each = [(row[i : i + 3], totals[i : i + 3]) for i in range(0, len(row), 3)]
        counted = [own[2] if of_treated else whole[2] for own, whole in each]
        values = [Fraction(0), Fraction(0)]
        for (own, whole), c in zip(each, counted, strict=True):
            below = own[2] * (whole[2] - own[2])
            for j in (0, 1):
                above = own[j] * (whole[2] - own[2]) - (whole[j] - own[j]) * own[2]
                values[j] += Fraction(c * above, sum(counted) * below)
        return values[0] / self.scale, values[1]


def _sums_of(columns: Sequence[Parts]) -> Callable[[Assignments], list[Whole]]:
    """The sum of each column of whole numbers over the treated, none of it rounded."""
    bits = bits_of(len(columns[0]))
    pieces, of = pieces_of(columns, bits)
    summed = whole_columns(pieces)
    return lambda assignments: summed_up(summed.sums(assignments), of, bits)

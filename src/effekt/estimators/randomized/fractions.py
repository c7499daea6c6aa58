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
from effekt.estimators.randomized.moments import AT_ONCE, Whole, bits_of, pieces_of, summed_up
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
    own, middle, scale = _less_middle(trial.outcome)
    treated = trial.treated.astype(np.uint8)
    target = trial.treated if options.estimand == "ATT" else np.ones(len(treated), bool)
    stratum = np.zeros(len(treated), np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(target.sum())
    mean_outcome = Fraction(sum(own[target].tolist()) + middle * count, count * scale)
    share_treated = Fraction(int(treated[target].sum()), count)
    units = _units_of(trial, scheme, own, treated, stratum, scale)
    del own, treated, stratum, target  # as large as the trial itself
    firsts = np.unique(units.stratum, return_index=True)[1]
    alike = np.array_equal(units.size, units.size[firsts][units.stratum])
    return ExactStatistic(
        pairs=(units.alike if alike else units.unlike)(of_treated=options.estimand == "ATT"),
        mean_outcome=mean_outcome,
        share_treated=share_treated,
    )


def _less_middle(values: FloatArray) -> tuple[Whole, int, int]:
    """Small whole numbers, which no difference tells from the decimals; what to add to each, and what they are over."""
    firsts = range(0, len(values), AT_ONCE)
    read = {first: decimal_integers(values[first : first + AT_ONCE]) for first in firsts}
    scale = max(own for _, own in read.values())
    middle = sum(sum(listed) * (scale // own) for listed, own in read.values()) // len(values)
    found = np.empty(len(values), object)
    for first in firsts:
        listed, own = read.pop(first)
        found[first : first + AT_ONCE] = [one * (scale // own) - middle for one in listed]
    return found, middle, scale


def _units_of(trial: Trial, scheme: Scheme, outcome: Whole, treated: Whole, stratum: IntArray, scale: int) -> _Units:
    """What is assigned, in the order of the scheme."""
    size: Whole = np.ones(len(treated), np.uint8)
    if trial.cluster is not None:
        unit = np.unique(trial.cluster, return_inverse=True)[1]
        size, sums = np.bincount(unit), np.zeros(int(unit.max()) + 1, object)
        np.add.at(sums, unit, outcome)
        outcome, treated = sums, np.bincount(unit, treated).astype(np.intp)
    return _Units(
        outcome=outcome[scheme.order],
        treated=treated[scheme.order],
        size=size[scheme.order],
        stratum=stratum[trial.drawn][scheme.order],
        scale=scale,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """(G,) of what is assigned: sums of outcomes and treatment, rows, and the block; outcomes are over `scale`."""

    outcome: Whole
    treated: Whole
    size: Whole
    stratum: IntArray
    scale: int

    def alike(self, *, of_treated: bool) -> Callable[[Assignments], list[Pair]]:
        """A sum over the treated less a constant, over one denominator."""
        n = np.bincount(self.stratum, self.size).astype(np.int64).tolist()
        n_treated = np.bincount(self.stratum, self.treated).astype(np.int64).tolist()
        counted = n_treated if of_treated else n
        apart = math.lcm(*(one * (whole - one) for one, whole in zip(n_treated, n, strict=True)))
        weight = [c * apart // (one * (whole - one)) for c, one, whole in zip(counted, n_treated, n, strict=True)]
        over = sum(counted) * apart
        columns = [self.outcome, self.treated]
        totals = [
            self._total(column, [w * one for w, one in zip(weight, n_treated, strict=True)]) for column in columns
        ]
        factors = [w * whole for w, whole in zip(weight, n, strict=True)]
        common = math.gcd(*factors)
        if any(factor != common for factor in factors):
            of_unit = np.array([factor // common for factor in factors], object)[self.stratum]
            columns = [column * of_unit for column in columns]
        sums, scale = _sums_of(columns), self.scale

        def pairs(assignments: Assignments) -> list[Pair]:
            a, b = (common * found - total for found, total in zip(sums(assignments), totals, strict=True))
            known = {value: Fraction(value, over) for value in set(b.tolist())}
            return [(Fraction(own, over * scale), known[other]) for own, other in zip(a, b, strict=True)]

        return pairs

    def _total(self, column: Whole, factors: Sequence[int]) -> int:
        """The sum of all units, those of a block times its factor."""
        sums = np.zeros(len(factors), object)
        np.add.at(sums, self.stratum, column)
        return sum(factor * own for factor, own in zip(factors, sums.tolist(), strict=True))

    def unlike(self, *, of_treated: bool) -> Callable[[Assignments], list[Pair]]:
        """Differences of the blocks' means, each arm over its own number of rows."""
        blocks = np.unique(self.stratum).tolist()
        columns = [
            np.where(self.stratum == b, column, 0).astype(object)
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


def _sums_of(columns: Sequence[Whole]) -> Callable[[Assignments], list[Whole]]:
    """The sum of each column of whole numbers over the treated, none of it rounded."""
    bits = bits_of(len(columns[0]))
    pieces, of = pieces_of(columns, bits)
    summed = whole_columns(pieces)
    return lambda assignments: summed_up(summed.sums(assignments), of, bits)

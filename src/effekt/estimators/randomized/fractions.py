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
from typing import TypeAlias

import numpy as np

from effekt._decimals import decimal_integers
from effekt._inference import ExactDraws
from effekt._types import IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.assignments import Scheme
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.lots import Assignments
from effekt.estimators.randomized.moments import Whole, pieces_of, summed_up
from effekt.estimators.randomized.rerandomized import columns_of
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
        found = [pair for chunk in chunks for pair in self.pairs(chunk)]
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
    listed, scale = decimal_integers(trial.outcome)
    middle = sum(listed) // len(listed)
    own = np.array([one - middle for one in listed], object)  # small, and no difference feels it
    treated = trial.treated.astype(np.intp)
    target = trial.treated if options.estimand == "ATT" else np.ones(len(treated), bool)
    stratum = np.zeros(len(treated), np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    units = _units_of(trial, scheme, own, treated, stratum, scale)
    alike = all(len(set(units.size[units.stratum == b].tolist())) == 1 for b in np.unique(units.stratum))
    count = int(target.sum())
    return ExactStatistic(
        pairs=(units.alike if alike else units.unlike)(of_treated=options.estimand == "ATT"),
        mean_outcome=Fraction(sum(own[target].tolist()) + middle * count, count * scale),
        share_treated=Fraction(int(treated[target].sum()), count),
    )


def _units_of(trial: Trial, scheme: Scheme, outcome: Whole, treated: IntArray, stratum: IntArray, scale: int) -> _Units:
    """What is assigned, in the order of the scheme."""
    size = np.ones(len(treated), np.intp)
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
    treated: IntArray
    size: IntArray
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
        columns = [
            np.array([weight[b] * n[b] * value for b, value in zip(self.stratum.tolist(), column, strict=True)], object)
            for column in (self.outcome.tolist(), self.treated.tolist())
        ]
        totals = [
            sum(weight[b] * n_treated[b] * value for b, value in zip(self.stratum.tolist(), column, strict=True))
            for column in (self.outcome.tolist(), self.treated.tolist())
        ]
        sums = _sums_of(columns)

        def pairs(assignments: Assignments) -> list[Pair]:
            a, b = (found - total for found, total in zip(sums(assignments), totals, strict=True))
            known = {value: Fraction(value, over) for value in set(b.tolist())}
            return [(Fraction(own, over * self.scale), known[other]) for own, other in zip(a, b, strict=True)]

        return pairs

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
    bits = 50 - math.ceil(math.log2(len(columns[0]) + 1))
    pieces, of = pieces_of(columns, bits)
    summed = columns_of(np.column_stack(pieces))
    return lambda assignments: summed_up(summed.sums(assignments), of, bits)

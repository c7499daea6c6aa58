"""The assignments a design could have drawn: how many there are, all of them, or some at random.

What is assigned is a unit, or a cluster as a whole. Within each stratum (block, pair or the whole trial) a fixed number
is treated, every choice of them equally likely; or each is treated independently with a known probability of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.data import Trial, least, row_places
from effekt.estimators.randomized.lots import Assignments, fixed_numbers, independent, packed, pairs, rows_of_cells

MOST_LISTED = 100_000  # assignments; more are drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scheme:
    """How treatment was drawn; what is assigned stands stratum by stratum.

    Attributes
    ----------
    order : (G,) integer array
        Which unit or cluster of the trial (in `np.unique` order) stands in each place.
    sizes, treated : (S,) integer arrays
        How many are assigned in each stratum, and how many of them are treated.
    chances : (G,) array, optional
        The probability of treatment of each, where they are independent.
    """

    order: IntArray
    sizes: IntArray
    treated: IntArray
    chances: FloatArray | None

    @property
    def log_count(self) -> float:
        """Natural logarithm of how many equally likely assignments there are; infinite for independent draws."""
        if self.chances is not None:
            return math.inf
        strata = zip(self.sizes.tolist(), self.treated.tolist(), strict=True)
        return math.fsum(math.lgamma(n + 1) - math.lgamma(m + 1) - math.lgamma(n - m + 1) for n, m in strata)

    @property
    def few(self) -> bool:
        """Whether they can all be listed."""
        return self.log_count < math.log(MOST_LISTED) + 1e-6

    @property
    def opposed(self) -> bool:
        """Whether the opposite of every assignment could have been drawn as well."""
        return self.chances is None and bool(np.all(2 * self.treated == self.sizes))

    @property
    def count(self) -> int:
        """How many there are, where they are few."""
        return math.prod(math.comb(n, m) for n, m in zip(self.sizes.tolist(), self.treated.tolist(), strict=True))

    def every(self) -> Iterator[Assignments]:
        """Every assignment once, in chunks."""
        strata = [_choices(n, m) for n, m in zip(self.sizes.tolist(), self.treated.tolist(), strict=True)]
        shape = tuple(len(choices) for choices in strata)
        rows = rows_of_cells(len(self.order))
        for first in range(0, self.count, rows):
            numbers = np.arange(first, min(first + rows, self.count))
            chosen = np.unravel_index(numbers, shape)
            yield packed(np.column_stack([choices[own] for choices, own in zip(strata, chosen, strict=True)]))

    def drawn(self, rng: Generator) -> Iterator[Assignments]:
        """Assignments at random, in chunks without end."""
        if self.chances is not None:
            return independent(rng, self.chances)
        if np.all(self.sizes == 2):
            return pairs(rng, len(self.sizes))
        return fixed_numbers(rng, self.sizes, self.treated)


def scheme_of(trial: Trial, places: IntArray | None = None) -> Scheme:
    """The scheme of a trial's design; each stratum, and in it what is assigned, stands where its first row does.

    `places` (n,) are those of the rows, by their content if they are not given.
    """
    places = row_places(trial) if places is None else places
    drawn = trial.drawn
    first = places if trial.cluster is None else least(np.unique(trial.cluster, return_inverse=True)[1], places)
    if trial.probability is not None:
        order, count = np.argsort(first, kind="stable"), np.array([len(drawn)])
        return Scheme(order=order, sizes=count, treated=count, chances=trial.probability[drawn][order])
    groups = trial.block if trial.pair is None else trial.pair
    strata = np.zeros(len(drawn), np.intp) if groups is None else np.unique(groups[drawn], return_inverse=True)[1]
    strata = np.argsort(np.argsort(least(strata, first)))[strata]
    return Scheme(
        order=np.lexsort((first, strata)),
        sizes=np.bincount(strata),
        treated=np.bincount(strata[trial.treated[drawn]], minlength=int(strata.max()) + 1),
        chances=None,
    )


def _choices(size: int, treated: int) -> NDArray[np.uint8]:
    """(C(size, treated), size): every choice of the treated in one stratum."""
    chosen = np.array(list(itertools.combinations(range(size), treated)), np.intp)
    found = np.zeros((len(chosen), size), np.uint8)
    np.put_along_axis(found, chosen, 1, axis=1)
    return found

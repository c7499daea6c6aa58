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
from effekt.estimators.randomized.data import Trial

MOST_LISTED = 100_000  # assignments; more are drawn
CELLS = 2**24  # of a chunk of assignments, one byte each

Assignments = NDArray[np.uint8]


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
    def count(self) -> int:
        """How many there are, where they are few."""
        return math.prod(math.comb(n, m) for n, m in zip(self.sizes.tolist(), self.treated.tolist(), strict=True))

    def every(self) -> Iterator[Assignments]:
        """(rows, G): every assignment once, in chunks."""
        strata = [_choices(n, m) for n, m in zip(self.sizes.tolist(), self.treated.tolist(), strict=True)]
        shape = tuple(len(choices) for choices in strata)
        for first in range(0, self.count, self._rows):
            numbers = np.arange(first, min(first + self._rows, self.count))
            chosen = np.unravel_index(numbers, shape)
            yield np.column_stack([choices[own] for choices, own in zip(strata, chosen, strict=True)])

    def drawn(self, rng: Generator) -> Iterator[Assignments]:
        """(rows, G): assignments at random, in chunks without end."""
        while True:
            if self.chances is not None:
                yield (rng.random((self._rows, len(self.order))) < self.chances).astype(np.uint8)
            elif np.all(self.sizes == 2):
                yield _pairs(rng, self._rows, len(self.sizes))
            else:
                yield _fixed_numbers(rng, self._rows, self.sizes, self.treated)

    @property
    def _rows(self) -> int:
        return max(1, min(4096, CELLS // len(self.order)))


def scheme_of(trial: Trial) -> Scheme:
    """The scheme of a trial's design."""
    drawn = trial.drawn
    if trial.probability is not None:
        count = np.array([len(drawn)])
        return Scheme(order=np.arange(len(drawn)), sizes=count, treated=count, chances=trial.probability[drawn])
    groups = trial.block if trial.pair is None else trial.pair
    strata = np.zeros(len(drawn), np.intp) if groups is None else np.unique(groups[drawn], return_inverse=True)[1]
    return Scheme(
        order=np.argsort(strata, kind="stable"),
        sizes=np.bincount(strata),
        treated=np.bincount(strata[trial.treated[drawn]], minlength=int(strata.max()) + 1),
        chances=None,
    )


def _choices(size: int, treated: int) -> Assignments:
    """(C(size, treated), size): every choice of the treated in one stratum."""
    chosen = np.array(list(itertools.combinations(range(size), treated)), np.intp)
    found = np.zeros((len(chosen), size), np.uint8)
    np.put_along_axis(found, chosen, 1, axis=1)
    return found


def _fixed_numbers(rng: Generator, rows: int, sizes: IntArray, treated: IntArray) -> Assignments:
    """(rows, G): the treated of each stratum, uniformly among all choices of so many.

    Each place is first treated independently, with one probability in a stratum: given how many are treated, every
    choice of them is equally likely. Then treated ones (or controls) picked at random are turned until the number is
    right, which keeps it so.
    """
    starts = np.cumsum(sizes) - sizes
    limits = np.clip(np.rint(256 * treated / sizes), 1, 255).astype(np.uint8)
    cells = rows * int(sizes.sum())
    words = rng.integers(0, 2**64 - 1, -(-cells // 8), np.uint64, endpoint=True)
    limit = limits[0] if len(limits) == 1 else np.repeat(limits, sizes)
    found = (words.astype("<u8", copy=False).view(np.uint8)[:cells].reshape(rows, -1) < limit).view(np.uint8)
    excess = _sums(found, starts) - treated
    row, stratum = np.nonzero(excess)
    left, kind = np.abs(excess[row, stratum]), (excess[row, stratum] > 0).astype(np.uint8)
    flat, base, size = found.reshape(-1), row * found.shape[1] + starts[stratum], sizes[stratum]
    while len(left):
        place = base + (rng.random(len(left)) * size).astype(np.intp)
        hit = flat[place] == kind
        flat[place[hit]] ^= 1
        left -= hit
        if not left.all():
            active = left > 0
            left, kind, base, size = left[active], kind[active], base[active], size[active]
    return found


def _pairs(rng: Generator, rows: int, count: int) -> Assignments:
    """(rows, 2 · count): one or the other of each pair, each as likely."""
    first = rng.integers(0, 2, (rows, count), np.uint8)
    return np.stack([first, 1 - first], axis=2).reshape(rows, -1)


def _sums(found: Assignments, starts: IntArray) -> IntArray:
    """(rows, S): how many are treated in each stratum."""
    if len(starts) == 1:
        return np.asarray(np.count_nonzero(found, axis=1), np.intp)[:, None]
    return np.asarray(np.add.reduceat(found, starts, axis=1, dtype=np.intp))

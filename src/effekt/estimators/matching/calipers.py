"""Whether two rows lie within the caliper of a covariate, as a reader of their decimals finds it.

0.8 and 0.7 differ by 0.1, though their floats differ by more than the float 0.1: covariates and the caliper are the
decimals that stand for them, and a pair at the limit itself is within.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._decimals import decimal_integers
from effekt._exact import exact
from effekt._types import BoolArray, FloatArray, IntArray

SMALL = 2**61  # differences of smaller numbers are 64-bit integers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Caliper:
    """The caliper of a covariate.

    Attributes
    ----------
    places : (n,) array of whole numbers
        The covariate over a power of ten; Python's numbers where 64 bits do not hold them.
    most : int
        The largest difference in a pair.
    """

    places: NDArray[Any]
    most: int

    def holds(self, row: int | IntArray, others: IntArray) -> BoolArray:
        """Whether one row (or each of some rows) lies within it of others."""
        return np.asarray(np.abs(self.places[others] - self.places[row]) <= self.most, bool)


def caliper_of(values: FloatArray, width: float) -> Caliper:
    """The caliper of a covariate (n,) in its own unit."""
    numbers, scale = decimal_integers(np.ascontiguousarray(values))
    least, largest = min(numbers), max(numbers)
    held = np.int64 if max(largest, -least) < SMALL else object
    most = min(math.floor(exact(width) * scale), largest - least)  # no pair is farther apart
    return Caliper(places=np.array(numbers, held), most=most)

"""The level of a covariate, taken away where it is so far above the spread that digits would be lost to it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from effekt._decimals import decimal_integers
from effekt._types import FloatArray

FAR = 1e6  # a level so many times the spread costs digits


def less_level(column: FloatArray, far: float = FAR) -> FloatArray:
    """A column, less its least decimal where its level is `far` above its spread: exact but for one rounding."""
    low, high = np.min(column), np.max(column)
    if max(high, -low) <= far * (high - low):
        return column
    numbers, scale = decimal_integers(column)
    least = min(numbers)
    return np.array([(number - least) / scale for number in numbers])


def without_level(values: FloatArray) -> FloatArray:
    """The same of each column."""
    return np.column_stack([less_level(column) for column in map(np.ascontiguousarray, values.T)])


def each_without_level(columns: Iterable[FloatArray], far: float = FAR) -> tuple[FloatArray, ...]:
    """The same of columns that are not side by side."""
    return tuple(less_level(column, far) for column in columns)

"""What the synthetic data sets share: the source of chance, checks of shares and spreads, groups and assignment."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from effekt._types import FloatArray, IntArray
from effekt._validation import check_number, check_seed
from effekt.exceptions import ArgumentError


def as_generator(rng: Generator | int) -> Generator:
    """A generator from a seed; a generator itself goes on from where it is."""
    if isinstance(rng, Generator):
        return rng
    return np.random.default_rng(check_seed(rng))


def check_range(name: str, value: object, low: float, high: float = math.inf) -> float:
    """A finite number in the closed interval from `low` to `high`."""
    number = check_number(name, value)
    if not low <= number <= high:
        bound = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise ArgumentError(f"`{name}` must be {bound}; got {value!r}.")
    return number


def check_inside(name: str, value: object, low: float, high: float = math.inf) -> float:
    """A finite number strictly between `low` and `high`."""
    number = check_number(name, value)
    if not low < number < high:
        bound = f"above {low:g}" if high == math.inf else f"above {low:g} and below {high:g}"
        raise ArgumentError(f"`{name}` must be {bound}; got {value!r}.")
    return number


def autoregressive(rng: Generator, rows: int, columns: int, *, correlation: float, sd: float) -> FloatArray:
    """(rows, columns) stationary series u_t = ρu_{t−1} + √(1 − ρ²)·σz_t with u_0 = σz_0: SD σ and correlation ρᵏ."""
    series = rng.standard_normal((rows, columns))
    series[:, 1:] *= math.sqrt(1 - correlation**2)
    for t in range(1, columns):
        series[:, t] += correlation * series[:, t - 1]
    return sd * series


def split(n: int, n_groups: int, size_ratio: float) -> IntArray:
    """(n,) group of each unit: sizes in geometric progression from 1 to `size_ratio`, by cumulative rounding."""
    ends = np.cumsum(np.geomspace(1.0, size_ratio, n_groups))
    sizes = np.diff(np.rint(ends * (n / ends[-1])), prepend=0.0).astype(np.intp)
    return np.repeat(np.arange(n_groups), sizes)


def assign(rng: Generator, groups: IntArray, share: float) -> IntArray:
    """(n,) complete randomisation: round(share · size), half to even, are 1 in each group, all choices as likely."""
    sizes = np.bincount(groups)
    treated = np.rint(share * sizes).astype(np.intp)
    if np.any((treated < 1) | (treated >= sizes)):
        raise ArgumentError(
            f"`share_treated` must leave someone in both arms of every group that is randomised; {share:g} does not. "
            "Use more units, or fewer groups."
        )
    order = np.lexsort((rng.random(len(groups)), groups))
    rank = np.empty(len(groups), np.intp)
    rank[order] = np.arange(len(groups)) - (np.cumsum(sizes) - sizes)[groups[order]]
    return np.where(rank < treated[groups], 1, 0)

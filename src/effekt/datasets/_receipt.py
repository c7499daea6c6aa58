"""Who receives a treatment that was assigned by lot, and what the effect is on those who follow the lot.

A unit's inclination is c = (z + e)/√2 with z the standard normal that drives its outcome and e a standard normal of
its own. Never-takers have the lowest c, always-takers the highest, and compliers lie between two limits; given c, z is
normal with mean c/√2 and variance 1/2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from effekt._inference.distributions import t_upper_tail
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.datasets._draws import check_range
from effekt.datasets.cohort import effect_truth
from effekt.exceptions import ArgumentError

FAR = 9.0  # beyond which a standard normal has less mass than float64 can tell from none
NODES = 80  # of the quadrature over c, enough for 1e-12


class Takers(NamedTuple):
    """Expected shares of those whose receipt the lot does not move."""

    always: float
    never: float

    @property
    def limits(self) -> tuple[float, float]:
        """Between which inclinations units comply."""
        low = NormalDist().inv_cdf(self.never) if self.never else -FAR
        return low, NormalDist().inv_cdf(1 - self.always) if 1 - self.always < 1 else FAR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Types:
    """Which units always take the treatment, and which comply; the rest never take it."""

    takers: Takers
    always: BoolArray
    complier: BoolArray

    def received(self, treatment: IntArray) -> IntArray:
        """(n,) 0/1 under this assignment."""
        return np.where(self.always | (self.complier & (treatment == 1)), 1, 0)


def check_takers(always: float, never: float) -> Takers | None:
    """The two shares; None where everyone complies."""
    takers = Takers(always=check_range("always_takers", always, 0), never=check_range("never_takers", never, 0))
    if takers.always + takers.never >= 1:
        raise ArgumentError(
            f"`always_takers` and `never_takers` must leave some who comply and add to less than 1; got {always!r} and "
            f"{never!r}."
        )
    return takers if takers.always or takers.never else None


def draw_types(rng: Generator, latent: FloatArray, takers: Takers) -> Types:
    """Types that go with the latent outcome."""
    inclination = (latent + rng.standard_normal(len(latent))) / math.sqrt(2)
    low, high = takers.limits
    always = inclination > high
    complier = (inclination >= low) & ~always
    if not complier.any():
        raise ArgumentError(
            "`always_takers` and `never_takers` left no complier among the units drawn; use more units."
        )
    return Types(takers=takers, always=always, complier=complier)


def truth_among(
    complier: BoolArray, untreated: FloatArray | IntArray, treated: FloatArray | IntArray
) -> dict[str, float]:
    """The truth among the compliers at hand."""
    difference = float((treated - untreated)[complier].mean())
    return _with_shares(float(untreated[complier].mean()), difference, float(complier.mean()))


def truth_of_law(outcome: str, takers: Takers, mean: float, effect: float, sd: float, slope: float) -> dict[str, float]:
    """The truth among compliers of the law; `slope` is the covariance of the individual effects with z."""
    low, high = takers.limits
    share = _below(high) - _below(low)
    if outcome == "binary":
        untreated, treated = (
            _share_below(NormalDist().inv_cdf(own), low, high) / share for own in (mean, mean + effect)
        )
        return _with_shares(untreated, treated - untreated, share)
    if outcome == "skewed":
        tilt = math.sqrt(math.log1p((sd / mean) ** 2) / 2)  # E[exp(sz) | c] is that of c shifted by s/√2
        ratio = (_below(high - tilt) - _below(low - tilt)) / share
        return _with_shares(mean * ratio, effect * ratio, share)
    at_low, at_high = _density(np.array([low, high])).tolist()
    latent = (at_low - at_high) / share / math.sqrt(2)  # E[z | low < c < high]
    return _with_shares(mean + sd * latent, effect + slope * latent, share)


def _with_shares(counterfactual: float, difference: float, share: float) -> dict[str, float]:
    return {**effect_truth(counterfactual, difference), "compliers": share, "intention_to_treat": share * difference}


def _share_below(limit: float, low: float, high: float) -> float:
    """P(z ≤ limit, low < c < high), by Gauss–Legendre over c."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half, middle = (high - low) / 2, (high + low) / 2
    c = middle + half * nodes
    return float(half * np.sum(weights * _density(c) * t_upper_tail(c - limit * math.sqrt(2), math.inf)))


def _density(at: FloatArray) -> FloatArray:
    """The standard normal's."""
    return np.asarray(np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi))


def _below(limit: float) -> float:
    """P(c < limit) of the standard normal."""
    return float(t_upper_tail(-limit, math.inf))

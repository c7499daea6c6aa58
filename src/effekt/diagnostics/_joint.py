"""Whether several estimates are all nothing, together: Hotelling's T² on F.

With θ̂ the q estimates, V their covariance and ν its degrees of freedom, W = θ̂'V⁻¹θ̂ and (ν − q + 1)/(νq) · W is referred
to F(q, ν − q + 1) (Hotelling 1931, doi:10.1214/aoms/1177732979); with ν infinite it is W/q on F(q, ∞).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from effekt._inference.distributions import f_upper_tail
from effekt._types import FloatArray

SINGULAR = 1e-10  # an eigenvalue of a correlation matrix below which its direction has no variance
FEWEST = 4  # degrees of freedom of a denominator; Tipton (2015, doi:10.1037/met0000011) distrusts a t with fewer
ROUNDING = 1e-9  # of degrees of freedom that are computed


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """W, and the F that it is referred to; an infinite denominator is the χ² over its degrees of freedom."""

    wald: float
    statistic: float
    numerator: int
    denominator: float
    p_value: float

    @property
    def recorded_denominator(self) -> float | None:
        """As a result holds it: None for an infinite one."""
        return None if math.isinf(self.denominator) else self.denominator


def testable(count: int, df: float) -> bool:
    """Whether so many estimates can be tested together with these degrees of freedom."""
    return df - count + 1 > 0


def trusted(count: int, df: float) -> bool:
    """Whether F has so many degrees of freedom in its denominator that it would find what matters."""
    return df - count + 1 >= FEWEST - ROUNDING


def joint_test(
    estimates: FloatArray, covariance: FloatArray, df: float, sizes: FloatArray | None = None
) -> JointTest | None:
    """The test; None where a combination has no variance. `df` must be `testable`; `sizes` as in `quadratic`."""
    wald, count = quadratic(estimates, covariance, sizes), len(estimates)
    if wald is None:
        return None
    denominator = df - count + 1
    share = 1.0 if math.isinf(df) else denominator / df
    statistic = share * wald / count
    return JointTest(
        wald=wald,
        statistic=statistic,
        numerator=count,
        denominator=denominator,
        p_value=f_upper_tail(statistic, count, denominator),
    )


def quadratic(vector: FloatArray, covariance: FloatArray, sizes: FloatArray | None = None) -> float | None:
    """v'V⁻¹v, by V over the products of `sizes`, by default the standard errors; None where that is singular."""
    sizes = np.sqrt(np.diag(covariance)) if sizes is None else sizes
    scaled = covariance / np.outer(sizes, sizes)
    if singular(scaled):
        return None
    moved = vector / sizes
    return float(moved @ np.linalg.solve(scaled, moved))


def singular(correlation: FloatArray) -> bool:
    """Whether some direction has no variance, but for rounding."""
    return bool(np.linalg.eigvalsh(correlation).min() <= SINGULAR)

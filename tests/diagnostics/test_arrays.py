"""Sums that the checks share are those of exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from effekt.diagnostics._arrays import correlation, dot


def test_a_correlation_is_that_of_exact_arithmetic() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(7, 1, size=289), rng.normal(0, 0.05, size=289)
    a, b = ([Fraction(float(value)) for value in values] for values in (x, y))
    p, q = ([value - sum(values) / 289 for value in values] for values in (a, b))
    across, first, second = (
        float(sum(one * other for one, other in zip(*pair, strict=True))) for pair in ((p, q), (p, p), (q, q))
    )
    assert math.isclose(correlation(x, y), across / math.sqrt(first * second), rel_tol=1e-12)
    order = rng.permutation(289)
    assert dot(x, y) == dot(x[order], y[order])

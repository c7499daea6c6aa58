"""Second route to the set of a ratio tested by Fieller's method: whether it is one interval, and where it has no end.

With m = (top, below) and ρ̂ = top/below a null is ρ̂ + σ·tan φ, σ the standard error of the ratio, and its statistic is
that of the weights w = (cos φ, -(ρ̂ cos φ + σ sin φ)) on m: Fieller (1954), doi:10.1111/j.2517-6161.1954.tb00159.x. At
φ = ±90° the ratio is infinite and ``below`` alone is tested. A set that holds such a ratio reaches infinity; it is of
two pieces where nulls between are rejected. p is looked at at equal angles, and where the statistic is farthest from
zero, w ∝ V⁻¹m.
"""

from collections.abc import Callable
from itertools import groupby
from math import atan, cos, inf, pi, sin, sqrt, tan
from typing import NamedTuple

from effekt.independent.limits import SEVERAL
from effekt.independent.regression import Sandwich

STEPS = 400  # from -90° to 90°, an even number, so that 0 is one


class Pair(NamedTuple):
    """Two numbers whose ratio is tested, with their covariance."""

    top: float
    below: float
    spread: Sandwich


def one_interval(pair: Pair, tail: Callable[[float, float], float], alpha: float) -> tuple[float | None, bool, bool]:
    """Return a ratio that is kept, and whether the set is without end downwards and upwards; it must be one interval.

    ``tail`` gives the p of a statistic with degrees of freedom. None where no finite ratio is seen to be kept.
    """
    ratio = pair.top / pair.below
    scale = sqrt(pair.spread.variance(1, -ratio)) / abs(pair.below)
    angles = sorted([*(pi * (step / STEPS - 0.5) for step in range(1, STEPS)), _farthest(pair, ratio, scale)])

    def is_kept(angle: float) -> bool:
        first = 0.0 if abs(angle) == pi / 2 else cos(angle)
        second = -(ratio * first + scale * sin(angle))
        distance = -scale * sin(angle) * pair.below
        variance = pair.spread.variance(first, second)
        statistic = distance / sqrt(variance) if variance > 0 else inf * distance if distance else 0.0
        return tail(statistic, pair.spread.df(first, second) or inf) > alpha

    kept = [(angle, is_kept(angle)) for angle in (-pi / 2, *angles, pi / 2)]
    if [held for held, _ in groupby(held for _, held in kept)].count(True) != 1:
        raise SEVERAL
    within = [angle for angle, held in kept[1:-1] if held]
    nearest = min(within, key=abs, default=None)
    found = None if nearest is None else ratio + scale * tan(nearest) if nearest else ratio
    return found, kept[0][1], kept[-1][1]


def _farthest(pair: Pair, ratio: float, scale: float) -> float:
    """Return the angle of the null whose statistic is farthest from zero."""
    (first, across), (_, second) = pair.spread.covariance
    top, level = pair.top, 0.0
    if pair.spread.apart is not None:
        (first, across), top, level = pair.spread.apart, pair.top - pair.below, 1.0
    along, below = second * top - across * pair.below, across * top - first * pair.below
    return atan((level + below / along - ratio) / scale) if along else 0.0  # beside infinity, which is looked at anyway

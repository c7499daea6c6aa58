"""Where a set of kept nulls ends, found by the test itself around an end that is rounded."""

from __future__ import annotations

import math
from collections.abc import Callable

TIE = 1e-12  # relative distance within which a rounded end may be the decimal near it
FARTHEST = 1e-6  # relative distance that an end may be off, where two roots are nearly one


def shortest_within(value: float, distance: float) -> float:
    """The number of the fewest digits that is so near: 0, or a decimal."""
    if abs(value) <= distance:
        return 0.0
    shorter = (float(f"{value:.{digits}e}") for digits in range(16))
    return next((one for one in shorter if abs(one - value) <= distance), value)


def last_kept(end: float, way: int, size: float, kept: Callable[[float], bool], held: float | None = None) -> float:
    """The last float that is kept, upward (1) or downward (-1), near an end of so many units.

    A short decimal is tried first, for that is where p changes when outcomes are such. `held` is a null that is kept,
    as all are between it and the end, which may be the only one; without it, ∓∞ where none near the end is kept.
    """
    if math.isinf(end):
        return end
    if held is not None:
        end = way * max(way * end, way * held) if math.isfinite(held) else end
    short, outward = shortest_within(end, TIE * size), way * math.inf
    if kept(short) and not kept(math.nextafter(short, outward)):
        return short
    inner = outer = end
    step, inside = math.ulp(size), kept(end)
    while step <= FARTHEST * size or not (inside or held is None):
        beyond = end + step * (way if inside else -way)
        if held is not None and not inside:
            beyond = way * max(way * beyond, way * held)
        if kept(beyond) != inside:
            inner, outer = (inner, beyond) if inside else (beyond, outer)
            break
        inner, outer, step = (beyond, outer, 2 * step) if inside else (inner, beyond, 2 * step)
    else:
        return inner if inside else -outward
    while (middle := inner / 2 + outer / 2) not in (inner, outer):
        inner, outer = (middle, outer) if kept(middle) else (inner, middle)
    return inner

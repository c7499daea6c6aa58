"""Where enough closed intervals overlap: the nulls under which enough draws are as extreme."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from effekt._types import FloatArray

Pieces = list[tuple[float, float]]


def covered(starts: FloatArray, ends: FloatArray, needed: int) -> tuple[Pieces, int]:
    """Where at least `needed` of the closed intervals overlap, and the fewest that do in any open stretch."""
    starts, ends = np.sort(starts), np.sort(ends)
    points = np.unique(np.concatenate([starts, ends]))
    points = points[np.isfinite(points)]
    at = np.searchsorted(starts, points, "right") - np.searchsorted(ends, points, "left")
    after = np.searchsorted(starts, points, "right") - np.searchsorted(ends, points, "right")
    between = np.append(np.sum(np.isneginf(starts)), after)  # in the gap before each point, and after the last
    kept, open_before, open_after = at >= needed, between[:-1] >= needed, between[1:] >= needed
    firsts, lasts = points[kept & ~open_before].tolist(), points[kept & ~open_after].tolist()
    if between[0] >= needed:
        firsts.insert(0, -math.inf)
    if between[-1] >= needed:
        lasts.append(math.inf)
    return list(zip(firsts, lasts, strict=True)), int(np.min(between))


def settled(
    starts: FloatArray, ends: FloatArray, needed: int, rounding: float, holds: Callable[[float, float], bool]
) -> tuple[Pieces, int]:
    """The same of intervals whose ends are rounded.

    Where one interval ends and another starts within `rounding`, rounding alone would say whether they meet. There
    `holds(end, start)` decides, the test itself between the two: it closes the gap or keeps it, and keeps a point at
    which intervals meet although none overlap around it. Nothing else is closed, and nothing is left out.
    """
    pieces, fewest = covered(starts, ends, needed)
    wide, _ = covered(starts - rounding / 2, ends + rounding / 2, needed)
    found: Pieces = []
    for low, high in wide:
        inside = [piece for piece in pieces if low <= piece[0] and piece[1] <= high]
        if not inside:
            end, start = high - rounding / 2, low + rounding / 2
            inside = [(min(end, start), max(end, start))] if holds(end, start) else []
        for i, piece in enumerate(inside):
            if i and holds(inside[i - 1][1], piece[0]):
                piece = found.pop()[0], piece[1]
            found.append(piece)
    return found, fewest

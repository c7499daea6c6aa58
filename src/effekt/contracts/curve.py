"""A function of a figure as straight pieces with exact ends, and what it comes to when the figure is normal.

The function is evaluated at values the figure can have, whole multiples of its last digit. An interval on which it is
a straight line is one piece; any other is halved, down to neighbouring values, so that every jump is found to the
last digit. Two changes that undo each other can be missed when they lie between two values that are tried; the values
written in the contract are always tried.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from effekt._inference.distributions import normal_density, t_upper_tail

Values: TypeAlias = tuple[Fraction, ...]
CELLS = 512  # a figure with no more possible values than this is summed value by value
SEEDS = 32  # intervals of equal length that are examined even where no threshold divides them
EVALUATIONS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Values of the figure from `low` to `high`, in units of its last digit, and the function at both ends."""

    low: int
    high: int
    at_low: Values
    at_high: Values


def beside(at: Fraction) -> tuple[int, ...]:
    """The whole numbers at and just after a value."""
    below = at.numerator // at.denominator
    return below, below + 1, below + 2


def straight_pieces(
    function: Callable[[int], Values],
    low: int,
    high: int,
    marks: Iterable[int],
    tolerance: Values,
    evaluations: int = EVALUATIONS,
) -> tuple[Piece, ...] | None:
    """Divide `low` to `high` into pieces on which every component is a straight line within its tolerance.

    Parameters
    ----------
    function : callable
        From a whole number of the figure's last digit to the components.
    low, high : int
        The ends.
    marks : iterable of int
        Values beside which something may change.
    tolerance : tuple of Fraction
        Of each component, such as the rounding of an amount; 0 for a yes or no.
    evaluations : int
        How many values are tried at most.

    Returns
    -------
    tuple of Piece or None
        In rising order, together all whole numbers from `low` to `high`; None when that takes more evaluations.
    """
    known: dict[int, Values] = {}

    def at(k: int) -> Values:
        if k not in known:
            known[k] = function(k)
        return known[k]

    if high - low < CELLS:
        return tuple(Piece(low=k, high=k, at_low=at(k), at_high=at(k)) for k in range(low, high + 1))
    inner = {low + (high - low) * i // SEEDS for i in range(1, SEEDS)} | {m + side for m in marks for side in (-1, 0)}
    ends = sorted({low, high, *(k for k in inner if low < k < high)})
    waiting = list(itertools.pairwise(ends))[::-1]
    found: list[Piece] = []
    while waiting:
        a, b = waiting.pop()
        if len(known) > evaluations:
            return None
        if b - a == 1 or _straight(at, a, b, tolerance):
            found.append(Piece(low=a, high=b, at_low=at(a), at_high=at(b)))
        else:
            middle = (a + b) // 2
            waiting += [(middle, b), (a, middle)]
    return _apart(found, tolerance)


def _straight(at: Callable[[int], Values], a: int, b: int, tolerance: Values) -> bool:
    """Whether the quarters and the middle lie on the line between the ends."""
    line = Piece(low=a, high=b, at_low=at(a), at_high=at(b))
    inner = sorted({a + (b - a) * i // 4 for i in (1, 2, 3)} - {a, b})
    return all(_on(line, k, at(k), tolerance) for k in inner)


def _apart(pieces: Sequence[Piece], tolerance: Values) -> tuple[Piece, ...]:
    """Longest straight pieces: a jump between neighbouring values lies between pieces, a bend is where two meet."""
    first = pieces[0]
    found = [Piece(low=first.low, high=first.low, at_low=first.at_low, at_high=first.at_low)]
    inside: list[tuple[int, Values]] = []  # ends of what the last piece was joined from
    for piece in pieces:
        before = found[-1]
        joined = Piece(low=before.low, high=piece.high, at_low=before.at_low, at_high=piece.at_high)
        nodes = [*inside, (piece.low, piece.at_low)]
        if before.low == before.high and not _jumps(piece, tolerance):
            found[-1] = joined
        elif _jumps(piece, tolerance):
            found.append(Piece(low=piece.high, high=piece.high, at_low=piece.at_high, at_high=piece.at_high))
            inside = []
        elif all(_on(joined, k, values, tolerance) for k, values in nodes):
            found[-1], inside = joined, nodes
        else:
            found.append(piece)
            inside = []
    return tuple(found)


def _jumps(piece: Piece, tolerance: Values) -> bool:
    """Whether two neighbouring values differ by more than the tolerance."""
    differ = (abs(y - x) > t for x, y, t in zip(piece.at_low, piece.at_high, tolerance, strict=True))
    return piece.high - piece.low == 1 and any(differ)


def _on(piece: Piece, k: int, values: Values, tolerance: Values) -> bool:
    """Whether the function at `k` lies on the line between the piece's ends."""
    share = Fraction(k - piece.low, piece.high - piece.low)
    ends = zip(piece.at_low, piece.at_high, strict=True)
    line = (x if x == y else x + share * (y - x) for x, y in ends)
    return all(abs(z - w) <= t for z, w, t in zip(values, line, tolerance, strict=True))


def expectations(pieces: Sequence[Piece], step: float, mean: float, std_error: float) -> tuple[float, ...]:
    """Expected value of every component when the estimate is normal and the figure is the estimate, rounded.

    Parameters
    ----------
    pieces : sequence of Piece
        Of `straight_pieces`.
    step : float
        The figure's last digit.
    mean, std_error : float
        Of the estimate.

    Returns
    -------
    tuple of float

    Notes
    -----
    A value of the figure stands for the estimates within half a step of it. Over a piece the integral of a straight
    line against the normal density is closed: for y = α + βz, z standardised, α(Φ(b) − Φ(a)) + β(φ(a) − φ(b)). A piece
    of a single value is constant. What lies beyond the pieces has the value at their end. Sums are correctly rounded.
    """
    parts: list[list[float]] = [[] for _ in pieces[0].at_low]
    for position, piece in enumerate(pieces):
        first, last = position == 0, position == len(pieces) - 1
        shared = not first and pieces[position - 1].high == piece.low
        before = not last and pieces[position + 1].low == piece.high
        a = -math.inf if first else ((piece.low if shared else piece.low - 0.5) * step - mean) / std_error
        b = math.inf if last else ((piece.high if before else piece.high + 0.5) * step - mean) / std_error
        weight = _between(a, b)
        if weight == 0.0:
            continue
        low, width = (piece.low * step - mean) / std_error, (piece.high - piece.low) * step / std_error
        moment = _density(a) - _density(b)
        for part, x, y in zip(parts, piece.at_low, piece.at_high, strict=True):
            slope = 0.0 if width == 0 or x == y else float(y - x) / width
            part.append((float(x) - slope * low) * weight if slope else float(x) * weight)
            part.append(slope * moment)
    return tuple(math.fsum(part) for part in parts)


def _between(a: float, b: float) -> float:
    """P(a < Z < b), from the tail that is nearer so that small probabilities keep their digits."""
    if a > 0:
        return upper_tail(a) - upper_tail(b)
    return upper_tail(-b) - upper_tail(-a)


def upper_tail(z: float) -> float:
    """P(Z > z)."""
    return float(t_upper_tail(z, math.inf))


def _density(z: float) -> float:
    return 0.0 if math.isinf(z) else float(normal_density(z))  # type: ignore[arg-type]

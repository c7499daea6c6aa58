"""A function of a figure as straight pieces with exact ends, and what it comes to when the figure is normal.

The function is evaluated at values the figure can have, whole multiples of its last digit. An interval on which it is
a straight line is one piece; any other is halved, down to neighbouring values, so that every jump is found to the
last digit. Where the function hangs on the estimate before it is rounded to the figure's digits, too, a jump lies
somewhere between these neighbours, and is found there. Two changes that undo each other can be missed when they lie
between two values that are tried; the values written in the contract are always tried.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from effekt._inference.distributions import normal_density, t_upper_tail

Values: TypeAlias = tuple[Fraction, ...]
Number: TypeAlias = int | Fraction
CELLS = 512  # a figure with no more possible values than this is summed value by value
SEEDS = 32  # intervals of equal length that are examined even where no threshold divides them
EVALUATIONS = 20_000
FINEST = 2**30  # a jump between two values is found to this part of the standard error
SMOOTH = 2_048  # parts of the whole, below which an amount that bends everywhere is not divided


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Values of the figure from `low` to `high`, in units of its last digit, and the function at both ends.

    It stands for the estimates from `start` to `stop`; None is half a unit beyond an end, or the end itself where the
    next piece begins with it. Without `stairs` the function moves with the estimate while the figure does not.
    """

    low: Number
    high: Number
    at_low: Values
    at_high: Values
    start: Fraction | None = None
    stop: Fraction | None = None
    stairs: bool = True


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
    inside: list[tuple[Number, Values]] = []  # ends of what the last piece was joined from
    for piece in pieces:
        before = found[-1]
        joined = Piece(low=before.low, high=piece.high, at_low=before.at_low, at_high=piece.at_high)
        nodes: list[tuple[Number, Values]] = [*inside, (piece.low, piece.at_low)]
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


def _on(piece: Piece, k: Number, values: Values, tolerance: Values) -> bool:
    """Whether the function at `k` lies on the line between the piece's ends."""
    share = Fraction(k - piece.low) / (piece.high - piece.low)
    ends = zip(piece.at_low, piece.at_high, strict=True)
    line = (x if x == y else x + share * (y - x) for x, y in ends)
    return all(abs(z - w) <= t for z, w, t in zip(values, line, tolerance, strict=True))


def refined(
    pieces: Sequence[Piece], function: Callable[[int, Fraction], Values], std_error: Fraction, tolerance: Values
) -> tuple[Piece, ...]:
    """The same with what changes while the figure does not: each jump where the unrounded estimate has it.

    Parameters
    ----------
    pieces : sequence of Piece
        Of `straight_pieces`.
    function : callable
        From a whole number of the figure's last digit and an estimate that is rounded to it, in the same unit.
    std_error : Fraction
        In the same unit.
    tolerance : tuple of Fraction
        Of each component; 0 for a yes or no, whose every jump is found.

    Returns
    -------
    tuple of Piece
        Each with its `start` and `stop`.

    Notes
    -----
    Examined are the figure's values on both sides of a yes that turns into a no, and all where they are few. Between
    other values all is straight, or an amount makes steps of rounding.
    """
    whole = int(pieces[-1].high - pieces[0].low) + 1
    fine = 1
    while fine * std_error < FINEST:
        fine *= 2
    firm = [i for i, one in enumerate(tolerance) if not one]
    cells = _Cells(function, tolerance, fine, -(-2 * SEEDS // whole), Fraction(whole, SMOOTH))
    turns = [_turns(a, b, firm) or whole <= CELLS for a, b in itertools.pairwise(pieces)]
    found: list[Piece] = []
    for piece, (start, stop), before, after in zip(
        pieces, _borders(pieces), [whole <= CELLS, *turns], [*turns, whole <= CELLS], strict=True
    ):
        if piece.low == piece.high and (before or after):
            found += cells.of(int(piece.low))
            continue
        found += cells.of(int(piece.low)) if before else []
        start, stop = piece.low + _HALF if before else start, piece.high - _HALF if after else stop
        found += [replace(piece, start=start, stop=stop)] if start < stop else []
        found += cells.of(int(piece.high)) if after else []
    return tuple(found)


_HALF = Fraction(1, 2)


def _turns(a: Piece, b: Piece, firm: Sequence[int]) -> bool:
    """Whether a yes turns into a no, or back, between two pieces."""
    return a.high != b.low and any(a.at_high[i] != b.at_low[i] for i in firm)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The estimates that are rounded to one value of the figure, in straight pieces."""

    function: Callable[[int, Fraction], Values]
    tolerance: Values
    fine: int  # parts of a cell, in the middle of which the function is tried
    seeds: int
    smooth: Fraction

    def of(self, k: int) -> list[Piece]:
        """Those of one cell."""
        known: dict[int, Values] = {}

        def place(t: int) -> Fraction:
            return k - _HALF + Fraction(2 * t + 1, 2 * self.fine)

        def at(t: int) -> Values:
            if t not in known:
                known[t] = self.function(k, place(t))
            return known[t]

        last = self.fine - 1
        ends = sorted({last * i // self.seeds for i in range(self.seeds + 1)})
        waiting = list(itertools.pairwise(ends))[::-1]
        found = [] if last else [Piece(low=k, high=k, at_low=at(0), at_high=at(0))]
        while waiting:
            a, b = waiting.pop()
            if b - a == 1:
                found += [Piece(low=place(t), high=place(t), at_low=at(t), at_high=at(t)) for t in (a, b)]
            elif self._straight(at, a, b):
                found.append(Piece(low=place(a), high=place(b), at_low=at(a), at_high=at(b)))
            else:
                middle = (a + b) // 2
                waiting += [(middle, b), (a, middle)]
        borders = [k - _HALF, *((a.high + b.low) / 2 for a, b in itertools.pairwise(found)), k + _HALF]
        return [
            replace(piece, start=Fraction(start), stop=Fraction(stop), stairs=False)
            for piece, (start, stop) in zip(found, itertools.pairwise(borders), strict=True)
        ]

    def _straight(self, at: Callable[[int], Values], a: int, b: int) -> bool:
        """Whether the middle lies on the line between the ends, or so little is left that only an amount can bend."""
        middle = (a + b) // 2
        x, y, z = at(a), at(b), at(middle)
        if any(not t and not x[i] == y[i] == z[i] for i, t in enumerate(self.tolerance)):
            return False
        line = Piece(low=a, high=b, at_low=x, at_high=y)
        return Fraction(b - a, self.fine) <= self.smooth or _on(line, middle, z, self.tolerance)


def _borders(pieces: Sequence[Piece]) -> list[tuple[Fraction, Fraction]]:
    """From which estimate to which each piece holds."""
    found = []
    for position, piece in enumerate(pieces):
        shared = position > 0 and pieces[position - 1].high == piece.low
        before = position + 1 < len(pieces) and pieces[position + 1].low == piece.high
        start = piece.low - (0 if shared else _HALF) if piece.start is None else piece.start
        stop = piece.high + (0 if before else _HALF) if piece.stop is None else piece.stop
        found.append((Fraction(start), Fraction(stop)))
    return found


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
    line against the normal density is closed: for y = α + βz, z standardised, α(Φ(b) − Φ(a)) + β(φ(a) − φ(b)). That it
    is a staircase of steps h adds βh²(c(a)φ(a) − c(b)φ(b)), with c = 1/12 between two values and −1/24 at one, and what
    is of the order h⁴ (Euler–Maclaurin). A piece of a single value is constant. What lies beyond the pieces has the
    value at their end. Sums are correctly rounded.
    """
    parts: list[list[float]] = [[] for _ in pieces[0].at_low]
    for position, (piece, (start, stop)) in enumerate(zip(pieces, _borders(pieces), strict=True)):
        a = -math.inf if position == 0 else (float(start) * step - mean) / std_error
        b = math.inf if position == len(pieces) - 1 else (float(stop) * step - mean) / std_error
        weight = _between(a, b)
        if weight == 0.0:
            continue
        low, width = (float(piece.low) * step - mean) / std_error, float(piece.high - piece.low) * step / std_error
        moment = _density(a) - _density(b)
        if piece.stairs:
            ends = ((start, _density(a)), (stop, -_density(b)))
            moment += (step / std_error) ** 2 * sum((1 / 12 if at % 1 else -1 / 24) * own for at, own in ends)
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

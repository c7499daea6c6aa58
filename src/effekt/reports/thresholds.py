"""The values at which a contract's payment changes, read from its own clauses and conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from effekt.contracts import Contract, quantise
from effekt.contracts.clauses import Bands, Clause, Piecewise, Tiers
from effekt.contracts.gates import Gate
from effekt.contracts.schema import is_decimal


def thresholds(contract: Contract) -> dict[str, tuple[Fraction, ...]]:
    """Collect the written values that a figure is held against.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of figure to tuple of Fraction
        Steps, ends of bands, points and the decimals of conditions, each once and rising, for every figure that has
        any, in the contract's order.

    Examples
    --------
    >>> import effekt
    >>> thresholds(effekt.read_contract(effekt.case("sick-leave") / "contract.yaml"))
    {'reduction': (Fraction(0, 1), Fraction(3, 25))}
    """
    return {figure: tuple(sorted({cut.at for cut in own})) for figure, own in cuts(contract).items()}


class Cut(NamedTuple):
    """A written value, and whether it belongs to what is above it itself, as at `ge` and `lt`, or to what is below."""

    at: Fraction
    above: bool

    def reached(self, number: Fraction) -> bool:
        """Whether a number lies above it, with itself where that belongs there."""
        return number >= self.at if self.above else number > self.at


def cuts(contract: Contract) -> dict[str, tuple[Cut, ...]]:
    """Where the written values part what a figure can be, and on which side each lies.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of figure to tuple of Cut
        Rising; a value that is held on both sides of it, such as by `eq`, stands twice and is a part of its own.
    """
    found: dict[str, set[Cut]] = {}
    for figure, at, above in _written(contract):
        found.setdefault(figure, set()).add(Cut(Fraction(at), above is not False))
    order = {figure: sorted(own, key=lambda cut: (cut.at, not cut.above)) for figure, own in found.items()}
    return {figure: tuple(order[figure]) for figure in contract.model.figures if figure in order}


class Threshold(NamedTuple):
    """A written value that a figure rounded to its `digits` reaches from one side: going up, or going down.

    `itself` says whether the value belongs to what is reached, as at `ge` going up; if not, the figure must pass it.
    """

    at: Fraction
    itself: bool
    upwards: bool
    digits: int

    @property
    def edge(self) -> Fraction:
        """The unrounded value from which on the rounded figure reaches it, or beyond which: see `with_edge`."""
        side, last = (1 if self.upwards else -1), Fraction(1, 10**self.digits)
        units = side * self.at / last
        first = math.ceil(units) if self.itself else math.floor(units) + 1
        return side * (first - Fraction(1, 2)) * last

    @property
    def with_edge(self) -> bool:
        """Whether the rounded figure reaches it at the edge itself, a tie, of which the even figure decides."""
        return self.reached(self.edge)

    def reached(self, number: Fraction) -> bool:
        """Whether an unrounded value reaches it once it is rounded."""
        figure = Fraction(quantise(number, self.digits))
        beyond = figure > self.at if self.upwards else figure < self.at
        return beyond or (self.itself and figure == self.at)


def reached_from(contract: Contract, figure: str, *, upwards: bool) -> tuple[Threshold, ...]:
    """The written values that a figure is held against, as they are reached going up or going down; rising.

    Parameters
    ----------
    contract : Contract
    figure : str
    upwards : bool

    Returns
    -------
    tuple of Threshold
        A value that must be reached in one place and passed in another stands twice.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> [(str(one.at), float(one.edge)) for one in reached_from(contract, "reduction", upwards=True)]
    [('0', -5e-07), ('3/25', 0.1199995)]
    """
    digits = contract.model.figures[figure].digits
    own = {(Fraction(at), above is None or above == upwards) for id, at, above in _written(contract) if id == figure}
    order = sorted(own, key=lambda one: (one[0], one[1] != upwards))
    return tuple(Threshold(at, itself, upwards, digits) for at, itself in order)


def _written(contract: Contract) -> Iterator[tuple[str, str, bool | None]]:
    """Figures and values, and whether a value belongs to what is above it; None where a curve goes through it."""
    for line in contract.model.payment.lines.values():
        yield from _of_gate(line.when)
        yield from _of_clause(line.pays)


def _of_clause(clause: Clause) -> Iterator[tuple[str, str, bool | None]]:
    yield from _of_gate(clause.when)
    for part in clause.parts:
        yield from _of_clause(part)
    match way := clause.way:
        case Tiers():
            yield from ((way.figure, step.start, True) for step in way.steps)
        case Bands():
            yield from ((way.figure, end, True) for band in way.bands for end in (band.start, band.end))
        case Piecewise():
            yield from ((way.figure, point.at, None) for point in way.points)


def _of_gate(gate: Gate | None) -> Iterator[tuple[str, str, bool]]:
    if gate is None:
        return
    if gate.figure is not None:
        above, below = (gate.ge, gate.lt, gate.eq), (gate.gt, gate.le, gate.eq)
        sides = [*((operand, True) for operand in above), *((operand, False) for operand in below)]
        yield from ((gate.figure, at, side) for at, side in sides if at is not None and is_decimal(at))
    for arm in (*(gate.all or ()), *(gate.any or ()), *((gate.not_,) if gate.not_ else ())):
        yield from _of_gate(arm)

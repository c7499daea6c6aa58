"""The values at which a contract's payment changes, read from its own clauses and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from effekt.contracts import Contract
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
    for line in contract.model.payment.lines.values():
        for figure, at, above in (*_of_gate(line.when), *_of_clause(line.pays)):
            found.setdefault(figure, set()).add(Cut(Fraction(at), above))
    order = {figure: sorted(own, key=lambda cut: (cut.at, not cut.above)) for figure, own in found.items()}
    return {figure: tuple(order[figure]) for figure in contract.model.figures if figure in order}


def _of_clause(clause: Clause) -> Iterator[tuple[str, str, bool]]:
    yield from _of_gate(clause.when)
    for part in clause.parts:
        yield from _of_clause(part)
    match way := clause.way:
        case Tiers():
            yield from ((way.figure, step.start, True) for step in way.steps)
        case Bands():
            yield from ((way.figure, end, True) for band in way.bands for end in (band.start, band.end))
        case Piecewise():
            yield from ((way.figure, point.at, True) for point in way.points)


def _of_gate(gate: Gate | None) -> Iterator[tuple[str, str, bool]]:
    if gate is None:
        return
    if gate.figure is not None:
        above, below = (gate.ge, gate.lt, gate.eq), (gate.gt, gate.le, gate.eq)
        sides = [*((operand, True) for operand in above), *((operand, False) for operand in below)]
        yield from ((gate.figure, at, side) for at, side in sides if at is not None and is_decimal(at))
    for arm in (*(gate.all or ()), *(gate.any or ()), *((gate.not_,) if gate.not_ else ())):
        yield from _of_gate(arm)

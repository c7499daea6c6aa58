"""The values at which a contract's payment changes, read from its own clauses and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

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
    found: dict[str, set[Fraction]] = {}
    for line in contract.model.payment.lines.values():
        for figure, at in (*_of_gate(line.when), *_of_clause(line.pays)):
            found.setdefault(figure, set()).add(Fraction(at))
    return {figure: tuple(sorted(found[figure])) for figure in contract.model.figures if figure in found}


def _of_clause(clause: Clause) -> Iterator[tuple[str, str]]:
    yield from _of_gate(clause.when)
    for part in clause.parts:
        yield from _of_clause(part)
    match way := clause.way:
        case Tiers():
            yield from ((way.figure, step.start) for step in way.steps)
        case Bands():
            yield from ((way.figure, end) for band in way.bands for end in (band.start, band.end))
        case Piecewise():
            yield from ((way.figure, point.at) for point in way.points)


def _of_gate(gate: Gate | None) -> Iterator[tuple[str, str]]:
    if gate is None:
        return
    if gate.figure is not None:
        operands = (gate.ge, gate.gt, gate.le, gate.lt, gate.eq)
        yield from ((gate.figure, operand) for operand in operands if operand is not None and is_decimal(operand))
    for arm in (*(gate.all or ()), *(gate.any or ()), *((gate.not_,) if gate.not_ else ())):
        yield from _of_gate(arm)

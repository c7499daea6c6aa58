"""Between which ends an attested sum of what earlier certificates paid can be at all, by what the contract bounds."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from effekt.contracts.earlier_sums import earlier_sums
from effekt.contracts.figures import DerivedFigure, PaidBefore, Range, figure_bounds, quantise
from effekt.contracts.guaranteed_most import guarantee_most, up
from effekt.contracts.liability import ends_of_lines, in_all, most_of, smallest
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.money import round_to
from effekt.contracts.schema import is_decimal

ZERO = Fraction(0)


def sum_bounds(id: str, contract: Contract, settlements: int) -> Range:
    """The least and the most that so many certificates together paid of what an attested figure sums.

    Parameters
    ----------
    id : str
        A figure with `paid_before`.
    contract : Contract
    settlements : int
        How many announced days there were before, each of which one certificate stands for.

    Returns
    -------
    (Fraction or None, Fraction or None)
        So many times the least, or the most, of one settlement, or nothing; None where nothing bounds it. Of an
        amended contract only that what is passed on or guaranteed is never below 0: by the terms before, a line may
        have been paid back, more may have been paid, and on other days.
    """
    summed = earlier_sums(contract.model)[id]
    if contract.model.amendment is not None:
        return None if summed.line is not None else ZERO, None
    return _of_several(_of_one(summed, contract), settlements)


def bounds_of_line(id: str, contract: Contract, certificates: int) -> Range:
    """The least and the most that so many certificates together paid of a line.

    Parameters
    ----------
    id : str
    contract : Contract
        That is not amended.
    certificates : int

    Returns
    -------
    (Fraction or None, Fraction or None)
        As `sum_bounds`.
    """
    low, high = ends_of_lines(contract.model)[id]
    return _of_several((low, smallest(high, most_of([id], contract))), certificates)


def bound_of_lines(ids: Collection[str], contract: Contract, certificates: int) -> Fraction | None:
    """The most that so many certificates together paid of some lines, by the caps on them.

    Parameters
    ----------
    ids : collection of str
    contract : Contract
        That is not amended.
    certificates : int

    Returns
    -------
    Fraction or None
        None where nothing bounds it.
    """
    return in_all(most_of(ids, contract), certificates)


def _of_several(ends: Range, settlements: int) -> Range:
    low, high = ends
    return None if low is None else min(low, ZERO) * settlements, in_all(high, settlements)


def _of_one(summed: PaidBefore, contract: Contract) -> Range:
    """The least and the most of one settlement."""
    if summed.line is not None:
        low, high = ends_of_lines(contract.model)[summed.line]
        return low, smallest(high, most_of([summed.line], contract))
    if summed.guarantee is not None:
        return ZERO, guarantee_most((contract.model.payment.guarantees or {})[summed.guarantee], contract)
    return ZERO, _passed_on(summed.passed_to or "", contract)


def _passed_on(party: str, contract: Contract) -> Fraction | None:
    """The most that the waterfall passes on to one of its receivers in one settlement.

    Each step takes at most its `up_to` of what the steps before leave, were they as small as they can be.
    """
    terms = contract.model
    waterfall = terms.payment.waterfall
    assert waterfall is not None
    lines = [id for id, line in terms.payment.lines.items() if line.payee == waterfall.source]
    total = most_of(lines, contract)
    quantum, rounding = Fraction(terms.payment.quantum), terms.payment.rounding
    left, got = None if total is None else max(total, ZERO), ZERO
    for step in waterfall.steps:
        least, most = (ZERO, None) if step.up_to is None else _limit(step.up_to, terms)
        taken = smallest(left, None if most is None else round_to(max(most, ZERO), quantum, rounding))
        if party in step.to:
            if taken is None:
                return None
            got += up(Fraction(step.to[party]) * taken, quantum)
        if left is not None:
            left = max(left - round_to(max(least or ZERO, ZERO), quantum, rounding), ZERO)
    return got


def _limit(operand: str, terms: ContractTerms) -> Range:
    """Between which ends what a step takes at most is; one that counts down what was passed on starts at the most."""
    if is_decimal(operand):
        return Fraction(operand), Fraction(operand)
    low, high = figure_bounds(terms.figures)[operand]
    return low, high if high is not None else _counted_down(operand, terms)


def _counted_down(operand: str, terms: ContractTerms) -> Fraction | None:
    """The most of a decimal less what was passed on or guaranteed before, which is never below 0, or of 0 and that."""
    if is_decimal(operand):
        return Fraction(operand)
    term, most = terms.figures[operand], None
    derived = term.derived if isinstance(term, DerivedFigure) else None
    if derived is not None and derived.greatest is not None:
        ends = [_counted_down(one, terms) for one in derived.greatest]
        most = None if None in ends else max(end for end in ends if end is not None)
    elif derived is not None and derived.difference is not None:
        whole, less = derived.difference
        before = earlier_sums(terms).get(less)
        most = Fraction(whole) if is_decimal(whole) and before is not None and before.line is None else None
    return None if most is None else Fraction(quantise(most, term.digits))

"""Attested sums of what certificates of earlier announced days paid: on a line, to a receiver, or on a guarantee."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from effekt.contracts.figures import AttestedFigure, PaidBefore
from effekt.contracts.money import fraction, money_digits
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.paying import reading
from effekt.contracts.schema import fault
from effekt.contracts.settled import Settlement

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms


def earlier_sums(terms: ContractTerms) -> dict[str, PaidBefore]:
    """The attested figures that say what was paid before, and what each sums.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    dict of figure to PaidBefore
        In the contract's order.
    """
    attested = {id: term for id, term in terms.figures.items() if isinstance(term, AttestedFigure)}
    return {id: term.paid_before for id, term in attested.items() if term.paid_before is not None}


def is_paid_on(figure: str, line: str, terms: ContractTerms) -> bool:
    """Whether a figure is what certificates of earlier announced days paid on a line.

    Parameters
    ----------
    figure : str
        Or a decimal, which is none.
    line : str
    terms : ContractTerms

    Returns
    -------
    bool
    """
    before = earlier_sums(terms).get(figure)
    return before is not None and before.line == line


def paid_by(settlement: Settlement, summed: PaidBefore) -> Fraction:
    """What one settlement adds to such a sum.

    Parameters
    ----------
    settlement : Settlement
    summed : PaidBefore

    Returns
    -------
    Fraction
        0 where the amount is not determined: nothing was paid, and who settles it anew takes its place.
    """
    receipts = () if settlement.distribution is None else settlement.distribution.receipts
    amounts = [
        *(line.amount for line in settlement.lines if line.id == summed.line),
        *(one.amount for one in receipts if one.party == summed.passed_to),
        *(one.amount for one in settlement.guarantees if one.id == summed.guarantee),
    ]
    return sum((fraction(amount) for amount in amounts if amount is not None), Fraction(0))


def not_held(terms: ContractTerms) -> tuple[str, ...]:
    """Attested amounts that are deducted on each certificate, and that nothing says what they sum.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    tuple of str
        Figures in the contract's currency behind the second figure of a `difference` that a line with `paid_each`, a
        step of the waterfall or a guarantee reads.
    """
    payment, lines = terms.payment, paid_each_lines(terms)
    if not lines:
        return ()
    limits = () if payment.waterfall is None else tuple(step.up_to for step in payment.waterfall.steps)
    amounts = tuple(one.amount for one in (payment.guarantees or {}).values())
    read = reading((tuple(payment.lines[id] for id in lines), limits, amounts), terms.figures)
    derived = [getattr(terms.figures[id], "derived", None) for id in read]
    deducted = tuple(one.difference[1] for one in derived if one is not None and one.difference is not None)
    return tuple(
        id
        for id in reading(deducted, terms.figures)
        if isinstance(term := terms.figures[id], AttestedFigure)
        and term.unit == payment.currency
        and term.paid_before is None
    )


def check_earlier_sums(terms: ContractTerms) -> None:
    """Refuse a figure that says what was paid before of something that no certificate pays for a day of its own.

    Parameters
    ----------
    terms : ContractTerms

    Raises
    ------
    PydanticCustomError
        At the figure's own place.
    """
    for id, summed in earlier_sums(terms).items():
        problem = _problem(id, terms) or _of_what_it_sums(summed, terms)
        if problem is not None:
            raise fault(problem, "figures", id, "paid_before")


def _problem(id: str, terms: ContractTerms) -> str | None:
    payment, term = terms.payment, terms.figures[id]
    if term.unit != payment.currency:
        return f"needs a figure in {payment.currency}; {id} is in {term.unit}."
    digits = money_digits(payment.quantum)
    if term.digits < digits:
        return f"needs {digits} digits, as amounts have; {id} has {term.digits}."
    if not paid_each_lines(terms):
        return "needs a line with paid_each, whose certificates it sums; with true_up its paid is that."
    return None


def _of_what_it_sums(summed: PaidBefore, terms: ContractTerms) -> str | None:
    payment = terms.payment
    steps = () if payment.waterfall is None else payment.waterfall.steps
    if summed.line is not None and summed.line not in paid_each_lines(terms):
        return f"must sum a line with paid_each; got {summed.line}."
    if summed.passed_to is not None and not any(summed.passed_to in step.to for step in steps):
        return f"must sum what the waterfall passes on to one of its receivers; got {summed.passed_to}."
    if summed.guarantee is not None and summed.guarantee not in (payment.guarantees or {}):
        return f"must sum what is paid on a name under payment.guarantees; got {summed.guarantee}."
    return None

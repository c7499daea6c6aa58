"""A most of all that certificates pay of a line, one after another: each pays no more than is left of it."""

from __future__ import annotations

from fractions import Fraction

from effekt.contracts.clauses import Clause, LesserOf, ShareOfSavings, UnitPrice
from effekt.contracts.earlier_sums import earlier_sums, is_paid_on
from effekt.contracts.figures import DerivedFigure, figure_bounds
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import round_to
from effekt.contracts.schema import is_decimal

ZERO = Fraction(0)


def ceiling(id: str, terms: ContractTerms) -> Fraction | None:
    """The most that certificates pay of a line in all, by a ceiling on all that was paid of it.

    Parameters
    ----------
    id : str
        The line.
    terms : ContractTerms

    Returns
    -------
    Fraction or None
        Of a line with `paid_each` that pays at most a difference, an amount less what certificates paid before
        (`paid_before`, alone or in a sum with others that are never below 0), that amount. None of any other line, and
        of an amended contract, by whose terms before this line may have been paid back.
    """
    line = terms.payment.lines[id]
    if line.floor is not None or terms.amendment is not None:
        return None
    most = _of_clause(line.pays, id, terms)
    return None if most is None else round_to(max(most, ZERO), Fraction(terms.payment.quantum), terms.payment.rounding)


def never_below_zero(figure: str, terms: ContractTerms) -> bool:
    """Whether a figure is a sum of what certificates paid that cannot be below zero.

    Parameters
    ----------
    figure : str
    terms : ContractTerms

    Returns
    -------
    bool
        Of a line, where no settlement can have money paid back on it; what is passed on or guaranteed never is.
    """
    before = earlier_sums(terms).get(figure)
    return before is not None and (before.line is None or pays_nothing_back(before.line, terms))


def pays_nothing_back(id: str, terms: ContractTerms) -> bool:
    """Whether no settlement, by this file or one before it, can have money paid back on a line.

    Parameters
    ----------
    id : str
    terms : ContractTerms

    Returns
    -------
    bool
    """
    line = terms.payment.lines[id]
    low, _ = line.limit_bounds(line.pays.bounds(figure_bounds(terms.figures)))
    return terms.amendment is None and low is not None and low >= 0


def _of_clause(clause: Clause, id: str, terms: ContractTerms) -> Fraction | None:
    """The amount of which a clause pays at most what is left, or nothing."""
    way = clause.way
    if clause.floor is not None:
        return None
    if isinstance(way, LesserOf):
        return _least([_of_clause(part, id, terms) for part in way.root])
    if not isinstance(way, UnitPrice | ShareOfSavings) or way.factor < 0:
        return None
    most = _of_figure(way.figure, id, terms)
    if most is None or way.factor <= 1:
        return most
    return way.factor * most if pays_nothing_back(id, terms) else None


def _of_figure(operand: str, id: str, terms: ContractTerms) -> Fraction | None:
    """The amount of which a figure is at most what is left, or 0."""
    if is_decimal(operand):
        return ZERO if Fraction(operand) <= 0 else None
    term = terms.figures[operand]
    if not isinstance(term, DerivedFigure):
        return None
    derived, most = term.derived, None
    if derived.difference is not None:
        whole, paid = derived.difference
        high = Fraction(whole) if is_decimal(whole) else figure_bounds(terms.figures)[whole][1]
        short = _short_of_paid(paid, id, terms)
        most = None if high is None or short is None else high + short
    elif derived.greatest is not None:
        parts = [_of_figure(one, id, terms) for one in derived.greatest]
        most = None if None in parts else max(one for one in parts if one is not None)
    elif derived.least is not None:
        most = _least([_of_figure(one, id, terms) for one in derived.least])
    return None if most is None else _rounded(most, term.digits, terms)


def _short_of_paid(operand: str, id: str, terms: ContractTerms) -> Fraction | None:
    """By how much at most a figure is less than what was paid of the line: of that, and of a sum of it and others."""
    term = terms.figures.get(operand)
    if not isinstance(term, DerivedFigure) or term.derived.sum is None:
        return ZERO if is_paid_on(operand, id, terms) else None
    parts = tuple(term.derived.sum)
    own = any(
        is_paid_on(one, id, terms) and all(_zero_or_more(other, terms) for other in parts[:i] + parts[i + 1 :])
        for i, one in enumerate(parts)
    )
    return _rounded(ZERO, term.digits, terms) if own else None


def _zero_or_more(operand: str, terms: ContractTerms) -> bool:
    return Fraction(operand) >= 0 if is_decimal(operand) else never_below_zero(operand, terms)


def _rounded(most: Fraction, digits: int, terms: ContractTerms) -> Fraction:
    """The amount of which a figure is what is left, when that is rounded to the figure's digits."""
    unit = Fraction(1, 10**digits)
    up = most + unit / 2
    return up // unit * unit if Fraction(terms.payment.quantum) % unit == 0 else up


def _least(values: list[Fraction | None]) -> Fraction | None:
    return min((one for one in values if one is not None), default=None)

"""Which figures count units, however many decimals they are declared with, and how a count is written."""

from __future__ import annotations

import re
from fractions import Fraction

from effekt._text import both
from effekt.contracts import Contract, Figure
from effekt.contracts.figures import DATE, YES_NO, DerivedFigure, EstimateFigure, FigureTerm, quantise
from effekt.contracts.money import fraction

ADDED = ("sum", "difference", "greatest", "least")  # what of counts is a count, whatever its digits
_OF_SOMETHING = re.compile(
    r"[%/]|\b(fractions?|shares?|rates?|ratios?|index|mean|average|percent|percentage|per|a|procent|procentenheter|"
    r"andel|kvot|medel\w*|om)\b"
)
_NAMES = {  # of a currency beside its code, whole, in thousands and in millions
    "SEK": r"|\b([ktm]|mn)?kr\b|\bkronor\b|\bkrona\b|\böre\b",
    "NOK": r"|\b([ktm]|mn)?kr\b|\bkroner\b|\børe\b",
    "DKK": r"|\b([ktm]|mn|mio)?\.?kr\b|\bkroner\b|\børe\b",
    "EUR": r"|\beuros?\b|€",
    "GBP": r"|\bpounds?\b|£",
    "USD": r"|\bdollars?\b|\$",
}


def is_money(id: str, contract: Contract) -> bool:
    """Whether a figure is an amount of the contract's currency, by its code or another name, in thousands too.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    bool
        False for so much for each, such as "SEK per day".
    """
    term, currency = contract.model.figures[id], contract.model.payment.currency
    if term.unit == currency:
        return True
    names = re.compile(rf"\b[ktm]?{currency.lower()}\b{_NAMES.get(currency, '')}")
    return any(
        names.search(text.lower()) and not _OF_SOMETHING.search(text.lower()) for text in both(term.printed_unit)
    )


def is_count(id: str, contract: Contract) -> bool:
    """Whether a figure counts units: it is no estimate, money, date, answer, price or index, but may be a denominator.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    bool
        A figure with decimals too, unless its unit says that it is a share, a mean or so much for each: nothing but the
        unit tells "3.0 persons" from a quantity. A derived one with decimals where it adds or compares counts.
    """
    terms = contract.model
    term, measure = terms.figures[id], (terms.measures or {}).get(id)
    if isinstance(term, EstimateFigure) or term.unit in (YES_NO, DATE) or is_money(id, contract):
        return False
    if measure is not None and measure.step == "parameter" and (term.digits or _is_of_something(term)):
        return False
    if not term.digits:
        return True
    if _is_of_something(term):
        return False
    if not isinstance(term, DerivedFigure):
        return True
    added = any(getattr(term.derived, kind, None) is not None for kind in ADDED)
    return added and all(is_count(operand, contract) for operand in term.operands())


def is_given_count(id: str, contract: Contract) -> bool:
    """Whether a figure is a count that is computed from nothing.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    bool
    """
    return is_count(id, contract) and not isinstance(contract.model.figures[id], DerivedFigure)


def _is_of_something(term: FigureTerm) -> bool:
    return all(_OF_SOMETHING.search(text.lower()) for text in both(term.printed_unit))


def whole(text: str | None) -> int | None:
    """The whole number that a decimal is, such as 3 of "3.0"; None of any other.

    Parameters
    ----------
    text : str or None

    Returns
    -------
    int or None
    """
    number = None if text is None else fraction(text)
    return None if number is None or number.denominator != 1 else int(number)


def counted(id: str, figure: Figure, contract: Contract) -> int | None:
    """What a figure counts; None of one that counts nothing or has no whole value.

    Parameters
    ----------
    id : str
    figure : Figure
    contract : Contract

    Returns
    -------
    int or None
    """
    return whole(figure.value) if is_count(id, contract) else None


def written(count: int, digits: int) -> str:
    """A count with the decimals that its figure is declared with.

    Parameters
    ----------
    count : int
    digits : int

    Returns
    -------
    str
    """
    return quantise(Fraction(count), digits)

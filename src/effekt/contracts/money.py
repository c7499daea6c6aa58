"""Exact arithmetic with money: rounding, sharing out, and numbers in words.

Everything between a signed figure and an amount is a `fractions.Fraction`, so nothing is inexact until the one
rounding of a line. A binary float is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt._json import shown
from effekt._text import Language, format_number
from effekt.exceptions import ArgumentError

__all__ = [
    "Rounding",
    "Step",
    "allocate",
    "decimal_text",
    "exact_text",
    "format_money",
    "format_number",
    "format_percent",
    "fraction",
    "money_digits",
    "round_to",
]

Rounding: TypeAlias = Literal["half_up", "half_even"]

_MAX_SHOWN_DECIMALS = 6
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,999})(\.[0-9]{1,1000}|/[1-9][0-9]{0,999})?")  # longer: hostile
_LONGEST = 10**200  # numerator and denominator of a step that is written out
_ROUNDED = 20  # decimals of a longer one
_SPACE = "\N{NO-BREAK SPACE}"
_ABOUT = {"sv": f"cirka{_SPACE}", "en": f"about{_SPACE}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One printed line of a payment's arithmetic.

    Attributes
    ----------
    rule : str
        The key of the contract file that is applied, or ``rounding``, ``contract_cap``, ``allocation``.
    sv, en : str
        The sentence with its values, in Swedish and English.
    value : str or None
        The value the step leaves, exact as a decimal or a fraction ``n/d``, or ``about`` and 20 decimals where that
        has more than 200 digits; None when it leaves none: a condition that is met, or a value that is missing.
    """

    rule: str
    sv: str
    en: str
    value: str | None


def fraction(value: Fraction | Decimal | str | int) -> Fraction:
    """Turn a decimal into the fraction it stands for.

    Parameters
    ----------
    value : Fraction, Decimal, str or int
        A finite number; a float is refused because its digits are not the ones that were written. Text is a plain
        decimal or a fraction ``n/d`` without exponent, of at most 1,000 digits in each part: every number that a file
        holds as text is read here, and "1e999999999" would fill memory.

    Returns
    -------
    Fraction
        The same number.

    Raises
    ------
    ArgumentError
        If it is a float, a truth value or not a finite number.

    Examples
    --------
    >>> fraction("0.40")
    Fraction(2, 5)
    """
    written = isinstance(value, str) and _NUMBER.fullmatch(value) is not None
    exact = isinstance(value, (Fraction, int)) and not isinstance(value, bool)
    if written or exact or (isinstance(value, Decimal) and value.is_finite()):
        return Fraction(value)
    got = shown(value) if isinstance(value, str) else repr(value)
    raise ArgumentError(
        "`value` must be a finite Fraction, Decimal, int or decimal text, without exponent and of at most 1,000 digits "
        f"in each part; got {got}."
    )


def _is_long(value: Fraction) -> bool:
    """Whether it has more digits than anyone reads; a product over 1,200 periods has tens of thousands."""
    return max(abs(value.numerator), value.denominator) >= _LONGEST


def _decimals(value: Fraction) -> int | None:
    """How many decimals write the value exactly; None when no number of them does, or it is too long to write out."""
    if _is_long(value):
        return None
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def decimal_text(value: Fraction, digits: int) -> str:
    """Write a value that has at most `digits` decimals with exactly that many.

    Parameters
    ----------
    value : Fraction
        A whole multiple of ten to the power −digits.
    digits : int
        Number of decimals, 0 or more.

    Returns
    -------
    str
        Such as ``'-12.50'``; zero has no sign.

    Raises
    ------
    ArgumentError
        If the value has more decimals.

    Examples
    --------
    >>> decimal_text(Fraction(-25, 2), 2)
    '-12.50'
    """
    scaled = value * 10**digits
    if scaled.denominator != 1:
        raise ArgumentError(f"`value` must have at most {digits} decimals; got {value}; round it first.")
    whole = str(abs(scaled.numerator)).zfill(digits + 1)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"


def money_digits(quantum: str) -> int:
    """Decimals of an amount: those the quantum is written with."""
    return len(quantum.partition(".")[2])


def exact_text(value: Fraction) -> str:
    """Write a fraction exactly: as a decimal where it ends, otherwise as ``n/d``; one of above 200 digits as rounded.

    Parameters
    ----------
    value : Fraction
        Any value.

    Returns
    -------
    str
        Text that `Fraction` reads back unchanged, or ``about`` and a decimal with 20 decimals.

    Examples
    --------
    >>> exact_text(Fraction(3, 8)), exact_text(Fraction(1, 3))
    ('0.375', '1/3')
    """
    if _is_long(value):
        return f"about {decimal_text(round_to(value, Fraction(1, 10**_ROUNDED), 'half_even'), _ROUNDED)}"
    digits = _decimals(value)
    return str(value) if digits is None else decimal_text(value, digits)


def round_to(value: Fraction, quantum: Fraction, rounding: Rounding) -> Fraction:
    """Round to the nearest whole multiple of a quantum.

    Parameters
    ----------
    value : Fraction
        What to round.
    quantum : Fraction
        The unit, above zero, such as 1 krona or 0.01.
    rounding : {"half_up", "half_even"}
        Where ties go: away from zero as on invoices, or to the even multiple.

    Returns
    -------
    Fraction
        A whole multiple of `quantum`.

    Examples
    --------
    >>> round_to(Fraction("0.125"), Fraction("0.01"), "half_up")
    Fraction(13, 100)
    >>> round_to(Fraction("0.125"), Fraction("0.01"), "half_even")
    Fraction(3, 25)
    """
    units = value / quantum
    if rounding == "half_even":
        return round(units) * quantum
    away = (2 * abs(units).numerator + units.denominator) // (2 * units.denominator)
    return (away if units > 0 else -away) * quantum


def allocate(amount: Fraction, weights: Sequence[Fraction], quantum: Fraction) -> tuple[Fraction, ...]:
    """Share out an amount in whole quanta by largest remainder.

    Parameters
    ----------
    amount : Fraction
        A whole multiple of `quantum`; may be negative.
    weights : sequence of Fraction
        Relative shares, none negative, not all zero.
    quantum : Fraction
        The smallest unit.

    Returns
    -------
    tuple of Fraction
        One part for each weight, in their order, that sum to `amount` exactly.

    Notes
    -----
    Each part is first rounded towards zero; the quanta left go one each to the largest remainders, ties to the
    earlier weight (the method of Hamilton).

    Examples
    --------
    >>> third = Fraction(1, 3)
    >>> allocate(Fraction(100), [third, third, third], Fraction(1))
    (Fraction(34, 1), Fraction(33, 1), Fraction(33, 1))
    """
    quanta = abs(amount) / quantum
    total = sum(weights, Fraction(0))
    shares = [quanta * weight / total for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    left = int(quanta) - sum(parts)
    by_remainder = sorted(range(len(shares)), key=lambda i: parts[i] - shares[i])
    for i in by_remainder[:left]:
        parts[i] += 1
    return tuple((part if amount >= 0 else -part) * quantum for part in parts)


def format_money(value: Fraction | Decimal | str | int, currency: str, lang: Language) -> str:
    """Write an amount as a contract does.

    Parameters
    ----------
    value : Fraction, Decimal, str or int
        The amount. Whole amounts have no decimals, others at least two. A Fraction that needs more than six is
        rounded to two and marked *cirka* or *about*; what was written as a decimal is shown with all its digits.
    currency : str
        Three letters of ISO 4217; SEK is written *kr* in Swedish.
    lang : {"sv", "en"}
        The language.

    Returns
    -------
    str
        With no-break spaces, so that no line ends inside it.

    Examples
    --------
    >>> format_money("4000000", "SEK", "en").replace("\N{NO-BREAK SPACE}", " ")
    'SEK 4,000,000'
    >>> format_money("620978.4", "SEK", "sv").replace("\N{NO-BREAK SPACE}", " ")
    '620 978,40 kr'
    """
    amount = fraction(value)
    digits = _decimals(amount)
    about = digits is None or (isinstance(value, Fraction) and digits > _MAX_SHOWN_DECIMALS)
    if digits is None or about:
        amount, digits = round_to(amount, Fraction(1, 100), "half_even"), 2
    number = format_number(decimal_text(amount, max(2, digits) if digits else 0), lang)
    written = (
        f"{number}{_SPACE}{'kr' if currency == 'SEK' else currency}" if lang == "sv" else f"{currency}{_SPACE}{number}"
    )
    return f"{_ABOUT[lang] if about else ''}{written}"


def format_percent(share: Fraction | Decimal | str | int, lang: Language) -> str:
    """Write a share in per cent with all its digits.

    Parameters
    ----------
    share : Fraction, Decimal, str or int
        A share that ends as a decimal, such as 0.125.
    lang : {"sv", "en"}
        The language.

    Returns
    -------
    str
        Such as ``'12,5 procent'``.

    Examples
    --------
    >>> format_percent("0.40", "en")
    '40 per cent'
    """
    return f"{format_number(exact_text(fraction(share) * 100), lang)} {'procent' if lang == 'sv' else 'per cent'}"

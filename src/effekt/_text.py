"""Sentences in both languages, and numbers as each language writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "sv"]
LANGUAGES: tuple[Language, ...] = ("en", "sv")

_GROUP = {"en": ",", "sv": "\N{NO-BREAK SPACE}"}
_POINT = {"en": ".", "sv": ","}
_PERCENT = {"en": "%", "sv": "\N{NO-BREAK SPACE}%"}
_MINUS = "\N{MINUS SIGN}"
SMALLEST_P = 0.0001  # below it a p-value is told as smaller
_HALF_EVEN = Context(rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One sentence in English and Swedish."""

    en: str
    sv: str

    def __str__(self) -> str:
        return self.en

    def in_language(self, lang: Language) -> str:
        """The sentence in `lang`."""
        return self.sv if lang == "sv" else self.en


def both(text: str | Text) -> tuple[str, ...]:
    """What stands in any language: one text, or the English and the Swedish."""
    return (text,) if isinstance(text, str) else (text.en, text.sv)


def with_capital(text: str) -> str:
    """The text with a capital at its start; the rest as it is written."""
    return text[:1].upper() + text[1:]


def with_small(text: str) -> str:
    """The text with a small letter at its start; the rest as it is written."""
    return text[:1].lower() + text[1:]


def format_number(value: float | Decimal | Fraction | str, lang: Language, digits: int | None = None) -> str:
    """'−1,234.5' in English, '−1 234,5' in Swedish; without `digits`, all digits of an exact decimal."""
    if isinstance(value, float) and not math.isfinite(value):
        return "–" if math.isnan(value) else f"{_MINUS if value < 0 else ''}∞"
    if isinstance(value, Fraction):
        value = float(value)
    with localcontext(_HALF_EVEN):
        plain = format(Decimal(str(value)), "f" if digits is None else f".{digits}f")
    sign = _MINUS if plain.startswith("-") and plain.strip("-0.") else ""
    whole, _, decimals = plain.lstrip("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", _GROUP[lang])
    return f"{sign}{grouped}{_POINT[lang] + decimals if decimals else ''}"


def format_percent(value: float | Fraction, lang: Language, digits: int | None = 1) -> str:
    """A share as '12.5%' or '12,5 %'; without `digits` as many as it needs, up to ten figures: '99,9 %'."""
    percent = float(value) * 100 if digits is not None else Decimal(f"{float(value) * 100:.10g}")
    return format_number(percent, lang, digits) + _PERCENT[lang]


def format_share(value: float | Fraction, lang: Language) -> str:
    """A probability or a share of a whole in per cent, one decimal; told as none or all only where it is exactly that.

    >>> format_share(0.0004, "en"), format_share(0, "en"), format_share(0.9996, "en"), format_share(1, "en")
    ('below 0.1%', '0.0%', 'above 99.9%', '100.0%')
    """
    rounded = format_percent(value, "en")
    if rounded == "0.0%" and value > 0:
        return f"{ {'en': 'below', 'sv': 'under'}[lang] } {format_percent(0.001, lang)}"
    if rounded == "100.0%" and value < 1:
        return f"{ {'en': 'above', 'sv': 'över'}[lang] } {format_percent(0.999, lang)}"
    return format_percent(value, lang)


def significant(value: float, lang: Language, figures: int = 4) -> str:
    """A number rounded to significant figures for reading, never for payment; as many where it is rounded up to a ten.

    >>> significant(0.9999, "en", 2), significant(1.0, "en", 2)
    ('1.0', '1.0')
    """
    if value == 0 or not math.isfinite(value):
        return format_number(float(value), lang, 0)
    exponent = int(f"{Decimal(str(float(value))):.{figures - 1}e}".partition("e")[2])
    return format_number(float(value), lang, max(0, figures - 1 - exponent))


def format_p(value: float, lang: Language) -> str:
    """A p-value with three significant figures, or '< 0.0001' below that."""
    if value < SMALLEST_P:
        return f"< {format_number(SMALLEST_P, lang)}"
    return significant(value, lang, 3)

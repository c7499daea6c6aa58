"""Names of units, groups and periods: one spelling each, and the order of time."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from effekt._calendar import finite, is_date, period_label, period_numbers

SPREADSHEET_ERRORS = frozenset(  # as English and Swedish spreadsheet programs write them
    (
        *("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
        *("#SAKNAS!", "#DIVISION/0!", "#VÄRDEFEL!", "#REFERENS!", "#NAMN?", "#OGILTIGT!", "#SKÄRNING!"),
    )
)

_PARTS = re.compile(r"[\W_]+")  # what stands between words
_SHORTEST = 3  # letters of a word; fewer, as in a and A, may be codes


def as_label(value: object) -> str:
    """A name in its one form: 127 and 127.0 are '127', dates are ISO, text is NFC with one space between words."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time.min and value.tzinfo is None:
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value)
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def in_time(names: Sequence[str]) -> dict[str, str] | None:
    """Each name in its one spelling, in the order of time; None when the names are no periods, dates or numbers."""
    found = period_numbers(names)
    if found is not None:
        period, numbers = found
        ranked = sorted(zip(numbers, names, strict=True))
        return {name: period_label(number, period) for number, name in ranked}
    if all(map(is_date, names)):
        return {name: name for name in names}
    try:
        return {name: name for name in sorted(names, key=finite)}
    except ValueError:
        return None


def has_invisible(label: str) -> bool:
    """Whether a name holds a control or format character, which could make two names of one."""
    return not label.isprintable() and any(unicodedata.category(sign) in ("Cc", "Cf") for sign in label)


def spelled_variously(names: Collection[str]) -> set[str]:
    """The names that are another's but for upper and lower case, as GÖTEBORG is Göteborg's, where most are of words.

    So are Maße and Masse, which are one in capitals.
    Codes may differ so and mean two things: pseudonyms in base 64 do, and a1 and A1. Their capitals stand anywhere, and
    digits beside letters, as they do in no word.
    """
    if len(set(map(str.casefold, names))) == len(names):
        return set()
    words = list(filter(_is_of_words, names))
    of = Counter(map(str.casefold, words))
    return {name for name in words if of[name.casefold()] > 1} if 2 * len(words) > len(names) else set()


def _is_of_words(name: str) -> bool:
    parts = [part for part in _PARTS.split(name) if part and not part.isdecimal()]
    cased = all(part.isalpha() and (part.islower() or part.isupper() or part.istitle()) for part in parts)
    return cased and max(map(len, parts), default=0) >= _SHORTEST

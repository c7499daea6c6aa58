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
_NUMBER = re.compile(r"0*(\d+)(?:\.0+)?", re.ASCII)
_HYPHENS = dict.fromkeys(map(ord, "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"), "-")
_SPACES = re.compile(r"(?<=[^\W\d_]) (?=\d)|(?<=\d) (?=[^\W\d_])")
_JOINTS = re.compile(r"[ _-]+")


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


def spelled_variously(names: Collection[str]) -> dict[str, str]:
    """The names that are another's but for how they are written, each with the form that they have in common.

    Such are 0127 and 127, whose zero a spreadsheet program took, and 127.0; SE 0127 and SE0127; and where most names
    are of words GÖTEBORG and Göteborg, Maße and Masse, which are one in capitals, and Upplands-Bro and Upplands Bro.
    Codes may differ in capitals and hyphens and mean two things: pseudonyms in base 64 do, and a1 and A1. Their
    capitals stand anywhere, and digits beside letters, as they do in no word.
    """
    plain = {name: _plain(name) for name in names}
    loose = {name: _JOINTS.sub(" ", form).casefold() for name, form in plain.items()}
    if len(set(loose.values())) == len(names):
        return {}
    words = set(filter(_is_of_words, names))
    forms = plain | {name: loose[name] for name in words} if 2 * len(words) > len(names) else plain
    of = Counter(forms.values())
    return {name: form for name, form in forms.items() if of[form] > 1}


def how_they_differ(name: str, other: str) -> str:
    """In what alone two names differ that are one but for how they are written."""
    if name.casefold() != other.casefold():
        digits = any(map(_NUMBER.fullmatch, (name, other)))
        return "zeros before a number or after its point" if digits else "spaces and hyphens, or in capitals too,"
    one_in_capitals = "" if name.lower() == other.lower() else ", or as ß and ss or ﬁ and fi do,"
    return f"upper and lower case alone{one_in_capitals}"


def _plain(name: str) -> str:
    """Without zeros before a number or after its point, or spaces between a letter and a digit; one kind of hyphen."""
    if name.isascii() and name.isalnum():
        return name.lstrip("0") or "0" if name.isdecimal() else name
    number = _NUMBER.fullmatch(name)
    return number[1] if number else _SPACES.sub("", name.translate(_HYPHENS))


def _is_of_words(name: str) -> bool:
    parts = [part for part in _PARTS.split(name) if part and not part.isdecimal()]
    cased = all(part.isalpha() and (part.islower() or part.isupper() or part.istitle()) for part in parts)
    return cased and max(map(len, parts), default=0) >= _SHORTEST

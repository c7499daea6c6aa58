"""Checks of arguments, with one sentence form for all of them."""

from __future__ import annotations

import datetime
import difflib
import math
import numbers
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from effekt._exact import exact
from effekt.exceptions import ArgumentError

MOST_SHOWN = 12  # members of a list that a refusal shows
MOST = 10**9  # of a count: what is to be done more often never ends
LARGEST = 1e100  # squares and products of numbers up to it are still numbers
LARGEST_CELL = 1e60  # of a table: fourth powers of numbers up to it, and of their differences, are still numbers
NEAREST = Fraction(1, MOST)  # of a level to 0 and to 1: quantiles further out are no numbers


def join_words(words: Iterable[object], conjunction: str = "or") -> str:
    """'a', 'a or b', 'a, b or c'."""
    listed = [str(word) for word in words]
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {conjunction} {listed[-1]}"


def plural(count: int, noun: str) -> str:
    """'1 row', '2 rows'."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shown(value: object) -> str:
    """How a refusal shows an argument: as it is written, or by its type where it may hold data, as a column does."""
    members = [*value, *value.values()] if isinstance(value, Mapping) else value
    plain = _is_plain(value)
    if isinstance(members, (list, tuple, set, frozenset)):
        plain = len(members) <= MOST_SHOWN and all(map(_is_plain, members))
    try:
        return repr(value) if plain else type(value).__name__
    except ValueError:  # a whole number of more digits than Python writes
        return type(value).__name__


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, bytes, numbers.Number, datetime.date))


def did_you_mean(word: object, choices: Iterable[str]) -> str:
    """'' or ' Did you mean 'x'?' for the closest choice; abbreviations of three letters are close in case alone."""
    if not isinstance(word, str):
        return ""
    composed = unicodedata.normalize("NFC", word)
    twin = [choice for choice in choices if choice != word and unicodedata.normalize("NFC", choice) == composed]
    if twin:
        return f" {twin[0]!r} looks alike, and has its accents in other characters; copy that one."
    close = [choice for choice in choices if choice.casefold() == word.casefold()]
    if not close:
        longer = [choice for choice in choices if max(len(choice), len(word)) > 3]
        close = difflib.get_close_matches(word, longer, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""


def check_flag(name: str, value: object) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ArgumentError(f"`{name}` must be True or False; got {shown(value)}.")


def check_option(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        listed = join_words([repr(choice) for choice in choices])
        raise ArgumentError(f"`{name}` must be {listed}; got {shown(value)}.{did_you_mean(value, choices)}")


def check_path(path: object, name: str = "path") -> Path:
    """The path in text or a path; a number is none, though the system takes it for an open file."""
    given = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(given, str):
        raise ArgumentError(f"`{name}` must be a path, as text or a `pathlib.Path`; got {type(path).__name__}.")
    return Path(given)


def check_names(name: str, value: object, of: str = "column") -> tuple[str, ...]:
    """The names of columns, or of something else, in a str or a sequence of str, without repeats."""
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(item, str) for item in names):
        raise ArgumentError(f"`{name}` must be a {of} name or a list of {of} names; got {shown(value)}.")
    repeated = [item for item in names if names.count(item) > 1]
    if repeated:
        raise ArgumentError(f"`{name}` must name each {of} once; {repeated[0]!r} stands twice.")
    return tuple(names)


def check_members(name: str, values: object, kind: type | tuple[type, ...], made_by: str) -> None:
    """Raise unless `values` is a list of what `made_by` returns."""
    listed = isinstance(values, Sequence) and not isinstance(values, (str, bytes))
    if not listed or not all(isinstance(value, kind) for value in values):  # type: ignore[attr-defined]
        raise ArgumentError(f"`{name}` must be a list of what `{made_by}` returns; got {shown(values)}.")


def check_roles(named: Iterable[tuple[str, object]]) -> None:
    """Each column, given with its role, is a name and plays one role."""
    roles: dict[str, str] = {}
    for role, column in named:
        if not isinstance(column, str):
            raise ArgumentError(f"`{role}` must be a column name; got {shown(column)}.")
        if column in roles:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{roles[column]}` and `{role}`.")
        roles[column] = role


def check_integer(name: str, value: object, minimum: int) -> int:
    """The int itself, at least `minimum` and at most `MOST`."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < minimum:
        raise ArgumentError(f"`{name}` must be an integer of at least {minimum}; got {shown(value)}.")
    if int(value) > MOST:
        raise ArgumentError(f"`{name}` must be an integer of at most {MOST}; got {shown(value)}.")
    return int(value)


def check_seed(rng: object) -> int:
    """The seed itself, where it is no generator."""
    if not isinstance(rng, numbers.Integral) or isinstance(rng, bool) or rng < 0:
        raise ArgumentError(f"`rng` must be an integer seed from 0 or a numpy.random.Generator; got {shown(rng)}.")
    return int(rng)


def check_number(name: str, value: object) -> float:
    """A finite float from a number."""
    try:
        number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ArgumentError(f"`{name}` must be a finite number; got {shown(value)}.")
    return check_size(name, number)


def check_size(name: str, number: float) -> float:
    """The number itself, where squares and products of such are still numbers."""
    if abs(number) > LARGEST:
        raise ArgumentError(f"`{name}` must be at most {LARGEST:g} in size; got {number!r}. Take a larger unit.")
    return number


def check_at_least(name: str, value: object, minimum: float = 0.0) -> float:
    """A finite number of at least `minimum`."""
    number = check_number(name, value)
    if number < minimum:
        raise ArgumentError(f"`{name}` must be a number of at least {minimum:g}; got {shown(value)}.")
    return number


def members_of(values: Any) -> list[Any] | None:
    """The members of a list, tuple or array; None of text, of a mapping, and of what stands by itself."""
    try:
        return None if isinstance(values, (str, bytes, Mapping)) else list(values)
    except TypeError:
        return None


def check_numbers(name: str, values: Any) -> list[float]:
    """The finite numbers of a list, tuple or array; a number by itself is no list."""
    members = members_of(values)
    if members is None:
        raise ArgumentError(f"`{name}` must be a list of numbers, as [0.5, 1]; got {shown(values)}.")
    return [check_number(name, member) for member in members]


def check_decimal(name: str, value: object) -> float:
    """A finite float from a number, a Decimal, or a decimal in text such as '0.12', as contracts carry them."""
    if not isinstance(value, (str, Decimal)):
        return check_number(name, value)
    try:
        number = float(Decimal(value))
    except (InvalidOperation, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentError(f"`{name}` must be a finite number, or a decimal in text; got {shown(value)}.")
    return check_size(name, number)


def check_exact(name: str, value: object) -> Fraction:
    """The exact number in an int, a float, a Fraction or text such as '0.25' or '1/4'."""
    try:
        if isinstance(value, bool) or not isinstance(value, (numbers.Real, str)):
            raise TypeError
        return exact(int(value) if isinstance(value, numbers.Integral) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        raise ArgumentError(f"`{name}` must be a finite number, or a decimal in text; got {shown(value)}.") from None


def check_level(level: object) -> Fraction:
    """1 − level as an exact fraction; 0.95 gives 1/20."""
    if isinstance(level, bool) or not isinstance(level, (int, float, Fraction)) or not 0 < level < 1:
        raise ArgumentError(f"`level` must be a number between 0 and 1, such as 0.95; got {shown(level)}.")
    alpha = 1 - exact(level)
    if not NEAREST <= alpha <= 1 - NEAREST:
        raise ArgumentError(f"`level` must be at least {float(NEAREST):g} from 0 and from 1; got {shown(level)}.")
    return alpha

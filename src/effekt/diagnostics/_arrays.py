"""What the checks ask of the arrays and numbers they are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from effekt._text import Language, Text, format_number, significant
from effekt._types import BoolArray, FloatArray
from effekt._validation import LARGEST, check_decimal, check_names, check_number, plural, shown
from effekt.exceptions import ArgumentError
from effekt.tables.numbers import hint_for

TIES = 1e-12
SMALLEST = 1 / LARGEST  # of what is divided by
FINITE, CORRECT = "hold finite numbers", "Correct or leave it out."


def dot(first: FloatArray, second: FloatArray) -> float:
    """The sum of products, rounded once after each: the same in any order and on any processor."""
    return math.fsum(first * second)


def correlation(first: FloatArray, second: FloatArray) -> float:
    """Pearson's, of values that differ."""
    x, y = first - first.mean(), second - second.mean()
    return dot(x, y) / math.sqrt(dot(x, x) * dot(y, y))


def check_array(name: str, values: Any, largest: float = LARGEST) -> FloatArray:
    """An array of numbers, of any shape; those that are finite are at most `largest` in size."""
    array = _as_numbers(values)
    if array is None:
        raise ArgumentError(f"`{name}` must hold numbers, one for each row{_first_without(values)}")
    good = ~np.isfinite(array) | (np.abs(array) <= largest)
    if array.ndim:
        check_each(name, good, f"hold numbers of at most {largest:g} in size", "Take a larger unit.")
    return array


def _as_numbers(values: Any) -> FloatArray | None:
    """The array; None where it holds text, rows of several lengths, or what is no number."""
    try:
        plain = np.asarray(values)
        text = plain.dtype.kind in "USc" or (plain.dtype == object and any(isinstance(v, str) for v in plain.flat))
        return None if text else np.asarray(plain, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None


def _first_without(values: Any) -> str:
    """The end of the sentence on an array of something else: its first row that is no number, and what to do."""
    rows = values if isinstance(values, (list, tuple)) else np.asarray(values, dtype=object)
    if isinstance(rows, np.ndarray) and not rows.ndim:
        return "."
    found = [_as_numbers(row) for row in rows]
    for number, row in enumerate(found, start=1):
        if row is None:
            cells = np.ravel(np.asarray(rows[number - 1], dtype=object))
            odd = next((cell for cell in cells if _as_numbers(cell) is None), None)
            return f"; the first row that does not is row {number}.{hint_for(odd, None, from_file=False)}"
        if found[0] is not None and row.shape != found[0].shape:
            return f"; row {number} is the first that holds another number of them than row 1. Make the rows alike."
    return "."


def check_vector(
    name: str, values: Any, *, missing: bool = False, length: int | None = None, largest: float = LARGEST
) -> FloatArray:
    """A one-dimensional array of finite numbers; with `missing`, NaN may stand for what is not known."""
    array = check_array(name, values, largest)
    if array.ndim != 1 or not array.size:
        raise ArgumentError(f"`{name}` must have one dimension and at least one row; its shape is {array.shape}.")
    if length is not None and len(array) != length:
        raise ArgumentError(f"`{name}` must have one value for each of the {length} rows; it has {len(array)}.")
    if missing:
        check_each(name, ~np.isinf(array), "hold finite numbers, or NaN where the value is missing", "Correct it.")
    else:
        check_each(name, np.isfinite(array), FINITE, CORRECT)
    return array


def check_each(name: str, good: BoolArray, rule: str, remedy: str) -> None:
    """Raise unless every row is good, in all its columns; names the first that is not."""
    if not good.all():
        verb = "is" if rule.startswith("be ") else "does"
        row = int(np.argwhere(~good)[0][0]) + 1
        raise ArgumentError(f"`{name}` must {rule}; the first row that {verb} not is row {row}. {remedy}")


def check_arms(treatment: Any, length: int | None = None, *, name: str = "treatment") -> BoolArray:
    """Which rows are treated, from 0 and 1 or from booleans; both arms have a row."""
    treated = check_flags(name, treatment, ("control", "treated"), length=length)
    if treated.all() or not treated.any():
        raise ArgumentError(
            f"`{name}` must have rows in both arms; all are {'treated' if treated.all() else 'controls'}."
        )
    return treated


def check_flags(name: str, values: Any, words: tuple[str, str], *, length: int | None = None) -> BoolArray:
    """Which rows a column of 0 and 1, or of booleans, marks; `words` are what 0 and 1 stand for."""
    array = check_vector(name, values, length=length)
    good = (array == 0) | (array == 1)
    check_each(name, good, f"be 0 ({words[0]}) or 1 ({words[1]})", "Code the two so, and leave other rows out.")
    return np.asarray(array == 1)


def check_arm_weights(weights: Any, treated: BoolArray) -> FloatArray:
    """Weights of 0 or more, some above 0 in each arm, and so far above that its square is a number."""
    array = check_vector("weights", weights, length=len(treated))
    check_each("weights", array >= 0, "be 0 or above", "Give 0 to rows that do not count.")
    for arm, name in ((treated, "treated"), (~treated, "controls")):
        if not (arm & (array != 0)).any():
            raise ArgumentError(f"`weights` must be above 0 for some row of each arm; all {name} have 0.")
        if array[arm].max() < SMALLEST:
            raise ArgumentError(
                f"`weights` must be at least {SMALLEST:g} for some row of each arm; those of all {name} are smaller. "
                "Multiply them all by one number."
            )
    return array


def check_columns(covariates: Any, names: Any, length: int) -> tuple[FloatArray, list[str]]:
    """Finite numbers with a row for each unit and a column for each name, and the names."""
    listed = list(check_names("names", names.tolist() if hasattr(names, "tolist") else names))
    array = check_array("covariates", covariates)
    if array.shape != (length, len(listed)):
        raise ArgumentError(
            f"`covariates` must have {plural(length, 'row')}, one for each of `treated`, and "
            f"{plural(len(listed), 'column')}, one for each of `names`; its shape is {array.shape}."
        )
    check_each("covariates", np.isfinite(array), FINITE, CORRECT)
    return array, listed


def check_between(name: str, value: object, low: float, high: float, *, ends: str = "()") -> float:
    """A number between two ends; "[" and "]" say that an end itself is allowed."""
    number = check_decimal(name, value)
    inside = (number > low or (ends[0] == "[" and number == low)) and (
        number < high or (ends[1] == "]" and number == high)
    )
    if not inside:
        words = {"()": "between {} and {}, ends apart", "[]": "from {} to {}"}.get(ends)
        words = words or ("from {}, below {}" if ends == "[)" else "above {}, at most {}")
        raise ArgumentError(f"`{name}` must be a number {words.format(f'{low:g}', f'{high:g}')}; got {value!r}.")
    return number


def check_positive(name: str, value: object) -> float:
    """A finite number above zero."""
    number = check_number(name, value)
    if number <= 0:
        raise ArgumentError(f"`{name}` must be above zero; got {value!r}.")
    if number < SMALLEST:
        raise ArgumentError(f"`{name}` must be at least {SMALLEST:g}; got {value!r}. Take a smaller unit.")
    return number


def check_labels(labels: Sequence[str], count: int) -> tuple[str, ...]:
    """One distinct label for each of `count` figures; 1, 2, 3 … where none are given."""
    listed = isinstance(labels, Sequence) and not isinstance(labels, str)
    if not listed or not all(isinstance(label, str) for label in labels):
        raise ArgumentError(f"`labels` must be a list of text; got {shown(labels)}.")
    if not labels:
        return tuple(str(number + 1) for number in range(count))
    if len(labels) != count:
        raise ArgumentError(f"`labels` must name each of the {count} figures once; it has {len(labels)}.")
    again = next((row for row, label in enumerate(labels) if label in labels[:row]), None)
    if again is not None:
        raise ArgumentError(
            f"`labels` must name each of the {count} figures once; row {again + 1} has a label from before it."
        )
    return tuple(labels)


def rank_p_value(others: FloatArray, own: float, size: float) -> float:
    """(1 + #{others ≥ own})/(n + 1) of sizes; ties within rounding of `size` or of the own one count."""
    return float(Fraction(1 + int(np.sum(others >= own - TIES * max(own, size))), len(others) + 1))


def number_words(value: float, lang: Language) -> str:
    """A declared number as it was written: '0', '0.12'."""
    return format_number(str(int(value)) if value == int(value) else value, lang)


def number_text(value: float) -> Text:
    """A declared number as it was written, in both languages."""
    return Text(en=number_words(value, "en"), sv=number_words(value, "sv"))


def p_words(p_value: float, lang: Language) -> str:
    """'p 0.031', or 'p below 0.001'."""
    if p_value < 0.001:
        return f"p {'below' if lang == 'en' else 'under'} {format_number(0.001, lang)}"
    return f"p {significant(p_value, lang, 2)}"

"""A cell as a number: how it is read, what it is where it is none, and what to do about it."""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal
from typing import Any

import numpy as np

from effekt._calendar import is_date
from effekt._types import BoolArray, FloatArray
from effekt.tables.names import SPREADSHEET_ERRORS

EXACT_INTEGER = 2**53
_NUMBER = {point: re.compile(rf"[+-]?\d+(?:{re.escape(point)}\d+)?(?:[eE][+-]?\d+)?", re.ASCII) for point in ".,"}
_LOOKS_SWEDISH = re.compile(r"[+\-−]?\d{1,3}(?:\s?\d{3})*,\d+|[+\-−]?\d{1,3}(?:\s\d{3})+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+")
_KEEPS_ZERO = re.compile(r"\s*[+-]?0\d")


def as_number(cell: object, decimal: str | None) -> float | None:
    """The cell as a float; text is a number only in a file whose decimal sign was declared."""
    if isinstance(cell, str):
        text = cell.strip()
        if decimal is None or not _NUMBER[decimal].fullmatch(text):
            return None
        return float(text.replace(",", "."))
    if isinstance(cell, complex):
        return None
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return math.inf


def truths_among(cells: np.ndarray[Any, Any], values: FloatArray) -> BoolArray:
    """Which cells are True or False in a column whose other numbers are not all 0 and 1."""
    truths = np.fromiter((isinstance(cell, (bool, np.bool_)) for cell in cells), bool, len(cells))
    return truths & (not np.isin(values[~truths], (0, 1)).all())


def kind_of(cells: np.ndarray[Any, Any]) -> str:
    """What cells are that are no numbers."""
    for kind, name in ((str, "text"), (datetime.date, "dates")):
        if all(isinstance(cell, kind) for cell in cells):
            return name
    return "something else"


def hint_for(cell: object, decimal: str | None, *, from_file: bool) -> str:
    """What to do about a cell that is no number, as the end of a sentence."""
    if isinstance(cell, str) and cell.strip() in SPREADSHEET_ERRORS:
        return (
            " It is a spreadsheet program's error, such as #N/A or #DIV/0!; mend the formula, or leave cells without a "
            "value empty."
        )
    if isinstance(cell, str) and is_date(cell):
        return " It is a date as text; give a time as a number, such as days since a fixed date."
    if not from_file and isinstance(cell, str) and _NUMBER["."].fullmatch(cell.strip()):
        return " It looks like numbers written as text; convert the column to numbers."
    if decimal is None and isinstance(cell, str) and _NUMBER["."].fullmatch(cell.strip()):
        return (
            " It looks like numbers written as text; convert the column to numbers in the spreadsheet program, or "
            "leave it out of `text`."
        )
    if isinstance(cell, str) and decimal == "," and _THOUSANDS.fullmatch(cell.strip()):
        return (
            " It may be a number with points between thousands, which must be removed in the export, or with a decimal "
            "point, as decimal='.' reads it; look which."
        )
    if isinstance(cell, str) and _LOOKS_SWEDISH.fullmatch(cell.strip()):
        if decimal == ",":
            return " It looks like a number with spaces between thousands; remove them in the export."
        return (
            " It looks like a number with a decimal comma or with spaces between thousands; read the file with "
            "decimal=',' and without spaces."
        )
    if isinstance(cell, str) and decimal == "," and _NUMBER["."].fullmatch(cell.strip()):
        return " It looks like a number with a decimal point; read the file with decimal='.'."
    if isinstance(cell, datetime.date):
        return (
            " If a spreadsheet program took numbers for dates, correct the data; give a time as a number, such as days "
            "since a fixed date."
        )
    return " Code words as numbers (1 for yes, 0 for no), without units; leave only cells without a value empty."


def too_long(cells: np.ndarray[Any, Any]) -> BoolArray:
    """Which cells are whole numbers that a float64 may not hold exactly."""
    if cells.dtype.kind in "fb":
        return np.zeros(len(cells), bool)
    if cells.dtype.kind in "iu":
        return np.asarray((cells > EXACT_INTEGER) | (cells < -EXACT_INTEGER))
    if set(map(type, cells)) == {float}:
        return np.zeros(len(cells), bool)
    return np.fromiter(map(_is_too_long, cells), bool, len(cells))


def _is_too_long(cell: object) -> bool:
    if isinstance(cell, str):
        digits = cell.strip().lstrip("+-")
        return digits.isdecimal() and len(digits) > 15 and int(digits) > EXACT_INTEGER
    return isinstance(cell, (int, Decimal)) and cell == int(cell) and abs(int(cell)) > EXACT_INTEGER


def loses_digits(cell: object) -> bool:
    """Text that is an identifier rather than a number: 0127, or more digits than a float64 holds."""
    return isinstance(cell, str) and (_KEEPS_ZERO.match(cell) is not None or _is_too_long(cell))

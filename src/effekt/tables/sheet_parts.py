"""Where the cells of a workbook's sheet stand, and which rows and columns are hidden, as its XML says.

A reader fills the rows that are left out with empty ones, and of two cells of one place it keeps one. So the places are
checked first: those that no spreadsheet program has, and those that do not follow each other, are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import IO, Any

from effekt.exceptions import DataError

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of a sheet, in every spreadsheet program (column XFD)
_PLACE = re.compile(r"([A-Z]{1,4})([1-9][0-9]{0,8})", re.ASCII)


def sheet_parts(file: str, sheet: IO[bytes]) -> tuple[list[int], list[int]]:
    """Rows with cells, and columns, that are hidden, by hand, by a filter or in a group; `sheet` is its XML.

    Raises
    ------
    DataError
        Where a row or cell is outside a sheet, or not after the one before it.
    """
    from xml.etree.ElementTree import iterparse

    from openpyxl.xml.constants import SHEET_MAIN_NS

    row_tag, cell_tag, column_tag = (f"{{{SHEET_MAIN_NS}}}{tag}" for tag in ("row", "c", "col"))
    rows: list[int] = []
    columns: set[int] = set()
    number = cells = 0
    for _, element in iterparse(sheet):
        tag = element.tag
        if tag == cell_tag:
            cells += 1
            if cells > LAST_COLUMN:  # before a row is whole, which may be of any length
                raise _outside(file, f"a row after row {number} has more cells")
        elif tag == row_tag:
            number = _row_number(file, element, number)
            _check_columns(file, element, number)
            if _is_hidden(element) and any(len(cell) for cell in element):
                rows.append(number)
            cells = 0
            element.clear()
        elif tag == column_tag and _is_hidden(element):
            columns.update(range(int(element.get("min", 0)), min(int(element.get("max", 0)), LAST_COLUMN) + 1))
    return rows, sorted(columns)


def refuse_infinite(file: str, values: Sequence[Sequence[Any]]) -> None:
    """Refuse a number that no spreadsheet program holds, which would be read as infinity."""
    for line, row in enumerate(values, start=1):
        if math.inf in row or -math.inf in row:
            raise DataError(
                f"The file {file!r} must hold finite numbers; row {line} has one beyond 1e308. Correct the data."
            )


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") in ("1", "true")


def _row_number(file: str, element: Any, before: int) -> int:
    """The number of a row: it says it, or is the next."""
    number = int(element.get("r", before + 1))
    if number > LAST_ROW:
        raise DataError(
            f"The file {file!r} must have rows up to {LAST_ROW}, the last one of a sheet; after row {before} comes one "
            "beyond it. Save it anew in a spreadsheet program."
        )
    if number <= before:
        raise DataError(
            f"The file {file!r} must number its rows upwards; after row {before} comes row {number}. Save it anew in a "
            "spreadsheet program, and see that no row is lost."
        )
    return number


def _check_columns(file: str, row: Any, number: int) -> None:
    """The cells of a row are in it, each to the right of the one before it; one without a place is the next."""
    before = 0
    for cell in row:
        column = before + 1
        if (place := cell.get("r")) is not None:
            found = _PLACE.fullmatch(place)
            if found is None or int(found[2]) != number:
                raise DataError(
                    f"The file {file!r} has a cell in row {number} whose place is in no such row; save it anew in a "
                    "spreadsheet program."
                )
            column = _column_number(found[1])
        if column > LAST_COLUMN:
            raise _outside(file, f"row {number} has a cell to the right of them")
        if column <= before:
            raise DataError(
                f"The file {file!r} must have each cell of a row to the right of the one before it; row {number} has "
                f"column {column} after column {before}. Save it anew in a spreadsheet program, and see that no cell "
                "is lost."
            )
        before = column


def _column_number(letters: str) -> int:
    """26 for Z, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _outside(file: str, what: str) -> DataError:
    return DataError(
        f"The file {file!r} must have at most {LAST_COLUMN} columns, as many as a sheet has; {what}. Save it anew in a "
        "spreadsheet program."
    )

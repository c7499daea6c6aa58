"""Whether a delivered table has the form that was agreed: its columns, and every value of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Literal, TypeAlias

import numpy as np

from effekt._types import BoolArray
from effekt._validation import join_words, plural
from effekt.exceptions import DataError
from effekt.tables.table import Table

ColumnKind: TypeAlias = Literal["number", "whole", "text", "date"]
REMEDY = "Deliver the table as it was agreed, or amend the contract."


def refuse_other_columns(table: Table, agreed: Iterable[str]) -> None:
    """Refuse a table that lacks an agreed column, or has one that nobody agreed on.

    Parameters
    ----------
    table : Table
    agreed : iterable of str

    Raises
    ------
    DataError
        With the columns; a column more is refused too, as it may tell of persons what nobody asked for.

    Examples
    --------
    >>> refuse_other_columns(Table({"days": [1]}), ["days", "staff"])
    Traceback (most recent call last):
        ...
    effekt.exceptions.DataError: The columns must be those agreed, days and staff; staff is missing. Deliver the table \
as it was agreed, or amend the contract.
    """
    wanted = list(agreed)
    missing = [name for name in wanted if name not in table.columns]
    more = sum(name not in wanted for name in table.columns)
    if missing or more:
        told = f"{join_words(missing, 'and')} {'is' if len(missing) == 1 else 'are'} missing" if missing else ""
        other = f"{plural(more, 'other column')} {'is' if more == 1 else 'are'} there" if more else ""
        raise DataError(
            f"The columns must be those agreed, {join_words(wanted, 'and')}; "
            f"{' and '.join(part for part in (told, other) if part)}. {REMEDY}"
        )


def refuse_other_values(
    table: Table,
    *,
    column: str,
    kind: ColumnKind,
    ge: str | None = None,
    le: str | None = None,
    among: tuple[str, ...] | None = None,
    may_be_empty: bool = False,
) -> None:
    """Refuse a column with a value that is not of the agreed kind or outside the agreed limits.

    Parameters
    ----------
    table : Table
    column : str
    kind : {"number", "whole", "text", "date"}
    ge, le : str, optional
        The least and greatest value, a decimal or a day.
    among : tuple of str, optional
        Of a text.
    may_be_empty : bool, default False

    Raises
    ------
    DataError
        With the column, the rule, how many rows, and the first of them; never the value.

    Examples
    --------
    >>> refuse_other_values(Table({"days": [4, 400]}), column="days", kind="whole", ge="0", le="366")
    Traceback (most recent call last):
        ...
    effekt.exceptions.DataError: Column 'days' must be at most 366; 1 row did not, the first at row 2. Deliver the \
table as it was agreed, or amend the contract.
    """
    empty = np.array([cell is None for cell in table.raw(column)], bool)
    if not may_be_empty:
        _refuse(table, column, empty, "have a value in every row")
    if empty.all():
        return
    if kind == "date":
        _refuse_dates(table, column, ge, le)
    elif kind == "text":
        if among is not None:
            named = table.select(labels=[column], missing="drop")
            met = np.array([name in among for name in named.labels[column].names], bool)[named.labels[column].codes]
            named.refuse(~met, column, f"must be {join_words([repr(name) for name in among])}", REMEDY)
    else:
        read = table.select(numbers=[column], missing="drop")
        values = read.numbers[column]
        if kind == "whole":
            read.refuse(values != np.floor(values), column, "must be a whole number", REMEDY)
            cells = table.raw(column)
            powers = np.array([_has_exponent(cells[row - 1]) for row in read.rows.tolist()], bool)
            read.refuse(powers, column, "must be a whole number in digits, without an exponent", REMEDY)
        if ge is not None:
            read.refuse(~(values >= float(ge)), column, f"must be at least {ge}", REMEDY)
        if le is not None:
            read.refuse(~(values <= float(le)), column, f"must be at most {le}", REMEDY)


def _has_exponent(cell: object) -> bool:
    """Whether a number is written as 1E+05 is, as spreadsheets do when they have dropped its last digits."""
    return isinstance(cell, str) and "e" in cell.lower()


def _refuse_dates(table: Table, column: str, ge: str | None, le: str | None) -> None:
    cells = table.raw(column)
    days = [None if cell is None else _day(cell) for cell in cells]

    def outside(rule: Callable[[date], bool]) -> BoolArray:
        return np.array([day is not None and not rule(day) for day in days], bool)

    wrong = [cell is not None and day is None for cell, day in zip(cells, days, strict=True)]
    _refuse(table, column, np.array(wrong, bool), "be a day, YYYY-MM-DD")
    if ge is not None:
        _refuse(table, column, outside(lambda day: day >= date.fromisoformat(ge)), f"be at least {ge}")
    if le is not None:
        _refuse(table, column, outside(lambda day: day <= date.fromisoformat(le)), f"be at most {le}")


def _day(cell: object) -> date | None:
    """The day in a cell; None where it is none, or has a time of day that is not midnight."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == datetime.min.time() else None
    if isinstance(cell, date):
        return cell
    try:
        found = date.fromisoformat(str(cell))
    except ValueError:
        return None
    return found if found.isoformat() == str(cell) else None


def _refuse(table: Table, column: str, offending: BoolArray, rule: str) -> None:
    if offending.any():
        first = int(np.flatnonzero(offending)[0]) + 1
        raise DataError(
            f"Column {column!r} must {rule}; {plural(int(offending.sum()), 'row')} did not, the first at "
            f"{table.where(first)}. {REMEDY}"
        )

"""Covariates in a table: a column of numbers is itself, a column of text stands for its categories.

The one rule, for every design. Text counts as categories unless some of it reads as a number or a date, which an export
may have turned into text: that is refused, never guessed. What is declared as text, in `read_table` or by a categorical
type of pandas, polars or Arrow, is categories whatever it looks like. Categories are told apart as labels are (one
space between words, composed characters) and stand in the order of their code points; the first has no indicator.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from effekt._calendar import is_date
from effekt._types import BoolArray, FloatArray, IntArray, Missing
from effekt._validation import plural
from effekt.exceptions import DataError
from effekt.tables.names import SPREADSHEET_ERRORS
from effekt.tables.numbers import as_number
from effekt.tables.table import Selection, Table

MOST = 1_000  # categories of one column
_READS_AS_NUMBER = re.compile(r"[+\-−–]?[.,]?\d[\d\s.,'’_]*(?:[eE][+-]?\d+)?\s*(?:%|kr)?[-−]?")
_DECLARE = (
    "Turn it into numbers, as read_table does with the right `decimal`; if these are codes such as '0114', name the "
    "column in its `text`, or give it a categorical type."
)
_TIME_AS_NUMBER = "Give it as a number, such as an age in years or days since a day."


class Indicator(str):
    """The name of the indicator of a category, such as 'education: high', which knows its column."""

    column: str


def column_of(name: str) -> str:
    """The column of a covariate: its own name, or that of the categories."""
    return name.column if isinstance(name, Indicator) else name


def called(name: str) -> str:
    """A covariate as the subject of a refusal, which names the column and no category."""
    subject = "A category of column" if isinstance(name, Indicator) else "Column"
    return f"{subject} {column_of(name)!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariates:
    """What covariates are to a model.

    Attributes
    ----------
    columns : tuple of p (n,) arrays
    names : tuple of str, length p
        A column's own name, or 'education: high' for the indicator of a category.
    of : tuple of str, length p
        The column that each belongs to.
    """

    columns: tuple[FloatArray, ...]
    names: tuple[str, ...]
    of: tuple[str, ...]

    def matrix(self) -> FloatArray:
        """(n, p): side by side, column after column in memory."""
        return np.array(self.columns).T


def select_covariates(
    table: Table,
    *,
    covariates: Sequence[str],
    numbers: Iterable[str] = (),
    labels: Iterable[str] = (),
    times: Iterable[str] = (),
    optional: Iterable[str] = (),
    missing: Missing | None = None,
) -> Selection:
    """`Table.select`, those of the `covariates` that are categories among the labels and the others among the numbers.

    `numbers` may name covariates too, where the place they have decides ties in the order of rows.

    Raises
    ------
    DataError
        As `Table.select`; for text of which some reads as a number or a date.
    """
    grouped = [name for name in covariates if _is_categories(table, name)]
    return table.select(
        numbers=[name for name in (*numbers, *covariates) if name not in grouped],
        labels=(*labels, *grouped),
        times=times,
        optional=optional,
        missing=missing,
    )


def covariates_of(
    rows: Selection, names: Sequence[str], kept: IntArray | BoolArray | slice = slice(None), *, every: bool = False
) -> Covariates:
    """The covariates of some rows, in the order of their names.

    Parameters
    ----------
    rows : Selection
        By `select_covariates`.
    names : sequence of str
    kept : rows, optional
        Those that are analysed: categories that none of them has are none.
    every : bool
        Whether the first category has an indicator too, as in a table of balance.

    Raises
    ------
    DataError
        For a column with one category, with a category for nearly every row, or with more than `MOST`.
    """
    columns: list[FloatArray] = []
    named: list[str] = []
    of: list[str] = []
    for name in names:
        grouped = is_grouped(rows, name)
        found = _indicators(rows, name, kept, every=every) if grouped else {name: rows.numbers[name][kept]}
        columns += found.values()
        named += found
        of += [name] * len(found)
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            f"`covariates` must have one name each; a category and another column are both {twice!r}. Rename the "
            "column."
        )
    return Covariates(columns=tuple(columns), names=tuple(named), of=tuple(of))


def is_declared_text(table: Table, name: str) -> bool:
    """Whether a column is text whatever it looks like."""
    return name in table._text


def is_grouped(rows: Selection, name: str) -> bool:
    """Whether a covariate stands for categories."""
    return name not in rows.numbers


def _indicators(
    rows: Selection, name: str, kept: IntArray | BoolArray | slice, *, every: bool
) -> dict[str, FloatArray]:
    labels, codes = rows.labels[name], rows.labels[name].codes[kept]
    there = np.unique(codes)
    if len(there) < 2:
        raise DataError(f"Column {name!r} must vary; all rows are of one category. Leave it out of `covariates`.")
    if 2 * len(there) > len(codes) or len(there) > MOST:
        raise DataError(
            f"Column {name!r} must hold few categories for a covariate, at most {MOST:,} and one for two rows; "
            f"{plural(len(codes), 'row')} have {len(there):,}. Merge categories, or leave it out of `covariates` if "
            "it names units."
        )
    chosen = there if every else there[1:]
    written = labels.named(chosen)
    return {_indicator(name, label): (codes == code).astype(float) for label, code in zip(written, chosen, strict=True)}


def _indicator(column: str, label: str) -> Indicator:
    name = Indicator(f"{column}: {label}")
    name.column = column
    return name


def _is_categories(table: Table, name: str) -> bool:
    """Whether a covariate stands for categories; what is neither that nor numbers is left to be refused."""
    if name not in table.columns:
        return False
    if is_declared_text(table, name):
        return True
    column = table._columns[name]
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        return False
    cells = table.raw(name)
    dates = [row for row, cell in enumerate(cells, start=1) if isinstance(cell, datetime.date)]
    if dates:
        raise DataError(
            f"Column {name!r} must hold numbers or categories, as a covariate; {plural(len(dates), 'row')} held a "
            f"date, the first at {table.where(dates[0])}. {_TIME_AS_NUMBER}"
        )
    _refuse_errors(table, name, cells)
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        return False
    words = {cell: str(cell).strip() for cell in set(cells) if cell is not None}
    odd = {cell for cell, word in words.items() if _READS_AS_NUMBER.fullmatch(word) or is_date(word)}
    if not odd:
        return bool(words)
    if any(as_number(cell, table._decimal) is not None for cell in odd):
        return False
    rows = [row for row, cell in enumerate(cells, start=1) if cell in odd]
    if all(is_date(words[cell]) for cell in odd):
        raise DataError(
            f"Column {name!r} must hold numbers, or categories none of which reads as a number or a date; "
            f"{plural(len(rows), 'row')} held a date as text, the first at {table.where(rows[0])}. {_TIME_AS_NUMBER} "
            "If each is a category, name the column in the `text` of read_table."
        )
    raise DataError(
        f"Column {name!r} must hold numbers, or categories none of which reads as a number or a date; "
        f"{plural(len(rows), 'row')} did, the first at {table.where(rows[0])}. {_DECLARE}"
    )


def _refuse_errors(table: Table, name: str, cells: Sequence[object]) -> None:
    """Refuse what a formula that failed leaves in a cell, which is neither a number nor a category."""
    rows = [
        row for row, cell in enumerate(cells, start=1) if isinstance(cell, str) and cell.strip() in SPREADSHEET_ERRORS
    ]
    if rows:
        raise DataError(
            f"Column {name!r} must hold numbers or categories, as a covariate; {plural(len(rows), 'row')} held a "
            f"spreadsheet program's error, such as #N/A or #DIV/0!, the first at {table.where(rows[0])}. Mend the "
            "formula, or leave cells without a value empty."
        )

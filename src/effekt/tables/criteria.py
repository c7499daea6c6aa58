"""What every row of a table must meet: one comparison of one column."""

from __future__ import annotations

import operator
from typing import Literal, TypeAlias

import numpy as np

from effekt._validation import join_words, plural
from effekt.exceptions import DataError
from effekt.tables.table import Table

Comparison: TypeAlias = Literal["ge", "gt", "le", "lt", "among"]
_RULES = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_REMEDY = "Take those who are not eligible out of the data, and account for them in a ledger."


def refuse_ineligible(table: Table, *, column: str, comparison: Comparison, value: str | tuple[str, ...]) -> None:
    """Refuse rows that do not meet a criterion, and those of which nobody can tell.

    Parameters
    ----------
    table : Table
    column : str
    comparison : {"ge", "gt", "le", "lt", "among"}
    value : str or tuple of str
        A decimal; for "among" the words of which the column must have one.

    Raises
    ------
    DataError
        With the column, the rule, how many rows, and the first of them.

    Examples
    --------
    >>> people = Table({"age": [30, 15]})
    >>> refuse_ineligible(people, column="age", comparison="ge", value="16")
    Traceback (most recent call last):
        ...
    effekt.exceptions.DataError: Column 'age' must be at least 16; 1 row did not, the first at row 2. Take those who \
are not eligible out of the data, and account for them in a ledger.
    """
    unknown = np.array([cell is None for cell in table.raw(column)], bool)
    if unknown.any():
        raise DataError(
            f"Column {column!r} must have a value in every row for it to be eligible; "
            f"{plural(int(unknown.sum()), 'row')} did not, the first at "
            f"{table.where(int(np.flatnonzero(unknown)[0]) + 1)}. Complete the column, or take such rows out of the "
            "data and account for them in a ledger."
        )
    if isinstance(value, tuple):
        read = table.select(labels=[column])
        named = read.labels[column]
        met = np.array([name in value for name in named.names], bool)[named.codes]
        rule = join_words([repr(name) for name in value])
    else:
        read = table.select(numbers=[column])
        met = getattr(operator, comparison)(read.numbers[column], float(value))
        rule = f"{_RULES[comparison]} {value}"
    read.refuse(~met, column, f"must be {rule}", _REMEDY)

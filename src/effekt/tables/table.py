"""Named columns, read by the role they play into checked arrays in one canonical row order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from effekt._calendar import EXAMPLE, how_to_write, is_date, month_first, parse_period, strays
from effekt._types import FloatArray, IntArray, Missing, Period
from effekt._validation import LARGEST_CELL, check_option, did_you_mean, join_words, plural
from effekt.exceptions import ArgumentError, DataError, UnknownColumnError
from effekt.tables.arrays import absent, distinct_numbers, in_order, is_missing, plain, read_only, whole_names
from effekt.tables.labels import Labels
from effekt.tables.names import (
    SPREADSHEET_ERRORS,
    as_label,
    has_invisible,
    how_they_differ,
    in_time,
    spelled_variously,
)
from effekt.tables.numbers import as_number, hint_for, kind_of, loses_digits, too_long, truths_among

if TYPE_CHECKING:
    import pandas as pd

CANONICAL_ROWS = 100_000  # up to this many rows are sorted, so that bytes are equal under permutation
_PLAIN_NUMBER = {point: re.compile(rf"-?(?:0|[1-9]\d*)(?:{re.escape(point)}\d+)?", re.ASCII) for point in ".,"}
_SEVERAL = (list, tuple, dict, set, np.ndarray)  # what a cell may not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Checked columns in canonical row order.

    Attributes
    ----------
    numbers : dict of str to (n,) float array
    labels : dict of str to Labels
    periods : dict of str to (n,) int array of period numbers
    rows : (n,) int array
        Where each row stood in the data, from 1.
    n_dropped : int
        Rows left out because a used column was empty.
    table : Table
        Where the rows came from.
    """

    numbers: dict[str, FloatArray]
    labels: dict[str, Labels]
    periods: dict[str, IntArray]
    rows: IntArray
    n_dropped: int
    table: Table

    def __len__(self) -> int:
        return len(self.rows)

    def first(self, offending: Any) -> str:
        """'row 17' (and in a file 'row 17, line 18'): the first offending row as the data has it."""
        return self.table.where(int(np.min(self.rows[np.asarray(offending)])))

    def refuse(self, offending: Any, column: str, rule: str, remedy: str) -> None:
        """Raise when any row offends, with column, rule, count and first row."""
        offending = np.asarray(offending, bool)
        if offending.any():
            raise DataError(
                f"Column {column!r} {rule}; {plural(int(offending.sum()), 'row')} did not, the first at "
                f"{self.first(offending)}. {remedy}"
            )

    def refuse_repeats(self, columns: Sequence[str], remedy: str) -> None:
        """Raise when two rows agree in all of the columns (labels or periods)."""
        keys = [self.labels[name].codes if name in self.labels else self.periods[name] for name in columns]
        order = np.lexsort((self.rows, *keys[::-1]))
        again = np.zeros(len(self), bool)
        again[order[1:]] = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys])
        if again.any():
            raise DataError(
                f"{'Column' if len(columns) == 1 else 'Columns'} {join_words(map(repr, columns), 'and')} must name "
                f"each row once; {plural(int(again.sum()), 'row')} repeated an earlier one, the first at "
                f"{self.first(again)}. {remedy}"
            )


class Table:
    """Named columns of one length, as `read_table` returns them.

    Examples
    --------
    >>> import effekt
    >>> effekt.read_table(effekt.case("servicetrainee") / "applicants.csv", delimiter=";").columns
    ('household', 'year', 'trainee', 'on_support')
    """

    __slots__ = ("_columns", "_decimal", "_index", "_lines", "_rows", "_text", "hidden_columns", "hidden_rows", "name")

    def __init__(
        self,
        columns: Mapping[str, Any],
        *,
        name: str = "the data",
        decimal: str | None = None,
        lines: Sequence[int] | None = None,
        text: tuple[str, ...] = (),
        rows: Sequence[int] | None = None,
        index: tuple[str, ...] = (),
        hidden: tuple[int, ...] = (),
        hidden_columns: tuple[str, ...] = (),
    ) -> None:
        lengths = {column: len(cells) for column, cells in columns.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(
                f"The columns of a table must have one length; got {lengths!r}. Give each row a value in every column, "
                "or None where there is none."
            )
        self._columns = {column: _in_double(cells) for column, cells in columns.items()}
        self._decimal = decimal
        self._index = index
        self._lines = lines
        self._rows = rows
        self._text = text
        self.name = name
        self.hidden_rows = hidden
        self.hidden_columns = hidden_columns

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names, in their order."""
        return tuple(self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()))) if self._columns else 0

    def __repr__(self) -> str:
        return f"Table({self.name}: {plural(len(self), 'row')}, columns {', '.join(self.columns)})"

    def __getitem__(self, column: object) -> NoReturn:
        name = column if isinstance(column, str) else "name"
        raise ArgumentError(f"A table is not indexed; `table.values({name!r})` gives the cells of a column.")

    def raw(self, column: str) -> list[object]:
        """The cells of a column as plain Python values, missing ones as None."""
        self._require((column,))
        return [None if is_missing(cell) else cell for cell in _as_list(self._columns[column])]

    def values(self, column: str) -> list[object]:
        """`raw`, with text that is plainly a number as its decimal: with decimal comma 1,50 is 1.5; 0127 stays text.

        Two files with one content have equal values, whatever their formats.
        """
        cells = self.raw(column)
        if self._decimal is None or column in self._text:
            return cells
        plain = _PLAIN_NUMBER[self._decimal]
        return [
            Decimal(cell.strip().replace(",", ".")) if isinstance(cell, str) and plain.fullmatch(cell.strip()) else cell
            for cell in cells
        ]

    def with_columns(self, columns: Mapping[str, FloatArray]) -> Table:
        """The same rows with these columns in place of their own; errors go on naming rows and lines as they were."""
        return Table(
            {**self._columns, **columns}, name=self.name, decimal=self._decimal, lines=self._lines, text=self._text
        )

    def to_pandas(self) -> pd.DataFrame:
        """The table as a pandas frame.

        Columns of a text file whose cells all are numbers become numeric, unless digits would be lost: 0127 and whole
        numbers beyond 2^53 stay text.
        """
        return to_pandas({name: self._typed(name) for name in self.columns})

    def where(self, row: int) -> str:
        """'row 17', and in a text file 'row 17, line 18'; in a part of a table the row of the whole."""
        number = row if self._rows is None else self._rows[row - 1]
        return f"row {number}" if self._lines is None else f"row {number}, line {self._lines[row - 1]}"

    def part(self, rows: IntArray, columns: Mapping[str, FloatArray] | None = None) -> Table:
        """Some rows, numbered from 1, with other columns in place of their own; messages keep naming the whole."""
        kept = (np.asarray(rows) - 1).tolist()
        taken = {name: _take(cells, kept) for name, cells in self._columns.items()}
        return Table(
            {**taken, **(columns or {})},
            name=self.name,
            decimal=self._decimal,
            lines=None if self._lines is None else [self._lines[i] for i in kept],
            text=self._text,
            rows=[i + 1 if self._rows is None else self._rows[i] for i in kept],
        )

    def select(
        self,
        *,
        numbers: Iterable[str] = (),
        labels: Iterable[str] = (),
        times: Iterable[str] = (),
        periods: Mapping[str, Period] | None = None,
        optional: Iterable[str] = (),
        missing: Missing | None = None,
        whole: bool = False,
    ) -> Selection:
        """Read columns by role, drop or refuse empty cells, and sort the rows canonically.

        Parameters
        ----------
        numbers, labels : names of columns
        times : names of columns
            Labels that are put in the order of time if all are periods of one kind, dates or numbers.
        periods : column to period
        optional : names of columns
            Labels that may be empty: such rows are kept, with the code −1.
        missing : {"raise", "drop"}, optional
            None, which refuses too, where the caller has no such option to offer.
        whole : bool
            Whether what is compared must be whole, so that only rows outside it can be left out.

        Raises
        ------
        DataError
            Naming the column, the rule, the count and the first offending row.
        """
        if missing is not None:
            check_option("missing", missing, ("raise", "drop"))
        periods = dict(periods or {})
        times, optional = tuple(times), tuple(optional)
        numbers, labels = tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys((*labels, *times, *optional)))
        self._require((*labels, *periods, *numbers))
        if len(self) == 0:
            raise DataError(f"{sentence(self.name)} has a header but no data rows; nothing can be estimated from it.")
        cells = {name: self._cells(name) for name in (*labels, *periods, *numbers)}
        keep = self._complete({name: column for name, column in cells.items() if name not in optional}, missing, whole)
        rows = np.arange(1, len(self) + 1) if keep.all() else np.flatnonzero(keep) + 1
        if len(rows) < len(self):
            cells = {name: column[keep] for name, column in cells.items()}
        found = Selection(
            numbers={name: self._numbers(name, cells[name], rows) for name in numbers},
            labels={
                name: self._optional_labels(name, cells[name], rows)
                if name in optional
                else self._labels(name, cells[name], rows, timed=name in times)
                for name in labels
            },
            periods={name: self._periods(name, cells[name], rows, period) for name, period in periods.items()},
            rows=rows,
            n_dropped=int((~keep).sum()),
            table=self,
        )
        return _canonical(found) if len(rows) <= CANONICAL_ROWS else found

    # --- reading one column -----------------------------------------------------------------------------------

    def _require(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._index and name not in self._columns:
                raise UnknownColumnError(
                    f"{sentence(self.name)} has {name!r} in its index, not among its columns. Make a column of it with "
                    "`reset_index()`."
                )
            if name not in self._columns:
                raise UnknownColumnError(
                    f"{sentence(self.name)} has no column {name!r} among its {plural(len(self.columns), 'column')}."
                    f"{did_you_mean(name, self.columns) or ' Check the name, and that the header is there.'}"
                )

    def _cells(self, name: str) -> np.ndarray[Any, Any]:
        """The column as a float array, or as an object array with None for missing."""
        column = self._columns[name]
        if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
            return column
        listed = _as_list(column)
        if any(issubclass(kind, _SEVERAL) for kind in set(map(type, listed))):
            nested = [i for i, cell in enumerate(listed, start=1) if isinstance(cell, _SEVERAL)]
            raise DataError(
                f"Column {name!r} must hold one value in each cell; {plural(len(nested), 'row')} held several, the "
                f"first at {self.where(nested[0])}. Spread them over rows or columns."
            )
        cells = np.empty(len(column), dtype=object)
        cells[:] = listed
        return cells

    def _complete(
        self, cells: Mapping[str, np.ndarray[Any, Any]], missing: Missing | None, whole: bool
    ) -> np.ndarray[Any, Any]:
        keep = np.ones(len(self), bool)
        for name, column in cells.items():
            lacking = absent(column)
            if not lacking.any():
                continue
            if missing != "drop":
                raise DataError(
                    f"Column {name!r} must have a value in every row; {plural(int(lacking.sum()), 'row')} did not, the "
                    f"first at {self.where(int(np.flatnonzero(lacking)[0]) + 1)}. {_remedy(missing, whole)}"
                )
            keep &= ~lacking
        if not keep.any():
            raise DataError(f"{sentence(self.name)} has no row with a value in every used column; complete the data.")
        return keep

    def _numbers(self, name: str, cells: np.ndarray[Any, Any], rows: IntArray) -> FloatArray:
        if cells.dtype == np.float64 and plain(cells, LARGEST_CELL):
            return read_only(cells)
        values = cells.astype(float) if cells.dtype.kind in "fiub" else self._parsed(name, cells, rows)
        bad = ~np.isfinite(values)
        if bad.any():
            raise DataError(
                f"Column {name!r} must hold finite numbers; {plural(int(bad.sum()), 'row')} did not, the first at "
                f"{self.where(int(rows[bad][0]))}. Correct the data."
            )
        extreme = (np.abs(values) > LARGEST_CELL) | ((np.abs(values) < 1 / LARGEST_CELL) & (values != 0))
        if extreme.any():
            raise DataError(
                f"Column {name!r} must hold numbers between 1e-60 and 1e60 in size, or 0; "
                f"{plural(int(extreme.sum()), 'row')} did not, the first at {self.where(int(rows[extreme][0]))}. Give "
                "it in another unit."
            )
        inexact = too_long(cells)
        if inexact.any():
            raise DataError(
                f"Column {name!r} must hold whole numbers up to 2^53, which are exact; the first larger one is at "
                f"{self.where(int(rows[inexact][0]))}. Give it in a larger unit."
            )
        return values + 0.0  # turns -0 into 0

    def _parsed(self, name: str, cells: np.ndarray[Any, Any], rows: IntArray) -> FloatArray:
        if set(map(type, cells)) == {float}:
            return cells.astype(float)
        values = np.empty(len(cells))
        offending = []
        decimal = None if name in self._text else self._decimal
        for i, cell in enumerate(cells):
            number = as_number(cell, decimal)
            values[i] = math.nan if number is None else number
            if number is None:
                offending.append(i)
        if offending:
            hint = hint_for(cells[offending[0]], decimal, from_file=self._lines is not None)
            raise DataError(
                f"Column {name!r} must hold numbers; {plural(len(offending), 'row')} held {kind_of(cells[offending])}, "
                f"the first at {self.where(int(rows[offending[0]]))}.{hint}"
            )
        truths = truths_among(cells, values)
        if truths.any():
            raise DataError(
                f"Column {name!r} must hold numbers alone, or only True, False, 1 and 0; "
                f"{plural(int(truths.sum()), 'row')} held True or False among other numbers, the first at "
                f"{self.where(int(rows[truths][0]))}. Write the number that belongs there."
            )
        return values

    def _labels(self, name: str, cells: np.ndarray[Any, Any], rows: IntArray, *, timed: bool) -> Labels:
        """Names as text: 127 and 127.0 are '127', '0127' stays as it is."""
        if cells.dtype.kind in "iu" and not timed:
            codes, whole = whole_names(cells)
            return Labels(codes=codes, written=whole)
        if cells.dtype.kind in "fiub":
            distinct, position = distinct_numbers(cells)
            written = [as_label(value) for value in distinct.tolist()]
        else:
            index: dict[tuple[type, object], int] = {}  # True and 1 are equal, but not the same name
            places = (index.setdefault((type(value), value), len(index)) for value in cells)
            position = np.fromiter(places, np.intp, len(cells))
            written = [as_label(value) for _, value in index]
        failed = np.array([label in SPREADSHEET_ERRORS for label in written])[position]
        if failed.any():
            raise DataError(
                f"Column {name!r} must hold names; {plural(int(failed.sum()), 'row')} held a spreadsheet program's "
                f"error, such as #N/A or #DIV/0!, the first at {self.where(int(rows[failed][0]))}. Mend the formula."
            )
        hidden = np.array([has_invisible(label) for label in written])[position]
        if hidden.any():
            raise DataError(
                f"Column {name!r} must hold names without invisible characters; {plural(int(hidden.sum()), 'row')} did "
                f"not, the first at {self.where(int(rows[hidden][0]))}. Remove them, so that one name has one spelling."
            )
        names = sorted(set(written))
        self._refuse_spellings(name, {} if timed else spelled_variously(names), written, position, rows)
        if timed and month_first(names):
            raise DataError(
                f"Column {name!r} must write each period with its year first, since a month before its year is read as "
                f"a decimal number and not in the order of time; the first is at {self.where(int(rows[0]))}. Write "
                "months as '2014-03'."
            )
        spelled = in_time(names) if timed else None
        mixed = strays(names) if timed and spelled is None else None
        if mixed is not None:
            stray = np.array([label in mixed[1] for label in written])[position]
            raise DataError(
                f"Column {name!r} must write every period in one form; most are {mixed[0]}; "
                f"{plural(int(stray.sum()), 'row')} had another, the first at {self.where(int(rows[stray][0]))}. Write "
                "all in one form, so that no period can count twice."
            )
        place = {label: label for label in names} if spelled is None else spelled
        code = {label: i for i, label in enumerate(dict.fromkeys(place.values()))}
        codes = np.array([code[place[label]] for label in written], np.intp)[position]
        return Labels(codes=codes, written=tuple(code), timed=spelled is not None)

    def _refuse_spellings(
        self, name: str, alike: dict[str, str], written: Sequence[str], position: IntArray, rows: IntArray
    ) -> None:
        """Refuse another spelling of a name than that in the first of its rows."""
        if not alike:
            return
        first: dict[str, str] = {}
        firsts = [first.setdefault(alike[one], one) if one in alike else one for one in written]
        other = np.array([one != earlier for one, earlier in zip(written, firsts, strict=True)])[position]
        place = position[int(np.argmax(other))]
        raise DataError(
            f"Column {name!r} must spell each name in one way, since names that differ in "
            f"{how_they_differ(written[place], firsts[place])} would count as two; {plural(int(other.sum()), 'row')} "
            f"held another spelling than an earlier row, the first at {self.where(int(rows[other][0]))}. Write each "
            "name in one way, and give what are two different things names that differ in more."
        )

    def _optional_labels(self, name: str, cells: np.ndarray[Any, Any], rows: IntArray) -> Labels:
        """`_labels` of the cells that are not empty; the code of the others is −1."""
        there = ~absent(cells)
        codes = np.full(len(cells), -1, np.intp)
        if not there.any():
            return Labels(codes=codes, written=())
        found = self._labels(name, cells[there], rows[there], timed=False)
        codes[there] = found.codes
        return Labels(codes=codes, written=found.written)

    def _periods(self, name: str, cells: np.ndarray[Any, Any], rows: IntArray, period: Period) -> IntArray:
        known: dict[object, int | None] = {}
        for cell in cells.tolist():
            if cell not in known:
                known[cell] = parse_period(cell, period)
        numbers = [known[cell] for cell in cells.tolist()]
        bad = np.array([number is None for number in numbers])
        if bad.any():
            raise DataError(
                f"Column {name!r} must hold {period}s; {plural(int(bad.sum()), 'row')} did not, the first at "
                f"{self.where(int(rows[bad][0]))}. {how_to_write(cells[bad].tolist(), period)}"
            )
        dates = {cell for cell in known if is_date(cell)}
        if 0 < len(dates) < len(known):
            odd = min(dates, set(known) - dates, key=len)
            first = next(i for i, cell in enumerate(cells.tolist()) if cell in odd)
            raise DataError(
                f"Column {name!r} must write every period in one form; it holds dates and {period}s such as "
                f"{EXAMPLE[period]!r}, and the first of the rarer form is at {self.where(int(rows[first]))}. Write "
                f"all of them alike, if they are of one frequency."
            )
        return np.array(numbers, dtype=np.intp)

    def _typed(self, name: str) -> Any:
        if self._decimal is None or name in self._text:
            return self._columns[name]
        cells = self.raw(name)
        numbers = [None if cell is None else as_number(cell, self._decimal) for cell in cells]
        if any((number is None) != (cell is None) for number, cell in zip(numbers, cells, strict=True)):
            return cells
        if any(map(loses_digits, cells)):
            return cells
        whole = all(number is not None and number.is_integer() for number in numbers)
        return [int(number) for number in numbers if number is not None] if whole else numbers


def sentence(name: str) -> str:
    """With a capital first letter."""
    return name[:1].upper() + name[1:]


def _as_list(column: Any) -> list[object]:
    return list(column.tolist() if isinstance(column, np.ndarray) else column)


def _remedy(missing: Missing | None, whole: bool) -> str:
    """What can be done of empty cells, where the caller has the option `missing` or has not."""
    if missing is None:
        return "Complete the data."
    dropping = "if the comparison needs none of those rows" if whole else "to leave such rows out and have them counted"
    return f"Complete the data, or pass missing='drop' {dropping}."


def _in_double(cells: Any) -> Any:
    """Narrower floats as the doubles of their shortest decimals, so that 0.1 is 0.1 in every file format."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "f" and cells.dtype.itemsize < 8:
        return cells.astype(str).astype(float)
    return cells


def _take(cells: Any, rows: list[int]) -> Any:
    """Some cells of a column."""
    if isinstance(cells, np.ndarray):
        return cells[rows]
    listed = _as_list(cells)
    return [listed[i] for i in rows]


def _canonical(found: Selection) -> Selection:
    """Rows sorted over all used columns; rows that tie are equal in every used column."""
    keys: list[FloatArray | IntArray] = [
        *(labels.codes for labels in found.labels.values()),
        *found.periods.values(),
        *found.numbers.values(),
    ]
    order = in_order(keys)
    return Selection(
        numbers={name: column[order] for name, column in found.numbers.items()},
        labels={name: replace(v, codes=v.codes[order]) for name, v in found.labels.items()},
        periods={name: column[order] for name, column in found.periods.items()},
        rows=found.rows[order],
        n_dropped=found.n_dropped,
        table=found.table,
    )


def to_pandas(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Columns as a pandas frame."""
    import pandas as pd

    return pd.DataFrame(dict(columns))

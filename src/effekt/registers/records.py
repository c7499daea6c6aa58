"""Spells of sickness and of employment, read from tables into whole days; persons become numbers."""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from effekt._calendar import LOCAL_DATES, has_zone, is_date
from effekt._exact import exact
from effekt._validation import plural
from effekt.exceptions import ArgumentError, DataError
from effekt.tables import Labels, Selection, Table, as_table

Cells: TypeAlias = tuple[Hashable, ...]

_TOGETHER = re.compile(r"(?:19|20)\d{6}")
_SERIAL = re.compile(r"[2-9]\d{4}")  # 1954-10-03 and later
_TIMED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: a person, from `first` to `last` (days as ordinals), and how much of full time.

    `last` is the last known day; `open` says that the spell had not ended then.
    """

    person: str
    unit: str
    first: int
    last: int
    open: bool
    part: Fraction


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns are called."""

    person: str
    first_day: str
    last_day: str
    part: str | None
    unit: str | None = None

    def named(self) -> tuple[str | None, ...]:
        """The columns that the call names."""
        return self.person, self.first_day, self.last_day, self.part, self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Records in one order, and how many rows began after the extract, and how many repeated another in every column.

    `alike` is how many agree with another in every column but those of `apart`, which were not named: each is a record.
    `places` has each person's first row, as sentences name it, in the order of the rows, and `unit_places` each unit's.
    """

    records: list[Record]
    rows: int
    late: int
    repeated: int
    alike: int
    apart: tuple[str, ...]
    places: dict[str, str]
    unit_places: dict[str, str]

    def by_person(self) -> dict[str, list[Record]]:
        """The records of each person, by first day."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.person, []).append(record)
        return found


def read_records(name: str, data: object, columns: Columns, until: int) -> Records:
    """Records as they are known through the day `until`; the two tables may share names, so errors say which it was."""
    try:
        return _read(data, columns, until)
    except DataError as fault:
        raise DataError(f"In `{name}`: {fault}") from None


def _read(data: object, columns: Columns, until: int) -> Records:
    table = as_table(data)
    for column in (columns.person, columns.unit, columns.part, columns.first_day):
        if column:
            _refuse_empty(table, column)
    selection = table.select(
        labels=[column for column in (columns.person, columns.unit) if column],
        numbers=[columns.part] if columns.part else [],
    )
    firsts, lasts = _days(table, columns.first_day), _days(table, columns.last_day)
    parts = _parts(selection, columns.part)
    people = selection.labels[columns.person]
    units = selection.labels[columns.unit] if columns.unit else None
    others = [column for column in table.columns if column not in columns.named()]
    unnamed = _unnamed(table, others)
    once: dict[tuple[Record, int | None], set[Cells]] = {}  # the last day as written and other columns set rows apart
    late = 0
    for i, row in enumerate(selection.rows.tolist()):
        first, last = firsts[row - 1], lasts[row - 1]
        assert first is not None
        if last is not None and last < first:
            raise DataError(
                f"Column {columns.last_day!r} must not lie before {columns.first_day!r}; the first row "
                f"where it does is {table.where(_first_reversed(firsts, lasts))}. Correct the dates."
            )
        if first > until:
            late += 1
            continue
        known = Record(
            person=people.names[people.codes[i]],
            unit=units.names[units.codes[i]] if units else "",
            first=first,
            last=until if last is None else min(last, until),
            open=last is None or last > until,
            part=parts[i],
        )
        once.setdefault((known, last), set()).add(unnamed[row - 1])
    order = operator.attrgetter("person", "first", "last", "unit", "open", "part")
    found = sorted((one for (one, _), rows in once.items() for _ in rows), key=order)
    return Records(
        records=found,
        rows=len(selection),
        late=late,
        repeated=len(selection) - late - len(found),
        alike=len(found) - len(once),
        apart=tuple(
            column
            for i, column in enumerate(others)
            if any(len({row[i] for row in rows}) > 1 for rows in once.values())
        ),
        places=_first_rows(people, selection),
        unit_places=_first_rows(units, selection) if units else {},
    )


def _first_rows(labels: Labels, selection: Selection) -> dict[str, str]:
    """Where each name stands first, in the order of the rows."""
    firsts: dict[str, int] = {}
    for row, code in sorted(zip(selection.rows.tolist(), labels.codes.tolist(), strict=True)):
        firsts.setdefault(labels.names[code], row)
    return {name: selection.table.where(row) for name, row in firsts.items()}


def _unnamed(table: Table, columns: Sequence[str]) -> list[Cells]:
    """Of each row the cells of columns that the call does not name, which set it apart from others."""
    cells = [[_comparable(cell) for cell in table.values(column)] for column in columns]
    return list(zip(*cells, strict=True)) if cells else [()] * len(table)


def _comparable(cell: object) -> Hashable:
    """A cell that equals others like it, also a list; an empty text is no value, as in a text file."""
    if isinstance(cell, str):
        return cell or None
    return cell if isinstance(cell, Hashable) else repr(cell)


def _first_reversed(firsts: list[int | None], lasts: list[int | None]) -> int:
    both = enumerate(zip(firsts, lasts, strict=True), start=1)
    return next(i for i, (first, last) in both if first is not None and last is not None and last < first)


def _parts(selection: Selection, column: str | None) -> list[Fraction]:
    """The share of full time in each row, exactly as written; 1 where no column is given."""
    if column is None:
        return [Fraction(1)] * len(selection)
    numbers = selection.numbers[column]
    selection.refuse(
        (numbers <= 0) | (numbers > 1),
        column,
        "must hold shares above 0 and at most 1",
        "Write 75 % as 0.75, and leave out rows without working time.",
    )
    return [exact(float(number)) for number in numbers]


def _refuse_empty(table: Table, column: str) -> None:
    empty = [i for i, cell in enumerate(table.raw(column), 1) if cell is None or cell == ""]
    if empty:
        raise DataError(
            f"Column {column!r} must have a value in every row; {plural(len(empty), 'row')} did not, the first at "
            f"{table.where(empty[0])}. Complete the data."
        )


def _days(table: Table, column: str) -> list[int | None]:
    """Each cell as a day; None where there is none."""
    cells = table.raw(column)
    days = [None if cell is None or cell == "" else day_of(cell) for cell in cells]
    wrong = [i for i, (cell, day) in enumerate(zip(cells, days, strict=True), 1) if cell not in (None, "") and not day]
    if wrong:
        raise DataError(
            f"Column {column!r} must hold dates such as 2019-01-31; {plural(len(wrong), 'row')} did not, the first at "
            f"{table.where(wrong[0])}. {_how_to_write(cells[wrong[0] - 1])}"
        )
    return days


def _how_to_write(cell: object) -> str:
    """The remedy for a cell that is no day, without what is in it."""
    if has_zone(cell):
        return LOCAL_DATES
    text = str(cell).strip().removesuffix(".0")
    if _TOGETHER.fullmatch(text):
        return "Write days with hyphens, as 2019-01-31, not as 20190131."
    if _SERIAL.fullmatch(text):
        return (
            "They may be dates as a spreadsheet program counts them, in days: give the column the format of a date "
            "there, and save it."
        )
    if isinstance(cell, datetime.datetime) or _TIMED.fullmatch(text):
        return "Write days without a time, as 2019-01-31, not as 2019-01-31 08:00."
    return "Write them as 2019-01-31, or as dates."


def day_of(value: object) -> int | None:
    """The ordinal of a date, or of text such as '2019-01-31'; None for anything else."""
    if isinstance(value, datetime.datetime):
        value = value.date() if value.time() == datetime.time.min and value.tzinfo is None else None
    if isinstance(value, str):
        text = value.strip()
        value = datetime.date.fromisoformat(text[:10]) if is_date(text) else None
    return value.toordinal() if isinstance(value, datetime.date) else None


def check_day(name: str, value: object) -> int:
    """The ordinal of a date in an argument."""
    day = day_of(value)
    if day is None:
        raise ArgumentError(f"`{name}` must be a date such as '2019-01-31'; got {value!r}.")
    return day

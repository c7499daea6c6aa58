"""Reading a panel with staggered adoption: every unit in every period, and the period from which it is treated."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from effekt._calendar import LOCAL_DATES, has_zone, is_date, parse_period, period_numbers
from effekt._types import BoolArray, FloatArray, IntArray, Missing
from effekt._types import Table as AnyTable
from effekt._validation import plural
from effekt.estimators._called_totals import called_in_panel
from effekt.estimators._totals import decimal_cells, refuse_totals_of_units, total_of_units
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import (
    Labels,
    Selection,
    Table,
    as_label,
    as_table,
    covariates_of,
    is_grouped,
    read_grid,
    select_covariates,
)

NEVER = 1_000_000  # later than any period: the start of a unit that is not treated in any period
_WHOLE = re.compile(r"-?\d{1,9}")
_POINT_ZERO = re.compile(r"(?<=\d)\.0+$")  # as in text made of numbers of which some were missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column plays which role; `never` is the label that marks units never treated, None an empty cell."""

    outcome: str
    unit: str
    time: str
    start: str
    never: str | None
    covariates: tuple[str, ...]
    cluster: str
    anticipation: int
    missing: Missing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """A balanced panel; units sorted by name, periods in time order.

    Attributes
    ----------
    outcome : (units, periods) array
    start : (units,) integer array
        Position of the first treated period among the periods, at least 1 + anticipation; `NEVER` for none.
    covariates : (units, p) array, named by `names`
    cluster : (units,) integer array
        Codes from 0.
    periods : tuple of str
    n_dropped : int
        Rows left out.
    n_always : int
        Units left out because they have no period before treatment or anticipation.
    n_later : int
        Units whose treatment starts after the last period and anticipation, and which count as never treated.
    n_awaiting : int
        Units whose treatment starts after the last period, yet may be anticipated in it.
    n_incomplete : int
        Units left out because they lack a period.
    always : (n_always, periods) array
        The outcomes of those without a period before treatment or anticipation.
    always_start : (n_always,) integer array
        Their first treated period, 0 for those treated in all.
    always_cluster : (n_always,) integer array
        Their clusters, by codes that a unit in `cluster` may share: `cluster_codes` has those.
    cluster_codes : (units,) integer array
        The clusters of the others as the data number them.
    called : tuple of Note
        What is told of units that are called as a total is.
    """

    outcome: FloatArray
    start: IntArray
    covariates: FloatArray
    names: tuple[str, ...]
    cluster: IntArray
    periods: tuple[str, ...]
    n_dropped: int
    n_always: int
    n_later: int
    n_awaiting: int
    n_incomplete: int
    always: FloatArray
    always_start: IntArray
    always_cluster: IntArray
    cluster_codes: IntArray
    called: tuple[Note, ...]


def read_panel(data: AnyTable, columns: Columns) -> Panel:
    """Check and arrange the rows."""
    table = as_table(data)
    cells = _from_grid(table, columns)
    if cells is None:
        cells = _from_rows(table, columns)
    n_periods = len(cells.periods)
    kept, n_always, n_later, n_awaiting = kept_units(cells.start, n_periods, columns.anticipation)
    begins = np.where(cells.start >= n_periods + columns.anticipation, NEVER, cells.start)[kept]
    covariates = covariates_of(cells.rows, columns.covariates, cells.first[kept])
    return Panel(
        outcome=np.ascontiguousarray(cells.outcome if kept.all() else cells.outcome[kept], float),
        start=np.asarray(begins, np.intp),
        covariates=np.column_stack(covariates.columns or [np.empty((kept.sum(), 0))]),
        names=covariates.names,
        cluster=compact(cells.cluster[kept]),
        periods=cells.periods,
        n_dropped=cells.n_dropped + n_always * n_periods,
        n_always=n_always,
        n_later=n_later,
        n_awaiting=n_awaiting,
        n_incomplete=cells.n_incomplete,
        always=np.asarray(cells.outcome[~kept], float),
        always_start=np.maximum(cells.start[~kept], 0),
        always_cluster=cells.cluster[~kept],
        cluster_codes=cells.cluster[kept],
        called=cells.called,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """All units that are seen in every period: outcomes (units, periods), and what each unit has one value of.

    `rows` have their covariates, each unit's in its `first`.
    """

    outcome: FloatArray
    start: IntArray
    rows: Selection
    first: IntArray
    cluster: IntArray
    periods: tuple[str, ...]
    n_dropped: int
    n_incomplete: int
    called: tuple[Note, ...]


def _from_grid(table: Table, columns: Columns) -> _Cells | None:
    """Those of a table that stands as a grid, if nothing is to be said of it."""

    def read(units: Table) -> Selection:
        empty = (columns.start,) if columns.never is None else ()
        labels = (columns.unit, columns.cluster, *(() if empty else (columns.start,)))
        return units.select(labels=labels, numbers=columns.covariates, optional=empty)

    own = {columns.cluster: None, columns.start: None, **dict.fromkeys(columns.covariates)}
    own.pop(columns.unit, None)
    found = read_grid(
        table, unit=columns.unit, time=columns.time, numbers=(columns.outcome,), constant=tuple(own), read=read
    )
    if found is None:
        return None
    try:
        parse, numbers = calendar(found.periods, columns.time, found.units)
        starts = starts_of_rows(found.units, columns, parse, numbers[0])
    except DataError:
        return None
    order, outcome = found.order, found.numbers[columns.outcome]
    untreated = starts[order] >= len(numbers)
    named = found.units.labels[columns.unit]
    if total_of_units(outcome, named, ~untreated) is not None:
        return None
    return _Cells(
        outcome=outcome,
        start=starts[order],
        rows=found.units,
        first=order,
        cluster=found.units.labels[columns.cluster].codes[order],
        periods=found.periods.names,
        n_dropped=0,
        n_incomplete=0,
        called=called_in_panel(named, np.arange(named.count), untreated),
    )


def _from_rows(table: Table, columns: Columns) -> _Cells:
    """Those of any table, or what is wrong with it."""
    refuse_empty_starts(table, columns)
    empty = (columns.start,) if columns.never is None else ()
    rows = select_covariates(
        table,
        covariates=columns.covariates,
        labels=(columns.unit, columns.cluster, *(() if empty else (columns.start,))),
        times=(columns.time,),
        numbers=(columns.outcome,),
        optional=empty,
        missing=columns.missing,
    )
    parse, numbers = calendar(rows.labels[columns.time], columns.time, rows)
    starts = starts_of_rows(rows, columns, parse, numbers[0])
    where, shape = _places(rows, columns)
    there = np.zeros(shape, bool)
    there.ravel()[where] = True
    whole: BoolArray = np.asarray(there.all(axis=1))
    _check_balance(rows, columns, whole)
    place = _spread(rows.rows, where, shape)[whole]

    def first(offending: BoolArray) -> str:
        return table.where(int(place[offending].min()))

    def constant(cells: IntArray | FloatArray, name: str, remedy: str) -> FloatArray | IntArray:
        wide = _spread(cells, where, shape)[whole]
        _check_constant(wide, name, columns.unit, first, remedy)
        return wide[:, 0]

    start = constant(starts, columns.start, "Give each unit one period from which it is treated.")
    groups = constant(
        rows.labels[columns.cluster].codes, columns.cluster, "Use a column of clusters that hold whole units."
    )
    for name in columns.covariates:
        cells = rows.labels[name].codes if is_grouped(rows, name) else rows.numbers[name]
        constant(cells, name, "Use its value from before the intervention in every row.")
    outcome = np.asarray(_spread(rows.numbers[columns.outcome], where, shape), float)
    start, named = np.asarray(start, np.intp), rows.labels[columns.unit]
    untreated = np.asarray(start >= shape[1])
    group, compared = _adopted(starts, named, shape[1]), whole.copy()
    compared[whole] = kept_units(start, shape[1], columns.anticipation)[0]
    refuse_totals_of_units(
        decimal_cells(outcome, there),
        group,
        compared,
        (columns.unit, named),
        lambda at: rows.first(named.codes == at),
    )
    return _Cells(
        outcome=outcome[whole],
        start=start,
        rows=rows,
        first=np.asarray(_spread(np.arange(len(rows)), where, shape)[whole][:, 0], np.intp),
        cluster=np.asarray(groups, np.intp),
        periods=rows.labels[columns.time].names,
        n_dropped=rows.n_dropped + int(there[~whole].sum()),
        n_incomplete=int((~whole).sum()),
        called=called_in_panel(named, np.flatnonzero(whole), untreated),
    )


# --- times ------------------------------------------------------------------------------------------------------------


def _how_to_write(names: Sequence[str]) -> str:
    """The remedy where labels are no periods that follow each other."""
    if any(map(has_zone, names)):
        return LOCAL_DATES
    if all(map(is_date, names)):
        return "Write each date as the month, quarter or year that it stands for."
    return "Number the periods, or write them so."


def calendar(labels: Labels, time: str, rows: Selection) -> tuple[Callable[[str], int | None], list[int]]:
    """How a label is read as a period, and the number of each period; they follow each other without a gap."""
    names = labels.names
    found = period_numbers(names) if labels.timed else None
    if found is not None:
        period, numbers = found

        def parse(label: str) -> int | None:
            return parse_period(label, period)
    else:
        rows.refuse(
            np.array([not _WHOLE.fullmatch(name) for name in names])[labels.codes],
            time,
            "must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', or whole numbers, since "
            "periods before and after adoption are counted",
            _how_to_write(names),
        )
        numbers = [int(name) for name in names]

        def parse(label: str) -> int | None:
            return int(label) if _WHOLE.fullmatch(label) else None

    gaps = numbers[-1] - numbers[0] + 1 - len(numbers)
    if gaps:
        after = next(i for i in range(len(numbers)) if numbers[i + 1] > numbers[i] + 1)
        raise DataError(
            f"Column {time!r} must hold every period from the first to the last; {plural(gaps, 'period')} "
            f"{'is' if gaps == 1 else 'are'} missing, the first after {names[after]}. Add the rows, or number the "
            "periods that there are."
        )
    if len(numbers) < 2:
        raise DataError(f"Column {time!r} must hold at least two periods; it holds one. Add the periods before.")
    return parse, numbers


def starts_of_rows(rows: Selection, columns: Columns, parse: Callable[[str], int | None], first: int) -> IntArray:
    """The position of each row's first treated period, counted from the panel's first period; `NEVER` for none."""
    labels = rows.labels[columns.start]
    position = np.full(len(labels.names) + 1, NEVER, np.intp)  # the last is what the code −1 picks
    unread = np.zeros(len(labels.names) + 1, bool)
    for code, name in enumerate(_POINT_ZERO.sub("", name) for name in labels.names):
        if name == columns.never:
            continue
        number = None if columns.never is None and name == "0" and first > 0 else parse(name)
        unread[code] = number is None
        position[code] = NEVER if number is None else number - first
    rows.refuse(
        unread[labels.codes],
        columns.start,
        f"must hold periods written as in column {columns.time!r}",
        "Write the first treated period so; leave the cell of units never treated empty, or name the value that marks "
        "them, such as never=0 or never=9999.",
    )
    return position[labels.codes]


def refuse_empty_starts(table: Table, columns: Columns) -> None:
    """Refuse empty cells beside a value that marks units never treated: they may mean the same, or be unknown."""
    if columns.never is None or columns.missing != "raise" or columns.start not in table.columns:
        return
    rows = table.select(optional=(columns.start,))
    rows.refuse(
        rows.labels[columns.start].codes < 0,
        columns.start,
        f"must hold a period, or {columns.never!r}, which `never` names, in every row",
        "If empty cells mark units never treated, leave `never` out, or write its value there too; if not, complete "
        "the data.",
    )


def kept_units(start: IntArray, periods: int, anticipation: int) -> tuple[BoolArray, int, int, int]:
    """Units with a period before treatment and anticipation; how many have none, start after the end, may await it."""
    kept = start > anticipation
    after = (start >= periods) & (start < NEVER)
    later = after & (start >= periods + anticipation)
    return kept, int((~kept).sum()), int(later.sum()), int((after & ~later & kept).sum())


# --- units ------------------------------------------------------------------------------------------------------------


def _places(rows: Selection, columns: Columns) -> tuple[IntArray, tuple[int, int]]:
    """The cell of each row in the table of units and periods; a cell that is taken twice is refused."""
    units, times = rows.labels[columns.unit], rows.labels[columns.time]
    shape = (units.count, times.count)
    where = units.codes * shape[1] + times.codes
    if np.bincount(where, minlength=1).max() > 1:
        rows.refuse_repeats(
            (columns.unit, columns.time),
            "Remove the repeated rows. If they are other people in each period, pass "
            "sampling='repeated_cross_sections'.",
        )
    return where, shape


def _adopted(starts: IntArray, units: Labels, periods: int) -> IntArray:
    """The first treated period of each unit, counted from 1; 0 for those treated in none."""
    found = np.full(units.count, NEVER, np.intp)
    found[units.codes] = starts
    return np.where(found >= periods, 0, np.maximum(found, 0) + 1)


def _spread(cells: IntArray | FloatArray, where: IntArray, shape: tuple[int, int]) -> FloatArray | IntArray:
    wide: FloatArray | IntArray = np.zeros(shape, cells.dtype)  # type: ignore[assignment]
    wide.ravel()[where] = cells
    return wide


def compact(codes: IntArray) -> IntArray:
    """The codes that occur, numbered from 0 without gaps."""
    there = np.bincount(codes) > 0
    return np.asarray((np.cumsum(there) - 1)[codes])


def _check_balance(rows: Selection, columns: Columns, whole: BoolArray) -> None:
    unit = columns.unit
    if not whole.any():
        raise DataError(
            f"Column {unit!r} must name units seen in every period; none of the {plural(len(whole), 'unit')} is. Check "
            "the time column."
        )
    if not whole.all() and columns.missing == "raise":
        short = ~whole[rows.labels[unit].codes]
        raise DataError(
            f"Column {unit!r} must name units seen in every period; {plural(int((~whole).sum()), 'unit')} lacked some, "
            f"the first at {rows.first(short)}. Complete the data, or pass missing='drop' to leave such units out."
        )


def _check_constant(
    wide: IntArray | FloatArray, name: str, unit: str, first: Callable[[BoolArray], str], remedy: str
) -> None:
    away = wide != wide[:, :1]
    if away.any():
        raise DataError(
            f"Column {name!r} must be constant within each unit of column {unit!r}; "
            f"{plural(int(away.any(axis=1).sum()), 'unit')} changed, the first at {first(away)}. {remedy}"
        )


def never_label(never: object) -> str | None:
    """The label of the value that marks units never treated."""
    return None if never is None else as_label(never)


def cohorts_of(start: IntArray, periods: Sequence[str]) -> list[int]:
    """The first treated periods that units have, of those inside the panel, in time order."""
    return [value for value in starts_of(start) if value < len(periods)]


def starts_of(start: IntArray) -> list[int]:
    """The distinct starts, in rising order."""
    return [int(value) for value in np.flatnonzero(np.bincount(start))]

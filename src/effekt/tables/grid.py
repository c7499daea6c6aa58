"""A table whose rows already stand as a grid of units and periods, read without looking up where each row belongs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import LARGEST_CELL
from effekt.exceptions import DataError
from effekt.tables.arrays import BLOCK, plain, read_only
from effekt.tables.labels import Labels
from effekt.tables.numbers import EXACT_INTEGER
from effekt.tables.table import Selection, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Every unit in every period, each once; periods in time order.

    Attributes
    ----------
    units : Selection
        One row per unit.
    order : (units,) integer array
        Which row of `units` is first by name, which second.
    periods : Labels
        In the order of time.
    numbers : dict of str to (units, periods) float array
        Units sorted by name; not to be written to.
    switches : dict of str to (units,) and (periods,) bool arrays
        Units sorted by name.
    """

    units: Selection
    order: IntArray
    periods: Labels
    numbers: dict[str, FloatArray]
    switches: dict[str, tuple[BoolArray, BoolArray]]


def read_grid(
    table: Table,
    *,
    unit: str,
    time: str,
    numbers: Sequence[str],
    constant: Sequence[str],
    read: Callable[[Table], Selection],
    switches: Sequence[str] = (),
) -> Grid | None:
    """The grid, where rows stand unit by unit or period by period, all in one order, and nothing is to be refused.

    None otherwise: `Table.select` then looks up every row, and says what is wrong if anything is. Both give the same.

    Parameters
    ----------
    unit, time : str
        Columns of whole numbers; times are any numbers.
    numbers, constant : names of columns
        Those that have a value for each unit and period, and those that have one for each unit.
    read : function
        Reads a table of one row per unit, its labels `unit` among them.
    switches : names of columns
        Those that are 1 in some periods, the last among them, for some units, and 0 elsewhere.
    """
    names = (unit, time, *numbers, *constant, *switches)
    wide = _wide(_arrays(table, names), unit, time)
    if wide is None or not wide.keys() >= set(names) or not all(map(_stays, (wide[name] for name in constant))):
        return None
    if not all(map(_is_plain, (wide[name] for name in numbers))):
        return None
    try:
        units = read(Table({name: wide[name][:, 0] for name in (*constant, unit)}))
        times = Table({time: wide[time][0]}).select(times=(time,))
    except DataError:
        return None
    own, periods = units.labels[unit], times.labels[time]
    if len(units) < len(wide[unit]) or own.count < len(units):
        return None
    if not periods.timed or periods.count < wide[time].shape[1]:
        return None
    order = np.empty(len(units), np.intp)
    order[own.codes] = np.arange(len(units))
    rows, when = units.rows[order] - 1, times.rows[np.argsort(periods.codes)] - 1
    found = {name: _switch(wide[name], rows, when) for name in switches}
    known = {name: switch for name, switch in found.items() if switch is not None}
    if len(known) < len(found):
        return None
    arranged = {name: _arranged(wide[name], rows, when) for name in numbers}
    return Grid(units=units, order=order, periods=periods, numbers=arranged, switches=known)


def _arrays(table: Table, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns that are arrays of numbers."""
    found = {name: table._columns.get(name) for name in names}
    return {
        name: cells for name, cells in found.items() if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiub"
    }


def _wide(columns: dict[str, NDArray[Any]], unit: str, time: str) -> dict[str, NDArray[Any]] | None:
    """(units, periods) views of all columns, if the rows stand so in one way or the other."""
    if unit not in columns or time not in columns or columns[unit].dtype.kind == "f":
        return None
    for outer, inner in ((unit, time), (time, unit)):
        length = _run(columns[outer])
        if not length or len(columns[outer]) % length:
            continue
        wide = {name: cells.reshape(-1, length) for name, cells in columns.items()}
        if _stays(wide[outer]) and _recurs(wide[inner]):
            return wide if outer == unit else {name: cells.T for name, cells in wide.items()}
    return None


def _run(cells: NDArray[Any]) -> int:
    """How many cells are alike from the first on."""
    for first in range(0, len(cells), BLOCK):
        other = cells[first : first + BLOCK] != cells[0]
        if other.any():
            return first + int(np.argmax(other))
    return len(cells)


def _stays(wide: NDArray[Any]) -> bool:
    """Whether each line holds one value; empty cells are alike."""
    if not wide.flags.c_contiguous:
        return _recurs(wide.T)
    cells, length = wide.ravel(), wide.shape[1]
    step = length * max(1, BLOCK // length)
    blocks = (cells[first : first + step] for first in range(0, len(cells), step))
    return all(_alike(block[1:], block[:-1], ends=slice(length - 1, None, length)) for block in blocks)


def _recurs(wide: NDArray[Any]) -> bool:
    """Whether all lines are alike."""
    cells, length = wide.ravel(), wide.shape[1]
    first, then = cells[:-length], cells[length:]
    return all(_alike(then[i : i + BLOCK], first[i : i + BLOCK]) for i in range(0, len(then), BLOCK))


def _alike(cells: NDArray[Any], others: NDArray[Any], ends: slice = slice(0)) -> bool:
    """Whether two by two they are one value or empty, but for those at the ends of lines."""
    same = cells == others
    same[ends] = True
    return bool(same.all() or (same | ((cells != cells) & (others != others))).all())


def _is_plain(wide: NDArray[Any]) -> bool:
    """Whether nothing is to be said of these numbers, −0 among them."""
    if wide.dtype.kind != "f":
        return wide.dtype.kind == "b" or bool(wide.max() <= EXACT_INTEGER and wide.min() >= -EXACT_INTEGER)
    return wide.dtype == np.float64 and plain(wide.ravel(order="K"), LARGEST_CELL, signed=True)


def _arranged(wide: NDArray[Any], rows: IntArray, when: IntArray) -> FloatArray:
    """(units, periods) in their order, as floats, none of them −0."""
    in_time = np.array_equal(when, np.arange(len(when)))
    found = np.empty(wide.shape)
    step = max(1, BLOCK // len(when))
    for first in range(0, len(rows), step):
        own = rows[first : first + step]
        if in_time:
            cells = wide.take(own, axis=0) if wide.flags.c_contiguous else wide[own]  # which takes no copy of all
        else:
            cells = wide[own[:, None], when]
        np.add(cells, 0.0, out=found[first : first + step])
    return read_only(found)


def _switch(wide: NDArray[Any], rows: IntArray, when: IntArray) -> tuple[BoolArray, BoolArray] | None:
    """For which units and in which periods cells are 1, in their order, if all others are 0."""
    units = wide[:, when[-1]] > 0
    periods = wide[int(np.argmax(units))] > 0
    cells, outer, inner = (wide, units, periods) if wide.flags.c_contiguous else (wide.T, periods, units)
    lines = np.array([np.zeros(len(inner)), inner], wide.dtype)
    step, choice = max(1, BLOCK // len(inner)), outer.astype(np.intp)
    blocks = (slice(first, first + step) for first in range(0, len(cells), step))
    if not all(np.array_equal(cells[block], lines.take(choice[block], axis=0)) for block in blocks):
        return None
    return units[rows], periods[when]

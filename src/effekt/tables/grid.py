"""A table whose rows already stand as a grid of units and periods, read without looking up where each row belongs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._types import FloatArray, IntArray
from effekt.exceptions import DataError
from effekt.tables.arrays import BLOCK, plain, read_only
from effekt.tables.labels import Labels
from effekt.tables.table import EXACT_INTEGER, LARGEST, Selection, Table


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
    """

    units: Selection
    order: IntArray
    periods: Labels
    numbers: dict[str, FloatArray]


def read_grid(
    table: Table,
    *,
    unit: str,
    time: str,
    numbers: Sequence[str],
    constant: Sequence[str],
    read: Callable[[Table], Selection],
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
    """
    names = (unit, time, *numbers, *constant)
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
    return Grid(
        units=units,
        order=order,
        periods=periods,
        numbers={name: _arranged(wide[name], rows, when) for name in numbers},
    )


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


def _blocks(wide: NDArray[Any]) -> list[NDArray[Any]]:
    step = max(1, BLOCK // wide.shape[1])
    return [wide[start : start + step] for start in range(0, len(wide), step)]


def _stays(wide: NDArray[Any]) -> bool:
    """Whether each line holds one value; empty cells are alike."""
    return all(_alike(block, block[:, :1]) for block in _blocks(wide))


def _recurs(wide: NDArray[Any]) -> bool:
    """Whether all lines are alike."""
    return all(_alike(block, wide[:1]) for block in _blocks(wide))


def _alike(block: NDArray[Any], pattern: NDArray[Any]) -> bool:
    same = block == pattern
    return bool(same.all() or (same | ((block != block) & (pattern != pattern))).all())


def _is_plain(cells: NDArray[Any]) -> bool:
    """Whether nothing is to be said of these numbers."""
    cells = cells.ravel(order="K")
    if cells.dtype.kind != "f":
        return cells.dtype.kind == "b" or bool(cells.max() <= EXACT_INTEGER and cells.min() >= -EXACT_INTEGER)
    return plain(cells, LARGEST) or plain(cells + 0.0, LARGEST)  # −0 is 0


def _arranged(wide: NDArray[Any], rows: IntArray, when: IntArray) -> FloatArray:
    """(units, periods) in their order, as floats, none of them −0."""
    in_time = np.array_equal(when, np.arange(len(when)))
    found = np.ascontiguousarray(wide[rows] if in_time else wide[rows[:, None], when], float)
    found += 0.0
    return read_only(found)

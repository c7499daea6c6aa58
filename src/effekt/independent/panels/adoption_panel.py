"""Units with their outcomes by period and the period from which each is treated, as plain rows give them."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from effekt.exceptions import DataError
from effekt.independent.columns import (
    Cell,
    Columns,
    are_categories,
    column,
    complete,
    covariate_rows,
    label,
    labels,
    numbers,
)
from effekt.independent.periods import span

NEVER = 10**6  # the start of a unit that is not treated in any period
WHOLE = re.compile(r"-?\d{1,9}")


class Unit(NamedTuple):
    """One unit: position of its first treated period, outcome of each period, covariates, cluster.

    Where other people are seen in each period it is a row, of ``period``, with one outcome.
    """

    start: int
    y: list[Fraction]
    x: list[Fraction]
    cluster: str
    period: int = 0


class Adoption(NamedTuple):
    """Units that have a period before treatment and its anticipation, by name; the labels of the periods."""

    units: list[Unit]
    periods: list[str]

    def cohorts(self) -> list[int]:
        """Return the first treated periods that there are."""
        return sorted({unit.start for unit in self.units if unit.start < len(self.periods)})


class Roles(NamedTuple):
    """The columns."""

    outcome: str
    unit: str
    time: str
    start: str
    covariates: Sequence[str]
    cluster: str


def read_adoption(columns: Columns, roles: Roles, never: Cell | None, anticipation: int, missing: str) -> Adoption:
    """Return the units that are seen in every period.

    A unit that is first treated more than `anticipation` periods after the last is never treated, as far as is seen.
    """
    used = [roles.outcome, roles.unit, roles.time, roles.cluster, *roles.covariates]
    columns = complete(columns, used if never is None else [*used, roles.start], missing)
    number, names = read_calendar(labels(columns, roles.time))
    first, last = min(names), max(names)
    starts = [start_of(cell, never, number, first) for cell in column(columns, roles.start)]
    rows: dict[str, dict[int, int]] = {}
    for row, (own, when) in enumerate(zip(labels(columns, roles.unit), labels(columns, roles.time), strict=True)):
        if rows.setdefault(own, {}).setdefault(number(when), row) != row:
            raise DataError(f"row {row + 1} repeats a unit and period; keep one row of each.")
    if set(names) != set(range(first, last + 1)) or len(names) < 2:
        raise DataError("the periods must follow each other without a gap; add the rows that are missing.")
    whole = {own: seen for own, seen in rows.items() if len(seen) == len(names)}
    if len(whole) < len(rows) and missing != "drop":
        raise DataError("every unit must be seen in every period; complete the data, or use missing='drop'.")
    y, groups = numbers(columns, roles.outcome), labels(columns, roles.cluster)
    told = [labels(columns, own) if are_categories(columns, own) else numbers(columns, own) for own in roles.covariates]
    kept = []
    for own in sorted(whole):
        places = [whole[own][when] for when in range(first, last + 1)]
        alike = {(starts[row], groups[row], *(line[row] for line in told)) for row in places}
        if len(alike) > 1:
            raise DataError("start, cluster and covariates must be alike in all rows of a unit; correct them.")
        start = begins(starts[places[0]], len(names), anticipation)
        if start is not None:
            kept.append((start, places))
    x = covariate_rows(of_rows(columns, [places[0] for _, places in kept]), roles.covariates)
    units = [
        Unit(start, [y[place] for place in places], own, groups[places[0]])
        for (start, places), own in zip(kept, x, strict=True)
    ]
    return Adoption(units, [names[when] for when in range(first, last + 1)])


def of_rows(columns: Columns, rows: Sequence[int]) -> Columns:
    """Return some rows."""
    return {name: [cells[row] for row in rows] for name, cells in columns.items()}


def begins(start: int, periods: int, anticipation: int) -> int | None:
    """Return a unit's first treated period, ``NEVER`` after the last; None without a period before and anticipation."""
    start = NEVER if start >= periods + anticipation else start
    return start if start > anticipation else None


def read_calendar(written: Sequence[str]) -> tuple[Callable[[str], int], dict[int, str]]:
    """Return how a label is numbered, and the label of each number that is there."""
    try:
        spans = {text: span(text) for text in set(written)}
    except ValueError:
        spans = {}
    lengths = {length for _, length in spans.values()}
    shifts = {first % length for first, length in spans.values() if length}
    if len(lengths) == len(shifts) == 1 and lengths != {0}:
        (length,), (shift,) = lengths, shifts
    elif all(WHOLE.fullmatch(text) for text in written):
        return _whole, {_whole(text): text for text in sorted(set(written))}
    else:
        raise DataError("times must be periods of one kind, or whole numbers; write them so.")

    def number(text: str) -> int:
        try:
            first, own = span(text)
        except ValueError as error:
            raise DataError("start must be written as the times are; correct it.") from error
        if own not in (0, length) or (own and (first - shift) % length):
            raise DataError("start must be written as the times are; correct it.")
        return (first - shift) // length

    return number, {number(text): _label(own[0], length, shift) for text, own in spans.items()}


def _label(first: int, length: int, shift: int) -> str:
    """Return the one way in which a period is written in the labels of effects."""
    year, month = divmod(first, 12)
    if length == 12:
        return f"{year}/{(year + 1) % 100:02d}" if shift else f"{year:04d}"
    return f"{year:04d}-{month + 1:02d}" if length == 1 else f"{year:04d}{'QT'[length - 3]}{month // length + 1}"


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise DataError("start must be a whole number where the times are; correct it.")
    return int(text)


def start_of(cell: Cell | None, never: Cell | None, number: Callable[[str], int], first: int) -> int:
    """Return the position of the first treated period; an empty cell, or the named label, is of those never treated."""
    if cell is None or cell != cell or not str(cell).strip():
        return NEVER
    text = label(cell)
    whole, _, zeros = text.partition(".")  # 2018.0 is a whole number
    text = whole if zeros and not zeros.strip("0") else text
    if never is not None and text == label(never):
        return NEVER
    if never is None and text == "0" and first > 0:
        raise DataError("start must not be 0 unless never says what it stands for; leave the cell empty or name it.")
    return number(text) - first

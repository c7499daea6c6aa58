"""Cells to exact numbers and labels, as the second route reads them.

Decimal text stands for exactly that decimal, a float for its shortest round-trip decimal
(conventions, "Figures and money"); both become a ``Fraction``, so that sums and ratios are exact.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from unicodedata import normalize

from effekt.exceptions import DataError
from effekt.independent.periods import span

Cell = str | float | int | Fraction
Columns = Mapping[str, Sequence[Cell]]
FURTHEST = 400  # powers of ten; floats end at 308 and -324


class Name(str):
    """Text that the data declare as such: no number, whatever it looks like."""

    __slots__ = ()


def column(columns: Columns, name: str) -> Sequence[Cell]:
    """Return the cells of one column; all columns have the same length and at least one row."""
    if name not in columns:
        raise DataError(f"column {name!r} is not in the data; name one of the columns it has.")
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise DataError("the columns must have equal length and at least one row; give one cell per row.")
    return columns[name]


def number(cell: Cell) -> Fraction:
    """Return the exact number a cell stands for; ``ValueError`` when it stands for none."""
    if isinstance(cell, Name):
        raise ValueError("declared as text")
    if isinstance(cell, Fraction):
        return cell
    if isinstance(cell, int):
        return Fraction(int(cell))
    return _written(repr(float(cell)) if isinstance(cell, float) else str(cell))


@lru_cache(maxsize=2**14)
def _written(text: str) -> Fraction:
    """Return the number a decimal writes; the cells of a column repeat each other."""
    try:
        exact = Decimal(text.strip())
        if exact.is_finite() and abs(exact.adjusted()) > FURTHEST:
            raise ValueError("beyond any float")  # of 1e-999999999 no fraction can be written
        return Fraction(exact)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ValueError("not a finite number") from error


def numbers(columns: Columns, name: str) -> list[Fraction]:
    """Return a numeric column as exact fractions."""
    values = []
    for row, cell in enumerate(column(columns, name), start=1):
        try:
            values.append(number(cell))
        except ValueError as error:
            raise DataError(
                f"column {name!r} must hold finite numbers, which row {row} does not; correct that row."
            ) from error
    return values


def zero_one(columns: Columns, name: str) -> list[int]:
    """Return a column that may hold only 0 and 1."""
    values = numbers(columns, name)
    for row, value in enumerate(values, start=1):
        if value not in (0, 1):
            raise DataError(f"column {name!r} must hold only 0 and 1, which row {row} does not; correct that row.")
    return [int(value) for value in values]


def label(cell: Cell) -> str:
    """Return an identifier as text; a whole number reads the same as text, int or float."""
    whole = isinstance(cell, float | Fraction | Decimal) and cell == cell and cell == int(cell)
    return _composed(str(int(cell) if whole else cell))


@lru_cache(maxsize=2**14)
def _composed(text: str) -> str:
    """Return a text in normal form C, with one space between words."""
    return " ".join(normalize("NFC", text).split())


def labels(columns: Columns, name: str) -> list[str]:
    """Return an identifier column as text, no cell empty."""
    values = [label(cell) for cell in column(columns, name)]
    for row, value in enumerate(values, start=1):
        if value in ("", "nan", "None"):
            raise DataError(
                f"column {name!r} must hold a label in every row, which row {row} does not; correct or remove that row."
            )
    _one_spelling(values, name)
    return values


def _one_spelling(values: Sequence[str], name: str) -> None:
    """Raise for two ways to write one name: see `_written_alike`, and among words `_said_alike`."""
    distinct = set(values)
    if len(set(map(_said_alike, distinct))) == len(distinct):
        return
    words = {value for value in distinct if _says_words(value)}
    mostly_words = len(words) > len(distinct) / 2
    seen: dict[tuple[bool, str], str] = {}
    for row, value in enumerate(values, start=1):
        as_words = mostly_words and value in words
        earlier = seen.setdefault((as_words, _said_alike(value) if as_words else _written_alike(value)), value)
        if earlier == value:
            continue
        alone = "in zeros, spaces, hyphens or capitals alone"
        if earlier.casefold() == value.casefold():
            alone = "in capitals alone" if value.lower() == earlier.lower() else "only as ß and ss do"
        raise DataError(
            f"column {name!r} must spell each name in one way, and row {row} differs from an earlier one {alone}; "
            "write both alike."
        )


@lru_cache(maxsize=2**14)
def _written_alike(value: str) -> str:
    """Return a whole number without zeros before and after it; of other text, dashes as hyphens, and codes unspaced."""
    whole, _, after = value.partition(".")
    if value.isascii() and whole.isdigit() and set(after) <= {"0"} and not value.endswith("."):
        return str(int(whole))
    for dash in "\u2010\u2011\u2013\u2014\u2212":
        value = value.replace(dash, "-")
    kept = ""
    for before, sign, after in zip(f" {value}"[:-1], value, f"{value} "[1:], strict=True):
        parts_code = (before.isalpha() and after.isdecimal()) or (before.isdecimal() and after.isalpha())
        kept += "" if sign == " " and parts_code else sign
    return kept


@lru_cache(maxsize=2**14)
def _said_alike(value: str) -> str:
    """Return what is also alike in capitals, and whether words are joined by spaces, hyphens or lines."""
    parts = _written_alike(value).replace("-", " ").replace("_", " ").split(" ")
    return " ".join(part for place, part in enumerate(parts) if part or place in (0, len(parts) - 1)).casefold()


@lru_cache(maxsize=2**14)
def _says_words(value: str) -> bool:
    """Return whether a text is words, of which one has three letters, and numbers by themselves."""
    runs = re.findall(r"[^\W_]+", value)
    letters = [run for run in runs if re.search(r"\D", run)]
    usual = all(run.isalpha() and run in (run.lower(), run.upper(), run.title()) for run in letters)
    return usual and any(len(run) > 2 for run in letters)


def are_categories(columns: Columns, name: str) -> bool:
    """Whether a covariate is text of which nothing reads as a number."""
    return all(isinstance(cell, str) for cell in column(columns, name)) and not any(
        _is_number(cell) for cell in set(column(columns, name))
    )


def _is_number(cell: Cell) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


def covariate_lines(columns: Columns, names: Sequence[str]) -> dict[str, list[Fraction]]:
    """Return each covariate by name, of categories 0/1 for each but the first by code point: 'education: high'."""
    lines: dict[str, list[Fraction]] = {}
    for name in names:
        if not are_categories(columns, name):
            lines[name] = numbers(columns, name)
            continue
        own = [label(cell) for cell in column(columns, name)]
        for category in sorted(set(own))[1:]:
            lines[f"{name}: {category}"] = [Fraction(int(one == category)) for one in own]
    return lines


def covariate_rows(columns: Columns, names: Sequence[str]) -> list[list[Fraction]]:
    """Return the covariates of each row; empty lists without covariates."""
    lines = covariate_lines(columns, names).values()
    return [list(cells) for cells in zip(*lines, strict=True)] or [[] for _ in next(iter(columns.values()))]


def total(values: Iterable[Fraction]) -> Fraction:
    """Return the exact sum, by denominator: whole numbers are added as such."""
    tops: dict[int, int] = {}
    for value in values:
        top, below = value.as_integer_ratio()
        tops[below] = tops.get(below, 0) + top
    return sum((Fraction(top, below) for below, top in tops.items()), Fraction(0))


def mean(values: Sequence[Fraction]) -> Fraction:
    """Return the exact mean."""
    return total(values) / len(values)


def times(columns: Columns, name: str) -> list[str]:
    """Return a time column as text; 2019-1 and 2019-01 are one month where every cell is a period of one length."""
    values = labels(columns, name)
    try:
        spans = [span(value) for value in values]
    except ValueError:
        return values
    lengths = {length for _, length in spans}
    return [f"{first}" for first, _ in spans] if len(lengths) == 1 and lengths != {0} else values


def unit_time_keys(columns: Columns, unit: str, time: str) -> list[tuple[str, str]]:
    """Return the (unit, time) key of each row; a repeated key is an error."""
    keys = list(zip(labels(columns, unit), times(columns, time), strict=True))
    seen: set[tuple[str, str]] = set()
    for row, key in enumerate(keys, start=1):
        if key in seen:
            raise DataError(
                f"columns {unit!r} and {time!r} must identify a row, but row {row} repeats an earlier one; "
                "keep one row of each."
            )
        seen.add(key)
    return keys


def complete(columns: Columns, used: Sequence[str], missing: str) -> Columns:
    """Return the rows that have a value in every used column; with ``missing="raise"`` all must have one."""
    lacking = [any(absent(cell) for cell in row) for row in zip(*(column(columns, name) for name in used), strict=True)]
    if not any(lacking):
        return columns
    if missing != "drop":
        raise DataError(
            f"the used columns must hold a value in every row, which row {lacking.index(True) + 1} does not; "
            "correct it or use missing='drop'."
        )
    return {
        name: [cell for cell, empty in zip(cells, lacking, strict=True) if not empty] for name, cells in columns.items()
    }


def whole_units(
    columns: Columns, used: Sequence[str], missing: str, unit: str, time: str, kind: str | None = None
) -> Columns:
    """Return the complete rows; with ``missing="drop"`` of units seen in every period, with both kinds if told."""
    columns = complete(columns, used, missing)
    if missing != "drop":
        return columns
    units, cells = labels(columns, unit), [times(columns, time)]
    if kind is not None:
        cells.append([str(own) for own in zero_one(columns, kind)])
    places = list(zip(*cells, strict=True))
    seen: dict[str, set[tuple[str, ...]]] = {}
    for own, place in zip(units, places, strict=True):
        seen.setdefault(own, set()).add(place)
    every = len(set(cells[0])) * (1 if kind is None else 2)
    keep = [i for i, own in enumerate(units) if len(seen[own]) == every]
    if not keep:
        raise DataError("no unit is seen in every period; complete the data.")
    return {name: [rows[i] for i in keep] for name, rows in columns.items()}


def absent(cell: object) -> bool:
    """Return whether a cell has no value."""
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())

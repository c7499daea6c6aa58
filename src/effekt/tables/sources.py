"""Where tables come from: frames, mappings of columns, and files whose format is declared, never guessed."""

from __future__ import annotations

import csv
import inspect
import io
import os
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from effekt._validation import (
    check_integer,
    check_names,
    check_option,
    check_path,
    did_you_mean,
    join_words,
    plural,
    shown,
)
from effekt.exceptions import ArgumentError, DataError
from effekt.tables.hidden import warn_of_hidden
from effekt.tables.names import as_label
from effekt.tables.sheet_parts import refuse_infinite, sheet_parts
from effekt.tables.table import Table, sentence
from effekt.tables.text_files import decoded, header_after

TEXT_FILES = (".csv", ".txt", ".tsv")
USED = {
    ".parquet": frozenset({"text"}),
    ".xlsx": frozenset({"decimal", "sheet", "header_row", "text"}),
    **dict.fromkeys(TEXT_FILES, frozenset({"delimiter", "decimal", "encoding", "header_row", "text"})),
}
MAX_BYTES = 2 * 2**30  # looked at before a file is read
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "utf-16")


def as_table(data: Any) -> Table:
    """A `Table` from anything that counts as one."""
    if isinstance(data, Table):
        return data
    if isinstance(data, (str, os.PathLike)):
        return read_table(check_path(data))
    if isinstance(data, Mapping):
        return _from_mapping(data)
    pandas = sys.modules.get("pandas")
    table = _from_pandas(data) if pandas is not None and isinstance(data, pandas.DataFrame) else None
    if table is not None:
        return table
    import narwhals as nw

    try:
        frame: Any = nw.from_native(data, eager_only=True)
        return _from_frame(frame, "the data")
    except nw.exceptions.DuplicateError:
        raise DataError("The data must name each column once; rename the columns that share a name.") from None
    except TypeError:
        remedy = " Pass its `table`." if isinstance(getattr(data, "table", None), Table) else ""
        raise ArgumentError(
            "`data` must be a pandas, polars or pyarrow table, a mapping of columns or the path of a CSV, Excel or "
            f"Parquet file; got {type(data).__name__}.{remedy}"
        ) from None


def _from_mapping(data: Mapping[str, Any]) -> Table:
    categories = tuple(str(name) for name, values in data.items() if _is_categorical(values))
    return Table({str(name): _column(name, values) for name, values in data.items()}, text=categories)


def _is_categorical(values: Any) -> bool:
    """Whether a column is declared to hold categories: by a type of pandas, or of polars or Arrow, in pandas too."""
    kind = str(getattr(values, "dtype", getattr(values, "type", "")))
    return kind.startswith(("category", "Categorical", "Enum", "dictionary<"))


def _column(name: object, values: Any) -> Any:
    """A plain array or list as it is, or the list of cells of any other column; no cell of it is ever changed."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) != 1:
        raise DataError(f"Column {name!r} must be a list of cells; got {type(values).__name__}.")
    if "numpy.ma" in sys.modules and isinstance(values, np.ma.MaskedArray):  # which asking alone would import
        return values.tolist()
    if hasattr(values, "to_pylist"):  # of Arrow, whose own cells are neither numbers, text nor missing
        return values.to_pylist()
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return values.astype("datetime64[us]").tolist()
    plain = type(values) is list or (isinstance(values, np.ndarray) and values.dtype.kind in "fiub")
    return values if plain else list(values)


def _from_frame(frame: Any, name: str) -> Table:
    names = list(frame.columns)
    _refuse_repeated(sentence(name), names)
    import narwhals as nw

    series = {str(column): frame.get_column(column) for column in names}
    categories = tuple(column for column, own in series.items() if own.dtype in (nw.Categorical, nw.Enum))
    return Table({column: _from_series(own) for column, own in series.items()}, name=name, text=categories)


def _from_pandas(frame: Any) -> Table | None:
    """The table of a pandas frame, whose NumPy numbers are read as they are; None if two columns share a name."""
    if not frame.columns.is_unique:
        return None
    columns = {str(name): series for name, series in frame.items()}
    categories = tuple(name for name, series in columns.items() if _is_categorical(series))
    index = tuple(str(name) for name in frame.index.names if name is not None)
    cells = {name: _from_pandas_series(series) for name, series in columns.items()}
    return Table(cells, text=categories, index=index)


def _from_pandas_series(series: Any) -> Any:
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "fiu":
        return series.to_numpy()
    import narwhals as nw

    return _from_series(nw.from_native(series, series_only=True))


def _from_series(series: Any) -> Any:
    import narwhals as nw

    if series.dtype.is_decimal() or not series.dtype.is_numeric():
        return series.to_list()
    if not series.is_null().any():
        return series.to_numpy()
    if not series.dtype.is_float():
        return series.to_list()
    filled = series.cast(nw.Float64()).to_numpy()
    return filled.astype(np.float32) if series.dtype == nw.Float32 else filled


def read_table(
    path: str | Path,
    *,
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
    sheet: str | None = None,
    header_row: int = 1,
    text: str | Sequence[str] = (),
) -> Table:
    """Read a CSV, Excel or Parquet file; what cannot be read safely is declared, never guessed.

    Parameters
    ----------
    path : str or Path
        Ends in .csv, .txt, .tsv, .xlsx or .parquet.
    delimiter : str
        Of a text file; Swedish exports use ";".
    decimal : {".", ","}
        Of a text file, and of numbers that a workbook holds as text; Swedish exports use ",".
    encoding : {"utf-8", "windows-1252", "iso-8859-1", "utf-16"}
        Of a text file; a byte-order mark is accepted with "utf-8".
    sheet : str, optional
        Of a workbook; needed when it has several.
    header_row : int
        Row with the column names, from 1. A first line such as ``sep=;``, which Excel reads, is stepped over where this
        is 1, and refused where `delimiter` is another.
    text : str or list of str
        Columns that are text whatever they look like. Columns used as unit, cluster or group are text anyway: 0127
        keeps its zero.

    Returns
    -------
    Table
        Pass it to any function of effekt, or call `.to_pandas()`.

    Raises
    ------
    DataError
        Naming the file, the line and the remedy.
    ArgumentError
        For an option that breaks its rule, or that a file of this kind does not have.

    Warns
    -----
    TableWarning
        Of a workbook's sheet that is hidden, and of rows and columns of it that are, by hand or by a filter: they are
        read like the others.

    Examples
    --------
    >>> import effekt
    >>> panel = effekt.read_table(effekt.case("sick-leave") / "panel.csv", delimiter=";", decimal=",")
    >>> len(panel), panel.columns[:3]
    (20880, ('kommun', 'månad', 'sjukdagar'))
    """
    path = check_path(path)
    names = check_reading(
        path, delimiter=delimiter, decimal=decimal, encoding=encoding, sheet=sheet, header_row=header_row, text=text
    )
    readers: dict[str, Callable[[], Table]] = {
        ".parquet": lambda: _read_parquet(path),
        ".xlsx": lambda: _read_excel(path, sheet, header_row, decimal),
        **dict.fromkeys(TEXT_FILES, lambda: _read_text(path, delimiter, decimal, encoding, header_row)),
    }
    if not path.is_file():
        raise _no_file(path)
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"The file {path.name!r} is larger than {MAX_BYTES // 2**20} MiB; split it or use Parquet.")
    table = readers[path.suffix.lower()]()
    table._require(names)
    return _with_text(table, names)


def check_reading(
    path: Path,
    *,
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
    sheet: str | None = None,
    header_row: int = 1,
    text: str | Sequence[str] = (),
) -> tuple[str, ...]:
    """The columns that are text; what `read_table` refuses before it opens a file is refused.

    Raises
    ------
    ArgumentError, DataError
        As `read_table` does.
    """
    check_option("decimal", decimal, (".", ","))
    check_option("encoding", encoding, ENCODINGS)
    check_integer("header_row", header_row, 1)
    if not isinstance(sheet, str | None):
        raise ArgumentError(f"`sheet` must be the name of a sheet, as text; got {shown(sheet)}.")
    names = check_names("text", text)
    given = {"delimiter": delimiter, "decimal": decimal, "encoding": encoding, "sheet": sheet, "header_row": header_row}
    _refuse_unused(path, given)
    if not isinstance(delimiter, str) or len(delimiter) != 1 or (delimiter == decimal and _is_text(path)):
        raise ArgumentError(f"`delimiter` must be one character other than the decimal sign; got {delimiter!r}.")
    if path.suffix.lower() not in USED:
        raise DataError(
            f"The file {path.name!r} must end in .csv, .txt, .tsv, .xlsx or .parquet; save it as one of these."
        )
    return names


def _no_file(path: Path) -> DataError:
    if path.exists():
        return DataError(f"{path.name!r} is not a regular file; name the file that holds the data.")
    folder = repr(path.parent.name) if path.parent.name else "this folder"
    return DataError(f"There is no file {path.name!r} in {folder}; check the path.")


def options_for(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `read_table` that mean something for a file of this kind."""
    return {name: value for name, value in options.items() if name in USED.get(path.suffix.lower(), USED[".csv"])}


def _refuse_unused(path: Path, options: Mapping[str, Any]) -> None:
    """Refuse an option that a file of this kind does not have, unless it is left at its default."""
    used = options_for(path, options)
    for name, value in options.items():
        if name not in used and value != inspect.signature(read_table).parameters[name].default:
            raise ArgumentError(f"`{name}` has no meaning for the file {path.name!r}; leave it out.")


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in TEXT_FILES


def _with_text(table: Table, names: tuple[str, ...]) -> Table:
    """Columns declared as text become names, so that no role reads them as numbers by accident."""
    columns = {
        name: [None if cell is None else as_label(cell) for cell in table.raw(name)]
        if name in names
        else table._columns[name]
        for name in table.columns
    }
    text = tuple(dict.fromkeys((*table._text, *names)))
    return Table(
        columns,
        name=table.name,
        decimal=table._decimal,
        lines=table._lines,
        text=text,
        hidden=table.hidden_rows,
        hidden_columns=table.hidden_columns,
    )


def _read_parquet(path: Path) -> Table:
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _from_frame(nw.from_native(pq.read_table(path), eager_only=True), f"the file {path.name!r}")
    except (pa.ArrowException, OSError):
        raise DataError(f"The file {path.name!r} is no Parquet file that can be read; export it again.") from None


def _read_excel(path: Path, sheet: str | None, header_row: int, decimal: str) -> Table:
    rows, unseen_sheet, hidden, columns_hidden = _excel_rows(path, sheet)
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    header = list(rows[header_row - 1] if len(rows) >= header_row else [])
    while header and header[-1] is None:
        header.pop()
    names = _check_header([None if cell is None else str(cell) for cell in header], path, header_row)
    for line, row in enumerate(rows[header_row:], start=header_row + 1):
        if any(cell is not None for cell in row[len(names) :]):
            raise DataError(
                f"The file {path.name!r} must have a column name above every cell; row {line} has cells to the right "
                f"of the last name in row {header_row}. Name the column, or declare `header_row`."
            )
    body = [row[: len(names)] + [None] * (len(names) - len(row)) for row in rows[header_row:]]
    lines = range(header_row + 1, header_row + 1 + len(body))
    columns = {name: [row[i] for row in body] for i, name in enumerate(names)}
    unseen = tuple(line for line in hidden if line in lines)
    unseen_columns = tuple(name for i, name in enumerate(names, start=1) if i in columns_hidden)
    warn_of_hidden(path, unseen_sheet, unseen, unseen_columns)
    comma = "," if decimal == "," else None
    return Table(
        columns,
        name=f"the file {path.name!r}",
        decimal=comma,
        lines=lines,
        hidden=unseen,
        hidden_columns=unseen_columns,
    )


def _excel_rows(path: Path, sheet: str | None) -> tuple[list[list[Any]], str | None, list[int], list[int]]:
    """The cells of a sheet, its name if it is hidden, its hidden rows and columns.

    What the file says of its own extent is not trusted.
    """
    import zipfile
    import zlib
    from xml.etree.ElementTree import ParseError

    from openpyxl.reader.excel import ExcelReader

    broken = (zipfile.BadZipFile, zlib.error, ParseError, OSError)
    within = (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
    )  # openpyxl, the last of an encrypted part
    book = None
    try:
        with warnings.catch_warnings():  # of styles and extensions that a workbook has or lacks, which hold no cells
            warnings.simplefilter("ignore")
            reader = ExcelReader(path, read_only=True, data_only=True)
            reader.read()
            book = reader.wb
        names = [one.title for one in book.worksheets]  # a chart's own sheet has no cells
        listed = join_words(map(repr, names), "and")
        if sheet is None and len(names) > 1:
            raise DataError(f"The workbook {path.name!r} has the sheets {listed}; name one with `sheet`.")
        if sheet is not None and sheet not in names:
            raise DataError(
                f"The workbook {path.name!r} has no sheet {sheet!r} of cells; it has {listed}."
                f"{did_you_mean(sheet, names)}"
            )
        name = sheet or names[0]
        cells = book[name]
        cells.reset_dimensions()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part = next(link.target for one, link in reader.parser.find_sheets() if one.name == name)
            with reader.archive.open(part) as source:
                hidden = sheet_parts(path.name, source)
            found = [list(row) for row in cells.iter_rows(values_only=True)]
            refuse_infinite(path.name, found)
            _refuse_unstored(path, name, found)
        return found, None if cells.sheet_state == "visible" else name, *hidden
    except DataError:
        raise
    except (*broken, *within):
        raise DataError(
            f"The file {path.name!r} is no Excel workbook that can be read; save it as .xlsx, without a password."
        ) from None
    finally:
        if book is not None:
            book.close()


def _refuse_unstored(path: Path, sheet: str, values: list[list[Any]]) -> None:
    """Refuse formulas whose value the workbook does not hold, as in files that no spreadsheet program has saved."""
    import openpyxl

    if all(value is not None for row in values for value in row):
        return
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        cells = book[sheet]
        cells.reset_dimensions()
        for line, (row, stored) in enumerate(zip(cells.iter_rows(values_only=True), values, strict=False), start=1):
            for formula, value in zip(row, stored, strict=False):
                if value is None and isinstance(formula, str) and formula.startswith("="):
                    raise DataError(
                        f"The file {path.name!r} must hold the value of every formula; row {line} has one without. "
                        "Open the workbook in a spreadsheet program, and save it."
                    )
    finally:
        book.close()


def _read_text(path: Path, delimiter: str, decimal: str, encoding: str, header_row: int) -> Table:
    content = decoded(path, encoding)
    header_row = header_after(content, path, delimiter) if header_row == 1 else header_row
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            rows.append(row)
            lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            raise DataError(
                f"The file {path.name!r} has a cell longer than {csv.field_size_limit()} letters at line {start}; "
                "shorten it."
            ) from None
        raise DataError(f"The file {path.name!r} has a broken quote at line {start}; export it again.") from None
    names = _check_header(list(rows[header_row - 1]) if len(rows) >= header_row else [], path, header_row)
    if len(names) == 1:
        other = [sign for sign in ";\t,|" if sign != delimiter and sign in names[0]]
        if other:
            raise DataError(
                f"The file {path.name!r} has only one column with delimiter {delimiter!r}; its header holds "
                f"{other[0]!r}, so declare `delimiter` as {other[0]!r}."
            )
    while rows and not rows[-1]:
        rows.pop()
    empty = [""] if len(names) == 1 else []  # a blank line is a missing cell when there is one column
    body = [(row or empty, line) for row, line in zip(rows, lines, strict=False)][header_row:]
    body = [(row, line) for row, line in body if row]
    for row, line in body:
        if len(row) != len(names):
            raise DataError(
                f"The file {path.name!r} must have {plural(len(names), 'cell')} in every row; line {line} has "
                f"{len(row)}. {_how_many(row, len(names))}"
            )
    columns = {name: [row[i] for row, _ in body] for i, name in enumerate(names)}
    return Table(columns, name=f"the file {path.name!r}", decimal=decimal, lines=[line for _, line in body])


def _refuse_repeated(file: str, names: Sequence[str]) -> None:
    """Refuse two columns of one name, by their places: without a header the name would be a cell of the data."""
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if (first := places.setdefault(name, place)) != place:
            raise DataError(
                f"{file} must name each column once; columns {first} and {place} have one name. Rename one of them."
            )


def _how_many(row: Sequence[str], named: int) -> str:
    """What to do about a row of another length than the header's."""
    if len(row) == 1:
        return "Check the delimiter and the quotes there, or leave the line out if it is a note."
    if len(row) == named + 1 and not row[-1].strip():
        return "Leave out the delimiter that ends the line, which the header lacks."
    return "Check the delimiter and the quotes there."


def _check_header(header: Sequence[str | None], path: Path, header_row: int) -> list[str]:
    names = [unicodedata.normalize("NFC", (name or "").strip()) for name in header]
    if not names:
        raise DataError(f"The file {path.name!r} has no header in row {header_row}; declare `header_row`.")
    for name in names:
        if not name:
            raise DataError(
                f"The file {path.name!r} has a column without a name in row {header_row}; name it, "
                f"{'leave out a delimiter that ends every line, ' if not names[-1] else ''}or declare `header_row`."
            )
    _refuse_repeated(f"The file {path.name!r}", names)
    return names

"""Any table in, the same checked columns out; what cannot be used is refused in one exact sentence."""

from __future__ import annotations

import codecs
import datetime
import decimal
import math
import re
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt.exceptions import ArgumentError, DataError, EffektError, TableWarning, UnknownColumnError
from effekt.independent.columns import labels as independent_labels
from effekt.tables import Selection, Table, as_label, as_table, read_table
from effekt.tables.arrays import whole_names
from effekt.tables.names import spelled_variously

SECRET = "HEMLIG7"
"""Stands in every bad cell: no message may hold it."""

# --- one content, many formats ------------------------------------------------------------------------------------

ROWS: list[tuple[str, str, float | None, int]] = [
    ("0127", "2014-03", 8.25, 120),
    ("0127", "2014-04", 7.5, 118),
    ("1283", "2014-03", 1e-05, 9007199254740992),
    ("1283", "2014-04", None, 0),
    ("Malmö", "2014-03", -0.0, 3),
    ("Malmö", "2014-04", 0.1, 3),
    ("Malmö", "2014-04", 0.1, 3),
    ("Österåker", "2014-03", 12.0, 7),
]
NAMES = ("unit", "time", "days", "staff")


def columns(rows: list[tuple[str, str, float | None, int]]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(NAMES)}


def write_text(
    path: Path,
    rows: list[tuple[str, str, float | None, int]],
    *,
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
) -> Path:
    def cell(value: object) -> str:
        return "" if value is None else str(value).replace(".", decimal)

    lines = [delimiter.join(NAMES), *(delimiter.join(map(cell, row)) for row in rows)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def write_excel(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def write_parquet(path: Path, rows: list[tuple[str, str, float | None, int]]) -> Path:
    pq.write_table(pa.table(columns(rows)), path)
    return path


def csv_table(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    return str(write_text(folder / "a.csv", rows))


def swedish_table(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    path = write_text(folder / "b.csv", rows, delimiter=";", decimal=",", encoding="windows-1252")
    return read_table(path, delimiter=";", decimal=",", encoding="windows-1252")


def bom_table(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    path = write_text(folder / "c.txt", rows, delimiter="\t", encoding="utf-8-sig")
    return read_table(path, delimiter="\t")


def utf16_table(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    return read_table(write_text(folder / "d.csv", rows, encoding="utf-16"), encoding="utf-16")


def excel_table(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    return read_table(write_excel(folder / "e.xlsx", {"Blad1": [list(NAMES), *map(list, rows)]}))


def arrays(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    cells = columns(rows)
    return {
        "unit": np.array(cells["unit"]),
        "time": np.array(cells["time"], dtype="datetime64[M]"),
        "days": np.array(cells["days"], dtype=float),
        "staff": np.array(cells["staff"]),
    }


def arrow_arrays(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    return {name: pa.array(cells) for name, cells in columns(rows).items()}


def pandas_dates(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    frame = pd.DataFrame(columns(rows))
    return frame.assign(unit=frame["unit"].astype("category"), time=pd.to_datetime(frame["time"]))


def polars_dates(folder: Path, rows: list[tuple[str, str, float | None, int]]) -> Any:
    frame = pl.DataFrame(columns(rows))
    return frame.with_columns(pl.col("time").str.to_date("%Y-%m"), pl.col("unit").cast(pl.Categorical))


FORMATS: dict[str, Callable[[Path, list[tuple[str, str, float | None, int]]], Any]] = {
    "mapping": lambda folder, rows: columns(rows),
    "arrays": arrays,
    "arrow_arrays": arrow_arrays,
    "pandas": lambda folder, rows: pd.DataFrame(columns(rows)),
    "pandas_nullable": lambda folder, rows: pd.DataFrame(columns(rows)).convert_dtypes(),
    "pandas_dates": pandas_dates,
    "polars": lambda folder, rows: pl.DataFrame(columns(rows)),
    "polars_dates": polars_dates,
    "pyarrow": lambda folder, rows: pa.table(columns(rows)),
    "csv": csv_table,
    "swedish_csv": swedish_table,
    "bom": bom_table,
    "utf16": utf16_table,
    "excel": excel_table,
    "parquet": lambda folder, rows: write_parquet(folder / "f.parquet", rows),
}


def select(data: Any) -> Selection:
    return as_table(data).select(numbers=["days", "staff"], labels=["unit"], periods={"time": "month"}, missing="drop")


def contents(found: Selection) -> tuple[object, ...]:
    """Everything a selection holds but where its rows stood, as bytes."""
    return (
        {name: column.tobytes() for name, column in found.numbers.items()},
        {name: (labels.names, labels.codes.tolist()) for name, labels in found.labels.items()},
        {name: column.tolist() for name, column in found.periods.items()},
        found.n_dropped,
        len(found),
    )


@pytest.mark.parametrize("order", [1, -1, 3, 5])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_and_order_gives_the_same_bytes(form: str, order: int, tmp_path: Path) -> None:
    """Multiplying by an odd number modulo eight permutes the eight rows."""
    permuted = [ROWS[(i * order) % len(ROWS)] for i in range(len(ROWS))]
    found = select(FORMATS[form](tmp_path, permuted))
    assert contents(found) == contents(select(columns(ROWS)))
    assert found.n_dropped == 1
    assert found.labels["unit"].names == ("0127", "1283", "Malmö", "Österåker")
    for i, row in enumerate(found.rows):
        unit, _, days, staff = permuted[row - 1]
        assert found.labels["unit"].names[found.labels["unit"].codes[i]] == unit
        assert (found.numbers["days"][i], found.numbers["staff"][i]) == (days, staff)


@given(order=st.permutations(range(len(ROWS))))
def test_any_order_gives_the_same_bytes(order: list[int]) -> None:
    assert contents(select(columns([ROWS[i] for i in order]))) == contents(select(columns(ROWS)))


def test_the_data_is_not_changed() -> None:
    frame = pd.DataFrame(columns(ROWS))
    before = frame.copy(deep=True)
    select(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_beyond_a_hundred_thousand_rows_the_order_is_that_of_the_data() -> None:
    numbers = np.arange(100_001, dtype=float)[::-1]
    found = as_table({"x": numbers}).select(numbers=["x"])
    assert found.numbers["x"].tolist() == numbers.tolist()
    assert as_table({"x": numbers[:100_000]}).select(numbers=["x"]).numbers["x"][0] == 1.0


# --- labels, numbers, missing cells -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (127, "127"),
        (127.0, "127"),
        (-0.0, "0"),
        (1.5, "1.5"),
        ("0127", "0127"),
        ("Malmo\u0308", "Malmö"),
        (" Malmö ", "Malmö"),
        ("Upplands\u00a0 Väsby", "Upplands Väsby"),
        (np.int64(127), "127"),
        (np.float64(127.0), "127"),
        (True, "True"),
        (datetime.date(2014, 3, 1), "2014-03-01"),
        (datetime.datetime(2014, 3, 1), "2014-03-01"),
        (pd.Timestamp("2014-03-01"), "2014-03-01"),
        (datetime.datetime(2014, 3, 1, 12, 30), "2014-03-01T12:30:00"),
    ],
)
def test_labels_have_one_form(value: object, label: str) -> None:
    assert as_label(value) == label


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([127, 127.0, "127"], ("127",)),
        ([True, 1, 2], ("1", "2", "True")),
        ([1, True, 2], ("1", "2", "True")),
        (np.array([3, 1, 2]), ("1", "2", "3")),
        (np.array([1.5, -0.0, 0.0]), ("0", "1.5")),
        (np.array([True, False]), ("False", "True")),
        (["b", "a", "Ö", "o"], ("a", "b", "o", "Ö")),
        (["10", "9"], ("10", "9")),
        (["a", "a ", "\ta", "a\u00a0"], ("a",)),
        (np.array([0.1, 0.25], np.float32), ("0.1", "0.25")),
    ],
)
def test_names_are_sorted_text(cells: Any, names: tuple[str, ...]) -> None:
    labels = as_table({"unit": cells}).select(labels=["unit"]).labels["unit"]
    assert labels.names == names
    assert sorted(set(labels.codes.tolist())) == list(range(len(names)))


@pytest.mark.parametrize("library", [pl.DataFrame, pa.table, pd.DataFrame])
def test_narrow_floats_are_their_shortest_decimals(library: Callable[[Any], Any]) -> None:
    """A float32 column is what the same column is in a text file, with or without a missing cell."""
    cells = np.array([0.1, 2434.4, 1e-7, 16777216.0], np.float32)
    table = as_table(library({"x": cells}))
    assert table.select(numbers=["x"]).numbers["x"].tolist() == [1e-7, 0.1, 2434.4, 16777216.0]
    assert table.values("x") == [0.1, 2434.4, 1e-7, 16777216.0]
    narrow = {
        pl.DataFrame: pl.Series("x", [0.1, None], dtype=pl.Float32),
        pa.table: pa.array([0.1, None], pa.float32()),
    }
    holed = as_table(library({"x": narrow.get(library, pd.array([0.1, None], dtype="Float32"))}))
    assert holed.raw("x") == [0.1, None]


@pytest.mark.parametrize("library", [pl.DataFrame, pa.table, lambda data: pd.DataFrame(data, dtype="Int64")])
def test_long_identifiers_are_told_apart_though_one_is_missing(library: Callable[[Any], Any]) -> None:
    """As floats, 2⁶⁰ + 1 and 2⁶⁰ + 2 would be one and the same unit."""
    data = library({"unit": [2**60 + 1, None, 2**60 + 2]})
    found = as_table(data).select(labels=["unit"], missing="drop")
    assert found.labels["unit"].names == (str(2**60 + 1), str(2**60 + 2))


@pytest.mark.parametrize(
    "cell", [None, float("nan"), np.nan, pd.NA, pd.NaT, "", "  ", "\N{NO-BREAK SPACE}", decimal.Decimal("NaN")]
)
@pytest.mark.parametrize("role", ["numbers", "labels"])
def test_what_is_missing(cell: object, role: str) -> None:
    roles: dict[str, Any] = {role: ["x"]}
    table = as_table({"x": [1, cell, 3]})
    assert table.raw("x") == [1, None, 3]
    found = table.select(**roles, missing="drop")
    assert (len(found), found.n_dropped) == (2, 1)
    assert found.rows.tolist() == [1, 3]
    with pytest.raises(DataError, match="1 row did not, the first at row 2"):
        table.select(**roles)


def test_a_masked_cell_is_missing() -> None:
    found = as_table({"x": np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])}).select(
        numbers=["x"], missing="drop"
    )
    assert (found.numbers["x"].tolist(), found.n_dropped) == ([1.0, 3.0], 1)


def test_dropping_counts_a_row_once_and_only_for_used_columns() -> None:
    table = as_table({"x": [1, None, None, 4], "y": [None, None, 3, 4], "z": [None] * 4})
    assert table.select(numbers=["x"], missing="drop").n_dropped == 2
    assert table.select(numbers=["x", "y"], missing="drop").n_dropped == 3
    assert table.select(numbers=["y"], missing="drop").rows.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([True, False], [0.0, 1.0]),
        ([decimal.Decimal("1.10"), 2], [1.1, 2.0]),
        (np.array([1, 2], dtype="uint8"), [1.0, 2.0]),
        (np.array([-(2**53), 2**53]), [-(2.0**53), 2.0**53]),
        ([-(2**53), 2**53], [-(2.0**53), 2.0**53]),
        ([1e60, -1e60, 2e-60], [-1e60, 2e-60, 1e60]),
    ],
)
def test_what_is_a_number(cells: Any, values: list[float]) -> None:
    assert as_table({"x": cells}).select(numbers=["x"]).numbers["x"].tolist() == values


@pytest.mark.parametrize(
    ("text", "decimal_sign", "value"),
    [
        ("8.25", ".", 8.25),
        (" 8.25 ", ".", 8.25),
        ("+8", ".", 8.0),
        ("-0", ".", 0.0),
        ("1e-05", ".", 1e-05),
        ("1E3", ".", 1000.0),
        ("8,25", ",", 8.25),
        ("1,5e2", ",", 150.0),
        ("007", ".", 7.0),
    ],
)
def test_numbers_in_text_files(text: str, decimal_sign: str, value: float, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"k;x\na;{text}\n", encoding="utf-8")
    table = read_table(tmp_path / "x.csv", delimiter=";", decimal=decimal_sign)
    assert table.select(numbers=["x"]).numbers["x"].tolist() == [value]


# --- files --------------------------------------------------------------------------------------------------------


def swedish_file(path: Path, encoding: str) -> Path:
    path.write_bytes('Kommun;Månad;Dagar\r\n"0127";2014-03;8,25\r\nÖrebro;2014-04;1250,5\r\n'.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "iso-8859-1", "utf-16"])
def test_swedish_exports(encoding: str, tmp_path: Path) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    path = swedish_file(tmp_path / "export.csv", encoding)
    table = read_table(path, delimiter=";", decimal=",", encoding=declared)
    assert table.columns == ("Kommun", "Månad", "Dagar")
    found = table.select(numbers=["Dagar"], labels=["Kommun"], periods={"Månad": "month"})
    assert found.labels["Kommun"].names == ("0127", "Örebro")
    assert found.numbers["Dagar"].tolist() == [8.25, 1250.5]
    assert repr(table) == "Table(the file 'export.csv': 2 rows, columns Kommun, Månad, Dagar)"


def test_identifiers_keep_their_zeros(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kommun,person,ar,dagar\n0127,199001011234567890,2014,7\n1283,2,2015,8.5\n")
    table = read_table(tmp_path / "a.csv")
    names = table.select(labels=["kommun", "person"]).labels
    assert names["kommun"].names == ("0127", "1283")
    assert names["person"].names == ("199001011234567890", "2")
    frame = table.to_pandas()
    assert frame["kommun"].tolist() == ["0127", "1283"]
    assert frame["person"].tolist() == ["199001011234567890", "2"]
    assert frame["ar"].tolist() == [2014, 2015]
    assert frame["ar"].dtype.kind == "i"
    assert frame["dagar"].tolist() == [7.0, 8.5]
    assert read_table(tmp_path / "a.csv", text="ar").to_pandas()["ar"].tolist() == ["2014", "2015"]


def test_a_column_declared_as_text_is_never_read_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,x\n17,1\n18,2\n")
    write_excel(tmp_path / "b.xlsx", {"Blad1": [["code", "x"], [17, 1], [18.0, 2]]})
    for name in ("a.csv", "b.xlsx"):
        table = read_table(tmp_path / name, text="code")
        assert table.raw("code") == ["17", "18"]
        assert table.select(labels=["code"]).labels["code"].names == ("17", "18")
        with pytest.raises(DataError, match=r"^Column 'code' must hold numbers; 2 rows held text"):
            table.select(numbers=["code"])


def test_a_quoted_cell_may_hold_delimiter_quote_and_line_break(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'unit,x\r\n"A, ""the"" first\nunit",1\r\nB,\r\n')
    table = read_table(tmp_path / "a.csv")
    assert table.raw("unit") == ['A, "the" first\nunit', "B"]
    with pytest.raises(DataError, match="the first at row 2, line 4"):
        table.select(numbers=["x"])


def test_blank_lines_are_missing_cells_only_where_there_is_one_column(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_bytes(b"x\n1\n\n3\n\n\n")
    found = read_table(tmp_path / "one.csv").select(numbers=["x"], missing="drop")
    assert (found.numbers["x"].tolist(), found.n_dropped) == ([1.0, 3.0], 1)
    (tmp_path / "two.csv").write_bytes(b"k,x\n\na,1\n\nb,2\n\n")
    found = read_table(tmp_path / "two.csv").select(numbers=["x"])
    assert (found.numbers["x"].tolist(), found.n_dropped) == ([1.0, 2.0], 0)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_that_names_the_delimiter_is_no_header(first: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(end.join([first, "unit;days", "A;1", "B;2", ""]), encoding="utf-8-sig", newline="")
    for more in ({}, {"header_row": 2}):  # counted as the rows of the file are
        table = read_table(path, delimiter=";", **more)
        assert table.columns == ("unit", "days")
        assert table.values("days") == [1, 2]
    with pytest.raises(DataError, match=r"^The file 'a\.csv' says in its first line that its delimiter is ';', and"):
        read_table(path)
    path.write_text(end.join([first, "unit;days", "A;1", "B;2;3", ""]), encoding="utf-8", newline="")
    with pytest.raises(DataError, match=r"line 4 has 3"):
        read_table(path, delimiter=";")


def test_a_column_of_that_name_is_a_column(tmp_path: Path) -> None:
    for name in ("sep=", "sep=;x", "sep=days"):
        (tmp_path / "a.csv").write_text(f'"{name}",unit\n1,A\n', encoding="utf-8")
        assert read_table(tmp_path / "a.csv").columns == (name, "unit")
    (tmp_path / "a.csv").write_text("sep=\t\na\tb\n1\t2\n", encoding="utf-8")
    assert read_table(tmp_path / "a.csv", delimiter="\t").columns == ("a", "b")


def test_header_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"Utdrag 2014-05-01\n\nunit,x\na,1\nb,y\n")
    table = read_table(tmp_path / "a.csv", header_row=3)
    assert table.columns == ("unit", "x")
    with pytest.raises(DataError, match="the first at row 2, line 5"):
        table.select(numbers=["x"])
    path = write_excel(tmp_path / "a.xlsx", {"Blad1": [["Utdrag"], [], ["unit", "x"], ["a", 1], ["b", "y"]]})
    table = read_table(path, header_row=3)
    assert table.columns == ("unit", "x")
    with pytest.raises(DataError, match="the first at row 2, line 5"):
        table.select(numbers=["x"])


def test_numbers_that_a_workbook_holds_as_text(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "a.xlsx", {"Blad1": [["k", "x"], ["a", "1,5"], ["b", 2]]})
    assert read_table(path, decimal=",").select(numbers=["x"]).numbers["x"].tolist() == [1.5, 2.0]
    with pytest.raises(DataError, match="It looks like a number with a decimal comma"):
        read_table(path).select(numbers=["x"])


def test_labels_in_the_order_of_time() -> None:
    def names(cells: list[Any]) -> tuple[tuple[str, ...], bool]:
        labels = as_table({"t": cells}).select(times=["t"]).labels["t"]
        return labels.names, labels.timed

    assert names(["2019-10", "2019-9", "2019-09", "2018-12"]) == (("2018-12", "2019-09", "2019-10"), True)
    assert names(["2019K2", "2019Q1"]) == (("2019Q1", "2019Q2"), True)
    assert names([10, 9, 2]) == (("2", "9", "10"), True)
    assert names(["2019-03-04", "2019-03-01"]) == (("2019-03-01", "2019-03-04"), True)
    assert names(["jan 2019", "2019-02"]) == (("2019-02", "jan 2019"), False)


def test_sheets(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "a.xlsx", {"Läs mig": [["text"]], "Data": [["unit", "x"], ["a", 1], ["b", None]]})
    table = read_table(path, sheet="Data")
    assert table.raw("x") == [1, None]
    with pytest.raises(DataError) as refusal:
        read_table(path)
    assert str(refusal.value) == "The workbook 'a.xlsx' has the sheets 'Läs mig' and 'Data'; name one with `sheet`."
    with pytest.raises(DataError) as refusal:
        read_table(path, sheet="data")
    assert str(refusal.value) == (
        "The workbook 'a.xlsx' has no sheet 'data' of cells; it has 'Läs mig' and 'Data'. Did you mean 'Data'?"
    )


def test_a_sheet_that_is_a_chart_is_no_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    data = book.worksheets[0]
    data.title = "Data"
    data.append(["x"])
    data.append([1])
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(data, min_col=1, min_row=1, max_row=2))
    book.create_chartsheet("Diagram").add_chart(chart)
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").raw("x") == [1]
    with pytest.raises(DataError, match=r"^The workbook 'a\.xlsx' has no sheet 'Diagram' of cells; it has 'Data'\."):
        read_table(tmp_path / "a.xlsx", sheet="Diagram")


def test_hidden_rows_of_a_sheet_are_read_and_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["unit", "x"], ["a", 1], ["b", 2], ["c", 3]):
        sheet.append(row)
    for row in (3, 4, 9):  # the last has no cells
        sheet.row_dimensions[row].hidden = True
    book.save(tmp_path / "a.xlsx")
    told = r"^The sheet of 'a\.xlsx' that is read has 2 hidden rows, the first in row 3, and they are read"
    with pytest.warns(TableWarning, match=told) as found:
        assert read_table(tmp_path / "a.xlsx").raw("x") == [1, 2, 3]
    assert [Path(one.filename).name for one in found] == ["test_tables.py"]


def test_a_hidden_sheet_is_read_and_told_and_one_is_spoken_of_as_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet, other = book.active, book.create_sheet("Other")
    for rows in (sheet, other):
        for row in (["unit", "x"], ["a", 1], ["b", 2]):
            rows.append(row)
    sheet.sheet_state = "hidden"
    sheet.row_dimensions[3].hidden = sheet.column_dimensions["B"].hidden = True
    book.save(tmp_path / "a.xlsx")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert read_table(tmp_path / "a.xlsx", sheet="Sheet").raw("x") == [1, 2]
        read_table(tmp_path / "a.xlsx", sheet="Other")
    assert [str(one.message) for one in told] == [
        "The sheet of 'a.xlsx' that is read, 'Sheet', is hidden, and it is read like any other; see that it is the one "
        "that is meant, or name another with `sheet`.",
        "The sheet of 'a.xlsx' that is read has 1 hidden row, the first in row 3, and it is read like the others; if a "
        "filter was meant to leave it out, delete it and save the file.",
        "The sheet of 'a.xlsx' that is read has 1 hidden column, the first 'x', and it is read like the others where "
        "it is named; see that it is the one that is meant, or delete it and save the file.",
    ]


def test_hidden_columns_of_a_sheet_are_read_and_told(tmp_path: Path) -> None:
    """Of one that has no name nothing is told."""
    book = openpyxl.Workbook()
    book.create_sheet("Other").append(["z"])
    sheet = book.create_sheet("Data")
    for row in (["unit", "x", "y"], ["a", 1, 4], ["b", 2, 5]):
        sheet.append(row)
    for letter in ("B", "C", "F"):
        sheet.column_dimensions[letter].hidden = True
    book.save(tmp_path / "a.xlsx")
    told = (
        r"^The sheet of 'a\.xlsx' that is read has 2 hidden columns, the first 'x', and they are read like the others"
    )
    with pytest.warns(TableWarning, match=told) as found:
        table = read_table(tmp_path / "a.xlsx", sheet="Data")
    assert (table.raw("x"), table.hidden_columns, table.hidden_rows) == ([1, 2], ("x", "y"), ())
    assert [Path(one.filename).name for one in found] == ["test_tables.py"]
    assert "2 dolda kolumner, den första 'x'" in found[0].message.swedish  # type: ignore[union-attr]
    with pytest.warns(TableWarning, match="2 hidden columns"):
        assert read_table(tmp_path / "a.xlsx", sheet="Data", text="unit").hidden_columns == ("x", "y")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_table(tmp_path / "a.xlsx", sheet="Other").hidden_columns == ()


def test_what_a_workbook_has_beside_its_cells_is_read_without_a_word(tmp_path: Path) -> None:
    """Extensions of a sheet, such as lists to choose from, and a workbook without styles of cells: none is touched."""
    write_excel(tmp_path / "plain.xlsx", {"Blad1": [["unit", "x"], ["a", 1]]})
    extension = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/styles.xml":
                part = re.sub(rb"<cellStyles.*</cellStyles>", b"", part)
            new.writestr(name, part.replace(b"</worksheet>", extension))
    with pytest.warns(UserWarning, match="Data Validation extension|no default style"):  # as openpyxl itself does
        openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").raw("x") == [1]


def test_a_workbook_that_openpyxl_stumbles_over_is_refused_in_words(tmp_path: Path) -> None:
    """A chart's sheet without a drawing, which it cannot read."""
    book = openpyxl.Workbook()
    book.create_chartsheet("Diagram")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(DataError, match=r"^The file 'a\.xlsx' is no Excel workbook"):
        read_table(tmp_path / "a.xlsx")


@pytest.mark.parametrize("truth", [True, False, np.True_])
@pytest.mark.parametrize("others", [[2.5, 0], [1, 2], [decimal.Decimal("0.5"), 1]])
def test_true_is_no_number_among_numbers(truth: Any, others: list[Any]) -> None:
    """A stray TRUE among sick days would count as one day; a switch may be written both ways."""
    with pytest.raises(DataError, match="1 row held True or False among other numbers, the first at row 2"):
        as_table({"x": [others[0], truth, others[1]]}).select(numbers=["x"])
    assert as_table({"x": [0, truth, 1]}).select(numbers=["x"]).numbers["x"].sum() == 1 + bool(truth)


def test_dates_and_empty_rows_in_excel(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["time", "x", None],
        [datetime.date(2014, 3, 1), 1.5, None],
        [datetime.datetime(2014, 4, 1), 2, None],
    ]
    table = read_table(write_excel(tmp_path / "a.xlsx", {"Blad1": [*rows, [None, None], [None]]}))
    found = table.select(numbers=["x"], periods={"time": "month"})
    assert (table.columns, len(table)) == (("time", "x"), 2)
    assert found.periods["time"].tolist() == [2014 * 12 + 2, 2014 * 12 + 3]


def rewritten(source: Path, target: Path, change: Callable[[bytes], bytes]) -> Path:
    """A workbook whose first sheet's XML is changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name.endswith("sheet1.xml") else content)
    return target


def test_what_a_workbook_says_of_its_own_extent_is_not_trusted(tmp_path: Path) -> None:
    """Some programs write a dimension of A1 whatever the sheet holds."""
    source = write_excel(tmp_path / "a.xlsx", {"Blad1": [["unit", "x"], ["a", 1], ["b", 2]]})
    wrong = rewritten(
        source, tmp_path / "b.xlsx", lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', xml)
    )
    table = read_table(wrong)
    assert (table.columns, table.raw("x")) == (("unit", "x"), [1, 2])


def with_rows(folder: Path, rows: bytes) -> Path:
    """A workbook whose sheet holds these rows of XML."""
    source = write_excel(folder / "source.xlsx", {"Blad1": [["unit", "x"]]})
    data = re.compile(rb"<sheetData>.*</sheetData>", re.DOTALL)
    return rewritten(source, folder / "a.xlsx", lambda xml: data.sub(b"<sheetData>" + rows + b"</sheetData>", xml))


HEADER = b'<row r="1"><c r="A1" t="str"><v>x</v></c><c r="B1" t="str"><v>y</v></c></row>'
CELL = b"<c><v>1</v></c>"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            HEADER + b'<row r="99999999999999"><c><v>1</v></c></row>',
            "must have rows up to 1048576, the last one of a sheet; after row 1 comes one beyond it. Save it anew in a "
            "spreadsheet program.",
        ),
        (
            HEADER + b'<row r="3">' + 2 * CELL + b'</row><row r="2">' + 2 * CELL + b"</row>",
            "must number its rows upwards; after row 3 comes row 2. Save it anew in a spreadsheet program, and see "
            "that no row is lost.",
        ),
        (
            HEADER + b'<row r="1">' + 2 * CELL + b"</row>",
            "must number its rows upwards; after row 1 comes row 1. Save it anew in a spreadsheet program, and see "
            "that no row is lost.",
        ),
        (
            HEADER + b'<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c><c r="B2"><v>5</v></c></row>',
            "must have each cell of a row to the right of the one before it; row 2 has column 2 after column 2. Save "
            "it anew in a spreadsheet program, and see that no cell is lost.",
        ),
        (
            HEADER + b'<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
            "must have each cell of a row to the right of the one before it; row 2 has column 1 after column 2. Save "
            "it anew in a spreadsheet program, and see that no cell is lost.",
        ),
        (
            HEADER + b'<row r="2"><c r="A3"><v>1</v></c></row>',
            "has a cell in row 2 whose place is in no such row; save it anew in a spreadsheet program.",
        ),
        (
            HEADER + b'<row r="2"><c r="XFE2"><v>1</v></c></row>',
            "must have at most 16384 columns, as many as a sheet has; row 2 has a cell to the right of them. Save it "
            "anew in a spreadsheet program.",
        ),
        (
            HEADER + b'<row r="2">' + 200_000 * CELL + b"</row>",
            "must have at most 16384 columns, as many as a sheet has; a row after row 1 has more cells. Save it anew "
            "in a spreadsheet program.",
        ),
        (
            HEADER + b'<row r="2"><c><v>1</v></c><c><v>-1e999</v></c></row>',
            "must hold finite numbers; row 2 has one beyond 1e308. Correct the data.",
        ),
    ],
)
def test_cells_of_a_workbook_that_no_sheet_has_are_refused(tmp_path: Path, rows: bytes, told: str) -> None:
    """Of two cells of one place one was lost unseen, and a row far away was filled up to until memory was full."""
    with pytest.raises(DataError) as refusal:
        read_table(with_rows(tmp_path, rows))
    assert str(refusal.value) == f"The file 'a.xlsx' {told}"


def test_the_last_cell_of_a_sheet_and_cells_without_a_place_are_read(tmp_path: Path) -> None:
    rows = b"<row>" + b'<c t="str"><v>x</v></c>' + b'</row><row r="4"><c><v>7</v></c></row><row><c><v>8</v></c></row>'
    assert read_table(with_rows(tmp_path, rows)).raw("x") == [None, None, 7, 8]
    named = b"".join(b'<c t="str"><v>c%d</v></c>' % i for i in range(16_383))
    last = b'<row r="1">' + named + b'<c r="XFD1" t="str"><v>last</v></c></row><row><c r="XFD2"><v>3</v></c></row>'
    assert read_table(with_rows(tmp_path, last)).raw("last") == [3]


def test_hidden_columns_beyond_a_sheet_are_not_counted(tmp_path: Path) -> None:
    source = write_excel(tmp_path / "source.xlsx", {"Blad1": [["unit", "x"], ["a", 1]]})
    hidden = b'<cols><col min="2" max="99999999999" hidden="1"/></cols><sheetData>'
    path = rewritten(source, tmp_path / "a.xlsx", lambda xml: xml.replace(b"<sheetData>", hidden))
    with pytest.warns(TableWarning, match="1 hidden column, the first 'x'"):
        assert read_table(path).hidden_columns == ("x",)


def test_a_workbook_with_an_encrypted_part_is_refused_in_words(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "a.xlsx", {"Blad1": [["unit", "x"], ["a", 1]]})
    content = bytearray(path.read_bytes())
    for entry in re.finditer(rb"PK\x01\x02", bytes(content)):
        content[entry.start() + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read_table(path)
    assert str(refusal.value) == (
        "The file 'a.xlsx' is no Excel workbook that can be read; save it as .xlsx, without a password."
    )


def test_many_columns_are_read_in_time_that_grows_with_them(tmp_path: Path) -> None:
    """Names were each counted among all the others: 60,000 took minutes."""
    names = [f"c{i}" for i in range(60_000)]
    (tmp_path / "a.csv").write_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    start = time.process_time()
    assert read_table(tmp_path / "a.csv").columns[-1] == "c59999"
    assert time.process_time() - start < 20


def test_values_are_equal_whatever_the_format(tmp_path: Path) -> None:
    """What a file contains can be digested: 1,50 is 1.5, and 0127 stays text."""
    (tmp_path / "a.csv").write_bytes(b"code;x\n0127;1,50\n-3;\n1e5;2\n")
    table = read_table(tmp_path / "a.csv", delimiter=";", decimal=",")
    assert table.values("x") == [decimal.Decimal("1.50"), None, 2]
    assert table.values("code") == ["0127", -3, "1e5"]
    assert read_table(tmp_path / "a.csv", delimiter=";", decimal=",", text="code").values("code") == [
        "0127",
        "-3",
        "1e5",
    ]


# --- bad tables: the exact sentence -------------------------------------------------------------------------------

Bad = tuple[str, Callable[[Path], object], str]


def csv_of(content: bytes, **options: Any) -> Callable[[Path], Table]:
    def read(folder: Path) -> Table:
        (folder / "bad.csv").write_bytes(content)
        return read_table(folder / "bad.csv", **options)

    return read


def numbers_of(content: bytes, **options: Any) -> Callable[[Path], Selection]:
    return lambda folder: csv_of(content, **options)(folder).select(numbers=["x"])


def numbers_in(data: Any, **options: Any) -> Callable[[Path], Selection]:
    return lambda folder: as_table(data).select(numbers=["x"], **options)


WORDS = "Code words as numbers (1 for yes, 0 for no), without units; leave only cells without a value empty."
DATES = (
    "If a spreadsheet program took numbers for dates, correct the data; give a time as a number, such as days since a "
    "fixed date."
)
COMMA = (
    "It looks like a number with a decimal comma or with spaces between thousands; read the file with decimal=',' and "
    "without spaces."
)
SPACES = "It looks like a number with spaces between thousands; remove them in the export."
INCOMPLETE = "Complete the data."
FRAMES = (
    "`data` must be a pandas, polars or pyarrow table, a mapping of columns or the path of a CSV, Excel or Parquet "
    "file; got {}."
)

BAD: list[Bad] = [
    # text where numbers belong
    (
        "words",
        numbers_of(f"k,x\na,1\nb,{SECRET}\nc,{SECRET}\n".encode()),
        f"Column 'x' must hold numbers; 2 rows held text, the first at row 2, line 3. {WORDS}",
    ),
    (
        "a decimal comma",
        numbers_of(b"k;x\na;1234,5\n", delimiter=";"),
        f"Column 'x' must hold numbers; 1 row held text, the first at row 1, line 2. {COMMA}",
    ),
    (
        "spaces between thousands",
        numbers_of(b"k;x\na;1 234,5\n", delimiter=";"),
        f"Column 'x' must hold numbers; 1 row held text, the first at row 1, line 2. {COMMA}",
    ),
    (
        "spaces between thousands in a Swedish file",
        numbers_of("k;x\na;5\nb;1\N{NO-BREAK SPACE}234,5\n".encode(), delimiter=";", decimal=","),
        f"Column 'x' must hold numbers; 1 row held text, the first at row 2, line 3. {SPACES}",
    ),
    (
        "narrow spaces between thousands",
        numbers_of("k;x\nb;\N{MINUS SIGN}1\N{NARROW NO-BREAK SPACE}234\n".encode(), delimiter=";", decimal=","),
        f"Column 'x' must hold numbers; 1 row held text, the first at row 1, line 2. {SPACES}",
    ),
    (
        "a decimal point in a Swedish file",
        numbers_of(b"k;x\na;12.5\n", delimiter=";", decimal=","),
        "Column 'x' must hold numbers; 1 row held text, the first at row 1, line 2. It looks like a number with a "
        "decimal point; read the file with decimal='.'.",
    ),
    (
        "a unit in the cell",
        numbers_of("k;x\na;€12,5\n".encode(), delimiter=";", decimal=","),
        f"Column 'x' must hold numbers; 1 row held text, the first at row 1, line 2. {WORDS}",
    ),
    (
        "text in a frame",
        numbers_in(pd.DataFrame({"x": ["1", "2"]})),
        "Column 'x' must hold numbers; 2 rows held text, the first at row 1. It looks like numbers written as text; "
        "convert the column to numbers.",
    ),
    (
        "points between thousands",
        numbers_of(b"x\n1.250\n2.500\n", decimal=",", delimiter=";"),
        "Column 'x' must hold numbers; 2 rows held text, the first at row 1, line 2. It may be a number with points "
        "between thousands, which must be removed in the export, or with a decimal point, as decimal='.' reads it; "
        "look which.",
    ),
    (
        "a number whose fourth power is none",
        numbers_in({"x": [1.0, 1e61, 1e-61]}),
        "Column 'x' must hold numbers between 1e-60 and 1e60 in size, or 0; 2 rows did not, the first at row 2. Give "
        "it in another unit.",
    ),
    (
        "a sheet of a text file",
        csv_of(b"x\n1\n", sheet="Blad1"),
        "`sheet` has no meaning for the file 'bad.csv'; leave it out.",
    ),
    (
        "a delimiter of a workbook",
        lambda folder: read_table(folder / "a.xlsx", delimiter=";"),
        "`delimiter` has no meaning for the file 'a.xlsx'; leave it out.",
    ),
    (
        "a formula that no program has computed",
        lambda folder: read_table(write_excel(folder / "f.xlsx", {"Blad1": [["k", "m"], ["a", 1], ["b", "=B2*2"]]})),
        "The file 'f.xlsx' must hold the value of every formula; row 3 has one without. Open the workbook in a "
        "spreadsheet program, and save it.",
    ),
    (
        "nan in words",
        numbers_of(b"x\nnan\n"),
        f"Column 'x' must hold numbers; 1 row held text, the first at row 1, line 2. {WORDS}",
    ),
    (
        "dates",
        numbers_in({"x": [datetime.date(2014, 1, 1)]}),
        f"Column 'x' must hold numbers; 1 row held dates, the first at row 1. {DATES}",
    ),
    (
        "numbers written as text in a workbook",
        lambda folder: read_table(
            write_excel(folder / "f.xlsx", {"Blad1": [["x"], [1.5], [" 67\N{NO-BREAK SPACE}"]]})
        ).select(numbers=["x"]),
        "Column 'x' must hold numbers; 1 row held text, the first at row 2, line 3. It looks like numbers written as "
        "text; convert the column to numbers in the spreadsheet program, or leave it out of `text`.",
    ),
    (
        "dates in a frame",
        numbers_in(pd.DataFrame({"x": pd.to_datetime(["2014-01-01", None, "2014-01-03"])}), missing="drop"),
        f"Column 'x' must hold numbers; 2 rows held dates, the first at row 1. {DATES}",
    ),
    (
        "dates in an array",
        numbers_in({"x": np.array(["2014-01-01", "2014-01-02"], "datetime64[ns]")}),
        f"Column 'x' must hold numbers; 2 rows held dates, the first at row 1. {DATES}",
    ),
    (
        "a date in a workbook",
        lambda folder: read_table(
            write_excel(folder / "f.xlsx", {"Blad1": [["x"], [1.5], [datetime.date(2014, 5, 1)]]})
        ).select(numbers=["x"]),
        f"Column 'x' must hold numbers; 1 row held dates, the first at row 2, line 3. {DATES}",
    ),
    (
        "text and dates",
        numbers_in({"x": ["a", datetime.date(2014, 1, 1), 1.0]}),
        f"Column 'x' must hold numbers; 2 rows held something else, the first at row 1. {WORDS}",
    ),
    (
        "complex numbers",
        numbers_in({"x": np.array([1j, 2])}),
        f"Column 'x' must hold numbers; 2 rows held something else, the first at row 1. {WORDS}",
    ),
    # numbers that are none, or not exact
    (
        "NaN",
        numbers_in({"x": [1.0, float("nan"), float("nan")]}),
        f"Column 'x' must have a value in every row; 2 rows did not, the first at row 2. {INCOMPLETE}",
    ),
    (
        "an empty cell",
        numbers_of(b"k,x\na,1\nb,\n"),
        f"Column 'x' must have a value in every row; 1 row did not, the first at row 2, line 3. {INCOMPLETE}",
    ),
    (
        "infinity",
        numbers_in(pl.DataFrame({"x": [1.0, float("-inf")]})),
        "Column 'x' must hold finite numbers; 1 row did not, the first at row 2. Correct the data.",
    ),
    (
        "a number beyond the largest",
        numbers_of(b"x\n1e999\n"),
        "Column 'x' must hold finite numbers; 1 row did not, the first at row 1, line 2. Correct the data.",
    ),
    (
        "a whole number beyond the largest float",
        numbers_in({"x": [10**400]}),
        "Column 'x' must hold finite numbers; 1 row did not, the first at row 1. Correct the data.",
    ),
    *(
        (
            f"a whole number that is not exact: {name}",
            numbers_in(data),
            "Column 'x' must hold whole numbers up to 2^53, which are exact; the first larger one is at row 2. Give it "
            "in a larger unit.",
        )
        for name, data in (
            ("array", {"x": np.array([1, 2**53 + 1])}),
            ("list", {"x": [1, 2**53 + 1]}),
            ("negative", {"x": [1, -(2**53) - 1]}),
            ("polars", pl.DataFrame({"x": [1, 2**53 + 1]})),
            ("unsigned", {"x": np.array([1, 2**64 - 1], dtype="uint64")}),
            ("decimal", {"x": [1, decimal.Decimal(2**53 + 1)]}),
        )
    ),
    (
        "a whole number in text that is not exact",
        numbers_of(b"x\n9007199254740993\n"),
        "Column 'x' must hold whole numbers up to 2^53, which are exact; the first larger one is at row 1, line 2. "
        "Give "
        "it in a larger unit.",
    ),
    (
        "nothing left",
        numbers_in({"x": [None, ""]}, missing="drop"),
        "The data has no row with a value in every used column; complete the data.",
    ),
    # periods
    (
        "no months",
        lambda folder: csv_of(f"t\n2014-03\n{SECRET}\n".encode())(folder).select(periods={"t": "month"}),
        "Column 't' must hold months; 1 row did not, the first at row 2, line 3. Write them as dates or as '2014-03'.",
    ),
    (
        "days counted by a spreadsheet program",
        lambda folder: as_table({"t": [43466, 43497.0, None]}).select(periods={"t": "month"}, missing="drop"),
        "Column 't' must hold months; 2 rows did not, the first at row 1. They may be dates as a spreadsheet program "
        "counts them, in days: give the column the format of a date there, and save it.",
    ),
    (
        "no such date",
        lambda folder: as_table({"t": ["2014-02-30"]}).select(periods={"t": "month"}),
        "Column 't' must hold months; 1 row did not, the first at row 1. Write them as dates or as '2014-03'.",
    ),
    (
        "no tertials",
        lambda folder: as_table({"t": ["2014T1", "2014Q4"]}).select(periods={"t": "tertial"}),
        "Column 't' must hold tertials; 1 row did not, the first at row 2. Write them as dates or as '2014T1'.",
    ),
    (
        "years and a date",
        lambda folder: csv_of(b"t\n2014\n2014-03-31\n2015\n")(folder).select(periods={"t": "year"}),
        "Column 't' must write every period in one form; it holds dates and years such as '2014', and the first of "
        "the rarer form is at row 2, line 3. Write all of them alike, if they are of one frequency.",
    ),
    (
        "dates and a quarter",
        lambda folder: as_table({"t": [datetime.date(2014, 3, 31), "2014-06-30", "2014Q3"]}).select(
            periods={"t": "quarter"}
        ),
        "Column 't' must write every period in one form; it holds dates and quarters such as '2014Q1', and the first "
        "of the rarer form is at row 3. Write all of them alike, if they are of one frequency.",
    ),
    (
        "half-years",
        lambda folder: as_table({"t": ["2018H1", "2018 halvår 2"]}).select(periods={"t": "year"}),
        "Column 't' must hold years; 2 rows did not, the first at row 1. Half-years are not read: give rows of "
        "quarters, or add the halves of a year up and give period='year'.",
    ),
    (
        "a season with a hyphen",
        lambda folder: as_table({"t": ["2014/15", "2014-15", "2015-16"]}).select(periods={"t": "season"}),
        "Column 't' must hold seasons; 2 rows did not, the first at row 2. Write a season with a slash and two "
        "figures, as '2014/15': '2014-15' has the form of a month.",
    ),
    (
        "a season in four figures",
        lambda folder: as_table({"t": ["2014/2015"]}).select(periods={"t": "season"}),
        "Column 't' must hold seasons; 1 row did not, the first at row 1. Write a season with a slash and two "
        "figures, as '2014/15': '2014-15' has the form of a month.",
    ),
    (
        "months as seasons",
        lambda folder: as_table({"t": ["2014-07", "2014-08"]}).select(periods={"t": "season"}),
        "Column 't' must hold seasons; 2 rows did not, the first at row 1. They are months: give period='month', whose "
        "windows may be seasons such as '2014/15', or write seasons as '2014/15'.",
    ),
    (
        "years as seasons",
        lambda folder: as_table({"t": ["2014", "2015"]}).select(periods={"t": "season"}),
        "Column 't' must hold seasons; 2 rows did not, the first at row 1. Write them as dates or as '2014/15'.",
    ),
    # columns
    (
        "a missing column",
        numbers_of(b"k,days\na,1\n"),
        "The file 'bad.csv' has no column 'x' among its 2 columns. Check the name, and that the header is there.",
    ),
    (
        "a misspelt column",
        lambda folder: as_table({"outcome": [1], "unit": [2]}).select(numbers=["outcom"]),
        "The data has no column 'outcom' among its 2 columns. Did you mean 'outcome'?",
    ),
    (
        "a missing text column",
        csv_of(b"kommun,x\n1,2\n", text=["Kommun"]),
        "The file 'bad.csv' has no column 'Kommun' among its 2 columns. Did you mean 'kommun'?",
    ),
    (
        "a duplicate header",
        csv_of(b"k,x,k\na,1,b\n"),
        "The file 'bad.csv' must name each column once; columns 1 and 3 have one name. Rename one of them.",
    ),
    (
        "a duplicate header in another form",
        csv_of("Malmo\u0308,Malmö\n1,2\n".encode()),
        "The file 'bad.csv' must name each column once; columns 1 and 2 have one name. Rename one of them.",
    ),
    (
        "duplicate columns in pandas",
        lambda folder: as_table(pd.DataFrame([[1, 2]], columns=["a", "a"])),
        "The data must name each column once; rename the columns that share a name.",
    ),
    (
        "duplicate columns in pyarrow",
        lambda folder: as_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])),
        "The data must name each column once; rename the columns that share a name.",
    ),
    (
        "columns of unequal length",
        lambda folder: as_table({"a": [1], "b": [1, 2]}),
        "The columns of a table must have one length; got {'a': 1, 'b': 2}. Give each row a value in every "
        "column, or None where there is none.",
    ),
    ("text as a column", numbers_in({"x": "12"}), "Column 'x' must be a list of cells; got str."),
    ("a number as a column", numbers_in({"x": 12}), "Column 'x' must be a list of cells; got int."),
    ("a matrix as a column", numbers_in({"x": np.ones((2, 2))}), "Column 'x' must be a list of cells; got ndarray."),
    (
        "lists in cells",
        lambda folder: as_table(pa.table({"x": [["a"], ["b", "c"]]})).select(labels=["x"]),
        "Column 'x' must hold one value in each cell; 2 rows held several, the first at row 1. Spread them over "
        "rows or "
        "columns.",
    ),
    # files
    (
        "header only",
        numbers_of(b"k,x\n"),
        "The file 'bad.csv' has a header but no data rows; nothing can be estimated from it.",
    ),
    ("an empty file", csv_of(b""), "The file 'bad.csv' is empty; export it again."),
    ("a blank file", csv_of(b" \r\n\r\n"), "The file 'bad.csv' is empty; export it again."),
    (
        "a byte-order mark only",
        csv_of(b"\xef\xbb\xbf"),
        "The file 'bad.csv' has no header in row 1; declare `header_row`.",
    ),
    (
        "a header below the end",
        csv_of(b"k,x\n1,2\n", header_row=4),
        "The file 'bad.csv' has no header in row 4; declare `header_row`.",
    ),
    (
        "a nameless column",
        csv_of(b"k,,x\n1,2,3\n"),
        "The file 'bad.csv' has a column without a name in row 1; name it, or declare `header_row`.",
    ),
    (
        "a ragged row",
        csv_of(f"k,x\na,1\nb,2,{SECRET}\n".encode()),
        "The file 'bad.csv' must have 2 cells in every row; line 3 has 3. Check the delimiter and the quotes there.",
    ),
    (
        "a short row",
        csv_of(b"k,x\na\n"),
        "The file 'bad.csv' must have 2 cells in every row; line 2 has 1. Check the delimiter and the quotes there, or "
        "leave the line out if it is a note.",
    ),
    (
        "a note below the table",
        csv_of("k,x,y\na,1,2\nKälla: registret\n".encode()),
        "The file 'bad.csv' must have 3 cells in every row; line 3 has 1. Check the delimiter and the quotes there, or "
        "leave the line out if it is a note.",
    ),
    (
        "lines that end with a delimiter",
        csv_of(b"k,x\na,1,\n"),
        "The file 'bad.csv' must have 2 cells in every row; line 2 has 3. Leave out the delimiter that ends the line, "
        "which the header lacks.",
    ),
    (
        "a header that does so",
        csv_of(b"k,x,\na,1,\n"),
        "The file 'bad.csv' has a column without a name in row 1; name it, leave out a delimiter that ends every line, "
        "or declare `header_row`.",
    ),
    (
        "a broken quote",
        csv_of(f'k,x\na,1\n"{SECRET},2\n'.encode()),
        "The file 'bad.csv' has a broken quote at line 3; export it again.",
    ),
    (
        "a cell too long",
        csv_of(f"k,x\na,1\n{'b' * 300_000},2\n".encode()),
        "The file 'bad.csv' has a cell longer than 131072 letters at line 3; shorten it.",
    ),
    (
        "another delimiter",
        csv_of(b"k;x\na;1\n"),
        "The file 'bad.csv' has only one column with delimiter ','; its header holds ';', so declare `delimiter` as "
        "';'.",
    ),
    (
        "windows-1252 declared as utf-8",
        csv_of("k;x\na;1\nÖrebro;2\n".encode("windows-1252"), delimiter=";"),
        "The file 'bad.csv' is not utf-8 text at line 3; if it is an export from Excel, declare "
        "`encoding` as 'windows-1252'.",
    ),
    (
        "utf-16 declared as utf-8",
        csv_of("k,x\n".encode("utf-16")),
        "The file 'bad.csv' is not utf-8 text at line 1; declare `encoding` as 'utf-16'.",
    ),
    (
        "windows-1252 declared as utf-16",
        csv_of("k;x\na;1\nÖrebro;2".encode("windows-1252"), delimiter=";", encoding="utf-16"),
        "The file 'bad.csv' is not utf-16 text at line 1; declare the encoding it was saved in, such as "
        "'windows-1252'.",
    ),
    (
        "utf-8 declared as utf-16",
        csv_of("k;x\na;1\nÖrebro;2".encode(), delimiter=";", encoding="utf-16"),
        "The file 'bad.csv' is not utf-16 text at line 1; declare the encoding it was saved in, such as 'utf-8'.",
    ),
    (
        "a byte that windows-1252 does not have",
        csv_of(b"k,x\n\x81,1\n", encoding="windows-1252"),
        "The file 'bad.csv' is not windows-1252 text at line 2; declare the encoding it was saved in.",
    ),
    *(
        (
            f"utf-8 with its mark declared as {encoding}",
            csv_of(codecs.BOM_UTF8 + "k,x\nÖrebro,1\n".encode(), encoding=encoding),
            f"The file 'bad.csv' is not {encoding} text at line 1; declare `encoding` as 'utf-8'.",
        )
        for encoding in ("windows-1252", "iso-8859-1", "utf-16")
    ),
    *(
        (
            f"{name} declared as {encoding}",
            csv_of(mark + "k,x\na,1\n".encode(name), encoding=encoding),
            f"The file 'bad.csv' is not {encoding} text at line 1; declare `encoding` as 'utf-16'.",
        )
        for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
        for encoding in ("windows-1252", "iso-8859-1")
    ),
    *(
        (
            f"utf-8 declared as {encoding}",
            csv_of("k,månad\na,1\nÖrebro,2\n".encode(), encoding=encoding),
            f"The file 'bad.csv' is not {encoding} text at line 1; declare `encoding` as 'utf-8'.",
        )
        for encoding in ("windows-1252", "iso-8859-1")
    ),
    (
        "utf-8 with a byte that windows-1252 does not have",
        csv_of("k,x\nÁrpád,1\n".encode(), encoding="windows-1252"),
        "The file 'bad.csv' is not windows-1252 text at line 2; declare `encoding` as 'utf-8'.",
    ),
    (
        "utf-8 in a later line declared as windows-1252",
        csv_of("k,x\r\na,1\r\nÖrebro,2\r\nÅre,3".encode(), encoding="windows-1252"),
        "The file 'bad.csv' is not windows-1252 text at line 3; declare `encoding` as 'utf-8'.",
    ),
    (
        "windows-1252 after the mark of utf-8",
        csv_of(codecs.BOM_UTF8 + "k,x\nÖrebro,1\n".encode("windows-1252")),
        "The file 'bad.csv' is not utf-8 text at line 2; export it again.",
    ),
    *(
        (
            f"a picture as {encoding}",
            csv_of(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01", encoding=encoding),
            "The file 'bad.csv' is no text file; it holds binary data. Export it as CSV.",
        )
        for encoding in ("utf-8", "windows-1252", "iso-8859-1")
    ),
    (
        "a workbook that is none",
        lambda folder: [(folder / "bad.xlsx").write_bytes(b"PK no"), read_table(folder / "bad.xlsx")],
        "The file 'bad.xlsx' is no Excel workbook that can be read; save it as .xlsx, without a password.",
    ),
    (
        "a workbook with broken contents",
        lambda folder: read_table(
            rewritten(
                write_excel(folder / "good.xlsx", {"Blad1": [["k", "x"], ["a", 1]]}),
                folder / "bad.xlsx",
                lambda xml: xml[: len(xml) // 2],
            )
        ),
        "The file 'bad.xlsx' is no Excel workbook that can be read; save it as .xlsx, without a password.",
    ),
    (
        "an empty workbook",
        lambda folder: read_table(write_excel(folder / "bad.xlsx", {"Blad1": []})),
        "The file 'bad.xlsx' has no header in row 1; declare `header_row`.",
    ),
    (
        "cells beside the named columns",
        lambda folder: read_table(
            write_excel(folder / "bad.xlsx", {"Blad1": [["k", "x"], ["a", 1], ["b", 2, SECRET]]})
        ),
        "The file 'bad.xlsx' must have a column name above every cell; row 3 has cells to the right of the last "
        "name in "
        "row 1. Name the column, or declare `header_row`.",
    ),
    (
        "a Parquet file that is none",
        lambda folder: [(folder / "bad.parquet").write_bytes(b"PAR1"), read_table(folder / "bad.parquet")],
        "The file 'bad.parquet' is no Parquet file that can be read; export it again.",
    ),
    (
        "another kind of file",
        lambda folder: read_table(folder / "bad.xls"),
        "The file 'bad.xls' must end in .csv, .txt, .tsv, .xlsx or .parquet; save it as one of these.",
    ),
    (
        "no file",
        lambda folder: read_table(folder.parent / "cohort" / "bad.csv"),
        "There is no file 'bad.csv' in 'cohort'; check the path.",
    ),
    # arguments
    ("no table", lambda folder: as_table(5), FRAMES.format("int")),
    ("a series", lambda folder: as_table(pd.Series([1])), FRAMES.format("Series")),
    ("a lazy frame", lambda folder: as_table(pl.LazyFrame({"x": [1]})), FRAMES.format("LazyFrame")),
    (
        "a decimal sign that is none",
        csv_of(b"x\n", decimal=";"),
        "`decimal` must be '.' or ','; got ';'.",
    ),
    (
        "an encoding by another name",
        csv_of(b"x\n", encoding="cp1252"),
        "`encoding` must be 'utf-8', 'windows-1252', 'iso-8859-1' or 'utf-16'; got 'cp1252'.",
    ),
    (
        "a delimiter of two signs",
        csv_of(b"x\n", delimiter=";;"),
        "`delimiter` must be one character other than the decimal sign; got ';;'.",
    ),
    (
        "one sign for two things",
        csv_of(b"x\n", decimal=","),
        "`delimiter` must be one character other than the decimal sign; got ','.",
    ),
    ("a header in row zero", csv_of(b"x\n", header_row=0), "`header_row` must be an integer of at least 1; got 0."),
    (
        "a name with a zero-width space",
        lambda _: as_table({"unit": ["a", "b", "b\u200b", "b\u200b"]}).select(labels=["unit"]),
        "Column 'unit' must hold names without invisible characters; 2 rows did not, the first at row 3. Remove them, "
        "so that one name has one spelling.",
    ),
    (
        "one municipality in two spellings",
        lambda _: as_table({"unit": ["\u00c5m\u00e5l", "Lund", "A\u030aMA\u030aL ", " \u00c5M\u00c5L", "Lund"]}).select(
            labels=["unit"]
        ),
        "Column 'unit' must spell each name in one way, since names that differ in upper and lower case alone would "
        "count as two; 2 rows held another spelling than an earlier row, the first at row 3. Write each name in one "
        "way, and give what are two different things names that differ in more.",
    ),
    (
        "two words that are one in capitals",
        lambda _: as_table({"unit": ["Lund", "Masse", "Ma\u00dfe"]}).select(labels=["unit"]),
        "Column 'unit' must spell each name in one way, since names that differ in upper and lower case alone, or as "
        "\u00df and ss or \ufb01 and fi do, would count as two; 1 row held another spelling than an earlier row, the "
        "first at row 3. Write each name in one way, and give what are two different things names that differ in more.",
    ),
    (
        "one municipality with its zero and without",
        lambda _: as_table({"unit": ["0127", "0128", "127", 127]}).select(labels=["unit"]),
        "Column 'unit' must spell each name in one way, since names that differ in zeros before a number or after its "
        "point would count as two; 2 rows held another spelling than an earlier row, the first at row 3. Write each "
        "name in one way, and give what are two different things names that differ in more.",
    ),
    (
        "one municipality with its hyphen and without",
        lambda _: as_table({"unit": ["Upplands-Bro", "Lund", "Upplands Bro"]}).select(labels=["unit"]),
        "Column 'unit' must spell each name in one way, since names that differ in spaces and hyphens, or in capitals "
        "too, would count as two; 1 row held another spelling than an earlier row, the first at row 3. Write each name "
        "in one way, and give what are two different things names that differ in more.",
    ),
    (
        "a column that stands in the index",
        lambda _: as_table(pd.DataFrame({"unit": ["a"], "x": [1]}).set_index("unit")).select(labels=["unit"]),
        "The data has 'unit' in its index, not among its columns. Make a column of it with `reset_index()`.",
    ),
    (
        "a column that stands in one of several indices",
        lambda _: as_table(pd.DataFrame({"u": [1], "t": [1], "x": [1]}).set_index(["u", "t"])).raw("t"),
        "The data has 't' in its index, not among its columns. Make a column of it with `reset_index()`.",
    ),
    (
        "a name whose accent is a character of its own",
        lambda _: as_table({"\u00e4r": [1]}).raw("a\u0308r"),
        "The data has no column 'a\u0308r' among its 1 column. '\u00e4r' looks alike, and has its accents in other "
        "characters; copy that one.",
    ),
    (
        "a column asked for as of a frame",
        lambda _: as_table({"x": [1]})["x"],
        "A table is not indexed; `table.values('x')` gives the cells of a column.",
    ),
    (
        "a row asked for as of a list",
        lambda _: list(as_table({"x": [1]})),
        "A table is not indexed; `table.values('name')` gives the cells of a column.",
    ),
    (
        "missing by another word",
        numbers_in({"x": [1]}, missing="ignore"),
        "`missing` must be 'raise' or 'drop'; got 'ignore'.",
    ),
    (
        "text that names no column",
        csv_of(b"x\n", text=[1]),
        "`text` must be a column name or a list of column names; got [1].",
    ),
    ("text twice", csv_of(b"x\n", text=["x", "x"]), "`text` must name each column once; 'x' stands twice."),
]


@pytest.mark.parametrize(("read", "sentence"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_tables(read: Callable[[Path], object], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(EffektError) as refusal:
        read(tmp_path)
    unknown = " has no column " in sentence or " in its index" in sentence
    expected = (UnknownColumnError,) if unknown else (DataError, ArgumentError)
    assert type(refusal.value) in expected
    assert str(refusal.value) == sentence
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None


# --- what estimators say of a selection ---------------------------------------------------------------------------


def test_refusals_name_the_first_row_as_the_data_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("unit,time,x\nB,2015,-2\nA,2014,5\nA,2014,-9\nB,2014,1\n")
    found = read_table(tmp_path / "a.csv").select(numbers=["x"], labels=["unit"], periods={"time": "year"})
    assert found.rows.tolist() == [3, 2, 4, 1]
    negative = found.numbers["x"] < 0
    assert found.first(negative) == "row 1, line 2"
    with pytest.raises(DataError) as refusal:
        found.refuse(negative, "x", "must not be negative", "Correct the data.")
    assert str(refusal.value) == (
        "Column 'x' must not be negative; 2 rows did not, the first at row 1, line 2. Correct the data."
    )
    found.refuse(found.numbers["x"] > 99, "x", "must be below 100", "Correct the data.")
    with pytest.raises(DataError) as refusal:
        found.refuse_repeats(["unit", "time"], "Add the rows up.")
    assert str(refusal.value) == (
        "Columns 'unit' and 'time' must name each row once; 1 row repeated an earlier one, the first at row 3, line 4. "
        "Add the rows up."
    )
    with pytest.raises(DataError, match=r"^Column 'unit' must name each row once; 2 rows repeated an earlier one"):
        found.refuse_repeats(["unit"], "Add the rows up.")
    as_table({"unit": [1, 2]}).select(labels=["unit"]).refuse_repeats(["unit"], "Add the rows up.")


def test_tables_are_at_the_top() -> None:
    assert effekt.Table is Table
    assert effekt.read_table is read_table
    assert as_table(as_table({"x": [1]})).columns == ("x",)
    with pytest.raises(DataError, match="The columns of a table must have one length"):
        Table({"a": [1], "b": [1, 2]})


def test_digits_of_other_scripts_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("unit,y\na,١٦٩٨\n", encoding="utf-8")
    with pytest.raises(DataError, match="Column 'y' must hold numbers; 1 row held text"):
        read_table(path).select(numbers=("y",))


@pytest.mark.parametrize("kind", ["int8", "int64", "uint64", "float64"])
@given(values=st.lists(st.integers(-128, 127), min_size=1, max_size=60))
def test_distinct_numbers_are_those_of_a_sort(kind, values):
    from effekt.tables.arrays import distinct_numbers

    cells = np.array([value + (2**63 if kind == "uint64" else 0) for value in values], dtype=kind)
    want, position = np.unique(cells, return_inverse=True)
    found, place = distinct_numbers(cells)
    assert found.dtype == want.dtype
    assert found.tolist() == want.tolist()
    assert place.tolist() == position.tolist()


def test_optional_labels_may_be_empty():
    table = as_table({"unit": ["a", "b", "c"], "start": [2014.0, math.nan, None]})
    found = table.select(labels=["unit"], optional=["start"])
    assert found.labels["start"].names == ("2014",)
    assert found.labels["start"].codes.tolist() == [0, -1, -1]
    empty = as_table({"unit": ["a"], "start": [None]}).select(labels=["unit"], optional=["start"])
    assert (empty.labels["start"].names, empty.labels["start"].codes.tolist()) == ((), [-1])


@given(st.lists(st.integers(-(10**19) // 4, 2**63 - 1) | st.integers(-20, 2000), min_size=1, max_size=40))
def test_whole_numbers_stand_in_the_order_of_their_text(cells):
    codes, whole = whole_names(np.array(cells, np.int64))
    names = tuple(map(str, whole.tolist()))
    assert names == tuple(sorted({str(cell) for cell in cells}))
    assert [names[code] for code in codes.tolist()] == [str(cell) for cell in cells]
    assert whole_names(np.array([2**64 - 1, 9, 10], np.uint64))[1].tolist() == [10, 2**64 - 1, 9]


ONE_SPELLING = {
    ("Göteborg", "göteborg", "Lund"): {"Göteborg", "göteborg"},
    ("Upplands-Bro", "UPPLANDS-BRO", "Upplands-bro"): {"Upplands-Bro", "UPPLANDS-BRO", "Upplands-bro"},
    ("0180 Stockholm", "0180 STOCKHOLM", "0184 Solna"): {"0180 Stockholm", "0180 STOCKHOLM"},
    ("Kvinna", "KVINNA", "Man", "man", "x1", "X1"): {"Kvinna", "KVINNA", "Man", "man"},
    ("Göteborg", "Göteborgs", "Lund"): set(),
    ("a", "A", "Lund", "Malmö"): set(),
    ("a1", "A1", "b12c", "B12C"): set(),
    ("abcd", "Abcd", "aBxY", "qZrt", "PqRs", "zzQa"): set(),  # of pseudonyms, most are no words
    ("abcd", "aBcD", "Lund", "Malmö"): set(),  # nor is one of these
    ("2014", "2015"): set(),
    ("0127", "127", "0128"): {"0127", "127"},  # whose zero a spreadsheet program took
    ("0127", "127.0", "128"): {"0127", "127.0"},
    ("0", "00", "1"): {"0", "00"},
    ("SE 0127", "SE0127", "x"): {"SE 0127", "SE0127"},
    ("1 11", "11 1", "111", "1-11", "11-1"): set(),
    ("Dals-Ed", "Dals\u2013Ed", "Lund"): {"Dals-Ed", "Dals\u2013Ed"},
    ("Upplands - Bro", "Upplands Bro", "Upplands-Bro", "upplands_bro"): {
        *("Upplands - Bro", "Upplands Bro", "Upplands-Bro", "upplands_bro"),
    },
    ("Grupp A-B", "Grupp AB", "age 20", "age 20+", "age 20-"): set(),
    ("a-b_c", "a_b-c", "ab-c", "q8"): set(),  # in base 64 signs tell apart
    ("Habo", "H\u00e5bo", "Lund"): set(),  # two municipalities
}


def test_words_that_are_one_in_capitals_are_told_so_by_the_second_route() -> None:
    for other, told in (("MASSE", "in capitals alone"), ("Ma\u00dfe", "only as \u00df and ss do")):
        with pytest.raises(DataError) as refusal:
            independent_labels({"u": ["Masse", other]}, "u")
        assert str(refusal.value) == (
            "column 'u' must spell each name in one way, and row 2 differs from an earlier one "
            f"{told}; write both alike."
        )


@pytest.mark.parametrize("names", ONE_SPELLING)
def test_names_of_words_that_differ_in_capitals_alone_are_refused_on_both_routes(names: tuple[str, ...]) -> None:
    found = spelled_variously(names)
    assert set(found) == ONE_SPELLING[names]
    if found:
        with pytest.raises(DataError, match="must spell each name in one way"):
            as_table({"unit": names}).select(labels=["unit"])
        with pytest.raises(DataError, match="must spell each name in one way, and row 2 "):
            independent_labels({"unit": names}, "unit")
    else:
        assert as_table({"unit": names}).select(labels=["unit"]).labels["unit"].names == tuple(sorted(names))
        assert independent_labels({"unit": names}, "unit") == list(names)


def test_periods_and_pseudonyms_of_many_people_are_as_they_are() -> None:
    alphabet = "".join(map(chr, (*range(65, 91), *range(97, 123)))) + "0123456789-_"
    ids = ["".join(alphabet[(i // 64**place) % 64] for place in range(3)) for i in range(64**3)]
    ids.remove("nan")  # which the second route takes for a cell without a name
    assert len({name.casefold() for name in ids}) < len(ids)
    assert spelled_variously(ids) == {}
    assert independent_labels({"person": ids}, "person") == ids

"""Digests: equal for equal content in any order, different for any difference."""

import datetime
import hashlib
import random
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.certificates.digests import logical_digest, sha256_bytes, sha256_file
from effekt.exceptions import CertificateError, DataError

Table = dict[str, list[object]]

# Cells that are pairwise different contents, and spellings that are the same content.
DIFFERENT: list[object] = [
    None,
    False,
    True,
    0,
    1,
    -1,
    10,
    0.1,
    Decimal("0.11"),
    2**53,
    2**53 + 1,
    10**30,
    1e-300,
    float("inf"),
    float("-inf"),
    "",
    "0",
    "1",
    "a",
    "å",
    "None",
    "\x00",
    datetime.date(2020, 1, 31),
    datetime.time(0, 0),
    "2020-01-31",
    datetime.datetime(2020, 1, 31, 0, 0, 1),
    datetime.datetime(2020, 1, 31, tzinfo=datetime.UTC),
]
SAME: list[tuple[object, object]] = [
    (1, 1.0),
    (0, -0.0),
    (0, Decimal("-0.00")),
    (10, Decimal("1E+1")),
    (0.1, Decimal("0.100")),
    (2**53, float(2**53)),
    (None, float("nan")),
    (None, Decimal("NaN")),
    (None, Decimal("sNaN")),
    (None, pd.NaT),
    ("å", "a\u030a"),
    (datetime.date(2020, 1, 31), datetime.datetime(2020, 1, 31)),
    (datetime.date(2020, 1, 31), pd.Timestamp("2020-01-31")),
    (
        datetime.datetime(2020, 1, 31, 12, tzinfo=datetime.UTC),
        datetime.datetime(2020, 1, 31, 13, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    ),
    (0.1, np.float64(0.1)),
    ("a", np.str_("a")),
    (1, np.int64(1)),
    (0.5, np.float32(0.5)),
    (True, np.bool_(True)),
    (None, np.float32("nan")),
]

CELLS = st.sampled_from(DIFFERENT)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Small tables whose cells come from a short list, so that equal rows are common."""
    n_rows = draw(st.integers(0, 5))
    names = draw(st.lists(st.sampled_from(["unit", "time", "days", "å"]), unique=True, min_size=1))
    return {name: draw(st.lists(CELLS, min_size=n_rows, max_size=n_rows)) for name in names}


def test_bytes_and_files(tmp_path: Path) -> None:
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_bytes(b"abc") == expected
    path = tmp_path / "panel.csv"
    path.write_bytes(b"abc")
    assert sha256_file(path) == expected
    path.write_bytes(b"\r\n" * 1_000_000)
    assert sha256_file(path) == sha256_bytes(b"\r\n" * 1_000_000)
    with pytest.raises(CertificateError) as raised:
        sha256_file(tmp_path / "nothing.csv")
    assert str(raised.value) == (
        f"The file {str(tmp_path / 'nothing.csv')!r} cannot be read: No such file or directory; "
        "name a file that you may read."
    )


def test_the_layout_is_the_documented_one() -> None:
    def framed(body: bytes) -> bytes:
        return len(body).to_bytes(8, "big") + body

    rows = [
        b"n" + framed(b"-12e-1") + b"t" + framed("å".encode()) + b"b" + framed(b"1"),
        b"n" + framed(b"0") + b"0" + framed(b"") + b"d" + framed(b"2020-01-31"),
        b"n" + framed(b"-inf") + b"b" + framed(b"0") + b"d" + framed(b"2020-01-31T11:30:00+00:00"),
        b"n" + framed(b"12e1") + b"d" + framed(b"07:05:00") + b"d" + framed(b"2020-01-31T12:30:00.500000"),
    ]
    header = [b"effekt/table-digest/1", b"3", b"days", b"name", "ö".encode(), b"4"]
    expected = b"".join(map(framed, header)) + b"".join(sorted(hashlib.sha256(row).digest() for row in rows))
    noon = datetime.datetime(2020, 1, 31, 12, 30)
    stockholm = datetime.timezone(datetime.timedelta(hours=1))
    table: Table = {
        "ö": [True, datetime.date(2020, 1, 31), noon.replace(tzinfo=stockholm), noon.replace(microsecond=500_000)],
        "name": ["å", None, False, datetime.time(7, 5)],
        "days": [-1.2, 0, float("-inf"), Decimal("120")],
    }
    assert logical_digest(table) == hashlib.sha256(expected).hexdigest()


def test_the_digest_is_the_published_one() -> None:
    table: Table = {"unit": ["0127", "2480"], "days": [8, 7.3], "treated": [True, False], "note": [None, ""]}
    assert logical_digest(table) == "08f2b0b0cfafc0c8a27a46e3225cf8fd709d16c2b318e946ab2043bd268ad57d"


@given(tables(), st.randoms(use_true_random=False))
def test_order_does_not_matter(table: Table, shuffler: random.Random) -> None:
    names = list(table)
    shuffler.shuffle(names)
    rows = list(range(len(table[names[0]])))
    shuffler.shuffle(rows)
    assert logical_digest({name: [table[name][i] for i in rows] for name in names}) == logical_digest(table)


@given(tables(), tables())
def test_digests_are_equal_exactly_when_the_rows_are(one: Table, other: Table) -> None:
    assert (logical_digest(one) == logical_digest(other)) == (_content(one) == _content(other))


def _content(table: Mapping[str, Sequence[object]]) -> tuple[list[str], Counter[tuple[int, ...]]]:
    """The names and the multiset of rows, each cell as its place in the list of different contents."""
    names = sorted(table)
    places = [[_place(cell) for cell in table[name]] for name in names]
    return names, Counter(zip(*places, strict=True))


def _place(cell: object) -> int:
    """The place of the very object in the list, which equality (1 == True) would blur."""
    return next(
        i for i, known in enumerate(DIFFERENT) if known is cell or (known == cell and type(known) is type(cell))
    )


def test_all_different_cells_differ() -> None:
    digests = [logical_digest({"x": [cell]}) for cell in DIFFERENT]
    assert len(set(digests)) == len(DIFFERENT)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_content_agree(one: object, other: object) -> None:
    assert logical_digest({"x": [one]}) == logical_digest({"x": [other]})


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_floats_agree_exactly_when_they_are_equal(one: float, other: float) -> None:
    assert (logical_digest({"x": [one]}) == logical_digest({"x": [other]})) == (one == other)


@given(st.decimals(allow_nan=False), st.integers(-400, 400))
def test_decimals_do_not_depend_on_their_zeros(number: Decimal, shift: int) -> None:
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return
    padded = Decimal((sign, (*digits, 0, 0), exponent - 2))
    assert logical_digest({"x": [padded]}) == logical_digest({"x": [number]})
    if any(digits) and shift:
        moved = Decimal((sign, digits, exponent + shift))
        assert logical_digest({"x": [moved]}) != logical_digest({"x": [number]})


@given(st.integers())
def test_integers_agree_with_their_decimals(number: int) -> None:
    digest = logical_digest({"x": [number]})
    assert digest == logical_digest({"x": [Decimal(number)]})
    assert digest != logical_digest({"x": [number + 1]})


@given(st.text(), st.text(), st.text(), st.text())
def test_cells_do_not_run_into_each_other(a: str, b: str, c: str, d: str) -> None:
    def nfc(*texts: str) -> tuple[str, ...]:
        return tuple(unicodedata.normalize("NFC", text) for text in texts)

    same = logical_digest({"x": [a], "y": [b]}) == logical_digest({"x": [c], "y": [d]})
    assert same == (nfc(a, b) == nfc(c, d))


def test_equal_rows_count() -> None:
    once = logical_digest({"x": [1], "y": ["a"]})
    twice = logical_digest({"x": [1, 1], "y": ["a", "a"]})
    three = logical_digest({"x": [1, 1, 1], "y": ["a", "a", "a"]})
    assert len({once, twice, three}) == 3


def test_names_count() -> None:
    tables: list[Table] = [
        {},
        {"x": []},
        {"y": []},
        {"x": [], "y": []},
        {"x": [1]},
        {"y": [1]},
        {"x": [1], "y": [1]},
    ]
    digests = [logical_digest(table) for table in tables]
    assert len(set(digests)) == len(digests)
    assert logical_digest({"å": [1]}) == logical_digest({"a\u030a": [1]})


def test_swapped_columns_differ() -> None:
    assert logical_digest({"x": [1, 2], "y": [3, 4]}) != logical_digest({"x": [3, 4], "y": [1, 2]})
    assert logical_digest({"x": [1, 2], "y": [3, 4]}) != logical_digest({"x": [1, 2], "y": [4, 3]})


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float64", "object", "U3"])
def test_arrays_agree_with_lists(dtype: str) -> None:
    array = np.array([1, 0, 1], dtype=dtype)
    assert logical_digest({"x": array}) == logical_digest({"x": array.tolist()})  # type: ignore[dict-item]


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "lengths": (
        {"x": [1], "y": [1, 2]},
        "The columns of a table have different lengths; give every column one cell a row.",
    ),
    "names": (
        {"å": [1], "a\u030a": [1]},
        "Two columns have the name 'å' once its accents are composed; rename one.",
    ),
    "bytes": (
        {"x": [1, b"secret"]},
        "Column 'x' holds in row 2 a bytes that has no digest; use None, bool, numbers, Unicode text, dates or times.",
    ),
    "surrogate": (
        {"x": ["\ud800"]},
        "Column 'x' holds in row 1 a str that has no digest; use None, bool, numbers, Unicode text, dates or times.",
    ),
    "instant": (
        {"x": [datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=1)))]},
        "Column 'x' holds in row 1 a datetime that has no digest; "
        "use None, bool, numbers, Unicode text, dates or times.",
    ),
    "numpy date": (
        {"x": [np.datetime64("2020-01-31")]},
        "Column 'x' holds in row 1 a datetime64 that has no digest; "
        "use None, bool, numbers, Unicode text, dates or times.",
    ),
    "long double": (
        {"x": np.array([1], dtype=np.longdouble)},
        "Column 'x' holds in row 1 a longdouble that has no digest; "
        "use None, bool, numbers, Unicode text, dates or times.",
    ),
    "list": (
        {"x": [[1]]},
        "Column 'x' holds in row 1 a list that has no digest; use None, bool, numbers, Unicode text, dates or times.",
    ),
    "dates as integers": (
        {"x": np.array(["2020-01-31"], dtype="datetime64[ns]")},
        "Column 'x' is an array of datetime64[ns]; make it a list of plain Python values.",
    ),
}


@pytest.mark.parametrize(("table", "sentence"), REFUSED.values(), ids=REFUSED)
def test_cells_without_encoding_are_refused(table: dict[str, Sequence[object]], sentence: str) -> None:
    with pytest.raises(DataError) as raised:
        logical_digest(table)
    assert str(raised.value) == sentence

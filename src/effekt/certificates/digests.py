"""Digests: of bytes and files as they lie, and of a table as a set of rows whatever file it lies in."""

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from effekt.exceptions import CertificateError, DataError

TABLE_DIGEST = "effekt/table-digest/1"

_MISSING = (b"0", "")
_PLAIN_KINDS = ("b", "i", "u", "f")  # of NumPy arrays: bool, integers, floats


def sha256_bytes(raw: bytes) -> str:
    """Return the SHA-256 digest of `raw`.

    Parameters
    ----------
    raw : bytes
        Any bytes.

    Returns
    -------
    str
        64 lower-case hexadecimal digits.

    Examples
    --------
    >>> sha256_bytes(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(raw).hexdigest()


def sha256_file(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 digest of a file, read in pieces.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    str
        64 lower-case hexadecimal digits.

    Raises
    ------
    CertificateError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "panel.csv")
    ...     with open(path, "wb") as stream:
    ...         _ = stream.write(b"abc")
    ...     sha256_file(path) == sha256_bytes(b"abc")
    True
    """
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise CertificateError(
            f"The file {os.fspath(path)!r} cannot be read: {error.strerror}; name a file that you may read."
        ) from error


def logical_digest(columns: Mapping[str, Sequence[object]]) -> str:
    """Return the digest of a table's content, whatever the order of its rows and columns.

    Parameters
    ----------
    columns : mapping of str to sequence
        The columns, all of one length: plain Python values (None, bool, int, float, Decimal, str, date,
        datetime, time) or NumPy arrays of bool, numbers or text.

    Returns
    -------
    str
        64 lower-case hexadecimal digits.

    Raises
    ------
    DataError
        If columns differ in length or share a name, or a cell is of another kind.

    Notes
    -----
    Equal content gives equal digests: the order of rows and columns, 1 and 1.0, 0 and -0, a float and the
    decimal number it is written as, composed and decomposed letters (NFC), a date and its midnight, and one
    instant in two time zones do not matter; NaN and None are both *missing*. Different content gives
    different digests: any cell, the number of equal rows, a column's name, and the kind of a cell (1, true,
    "1", "" and missing are five things).

    With ``L(b)`` the length of ``b`` in eight bytes, big-endian, a cell is ``tag + L(body) + body``, with tag
    ``0`` missing, ``b`` bool (``0``, ``1``), ``n`` number (``-12e-1``: an integer without trailing zeros and its
    power of ten; ``0``, ``inf``, ``-inf``), ``t`` text, ``d`` date or time (ISO 8601). A row digest is the SHA-256
    of its cells in the order of the column names in UTF-8. The table's digest is the SHA-256 of the header followed
    by the sorted row digests, where the header is ``L(b) + b`` for the version tag, the number of columns, each name
    and the number of rows.

    A digest hides nothing: where the possible tables are few, whoever can list them can find the one.

    Examples
    --------
    >>> one = logical_digest({"unit": ["a", "b"], "days": [8.0, 7.3]})
    >>> other = logical_digest({"days": [7.3, 8], "unit": ["b", "a"]})
    >>> one == other
    True
    """
    named = _normalised(columns)
    lengths = {len(cells) for cells in named.values()}
    if len(lengths) > 1:
        raise DataError("The columns of a table have different lengths; give every column one cell a row.")
    names = sorted(named, key=lambda name: name.encode("utf-8"))
    rows = zip(*(_encoded(name, named[name]) for name in names), strict=True)
    row_digests = sorted(hashlib.sha256(b"".join(row)).digest() for row in rows)
    header = [TABLE_DIGEST, str(len(names)), *names, str(len(row_digests))]
    return _digest_of([*(_prefixed(text.encode("utf-8")) for text in header), *row_digests])


def _digest_of(pieces: Iterable[bytes]) -> str:
    """Return the SHA-256 of the pieces joined, without joining them."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _normalised(columns: Mapping[str, Sequence[object]]) -> dict[str, Sequence[object]]:
    """Return the columns under names in NFC, NumPy arrays as lists."""
    named: dict[str, Sequence[object]] = {}
    for name, column in columns.items():
        key = unicodedata.normalize("NFC", name)
        if key in named:
            raise DataError(f"Two columns have the name {key!r} once its accents are composed; rename one.")
        named[key] = _plain(key, column)
    return named


def _plain(name: str, column: Sequence[object]) -> Sequence[object]:
    """Return a NumPy array as a list of Python values, and anything else as it is."""
    dtype = getattr(column, "dtype", None)
    if dtype is None:
        return column
    if getattr(dtype, "kind", None) not in (*_PLAIN_KINDS, "O", "U"):
        raise DataError(f"Column {name!r} is an array of {dtype}; make it a list of plain Python values.")
    values: list[object] = column.tolist()  # type: ignore[attr-defined]
    return values


def _encoded(name: str, cells: Sequence[object]) -> Iterator[bytes]:
    """Yield ``tag + L(body) + body`` of each cell of one column."""
    for row, cell in enumerate(cells, start=1):
        try:
            tag, body = _tagged(cell)
            encoding = tag + _prefixed(body.encode("utf-8"))
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f"Column {name!r} holds in row {row} a {type(cell).__name__} that has no digest; "
                "use None, bool, numbers, Unicode text, dates or times."
            ) from error
        yield encoding


def _tagged(cell: Any) -> tuple[bytes, str]:
    """Return the tag of one cell and its body as text."""
    if cell is None:
        return _MISSING
    if isinstance(cell, bool):
        return b"b", str(int(cell))
    if isinstance(cell, str):
        return b"t", unicodedata.normalize("NFC", cell)
    if isinstance(cell, float):
        return _number(Decimal(repr(float(cell))))  # the shortest decimal that reads back as this float
    if isinstance(cell, int | Decimal):
        return _number(Decimal(cell))
    if isinstance(cell, date | time):
        return _MISSING if cell != cell else (b"d", _iso(cell))
    plain = cell.item() if getattr(getattr(cell, "dtype", None), "kind", None) in _PLAIN_KINDS else None
    if isinstance(plain, bool | int | float):
        return _tagged(plain)  # a NumPy scalar
    raise TypeError


def _number(number: Decimal) -> tuple[bytes, str]:
    """Return the tag and body of a number: NaN is missing, the rest an integer and a power of ten."""
    if number.is_nan():
        return _MISSING
    sign, digits, exponent = number.as_tuple()
    minus = "-" if sign else ""
    if number.is_infinite():
        return b"n", f"{minus}inf"
    written = "".join(map(str, digits))
    significant = written.rstrip("0")
    if not significant:
        return b"n", "0"
    power = int(exponent) + len(written) - len(significant)
    return b"n", f"{minus}{significant}e{power}"


def _iso(moment: date | time) -> str:
    """Return a date or time in ISO 8601: an instant in UTC, a naive midnight as its date."""
    if isinstance(moment, datetime) and moment.utcoffset() is not None:
        return moment.astimezone(UTC).isoformat()
    return moment.isoformat().removesuffix("T00:00:00")


def _prefixed(body: bytes) -> bytes:
    """Return ``L(body) + body``."""
    return len(body).to_bytes(8, "big") + body

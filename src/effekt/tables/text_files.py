"""What a text file holds before its rows: its encoding, and the delimiter that it may name in its first line."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from effekt.exceptions import DataError

_SINGLE_BYTE = ("windows-1252", "iso-8859-1")  # which read UTF-8 too, as other letters
_NAMES_DELIMITER = re.compile(r'"?sep=(?P<sign>[;,|\t])"?\r?\n', re.IGNORECASE)  # a whole first line
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decoded(path: Path, encoding: str) -> str:
    """The text of a file in its declared encoding.

    Parameters
    ----------
    path : Path
    encoding : str

    Returns
    -------
    str
        Without a byte-order mark.

    Raises
    ------
    DataError
        Of a file that is empty, no text, or of another encoding; it names the line and the remedy.
    """
    content = path.read_bytes()
    if not content.strip():
        raise DataError(f"The file {path.name!r} is empty; export it again.")
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if marked not in (None, encoding):
        raise _not_text(path, encoding, 1, f"declare `encoding` as {marked!r}")
    if encoding == "utf-16" and b"\0" not in content:  # which every Latin letter, digit and delimiter would hold
        other = "utf-8" if _is_utf8(content) else "windows-1252"
        raise _not_text(path, encoding, 1, f"declare the encoding it was saved in, such as {other!r}")
    content = content.removeprefix(codecs.BOM_UTF8)
    if encoding in _SINGLE_BYTE and not content.isascii() and _is_utf8(content):
        line = next(i for i, own in enumerate(content.split(b"\n"), start=1) if not own.isascii())
        raise _not_text(path, encoding, line, "declare `encoding` as 'utf-8'")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in content and encoding != "utf-16":
            raise _binary(path) from None
        line = content[: error.start].count(b"\n") + 1
        remedy = "declare the encoding it was saved in" if marked is None else "export it again"
        if encoding == "utf-8" and marked is None:
            remedy = "if it is an export from Excel, declare `encoding` as 'windows-1252'"
        raise _not_text(path, encoding, line, remedy) from None
    if "\0" in text:
        raise _binary(path)
    return text


def header_after(content: str, path: Path, delimiter: str) -> int:
    """The row of the header, of a file that may say in its first line, for Excel, what its delimiter is.

    Parameters
    ----------
    content : str
    path : Path
    delimiter : str
        The declared one.

    Returns
    -------
    int
        1, or 2 after such a line.

    Raises
    ------
    DataError
        Where the line names another delimiter.
    """
    first = _NAMES_DELIMITER.match(content)
    if first is None:
        return 1
    if (sign := first["sign"]) != delimiter:
        raise DataError(
            f"The file {path.name!r} says in its first line that its delimiter is {sign!r}, and it is read with "
            f"{delimiter!r}; declare `delimiter` as {sign!r}."
        )
    return 2


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _not_text(path: Path, encoding: str, line: int, remedy: str) -> DataError:
    return DataError(f"The file {path.name!r} is not {encoding} text at line {line}; {remedy}.")


def _binary(path: Path) -> DataError:
    return DataError(f"The file {path.name!r} is no text file; it holds binary data. Export it as CSV.")

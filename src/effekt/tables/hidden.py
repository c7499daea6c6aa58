"""Warnings of rows and columns of a workbook's sheet, and of whole sheets, that a spreadsheet program does not show."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from effekt._validation import plural
from effekt.exceptions import TableWarning


def warn_of_hidden(path: Path, sheet: str | None, rows: Sequence[int], columns: Sequence[str]) -> None:
    """Warn of a sheet that is hidden and read, by its name, and of such rows and named columns of a sheet."""
    for warning in (*_of_sheet(path, sheet), *_of_rows(path, rows), *_of_columns(path, columns)):
        warnings.warn(warning, stacklevel=5)


def _of_sheet(path: Path, hidden: str | None) -> Iterator[TableWarning]:
    if hidden is not None:
        yield TableWarning(
            f"The sheet of {path.name!r} that is read, {hidden!r}, is hidden, and it is read like any other; see that "
            "it is the one that is meant, or name another with `sheet`.",
            f"Det blad i {path.name!r} som läses, {hidden!r}, är dolt, och det läses som varje annat; se efter att "
            "det är det som avses, eller ange ett annat med `sheet`.",
        )


def _of_rows(path: Path, hidden: Sequence[int]) -> Iterator[TableWarning]:
    if hidden:
        many = len(hidden) != 1
        yield TableWarning(
            f"The sheet of {path.name!r} that is read has {plural(len(hidden), 'hidden row')}, the first in row "
            f"{hidden[0]}, and {'they are' if many else 'it is'} read like the others; if a filter was meant to leave "
            f"{'them' if many else 'it'} out, delete {'them' if many else 'it'} and save the file.",
            f"Det blad i {path.name!r} som läses har {len(hidden)} {'dolda rader' if many else 'dold rad'}, den första "
            f"på rad {hidden[0]}, och {'de' if many else 'den'} läses som de andra; om ett filter skulle utelämna "
            f"{'dem' if many else 'den'}, ta bort {'dem' if many else 'den'} och spara.",
        )


def _of_columns(path: Path, hidden: Sequence[str]) -> Iterator[TableWarning]:
    if hidden:
        many = len(hidden) != 1
        yield TableWarning(
            f"The sheet of {path.name!r} that is read has {plural(len(hidden), 'hidden column')}, the first "
            f"{hidden[0]!r}, and "
            + (
                "they are read like the others where they are named; see that they are the ones that are meant, or "
                "delete them and save the file."
                if many
                else "it is read like the others where it is named; see that it is the one that is meant, or delete it "
                "and save the file."
            ),
            f"Det blad i {path.name!r} som läses har {len(hidden)} {'dolda kolumner' if many else 'dold kolumn'}, den "
            f"första {hidden[0]!r}, och {'de' if many else 'den'} läses som de andra där {'de' if many else 'den'} "
            f"nämns; se efter att det är {'de' if many else 'den'} som avses, eller ta bort "
            f"{'dem' if many else 'den'} och spara.",
        )

"""Rows of a workbook's sheet that a spreadsheet program does not show."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from effekt._validation import plural
from effekt.exceptions import TableWarning


def hidden_rows(sheet: Any) -> list[int]:
    """Rows with cells that are hidden, by hand or by a filter; `sheet` is one of openpyxl's, read-only."""
    from xml.etree.ElementTree import iterparse

    hidden: list[int] = []
    number = 0
    with sheet._get_source() as source:
        for _, element in iterparse(source):
            if element.tag.rpartition("}")[2] == "row":
                number = int(element.get("r", number + 1))
                if element.get("hidden") in ("1", "true") and any(len(cell) for cell in element):
                    hidden.append(number)
                element.clear()
    return hidden


def warn_of_hidden(path: Path, hidden: Sequence[int]) -> None:
    """Warn of rows of a sheet that are hidden and read."""
    if hidden:
        many = len(hidden) != 1
        warning = TableWarning(
            f"The sheet of {path.name!r} that is read has {plural(len(hidden), 'hidden row')}, the first in row "
            f"{hidden[0]}, and they are read like the others; if a filter was meant to leave them out, delete them and "
            "save it.",
            f"Det blad i {path.name!r} som läses har {len(hidden)} {'dolda rader' if many else 'dold rad'}, den första "
            f"på rad {hidden[0]}, och de läses som de andra; om ett filter skulle utelämna dem, ta bort dem och spara.",
        )
        warnings.warn(warning, stacklevel=5)

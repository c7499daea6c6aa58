"""Rows of a workbook's sheet that a spreadsheet program does not show."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from effekt._validation import plural
from effekt.exceptions import TableWarning


def warn_of_hidden(path: Path, sheet: Any) -> None:
    """Warn of rows with cells that are hidden, by hand or by a filter; `sheet` is one of openpyxl's, read-only."""
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
    if hidden:
        warnings.warn(
            f"The sheet {sheet.title!r} of {path.name!r} has {plural(len(hidden), 'hidden row')}, the first in row "
            f"{hidden[0]}, and they are read like the others; if a filter was meant to leave them out, delete them and "
            "save it.",
            TableWarning,
            stacklevel=6,
        )

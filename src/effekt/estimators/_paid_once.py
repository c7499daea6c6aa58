"""What would pay for one outcome twice: a period in two forms."""

from __future__ import annotations

import re

import numpy as np

from effekt._calendar import finite, period_numbers
from effekt.exceptions import DataError
from effekt.tables import Selection

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FRACTION = re.compile(r"\.\d+")  # of a second
_DIGIT = re.compile(r"\d")
_JOINTS = re.compile(r"[ _-]+")


def refuse_mixed_times(rows: Selection, time: str) -> None:
    """Refuse periods, days or milestones in more than one form, of which two may be one."""
    times = rows.labels[time]
    forms = [_form(name) for name in times.names]
    plain = "" in forms and all(map(_is_number, times.names))  # 999 and 1000, which is no year
    mixed = len(set(forms)) > 1 and not plain
    said = ["" if mixed else _said(name) for name in times.names]
    if len(set(said)) == times.count:
        return
    first: dict[str, str] = {}
    for place in np.argsort(rows.rows).tolist():
        code = times.codes[place]
        written = forms[code] if mixed else times.names[code]
        if first.setdefault(said[code], written) != written:
            raise DataError(
                f"Column {time!r} must write periods, days or milestones in one form; the first in another form than "
                f"before is at {rows.table.where(int(rows.rows[place]))}. Write all in one form, so that none can "
                "count twice."
            )


def _form(name: str) -> str:
    """'month' of 2024-03, '0000-00-00' of a day, and nothing of words and numbers."""
    found = period_numbers([name])
    if found is not None:
        return found[0]
    return _DIGIT.sub("0", _FRACTION.sub("", name)) if _DAY.match(name) else ""


def _said(name: str) -> str:
    """What a name says, whatever its capitals, hyphens or zeros."""
    return repr(finite(name)) if _is_number(name) else _JOINTS.sub(" ", name).casefold()


def _is_number(name: str) -> bool:
    try:
        finite(name)
    except ValueError:
        return False
    return True

"""What would pay for one outcome twice: a period in two forms, and a row that holds what the others do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from effekt._calendar import finite, period_numbers
from effekt._exact import scaled_integers
from effekt._text import Text
from effekt._validation import join_words
from effekt.estimators._called_totals import called_places
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import Selection

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FRACTION = re.compile(r"\.\d+")  # of a second
_DIGIT = re.compile(r"\d")
_JOINTS = re.compile(r"[ _-]+")
SEVERAL = 2  # others that a total adds up in some period: of one alone, anybody's outcome may be the sum


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


def refuse_codes(rows: Selection, column: str, least: float) -> None:
    """Refuse values below 0 beside no other than 0 and 1: as -9 is written where the outcome is not known.

    With `least` below 0, which one unit may sum to, none is refused that is at least as much.
    """
    values = rows.numbers[column]
    below = values < 0
    others = values[~below]
    if len(others) and np.isin(others, (0, 1)).all():
        rows.refuse(
            values < min(least, 0),
            column,
            "must hold 0 and 1, or amounts, and nothing below 0 beside 0 and 1 alone",
            "Leave the cell empty where the outcome is not known; if it is an amount, ask for the sum with a "
            "`min_per_unit` that is not above it.",
        )


def refuse_total(rows: Selection, unit: str, time: str | None, column: str) -> tuple[Note, ...]:
    """Refuse a unit called as a total is that is the sum of the others in each of its periods; tell others so called.

    The others are those that are not called so. In some period it must add up several, of which none is 0.
    """
    units = rows.labels[unit]
    called = called_places(units.names)
    if not called or units.count == 1:
        return ()
    values, _ = scaled_integers(rows.numbers[column])
    periods = rows.labels[time].codes.tolist() if time else [0] * len(rows)
    so = np.isin(units.codes, called)
    sums: defaultdict[int, int] = defaultdict(int)
    parts: defaultdict[int, int] = defaultdict(int)
    for place in np.flatnonzero(~so).tolist():
        sums[periods[place]] += values[place]
        parts[periods[place]] += values[place] != 0
    for at in called:
        own = np.flatnonzero(units.codes == at).tolist()
        several = any(parts[periods[place]] >= SEVERAL for place in own)
        if several and all(values[place] == sums[periods[place]] for place in own):
            raise DataError(
                f"Column {unit!r} must not name a total of the units, as each outcome would count twice; the unit that "
                f"begins at {rows.first(units.codes == at)} is called as a total is, and is the sum of the others"
                f"{' in every period' if time else ''}. Leave its rows out."
            )
    return _told([units.names[at] for at in called])


def _told(names: Sequence[str]) -> tuple[Note, ...]:
    """That some units that are counted are called as a total is."""
    en, sv = (join_words(names, word) for word in ("and", "och"))
    return (
        Note(
            code="called_a_total",
            text=Text(
                en=f"Counted among others: {en}, as a total or a mean of units is called. If it is one, the units in "
                "it count twice; leave its rows out.",
                sv=f"Bland det som räknas finns {sv}, som en summa eller ett medel av enheter brukar heta. Är det en "
                "sådan räknas enheterna i den dubbelt; utelämna dess rader.",
            ),
        ),
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

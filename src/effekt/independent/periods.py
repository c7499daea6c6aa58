"""Calendar labels as month numbers: month m of year y is 12·y + m - 1.

Read: ``2014``, ``2014-01``, ``2014-1``, ``2014M01`` or ``201401``, ``2014-01-31`` with or without midnight,
``2014-Q1`` or ``2014K1``, ``2014-T1``, ``2014/15`` (a season, July to June), and dates.
"""

import datetime
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.spoken_windows import two_labels

LENGTH = {"month": 1, "quarter": 3, "tertial": 4, "year": 12, "season": 12}
START = {"season": 6}  # July
MARK = {"Q": 3, "K": 3, "T": 4}
TOGETHER = re.compile(r"(19|20)\d{4}")
SEASON = re.compile(r"(\d{4})/(\d\d)")
LABEL = re.compile(r"(\d{4})(?:-?([QKT])(\d)|[-M](\d\d?)|-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?)?)?")


def span(cell: str | int | float | Fraction | datetime.date) -> tuple[int, int]:
    """Return the first month of a label and its length in months (0 for a date); ``ValueError`` otherwise.

    A time of day is none: it is another day in other time zones.
    """
    if not isinstance(cell, datetime.datetime):
        return _span(str(cell).strip())
    if (cell.hour, cell.minute, cell.second, cell.microsecond) != (0, 0, 0, 0):
        raise ValueError("a time of day")
    return _span(cell.date().isoformat())


@lru_cache(maxsize=2**12)
def _span(text: str) -> tuple[int, int]:
    season = SEASON.fullmatch(text)
    if season is not None and (int(season[1]) + 1) % 100 == int(season[2]):
        return 12 * int(season[1]) + START["season"], LENGTH["season"]
    match = LABEL.fullmatch(f"{text[:4]}-{text[4:]}" if TOGETHER.fullmatch(text) else text)
    if match is None:
        raise ValueError("not a period")
    year, mark, part, month, dated, day = match.groups()
    month = month or dated
    first = 12 * int(year)
    if mark is not None:
        length = MARK[mark]
        offset, length = length * (int(part) - 1), length
    elif month is not None:
        offset, length = int(month) - 1, 0 if day else 1
    else:
        offset, length = 0, 12
    if not 0 <= offset < 12 or (day is not None and not 1 <= int(day) <= 31):
        raise ValueError("not a period")
    return first + offset, length


def period_start(cell: str | int | float | Fraction, period: str, where: str) -> int:
    """Return the first month of the period a cell names; a date names the period it falls in."""
    if period not in LENGTH:
        raise ArgumentError(f"period must be month, quarter, tertial, year or season, not {period!r}; choose one.")
    try:
        first, length = span(cell)
    except ValueError as error:
        raise DataError(f"{where} must name a {period}, such as {period_label(24168, period)}; correct it.") from error
    into = (first - START.get(period, 0)) % LENGTH[period]
    if length not in (0, LENGTH[period]) or (length and into):
        raise DataError(f"{where} must name a {period}, such as {period_label(24168, period)}; correct it.")
    return first - into


def window_periods(window: Sequence[str | int] | str, period: str, argument: str) -> list[int]:
    """Return the first months of the whole periods of a closed window (first, last), or of one in words."""
    if period not in LENGTH:
        raise ArgumentError(f"period must be month, quarter, tertial, year or season, not {period!r}; choose one.")
    if isinstance(window, str):
        window = _two_ends(window, argument)
    try:
        first, end = _edges(window[0], period)[0], _edges(window[-1], period)[1]
    except (ValueError, IndexError) as error:
        raise ArgumentError(f"{argument} must be two periods, such as ('2014-01', '2015-12'); correct it.") from error
    step, shift = LENGTH[period], START.get(period, 0)
    if len(window) != 2 or (first - shift) % step or (end - shift) % step or end <= first:
        raise ArgumentError(f"{argument} must run from the start of a {period} to the end of one; correct it.")
    return list(range(first, end, step))


def _edges(cell: str | int | datetime.date, period: str) -> tuple[int, int]:
    """Return the month in which a label begins and the one after it; a first or last day is that of its period."""
    first, length = span(cell)
    if length:
        return first, first + length
    begins = period_start(str(cell), period, "a window")
    end = begins + LENGTH[period]
    day = datetime.date.fromisoformat(str(cell).strip()[:10])
    (year, month), (later, after) = divmod(begins, 12), divmod(end, 12)
    if day not in (datetime.date(year, month + 1, 1), datetime.date(later, after + 1, 1) - datetime.timedelta(days=1)):
        raise ValueError("a day within a period")
    return begins, end


def _two_ends(words: str, argument: str) -> tuple[str, str]:
    """Return the labels of both ends of a window in words."""
    labels = two_labels(words)
    if labels is None:
        raise ArgumentError(
            f"{argument} must be two periods, such as ('2014-01', '2015-12'), or words for two of one kind, each as "
            f"its noun says, such as 'seasons 2016/17 to 2017/18', 'years 2016 to 2017' or 'tertial 2 2017'; "
            f"got {words!r}; correct it."
        )
    return labels


def period_label(first: int, period: str) -> str:
    """Return the label of the period that begins in month number ``first``."""
    year, month = divmod(first, 12)
    if period == "year":
        return str(year)
    if period == "season":
        return f"{year}/{(year + 1) % 100:02d}"
    if period == "month":
        return f"{year}-{month + 1:02d}"
    return f"{year}{'Q' if period == 'quarter' else 'T'}{month // LENGTH[period] + 1}"

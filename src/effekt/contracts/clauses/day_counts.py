"""How many days of interest lie between two dates, and how many a year has, by the convention a contract names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, TypeAlias

DayCount: TypeAlias = Literal["act_365", "act_360", "30_360", "30e_360"]


def days_between(start: date, end: date, day_count: DayCount) -> int:
    """Count the days of interest.

    Parameters
    ----------
    start, end : date
        The first day, from whose end interest runs, and the last; `end` is not before `start`.
    day_count : {"act_365", "act_360", "30_360", "30e_360"}
        The convention.

    Returns
    -------
    int
        Calendar days, or days of months of 30 days.

    Notes
    -----
    With days d and months m of 30 days the count is 360 (y₂ − y₁) + 30 (m₂ − m₁) + (d₂ − d₁). `30_360` is the bond
    basis (ISDA Definitions 2006, section 4.16(f)): a d₁ of 31 is 30, and then a d₂ of 31 is 30 if d₁ is 30.
    `30e_360` is the Eurobond basis (section 4.16(g)), common in Sweden: every 31 is 30. `act_365` is section
    4.16(d), `act_360` section 4.16(e).

    Examples
    --------
    >>> days_between(date(2022, 1, 31), date(2022, 3, 1), "30_360")
    31
    """
    return _DAYS[day_count](start, end)


def year_of(day_count: DayCount) -> int:
    """The days of a year."""
    return 365 if day_count == "act_365" else 360


def _actual(start: date, end: date) -> int:
    return (end - start).days


def _bond(start: date, end: date) -> int:
    first = min(start.day, 30)
    return _months_of_30(start, end, first, 30 if end.day == 31 and first == 30 else end.day)


def _eurobond(start: date, end: date) -> int:
    return _months_of_30(start, end, min(start.day, 30), min(end.day, 30))


def _months_of_30(start: date, end: date, first: int, last: int) -> int:
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


_DAYS: Mapping[DayCount, Callable[[date, date], int]] = {
    "act_365": _actual,
    "act_360": _actual,
    "30_360": _bond,
    "30e_360": _eurobond,
}

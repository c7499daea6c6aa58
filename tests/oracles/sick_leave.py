"""Sick leave a day at a time: each person lives through every day, and the days are put where they belong at the end.

A spell that starts at most `relapse` days after the last sick day continues the sick period (7 § lagen (1991:1047) om
sjuklön); its sick days are numbered without those between.
"""

from __future__ import annotations

import calendar
import datetime
from fractions import Fraction

DAY = datetime.timedelta(days=1)


def label(day, period):
    if period == "season":
        start = day.year if day.month >= 7 else day.year - 1
        return f"{start}/{(start + 1) % 100:02d}"
    part = {"month": day.month, "quarter": (day.month + 2) // 3, "tertial": (day.month + 3) // 4, "year": 0}[period]
    form = {"month": "{}-{:02d}", "quarter": "{}Q{}", "tertial": "{}T{}", "year": "{}"}[period]
    return form.format(day.year, part)


def table(spells, jobs, *, first, last, until, period, definition, day_weight, relapse, working=None):
    """(unit, period) to days, full-time months, long days, all days, employee-months.

    Spells are (person, first, last or None, extent).
    """
    found = {}
    spells, jobs = set(spells), set(jobs)
    for person in {one[0] for one in jobs}:
        for day, number, extent, length, ended in numbered(person, spells, until, relapse):
            if not first <= day <= last or (working is not None and day not in working):
                continue
            held = [job for job in jobs if job[0] == person and job[2] <= day <= (job[3] or until)]
            for _, unit, _, _, share in held:
                amount = extent * share
                if day_weight == "extent":
                    amount /= sum(job[4] for job in held)
                cell = found.setdefault((unit, label(day, period)), [Fraction(0)] * 5)
                short = number <= 14 if definition == "days_1_to_14" else length <= 14 and ended
                cell[0] += amount * short
                cell[2] += amount * (number >= 15)
                cell[3] += amount
    day = first
    while day <= last:
        for _, unit, starts, ends, share in jobs:
            if starts <= day <= (ends or until):
                cell = found.setdefault((unit, label(day, period)), [Fraction(0)] * 5)
                cell[1] += share / calendar.monthrange(day.year, day.month)[1]
        for _, unit in {job[:2] for job in jobs if job[2] <= day <= (job[3] or until)}:
            found[unit, label(day, period)][4] += Fraction(1, calendar.monthrange(day.year, day.month)[1])
        day += DAY
    return found


def numbered(person, spells, until, relapse):
    """Each sick day: its number, extent, how long its period was and whether it ended by `until`."""
    own = [one for one in spells if one[0] == person and one[1] <= until]
    if not own:
        return []
    day, periods, latest = min(one[1] for one in own), [], None
    while day <= until:
        extents = [one[3] for one in own if one[1] <= day and (one[2] is None or day <= one[2])]
        if extents:
            if latest is None or (day - latest).days > relapse:
                periods.append([])
            periods[-1].append((day, min(sum(extents), Fraction(1))))
            latest = day
        day += DAY
    goes_on = any(one[2] is None or one[2] > until for one in own)
    lived = []
    for period in periods:
        ended = not (goes_on and period[-1][0] == until)
        lived += [(day, i, extent, len(period), ended) for i, (day, extent) in enumerate(period, start=1)]
    return lived

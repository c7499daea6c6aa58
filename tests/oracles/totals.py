"""Slow, obvious search for a row that is the sum or the mean of all others in every period, by fractions.

Rows are lists of decimals as they are written. A row's last decimal is the coarsest power of ten that all its cells are
multiples of, the table's that of all cells. Row i is a total where each of its cells lies from that of the others
within w = half its last decimal, or within w and what the rounding of the others may come to: half the table's last
decimal for each in a sum, half of one in a mean. That it does so by chance has at most the probability

    min(1, 2w / L) * min(1, 2w / (sqrt(2 pi) s)) ^ (periods - 1)

For a sum L is the mean size of the others' sum, and s^2 the sum of their variances about a line; for a mean each row is
taken less the mean of its own others, L is sqrt(2 pi) times the standard deviation of these levels over their number,
and s^2 the variance below which a tenth of them lie. A variance about a line is a sixth of the mean squared second
difference. The whole must be below 1e-6, and the power alone below 1e-3.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor, pi, sqrt

LIKELY, MOVES = 1e-6, 1e-3


def first_total(rows, pool, called=(), counties=None, treated=()):
    """(row, kind, whether rounding parts it from that), or None; `rows` hold text, `counties` the rows of each.

    Every table but those without one of the largest is asked a second time without the treated, if any is in it; where
    `treated` is None anyone may be it, and it is asked without each.
    """
    rows = [[Fraction(cell) for cell in row] for row in rows]
    every, counties = list(range(len(rows))), counties or {}
    plain = [i for i in every if i not in called and i not in counties]
    largest = sorted(every, key=lambda i: -sum(map(abs, rows[i])))[:3]
    asked = [(every, pool, LIKELY), (plain, pool, LIKELY)]
    asked += [([*plain, i], [i], LIKELY) for i in sorted(called) if i in pool]
    asked += [([*counties[i], i], [i], LIKELY) for i in sorted(counties) if i in pool]
    asked = [
        again
        for places, sought, likely in asked
        for again in (
            (places, sought, likely),
            *(
                [([i for i in places if i not in treated], sought, likely)]
                if treated is not None
                else [([i for i in places if i != one], sought, likely / len(places)) for one in places]
            ),
        )
    ]
    asked += [([i for i in every if i != hidden], pool, LIKELY / 3) for hidden in largest]
    table = last_decimal([cell for row in rows for cell in row])
    for places, sought, likely in asked:
        among = [k for k, place in enumerate(places) if place in sought]
        found = total_of([rows[i] for i in places], among, table, likely)
        if found:
            return places[found[0]], *found[1:]
    return None


def total_of(rows, pool, table, likely):
    if len(rows) < 4 or len(rows[0]) < 4 or sum(len(set(row)) > 1 for row in rows) < 3:
        return None
    for kind in ("sum", "mean"):
        for i in pool:
            others = rows[:i] + rows[i + 1 :]
            if len(set(rows[i])) == 1:
                continue
            share = 1 if kind == "sum" else len(others)
            away = max(
                abs(cell - sum(column) / share) for cell, column in zip(rows[i], zip(*others, strict=True), strict=True)
            )
            own = last_decimal(rows[i]) / 2
            loose = own + table / 2 * len(others) / share
            if any(away <= within and chance(rows, i, kind, 2 * within) < likely for within in (own, loose)):
                return i, kind, away > 0
    return None


def last_decimal(cells):
    unit = Fraction(1, 10**12)
    while any(cells) and all(cell % (10 * unit) == 0 for cell in cells):
        unit *= 10
    return unit


def chance(rows, i, kind, width):
    mode, periods = sqrt(2 * pi), len(rows[0])
    others = rows[:i] + rows[i + 1 :]
    if kind == "sum":
        spread = sqrt(sum(map(about_a_line, others)))
        level = share(width, sum(abs(sum(column)) for column in zip(*others, strict=True)) / periods)
    else:
        less = [less_others(rows, j) for j in range(len(rows)) if j != i]
        spread = sqrt(tenth([about_a_line(row) for row in less]))
        levels = [sum(row) / periods for row in less]
        middle = sum(levels) / len(levels)
        deviation = sqrt(sum((one - middle) ** 2 for one in levels) / len(levels))
        level = share(len(levels) * width, mode * deviation)
    moves = share(width, mode * spread) ** (periods - 1)
    return level * moves if moves < MOVES else 1


def less_others(rows, j):
    return [
        rows[j][t] - sum(row[t] for k, row in enumerate(rows) if k != j) / (len(rows) - 1) for t in range(len(rows[j]))
    ]


def about_a_line(row):
    seconds = [row[t + 2] - 2 * row[t + 1] + row[t] for t in range(len(row) - 2)]
    return sum(one**2 for one in seconds) / len(seconds) / 6


def tenth(values):
    """Between the two nearest, as far as it lies."""
    values, at = sorted(values), Fraction(1, 10) * (len(values) - 1)
    low = floor(at)
    return values[low] + (at - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def share(width, spread):
    return min(float(width) / float(spread), 1.0) if spread > 0 else 1.0

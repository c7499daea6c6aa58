"""Treated units and donors over all periods of the data, centred without rounding."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, cast

import numpy as np

from effekt._calendar import EXAMPLE, parse_period, period_label
from effekt._decimals import decimal_integers
from effekt._types import FloatArray, IntArray, Missing, Period, Table
from effekt._validation import join_words, plural
from effekt.estimators import _totals as totals
from effekt.estimators.trend.checks import first_row, known, named
from effekt.estimators.trend.panel import Panel, read_rows
from effekt.exceptions import ArgumentError, IncompleteWindowError
from effekt.roles import Outcome

FEWEST_DONORS = 2  # so that a donor that is left out, or stands in for the treated, has another one
FEWEST_BEFORE = 2  # periods; with one, its weights fit it whatever the units' paths are
RULE = "`donors` must not hold a total of the units, which counts those in it twice or may hold the treated ones"
REMEDY = "Leave its rows out, or name the donors without it."
TREATED_RULE = "`treated` must not be a total of donors, which then are treated too"
TREATED_REMEDY = "Name the donors without the units that are in it, or treat one of them."
AT_ONCE = 2**12  # numbers that are read as decimals together, so that little but the decimals is held


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The outcomes of all units as exact numbers, by unit and then by period, without a key for each.

    Attributes
    ----------
    places : dict of str to int
        The units, in their order.
    starts : (units + 1,) int array
        Where the cells of each unit begin, and end.
    times : (n,) int array
        Number of each cell's period.
    above : list of int
    below : list of int or None
        Denominators; None where the outcome is no ratio. A value is above / below · `scale`.
    scale : Fraction
    period : Period
    """

    places: dict[str, int]
    starts: IntArray
    times: IntArray
    above: list[int]
    below: list[int] | None
    scale: Fraction
    period: Period

    @property
    def units(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.places)

    def ends(self, units: Iterable[str]) -> tuple[int, int]:
        """The first and the last period that any of the units has."""
        places = [self.places[name] for name in units]
        first, last = self.times[self.starts[places]], self.times[self.starts[np.array(places) + 1] - 1]
        return int(first.min()), int(last.max())

    def rows(self, units: Iterable[str], span: range) -> IntArray:
        """(units, periods): where the cells stand, −1 where there is none."""
        wanted, found = np.arange(span.start, span.stop), []
        for name in units:
            first, end = self.starts[self.places[name]], self.starts[self.places[name] + 1]
            place = first + np.searchsorted(self.times[first:end], wanted)
            there = self.times[np.minimum(place, end - 1)] == wanted
            found.append(np.where(there, place, -1))
        return np.array(found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paths:
    """Outcomes by period, of the treated (pooled) and of each donor.

    Attributes
    ----------
    treated_units, donors : tuple of str
    span : range
        Numbers of the periods.
    periods : tuple of str, length T
    n_before : int
        Periods before the first treated one.
    levels : tuple of float, length T
        The treated outcome.
    treated_after : float
        Its mean from the first treated period on.
    donors_after : float
        The plain mean of the donors from then on.
    donors_before : (J,) array
        Each donor's mean before.
    values : (T, 1 + J) array
        The treated first, then the donors; less the donors' mean of the period, and then less the unit's own mean of
        the periods before. Exact until the last rounding, so that unit and period effects move no number.
    offsets : (1 + J,) array
        What was taken from each unit in the second step.
    steps : (n_before − 1, J) array
        First differences of the donors' outcomes before.
    cells : Cells
        The cells they come from.
    """

    treated_units: tuple[str, ...]
    donors: tuple[str, ...]
    span: range
    periods: tuple[str, ...]
    n_before: int
    levels: tuple[float, ...]
    treated_after: float
    donors_after: float
    donors_before: FloatArray
    values: FloatArray
    offsets: FloatArray
    steps: FloatArray
    cells: Cells

    def numerators(self) -> list[int]:
        """Of all cells that are compared."""
        at = self.cells.rows((*self.treated_units, *self.donors), self.span)
        return [self.cells.above[i] for i in at.ravel().tolist()]

    def of_group(self, units: tuple[str, ...]) -> Paths:
        """The same with other units, donors among them, together in the place of the treated."""
        before, after = self.span[: self.n_before], self.span[self.n_before :]
        return _paths(self.cells, units, self.donors, before, after)


def read_paths(
    data: Table,
    outcome: Outcome,
    unit: str,
    time: str,
    period: Period,
    treated: object,
    first_treated: object,
    last_evaluated: object,
    donors: object,
    missing: Missing,
) -> tuple[Paths, int]:
    """The paths, and the number of rows dropped."""
    start = _period("first_treated", first_treated, period)
    end = None if last_evaluated is None else _period("last_evaluated", last_evaluated, period)
    if end is not None and end < start:
        raise ArgumentError(
            f"`last_evaluated` must not lie before `first_treated`; got {last_evaluated!r} and {first_treated!r}."
        )
    _check_donors(donors, named(treated, "treated"))
    cells, n_dropped = _read(data, outcome, unit, time, period, missing)
    treated_units = _known(treated, "treated", cells)
    pool = _donors(donors, treated_units, cells)
    before, after = _spans(cells, treated_units, pool, start, end)
    _refuse_totals(cells, treated_units, pool, range(before[0], after[-1] + 1), partial(first_row, data, unit))
    return _paths(cells, treated_units, pool, before, after), n_dropped


def _read(data: Table, outcome: Outcome, unit: str, time: str, period: Period, missing: Missing) -> tuple[Cells, int]:
    """The cells, and the number of rows dropped."""
    rows = read_rows(data, outcome, unit, time, period, missing)
    if len(outcome.columns) == 2:
        column = outcome.columns[1]
        rows.refuse(rows.numbers[column] <= 0, column, "must hold positive denominators", "Correct the data.")
    labels, times, n_dropped = rows.labels[unit], rows.periods[time], rows.n_dropped
    order = np.lexsort((times, labels.codes))
    columns = [rows.numbers[column][order] for column in outcome.columns]
    starts = np.searchsorted(labels.codes[order], np.arange(len(labels.names) + 1))
    del rows  # and with it the table, before its decimals are held
    above, over = _integers(columns[0])
    below, under = _integers(columns[1]) if len(columns) == 2 else (None, 1)
    cells = Cells(
        places={name: i for i, name in enumerate(labels.names)},
        starts=starts,
        times=times[order],
        above=above,
        below=below,
        scale=Fraction(under, over),
        period=period,
    )
    return cells, n_dropped


def _integers(values: FloatArray) -> tuple[list[int], int]:
    """As `decimal_integers`, some at a time."""
    parts = [decimal_integers(values[i : i + AT_ONCE]) for i in range(0, len(values), AT_ONCE)]
    most = max(scale for _, scale in parts)
    found: list[int] = []
    for whole, scale in parts:
        found += whole if scale == most else [one * (most // scale) for one in whole]
    return found, most


def _known(labels: object, argument: str, cells: Cells) -> tuple[str, ...]:
    """The labels as units of the data."""
    return known(labels, argument, cast(Panel, cells))  # whose units alone are looked at


def _period(name: str, value: object, period: Period) -> int:
    number = parse_period(value, period)
    if number is None:
        raise ArgumentError(
            f"`{name}` must be a {period} such as {EXAMPLE[period]!r}; got {value!r}. Write it so, or as a date in it."
        )
    return number


def _check_donors(donors: object, treated: tuple[str, ...]) -> None:
    """Refuse donors that no data could serve."""
    if donors is None:
        return
    listed = named(donors, "donors")
    both = [name for name in listed if name in treated]
    if both:
        raise ArgumentError(f"`donors` must not hold a treated unit; {both[0]!r} is treated. Take it out.")
    _refuse_few(listed)


def _donors(donors: object, treated: tuple[str, ...], cells: Cells) -> tuple[str, ...]:
    if donors is None:
        names = tuple(name for name in cells.places if name not in treated)
    else:
        listed = _known(donors, "donors", cells)
        names = tuple(name for name in cells.places if name in listed)
    _refuse_few(names)
    return names


def _refuse_few(names: Sequence[str]) -> None:
    if len(names) < FEWEST_DONORS:
        raise ArgumentError(
            f"`donors` must hold at least two units that are not treated; got {len(names)}. Add units that had no "
            "intervention."
        )


def _spans(
    cells: Cells, treated: Sequence[str], donors: Sequence[str], start: int, end: int | None
) -> tuple[range, range]:
    """The periods before and from the first treated one; every unit must have each of them."""
    used = (*treated, *donors)
    first, last = cells.ends(used)
    before, after = range(first, start), range(max(start, first), (last if end is None else end) + 1)
    label = period_label(start, cells.period)
    if len(before) < FEWEST_BEFORE:
        raise ArgumentError(
            f"`first_treated` ({label}) must have at least two {cells.period}s of data before it; it has "
            f"{len(before)}. Add earlier data."
        )
    if not after:
        raise ArgumentError(f"`first_treated` ({label}) must lie in the data, and they end before it. Correct it.")
    span = range(before[0], after[-1] + 1)
    absent = cells.rows(used, span) < 0
    if absent.any():
        roles = [("the treated units", absent[: len(treated)]), ("the donors", absent[len(treated) :])]
        gaps = [role for role, own in roles if own.any()]
        missing = tuple(sorted({period_label(span[i], cells.period) for i in np.flatnonzero(absent.any(axis=0))}))
        shown = join_words(missing if len(missing) <= 12 else (*missing[:12], f"{len(missing) - 12} more"), "and")
        when, whose = (int(one) for one in np.argwhere(absent.T)[0])
        lacking = int(absent.sum())
        count = f" (of {lacking} cells)" if lacking > 1 else ""
        raise IncompleteWindowError(
            f"Every {cells.period} from {period_label(span[0], cells.period)} to "
            f"{period_label(span[-1], cells.period)} must be there for {join_words(gaps, 'and')}; "
            f"{plural(len(missing), cells.period)} missing: {shown}. The first that is not there is "
            f"{used[whose]!r} in {period_label(span[when], cells.period)}{count}. Add the data, name the donors that "
            "are complete, or leave the period out for every unit at an end.",
            missing,
        )
    return before, after


def _refuse_totals(
    cells: Cells, treated: Sequence[str], donors: Sequence[str], span: range, first: Callable[[Collection[str]], str]
) -> None:
    """Refuse a donor that is a total of other donors or may hold the treated, and a treated total of donors."""
    if not totals.enough(len(cells.places), len(span)):
        return
    at = cells.rows(cells.places, span)
    there = at >= 0
    values, weights = (
        np.where(there, np.ones(1) if column is None else np.array(column, float)[at], 0.0)
        for column in (cells.above, cells.below)
    )
    whole = totals.Cells(values=values, weights=weights, ratio=cells.below is not None)
    apart = [place for name, place in cells.places.items() if name not in {*treated, *donors}]
    own = [cells.places[name] for name in treated]
    for units, rule, remedy in ((donors, RULE, REMEDY), (treated, TREATED_RULE, TREATED_REMEDY)):
        found = totals.compared_totals(whole, [cells.places[name] for name in units], apart, tuple(cells.places), own)
        if found:
            raise ArgumentError(f"{rule}; {totals.told(found, lambda at: first((cells.units[at],)), remedy)}")


def _paths(cells: Cells, treated: tuple[str, ...], donors: tuple[str, ...], before: range, after: range) -> Paths:
    span = range(before[0], after[-1] + 1)
    rows, factor = _outcomes(cells, treated, donors, span)
    n, count = len(before), len(donors)
    common = [sum(row[1:]) for row in rows]
    sums, shared = [sum(column) for column in zip(*rows[:n], strict=True)], sum(common[:n])
    levels = [count * value - shared for value in sums]
    own = factor / (count * n)
    return Paths(
        treated_units=treated,
        donors=donors,
        span=span,
        periods=tuple(period_label(t, cells.period) for t in span),
        n_before=n,
        levels=tuple(_rounded([row[0] for row in rows], factor)),
        treated_after=_rounded([sum(row[0] for row in rows[n:])], factor / len(after))[0],
        donors_after=_rounded([sum(common[n:])], factor / (len(after) * count))[0],
        donors_before=np.array(_rounded(sums[1:], factor / n)),
        values=np.array(
            [
                _rounded([n * (count * value - total) - level for value, level in zip(row, levels, strict=True)], own)
                for row, total in zip(rows, common, strict=True)
            ]
        ),
        offsets=np.array(_rounded(levels, own)),
        steps=np.array(
            [
                _rounded([now - then for now, then in zip(later[1:], row[1:], strict=True)], factor)
                for row, later in pairwise(rows[:n])
            ]
        ),
        cells=cells,
    )


def _outcomes(
    cells: Cells, treated: tuple[str, ...], donors: tuple[str, ...], span: range
) -> tuple[list[list[Any]], Fraction]:
    """Exact outcomes by period, the treated first, over a factor: whole numbers unless they are ratios."""
    above, below, m = cells.above, cells.below, len(treated)
    at = cells.rows((*treated, *donors), span).T
    if below is not None:
        return [
            [
                Fraction(sum(above[i] for i in group), sum(below[i] for i in group)) * cells.scale
                for group in (row[:m], *([i] for i in row[m:]))
            ]
            for row in map(np.ndarray.tolist, at)
        ], Fraction(1)
    if m == 1:
        return [[above[i] for i in row] for row in at], cells.scale
    rows = [[sum(above[i] for i in row[:m]), *(m * above[i] for i in row[m:])] for row in at]
    return rows, cells.scale / m


def _rounded(values: Sequence[Any], factor: Fraction) -> list[float]:
    """Whole numbers or fractions times the factor, each rounded once."""
    p, q = factor.numerator, factor.denominator
    return [value * p / q if isinstance(value, int) else float(value * factor) for value in values]

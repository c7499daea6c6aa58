"""Treated units and donors over all periods of the data, centred without rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from effekt._calendar import parse_period, period_label
from effekt._types import FloatArray, Missing, Period, Table
from effekt._validation import join_words, plural
from effekt.estimators.trend.checks import known, named
from effekt.estimators.trend.panel import Panel, read_panel
from effekt.exceptions import ArgumentError, IncompleteWindowError
from effekt.roles import Outcome

FEWEST_DONORS = 2  # so that a donor that is left out, or stands in for the treated, has another one
FEWEST_BEFORE = 2  # periods; with one, its weights fit it whatever the units' paths are


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
    panel : Panel
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
    panel: Panel

    def of_group(self, units: tuple[str, ...]) -> Paths:
        """The same with other units, donors among them, together in the place of the treated."""
        before, after = self.span[: self.n_before], self.span[self.n_before :]
        return _paths(self.panel, units, self.donors, before, after)


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
    panel, n_dropped = read_panel(data, outcome, unit, time, period, "mean_of_periods", missing)
    treated_units = known(treated, "treated", panel)
    pool = _donors(donors, treated_units, panel)
    before, after = _spans(panel, treated_units, pool, start, end)
    return _paths(panel, treated_units, pool, before, after), n_dropped


def _period(name: str, value: object, period: Period) -> int:
    number = parse_period(value, period)
    if number is None:
        raise ArgumentError(f"`{name}` must be a {period} such as the data hold; got {value!r}.")
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


def _donors(donors: object, treated: tuple[str, ...], panel: Panel) -> tuple[str, ...]:
    if donors is None:
        names = tuple(name for name in panel.units if name not in treated)
    else:
        listed = known(donors, "donors", panel)
        names = tuple(name for name in panel.units if name in listed)
    _refuse_few(names)
    return names


def _refuse_few(names: Sequence[str]) -> None:
    if len(names) < FEWEST_DONORS:
        raise ArgumentError(
            f"`donors` must hold at least two units that are not treated; got {len(names)}. Add units that had no "
            "intervention."
        )


def _spans(
    panel: Panel, treated: Sequence[str], donors: Sequence[str], start: int, end: int | None
) -> tuple[range, range]:
    """The periods before and from the first treated one; every unit must have each of them."""
    used = {*treated, *donors}
    times = [t for name, t in panel.numerators if name in used]
    before, after = range(min(times), start), range(max(start, min(times)), (max(times) if end is None else end) + 1)
    label = period_label(start, panel.period)
    if len(before) < FEWEST_BEFORE:
        raise ArgumentError(
            f"`first_treated` ({label}) must have at least two {panel.period}s of data before it; it has "
            f"{len(before)}. Add earlier data."
        )
    if not after:
        raise ArgumentError(f"`first_treated` ({label}) must lie in the data, and they end before it. Correct it.")
    span = range(before[0], after[-1] + 1)
    gaps = {
        role: absent
        for role, units in (("the treated units", treated), ("the donors", donors))
        if (absent := panel.missing(units, span))
    }
    if gaps:
        missing = tuple(sorted({one for absent in gaps.values() for one in absent}))
        shown = join_words(missing if len(missing) <= 12 else (*missing[:12], f"{len(missing) - 12} more"), "and")
        lacking = [(t, name) for t in span for name in (*treated, *donors) if (name, t) not in panel.numerators]
        first, whose = lacking[0]
        count = f" (of {len(lacking)} cells)" if len(lacking) > 1 else ""
        raise IncompleteWindowError(
            f"Every {panel.period} from {period_label(span[0], panel.period)} to "
            f"{period_label(span[-1], panel.period)} must be there for {join_words(gaps, 'and')}; "
            f"{plural(len(missing), panel.period)} missing: {shown}. The first that is not there is "
            f"{whose!r} in {period_label(first, panel.period)}{count}. Add the data, name the donors that are "
            "complete, or leave the period out for every unit at an end.",
            missing,
        )
    return before, after


def _paths(panel: Panel, treated: tuple[str, ...], donors: tuple[str, ...], before: range, after: range) -> Paths:
    span = range(before[0], after[-1] + 1)
    rows, factor = _cells(panel, treated, donors, span)
    n, count = len(before), len(donors)
    common = [sum(row[1:]) for row in rows]
    apart = [[count * value - total for value in row] for row, total in zip(rows, common, strict=True)]
    levels = [sum(column) for column in zip(*apart[:n], strict=True)]
    own = factor / (count * n)
    return Paths(
        treated_units=treated,
        donors=donors,
        span=span,
        periods=tuple(period_label(t, panel.period) for t in span),
        n_before=n,
        levels=tuple(_rounded([row[0] for row in rows], factor)),
        treated_after=_rounded([sum(row[0] for row in rows[n:])], factor / len(after))[0],
        donors_after=_rounded([sum(common[n:])], factor / (len(after) * count))[0],
        donors_before=np.array(_rounded([sum(column) for column in zip(*rows[:n], strict=True)][1:], factor / n)),
        values=np.array(
            [_rounded([n * value - level for value, level in zip(row, levels, strict=True)], own) for row in apart]
        ),
        offsets=np.array(_rounded(levels, own)),
        steps=np.array(
            [
                _rounded([now - then for now, then in zip(later[1:], row[1:], strict=True)], factor)
                for row, later in pairwise(rows[:n])
            ]
        ),
        panel=panel,
    )


def _cells(
    panel: Panel, treated: tuple[str, ...], donors: tuple[str, ...], span: range
) -> tuple[list[list[Any]], Fraction]:
    """Exact outcomes by period, the treated first, over a factor: whole numbers unless they are ratios."""
    if any(denominator != 1 for denominator in panel.denominators.values()):
        units = (treated, *((name,) for name in donors))
        return [[panel.pooled(one, (t,)).fraction() for one in units] for t in span], Fraction(1)
    cells, m = panel.numerators, len(treated)
    rows = [[sum(cells[name, t] for name in treated), *(m * cells[name, t] for name in donors)] for t in span]
    return rows, panel.scale / m


def _rounded(values: Sequence[Any], factor: Fraction) -> list[float]:
    """Whole numbers or fractions times the factor, each rounded once."""
    p, q = factor.numerator, factor.denominator
    return [value * p / q if isinstance(value, int) else float(value * factor) for value in values]

"""A balanced panel with one adoption date, read from a table and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from effekt._types import BoolArray, FloatArray, IntArray, Missing
from effekt._types import Table as AnyTable
from effekt._validation import plural
from effekt.exceptions import DataError
from effekt.tables import Selection, Table, as_table, read_grid

ROWS = 4096  # looked at together


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A balanced panel with one adoption date; units sorted by name, periods in time order.

    Attributes
    ----------
    outcome : (units, periods) array
    treated : (units,) bool array
    post : (periods,) bool array
    cluster : (units,) integer array
    periods : tuple of str
    """

    outcome: FloatArray
    treated: BoolArray
    post: BoolArray
    cluster: IntArray
    periods: tuple[str, ...]

    def clusters(self, arm: BoolArray | None = None) -> IntArray:
        """The codes of the clusters there are, or of those in an arm."""
        return np.flatnonzero(np.bincount(self.cluster if arm is None else self.cluster[arm]))

    def single(self) -> bool:
        """Whether each unit is a cluster of its own."""
        return bool(np.bincount(self.cluster).max() == 1)

    def cells(self) -> dict[tuple[bool, bool], FloatArray]:
        """The outcomes (units, periods) of the treated and the untreated, after adoption and before."""
        first, found = int(np.argmax(self.post)), {}
        for arm in (True, False):
            own = self.outcome[self.treated == arm]
            found[arm, True], found[arm, False] = own[:, first:], own[:, :first]
        return {key: np.ascontiguousarray(cell) for key, cell in found.items()}


def read_panel(
    data: AnyTable, outcome: str, unit: str, time: str, treatment: str, cluster: str, missing: Missing
) -> tuple[Panel, int]:
    """The panel, and how many rows were left out.

    Raises
    ------
    DataError
        For what `difference_in_differences` says.
    """
    table = as_table(data)
    known = _from_grid(table, outcome, unit, time, treatment, cluster)
    if known is not None:
        return known, 0
    rows = table.select(labels=(unit, cluster), times=(time,), numbers=(treatment, outcome), missing=missing)
    if not rows.labels[time].timed:
        raise DataError(
            f"Column {time!r} must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, "
            "or numbers, since they need an order; it does not. Number the periods, or write them so."
        )
    rows.refuse_repeats((unit, time), "Remove the repeated rows.")
    values = rows.numbers[treatment]
    rows.refuse((values != 0) & (values != 1), treatment, "must hold 0 and 1", "Code treated unit-periods 1, others 0.")
    shape = (rows.labels[unit].count, rows.labels[time].count)
    at = (rows.labels[unit].codes, rows.labels[time].codes)
    there = np.zeros(shape, bool)
    there[at] = True
    whole = there.min(axis=1)
    _check_balance(rows, unit, whole, missing)
    y, d = np.zeros(shape), np.zeros(shape)
    groups, place = np.zeros(shape, np.intp), np.zeros(shape, np.intp)
    y[at], d[at], groups[at], place[at] = rows.numbers[outcome], values, rows.labels[cluster].codes, rows.rows
    y, d, groups, place = y[whole], d[whole], groups[whole], place[whole]

    def first(offending: BoolArray) -> str:
        return rows.table.where(int(place[offending].min()))

    _check_cluster(groups, unit, cluster, first)
    _check_design(d, treatment, first)
    panel = Panel(
        outcome=y,
        treated=d.max(axis=1) > 0,
        post=d.max(axis=0) > 0,
        cluster=groups[:, 0],
        periods=rows.labels[time].names,
    )
    return panel, rows.n_dropped + int(there[~whole].sum())


def _from_grid(table: Table, outcome: str, unit: str, time: str, treatment: str, cluster: str) -> Panel | None:
    """The panel of a table that stands as a grid, if it is one that nothing is to be said of."""

    def read(units: Table) -> Selection:
        return units.select(labels=(unit, cluster))

    constant = () if cluster == unit else (cluster,)
    found = read_grid(table, unit=unit, time=time, numbers=(treatment, outcome), constant=constant, read=read)
    if found is None or len({unit, time, treatment, outcome}) < 4:
        return None
    d = found.numbers[treatment]
    treated = d[:, -1] > 0
    post = d[int(np.argmax(treated))] > 0
    one_date = not post[0] and post[-1] and bool(np.all(np.diff(post.astype(int)) >= 0))
    if not one_date or treated.all() or not _is_product(d, treated, post):
        return None
    return Panel(
        outcome=found.numbers[outcome],
        treated=treated,
        post=post,
        cluster=found.units.labels[cluster].codes[found.order],
        periods=found.periods.names,
    )


def _is_product(d: FloatArray, treated: BoolArray, post: BoolArray) -> bool:
    """Whether d is 1 for treated units after adoption and 0 elsewhere."""
    after = post.astype(float)
    return all(
        np.array_equal(d[first : first + ROWS], np.outer(treated[first : first + ROWS], after))
        for first in range(0, len(d), ROWS)
    )


def _check_balance(rows: Selection, unit: str, whole: BoolArray, missing: Missing) -> None:
    if not whole.any():
        raise DataError(
            f"Column {unit!r} must name units seen in every period; none of the {plural(len(whole), 'unit')} is. Check "
            "the time column."
        )
    if not whole.all() and missing == "raise":
        short = ~whole[rows.labels[unit].codes]
        raise DataError(
            f"Column {unit!r} must name units seen in every period; {plural(int((~whole).sum()), 'unit')} lacked some, "
            f"the first at {rows.first(short)}. Complete the data, or pass missing='drop' to leave such units out."
        )


def _check_cluster(groups: IntArray, unit: str, cluster: str, first: Callable[[BoolArray], str]) -> None:
    away = groups != groups[:, :1]
    if away.any():
        raise DataError(
            f"Column {cluster!r} must be constant within each unit of column {unit!r}; "
            f"{plural(int(away.any(axis=1).sum()), 'unit')} changed cluster, the first at {first(away)}. Use a column "
            "of clusters that hold whole units."
        )


def _check_design(d: FloatArray, treatment: str, first: Callable[[BoolArray], str]) -> None:
    treated = d.max(axis=1) > 0
    if not treated.any() or treated.all():
        raise DataError(
            f"Column {treatment!r} must be 1 for some units and 0 in every period for others; "
            f"{'every' if treated.all() else 'no'} unit is treated. Check how treatment is coded."
        )
    change = np.diff(d, axis=1, prepend=0.0)
    if (change < 0).any():
        raise DataError(
            f"Column {treatment!r} must not switch off once it is 1; for "
            f"{plural(int((change.min(axis=1) < 0).sum()), 'unit')} it did, the first at {first(change < 0)}. Leave "
            "such units out, or code them 1 from adoption on."
        )
    adopted = np.flatnonzero(change.max(axis=0) > 0)
    if adopted[0] == 0:
        raise DataError(
            f"Column {treatment!r} must be 0 for all units in some period before adoption; "
            f"{plural(int(d[:, 0].sum()), 'unit')} had 1 in the first period, the first at "
            f"{first((change > 0) & (np.arange(d.shape[1]) == 0))}. Add earlier periods, or leave such units out."
        )
    if len(adopted) > 1:
        later = (change > 0) & (np.arange(d.shape[1]) > adopted[0])
        raise DataError(
            f"Column {treatment!r} must start in one period for all treated units; it starts in {len(adopted)} "
            f"periods, after the earliest of them first at {first(later)}. Keep the units of one adoption date and the "
            "untreated, so that no treated unit is compared with a treated one."
        )

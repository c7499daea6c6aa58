"""A balanced panel with one adoption date, read from a table and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from effekt._calendar import LOCAL_DATES, has_zone, odd_ones
from effekt._types import BoolArray, FloatArray, IntArray, Missing
from effekt._types import Table as AnyTable
from effekt._validation import plural
from effekt.estimators._called_totals import called_in_panel
from effekt.estimators._totals import decimal_cells, refuse_totals_of_units, total_of_units
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import Selection, Table, as_table, read_grid

ROWS = 4096  # looked at together
Cells: TypeAlias = dict[tuple[bool, bool], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A balanced panel with one adoption date; units sorted by name, periods in time order.

    Attributes
    ----------
    outcome : (units, periods) array
    treated : (units,) bool array
    post : (periods,) bool array
    cluster : (units,) integer array
    periods : tuple of str
    unaffected : (units, periods) array, optional
        Outcomes of those in the same units whom the intervention could not affect, for triple differences.
    n_incomplete : int
        Units left out because they lack a period.
    called : tuple of Note
        What is told of units that are called as a total is.
    """

    outcome: FloatArray
    treated: BoolArray
    post: BoolArray
    cluster: IntArray
    periods: tuple[str, ...]
    unaffected: FloatArray | None = None
    n_incomplete: int = 0
    called: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows of the data it holds."""
        return self.outcome.size * (1 if self.unaffected is None else 2)

    def n_clusters(self, treated: bool | None = None) -> int:
        """How many clusters there are, or how many have treated or untreated units."""
        return self._clusters[treated]

    @cached_property
    def _clusters(self) -> dict[bool | None, int]:
        held = np.zeros((2, int(self.cluster.max()) + 1), bool)
        for arm in (True, False):
            held[int(arm), self.cluster[np.flatnonzero(self.treated == arm)]] = True
        return {None: _count(held[0] | held[1]), True: _count(held[1]), False: _count(held[0])}

    def cells(self) -> Cells:
        """The outcomes (units, periods) of the treated and the untreated, after adoption and before."""
        return self._cells(self.outcome)

    def unaffected_cells(self) -> Cells | None:
        """The same of those whom the intervention could not affect."""
        return None if self.unaffected is None else self._cells(self.unaffected)

    def _cells(self, outcome: FloatArray) -> Cells:
        first, found = int(np.argmax(self.post)), {}
        for arm in (True, False):
            rows = np.flatnonzero(self.treated == arm)
            after, before = np.empty((len(rows), outcome.shape[1] - first)), np.empty((len(rows), first))
            for i in range(0, len(rows), ROWS):
                own = outcome.take(rows[i : i + ROWS], axis=0)
                after[i : i + ROWS], before[i : i + ROWS] = own[:, first:], own[:, :first]
            found[arm, True], found[arm, False] = after, before
        return found


def _count(held: BoolArray) -> int:
    return int(np.count_nonzero(held))


def read_panel(
    data: AnyTable,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    cluster: str,
    missing: Missing,
    eligible: str | None = None,
) -> tuple[Panel, int]:
    """The panel, and how many rows were left out.

    Raises
    ------
    DataError
        For what `difference_in_differences` says.
    """
    table = as_table(data)
    known = None if eligible is not None else _from_grid(table, outcome, unit, time, treatment, cluster)
    if known is not None:
        return known, 0
    kinds = () if eligible is None else (eligible,)
    rows = table.select(
        labels=(unit, cluster, *kinds), times=(time,), numbers=(treatment, outcome, *kinds), missing=missing
    )
    check_times(rows, time)
    if eligible is not None:
        check_eligible(rows, eligible)
    rows.refuse_repeats((unit, time, *kinds), "Remove the repeated rows.")
    values = rows.numbers[treatment]
    check_treatment(rows, treatment)
    shape = (rows.labels[unit].count, rows.labels[time].count, 1 + len(kinds))
    kind = np.zeros(len(rows), np.intp) if eligible is None else np.asarray(rows.numbers[eligible] == 0, np.intp)
    at = (rows.labels[unit].codes, rows.labels[time].codes, kind)
    there = np.zeros(shape, bool)
    there[at] = True
    whole = there.min(axis=(1, 2))
    check_balance(rows, unit, whole, missing, eligible)
    y, d = np.zeros(shape), np.zeros(shape)
    groups, place = np.zeros(shape, np.intp), np.zeros(shape, np.intp)
    y[at], d[at], groups[at], place[at] = rows.numbers[outcome], values, rows.labels[cluster].codes, rows.rows
    everyone, group = decimal_cells(y[:, :, 0], there[:, :, 0]), np.asarray(d.max(axis=(1, 2)) > 0, np.intp)
    y, d, groups, place = y[whole], d[whole], groups[whole], place[whole]

    def first(offending: BoolArray) -> str:
        return rows.table.where(int(place[offending].min()))

    check_cluster(groups.reshape(len(groups), -1), unit, cluster, lambda away: first(away.reshape(groups.shape)))
    check_one_treatment(d != d[:, :, :1], treatment, unit, first)
    check_design(d[:, :, 0], treatment, first)
    untreated = d[:, :, 0].max(axis=1) == 0
    named = rows.labels[unit]
    refuse_totals_of_units(everyone, group, whole, (unit, named), lambda at: rows.first(named.codes == at))
    panel = Panel(
        outcome=np.ascontiguousarray(y[:, :, 0]),
        treated=d[:, :, 0].max(axis=1) > 0,
        post=d[:, :, 0].max(axis=0) > 0,
        cluster=groups[:, 0, 0],
        periods=rows.labels[time].names,
        unaffected=None if eligible is None else np.ascontiguousarray(y[:, :, 1]),
        n_incomplete=int((~whole).sum()),
        called=called_in_panel(named, np.flatnonzero(whole), untreated),
    )
    return panel, rows.n_dropped + int(there[~whole].sum())


def _from_grid(table: Table, outcome: str, unit: str, time: str, treatment: str, cluster: str) -> Panel | None:
    """The panel of a table that stands as a grid, if it is one that nothing is to be said of."""

    def read(units: Table) -> Selection:
        return units.select(labels=(unit, cluster))

    constant = () if cluster == unit else (cluster,)
    found = read_grid(
        table, unit=unit, time=time, numbers=(outcome,), constant=constant, read=read, switches=(treatment,)
    )
    if found is None or len({unit, time, treatment, outcome}) < 4:
        return None
    treated, post = found.switches[treatment]
    one_date = not post[0] and post[-1] and bool(np.all(np.diff(post.astype(int)) >= 0))
    if not one_date or treated.all():
        return None
    named = found.units.labels[unit]
    if total_of_units(found.numbers[outcome], named, treated) is not None:
        return None
    return Panel(
        outcome=found.numbers[outcome],
        treated=treated,
        post=post,
        cluster=found.units.labels[cluster].codes[found.order],
        periods=found.periods.names,
        called=called_in_panel(named, np.arange(named.count), ~treated),
    )


def check_times(rows: Selection, time: str) -> None:
    """Refuse periods without an order."""
    labels = rows.labels[time]
    if not labels.timed:
        odd = odd_ones(labels.names)
        rows.refuse(
            np.array([name in odd for name in labels.names])[labels.codes],
            time,
            "must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, or numbers, since "
            "they need an order",
            LOCAL_DATES if any(map(has_zone, labels.names)) else "Number the periods, or write them so.",
        )


def check_treatment(rows: Selection, treatment: str) -> None:
    """Refuse a treatment other than 0 and 1."""
    values = rows.numbers[treatment]
    rows.refuse((values != 0) & (values != 1), treatment, "must hold 0 and 1", "Code treated unit-periods 1, others 0.")


def check_eligible(rows: Selection, eligible: str) -> None:
    """Refuse a third difference other than 0 and 1."""
    values = rows.numbers[eligible]
    rows.refuse(
        (values != 0) & (values != 1), eligible, "must hold 0 and 1", "Code those who could be affected 1, others 0."
    )


def check_one_treatment(apart: BoolArray, treatment: str, unit: str, first: Callable[[BoolArray], str]) -> None:
    """Refuse rows of one unit and period that differ in treatment."""
    if apart.any():
        raise DataError(
            f"Column {treatment!r} must be alike in all rows of a unit of column {unit!r} and period, as it says where "
            f"and when the intervention ran; in {plural(int(apart.sum()), 'place')} it differed, the first at "
            f"{first(apart)}. Code it by unit and period alone."
        )


def check_balance(rows: Selection, unit: str, whole: BoolArray, missing: Missing, eligible: str | None) -> None:
    """Refuse units not seen in every period, or by "drop" if none is."""
    seen = "seen in every period" if eligible is None else f"seen in every period with 0 and with 1 in {eligible!r}"
    if not whole.any():
        raise DataError(
            f"Column {unit!r} must name units {seen}; none of the {plural(len(whole), 'unit')} is. Check the time "
            "column."
        )
    if not whole.all() and missing == "raise":
        short = ~whole[rows.labels[unit].codes]
        raise DataError(
            f"Column {unit!r} must name units {seen}; {plural(int((~whole).sum()), 'unit')} lacked some, "
            f"the first at {rows.first(short)}. Complete the data, or pass missing='drop' to leave such units out."
        )


def check_cluster(groups: IntArray, unit: str, cluster: str, first: Callable[[BoolArray], str]) -> None:
    """Refuse units whose rows (units, rows) lie in several clusters."""
    away = groups != groups[:, :1]
    if away.any():
        raise DataError(
            f"Column {cluster!r} must be constant within each unit of column {unit!r}; "
            f"{plural(int(away.any(axis=1).sum()), 'unit')} changed cluster, the first at {first(away)}. Use a column "
            "of clusters that hold whole units."
        )


def check_design(d: FloatArray, treatment: str, first: Callable[[BoolArray], str]) -> None:
    """Refuse any treatment (units, periods) but one adoption date beside units without."""
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
            "untreated, so that no treated unit is compared with a treated one, or use `staggered_adoption`, whose "
            "check 'bacon_decomposition' tells what two-way fixed effects would compare."
        )

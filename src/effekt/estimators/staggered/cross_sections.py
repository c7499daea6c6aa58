"""Other people in each period: the rows of cohorts and periods, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._types import FloatArray, IntArray
from effekt._types import Table as AnyTable
from effekt._validation import plural
from effekt.estimators._called_totals import called_in_panel
from effekt.estimators._m_estimation import standardised
from effekt.estimators._propensity import check_varies
from effekt.estimators.did.shared import level_notes
from effekt.estimators.staggered.panel import (
    NEVER,
    Columns,
    Panel,
    calendar,
    compact,
    kept_units,
    refuse_empty_starts,
    starts_of,
    starts_of_rows,
)
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import Selection, as_table, covariates_of, select_covariates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Rows in the order of their cohorts and periods.

    Attributes
    ----------
    outcome : (n,) array
    design : (1 + p, n) array
        A constant and the standardised covariates.
    covariates : (n, p) array
        As they were given; of categories the indicators.
    names : tuple of str, length p
    start : (n,) integer array
        Position of the first treated period of the row's unit; `NEVER` for none.
    cluster : (n,) integer array
        Codes from 0.
    slices : dict of (start, period) to slice
    periods : tuple of str
    n_dropped, n_always, n_later, n_awaiting, n_incomplete : int
        Rows left out; units left out because they have no period before treatment or anticipation; units whose
        treatment starts after the last period and anticipation, or may be anticipated in it; nothing, as no
        unit has to be seen in every period.
    called : tuple of Note
        What is told of units that are called as a total is.
    """

    outcome: FloatArray
    design: FloatArray
    covariates: FloatArray
    names: tuple[str, ...]
    start: IntArray
    cluster: IntArray
    slices: dict[tuple[int, int], slice]
    periods: tuple[str, ...]
    n_dropped: int
    n_always: int
    n_later: int
    n_awaiting: int
    n_incomplete: int = 0
    called: tuple[Note, ...] = ()

    def rows(self, starts: Sequence[int], period: int) -> IntArray:
        """Where the people of some cohorts are, of one period."""
        found = [self.slices[start, period] for start in starts]
        return np.concatenate([np.arange(own.start, own.stop) for own in found])

    def size(self, starts: Sequence[int]) -> int:
        """How many people of these cohorts are seen, in all periods."""
        return sum(own.stop - own.start for (start, _), own in self.slices.items() if start in starts)


def read_people(data: AnyTable, columns: Columns) -> People:
    """Check and arrange the rows.

    Raises
    ------
    DataError
        For what `staggered_adoption` says.
    """
    table = as_table(data)
    refuse_empty_starts(table, columns)
    empty = (columns.start,) if columns.never is None else ()
    rows = select_covariates(
        table,
        covariates=columns.covariates,
        labels=(columns.unit, columns.cluster, *(() if empty else (columns.start,))),
        times=(columns.time,),
        numbers=(columns.outcome,),
        optional=empty,
        missing=columns.missing,
    )
    times, unit = rows.labels[columns.time], rows.labels[columns.unit].codes
    parse, numbers = calendar(times, columns.time, rows)
    starts, clusters = starts_of_rows(rows, columns, parse, numbers[0]), rows.labels[columns.cluster].codes
    _check_alike(rows, columns.start, starts, columns.unit, "Give each unit one period from which it is treated.")
    _check_alike(
        rows, columns.cluster, clusters, columns.unit, "Use a column of clusters that hold all rows of a unit."
    )
    of_unit = starts[np.unique(unit, return_index=True)[1]]
    _, n_always, n_later, n_awaiting = kept_units(of_unit, times.count, columns.anticipation)
    kept = kept_units(starts, times.count, columns.anticipation)[0]
    start = np.where(starts >= times.count + columns.anticipation, NEVER, starts)[kept]
    period = times.codes[kept]
    order = np.lexsort((period, start))
    places, one = np.unique(unit[kept], return_index=True)
    untreated = np.asarray(start[one] == NEVER)
    own = covariates_of(rows, columns.covariates, kept)
    covariates = np.column_stack(own.columns or [np.empty((kept.sum(), 0))])
    check_varies(covariates, own.names)
    covariates = np.asarray(covariates, float)[order]
    return People(
        outcome=np.asarray(rows.numbers[columns.outcome][kept][order], float),
        design=np.ascontiguousarray(standardised(covariates).T),
        covariates=covariates,
        names=own.names,
        start=start[order],
        cluster=compact(clusters[kept])[order],
        slices=_slices(start, period, times.names, columns),
        periods=times.names,
        n_dropped=rows.n_dropped + int((~kept).sum()),
        n_always=n_always,
        n_later=n_later,
        n_awaiting=n_awaiting,
        called=called_in_panel(rows.labels[columns.unit], places, untreated),
    )


def extreme_cohorts(panel: Panel | People) -> tuple[Note, ...]:
    """The note of clusters that adopt, whose means before the first of them does lie beyond those of all others."""
    adopts = panel.start < len(panel.periods)
    first = int(panel.start[adopts].min())
    if isinstance(panel, Panel):
        before = panel.outcome[:, :first]
        return level_notes(before.sum(axis=1), np.full(len(before), first), adopts, panel.cluster)
    there = np.concatenate([np.arange(own.start, own.stop) for (_, t), own in panel.slices.items() if t < first])
    return level_notes(panel.outcome[there], np.ones(len(there)), adopts[there], compact(panel.cluster[there]))


def _check_alike(rows: Selection, name: str, codes: IntArray, unit: str, remedy: str) -> None:
    """Each unit has the value of its first row in all of them."""
    if name == unit:
        return
    order = np.argsort(rows.rows)
    owner = rows.labels[unit].codes
    first = order[np.unique(owner[order], return_index=True)[1]]
    away = codes != codes[first][owner]
    if away.any():
        raise DataError(
            f"Column {name!r} must be constant within each unit of column {unit!r}; "
            f"{plural(len(np.unique(owner[away])), 'unit')} changed, the first at {rows.first(away)}. {remedy}"
        )


def _slices(
    start: IntArray, period: IntArray, periods: tuple[str, ...], columns: Columns
) -> dict[tuple[int, int], slice]:
    """Where the rows of each cohort and period stand when sorted; a cohort that lacks a period is refused."""
    found: dict[tuple[int, int], slice] = {}
    first = 0
    for one in starts_of(start) if len(start) else []:
        counts = np.bincount(period[start == one], minlength=len(periods)).tolist()
        for t, count in enumerate(counts):
            if not count:
                who = (
                    "units never treated"
                    if one == NEVER
                    else f"the cohort {periods[one]}"
                    if one < len(periods)
                    else ""
                )
                raise DataError(
                    f"Column {columns.time!r} must have rows of every cohort in every period; "
                    f"{who or 'a cohort treated after the last period'} "
                    f"{'have' if one == NEVER else 'has'} none in {periods[t]}. Add them, or leave out that cohort or "
                    "that period at the end."
                )
            found[one, t] = slice(first, first + count)
            first += count
    return found

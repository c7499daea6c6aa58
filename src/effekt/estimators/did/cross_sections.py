"""Other people in each period: the rows of units and periods as cells, read and checked.

Two-way fixed effects of rows on units and periods sees a cell through its mean and its number of rows n alone, but for
covariates, which also vary within cells. In triple differences a unit and period has two cells, and fixed effects of
units by subgroup, periods by subgroup and units by periods leave of them the difference of their means, with the
weight n₁n₀/(n₁ + n₀) (Olden & Møen 2022, doi:10.1093/ectj/utac010; Frisch–Waugh–Lovell).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from effekt._decimals import decimal_mean
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt.estimators._called_totals import called_in_panel
from effekt.estimators._level import each_without_level
from effekt.estimators.did.panel import (
    check_balance,
    check_cluster,
    check_design,
    check_eligible,
    check_one_treatment,
    check_times,
    check_treatment,
)
from effekt.result import Note
from effekt.tables import Selection, as_table, covariates_of, select_covariates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """The columns of a call, by role."""

    outcome: str
    unit: str
    time: str
    treatment: str
    cluster: str
    eligible: str | None = None
    covariates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossSections:
    """Cells of units and periods; units sorted by name, periods in time order.

    Attributes
    ----------
    value, weight : (units, periods) arrays
        Mean outcome and number of rows; in triple differences the difference of the two means, and its weight.
    covariates : (units, periods, p) array
        The same of the covariates.
    within : (n, 1 + p) array
        Outcome and covariates of each row about the means of its cell; no rows without covariates.
    row_unit : (n,) integer array
        The unit of each row of `within`.
    own, size : (units, periods) arrays
        Mean outcome and number of the rows that could be affected.
    treated : (units,) bool array
    post : (periods,) bool array
    cluster : (units,) integer array
    periods : tuple of str
    treated_mean, control_mean : float
        Of the rows that could be affected, after adoption.
    n_rows : int
    characteristics : (n, p) array
        Covariates of all rows, with an indicator of every category.
    arm, after, affected : (n,) bool arrays
        Their group, whether they were seen after adoption, and whether they could be affected.
    n_incomplete : int
        Units left out because they lack a period.
    names : tuple of str, length p
        Of the `covariates`, in which the first of a column's categories has none.
    every : tuple of str
        Of the `characteristics`.
    called : tuple of Note
        What is told of units that are called as a total is.
    """

    value: FloatArray
    weight: FloatArray
    covariates: FloatArray
    within: FloatArray
    row_unit: IntArray
    own: FloatArray
    size: FloatArray
    treated: BoolArray
    post: BoolArray
    cluster: IntArray
    periods: tuple[str, ...]
    treated_mean: float
    control_mean: float
    n_rows: int
    characteristics: FloatArray
    arm: BoolArray
    after: BoolArray
    affected: BoolArray
    n_incomplete: int = 0
    names: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    called: tuple[Note, ...] = ()

    def n_clusters(self, treated: bool | None = None) -> int:
        """How many clusters there are, or how many have treated or untreated units."""
        codes = self.cluster if treated is None else self.cluster[np.flatnonzero(self.treated == treated)]
        return int(np.count_nonzero(np.bincount(codes)))


def read_cross_sections(data: Table, names: Columns, missing: Missing) -> tuple[CrossSections, int]:
    """The cells, and how many rows were left out.

    Raises
    ------
    DataError
        For what `difference_in_differences` says.
    """
    kinds = () if names.eligible is None else (names.eligible,)
    rows = select_covariates(
        as_table(data),
        covariates=names.covariates,
        labels=(names.unit, names.cluster),
        times=(names.time,),
        numbers=(names.treatment, names.outcome, *kinds),
        missing=missing,
    )
    check_times(rows, names.time)
    check_treatment(rows, names.treatment)
    if names.eligible is not None:
        check_eligible(rows, names.eligible)
    kind = np.zeros(len(rows), np.intp) if names.eligible is None else (rows.numbers[names.eligible] == 0).astype(int)
    shape = (rows.labels[names.unit].count, rows.labels[names.time].count, 1 + len(kinds))
    unit, time = rows.labels[names.unit].codes, rows.labels[names.time].codes
    there = np.zeros(shape, bool)
    there[unit, time, kind] = True
    whole = there.min(axis=(1, 2))
    check_balance(rows, names.unit, whole, missing, names.eligible)
    keep = whole[unit]
    number = (np.cumsum(whole) - 1)[unit[keep]]
    place = (number, time[keep], kind[keep])
    d, cluster = _alike(rows, names, keep, place, (int(whole.sum()), *shape[1:]))
    covariates = covariates_of(rows, names.covariates, keep)
    columns = np.column_stack([rows.numbers[names.outcome][keep], *each_without_level(covariates.columns)])
    found = _cells(columns, place, d, cluster, rows.labels[names.time].names)
    every = covariates_of(rows, names.covariates, keep, every=True)
    found = replace(found, names=covariates.names, every=every.names, n_incomplete=int((~whole).sum()))
    found = replace(found, called=called_in_panel(rows.labels[names.unit], np.flatnonzero(whole), ~found.treated))
    if every.columns:
        found = replace(found, characteristics=np.column_stack(every.columns))
    return found, rows.n_dropped + int((~keep).sum())


def _alike(
    rows: Selection, names: Columns, keep: BoolArray, place: tuple[IntArray, IntArray, IntArray], shape: tuple[int, ...]
) -> tuple[FloatArray, IntArray]:
    """The treatment of each unit and period, and the cluster of each unit, where their rows agree and fit a design."""
    unit, time, _ = place
    values, groups = rows.numbers[names.treatment][keep], rows.labels[names.cluster].codes[keep]
    of_cell = np.unique(unit * shape[1] + time, return_index=True)[1]
    of_unit = np.unique(unit, return_index=True)[1]
    d, cluster = values[of_cell].reshape(shape[:2]), groups[of_unit]

    def of_rows(offending: BoolArray) -> str:
        among = np.zeros(len(rows), bool)
        among[np.flatnonzero(keep)[offending]] = True
        return rows.first(among)

    away = groups != cluster[unit]
    moved = np.zeros((shape[0], 2), np.intp)
    moved[unit[away], 1] = 1
    check_cluster(moved, names.unit, names.cluster, lambda _: of_rows(away))
    other = values != d[unit, time]
    apart = np.zeros(shape[:2], bool)
    apart[unit[other], time[other]] = True
    check_one_treatment(apart, names.treatment, names.unit, lambda _: of_rows(other))
    check_design(d, names.treatment, lambda cells: of_rows(cells[unit, time]))
    return d, cluster


def _cells(
    columns: FloatArray,
    place: tuple[IntArray, IntArray, IntArray],
    d: FloatArray,
    cluster: IntArray,
    periods: tuple[str, ...],
) -> CrossSections:
    unit, time, kind = place
    shape = (*d.shape, int(kind.max()) + 1)
    code = np.ravel_multi_index(place, shape)
    cells = int(np.prod(shape))
    count = np.bincount(code, minlength=cells)
    means = np.column_stack([np.bincount(code, column, cells) / count for column in columns.T])
    treated, post = d.max(axis=1) > 0, d.max(axis=0) > 0
    size, value = count.reshape(shape).astype(float), means.reshape(*shape, -1)
    has_covariates = columns.shape[1] > 1
    own = kind == 0
    arm, after = treated[unit], post[time]
    mean = partial(_mean, columns[:, 0])
    single = shape[2] == 1
    seen = value[:, :, 0] if single else value[:, :, 0] - value[:, :, 1]
    return CrossSections(
        value=seen[:, :, 0],
        weight=size[:, :, 0] if single else size[:, :, 0] * size[:, :, 1] / size.sum(axis=2),
        covariates=seen[:, :, 1:],
        within=columns - means[code] if has_covariates else np.zeros((0, 1)),
        row_unit=unit if has_covariates else np.zeros(0, np.intp),
        own=value[:, :, 0, 0],
        size=size[:, :, 0],
        treated=treated,
        post=post,
        cluster=cluster,
        periods=periods,
        treated_mean=mean(own & arm & after),
        control_mean=mean(own & ~arm & after),
        n_rows=len(columns),
        characteristics=np.zeros((len(columns), 0)),
        arm=arm,
        after=after,
        affected=own,
    )


def _mean(values: FloatArray, among: BoolArray) -> float:
    return float(decimal_mean(values[among]))

"""The columns of a randomised trial as checked arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import plural
from effekt.exceptions import DataError
from effekt.roles import Outcome
from effekt.tables import Selection, as_table

ARMS = (Text(en="treated", sv="behandlingsgruppen"), Text(en="control", sv="kontrollgruppen"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """The checked arrays of a trial, rows in canonical order.

    Attributes
    ----------
    outcome : (n,) array
    treated : (n,) bool array
    covariates : (n, p) array, named by `names`
    block, cluster : (n,) integer arrays, or None
    n_dropped : int
        Rows left out, those of dropped blocks among them.
    dropped_blocks : int
    """

    outcome: FloatArray
    treated: BoolArray
    covariates: FloatArray
    names: tuple[str, ...]
    block: IntArray | None
    cluster: IntArray | None
    n_dropped: int
    dropped_blocks: int

    @property
    def arms(self) -> tuple[BoolArray, BoolArray]:
        """Which rows are treated, and which are controls."""
        return self.treated, ~self.treated

    @property
    def assigned(self) -> IntArray:
        """One row of each unit that was assigned as a whole: every row, or the first of each cluster."""
        if self.cluster is None:
            return np.arange(len(self.outcome))
        return np.unique(self.cluster, return_index=True)[1]

    def regressors(self) -> FloatArray:
        """(n, q): an indicator of each block after the first, then covariates."""
        if self.block is None:
            return self.covariates
        return np.column_stack([self.block[:, None] == np.unique(self.block)[1:], self.covariates])


def read_trial(
    data: Table,
    outcome: Outcome,
    treatment: str,
    covariates: tuple[str, ...],
    block: str | None,
    cluster: str | None,
    missing: Missing,
) -> Trial:
    """The columns by role, checked; with missing="drop" without the blocks that hold one arm only."""
    groups = [name for name in (block, cluster) if name is not None]
    rows = as_table(data).select(numbers=(outcome.name, treatment, *covariates), labels=groups, missing=missing)
    treated = _read_treatment(rows, treatment)
    if cluster is not None:
        _check_constant(rows, cluster, treated, f"Column {treatment!r} must hold one value")
        if block is not None:
            _check_constant(rows, cluster, rows.labels[block].codes, f"Column {block!r} must name one block")
    kept = np.ones(len(rows), bool) if block is None else _complete_blocks(rows, block, treated, missing)
    return Trial(
        outcome=rows.numbers[outcome.name][kept],
        treated=treated[kept],
        covariates=np.array([rows.numbers[name][kept] for name in covariates]).reshape(-1, int(kept.sum())).T,
        names=covariates,
        block=None if block is None else rows.labels[block].codes[kept],
        cluster=None if cluster is None else rows.labels[cluster].codes[kept],
        n_dropped=rows.n_dropped + int((~kept).sum()),
        dropped_blocks=0 if block is None else len(np.unique(rows.labels[block].codes[~kept])),
    )


def _read_treatment(rows: Selection, treatment: str) -> BoolArray:
    """Which rows are treated; both arms must be there."""
    assigned = rows.numbers[treatment]
    rows.refuse(
        (assigned != 0) & (assigned != 1),
        treatment,
        "must hold 0 (control) or 1 (treated)",
        "Recode it, and leave rows of other arms out.",
    )
    treated: BoolArray = assigned == 1
    for arm, present in (("treated", treated.any()), ("control", not treated.all())):
        if not present:
            raise DataError(
                f"Column {treatment!r} must hold both 0 (control) and 1 (treated); there is no {arm} row. "
                "Give the rows of both arms."
            )
    return treated


def _check_constant(rows: Selection, cluster: str, values: BoolArray | IntArray, rule: str) -> None:
    """Raise when a cluster holds two values."""
    clusters = rows.labels[cluster].codes
    _, first, position = np.unique(clusters, return_index=True, return_inverse=True)
    differs = values != values[first][position]
    mixed = len(np.unique(clusters[differs]))
    if mixed:
        raise DataError(
            f"{rule} within each cluster of column {cluster!r}; {plural(mixed, 'cluster')} did not, the first at "
            f"{rows.first(np.isin(clusters, clusters[differs]))}. Correct the data, or leave `cluster` out if clusters "
            "were not assigned as a whole."
        )


def _complete_blocks(rows: Selection, block: str, treated: BoolArray, missing: Missing) -> BoolArray:
    """Rows of blocks with both arms; other blocks raise, or are dropped."""
    blocks = rows.labels[block].codes
    kept: BoolArray = np.isin(blocks, blocks[treated]) & np.isin(blocks, blocks[~treated])
    rule = f"Column {block!r} must name blocks that hold treated and control rows"
    if not kept.any():
        raise DataError(f"{rule}; none of its blocks has both. Name the blocks within which treatment was assigned.")
    if missing == "raise" and not kept.all():
        raise DataError(
            f"{rule}; {plural(len(np.unique(blocks[~kept])), 'block')} did not, the first at {rows.first(~kept)}. "
            "Correct the data, or pass missing='drop' to leave such blocks out and have them counted."
        )
    return kept

"""A panel with its units in the order of their cohorts, and the sums of each cohort that all comparisons share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from effekt._types import FloatArray, IntArray
from effekt.estimators._m_estimation import cross_sums, standardised
from effekt.estimators._propensity import check_varies
from effekt.estimators.staggered.comparisons import Group
from effekt.estimators.staggered.panel import Panel, starts_of

ROWS = 65_536  # units whose scores are in memory at once
AT_ONCE = 4_096  # units turned from rows to columns while they are in the cache
DEPENDENT = 1e-12  # eigenvalue of a Gram matrix, relative to the largest, below which a covariate depends on others


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """Units sorted by cohort, within it by name.

    Attributes
    ----------
    outcome : (periods, units) array
    design : (1 + p, units) array
        A constant and the standardised covariates.
    covariates : (units, p) array
        As they were given.
    cluster : (units,) integer array
    single : bool
        Whether each unit is its own cluster.
    slices : dict of start to slice
        The units of each cohort.
    gram : dict of start to (1 + p, 1 + p) array
        X'X of the cohort.
    moments : dict of start to (1 + p, periods) array
        X'(Y − Y of the first period) of the cohort.
    """

    outcome: FloatArray
    design: FloatArray
    covariates: FloatArray
    cluster: IntArray
    single: bool
    slices: dict[int, slice]
    gram: dict[int, FloatArray]
    moments: dict[int, FloatArray]

    def controls(self, group: Group) -> list[int]:
        """The starts of the control units of a comparison."""
        return [start for start in self.slices if start >= group.after and start != group.cohort]

    def size(self, starts: list[int]) -> int:
        """How many units have these starts."""
        return sum(self.slices[start].stop - self.slices[start].start for start in starts)

    def blocks(self, start: int) -> Iterator[slice]:
        """The units of a cohort, some at a time."""
        whole = self.slices[start]
        for first in range(whole.start, whole.stop, ROWS):
            yield slice(first, min(first + ROWS, whole.stop))


def frame_of(panel: Panel) -> Frame:
    """Arrange a panel; a covariate that holds one value is refused by name."""
    check_varies(panel.covariates, panel.names)
    starts = starts_of(panel.start)
    rank = np.searchsorted(starts, panel.start).astype(np.uint16)  # few and short: the sort counts them
    order = np.argsort(rank, kind="stable")
    outcome = np.empty(panel.outcome.shape[::-1])
    for first in range(0, len(order), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        outcome[:, rows] = panel.outcome[order[rows]].T
    design = np.ascontiguousarray(standardised(panel.covariates[order]).T)
    ends = np.cumsum(np.bincount(rank)).tolist()
    slices = {start: slice(first, end) for start, first, end in zip(starts, [0, *ends[:-1]], ends, strict=True)}
    cluster = panel.cluster[order]
    return Frame(
        outcome=outcome,
        design=design,
        covariates=panel.covariates[order],
        cluster=cluster,
        single=bool(np.bincount(cluster).max() == 1),
        slices=slices,
        gram={start: cross_sums(design[:, own].T, design[:, own].T) for start, own in slices.items()},
        moments={
            start: cross_sums(design[:, own].T, (outcome[:, own] - outcome[:1, own]).T) for start, own in slices.items()
        },
    )

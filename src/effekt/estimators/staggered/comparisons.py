"""Which cohort is compared in which period with whom, and since when.

Callaway & Sant'Anna (2021, doi:10.1016/j.jeconom.2020.12.001): ATT(g,t) compares the change from the base period
g − δ − 1 to t of the cohort first treated in g with that of units never treated (equation 2.8) or not treated by t + δ
(equation 2.9), δ the periods of anticipation. Before g − δ a varying base is the period before t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from effekt._types import IntArray
from effekt.estimators.staggered.panel import NEVER, cohorts_of, starts_of

Controls: TypeAlias = Literal["never_treated", "not_yet_treated"]
BasePeriod: TypeAlias = Literal["varying", "universal"]
CONTROLS: tuple[Controls, ...] = ("never_treated", "not_yet_treated")
BASE_PERIODS: tuple[BasePeriod, ...] = ("varying", "universal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One effect: of the cohort in `period`, as a change since `base`; positions among the periods."""

    period: int
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Effects of one cohort with the same controls: those whose treatment starts in `after` or later."""

    cohort: int
    after: int
    cells: tuple[Cell, ...]


def groups_of(
    start: IntArray, periods: tuple[str, ...], comparison: Controls, base_period: BasePeriod, anticipation: int
) -> tuple[list[Group], list[tuple[int, int]]]:
    """All effects that have controls, and the (cohort, period) of those that have none."""
    found: dict[tuple[int, int], list[Cell]] = {}
    without = []
    starts = starts_of(start)
    for cohort in cohorts_of(start, periods):
        for cell in _cells(cohort, len(periods), base_period, anticipation):
            free = NEVER if comparison == "never_treated" else max(cell.period, cell.base) + anticipation + 1
            later = [other for other in starts if other >= free and other != cohort]
            if not later:
                without.append((cohort, cell.period))
                continue
            found.setdefault((cohort, later[0]), []).append(cell)
    return [Group(cohort=g, after=after, cells=tuple(cells)) for (g, after), cells in found.items()], without


def _cells(cohort: int, periods: int, base_period: BasePeriod, anticipation: int) -> list[Cell]:
    base = cohort - anticipation - 1
    if base_period == "universal":
        return [Cell(period=t, base=base) for t in range(periods) if t != base]
    return [Cell(period=t, base=base if t > base else t - 1) for t in range(1, periods)]

"""What is counted in a match: how much of it follows from its units, and how much does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from effekt.estimators.matching.design import Assigned, Design, set_sizes
from effekt.estimators.matching.units import UnitTable


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCounts:
    """How many, before and after.

    Attributes
    ----------
    treated, controls : int
        Units, those with a missing value among them.
    dropped : int
        Rows left out because a used value is missing.
    discarded : int
        Units left out by the common-support rule; they count as treated or controls all the same.
    matched, unmatched : int
        Treated units in the comparison, and those left out of it.
    controls_used : int
    pairs, sets : int
        Pairs; and sets, which are those of each matched treated unit (ATC: control) where controls are shared.
        A weighting has neither.
    short : int
        Matched units with fewer than `ratio` others.
    by_order : int
        Pairs decided by the keyed order of `unit`, because others were as good; with full matching, pairs that some of
        the tried orders lack.
    set_sizes : tuple of (int, int, int)
        Treated and controls of a set, and how many sets have so many.
    """

    treated: int
    controls: int
    dropped: int
    discarded: int
    matched: int
    unmatched: int
    controls_used: int
    pairs: int
    sets: int
    short: int
    by_order: int
    set_sizes: tuple[tuple[int, int, int], ...]


def count(design: Design, found: Assigned, table: UnitTable, settings: Mapping[str, Any]) -> MatchCounts:
    """The numbers of a match."""
    cohort, told = design.cohort, counted(table, settings)
    n_treated = int(cohort.treated.sum()) + cohort.dropped_treated
    return MatchCounts(
        treated=n_treated,
        controls=int((~cohort.treated).sum()) + cohort.dropped_controls,
        dropped=cohort.n_dropped,
        discarded=int(np.sum(~design.kept)),
        unmatched=n_treated - told["matched"],
        by_order=found.by_order,
        **told,
    )


def counted(table: UnitTable, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers that follow from the units and the arguments of a match, by their names in `MatchCounts`."""
    used, estimand = table.weight > 0, settings["estimand"]
    sizes = _sizes(table, estimand)
    wanted = settings["ratio"] if settings["method"] in ("nearest", "optimal") else 0
    others = 0 if estimand == "ATC" else 1
    short = sum(size[2] for size in sizes if size[others] < (settings.get("min_controls") or wanted))
    if table.of_treated is not None:
        chosen = np.bincount(table.links().turns(estimand)[0])
        short = int(np.sum((chosen > 0) & (chosen < wanted)))
    return {
        "matched": int(np.sum(used & table.treated)),
        "controls_used": int(np.sum(used & ~table.treated)),
        "pairs": len(table.first),
        "sets": sum(size[2] for size in sizes),
        "short": short,
        "set_sizes": sizes,
    }


def _sizes(table: UnitTable, estimand: str) -> tuple[tuple[int, int, int], ...]:
    if table.weighs:
        return ()
    if table.sets is not None:
        first, second = set_sizes(table.sets, table.treated)
    else:
        focal = table.links().turns(estimand)[0]
        units, others = np.unique(focal, return_counts=True)
        own, one = table.treated[units], np.ones(len(units), np.intp)
        first, second = np.where(own, one, others), np.where(own, others, one)
    most = int(second.max(initial=0)) + 1
    sizes, times = np.unique(first * most + second, return_counts=True)
    return tuple((size // most, size % most, n) for size, n in zip(sizes.tolist(), times.tolist(), strict=True))

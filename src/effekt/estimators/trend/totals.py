"""A row of totals among the units of a comparator of several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from effekt.estimators._totals import Cells, enough, told, totals_among
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.panel import Panel
from effekt.exceptions import ArgumentError, EffektError

RULE = "`comparator` must not hold a total of the units, which counts those in it twice and may hold the treated ones"
REMEDY = "Leave its rows out, or compare with it alone."


def refuse_totals(
    design: Design,
    others: Sequence[str],
    first: Callable[[Collection[str]], str],
    *,
    with_adopters: Callable[[], tuple[Panel, int]] | None = None,
    rule: str = RULE,
    remedy: str = REMEDY,
) -> None:
    """Refuse a unit of a comparator of several that is a total of other units of the data.

    Parameters
    ----------
    design : Design
    others : sequence of str
        The units of the comparator; one alone is a series, which may be a total.
    first : function
        Tells the row at which some units begin.
    with_adopters : function, optional
        Reads the units of the data with those that are left out, which a total may hold.
    rule, remedy : str
        Of the refusal.

    Raises
    ------
    ArgumentError
        Naming the row.
    """
    if len(others) < 2:
        return
    times = sorted({*design.reference.times, *design.evaluation.times})
    panels = [design.panel, *([] if with_adopters is None else _readable(with_adopters))]
    for panel in panels:
        if not enough(len(panel.units), len(times)):
            continue
        place = {name: i for i, name in enumerate(panel.units)}
        found = totals_among(_cells(panel, times), [place[name] for name in others], panel.units)
        if found:
            rows = {total.place: first((panel.units[total.place],)) for total in found}
            raise ArgumentError(f"{rule}; {told(found, rows.__getitem__, remedy)}")


def _readable(read: Callable[[], tuple[Panel, int]]) -> list[Panel]:
    """The panel, unless something is wrong with the rows that are left out, of which nothing is asked."""
    try:
        return [read()[0]]
    except EffektError:
        return []


def _cells(panel: Panel, times: Sequence[int]) -> Cells:
    keys = [[(unit, time) for time in times] for unit in panel.units]
    values, weights = (
        np.array([[float(cells.get(key, 0)) for key in row] for row in keys])
        for cells in (panel.numerators, panel.denominators)
    )
    return Cells(
        values=values,
        weights=weights,
        ratio=bool(np.any((weights != 1) & (weights > 0))),
    )

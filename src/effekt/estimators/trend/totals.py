"""A row of totals among the units that are compared: of a comparator of several, or the placebos of one series."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from effekt.estimators._called_totals import called_placebos, called_so, called_totals, called_treated
from effekt.estimators._totals import Cells, compared_totals, enough, told
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.sizes import placebo_units
from effekt.exceptions import ArgumentError, EffektError
from effekt.result import Note

RULE = "`comparator` must not hold a total of the units, which counts those in it twice or may hold the treated ones"
REMEDY = "Leave its rows out, or compare with it alone."

TREATED_RULE = "`treated` must not be a total of units of the comparator, which then are treated too"
TREATED_REMEDY = "Leave the units that are in it out of the comparator, or treat one of them."


def refuse_compared_totals(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    first: Callable[[Collection[str]], str],
    *,
    unit: str,
    placebos: bool,
    with_adopters: Callable[[], tuple[Panel, int]] | None,
) -> None:
    """Refuse a unit of a comparator of several that is a total of units that are compared, and such a treated one.

    Of one series, which may be a total, such a placebo is refused.

    `unit` is the column of units; `placebos` tells whether there are any, and the others are as in `refuse_totals`.
    """
    if len(comparator) > 1:
        beside = frozenset(design.panel.units) - {*comparator}
        refuse_totals(
            design, comparator, first, with_adopters=with_adopters, apart=beside - {*treated}, treated=treated
        )
        refuse_totals(design, treated, first, rule=TREATED_RULE, remedy=TREATED_REMEDY, apart=beside)
    elif placebos and comparator:
        rule = (
            f"Column {unit!r} must not name a total of the units besides the treated and the comparator, which are its "
            "placebos and count once each"
        )
        others = placebo_units(design, treated, comparator)
        refuse_totals(
            design,
            others,
            first,
            with_adopters=with_adopters,
            rule=rule,
            remedy="Leave its rows out.",
            treated=treated,
        )


def called_notes(
    design: Design, treated: Sequence[str], comparator: Sequence[str], *, placebos: bool
) -> tuple[Note, ...]:
    """That units of a comparator of several are called as a total is, of one series such placebos, or the treated."""
    if len(comparator) > 1:
        return (*called_totals(called_so(comparator)), *called_treated(treated, comparator))
    others = placebo_units(design, treated, comparator) if placebos and comparator else ()
    return (*called_placebos(called_so(others)), *called_treated(treated, (*comparator, *others)))


def refuse_totals(
    design: Design,
    units: Sequence[str],
    first: Callable[[Collection[str]], str],
    *,
    with_adopters: Callable[[], tuple[Panel, int]] | None = None,
    rule: str = RULE,
    remedy: str = REMEDY,
    apart: frozenset[str] = frozenset(),
    treated: Sequence[str] | None = (),
) -> None:
    """Refuse one of some units that is a total of other units of the data, unless all of those are `apart`.

    Parameters
    ----------
    design : Design
    units : sequence of str
    first : function
        Tells the row at which some units begin.
    with_adopters : function, optional
        Reads the units of the data with those that are left out, which a total may hold.
    rule, remedy : str
        Of the refusal.
    apart : set of str
        Units that are not compared, so that a total of them alone counts none twice.
    treated : sequence of str or None
        Units without which a total is looked for too; None where any one unit may be the treated.

    Raises
    ------
    ArgumentError
        Naming the row.
    """
    if not units:
        return
    times = sorted({*design.reference.times, *design.evaluation.times})
    panels = [design.panel, *([] if with_adopters is None else _readable(with_adopters))]
    for panel in panels:
        if not enough(len(panel.units), len(times)):
            continue
        place = {name: i for i, name in enumerate(panel.units)}
        aside = [place[name] for name in apart if name in place]
        sought = [place[name] for name in units]
        own = None if treated is None else [place[name] for name in treated]
        found = compared_totals(_cells(panel, times), sought, aside, panel.units, own)
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

"""A row of totals among the units, such as the nation's in an export: it holds the treated unit, and everyone twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from effekt.estimators.trend.comparison import Design
from effekt.exceptions import ArgumentError

FEWEST_UNITS = 3  # that are summed, and periods in which they are: fewer may add up by chance
FEWEST_PERIODS = 4


def refuse_totals(design: Design, others: Sequence[str], first: Callable[[Collection[str]], str]) -> None:
    """Refuse a unit of a comparator of several that is the sum of all other units in every period of the windows.

    Parameters
    ----------
    design : Design
    others : sequence of str
        The units of the comparator; one alone is a series, which may be a total.
    first : function
        Tells the row at which some units begin.

    Raises
    ------
    ArgumentError
        Naming the row.
    """
    panel = design.panel
    times = sorted({*design.reference.times, *design.evaluation.times})
    if len(others) < 2 or len(panel.units) <= FEWEST_UNITS or len(times) < FEWEST_PERIODS:
        return
    found = {unit: [panel.numerators.get((unit, time), 0) for time in times] for unit in panel.units}
    twice = [sum(column) for column in zip(*found.values(), strict=True)]
    for unit in others:
        own = found[unit]
        if len(set(own)) > 1 and [2 * value for value in own] == twice:
            raise ArgumentError(
                "`comparator` must not hold a total of the units, which counts the treated ones and every other one "
                f"twice; the unit that begins at {first((unit,))} is the sum of all others in every period. Leave its "
                "rows out, name it in `adopters`, or compare with it alone."
            )

"""Second route for an event study of a panel: each period by itself beside the last one before adoption.

The effect of a period is ``difference_in_differences`` of the rows of these two, where the units that ever adopt count
as treated in the period. What joins the effects is not recomputed: a combination of them has its means from here, and
no standard error.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from effekt.exceptions import DataError
from effekt.independent.columns import Cell, Columns, times, unit_time_keys, zero_one
from effekt.independent.difference_in_differences import difference_in_differences
from effekt.independent.limits import NotRepeatedError


def event_study(
    columns: Columns,
    *,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    variance: str | None = None,
    inference: str = "asymptotic",
    wild_weights: str = "rademacher",
    sampling: str = "panel",
    covariates: Sequence[str] = (),
    eligible: str | None = None,
    checks: Sequence[object] = (),
    threshold: object = None,
    margin: object = None,
) -> dict[str, object]:
    """Return under ``members`` the effect of each period, by its distance to adoption.

    The `checks`, with their `threshold` and `margin`, stand beside the figure and move none of these numbers.
    """
    if sampling != "panel" or covariates or eligible is not None:
        raise NotRepeatedError(
            "the second route takes event studies of the same units in every period, without a third difference.",
            "den tar händelsestudier av samma enheter i varje period, utan en tredje skillnad.",
        )
    keys, d = unit_time_keys(columns, unit, time), zero_one(columns, treatment)
    periods = sorted(set(times(columns, time)), key=_order(times(columns, time)))
    ever = {own for (own, _), now in zip(keys, d, strict=True) if now == 1}
    after = {when for (_, when), now in zip(keys, d, strict=True) if now == 1}
    if set(Counter(own for own, _ in keys).values()) != {len(periods)} or not after:
        raise DataError("every unit must be seen in every period, and some be treated; complete the data.")
    first = min(periods.index(when) for when in after)
    if any((own in ever and when in periods[first:]) != (now == 1) for (own, when), now in zip(keys, d, strict=True)):
        raise DataError("all that adopt must do so at once and stay so; correct the rows that do not.")
    if first == 0:
        raise DataError("there must be a period before adoption; add it.")

    def one(place: int) -> dict[str, object]:
        kept = [i for i, (_, when) in enumerate(keys) if when in (periods[first - 1], periods[place])]
        treated: list[Cell] = [int(keys[i][0] in ever and keys[i][1] == periods[place]) for i in kept]
        rows = {name: [cells[i] for i in kept] for name, cells in columns.items()}
        return difference_in_differences(
            {**rows, treatment: treated},
            outcome=outcome,
            unit=unit,
            time=time,
            treatment=treatment,
            cluster=cluster,
            variance=variance,
            inference=inference,
            wild_weights=wild_weights,
        )

    others = [place for place in range(len(periods)) if place != first - 1]
    return {"members": {str(place - first): one(place) for place in others}}


def _order(values: Sequence[str]) -> Callable[[str], Any]:
    """Return how periods are sorted: as numbers where all are, else as text."""
    try:
        for value in values:
            Fraction(value)
    except ValueError:
        return str
    return Fraction

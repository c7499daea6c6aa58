"""Second route for an event study: each period by itself beside the last one before adoption.

In a panel the effect of a period is ``difference_in_differences`` of the rows of these two, where the units that ever
adopt count as treated in the period; of other people in each period all effects stand in one regression
(``other_people``). What joins the effects is not recomputed: a combination of them has its means from here, and no
standard error.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import (
    Cell,
    Columns,
    covariate_lines,
    labels,
    numbers,
    times,
    unit_time_keys,
    whole_units,
    zero_one,
)
from effekt.independent.panels.difference_in_differences import difference_in_differences
from effekt.independent.panels.other_people import people_effects
from effekt.independent.panels.wild_bootstrap import Draws


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
    draws: int = 9_999,
    rng: object = None,
    sampling: str = "panel",
    covariates: Sequence[str] = (),
    eligible: str | None = None,
    missing: str = "raise",
    checks: Sequence[object] = (),
    threshold: object = None,
    margin: object = None,
) -> dict[str, object]:
    """Return under ``members`` the effect of each period, by its distance to adoption.

    The `checks`, with their `threshold` and `margin`, stand beside the figure and move none of these numbers.
    """
    if sampling not in ("panel", "repeated_cross_sections") or (covariates and sampling == "panel"):
        raise ArgumentError("sampling must be panel, without covariates, or repeated_cross_sections; choose one.")
    also = [name for name in (cluster, eligible) if name is not None]
    covariates = [covariates] if isinstance(covariates, str) else covariates
    used = [outcome, unit, time, treatment, *covariates, *also]
    columns = whole_units(columns, used, missing, unit, time, eligible)
    single = sampling == "panel" and eligible is None
    keys = (
        unit_time_keys(columns, unit, time)
        if single
        else list(zip(labels(columns, unit), times(columns, time), strict=True))
    )
    d = zero_one(columns, treatment)
    periods = sorted(set(times(columns, time)), key=_order(times(columns, time)))
    ever = {own for (own, _), now in zip(keys, d, strict=True) if now == 1}
    after = {when for (_, when), now in zip(keys, d, strict=True) if now == 1}
    whole = {own for own, _ in keys}
    if len(set(keys)) < len(whole) * len(periods) or not after:
        raise DataError("every unit must be seen in every period, and some be treated; complete the data.")
    first = min(periods.index(when) for when in after)
    if any((own in ever and when in periods[first:]) != (now == 1) for (own, when), now in zip(keys, d, strict=True)):
        raise DataError("all that adopt must do so at once and stay so; correct the rows that do not.")
    if first == 0:
        raise DataError("there must be a period before adoption; add it.")

    others = [place for place in range(len(periods)) if place != first - 1]
    if sampling != "panel":
        found = people_effects(
            keys,
            numbers(columns, outcome),
            [[int(own in ever and when == periods[place]) for own, when in keys] for place in others],
            _kinds(columns, eligible, keys),
            list(covariate_lines(columns, covariates).values()),
            labels(columns, cluster or unit),
            variance or "CR2",
            inference,
            Draws(wild_weights, draws, rng),
        )
        return {"members": {str(place - first): own for place, own in zip(others, found, strict=True)}}

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
            draws=draws,
            rng=rng,
            eligible=eligible,
        )

    return {"members": {str(place - first): one(place) for place in others}}


def _kinds(columns: Columns, eligible: str | None, keys: Sequence[tuple[str, str]]) -> list[int] | None:
    """Return who could be affected, where that is told; both kinds are seen in every unit and period."""
    if eligible is None:
        return None
    kinds = zero_one(columns, eligible)
    if len({(*key, own) for key, own in zip(keys, kinds, strict=True)}) < 2 * len(set(keys)):
        raise DataError("both subgroups must be seen in every unit and period; complete the data.")
    return kinds


def _order(values: Sequence[str]) -> Callable[[str], Any]:
    """Return how periods are sorted: as numbers where all are, else as text."""
    try:
        for value in values:
            Fraction(value)
    except ValueError:
        return str
    return Fraction

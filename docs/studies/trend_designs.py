"""The studies of what a trend-adjusted comparison may be judged by: its workplaces, or the spread of its placebos."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

from numpy.random import Generator
from panel_designs import FIRST_YEAR, TREND, chosen
from panels import yearly
from study_base import Design, new_study
from workplaces import YEARS, workplaces

import effekt
from effekt.datasets import Cohort
from effekt.tables import Table

WORKPLACES = (*TREND, str(Path(__file__).with_name("workplaces.py")))


def trend(table: Any, treated: str | list[str], **arguments: Any) -> effekt.EffectEstimate:
    """Three years against three, the others pooled."""
    return effekt.trend_adjusted(
        table,
        outcome=effekt.Outcome(column=("sick_days", "employees"), better="lower"),
        unit="municipality",
        time="year",
        period="year",
        treated=treated,
        reference_window=(FIRST_YEAR, FIRST_YEAR + YEARS - 1),
        evaluation_window=(FIRST_YEAR + YEARS, FIRST_YEAR + 2 * YEARS - 1),
        comparator="others",
        weights="denominator",
        **arguments,
    )


def between_workplaces(table: Any, adjustment: str) -> effekt.EffectEstimate:
    """Judged by the workplaces of the treated and of the others."""
    return trend(table, "0001", adjustment=adjustment, cluster="workplace", inference="cluster")


def by_spread(table: Any, adjustment: str, choice: str) -> effekt.EffectEstimate:
    """Judged by the standard deviation of the placebos."""
    unit = chosen(table, ("sick_days", "employees"), YEARS, choice)
    return trend(table, unit, adjustment=adjustment, inference="placebo_variance")


def _workplaces() -> dict[str, Design]:
    """Workplaces that drift each for itself, and municipalities that move as a whole."""
    methods: dict[str, Any] = {
        f"{adjustment}, cluster": partial(between_workplaces, adjustment=adjustment)
        for adjustment in ("ratio", "difference")
    }
    found = {}
    for treated, others in ((12, 30), (30, 60)):
        for lasting, said in ((0.0, "no shocks to municipalities"), (0.05, "lasting shocks of 5 % to municipalities")):
            found[f"workplaces-{treated}-{others}-{100 * lasting:.0f}"] = Design(
                new_study(
                    partial(workplaces, treated=treated, others=others, lasting_sd=lasting),
                    methods,
                    1_000,
                    views=("relative",),
                ),
                f"No effect, {treated} workplaces against {others}, three years against three, {said}",
                WORKPLACES,
                money=True,
            )
    return found


def _spread() -> dict[str, Design]:
    """An interval at 95 % with few units, which ranks do not have."""
    methods: dict[str, Any] = {
        f"{adjustment}, placebo_variance": partial(by_spread, adjustment=adjustment, choice="drawn")
        for adjustment in ("ratio", "difference")
    }
    found = {}
    for n, replications in ((11, 2_000), (20, 1_000), (290, 200)):
        for rho in (0.0, 0.4, 0.8):
            dgp = partial(yearly, n=n, years=2 * YEARS, correlation=rho, shock_sd=0.08, level_sd=0.12)
            found[f"spread-{n}-{100 * rho:.0f}"] = Design(
                new_study(dgp, methods, replications, views=("relative",)),
                f"No effect, one municipality of {n}, three years against three, correlation {rho:g} between years",
                TREND,
                money=True,
            )
    return found


def among(
    table: Any, treated: int, placebos: Literal["units", "groups", "permutation"], **arguments: Any
) -> effekt.EffectEstimate:
    """The first units together, held against single units or groups of as many."""
    units = sorted(set(map(str, table.values("municipality"))))[:treated]
    return trend(table, units, placebos=placebos, **arguments)


def _groups() -> dict[str, Design]:
    """Two treated units among 10 or 20 others."""
    found = {}
    for others, treated, replications in ((10, 2, 1_000), (20, 2, 400)):
        methods: dict[str, Any] = {
            "groups": partial(among, treated=treated, placebos="groups"),
            "groups, placebo_variance": partial(
                among, treated=treated, placebos="groups", inference="placebo_variance"
            ),
            "units, placebo_variance": partial(among, treated=treated, placebos="units", inference="placebo_variance"),
        }
        dgp = partial(yearly, n=others + treated, years=2 * YEARS, correlation=0.4, shock_sd=0.08, level_sd=0.12)
        found[f"groups-{others}-{treated}"] = Design(
            new_study(dgp, methods, replications, views=("relative",)),
            f"No effect, {treated} municipalities among {others} others, three years against three",
            TREND,
            money=True,
        )
    return found


def reduced(rng: Generator, treated: int, effect: float, n: int) -> Cohort:
    """Municipalities by year, of which the first have a constant relative effect in the later years."""
    cohort = yearly(rng, n=n, years=2 * YEARS, correlation=0.4, shock_sd=0.08, level_sd=0.12)
    table = cohort.table
    units, years = table.values("municipality"), table.values("year")
    own = sorted(set(units))[:treated]
    factors = [
        1 + effect * (unit in own and year >= FIRST_YEAR + YEARS) for unit, year in zip(units, years, strict=True)
    ]
    columns = {name: table.values(name) for name in table.columns}
    columns["sick_days"] = [days * factor for days, factor in zip(columns["sick_days"], factors, strict=True)]
    return Cohort(table=Table(columns), truth={"relative": effect}, description=cohort.description)


def _permuted() -> dict[str, Design]:
    """Three or five treated units among ten or eight others, ranked among groups with and without them."""
    found = {}
    for others, treated in ((10, 3), (8, 5)):
        methods: dict[str, Any] = {
            name: partial(among, treated=treated, placebos=name) for name in ("permutation", "groups")
        }
        for effect, said in ((0.0, "No effect"), (-0.12, "A reduction by 12 %")):
            found[f"groups-permuted-{others}-{treated}-{abs(100 * effect):.0f}"] = Design(
                new_study(
                    partial(reduced, treated=treated, effect=effect, n=others + treated),
                    methods,
                    400,
                    views=("relative",),
                ),
                f"{said}, {treated} municipalities among {others} others, three years against three",
                TREND,
                money=not effect,
            )
    return found


TREND_DESIGNS: dict[str, Design] = {**_workplaces(), **_spread(), **_groups(), **_permuted()}

"""The municipalities of the studies of luck, whose years vary by 8 % and nothing is treated, by estimators of panels.

The cohorts are those of `luck-…` with as many municipalities, as far as the years are as many, so that what contracts
would have paid for nothing compares across estimators; but for the conformal sets, whose cohorts have factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from panel_designs import COHORTS, DRAWS, FEW, STAGGERED, SYNTHETIC, by_level, chosen, moved
from panels import FIRST_YEAR, factors, yearly
from study_base import MONEY, SEED, Design, new_study

import effekt
from effekt.tables import Table

BEFORE = 3  # years, and as many after
SYNTHETIC_BEFORE = 10  # of synthetic comparisons
CORRELATIONS = (0.0, 0.8)
COLUMNS = ("sick_days", "employees")


def held_for_treated(table: Any, first_years: dict[str, int]) -> Table:
    """Sick days per employee, with the units that are held for treated from their first years on."""
    units, years = table.values("municipality"), table.values("year")
    rates = [float(days) / float(staff) for days, staff in zip(*map(table.values, COLUMNS), strict=True)]
    starts = [first_years.get(unit) for unit in units]
    treatment = [int(start is not None and year >= start) for start, year in zip(starts, years, strict=True)]
    return Table({"unit": units, "year": years, "outcome": rates, "treatment": treatment, "start": starts})


def one_of_many(table: Any, choice: str, **arguments: Any) -> effekt.EffectEstimate:
    """Three years against three of one municipality, difference-in-differences."""
    unit = chosen(table, COLUMNS, BEFORE, choice)
    return _differences(held_for_treated(table, {unit: FIRST_YEAR + BEFORE}), **arguments)


def several_of_many(table: Any, treated: int, choice: str, **arguments: Any) -> effekt.EffectEstimate:
    """The same of several municipalities together: the first, which are any, or those with the highest levels."""
    units = by_level(table, COLUMNS, BEFORE) if choice == "highest" else sorted(set(table.values("municipality")))
    return _differences(held_for_treated(table, dict.fromkeys(units[:treated], FIRST_YEAR + BEFORE)), **arguments)


def mixture(table: Any, method: str, choice: str) -> effekt.EffectEstimate:
    """One municipality against a mixture of the others, by placebos, the last three years after ten."""
    function = effekt.synthetic_control if method == "control" else effekt.synthetic_difference_in_differences
    return function(
        table,
        outcome=effekt.Outcome(column=COLUMNS, better="lower"),
        unit="municipality",
        time="year",
        period="year",
        treated=chosen(table, COLUMNS, SYNTHETIC_BEFORE, choice),
        first_treated=FIRST_YEAR + SYNTHETIC_BEFORE,
    )


def half_of_many(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """The same of half the municipalities."""
    units = sorted(set(table.values("municipality")))
    return _differences(
        held_for_treated(table, dict.fromkeys(units[: len(units) // 2], FIRST_YEAR + BEFORE)), **arguments
    )


def in_turn(table: Any, each: int, **arguments: Any) -> Any:
    """The average effect on as many in each of two stages, two years apart."""
    units = sorted(set(table.values("municipality")))
    first = dict.fromkeys(units[:each], FIRST_YEAR + BEFORE)
    second = dict.fromkeys(units[each : 2 * each], FIRST_YEAR + BEFORE + 2)
    return effekt.staggered_adoption(
        held_for_treated(table, first | second),
        outcome=effekt.Outcome(column="outcome", better="lower"),
        unit="unit",
        time="year",
        start="start",
        aggregate="simple",
        **arguments,
    )


def _differences(table: Table, **arguments: Any) -> effekt.EffectEstimate:
    return effekt.difference_in_differences(
        table,
        outcome=effekt.Outcome(column="outcome", better="lower"),
        unit="unit",
        time="year",
        treatment="treatment",
        **arguments,
    )


def _cohorts(n: int, years: int) -> Iterator[tuple[float, Callable[..., Any]]]:
    """By the correlation between years, as in the studies of luck."""
    for rho in CORRELATIONS:
        yield rho, partial(yearly, n=n, years=years, correlation=rho, shock_sd=0.08, level_sd=0.12)


def _one() -> dict[str, Design]:
    """One municipality of 11, 20 or 290, drawn or the highest; a p of 5 % needs twenty."""
    permuted, band = {"inference": "permutation", "draws": DRAWS, "rng": SEED}, {"inference": "conley_taber"}
    methods: dict[str, Any] = {
        f"{said}, {own['inference']}": partial(one_of_many, choice=choice, **own)
        for choice, said in (("drawn", "drawn at random"), ("highest", "the highest"))
        for own in (permuted, band)
    }
    return {
        f"few-luck-{n}-{100 * rho:.0f}": Design(
            new_study(dgp, methods, replications, views=("relative",), level=level),
            f"No effect, one municipality of {n}, three years against three, correlation {rho:g} between years",
            (*FEW[:-1], *COHORTS),
            money=True,
        )
        for n, level, replications in ((11, 0.9, 500), (20, 0.95, 300), (290, 0.95, 1_000))
        for rho, dgp in _cohorts(n, 2 * BEFORE)
    }


def _several() -> dict[str, Design]:
    """Two municipalities of ten, three and five of twenty, drawn or the highest; only five have a t reference.

    Five of twenty are studied by `CR2` alone: their 15,504 choices take long to list.
    """
    by_chance: dict[str, Any] = {"draws": DRAWS, "rng": SEED}
    ways: dict[str, Any] = {"CR2": {}}
    drawn = {name: {"inference": name, **by_chance} for name in ("permutation", "wild_bootstrap")}
    return {
        f"few-highest-{n}-{treated}-{100 * rho:.0f}": Design(
            new_study(
                dgp,
                {
                    f"{said}, {name}": partial(several_of_many, treated=treated, choice=choice, **own)
                    for choice, said in (("drawn", "drawn at random"), ("highest", "the highest"))
                    for name, own in (ways if treated == 5 else ways | drawn).items()
                },
                1_000,
                views=("difference",),
            ),
            f"No effect, {treated} municipalities of {n}, three years against three, correlation {rho:g} between years",
            (*FEW[:-1], COHORTS[0]),
        )
        for n, treated in ((10, 2), (20, 3), (20, 5))
        for rho, dgp in _cohorts(n, 2 * BEFORE)
    }


def _half() -> dict[str, Design]:
    """Half of 20 municipalities."""
    return {
        f"panel-luck-20-{100 * rho:.0f}": Design(
            new_study(dgp, {"CR2": half_of_many}, 300),
            f"No effect, 10 municipalities of 20, three years against three, correlation {rho:g} between years",
            (*FEW[:-1], *COHORTS),
            money=True,
        )
        for rho, dgp in _cohorts(20, 2 * BEFORE)
    }


def _stages() -> dict[str, Design]:
    """Twenty municipalities of which two times five adopt, by comparison and by imputation."""
    found = {}
    for rho, dgp in _cohorts(20, 2 * BEFORE + 1):
        for family, own in (
            ("staggered", {name: {"comparison": name} for name in ("never_treated", "not_yet_treated")}),
            ("imputation", {"imputation": {"estimator": "imputation"}}),
        ):
            methods: dict[str, Any] = {
                f"{name}, leverage": partial(in_turn, each=5, **arguments) for name, arguments in own.items()
            }
            found[f"{family}-luck-20-{100 * rho:.0f}"] = Design(
                new_study(dgp, methods, 200),
                f"No effect, two stages of 5 municipalities among 20, correlation {rho:g} between years",
                (*STAGGERED, *COHORTS),
                money=True,
            )
    return found


def _conformal() -> dict[str, Design]:
    """The treated unit's own periods moved round in time, beside placebos."""
    found = {}
    for before, after, level, replications in ((10, 3, 0.9, 300), (36, 12, 0.95, 200)):
        for kind, rho, lasting, said in (
            ("steady", 0.0, 0.0, "correlation 0 between years"),
            ("lasting", 0.8, 0.0, "correlation 0.8 between years"),
            ("shocks", 0.0, 0.5, "correlation 0 between years, levels that move by 0.5 before the last"),
        ):
            dgp = partial(factors, n=20, years=before + after, correlation=rho, lasting_sd=lasting, after=after)
            methods: dict[str, Any] = {
                name: partial(moved, before=before, inference=name) for name in ("conformal", "placebo")
            }
            found[f"conformal-{kind}-{before + after}"] = Design(
                new_study(dgp, methods, replications, level=level),
                f"No effect, one unit of 20, {before} years before and {after} after, {said}",
                (*SYNTHETIC, MONEY),
                money=True,
            )
    return found


def _synthetic() -> dict[str, Design]:
    """One municipality of 11, 20 or 290 against a mixture of the others, drawn or the highest.

    One of 290 takes seconds a replicate: it is studied for one correlation, and less often.
    """
    methods: dict[str, Any] = {
        f"{name}, {said}": partial(mixture, method=name, choice=choice)
        for name in ("control", "differences")
        for choice, said in (("drawn", "drawn at random"), ("highest", "the highest"))
    }
    return {
        f"synthetic-luck-{n}-{100 * rho:.0f}": Design(
            new_study(dgp, methods, replications[rho], views=("relative",), level=level),
            f"No effect, one municipality of {n}, ten years before and three after, correlation {rho:g} between years",
            (*SYNTHETIC, MONEY),
            money=True,
        )
        for n, level, replications in (
            (11, 0.9, {0.0: 300, 0.8: 300}),
            (20, 0.95, {0.0: 300, 0.8: 1_000}),
            (290, 0.95, {0.8: 200}),
        )
        for rho, dgp in _cohorts(n, SYNTHETIC_BEFORE + BEFORE)
        if rho in replications
    }


PAID_DESIGNS: dict[str, Design] = {**_one(), **_several(), **_half(), **_stages(), **_conformal(), **_synthetic()}

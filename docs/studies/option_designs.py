"""Studies of options that no other study has: aggregates, a published series, and other means and corrections."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.random import Generator
from panel_designs import COHORTS, EFFECT, GROWTH, STAGGERED, STARTS, TREND, overall, staged_people, trend_by_year
from panels import yearly
from staged_people import in_stages
from study_base import Design, new_study

import effekt
from effekt.datasets import Cohort, staggered_panel
from effekt.tables import Table

LAST = 2018  # year of a staggered panel
STEP = 0.5  # what each further cohort adds to the effect


def average_of_stages(rng: Generator, n: int, aggregate: Literal["cohort", "calendar"]) -> Cohort:
    """A staggered panel of cohorts of the same size, whose truth is the overall average of an aggregate.

    Of cohorts the mean, of calendar years the mean over those in which somebody is treated, each of its effects.
    """
    cohort = staggered_panel(rng=rng, n_units=n, starts=STARTS, effect=EFFECT, growth=GROWTH, step=STEP)
    effects = {
        (start, year): EFFECT + STEP * place + GROWTH * (year - start)
        for place, start in enumerate(STARTS)
        for year in range(start, LAST + 1)
    }
    by = {"cohort": 0, "calendar": 1}[aggregate]
    means = [
        np.mean([effect for cell, effect in effects.items() if cell[by] == value])
        for value in sorted({cell[by] for cell in effects})
    ]
    truth = {"difference": float(np.mean(means))}
    return Cohort(table=cohort.table, truth=truth, description=cohort.description)


def against_series(table: Table, own_unit: Literal["absent", "kept", "removed"]) -> effekt.EffectEstimate:
    """The first municipality against the sum of all as a series of its own, or of all others."""
    columns = {name: np.array(table.values(name)) for name in table.columns}
    summed = columns["municipality"] != ("0001" if own_unit == "absent" else "")
    years = np.unique(columns["year"])
    series: dict[str, Any] = {"municipality": np.full(len(years), "all"), "year": years}
    for name in ("sick_days", "employees"):
        series[name] = [columns[name][summed & (columns["year"] == year)].sum() for year in years]
    both = Table({name: np.concatenate([values, series[name]]) for name, values in columns.items()})
    return trend_by_year(both, choice="drawn", comparator="all", own_unit=own_unit)


def _aggregates() -> dict[str, Design]:
    """The overall average of two aggregates, whose truths differ."""
    found = {}
    for aggregate in ("cohort", "calendar"):
        methods: dict[str, Any] = {
            f"{aggregate}, {variance}": partial(overall, aggregate=aggregate, variance=variance)
            for variance in ("leverage", "CR0", "CR3")
        }
        for n, replications in ((20, 400), (50, 300)):
            found[f"staggered-{aggregate}-{n}"] = Design(
                new_study(
                    partial(average_of_stages, n=n, aggregate=aggregate), methods, replications, views=("difference",)
                ),
                f"Adoption in stages, {n} units, average by {aggregate}",
                STAGGERED,
            )
    return found


def _weighted_stages() -> dict[str, Design]:
    """Other people in each year, weighted by a characteristic of theirs."""
    methods: dict[str, Any] = {
        f"{target}, inverse_probability": partial(
            staged_people, target=target, covariates=["x"], adjustment="inverse_probability"
        )
        for target in ("simple", "one")
    }
    return {
        "staggered-weighted-36": Design(
            new_study(
                partial(in_stages, early=12, late=12, never=12, effect=-1.0), methods, 300, views=("difference",)
            ),
            "Adoption in stages, other people in each of four years, 36 units, by inverse probability",
            (*STAGGERED[:-1], COHORTS[0], str(Path(__file__).with_name("staged_people.py"))),
        )
    }


def _trends() -> dict[str, Design]:
    """One of 20 municipalities without an effect: the mean of the years' ratios, logs, and published series."""
    methods: dict[str, Any] = {
        "mean of the years' ratios": partial(trend_by_year, choice="drawn", trend="mean_of_period_ratios"),
        "the highest, corrected in logs": partial(trend_by_year, choice="highest", level_correction="log_regression"),
        **{f"a series, own unit {own}": partial(against_series, own_unit=own) for own in ("absent", "kept", "removed")},
    }
    return {
        "municipalities-options-20": Design(
            new_study(
                partial(yearly, n=20, years=6, correlation=0.4, shock_sd=0.08, level_sd=0.12),
                methods,
                500,
                views=("relative",),
            ),
            "No effect, one municipality of 20, three years against three, by other means, corrections and series",
            TREND,
        )
    }


OPTION_DESIGNS: dict[str, Design] = {**_aggregates(), **_weighted_stages(), **_trends()}

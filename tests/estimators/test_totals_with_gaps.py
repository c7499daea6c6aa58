"""A row of totals is none the less one where a unit in it lacks a cell, or is left out of what is compared."""

from __future__ import annotations

import numpy as np
import pytest

import effekt
from effekt.estimators._totals import decimal_cells, total_among
from effekt.exceptions import ArgumentError, DataError

UNITS, YEARS = 14, range(2010, 2020)
TREATED, LACKING, TOTAL = "u00", "u05", "z"


def plain(seed=1):
    draw = np.random.default_rng(seed)
    return draw.integers(50, 150, (UNITS, 1)) + draw.integers(-6, 7, (UNITS, len(YEARS)))


def rows(row, *, lacking=LACKING, years=(2014,), treated=TREATED, seed=1):
    """The panel with a further unit, of which a unit lacks the cells of some years."""
    values = plain(seed)
    names = [*(f"u{i:02d}" for i in range(UNITS)), *([] if row is None else [TOTAL])]
    table = values if row is None else np.vstack([values, row(values)])
    kept = [
        (name, year, float(table[i, t]), int(name == treated and year >= 2016), 2016 if name == treated else 0)
        for i, name in enumerate(names)
        for t, year in enumerate(YEARS)
        if not (name == lacking and year in years)
    ]
    return dict(zip(("unit", "year", "y", "d", "start"), map(list, zip(*kept, strict=True)), strict=True))


TOTALS = {
    "sum": lambda values: values.sum(axis=0),
    "mean": lambda values: np.round(values.mean(axis=0), 1),
    "sum of what is there": lambda values: values.sum(axis=0) - np.where(np.arange(len(YEARS)) == 4, values[5], 0),
    "sum of those that lack none": lambda values: np.delete(values, 5, axis=0).sum(axis=0),
}
COMMON = {"outcome": "y", "unit": "unit", "time": "year"}
YEARLY = {**COMMON, "period": "year"}
WINDOWS = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "weights": None}
COMPLETE = [f"u{i:02d}" for i in range(1, UNITS) if i != 5]


def named(data):
    return [*COMPLETE, *([TOTAL] if TOTAL in data["unit"] else [])]


DESIGNS = {
    "difference_in_differences": lambda data: effekt.difference_in_differences(
        data, **COMMON, treatment="d", missing="drop"
    ),
    "event_study": lambda data: effekt.event_study(data, **COMMON, treatment="d", missing="drop"),
    "group_time": lambda data: effekt.staggered_adoption(data, **COMMON, start="start", never=0, missing="drop"),
    "imputation": lambda data: effekt.staggered_adoption(
        data, **COMMON, start="start", never=0, missing="drop", estimator="imputation"
    ),
    "synthetic_control": lambda data: effekt.synthetic_control(
        data, **YEARLY, treated=TREATED, first_treated=2016, donors=named(data)
    ),
    "synthetic_difference_in_differences": lambda data: effekt.synthetic_difference_in_differences(
        data, **YEARLY, treated=TREATED, first_treated=2016, donors=named(data)
    ),
    "comparators named": lambda data: effekt.trend_adjusted(
        data, **YEARLY, **WINDOWS, treated=TREATED, comparator=named(data)
    ),
    "adopters": lambda data: effekt.trend_adjusted(
        data, **YEARLY, **WINDOWS, treated=TREATED, comparator="others", adopters=[LACKING]
    ),
    "placebo_study": lambda data: effekt.placebo_study(data, **YEARLY, **WINDOWS, adopters=[LACKING]),
}


@pytest.mark.parametrize("kind", TOTALS)
@pytest.mark.parametrize("design", DESIGNS)
def test_a_total_is_refused_though_a_unit_in_it_lacks_a_cell(design, kind):
    call = DESIGNS[design]
    with pytest.raises((ArgumentError, DataError)) as refusal:
        call(rows(TOTALS[kind]))
    told = str(refusal.value)
    assert f"row {10 * UNITS} is" in told  # one row is lacking before it
    assert kind.partition(" ")[0] in told
    call(rows(None))
    call(rows(lambda values: values.sum(axis=0) + 40 * (np.arange(len(YEARS)) % 3)))


@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_a_study_of_placebos_counts_those_left_out_in_the_total(kind):
    """Also where nothing is missing."""
    with pytest.raises(ArgumentError, match=f"the {kind} of all others"):
        DESIGNS["placebo_study"](rows(TOTALS[kind], years=()))


TREATED_SAYS = (
    "Column 'unit' must not name a total of the units among the treated, as those that are in it are then treated too; "
    "the unit that begins at row 141 is the sum of all others in every period. Leave the units that are in it out, or "
    "its own rows."
)


@pytest.mark.parametrize("design", ["difference_in_differences", "event_study", "group_time", "imputation"])
def test_no_treated_unit_of_a_panel_is_a_total_of_units_compared_with(design):
    with pytest.raises(DataError) as refusal:
        DESIGNS[design](rows(TOTALS["sum"], treated=TOTAL, years=()))
    assert str(refusal.value) == TREATED_SAYS
    with pytest.raises(DataError, match="among the treated"):
        DESIGNS[design](rows(TOTALS["mean"], treated=TOTAL))


SYNTHETIC = ["synthetic_control", "synthetic_difference_in_differences"]


@pytest.mark.parametrize("design", SYNTHETIC)
@pytest.mark.parametrize(("kind", "years"), [("sum", ()), ("mean", (2014,))])
def test_no_treated_unit_is_a_total_of_donors(design, kind, years):
    call = {**YEARLY, "treated": TOTAL, "first_treated": 2016}
    data, method = rows(TOTALS[kind], treated=TOTAL, years=years), getattr(effekt, design)
    with pytest.raises(ArgumentError) as refusal:
        method(data, **call, donors=COMPLETE)
    told = str(refusal.value)
    assert told.startswith("`treated` must not be a total of donors, which then are treated too; the unit that begins")
    assert f"the {kind} of all others in every period" in told
    assert told.endswith(". Name the donors without the units that are in it, or treat one of them.")
    code = {**data, "unit": ["14" if name == TOTAL else f"{1400 + int(name[1:]) + 1}" for name in data["unit"]]}
    apart = {name: [*cells] for name, cells in rows(None, years=(), seed=2).items()}
    beside = {name: code[name] + apart[name] for name in code}
    beside["unit"][len(code["unit"]) :] = [f"{2501 + int(name[1:])}" for name in apart["unit"]]
    call = {**call, "treated": "14"}
    others = [name for name in dict.fromkeys(beside["unit"]) if name.startswith("25")]
    assert method(beside, **call, donors=others).estimate  # of units that are no donors
    with pytest.raises(ArgumentError, match="must not be a total of donors"):
        method(beside, **call, donors=[*others, "1401"])


def gaps(values, lacking):
    there = np.ones(values.shape, bool)
    for unit, period in lacking:
        there[unit, period] = False
    return np.where(there, values, 0.0), there


def first(values, lacking):
    found = total_among(decimal_cells(*gaps(np.asarray(values, float), lacking)), range(len(values)))
    return None if found is None else (found.place, found.words)


EVERY = [(i, i) for i in range(len(YEARS))]


@pytest.mark.parametrize("seed", range(5))
def test_in_which_periods_a_total_is_looked_for(seed):
    values = plain(seed)
    whole = np.vstack([values, values.sum(axis=0)])
    none_lacks = "is the sum of all others in every period that none of them lacks"
    assert first(whole, EVERY[:1]) == (UNITS, none_lacks)
    assert first(whole, EVERY[:6]) == (UNITS, none_lacks)  # four are left
    assert first(whole, EVERY[:7]) is None
    assert first(whole, EVERY) is None
    there = gaps(values, EVERY)[0]
    assert first(np.vstack([values, there.sum(axis=0)]), EVERY) == (
        UNITS,
        "is the sum of all others, of those that are there, in every period",
    )
    assert first(np.vstack([values, values[2:].sum(axis=0)]), [(i % 2, i) for i in range(10)]) == (
        UNITS,
        "is the sum of all others that lack no period in every period",
    )


def test_units_on_lines_are_no_totals_by_a_period_that_is_left_out():
    """They leave their lines in no period, so that their levels alone are alike, which may be set."""
    lines = np.outer([10, 20, 30, 60], 1 + np.arange(10) / 10)
    assert first(lines, []) is None
    more = np.vstack([lines[:3], [40] * 10, lines.sum(axis=0)[None] - lines[3] + 40])
    assert first(more, [(3, 4)]) is None
    assert first(more, [(3, 2), (3, 6)]) is None


KINDS = {
    "rounded rates": lambda draw, n, t: np.round(
        draw.uniform(2, 12, (n, 1)) + draw.choice([0.1, 0.5]) * draw.normal(size=(n, t)), 1
    ),
    "counts": lambda draw, n, t: draw.poisson(draw.exponential(30, (n, 1)) + 1, (n, t)),
    "small integers": lambda draw, n, t: draw.poisson(draw.choice([0.3, 1, 3]), (n, t)),
    "municipalities that move together": lambda draw, n, t: np.round(
        draw.lognormal(3, 1, (n, 1)) * (1 + 0.05 * draw.normal(size=t).cumsum() + 0.01 * draw.normal(size=(n, t))), 1
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_units_that_are_none_are_let_through_whatever_they_lack(kind):
    draw = np.random.default_rng(8)
    for _ in range(250):
        n, t = int(draw.integers(4, 20)), int(draw.integers(4, 13))
        values = KINDS[kind](draw, n, t)
        lacking = np.argwhere(draw.random((n, t)) < draw.choice([0.5, 2, 5]) / (n * t))
        assert first(values, lacking) is None

"""A row of all units but the treated, as the rest of a county is beside a municipality, counts everyone in it twice."""

from __future__ import annotations

import re

import numpy as np
import pytest
from oracles import totals as oracle

import effekt
from effekt.estimators._totals import decimal_cells, total_among
from effekt.exceptions import ArgumentError, DataError

UNITS, YEARS, FROM = 15, tuple(range(2008, 2020)), 2014
COMMON = {"outcome": "y", "unit": "unit", "time": "year"}
YEARLY = {**COMMON, "period": "year"}
WINDOWS = {"reference_window": (2008, FROM - 1), "evaluation_window": (FROM, 2019), "weights": None}


def counts(seed=1, units=UNITS):
    draw = np.random.default_rng(seed)
    return draw.poisson(40 * np.exp(draw.normal(size=(units, 1))), (units, len(YEARS))) + 1


def smallest(values):
    return int(values.sum(axis=1).argmin())


ROWS = {
    "sum": lambda others: others.sum(axis=0),
    "mean": lambda others: others.mean(axis=0).round(2),
}


def table(values, names, starts):
    """`starts` tells when the treated of each place begin."""
    kept = [
        (name, year, float(values[i, t]), int(year >= starts.get(i, 9999)), starts.get(i, 0))
        for i, name in enumerate(names)
        for t, year in enumerate(YEARS)
    ]
    return dict(zip(("unit", "year", "y", "d", "start"), map(list, zip(*kept, strict=True)), strict=True))


def named(names, starts):
    return [names[i] for i in starts]


DESIGNS = {
    "difference_in_differences": lambda data, _: effekt.difference_in_differences(
        data, **COMMON, treatment="d", inference="conley_taber"
    ),
    "event_study": lambda data, _: effekt.event_study(data, **COMMON, treatment="d"),
    "staggered_adoption": lambda data, _: effekt.staggered_adoption(data, **COMMON, start="start", never=0),
    "difference": lambda data, treated: effekt.trend_adjusted(
        data, **YEARLY, **WINDOWS, treated=treated, comparator="others", adjustment="difference"
    ),
    "ratio": lambda data, treated: effekt.trend_adjusted(
        data, **YEARLY, **WINDOWS, treated=treated, comparator="others", adjustment="ratio"
    ),
    "one series": lambda data, treated: effekt.trend_adjusted(
        data, **YEARLY, **WINDOWS, treated=treated, comparator="K01", own_unit="absent", inference="placebo_variance"
    ),
    "synthetic_control": lambda data, treated: effekt.synthetic_control(
        data, **YEARLY, treated=treated, first_treated=FROM
    ),
    "synthetic_difference_in_differences": lambda data, treated: effekt.synthetic_difference_in_differences(
        data, **YEARLY, treated=treated, first_treated=FROM
    ),
}


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("design", DESIGNS)
def test_no_design_compares_with_the_rest_of_a_county_beside_its_municipalities(design, kind):
    """Whether the rows stand as a grid or not; without it the table is let in."""
    values, names = counts(), [f"K{i:02d}" for i in range(UNITS)]
    starts = {smallest(values): FROM}
    (at,) = starts
    whole = np.vstack([values, ROWS[kind](np.delete(values, at, axis=0))])
    data = table(whole, [*names, "Rest"], starts)
    for rows in (data, {name: np.asarray(cells) for name, cells in data.items()}):
        with pytest.raises((ArgumentError, DataError)) as refusal:
            DESIGNS[design](rows, names[at])
        told = str(refusal.value)
        row = UNITS * len(YEARS) + 1
        assert f"the unit that begins at row {row} is" in told
        assert f"the {kind} of all others but the treated in every period. Leave its rows out" in told
    DESIGNS[design](table(values, names, starts), names[at])


@pytest.mark.parametrize("design", ["difference_in_differences", "staggered_adoption", "difference"])
def test_it_is_without_all_of_the_treated(design):
    values, names = counts(2), [f"K{i:02d}" for i in range(UNITS)]
    order = np.argsort(values.sum(axis=1))[:3].tolist()
    starts = dict(zip(order, (FROM, FROM + 1 if "staggered" in design else FROM, FROM), strict=True))
    rest = np.delete(values, order, axis=0).sum(axis=0)
    with pytest.raises((ArgumentError, DataError), match="the sum of all others but the treated in every period"):
        DESIGNS[design](table(np.vstack([values, rest]), [*names, "Rest"], starts), named(names, starts))


def test_the_row_of_a_county_may_lack_the_treated():
    values = counts(3, 20)
    names = [*(f"{100 + i:04d}" for i in range(1, 11)), *(f"{1200 + i}" for i in range(1, 11)), "01", "12"]
    at = 3
    rest = np.vstack([values, np.delete(values[:10], at, axis=0).sum(axis=0), values[10:].sum(axis=0)])
    for design in DESIGNS:
        if design != "one series":
            with pytest.raises((ArgumentError, DataError)) as refusal:
                DESIGNS[design](table(rest, names, {at: FROM}), names[at])
            assert "is the sum of all units of its county but the treated in every" in str(refusal.value)
            assert "and a total too is each that begins at row 253" in str(refusal.value)


def test_beside_the_nation_it_is_found_too():
    values, names = counts(4), [f"K{i:02d}" for i in range(UNITS)]
    at = smallest(values)
    nation, rest = values.sum(axis=0), np.delete(values, at, axis=0).sum(axis=0)
    both = table(np.vstack([values, nation, rest]), [*names, "Riket", "Rest"], {at: FROM})
    for design in ("difference_in_differences", "difference", "synthetic_control"):
        with pytest.raises(
            (ArgumentError, DataError), match=r"row 181 is .* and a total too .* row 193|row 193 is .* row 181"
        ):
            DESIGNS[design](both, names[at])


def test_a_treated_unit_is_no_total_of_itself_left_out():
    """Nor is a unit a total that is as far off without the treated."""
    values = counts(5)
    cells = decimal_cells(np.vstack([values, values[1:].sum(axis=0)]).astype(float))
    assert total_among(cells, range(UNITS + 1), (), [0]).place == UNITS
    assert total_among(cells, range(UNITS), (), [0]) is None
    assert total_among(cells, [0], (), [0]) is None
    off = values[1:].sum(axis=0) + 30 * (np.arange(len(YEARS)) % 2)
    assert total_among(decimal_cells(np.vstack([values, off]).astype(float)), range(UNITS + 1), (), [0]) is None


CODES = ("1401", "1402", "1403", "1404", "1501", "1502", "1503", "1504")
TABLES = ("all others", "all others that are not called a total", "all units of its county")


def test_all_is_found_that_fractions_find():
    """Rows without the treated of all, of a county and of all that are not called totals, and rows that hold them."""
    draw, seen = np.random.default_rng(6), []
    for number in range(120):
        units, periods, digits = int(draw.integers(6, 9)), int(draw.integers(6, 12)), int(draw.integers(0, 3))
        plain = np.round(draw.exponential(8, (units, 1)) + 4 * draw.normal(size=(units, periods)), digits)
        treated = [0, 1][: draw.integers(1, 3)]
        parts = plain[: draw.choice([4, units])]
        name = "14" if len(parts) == 4 else "1505"
        without = np.delete(parts, treated[: int(draw.integers(0, 3))], axis=0)
        row = (np.sum, np.sum, np.mean)[number % 3](without, axis=0)
        row = np.round(row, digits - int(draw.integers(0, 2)))
        row[0] += draw.integers(-2, 3) * draw.choice([0, 1]) * 10.0**-digits
        more = [row, draw.exponential(9) + 5 * draw.normal(size=periods)] if number % 2 else [row]
        order = draw.permutation(units + len(more))
        values = np.round(np.vstack([plain, *more]), digits)[order]
        names = [[*CODES[:units], name, "0000"][place] for place in order]
        written = [[f"{cell:.{digits}f}" for cell in cells] for cells in values]
        own = np.flatnonzero(np.isin(order, treated)).tolist()
        called = [i for i, one in enumerate(names) if one == "0000"]
        within = [i for i, one in enumerate(names) if one[:2] == "14" != one]
        counties = {names.index("14"): within} if "14" in names else {}
        total = total_among(decimal_cells(values), range(len(values)), names, own)
        told = None if total is None else (total.place, total.kind, total.rounded)
        assert told == oracle.first_total(written, range(len(values)), called, counties, own)
        seen.append("none" if total is None else total.of)
    for of in ("none", *TABLES, *(f"{of} but the treated" for of in TABLES)):
        assert seen.count(of) > 5, seen


def test_all_is_found_that_fractions_find_where_any_may_be_the_treated():
    """Sums and means of all but some, at times with one cell further off, beside the nation's row or a county's."""
    draw, seen = np.random.default_rng(8), []
    for number in range(40):
        units, periods = int(draw.integers(5, 8)), int(draw.integers(6, 10))
        plain = np.round(20 + 6 * draw.normal(size=(units, 1)) + 4 * draw.normal(size=(units, periods)), 1)
        without = np.delete(plain, draw.permutation(units)[: draw.integers(0, 3)], axis=0)
        row = np.round((np.sum, np.mean)[number % 2](without, axis=0), 1)
        row[0] += draw.choice([0, 0, 2])
        values = np.round(np.vstack([plain, row, plain.sum(axis=0)]), 1)[: units + 1 + number % 3 // 2]
        names = [*CODES[:units], ("14", "1599")[number // 2 % 2], "0000"][: len(values)]
        written = [[f"{cell:.1f}" for cell in cells] for cells in values]
        within = (
            {names.index("14"): [i for i, one in enumerate(names) if one[:2] == "14" != one]} if "14" in names else {}
        )
        called = [i for i, one in enumerate(names) if one == "0000"]
        total = total_among(decimal_cells(values), range(len(values)), names, None)
        told = None if total is None else (total.place, total.kind, total.rounded)
        assert told == oracle.first_total(written, range(len(values)), called, within, None)
        seen.append("none" if total is None else total.of)
    assert min(seen.count("none"), seen.count("all others but one")) > 5, seen


def study(values, names, **options):
    data = table(values, names, {})
    return effekt.placebo_study(data, **YEARLY, **WINDOWS, **options)


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("beside", [(), ("Riket",)])
def test_in_a_study_of_placebos_any_unit_may_be_the_one_that_the_rest_is_without(kind, beside):
    """Whether the nation's row is there too; without the rows of totals the table is let in."""
    values, names = counts(6), [f"K{i:02d}" for i in range(UNITS)]
    for at in values.sum(axis=1).argsort()[[UNITS // 3, UNITS // 2]].tolist():
        rows = [ROWS[kind](np.delete(values, at, axis=0)), *(values.sum(axis=0) for _ in beside)]
        with pytest.raises(ArgumentError) as refusal:
            study(np.vstack([values, *rows]), [*names, "Rest", *beside])
        told = str(refusal.value)
        assert re.search(
            f"row 181 is(, but for rounding,)? the {kind} of all others.* but one in every period", told
        ) or (beside and re.search("row 193 is .* and a total too is each that begins at row 181", told))
    assert study(values, names)


def test_in_a_study_the_row_of_a_county_may_lack_any_one_of_it():
    values = counts(7, 20)
    names = [*(f"{100 + i:04d}" for i in range(1, 11)), *(f"{1200 + i}" for i in range(1, 11)), "01", "12"]
    rest = np.delete(values[:10], 3, axis=0).sum(axis=0)
    with pytest.raises(ArgumentError, match="row 241 is the sum of all units of its county but one in"):
        study(np.vstack([values, rest, 3 * values[11] ** 0.5 + values[12]]), names)


KINDS = {
    "rounded rates": lambda draw, n, t: np.round(
        draw.uniform(2, 12, (n, 1)) + draw.choice([0.1, 0.5]) * draw.normal(size=(n, t)), 1
    ),
    "counts": lambda draw, n, t: draw.poisson(draw.exponential(30, (n, 1)) + 1, (n, t)),
    "small integers": lambda draw, n, t: draw.poisson(draw.choice([0.3, 1, 3]), (n, t)),
    "one as large as all others": lambda draw, n, t: draw.poisson(
        np.append(rates := draw.exponential(6, n - 1) + 0.3, rates.sum())[:, None], (n, t)
    ),
    "a common season": lambda draw, n, t: np.round(
        6 + 3 * draw.normal(size=t) + 0.15 * draw.normal(size=(n, 1)) + 0.2 * draw.normal(size=(n, t)), 1
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_units_that_are_none_are_let_through_whoever_is_treated(kind):
    """Whatever they lack."""
    draw = np.random.default_rng(9)
    for _ in range(300):
        n, t = int(draw.integers(4, 20)), int(draw.integers(4, 13))
        there = draw.random((n, t)) >= draw.choice([0, 0.5, 2]) / (n * t)
        cells = decimal_cells(np.where(there, KINDS[kind](draw, n, t), 0.0), there)
        names = [*draw.permutation([f"12{i:02d}" for i in range(n - 1)]).tolist(), str(draw.choice(["12", "Riket"]))]
        own = draw.permutation(n)[: draw.integers(1, max(n // 2, 2))]
        assert total_among(cells, range(n), names, own) is None
        assert total_among(cells, range(n), names, None) is None  # nor whoever may be

"""Rows and units that a contract leaves out by ``missing: drop`` are left out by both routes."""

from __future__ import annotations

from inspect import signature
from random import Random

import pytest

import effekt
from effekt.exceptions import DataError
from effekt.independent import METHODS, OTHERWISE

GAPS = (3, 50, 77)
ROLES = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d", "missing": "drop"}


def panel(kinds=1, people=1):
    """Return rows of 24 units in six years, of which the odd ones adopt in 2013; gaps lie in units 0, 8 and 12."""
    random = Random(4)
    return [
        {
            "unit": f"u{unit}",
            "time": year,
            "d": int(unit % 2 and year > 2012),
            "kind": kind,
            "x": round(random.gauss(0, 1), 2),
            "y": round(random.gauss(5, 1) + unit % 2 * kind * (year > 2012), 3),
        }
        for unit in range(24)
        for year in range(2010, 2016)
        for kind in range(2 - kinds, 2)
        for _ in range(people)
    ]


def columns_of(rows, *, empty):
    """Return columns in which the gaps are empty cells, or rows that are not there."""
    kept = [row | {"y": None} if i in GAPS else row for i, row in enumerate(rows) if empty or i not in GAPS]
    return {name: [row[name] for row in kept] for name in rows[0]}


CASES = {
    "panel": (panel(), {}),
    "signs": (panel(), {"inference": "wild_bootstrap", "rng": 3, "draws": 199}),
    "third difference": (panel(2), {"eligible": "kind"}),
    "other people": (panel(), {"sampling": "repeated_cross_sections", "covariates": ["x"]}),
    "several people": (panel(people=2), {"sampling": "repeated_cross_sections"}),
}


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_units_that_lack_a_period(name, empty):
    rows, options = CASES[name]
    given = ROLES | options
    columns = columns_of(rows, empty=empty)
    first = effekt.difference_in_differences(columns, **given)
    second = METHODS["difference_in_differences"](columns, **given)
    assert float(second["estimate"]) == pytest.approx(first.estimate, rel=1e-10)
    if "test" in second:
        assert float(second["test"]("difference", 0.0, "two-sided")) == first.p_value()
    else:
        assert second["std_error"] == pytest.approx(first.std_error, rel=1e-9)
    if name != "several people":
        gone = {rows[i]["unit"] for i in GAPS}
        whole = [row for row in rows if row["unit"] not in gone]
        left = {key: [row[key] for row in whole] for key in whole[0]}
        assert METHODS["difference_in_differences"](left, **given)["estimate"] == second["estimate"]


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("options", [{}, {"sampling": "repeated_cross_sections"}])
def test_every_period_of_whole_units(empty, options):
    columns, given = columns_of(panel(), empty=empty), ROLES | options
    first = effekt.event_study(columns, **given)
    second = METHODS["event_study"](columns, **given)["members"]
    for label in first.labels:
        assert float(second[label]["estimate"]) == pytest.approx(first[label].estimate, rel=1e-10)
        assert second[label]["std_error"] == pytest.approx(first[label].std_error, rel=1e-9)


def test_where_nothing_may_be_left_out_it_is_told():
    columns = columns_of(panel(), empty=True)
    for method in ("difference_in_differences", "event_study"):
        with pytest.raises(DataError, match="row 4 does not"):
            METHODS[method](columns, **ROLES | {"missing": "raise"})
    few = {name: cells[:5] for name, cells in columns_of(panel(), empty=False).items()}
    with pytest.raises(DataError, match="no unit is seen in every period"):
        METHODS["difference_in_differences"](
            few | {"time": [2010, 2011, 2012, 2013, 2014], "unit": list("aabbc")}, **ROLES
        )


def absence():
    random = Random(4)
    return [
        {"unit": f"u{unit}", "time": year, "y": round(random.uniform(30, 60), 2), "people": random.randint(400, 600)}
        for unit in range(9)
        for year in range(2013, 2018)
    ]


TREND = {"outcome": ("y", "people"), "unit": "unit", "time": "time", "period": "year", "treated": "u0"}
TREND |= {"reference_window": (2013, 2014), "evaluation_window": (2015, 2017), "missing": "drop"}


@pytest.mark.parametrize(
    "options",
    [
        {"comparator": ["u2", "u3", "u4", "u5"], "weights": "denominator"},
        {"comparator": "u5", "weights": None, "mean": "mean_of_periods"},
    ],
)
def test_rows_of_a_trend(options):
    rows = [row | {"y": None} if i == 7 else row for i, row in enumerate(absence())]
    rows.append({"unit": None, "time": 2014, "y": 3.0, "people": 3})
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    first, second = (
        effekt.trend_adjusted(columns, **TREND, **options),
        METHODS["trend_adjusted"](columns, **TREND, **options),
    )
    assert float(second["estimate"]) == pytest.approx(first.estimate, rel=1e-12)
    assert float(second["p_value"]) == float(first.p_value())
    otherwise = OTHERWISE["trend_adjusted"](columns, **TREND, **options)
    assert otherwise["adjustment difference"]["estimate"] != second["estimate"]
    assert "missing" in signature(OTHERWISE["trend_adjusted"]).parameters  # so that `verify` hands it on
    with pytest.raises(DataError, match="row 8 does not"):
        METHODS["trend_adjusted"](columns, **TREND | options | {"missing": "raise"})


def test_rows_that_are_counted():
    rows = [row | {"y": None} if i == 7 else row for i, row in enumerate(absence())]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    given = {"unit": "unit", "time": "time", "outcome": "y", "missing": "drop"}
    for statistic in ("sum", "mean", "count", "share"):
        more = {"at_least": 40} if statistic in ("count", "share") else {}
        first = effekt.outcome_count(columns, **given, statistic=statistic, **more)
        assert METHODS["outcome_count"](columns, **given, statistic=statistic, **more)["value"] == first.exact

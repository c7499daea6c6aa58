"""What people hand over as they have it: labels in arrays, dates inside a month, totals and parts exchanged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent import METHODS

COLUMNS = {"outcome": "sick_leave_percent", "unit": "municipality", "time": "year", "period": "year"}
WINDOWS = {"reference_window": (2014, 2015), "evaluation_window": (2016, 2018)}
CALL = COLUMNS | WINDOWS | {"treated": "Klippan", "weights": None}


@pytest.mark.parametrize("form", [np.array, pd.Series, pd.Index])
def test_labels_in_arrays_are_labels(form):
    data = effekt.datasets.helsingborg()
    others = ["Bjuv", "Helsingborg", "Svalöv"]
    listed = effekt.trend_adjusted(data, **CALL, comparator=others)
    given = effekt.trend_adjusted(data, **(CALL | {"treated": form(["Klippan"])}), comparator=form(others))
    assert given == listed
    call = {**COLUMNS, "treated": "Klippan", "first_treated": 2016}
    assert effekt.synthetic_control(data, **call, donors=form(others)) == effekt.synthetic_control(
        data, **call, donors=others
    )


@pytest.mark.parametrize("standard", [pd.DataFrame({"sex": ["F"], "weight": [1]}), pd.Series([1.0]), np.array([1.0])])
def test_a_standard_in_another_form_is_refused_in_one_sentence(standard):
    data = months() | {"sex": ["F"] * len(months()["unit"])}
    with pytest.raises(ArgumentError, match="`standard` must be 'treated_reference', or a list such as"):
        effekt.trend_adjusted(data, **MONTHS, standardize=["sex"], standard=standard)


def months(swap=False):
    rows = [
        (unit, f"{year}-{month:02d}", 40 + 3 * i + month, 90 + 5 * i + month, 100)
        for i, unit in enumerate("ABCD")
        for year in (2015, 2016, 2017)
        for month in range(1, 13)
    ]
    names = ["unit", "time", "long", "all", "people"] if swap else ["unit", "time", "short", "all", "people"]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


MONTHS = {
    "outcome": ("short", "people"),
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": ("2015-01", "2016-12"),
    "evaluation_window": ("2017-01", "2017-12"),
}


@pytest.mark.parametrize(
    "change",
    [
        {"evaluation_window": ("2017-01-31", "2017-12-02")},
        {"reference_window": ("2015-01-20", "2016-12-31")},
        {"through": "2017-06-15"},
        {"excluded": [("2016-03-15", "2016-05-31")]},
        {"checks": [{"check": "level_break", "at": "2016-03-15"}]},
    ],
)
def test_a_date_inside_a_month_is_no_month(change):
    with pytest.raises(ArgumentError, match=r"must be given in whole months; 201\d-\d\d-\d\d lies within one\. Write"):
        effekt.trend_adjusted(months(), **(MONTHS | change))


def test_the_first_and_the_last_day_of_a_month_are_its():
    plain = effekt.trend_adjusted(months(), **MONTHS)
    days = {"reference_window": ("2015-01-01", "2016-12-31"), "evaluation_window": ("2017-01-01", "2017-12-01")}
    assert effekt.trend_adjusted(months(), **(MONTHS | days)).exact == plain.exact


def test_a_total_is_nowhere_less_than_its_part():
    check = {"check": "substitution", "outcome": ("all", "people"), "includes": True}
    assert effekt.trend_adjusted(months(), **MONTHS, checks=[check]).diagnostics[-1].name == "substitution"
    swapped = {**check, "outcome": ("short", "people")}
    with pytest.raises(
        DataError, match="must be a total that holds all per people, nowhere less; it is less in 144 of"
    ):
        effekt.trend_adjusted(months(), **(MONTHS | {"outcome": ("all", "people")}), checks=[swapped])


def test_where_a_later_cohort_is_a_control_too_units_are_not_added_up():
    units = [(f"u{i}", start) for i, start in enumerate([2018] * 7 + [2019] * 7 + [2021] * 7 + [None] * 7)]
    rows = [
        (name, year, start, (7 * i * year) % 11) for i, (name, start) in enumerate(units) for year in range(2016, 2022)
    ]
    data = dict(zip(["unit", "year", "start", "y"], map(list, zip(*rows, strict=True)), strict=True))
    columns = {"outcome": "y", "unit": "unit", "time": "year", "start": "start"}
    for options, n_units in (
        ({"comparison": "never_treated"}, 28),
        ({"comparison": "not_yet_treated"}, None),
        ({"estimator": "imputation"}, None),
    ):
        average = effekt.staggered_adoption(data, **columns, **options).aggregate("simple")
        assert (average.sample.n_units, average.sample.n_treated) == (n_units, 21)


def test_who_could_not_be_affected_is_looked_at_as_well():
    rng = np.random.default_rng(3)
    rows = []
    for town in range(12):
        for year in range(4):
            for eligible in (0, 1):
                moved = 8.0 if town < 6 and year >= 2 and not eligible else 0.0
                rows += [
                    (f"t{town}", year, int(town < 6 and year >= 2), eligible, round(float(age) + moved, 2), 1.0 + i % 3)
                    for i, age in enumerate(rng.normal(40, 10, 12))
                ]
    data = dict(zip(["town", "year", "d", "eligible", "age", "y"], map(list, zip(*rows, strict=True)), strict=True))
    effect = effekt.difference_in_differences(
        data,
        outcome="y",
        unit="town",
        time="year",
        treatment="d",
        sampling="repeated_cross_sections",
        eligible="eligible",
        covariates=["age"],
    )
    could, could_not = (one for one in effect.diagnostics if one.name == "composition_drift")
    assert could.statement.en.startswith("Those who could be affected: ")
    assert could_not.statement.sv.startswith("De som inte kunde påverkas: ")
    assert could_not.status == "warning"
    assert abs(could.values["largest_drift"]) < 0.3 < could_not.values["largest_drift"]


def test_months_written_together_are_months():
    months = [f"{year}{month:02d}" for year in (2017, 2018) for month in range(1, 13)]
    cells = {"u": [unit for unit in "ABC" for _ in months], "y": [7.0 + i * 7 % 11 for i in range(72)]}
    call = {"outcome": "y", "unit": "u", "time": "m", "period": "month", "treated": "A", "comparator": "others"}
    call |= {"weights": None, "reference_window": (2017, 2017), "evaluation_window": ("2018-01", "2018-12")}
    plain = effekt.trend_adjusted(cells | {"m": [f"{m[:4]}-{m[4:]}" for m in months] * 3}, **call)
    assert effekt.trend_adjusted(cells | {"m": months * 3}, **call) == plain
    numbers = [int(month) for month in months] * 3
    assert effekt.trend_adjusted(cells | {"m": numbers}, **call) == plain
    for written in (months * 3, numbers):
        found = METHODS["trend_adjusted"](
            cells | {"m": written}, **call, adjustment="ratio", mean="ratio_of_sums", inference="none"
        )
        assert found["treated_mean"] == plain.exact.treated
        assert found["counterfactual_mean"] == plain.exact.counterfactual


PEOPLE = {
    "id": [f"p{i}" for i in range(12)],
    "d": [0, 1] * 6,
    "x": [float(i % 5) for i in range(12)],
    "y": [float(i * 5 % 7) for i in range(12)],
}
PANEL = {
    "u": [unit for unit in "ABCDEF" for _ in range(4)],
    "t": list(range(2010, 2014)) * 6,
    "on": [int(unit < "D" and year > 2011) for unit in "ABCDEF" for year in range(2010, 2014)],
    "s": [2012 if unit < "D" else 0 for unit in "ABCDEF" for _ in range(4)],
    "y": [float(i * 5 % 7 + 1) for i in range(24)],
}
DID = {"outcome": "y", "unit": "u", "time": "t", "treatment": "on"}
STAGED = {"outcome": "y", "unit": "u", "time": "t", "start": "s", "never": 0}
PATHS = {"outcome": "y", "unit": "u", "time": "t", "period": "year", "treated": "A"}
TREND = PATHS | {"comparator": "others", "reference_window": (2010, 2011), "evaluation_window": (2012, 2013)}
ARRAY = np.array([1, 2])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: effekt.matched_comparison(
                PEOPLE, match={"unit": "id", "treatment": "d", "covariates": "x"}, outcome="y", adjustment=ARRAY
            ),
            "`adjustment` must be 'lin'; got ndarray.",
        ),
        (
            lambda: effekt.doubly_robust(PEOPLE, outcome="y", treatment="d", covariates="x", learner=ARRAY),
            "`learner` must be 'parametric', 'random_forest', 'gradient_boosting', or a pair (classifier, regressor) "
            "of estimators as scikit-learn has them; got array([1, 2]).",
        ),
        (
            lambda: effekt.difference_in_differences(PANEL, **DID, variance=ARRAY),
            "`variance` must be 'CR0', 'CR1', 'CR1S', 'CR2' or 'CR3'; got ndarray.",
        ),
        (
            lambda: effekt.event_study(PANEL, **DID, cluster=ARRAY),
            "`cluster` must be a column name; got ndarray.",
        ),
        (
            lambda: effekt.staggered_adoption(PANEL, **STAGED, variance=ARRAY),
            "`variance` must be 'leverage', 'CR0' or 'CR3'; got ndarray.",
        ),
        (
            lambda: effekt.staggered_adoption(PANEL, **STAGED, cluster=""),
            "The data has no column '' among its 5 columns. Check the name, and that the header is there.",
        ),
        (
            lambda: effekt.staggered_adoption(PANEL, **STAGED, cluster=ARRAY),
            "`cluster` must be a column name; got ndarray.",
        ),
        (
            lambda: effekt.synthetic_difference_in_differences(PANEL, **PATHS, first_treated=2012, inference=ARRAY),
            "`inference` must be 'placebo', 'placebo_variance' or 'none'; got ndarray.",
        ),
        (
            lambda: effekt.synthetic_control(PANEL, **(PATHS | {"unit": ["u"]}), first_treated=2012),
            "`unit` must be a column name; got ['u'].",
        ),
        (
            lambda: effekt.trend_adjusted(PANEL, **TREND, weights=ARRAY),
            "`weights` must be 'denominator' or None; got array([1, 2]).",
        ),
        (
            lambda: effekt.trend_adjusted(PANEL, **TREND, weights=None, level_correction=ARRAY),
            "`level_correction` must be 'regression', 'log_regression' or None; got array([1, 2]).",
        ),
        (
            lambda: effekt.trend_adjusted(PANEL, **TREND, weights=None, standardize=ARRAY),
            "`standardize` must be a list of columns such as ['age', 'sex']; got array([1, 2]).",
        ),
    ],
)
def test_choices_of_another_type_are_refused_by_name(call, sentence):
    with pytest.raises((ArgumentError, DataError)) as refusal:
        call()
    assert str(refusal.value) == sentence

"""A look before an evaluation is over: the figure to date, and what the rest must be."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.trend import labels

import effekt
from effekt.diagnostics import forecast
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError

CALL = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": ("2015-01", "2016-12"),
    "evaluation_window": ("2017-01", "2018-12"),
}
UNITS = ("A", "B", "C", "D")


def panel(seed=1, through="2017-06", first="2014-01", months=60, units=UNITS, shift=0.0):
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60) + shift, 2), rng.randint(400, 600))
        for unit in units
        for label in labels(first, months, "month")
        if label <= through
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def ahead(effect):
    return next(one for one in effect.diagnostics if one.name == "forecast")


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("through", ["2017-04", "2017-12", "2018-06"])
def test_the_figure_is_that_of_the_windows_to_date(adjustment, through):
    data = panel(through=through)
    looked = effekt.trend_adjusted(data, **CALL, adjustment=adjustment, through=through)
    cut = {"evaluation_window": ("2017-01", through), "same_months": through != "2017-12"}
    plain = effekt.trend_adjusted(data, **(CALL | cut), adjustment=adjustment)
    assert looked.exact == plain.exact
    assert looked.inference == plain.inference
    assert looked.estimand == plain.estimand
    assert looked.arguments["through"] == through
    assert [note.code for note in looked.notes if note not in plain.notes] == ["look"]
    assert ("same months" in looked.notes[-1].text.en) == (through != "2017-12")


def mean(data, unit, months):
    at = [i for i, (u, t) in enumerate(zip(data["unit"], data["time"], strict=True)) if u in unit and t in months]
    return sum(data["days"][i] for i in at) / sum(data["people"][i] for i in at)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_changes_are_those_of_units_without_the_intervention_in_earlier_years(adjustment):
    """Six months have passed and eighteen remain: from January 2014, 2015 and 2016, as far as data go."""
    data = panel()
    found = ahead(effekt.trend_adjusted(data, **CALL, adjustment=adjustment, through="2017-06", threshold=0.12))
    wanted = []
    for first in ("2014-01", "2015-01"):  # from 2016-01 the 24 months would end in 2017-12
        months = labels(first, 24, "month")
        for unit in "BCD":
            rest = [name for name in "BCD" if name != unit]
            y, c = ([mean(data, who, part) for part in (months[:6], months[6:])] for who in (unit, rest))
            ratio, difference = np.log(y[1] / y[0] * c[0] / c[1]), y[1] - y[0] - c[1] + c[0]
            wanted.append(ratio if adjustment == "ratio" else difference)
    np.testing.assert_allclose(found.table["change"], sorted(wanted), rtol=1e-10, atol=1e-15)
    assert (found.values["elapsed"], found.values["remaining"]) == (6, 18)


def test_what_is_excluded_later_waits_and_what_is_excluded_before_counts():
    data = panel(through="2017-06")
    later = effekt.trend_adjusted(data, **CALL, through="2017-06", excluded=[("2018-01", "2018-03")])
    assert later.exact == effekt.trend_adjusted(data, **CALL, through="2017-06").exact
    assert ahead(later).values["remaining"] == 15
    before = effekt.trend_adjusted(data, **CALL, through="2017-06", excluded=[("2017-02", "2017-03")])
    assert (ahead(before).values["elapsed"], ahead(before).values["remaining"]) == (4, 18)
    assert "excluded_periods" in [one.name for one in before.diagnostics]
    assert "excluded_periods" not in [one.name for one in later.diagnostics]


def test_without_history_nothing_is_said_of_what_may_change():
    data = panel(first="2015-01", through="2017-06", months=48)
    short = CALL | {"evaluation_window": ("2017-01", "2019-12")}
    found = ahead(effekt.trend_adjusted(data, **short, through="2017-06", threshold=0.12))
    assert found.values["n_changes"] == 0
    assert "probability" not in found.values
    assert "not known" in found.statement.en
    assert "inte känt" in found.statement.sv


def test_a_published_series_as_comparator():
    data = panel(units=("A", "B", "C", "Nation"))
    found = ahead(effekt.trend_adjusted(data, **(CALL | {"comparator": "Nation"}), through="2017-06"))
    assert found.values["n_changes"] == 4  # B and C against the nation, from two Januaries


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"through": "2018-12"}, "before its last; got '2018-12'. Leave `through` out when the evaluation is over."),
        ({"through": "2016-12"}, "before its last; got '2016-12'. Wait until it has begun."),
        ({"through": "June"}, "`through` must be given in whole months"),
        ({"through": "2017-06", "excluded": [("2017-01", "2017-06")]}, "must leave some month that is not excluded"),
        ({"through": "2017-06", "threshold": 12}, "`threshold` must be"),
        (
            {"through": "2017-06", "reference_window": ("2016-07", "2016-12")},
            "`reference_window` must hold every part of the year",
        ),
    ],
)
def test_looks_that_cannot_be(change, message):
    with pytest.raises(ArgumentError) as error:
        effekt.trend_adjusted(panel(), **(CALL | change))
    assert message in str(error.value)


def test_a_look_lacks_no_month_to_date():
    with pytest.raises(IncompleteWindowError) as error:
        effekt.trend_adjusted(panel(through="2017-05"), **CALL, through="2017-06")
    assert error.value.missing == ("2017-06",)


def test_a_counterfactual_below_zero_has_no_relative_forecast():
    with pytest.raises(DataError, match="counterfactual must be above zero for `through`"):
        effekt.trend_adjusted(panel(shift=-100), **CALL, adjustment="difference", through="2017-06")


def test_row_order_does_not_matter():
    texts = set()
    for seed in range(5):
        data = panel()
        order = list(range(len(data["unit"])))
        random.Random(seed).shuffle(order)
        shuffled = {name: [values[i] for i in order] for name, values in data.items()}
        texts.add(effekt.trend_adjusted(shuffled, **CALL, through="2017-06", threshold=0.12).to_json())
    assert len(texts) == 1


@given(
    relative=st.floats(-0.5, 0.5),
    elapsed=st.integers(1, 40),
    remaining=st.integers(1, 40),
    threshold=st.floats(0.01, 0.5),
)
def test_with_what_is_needed_in_the_rest_the_end_is_the_threshold(relative, elapsed, remaining, threshold):
    found = forecast(
        effect=relative * 8,
        counterfactual=8.0,
        changes=[],
        elapsed=elapsed,
        remaining=remaining,
        threshold=threshold,
    )
    end = (elapsed * relative + remaining * found.values["needed"]) / (elapsed + remaining)
    assert end == pytest.approx(-threshold, abs=1e-12)
    assert ("no longer be reached" in found.statement.en) == (found.values["needed"] < -1)


def test_the_forecast_holds_eight_ends_of_ten():
    """Units alike, shocks that last: the treated unit's end lies between `low` and `high` in four cases of five."""
    rng = np.random.default_rng(4)
    inside, cases = 0, 2_000
    for _ in range(cases):
        shocks = np.cumsum(rng.normal(0, 0.03, (20, 6)), axis=1)  # the first unit is the treated one
        first, rest = shocks[:, :2].mean(1), shocks[:, 2:].mean(1)
        effect = np.exp(first[0]) - 1
        found = forecast(
            effect=effect, counterfactual=1.0, changes=(rest - first)[1:], elapsed=2, remaining=4, scale="log"
        ).values
        end = (2 * effect + 4 * (np.exp(rest[0]) - 1)) / 6
        inside += found["low"] <= end <= found["high"]
    assert inside / cases == pytest.approx(0.8, abs=4 * (0.8 * 0.2 / cases) ** 0.5)


def test_fewer_than_nine_changes_have_no_range():
    call = {"effect": -0.1, "counterfactual": 1.0, "elapsed": 1, "remaining": 1, "threshold": 0.1}
    eight, nine = (forecast(**call, changes=np.arange(n) / 100) for n in (8, 9))
    assert (eight.values["low"], eight.values["high"]) == (None, None)
    assert "too few for a range" in eight.statement.en
    assert (nine.values["low"], nine.values["high"]) == (nine.table["final"][0], nine.table["final"][-1])

"""The first and the last days of the calendar: a sentence or the right day, never a fault of the calendar's own."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

import effekt
from effekt import workflow
from effekt._calendar import days_after, first_day
from effekt._types import Period
from effekt.contracts import Contract, parse_contract
from effekt.contracts.measured import measured_before
from effekt.contracts.outcome_days import outcome_ends, window_ends
from effekt.exceptions import ArgumentError, ContractError
from effekt.independent.payments import payment_events
from effekt.workflow.data.counted_rows import calendar_spans

TEXT = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
WINDOW = '["2019-01", "2021-12"]'
FIRST, LAST = "0001-01-01", "9999-12-31"


def contract(window: str = WINDOW, dates: str = "", figure: str = "") -> Contract:
    text = TEXT.replace(WINDOW, window).replace(
        'outcome_data_from: "2019-02-01"', f'outcome_data_from: "2019-02-01"{dates}'
    )
    return parse_contract(
        text.replace("    without_inference: pay\n", f"    without_inference: pay\n{figure}").encode()
    )


@pytest.mark.parametrize(
    ("window", "got"),
    [
        ('["2019-01", "9999-12"]', "['2019-01', '9999-12']"),
        ('["9999", "9999"]', "['9999', '9999']"),
        ('["0000-12", "2021-12"]', "['0000-12', '2021-12']"),
        ('["2019-01-01", "9999-12-31"]', "['2019-01-01', '9999-12-31']"),
    ],
)
@pytest.mark.parametrize("key", ["evaluation_window", "reference_window"])
def test_a_window_that_leaves_the_calendar_is_refused_with_its_line(key: str, window: str, got: str) -> None:
    old = WINDOW if key == "evaluation_window" else '["2016-01", "2018-12"]'
    with pytest.raises(ContractError) as refusal:
        parse_contract(TEXT.replace(old, window).encode())
    assert str(refusal.value) == (
        f"line {30 if key == 'evaluation_window' else 29}: analysis.absence.{key} must begin in the year 1 or later "
        f"and end before 9999-12-31, the last day of the calendar; got {got}."
    )


def test_a_window_that_ends_a_month_before_is_taken_with_the_longest_run_out() -> None:
    late = contract('["2019-01", "9999-11"]', ", run_out: 3650")
    assert window_ends(late) == {"absence": ("9999-12-01", LAST)}
    assert measured_before(late.model, "reduction") == "9999-12-01"
    assert effekt.check(late).maximum_total == "5000000"
    assert window_ends(contract('["0001-01", "2021-12"]')) == {"absence": ("2022-01-01", "2022-01-01")}


def test_outcomes_until_the_last_day_are_never_complete_before_it() -> None:
    last = contract(figure=f'    outcomes_until: "{LAST}"\n', dates=", run_out: 3650")
    assert outcome_ends(last) == {"reduction": (LAST, LAST)}
    file: dict[str, Any] = {"figures": {"own": {"measure": "a", "outcomes_until": LAST}}, "analysis": {"a": {}}}
    assert payment_events._first_unmeasured(file, "own") == datetime.date.max
    file["figures"]["own"]["outcomes_until"] = FIRST
    assert payment_events._first_unmeasured(file, "own") == datetime.date(1, 1, 2)


@pytest.mark.parametrize(
    ("day", "days", "found"),
    [
        (LAST, 1, LAST),
        (LAST, 0, LAST),
        (LAST, -1, "9999-12-30"),
        (FIRST, -1, FIRST),
        (FIRST, 0, FIRST),
        (FIRST, 1, "0001-01-02"),
        ("0001-01-03", -3, FIRST),
        ("9999-12-20", 3650, LAST),
    ],
)
def test_days_stay_in_the_calendar(day: str, days: int, found: str) -> None:
    assert days_after(day, days) == found


@pytest.mark.parametrize(
    ("name", "period"), [("9999-12", "month"), ("9999Q4", "quarter"), ("9999T3", "tertial"), ("9999", "year")]
)
def test_the_last_period_of_the_calendar_ends_with_it(name: str, period: Period) -> None:
    assert calendar_spans([name]) is not None
    spans = calendar_spans([name]) or {}
    assert spans[name][1] == LAST
    assert spans[name][0] < LAST


def test_a_period_of_the_year_0_lies_before_every_day() -> None:
    assert calendar_spans(["0000-01", "0001-01"]) == {"0000-01": (FIRST, FIRST), "0001-01": (FIRST, "0001-02-01")}
    assert first_day(0, "season") == FIRST


def test_a_window_of_days_to_the_end_of_the_calendar_is_told_in_a_sentence() -> None:
    table = effekt.read_table(workflow.case("sick-leave") / "panel.csv", delimiter=";", decimal=",", text=["kommun"])
    with pytest.raises(ArgumentError, match="`evaluation_window` must be given in whole months"):
        effekt.trend_adjusted(
            table,
            outcome=("sjukdagar", "årsarbetare"),
            unit="kommun",
            time="månad",
            period="month",
            treated="0127",
            reference_window=("2016-01", "2018-12"),
            evaluation_window=("2019-01-01", LAST),
            comparator="others",
            weights="denominator",
        )

"""A comparison that is contaminated after an announced day takes nothing of what that day pays on each certificate."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.builders import file as plain_file
from contracts.builders import given, line, number, read
from contracts.second_route import same_by_both
from contracts.test_events import STOP, WHY, ended

from effekt.contracts import Events, settle_figures
from effekt.contracts.events import Contaminated

PRICE = {"price": "1000", "below_zero": "zero"}
COUNT = {"method": "outcome_count", "unit": "person", "statistic": "count", "at_least": 1, "missing": "raise"}
COUNT |= {"outcome": {"column": "worked", "unit": "months", "better": "higher"}}


def _file() -> dict[str, Any]:
    """`each` is paid on each announced day for new months, `once` for months of another table since the beginning."""
    lines = {
        "each": line({"unit_price": PRICE | {"figure": "new"}}, paid_each="certificate"),
        "once": line({"unit_price": PRICE | {"figure": "all"}}),
    }
    found = plain_file(lines)
    found["dates"] |= {"certificates": ["2020-06-30", "2020-12-31"]}
    found["data"] = {"months": {"path": "months.csv"}, "years": {"path": "years.csv"}}
    found["analysis"] = {"work": COUNT | {"data": "months", "time": "month"}, "rest": COUNT | {"data": "years"}}
    found["figures"] = {
        id: {"measure": analysis, "digits": 0, "unit": "months"} for id, analysis in (("new", "work"), ("all", "rest"))
    }
    found["termination"] = {"stop": STOP | {"then": "pay_nothing_more"}}
    return found


@pytest.mark.parametrize(
    ("settles", "day", "each"),
    [
        ("2020-06-30", "2020-06-30", "0.00"),  # that day itself is contaminated
        ("2020-06-30", "2020-07-01", "3000.00"),
        ("2020-06-30", "2020-08-01", "3000.00"),
        ("2020-12-31", "2020-08-01", "0.00"),
        (None, "2020-08-01", "0.00"),
    ],
)
def test_what_was_over_on_the_announced_day_is_not_taken(settles: str | None, day: str, each: str) -> None:
    """An end on the day before does the same."""
    terms = _file()
    subject, values = read(terms), {"new": "3", "all": "5"}
    spoilt = Contaminated(clause="stop", analysis=("work", "rest"), date=day, why=WHY)
    beside: dict[str, Any] = {"settles": settles, "superseding": ("2020-06-30",)}
    settlement = settle_figures(subject, given(subject, values), Events(contaminated=(spoilt,), **beside))
    assert [one.amount for one in settlement.lines] == [each, "0.00"]
    happened = {"contaminated": [{"clause": "stop", "date": day, "analysis": ["work", "rest"]}]}
    assert not same_by_both(terms, values, settlement, happened | beside)["unsure"]
    states = {(one.of, one.id): one.state for one in settlement.standings}
    whole = each != "0.00"
    assert states["figure", "new"] == states["line", "each"] == ("final" if whole else "contaminated")
    before = {"2020-06-30": "2020-06-29", "2020-07-01": "2020-06-30", "2020-08-01": "2020-07-31"}[day]
    over = settle_figures(subject, given(subject, values), Events(ended=ended(before).ended, settles=settles))
    assert over.lines[0].amount == each


def test_a_line_on_an_attested_figure_and_a_count_is_untouched_where_the_count_was_over() -> None:
    terms = _file()
    terms["figures"] |= {
        "said": number(0),
        "both": {"derived": {"sum": ["new", "said"]}, "digits": 0, "unit": "months"},
    }
    terms["figures"]["said"]["unit"] = "months"
    terms["payment"]["lines"]["each"]["pays"]["unit_price"]["figure"] = "both"
    subject, values = read(terms), {"new": "3", "all": "5", "said": "4"}
    spoilt = Contaminated(clause="stop", analysis=("work",), date="2020-08-01", why=WHY)
    settlement = settle_figures(subject, given(subject, values), Events(contaminated=(spoilt,), settles="2020-06-30"))
    assert [one.amount for one in settlement.lines] == ["7000.00", "5000.00"]
    happened = {"contaminated": [{"clause": "stop", "date": "2020-08-01", "analysis": ["work"]}]}
    same_by_both(terms, values, settlement, happened | {"settles": "2020-06-30"})

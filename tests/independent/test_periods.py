"""Calendar labels and windows."""

import datetime

import pytest

from effekt._calendar import parse_window
from effekt._calendar import period_label as period_label_of
from effekt.estimators.trend.checks import check_whole
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.periods import period_label, period_start, window_periods

JANUARY = 12 * 2014


@pytest.mark.parametrize(
    ("cell", "period", "months"),
    [
        (2014, "year", 0),
        ("2014", "year", 0),
        ("2014-07", "month", 6),
        ("2014M07", "month", 6),
        ("2014-7", "month", 6),
        ("201407", "month", 6),
        (201407, "month", 6),
        ("2014-07-31T00:00:00", "month", 6),
        (datetime.date(2014, 7, 31), "month", 6),
        (datetime.datetime(2014, 7, 31), "tertial", 4),
        ("2014-07-31", "month", 6),
        ("2014-07-31", "quarter", 6),
        ("2014-07-31", "tertial", 4),
        ("2014-Q3", "quarter", 6),
        ("2014K3", "quarter", 6),
        ("2014-T2", "tertial", 4),
    ],
)
def test_labels(cell, period, months):
    assert period_start(cell, period, "row 1") == JANUARY + months


@pytest.mark.parametrize(
    ("cell", "period"),
    [
        ("2014-13", "month"),
        ("2014-0", "month"),
        ("201413", "month"),
        ("201400", "month"),
        ("180007", "month"),
        (201407, "year"),
        ("2014-7-31", "month"),
        ("2014", "month"),
        ("2014-01", "year"),
        ("2014-Q5", "quarter"),
        ("2014-Q0", "quarter"),
        ("2014-T4", "tertial"),
        ("2014-T1", "quarter"),
        ("14", "year"),
        ("2014-01-00", "month"),
        ("x", "year"),
        (datetime.datetime(2014, 7, 31, 12, 30), "tertial"),
    ],
)
def test_other_labels_are_refused(cell, period):
    with pytest.raises(DataError, match="row 1 must name a"):
        period_start(cell, period, "row 1")


def test_windows_are_whole_periods():
    assert window_periods(("2014-01", "2015-12"), "year", "w") == [JANUARY, JANUARY + 12]
    assert window_periods((2014, 2015), "quarter", "w") == [JANUARY + 3 * i for i in range(8)]
    assert window_periods(("2014-T2", "2014-12"), "tertial", "w") == [JANUARY + 4, JANUARY + 8]
    assert window_periods(("2014-12", "2015-01"), "month", "w") == [JANUARY + 11, JANUARY + 12]


@pytest.mark.parametrize(
    ("window", "period"),
    [
        (("2014-01-01", "2015-12-31"), "month"),
        (("2014-01-01", "2015-12-01"), "month"),
        (("2014-01-31", "2015-12-31"), "quarter"),
        (("2014-01-01", "2014"), "year"),
        (("2014-12-31", "2015-01-01"), "year"),
        (("2013-07-01", "2015-06-30"), "season"),
        (("2014-09-01", "2014-12-31"), "tertial"),
        (("2014-01-15", "2014-02-28"), "month"),
    ],
)
def test_a_day_that_begins_or_ends_a_period_stands_for_it_as_in_the_first_route(window, period):
    try:
        check_whole("w", window, period)
        wanted = [period_label_of(number, period) for number in parse_window("w", window, period).numbers()]
    except ArgumentError:
        with pytest.raises(ArgumentError):
            window_periods(window, period, "w")
        return
    assert [period_label(first, period) for first in window_periods(window, period, "w")] == wanted


@pytest.mark.parametrize(
    ("window", "period"),
    [
        (("2014-02", "2014-12"), "quarter"),
        ((2015, 2014), "year"),
        ((2014,), "year"),
        ((2014, 2015, 2016), "year"),
        ((2014, 2015), "week"),
        ((), "year"),
        (("2014", "2014-06-30"), "year"),
        (("2014-01-15", "2014-02-28"), "month"),
        (("2014-01-01", "2014-02-31"), "month"),
    ],
)
def test_other_windows_are_refused(window, period):
    with pytest.raises(ArgumentError):
        window_periods(window, period, "reference_window")


def test_labels_read_back():
    for period in ("year", "tertial", "quarter", "month"):
        for start in window_periods((2014, 2015), period, "w"):
            assert period_start(period_label(start, period), period, "row 1") == start

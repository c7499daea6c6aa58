"""Counts and sums are exact."""

from fractions import Fraction

import pytest

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.trials.outcome_count import outcome_count


def test_rows_that_achieve():
    result = outcome_count({"id": ["a", "b", "c"], "job": [1, "0", 1.0]}, unit="id", outcome="job")
    assert result == {"value": 2, "units_achieved": 2, "n_units": 3}


def test_sum_of_decimals_is_exact():
    columns = {"id": [1, 2, 3], "months": ["0.1", 0.2, 0]}
    assert outcome_count(columns, unit="id", outcome="months", statistic="sum")["value"] == Fraction(3, 10)
    assert outcome_count(columns, unit="id", outcome="months", statistic="mean")["value"] == Fraction(1, 10)


def test_share_reaching_a_bar():
    columns = {"id": [1, 2, 3], "months": ["0.1", 0.2, 0]}
    assert outcome_count(columns, unit="id", outcome="months", statistic="share", at_least=0.1)["value"] == Fraction(
        2, 3
    )


def test_a_unit_counts_once_in_each_period():
    columns = {"id": ["a", "b", "a"], "month": [1, 1, 2], "job": [1, 1, 1]}
    with pytest.raises(DataError, match="row 3 repeats"):
        outcome_count(columns, unit="id", outcome="job")
    assert outcome_count(columns, unit="id", time="month", outcome="job")["value"] == 3


def test_an_unknown_statistic_is_refused():
    with pytest.raises(ArgumentError, match="statistic"):
        outcome_count({"id": [1], "job": [1]}, unit="id", outcome="job", statistic="median")

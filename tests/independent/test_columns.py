"""What a cell stands for."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.exceptions import DataError
from effekt.independent.columns import label, labels, mean, number, numbers, total, unit_time_keys, zero_one


def test_numbers_are_the_decimals_written():
    assert number("0.1") == Fraction(1, 10)
    assert number(0.1) == Fraction(1, 10)
    assert number(" -1.25e2 ") == -125
    assert number(7) == 7
    assert number(True) == 1
    assert number(Fraction(1, 3)) == Fraction(1, 3)


@pytest.mark.parametrize("cell", ["", "n/a", float("nan"), float("inf"), "1,5", None])
def test_other_cells_are_refused_with_their_row(cell):
    with pytest.raises(DataError, match="column 'y' must hold finite numbers, which row 2 does not"):
        numbers({"y": ["1", cell]}, "y")


@pytest.mark.parametrize("cell", ["1e999999999", "1e-999999999", "-1e401"])
def test_a_number_that_no_fraction_can_hold_is_refused_unread(cell):
    with pytest.raises(DataError, match="column 'y' must hold finite numbers, which row 2 does not"):
        numbers({"y": ["1", cell]}, "y")


def test_zero_one_refuses_other_numbers():
    assert zero_one({"d": ["1", 0, 1.0]}, "d") == [1, 0, 1]
    with pytest.raises(DataError, match="only 0 and 1, which row 3 does not"):
        zero_one({"d": [1, 0, 2]}, "d")


def test_labels_read_the_same_as_text_int_or_float():
    assert [label(cell) for cell in ("12", 12, 12.0, Fraction(12), "012")] == ["12", "12", "12", "12", "012"]
    assert label(1.5) == "1.5"
    assert [label(cell) for cell in (" a", "a\u00a0", "Malmo\u0308", Decimal(12))] == ["a", "a", "Malmö", "12"]
    with pytest.raises(DataError, match="label in every row, which row 1 does not"):
        labels({"u": ["", "a"]}, "u")


def test_columns_must_exist_and_agree_in_length():
    with pytest.raises(DataError, match="'z' is not in the data"):
        numbers({"y": [1]}, "z")
    with pytest.raises(DataError, match="equal length"):
        numbers({"y": [1], "x": [1, 2]}, "y")


def test_repeated_keys_are_refused():
    with pytest.raises(DataError, match="row 2 repeats"):
        unit_time_keys({"u": ["a", "a"], "t": [1, 1]}, "u", "t")


def test_mean_is_exact():
    assert mean([Fraction(1), Fraction(2), Fraction(2)]) == Fraction(5, 3)


@given(st.lists(st.fractions(min_value=-50, max_value=50, max_denominator=12)))
def test_a_total_is_the_sum_one_after_the_other(values):
    found = total(values)
    assert found == sum(values, Fraction(0))
    assert type(found) is Fraction

"""Numbers as they are told: as many figures whatever the number, also where it is rounded up to a ten."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt._text import format_p, significant


@pytest.mark.parametrize(
    ("value", "figures", "told"),
    [
        (1.0, 2, "1.0"),
        (0.9999999, 2, "1.0"),
        (0.9949, 2, "0.99"),
        (0.09999, 2, "0.10"),
        (-0.00999, 2, "−0.010"),
        (9.996, 3, "10.0"),
        (99.96, 3, "100"),
        (123_456.0, 3, "123,456"),  # whole numbers keep their digits
    ],
)
def test_a_number_has_its_significant_figures(value: float, figures: int, told: str) -> None:
    assert significant(value, "en", figures) == told


@given(st.floats(1e-9, 1e9), st.integers(1, 6))
def test_what_is_told_is_the_number_rounded_to_so_many_figures(value: float, figures: int) -> None:
    told = Decimal(significant(value, "en", figures).replace(",", ""))
    expected = Decimal(f"{Decimal(str(value)):.{figures - 1}e}")
    if expected.adjusted() < figures:  # else all its whole digits are told
        assert (told, len(told.as_tuple().digits)) == (expected, max(figures, expected.adjusted() + 1))


def test_a_p_next_to_one_is_told_as_one() -> None:
    assert format_p(0.99999999, "sv") == format_p(1.0, "sv") == "1,00"

"""Rounding, sharing out, and amounts in words."""

from decimal import Decimal
from fractions import Fraction

import pytest

from effekt.contracts.money import (
    allocate,
    decimal_text,
    exact_text,
    format_money,
    format_number,
    format_percent,
    fraction,
    round_to,
)
from effekt.exceptions import ArgumentError


def test_ties_go_away_from_zero_or_to_even():
    for value, up, even in (("2.5", 3, 2), ("3.5", 4, 4), ("-2.5", -3, -2), ("2.4999", 2, 2), ("-0.5", -1, 0)):
        assert round_to(Fraction(value), Fraction(1), "half_up") == up
        assert round_to(Fraction(value), Fraction(1), "half_even") == even
    assert round_to(Fraction("7.12"), Fraction("0.05"), "half_up") == Fraction("7.10")
    assert round_to(Fraction("7.125"), Fraction("0.05"), "half_up") == Fraction("7.15")


def test_the_largest_remainders_get_what_is_left_and_ties_go_to_the_first():
    shares = [Fraction("0.333"), Fraction("0.333"), Fraction("0.334")]
    assert allocate(Fraction(100), shares, Fraction(1)) == (33, 33, 34)
    assert allocate(Fraction(101), shares, Fraction(1)) == (34, 33, 34)
    assert allocate(Fraction(-101), shares, Fraction(1)) == (-34, -33, -34)
    assert allocate(Fraction(1), [Fraction(1, 2)] * 2, Fraction(1)) == (1, 0)
    assert allocate(Fraction(0), shares, Fraction(1)) == (0, 0, 0)
    assert allocate(Fraction("0.50"), [Fraction(1)] * 2, Fraction("0.01")) == (Fraction("0.25"), Fraction("0.25"))


def test_decimal_texts_have_exactly_their_digits():
    assert decimal_text(Fraction(-5, 100), 2) == "-0.05"
    assert decimal_text(Fraction(0), 2) == "0.00"
    assert decimal_text(Fraction(1200), 0) == "1200"
    with pytest.raises(ArgumentError, match=r"`value` must have at most 1 decimals; got 1/20; round it first\."):
        decimal_text(Fraction(1, 20), 1)


def test_exact_texts_read_back_unchanged():
    for value in (Fraction(1, 3), Fraction(-7, 8), Fraction(10**30), Fraction(0), Fraction(1, 10**20)):
        assert Fraction(exact_text(value)) == value


def test_a_text_of_more_than_200_digits_is_rounded():
    assert exact_text(Fraction(1, 10**199)) == f"0.{'0' * 198}1"
    assert exact_text(Fraction(10**199, 3)) == f"1{'0' * 199}/3"
    assert exact_text(Fraction(1, 10**200)) == f"about 0.{'0' * 20}"
    assert exact_text(-Fraction(10**200)) == f"about -1{'0' * 200}.{'0' * 20}"
    assert exact_text(1 + Fraction(1, 3 * 10**200)) == "about 1.00000000000000000000"
    assert exact_text(-Fraction(2, 3) - Fraction(1, 2**5000)) == "about -0.66666666666666666667"


@pytest.mark.parametrize("value", [0.1, True, None, "x", Decimal("NaN"), Decimal("Infinity"), "1/0", "1 ", "1_0"])
def test_a_float_and_what_is_no_number_never_become_money(value):
    with pytest.raises(ArgumentError, match=r"must be a finite Fraction, Decimal, int or decimal text, .* got"):
        fraction(value)


@pytest.mark.parametrize("text", ["1e999999999", "1e-99999", "1e5", "9" * 5000, f"1/{'9' * 5000}", "0." + "1" * 5000])
def test_a_number_without_end_is_refused_unread_in_one_short_sentence(text):
    with pytest.raises(ArgumentError, match=r"without exponent and of at most 1,000 digits") as told:
        fraction(text)
    assert len(str(told.value)) < 200


@pytest.mark.parametrize("text", ["9" * 1000, f"-{'9' * 1000}/{'9' * 1000}", f"0.{'1' * 1000}"])
def test_every_number_that_a_step_can_hold_is_read(text):
    assert fraction(text) == Fraction(text)


@pytest.mark.parametrize(
    ("value", "swedish", "english"),
    [
        ("4000000", "4 000 000 kr", "SEK 4,000,000"),
        ("620978.40", "620 978,40 kr", "SEK 620,978.40"),
        (Decimal("-0.5"), "−0,50 kr", "SEK −0.50"),
        (Fraction(0), "0 kr", "SEK 0"),
        (1000, "1 000 kr", "SEK 1,000"),
        ("270000.00", "270 000 kr", "SEK 270,000"),
        (Fraction(1, 8), "0,125 kr", "SEK 0.125"),
        (Fraction(1, 10**6), "0,000001 kr", "SEK 0.000001"),
        (Fraction(4000, 3), "cirka 1 333,33 kr", "about SEK 1,333.33"),
        (Fraction(1, 2**7), "cirka 0,01 kr", "about SEK 0.01"),
        ("0.00000012", "0,00000012 kr", "SEK 0.00000012"),
    ],
)
def test_amounts_in_words(value, swedish, english):
    assert format_money(value, "SEK", "sv") == swedish.replace(" ", "\N{NO-BREAK SPACE}")
    assert format_money(value, "SEK", "en") == english.replace(" ", "\N{NO-BREAK SPACE}")


def test_other_currencies_keep_their_code():
    assert format_money("12.5", "EUR", "sv") == "12,50\N{NO-BREAK SPACE}EUR"
    assert format_money("12.5", "EUR", "en") == "EUR\N{NO-BREAK SPACE}12.50"


def test_numbers_and_shares_in_words():
    assert format_number("41070.50", "sv") == "41\N{NO-BREAK SPACE}070,50"
    assert format_number("41070.50", "en") == "41,070.50"
    assert format_percent("0.40", "sv") == "40 procent"
    assert format_percent("0.125", "en") == "12.5 per cent"

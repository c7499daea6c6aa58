"""Figures: quantised once, derived from the strings, never zero for want of a value."""

from fractions import Fraction

import pytest
from contracts.builders import REFER, WAIT, contract, given, line, number, settle

from effekt._text import Text
from effekt.contracts import Figure, complete_figures, quantise, settle_figures
from effekt.exceptions import ArgumentError

FIGURE = {"id": "x", "unit": "day", "digits": 2, "source": "estimate"}


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Fraction("0.5"), 0, "0"),
        (Fraction("1.5"), 0, "2"),
        (Fraction("-0.005"), 2, "0.00"),
        (Fraction("0.015"), 2, "0.02"),
        (Fraction("-12.3456"), 3, "-12.346"),
        (Fraction(0.1), 20, "0.10000000000000000555"),
        (Fraction(2, 3), 18, "0.666666666666666667"),
    ],
)
def test_quantising_goes_half_to_even_from_the_exact_value(value, digits, text):
    assert quantise(value, digits) == text


@pytest.mark.parametrize("value", ["1", "1.0", "1.000", "01.00", "-0.00", "1,00", "1e2", "+1.00", "", "١.00"])
def test_a_value_has_exactly_its_digits(value):
    with pytest.raises(ArgumentError) as error:
        Figure(**FIGURE, state="determined", value=value)
    assert str(error.value) == f"The value of figure 'x' must be a decimal with 2 decimals; got {value!r}."


@pytest.mark.parametrize(
    ("state", "value", "reason"),
    [("determined", None, None), ("determined", "1.00", WAIT), ("referred", None, None), ("referred", "1.00", REFER)],
)
def test_a_figure_has_a_value_or_a_reason(state, value, reason):
    with pytest.raises(ArgumentError) as error:
        Figure(**FIGURE, state=state, value=value, reason=reason)
    assert str(error.value) == (
        f"Figure 'x' must have a value when it is determined, otherwise a reason; it is {state}."
    )


PAIR = {"a": number(2), "b": number(2)}


@pytest.mark.parametrize(
    ("formula", "a", "b", "value"),
    [
        ({"sum": ["a", "b", "0.1"]}, "1.25", "2", "3.350"),
        ({"product": ["a", "b"]}, "1.25", "-3", "-3.750"),
        ({"difference": ["a", "b"]}, "1", "2.5", "-1.500"),
        ({"difference": ["10", "a"]}, "1", "0", "9.000"),
        ({"ratio": ["a", "b"]}, "2", "3", "0.667"),
        ({"ratio": ["a", "b"]}, "1", "-16", "-0.062"),
        ({"mix": [["0.25", "a"], ["0.75", "b"]]}, "1", "2", "1.750"),
        ({"greatest": ["a", "b", "0"]}, "-1", "-2", "0.000"),
        ({"least": ["a", "b"]}, "-1", "-2", "-2.000"),
        ({"index": {"figure": "a", "base": "b"}}, "105", "100", "1.050"),
        ({"index": {"figure": "a", "base": "3"}}, "1", "0", "0.333"),
    ],
)
def test_derived_figures(formula, a, b, value):
    subject = contract({"fee": line({"fixed": "1"})}, PAIR | {"x": {"derived": formula, "digits": 3, "unit": "SEK"}})

    figure = settle(subject, a=a, b=b).figures[-1]

    assert (figure.id, figure.state, figure.value, figure.source) == ("x", "determined", value, "derived")


def test_a_derived_figure_is_computed_from_quantised_strings_and_quantised_once():
    figures = {
        "a": number(0),
        "third": {"derived": {"ratio": ["a", "3"]}, "digits": 2, "unit": "SEK"},
        "whole": {"derived": {"product": ["third", "3"]}, "digits": 4, "unit": "SEK"},
    }
    subject = contract({"fee": line({"fixed": "1"})}, figures)

    assert [figure.value for figure in settle(subject, a="1").figures] == ["1", "0.33", "0.9900"]


def test_a_quotient_that_does_not_exist_is_referred_and_never_zero():
    ratio = {"x": {"derived": {"ratio": ["a", "b"]}, "digits": 3, "unit": "SEK"}}
    index = {"x": {"derived": {"index": {"figure": "a", "base": "b"}}, "digits": 3, "unit": "SEK"}}
    pays = {"unit_price": {"price": "1", "figure": "x", "below_zero": "zero"}}

    settlement = settle(contract({"fee": line(pays)}, PAIR | ratio), a="1", b="0")
    assert (settlement.state, settlement.total) == ("referred", None)
    assert settlement.lines[0].reasons == (
        Text(
            sv="Kvoten x kan inte beräknas eftersom nämnaren är noll.",
            en="The ratio x cannot be computed because its denominator is zero.",
        ),
    )
    for a, b in (("1", "0"), ("1", "-1"), ("0", "1")):
        settlement = settle(contract({"fee": line(pays)}, PAIR | index), a=a, b=b)
        assert settlement.lines[0].reasons == (
            Text(
                sv="Index x kan inte beräknas eftersom indextalet eller dess bas inte är större än noll.",
                en="The index x cannot be computed because the index number or its base is not above zero.",
            ),
        )


def test_a_missing_operand_gives_its_own_reason_and_a_referred_one_decides():
    figures = PAIR | {
        "x": {"derived": {"sum": ["a", "b"]}, "digits": 2, "unit": "SEK"},
        "y": {"derived": {"sum": ["x", "1"]}, "digits": 2, "unit": "SEK"},
    }
    subject = contract({"fee": line({"fixed": "1"})}, figures)

    waiting = settle(subject, a=None, b="1").figures
    referred = settle(subject, a=None, b="refer").figures

    assert [(figure.state, figure.reason) for figure in waiting[2:]] == [("not_yet_determinable", WAIT)] * 2
    assert [(figure.state, figure.reason) for figure in referred[2:]] == [("referred", REFER)] * 2


def test_figures_must_be_those_the_contract_declares():
    subject = contract({"fee": line({"fixed": "1"})}, PAIR | {"x": _sum_of_a_and_b()})
    figures = given(subject, {"a": "1", "b": "2"})
    other = Figure(id="a", state="determined", value="1.0", unit="day", digits=1, source="attested")

    for wrong, sentence in (
        ({"a": figures["a"]}, "`figures` lacks 'b'; give it with its value or the reason why it has none."),
        (figures | {"z": other}, "`figures` must be figures of the contract; got 'z'."),
        (
            figures | {"a": other},
            "`figures` must have 'a' as the contract declares it: unit number, 2 digits, source attested.",
        ),
        (
            figures | {"x": Figure(id="x", state="determined", value="9", unit="SEK", digits=0, source="derived")},
            "`figures` gives 'x' another value than its operands do; leave it out.",
        ),
    ):
        with pytest.raises(ArgumentError) as error:
            settle_figures(subject, wrong)
        assert str(error.value) == sentence


def test_derived_figures_may_be_given_as_they_were_settled():
    subject = contract({"fee": line({"fixed": "1"})}, {"x": _sum_of_a_and_b()} | PAIR)
    figures = given(subject, {"a": "1", "b": "2"})

    complete = complete_figures(subject, figures)

    assert complete["x"].value == "3"
    assert complete_figures(subject, complete) == complete


def _sum_of_a_and_b():
    return {"derived": {"sum": ["a", "b"]}, "digits": 0, "unit": "SEK"}

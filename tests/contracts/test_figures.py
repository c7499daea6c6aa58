"""Figures: quantised once, derived from the strings, never zero for want of a value."""

from fractions import Fraction

import pytest
from contracts.builders import REFER, WAIT, contract, file, given, line, number, read, settle

from effekt._text import Text
from effekt.contracts import Figure, complete_figures, maximum_total, minimum_total, quantise, settle_figures
from effekt.exceptions import ArgumentError, ContractError

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
    assert str(error.value) == f"The value of figure 'x' must be a decimal with 2 decimals; got {value!a}."


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


def test_a_unit_is_one_text_or_one_in_each_language():
    both = {"sv": "hembesök", "en": "home visits"}
    terms = contract({"a": line({"fixed": "1"})}, {"x": number(0, "visits"), "y": number(0, both)}).model.figures
    assert (terms["x"].unit, terms["x"].printed_unit) == ("visits", "visits")
    assert (terms["y"].unit, terms["y"].printed_unit) == ("home visits", Text(**both))


@pytest.mark.parametrize("unit", ["yes/no", "yyyymmdd", "SEK"])
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_unit_that_says_how_a_value_is_written_is_one_text(unit, lang):
    with pytest.raises(ContractError) as error:
        contract({"a": line({"fixed": "1"})}, {"x": number(0, {"sv": "en", "en": "one"} | {lang: unit})})
    assert str(error.value) == (
        f"line 1: figures.x.unit must be one text, {unit}, for a figure in it, and not one in each language."
    )


@pytest.mark.parametrize("what", [{"line": "a"}, {"guarantee": "g"}, {"passed_to": "provider"}])
def test_what_a_figure_sums_of_earlier_certificates_is_kept_with_it(what):
    """Nothing would else hold it against them."""
    plain = file({"a": line({"fixed": "1"}, paid_each="certificate")}, {"x": number(2, "SEK") | {"paid_before": what}})
    plain["dates"]["certificates"] = ["2021-01-31", "2022-01-31"]
    plain["payment"]["waterfall"] = {"from": "provider", "steps": [{"to": {"provider": "1"}}]}
    terms = {"guarantor": "state", "beneficiary": "provider", "amount": "5", "share": "1"}
    plain["payment"]["guarantees"] = {"g": terms}
    assert read(plain).model.figures["x"].paid_before.model_dump(exclude_none=True) == what


def test_what_was_paid_before_sums_one_thing():
    terms = {"x": number(0) | {"paid_before": {"line": "a", "guarantee": "a"}}}
    with pytest.raises(ContractError, match="must have exactly one of the keys line, passed_to or guarantee; it has"):
        contract({"a": line({"fixed": "1"})}, terms)


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


# ------------------------------------------------------------------------------------------ what a figure declares


def _declared(**keys):
    """The contract of a figure x of an estimate, with `staff` for its units, that pays 100 kronor for each."""
    estimate = {"estimate": "leave", "view": "difference", "statistic": "estimate", "digits": 2, "unit": "day"}
    x = {key: value for key, value in (estimate | keys).items() if value is not None}
    pays = {"unit_price": {"price": "100", "figure": "x", "below_zero": "negative"}}
    plain = file({"fee": line(pays)}, {"x": x, "staff": number(0, "person")})
    plain["data"] = {"leave": {"path": "leave.csv", "decimal": "."}}
    call = {"method": "trend_adjusted", "data": "leave", "outcome": "y", "unit": "u", "time": "t", "period": "year"}
    plain["analysis"] = {"leave": call}
    return read(plain)


LOW = {"statistic": "confidence_low", "level": "0.95", "alternative": "greater", "on_unavailable": "refer"}
HIGH = LOW | {"statistic": "confidence_high", "alternative": "less"}
SURE = {"statistic": "confidence_at_least", "threshold": "0.12", "on_unavailable": "zero"}
CHANCE = {"statistic": "p_value", "on_unavailable": "refer"}
ERROR = {"statistic": "std_error", "on_unavailable": "refer"}
TOTAL = {"view": "total", "units": "staff"}
ZERO = {"payment_quantity": {"counts": "enrolled", "unmatched": "zero"}}
MATCHED = {"payment_quantity": {"counts": "matched", "unmatched": "zero"}}


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"level": "0.95"}, ".level has no meaning with statistic estimate; remove it."),
        (LOW | {"level": None}, " lacks the key level, which statistic confidence_low needs; add it."),
        (LOW | {"level": "1"}, '.level must be between 0 and 1, such as "0.95"; got 1.'),
        (LOW | {"level": "0"}, '.level must be between 0 and 1, such as "0.95"; got 0.'),
        ({"alternative": "less"}, ".alternative has no meaning with statistic estimate; remove it."),
        (HIGH | {"alternative": None}, " lacks the key alternative, which statistic confidence_high needs; add it."),
        (LOW | {"alternative": "less"}, ".alternative must be two-sided or greater for confidence_low to be finite"),
        (HIGH | {"alternative": "greater"}, ".alternative must be two-sided or less for confidence_high to be finite"),
        (CHANCE | {"threshold": "0"}, ".threshold has no meaning with statistic p_value; remove it."),
        (SURE | {"threshold": None}, " lacks the key threshold, which statistic confidence_at_least needs; add it."),
        (ERROR | {"null": "0"}, ".null has no meaning with statistic std_error; remove it."),
        ({"units": "staff"}, ".units has no meaning with view difference; remove it."),
        (TOTAL | {"units": None}, " lacks the key units, which view total needs; add it."),
        (ERROR | {"on_unavailable": None}, " lacks the key on_unavailable, which statistic std_error needs; add it."),
        (
            ERROR | {"without_inference": "pay"},
            ".without_inference has no meaning with statistic std_error; remove it.",
        ),
        ({"member": "2018", "combine": {"2018": "1"}}, ".combine cannot stand beside member; keep one of them."),
        (
            {"view": "ratio"} | ZERO,
            ".payment_quantity.unmatched must be refer or estimate for estimate of the view ratio, which has no value "
            "with some counted as zero; got zero.",
        ),
        (ERROR | ZERO, ".payment_quantity.unmatched must be refer or estimate for std_error of the view difference"),
        (
            TOTAL | {"units": "120"} | MATCHED,
            ".payment_quantity.counts must be enrolled where units is written in the file, since who is matched is "
            "known only after; got matched.",
        ),
    ],
)
def test_a_figure_of_an_estimate_that_cannot_be(keys, problem):
    with pytest.raises(ContractError) as error:
        _declared(**keys)
    assert f"figures.x{problem}" in str(error.value)


@pytest.mark.parametrize(
    "keys",
    [
        {"on_unavailable": "zero", "without_inference": "refer"},
        {"statistic": "treated_mean"},
        {"statistic": "counterfactual_mean", "on_unavailable": "refer"},
        CHANCE,
        CHANCE | {"null": "1.5", "alternative": "less"},
        LOW,
        LOW | {"level": "0.99", "alternative": "two-sided"},
        HIGH | {"level": "0.01"},
        HIGH | {"alternative": "two-sided"},
        SURE,
        TOTAL,
        TOTAL | {"units": "120"},
        {"member": "2018"},
        {"combine": {"2018": "1"}},
        ZERO,
        LOW | ZERO,
        {"view": "improvement"} | ZERO,
        TOTAL | ZERO,
        {"view": "ratio", "payment_quantity": {"counts": "enrolled", "unmatched": "refer"}},
        {"view": "ratio"} | MATCHED,
        TOTAL | MATCHED,
        TOTAL | {"units": "120"} | ZERO,
    ],
)
def test_a_figure_of_an_estimate_that_can_be(keys):
    x = _declared(**keys).model.figures["x"]
    assert {key for key in keys if getattr(x, key) is None} == set()


@pytest.mark.parametrize(
    ("keys", "analysis", "operands", "least", "most"),
    [
        ({}, None, (), None, None),
        ({"statistic": "treated_mean"}, None, (), None, None),
        (ERROR, "leave", (), None, None),
        (LOW, "leave", (), None, None),
        (CHANCE, "leave", (), "0.00", "100.00"),
        (SURE, "leave", (), "0.00", "100.00"),
        (TOTAL, None, ("staff",), None, None),
        (TOTAL | {"units": "120"}, None, (), None, None),
    ],
)
def test_what_a_figure_rests_on_and_between_what_it_is(keys, analysis, operands, least, most):
    subject = _declared(**keys)
    x = subject.model.figures["x"]
    assert (x.uncertain, x.operands()) == (analysis, operands)
    assert (minimum_total(subject), maximum_total(subject)) == (least, most)


@pytest.mark.parametrize(
    ("unit", "digits", "value", "problem"),
    [
        ("yes/no", 0, "0", ""),
        ("yes/no", 0, "1", ""),
        ("yes/no", 0, "0.5", 'must be "1" for yes or "0" for no; got "0.5".'),
        ("yyyymmdd", 0, "20240229", ""),
        ("yyyymmdd", 0, "20230229", 'must be a real date written yyyymmdd, such as "20220630"; got "20230229".'),
        ("yyyymmdd", 0, "202301011", 'must be a real date written yyyymmdd, such as "20220630"; got "202301011".'),
        ("SEK", 2, "-0.05", ""),
        ("SEK", 2, "0.050", ""),
        ("SEK", 2, "0.051", 'must have at most 2 decimals; got "0.051".'),
    ],
)
def test_what_can_be_attested_of_a_figure(unit, digits, value, problem):
    assert (
        contract({"fee": line({"fixed": "1"})}, {"x": number(digits, unit)}).model.figures["x"].problem(value)
        == problem
    )


@pytest.mark.parametrize("unit", ["yes/no", "yyyymmdd"])
def test_an_answer_and_a_date_have_no_decimals(unit):
    with pytest.raises(ContractError) as error:
        contract({"fee": line({"fixed": "1"})}, {"x": number(1, unit)})
    assert str(error.value).endswith(f"figures.x.digits must be 0 for a figure in {unit}; got 1.")


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ({"mix": [["0", "a"], ["1", "b"]]}, None),
        ({"mix": [["-0.5", "a"], ["1.5", "b"]]}, "must have weights of at least 0 that sum to exactly 1."),
        ({"mix": [["0.5", "a"], ["0.4", "b"]]}, "must have weights of at least 0 that sum to exactly 1."),
        ({"index": {"figure": "a", "base": "0.5"}}, None),
        ({"index": {"figure": "a", "base": "0"}}, "must be above 0; got 0."),
        ({"index": {"figure": "a", "base": "b"}}, None),
        ({"ratio": ["a", "0.5"]}, None),
        ({"ratio": ["0", "a"]}, None),
        ({"ratio": ["a", "0.0"]}, "must not be zero, since it divides."),
    ],
)
def test_ways_to_compute_a_figure_that_can_be_and_cannot(formula, problem):
    figures = PAIR | {"x": {"derived": formula, "digits": 3, "unit": "SEK"}}
    if problem is None:
        assert contract({"fee": line({"fixed": "1"})}, figures).model.figures["x"].operands()
        return
    with pytest.raises(ContractError, match=problem):
        contract({"fee": line({"fixed": "1"})}, figures)


def test_a_derived_answer_is_yes_or_no_whatever_it_is_the_least_of():
    pays = {"unit_price": {"price": "100", "figure": "x", "below_zero": "negative"}}
    least = {"derived": {"least": ["a", "5"]}, "digits": 0, "unit": "yes/no"}
    subject = contract({"fee": line(pays)}, PAIR | {"x": least})
    assert (minimum_total(subject), maximum_total(subject)) == ("0.00", "100.00")

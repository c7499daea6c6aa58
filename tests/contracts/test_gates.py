"""Conditions, caps and floors, place by place: what each comparison, bound and word is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.builders import contract, given, line, number, paid, settle

from effekt.contracts import complete_figures, line_terms, settle_figures
from effekt.contracts.gates import within
from effekt.exceptions import ArgumentError, ContractError

FIGURES = {"x": number(2), "y": number(2), "yes": number(0, "yes/no"), "day": number(0, "yyyymmdd")}
FIXED = {"fixed": "100"}
ONE, TWO = Fraction(1), Fraction(2)


def met(when, **values):
    """Whether a condition is met; None where it is undecided."""
    subject = contract({"fee": line(FIXED, when=when)}, FIGURES, quantum="1")
    known = {"x": None, "y": None, "yes": None, "day": None} | values
    return {"100": True, "0": False, None: None}[settle(subject, **known).lines[0].amount]


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("ge", False, True, True),
        ("gt", False, False, True),
        ("le", True, True, False),
        ("lt", True, False, False),
        ("eq", False, True, False),
    ],
)
def test_each_comparison_below_at_and_above(operator, below, at, above):
    for value, holds in (("0.11", below), ("0.12", at), ("0.13", above)):
        assert met({"figure": "x", operator: "0.12"}, x=value) is holds
        assert met({"figure": "x", operator: "y"}, x=value, y="0.12") is holds
        assert met({"not": {"figure": "x", operator: "0.12"}}, x=value) is not holds
    assert met({"figure": "x", operator: "0.12"}) is None
    assert met({"figure": "x", operator: "y"}, x="1") is None
    assert met({"figure": "x", operator: "y"}, y="1") is None
    assert met({"not": {"figure": "x", operator: "0.12"}}) is None


def test_one_arm_decides_whatever_the_undecided_arms_would_say():
    low, high = {"figure": "x", "lt": "1"}, {"figure": "y", "ge": "1"}
    assert met({"all": [low, high]}, x="2") is False
    assert met({"all": [low, high]}, x="0") is None
    assert met({"all": [low, high]}, x="0", y="1") is True
    assert met({"any": [low, high]}, x="0") is True
    assert met({"any": [low, high]}, x="2") is None
    assert met({"any": [low, high]}, x="2", y="0") is False
    assert met({"not": {"any": [low, high]}}, x="2", y="0") is True


@pytest.mark.parametrize(
    ("bounds", "floor", "cap", "expected"),
    [
        ((None, None), None, None, (None, None)),
        ((ONE, TWO), None, None, (ONE, TWO)),
        ((ONE, TWO), None, Fraction(3, 2), (ONE, Fraction(3, 2))),
        ((ONE, TWO), None, Fraction(1, 2), (Fraction(1, 2), Fraction(1, 2))),
        ((ONE, None), None, TWO, (ONE, TWO)),
        ((None, TWO), None, ONE, (None, ONE)),
        ((None, None), None, ONE, (None, ONE)),
        ((ONE, TWO), Fraction(3, 2), None, (Fraction(3, 2), TWO)),
        ((ONE, TWO), Fraction(3), None, (Fraction(3), Fraction(3))),
        ((None, TWO), ONE, None, (ONE, TWO)),
        ((ONE, None), TWO, None, (TWO, None)),
        ((None, None), ONE, TWO, (ONE, TWO)),
    ],
)
def test_the_bounds_of_what_is_capped_and_then_floored(bounds, floor, cap, expected):
    assert within(bounds, floor, cap) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, (Fraction(100), Fraction(100))),
        ({"when": {"figure": "x", "ge": "0"}}, (Fraction(0), Fraction(100))),
        ({"floor": "200", "when": {"figure": "x", "ge": "0"}}, (Fraction(0), Fraction(200))),
    ],
)
def test_a_condition_that_may_fail_brings_zero_within_the_bounds(limits, expected):
    subject = contract({"fee": line(FIXED, **limits)}, FIGURES, quantum="1")
    assert subject.model.payment.lines["fee"].limit_bounds((Fraction(100), Fraction(100))) == expected


def test_a_condition_brings_zero_within_bounds_below_it_and_leaves_open_ends():
    (fee,) = contract({"fee": line(FIXED, when={"figure": "x", "ge": "0"})}, FIGURES).model.payment.lines.values()
    assert fee.limit_bounds((Fraction(-5), Fraction(-2))) == (Fraction(-5), Fraction(0))
    assert fee.limit_bounds((Fraction(2), Fraction(5))) == (Fraction(0), Fraction(5))
    assert fee.limit_bounds((None, None)) == (None, None)


def test_a_cap_of_zero_is_one_and_one_below_is_none():
    assert paid(FIXED, cap="0") == "0.00"
    assert paid(FIXED, cap="0.01") == "0.01"
    with pytest.raises(ContractError, match=r"cap must be 0 or more; got -0\.01\."):
        paid(FIXED, cap="-0.01")
    with pytest.raises(ContractError, match="cap must be at least the floor, 2; got 1"):
        paid(FIXED, cap="1", floor="2")
    assert paid(FIXED, cap="2", floor="2") == "2.00"


def test_a_limit_is_a_multiple_of_the_quantum():
    with pytest.raises(ContractError, match=r"must be a whole multiple of payment\.quantum, 10; got 15"):
        paid(FIXED, quantum="10", cap="15")
    assert paid(FIXED, quantum="10", cap="20") == "20"


def _spaced(text):
    return text.replace("\u00a0", " ")


def steps(limits, quantum="1", **values):
    subject = contract({"fee": line(FIXED, **limits)}, FIGURES, quantum=quantum)
    known = {"x": "0", "y": "0", "yes": "1", "day": "20220630"} | values
    return [(step.rule, _spaced(step.sv), _spaced(step.en)) for step in settle(subject, **known).lines[0].steps]


def test_caps_and_floors_say_what_they_did():
    told = {rule: (sv, en) for rule, sv, en in steps({"cap": "60", "floor": "0"})}
    assert told["cap"] == (
        "Beloppet 100 kr sänks till taket 60 kr.",
        "The amount SEK 100 is lowered to the cap of SEK 60.",
    )
    assert told["floor"] == ("Beloppet 60 kr når golvet 0 kr.", "The amount SEK 60 reaches the floor of SEK 0.")
    told = {rule: (sv, en) for rule, sv, en in steps({"cap": "100", "floor": "100"})}
    assert told["cap"][1] == "The amount SEK 100 is within the cap of SEK 100."
    told = {rule: (sv, en) for rule, sv, en in steps({"floor": "150"})}
    assert told["floor"] == (
        "Beloppet 100 kr höjs till golvet 150 kr.",
        "The amount SEK 100 is raised to the floor of SEK 150.",
    )


def test_conditions_read_as_a_contract_reads():
    both = {"all": [{"figure": "x", "ge": "0.5"}, {"any": [{"figure": "yes", "eq": "1"}, {"figure": "y", "lt": "2"}]}]}
    (rule, sv, en), *_ = steps({"when": both}, x="1")
    assert rule == "when"
    assert "x är minst 0,5 och (svaret på yes är ja eller y är mindre än 2)" in sv
    assert "x is at least 0.5 and (the answer to yes is yes or y is below 2)" in en
    (_, sv, en), *_ = steps({"when": {"not": {"figure": "day", "gt": "20220629"}}})
    assert "det inte gäller att day är större än 2022-06-29" in sv
    assert "it is not the case that day is above 2022-06-29" in en
    assert en.endswith("the amount is therefore SEK 0.")
    (_, _, en), *_ = steps({"when": {"figure": "day", "gt": "20221399"}})  # no date: told as the number it is
    assert "day is above 20,221,399" in en


def test_the_terms_of_an_amount_stand_in_brackets_where_they_hold_a_comma():
    def term(pays, **limits):
        subject = contract({"fee": line(pays, **limits)}, FIGURES, quantum="1")
        return _spaced(line_terms(subject)["fee"].en)

    inner = {"greater_of": [{"fixed": "1"}, {"fixed": "2"}]}
    assert "[" not in term(inner)
    assert "[" in term(inner, cap="3")
    plain = term(FIXED, cap="60", floor="0", when={"figure": "x", "ge": "0"})
    assert "[" not in plain
    assert ", at most SEK 60, at least SEK 0, if x is at least 0, otherwise SEK 0" in plain


def test_figures_that_do_not_fit_the_contract_are_refused():
    subject = contract(
        {"fee": line(FIXED)}, FIGURES | {"sum": {"derived": {"sum": ["x", "y"]}, "digits": 2, "unit": "n"}}
    )
    figures = given(subject, {"x": "1", "y": "2", "yes": "1", "day": "20220630"})
    whole = complete_figures(subject, figures)
    assert complete_figures(subject, whole) == whole
    with pytest.raises(ArgumentError, match="`figures` gives 'sum' another value than its operands do; leave it out"):
        complete_figures(subject, whole | {"sum": whole["x"]})
    with pytest.raises(ArgumentError, match="`figures` lacks 'y'; give it with its value or the reason"):
        complete_figures(subject, {id: figure for id, figure in figures.items() if id != "y"})
    with pytest.raises(ArgumentError, match="`figures` must be figures of the contract; got 'z'") as refused:
        complete_figures(subject, figures | {"z": figures["x"], "w": figures["x"]})
    assert refused.value.sv == "`figures` måste vara siffror i avtalet; angavs 'z'."
    for other in ("y", "yes"):
        with pytest.raises(ArgumentError, match="`figures` must have 'x' as the contract declares it: unit number, 2"):
            settle_figures(subject, figures | {"x": figures[other]})


@pytest.mark.parametrize(("due", "before", "next_time"), [("100", "40", "100"), ("0", "0", "0"), ("30", "0", "30")])
def test_what_the_next_settlement_has_as_paid_before(due, before, next_time):
    pays = {"unit_price": {"figure": "x", "price": "1", "below_zero": "zero"}}
    subject = contract({"fee": line(pays, true_up={"paid": before, "below_zero": "floor"})}, FIGURES, quantum="1")
    (fee,) = settle(subject, x=due, y="0", yes="1", day="20220630").lines
    assert next(step.value for step in fee.steps if step.rule == "paid_to_date") == next_time

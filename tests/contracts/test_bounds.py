"""The least and the most of a contract with floors and caps of some lines hold whatever the figures turn out to be."""

import itertools
import random
from fractions import Fraction

import pytest
from contracts.builders import file, given, line, number, read, settle
from contracts.random_contracts import random_contract, random_values
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from effekt.contracts import guarantee_maxima, maximum, maximum_total, minimum_total, settle_figures
from effekt.contracts.events import Contaminated, Ended
from effekt.contracts.happened import Events
from effekt.contracts.liability import most_of

NAMES = ("a", "b", "c")
VALUES = ("0", "1")


def _contract(figures="abc", termination=None, **payment):
    """Lines that pay 0 or 100 by a yes or no of the same name, or 60."""
    clauses = {
        name: {"unit_price": {"price": "100", "figure": name, "below_zero": "zero"}}
        if name in figures
        else {"fixed": "60"}
        for name in NAMES
    }
    plain = file(
        {name: line(clause) for name, clause in clauses.items()}, {name: number(0, "yes/no") for name in NAMES}
    )
    plain["payment"] |= payment
    if termination is not None:
        plain["termination"] = termination
    return read(plain)


def _floor(amount, lines="ab", raises="a"):
    return {"floors": {"year": {"lines": list(lines), "amount": amount, "raises": raises}}}


def _caps(amount, lines="bc"):
    return {"caps": {"group": {"lines": list(lines), "amount": amount, "reduces": "last_line_first"}}}


# the most is on the safe side: the raised line and those beside it are taken at their greatest together
TERMS = [
    (_floor("250"), "abc", "250.00", "450.00"),
    (_floor("250"), "a", "310.00", "310.00"),  # b and c pay 60 each
    (_floor("90", "abc", "c"), "ab", "90.00", "290.00"),
    (_floor("250") | _caps("50"), "abc", "250.00", "300.00"),  # the cap on b and c leaves b nothing
    (_floor("250") | _caps("50"), "a", "250.00", "300.00"),
    (_floor("90") | _caps("120", "ab"), "abc", "90.00", "220.00"),
    (_floor("150") | {"cap": {"amount": "200", "reduces": "pro_rata"}}, "abc", "150.00", "200.00"),
    (_floor("150") | {"floor": {"amount": "180", "raises": "c"}}, "abc", "180.00", "350.00"),
]


@pytest.mark.parametrize(("payment", "figures", "least", "most"), TERMS)
def test_the_least_and_the_most_with_floors_of_some_lines(payment, figures, least, most):
    subject = _contract(figures, **payment)
    assert (minimum_total(subject), maximum_total(subject)) == (least, most)


@pytest.mark.parametrize(("payment", "figures"), [(payment, figures) for payment, figures, *_ in TERMS])
def test_no_settlement_pays_less_or_more(payment, figures):
    subject = _contract(figures, **payment)
    low, high, each = minimum_total(subject), maximum_total(subject), maximum(subject)
    for values in itertools.product(VALUES, repeat=3):
        settled = settle(subject, **dict(zip(NAMES, values, strict=True)))
        assert Fraction(low) <= Fraction(settled.total) <= Fraction(high)
        assert all(Fraction(one.amount) <= Fraction(each[one.id]) for one in settled.lines)


EVENT = {"sv": "x", "en": "x"}
# a pays 0 or 100, b and c pay 60 each: 120 if nothing ends the contract
ENDINGS = [
    ({"then": "pay_nothing_more"}, {}, "0.00"),
    ({"then": "pay_nothing_more", "lines": {"b": "in_full"}}, {}, "60.00"),
    ({"then": "pay_nothing_more", "lines": {"b": "in_full", "c": "in_full"}}, {}, "120.00"),
    ({"then": "refer"}, {}, "0.00"),  # the parties may agree on nothing
    (
        {"then": "pay_on_closed_cohorts", "closes": {"a": "2099-01-01", "b": "2099-01-01", "c": "1990-01-01"}},
        {},
        "60.00",
    ),
    ({"then": "pay_to_date", "period": {"from": "2030-01-01", "to": "2030-12-31"}}, {}, "0.00"),
    ({"then": "pay_nothing_more", "floor": "applies"}, _floor("90"), "90.00"),
    ({"then": "pay_nothing_more", "floor": "lapses"}, _floor("90"), "0.00"),
    ({"then": "pay_nothing_more"}, _floor("90"), "0.00"),  # whether it applies is for the parties
    ({"then": "pay_nothing_more", "floor": "applies"}, {"floor": {"amount": "30", "raises": "a"}}, "30.00"),
]


@pytest.mark.parametrize(("clause", "payment", "least"), ENDINGS)
def test_the_least_counts_what_an_ending_takes(clause, payment, least):
    """As little as some settlement pays, with the ending declared on the day of signing or never; none pays less."""
    subject = _contract("a", termination={"m": {"event": EVENT} | clause}, **payment)
    assert minimum_total(subject) == least
    ended = Events(ended=Ended(clause="m", date=subject.model.dates.signed, why=EVENT))
    settled = [
        settle_figures(subject, given(subject, {"a": value, "b": "0", "c": "0"}), events=events)
        for value in VALUES
        for events in (None, ended)
    ]
    paid = [Fraction(one.total) for one in settled if one.total is not None]
    assert all(Fraction(least) <= one for one in paid)
    assert min(paid) == Fraction(least) or len(paid) < len(settled)


def test_the_least_of_several_endings_is_that_of_one_and_not_of_all_together():
    """The one takes b and the other takes c: 60 is left of 120 by either."""
    takes = {id: {"event": EVENT, "then": "pay_nothing_more", "lines": {kept: "in_full"}} for id, kept in ("xb", "yc")}
    assert minimum_total(_contract("a", termination=takes)) == "60.00"


def test_a_contract_that_pays_back_may_owe_as_much_when_it_ends():
    plain = file({"a": line({"fixed": "-50"}), "b": line({"fixed": "80"})}, {})
    plain["termination"] = {"m": {"event": EVENT, "then": "pay_nothing_more"}}
    assert minimum_total(read(plain)) == "-50.00"


@pytest.mark.parametrize(
    ("clause", "most"),
    [
        (None, "40.00"),
        ({"guarantees": "applies"}, "100.00"),
        ({}, "100.00"),  # whether it holds is for the parties
        ({"guarantees": "lapses"}, "40.00"),  # then the guarantor pays nothing
        ({"guarantees": "lapses", "lines": {"a": "refer"}}, "100.00"),  # what a comes to is for the parties
        ({"guarantees": "applies", "lines": {"a": "in_full"}}, "40.00"),
    ],
)
def test_the_guarantors_most_counts_an_ending_unless_the_guarantee_lapses_with_it(clause, most):
    """Of 100 guaranteed the line gives 60, which the ending takes."""
    plain = file({"a": line({"fixed": "60"})}, {})
    plain["parties"]["g"] = {"role": "guarantor", "name": "G"}
    payee = plain["payment"]["lines"]["a"]["payee"]
    plain["payment"]["guarantees"] = {"loss": {"guarantor": "g", "beneficiary": payee, "amount": "100", "share": "1"}}
    if clause is not None:
        plain["termination"] = {"m": {"event": EVENT, "then": "pay_nothing_more"} | clause}
    assert guarantee_maxima(read(plain)) == {"loss": most}


SPOILT = {"event": EVENT, "then": "pay_nothing_more", "guarantees": "applies", "floor": "applies"}


@pytest.mark.parametrize(
    ("clause", "spoils", "most"),
    [
        ({"floor": "lapses", "guarantees": "lapses"}, False, "10.00"),  # which the floor leaves; without it, nothing
        # the ending takes nothing, and the comparison all
        ({"floor": "lapses", "guarantees": "lapses", "lines": {"a": "in_full"}}, True, "100.00"),
        ({"floor": "lapses", "guarantees": "applies"}, False, "100.00"),
        ({"floor": "applies", "guarantees": "applies"}, False, "10.00"),
        ({"guarantees": "lapses"}, False, "100.00"),  # whether the floor applies is for the parties
        ({"floor": "lapses", "guarantees": "lapses", "lines": {"a": "refer"}}, False, "100.00"),
    ],
)
def test_the_guarantors_most_counts_a_floor_that_lapses_only_where_the_guarantee_does_not_lapse_too(
    clause, spoils, most
):
    """Of 100 guaranteed the line gives 60 or nothing, which the floor raises to 90; every most but the last is paid."""
    plain = file(
        {"a": line({"unit_price": {"price": "60", "figure": "n", "below_zero": "zero"}})}, {"n": number(0, "people")}
    )
    plain["parties"]["g"] = {"role": "guarantor", "name": "G"}
    payee = plain["payment"]["lines"]["a"]["payee"]
    plain["payment"]["guarantees"] = {"loss": {"guarantor": "g", "beneficiary": payee, "amount": "100", "share": "1"}}
    plain["payment"]["floor"] = {"amount": "90", "raises": "a"}
    plain["termination"] = {"m": {"event": EVENT, "then": "pay_nothing_more"} | clause}
    if spoils:
        plain["termination"]["s"] = SPOILT
        plain = _counted(plain)
    subject = read(plain)
    assert guarantee_maxima(subject) == {"loss": most}
    ended = Ended(clause="m", date="2020-06-30", why=EVENT)
    spoilt = (Contaminated(clause="s", analysis=("work",), date="2020-06-30", why=EVENT),) if spoils else ()
    paid = [
        settle_figures(subject, given(subject, {"n": value}), events=events).guarantees[0].amount
        for value in ("0", "1", "2")
        for events in (None, Events(ended=ended), Events(ended=ended, contaminated=spoilt))
    ]
    known = [Fraction(one) for one in paid if one is not None]
    assert max(known) <= Fraction(most)
    assert max(known) == Fraction(most) or len(known) < len(paid)


def _counted(plain):
    """The figure counted by an analysis whose comparison can be contaminated."""
    count = {"method": "outcome_count", "unit": "person", "statistic": "count", "at_least": 1, "missing": "raise"}
    count |= {"outcome": {"column": "worked", "unit": "people", "better": "higher"}}
    plain["data"] = {"people": {"path": "people.csv"}}
    plain["analysis"] = {"work": count | {"data": "people"}}
    plain["figures"]["n"] = {"measure": "work", "digits": 0, "unit": "people"}
    return plain


@pytest.mark.parametrize(
    ("derived", "low", "high"),
    [
        ({"least": ["x", "5"]}, None, "500.00"),
        ({"greatest": ["x", "5"]}, "500.00", None),
        ({"least": ["flag", "5"]}, "0.00", "100.00"),
        ({"greatest": ["flag", "-5"]}, "0.00", "100.00"),
        ({"least": ["x", "other"]}, None, None),
        ({"least": ["inner", "7"]}, None, "300.00"),  # inner is the least of x and 3
        ({"greatest": ["inner", "-1"]}, "-100.00", "300.00"),
        ({"least": ["x", "2.6"]}, None, "300.00"),  # the figure itself has no decimals
        ({"sum": ["x", "5"]}, None, None),
    ],
)
def test_the_least_of_several_is_no_more_than_any_and_the_greatest_no_less(derived, low, high):
    figures = {"x": number(0, "people"), "other": number(0, "people"), "flag": number(0, "yes/no")}
    figures |= {
        "inner": {"derived": {"least": ["x", "3"]}, "digits": 0, "unit": "people"},
        "n": {"derived": derived, "digits": 0, "unit": "people"},
    }
    pays = {"unit_price": {"price": "100", "figure": "n", "below_zero": "negative"}}
    subject = read(file({"a": line(pays)}, figures))
    assert (minimum_total(subject), maximum_total(subject)) == (low, high)
    for x, flag in itertools.product(("-9", "0", "4", "9"), VALUES):
        paid = Fraction(settle(subject, x=x, other=x, flag=flag).total)
        assert low is None or Fraction(low) <= paid
        assert high is None or paid <= Fraction(high)


def test_a_guarantee_of_the_least_of_a_figure_and_an_amount_is_bounded_by_the_amount():
    figures = {
        "x": number(0, "SEK"),
        "promised": {"derived": {"least": ["x", "1500"]}, "digits": 0, "unit": "SEK"},
    }
    plain = file({"a": line({"fixed": "0"})}, figures)
    plain["parties"]["g"] = {"role": "guarantor", "name": "G"}
    payee = plain["payment"]["lines"]["a"]["payee"]
    terms = {"guarantor": "g", "beneficiary": payee, "amount": "promised", "share": "1"}
    plain["payment"]["guarantees"] = {"loss": terms}
    assert guarantee_maxima(read(plain)) == {"loss": "1500.00"}


def _paid_back(caps, **more):
    """A line of which what was paid too much is paid back, without an end; one of at most 50; one of −30 at least."""
    due = line({"unit_price": {"price": "100", "figure": "a", "below_zero": "zero"}})
    lines = {
        "a": due | {"true_up": {"paid": "x", "below_zero": "clawback"}},
        "b": line({"fixed": "60"}, cap="50"),
        "c": line({"unit_price": {"price": "10", "figure": "b", "below_zero": "negative"}}, floor="-30"),
    }
    plain = file(lines, {"a": number(0), "b": number(0), "x": number(0, "SEK")})
    plain["payment"] |= caps | more
    return read(plain)


CAP = {"cap": {"amount": "200", "reduces": "pro_rata"}}


@pytest.mark.parametrize(
    ("terms", "lines", "most"),
    [
        ({}, "a", None),
        (CAP, "abc", 200),
        (CAP, "ab", 230),  # c takes 30 from all, which leaves so much more
        (CAP, "a", 230),
        (CAP, "b", 50),
        (CAP, "bc", None),  # of a as much may be paid back as c pays
        (_caps("70", "ab"), "ab", 70),
        (_caps("70", "ab"), "a", 70),
        (_caps("70", "ac"), "ab", 150),
        (_caps("70", "bc"), "ab", None),
        (_caps("70", "ab") | {"floor": {"amount": "500", "raises": "c"}}, "ab", 70),  # what the floor adds goes to c
        (_caps("70", "ab") | {"floor": {"amount": "500", "raises": "c"}}, "b", 50),
        (_caps("70", "ac") | {"floor": {"amount": "500", "raises": "b"}}, "b", None),  # raised by what a pays back
    ],
)
def test_a_cap_bounds_lines_that_nothing_else_bounds(terms, lines, most):
    contract = _paid_back(terms)
    assert most_of(lines, contract) == most
    for counted, paid in itertools.product(("0", "1", "9"), ("0", "100", "900")):
        for few in ("-9", "0", "9"):
            settled = {one.id: Fraction(one.amount) for one in settle(contract, a=counted, b=few, x=paid).lines}
            assert most is None or sum(settled[id] for id in lines) <= most


@settings(derandomize=True, deadline=None, max_examples=40)
@forall(st.integers(0, 10**9).map(random.Random))
def test_no_lines_of_any_contract_pay_more_together(rng):
    contract = read(random_contract(rng))
    for _ in range(4):
        paid = {one.id: one.amount for one in settle_figures(contract, given(contract, random_values(rng))).lines}
        some = [id for id, amount in paid.items() if amount is not None and rng.random() < 0.6]
        most = most_of(some, contract)
        assert most is None or sum(Fraction(paid[id]) for id in some) <= most

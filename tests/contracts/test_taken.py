"""A guarantee lapses, or is referred, where an event takes something of a line: less is paid of it than without it."""

import random
from fractions import Fraction as F

import pytest
from contracts.builders import estimated, file, given, line, number, read
from contracts.random_contracts import random_contract, random_values
from contracts.second_route import same_by_both
from contracts.test_events import DISPUTES, PERIOD, STOP, WHY, disputed, ended

from effekt.contracts import Events, settle_figures
from effekt.contracts.events import Contaminated

LAPSES = {"then": "pay_nothing_more", "guarantees": "lapses"}
PRICE = {"unit_price": {"figure": "a", "price": "100.5", "below_zero": "negative"}}
LINES = {
    "a": line(PRICE),
    "b": line({"unit_price": {"figure": "b", "price": "10", "below_zero": "zero"}}, payee="region"),
}


def _terms(clause, lines=LINES, **payment):
    """The state guarantees the provider half of what is lacking of 5 000, at most 1 000."""
    terms = file(lines, {"a": number(0), "b": number(0)}, quantum="1") | {"disputes": DISPUTES}
    backed = {"guarantor": "state", "beneficiary": "provider", "amount": "5000", "share": "0.5", "cap": "1000"}
    terms["payment"] |= {"guarantees": {"capital": backed}} | payment
    terms["termination"] = {"stop": STOP | clause}
    return terms


def _guarantee(terms, a, b, events, **plain):
    subject, values = read(terms), {"a": a, "b": b}
    settlement = settle_figures(subject, given(subject, values), events)
    happened = plain | ({"disputed": events.open_disputes} if events.disputed else {})
    happened |= {} if events.ended is None else {"ended": {"clause": "stop", "date": events.ended.date}}
    told = same_by_both(terms, values, settlement, happened)
    return settlement.guarantees[0], told


@pytest.mark.parametrize(
    ("clause", "a", "b", "expected"),
    [
        ({}, "10", "5", "0"),
        ({}, "0", "5", "0"),  # the other line loses 50
        ({}, "0", "0", "1000"),  # nothing was due on either
        ({}, "-10", "0", "1000"),  # what is to be paid back still is
        ({}, "-10", "1", "0"),
        ({"lines": {"a": "in_full"}}, "10", "0", "1000"),
        ({"lines": {"a": "in_full"}}, "10", "1", "0"),
        ({"lines": {"a": "in_full", "b": "to_date"}, "period": PERIOD}, "10", "5", "0"),
        ({"lines": {"a": "in_full", "b": "to_date"}, "period": PERIOD}, "10", "0", "1000"),
        ({"lines": {"a": "refer", "b": "in_full"}}, "10", "5", None),
    ],
)
def test_guarantees_lapse_only_where_the_ending_takes_something_of_a_line(clause, a, b, expected):
    guarantee, _ = _guarantee(_terms(LAPSES | clause), a, b, ended())
    assert guarantee.amount == expected
    assert guarantee.state == {"0": "zero_by_terms", None: "referred"}.get(expected, "payable")
    lapsed = [step.sv for step in guarantee.steps if "faller bort" in step.sv]
    assert bool(lapsed) == (expected == "0")
    assert not lapsed or lapsed[0].startswith(
        "Garantin faller bort, eftersom avtalet upphörde 2020-06-30 (orsak: kommunen slås samman) och upphörandet tar "
        f"något av {'raderna a och b' if (a, b) == ('10', '5') and 'lines' not in clause else 'raden b'}."
    )


CAP = {"cap": {"amount": "1005", "reduces": "last_line_first"}}
FLOOR = {"floor": {"amount": "2000", "raises": "a"}}


@pytest.mark.parametrize(
    ("payment", "clause", "expected"),
    [
        (CAP, {"lines": {"a": "in_full"}}, "1000"),  # the cap had left nothing of b
        (CAP | {"cap": {"amount": "1025", "reduces": "last_line_first"}}, {"lines": {"a": "in_full"}}, "0"),
        (FLOOR, {"floor": "applies", "lines": {"b": "in_full"}}, "1000"),  # the floor gives a what the ending took
        (FLOOR, {"floor": "lapses", "lines": {"a": "in_full", "b": "in_full"}}, "0"),  # it took what the floor gave a
    ],
)
def test_what_holds_between_lines_decides_what_the_ending_takes(payment, clause, expected):
    guarantee, told = _guarantee(_terms(LAPSES | clause, **payment), "10", "5", ended())
    assert guarantee.amount == expected
    assert not told["unsure"]


@pytest.mark.parametrize(
    ("a", "b", "state", "missing"),
    [
        ("10", None, "not_yet_determinable", ("b",)),
        ("10", "refer", "referred", ("b",)),
        ("10", "0", "payable", ()),
        ("60", None, "zero_by_terms", ()),  # nothing is lacking, whether it lapses or not
    ],
)
def test_a_guarantee_waits_while_it_is_not_known_whether_something_is_taken(a, b, state, missing):
    guarantee, _ = _guarantee(_terms(LAPSES | {"lines": {"a": "in_full"}}), a, b, ended())
    assert (guarantee.state, guarantee.missing) == (state, missing)
    if missing:
        assert guarantee.amount is None
        assert guarantee.reasons[0].sv == (
            "Det är inte känt om något tas av raden b när avtalet upphörde 2020-06-30 (orsak: kommunen slås samman)."
        )


def test_a_line_that_certainly_loses_has_guarantees_lapse_though_another_is_not_known():
    lines = LINES | {"b": LINES["b"] | {"floor": "7"}}
    assert _guarantee(_terms(LAPSES, lines=lines), "1", None, ended())[0].amount == "0"
    alone = _terms(LAPSES | {"lines": {"a": "in_full"}}, lines=lines)
    assert _guarantee(alone, "1", None, ended())[0].amount == "0"  # at least 7 are due on b
    alone = _terms(LAPSES | {"lines": {"a": "in_full"}}, lines=LINES | {"b": LINES["b"] | {"cap": "0"}})
    assert _guarantee(alone, "1", None, ended())[0].amount == "1000"  # nothing can be


def test_of_a_part_of_an_unknown_line_it_is_not_known_whether_something_is_taken():
    clause = LAPSES | {"lines": {"a": "in_full", "b": "to_date"}, "period": PERIOD}
    assert _guarantee(_terms(clause), "1", None, ended())[0].state == "not_yet_determinable"
    assert _guarantee(_terms(clause), "1", None, ended("2021-12-31"))[0].state == "payable"  # all of it


@pytest.mark.parametrize(
    ("b", "admits", "expected"), [("5", "0", None), ("5", "3", "0"), ("0", "0", "1000"), ("5", "none", None)]
)
def test_a_dispute_of_what_was_due_leaves_the_guarantee_open(b, admits, expected):
    events = Events(ended=ended().ended, disputed=disputed(municipality={"b": admits}).disputed)
    guarantee, _ = _guarantee(_terms(LAPSES | {"lines": {"a": "in_full"}}), "10", b, events)
    assert (guarantee.amount, guarantee.state) == (
        expected,
        {None: "referred", "0": "zero_by_terms", "1000": "payable"}[expected],
    )


@pytest.mark.parametrize("word", ["lapses", None])
@pytest.mark.parametrize("a", ["10", "0"])
def test_a_contaminated_comparison_refers_the_guarantee_of_a_line_it_takes_something_of(word, a):
    """In the annex' words where the clause says what becomes of guarantees when the contract ends."""
    clause = {"then": "pay_nothing_more"} | ({} if word is None else {"guarantees": word})
    terms = estimated(_terms(clause), a="first")
    spoilt = Contaminated(clause="stop", analysis=("first",), date="2020-01-31", why=WHY)
    plain = {"contaminated": [{"clause": "stop", "date": "2020-01-31", "analysis": ["first"]}]}
    guarantee, _ = _guarantee(terms, a, "5", Events(contaminated=(spoilt,)), **plain)
    said = {
        None: "Avtalet anger inte om garantin gäller när jämförelsen är störd från 2020-01-31 (orsak: kommunen slås "
        "samman).",
        "lapses": "Jämförelsen är störd från 2020-01-31 (orsak: kommunen slås samman), vilket tar något av raden a; "
        "enligt avtalet hänskjuts då dess garanti till parterna.",
    }[word]
    assert [one.sv for one in guarantee.reasons] == ([said] if a == "10" else [])
    assert guarantee.amount == (None if a == "10" else "1000")


def test_random_guarantees_lapse_just_where_a_line_is_paid_less_than_without_the_ending():
    lapsed = held = 0
    for draw in range(400):
        rng = random.Random(f"taken {draw}")
        terms = random_contract(rng)
        pay = terms["payment"]
        if "guarantees" not in pay:
            continue
        rules = ("in_full", "nothing") if rng.random() < 0.5 else ("in_full", "in_full", "in_full", "nothing")
        clause = {"then": "pay_nothing_more", "lines": {id: rng.choice(rules) for id in pay["lines"]}}
        clause |= {"floor": rng.choice(("applies", "lapses"))} if {"floor", "floors"} & set(pay) else {}
        values, found = random_values(rng, missing=0), {}
        for word in ("lapses", "applies"):
            terms["termination"] = {"stop": STOP | clause | {"guarantees": word}}
            subject = read(terms)
            found[word] = settle_figures(subject, given(subject, values), ended())
        without = settle_figures(subject, given(subject, values))
        pairs = [
            (F(one.amount), F(other.amount))
            for one, other in zip(found["lapses"].lines, without.lines, strict=True)
            if None not in (one.amount, other.amount)
        ]
        if len(pairs) < len(pay["lines"]):
            continue
        if any(one < other for one, other in pairs):
            assert {one.amount and F(one.amount) for one in found["lapses"].guarantees} == {0}, draw
            lapsed += 1
        else:
            assert found["lapses"].guarantees == found["applies"].guarantees, draw
            held += 1
    assert min(lapsed, held) > 10

"""What money depends on is found wherever a contract can name a figure, whatever its lines are called."""

import pytest
from contracts.builders import estimated, file, line, number, read

from effekt.contracts.left_open import of_steps
from effekt.contracts.paying import analysis_of, moving, parts, paying, reading
from effekt.contracts.scenarios import gates
from effekt.exceptions import ContractError
from effekt.independent.payments import payment_events
from effekt.reports.terms import cautions

ACTIVITY = {"courses": {"step": "activity", "source": {"sv": "Journalen", "en": "The journal"}}}
AMOUNTS = {"courses": number(2, "SEK"), "months": number(0), "other": number(0)}
WORK = {"unit_price": {"price": "10", "figure": "months", "below_zero": "zero"}}
FIXED = {"fixed": "5"}


def _contract(pays=WORK, figures=None, id="work", more=None, **limits):
    """One line on months, with what a case puts in its place, and a party that guarantees or is passed on to."""
    terms = file({id: line(pays, **limits)}, AMOUNTS | (figures or {}))
    terms["parties"] |= {
        "fund": {"role": "guarantor", "name": "Fonden"},
        "investor": {"role": "investor", "name": "Investeraren"},
    }
    terms["payment"] |= more or {}
    return terms


GUARANTEE = {"guarantees": {"capital": {"guarantor": "fund", "beneficiary": "provider", "share": "1", "cap": "100"}}}
GUARANTEE["guarantees"]["capital"]["amount"] = "courses"
WATERFALL = {
    "waterfall": {
        "from": "provider",
        "steps": [{"to": {"investor": "1"}, "up_to": "courses"}, {"to": {"provider": "1"}}],
    }
}
INTEREST = {"day_count": "act_365", "from": "2020-01-01", "to": "2021-01-01", "gives": "interest", "pays": FIXED}
PERIODS = {"every": "year", "pays": FIXED}
COUNTED = {"courses": number(0)}
PLACES = {
    "unit price": _contract({"unit_price": {"price": "10", "figure": "courses", "below_zero": "zero"}}),
    "condition": _contract(when={"figure": "courses", "ge": "3"}),
    "threshold": _contract(when={"figure": "months", "ge": "courses"}),
    "negated condition": _contract(FIXED | {"when": {"not": {"any": [{"figure": "courses", "ge": "3"}]}}}),
    "computed": _contract(
        {"unit_price": {"price": "1", "figure": "more", "below_zero": "zero"}},
        {"more": {"derived": {"sum": ["courses", "1"]}, "digits": 0, "unit": "number"}},
    ),
    "index": _contract({"indexed": {"pays": FIXED, "figure": "courses", "base": "2"}}),
    "base of an index": _contract({"indexed": {"pays": FIXED, "figure": "months", "base": "courses"}}),
    "periods": _contract({"escalated": PERIODS | {"rate": "0.01", "periods": "courses"}}, COUNTED),
    "rate": _contract({"discounted": PERIODS | {"rate": "courses", "periods": "2"}}),
    "rate of interest": _contract({"interest": INTEREST | {"rate": "courses"}}),
    "people": _contract(
        {"milestones": {"people": "courses", "order": "any", "steps": [{"figure": "months", "pays": "3"}]}}, COUNTED
    ),
    "milestone": _contract(
        {"milestones": {"people": "5", "order": "any", "steps": [{"figure": "courses", "pays": "3"}]}}, COUNTED
    ),
    "trigger of a fallback": _contract(
        {"unit_price": {"price": "1", "figure": "first", "below_zero": "zero"}},
        {
            "first": {
                "derived": {
                    "fallback": [{"figure": "months", "when": "courses", "at_least": "3"}, {"figure": "other"}]
                },
                "digits": 0,
                "unit": "number",
            }
        },
    ),
    "paid before": _contract(true_up={"paid": "courses", "below_zero": "carry"}),
    "guarantee": _contract(more=GUARANTEE),
    "waterfall": _contract(more=WATERFALL),
    **{f"line {id}": _contract(id=id, when={"figure": "courses", "ge": "3"}) for id in ("payers", "payee", "when")},
}


@pytest.mark.parametrize("place", PLACES)
def test_no_money_depends_on_an_activity_wherever_it_stands(place):
    assert "courses" in moving(read(PLACES[place]).model.payment, read(PLACES[place]).model.figures)
    with pytest.raises(ContractError, match=r"activities and outputs never trigger payment"):
        read(PLACES[place] | {"measures": ACTIVITY})


NEVER_READ = {
    "provider": WORK,
    "zero": WORK,
    "year": {"escalated": PERIODS | {"rate": "0.01", "periods": "2"}},
    "act_365": {"interest": INTEREST | {"rate": "0.01"}},
    "interest": {"interest": INTEREST | {"rate": "0.01"}},
    "any": {"milestones": {"people": "5", "order": "any", "steps": [{"figure": "months", "pays": "3"}]}},
}


@pytest.mark.parametrize("name", [*NEVER_READ, "carry"])
def test_a_party_or_a_word_of_the_contract_is_no_figure_of_that_name(name):
    limits = {"true_up": {"paid": "0", "below_zero": "carry"}} if name == "carry" else {}
    plain = _contract(NEVER_READ.get(name, WORK), {name: number(0)}, **limits)
    terms = read(plain | {"measures": {name: ACTIVITY["courses"]}}).model
    assert terms.figures[name]
    assert name not in moving(terms.payment, terms.figures)
    (only,) = plain["payment"]["lines"].values()
    assert payment_events.reads(plain["figures"], only) == set(reading(terms.payment.lines, terms.figures))


def test_neither_a_guarantor_nor_whoever_is_passed_on_to_is_a_figure_of_that_name():
    figures = {id: number(0) for id in ("fund", "provider", "investor")}
    terms = read(_contract(figures=figures, more=GUARANTEE | WATERFALL)).model
    assert reading((terms.payment.waterfall, terms.payment.guarantees), terms.figures) == ("courses",)


def test_a_figure_is_taken_from_its_analysis_alone():
    counted = {"measure": "of_work", "digits": 0, "unit": "month"}
    plain = estimated(_contract(figures={"saved": number(0)}), saved="effect")
    plain["data"]["work"] = {"path": "work.csv"}
    plain["analysis"]["of_work"] = {"method": "any", "data": "work"}
    plain["figures"]["months"] = counted
    terms = read(plain).model
    assert {id: analysis_of(term) for id, term in terms.figures.items()} == {
        **dict.fromkeys(("courses", "other")),
        "months": "of_work",
        "saved": "effect",
    }


def test_an_activity_that_nothing_reads_stands():
    terms = read(_contract() | {"measures": ACTIVITY}).model
    assert moving(terms.payment, terms.figures) == ("months",)


@pytest.mark.parametrize("more", [GUARANTEE, WATERFALL], ids=["guarantee", "waterfall"])
def test_what_is_guaranteed_or_passed_on_is_asked_for_its_step_and_who_attests_it(more):
    """It moves the money of a guarantor or an investor, though no line."""
    contract = read(_contract(figures={"courses": AMOUNTS["courses"] | {"attested": "investor"}}, more=more))
    assert "courses" not in paying(contract.model.payment, contract.model.figures)
    (asked,) = of_steps(contract)
    assert "where courses and months come from" in asked.text.en
    (told,) = [text.en for text in cautions(contract) if "attests what the payment depends on" in text.en]
    assert "Investeraren" in told
    assert "courses" in told


def test_each_condition_stands_under_its_line_whatever_that_is_called():
    condition = {"when": {"figure": "months", "ge": "3"}}
    ids = ("when", "root", "payers", "work")
    contract = read(file({id: line(FIXED, **condition) for id in ids}, AMOUNTS))
    assert tuple(gates(contract)) == ids


def test_the_parts_of_a_mapping_have_their_keys_and_those_of_a_list_none() -> None:
    assert list(parts({"work": 1, "home": 2})) == [("work", 1), ("home", 2)]
    assert list(parts((1, 2))) == [("", 1), ("", 2)]

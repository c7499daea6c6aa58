"""The second route of payment: events by hand, what it does not know, and its own reader of contract files."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.builders import estimated, file, given, line, number, plain, read
from contracts.random_contracts import random_contract
from contracts.second_route import same_by_both

import effekt
from effekt.contracts import Events, settle_figures
from effekt.contracts.events import Contaminated, Ended, Revised
from effekt.contracts.schema import Bilingual
from effekt.contracts.strict_yaml import parse
from effekt.exceptions import ContractError
from effekt.independent.limits import NotRepeatedError
from effekt.independent.payments import payment
from effekt.independent.payments.contract_file import read_contract

WHY = Bilingual(sv="enligt beslut", en="by decision")
CASES = sorted(Path(effekt.case("sick-leave")).parent.glob("*/*.yaml"))
PRICE = {"figure": "a", "price": "10", "below_zero": "zero"}


def _settled(file: dict[str, Any], **given: str) -> payment.Paid:
    return payment.settle(file, given)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((), "bonus"),
        (("payment",), "holdback"),
        (("payment", "lines", "fee"), "retention"),
        (("payment", "lines", "fee", "pays"), "surcharge"),
        (("payment", "lines", "fee", "pays", "unit_price"), "minimum"),
        (("payment", "lines", "fee", "when"), "within"),
        (("payment", "lines", "fee", "true_up"), "interest"),
        (("payment", "cap"), "except"),
        (("payment", "floors", "year"), "from"),
        (("payment", "waterfall", "steps", 0), "priority"),
        (("payment", "guarantees", "g"), "first_loss"),
        (("figures", "b"), "scale"),
        (("figures", "b", "derived"), "median"),
    ],
)
def test_a_term_that_it_has_no_rule_for_is_never_passed_over(place: tuple[str | int, ...], key: str) -> None:
    fee = line({"unit_price": PRICE}, when={"figure": "b", "ge": "0"}, true_up={"paid": "0", "below_zero": "carry"})
    terms: Any = file(
        {"fee": fee, "rest": line({"fixed": "1"})}, {"a": number(0)}, cap={"amount": "90", "reduces": "pro_rata"}
    )
    terms["figures"]["b"] = {"derived": {"sum": ["a", "1"]}, "digits": 0, "unit": "number"}
    terms["payment"] |= {
        "floors": {"year": {"lines": ["fee", "rest"], "amount": "1", "raises": "fee"}},
        "waterfall": {"from": "provider", "steps": [{"to": {"state": "1"}}]},
        "guarantees": {"g": {"guarantor": "region", "beneficiary": "state", "amount": "50", "share": "0.5"}},
    }
    assert _settled(terms, a="3").lines == {"fee": 30, "rest": 1}
    part = terms = plain_copy(terms)
    for step in place:
        part = part[step]
    part[key] = "1"
    with pytest.raises(NotRepeatedError, match=rf"no rule for .*{key}\.") as told:
        _settled(terms, a="3")
    assert key in told.value.sv


@pytest.mark.parametrize("figure", [None, "3"])
def test_a_line_that_another_may_reach_is_left_alone_and_the_others_are_not(figure: str | None) -> None:
    lines = {"one": line({"unit_price": PRICE}), "two": line({"fixed": "40"}), "free": line({"fixed": "7"})}
    terms = file(lines, {"a": number(0)})
    terms["payment"]["caps"] = {"year": {"lines": ["one", "two"], "amount": "50", "reduces": "pro_rata"}}
    found = _settled(terms, a=figure or payment.WAITING)
    shared = {"one": Fraction("21.43"), "two": Fraction("28.57")}  # 30 and 40 under 50
    assert found.lines == (shared if figure else {"one": payment.WAITING, "two": payment.UNSURE}) | {"free": 7}


SPOILED = {
    "event": {"sv": "alla fick stödet", "en": "all got it"},
    "then": "pay_nothing_more",
    "lines": {"fee": "refer"},
}
REVISED = ({"then": "refer"}, {"then": "pay_and_correct"}, None)


@pytest.mark.parametrize("then", REVISED)
@pytest.mark.parametrize("day", ["2014-06-30", "2015-12-31", "2016-01-01"])
@pytest.mark.parametrize("kind", ["contaminated", "ended", "revised"])
def test_events_that_rest_on_the_days_that_were_measured(kind: str, day: str, then: dict[str, str] | None) -> None:
    """The outcomes of the analysis are measured to the end of 2015: what spoils it after that touches nothing."""
    terms: Any = plain((effekt.case("norrkoping").parent / "sick-leave" / "contract.yaml").read_text(encoding="utf-8"))
    terms["termination"] = {"stop": SPOILED | {"lines": {next(iter(terms["payment"]["lines"])): "refer"}}}
    terms.pop("revisions", None)
    terms |= {} if then is None else {"revisions": then}
    analysis = terms["analysis"]["absence"]
    analysis["evaluation_window"] = ["2014-01", "2015-12"]
    subject = read(terms)
    data = analysis["data"]
    events = {
        "ended": Events(ended=Ended(clause="stop", date=day, why=WHY)),
        "contaminated": Events(contaminated=(Contaminated(clause="stop", analysis=("absence",), date=day, why=WHY),)),
        "revised": Events(revised=((Revised(data=data, was="1" * 64, date=day, why=WHY), True),)),
    }[kind]
    happened = {
        "ended": {"ended": {"clause": "stop", "date": day}},
        "contaminated": {"contaminated": [{"clause": "stop", "date": day, "analysis": ["absence"]}]},
        "revised": {"revised": [data]},
    }[kind]
    values = {id: "1" for id, term in terms["figures"].items() if "derived" not in term}
    settlement = settle_figures(subject, given(subject, values), events)
    told = same_by_both(terms, values, settlement, happened)
    assert not told["unsure"]
    touched = settlement.lines[0].state == "referred"
    assert (
        touched
        == {"ended": day < "2015-12-31", "contaminated": day < "2016-01-01", "revised": then == REVISED[0]}[kind]
    )


@pytest.mark.parametrize("then", ["pay_to_date", "pay_on_closed_cohorts"])
@pytest.mark.parametrize(
    ("day", "parts"), [("2020-01-01", 0), ("2020-01-02", 1), ("2020-01-04", 3), ("2020-01-05", 4), ("2020-02-01", 4)]
)
def test_the_last_day_that_counts_is_the_one_before_a_comparison_is_none(day: str, parts: int, then: str) -> None:
    terms = estimated(file({"fee": line({"unit_price": PRICE})}, {"a": number(0)}), a="first")
    clause = {"period": {"from": "2020-01-01", "to": "2020-01-04"}}
    if then == "pay_on_closed_cohorts":
        clause, parts = {"closes": {"fee": "2020-01-04"}}, parts // 4 * 4
    terms["termination"] = {"stop": {"event": SPOILED["event"], "then": then} | clause}
    subject = read(terms)
    events = Events(contaminated=(Contaminated(clause="stop", analysis=("first",), date=day, why=WHY),))
    settlement = settle_figures(subject, given(subject, {"a": "8"}), events)
    assert Fraction(settlement.lines[0].amount or "") == 20 * parts
    happened = {"contaminated": [{"clause": "stop", "date": day, "analysis": ["first"]}]}
    assert not same_by_both(terms, {"a": "8"}, settlement, happened)["unsure"]


# ------------------------------------------------------------------------------------------------------ its reader


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}-{path.stem}" for path in CASES])
def test_a_file_of_a_case_is_read_as_the_first_reader_does(path: Path) -> None:
    raw = path.read_bytes()
    assert read_contract(raw) == parse(raw).value


def test_a_file_is_read_as_the_first_reader_does_or_not_at_all() -> None:
    """Whatever is put into a file: cut, doubled and strewn with the marks of YAML."""
    rng, texts, same = random.Random(20181101), [path.read_text(encoding="utf-8") for path in CASES], 0
    for _ in range(150):
        text = rng.choice(texts)
        marks = list(text[: text.find("\n", rng.randrange(1000))] + "\n")
        for _ in range(rng.randint(1, 4)):
            marks[rng.randrange(len(marks))] = rng.choice([*" \n:-#,{}[]\"'ab1|>&?\\ ", "", "\n\n", ": ", " #", "- "])
        raw = "".join(marks).encode()
        try:
            value = parse(raw).value
        except ContractError:
            continue
        try:
            assert repr(read_contract(raw)) == repr(value)
            same += 1
        except NotRepeatedError:
            continue
    assert same > 40


@pytest.mark.parametrize("flow", [True, False, None])
def test_a_contract_that_a_program_wrote_is_read_alike(flow: bool | None) -> None:
    for seed in range(4):
        value = plain_copy(random_contract(random.Random(seed)))
        raw = yaml.safe_dump(value, default_flow_style=flow, width=10**6 if flow else 60).encode()
        assert read_contract(raw) == parse(raw).value


def plain_copy(value: Any) -> Any:
    """Without two names of one object, which YAML would write as an anchor."""
    if isinstance(value, dict):
        return {key: plain_copy(item) for key, item in value.items()}
    return [plain_copy(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: |\n  text\n", 1),
        ("a: word\n  goes on\n", 2),
        ("a: &x 1\n", 1),
        ("a: !!str 1\n", 1),
        ("a: 1\na: 2\n", 2),
        ("? a\n: 1\n", 1),
        ('a: "\\q"\n', 1),
        ('a: "open\n', 2),
        ("a: [1, 2\n", 2),
        ("a: {b: 1} c\n", 1),
        ("- a\n- b\n", 3),
        ("\n a: 1\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a:\n", 2),
        ("1: a\n", 1),
    ],
)
def test_what_it_does_not_know_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotRepeatedError, match=f"cannot read line {line} of") as told:
        read_contract(text.encode())
    assert f"rad {line} " in told.value.sv

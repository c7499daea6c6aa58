"""Checks that a contract requires of a set of effects: which figures each counts for, and D4 with them."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from deciding import decided
from workflow.test_agreed_limits import resigned
from workflow.test_thin_data import HEAD, read

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.independent import agreed_limits as second
from effekt.reports.checklist import checklist
from effekt.reports.text import certificate_text

TRIAL = """\
analysis:
  work:
    method: METHOD
    required_checks: {RULES}
    data: people
    outcome: OUTCOME
    treatment: lot
    covariates: []
    adjustment: none
    estimand: ATE
    population: super
    cluster_weighted: false
    variance: HC2
    missing: drop
    inference: asymptotic
    most_missing: {share: "0.9", on_more: refer}
    minimum_n: none
"""
LINES = """\
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
"""
FIGURE = """\
  NAME: {estimate: work, TAKEN, view: improvement, statistic: estimate, digits: 2, unit: day, without_inference: pay}
"""
LINE = """\
    NAME_fee:
      payers: {state: "1"}
      payee: fund
      pays: {unit_price: {price: "100", figure: NAME, below_zero: zero}}
      cap: "5000"
"""
ONE = '{column: first, unit: "day", better: higher}'
BOTH = f'[{ONE}, {{column: second, unit: "day", better: higher}}]'
HALVES = 'combine: {first: "0.5", second: "0.5"}'
LATE = 'combine: {second: "0.5", first: "0.5"}'


def people(lost_first: set[int], lost_second: set[int]) -> str:
    """Forty treated and forty controls; of the treated some did not take it up, and some outcomes are missing."""
    draw = random.Random(4)
    rows = []
    for i in range(80):
        lot = int(i < 40)
        taken = int(lot and i % 5 != 0)
        first, later = (10 + 3 * taken + draw.randrange(4) for _ in range(2))
        cells = ("" if i in lost else value for lost, value in ((lost_first, first), (lost_second, later)))
        rows.append(",".join(map(str, (f"p{i}", lot, taken, *cells))))
    return "\n".join(["unit,lot,taken,first,second", *rows, ""])


def settled(folder: Path, method: str, rules: str, data: str, **figures: str) -> Certificate:
    (folder / "people.csv").write_text(data, encoding="utf-8")
    outcome, received = (ONE, "    received: taken\n") if method == "complier_effect" else (BOTH, "")
    text = HEAD.replace("attribution: matched", "attribution: randomised")
    text += TRIAL.replace("METHOD", method).replace("RULES", rules).replace("OUTCOME", outcome) + received
    text += "figures:\n" + "".join(FIGURE.replace("NAME", id).replace("TAKEN", one) for id, one in figures.items())
    text += LINES + "".join(LINE.replace("NAME", id) for id in figures)
    return workflow.settle(read(decided(text), folder), date="2022-06-01").sign(DEMO_KEY)


def states(certificate: Certificate) -> dict[str, str]:
    return {one.id: one.state for one in certificate.figures}


def d4(certificate: Certificate) -> Any:
    return next(answer for answer in checklist(certificate) if answer.item == "D4")


def checked(certificate: Certificate, folder: Path) -> Any:
    return workflow.verify(certificate, contract=certificate.contract, data={"people": folder / "people.csv"})


MEMBERS = {"assigned": "member: ITT", "compliers": "member: CACE"}
WHERE = {"differential_attrition": "ITT", "first_stage": "CACE", "complier_bounds": "CACE"}
NUMBER = {
    "differential_attrition": 'number: p_value, min: "0.01"',
    "first_stage": 'number: effective_f, min: "2"',
    "complier_bounds": 'number: lee_lower, min: "-100"',
}


@pytest.mark.parametrize("then", ["refer", "zero", "limit"])
@pytest.mark.parametrize("check", WHERE)
def test_a_check_of_one_trial_counts_for_each_of_its_effects(tmp_path: Path, check: str, then: str) -> None:
    rule = f"{{{NUMBER[check]}, otherwise: refer}}" if then == "limit" else then
    certificate = settled(tmp_path, "complier_effect", f"{check}: {rule}", people({6, 50}, set()), **MEMBERS)
    result: Any = certificate.results["work"]
    assert check in {one.name for one in result[WHERE[check]].diagnostics}
    other = "ITT" if WHERE[check] == "CACE" else "CACE"
    assert check not in {one.name for one in result[other].diagnostics}
    assert states(certificate) == {"assigned": "determined", "compliers": "determined"}
    assert all(float(one.value or 0) > 2 for one in certificate.figures)
    assert d4(certificate).verdict == "pass"
    assert "was not made" not in certificate_text(certificate, "en")
    verified = checked(certificate, tmp_path)
    assert verified.ok, verified.differences


@pytest.mark.parametrize("then", ["refer_on_warning", "zero"])
def test_one_that_is_not_met_in_one_effect_of_a_trial_counts_for_all_of_them(tmp_path: Path, then: str) -> None:
    limit = '{number: p_value, min: "0.01", otherwise: zero}'
    rule = f"differential_attrition: {limit if then == 'zero' else then}"
    certificate = settled(tmp_path, "complier_effect", rule, people(set(range(1, 14)), set()), **MEMBERS)
    assert states(certificate) == dict.fromkeys(MEMBERS, "determined" if then == "zero" else "referred")
    assert {one.value for one in certificate.figures} == ({"0.00"} if then == "zero" else {None})
    assert d4(certificate).verdict == "fail"
    assert checked(certificate, tmp_path).ok


@pytest.mark.parametrize("limit", [True, False])
def test_a_figure_of_no_effect_names_the_check_that_it_is_for(tmp_path: Path, limit: bool) -> None:
    own = '{number: p_value, min: "0.9999", otherwise: zero}' if limit else "zero"
    name = "differential_attrition" if limit else "manski_bounds"  # without a range there is no worst case
    rule, data = f"{name}: {own}", people(set(range(1, 14)), set())
    certificate = settled(
        tmp_path,
        "randomized_trials",
        rule.replace("missing_receipt", "romano_wolf"),
        data,
        first="member: first",
        second="member: second",
    )
    assert certificate.figures[0].value == "0.00"
    english, swedish = (" ".join(certificate_text(certificate, lang).split()) for lang in ("en", "sv"))
    en = "is outside what is agreed of its number p_value, at least 0.9999" if limit else "was not made"
    sv = "ligger utanför det avtalade för sitt tal p_value, minst 0,9999" if limit else "har inte gjorts"
    assert (
        f"first: the check {name}, which the contract requires, {en}; by the contract it counts as no effect."
        in english
    )
    assert f"first: kontrollen {name}, som avtalet kräver, {sv}; enligt avtalet räknas det som ingen effekt." in swedish
    assert "counted as zero, since a check that the contract requires is not met" in english
    assert "räknas som noll, eftersom en kontroll som avtalet kräver inte är uppfylld" in swedish


@pytest.mark.parametrize("combined", [HALVES, LATE])
@pytest.mark.parametrize("rule", ["refer_on_warning", '{number: p_value, min: "0.01", otherwise: refer}'])
def test_a_combination_rests_on_the_checks_of_each_member(tmp_path: Path, combined: str, rule: str) -> None:
    """Of the first outcome few are missing, of the second many of the treated."""
    certificate = settled(
        tmp_path,
        "randomized_trials",
        f"differential_attrition: {rule}",
        people({6, 50}, set(range(1, 14))),
        first="member: first",
        second="member: second",
        both=combined,
    )
    assert states(certificate) == {"first": "determined", "second": "referred", "both": "referred"}
    assert d4(certificate).verdict == "fail"
    assert checked(certificate, tmp_path).ok


@pytest.mark.parametrize("combined", [HALVES, LATE])
@pytest.mark.parametrize("rule", ["refer", '{number: lower, min: "-1000", otherwise: refer}'])
def test_a_check_that_one_member_of_a_combination_lacks_was_not_made(tmp_path: Path, combined: str, rule: str) -> None:
    """The first outcome, 0 or 1, has a worst case; the second, without a range, has none."""
    head, *rows = people({6, 50}, {7, 51}).split("\n")
    cells = [row.split(",") for row in rows if row]
    data = [",".join([*own, first and str(int(int(first) > 11)), second]) for *own, first, second in cells]
    certificate = settled(
        tmp_path,
        "randomized_trials",
        f"manski_bounds: {rule}",
        "\n".join([head, *data, ""]),
        first="member: first",
        second="member: second",
        both=combined,
    )
    result: Any = certificate.results["work"]
    held = {label: {one.name for one in result[label].diagnostics} for label in ("first", "second")}
    assert ("manski_bounds" in held["first"], "manski_bounds" in held["second"]) == (True, False)
    assert states(certificate) == {"first": "determined", "second": "referred", "both": "referred"}
    assert d4(certificate).note.en == "was not made: manski_bounds (work)"
    verified = checked(certificate, tmp_path)
    assert verified.ok, verified.differences


def test_what_no_figure_reads_is_in_d4_where_it_is_not_met_and_moves_nothing(tmp_path: Path) -> None:
    data = people({6, 50}, set(range(1, 14)))
    rule = "differential_attrition: refer_on_warning"
    certificate = settled(tmp_path, "randomized_trials", rule, data, first="member: first")
    assert states(certificate) == {"first": "determined"}
    assert d4(certificate).verdict == "fail"


# ------------------------------------------------------------------------------------------------- the second route


def _check(number: float) -> dict[str, Any]:
    return {"diagnostics": [{"name": "interaction", "values": {"p_value": number}}]}


FIGURES = {
    "first": {"estimate": "x", "member": "a"},
    "second": {"estimate": "x", "member": "b"},
    "both": {"estimate": "x", "combine": {"a": "0.5", "b": "0.5"}},
}


@pytest.mark.parametrize(
    ("method", "number", "made"),
    [
        ("complier_effect", 0.5, [None, None, None]),
        ("complier_effect", 0.001, ["refer", "refer", "refer"]),
        ("randomized_trials", 0.5, [None, "refer", "refer"]),
        ("randomized_trials", 0.001, ["refer", "refer", "refer"]),
    ],
)
def test_the_second_route_looks_at_each_member_and_of_one_trial_at_all(
    method: str, number: float, made: list[str | None]
) -> None:
    result = {"labels": ["a", "b"], "effects": [_check(number), {"diagnostics": []}], "diagnostics": []}
    limit = {"number": "p_value", "min": "0.01", "otherwise": "refer"}
    analysis = {"method": method, "required_checks": {"interaction": limit}}
    file = {"figures": FIGURES, "analysis": {"x": analysis}}
    assert [second.state_of(file, id, result) for id in FIGURES] == made


def test_a_figure_paid_on_although_a_limit_in_another_effect_is_not_met_is_told(tmp_path: Path) -> None:
    rule = 'differential_attrition: {number: p_value, min: "0.01", otherwise: THEN}'
    data = people(set(range(1, 14)), set())
    noted, referred = (
        settled(tmp_path, "complier_effect", rule.replace("THEN", then), data, **MEMBERS) for then in ("note", "refer")
    )
    plain = copy.deepcopy(referred.predicate)
    plain["settlement"] = noted.predicate["settlement"]
    different = {one.name for one in workflow.verify(resigned(referred, plain)).differences}
    assert {"figure:compliers", "independent_limit:compliers", "independent_limit:assigned"} <= different

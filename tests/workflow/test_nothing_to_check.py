"""Required checks that are not there since nothing is missing, and those that say that the data do not allow them."""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import every_check
import numpy as np
import pytest
from deciding import decided
from workflow.test_agreed_limits import resigned

import effekt
from effekt import diagnostics, workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.certificates.published import published
from effekt.contracts import parse_contract
from effekt.contracts.agreed_limits import AgreedLimit, with_limits
from effekt.contracts.check_groups import all_of
from effekt.contracts.made_checks import BY_NUMBER, BY_STATUS, is_made
from effekt.contracts.required_checks import verdict_of
from effekt.diagnostics.level_break import no_level_break
from effekt.diagnostics.substitution import no_substitution
from effekt.estimators._trend_checks import nothing_to_check
from effekt.independent import agreed_limits as limits
from effekt.independent import required_checks as second
from effekt.reports.checklist import checklist
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text

HEAD = """\
schema: effekt/contract/1
id: trial
title: {sv: "Försök", en: "Trial"}
parties:
  state: {role: payer, name: "Staten"}
  fund: {role: provider, name: "Utföraren"}
  verifier: {role: verifier, name: "Granskaren", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2020-01-01", outcome_data_from: "2021-01-01"}
attribution: ATTRIBUTION
data:
  people: {path: "people.csv", text: [id]}
analysis:
  a:
    data: people
    minimum_n: none
    required_checks: {RULES}
"""
TRIAL = """\
    method: randomized_trial
    outcome: {column: "y", unit: "months", better: higher}
    treatment: d
    covariates: []
    adjustment: none
    estimand: ATE
    population: super
    cluster_weighted: false
    variance: HC2
    missing: drop
    inference: asymptotic
    outcome_range: [0, 40]
"""
MATCHED = """\
    method: matched_comparison
    tie_tolerance: "100"
    outcome: {column: "y", unit: "points", better: higher}
    match:
      unit: id
      treatment: d
      covariates: [age]
      exact: []
      method: full
      distance: mahalanobis
      salt: "x"
      tie_orders: 5
      estimand: ATT
      missing: raise
    variance: CR2
    missing: raise
"""
REST = """\
figures:
  effect: {estimate: a, view: improvement, statistic: estimate, digits: 2, unit: months}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {state: "1"}
      payee: fund
      pays: {unit_price: {price: "100000", figure: effect, below_zero: zero}}
      cap: "500000"
"""
ATTRITION = ("differential_attrition", "lee_bounds", "manski_bounds")
NUMBER = {"differential_attrition": "share_missing", "lee_bounds": "lower", "manski_bounds": "lower"}
NOTHING = "no outcome is missing of anyone who has all else"


def contract_text(analysis: str, rules: str) -> str:
    attribution = "matched" if "matched" in analysis else "randomised"
    return HEAD.replace("ATTRIBUTION", attribution).replace("RULES", rules) + analysis + REST


def lot(*, missing: int = 0) -> str:
    """Forty treated with three months more, of whom so many have no outcome, and forty controls."""
    rng = np.random.default_rng(2)
    d = rng.permutation([1] * 40 + [0] * 40)
    y = np.round(10 + 3 * d + rng.normal(0, 2, 80), 1)
    gone = np.flatnonzero(d == 1)[:missing]
    rows = [f"P{i},{d[i]},{'' if i in gone else y[i]}" for i in range(80)]
    return "\n".join(["id,d,y", *rows, ""])


def register(*, lowest: float = -5.0) -> str:
    """Changes of a score, some of them below zero, of those who took part and of others."""
    rng = np.random.default_rng(4)
    age = rng.integers(20, 60, 90)
    d = (rng.random(90) < 1 / (1 + np.exp(0.9 - 0.04 * (age - 40)))).astype(int)
    y = np.maximum(np.round(2 + 0.03 * (age - 40) + 2 * d + rng.normal(0, 2, 90), 1), lowest)
    rows = [f"P{i},{d[i]},{age[i]},{y[i]}" for i in range(90)]
    return "\n".join(["id,d,age,y", *rows, ""])


def settled(folder: Path, analysis: str, rules: str, data: str) -> Certificate:
    (folder / "people.csv").write_text(data, encoding="utf-8")
    (folder / "contract.yaml").write_text(decided(contract_text(analysis, rules)), encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    workflow.check(contract)
    return workflow.settle(contract, date="2022-06-01").sign(DEMO_KEY)


def assert_verified(certificate: Certificate, folder: Path) -> None:
    for data in (None, {"people": folder / "people.csv"}):
        verified = workflow.verify(certificate, contract=certificate.contract, data=data)
        assert verified.ok, verified.differences


def d4(certificate: Certificate) -> Any:
    (answer,) = [one for one in checklist(certificate) if one.item == "D4"]
    return answer


def limit(check: str, then: str) -> str:
    return f'{check}: {{number: {NUMBER[check]}, max: "0.9", min: "-100", otherwise: {then}}}'


# ------------------------------------------------------------------------------------------------ nothing is missing


@pytest.mark.parametrize("check", ATTRITION)
@pytest.mark.parametrize("then", ["refer", "zero", "refer_on_warning"])
def test_where_nobody_is_missing_a_check_of_those_who_are_is_met(tmp_path: Path, check: str, then: str) -> None:
    certificate = settled(tmp_path, TRIAL, f"{check}: {then}", lot())
    assert certificate.settlement.state == "payable"
    assert int(certificate.due or 0) > 250_000
    assert (d4(certificate).verdict, d4(certificate).note.en) == (
        "pass",
        f"all within their limits; {NOTHING}, so nothing is to be checked: {check} (a)",
    )
    assert "was not made" not in certificate_text(certificate, "en")
    pages = {lang: html.unescape(render_page(certificate, lang=lang)) for lang in ("en", "sv")}
    assert f"{NOTHING}, so nothing is to be checked: {check} (a)" in pages["en"]
    assert (
        f"inget utfall saknas för någon som har allt annat, så inget finns att kontrollera: {check} (a)" in pages["sv"]
    )
    assert_verified(certificate, tmp_path)


@pytest.mark.parametrize("check", ATTRITION)
@pytest.mark.parametrize("then", ["refer", "zero"])
def test_an_agreed_limit_of_those_who_are_missing_is_met_where_nobody_is(tmp_path: Path, check: str, then: str) -> None:
    certificate = settled(tmp_path, TRIAL, limit(check, then), lot())
    assert certificate.settlement.state == "payable"
    assert f"nothing is to be checked: {check} (a)" in d4(certificate).note.en
    alone = {one.name: one.text.en for one in workflow.verify(certificate).findings}
    assert "is not due: nothing is missing" in alone[f"independent_limit:a.{check}"]
    assert_verified(certificate, tmp_path)


def test_where_somebody_is_missing_a_check_that_is_not_made_is_not_met(tmp_path: Path) -> None:
    """Worst cases need a range of the outcome, which is not declared."""
    trial = TRIAL.replace("[0, 40]", "none")
    certificate = settled(tmp_path, trial, "manski_bounds: zero", lot(missing=1))
    assert (certificate.settlement.state, certificate.due) == ("zero_by_terms", "0")
    assert d4(certificate).note.en == "was not made: manski_bounds (a)"
    assert_verified(certificate, tmp_path)
    limited = settled(tmp_path, trial, limit("manski_bounds", "refer"), lot(missing=1))
    assert limited.settlement.state == "referred"
    assert_verified(limited, tmp_path)


def test_one_missing_pays_what_none_missing_pays(tmp_path: Path) -> None:
    paid = [
        settled(tmp_path, TRIAL, "differential_attrition: zero", lot(missing=missing)).settlement.state
        for missing in (0, 1)
    ]
    assert paid == ["payable", "payable"]


def test_the_annex_says_when_nothing_is_to_be_checked() -> None:
    contract = parse_contract(decided(contract_text(TRIAL, "differential_attrition: zero")).encode())
    said = {lang: " ".join(workflow.annex(contract, lang=lang).replace("\\", "").split()) for lang in ("en", "sv")}
    assert (
        "The check differential_attrition of the analysis a is required: where it fails or is not made, the figures "
        "of the analysis count as no effect; where no outcome is missing it is met." in said["en"]
    )
    assert "; när inget utfall saknas är den uppfylld." in said["sv"]


def test_a_signer_who_takes_the_check_away_is_told(tmp_path: Path) -> None:
    certificate = settled(tmp_path, TRIAL, "manski_bounds: refer", lot(missing=5))
    plain = copy.deepcopy(certificate.predicate)
    result = plain["results"]["a"]
    result["diagnostics"] = [one for one in result["diagnostics"] if one["name"] not in ATTRITION]
    assert "analysis:a" in {one.name for one in workflow.verify(resigned(certificate, plain)).differences}
    result["notes"] = [one for one in result["notes"] if one["code"] != "missing_outcomes"]
    with_data = workflow.verify(
        resigned(certificate, plain), contract=certificate.contract, data={"people": tmp_path / "people.csv"}
    )
    assert "result:a" in {one.name for one in with_data.differences}


def test_a_signer_who_takes_nothing_missing_for_not_made_is_told(tmp_path: Path) -> None:
    """The figure that was stated before: no effect, since a check that had nothing to check was not made."""
    certificate = settled(tmp_path, TRIAL, "differential_attrition: zero", lot())
    plain = copy.deepcopy(certificate.predicate)
    (figure,) = plain["settlement"]["figures"]
    figure["value"] = "0.00"
    assert "figure:effect" in {one.name for one in workflow.verify(resigned(certificate, plain)).differences}


# ---------------------------------------------------------------------------------------------- that cannot be made


ASKED = '    checks: [CHECK]\n    threshold: "0.1"\n    threshold_view: relative_improvement\n'


@pytest.mark.parametrize("then", ["refer", "refer_on_warning", "zero"])
def test_a_check_that_says_it_cannot_be_made_is_not_made(tmp_path: Path, then: str) -> None:
    matched = MATCHED + ASKED.replace("CHECK", "rosenbaum_bounds")
    certificate = settled(tmp_path, matched, f"rosenbaum_bounds: {then}", register())
    result: Any = certificate.results["a"]
    (check,) = [one for one in result.diagnostics if one.name == "rosenbaum_bounds"]
    assert check.statement.en.startswith("This check cannot be made of these data")
    assert certificate.settlement.state == ("zero_by_terms" if then == "zero" else "referred")
    assert certificate.due == ("0" if then == "zero" else None)
    assert d4(certificate).note.en == "was not made: rosenbaum_bounds (a)"
    page = " ".join(certificate_text(certificate, "en").split())
    assert "D4. The check rosenbaum_bounds of a, which the contract requires, was not made" in page
    assert_verified(certificate, tmp_path)
    made = settled(tmp_path, matched, f"rosenbaum_bounds: {then}", register(lowest=0.0))
    warns = {"refer_on_warning": "referred"}
    (check,) = [one for one in made.results["a"].diagnostics if one.name == "rosenbaum_bounds"]  # type: ignore[union-attr]
    assert made.settlement.state == (warns.get(then, "payable") if check.status == "warning" else "payable")
    assert_verified(made, tmp_path)


def test_a_signer_who_pays_although_a_check_cannot_be_made_is_told_by_both(tmp_path: Path) -> None:
    matched = MATCHED + ASKED.replace("CHECK", "rosenbaum_bounds")
    certificate = settled(tmp_path, matched, "rosenbaum_bounds: refer", register())
    plain = copy.deepcopy(certificate.predicate)
    (figure,) = plain["settlement"]["figures"]
    figure |= {"value": "2.45", "state": "determined"}
    figure.pop("reason", None)
    told = {one.name for one in workflow.verify(resigned(certificate, plain)).differences}
    assert {"figure:effect", "independent_limit:effect"} <= told


def _plain(result: Any) -> Any:
    return json.loads(result.to_json())


@pytest.mark.parametrize("method", every_check.METHODS)
def test_both_routes_say_alike_whether_a_check_was_made_also_where_it_is_hidden(method: str) -> None:
    """Also that each of these was made but those that say why not."""
    for result in every_check.results(method):
        hidden = published(result, 50)
        for one, two in zip(parts(result), parts(hidden), strict=True):
            for check, covered, plain in zip(one.diagnostics, two.diagnostics, _plain(two)["diagnostics"], strict=True):
                made = is_made(check)
                assert made == is_made(covered), check
                assert made == second._was_made(plain), check
                assert made or check.status == "information", check


def parts(result: Any) -> list[Any]:
    return [result, *getattr(result, "effects", ()), *filter(None, [getattr(result, "overall", None)])]


MAKE: Any = diagnostics
NOT_MADE: dict[str, Callable[[], Any]] = {
    "heaping": lambda: MAKE.heaping([], at=14),
    "honest_did": lambda: nothing_to_check("smoothness", Text(en="No.", sv="Nej.")),
    "level_break": lambda: no_level_break(at="2017", window="2016\u20132018"),
    "overdispersion": lambda: MAKE.overdispersion([0, 0, 0, 0], [1, 1, 0, 0]),
    "placebo_in_time": lambda: MAKE.placebo_in_time(relative=np.array([]), labels=[], declared=-0.1),
    "pretrend": lambda: nothing_to_check("pretrend", Text(en="No.", sv="Nej.")),
    "regression_to_mean": lambda: MAKE.regression_to_mean(
        errors=[0.1, 0.2], levels=[4.0, 5.0], effect=-0.1, level=4.5, scale="log"
    ),
    "substitution": lambda: no_substitution(outcome="short", other="long"),
    "differential_attrition": lambda: MAKE.differential_attrition(
        [True, False, False, False], [1, 1, 0, 0], clustered=True
    ),
}


@pytest.mark.parametrize("name", NOT_MADE)
@pytest.mark.parametrize("rule", ["refer", "refer_on_warning", "zero"])
def test_each_check_that_says_why_it_is_not_there_is_not_made(name: str, rule: Any) -> None:
    check = NOT_MADE[name]()
    assert check.name == name
    result = SimpleNamespace(method="m", diagnostics=(check,), notes=())
    assert verdict_of(name, rule, result) == "not_made"
    file = {"figures": {"f": {"estimate": "a"}}, "analysis": {"a": {"method": "m", "required_checks": {name: rule}}}}
    plain = {"diagnostics": [json.loads(check.to_json())], "notes": []}
    assert second.rule_of(file, "f", plain) == ("zero" if rule == "zero" else "refer")


PEOPLE = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"], "estimand": "ATT"}
HIDDEN: dict[str, Any] = {
    "nearest": ("rosenbaum_bounds", "robustness_value", "oster_delta", "e_value"),
    "full": ("rosenbaum_bounds",),
    "inverse_probability": ("marginal_sensitivity", "oster_delta", "e_value"),
}


@pytest.mark.parametrize("method", HIDDEN)
@pytest.mark.parametrize("view", ["relative", "relative_improvement", "difference", "improvement"])
@pytest.mark.parametrize("least", [-1000, 1])
def test_a_check_of_hidden_bias_is_made_unless_it_says_otherwise(method: str, view: str, least: int) -> None:
    """Also under a relative threshold, which names the numbers otherwise; of outcomes below zero it has no meaning."""
    table = effekt.datasets.observational(rng=3, n=200).table
    data: dict[str, list[Any]] = {name: list(table.values(name)) for name in table.columns}
    data["outcome"] = [value - min(data["outcome"]) + least for value in data["outcome"]]
    call: dict[str, Any] = {"match": {**PEOPLE, "method": method}, "threshold": "0.05", "threshold_view": view}
    outcome = effekt.Outcome(column="outcome", unit="days", better="higher")
    result = effekt.matched_comparison(data, **call, outcome=outcome, checks=HIDDEN[method])
    for check in (one for one in result.diagnostics if one.name in HIDDEN[method]):
        made = "cannot be made" not in check.statement.en
        assert made or least < 0
        assert made or check.name == "e_value" or view.startswith("relative")
        assert is_made(check) is made, check
        for minimum in (0, 5, 1000):
            (shown,) = [one for one in published(result, minimum).diagnostics if one.name == check.name]
            assert is_made(shown) is made, shown
            assert second._was_made(json.loads(shown.to_json())) is made, shown


def test_the_checks_that_both_routes_know_are_the_same() -> None:
    assert {name: (number,) for name, number in BY_NUMBER.items()} == second.NEEDS
    assert set(BY_STATUS) == second.JUDGING


@pytest.mark.parametrize("missing", [False, True])
def test_what_is_missing_of_compliers_is_said_of_all_their_effects(missing: bool) -> None:
    """The effect on compliers has no check of missing outcomes, which stands beside the effect of assignment."""
    call: Any = {"outcome": "y", "treatment": "d", "received": "r", "missing": "drop"}
    result = effekt.complier_effect(every_check.people(gaps=missing), **call)
    plain, whole = _plain(result), all_of(result)
    for name in ("differential_attrition", "manski_bounds", "complier_bounds", "missing_receipt"):
        there = any(check.name == name for one in whole for check in one.diagnostics)
        found = verdict_of(name, "refer_on_warning", *whole)
        assert (found == "not_made") is (missing and not there)
        file = {
            "figures": {"f": {"estimate": "a", "member": "CACE"}},
            "analysis": {"a": {"method": "complier_effect", "required_checks": {name: "refer_on_warning"}}},
        }
        assert second.rule_of(file, "f", plain) == (None if found is None else "refer")
        limit = {"number": "level", "min": "0", "otherwise": "zero"}
        file["analysis"]["a"]["required_checks"] = {name: limit}  # type: ignore[index]
        own = AgreedLimit.model_construct(number="level", min="0", max=None, otherwise="zero")
        limited = with_limits(result, {name: own})
        bare = verdict_of(name, own, *all_of(limited))
        assert limits.state_of(file, "f", _plain(limited)) == (None if bare is None else "zero")

"""The terms that contracts of the kind leave open: not locked without a word, and said wherever the lock is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, sign
from effekt.contracts import parse_contract
from effekt.contracts.left_open import OPEN as FIELDS
from effekt.contracts.left_open import TIES, open_terms
from effekt.estimators.matching.methods import METHODS
from effekt.exceptions import CertificateError, ContractError
from effekt.reports.locked_plan import TERMS
from effekt.reports.text import certificate_text
from effekt.workflow import case_contract
from effekt.workflow.by_convention import decided_by_convention

CASE = ("rate-card", "2023-09-01")
OPEN = ["minimum_n at analysis.work", "minimum_n at analysis.home"]


def locked(**given: Any) -> Envelope:
    return workflow.lock(case_contract(CASE[0]), key=DEMO_KEY, date="2022-11-20", **given)


@pytest.mark.parametrize("field", TERMS)
def test_every_open_term_is_found_in_some_contract(field: str) -> None:
    cases = {
        "reference_period": "aterforing",
        "missing_data": "aterforing",
        "minimum_n": "rate-card",
        "result_step": "vgr-attendance",
    }
    name = cases.get(field, "sick-leave" if field == "on_unavailable" else "nsw-cps")
    assert field in [one.field for one in open_terms(case_contract(name))]


def test_each_open_term_has_its_words_and_ties_are_where_the_methods_break_them() -> None:
    assert tuple(TERMS) == FIELDS
    assert {name for name, method in METHODS.items() if "tie_orders" in method.reads} == TIES


def test_a_plan_with_open_terms_is_not_locked_without_a_word() -> None:
    with pytest.raises(ContractError) as error:
        locked()
    assert all(term in str(error.value) for term in OPEN)
    assert "--undecided-accepted" in str(error.value)


def test_what_is_accepted_stands_in_the_lock_and_on_the_page() -> None:
    lock = locked(undecided_accepted=True)
    assert json.loads(lock.payload)["predicate"]["plan"]["undecided_accepted"] == OPEN
    certificate = workflow.settle(case_contract(CASE[0]), date=CASE[1], locked=lock)
    for lang, told in (
        ("en", "although the contract leaves open what money turns on"),
        ("sv", "trots att avtalet lämnar öppet sådant som pengarna hänger på"),
    ):
        text = certificate_text(certificate, lang)  # type: ignore[arg-type]
        assert told in text
        assert "analysis.work: " in text
    assert not [
        one for one in workflow.verify(certificate).findings if one.name == "plan" and one.verdict == "different"
    ]


@pytest.mark.parametrize(("lang", "told"), [("en", "settled without a lock"), ("sv", "avräknades utan låsning")])
def test_a_settlement_without_a_lock_names_what_is_open(lang: Any, told: str) -> None:
    text = certificate_text(workflow.settle(case_contract(CASE[0]), date=CASE[1]), lang)
    assert told in text
    assert f"analysis.work: {TERMS['minimum_n'].in_language(lang)}" in text


def test_a_file_that_states_them_is_locked_and_says_nothing() -> None:
    text = case_contract(CASE[0]).raw.decode()
    for name in ("work", "home"):
        text = text.replace(f"\n  {name}:\n    method:", f"\n  {name}:\n    minimum_n: none\n    method:", 1)
    contract = parse_contract(text.encode(), case_contract(CASE[0]).folder)
    assert open_terms(contract) == ()
    lock = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20")
    assert "undecided_accepted" not in json.loads(lock.payload)["predicate"]["plan"]
    certificate = workflow.settle(contract, date=CASE[1], locked=lock)
    assert "leaves open" not in certificate_text(certificate, "en")


def test_a_plan_that_pays_on_what_has_no_step_is_not_locked() -> None:
    case = case_contract(CASE[0])
    text = case.raw.decode().split("\nmeasures:\n")[0] + "\n"
    for name in ("work", "home"):
        text = text.replace(f"\n  {name}:\n    method:", f"\n  {name}:\n    minimum_n: none\n    method:", 1)
    contract = parse_contract(text.encode(), case.folder)
    with pytest.raises(ContractError, match="leaves open what money turns on: result_step at measures\\."):
        workflow.lock(contract, key=DEMO_KEY, date="2022-11-20")
    accepted = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    page = certificate_text(workflow.settle(contract, date=CASE[1], locked=accepted), "sv")
    assert "measures: på vilket steg av resultattrappan det som betalas står" in page


@pytest.mark.parametrize("listed", [None, [], OPEN[:1]])
def test_a_lock_that_hides_what_is_open_is_refused(listed: list[str] | None) -> None:
    tree = json.loads(locked(undecided_accepted=True).payload)
    del tree["predicate"]["plan"]["undecided_accepted"]
    if listed is not None:
        tree["predicate"]["plan"]["undecided_accepted"] = listed
    forged = sign(Envelope(payload=canonical_json(tree)), DEMO_KEY)
    with pytest.raises(CertificateError, match="does not list the terms that the contract leaves open"):
        workflow.settle(case_contract(CASE[0]), date=CASE[1], locked=forged)


def test_the_command_lists_them_and_ends_with_two(effekt: Callable[..., Any], tmp_path: Path) -> None:
    contract = workflow.case(CASE[0]) / "contract.yaml"
    given = ("lock", contract, "--key", "demo", "--date", "2022-11-20", "--out", tmp_path / "l.json", "--lang", "en")
    code, out, err = effekt(*given)
    assert (code, out) == (2, "")
    assert all(term in err for term in OPEN)
    assert "--undecided-accepted" in err
    assert not (tmp_path / "l.json").exists()
    code, out, _ = effekt(*given, "--undecided-accepted")
    assert (code, "? No smallest number of units is stated for work" in out) == (0, True)


def test_check_says_what_the_conventions_decide(effekt: Callable[..., Any]) -> None:
    out = effekt("check", workflow.case("sick-leave") / "contract.yaml", "--lang", "en").out
    assert "= A figure exactly at a threshold is decided by its operator" in out
    told = json.loads(effekt("check", workflow.case("sick-leave") / "contract.yaml", "--lang", "sv", "--json").out)
    assert told["by_convention"][0].startswith("Varje siffra avrundas en gång")


def test_check_says_which_months_windows_in_words_are() -> None:
    written = (workflow.case("helsingborg") / "contract.yaml").read_text(encoding="utf-8")
    spoken = parse_contract(written.replace('["2014", "2015"]', "calendar years 2014 to 2015").encode())
    plain, told = (decided_by_convention(contract) for contract in (parse_contract(written.encode()), spoken))
    assert told[: len(plain)] == plain
    assert [(text.en, text.sv) for text in told[len(plain) :]] == [
        (
            "Windows of analysis absence: in months, the reference window, “calendar years 2014 to 2015”, is 2014-01 "
            "to 2015-12.",
            "Fönster i analysen absence. I månader: referensfönstret, ”calendar years 2014 to 2015”, är 2014-01 till "
            "2015-12.",
        )
    ]

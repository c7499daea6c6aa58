"""The terms that contracts of the kind leave open: not locked without a word, and said wherever the lock is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.contracts.left_open import OPEN as FIELDS
from effekt.contracts.left_open import TIES, open_terms
from effekt.estimators.matching.methods import METHODS
from effekt.exceptions import ArgumentError, CertificateError, ContractError
from effekt.reports.locked_plan import TERMS
from effekt.reports.text import certificate_text
from effekt.workflow import case_contract
from effekt.workflow.plan.by_convention import decided_by_convention

DATE = "2023-09-01"
OPEN = ["minimum_n at analysis.work", "minimum_n at analysis.home"]
SAID = {
    "reference_period": "    reference_period: .*\n",
    "missing_data": "    missing_data: .*\n",
    "minimum_n": "    minimum_n: none\n",
    "tie_orders": '    tie_tolerance: "500"\n',
    "on_unavailable": "    without_inference: pay\n",
    "payment_quantity": "    payment_quantity: .*\n",
    "result_step": "(?s)\nmeasures:.*",
}


def without(name: str, *fields: str) -> Contract:
    """A case whose file leaves terms open that it states."""
    case = case_contract(name)
    text = case.raw.decode()
    for field in fields:
        text, count = re.subn(SAID[field], "\n" if field == "result_step" else "", text)
        assert count
    return parse_contract(text.encode(), case.folder)


@pytest.fixture(scope="module")
def rate() -> Contract:
    """The rate card without the smallest numbers that decide."""
    return without("rate-card", "minimum_n")


def locked(contract: Contract, **given: Any) -> Envelope:
    return workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", **given)


@pytest.mark.parametrize("field", TERMS)
def test_every_open_term_is_found_where_a_case_no_longer_states_it(field: str) -> None:
    cases = {"reference_period": "aterforing", "missing_data": "aterforing", "on_unavailable": "sick-leave"}
    name = cases.get(field, "nsw-cps")
    assert {one.field for one in open_terms(without(name, field))} == {field}


@pytest.mark.parametrize("name", workflow.case_names())
def test_no_case_leaves_a_term_open(name: str) -> None:
    assert open_terms(case_contract(name)) == ()


def test_for_whom_it_is_paid_is_asked_on_the_treated_alone() -> None:
    text = without("nsw-cps", "payment_quantity").raw.decode()
    other = text.replace("method: nearest", "method: overlap").replace("estimand: ATT", "estimand: ATO")
    assert "payment_quantity" not in {one.field for one in open_terms(parse_contract(other.encode()))}


def test_each_open_term_has_its_words_and_ties_are_where_the_methods_break_them() -> None:
    assert tuple(TERMS) == FIELDS
    assert {name for name, method in METHODS.items() if "tie_orders" in method.reads} == TIES


def test_a_plan_with_open_terms_is_not_locked_without_a_word(rate: Contract) -> None:
    with pytest.raises(ContractError) as error:
        locked(rate)
    assert all(term in str(error.value) for term in OPEN)
    assert "--undecided-accepted" in str(error.value)


def test_what_is_accepted_stands_in_the_lock_and_on_the_page(rate: Contract) -> None:
    lock = locked(rate, undecided_accepted=True)
    assert json.loads(lock.payload)["predicate"]["plan"]["undecided_accepted"] == OPEN
    certificate = workflow.settle(rate, date=DATE, locked=lock)
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


@pytest.mark.parametrize("kind", ["final", "interim"])
def test_open_terms_are_not_settled_without_a_lock_that_accepts_them(rate: Contract, kind: str) -> None:
    with pytest.raises(ContractError) as error:
        workflow.settle(rate, date=DATE, kind=kind)
    assert all(term in str(error.value) for term in OPEN)
    assert "give a lock that accepts them; or settle with --undecided-accepted" in str(error.value)


def test_what_is_accepted_beside_a_lock_is_what_the_lock_lists(rate: Contract) -> None:
    lock = locked(rate, undecided_accepted=True)
    with pytest.raises(ArgumentError, match=r"^`undecided_accepted` is for a settlement without a lock"):
        workflow.settle(rate, date=DATE, locked=lock, undecided_accepted=True)


@pytest.fixture(scope="module")
def accepted(rate: Contract) -> Certificate:
    """Settled without a lock, its open terms accepted."""
    return workflow.settle(rate, date=DATE, undecided_accepted=True)


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "who settled it accepted that, and no party has signed"), ("sv", "den som avräknade godtog det")],
)
def test_a_settlement_without_a_lock_names_what_was_accepted(accepted: Certificate, lang: Any, told: str) -> None:
    assert accepted.plan.undecided_accepted == tuple(OPEN)
    text = certificate_text(accepted, lang)
    assert told in text
    assert f"analysis.work: {TERMS['minimum_n'].in_language(lang)}" in text
    assert "nobody has accepted" not in text


def _with_accepted(certificate: Certificate, listed: list[str]) -> Certificate:
    tree = json.loads(certificate.envelope.payload)
    tree["predicate"]["plan"].pop("undecided_accepted", None)
    if listed:
        tree["predicate"]["plan"]["undecided_accepted"] = listed
    return Certificate(Envelope(payload=canonical_json(tree)))


@pytest.mark.parametrize("listed", [[], OPEN[:1], [*OPEN, "minimum_n at analysis.more"]])
def test_a_certificate_that_hides_what_is_open_does_not_hold(accepted: Certificate, listed: list[str]) -> None:
    told = {one.name: one.verdict for one in workflow.verify(_with_accepted(accepted, listed)).findings}
    assert (told["plan"], told["undecided"]) == ("reproduced", "different")
    plain = {one.name: one.verdict for one in workflow.verify(accepted).findings}
    assert plain["plan"] == "reproduced"
    assert "undecided" not in plain


def test_nothing_is_listed_where_nothing_is_open() -> None:
    certificate = workflow.settle(case_contract("rate-card"), date=DATE, undecided_accepted=True)
    assert certificate.envelope.payload == workflow.settle(case_contract("rate-card"), date=DATE).envelope.payload
    assert "undecided_accepted" not in json.loads(certificate.envelope.payload)["predicate"]["plan"]


def test_a_file_that_states_them_is_locked_and_says_nothing() -> None:
    contract = case_contract("rate-card")
    lock = locked(contract)
    assert "undecided_accepted" not in json.loads(lock.payload)["predicate"]["plan"]
    certificate = workflow.settle(contract, date=DATE, locked=lock)
    assert "leaves open" not in certificate_text(certificate, "en")


def test_a_plan_that_pays_on_what_has_no_step_is_not_locked() -> None:
    contract = without("rate-card", "result_step")
    with pytest.raises(ContractError, match="leaves open what money turns on: result_step at measures\\."):
        locked(contract)
    lock = locked(contract, undecided_accepted=True)
    page = certificate_text(workflow.settle(contract, date=DATE, locked=lock), "sv")
    assert "measures: på vilket steg av resultattrappan det som betalas står" in page


@pytest.mark.parametrize("listed", [None, [], OPEN[:1]])
def test_a_lock_that_hides_what_is_open_is_refused(rate: Contract, listed: list[str] | None) -> None:
    tree = json.loads(locked(rate, undecided_accepted=True).payload)
    del tree["predicate"]["plan"]["undecided_accepted"]
    if listed is not None:
        tree["predicate"]["plan"]["undecided_accepted"] = listed
    forged = sign(Envelope(payload=canonical_json(tree)), DEMO_KEY)
    with pytest.raises(CertificateError, match="does not list the terms that the contract leaves open"):
        workflow.settle(rate, date=DATE, locked=forged)


def test_the_commands_list_them_and_end_with_two(effekt: Callable[..., Any], rate: Contract, tmp_path: Path) -> None:
    contract = tmp_path / "contract.yaml"
    contract.write_bytes(rate.raw)
    given = ("lock", contract, "--key", "demo", "--date", "2022-11-20", "--out", tmp_path / "l.json", "--lang", "en")
    code, out, err = effekt(*given)
    assert (code, out) == (2, "")
    assert all(term in err for term in OPEN)
    assert "--undecided-accepted" in err
    assert not (tmp_path / "l.json").exists()
    code, out, _ = effekt(*given, "--undecided-accepted")
    assert (code, "? No smallest number of units is stated for work" in out) == (0, True)
    months = workflow.case("rate-card") / "months.csv"
    settle = ("settle", contract, "--data", f"months={months}", "--date", DATE, "--lang", "en")
    code, out, err = effekt(*settle)
    assert (code, out) == (2, "")
    assert all(term in err for term in OPEN)
    code, out, _ = effekt(*settle, "--undecided-accepted")
    assert (code, "who settled it accepted that" in out) == (0, True)


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "--undecided-accepted accepts nothing here: the contract leaves open no term that a lock requires."),
        ("sv", "--undecided-accepted godtar inget här: avtalet lämnar inte öppet något villkor som en låsning kräver."),
    ],
)
def test_that_nothing_is_open_to_be_accepted_is_told_and_changes_nothing(
    effekt: Callable[..., Any], tmp_path: Path, lang: str, told: str
) -> None:
    contract = workflow.case("rate-card") / "contract.yaml"
    settle = ("settle", contract, "--date", DATE, "--lang", lang)
    plain, accepting = effekt(*settle), effekt(*settle, "--undecided-accepted")
    assert (accepting.code, accepting.out) == (plain.code, plain.out) == (0, plain.out)
    assert (told in plain.err, accepting.err) == (False, f"{told}\n")
    locks = []
    for name, more in (("plain", ()), ("accepting", ("--undecided-accepted",))):
        lock = ("lock", contract, "--key", "demo", "--date", "2022-11-20", "--lang", lang, "--out", tmp_path / name)
        code, _, err = effekt(*lock, *more)
        assert (code, err) == (0, f"{told}\n" if more else "")
        locks.append((tmp_path / name).read_bytes())
    assert locks[0] == locks[1]


def test_check_says_what_the_conventions_decide(effekt: Callable[..., Any]) -> None:
    out = effekt("check", workflow.case("sick-leave") / "contract.yaml", "--lang", "en").out
    assert "= A figure exactly at a threshold is decided as the condition is written" in out
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

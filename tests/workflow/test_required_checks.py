"""Checks that a contract requires: a check that fails refers what is paid, and never moves it to another estimate."""

from __future__ import annotations

from pathlib import Path

import pytest
from workflow import test_thin_data as thin

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.contracts import parse_attestation
from effekt.exceptions import ContractError
from effekt.reports.checklist import checklist

UNLIKE = thin.people(range(20, 60, 5), range(40, 80, 5), [4, 5, 6, 7, 4, 5, 6, 7])
REQUIRED = "    required_checks: {RULES}\n    variance: CR2\n"


def settled(folder: Path, rules: str | None, data: str = thin.PAIRED, caliper: str = "1") -> Certificate:
    (folder / "people.csv").write_text(data, encoding="utf-8")
    text = thin.TEXT.replace('calipers: {age: "1"}', f'calipers: {{age: "{caliper}"}}')
    text = text if rules is None else text.replace("    variance: CR2\n", REQUIRED.replace("RULES", rules))
    attested = parse_attestation(thin.ATTESTED.replace("NUMBER", "8").encode())
    return workflow.settle(thin.read(text, folder), date="2022-06-01", attestations=[attested]).sign(DEMO_KEY)


def statuses(certificate: Certificate) -> dict[str, str]:
    return {check.name: check.status for check in certificate.results["work"].diagnostics}


@pytest.mark.parametrize(
    ("rules", "data", "paid", "d4"),
    [
        ("covariate_balance: refer_on_warning", "alike", True, "pass"),
        ("covariate_balance: refer_on_warning", "unlike", False, "fail"),
        ("covariate_balance: refer", "unlike", True, "pass"),  # it warns and does not fail
        ("event_study: refer", "alike", False, "fail"),  # a check that was not made is not met
        ("event_study: note", "alike", True, "fail"),
    ],
)
def test_what_follows_when_a_required_check_fails(tmp_path: Path, rules: str, data: str, paid: bool, d4: str) -> None:
    table, caliper = (thin.PAIRED, "1") if data == "alike" else (UNLIKE, "40")
    free = settled(tmp_path, None, table, caliper)
    certificate = settled(tmp_path, rules, table, caliper)
    assert (statuses(certificate)["covariate_balance"] == "warning") is (data == "unlike")
    assert free.due is not None
    assert certificate.due == (free.due if paid else None)
    assert certificate.settlement.state == ("payable" if paid else "referred")
    assert [answer.verdict for answer in checklist(certificate) if answer.item == "D4"] == [d4]
    verified = workflow.verify(certificate, contract=certificate.contract, data={"people": tmp_path / "people.csv"})
    assert verified.ok, verified.differences


def test_a_required_check_is_a_sentence_of_the_annex(tmp_path: Path) -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", "covariate_balance: refer"))
    annexed = {lang: workflow.annex(thin.read(text), lang=lang).replace("\\", "") for lang in ("en", "sv")}
    assert (
        "The check covariate_balance of the analysis work is required: where it fails or is not made, the figures of "
        "the analysis are referred to the parties." in annexed["en"]
    )
    assert (
        "Kontrollen covariate_balance av analysen work krävs: om den inte är uppfylld eller inte görs hänskjuts "
        "analysens siffror till parterna." in annexed["sv"]
    )


def test_no_rule_moves_a_contract_to_another_estimate() -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", "covariate_balance: fall_back"))
    with pytest.raises(ContractError, match="must be refer, refer_on_warning or note; got"):
        thin.read(text)

"""Whatever is changed in a certificate, its page, its contract or its data, verify names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, generate_key, parse_json, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError
from effekt.workflow.data.analysis import load
from effekt.workflow.findings import compare, told_differences


def _changed(folder: Path, change: Callable[[dict[str, Any]], None]) -> Certificate:
    """The certificate with its statement changed, and signed again by the same key: a dishonest signer."""
    envelope = read_envelope((folder / "certificate.json").read_bytes())
    statement = json.loads(envelope.payload)
    change(statement["predicate"])
    return Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))


def _differences(folder: Path, certificate: Certificate | Path) -> list[str]:
    contract = workflow.read_contract(folder / "contract.yaml")
    return [finding.name for finding in workflow.verify(certificate, contract=contract).differences]


def test_an_untouched_certificate_holds(rate_card: Path) -> None:
    assert _differences(rate_card, rate_card / "certificate.json") == []


def test_a_figure_that_its_signer_changed_is_named(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["figures"][0]["value"] = "69"

    assert _differences(rate_card, _changed(rate_card, change)) == [
        "figure:months_in_work",
        "line:work",
        "payment",
        "independent_line:work",
        "independent_payment",
        "recomputed:months_in_work",
        "independent:months_in_work",
    ]


def test_an_amount_that_its_signer_changed_is_named(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["total"] = "779037.41"

    assert _differences(rate_card, _changed(rate_card, change)) == ["payment", "independent_payment"]


def test_a_share_that_its_signer_changed_is_named(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["lines"][0]["shares"][0]["amount"] = "314518.71"

    assert _differences(rate_card, _changed(rate_card, change)) == ["line:work", "payment", "independent_line:work"]


def test_a_result_that_its_signer_changed_is_named(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["results"]["work"]["exact"] = "69/1"

    assert _differences(rate_card, _changed(rate_card, change)) == ["figure:months_in_work", "result:work"]


def test_a_contract_that_its_signer_changed_is_named(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["contract"]["text"] = predicate["contract"]["text"].replace("9250.55", "9950.55")

    names = _differences(rate_card, _changed(rate_card, change))
    assert {"contract", "own_contract", "subjects", "payment"} <= set(names)


def test_a_contract_that_the_verifier_has_in_another_form_is_named_with_its_line(rate_card: Path) -> None:
    path = rate_card / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("9250.55", "9250.56"), encoding="utf-8")
    found = workflow.verify(rate_card / "certificate.json", contract=workflow.read_contract(path))
    (difference,) = [finding for finding in found.differences if finding.name == "own_contract"]
    line = path.read_text(encoding="utf-8").split("9250.56")[0].count("\n") + 1
    assert f"line {line}" in difference.text.en


def test_a_data_cell_that_was_changed_is_named(rate_card: Path) -> None:
    path = rate_card / "months.csv"
    path.write_bytes(path.read_bytes().replace(b";0;0\r\n", b";1;0\r\n", 1))
    assert _differences(rate_card, rate_card / "certificate.json") == [
        "data:months",
        "result:work",
        "recomputed:months_in_work",
        "independent:months_in_work",
    ]


def test_another_format_of_the_same_data_is_within_tolerance(rate_card: Path) -> None:
    table = load(workflow.read_contract(rate_card / "contract.yaml"), "months")
    frame = table.to_pandas()
    frame.iloc[::-1].to_parquet(rate_card / "months.parquet")
    contract = workflow.read_contract(rate_card / "contract.yaml")
    found = workflow.verify(
        rate_card / "certificate.json", contract=contract, data={"months": rate_card / "months.parquet"}
    )
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["data:months"] == "within_tolerance"


def test_an_unsigned_certificate_does_not_hold(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    certificate = workflow.settle(contract, date="2023-09-01")
    assert [finding.name for finding in workflow.verify(certificate, contract=contract).differences] == ["signatures"]


def test_a_key_that_the_contract_does_not_name_counts_for_nothing(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    unsigned = workflow.settle(contract, date="2023-09-01")
    signed = Certificate(sign(unsigned.envelope, generate_key()))
    names = [finding.name for finding in workflow.verify(signed, contract=contract).differences]
    assert names == ["signature_unknown_key", "signatures"]


def test_without_contract_and_data_what_cannot_be_told_is_said(rate_card: Path) -> None:
    found = workflow.verify(rate_card / "certificate.json")
    unknown = [finding.name for finding in found.findings if finding.verdict == "cannot_tell"]
    assert found.ok
    assert unknown == ["signatures", "demo_key", "own_contract", "data:months"]


@pytest.mark.parametrize("position", range(0, 2000, 97))
def test_any_byte_of_the_file(rate_card: Path, position: int) -> None:
    raw = bytearray((rate_card / "certificate.json").read_bytes())
    raw[position] ^= 1
    contract = workflow.read_contract(rate_card / "contract.yaml")
    try:
        found = workflow.verify(bytes(raw), contract=contract)
    except CertificateError:
        return  # no longer readable as a certificate
    assert not found.ok


def test_the_last_bytes_are_the_signature(rate_card: Path) -> None:
    raw = (rate_card / "certificate.json").read_bytes()
    tree = parse_json(raw)
    assert isinstance(tree, dict)
    signature = tree["signatures"][0]["sig"]
    forged = raw.replace(signature.encode(), (("A" if signature[0] != "A" else "B") + signature[1:]).encode())
    contract = workflow.read_contract(rate_card / "contract.yaml")
    assert "signature_invalid" in {f.name for f in workflow.verify(forged, contract=contract).differences}


def test_a_lock_dated_after_the_data_is_no_lock_before_them(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    before = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    after = workflow.lock(contract, key=DEMO_KEY, date="2023-01-01", undecided_accepted=True)
    assert workflow.settle(contract, date="2023-09-01", locked=before).plan.locked_before_data
    assert not workflow.settle(contract, date="2023-09-01", locked=after).plan.locked_before_data


def test_a_lock_by_a_stranger_is_refused(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    made = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    lock = sign(Envelope(payload=made.payload), generate_key())
    with pytest.raises(CertificateError, match="not signed by a key of a party"):
        workflow.settle(contract, date="2023-09-01", locked=lock)


def test_a_plan_said_to_be_locked_without_a_lock_is_named(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["plan"] = {"date": "2022-11-20", "locked_before_data": True, "lock": None}

    assert _differences(rate_card, _changed(rate_card, change)) == ["plan"]


def test_a_later_version_may_word_things_otherwise_but_not_change_an_amount(
    rate_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reworded(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["lines"][0]["steps"][0]["en"] = "Other words for the same step."

    def repriced(predicate: dict[str, Any]) -> None:
        reworded(predicate)
        predicate["settlement"]["lines"][0]["steps"][0]["value"] = "1"

    assert _differences(rate_card, _changed(rate_card, reworded)) == ["line:work", "payment"]
    monkeypatch.setattr("effekt.__version__", "99.0.0")
    monkeypatch.setattr("effekt.workflow.findings.EARLIER", ("0.1.0",))
    contract = workflow.read_contract(rate_card / "contract.yaml")
    found = workflow.verify(_changed(rate_card, reworded), contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert (found.ok, verdicts["line:work"], verdicts["line:home"]) == (True, "cannot_tell", "reproduced")
    names = ["line:work", "payment", "independent_line:work"]
    assert _differences(rate_card, _changed(rate_card, repriced)) == names


def test_a_result_that_differs_says_where_and_how(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["results"]["work"]["exact"] = "69/1"

    contract = workflow.read_contract(rate_card / "contract.yaml")
    findings = workflow.verify(_changed(rate_card, change), contract=contract).differences
    (text,) = [finding.text for finding in findings if finding.name == "result:work"]
    true = json.loads(read_envelope((rate_card / "certificate.json").read_bytes()).payload)["predicate"]["results"]
    assert text.en == (
        "Analysis work: the signed result against the one computed again from the data. What differs (signed / again): "
        f'exact "69/1" / "{true["work"]["exact"]}".'
    )
    assert text.sv == (
        "Analysen work: det signerade resultatet mot det som räknats om från data. Det som skiljer sig (signerat / "
        f'omräknat): exact "69/1" / "{true["work"]["exact"]}".'
    )


# --- numbers that JSON writes alike ---------------------------------------------------------------------------


TRIAL = """\
schema: effekt/contract/1
id: trial
title: {sv: "Försök", en: "Trial"}
parties:
  municipality: {role: payer, name: "A"}
  fund: {role: investor, name: "B"}
  verifier: {role: verifier, name: "C", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2018-03-01", outcome_data_from: "2018-06-01"}
attribution: randomised
data:
  people: {path: people.csv}
analysis:
  trial:
    method: randomized_trial
    minimum_n: none
    data: people
    outcome: {column: "y", unit: "days", better: higher}
    treatment: d
    adjustment: none
    estimand: ATE
    population: super
    variance: HC2
    missing: drop
    outcome_range: ["0", "30"]
figures:
  rise: {estimate: trial, view: improvement, statistic: estimate, digits: 4, unit: days}
payment:
  currency: SEK
  quantum: "0.01"
  rounding: half_up
  lines:
    share:
      payers: {municipality: "1"}
      payee: fund
      pays: {piecewise: {figure: rise, points: [{at: "-5", pays: "0"}, {at: "10", pays: "1500000"}]}}
"""
MADE = {"p_value": 1.0, "low": 0.0, "mean": 0.1, "rows": 3}


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ({"mean": 0.1 + 1e-16}, "within_tolerance"),
        ({"p_value": 1 - 1e-12}, "within_tolerance"),
        ({"low": 1}, "different"),
        ({"rows": 3.0000000001}, "different"),
    ],
)
def test_a_whole_number_that_was_measured_is_no_count(rate_card: Path, stated: dict[str, Any], verdict: str) -> None:
    found = workflow.read_certificate(rate_card / "certificate.json")
    read = json.loads(canonical_json({**MADE, **stated}))  # 1.0 and 0.0 are read as 1 and 0
    assert compare("result:a", read, MADE, found, "It.", "Det.").verdict == verdict


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ([0.6, 6.6e-17, 0.1], "within_tolerance"),
        ([0.6, 0.0, 0.1], "within_tolerance"),
        ([0.6, 1e-11, 0.1], "different"),
        ([0.6, 5.9e-17, 0.1 + 1e-9], "different"),
        ([float("inf"), 5.9e-17, 0.1], "different"),
    ],
)
def test_what_is_nothing_beside_the_numbers_around_it_is_rounding(
    rate_card: Path, stated: list[float], verdict: str
) -> None:
    """Processors add up in other orders: what is 0 but for rounding is another number on each."""
    found = workflow.read_certificate(rate_card / "certificate.json")
    again = [0.6, 5.9e-17, 0.1]
    assert compare("result:a", {"df": stated}, {"df": again}, found, "It.", "Det.").verdict == verdict
    assert bool(told_differences({"df": stated}, {"df": again}).en) == (verdict == "different")


def test_only_what_differs_is_listed() -> None:
    read = json.loads(canonical_json({**MADE, "mean": 0.2}))
    assert told_differences(read, MADE).en == "mean 0.2 / 0.1"


def test_an_ulp_elsewhere_does_not_turn_the_ends_of_an_outcome_into_a_difference(tmp_path: Path) -> None:
    rows = [f"{i % 2},{'' if i in (4, 9) else 10 + i % 7 + 2 * (i % 2)}" for i in range(24)]
    (tmp_path / "people.csv").write_text("\n".join(["d,y", *rows, ""]), encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(TRIAL, encoding="utf-8")
    contract = workflow.read_contract(tmp_path / "contract.yaml")
    made = workflow.settle(contract, date="2020-01-01", undecided_accepted=True)
    statement = json.loads(made.envelope.payload)
    drifted = statement["predicate"]["results"]["trial"]["inference"]["covariance"]
    drifted[0] *= 1 + 1e-14
    certificate = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    found = workflow.verify(certificate, contract=contract)
    assert {one.name: one.verdict for one in found.findings}["result:trial"] == "within_tolerance"
    assert found.ok

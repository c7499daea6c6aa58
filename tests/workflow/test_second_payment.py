"""A payment by two routes: what one of them alone gets wrong is told, with the line and the clause."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, read_envelope, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts import between_lines, settlement
from effekt.contracts.clauses.per_unit import UnitPrice
from effekt.contracts.strict_yaml import parse
from effekt.independent.payments import payment_terms
from effekt.workflow.recomputed import second_payment
from effekt.workflow.verification import Verification


def _verified(folder: Path) -> Verification:
    """Settled and verified on one machine, whatever is wrong with it."""
    contract = workflow.read_contract(folder / "contract.yaml")
    return workflow.verify(workflow.settle(contract, date="2023-09-01"), contract=contract)


def _told(found: Verification) -> dict[str, str]:
    return {one.name: one.verdict for one in found.findings if one.name.startswith("independent_")}


def test_a_payment_is_reproduced_by_both(rate_card: Path) -> None:
    found = _verified(rate_card)
    assert _told(found) == dict.fromkeys(
        ("independent_line:work", "independent_line:home", "independent_payment"), "reproduced"
    )
    texts = {one.name: one.text for one in found.findings}
    assert texts["independent_line:home"].en == (
        "Line home: stated SEK\N{NO-BREAK SPACE}150,000, by the independent implementation "
        "SEK\N{NO-BREAK SPACE}150,000."
    )


def _dearer(self: UnitPrice, x: Fraction) -> Fraction:
    return self.factor * x + 1


def _up(value: Fraction, quantum: Fraction, ties: str) -> Fraction:
    return -(-value // quantum) * quantum + quantum


def _uncapped(drafts: Any, *_: Any) -> Any:
    return drafts


@pytest.mark.parametrize(
    ("module", "name", "instead", "cap", "sentence"),
    [
        (UnitPrice, "pays", _dearer, None, "They first part at unit_price: {}629,038.40 and {}629,037.40."),
        (settlement, "round_to", _up, None, "They first part at rounding: {}629,037.41 and {}629,037.40."),
        (between_lines, "_under_cap", _uncapped, "100000", "They first part at contract_cap: – and {}0."),
    ],
)
def test_a_package_that_was_tampered_with_is_caught_on_its_own_machine(
    rate_card: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    instead: Any,
    cap: str | None,
    sentence: str,
) -> None:
    """The first route settles and verifies alike wrongly; the second shares no code with it."""
    if cap is not None:
        path = rate_card / "contract.yaml"
        text = path.read_text(encoding="utf-8")
        rule = f'\n  cap: {{amount: "{cap}", reduces: last_line_first}}\n  lines:'
        path.write_text(text.replace("\n  lines:", rule, 1), encoding="utf-8")
    monkeypatch.setattr(module, name, instead)
    found = _verified(rate_card)
    verdicts = {one.name: one.verdict for one in found.findings}
    assert verdicts["payment"] == verdicts["line:work"] == "reproduced"
    assert not found.ok
    assert found.parted is not None
    assert "the payment" in found.parted.en
    texts = " ".join(one.text.en for one in found.differences)
    assert sentence.format("SEK\N{NO-BREAK SPACE}", "SEK\N{NO-BREAK SPACE}") in texts
    assert "De skiljs åt först vid " in " ".join(one.text.sv for one in found.differences)


def test_what_the_second_route_has_no_rule_for_is_told_and_not_passed(
    rate_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(payment_terms.ON_A_FIGURE, "unit_price")
    found = _verified(rate_card)
    assert _told(found) == {"independent_payment": "cannot_tell"}
    (text,) = [one.text for one in found.findings if one.name == "independent_payment"]
    assert text.en.endswith("has no rule for payment.lines.work.pays.unit_price.")
    assert text.sv.startswith("Betalningen enligt den oberoende beräkningen: den andra beräkningen av betalningen har")


def test_a_file_that_it_reads_otherwise_is_seen(rate_card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def misread(raw: bytes) -> Any:
        return parse(raw.replace(b"9250.55", b"9250.56")).value

    monkeypatch.setattr(second_payment, "read_contract", misread)
    assert _told(_verified(rate_card))["independent_line:work"] == "different"


CHANGED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "another currency": (
        lambda settled: settled.update(currency="EUR"),
        "Total: stated EUR 779,037.40, by the independent implementation SEK 779,037.40; the currency differs.",
        "; valutan skiljer sig.",
    ),
    "a line twice": (
        lambda settled: settled["lines"].append(settled["lines"][0]),
        "; which lines or guarantees are listed, each once, differs.",
        "; vilka rader eller garantier som står, en gång var,",
    ),
    "void": (lambda settled: settled.update(state="void"), "; the word for the whole differs.", "; ordet för helheten"),
}


@pytest.mark.parametrize(("change", "en", "sv"), CHANGED.values(), ids=CHANGED)
def test_what_stands_around_the_amounts_is_held_against_the_contract_file(
    rate_card: Path, change: Callable[[Any], Any], en: str, sv: str
) -> None:
    found = _changed(rate_card, change)["independent_payment"]
    assert found.verdict == "different"
    assert en in found.text.en.replace("\N{NO-BREAK SPACE}", " ")
    assert sv in found.text.sv


def test_a_payer_who_is_listed_twice_is_seen(rate_card: Path) -> None:
    found = _changed(rate_card, lambda settled: settled["lines"][0]["shares"].extend(settled["lines"][0]["shares"]))
    assert found["independent_line:work"].verdict == "different"


@pytest.mark.parametrize(
    ("below_zero", "paid", "total"),
    [("carry", "100", 150000), ("floor", "200000", 150000), ("carry", "200000", 200000)],
)
def test_what_the_next_settlement_has_as_paid_before_is_computed_again(
    rate_card: Path, monkeypatch: pytest.MonkeyPatch, below_zero: str, paid: str, total: int
) -> None:
    path = rate_card / "contract.yaml"
    true_up = f'      true_up: {{paid: "{paid}", below_zero: {below_zero}}}\n'
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('      cap: "150000"', f'      cap: "150000"\n{true_up.rstrip()}'), encoding="utf-8")
    assert _told(_verified(rate_card))["independent_line:home"] == "reproduced"
    whole = settlement.paid_to_date_step

    def less(*given: Any) -> Any:
        return tuple(replace(step, value=str(Fraction(step.value or "") - 1)) for step in whole(*given))

    monkeypatch.setattr(settlement, "paid_to_date_step", less)
    (text,) = [one.text for one in _verified(rate_card).differences if one.name == "independent_line:home"]
    assert text.en.replace("\N{NO-BREAK SPACE}", " ") == (
        "Line home: the amount is the same, but not what the next settlement has as paid before: "
        f"SEK {total - 1:,} and SEK {total:,}."
    )
    assert "men inte vad nästa avräkning har som tidigare betalt: " in text.sv


PASSED_ON = (
    '  waterfall: {from: provider, steps: [{to: {fund: "1"}}]}\n'
    '  guarantees: {least: {guarantor: municipality, beneficiary: fund, amount: "1000000", share: "0.5"}}\n'
)


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("state", "referred", "independent_payment"),
        ("amount", "1.00", "independent_payment"),
        ("amount", None, "independent_payment"),
        ("party", "fund", "independent_payment"),
        ("payee", "provider", "independent_guarantee:least"),
        ("shares", [{"payer": "provider", "amount": "110481.30"}], "independent_guarantee:least"),
    ],
)
def test_what_is_passed_on_or_borne_is_held_against_the_contract_file(
    rate_card: Path, key: str, value: Any, name: str
) -> None:
    path, part = rate_card / "contract.yaml", "distribution" if name.endswith("payment") else "guarantees"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\nmeasures:\n", f"\n{PASSED_ON}measures:\n"), encoding="utf-8")
    settled = workflow.settle(workflow.read_contract(path), date="2023-09-01")
    (rate_card / "certificate.json").write_bytes(settled.to_bytes())

    def change(stated: Any, key: str = key, value: Any = value) -> None:
        (stated[part][0] if part == "guarantees" else stated[part])[key] = value

    assert _changed(rate_card, lambda _: None)[name].verdict == "reproduced"
    assert _changed(rate_card, change)[name].verdict == "different"


@pytest.mark.parametrize(
    ("change", "name", "en"),
    [
        (lambda settled: settled["lines"][0].update(payee="fund"), "line:work", 'payee "fund" / "provider".'),
        (
            lambda settled: settled["lines"][0]["shares"][0].update(payer="provider"),
            "line:work",
            'shares[1].payer "provider" / "municipality".',
        ),
        (lambda settled: settled["lines"][1]["steps"][0].update(en="x"), "line:home", 'steps[1].en "x" / '),
        (lambda settled: settled.update(currency="EUR"), "payment", 'currency "EUR" / "SEK".'),
    ],
)
def test_the_first_route_names_what_differs_beside_an_equal_amount(
    rate_card: Path, change: Callable[[Any], Any], name: str, en: str
) -> None:
    found = _changed(rate_card, change)[name]
    assert found.verdict == "different"
    assert f"The amount is the same and this is not (stated / computed): {en}" in found.text.en
    assert f"Beloppet är detsamma, men inte detta (angivet / beräknat): {en}" in found.text.sv


def _changed(folder: Path, change: Callable[[Any], Any]) -> dict[str, Any]:
    """The findings on the signed certificate as a dishonest signer changes its settlement and signs it again."""
    statement = json.loads(read_envelope((folder / "certificate.json").read_bytes()).payload)
    change(statement["predicate"]["settlement"])
    certificate = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    found = workflow.verify(certificate, contract=workflow.read_contract(folder / "contract.yaml"))
    return {one.name: one for one in found.findings}

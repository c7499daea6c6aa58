"""The first sentence of a certificate where guarantors pay or wait beside the lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.certificates.release import read_public
from effekt.cli import main
from effekt.contracts import parse_attestation, parse_contract
from effekt.exceptions import ArgumentError
from effekt.reports.public import statement_text
from effekt.reports.text import certificate_text

NBSP = "\N{NO-BREAK SPACE}"
DAY = "2024-12-31"
CONTRACT = """\
schema: effekt/contract/1
id: fund
title: {sv: "Fond", en: "Fund"}
parties:
  town: {role: payer, name: "Staden"}
  firm: {role: provider, name: "Firman"}
  bank: {role: investor, name: "Banken"}
  fund: {role: guarantor, name: "Fonden"}
  auditor: {role: verifier, name: "Revisorn", keys: ["KEY"]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2022-01-10", outcome_data_from: "2022-03-01", certificates: ["2024-12-31"]}
attribution: none
figures:
  work:
    {attested: auditor, digits: 0, unit: SEK, question: {sv: "Utfört?", en: "Done?"},
     reference_period: {sv: "ingen", en: "none"}, missing_data: {sv: "ingen", en: "none"}}
  goal:
    {attested: auditor, digits: 0, unit: SEK, question: {sv: "Garanterat?", en: "Guaranteed?"},
     reference_period: {sv: "ingen", en: "none"}, missing_data: {sv: "ingen", en: "none"}}
payment:
  currency: SEK
  quantum: "0.01"
  rounding: half_up
  lines:
    work:
      payers: {town: "1"}
      payee: firm
      pays: {unit_price: {price: "1", figure: work, below_zero: negative}}
      paid_each: certificate
  waterfall: {from: firm, steps: [{to: {bank: "0.5", firm: "0.5"}}]}
  guarantees:
    capital: {guarantor: fund, beneficiary: bank, amount: goal, share: "0.5"}
measures:
  work: {step: outcome, source: {sv: "r", en: "r"}}
  goal: {step: parameter, source: {sv: "r", en: "r"}}
""".replace("KEY", public_text(public_key(DEMO_KEY)))
TERMS = parse_contract(CONTRACT.encode())


def attestation(values: dict[str, str]) -> bytes:
    facts = [
        f'  {id}: {{value: "{value}", by: auditor, date: "2024-12-30", evidence: {{description: "Intyg"}}}}\n'
        for id, value in values.items()
    ]
    return ("schema: effekt/attestation/1\ncontract: fund\nfigures:\n" + "".join(facts)).encode()


def settled(kind: str = "final", **values: str) -> Certificate:
    return workflow.settle(TERMS, date=DAY, kind=kind, attestations=[parse_attestation(attestation(values))])


def first(certificate: Certificate, lang: str) -> str:
    """The conclusion's first block, in one line."""
    blocks = certificate_text(certificate, lang).replace(NBSP, " ").split("\n\n")
    return " ".join(blocks[2].split())


@pytest.mark.parametrize(
    ("kind", "values", "en", "sv"),
    [
        (
            "final",
            {"work": "0", "goal": "1001"},
            "The outcome is determined; the contract's lines pay nothing, SEK 0; guarantors pay: Fonden SEK 500.50.",
            "Utfallet är fastställt; avtalets rader ger ingen betalning, 0 kr; garanter betalar: Fonden 500,50 kr.",
        ),
        (
            "final",
            {"work": "1000", "goal": "600"},
            "The outcome is determined; the contract's lines pay SEK 1,000; guarantors pay: Fonden SEK 50.",
            "Utfallet är fastställt; avtalets rader ger betalningen 1 000 kr; garanter betalar: Fonden 50 kr.",
        ),
        (
            "final",
            {"work": "-10", "goal": "100"},
            "The outcome is determined; by the contract's lines those who receive payment pay back SEK 10; guarantors "
            "pay: Fonden SEK 50.",
            "Utfallet är fastställt; enligt avtalets rader betalar den som får betalt i stället tillbaka 10 kr; "
            "garanter betalar: Fonden 50 kr.",
        ),
        (
            "interim",
            {"work": "0", "goal": "1001"},
            "Interim: nothing is to be paid on this certificate. As the figures stand, the contract's lines pay "
            "nothing, SEK 0; guarantors pay: Fonden SEK 500.50.",
            "Delintyg: inget ska betalas enligt detta intyg. Som siffrorna står gäller: avtalets rader ger ingen "
            "betalning, 0 kr; garanter betalar: Fonden 500,50 kr.",
        ),
        (
            "final",
            {"work": "0"},
            "Not everything is determined: the contract's lines pay nothing, SEK 0; not determined is what is "
            "guaranteed. - Guarantee capital, not yet determinable. No value for: goal.",
            "Allt är inte fastställt: avtalets rader ger ingen betalning, 0 kr; inte fastställt är vad som garanteras. "
            "- Garanti capital, kan ännu inte fastställas. Värde saknas för: goal.",
        ),
        (
            "final",
            {"work": "0", "goal": "0"},
            "The outcome is determined; under the contract's terms nothing is to be paid: SEK 0.",
            "Utfallet är fastställt; enligt avtalets villkor ska inget betalas: 0 kr.",
        ),
        (
            "final",
            {"work": "1000", "goal": "0"},
            "The outcome is determined; payment under the contract: SEK 1,000.",
            "Utfallet är fastställt; utbetalning enligt avtalet: 1 000 kr.",
        ),
    ],
)
def test_the_first_sentence_says_what_guarantors_pay(kind: str, values: dict[str, str], en: str, sv: str) -> None:
    certificate = settled(kind, **values)
    assert first(certificate, "en").startswith(en)
    assert first(certificate, "sv").startswith(sv)


def test_the_word_for_the_state_is_of_the_lines_where_guarantors_pay_or_wait() -> None:
    beside = [settled(work="0", goal="1"), settled(work="0")]
    alone = [settled(work="0", goal="0"), settled(work="1")]
    assert ["State of the lines" in certificate_text(one, "en") for one in beside] == [True, True]
    assert "State of the lines" not in certificate_text(alone[0], "en")


@pytest.mark.parametrize(
    ("values", "code"), [({"work": "0", "goal": "9"}, 0), ({"work": "0"}, 3), ({"work": "5"}, 3), ({"goal": "9"}, 3)]
)
def test_settling_ends_with_3_while_a_guarantee_is_not_determined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], code: int
) -> None:
    contract, attested = tmp_path / "contract.yaml", tmp_path / "attested.yaml"
    contract.write_text(CONTRACT, encoding="utf-8")
    attested.write_bytes(attestation(values))
    arguments = ["settle", str(contract), "--attested", str(attested), "--date", DAY, "--undecided-accepted"]
    monkeypatch.setattr(sys, "argv", ["effekt", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code


def test_a_nil_certificate_is_refused_where_a_guarantor_pays() -> None:
    with pytest.raises(ArgumentError, match=r"^`kind` must not be nil where a guarantor pays; so it is by capital\. "):
        settled("nil", work="0", goal="9")
    assert settled("nil", work="0", goal="0").settlement.state == "zero_by_terms"


def test_a_public_statement_says_that_guarantors_pay_beside_the_lines() -> None:
    def told(**values: str) -> str:
        signed = settled(**values).sign(DEMO_KEY)
        statement = read_public(workflow.publish(signed, key=DEMO_KEY, salt=bytes(range(32))))
        return " ".join(statement_text(statement, "en").split())

    said = "State and total are of the lines alone; what guarantors pay beside them"
    assert said in told(work="0", goal="9")
    assert said in told(work="0")
    assert said not in told(work="0", goal="0")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"work": "0", "goal": "9"}, "Guarantee capital, beside the lines: SEK 4.50 from Fonden to Banken."),
        ({"work": "0"}, "Guarantee capital: no amount."),
    ],
)
def test_a_project_of_the_standard_says_what_guarantors_pay(tmp_path: Path, values: dict[str, str], said: str) -> None:
    written = workflow.export(settled(**values), tmp_path / "project.json", form="indigo", lang="en")
    assert said in json.loads(Path(written).read_text(encoding="utf-8"))["sources"][0]["notes"].replace(NBSP, " ")

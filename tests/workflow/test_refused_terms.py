"""A contract that check, lock or settle refuses is told of by verify, also of a certificate that was made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.contracts.attestations import parse_attestation
from effekt.exceptions import ContractError
from effekt.workflow import case_attestations, case_contract, case_names
from effekt.workflow.plan.several_settlements import liability
from effekt.workflow.rules import refused_terms

KEY = "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="
TERMS = f"""\
schema: effekt/contract/1
id: months
title: {{sv: "Månader", en: "Months"}}
parties:
  town: {{role: payer, name: "Staden"}}
  firm: {{role: provider, name: "Bolaget"}}
  auditor: {{role: verifier, name: "Revisorn", keys: ["{KEY}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-12-01", outcome_data_from: "2023-01-01"}}
attribution: none
figures:
  starts:
    attested: auditor
    digits: 0
    unit: starts
    question: {{sv: "Hur många?", en: "How many?"}}
    reference_period: {{sv: "Året", en: "The year"}}
    missing_data: {{sv: "Räknas inte", en: "Not counted"}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    work:
      payers: {{town: "1"}}
      payee: firm
      pays: {{unit_price: {{price: "100", figure: starts, below_zero: zero}}}}
      cap: "1000"
measures:
  starts: {{step: outcome, source: {{sv: "Registret", en: "The register"}}}}
"""
EACH = (
    ('signed: "2022-12-01"', 'signed: "2022-12-01", certificates: ["2023-02-05", "2023-03-05"]'),
    ("      cap:", "      paid_each: certificate\n      cap:"),
)


def written(*changes: tuple[str, str]) -> Contract:
    text = TERMS
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse_contract(text.encode())


def declared(amount: str) -> tuple[str, str]:
    return "  lines:\n", f'  maximum: "{amount}"\n  lines:\n'


def settled(contract: Contract, starts: int = 10, date: str = "2023-02-05", **given: Any) -> Certificate:
    text = (
        f'schema: effekt/attestation/1\ncontract: months\nfigures:\n  starts: {{value: "{starts}", by: auditor, '
        f'date: "{date}", evidence: {{description: "Registret"}}}}\n'
    )
    attested = [parse_attestation(text.encode())]
    return workflow.settle(contract, date=date, attestations=attested, undecided_accepted=True, **given).sign(DEMO_KEY)


def under(certificate: Certificate, contract: Contract) -> Certificate:
    """The certificate, made by hand to be one by another contract file."""
    text = certificate.envelope.payload.decode().replace(certificate.contract.sha256, contract.sha256)
    tree = json.loads(text)
    tree["predicate"]["contract"]["text"] = contract.raw.decode()
    return Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))


def told(certificate: Certificate, *names: str, **given: Any) -> dict[str, str]:
    found = workflow.verify(certificate, **given).findings
    return {one.name: one.verdict for one in found if one.name in names}


BOTH = ("maximum", "independent_maximum")


# ------------------------------------------------------------------------------------------------- the maximum


@pytest.mark.parametrize("own", [True, False])
def test_a_payment_above_the_declared_maximum_is_told_by_both_routes(own: bool) -> None:
    contract = written(declared("100"))
    forged = under(settled(written()), contract)
    found = workflow.verify(forged, contract=contract if own else None)
    differing = {one.name: one.text for one in found.differences}
    assert set(differing) == {*BOTH}
    sentence = differing["maximum"].en.replace("\u00a0", " ")
    assert "payment.maximum must be at least the most that the terms can pay in all" in sentence
    assert "SEK 1,000 is paid in all, more than the SEK 100 that payment.maximum declares" in sentence
    swedish = differing["maximum"].sv.replace("\u00a0", " ")
    assert "1 000 kr betalas i allt, mer än de 100 kr som payment.maximum anger" in swedish
    second = differing["independent_maximum"]
    assert second.en.replace("\u00a0", " ").startswith("By the independent implementation SEK 1,000 is paid in all")


def test_terms_that_can_pay_more_are_told_although_less_is_paid() -> None:
    contract = written(declared("100"))
    forged = under(settled(written(), starts=1), contract)
    assert told(forged, *BOTH, contract=contract) == {"maximum": "different", "independent_maximum": "reproduced"}


def test_an_honest_maximum_is_told_as_kept_and_none_as_nothing() -> None:
    honest = settled(written(declared("1000")))
    assert told(honest, *BOTH) == dict.fromkeys(BOTH, "reproduced")
    assert told(settled(written()), *BOTH) == {}


def test_what_earlier_certificates_paid_is_in_it() -> None:
    plain, contract = written(*EACH), written(*EACH, declared("1500"))
    first, second = (under(settled(plain, date=day), contract) for day in ("2023-02-05", "2023-03-05"))
    alone = told(second, *BOTH, contract=contract)
    assert alone == {"maximum": "different", "independent_maximum": "reproduced"}
    assert told(second, *BOTH, contract=contract, earlier=[first]) == dict.fromkeys(BOTH, "different")
    sentence = next(one for one in workflow.verify(second, earlier=[first]).differences if one.name == BOTH[1]).text.en
    assert "SEK 2,000 is paid in all" in sentence.replace("\u00a0", " ")


def test_a_certificate_that_was_replaced_is_not_in_it() -> None:
    contract = written(declared("1000"))
    first = settled(contract)
    second = settled(contract, starts=9, date="2023-03-05", supersedes=first, reason="Counted again.")
    assert told(second, *BOTH, contract=contract, earlier=[first]) == dict.fromkeys(BOTH, "reproduced")


def test_two_days_within_the_maximum_are_kept() -> None:
    contract = written(*EACH, declared("2000"))
    first, second = (settled(contract, date=day) for day in ("2023-02-05", "2023-03-05"))
    assert told(second, *BOTH, contract=contract, earlier=[first]) == dict.fromkeys(BOTH, "reproduced")


def test_an_interim_certificate_pays_nothing_of_it() -> None:
    contract = written(declared("100"))
    forged = under(settled(written(), kind="interim"), contract)
    assert told(forged, *BOTH) == {"maximum": "different", "independent_maximum": "reproduced"}


@pytest.mark.parametrize("name", ["aterforing", "klippan"])
def test_cases_at_their_maximum_hold(name: str) -> None:
    plain = case_contract(name)
    most = liability(plain).total
    text = plain.raw.decode().replace("\n  lines:\n", f'\n  maximum: "{most}"\n  lines:\n')
    contract = parse_contract(text.encode(), plain.folder)
    attested = [*case_attestations(name).values()][:1]
    certificate = workflow.settle(contract, date="2026-01-31", attestations=attested, undecided_accepted=True)
    assert told(certificate.sign(DEMO_KEY), *BOTH) == dict.fromkeys(BOTH, "reproduced")


def test_of_an_earlier_version_only_what_is_paid_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_terms, "made_by_earlier_version", lambda _: True)
    contract = written(declared("100"))
    less, more = (under(settled(written(), starts=count), contract) for count in (1, 10))
    assert (told(less, "maximum"), told(more, "maximum")) == ({"maximum": "cannot_tell"}, {"maximum": "different"})
    assert "payment.maximum" in workflow.verify(less).summary.en


# ------------------------------------------------------------------------------------------------- other refusals


def forged_case(name: str, change: Callable[[str], str], **given: Any) -> tuple[Certificate, Contract]:
    plain = case_contract(name)
    text = plain.raw.decode()
    assert change(text) != text
    contract = parse_contract(change(text).encode(), plain.folder)
    return under(workflow.settle(plain, undecided_accepted=True, **given).sign(DEMO_KEY), contract), contract


def test_an_analysis_that_settle_refuses_is_told() -> None:
    forged, contract = forged_case(
        "sick-leave",
        lambda text: text.replace("attribution: comparison", "attribution: randomised"),
        date="2022-03-15",
    )
    with pytest.raises(ContractError) as error:
        workflow.settle(contract, date="2022-03-15", undecided_accepted=True)
    (finding,) = [one for one in workflow.verify(forged).findings if one.name == "refused_terms"]
    assert finding.verdict == "different"
    assert str(error.value) in finding.text.en


def test_a_key_that_anyone_can_sign_for_is_told() -> None:
    weak = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    town = '{role: payer, name: "Staden"}', f'{{role: payer, name: "Staden", keys: ["{weak}"]}}'
    with pytest.raises(ContractError, match="cannot be used"):
        settled(written(town))
    assert told(under(settled(written()), written(town)), "refused_terms") == {"refused_terms": "different"}


LOCK_ALONE = {
    "floor": (("  lines:\n", '  floor: {amount: "1100", raises: work}\n  lines:\n'),),
    "quantum": (('quantum: "1"', 'quantum: "0.001"'),),
}


@pytest.mark.parametrize("name", LOCK_ALONE)
def test_what_check_and_lock_alone_refuse_is_told_and_no_difference(name: str) -> None:
    contract = written(*LOCK_ALONE[name])
    with pytest.raises(ContractError) as error:
        workflow.check(contract)
    found = workflow.verify(settled(contract), contract=contract)
    assert found.ok
    (finding,) = [one for one in found.findings if one.name == "refused_terms"]
    assert (finding.verdict, str(error.value) in finding.text.en) == ("cannot_tell", True)
    assert "`check` refuses its contract" in found.summary.en


def test_a_currency_that_was_withdrawn_since_is_no_fault() -> None:
    contract = written(("currency: SEK", "currency: HRK"))
    with pytest.raises(ContractError, match="withdrawn"):
        workflow.check(contract)
    assert told(settled(contract), "refused_terms") == {}


@pytest.mark.parametrize("name", case_names())
def test_no_case_is_refused(name: str) -> None:
    assert [*refused_terms.refused_findings(case_contract(name), earlier_version=False)] == []


# ------------------------------------------------------------------------------------------------- public statements


@pytest.mark.parametrize("whole", [True, False])
def test_a_public_statement_on_such_a_contract_is_told(whole: bool) -> None:
    contract = written(declared("100"))
    forged = under(settled(written()), contract)
    published = workflow.publish(forged, key=DEMO_KEY, salt=bytes(32))
    given: dict[str, Any] = {"certificate": forged, "salt": bytes(32)} if whole else {}
    found = workflow.verify_statement(published, contract=contract, **given)
    texts = {one.name: one.text.en.replace("\u00a0", " ") for one in found.differences}
    assert "SEK 1,000 is paid in all, more than the SEK 100" in texts["maximum"]
    assert ("certificate" in texts) is whole


def test_a_statement_on_terms_that_check_alone_refuses_says_so() -> None:
    contract = written(*LOCK_ALONE["floor"])
    published = workflow.publish(settled(contract), key=DEMO_KEY, salt=bytes(32))
    found = workflow.verify_statement(published, contract=contract)
    assert found.ok
    assert "`check` refuses its contract" in found.summary.en

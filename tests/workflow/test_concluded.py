"""The four kinds of conclusion: which the checklist allows, their fixed sentences, and what a forged one tells."""

from __future__ import annotations

import copy
import json

import pytest
from workflow import test_declared as base

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_declarations
from effekt.exceptions import CertificateError, ContractError
from effekt.reports.against import against
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text

NONE = "deviations: []\n"
BASIS = 'basis: {sv: "löneregistret byttes", en: "the payroll system changed"}'


def declares(conclusion: str, checklist: str = "C6: {verdict: pass}", by: str = "auditor") -> Declarations:
    text = (
        f'schema: effekt/declarations/1\ncontract: savings\nby: {by}\ndate: "2021-03-20"\n{NONE}'
        f"checklist: {{{checklist}}}\nconclusion: {{{conclusion}}}\n"
    )
    return parse_declarations(text.encode())


def locked_certificate(*declarations: Declarations) -> Certificate:
    contract = base.read()
    lock = workflow.lock(contract, key=DEMO_KEY, date="2018-02-01", undecided_accepted=True)
    attested = base.parse_attestation(base.ATTESTED.encode())
    return workflow.settle(
        contract, date="2021-04-01", attestations=[attested], declarations=declarations, locked=lock
    ).sign(DEMO_KEY)


@pytest.mark.parametrize(
    ("conclusion", "checklist", "en", "sv"),
    [
        (
            "kind: unmodified",
            "C6: {verdict: pass}",
            "Unmodified conclusion. Based on the work done, nothing has come to the attention of Revisorn that causes "
            "it to believe that the figures and the amount are not in all material respects determined in accordance "
            "with the contract.",
            "Slutsats utan reservation. Grundat på det arbete som gjorts har inget kommit fram som ger Revisorn "
            "anledning att anse att siffrorna och beloppet inte i allt väsentligt är fastställda enligt avtalet.",
        ),
        (
            f"kind: qualified, because: [C6], {BASIS}",
            "C6: {verdict: fail}",
            "Qualified conclusion. Based on the work done, except for what is named below, nothing has come to the",
            "Slutsats med reservation. Grundat på det arbete som gjorts har med undantag för det som anges nedan inget",
        ),
        (
            f"kind: adverse, because: [C6], {BASIS}",
            "C6: {verdict: fail}",
            "Adverse conclusion. In the opinion of Revisorn, because of what is named below, the figures and the",
            "Avvikande mening. Revisorn anser, på grund av det som anges nedan, att siffrorna och beloppet inte är",
        ),
        (
            f"kind: disclaimer, because: [C6], {BASIS}",
            "C6: {verdict: not_determinable}",
            "Disclaimer of conclusion. Because of what is named below, Revisorn has not been able to obtain",
            "Avstår från att uttala sig. På grund av det som anges nedan har Revisorn inte kunnat inhämta",
        ),
    ],
)
def test_each_kind_has_its_sentence_and_verifies(conclusion: str, checklist: str, en: str, sv: str) -> None:
    certificate = locked_certificate(declares(conclusion, checklist))
    assert en in base.said(certificate, "en")
    assert sv in base.said(certificate, "sv")
    verified = workflow.verify(certificate, contract=base.read())
    assert verified.ok
    assert "conclusion" in [one.name for one in verified.findings]


@pytest.mark.parametrize(
    ("conclusion", "checklist", "by", "told"),
    [
        ("kind: unmodified", "C6: {verdict: fail}", "auditor", "do not hold or cannot be determined: C6."),
        ("kind: unmodified", "C6: {verdict: not_determinable}", "auditor", "cannot be determined: C6."),
        (
            f"kind: qualified, because: [C5], {BASIS}",
            "C6: {verdict: fail}",
            "auditor",
            "because names C5, which nobody",
        ),
        (
            f"kind: adverse, because: [C6], {BASIS}",
            "C6: {verdict: not_determinable}",
            "auditor",
            "adverse must rest on an item that is answered fail",
        ),
        (
            f"kind: disclaimer, because: [C6], {BASIS}",
            "C6: {verdict: fail}",
            "auditor",
            "disclaimer must rest on an item that is answered not_determinable",
        ),
        ("kind: unmodified", "C6: {verdict: pass}", "fund", "only who answers for the conclusion may declare one"),
    ],
)
def test_a_conclusion_that_the_checklist_contradicts_is_refused(
    conclusion: str, checklist: str, by: str, told: str
) -> None:
    with pytest.raises(CertificateError) as error:
        locked_certificate(declares(conclusion, checklist, by))
    assert told in str(error.value)


def test_a_plan_that_was_not_locked_cannot_be_concluded_on_without_modification() -> None:
    with pytest.raises(CertificateError, match=r"cannot be determined: A5\.$"):
        base.made(None, declares("kind: unmodified"))


@pytest.mark.parametrize(
    ("conclusion", "told"),
    [
        ("kind: qualified, because: [C6]", "conclusion.basis is missing, since the conclusion is qualified; add it."),
        (f"kind: adverse, {BASIS}", "conclusion.because is missing, since the conclusion is adverse; add it."),
        ("kind: unmodified, because: [C6]", "conclusion.because has no meaning, since the conclusion is unmodified"),
        ("kind: clean", "must be unmodified, qualified, adverse or disclaimer"),
    ],
)
def test_a_conclusion_without_its_basis_is_not_read(conclusion: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        declares(conclusion)
    assert told in str(error.value)


def test_procedures_that_are_agreed_upon_end_in_no_conclusion() -> None:
    contract = base.read(base.CONTRACT.replace("level: limited", "level: agreed_upon_procedures"))
    with pytest.raises(CertificateError, match="agreed-upon procedures end in findings and no conclusion"):
        base.made(contract, declares("kind: unmodified"))


def test_a_conclusion_that_is_changed_and_signed_anew_is_told() -> None:
    honest = locked_certificate(declares(f"kind: adverse, because: [C6], {BASIS}", "C6: {verdict: fail}"))
    forged = declares("kind: unmodified", "C6: {verdict: fail}")
    tree = copy.deepcopy(json.loads(honest.envelope.payload))
    tree["predicate"]["declarations"] = [{"sha256": forged.sha256, "text": forged.raw.decode()}]
    for subject in tree["subject"]:
        if subject["name"] == "declarations/1":
            subject["digest"]["sha256"] = forged.sha256
    found = workflow.verify(base._signed(tree), contract=base.read())
    assert [one.name for one in found.differences] == ["conclusion"]


def test_what_speaks_against_the_amount_stands_before_it() -> None:
    said = 'kind: adverse, because: [C3], basis: {sv: "Fel grupp.", en: "The wrong group."}'
    certificate = locked_certificate(declares(said, "C3: {verdict: fail}"))
    for lang, first, failed in (
        ("en", "! Adverse conclusion. In the opinion of", "! Revisorn declares that the checks of the checklist are"),
        ("sv", "! Avvikande mening. ", "! Revisorn uppger att kontroller i kontrollistan inte är"),
    ):
        told = certificate_text(certificate, lang)  # type: ignore[arg-type]
        amount = told.index("SEK" if lang == "en" else " kr")
        assert told.index(first) < told.index(failed) < amount
    page = render_page(certificate, "en")
    assert page.index("Adverse conclusion. In the opinion of") < page.index("SEK")
    assert not list(against(locked_certificate(declares("kind: unmodified"))))

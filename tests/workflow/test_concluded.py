"""The four kinds of conclusion: which the checklist allows, their fixed sentences, and what a forged one tells."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path

import pytest
from workflow import test_declared as base

from effekt import workflow
from effekt._validation import join_words
from effekt.certificates import DEMO_KEY, Envelope, generate_key, public_key, public_text, read_envelope
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, Declarations, parse_declarations
from effekt.exceptions import CertificateError, ContractError
from effekt.reports.against import against
from effekt.reports.checklist import ITEMS
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text

NONE = "deviations: []\n"
OPEN = (
    "A1",
    "A3",
    "B1",
    "B2",
    "B3",
    "B4",
    "B5",
    "B6",
    "B7",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "C8",
    "D2",
    "D3",
    "E4",
    "F1",
)
"""What the certificate of this contract, locked, cannot determine itself."""
SEEN = dict.fromkeys(OPEN, f'verdict: pass, evidence: "{"e" * 64}"')
"""An answer to each, with what it rests on."""
HELD, FAILS, CANNOT = {"C6": SEEN["C6"]}, {"C6": "verdict: fail"}, {"C6": "verdict: not_determinable"}
BASIS = 'basis: {sv: "löneregistret byttes", en: "the payroll system changed"}'


def declares(conclusion: str, answers: dict[str, str], by: str = "auditor", *, all_seen: bool = True) -> Declarations:
    """A conclusion with answers to some items, and to all others that are open, by one party."""
    given = (SEEN if all_seen else {}) | answers
    checked = ", ".join(f"{item}: {{{told}}}" for item, told in given.items())
    text = (
        f'schema: effekt/declarations/1\ncontract: savings\nby: {by}\ndate: "2021-03-20"\n{NONE}'
        f"checklist: {{{checked}}}\n" + (f"conclusion: {{{conclusion}}}\n" if conclusion else "")
    )
    return parse_declarations(text.encode())


@cache
def _locked() -> tuple[Contract, Envelope]:
    contract = base.read()
    return contract, workflow.lock(contract, key=DEMO_KEY, date="2018-02-01", undecided_accepted=True)


def locked_certificate(*declarations: Declarations) -> Certificate:
    contract, lock = _locked()
    attested = base.parse_attestation(base.ATTESTED.encode())
    return workflow.settle(
        contract, date="2021-04-01", attestations=[attested], declarations=declarations, locked=lock
    ).sign(DEMO_KEY)


@pytest.mark.parametrize(
    ("conclusion", "answers", "en", "sv"),
    [
        (
            "kind: unmodified",
            HELD,
            "Unmodified conclusion. Based on the work done, nothing has come to the attention of Revisorn that causes "
            "it to believe that the figures and the amount are not in all material respects determined in accordance "
            "with the contract.",
            "Slutsats utan reservation. Grundat på det arbete som gjorts har inget kommit fram som ger Revisorn "
            "anledning att anse att siffrorna och beloppet inte i allt väsentligt är fastställda enligt avtalet.",
        ),
        (
            f"kind: qualified, because: [C6], {BASIS}",
            FAILS,
            "Qualified conclusion. Based on the work done, except for what is named below, nothing has come to the",
            "Slutsats med reservation. Grundat på det arbete som gjorts har med undantag för det som anges nedan inget",
        ),
        (
            f"kind: adverse, because: [C6], {BASIS}",
            FAILS,
            "Adverse conclusion. In the opinion of Revisorn, because of what is named below, the figures and the",
            "Avvikande mening. Revisorn anser, på grund av det som anges nedan, att siffrorna och beloppet inte är",
        ),
        (
            f"kind: disclaimer, because: [C6], {BASIS}",
            CANNOT,
            "Disclaimer of conclusion. Because of what is named below, Revisorn has not been able to obtain",
            "Avstår från att uttala sig. På grund av det som anges nedan har Revisorn inte kunnat inhämta",
        ),
    ],
)
def test_each_kind_has_its_sentence_and_verifies(conclusion: str, answers: dict[str, str], en: str, sv: str) -> None:
    certificate = locked_certificate(declares(conclusion, answers))
    assert en in base.said(certificate, "en")
    assert sv in base.said(certificate, "sv")
    verified = workflow.verify(certificate, contract=base.read())
    assert verified.ok
    assert "conclusion" in [one.name for one in verified.findings]


def test_unmodified_rests_on_an_answer_to_every_item_and_says_so() -> None:
    certificate = locked_certificate(declares("kind: unmodified", HELD))
    (told,) = [one for one in workflow.verify(certificate, contract=base.read()).findings if one.name == "conclusion"]
    items = ", ".join(OPEN)
    assert told.text.en == (
        "The checklist allows the declared conclusion: unmodified. Of the items, 19 rest on the word of who concludes: "
        f"{items}."
    )
    for lang, words in (
        ("en", "Of the checklist 19 items rest on the word of who concludes, since this certificate itself"),
        ("sv", "Av checklistan vilar 19 punkter på vad den som drar slutsatsen uppger, eftersom detta intyg självt"),
    ):
        assert words in " ".join(base.said(certificate, lang).split())


ALL_BY_FUND = {item: f"verdict: pass, {BASIS.replace('basis', 'note')}" for item in ITEMS}


@pytest.mark.parametrize("others", [(), (declares("", ALL_BY_FUND, "fund", all_seen=False),)], ids=["alone", "fund"])
@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({}, OPEN),
        (SEEN | {"B7": "verdict: pass"}, ("B7",)),  # that rests on nothing
        (SEEN | {"C6": "verdict: not_determinable"}, ("C6",)),
        ({item: told for item, told in SEEN.items() if item not in ("D3", "E4")}, ("D3", "E4")),
    ],
)
def test_what_is_open_is_settled_by_who_concludes_and_by_nobody_else(
    answers: dict[str, str], named: tuple[str, ...], others: tuple[Declarations, ...]
) -> None:
    with pytest.raises(CertificateError) as error:
        locked_certificate(declares("kind: unmodified", answers, all_seen=False), *others)
    assert str(error.value) == (
        "conclusion by auditor: it cannot be unmodified where an item cannot be determined "
        f"({join_words(named, 'and')}); "
        "who concludes settles what cannot be determined under checklist, each item with evidence or a note."
    )


@pytest.mark.parametrize(
    ("conclusion", "answers", "by", "told"),
    [
        ("kind: unmodified", FAILS, "auditor", "cannot be unmodified where an item does not hold (C6); who concludes"),
        (
            "kind: unmodified",
            FAILS | {"B7": "verdict: not_determinable"},
            "auditor",
            "where an item does not hold (C6) or cannot be determined (B7); who concludes",
        ),
        (
            f"kind: qualified, because: [C5], {BASIS}",
            FAILS,
            "auditor",
            "because names C5, which by the answers given neither fails nor is open; answer it fail",
        ),
        (
            f"kind: qualified, because: [C6], {BASIS}",
            FAILS | {"B7": "verdict: pass", "E7": "verdict: fail"},
            "auditor",
            "qualified excepts what because names and nothing else, and another item does not hold (E7) or cannot be "
            "determined (B7); name it there, or who concludes settles",
        ),
        (
            f"kind: adverse, because: [C6], {BASIS}",
            CANNOT,
            "auditor",
            "adverse must rest on an item that does not hold; name one under because.",
        ),
        (
            f"kind: disclaimer, because: [C6], {BASIS}",
            FAILS,
            "auditor",
            "disclaimer must rest on an item that cannot be determined; name one under because.",
        ),
        ("kind: unmodified", HELD, "fund", "only who answers for the conclusion may declare one"),
    ],
)
def test_a_conclusion_that_the_checklist_contradicts_is_refused(
    conclusion: str, answers: dict[str, str], by: str, told: str
) -> None:
    with pytest.raises(CertificateError) as error:
        locked_certificate(declares(conclusion, answers, by))
    assert told in str(error.value)


def test_what_the_certificate_cannot_determine_is_enough_for_a_disclaimer() -> None:
    said = declares(f"kind: disclaimer, because: [C8], {BASIS}", {}, all_seen=False)
    assert workflow.verify(locked_certificate(said), contract=base.read()).ok


def test_an_interested_party_that_finds_an_item_not_met_is_answered_by_who_concludes() -> None:
    other = declares("", {"C6": "verdict: fail", "E7": "verdict: fail"}, "fund", all_seen=False)
    with pytest.raises(CertificateError, match=r"does not hold \(E7\); "):
        locked_certificate(declares("kind: unmodified", HELD), other)
    answered = locked_certificate(declares("kind: unmodified", HELD | {"E7": SEEN["C6"]}), other)
    assert [one.text.en for one in against(answered)] == [
        "Fonden declares that the checks of the checklist are not met: C6 and E7. "
        "Settled otherwise by Revisorn, who concludes: C6 and E7."
    ]


def test_a_plan_that_was_not_locked_cannot_be_concluded_on_without_modification() -> None:
    with pytest.raises(CertificateError, match=r"does not hold \(A5\); "):
        base.made(None, declares("kind: unmodified", {"A5": SEEN["C6"]}))


def test_a_conclusion_without_the_key_of_who_concludes_is_told() -> None:
    key = generate_key()
    town = f'role: payer, name: "Staden", keys: ["{public_text(public_key(key))}"]'
    text = base.CONTRACT.replace('role: payer, name: "Staden"', town).replace("roles: [verifier]", "roles: [payer]")
    contract = base.read(text)
    lock = workflow.lock(contract, key=DEMO_KEY, date="2018-02-01", undecided_accepted=True)
    certificate = workflow.settle(
        contract,
        date="2021-04-01",
        attestations=[base.parse_attestation(base.ATTESTED.encode())],
        declarations=[declares("kind: unmodified", HELD)],
        locked=lock,
    )
    verified = workflow.verify(certificate.sign(key), contract=contract)
    told = {one.name: one for one in verified.findings}
    assert (told["conclusion"].verdict, told["conclusion_signed"].verdict) == ("reproduced", "cannot_tell")
    assert "said to be those of auditor, and no key of theirs has signed" in told["conclusion_signed"].text.en
    assert "that the conclusion is theirs who conclude no signature shows" in verified.summary.en
    signed = workflow.verify(locked_certificate(declares("kind: unmodified", HELD)), contract=base.read())
    assert {one.name: one.verdict for one in signed.findings}["conclusion_signed"] == "reproduced"


@pytest.mark.parametrize(
    ("conclusion", "told"),
    [
        ("kind: qualified, because: [C6]", "conclusion.basis is missing, since the conclusion is qualified; add it."),
        (f"kind: adverse, {BASIS}", "conclusion.because is missing, since the conclusion is adverse; add it."),
        ("kind: unmodified, because: [C6]", "conclusion.because has no meaning, since the conclusion is unmodified"),
        (f"kind: adverse, because: [C6, C6], {BASIS}", "conclusion.because names C6 twice; name each item once."),
        ("kind: clean", "must be unmodified, qualified, adverse or disclaimer"),
    ],
)
def test_a_conclusion_without_its_basis_is_not_read(conclusion: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        declares(conclusion, {})
    assert told in str(error.value)


def test_zeros_are_no_evidence() -> None:
    with pytest.raises(
        ContractError, match=r"C6\.evidence must be a SHA-256 digest .*; zeros alone are no file's digest"
    ):
        declares("", {"C6": f'verdict: pass, evidence: "{"0" * 64}"'}, all_seen=False)


def _concludes(kind: str, by: str = "auditor") -> Declarations:
    told = f"conclusion: {{kind: {kind}, because: [C6], {BASIS}}}"
    return parse_declarations(
        f'schema: effekt/declarations/1\ncontract: savings\nby: {by}\ndate: "2021-03-20"\n{told}\n'.encode()
    )


def test_a_party_concludes_once() -> None:
    first = declares(f"kind: adverse, because: [C6], {BASIS}", FAILS)
    told = r"^line 5: conclusion is declared twice by auditor; keep one, as a party concludes once\.$"
    with pytest.raises(ContractError, match=told):
        locked_certificate(first, _concludes("adverse"))


def test_two_conclusions_of_one_party_on_a_certificate_are_told_and_not_published() -> None:
    """Written by a program that let both by: neither is told as the conclusion."""
    fund = parse_declarations(
        _concludes("adverse").raw.replace(b"auditor", b"fund").partition(b"conclusion")[0] + b"deviations: []\n"
    )
    honest = locked_certificate(declares(f"kind: adverse, because: [C6], {BASIS}", FAILS), fund)
    second, tree = _concludes("disclaimer"), copy.deepcopy(json.loads(honest.envelope.payload))
    for copied in tree["predicate"]["declarations"]:
        if copied["sha256"] == fund.sha256:
            copied |= {"sha256": second.sha256, "text": second.raw.decode()}
    for subject in tree["subject"]:
        if subject["digest"]["sha256"] == fund.sha256:
            subject["digest"]["sha256"] = second.sha256
    changed = Certificate(read_envelope(base._signed(tree)))
    told = {one.name: one.text.en for one in workflow.verify(changed, contract=base.read()).differences}
    assert (
        "conclusion by auditor: it is declared twice, in two declarations; a party concludes once" in told["conclusion"]
    )
    with pytest.raises(CertificateError, match="a party concludes once: settle again with one of them"):
        workflow.publish(changed, key=DEMO_KEY, salt=bytes(32))


def test_procedures_that_are_agreed_upon_end_in_no_conclusion() -> None:
    contract = base.read(base.CONTRACT.replace("level: limited", "level: agreed_upon_procedures"))
    with pytest.raises(CertificateError, match="agreed-upon procedures end in findings and no conclusion"):
        base.made(contract, declares("kind: unmodified", HELD))


def test_a_conclusion_that_is_changed_and_signed_anew_is_told_and_not_published(tmp_path: Path) -> None:
    honest = locked_certificate(declares(f"kind: adverse, because: [C6], {BASIS}", FAILS))
    forged = declares("kind: unmodified", FAILS)
    tree = copy.deepcopy(json.loads(honest.envelope.payload))
    tree["predicate"]["declarations"] = [{"sha256": forged.sha256, "text": forged.raw.decode()}]
    for subject in tree["subject"]:
        if subject["name"] == "declarations/1":
            subject["digest"]["sha256"] = forged.sha256
    changed = Certificate(read_envelope(base._signed(tree)))
    found = workflow.verify(changed, contract=base.read())
    assert [one.name for one in found.differences] == ["conclusion"]
    for repeat in (
        lambda: workflow.publish(changed, key=DEMO_KEY, salt=bytes(32)),
        lambda: workflow.export(changed, tmp_path / "project.json", form="indigo"),
    ):
        with pytest.raises(CertificateError, match="cannot be unmodified where an item does not hold"):
            repeat()
    assert not list(tmp_path.iterdir())


def test_what_speaks_against_the_amount_stands_before_it() -> None:
    said = 'kind: adverse, because: [C3], basis: {sv: "Fel grupp.", en: "The wrong group."}'
    certificate = locked_certificate(declares(said, {"C3": "verdict: fail"}))
    for lang, first, failed in (
        ("en", "! Adverse conclusion. In the opinion of", "! Revisorn declares that the checks of the checklist are"),
        ("sv", "! Avvikande mening. ", "! Revisorn uppger att kontroller i kontrollistan inte är"),
    ):
        told = certificate_text(certificate, lang)  # type: ignore[arg-type]
        amount = told.index("SEK" if lang == "en" else " kr")
        assert told.index(first) < told.index(failed) < amount
    page = render_page(certificate, "en")
    assert page.index("Adverse conclusion. In the opinion of") < page.index("SEK")
    assert not list(against(locked_certificate(declares("kind: unmodified", HELD))))

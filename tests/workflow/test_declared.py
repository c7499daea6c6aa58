"""What stands around the figures, from contract and declarations to the page: said, signed and tampered with."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deciding import decided, read_decided

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, generate_key, public_key, public_text, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import (
    Contract,
    Declarations,
    parse_attestation,
    parse_contract,
    parse_declarations,
)
from effekt.exceptions import ArgumentError, CertificateError, ContractError, FolderWarning
from effekt.reports.checklist import ITEMS, checklist, resolved
from effekt.reports.compose import compose
from effekt.reports.html import render_page
from effekt.reports.intentions import intention_sections
from effekt.reports.otherwise import amounts_otherwise, changes
from effekt.workflow.earlier.declared_before import drafts_left_out, refuse_left_out
from effekt.workflow.undecided import undecided

CONTRACT = f"""\
schema: effekt/contract/1
id: savings
title: {{sv: "Minskade kostnader", en: "Lower costs"}}
parties:
  town: {{role: payer, name: "Staden"}}
  fund: {{role: investor, name: "Fonden"}}
  auditor: {{role: verifier, name: "Revisorn", keys: ["{public_text(public_key(DEMO_KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2018-01-01", outcome_data_from: "2019-01-01", run_out: 0, data_lock: "2021-03-01",
        certificate_due: "2021-06-30", longstop: "2022-06-30"}}
attribution: none
figures:
  savings: {{attested: auditor, digits: 0, unit: SEK, question: {{sv: "Minskningen?", en: "The fall?"}}}}
  strict: {{attested: auditor, digits: 0, unit: SEK, question: {{sv: "Utan 2020?", en: "Without 2020?"}}}}
  loose: {{attested: auditor, digits: 0, unit: SEK, question: {{sv: "Med 2017?", en: "With 2017?"}}}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    share:
      payers: {{town: "1"}}
      payee: fund
      pays: {{share_of_savings: {{share: "0.40", figure: savings, below_zero: zero}}}}
      when: {{figure: savings, ge: "100000"}}
measures:
  savings: {{step: outcome, source: {{sv: "ekonomisystemet", en: "the ledger"}}, holder: "Staden"}}
estimands:
  cost:
    figures: [savings]
    treatments: {{sv: "insats mot året före", en: "programme against the year before"}}
    population: {{sv: "de placerade", en: "those in care"}}
    variable: {{sv: "kostnad per år", en: "cost a year"}}
    intercurrent_events:
      - {{event: {{sv: "flytt", en: "moving away"}}, strategy: composite, sensitivity: without_2020}}
    summary: level
sensitivity:
  without_2020: {{title: {{sv: "utan 2020", en: "without 2020"}}, replace: {{savings: strict}}}}
  with_2017: {{title: {{sv: "med 2017", en: "with 2017"}}, replace: {{savings: loose}}}}
assurance:
  level: limited
  standard: "ISAE 3000"
  responsibilities: {{data: [town], analysis: [fund], conclusion: [auditor]}}
independence:
  auditor: {{of: [town, fund], fee: fixed}}
interim:
  - {{at: "2020-06-30", pays: false}}
termination:
  merger: {{event: {{sv: "staden slås samman", en: "the town is merged"}}, then: pay_to_date}}
disputes: {{days: 30, undisputed_paid: true, decided_by: {{sv: "nämnden", en: "the tribunal"}}}}
"""
ATTESTED = """\
schema: effekt/attestation/1
contract: savings
figures:
  savings: {value: "120000", by: auditor, date: "2021-03-10", evidence: {description: "bokslut"}}
  strict: {value: "90000", by: auditor, date: "2021-03-10", evidence: {description: "bokslut"}}
  loose: {value: "120000", by: auditor, date: "2021-03-10", evidence: {description: "bokslut"}}
"""
DECLARED = """\
schema: effekt/declarations/1
contract: savings
by: auditor
date: "2021-03-20"
deviations:
  - what: {sv: "ett boende räknades bort", en: "one home was left out"}
    why: {sv: "det stängde", en: "it closed"}
    date: "2020-05-02"
    effect: {savings: "-4000"}
  - what: {sv: "priset räknades upp", en: "the price was indexed"}
    why: {sv: "ny prislista", en: "a new price list"}
    date: "2020-06-02"
    approved: {by: [town, fund], date: "2020-06-20"}
    effect: {savings: unknown}
checklist:
  C5: {verdict: pass, evidence: "EVIDENCE"}
  C6: {verdict: fail, note: {sv: "nytt system 2019", en: "a new system in 2019"}}
  B7: {verdict: not_applicable}
  D2: {verdict: pass}
limitations:
  - {sv: "Kostnader hos andra mäts inte.", en: "Costs of others are not measured."}
""".replace("EVIDENCE", "ab" * 32)


def read(text: str = CONTRACT) -> Contract:
    return parse_contract(decided(text).encode())


def declared(text: str = DECLARED) -> Declarations:
    return parse_declarations(text.encode())


def made(
    contract: Contract | None = None, *declarations: Declarations, date: str = "2021-04-01", **more: Any
) -> Certificate:
    attested = parse_attestation(ATTESTED.encode())
    return workflow.settle(contract or read(), date=date, attestations=[attested], declarations=declarations, **more)


def said(certificate: Certificate, lang: Any) -> str:
    """Everything that the page says, without its markup."""
    report = compose(certificate)
    return "\n".join(_texts(report.sections, lang)).replace("\N{NO-BREAK SPACE}", " ")


def _texts(node: object, lang: Any) -> list[str]:
    from effekt._text import Text

    if isinstance(node, Text):
        return [node.in_language(lang)]
    if isinstance(node, tuple):
        return [text for part in node for text in _texts(part, lang)]
    fields = getattr(type(node), "__dataclass_fields__", {})
    return [text for name in fields for text in _texts(getattr(node, name), lang)]


SENTENCES = (
    (
        "Estimand cost, for savings: population: those in care; treatment conditions: programme against the "
        "year before; "
        "variable: cost a year; intercurrent events: 1, named below; summary: the outcome itself, with nothing it is "
        "compared with.",
        "Estimand cost, för savings: population: de placerade; jämförda villkor: insats mot året före; "
        "variabel: kostnad "
        "per år; mellankommande händelser: 1, angivna nedan; sammanfattande mått: utfallet självt, utan jämförelse.",
    ),
    (
        "Intercurrent event of cost: moving away; its occurrence is itself counted in the outcome (composite); also "
        "analysed by without_2020.",
        "Mellankommande händelse för cost: flytt; att den inträffar räknas i sig in i utfallet (sammansatt); "
        "analyseras även "
        "enligt without_2020.",
    ),
    (
        "savings is an outcome; source: the ledger, held by Staden.",
        "savings är ett utfall; källa: ekonomisystemet, hos Staden.",
    ),
    (
        "without_2020, without 2020: the amount is also computed with strict in place of savings, and never paid.",
        "without_2020, utan 2020: beloppet räknas även ut med strict i stället för savings, och betalas aldrig.",
    ),
    (
        "Revisorn concludes with limited assurance under ISAE 3000; the criteria are this contract file.",
        "Revisorn drar sin slutsats med begränsad säkerhet enligt ISAE 3000; kriterierna är denna avtalsfil.",
    ),
    (
        "Staden is responsible for the data being complete and right, Fonden for the analysis following the plan, and "
        "Revisorn for the conclusion alone.",
        "Staden ansvarar för att data är fullständiga och riktiga, Fonden för att analysen följer planen och Revisorn "
        "enbart för slutsatsen.",
    ),
    (
        "Revisorn is independent of Staden and Fonden and has a fixed fee, whatever the outcome.",
        "Revisorn är oberoende av Staden och Fonden och har fast arvode, oavsett utfallet.",
    ),
    (
        "Outcomes are recorded at once, and none are waited for.",
        "Utfallen registreras genast, och inga väntas in.",
    ),
    ("The data are locked on 2021-03-01.", "Data låses 2021-03-01."),
    ("The certificate is due by 2021-06-30.", "Intyget ska finnas senast 2021-06-30."),
    ("The last day to settle is 2022-06-30.", "Sista dag för avräkning är 2022-06-30."),
    (
        "The figures are looked at on 2020-06-30 before the end, and nothing is paid then.",
        "Siffrorna tas fram 2020-06-30, före slutet, och inget betalas då.",
    ),
    (
        "If the contract ends (cause: the town is merged), each line without a rule of its own is referred to the "
        "parties, since no period is given of which a part could be paid.",
        "Om avtalet upphör (orsak: staden slås samman) hänskjuts varje rad utan egen regel till parterna, eftersom "
        "ingen period är angiven som en del kan betalas av.",
    ),
    (
        "A certificate can be disputed until 30 days after its date, that day included; what is undisputed is paid "
        "meanwhile; the tribunal decides.",
        "Ett intyg kan bestridas till och med 30 dagar efter intygets datum; det ostridiga betalas under tiden; "
        "nämnden avgör.",
    ),
)


@pytest.mark.parametrize(("en", "sv"), SENTENCES)
def test_every_key_is_a_sentence_of_the_annex_and_of_the_page(en: str, sv: str) -> None:
    contract = read()
    annexed = {lang: workflow.annex(contract, lang=lang).replace("\\", "") for lang in ("en", "sv")}
    certificate = made(contract)
    assert en in annexed["en"]
    assert sv in annexed["sv"]
    assert en in said(certificate, "en")
    assert sv in said(certificate, "sv")


def test_no_sentence_of_the_file_is_left_out_of_the_test_above() -> None:
    sentences = {text.en for _, texts in intention_sections(parse_contract(CONTRACT.encode())) for text in texts}
    assert sentences - {en for en, _ in SENTENCES} == {
        "with_2017, with 2017: the amount is also computed with loose in place of savings, and never paid.",
        "It counts when Staden and Fonden declare it.",
    }


def test_a_contract_without_the_keys_says_nothing_and_its_statement_has_no_new_key() -> None:
    head = CONTRACT.split("measures:\n")[0]
    certificate = made(parse_contract(head.encode()), undecided_accepted=True)
    plain = parse_contract(head.replace("run_out: 0, ", "").encode())
    assert intention_sections(plain)[0][0].en == "Days"
    assert "declarations" not in certificate.predicate
    ids = [section.id for section in compose(certificate).sections]
    assert not {"sensitivity", "assurance", "deviations", "limitations"} & set(ids)
    assert "checklist" in ids


# --- undecided ------------------------------------------------------------------------------------------------


def test_what_the_keys_would_decide_is_undecided_without_them() -> None:
    head = CONTRACT.split("measures:\n")[0]
    bare = head.replace(', run_out: 0, data_lock: "2021-03-01",\n', ",\n").replace(
        '\n        certificate_due: "2021-06-30", longstop: "2022-06-30"', ' data_lock: "2021-03-01"'
    )
    fields = [
        "estimand",
        "result_step",
        "population",
        "assurance",
        "independence",
        "last_days",
        "termination",
        "disputes",
    ]
    assert [one.field for one in undecided(parse_contract(bare.encode()))][-len(fields) :] == fields
    assert [one.place for one in undecided(read()) if one.field in fields] == [
        "population",
        "termination.merger.declared_by",
        "termination.merger.period",
        "disputes.decided_by",
    ]
    listed = [one.field for one in workflow.check(parse_contract(bare.encode())).undecided]
    assert [field for field in listed if field in fields] == fields


GUARANTEED = """\
  guarantees:
    capital: {guarantor: bank, beneficiary: fund, amount: "5000", share: "1"}
measures:
"""


@pytest.mark.parametrize(
    ("clause", "asked"),
    [
        ("then: refer", False),
        ("then: refer, lines: {share: in_full}", False),
        ("then: refer, lines: {share: nothing}", True),
        ('then: refer, lines: {share: to_date}, period: {from: "2019-01-01", to: "2020-12-31"}', True),
        ("then: pay_nothing_more", True),
        ("then: pay_nothing_more, lines: {share: in_full}", False),
        ("then: pay_nothing_more, lines: {share: in_full}, floor: applies", False),
        ("then: pay_nothing_more, lines: {share: in_full}, floor: lapses", True),
        ('then: pay_on_closed_cohorts, closes: {share: "2020-12-31"}', True),
    ],
)
def test_guarantees_are_asked_for_where_an_ending_takes_something_of_a_line(clause: str, asked: bool) -> None:
    bank = 'parties:\n  bank: {role: guarantor, name: "Banken"}\n'
    text = CONTRACT.replace("parties:\n", bank, 1).replace("measures:\n", GUARANTEED, 1)
    text = text.replace("then: pay_to_date", clause)
    if "floor:" in clause:
        text = text.replace("  guarantees:\n", '  floor: {amount: "10", raises: share}\n  guarantees:\n', 1)
    places = [one.place for one in undecided(read(text))]
    assert ("termination.merger.guarantees" in places) == asked


# --- sensitivity ----------------------------------------------------------------------------------------------


def test_an_alternative_is_settled_and_never_paid() -> None:
    certificate = made()
    strict, loose = amounts_otherwise(certificate)["declared"]
    assert certificate.settlement.total == "48000"
    assert (strict.settlement.total, strict.settlement.state, strict.values) == (
        "0",
        "zero_by_terms",
        {"savings": "90000"},
    )
    assert (loose.settlement.total, changes(certificate, loose), changes(certificate, strict)) == ("48000", False, True)
    text = said(certificate, "en")
    assert "1 of 2 change the total or the state of the payment: without_2020: without 2020." in text
    assert "These amounts are never paid." in text


def test_an_alternative_without_a_value_leaves_its_amount_open() -> None:
    attested = parse_attestation("\n".join(line for line in ATTESTED.splitlines() if "strict" not in line).encode())
    certificate = workflow.settle(read(), date="2021-04-01", attestations=[attested])
    strict, _ = amounts_otherwise(certificate)["declared"]
    assert (strict.settlement.total, strict.settlement.state) == (None, "not_yet_determinable")
    assert certificate.settlement.total == "48000"


# --- deviations, checklist, limitations -----------------------------------------------------------------------


def test_each_deviation_says_what_why_when_who_and_how_much() -> None:
    certificate = made(None, declared())
    text = said(certificate, "en")
    for sentence in (
        "As Revisorn declared on 2021-03-20:",
        "2020-05-02: one home was left out",
        "Why: it closed",
        "It moved savings by −4,000.",
        "Nobody approved it.",
        "Approved by Staden and Fonden on 2020-06-20.",
        "How it moved savings is not known.",
        "Costs of others are not measured.",
    ):
        assert sentence in text
    swedish = said(certificate, "sv")
    for sentence in (
        "Den ändrade savings med −4 000.",
        "Ingen har godkänt den.",
        "Godkänd av Staden och Fonden 2020-06-20.",
        "Kostnader hos andra mäts inte.",
    ):
        assert sentence in swedish
    assert text.count("Nobody approved it.") == 1


def test_silence_on_deviations_is_not_the_same_as_none() -> None:
    none = declared(DECLARED.split("deviations:")[0] + "deviations: []\n")
    assert "No deviations from the plan were made." in said(made(None, none), "en")
    assert "Nobody has declared whether the plan was deviated from." in said(made(), "en")
    assert "No deviations" not in said(made(), "en")


def test_what_is_declared_stands_beside_what_is_computed() -> None:
    certificate = made(None, declared())
    answers = {(answer.item, answer.party): answer for answer in checklist(certificate)}
    assert [item for item, party in answers if party is None] == [*ITEMS]
    assert [item for item, party in answers if party == "auditor"] == ["B7", "C5", "C6", "D2"]
    assert (answers["C5", "auditor"].verdict, answers["C5", "auditor"].evidence) == ("pass", "ab" * 32)
    assert answers["C5", None].verdict == "not_determinable"
    assert (answers["C6", "auditor"].verdict, answers["B7", "auditor"].verdict) == ("fail", "not_applicable")
    assert answers["A5", None].verdict == "fail"  # no lock
    assert answers["D2", None].verdict == "fail"  # declared to hold, and one deviation is approved by nobody
    stands = resolved(certificate)
    assert [stands[item] for item in ("C5", "C6", "B7", "A5", "D2")] == [
        "pass",
        "fail",
        "not_determinable",  # said without evidence or a note
        "fail",
        "fail",
    ]
    settled = certificate.settlement.to_plain()
    assert answers["E7", None].evidence == hashlib.sha256(canonical_json(settled)).hexdigest()
    text = said(certificate, "en")
    assert "C6. The definition is the same in all years (only whoever holds the data knows)" in text
    assert "C6. The definition is the same in all years (a new system in 2019)" in text


def test_every_item_can_be_declared_to_fail_and_is_shown() -> None:
    items = "\n".join(f"  {item}: {{verdict: fail}}" for item in ITEMS)
    failing = made(None, declared(DECLARED.split("deviations:")[0] + f"checklist:\n{items}\n"))
    assert {*resolved(failing).values()} == {"fail"}
    assert "Do not hold (39): A1, A2," in said(failing, "en")


# --- days -----------------------------------------------------------------------------------------------------


def test_the_days_of_the_contract_hold() -> None:
    with pytest.raises(ArgumentError) as error:
        workflow.settle(read(), date="2021-02-28")
    assert str(error.value) == (
        "`date` must not be before the data are locked, 2021-03-01; got 2021-02-28; settle when it is over, or as "
        "interim."
    )
    with pytest.raises(ArgumentError) as error:
        made(None, declared(), date="2021-03-15")
    assert str(error.value) == "`date` must not be before the day auditor declared, 2021-03-20; got 2021-03-15."
    assert "It can be disputed until 2021-05-01." in said(made(), "en")
    late = said(made(date="2022-07-01"), "en")
    assert "The contract asks for the certificate by 2021-06-30; it is dated 2022-07-01." in late
    assert "It is dated after the last day to settle, 2022-06-30." in late


@pytest.mark.parametrize(
    ("days", "en", "sv", "first"),
    [(90, "90 days", "90 dagar", "2022-04-01"), (1, "1 day", "1 dag", "2022-01-02")],
)
def test_the_run_out_is_waited_for(tmp_path: Path, days: int, en: str, sv: str, first: str) -> None:
    workflow.copy_case("sick-leave", tmp_path)
    text = (tmp_path / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace('outcome_data_from: "2019-02-01"}', 'outcome_data_from: "2019-02-01", run_out: ' + f"{days}}}")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(tmp_path / "contract.yaml")
    with pytest.raises(ArgumentError) as error:
        workflow.settle(contract, date="2022-01-01")
    assert str(error.value) == (
        f"`date` must be after the run-out of analysis.absence, {en} after its evaluation window, {first} or later; "
        "got 2022-01-01; settle when it is over, or as interim."
    )
    assert error.value.sv is not None
    assert f"eftersläpningen för analysis.absence, {sv} efter dess utvärderingsfönster, {first}" in error.value.sv


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("2020-06-30", "It is look 1 of the 1 that the contract declares before the end."),
        ("2020-07-01", "The contract does not declare a look on this day; those declared are: 2020-06-30."),
    ],
)
def test_a_look_before_the_end_says_whether_it_was_declared(date: str, sentence: str) -> None:
    assert sentence in said(workflow.settle(read(), date=date, kind="interim"), "en")


# --- signed and tampered --------------------------------------------------------------------------------------


def test_declarations_travel_signed_and_every_change_is_found() -> None:
    contract = read()
    certificate = made(contract, declared()).sign(DEMO_KEY)
    assert workflow.verify(certificate, contract=contract).ok
    assert [one.raw for one in certificate.declarations] == [DECLARED.encode()]
    tree = json.loads(certificate.envelope.payload)
    changes: list[tuple[str, Any]] = [
        ("text", DECLARED.replace("-4000", "-3000")),
        ("text", DECLARED.replace("deviations:", "deviations: []\n#", 1).split("\n  -")[0] + "\n"),
        ("sha256", "0" * 64),
    ]
    for key, value in changes:
        changed = copy.deepcopy(tree)
        changed["predicate"]["declarations"][0][key] = value
        found = workflow.verify(_signed(changed), contract=contract)
        assert "subjects" in [one.name for one in found.differences], key
    for removed in (["predicate"], []):
        changed = copy.deepcopy(tree)
        if removed:
            del changed["predicate"]["declarations"]
        else:
            changed["subject"] = [one for one in changed["subject"] if not one["name"].startswith("declarations")]
        assert not workflow.verify(_signed(changed), contract=contract).ok


def test_declarations_of_another_contract_are_found_in_a_certificate() -> None:
    contract = read()
    tree = json.loads(made(contract, declared()).envelope.payload)
    text = DECLARED.replace("contract: savings", "contract: other")
    digest = hashlib.sha256(text.encode()).hexdigest()
    tree["predicate"]["declarations"] = [{"sha256": digest, "text": text}]
    for subject in tree["subject"]:
        if subject["name"] == "declarations/1":
            subject["digest"]["sha256"] = digest
    found = workflow.verify(_signed(tree), contract=contract)
    assert [one.name for one in found.differences] == ["date"]
    tree["predicate"]["declarations"][0]["text"] = "schema: effekt/declarations/2"
    with pytest.raises(CertificateError, match="cannot be read"):
        workflow.verify(_signed(tree), contract=contract)


def test_declarations_that_do_not_fit_are_refused_when_settling() -> None:
    with pytest.raises(ContractError, match=r"^line 2: contract must be savings; got other\.$"):
        made(None, declared(DECLARED.replace("contract: savings", "contract: other")))


def test_the_page_is_the_same_again_and_a_changed_deviation_on_it_is_found() -> None:
    contract = read()
    certificate = made(contract, declared()).sign(DEMO_KEY)
    for lang in ("en", "sv"):
        page = render_page(certificate, lang)
        assert workflow.verify(page.encode(), contract=contract).ok
    changed = render_page(certificate, "en").replace("one home was left out", "nothing was left out", 1)
    assert [one.name for one in workflow.verify(changed.encode(), contract=contract).differences] == ["page"]


def _signed(tree: dict[str, Any]) -> bytes:
    return sign(Envelope(payload=canonical_json(tree)), DEMO_KEY).to_bytes()


# --- what was declared before ---------------------------------------------------------------------------------

LOG = CONTRACT.replace("attribution: none", "attribution: none\nlog: runs.jsonl")


KEY = generate_key()
OWN = CONTRACT.replace("keys: [", f'keys: ["{public_text(public_key(KEY))}", ')


def folder(tmp_path: Path, text: str = CONTRACT) -> Contract:
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(tmp_path / "contract.yaml")


def failing() -> Declarations:
    return declared(DECLARED.replace("C5: {verdict: pass", "C5: {verdict: fail"))


def again(contract: Contract, *declarations: Declarations, **given: Any) -> Certificate:
    attested = parse_attestation(ATTESTED.encode())
    return workflow.settle(contract, date="2021-04-01", attestations=[attested], declarations=declarations, **given)


@pytest.mark.parametrize("name", ["certificate.json", "certificate.sv.html"])
def test_a_folder_with_a_declared_deviation_refuses_a_settlement_without_it(tmp_path: Path, name: str) -> None:
    contract = folder(tmp_path, OWN)
    first = made(contract, declared()).sign(KEY)
    if name.endswith("html"):
        workflow.report(first, tmp_path / name)
    else:
        workflow.write_certificate(first, tmp_path / name)
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    (tmp_path / "data.html").write_text("<p>", encoding="utf-8")
    with pytest.raises(CertificateError) as error:
        made(contract)
    assert str(error.value) == (
        f"The file {name!r} in the contract's folder is a certificate of 2021-04-01 with 3 deviations, failed checks "
        "or events that this settlement leaves out. Declare them again (--declared), or say that this certificate "
        "takes its place and why (--supersedes, --reason)."
    )
    assert made(contract, declared()).left_out == frozenset()
    refuse_left_out(contract, [failing()], None)  # a check that fails too: nothing is left out
    assert made(read()).left_out == frozenset()  # read without a folder: nothing to look through


def damaged(certificate: Certificate) -> Certificate:
    envelope = certificate.envelope
    return Certificate(replace(envelope, payload=envelope.payload.replace(b"2021-04-01", b"2021-04-02")))


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (
            lambda draft: draft,
            "nobody has signed it, so that it binds nobody. It declares 3 deviations, failed checks or",
        ),
        (lambda draft: draft.sign(DEMO_KEY), "nobody has signed it"),
        (lambda draft: damaged(draft.sign(KEY)), "no signature on it belongs to what it states"),
    ],
)
def test_what_no_signature_holds_on_binds_nobody_by_what_it_declares(
    tmp_path: Path, held: Callable[[Certificate], Certificate], sentence: str
) -> None:
    contract = folder(tmp_path, OWN)
    (tmp_path / "draft.json").write_bytes(held(made(contract, declared())).to_bytes())
    with pytest.warns(FolderWarning, match=f"^draft.json is passed by: .*{sentence}"):
        assert made(contract).left_out == frozenset()


def test_a_draft_is_told_of_in_both_languages_and_only_of_what_is_left_out(tmp_path: Path) -> None:
    contract, first = folder(tmp_path), made(None, declared())
    (tmp_path / "draft.json").write_bytes(first.to_bytes())
    (told,) = drafts_left_out(contract, ())
    assert told.sv.startswith("draft.json räknas inte: ingen har undertecknat filen, så den binder ingen.")
    assert told.sv.endswith("som denna avräkning utelämnar: 3; ange det som har hänt.")
    assert not list(drafts_left_out(contract, first.speaks_against))


def test_what_a_stranger_declares_binds_nobody_and_is_told(tmp_path: Path) -> None:
    contract = folder(tmp_path)
    (tmp_path / "first.json").write_bytes(sign(made(None, declared(), kind="interim").envelope, KEY).to_bytes())
    with pytest.warns(FolderWarning, match=r"^first\.json is passed by as .*signed by a key that no party is known"):
        assert made(contract).left_out == frozenset()


def test_what_was_declared_under_a_changed_key_binds_with_the_change(tmp_path: Path) -> None:
    contract, new = folder(tmp_path, OWN), generate_key()
    change = workflow.rotate(contract, key=KEY, new=public_text(public_key(new)), date="2020-12-01")
    (tmp_path / "first.json").write_bytes(sign(made(None, declared()).envelope, new).to_bytes())
    with pytest.raises(CertificateError, match=r"'first\.json' .* with 3 deviations, failed checks or events"):
        again(contract, rotations=[change])


def test_a_draft_is_told_of_on_the_command_line(tmp_path: Path, effekt: Any) -> None:
    folder(tmp_path)
    (tmp_path / "draft.json").write_bytes(made(None, declared()).to_bytes())
    (tmp_path / "attested.yaml").write_text(ATTESTED, encoding="utf-8")
    settle = ("settle", tmp_path / "contract.yaml", "--date", "2021-04-01", "--attested", tmp_path / "attested.yaml")
    ran = effekt(*settle, "--lang", "en")
    assert ran.code == 0
    assert ran.err == (
        "! draft.json is passed by: nobody has signed it, so that it binds nobody. It declares 3 deviations, failed "
        "checks or events that this settlement leaves out; declare what happened.\n"
    )
    assert effekt(*settle).err.startswith("! draft.json räknas inte: ingen har undertecknat filen")


def test_a_certificate_of_another_contract_in_the_folder_says_nothing(tmp_path: Path) -> None:
    contract = folder(tmp_path, CONTRACT.replace("id: savings", "id: others"))
    workflow.write_certificate(made(None, declared()), tmp_path / "certificate.json")
    attested = parse_attestation(ATTESTED.replace("contract: savings", "contract: others").encode())
    assert workflow.settle(contract, date="2021-04-01", attestations=[attested]).left_out == frozenset()


def test_who_supersedes_says_what_it_leaves_out_and_so_does_who_supersedes_that(tmp_path: Path) -> None:
    contract = folder(tmp_path)
    first = made(contract, declared())
    workflow.write_certificate(first, tmp_path / "first.json")
    second = again(contract, supersedes=first, reason="a mistake")
    third = again(contract, supersedes=second, reason="again")
    back = again(contract, declared(), supersedes=third, reason="declared again")
    assert (len(second.left_out), len(third.left_out), len(back.left_out)) == (3, 3, 0)
    assert "left_out" not in back.predicate["supersedes"]
    for one in (second, third):
        assert "declared before, and that this certificate leaves out: 3." in said(one, "en")
        assert "angetts tidigare, och som saknas i detta intyg: 3." in said(one, "sv")
    for one, before in ((second, first), (third, second)):
        verified = workflow.verify(one.sign(DEMO_KEY), contract=contract, earlier=before)
        found = {finding.name: finding.verdict for finding in verified.findings}
        assert (found["left_out"], found["supersedes"]) == ("reproduced", "reproduced")
        (told,) = [finding.text.en for finding in verified.findings if finding.name == "left_out"]
        assert told.endswith("neither has nor says it leaves out: 0; that it says it leaves out: 3.")


def test_verify_tells_of_what_an_earlier_certificate_declares_and_this_one_hides() -> None:
    first, second = made(None, declared()).sign(DEMO_KEY), made().sign(DEMO_KEY)
    found = {one.name: one for one in workflow.verify(second, contract=read(), earlier=first).findings}
    assert found["left_out"].verdict == "different"
    assert found["left_out"].text.en.endswith("neither has nor says it leaves out: 3.")
    silent = {one.name for one in workflow.verify(made(None, failing()), contract=read(), earlier=second).findings}
    assert "left_out" not in silent


def test_the_log_tells_what_was_declared_at_an_earlier_line(tmp_path: Path) -> None:
    contract = folder(tmp_path, LOG)
    locked = workflow.lock(contract, key=DEMO_KEY, date="2018-06-01", undecided_accepted=True)
    clean = again(contract, locked=locked)
    first = again(contract, declared(), locked=locked)
    second = again(contract, locked=locked)
    more = again(contract, failing(), locked=locked)
    assert [len(one.left_out) for one in (clean, first, second, more)] == [0, 0, 3, 0]
    lines = [json.loads(line) for line in (tmp_path / "runs.jsonl").read_bytes().splitlines()]
    assert ["declared" in line for line in lines] == [False, False, True, False, True]
    assert "left_out" not in clean.predicate["runs"]
    assert "declared at an earlier run and left out of this one: 3." in said(second, "en")
    assert "angavs vid en tidigare körning och saknas i denna: 3." in said(second, "sv")
    for one in (clean, first, second, more):
        found = workflow.verify(one.sign(DEMO_KEY), contract=contract, log=tmp_path / "runs.jsonl")
        assert {f.name: f.verdict for f in found.findings}["log_line"] == "reproduced"
        assert found.differences == ()
    statement = json.loads(second.envelope.payload)
    del statement["predicate"]["runs"]["left_out"]
    forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    found = workflow.verify(forged, contract=contract, log=tmp_path / "runs.jsonl")
    assert "log" in {one.name for one in found.differences}


def test_two_parties_answer_one_item_and_both_answers_are_shown() -> None:
    other = declared(
        'schema: effekt/declarations/1\ncontract: savings\nby: fund\ndate: "2021-03-21"\n'
        "checklist:\n  C6: {verdict: pass}\n  B7: {verdict: not_applicable}\n  A5: {verdict: pass}\n"
    )
    certificate = made(None, declared(), other)
    answers = [(one.item, one.verdict, one.by.en) for one in checklist(certificate)]
    assert [one for one in answers if one[0] in ("C6", "B7", "A5")] == [
        ("A5", "fail", "this certificate"),
        ("A5", "pass", "Fonden"),
        ("B7", "not_determinable", "this certificate"),
        ("B7", "not_applicable", "Revisorn"),
        ("B7", "not_applicable", "Fonden"),
        ("C6", "not_determinable", "this certificate"),
        ("C6", "fail", "Revisorn"),
        ("C6", "pass", "Fonden"),
    ]
    assert "Answered differently (3): A5, C6, D2." in said(certificate, "en")
    assert "Besvarade olika (3): A5, C6, D2." in said(certificate, "sv")
    total = sum(int(part.split()[-1]) for part in _summary_of(certificate).removesuffix(".").split(": ")[1].split(", "))
    assert total == 39


def _summary_of(certificate: Certificate) -> str:
    return next(line for line in said(certificate, "en").splitlines() if line.startswith("Of 39 items"))

"""Every item of the verifier's checklist, A1 to F5: it holds by evidence in the certificate, and fails without it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from reports.samples import effect, measure

from effekt._text import Language, Text
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, generate_key, public_key, public_text, sign
from effekt.certificates.certificate import Certificate, compose
from effekt.certificates.predicate import DataDigest, Plan, Supersedes
from effekt.certificates.statement import Subject, lock_statement
from effekt.certificates.taking import take_figures, to_publish
from effekt.contracts import (
    Contract,
    events_of,
    parse_attestation,
    parse_contract,
    parse_declarations,
    settle_figures,
)
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.missing import MISSING_CHECK
from effekt.diagnostics import unit_ledger
from effekt.reports.against import against
from effekt.reports.checklist import (
    ITEMS,
    Answer,
    checklist,
    checklist_section,
    not_met,
    resolved,
    settled_by_hand,
    settled_failures,
)
from effekt.reports.declared import deviations_section
from effekt.reports.document import Report
from effekt.reports.judging import judges
from effekt.reports.signed import signature_blocks
from effekt.reports.text import certificate_text, report_text
from effekt.result import Diagnostic, Note, Sample

TOWN, STATE, FIRM, AUDITOR, SECOND = (generate_key() for _ in range(5))
SIGNING, ANYONE = "signing: {threshold: 1, roles: [verifier]}", "signing: {threshold: 1, roles: [payer]}"
INDEPENDENT = "independence: {auditor: {of: [town, firm], fee: fixed}, second: {of: [town, firm], fee: fixed}}\n"
COHORTS = """\
  cohorts: {all: {who: {sv: "alla", en: "all"}, closes: "2021-12-31", figures: [reduction]}}
"""
COLUMNS = """\
    columns:
      {unit: {kind: text}, year: {kind: whole}, days: {kind: number}, employees: {kind: number}, edition: {kind: text}}
"""
CONTRACT = f"""\
schema: effekt/contract/1
id: example
title: {{sv: "Exempel", en: "Example"}}
parties:
  town: {{role: payer, name: "Staden", organisation_number: "1", keys: ["{public_text(public_key(TOWN))}"]}}
  state: {{role: payer, name: "Staten", organisation_number: "4", keys: ["{public_text(public_key(STATE))}"]}}
  firm: {{role: provider, name: "Bolaget", organisation_number: "2", keys: ["{public_text(public_key(FIRM))}"]}}
  auditor: {{role: verifier, name: "Revisorn", organisation_number: "3", keys: ["{public_text(public_key(AUDITOR))}"]}}
  second: {{role: verifier, name: "Revisor två", organisation_number: "5", keys: ["{public_text(public_key(SECOND))}"]}}
  keeper: {{role: controller, name: "Registret"}}
{SIGNING}
dates: {{signed: "2018-11-01", outcome_data_from: "2019-12-31", run_out: 30, longstop: "2023-12-31"}}
attribution: comparison
population:
  unit: municipality
  who: {{sv: "kommunen", en: "the municipality"}}
  analysis_set: assigned
  register: {{source: {{sv: "listan", en: "the list"}}, frozen: "2018-12-01"}}
  eligibility: [{{data: panel, column: employees, ge: "1"}}]
{COHORTS}disclosure: {{minimum: 5}}
data:
  panel:
    path: panel.csv
{COLUMNS}  people: {{path: people.csv}}
analysis:
  headcount:
    {{method: outcome_count, data: people, unit: person, outcome: months, most_missing: {{share: "0", on_more: refer}}}}
  absence:
    method: trend_adjusted
    data: panel
    outcome: {{column: [days, employees], better: lower}}
    unit: unit
    time: year
    period: year
    treated: [A]
    reference_window: [2016, 2018]
    evaluation_window: [2019, 2021]
    vintage: "March 2022"
    vintage_column: edition
    most_missing: {{share: "0.05", on_more: refer}}
    required_checks: {{placebo_distribution: refer}}
ledgers: {{absence: {{data: people, steps: {{referred: r, analysed: a}}, reason: why, unit: person}}}}
figures:
  reduction:
    {{estimate: absence, view: relative_improvement, statistic: estimate, digits: 6, unit: fraction}}
  other: {{attested: auditor, digits: 6, unit: fraction, question: {{sv: "Annat?", en: "Otherwise?"}}}}
  strict: {{attested: auditor, digits: 6, unit: fraction, question: {{sv: "Strikt?", en: "Strict?"}}}}
  index: {{attested: auditor, digits: 1, unit: index, question: {{sv: "Index?", en: "Index?"}}}}
  ledger: {{attested: auditor, digits: 0, unit: month, question: {{sv: "Summa?", en: "Total?"}}}}
  counted: {{measure: headcount, digits: 0, unit: month}}
  paid:
    derived: {{fallback: [{{figure: reduction, when: ledger, at_least: "1"}}, {{figure: other}}]}}
    digits: 6
    unit: fraction
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {{town: "0.75", state: "0.25"}}
      payee: firm
      pays:
        indexed:
          figure: index
          base: "100.0"
          pays: {{piecewise: {{figure: paid, points: [{{at: "0", pays: "0"}}, {{at: "0.12", pays: "5000001"}}]}}}}
reconciliations: {{months: {{total: counted, against: ledger, within: "0.01", figures: [reduction]}}}}
sensitivity: {{strict: {{title: {{sv: "strikt", en: "strict"}}, replace: {{reduction: strict}}}}}}
{INDEPENDENT}disputes: {{days: 30, undisputed_paid: true, decided_by: {{sv: "nämnden", en: "the tribunal"}}}}
"""
ATTESTED = """\
schema: effekt/attestation/1
contract: example
figures:
  other: {value: "0.050000", by: auditor, date: "2022-03-01", evidence: {description: "bokslut"}}
  strict: {value: "0.040000", by: auditor, date: "2022-03-01", evidence: {description: "bokslut"}}
  index: {value: "101.0", by: auditor, date: "2022-03-01", evidence: {description: "bokslut"}}
  ledger: {value: "1230", by: auditor, date: "2022-03-01", evidence: {description: "bokslut"}}
"""
DECLARED = """\
schema: effekt/declarations/1
contract: example
by: auditor
date: "2022-03-10"
"""
Edit = tuple[str, str]


def read(*edits: Edit) -> Contract:
    """The contract, with each text replaced, once."""
    text = CONTRACT
    for old, new in edits:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return parse_contract(text.encode())


def found(**changes: Any) -> Any:
    """The effect, with its checks and the ledger of those behind it."""
    told = Text(en="Data as of: March 2022.", sv="Dataversion: March 2022.")
    checks = (
        Diagnostic(name="placebo_distribution", status="ok", statement=told, values={"sd": 0.1}),
        Diagnostic(name=MISSING_CHECK, status="ok", statement=told, values={"rows": "within"}),
        unit_ledger(
            {"referred": 100, "assigned": {"treated": 45, "control": 45}, "analysed": {"treated": 38, "control": 37}},
            losses={"analysed": {"moved": {"treated": 7, "control": 8}}, "assigned": {"late": 10}},
        ),
    )
    given = {
        "diagnostics": checks,
        "notes": (Note(code="data_vintage", text=told),),
        "sample": Sample(n_obs=156, n_units=75, n_treated=38, n_control=37, n_dropped=0),
        "path": False,
    }
    return effect(**(given | changes))


def count() -> Any:
    """How many months."""
    check = next(one for one in found().diagnostics if one.name == MISSING_CHECK)
    return replace(measure(), exact=Fraction(1234), diagnostics=(check,))


def swapped(name: str, **changes: Any) -> tuple[Diagnostic, ...]:
    """The checks, one of them changed or, where it is none of them, added."""
    checks = {check.name: check for check in found().diagnostics}
    told = Text(en="x", sv="x")
    new = checks.get(name, Diagnostic(name=name, status="ok", statement=told, values={"sd": 0.1}))
    return (*(check for check in checks.values() if check.name != name), replace(new, **changes))


def made(
    *edits: Edit,
    result: Any = None,
    attested: str = ATTESTED,
    declared: str | Sequence[str] = "",
    signers: tuple[Any, ...] = (TOWN, FIRM, STATE),
    locked: str = "2018-12-01",
    date: str = "2022-03-15",
    supersedes: Supersedes | None = None,
) -> Certificate:
    """The certificate of the contract, edited, with what the auditor declares, or with whole files."""
    contract = read(*edits)
    envelope = None
    for key in signers:
        envelope = lock_of(contract, key, locked, envelope)
    texts = [parse_attestation(attested.encode())]
    files = [DECLARED + declared] if declared and isinstance(declared, str) else declared
    declarations = [parse_declarations(one.encode()) for one in files]
    results = {"absence": result or found(), "headcount": count()}
    figures = take_figures(contract, results, texts, date=date, software={"effekt": "0.1.0"})
    terms = contract.model.figures
    own = {id: one for id, one in figures.items() if not isinstance(terms[id], DerivedFigure)}
    digest = {"sha256": "a" * 64, "logical": "b" * 64, "rows": 156}
    return compose(
        contract=contract,
        date=date,
        kind="final",
        data={
            "panel": DataDigest(columns=("unit", "year", "days", "employees", "edition"), **digest),
            "people": DataDigest(columns=("person", "months"), **digest),
        },
        attestations=texts,
        results=to_publish(contract, results, figures),
        settlement=settle_figures(contract, own, events_of(contract, declarations, {})),
        plan=Plan()
        if envelope is None
        else Plan(date=locked, locked_before_data=locked < "2019-12-31", lock=envelope.to_bytes().decode()),
        software={"effekt": "0.1.0", "python": "3.11.7"},
        supersedes=supersedes,
        declarations=declarations,
    )


def lock_of(contract: Contract, key: Any, date: str, beside: Envelope | None) -> Envelope:
    """The plan locked by one key more; `effekt lock` itself checks more of the contract than stands here."""
    subject = Subject(name="contract", sha256=contract.sha256)
    statement = lock_statement(contract_id="example", contract=subject, date=date, plan={})
    return sign(beside or Envelope(payload=statement.to_bytes()), key)


def forged(certificate: Certificate, change: Callable[[dict[str, Any]], None]) -> Certificate:
    """The certificate with something else in it, as whoever holds a key could sign it."""
    tree = copy.deepcopy(json.loads(certificate.envelope.payload))
    change(tree)
    return Certificate(Envelope(payload=canonical_json(tree)))


def answers(certificate: Certificate, item: str) -> list[Answer]:
    """The certificate's own answer, and those of parties."""
    return [one for one in checklist(certificate) if one.item == item]


def answer(certificate: Certificate, item: str) -> Answer:
    """The certificate's own answer."""
    return answers(certificate, item)[0]


def page(certificate: Certificate, lang: Language = "en") -> str:
    """The checklist of the page, in one line."""
    section = checklist_section(certificate)
    report = Report(kicker=section.heading, title=section.heading, facts=((section.heading,) * 2,), sections=(section,))
    return " ".join(report_text(report, lang).split())


@cache
def honest() -> Certificate:
    return made()


HOLDS = (
    *("A1", "A2", "A3", "A5", "B2", "B3", "B5", "B6", "C2", "C3", "C4", "C5", "C7"),
    *("D1", "D4", "D5", "D6", "D7", "E1", "E2", "E3", "E5", "E6", "E7", "F2", "F3", "F4"),
)
ALONE = ("B1", "B4", "B7", "C1", "C6", "C8", "D2", "D3", "E4", "F1")
"""What an honest certificate cannot tell by itself."""


def test_an_honest_certificate_holds_what_it_shows_and_says_what_it_cannot_tell() -> None:
    answers = {one.item: one for one in checklist(honest())}
    assert [*answers] == [*ITEMS]
    assert {item for item, one in answers.items() if one.verdict == "pass"} == {*HOLDS}
    assert {item for item, one in answers.items() if one.verdict == "not_determinable"} == {*ALONE}
    assert {item for item, one in answers.items() if one.verdict == "not_applicable"} == {"A4", "F5"}
    assert all(answers[item].evidence is not None for item in HOLDS)
    assert all(one.note is not None for one in answers.values())
    assert list(not_met(honest())) == []


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Put the last of the path at the place that the others name."""

    def change(tree: dict[str, Any]) -> None:
        node = tree
        for key in path[:-2]:
            node = node[key]
        node[path[-2]] = path[-1]

    return change


def _settled(*path: Any) -> Certificate:
    return forged(honest(), _set("predicate", "settlement", *path))


def _step(rule: str, value: str) -> Certificate:
    """A step of the line with another value."""

    def change(tree: dict[str, Any]) -> None:
        line = tree["predicate"]["settlement"]["lines"][0]
        next(step for step in line["steps"] if step["rule"] == rule)["value"] = value

    return forged(honest(), change)


def _figure(id: str, value: str) -> Certificate:
    """A figure with another value, and the payment settled on it."""
    certificate = honest()
    stated = {one.id: one for one in certificate.figures}
    stated[id] = replace(stated[id], value=value)
    terms = certificate.contract.model.figures
    own = {name: one for name, one in stated.items() if not isinstance(terms[name], DerivedFigure)}
    return forged(certificate, _set("predicate", "settlement", settle_figures(certificate.contract, own).to_plain()))


def _figures_of(id: str, value: str) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        figures = tree["predicate"]["settlement"]["figures"]
        next(one for one in figures if one["id"] == id)["value"] = value

    return change


def _unlocked_amendment() -> Certificate:
    text = f'amendment: {{number: 1, of: "{"a" * 64}", date: "2019-01-01", reason: {{sv: "x", en: "x"}}, '
    end = "disputes: {days"
    return made((end, f"{text}agreed_by: [town, state, firm]}}\n{end}"), signers=(TOWN, STATE))


EARLIER = Supersedes(sha256="a" * 64, date="2022-02-01", reason="corrected")
FAILING: dict[str, Callable[[], Certificate]] = {
    "A1": lambda: made(('organisation_number: "3"', 'organisation_number: "2"')),
    "A2": lambda: made(("payee: firm", "payee: auditor"), (INDEPENDENT, "")),
    "A3": lambda: forged(honest(), _set("predicate", "plan", "lock", made(("Exempel", "Annat")).plan.lock)),
    "A4": _unlocked_amendment,
    "A5": lambda: made(locked="2020-01-31"),
    "B1": lambda: forged(honest(), _set("predicate", "data", "panel", "columns", ["unit", "year", "days"])),
    "B2": lambda: forged(honest(), _set("predicate", "date", "2021-12-31")),
    "B3": lambda: made(result=found(sample=Sample(n_obs=156, n_units=80))),
    "B4": lambda: made(('frozen: "2018-12-01"', 'frozen: "2020-12-01"')),
    "B5": lambda: made(result=found(diagnostics=swapped("differential_attrition", status="warning"))),
    "B6": lambda: made(result=found(sample=Sample(n_obs=156, n_units=80))),
    "C1": lambda: forged(honest(), _set("predicate", "data", "panel", "sha256", "c" * 64)),
    "C2": lambda: forged(honest(), _set("predicate", "data", "panel", "columns", ["unit", "year", "days"])),
    "C3": lambda: made(('vintage: "March 2022"', 'vintage: "May 2022"')),
    "C4": lambda: made(date="2022-01-15"),
    "C5": lambda: made(attested=ATTESTED.replace('"1230"', '"1000"')),
    "C6": lambda: made(result=found(diagnostics=swapped("level_break", status="warning"))),
    "C7": lambda: made(result=found(diagnostics=swapped(MISSING_CHECK, values={"rows": "more"}))),
    "D1": lambda: forged(honest(), _set("predicate", "results", "absence", "method", "synthetic_control")),
    "D2": lambda: made(
        declared='deviations: [{what: {sv: "x", en: "x"}, why: {sv: "x", en: "x"}, date: "2020-01-01", '
        "effect: {reduction: unknown}}]\n"
    ),
    "D4": lambda: made(result=found(diagnostics=swapped("placebo_distribution", status="failed"))),
    "D5": lambda: forged(honest(), _figures_of("paid", "0.050000")),
    "D6": lambda: forged(honest(), lambda tree: tree["predicate"]["results"].pop("headcount")),
    "D7": lambda: made(attested="\n".join(line for line in ATTESTED.splitlines() if "  strict:" not in line)),
    "E1": lambda: _figure("reduction", "0.200000"),
    "E2": lambda: _step("rounding", "1"),
    "E3": lambda: made(result=found(treated="7.199996", exact=None)),
    "E5": lambda: _settled("undisputed", "1"),
    "E6": lambda: _settled("currency", "EUR"),
    "E7": lambda: _settled("lines", 0, "shares", 0, "amount", "1"),
    "F1": lambda: forged(honest(), _set("predicate", "results", "headcount", "sample", "n_units", 3)),
    "F2": lambda: made(("attribution: comparison", "attribution: randomised")),
    "F3": lambda: made(declared="limitations: []\n"),
    "F4": lambda: made(('longstop: "2023-12-31"', 'longstop: "2022-04-01"')),
    "F5": lambda: made(supersedes=replace(EARLIER, left_out=("b" * 64,))),
}
BY_A_PARTY = ("B7", "C8", "D3", "E4")
"""What only a party or a computation anew can find not met; it stands in the declarations of the certificate."""


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_can_fail_and_no_party_can_hide_it(item: str) -> None:
    assert {*FAILING, *BY_A_PARTY} == {*ITEMS}
    if item in BY_A_PARTY:
        certificate = made(declared=f"checklist: {{{item}: {{verdict: fail}}}}\n")
        own, party = answers(certificate, item)
        assert (own.verdict, party.verdict, party.party) == ("not_determinable", "fail", "auditor")
    else:
        certificate = FAILING[item]()
        (own,) = answers(certificate, item)
        assert (own.verdict, own.party) == ("fail", None), own.note
    assert resolved(certificate)[item] == "fail"
    said = [text.en.partition(".")[0] for text in not_met(certificate)]
    assert said.count(item) == (item in FAILING and item != "A5")  # of the lock the page says under every certificate


OPEN: dict[str, Callable[[], Certificate]] = {
    "A1": lambda: made((public_text(public_key(AUDITOR)), public_text(public_key(DEMO_KEY)))),
    "A2": lambda: made((INDEPENDENT, "")),
    "A3": lambda: made(signers=(TOWN,)),
    "B2": lambda: made((COHORTS, "")),
    "B3": lambda: made(result=found(diagnostics=swapped("unit_ledger")[:-1])),
    "B5": lambda: made(result=found(diagnostics=swapped("unit_ledger")[:-1])),
    "B6": lambda: made((", unit: person}}", "}}")),
    "C2": lambda: made((COLUMNS, "")),
    "C3": lambda: made(("    vintage_column: edition\n", "")),
    "C5": lambda: made(attested="\n".join(line for line in ATTESTED.splitlines() if "  ledger:" not in line)),
    "C7": lambda: made(
        ('    most_missing: {share: "0.05", on_more: refer}\n', ""),
        result=found(sample=Sample(n_obs=156, n_units=75, n_treated=38, n_control=37, n_dropped=20)),
    ),
    "D1": lambda: made(signers=()),
    "E6": lambda: made(attested="\n".join(line for line in ATTESTED.splitlines() if "  index:" not in line)),
    "F4": lambda: made(("disputes: {days: 30, undisputed_paid: true,", "log: runs.jsonl\n#")),
    "F5": lambda: made(supersedes=EARLIER),
}


@pytest.mark.parametrize("item", [*OPEN, *ALONE])
def test_what_the_certificate_cannot_tell_it_says_it_cannot(item: str) -> None:
    told = answer(OPEN.get(item, honest)(), item)
    assert (told.verdict, told.by.en) == ("not_determinable", "this certificate")


LIMIT = '    most_missing: {share: "0.05", on_more: refer}\n'
HIDDEN, SHOWN = (Sample(n_obs=156, n_units=75, n_dropped=n) for n in (None, 20))


@pytest.mark.parametrize(
    ("taken", "sample", "verdict"),
    [
        ("missing: raise", HIDDEN, "pass"),
        ("missing: raise, match: {missing: raise}", HIDDEN, "pass"),
        ("missing: drop", HIDDEN, "not_determinable"),
        ("missing: raise, match: {missing: drop}", HIDDEN, "not_determinable"),
        ("missing: raise", SHOWN, "not_determinable"),  # rows were left out after all
    ],
)
def test_a_hidden_count_leaves_nothing_open_where_a_row_without_a_value_is_refused(
    taken: str, sample: Sample, verdict: str
) -> None:
    arguments = "".join(f"    {one}\n" for one in taken.split(", "))
    told = answer(made((LIMIT, arguments), result=found(sample=sample)), "C7")
    assert told.verdict == verdict
    if verdict == "pass":
        assert told.note is not None
        assert told.note.en == "none, or within the contract's limit"


SAID = 'note: {sv: "prövat", en: "seen"}'
EVIDENCE = f'evidence: "{"c" * 64}"'


def stands(item: str, *said: tuple[str, str]) -> str:
    """Where an item stands after the answers of parties, to the certificate in which it holds or cannot be told."""
    texts = [f"{DECLARED.replace('by: auditor', f'by: {by}')}checklist: {{{item}: {{{told}}}}}\n" for by, told in said]
    return resolved(made(declared=texts))[item]


@pytest.mark.parametrize(
    ("item", "said", "told"),
    [
        ("C6", [], "not_determinable"),
        ("C6", [("auditor", f"verdict: pass, {SAID}")], "pass"),
        ("C6", [("auditor", f"verdict: pass, {EVIDENCE}")], "pass"),
        ("C6", [("auditor", f"verdict: not_applicable, {SAID}")], "not_applicable"),
        ("C6", [("auditor", "verdict: pass")], "not_determinable"),  # a word that rests on nothing
        ("C6", [("auditor", "verdict: not_applicable")], "not_determinable"),
        ("C6", [("auditor", "verdict: fail")], "fail"),
        ("C6", [("firm", f"verdict: pass, {EVIDENCE}")], "not_determinable"),  # it is paid
        ("C6", [("town", f"verdict: not_applicable, {SAID}")], "not_determinable"),  # it pays
        ("C6", [("keeper", f"verdict: pass, {EVIDENCE}")], "not_determinable"),  # it does not conclude
        ("C6", [("town", "verdict: fail")], "fail"),
        ("C6", [("town", "verdict: fail"), ("auditor", f"verdict: pass, {SAID}")], "pass"),
        ("C6", [("town", "verdict: fail"), ("auditor", "verdict: pass")], "fail"),
        ("C6", [("auditor", f"verdict: pass, {SAID}"), ("second", "verdict: not_determinable")], "not_determinable"),
        ("C6", [("auditor", f"verdict: pass, {SAID}"), ("second", "verdict: fail")], "fail"),
        ("D1", [], "pass"),
        ("D1", [("firm", "verdict: not_applicable")], "pass"),
        ("D1", [("town", "verdict: fail")], "fail"),
        ("D1", [("town", "verdict: fail"), ("auditor", f"verdict: pass, {SAID}")], "pass"),
        ("D1", [("auditor", "verdict: not_determinable")], "not_determinable"),
        ("D1", [("auditor", "verdict: not_applicable")], "pass"),
    ],
)
def test_only_who_concludes_without_a_stake_settles_what_the_certificate_cannot_tell(
    item: str, said: list[tuple[str, str]], told: str
) -> None:
    assert stands(item, *said) == told


def test_who_concludes_and_has_a_stake_settles_nothing() -> None:
    checked = f"checklist: {{C6: {{verdict: pass, {SAID}}}}}\n"
    same = made(('organisation_number: "3"', 'organisation_number: "2"'), declared=checked)
    paid = made(
        ("payee: firm", "payee: auditor"),
        (INDEPENDENT, ""),
        declared=checked,
    )
    assert (judges(same), judges(paid)) == (("second",), ("second",))
    assert [resolved(one)["C6"] for one in (same, paid)] == ["not_determinable"] * 2
    assert "Revisorn (verifier), who has a stake: settles nothing" in page(paid)


def test_the_certificate_s_own_answer_stays_beside_what_is_declared() -> None:
    everything = "".join(f"  {item}: {{verdict: pass, {SAID}}}\n" for item in ITEMS)
    firm = f"{DECLARED.replace('by: auditor', 'by: firm')}deviations: []\nchecklist:\n{everything}"
    told, alone = made(declared=[firm]), {one.item: one for one in checklist(honest())}
    for item in ITEMS:
        own, other = answers(told, item)
        assert (own.party, other.party, other.judges) == (None, "firm", False)
        assert own == alone[item] or item in ("D2", "F3")  # which rest on declarations
    assert [one for one in ITEMS if resolved(told)[one] == "not_determinable"] == [*ALONE]
    assert settled_by_hand(told) == ()
    text = page(told)
    assert "Of 39 items, by what this certificate itself carries: holds 27, not applicable 2, cannot be" in text
    assert "Still open (10): B1, B4, B7, C1, C6, C8, D2, D3, E4, F1." in text
    assert "Answered differently (2): A4, F5." in text
    assert text.count("Bolaget (provider), who has a stake: settles nothing") == 39


def test_the_page_says_who_may_settle_what_and_what_is_settled() -> None:
    bare = page(honest())
    assert "only Revisorn or Revisor två, who concludes, can settle" in bare
    assert "So settled" not in bare
    said = made(
        declared=f"checklist: {{C6: {{verdict: pass, {SAID}}}, C8: {{verdict: pass}}, B7: {{verdict: fail}}}}\n"
    )
    assert settled_by_hand(said) == ("C6",)
    for lang, lines in (
        (
            "en",
            (
                "So settled (1): C6.",
                "Do not hold (1): B7.",
                "C6. The definition is the same in all years (seen) holds Revisorn (verifier), who concludes",
                "Revisorn (verifier), without evidence or a note: settles nothing",
            ),
        ),
        (
            "sv",
            (
                "Så avgjorda (1): C6.",
                "Ej uppfyllda (1): B7.",
                "C6. Definitionen är densamma alla år (prövat) uppfyllt Revisorn (verifierande part), som drar",
                "Revisorn (verifierande part), utan underlag eller skäl: avgör inget",
            ),
        ),
    ):
        assert all(line in page(said, lang) for line in lines)
    firm = page(made(declared=[f"{DECLARED.replace('by: auditor', 'by: town')}checklist: {{C6: {{verdict: fail}}}}\n"]))
    assert "Staden (payer), stands until it is settled" in firm


def test_what_another_finds_not_met_and_who_concludes_has_settled_says_so_in_its_row() -> None:
    town = f"{DECLARED.replace('by: auditor', 'by: town')}checklist: {{C6: {{verdict: fail}}, B7: {{verdict: fail}}}}\n"
    said = made(declared=[town, f"{DECLARED}checklist: {{C6: {{verdict: pass, {SAID}}}, B7: {{verdict: pass}}}}\n"])
    assert settled_failures(said) == {"C6": ("Revisorn",)}
    english, swedish = page(said), page(said, "sv")
    assert "Staden (payer), settled by Revisorn" in english
    assert "Staden (payer), stands until it is settled" in english  # B7, where the answer rests on nothing
    told = next(one.text for one in against(said) if "Staden" in one.text.en)
    assert told.en.endswith("not met: C6 and B7. Settled otherwise by Revisorn, who concludes: C6.")
    assert told.sv.endswith("Avgjort på annat sätt av Revisorn, som drar slutsatsen: C6.")
    assert "Staden (betalare), avgjort av Revisorn" in swedish


def test_a_contract_without_anyone_who_concludes_has_nobody_to_settle_an_item() -> None:
    alone = made(("role: verifier", "role: controller"), ("role: verifier", "role: controller"), (SIGNING, ANYONE))
    assert judges(alone) == ()
    assert "What it cannot determine nobody can settle" in page(alone)
    assert "kan ingen avgöra" in page(alone, "sv")


def test_deviations_rest_on_the_word_of_whoever_declares_them() -> None:
    none = made(declared="deviations: []\n")
    approved = (
        'deviations: [{what: {sv: "x", en: "x"}, why: {sv: "x", en: "x"}, date: "2020-01-01", '
        'approved: {by: [town, firm], date: "2020-02-01"}, effect: {reduction: unknown}}]\n'
    )
    both = made(
        declared=["".join((DECLARED, approved)), f"{DECLARED.replace('by: auditor', 'by: firm')}deviations: []\n"]
    )
    none, both = none.sign(AUDITOR), both.sign(AUDITOR)
    told = [answer(one, "D2") for one in (none, both)]
    assert [one.verdict for one in told] == ["not_determinable"] * 2
    assert all(one.evidence is not None for one in told)
    assert [None if one.note is None else one.note.en for one in told] == [
        "Revisorn declares that there were none; that none is missing rests on that word",
        "Revisorn declares that each is approved and Bolaget, whose key has not signed here, declares that there were "
        "none; that none is missing rests on that word",
    ]
    beside = str(list(signature_blocks(both)))
    assert "What Bolaget is said to have declared stands here without a signature of theirs" in beside
    assert "Det som Bolaget sägs ha uppgett finns här utan någon underskrift av dem själva" in beside
    assert "without a signature of theirs" not in str(list(signature_blocks(none)))


@pytest.mark.parametrize(
    ("by", "approves", "counts"),
    [
        ("firm", "firm", False),  # its own word
        ("auditor", "auditor", False),
        ("auditor", "town", False),  # one side alone
        ("firm", "town, state", False),
        ("firm", "town, firm", True),
        ("auditor", "town, firm", True),
        ("firm", "auditor", True),
        ("auditor", "second", True),
        ("firm", "firm, second", True),
    ],
)
def test_an_approval_counts_by_another_party_without_a_stake_or_by_both_sides(
    by: str, approves: str, counts: bool
) -> None:
    one = (
        f"{DECLARED.replace('by: auditor', f'by: {by}')}"
        'deviations: [{what: {sv: "x", en: "x"}, why: {sv: "x", en: "x"}, date: "2020-01-01", '
        f'approved: {{by: [{approves}], date: "2020-02-01"}}, effect: {{reduction: unknown}}}}]\n'
    )
    certificate = made(declared=[one])
    found = answer(certificate, "D2")
    assert found.verdict == ("not_determinable" if counts else "fail")
    assert ("That approval does not count" in str(deviations_section(certificate))) is not counts
    if not counts:
        assert found.note is not None
        assert found.note.sv.startswith("en är inte godkänd av någon annan part utan eget intresse")


def test_what_no_certificate_shows_says_what_to_do() -> None:
    told = {item: one.note.en for item in ("D3", "E4") if (one := answer(honest(), item)).note is not None}
    assert "effekt verify with the data in an environment of your own" in told["D3"]
    assert "independent" in told["E4"]
    assert told["D3"] != told["E4"]


@pytest.mark.parametrize(("lang", "heading", "open_"), [("en", "checklist", "cannot"), ("sv", "checklista", "avgöra")])
def test_the_terminal_says_what_of_the_checklist_is_open_and_leaves_the_items_to_the_page(
    lang: Any, heading: str, open_: str
) -> None:
    told = certificate_text(honest(), lang)
    (summary,) = [part for part in told.split("\n\n") if part.startswith(("The verifier's check", "Granskarens check"))]
    assert heading in summary
    rest = " ".join(told.partition(summary)[2].split())
    assert open_ in rest
    assert "D3" in rest
    assert "SHA-256" not in rest  # no table

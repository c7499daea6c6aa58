"""Whom a contract is about, how much may be missing, and the legal text: stated, held, and told in both languages."""

from __future__ import annotations

import hashlib
import html
import shutil
from pathlib import Path

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import generate_key, public_text
from effekt.certificates.signing import public_key
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError, ContractError, DataError
from effekt.reports.population import ANALYSED, UNITS
from effekt.reports.text import certificate_text

KEY = generate_key()
SPACES = str.maketrans("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", "  ")
POPULATION = """\
population:
  unit: person
  who: {sv: "sökande över 15 år", en: "applicants above 15"}
  analysis_set: assigned
  register:
    source: {sv: "kommunens ansökningar", en: "the municipality's applications"}
    frozen: "2019-12-31"
    salted_sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  eligibility:
    - {data: people, column: age, ge: "16"}
    - {data: people, column: area, among: [north, south]}
  cohorts:
    first:
      who: {sv: "de som sökt under 2020", en: "those who applied in 2020"}
      closes: "2020-12-31"
      figures: [gain]
"""
TEXT = f"""\
schema: effekt/contract/1
id: lot
title: {{sv: "Lottat försök", en: "Trial"}}
jurisdiction: "SE"
parties:
  town: {{role: payer, name: "Kommunen", organisation_number: "212000-0001"}}
  provider: {{role: provider, name: "Utföraren"}}
  board: {{role: controller, name: "Nämnden"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates:
  signed: "2020-01-01"
  outcome_data_from: "2020-01-02"
  service: {{from: "2020-01-01", to: "2020-12-31"}}
attribution: randomised
{POPULATION}data:
  people: {{path: people.csv}}
analysis:
  trial:
    method: randomized_trial
    data: people
    outcome: {{column: months, unit: months, better: higher}}
    treatment: offered
    adjustment: none
    estimand: ATE
    population: finite
    variance: HC2
    missing: drop
    outcome_range: ["0", "12"]
    most_missing: {{share: "0.05", on_more: refer}}
figures:
  gain: {{estimate: trial, view: improvement, statistic: estimate, digits: 3, unit: month}}
  delivered: {{attested: verifier, digits: 0, unit: yes/no, question: {{sv: "Ja?", en: "Yes?"}}}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {{town: "1"}}
      payee: provider
      pays: {{unit_price: {{figure: gain, price: "1000", below_zero: zero}}}}
measures:
  gain:
    step: outcome
    definition: {{sv: "hela månader i arbete", en: "whole months in work"}}
    denominator: {{sv: "lottad", en: "person drawn"}}
    source: {{sv: "registret", en: "the register"}}
"""


def rows(*, age: str = "30", area: str = "north", gone: int = 2) -> str:
    """Forty people, of whom the first has this age and area, and some lack the outcome."""
    lines = ["age,area,offered,months"]
    for i in range(40):
        months = "" if i < gone else str((3 * i) % 7 + 2 * (i % 2))
        lines.append(f"{age if not i else 30},{area if not i else 'south'},{i % 2},{months}")
    return "\n".join(lines) + "\n"


def contract(folder: Path, text: str = TEXT, data: str | None = None) -> Contract:
    (folder / "people.csv").write_text(data or rows(), encoding="utf-8")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


def changed(old: str, new: str, text: str = TEXT) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


SENTENCES = [
    (
        "The population is applicants above 15; the unit is one person, and the analysis covers everyone as they "
        "were assigned, whatever they took part in (intention to treat).",
        "Populationen är sökande över 15 år; enheten är en person, och analysen omfattar alla så som de tilldelats, "
        "vad de än tagit del av (intention to treat).",
    ),
    (
        "The list of the population is that of the municipality's applications as frozen on 2019-12-31, with the "
        "salted SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.",
        "Listan över populationen är den från kommunens ansökningar så som den frystes 2019-12-31, med den saltade "
        "SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.",
    ),
    (
        "Eligible is who has age at least 16, in every row of the data people.",
        "Behörig är den som har age minst 16, i varje rad av underlaget people.",
    ),
    (
        "Eligible is who has area north or south, in every row of the data people.",
        "Behörig är den som har area north eller south, i varje rad av underlaget people.",
    ),
    (
        "Cohort first, those who applied in 2020, closes on 2020-12-31; until that day is over there is no value of "
        "gain.",
        "Kohorten first, de som sökt under 2020, stängs 2020-12-31; till dess att den dagen är slut finns inget värde "
        "på gain.",
    ),
    (
        "gain is an outcome; counted by the rule: whole months in work; taken per: person drawn; source: the register.",
        "gain är ett utfall; definieras så: hela månader i arbete; per: lottad; källa: registret.",
    ),
    (
        "The analysis trial may leave out at most 5% of the rows for an empty column; with more its figures are "
        "referred to the parties.",
        "Analysen trial får utesluta högst 5 % av raderna för tom kolumn; med fler hänskjuts dess siffror.",
    ),
    ("The service is delivered from 2020-01-01 to 2020-12-31.", "Insatsen ges från 2020-01-01 till 2020-12-31."),
    ("The contract is under the law of: SE.", "Avtalet lyder under lagen i: SE."),
]


@pytest.mark.parametrize(("en", "sv"), SENTENCES)
def test_each_key_is_a_sentence_of_the_annex_and_of_the_page(en: str, sv: str, tmp_path: Path) -> None:
    found = contract(tmp_path)
    certificate = workflow.settle(found, date="2021-06-01").sign(KEY)
    for lang, sentence in (("en", en), ("sv", sv)):
        assert sentence in workflow.annex(found, lang=lang).replace("\\", "").translate(SPACES)
        workflow.report(certificate, tmp_path / "page.html", lang=lang)
        page = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8"))
        assert sentence in page.translate(SPACES)


def test_the_annex_names_the_number_of_a_party_and_who_controls_the_data(tmp_path: Path) -> None:
    annexed = workflow.annex(contract(tmp_path), lang="sv")
    assert "1. Kommunen (212000-0001), betalare" in annexed
    assert "3. Nämnden, personuppgiftsansvarig" in annexed


def test_every_unit_and_set_has_words() -> None:
    for words in (*UNITS.values(), *ANALYSED.values()):
        assert words.en != words.sv


# --- what is held ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"age": "15"},
            "population.eligibility[1]: data people: Column 'age' must be at least 16; 1 row did not, the first at row "
            "1, line 2. Take those who are not eligible out of the data, and account for them in a ledger.",
        ),
        (
            {"area": "west"},
            "population.eligibility[2]: data people: Column 'area' must be 'north' or 'south'; 1 row did not, the "
            "first at row 1, line 2. Take those who are not eligible out of the data, and account for them in a "
            "ledger.",
        ),
        (
            {"age": ""},
            "population.eligibility[1]: data people: Column 'age' must have a value in every row for it to be "
            "eligible; 1 row did not, the first at row 1, line 2. Complete the column, or take such rows out of the "
            "data and account for them in a ledger.",
        ),
    ],
)
def test_nobody_is_analysed_whom_the_criteria_leave_out(given: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        workflow.settle(contract(tmp_path, data=rows(**given)), date="2021-06-01")
    assert str(error.value) == told


@pytest.mark.parametrize(("criterion", "able"), [('gt: "29"', 1), ('gt: "30"', 0), ('le: "30"', 1), ('lt: "30"', 0)])
def test_a_limit_is_strict_or_not_as_it_is_written(criterion: str, able: int, tmp_path: Path) -> None:
    found = contract(tmp_path, changed('ge: "16"', criterion))
    if able:
        assert workflow.settle(found, date="2021-06-01").settlement.state == "payable"
    else:
        with pytest.raises(DataError, match=r"population.eligibility\[1\]"):
            workflow.settle(found, date="2021-06-01")


def test_whoever_verifies_sees_that_rows_are_not_eligible(tmp_path: Path) -> None:
    loose = contract(tmp_path, changed('ge: "16"', 'ge: "10"'), rows(age="15"))
    certificate = workflow.settle(loose, date="2021-06-01").sign(KEY)
    assert not workflow.verify(certificate, contract=loose).differences
    (tmp_path / "people.csv").write_text(rows(age="9"), encoding="utf-8")
    with pytest.raises(DataError, match=r"population.eligibility\[1\]"):
        workflow.verify(certificate, contract=loose)
    verified = workflow.verify(certificate, data={"people": tmp_path / "people.csv"})
    (found,) = [one for one in verified.differences if one.name == "recomputation"]
    assert "population.eligibility[1]" in found.text.en


def test_an_open_cohort_gives_no_number(tmp_path: Path) -> None:
    found = contract(tmp_path)
    for date, state in (("2020-12-31", "not_yet_determinable"), ("2021-01-01", "payable")):
        certificate = workflow.settle(found, date=date)
        assert certificate.settlement.state == state
    waiting = workflow.settle(found, date="2020-12-31").sign(KEY)
    (gain,) = (one for one in waiting.figures if one.id == "gain")
    assert gain.reason is not None
    assert gain.reason.en == "gain: its cohort closes on 2020-12-31, and the certificate is dated 2020-12-31."
    assert not workflow.verify(waiting, contract=found).differences
    assert gain.reason.sv in certificate_text(waiting, "sv")


@pytest.mark.parametrize(
    ("gone", "then", "state"),
    [(2, "refer", "payable"), (3, "refer", "referred"), (3, "wait", "not_yet_determinable"), (0, "wait", "payable")],
)
def test_with_more_missing_than_agreed_there_is_no_number(gone: int, then: str, state: str, tmp_path: Path) -> None:
    found = contract(tmp_path, changed("on_more: refer", f"on_more: {then}"), rows(gone=gone))
    certificate = workflow.settle(found, date="2021-06-01").sign(KEY)
    assert certificate.settlement.state == state
    (check,) = [one for one in certificate.results["trial"].diagnostics if one.name == "missing_share"]
    assert check.status == ("warning" if gone == 3 else "ok")
    assert not workflow.verify(certificate, contract=found).differences


def test_what_is_missing_is_judged_where_the_counts_are_hidden(tmp_path: Path) -> None:
    hidden = changed("attribution: randomised\n", "attribution: randomised\ndisclosure: {minimum: 10}\n")
    for gone, state in ((2, "payable"), (3, "referred")):
        found = contract(tmp_path, hidden, rows(gone=gone))
        certificate = workflow.settle(found, date="2021-06-01").sign(KEY)
        assert certificate.settlement.state == state
        assert certificate.predicate["results"]["trial"]["sample"]["n_dropped"] is None
        assert not workflow.verify(certificate, contract=found).differences


# --- what is refused ------------------------------------------------------------------------------------------

REFUSED = [
    (
        "  unit: person\n",
        "  unit: pupil\n",
        "population.unit must be person, household, workplace, municipality or event",
    ),
    ("analysis_set: assigned", "analysis_set: all", "population.analysis_set must be assigned, enrolled, compliers"),
    (', ge: "16"}', "}", "population.eligibility[1] must have exactly one of the keys ge, gt, le, lt or among; it has"),
    (
        ', ge: "16"}',
        ', ge: "16", lt: "65"}',
        "must have exactly one of the keys ge, gt, le, lt or among; it has ge and",
    ),
    ("[north, south]", "[]", "population.eligibility[2].among must have 1 or more items"),
    ("data: people, column: age", "data: pupils, column: age", "population.eligibility[1].data"),
    ('closes: "2020-12-31"', 'closes: "2019-12-31"', "population.cohorts.first.closes must not be before signed"),
    ("figures: [gain]", "figures: [delivered]", "population.cohorts.first.figures[1] is delivered, which is attested;"),
    (
        'most_missing: {share: "0.05", on_more: refer}',
        'most_missing: "0.1"',
        'analysis.trial.most_missing must hold the keys share and on_more, each with its value; got "0.1".',
    ),
    ('share: "0.05"', 'share: "1"', "analysis.trial.most_missing.share must be at least 0 and below 1"),
    ('to: "2020-12-31"}', 'to: "2019-12-31"}', "dates.service.to must not be before from"),
    ('organisation_number: "212000-0001"', 'organisation_no: "212000-0001"', "organisation_no is not a known key"),
]


@pytest.mark.parametrize(("old", "new", "told"), REFUSED)
def test_what_cannot_be_meant_is_refused_when_the_file_is_read(old: str, new: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        parse_contract(changed(old, new).encode())
    assert told in str(error.value)
    assert str(error.value).startswith("line ")


def test_the_listed_are_on_a_list() -> None:
    register = POPULATION[POPULATION.index("  register:") : POPULATION.index("  eligibility:")]
    text = changed("analysis_set: assigned", "analysis_set: listed").replace(register, "")
    with pytest.raises(ContractError, match=r"population.analysis_set is listed, and no register says on which list"):
        parse_contract(text.encode())


def test_an_ending_and_a_cohort_close_on_one_day() -> None:
    ending = """\
termination:
  stop:
    event: {sv: "slut", en: "end"}
    then: pay_on_closed_cohorts
    closes: {fee: "2020-11-30"}
"""
    with pytest.raises(ContractError) as error:
        parse_contract((TEXT + ending).encode())
    assert str(error.value).endswith(
        "termination.stop.closes.fee must be the day on which the cohorts of its figures close, 2020-12-31; got "
        "2020-11-30."
    )
    parse_contract((TEXT + ending.replace("2020-11-30", "2020-12-31")).encode())


def test_a_limit_to_what_is_missing_where_nothing_may_be(tmp_path: Path) -> None:
    text = changed('missing: drop\n    outcome_range: ["0", "12"]\n', "missing: raise\n")
    with pytest.raises(
        ContractError, match=r"analysis.trial.most_missing has no meaning, as rows with an empty column"
    ):
        workflow.check(contract(tmp_path, text))


def test_whom_it_is_about_is_asked_for_where_it_is_not_stated(tmp_path: Path) -> None:
    bare = contract(tmp_path, changed(POPULATION, ""))
    assert "population" in {one.field for one in workflow.check(bare).undecided}
    assert "population" not in {one.field for one in workflow.check(contract(tmp_path)).undecided}


def test_activities_and_outputs_of_orebro_are_shown_and_never_pay(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(workflow.case("orebro-unit-costs"), folder)
    own = workflow.read_contract(folder / "contract.yaml")
    assert {id: one.step for id, one in (own.model.measures or {}).items()}["plans"] == "activity"
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    (folder / "contract.yaml").write_text(text.replace("figure: saving,", "figure: plans,"), encoding="utf-8")
    with pytest.raises(ContractError, match=r"activities and outputs never trigger payment"):
        workflow.read_contract(folder / "contract.yaml")


# --- the legal text -------------------------------------------------------------------------------------------

AGREED = b"%PDF as it was signed"
NAMED = f'governing_text: {{file: "avtal.pdf", sha256: "{hashlib.sha256(AGREED).hexdigest()}", language: sv}}\n'


def governed(folder: Path, text: bytes | None = AGREED) -> Contract:
    if text is not None:
        (folder / "avtal.pdf").write_bytes(text)
    return contract(folder, changed('jurisdiction: "SE"\n', NAMED))


def test_the_legal_text_beside_the_contract_is_held_against_its_digest(tmp_path: Path) -> None:
    own = governed(tmp_path)
    found = workflow.check(own)
    assert found.governing_text is not None
    assert found.governing_text.en == "The legal text avtal.pdf has the digest that the contract file states."
    certificate = workflow.settle(own, date="2021-06-01").sign(KEY)
    verdicts = {one.name: one.verdict for one in workflow.verify(certificate, contract=own).findings}
    assert verdicts["governing_text"] == "reproduced"
    sentence = "The signed contract text, avtal.pdf (language: sv), prevails over the contract file; its SHA-256 is "
    assert sentence in certificate_text(certificate, "en").replace("\n", " ") or sentence in workflow.annex(
        own, lang="en"
    )


def test_another_legal_text_stops_whoever_checks_locks_or_settles(tmp_path: Path) -> None:
    certificate = workflow.settle(governed(tmp_path), date="2021-06-01").sign(KEY)
    other = governed(tmp_path, b"%PDF as it suits one party")
    digest = hashlib.sha256(b"%PDF as it suits one party").hexdigest()
    for attempt in (
        lambda: workflow.check(other),
        lambda: workflow.lock(other, key=KEY, date="2020-01-01", undecided_accepted=True),
        lambda: workflow.settle(other, date="2021-06-01"),
    ):
        with pytest.raises(ContractError) as error:
            attempt()
        assert str(error.value).startswith(
            f"line 4: governing_text.sha256 must be the digest of the legal text avtal.pdf, {digest}; got "
        )
    verified = workflow.verify(certificate, contract=other)
    assert [one.name for one in verified.differences] == ["governing_text"]


def test_a_legal_text_that_lies_elsewhere_is_given(tmp_path: Path) -> None:
    own = governed(tmp_path, None)
    found = workflow.check(own)
    assert found.governing_text is not None
    assert "does not lie beside the contract" in found.governing_text.en
    certificate = workflow.settle(own, date="2021-06-01").sign(KEY)
    unseen = workflow.verify(certificate, contract=own)
    assert {one.name: one.verdict for one in unseen.findings}["governing_text"] == "cannot_tell"
    assert "the legal text was not checked: give --governing-text" in unseen.summary.en
    elsewhere = tmp_path / "archive.pdf"
    for text, told in ((AGREED, "has the digest"), (b"other", None)):
        elsewhere.write_bytes(text)
        verdicts = workflow.verify(certificate, contract=own, governing_text=elsewhere)
        if told is not None:
            assert told in workflow.check(own, governing_text=elsewhere).governing_text.en  # type: ignore[union-attr]
            assert not verdicts.differences
        else:
            with pytest.raises(ContractError, match=r"must be the digest of the legal text archive.pdf"):
                workflow.check(own, governing_text=elsewhere)
            assert [one.name for one in verdicts.differences] == ["governing_text"]


def test_a_legal_text_that_cannot_be_read_or_is_not_named(tmp_path: Path) -> None:
    own = governed(tmp_path, None)
    with pytest.raises(CertificateError, match=r"The legal text 'nowhere.pdf' is no file; check the path."):
        workflow.check(own, governing_text=tmp_path / "nowhere.pdf")
    plain = contract(tmp_path)
    (tmp_path / "avtal.pdf").write_bytes(AGREED)
    with pytest.raises(ContractError, match="governing_text is not in the contract"):
        workflow.check(plain, governing_text=tmp_path / "avtal.pdf")
    certificate = workflow.settle(plain, date="2021-06-01").sign(KEY)
    found = workflow.verify(certificate, contract=plain, governing_text=tmp_path / "avtal.pdf", earlier=[certificate])
    assert {one.name: one.verdict for one in found.findings}["no_governing_text"] == "cannot_tell"
    assert not found.differences
    assert found.summary.en == (
        "Nothing differs, but the legal text that was given was not checked, as the certificate's contract names none."
    )
    with pytest.raises(CertificateError, match=r"The legal text 'nowhere.pdf' is no file; check the path."):
        workflow.verify(certificate, contract=plain, governing_text=tmp_path / "nowhere.pdf")


def test_a_run_log_that_the_certificate_does_not_name(tmp_path: Path) -> None:
    plain = contract(tmp_path)
    certificate = workflow.settle(plain, date="2021-06-01").sign(KEY)
    (tmp_path / "runs.jsonl").write_bytes(b"")
    found = workflow.verify(certificate, contract=plain, log=tmp_path / "runs.jsonl", earlier=[certificate])
    assert {one.name: one.verdict for one in found.findings}["no_log"] == "cannot_tell"
    assert found.summary.en == (
        "Nothing differs, but the run log that was given was not checked, as the certificate names none."
    )
    with pytest.raises(CertificateError, match=r"nowhere.jsonl' cannot be read: No such file or directory; check the"):
        workflow.verify(certificate, contract=plain, log=tmp_path / "nowhere.jsonl")


def test_a_link_to_a_legal_text_outside_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "contract"
    folder.mkdir()
    (tmp_path / "avtal.pdf").write_bytes(AGREED)
    own = governed(folder, None)
    (folder / "avtal.pdf").symlink_to(tmp_path / "avtal.pdf")
    with pytest.raises(ContractError, match=r"governing_text.file leads out of the contract's folder; got 'avtal.pdf'"):
        workflow.check(own)

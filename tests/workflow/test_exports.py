"""Certificates in the forms of other registers: what they say, and what they never carry along."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_cases import small_sick_leave, small_sick_leave_contract
from workflow import test_events as events
from workflow import test_paid_each as monthly
from workflow import test_population as population

from effekt import workflow
from effekt._text import Language
from effekt.certificates import DEMO_KEY, sha256_bytes
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.release import read_public
from effekt.contracts import parse_contract
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.checklist import not_met
from effekt.reports.indigo import _number, indigo_csv, indigo_project
from effekt.reports.public import statement_text
from effekt.reports.ro_crate import Part, ro_crate
from effekt.workflow.plan.several_settlements import most_in_all

DAY = "2023-09-01"
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
WORDS = {
    "Randomised Control Trial",
    "Quasi-experimental study",
    "Historical comparison",
    "Pre-Post analysis",
    "Simple ex-post verification",
    "Not available",
}


@pytest.fixture
def certificate(rate_card: Path) -> Certificate:
    return workflow.read_certificate(rate_card / "certificate.json")


def project_of(certificate: Certificate, *, lang: Language) -> dict[str, Any]:
    return indigo_project(certificate, lang=lang, most=most_in_all(certificate.contract))


# --- INDIGO ---------------------------------------------------------------------------------------------------


def test_what_is_due_is_planned_and_sums_to_the_total(certificate: Certificate) -> None:
    project = project_of(certificate, lang="en")
    amounts = [payment["money"]["amount"]["value"] for payment in project["outcome_payments"]]
    assert f"{sum(amounts):.2f}" == certificate.settlement.total
    assert {payment["type"]["value"] for payment in project["outcome_payments"]} == {"Planned"}
    assert {payment["money"]["currency"]["value"] for payment in project["outcome_payments"]} == {"SEK"}
    assert project["dates"] == {"outcomes_contract_signed": {"value": "2022-11-15"}}


@pytest.mark.parametrize(
    ("law", "told"), [('"SE"', {"jurisdiction": {"value": "SE"}}), ('"svensk lag"', None), ('"se"', None), (None, None)]
)
def test_the_days_of_the_service_and_the_country_under_whose_law_it_is(
    law: str | None, told: object, tmp_path: Path
) -> None:
    """The standard's jurisdiction is a country of two letters; what is written in other words is for its reader."""
    text = population.changed('jurisdiction: "SE"\n', "" if law is None else f"jurisdiction: {law}\n")
    found = population.contract(tmp_path, text)
    project = project_of(workflow.settle(found, date="2021-06-01"), lang="en")
    assert project["dates"] == {
        "outcomes_contract_signed": {"value": "2020-01-01"},
        "start_date_of_service_provision": {"value": "2020-01-01"},
        "anticipated_end_date_of_service_provision": {"value": "2020-12-31"},
    }
    assert project.get("jurisdiction") == told
    assert ("jurisdiction/jurisdiction/value" in indigo_csv(project)) == (told is not None)


def test_figures_are_metrics_and_results(certificate: Certificate) -> None:
    project = project_of(certificate, lang="sv")
    assert [metric["id"] for metric in project["outcome_metrics"]] == [figure.id for figure in certificate.figures]
    told = {row["outcome_metric_id"]["value"]: row["outcomes_achieved"]["value"] for row in project["results"]}
    assert told == {figure.id: f"{figure.value} {figure.unit}" for figure in certificate.figures if figure.value}


TRIAL = {"treat": [i % 2 for i in range(60)], "re78": [900 + i * 37 % 100 for i in range(60)]}


@pytest.mark.parametrize(
    ("case", "date", "data", "word"),
    [
        ("sick-leave", "2022-03-15", None, "Historical comparison"),
        ("rate-card", DAY, None, "Simple ex-post verification"),
        ("nsw", "1979-06-01", {"nsw": TRIAL}, "Randomised Control Trial"),
    ],
)
def test_how_a_figure_was_validated_in_the_standard_s_words(
    case: str, date: str, data: Any, word: str, tmp_path: Path
) -> None:
    contract = small_sick_leave_contract(tmp_path) if case == "sick-leave" else workflow.case_contract(case)
    project = project_of(workflow.settle(contract, date=date, data=data), lang="en")
    words = [metric["outcome_validation_method"]["value"] for metric in project["outcome_metrics"]]
    assert words[0] == word
    assert set(words) <= WORDS


def test_the_period_is_the_evaluation_window(tmp_path: Path) -> None:
    project = project_of(workflow.settle(small_sick_leave_contract(tmp_path), date="2022-03-15"), lang="en")
    assert project["results"][0]["period"] == {
        "start_date": {"value": "2019-01-01"},
        "end_date": {"value": "2021-12-31"},
    }


def test_an_interim_certificate_pays_nothing(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    project = project_of(workflow.settle(contract, date=DAY, kind="interim"), lang="en")
    assert project["outcome_payments"] == []
    assert {row["result_type"]["value"] for row in project["results"]} == {"Interim"}


def test_a_figure_without_a_value_has_no_result(tmp_path: Path) -> None:
    folder = small_sick_leave(tmp_path)
    lines = (folder / "panel.csv").read_bytes().splitlines(keepends=True)
    (folder / "panel.csv").write_bytes(b"".join(line for line in lines if b"2021-12" not in line))
    contract = workflow.read_contract(folder / "contract.yaml")
    project = project_of(workflow.settle(contract, date="2022-03-15"), lang="en")
    assert (project["results"], project["outcome_payments"]) == ([], [])
    assert project["outcome_metrics"]


def test_what_the_certificate_itself_finds_not_met_is_counted() -> None:
    contract = events.base.read()
    deviation = f'[{{what: {{sv: "x", en: "x"}}, {events.WHY}, date: "2021-03-01", effect: {{savings: unknown}}}}]'
    certificate = events.settled(contract, events.declares("auditor", deviations=deviation))
    assert [one.en.partition(".")[0] for one in not_met(certificate)] == ["D2"]
    notes = [project_of(certificate, lang=lang)["sources"][0]["notes"] for lang in ("en", "sv")]
    assert "Checks that the certificate itself finds not met: 1." in notes[0]
    assert "Kontroller som intyget självt finner inte uppfyllda: 1." in notes[1]
    envelope = workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32))
    told = read_public(envelope)
    assert told.not_met == 1
    assert "Checks that the certificate itself finds not met: 1." in statement_text(told, "en").replace("\n", " ")
    for count, verdict in ((1, "reproduced"), (0, "different")):
        other = replace(told, not_met=count).to_envelope()
        found = workflow.verify_statement(other, certificate=certificate, contract=contract)
        assert {one.name: one.verdict for one in found.findings}["made_anew"] == verdict


def test_what_stands_beside_the_amounts_is_told() -> None:
    contract = events.base.read()
    first = events.settled(contract, date="2021-04-01")
    own = events.declares("town", "2021-04-20", disputed=events.DISPUTED)
    project = project_of(events.settled(contract, own, supersedes=first, reason="tvist"), lang="en")
    notes = project["sources"][0]["notes"]
    assert f"Takes the place of the certificate of 2021-04-01, digest {first.sha256}." in notes
    assert "checks not met and events that are declared, or left out: 1." in notes
    assert "tvist" not in notes
    (paid,) = project["outcome_payments"]
    assert paid["money"]["amount"] == {"value": 44000}
    assert "payable, disputed (SEK 4,000 withheld): due from" in paid["notes"].replace("\u00a0", " ")
    ended = project_of(events.settled(events.base.read(events.RULES), *events.both()), lang="sv")
    assert "att betala, upphörd i förtid: ska betalas av" in ended["outcome_payments"][0]["notes"]


def test_the_most_is_that_of_all_announced_settlements() -> None:
    finance = project_of(monthly.settled(monthly.DAYS[0], "2023-01"), lang="en")["overall_project_finance"]
    # three announced days of at most 40 000 and 2 000
    assert finance["maximum_potential_outcome_payment_v2"]["amount"] == {"value": 126000}


def test_a_table_of_one_row_says_the_same(certificate: Certificate) -> None:
    project = project_of(certificate, lang="sv")
    header, row = csv.reader(io.StringIO(indigo_csv(project)))
    cells = dict(zip(header, row, strict=True))
    assert cells["name/value"] == project["name"]["value"]
    assert cells["outcome_payments/0/money/amount/value"] == str(
        project["outcome_payments"][0]["money"]["amount"]["value"]
    )
    assert len(cells) == len(header)


def test_no_cell_is_a_formula_or_breaks_a_line() -> None:
    text = indigo_csv({"name": {"value": "=HYPERLINK(1)\nand more"}, "amount": {"value": -5}, "notes": "@x"})
    assert list(csv.reader(io.StringIO(text)))[1] == ["'=HYPERLINK(1) and more", "-5", "'@x"]


def test_amounts_are_numbers_that_read_back() -> None:
    assert [json.dumps(_number(text)) for text in ("5000000", "779037.40", "-0.5", "0")] == [
        "5000000",
        "779037.4",
        "-0.5",
        "0",
    ]
    with pytest.raises(
        ArgumentError, match=r"more digits than a JSON number carries: 12345678901234567\.89; export it"
    ):
        _number("12345678901234567.89")


# --- what the contract hides ----------------------------------------------------------------------------------


def few(homes: int, kind: str = "final") -> Certificate:
    """The rate card with 20 persons, of whom so many have a home of their own, and counts below 5 hidden."""
    text = (workflow.case("rate-card") / "contract.yaml").read_text(encoding="utf-8")
    contract = parse_contract(text.replace("\nfigures:", "\ndisclosure: {minimum: 5}\nfigures:", 1).encode())
    rows: dict[str, list[Any]] = {"person": [], "manad": [], "arbetad_manad": [], "eget_boende": []}
    for number in range(20):
        for name, value in zip(rows, (f"{number:02d}", "2023-01", 1, int(number < homes)), strict=True):
            rows[name].append(value)
    return workflow.settle(contract, date=DAY, data={"months": rows}, kind=kind)  # type: ignore[arg-type]


def written(certificate: Certificate, folder: Path, form: str = "indigo", **more: Any) -> str:
    target = folder / f"{certificate.sha256[:12]}-{len(list(folder.iterdir()))}"
    return workflow.export(certificate, target, form=form, lang="en", **more).read_text(encoding="utf-8")  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["indigo", "indigo-csv"])
@pytest.mark.parametrize("kind", ["final", "interim"])
def test_a_small_count_is_not_written_and_cannot_be_guessed(tmp_path: Path, form: str, kind: str) -> None:
    """The file is the same whatever the hidden count is: no amount, state, note or digest tells which."""
    texts = {written(few(homes, kind), tmp_path, form) for homes in range(5)}
    assert len(texts) == 1
    text = texts.pop()
    assert few(3, kind).sha256 not in text
    assert "Counts below 5 are hidden" in text
    assert "0 to 4 month" in text.replace("\u00a0", " ")


def test_numbers_are_those_of_the_public_statement(tmp_path: Path) -> None:
    certificate = few(3)
    project = json.loads(written(certificate, tmp_path))
    statement = read_public(workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32)))
    paid = [one["money"]["amount"]["value"] for one in project["outcome_payments"] if "money" in one]
    assert [f"{amount:.2f}" for amount in paid] == [
        one.low for one in statement.shares.values() if one.kind == "exact" and one.low is not None
    ]
    (hidden,) = [one["notes"] for one in project["outcome_payments"] if "money" not in one]
    (shown,) = [one for one in statement.shares.values() if one.kind == "range"]
    assert hidden.startswith("Line home, hidden: due from")
    assert (shown.low, shown.high) == ("0.00", "16400.00")
    assert hidden.replace("\u00a0", " ").endswith("Amount: SEK 0 to SEK 16,400.")
    large = json.loads(written(few(12), tmp_path))
    assert all("money" in one for one in large["outcome_payments"])


def test_a_count_near_an_earlier_statement_is_not_written(tmp_path: Path) -> None:
    before = workflow.publish(few(12), key=DEMO_KEY, salt=bytes(32))
    assert "14 month" in written(few(14), tmp_path)
    later = written(few(14), tmp_path, earlier=[before])
    assert "14 month" not in later
    assert "8 to 16 month" in later


TOLD = {
    "en": "! before.json is a public statement of the same contract that --earlier does not name; a small count can "
    "follow from two statements together, so give every earlier one.\n",
    "sv": "! before.json är ett offentligt utdrag ur samma avtal som --earlier inte anger; ett litet antal kan framgå "
    "av två utdrag tillsammans, så ange alla tidigare.\n",
}


def exported(effekt: Any, folder: Path, out: str, *more: object, form: str = "indigo") -> tuple[int, str]:
    """The code, and what is told beside the answer, of an export of the certificate of 14 persons in the folder."""
    if not (folder / "certificate.json").exists():
        (folder / "certificate.json").write_bytes(few(14).sign(DEMO_KEY).to_bytes())
    code, _, told = effekt("export", folder / "certificate.json", "--format", form, "--out", folder / out, *more)
    return code, told


@pytest.mark.parametrize("form", ["indigo", "indigo-csv"])
@pytest.mark.parametrize("lang", ["en", "sv"])
def test_an_earlier_statement_beside_an_export_that_was_not_given_is_told(
    effekt: Any, tmp_path: Path, form: str, lang: Language
) -> None:
    before = workflow.publish(few(12), key=DEMO_KEY, salt=bytes(32))
    (tmp_path / "before.json").write_bytes(before.to_bytes())
    assert exported(effekt, tmp_path, "one", "--lang", lang, form=form) == (0, TOLD[lang])
    given = ("--earlier", tmp_path / "before.json")
    assert exported(effekt, tmp_path, "two", "--lang", lang, *given, form=form) == (0, "")
    apart = tmp_path / "apart"
    apart.mkdir()
    assert exported(effekt, tmp_path, "apart/three", "--lang", lang, form=form) == (0, TOLD[lang])


def test_the_statement_of_what_is_exported_tells_nothing_more_beside_it(effekt: Any, tmp_path: Path) -> None:
    before = workflow.publish(few(12), key=DEMO_KEY, salt=bytes(32))
    (tmp_path / "before.json").write_bytes(before.to_bytes())
    now = workflow.publish(few(14), key=DEMO_KEY, salt=b"x" * 32, earlier=[before])
    (tmp_path / "now.json").write_bytes(now.to_bytes())
    given = ("--earlier", tmp_path / "before.json", "--lang", "en")
    assert exported(effekt, tmp_path, "one", *given) == (0, "")
    told = exported(effekt, tmp_path, "two", "--lang", "en")[1].splitlines()
    assert [line.partition(" is ")[0] for line in told] == ["! before.json", "! now.json"]


def test_where_nothing_is_hidden_no_statement_is_overlooked(effekt: Any, rate_card: Path) -> None:
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    earlier = workflow.settle(certificate.contract, date="2023-08-31", data={"months": rate_card / "months.csv"})
    (rate_card / "before.json").write_bytes(workflow.publish(earlier, key=DEMO_KEY, salt=bytes(32)).to_bytes())
    assert exported(effekt, rate_card, "one") == (0, "")


def test_without_the_key_everything_is_written(certificate: Certificate, tmp_path: Path) -> None:
    assert certificate.contract.model.disclosure is None
    text = written(certificate, tmp_path)
    assert certificate.sha256 in text
    assert json.loads(text) == project_of(certificate, lang="en")


# --- RO-Crate -------------------------------------------------------------------------------------------------


@pytest.fixture
def crate(tmp_path: Path) -> tuple[Path, Certificate, list[Path]]:
    """A folder with everything that a certificate vouches for, and the files to list."""
    folder = workflow.copy_case("rate-card", tmp_path / "crate")
    path = folder / "contract.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\ndata:\n", "\nlog: runs.jsonl\ndata:\n"), encoding="utf-8"
    )
    contract = workflow.read_contract(path)
    lock = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    (folder / "lock.json").write_bytes(lock.to_bytes())
    certificate = workflow.settle(contract, date=DAY, locked=lock).sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    workflow.report(certificate, folder / "intyg på svenska.html", lang="sv")
    shutil.copy(SCHEMAS / "certificate-1.json", folder)
    names = (
        "certificate.json",
        "contract.yaml",
        "lock.json",
        "runs.jsonl",
        "certificate-1.json",
        "intyg på svenska.html",
    )
    return folder, certificate, [folder / name for name in names]


def test_a_crate_lists_each_file_with_its_digest(crate: tuple[Path, Certificate, list[Path]]) -> None:
    folder, certificate, files = crate
    written = workflow.export(certificate, folder, form="ro-crate", lang="en", files=files)
    assert written == folder / "ro-crate-metadata.json"
    document = json.loads(written.read_text(encoding="utf-8"))
    assert document["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    entities = {entity["@id"]: entity for entity in document["@graph"]}
    assert len(entities) == len(document["@graph"])
    descriptor = entities["ro-crate-metadata.json"]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = entities[descriptor["about"]["@id"]]
    assert (root["@id"], root["@type"], root["datePublished"]) == ("./", "Dataset", DAY)
    assert root["license"] == "No licence is stated; ask the parties before you use it."
    listed = {part["@id"]: entities[part["@id"]] for part in root["hasPart"]}
    assert sorted(listed) == sorted(path.name.replace(" ", "%20") for path in files)
    for path in files:
        entity = listed[path.name.replace(" ", "%20")]
        assert entity["@type"] == "File"
        assert entity["sha256"] == sha256_bytes(path.read_bytes())
        assert entity["contentSize"] == str(path.stat().st_size)
    assert listed["intyg%20på%20svenska.html"]["inLanguage"] == "sv"
    assert listed["runs.jsonl"]["name"] == "The run log"
    assert listed["certificate-1.json"]["encodingFormat"] == "application/schema+json"
    assert [entities[one["@id"]]["sha256"] for one in root["mentions"]] == [
        sha256_bytes((folder / "months.csv").read_bytes())
    ]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("avtal.txt", "text/plain"),
        ("AVTAL.TXT", "text/plain"),
        ("avtal.md", "text/markdown"),
        ("avtal.pdf", "application/pdf"),
        ("avtal.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("avtal.odt", "application/vnd.oasis.opendocument.text"),
        ("avtal", "application/octet-stream"),
    ],
)
def test_the_legal_text_has_the_media_type_of_its_kind(name: str, form: str, tmp_path: Path) -> None:
    law = b"Avtal."
    named = f'governing_text: {{file: "{name}", sha256: "{sha256_bytes(law)}"}}\n'
    found = population.contract(tmp_path, population.changed('jurisdiction: "SE"\n', named))
    (tmp_path / name).write_bytes(law)
    certificate = workflow.settle(found, date="2021-06-01")
    parts = [Part(path="c.json", raw=certificate.envelope.to_bytes()), Part(path=name, raw=law)]
    listed = {one["@id"]: one for one in ro_crate(certificate, parts, lang="en")["@graph"]}
    assert (listed[name]["name"], listed[name]["encodingFormat"]) == ("The contract's text", form)


def test_the_order_of_files_changes_nothing(crate: tuple[Path, Certificate, list[Path]]) -> None:
    _, certificate, files = crate
    parts = [Part(path=path.name, raw=path.read_bytes()) for path in files]
    assert ro_crate(certificate, parts, lang="sv") == ro_crate(certificate, parts[::-1], lang="sv")


def test_a_licence(crate: tuple[Path, Certificate, list[Path]]) -> None:
    _, certificate, files = crate
    parts = [Part(path="certificate.json", raw=files[0].read_bytes())]
    address = "https://creativecommons.org/licenses/by/4.0/"
    linked = ro_crate(certificate, parts, lang="sv", licence=address)["@graph"]
    assert linked[1]["license"] == {"@id": address}
    assert linked[-1]["@id"] == address
    assert (
        ro_crate(certificate, parts, lang="sv", licence="Fri användning.")["@graph"][1]["license"] == "Fri användning."
    )


def test_no_table_of_persons_comes_along(crate: tuple[Path, Certificate, list[Path]]) -> None:
    folder, certificate, files = crate
    table = folder / "months.csv"
    with pytest.raises(
        ArgumentError, match=r"^`files` must hold no table of the contract; 'months\.csv' is one\. Leave"
    ):
        workflow.export(certificate, folder, form="ro-crate", files=[*files, table])
    (folder / "copy.csv").write_bytes(table.read_bytes() + b"\n")
    (folder / "schema.json").write_text(
        json.dumps({"$schema": "x", "title": "effekt/contract/1", "rows": [["0001", "1"]]}), encoding="utf-8"
    )
    page = (folder / "intyg på svenska.html").read_bytes()
    (folder / "edited.html").write_bytes(page.replace(b"</body>", b"<p>0001</p></body>"))
    for name in ("copy.csv", "schema.json", "edited.html"):
        with pytest.raises(
            ArgumentError, match=r"^`files` must hold only what the certificate vouches for: itself, its"
        ):
            workflow.export(certificate, folder, form="ro-crate", files=[*files, folder / name])
    assert not (folder / "ro-crate-metadata.json").exists()


def test_a_crate_is_of_one_folder_and_one_certificate(
    crate: tuple[Path, Certificate, list[Path]], tmp_path: Path
) -> None:
    folder, certificate, files = crate
    shutil.copy(files[0], tmp_path / "outside.json")
    with pytest.raises(ArgumentError, match=r"^`files` must lie below the crate's folder; 'outside\.json' does not\."):
        workflow.export(certificate, folder, form="ro-crate", files=[tmp_path / "outside.json"])
    for few in ([], files[1:3]):
        with pytest.raises(ArgumentError, match=r"^`files` must hold the certificate or its page; give one\.$"):
            workflow.export(certificate, folder, form="ro-crate", files=few)


@pytest.fixture
def public(tmp_path: Path) -> tuple[Path, Certificate, Envelope]:
    """A folder with a public statement, an earlier one, and everything that is not for everyone."""
    folder = tmp_path / "public"
    folder.mkdir()
    certificate = few(3).sign(DEMO_KEY)
    earlier = workflow.publish(few(12), key=DEMO_KEY, salt=bytes(32))
    statement = workflow.publish(certificate, key=DEMO_KEY, salt=b"x" * 32, earlier=[earlier])
    lock = workflow.lock(certificate.contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    workflow.write_certificate(certificate, folder / "certificate.json")
    workflow.report(certificate, folder / "page.html", lang="sv")
    (folder / "contract.yaml").write_bytes(certificate.contract.raw)
    (folder / "lock.json").write_bytes(lock.to_bytes())
    (folder / "public.json").write_bytes(statement.to_bytes())
    (folder / "earlier.json").write_bytes(earlier.to_bytes())
    shutil.copy(SCHEMAS / "public-1.json", folder)
    return folder, certificate, statement


OPEN = ("public.json", "earlier.json", "contract.yaml", "lock.json", "public-1.json")


def test_a_public_crate_lists_what_anyone_may_see(public: tuple[Path, Certificate, Envelope], effekt: Any) -> None:
    folder, certificate, _ = public
    given = [argument for name in OPEN for argument in ("--file", folder / name)]
    ran = effekt("export", folder / "public.json", "--format", "ro-crate", "--out", folder, "--lang", "en", *given)
    assert ran.code == 0, ran.err
    text = (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")
    root, *listed = json.loads(text)["@graph"][1:]
    assert [one["@id"] for one in root["hasPart"]] == sorted(OPEN)
    assert [one["name"] for one in listed if one["@id"] in ("public.json", "earlier.json", "lock.json")] == [
        "An earlier public statement",
        "The lock of the plan",
        "The public statement, signed",
    ]
    assert root["mentions"] == []
    digests = [certificate.sha256, *(one.sha256 for one in certificate.data.values())]
    assert not any(digest in text for digest in digests)  # on which the three could be guessed


@pytest.mark.parametrize("name", ["certificate.json", "page.html", "other.json", "rows.csv"])
def test_what_is_not_for_everyone_is_refused_of_a_public_crate(
    public: tuple[Path, Certificate, Envelope], name: str
) -> None:
    folder, _, statement = public
    other = workflow.publish(few(7), key=DEMO_KEY, salt=bytes(32))  # one that it was not held against
    (folder / "other.json").write_bytes(other.to_bytes())
    (folder / "rows.csv").write_text("person\n01\n", encoding="utf-8")
    with pytest.raises(ArgumentError, match=r"^`files` of a public statement must hold only what anyone may see: itse"):
        workflow.export(statement, folder, form="ro-crate", files=[folder / "public.json", folder / name])
    with pytest.raises(ArgumentError, match=r"^`files` must hold the public statement; give it\.$"):
        workflow.export(statement, folder, form="ro-crate", files=[folder / "contract.yaml"])
    with pytest.raises(ArgumentError, match=r"got a public statement, which has no contract in it\.$"):
        workflow.export(statement, folder / "x", form="indigo")


def test_a_restricted_crate_says_whom_it_is_for(public: tuple[Path, Certificate, Envelope]) -> None:
    folder, certificate, _ = public
    files = [folder / "certificate.json"]
    made = workflow.export(certificate, folder, form="ro-crate", lang="en", files=files).read_text(encoding="utf-8")
    assert "Only for those who may see the small counts" in made


# --- writing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"form": "xml"}, "`form` must be"),
        ({"form": "indigo", "files": ["a"]}, "`files` goes with the form ro-crate; got the form indigo."),
        ({"form": "indigo-csv", "licence": "x"}, "`licence` goes with the form ro-crate; got the form indigo-csv."),
        ({"form": "indigo", "lang": "fi"}, "`lang` must be"),
        (
            {"form": "ro-crate", "earlier": [b""]},
            "`earlier` goes with the forms indigo and indigo-csv; got the form ro",
        ),
    ],
)
def test_what_does_not_go_together(rate_card: Path, certificate: Certificate, given: Any, sentence: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        workflow.export(certificate, rate_card / "out", **given)
    assert sentence in str(raised.value)


def test_on_the_command_line(crate: tuple[Path, Certificate, list[Path]], effekt: Any) -> None:
    folder, certificate, files = crate
    for form, name in (("indigo", "project.json"), ("indigo-csv", "project.csv")):
        ran = effekt("export", files[0], "--format", form, "--out", folder / name, "--lang", "en")
        assert (ran.code, ran.out) == (0, f"Written: {folder / name}\n")
    assert json.loads((folder / "project.json").read_bytes()) == project_of(certificate, lang="en")
    given = [argument for path in files for argument in ("--file", path)]
    assert effekt("export", files[0], "--format", "ro-crate", "--out", folder, *given).code == 0
    again = effekt("export", files[0], "--format", "ro-crate", "--out", folder, *given)
    assert again.code == 2
    assert "exists; choose a name that is not taken" in again.err


def test_an_existing_file_is_kept(rate_card: Path, certificate: Certificate) -> None:
    with pytest.raises(CertificateError, match="exists; choose a name that is not taken"):
        workflow.export(certificate, rate_card / "contract.yaml", form="indigo")

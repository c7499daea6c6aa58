"""A day whose table was not delivered: what a party declares of it, what is then due, and who is caught at what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deciding import decided
from small_cases import small_sick_leave

from effekt import workflow
from effekt._text import LANGUAGES
from effekt.certificates import PrivateKey, canonical_json, generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, sign
from effekt.certificates.predicate import Pending
from effekt.certificates.release import read_public
from effekt.certificates.signing import write_private_key
from effekt.contracts import Declarations, parse_declarations
from effekt.exceptions import CertificateError, ContractError
from effekt.reports.checklist import checklist
from effekt.reports.html import render_page
from effekt.reports.public import statement_text
from effekt.workflow.recomputed.second_figures import SecondRoute, or_declined

Run = Callable[..., tuple[int, str, str]]
KEY = generate_key()
TOWN = generate_key()
DAYS = ("2023-02-05", "2023-03-05", "2023-04-05")
LISTED = ", ".join(f'"{day}"' for day in DAYS)
TEXT = f"""schema: effekt/contract/1
id: monthly
title: {{sv: "Pris per månad", en: "Price per month"}}
parties:
  municipality: {{role: payer, name: "Kommunen", keys: ["{public_text(public_key(TOWN))}"]}}
  provider: {{role: provider, name: "Leverantören"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-12-01", outcome_data_from: "2023-01-01", certificates: [{LISTED}]}}
attribution: none
data:
  months: {{path: "months.csv", text: [person], columns: {{person: {{kind: text}}, month: {{kind: text}},
    worked: {{kind: whole, ge: "0", le: "1"}}}}}}
  visits: {{path: "visits.csv", text: [person]}}
analysis:
  work: {{method: outcome_count, data: months, unit: person, time: month, statistic: count, at_least: 1, missing: raise,
    minimum_n: none, outcome: {{column: worked, unit: "months", better: higher}}}}
  visited: {{method: outcome_count, data: visits, unit: person, time: month, statistic: count, at_least: 1,
    missing: raise, minimum_n: none, outcome: {{column: visited, unit: "visits", better: higher}}}}
figures:
  worked: {{measure: work, digits: 0, unit: month}}
  visits: {{measure: visited, digits: 0, unit: visits}}
  both: {{derived: {{sum: [worked, visits]}}, digits: 0, unit: months and visits}}
payment:
  currency: SEK
  quantum: "0.01"
  rounding: half_up
  due_days: 30
  lines:
    work:
      payers: {{municipality: "1"}}
      payee: provider
      pays: {{unit_price: {{price: "1000", figure: worked, below_zero: zero}}}}
      cap: "40000"
      paid_each: certificate
    visits:
      payers: {{municipality: "1"}}
      payee: provider
      pays: {{unit_price: {{price: "100", figure: visits, below_zero: zero}}}}
      cap: "2000"
      paid_each: certificate
"""
MONTHS = {DAYS[0]: "2023-01", DAYS[1]: "2023-02", DAYS[2]: "2023-03"}
WORKED = {DAYS[0]: (1, 1, 0), DAYS[1]: (1, 1, 1), DAYS[2]: (1, 0, 0)}  # 2, 3 and 1 months
VISITED = {DAYS[0]: (1, 0, 0), DAYS[1]: (1, 1, 0), DAYS[2]: (1, 1, 1)}  # 1, 2 and 3 visits


def table(name: str, day: str) -> str:
    column, values = ("worked", WORKED[day]) if name == "months" else ("visited", VISITED[day])
    rows = [f"{who},{MONTHS[day]},{value}" for who, value in zip("abc", values, strict=True)]
    return "\n".join([f"person,month,{column}", *rows, ""])


def says(*rows: str, by: str = "municipality", date: str = DAYS[1]) -> Declarations:
    head = f'schema: effekt/declarations/1\ncontract: monthly\nby: {by}\ndate: "{date}"\n'
    return parse_declarations(f"{head}not_delivered: [{', '.join(rows)}]\n".encode())


def row(day: str = DAYS[1], *, data: str = "months", delivered: str | None = None) -> str:
    came = "" if delivered is None else f', delivered: "{delivered}"'
    return f'{{data: {data}, date: "{day}", why: {{sv: "Inget kom", en: "Nothing came"}}{came}}}'


class Office:
    """Whoever settles: a folder with the contract, and the tables that are sent for a day."""

    def __init__(self, folder: Path, text: str = TEXT) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "contract.yaml").write_bytes(decided(text).encode())

    @property
    def contract(self) -> workflow.Contract:
        return workflow.read_contract(self.folder / "contract.yaml")

    def gets(self, day: str, *tables: str) -> None:
        for name in ("months", "visits"):
            (self.folder / f"{name}.csv").unlink(missing_ok=True)
        for name in tables:
            (self.folder / f"{name}.csv").write_text(table(name, day), encoding="utf-8")

    def settles(self, day: str, *declared: Declarations, keys: tuple[PrivateKey, ...] = (KEY,), **given: Any) -> Any:
        made = workflow.settle(self.contract, date=day, declarations=declared, **given)
        for key in keys:
            made = made.sign(key)
        return made

    def verifies(self, one: Certificate, **given: Any) -> dict[str, str]:
        return {f.name: f.verdict for f in workflow.verify(one, contract=self.contract, **given).findings}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


def withheld(office: Office, *declared: Declarations, **given: Any) -> Certificate:
    """The certificate of the second day, for which only the visits came."""
    office.gets(DAYS[1], "visits")
    made: Certificate = office.settles(DAYS[1], *(declared or (says(row()),)), **given)
    return made


def different(found: dict[str, str]) -> list[str]:
    return [name for name, verdict in found.items() if verdict == "different"]


def test_a_series_of_three_days_delivered_withheld_and_delivered_late(office: Office) -> None:
    office.gets(DAYS[0], "months", "visits")
    first = office.settles(DAYS[0])
    second = withheld(office)
    states = {line.id: (line.state, line.amount) for line in second.settlement.lines}
    assert first.due == "2100.00"
    assert states == {"work": ("not_yet_determinable", None), "visits": ("payable", "200.00")}
    assert {figure.id: figure.value for figure in second.figures} == {"worked": None, "visits": "2", "both": None}
    assert set(second.data) == {"visits"}
    assert isinstance(second.results["work"], Pending)
    assert "data/months" not in {subject.name for subject in second.statement.subjects}
    found = office.verifies(second, earlier=first)
    assert different(found) == []
    assert (found["not_delivered:months"], found["subjects"]) == ("cannot_tell", "reproduced")
    assert (found["data:visits"], found["independent:visits"]) == ("reproduced", "reproduced")  # the rest is held

    office.gets(DAYS[2], "months", "visits")
    third = office.settles(DAYS[2], says(row()))  # the day before is told, and its table is not asked for here
    assert third.due == "1300.00"
    assert different(office.verifies(third, earlier=[first, second])) == []

    office.gets(DAYS[1], "months", "visits")
    late = says(row(delivered="2023-04-10"), date="2023-04-12")
    again = office.settles("2023-04-12", late, supersedes=second, reason="The table came")
    assert (again.due, again.settles, again.left_out) == ("3200.00", DAYS[1], frozenset())
    assert different(office.verifies(again, earlier=[first, second])) == []
    assert "came on 2023-04-10: Nothing came" in render_page(again, "en")
    silent = office.settles("2023-04-12", supersedes=second, reason="The table came")
    assert len(silent.left_out) == 1  # left out, and said to be


def test_the_page_the_checklist_and_the_extract_say_so(office: Office) -> None:
    made = withheld(office)
    texts = {lang: " ".join(render_page(made, lang).split()) for lang in LANGUAGES}
    once = "The table months was not delivered by 2023-03-05, as Kommunen declares, so the certificate has no digest of"
    assert texts["en"].count(once) == 1
    assert "Underlaget months var inte levererat 2023-03-05, enligt Kommunen, så intyget saknar dess" in texts["sv"]
    assert "Kommunen declares that the table months was not delivered by 2023-03-05: Nothing came" in texts["en"]
    assert "Data months: inte levererat" in texts["sv"]
    stands = {one.item: one.note.en for one in checklist(made) if one.party is None and one.note}
    assert stands["C2"] == "the table months was not delivered"
    assert stands["C1"] == "run effekt verify with the data, and answer by its lines data"
    shown = read_public(workflow.publish(made, key=KEY, salt=bytes(32)))
    assert "municipality declares that the table months was not delivered by 2023-03-05." in statement_text(shown, "en")
    assert "municipality anmäler att underlaget months inte var levererat 2023-03-05." in statement_text(shown, "sv")


def test_a_table_that_was_taken_out_and_not_delivered_is_asked_for(office: Office) -> None:
    """Who has it cannot be told: whoever was to deliver it may have taken it out and kept it."""
    head = f'schema: effekt/declarations/1\ncontract: monthly\nby: verifier\ndate: "{DAYS[1]}"\n'
    text = head + 'extracted: {months: "2023-03-04"}\n'
    made = withheld(office, says(row()), parse_declarations(text.encode()))
    found = workflow.verify(made, contract=office.contract).findings
    (finding,) = [one for one in found if one.name == "not_delivered:months"]
    assert finding.verdict == "cannot_tell"
    assert finding.text.en.endswith(
        "ask whoever was to deliver it for a receipt. Yet it was taken out of its source on 2023-03-04, as Granskaren "
        "declares: ask for it."
    )
    assert finding.text.sv.endswith(
        "om ett kvitto. Ändå togs det ut ur källan 2023-03-04, enligt Granskaren: begär det."
    )


def test_a_table_that_is_missing_and_not_declared_names_the_declaration(office: Office, effekt: Run) -> None:
    office.gets(DAYS[1], "visits")
    path = office.folder / "contract.yaml"
    ran = effekt("settle", path, "--date", DAYS[1], "--undecided-accepted")
    assert ran[0] == 2
    assert "If the table was not delivered, a party declares that to effekt settle: not_delivered in --decl" in ran[2]
    said = office.folder / "said.yaml"
    said.write_bytes(says(row()).raw)
    out = office.folder / "out.json"
    given = ("--date", DAYS[1], "--declared", said, "--out", out, "--lang", "en")
    assert effekt("settle", path, *given, "--undecided-accepted")[0] == 3  # a job waits, and there is a certificate
    key, words = office.folder / "key.pem", office.folder / "words.txt"
    write_private_key(key, KEY, "twelve characters")
    words.write_text("twelve characters", encoding="utf-8")
    assert effekt("sign", out, "--key", key, "--passphrase-file", words)[0] == 0
    verified = effekt("verify", out, "--contract", path, "--lang", "en")
    assert verified[0] == 0
    assert "no file can show: ask whoever was to deliver it for a receipt" in " ".join(verified[1].split())
    sent = office.folder / "sent.csv"
    sent.write_text(table("months", DAYS[1]), encoding="utf-8")
    verified = effekt("verify", out, "--contract", path, "--data", f"months={sent}", "--lang", "en")
    assert verified[0] == 1
    assert "A table is there now. If it was delivered by then the certificate is wrong" in " ".join(verified[1].split())


def test_a_nil_certificate_of_a_day_without_tables(office: Office) -> None:
    office.gets(DAYS[1])
    made = office.settles(DAYS[1], says(row(), row(data="visits")), kind="nil")
    assert (made.due, made.data) == ("0", {})
    assert different(office.verifies(made)) == []


def test_who_declares_not_delivered_what_is_there_is_refused(office: Office) -> None:
    office.gets(DAYS[1], "months", "visits")
    with pytest.raises(
        CertificateError, match=r"data\.months is there, at 'months\.csv', although not_delivered of Ko"
    ):
        office.settles(DAYS[1], says(row()))
    office.gets(DAYS[1], "visits")
    sent = {"months": {"person": ["a"], "month": ["2023-02"], "worked": [1]}}
    with pytest.raises(CertificateError, match=r"data\.months is given, although not_delivered of Kommunen says that"):
        office.settles(DAYS[1], says(row()), data=sent)


def test_who_had_the_table_cannot_declare_it_away_afterwards(office: Office) -> None:
    office.gets(DAYS[1], "months", "visits")
    honest = office.settles(DAYS[1])
    office.gets(DAYS[1], "visits")
    with pytest.raises(CertificateError, match=r"is what the certificate of 2023-03-05 rests on, although not_deliver"):
        office.settles("2023-03-09", says(row()), supersedes=honest, reason="It displeases")
    elsewhere = Office(office.folder.parent / "elsewhere")
    elsewhere.gets(DAYS[1], "visits")
    forged = elsewhere.settles(DAYS[1], says(row()))  # from a folder that has neither the table nor the certificate
    assert "not_delivered:months" not in different(office.verifies(forged))
    assert "not_delivered:months" in different(office.verifies(forged, earlier=[honest]))
    sent = {"months": {"person": list("abc"), "month": ["2023-02"] * 3, "worked": list(WORKED[DAYS[1]])}}
    assert different(office.verifies(forged, data=sent)) == ["not_delivered:months"]


def tampered(one: Certificate, change: Callable[[dict[str, Any]], None]) -> Certificate:
    statement = json.loads(one.envelope.payload)
    change(statement)
    return Certificate(sign(Envelope(payload=canonical_json(statement)), KEY))


def test_who_takes_the_declaration_away_is_told(office: Office) -> None:
    def take(statement: dict[str, Any]) -> None:
        del statement["predicate"]["declarations"]
        statement["subject"] = [one for one in statement["subject"] if not one["name"].startswith("declarations/")]

    found = office.verifies(tampered(withheld(office), take))
    assert "subjects" in different(found)  # a table that nobody says is absent lacks its digest
    assert "not_delivered:months" not in found
    assert found["data:months"] == "cannot_tell"


def test_who_writes_the_table_s_digest_or_another_reason_is_told(office: Office) -> None:
    def digest(statement: dict[str, Any]) -> None:
        predicate = statement["predicate"]
        predicate["data"]["months"] = predicate["data"]["visits"]
        sha = predicate["data"]["visits"]["sha256"]
        statement["subject"].append({"name": "data/months", "digest": {"sha256": sha}})

    def reason(statement: dict[str, Any]) -> None:
        statement["predicate"]["results"]["work"]["pending"]["reason"]["en"] = "It is late."

    def other_day(statement: dict[str, Any]) -> None:
        copied = statement["predicate"]["declarations"][0]
        text = copied["text"].replace(f'date: "{DAYS[1]}", why', f'date: "{DAYS[0]}", why')
        sha = hashlib.sha256(text.encode()).hexdigest()
        copied |= {"text": text, "sha256": sha}
        for one in statement["subject"]:
            if one["name"] == "declarations/1":
                one["digest"]["sha256"] = sha

    def stranger(statement: dict[str, Any]) -> None:
        copied = statement["predicate"]["declarations"][0]
        copied["text"] = copied["text"].replace("by: municipality", "by: nobody")

    made = withheld(office)
    for change, told in (
        (digest, "not_delivered:months"),
        (reason, "not_delivered:months"),
        (other_day, "subjects"),
        (stranger, "not_delivered:months"),
    ):
        assert told in different(office.verifies(tampered(made, change))), change.__name__


def test_whose_key_signed_says_who_declared(office: Office) -> None:
    both = TEXT.replace(
        "signing: {threshold: 1, roles: [verifier]}", "signing: {threshold: 1, roles: [verifier, payer]}"
    )
    signed = Office(office.folder.parent / "both", both)
    alone, together = withheld(signed), withheld(signed, keys=(KEY, TOWN))
    assert signed.verifies(alone)["declared_signed"] == "cannot_tell"
    assert signed.verifies(together)["declared_signed"] == "reproduced"


def test_what_is_left_out_later_is_refused_in_the_folder(office: Office) -> None:
    workflow.write_certificate(withheld(office), office.folder / "second.json")
    office.gets(DAYS[2], "months", "visits")
    with pytest.raises(CertificateError, match=r"second\.json.* 1 deviation, failed check or event that this"):
        office.settles(DAYS[2])
    assert office.settles(DAYS[2], says(row())).due == "1300.00"


def test_several_parties_declare_and_one_that_it_came_does_not_open_it(office: Office) -> None:
    both = (says(row()), says(row(), by="provider"))
    made = withheld(office, *both)
    assert made.not_delivered["months"].by == ("Kommunen", "Leverantören")
    assert "as Kommunen and Leverantören declare, so" in made.not_delivered["months"].text.en
    late = says(row(delivered="2023-03-06"), by="provider", date="2023-03-07")
    office.gets(DAYS[1], "months", "visits")
    with pytest.raises(CertificateError, match="although not_delivered of Kommunen says"):
        office.settles("2023-03-07", says(row()), late, supersedes=made, reason="It came")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (row("2023-03-01"), "must be a day that the contract announces, for whose certificate the table was owed"),
        (row(data="month"), "must be a name under data of the contract; got month. Did you mean"),
        (row(DAYS[2]), "must not be after the day of the declaration, 2023-03-05; got 2023-04-05"),
        (row(delivered="2023-03-05"), "must be after the day on which the table was owed, 2023-03-05; got 2023-03-05"),
        (row(delivered="2023-03-06"), "must not be after the day of the declaration, 2023-03-05; got 2023-03-06"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(office: Office, line: str, told: str) -> None:
    office.gets(DAYS[1], "visits")
    with pytest.raises(ContractError, match=told):
        office.settles(DAYS[1], says(line))


def test_what_waits_for_a_table() -> None:
    """Its own analyses; those it is the ledger of; and all, of a table that only shows who is eligible."""
    from effekt.contracts import parse_contract
    from effekt.contracts.not_delivered import not_delivered, waiting

    def waits(text: str, *tables: str) -> dict[str, str]:
        contract = parse_contract(decided(text).encode())
        said = says(*(row(data=data) for data in tables))
        lacking = not_delivered(contract, [said], date=DAYS[1], settles=DAYS[1])
        return {id: one.data for id, one in waiting(contract.model, lacking).items()}

    more = TEXT.replace("analysis:\n", "  roll: {path: roll.csv}\nanalysis:\n", 1)
    ledger = "ledgers: {visited: {data: roll, steps: {referred: asked, eligible: may, analysed: in}, reason: why}}\n"
    eligible = (
        "population: {unit: person, who: {sv: x, en: x}, analysis_set: enrolled, "
        'eligibility: [{data: roll, column: age, ge: "18"}]}\n'
    )
    assert waits(TEXT, "months") == {"work": "months"}
    assert waits(more, "roll") == {}
    assert waits(more + ledger, "roll") == {"visited": "roll"}
    assert waits(more + eligible, "roll") == {"work": "roll", "visited": "roll"}
    assert waits(more + ledger, "roll", "visits") == {"visited": "visits"}  # its own table is named before its ledger


def test_the_second_route_says_that_it_has_no_table(office: Office) -> None:
    told = or_declined(lambda: SecondRoute(office.contract, {}).means("work"))
    assert told.en == "the independent implementation declined: the table months was not delivered, as is declared."


def test_who_holds_the_source_is_named_where_the_contract_names_them(office: Office) -> None:
    source = 'source: {sv: "x", en: "x"}'
    held = TEXT + f'measures:\n  worked: {{step: outcome, {source}, holder: "Socialtjänsten"}}\n'
    named = Office(office.folder.parent / "named", held + f'  visits: {{step: outcome, {source}, holder: "Annan"}}\n')
    text = withheld(named).not_delivered["months"].text
    assert text.en.startswith("The table months (held, by the contract, by Socialtjänsten) was not delivered by 2023")
    assert text.sv.startswith("Underlaget months (som enligt avtalet finns hos Socialtjänsten) var inte levererat 2023")


def test_a_withheld_table_makes_no_figure_zero(tmp_path: Path) -> None:
    """`on_unavailable: zero` is of a statistic that a table does not give; nobody saves money by withholding one."""
    small_sick_leave(tmp_path)
    path = tmp_path / "contract.yaml"
    path.write_text(path.read_text("utf-8").replace("on_unavailable: refer", "on_unavailable: zero"), encoding="utf-8")
    (tmp_path / "panel.csv").unlink()
    head = 'schema: effekt/declarations/1\ncontract: sick-leave\nby: municipality\ndate: "2022-03-15"\n'
    said = parse_declarations(f"{head}not_delivered: [{row('2022-03-15', data='panel')}]\n".encode())
    made = workflow.settle(workflow.read_contract(path), date="2022-03-15", declarations=[said])
    assert {figure.state for figure in made.figures} == {"not_yet_determinable"}
    assert (made.settlement.state, made.due) == ("not_yet_determinable", None)


def test_small_counts_registers_and_claims_of_such_a_certificate(office: Office, tmp_path: Path) -> None:
    hidden = Office(tmp_path / "hidden", TEXT.replace("data:\n", "disclosure: {minimum: 5}\ndata:\n", 1))
    made = withheld(hidden)
    shown = statement_text(read_public(workflow.publish(made, key=KEY, salt=bytes(32))), "en")
    assert "Line work       not yet determinable" in shown
    workflow.export(made, tmp_path / "indigo.json", form="indigo")
    workflow.write_certificate(made, tmp_path / "made.json")
    crate = workflow.export(made, tmp_path, form="ro-crate", files=[tmp_path / "made.json"]).read_text("utf-8")
    assert ("visits" in crate, "months" in crate) == (True, False)  # a table without a digest is no entity
    words = {"work": "months in work", "visited": "visits"}
    claims = workflow.claim(
        made, contract=hidden.contract, register=tmp_path / "claims.json", salt=bytes(32), outcomes=words, begin=True
    )
    assert claims.new == 2  # the visits; what was not delivered is not counted, and claims nothing


def test_a_day_settled_anew_still_without_its_table(office: Office) -> None:
    """After the next announced day too: the day that the new certificate is of is still the one without its table."""
    second = withheld(office)
    office.gets(DAYS[2], "months", "visits")
    third = office.settles(DAYS[2], says(row()))
    office.gets(DAYS[1], "visits")
    anew = office.settles("2023-04-12", says(row(), date="2023-04-12"), supersedes=second, reason="Another name")
    assert (set(anew.data), anew.settles) == ({"visits"}, DAYS[1])
    assert different(office.verifies(anew, earlier=[second, third])) == []  # that of another day has another table


def test_a_table_of_before_or_after_is_not_the_one_that_was_owed(tmp_path: Path) -> None:
    office = Office(tmp_path / "once", TEXT.replace("      paid_each: certificate\n", ""))
    office.gets(DAYS[0], "months", "visits")
    early = office.settles("2023-02-20", kind="interim")
    made = withheld(office, supersedes=early, reason="The day has come")
    assert different(office.verifies(made, earlier=[early])) == []
    office.gets(DAYS[1], "months", "visits")
    late = office.settles(
        "2023-03-20", says(row(delivered="2023-03-19"), date="2023-03-20"), supersedes=made, reason="It came"
    )
    office.gets(DAYS[1], "visits")
    assert office.verifies(made, earlier=[early, late])["not_delivered:months"] == "cannot_tell"


def test_rows_of_a_table_that_was_not_delivered_are_not_asked_for_their_eligibility(tmp_path: Path) -> None:
    criterion = '{data: months, column: worked, ge: "0"}'
    population = "population: {unit: person, who: {sv: x, en: x}, analysis_set: enrolled, eligibility: [%s]}\n"
    office = Office(tmp_path / "criteria", TEXT + population % criterion)
    assert different(office.verifies(withheld(office))) == []


def test_a_table_that_cannot_be_analysed_is_told_also_beside_one_that_was_not_delivered(office: Office) -> None:
    made = withheld(office)
    path = office.folder / "visits.csv"
    path.write_text("person,month,visited\na,2023-02,many\n", encoding="utf-8")
    sha = hashlib.sha256(path.read_bytes()).hexdigest()

    def swap(statement: dict[str, Any]) -> None:
        statement["predicate"]["data"]["visits"]["sha256"] = sha
        for one in statement["subject"]:
            if one["name"] == "data/visits":
                one["digest"]["sha256"] = sha

    assert "recomputation" in different(office.verifies(tampered(made, swap)))

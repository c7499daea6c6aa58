"""What attackers tried against certificates, pages and the command line; each test plays one of them."""

from __future__ import annotations

import json
import re
import shutil
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_cases import small_sick_leave

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, generate_key, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import sha256_file
from effekt.exceptions import ArgumentError, CertificateError, DataError
from effekt.workflow import findings

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def sick_leave(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sick-leave case and its signed certificate."""
    folder = small_sick_leave(tmp_path_factory.mktemp("attacked"))
    contract = workflow.read_contract(folder / "contract.yaml")
    workflow.write_certificate(workflow.settle(contract, date="2022-03-15").sign(DEMO_KEY), folder / "certificate.json")
    return folder


def forged(folder: Path, *changes: Change) -> Certificate:
    """The certificate as a dishonest signer changes and signs it again."""
    statement = json.loads(read_envelope((folder / "certificate.json").read_bytes()).payload)
    for change in changes:
        change(statement["predicate"])
    return Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))


def verified(folder: Path, certificate: Certificate | bytes) -> workflow.Verification:
    """With the verifier's own contract and data."""
    return workflow.verify(certificate, contract=workflow.read_contract(folder / "contract.yaml"))


def different(folder: Path, certificate: Certificate | bytes) -> list[str]:
    return [finding.name for finding in verified(folder, certificate).differences]


def version(text: str) -> Change:
    def change(predicate: dict[str, Any]) -> None:
        predicate["software"]["effekt"] = text

    return change


# --- a claimed version ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", ["0.2.0", "0.1.00", " 0.1.0", "0.1.0 ", "", "99.0.0", "0.1.0\n"])
def test_a_version_that_nobody_released_is_no_excuse(rate_card: Path, claimed: str) -> None:
    assert different(rate_card, forged(rate_card, version(claimed))) == ["software"]


def test_no_version_is_no_excuse_either(rate_card: Path) -> None:
    def none(predicate: dict[str, Any]) -> None:
        predicate["software"] = {}

    assert different(rate_card, forged(rate_card, none)) == ["software"]


def test_versions_carry_no_sentences(rate_card: Path) -> None:
    def letter(predicate: dict[str, Any]) -> None:
        predicate["software"]["and the payer adds SEK 3,000,000 to SE45 5000"] = ""

    def note(predicate: dict[str, Any]) -> None:
        predicate["software"]["numpy"] = "2; the payer adds SEK 3,000,000"

    assert different(rate_card, forged(rate_card, letter)) == ["software"]
    assert different(rate_card, forged(rate_card, note)) == ["software"]


@pytest.mark.parametrize("claimed", ["0.2.0", "0.0.9"])
def test_an_edited_page_does_not_verify_whatever_version_it_claims(
    rate_card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claimed: str, effekt: Any
) -> None:
    monkeypatch.setattr(findings, "EARLIER", ("0.0.9",))
    page = tmp_path / "page.html"
    workflow.report(forged(rate_card, version(claimed)), page, lang="en")
    text = page.read_text(encoding="utf-8")
    assert "779,037" in text
    page.write_text(text.replace("779,037", "979,037"), encoding="utf-8")
    code, out, _ = effekt("verify", page, "--contract", rate_card / "contract.yaml", "--lang", "en")
    assert code == 1
    assert "Nothing differs" not in out


def test_a_page_of_an_earlier_version_is_not_verified_and_says_so(
    rate_card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, effekt: Any
) -> None:
    monkeypatch.setattr(findings, "EARLIER", ("0.0.9",))
    page = tmp_path / "page.html"
    old = forged(rate_card, version("0.0.9"))
    workflow.report(old, page, lang="sv")
    assert verified(rate_card, page.read_bytes()).ok  # this version makes the same page
    page.write_bytes(page.read_bytes().replace(b"<title>", b"<title >"))
    found = verified(rate_card, page.read_bytes())
    assert (found.ok, found.differences) == (False, ())
    assert repr(found) == "Verification(not verified: page)"
    code, out, _ = effekt("verify", page, "--contract", rate_card / "contract.yaml", "--lang", "en")
    assert (code, out.splitlines()[-1]) == (
        1,
        "Not verified: the page. The certificate in it holds, but what the page shows, amounts too, was not checked.",
    )
    (tmp_path / "certificate.json").write_bytes(old.to_bytes())
    assert effekt("verify", tmp_path / "certificate.json", "--contract", rate_card / "contract.yaml").code == 0


def _payment_sentence(predicate: dict[str, Any]) -> None:
    step = predicate["settlement"]["lines"][0]["steps"][1]
    step["en"] = "Rounded, and by agreement the payer adds SEK 3,000,000 to SE45 5000."


def test_a_sentence_on_the_payment_that_an_earlier_version_wrote_is_said_not_to_be_verified(
    sick_leave: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert different(sick_leave, forged(sick_leave, _payment_sentence)) == ["line:fee_at_risk", "payment"]
    monkeypatch.setattr(findings, "EARLIER", ("0.0.9",))
    found = verified(sick_leave, forged(sick_leave, version("0.0.9"), _payment_sentence))
    told = {finding.name: finding for finding in found.findings}
    assert told["line:fee_at_risk"].verdict == told["payment"].verdict == "cannot_tell"
    assert "SENTENCES NOT VERIFIED, since effekt 0.0.9 made them: steps[2]." in told["line:fee_at_risk"].text.en
    assert found.summary.en == (
        "Nothing differs, but it is signed with the published demonstration key, which proves nothing; an earlier "
        "version of effekt made it; whether another certificate pays the same was not checked: give those there are "
        "with --earlier; not every sentence was verified."
    )


def _values(predicate: dict[str, Any]) -> None:
    predicate["results"]["absence"]["diagnostics"][1]["values"]["sd_relative"] = 0.001


def _table(predicate: dict[str, Any]) -> None:
    table = predicate["results"]["absence"]["diagnostics"][1]["table"]
    table["relative"] = [0.0] * len(table["relative"])


def _no_checks(predicate: dict[str, Any]) -> None:
    predicate["results"]["absence"]["diagnostics"] = []


def _one_more_check(predicate: dict[str, Any]) -> None:
    said = {"en": "All ten referees confirm it.", "sv": "Alla tio granskare bekräftar det."}
    made = {"name": "parallel_trends", "statement": said, "status": "ok"}
    predicate["results"]["absence"]["diagnostics"].append({**made, "table": {}, "values": {}})


def _status(predicate: dict[str, Any]) -> None:
    predicate["results"]["absence"]["diagnostics"][1]["status"] = "ok"


def _note(predicate: dict[str, Any]) -> None:
    said = {"en": "The parties agree.", "sv": "Parterna är överens."}
    predicate["results"]["absence"]["notes"].append({"code": "agreed", "text": said})


def _code(predicate: dict[str, Any]) -> None:
    predicate["settlement"]["lines"][0]["steps"][0]["value"] = "1"


@pytest.mark.parametrize("change", [_values, _table, _no_checks, _one_more_check, _status, _note, _code])
def test_an_earlier_version_changes_sentences_and_nothing_else(
    sick_leave: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    monkeypatch.setattr(findings, "EARLIER", ("0.0.9",))
    names = different(sick_leave, forged(sick_leave, version("0.0.9"), change))
    of_a_step = ["line:fee_at_risk", "payment", "independent_line:fee_at_risk"]
    left_out = ["independent_reading:designs", "independent_reading:windows"] if change is _no_checks else []
    told_without_data = (
        _values,
        _table,
        _no_checks,
        _one_more_check,
        _status,
    )  # whatever the version: numbers and checks
    asked = ["analysis:absence"] if change in told_without_data else []
    assert names == (of_a_step if change is _code else [*asked, "result:absence", *left_out])


# --- a certificate whose parts do not fit ---------------------------------------------------------------------


def _another_figure(predicate: dict[str, Any]) -> None:
    predicate["settlement"]["figures"][0]["id"] += "x"


def _one_figure_less(predicate: dict[str, Any]) -> None:
    del predicate["settlement"]["figures"][0]


def _another_line(predicate: dict[str, Any]) -> None:
    predicate["settlement"]["lines"][0]["id"] += "x"


def _a_line_twice(predicate: dict[str, Any]) -> None:
    lines = predicate["settlement"]["lines"]
    lines.append(lines[0])


MISFITS: dict[Change, str] = {
    _another_figure: "lacks the figure",
    _one_figure_less: "lacks the figure",
    _another_line: "lacks the line",
    _a_line_twice: "twice",
}


@pytest.mark.parametrize("change", MISFITS)
def test_a_page_whose_certificate_does_not_fit_its_contract_is_told_and_breaks_nothing(
    rate_card: Path, tmp_path: Path, change: Change, effekt: Any
) -> None:
    page = tmp_path / "page.html"
    honest = workflow.read_certificate(rate_card / "certificate.json")
    workflow.report(honest, page, lang="en")
    misfit, kept = forged(rate_card, change).to_bytes().decode(), honest.to_bytes().decode()
    text = page.read_text(encoding="utf-8")
    assert kept.strip() in text
    page.write_text(text.replace(kept.strip(), misfit.strip()), encoding="utf-8", newline="\n")
    ran = effekt("verify", page, "--contract", rate_card / "contract.yaml", "--lang", "en")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "The certificate does not hold.")
    assert "The page cannot be made again" in ran.out
    (tmp_path / "misfit.json").write_text(misfit, encoding="utf-8", newline="\n")
    for command in (["show"], ["report", "--out", tmp_path / "new.html"]):
        ran = effekt(command[0], tmp_path / "misfit.json", *command[1:])
        assert (ran.code, MISFITS[change] in ran.err) == (2, True)
    ran = effekt(
        "publish",
        tmp_path / "misfit.json",
        "--key",
        "demo",
        "--salt",
        tmp_path / "salt",
        "--new-salt",
        "--out",
        tmp_path / "p.json",
    )
    assert (ran.code, MISFITS[change] in ran.err) == (2, True)


def _windows(certificate: dict[str, Any]) -> dict[str, Any]:
    checks = certificate["results"]["absence"]["diagnostics"]
    return next(check["table"] for check in checks if check["name"] == "baseline_choice")


def _column_away(predicate: dict[str, Any]) -> None:
    del _windows(predicate)["relative"]


def _cell_away(predicate: dict[str, Any]) -> None:
    del _windows(predicate)["relative"][0]


def test_windows_without_their_changes_are_told_to_be_left_out(sick_leave: Path) -> None:
    names = ["analysis:absence", "result:absence", "independent_reading:windows"]
    assert different(sick_leave, forged(sick_leave, _column_away)) == names


def test_a_check_whose_columns_part_in_length_is_refused(sick_leave: Path) -> None:
    with pytest.raises(CertificateError, match="table of the check 'baseline_choice' must be of one length"):
        verified(sick_leave, forged(sick_leave, _cell_away))


# --- keys that nobody vouches for -----------------------------------------------------------------------------


def test_without_a_contract_the_keys_are_said_not_to_be_checked(rate_card: Path, effekt: Any) -> None:
    code, out, _ = effekt("verify", rate_card / "certificate.json", "--lang", "en")
    assert code == 0
    assert out.splitlines()[0].startswith("cannot tell            signatures")
    assert "by the keys that the certificate itself names" in out.splitlines()[0]
    assert out.splitlines()[-1] == (
        "Nothing differs, but the keys and the contract were not checked: give --contract; it is signed with the "
        "published demonstration key, which proves nothing; the numbers were not computed again from the data: give "
        "--data; whether another certificate pays the same was not checked: give those there are with --earlier."
    )


def test_a_lock_by_a_stranger_is_refused_when_it_is_made(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    with pytest.raises(CertificateError, match=r"^Key [0-9a-f]{16}… is a key of no party of the contract"):
        workflow.lock(contract, key=generate_key(), date="2022-11-20", undecided_accepted=True)


def test_a_key_without_a_role_does_not_sign(rate_card: Path) -> None:
    with pytest.raises(CertificateError, match="is a key of no party that the contract lets sign"):
        workflow.read_certificate(rate_card / "certificate.json").sign(generate_key())


def test_a_signature_that_counts_for_nothing_does_not_spoil_those_that_count(rate_card: Path) -> None:
    signed = sign(read_envelope((rate_card / "certificate.json").read_bytes()), generate_key())
    found = verified(rate_card, Certificate(signed))
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert (found.ok, verdicts["signatures"], verdicts["signature_unknown_key"]) == (True, "reproduced", "cannot_tell")


# --- what is said of the data ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [("rows", 145), ("logical", ""), ("logical", "0" * 64), ("columns", ["x", "y", "z", "w"]), ("columns", [])],
)
def test_what_a_certificate_says_of_its_data_is_compared_with_them(rate_card: Path, key: str, value: object) -> None:
    def change(predicate: dict[str, Any]) -> None:
        assert predicate["data"]["months"][key] != value
        predicate["data"]["months"][key] = value

    *without_data, last = different(rate_card, forged(rate_card, change))
    assert last == "data:months"
    assert {name.partition(":")[0] for name in without_data} == ({"table"} if key == "columns" else set())


def test_a_certificate_that_pins_no_data_does_not_hold(rate_card: Path) -> None:
    statement = json.loads(read_envelope((rate_card / "certificate.json").read_bytes()).payload)
    statement["predicate"]["data"] = {}
    statement["subject"] = [one for one in statement["subject"] if not one["name"].startswith("data/")]
    certificate = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    assert different(rate_card, certificate) == ["subjects", "data:months"]
    assert "subjects" in {finding.name for finding in workflow.verify(certificate).differences}


# --- dates ----------------------------------------------------------------------------------------------------


def _settled(folder: Path, date: str, **given: Any) -> Certificate:
    return workflow.settle(workflow.read_contract(folder / "contract.yaml"), date=date, **given)


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("2018-01-01", "`date` must not be before the contract was signed, 2018-11-01; got 2018-01-01."),
        ("2019-01-31", "`date` must not be before there are outcome data, 2019-02-01; got 2019-01-31"),
        ("2020-01-01", "`date` must be after the evaluation window of analysis.absence, 2022-01-01 or later"),
        ("2021-12-31", "`date` must be after the evaluation window of analysis.absence, 2022-01-01 or later"),
    ],
)
def test_a_final_certificate_is_not_dated_before_its_outcome(sick_leave: Path, date: str, sentence: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        _settled(sick_leave, date)
    assert str(refused.value).startswith(sentence)

    def change(predicate: dict[str, Any]) -> None:
        predicate["date"] = date

    assert different(sick_leave, forged(sick_leave, change)) == ["date"]


def test_a_certificate_is_not_dated_before_its_lock(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    lock = workflow.lock(contract, key=DEMO_KEY, date="2023-10-01", undecided_accepted=True)
    with pytest.raises(ArgumentError, match=r"must not be before the day of the lock, 2023-10-01; got 2023-09-01\.$"):
        _settled(rate_card, "2023-09-01", locked=lock)


def test_a_certificate_is_not_dated_before_an_attestation(tmp_path: Path) -> None:
    contract = workflow.case_contract("norrkoping")
    attested = workflow.case_attestations("norrkoping")["attested-loss"]
    day = min(one.date for one in attested.model.figures.values())
    with pytest.raises(ArgumentError, match=rf"before the day \w+ was attested, {day}"):
        workflow.settle(contract, date="2016-06-01", attestations=[attested])


def test_a_lock_from_before_the_contract_is_remarked_on(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    lock = workflow.lock(contract, key=DEMO_KEY, date="2010-01-01", undecided_accepted=True)
    certificate = _settled(rate_card, "2023-09-01", locked=lock).sign(DEMO_KEY)
    found = verified(rate_card, certificate)
    assert found.ok
    assert [f.text.en for f in found.findings if f.name == "lock_date"] == [
        "The lock is dated 2010-01-01, before the contract was signed, 2022-11-15."
    ]


def test_a_month_after_the_certificate_is_not_paid_for(rate_card: Path) -> None:
    path = rate_card / "months.csv"
    path.write_bytes(path.read_bytes() + b"0001;2031-01;1;1\r\n")
    with pytest.raises(DataError) as refused:
        _settled(rate_card, "2023-09-01")
    line = path.read_bytes().count(b"\n")
    assert str(refused.value) == (
        "analysis.work: Column 'manad' must hold nothing after the day of the certificate, 2023-09-01; 1 row does, the "
        f"first at row {line - 1}, line {line}. Correct the period, or settle when it has come."
    )


@pytest.mark.parametrize("month", ["2023-13", "2023-00", "2023M13", "2023-99", "jan 2023", "01/02/2023", "202313"])
def test_a_month_that_does_not_exist_is_not_paid_for_nor_hides_one_that_has_not_come(
    rate_card: Path, month: str
) -> None:
    path = rate_card / "months.csv"
    path.write_bytes(path.read_bytes() + f"0001;2031-01;1;1\r\n0002;{month};0;0\r\n".encode())
    with pytest.raises(DataError, match="period") as refused:
        _settled(rate_card, "2023-09-01")
    line = path.read_bytes().count(b"\n")
    assert f"at row {line - 1}, line {line}" in str(refused.value)
    assert month not in str(refused.value)


@pytest.mark.parametrize("form", ["15/{1}/{0}", "{1}.{0}", "m{1} {0}"])
def test_months_in_a_form_without_a_calendar_are_refused(rate_card: Path, form: str) -> None:
    path = rate_card / "months.csv"
    text = path.read_bytes().decode()
    path.write_bytes(re.sub(r"(\d{4})-(\d\d)", lambda m: form.format(m[1], m[2]), text).encode())
    how = "must write each period with its year first" if form == "{1}.{0}" else "must hold periods or days that exist"
    with pytest.raises(DataError, match=how):
        _settled(rate_card, "2023-09-01")


@pytest.mark.parametrize(
    "before_signing", ["2021-januari", "2021 mars", "2021-jan", "jan-21", "sept 21", "1-Jan-21", "HT21", "44197"]
)
def test_a_month_as_a_spreadsheet_shows_or_keeps_it_is_not_paid_for_as_a_name(
    rate_card: Path, before_signing: str
) -> None:
    """44197 is 2021-01-01 in Excel, and the contract was signed on 2022-11-15."""
    (rate_card / "months.csv").write_bytes(
        f"person;manad;arbetad_manad;eget_boende\r\n0001;{before_signing};1;1\r\n".encode()
    )
    with pytest.raises(DataError, match="must hold periods or days that exist"):
        _settled(rate_card, "2023-09-01")


@pytest.mark.parametrize(
    "milestone", ["12", "365", "months 24", "start", "marknad 21", "vt", "maj", "step 3", "123456"]
)
def test_a_milestone_that_is_no_period_is_a_name(rate_card: Path, milestone: str) -> None:
    (rate_card / "months.csv").write_bytes(
        f"person;manad;arbetad_manad;eget_boende\r\n0001;{milestone};1;1\r\n".encode()
    )
    assert _settled(rate_card, "2023-09-01").settlement.total == "13350.55"


def test_months_that_had_not_come_are_found_by_whoever_verifies(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["date"] = "2023-02-01"

    assert different(rate_card, forged(rate_card, change)) == ["rows"]


def test_a_certificate_on_a_table_that_its_contract_refuses_does_not_hold(rate_card: Path, effekt: Any) -> None:
    """One person is written in two ways: whoever verifies with his own contract and that very table is told so."""
    table, signed = rate_card / "months.csv", rate_card / "certificate.json"
    own = ("--contract", rate_card / "contract.yaml", "--lang", "en")
    table.write_bytes(table.read_bytes().replace(b"\n0001;2023-02", b"\n1;2023-02"))
    assert effekt("verify", signed, *own).code == 2  # an honest certificate is not accused for another table

    statement = json.loads(read_envelope(signed.read_bytes()).payload)
    digest = sha256_file(table)
    statement["predicate"]["data"]["months"]["sha256"] = digest
    (named,) = (subject for subject in statement["subject"] if subject["name"] == "data/months")
    named["digest"]["sha256"] = digest
    signed.write_bytes(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY).to_bytes())
    ran = effekt("verify", signed, *own)
    assert ran.code == 1
    assert "DIFFERENT              recomputation " in ran.out
    assert "data.months: Column 'person' must write each unit in one way" in ran.out
    assert "row 2, line 3 can be the unit of row 1, line 2" in ran.out


@pytest.mark.parametrize(
    ("other", "said"),
    [
        *(
            (form, "must write every period in one form; most are months such as '2014-03'")
            for form in ("2023-02-01", "2023Q1", "feb 2023")
        ),
        ("202302", "must name each row once; 1 row repeated an earlier one"),
    ],
)
def test_a_month_in_another_form_is_not_paid_for_again(rate_card: Path, other: str, said: str) -> None:
    path = rate_card / "months.csv"
    path.write_bytes(path.read_bytes() + f"0001;{other};1;1\r\n".encode())
    with pytest.raises(DataError, match=said):
        _settled(rate_card, "2023-09-01")


# --- a label that hides what is paid on -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statistic", "said"),
    [
        ("p_value, on_unavailable: zero", "relative improvement, p-value, 0 where it does not exist, in the analysis"),
        (
            'confidence_low, level: "0.95", alternative: greater, on_unavailable: refer',
            "relative improvement, lower end of the interval, level 0.95, one-sided, greater, in the analysis absence",
        ),
    ],
)
def test_check_says_what_a_figure_is_whatever_its_label(
    sick_leave: Path, tmp_path: Path, effekt: Any, statistic: str, said: str
) -> None:
    text = (sick_leave / "contract.yaml").read_text(encoding="utf-8")
    lines = "\n".join(f"    {part}" for part in f"statistic: {statistic}".split(", "))
    path = tmp_path / "contract.yaml"
    path.write_text(text.replace("    statistic: estimate\n    without_inference: pay", lines, 1), encoding="utf-8")
    code, out, _ = effekt("check", path, "--lang", "en")
    assert code == 0
    assert f"The trend-adjusted reduction (reduction): {said}" in out
    alone = "! The money of line fee_at_risk hangs on how certain something is"
    assert (alone in out) == statistic.startswith("p_value")
    honest = effekt("check", sick_leave / "contract.yaml", "--lang", "en").out
    assert "The trend-adjusted reduction (reduction): relative improvement, point estimate, in the" in honest
    assert alone not in honest


# --- what an error says of persons ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "anna svensson 19121212-1212;2023-02;1;diagnos F32\r\n",
        "0;2023-02;1;0\r\n",
        "19121212-1212;19121212-1212;1;1\r\n0002;2023-02;1;0\r\n",
        "anna svensson 19121212-1212\r\n",
    ],
)
def test_a_file_without_a_header_does_not_reach_the_message(rate_card: Path, effekt: Any, content: str) -> None:
    (rate_card / "months.csv").write_text(content, encoding="windows-1252")
    code, out, err = effekt("settle", rate_card / "contract.yaml", "--date", "2023-09-01")
    assert (code, out) == (2, "")
    assert not any(cell in err for cell in ("anna", "1912", "F32", "2023-02"))
    assert err.startswith("effekt: The file 'months.csv' ")


# --- small counts ---------------------------------------------------------------------------------------------


def _with_minimum(case: str, folder: Path, minimum: int) -> Path:
    shutil.copytree(workflow.case(case), folder)
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\ndata:\n", f"\ndisclosure: {{minimum: {minimum}}}\ndata:\n", 1), encoding="utf-8")
    return path


def test_how_long_one_person_worked_is_not_told(tmp_path: Path, effekt: Any) -> None:
    path = _with_minimum("rate-card", tmp_path / "case", 5)
    data = path.parent / "months.csv"
    header, *rows = data.read_bytes().splitlines(keepends=True)
    data.write_bytes(header + b"".join(row for row in rows if row.startswith(b"0001;")))
    certificate = _settled(path.parent, "2023-09-01").sign(DEMO_KEY)
    assert certificate.results["work"].population.en == "<5 units in the data"  # type: ignore[union-attr]
    sample = certificate.predicate["results"]["work"]["sample"]
    assert (sample["n_obs"], sample["n_units"]) == (None, None)
    page = tmp_path / "page.html"
    workflow.report(certificate, page, lang="en")
    text = page.read_text(encoding="utf-8")
    assert "1 unit" not in text
    assert "Counts below 5 are hidden." in text
    assert verified(path.parent, page.read_bytes()).ok
    assert "Small counts" not in effekt("check", path, "--lang", "en").out


def test_counts_of_a_trial_are_hidden_with_those_that_give_them_back(tmp_path: Path) -> None:
    path = _with_minimum("servicetrainee", tmp_path / "case", 30)
    certificate = _settled(path.parent, "2024-03-01").sign(DEMO_KEY)
    result = certificate.predicate["results"]["against_applicants"]
    assert (result["sample"]["n_treated"], result["sample"]["n_control"]) == (None, None)
    assert "27" not in result["estimand"]["population"]["en"] + result["estimand"]["population"]["sv"]
    assert result["estimand"]["population"]["sv"].startswith("de .. behandlade enheterna")
    assert verified(path.parent, certificate).ok

    def told(predicate: dict[str, Any]) -> None:
        predicate["results"]["against_applicants"]["sample"]["n_treated"] = 27

    (path.parent / "certificate.json").write_bytes(certificate.to_bytes())
    assert different(path.parent, forged(path.parent, told)) == [
        "analysis:against_applicants",
        "result:against_applicants",
    ]


def test_check_says_that_small_counts_are_shown(rate_card: Path, effekt: Any) -> None:
    assert "! Small counts are not hidden" in effekt("check", rate_card / "contract.yaml", "--lang", "en").out


# --- the contract's own file ----------------------------------------------------------------------------------


def test_a_contract_that_was_saved_with_other_line_ends_is_told_so(rate_card: Path) -> None:
    path = rate_card / "contract.yaml"
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    own = workflow.read_contract(path)
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    (found,) = [f for f in workflow.verify(certificate, contract=own).findings if f.name == "own_contract"]
    assert found.verdict == "different"
    assert "only line endings differ" in found.text.en
    assert "bara radsluten skiljer sig" in found.text.sv


def test_a_contract_that_was_saved_with_a_byte_order_mark_is_told_so(rate_card: Path) -> None:
    path = rate_card / "contract.yaml"
    path.write_bytes(BOM_UTF8 + path.read_bytes())
    own = workflow.read_contract(path)
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    (found,) = [f for f in workflow.verify(certificate, contract=own).findings if f.name == "own_contract"]
    assert (found.verdict, "the one given begins with a byte order mark" in found.text.en) == ("different", True)
    assert "det som angavs börjar med ett byteordningstecken" in found.text.sv


@pytest.mark.parametrize("saved", ["ended", "printed"])
def test_a_certificate_that_was_saved_anew_is_told_that_only_its_form_is_wrong(rate_card: Path, saved: str) -> None:
    raw = (rate_card / "certificate.json").read_bytes()
    again = raw + b"\r\n" if saved == "ended" else json.dumps(json.loads(raw), indent=2).encode()
    found = {one.name: one for one in verified(rate_card, again).differences}
    assert set(found) == {"envelope_form", "signatures"}
    assert found["signatures"].text.en == (
        "0 of 1 required signatures are valid. As many as the contract asks have signed the content: only the form of "
        "the file is wrong, as when a program saves it anew. Use the file as it was written."
    )
    tree = json.loads(again)
    tree["signatures"][0]["sig"] = "A" * 86 + "=="
    found = {one.name: one for one in verified(rate_card, json.dumps(tree, indent=2).encode()).differences}
    assert found["signatures"].text.en == "0 of 1 required signatures are valid."


def test_an_amount_with_more_digits_than_it_has_is_told_how_it_is_to_be_written(rate_card: Path) -> None:
    def told(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["total"] += "0"

    found = {one.name: one.text for one in verified(rate_card, forged(rate_card, told)).differences}
    assert found["payment"].en.endswith("It is written 779037.400 and must be written 779037.40.")
    assert found["payment"].sv.endswith("Det är skrivet 779037.400 och ska skrivas 779037.40.")


def test_a_key_that_holds_null_is_named(rate_card: Path) -> None:
    made = forged(rate_card, lambda predicate: predicate.update(supersedes=None))
    found = {one.name: one.text for one in verified(rate_card, made).differences}
    assert found["form"].en.endswith("(stated / written): supersedes null / not there.")
    assert found["form"].sv.endswith("(angivet / skrivet): supersedes null / finns inte.")


def test_each_language_says_which_line_differs(rate_card: Path) -> None:
    path = rate_card / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("9250.55", "9250.56"), encoding="utf-8")
    found = verified(rate_card, workflow.read_certificate(rate_card / "certificate.json"))
    (text,) = [f.text for f in found.differences if f.name == "own_contract"]
    assert "rad/line" not in text.en + text.sv
    assert "line" in text.en
    assert "rad" in text.sv


@pytest.mark.parametrize("key", ["A" * 43 + "=", "AQ" + "A" * 41 + "="])
def test_a_key_that_anyone_can_sign_for_is_refused_before_the_contract_is_signed(
    rate_card: Path, effekt: Any, key: str
) -> None:
    path = rate_card / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q=", key), encoding="utf-8")
    sentence = "effekt: parties.verifier.keys[1] cannot be used: The public key is weak"
    assert effekt("check", path).err.startswith(sentence)
    assert effekt("settle", path, "--date", "2023-09-01").err.startswith(sentence)


def test_a_lock_that_lists_nothing_locks_nothing(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    statement = json.loads(workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True).payload)
    statement["predicate"]["plan"] = {"analysis": [], "figures": []}
    empty = sign(Envelope(payload=canonical_json(statement)), DEMO_KEY)
    with pytest.raises(CertificateError, match="The lock lists other analyses and figures than the contract has"):
        _settled(rate_card, "2023-09-01", locked=empty)

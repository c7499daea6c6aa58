"""The run log: every look leaves a line, and what was done to the lines is told."""

from __future__ import annotations

import dataclasses
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, read_envelope, sha256_bytes, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.run_log import Run, Runs, append_run, digest_of, parse_log, read_log
from effekt.exceptions import ArgumentError, BrokenLogError, CertificateError, ContractError

DAY = "2023-09-01"
RUN = Run(verb="estimate", contract="c", contract_sha256="0" * 64, specification="0" * 64, effekt="1")


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def contract_in(folder: Path) -> workflow.Contract:
    return workflow.read_contract(folder / "contract.yaml")


@pytest.fixture
def required(rate_card: Path) -> Path:
    """The rate card with a required log, locked."""
    edit(rate_card, "data:\n", "log: runs.jsonl\ndata:\n")
    (rate_card / "lock.json").write_bytes(
        workflow.lock(contract_in(rate_card), key=DEMO_KEY, date="2022-01-01", undecided_accepted=True).to_bytes()
    )
    return rate_card


def found_in(folder: Path, certificate: Certificate, log: Path | None, **given: Any) -> dict[str, Any]:
    found = workflow.verify(certificate, contract=contract_in(folder), log=log, **given)
    return {one.name: one for one in found.findings}


# --- the chain ------------------------------------------------------------------------------------------------


def test_each_line_has_the_digest_of_the_one_before(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    counted = [append_run(log, RUN) for _ in range(3)]
    lines = log.read_bytes().splitlines()
    assert [json.loads(line)["previous"] for line in lines] == [None, *map(sha256_bytes, lines[:-1])]
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3]
    assert [one.head for one in counted] == list(map(sha256_bytes, lines))
    assert [canonical_json(json.loads(line)) for line in lines] == lines


def test_what_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    steps = [
        RUN,
        dataclasses.replace(RUN, specification="1" * 64, contract_sha256="1" * 64),
        dataclasses.replace(RUN, verb="lock"),
        dataclasses.replace(RUN, data={"t": "2" * 64}),
        dataclasses.replace(RUN, verb="settle", data={"t": "2" * 64}),
    ]
    counted = [append_run(log, step) for step in steps]
    assert [(one.runs, one.specifications, one.data, one.before_lock) for one in counted] == [
        (1, 1, 1, 1),
        (2, 2, 1, 2),
        (2, 2, 1, 2),
        (3, 2, 2, 2),
        (4, 2, 2, 2),
    ]


CHANGES: list[tuple[str, Any, str]] = [
    ("a line taken out", lambda lines: lines[:1] + lines[2:], "line 2: it says that it is number 3"),
    ("the first taken out", lambda lines: lines[1:], "line 1: it says that it is number 2"),
    ("two moved", lambda lines: [lines[1], lines[0], lines[2]], "line 1: it says that it is number 2"),
    ("one repeated", lambda lines: [lines[0], *lines], "line 2: it says that it is number 1"),
    ("one changed", lambda lines: [lines[0].replace(b"estimate", b"settle"), *lines[1:]], "line 2: its `previous` is"),
    ("a space", lambda lines: [lines[0] + b" ", *lines[1:]], "line 1: it is no line that effekt wrote"),
    ("an empty line", lambda lines: [lines[0], b"", *lines[1:]], "line 2: it is no line that effekt wrote"),
    ("a list", lambda lines: [b"[]"], "line 1: it is no line that effekt wrote"),
    ("a key too many", lambda lines: [lines[0][:-1] + b',"z":1}'], "line 1: it is no line that effekt wrote"),
    (
        "carriage returns",
        lambda lines: [line + b"\r" for line in lines],
        "line 1: it ends with CR LF, as when git with core.autocrlf or a mail program changes line ends; use the log "
        "as it was written.",
    ),
]


@pytest.mark.parametrize(("change", "told"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_broken_chain_names_the_line(tmp_path: Path, change: Any, told: str) -> None:
    log = tmp_path / "runs.jsonl"
    for _ in range(3):
        append_run(log, RUN)
    log.write_bytes(b"".join(line + b"\n" for line in change(log.read_bytes().splitlines())))
    before = log.read_bytes()
    for use in (read_log, lambda path: append_run(path, RUN)):
        with pytest.raises(CertificateError, match=re.escape(f"The run log is broken at {told}")):
            use(log)
    assert log.read_bytes() == before


def test_a_line_that_breaks_off_is_told(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    append_run(log, RUN)
    append_run(log, RUN)
    for cut in (1, 10):
        with pytest.raises(CertificateError, match=r"^The run log is broken at line 2: it breaks off; use the log"):
            parse_log(log.read_bytes()[:-cut])


def test_a_log_is_of_one_contract(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    append_run(log, RUN)
    with pytest.raises(
        CertificateError, match=r"^The run log is of contract c, and this is d; give each contract a log"
    ):
        append_run(log, dataclasses.replace(RUN, contract="d"))


def test_processes_that_append_at_the_same_time_lose_no_line(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    program = (
        "import sys; from effekt.certificates.run_log import Run, append_run\n"
        "run = Run(verb='estimate', contract='c', contract_sha256='0', specification=sys.argv[2], effekt='1')\n"
        "for _ in range(8): append_run(sys.argv[1], run)\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", program, str(log), str(i)]) for i in range(3)]
    assert [one.wait() for one in started] == [0, 0, 0]
    runs = read_log(log).runs
    assert sorted(run.specification for run in runs) == ["0"] * 8 + ["1"] * 8 + ["2"] * 8
    assert [path.name for path in tmp_path.iterdir()] == ["runs.jsonl"]


# --- what the verbs write -------------------------------------------------------------------------------------


def test_a_line_says_what_was_run_and_no_value(required: Path) -> None:
    contract = contract_in(required)
    workflow.estimate(contract)
    certificate = workflow.settle(contract, date=DAY, locked=(required / "lock.json").read_bytes())
    locked, estimated, settled = read_log(required / "runs.jsonl").runs
    assert [run.verb for run in (locked, estimated, settled)] == ["lock", "estimate", "settle"]
    assert [run.date for run in (locked, estimated, settled)] == ["2022-01-01", None, DAY]
    assert locked.lock == settled.lock == sha256_bytes(read_envelope((required / "lock.json").read_bytes()).payload)
    assert settled.contract_sha256 == contract.sha256
    assert settled.settlement == digest_of(certificate.predicate["settlement"])
    assert settled.results == {id: digest_of(one) for id, one in certificate.predicate["results"].items()}
    assert settled.data == {id: one.logical for id, one in certificate.data.items()} == estimated.data
    written = (required / "runs.jsonl").read_text(encoding="utf-8")
    total = certificate.settlement.total
    assert total is not None
    assert total not in written


def test_the_same_looks_give_the_same_log(required: Path, tmp_path: Path) -> None:
    first = (required / "runs.jsonl").read_bytes()
    for log in (tmp_path / "a.jsonl", tmp_path / "b.jsonl"):
        log.write_bytes(first)
        workflow.settle(contract_in(required), date=DAY, log=log)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_without_a_log_nothing_is_written_or_said(rate_card: Path) -> None:
    before = sorted(path.name for path in rate_card.iterdir())
    certificate = workflow.settle(contract_in(rate_card), date=DAY)
    assert "runs" not in certificate.predicate
    assert sorted(path.name for path in rate_card.iterdir()) == before


def test_a_certificate_that_stands_in_its_log(required: Path) -> None:
    log = required / "runs.jsonl"
    certificate = workflow.settle(contract_in(required), date=DAY).sign(DEMO_KEY)
    workflow.estimate(contract_in(required))
    told = found_in(required, certificate, log)
    assert told["log"].verdict == told["log_line"].verdict == "reproduced"
    assert told["log"].text.en == (
        "Runs in the log when this was settled, itself included: 1. Different specifications: 1. Different data: 1. "
        "Runs before this contract file was locked in the log: 0. The log's chain holds; lines after this one: 1."
    )
    assert told["log"].text.sv == (
        "Körningar i loggen när detta avräknades, denna medräknad: 1. Olika specifikationer: 1. Olika data: 1. "
        "Körningar innan denna avtalsfil låstes i loggen: 0. Loggens kedja håller; rader efter denna: 1."
    )
    unlogged = workflow.verify(certificate, contract=contract_in(required))
    assert "the run log was not checked: give --log" in unlogged.summary.en
    assert "körningsloggen har inte prövats: ange --log" in unlogged.summary.sv


@pytest.mark.parametrize("key", ["number", "runs", "specifications", "data", "before_lock"])
def test_a_count_that_was_forged_is_told(required: Path, key: str) -> None:
    certificate = workflow.settle(contract_in(required), date=DAY)
    statement = json.loads(certificate.envelope.payload)
    statement["predicate"]["runs"][key] += 5
    forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    assert found_in(required, forged, required / "runs.jsonl")["log"].verdict == "different"


def test_a_line_of_another_settlement_is_told(required: Path) -> None:
    contract, log = contract_in(required), required / "runs.jsonl"
    certificate = workflow.settle(contract, date=DAY)
    workflow.settle(contract, date="2023-10-01")
    statement = json.loads(certificate.envelope.payload)
    statement["predicate"]["runs"] = dataclasses.asdict(read_log(log).counted(3))
    forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    told = found_in(required, forged, log)
    assert (told["log"].verdict, told["log_line"].verdict) == ("reproduced", "different")


def test_an_earlier_certificate_stands_in_the_same_log(required: Path) -> None:
    contract, log = contract_in(required), required / "runs.jsonl"
    first = workflow.settle(contract, date=DAY)
    second = workflow.settle(contract, date="2023-10-01", supersedes=first, reason="corrected")
    assert found_in(required, second, log, earlier=first)["log_earlier"].verdict == "reproduced"


def test_a_log_that_says_nothing_of_the_certificate(rate_card: Path, tmp_path: Path) -> None:
    append_run(tmp_path / "runs.jsonl", RUN)
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    assert found_in(rate_card, certificate, tmp_path / "runs.jsonl")["no_log"].verdict == "cannot_tell"
    assert "log" not in found_in(rate_card, certificate, None)


def test_an_empty_log_accuses_nobody(required: Path) -> None:
    certificate = workflow.settle(contract_in(required), date=DAY).sign(DEMO_KEY)
    (required / "empty.jsonl").write_bytes(b"")
    found = found_in(required, certificate, required / "empty.jsonl")
    assert [found[name].verdict for name in ("log", "log_lock")] == ["cannot_tell", "cannot_tell"]
    assert found["log_lock"].text.en.startswith("The log given has no lines")


def test_an_older_copy_of_the_log_accuses_nobody(required: Path) -> None:
    """Each copy, from the lock on, beside each of two certificates and the other."""
    contract, log = contract_in(required), required / "runs.jsonl"
    workflow.estimate(contract)
    first = workflow.settle(contract, date=DAY).sign(DEMO_KEY)  # line 3
    workflow.estimate(contract)
    second = workflow.settle(contract, date="2023-10-01", supersedes=first, reason="corrected").sign(DEMO_KEY)  # line 5
    workflow.estimate(contract)
    lines = log.read_bytes().splitlines(keepends=True)
    for until in range(1, 7):
        (required / "copy.jsonl").write_bytes(b"".join(lines[:until]))
        for certificate, other, own, others in ((first, second, 3, 5), (second, first, 5, 3)):
            told = found_in(required, certificate, required / "copy.jsonl", earlier=other)
            expected = {"log": until >= own, "log_lock": True, "log_earlier": until >= others}
            expected |= {"log_line": True} if until >= own else {}
            assert {name: one.verdict for name, one in told.items() if name.startswith("log")} == {
                name: "reproduced" if holds else "cannot_tell" for name, holds in expected.items()
            }
    (required / "copy.jsonl").write_bytes(b"".join(lines[:4]))
    told = found_in(required, second, required / "copy.jsonl", earlier=first)
    assert (told["log"].text.en, told["log"].text.sv) == (
        "The log given ends at line 4, and the certificate's is line 5: an older copy, or another log, which cannot be "
        "told. Ask for the log with that line.",
        "Loggen som angavs slutar på rad 4, och intygets är rad 5: en äldre kopia, eller en annan logg, vilket inte "
        "kan sägas. Begär loggen med den raden.",
    )
    told = found_in(required, first, required / "copy.jsonl", earlier=second)
    assert (told["log_earlier"].text.en, told["log_earlier"].text.sv) == (
        "Line 5, of the certificate of 2023-10-01, comes after the last line of the log given, 4.",
        "Rad 5, för intyget från 2023-10-01, kommer efter den sista raden i loggen som angavs, 4.",
    )


def test_a_log_that_parts_from_the_certificates_own_is_another_one(required: Path) -> None:
    contract, log = contract_in(required), required / "runs.jsonl"
    locked = log.read_bytes()
    certificate = workflow.settle(contract, date=DAY).sign(DEMO_KEY)  # line 2
    for runs in (1, 2):
        log.write_bytes(locked)
        for _ in range(runs):
            workflow.estimate(contract)
        told = found_in(required, certificate, log)["log"]
        assert (told.verdict, told.text.en) == (
            "different",
            "The certificate's line is not in the log: another log, or one begun anew.",
        )


def test_a_certificate_from_before_whose_line_comes_later_is_asked_about(required: Path) -> None:
    """One log was begun anew between two certificates, of which the later does not say that it follows the other."""
    contract, log = contract_in(required), required / "runs.jsonl"
    locked = log.read_bytes()
    workflow.estimate(contract)
    first = workflow.settle(contract, date=DAY, kind="interim").sign(DEMO_KEY)  # line 3 of the old log
    log.write_bytes(locked)
    second = workflow.settle(contract, date="2023-10-01").sign(DEMO_KEY)  # line 2 of the new one
    told = found_in(required, second, log, earlier=first)["log_earlier"]
    assert (told.verdict, told.text.en, told.text.sv) == (
        "cannot_tell",
        "Line 3, of the certificate of 2023-09-01, comes after the last line of the log given, 2, though it is dated "
        "before this one: ask why.",
        "Rad 3, för intyget från 2023-09-01, kommer efter den sista raden i loggen som angavs, 2, fast det är daterat "
        "före detta: fråga varför.",
    )
    workflow.estimate(contract)
    told = found_in(required, second, log, earlier=first)["log_earlier"]
    assert (told.verdict, told.text.en) == ("different", "Line 3, of the certificate of 2023-09-01, is not in the log.")


def test_a_copy_with_more_runs_than_the_certificate_says_is_no_older_one(required: Path) -> None:
    """Its line is said to be the fifth, and the second run; the copy given has three runs before that."""
    contract, log = contract_in(required), required / "runs.jsonl"
    for _ in range(3):
        workflow.estimate(contract)
    certificate = workflow.settle(contract, date=DAY)
    lines = log.read_bytes().splitlines(keepends=True)
    (required / "copy.jsonl").write_bytes(b"".join(lines[:4]))
    assert found_in(required, certificate, required / "copy.jsonl")["log"].verdict == "cannot_tell"
    for runs in (2, 9):
        statement = json.loads(certificate.envelope.payload)
        statement["predicate"]["runs"] |= {"runs": runs, "head": "0" * 64}
        forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
        assert found_in(required, forged, required / "copy.jsonl")["log"].verdict == "different"


def test_a_lock_that_came_after_an_older_copy_is_not_said_to_lack(required: Path) -> None:
    log = required / "runs.jsonl"
    lines = log.read_bytes()
    again = workflow.lock(contract_in(required), key=DEMO_KEY, date="2022-01-02", undecided_accepted=True)
    certificate = workflow.settle(contract_in(required), date=DAY, locked=again)
    (required / "copy.jsonl").write_bytes(lines)
    told = found_in(required, certificate, required / "copy.jsonl")["log_lock"]
    assert (told.verdict, told.text.en, told.text.sv) == (
        "cannot_tell",
        "The log begins with a lock; the certificate's own is not among the lines of the copy given.",
        "Loggen börjar med en låsning; intygets egen finns inte bland raderna i den kopia som angavs.",
    )


def test_a_log_that_cannot_be_read_is_unusable(required: Path) -> None:
    certificate = workflow.settle(contract_in(required), date=DAY)
    with pytest.raises(CertificateError, match=r"^The file '.*none\.jsonl' cannot be read"):
        found_in(required, certificate, required / "none.jsonl")


# --- a contract that requires a log ---------------------------------------------------------------------------


def test_a_required_log_that_is_not_there(required: Path) -> None:
    (required / "runs.jsonl").unlink()
    for run in (workflow.estimate, lambda contract: workflow.settle(contract, date=DAY)):
        with pytest.raises(
            ArgumentError, match=r"^`log` must be the run log that the contract requires; 'runs\.jsonl'"
        ):
            run(contract_in(required))
    assert not (required / "runs.jsonl").exists()


def test_a_required_log_begins_with_the_lock(required: Path, tmp_path: Path) -> None:
    log = tmp_path / "other.jsonl"
    contract = contract_in(required)
    append_run(log, dataclasses.replace(RUN, contract=contract.model.id))
    with pytest.raises(CertificateError, match=r"requires a run log that begins with the lock of the plan, and this"):
        workflow.settle(contract, date=DAY, log=log)


def test_a_contract_without_its_folder_is_told_where_the_log_is(required: Path) -> None:
    read = contract_in(required)
    alone = dataclasses.replace(read, folder=None)
    given = {"months": required / "months.csv"}
    with pytest.raises(ArgumentError, match=r"^`log` must be given: the contract requires a run log and was read"):
        workflow.settle(alone, date=DAY, data=given)
    assert workflow.settle(alone, date=DAY, data=given, log=required / "runs.jsonl").runs is not None


def test_a_log_that_leads_out_of_the_folder(required: Path, tmp_path: Path) -> None:
    (required / "runs.jsonl").rename(tmp_path / "outside.jsonl")
    (required / "runs.jsonl").symlink_to(tmp_path / "outside.jsonl")
    with pytest.raises(ArgumentError, match=r"must lie in the contract's folder; 'runs\.jsonl' leads out of it"):
        workflow.estimate(contract_in(required))


def test_a_log_is_no_data_file(rate_card: Path) -> None:
    edit(rate_card, "data:\n", "log: months.csv\ndata:\n")
    with pytest.raises(ContractError, match=r"log is the file of data\.months already; name another file"):
        contract_in(rate_card)


def test_on_the_command_line_and_the_page(required: Path, effekt: Any) -> None:
    contract, log, out = (required / name for name in ("contract.yaml", "runs.jsonl", "logged.json"))
    assert effekt("estimate", contract).code == 0
    (required / "certificate.json").unlink()  # which pays the same lines
    settled = effekt("settle", contract, "--lock", required / "lock.json", "--date", DAY, "--out", out, "--lang", "en")
    assert settled.code == 0
    assert "itself included: 2." in " ".join(settled.out.split())
    assert effekt("sign", out, "--key", "demo").code == 0
    assert effekt("report", out, "--out", required / "page.html").code == 0
    page = (required / "page.html").read_text(encoding="utf-8")
    assert "--log runs.jsonl" in page
    assert read_log(log).digests[-1] in page
    given = ("verify", required / "page.html", "--contract", contract, "--lang", "en")
    assert effekt(*given, "--log", log).code == 0
    log.write_bytes(log.read_bytes().replace(b'"number":2', b'"number":9'))
    told = effekt(*given, "--log", log)
    assert told.code == 1
    assert "The run log is broken at line 2: it says that it is number 9" in told.out
    swedish = effekt("verify", required / "page.html", "--contract", contract, "--log", log)
    assert "Körningsloggen är bruten på rad 2: den säger att den är nummer 9; använd loggen så" in swedish.out
    assert "The run log" not in swedish.out


def test_another_log_on_the_command_line(rate_card: Path, tmp_path: Path, effekt: Any) -> None:
    log = tmp_path / "mine.jsonl"
    lock = (
        "lock",
        rate_card / "contract.yaml",
        "--undecided-accepted",
        "--key",
        "demo",
        "--date",
        "2022-01-01",
        "--out",
        tmp_path / "l.json",
    )
    assert effekt(*lock, "--log", log).code == 0
    assert effekt("estimate", rate_card / "contract.yaml", "--log", log).code == 0
    assert [run.verb for run in read_log(log).runs] == ["lock", "estimate"]


def test_runs_is_read_back(required: Path) -> None:
    certificate = workflow.settle(contract_in(required), date=DAY)
    assert isinstance(certificate.runs, Runs)
    assert certificate.runs == read_log(required / "runs.jsonl").counted(2)


# --- the lock in the log --------------------------------------------------------------------------------------


def rechained(folder: Path, change: Any) -> tuple[Certificate, Path]:
    """A certificate that names a log whose lines were changed and chained again, signed by its signer."""
    lock = (folder / "lock.json").read_bytes()
    found = workflow.settle(contract_in(folder), date=DAY, locked=lock)
    runs = change(list(read_log(folder / "runs.jsonl").runs))
    (folder / "other.jsonl").unlink(missing_ok=True)
    for run in runs:
        counted = append_run(folder / "other.jsonl", dataclasses.replace(run, number=None, previous=None))
    plain = json.loads(found.envelope.payload)
    plain["predicate"]["runs"] = dataclasses.asdict(counted)
    return Certificate(sign(Envelope(payload=canonical_json(plain)), DEMO_KEY)), folder / "other.jsonl"


def test_the_lock_of_the_certificate_stands_in_the_log(required: Path) -> None:
    certificate, log = rechained(required, lambda runs: runs)
    assert found_in(required, certificate, log)["log_lock"].verdict == "reproduced"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda runs: [dataclasses.replace(runs[0], lock="0" * 64), *runs[1:]], "lacks the lock that"),
        (lambda runs: [dataclasses.replace(runs[0], date="2010-01-01"), *runs[1:]], "lacks the lock that"),
        (lambda runs: runs[1:], "does not begin with a lock"),
        (lambda runs: [dataclasses.replace(runs[0], data={"t": "2" * 64}), *runs[1:]], "does not begin with a lock"),
    ],
)
def test_a_lock_that_is_another_or_none_is_told(required: Path, change: Any, told: str) -> None:
    certificate, log = rechained(required, change)
    finding = found_in(required, certificate, log)["log_lock"]
    assert finding.verdict == "different"
    assert told in finding.text.en


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw.replace(b"\n", b"\r\n"), "den slutar med CR LF, som när git med core.autocrlf eller ett"),
        (lambda raw: raw[:-1], "den är avbruten"),
        (lambda raw: raw.replace(b'"estimate"', b'"guess"'), "det är ingen rad som effekt har skrivit"),
        (lambda raw: raw.splitlines(keepends=True)[0] * 2, "den säger att den är nummer 1"),
        (
            lambda raw: raw.replace(b'"previous":"', b'"previous":"0', 1).replace(b'0"', b'"', 1),
            "dess `previous` är inte kontrollsumman för raden före",
        ),
    ],
)
def test_a_broken_log_is_told_in_swedish(change: Any, told: str, tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    for _ in range(2):
        append_run(log, RUN)
    log.write_bytes(change(log.read_bytes()))
    with pytest.raises(BrokenLogError) as error:
        read_log(log)
    assert error.value.sv.startswith("Körningsloggen är bruten på rad ")
    assert told in error.value.sv
    again = pickle.loads(pickle.dumps(error.value))
    assert (str(again), again.sv) == (str(error.value), error.value.sv)

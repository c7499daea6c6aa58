"""Where results are written is looked at before a run, and a job that runs again leaves what is signed as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, generate_key, public_key, public_text, sign
from effekt.certificates.run_log import read_log
from effekt.exceptions import CertificateError
from effekt.workflow.findings import told_differences

DAY = "2023-09-01"


@pytest.fixture
def job(rate_card: Path) -> Path:
    """The rate card with a required log, its lock and a certificate's place, signed by a key of its own."""
    contract = rate_card / "contract.yaml"
    text = contract.read_text(encoding="utf-8").replace("data:\n", "log: runs.jsonl\ndata:\n", 1)
    own = public_text(public_key(KEY))
    at = text.index("keys: [") + len("keys: [")
    contract.write_text(f'{text[:at]}"{own}", {text[at:]}', encoding="utf-8")
    locked = workflow.lock(workflow.read_contract(contract), key=DEMO_KEY, date="2022-01-01", undecided_accepted=True)
    (rate_card / "lock.json").write_bytes(locked.to_bytes())
    return rate_card


KEY = generate_key()


def verbs(folder: Path) -> list[str]:
    return [run.verb for run in read_log(folder / "runs.jsonl").runs]


def settled(folder: Path, out: Path, *more: object) -> tuple[object, ...]:
    return ("settle", folder / "contract.yaml", "--lock", folder / "lock.json", "--date", DAY, "--out", out, *more)


def signed(path: Path) -> bytes:
    """The certificate in a file, signed by a key that is not that of demonstrations."""
    workflow.write_certificate(workflow.read_certificate(path).sign(KEY), path)
    return path.read_bytes()


def no_folder(path: Path) -> str:
    return (
        f"effekt: The file {str(path)!r} cannot be written: No such file or directory; choose a file in an existing "
        "folder that you may write to.\n"
    )


def test_a_place_that_cannot_be_written_leaves_no_line(job: Path, effekt: Any) -> None:
    out = job / "no such folder" / "certificate.json"
    code, told, err = effekt(*settled(job, out))
    assert (code, told, err) == (2, "", no_folder(out))
    code, told, err = effekt(*settled(job, job))
    assert (code, told) == (2, "")
    assert err == f"effekt: {str(job)!r} cannot be written: it is not a regular file; choose a file's name.\n"
    code, told, err = effekt(*settled(job, job / "contract.yaml"))
    assert (code, told) == (2, "")
    assert err == (
        "effekt: The file 'contract.yaml' exists and is no certificate, or not one that effekt wrote; write to another "
        "file.\n"
    )
    code, told, err = effekt("estimate", job / "contract.yaml", "--out", job / "contract.yaml" / "results")
    assert (code, told) == (2, "")
    assert err == "effekt: `--out` cannot be made: 'contract.yaml' is a file; choose another folder.\n"
    assert verbs(job) == ["lock"]
    assert sorted(path.name for path in job.iterdir() if path.name.startswith(".")) == []


def test_a_lock_whose_place_is_taken_leaves_no_line(job: Path, effekt: Any) -> None:
    taken = job / "lock.json"
    before = taken.read_bytes()
    code, told, err = effekt(
        "lock", job / "contract.yaml", "--undecided-accepted", "--key", "demo", "--date", "2022-01-01", "--out", taken
    )
    assert (code, told) == (2, "")
    assert err == f"effekt: The file {str(taken)!r} exists; choose a name that is not taken.\n"
    assert (verbs(job), taken.read_bytes()) == (["lock"], before)


def test_results_go_to_a_folder_that_is_made_when_there_are_any(job: Path, effekt: Any) -> None:
    out = job / "results" / "2023"
    assert effekt("estimate", job / "contract.yaml", "--out", out).code == 0
    assert sorted(path.name for path in out.iterdir()) == ["home.json", "work.json"]
    assert verbs(job) == ["lock", "estimate"]


def test_a_job_that_runs_again_keeps_what_is_signed_and_logs_its_look(job: Path, effekt: Any) -> None:
    out = job / "day.json"
    assert effekt(*settled(job, out)).code == 0
    before = signed(out)
    code, told, err = effekt(*settled(job, out, "--lang", "en"))
    assert code == 0
    assert err == (
        "The certificate was there already, signatures: 1. It stands at line 2 of the run log; this run is line 3.\n"
    )
    assert "itself included: 1." in " ".join(told.split())  # what the file says, and not the run that found it
    assert effekt(*settled(job, out)).err == (
        "Intyget fanns redan, underskrifter: 1. Det står på rad 2 i körningsloggen; denna körning är rad 4.\n"
    )
    assert out.read_bytes() == before
    assert verbs(job) == ["lock", "settle", "settle", "settle"]
    ran = effekt("verify", out, "--contract", job / "contract.yaml", "--log", job / "runs.jsonl", "--lang", "en")
    assert ran.code == 0
    assert "The log's chain holds; lines after this one: 2." in ran.out


def test_an_unsigned_certificate_takes_the_later_line(job: Path, effekt: Any) -> None:
    out = job / "day.json"
    assert [effekt(*settled(job, out)).code for _ in range(2)] == [0, 0]
    assert workflow.read_certificate(out).runs.number == 3


def test_a_signed_certificate_of_another_day_is_told_before_the_run(job: Path, effekt: Any) -> None:
    out = job / "day.json"
    assert effekt(*settled(job, out)).code == 0
    before = signed(out)
    again = [DAY.replace("01", "02") if one == DAY else one for one in settled(job, out)]
    for command in (again, settled(job, out, "--kind", "interim")):
        code, told, err = effekt(*command)
        assert (code, told) == (2, "")
        assert err == (
            "effekt: The file 'day.json' holds another signed certificate, which is never replaced; write to another "
            "file.\n"
        )
    assert (out.read_bytes(), verbs(job)) == (before, ["lock", "settle"])


def test_a_signed_certificate_that_says_something_else_is_never_replaced(job: Path) -> None:
    """The look has been made, and its line stands, when other data give another certificate of a signed day."""
    out, contract = job / "day.json", workflow.read_contract(job / "contract.yaml")
    workflow.write_certificate(workflow.settle(contract, date=DAY).sign(KEY), out)
    before = out.read_bytes()
    path = job / contract.model.data[next(iter(contract.model.data))].path
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(rows[:-1]), encoding="utf-8")
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(workflow.settle(contract, date=DAY), out)
    assert str(error.value) == (
        "The file 'day.json' is a final certificate of 2023-09-01, and this one pays work and home again. Say that it "
        "takes its place and why (--supersedes, --reason), or give each line a true_up whose paid is what was paid "
        "before."
    )
    elsewhere = workflow.settle(replace(contract, folder=None), date=DAY, data={"months": path}, log=job / "runs.jsonl")
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(elsewhere, out)
    assert str(error.value) == (
        "The file 'day.json' holds another signed certificate, which is never replaced; write to another file."
    )
    assert (out.read_bytes(), verbs(job)) == (before, ["lock", "settle", "settle", "settle"])


def test_a_file_with_a_later_line_is_not_taken_for_an_earlier_run(job: Path) -> None:
    """A file that a log begun anew would have come to is another certificate."""
    out, contract = job / "day.json", workflow.read_contract(job / "contract.yaml")
    first = workflow.settle(contract, date=DAY)
    workflow.write_certificate(workflow.settle(contract, date=DAY).sign(KEY), out)
    with pytest.raises(CertificateError, match="holds another signed certificate"):
        workflow.write_certificate(first, out)


def test_a_changed_file_is_not_kept_as_if_it_were_signed(job: Path) -> None:
    out, contract = job / "day.json", workflow.read_contract(job / "contract.yaml")
    envelope = sign(workflow.settle(contract, date=DAY).envelope, KEY)
    out.write_bytes(envelope.to_bytes() + b"\n")
    with pytest.raises(CertificateError, match="holds another signed certificate"):
        workflow.write_certificate(workflow.settle(contract, date=DAY), out)


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("settle", ("--date", DAY, "--lock")),
        ("lock", ("--undecided-accepted", "--key", "demo", "--date", "2022-01-01", "--out", "second.json", "--beside")),
        ("rotate", None),
        ("verify", ()),
        ("show", ()),
    ],
)
def test_what_is_wrong_with_an_envelope_names_its_file(
    command: str, more: tuple[str, ...] | None, job: Path, effekt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(job)
    Path("låsning.json").write_text('{"payload": 1}', encoding="utf-8")
    if more is None:
        told = effekt("sign", "certificate.json", "--key", "demo", "--rotation", "låsning.json")
    elif more:
        told = effekt(command, "contract.yaml", *more, "låsning.json")
    else:
        told = effekt(command, "låsning.json")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("effekt: låsning.json: The envelope ")
    assert verbs(job) == ["lock"]


@pytest.mark.parametrize(
    ("lang", "lock", "signed_", "again", "rotated", "annexed"),
    [
        (
            "sv",
            "Planen är låst, daterad 2022-01-01: second.json\n",
            "Undertecknat, 1 totalt: new.json\n",
            "Redan undertecknat med denna nyckel, 1 totalt: new.json\n",
            "Den nya nyckeln gäller från 2023-06-01; ge change.json till alla parter\n",
            "Bilagan är skriven: annex.md\n",
        ),
        (
            "en",
            "The plan is locked, dated 2022-01-01: second.json\n",
            "Signed, 1 in all: new.json\n",
            "Signed by this key already, 1 in all: new.json\n",
            "The new key holds from 2023-06-01; give change.json to all parties\n",
            "The annex is written: annex.md\n",
        ),
    ],
)
def test_commands_speak_the_language_that_is_asked_for(
    lang: str,
    lock: str,
    signed_: str,
    again: str,
    rotated: str,
    annexed: str,
    job: Path,
    effekt: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(job)
    contract, key = "contract.yaml", ("--key", "demo", "--lang", lang)
    told = effekt("lock", contract, "--undecided-accepted", *key, "--date", "2022-01-01", "--out", "second.json").out
    assert told.endswith(f"\n{lock}")
    assert all(line.startswith("? ") for line in told.splitlines()[:-1])
    assert effekt(*settled(job, Path("new.json"))).code == 0
    assert effekt("sign", "new.json", *key).out == signed_
    assert effekt("sign", "new.json", *key).out == again
    new = public_text(public_key(generate_key()))
    given = ("rotate", contract, *key, "--new", new, "--date", "2023-06-01", "--out", "change.json")
    assert effekt(*given).out == rotated
    assert effekt("annex", contract, "--lang", lang, "--out", "annex.md").out == annexed


def test_swedish_verification_has_decimal_commas() -> None:
    contract = workflow.read_contract(workflow.case("helsingborg") / "contract.yaml")
    found = workflow.verify(workflow.settle(contract, date="2019-03-04"), contract=contract)
    told = {one.name: one.text for one in found.findings}
    assert told["figure:reduction"].en == "Figure reduction: stated 0.034586, from the signed results 0.034586."
    assert told["figure:reduction"].sv == (
        "Siffran reduction: angiven 0,034586, från de signerade resultaten 0,034586."
    )
    assert told["recomputed:reduction"].sv == "Siffran reduction: angiven 0,034586, beräknad från data 0,034586."
    assert told["independent:reduction"].sv == (
        "Siffran reduction: angiven 0,034586, enligt den oberoende beräkningen 0,034586."
    )


def test_what_differs_has_the_decimals_of_its_language_and_text_as_it_stands() -> None:
    told = told_differences({"mean": 1.5, "value": "0.25", "n": 3}, {"mean": 2.5, "value": "0.50", "n": None})
    assert told.en == 'mean 1.5 / 2.5; value "0.25" / "0.50"; n 3 / –'
    assert told.sv == 'mean 1,5 / 2,5; value "0.25" / "0.50"; n 3 / –'

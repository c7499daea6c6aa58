"""What unattended jobs met: closed pipes, full disks, pipes for files, two signers at once, a job that runs again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import effekt as package
from effekt import workflow
from effekt.certificates import DEMO_KEY, PrivateKey, generate_key, public_key, public_text, write_atomic
from effekt.certificates.files import only_writer
from effekt.exceptions import CertificateError

SOURCE = str(Path(package.__file__).parents[1])
posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")


def _command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """`python -m effekt ARGS` in a process of its own."""
    line = [sys.executable, "-m", "effekt", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment, "timeout": 120}
    return subprocess.run(line, check=False, **(given | options))


@pytest.fixture
def three(rate_card: Path) -> tuple[Path, list[PrivateKey]]:
    """The rate-card case with three more keys of the verifier, and its certificate without signatures."""
    keys = [generate_key() for _ in range(3)]
    path = rate_card / "contract.yaml"
    named = ", ".join(f'"{public_text(public_key(key))}"' for key in (DEMO_KEY, *keys))
    text = path.read_text(encoding="utf-8")
    start = text.index("keys: [")
    path.write_text(text[:start] + f"keys: [{named}]" + text[text.index("]", start) + 1 :], encoding="utf-8")
    (rate_card / "certificate.json").unlink()
    certificate = workflow.settle(workflow.read_contract(path), date="2023-09-01")
    workflow.write_certificate(certificate, rate_card / "certificate.json")
    return rate_card / "certificate.json", keys


# --- signers at once ------------------------------------------------------------------------------------------


def test_two_who_sign_what_they_read_before_lose_no_signature(three: tuple[Path, list[PrivateKey]]) -> None:
    path, keys = three
    read = [workflow.read_certificate(path) for _ in keys]  # all before anyone has written
    counts = [
        len(workflow.write_certificate(one.sign(key), path).envelope.signatures)
        for one, key in zip(read, keys, strict=True)
    ]
    assert counts == [1, 2, 3]
    contract = workflow.read_contract(path.parent / "contract.yaml")
    assert workflow.verify(path, contract=contract).ok


def test_signers_at_the_same_moment_lose_no_signature(three: tuple[Path, list[PrivateKey]]) -> None:
    path, keys = three
    start = threading.Barrier(len(keys))

    def sign(key: PrivateKey) -> None:
        signed = workflow.read_certificate(path).sign(key)
        start.wait()
        workflow.write_certificate(signed, path)

    threads = [threading.Thread(target=sign, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(workflow.read_certificate(path).envelope.signatures) == len(keys)
    assert sorted(file.name for file in path.parent.iterdir() if file.name.startswith(".")) == []


def test_a_file_that_another_process_writes_is_waited_for_and_then_said(tmp_path: Path) -> None:
    with (
        only_writer(tmp_path / "a"),
        pytest.raises(CertificateError, match=r"is being written by another process.*remove '\.a\.effekt-writing'"),
        only_writer(tmp_path / "a", tries=2),
    ):
        raise AssertionError("both write")
    with only_writer(tmp_path / "a", tries=1):
        pass


# --- standard output ------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("more", [["--lang", "en"], ["--json"]])
def test_a_reader_that_has_gone_changes_no_exit_code(rate_card: Path, more: list[str]) -> None:
    command = ("verify", rate_card / "certificate.json", "--contract", rate_card / "contract.yaml", *more)
    read, write = os.pipe()
    os.close(read)
    ran = _command(*command, stdout=write)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (0, "")


@posix
def test_nobody_reading_the_help_is_no_mismatch() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = _command("--help", stdout=write)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("name", ["show", "verify"])
def test_a_full_disk_is_no_internal_error(rate_card: Path, name: str) -> None:
    with Path("/dev/full").open("w") as full:
        ran = _command(name, rate_card / "certificate.json", stdout=full)
    sentence = "effekt: Standard output cannot be written: No space left on device; give it a place.\n"
    assert (ran.returncode, ran.stderr) == (2, sentence)


@posix
def test_a_file_name_that_the_locale_has_no_letters_for_is_no_internal_error(rate_card: Path) -> None:
    contract = rate_card / "contract.yaml"
    text = contract.read_text(encoding="utf-8").replace("months.csv", "månader.csv")
    contract.write_text(text, encoding="utf-8")
    (rate_card / "months.csv").rename(rate_card / "månader.csv")
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONPATH": SOURCE}
    ran = _command("settle", contract, "--date", "2023-09-01", "--lang", "en", env={**os.environ, **plain})
    assert ran.returncode == 2
    assert "internal error" not in ran.stderr
    assert "data.months" in ran.stderr


@pytest.mark.parametrize("module", ["effekt", "effekt.cli"])
def test_the_module_is_the_command(module: str) -> None:
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    line = [sys.executable, "-m", module, "cases"]
    ran = subprocess.run(line, capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert ran.returncode == 0
    assert ran.stdout.startswith("aterforing")


# --- what is no file ------------------------------------------------------------------------------------------


@posix
def test_a_pipe_and_a_device_are_refused_and_not_read(rate_card: Path, tmp_path: Path, effekt: Any) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, "/dev/zero", tmp_path):
        for command in (("verify", place), ("show", place), ("report", place, "--out", tmp_path / "page.html")):
            code, _, err = effekt(*command)
            assert (code, "is not a regular file" in err) == (2, True)
    contract = rate_card / "contract.yaml"
    for place in (pipe, "/dev/zero", tmp_path):
        code, _, err = effekt("settle", contract, "--date", "2023-09-01", "--out", place)
        assert (code, "is not a regular file" in err) == (2, True), err
        code, _, err = effekt("settle", contract, "--date", "2023-09-01", "--data", f"months={place}")
        assert code == 2
    named = tmp_path / "months.csv"
    os.mkfifo(named)
    code, _, err = effekt("settle", contract, "--date", "2023-09-01", "--data", f"months={named}")
    assert (code, "is not a regular file" in err) == (2, True)


def test_a_file_is_measured_before_it_is_read(tmp_path: Path, effekt: Any) -> None:
    for name in ("certificate.json", "months.csv"):
        with (tmp_path / name).open("wb") as sparse:
            sparse.truncate(4 * 2**30)
    code, _, err = effekt("verify", tmp_path / "certificate.json")
    assert (code, "is larger than the" in err) == (2, True)
    contract = workflow.case("rate-card") / "contract.yaml"
    code, _, err = effekt("settle", contract, "--date", "2023-09-01", "--data", f"months={tmp_path / 'months.csv'}")
    assert (code, "is larger than 2048 MiB" in err) == (2, True)


def test_too_little_memory_is_no_internal_error(effekt: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def large() -> tuple[str, ...]:
        raise MemoryError

    monkeypatch.setattr(workflow, "case_names", large)
    code, _, err = effekt("cases")
    assert (code, err) == (
        2,
        "effekt: There is not enough memory for these files; use smaller ones or a larger machine.\n",
    )


# --- a job that runs again ------------------------------------------------------------------------------------


def test_a_copy_that_broke_off_is_completed(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    source = workflow.case("rate-card")
    folder.mkdir()
    (folder / "README.md").write_bytes(b"")
    (folder / "months.csv").write_bytes((source / "months.csv").read_bytes()[:100])
    workflow.copy_case("rate-card", folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in source.iterdir()
    }


def test_a_copy_on_a_full_disk_leaves_whole_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def full(path: Path, data: bytes, **options: Any) -> None:
        if written:
            raise CertificateError("No space left on device")
        written.append(path.name)
        write_atomic(path, data, **options)

    monkeypatch.setattr("effekt.workflow.publishing.write_atomic", full)
    with pytest.raises(CertificateError):
        workflow.copy_case("rate-card", tmp_path / "case")
    source = workflow.case("rate-card")
    assert [file.name for file in (tmp_path / "case").iterdir()] == written
    assert (tmp_path / "case" / written[0]).read_bytes() == (source / written[0]).read_bytes()
    monkeypatch.undo()
    workflow.copy_case("rate-card", tmp_path / "case")


def test_a_copy_over_a_contract_of_ones_own_is_refused_with_its_folder(tmp_path: Path, effekt: Any) -> None:
    (tmp_path / "contract.yaml").write_text("schema: mine\n", encoding="utf-8")
    code, _, err = effekt("init", tmp_path)
    assert (code, err) == (
        2,
        f"effekt: The folder {str(tmp_path)!r} holds another contract.yaml; choose an empty folder.\n",
    )


def test_settling_a_day_that_is_signed_already_changes_nothing(rate_card: Path, effekt: Any) -> None:
    path = rate_card / "certificate.json"
    before = path.read_bytes()
    again = ("settle", rate_card / "contract.yaml", "--date", "2023-09-01", "--out", path, "--json")
    code, out, err = effekt(*again)
    assert (code, err) == (0, "Intyget fanns redan, underskrifter: 1.\n")
    assert '"total": "779037.40"' in out
    assert path.read_bytes() == before


def test_commands_that_are_proposed_can_be_pasted(tmp_path: Path, effekt: Any) -> None:
    folder = tmp_path / "mitt avtal åäö"
    assert effekt("init", folder, "--case", "rate-card").out.endswith(f"effekt check '{folder}/contract.yaml'\n")
    out = folder / "ö u t.json"
    ran = effekt("settle", folder / "contract.yaml", "--date", "2023-09-01", "--out", out)
    assert ran.err == f"Intyget är inte undertecknat: effekt sign '{out}' --key FIL\n"


def test_data_given_twice_is_a_mistake(effekt: Any) -> None:
    path = workflow.case("rate-card") / "contract.yaml"
    code, _, err = effekt("settle", path, "--date", "2023-09-01", "--data", "months=a.csv", "--data", "months=b.csv")
    assert (code, err) == (2, "effekt: `--data` must name each table once; 'months' stands twice.\n")


def test_data_that_are_to_be_fetched_come_with_the_way_to_give_them(effekt: Any) -> None:
    code, _, err = effekt("estimate", workflow.case("nsw") / "contract.yaml", "--json")
    assert (code, "--data nsw=FILE" in err) == (2, True)


def test_the_cases_are_whole(tmp_path: Path) -> None:
    shutil.copytree(workflow.case("rate-card"), tmp_path / "a")
    assert workflow.copy_case("rate-card", tmp_path / "a") == tmp_path / "a"

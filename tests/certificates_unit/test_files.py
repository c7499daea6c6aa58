"""A file appears whole or not at all, and never over another unless told."""

import os
import stat
from pathlib import Path

import pytest

from effekt.certificates.files import write_atomic
from effekt.exceptions import CertificateError


def test_writes_the_bytes(tmp_path: Path) -> None:
    data = b"\r\n\x1a\x00" * 1_000
    write_atomic(tmp_path / "a", data)
    assert (tmp_path / "a").read_bytes() == data
    assert os.listdir(tmp_path) == ["a"]


def test_takes_a_bare_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomic("a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_refuses_an_existing_file(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(CertificateError) as raised:
        write_atomic(target, b"new")
    assert str(raised.value) == f"The file {str(target)!r} exists; choose a name that is not taken."
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_refuses_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CertificateError, match="exists"):
        write_atomic(tmp_path / "a", b"new")
    assert os.listdir(tmp_path) == ["a"]


def test_refuses_a_file_that_came_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    monkeypatch.setattr(os, "fsync", lambda _: target.write_bytes(b"other"))
    with pytest.raises(CertificateError, match="exists"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"other"
    assert os.listdir(tmp_path) == ["a"]


def test_an_existing_file_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda _: pytest.fail("written"))
    with pytest.raises(CertificateError, match="exists"):
        write_atomic(tmp_path / "a", b"new")


def test_all_bytes_are_on_the_disk_before_the_file_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    write_atomic(tmp_path / "a", b"new")
    assert synced == [3]


def test_overwrites_when_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    write_atomic(tmp_path / "a", b"new", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(), MemoryError()])
@pytest.mark.parametrize("before", [None, b"old"])
def test_an_interrupted_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, stop: BaseException, before: bytes | None
) -> None:
    target = tmp_path / "a"
    if before is not None:
        target.write_bytes(before)

    def interrupted(*_: object) -> None:
        assert len(os.listdir(tmp_path)) == 1 + (before is not None)  # the partial file is there by now
        raise stop

    monkeypatch.setattr(os, step, interrupted)
    with pytest.raises(type(stop)):
        write_atomic(target, b"new", overwrite=True)
    assert os.listdir(tmp_path) == ([] if before is None else ["a"])
    assert before is None or target.read_bytes() == before


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_failed_write_leaves_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(CertificateError) as raised:
        write_atomic(tmp_path / "a", b"new")
    assert str(raised.value) == (
        f"The file {str(tmp_path / 'a')!r} cannot be written: No space left on device; "
        "choose a file in an existing folder that you may write to."
    )
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="choose a file in an existing folder"):
        write_atomic(tmp_path / "none" / "a", b"new")


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(CertificateError, match="cannot be written"):
        write_atomic(tmp_path / "a", b"new", overwrite=True)
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(("options", "mode"), [({"private": True}, 0o600), ({}, 0o662)])
def test_modes_follow_the_purpose(tmp_path: Path, options: dict[str, bool], mode: int) -> None:
    before = os.umask(0o004)
    try:
        write_atomic(tmp_path / "a", b"new", **options)
    finally:
        os.umask(before)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode

"""The repository speaks of effekt alone: UTF-8 text, no machine's paths, no left-overs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from source_tree import ROOT

FOREIGN_FOLDERS = {".git", ".venv", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}
FOREIGN_FOLDERS |= {"_build", "build", "dist", "demo"}
BINARY = {".xlsx", ".parquet", ".png", ".pdf", ".woff2", ".ico", ".pyc"}
MACHINE_PATHS = re.compile(r"(?<![\w.:])/(?:home|root|work|tmp|Users|mnt|opt|var/folders)/\w|\b[A-Za-z]:\\\\?Users\\")


def _files() -> list[Path]:
    found = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not FOREIGN_FOLDERS & set(parts) and not any(p.endswith(".egg-info") for p in parts):
            found.append(path)
    return sorted(found)


FILES = _files()
TEXTS = [path for path in FILES if path.suffix not in BINARY and path.name not in (".coverage",)]


def test_there_is_something_to_read() -> None:
    assert {"pyproject.toml", "Makefile", "LICENSE"} <= {path.name for path in TEXTS}
    assert len(TEXTS) > 100


def _place(path: Path, text: str, position: int) -> str:
    return f"{path.relative_to(ROOT).as_posix()}, line {text.count(chr(10), 0, position) + 1}"


def test_texts_are_utf_8() -> None:
    for path in TEXTS:
        content = path.read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            pytest.fail(f"{path.relative_to(ROOT)} is not UTF-8 at byte {error.start}")
        assert "\0" not in text, path
        # data may be a real export, which begins with a mark
        assert path.suffix == ".csv" or not content.startswith(b"\xef\xbb\xbf"), path


def test_no_text_names_a_path_of_a_machine() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in TEXTS}
    found = [_place(path, text, one.start()) for path, text in texts.items() for one in MACHINE_PATHS.finditer(text)]
    assert found == []


@pytest.mark.parametrize("folder", ["home", "root", "tmp", "work", "Users"])
def test_what_names_a_machine(folder: str) -> None:
    assert MACHINE_PATHS.search("'" + "/".join(["", folder, "ann", "a.csv"]) + "'")
    assert MACHINE_PATHS.search("\\".join(["C:", "Users", "Ann"]))


@pytest.mark.parametrize("text", ["https://example.org/home/x", "src/work/a", "a/tmp/x", "the /work of others"])
def test_what_names_none(text: str) -> None:
    assert not MACHINE_PATHS.search(text)


def test_source_ends_lines_one_way() -> None:
    sources = [path for path in TEXTS if path.suffix in (".py", ".md", ".toml", ".yaml", ".yml")]
    assert [path.name for path in sources if b"\r\n" in path.read_bytes()] == []
    empty = [path for path in sources if path.read_bytes() and not path.read_bytes().endswith(b"\n")]
    assert [path.name for path in empty] == []

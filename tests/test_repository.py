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


@pytest.mark.parametrize("path", TEXTS, ids=[path.relative_to(ROOT).as_posix() for path in TEXTS])
def test_texts_are_utf_8_and_name_no_machine(path: Path) -> None:
    content = path.read_bytes()
    text = content.decode("utf-8")
    assert path.suffix == ".csv" or not content.startswith(b"\xef\xbb\xbf")  # data may be a real export
    assert "\0" not in text
    found = MACHINE_PATHS.search(text)
    assert found is None, f"line {text[: found.start()].count(chr(10)) + 1}: {found[0]}"


def test_source_ends_lines_one_way() -> None:
    sources = [path for path in TEXTS if path.suffix in (".py", ".md", ".toml", ".yaml", ".yml")]
    assert [path.name for path in sources if b"\r\n" in path.read_bytes()] == []
    empty = [path for path in sources if path.read_bytes() and not path.read_bytes().endswith(b"\n")]
    assert [path.name for path in empty] == []

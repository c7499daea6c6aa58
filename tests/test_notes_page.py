"""The page of notes and checks has every code and name that the package can give, and none beside."""

from __future__ import annotations

import re
from pathlib import Path

import declared_names
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "notes.md"
SECTIONS = {"Note": "Notes", "Diagnostic": "Checks"}


def listed(kind):
    """The names in the first column of the table of a section, in the page's order."""
    section = PAGE.read_text("utf-8").split(f"\n## {SECTIONS[kind]}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


@pytest.mark.parametrize("kind", SECTIONS)
def test_every_declared_name_is_explained_once_and_no_other_is(kind):
    names = listed(kind)
    assert len(names) == len(set(names))
    assert set(names) == declared_names.declared(kind)


def test_a_name_that_is_made_otherwise_is_not_overlooked(tmp_path, monkeypatch):
    """A code that is computed in a new place raises, so that the list of such places must be extended."""
    (tmp_path / "new.py").write_text('notes = {}\nnotes["told"] = 1\nNote(code=f"{kind}_new", text=text)\n', "utf-8")
    monkeypatch.setattr(declared_names, "SOURCE", tmp_path)
    with pytest.raises(KeyError, match=r"new\.py"):
        declared_names.declared("Note")
    (tmp_path / "new.py").write_text('notes = {}\nnotes["a" if few else "b"] = 1\nNote(code="c", text=text)\n', "utf-8")
    assert declared_names.declared("Note") == {"a", "b", "c"}


@pytest.mark.parametrize("code", ["other_seasons", "missing_receipt", "no_complier_bounds"])
def test_what_a_method_page_should_say_stands_there(code):
    pages = {"other_seasons": "trend_adjusted"}
    page = PAGE.parents[1] / "methods" / f"{pages.get(code, 'complier_effect')}.md"
    assert f"`{code}`" in page.read_text("utf-8")

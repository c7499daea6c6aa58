"""What is declared is what is used: dependencies, their locked versions, and nowhere to fetch them from."""

from __future__ import annotations

import re
import tomllib

import pytest
from source_tree import FILES, ROOT, imports

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))

MODULE_OF = {"pyyaml": "yaml", "scikit-learn": "sklearn"}
"""Where the module has another name than the distribution."""

PART_OF = {"pydantic_core": "pydantic", "markupsafe": "jinja2"}
"""Modules that belong to a declared distribution, which brings and pins them."""


def normal(name: str) -> str:
    """A distribution's name in the form of PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """'scikit-learn' of 'scikit-learn>=1.5; python_version > "3"'."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return normal(found[0])


CORE = {name_of(requirement) for requirement in PROJECT["dependencies"]}
EXTRAS = {
    name_of(requirement)
    for extra, requirements in PROJECT["optional-dependencies"].items()
    if extra != "dev"
    for requirement in requirements
}


def imported() -> set[str]:
    """Third-party modules that the package imports when it runs."""
    found = {one.top for file in FILES for one in imports(file) if one.foreign and not one.only_for_types}
    return {PART_OF.get(module, module) for module in found}


def test_core_dependencies_are_the_ones_imported() -> None:
    declared = {MODULE_OF.get(name, name.replace("-", "_")) for name in CORE}
    optional = {MODULE_OF.get(name, name.replace("-", "_")) for name in EXTRAS}
    assert imported() - optional == declared


def test_what_reads_tables_may_be_imported_only_by_name() -> None:
    """pandas reads Excel and Parquet through others; they are declared because the package imports them itself."""
    assert {"pandas", "openpyxl", "pyarrow", "narwhals"} <= CORE


def locked(text: str) -> dict[str, str]:
    """Versions by distribution."""
    pairs = [line.partition("==") for line in text.splitlines() if line.strip() and not line.startswith("-r ")]
    assert all(sign == "==" and version for _, sign, version in pairs)
    return {normal(name): version for name, _, version in pairs}


def test_every_core_dependency_is_locked() -> None:
    core = locked((ROOT / "requirements" / "core.txt").read_text(encoding="utf-8"))
    assert set(core) >= CORE
    assert "effekt" not in core


def test_every_development_dependency_is_locked_on_top_of_the_core() -> None:
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "-r core.txt"
    core = locked((ROOT / "requirements" / "core.txt").read_text(encoding="utf-8"))
    development = locked(text)
    assert not set(core) & set(development)
    wanted = {name_of(requirement) for requirement in PROJECT["optional-dependencies"]["dev"]}
    assert wanted <= set(core) | set(development)


@pytest.mark.parametrize("file", REQUIREMENTS, ids=[file.name for file in REQUIREMENTS])
def test_requirements_name_no_host(file: object) -> None:
    text = file.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for line in text.splitlines():
        assert re.fullmatch(r"-r core\.txt|[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


def test_extras_are_declared_apart() -> None:
    assert not CORE & EXTRAS

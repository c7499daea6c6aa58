"""The contracts of the sources, runnable: one folder each with contract, data or attestations, and a README."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from effekt._text import Language
from effekt._validation import check_option
from effekt.contracts import Attestation, Contract, read_attestation, read_contract


def case(name: str) -> Path:
    """Find the folder of a case that comes with effekt.

    Parameters
    ----------
    name : str
        One of `case_names()`, such as "sick-leave".

    Returns
    -------
    Path
        Holds ``contract.yaml``, ``README.md`` with ``README.sv.md``, and the data or attestations it settles on.

    Raises
    ------
    ArgumentError
        For an unknown name.

    Examples
    --------
    >>> import effekt
    >>> (effekt.case("sick-leave") / "contract.yaml").is_file()
    True
    """
    names = case_names()
    check_option("name", name, names)
    return _folder() / name


def case_names() -> tuple[str, ...]:
    """Names of all cases, sorted.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "norrkoping" in case_names()
    True
    """
    return tuple(sorted(path.parent.name for path in _folder().glob("*/contract.yaml")))


def case_contract(name: str) -> Contract:
    """The contract of a case."""
    return read_contract(case(name) / "contract.yaml")


def case_attestations(name: str) -> dict[str, Attestation]:
    """The attestations of a case by file stem, each of which settles it; empty when it has none."""
    contract = case_contract(name)
    return {path.stem: read_attestation(path, contract) for path in sorted(case(name).glob("attested*.yaml"))}


def case_line(name: str, lang: Language = "en") -> str:
    """What a case is, in one line: the first paragraph of its README in a language."""
    readme = {"en": "README.md", "sv": "README.sv.md"}[lang]
    text = (case(name) / readme).read_text(encoding="utf-8")
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip() and not part.startswith("#")]
    return " ".join(paragraphs[0].split())


def _folder() -> Path:
    return Path(str(importlib.resources.files("effekt"))) / "cases"

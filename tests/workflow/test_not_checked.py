"""The last line of a verification names what it could not tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from effekt import workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY
from effekt.workflow.findings import Finding
from effekt.workflow.verification import NOTHING_DIFFERS, Verification

SECOND = "the second implementation did not repeat everything: its lines above say what and why"
SAID = {
    "demo_key": "it is signed with the published demonstration key, which proves nothing",
    "code": "other code of this version of effekt made it than verifies it",
    "date": "whether its date can be right was not checked, as the declared events do not hold",
    "conclusion": "whether the checklist allows the conclusion was not checked, as the declared events do not hold",
    "lock_date": "the lock is dated before the contract was signed",
    "lock_diary": "the diary number of the lock was not checked: ask the registry that it names",
    "revised": "what changed in a table since an earlier certificate was not checked: ask for the earlier table",
    "signature_unknown_key": "a signature on it is by a key that the contract lets nobody sign with",
    "signature_not_held": "a signature on it is by a key that did not hold on its day",
    "sealed:months": "the numbers were not computed again from a sealed table: ask whoever keeps it for what "
    "sealed names",
    "software": "an earlier version of effekt made it",
    "undecided": "that what the contract leaves open was accepted the certificate does not list",
    "independent:effect": SECOND,
    "independent_payment": SECOND,
    "independent_otherwise:missing": SECOND,
    "timestamp_date": "whether it was signed before its own date the timestamp does not show: ask for one on the "
    "signed file",
    "timestamp_key": "that a key which has a last day had signed by then the timestamp does not show",
    "announced": "certificates of other announced days were not seen: ask for each",
}


@pytest.mark.parametrize("name", SAID)
def test_what_cannot_be_told_is_named(rate_card: Path, name: str) -> None:
    found = Finding(name=name, verdict="cannot_tell", text=Text(en="Why.", sv="Skäl."))
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    summary = Verification(certificate=certificate, findings=(found,)).summary
    assert summary.en == f"Nothing differs, but {SAID[name]}."
    assert summary.sv.startswith("Inget skiljer sig, men ")


OTHERS = "whether another certificate pays the same was not checked: give those there are with --earlier"


def test_that_no_other_certificate_was_given_is_said_until_one_is_or_the_folder(rate_card: Path) -> None:
    """Two that pay the same line each hold alone: the last line says what only the two together show."""
    contract = workflow.read_contract(rate_card / "contract.yaml")
    first, second = (workflow.settle(contract, date=f"2023-09-0{day}").sign(DEMO_KEY) for day in (1, 2))
    for one in (first, second):
        summary = workflow.verify(one, contract=contract).summary
        assert summary.en.endswith(f"; {OTHERS}.")
        assert summary.sv.endswith(
            "; om ett annat intyg betalar detsamma har inte prövats: ange de som finns med --earlier."
        )
        assert OTHERS not in workflow.verify(one, contract=contract, earlier=[one]).summary.en  # a folder of it alone
    assert workflow.verify(second, contract=contract, earlier=[first]).differences


def test_of_what_pays_nothing_or_asks_for_others_already_it_is_not_said(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    interim = workflow.settle(contract, date="2023-09-01", kind="interim").sign(DEMO_KEY)
    assert OTHERS not in workflow.verify(interim, contract=contract).summary.en
    first = workflow.settle(contract, date="2023-09-01").sign(DEMO_KEY)
    anew = workflow.settle(contract, date="2023-09-02", supersedes=first, reason="Rättat.").sign(DEMO_KEY)
    assert OTHERS not in workflow.verify(anew, contract=contract).summary.en
    assert "give --earlier" in workflow.verify(anew, contract=contract).summary.en


def names_of_what_cannot_be_told() -> Iterator[str]:
    """Every name, up to its colon, that a finding with the verdict `cannot_tell` is given in the code."""
    for path in Path(workflow.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = {one.arg: one.value for one in node.keywords if one.arg is not None}
            verdicts = [one for one in ast.walk(given.get("verdict", node.func)) if isinstance(one, ast.Constant)]
            if node.func.id == "cannot_tell" and path.name not in ("statements.py", "statements_before.py"):
                yield from _written(node.args[0])
            elif node.func.id == "Finding" and any(one.value == "cannot_tell" for one in verdicts):
                yield from _written(given["name"])


def _written(name: ast.expr) -> Iterator[str]:
    first = name.values[0] if isinstance(name, ast.JoinedStr) else name
    if isinstance(first, ast.Constant):
        yield str(first.value).partition(":")[0]


def test_no_name_of_what_cannot_be_told_lacks_its_words(rate_card: Path) -> None:
    """Without a contract `signatures` cannot tell, and then `own_contract` says so; pages and sentences have others."""
    names = {*names_of_what_cannot_be_told()} - {"signatures", "page"}
    assert {"undecided", "lock_date", "signature_not_held", "independent_payment"} <= names
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    for name in names:
        found = Finding(name=name, verdict="cannot_tell", text=Text(en="Why.", sv="Skäl."))
        assert Verification(certificate=certificate, findings=(found,)).summary != NOTHING_DIFFERS, name

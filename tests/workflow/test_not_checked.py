"""The last line of a verification names what it could not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from effekt import workflow
from effekt._text import Text
from effekt.workflow.findings import Finding
from effekt.workflow.verification import Verification

SAID = {
    "demo_key": "it is signed with the published demonstration key, which proves nothing",
    "code": "other code of this version of effekt made it than verifies it",
    "lock_date": "the lock is dated before the contract was signed",
    "revised": "what changed in a table since an earlier certificate was not checked: ask for the earlier table",
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

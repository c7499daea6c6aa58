"""A certificate and a public statement dated after the last day to settle: said on both and by verification."""

from __future__ import annotations

import json
from typing import Any

import pytest
from workflow.test_declared import made, read

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, sign
from effekt.certificates.release import read_public
from effekt.reports.public import statement_text
from effekt.workflow.statements import verify_statement

LAST = "2022-06-30"
LATE_EN = "The certificate is dated 2022-07-01, after the last day to settle, 2022-06-30. "
LATE_SV = "Intyget är daterat 2022-07-01, efter sista dag för avräkning, 2022-06-30. "


@pytest.mark.parametrize(
    ("date", "kind", "told"),
    [(LAST, "final", False), ("2022-07-01", "final", True), ("2022-07-01", "interim", False)],
)
def test_verification_says_that_a_final_certificate_is_too_late(date: str, kind: str, told: bool) -> None:
    verified = workflow.verify(made(date=date, kind=kind).sign(DEMO_KEY), contract=read())
    found = [one for one in verified.findings if one.name == "longstop"]
    assert bool(found) is told
    gap = "whether it still counts, after the last day to settle, no file shows: see the legal text"
    assert (gap in verified.summary.en) is told
    assert verified.ok
    for one in found:
        assert (one.verdict, one.text.sv) == ("cannot_tell", f"{LATE_SV}Om det ännu gäller säger avtalstexten.")
        assert one.text.en == f"{LATE_EN}Whether it still counts the legal text says."


def published(date: str, kind: str = "final") -> Envelope:
    return workflow.publish(made(date=date, kind=kind).sign(DEMO_KEY), key=DEMO_KEY, salt=bytes(32))


def test_a_public_statement_says_that_its_certificate_is_too_late() -> None:
    late, due = published("2022-07-01"), published(LAST)
    assert read_public(late).longstop == LAST
    assert "longstop" not in json.loads(due.payload)["predicate"]
    said = {lang: " ".join(statement_text(read_public(late), lang).split()) for lang in ("en", "sv")}
    assert "The certificate is dated after the last day to settle, 2022-06-30." in said["en"]
    assert "Intyget är daterat efter sista dag för avräkning, 2022-06-30." in said["sv"]
    assert "last day to settle" not in statement_text(read_public(due), "en")
    interim = verify_statement(published("2022-07-01", "interim"), contract=read())
    assert "longstop" not in {one.name for one in interim.findings}
    for contract in (None, read()):
        verified = verify_statement(late, contract=contract)
        (found,) = [one for one in verified.findings if one.name == "longstop"]
        assert found.verdict == "cannot_tell"
        assert "see the legal text" in verified.summary.en
        assert verified.ok
        assert "longstop" not in {one.name for one in verify_statement(due, contract=contract).findings}


@pytest.mark.parametrize(
    ("date", "longstop", "name"),
    [("2022-07-01", None, "terms"), (LAST, LAST, "terms"), ("2022-07-01", "2022-06-31", "form")],
)
def test_a_statement_that_says_another_last_day_is_told(date: str, longstop: str | None, name: str) -> None:
    tree: dict[str, Any] = json.loads(published(date).payload)
    tree["predicate"].pop("longstop", None)
    tree["predicate"] |= {} if longstop is None else {"longstop": longstop}
    verified = verify_statement(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY), contract=read())
    (found,) = [one for one in verified.differences if one.name == name]
    assert "longstop" in found.text.en

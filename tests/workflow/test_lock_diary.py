"""Where a lock says that its contract file is registered: signed, printed, and named as what effekt does not check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.envelope import Envelope
from effekt.certificates.locked import locked
from effekt.contracts import Contract
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.text import certificate_text

GIVEN = {"diary": "KS 2026/123", "registry": "Norrköpings kommun"}
DATE = "2022-11-20"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return workflow.read_contract(workflow.case("rate-card") / "contract.yaml")


def made(contract: Contract, **given: Any) -> Envelope:
    return workflow.lock(contract, key=DEMO_KEY, date=DATE, **given)


def predicate(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(envelope.payload)["predicate"]
    return found


@pytest.mark.parametrize(
    ("lang", "printed", "told"),
    [
        (
            "en",
            "The lock states diary number KS 2026/123, Norrköpings kommun: stated, not checked by effekt.",
            "the diary number of the lock was not checked: ask the registry that it names",
        ),
        (
            "sv",
            "Låsningen anger diarienummer KS 2026/123, Norrköpings kommun: uppgivet, inte prövat av effekt.",
            "låsningens diarienummer har inte prövats: fråga det register som den anger",
        ),
    ],
)
def test_it_is_signed_with_the_lock_printed_and_named_as_not_checked(
    contract: Contract, lang: Any, printed: str, told: str
) -> None:
    lock = made(contract, **GIVEN)
    assert predicate(lock)["anchor"] == GIVEN
    certificate = workflow.settle(contract, date="2023-09-01", locked=lock).sign(DEMO_KEY)
    assert printed in " ".join(certificate_text(certificate, lang).split())
    verified = workflow.verify(certificate, contract=contract)
    assert verified.ok
    (found,) = [one for one in verified.findings if one.name == "lock_diary"]
    text = found.text.in_language(lang)
    assert found.verdict == "cannot_tell"
    assert text.startswith(printed)
    assert contract.sha256 in text
    assert told in verified.summary.in_language(lang)


def test_a_lock_without_it_is_what_it_was_and_says_nothing(contract: Contract) -> None:
    lock = made(contract)
    assert predicate(lock).keys() == {"schema", "contract", "date", "plan"}
    certificate = workflow.settle(contract, date="2023-09-01", locked=lock).sign(DEMO_KEY)
    found = locked(certificate)
    assert found is not None
    assert (found.diary, found.registry) == ("", "")
    assert "diary" not in certificate_text(certificate, "en")
    assert "lock_diary" not in {one.name for one in workflow.verify(certificate, contract=contract).findings}


def test_whoever_changes_it_breaks_the_signature(contract: Contract) -> None:
    lock = made(contract, **GIVEN)
    other = Envelope(payload=lock.payload.replace(b"2026/123", b"2026/124"), signatures=lock.signatures)
    with pytest.raises(CertificateError, match="not signed by a key of a party of the contract, or was changed"):
        workflow.settle(contract, date="2023-09-01", locked=other)


def test_all_sign_the_same(contract: Contract) -> None:
    first = made(contract, **GIVEN)
    assert made(contract, beside=first, **GIVEN).payload == first.payload
    for other in ({}, GIVEN | {"diary": "KS 2026/9"}):
        with pytest.raises(CertificateError, match="with the same diary number and registry or none; it is not"):
            made(contract, beside=first, **other)


@pytest.mark.parametrize("name", GIVEN)
def test_one_without_the_other_is_refused(contract: Contract, name: str) -> None:
    (other,) = GIVEN.keys() - {name}
    with pytest.raises(ArgumentError, match=rf"^`{name}` must stand with `{other}`, .*; give both or neither\.$"):
        made(contract, **{name: GIVEN[name]})


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("text", ["", " KS 1", "KS\n1", "KS \u202e1", "x" * 201])
def test_what_is_no_visible_line_is_refused(contract: Contract, name: str, text: str) -> None:
    with pytest.raises(CertificateError, match=rf"^The lock's {name} .* is not a line of 1 to 200 visible characters"):
        made(contract, **(GIVEN | {name: text}))
    made(contract, **(GIVEN | {name: "x" * 200}))


@pytest.mark.parametrize(
    ("anchor", "told"),
    [
        ("KS 1", "The lock's anchor is not an object"),
        ({"diary": "KS 1"}, "The lock's anchor lacks the key 'registry'"),
        ({**GIVEN, "day": "2026-01-01"}, "The lock's anchor has the unknown key 'day'"),
        ({**GIVEN, "diary": 1}, "The lock's diary is not a text"),
    ],
)
def test_another_form_is_no_lock(contract: Contract, anchor: Any, told: str) -> None:
    statement = json.loads(made(contract).payload)
    statement["predicate"]["anchor"] = anchor
    forged = sign(Envelope(payload=canonical_json(statement)), DEMO_KEY)
    with pytest.raises(CertificateError, match=f"^{told}; use a certificate or lock that effekt wrote"):
        workflow.settle(contract, date="2023-09-01", locked=forged)


def test_the_command_takes_both(effekt: Callable[..., Any], contract: Contract, tmp_path: Path) -> None:
    options = ("--key", "demo", "--date", DATE, "--lang", "en", "--out")
    path = workflow.case("rate-card") / "contract.yaml"
    given = ("--diary", GIVEN["diary"], "--registry", GIVEN["registry"])
    assert effekt("lock", path, *options, tmp_path / "lock.json", *given)[0] == 0
    assert (tmp_path / "lock.json").read_bytes() == made(contract, **GIVEN).to_bytes()
    code, _, told = effekt("lock", path, *options, tmp_path / "other.json", *given[:2])
    assert code == 2
    assert "`--diary` must stand with `--registry`" in told
    assert not (tmp_path / "other.json").exists()

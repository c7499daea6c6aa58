"""What lies in the folder of a settlement: what binds, what frees, and what nobody signed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, generate_key, public_key, public_text, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, Signature
from effekt.exceptions import CertificateError
from effekt.workflow.in_folder import passed_by, standing

KEY, SECOND, STRANGER = generate_key(), generate_key(), generate_key()


@pytest.fixture
def folder(rate_card: Path) -> Path:
    """The rate card, whose verifier has two keys of its own beside that of demonstrations."""
    path = rate_card / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    own = ", ".join(f'"{public_text(public_key(key))}"' for key in (KEY, SECOND))
    path.write_text(text.replace("keys: [", f"keys: [{own}, "), encoding="utf-8")
    (rate_card / "certificate.json").unlink()
    return rate_card


def settled(folder: Path, date: str, **given: Any) -> Certificate:
    """Settled as if the folder were empty."""
    own = workflow.read_contract(folder / "contract.yaml")
    return workflow.settle(replace(own, folder=None), date=date, data={"months": folder / "months.csv"}, **given)


def damaged(certificate: Certificate) -> Certificate:
    """Another amount than was signed."""
    envelope = certificate.envelope
    assert b"779037.40" in envelope.payload
    payload = envelope.payload.replace(b"779037.40", b"779037.50")
    return Certificate(Envelope(payload=payload, signatures=envelope.signatures))


def again(folder: Path, effekt: Any, lang: str = "en") -> Any:
    out = folder / "out" / "second.json"
    out.parent.mkdir(exist_ok=True)
    return effekt("settle", folder / "contract.yaml", "--date", "2023-10-01", "--out", out, "--lang", lang)


WHY = {
    "en": "! first.json is passed by: it says that it is a certificate of this contract (final, 2023-09-01), and no "
    "signature on it belongs to what it states, so that it binds nobody. If a real one was damaged, get it anew from "
    "whoever signed it and settle again before anything is paid.",
    "sv": "! first.json räknas inte: filen säger sig vara ett intyg enligt detta avtal (final, 2023-09-01), men ingen "
    "underskrift hör till det som står där, så den binder ingen. Om ett riktigt intyg har skadats, hämta det på nytt "
    "från den som undertecknade det och avräkna igen innan något betalas.",
}


@pytest.mark.parametrize(("lang", "place"), [("en", "."), ("sv", "out")])
@pytest.mark.parametrize("key", [KEY, DEMO_KEY])
def test_a_certificate_on_which_no_signature_holds_is_told_and_binds_nobody(
    folder: Path, effekt: Any, lang: str, place: str, key: Any
) -> None:
    (folder / "out").mkdir()
    path = folder / place / "first.json"
    path.write_bytes(damaged(settled(folder, "2023-09-01").sign(key)).to_bytes())
    ran = again(folder, effekt, lang)
    assert (ran.code, ran.err.splitlines()[0]) == (0, WHY[lang])
    assert b"first.json" not in (folder / "out" / "second.json").read_bytes()  # a stray file writes on no certificate


@pytest.mark.parametrize("written", [lambda raw: raw, lambda raw: raw + b"\n", lambda raw: b" " + raw])
def test_a_certificate_that_was_only_written_over_binds_still(folder: Path, effekt: Any, written: Any) -> None:
    """A mail program or an editor cannot unbind what somebody signed."""
    (folder / "first.json").write_bytes(written(settled(folder, "2023-09-01").sign(KEY).to_bytes()))
    ran = again(folder, effekt)
    assert (ran.code, "and this one pays work and home again" in ran.err) == (2, True)
    assert "passed by" not in ran.err


def _superseding(folder: Path, first: Certificate) -> Certificate:
    """One of a later day that takes the place of the first and pays nothing, as it is interim."""
    return settled(folder, "2023-09-02", supersedes=first, reason="an error", kind="interim")


def _by_stranger(certificate: Certificate) -> Certificate:
    return Certificate(sign(certificate.envelope, STRANGER))


@pytest.mark.parametrize(
    ("signed", "goes_on"),
    [
        (lambda one: one.sign(KEY).sign(SECOND), True),
        (lambda one: one.sign(KEY), False),
        (lambda one: one, False),
        (_by_stranger, False),
        (
            lambda one: Certificate(
                Envelope(
                    payload=one.envelope.payload,
                    signatures=tuple(replace(s, signature=bytes(64)) for s in one.sign(KEY).envelope.signatures),
                )
            ),
            False,
        ),
    ],
    ids=["enough", "one of two", "nobody", "a stranger", "forged"],
)
def test_only_what_enough_have_signed_frees_an_earlier_certificate(
    folder: Path, effekt: Any, signed: Any, goes_on: bool
) -> None:
    contract = folder / "contract.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("threshold: 1", "threshold: 2"), encoding="utf-8")
    first = settled(folder, "2023-09-01").sign(KEY).sign(SECOND)
    (folder / "first.json").write_bytes(first.to_bytes())
    (folder / "instead.json").write_bytes(signed(_superseding(folder, first)).to_bytes())
    ran = again(folder, effekt)
    assert ran.code == (0 if goes_on else 2)
    assert ("'first.json' is a final certificate of 2023-09-01, and this one pays" in ran.err) == (not goes_on)


def test_the_new_certificate_frees_all_whose_place_the_one_it_replaces_took(folder: Path, effekt: Any) -> None:
    """A correction that one of two has signed is itself corrected: nobody is left in between."""
    contract = folder / "contract.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("threshold: 1", "threshold: 2"), encoding="utf-8")
    first = settled(folder, "2023-09-01").sign(KEY).sign(SECOND)
    half = settled(folder, "2023-09-02", supersedes=first, reason="an error").sign(KEY)
    for name, one in (("first.json", first), ("half.json", half)):
        (folder / name).write_bytes(one.to_bytes())
    own = workflow.read_contract(contract)
    assert workflow.settle(own, date="2023-10-01", supersedes=half, reason="another error").kind == "final"
    with pytest.raises(CertificateError, match=r"'half\.json' is a final certificate of 2023-09-02"):
        workflow.settle(own, date="2023-10-01", supersedes=first, reason="another error")


def test_a_signature_that_cannot_be_checked_binds_and_is_told(folder: Path, effekt: Any) -> None:
    (folder / "first.json").write_bytes(_by_stranger(settled(folder, "2023-09-01")).to_bytes())
    ran = again(folder, effekt)
    assert (ran.code, ran.err) == (
        2,
        "effekt: The file 'first.json' is a final certificate of 2023-09-01, said to be signed by a key that this "
        "contract does not name, and this one pays work and home too. If the parties changed keys, say that this "
        "certificate takes its place and why (--supersedes, --reason); if not, it is none of theirs: move it to "
        "another folder.\n",
    )


@pytest.mark.parametrize("amount", ["abc", "1/0", "", "NaN"])
def test_a_forged_file_whose_amounts_are_none_ends_in_a_sentence(folder: Path, effekt: Any, amount: str) -> None:
    statement = json.loads(settled(folder, "2023-09-01").envelope.payload)
    for line in statement["predicate"]["settlement"]["lines"]:
        line["amount"] = amount
    forged = sign(Envelope(payload=canonical_json(statement)), STRANGER)
    (folder / "first.json").write_bytes(forged.to_bytes())
    ran = again(folder, effekt)
    assert ran.code == 0  # it cannot be read, so it is another file: no traceback and no internal error


def test_the_standing_of_each(folder: Path) -> None:
    own, one = workflow.read_contract(folder / "contract.yaml"), settled(folder, "2023-09-01")
    signature = Signature(key_id="00" * 32, signature=one.sign(KEY).envelope.signatures[0].signature)
    under_another_id = Certificate(Envelope(payload=one.envelope.payload, signatures=(signature,)))
    found = {
        standing(certificate, own): certificate
        for certificate in (one, one.sign(KEY), _by_stranger(one), damaged(one.sign(KEY)))
    }
    assert set(found) == {"unsigned", "signed", "unchecked", "void"}
    assert standing(one.sign(DEMO_KEY), own) == "unsigned"
    assert standing(damaged(one.sign(DEMO_KEY)), own) == "void"
    assert standing(damaged(one.sign(KEY)).sign(SECOND), own) == "signed"
    assert standing(under_another_id, own) == "signed"
    assert passed_by(folder / "none", own) == ()


@pytest.mark.parametrize("command", [("verify",), ("show",), ("export", "--format", "indigo")])
def test_a_certificate_has_one_limit_whoever_reads_it(
    folder: Path, effekt: Any, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """That of small files, such as a lock, is not that of certificates and pages."""
    monkeypatch.setattr("effekt.cli.options.MAX_BYTES", 99)
    path = folder / "certificate.json"
    path.write_bytes(settled(folder, "2023-09-01").sign(KEY).to_bytes())
    out = ("--out", folder / "told.json") if "export" in command else ()
    ran = effekt(command[0], path, *command[1:], *out)
    assert (ran.code, ran.err) == (0, "")

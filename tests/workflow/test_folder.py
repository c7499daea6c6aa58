"""What lies in the folder of a settlement: what binds, what frees, and what nobody signed."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, generate_key, public_key, public_text, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, Signature
from effekt.exceptions import CertificateError, FolderWarning
from effekt.reports.html import render_page
from effekt.workflow.earlier.in_folder import cautions, standing

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


def _with_more(raw: bytes, **more: Any) -> bytes:
    return json.dumps({**json.loads(raw), **more}).encode()


def _with_a_short_signature(raw: bytes) -> bytes:
    tree = json.loads(raw)
    return _with_more(raw, signatures=[*tree["signatures"], {**tree["signatures"][0], "sig": "AAAA"}])


SAVED_ANEW = {
    "a byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "utf-16": lambda raw: raw.decode().encode("utf-16"),
    "utf-16 without a mark": lambda raw: raw.decode().encode("utf-16-be"),
    "a key too many": lambda raw: _with_more(raw, saved="2023-09-02"),
    "a key too many in a signature": lambda raw: raw.replace(b'{"keyid"', b'{"by":"x","keyid"'),
    "another payload type": lambda raw: raw.replace(b'"payloadType"', b'"payloadtype"'),
    "a wrong signature beside": _with_a_short_signature,
    "cut off at the end": lambda raw: raw[:-2],
    "broken lines": lambda raw: b"\n".join(raw[at : at + 76] for at in range(0, len(raw), 76)),
}


@pytest.mark.parametrize("name", ["first.json", "first.txt"])
@pytest.mark.parametrize("written", SAVED_ANEW.values(), ids=SAVED_ANEW)
def test_a_certificate_that_was_saved_anew_binds_still_and_is_told(
    folder: Path, effekt: Any, written: Any, name: str
) -> None:
    """What was signed stands whole in it: an editor's byte order mark is not to pay the same lines again."""
    (folder / name).write_bytes(written(settled(folder, "2023-09-01").sign(KEY).to_bytes()))
    ran = again(folder, effekt)
    assert (ran.code, f"{name!r} is a final certificate of 2023-09-01, and this one pays" in ran.err) == (2, True)
    assert ran.err.startswith(f"! {name} counts, though it was saved anew and cannot be read as it stands (")
    assert ran.err.count("\n") == 2  # the sentence, and the refusal


def test_a_page_that_was_saved_anew_binds_still(folder: Path, effekt: Any) -> None:
    page = render_page(settled(folder, "2023-09-01").sign(KEY), lang="en")
    (folder / "first.htm").write_bytes(page.replace(' type="application/json"', "").encode("utf-16"))
    ran = again(folder, effekt)
    assert (ran.code, "'first.htm' is a final certificate of 2023-09-01, and this one pays" in ran.err) == (2, True)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_one_that_was_saved_anew_frees_another_as_it_does_as_it_was_written(
    folder: Path, effekt: Any, mark: bytes
) -> None:
    first = settled(folder, "2023-09-01").sign(KEY)
    (folder / "first.json").write_bytes(first.to_bytes())
    (folder / "instead.json").write_bytes(mark + _superseding(folder, first).sign(KEY).to_bytes())
    assert again(folder, effekt).code == 0


def test_one_that_was_saved_anew_without_a_signature_that_holds_frees_no_other(folder: Path, effekt: Any) -> None:
    first = settled(folder, "2023-09-01").sign(KEY)
    (folder / "first.json").write_bytes(first.to_bytes())
    (folder / "instead.json").write_bytes(b"\xef\xbb\xbf" + _superseding(folder, first).to_bytes())
    ran = again(folder, effekt)
    assert (ran.code, "'first.json' is a final certificate of 2023-09-01, and this one pays" in ran.err) == (2, True)


CUT_OFF = {
    "half": ("first.json", lambda raw: raw[: len(raw) // 2]),
    "half of utf-16": ("first.json", lambda raw: raw.decode().encode("utf-16")[: len(raw)]),
    "the other half": ("first.json", lambda raw: raw[len(raw) // 2 :]),
    "under another name": ("first.json.part", lambda raw: raw[: len(raw) // 2]),
    "a few bytes": ("first.json", lambda raw: raw[:6]),
    "empty": ("first.json", lambda raw: b""),
    "without signatures": ("first.json", lambda raw: raw[: raw.index(b'"signatures"')]),
    "two payloads": ("first.json", lambda raw: b'{"payload":"e30="' + b"," + raw[1:]),
    "what was signed alone": ("first.json", lambda raw: b'{"_type":"https://in-toto.io/Statement/v1"}'),
    "an empty page": ("Intyg.html", lambda raw: b""),
    "an altered payload": ("first.json", lambda raw: _with_more(raw, payload="eyJfdHlwZSI6IDF9")),
}


@pytest.mark.parametrize(("name", "written"), CUT_OFF.values(), ids=CUT_OFF)
def test_what_may_be_a_certificate_and_cannot_be_read_is_told(
    folder: Path, effekt: Any, name: str, written: Any
) -> None:
    (folder / name).write_bytes(written(settled(folder, "2023-09-01").sign(KEY).to_bytes()))
    own = workflow.read_contract(folder / "contract.yaml")
    with pytest.warns(FolderWarning) as told:
        workflow.settle(own, date="2023-10-01")
    ran, swedish = again(folder, effekt), cautions(folder, own)[0].sv
    assert (ran.code, len(told)) == (0, 1)
    assert ran.err.splitlines()[0] == f"! {told[0].message}"
    assert str(told[0].message).startswith(f"{name} is passed by: it is or may be a certificate of this contract, and")
    assert swedish.startswith(f"{name} räknas inte: filen är eller kan vara ett intyg enligt detta avtal, men går inte")


def test_what_cannot_be_opened_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = workflow.read_contract(folder / "contract.yaml")
    (folder / "first.json").write_bytes(settled(folder, "2023-09-01").sign(KEY).to_bytes())

    def refused(path: Path, limit: int) -> bytes:
        raise CertificateError(f"The file {path.name!r} cannot be read: Permission denied; check the path.")

    monkeypatch.setattr("effekt.workflow.earlier.in_folder.read_file", refused)
    assert ["(The file 'first.json' cannot be read: Permission denied)" in one.en for one in cautions(folder, own)] == [
        True
    ]


def test_other_files_are_passed_by_without_a_word(folder: Path) -> None:
    own, first = workflow.read_contract(folder / "contract.yaml"), settled(folder, "2023-09-01")
    locked = workflow.lock(own, key=KEY, date="2022-11-20", undecided_accepted=True).to_bytes()
    other = Certificate(Envelope(payload=first.envelope.payload.replace(b"id: rate-card", b"id: rate-cart")))
    files = {
        "table.json": b"\xef\xbb\xbf[1, 2]",
        "runs.json": b'{"a": 1}\n{"a": 2}\n',
        "page.html": b"<p>effekt/certificate/1</p>",
        "lock.json": locked,
        "lock2.json": b"\xef\xbb\xbf" + locked,
        "first.json": first.to_bytes(),
        "other.json": b"\xef\xbb\xbf" + other.to_bytes(),
        "notes.txt": b"the certificate, effekt/certificate/1",
    }
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    assert cautions(folder, own) == ()


def test_a_certificate_that_is_written_beside_a_damaged_one_warns(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "first.json").write_bytes(damaged(settled(folder, "2023-09-01").sign(KEY)).to_bytes())
    with pytest.warns(FolderWarning, match=r"first\.json is passed by"):
        workflow.write_certificate(settled(folder, "2023-10-01"), folder / "out" / "second.json")


def _superseding(folder: Path, first: Certificate) -> Certificate:
    """One of a later day that takes the place of the first and pays nothing, as nobody worked."""
    own, rows = workflow.read_contract(folder / "contract.yaml"), (folder / "months.csv").read_text(encoding="utf-8")
    nobody = pd.read_csv(io.StringIO(rows), sep=";", dtype=str).assign(arbetad_manad=0, eget_boende=0)
    given: dict[str, Any] = {"supersedes": first, "reason": "an error", "data": {"months": nobody}}
    found = workflow.settle(replace(own, folder=None), date="2023-09-02", **given)
    assert found.due == "0.00"
    return found


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


OF_A_STRANGER = {
    "en": "! first.json is passed by as long as nothing turns on it: it says that it is a certificate of this contract "
    "({kind}, 2023-09-01), signed by a key that no party is known to have. If a party changed keys, give the change "
    "(--rotation, `rotations`) and settle again before anything is paid; if not, it is none of theirs: move it to "
    "another folder.",
    "sv": "! first.json räknas inte så länge inget hänger på den: filen säger sig vara ett intyg enligt detta avtal "
    "({kind}, 2023-09-01), undertecknat med en nyckel som man inte vet att någon part har. Om en part har bytt nyckel, "
    "ange bytet (--rotation, `rotations`) och avräkna igen innan något betalas; om inte, är den ingen av parternas: "
    "flytta den till en annan mapp.",
}
BY_UNKNOWN_KEYS = (
    "Whether first.json binds anybody cannot be told: it is signed by a key that no party is known to have, and this "
    "one pays as if not. If a party changed keys, give the change (--rotation, `rotations`), also one of the file "
    "before an amendment; if not, move it to another folder. As soon as it would bind: The file 'first.json' is a "
    "final certificate of 2023-09-01, and this one pays work and home again. Say that it takes its place and why "
    "(--supersedes, --reason), or give each line a true_up whose paid is what was paid before."
)


@pytest.mark.parametrize(("lang", "saved"), [("en", b""), ("sv", b"\xef\xbb\xbf")])
def test_a_certificate_of_a_stranger_on_which_nothing_turns_stops_nobody_and_is_told(
    folder: Path, effekt: Any, lang: str, saved: bytes
) -> None:
    interim = _by_stranger(settled(folder, "2023-09-01", kind="interim"))
    (folder / "first.json").write_bytes(saved + interim.to_bytes())
    ran = again(folder, effekt, lang)
    assert (ran.code, ran.err.splitlines()[0]) == (0, OF_A_STRANGER[lang].format(kind="interim"))
    with pytest.warns(FolderWarning, match=r"^first\.json is passed by as long as nothing turns on it"):
        workflow.settle(workflow.read_contract(folder / "contract.yaml"), date="2023-10-01")


def test_nothing_is_paid_again_where_nobody_can_tell_whose_the_key_is(folder: Path, effekt: Any) -> None:
    (folder / "first.json").write_bytes(_by_stranger(settled(folder, "2023-09-01")).to_bytes())
    ran = again(folder, effekt, "en")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [OF_A_STRANGER["en"].format(kind="final"), f"effekt: {BY_UNKNOWN_KEYS}"]
    own = workflow.read_contract(folder / "contract.yaml")
    with pytest.warns(FolderWarning), pytest.raises(CertificateError, match=re.escape(BY_UNKNOWN_KEYS)):
        workflow.settle(own, date="2023-10-01")
    (folder / "second.json").write_bytes((folder / "first.json").read_bytes())
    both = "Whether first.json and second.json bind anybody cannot be told: they are signed by keys that no party"
    with pytest.warns(FolderWarning), pytest.raises(CertificateError, match=both):
        workflow.settle(own, date="2023-10-01")


def test_a_certificate_signed_by_a_changed_key_binds_with_the_change(folder: Path, effekt: Any) -> None:
    own = workflow.read_contract(folder / "contract.yaml")
    change = workflow.rotate(own, key=KEY, new=public_text(public_key(STRANGER)), date="2023-08-01")
    (folder / "change.json").write_bytes(change.to_bytes())
    first = _by_stranger(settled(folder, "2023-09-01"))
    (folder / "first.json").write_bytes(first.to_bytes())
    settle = ("settle", folder / "contract.yaml", "--date", "2023-10-01", "--rotation", folder / "change.json")
    ran = effekt(*settle, "--lang", "en")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert (
        "The file 'first.json' is a final certificate of 2023-09-01, and this one pays work and home again" in ran.err
    )
    second = settled(folder, "2023-10-01", rotations=[change])
    with pytest.raises(CertificateError, match=r"'first\.json' is a final certificate of 2023-09-01"):
        workflow.write_certificate(second, folder / "second.json", rotations=[change])
    (folder / "instead.json").write_bytes(_by_stranger(_superseding(folder, first)).to_bytes())
    assert effekt(*settle).code == 0  # what enough have signed, by the changed key, frees it


def test_a_change_of_key_that_is_none_is_refused_before_anything_else(folder: Path) -> None:
    one = settled(folder, "2023-09-01").sign(KEY)
    with pytest.raises(CertificateError, match="The change of key is none; make one with `effekt rotate`"):
        settled(folder, "2023-10-01", rotations=[one.envelope])


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
    assert set(found) == {"unsigned", "signed", "stranger", "void"}
    assert standing(one.sign(DEMO_KEY), own) == "unsigned"
    assert standing(damaged(one.sign(DEMO_KEY)), own) == "void"
    assert standing(damaged(one.sign(KEY)).sign(SECOND), own) == "signed"
    assert standing(under_another_id, own) == "signed"
    assert cautions(folder / "none", own) == ()


@pytest.mark.parametrize(("of", "held"), [(None, "signed"), ("0" * 64, "stranger")])
def test_a_key_that_an_amendment_left_out_binds_still(folder: Path, of: str | None, held: str) -> None:
    """The file before is known by its digest, whoever carries it; nobody else's keys come with it."""
    path, first = folder / "contract.yaml", settled(folder, "2023-09-01").sign(KEY)
    before, text = workflow.read_contract(path), path.read_text(encoding="utf-8")
    amendment = (
        f'amendment: {{number: 1, of: "{of or before.sha256}", date: "2023-09-10", reason: {{sv: x, en: x}}, '
        "agreed_by: [municipality, fund, verifier]}\n"
    )
    text = text.replace(f'"{public_text(public_key(KEY))}", ', "")
    for payer, key in (("municipality", STRANGER), ("fund", generate_key())):
        named = f'{payer}: {{role: payer, keys: ["{public_text(public_key(key))}"], '
        text = text.replace(f"{payer}: {{role: payer, ", named)
    path.write_text(text + amendment, encoding="utf-8")
    assert standing(first, workflow.read_contract(path)) == held


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

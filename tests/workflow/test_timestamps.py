"""Timestamps: which bytes, when and by whom, by tokens of openssl and of an authority that the test makes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from timestamp_tokens import IDENTIFIER, SHA256, authority, oid, value

from effekt import workflow
from effekt.certificates import DEMO_KEY, Signature, generate_key, key_id, public_key, public_text, sign
from effekt.certificates.authority import is_signed_by, read_authority
from effekt.certificates.certificate import Certificate
from effekt.certificates.der import Node, read_der
from effekt.certificates.timestamps import read_timestamp
from effekt.exceptions import ArgumentError, CertificateError

GOLDENS = Path(__file__).parents[1] / "goldens" / "timestamps"
MESSAGE = (GOLDENS / "message.txt").read_bytes()
TOKENS = {"rsa.tsr": "rsa.pem", "rsa.tst": "rsa.pem", "ec.tsr": "ec.pem", "v1.tsr": "rsa.pem"}
TIME = "20231001120000Z"
DEMO = public_text(public_key(DEMO_KEY))


def golden(name: str) -> bytes:
    """A certificate as PEM, or a token, which is kept as base64."""
    if name.endswith(".pem"):
        return (GOLDENS / name).read_bytes()
    return base64.b64decode((GOLDENS / f"{name}.b64").read_bytes())


# --- tokens of openssl ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("token", "certificate"), TOKENS.items())
def test_a_token_of_openssl(token: str, certificate: str) -> None:
    stamp, signer = read_timestamp(golden(token)), read_authority(golden(certificate))
    assert stamp.imprint == hashlib.sha256(MESSAGE).hexdigest()
    assert is_signed_by(stamp, signer)
    assert signer.first <= stamp.time <= signer.last
    assert signer.name == "CN=Test authority\\, proves nothing,O=effekt tests"
    assert not is_signed_by(stamp, read_authority(golden("ec.pem" if certificate == "rsa.pem" else "rsa.pem")))


@pytest.mark.parametrize("token", ["rsa.tst", "ec.tsr"])
def test_no_byte_of_a_token_can_be_changed(token: str) -> None:
    """Either it cannot be read, or it is not signed, or what changed is not what the authority signs."""
    raw, certificate = golden(token), read_authority(golden(TOKENS[token]))
    before = read_timestamp(raw)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            after = read_timestamp(changed)
        except CertificateError:
            continue
        assert not is_signed_by(after, certificate) or (after.imprint, after.time) == (before.imprint, before.time), (
            place
        )


def _tags(node: Node, start: int = 0, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], int]]:
    """Each value by its place among the parts of the whole, with where its tag stands."""
    yield place, start
    begin = start + len(node.raw) - len(node.body)
    for k, part in enumerate(node.parts):
        yield from _tags(part, begin, (*place, k))
        begin += len(part.raw)


@pytest.mark.parametrize("token", TOKENS)
def test_no_tag_of_what_is_read_of_a_token_can_be_another(token: str) -> None:
    """Certificates that it carries and what belongs to the name of the signature's algorithm are passed over."""
    raw, certificate = golden(token), read_authority(golden(TOKENS[token]))
    data = (1, 1, 0) if token.endswith("tsr") else (1, 0)
    whole = read_der(raw, "It")
    last = len(_at(whole, data).parts) - 1
    passed = [(*data, last, 0, 4, 1), *((*data, between) for between in range(3, last))]
    tags = [at for place, at in _tags(whole) if not any(place[: len(one)] == one for one in passed)]
    assert len(tags) > 40
    held = []
    for at in tags:
        for bit in range(8):
            changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            try:
                held += [(at, bit)] if is_signed_by(read_timestamp(changed), certificate) else []
            except CertificateError:
                continue
    assert held == []


def _at(node: Node, place: tuple[int, ...]) -> Node:
    for part in place:
        node = node.parts[part]
    return node


@pytest.mark.parametrize("cut", [0, 1, 10, 300])
def test_a_token_that_breaks_off(cut: int) -> None:
    with pytest.raises(CertificateError, match=r"^The timestamp is not DER \(ITU-T X\.690\); use the file as the"):
        read_timestamp(golden("ec.tsr")[:cut])


@pytest.mark.parametrize(
    "part",
    [
        {"outer": 0x31},
        {"version": value(4, b"\x03")},
        {"version": value(2, b"\x01")},
        {"digests": value(0x31, value(0x30, oid("608648016503040203")))},
        {"digests": value(0x31, value(0x30, value(4, b"\x03")))},
        {"digests": value(0x30, value(0x30, oid(SHA256)))},
        {"signer_version": value(2, b"\x03")},
        {"signer_version": value(4, b"\x01")},
    ],
)
def test_what_the_authority_does_not_sign_has_its_form_too(part: dict[str, Any]) -> None:
    made = authority()
    assert is_signed_by(read_timestamp(made.stamp(MESSAGE, TIME)), read_authority(made.pem))
    with pytest.raises(CertificateError, match=r"^The timestamp is no RFC 3161 token of the usual form"):
        read_timestamp(made.stamp(MESSAGE, TIME, **part))


def test_a_token_names_the_certificate_whose_key_signed_it() -> None:
    made, other = authority(), authority()
    by_key = {"signer_version": value(2, b"\x03")}
    assert is_signed_by(
        read_timestamp(made.stamp(MESSAGE, TIME, named=value(0x80, IDENTIFIER), **by_key)), read_authority(made.pem)
    )
    for named, version in ((other.named, {}), (value(0x80, bytes(20)), by_key)):
        stamp = read_timestamp(made.stamp(MESSAGE, TIME, named=named, **version))
        assert not is_signed_by(stamp, read_authority(made.pem))


def test_another_hash_is_refused() -> None:
    with pytest.raises(
        CertificateError, match=r"^The timestamp is not on a SHA-256 digest; ask for one with `openssl ts"
    ):
        read_timestamp(golden("sha512.tsr"))


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"no token", "The timestamp is not DER (ITU-T X.690)"),
        (golden("ec.tsr") + b"\n", "The timestamp has bytes left over at its end"),
        (value(0x30, value(0x30, value(2, b"\x02"))), "The timestamp is a refusal: the authority granted no token"),
        (value(0x30, value(0x30, value(2, b"\x00"))), "The timestamp is a refusal: the authority granted no token"),
        (value(0x30, oid("2a03"), value(0xA0, value(0x30))), "The timestamp is no RFC 3161 token of the usual form"),
        (value(0x30), "The timestamp is no RFC 3161 token of the usual form"),
        (b"\x02\x01\x05", "The timestamp is no RFC 3161 token of the usual form"),
    ],
)
def test_what_is_no_token(raw: bytes, sentence: str) -> None:
    with pytest.raises(CertificateError) as raised:
        read_timestamp(raw)
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x04\x81\x01a",
        b"\x04\x82\x00\x81" + b"a" * 129,
        b"\x1f\x01a",
        b"\x04\x05a",
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x30\x03\x04\x05a",
    ],
)
def test_one_form_of_each_length(raw: bytes) -> None:
    with pytest.raises(CertificateError, match="is not DER"):
        read_der(raw, "The file")


def test_no_depth_exhausts_the_reader() -> None:
    raw = b""
    for _ in range(2000):
        raw = value(0x30, raw)
    with pytest.raises(CertificateError, match="is not DER"):
        read_der(raw, "The file")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The authority's file is no X.509 certificate; give its own, as PEM or DER."),
        (b"-----BEGIN CERTIFICATE-----", "The authority's file is no X.509 certificate; give its own, as PEM or DER."),
        (golden("other.pem"), "The authority's certificate is not for timestamps alone; give the authority's own"),
    ],
)
def test_what_is_no_authority(raw: bytes, sentence: str) -> None:
    with pytest.raises(CertificateError) as raised:
        read_authority(raw)
    assert str(raised.value).startswith(sentence)


def test_pem_and_der_are_one() -> None:
    made = authority()
    assert read_authority(made.pem) == read_authority(made.der)


# --- on a certificate -----------------------------------------------------------------------------------------


def told(folder: Path, certificate: Certificate, **given: Any) -> dict[str, tuple[str, str]]:
    contract = workflow.read_contract(folder / "contract.yaml")
    found = workflow.verify(certificate, contract=contract, **given)
    return {one.name: (one.verdict, one.text.en) for one in found.findings if one.name.startswith("timestamp")}


@pytest.fixture
def certificate(rate_card: Path) -> Certificate:
    return workflow.read_certificate(rate_card / "certificate.json")


def test_a_timestamp_on_the_file(rate_card: Path, certificate: Certificate) -> None:
    made = authority()
    stamp = made.stamp((rate_card / "certificate.json").read_bytes(), TIME)
    assert told(rate_card, certificate, timestamp=stamp, authority=made.pem) == {
        "timestamp": (
            "reproduced",
            "CN=Test authority saw the certificate with its signatures by 2023-10-01 12:00:00 UTC.",
        )
    }
    assert told(rate_card, certificate, timestamp=stamp)["timestamp"] == (
        "cannot_tell",
        "A timestamp says 2023-10-01 12:00:00 UTC of the certificate with its signatures; whose it is was not checked: "
        "give --authority.",
    )
    assert told(rate_card, certificate) == {}


def test_a_timestamp_on_the_statement_says_nothing_of_signatures(rate_card: Path, certificate: Certificate) -> None:
    made = authority()
    unsigned = Certificate(type(certificate.envelope)(payload=certificate.envelope.payload))
    for message, one in ((certificate.envelope.payload, certificate), (unsigned.to_bytes(), unsigned)):
        found = told(rate_card, one, timestamp=made.stamp(message, TIME), authority=made.pem)
        assert found["timestamp"][1].startswith("CN=Test authority saw what the certificate states (signed or not) by")


@pytest.fixture
def of_two(rate_card: Path) -> tuple[Certificate, Certificate, Certificate]:
    """A certificate before it is signed, with one signature and with two, of which the second stands first."""
    commissioner = generate_key()
    while key_id(public_key(commissioner)) > key_id(public_key(DEMO_KEY)):
        commissioner = generate_key()
    path = rate_card / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("{threshold: 1, roles: [", "{threshold: 2, roles: [payer, ")
    named = text.replace("municipality: {", f'municipality: {{keys: ["{public_text(public_key(commissioner))}"], ')
    path.write_text(named, encoding="utf-8")
    made = workflow.settle(workflow.read_contract(path), date="2023-09-01")
    return made, made.sign(DEMO_KEY), made.sign(DEMO_KEY).sign(commissioner)


def test_a_timestamp_from_before_all_had_signed(rate_card: Path, of_two: tuple[Certificate, ...]) -> None:
    """The file was honest when it was stamped; a signature that came after takes nothing from that."""
    none, one, two = of_two
    made = authority()
    for before, covered in (
        (none, "what the certificate states (signed or not)"),
        (one, "the certificate with, of its signatures, 1 (verifier)"),
        (two, "the certificate with its signatures"),
    ):
        found = told(rate_card, two, timestamp=made.stamp(before.to_bytes(), TIME), authority=made.pem)
        assert found == {
            "timestamp": ("reproduced", f"CN=Test authority saw {covered} by 2023-10-01 12:00:00 UTC."),
        }
    stamp = made.stamp(one.to_bytes(), TIME)
    contract = workflow.read_contract(rate_card / "contract.yaml")
    found = workflow.verify(two, contract=contract, timestamp=stamp, authority=made.pem).findings
    assert next(each.text.sv for each in found if each.name == "timestamp") == (
        "CN=Test authority såg intyget med 1 av sina underskrifter (verifier) senast 2023-10-01 12:00:00 UTC."
    )


def test_of_many_signatures_not_every_selection_is_looked_for(rate_card: Path, certificate: Certificate) -> None:
    envelope = type(certificate.envelope)
    more = tuple(Signature(key_id=f"{each:064x}", signature=bytes(64)) for each in range(8))
    crowded = Certificate(
        envelope(payload=certificate.envelope.payload, signatures=(*certificate.envelope.signatures, *more))
    )
    made = authority()
    none = Certificate(envelope(payload=certificate.envelope.payload))
    for whole in (crowded, none):
        assert told(rate_card, crowded, timestamp=made.stamp(whole.to_bytes(), TIME))["timestamp"][1].startswith("A ")
    assert told(rate_card, crowded, timestamp=made.stamp(certificate.to_bytes(), TIME))["timestamp"] == (
        "cannot_tell",
        "The timestamp of 2023-10-01 12:00:00 UTC is on neither what the certificate states nor it with all its "
        "signatures; whether it is on it with some of them is not looked for where there are more than 8: ask for one "
        "on the file as it is.",
    )


def test_a_timestamp_on_other_bytes(rate_card: Path, certificate: Certificate) -> None:
    made = authority()
    for message in (b"other", certificate.to_bytes() + b"\n"):
        found = told(rate_card, certificate, timestamp=made.stamp(message, TIME), authority=made.pem)
        assert found["timestamp"] == (
            "different",
            "The timestamp of 2023-10-01 12:00:00 UTC is on other bytes than this certificate's.",
        )


def test_a_timestamp_of_somebody_else(rate_card: Path, certificate: Certificate) -> None:
    stamp = authority().stamp(certificate.to_bytes(), TIME)
    assert told(rate_card, certificate, timestamp=stamp, authority=authority().pem)["timestamp"] == (
        "different",
        "The timestamp is not signed by CN=Test authority, whose certificate was given, or was changed.",
    )


def test_a_timestamp_outside_the_authority_s_days(rate_card: Path, certificate: Certificate) -> None:
    made = authority(2020, 2023)
    stamp = made.stamp(certificate.to_bytes(), TIME)
    assert told(rate_card, certificate, timestamp=stamp, authority=made.pem)["timestamp"] == (
        "different",
        "The timestamp's time lies outside the days of the authority's certificate, 2020-01-01 to 2023-01-01.",
    )


def test_a_key_that_ended_before_the_timestamp(rate_card: Path) -> None:
    """Whoever has an old key can date a certificate back; the timestamp does not show that it was made in time."""
    path = rate_card / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(f'keys: ["{DEMO}"]', f'keys: ["{DEMO}"]\n    valid: [{{key: "{DEMO}", to: "2023-09-30"}}]'),
        encoding="utf-8",
    )
    signed = workflow.settle(workflow.read_contract(path), date="2023-09-01").sign(DEMO_KEY)
    made = authority()
    late = told(rate_card, signed, timestamp=made.stamp(signed.to_bytes(), TIME), authority=made.pem)
    assert late["timestamp_key"] == (
        "cannot_tell",
        "A key of verifier ended on 2023-09-30; the timestamp does not show that it had signed by then.",
    )
    in_time = made.stamp(signed.to_bytes(), "20230930235959Z")
    assert "timestamp_key" not in told(rate_card, signed, timestamp=in_time, authority=made.pem)
    on_statement = made.stamp(signed.envelope.payload, "20230930235959Z")
    assert "timestamp_key" in told(rate_card, signed, timestamp=on_statement, authority=made.pem)


@pytest.mark.parametrize(
    ("time", "date", "key"),
    [
        ("20210101120000Z", True, True),
        ("20230729235959Z", True, True),
        ("20230731120000Z", True, False),
        ("20230830235959Z", True, False),
        ("20230831000000Z", False, False),
    ],
)
def test_a_certificate_signed_before_its_day(rate_card: Path, time: str, date: bool, key: bool) -> None:
    """Its date is after everything that must be over, and its signature is not; a day is left to time zones."""
    path = rate_card / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    valid = f'keys: ["{DEMO}"]\n    valid: [{{key: "{DEMO}", from: "2023-07-31"}}]'
    path.write_text(text.replace(f'keys: ["{DEMO}"]', valid), encoding="utf-8")
    signed = workflow.settle(workflow.read_contract(path), date="2023-09-01").sign(DEMO_KEY)
    made = authority()
    day = f"{time[:4]}-{time[4:6]}-{time[6:8]}"
    dated = (
        "different",
        f"It is dated 2023-09-01 and was signed by {day}: it bears a later day than that of its signature, so what "
        "must be over by its date need not have been.",
    )
    held = ("different", f"A key of verifier holds from 2023-07-31, and had signed by {day}.")
    found = told(rate_card, signed, timestamp=made.stamp(signed.to_bytes(), time), authority=made.pem)
    assert found.pop("timestamp")[0] == "reproduced"
    assert found == ({"timestamp_date": dated} if date else {}) | ({"timestamp_key": held} if key else {})
    unproven = told(rate_card, signed, timestamp=made.stamp(signed.to_bytes(), time))
    assert [*unproven] == ["timestamp"]
    drafted = told(rate_card, signed, timestamp=made.stamp(signed.envelope.payload, time), authority=made.pem)
    assert drafted.pop("timestamp")[0] == "reproduced"
    not_shown = (
        "cannot_tell",
        f"It is dated 2023-09-01, and what it states was written by {day}; whether it was signed before its date too "
        "the timestamp does not show: ask for one on the file with its signatures.",
    )
    assert drafted == ({"timestamp_date": not_shown} if date else {})


def test_an_authority_goes_with_a_timestamp(rate_card: Path, certificate: Certificate) -> None:
    with pytest.raises(ArgumentError, match=r"^`authority` goes with `timestamp`; give the timestamp too\.$"):
        told(rate_card, certificate, authority=authority().pem)


def test_on_the_command_line(rate_card: Path, certificate: Certificate, effekt: Any) -> None:
    made = authority()
    (rate_card / "stamp.tsr").write_bytes(made.stamp(certificate.to_bytes(), TIME))
    (rate_card / "tsa.pem").write_bytes(made.pem)
    given = ("verify", rate_card / "certificate.json", "--contract", rate_card / "contract.yaml")
    stamp = ("--timestamp", rate_card / "stamp.tsr")
    both = effekt(*given, *stamp, "--authority", rate_card / "tsa.pem")
    assert both.code == 0
    assert "såg intyget med sina underskrifter senast 2023-10-01 12:00:00 UTC." in both.out
    alone = effekt(*given, *stamp)
    assert alone.code == 0
    assert "vems tidsstämpeln är har inte prövats: ange --authority" in alone.out
    (rate_card / "certificate.json").write_bytes(Certificate(sign(certificate.envelope, DEMO_KEY)).to_bytes())
    wrong = effekt("verify", rate_card / "certificate.json", *stamp, "--authority", rate_card / "contract.yaml")
    assert wrong.code == 2
    assert "no X.509 certificate" in wrong.err

"""The envelope against DSSE vectors, another implementation, and every change of a byte."""

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from effekt.certificates.canonical import encode_base64
from effekt.certificates.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    check_signatures,
    pae,
    read_envelope,
    sign,
    verified_signers,
)
from effekt.certificates.signing import DEMO_KEY, generate_key, key_id, public_key, sign_message
from effekt.exceptions import CertificateError

# RFC 8032, section 7.1, tests 1 and 2: the keys of the DSSE test vectors
KEY_A = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
KEY_B = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
)
A, B = public_key(KEY_A), public_key(KEY_B)
PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'
BOTH = sign(sign(Envelope(payload=PAYLOAD), KEY_A), KEY_B)
RAW = BOTH.to_bytes()


def _compact(tree: object) -> bytes:
    """JSON without white space, keys as they come."""
    return json.dumps(tree, separators=(",", ":")).encode()


def test_the_vector_of_the_dsse_protocol() -> None:
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, section "Test Vectors"
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == expected


def test_lengths_are_of_bytes() -> None:
    assert pae("application/vnd.exämple+json", "å".encode()) == "DSSEv1 29 application/vnd.exämple+json 2 å".encode()
    assert pae("", b"") == b"DSSEv1 0  0 "


# https://github.com/secure-systems-lab/dsse, testvectors/vectors.json: payload, key, signature
@pytest.mark.parametrize(
    ("payload", "key", "signature"),
    [
        (
            PAYLOAD,
            KEY_A,
            "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==",
        ),
        (
            PAYLOAD,
            KEY_B,
            "c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw==",
        ),
        (
            b"",
            KEY_A,
            "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==",
        ),
    ],
)
def test_signatures_of_the_dsse_vectors(payload: bytes, key: Ed25519PrivateKey, signature: str) -> None:
    signed = sign(Envelope(payload=payload), key)
    assert [encode_base64(one.signature) for one in signed.signatures] == [signature]


def test_url_safe_base64_of_the_dsse_vectors_is_read_but_named() -> None:
    tree = {
        "payload": "-_-_Pj8=",
        "payloadType": PAYLOAD_TYPE,
        "signatures": [
            {
                "keyid": key_id(A),
                "sig": "P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw==",
            }
        ],
    }
    envelope = read_envelope(_compact(tree))
    assert [found.name for found in envelope.discrepancies] == ["payload_base64", "signature_base64"]
    assert verified_signers(envelope, [A]) == ()
    assert verified_signers(dataclasses.replace(envelope, discrepancies=()), [A]) == (key_id(A),)


def test_a_signature_of_another_payload_type_does_not_count() -> None:
    signature = sign_message(KEY_A, pae("application/vnd.example.other+json", PAYLOAD))
    envelope = Envelope(payload=PAYLOAD, signatures=(Signature(key_id=key_id(A), signature=signature),))
    assert verified_signers(envelope, [A]) == ()


def test_the_canonical_bytes() -> None:
    signatures = sorted(
        (key_id(public), encode_base64(sign_message(key, pae(PAYLOAD_TYPE, PAYLOAD))))
        for public, key in ((A, KEY_A), (B, KEY_B))
    )
    entries = ",".join(f'{{"keyid":"{identity}","sig":"{sig}"}}' for identity, sig in signatures)
    expected = (
        f'{{"payload":"{encode_base64(PAYLOAD)}","payloadType":"application/vnd.in-toto+json",'
        f'"signatures":[{entries}]}}'
    )
    assert BOTH.to_bytes() == expected.encode()


def test_an_envelope_survives_its_bytes() -> None:
    assert read_envelope(BOTH.to_bytes()) == BOTH
    assert BOTH.discrepancies == ()


def test_the_order_of_signing_does_not_matter() -> None:
    assert sign(sign(Envelope(payload=PAYLOAD), KEY_B), KEY_A) == BOTH


@given(st.binary(max_size=50))
def test_any_payload_survives(payload: bytes) -> None:
    signed = sign(Envelope(payload=payload), KEY_A)
    assert read_envelope(signed.to_bytes()) == signed
    assert verified_signers(signed, [A]) == (key_id(A),)


def test_signers_are_those_of_the_given_keys() -> None:
    stranger = public_key(generate_key())
    both = tuple(sorted((key_id(A), key_id(B))))
    assert verified_signers(BOTH, [A, B]) == both
    assert verified_signers(BOTH, [B, A, A, stranger]) == both
    assert verified_signers(BOTH, [A]) == (key_id(A),)
    assert verified_signers(BOTH, [stranger]) == ()
    assert verified_signers(BOTH, []) == ()
    assert verified_signers(Envelope(payload=PAYLOAD), [A, B]) == ()


def test_unknown_keys_are_named_and_do_not_count() -> None:
    check = check_signatures(BOTH, [A])
    assert (check.signers, check.unknown, check.discrepancies) == ((key_id(A),), (key_id(B),), ())


def test_a_key_signs_once() -> None:
    assert sign(BOTH, KEY_A) == BOTH
    own = next(one for one in BOTH.signatures if one.key_id == key_id(A))
    forged = replace(BOTH, signatures=(replace(own, signature=bytes(64)),))
    with pytest.raises(CertificateError) as raised:
        sign(forged, KEY_A)
    assert str(raised.value) == f"The envelope has a signature by key {key_id(A)} that is not valid; use the original."


def test_a_changed_envelope_is_not_signed() -> None:
    changed = read_envelope(BOTH.to_bytes() + b"\n")
    with pytest.raises(CertificateError) as raised:
        sign(changed, DEMO_KEY)
    assert str(raised.value) == "The envelope was changed (envelope_form) and cannot be signed; use the original."


def test_a_weak_key_among_the_keys_is_refused() -> None:
    with pytest.raises(CertificateError, match=r"^The public key is weak"):
        verified_signers(BOTH, [A, bytes(32)])


def test_one_key_that_signs_twice_counts_once() -> None:
    entry = sign(Envelope(payload=PAYLOAD), KEY_A).signatures[0]
    twice = Envelope(payload=PAYLOAD, signatures=(entry, entry))
    assert verified_signers(twice, [A, B]) == (key_id(A),)
    read = read_envelope(twice.to_bytes())
    assert [found.name for found in read.discrepancies] == ["signature_repeated"]
    assert verified_signers(read, [A, B]) == ()


def test_swapped_key_ids_are_found() -> None:
    first, second = BOTH.signatures
    swapped = Envelope(
        payload=PAYLOAD,
        signatures=(
            Signature(key_id=first.key_id, signature=second.signature),
            Signature(key_id=second.key_id, signature=first.signature),
        ),
    )
    check = check_signatures(read_envelope(swapped.to_bytes()), [A, B])
    assert check.signers == ()
    assert [found.name for found in check.discrepancies] == ["key_id_mismatch", "key_id_mismatch"]
    assert check.discrepancies[0].en == f"The signature with key id {first.key_id} was made by key {second.key_id}."
    assert check.discrepancies[0].sv == (
        f"Signaturen med nyckel-id {first.key_id} är gjord med nyckel {second.key_id}."
    )


def test_a_changed_payload_is_found() -> None:
    changed = Envelope(payload=PAYLOAD.replace(b"v1", b"v2"), signatures=BOTH.signatures)
    check = check_signatures(changed, [A])
    assert check.signers == ()
    assert check.unknown == (key_id(B),)
    assert [(found.name, found.sv, found.en) for found in check.discrepancies] == [
        (
            "signature_invalid",
            f"Signaturen från nyckel {key_id(A)} hör inte till filens innehåll.",
            f"The signature of key {key_id(A)} does not belong to the file's payload.",
        )
    ]


def test_reordered_signatures_are_found() -> None:
    tree = json.loads(BOTH.to_bytes())
    tree["signatures"].reverse()
    envelope = read_envelope(_compact(tree))
    assert [found.name for found in envelope.discrepancies] == ["signature_order"]
    assert verified_signers(envelope, [A, B]) == ()
    assert envelope.to_bytes() == BOTH.to_bytes()


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (RAW + b"\n", ["envelope_form"]),
        (b" " + RAW, ["envelope_form"]),
        (RAW.replace(b'":"', b'": "', 1), ["envelope_form"]),
        (RAW.replace(b'"payload"', rb'"p\u0061yload"'), ["envelope_form"]),
        (RAW.replace(b"vnd.in-toto", rb"vnd\u002ein-toto"), ["envelope_form"]),
        (RAW.replace(b"application/", rb"application\/"), ["envelope_form"]),
        (json.dumps(json.loads(RAW), indent=2).encode(), ["envelope_form"]),
        (_compact(dict(reversed(json.loads(RAW).items()))), ["envelope_form"]),
    ],
)
def test_other_spellings_are_named(raw: bytes, names: list[str]) -> None:
    envelope = read_envelope(raw)
    assert [found.name for found in envelope.discrepancies] == names
    assert verified_signers(envelope, [A, B]) == ()
    assert envelope.to_bytes() == RAW


def test_unused_base64_bits_are_named() -> None:
    tree = json.loads(sign(Envelope(payload=b"{}"), KEY_A).to_bytes())
    assert tree["payload"] == "e30="
    tree["payload"] = "e31="
    tree["signatures"][0]["sig"] = _next_unused_bit(tree["signatures"][0]["sig"])
    envelope = read_envelope(_compact(tree))
    assert envelope.payload == b"{}"
    assert [found.name for found in envelope.discrepancies] == ["payload_base64", "signature_base64"]
    assert verified_signers(envelope, [A]) == ()


def _next_unused_bit(sig: str) -> str:
    """The base64 of the same 64 bytes with one of the four unused bits of its last digit set."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return sig[:-3] + digits[digits.index(sig[-3]) + 1] + "=="


def _accepted(raw: bytes) -> bool:
    """Whether a verifier with both keys would take the bytes for an intact envelope signed by anyone."""
    try:
        envelope = read_envelope(raw)
    except CertificateError:
        return False
    assert (envelope.to_bytes() == raw) == (not envelope.discrepancies)
    check = check_signatures(envelope, [A, B])
    return bool(check.signers) and not check.discrepancies and not check.unknown


def test_the_intact_envelope_is_accepted() -> None:
    assert _accepted(RAW)


@pytest.mark.parametrize("bit", range(8))
def test_no_flipped_bit_is_accepted(bit: int) -> None:
    for place in range(len(RAW)):
        changed = bytearray(RAW)
        changed[place] ^= 1 << bit
        assert not _accepted(bytes(changed)), place


@pytest.mark.parametrize("other", [b"", b" ", b"A", b'"', b"=", b"\x00", b"0"])
def test_no_replaced_byte_is_accepted(other: bytes) -> None:
    for place in range(len(RAW)):
        if RAW[place : place + 1] != other:
            assert not _accepted(RAW[:place] + other + RAW[place + 1 :]), place


@pytest.mark.parametrize("other", [b" ", b"A", b",", b"=", b"\xef\xbb\xbf"])
def test_no_inserted_byte_is_accepted(other: bytes) -> None:
    for place in range(len(RAW) + 1):
        assert not _accepted(RAW[:place] + other + RAW[place:]), place


def test_no_truncation_is_accepted() -> None:
    for length in range(len(RAW)):
        assert not _accepted(RAW[:length]), length


def test_no_flipped_bit_of_what_one_key_signed_is_accepted_by_who_knows_that_key_alone() -> None:
    raw = sign(Envelope(payload=PAYLOAD), KEY_A).to_bytes()
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        try:
            assert verified_signers(read_envelope(bytes(changed)), [A]) == ()
        except CertificateError:
            continue


def _spelled(**changes: object) -> bytes:
    """The envelope with some keys changed."""
    return _compact({**json.loads(RAW), **changes})


SIGNATURE = json.loads(RAW)["signatures"][0]
HEX = "A signature's keyid is not 64 lower-case hexadecimal digits; use the file as it was written."
DISCREPANCIES = {
    "envelope_form": (
        RAW + b" ",
        "Den signerade filen är inte skriven i kanonisk form (RFC 8785).",
        "The signed file is not written in canonical form (RFC 8785).",
    ),
    "payload_base64": (
        _spelled(payload=json.loads(RAW)["payload"].replace("fQ==", "fR==")),
        "Den signerade filens innehåll är inte skrivet i kanonisk base64 (RFC 4648).",
        "The payload of the signed file is not written in canonical base64 (RFC 4648).",
    ),
    "signature_base64": (
        _spelled(signatures=[{**SIGNATURE, "sig": _next_unused_bit(SIGNATURE["sig"])}]),
        "En signatur är inte skriven i kanonisk base64 (RFC 4648).",
        "A signature is not written in canonical base64 (RFC 4648).",
    ),
    "signature_order": (
        _spelled(signatures=json.loads(RAW)["signatures"][::-1]),
        "Signaturerna står inte i ordning efter nyckel-id.",
        "The signatures are not in the order of their key ids.",
    ),
    "signature_repeated": (
        _spelled(signatures=[SIGNATURE, SIGNATURE]),
        "Ett nyckel-id har mer än en signatur.",
        "A key id has more than one signature.",
    ),
}


@pytest.mark.parametrize("name", DISCREPANCIES)
def test_discrepancies_are_sentences(name: str) -> None:
    raw, sv, en = DISCREPANCIES[name]
    (found,) = read_envelope(raw).discrepancies
    assert (found.name, found.sv, found.en) == (name, sv, en)


def test_all_discrepancies_are_named_at_once() -> None:
    entry = {**SIGNATURE, "sig": _next_unused_bit(SIGNATURE["sig"])}
    names = [found.name for found in read_envelope(_spelled(signatures=[entry, SIGNATURE]) + b" ").discrepancies]
    assert names == ["envelope_form", "signature_base64", "signature_repeated"]
    with pytest.raises(CertificateError, match=r"changed \(envelope_form, signature_base64, signature_repeated\)"):
        sign(read_envelope(_spelled(signatures=[entry, SIGNATURE]) + b" "), DEMO_KEY)


def test_64_signatures_are_not_too_many() -> None:
    assert len(read_envelope(_spelled(signatures=[SIGNATURE] * 64)).signatures) == 64


@pytest.mark.parametrize(
    "value", [BOTH, *BOTH.signatures, check_signatures(BOTH, [A]), *read_envelope(RAW + b" ").discrepancies]
)
def test_values_are_frozen(value: Any) -> None:
    for name in type(value).__slots__:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        type(value)(PAYLOAD)


UNREADABLE = {
    "text": (b"hello", "The envelope is not JSON at line 1, column 1; use it as it was written."),
    "list": (b"[]", "The envelope is not a JSON object; use the file as it was written."),
    "no payload": (
        b'{"payloadType":"","signatures":[]}',
        "The envelope lacks the key 'payload'; use the file as it was written.",
    ),
    "extra key": (_spelled(x=1), "The envelope has the unknown key 'x'; use the file as it was written."),
    "second payload": (
        RAW[:-1] + b',"payload":""}',
        "The envelope has the key 'payload' twice in one object; keep one of them.",
    ),
    "other type": (
        _spelled(payloadType="application/json"),
        "The envelope's payloadType is not 'application/vnd.in-toto+json'; use a certificate.",
    ),
    "payload number": (
        _spelled(payload=1),
        "The envelope's payload is not a text; use the file as it was written.",
    ),
    "payload text": (
        _spelled(payload="å"),
        "The envelope's payload is not base64; use it as it was written.",
    ),
    "signatures object": (
        _spelled(signatures={}),
        "The envelope's signatures are not a list; use the file as it was written.",
    ),
    "signature text": (
        _spelled(signatures=["x"]),
        "A signature is not a JSON object; use the file as it was written.",
    ),
    "no keyid": (
        _spelled(signatures=[{"sig": SIGNATURE["sig"]}]),
        "A signature lacks the key 'keyid'; use the file as it was written.",
    ),
    "extra in signature": (
        _spelled(signatures=[{**SIGNATURE, "cert": ""}]),
        "A signature has the unknown key 'cert'; use the file as it was written.",
    ),
    "upper-case keyid": (_spelled(signatures=[{**SIGNATURE, "keyid": SIGNATURE["keyid"].upper()}]), HEX),
    "short keyid": (_spelled(signatures=[{**SIGNATURE, "keyid": SIGNATURE["keyid"][1:]}]), HEX),
    "keyid with newline": (_spelled(signatures=[{**SIGNATURE, "keyid": SIGNATURE["keyid"] + "\n"}]), HEX),
    "keyid null": (_spelled(signatures=[{**SIGNATURE, "keyid": None}]), HEX),
    "sig number": (
        _spelled(signatures=[{**SIGNATURE, "sig": 1}]),
        "A signature's sig is not a text; use the file as it was written.",
    ),
    "short sig": (
        _spelled(signatures=[{**SIGNATURE, "sig": "AAAA"}]),
        "A signature's sig is 3 bytes; an ed25519 signature is 64.",
    ),
    "many signatures": (
        _spelled(signatures=[SIGNATURE] * 65),
        "The envelope has 65 signatures; at most 64 are allowed.",
    ),
}


@pytest.mark.parametrize(("raw", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_an_envelope(raw: bytes, sentence: str) -> None:
    with pytest.raises(CertificateError) as raised:
        read_envelope(raw)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The file is empty: no certificate stands in it; use the file as it was written."),
        (b" \r\n", "The file is empty: no certificate stands in it; use the file as it was written."),
        (
            b"\xef\xbb\xbf" + RAW,
            "The envelope begins with a byte order mark: a program saved it anew; use the file as it was written.",
        ),
    ],
)
def test_what_a_program_did_to_the_file_is_said(raw: bytes, sentence: str) -> None:
    with pytest.raises(CertificateError) as error:
        read_envelope(raw)
    assert str(error.value) == sentence

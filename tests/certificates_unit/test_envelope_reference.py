"""The envelope against another implementation of DSSE, securesystemslib, and the statement against a plain reader."""

import base64
import contextlib
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.dsse import Envelope as ReferenceEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Key  # type: ignore[attr-defined]

from effekt import workflow
from effekt.certificates.envelope import PAYLOAD_TYPE, Envelope, pae, sign
from effekt.certificates.signing import DEMO_KEY, generate_key, key_id, public_key, public_text

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'


def _reference_key(public: bytes) -> Key:
    """The public key as the reference implementation has it."""
    fields = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public.hex()}}
    return Key.from_dict(key_id(public), fields)


def test_the_reference_implementation_accepts_our_envelope() -> None:
    key = generate_key()
    both = sign(sign(Envelope(payload=PAYLOAD), DEMO_KEY), key)
    keys = [_reference_key(public_key(DEMO_KEY)), _reference_key(public_key(key))]
    reference = ReferenceEnvelope.from_dict(json.loads(both.to_bytes()))
    assert reference.payload == PAYLOAD
    assert reference.pae() == pae(PAYLOAD_TYPE, PAYLOAD)
    assert set(reference.verify(keys, 2)) == {one.keyid for one in keys}
    reference.payload += b" "
    with pytest.raises(VerificationError):
        reference.verify(keys, 1)


# --- the statement, by a reader of its own --------------------------------------------------------------------

STORED = sorted((Path(__file__).parents[1] / "certificates").glob("*/*/certificate.json"))


def in_toto_statement(raw: bytes, keys: list[bytes]) -> dict[str, Any]:
    """Read an envelope by DSSE 1.0 and its in-toto Statement 1 by their texts alone, nothing of effekt in it.

    https://github.com/secure-systems-lab/dsse/blob/master/protocol.md and
    https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
    """
    envelope = json.loads(raw)
    kind, payload = envelope["payloadType"], base64.b64decode(envelope["payload"], validate=True)
    signed = b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)
    accepted = set()
    for signature in envelope["signatures"]:
        for key in keys:
            with contextlib.suppress(InvalidSignature):
                Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature["sig"]), signed)
                accepted.add(key)
    assert accepted == set(keys)
    assert kind == "application/vnd.in-toto+json"
    statement: dict[str, Any] = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert isinstance(statement["predicate"], dict)
    assert re.match(r"[a-z][a-z0-9+.-]*:", statement["predicateType"])  # an absolute URI (RFC 3986, section 4.3)
    assert statement["subject"]
    for subject in statement["subject"]:
        assert re.fullmatch(r"[0-9a-f]{64}", subject["digest"]["sha256"])
    assert len({subject["name"] for subject in statement["subject"]}) == len(statement["subject"])
    return statement


@pytest.mark.parametrize("path", STORED, ids=[f"{path.parts[-3]}-{path.parts[-2]}" for path in STORED])
def test_every_stored_certificate_is_an_in_toto_statement(path: Path) -> None:
    statement = in_toto_statement(path.read_bytes(), [public_key(DEMO_KEY)])
    contract = statement["predicate"]["contract"]["text"]
    digests = {subject["digest"]["sha256"] for subject in statement["subject"]}
    assert hashlib.sha256(contract.encode()).hexdigest() in digests


def test_locks_rotations_and_public_statements_are_in_toto_statements() -> None:
    contract = workflow.case_contract("rate-card")
    lock = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    rotated = workflow.rotate(contract, key=DEMO_KEY, new=public_text(public_key(generate_key())), date="2023-06-01")
    certificate = workflow.settle(contract, date="2023-09-01").sign(DEMO_KEY)
    public = workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32))
    found = [in_toto_statement(one.to_bytes(), [public_key(DEMO_KEY)]) for one in (lock, rotated, public)]
    assert [one["predicateType"] for one in found] == [
        f"urn:effekt:{kind}:1" for kind in ("lock", "rotation", "public")
    ]

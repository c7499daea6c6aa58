"""The envelope against another implementation of DSSE, securesystemslib."""

import json

import pytest
from securesystemslib.dsse import Envelope as ReferenceEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Key  # type: ignore[attr-defined]

from effekt.certificates.envelope import PAYLOAD_TYPE, Envelope, pae, sign
from effekt.certificates.signing import DEMO_KEY, generate_key, key_id, public_key

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

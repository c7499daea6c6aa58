"""Certificates: what is stated (statement), by whom (envelope, signing) and on which bytes (digests)."""

from effekt.certificates.canonical import canonical_json, parse_json
from effekt.certificates.digests import logical_digest, sha256_bytes, sha256_file
from effekt.certificates.disclosure import HIDDEN, count_text, suppress, suppress_count
from effekt.certificates.envelope import (
    PAYLOAD_TYPE,
    Discrepancy,
    Envelope,
    Signature,
    SignatureCheck,
    check_signatures,
    pae,
    read_envelope,
    sign,
    verified_signers,
)
from effekt.certificates.files import check_place, read_file, write_atomic
from effekt.certificates.signing import (
    DEMO_KEY,
    PrivateKey,
    generate_key,
    is_demo_key,
    key_id,
    public_key,
    public_text,
    read_private_key,
    read_public_key,
    write_private_key,
)
from effekt.certificates.statement import (
    CERTIFICATE_TYPE,
    LOCK_TYPE,
    Statement,
    Subject,
    lock_statement,
    read_statement,
)

__all__ = [
    "CERTIFICATE_TYPE",
    "DEMO_KEY",
    "HIDDEN",
    "LOCK_TYPE",
    "PAYLOAD_TYPE",
    "Discrepancy",
    "Envelope",
    "PrivateKey",
    "Signature",
    "SignatureCheck",
    "Statement",
    "Subject",
    "canonical_json",
    "check_place",
    "check_signatures",
    "count_text",
    "generate_key",
    "is_demo_key",
    "key_id",
    "lock_statement",
    "logical_digest",
    "pae",
    "parse_json",
    "public_key",
    "public_text",
    "read_envelope",
    "read_file",
    "read_private_key",
    "read_public_key",
    "read_statement",
    "sha256_bytes",
    "sha256_file",
    "sign",
    "suppress",
    "suppress_count",
    "verified_signers",
    "write_atomic",
    "write_private_key",
]

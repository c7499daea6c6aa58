"""Timestamp tokens (RFC 3161): which bytes an authority saw, when, and which bytes it signed to say so.

Only what a token needs is read, and that only in the one form that the standard prescribes; certificates and lists of
revoked ones that it carries, its policy and accuracy are passed over. The token is made elsewhere, for
example with `openssl ts`; here it is checked, never fetched.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from effekt.certificates.der import BITS, INTEGER, NULL, OCTETS, OID, SEQUENCE, SET, TIME, Node, oid, parts_of, read_der
from effekt.exceptions import CertificateError

HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_SIGNED_DATA, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_CERTIFICATE_V1, _CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
KEY_IDENTIFIER = 0x80
EXPLICIT, LISTS = 0xA0, 0xA1  # [0] and [1], of what is made of parts
_VERSIONS = (b"\x03", b"\x04", b"\x05")  # RFC 5652, section 5.1: of what is no plain data
_NAMED_BY = ((INTEGER, b"\x01", SEQUENCE), (INTEGER, b"\x03", KEY_IDENTIFIER))  # RFC 5652, section 5.3
_GENERALIZED = re.compile(r"([0-9]{14})(?:\.[0-9]*[1-9])?Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """What a token says.

    Attributes
    ----------
    imprint : str
        SHA-256 of the bytes that the authority was shown.
    time : datetime.datetime
        When, in UTC, to the second.
    signed : bytes
        The bytes that the authority signed: attributes that hold the digest of what it states.
    signature : bytes
    hash_name : {"sha256", "sha384", "sha512"}
        With which the signature was made.
    certificate_hash : tuple of str
        Name of a hash and the digest, with it, of the authority's own certificate.
    signer : tuple of int and bytes
        What names that certificate beside: tag and content, of its issuer and number or of the identifier of its key.
    """

    imprint: str
    time: datetime.datetime
    signed: bytes
    signature: bytes
    hash_name: str
    certificate_hash: tuple[str, str]
    signer: tuple[int, bytes]


def read_timestamp(raw: bytes) -> Timestamp:
    """Read a timestamp token, or the authority's response that carries one.

    Parameters
    ----------
    raw : bytes
        DER, as `openssl ts -reply` writes it, with or without `-token_out`.

    Returns
    -------
    Timestamp
        Whose digests hold together; whether the signature is the authority's is another question.

    Raises
    ------
    CertificateError
        When it is no token, in another form than the standard's, or its parts do not belong together.

    References
    ----------
    RFC 3161, Time-Stamp Protocol, https://doi.org/10.17487/RFC3161; RFC 5816 (certificates named by SHA-256),
    https://doi.org/10.17487/RFC5816; RFC 5652, Cryptographic Message Syntax, https://doi.org/10.17487/RFC5652
    """
    whole = read_der(raw, "The timestamp")
    try:
        return _token(_content(whole))
    except CertificateError:
        raise  # a ValueError too, which has its own sentence
    except (IndexError, KeyError, ValueError, StopIteration):
        raise _unusable("is no RFC 3161 token of the usual form") from None


def _content(whole: Node) -> Node:
    """The SignedData in a token, or in the response around one."""
    first = whole.parts[0]
    if first.tag == SEQUENCE:  # a response: its status, then the token
        status = parts_of(first, SEQUENCE, INTEGER, further=(SEQUENCE, BITS))[0]
        if status.body not in (b"\x00", b"\x01") or len(whole.parts) != 2:
            raise _unusable("is a refusal: the authority granted no token")
        whole = parts_of(whole, SEQUENCE, SEQUENCE, SEQUENCE)[1]
    kind, wrapped = parts_of(whole, SEQUENCE, OID, EXPLICIT)
    (signed,) = parts_of(wrapped, EXPLICIT, SEQUENCE)
    if oid(kind) != _SIGNED_DATA:
        raise ValueError
    return signed


def _token(signed: Node) -> Timestamp:
    """SignedData: version, digests, content, certificates and lists of revoked ones as they may be, one signer."""
    version, digests, content = parts_of(signed, SEQUENCE, INTEGER, SET, SEQUENCE, further=(EXPLICIT, LISTS, SET))[:3]
    kind, wrapped = parts_of(content, SEQUENCE, OID, EXPLICIT)
    (stated,) = parts_of(wrapped, EXPLICIT, OCTETS)
    if version.body not in _VERSIONS or oid(kind) != _TST_INFO:
        raise ValueError
    (signer,) = parts_of(signed.parts[-1], SET, SEQUENCE)
    signer_version, named, digest, attributes, algorithm, signature = parts_of(
        signer, SEQUENCE, INTEGER, 0, SEQUENCE, EXPLICIT, SEQUENCE, OCTETS, further=(LISTS,)
    )[:6]
    if (signer_version.tag, signer_version.body, named.tag) not in _NAMED_BY or algorithm.parts[0].tag != OID:
        raise ValueError
    listed = [_hash(each) for each in parts_of(digests, SET, *(SEQUENCE for _ in digests.parts))]
    if _hash(digest) not in listed:
        raise ValueError
    hash_name = HASHES[_hash(digest)]
    values = _attributes(attributes)
    if oid(values[_CONTENT_TYPE]) != _TST_INFO or values[_MESSAGE_DIGEST].tag != OCTETS:
        raise ValueError
    if values[_MESSAGE_DIGEST].body != hashlib.new(hash_name, stated.body).digest():
        raise _unusable("was changed: its digest is not that of what it states")
    imprint, time = _info(read_der(stated.body, "What the timestamp states"))
    return Timestamp(
        imprint=imprint,
        time=time,
        signed=bytes([SET]) + attributes.raw[1:],  # RFC 5652, section 5.4: signed as a SET OF
        signature=signature.body,
        hash_name=hash_name,
        certificate_hash=_certificate_hash(values),
        signer=(named.tag, named.body),
    )


def _hash(algorithm: Node) -> str:
    """The object identifier of a hash, with whose name stands nothing or NULL."""
    kind, *rest = parts_of(algorithm, SEQUENCE, OID, further=(NULL,))
    if any(part.body for part in rest):
        raise ValueError
    return oid(kind)


def _attributes(node: Node) -> Mapping[str, Node]:
    """Each signed attribute and its only value; one that stands twice has no meaning."""
    found: dict[str, Node] = {}
    for attribute in node.parts:
        kind, values = parts_of(attribute, SEQUENCE, OID, SET)
        (value,) = values.parts
        if oid(kind) in found:
            raise ValueError
        found[oid(kind)] = value
    return found


def _info(info: Node) -> tuple[str, datetime.datetime]:
    """TSTInfo: version, policy, imprint, serial number, time, and what may follow."""
    if info.tag != SEQUENCE or [part.tag for part in info.parts[:5]] != [INTEGER, OID, SEQUENCE, INTEGER, TIME]:
        raise ValueError
    version, _, imprint, _, time = info.parts[:5]
    algorithm, digest = parts_of(imprint, SEQUENCE, SEQUENCE, OCTETS)
    if version.body != b"\x01":
        raise ValueError
    if HASHES.get(_hash(algorithm)) != "sha256" or len(digest.body) != 32:
        raise CertificateError(
            "The timestamp is not on a SHA-256 digest; ask for one with `openssl ts -query -sha256`."
        )
    written = _GENERALIZED.fullmatch(time.body.decode("ascii"))
    if written is None:
        raise ValueError
    moment = datetime.datetime.strptime(written[1], "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
    return digest.body.hex(), moment


def _certificate_hash(values: Mapping[str, Node]) -> tuple[str, str]:
    """By which digest the authority names its certificate: of SHA-256 or what it says, or by SHA-1 as at first."""
    if _CERTIFICATE_V2 in values:
        parts = values[_CERTIFICATE_V2].parts[0].parts[0].parts
        name = "sha256" if parts[0].tag == OCTETS else HASHES[oid(parts[0].parts[0])]
        return name, next(part for part in parts if part.tag == OCTETS).body.hex()
    return "sha1", values[_CERTIFICATE_V1].parts[0].parts[0].parts[0].body.hex()


def _unusable(why: str) -> CertificateError:
    return CertificateError(f"The timestamp {why}; use the file as the authority sent it.")

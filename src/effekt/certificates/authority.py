"""The certificate of a timestamp authority, and whether a token is signed with its key."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from effekt.certificates.der import INTEGER, SEQUENCE, read_der
from effekt.certificates.timestamps import KEY_IDENTIFIER, Timestamp
from effekt.exceptions import CertificateError

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_WEAK_RSA = 2048  # bits; keys below are not trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A timestamp authority, as its certificate names it.

    Attributes
    ----------
    name : str
        Its subject, RFC 4514.
    first, last : datetime.datetime
        Between which the certificate is valid.
    der : bytes
    key : RSA or elliptic curve public key
    named : tuple of (int, bytes)
        What names the certificate in a token, as `effekt.certificates.timestamps.Timestamp.signer`.
    """

    name: str
    first: datetime.datetime
    last: datetime.datetime
    der: bytes = field(repr=False)
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey = field(repr=False)
    named: tuple[tuple[int, bytes], ...] = field(repr=False)


def read_authority(raw: bytes) -> Authority:
    """Read the certificate of a timestamp authority.

    Parameters
    ----------
    raw : bytes
        X.509, PEM or DER, of the authority itself and not of whoever certified it.

    Returns
    -------
    Authority

    Raises
    ------
    CertificateError
        When it is no certificate, or not for timestamps alone (RFC 3161, section 2.3), or of a weak or unknown key.
    """
    pem = raw.lstrip().startswith(b"-----BEGIN")
    try:
        read = x509.load_pem_x509_certificate(raw) if pem else x509.load_der_x509_certificate(raw)
        usage = read.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        alone = usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
        name, key = read.subject.rfc4514_string(), read.public_key()
    except x509.ExtensionNotFound:
        alone = False
    except _UNREADABLE:
        raise CertificateError("The authority's file is no X.509 certificate; give its own, as PEM or DER.") from None
    if not alone:
        raise CertificateError(
            "The authority's certificate is not for timestamps alone; give the authority's own and not the one that "
            "certified it."
        )
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)) or key.key_size < _least(key):
        raise CertificateError("The authority's key is weak or of an unknown kind; use one with RSA or ECDSA.")
    der = read.public_bytes(serialization.Encoding.DER)
    return Authority(
        name=name,
        first=read.not_valid_before_utc,
        last=read.not_valid_after_utc,
        der=der,
        key=key,
        named=tuple(_named(der, read)),
    )


def _named(der: bytes, read: x509.Certificate) -> Iterator[tuple[int, bytes]]:
    """By issuer and number, byte for byte, and by the identifier of its key, where it has one."""
    parts = read_der(der, "The authority's certificate").parts[0].parts
    number, _, issuer = parts[parts[0].tag != INTEGER :][:3]  # after the version, where it stands
    yield SEQUENCE, issuer.raw + number.raw
    for extension in read.extensions:
        if isinstance(extension.value, x509.SubjectKeyIdentifier):
            yield KEY_IDENTIFIER, extension.value.digest


def is_signed_by(timestamp: Timestamp, authority: Authority) -> bool:
    """Whether the holder of the authority's key signed a token, and the token names this certificate.

    Parameters
    ----------
    timestamp : Timestamp
    authority : Authority

    Returns
    -------
    bool
    """
    name, digest = timestamp.certificate_hash
    if hashlib.new(name, authority.der).hexdigest() != digest or timestamp.signer not in authority.named:
        return False
    algorithm = _HASHES[timestamp.hash_name]
    try:
        if isinstance(authority.key, rsa.RSAPublicKey):
            authority.key.verify(timestamp.signature, timestamp.signed, padding.PKCS1v15(), algorithm)
        else:
            authority.key.verify(timestamp.signature, timestamp.signed, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def _least(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> int:
    return _WEAK_RSA if isinstance(key, rsa.RSAPublicKey) else 256

"""A timestamp authority for tests: it writes RFC 3161 tokens with a DER writer of its own."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA256 = "608648016503040201"
IDENTIFIER = bytes(range(20))


def value(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = (
        bytes([size])
        if size < 128
        else bytes([0x80 + (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    )
    return bytes([tag]) + length + body


def oid(hexadecimal: str) -> bytes:
    return value(0x06, bytes.fromhex(hexadecimal))


@dataclass(frozen=True)
class TestAuthority:
    """A key and its certificate."""

    __test__ = False
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def named(self) -> bytes:
        """How a token names the certificate: by who issued it, and its number."""
        number = self.certificate.serial_number
        return value(
            0x30, self.certificate.issuer.public_bytes(), value(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))
        )

    def stamp(
        self,
        message: bytes,
        time: str,
        *,
        outer: int = 0x30,
        version: bytes = value(2, b"\x03"),
        digests: bytes = value(0x31, value(0x30, oid(SHA256))),
        named: bytes | None = None,
        signer_version: bytes = value(2, b"\x01"),
    ) -> bytes:
        """A token on a message; time as 20231001120000Z, and what the authority signs nothing of as it should be."""
        imprint = value(0x30, value(0x30, oid(SHA256)), value(0x04, hashlib.sha256(message).digest()))
        info = value(0x30, value(2, b"\x01"), oid("2a030401"), imprint, value(2, b"\x05"), value(0x18, time.encode()))
        hashed = value(0x30, value(0x30, value(0x30, value(0x04, hashlib.sha256(self.der).digest()))))
        attributes = (
            value(0x30, oid("2a864886f70d010903"), value(0x31, oid("2a864886f70d0109100104"))),
            value(0x30, oid("2a864886f70d010904"), value(0x31, value(4, hashlib.sha256(info).digest()))),
            value(0x30, oid("2a864886f70d010910022f"), value(0x31, hashed)),
        )
        signature = self.key.sign(value(0x31, *attributes), ec.ECDSA(hashes.SHA256()))
        signer = value(
            0x30,
            signer_version,
            named or self.named,
            value(0x30, oid(SHA256)),
            value(0xA0, *attributes),
            value(0x30, oid("2a8648ce3d040302")),
            value(4, signature),
        )
        content = value(0x30, oid("2a864886f70d0109100104"), value(0xA0, value(4, info)))
        signed = value(0x30, version, digests, content, value(0x31, signer))
        return value(outer, oid("2a864886f70d010702"), value(0xA0, signed))


def authority(first: int = 2020, last: int = 2040) -> TestAuthority:
    """One whose certificate is valid for some years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.datetime(first, 1, 1)).not_valid_after(datetime.datetime(last, 1, 1))
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier(IDENTIFIER), critical=False)
    return TestAuthority(key, builder.sign(key, hashes.SHA256()))

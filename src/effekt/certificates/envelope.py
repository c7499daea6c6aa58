"""The signed envelope (DSSE v1): what was signed, who signed it, and whether a byte of it was changed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from effekt.certificates.canonical import canonical_json, decode_base64, encode_base64, parse_json, shown
from effekt.certificates.signing import PrivateKey, key_id, public_key, sign_message, verify_message
from effekt.exceptions import CertificateError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_SIGNATURES = 64

_ENVELOPE_KEYS = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE_KEYS = frozenset({"keyid", "sig"})
_KEY_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Discrepancy:
    """One way in which a readable certificate is not as it was made.

    Attributes
    ----------
    name : str
        What differs: envelope_form, payload_base64, signature_base64, signature_order, signature_repeated,
        signature_invalid or key_id_mismatch.
    sv, en : str
        The same as a sentence.
    """

    name: str
    sv: str
    en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """One signature of an envelope.

    Attributes
    ----------
    key_id : str
        The id of the key that is said to have made it.
    signature : bytes
        64 bytes.
    """

    key_id: str
    signature: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """A payload and its signatures.

    Attributes
    ----------
    payload : bytes
        The bytes that are signed; read them with `read_statement`.
    signatures : tuple of Signature
        None, one or several.
    discrepancies : tuple of Discrepancy
        Where the bytes that were read differ from the canonical form; empty for an intact envelope.

    Examples
    --------
    >>> Envelope(payload=b"{}").to_bytes().decode()
    '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}'
    """

    payload: bytes
    signatures: tuple[Signature, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()

    def __post_init__(self) -> None:
        """Refuse more signatures than anyone needs, since each costs time to verify."""
        if len(self.signatures) > MAX_SIGNATURES:
            raise CertificateError(
                f"The envelope has {len(self.signatures)} signatures; at most {MAX_SIGNATURES} are allowed."
            )

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: RFC 8785, canonical base64, signatures in the order of their key ids.

        Returns
        -------
        bytes
            JSON, the same as was read exactly when there are no discrepancies.

        Raises
        ------
        CertificateError
            If the envelope is larger than may be read back.
        """
        ordered = sorted(self.signatures, key=lambda one: (one.key_id, one.signature))
        return canonical_json(
            {
                "payload": encode_base64(self.payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"keyid": s.key_id, "sig": encode_base64(s.signature)} for s in ordered],
            }
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureCheck:
    """Who signed an envelope, as far as given public keys can tell.

    Attributes
    ----------
    signers : tuple of str
        Ids of the given keys whose signature is valid; empty if the envelope itself has a discrepancy.
    unknown : tuple of str
        Key ids of signatures by none of the given keys; they count for nothing.
    discrepancies : tuple of Discrepancy
        Those of the envelope, then those of its signatures.
    """

    signers: tuple[str, ...]
    unknown: tuple[str, ...]
    discrepancies: tuple[Discrepancy, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that a DSSE signature covers.

    Parameters
    ----------
    payload_type : str
        The type of the payload.
    payload : bytes
        The payload.

    Returns
    -------
    bytes
        The pre-authentication encoding ``DSSEv1 len(type) type len(payload) payload``, lengths in bytes.

    References
    ----------
    DSSE protocol, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md

    Examples
    --------
    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def read_envelope(raw: bytes) -> Envelope:
    """Read an envelope that may be hostile.

    Parameters
    ----------
    raw : bytes
        The bytes of the file.

    Returns
    -------
    Envelope
        With every departure from the canonical form named among its discrepancies.

    Raises
    ------
    CertificateError
        If the bytes are not an envelope at all.

    Notes
    -----
    A discrepancy is a byte that was changed, added or moved without making the envelope unreadable. Such an
    envelope has no verified signers, even where the signed content is intact.

    Examples
    --------
    >>> envelope = read_envelope(Envelope(payload=b"{}").to_bytes() + b" ")
    >>> [found.name for found in envelope.discrepancies]
    ['envelope_form']
    """
    if not raw.strip():
        raise CertificateError("The file is empty: no certificate stands in it; use the file as it was written.")
    tree = _object(parse_json(raw, "The envelope"), _ENVELOPE_KEYS, "The envelope")
    if tree["payloadType"] != PAYLOAD_TYPE:
        raise CertificateError(f"The envelope's payloadType is not {PAYLOAD_TYPE!r}; use a certificate.")
    entries = tree["signatures"]
    if not isinstance(entries, list):
        raise CertificateError("The envelope's signatures are not a list; use the file as it was written.")
    payload, canonical_payload = _bytes(tree["payload"], "The envelope's payload")
    read = [_signature(entry) for entry in entries]
    ids = [signature.key_id for signature, _ in read]
    checks = {
        _ENVELOPE_FORM: canonical_json(tree) == raw,
        _PAYLOAD_BASE64: canonical_payload,
        _SIGNATURE_BASE64: all(canonical for _, canonical in read),
        _SIGNATURE_ORDER: ids == sorted(ids),
        _SIGNATURE_REPEATED: len(set(ids)) == len(ids),
    }
    return Envelope(
        payload=payload,
        signatures=tuple(signature for signature, _ in read),
        discrepancies=tuple(found for found, intact in checks.items() if not intact),
    )


def sign(envelope: Envelope, key: PrivateKey) -> Envelope:
    """Return the envelope with one more signature.

    Parameters
    ----------
    envelope : Envelope
        Signed by others or by nobody yet.
    key : PrivateKey
        The key of the signer.

    Returns
    -------
    Envelope
        With its signatures in the order of their key ids; as it was if this key has signed it already.

    Raises
    ------
    CertificateError
        If the envelope has a discrepancy, or a signature in this key's name that is not valid.

    Examples
    --------
    >>> from effekt.certificates.signing import DEMO_KEY
    >>> signed = sign(Envelope(payload=b"{}"), DEMO_KEY)
    >>> len(verified_signers(signed, [public_key(DEMO_KEY)]))
    1
    """
    if envelope.discrepancies:
        names = ", ".join(found.name for found in envelope.discrepancies)
        raise CertificateError(f"The envelope was changed ({names}) and cannot be signed; use the original.")
    signer = key_id(public_key(key))
    made = Signature(key_id=signer, signature=sign_message(key, pae(PAYLOAD_TYPE, envelope.payload)))
    if made in envelope.signatures:
        return envelope
    if any(signature.key_id == signer for signature in envelope.signatures):
        raise CertificateError(f"The envelope has a signature by key {signer} that is not valid; use the original.")
    ordered = sorted((*envelope.signatures, made), key=lambda one: one.key_id)
    return Envelope(payload=envelope.payload, signatures=tuple(ordered))


def check_signatures(envelope: Envelope, public_keys: Iterable[bytes]) -> SignatureCheck:
    """Verify each signature of an envelope against the keys that count.

    Parameters
    ----------
    envelope : Envelope
        The envelope.
    public_keys : iterable of bytes
        Raw public keys, 32 bytes each.

    Returns
    -------
    SignatureCheck
        Who signed, which signatures are by unknown keys, and every discrepancy.

    Raises
    ------
    CertificateError
        If a given key is not an ed25519 public key.

    Notes
    -----
    Key ids decide nothing: each signature is tried against every given key, and an id that does not belong
    to the key that made the signature is a discrepancy.

    Examples
    --------
    >>> from effekt.certificates.signing import DEMO_KEY
    >>> signed = sign(Envelope(payload=b"{}"), DEMO_KEY)
    >>> forged = Envelope(payload=b"[]", signatures=signed.signatures)
    >>> [found.name for found in check_signatures(forged, [public_key(DEMO_KEY)]).discrepancies]
    ['signature_invalid']
    """
    keys = {key_id(public): public for public in public_keys}
    message = pae(PAYLOAD_TYPE, envelope.payload)
    signers: set[str] = set()
    unknown: list[str] = []
    found = list(envelope.discrepancies)
    for signature in envelope.signatures:
        maker = _maker(signature, keys, message)
        if maker is None and signature.key_id not in keys:
            unknown.append(signature.key_id)
        elif maker is None:
            found.append(_signature_invalid(signature.key_id))
        elif maker != signature.key_id:
            found.append(_key_id_mismatch(signature.key_id, maker))
        else:
            signers.add(maker)
    return SignatureCheck(
        signers=() if envelope.discrepancies else tuple(sorted(signers)),
        unknown=tuple(unknown),
        discrepancies=tuple(found),
    )


def verified_signers(envelope: Envelope, public_keys: Iterable[bytes]) -> tuple[str, ...]:
    """Return the ids of the given keys that signed the envelope as it is.

    Parameters
    ----------
    envelope : Envelope
        The envelope.
    public_keys : iterable of bytes
        Raw public keys, 32 bytes each; signatures by other keys do not count.

    Returns
    -------
    tuple of str
        Key ids in order, each once however often its key signed. Compare their number with the threshold.

    Raises
    ------
    CertificateError
        If a given key is not an ed25519 public key.

    Examples
    --------
    >>> verified_signers(Envelope(payload=b"{}"), [])
    ()
    """
    return check_signatures(envelope, public_keys).signers


def _maker(signature: Signature, keys: Mapping[str, bytes], message: bytes) -> str | None:
    """Return the id of the key that made the signature, or None."""
    for identity, public in keys.items():
        if verify_message(public, signature.signature, message):
            return identity
    return None


def _object(tree: object, keys: frozenset[str], name: str) -> dict[str, object]:
    """Return the tree if it is an object with exactly these keys."""
    if not isinstance(tree, dict):
        raise CertificateError(f"{name} is not a JSON object; use the file as it was written.")
    for key in sorted(keys - tree.keys()):
        raise CertificateError(f"{name} lacks the key {key!r}; use the file as it was written.")
    for key in sorted(tree.keys() - keys):
        raise CertificateError(f"{name} has the unknown key {shown(key)}; use the file as it was written.")
    return tree


def _bytes(value: object, name: str) -> tuple[bytes, bool]:
    """Return the bytes of a base64 text and whether the text is canonical."""
    if not isinstance(value, str):
        raise CertificateError(f"{name} is not a text; use the file as it was written.")
    raw = decode_base64(value, name)
    return raw, encode_base64(raw) == value


def _signature(entry: object) -> tuple[Signature, bool]:
    """Return one entry of the list of signatures and whether its base64 is canonical."""
    fields = _object(entry, _SIGNATURE_KEYS, "A signature")
    identity = fields["keyid"]
    if not (isinstance(identity, str) and _KEY_ID.fullmatch(identity)):
        raise CertificateError(
            "A signature's keyid is not 64 lower-case hexadecimal digits; use the file as it was written."
        )
    raw, canonical = _bytes(fields["sig"], "A signature's sig")
    if len(raw) != 64:
        raise CertificateError(f"A signature's sig is {len(raw)} bytes; an ed25519 signature is 64.")
    return Signature(key_id=identity, signature=raw), canonical


_ENVELOPE_FORM = Discrepancy(
    name="envelope_form",
    sv="Den signerade filen är inte skriven i kanonisk form (RFC 8785).",
    en="The signed file is not written in canonical form (RFC 8785).",
)
_PAYLOAD_BASE64 = Discrepancy(
    name="payload_base64",
    sv="Den signerade filens innehåll är inte skrivet i kanonisk base64 (RFC 4648).",
    en="The payload of the signed file is not written in canonical base64 (RFC 4648).",
)
_SIGNATURE_BASE64 = Discrepancy(
    name="signature_base64",
    sv="En signatur är inte skriven i kanonisk base64 (RFC 4648).",
    en="A signature is not written in canonical base64 (RFC 4648).",
)
_SIGNATURE_ORDER = Discrepancy(
    name="signature_order",
    sv="Signaturerna står inte i ordning efter nyckel-id.",
    en="The signatures are not in the order of their key ids.",
)
_SIGNATURE_REPEATED = Discrepancy(
    name="signature_repeated",
    sv="Ett nyckel-id har mer än en signatur.",
    en="A key id has more than one signature.",
)


def _signature_invalid(identity: str) -> Discrepancy:
    """Return the discrepancy of a signature that the named key did not make of this payload."""
    return Discrepancy(
        name="signature_invalid",
        sv=f"Signaturen från nyckel {identity} hör inte till filens innehåll.",
        en=f"The signature of key {identity} does not belong to the file's payload.",
    )


def _key_id_mismatch(identity: str, maker: str) -> Discrepancy:
    """Return the discrepancy of a valid signature under another key's id."""
    return Discrepancy(
        name="key_id_mismatch",
        sv=f"Signaturen med nyckel-id {identity} är gjord med nyckel {maker}.",
        en=f"The signature with key id {identity} was made by key {maker}.",
    )

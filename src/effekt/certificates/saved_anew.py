"""A certificate that another program saved anew or cut off: whether a file may be one, and what can be had of it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from pathlib import PurePath

from effekt.certificates.envelope import MAX_SIGNATURES, Discrepancy, Envelope, Signature

_PAGES = (".html", ".htm")
_NAMES = ("certif", "intyg")
_MARKS = re.compile(
    rb"vnd\.in-toto|in-toto\.io/Statement|id=\"effekt-envelope\"|\"schema\"\s*:\s*\"effekt/certificate"
    rb"|eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQ"  # how the payload of a statement starts, in base64
)
_PAYLOAD = re.compile(r'"payload"\s*:\s*"([^"]*)"')
_KEY_ID = re.compile(r'"keyid"\s*:\s*"([0-9a-f]{64})"')
_SIGNATURE = re.compile(r'"sig"\s*:\s*"([^"]*)"')
_SAVED_ANEW = Discrepancy(
    name="envelope_form",
    sv="Filen har sparats om eller skadats.",
    en="The file was saved anew or damaged.",
)


def may_be_certificate(name: str, raw: bytes) -> bool:
    """Whether a file is a certificate or one's page, or may have been.

    Parameters
    ----------
    name : str
        The file's name.
    raw : bytes

    Returns
    -------
    bool
        True where its bytes, in UTF-8 or UTF-16, hold what only a signed statement holds; for a JSON file that is no
        JSON; and for a page that is called a certificate. Locks and public statements are signed statements too.

    Examples
    --------
    >>> may_be_certificate("months.json", b"[1]"), may_be_certificate("months.json", b'{"pay')
    (False, True)
    """
    suffix = PurePath(name).suffix.lower()
    if _MARKS.search(_single(raw)):
        return True
    if suffix == ".json":
        return not (_is_json(raw) or _is_json(raw.partition(b"\n")[0]))  # or one value on each line
    return suffix in _PAGES and any(word in name.casefold() for word in _NAMES)


def recovered(raw: bytes) -> Envelope | None:
    """The payload and signatures that stand in a file which is no envelope as it stands.

    Parameters
    ----------
    raw : bytes
        Saved with a byte order mark, in UTF-16, with keys of its own, as another page, or cut off.

    Returns
    -------
    Envelope or None
        With a discrepancy, so that nobody counts as having signed the file; whether a signature belongs to its payload
        is for whoever reads it to check. None where no payload, or more than one, stands whole.

    Examples
    --------
    >>> recovered(b'{"payload": "e30=", "more": 1}').payload
    b'{}'
    """
    text = _single(raw).decode("latin-1")  # what matters is ASCII
    payloads = {_bytes(found) for found in _PAYLOAD.findall(text)}
    if len(payloads) != 1:
        return None
    payload = payloads.pop()
    if payload is None:
        return None
    return Envelope(payload=payload, signatures=_signatures(text), discrepancies=(_SAVED_ANEW,))


def _signatures(text: str) -> tuple[Signature, ...]:
    """Every whole signature, with the key id in its braces."""
    found: dict[Signature, None] = {}
    for entry in re.findall(r"\{[^{}]*\}", text):
        key, signature = _KEY_ID.search(entry), _SIGNATURE.search(entry)
        made = None if signature is None else _bytes(signature[1])
        if key is not None and made is not None and len(made) == 64:
            found[Signature(key_id=key[1], signature=made)] = None
    return tuple(found)[:MAX_SIGNATURES]


def _single(raw: bytes) -> bytes:
    """In one line: ASCII in UTF-16 or UTF-32 is ASCII with zeros between, and mail programs break lines."""
    return raw.translate(None, b"\0\r\n")


def _bytes(text: str) -> bytes | None:
    """The bytes of a base64 text as it stands in JSON."""
    try:
        written = json.loads(f'"{text}"')
        return base64.b64decode(written, validate=True)
    except (ValueError, binascii.Error):
        return None


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True

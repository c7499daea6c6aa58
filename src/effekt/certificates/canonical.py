"""One value, one byte string: canonical JSON (RFC 8785), strict JSON reading, canonical base64 (RFC 4648)."""

import base64
import re

from effekt._json import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, read_json, shown, write_json
from effekt.exceptions import CertificateError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_INTEGER",
    "canonical_json",
    "decode_base64",
    "encode_base64",
    "parse_json",
    "shown",
]

_URL_SAFE = str.maketrans("-_", "+/")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def canonical_json(value: object) -> bytes:
    """Return the canonical JSON bytes of `value`.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, and lists, tuples and text-keyed dicts of them.

    Returns
    -------
    bytes
        UTF-8 without white space, keys in the order of their UTF-16 code units, numbers as ECMAScript
        writes them.

    Raises
    ------
    CertificateError
        If `value` has no canonical JSON or is larger or deeper than `parse_json` reads back.

    Notes
    -----
    JSON has one kind of number: 1.0 and 1 give the same bytes. Money, figures and large integers are texts.
    Text is kept as it is: é in one code point and in two are different texts.

    References
    ----------
    RFC 8785, JSON Canonicalization Scheme, https://doi.org/10.17487/RFC8785

    Examples
    --------
    >>> canonical_json({"b": [1.0, None], "a": "å"}).decode()
    '{"a":"å","b":[1,null]}'
    """
    return write_json(value, "The value", CertificateError)


def parse_json(raw: bytes, name: str = "The file") -> object:
    """Read JSON that may be hostile, and only if it has one meaning.

    Parameters
    ----------
    raw : bytes
        The bytes of one JSON value, UTF-8 without byte order mark.
    name : str, default "The file"
        What the sentences of errors call the bytes.

    Returns
    -------
    object
        The value.

    Raises
    ------
    CertificateError
        If the bytes are more than 64 MiB, not UTF-8, not JSON, followed by other data or nested deeper than
        64 levels, or hold a key twice in one object, NaN, an infinite number, an integer that would lose
        digits, or a lone surrogate.

    Examples
    --------
    >>> parse_json(b'{"a": [1, 2]}')
    {'a': [1, 2]}
    >>> parse_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    effekt.exceptions.CertificateError: The file has the key 'a' twice in one object; keep one of them.
    """
    return read_json(raw, name, CertificateError)


def encode_base64(raw: bytes) -> str:
    """Return `raw` in canonical base64: standard alphabet, padded, unused bits zero.

    Parameters
    ----------
    raw : bytes
        Any bytes.

    Returns
    -------
    str
        The text; of all texts that decode to `raw` this one is canonical.

    References
    ----------
    RFC 4648, section 3.5, https://doi.org/10.17487/RFC4648

    Examples
    --------
    >>> encode_base64(b"hello world")
    'aGVsbG8gd29ybGQ='
    """
    return base64.b64encode(raw).decode("ascii")


def decode_base64(text: str, name: str) -> bytes:
    """Return the bytes of a base64 text in the standard or the URL-safe alphabet.

    Parameters
    ----------
    text : str
        Padded base64 without white space.
    name : str
        What the sentence of an error calls the text.

    Returns
    -------
    bytes
        The bytes. The text was canonical exactly when `encode_base64` gives it back.

    Raises
    ------
    CertificateError
        If the text is not base64.

    Examples
    --------
    >>> decode_base64("aGVsbG8gd29ybGQ=", "The payload")
    b'hello world'
    """
    standard = text.translate(_URL_SAFE)
    if not _BASE64.fullmatch(standard):
        raise CertificateError(f"{name} is not base64; use it as it was written.")
    return base64.b64decode(standard)

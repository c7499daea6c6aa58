"""One value, one byte string: canonical JSON (RFC 8785), strict JSON reading, canonical base64 (RFC 4648)."""

import base64
import json
import math
import re
from typing import NoReturn

import rfc8785

from effekt.exceptions import CertificateError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1  # beyond it a JSON number, an IEEE 754 double, skips integers
_LONGEST_INTEGER = 22  # a sign and 21 digits: from 1e21 on, a canonical number has an exponent

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
    _check_tree(value, "The value")
    try:
        raw = rfc8785.dumps(value)  # type: ignore[arg-type]  # it checks the types itself
    except rfc8785.IntegerDomainError as error:
        raise CertificateError(_integer_sentence("The value")) from error
    except rfc8785.FloatDomainError as error:
        raise CertificateError("The value holds NaN or infinity; JSON has finite numbers.") from error
    except rfc8785.CanonicalizationError as error:
        raise CertificateError(
            "The value holds something that is not JSON; use null, true, false, numbers, texts, lists "
            "and text-keyed objects."
        ) from error
    _check_size(raw, "The value")
    return raw


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
        If the bytes are more than 16 MiB, not UTF-8, not JSON, followed by other data or nested deeper than
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
    _check_size(raw, name)
    hooks = _Hooks(name)
    try:
        tree: object = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=hooks.object_from,
            parse_int=hooks.integer,
            parse_float=hooks.number,
            parse_constant=hooks.refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise CertificateError(f"{name} is not UTF-8 at byte {error.start + 1}; save it as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise CertificateError(
            f"{name} is not JSON at line {error.lineno}, column {error.colno}; use it as it was written."
        ) from error
    except RecursionError as error:
        raise CertificateError(_depth_sentence(name)) from error
    _check_tree(tree, name)
    return tree


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


class _Hooks:
    """What the JSON reader calls for objects and numbers, each refusing what JSON leaves open."""

    def __init__(self, name: str) -> None:
        self.name = name

    def object_from(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Return the object, unless a key comes twice (RFC 8259 section 4 leaves its meaning open)."""
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise CertificateError(f"{self.name} has the key {shown(key)} twice in one object; keep one of them.")
            found[key] = value
        return found

    def integer(self, text: str) -> int | float:
        """Return the integer, or beyond 2**53 - 1 the double of which this is the canonical text."""
        if len(text) <= _LONGEST_INTEGER:
            value = int(text)
            if abs(value) <= MAX_INTEGER:
                return value
            if rfc8785.dumps(float(value)) == text.encode():
                return float(value)
        raise CertificateError(_integer_sentence(self.name))

    def number(self, text: str) -> float:
        """Return the double, unless it overflows."""
        value = float(text)
        if math.isinf(value):
            raise CertificateError(f"{self.name} holds a number too large for JSON; write it as a text.")
        return value

    def refuse_constant(self, text: str) -> NoReturn:
        """Refuse NaN, Infinity and -Infinity, which Python's reader would take."""
        raise CertificateError(f"{self.name} holds {text}; JSON has finite numbers.")


def _check_size(raw: bytes, name: str) -> None:
    """Raise if the bytes are more than may be read."""
    if len(raw) > MAX_BYTES:
        raise CertificateError(f"{name} is {len(raw)} bytes; at most {MAX_BYTES} are allowed.")


def _check_tree(tree: object, name: str) -> None:
    """Raise if the value is nested too deep or holds text that is not Unicode; walks depth first."""
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, str):
            _check_text(node, name)
        elif isinstance(node, dict | list | tuple):
            if depth > MAX_DEPTH:
                raise CertificateError(_depth_sentence(name))
            children = [*node, *node.values()] if isinstance(node, dict) else node
            stack.extend((child, depth + 1) for child in children)


def _check_text(text: str, name: str) -> None:
    """Raise if the text holds a lone surrogate, which UTF-8 cannot write."""
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CertificateError(
            f"{name} holds a text with a lone surrogate (U+D800 to U+DFFF); write it in whole characters."
        ) from error


def shown(text: str) -> str:
    r"""Return a hostile text fit for a sentence: quoted, escaped, at most 40 characters.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text as Python writes it in ASCII, cut with an ellipsis.

    Examples
    --------
    >>> shown("a\n")
    "'a\\n'"
    """
    return ascii(text if len(text) <= 40 else text[:37] + "...")


def _depth_sentence(name: str) -> str:
    """Return the sentence on nesting."""
    return f"{name} is nested deeper than {MAX_DEPTH} levels; flatten it."


def _integer_sentence(name: str) -> str:
    """Return the sentence on large integers."""
    return f"{name} holds an integer beyond ±{MAX_INTEGER}, which JSON may round; write it as a text."

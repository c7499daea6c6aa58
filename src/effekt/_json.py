"""Canonical JSON (RFC 8785), and strict reading of JSON that may be hostile: the one place for both.

Whoever calls says which error is raised, and what its sentence calls the text.
"""

from __future__ import annotations

import codecs
import json
import math
from typing import NoReturn

import rfc8785

from effekt.exceptions import EffektError

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1  # beyond it a JSON number, an IEEE 754 double, skips integers
_LONGEST_INTEGER = 22  # a sign and 21 digits: from 1e21 on, a canonical number has an exponent


def write_json(value: object, name: str, error: type[EffektError]) -> bytes:
    """Canonical JSON bytes of None, bool, int, float, str, and lists, tuples and text-keyed dicts of them.

    Raises `error` if there is none, or if it is larger or deeper than `read_json` reads back.
    """
    _check_tree(value, name, error)
    try:
        raw = rfc8785.dumps(value)  # type: ignore[arg-type]  # it checks the types itself
    except rfc8785.IntegerDomainError:
        raise error(_integer_sentence(name)) from None
    except rfc8785.FloatDomainError:
        raise error(f"{name} holds NaN or infinity; JSON has finite numbers.") from None
    except rfc8785.CanonicalizationError:
        raise error(
            f"{name} holds something that is not JSON; use null, true, false, numbers, texts, lists and text-keyed "
            "objects."
        ) from None
    _check_size(raw, name, error)
    return raw


def read_json(text: str | bytes, name: str, error: type[EffektError]) -> object:
    """The value of one JSON text, if it has one meaning.

    Raises `error` for bytes that are not UTF-8, or more than 64 MiB; for what is not JSON, is followed by other data or
    nested deeper than 64 levels; for a key twice in one object, NaN, an infinite number, an integer that would lose
    digits, or a lone surrogate.
    """
    if not isinstance(text, (str, bytes)):
        raise error(
            f"{name} must be text or bytes; got {type(text).__name__}. Of a file give `Path(...).read_bytes()`."
        )
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    _check_size(raw, name, error)
    if not raw.strip():
        raise error(f"{name} is empty: nothing stands in it; use the file as it was written.")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise error(
            f"{name} is UTF-16 text: a program saved it anew; use the file as it was written, or save it as UTF-8."
        )
    if raw.startswith(codecs.BOM_UTF8):
        raise error(f"{name} begins with a byte order mark: a program saved it anew; use the file as it was written.")
    hooks = _Hooks(name, error)
    try:
        tree: object = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=hooks.object_from,
            parse_int=hooks.integer,
            parse_float=hooks.number,
            parse_constant=hooks.refuse_constant,
        )
    except UnicodeDecodeError as fault:
        raise error(f"{name} is not UTF-8 at byte {fault.start + 1}; save it as UTF-8.") from None
    except json.JSONDecodeError as fault:
        path = isinstance(text, str) and "\n" not in text and (fault.pos == 0 or text.endswith(".json"))
        raise error(
            f"{name} is not JSON at line {fault.lineno}, column {fault.colno}; use it as it was written."
            f"{' Of a file give `Path(...).read_bytes()`.' if path else ''}"
        ) from None
    except RecursionError:
        raise error(_depth_sentence(name)) from None
    _check_tree(tree, name, error)
    return tree


class _Hooks:
    """What the JSON reader calls for objects and numbers, each refusing what JSON leaves open."""

    def __init__(self, name: str, error: type[EffektError]) -> None:
        self.name, self.error = name, error

    def object_from(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Return the object, unless a key comes twice (RFC 8259 section 4 leaves its meaning open)."""
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise self.error(f"{self.name} has the key {shown(key)} twice in one object; keep one of them.")
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
        raise self.error(_integer_sentence(self.name))

    def number(self, text: str) -> float:
        """Return the double, unless it overflows."""
        value = float(text)
        if math.isinf(value):
            raise self.error(f"{self.name} holds a number too large for JSON; write it as a text.")
        return value

    def refuse_constant(self, text: str) -> NoReturn:
        """Refuse NaN, Infinity and -Infinity, which Python's reader would take."""
        raise self.error(f"{self.name} holds {text}; JSON has finite numbers.")


def _check_size(raw: bytes, name: str, error: type[EffektError]) -> None:
    """Raise if the bytes are more than may be read."""
    if len(raw) > MAX_BYTES:
        raise error(f"{name} is {len(raw)} bytes; at most {MAX_BYTES} are allowed.")


def _check_tree(tree: object, name: str, error: type[EffektError]) -> None:
    """Raise if the value is nested too deep or holds text that is not Unicode; walks depth first."""
    stack: list[tuple[dict[object, object] | list[object] | tuple[object, ...], int]] = [([tree], 0)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise error(_depth_sentence(name))
        for child in (*node, *node.values()) if isinstance(node, dict) else node:
            if isinstance(child, str):
                _check_text(child, name, error)
            elif isinstance(child, (dict, list, tuple)):
                stack.append((child, depth + 1))


def _check_text(text: str, name: str, error: type[EffektError]) -> None:
    """Raise if the text holds a lone surrogate, which UTF-8 cannot write."""
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise error(
            f"{name} holds a text with a lone surrogate (U+D800 to U+DFFF); write it in whole characters."
        ) from None


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

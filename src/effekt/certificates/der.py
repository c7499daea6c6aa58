"""Reading DER (ITU-T X.690) that may be hostile: one way to write each value, and nothing left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from effekt.exceptions import CertificateError

INTEGER, BITS, OCTETS, NULL, OID, TIME = 0x02, 0x03, 0x04, 0x05, 0x06, 0x18
SEQUENCE, SET = 0x30, 0x31
MAX_DEPTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value.

    Attributes
    ----------
    tag : int
        The identifier octet.
    body : bytes
        The content octets.
    raw : bytes
        The whole value as it was written.
    parts : tuple of Node
        What it is made of; empty for a plain value.
    """

    tag: int
    body: bytes
    raw: bytes
    parts: tuple[Node, ...] = ()


def read_der(raw: bytes, what: str) -> Node:
    """Read one DER value that fills all of the bytes.

    Parameters
    ----------
    raw : bytes
    what : str
        What the sentence of an error calls it.

    Returns
    -------
    Node

    Raises
    ------
    CertificateError
        For anything that is not DER, such as a length of another form, or bytes that are left over.

    Examples
    --------
    >>> read_der(bytes.fromhex("3003020105"), "The file").parts[0].body.hex()
    '05'
    """
    try:
        node, end = _node(raw, 0, 0)
    except (IndexError, ValueError):
        raise CertificateError(f"{what} is not DER (ITU-T X.690); use the file as the authority sent it.") from None
    if end != len(raw):
        raise CertificateError(f"{what} has bytes left over at its end; use the file as the authority sent it.")
    return node


def oid(node: Node) -> str:
    """An object identifier as '1.2.840.113549'.

    Parameters
    ----------
    node : Node

    Returns
    -------
    str
        Empty where the value is none.

    Examples
    --------
    >>> oid(read_der(bytes.fromhex("06092a864886f70d010702"), "The file"))
    '1.2.840.113549.1.7.2'
    """
    if node.tag != OID or not node.body or node.body[-1] & 0x80:
        return ""
    arcs, value = [], 0
    for byte in node.body:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def parts_of(node: Node, tag: int, *tags: int, further: Iterable[int] = ()) -> tuple[Node, ...]:
    """What a value is made of, where it and its parts have the tags that they must have.

    Parameters
    ----------
    node : Node
    tag : int
        Of the value.
    *tags : int
        Of its parts, in order; 0 is any.
    further : iterable of int
        Tags that more parts may have, each once and in this order.

    Returns
    -------
    tuple of Node

    Raises
    ------
    ValueError
        For another tag, or more or fewer parts.

    Examples
    --------
    >>> whole = read_der(bytes.fromhex("3003020105"), "The file")
    >>> [part.body.hex() for part in parts_of(whole, SEQUENCE, INTEGER)]
    ['05']
    """
    found = [part.tag for part in node.parts]
    left = iter(further)
    first = all(must in (0, own) for must, own in zip(tags, found, strict=False))
    if node.tag != tag or len(found) < len(tags) or not first or not all(own in left for own in found[len(tags) :]):
        raise ValueError
    return node.parts


def _node(raw: bytes, start: int, depth: int) -> tuple[Node, int]:
    """The value at a place, and the place after it."""
    tag, length, begin = raw[start], raw[start + 1], start + 2
    if tag & 0x1F == 0x1F or depth > MAX_DEPTH:
        raise ValueError
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4 or raw[begin] == 0:
            raise ValueError
        length, begin = int.from_bytes(raw[begin : begin + octets], "big"), begin + octets
        if length < 0x80:
            raise ValueError
    end = begin + length
    if end > len(raw):
        raise ValueError
    parts: list[Node] = []
    place = begin
    while tag & 0x20 and place < end:
        part, place = _node(raw[:end], place, depth + 1)
        parts.append(part)
    return Node(tag=tag, body=raw[begin:end], raw=raw[start:end], parts=tuple(parts)), end

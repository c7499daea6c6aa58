r"""Read YAML so that what a person reads is what the program reads.

Plain YAML turns ``NO`` into false, ``0.10`` into a binary float and ``1e3`` into a text or a number depending on
its version; it lets one key stand twice and lets a file point into itself. Where money depends on the file none of
that is allowed. What is left: mappings, lists, text, whole numbers, ``true`` and ``false``. Every value keeps the
line it stands on.

>>> document = parse(b'schema: effekt/contract/1\nquantum: "0.01"\ndigits: 6\n')
>>> document.value
{'schema': 'effekt/contract/1', 'quantum': '0.01', 'digits': 6}
>>> document.lines["digits",]
3
>>> parse(b"delivered: 2022-01-10")
Traceback (most recent call last):
    ...
effekt.exceptions.ContractError: line 1: delivered is 2022-01-10 without quotes; put it in quotes.
"""

from __future__ import annotations

import codecs
import copy
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

import yaml

from effekt.exceptions import ContractError

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain]"
Place: TypeAlias = "tuple[str | int, ...]"

MAX_BYTES = 2**20
MAX_DEPTH = 40
MAX_INTEGER_DIGITS = 18
_SHOWN = 40

# Control characters but the line feed, invisible format characters (also those that turn the direction of
# writing), other line ends, lone surrogates and what a failed conversion leaves behind.
_REFUSED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]"
)
_OTHER_WHOLE = re.compile("0[0-9]{1,17}|0x[0-9a-fA-F]{1,14}|0o[0-7]{1,18}|0b[01]{1,59}|[0-9]{1,15}(_[0-9]{1,15})+")
_WIDE_SPACE = re.compile("(?:^ *|[\\w\"']:|^ *-)([\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])", re.MULTILINE)
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_YES_NO = {"true": "true", "yes": "true", "on": "true", "y": "true"} | dict.fromkeys(
    ("false", "no", "off", "n"), "false"
)
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_RANGE = re.compile(r"([\w-]+) ?\.{2,3} ?([\w-]+)")
_LOOSE_NUMBER = re.compile(
    "(-?)([0-9]{1,3}(?:[ \N{NO-BREAK SPACE}][0-9]{3})+|[0-9]+)(?:([.,])([0-9]+))?([ \N{NO-BREAK SPACE}]?%)?"
)
_SIMPLE_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's plain value and the line of every place in it.

    Attributes
    ----------
    value : dict, list, str, int or bool
        The content; text is in Unicode normal form C.
    lines : mapping of tuple to int
        Line of each place, counted from 1. A place is the tuple of keys and list positions (from 0) that
        leads to a value; a mapping's entry has the line of its key.
    """

    value: Plain
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def where(self, place: Place) -> str:
        """'line 12: payment.lines.fee'."""
        return f"line {self.line(place)}: {dotted(place)}"


def dotted(place: Place) -> str:
    """'payment.lines.fee.steps[2]': keys with dots, list items counted from 1; the root is 'the file'."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{_key(part)}"
    return text.removeprefix(".") or "the file"


def shown(value: object) -> str:
    """A value of the file as a message quotes it: JSON on one line, at most 40 characters."""
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _meant(text: str) -> str:
    """What to write without quotes where a key takes true or false, or a whole number."""
    if text.lower() in _YES_NO:
        return f", or write {_YES_NO[text.lower()]} where the key takes true or false"
    if _INTEGER.fullmatch(text):
        return f", or write a whole number of at most {MAX_INTEGER_DIGITS} digits if one is meant"
    if not _OTHER_WHOLE.fullmatch(text):
        return ""
    whole = int(text, 0) if re.match("0[xob]", text) else int(text.replace("_", ""))
    return f", or write {whole} if a whole number is meant"


def _wide_space(found: re.Match[str]) -> str:
    """Of a space that is none to YAML, as word processors put it in."""
    return (
        f"the invisible character U+{ord(found[1]):04X} stands where a space or nothing belongs; write an ordinary "
        "space"
    )


def how_to_write(text: str) -> str:
    """What to write for a range with dots, or a number with a comma, spaces or a per cent sign; '' for other text."""
    ends = _RANGE.fullmatch(text)
    if ends:
        return f'write a range as a list of its two ends, ["{ends[1]}", "{ends[2]}"]'
    number = _LOOSE_NUMBER.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
    if not number or (number[2].isdecimal() and number[3] != "," and not number[5]):
        return ""
    whole, decimals = "".join(filter(str.isdecimal, number[2])), number[4] or ""
    plain = number[1] + str(int(whole)) + (f".{decimals}" if decimals else "")
    if number[5]:
        share = format(Decimal(plain).scaleb(-2), "f")
        return f'write the share "{share}", or "{plain}" of a figure in per cent, without the sign'
    if number[3] == "," and number[2].isdecimal() and len(decimals) == 3:
        return f'write "{plain}" or "{number[1]}{int(whole + decimals)}": decimals have a point and thousands no mark'
    return f'write "{plain}"'


def _key(key: str) -> str:
    return key if _SIMPLE_KEY.fullmatch(key) and len(key) <= _SHOWN else shown(key)


def parse(raw: bytes) -> Document:
    r"""Read the bytes of one strict YAML file.

    Parameters
    ----------
    raw : bytes
        UTF-8, with or without a byte-order mark, at most 1 MiB.

    Returns
    -------
    Document
        The plain value with its line numbers.

    Raises
    ------
    ContractError
        If the bytes are no strict YAML; the sentence names the line, the place and the remedy.

    Examples
    --------
    >>> parse(b"cap: 5\ncap: 6")
    Traceback (most recent call last):
        ...
    effekt.exceptions.ContractError: line 2: cap is given twice, first on line 1; keep one.
    """
    kept = _parse(raw)
    return Document(value=copy.deepcopy(kept.value), lines=kept.lines)


@lru_cache(maxsize=32)
def _parse(raw: bytes) -> Document:
    """What the bytes say: the same file is read when it is settled, verified, compared and cited by its lines."""
    text = _decode(raw)
    try:
        return _Builder(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        wide = _WIDE_SPACE.search(text)
        if wide and (before := text.count("\n", 0, wide.start(1)) + 1) <= line:
            raise ContractError(f"line {before}: {_wide_space(wide)}.") from None
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ContractError(
            f"line {line}, column {column}: the text is not YAML ({problem}); check indentation, colons and quotes."
        ) from None
    except (ValueError, OverflowError) as error:
        if isinstance(error, ContractError):
            raise
        raise ContractError("line 1: the file has an escape or a directive that is no valid YAML; remove it.") from None


def _decode(raw: bytes) -> str:
    """The text of the file, without byte-order mark and with line feeds only."""
    if len(raw) > MAX_BYTES:
        raise ContractError(
            f"line 1: the file is larger than the {MAX_BYTES} bytes allowed; move its data to data files."
        )
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ContractError("line 1: the file is UTF-16 text; save it as UTF-8.")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ContractError(
            f"line {line}: the byte 0x{raw[error.start]:02x} is not UTF-8 text; save the file as UTF-8."
        ) from None
    refused = _REFUSED.search(text)
    if refused:
        line = text.count("\n", 0, refused.start()) + 1
        raise ContractError(f"line {line}: {_character(refused)}; {_remedy(refused)}.")
    return text


def _character(refused: re.Match[str]) -> str:
    return f"the character U+{ord(refused.group()):04X} is not allowed"


def _remedy(refused: re.Match[str]) -> str:
    return "use spaces instead of tabs" if refused.group() == "\t" else "remove this invisible character"


class _Builder:
    """Plain values and their lines from the events of PyYAML's parser."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._lines: dict[Place, int] = {}

    def document(self) -> Document:
        """The one document of the file."""
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise ContractError("line 1: the file is empty; write the contract or attestation in it.")
        if isinstance(start, yaml.DocumentStartEvent) and (start.version or start.tags):
            raise ContractError(f"line {_line(start)}: the file starts with a % directive; remove it.")
        root = next(self._events)
        if isinstance(root, yaml.ScalarEvent) and root.value == "" and root.style is None:
            raise ContractError("line 1: the file is empty; write the contract or attestation in it.")
        value = self._node(root, ())
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise ContractError(f"line {_line(after)}: a second document starts here; keep one in each file.")
        return Document(value=value, lines=MappingProxyType(self._lines))

    def _node(self, event: yaml.Event, place: Place) -> Plain:
        self._lines.setdefault(place, _line(event))
        _refuse_marks(event, place)
        if len(place) > MAX_DEPTH:
            raise ContractError(f"line {_line(event)}: the file is nested deeper than {MAX_DEPTH} levels; flatten it.")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, place)
        return self._list(place) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(place)

    def _list(self, place: Place) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*place, len(items))))
        return items

    def _mapping(self, place: Place) -> dict[str, Plain]:
        entries: dict[str, Plain] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = _read_key(event, place)
            inner = (*place, key)
            if key in entries:
                raise ContractError(
                    f"line {_line(event)}: {dotted(inner)} is given twice, first on line {self._lines[inner]}; "
                    "keep one."
                )
            self._lines[inner] = _line(event)
            entries[key] = self._node(next(self._events), inner)
        return entries


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _at(event: yaml.Event, place: Place, part: str = "") -> str:
    """'line 12: payment.lines.fee', or 'line 12: a key of payment.lines'."""
    return f"line {_line(event)}: {part}{dotted(place)}"


def _refuse_marks(event: yaml.Event, place: Place, part: str = "") -> None:
    """Nothing may refer to another place of the file or say what type it has."""
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent):
        raise ContractError(f"{_at(event, place, part)} is the alias *{_cut(str(anchor))}; write the value out.")
    if anchor is not None:
        raise ContractError(f"{_at(event, place, part)} has the anchor &{_cut(anchor)}; remove it.")
    if tag is not None:
        raise ContractError(f"{_at(event, place, part)} has the tag {_cut(tag)}; remove it.")


def _read_key(event: yaml.Event, place: Place) -> str:
    part = "a key of "
    _refuse_marks(event, place, part)
    if not isinstance(event, yaml.ScalarEvent):
        raise ContractError(f"{_at(event, place, part)} is a list or a mapping; write it as text.")
    if event.value == "<<" and event.style is None:
        raise ContractError(f"{_at(event, place, part)} is the merge key <<; write the merged keys out.")
    key = _scalar(event, place, part)
    if not isinstance(key, str):
        raise ContractError(f"{_at(event, place, part)} is {shown(key)}, which is not text; put it in quotes.")
    return key


def _scalar(event: yaml.ScalarEvent, place: Place, part: str = "") -> str | int | bool:
    """Quoted text; or true, false, a plain whole number, or words that start with a letter, without quotes."""
    text = unicodedata.normalize("NFC", event.value)
    refused = _REFUSED.search(text.replace("\t", " "))
    if refused:
        raise ContractError(f"{_at(event, place, part)}: {_character(refused)}; remove it.")
    if event.style is not None:
        return text
    if wide := _WIDE_SPACE.search(text):
        raise ContractError(f"{_at(event, place, part)}: {_wide_space(wide)}.")
    if text == "":
        raise ContractError(f"{_at(event, place, part)} has no value; write one or remove the key.")
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text) and len(text) <= MAX_INTEGER_DIGITS:
        return int(text)
    if text.lower() in ("null", "~") and not part:
        rule = "which no key takes; write none where nothing is meant, or remove the key"
        raise ContractError(f"{_at(event, place)} is {text}, {rule}.")
    hint = "" if part else how_to_write(text)
    if hint:
        raise ContractError(f"{_at(event, place)} is {_cut(text)} without quotes; {hint}.")
    if text.lower() in _NOT_TEXT or not (text[0].isalpha() or text[0] == "_"):
        meant = "" if part else _meant(text)
        raise ContractError(f"{_at(event, place, part)} is {_cut(text)} without quotes; put it in quotes{meant}.")
    return text

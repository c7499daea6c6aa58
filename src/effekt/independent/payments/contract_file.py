"""Read a contract file a second time: the part of YAML that contract files are written in, by the standard library.

Mappings and lists by indentation or in braces and brackets, quoted text, words, whole numbers, true and false, and
comments. What else YAML has is refused, so that a file is read as it looks or not at all; its faults are for the first
reader to find.
"""

import copy
import re
import unicodedata
from functools import lru_cache
from typing import Any, NoReturn

from effekt.independent.limits import NotRepeatedError

ESCAPES = {"0": "\0", "t": "\t", "n": "\n", "r": "\r", '"': '"', "/": "/", "\\": "\\", " ": " ", "_": "\xa0"}
CODES = {"x": 2, "u": 4, "U": 8}
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
PLAIN = re.compile(r"(?:[^\s:#]|:(?=\S)|(?<=\S)#|[ \t]+(?![#\s]))+")
PLAIN_IN_FLOW = re.compile(r"(?:[^\s:#,\[\]{}]|:(?=[^\s,\[\]{}])|(?<=\S)#|[ \t]+(?![#\s]))+")
SPACE = re.compile(r"(?:[ \n]|(?<![^ \n])#[^\n]*)*")
NOT_A_WORD = "!&*|>%@`?"


def read_contract(raw: bytes) -> dict[str, Any]:
    """Read a contract file.

    Parameters
    ----------
    raw : bytes
        UTF-8.

    Returns
    -------
    dict

    Raises
    ------
    NotRepeatedError
        Where the file is written in another way than this reader knows; with the line.
    """
    return copy.deepcopy(_read(raw))


@lru_cache(maxsize=32)
def _read(raw: bytes) -> dict[str, Any]:
    """What the bytes say, read once: every certificate of a contract is paid by the same ones."""
    return _Reader(raw.decode("utf-8-sig").replace("\r\n", "\n")).file()


class _Reader:
    """A place in the text, and what stands there."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def file(self) -> dict[str, Any]:
        if self._skip():
            self._refuse()
        found = self._block(0)
        self._skip()
        if self.at < len(self.text) or not isinstance(found, dict):
            self._refuse()
        return found

    def _refuse(self) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        raise NotRepeatedError(
            f"the second reader cannot read line {line} of the contract file.",
            f"den andra läsaren kan inte läsa rad {line} i avtalsfilen.",
        )

    def _skip(self) -> int:
        """Go past spaces, line feeds and comments; the column where something stands."""
        self.at = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.at - (self.text.rfind("\n", 0, self.at) + 1)

    def _sees(self, mark: str) -> bool:
        """Whether a mark stands here, with space after it."""
        end = self.at + len(mark)
        return self.text.startswith(mark, self.at) and self.text[end : end + 1] in ("", " ", "\n")

    # --- by indentation

    def _block(self, least: int) -> Any:
        """What stands at the next place, indented by `least` or more."""
        column = self._skip()
        if self.at == len(self.text) or column < least:
            self._refuse()
        if self._sees("-"):
            return self._list(column)
        start = self.at
        if self.text[start] not in "{[":
            self._scalar(PLAIN)
            if self._sees(":"):
                self.at = start
                return self._mapping(column)
            self.at = start
        return self._inline(column)

    def _inline(self, column: int) -> Any:
        """A value that ends on its own, and after which nothing is indented any deeper."""
        value = self._flow() if self.text[self.at] in "{[" else self._scalar(PLAIN)
        line = self.text.count("\n", 0, self.at)
        after = self._skip()
        if self.at < len(self.text) and (after > column or self.text.count("\n", 0, self.at) == line):
            self._refuse()
        return value

    def _list(self, column: int) -> list[Any]:
        items = []
        while self.at < len(self.text) and self._skip() == column and self._sees("-"):
            self.at += 1
            items.append(self._block(column + 1))
        return items

    def _mapping(self, column: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._skip() == column and self.at < len(self.text):
            key = self._scalar(PLAIN)
            if not isinstance(key, str) or key in found or not self._sees(":"):
                self._refuse()
            self.at += 1
            found[key] = self._entry(column)
        return found

    def _entry(self, column: int) -> Any:
        """The value of a key: on its line, or below it; a list may stand below it without being indented."""
        start = self.at
        below = "\n" in self.text[start : self._place()]
        if not below:
            return self._inline(column)
        return self._block(column if self._sees("-") else column + 1)

    def _place(self) -> int:
        self._skip()
        return self.at

    # --- in braces and brackets

    def _flow(self) -> Any:
        opened = self.text[self.at]
        closes = {"{": "}", "[": "]"}[opened]
        found: list[Any] = []
        pairs: dict[str, Any] = {}
        self.at += 1
        while True:
            self._skip()
            if self._here() == closes:
                break
            if opened == "[":
                found.append(self._value())
            else:
                key = self._scalar(PLAIN_IN_FLOW)
                self._skip()
                if not isinstance(key, str) or key in pairs or self._here() != ":":
                    self._refuse()
                self.at += 1
                self._skip()
                pairs[key] = self._value()
            self._skip()
            if self._here() != ",":
                break
            self.at += 1
        if self._here() != closes:
            self._refuse()
        self.at += 1
        return found if opened == "[" else pairs

    def _here(self) -> str:
        return self.text[self.at : self.at + 1]

    def _value(self) -> Any:
        return self._flow() if self._here() and self._here() in "{[" else self._scalar(PLAIN_IN_FLOW)

    # --- text, numbers, true and false

    def _scalar(self, plain: re.Pattern[str]) -> str | int | bool:
        if self._here() and self._here() in "\"'":
            return unicodedata.normalize("NFC", self._quoted(self._here()))
        match = plain.match(self.text, self.at)
        if match is None or match[0][0] in NOT_A_WORD or match[0].startswith(("- ", "---", "...")):
            self._refuse()
        self.at, word = match.end(), match[0].rstrip()
        if word in ("true", "false"):
            return word == "true"
        return int(word) if INTEGER.fullmatch(word) else unicodedata.normalize("NFC", word)

    def _quoted(self, quote: str) -> str:
        self.at += 1
        found = ""
        while self._here() != quote or (quote == "'" and self.text.startswith("''", self.at)):
            found += self._character(quote)
        self.at += 1
        return found

    def _character(self, quote: str) -> str:
        here = self._here()
        if not here:
            self._refuse()
        if here == "\n" or (here in " \t" and re.compile(r"[ \t]*\n").match(self.text, self.at)):
            match = re.compile(r"[ \t]*(\n[ \t]*)+").match(self.text, self.at)
            self.at = match.end()  # type: ignore[union-attr]
            return "\n" * (match[0].count("\n") - 1) or " "  # type: ignore[index]
        if quote == "'" or here != "\\":
            self.at += 2 if here == quote else 1
            return here
        return self._escaped()

    def _escaped(self) -> str:
        mark = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if mark in CODES:
            digits = self.text[self.at : self.at + CODES[mark]]
            self.at += CODES[mark]
            if not re.fullmatch(f"[0-9a-fA-F]{{{CODES[mark]}}}", digits):
                self._refuse()
            return chr(int(digits, 16))
        if mark not in ESCAPES:
            self._refuse()
        return ESCAPES[mark]

"""Which variances do not hold their level at the sizes contracts have, as the published studies measured."""

from __future__ import annotations

from effekt._text import Text
from effekt.result import Note

_SHORT: dict[str, Text] = {}


def coverage_notes(variance: str) -> tuple[Note, ...]:
    """The note that a result carries when its variance falls short; none for the others."""
    text = _SHORT.get(variance)
    return () if text is None else (Note(code="short_coverage", text=text),)

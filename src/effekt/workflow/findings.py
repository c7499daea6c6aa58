"""One thing that was checked, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from effekt._text import Text

Verdict: TypeAlias = Literal["reproduced", "within_tolerance", "different", "cannot_tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    name : str
        What, from a closed list, such as "signatures" or "figure:reduction".
    verdict : {"reproduced", "within_tolerance", "different", "cannot_tell"}
    text : Text
        What was found.
    """

    name: str
    verdict: Verdict
    text: Text


def same_or_different(name: str, same: bool, en: str, sv: str) -> Finding:
    """A finding that is reproduced or different."""
    return Finding(name=name, verdict="reproduced" if same else "different", text=Text(en=en, sv=sv))

"""One thing that was checked, and how it came out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import effekt
from effekt._serialize import encode
from effekt._text import Text
from effekt.certificates.certificate import Certificate

Verdict: TypeAlias = Literal["reproduced", "within_tolerance", "different", "cannot_tell"]
TOLERANCE = 1e-9  # relative, between floats of the same statistic on another machine
WORDS = {"en", "sv", "notes", "diagnostics"}  # keys whose content a later version may word otherwise


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


def compare(name: str, stated: Any, again: Any, found: Certificate, en: str, sv: str) -> Finding:
    """Something stated against the same thing made again.

    Within tolerance when floats agree to 1e-9 and, if another version of effekt made the certificate, when only the
    wording differs; amounts, figures, states and counts are always compared exactly.
    """
    one, other = encode(stated), encode(again)
    verdict: Verdict = "different"
    if one == other:
        verdict = "reproduced"
    elif _alike(one, other, words=made_by_this_version(found)):
        verdict = "within_tolerance"
    return Finding(name=name, verdict=verdict, text=Text(en=en, sv=sv))


def made_by_this_version(found: Certificate) -> bool:
    """Whether the certificate says that this version of effekt made it."""
    return found.software.get("effekt") == effekt.__version__


def _alike(one: Any, other: Any, *, words: bool) -> bool:
    """Equal but for the last digits of floats, and for the wording unless `words`."""
    if isinstance(one, dict) and isinstance(other, dict):
        skipped = set() if words else WORDS
        keys = one.keys() - skipped
        return keys == other.keys() - skipped and all(_alike(one[key], other[key], words=words) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_alike(a, b, words=words) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-300)
    return bool(one == other)

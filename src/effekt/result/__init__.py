"""The one result object of every design, and its relatives."""

from __future__ import annotations

from typing import Any

from effekt._serialize import parse_json
from effekt._validation import join_words
from effekt.exceptions import ArgumentError
from effekt.result.effect import EffectEstimate, View
from effekt.result.effect_set import EffectSet
from effekt.result.group_times import GroupTimes
from effekt.result.measure import OutcomeMeasure
from effekt.result.parts import Diagnostic, ExactMeans, Note, Observed, OutcomePath, Sample

RESULTS: tuple[type[EffectEstimate] | type[EffectSet] | type[OutcomeMeasure], ...] = (
    EffectEstimate,
    EffectSet,
    OutcomeMeasure,
)

__all__ = [
    "Diagnostic",
    "EffectEstimate",
    "EffectSet",
    "ExactMeans",
    "GroupTimes",
    "Note",
    "Observed",
    "OutcomeMeasure",
    "OutcomePath",
    "Sample",
    "View",
    "is_change",
    "read_result",
    "result_from_plain",
]


def is_change(result: object) -> bool:
    """Whether a result is a plain change before–after, or a set of such, and no effect."""
    if isinstance(result, EffectSet):
        return all(map(is_change, result.effects))
    return isinstance(result, EffectEstimate) and not result.estimand.causal


def read_result(text: str | bytes) -> EffectEstimate | EffectSet | OutcomeMeasure:
    """The result that a JSON text holds, whichever of the three kinds it is.

    Raises
    ------
    ArgumentError
        If it is no text, or not the JSON of a result.
    """
    return result_from_plain(parse_json(text, "The result text"))


def result_from_plain(plain: Any) -> EffectEstimate | EffectSet | OutcomeMeasure:
    """The result that parsed JSON holds."""
    tag = plain.get("schema") if isinstance(plain, dict) else None
    for kind in RESULTS:
        if tag == kind.SCHEMA:
            return kind.from_plain(plain)
    known = join_words([repr(kind.SCHEMA) for kind in RESULTS])
    raise ArgumentError(f"The JSON must carry the schema tag {known}; got {tag!r}.")

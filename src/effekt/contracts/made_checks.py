"""Whether a check was made: not one that says that the data do not allow it. Where nobody is missing none is due.

What tells is the status, or a number that the check has wherever it was made and that no disclosure hides, so that the
same follows from the certificate as from the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt._text import Text

BY_NUMBER: Mapping[str, str] = {
    "baseline_choice": "declared",
    "composition_change": "n_strata",
    "e_value": "risk_ratio",
    "honest_did": "level",
    "level_break": "break",
    "marginal_sensitivity": "level",
    "oster_delta": "r2",
    "overdispersion": "dispersion",
    "placebo_in_time": "min_relative",
    "regression_to_mean": "expected",
    "robustness_value": "level",
    "rosenbaum_bounds": "level",
    "substitution": "effect_paying",
}
"""By check, a number that it has wherever it was made."""
BY_STATUS = ("differential_attrition", "heaping", "lee_bounds", "pretrend", "pretrends")
"""Checks that judge wherever they are made, so that they only inform where they cannot be."""

_TRIALS = ("complier_effect", "randomized_trial", "randomized_trials")
_LOST = ("differential_attrition", "lee_bounds", "manski_bounds", "missing_outcomes")
_RECEIPT = ("missing_receipt",)
_COMPARED = (*_TRIALS, "doubly_robust", "matched_comparison")
OF_MISSING: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "complier_bounds": (("complier_effect",), (*_LOST, *_RECEIPT)),
    "differential_attrition": (_COMPARED, _LOST),
    "lee_bounds": (_TRIALS, _LOST),
    "manski_bounds": (_COMPARED, _LOST),
    "missing_receipt": (("complier_effect",), _RECEIPT),
}
"""Checks of what is missing: the methods that give them, and the checks and notes of which one stands where it is."""

NOTHING_MISSING: Mapping[tuple[str, ...], Text] = {
    _LOST: Text(
        en="no outcome is missing of anyone who has all else",
        sv="inget utfall saknas för någon som har allt annat",
    ),
    _RECEIPT: Text(
        en="nobody's receipt of the treatment is missing",
        sv="uppgift om mottagen insats saknas inte för någon",
    ),
    (*_LOST, *_RECEIPT): Text(
        en="neither an outcome nor receipt of the treatment is missing of anyone who has all else",
        sv="varken utfall eller uppgift om mottagen insats saknas för någon som har allt annat",
    ),
}
"""Why such a check is not there."""
MET_WHERE: Mapping[tuple[str, ...], Text] = {
    _LOST: Text(en="no outcome is missing", sv="inget utfall saknas"),
    _RECEIPT: NOTHING_MISSING[_RECEIPT],
    (*_LOST, *_RECEIPT): Text(
        en="neither an outcome nor receipt of the treatment is missing",
        sv="varken utfall eller uppgift om mottagen insats saknas",
    ),
}
"""When it is met for certain: of people without a place in the design, too, none lacks an outcome."""


def is_made(check: Any) -> bool:
    """Whether a check of a result was made, and does not say that the data do not allow it.

    Parameters
    ----------
    check : Diagnostic

    Returns
    -------
    bool
    """
    if check.name in BY_STATUS:
        return bool(check.status != "information")
    return check.name not in BY_NUMBER or check.values.get(BY_NUMBER[check.name]) is not None


def nothing_missing(name: str, *results: Any) -> Text | None:
    """That a check of what is missing was not made since nothing is, in words; None of others, and where something is.

    Parameters
    ----------
    name : str
        The check.
    *results : result
        An effect and, where it is one of several, the set.

    Returns
    -------
    Text or None
    """
    if name not in OF_MISSING:
        return None
    methods, signs = OF_MISSING[name]
    parts = list(_whole(results))
    there = {check.name for one in parts for check in one.diagnostics} | {
        note.code for one in parts for note in one.notes
    }
    if there.intersection(signs) or any(method not in methods for method in map(_method, parts)):
        return None
    return NOTHING_MISSING[signs]


def _whole(results: tuple[Any, ...]) -> Iterator[Any]:
    """The results, and all effects of a set on compliers, which rest on the same people."""
    for one in results:
        yield one
        if hasattr(one, "effects") and _method(one) == "complier_effect":
            yield from one.effects


def _method(result: Any) -> str:
    return str(result.effects[0].method if hasattr(result, "effects") else result.method)

"""Choices that moved a number and stand at a default that the result does not record.

An argument that came after version 0.1 stands in `arguments` where it was given another value, so that older results
keep their bytes. Whoever reads a summary must see it all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Arguments: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """What an argument that is not recorded was, and for which calls it means anything."""

    value: object
    where: Callable[[Arguments], bool]


def with_defaults(method: str, arguments: Arguments) -> dict[str, object]:
    """The arguments of a call, then what it left at a default that is not among them; none where no call is known."""
    if not arguments:
        return {}
    found = {**arguments, **_unwritten(DEFAULTS.get(method, {}), arguments)}
    match = arguments.get("match")
    if method == "matched_comparison" and isinstance(match, Mapping):
        found["match"] = {**match, **_unwritten(OF_A_MATCH, match)}
    return found


def _unwritten(defaults: Mapping[str, Default], arguments: Arguments) -> dict[str, object]:
    return {
        name: default.value for name, default in defaults.items() if name not in arguments and default.where(arguments)
    }


def _always(arguments: Arguments) -> bool:
    return "missing" in arguments  # which every call of an estimator records


def _clustered(arguments: Arguments) -> bool:
    """Where clusters or units could count equally: a precision and an exposure leave no such choice."""
    weights = arguments.get("weights") or {}
    open_to_both = weights.get("kind") != "precision" and arguments.get("exposure") is None
    return arguments.get("cluster") is not None and open_to_both


def _drawn_once(match: Arguments) -> bool:
    """Where it matters which of the treated choose first, which they do by their propensity unless it is said."""
    return match.get("method") == "nearest" and (not match.get("replace") or match.get("reuse") is not None)


_ASYMPTOTIC = Default(value="asymptotic", where=_always)
_UNITS = Default(value=False, where=_clustered)
DEFAULTS: Mapping[str, Mapping[str, Default]] = {
    "randomized_trial": {"cluster_weighted": _UNITS, "inference": _ASYMPTOTIC},
    "randomized_trials": {"cluster_weighted": _UNITS, "inference": _ASYMPTOTIC},
    "complier_effect": {
        "estimand": Default(value="ATE", where=_always),
        "population": Default(value="super", where=lambda arguments: arguments.get("inference") != "randomization"),
        "cluster_weighted": _UNITS,
        "inference": _ASYMPTOTIC,
    },
    "difference_in_differences": {"inference": _ASYMPTOTIC, "sampling": Default(value="panel", where=_always)},
    "event_study": {"inference": _ASYMPTOTIC, "sampling": Default(value="panel", where=_always)},
    "staggered_adoption": {
        "estimator": Default(value="group_time", where=_always),
        "inference": _ASYMPTOTIC,
        "sampling": Default(value="panel", where=_always),
    },
    "trend_adjusted": {
        "trend": Default(value="ratio_of_means", where=lambda arguments: arguments.get("adjustment") == "ratio"),
        "same_months": Default(value=False, where=_always),
    },
}
OF_A_MATCH: Mapping[str, Default] = {
    "propensity": Default(
        value="logit",
        where=lambda match: (
            (match.get("method") in ("nearest", "optimal", "full") and match.get("distance") == "propensity")
            or _drawn_once(match)  # whose order is by the propensity, whatever the distance
            or match.get("method") in ("subclassification", "inverse_probability", "overlap")
            or match.get("discard") is not None
        ),
    ),
    "order": Default(value="largest", where=_drawn_once),
    "moments": Default(
        value=1,
        where=lambda match: (
            match.get("method")
            in ("entropy_balancing", "covariate_balancing_propensity", "inverse_probability", "overlap")
        ),
    ),
}

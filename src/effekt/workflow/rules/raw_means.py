"""Raw means that are the means of the result: by the method and its arguments, nothing moves them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from effekt._inference import StudentT
from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import EffectEstimate
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.clusters import of_people
from effekt.workflow.rules.recorded import Fault

TRIALS = ("randomized_trial", "randomized_trials", "complier_effect")
MOVING = ("covariates", "block", "pairs", "weights", "probability", "cluster_weighted", "exposure")
"""Arguments of a trial by which its means are not those of its rows."""
AS_TREATED = (
    "difference_in_differences",
    "event_study",
    "staggered_adoption",
    "synthetic_control",
    "synthetic_difference_in_differences",
)
"""The methods that compare the treated as they were seen."""
NOISE = 1e-12  # what rounding leaves of a mean that is 0
NOTED = "missing_outcomes"
ALL_MATCHED = ("unmatched", "dropped", "discarded")  # numbers of a match that are 0 where no treated is left out


def raw_faults(effect: EffectEstimate) -> Iterator[Fault]:
    """Raw means that are not the means where nothing moves these.

    Parameters
    ----------
    effect : EffectEstimate

    Yields
    ------
    place, stated, must be
    """
    raw = {"treated": effect.observed.treated, "control": effect.observed.control}
    means = {"treated": effect.means.treated, "control": effect.means.counterfactual}
    exactly, nearly = _unadjusted(effect), _as_seen(effect)
    for name in dict.fromkeys((*exactly, *nearly)):
        stated, near = raw[name], 1e-300 if name in exactly else _rounding(effect)
        if stated is None or not math.isclose(stated, means[name], rel_tol=TOLERANCE, abs_tol=near):
            yield f"observed.{name}", stated, means[name]


def _unadjusted(effect: EffectEstimate) -> tuple[str, ...]:
    """The means that are formed as the raw ones are."""
    if effect.method == "published_comparison":
        return ("treated", "control")
    if effect.method == "trend_adjusted":
        return ("treated",)
    plain = effect.method == "randomized_trial" and effect.arguments.get("adjustment") == "none"
    return ("treated", "control") if plain and _plain(effect) else ()


def _as_seen(effect: EffectEstimate) -> tuple[str, ...]:
    """The means that are the raw ones up to rounding."""
    taken = effect.arguments
    if effect.method in TRIALS:
        of_lot = effect.method != "complier_effect" or effect.estimand.name == "ITT"
        unmoved = of_lot and taken.get("adjustment") in ("none", "lin") and _plain(effect)
        return ("treated", "control") if unmoved else ()
    if effect.method in AS_TREATED:
        return () if of_people(effect) else ("treated",)
    return ("treated",) if effect.method == "matched_comparison" and _whole(effect) else ()


def _plain(effect: EffectEstimate) -> bool:
    return not any(effect.arguments.get(name) for name in MOVING)


def _whole(effect: EffectEstimate) -> bool:
    """Whether a match on the treated weighs none of these, leaves none out and has the outcome of each."""
    match = effect.arguments.get("match")
    taken = match if isinstance(match, Mapping) else {}
    how = MATCHING.get(str(taken.get("method", "nearest")))
    if how is None or how.weighs or taken.get("estimand", "ATT") != "ATT" or effect.arguments.get("covariates"):
        return False
    told = [check.values for check in effect.diagnostics if check.name == "matched_sample"]
    all_there = len(told) == 1 and all(told[0].get(name) == 0 for name in ALL_MATCHED)
    return all_there and effect.sample.n_dropped == 0 and NOTED not in {note.code for note in effect.notes}


def _rounding(effect: EffectEstimate) -> float:
    """By how much a mean may be off where large outcomes cancel in it, by the other numbers of the result."""
    path, by = effect.path, effect.inference
    seen: list[float] = [effect.means.treated, effect.means.counterfactual]
    if isinstance(by, StudentT) and by.scale == "linear":
        seen += [math.sqrt(max(by.covariance[0], by.covariance[2], 0.0))]
    parts: Sequence[float | None] = () if path is None else (*path.treated, *path.counterfactual)
    seen += [one for one in parts if one is not None]
    return max(NOISE, TOLERANCE * max((abs(one) for one in seen if math.isfinite(one)), default=0.0))

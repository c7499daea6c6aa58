"""How many clusters a result has, by its method and call: whether it counts them, and between which bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import EffectEstimate
from effekt.workflow.rules.recorded import Fault, Member

ALWAYS = ("difference_in_differences", "event_study")
BY_COLUMN = ("randomized_trial", "randomized_trials", "complier_effect", "doubly_robust", "trend_adjusted")
"""The methods that count clusters where the call names their column, and nowhere else."""
OF_SETS = ("CR2", "CR2_within")  # variances of a match that have clusters


def counts_clusters(member: Member) -> bool | None:
    """Whether a result counts clusters; None where its data decide.

    Parameters
    ----------
    member : EffectEstimate or OutcomeMeasure

    Returns
    -------
    bool or None
    """
    taken = member.arguments
    if member.method in ALWAYS:
        return True
    if member.method in BY_COLUMN:
        return bool(taken.get("cluster"))
    if member.method == "matched_comparison":
        return bool(taken.get("cluster")) if _weighs(member) else taken.get("variance") in OF_SETS
    if member.method == "staggered_adoption":
        return None if taken.get("aggregate") else True
    return False


def cluster_faults(effect: EffectEstimate) -> Iterator[Fault]:
    """Clusters where the method has none, or fewer or more of them than it can have.

    Parameters
    ----------
    effect : EffectEstimate

    Yields
    ------
    place, stated, must be
    """
    n, (least, most) = effect.sample.n_clusters, _bounds(effect)
    if n is None:
        return
    if counts_clusters(effect) is False:
        yield "sample.n_clusters", n, None
    elif not least <= n <= most:
        yield "sample.n_clusters", n, least if least == most else f"{least}–{'∞' if math.isinf(most) else most}"


def _bounds(effect: EffectEstimate) -> tuple[int, float]:
    """The fewest and the most clusters: without a column of them each unit is one, with one each has units of its own.

    Of a trend they lie within units, and some may have no row in the windows.
    """
    taken, units, rows = effect.arguments, effect.sample.n_units, effect.sample.n_obs
    if effect.method == "trend_adjusted":
        return units or 1, math.inf
    if taken.get("aggregate"):
        return 1, math.inf if rows is None else rows
    if units is not None and _alone(effect):
        return units, units
    known = [n for n in (units, rows) if n is not None]
    return 1, min(known, default=math.inf)


def of_people(effect: EffectEstimate) -> bool:
    """Whether a staggered adoption is of other people in each period.

    Parameters
    ----------
    effect : EffectEstimate

    Returns
    -------
    bool
    """
    return effect.method == "staggered_adoption" and effect.arguments.get("sampling") == "repeated_cross_sections"


def _alone(effect: EffectEstimate) -> bool:
    """Whether each unit is a cluster: in a panel whose call names no column of them."""
    in_panel = effect.method in (*ALWAYS, "staggered_adoption") and not of_people(effect)
    return in_panel and effect.arguments.get("cluster") in (None, effect.arguments.get("unit"))


def _weighs(member: Member) -> bool:
    match = member.arguments.get("match")
    how = MATCHING.get(str(match.get("method", "nearest"))) if isinstance(match, Mapping) else None
    return how is not None and how.weighs

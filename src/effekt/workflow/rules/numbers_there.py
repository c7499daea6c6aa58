"""Numbers that a method always gives, told where they lack and nothing is hidden: none stands for the best case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.rules.checks_again import says_hidden
from effekt.workflow.rules.clusters import counts_clusters
from effekt.workflow.rules.follows import WITHOUT
from effekt.workflow.rules.recorded import Fault, Member

NUMBER = "≠ –"
COUNTS = ("n_obs", "n_units", "n_treated", "n_control", "n_dropped")
BY_PERIOD = ("n_treated", "n_dropped")  # that every effect of a staggered adoption has
_SEEN = ("n_treated", "n_control", "n_seen_treated", "n_seen_control", "lower", "upper")
NEVER_HIDDEN: Mapping[str, tuple[str, ...]] = {
    "covariate_balance": ("n_imbalanced", "n_unequal_variance"),
    "tie_orders": ("min", "max", "count"),
}
"""Of a check, the numbers that count no units."""
ALWAYS: Mapping[str, tuple[str, ...]] = {
    "differential_attrition": ("n_treated", "n_control", "n_missing_treated", "n_missing_control"),
    "lee_bounds": _SEEN,
    "manski_bounds": _SEEN,
    "matched_sample": ("treated", "controls", "dropped", "discarded", "matched", "unmatched", "controls_used"),
    "weight_spread": tuple(
        f"{name}_{arm}" for name in ("n", "effective", "max_share") for arm in ("treated", "controls")
    ),
}
"""Of a check, the numbers that it lacks only where counts are hidden."""
SIZES = ("treated", "controls", "sets")  # columns of its table, where it counts sets
OF_PAIRS = ("pairs", "sets", "short", "by_order")  # more of `matched_sample`, where a match does not weigh


def lacking_faults(result: Member | EffectSet, minimum: int) -> Iterator[Fault]:
    """Each number that is not there although the method always gives it and the contract does not hide it.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    minimum : int
        The smallest count that is shown; 0 shows all.

    Yields
    ------
    place, stated, must be
    """
    if isinstance(result, EffectSet):
        for one in (*result.effects, *filter(None, [result.overall])):
            yield from lacking_faults(one, minimum)
    else:
        yield from _of_sample(result) if minimum == 0 else ()
        if isinstance(result, EffectEstimate) and result.observed.control is None:
            yield "observed.control", None, NUMBER
    for check in result.diagnostics:
        hidden = minimum > 0 and says_hidden(check)
        names = NEVER_HIDDEN.get(check.name, ()) if hidden else _names(check, result)
        for name in names:
            if check.values.get(name) is None:
                yield f"diagnostics.{check.name}.values.{name}", None, NUMBER
        for name in SIZES if "sets" in names else ():
            if None in (check.table.get(name) or (None,)):
                yield f"diagnostics.{check.name}.table.{name}", None, NUMBER


def _of_sample(member: Member) -> Iterator[Fault]:
    counts = BY_PERIOD if member.method == "staggered_adoption" else COUNTS
    for name in (name for name in counts if name not in WITHOUT.get(member.method, ())):
        if getattr(member.sample, name) is None:
            yield f"sample.{name}", None, NUMBER
    if member.sample.n_clusters is None and counts_clusters(member):
        yield "sample.n_clusters", None, NUMBER


def _names(check: Diagnostic, result: Member | EffectSet) -> tuple[str, ...]:
    names = (*NEVER_HIDDEN.get(check.name, ()), *ALWAYS.get(check.name, ()))
    if check.name != "matched_sample" or isinstance(result, EffectSet):
        return names
    match: Any = result.arguments.get("match")
    how = MATCHING.get(str(match.get("method", "nearest"))) if isinstance(match, Mapping) else None
    return names if how is None or how.weighs else (*names, *OF_PAIRS)

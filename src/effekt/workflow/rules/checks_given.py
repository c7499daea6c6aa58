"""The checks that a result must have, and can have, by its method and its call, told without data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from effekt._inference import StudentT
from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import EffectEstimate, EffectSet
from effekt.workflow.data.known_checks import ASKED, GIVEN
from effekt.workflow.rules.recorded import Fault, Member, is_same

Given = Iterator[tuple[str, str]]  # the member of a set that has the check, "" for the result itself, and its name
SERIES = ("kept", "removed")
COMPOSITION = "composition_change"
RECEIPT, ATTRITION = "missing_receipt", "differential_attrition"


def given_faults(
    result: Member | EffectSet, method: str, call: Mapping[str, Any], declared: Mapping[str, int] | None = None
) -> Iterator[Fault]:
    """Each check that is there less often than the method gives it under the call, or more often than it can be given.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    method : str
    call : mapping
        The arguments of the method.
    declared : mapping of str to int, optional
        Checks that the contract asks for beside the call, each with how often it can be there.

    Yields
    ------
    place, stated, must be
    """
    made = Counter((place, check.name) for place, one in _parts(result) for check in one.diagnostics)
    must = Counter((*_given(result, method, call), *_asked(result, method, call)))
    elsewhere = {name for _, name in must}
    for place, name in dict.fromkeys((*must, *made)):
        times, least = made[place, name], must[place, name]
        most = least or (declared or {}).get(name, int(name in GIVEN[method] and name not in elsewhere))
        where = f"diagnostics of {place}" if place else "diagnostics"
        if times < least:
            yield where, None, name
        if times > most:
            yield where, ", ".join([name] * times), ", ".join([name] * most) or None


def _parts(result: Member | EffectSet) -> Iterator[tuple[str, Member | EffectSet]]:
    yield "", result
    if isinstance(result, EffectSet):
        yield from zip(result.labels, result.effects, strict=True)
        if result.overall is not None:
            yield "overall", result.overall


def _given(result: Member | EffectSet, method: str, call: Mapping[str, Any]) -> Given:
    """By the method alone, and by what its arguments and its members say."""
    without = ("propensity_overlap",) if method == "doubly_robust" and _may_be_alone(result) else ()
    yield from (("", name) for name in _BY_CALL.get(method, _nothing)(call) if name not in without)
    if not isinstance(result, EffectSet):
        return
    if method == "complier_effect":
        yield from _of_compliers(result)
    if method == "event_study" and _has_leads(result) and not _asks(call, "pretrend"):
        yield "", "pretrend"
    if method == "randomized_trials" and _has_stepdown(result, call):
        yield "", "romano_wolf"


def _may_be_alone(result: Member | EffectSet) -> bool:
    """Whether an arm has one unit, whose propensities overlap with none, or its count is hidden."""
    if not isinstance(result, EffectEstimate):
        return False
    return any(n in (None, 1) for n in (result.sample.n_treated, result.sample.n_control))


def _of_compliers(result: EffectSet) -> Given:
    """The first stage; what is said of missing receipt is said of both that rest on it."""
    yield "CACE", "first_stage"
    names = {place: {check.name for check in one.diagnostics} for place, one in _parts(result)}
    if any(RECEIPT in own for own in names.values()):
        yield from (("CACE", RECEIPT), ("first stage", RECEIPT))
    if any(ATTRITION in own for own in names.values()):
        yield from (("ITT", ATTRITION), ("first stage", ATTRITION))


def _of_match(call: Mapping[str, Any]) -> Iterator[str]:
    """Balance, what was matched, overlap of propensities or of sets, and the spread of weights or the ties."""
    yield from ("covariate_balance", "matched_sample")
    match = call.get("match")
    how = MATCHING.get(str(match.get("method", "nearest"))) if isinstance(match, Mapping) else None
    if how is not None and how.weighs:
        yield from ("propensity_overlap", "weight_spread")
    elif how is not None:
        yield "tie_orders"
        yield "propensity_overlap" if how.needs_propensity else "set_overlap"


def _of_trend(call: Mapping[str, Any]) -> Iterator[str]:
    """The readings, and each choice beside what the figure is without it."""
    yield "adjustment_readings"
    if call.get("trend", "ratio_of_means") != "ratio_of_means":
        yield "trend_readings"
    if call.get("level_correction"):
        yield from ("level_correction", "placebo_distribution")
    if call.get("excluded"):
        yield "excluded_periods"
    if call.get("own_unit") in SERIES:
        yield "own_unit"
    if call.get("standardize") or _asks(call, COMPOSITION):
        yield COMPOSITION


def _of_mixture(call: Mapping[str, Any]) -> Iterator[str]:
    """Fit, weights, the figure without each donor; with placebos, which all donors are, both checks of them."""
    yield from ("synthetic_fit", "donor_weights", "leave_one_out")
    if call.get("inference", "placebo") in ("placebo", "placebo_variance"):
        yield from ("placebo_distribution", "rmspe_ratio")


def _of_weighted_periods(call: Mapping[str, Any]) -> Iterator[str]:
    yield from (*_of_mixture(call), "time_weights")


def _of_differences(call: Mapping[str, Any]) -> Iterator[str]:
    """The third difference of a panel, and the people of cross-sections."""
    if call.get("eligible") and call.get("sampling", "panel") == "panel":
        yield "triple_difference"
    yield from _of_people(call)


def _of_events(call: Mapping[str, Any]) -> Iterator[str]:
    if _asks(call, "pretrend"):
        yield "pretrend"
    yield from _of_people(call)


def _of_people(call: Mapping[str, Any]) -> Iterator[str]:
    """Whether those who were seen changed: of the eligible, and of the others."""
    if call.get("covariates"):
        yield from ["composition_drift"] * (2 if call.get("eligible") else 1)


def _of_counts(call: Mapping[str, Any]) -> Iterator[str]:
    if {call.get("variance"), call.get("inference")}.intersection(("quasi_poisson", "exact_poisson")):
        yield "overdispersion"


def _of_weights(_: Mapping[str, Any]) -> Iterator[str]:
    yield from ("covariate_balance", "propensity_overlap", "weight_spread")


def _of_cohorts(_: Mapping[str, Any]) -> Iterator[str]:
    yield "pretrends"


def _nothing(_: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


_BY_CALL: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "difference_in_differences": _of_differences,
    "doubly_robust": _of_weights,
    "event_study": _of_events,
    "matched_comparison": _of_match,
    "randomized_trial": _of_counts,
    "staggered_adoption": _of_cohorts,
    "synthetic_control": _of_mixture,
    "synthetic_difference_in_differences": _of_weighted_periods,
    "trend_adjusted": _of_trend,
}


def by_call(method: str, call: Mapping[str, Any]) -> tuple[str, ...]:
    """The checks that a method gives by what its call says, whatever the data are.

    Parameters
    ----------
    method : str
    call : mapping

    Returns
    -------
    tuple of str
    """
    return tuple(_BY_CALL.get(method, _nothing)(call))


def _has_leads(result: EffectSet) -> bool:
    """Whether there are periods before adoption, and an inference of every period."""
    return result.labels[0].startswith("-") and all(isinstance(one.inference, StudentT) for one in result.effects)


def _has_stepdown(result: Member | EffectSet, call: Mapping[str, Any]) -> bool:
    """Whether several outcomes are compared by lot, and no note says why they are not held against each other."""
    notes = {note.code for note in result.notes} if isinstance(result, EffectSet) else set()
    return can_step_down(call) and "without_stepdown" not in notes


def can_step_down(call: Mapping[str, Any]) -> bool:
    """Whether a call compares several outcomes by lot.

    Parameters
    ----------
    call : mapping

    Returns
    -------
    bool
    """
    several = isinstance(call.get("outcome"), (list, tuple)) and not call.get("arms") and not call.get("subgroup")
    return several and call.get("inference") == "randomization"


def _asked(result: Member | EffectSet, method: str, call: Mapping[str, Any]) -> Given:
    """Each check that the call asks for; of one kind as many as it asks for with other options."""
    asked: list[Any] = []
    for word in call.get("checks") or ():
        one = {"check": word} if isinstance(word, str) else dict(word)
        if not any(is_same(one, other) for other in asked):
            asked.append(one)
    of_members = method == "doubly_robust" and isinstance(result, EffectSet)
    places = result.labels if of_members and isinstance(result, EffectSet) else ("",)
    for name, words in ASKED.get(method, {}).items():
        for _ in (one for one in asked if one["check"] in words):
            yield from ((place, name) for place in places)


def _asks(call: Mapping[str, Any], name: str) -> bool:
    words = (word if isinstance(word, str) else word["check"] for word in call.get("checks") or ())
    return name in words

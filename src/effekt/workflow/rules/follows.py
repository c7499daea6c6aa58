"""What in a result follows from the rest of it, told without data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from operator import add, mul
from typing import Any, cast, get_args

from effekt._inference import AndersonRubin, Means, Placebos, StudentT, TestInversion, TwoProportions, Unavailable
from effekt._inference.exact_ranks import ExactErrors
from effekt._inference.proportions import ScoreTest
from effekt._serialize import encode
from effekt.contracts.model import Analysis
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure, Sample
from effekt.result.effect import DEFAULT_LEVELS, View
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.checks_again import check_faults
from effekt.workflow.rules.clusters import cluster_faults
from effekt.workflow.rules.compared import compared_faults
from effekt.workflow.rules.matched import matched_faults, subgroup_faults
from effekt.workflow.rules.number_ranges import number_faults
from effekt.workflow.rules.pictured import path_faults
from effekt.workflow.rules.raw_means import TRIALS, raw_faults
from effekt.workflow.rules.recorded import Fault, Member, parted
from effekt.workflow.rules.trend_tests import trend_faults

BALANCED = ("difference_in_differences", "synthetic_control", "synthetic_difference_in_differences")
"""The methods that take a row of each unit in each period that they show, and no other."""
BEFORE_AFTER = {"published_comparison": ("comparison", "before_after"), "trend_adjusted": ("adjustment", "none")}
COMPLIERS, LABELS = ("CACE", "ITT", "first_stage"), ("ITT", "CACE", "first stage")
WITHOUT = {
    "outcome_count": ("n_treated", "n_control", "n_clusters"),
    "published_comparison": ("n_units", "n_treated", "n_control"),
}
"""Counts that no result of a method has."""
AMONG = {"regression": "level", "log_regression": "log_level", "groups": "groups", "permutation": "permutation"}
"""The word in a convention of placebos for what else of a trend's call decides what they are."""
PROCEDURES = {
    "permutation": "randomization",
    "block_bootstrap": "draws",
    "studentized": "studentized_randomization",
}
LOOSE = 1e-7  # of p-values and ends that are solved for
AT_ENDS = ("randomization", "wild_bootstrap", "exact_poisson", "newcombe", "miettinen_nurminen")
"""Procedures made public with a p-value at every end of a set."""


def own_faults(member: Member) -> Iterator[Fault]:
    """Each place of a result that contradicts another of it.

    Parameters
    ----------
    member : EffectEstimate or OutcomeMeasure

    Yields
    ------
    place, stated, must be
    """
    yield from _outcome(member)
    yield from _counts(member.sample)
    yield from _of_design(member)
    yield from check_faults(member)
    if isinstance(member, OutcomeMeasure):
        yield from _measure(member)
        return
    yield from _named(member)
    yield from _means(member)
    yield from raw_faults(member)
    yield from _inference(member)
    yield from number_faults(member)
    yield from cluster_faults(member)
    yield from matched_faults(member)
    yield from compared_faults(member)
    yield from trend_faults(member)
    yield from path_faults(member)


def set_faults(effects: EffectSet, analysis: Analysis) -> Iterator[Fault]:
    """Each place of a set that contradicts its members, or what makes them a set.

    Parameters
    ----------
    effects : EffectSet
    analysis : Analysis

    Yields
    ------
    place, stated, must be
    """
    taken, by = analysis.given, analysis.given.get("aggregate")
    labels, shared = _labels(effects, taken), _shared(effects.effects[0].method, taken)
    if labels is not None and effects.labels != labels:
        yield "labels", ", ".join(effects.labels), ", ".join(labels)
    if effects.shared != shared:
        yield "shared", effects.shared, shared
    yield from _joint(effects)
    yield from subgroup_faults(effects)
    yield from compared_faults(effects)
    yield from trend_faults(effects)
    if effects.overall is not None:
        yield from _overall(effects, effects.overall, by)


def _labels(effects: EffectSet, taken: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The labels that the call gives; None where the data do."""
    if effects.effects[0].method == "complier_effect":
        return LABELS
    if "arms" in taken:
        return tuple(taken["arms"])
    if isinstance(taken.get("outcome"), list) and effects.effects[0].method == "randomized_trials":
        return tuple(one["column"] if isinstance(one, Mapping) else one for one in taken["outcome"])
    return None


def _shared(method: str, taken: Mapping[str, Any]) -> str | None:
    """Whether the effects are of the same units, or have one control group."""
    if "arms" in taken:
        return "control"
    several = method == "randomized_trials" and isinstance(taken.get("outcome"), list)
    return "units" if several or method == "event_study" or taken.get("aggregate") else None


def _joint(effects: EffectSet) -> Iterator[Fault]:
    """The joint covariance holds that of each member, and no combination has more degrees of freedom than a member."""
    if effects.covariance is None:
        return
    for k, one in enumerate(effects.effects):
        first, second = effects.covariance[2 * k : 2 * k + 2]
        if isinstance(one.inference, StudentT) and one.inference.scale == "linear":
            own, block = one.inference.covariance, (first[2 * k], first[2 * k + 1], second[2 * k + 1])
            if not all(_near(stated, must, own) for stated, must in zip(block, own, strict=True)):
                yield f"covariance[{effects.labels[k]}]", block, own
    yield from _root(effects, effects.covariance)
    known = [one.df for one in effects.effects if one.df is not None]
    if known and effects.df > min(known) * (1 + TOLERANCE):
        yield "df", effects.df, min(known)


def _root(effects: EffectSet, covariance: Sequence[Sequence[float]]) -> Iterator[Fault]:
    """R'R is the covariance, but for the digits that a level leaves it, and has each difference's own variance."""
    if effects.root is None:
        return
    columns, means = list(zip(*effects.root, strict=True)), []
    for k, one in enumerate(effects.effects):
        difference, second = columns[2 * k : 2 * k + 2]
        means += [tuple(map(add, difference, second)), second]
        if isinstance(one.inference, StudentT):
            held, own = (_dot(difference, difference), _dot(difference, second)), one.inference.of_difference()
            if not all(_near(stated, must, own) for stated, must in zip(held, own, strict=True)):
                yield f"root[{effects.labels[k]}]", held, own
    among = [cell for row in covariance for cell in row]
    again = [_dot(first, second) for first in means for second in means]
    if not all(_near(stated, must, among) for stated, must in zip(again, among, strict=True)):
        yield "root", "R'R", "covariance"


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(map(mul, first, second))


def _overall(effects: EffectSet, overall: EffectEstimate, by: str | None) -> Iterator[Fault]:
    """One effect in all is the mean of the members after adoption; that over cohorts, by size, lies among them."""
    pairs = zip(effects.labels, effects.effects, strict=True)
    after = [one for label, one in pairs if by != "dynamic" or not label.startswith("-")]
    if not after:
        return
    for name in ("treated", "counterfactual"):
        own = [getattr(one.means, name) for one in after]
        stated, mean = getattr(overall.means, name), math.fsum(own) / len(own)
        near = min(max(stated, min(own)), max(own)) if by == "cohort" else mean
        if not _near(stated, near, own):
            yield f"overall.means.{name}", stated, mean


# --- what it says that it is -----------------------------------------------------------------------------------------


def _outcome(member: Member) -> Iterator[Fault]:
    """The outcome is the recorded one, of several that of its column; a rate may be told per unit of exposure."""
    recorded, stated = member.arguments.get("outcome"), encode(member.outcome)
    if isinstance(member, EffectEstimate) and member.estimand.name == "first_stage":
        return  # whose outcome is that the treatment was received
    several = recorded if isinstance(recorded, (list, tuple)) else (recorded,)
    maps = [one for one in several if isinstance(one, Mapping)]
    own = next((one for one in maps if one.get("column") == stated["column"]), maps[0] if maps else None)
    if own is None:
        return
    unit, exposure = own.get("unit"), member.arguments.get("exposure")
    if exposure is not None and stated["unit"] == f"{unit}/{exposure}":
        own = {**own, "unit": stated["unit"]}
    yield from parted("outcome", stated, own)


def _named(effect: EffectEstimate) -> Iterator[Fault]:
    """The estimand and the variance are those of the call."""
    taken = effect.arguments
    match = taken.get("match")
    asked = match.get("estimand") if isinstance(match, Mapping) else taken.get("estimand")
    name, value = BEFORE_AFTER.get(effect.method, ("", ""))
    if effect.method == "complier_effect":
        asked = effect.estimand.name if effect.estimand.name in COMPLIERS else "CACE"
    elif name:
        asked = "before_after" if taken.get(name) == value else "ATT"
    if asked is not None and effect.estimand.name != asked:
        yield "estimand.name", effect.estimand.name, asked
    if isinstance(effect.inference, Unavailable) and not {"variance", "inference"} & {*taken}:
        by = "none/1"  # a method that has none
        if effect.variance != by:
            yield "variance", effect.variance, by
    elif "variance" in taken or "inference" in taken:
        by = _convention(effect.method, taken)
        if effect.variance != by and not (effect.variance == "none/1" and isinstance(effect.inference, Unavailable)):
            yield "variance", effect.variance, by


def _convention(method: str, taken: Mapping[str, Any]) -> str:
    """The variance, or the inference that has none, as a result names it."""
    by = str(taken.get("variance") or taken.get("inference"))
    among = AMONG.get(taken.get("level_correction") or taken.get("placebos") or "")
    if method == "trend_adjusted" and among is not None:
        by = by.replace("placebo", f"placebo_{among}", 1)
    return f"{by}/1"


# --- counts and means -------------------------------------------------------------------------------------------------


def _counts(sample: Sample) -> Iterator[Fault]:
    """The arms add to the units, of which each has a row, and are not hidden where they do; nothing is below zero."""
    for name, n in encode(sample).items():
        if n is not None and n < 0:
            yield f"sample.{name}", n, 0
    rows, units, treated, control = sample.n_obs, sample.n_units, sample.n_treated, sample.n_control
    if units is not None and treated is not None and control is not None and units != treated + control:
        yield "sample.n_units", units, treated + control
    if units is not None and (treated is None) != (control is None):
        hidden, shown = ("n_treated", control) if treated is None else ("n_control", treated)
        yield f"sample.{hidden}", None, units - (shown or 0)
    if rows is not None and units is not None and rows < units:
        yield "sample.n_obs", rows, units


def _of_design(member: Member) -> Iterator[Fault]:
    """Counts that the design gives: in a trial each row is a unit; a method without arms or units counts none."""
    own, trial = member.sample, member.method in TRIALS
    if trial and None not in (own.n_obs, own.n_units) and own.n_obs != own.n_units:
        yield "sample.n_obs", own.n_obs, own.n_units
    for name in sorted(WITHOUT.get(member.method, ())):
        if getattr(own, name) is not None:
            yield f"sample.{name}", getattr(own, name), None
    if member.method == "published_comparison" and own.n_obs not in (2, None):
        yield "sample.n_obs", own.n_obs, 2
    whole = _rows_of_panel(member)
    if whole is not None and own.n_obs not in (whole, None):
        yield "sample.n_obs", own.n_obs, whole


def _rows_of_panel(member: Member) -> int | None:
    """A row of each unit, of both its groups where there are two, in each period of the picture, where none may lack.

    None of methods that take other rows, of people, and where units are hidden.
    """
    taken, units = member.arguments, member.sample.n_units
    path = member.path if isinstance(member, EffectEstimate) else None
    if member.method not in BALANCED or path is None or units is None or taken.get("sampling", "panel") != "panel":
        return None
    return units * len(path.periods) * (1 if taken.get("eligible") is None else 2)


def _measure(measure: OutcomeMeasure) -> Iterator[Fault]:
    """A measure is of its statistic and of no more rows than there are; a share or mean is over rows or units."""
    recorded = measure.arguments.get("statistic")
    if recorded is not None and measure.statistic != recorded:
        yield "statistic", measure.statistic, recorded
    rows, units = measure.sample.n_obs, measure.sample.n_units
    if measure.statistic == "count" and (
        measure.exact.denominator != 1 or not 0 <= measure.exact <= (rows or math.inf)
    ):
        yield "exact", str(measure.exact), f"0–{rows}"
    if measure.statistic == "share" and not 0 <= measure.exact <= 1:
        yield "exact", str(measure.exact), "0–1"
    known = [n for n in (rows, units) if n is not None]
    if measure.statistic == "share" and len(known) == 2 and all((measure.exact * n).denominator != 1 for n in known):
        yield "exact", str(measure.exact), f"…/{rows}"


def _means(effect: EffectEstimate) -> Iterator[Fault]:
    """A view that no method gives, and means that are not the fractions beside them."""
    for name in ("name", "contrast", "slope", "offset"):
        if getattr(effect.view, name) != getattr(View(), name):
            yield f"view.{name}", getattr(effect.view, name), getattr(View(), name)
    for name in ("treated", "counterfactual") if effect.exact is not None else ():
        stated, exact = getattr(effect.means, name), float(getattr(effect.exact, name))
        if not math.isclose(stated, exact, rel_tol=TOLERANCE, abs_tol=1e-300):
            yield f"means.{name}", stated, exact


# --- inference --------------------------------------------------------------------------------------------------------


def _inference(effect: EffectEstimate) -> Iterator[Fault]:
    by, taken = effect.inference, effect.arguments
    asked = taken.get("inference")
    if isinstance(by, StudentT):
        yield from _correlated("inference.covariance", *by.covariance)
        yield from _apart(by)
    if isinstance(by, AndersonRubin):
        (y, u, d), (yy, yu, yd, uu, ud, dd) = by.effects, by.covariance
        for name, value in (("treated", u / d), ("counterfactual", (u - y) / d)):
            if not math.isclose(getattr(effect.means, name), value, rel_tol=TOLERANCE, abs_tol=TOLERANCE * abs(u / d)):
                yield f"means.{name}", getattr(effect.means, name), value
        for first, both, second in ((yy, yu, uu), (yy, yd, dd), (uu, ud, dd)):
            yield from _correlated("inference.covariance", first, both, second)
    if isinstance(by, Placebos) and by.exact is not None:
        yield from _placebos(by, by.exact, effect.means)
    if isinstance(by, TestInversion):
        told = taken.get("statistic") if asked == "randomization" else None
        named = PROCEDURES.get(str(told), PROCEDURES.get(str(asked), asked))
        if asked is not None and by.procedure.lower() != named:
            yield "inference.procedure", by.procedure, named
        yield from _inverted(by)
        yield from _of_shares(effect, by)


def _apart(by: StudentT) -> Iterator[Fault]:
    """The difference varies as the covariance of the means says, but for the digits that their size leaves it."""
    if by.apart is None:
        return
    yield from _correlated("inference.apart", by.apart[0], by.apart[1], by.covariance[2])
    must = replace(by, apart=None).of_difference()
    if not all(_near(stated, own, by.covariance) for stated, own in zip(by.apart, must, strict=True)):
        yield "inference.apart", by.apart, must


def _correlated(place: str, first: float, both: float, second: float) -> Iterator[Fault]:
    """No variance is below zero, and no correlation beyond 1."""
    for variance in (first, second):
        if variance < 0:
            yield place, variance, "≥ 0"
    most = math.sqrt(max(first, 0) * max(second, 0))
    if abs(both) > most * (1 + TOLERANCE):
        yield place, both, f"±{most:g}"


def _placebos(by: Placebos, exact: ExactErrors, means: Means) -> Iterator[Fault]:
    """Errors, and the means that are ranked among them, are the fractions beside them."""
    for k, (error, fraction) in enumerate(zip(by.errors, exact.errors, strict=True)):
        log = by.scale == "log"
        value = math.log(fraction) if log and fraction > 0 else math.nan if log else float(fraction)
        if not math.isclose(error, value, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"inference.errors[{k}]", error, value
    for name in ("treated", "counterfactual"):
        own, other = getattr(exact, name), getattr(means, name)
        if not math.isclose(own, other, rel_tol=TOLERANCE, abs_tol=1e-300):
            yield f"inference.exact.{name}", str(own), other


def _inverted(by: TestInversion) -> Iterator[Fault]:
    """A null lies in a set where its p is above 1 − level, and every end of a set is a null with a p of its own."""
    for one in by.sets:
        own = [
            (p.null, p.p_value)
            for p in by.p_values
            if (p.contrast, p.alternative) == (one.contrast, one.set.alternative)
        ]
        place = f"inference.sets[{one.contrast}, {one.set.alternative}, {one.set.level:g}]"
        ends = [end for pair in one.set.intervals for end in pair if math.isfinite(end)]
        if by.procedure in AT_ENDS and one.set.level in DEFAULT_LEVELS:
            yield from ((place, end, None) for end in ends if end not in dict(own))
        for null, p in own:
            inside = any(low < null < high for low, high in one.set.intervals)
            alpha = 1 - Fraction(str(one.set.level))
            tied = math.isclose(p, alpha, rel_tol=TOLERANCE) or any(
                math.isclose(null, end, rel_tol=TOLERANCE) for end in ends
            )
            if not tied and inside != (p > alpha):
                yield place, null, p


def _of_shares(effect: EffectEstimate, by: TestInversion) -> Iterator[Fault]:
    """A score test of two shares answers again from the shares and how many were analysed."""
    n1, n0, means = effect.sample.n_treated, effect.sample.n_control, effect.exact
    if by.procedure not in get_args(ScoreTest) or means is None or n1 is None or n0 is None:
        return
    seen = means.treated * n1, means.counterfactual * n0
    if any(one.denominator != 1 or not 0 <= one <= n for one, n in zip(seen, (n1, n0), strict=True)):
        yield "exact", f"{seen[0]}, {seen[1]}", f"{n1}, {n0}"
        return
    test = cast(ScoreTest, by.procedure)
    again = TwoProportions(successes=(int(seen[0]), int(seen[1])), sizes=(n1, n0), test=test)
    for one in by.p_values:
        p = again.p_value(effect.means, one.contrast, one.null, one.alternative)
        if not _solved(one.p_value, p):
            yield f"inference.p_values[{one.contrast}, {one.null:g}, {one.alternative}]", one.p_value, p
    for declared in by.sets:
        stated, alpha = declared.set, 1 - Fraction(str(declared.set.level))
        found = again.confidence_set(effect.means, declared.contrast, alpha, stated.alternative)
        if not all(map(_solved, sum(stated.intervals, ()), sum(found.intervals, ()))):
            place = f"inference.sets[{declared.contrast}, {stated.alternative}, {stated.level:g}]"
            yield place, stated.intervals, found.intervals


_solved = partial(math.isclose, rel_tol=LOOSE, abs_tol=LOOSE)


def _near(one: float, other: float, among: Sequence[float]) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE * max(map(abs, among)))

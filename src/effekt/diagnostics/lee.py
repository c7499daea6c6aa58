"""Lee's bounds: how far the effect could lie if those missing in excess had the lowest or highest outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._text import Text
from effekt._types import BoolArray, FloatArray
from effekt._validation import check_flag, check_level, check_number
from effekt.diagnostics._arrays import check_each, check_vector
from effekt.diagnostics._outcome_bounds import (
    Arm,
    Bound,
    as_assigned,
    bound_values,
    bounds_statement,
    no_variation,
    read_arms,
    seen_values,
    status,
    table,
    welch,
)
from effekt.result import Diagnostic

EQUAL = 1e-12  # shares seen that differ by less than this part of the larger are equal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A mean of part of an arm, its sampling variance, and the value at which the part ends."""

    mean: float
    variance: float | None
    end: float


def lee_bounds(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    weights: Sequence[float] | FloatArray | None = None,
    threshold: float = 0.0,
    clustered: bool = False,
    level: float = 0.95,
) -> Diagnostic:
    """How far the effect could lie if those missing in excess of the other arm had the lowest or highest outcomes.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit, one row for each assigned unit; NaN where it is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    weights : (n,) array, optional
        What each assigned unit counts for in its arm, above 0, so that the two arms stand for the same population: with
        blocks the block's share of the population over the units of the block's arm. Weighted bounds have no standard
        errors and no interval.
    threshold : float
        Effect, in the outcome's unit, that the bounds are told against; by default no effect.
    clustered : bool
        Whether whole groups were assigned: the bounds then have no standard errors and no interval.
    level : float
        Of the interval for the effect.

    Returns
    -------
    Diagnostic
        "warning" when the threshold lies within the bounds or the interval, so that the data leave its side open; else
        "ok". Values: `lower`, `upper` and their standard errors; `conf_low`, `conf_high`; `trimmed_arm` ("treated",
        "control" or "none") and `trimmed_share`; `relative_lower`, `relative_upper` over the control mean, where that
        is above zero at both bounds; shares and counts seen. Table: the two bounds with the mean in each arm.

    Raises
    ------
    ArgumentError
        For arrays of different length, an empty arm, fewer than two outcomes seen in an arm, or weights of 0 or below.

    Notes
    -----
    The effect is that among units whose outcome would be seen under either assignment. Assumes random assignment and
    monotonicity: assignment moves whether an outcome is seen in one direction only. That direction is taken from the
    shares: with a larger share seen among the treated, nobody is missing because of being treated.

    With seen shares a₁ > a₀ the treated are trimmed by p = 1 − a₀/a₁: of their ordered outcomes a mass of n₁·a₀ is kept
    from the bottom (lower bound) or the top (upper), the unit at the edge with the fraction that is left. Units with
    equal outcomes are interchangeable, so ties need no rule. With a₁ < a₀ the controls are trimmed alike; with equal
    shares nothing is.

    Standard errors are Lee's (2009) proposition 3, with μ the trimmed mean, y the outcome at the edge, m the kept mass
    and s² Σw(y − μ)²/(m − 1)::

        s²/m + (y − μ)²·p/m + (y − μ)²·((1 − a₁)/(n₁a₁) + (1 − a₀)/(n₀a₀)) + s₀²/(n₀a₀)

    and that of Welch when nothing is trimmed. There is none where the kept mass is at most 1, or the
    outcomes of no arm vary. They take units as
    assigned one by one, without blocks. The interval is that of Imbens & Manski (2004) for the effect, not for the
    whole set of bounds: lower − c·SE, upper + c·SE with Φ(c + (upper − lower)/max SE) − Φ(−c) = level.

    With weights, normalised in each arm, a₁ and a₀ are the weights of those seen, and a mass of a₀ is kept of the
    treated: the arms' distributions are those of one population, as inverse probabilities make them, and the direction
    is that of the shares in this population, the same for all. Shares within 1e-12 relative are equal.

    References
    ----------
    Lee, D. S. (2009). Training, wages, and sample selection: estimating sharp bounds on treatment effects. *Review of
    Economic Studies* 76(3), 1071–1102. doi:10.1111/j.1467-937X.2009.00536.x

    Imbens, G. W. & Manski, C. F. (2004). Confidence intervals for partially identified parameters. *Econometrica*
    72(6), 1845–1857. doi:10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> nan = float("nan")
    >>> found = lee_bounds([1, 2, 3, 4, 2, 4, nan, nan], [1, 1, 1, 1, 0, 0, 0, 0])
    >>> found.values["trimmed_arm"], found.values["trimmed_share"], found.values["lower"], found.values["upper"]
    ('treated', 0.5, -1.5, 0.5)
    """
    check_flag("clustered", clustered)
    treated, control = read_arms(outcome, treatment)
    if weights is not None:
        return _weighted(outcome, treatment, weights, threshold, level)
    threshold, alpha = check_number("threshold", threshold), check_level(level)
    found = [_lee_bound(treated, control, side) for side in ("lower", "upper")]
    bounds = as_assigned(found, clustered=clustered)
    trimmed = "treated" if treated.share > control.share else "control" if treated.share < control.share else "none"
    larger, smaller = max(treated.share, control.share), min(treated.share, control.share)
    values = bound_values(bounds, threshold, alpha)
    values |= {
        "trimmed_arm": trimmed,
        "trimmed_share": float(1 - smaller / larger),
        **seen_values(treated, control),
    }
    return Diagnostic(
        name="lee_bounds",
        status=status(values),
        statement=bounds_statement(values, *_LEE[trimmed], no_variation=no_variation(found)),
        values=values,
        table=table(bounds),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedArm:
    """The outcomes seen in one arm, ascending, their weights, and the sum of these: 1 if nobody is missing."""

    seen: FloatArray
    weights: FloatArray
    share: float

    def mean(self, mass: float, *, bottom: bool) -> float:
        """The mean of the mass at one end, the unit at the edge by what is left of it."""
        step = slice(None) if bottom else slice(None, None, -1)
        values, weights = self.seen[step], self.weights[step]
        kept = np.clip(mass - (np.cumsum(weights) - weights), 0.0, weights)
        return float(np.sum(kept * values) / np.sum(kept))


def _weighted(outcome: object, treatment: object, weights: object, threshold: float, level: float) -> Diagnostic:
    """The bounds with each arm weighted to one population (Lee 2009, proposition 1, of weighted distributions)."""
    values = np.asarray(outcome, float)
    treated = np.asarray(treatment, float) == 1
    counted = check_vector("weights", weights, length=len(values))
    check_each("weights", counted > 0, "be above 0", "Leave rows that do not count out.")
    threshold, alpha = check_number("threshold", threshold), check_level(level)
    arms = [_weighted_arm(values[rows], counted[rows]) for rows in (treated, ~treated)]
    more, less = (arms[0], arms[1]) if arms[0].share > arms[1].share else (arms[1], arms[0])
    trimmed_share = 1 - less.share / more.share
    equal = trimmed_share <= EQUAL
    trimmed = "none" if equal else "treated" if more is arms[0] else "control"
    bounds = []
    for lowest in (True, False):  # the lowest treated, or the highest controls, give the lower bound
        means = [
            arm.mean(arm.share if equal else less.share, bottom=lowest == (arm is arms[0]))
            if arm is more
            else arm.mean(arm.share, bottom=True)
            for arm in arms
        ]
        bounds.append(Bound(treated=means[0], control=means[1], std_error=None))
    found = bound_values(bounds, threshold, alpha)
    found |= {
        "trimmed_arm": trimmed,
        "trimmed_share": 0.0 if equal else trimmed_share,
        **seen_values(*read_arms(values, treated)),
        "share_seen_treated": arms[0].share,
        "share_seen_control": arms[1].share,
    }
    return Diagnostic(
        name="lee_bounds",
        status=status(found),
        statement=bounds_statement(found, *_LEE[trimmed]),
        values=found,
        table=table(bounds),
    )


def _weighted_arm(values: FloatArray, weights: FloatArray) -> WeightedArm:
    order = np.lexsort((weights, values))  # NaN last
    seen = order[: len(order) - int(np.isnan(values).sum())]
    own = weights[seen] / math.fsum(weights)
    return WeightedArm(seen=values[seen], weights=own, share=min(1.0, math.fsum(own)))


def _lee_bound(treated: Arm, control: Arm, side: str) -> Bound:
    """One trimming bound (Lee 2009, propositions 1 and 3)."""
    if treated.share == control.share:
        return welch(treated.seen, control.seen)
    trim_treated = treated.share > control.share
    trimmed, whole = (treated, control) if trim_treated else (control, treated)
    # The lower bound keeps the lowest treated, or the highest controls.
    part = _keep(trimmed, whole, bottom=(side == "lower") == trim_treated)
    mean = float(np.mean(whole.seen))
    variance = None if part.variance is None else part.variance + float(np.var(whole.seen, ddof=1)) / len(whole.seen)
    return Bound(
        treated=part.mean if trim_treated else mean,
        control=mean if trim_treated else part.mean,
        std_error=None if variance is None else math.sqrt(variance),
    )


def _keep(trimmed: Arm, whole: Arm, *, bottom: bool) -> Kept:
    """The mean of the mass n·(share of the other arm) at one end of an arm, and its variance."""
    ordered = trimmed.seen if bottom else trimmed.seen[::-1]
    mass = trimmed.assigned * whole.share
    full = math.floor(mass)
    weights = np.zeros(len(ordered))
    weights[:full] = 1.0
    if mass > full:
        weights[full] = float(mass - full)
    kept, end = float(mass), float(ordered[math.ceil(mass) - 1])
    mean = float(np.sum(weights * ordered)) / kept
    if mass <= 1:
        return Kept(mean=mean, variance=None, end=end)
    spread = float(np.sum(weights * (ordered - mean) ** 2)) / (kept - 1)
    share = float(1 - whole.share / trimmed.share)
    of_share = sum(float((1 - arm.share) / len(arm.seen)) for arm in (trimmed, whole))
    variance = spread / kept + (end - mean) ** 2 * (share / kept + of_share)
    return Kept(mean=mean, variance=variance, end=end)


_SEEN = Text(
    en="among units whose outcome would be seen in either arm",
    sv="bland enheter vars utfall skulle ses oavsett grupp",
)
_LEE = {
    "treated": (
        _SEEN,
        Text(
            en="if nobody's outcome is missing because of being treated",
            sv="om ingens utfall saknas på grund av behandlingen",
        ),
    ),
    "control": (
        _SEEN,
        Text(
            en="if nobody's outcome is seen only because of being treated",
            sv="om ingens utfall är känt bara på grund av behandlingen",
        ),
    ),
    "none": (
        _SEEN,
        Text(
            en="if treatment changes nobody's being seen",
            sv="om behandlingen inte påverkar vems utfall som är känt",
        ),
    ),
}

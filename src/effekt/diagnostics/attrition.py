"""Missing outcomes: who is missing, and how far the effect could lie from what was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from effekt._inference.distributions import hypergeometric_masses, t_quantile, t_upper_tail
from effekt._text import LANGUAGES, Language, Text, format_percent, significant
from effekt._types import BoolArray, FloatArray
from effekt._validation import check_level, check_number
from effekt.diagnostics._arrays import check_arms, check_vector, number_words, p_words
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic
from effekt.result.parts import Status

Place: TypeAlias = Literal["within bounds", "within interval", "outside interval", "outside bounds"]
ROUNDING = 1e-12
TIE = 1e-7  # tables this close in probability are equally likely, as in R's fisher.test


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """The outcomes seen in one arm, ascending, and how many units were assigned to it."""

    seen: FloatArray
    assigned: int

    @property
    def share(self) -> Fraction:
        """Share of the assigned whose outcome is seen."""
        return Fraction(len(self.seen), self.assigned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A mean of part of an arm, its sampling variance, and the value at which the part ends."""

    mean: float
    variance: float | None
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One end of the identified set."""

    treated: float
    control: float
    std_error: float | None

    @property
    def effect(self) -> float:
        """Treated − control."""
        return self.treated - self.control


def differential_attrition(
    missing: Sequence[bool] | BoolArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    clustered: bool = False,
    level: float = 0.95,
) -> Diagnostic:
    """Whether outcomes are missing more often in one arm than in the other.

    Parameters
    ----------
    missing : (n,) bool array
        Whether the outcome of each assigned unit is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    clustered : bool
        Whether whole groups were assigned: there is then no test.
    level : float
        1 − the p-value at or below which the difference is a warning.

    Returns
    -------
    Diagnostic
        "warning" when p ≤ 1 − level; else "ok", which is no evidence of a difference, never that there is none;
        "information" without a test. Values:
        counts and shares missing overall and in each arm, `difference` in shares (treated − control), `p_value` and
        `test`.

    Raises
    ------
    ArgumentError
        For arrays of different length, an empty arm, or a level outside 0 to 1.

    Notes
    -----
    p is Fisher's exact test of equal shares, conditional on how many are missing: the summed probability of all 2 × 2
    tables at most as likely as the one seen, tables within 1e-7 relative counting as equally likely. It takes units as
    assigned one by one, without blocks.

    A small p shows that assignment changed who is seen. A large p does not show that those seen are alike: shares can
    be equal while the persons differ, which only bounds answer.

    References
    ----------
    Fisher, R. A. (1935). The logic of inductive inference. *Journal of the Royal Statistical Society* 98(1), 39–82.
    doi:10.2307/2342435

    Examples
    --------
    >>> missing = [True] * 6 + [False] * 14 + [True] * 1 + [False] * 19
    >>> found = differential_attrition(missing, [1] * 20 + [0] * 20)
    >>> found.status, found.values["difference"], round(found.values["p_value"], 4)
    ('ok', 0.25, 0.0915)
    """
    gone = _check_flags(missing)
    treated = check_arms(treatment, len(gone))
    alpha = check_level(level)
    counts = int(gone[treated].sum()), int(gone[~treated].sum())
    sizes = int(treated.sum()), int((~treated).sum())
    p_value = None if clustered else _fisher(counts, sizes)
    shares = [Fraction(count, size) for count, size in zip(counts, sizes, strict=True)]
    found = p_value is not None and p_value <= float(alpha) * (1 + ROUNDING)
    return Diagnostic(
        name="differential_attrition",
        status="information" if clustered else "warning" if found else "ok",
        statement=(
            _untested_statement(shares)
            if p_value is None
            else _attrition_statement(shares, p_value, alpha, found=found)
        ),
        values={
            "n_missing": sum(counts),
            "share_missing": float(Fraction(sum(counts), sum(sizes))),
            "n_missing_treated": counts[0],
            "n_treated": sizes[0],
            "share_missing_treated": float(shares[0]),
            "n_missing_control": counts[1],
            "n_control": sizes[1],
            "share_missing_control": float(shares[1]),
            "difference": float(shares[0] - shares[1]),
            "test": None if clustered else "Fisher, two-sided",
            "p_value": p_value,
            "level": float(1 - alpha),
        },
    )


def lee_bounds(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
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
        For arrays of different length, an empty arm, or fewer than two outcomes seen in an arm.

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

    and that of Welch when nothing is trimmed. There is none where the kept mass is at most 1. They take units as
    assigned one by one, without blocks. The interval is that of Imbens & Manski (2004) for the effect, not for the
    whole set of bounds: lower − c·SE, upper + c·SE with Φ(c + (upper − lower)/max SE) − Φ(−c) = level.

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
    treated, control = _read_arms(outcome, treatment)
    threshold, alpha = check_number("threshold", threshold), check_level(level)
    bounds = _as_assigned([_lee_bound(treated, control, side) for side in ("lower", "upper")], clustered=clustered)
    trimmed = "treated" if treated.share > control.share else "control" if treated.share < control.share else "none"
    larger, smaller = max(treated.share, control.share), min(treated.share, control.share)
    values = _bound_values(bounds, threshold, alpha)
    values |= {
        "trimmed_arm": trimmed,
        "trimmed_share": float(1 - smaller / larger),
        **_seen_values(treated, control),
    }
    return Diagnostic(
        name="lee_bounds",
        status=_status(values),
        statement=_bounds_statement(values, *_LEE[trimmed]),
        values=values,
        table=_table(bounds),
    )


def manski_bounds(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    low: float,
    high: float,
    threshold: float = 0.0,
    clustered: bool = False,
    level: float = 0.95,
) -> Diagnostic:
    """How far the effect could lie whoever is missing: the worst case within a declared range of the outcome.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit, one row for each assigned unit; NaN where it is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    low, high : float
        Smallest and largest possible outcome, declared and not read from the data.
    threshold : float
        Effect, in the outcome's unit, that the bounds are told against; by default no effect.
    clustered : bool
        Whether whole groups were assigned: the bounds then have no standard errors and no interval.
    level : float
        Of the interval for the effect.

    Returns
    -------
    Diagnostic
        "warning" when the threshold lies within the bounds or the interval; else "ok". Values and table as
        `lee_bounds`, without the trimming, with `low` and `high`.

    Raises
    ------
    ArgumentError
        For arrays of different length, an empty arm, fewer than two outcomes seen in an arm, low ≥ high, or an outcome
        outside the range.

    Notes
    -----
    The effect is that among all who were assigned. Assumes random assignment and the range, and nothing of who is
    missing. The lower bound gives every missing treated unit `low` and every missing control `high`; the upper bound
    the reverse. Standard errors are Welch's of the outcomes so completed, units assigned one by one, and the interval
    is that of Imbens & Manski (2004), as in `lee_bounds`.

    References
    ----------
    Horowitz, J. L. & Manski, C. F. (2000). Nonparametric analysis of randomized experiments with missing covariate and
    outcome data. *Journal of the American Statistical Association* 95(449), 77–84.
    doi:10.1080/01621459.2000.10473902

    Imbens, G. W. & Manski, C. F. (2004). Confidence intervals for partially identified parameters. *Econometrica*
    72(6), 1845–1857. doi:10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> nan = float("nan")
    >>> found = manski_bounds([1, 1, 0, nan, 0, 0, 1, nan], [1, 1, 1, 1, 0, 0, 0, 0], low=0, high=1)
    >>> found.values["lower"], found.values["upper"]
    (0.0, 0.5)
    """
    treated, control = _read_arms(outcome, treatment)
    least, most = check_number("low", low), check_number("high", high)
    if least >= most:
        raise ArgumentError(f"`low` must be below `high`; got {low!r} and {high!r}.")
    everyone = np.asarray(outcome, dtype=float)
    outside = (everyone < least) | (everyone > most)
    if outside.any():
        raise ArgumentError(
            f"`outcome` must lie from `low` to `high`, {least:g} to {most:g}; the first row that does not is row "
            f"{int(np.argmax(outside)) + 1}. Declare the range of the measure, not of these data."
        )
    threshold, alpha = check_number("threshold", threshold), check_level(level)
    bounds = [
        _welch(_completed(treated, ends[0]), _completed(control, ends[1])) for ends in ((least, most), (most, least))
    ]
    bounds = _as_assigned(bounds, clustered=clustered)
    values = _bound_values(bounds, threshold, alpha) | {"low": least, "high": most, **_seen_values(treated, control)}
    return Diagnostic(
        name="manski_bounds",
        status=_status(values),
        statement=_bounds_statement(values, *_MANSKI),
        values=values,
        table=_table(bounds),
    )


def attrition_checks(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    low: float | None = None,
    high: float | None = None,
    threshold: float = 0.0,
    clustered: bool = False,
    level: float = 0.95,
) -> tuple[Diagnostic, ...]:
    """What belongs beside an effect estimated without the rows whose outcome is missing.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit, one row for each assigned unit; NaN where it is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    low, high : float, optional
        Range of the outcome, both or none; with it, the worst case is told as well.
    threshold : float
        Effect that the bounds are told against; by default no effect.
    clustered : bool
        Whether whole groups were assigned: there is then no test and no interval.
    level : float
        Of the intervals, and 1 − that of the test.

    Returns
    -------
    tuple of Diagnostic
        `differential_attrition`, `lee_bounds` and, with a range, `manski_bounds`; none when no outcome is missing. The
        bounds are left out when an arm has fewer than two outcomes.

    Raises
    ------
    ArgumentError
        As the three functions do, and for one end of the range without the other.

    Examples
    --------
    >>> nan = float("nan")
    >>> found = attrition_checks([1, 2, 3, 4, 2, 4, nan, nan], [1, 1, 1, 1, 0, 0, 0, 0])
    >>> [(one.name, one.status) for one in found]
    [('differential_attrition', 'ok'), ('lee_bounds', 'warning')]
    """
    if (low is None) != (high is None):
        raise ArgumentError("`low` and `high` must be given together: the range of the outcome, or neither.")
    seen = ~np.isnan(check_vector("outcome", outcome, missing=True))
    treated = check_arms(treatment, len(seen))
    if seen.all():
        return ()
    found = [differential_attrition(~seen, treated, clustered=clustered, level=level)]
    if min(seen[treated].sum(), seen[~treated].sum()) >= 2:
        found.append(lee_bounds(outcome, treatment, threshold=threshold, clustered=clustered, level=level))
        if low is not None and high is not None:
            found.append(
                manski_bounds(
                    outcome, treatment, low=low, high=high, threshold=threshold, clustered=clustered, level=level
                )
            )
    return tuple(found)


def _check_flags(missing: Any) -> BoolArray:
    array = check_vector("missing", missing)
    if not np.isin(array, (0, 1)).all():
        row = int(np.argmax(~np.isin(array, (0, 1)))) + 1
        raise ArgumentError(f"`missing` must be true or false; the first row that is neither is row {row}.")
    return np.asarray(array == 1)


def _read_arms(outcome: Any, treatment: Any) -> tuple[Arm, Arm]:
    values = check_vector("outcome", outcome, missing=True)
    treated = check_arms(treatment, len(values))
    arms = []
    for name, rows in (("treated", treated), ("controls", ~treated)):
        seen = values[rows & ~np.isnan(values)]
        if len(seen) < 2:
            raise ArgumentError(f"`outcome` must be seen for at least two units of each arm; {name} have {len(seen)}.")
        arms.append(Arm(seen=np.sort(seen), assigned=int(rows.sum())))
    return arms[0], arms[1]


def _fisher(counts: tuple[int, int], sizes: tuple[int, int]) -> float:
    """The summed probability of all tables at most as likely as the one seen (Fisher 1935)."""
    low, masses = hypergeometric_masses(sizes[0], sum(counts), sum(sizes))
    return min(1.0, float(np.sum(masses[masses <= masses[counts[0] - low] * (1 + TIE)])))


def _lee_bound(treated: Arm, control: Arm, side: str) -> Bound:
    """One trimming bound (Lee 2009, propositions 1 and 3)."""
    if treated.share == control.share:
        return _welch(treated.seen, control.seen)
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


def _as_assigned(bounds: list[Bound], *, clustered: bool) -> list[Bound]:
    """Without the standard errors, which take units as assigned one by one, where they were not."""
    return [replace(bound, std_error=None) for bound in bounds] if clustered else bounds


def _welch(treated: FloatArray, control: FloatArray) -> Bound:
    variance = sum(float(np.var(arm, ddof=1)) / len(arm) for arm in (treated, control))
    return Bound(treated=float(np.mean(treated)), control=float(np.mean(control)), std_error=math.sqrt(variance))


def _completed(arm: Arm, value: float) -> FloatArray:
    return np.concatenate([arm.seen, np.full(arm.assigned - len(arm.seen), value)])


def _interval(bounds: Sequence[Bound], alpha: Fraction) -> tuple[float, float] | None:
    """The interval of Imbens & Manski (2004) for the effect."""
    from scipy.optimize import brentq  # slow to load, and seldom needed

    errors = [bound.std_error for bound in bounds]
    if errors[0] is None or errors[1] is None:
        return None
    width, largest = bounds[1].effect - bounds[0].effect, max(errors[0], errors[1])
    if largest == 0:
        return bounds[0].effect, bounds[1].effect
    one_sided, two_sided = (t_quantile(1 - float(alpha) / sides, math.inf) for sides in (1, 2))

    def excess(c: float) -> float:
        return float(alpha) - float(t_upper_tail(c + width / largest, math.inf)) - float(t_upper_tail(c, math.inf))

    c = two_sided if excess(two_sided) <= 0 else float(brentq(excess, one_sided - 1e-9, two_sided, xtol=1e-14))
    return bounds[0].effect - c * errors[0], bounds[1].effect + c * errors[1]


def _bound_values(bounds: Sequence[Bound], threshold: float, alpha: Fraction) -> dict[str, float | int | str | None]:
    interval = _interval(bounds, alpha) or (None, None)
    relative = [bound.effect / bound.control for bound in bounds] if min(b.control for b in bounds) > 0 else [None] * 2
    return {
        "lower": bounds[0].effect,
        "upper": bounds[1].effect,
        "std_error_lower": bounds[0].std_error,
        "std_error_upper": bounds[1].std_error,
        "conf_low": interval[0],
        "conf_high": interval[1],
        "level": float(1 - alpha),
        "relative_lower": relative[0],
        "relative_upper": relative[1],
        "threshold": threshold,
    }


def _seen_values(treated: Arm, control: Arm) -> dict[str, float | int | str | None]:
    return {
        "n_treated": treated.assigned,
        "n_seen_treated": len(treated.seen),
        "share_seen_treated": float(treated.share),
        "n_control": control.assigned,
        "n_seen_control": len(control.seen),
        "share_seen_control": float(control.share),
    }


def _table(bounds: Sequence[Bound]) -> dict[str, tuple[float | int | str | None, ...]]:
    return {
        "bound": ("lower", "upper"),
        "treated_mean": tuple(bound.treated for bound in bounds),
        "control_mean": tuple(bound.control for bound in bounds),
        "effect": tuple(bound.effect for bound in bounds),
        "std_error": tuple(bound.std_error for bound in bounds),
    }


def _place(values: dict[str, Any]) -> Place:
    """Where the threshold lies."""
    line, low, high = values["threshold"], values["conf_low"], values["conf_high"]
    if values["lower"] <= line <= values["upper"]:
        return "within bounds"
    if low is None:
        return "outside bounds"
    return "within interval" if low <= line <= high else "outside interval"


def _status(values: dict[str, Any]) -> Status:
    return "warning" if _place(values).startswith("within") else "ok"


def _untested_statement(shares: Sequence[Fraction]) -> Text:
    en, sv = ([format_percent(share, lang) for share in shares] for lang in LANGUAGES)
    return Text(
        en=f"The outcome is missing for {en[0]} of the treated and {en[1]} of the controls; whole groups were "
        "assigned, so the exact test for single units does not apply.",
        sv=f"Utfallet saknas för {sv[0]} av de behandlade och {sv[1]} av kontrollerna; hela grupper tilldelades, så "
        "det exakta testet för enskilda enheter gäller inte.",
    )


def _attrition_statement(shares: Sequence[Fraction], p_value: float, alpha: Fraction, *, found: bool) -> Text:
    def words(lang: Language) -> tuple[str, str, str, str]:
        rates = (format_percent(share, lang) for share in shares)
        return (*rates, p_words(p_value, lang), number_words(float(alpha), lang))  # type: ignore[return-value]

    first, second, p, limit = words("en")
    en = f"The outcome is missing for {first} of the treated and {second} of the controls; "
    en += (
        f"so large a difference is rare when assignment does not change who is missing ({p}, limit {limit})."
        if found
        else f"no evidence of differential attrition ({p}, limit {limit}), which does not show that those seen are "
        "alike."
    )
    first, second, p, limit = words("sv")
    sv = f"Utfallet saknas för {first} av de behandlade och {second} av kontrollerna; "
    sv += (
        f"en så stor skillnad är sällsynt när tilldelningen inte påverkar vem som saknas ({p}, gräns {limit})."
        if found
        else f"inget belägg för skilda bortfall ({p}, gräns {limit}), vilket inte visar att de som setts är lika."
    )
    return Text(en=en, sv=sv)


def _bounds_statement(values: dict[str, Any], population: Text, condition: Text) -> Text:
    def sentence(lang: Language) -> str:
        low, high = significant(values["lower"], lang), significant(values["upper"], lang)
        interval = ""
        if values["conf_low"] is not None:
            share = format_percent(values["level"], lang, 0)
            ends = significant(values["conf_low"], lang), significant(values["conf_high"], lang)
            interval = (
                f" ({share} interval {ends[0]} to {ends[1]})"
                if lang == "en"
                else f" ({share} konfidensintervall {ends[0]} till {ends[1]})"
            )
        line = number_words(values["threshold"], lang)
        within = f"{line} {_PLACES[_place(values)].in_language(lang)}"
        if lang == "en":
            return f"The effect {population.en} lies between {low} and {high}{interval} {condition.en}; {within}."
        return f"Effekten {population.sv} ligger mellan {low} och {high}{interval} {condition.sv}; {within}."

    return Text(en=sentence("en"), sv=sentence("sv"))


_PLACES: dict[Place, Text] = {
    "within bounds": Text(
        en="lies within the bounds, so the data leave its side open",
        sv="ligger inom gränserna, så data lämnar öppet på vilken sida effekten ligger",
    ),
    "within interval": Text(
        en="lies outside the bounds but within the interval", sv="ligger utanför gränserna men inom intervallet"
    ),
    "outside interval": Text(en="lies outside the interval", sv="ligger utanför intervallet"),
    "outside bounds": Text(en="lies outside the bounds", sv="ligger utanför gränserna"),
}
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
_MANSKI = (
    Text(en="among all who were assigned", sv="bland alla som tilldelades en grupp"),
    Text(
        en="whoever is missing, within the declared range of the outcome",
        sv="vilka som än saknas, inom utfallets angivna spann",
    ),
)

"""How strong a confounder would have to be to move a figure to the contract's threshold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np

from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Language, Text, format_number, format_percent, significant
from effekt._types import FloatArray, Number
from effekt._validation import check_decimal, check_level, check_number, check_numbers, check_option
from effekt.diagnostics._arrays import (
    CORRECT,
    FINITE,
    check_array,
    check_between,
    check_each,
    check_positive,
    check_vector,
    number_text,
    number_words,
)
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

RatioScale: TypeAlias = Literal[
    "risk_ratio",
    "odds_ratio_rare",
    "odds_ratio_common",
    "hazard_ratio_rare",
    "hazard_ratio_common",
    "standardised_difference",
]
STRENGTHS = (1.0, 2.0, 3.0)
LARGEST_RATIO, LARGEST_DIFFERENCE = 1e20, 50.0  # beyond these a float no longer tells the risk ratio
ROUNDING = 1e-10
FOURTH = 1e50  # fourth powers of numbers up to it are still numbers
MOST_DECIMALS = 7  # a number that differs from its least by less is told as the least
MOST_WRITTEN = 10  # characters of an R² maximum that somebody wrote; one with more was computed


def _common_hazard(ratio: float) -> float:
    return float((1 - 0.5 ** math.sqrt(ratio)) / (1 - 0.5 ** math.sqrt(1 / ratio)))


TO_RISK_RATIO: Mapping[RatioScale, Callable[[float], float]] = {  # VanderWeele & Ding (2017), table 2
    "risk_ratio": float,
    "odds_ratio_rare": float,
    "odds_ratio_common": math.sqrt,
    "hazard_ratio_rare": float,
    "hazard_ratio_common": _common_hazard,
    "standardised_difference": lambda difference: math.exp(0.91 * difference),
}


def e_value(
    estimate: float,
    *,
    conf_low: float | None = None,
    conf_high: float | None = None,
    scale: RatioScale = "risk_ratio",
    threshold: Number | None = None,
) -> Diagnostic:
    """How strongly a confounder would have to go with treatment and outcome to move a ratio to the threshold.

    Parameters
    ----------
    estimate : float
        On the scale given.
    conf_low, conf_high : float, optional
        Its confidence interval, both or none.
    scale : str
        "risk_ratio" (also a ratio of means or rates); "odds_ratio_rare" and "hazard_ratio_rare" for an outcome in at
        most 15 % of the units by the end, taken as risk ratios; "odds_ratio_common" and "hazard_ratio_common", which
        are approximated; "standardised_difference", a difference in means over the outcome's standard deviation,
        approximated.
    threshold : float, str or Decimal, optional
        What the figure would have to be moved to, on the same scale; by default no effect: 1, or 0 for a difference.

    Returns
    -------
    Diagnostic
        "warning" when the interval already holds the threshold; else "information". Values: `e_value` of the estimate,
        `e_value_interval` of the limit nearest the threshold (1 when the interval holds it), `risk_ratio` and
        `threshold_risk_ratio` as approximated.

    Raises
    ------
    ArgumentError
        For a ratio not above zero, one that no float can tell (beyond 1e20 or 1e-20, or a standardised difference
        beyond 50), one limit without the other, or an estimate outside its interval.

    Notes
    -----
    With RR the estimate over the threshold, turned so that RR ≥ 1, the E-value is RR + √(RR(RR − 1)): a confounder
    whose risk ratios with treatment and with outcome, beyond the measured covariates, are both below it cannot move
    the estimate to the threshold; one with both equal to it can. Approximations: √OR; (1 − 0.5^√HR)/(1 −
    0.5^√(1/HR)); exp(0.91·d), the limits of d alike.

    References
    ----------
    VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value.
    *Annals of Internal Medicine* 167(4), 268–274. doi:10.7326/M16-2607

    Examples
    --------
    >>> found = e_value(3.9, conf_low=1.8, conf_high=8.7)
    >>> round(found.values["e_value"], 2), round(found.values["e_value_interval"], 2)
    (7.26, 3.0)
    """
    check_option("scale", scale, get_args(RatioScale))
    ratio = _risk_ratio("estimate", estimate, scale)
    threshold = None if threshold is None else check_decimal("threshold", threshold)
    line = _risk_ratio("threshold", threshold, scale) if threshold is not None else 1.0
    nearest = _nearest_limit(estimate, conf_low, conf_high, scale, line)
    found, limit = e_of_ratio(ratio / line), None if nearest is None else e_of_ratio(nearest / line)
    shown = (0.0 if scale == "standardised_difference" else 1.0) if threshold is None else threshold
    return Diagnostic(
        name="e_value",
        status="warning" if limit == 1 else "information",
        statement=e_statement(found, limit, number_text(shown), of_effect=False, held=limit == 1),
        values={
            "e_value": found,
            "e_value_interval": limit,
            "estimate": float(estimate),
            "conf_low": conf_low,
            "conf_high": conf_high,
            "threshold": float(shown),
            "scale": scale,
            "risk_ratio": ratio,
            "threshold_risk_ratio": line,
        },
    )


def oster_delta(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[float] | FloatArray,
    *,
    covariates: FloatArray,
    r2_max: float,
    threshold: Number = 0.0,
    delta: float = 1.0,
) -> Diagnostic:
    """How much more than the observed the unobserved would have to matter to move the effect to the threshold.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit.
    treatment : (n,) array
        0 and 1, or a dose.
    covariates : (n, p) array
        The observed covariates of the regression; a constant is added.
    r2_max : float
        R² that a regression with the unobserved as well would have: declared, above that of the regression with the
        observed covariates and at most 1.
    threshold : float, str or Decimal
        Effect to be reached; by default no effect.
    delta : float
        δ at which the bias-adjusted effect is told.

    Returns
    -------
    Diagnostic
        "warning" when 0 ≤ δ < 1: unobserved covariates that matter no more than the observed could move the effect to
        the threshold; else "ok". Values: `delta` (none where no δ does it), `adjusted_estimate` at the δ given (none
        where no solution keeps the direction of the bias), `estimate` and `r2` with covariates, `short_estimate` and
        `short_r2` without. Table: every real solution for the effect at the δ given.

    Raises
    ------
    ArgumentError
        For arrays of different length, constant or collinear columns, or an R² maximum out of its range.

    Notes
    -----
    Assumes that the unobserved covariates are orthogonal to the observed index and δ times as strongly related to
    treatment, per unit of outcome variance they explain. With β° and R° from the regression on treatment alone, β̃
    and R̃ from that with covariates, σ²_y and σ²_x variances, τ the variance of treatment given the covariates, ν =
    β̃ − threshold, A = β° − β̃, B = (R̃ − R°)σ²_y and C = (R_max − R̃)σ²_y::

        δ = [ν·B·τ + ν·σ²_x·τ·A² + 2ν²·τ·A·σ²_x + ν³·(τσ²_x − τ²)]
            / [C·A·σ²_x + ν·C·(σ²_x − τ) + ν²·τ·A·σ²_x + ν³·(τσ²_x − τ²)]

    which is the exact solution of Oster (2019), not the approximation. The same equation read as a cubic in
    ν gives the effect at a δ; of its solutions that nearest to β̃ is taken among those that move the estimate on in the
    direction in which the observed covariates moved it (assumption 3 there).

    References
    ----------
    Oster, E. (2019). Unobservable selection and coefficient stability: theory and evidence. *Journal of Business &
    Economic Statistics* 37(2), 187–204. doi:10.1080/07350015.2016.1227711

    Examples
    --------
    >>> import numpy as np
    >>> age = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    >>> treated = np.array([0, 0, 1, 0, 1, 0, 1, 1])
    >>> outcome = np.array([1.1, 1.8, 4.2, 3.9, 6.1, 5.8, 8.2, 9.1])
    >>> found = oster_delta(outcome, treated, covariates=age[:, None], r2_max=1.0)
    >>> found.status, round(found.values["delta"], 2)
    ('ok', 7.08)
    """
    y = check_vector("outcome", outcome, largest=FOURTH)
    x = check_vector("treatment", treatment, length=len(y), largest=FOURTH)
    z = _check_covariates(covariates, len(y))
    order = np.lexsort((*z.T[::-1], x, y))  # so that no sum depends on the order of the rows
    y, x, z = y[order], x[order], z[order]
    y, x, z = y - y.mean(), x - x.mean(), z - z.mean(axis=0)
    _check_rank(y, x, z)
    short, short_r2 = _regress(y, x[:, None])
    full, r2 = _regress(y, np.column_stack([x, z]))
    most = check_between("r2_max", r2_max, 0.0, 1.0, ends="(]")
    if most <= r2:
        raise ArgumentError(
            f"`r2_max` must be above the R² with the covariates, {r2:.6g}, since the unobserved explain more; got "
            f"{r2_max!r}."
        )
    line, strength = check_decimal("threshold", threshold), check_number("delta", delta)
    spread_y, spread_x = (float(np.sum(column**2) / (len(y) - 1)) for column in (y, x))
    left = x - z @ np.linalg.lstsq(z, x, rcond=None)[0]
    tau = float(np.sum(left**2) / (len(y) - 1))
    top, bottom = _oster_polynomials(short - full, (r2 - short_r2) * spread_y, (most - r2) * spread_y, spread_x, tau)
    found = _delta_at(top, bottom, full - line)
    solutions = _oster_solutions(top, bottom, strength, full)
    adjusted = _oster_chosen(solutions, short, full)
    return Diagnostic(
        name="oster_delta",
        status="warning" if found is not None and 0 <= found < 1 else "ok",
        statement=oster_statement(found, number_text(line), most, after=_oster_after(adjusted, strength)),
        values={
            "delta": found,
            "threshold": line,
            "r2_max": most,
            "estimate": full,
            "r2": r2,
            "short_estimate": short,
            "short_r2": short_r2,
            "assumed_delta": strength,
            "adjusted_estimate": adjusted,
        },
        table={"solution": tuple(solutions)},
    )


def robustness_value(
    estimate: float,
    std_error: float,
    df: float,
    *,
    threshold: Number = 0.0,
    level: float = 0.95,
    benchmarks: Mapping[str, tuple[float, float]] | None = None,
    strengths: Sequence[float] = STRENGTHS,
) -> Diagnostic:
    """How much of what is left a confounder must explain to move a regression's effect to the threshold.

    Parameters
    ----------
    estimate, std_error, df : float
        Of the treatment's coefficient in a linear regression.
    threshold : float, str or Decimal
        Effect to be reached; by default no effect.
    level : float
        1 − α of the interval that has to reach the threshold.
    benchmarks : mapping of str to (float, float), optional
        For an observed covariate its partial R² with treatment and its partial R² with the outcome, given all others:
        t²/(t² + df) of its coefficient in the two regressions.
    strengths : sequence of float
        How many times as strong as a benchmark the confounder is taken to be.

    Returns
    -------
    Diagnostic
        "warning" when the interval already holds the threshold; else "information". Values: `partial_r2` of treatment
        with the outcome, `robustness_value` (RV), `robustness_value_interval` (RV at α), `t_value` against the
        threshold. Table: for each benchmark and strength the confounder's two partial R² and the estimate, standard
        error and interval after it; none where no confounder can be so strong.

    Raises
    ------
    ArgumentError
        For a standard error or degrees of freedom out of range, or a partial R² outside 0 to 1.

    Notes
    -----
    A confounder with partial R² below RV with both treatment and outcome cannot move the estimate to the threshold;
    with f = |estimate − threshold|/(SE·√df), RV = ½(√(f⁴ + 4f²) − f²). For the interval f is reduced by t*/√(df − 1),
    t* the two-sided quantile with df − 1; it is 0 when that leaves nothing; and (f² − f*²)/(1 + f²), with f* =
    t*/√(df − 1), when 1 − RV < f*², so that the worst case explains less of the outcome than of treatment. As a
    confounder takes a degree of freedom, RV of an interval that only just leaves the threshold out can be 0. A
    threshold θ is what Cinelli & Hazlett (2020) write as q = 1 − θ/estimate.

    A confounder k times as strong as covariate j has partial R² k·r_d/(1 − r_d) with treatment and ((√k + √r)/√(1 −
    r))²·r_y/(1 − r_y) with the outcome, r = k·r_d²/((1 − k·r_d)(1 − r_d)) (their section 4); it moves the estimate
    towards the threshold by SE·√(df·R²_y·R²_d/(1 − R²_d)), with standard error SE·√((1 − R²_y)/(1 − R²_d)·df/(df − 1)).

    References
    ----------
    Cinelli, C. & Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. *Journal of the
    Royal Statistical Society B* 82(1), 39–67. doi:10.1111/rssb.12348

    Examples
    --------
    >>> found = robustness_value(0.0973, 0.0233, 783)
    >>> [round(found.values[key], 3) for key in ("partial_r2", "robustness_value", "robustness_value_interval")]
    [0.022, 0.139, 0.076]
    """
    value, error = check_number("estimate", estimate), check_positive("std_error", std_error)
    degrees, line = check_number("df", df), check_decimal("threshold", threshold)
    if degrees <= 1:
        raise ArgumentError(f"`df` must be above 1, since a confounder takes one degree of freedom; got {df!r}.")
    alpha = float(check_level(level))
    t_value = (value - line) / error
    strength = abs(t_value) / math.sqrt(degrees)
    needed = t_quantile(1 - alpha / 2, degrees - 1) / math.sqrt(degrees - 1)
    plain, of_interval = _robustness(strength, 0.0), _robustness(strength, needed)
    held, total = abs(t_value) <= t_quantile(1 - alpha / 2, degrees), (value / error) ** 2
    return Diagnostic(
        name="robustness_value",
        status="warning" if held else "information",
        statement=robustness_statement(plain, of_interval, number_text(line), _interval_at(level), held=held),
        values={
            "robustness_value": plain,
            "robustness_value_interval": of_interval,
            "partial_r2": total / (total + degrees),
            "t_value": t_value,
            "estimate": value,
            "std_error": error,
            "df": degrees,
            "threshold": line,
            "level": float(1 - check_level(level)),
        },
        table=_benchmark_table(value, error, degrees, line, alpha, {} if benchmarks is None else benchmarks, strengths),
    )


# --- E-value ------------------------------------------------------------------------------------------------------


def _risk_ratio(name: str, value: float, scale: RatioScale) -> float:
    if scale == "standardised_difference":
        if abs(difference := check_number(name, value)) > LARGEST_DIFFERENCE:
            raise ArgumentError(
                f"`{name}` must be a difference over the outcome's standard deviation, from -{LARGEST_DIFFERENCE:g} to "
                f"{LARGEST_DIFFERENCE:g}; got {value!r}. Divide it by that standard deviation."
            )
        return TO_RISK_RATIO[scale](difference)
    if not 1 / LARGEST_RATIO <= (ratio := check_positive(name, value)) <= LARGEST_RATIO:
        raise ArgumentError(
            f"`{name}` must be a ratio from {1 / LARGEST_RATIO:g} to {LARGEST_RATIO:g}; got {value!r}. Give "
            "treated over control."
        )
    return TO_RISK_RATIO[scale](ratio)


def _nearest_limit(
    estimate: float, low: float | None, high: float | None, scale: RatioScale, line: float
) -> float | None:
    """The confidence limit nearest the threshold; the threshold itself when the interval holds it."""
    if low is None or high is None:
        if low is not high:
            raise ArgumentError("`conf_low` and `conf_high` must be given together, or neither.")
        return None
    ends = _risk_ratio("conf_low", low, scale), _risk_ratio("conf_high", high, scale)
    if not low <= estimate <= high:
        raise ArgumentError(f"`estimate` must lie from `conf_low` to `conf_high`; got {estimate!r}, {low!r}, {high!r}.")
    return line if ends[0] <= line <= ends[1] else ends[0] if ends[0] > line else ends[1]


def e_of_ratio(ratio: float) -> float:
    """The E-value of a ratio over what it is held against."""
    turned = max(ratio, 1 / ratio)
    return turned + math.sqrt(turned * (turned - 1))


def e_statement(found: float, limit: float | None, threshold: Text, *, of_effect: bool, held: bool) -> Text:
    """The sentence of an E-value and that of the nearest limit, or that the interval holds the threshold.

    Parameters
    ----------
    found, limit : float
    threshold : Text
    of_effect : bool
        Whether the threshold is of the effect; else it is of the ratio itself, called the estimate.
    held : bool
        Whether the interval holds the threshold.
    """

    def sentence(lang: Language) -> str:
        line, both = threshold.in_language(lang), _told_beyond(found, 1.0, lang)
        what = _EFFECT[lang] if of_effect else _ESTIMATE[lang]
        if found == 1:
            return _ALREADY[lang].format(what[0].upper() + what[1:], line)
        if lang == "en":
            text = f"A confounder could move {what} to {line} only with risk ratios of at least {both} with both "
            text += "treatment and outcome, beyond the measured covariates"
            end = "; for the nearest confidence limit {} is enough"
        else:
            text = f"En störfaktor kan flytta {what} till {line} bara med riskkvoter på minst {both} mot både "
            text += "behandling och utfall, utöver de uppmätta kovariaterna"
            end = "; för den närmaste konfidensgränsen räcker {}"
        if limit is None:
            return f"{text}."
        return f"{text}{_HELD[lang] if held else end.format(_told_beyond(limit, 1.0, lang))}."

    return Text(en=sentence("en"), sv=sentence("sv"))


_EFFECT: Mapping[Language, str] = {"en": "the effect", "sv": "effekten"}
_ESTIMATE: Mapping[Language, str] = {"en": "the estimate", "sv": "skattningen"}
_ALREADY: Mapping[Language, str] = {
    "en": "{} is {} as it is, so no confounding is needed for that.",
    "sv": "{} är redan {}, så för det krävs ingen störfaktor.",
}
_HELD: Mapping[Language, str] = {
    "en": "; the confidence interval already holds it, so for the interval no confounding is needed",
    "sv": "; konfidensintervallet når redan dit, så för intervallet krävs ingen störfaktor",
}


def _told_beyond(value: float, least: float, lang: Language, *, percent: bool = False) -> str:
    """A number above the least there is, with as many decimals as show that it is."""
    usual = 1 if percent else 2
    scale = 100.0 if percent else 1.0
    places = (places for places in range(usual, MOST_DECIMALS) if round(scale * (value - least), places) > 0)
    decimals = next(places, usual)
    return format_percent(value, lang, decimals) if percent else format_number(value, lang, decimals)


# --- Oster --------------------------------------------------------------------------------------------------------


def _check_covariates(covariates: FloatArray, length: int) -> FloatArray:
    array = check_array("covariates", covariates, FOURTH)
    if array.ndim != 2 or array.shape[0] != length or not array.shape[1]:
        raise ArgumentError(
            f"`covariates` must have {length} rows and at least one column; its shape is {array.shape}."
        )
    check_each("covariates", np.isfinite(array), FINITE, CORRECT)
    return array


def _check_rank(y: FloatArray, x: FloatArray, z: FloatArray) -> None:
    """Refuse what leaves an effect or an R² undefined; columns are centred."""
    if not np.any(np.abs(y) > 0):
        raise ArgumentError("`outcome` must vary; all rows have the same value.")
    columns = np.column_stack([x, z])
    sizes = np.sqrt(np.sum(columns**2, axis=0))
    if not sizes.all() or np.linalg.matrix_rank(columns / sizes, tol=ROUNDING) < columns.shape[1]:
        raise ArgumentError(
            "`treatment` and `covariates` must vary and be linearly independent; leave out constants and repeats."
        )


def _regress(y: FloatArray, columns: FloatArray) -> tuple[float, float]:
    """The first coefficient and R²; everything is centred."""
    slopes = np.linalg.lstsq(columns, y, rcond=None)[0]
    return float(slopes[0]), 1 - float(np.sum((y - columns @ slopes) ** 2) / np.sum(y**2))


def _oster_polynomials(a: float, b: float, c: float, spread: float, tau: float) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator of δ as polynomials in ν, highest power first."""
    cubic = tau * spread - tau**2
    top = np.array([cubic, 2 * tau * a * spread, b * tau + spread * tau * a**2, 0.0])
    bottom = np.array([cubic, tau * a * spread, c * (spread - tau), c * a * spread])
    return top, bottom


def _delta_at(top: FloatArray, bottom: FloatArray, nu: float) -> float | None:
    """δ = numerator/denominator; None where the denominator is zero but for rounding."""
    powers = nu ** np.arange(3, -1, -1)
    if abs(bottom @ powers) <= 1e-9 * np.sum(np.abs(bottom * powers)):
        return None
    return float(top @ powers) / float(bottom @ powers)


def _oster_solutions(top: FloatArray, bottom: FloatArray, delta: float, full: float) -> list[float]:
    """Every real effect β̃ − ν with numerator = δ·denominator, ascending.

    Where both are zero the observed covariates would explain nothing at that effect, and any δ would do: with a single
    covariate there always is one such ν. It is no solution.
    """
    polynomial = top - delta * bottom
    largest = np.max(np.abs(polynomial))
    keep = int(np.argmax(np.abs(polynomial) > ROUNDING * largest)) if largest else len(polynomial)
    roots = np.roots(polynomial[keep:])
    real = roots[np.abs(roots.imag) <= 1e-7 * np.maximum(np.abs(roots.real), 1e-300)].real
    return sorted(full - float(nu) for nu in real if _delta_at(top, bottom, float(nu)) is not None)


def _oster_chosen(solutions: Sequence[float], short: float, full: float) -> float | None:
    onward = [one for one in solutions if (one - full) * (full - short) > 0]
    return min(onward, key=lambda one: abs(one - full), default=None)


def _told_r2(value: float, lang: Language) -> str:
    """A declared R² as it was written, and one that was computed to four figures."""
    written = number_words(value, lang)
    return written if len(repr(float(value))) <= MOST_WRITTEN else significant(value, lang)


def oster_statement(delta: float | None, line: Text, most: float, *, after: Text | None = None) -> Text:
    """The sentence of δ with the threshold in words, and what comes after it."""

    def sentence(lang: Language) -> str:
        target, r2 = line.in_language(lang), _told_r2(most, lang)
        if delta is None:
            first = {
                "en": f"No selection on the unobserved moves the effect to {target} with a largest R² of {r2}",
                "sv": f"Inget urval på det oobserverade flyttar effekten till {target} vid ett största R² på {r2}",
            }[lang]
        else:
            times, way = format_number(delta, lang, 2), _OPPOSITE[lang] if round(delta, 2) < 0 else ""
            first = {
                "en": f"The effect would be {target} if the unobserved mattered {times} times as much for treatment "
                f"as the observed covariates{way}, with a largest R² of {r2}",
                "sv": f"Effekten vore {target} om det oobserverade betydde {times} gånger så mycket för behandlingen "
                f"som de observerade kovariaterna{way}, vid ett största R² på {r2}",
            }[lang]
        return f"{first}." if after is None else f"{first}; {after.in_language(lang)}."

    return Text(en=sentence("en"), sv=sentence("sv"))


_OPPOSITE: Mapping[Language, str] = {
    "en": " (a negative number: it would have to go with treatment in the opposite direction to them)",
    "sv": " (ett negativt tal: det skulle behöva gå ihop med behandlingen åt motsatt håll mot dem)",
}


def _oster_after(adjusted: float | None, at: float) -> Text:
    en, sv = ("–" if adjusted is None else significant(adjusted, lang) for lang in LANGUAGES)
    return Text(
        en=f"if it mattered {number_words(at, 'en')} times as much, the effect would be {en}",
        sv=f"om det betydde {number_words(at, 'sv')} gånger så mycket vore effekten {sv}",
    )


# --- robustness value ---------------------------------------------------------------------------------------------


def _robustness(strength: float, needed: float) -> float:
    """The smallest r such that partial R² of r with both can take f below f* (section 4)."""
    left = strength - needed
    if left <= 0:
        return 0.0
    value = 2 * left / (left + math.sqrt(left**2 + 4))  # (√(l⁴ + 4l²) − l²)/2, without a loss where l is large
    # The harm √(d·y) + f*·√((1 − y)(…)) peaks at y/(1 − y) = d/f*², which comes before y = d when 1 − d < f*².
    return value if 1 - value >= needed**2 else (strength**2 - needed**2) / (1 + strength**2)


def _benchmark_table(
    estimate: float,
    error: float,
    df: float,
    line: float,
    alpha: float,
    benchmarks: Mapping[str, tuple[float, float]],
    strengths: Sequence[float],
) -> dict[str, tuple[float | int | str | None, ...]]:
    if not isinstance(benchmarks, Mapping):
        raise ArgumentError(
            f"`benchmarks` must map a covariate to its two partial R², as {{'age': (0.1, 0.2)}}; got {benchmarks!r}."
        )
    all_times = [check_positive("strengths", times) for times in check_numbers("strengths", strengths)]
    rows = []
    for name, pair in benchmarks.items():
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ArgumentError(
                f"`benchmarks[{name!r}]` must be two partial R², with treatment and with the outcome; got {pair!r}."
            )
        of_treatment, of_outcome = (check_between(f"benchmarks[{name!r}]", one, 0.0, 1.0, ends="[)") for one in pair)
        for k in all_times:
            r2 = _as_strong(k, of_treatment, of_outcome)
            rows.append((name, k, *(r2 or (None, None)), *_after(estimate, error, df, line, alpha, r2)))
    heads = ("benchmark", "times", "r2_treatment", "r2_outcome", "estimate", "std_error", "conf_low", "conf_high")
    return dict(zip(heads, zip(*rows, strict=True), strict=True)) if rows else {}


def _as_strong(k: float, of_treatment: float, of_outcome: float) -> tuple[float, float] | None:
    """Partial R² of a confounder k times as strong (section 4); None where it would explain more than all."""
    if k * of_treatment >= 1 or (odds := k * of_treatment / (1 - of_treatment)) >= 1:
        return None
    shared = k * of_treatment**2 / ((1 - k * of_treatment) * (1 - of_treatment))
    if shared >= 1:
        return None
    outcome = ((math.sqrt(k) + math.sqrt(shared)) / math.sqrt(1 - shared)) ** 2 * of_outcome / (1 - of_outcome)
    return (odds, outcome) if outcome <= 1 else None


def _after(
    estimate: float, error: float, df: float, line: float, alpha: float, r2: tuple[float, float] | None
) -> tuple[float | None, ...]:
    if r2 is None:
        return (None,) * 4
    treatment, outcome = r2
    bias = error * math.sqrt(df * outcome * treatment / (1 - treatment))
    adjusted = estimate - math.copysign(bias, estimate - line)
    wider = error * math.sqrt((1 - outcome) / (1 - treatment) * df / (df - 1))
    reach = t_quantile(1 - alpha / 2, df - 1) * wider
    return adjusted, wider, adjusted - reach, adjusted + reach


def robustness_statement(plain: float, of_interval: float, line: Text, interval: Text, *, held: bool) -> Text:
    """The sentence of a robustness value and that of the interval, with the threshold and the interval in words.

    Parameters
    ----------
    plain, of_interval : float
    line, interval : Text
    held : bool
        Whether the interval holds the threshold as it is.
    """

    def sentence(lang: Language) -> str:
        target, share = line.in_language(lang), _told_beyond(plain, 0.0, lang, percent=True)
        most, whose = _told_beyond(of_interval, 0.0, lang, percent=True), interval.in_language(lang)
        if plain == 0:
            what = _ESTIMATE[lang]
            return _ALREADY[lang].format(what[0].upper() + what[1:], target)
        if lang == "en":
            text = f"A confounder that explains less than {share} of what is left of both treatment and outcome cannot "
            text += f"move the estimate to {target}"
            if held:
                return f"{text}; {whose} already holds it, so for the interval no confounding is needed."
            if of_interval == 0:
                return f"{text}, but even the weakest can make {whose} reach it."
            return f"{text}, and one below {most} cannot make {whose} reach it."
        text = f"En störfaktor som förklarar mindre än {share} av det som återstår av både behandling och utfall kan "
        text += f"inte flytta skattningen till {target}"
        if held:
            return f"{text}; {whose} når redan dit, så för intervallet krävs ingen störfaktor."
        if of_interval == 0:
            return f"{text}, men även den svagaste kan få {whose} att nå dit."
        return f"{text}, och en under {most} kan inte få {whose} att nå dit."

    return Text(en=sentence("en"), sv=sentence("sv"))


def _interval_at(level: float) -> Text:
    en, sv = (format_percent(float(1 - check_level(level)), lang, 0) for lang in LANGUAGES)
    return Text(en=f"the {en} interval", sv=f"{sv}-intervallet")

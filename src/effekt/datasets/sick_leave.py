"""A synthetic panel of short-term sick leave in Swedish municipalities, one of them with an intervention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.random import Generator

from effekt._calendar import Window, parse_period, parse_window, period_label
from effekt._text import Text, format_percent
from effekt._types import FloatArray, IntArray
from effekt._validation import MOST, check_integer, check_number, did_you_mean
from effekt.datasets._draws import as_generator, autoregressive, check_inside, check_range
from effekt.datasets.cohort import Cohort
from effekt.exceptions import ArgumentError
from effekt.tables import Table

SEASON = np.array([0.18, 0.26, 0.16, 0.02, -0.02, -0.18, -0.52, -0.18, 0.08, 0.08, 0.10, 0.02])  # January first
SMALLEST, MEDIAN_EXCESS, SIZE_SPREAD = 500.0, 1_300.0, 1.15  # employees: 500 + a log-normal
MEAN_GROWTH = 0.005  # of employees, a year
WAVE_PEAK, WAVE_PEAK_SD, WAVE_WIDTH = 1.5, 0.7, 0.8  # months from the turn of the year
WAVE_SHAPE = 4.0  # of the gamma law of heights: a coefficient of variation of 1/2


def sick_leave_panel(
    *,
    rng: Generator | int,
    n_municipalities: int = 290,
    first: str = "2015-01",
    last: str = "2021-12",
    treated: str = "0127",
    effect: float = -0.12,
    effect_start: str = "2019-01",
    evaluation_window: tuple[Any, Any] | None = None,
    level: float = 0.6,
    level_sd: float = 0.12,
    trend: float = 0.01,
    flu: float = 0.25,
    shock_sd: float = 0.05,
    shock_correlation: float = 0.9,
    growth_sd: float = 0.01,
    dispersion: float = 6.0,
) -> Cohort:
    """Monthly short-term sick leave (days 1–14) among municipal staff, with a known effect in one municipality.

    Parameters
    ----------
    rng : Generator or int
        The only source of chance.
    n_municipalities : int
        At least 2. Codes look Swedish ("0127", "0128", …, "0140", "0227", …) but are invented.
    first, last : str
        Months, inclusive.
    treated : str
        Code of the municipality with the intervention; "0127" is always there.
    effect : float
        Relative effect δ on its expected sick days: −0.12 is a fall by 12 %.
    effect_start : str
        First month with the effect, after `first`.
    evaluation_window : (first, last), optional
        Inclusive months (or years) to which the truth refers; the default is `effect_start` to `last`.
    level : float
        Median sick days per full-time employee and month outside the waves; 0.6 gives about 8 days a year with them.
    level_sd : float
        SD of the municipalities' log levels.
    trend : float
        National change of log sick leave a year.
    flu : float
        Mean height of a winter's wave at its peak, in log sick leave.
    shock_sd, shock_correlation : float
        SD σ and month-to-month correlation ρ of the municipalities' own log shocks.
    growth_sd : float
        SD of the municipalities' yearly log growth of employees.
    dispersion : float
        Variance of sick days over their mean: 1 is Poisson; days come in spells, so it is larger. 0 leaves the
        days at their mean, unrounded.

    Returns
    -------
    Cohort
        Table: `municipality` (text), `month` ("2015-01"), `sick_days` (a whole number), `employees` (full-time
        equivalents, one decimal). Truth: for the treated municipality over the evaluation window W, without sampling
        noise but with its own shocks, `treated_mean` = Σ_W μ_t(δ) / Σ_W N_t and `counterfactual_mean` = Σ_W μ_t(0) /
        Σ_W N_t, in days per full-time employee and month; `difference` = their difference; `relative` = δ · the share
        of Σ_W μ_t(0) that falls in months with the effect, which is δ itself in the default window; `ratio` =
        1 + relative.

    Raises
    ------
    ArgumentError
        For an argument outside its range, an unknown code, or months in the wrong order.

    Notes
    -----
    With i a municipality, t = 0, 1, … months and τ = t/12 years from `first`, N_it employees and Y_it sick days:

    - log(N_i0 − 500) ~ N(log 1 300, 1.15²), so sizes go from 500 to about 50 000; N_it = N_i0 exp(g_i τ) with
      g_i ~ N(0.005, growth_sd²), rounded to one decimal;
    - log μ_it = log N_it + log level + a_i + s_month(t) + f_t + trend · τ + u_it, and + log(1 + δ) in the treated
      municipality from `effect_start`;
    - a_i ~ N(0, level_sd²); season s, January to December: .18, .26, .16, .02, −.02, −.18, −.52, −.18, .08, .08, .10,
      .02;
    - f_t = Σ_w h_w exp(−(t + ½ − c_w)² / (2 · 0.8²)) over the winters w, with peak c_w ~ N(mid-February, 0.7²) in
      months and height h_w ~ Gamma(4, flu/4): waves differ in timing and size;
    - u_it = ρ u_i,t−1 + √(1 − ρ²) σ z_it, stationary with SD σ;
    - Y_it is negative binomial with mean μ_it and variance dispersion · μ_it.

    Everything national cancels in the trend-adjusted ratio. What remains is the change of the mean shock between two
    windows of m months that follow on each other, with log variance 2(v − c), v = (σ²/m²) Σ_{j,k} ρ^|j−k| and
    c = (σ²/m²) ρ ((1 − ρᵐ)/(1 − ρ))², and the sampling noise 2 · dispersion / (m · level · N). With the defaults and 36
    months that is 4.0 % and, in a municipality of 1 800 employees, 1.8 %: over all municipalities the placebo SD of the
    ratio estimator is about 4.5 %, so that a single effect of −12 % stands out and one of −5 % does not.

    Examples
    --------
    >>> cohort = sick_leave_panel(rng=1, n_municipalities=20)
    >>> len(cohort.table), cohort.truth["relative"]
    (1680, -0.12)
    """
    generator = as_generator(rng)
    span, start, window = _calendar(first, last, effect_start, evaluation_window)
    codes = _codes(check_integer("n_municipalities", n_municipalities, 2), treated)
    effect = check_inside("effect", effect, -1.0)
    size = (n_municipalities, len(span.numbers()))
    employees = _employees(generator, *size, check_range("growth_sd", growth_sd, 0, 1))
    log_rate = (
        math.log(check_inside("level", level, 0))
        + check_range("level_sd", level_sd, 0) * generator.standard_normal((n_municipalities, 1))
        + _national(generator, span, check_number("trend", trend), check_range("flu", flu, 0))
        + autoregressive(
            generator,
            *size,
            correlation=check_inside("shock_correlation", shock_correlation, -1, 1),
            sd=check_range("shock_sd", shock_sd, 0),
        )
    )
    _check_reach(employees, log_rate, effect)
    untreated = employees * np.exp(log_rate)
    expected, row = untreated.copy(), codes.index(treated)
    expected[row, start - span.first :] *= 1 + effect
    days = _days(generator, expected, check_range("dispersion", dispersion, 0, MOST))
    months = [period_label(t, "month") for t in span.numbers()]
    return Cohort(
        table=Table(
            {
                "municipality": [code for code in codes for _ in months],
                "month": months * n_municipalities,
                "sick_days": days.ravel(),
                "employees": employees.ravel(),
            },
            name="the synthetic sick-leave panel",
        ),
        truth=_truth(untreated[row], employees[row], effect, start - span.first, window, span),
        description=_description(n_municipalities, treated, effect, span, start),
    )


def _calendar(first: str, last: str, effect_start: str, window: tuple[Any, Any] | None) -> tuple[Window, int, Window]:
    """The span of the panel, the first month with the effect, and the window of the truth."""
    span = Window(first=_month("first", first), last=_month("last", last), period="month")
    start = _month("effect_start", effect_start)
    if not span.first < start <= span.last:
        raise ArgumentError(
            f"`effect_start` must be after `first` and not after `last` ({span}); got {effect_start!r}."
        )
    if window is None:
        return span, start, Window(first=start, last=span.last, period="month")
    found = parse_window("evaluation_window", window, "month")
    if found.first < span.first or found.last > span.last:
        raise ArgumentError(f"`evaluation_window` must lie within the panel ({span}); got {found}.")
    return span, start, found


def _month(name: str, value: object) -> int:
    number = parse_period(value, "month")
    if number is None:
        raise ArgumentError(f"`{name}` must be a month such as '2015-01'; got {value!r}.")
    return number


def _codes(n: int, treated: object) -> list[str]:
    """Fourteen municipalities in each county: 0127 to 0140, 0227 to 0240 and so on."""
    codes = [f"{i // 14 + 1:02d}{27 + i % 14}" for i in range(n)]
    if not isinstance(treated, str) or treated not in codes:
        raise ArgumentError(
            f"`treated` must be one of the codes {codes[0]!r} to {codes[-1]!r}; got {treated!r}."
            f"{did_you_mean(treated, codes)}"
        )
    return codes


def _employees(rng: Generator, n: int, n_months: int, growth_sd: float) -> FloatArray:
    """(n, months) full-time employees, changing slowly."""
    start = SMALLEST + MEDIAN_EXCESS * np.exp(SIZE_SPREAD * rng.standard_normal((n, 1)))
    growth = MEAN_GROWTH + growth_sd * rng.standard_normal((n, 1))
    return np.round(start * np.exp(growth * np.arange(n_months) / 12), 1)


def _check_reach(employees: FloatArray, log_rate: FloatArray, effect: float) -> None:
    """Refuse municipalities without employees, and more days than a count can hold."""
    if employees.min() <= 0:
        raise ArgumentError("`growth_sd` must leave every municipality some employees; give a smaller one.")
    days = np.log(employees) + log_rate + max(0.0, math.log1p(effect))
    if np.abs(days).max() > math.log(MOST):
        raise ArgumentError(
            "`level`, `level_sd`, `trend`, `flu`, `shock_sd` and `effect` must leave every municipality from "
            f"{1 / MOST:g} to {MOST:g} days a month. Give smaller ones."
        )


def _national(rng: Generator, span: Window, trend: float, flu: float) -> FloatArray:
    """(months,) season, influenza waves and trend, which all municipalities share."""
    months = np.array(span.numbers())
    winters = np.arange(span.first // 12, span.last // 12 + 2)[:, None]  # a wave belongs to the year it begins
    peaks = 12 * winters + WAVE_PEAK + WAVE_PEAK_SD * rng.standard_normal(winters.shape)
    heights = rng.gamma(WAVE_SHAPE, flu / WAVE_SHAPE, winters.shape)
    waves = heights * np.exp(-(((months + 0.5 - peaks) / WAVE_WIDTH) ** 2) / 2)
    return np.asarray(SEASON[months % 12] + waves.sum(axis=0) + trend * (months - span.first) / 12)


def _days(rng: Generator, mean: FloatArray, dispersion: float) -> FloatArray | IntArray:
    """Counts with variance dispersion · mean: negative binomial with size mean/(dispersion − 1), p = 1/dispersion."""
    if dispersion == 0:
        return mean
    if dispersion < 1:
        raise ArgumentError(f"`dispersion` must be 0 or at least 1; got {dispersion!r}.")
    if dispersion == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)


def _truth(
    untreated: FloatArray, employees: FloatArray, effect: float, start: int, window: Window, span: Window
) -> dict[str, float]:
    """The two noise-free means of the treated municipality over the window, and their views."""
    months = np.array(window.numbers()) - span.first
    days = float(untreated[months].sum())
    relative = effect * (float(untreated[months[months >= start]].sum()) / days)
    counterfactual = days / float(employees[months].sum())
    return {
        "treated_mean": counterfactual * (1 + relative),
        "counterfactual_mean": counterfactual,
        "difference": counterfactual * relative,
        "relative": relative,
        "ratio": 1 + relative,
    }


def _description(n: int, treated: str, effect: float, span: Window, start: int) -> Text:
    first, last, begins = (period_label(month, "month") for month in (span.first, span.last, start))
    return Text(
        en=f"Synthetic monthly short-term sick leave in {n} municipalities, {first} to {last}, with a relative effect "
        f"of {format_percent(effect, 'en')} in municipality {treated} from {begins}.",
        sv=f"Syntetiska månadsuppgifter om korttidssjukfrånvaron i {n} kommuner, {first} till {last}, med en relativ "
        f"effekt på {format_percent(effect, 'sv')} i kommun {treated} från och med {begins}.",
    )

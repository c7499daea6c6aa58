"""A synthetic panel whose units adopt in stages, with a known effect in each cohort and year."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt._validation import check_integer, check_number
from effekt.datasets._draws import as_generator, autoregressive, check_inside, check_range
from effekt.datasets.cohort import Cohort, effect_truth
from effekt.exceptions import ArgumentError
from effekt.tables import Table


def staggered_panel(
    *,
    rng: Generator | int,
    n_units: int = 100,
    n_periods: int = 8,
    first_year: int = 2011,
    starts: Sequence[int] = (2014, 2016, 2017),
    share: float = 0.2,
    effect: float = -1.0,
    growth: float = -0.25,
    step: float = 0.0,
    level: float = 10.0,
    trend: float = 0.1,
    period_sd: float = 0.3,
    unit_sd: float = 1.0,
    error_sd: float = 1.0,
    correlation: float = 0.5,
) -> Cohort:
    """Draw a balanced panel for staggered adoption: unit effects, serial correlation, a known effect for each (g, t).

    Parameters
    ----------
    rng : Generator or int
        The only source of chance.
    n_units, n_periods : int
        Units and years.
    first_year : int
        The first year.
    starts : sequence of int
        The cohorts' first treated years, rising, each after the first year and within the panel.
    share : float
        Share of the units in each cohort, rounded to a whole number; the rest, at least two units, are never treated.
    effect, growth, step : float
        The effect of a cohort's first year, what each further year adds, and what each further cohort adds, in the
        outcome's unit.
    level : float
        Expected untreated outcome in the first year.
    trend, period_sd : float
        Change a year, and SD of the years' own shocks, both common to all units.
    unit_sd : float
        SD of the unit effects.
    error_sd, correlation : float
        SD of the unit's errors, and their correlation ρ from one year to the next.

    Returns
    -------
    Cohort
        Table: `unit`, `year`, `start` (empty for units never treated), `treatment` (1 in treated unit-years),
        `outcome`. Truth: `difference` = the mean of τ_gt over treated unit-years, each weighing the same, which is what
        `aggregate="simple"` estimates; `counterfactual_mean` = level + the mean of the year effects λ_t over the same,
        the expected untreated outcome given those years; `treated_mean`, `relative` and `ratio` follow; and τ_gt for
        each cohort and year, 0 before adoption, under the label ``"(2014, 2015)"``.

    Raises
    ------
    ArgumentError
        For an argument outside its range, or arguments that contradict each other.

    Notes
    -----
    Y_it = level + a_i + λ_t + τ_gt + e_it with a_i ~ N(0, unit_sd²), λ_t = trend · t + N(0, period_sd²), e a stationary
    first-order autoregression with correlation ρ, and τ_gt = effect + growth · (t − g) + step · k in the years t ≥ g of
    the k-th cohort, k = 0, 1, …. Cohorts are drawn at random, so trends are parallel.

    Examples
    --------
    >>> cohort = staggered_panel(rng=1, n_units=20)
    >>> len(cohort.table), cohort.truth["(2014, 2015)"]
    (160, -1.25)
    """
    generator = as_generator(rng)
    check_integer("n_units", n_units, 4)
    check_integer("n_periods", n_periods, 2)
    check_integer("first_year", first_year, 1)
    years = np.arange(first_year, first_year + n_periods)
    adopted = _starts(starts, years)
    cohort = generator.permutation(_sizes(n_units, len(adopted), check_inside("share", share, 0, 1)))
    named = (("effect", effect), ("growth", growth), ("step", step))
    gains = _gains(adopted, years, *(check_number(name, value) for name, value in named))
    unit_effect = check_range("unit_sd", unit_sd, 0) * generator.standard_normal((n_units, 1))
    year_effect = check_range("period_sd", period_sd, 0) * generator.standard_normal(n_periods)
    year_effect += check_number("level", level) + check_number("trend", trend) * np.arange(n_periods)
    error = autoregressive(
        generator,
        n_units,
        n_periods,
        correlation=check_inside("correlation", correlation, -1, 1),
        sd=check_range("error_sd", error_sd, 0),
    )
    start = np.append(adopted, years[-1] + 1)[cohort]  # never treated: after the last year
    outcome = year_effect + unit_effect + error + np.vstack([gains, np.zeros(n_periods)])[cohort]
    return Cohort(
        table=_table(outcome, start, years),
        truth=_truth(gains, year_effect, adopted, years, np.bincount(cohort)),
        description=Text(
            en=f"A synthetic panel of {n_units} units over {n_periods} years that adopt in {len(adopted)} stages or "
            "never, with parallel trends and a known effect for each cohort and year.",
            sv=f"En syntetisk panel med {n_units} enheter under {n_periods} år som inför insatsen i {len(adopted)} "
            "omgångar eller aldrig, med parallella trender och känd effekt för varje kohort och år.",
        ),
    )


def _starts(starts: Sequence[int], years: IntArray) -> IntArray:
    try:
        found = [check_integer("starts", start, 1) for start in starts]
    except TypeError:
        raise ArgumentError(f"`starts` must be a list of years, such as (2014, 2016); got {starts!r}.") from None
    if not found or sorted(set(found)) != found or found[0] <= years[0] or found[-1] > years[-1]:
        raise ArgumentError(
            f"`starts` must be rising years after {years[0]} and not after {years[-1]}; got {list(starts)!r}."
        )
    return np.array(found)


def _sizes(n_units: int, n_cohorts: int, share: float) -> IntArray:
    """(units,) cohort of each unit, in order; the last stands for never treated."""
    each = round(share * n_units)
    if each < 1 or n_units - each * n_cohorts < 2:
        raise ArgumentError(
            f"`share` must give each of the {n_cohorts} cohorts a unit and leave two never treated; {share:g} of "
            f"{n_units} units does not."
        )
    return np.repeat(np.arange(n_cohorts + 1), [each] * n_cohorts + [n_units - each * n_cohorts])


def _gains(starts: IntArray, years: IntArray, effect: float, growth: float, step: float) -> FloatArray:
    """(cohorts, years): τ_gt."""
    since = years - starts[:, None]
    return np.where(since >= 0, effect + growth * since + step * np.arange(len(starts))[:, None], 0.0)


def _truth(
    gains: FloatArray, year_effect: FloatArray, starts: IntArray, years: IntArray, sizes: IntArray
) -> dict[str, float]:
    """The mean over treated unit-years, and each cohort's effect in each year."""
    treated = (years >= starts[:, None]) * sizes[:-1, None]
    total = int(treated.sum())
    mean = math.fsum((treated * gains).ravel()) / total
    untreated = math.fsum((treated * year_effect).ravel()) / total
    labels = [f"({start}, {year})" for start in starts for year in years]
    return {**effect_truth(untreated, mean), **dict(zip(labels, gains.ravel().tolist(), strict=True))}


def _table(outcome: FloatArray, start: IntArray, years: IntArray) -> Table:
    n_units, n_periods = outcome.shape
    return Table(
        {
            "unit": np.repeat(np.arange(1, n_units + 1), n_periods),
            "year": np.tile(years, n_units),
            "start": [None if one > years[-1] else one for one in start.tolist() for _ in years],
            "treatment": (years >= start[:, None]).astype(int).ravel(),
            "outcome": outcome.ravel(),
        },
        name="the synthetic staggered panel",
    )

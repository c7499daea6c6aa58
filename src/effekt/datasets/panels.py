"""A synthetic panel of two groups, one of which is treated from a common period."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt._validation import check_integer, check_number
from effekt.datasets._draws import as_generator, assign, autoregressive, check_inside, check_range, split
from effekt.datasets.cohort import Cohort, effect_truth
from effekt.exceptions import ArgumentError
from effekt.tables import Table


def two_group_panel(
    *,
    rng: Generator | int,
    n_units: int = 60,
    n_periods: int = 8,
    n_before: int = 4,
    first_year: int = 2011,
    effect: float = -1.0,
    share_treated: float = 0.5,
    level: float = 10.0,
    gap: float = 1.0,
    trend: float = 0.1,
    period_sd: float = 0.3,
    unit_sd: float = 1.0,
    error_sd: float = 1.0,
    correlation: float = 0.5,
    n_clusters: int | None = None,
    cluster_sd: float = 0.0,
) -> Cohort:
    """Draw a balanced panel for difference-in-differences: unit effects, serial correlation, clusters, a known effect.

    Parameters
    ----------
    rng : Generator or int
        The only source of chance.
    n_units, n_periods, n_before : int
        Units, years, and years before the treatment; 1 ≤ n_before < n_periods.
    first_year : int
        The first year.
    effect : float
        Effect τ on every treated unit in every treated year, in the outcome's unit.
    share_treated : float
        Share of the units, or of the clusters when there are clusters, rounded to a whole number.
    level, gap : float
        Expected outcome of the comparison group in the first year, and how much higher the treated group lies without
        treatment.
    trend, period_sd : float
        Change a year, and SD of the years' own shocks, both common to all units.
    unit_sd : float
        SD of the unit effects.
    error_sd, correlation : float
        SD of the unit's errors, and their correlation ρ from one year to the next.
    n_clusters : int, optional
        Clusters that hold the units in equal numbers (or one apart) and are treated as a whole.
    cluster_sd : float
        SD of the clusters' errors, with the same ρ; 0 without clusters.

    Returns
    -------
    Cohort
        Table: `unit`, `cluster` where there is one, `year`, `group` (1 for units ever treated), `treatment` (1 in
        treated unit-years), `outcome`. Truth, of the ATT: `difference` = τ; `counterfactual_mean` = level + gap + the
        mean of the year effects λ_t over the treated years, which is the expected untreated outcome of treated units
        given those years; `treated_mean`, `relative` and `ratio` follow from the two.

    Raises
    ------
    ArgumentError
        For an argument outside its range, or arguments that contradict each other.

    Notes
    -----
    Y_it = level + gap · G_i + a_i + λ_t + τ D_it + v_c(i)t + e_it with a_i ~ N(0, unit_sd²), λ_t = trend · t + N(0,
    period_sd²), and v and e stationary first-order autoregressions with correlation ρ. Trends are parallel. The groups
    differ by `gap` alone: unit effects and errors do not depend on them.

    Examples
    --------
    >>> cohort = two_group_panel(rng=1, n_units=20)
    >>> len(cohort.table), cohort.truth["difference"]
    (160, -1.0)
    """
    generator = as_generator(rng)
    check_integer("n_units", n_units, 4)
    check_integer("first_year", first_year, 1)
    _check_periods(n_periods, n_before)
    share = check_inside("share_treated", share_treated, 0, 1)
    level, gap, effect = check_number("level", level), check_number("gap", gap), check_number("effect", effect)
    rho = check_inside("correlation", correlation, -1, 1)
    cluster = _clusters(n_units, n_clusters, cluster_sd)
    group = assign(generator, np.zeros(int(cluster[-1]) + 1, np.intp), share)[cluster]
    unit_effect = check_range("unit_sd", unit_sd, 0) * generator.standard_normal((n_units, 1))
    year_effect = check_range("period_sd", period_sd, 0) * generator.standard_normal(n_periods)
    year_effect += check_number("trend", trend) * np.arange(n_periods)
    error = autoregressive(generator, n_units, n_periods, correlation=rho, sd=check_range("error_sd", error_sd, 0))
    common = autoregressive(generator, int(cluster[-1]) + 1, n_periods, correlation=rho, sd=float(cluster_sd))[cluster]
    treatment = np.outer(group, np.arange(n_periods) >= n_before)
    expected = level + gap * group[:, None] + year_effect
    outcome = expected + unit_effect + common + error + effect * treatment
    counterfactual = level + gap + math.fsum(year_effect[n_before:]) / (n_periods - n_before)
    return Cohort(
        table=_table(outcome, treatment, group, cluster if n_clusters else None, first_year),
        truth=effect_truth(counterfactual, effect),
        description=Text(
            en=f"A synthetic panel of {n_units} units over {n_periods} years, one group treated from year "
            f"{first_year + n_before}, with parallel trends and a known effect.",
            sv=f"En syntetisk panel med {n_units} enheter under {n_periods} år, där en grupp får insatsen från och med "
            f"{first_year + n_before}, med parallella trender och känd effekt.",
        ),
    )


def _check_periods(n_periods: int, n_before: int) -> None:
    check_integer("n_periods", n_periods, 2)
    check_integer("n_before", n_before, 1)
    if n_before >= n_periods:
        raise ArgumentError(f"`n_before` must be less than `n_periods` ({n_periods}); got {n_before!r}.")


def _clusters(n_units: int, n_clusters: int | None, cluster_sd: float) -> IntArray:
    """(units,) cluster of each unit; each its own without clusters."""
    check_range("cluster_sd", cluster_sd, 0)
    if n_clusters is None:
        if cluster_sd:
            raise ArgumentError(f"`cluster_sd` must be 0 without clusters; got {cluster_sd!r}. Give `n_clusters`.")
        return np.arange(n_units)
    if check_integer("n_clusters", n_clusters, 2) > n_units:
        raise ArgumentError(f"`n_clusters` must be at most `n_units` ({n_units}); got {n_clusters!r}.")
    return split(n_units, n_clusters, 1.0)


def _table(
    outcome: FloatArray, treatment: IntArray, group: IntArray, cluster: IntArray | None, first_year: int
) -> Table:
    n_units, n_periods = outcome.shape
    named = {} if cluster is None else {"cluster": np.repeat(cluster + 1, n_periods)}
    return Table(
        {
            "unit": np.repeat(np.arange(1, n_units + 1), n_periods),
            **named,
            "year": np.tile(np.arange(first_year, first_year + n_periods), n_units),
            "group": np.repeat(group, n_periods),
            "treatment": treatment.ravel(),
            "outcome": outcome.ravel(),
        },
        name="the synthetic two-group panel",
    )

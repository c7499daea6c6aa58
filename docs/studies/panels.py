"""Cohorts of the studies of panels that `effekt.datasets` does not draw: no effect, or one effect, and who is treated.

In the first three nothing is treated and the truth is no effect; a method chooses the unit that it holds for treated,
at random or for what it was before, as contracts do.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.datasets._draws import autoregressive
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table

NOTHING = {"difference": 0.0, "relative": 0.0}
FIRST_YEAR = 2013
DISPERSION = 6.0  # variance of sick days over their mean, as in effekt.datasets.sick_leave_panel


def yearly(rng: Generator, *, n: int, years: int, correlation: float, shock_sd: float, level_sd: float) -> Cohort:
    """Sick days and employees of municipalities, a row a year, whose shocks last from one year to the next.

    log μ_it = log N_i + log 8 + a_i + f_t + u_it with a_i ~ N(0, level_sd²), f_t ~ N(0, 0.1²) common to all, u_it a
    stationary autoregression with SD `shock_sd`, and N_i = 500 + 1 300 · exp(1.15 z_i) employees. Sick days are
    negative binomial with six times the variance of a Poisson.
    """
    employees = np.round(500 + 1_300 * np.exp(1.15 * rng.standard_normal((n, 1))), 1)
    log_rate = np.log(8) + level_sd * rng.standard_normal((n, 1)) + 0.1 * rng.standard_normal(years)
    log_rate = log_rate + autoregressive(rng, n, years, correlation=correlation, sd=shock_sd)
    days = _days(rng, employees * np.exp(log_rate))
    table = Table(
        {
            "municipality": np.repeat(_codes(n), years),
            "year": np.tile(np.arange(FIRST_YEAR, FIRST_YEAR + years), n),
            "sick_days": days.ravel(),
            "employees": np.repeat(employees.ravel(), years),
        }
    )
    return _cohort(table, NOTHING, "Kommuner år för år.", "Municipalities by year.")


def monthly(rng: Generator, *, n: int, years: int, correlation: float, lasting_sd: float) -> Cohort:
    """The same a month, for as many years before as after a turn at which each municipality's level moves for good.

    log μ_it = log 2 000 + log 0.65 + a_i + 0.3 · cos(2πt/12) + u_it + b_i · 1{t ≥ turn} with a_i ~ N(0, 0.12²), u_it a
    stationary autoregression with SD 0.1, and b_i ~ N(0, lasting_sd²): a new head of staff, another way to report.
    """
    months = 24 * years
    log_rate = np.log(0.65) + 0.12 * rng.standard_normal((n, 1)) + 0.3 * np.cos(np.arange(months) * np.pi / 6)
    log_rate = log_rate + autoregressive(rng, n, months, correlation=correlation, sd=0.1)
    log_rate[:, months // 2 :] += lasting_sd * rng.standard_normal((n, 1))
    days = _days(rng, 2_000 * np.exp(log_rate))
    names = [f"{FIRST_YEAR + t // 12}-{t % 12 + 1:02d}" for t in range(months)]
    table = Table(
        {
            "municipality": np.repeat(_codes(n), months),
            "month": names * n,
            "sick_days": days.ravel(),
            "employees": np.full(n * months, 2_000.0),
        }
    )
    return _cohort(table, NOTHING, "Kommuner månad för månad.", "Municipalities by month.")


def factors(
    rng: Generator, *, n: int, years: int, correlation: float, lasting_sd: float = 0.0, after: int = 0
) -> Cohort:
    """Units that follow a common path to different degrees: what a mixture of donors can imitate.

    Y_it = 10 + a_i + (1 + 0.5 z_i) F_t + e_it with a_i, z_i standard normal, F a random walk with steps of SD 0.5, and
    e a stationary autoregression with SD 0.5. With `lasting_sd` each unit's level moves for good before the last
    `after` years.
    """
    level, loading = rng.standard_normal((2, n, 1))
    path = np.cumsum(0.5 * rng.standard_normal(years))
    outcome = 10 + level + (1 + 0.5 * loading) * path + autoregressive(rng, n, years, correlation=correlation, sd=0.5)
    if lasting_sd:
        outcome[:, years - after :] += lasting_sd * rng.standard_normal((n, 1))
    table = Table(
        {
            "municipality": np.repeat(_codes(n), years),
            "year": np.tile(np.arange(FIRST_YEAR, FIRST_YEAR + years), n),
            "outcome": outcome.ravel(),
        }
    )
    return _cohort(table, NOTHING, "Enheter med gemensam väg.", "Units on a common path.")


def unequal(rng: Generator, *, clusters: int, treated: str, effect: float) -> Cohort:
    """Clusters of 4 to 40 units in eight years, of which one, the smallest or the largest, is treated in the last four.

    Y_it = 10 + a_i + v_ct + e_it + effect · D_it: a_i standard normal, v and e stationary autoregressions with
    correlation 0.5 and SD 0.3 and 1.
    """
    sizes = np.rint(np.geomspace(4, 40, clusters)).astype(int)
    cluster, years = np.repeat(np.arange(clusters), sizes), 8
    own = cluster == (0 if treated == "smallest" else clusters - 1)
    treatment = np.outer(own, np.arange(years) >= years // 2).astype(int)
    outcome = 10 + rng.standard_normal((len(cluster), 1)) + effect * treatment
    outcome = outcome + autoregressive(rng, clusters, years, correlation=0.5, sd=0.3)[cluster]
    outcome = outcome + autoregressive(rng, len(cluster), years, correlation=0.5, sd=1.0)
    table = Table(
        {
            "unit": np.repeat(np.arange(1, len(cluster) + 1), years),
            "cluster": np.repeat(cluster, years),
            "year": np.tile(np.arange(FIRST_YEAR, FIRST_YEAR + years), len(cluster)),
            "treatment": treatment.ravel(),
            "outcome": outcome.ravel(),
        }
    )
    return _cohort(table, effect_truth(10.0, effect), "Kluster av olika storlek.", "Clusters of different sizes.")


def _codes(n: int) -> list[str]:
    return [f"{i + 1:04d}" for i in range(n)]


def _days(rng: Generator, mean: np.ndarray) -> np.ndarray:
    return rng.negative_binomial(mean / (DISPERSION - 1), 1 / DISPERSION)


def _cohort(table: Table, truth: dict[str, float], swedish: str, english: str) -> Cohort:
    return Cohort(table=table, truth=truth, description=Text(en=english, sv=swedish))

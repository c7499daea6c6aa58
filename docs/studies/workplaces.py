"""Cohorts of workplaces in municipalities, of which one is held for treated: no effect, and luck of its own or none."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from panels import DISPERSION, FIRST_YEAR, NOTHING

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.tables import Table

OTHERS = 5  # municipalities that the treated one is compared with
YEARS = 3  # in each window


def workplaces(rng: Generator, *, treated: int, others: int, lasting_sd: float) -> Cohort:
    """Sick days and employees of workplaces, a row a year, three years before a turn and three after.

    log μ_ct = log n_c + log 8 + a_c + f_t + (d_c + b_i) · 1{t ≥ turn}: n_c uniform on 5 to 59 employees, a_c ~ N(0,
    0.12²), f_t ~ N(0, 0.1²) common to all, d_c ~ N(0, 0.1²) of the workplace, and b_i ~ N(0, lasting_sd²) of its
    municipality, which moves all its workplaces at once. Sick days are negative binomial with six times the variance of
    a Poisson. Municipality 0001 has `treated` workplaces, five others have `others` between them.
    """
    unit = np.concatenate([np.zeros(treated, dtype=int), 1 + np.arange(others) % OTHERS])
    n = len(unit)
    employees = rng.integers(5, 60, n)
    log_rate = np.log(8) + 0.12 * rng.standard_normal((n, 1)) + 0.1 * rng.standard_normal(2 * YEARS)
    moved = 0.1 * rng.standard_normal(n) + lasting_sd * rng.standard_normal(1 + OTHERS)[unit]
    log_rate[:, YEARS:] += moved[:, None]
    days = rng.negative_binomial(employees[:, None] * np.exp(log_rate) / (DISPERSION - 1), 1 / DISPERSION)
    table = Table(
        {
            "municipality": np.repeat([f"{i + 1:04d}" for i in unit], 2 * YEARS),
            "workplace": np.repeat([f"{i + 1:03d}" for i in range(n)], 2 * YEARS),
            "year": np.tile(np.arange(FIRST_YEAR, FIRST_YEAR + 2 * YEARS), n),
            "sick_days": days.ravel(),
            "employees": np.repeat(employees, 2 * YEARS),
        }
    )
    return Cohort(table=table, truth=NOTHING, description=Text(en="Workplaces by year.", sv="Arbetsplatser år för år."))

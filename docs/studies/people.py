"""Cohorts of other people in each period, and of units with a subgroup that cannot be affected."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from panels import FIRST_YEAR

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.datasets._draws import autoregressive
from effekt.tables import Table


def redrawn(rng: Generator, *, n: int, years: int, treated: int, effect: float) -> Cohort:
    """Six to thirty people in each of n units and years, other ones every year; the units' shocks last (ρ = 0.5).

    y = 10 + a_i + f_t + v_it + effect · D_it + 0.5 x + e with a_i, f_t, e ~ N(0, 1), v_it of SD 0.3 and x ~ N(0, 1) a
    characteristic of the person.
    """
    before = years // 2
    size = rng.integers(6, 31, (n, years))
    common = rng.standard_normal((n, 1)) + rng.standard_normal(years)
    common = common + autoregressive(rng, n, years, correlation=0.5, sd=0.3)
    treatment = np.outer(np.arange(n) < treated, np.arange(years) >= before).astype(int)
    unit, year = (np.repeat(codes.ravel(), size.ravel()) for codes in np.indices((n, years)))
    x = rng.standard_normal(len(unit))
    outcome = 10 + (common + effect * treatment)[unit, year] + 0.5 * x + rng.standard_normal(len(unit))
    columns = {"outcome": outcome, "x": x, "treatment": treatment[unit, year], "unit": unit + 1}
    return _cohort({**columns, "year": FIRST_YEAR + year}, effect)


def with_others(rng: Generator, *, n: int, years: int, treated: int, effect: float) -> Cohort:
    """Two subgroups in each of n units and years; what else befalls a treated unit befalls both.

    The gap between the two moves by a shock of SD 0.5 that lasts (ρ = 0.5), and a shock of SD 1 that both share drifts
    up by 0.3 a year where the intervention runs, so that the difference of differences of either alone is biased.
    """
    before = years // 2
    arm = (np.arange(n) < treated)[:, None]
    shared = rng.standard_normal((n, 1)) + autoregressive(rng, n, years, correlation=0.5, sd=1.0)
    shared = shared + 0.3 * arm * np.arange(years)
    gap = rng.standard_normal((n, 1)) + autoregressive(rng, n, years, correlation=0.5, sd=0.5)
    treatment = (arm & (np.arange(years) >= before)).astype(int)
    outcome = np.stack([10 + shared, 11 + shared + gap + effect * treatment], axis=2)
    unit, year, eligible = (codes.ravel() for codes in np.indices(outcome.shape))
    columns = {"outcome": outcome.ravel(), "eligible": eligible, "treatment": treatment[unit, year], "unit": unit + 1}
    return _cohort({**columns, "year": FIRST_YEAR + year}, effect)


def _cohort(columns: dict[str, np.ndarray], effect: float) -> Cohort:
    return Cohort(
        table=Table(columns, name="the synthetic people"),
        truth={"difference": effect},
        description=Text(en="Synthetic people in units and years.", sv="Syntetiska personer i enheter och år."),
    )

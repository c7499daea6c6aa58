"""Cohorts of other people in each period whose units adopt at two dates or never."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from panels import FIRST_YEAR

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.tables import Table


def in_stages(rng: Generator, *, early: int, late: int, never: int, effect: float) -> Cohort:
    """Six to thirty people in each unit and each of four years, other ones every year.

    y = 10 + a_i + f_t + v_it + effect · D_it + (0.5 + 0.1 t) x + e with a_i, f_t, e ~ N(0, 1), v_it of SD 0.3, and x of
    the person, with a unit's own mean of SD 0.3 and SD 1 about it. Units adopt in the second or third year, or never.
    """
    n, years = early + late + never, 4
    start = np.repeat([FIRST_YEAR + 1, FIRST_YEAR + 2, 0], [early, late, never])
    size = rng.integers(6, 31, (n, years))
    common = rng.standard_normal((n, 1)) + rng.standard_normal(years) + 0.3 * rng.standard_normal((n, years))
    unit, year = (np.repeat(codes.ravel(), size.ravel()) for codes in np.indices((n, years)))
    x = 0.3 * rng.standard_normal(n)[unit] + rng.standard_normal(len(unit))
    treated = (start[unit] > 0) & (FIRST_YEAR + year >= start[unit])
    outcome = 10 + common[unit, year] + effect * treated + (0.5 + 0.1 * year) * x + rng.standard_normal(len(unit))
    return Cohort(
        table=Table(
            {"outcome": outcome, "x": x, "start": start[unit], "unit": unit + 1, "year": FIRST_YEAR + year},
            name="the synthetic people",
        ),
        truth={"difference": effect},
        description=Text(en="Synthetic people in units and years.", sv="Syntetiska personer i enheter och år."),
    )

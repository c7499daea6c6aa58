"""Cohorts whose covariates have a few values each, so that people alike in all of them can be compared."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from confounded import EXPLAINED, _expected, _outcome
from numpy.random import Generator

from effekt._text import Text
from effekt.datasets import Cohort
from effekt.datasets.cohort import effect_truth
from effekt.tables import Table

FILES = tuple(str(Path(__file__).with_name(f"{name}.py")) for name in ("cells", "confounded"))
DISTRICTS = 3
SHARES = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4)  # of the people in each cell who take part
CENTRES = math.sqrt(EXPLAINED) * (np.arange(6) - 2.5) / math.sqrt(35 / 12)  # of the latent outcome, with variance 0.4


def alike(rng: Generator, *, n: int, law: str, gain: float, growth: float) -> Cohort:
    """People in six cells, of three districts and two schools, and the truth of the ATT.

    Each cell is as likely, and each person of cell k takes part with the chance `SHARES[k]`. The latent outcome is
    z = c_k + √0.6 · e, e ~ N(0, 1), that of the treated z + gain + growth · c_k; the outcomes are those of
    `confounded.taking_part`. Who takes part depends on the cell alone.
    """
    cell = rng.integers(0, len(SHARES), n)
    treatment = (rng.random(n) < np.array(SHARES)[cell]).astype(int)
    latent = CENTRES[cell] + math.sqrt(1 - EXPLAINED) * rng.standard_normal(n)
    columns = {
        "unit": np.arange(1, n + 1),
        "treatment": treatment,
        "district": cell % DISTRICTS,
        "school": cell // DISTRICTS,
        "outcome": _outcome(law, latent + treatment * (gain + growth * CENTRES[cell])),
        "untreated_outcome": _outcome(law, latent),
    }
    means = [mean_of_treated(law, shift, slope) for shift, slope in ((0.0, 0.0), (gain, growth))]
    return Cohort(
        table=Table(columns),
        truth=effect_truth(means[0], means[1] - means[0]),
        description=Text(en="People in six cells.", sv="Personer i sex celler."),
    )


def mean_of_treated(law: str, shift: float, slope: float) -> float:
    """Of the outcome with a latent z + shift + slope · c, over those who take part."""
    centres = [shift + (1 + slope) * centre for centre in CENTRES]
    total = sum(share * _expected(law, centre, 1 - EXPLAINED) for share, centre in zip(SHARES, centres, strict=True))
    return total / sum(SHARES)

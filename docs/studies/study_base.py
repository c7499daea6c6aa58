"""What every family of studies is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from numpy.random import Generator

from effekt.datasets import Cohort
from effekt.simulation import Study

SEED = 20_261
AGAIN = 4_000  # replicates where fewer left a cell more than a point and an error below the level of the intervals
COMMON = (
    "_inference",
    "_exact.py",
    "_decimals.py",
    "_few.py",
    "tables/labels.py",
    "tables/numbers.py",
    "tables/table.py",
    "tables/grid.py",
    "result/effect.py",
    "estimators/_level.py",
    "simulation/study.py",
)
TRIAL = (
    *COMMON,
    "_linalg.py",
    "_tall.py",
    "_blocked.py",
    "estimators/randomized",
    "estimators/_refusals.py",
    "estimators/_wild_bootstrap.py",
    "datasets/trials.py",
)
TREND = (*COMMON, "estimators/trend", "estimators/_refusals.py", "datasets/sick_leave.py")
MATCHED = (
    *COMMON,
    "_linalg.py",
    "diagnostics/_arrays.py",
    "estimators/matching",
    *(
        f"estimators/{name}.py"
        for name in ("_m_estimation", "_propensity", "_refusals", "weighted_regression", "weighting")
    ),
    "datasets/confounded.py",
)
DOUBLY = (
    *COMMON,
    "_linalg.py",
    "diagnostics/balance.py",
    "diagnostics/weights.py",
    *(
        f"estimators/{name}.py"
        for name in (
            "doubly_robust",
            "_aipw",
            "_cross_fitting",
            "_m_estimation",
            "_propensity",
            "_refusals",
            "weighting",
        )
    ),
    "datasets/confounded.py",
)
MONEY = str(Path(__file__).with_name("money.py"))  # what the studies counted in money also depend on


class Design(NamedTuple):
    """A study, what its numbers depend on, and whether it is also counted in money."""

    study: Study
    title: str
    modules: tuple[str, ...]
    money: bool = False


def new_study(dgp: Callable[[Generator], Cohort], methods: dict[str, Any], replications: int, **more: Any) -> Study:
    """A study from the common seed."""
    return Study(dgp=dgp, methods=methods, replications=replications, rng=SEED, **more)

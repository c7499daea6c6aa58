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

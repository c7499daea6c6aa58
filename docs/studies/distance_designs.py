"""Studies of matches by a distance of the covariates themselves, in place of the propensity."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from confounded_designs import MATCHED, matched, regressed
from confounded_designs import _cohort as taking_part
from study_base import Design
from study_base import new_study as _study

DISTANCES = (("Mahalanobis", "mahalanobis"), ("robust Mahalanobis", "robust_mahalanobis"))
REGRESSED = (("", matched), (", lin", regressed))


def _pairs() -> dict[str, Any]:
    """Nearest pairs, and the same with the outcome regressed on the covariates in each arm."""
    return {
        f"{said}, nearest pairs{by}": partial(call, tie_orders=1, distance=distance)
        for (said, distance), (by, call) in product(DISTANCES, REGRESSED)
    }


DISTANCE_DESIGNS: dict[str, Design] = {
    f"matching-distances-normal-{n}": Design(
        _study(taking_part(n, "normal", "ATT"), _pairs(), replications),
        f"Nearest pairs by distances of three covariates, {n} people, normal outcome, a fourth treated",
        MATCHED,
    )
    for n, replications in ((60, 100), (200, 200), (2_000, 100))
}

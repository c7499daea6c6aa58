"""Studies of matches by a distance of the covariates themselves, in place of the propensity."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from confounded_designs import COVARIATES, MATCHED, matched, regressed
from confounded_designs import _cohort as taking_part
from study_base import Design
from study_base import new_study as _study

DISTANCES = (("Mahalanobis", "mahalanobis"), ("robust Mahalanobis", "robust_mahalanobis"))
SETS = (("optimal pairs", "optimal"), ("full matching", "full"))
REGRESSED = (("", matched), (", lin", regressed))


def _pairs() -> dict[str, Any]:
    """Nearest pairs, and the same with the outcome regressed on the covariates in each arm."""
    return {
        f"{said}, nearest pairs{by}": partial(call, tie_orders=1, distance=distance)
        for (said, distance), (by, call) in product(DISTANCES, REGRESSED)
    }


def _shared() -> dict[str, Any]:
    """Controls that are shared, and the same with what is unlike within pairs taken out."""
    return {
        f"{said}, shared controls{by}": partial(
            matched, distance=distance, replace=True, variance="abadie_imbens", bias_adjustment=adjusted
        )
        for (said, distance), (by, adjusted) in product(DISTANCES, (("", ()), (", bias adjusted", COVARIATES)))
    }


def _sets() -> dict[str, Any]:
    """Optimal pairs and full matching, and the same with the outcome regressed on the covariates in each arm."""
    return {
        f"{said}, {how}{by}": partial(call, method=method, tie_orders=1, distance=distance)
        for (said, distance), (how, method), (by, call) in product(DISTANCES, SETS, REGRESSED)
    }


DISTANCE_DESIGNS: dict[str, Design] = {
    f"matching-distances{name}-{law}-{n}": Design(
        _study(taking_part(n, law, "ATT"), methods, replications if law == "normal" else 300),
        f"{said} by distances of three covariates, {n} people, {law} outcome, a fourth treated",
        MATCHED,
    )
    for name, said, methods, sizes in (
        ("", "Nearest pairs", _pairs(), ((60, 500), (200, 500), (2_000, 500))),
        ("-shared", "Shared controls", _shared(), ((60, 500), (200, 500), (2_000, 500))),
        ("-sets", "Optimal pairs and full matching", _sets(), ((60, 300), (200, 300))),
    )
    for n, replications in sizes
    for law in ("normal", "skewed", "binary")
    if law == "normal" or n < 2_000
}

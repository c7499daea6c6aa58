"""The laws every match obeys, checked every time; a breach is an error of effekt, not of the data."""

from __future__ import annotations

import math

import numpy as np

from effekt._types import BoolArray, FloatArray
from effekt.estimators.matching.design import Assigned, Design, set_sizes, total, weights_of_pairs, weights_of_sets
from effekt.estimators.matching.neighbours import Links, all_differ


def check_laws(design: Design, found: Assigned) -> None:
    """Raise unless weights, sets and pairs agree with the choices and with each other."""
    laws: dict[str, BoolArray | bool] = {
        "a weight is a finite number of at least zero": np.isfinite(found.weights) & (found.weights >= 0),
        "a unit that is left out has no weight": design.kept | (found.weights == 0),
    }
    if found.sets is not None:
        laws |= _laws_of_sets(design, found)
    if found.sets is None and found.links is None:
        laws["both arms of a comparison weigh the same"] = _weigh_the_same(design, found)
    if found.links is not None:
        laws |= _laws_of_pairs(design, found, found.links)
    for law, holds in laws.items():
        if not np.all(holds):
            raise RuntimeError(f"Matching broke its own law that {law}; please report this as an error in effekt.")


def _laws_of_sets(design: Design, found: Assigned) -> dict[str, BoolArray | bool]:
    assert found.sets is not None
    treated, strata = design.cohort.treated, design.cohort.strata
    within = found.sets >= 0
    first, second = set_sizes(found.sets, treated)
    of_set = np.full(len(first), -1)
    of_set[found.sets[within]] = strata[within]
    return {
        "a set holds treated and controls": (first > 0) & (second > 0),
        "a set agrees in the exact columns": of_set[found.sets[within]] == strata[within],
        "a unit has weight if it is in a set": (found.weights > 0) == within,
        "weights are those of the sets": _are(
            found.weights, weights_of_sets(found.sets, treated, design.options.estimand)
        ),
        "both arms of a comparison weigh the same": _weigh_the_same(design, found),
    }


def _weigh_the_same(design: Design, found: Assigned) -> bool:
    rows = np.flatnonzero(found.weights)
    weights, treated = found.weights[rows], design.cohort.treated[rows]
    sums = (total(weights[arm]) for arm in (treated, ~treated))
    return math.isclose(*sums, rel_tol=1e-9)


def _laws_of_pairs(design: Design, found: Assigned, links: Links) -> dict[str, BoolArray | bool]:
    options, n = design.options, len(design.kept)
    treated, control = links.treated, links.control
    focal, other = links.turns(options.estimand)
    turn = 0 if links.of_treated is None else links.of_treated * n * n
    laws: dict[str, BoolArray | bool] = {
        "a pair is of a treated and a control": design.cohort.treated[treated] & ~design.cohort.treated[control],
        "a pair lies within its calipers, exact columns and common support": _allowed(design, links),
        "a pair occurs once": all_differ(treated * n + control + turn),
    }
    if options.method == "full":
        pairs_of = np.bincount(treated, minlength=n), np.bincount(control, minlength=n)
        laws["a set has one treated or one control"] = (pairs_of[0][treated] == 1) | (pairs_of[1][control] == 1)
    else:
        limit = math.inf if options.replace and options.reuse is None else (options.reuse or 1)
        most = options.max_controls or options.ratio
        tied = options.replace and options.reuse is None
        laws["no unit serves more often than it may"] = np.bincount(other) <= limit
        laws["no unit gets more than `ratio` others"] = tied or np.bincount(focal) <= most
    if links.of_treated is not None:
        laws["whoever serves is matched"] = np.isin(other, focal)
        laws["both arms of a comparison weigh the same"] = _weigh_the_same(design, found)
    if options.estimand != "ATE" or links.of_treated is not None:
        laws["weights are those of the pairs"] = _are(found.weights, weights_of_pairs(links, n, options.estimand))
    return laws


def _are(weights: FloatArray, others: FloatArray) -> BoolArray | bool:
    """Whether weights are others, to 1e-12 of their size."""
    return bool((weights == others).all()) or np.isclose(weights, others, rtol=1e-12, atol=0)


def _allowed(design: Design, links: Links) -> BoolArray:
    treated, control, cohort = links.treated, links.control, design.cohort
    fine = (cohort.strata[treated] == cohort.strata[control]) & design.kept[treated] & design.kept[control]
    if math.isfinite(design.width):
        assert design.logit is not None
        fine &= np.abs(design.logit[treated] - design.logit[control]) <= design.reach
    for caliper in design.calipers.values():
        fine &= caliper.holds(treated, control)
    return np.asarray(fine)

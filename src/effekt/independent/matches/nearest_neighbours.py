"""Second route for nearest-neighbour matching, in plain Python.

Propensity by Newton's method; distance |logit_i - logit_j| or one of ``match_distance``; the treated with the largest
propensity choose first, or the smallest, or the first by key; caliper c means c · √((s₁² + s₀²)/2) of the logit with
divisor n - 1 before trimming (Austin 2011, doi:10.1002/pst.433); exact keys before distance. With replacement all
controls tied at the last wanted distance are kept with equal weights (Abadie & Imbens 2006,
doi:10.1111/j.1468-0262.2006.00655.x, p. 239); without, ties go by the caller's ``order``, or by SHA-256 of the
contract's ``salt`` and the unit. Sets stand in ``match_sets``.
"""

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, label, labels, number, zero_one
from effekt.independent.limits import NotRepeatedError
from effekt.independent.matches.match_distance import apart, points_of, size, within_calipers, without_discarded
from effekt.independent.matches.match_propensity import caliper_width, propensity_logit, within_width
from effekt.independent.matches.match_sets import merged

TIE = 1e-12


class Match(NamedTuple):
    """Who is compared with whom: row numbers from 0, controls of a treated row weighing the same."""

    controls: dict[int, list[int]]
    unmatched: list[int]
    logit: list[float]
    caliper_width: float
    weights: list[Fraction]
    arms: Sequence[int] = ()
    keys: Sequence[tuple[str, ...]] = ()
    reuse: int | None = None
    points: Sequence[list[float]] = ()  # coordinates whose Euclidean distance it is


def match_controls(
    columns: Columns,
    *,
    unit: str,
    treatment: str,
    covariates: Sequence[str],
    exact: Sequence[str] = (),
    method: str = "nearest",
    distance: str = "propensity",
    caliper: float | None = None,
    ratio: int = 1,
    replace: bool = False,
    reuse: int | None = None,
    estimand: str = "ATT",
    order: Sequence[str | int] | None = None,
    propensity: str | None = None,
    calipers: Mapping[str, object] | None = None,
    discard: object = None,
    turn: str | None = None,
) -> Match:
    """Return the nearest controls of each treated row; ``order`` lists all units, first wins a tie.

    ``turn`` says who chooses first: those of the "largest" propensity, of the "smallest", or the first of the order,
    "keyed".
    """
    _check_choices(method, estimand, propensity, ratio, reuse, replace=replace)
    limit = reuse if replace else 1
    d = zero_one(columns, treatment)
    rank = _ranks(labels(columns, unit), order, limit is None and turn != "keyed")
    keys: list[tuple[str, ...]] = list(zip(*(labels(columns, name) for name in exact), strict=True)) or [()] * len(d)
    logit = propensity_logit(columns, treatment=treatment, covariates=covariates, link=propensity or "logit")
    width = caliper_width(logit, d, caliper)
    points = points_of(columns, covariates, d, distance, logit)
    strata = without_discarded(keys, merged(logit), d, discard)
    within = within_calipers(columns, calipers)

    free, uses = {j for j, own in enumerate(d) if own == 0}, [0] * len(d)
    controls: dict[int, list[int]] = {}
    for i in _in_turn([i for i, own in enumerate(d) if own == 1], merged(logit), rank, turn):
        alike = [
            j
            for j in sorted(free)
            if strata[j] == strata[i] and within_width(logit[i], logit[j], width) and within(i, j)
        ]
        near = {j: apart(points, i, j) for j in alike}
        chosen = nearest(near, ratio, limit is None, rank, size(points, i))
        if chosen:
            controls[i] = chosen
        for j in chosen:
            uses[j] += 1
            if uses[j] == limit:
                free.remove(j)
    weights = [Fraction(int(own == 1 and i in controls)) for i, own in enumerate(d)]
    for chosen in controls.values():
        for j in chosen:
            weights[j] += Fraction(1, len(chosen))
    unmatched = [i for i, own in enumerate(d) if own == 1 and i not in controls]
    return Match(controls, unmatched, logit, width, weights, d, keys, reuse, points)


def _check_choices(
    method: str, estimand: str, propensity: str | None, ratio: int, reuse: int | None, *, replace: bool
) -> None:
    """Refuse what this route does not have, and what contradicts itself."""
    if (method, estimand) != ("nearest", "ATT"):
        raise NotRepeatedError(
            "the second route has only method='nearest', estimand='ATT'; use those.",
            "den har bara method='nearest' och estimand='ATT'.",
        )
    if propensity not in (None, "logit", "probit"):
        raise NotRepeatedError(
            "the second route has no propensity but logit and probit; use one of them.",
            "den har ingen benägenhet utom logit och probit.",
        )
    if ratio < 1:
        raise ArgumentError(f"ratio must be at least 1, not {ratio}; give a whole number of controls.")
    if reuse is not None and (reuse < 1 or not replace):
        raise ArgumentError(f"reuse must be None or, with replace=True, at least 1, not {reuse}; leave it out.")


def _in_turn(treated: list[int], logit: Sequence[float], rank: list[int], turn: str | None) -> list[int]:
    """Return the treated in the order in which they choose."""
    if turn not in (None, "largest", "smallest", "keyed"):
        raise ArgumentError(f"order must be largest, smallest or keyed, not {turn!r}; choose one.")
    sign = {"smallest": 1, "keyed": 0}.get(turn or "largest", -1)
    return sorted(treated, key=lambda i: (sign * logit[i], rank[i]))


def _ranks(units: list[str], order: Sequence[str | int] | None, ties_stay: bool) -> list[int]:
    """Return each row's place in the caller's order (where ties stay none is needed)."""
    if len(set(units)) != len(units):
        raise DataError("the unit column must name each unit once; keep one row per unit.")
    if order is None:
        if not ties_stay:
            raise ArgumentError("order must list all units when replace=False or reuse is given; give the tie order.")
        return [0] * len(units)
    places = {label(name): place for place, name in enumerate(order)}
    if set(places) != set(units):
        raise ArgumentError("order must list every unit once; give the tie order of all units.")
    return [places[name] for name in units]


def nearest(near: Mapping[int, float], ratio: int, ties_stay: bool, rank: list[int], scale: float) -> list[int]:
    """Return the ``ratio`` nearest; distances closer than 1e-12 relative to distance or logit are tied."""
    chosen: list[int] = []
    left = dict(near)
    while left and len(chosen) < ratio:
        nearest = min(left.values())
        close = TIE * max(nearest, scale)
        tied = [j for j, distance in left.items() if distance - nearest <= close]
        if not ties_stay:
            tied = [min(tied, key=lambda j: rank[j])]
        chosen += tied
        left = {j: distance for j, distance in left.items() if j not in tied}
    return chosen


def keyed_order(columns: Columns, unit: str, salt: str) -> list[str]:
    """Return the units by the first eight bytes of SHA-256(salt + unit), as big-endian numbers."""
    return sorted(labels(columns, unit), key=lambda name: hashlib.sha256((salt + name).encode()).digest()[:8])


def as_written(columns: Columns, written: Mapping[str, Any]) -> Match:
    """Return the match of a contract's arguments; what this route does not have it refuses."""
    known = (
        "unit",
        "treatment",
        "covariates",
        "exact",
        "method",
        "distance",
        "caliper",
        "ratio",
        "replace",
        "reuse",
        "estimand",
        "propensity",
        "calipers",
        "discard",
    )
    for name, value in written.items():
        if value is not None and name not in (*known, "order", "salt", "tie_orders", "units_digest", "missing"):
            raise NotRepeatedError(
                f"the second route does not have the argument {name!r}; leave it out.",
                f"den saknar argumentet {name!r}.",
            )
    given = {name: written[name] for name in known if name in written}
    for name in ("covariates", "exact"):
        if isinstance(given.get(name), str):
            given[name] = [given[name]]
    keyed = keyed_order(columns, written["unit"], written.get("salt", ""))
    return match_controls(columns, **given, order=keyed, turn=written.get("order"))


def turned_match(columns: Columns, match: Mapping[str, Any]) -> tuple[Columns, dict[str, Any]]:
    """Return the columns and the match with the arms changing places, so that the controls are matched."""
    treatment, discard = match["treatment"], match.get("discard")
    if isinstance(discard, str):
        discard = {"treated": "control", "control": "treated"}.get(discard, discard)
    elif discard is not None:
        discard = [1 - number(limit) for limit in reversed(discard)]
    rows = {**columns, treatment: [1 - arm for arm in zero_one(columns, treatment)]}
    return rows, {**match, "estimand": "ATT", "discard": discard}

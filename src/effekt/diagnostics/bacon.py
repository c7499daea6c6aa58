"""What two-way fixed effects compare where units adopt at different times."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from effekt._text import Text, format_percent, significant
from effekt._types import FloatArray, IntArray
from effekt.diagnostics._arrays import CORRECT, FINITE, check_array, check_each, check_vector
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic


def bacon_decomposition(outcome: Any, start: Any, *, cluster: Any = None) -> Diagnostic:
    """Two-way fixed effects as a weighted mean of comparisons of two groups, some with units treated already.

    Parameters
    ----------
    outcome : (units, periods) array
        A balanced panel, in the outcome's unit.
    start : (units,) array
        Position of the first treated period among the periods: 0 for units treated in all of them; the number of
        periods or more for units that are not treated in any.
    cluster : (units,) array, optional
        Codes of groups of units, for the standard error; by default each unit is its own.

    Returns
    -------
    Diagnostic
        "warning" where some weight lies on comparisons with units treated already, else "information". Table:
        `treated` and `control` (the start, None for never treated), `kind` ("never", "later", "earlier" or "always":
        who is the control), `estimate`, `weight`. Values: `estimate` of two-way fixed effects, its `std_error` by
        cluster (CR1) and `n_clusters`, the weight on each kind, on "always" where there are such units.

    Raises
    ------
    ArgumentError
        For another shape, numbers that are not finite, starts that are not whole or lie before 0, one group alone, or
        none that adopts within the periods.

    Notes
    -----
    With n the groups' shares of the units and D̄ their shares of treated periods, a pair of a group k and the never
    treated weighs n_k n_U D̄_k(1 − D̄_k); of k before l, while l is untreated n_k n_l (D̄_k − D̄_l)(1 − D̄_k), and once k is
    treated n_k n_l D̄_l(D̄_k − D̄_l), each over the variance of the treatment that units and periods leave (equations 7
    to 10 of Goodman-Bacon, multiplied out). The weights add to 1. The last kind is biased where the effect on k grows.
    Units treated in all periods are a group k with D̄_k = 1, and l beside them weighs n_k n_l D̄_l(1 − D̄_l). The paper
    counts them with the never treated, in one group U; the two are told apart here, since comparisons with them are
    biased as those with units treated already are.

    With D̃ the treatment less its unit and period means, e the residuals and G clusters, the squared standard error is
    G/(G − 1) · Σ_g (Σ_{i∈g} Σ_t D̃_it e_it)² / (Σ D̃²)² (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13); none for one
    cluster. It is of this coefficient, and says nothing of whether that is an effect.

    References
    ----------
    Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. *Journal of Econometrics*
    225(2), 254–277. doi:10.1016/j.jeconom.2021.03.014

    Examples
    --------
    >>> found = bacon_decomposition([[1, 3, 5], [2, 2, 4], [1, 1, 1], [0, 1, 1]], start=[1, 2, 3, 3])
    >>> found.table["kind"], [round(weight, 3) for weight in found.table["weight"]]
    (('never', 'never', 'later', 'earlier'), [0.4, 0.4, 0.1, 0.1])
    >>> round(found.values["estimate"], 4)
    1.9
    """
    y, starts = _checked(outcome, start)
    groups_of = np.arange(len(y)) if cluster is None else check_vector("cluster", cluster, length=len(y))
    groups = sorted(set(starts.tolist()))
    means = {g: y[starts == g].mean(axis=0) for g in groups}
    size = {g: float((starts == g).mean()) for g in groups}
    periods = y.shape[1]
    on = {g: 1 - g / periods for g in groups}
    rows: list[tuple[int, int, str, float, float]] = []
    for g in [g for g in groups if 0 < g < periods]:
        for control, kind in ((periods, "never"), (0, "always")):
            if control in size:
                found = _difference(means[g], means[control], slice(g, None), slice(g))
                rows.append((g, control, kind, found, size[g] * size[control] * on[g] * (1 - on[g])))
    for k, later in combinations([g for g in groups if 0 < g < periods], 2):
        both = size[k] * size[later]
        found = _difference(means[k], means[later], slice(k, later), slice(k))
        rows.append((k, later, "later", found, both * (on[k] - on[later]) * (1 - on[k])))
        found = _difference(means[later], means[k], slice(later, None), slice(k, later))
        rows.append((later, k, "earlier", found, both * on[later] * (on[k] - on[later])))
    total = sum(row[4] for row in rows)
    weights = [row[4] / total for row in rows]
    estimate = float(sum(weight * row[3] for weight, row in zip(weights, rows, strict=True)))
    named = _KINDS if 0 in size else _KINDS[:-1]
    kinds = {kind: float(sum(w for w, row in zip(weights, rows, strict=True) if row[2] == kind)) for kind in named}
    already = kinds["earlier"] + kinds.get("always", 0.0)
    return Diagnostic(
        name="bacon_decomposition",
        status="warning" if already > 0 else "information",
        statement=_statement(estimate, already, kinds.get("always", 0.0)),
        values={
            "estimate": estimate,
            "std_error": _std_error(y, starts, estimate, groups_of),
            "n_clusters": len(set(groups_of.tolist())),
            **{f"weight_{kind}": share for kind, share in kinds.items()},
        },
        table={
            "treated": tuple(row[0] for row in rows),
            "control": tuple(None if row[1] == periods else row[1] for row in rows),
            "kind": tuple(row[2] for row in rows),
            "estimate": tuple(row[3] for row in rows),
            "weight": tuple(weights),
        },
    )


_KINDS = ("never", "later", "earlier", "always")


def _std_error(y: FloatArray, starts: IntArray, estimate: float, clusters: Any) -> float | None:
    """Of the coefficient of treatment beside unit and period effects, by cluster; None for one cluster."""
    names, codes = np.unique(clusters, return_inverse=True)
    if len(names) < 2:
        return None
    moved = _within((np.arange(y.shape[1]) >= starts[:, None]).astype(float))
    scores = np.bincount(codes, weights=(moved * (_within(y) - estimate * moved)).sum(axis=1))
    squared = len(names) / (len(names) - 1) * float(scores @ scores)
    return float(np.sqrt(squared)) / float((moved * moved).sum())


def _within(values: FloatArray) -> FloatArray:
    """Less the means of units and periods."""
    centred: FloatArray = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    return centred


def _difference(treated: FloatArray, control: FloatArray, after: slice, before: slice) -> float:
    change = treated - control
    return float(change[after].mean() - change[before].mean())


def _checked(outcome: Any, start: Any) -> tuple[FloatArray, IntArray]:
    y = check_array("outcome", outcome)
    if y.ndim != 2 or y.shape[1] < 2:
        raise ArgumentError(
            "`outcome` must be a table of finite numbers with a row for each unit and at least two periods; its shape "
            f"is {y.shape}."
        )
    check_each("outcome", np.isfinite(y), FINITE, CORRECT)
    starts = check_vector("start", start, length=len(y))
    check_each(
        "start",
        (starts == np.round(starts)) & (starts >= 0),
        "hold positions of periods from 0",
        "Give units treated before the first period 0, which is treated in all of them.",
    )
    whole = np.minimum(starts, y.shape[1]).astype(np.intp)
    groups = set(whole.tolist())
    if len(groups) < 2:
        raise ArgumentError("`start` must hold at least two groups to compare; it holds one.")
    if groups == {0, y.shape[1]}:
        raise ArgumentError(
            "`start` must hold a group that adopts within the periods; all units are treated in every period or in "
            "none, so that nothing is compared. Add earlier periods, or units that adopt."
        )
    return y, whole


def _statement(estimate: float, already: float, always: float) -> Text:
    if already > 0:
        part = Text(en="", sv="")
        if always > 0:
            part = Text(
                en=f" ({format_percent(always, 'en')} with units treated in every period)",
                sv=f" ({format_percent(always, 'sv')} med enheter som behandlas i varje period)",
            )
        return Text(
            en=f"{format_percent(already, 'en')} of the weight of two-way fixed effects "
            f"({significant(estimate, 'en')}) lies "
            f"on comparisons with units treated already{part.en}, which are biased where effects change over time.",
            sv=f"{format_percent(already, 'sv')} av vikten i tvåvägs fixa effekter "
            f"({significant(estimate, 'sv')}) ligger på "
            f"jämförelser med enheter som redan behandlas{part.sv}; de är skeva om effekten ändras över tid.",
        )
    return Text(
        en=f"Two-way fixed effects ({significant(estimate, 'en')}) compare with no units that are treated already.",
        sv=f"Tvåvägs fixa effekter ({significant(estimate, 'sv')}) jämför inte med enheter som redan behandlas.",
    )

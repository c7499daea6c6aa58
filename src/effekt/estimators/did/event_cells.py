"""Other people in each period, period by period: one regression with an effect for each period but the reference.

The rows are regressed on a dummy for each unit and period, the covariates, and a dummy of the treated group in every
period but r, the last before adoption; in triple differences also on everything that `did.cells` says that cells leave
out. Of the coefficients γ_t those after adoption are effects. As there, what is regressed are cells less their units'
weighted means, and rows about the means of their cells.

The treated mean of t is that of the treated rows in t, regressed on a constant beside the rest; the counterfactual is
that less γ_t. Each effect has the variance and the degrees of freedom of its own contrast of this one model, and the
scores of its clusters give the joint covariance (Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt import _linalg
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators.did.cells import UNEQUAL, regress, regression_rows
from effekt.estimators.did.cross_sections import CrossSections
from effekt.result import Note


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventModel:
    """The regression of all periods; m of them have an effect.

    Attributes
    ----------
    effects, treated, control : (m,) arrays
        Coefficients; mean outcomes of the treated and the untreated rows of the period.
    parts : tuple of Part, length m
        Of each period's treated mean and counterfactual; one regression, other contrasts.
    own_weights : (m, units, periods) array
        What the effect of each treated cell counts in each coefficient.
    """

    effects: FloatArray
    treated: FloatArray
    control: FloatArray
    parts: tuple[_linalg.Part, ...]
    own_weights: FloatArray


def event_model(cells: CrossSections, others: Sequence[int]) -> EventModel:
    """Fit the periods `others`, by position; the one that is not among them is the reference.

    Raises
    ------
    ArgumentError
        For a covariate that the others, units and periods determine.
    """
    events = cells.treated[:, None, None] * np.eye(len(cells.periods))[None, :, others]
    fit = regress(cells, regression_rows(cells, events))
    k, m = len(fit.coefficients), len(others)
    treated, control = (_means(cells, cells.treated == arm)[others] for arm in (True, False))
    whole, owner = _beside_the_means(cells, fit, others, treated)
    parts = []
    for place in range(m):
        contrasts = np.zeros((2, k + m))
        contrasts[:, k + place], contrasts[1, k - m + place] = 1.0, -1.0
        parts.append(_linalg.Part(fit=whole, contrasts=contrasts, clusters=cells.cluster[owner]))
    reach = np.linalg.solve(fit.triangle.T, np.eye(k)[:, k - m :])
    moved = (fit.basis[: cells.value.size] @ reach).T.reshape(m, *cells.value.shape)
    return EventModel(
        effects=fit.coefficients[k - m :],
        treated=treated,
        control=control,
        parts=tuple(parts),
        own_weights=moved * np.sqrt(cells.weight) * cells.treated[:, None],
    )


def _means(cells: CrossSections, arm: BoolArray) -> FloatArray:
    """The mean outcome of the rows of a group that could be affected, by period."""
    size = cells.size[arm]
    return np.asarray((size * cells.own[arm]).sum(axis=0) / size.sum(axis=0))


def _beside_the_means(
    cells: CrossSections, fit: _linalg.Fit, others: Sequence[int], means: FloatArray
) -> tuple[_linalg.Fit, IntArray]:
    """The regression, and beside it that of each period's treated rows on a constant; and the unit of each row."""
    units = np.repeat(np.arange(len(cells.treated)), len(cells.periods))
    root, own = np.sqrt(cells.size[cells.treated][:, others]), cells.own[cells.treated][:, others]
    length = np.sqrt((root**2).sum(axis=0))
    n, k, m, count = fit.n, len(fit.coefficients), len(others), len(root)
    basis, triangle = np.zeros((n + m * count, k + m)), np.zeros((k + m, k + m))
    basis[:n, :k], triangle[:k, :k] = fit.basis, fit.triangle
    triangle[range(k, k + m), range(k, k + m)] = length
    for place in range(m):
        basis[n + place * count : n + (place + 1) * count, k + place] = root[:, place] / length[place]
    whole = _linalg.Fit(
        coefficients=np.concatenate([fit.coefficients, means]),
        residuals=np.concatenate([fit.residuals, (root * (own - means)).T.ravel()]),
        basis=basis,
        triangle=triangle,
    )
    return whole, np.concatenate([units, cells.row_unit, np.tile(np.flatnonzero(cells.treated), m)])


def event_scores(variance: str, part: _linalg.Part) -> FloatArray:
    """(G, 2): what each cluster adds to the treated mean and the counterfactual of one effect."""
    (rows,) = _linalg.row_scores(variance, [part])
    assert part.clusters is not None
    _, code = np.unique(part.clusters, return_inverse=True)
    return np.column_stack([np.bincount(code, column) for column in rows.T])


def event_weight_notes(cells: CrossSections, model: EventModel, others: Sequence[int]) -> tuple[Note, ...]:
    """How effects of units that differ enter, where they do not as their shares of the treated rows of the period.

    It is the contamination of Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006, by units in place of cohorts.
    """
    ratios, away = [], 0.0
    for t, weights in zip(others, model.own_weights, strict=True):
        if cells.post[t]:
            size = cells.size[cells.treated, t]
            ratios += (weights[cells.treated, t] / (size / size.sum())).tolist()
        elsewhere = cells.post & (np.arange(len(cells.post)) != t)
        away = max(away, float(np.abs(weights[:, elsewhere]).sum()))
    low, high = min(ratios), max(ratios)
    if high - low <= UNEQUAL and away <= UNEQUAL:
        return ()
    en, sv = ([format_number(value, lang, 2) for value in (low, high, away)] for lang in ("en", "sv"))
    text = Text(
        en="Where the effect differs between units, the effects do not weigh them by how many people they have: in its "
        f"own period a unit counts {en[0]} to {en[1]} times its share of them, and differences between units' effects "
        f"in other periods enter with weights whose sizes add to at most {en[2]}.",
        sv="Där effekten skiljer sig mellan enheter väger effekterna dem inte efter hur många personer de har: i sin "
        f"egen period räknas en enhet {sv[0]} till {sv[1]} gånger sin andel av dem, och skillnader mellan enheternas "
        f"effekter i andra perioder räknas in med vikter vars storlek tillsammans är högst {sv[2]}.",
    )
    return (Note(code="cell_weights", text=text),)

"""Two-way fixed effects of cells with other people in each period, and what inference it has.

With h the weights of the cells, the regression is that of √h·y on √h·D, periods and covariates, each less its weighted
mean in the unit, and, where there are covariates, of the rows about the means of their cells, which D, units and
periods do not touch. The two are orthogonal transformations of the rows within units, so coefficients and every
clustered variance are those of the rows with a dummy for each unit and period (Pustejovsky & Tipton 2018,
doi:10.1080/07350015.2016.1247004, theorem 2).

The treated mean is that of the treated rows, a regression of its own on a constant beside the other; the
counterfactual is that less the coefficient of D. Clusters run through both, so that their covariance is that of units
drawn from a population, as in a panel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._few import low_df
from effekt._inference import Inference, Means, Randomization, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_VARIATION
from effekt.estimators.did.asymptotic import CANCELLED, ROUNDING, held_of, too_few
from effekt.estimators.did.cross_sections import CrossSections
from effekt.estimators.did.few_clusters import MIXED, Found, assignments, permuted, wild_of
from effekt.estimators.did.shared import Chance, level_notes
from effekt.exceptions import ArgumentError
from effekt.result import Note
from effekt.tables import column_of

UNEQUAL = 1e-9  # relative difference of two weights above which they are not the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """The regression of the cells, and the part of it that is the coefficient of D.

    Attributes
    ----------
    effect : float
    part : Part
        Of the treated mean and the counterfactual.
    unit_root : (cells,) array
        √h.
    nuisance : (rows, k) array
        An orthonormal basis of periods and covariates; the cells come first, then the rows within them.
    outcome : (rows,) array
        What is regressed.
    own_weights : (units, periods) array
        What the effect of each treated cell counts in the coefficient; they add to 1.
    fitted : (units, periods) array
        What the regression expects of each cell without the intervention.
    """

    effect: float
    part: _linalg.Part
    unit_root: FloatArray
    nuisance: FloatArray
    outcome: FloatArray
    own_weights: FloatArray
    fitted: FloatArray


def fitted_model(cells: CrossSections) -> Model:
    """Two-way fixed effects of the cells.

    Raises
    ------
    ArgumentError
        For a covariate that the others, units and periods determine.
    """
    root = np.sqrt(cells.weight)
    treatment = np.outer(cells.treated, cells.post).astype(float)
    rows = regression_rows(cells, treatment[..., None])
    k = rows.shape[1] - 1
    fit = regress(cells, rows)
    effect = float(fit.coefficients[k - 1])
    residual = fit.residuals[: treatment.size].reshape(treatment.shape) / root
    direction = fit.basis[: treatment.size, k - 1].reshape(treatment.shape) / fit.triangle[k - 1, k - 1]
    return Model(
        effect=effect,
        part=_beside_the_mean(cells, fit, rows, k),
        unit_root=root.ravel(),
        nuisance=fit.basis[:, : k - 1],
        outcome=rows[:, k],
        own_weights=root * direction * treatment,
        fitted=cells.value - residual - effect * treatment,
    )


def regression_rows(cells: CrossSections, treatments: FloatArray) -> FloatArray:
    """Periods but the first, covariates, treatments (units, periods, q) and the outcome, as the regression has them.

    Cells times √h less their units' means come first, then the rows within them.
    """
    root, last = np.sqrt(cells.weight), len(cells.periods) - 1
    periods = np.broadcast_to(np.eye(last + 1)[:, 1:], (*cells.value.shape, last))
    between = np.concatenate([periods, cells.covariates, treatments, cells.value[..., None]], axis=2)
    centre = (cells.weight[..., None] * between).sum(axis=1) / cells.weight.sum(axis=1)[:, None]
    rows = (root[..., None] * (between - centre[:, None])).reshape(cells.value.size, -1)
    inside = np.zeros((len(cells.within), rows.shape[1]))
    inside[:, last : last + cells.covariates.shape[2]], inside[:, -1] = cells.within[:, 1:], cells.within[:, 0]
    return np.concatenate([rows, inside])


def regress(cells: CrossSections, rows: FloatArray) -> _linalg.Fit:
    """Least squares of the last column on the others; a covariate that they determine is refused by name."""
    try:
        return _linalg.least_squares(rows[:, :-1], rows[:, -1])
    except _linalg.CollinearColumnError as error:
        name = cells.names[min(error.index - len(cells.periods) + 1, len(cells.names) - 1)]
        raise ArgumentError(
            "`covariates` must not be determined by units, periods, treatment and each other; "
            f"{column_of(name)!r} is. Leave it out."
        ) from None


def _beside_the_mean(cells: CrossSections, fit: _linalg.Fit, rows: FloatArray, k: int) -> _linalg.Part:
    """The regression, and beside it that of the treated rows on a constant."""
    units = np.repeat(np.arange(len(cells.treated)), len(cells.periods))
    treated = np.outer(cells.treated, cells.post)
    own = np.sqrt(cells.size[treated])
    n, m = len(rows), len(own)
    mean = float(np.sum(own**2 * cells.own[treated]) / np.sum(own**2))
    basis, triangle = np.zeros((n + m, k + 1)), np.zeros((k + 1, k + 1))
    basis[:n, :k], basis[n:, k] = fit.basis, own / math.sqrt(float(np.sum(own**2)))
    triangle[:k, :k], triangle[k, k] = fit.triangle, math.sqrt(float(np.sum(own**2)))
    whole = _linalg.Fit(
        coefficients=np.append(fit.coefficients, mean),
        residuals=np.concatenate([fit.residuals, own * (cells.own[treated] - mean)]),
        basis=basis,
        triangle=triangle,
    )
    contrasts = np.zeros((2, k + 1))
    contrasts[:, k], contrasts[1, k - 1] = 1.0, -1.0
    owner = np.concatenate([units, cells.row_unit, units[treated.ravel()]])
    return _linalg.Part(fit=whole, contrasts=contrasts, clusters=cells.cluster[owner])


def cell_inference(cells: CrossSections, model: Model, means: Means, chance: Chance) -> Found:
    """Inference by a named variance, by the wild bootstrap or by permutation."""
    if chance.chosen == "permutation":
        inference, notes = _permutation(cells, model, means, chance.draws, chance.rng)
    else:
        inference, notes = part_inference(cells, model.part, chance)
    if isinstance(inference, Unavailable):
        return inference, notes
    return inference, (*notes, *extreme_cells(cells, ~cells.post))


def extreme_cells(cells: CrossSections, before: BoolArray) -> tuple[Note, ...]:
    """The note of treated clusters whose levels in the periods `before` lie beyond those of all others."""
    size, own = cells.size[:, before], cells.own[:, before]
    return level_notes((size * own).sum(axis=1), size.sum(axis=1), cells.treated, cells.cluster)


def part_inference(cells: CrossSections, part: _linalg.Part, chance: Chance) -> Found:
    """The same of any part but for permutation, which regresses anew."""
    if chance.chosen == "wild_bootstrap":

        def still() -> bool:
            return _is_rounding(cells, part, _linalg.sandwich("CR1", [part]))

        return wild_of(cells, part, chance.draws, chance.rng, chance.weights, still)
    return cell_asymptotic(cells, part, chance.chosen), ()


def cell_asymptotic(cells: CrossSections, part: _linalg.Part, variance: str) -> Inference:
    """The covariance of the two means of a part under a named convention, or why there is none."""
    refused = too_few(held_of(cells))
    if refused is not None:
        return Unavailable(reason=refused)
    found, unbiased = (_linalg.sandwich("CR0" if name == "CR1S" else name, [part]) for name in (variance, "CR2"))
    if variance == "CR1S":
        found = _scaled(found, cells)
    reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
    if reason is not None:
        return Unavailable(reason=reason)
    return Unavailable(reason=NO_VARIATION) if _is_rounding(cells, part, found) else found


def _scaled(plain: StudentT, cells: CrossSections) -> StudentT:
    """CR1S: G/(G − 1) · (N − 1)/(N − k), N rows, k one effect, the periods and covariates; the rest is nested."""
    groups, n = cells.n_clusters(), cells.n_rows
    k = 1 + len(cells.periods) + cells.covariates.shape[2]
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    first, cross, second = (value * factor for value in plain.covariance)
    return replace(plain, covariance=(first, cross, second))


def _is_rounding(cells: CrossSections, part: _linalg.Part, found: StudentT) -> bool:
    """Whether the variance of the effect is rounding, of the outcome or of the two means' variances."""
    alone = np.zeros(part.contrasts.shape)
    alone[0] = part.contrasts[0] - part.contrasts[1]
    variance = _linalg.sandwich("CR0", [replace(part, contrasts=alone)]).covariance[0]
    first, _, second = found.covariance
    largest = float(np.max(np.abs(cells.own)))
    return math.sqrt(variance) <= max(ROUNDING * largest, math.sqrt(CANCELLED * (first + second)))


def _permutation(cells: CrossSections, model: Model, means: Means, draws: int, rng: Generator | int | None) -> Found:
    """The coefficient with every choice of clusters as the treated ones.

    With Z_g √h after adoption in the cells of cluster g, residual from units, periods and covariates, a = Z'y and
    K = Z'Z, the coefficient of a choice s (0 or 1 for each cluster) is s'a / s'Ks, and that of the true treatment, the
    exposure, s'K s₀ / s'Ks.
    """
    codes = np.unique(cells.cluster)
    place = np.searchsorted(codes, cells.cluster)
    held = np.array([cells.treated[place == g].mean() for g in range(len(codes))])
    if np.any((held > 0) & (held < 1)):
        return Unavailable(reason=MIXED), ()
    columns = (cells.post[None, :, None] & (place[:, None, None] == np.arange(len(codes)))).astype(float)
    centre = (cells.weight[..., None] * columns).sum(axis=1) / cells.weight.sum(axis=1)[:, None]
    moved = model.unit_root[:, None] * (columns - centre[:, None]).reshape(cells.value.size, -1)
    shared = model.nuisance[: cells.value.size].T @ moved
    numerators = moved.T @ model.outcome[: cells.value.size] - shared.T @ (model.nuisance.T @ model.outcome)
    forms = moved.T @ moved - shared.T @ shared
    size = np.asarray(np.bincount(place, cells.size.sum(axis=1)), float)
    order = np.lexsort((size, numerators, -held))
    numerators, forms, treated = numerators[order], forms[np.ix_(order, order)], held[order] > 0
    chosen, complete = assignments(len(codes), int(treated.sum()), draws, rng)
    found = np.concatenate([_coefficients(members, numerators, forms, treated) for members in chosen])
    inference = Randomization(
        statistics=tuple(found[:, 0].tolist()),
        exposures=tuple(found[:, 1].tolist()),
        complete=complete,
        mean_outcome=means.treated,
        share_treated=1.0,
    )
    return inference, (permuted(len(found), complete, rng), *_unequal(size))


def _coefficients(members: IntArray, numerators: FloatArray, forms: FloatArray, treated: BoolArray) -> FloatArray:
    """(rows, 2): the estimate and the exposure of each choice (rows, m)."""
    choice = np.zeros((len(members), len(numerators)))
    np.put_along_axis(choice, members, 1.0, axis=1)
    moved = choice @ forms
    whole = (moved * choice).sum(axis=1)
    return np.column_stack([choice @ numerators / whole, moved @ treated.astype(float) / whole])


def weight_notes(cells: CrossSections, model: Model) -> tuple[Note, ...]:
    """How much the effect of each treated cell counts beside its share of the treated rows, where it is not that.

    The weights are those of de Chaisemartin & D'Haultfœuille (2020), doi:10.1257/aer.20181169, theorem 1.
    """
    treated = np.outer(cells.treated, cells.post)
    share = cells.size[treated] / cells.size[treated].sum()
    ratio = model.own_weights[treated] / share
    low, high = float(ratio.min()), float(ratio.max())
    if high - low <= UNEQUAL:
        return ()
    negative = int(np.sum(ratio < -UNEQUAL))
    text = Text(
        en="Where the effect differs between units or periods, the figure does not weigh them by how many people they "
        f"have: a unit and period counts {format_number(low, 'en', 2)} to {format_number(high, 'en', 2)} times its "
        "share of them.",
        sv="Där effekten skiljer sig mellan enheter eller perioder väger siffran dem inte efter hur många personer de "
        f"har: en enhet och period räknas {format_number(low, 'sv', 2)} till {format_number(high, 'sv', 2)} gånger sin "
        "andel av dem.",
    )
    if negative:
        text = Text(
            en=f"{text.en} {negative} of {len(ratio)} count negatively, so the figure may lie outside all of their "
            "effects.",
            sv=f"{text.sv} {negative} av {len(ratio)} räknas negativt, så siffran kan ligga utanför alla deras "
            "effekter.",
        )
    return (Note(code="cell_weights", text=text),)


def _unequal(size: FloatArray) -> tuple[Note, ...]:
    if size.min() == size.max():
        return ()
    low, high = int(size.min()), int(size.max())
    text = Text(
        en=f"The clusters hold from {format_number(low, 'en')} to {format_number(high, 'en')} people. Small clusters "
        "change more by chance than large ones, so a small treated cluster is found to differ too often, a large one "
        "too seldom.",
        sv=f"Klustren har från {format_number(low, 'sv')} till {format_number(high, 'sv')} personer. Små kluster "
        "ändras mer av slump än stora, så ett litet behandlat kluster visar skillnad för ofta och ett stort för "
        "sällan.",
    )
    return (Note(code="unequal_clusters", text=text),)

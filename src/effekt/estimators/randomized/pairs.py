"""Units or clusters assigned within pairs: the variance between the pairs.

With J pairs, m_j the treated and the control mean of pair j and w_j its share of the target units, the two means are
Σ w_j m_j. Their covariance is that of Imai, King & Nall (2009, doi:10.1214/08-STS274, equation 6), which for pairs of
units, where w_j = 1/J, is that of Gerber & Green (2012, Field Experiments, equation 3.16)::

    V = J/(J − 1) Σ_j (w_j m_j − m̄/J)(w_j m_j − m̄/J)',    m̄ = Σ w_j m_j,    with J − 1 degrees of freedom

With covariates the J w_j m_j of each arm are regressed over the pairs on the difference J w_j (x_1j − x_0j), which the
lot makes zero on average, and under "lin" also on the mean J w_j (x_1j + x_0j)/2 less its average; the means are both
constants. Their difference is Fogarty's (2018, doi:10.1093/biomet/asy034) for pairs of units, the regression of the
pairs' differences; without covariates they are the means above. The covariance is HC2 with Bell & McCaffrey's degrees
of freedom: both arms of a pair are one cluster of CR2, whose leverage is that of the pair, so V is the case of none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from effekt import _linalg
from effekt._few import MIN_CLUSTER_PAIRS, MIN_PAIRS, few_pairs, low_df
from effekt._inference import FixedDf, Inference, StudentT, Unavailable
from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.decimal_means import cell_totals
from effekt.estimators.randomized.models import ROUNDING, Model, means_of, with_decimals, with_exact
from effekt.estimators.randomized.words import DETERMINED_BY_PAIR, NO_VARIATION_BETWEEN_PAIRS, with_way_out
from effekt.exceptions import DataError
from effekt.tables import called

SEEN = 1 - 1e-6  # the share of a mean's variance that must be estimable


def paired(trial: Trial, options: Options) -> tuple[Model, Inference]:
    """The means over pairs and their inference."""
    if trial.names:
        return _adjusted(trial, options)
    _, terms = pair_terms(trial, options)
    treated, counterfactual = (float(value) for value in terms.sum(axis=0))
    model = Model(means=means_of(trial, treated, counterfactual), parts=())
    model = with_exact(model, trial) if trial.cluster is None else with_decimals(model, trial, options)
    return model, _between(terms, trial, options)


def pair_terms(trial: Trial, options: Options) -> tuple[IntArray, FloatArray]:
    """The first row of each pair, and w_j m_j (J, 2)."""
    return _terms(trial, options, trial.outcome)


def _terms(trial: Trial, options: Options, column: FloatArray) -> tuple[IntArray, FloatArray]:
    """The same of any column, whose means are those of decimals: within a cluster values may cancel."""
    assert trial.pair is not None
    _, first, pair = np.unique(trial.pair, return_index=True, return_inverse=True)
    sizes = np.column_stack([np.bincount(pair[arm]) for arm in trial.arms])
    means = np.column_stack([_means(column[arm], pair[arm], len(first)) for arm in trial.arms])
    counted = sizes[:, 0] if options.estimand == "ATT" else sizes.sum(axis=1)
    if options.cluster_weighted:
        counted = np.ones(len(sizes))
    terms: FloatArray = (counted / counted.sum())[:, None] * means
    return first, terms


def _means(column: FloatArray, pair: IntArray, count: int) -> FloatArray:
    """(J,): the mean of one arm of each pair, rounded once."""
    if len(column) == count:  # a unit each
        return np.asarray(np.bincount(pair, column, count), float)
    totals, scale = cell_totals(column, pair, count)
    sizes = np.bincount(pair, minlength=count).tolist()
    return np.array([total / (scale * size) for total, size in zip(totals, sizes, strict=True)])


def _adjusted(trial: Trial, options: Options) -> tuple[Model, Inference]:
    """The constants of the regressions over pairs, and their covariance."""
    _, terms = pair_terms(trial, options)
    count, lin = len(terms), options.adjustment == "lin"
    arms = [count * _terms(trial, options, column)[1] for column in trial.columns]
    apart = np.column_stack([one[:, 0] - one[:, 1] for one in arms])
    mean = np.column_stack([one.mean(axis=1) - one.mean() for one in arms])
    design = np.column_stack([np.ones(count), apart, *([mean] if lin else [])])
    reason = _few(count, trial, options)
    if count <= design.shape[1] and (reason is None or options.inference == "randomization"):
        raise DataError(
            f"`covariates` with `pairs` need more pairs than coefficients; there are {count} pairs for "
            f"{design.shape[1]}. Name fewer."
        )
    width = design.shape[1]
    fit = _fit(np.kron(np.eye(2), design), count * terms.T.ravel(), trial)
    contrasts = np.zeros((2, 2 * width))
    contrasts[0, 0] = contrasts[1, width] = 1.0
    treated, counterfactual = (float(contrast @ fit.coefficients) for contrast in contrasts)
    model = Model(means=means_of(trial, treated, counterfactual), parts=())
    if reason is not None:
        return model, Unavailable(reason=reason)
    part = _linalg.Part(fit=fit, contrasts=contrasts, clusters=np.tile(np.arange(count), 2))
    found = _with_difference(_linalg.sandwich("CR2", [part]), part)
    if _linalg.captured_share(found, [part]) < SEEN:
        return model, Unavailable(reason=DETERMINED_BY_PAIR)
    few = None if trial.cluster is None else low_df(found.df_of("difference"))
    if few is not None:
        return model, Unavailable(reason=with_way_out(few, trial, options))
    if lin and options.population == "super":
        slopes = fit.coefficients.reshape(2, width)[:, 1 + len(trial.names) :]
        found = _plus(found, 1 / (count * (count - 1)), mean @ slopes.T)
    if _alike(terms, trial) or found.std_error(model.means, "difference") <= ROUNDING * np.max(np.abs(trial.outcome)):
        return model, Unavailable(reason=NO_VARIATION_BETWEEN_PAIRS)
    return model, found


def _with_difference(found: StudentT, part: _linalg.Part) -> StudentT:
    """The same with the variance of the difference and its covariance with the counterfactual mean."""
    apart = np.array([part.contrasts[0] - part.contrasts[1], part.contrasts[1]])
    return replace(found, apart=_linalg.sandwich("CR2", [replace(part, contrasts=apart)]).covariance[:2])


def _plus(found: StudentT, factor: float, scores: FloatArray) -> StudentT:
    """The same with factor · Σ s s' of scores (J, 2) of the means, and of their differences, as well."""
    apart = scores[:, 0] - scores[:, 1]
    (first, cross), (_, second) = factor * (scores.T @ scores)
    own, (difference, beside) = found.covariance, found.of_difference()
    return replace(
        found,
        covariance=(own[0] + float(first), own[1] + float(cross), own[2] + float(second)),
        apart=(difference + factor * float(apart @ apart), beside + factor * float(apart @ scores[:, 1])),
    )


def _fit(design: FloatArray, outcome: FloatArray, trial: Trial) -> _linalg.Fit:
    """By QR, which tells which covariate depends on others."""
    try:
        return _linalg.least_squares(design, outcome)
    except _linalg.CollinearColumnError as dependent:
        place = dependent.index % (design.shape[1] // 2) - 1
        name = trial.names[place % len(trial.names)]
        within, remedy = ("within", "Leave it out.")
        if place >= len(trial.names):
            within, remedy = "between", "Leave it out, or choose adjustment='additive'."
        raise DataError(
            f"{called(name)} must differ {within} pairs, and not be a linear combination of the other covariates "
            f"there. {remedy}"
        ) from None


def _few(count: int, trial: Trial, options: Options) -> Text | None:
    """Why so few pairs have no inference."""
    clustered = trial.cluster is not None
    needed = MIN_CLUSTER_PAIRS if clustered else MIN_PAIRS
    return None if count >= needed else with_way_out(few_pairs(count, needed, clustered=clustered), trial, options)


def _between(terms: FloatArray, trial: Trial, options: Options) -> Inference:
    count = len(terms)
    if (reason := _few(count, trial, options)) is not None:
        return Unavailable(reason=reason)
    if _alike(terms, trial):
        return Unavailable(reason=NO_VARIATION_BETWEEN_PAIRS)
    none = StudentT(covariance=(0.0, 0.0, 0.0), df=FixedDf(df=float(count - 1)))
    return _plus(none, count / (count - 1), terms - terms.mean(axis=0))


def _alike(terms: FloatArray, trial: Trial) -> bool:
    """Whether the difference is the same in every pair, but for rounding."""
    centred = terms - terms.mean(axis=0)
    moved = centred[:, 0] - centred[:, 1]
    return bool(np.sqrt(np.sum(moved**2)) <= ROUNDING * np.max(np.abs(trial.outcome)))

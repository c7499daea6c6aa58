"""The propensity of treatment given covariates: logistic or probit regression by Newton's method, or a classifier.

With standardised covariates z (a constant first), p = 1/(1 + exp(−z'β)) and d the treatment, each step solves
(Z'WZ) δ = Z'(d − p) with W = diag(p(1 − p)) (McCullagh & Nelder 1989, doi:10.1007/978-1-4899-3242-6, section 4.4),
halved while it lowers the likelihood. The likelihood is concave, so this ends at the maximum unless there is none: when
some combination of the covariates separates the arms (Albert & Anderson 1984, doi:10.1093/biomet/71.1.1), the gradient
vanishes while the logits of the separated rows keep moving by about one in each step. The probit likelihood is concave
too; with s = ±1 and λ = φ(z'β)/Φ(s z'β), its steps solve (Z'WZ) δ = Z'sλ with W = diag(λ(λ + s z'β)) (Amemiya 1981,
Journal of Economic Literature 19(4), 1483–1536, section 2).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import expit, log_ndtr

from effekt import _linalg
from effekt._threads import each
from effekt._types import BoolArray, FloatArray
from effekt.estimators._level import less_level
from effekt.estimators._m_estimation import BLOCK, block_products, cross_sums, pieces, predict
from effekt.estimators._one_value import refuse_absent_categories
from effekt.exceptions import ArgumentError, DataError
from effekt.tables import called, column_of

LINKS = ("logit", "probit")
GRADIENT = 1e-10  # of the mean log-likelihood, at the maximum
MOVE = 1e-8  # of any logit in the last step, relative to its size (absolute below 1)
VANISHED, STILL_MOVING = 1e-14, 1e-3  # a gradient of rounding alone, and a move that is none
STEPS, HALVINGS = 100, 40
SURE = 1.5  # a step of Newton's that moves no logit by more raises the likelihood
MANY, SHARE = 2**16, 5  # rows of which one in so many tell where to start
NEAR = 1e-2  # of any logit in the last step there
CLEAR = 1e-6  # ratio of the eigenvalues of the Gram matrix above which no column depends on others
ROUNDING = 1e-13  # a likelihood that is lower by so little is not


class Classifier(Protocol):
    """What scikit-learn's classifiers are: anything that can be fitted and gives the probability of each class."""

    def fit(self, X: Any, y: Any) -> Any:
        """Fit."""

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities (n, 2) of no treatment and of treatment."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Propensity:
    """A fitted propensity.

    Attributes
    ----------
    intercept : float, optional
        None for a classifier.
    coefficients : tuple of float, length p
        Change of the log odds (probit: of the index) of treatment for one unit of each covariate; empty for a
        classifier.
    logit : (n,) array
        Log odds of treatment of each row; rows with equal covariates have equal logits.
    link : {"logit", "probit"}, optional
        None for a classifier.
    index : (n,) array, optional
        What the regression is linear in: the logit, or the probit's normal quantile; None for a classifier.
    """

    intercept: float | None
    coefficients: tuple[float, ...]
    logit: FloatArray
    link: str | None = None
    index: FloatArray | None = None


def fit_propensity(treated: BoolArray, covariates: FloatArray, names: Sequence[str], link: str = "logit") -> Propensity:
    """Regress the treatment on the covariates.

    Parameters
    ----------
    treated : (n,) bool array
    covariates : (n, p) array
    names : sequence of str, length p
    link : {"logit", "probit"}

    Raises
    ------
    DataError
        Naming the covariate that is constant or collinear, or when the covariates separate the arms.
    """
    check_varies(covariates, names)
    design = np.empty((len(names) + 1, len(treated))).T  # column after column in memory
    design[:, 0] = 1.0
    columns = list(zip(covariates.T, design.T[1:], strict=True))
    centres, scales = np.reshape(each(_standardise, columns, len(treated)), (-1, 2)).T
    _check_rank(design, treated, names)
    beta = _maximise(design, treated, names, link)
    coefficients = beta[1:] / scales
    index = predict(design, beta)
    return Propensity(
        intercept=float(beta[0] - np.sum(coefficients * centres)),
        coefficients=tuple(coefficients.tolist()),
        logit=index if link == "logit" else log_ndtr(index) - log_ndtr(-index),
        link=link,
        index=index,
    )


def _standardise(columns: tuple[FloatArray, FloatArray]) -> tuple[float, float]:
    """Centre and scale of a covariate, which the second column is filled with when both are taken out."""
    values, column = columns
    column[:] = values
    own = less_level(column)
    mean = np.mean(own)
    centre = mean + (column[0] - own[0])
    np.subtract(own, mean, out=column)
    scale = np.sqrt(np.mean(np.square(column)))
    column /= scale
    return float(centre), float(scale)


def check_varies(covariates: FloatArray, names: Sequence[str]) -> None:
    """Refuse a covariate that holds one value."""
    for name, column in zip(names, covariates.T, strict=True):
        if np.min(column) == np.max(column):
            raise DataError(f"Column {name!r} must vary; it holds one value. Leave it out of `covariates`.")


def check_classifier(classifier: Any) -> None:
    """Refuse what is no classifier, or one that chance or threads could move."""
    if isinstance(classifier, type) or not (hasattr(classifier, "fit") and hasattr(classifier, "predict_proba")):
        got = f"the class {classifier.__name__}, not an instance" if isinstance(classifier, type) else repr(classifier)
        raise ArgumentError(
            f"`propensity` must be 'logit', 'probit' or a classifier with fit and predict_proba; got {got}."
        )
    refuse_threads(classifier, "`propensity` must be a classifier")
    taken = classifier.get_params() if hasattr(classifier, "get_params") else {}
    for name, value in sorted(taken.items()):
        if name.split("__")[-1] == "random_state" and (isinstance(value, bool) or not isinstance(value, int)):
            raise ArgumentError(
                f"`propensity` must be a classifier whose chance is fixed; its {name} is {value!r}. Give it an integer."
            )


def refuse_threads(model: Any, must_be: str) -> None:
    """Refuse a model that runs, or has one inside it that runs, on several threads: their order moves last digits."""
    taken = model.get_params() if hasattr(model, "get_params") else {}
    for name, value in sorted(taken.items()):
        if name.split("__")[-1] == "n_jobs" and value not in (None, 1):
            raise ArgumentError(
                f"{must_be} that runs on one thread, as the order of threads moves last digits; its {name} is "
                f"{value!r}. Give it 1."
            )


def classifier_name(classifier: Any) -> str:
    """A classifier and its settings in words that are the same every time."""
    taken = classifier.get_params(deep=False) if hasattr(classifier, "get_params") else {}
    listed = ", ".join(f"{name}={value!r}" for name, value in sorted(taken.items()))
    return f"{type(classifier).__module__}.{type(classifier).__qualname__}({listed})"


def classify(classifier: Classifier, treated: BoolArray, covariates: FloatArray) -> Propensity:
    """The propensity that a copy of a classifier gives its own training rows."""
    fitted = copy.deepcopy(classifier)
    covariates = np.ascontiguousarray(covariates)  # rows in memory, as classifiers have them
    fitted.fit(covariates, treated.astype(int))
    probability = np.asarray(fitted.predict_proba(covariates), float)
    if probability.shape != (len(treated), 2):
        raise ArgumentError(
            f"`propensity` must give the probabilities of two classes; predict_proba gave the shape "
            f"{probability.shape}."
        )
    p = probability[:, 1]
    outside = ~((p > 0) & (p < 1))
    if outside.any():
        raise DataError(
            f"`propensity` must give every unit a probability between 0 and 1, both excluded; the classifier gave "
            f"{int(outside.sum())} units another. Regularise it, or use propensity='logit'."
        )
    return Propensity(intercept=None, coefficients=(), logit=np.log(p) - np.log1p(-p))


def _check_rank(design: FloatArray, treated: BoolArray, names: Sequence[str]) -> None:
    """Refuse a column that depends on others; QR decides where the Gram matrix leaves that open."""
    if _is_clear(_some(design), len(design)) or _is_clear(design, len(design)):
        return
    try:
        _linalg.least_squares(design, treated.astype(float))
    except _linalg.CollinearColumnError as dependent:
        raise DataError(
            f"{called(names[dependent.index - 1])} must not be a linear combination of the other covariates. "
            "Leave it out of `covariates`."
        ) from None


def _is_clear(design: FloatArray, n: int) -> bool:
    """Whether no column of n rows depends on others, as these of them show.

    Further rows lower no eigenvalue of the Gram matrix, and its eigenvalues add up to n for each standardised column.
    """
    values = np.linalg.eigvalsh(_weighted(design, np.ones(len(design))))
    return bool(values[0] > CLEAR * n * design.shape[1])


def _some(design: FloatArray) -> FloatArray:
    """One row in `SHARE` where rows are many, column after column in memory; else all."""
    return np.array(design[::SHARE], order="F") if len(design) >= MANY else design


def _maximise(design: FloatArray, treated: BoolArray, names: Sequence[str], link: str = "logit") -> FloatArray:
    """β of the maximum, or the error that there is none."""
    for start in (_near(design, treated, link), np.zeros(design.shape[1])):
        found = None if start is None else _climb(design, treated, link, start, (GRADIENT, MOVE))
        if found is not None:
            return found
    for arm, noun in ((treated, "treated"), (~treated, "controls")):
        refuse_absent_categories(design[:, 1:], arm, names, noun, "leave it out of `covariates`.")
        _refuse_absent_value(design[:, 1:], arm, names, noun)
    _refuse_apart(design[:, 1:], treated, names)
    listed = ", ".join(map(repr, dict.fromkeys(map(column_of, names))))
    raise DataError(
        f"`covariates` must not separate treated from controls, in whole or in part; some combination of {listed} "
        "does. Leave out the one that decides the treatment, or merge rare values."
    )


def _refuse_absent_value(covariates: FloatArray, arm: BoolArray, names: Sequence[str], noun: str) -> None:
    """Refuse a covariate of two values of which an arm has one."""
    for name, column in zip(names, covariates.T, strict=True):
        if np.min(column[arm]) == np.max(column[arm]) and len(np.unique(column)) == 2:
            raise DataError(
                f"Column {name!r} must have rows of both its values within the {noun}; it holds one of them there. "
                "Leave it out of `covariates`, or leave out the rows of the other value."
            )


def _refuse_apart(covariates: FloatArray, treated: BoolArray, names: Sequence[str]) -> None:
    """Refuse a covariate that separates the arms by itself."""
    for name, column in zip(names, covariates.T, strict=True):
        first, second = column[treated], column[~treated]
        above = bool(np.min(first) >= np.max(second))
        if above or np.max(first) <= np.min(second):
            raise DataError(
                f"Column {name!r} must not separate treated from controls; each of its values among the treated is at "
                f"{'least' if above else 'most'} the {'largest' if above else 'smallest'} among the controls. Leave it "
                "out of `covariates`."
            )


def _near(design: FloatArray, treated: BoolArray, link: str) -> FloatArray | None:
    """β near the maximum, which that of some rows is; None where rows are few, or leave it open."""
    if len(design) < MANY:
        return None
    some, arm = _some(design), treated[::SHARE]
    if not _is_clear(some, len(some)):
        return None
    start = _near(some, arm, link)
    return _climb(some, arm, link, np.zeros(design.shape[1]) if start is None else start, (math.inf, NEAR))


def _climb(
    design: FloatArray, treated: BoolArray, link: str, start: FloatArray, ends: tuple[float, float]
) -> FloatArray | None:
    """β of the maximum, from a start; None where there is none. `ends` are the last step's largest gradient and move.

    The third derivative of a logistic log-likelihood is at most as large as its second. So along a step that moves no
    logit by more than s, the second is at most eˢ times as large as at the start, and Newton's step raises the
    likelihood while (eˢ − s − 1)/s² < 1 (Bach 2010, doi:10.1214/09-EJS521, lemma 1): there it need not be looked at.
    Of the gradient a step leaves half the mean of third derivative, covariate and square of the move, by Taylor: less
    than the square of the largest move, since third derivatives are below 1 and covariates have a mean square of 1.
    """
    beta, likelihood = start, None
    index = predict(design, beta)
    for _ in range(STEPS):
        gradient, information = _derivatives(design, index, treated, link)
        try:
            step = np.asarray(np.linalg.solve(information, gradient), float)
        except np.linalg.LinAlgError:
            return None
        (move, size, farthest), slope = _moved(design, step, index), np.max(np.abs(gradient))
        if min(slope, farthest**2) <= ends[0] and size <= ends[1]:  # or what the step leaves of it is
            last: FloatArray = beta + step
            return last
        if slope <= VANISHED and size > STILL_MOVING:
            return None
        share = 1.0
        if link == "logit" and farthest <= SURE:
            likelihood, moved = None, np.add(index, move, out=move)
        else:
            least = _likelihood(index, treated, link) if likelihood is None else likelihood
            least -= ROUNDING * abs(least)
            for share in 0.5 ** np.arange(HALVINGS + 1):
                moved = index + share * move
                likelihood = _likelihood(moved, treated, link)
                if likelihood >= least:
                    break
        beta, index = beta + share * step, moved
        del move, moved  # the next step needs their memory
    return None


def _derivatives(design: FloatArray, index: FloatArray, treated: BoolArray, link: str) -> tuple[FloatArray, FloatArray]:
    """Gradient and information of the mean log-likelihood."""
    (n, k), whole = design.shape, len(design) // BLOCK
    products, left = np.empty((whole, k, 1)), np.zeros((k, 1))

    information = np.zeros((k, k))
    for rows in pieces(n):
        some = design[rows]
        score, curvature = score_and_curvature(index[rows], treated[rows], link)
        first, last = rows.start // BLOCK, min(whole, rows.stop // BLOCK)
        products[first:last] = block_products(some, score[:, None])
        if rows.stop == n:  # what no block is filled by
            left[:] = some[(last - first) * BLOCK :].T @ score[(last - first) * BLOCK :, None]
        information += cross_sums(some, some * curvature[:, None])
    return (np.sum(products, axis=0) + left)[:, 0] / n, information / n


def _moved(design: FloatArray, step: FloatArray, index: FloatArray) -> tuple[FloatArray, float, float]:
    """How a step moves the index; the largest move, relative to its size (absolute below 1), and by itself."""
    move = predict(design, step)
    found: list[tuple[float, float]] = []
    for rows in pieces(len(move)):
        sizes = np.abs(move[rows])
        absolute = float(np.max(sizes))
        sizes /= np.maximum(1.0, np.abs(index[rows]))
        found.append((float(np.max(sizes)), absolute))
    relative, absolute = np.max(found, axis=0).tolist()
    return move, relative, absolute


def score_and_curvature(index: FloatArray, treated: BoolArray, link: str) -> tuple[FloatArray, FloatArray]:
    """First derivative of each row's log-likelihood by its index, and the second with its sign turned."""
    if link == "logit":
        p = expit(index)
        return treated - p, p * (1 - p)
    signs = np.where(treated, 1.0, -1.0)
    ratio = _density_ratio(index, signs)
    return signs * ratio, ratio * (ratio + signs * index)


def logit_slope(index: FloatArray) -> FloatArray:
    """Derivative of the log odds log Φ(η)/Φ(−η) by the probit's index η: φ/Φ(η) + φ/Φ(−η)."""
    return _density_ratio(index, 1.0) + _density_ratio(index, -1.0)


def _density_ratio(index: FloatArray, signs: FloatArray | float) -> FloatArray:
    """φ(η)/Φ(sη)."""
    return np.asarray(np.exp(-(index**2) / 2 - log_ndtr(signs * index)) / math.sqrt(2 * math.pi))


def _weighted(design: FloatArray, weights: FloatArray) -> FloatArray:
    """Z'WZ, some blocks at a time."""
    total = np.zeros((design.shape[1], design.shape[1]))
    for rows in pieces(len(design)):
        total += cross_sums(design[rows], design[rows] * weights[rows, None])
    return total


def _likelihood(index: FloatArray, treated: BoolArray, link: str) -> float:
    """The mean log-likelihood, in which a step is accepted that does not lower it beyond rounding."""
    found = np.empty(len(index))
    for rows in pieces(len(index)):
        signed = np.where(treated[rows], index[rows], -index[rows])
        found[rows] = (
            log_ndtr(signed) if link == "probit" else np.minimum(signed, 0.0) - np.log1p(np.exp(-np.abs(signed)))
        )
    return float(np.mean(found))

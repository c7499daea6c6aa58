"""The propensity of treatment given covariates: logistic regression by Newton's method.

With standardised covariates z (a constant first), p = 1/(1 + exp(−z'β)) and d the treatment, each step solves
(Z'WZ) δ = Z'(d − p) with W = diag(p(1 − p)) (McCullagh & Nelder 1989, doi:10.1007/978-1-4899-3242-6, section 4.4),
halved while it lowers the likelihood. The likelihood is concave, so this ends at the maximum unless there is none: when
some combination of the covariates separates the arms (Albert & Anderson 1984, doi:10.1093/biomet/71.1.1), the gradient
vanishes while the logits of the separated rows keep moving by about one in each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

from effekt import _linalg
from effekt._types import BoolArray, FloatArray
from effekt.exceptions import DataError

GRADIENT = 1e-10  # of the mean log-likelihood, at the maximum
MOVE = 1e-8  # of any logit in the last step, relative to its size (absolute below 1)
VANISHED, STILL_MOVING = 1e-14, 1e-3  # a gradient of rounding alone, and a move that is none
STEPS, HALVINGS = 100, 40
BLOCK = 256  # rows of a block: small enough that no thread shares its sums
ROUNDING = 1e-13  # variation this small relative to the values is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Propensity:
    """A fitted propensity.

    Attributes
    ----------
    intercept : float
    coefficients : tuple of float, length p
        Change of the log odds of treatment for one unit of each covariate.
    logit : (n,) array
        Log odds of treatment of each row; rows with equal covariates have equal logits.
    """

    intercept: float
    coefficients: tuple[float, ...]
    logit: FloatArray


def fit_propensity(treated: BoolArray, covariates: FloatArray, names: Sequence[str]) -> Propensity:
    """Regress the treatment on the covariates.

    Parameters
    ----------
    treated : (n,) bool array
    covariates : (n, p) array
    names : sequence of str, length p

    Raises
    ------
    DataError
        Naming the covariate that is constant or collinear, or when the covariates separate the arms.
    """
    columns = [np.ascontiguousarray(column) for column in covariates.T]
    for name, column in zip(names, columns, strict=True):
        if np.ptp(column) <= ROUNDING * np.max(np.abs(column)):
            raise DataError(f"Column {name!r} must vary; it holds one value. Leave it out of `covariates`.")
    centres, scales = (np.array([of(column) for column in columns]) for of in (np.mean, np.std))
    standardised = [(column - c) / s for column, c, s in zip(columns, centres, scales, strict=True)]
    design = np.column_stack([np.ones(len(treated)), *standardised])
    _check_rank(design, treated, names)
    beta = _maximise(design, treated, names)
    coefficients = beta[1:] / scales
    return Propensity(
        intercept=float(beta[0] - np.sum(coefficients * centres)),
        coefficients=tuple(coefficients.tolist()),
        logit=_predict(design, beta),
    )


def _check_rank(design: FloatArray, treated: BoolArray, names: Sequence[str]) -> None:
    try:
        _linalg.least_squares(design, treated.astype(float))
    except _linalg.CollinearColumnError as dependent:
        raise DataError(
            f"Column {names[dependent.index - 1]!r} must not be a linear combination of the other covariates. "
            "Leave it out of `covariates`."
        ) from None


def _maximise(design: FloatArray, treated: BoolArray, names: Sequence[str]) -> FloatArray:
    """β of the maximum, or the error that there is none."""
    beta, logit = np.zeros(design.shape[1]), np.zeros(len(treated))
    for _ in range(STEPS):
        p = expit(logit)
        gradient = _sums(design, (treated - p)[:, None])[:, 0] / len(treated)
        information = _sums(design, design * (p * (1 - p))[:, None]) / len(treated)
        try:
            step = np.asarray(np.linalg.solve(information, gradient), float)
        except np.linalg.LinAlgError:
            break
        move = _predict(design, step)
        size, slope = np.max(np.abs(move) / np.maximum(1.0, np.abs(logit))), np.max(np.abs(gradient))
        if slope <= GRADIENT and size <= MOVE:
            last: FloatArray = beta + step
            return last
        if slope <= VANISHED and size > STILL_MOVING:
            break
        share = _share(logit, move, treated)
        beta, logit = beta + share * step, logit + share * move
    listed = ", ".join(map(repr, names))
    raise DataError(
        f"`covariates` must not separate treated from controls perfectly; a combination of {listed} does. Leave out "
        "the one that decides the treatment, or merge its rare values."
    )


def _predict(design: FloatArray, beta: FloatArray) -> FloatArray:
    """Zβ column by column, so that equal rows have equal sums whatever their place and the number of threads."""
    total = np.zeros(len(design))
    for column, coefficient in zip(design.T, beta.tolist(), strict=True):
        total += coefficient * column
    return total


def _sums(design: FloatArray, columns: FloatArray) -> FloatArray:
    """Z'C, summed over fixed blocks of rows."""
    head = len(design) - len(design) % BLOCK
    blocks = design[:head].reshape(-1, BLOCK, design.shape[1]), columns[:head].reshape(-1, BLOCK, columns.shape[1])
    total: FloatArray = np.sum(np.swapaxes(blocks[0], 1, 2) @ blocks[1], axis=0) + design[head:].T @ columns[head:]
    return total


def _share(logit: FloatArray, move: FloatArray, treated: BoolArray) -> float:
    """1, ½, ¼, … : the first share of a step that does not lower the mean log-likelihood beyond rounding."""
    signs = np.where(treated, 1.0, -1.0)
    before = np.mean(log_expit(signs * logit))
    share = 1.0
    for _ in range(HALVINGS):
        if np.mean(log_expit(signs * (logit + share * move))) >= before - ROUNDING * abs(before):
            break
        share /= 2
    return share

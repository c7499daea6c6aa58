"""Distances between units: coordinates whose Euclidean distance is the one asked for."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._threads import each
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._level import each_without_level, less_level
from effekt.estimators._m_estimation import pieces
from effekt.exceptions import DataError
from effekt.tables import called

DEPENDENT = 1e-10  # share of a column's variance left after the earlier columns, below which it depends on them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """What a distance is taken of, and the Cholesky factor L of its covariance: √((x − y)'(LL')⁻¹(x − y)).

    Attributes
    ----------
    values : (n, q) array
        The covariates, or their ranks.
    triangle : (q, q) array
        L.
    """

    values: FloatArray
    triangle: FloatArray

    def coordinates(self) -> FloatArray:
        """(n, q) coordinates whose Euclidean distance it is: Z with Z L' = X, column by column, so that equals are.

        A level far above the spread is taken away first.
        """
        found = np.empty(self.values.shape)
        columns = each_without_level(map(np.ascontiguousarray, self.values.T))
        for rows in pieces(len(found)):
            for place, column in enumerate(self._whitened([column[rows] for column in columns])):
                found[rows, place] = column
        return found

    def length(self, difference: Sequence[FloatArray]) -> FloatArray:
        """The distances of differences, a column of values (m,) each."""
        return np.asarray(np.sqrt(sum(np.square(column) for column in self._whitened(difference))))

    def _whitened(self, values: Sequence[FloatArray]) -> list[FloatArray]:
        columns: list[FloatArray] = []
        for j, value in enumerate(values):
            column = value.copy()
            for k in range(j):
                column -= self.triangle[j, k] * columns[k]
            columns.append(column / self.triangle[j, j])
        return columns


def mahalanobis(covariates: FloatArray, treated: BoolArray, names: Sequence[str]) -> Metric:
    """√((x − y)'S⁻¹(x − y)), with S the covariance pooled within the arms, divisor n − 2 (Rubin 1980).

    Rubin, D. B. (1980). Bias reduction using Mahalanobis-metric matching. *Biometrics* 36(2), 293–298.
    doi:10.2307/2529981
    """
    arms = np.flatnonzero(treated), np.flatnonzero(~treated)
    columns = each(lambda column: _less_means(column, arms), list(covariates.T), len(treated))
    return _metric(covariates, _products(columns) / (len(treated) - 2), names)


def _less_means(column: FloatArray, arms: tuple[IntArray, IntArray]) -> FloatArray:
    """A column less the mean of each arm."""
    column, centred = less_level(np.ascontiguousarray(column)), np.empty(len(column))
    for rows in arms:
        own = column[rows]
        centred[rows] = own - np.mean(own)
    return centred


def robust_mahalanobis(covariates: FloatArray, names: Sequence[str]) -> Metric:
    """The rank-based Mahalanobis distance: ranks, ties averaged, in place of the values.

    The covariance of the ranks over all units (ddof 1) is scaled so that each rank has the variance n(n + 1)/12 of
    untied ranks, which keeps a rare category from counting too much (Rosenbaum 2010, *Design of Observational
    Studies*, section 8.3, doi:10.1007/978-1-4419-1213-8).
    """
    n = len(covariates)
    columns = [_ranks(column) for column in covariates.T]
    covariance = _products([column - (n + 1) / 2 for column in columns]) / (n - 1)
    scale = np.sqrt(n * (n + 1) / 12 / np.diagonal(covariance))
    return _metric(np.column_stack(columns), covariance * np.outer(scale, scale), names)


def _ranks(column: FloatArray) -> FloatArray:
    """1, 2, … by value, the mean of their ranks for equal values."""
    _, number, count = np.unique(column, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[number])


def _products(columns: Sequence[FloatArray]) -> FloatArray:
    """Sums of products of columns, each summed by itself, so that no thread shares a sum."""
    pairs = list(itertools.combinations_with_replacement(range(len(columns)), 2))
    sums = each(lambda pair: np.sum(columns[pair[0]] * columns[pair[1]]), pairs, len(columns[0]))
    found = np.empty((len(columns), len(columns)))
    for (first, second), total in zip(pairs, sums, strict=True):
        found[first, second] = found[second, first] = total
    return found


def _metric(values: FloatArray, covariance: FloatArray, names: Sequence[str]) -> Metric:
    """With the Cholesky factor of the covariance."""
    triangle = np.zeros_like(covariance)
    for j, name in enumerate(names):
        for k in range(j):
            triangle[j, k] = (covariance[j, k] - np.sum(triangle[j, :k] * triangle[k, :k])) / triangle[k, k]
        left = covariance[j, j] - np.sum(triangle[j, :j] ** 2)
        if left <= DEPENDENT * covariance[j, j]:
            raise DataError(
                f"{called(name)} must vary within the arms, and not be a linear combination of the other covariates "
                "there, for a Mahalanobis distance. Leave it out of `covariates`."
            )
        triangle[j, j] = np.sqrt(left)
    return Metric(values=values, triangle=triangle)

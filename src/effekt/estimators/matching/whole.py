"""Distances of pairs as whole numbers of one unit, so that what ties by nature ties exactly.

Covariates are the decimals that a reader sees: on a common scale their differences are whole numbers. By one covariate
these are the distances, and a logit that is linear in the covariates is on this scale a whole number of its own, so
that equal differences of covariates are equally far. In several dimensions a difference is a whole number of times one
without a common divisor, its *direction*: the distance is so many times the length of the direction, which is rounded
to 40 binary digits, and distances along one direction tie as on a line. No other unit moves any of this but by what it
does to the coefficients or the covariance. Numbers that 64 bits do not hold are Python's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effekt._decimals import decimal_integers
from effekt._types import FloatArray, IntArray
from effekt.estimators.matching.calipers import SMALL
from effekt.estimators.matching.design import Design
from effekt.estimators.matching.distances import Metric
from effekt.tables.arrays import ranks_of

Whole = NDArray[Any]  # of 64-bit integers, or of Python's where these do not hold them
BITS = 40  # binary digits of a length, and of a logit after the point
KNOWN_BITS = 32  # of what a coefficient makes of the range of its covariate; the fit is known to no more (`GRADIENT`)
RELATIVE = 2.0**-30  # by which a distance in floats may be too large, and absolutely by `slack`
MANY = 64  # pairs among which equal ones are looked for
EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distances:
    """Distances between rows of a design.

    Attributes
    ----------
    between : callable
        Distances of pairs of rows (m,), as whole numbers.
    largest : int
        No distance is larger.
    steps : Fraction
        How many units a distance of 1 has.
    slack : float
        How far the floats of `Design.distances` may lie from the truth, beside `RELATIVE`.
    """

    between: Callable[[IntArray, IntArray], Whole]
    largest: int
    steps: Fraction
    slack: float

    def at_least(self, distance: float) -> int:
        """A whole number that no pair is below whose distance in floats is at least this."""
        over, under = max(0.0, distance * (1 - RELATIVE) - self.slack).as_integer_ratio()
        return over * self.steps.numerator // (under * self.steps.denominator)

    def within(self, distance: FloatArray) -> FloatArray:
        """Distances in floats up to which a pair can be as near as one of this distance."""
        return np.asarray(distance * (1 + 2 * RELATIVE) + 2 * self.slack)


def distances_of(design: Design) -> Distances:
    """The distances of a design that has coordinates."""
    metric, scores = design.metric, design.scores
    if metric is not None and metric.values.shape[1] > 1:
        return _along_directions(metric)
    assert design.coordinates is not None
    place = design.coordinates[:, 0]
    if metric is not None:
        numbers, scale = decimal_integers(np.ascontiguousarray(metric.values[:, 0]))
        return _on_a_line(np.array(numbers, object), 1 / (scale * Fraction(float(metric.triangle[0, 0]))), place)
    if scores is not None and scores.coefficients:
        return _on_a_line(*linear_places(design.cohort.covariates, scores.coefficients), place)
    steps = 2**BITS
    return _on_a_line(np.rint(place * float(steps)).astype(np.int64).astype(object), Fraction(1, steps), place)


def linear_places(covariates: FloatArray, coefficients: tuple[float, ...]) -> tuple[Whole, Fraction]:
    """Where rows stand by Σ βx, in whole numbers of a unit, and the unit.

    Each β is rounded to 2⁻³² over the power of two that is next above the range of its x, so that coefficients that
    are equal but for their own rounding are equal, and none is nothing but rounding.
    """
    exponents = [math.frexp(float(np.ptp(column)))[1] for column in covariates.T]
    most = max(exponents)
    numbers = _Numbers(covariates)
    columns = numbers.of(np.arange(len(covariates)))
    places: Whole = np.zeros(len(covariates), object)
    for column, exponent, beta in zip(columns, exponents, coefficients, strict=True):
        whole = round(Fraction(beta) * Fraction(2) ** (KNOWN_BITS + exponent))
        places += column.astype(object) * (whole * 2 ** (most - exponent))
    return places, Fraction(2) ** (-KNOWN_BITS - most) / numbers.scale


def _on_a_line(places: Whole, unit: Fraction, coordinate: FloatArray) -> Distances:
    """Distances of whole places; `coordinate` is what `Design.distances` takes them from."""
    places = places - places.min()
    divisor = math.gcd(*places.tolist()) or 1
    places, unit = places // divisor, unit * divisor
    up, down = unit.numerator, unit.denominator
    exact = np.array([one * up / down for one in places.tolist()])
    apart = exact - (coordinate - coordinate[int(np.argmin(exact))])
    largest = int(places.max())
    held = places.astype(np.int64) if largest < SMALL else places
    return Distances(
        between=lambda first, second: np.abs(held[first] - held[second]),
        largest=largest,
        steps=1 / unit,
        slack=2 * float(np.max(np.abs(apart))) + 8 * EPSILON * float(np.max(exact) + np.max(np.abs(coordinate))),
    )


def _along_directions(metric: Metric) -> Distances:
    """Distances in several dimensions."""
    numbers = _Numbers(metric.values)
    scale = numbers.scale
    widest = float(np.max(np.diagonal(metric.triangle)))  # the first number of a direction is 1 at least by itself
    shift = BITS + 2 + max(0, math.frexp(widest)[1])
    alike = ranks_of(tuple(metric.values.T))

    def between(first: IntArray, second: IntArray) -> Whole:
        if len(first) < MANY:
            return measured(first, second)
        _, rows, which = np.unique(alike[first] * len(alike) + alike[second], return_index=True, return_inverse=True)
        return np.asarray(measured(first[rows], second[rows])[which.ravel()])

    def measured(first: IntArray, second: IntArray) -> Whole:
        gaps = [column[first] - column[second] for column in numbers.of(np.append(first, second))]
        times: Whole = np.gcd.reduce(gaps)
        times = np.where(times == 0, 1, times)
        part, exponent = np.frexp(metric.length([(gap // times).astype(float) for gap in gaps]))
        digits = np.rint(part * 2.0**BITS).astype(np.int64).astype(object)
        return np.asarray(times.astype(object) * (digits << (exponent + shift - BITS).astype(object)))

    steps, error, farthest = scale * 2**shift, *_rounding(metric)
    return Distances(between=between, largest=math.ceil(2 * farthest) * steps, steps=Fraction(steps), slack=4 * error)


class _Numbers:
    """Columns as whole numbers of one power of ten, `scale`, of 64 bits where these hold all of them.

    Rows are worked out when they are asked for: most are in no pair whose distance is.
    """

    def __init__(self, values: FloatArray) -> None:
        self._values = [np.ascontiguousarray(column) for column in values.T]
        sizes = []
        for column in self._values:
            numbers, scale = decimal_integers(column)
            sizes.append((max(max(numbers), -min(numbers)), scale))
        self.scale = max(scale for _, scale in sizes)
        largest = max(self.scale, *(size * (self.scale // scale) for size, scale in sizes))
        self._columns: list[Whole] = [
            np.zeros(len(values), np.int64 if largest < SMALL else object) for _ in self._values
        ]
        self._known = np.zeros(len(values), bool)

    def of(self, rows: IntArray) -> list[Whole]:
        """The columns, in which these rows are known."""
        new = np.unique(rows[~self._known[rows]])
        if len(new):
            for values, column in zip(self._values, self._columns, strict=True):
                numbers, scale = decimal_integers(values[new])
                column[new] = np.array(numbers, column.dtype) * (self.scale // scale)
            self._known[new] = True
        return self._columns


def _rounding(metric: Metric) -> tuple[float, float]:
    """How far the floats of a coordinate may lie from the truth, and how long a difference may be, both at most."""
    sizes: list[float] = []
    errors: list[float] = []
    for j, (largest, row) in enumerate(zip(np.max(np.abs(metric.values), axis=0), metric.triangle, strict=True)):
        sizes.append(float((largest + np.sum(np.abs(row[:j]) * sizes)) / row[j]))
        errors.append(float(4 * (j + 2) * EPSILON * sizes[-1] + np.sum(np.abs(row[:j]) * errors) / row[j]))
    return math.hypot(*errors), 2 * math.hypot(*sizes)

"""A row of totals among the units, such as the nation's in an export: it holds the treated unit, and everyone twice.

A unit is one where it is the sum of all others, or their mean, in every period, as near as the rounding of the decimals
they are written in allows: half a unit of its own last decimal, and half of theirs for each that is summed. Units that
are none may come as near by chance. How likely that is, is reckoned from how units move about their own line in time,
by their second differences, and how far their levels lie apart, as if deviations were normal; what is not next to
impossible is let through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import pi, pow, sqrt
from typing import Literal

import numpy as np

from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import join_words
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import Labels

FEWEST_UNITS = 3  # that are added up, and periods in which they are
FEWEST_PERIODS = 4
MOST_UNITS = 5_000  # more are people, of whom no row is a total
LIKELY = 1e-6  # from which a match may be chance
MOVES = 1e-3  # of which the movement of units alone must tell so much: levels may be set, as in made-up panels
SMOOTH = 0.1  # the share of units that may move less than a mean is thought to
CALLED = frozenset(  # what the rows of a nation, of all units or of their mean are called, in Swedish and English
    (
        *("riket", "hela riket", "landet", "hela landet", "sverige", "hela sverige", "nationen", "0000", "00"),
        *("alla", "samtliga", "alla kommuner", "samtliga kommuner", "alla regioner", "samtliga regioner"),
        *("totalt", "total", "totalen", "summa", "medel", "medelvärde", "genomsnitt", "snitt", "rikssnitt"),
        *("riksgenomsnitt", "genomsnitt riket", "kommunerna totalt", "kommuner totalt", "grand total"),
        *("sweden", "nation", "all", "all municipalities", "all regions", "sum", "mean", "average"),
    )
)
DIGITS = 9  # decimals that rounding is looked for in
LARGEST = 1e100  # of which squares are numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Which unit is a total, of what kind, and whether rounding parts it from that."""

    place: int
    kind: Literal["sum", "mean"]
    rounded: bool

    @property
    def words(self) -> str:
        """'is the sum of all others in every period'."""
        return f"is{', but for rounding,' if self.rounded else ''} the {self.kind} of all others in every period"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """All units in all periods, as whole numbers unless their decimals are too many.

    Attributes
    ----------
    values : (units, periods) array
    weights : (units, periods) array
        The denominators of a ratio, else 1; 0 where there is no cell.
    ratio : bool
        Whether the weights are written with decimals of their own.
    """

    values: FloatArray
    weights: FloatArray
    ratio: bool = False

    def whole(self) -> BoolArray:
        """Which units have every cell."""
        return np.asarray((self.weights > 0).all(axis=1))


def decimal_cells(values: FloatArray) -> Cells | None:
    """The cells of a full panel; None where there are too few for a total, or too many."""
    if not enough(*values.shape):
        return None
    for digits in range(DIGITS + 1):
        if np.array_equal(np.round(values, digits), values):
            return Cells(values=np.rint(values * 10.0**digits), weights=np.ones(values.shape))
    largest = float(np.max(np.abs(values)))
    return Cells(values=values / (largest * 2.0**-40), weights=np.ones(values.shape))


def called_so(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some units that are called as a total is; what is added, in brackets, does not matter."""
    return tuple(name for name in names if name.casefold().partition("(")[0].strip() in CALLED)


def called_untreated(units: Labels, places: IntArray) -> tuple[str, ...]:
    """Those of the untreated that are called so; where units are as many as people, none is."""
    return called_so(units.named(places)) if units.count <= MOST_UNITS else ()


def total_of_units(outcome: FloatArray, untreated: BoolArray) -> Total | None:
    """The first untreated unit of a full panel that is the sum or the mean of all other units, if one is."""
    cells = decimal_cells(outcome)
    return None if cells is None else total_among(cells, np.flatnonzero(untreated))


def refuse_total(total: Total | None, unit: str, first: Callable[[int], str]) -> None:
    """Refuse an untreated unit that is a total; `first` tells the row at which a unit begins."""
    if total is not None:
        raise DataError(
            f"Column {unit!r} must not name a total of the units among the untreated, as it holds the treated ones; "
            f"the unit that begins at {first(total.place)} {total.words}. Leave its rows out."
        )


def called_totals(names: Iterable[str]) -> tuple[Note, ...]:
    """That some units of a comparison are called as a total is."""
    found = called_so(names)
    if not found:
        return ()
    en, sv = (join_words(found, word) for word in ("and", "och"))
    return (
        Note(
            code="called_a_total",
            text=Text(
                en=f"Compared with, among others: {en}, as a total or a mean of units is called. If it is one, the "
                "treated are part of what they are compared with, and others count twice; leave its rows out.",
                sv=f"Jämförs bland andra med {sv}, som en summa eller ett medel av enheter brukar heta. Är det en "
                "sådan ingår de behandlade i det de jämförs med, och andra räknas dubbelt; utelämna dess rader.",
            ),
        ),
    )


def total_among(cells: Cells, pool: Iterable[int] | IntArray) -> Total | None:
    """The first unit of a pool that is a total of all others, beyond doubt."""
    if not enough(*cells.values.shape) or max(np.abs(cells.values).max(), cells.weights.max()) > LARGEST:
        return None
    listed = np.fromiter(pool, np.intp)
    cells = _in_last_decimals(cells)
    found = (one for kind in (_of_sum(cells), _of_mean(cells)) for one in kind.among(cells, listed))
    return next(found, None)


def _in_last_decimals(cells: Cells) -> Cells:
    """The same in units of the last decimal that any is written with."""
    weights = cells.weights / _units(cells.weights.reshape(1, -1)) if cells.ratio else cells.weights
    return Cells(values=cells.values / _units(cells.values.reshape(1, -1)), weights=weights, ratio=cells.ratio)


def enough(units: int, periods: int) -> bool:
    """Whether one of so many units may be found to be a total."""
    return FEWEST_UNITS < units <= MOST_UNITS and periods >= FEWEST_PERIODS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kind:
    """How far every unit lies from the sum or the mean of all others, and how such distances vary.

    Attributes
    ----------
    kind : {"sum", "mean"}
    away : (units, periods) array
    rounding : (units,) array
        What the rounding of the others may come to.
    levels : (units,) array
        The others' sum, or the unit's own distance from their mean for a weight of 1.
    variances : (units,) array
        About a line in time, of the unit's values, or of such distances; 0 for one that lacks a cell.
    """

    kind: Literal["sum", "mean"]
    away: FloatArray
    rounding: FloatArray
    levels: FloatArray
    variances: FloatArray

    def among(self, cells: Cells, pool: IntArray) -> Iterable[Total]:
        """Those of a pool that are totals of this kind."""
        values, n = cells.values, len(cells.values)
        slack = float(np.finfo(float).eps) * float(np.abs(values).sum(axis=0).max()) * (n if self.kind == "sum" else 1)
        furthest, halves = np.abs(self.away).max(axis=1), _units(values)[:, 0] / 2
        near = (furthest <= halves + self.rounding + slack) & (np.ptp(values, axis=1) > 0)
        for place in pool[near[pool]].tolist():
            for within in (float(halves[place]), float(halves[place] + self.rounding[place])):
                close = furthest[place] <= within + slack
                if close and self._chance(cells, place, 2 * (within + slack)) < LIKELY:
                    yield Total(place=place, kind=self.kind, rounded=bool(furthest[place] > slack))
                    break

    def _chance(self, cells: Cells, place: int, width: float) -> float:
        """How likely a unit that is no total comes so near in every period."""
        mode, periods = sqrt(2 * pi), cells.values.shape[1]
        if self.kind == "sum":
            spread = sqrt(max(float(self.variances.sum() - self.variances[place]), 0.0))
            level = _share(width, float(self.levels[place]))
        else:
            width /= float(cells.weights[place].mean())
            others = np.delete(np.arange(len(self.levels)), place)
            others = others[cells.whole()[others]]
            spread = float(np.sqrt(np.quantile(self.variances[others], SMOOTH))) if len(others) else 0.0
            level = _share(len(others) * width, mode * float(np.std(self.levels[others]))) if len(others) else 1.0
        moves = pow(_share(width, mode * spread), periods - 1)
        return level * moves if moves < MOVES else 1.0


def _share(width: float, spread: float) -> float:
    return min(width / spread, 1.0) if spread > 0 else 1.0


def _of_sum(cells: Cells) -> _Kind:
    sums = cells.values.sum(axis=0) - cells.values
    return _Kind(
        kind="sum",
        away=cells.values - sums,
        rounding=np.full(len(sums), (len(sums) - 1) / 2),
        levels=np.abs(sums).mean(axis=1),
        variances=np.where(cells.whole(), _variances(cells.values), 0.0),
    )


def _of_mean(cells: Cells) -> _Kind:
    """The mean with the weights, which for a ratio is that of the sums."""
    rest = cells.weights.sum(axis=0) - cells.weights
    sums = cells.values.sum(axis=0) - cells.values
    known, whole = rest > 0, cells.whole()
    means = np.divide(sums, rest, out=np.zeros(sums.shape), where=known)
    away = cells.values - cells.weights * means
    rates = np.divide(away, cells.weights, out=np.zeros(sums.shape), where=cells.weights > 0)
    of_weights = np.abs(means).max(axis=1) / 2 if cells.ratio else 0.0
    return _Kind(
        kind="mean",
        away=np.where(known & whole[:, None], away, np.inf),
        rounding=np.full(len(away), 0.5) + of_weights,
        levels=rates.mean(axis=1),
        variances=_variances(rates),
    )


def _variances(rows: FloatArray) -> FloatArray:
    """Of each row about a line, of errors of one variance: their second differences have six times that."""
    return np.asarray(np.mean(np.diff(rows, n=2, axis=1) ** 2, axis=1) / 6)


def _units(rows: FloatArray) -> FloatArray:
    """(rows, 1): the largest power of ten that all of a row are multiples of; 1 where they are none of ten."""
    found = np.ones((len(rows), 1))
    coarser = np.any(rows, axis=1, keepdims=True)
    while coarser.any():
        coarser &= np.all(rows % (10 * found) == 0, axis=1, keepdims=True)
        found[coarser] *= 10
    return found

"""A row of totals among the units, such as the nation's in an export: it holds the treated unit, and everyone twice.

A unit is one where it is the sum of others, or their mean, in every period: of all, of all that are not called totals,
of a county's by code or name, of any of these without the treated, as the rest of a county is, or of all but one, as
near as the rounding of the decimals they are written in allows: half a unit of its own last decimal, and half of theirs
for each that is summed. Units that are none may come as near by chance. How likely that is, is reckoned from how units
move about their own line in time, by their second differences, and how far their levels lie apart, as if deviations
were normal; what is not next to impossible is let through.

Units may lack cells. Then one is looked for in the periods in which each has one, though a total may count what is not
there; among the cells that are there; and among the units that lack none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import pi, pow, sqrt
from typing import Literal, TypeAlias

import numpy as np

from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import join_words
from effekt.estimators._called_totals import MOST_UNITS, called_places, counties_beside
from effekt.exceptions import DataError
from effekt.tables import Labels

FEWEST_UNITS = 3  # that are added up, and periods in which they are
FEWEST_PERIODS = 4
FEWEST_MOVING = 3  # of two alone each is the other's, or its own sum
LIKELY = 1e-6  # from which a match may be chance
MOVES = 1e-3  # of which the movement of units alone must tell so much: levels may be set, as in made-up panels
SMOOTH = 0.1  # the share of units that may move less than a mean is thought to
DIGITS = 9  # decimals that rounding is looked for in
LARGE = 3  # units that are left out, one at a time, as each may be a total too
MOST_BESIDE = 1_000  # units among which several totals are looked for
MODE = sqrt(2 * pi)  # of one over the density of a normal at its middle, in standard deviations
MOST_TOLD = 9  # totals beside the first whose rows a refusal names
LARGEST = 1e100  # of which squares are numbers
_COMPARED = {f"all others{but}": f"all others that are compared{but}" for but in ("", " but the treated")}
# how likely chance may be, what others are called, and the places of units and of those that may be a total
_Table: TypeAlias = tuple[float, str, IntArray, IntArray]
_Treated: TypeAlias = "Sequence[int] | IntArray | None"  # their places; None where any one unit may be it


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Which unit is a total, of what kind and of which units, and whether rounding parts it from that.

    `parts` are the places of the units that it was found among, without its own; `where` tells in which cells.
    """

    place: int
    kind: Literal["sum", "mean"]
    rounded: bool
    of: str = "all others"
    where: str = " in every period"
    parts: frozenset[int] = frozenset()

    @property
    def words(self) -> str:
        """'is the sum of all others in every period'."""
        return f"is{', but for rounding,' if self.rounded else ''} the {self.kind} of {self.of}{self.where}"


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
    at : (periods,) array, optional
        When the periods are, where some are left out between them.
    """

    values: FloatArray
    weights: FloatArray
    ratio: bool = False
    at: IntArray | None = None

    def there(self) -> BoolArray:
        """Which cells there are."""
        return np.asarray(self.weights > 0)

    def whole(self) -> BoolArray:
        """Which units have every cell."""
        return np.asarray(self.there().all(axis=1))

    def of(self, places: IntArray) -> Cells:
        """Those of some units."""
        return replace(self, values=self.values[places], weights=self.weights[places])

    def during(self, periods: IntArray) -> Cells:
        """Those of some periods."""
        return replace(self, values=self.values[:, periods], weights=self.weights[:, periods], at=periods)

    def variances(self, rows: FloatArray) -> FloatArray:
        """Of each row about a line, of errors of one variance, by how each value lies off that of those beside it."""
        at = np.arange(rows.shape[1]) if self.at is None else self.at
        before, after = np.diff(at)[:-1], np.diff(at)[1:]
        share = before / (before + after)
        off = rows[:, 1:-1] - (1 - share) * rows[:, :-2] - share * rows[:, 2:]
        return np.asarray(np.mean(off**2 / (1 + share**2 + (1 - share) ** 2), axis=1))


def decimal_cells(values: FloatArray, there: BoolArray | None = None) -> Cells | None:
    """The cells of a panel, 0 where there is none; None where there are too few for a total, or too many."""
    if not enough(*values.shape):
        return None
    weights = np.ones(values.shape) if there is None else np.asarray(there, float)
    for digits in range(DIGITS + 1):
        if np.array_equal(np.round(values, digits), values):
            return Cells(values=np.rint(values * 10.0**digits), weights=weights)
    largest = float(np.max(np.abs(values)))
    return Cells(values=values / (largest * 2.0**-40), weights=weights)


def total_of_units(outcome: FloatArray, units: Labels, treated: BoolArray) -> Total | None:
    """The first unit of a panel without gaps that is a total of others, if any is."""
    cells = decimal_cells(outcome)
    if cells is None:
        return None
    return total_among(cells, range(len(outcome)), _names(units), np.flatnonzero(treated))


def refuse_totals_of_units(
    cells: Cells | None,
    group: IntArray,
    compared: BoolArray,
    rows: tuple[str, Labels],
    first: Callable[[int], str],
) -> None:
    """Refuse units that are compared and are totals of others that are compared or treated.

    Parameters
    ----------
    cells : Cells, optional
        Of all units of the data.
    group : (units,) int array
        Which units are treated alike; 0 of those that never are.
    compared : (units,) bool array
    rows : (str, Labels)
        The column of units and its labels.
    first : function
        Tells the row at which the unit of a place begins.

    Raises
    ------
    DataError
        Naming the rows.
    """
    column, treated, names = rows[0], group != 0, _names(rows[1])

    def refuse(pool: BoolArray, counts: Callable[[int], BoolArray], rule: str, remedy: str) -> None:
        listed = () if cells is None else totals_among(cells, np.flatnonzero(pool), names, np.flatnonzero(treated))
        found = [total for total in listed if counts(total.place)[[*total.parts]].any()]
        if found:
            raise DataError(
                f"Column {column!r} must not name a total of the units among the {rule}; {told(found, first, remedy)}"
            )

    rule, remedy = "untreated, as it counts those in it twice or may hold the treated ones", "Leave its rows out."
    refuse(compared & ~treated, lambda _: compared | treated, rule, remedy)
    rule = "treated, as those that are in it are then treated too"
    remedy = "Leave the units that are in it out, or its own rows."
    refuse(compared & treated, lambda at: compared & (group != group[at]), rule, remedy)


def _names(units: Labels) -> Sequence[str]:
    return units.names if units.count <= MOST_BESIDE else ()


def told(found: Sequence[Total], first: Callable[[int], str], remedy: str) -> str:
    """Where the units begin that are totals, and what can be done of each; `first` tells the row of a place."""
    one, others = found[0], [first(total.place) for total in found[1:]]
    said = f"the unit that begins at {first(one.place)} {one.words}"
    if not others:
        return f"{said}. {remedy}"
    more = [f"{len(others) - MOST_TOLD} more"] if len(others) > MOST_TOLD else []
    listed = join_words([*others[:MOST_TOLD], *more], "and")
    return f"{said}, and a total too is each that begins at {listed}. Of each: {remedy[0].lower()}{remedy[1:]}"


def totals_among(
    cells: Cells,
    pool: Iterable[int] | IntArray,
    names: Sequence[str] = (),
    treated: _Treated = (),
) -> tuple[Total, ...]:
    """All units of a pool that are totals of others, each beside none of those before it."""
    found: list[Total] = []
    places, sought = np.arange(len(cells.values)), np.fromiter(pool, np.intp)
    while True:
        own = [names[at] for at in places.tolist()] if len(names) else ()
        total = total_among(cells.of(places), np.flatnonzero(np.isin(places, sought)), own, _those_in(places, treated))
        if total is None:
            return tuple(found)
        parts = frozenset(places[[*total.parts]].tolist())
        found.append(replace(total, place=int(places[total.place]), parts=parts))
        places = np.delete(places, total.place)


def _those_in(places: IntArray, treated: _Treated) -> _Treated:
    """Where the treated stand among some places."""
    return None if treated is None else np.flatnonzero(np.isin(places, treated))


def compared_totals(
    cells: Cells,
    pool: Sequence[int],
    apart: Collection[int],
    names: Sequence[str] = (),
    treated: _Treated = (),
) -> tuple[Total, ...]:
    """Those of a pool that are totals of units of which not all are `apart`, in no comparison, or of the others."""
    found = [one for one in totals_among(cells, pool, names, treated) if not one.parts <= {*apart}]
    if apart:
        places = np.delete(np.arange(len(cells.values)), [*apart])
        own = [names[at] for at in places.tolist()] if len(names) else ()
        told_of = {one.place for one in found}
        found += [
            replace(
                one,
                place=place,
                of=_COMPARED.get(one.of, one.of),
                parts=frozenset(places[[*one.parts]].tolist()),
            )
            for one in totals_among(
                cells.of(places),
                np.flatnonzero(np.isin(places, pool)),
                own,
                _those_in(places, treated),
            )
            if (place := int(places[one.place])) not in told_of
        ]
    return tuple(found)


def total_among(
    cells: Cells,
    pool: Iterable[int] | IntArray,
    names: Sequence[str] = (),
    treated: _Treated = (),
) -> Total | None:
    """The first unit of a pool that is a total of others, beyond doubt.

    It is looked for among all units; without those that are called totals; among the units of a county, by code or
    name; among each of these without the treated, or without each one where any may be it; and without each of the
    largest in turn; of each, by the cells that there are. `names` are those of all units, or none.
    """
    if not enough(*cells.values.shape) or max(np.abs(cells.values).max(), cells.weights.max()) > LARGEST:
        return None
    cells = _in_last_decimals(cells)
    halves, listed = _units(cells.values)[:, 0] / 2, np.fromiter(pool, np.intp)
    for likely, of, places, sought in _tables(cells, listed, names, treated):
        looks = list(_looks(cells.of(places), places))
        for own, kept, but, where in looks:
            pool_of = np.flatnonzero(np.isin(kept, sought))
            for total in _totals_among(own, halves[kept], pool_of, likely / len(looks)):
                place = int(kept[total.place])
                return replace(total, place=place, of=of + but, where=where, parts=frozenset(kept.tolist()) - {place})
    return None


def _looks(cells: Cells, places: IntArray) -> Iterator[tuple[Cells, IntArray, str, str]]:
    """The cells in which a total is looked for, the places of their units, and what is said of those and of these."""
    there, whole = cells.there(), cells.whole()
    if whole.all():
        yield cells, places, "", " in every period"
        return
    full = np.flatnonzero(there.all(axis=0))
    yield cells.during(full), places, "", " in every period that none of them lacks"
    if there.sum(axis=0).min() > FEWEST_UNITS:
        yield cells, places, "", ", of those that are there, in every period"
    yield cells.of(np.flatnonzero(whole)), places[whole], " that lack no period", " in every period"


def _tables(cells: Cells, pool: IntArray, names: Sequence[str], treated: _Treated) -> Iterator[_Table]:
    """Those in which a total is looked for: of several units also without the treated, as the rest of a county is."""
    for likely, of, places, sought in _of_several(len(cells.values), pool, names):
        yield likely, of, places, sought
        if treated is None:
            yield from _without_each(likely, of, places, sought)
            continue
        untreated = places[~np.isin(places, treated)]
        if len(untreated) < len(places):
            yield likely, f"{of} but the treated", untreated, sought
    if len(cells.values) <= MOST_BESIDE:
        for hidden in np.argsort(-np.abs(cells.values).sum(axis=1), kind="stable")[:LARGE].tolist():
            yield LIKELY / LARGE, "all others but one", np.delete(np.arange(len(cells.values)), hidden), pool


def _without_each(likely: float, of: str, places: IntArray, sought: IntArray) -> Iterator[_Table]:
    """A table without each of its units in turn, where any may be the treated one."""
    if len(places) <= MOST_BESIDE:
        for hidden in range(len(places)):
            yield likely / len(places), f"{of} but one", np.delete(places, hidden), sought


def _of_several(n: int, pool: IntArray, names: Sequence[str]) -> Iterator[_Table]:
    """All units, those that are not called totals, alone and each of these beside them, and those of each county."""
    listed = {*pool.tolist()}
    yield LIKELY, "all others", np.arange(n), pool
    if n > MOST_BESIDE:
        return
    called, counties = called_places(names), counties_beside(names)
    plain = np.delete(np.arange(n), [*called, *counties])
    if len(plain) < n:
        yield LIKELY, "all others that are not called a total", plain, pool
    if len(called) + len(counties) > 1:
        for place in sorted(listed.intersection(called)):
            yield LIKELY, "all others that are not called a total", np.append(plain, place), np.array([place])
    for place in sorted(listed.intersection(counties)):
        yield LIKELY, "all units of its county", np.append(counties[place], place), np.array([place])


def _totals_among(cells: Cells, halves: FloatArray, pool: IntArray, likely: float) -> Iterator[Total]:
    if enough(*cells.values.shape):
        for of in (_of_sum, _of_mean):
            yield from of(cells).among(cells, halves, pool, likely)


def _in_last_decimals(cells: Cells) -> Cells:
    """The same in units of the last decimal that any is written with."""
    weights = cells.weights / _units(cells.weights.reshape(1, -1)) if cells.ratio else cells.weights
    return replace(cells, values=cells.values / _units(cells.values.reshape(1, -1)), weights=weights)


def enough(units: int, periods: int) -> bool:
    """Whether one of so many units may be found to be a total."""
    return FEWEST_UNITS < units <= MOST_UNITS and periods >= FEWEST_PERIODS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kind:
    """How far every unit lies from the sum or the mean of all others.

    Attributes
    ----------
    kind : {"sum", "mean"}
    away : (units, periods) array
    rounding : (units,) array
        What the rounding of the others may come to.
    """

    kind: Literal["sum", "mean"]
    away: FloatArray
    rounding: FloatArray

    def among(self, cells: Cells, halves: FloatArray, pool: IntArray, likely: float) -> Iterator[Total]:
        """Those of a pool that are totals of this kind."""
        values, n = cells.values, len(cells.values)
        slack = float(np.finfo(float).eps) * float(np.abs(values).sum(axis=0).max()) * (n if self.kind == "sum" else 1)
        furthest = np.abs(self.away).max(axis=1)
        near = furthest <= halves + self.rounding + slack
        if not near[pool].any():
            return
        moves = np.ptp(values, axis=1) > 0
        if np.count_nonzero(moves) < FEWEST_MOVING:
            return
        chance = (_chance_of_sum if self.kind == "sum" else _chance_of_mean)(cells, self.away)
        for place in pool[(near & moves)[pool]].tolist():
            for within in (float(halves[place]), float(halves[place] + self.rounding[place])):
                if furthest[place] <= within + slack and chance(place, 2 * (within + slack)) < likely:
                    yield Total(place=place, kind=self.kind, rounded=bool(furthest[place] > slack))
                    break


def _of_sum(cells: Cells) -> _Kind:
    n, sums = len(cells.values), cells.values.sum(axis=0) - cells.values
    return _Kind(kind="sum", away=cells.values - sums, rounding=np.full(n, (n - 1) / 2))


def _of_mean(cells: Cells) -> _Kind:
    """The mean with the weights, which for a ratio is that of the sums."""
    rest = cells.weights.sum(axis=0) - cells.weights
    known = rest > 0
    means = np.divide(cells.values.sum(axis=0) - cells.values, rest, out=np.zeros(rest.shape), where=known)
    of_weights = np.abs(means).max(axis=1) / 2 if cells.ratio else 0.0
    return _Kind(
        kind="mean",
        away=np.where(known & cells.whole()[:, None], cells.values - cells.weights * means, np.inf),
        rounding=np.full(len(means), 0.5) + of_weights,
    )


def _chance_of_sum(cells: Cells, away: FloatArray) -> Callable[[int, float], float]:
    """How likely a unit that is no total comes so near to the sum in every period."""
    levels = np.abs(cells.values - away).mean(axis=1)
    variances = np.where(cells.whole(), cells.variances(cells.values), 0.0)
    every = float(variances.sum())

    def chance(place: int, width: float) -> float:
        spread = sqrt(max(every - float(variances[place]), 0.0))
        return _both(_share(width, float(levels[place])), width, spread, cells)

    return chance


def _chance_of_mean(cells: Cells, away: FloatArray) -> Callable[[int, float], float]:
    """How likely it comes so near to the mean, by how others lie from that of their own others, for a weight of 1."""
    rates = np.divide(away, cells.weights, out=np.zeros(away.shape), where=np.isfinite(away))
    levels, variances, whole = rates.mean(axis=1), cells.variances(rates), np.flatnonzero(cells.whole())

    def chance(place: int, width: float) -> float:
        others = whole[whole != place]
        if not len(others):
            return 1.0
        width /= float(cells.weights[place].mean())
        spread = float(np.sqrt(np.quantile(variances[others], SMOOTH)))
        return _both(_share(len(others) * width, MODE * float(np.std(levels[others]))), width, spread, cells)

    return chance


def _both(level: float, width: float, spread: float, cells: Cells) -> float:
    moves = pow(_share(width, MODE * spread), cells.values.shape[1] - 1)
    return level * moves if moves < MOVES else 1.0


def _share(width: float, spread: float) -> float:
    return min(width / spread, 1.0) if spread > 0 else 1.0


def _units(rows: FloatArray) -> FloatArray:
    """(rows, 1): the largest power of ten that all of a row are multiples of; 1 where they are none of ten."""
    found = np.ones((len(rows), 1))
    coarser = np.any(rows, axis=1, keepdims=True)
    while coarser.any():
        coarser &= np.all(rows % (10 * found) == 0, axis=1, keepdims=True)
        found[coarser] *= 10
    return found

"""A stratum that is the total of others of its column, such as both sexes, or 16-64 beside 16-34 and 35-64.

It counts those in it twice. It is one where in every cell of unit, period and the other columns' strata its numerator
and its denominator are exactly the sums of theirs. Every group of others is tried, by one number for each stratum that
adds up as its cells do: the sums of one half of the strata are looked for among those of the other (Horowitz & Sahni
1974, doi:10.1145/321812.321823). Of all others together it is one too where rounding alone parts it from them, and
where it is next to impossible that a stratum of its own comes so near: how the others vary beside one another tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import gcd, log, pi, sqrt
from typing import NamedTuple, TypeAlias

Label: TypeAlias = tuple[str, ...]
Cell: TypeAlias = tuple[Label, tuple[str, int]]
Pairs: TypeAlias = Mapping[Cell, tuple[int, int]]

CELLS = 8  # in which the sum of all others is so by no chance
CELLS_OF_SOME = 20  # and that of some, with one more for each other, as groups double with each
MOST_OTHERS = 24  # of which groups are tried
PRIME, STEP = 2**61 - 1, 3  # of numbers that tell cells apart
NOBODY = (0, 0)
LIKELY = 1e-6  # from which a match within rounding may be chance
TELLS = 0.5  # the most that the chance of one cell may be, for its row to tell
EPSILON = 2**52  # parts of a number that a float may be off by, of each that is summed


class Total(NamedTuple):
    """Which column, the name of its stratum that is a total, and whether rounding may part it from that."""

    column: int
    name: str
    rounded: bool


def total_stratum(cells: Mapping[Label, Mapping[tuple[str, int], tuple[int, int]]]) -> Total | None:
    """The first column's stratum that is the total of others in every cell, or None."""
    for which in range(len(next(iter(cells), ()))):
        strata: dict[str, dict[Cell, tuple[int, int]]] = {}
        for label, part in cells.items():
            own = strata.setdefault(label[which], {})
            own.update({((*label[:which], *label[which + 1 :]), at): pair for at, pair in part.items()})
        exact = _first_total(strata)
        found = exact or _rounded_total(strata)
        if found is not None:
            return Total(which, found, rounded=exact is None)
    return None


def _first_total(strata: Mapping[str, Pairs]) -> str | None:
    """The smallest stratum that is a total; the parts of one are smaller than it."""
    sizes = {name: sum(below for _, below in pairs.values()) for name, pairs in strata.items()}
    numbers = _numbers(strata)
    listed = sorted((name for name in strata if sizes[name]), key=lambda name: (sizes[name], name))
    for name in listed:
        smaller = [one for one in listed if sizes[one] < sizes[name]]
        for parts in _groups(numbers, name, smaller):
            least = CELLS if len(parts) == len(listed) - 1 else CELLS_OF_SOME + len(listed) - 1
            if _is_sum(strata, name, parts) and _telling(strata, name, parts) >= least:
                return name
    return None


def _numbers(strata: Mapping[str, Pairs]) -> dict[str, int]:
    """One number for each stratum, that of a sum being the sum of them."""
    factors: dict[Cell, int] = {}
    factor = 1
    for at in {at: None for pairs in strata.values() for at in pairs}:
        factors[at] = factor = factor * STEP % PRIME
    return {
        name: sum(factors[at] * above + factors[at] ** 2 * below for at, (above, below) in pairs.items())
        for name, pairs in strata.items()
    }


def _groups(numbers: Mapping[str, int], name: str, others: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Those of which the numbers add up to its own: all others, or some."""
    if len(others) > 1 and sum(numbers[one] for one in others) == numbers[name]:
        yield tuple(others)
    elif len(others) <= MOST_OTHERS:
        half = len(others) // 2
        first, last = (_sums([(one, numbers[one]) for one in part]) for part in (others[:half], others[half:]))
        yield from (
            (*first[numbers[name] - so_far], *group)
            for so_far, group in last.items()
            if numbers[name] - so_far in first
        )


def _sums(named: Sequence[tuple[str, int]]) -> dict[int, tuple[str, ...]]:
    """A group for each sum of some of the numbers."""
    sums: dict[int, tuple[str, ...]] = {0: ()}
    for name, number in named:
        sums |= {so_far + number: (*group, name) for so_far, group in sums.items()}
    return sums


def _is_sum(strata: Mapping[str, Pairs], name: str, parts: Sequence[str]) -> bool:
    sums: dict[Cell, tuple[int, int]] = {}
    for part in parts:
        for at, (above, below) in strata[part].items():
            so_far = sums.get(at, NOBODY)
            sums[at] = so_far[0] + above, so_far[1] + below
    return all(strata[name].get(at, NOBODY) == sums.get(at, NOBODY) for at in {*sums, *strata[name]})


def _telling(strata: Mapping[str, Pairs], name: str, parts: Sequence[str]) -> int:
    """The cells in which its numerator is not 0 and at least two of its parts have somebody."""
    return sum(
        above != 0 and sum(strata[part].get(at, NOBODY)[1] > 0 for part in parts) > 1
        for at, (above, _) in strata[name].items()
    )


def _rounded_total(strata: Mapping[str, Pairs]) -> str | None:
    """The largest stratum, if it is the sum of all others but for rounding, and by no chance."""
    sizes = {name: sum(below for _, below in pairs.values()) for name, pairs in strata.items()}
    listed = sorted((name for name in strata if sizes[name]), key=lambda name: (sizes[name], name))
    if len(listed) < 3:
        return None
    *parts, name = listed
    if _telling(strata, name, parts) < CELLS:
        return None
    numbers = [_Numbers.of(strata, name, parts, which) for which in (0, 1)]
    if not all(one.fit() for one in numbers):
        return None
    return name if min(one.log_chance() for one in numbers) < log(LIKELY) else None


class _Numbers(NamedTuple):
    """Numerators or denominators of a stratum and of the others, by cell, and the sum of their last decimals' units."""

    own: Mapping[Cell, int]
    parts: Sequence[Mapping[Cell, int]]
    sums: Mapping[Cell, int]
    units: int

    @classmethod
    def of(cls, strata: Mapping[str, Pairs], name: str, parts: Sequence[str], which: int) -> _Numbers:
        own, *others = ({at: pair[which] for at, pair in strata[one].items()} for one in (name, *parts))
        sums: dict[Cell, int] = dict.fromkeys(own, 0)
        for other in others:
            for at, number in other.items():
                sums[at] = sums.get(at, 0) + number
        return cls(own, others, sums, sum(_last_decimal(one.values()) for one in (own, *others)))

    def width(self, total: int) -> int:
        """Of where rounding may put a sum: half a unit to each side of each number, and what floats lose."""
        return self.units + 2 * len(self.parts) * abs(total) // EPSILON

    def fit(self) -> bool:
        return all(2 * abs(self.own.get(at, 0) - total) <= self.width(total) for at, total in self.sums.items())

    def log_chance(self) -> float:
        """That a stratum of its own comes so near in every cell: the product of the rows of one unit and stratum."""
        rows: dict[tuple[Label, str], list[Cell]] = {}
        for at in self.sums:
            rows.setdefault((at[0], at[1][0]), []).append(at)
        return sum(self._log_chance(row) for row in rows.values() if len(row) > 1)

    def _log_chance(self, row: Sequence[Cell]) -> float:
        """Of all periods t of a row but one, if deviations are normal; 0 of a row that tells little.

        Their variance is Σ_it (p_it − P_i·s_t / S)² / (T − 1), with p those of the others i, s their sum by period, and
        P and S both over all T periods.
        """
        sums = [self.sums[at] for at in row]
        everything = sum(sums)
        if everything == 0:
            return 0.0
        squares = 0.0
        for part in self.parts:
            numbers = [part.get(at, 0) for at in row]
            share = sum(numbers) / everything
            squares += sum(
                (own / everything - share * (of / everything)) ** 2 for own, of in zip(numbers, sums, strict=True)
            )
        width = max(map(self.width, sums)) / abs(everything)
        spread = sqrt(2 * pi * squares / (len(row) - 1))
        return (len(row) - 1) * log(width / spread) if width < TELLS * spread else 0.0


def _last_decimal(numbers: Iterable[int]) -> int:
    """The largest power of ten that all are multiples of; 0 if none of them is other than 0."""
    together, unit = gcd(*numbers), 1
    while together and together % (10 * unit) == 0:
        unit *= 10
    return unit if together else 0

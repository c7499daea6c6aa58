"""A stratum that is the total of others of its column, such as both sexes, or 16-64 beside 16-34 and 35-64.

It counts those in it twice. It is one where in every cell of unit, period and the other columns' strata its numerator
and its denominator are exactly the sums of theirs. Every group of others is tried, by one number for each stratum that
adds up as its cells do: the sums of one half of the strata are looked for among those of the other (Horowitz & Sahni
1974, doi:10.1145/321812.321823).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Label: TypeAlias = tuple[str, ...]
Cell: TypeAlias = tuple[Label, tuple[str, int]]
Pairs: TypeAlias = Mapping[Cell, tuple[int, int]]

CELLS = 8  # in which the sum of all others is so by no chance
CELLS_OF_SOME = 20  # and that of some, with one more for each other, as groups double with each
MOST_OTHERS = 24  # of which groups are tried
PRIME, STEP = 2**61 - 1, 3  # of numbers that tell cells apart
NOBODY = (0, 0)


def total_stratum(cells: Mapping[Label, Mapping[tuple[str, int], tuple[int, int]]]) -> tuple[int, str] | None:
    """Which column has a stratum that is the total of others in every cell, and the name of that, or None."""
    for which in range(len(next(iter(cells), ()))):
        strata: dict[str, dict[Cell, tuple[int, int]]] = {}
        for label, part in cells.items():
            own = strata.setdefault(label[which], {})
            own.update({((*label[:which], *label[which + 1 :]), at): pair for at, pair in part.items()})
        found = _first_total(strata)
        if found is not None:
            return which, found
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

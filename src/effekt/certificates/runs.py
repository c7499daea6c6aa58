"""Sets of whole numbers as the runs that they are made of: of any width, since none is listed to be worked with."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TypeAlias

Runs: TypeAlias = tuple[range, ...]  # in order, none empty, and none that touches the next


def joined(parts: Iterable[range]) -> Runs:
    """All numbers of some ranges.

    Parameters
    ----------
    parts : iterable of range
        In any order; empty ones too.

    Returns
    -------
    tuple of range

    Examples
    --------
    >>> joined((range(7, 9), range(1, 4), range(3, 6), range(0)))
    (range(1, 6), range(7, 9))
    """
    found: list[range] = []
    for one in sorted((part for part in parts if part), key=lambda part: part.start):
        if found and one.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, one.stop))
        else:
            found.append(one)
    return tuple(found)


def without(runs: Runs, cut: range) -> Runs:
    """The numbers but for those of a range.

    Parameters
    ----------
    runs : tuple of range
    cut : range

    Returns
    -------
    tuple of range
    """
    if not cut:
        return runs
    before = (range(run.start, min(run.stop, cut.start)) for run in runs)
    after = (range(max(run.start, cut.stop), run.stop) for run in runs)
    return joined((*before, *after))


def meet(one: Runs, two: Runs) -> bool:
    """Whether two sets have a number in common.

    Parameters
    ----------
    one, two : tuple of range

    Returns
    -------
    bool
    """
    return any(range(max(a.start, b.start), min(a.stop, b.stop)) for a in one for b in two)


def ends(runs: Runs) -> tuple[int, int]:
    """The least and the greatest of the numbers.

    Parameters
    ----------
    runs : tuple of range
        At least one.

    Returns
    -------
    tuple of (int, int)
    """
    return runs[0][0], runs[-1][-1]


def listed(runs: Runs, most: int) -> tuple[int, ...]:
    """The numbers in order; of more than `most` only so many of the least, and the greatest.

    Parameters
    ----------
    runs : tuple of range
        At least one.
    most : int

    Returns
    -------
    tuple of int
        Longer than `most` where numbers are left out.

    Examples
    --------
    >>> listed((range(4), range(8, 10**12)), 5)
    (0, 1, 2, 3, 8, 999999999999)
    """
    least = tuple(itertools.islice(itertools.chain(*runs), most))
    last = runs[-1][-1]
    return least if least[-1] == last else (*least, last)

"""All values that each hidden or rounded count of a public statement may have, by what is public."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from effekt.certificates.certificate import minimum_of
from effekt.certificates.counts import counted, is_count, whole, written
from effekt.certificates.disclosure import rounded, rounded_alike
from effekt.certificates.ranges import Shown, sums_of
from effekt.contracts import Contract, Figure
from effekt.contracts.figures import DerivedFigure


def round_to_of(contract: Contract) -> int:
    """The base that counts are rounded to; 1, which leaves them as they are, without one.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    int
    """
    disclosure = contract.model.disclosure
    return 1 if disclosure is None or disclosure.round_to is None else disclosure.round_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What is known of the counts that are not shown exactly.

    Attributes
    ----------
    values : mapping of figure to tuple of str
        All that each may have, in order.
    rounded : mapping of figure to str
        Those that are shown to the nearest multiple of the base.
    """

    values: Mapping[str, tuple[str, ...]]
    rounded: Mapping[str, str]


def possible_values(
    contract: Contract, figures: Mapping[str, Figure], earlier: Sequence[Mapping[str, Shown]]
) -> Possible:
    """For each count that is hidden or rounded, all values that it may have by what is public.

    Parameters
    ----------
    contract : Contract
    figures : mapping of figure to Figure
    earlier : sequence of mappings of figure to Shown
        The figures of each earlier statement.

    Returns
    -------
    Possible
        Nothing of a count that is derived, or that the contract says is a sum: those follow from the others.
    """
    minimum, base, terms = minimum_of(contract), round_to_of(contract), contract.model.figures
    counts = {id: count for id, figure in figures.items() if (count := counted(id, figure, contract)) is not None}
    given = {id: count for id, count in counts.items() if not isinstance(terms[id], DerivedFigure)}
    hidden = {id: _hidden(id, count, earlier, minimum, base) for id, count in counts.items()}
    found = {id: hidden[id] or rounded_alike(count, base) for id, count in given.items()}
    found = {id: values for id, values in found.items() if hidden[id] or base > 1}
    for id in counts.keys() - given.keys():
        for operand in _counted_in(id, contract) if hidden[id] else ():
            if operand in counts and operand not in found:
                found[operand] = _band(counts[operand], 2 * minimum)
    added = [id for id, parts in sums_of(contract).items() if all(figures[part].value is not None for part in parts)]
    kept = {id: values for id, values in found.items() if id not in added}
    return Possible(
        values={id: tuple(written(one, figures[id].digits) for one in values) for id, values in kept.items()},
        rounded={
            id: written(rounded(counts[id], base), figures[id].digits) for id in kept if base > 1 and not hidden[id]
        },
    )


def small_values(count: int, minimum: int, base: int) -> tuple[int, ...]:
    """All values that a small count may have, with all that are rounded as one of them.

    Parameters
    ----------
    count : int
    minimum : int
    base : int
        That counts are rounded to; 1 leaves them as they are.

    Returns
    -------
    tuple of int
        In order; none of a count that is not small.
    """
    small = _with_alike(range(1 - minimum, minimum), base)
    return tuple(value for value in sorted(small) if (value < 0) == (count < 0)) if count in small else ()


def _hidden(id: str, count: int, earlier: Sequence[Mapping[str, Shown]], minimum: int, base: int) -> tuple[int, ...]:
    """All values that a hidden count may have; none of a count that may be shown, be it rounded.

    It is hidden when it is small, and when it is less than the minimum from what an earlier statement shows, or in a
    range of one that was rounded otherwise. Its possible values are then all those for which it would have been hidden
    for the same reason, so that they do not tell which of them it has; with all that are rounded as one of them, so
    that no few of these are left to be shown.
    """
    if small := small_values(count, minimum, base):
        return small
    near: set[int] = set()
    for shown in (one[id] for one in earlier if id in one):
        low, high = whole(shown.low), whole(shown.high)
        if low is not None and high is not None:
            near |= _told(low, high, minimum, base)
    near = _with_alike(near, base) - _with_alike(range(1 - minimum, minimum), base)
    return tuple(sorted(near)) if count in near else ()


def _told(low: int, high: int, minimum: int, base: int) -> set[int]:
    """What an earlier statement would tell of a count beside a new one: those near an exact one, or in another range.

    A range that is made of whole ranges of this base tells nothing more beside them.
    """
    if low == high:
        return set(range(low - minimum + 1, low + minimum))
    before = set(range(low, high + 1))
    return set() if before == _with_alike(before, base) else before


def _with_alike(values: Collection[int], base: int) -> set[int]:
    """The values, and all others that are rounded as one of them."""
    return {one for value in values for one in rounded_alike(value, base)}


def _band(count: int, width: int) -> tuple[int, ...]:
    start = count // width * width
    return tuple(range(start, start + width))


def _counted_in(id: str, contract: Contract) -> Iterator[str]:
    """The counts that a derived figure is computed from, through others too."""
    terms = contract.model.figures
    for operand in terms[id].operands():
        if operand not in terms:
            continue
        if isinstance(terms[operand], DerivedFigure):
            yield from _counted_in(operand, contract)
        elif is_count(operand, contract):
            yield operand

"""All values that each hidden or rounded count of a public statement may have, by what is public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effekt.certificates.bands import banded, counts_behind
from effekt.certificates.certificate import minimum_of
from effekt.certificates.counts import counted, is_count, whole, written
from effekt.certificates.disclosure import rounded, rounded_alike
from effekt.certificates.ranges import Shown, sums_of
from effekt.certificates.runs import Runs, ends, joined, listed, meet, without
from effekt.contracts import Contract, Figure
from effekt.contracts.figures import DerivedFigure

MOST_LISTED = 10_000
"""Values of a count that are listed, more than it is ever settled for; an earlier statement may show any range."""


def unknown_figures(contract: Contract, figures: Mapping[str, Figure]) -> set[str]:
    """The figures that the contract hides, with what depends on them, of which nothing at all is to be told.

    Parameters
    ----------
    contract : Contract
    figures : mapping of figure to Figure

    Returns
    -------
    set of figure
        Not one that follows from others alone, of which whoever knows these knows it.
    """
    disclosure, terms, sums = contract.model.disclosure, contract.model.figures, sums_of(contract)
    named = () if disclosure is None else disclosure.hidden or ()

    def is_unknown(id: str) -> bool:
        parts, operands = sums.get(id, ()), [one for one in terms[id].operands() if one in terms]
        added = bool(parts) and all(figures[one].value is not None for one in parts)
        follows = added or isinstance(terms[id], DerivedFigure)
        return (id in named and not follows) or any(is_unknown(one) for one in (*operands, *parts))

    return {id for id in terms if is_unknown(id)}


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


def as_named_today(contract: Contract, sha256: str, figures: Mapping[str, Shown]) -> list[Mapping[str, Shown]]:
    """What an earlier statement shows of each count, by its name in the contract of today.

    Parameters
    ----------
    contract : Contract
        Of today.
    sha256 : str
        Of the contract that the statement is on: the terms before an amendment may be in another file.
    figures : mapping of figure to Shown
        Of that statement.

    Returns
    -------
    list of mapping of figure to Shown
        The figures; and where an amendment may have given a count another name, of every count of today that is not
        among them every figure that is not in the contract of today. Which is which the statement cannot say.
    """
    renamed = renamed_counts(contract, sha256, figures)
    gone = [one for id, one in figures.items() if id not in contract.model.figures]
    return [figures, *(dict.fromkeys(renamed, one) for one in gone)]


def renamed_counts(contract: Contract, sha256: str, figures: Mapping[str, Shown]) -> tuple[str, ...]:
    """The counts of today that may have had another name in an earlier statement.

    Parameters
    ----------
    contract, sha256, figures
        As in `as_named_today`.

    Returns
    -------
    tuple of figure
        None where the statement is on the same contract file, or shows no figure that this one does not have.
    """
    terms = contract.model.figures
    if sha256 == contract.sha256 or all(id in terms for id in figures):
        return ()
    return tuple(id for id in terms if id not in figures and is_count(id, contract))


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What is known of the counts that are not shown exactly.

    Attributes
    ----------
    values : mapping of figure to tuple of str
        All that each may have, in order; of more than `MOST_LISTED` so many of the least, and the greatest.
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
        Nothing of a count that is derived, or that the contract says is a sum: those follow from the others. Nor of one
        that the contract hides or that depends on it: it may be any number or none, so that nothing hangs on it.
    """
    minimum, base, terms = minimum_of(contract), round_to_of(contract), contract.model.figures
    unknown = unknown_figures(contract, figures)
    told = {id: figure for id, figure in figures.items() if id not in unknown}
    counts = {id: count for id, figure in told.items() if (count := counted(id, figure, contract)) is not None}
    given = {id: count for id, count in counts.items() if not isinstance(terms[id], DerivedFigure)}
    hidden = {id: _hidden(id, count, earlier, minimum, base) for id, count in counts.items()}
    found = {id: hidden[id] or (rounded_alike(count, base),) for id, count in given.items() if hidden[id] or base > 1}
    added = [id for id, parts in sums_of(contract).items() if all(figures[part].value is not None for part in parts)]
    if base == 1:  # with another no count is exact
        narrow = {id: found.get(id, (range(count, count + 1),)) for id, count in given.items() if id not in added}
        wide = {id: _widened(values, _near(id, earlier, minimum, base), minimum) for id, values in narrow.items()}
        derived = [id for id in told if isinstance(terms[id], DerivedFigure) and is_count(id, contract)]
        small = range(1 - minimum, minimum)
        hides = {id: joined((small, *_near(id, earlier, minimum, base))) for id in derived}
        found |= {id: wide[id] for id in banded(contract, figures, narrow, wide, hides)}
    kept = {id: values for id, values in found.items() if id not in added}
    return Possible(
        values={
            id: tuple(written(one, figures[id].digits) for one in listed(values, MOST_LISTED))
            for id, values in kept.items()
        },
        rounded={
            id: written(rounded(counts[id], base), figures[id].digits) for id in kept if base > 1 and not hidden[id]
        },
    )


def ends_alone(
    id: str, count: int, contract: Contract, earlier: Sequence[Mapping[str, Shown]]
) -> tuple[tuple[int, int], ...]:
    """The ends of all values that a count may have, whatever the others are: for itself, then in the band it may be in.

    Parameters
    ----------
    id : str
    count : int
    contract : Contract
    earlier : sequence of mappings of figure to Shown

    Returns
    -------
    tuple of (int, int)
        In a band only of what a derived count is computed from.
    """
    minimum, base, terms = minimum_of(contract), round_to_of(contract), contract.model.figures
    own = _hidden(id, count, earlier, minimum, base) or (rounded_alike(count, base),)
    derived = [one for one, term in terms.items() if isinstance(term, DerivedFigure) and is_count(one, contract)]
    if base > 1 or not any(id in counts_behind(one, contract) for one in derived):
        return (ends(own),)
    return ends(own), ends(_widened(own, _near(id, earlier, minimum, base), minimum))


def small_values(count: int, minimum: int, base: int) -> range:
    """All values that a small count may have, with all that are rounded as one of them.

    Parameters
    ----------
    count : int
    minimum : int
    base : int
        That counts are rounded to; 1 leaves them as they are.

    Returns
    -------
    range
        None of a count that is not small.
    """
    small = _small(minimum, base)
    if count not in small:
        return range(0)
    return range(small.start, 0) if count < 0 else range(small.stop)


def _small(minimum: int, base: int) -> range:
    """All small counts, with all that are rounded as one of them."""
    own = range(1 - minimum, minimum)
    return _with_alike(own, base) if own else own


def _hidden(id: str, count: int, earlier: Sequence[Mapping[str, Shown]], minimum: int, base: int) -> Runs:
    """All values that a hidden count may have; none of a count that may be shown, be it rounded.

    It is hidden when it is small, and when it is less than the minimum from what an earlier statement shows, or in a
    range of one that was rounded otherwise. Its possible values are then all those for which it would have been hidden
    for the same reason, so that they do not tell which of them it has; with all that are rounded as one of them, so
    that no few of these are left to be shown.
    """
    if small := small_values(count, minimum, base):
        return (small,)
    near = _near(id, earlier, minimum, base)
    return near if any(count in run for run in near) else ()


def _near(id: str, earlier: Sequence[Mapping[str, Shown]], minimum: int, base: int) -> Runs:
    """The values, but for small ones, for which what earlier statements show hides a count."""
    near: list[range] = []
    for shown in (one[id] for one in earlier if id in one):
        low, high = whole(shown.low), whole(shown.high)
        if low is not None and high is not None and (told := _told(low, high, minimum, base)):
            near.append(_with_alike(told, base))
    return without(joined(near), _small(minimum, base))


def _told(low: int, high: int, minimum: int, base: int) -> range:
    """What an earlier statement would tell of a count beside a new one: those near an exact one, or in another range.

    A range that is made of whole ranges of this base tells nothing more beside them.
    """
    if low == high:
        return range(low - minimum + 1, low + minimum)
    before = range(low, high + 1)
    return range(0) if before and before == _with_alike(before, base) else before


def _with_alike(values: range, base: int) -> range:
    """The values, of which there is one, and all others that are rounded as one of them."""
    return range(rounded_alike(values[0], base).start, rounded_alike(values[-1], base).stop)


def _widened(values: Runs, near: Runs, minimum: int) -> Runs:
    """The band of a count, of which small ones are one; with those near what an earlier statement shows, if it has one.

    So that the values of a count for itself are all in one band.
    """
    own, touched = (
        joined(range(band(run[0], minimum).start, band(run[-1], minimum).stop) for run in runs)
        for runs in (values, near)
    )
    return joined((*own, *touched)) if meet(own, touched) else own


def band(count: int, minimum: int) -> range:
    """As many values as small ones, of one sign, one of which a count is: 5 to 9 with a minimum of 5.

    Parameters
    ----------
    count : int
    minimum : int

    Returns
    -------
    range
        In order.
    """
    width = max(minimum, 1)
    start = abs(count) // width * width
    least, above = max(start, int(count < 0)), start + width
    return range(1 - above, 1 - least) if count < 0 else range(least, above)

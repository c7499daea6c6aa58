"""Which counts are shown within a band, since a count that is derived from them may be hidden, and within which."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from effekt.certificates.counts import is_count
from effekt.certificates.ranges import sums_of
from effekt.certificates.runs import Runs, ends, meet
from effekt.contracts import Contract, Figure
from effekt.contracts.figures import Derived, DerivedFigure, quantise
from effekt.contracts.schema import is_decimal

Ends = tuple[Fraction, Fraction]
_ANY = (-Fraction(10**30), Fraction(10**30))  # of a ratio over what may be zero: further than any count
_RISING = ("sum", "mix", "greatest", "least")  # with each operand


def banded(
    contract: Contract,
    figures: Mapping[str, Figure],
    narrow: Mapping[str, Runs],
    wide: Mapping[str, Runs],
    hidden: Mapping[str, Runs],
) -> set[str]:
    """The counts that are shown within their band, and not as they would be for themselves.

    Parameters
    ----------
    contract : Contract
    figures : mapping of figure to Figure
    narrow, wide : mapping of count to tuple of range
        Its possible values for itself, one where it is shown exactly, and those of its band, which are all those of
        each of its values for itself.
    hidden : mapping of derived count to tuple of range
        The values for which it is hidden.

    Returns
    -------
    set of str
        Each count behind a derived one that is hidden for any of the possible values.

    Notes
    -----
    It is decided of possible values and never of the true ones, or which counts are shown exactly would tell these.
    First all counts are taken to be within their bands. Those of which nothing that is derived may then be hidden are
    taken as they are for themselves, and so on until nothing changes. What is decided in each step is the same for all
    values that are possible in it, and so for those in the end, which are among them.
    """
    within = set(wide)
    while True:
        box = {id: wide[id] if id in within else values for id, values in narrow.items()}
        told = [id for id, values in hidden.items() if _may_be(id, values, contract, figures, box)]
        forced = {one for id in told for one in counts_behind(id, contract)}.intersection(wide)
        if forced == within:
            return within
        within = forced


def _may_be(
    id: str,
    values: Runs,
    contract: Contract,
    figures: Mapping[str, Figure],
    box: Mapping[str, Runs],
) -> bool:
    reach = _reach(id, contract, figures, box)
    return reach is not None and meet((range(math.ceil(reach[0]), math.floor(reach[1]) + 1),), values)


def counts_behind(id: str, contract: Contract) -> Iterator[str]:
    """The counts that a figure is computed from or declared the sum of, through others too.

    Parameters
    ----------
    id : str
    contract : Contract

    Yields
    ------
    str
        One that is behind it twice is told twice.
    """
    terms = contract.model.figures
    for operand in (*terms[id].operands(), *sums_of(contract).get(id, ())):
        if operand in terms:
            yield from counts_behind(operand, contract)
            if is_count(operand, contract):
                yield operand


def _reach(id: str, contract: Contract, figures: Mapping[str, Figure], box: Mapping[str, Runs]) -> Ends | None:
    """Between which ends a figure is over all possible values of the counts, or wider; None where it has no value."""
    if id in box:
        least, most = ends(box[id])
        return Fraction(least), Fraction(most)
    if not any(_is_unsure(box[one]) for one in counts_behind(id, contract) if one in box):
        value = figures[id].value
        return None if value is None else (Fraction(value), Fraction(value))
    term = contract.model.figures[id]
    if not isinstance(term, DerivedFigure):
        parts = [_reach(one, contract, figures, box) for one in sums_of(contract)[id]]
        known = [one for one in parts if one is not None]
        return sum((low for low, _ in known), Fraction(0)), sum((high for _, high in known), Fraction(0))
    operands = [
        (Fraction(one), Fraction(one)) if is_decimal(one) else _reach(one, contract, figures, box)
        for one in term.derived.operands()
    ]
    reach = _derived(term.derived, operands)
    if reach is None:
        return None
    low, high = (Fraction(quantise(end, term.digits)) for end in reach)
    return low, high


def _is_unsure(values: Runs) -> bool:
    least, most = ends(values)
    return least < most


def _derived(derived: Derived, operands: Sequence[Ends | None]) -> Ends | None:
    known = [one for one in operands if one is not None]
    if derived.fallback is not None and known:
        return min(low for low, _ in known), max(high for _, high in known)
    if len(known) < len(operands) or not known:
        return None
    if any(getattr(derived, kind) is not None for kind in _RISING):
        corners = [[low for low, _ in known], [high for _, high in known]]
    elif derived.product is not None:
        return _multiplied(known)
    else:
        corners = [list(one) for one in itertools.product(*known)]
        divided = derived.difference is None
        if divided and known[1][0] <= 0 <= known[1][1]:
            return _ANY
    values = [value for corner in corners if (value := derived.value(corner)) is not None]
    return (min(values), max(values)) if values else None


def _multiplied(operands: Sequence[Ends]) -> Ends:
    low, high = operands[0]
    for one, two in operands[1:]:
        corners = (low * one, low * two, high * one, high * two)
        low, high = min(corners), max(corners)
    return low, high

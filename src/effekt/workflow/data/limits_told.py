"""Limits of a contract's own that would tell of a count that it hides: refused before signing.

The verdict is shown, and what it moves, also where the number is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt.certificates.check_numbers import counts_units, of_units
from effekt.certificates.published import tells
from effekt.contracts import Contract
from effekt.contracts.agreed_limits import limits_of
from effekt.contracts.model import Analysis
from effekt.workflow.data.check_numbers import NUMBERS

Fault = tuple[tuple[str | int, ...], str]


def limits_told(id: str, analysis: Analysis, contract: Contract) -> Iterator[Fault]:
    """Limits whose verdict would tell of a hidden count: of a count below those, or near each other, or of a share.

    Parameters
    ----------
    id : str
        The analysis.
    analysis : Analysis
    contract : Contract

    Yields
    ------
    (tuple, str)
        The place in the file, and the sentence.
    """
    disclosure = contract.model.disclosure
    minimum = 0 if disclosure is None else disclosure.minimum
    for name, limit in limits_of(analysis.required_checks).items() if minimum else ():
        place = ("analysis", id, "required_checks", name)
        where = ".".join(place)
        if not tells(name, limit.number, counts=any(counts_units(name, one) for one in NUMBERS.get(name, ()))):
            continue
        if not _is_size(name, limit.number):
            yield (
                (*place, "number"),
                f"{where}.number must give no count back, since whether it is within its limit would tell of a count "
                f"below disclosure.minimum, {minimum}; got {limit.number}. Name a count, or require the check by "
                "effekt's own limit.",
            )
            continue
        ends = {key: end for key in ("min", "max") if (end := getattr(limit, key)) is not None}
        below = {key: end for key, end in ends.items() if Fraction(end) < minimum}
        for key, end in below.items():
            yield (
                (*place, key),
                f"{where}.{key} must be at least disclosure.minimum, {minimum}, since a figure with or without a value "
                f"would tell of a hidden count; got {end}.",
            )
        if len(ends) > 1 and not below and Fraction(ends["max"]) - Fraction(ends["min"]) < minimum:
            yield (
                (*place, "max"),
                f"{where}.max must be above min, {ends['min']}, by at least disclosure.minimum, {minimum}, since a "
                f"count that is within so little is known, and what it leaves of another; got {ends['max']}. Widen the "
                "limit, or keep one end of it.",
            )


def _is_size(check: str, number: str) -> bool:
    """Whether a number is a count, or an effective size, which is at most one."""
    effective = number.startswith("effective_") and not number.startswith("effective_per_")
    return counts_units(check, number) if not effective else of_units(check, number)

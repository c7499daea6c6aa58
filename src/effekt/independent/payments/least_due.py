"""The least that a line can be due by the contract file alone, whatever its figures are: by a second route.

What a payee can have paid back is bounded by it.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from effekt.independent.payments.payment_terms import LIMITS, ONE, OVER_TIME, ZERO, Clauses, Figures, Part

Least: TypeAlias = Fraction | None  # None: nothing bounds it


def least_due(part: Part) -> Least:
    """The least that a clause, or a line, can come to.

    Parameters
    ----------
    part : mapping
        As the contract file has it.

    Returns
    -------
    fraction or None
        None where nothing bounds it.
    """
    inner = part["pays"] if "payee" in part else None
    ((way, terms),) = [("line", inner)] if inner else [(key, value) for key, value in part.items() if key not in LIMITS]
    least = least_due(terms) if inner else _of_a_way(way, terms)
    if least is not None and "cap" in part:
        least = min(least, Fraction(part["cap"]))
    if "floor" in part:
        least = Fraction(part["floor"]) if least is None else max(least, Fraction(part["floor"]))
    return least if least is None or "when" not in part else min(least, ZERO)


def _of_a_way(way: str, terms: Any) -> Least:
    if way == "fixed":
        return Fraction(terms)
    if way in ("unit_price", "share_of_savings"):
        return ZERO if terms["below_zero"] == "zero" else None
    if way == "tiers":
        return min(ZERO, *(Fraction(step["pays"]) for step in terms["steps"]))
    if way == "bands":
        return min(ZERO, *(Fraction(band[end]) for band in terms["bands"] for end in ("pays_from", "pays_to")))
    if way == "piecewise":
        return min(Fraction(point["pays"]) for point in terms["points"])
    if way in ("greater_of", "lesser_of", "sum"):
        return _of_several(way, [least_due(one) for one in terms])
    if way in OVER_TIME:
        return _multiplied(least_due(terms["pays"]), way, terms)
    return ZERO  # milestones


def _of_several(way: str, least: Sequence[Least]) -> Least:
    bounded = [one for one in least if one is not None]
    if way == "greater_of":
        return max(bounded, default=None)
    if len(bounded) < len(least):
        return None
    return sum(bounded, ZERO) if way == "sum" else min(bounded)


def _multiplied(least: Least, way: str, terms: Part) -> Least:
    """A negative amount grows by the greatest factor, another by the least."""
    if not least:
        return least
    low, high = _factors(way, terms)
    factor = high if least < 0 else low
    return None if factor is None else least * factor


def _factors(way: str, terms: Part) -> tuple[Fraction, Least]:
    """The least and the greatest factor: one where the file has all of it, and else by the sign of a rate it has."""
    read = {"indexed": ("figure", "base"), "interest": ("rate", "from", "to")}.get(way, ("rate", "periods"))
    if all(_is_given(terms[key]) for key in read):
        known = Clauses(Figures({}, {})).factor(way, terms)
        if isinstance(known, Fraction):
            return known, known
    if way == "interest":
        return (ONE if terms["gives"] == "amount_with_interest" else ZERO), None
    if way == "indexed" or not _is_given(terms["rate"]):
        return ZERO, None
    grows = (Fraction(terms["rate"]) > 0) == (way == "escalated") and Fraction(terms["rate"]) != 0
    return (ONE, None) if grows else (ZERO, ONE)


def _is_given(operand: str) -> bool:
    """Whether the file itself has the number or the day: a figure's name starts with a letter."""
    return not operand[:1].isalpha()

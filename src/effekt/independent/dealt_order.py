"""Second route to the order of clusters in which ways of dealing adoption are drawn; it depends on no label.

By start, number of units, and the sum of their changes since the first period in each later one. A cluster of one unit
has the change of its outcomes as they are rounded to floats. Sums of several are exact here and rounded in the first
route: where two clusters' sums are as good as equal in a period, and what comes after would tell them apart, their
order may be chance, and the second route declines. So it does where only covariates could tell them apart.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from effekt.independent.adoption_panel import Adoption, Unit
from effekt.independent.limits import NotRepeatedError

NEAR = Fraction(1, 10**9)  # of the largest outcome, by which sums must differ to tell which is larger
Key = tuple[int, int, list[Fraction]]


def in_order(panel: Adoption) -> list[str]:
    """Return the clusters by name, in their order."""
    members: dict[str, list[Unit]] = {}
    for unit in panel.units:
        members.setdefault(unit.cluster, []).append(unit)
    keys = {name: (units[0].start, len(units), _changes(units)) for name, units in members.items()}
    names = sorted(members, key=lambda name: keys[name])
    cells = [value for unit in panel.units for value in unit.y]
    whole = all(value.denominator & (value.denominator - 1) == 0 for value in cells)
    near, adjusted = NEAR * max(map(abs, cells)), bool(panel.units[0].x)
    for one, other in pairwise(keys[name] for name in names):
        rounded = not whole and one[1] > 1
        if one[:2] == other[:2] and _order_is_chance(one[2], other[2], near if rounded else Fraction(0), adjusted):
            raise NotRepeatedError(
                "two clusters with the same start and size have sums that differ by rounding alone, so the second "
                "route cannot tell which is dealt to first.",
                "två kluster med samma start och storlek har summor som bara skiljer sig genom avrundning, så den kan "
                "inte avgöra vilket som kommer först.",
            )
    return names


def _changes(units: Sequence[Unit]) -> list[Fraction]:
    """Return the sums of the units' changes since the first period."""
    if len(units) == 1:
        first, *later = map(float, units[0].y)
        return [Fraction(value - first) for value in later]
    return [sum((unit.y[t] - unit.y[0] for unit in units), Fraction(0)) for t in range(1, len(units[0].y))]


def _order_is_chance(one: Sequence[Fraction], other: Sequence[Fraction], near: Fraction, adjusted: bool) -> bool:
    """Return whether two clusters are told apart only after sums that may be rounded either way, or by covariates."""
    for a, b in zip(one, other, strict=True):
        if abs(a - b) > near:
            return False
        if near and one != other:
            return True
    return adjusted

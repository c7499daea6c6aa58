"""Second route to the order of clusters in which ways of dealing adoption are drawn; it depends on no label.

By start, number of units, and the sum of their changes since the first period in each later one: changes are those of
the outcomes as they are rounded to floats, and their sum is rounded once, which no order of the units moves. Clusters
alike in all of these are alike in whatever is dealt, unless covariates tell them apart: then by the sums of each
covariate times the changes, of the covariates, and of their products. These are taken exactly here and of standardised
floats there, so the second route declines where two of them are equal by more than being sums of the same.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cmp_to_key

from effekt.independent.limits import NotRepeatedError
from effekt.independent.panels.adoption_panel import Adoption, Unit

NEAR = Fraction(1, 10**9)  # of the sizes of what is added, beside which a difference may be one of rounding


def in_order(panel: Adoption) -> list[str]:
    """Return the clusters by name, in their order."""
    members: dict[str, list[Unit]] = {}
    for unit in panel.units:
        members.setdefault(unit.cluster, []).append(unit)
    keys = {name: (units[0].start, len(units), _changes(units)) for name, units in members.items()}
    if not panel.units[0].x:
        return sorted(members, key=lambda name: keys[name])
    middles = [
        sum(line, Fraction(0)) / len(panel.units) for line in zip(*(unit.x for unit in panel.units), strict=True)
    ]
    centred = {
        name: [
            unit._replace(x=[value - middle for value, middle in zip(unit.x, middles, strict=True)]) for unit in units
        ]
        for name, units in members.items()
    }

    def compared(one: str, other: str) -> int:
        if keys[one] != keys[other]:
            return -1 if keys[one] < keys[other] else 1
        return _by_covariates(centred[one], centred[other])

    return sorted(members, key=cmp_to_key(compared))


def _by_covariates(one: Sequence[Unit], other: Sequence[Unit]) -> int:
    """Return -1 or 1 for the cluster that covariates put first, 0 where both are the same in all."""
    for first, second in zip(_factors(one), _factors(other), strict=True):
        if sorted(first) == sorted(second):
            continue
        products = [[a * b for a, b in pairs] for pairs in (first, second)]
        sums = [sum(own, Fraction(0)) for own in products]
        apart, size = sums[0] - sums[1], sum((abs(value) for own in products for value in own), Fraction(0))
        if abs(apart) <= NEAR * size:
            raise NotRepeatedError(
                "covariates tell two clusters with the same start, size and changes apart by less than rounding, so "
                "the second route cannot tell which is dealt to first.",
                "kovariaten skiljer två kluster med samma start, storlek och förändringar åt med mindre än "
                "avrundningen, så den kan inte avgöra vilket som kommer först.",
            )
        return -1 if apart < 0 else 1
    return 0


def _factors(units: Sequence[Unit]) -> Iterator[list[tuple[Fraction, Fraction]]]:
    """Yield of what products each sum is: each covariate and the changes of a period, then any two of 1 and x."""
    x = [[Fraction(1), *unit.x] for unit in units]
    moves = [[Fraction(float(value)) - Fraction(float(unit.y[0])) for value in unit.y[1:]] for unit in units]
    for j in range(1, len(x[0])):
        for t in range(len(moves[0])):
            yield [(row[j], move[t]) for row, move in zip(x, moves, strict=True) if move[t]]
    for j in range(len(x[0])):
        for k in range(len(x[0])):
            yield [(row[j], row[k]) for row in x]


def _changes(units: Sequence[Unit]) -> list[float]:
    """Return the sums of the units' changes since the first period, each rounded once."""
    outcomes = [[float(value) for value in unit.y] for unit in units]
    return [math.fsum(own[t] - own[0] for own in outcomes) for t in range(1, len(outcomes[0]))]

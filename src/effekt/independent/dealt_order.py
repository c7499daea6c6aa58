"""Second route to the order of clusters in which ways of dealing adoption are drawn; it depends on no label.

By start, number of units, and the sum of their changes since the first period in each later one: changes are those of
the outcomes as they are rounded to floats, and their sum is rounded once, which no order of the units moves. Clusters
alike in all of these are alike in whatever is dealt, unless covariates tell them apart: then the second route declines.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from effekt.independent.adoption_panel import Adoption, Unit
from effekt.independent.limits import NotRepeatedError


def in_order(panel: Adoption) -> list[str]:
    """Return the clusters by name, in their order."""
    members: dict[str, list[Unit]] = {}
    for unit in panel.units:
        members.setdefault(unit.cluster, []).append(unit)
    keys = {name: (units[0].start, len(units), _changes(units)) for name, units in members.items()}
    names = sorted(members, key=lambda name: keys[name])
    if panel.units[0].x and any(keys[one] == keys[other] for one, other in pairwise(names)):
        raise NotRepeatedError(
            "two clusters with the same start, size and changes are told apart by covariates alone, so the second "
            "route cannot tell which is dealt to first.",
            "två kluster med samma start, storlek och förändringar skiljs bara åt av kovariaten, så den kan inte "
            "avgöra vilket som kommer först.",
        )
    return names


def _changes(units: Sequence[Unit]) -> list[float]:
    """Return the sums of the units' changes since the first period, each rounded once."""
    outcomes = [[float(value) for value in unit.y] for unit in units]
    return [math.fsum(own[t] - own[0] for own in outcomes) for t in range(1, len(outcomes[0]))]

"""The spread of placebos as a standard error: as many donors as are treated, in the place of the treated.

Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, doi:10.1257/aer.20190159), algorithm 4, with every group of donors
once for groups drawn by chance, and in place of its divisor 1 and its normal the factor J/(J − 1) and a t with J − 1
degrees of freedom, J being the number of donors. With one treated unit that is the divisor J − 1.

Why J − 1 for groups as well: where weights are even, the mean of m donors less that of the others has over all groups
the variance s²·J/(m(J − m)), s² (ddof 1) being that between donors: one number with J − 1 degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

from effekt._inference import FixedDf, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt.estimators.synthetic.comparison import Rule
from effekt.estimators.synthetic.panel import Paths
from effekt.estimators.synthetic.placebos import Found
from effekt.estimators.trend.inference import spread_inference
from effekt.exceptions import ArgumentError
from effekt.result import Note

MOST_GROUPS = 2_000


def check_groups(paths: Paths) -> None:
    """Refuse more groups than are worth the wait."""
    count = _count(paths)
    if count > MOST_GROUPS:
        raise ArgumentError(
            f"`inference` cannot be 'placebo_variance' with {len(paths.treated_units)} treated units and "
            f"{len(paths.donors)} donors: they make {count} groups of donors as many as the treated, and at most "
            f"{MOST_GROUPS} are compared. Name fewer `donors`, or use inference='placebo'."
        )


def placebo_spread(paths: Paths, rule: Rule, found: Found) -> StudentT | Unavailable:
    """The standard deviation of what is found with donors in the place of the treated, in the outcome's unit."""
    donors, size = len(paths.donors), len(paths.treated_units)
    if size >= donors:
        return Unavailable(reason=_few_donors(size, donors))
    errors = [one.effect for one in found.placebos] if size == 1 else group_effects(paths, rule)
    largest = max(map(abs, (*paths.levels, paths.donors_after, *paths.donors_before.tolist())))
    spread = spread_inference(sorted(errors), "linear", largest)
    if size == 1 or isinstance(spread, Unavailable):
        return spread
    count = len(errors)
    variance = spread.covariance[2] * (count - 1) / count * donors / (donors - 1)
    return replace(spread, covariance=(0.0, 0.0, variance), df=FixedDf(df=float(donors - 1)))


def group_effects(paths: Paths, rule: Rule) -> list[float]:
    """The effect of every group of as many donors as are treated, against the other donors."""
    pool, size = range(1, len(paths.donors) + 1), len(paths.treated_units)
    found = []
    for group in combinations(pool, size):
        own = paths.of_group(tuple(paths.donors[one - 1] for one in group))
        others = tuple(one for one in pool if one not in group)
        found.append(rule.of_group(own, group).compare(0, others, size).effect)
    return found


def groups_note(paths: Paths) -> Note:
    """Whose spread the standard error is, where several units are treated."""
    count, size = _count(paths), len(paths.treated_units)
    return Note(
        code="placebo_groups",
        text=Text(
            en=f"The standard error is the spread of {format_number(count, 'en')} comparisons, in each of which "
            f"{size} donors together stand in the place of the {size} treated units.",
            sv=f"Medelfelet är spridningen i {format_number(count, 'sv')} jämförelser, där {size} jämförelseenheter "
            f"tillsammans ställs i de {size} behandlades ställe.",
        ),
    )


def _count(paths: Paths) -> int:
    return math.comb(len(paths.donors), len(paths.treated_units))


def _few_donors(size: int, donors: int) -> Text:
    return Text(
        en=f"A standard error from placebos needs more donors than treated units; there are {donors} and {size}. "
        "inference='placebo' ranks the donors.",
        sv=f"Ett medelfel från placebo kräver fler jämförelseenheter än behandlade; de är {donors} och {size}. "
        "inference='placebo' rangordnar jämförelseenheterna.",
    )

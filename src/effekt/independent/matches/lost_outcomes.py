"""Second route for who of a match is left to compare where outcomes are missing and ``missing="drop"``.

The match is made before outcomes are seen, of all its units. A unit without an outcome goes afterwards, and with it
whoever then has nobody left to be compared with.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from effekt.independent.columns import Columns, absent, column, number
from effekt.independent.limits import NotRepeatedError


def without_outcome(
    columns: Columns, outcome: str, others: Sequence[str], missing: str, *, repeated: bool = True
) -> tuple[Columns, frozenset[int]]:
    """Return the columns with a number for each missing outcome, which nothing may read, and the rows of these.

    ``others`` are the columns that the comparison reads beside the outcome; ``repeated`` says that this route has the
    comparison of those who are left.
    """
    lost = frozenset(row for row, cell in enumerate(column(columns, outcome)) if absent(cell))
    lacking = any(absent(cell) for name in others for cell in column(columns, name))
    if missing != "drop" or not (lost or lacking):
        return columns, frozenset()
    if lacking or not repeated:
        raise NotRepeatedError(
            "the second route follows missing='drop' after a match where outcomes alone are missing, and not with a "
            "variance from neighbours.",
            "den följer missing='drop' efter en matchning där enbart utfall saknas, och inte med en varians från "
            "grannar.",
        )
    return {**columns, outcome: [0 if row in lost else cell for row, cell in enumerate(columns[outcome])]}, lost


def left(controls: Mapping[int, list[int]], lost: Collection[int]) -> dict[int, list[int]]:
    """Return the controls that each matched row has left, of rows that have any."""
    there = {i: [j for j in chosen if j not in lost] for i, chosen in controls.items() if i not in lost}
    return {i: chosen for i, chosen in there.items() if chosen}


def compared_share(columns: Columns, treatment: str, compared: int) -> Fraction:
    """Return the part that so many are of all treated rows, those with another cell empty among them."""
    return Fraction(compared, sum(number(cell) == 1 for cell in column(columns, treatment) if not absent(cell)))

"""Second route for what a rate card must not count: one period in two forms."""

from collections.abc import Sequence

from effekt.exceptions import DataError
from effekt.independent.columns import number
from effekt.independent.periods import span


def refuse_mixture(times: Sequence[str], name: str) -> None:
    """Raise where cells of time are of several kinds, or one of them in two spellings; numbers are one kind."""
    kinds = {cell: _kind(cell) for cell in dict.fromkeys(times)}
    if (0, "") in kinds.values() and all(map(_counts, kinds)):
        kinds = dict.fromkeys(kinds, (0, ""))
    spellings: dict[str, str] = {}
    for row, cell in enumerate(times, start=1):
        plain = cell.replace("-", " ").replace("_", " ").casefold()
        twice = kinds[cell] == (0, "") and spellings.setdefault(plain, cell) != cell
        if twice or kinds[cell] != kinds[times[0]]:
            raise DataError(
                f"column {name!r} must hold one kind of period, day or milestone, which row {row} does not; write all "
                "in one form."
            )


def _counts(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


def _kind(cell: str) -> tuple[int, str]:
    """Return the months of a period, or the signs of a day or a moment; of other words nothing."""
    signs = "".join("9" if sign.isdigit() else sign for sign in cell.split(".")[0])
    try:
        months = span(cell)[1]
    except ValueError:
        return (0, signs if signs.startswith("9999-99-99") else "")
    return (months, "/" if "/" in cell else "") if months else (0, signs)

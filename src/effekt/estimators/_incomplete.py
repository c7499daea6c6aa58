"""What is told of units that lack a period."""

from __future__ import annotations

from effekt._text import Text
from effekt._validation import plural
from effekt.result import Note


def incomplete_notes(count: int, eligible: str | None = None) -> tuple[Note, ...]:
    """How many units are left out whole because they lack a period, or one of the two subgroups in it."""
    if not count:
        return ()
    en, sv = "a period", "någon period"
    if eligible is not None:
        en, sv = (
            f"a period, or in it those with 0 or with 1 in {eligible!r},",
            (f"någon period, eller i den dem med 0 eller med 1 i {eligible!r},"),
        )
    return (
        Note(
            code="incomplete_units",
            text=Text(
                en=f"{plural(count, 'unit')} that {'lacks' if count == 1 else 'lack'} {en} "
                f"{'was' if count == 1 else 'were'} left out whole.",
                sv=f"{count} enhet{'' if count == 1 else 'er'} som saknar {sv} har lämnats utanför helt.",
            ),
        ),
    )

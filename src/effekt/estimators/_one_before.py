"""That a single period before the intervention carries a comparison."""

from __future__ import annotations

from effekt._text import Text
from effekt.result import Note

ONE_BEFORE = Note(
    code="one_period_before",
    text=Text(
        en="Only one period lies before the intervention. Whether those compared changed alike until then cannot be "
        "seen, and what was by chance in that period is part of the figure.",
        sv="Bara en period ligger före insatsen. Om de jämförda förändrades lika fram till dess går inte att se, och "
        "det som var slump i den perioden är en del av siffran.",
    ),
)


def one_before_notes(count: int) -> tuple[Note, ...]:
    """The note where the comparison has one period before."""
    return (ONE_BEFORE,) if count == 1 else ()

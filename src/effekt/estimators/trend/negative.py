"""A numerator below 0 where the outcome may be: money can be, no count of events or days is."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._text import Text, format_number
from effekt.estimators.trend.comparison import Design
from effekt.result import Note
from effekt.roles import Outcome


def negative_notes(outcome: Outcome, numerators: Sequence[int]) -> tuple[Note, ...]:
    """That the numerator of an outcome of two columns is below 0 for some unit in some period."""
    count = sum(one < 0 for one in numerators)
    if not count or len(outcome.columns) == 1:
        return ()
    below, of, below_sv, of_sv = (
        format_number(number, language) for language in ("en", "sv") for number in (count, len(numerators))
    )
    text = Text(
        en=f"The numerator {outcome.columns[0]!r} is below 0 in {below} of {of} cells of a unit and a period. Money "
        "may be, no count of events or days is: if it is one, count a correction in the period that it corrects.",
        sv=f"Täljaren {outcome.columns[0]!r} är under 0 i {below_sv} av {of_sv} celler av en enhet och en period. "
        "Pengar kan vara det, men inget antal händelser eller dagar: är den ett sådant, räkna en rättelse i den "
        "period som den rättar.",
    )
    return (Note(code="negative_numerators", text=text),)


def compared_numerators(design: Design, units: Sequence[str]) -> list[int]:
    """Those of some units in both windows."""
    times = sorted({t for span in design.spans for t in span.times})
    found = design.panel.numerators
    return [found[unit, t] for unit in units for t in times if (unit, t) in found]

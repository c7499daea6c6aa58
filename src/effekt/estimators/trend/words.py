"""What stands beside the figure: its other readings, its placebos and its notes."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._text import Text
from effekt.estimators.trend.comparison import ADJUSTMENTS, Adjustment, Comparison, distribution
from effekt.result import Diagnostic, Note


def trend_diagnostics(
    found: Comparison, adjustment: Adjustment, placebos: Sequence[Comparison]
) -> tuple[Diagnostic, ...]:
    """The other readings, and the placebos."""
    diagnostics = [_readings(found, adjustment)]
    if len(placebos) > 1:
        diagnostics.append(distribution(placebos, adjustment, (), None))
    return tuple(diagnostics)


def _readings(found: Comparison, adjustment: Adjustment) -> Diagnostic:
    """The relative change under each reading of "trend-adjusted", where it has one; before–after has no other."""
    values: dict[str, float | int | str | None] = {"paying": adjustment}
    for reading in ADJUSTMENTS if adjustment != "none" else (adjustment,):
        counterfactual = found.counterfactual(reading) if reading != "ratio" or found.comparator_reference > 0 else 0
        if counterfactual > 0:
            values[f"relative_{reading}"] = float(found.evaluation / counterfactual - 1)
    return Diagnostic(
        name="adjustment_readings",
        status="information",
        statement=Text(
            en="The relative change under each reading of the trend adjustment; only the declared one counts.",
            sv="Den relativa förändringen enligt varje läsning av trendjusteringen; bara den avtalade gäller.",
        ),
        values=values,
    )


def trend_notes(adjustment: Adjustment, comparator_units: Sequence[str], comparator: object) -> tuple[Note, ...]:
    """What whoever reads the figure must know."""
    notes = []
    if adjustment == "none":
        notes.append(
            Note(
                code="before_after",
                text=Text(
                    en="Before–after, not an effect: nothing separates the intervention from all else that changed.",
                    sv="Före–efter, inte en effekt: inget skiljer insatsen från allt annat som förändrades.",
                ),
            )
        )
    if len(comparator_units) == 1 and comparator != "others":
        notes.append(
            Note(
                code="comparator_series",
                text=Text(
                    en="The comparator is one series; if it includes the treated units, the effect is understated by "
                    "about their share of it.",
                    sv="Jämförelsen är en enda serie; om den innehåller de behandlade enheterna underskattas effekten "
                    "med ungefär deras andel av den.",
                ),
            )
        )
    return tuple(notes)


def vintage_note(vintage: str | None) -> tuple[Note, ...]:
    """Which edition of the data the figure rests on."""
    if vintage is None:
        return ()
    return (
        Note(
            code="data_vintage",
            text=Text(
                en=f"Data as of: {vintage}. A later revision is another figure.",
                sv=f"Dataversion: {vintage}. En senare revidering ger en annan siffra.",
            ),
        ),
    )

"""What stands beside the figure: its other readings, its placebos and its notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from effekt._calendar import PARTS
from effekt._text import Text
from effekt._types import Period
from effekt.estimators.trend.comparison import ADJUSTMENTS, Adjustment, Comparison, Trend, distribution
from effekt.estimators.trend.own_unit import OwnUnit, series_note
from effekt.result import Diagnostic, Note

PLURALS = {"month": "månader", "quarter": "kvartal", "tertial": "tertial", "year": "år", "season": "säsonger"}


def trend_diagnostics(
    found: Comparison,
    adjustment: Adjustment,
    placebos: Sequence[Comparison],
    trend: Trend,
    better: Literal["lower", "higher"] | None,
    *,
    ranked: bool,
) -> tuple[Diagnostic, ...]:
    """The other readings, and the placebos."""
    diagnostics = [_readings(found, adjustment)]
    if found.trend is not None:
        diagnostics.append(_trends(found, trend))
    if len(placebos) > 1:
        diagnostics.append(distribution(placebos, adjustment, (), None, better, ranked=ranked))
    return tuple(diagnostics)


def _readings(found: Comparison, adjustment: Adjustment) -> Diagnostic:
    """The relative change under each reading of "trend-adjusted", where it has one; before–after has no other."""
    values: dict[str, float | int | str | None] = {"paying": adjustment}
    for reading in ADJUSTMENTS if adjustment != "none" else (adjustment,):
        has_trend = reading != "ratio" or found.comparator_reference.is_positive()
        if has_trend and found.counterfactual(reading).is_positive():
            values[f"relative_{reading}"] = found.relative(reading)
    return Diagnostic(
        name="adjustment_readings",
        status="information",
        statement=Text(
            en="The relative change under each reading of the trend adjustment; only the declared one counts.",
            sv="Den relativa förändringen enligt varje läsning av trendjusteringen; bara den avtalade gäller.",
        ),
        values=values,
    )


def _trends(found: Comparison, trend: Trend) -> Diagnostic:
    """The relative change with the ratio of means beside the declared mean of ratios."""
    of_means = replace(found, trend=None)
    name = _PERIODS_TREND if trend == "mean_of_period_ratios" else _UNITS_TREND
    return Diagnostic(
        name="trend_readings",
        status="information",
        statement=Text(
            en=f"The relative change with {name.en}; only the declared one counts.",
            sv=f"Den relativa förändringen med {name.sv}; bara den avtalade gäller.",
        ),
        values={
            f"relative_{trend}": found.relative("ratio"),
            "relative_ratio_of_means": of_means.relative("ratio"),
        },
    )


_UNITS_TREND = Text(
    en="the mean of the comparator units' own ratios as trend, as declared, and with the ratio of their means",
    sv="medelvärdet av jämförelseenheternas egna kvoter som trend, som avtalat, och med kvoten av deras medelvärden",
)
_PERIODS_TREND = Text(
    en="the mean of the changes of the evaluation's periods, as declared, and with that of the windows' means",
    sv="medelvärdet av förändringarna i utvärderingens perioder, som avtalat, och med den mellan fönstrens medelvärden",
)


def trend_notes(
    adjustment: Adjustment, comparator_units: Sequence[str], comparator: object, own_unit: OwnUnit | None
) -> tuple[Note, ...]:
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
        notes.append(series_note(own_unit))
    return tuple(notes)


def season_note(reference: Sequence[int], evaluation: Sequence[int], period: Period) -> tuple[Note, ...]:
    """That the windows hold the parts of a year in other proportions, as a quarter against whole years does."""
    parts = PARTS[period]
    before, after = (Counter(t % parts for t in times) for times in (reference, evaluation))
    if all(before[part] * len(evaluation) == after[part] * len(reference) for part in range(parts)):
        return ()
    return (
        Note(
            code="other_seasons",
            text=Text(
                en=f"The evaluation holds the {period}s of a year in other proportions than the reference, so that a "
                "seasonal pattern of the treated which the comparator does not share is part of the figure; "
                "same_months=True would compare like with like.",
                sv=f"Utvärderingen innehåller årets {PLURALS[period]} i andra proportioner än referensen, så att ett "
                "säsongsmönster hos de behandlade som jämförelsen inte delar ingår i siffran; same_months=True skulle "
                "jämföra lika med lika.",
            ),
        ),
    )


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

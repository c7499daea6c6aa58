"""What the same comparison finds in units without the intervention."""

from __future__ import annotations

import math
from collections.abc import Sequence

from effekt._inference import Inference, Placebos, Unavailable
from effekt._text import Text
from effekt.estimators.trend.checks import check_positive_placebos
from effekt.estimators.trend.comparison import Adjustment, Comparison, Design


def find_placebos(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> tuple[Comparison, ...]:
    """Each comparator unit against the rest; with one published series, each other unit against that series."""
    if len(comparator) > 1:
        found = design.compare_each(comparator)
    else:
        others = [name for name in design.panel.units if name not in (*treated, *comparator)]
        complete = [one for one in others if not _gaps(design, one)]
        found = [design.compare((one,), comparator) for one in complete] if comparator else []
    check_positive_placebos(found, design.adjustment, "Use adjustment='difference', or inference='none'.")
    return tuple(found)


def _gaps(design: Design, unit: str) -> bool:
    return any(design.panel.missing((unit,), span.times) for span in (design.reference, design.evaluation))


def placebo_inference(placebos: Sequence[Comparison], inference: str, adjustment: Adjustment) -> Inference:
    """The errors of the placebos on the declared scale, or why there are none."""
    if adjustment == "none":
        return Unavailable(
            reason=Text(
                en="A before–after comparison has no comparison units, so nothing says what would have happened.",
                sv="En före–efter-jämförelse har inga jämförelseenheter, så inget visar vad som ändå hade hänt.",
            )
        )
    if inference == "none":
        return Unavailable(reason=Text(en="Inference was not asked for.", sv="Ingen osäkerhetsberäkning har begärts."))
    if not placebos:
        return Unavailable(
            reason=Text(
                en="Besides the comparator there is no unit without the intervention to serve as placebo.",
                sv="Utöver jämförelsen finns ingen enhet utan insatsen som kan tjäna som placebo.",
            )
        )
    if adjustment == "ratio":
        errors = [math.log1p(p.evaluation / p.counterfactual("ratio") - 1) for p in placebos]
        return Placebos(errors=tuple(sorted(errors)), scale="log")
    errors = [float(p.evaluation - p.counterfactual("difference")) for p in placebos]
    return Placebos(errors=tuple(sorted(errors)), scale="linear")

"""The figure by other windows or another series, with the correction for the reference level where the figure has it.

Each is what the call with that choice declared would give: the line is drawn anew through the placebos of the reading.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from effekt._text import Text
from effekt.estimators.trend.comparison import Design, relative_change
from effekt.estimators.trend.inference import find_placebos
from effekt.estimators.trend.level import LevelCorrection, level_line
from effekt.estimators.trend.own_unit import Series
from effekt.estimators.trend.standard import check_strata
from effekt.exceptions import DataError
from effekt.result import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Who is compared with whom, and what every reading shares."""

    treated: tuple[str, ...]
    comparator: tuple[str, ...]
    series: Series | None
    correction: LevelCorrection | None

    def relative(self, design: Design) -> tuple[float | None, bool]:
        """The relative change, None where it has no meaning; and whether it is for want of a line alone."""
        try:
            found = design.compare(self.treated, self.comparator)
            plain = relative_change(design, found)
        except DataError:  # a mean of ratios has none
            return None, False
        multiplied = design.adjustment == "ratio"  # by its line, which lifts nothing above zero
        if self.correction is None or (plain is None and multiplied):
            return plain, False
        try:
            check_strata(design, self.treated, self.comparator, placebos=True)
            line = level_line(
                found,
                find_placebos(design, self.treated, self.comparator, self.series),
                design.adjustment,
                self.correction,
            )
        except DataError:
            return None, True
        base = line.move(float(found.counterfactual(design.adjustment)))
        return (float(found.evaluation) / base - 1, False) if base > 0 else (None, False)

    def told(self, check: Diagnostic, not_drawn: int) -> Diagnostic:
        """A check of such readings, which says that they are corrected, and how many could not be."""
        if self.correction is None:
            return check
        lacking = _lacking(not_drawn) if not_drawn else Text(en="", sv="")
        return replace(
            check,
            statement=Text(
                en=f"{check.statement.en} {_WITH.en}{lacking.en}", sv=f"{check.statement.sv} {_WITH.sv}{lacking.sv}"
            ),
            values={**check.values, "n_without_line": not_drawn},
        )


_WITH = Text(
    en="The relative changes are corrected for the reference level, as the figure that counts is, each by a line of "
    "its own placebos.",
    sv="De relativa förändringarna är korrigerade för referensnivån, som den siffra som gäller, var och en med en "
    "linje genom sina egna placebo.",
)


def _lacking(count: int) -> Text:
    return Text(
        en=f" For {count} more no line can be drawn, so that there is no value.",
        sv=f" För ytterligare {count} kan ingen linje dras, så att värde saknas.",
    )

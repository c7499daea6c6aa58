"""The figure by other windows or another series, with the correction for the reference level where the figure has it.

Each is what the call with that choice declared would give: the line is drawn anew through the placebos of the reading,
a standard population that is the treated units' own is taken from its reference, and strata that the call refuses give
no value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from effekt._text import Text
from effekt.estimators.trend.comparison import Design, relative_change
from effekt.estimators.trend.inference import find_placebos
from effekt.estimators.trend.level import LevelCorrection, level_line
from effekt.estimators.trend.own_unit import Series
from effekt.estimators.trend.spans import Span
from effekt.estimators.trend.standard import StandardPanel, check_strata
from effekt.exceptions import DataError
from effekt.result import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The relative change over other windows, or what it has none for want of.

    `treated` is the mean of the treated, where a population of their own moves it with the reference.
    """

    relative: float | None = None
    treated: float | None = None
    lacks: Literal["line", "strata", "change"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Who is compared with whom, and what every reading shares; `placebos` says whether the figure has some."""

    treated: tuple[str, ...]
    comparator: tuple[str, ...]
    series: Series | None
    correction: LevelCorrection | None
    placebos: bool

    def over(self, design: Design, spans: tuple[Span, Span]) -> Reading | None:
        """The reading by other windows; None where the data lack a period of them."""
        units = (*self.treated, *self.comparator)
        if any(design.panel.absent(units, span.times) for span in spans):
            return None
        try:
            moved = design.over(*spans)
            check_strata(moved, self.treated, self.comparator, placebos=self.placebos)
        except DataError:
            return Reading(lacks="strata")
        relative, not_drawn = self.relative(moved)
        if relative is None:
            return Reading(lacks="line" if not_drawn else "change")
        own = isinstance(moved.panel, StandardPanel) and moved.panel.population
        treated = float(moved.panel.pooled(self.treated, moved.evaluation.times)) if own else None
        return Reading(relative=relative, treated=treated)

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

    def told(self, check: Diagnostic, not_drawn: int, without_strata: int = 0) -> Diagnostic:
        """A check of such readings, which says that they are corrected, and how many could not be, or lack strata."""
        check = self._corrected(check, not_drawn)
        if not without_strata:
            return check
        statement = Text(
            en=f"{check.statement.en} For {without_strata} more there is no value: a stratum of the standard "
            "population has no row, or nobody in it, for some of those who are compared.",
            sv=f"{check.statement.sv} För ytterligare {without_strata} saknas värde: ett skikt i standardpopulationen "
            "saknar rader eller personer för någon av dem som jämförs.",
        )
        return replace(check, statement=statement, values={**check.values, "n_without_strata": without_strata})

    def _corrected(self, check: Diagnostic, not_drawn: int) -> Diagnostic:
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

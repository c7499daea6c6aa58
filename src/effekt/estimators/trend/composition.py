"""What the composition of those compared has to do with a figure: standardised, or crude with strata beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from effekt._text import Text
from effekt._types import FloatArray
from effekt.diagnostics import composition_change
from effekt.estimators.trend.case import Asked, Case
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.readings import Readings
from effekt.estimators.trend.spans import Span
from effekt.estimators.trend.standard import StandardPanel, check_standard, check_standardize, check_strata
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic
from effekt.roles import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """The columns of strata and their population, of the figure itself or of a check beside a crude one."""

    columns: tuple[str, ...]
    standard: object
    beside: bool

    def paying(self, panel: Panel) -> Panel:
        """The panel of the figure: strata are added up where they are beside it."""
        return panel.crude if self.beside and isinstance(panel, StandardPanel) else panel


def read_strata(
    standardize: object,
    standard: object,
    asked: Sequence[Asked],
    outcome: Outcome,
    own_unit: object,
    cluster: str | None,
    used: Sequence[str],
) -> Strata:
    """The strata that are asked for, which stand in one place alone."""
    columns = check_standardize(standardize, standard, outcome, own_unit, used)
    named = [one for one in asked if one.name == "composition_change"]
    if not named:
        if columns:
            check_standard(standard, columns)
        return Strata(columns=columns, standard=standard, beside=False)
    if columns or cluster is not None or len(named) > 1:
        raise ArgumentError(
            "`checks` can hold 'composition_change' once, and without `standardize` and `cluster`: it is of a figure "
            "whose strata are added up, and a standardised one has it in any case. Leave one of them out."
        )
    options = named[0].options
    population = options.get("standard", "treated_reference")
    columns = check_standardize(options["standardize"], population, outcome, own_unit, used)
    check_standard(population, columns)
    return Strata(columns=columns, standard=population, beside=True)


def composition_check(case: Case) -> Diagnostic:
    """The standardised figure and the strata's shares beside a crude figure, or why they cannot be told."""
    design = replace(case.design, panel=case.by_strata)
    try:
        check_strata(design, case.treated, case.comparator, placebos=False)
        (found,) = composition_diagnostic(design, case.treated, case.comparator, case.readings)
    except DataError as error:
        return Diagnostic(
            name="composition_change",
            status="information",
            statement=Text(
                en=f"Whether those who are compared changed cannot be told by these strata: {error}",
                sv="Med dessa skikt går det inte att säga om de som jämförs har ändrats: något skikt saknar rader "
                "eller personer för någon av dem i fönstren. Ange grövre skikt.",
            ),
        )
    return found


def composition_diagnostic(
    design: Design, treated: Sequence[str], comparator: Sequence[str], readings: Readings
) -> tuple[Diagnostic, ...]:
    """Shares of the strata in both windows, and the crude figure beside the standardised; nothing without strata."""
    panel = design.panel
    if not isinstance(panel, StandardPanel):
        return ()
    together = [tuple(comparator)] if design.weighted else [(name,) for name in comparator]
    groups = together if comparator else []
    shares, rates = _shares_and_rates(panel, treated, design)
    others = [_shares_and_rates(panel, group, design) for group in groups]
    crude, lacking = readings.relative(replace(design, panel=panel.crude))
    standardized, not_drawn = readings.relative(design)
    check = composition_change(
        shares=shares,
        rates=rates,
        comparator_shares=np.array([one[0] for one in others]),
        comparator_rates=np.array([one[1] for one in others]),
        weights=np.array([float(one.weight) for one in panel.strata]),
        labels=tuple(map(str, panel.strata)),
        relative_crude=crude,
        relative_standardized=standardized,
    )
    return (readings.told(check, lacking + not_drawn),)


def _shares_and_rates(panel: StandardPanel, units: Sequence[str], design: Design) -> tuple[FloatArray, FloatArray]:
    """(k, 2) each, reference and evaluation: of the sums over the window, whatever the declared mean is."""
    columns = [_in_window(panel, units, span) for span in (design.reference, design.evaluation)]
    return np.column_stack([one[0] for one in columns]), np.column_stack([one[1] for one in columns])


def _in_window(panel: StandardPanel, units: Sequence[str], span: Span) -> tuple[list[float], list[float]]:
    cells = [(unit, t) for unit in units for t in span.times]
    above = [sum(one.panel.numerators.get(at, 0) for at in cells) for one in panel.strata]
    below = [sum(one.panel.denominators.get(at, 0) for at in cells) for one in panel.strata]
    total = sum(below)
    rates = [float(panel.scale * n / d) if d else float("nan") for n, d in zip(above, below, strict=True)]
    return [d / total for d in below], rates

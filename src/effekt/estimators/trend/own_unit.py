"""A published series that contains the treated units: what it says without them.

A national series of days and full-time equivalents is a ratio of sums; other series are plain means of J units. With
the treated units' own numerators a_t and denominators b_t, or their values y_it, the series less k of them is, in each
period,

    (A_t − a_t) / (B_t − b_t)          `weights="denominator"`
    (J·N_t − Σ_i y_it) / (J − k)       `weights=None`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from effekt._calendar import period_label
from effekt._text import Text
from effekt._validation import check_integer, check_option, plural
from effekt.estimators.trend.checks import named
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.panel import Panel, WindowMean
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, Note
from effekt.roles import Outcome

OwnUnit: TypeAlias = Literal["absent", "kept", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What is declared of a published series; `units` is how many it is the plain mean of, None for a ratio of sums.

    `never_below_zero`: no outcome in the data is, so that a series less the units cannot be either.
    `plain_mean`: as `may_be_plain_mean` says.
    """

    name: str
    own_unit: OwnUnit
    units: int | None
    never_below_zero: bool
    plain_mean: bool


def may_be_plain_mean(outcome: Outcome, mean: WindowMean) -> bool:
    """Whether a series may be the plain mean of its units, as it has no denominators to add up."""
    return len(outcome.columns) == 1 or mean != "ratio_of_sums"


def check_declared_series(
    own_unit: OwnUnit | None,
    series_units: int | None,
    comparator: object,
    *,
    weighted: bool,
    plain_mean: bool,
) -> None:
    """Refuse what no data could serve; `plain_mean` as `may_be_plain_mean` says."""
    if own_unit is None:
        if series_units is not None:
            raise ArgumentError("`series_units` must be None unless own_unit='kept' or 'removed'; declare `own_unit`.")
        return
    check_option("own_unit", own_unit, get_args(OwnUnit))
    if comparator in ("others", None) or len(named(comparator, "comparator")) != 1:
        raise ArgumentError(
            "`own_unit` must be None unless `comparator` is one published series; no treated unit is ever among named "
            "units or 'others'."
        )
    if series_units is not None and (weighted or own_unit == "absent"):
        raise ArgumentError(
            "`series_units` must be None with weights='denominator', whose denominators say how much of the series the "
            "treated units are, and with own_unit='absent'."
        )
    if own_unit == "removed" and not weighted:
        if series_units is None:
            raise ArgumentError(
                "`series_units` must be given with own_unit='removed' and weights=None: how many units the series is "
                "the plain mean of, such as 290."
            )
        if not plain_mean:
            raise ArgumentError(
                "`own_unit` 'removed' with weights=None needs an outcome of one column, or mean='mean_of_periods': a "
                "plain mean of units has no denominators to add up."
            )


def declared_series(
    own_unit: OwnUnit | None,
    series_units: int | None,
    comparator: Sequence[str],
    design: Design,
    treated: Sequence[str],
    *,
    plain_mean: bool,
) -> Series | None:
    """The declared series, or None where nothing is declared."""
    if own_unit is None:
        return None
    units = None
    if series_units is not None:
        placebos = len(design.panel.units) - 1 - len(treated)
        units = check_integer("series_units", series_units, len(treated) + max(placebos, 1 + (placebos > 0)))
    return Series(
        name=comparator[0],
        own_unit=own_unit,
        units=units,
        never_below_zero=own_unit != "absent" and min(design.panel.numerators.values()) >= 0,
        plain_mean=plain_mean,
    )


def take_out(panel: Panel, series: Series, units: Sequence[str], among: Sequence[str]) -> Panel:
    """The panel of the units in `among` and the series less some units, where all of them have the period."""
    numerators = {at: value for at, value in panel.numerators.items() if at[0] in among}
    denominators = {at: value for at, value in panel.denominators.items() if at[0] in among}
    too_small: list[int] = []
    below_own: list[int] = []
    for name, t in panel.numerators:
        own = [(unit, t) for unit in units]
        if name != series.name or not all(at in panel.numerators for at in own):
            continue
        above, below = [panel.numerators[at] for at in own], [panel.denominators[at] for at in own]
        whole = panel.numerators[name, t], panel.denominators[name, t]
        if series.units is None:
            left = whole[0] - sum(above), whole[1] - sum(below)
        else:
            left = _plain_mean_without(whole, above, below, series.units)
        if left[1] <= 0:
            too_small.append(t)
        if series.never_below_zero and left[0] < 0:
            below_own.append(t)
        numerators[name, t], denominators[name, t] = left
    _refuse("The denominator of the comparator must be larger than that", too_small, panel)
    what = "numerator of the comparator" if series.units is None else "comparator's mean times its number of units"
    _refuse(f"The {what} must be at least that", below_own, panel)
    return replace(panel, units=(*among, series.name), numerators=numerators, denominators=denominators)


def _refuse(rule: str, times: Sequence[int], panel: Panel) -> None:
    """Raise where a series cannot contain the units that are to be taken out of it."""
    if times:
        raise DataError(
            f"{rule} of the units in it when own_unit='removed'; in {plural(len(times), panel.period)} it is not, "
            f"the first {period_label(min(times), panel.period)}. "
            "Use a series that contains the units, or own_unit='absent'."
        )


def _plain_mean_without(
    whole: tuple[int, int], above: Sequence[int], below: Sequence[int], units: int
) -> tuple[int, int]:
    """(J·N − Σy)/(J − k) over one denominator, which is the same in every period when the outcome is one column."""
    common = math.prod(below)
    own = sum(y * common // b for y, b in zip(above, below, strict=True))
    return units * whole[0] * common - whole[1] * own, (units - len(above)) * whole[1] * common


def without_treated(design: Design, series: Series, treated: Sequence[str]) -> Design:
    """The design with the treated units taken out of the series."""
    others = [name for name in design.panel.units if name != series.name]
    return replace(design, panel=take_out(design.panel, series, treated, others))


def compare_without(design: Design, series: Series, units: tuple[str, ...], n_treated: int) -> Comparison:
    """Placebo units against the series without the treated units, which `design` has, and without these too."""
    left = None if series.units is None else series.units - n_treated
    times = {*design.reference.times, *design.evaluation.times}
    cells = [(name, t) for name in (*units, series.name) for t in times]
    small = replace(
        design.panel,
        numerators={at: design.panel.numerators[at] for at in cells},
        denominators={at: design.panel.denominators[at] for at in cells},
    )
    panel = take_out(small, replace(series, units=left), units, units)
    return replace(design, panel=panel).compare(units, (series.name,))


def own_unit_diagnostic(
    published: Design,
    series: Series | None,
    treated: Sequence[str],
    relative: Callable[[Design, Series], tuple[float | None, bool]],
    told: Callable[[Diagnostic, int], Diagnostic],
) -> tuple[Diagnostic, ...]:
    """The figure with the treated units in the series and taken out of it, where it is declared to contain them.

    There is none taken out where a call with own_unit='removed' and no inference would be refused. `relative` gives the
    relative change and whether it lacks only a line, and `told` says so.
    """
    if series is None or series.own_unit == "absent":
        return ()
    shares = _shares(published, series, treated)
    values: dict[str, float | int | str | None] = {
        "own_unit": series.own_unit,
        "share_reference": shares[0],
        "share_evaluation": shares[1],
        "relative_kept": None,
        "relative_removed": None,
    }
    values["relative_kept"], not_drawn = relative(published, replace(series, own_unit="kept"))
    lacking = int(not_drawn)
    without = _taken_out(published, series, treated)
    if without is not None:
        values["relative_removed"], not_drawn = relative(without, replace(series, own_unit="removed"))
        lacking += int(not_drawn)
    check = Diagnostic(
        name="own_unit",
        status="information",
        statement=Text(
            en="The relative change with the treated units in the comparator's series and with them taken out of "
            "it; only the declared one counts.",
            sv="Den relativa förändringen med de behandlade enheterna i jämförelseserien och med dem borttagna "
            "ur den; bara den avtalade gäller.",
        ),
        values=values,
    )
    return (told(check, lacking),)


def _taken_out(published: Design, series: Series, treated: Sequence[str]) -> Design | None:
    """The design without the treated units in the series; None where it cannot be told, or cannot contain them."""
    if not published.weighted and (series.units is None or not series.plain_mean):
        return None
    try:
        return without_treated(published, series, treated)
    except DataError:
        return None


def _shares(design: Design, series: Series, treated: Sequence[str]) -> tuple[float | None, float | None]:
    """Of the series' denominators, or of its units, those of the treated; None where the series does not say."""
    if series.units is not None:
        share = float(Fraction(len(treated), series.units))
        return share, share
    if not design.weighted:
        return None, None
    denominators = design.panel.denominators
    before, after = (
        float(
            Fraction(
                sum(denominators[unit, t] for unit in treated for t in span.times),
                sum(denominators[series.name, t] for t in span.times),
            )
        )
        for span in (design.reference, design.evaluation)
    )
    return before, after


def series_note(own_unit: OwnUnit | None) -> Note:
    """What one published series as comparator may contain, or was declared to."""
    if own_unit is None:
        return _NOT_DECLARED
    return Note(code=f"comparator_series_{own_unit}", text=_DECLARED[own_unit])


def placebos_in_series_note(own_unit: OwnUnit | None, placebos: Sequence[Comparison]) -> tuple[Note, ...]:
    """That placebo units may stand in a series that the treated units are not in."""
    return (Note(code="placebos_in_series", text=_PLACEBOS_IN_IT),) if own_unit == "absent" and placebos else ()


_PLACEBOS_IN_IT = Text(
    en="The placebo units are compared with the series as it is. Where it includes them, though not the treated units, "
    "their changes are understated by about their share of it, and the p-value is too small and the interval too "
    "narrow; with few units, compare with the units themselves.",
    sv="Placeboenheterna jämförs med serien som den är. Om den innehåller dem, men inte de behandlade enheterna, "
    "underskattas deras förändringar med ungefär deras andel av den, och p-värdet blir för litet och intervallet för "
    "snävt; jämför med enheterna själva när de är få.",
)

_NOT_DECLARED = Note(
    code="comparator_series",
    text=Text(
        en="The comparator is one series; if it includes the treated units, the effect is understated by "
        "about their share of it.",
        sv="Jämförelsen är en enda serie; om den innehåller de behandlade enheterna underskattas effekten "
        "med ungefär deras andel av den.",
    ),
)
_DECLARED = {
    "absent": Text(
        en="The comparator is one series, which is declared not to include the treated units.",
        sv="Jämförelsen är en enda serie, som enligt vad som avtalats inte innehåller de behandlade enheterna.",
    ),
    "kept": Text(
        en="The comparator is one series that includes the treated units, as agreed; the effect is understated by "
        "about their share of it.",
        sv="Jämförelsen är en enda serie som innehåller de behandlade enheterna, som avtalat; effekten underskattas "
        "med ungefär deras andel av den.",
    ),
    "removed": Text(
        en="The comparator is one series from which the treated units have been taken out; each placebo unit is taken "
        "out of it too.",
        sv="Jämförelsen är en enda serie ur vilken de behandlade enheterna har tagits bort; varje placeboenhet tas "
        "också bort ur den.",
    ),
}

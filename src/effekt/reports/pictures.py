"""What the pictures of a report show: the outcome over time, and the estimate beside what chance gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from effekt._calendar import parse_period, parse_window
from effekt._text import Text
from effekt._types import PERIODS
from effekt.certificates.certificate import Certificate
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.document import Block, EffectPicture, Mark, Section, Series, Span, Subheading, TrendPicture, same
from effekt.reports.effects import interval, no_difference, placebo_values, shown_effects
from effekt.reports.wording import (
    PERCENT_VIEWS,
    bare_mean,
    level_text,
    mean,
    signed_estimate,
    threshold_text,
    unit_words,
)
from effekt.result import EffectEstimate, OutcomePath
from effekt.result.summary import VIEW_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What a picture of a path says."""

    title: Text
    description: Text
    treated: Text
    counterfactual: Text


_CAUSAL = _Words(
    title=Text(
        en="The outcome with the intervention, and without it by the comparison",
        sv="Utfallet med insatsen, och utan den enligt jämförelsen",
    ),
    description=Text(
        en="In the evaluation period the mean was {treated} with the intervention; without it, it would have been "
        "{counterfactual} by the comparison. Thin lines show these means; the vertical axis is cut.",
        sv="I utvärderingsperioden var medelvärdet {treated} med insatsen; utan den hade det enligt jämförelsen varit "
        "{counterfactual}. Tunna linjer visar dessa medelvärden; den lodräta axeln är bruten.",
    ),
    treated=Text(en="With the intervention", sv="Med insatsen"),
    counterfactual=Text(en="Without it", sv="Utan insatsen"),
)
_NOT_EXCLUDED = "The periods that an effect excludes do not fit its windows; use a certificate that effekt wrote."
_UNSHADED = Text(
    en=" Periods without shade within a window are left out of it.",
    sv=" Perioder utan skugga inom ett fönster är utelämnade ur det.",
)
_BEFORE_AFTER = _Words(
    title=Text(en="The outcome before and after", sv="Utfallet före och efter"),
    description=Text(
        en="In the evaluation period the mean was {treated}; in the reference period {counterfactual}. Thin lines show "
        "these means; the vertical axis is cut.",
        sv="I utvärderingsperioden var medelvärdet {treated}; i referensperioden {counterfactual}. Tunna linjer visar "
        "dessa medelvärden; den lodräta axeln är bruten.",
    ),
    treated=Text(en="After", sv="Efter"),
    counterfactual=Text(en="Before", sv="Före"),
)


def trend_section(certificate: Certificate) -> Section | None:
    """The treated outcome and its counterfactual over time; None where no design gives them."""
    paths = [(shown, path) for shown in shown_effects(certificate) if (path := shown.effect.path) is not None]
    blocks: list[Block] = []
    for position, (shown, path) in enumerate(paths, start=1):
        blocks += [Subheading(text=shown.name)] if len(paths) > 1 else []
        blocks.append(trend_picture(shown.effect, path, f"trend-{position}"))
    heading = Text(en="Development over time", sv="Utveckling över tid")
    return Section(id="trend", heading=heading, blocks=tuple(blocks)) if blocks else None


def trend_picture(effect: EffectEstimate, path: OutcomePath, id: str = "trend") -> TrendPicture:
    """The path of an effect with its windows.

    Parameters
    ----------
    effect : EffectEstimate
    path : OutcomePath
    id : str

    Returns
    -------
    TrendPicture

    Raises
    ------
    CertificateError
        When the path does not hang together.
    """
    reference, evaluation = window_positions(path)
    left_out = tuple(sorted(left_out_of(effect, path)))
    unshaded = _UNSHADED if left_out else same("")
    words = _CAUSAL if effect.estimand.causal else _BEFORE_AFTER
    treated, counterfactual = mean(effect, effect.treated_mean), mean(effect, effect.counterfactual_mean)
    return TrendPicture(
        id=id,
        title=words.title,
        description=Text(
            en=words.description.en.format(treated=treated.en, counterfactual=counterfactual.en) + unshaded.en,
            sv=words.description.sv.format(treated=treated.sv, counterfactual=counterfactual.sv) + unshaded.sv,
        ),
        unit=unit_words(effect.outcome.unit or effect.outcome.name),
        periods=path.periods,
        numbers=_on_the_calendar(path.periods),
        treated=_series(words.treated, path.treated, effect, effect.treated_mean),
        counterfactual=_series(words.counterfactual, path.counterfactual, effect, effect.counterfactual_mean),
        reference=_span(Text(en="Reference period", sv="Referensperiod"), reference, path.periods),
        evaluation=_span(Text(en="Evaluation period", sv="Utvärderingsperiod"), evaluation, path.periods),
        left_out=left_out,
    )


def _series(label: Text, values: tuple[float | None, ...], effect: EffectEstimate, mean: float) -> Series:
    return Series(label=label, values=values, mean=Mark(value=mean, label=bare_mean(effect, mean)))


def window_positions(path: OutcomePath) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last position of the reference and the evaluation window; refuses a path that does not fit them."""
    lengths = {len(path.periods), len(path.treated), len(path.counterfactual)}
    values = [value for value in (*path.treated, *path.counterfactual) if value is not None]
    ends = (*path.reference, *path.evaluation)
    if len(lengths) == 1 and set(ends) <= set(path.periods) and all(map(math.isfinite, values)):
        first, last, start, end = (path.periods.index(period) for period in ends)
        if first <= last < start <= end:
            return (first, last), (start, end)
    raise CertificateError("The path of an effect does not fit its windows; use a certificate that effekt wrote.")


def left_out_of(effect: EffectEstimate, path: OutcomePath) -> set[int]:
    """Positions of the path's periods that the analysis excludes from both windows."""
    excluded, period = effect.arguments.get("excluded"), effect.arguments.get("period")
    if not isinstance(excluded, (list, tuple)) or period not in PERIODS:
        return set()
    try:
        out = {number for pair in excluded for number in parse_window("excluded", pair, period).numbers()}
    except ArgumentError:
        raise CertificateError(_NOT_EXCLUDED) from None
    found = {position for position, label in enumerate(path.periods) if parse_period(label, period) in out}
    if any(found >= set(range(first, last + 1)) for first, last in window_positions(path)):
        raise CertificateError(_NOT_EXCLUDED)
    return found


def _span(label: Text, ends: tuple[int, int], periods: tuple[str, ...]) -> Span:
    first, last = (periods[end] for end in ends)
    during = first if first == last else f"{first} – {last}"
    return Span(label=Text(en=f"{label.en} {during}", sv=f"{label.sv} {during}"), first=ends[0], last=ends[1])


def _on_the_calendar(periods: tuple[str, ...]) -> tuple[int, ...]:
    """Places in time where the labels are periods of one length, so that a gap shows; otherwise 0, 1, 2, …"""
    for period in PERIODS:
        places = [place for label in periods if (place := parse_period(label, period)) is not None]
        if len(places) == len(periods) and places == sorted(set(places)):
            return tuple(places)
    return tuple(range(len(periods)))


def effect_picture(effect: EffectEstimate, thresholds: tuple[Fraction, ...] = (), id: str = "effect") -> EffectPicture:
    """An estimate with its interval, a contract's thresholds, and what the comparison gives without intervention.

    Parameters
    ----------
    effect : EffectEstimate
        In the view to be shown.
    thresholds : tuple of Fraction
        On the scale of that view.
    id : str

    Returns
    -------
    EffectPicture
    """
    estimate, placebos, found = signed_estimate(effect), placebo_values(effect), interval(effect)
    label, among = Text(en="Estimate", sv="Skattning"), same("")
    if found is not None:
        level = level_text(found.level)
        label = Text(en=f"Estimate and {level.en} interval", sv=f"Skattning och intervall på nivån {level.sv}")
    if placebos:
        among = Text(
            en=f" Beside it stand {len(placebos)} units without the intervention.",
            sv=f" Bredvid står {len(placebos)} enheter utan insatsen.",
        )
    return EffectPicture(
        id=id,
        title=Text(en="The estimate beside what chance gives", sv="Skattningen bredvid vad slumpen ger"),
        description=Text(en=f"The estimate is {estimate.en}.{among.en}", sv=f"Skattningen är {estimate.sv}.{among.sv}"),
        axis=VIEW_NAMES[effect.view.name],
        percent=effect.view.name in PERCENT_VIEWS,
        estimate=Mark(value=effect.estimate, label=estimate),
        zero=Mark(value=no_difference(effect), label=Text(en="no difference", sv="ingen skillnad")),
        thresholds=tuple(
            Mark(value=float(at), label=_threshold(effect, at)) for at in thresholds if at != no_difference(effect)
        ),
        intervals=() if found is None else found.intervals,
        intervals_label=label,
        placebos=placebos,
        placebos_label=Text(
            en=f"{len(placebos)} units without the intervention", sv=f"{len(placebos)} enheter utan insatsen"
        ),
    )


def _threshold(effect: EffectEstimate, at: Fraction) -> Text:
    value = threshold_text(effect, at)
    return Text(en=f"threshold {value.en}", sv=f"tröskel {value.sv}")

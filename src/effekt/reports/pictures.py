"""What the pictures of a report show: the outcome over time, and the estimate beside what chance gives."""

from __future__ import annotations

import math
from fractions import Fraction

from effekt._calendar import parse_period
from effekt._text import Text
from effekt._types import PERIODS
from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError
from effekt.reports.document import EffectPicture, Mark, Section, Series, Span, TrendPicture, same
from effekt.reports.effects import interval, no_difference, placebo_values, shown_effects
from effekt.reports.wording import PERCENT_VIEWS, bare_mean, level_text, mean, signed_estimate, threshold_text
from effekt.result import EffectEstimate, OutcomePath
from effekt.result.summary import VIEW_NAMES


def trend_section(certificate: Certificate) -> Section | None:
    """The treated outcome and its counterfactual over time; None where no design gives them."""
    pictures = tuple(
        trend_picture(shown.effect, shown.effect.path, f"trend-{position}")
        for position, shown in enumerate(shown_effects(certificate), start=1)
        if shown.effect.path is not None
    )
    heading = Text(en="Development over time", sv="Utveckling över tid")
    return Section(id="trend", heading=heading, blocks=pictures) if pictures else None


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
    treated, counterfactual = mean(effect, effect.treated_mean), mean(effect, effect.counterfactual_mean)
    return TrendPicture(
        id=id,
        title=Text(
            en="The outcome with the intervention, and without it by the comparison",
            sv="Utfallet med insatsen, och utan den enligt jämförelsen",
        ),
        description=Text(
            en=f"In the evaluation period the mean was {treated.en} with the intervention; without it, it would have "
            f"been {counterfactual.en} by the comparison. Thin lines show these means; the vertical axis is cut.",
            sv=f"I utvärderingsperioden var medelvärdet {treated.sv} med insatsen; utan den hade det enligt "
            f"jämförelsen varit {counterfactual.sv}. Tunna linjer visar dessa medelvärden; den lodräta "
            "axeln är bruten.",
        ),
        unit=same(effect.outcome.unit or effect.outcome.name),
        periods=path.periods,
        numbers=_on_the_calendar(path.periods),
        treated=Series(
            label=Text(en="With the intervention", sv="Med insatsen"),
            values=path.treated,
            mean=Mark(value=effect.treated_mean, label=bare_mean(effect, effect.treated_mean)),
        ),
        counterfactual=Series(
            label=Text(en="Without it", sv="Utan insatsen"),
            values=path.counterfactual,
            mean=Mark(value=effect.counterfactual_mean, label=bare_mean(effect, effect.counterfactual_mean)),
        ),
        reference=_span(Text(en="Reference period", sv="Referensperiod"), reference, path.periods),
        evaluation=_span(Text(en="Evaluation period", sv="Utvärderingsperiod"), evaluation, path.periods),
    )


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

"""Which effects a report shows, in which view, and what chance alone would give there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from effekt._inference import NO_EFFECT, ConfidenceSet, Placebos
from effekt._inference.distributions import t_upper_tail
from effekt._inference.sets import exponential
from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.estimated import AnyResult, effect_of
from effekt.contracts.figures import EstimateFigure
from effekt.exceptions import (
    ArgumentError,
    CertificateError,
    InferenceUnavailableError,
    ViewUnavailableError,
)
from effekt.reports.document import same
from effekt.reports.thresholds import Threshold, reached_from
from effekt.reports.wording import member_words
from effekt.result import EffectEstimate, EffectSet

LEVEL = Fraction(19, 20)
_SURE = 0.9  # a set at this level, all on one side, has a one-sided p of at most 5 per cent


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEffect:
    """An effect in the view that the contract pays on.

    Attributes
    ----------
    analysis : str
        The analysis it comes from.
    name : Text
        The analysis, with the member or the weights of a set.
    effect : EffectEstimate
    thresholds : tuple of Threshold
        The contract's own values on this view's scale, reached in the direction that is better.
    """

    analysis: str
    name: Text
    effect: EffectEstimate
    thresholds: tuple[Threshold, ...] = ()


def shown_effects(certificate: Certificate) -> tuple[ShownEffect, ...]:
    """Collect the effects that a certificate rests on.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of ShownEffect
        Each effect that a figure is taken from, once, in the first view with thresholds; then those no figure uses. A
        total without a value may be of the wrong people, so that its effect is shown for one.
    """
    figures = {figure.id: figure for figure in certificate.figures}
    found: dict[str, ShownEffect] = {}
    apart: dict[str, ShownEffect] = {}
    for id, term in certificate.contract.model.figures.items():
        result = certificate.results.get(term.estimate) if isinstance(term, EstimateFigure) else None
        if not isinstance(term, EstimateFigure) or not isinstance(result, (EffectEstimate, EffectSet)):
            continue
        key, name, effect = _chosen(term, result)
        withheld = id not in figures or figures[id].value is None
        view = None if term.view == "total" and withheld else effect_of(id, term, result, figures)
        values: tuple[Threshold, ...] = ()
        if view is not None and term.statistic == "estimate":
            values = reached_from(certificate.contract, id, upwards=reaches_upwards(view))
        if view is None:
            apart[key] = ShownEffect(analysis=term.estimate, name=name, effect=default_view(effect))
        elif key not in found or (values and not found[key].thresholds):
            found[key] = ShownEffect(analysis=term.estimate, name=name, effect=view, thresholds=values)
    found = {**found, **{key: shown for key, shown in apart.items() if key not in found}}
    for id, unused in ordered_results(certificate).items():
        if isinstance(unused, EffectEstimate) and id not in found:
            found[id] = ShownEffect(analysis=id, name=same(id), effect=default_view(unused))
    return tuple(found.values())


def ordered_results(certificate: Certificate) -> dict[str, AnyResult | Pending]:
    """The results in the order of the contract's analyses."""
    results = certificate.results
    order = [id for id in certificate.contract.model.analysis if id in results]
    return {id: results[id] for id in (*order, *(id for id in results if id not in order))}


def _chosen(term: EstimateFigure, result: EffectEstimate | EffectSet) -> tuple[str, Text, EffectEstimate]:
    """The effect a figure is taken from, under a key and a name of its own."""
    if isinstance(result, EffectEstimate):
        return term.estimate, same(term.estimate), result
    weights = dict(term.combine or {})
    name = term.member or " + ".join(f"{weight} × {label}" for label, weight in weights.items())
    try:
        effect = result.combine(weights) if term.member is None else result[term.member]
    except ArgumentError as error:
        raise CertificateError(f"The certificate's results do not fit its contract: {error}") from None
    words = same(name) if term.member is None else member_words(term.member, effect.method)
    named = Text(en=f"{term.estimate}: {words.en}", sv=f"{term.estimate}: {words.sv}")
    return f"{term.estimate}: {name}", named, effect


def default_view(effect: EffectEstimate) -> EffectEstimate:
    """Relative where the counterfactual is above zero, positive for better where that is known."""
    if not effect.means.has_ratio:
        return effect.difference()
    return effect.relative() if effect.outcome.better is None else effect.relative_improvement()


def is_improvement(effect: EffectEstimate) -> bool:
    """Whether the view is positive for better."""
    return effect.view.name in ("improvement", "relative_improvement", "total") and effect.outcome.better is not None


def no_difference(effect: EffectEstimate) -> float:
    """The view's value where the intervention changed nothing."""
    return effect.view.slope * NO_EFFECT[effect.view.contrast] + effect.view.offset


def relative_view(effect: EffectEstimate) -> EffectEstimate | None:
    """The relative effect, where the counterfactual mean allows one."""
    try:
        return effect.relative()
    except ViewUnavailableError:
        return None


def interval(effect: EffectEstimate) -> ConfidenceSet | None:
    """The 95 per cent set, or at the highest level that placebos allow; None where there is none."""
    level = LEVEL
    if isinstance(effect.inference, Placebos) and effect.inference.errors:
        count = len(effect.inference.errors)
        level = min(LEVEL, Fraction(count, count + 1))
    try:
        return effect.confidence_interval(level)
    except InferenceUnavailableError:
        return None


def surely_worse(effect: EffectEstimate) -> bool:
    """Whether every effect in that set is a deterioration; not of a set at a low level, as few placebos give."""
    found = interval(effect.difference()) if effect.estimand.causal else None
    if found is None or found.level < _SURE or not found.intervals:
        return False
    lowest, highest = found.intervals[0][0], found.intervals[-1][1]
    return {"lower": lowest > 0, "higher": highest < 0, None: False}[effect.outcome.better]


def placebo_values(effect: EffectEstimate) -> tuple[float, ...]:
    """What the same comparison gives in each unit without the intervention, in the effect's view; rising."""
    if not isinstance(effect.inference, Placebos):
        return ()
    log, counterfactual = effect.inference.scale == "log", effect.counterfactual_mean
    ratio = effect.view.contrast == "ratio"

    def contrast(error: float) -> float:
        if ratio:
            return exponential(error) if log else 1 + error / counterfactual
        return counterfactual * (exponential(error) - 1) if log else error

    values = [effect.view.slope * contrast(error) + effect.view.offset for error in effect.inference.errors]
    if not all(map(math.isfinite, values)):
        raise CertificateError("A placebo error is too large to be shown; use a certificate that effekt wrote.")
    return tuple(sorted(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How often a threshold is reached where the intervention changes nothing.

    Attributes
    ----------
    threshold : Threshold
        In the effect's view.
    reached : int or None
        Placebos that reach it once they are rounded as the figure is; None without placebos.
    normal : float or None
        Probability by the normal curve, with the placebos' spread or the standard error; None where neither exists.
    """

    threshold: Threshold
    reached: int | None
    normal: float | None


def chances(shown: ShownEffect) -> Iterator[Chance]:
    """For each threshold, how often it is reached by chance alone, in the direction that is better."""
    effect, placebos, spread = shown.effect, placebo_values(shown.effect), spread_of(shown.effect)
    for threshold in shown.thresholds:
        sign = 1 if threshold.upwards else -1
        distance = sign * (float(threshold.edge) - no_difference(effect))
        yield Chance(
            threshold=threshold,
            reached=sum(threshold.reached(_decimal(value)) for value in placebos) if placebos else None,
            normal=float(t_upper_tail(distance / spread, math.inf)) if spread else None,
        )


def _decimal(value: float) -> Fraction:
    """A placebo's value without the noise of its last binary digits, which must not decide a tie."""
    return Fraction(f"{value:.12g}")


def reaches_upwards(effect: EffectEstimate) -> bool:
    """Whether a better outcome is a higher value in this view."""
    return is_improvement(effect) or effect.outcome.better != "lower"


def spread_of(effect: EffectEstimate) -> float | None:
    """Standard deviation of the estimate in this view: of the placebos, or the standard error."""
    spread = effect.placebo_sd
    return effect.std_error if spread is None else spread

"""From a result to a figure: the named view, the named statistic, quantised once.

Where a statistic is a count, a sum or a ratio of sums the result keeps it as an exact fraction, and that is quantised;
otherwise the float's exact binary value is. What does not exist is never taken for a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from effekt._inference import TestInversion, Unavailable
from effekt._text import Text
from effekt.contracts.check_groups import groups_of, labels_of
from effekt.contracts.figures import EstimateFigure, Figure, FigureState, MeasureFigure, quantise
from effekt.contracts.missing import too_much_missing
from effekt.contracts.model import ContractTerms
from effekt.contracts.paying import analysis_of
from effekt.contracts.required_checks import unmet
from effekt.contracts.rerun import RERUN_TOLERANCE
from effekt.contracts.schema import is_decimal
from effekt.contracts.thin_data import (
    Withheld,
    cohort_open,
    matched_share,
    members_of,
    tied,
    too_early,
    too_few,
    unmatched,
    with_verdict,
)
from effekt.exceptions import ContractError, UnavailableError
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure

AnyResult = EffectEstimate | EffectSet | OutcomeMeasure


def estimate_figure(id: str, term: EstimateFigure, result: AnyResult, figures: Mapping[str, Figure]) -> Figure:
    """Take a figure from an estimate.

    Parameters
    ----------
    id : str
        The figure.
    term : EstimateFigure
        Its definition: view and statistic.
    result : EffectEstimate or EffectSet
        What the analysis returned.
    figures : mapping of str to Figure
        Holds the figure that counts the units of a total.

    Returns
    -------
    Figure
        Determined; or referred, with the reason, when the statistic does not exist or is infinite and the contract says
        ``on_unavailable: refer``; 0 when it says ``zero``.

    Raises
    ------
    ContractError
        If the result is an outcome measure, or `member` and `combine` do not fit it.
    """
    value = _taken(id, term, result, figures)
    if value is None:
        units = figures[term.units or ""]
        return replace(_empty(id, term, units.state, units.reason), source="estimate")
    if isinstance(value, Text):
        return _unavailable(id, term, Text(en=f"{id}: {value.en}", sv=f"{id}: {value.sv}"))
    if term.without_inference in ("refer", "zero") and not is_judged(term, result):
        return _unjudged(id, term)
    return _determined(id, term, value * counted_share(term, result))


def missing_reason(id: str, term: EstimateFigure, result: AnyResult, figures: Mapping[str, Figure]) -> Text | None:
    """Why the statistic of a figure does not exist, so that the figure is what `on_unavailable` says.

    Parameters
    ----------
    id, term, result, figures
        As in `estimate_figure`.

    Returns
    -------
    Text or None
        None where it exists, and where the number of units of a total is not determined.
    """
    value = _taken(id, term, result, figures)
    return value if isinstance(value, Text) else None


def with_answer(
    id: str, term: EstimateFigure, result: AnyResult, public: AnyResult, figures: Mapping[str, Figure]
) -> AnyResult:
    """The public form of a result with what a figure asks of it, so that the figure can be taken from it again.

    Parameters
    ----------
    id, term, result, figures
        As in `estimate_figure`.
    public : EffectEstimate or EffectSet
        What is published of the result: p-values and sets at declared nulls and levels where it has no more.

    Returns
    -------
    EffectEstimate or EffectSet
        `public` where it answers by itself, where there is no answer, and for combinations, which are computed.
    """
    if term.combine is not None or isinstance(public, OutcomeMeasure):
        return public
    if isinstance(result, EffectEstimate) and isinstance(public, EffectEstimate):
        public = with_verdict(id, term.payment_quantity, result, public, units_of(term, figures))
    shown = _one_effect(id, term, public)
    if not isinstance(shown.inference, TestInversion):
        return public
    try:
        view = _view(term, _one_effect(id, term, result), figures)
        inference = shown.inference if view is None else _answered(term, view, shown.inference)
    except UnavailableError:
        return public
    answered = replace(shown, inference=inference)
    if isinstance(public, EffectSet):
        effects = tuple(answered if effect is shown else effect for effect in public.effects)
        return replace(public, effects=effects)
    return answered


def _answered(term: EstimateFigure, view: EffectEstimate, inference: TestInversion) -> TestInversion:
    match term.statistic:
        case "p_value":
            null = None if term.null is None else float(term.null)
            return inference.also(p_values=(view.declared_p(null, term.alternative or "two-sided"),))
        case "confidence_at_least":
            return inference.also(p_values=(view.declared_p(float(term.threshold or ""), "greater"),))
        case "confidence_low" | "confidence_high":
            declared = view.declared_set(Fraction(term.level or ""), term.alternative or "two-sided")
            return inference.also(sets=(declared,))
    return inference


def rerun_values(
    id: str,
    term: EstimateFigure,
    result: AnyResult,
    figures: Mapping[str, Figure],
    tolerance: Fraction = RERUN_TOLERANCE,
) -> tuple[Figure, ...]:
    """Other values a figure could take if its float differed within the tolerance of a re-run on another machine.

    Parameters
    ----------
    id, term, result, figures
        As in `estimate_figure`.
    tolerance : Fraction
        Of the contract, as a share of the figure.

    Returns
    -------
    tuple of Figure
        Empty for an exact statistic, for one that does not exist, and where the digits do not change.
    """
    stated = estimate_figure(id, term, result, figures)
    if id in figures and figures[id].value != stated.value:
        return ()  # a rule of the contract has given it another value, which no float moves
    try:
        view = _view(term, _one_effect(id, term, result), figures) if stated.value is not None else None
        value = None if view is None or _is_exact(term, view) else _statistic(term, view)
    except UnavailableError:
        return ()
    if value is None or counts_as_zero(term, result):
        return ()
    value *= counted_share(term, result)
    near = (_determined(id, term, value * (1 + sign * tolerance)) for sign in (-1, 1))
    return tuple(figure for figure in near if figure.value != stated.value)


def fragile_figure(figure: Figure) -> Figure:
    """A figure that is referred because a re-run within tolerance could change the money.

    Parameters
    ----------
    figure : Figure
        As it was determined.

    Returns
    -------
    Figure
        Referred: numerically fragile.
    """
    reason = Text(
        en=f"{figure.id}: numerically fragile; a re-run within tolerance could change the payment.",
        sv=f"{figure.id}: numeriskt känslig; en omräkning inom toleransen kan ändra betalningen.",
    )
    return replace(figure, state="referred", value=None, reason=reason)


def measure_figure(id: str, term: MeasureFigure, result: AnyResult) -> Figure:
    """Take a figure from an outcome measure.

    Parameters
    ----------
    id : str
        The figure.
    term : MeasureFigure
        Its definition.
    result : OutcomeMeasure
        What the analysis returned.

    Returns
    -------
    Figure
        Its exact value, quantised.

    Raises
    ------
    ContractError
        If the result is an effect.
    """
    if not isinstance(result, OutcomeMeasure):
        raise ContractError(f"figures.{id}.measure must name an outcome measure; its method returns an effect.")
    return _determined(id, term, result.exact)


def pending_figure(id: str, term: EstimateFigure | MeasureFigure, reason: Text) -> Figure:
    """A figure whose analysis waits for data.

    Parameters
    ----------
    id : str
        The figure.
    term : EstimateFigure or MeasureFigure
        Its definition.
    reason : Text
        What is missing.

    Returns
    -------
    Figure
        Not yet determinable.
    """
    return _empty(id, term, "not_yet_determinable", reason)


def withheld_figure(id: str, term: EstimateFigure | MeasureFigure, why: Withheld) -> Figure:
    """A figure that a rule on thin data takes the value of.

    Parameters
    ----------
    id : str
    term : EstimateFigure or MeasureFigure
    why : Withheld

    Returns
    -------
    Figure
    """
    if why.state == "zero":
        return _determined(id, term, Fraction(0))
    return _empty(id, term, why.state, why.reason)


def withheld(
    id: str,
    term: EstimateFigure | MeasureFigure,
    terms: ContractTerms,
    result: AnyResult,
    figures: Mapping[str, Figure],
    *,
    date: str | None,
) -> Withheld | None:
    """Why a figure has no value although its analysis gives a number: too early, too few, ties, a check, no match.

    Parameters
    ----------
    id, term, result, figures
        As in `estimate_figure`.
    terms : ContractTerms
        The contract.
    date : str or None
        The day of the certificate.

    Returns
    -------
    Withheld or None
    """
    early = too_early(id, term.outcomes_until, terms.dates.run_out, date)
    if early is None and terms.population is not None:
        early = cohort_open(id, terms.population.closes(id), date)
    if early is not None:
        return early
    analysis = terms.analysis[analysis_of(term)]
    members = members_of(result, labels_of(term))
    found = too_few(id, analysis.minimum_n, members) or too_much_missing(id, analysis.most_missing, members)
    certain = isinstance(term, EstimateFigure) and term.statistic != "estimate"
    found = found or tied(id, analysis.tie_tolerance, members, certain=certain) or required_of(id, terms, result)
    if found is not None or isinstance(term, MeasureFigure) or isinstance(result, OutcomeMeasure):
        return found
    if term.payment_quantity is None:
        return None
    return unmatched(id, term.payment_quantity, _one_effect(id, term, result), units_of(term, figures))


def required_of(id: str, terms: ContractTerms, result: AnyResult) -> Withheld | None:
    """What the checks that the contract requires make of a figure.

    Parameters
    ----------
    id : str
        An estimated or a measured figure.
    terms : ContractTerms
        The contract.
    result : EffectEstimate, EffectSet or OutcomeMeasure
        Of its analysis.

    Returns
    -------
    Withheld or None
        None where they let it be.
    """
    term = terms.figures[id]
    if not isinstance(term, (EstimateFigure, MeasureFigure)):
        return None
    analysis = terms.analysis[analysis_of(term)]
    return unmet(id, analysis.required_checks, groups_of(term, analysis.method, result))


def units_of(term: EstimateFigure, figures: Mapping[str, Figure]) -> Fraction | None:
    """What a total is multiplied by; None for another view, and where that is not determined."""
    written = term.units
    if written is None or is_decimal(written):
        return None if written is None else Fraction(written)
    value = figures[written].value
    return None if value is None else Fraction(value)


def counted_share(term: EstimateFigure, result: AnyResult) -> Fraction:
    """The part of the enrolled that an estimate is counted for; 1 but where those without a match count as zero."""
    return matched_share(term.payment_quantity, result) if isinstance(result, EffectEstimate) else Fraction(1)


def is_judged(term: EstimateFigure, result: AnyResult) -> bool:
    """Whether a standard error or p-value can be given of the effect that a figure reads."""
    return not isinstance(result, OutcomeMeasure) and not _is_unjudged(_one_effect("", term, result))


def is_exact(term: EstimateFigure, result: AnyResult, figures: Mapping[str, Figure]) -> bool:
    """Whether a figure is taken from an exact fraction, which has no other value on another machine."""
    try:
        view = _view(term, _one_effect("", term, result), figures)
        return view is not None and _is_exact(term, view)
    except UnavailableError:
        return False


def counts_as_zero(term: EstimateFigure, result: AnyResult) -> bool:
    """Whether the contract has an estimate without inference count as zero, and this is one."""
    if term.without_inference != "zero" or isinstance(result, OutcomeMeasure):
        return False
    return not is_judged(term, result)


def _is_unjudged(view: EffectEstimate) -> bool:
    return isinstance(view.inference, Unavailable)


def _unjudged(id: str, term: EstimateFigure) -> Figure:
    """An estimate of which no standard error or p-value can be given, where it does not pay then."""
    if term.without_inference == "zero":
        return _determined(id, term, Fraction(0))
    reason = Text(
        en=f"{id}: no standard error or p-value can be given, and the contract refers the estimate then.",
        sv=f"{id}: varken medelfel eller p-värde kan anges, och avtalet hänskjuter då skattningen.",
    )
    return _empty(id, term, "referred", reason)


def effect_of(id: str, term: EstimateFigure, result: AnyResult, figures: Mapping[str, Figure]) -> EffectEstimate | None:
    """The effect that a figure is taken from, in its view and for the part of the people that it is counted for.

    Parameters
    ----------
    id, term, result, figures
        As in `estimate_figure`.

    Returns
    -------
    EffectEstimate or None
        None where there is no such view, the number of units of a total is not determined, or it is not told for whom
        it is counted.
    """
    try:
        effect = _view(term, _one_effect(id, term, result), figures)
        share = counted_share(term, result)
    except UnavailableError:
        return None
    if effect is None or share == 1:
        return effect
    return replace(effect, view=replace(effect.view, slope=float(Fraction(effect.view.slope) * share)))


def _one_effect(id: str, term: EstimateFigure, result: AnyResult) -> EffectEstimate:
    if isinstance(result, OutcomeMeasure):
        raise ContractError(f"figures.{id}.estimate must name an effect; its method returns an outcome measure.")
    chosen = term.member is not None or term.combine is not None
    if isinstance(result, EffectEstimate):
        if chosen:
            raise ContractError(f"figures.{id} has member or combine, but its method returns one effect; remove it.")
        return result
    if term.member is not None:
        return result[term.member]
    if term.combine is not None:
        return result.combine(dict(term.combine))
    raise ContractError(f"figures.{id} must have member or combine, since its method returns a set of effects.")


def _view(term: EstimateFigure, effect: EffectEstimate, figures: Mapping[str, Figure]) -> EffectEstimate | None:
    """The effect in the figure's view; None when the number of units of a total is not determined."""
    if term.view != "total":
        view: EffectEstimate = getattr(effect, term.view)()
        return view
    units = term.units or ""
    number = units if is_decimal(units) else figures[units].value
    if number is not None and Fraction(number) <= 0:
        raise UnavailableError(
            f"there is no total, since the number of units, {units}, is not above zero.",
            f"någon summa finns inte, eftersom antalet enheter, {units}, inte är över noll.",
        )
    return None if number is None else effect.improvement().total(number)


def _taken(id: str, term: EstimateFigure, result: AnyResult, figures: Mapping[str, Figure]) -> Fraction | Text | None:
    """The exact value of the statistic, or why it does not exist; None when the units of a total are not determined."""
    effect = _one_effect(id, term, result)
    try:
        view = _view(term, effect, figures)
        value = None if view is None else _statistic(term, view)
    except UnavailableError as reason:
        return Text(en=str(reason), sv=str(reason.sv))
    return _does_not_exist(term) if view is not None and value is None else value


def _statistic(term: EstimateFigure, view: EffectEstimate) -> Fraction | None:
    """The exact value of the statistic; None when it does not exist or is not finite."""
    if term.statistic == "estimate" and view.exact_estimate is not None:
        return view.exact_estimate
    if term.statistic in ("treated_mean", "counterfactual_mean") and view.exact is not None:
        return view.exact.treated if term.statistic == "treated_mean" else view.exact.counterfactual
    value = _float_statistic(term, view)
    if value is None or not math.isfinite(value):
        return None
    return Fraction(value)


def _is_exact(term: EstimateFigure, view: EffectEstimate) -> bool:
    """Whether the statistic is an exact fraction: a mean or effect that is kept as one, or a rank."""
    if term.statistic in ("estimate", "treated_mean", "counterfactual_mean"):
        return view.exact is not None
    return term.statistic in ("p_value", "confidence_at_least") and isinstance(_float_statistic(term, view), Fraction)


def _float_statistic(term: EstimateFigure, view: EffectEstimate) -> float | Fraction | None:
    match term.statistic:
        case "estimate" | "treated_mean" | "counterfactual_mean" | "std_error" | "placebo_sd":
            value: float | None = getattr(view, term.statistic)
            return value
        case "p_value":
            null = None if term.null is None else float(term.null)
            return view.rank_p_value(null, term.alternative or "two-sided")
        case "confidence_at_least":
            return 1 - view.rank_p_value(float(term.threshold or ""), "greater")
    found = view.confidence_interval(Fraction(term.level or ""), term.alternative or "two-sided")
    return found.low if term.statistic == "confidence_low" else found.high


def _does_not_exist(term: EstimateFigure) -> Text:
    return Text(
        en=f"the statistic {term.statistic} does not exist or is not finite for this result.",
        sv=f"måttet {term.statistic} finns inte eller är inte ändligt för detta resultat.",
    )


def _unavailable(id: str, term: EstimateFigure, reason: Text) -> Figure:
    if term.on_unavailable == "zero":
        return _determined(id, term, Fraction(0))
    return _empty(id, term, "referred", reason)


def _determined(id: str, term: EstimateFigure | MeasureFigure, value: Fraction) -> Figure:
    return Figure(
        id=id,
        state="determined",
        value=quantise(value, term.digits),
        unit=term.unit,
        digits=term.digits,
        source=term.source,
    )


def _empty(id: str, term: EstimateFigure | MeasureFigure, state: FigureState, reason: Text | None) -> Figure:
    return Figure(id=id, state=state, value=None, unit=term.unit, digits=term.digits, source=term.source, reason=reason)

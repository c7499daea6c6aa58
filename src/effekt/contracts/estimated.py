"""From a result to a figure: the named view, the named statistic, quantised once.

Where a statistic is a count, a sum or a ratio of sums the result keeps it as an exact fraction, and that is quantised;
otherwise the float's exact binary value is. What does not exist is never taken for a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from effekt._text import Text
from effekt.contracts.figures import EstimateFigure, Figure, FigureState, MeasureFigure, quantise
from effekt.contracts.schema import is_decimal
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
    effect = _one_effect(id, term, result)
    try:
        view = _view(term, effect, figures)
        value = None if view is None else _statistic(term, view)
    except UnavailableError as reason:
        return _unavailable(id, term, Text(en=f"{id}: {reason}", sv=f"{id}: {reason.sv}"))
    if view is None:
        units = figures[term.units or ""]
        return replace(_empty(id, term, units.state, units.reason), source="estimate")
    if value is None:
        return _unavailable(id, term, _does_not_exist(id, term))
    return _determined(id, term, value)


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
    return None if number is None else effect.improvement().total(number)


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


def _does_not_exist(id: str, term: EstimateFigure) -> Text:
    return Text(
        en=f"{id}: the statistic {term.statistic} does not exist or is not finite for this result.",
        sv=f"{id}: måttet {term.statistic} finns inte eller är inte ändligt för detta resultat.",
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

"""Before signing: thresholds that money depends on and that no check of what is hidden asks about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, get_args

from effekt._text import Text
from effekt.contracts import Contract
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.money import exact_text
from effekt.estimators._hidden import HiddenCheck
from effekt.reports.names import figure_name
from effekt.reports.thresholds import thresholds

METHODS = ("doubly_robust", "matched_comparison")
_HELD = ("estimate", "confidence_low", "confidence_high")  # statistics that are in the view's own unit


def hidden_lines(contract: Contract) -> Iterator[Text]:
    """For each figure with thresholds none of which its analysis's checks ask about, what to write.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Text
    """
    terms, written = contract.model, thresholds(contract)
    for id, term in terms.figures.items():
        if not isinstance(term, EstimateFigure) or term.view == "total":
            continue
        analysis = terms.analysis[term.estimate]
        if analysis.method not in METHODS or not _asks(analysis.arguments):
            continue
        sign = -1 if _better(analysis.arguments) == "lower" else 1
        asked = _asked(analysis.arguments, sign)
        held = [(at, _as_effect(term.view, at, sign)) for at in _values(term, written.get(id, ()))]
        if not held or asked in [effect for _, effect in held]:
            continue
        at = held[-1][0]
        name, view = figure_name(id, terms), "relative" if term.view == "ratio" else term.view
        value = exact_text(at - 1 if term.view == "ratio" else at)
        remedy = f'threshold: "{value}" and threshold_view: {view}'
        yield Text(
            en=f"Money depends on {name.en} at {exact_text(at)} ({term.view}), which the checks of "
            f"analysis.{term.estimate} do not ask about: they do not say how strong something hidden would have to be "
            f"to move it there. Write {remedy} in its arguments.",
            sv=f"Pengar beror på {name.sv} vid {exact_text(at)} ({term.view}), vilket kontrollerna i "
            f"analysis.{term.estimate} inte frågar efter: de säger inte hur starkt något dolt måste vara för att "
            f"flytta den dit. Skriv {remedy} bland dess argument.",
        )


def _asks(arguments: Mapping[str, Any]) -> bool:
    checks = arguments.get("checks") or ()
    return any(check in get_args(HiddenCheck) for check in checks if isinstance(check, str))


def _better(arguments: Mapping[str, Any]) -> object:
    outcome = arguments.get("outcome")
    return outcome.get("better") if isinstance(outcome, Mapping) else None


def _asked(arguments: Mapping[str, Any], sign: int) -> tuple[str, Fraction]:
    view = str(arguments.get("threshold_view") or "difference")
    return _as_effect(view, Fraction(str(arguments.get("threshold") or 0)), sign)


def _as_effect(view: str, at: Fraction, sign: int) -> tuple[str, Fraction]:
    """A threshold as treated minus counterfactual, in units or relative; that of no effect is one in all views."""
    value = at - 1 if view == "ratio" else sign * at if view in ("improvement", "relative_improvement") else at
    scale = "units" if view in ("difference", "improvement") else "relative"
    return ("none" if value == 0 else scale, value)


def _values(term: EstimateFigure, written: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """What the effect itself is held against: in a condition, or in the confidence that a condition is of."""
    if term.statistic == "confidence_at_least":
        return (Fraction(term.threshold or 0),)
    return written if term.statistic in _HELD else ()

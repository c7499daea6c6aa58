"""Whether the methods of a contract can give an effect on those whom it says that it analyses."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._validation import join_words
from effekt.certificates.evidence import WEIGHTINGS
from effekt.contracts import Contract
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.model import Analysis
from effekt.contracts.paying import analysis_of
from effekt.contracts.population import AnalysisSet
from effekt.contracts.scenarios import paying_figures

Fault = tuple[tuple[str | int, ...], str]
_ANYONE: tuple[AnalysisSet, ...] = ("assigned", "enrolled", "per_protocol", "listed")
_DRAWN: tuple[AnalysisSet, ...] = ("assigned", "listed")
COMPLIERS_EFFECT = "CACE"  # the member of complier_effect that is on compliers; the others are on all who were drawn


def analysed_faults(contract: Contract) -> Iterator[Fault]:
    """Figures that pay and are taken from a method that does not give what the contract says it analyses.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    (tuple, str)
        The place in the file, and the sentence.
    """
    terms = contract.model
    if terms.population is None:
        return
    stated = terms.population.analysis_set
    for id in paying_figures(contract):
        term = terms.figures[id]
        if not isinstance(term, (EstimateFigure, MeasureFigure)):
            continue
        analysis = terms.analysis[analysis_of(term)]
        sets = _given(term, analysis)
        if stated not in sets:
            yield (
                ("population", "analysis_set"),
                f"population.analysis_set must be {join_words(sets)} for figures.{id}, which pays and is taken from "
                f"analysis.{analysis_of(term)} ({_what(term, analysis)}); got {stated}.",
            )


def _given(term: EstimateFigure | MeasureFigure, analysis: Analysis) -> tuple[AnalysisSet, ...]:
    """Whom the method can give an effect on, or count."""
    if analysis.method in ("randomized_trial", "randomized_trials"):
        return _DRAWN
    if analysis.method == "complier_effect":
        return ("compliers",) if _members(term) == {COMPLIERS_EFFECT} else _DRAWN
    if _leaves_out(term):
        return ("matched",)
    if _may_match(analysis):
        return (*_ANYONE, "matched")
    return _ANYONE


def _members(term: EstimateFigure | MeasureFigure) -> set[str]:
    if isinstance(term, MeasureFigure):
        return set()
    return {term.member} if term.member is not None else set(term.combine or ())


def _leaves_out(term: EstimateFigure | MeasureFigure) -> bool:
    """Whether the figure is of those alone for whom a control was found."""
    quantity = term.payment_quantity if isinstance(term, EstimateFigure) else None
    return quantity is not None and (quantity.counts, quantity.unmatched) == ("matched", "zero")


def _may_match(analysis: Analysis) -> bool:
    """Whether the method finds a control for some and may find none for others."""
    if analysis.method == "published_comparison":
        return analysis.arguments.get("comparison") == "matched"
    match = analysis.arguments.get("match")
    return isinstance(match, dict) and match.get("method") not in WEIGHTINGS


def _what(term: EstimateFigure | MeasureFigure, analysis: Analysis) -> str:
    """Why the method gives no other, in a few words."""
    if analysis.method in ("randomized_trial", "randomized_trials"):
        return f"{analysis.method} compares everyone as they were drawn"
    if analysis.method == "complier_effect":
        one = _members(term) == {COMPLIERS_EFFECT}
        return f"its {COMPLIERS_EFFECT} is on compliers" if one else f"only its {COMPLIERS_EFFECT} is on compliers"
    if _leaves_out(term):
        return "paid for those alone who have a match"
    if _may_match(analysis):
        return f"{analysis.method} cannot tell who complies"
    return f"{analysis.method} cannot tell who complies, and leaves nobody out for want of a match"

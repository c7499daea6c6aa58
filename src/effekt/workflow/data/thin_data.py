"""What a contract says of thin data and cannot mean: refused before signing, and before it is settled."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import get_type_hints

from effekt.contracts import Contract
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.left_open import ties_broken
from effekt.contracts.model import Analysis
from effekt.contracts.outcome_days import outcome_ends
from effekt.contracts.paying import analysis_of
from effekt.contracts.scenarios import paying_figures
from effekt.contracts.thin_data import MinimumN, PaymentQuantity, refused_counts
from effekt.estimators import METHODS
from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import OutcomeMeasure
from effekt.workflow.data.counted_rows import counts_periods
from effekt.workflow.data.limits_told import Fault, limits_told

MATCHED = "matched_comparison"
PUBLISHED = "published_comparison"


def thin_faults(contract: Contract) -> Iterator[Fault]:
    """Smallest numbers that an analysis does not have, ties where none are broken, quantities that contradict.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    (tuple, str)
        The place in the file, and the sentence.
    """
    for id, analysis in contract.model.analysis.items():
        yield from _minimum(id, analysis)
        yield from _missing(id, analysis)
        yield from _told(id, analysis, contract)
        yield from limits_told(id, analysis, contract)
        yield from _ties(id, analysis)
    for name, term in contract.model.figures.items():
        if isinstance(term, EstimateFigure) and term.payment_quantity is not None:
            yield from _quantity(name, term, term.payment_quantity, contract)
        if isinstance(term, (EstimateFigure, MeasureFigure)) and term.outcomes_until is not None:
            yield from _until(name, term, term.outcomes_until, contract)
        if isinstance(term, MeasureFigure) and term.outcomes_from is not None:
            yield from _from(name, term, contract)
        if isinstance(term, MeasureFigure) and term.period is not None:
            yield from _period(name, term, contract)


def without_end(contract: Contract, windowed: frozenset[str]) -> tuple[str, ...]:
    """Figures that pay and for which no day says when their outcomes end, so that a run-out holds nothing back.

    Parameters
    ----------
    contract : Contract
    windowed : frozenset of str
        Analyses that have an evaluation window.

    Returns
    -------
    tuple of str
    """
    ends, terms = outcome_ends(contract), contract.model.figures
    found = []
    for id in paying_figures(contract):
        term = terms[id]
        if isinstance(term, (EstimateFigure, MeasureFigure)) and id not in ends:
            found += [] if analysis_of(term) in windowed else [id]
    return tuple(found)


def _minimum(id: str, analysis: Analysis) -> Iterator[Fault]:
    minimum, function = analysis.minimum_n, METHODS.get(analysis.method)
    if not isinstance(minimum, MinimumN) or function is None:
        return
    refused = refused_counts(
        minimum,
        measure=get_type_hints(function)["return"] is OutcomeMeasure,
        pair=analysis.method == PUBLISHED,
        clustered="cluster" in inspect.signature(function).parameters,
    )
    for name, why in refused:
        yield (
            ("analysis", id, "minimum_n", name),
            f"analysis.{id}.minimum_n.{name} can never be met, as {why} ({analysis.method}); remove it.",
        )


def _missing(id: str, analysis: Analysis) -> Iterator[Fault]:
    """A limit to what may be left out, of an analysis that leaves nothing out."""
    if analysis.most_missing is not None and analysis.arguments.get("missing") != "drop":
        yield (
            ("analysis", id, "most_missing"),
            f"analysis.{id}.most_missing has no meaning, as rows with an empty column are left out with missing: drop "
            "alone; remove it.",
        )


def _told(id: str, analysis: Analysis, contract: Contract) -> Iterator[Fault]:
    """Smallest numbers below those that are hidden: that there are as many would tell more than the count shown."""
    minimum, disclosure = analysis.minimum_n, contract.model.disclosure
    if not isinstance(minimum, MinimumN) or disclosure is None:
        return
    for name, least in minimum.least.items():
        if least < disclosure.minimum:
            yield (
                ("analysis", id, "minimum_n", name),
                f"analysis.{id}.minimum_n.{name} must be at least disclosure.minimum, {disclosure.minimum}, since a "
                f"figure with or without a value would tell of a hidden count; got {least}.",
            )


def _ties(id: str, analysis: Analysis) -> Iterator[Fault]:
    if analysis.tie_tolerance is not None and not ties_broken(analysis):
        able = [name for name, method in MATCHING.items() if "tie_orders" in method.reads]
        yield (
            ("analysis", id, "tie_tolerance"),
            f"analysis.{id}.tie_tolerance has no meaning, as ties between controls are broken only by {MATCHED} with "
            f"the method {', '.join(able)}; remove it.",
        )


def _quantity(id: str, term: EstimateFigure, quantity: PaymentQuantity, contract: Contract) -> Iterator[Fault]:
    analysis = contract.model.analysis[term.estimate]
    place = ("figures", id, "payment_quantity")
    where = f"figures.{id}.payment_quantity"
    if analysis.method != MATCHED:
        yield (
            place,
            f"{where} has no meaning with the method {analysis.method}, in which nobody goes without a match; remove "
            "it.",
        )
        return
    match = analysis.arguments.get("match")
    estimand = match.get("estimand") if isinstance(match, dict) else None
    if estimand not in (None, "ATT"):
        yield (
            place,
            f"{where} is on the treated, so the estimand of analysis.{term.estimate} must be ATT; got {estimand}.",
        )
    disclosure = contract.model.disclosure
    if quantity.shared and disclosure and disclosure.minimum:
        yield (
            (*place, "unmatched"),
            f"{where}.unmatched must be refer or estimate where disclosure hides small counts, since the figure over "
            "the estimate gives back how many have no match; got zero.",
        )


def _until(id: str, term: EstimateFigure | MeasureFigure, until: str, contract: Contract) -> Iterator[Fault]:
    first, what = contract.model.dates.signed, "the contract was signed"
    if isinstance(term, MeasureFigure) and term.outcomes_from is not None:
        first, what = term.outcomes_from, "outcomes_from"
    if until < first:
        yield (
            ("figures", id, "outcomes_until"),
            f"figures.{id}.outcomes_until must not be before {what}, {first}; got {until}.",
        )


def _from(id: str, term: MeasureFigure, contract: Contract) -> Iterator[Fault]:
    """A first day of rows that have no day."""
    if not counts_periods(contract.model.analysis[term.measure]):
        yield (
            ("figures", id, "outcomes_from"),
            f"figures.{id}.outcomes_from has no meaning, as analysis.{term.measure} does not know when its rows were; "
            "count it with time, or remove it.",
        )


def _period(id: str, term: MeasureFigure, contract: Contract) -> Iterator[Fault]:
    """Periods of rows that have none, or that are not counted."""
    analysis = contract.model.analysis[term.measure]
    if not counts_periods(analysis) or analysis.arguments.get("statistic") != "count":
        yield (
            ("figures", id, "period"),
            f"figures.{id}.period has no meaning, as analysis.{term.measure} does not count rows that have a time; "
            "count them with statistic: count and time, or remove it.",
        )

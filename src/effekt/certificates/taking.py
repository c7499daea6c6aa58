"""From results and attestations to the figures of a contract, and to what is published of the results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from effekt.certificates.certificate import minimum_of
from effekt.certificates.hidden_words import hidden_reason
from effekt.certificates.predicate import Pending
from effekt.certificates.published import published
from effekt.contracts import Attestation, Contract, Figure, attested_figures, complete_figures, settle_figures
from effekt.contracts.estimated import (
    AnyResult,
    estimate_figure,
    fragile_figure,
    measure_figure,
    pending_figure,
    rerun_values,
    with_answer,
    withheld,
    withheld_figure,
)
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure, derived_figure, in_order
from effekt.contracts.paying import analysis_of
from effekt.contracts.reconciled import without_unreconciled
from effekt.contracts.rerun import tolerance_of, without_other_software


def take_figures(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    attestations: Sequence[Attestation],
    *,
    software: Mapping[str, str],
    date: str | None = None,
) -> dict[str, Figure]:
    """Every figure of a contract, from its results and attestations; `software` is what made the results.

    A numerically fragile one is referred, and so is one that rests on data whose totals part from an independent
    source, or that other software than what was agreed on computed. One whose outcomes are not all recorded on
    `date` waits, and one with data too thin has no value.
    """
    terms = contract.model
    figures = without_unreconciled(terms, _steady_figures(contract, results, attestations, date))
    figures = without_other_software(terms, figures, software)
    return _derived_again(contract, figures) if terms.reconciliations or terms.software else figures


def _steady_figures(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    attestations: Sequence[Attestation],
    date: str | None,
) -> dict[str, Figure]:
    figures = figures_as_taken(contract, results, attestations, date)
    for id in fragile(contract, results, figures):
        return _derived_again(contract, figures | {id: fragile_figure(figures[id])})
    return figures


def fragile(
    contract: Contract, results: Mapping[str, AnyResult | Pending], figures: dict[str, Figure]
) -> Iterator[str]:
    """The figures that a re-run within the tolerance could give another value, by which a line would pay otherwise."""
    for id, term in contract.model.figures.items():
        result = results.get(term.estimate) if isinstance(term, EstimateFigure) else None
        if result is None or isinstance(result, Pending) or not isinstance(term, EstimateFigure):
            continue
        if figures[id].value is None:
            continue
        others = rerun_values(id, term, result, figures, tolerance_of(contract.model))
        if any(_amounts(contract, figures) != _amounts(contract, figures | {id: other}) for other in others):
            yield id


def to_publish(
    contract: Contract, results: Mapping[str, AnyResult | Pending], figures: Mapping[str, Figure]
) -> dict[str, AnyResult | Pending]:
    """The results in their public form, each with whatever the contract's figures ask of it."""
    minimum = minimum_of(contract)
    public = {
        id: result if isinstance(result, Pending) else published(result, minimum) for id, result in results.items()
    }
    for id, term in contract.model.figures.items():
        if isinstance(term, EstimateFigure):
            result, shown = results[term.estimate], public[term.estimate]
            if not isinstance(result, Pending) and not isinstance(shown, Pending):
                public[term.estimate] = with_answer(id, term, result, shown, figures)
    return public


def _amounts(contract: Contract, figures: Mapping[str, Figure]) -> list[str | None]:
    """What each line pays, derived figures computed anew."""
    settled = settle_figures(contract, _without_derived(contract, figures), in_words=False)
    return [line.amount for line in settled.lines]


def _without_derived(contract: Contract, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    terms = contract.model.figures
    return {id: figure for id, figure in figures.items() if not isinstance(terms[id], DerivedFigure)}


def _derived_again(contract: Contract, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    return complete_figures(contract, _without_derived(contract, figures))


def figures_as_taken(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    attestations: Sequence[Attestation],
    date: str | None,
) -> dict[str, Figure]:
    """Every figure before it is asked whether a re-run, a total or other software would refer it."""
    figures = attested_figures(contract, *attestations)
    terms = contract.model.figures
    for id in in_order(terms):
        term = terms[id]
        if isinstance(term, DerivedFigure):
            figures[id] = derived_figure(id, term, figures)
        elif isinstance(term, (EstimateFigure, MeasureFigure)):
            result = results[analysis_of(term)]
            if isinstance(result, Pending):
                figures[id] = pending_figure(id, term, result.reason)
            elif why := withheld(id, term, contract.model, result, figures, date=date):
                figures[id] = withheld_figure(id, term, why)
            elif isinstance(term, MeasureFigure):
                figures[id] = measure_figure(id, term, result)
            else:
                figure = estimate_figure(id, term, result, figures)
                told = None if figure.reason is None else hidden_reason(figure.reason, minimum_of(contract))
                figures[id] = replace(figure, reason=told)
    return figures

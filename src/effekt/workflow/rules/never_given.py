"""Required checks that an analysis can never give, whatever the data are: by its arguments they are not made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt.contracts import Contract
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.made_checks import OF_MISSING
from effekt.contracts.thin_data import MINIMUM_CHECK, QUANTITY_CHECK, MinimumN
from effekt.exceptions import ContractError
from effekt.workflow.data.analysis import call_of
from effekt.workflow.rules.checks_given import by_call, can_step_down

CHOSEN: Mapping[str, tuple[str, ...]] = {
    "difference_in_differences": ("composition_drift", "triple_difference"),
    "event_study": ("composition_drift",),
    "matched_comparison": ("propensity_overlap", "set_overlap", "tie_orders", "weight_spread"),
    "randomized_trial": ("overdispersion",),
    "synthetic_control": ("placebo_distribution", "rmspe_ratio"),
    "synthetic_difference_in_differences": ("placebo_distribution", "rmspe_ratio"),
    "trend_adjusted": ("composition_change", "excluded_periods", "level_correction", "own_unit", "trend_readings"),
}
"""By method: the checks that its arguments alone decide on."""


def check_possible(contract: Contract) -> None:
    """Refuse a required check that the analysis, by its arguments, never gives: its figures would all be referred.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, naming the check, why it is never given, and the remedy.
    """
    for id, analysis in contract.model.analysis.items():
        call = call_of(contract, id) if analysis.required_checks else {}
        for name in analysis.required_checks or {}:
            why = next(_why_never(contract, id, name, call), None)
            if why is not None:
                where = f"analysis.{id}.required_checks.{name}"
                raise ContractError(
                    f"line {contract.line('analysis', id, 'required_checks', name)}: {where} is never given by this "
                    f"analysis, {why}. Remove it, or require another."
                )


def _why_never(contract: Contract, id: str, name: str, call: Mapping[str, Any]) -> Iterator[str]:
    """Why the analysis never gives the check; nothing where it can."""
    terms, method = contract.model, contract.model.analysis[id].method
    if name in CHOSEN.get(method, ()) and name not in by_call(method, call):
        yield _BY_CHOICE[name]
    if name in OF_MISSING and call.get("missing") != "drop":
        yield "since its missing is raise, so that no result has anyone missing; it goes with missing: drop"
    if name == "lee_bounds" and call.get("exposure") is not None:
        yield "since its outcome is a rate, which has no trimming bounds"
    if name == "manski_bounds" and _counts(method, call) and call.get("outcome_range") is None:
        yield "since worst cases of counts or rates need an outcome_range"
    plain = call.get("subgroup") is None and call.get("learner", "parametric") == "parametric"
    if name == "manski_bounds" and method == "doubly_robust" and not plain:
        yield "since worst cases are told of parametric models without a subgroup alone"
    if name == "romano_wolf" and not can_step_down(call):
        yield "since it is of several outcomes by randomization, without arms and subgroup"
    if name == MINIMUM_CHECK and not isinstance(terms.analysis[id].minimum_n, MinimumN):
        yield "since it has no minimum_n"
    figures = [one for one in terms.figures.values() if isinstance(one, EstimateFigure) and one.estimate == id]
    if name == QUANTITY_CHECK and all(one.payment_quantity is None for one in figures):
        yield "since none of its figures has a payment_quantity"


def _counts(method: str, call: Mapping[str, Any]) -> bool:
    """Whether the outcome of a trial is a count or a rate, which has no range of itself."""
    return method == "randomized_trial" and (
        call.get("exposure") is not None or "overdispersion" in by_call(method, call)
    )


_BY_CHOICE: Mapping[str, str] = {
    "composition_change": "since it has neither standardize nor the check composition_change",
    "composition_drift": "since it has no covariates",
    "excluded_periods": "since it has no excluded",
    "level_correction": "since it has no level_correction",
    "overdispersion": "since neither its variance is quasi_poisson nor its inference exact_poisson",
    "own_unit": "since its own_unit tells of no series",
    "placebo_distribution": "since its inference is not by placebos",
    "propensity_overlap": "since its match rests on no propensity",
    "rmspe_ratio": "since its inference is not by placebos",
    "set_overlap": "since its match rests on a propensity, of which propensity_overlap tells",
    "tie_orders": "since its match weights units and breaks no ties",
    "trend_readings": "since its trend is ratio_of_means",
    "triple_difference": "since it has no eligible, or no panel",
    "weight_spread": "since its match does not weight units",
}

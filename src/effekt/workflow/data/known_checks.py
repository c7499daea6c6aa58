"""Which checks the result of each method can carry, so that none is required that no result will ever have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from effekt._validation import did_you_mean, join_words
from effekt.contracts import Contract
from effekt.contracts.agreed_limits import AgreedLimit, limits_of
from effekt.contracts.model import Analysis
from effekt.exceptions import ContractError
from effekt.workflow.data.check_numbers import NUMBERS

_ATTRITION = ("differential_attrition", "lee_bounds", "manski_bounds")
_LOST = ("differential_attrition", "manski_bounds")
_WEIGHED = ("covariate_balance", "propensity_overlap", "weight_spread")
_SYNTHETIC = (
    "synthetic_fit",
    "donor_weights",
    "leave_one_out",
    "rmspe_ratio",
    "placebo_distribution",
    "prediction_interval",
)
_DECLARED = ("minimum_n", "payment_quantity")

GIVEN: Mapping[str, tuple[str, ...]] = {
    "complier_effect": (*_ATTRITION, "first_stage", "complier_bounds", "missing_receipt"),
    "difference_in_differences": ("composition_drift", "triple_difference"),
    "doubly_robust": (*_WEIGHED, *_LOST),
    "event_study": ("pretrend", "composition_drift"),
    "matched_comparison": (*_WEIGHED, *_LOST, "set_overlap", "matched_sample", "tie_orders"),
    "outcome_count": (),
    "published_comparison": (),
    "randomized_trial": (*_ATTRITION, "overdispersion"),
    "randomized_trials": (*_ATTRITION, "romano_wolf"),
    "staggered_adoption": ("pretrends",),
    "synthetic_control": _SYNTHETIC,
    "synthetic_difference_in_differences": (*_SYNTHETIC, "time_weights"),
    "trend_adjusted": (
        "adjustment_readings",
        "trend_readings",
        "excluded_periods",
        "level_correction",
        "own_unit",
        "placebo_distribution",
        "prediction_interval",
        "composition_change",
    ),
}
"""By method: what it gives by itself, where the data and the other arguments let it."""

_BOUNDED = {"honest_did": ("relative_magnitudes", "smoothness")}
_TRENDS = {"pretrend": ("pretrend",), **_BOUNDED}
ASKED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "difference_in_differences": _TRENDS,
    "doubly_robust": {"e_value": ("e_value",)},
    "event_study": _BOUNDED,
    "matched_comparison": {
        name: (name,)
        for name in ("rosenbaum_bounds", "robustness_value", "marginal_sensitivity", "oster_delta", "e_value")
    },
    "staggered_adoption": {**_TRENDS, "bacon_decomposition": ("bacon_decomposition",)},
    "trend_adjusted": {
        name: (name,)
        for name in (
            "regression_to_mean",
            "baseline_choice",
            "placebo_in_time",
            "inference_choice",
            "substitution",
            "level_break",
            "spill_over",
            "heaping",
        )
    },
}
"""By method: what it gives when it stands under the argument checks, by the words that ask for it."""


def check_required(contract: Contract) -> None:
    """Refuse a required check, or a number of one, that the analysis cannot give: its figures would all be referred.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, naming the check, those that the method can give, and the remedy.
    """
    for id, analysis in contract.model.analysis.items():
        for name, problem in _faults(id, analysis):
            raise ContractError(f"line {contract.line('analysis', id, 'required_checks', name)}: {problem}")
        for name, problem in _numbers(id, limits_of(analysis.required_checks)):
            place = ("analysis", id, "required_checks", name, "number")
            raise ContractError(f"line {contract.line(*place)}: {problem}")


def _faults(id: str, analysis: Analysis) -> Iterator[tuple[str, str]]:
    given, asked = (*GIVEN[analysis.method], *_DECLARED), ASKED.get(analysis.method, {})
    written = asked_for(analysis)
    for name in analysis.required_checks or {}:
        where = f"analysis.{id}.required_checks.{name}"
        if name in given or written.intersection(asked.get(name, ())):
            continue
        if name in asked:
            words = join_words(list(asked[name]))
            yield (
                name,
                f"{where} requires a check that the analysis does not ask for; add {words} to analysis.{id}.checks.",
            )
            continue
        known = (*GIVEN[analysis.method], *asked)
        other = f"it gives {join_words(known, 'and')}" if known else "it gives none"
        yield (
            name,
            f"{where} is no check that the method {analysis.method} can give; {other}.{did_you_mean(name, known)} "
            "Remove it, or require another.",
        )


def _numbers(id: str, limits: Mapping[str, AgreedLimit]) -> Iterator[tuple[str, str]]:
    """Limits of numbers that the check does not have."""
    for name, limit in limits.items():
        known = NUMBERS.get(name, ())
        if limit.number not in known:
            where = f"analysis.{id}.required_checks.{name}.number"
            other = f"it has {join_words(known, 'and')}" if known else "it has none"
            yield (
                name,
                f"{where} must be a number of the check {name}; {other}; got {limit.number}."
                f"{did_you_mean(limit.number, known)} Name another, or remove the limit.",
            )


def asked_for(analysis: Analysis) -> set[str]:
    """The words under checks; one with arguments of its own is a mapping that names it under `check`.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    set of str
    """
    asked = analysis.given.get("checks") or ()
    return {str(one.get("check")) if isinstance(one, Mapping) else str(one) for one in asked}

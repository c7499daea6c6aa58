"""Causal impact evaluation for social outcomes contracts: what did the intervention cause, and what is due?

Public names load on first use, so that ``import effekt`` itself costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from effekt.exceptions import (
    ArgumentError,
    BrokenLogError,
    CertificateError,
    ContractError,
    DataError,
    EffektError,
    IncompleteWindowError,
    InferenceUnavailableError,
    UnavailableError,
    UnknownColumnError,
    ViewUnavailableError,
)

if TYPE_CHECKING:
    from effekt import datasets, diagnostics, simulation
    from effekt.estimators.compliers import complier_effect
    from effekt.estimators.did import difference_in_differences
    from effekt.estimators.did.event_study import event_study
    from effekt.estimators.doubly_robust import doubly_robust
    from effekt.estimators.matching.comparison import matched_comparison
    from effekt.estimators.matching.controls import match_controls
    from effekt.estimators.matching.match import Match
    from effekt.estimators.outcomes import outcome_count
    from effekt.estimators.pooling import pool
    from effekt.estimators.published import published_comparison
    from effekt.estimators.randomized import randomized_trial, randomized_trials
    from effekt.estimators.staggered import staggered_adoption
    from effekt.estimators.synthetic import synthetic_control, synthetic_difference_in_differences
    from effekt.estimators.trend import placebo_study, trend_adjusted
    from effekt.registers import Extract, read_kolada, sick_leave_days
    from effekt.result import (
        Diagnostic,
        EffectEstimate,
        EffectSet,
        OutcomeMeasure,
        read_result,
    )
    from effekt.roles import Estimand, Outcome, Weights
    from effekt.tables import Table, read_table
    from effekt.workflow import (
        Certificate,
        case,
        check,
        dry_run,
        estimate,
        lock,
        look,
        read_attestation,
        read_certificate,
        read_contract,
        read_declarations,
        report,
        settle,
        verify,
        write_certificate,
    )

__version__ = "0.1.0"

_LAZY = {
    "Certificate": "effekt.workflow",
    "Diagnostic": "effekt.result",
    "EffectEstimate": "effekt.result",
    "EffectSet": "effekt.result",
    "Estimand": "effekt.roles",
    "Extract": "effekt.registers",
    "Match": "effekt.estimators.matching.match",
    "Outcome": "effekt.roles",
    "OutcomeMeasure": "effekt.result",
    "Table": "effekt.tables",
    "Weights": "effekt.roles",
    "case": "effekt.workflow",
    "check": "effekt.workflow",
    "complier_effect": "effekt.estimators.compliers",
    "difference_in_differences": "effekt.estimators.did",
    "doubly_robust": "effekt.estimators.doubly_robust",
    "dry_run": "effekt.workflow",
    "estimate": "effekt.workflow",
    "event_study": "effekt.estimators.did.event_study",
    "lock": "effekt.workflow",
    "look": "effekt.workflow",
    "match_controls": "effekt.estimators.matching.controls",
    "matched_comparison": "effekt.estimators.matching.comparison",
    "outcome_count": "effekt.estimators.outcomes",
    "placebo_study": "effekt.estimators.trend",
    "pool": "effekt.estimators.pooling",
    "published_comparison": "effekt.estimators.published",
    "randomized_trial": "effekt.estimators.randomized",
    "randomized_trials": "effekt.estimators.randomized",
    "read_attestation": "effekt.workflow",
    "read_certificate": "effekt.workflow",
    "read_contract": "effekt.workflow",
    "read_declarations": "effekt.workflow",
    "read_kolada": "effekt.registers",
    "read_result": "effekt.result",
    "read_table": "effekt.tables",
    "report": "effekt.workflow",
    "settle": "effekt.workflow",
    "sick_leave_days": "effekt.registers",
    "staggered_adoption": "effekt.estimators.staggered",
    "synthetic_control": "effekt.estimators.synthetic",
    "synthetic_difference_in_differences": "effekt.estimators.synthetic",
    "trend_adjusted": "effekt.estimators.trend",
    "verify": "effekt.workflow",
    "write_certificate": "effekt.workflow",
}
_MODULES = ("datasets", "diagnostics", "simulation")

__all__ = [
    "ArgumentError",
    "BrokenLogError",
    "Certificate",
    "CertificateError",
    "ContractError",
    "DataError",
    "Diagnostic",
    "EffectEstimate",
    "EffectSet",
    "EffektError",
    "Estimand",
    "Extract",
    "IncompleteWindowError",
    "InferenceUnavailableError",
    "Match",
    "Outcome",
    "OutcomeMeasure",
    "Table",
    "UnavailableError",
    "UnknownColumnError",
    "ViewUnavailableError",
    "Weights",
    "__version__",
    "case",
    "check",
    "complier_effect",
    "datasets",
    "diagnostics",
    "difference_in_differences",
    "doubly_robust",
    "dry_run",
    "estimate",
    "event_study",
    "lock",
    "look",
    "match_controls",
    "matched_comparison",
    "outcome_count",
    "placebo_study",
    "pool",
    "published_comparison",
    "randomized_trial",
    "randomized_trials",
    "read_attestation",
    "read_certificate",
    "read_contract",
    "read_declarations",
    "read_kolada",
    "read_result",
    "read_table",
    "report",
    "settle",
    "sick_leave_days",
    "simulation",
    "staggered_adoption",
    "synthetic_control",
    "synthetic_difference_in_differences",
    "trend_adjusted",
    "verify",
    "write_certificate",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"effekt.{name}")
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'effekt' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

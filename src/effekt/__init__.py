"""Causal impact evaluation for social outcomes contracts: what did the intervention cause, and what is due?

Public names load on first use, so that ``import effekt`` itself costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from effekt.exceptions import (
    ArgumentError,
    CertificateError,
    ContractError,
    DataError,
    EffektError,
    IncompleteWindowError,
    InferenceUnavailableError,
    ViewUnavailableError,
)

if TYPE_CHECKING:
    from effekt import datasets, diagnostics, simulation
    from effekt.estimators.placebo import placebo_study
    from effekt.estimators.trend import trend_adjusted
    from effekt.result import (
        Diagnostic,
        EffectEstimate,
        EffectSet,
        OutcomeMeasure,
        read_result,
    )
    from effekt.roles import Estimand, Outcome
    from effekt.tables import Table, read_table

__version__ = "0.1.0"

_LAZY = {
    "Diagnostic": "effekt.result",
    "EffectEstimate": "effekt.result",
    "EffectSet": "effekt.result",
    "Estimand": "effekt.roles",
    "Outcome": "effekt.roles",
    "OutcomeMeasure": "effekt.result",
    "Table": "effekt.tables",
    "placebo_study": "effekt.estimators.placebo",
    "read_result": "effekt.result",
    "read_table": "effekt.tables",
    "trend_adjusted": "effekt.estimators.trend",
}
_MODULES = ("datasets", "diagnostics", "simulation")

__all__ = [
    "ArgumentError",
    "CertificateError",
    "ContractError",
    "DataError",
    "Diagnostic",
    "EffectEstimate",
    "EffectSet",
    "EffektError",
    "Estimand",
    "IncompleteWindowError",
    "InferenceUnavailableError",
    "Outcome",
    "OutcomeMeasure",
    "Table",
    "ViewUnavailableError",
    "__version__",
    "datasets",
    "diagnostics",
    "placebo_study",
    "read_result",
    "read_table",
    "simulation",
    "trend_adjusted",
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

"""Checks of a design, one file for each topic, on arrays; every one returns a `Diagnostic`."""

from effekt.diagnostics.attrition import attrition_checks, differential_attrition, lee_bounds, manski_bounds
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.ledger import unit_ledger
from effekt.diagnostics.overlap import propensity_overlap
from effekt.diagnostics.placebo import placebo_distribution

__all__ = [
    "attrition_checks",
    "covariate_balance",
    "differential_attrition",
    "lee_bounds",
    "manski_bounds",
    "placebo_distribution",
    "propensity_overlap",
    "unit_ledger",
]

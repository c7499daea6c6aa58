"""Checks of a design, one file each, on arrays; every one returns a `Diagnostic`."""

from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import propensity_overlap
from effekt.diagnostics.placebo import placebo_distribution

__all__ = ["covariate_balance", "placebo_distribution", "propensity_overlap"]

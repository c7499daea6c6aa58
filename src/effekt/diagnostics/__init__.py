"""Checks of a design, one file each, on arrays; every one returns a `Diagnostic`."""

from effekt.diagnostics.placebo import placebo_distribution

__all__ = ["placebo_distribution"]

"""Logarithms of ratios, as checks take them."""

from __future__ import annotations

import numpy as np

from effekt._types import FloatArray
from effekt.exceptions import ArgumentError

LARGEST_LOG = 700.0  # e to a higher power is more than a float holds
LINEAR = "Give differences in the outcome's unit with scale='linear'."


def check_log(name: str, value: float | FloatArray, remedy: str) -> None:
    """Raise unless each is the logarithm of a ratio that a number can hold."""
    beyond = np.atleast_1d(np.abs(value) > LARGEST_LOG)
    if beyond.any():
        where = f"got {value:g}" if isinstance(value, float) else f"the first row beyond is row {beyond.argmax() + 1}"
        raise ArgumentError(
            f"`{name}` must be logarithms of ratios, from {-LARGEST_LOG:g} to {LARGEST_LOG:g}; {where}. {remedy}"
        )

"""Plans of which the spread of the estimate itself is known: from placebos, or from elsewhere."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from effekt._inference.distributions import binomial_lower_tail, normal_density, t_quantile, t_upper_tail
from effekt._types import FloatArray
from effekt._validation import check_integer
from effekt.diagnostics.power.plan import Design, Sided, hold_positive

REACH = 9.0  # standard deviations beyond which a normal has no weight left


@cache
def _quadrature() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of Gauss and Legendre on (−1, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return nodes, weights


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboDesign(Design):
    """One treated unit, judged by its rank among placebos.

    Attributes
    ----------
    placebos : int
        Units without the intervention, J; the smallest p is 1/(J + 1).
    sd : float
        Standard deviation of what the comparison finds where nothing was done.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from effekt.diagnostics import PlaceboDesign
    >>> round(PlaceboDesign(placebos=39, sd=0.05).power(0.2, Fraction(1, 20), "two-sided"), 2)
    0.97
    """

    placebos: int
    sd: float

    def __post_init__(self) -> None:
        check_integer("placebos", self.placebos, 1)
        hold_positive(self, "sd")

    @property
    def std_error(self) -> float:
        """The placebos' standard deviation."""
        return self.sd

    def std_error_at(self, effect: float) -> float:
        """The same whatever the effect."""
        return self.sd

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """P(at most ⌊α(J + 1)⌋ − 1 placebos are as extreme), errors normal with the placebos' standard deviation."""
        allowed = math.floor(alpha * (self.placebos + 1)) - 1
        if allowed < 0:
            return 0.0
        shift, found = effect / self.sd, 0.0
        nodes, weights = _quadrature()
        ends = sorted({shift - REACH, min(max(0.0, shift - REACH), shift + REACH), shift + REACH})
        for low, high in itertools.pairwise(ends):  # in pieces, since |x| has a corner at zero
            x = (low + high) / 2 + (high - low) / 2 * nodes
            beyond = 2 * t_upper_tail(np.abs(x), math.inf) if alternative == "two-sided" else t_upper_tail(x, math.inf)
            reject = binomial_lower_tail(allowed, self.placebos, beyond)
            found += float(np.sum(weights * reject * normal_density(x - shift)) * (high - low) / 2)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrecision(Design):
    """A plan of which only the standard error is given, and the estimate is normal about the truth.

    Attributes
    ----------
    std_error : float
        Of the estimate, above zero, in the estimate's own unit.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from effekt.diagnostics import KnownPrecision
    >>> round(KnownPrecision(std_error=0.5).power(1.4, Fraction(1, 20), "two-sided"), 3)
    0.8
    """

    std_error: float

    def __post_init__(self) -> None:
        hold_positive(self, "std_error")

    def std_error_at(self, effect: float) -> float:
        """The same whatever the effect."""
        return self.std_error

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """P(Z > z* − effect/SE), and P(Z < −z* − effect/SE) when two-sided."""
        shift = effect / self.std_error
        line = t_quantile(1 - float(alpha) / (2 if alternative == "two-sided" else 1), math.inf)
        found = float(t_upper_tail(line - shift, math.inf))
        return found + (float(t_upper_tail(line + shift, math.inf)) if alternative == "two-sided" else 0.0)

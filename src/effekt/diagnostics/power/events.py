"""Plans that count: shares of people with an event, and events over an exposure."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._validation import check_option
from effekt.diagnostics.power.plan import Design, Sided, check_both_arms, hold_positive, hold_share
from effekt.exceptions import ArgumentError

Better: TypeAlias = Literal["lower", "higher"]


class ScoreTest(Design):
    """A plan whose variance follows from its means, and whose test of no effect takes that of the pooled mean."""

    __slots__ = ()

    better: Better

    @property
    @abstractmethod
    def mean(self) -> float:
        """The mean without the intervention."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[float, float]:
        """Units or exposure among the treated and among the others."""

    @abstractmethod
    def variance(self, mean: float) -> float:
        """Of one unit, or of a count over one unit of exposure."""

    @property
    def sign(self) -> int:
        """1 where more is better, −1 where less is."""
        return -1 if self.better == "lower" else 1

    def treated_mean(self, effect: float) -> float:
        """The mean among the treated when the improvement is `effect`."""
        if effect > self.largest:
            raise ArgumentError(
                f"The improvement of a {type(self).__name__} can be at most {self.largest:g}, which is all; got "
                f"{effect!r}."
            )
        return self.mean + self.sign * effect

    def pooled_error(self, treated: float) -> float:
        """Standard error of the difference where both arms have their common mean."""
        first, second = self.sizes
        mean = (first * treated + second * self.mean) / (first + second)
        return math.sqrt(self.variance(mean) * (1 / first + 1 / second))

    def error(self, treated: float, factor: float = 1.0) -> float:
        """Standard error of the treated mean less `factor` times the other, each arm with its own mean."""
        first, second = self.sizes
        return math.sqrt(self.variance(treated) / first + factor**2 * self.variance(self.mean) / second)

    def relative(self) -> Design:
        """With effects over the mean without the intervention, which is estimated."""
        return RelativeScoreTest(plan=self)

    @property
    def std_error(self) -> float:
        """Of the difference, where nothing was changed."""
        return self.error(self.mean)

    def std_error_at(self, effect: float) -> float:
        """Of the difference, each arm with its own mean."""
        return self.error(self.treated_mean(effect))

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """Φ((effect − z*·SE_pooled)/SE), and Φ((−effect − z*·SE_pooled)/SE) when two-sided."""
        line = t_quantile(1 - float(alpha) / (2 if alternative == "two-sided" else 1), math.inf)
        treated = self.treated_mean(effect)
        reach, own = line * self.pooled_error(treated), self.error(treated)
        found = float(t_upper_tail((reach - effect) / own, math.inf))
        return found + (float(t_upper_tail((reach + effect) / own, math.inf)) if alternative == "two-sided" else 0.0)

    def bound_reaches(self, effect: float, line: float, alpha: Fraction) -> float:
        """Φ((effect − line)/SE − z*): the limit is taken as estimate − z*·SE, each arm with its own mean."""
        shift = (line - effect) / self.std_error_at(effect)
        return float(t_upper_tail(shift + t_quantile(1 - float(alpha), math.inf), math.inf))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeScoreTest(Design):
    """The same plan, with effects as shares of the mean without the intervention.

    With μ the means, a relative improvement of at least c is found where ±(m₁ − (1 ± c)m₀) ≥ 0: a contrast of the two
    means that are found, normal about μ₀(effect − c) (Fieller's argument).
    """

    plan: ScoreTest

    @property
    def largest(self) -> float:
        """That of the plan over the mean."""
        return self.plan.largest / self.plan.mean

    def std_error_at(self, effect: float) -> float:
        """Of the ratio of the two means, by the delta method."""
        treated = self.plan.treated_mean(self._difference(effect))
        return self.plan.error(treated, treated / self.plan.mean) / self.plan.mean

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """That of the difference: no effect is the same."""
        return self.plan.power(self._difference(effect), alpha, alternative)

    def reaches(self, effect: float, line: float) -> float:
        """Φ(μ₀(effect − line)/SE of the contrast at the line)."""
        return float(t_upper_tail(self._distance(effect, line), math.inf))

    def bound_reaches(self, effect: float, line: float, alpha: Fraction) -> float:
        """Φ(μ₀(effect − line)/SE − z*): the limit is Fieller's."""
        return float(t_upper_tail(self._distance(effect, line) + t_quantile(1 - float(alpha), math.inf), math.inf))

    def _distance(self, effect: float, line: float) -> float:
        treated = self.plan.treated_mean(self._difference(effect))
        error = self.plan.error(treated, 1 + self.plan.sign * line)
        return self.plan.mean * (line - effect) / error

    def _difference(self, effect: float) -> float:
        if effect > self.largest:
            raise ArgumentError(
                f"The relative improvement of a {type(self.plan).__name__} can be at most {self.largest:g}, which is "
                f"all; got {effect!r}."
            )
        return min(effect * self.plan.mean, self.plan.largest)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesDesign(ScoreTest):
    """Units assigned one by one, each with or without an event; effects are differences of shares, or relative.

    Attributes
    ----------
    n_treated, n_control : int
        Units in each arm.
    share : float
        Share with the event without the intervention, between 0 and 1.
    better : {"lower", "higher"}
        Whether an improvement makes the share smaller or larger.
    overdispersion : float
        Variance of the count of an arm over that of independent units, above zero; 1 + (m − 1)·icc where clusters of m
        are assigned as a whole, of which there must be many: the test is normal.

    Notes
    -----
    With π₁ = share ± effect, the variance of the difference is φ(π₁(1 − π₁)/n₁ + π₀(1 − π₀)/n₀), φ the overdispersion,
    and that of the test has π̄ = (n₁π₁ + n₀π₀)/(n₁ + n₀) in both places (Fleiss, Levin & Paik 2003, chapter 4, without
    their continuity correction): normal in large samples, and for rare events and few units an approximation.

    References
    ----------
    Fleiss, J. L., Levin, B. & Paik, M. C. (2003). *Statistical methods for rates and proportions*, third edition.
    Wiley. doi:10.1002/0471445428

    Examples
    --------
    >>> from effekt.diagnostics import SharesDesign
    >>> round(SharesDesign(n_treated=180, n_control=220, share=0.3, better="higher").std_error, 4)
    0.0461
    """

    n_treated: int
    n_control: int
    share: float
    better: Better
    overdispersion: float = 1.0

    def __post_init__(self) -> None:
        check_both_arms(self.n_treated, self.n_control)
        hold_share(self, "share", 0.0, 1.0)
        hold_positive(self, "overdispersion")
        check_option("better", self.better, ("lower", "higher"))

    @property
    def largest(self) -> float:
        """Until nobody, or everybody, has the event."""
        return self.share if self.better == "lower" else 1 - self.share

    @property
    def mean(self) -> float:
        """The share."""
        return self.share

    @property
    def sizes(self) -> tuple[float, float]:
        """Units in each arm."""
        return self.n_treated, self.n_control

    def variance(self, mean: float) -> float:
        """φπ(1 − π)."""
        return self.overdispersion * mean * (1 - mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesDesign(ScoreTest):
    """Events counted over an exposure such as person-years; effects are differences of rates, or relative.

    Attributes
    ----------
    exposure_treated, exposure_control : float
        Sum of the exposure in each arm, above zero.
    rate : float
        Events per unit of exposure without the intervention, above zero.
    better : {"lower", "higher"}
        Whether an improvement makes the rate smaller or larger.
    overdispersion : float
        Variance of the count of an arm over its mean, above zero; 1 where events are independent (Poisson), more where
        some people have many.

    Notes
    -----
    With λ₁ = rate ± effect, the variance of the difference is φ(λ₁/E₁ + λ₀/E₀), and that of the test has
    λ̄ = (E₁λ₁ + E₀λ₀)/(E₁ + E₀) in both places (Gu et al. 2008): normal in large samples, and for few events an
    approximation. The test takes φ as known.

    References
    ----------
    Gu, K., Ng, H. K. T., Tang, M. L. & Schucany, W. R. (2008). Testing the ratio of two Poisson rates. *Biometrical
    Journal* 50(2), 283–298. doi:10.1002/bimj.200710403

    Examples
    --------
    >>> from effekt.diagnostics import RatesDesign
    >>> round(RatesDesign(exposure_treated=200, exposure_control=200, rate=0.9, better="lower").std_error, 4)
    0.0949
    """

    exposure_treated: float
    exposure_control: float
    rate: float
    better: Better
    overdispersion: float = 1.0

    def __post_init__(self) -> None:
        hold_positive(self, "exposure_treated", "exposure_control", "rate", "overdispersion")
        check_option("better", self.better, ("lower", "higher"))

    @property
    def largest(self) -> float:
        """Until there are no events; a rate can rise without end."""
        return self.rate if self.better == "lower" else math.inf

    @property
    def mean(self) -> float:
        """The rate."""
        return self.rate

    @property
    def sizes(self) -> tuple[float, float]:
        """Exposure in each arm."""
        return self.exposure_treated, self.exposure_control

    def variance(self, mean: float) -> float:
        """φλ."""
        return self.overdispersion * mean

"""Plans that assign units one by one: freely, within blocks, within pairs, or each with a probability of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from effekt._validation import check_integer
from effekt.diagnostics._arrays import check_between, check_positive
from effekt.diagnostics.power.plan import TTest, check_both_arms, check_df, check_sizes
from effekt.exceptions import ArgumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class IndividualDesign(TTest):
    """Units assigned one by one.

    Attributes
    ----------
    n_treated, n_control : int
        Units in each arm.
    sd : float
        Standard deviation of the outcome within an arm.
    explained : float
        Share of its variance that covariates explain, from 0, below 1.
    covariates : int
        How many covariates.
    """

    n_treated: int
    n_control: int
    sd: float
    explained: float = 0.0
    covariates: int = 0

    def __post_init__(self) -> None:
        check_both_arms(self.n_treated, self.n_control)
        check_positive("sd", self.sd)
        check_between("explained", self.explained, 0.0, 1.0, ends="[)")
        check_integer("covariates", self.covariates, 0)
        check_df(self.df)

    @property
    def df(self) -> float:
        """Units less two arms and the covariates."""
        return self.n_treated + self.n_control - 2 - self.covariates

    @property
    def std_error(self) -> float:
        """sd·√((1 − explained)(1/n₁ + 1/n₀))."""
        return self.sd * math.sqrt((1 - self.explained) * (1 / self.n_treated + 1 / self.n_control))


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedDesign(TTest):
    """Units assigned one by one within blocks; blocks count by their size.

    Attributes
    ----------
    n_treated, n_control : tuple of int
        Units in each arm of each block.
    sd : float
        Standard deviation of the outcome within an arm of a block.
    explained : float
        Share of that variance that covariates explain, from 0, below 1.
    covariates : int
        How many covariates.
    """

    n_treated: tuple[int, ...]
    n_control: tuple[int, ...]
    sd: float
    explained: float = 0.0
    covariates: int = 0

    def __post_init__(self) -> None:
        check_sizes("n_treated", self.n_treated)
        check_sizes("n_control", self.n_control)
        if len(self.n_treated) != len(self.n_control):
            raise ArgumentError(
                f"`n_treated` and `n_control` must have one number for each block; they have {len(self.n_treated)} and "
                f"{len(self.n_control)}."
            )
        check_positive("sd", self.sd)
        check_between("explained", self.explained, 0.0, 1.0, ends="[)")
        check_integer("covariates", self.covariates, 0)
        check_df(self.df)

    @property
    def df(self) -> float:
        """Units less two arms of each block and the covariates."""
        return sum(self.n_treated) + sum(self.n_control) - 2 * len(self.n_treated) - self.covariates

    @property
    def std_error(self) -> float:
        """sd·√((1 − explained) Σ (n_b/N)²(1/n₁b + 1/n₀b))."""
        total = sum(self.n_treated) + sum(self.n_control)
        parts = (((a + b) / total) ** 2 * (1 / a + 1 / b) for a, b in zip(self.n_treated, self.n_control, strict=True))
        return self.sd * math.sqrt((1 - self.explained) * math.fsum(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDesign(TTest):
    """Pairs of which one unit is assigned by lot; the test is that of the mean difference within pairs.

    Attributes
    ----------
    pairs : int
        How many.
    sd : float
        Standard deviation of the outcome of a unit within an arm, over all pairs. For pairs of clusters of one size,
        that of a cluster's mean.
    correlation : float
        Of the outcomes of the two units of a pair, above −1, below 1: what pairing has made alike.
    """

    pairs: int
    sd: float
    correlation: float

    def __post_init__(self) -> None:
        check_integer("pairs", self.pairs, 1)
        check_positive("sd", self.sd)
        check_between("correlation", self.correlation, -1.0, 1.0)
        check_df(self.df)

    @property
    def df(self) -> float:
        """Pairs less one."""
        return self.pairs - 1

    @property
    def std_error(self) -> float:
        """sd·√(2(1 − correlation)/pairs)."""
        return self.sd * math.sqrt(2 * (1 - self.correlation) / self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityDesign(TTest):
    """Units assigned one by one with unequal, known probabilities, and weighted by their inverse (Hájek).

    Attributes
    ----------
    sizes : tuple of int
        Units that share a probability, in each group of such.
    probabilities : tuple of float
        That of being assigned to treatment, between 0 and 1, of each group.
    sd : float
        Standard deviation of the outcome within an arm, over all groups.

    Notes
    -----
    With weights w = 1/q, q the probability of the arm, the variance of an arm's mean is sd²·Σw²/(Σw)², in which the
    sums over its units are expected to be Σ n/q and N. The squared residuals in its estimate vary as w⁴, so that an arm
    has (Σw²)²/Σw⁴ − 1 degrees of freedom, and both together those of Satterthwaite (1946).

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. *Biometrics Bulletin*
    2(6), 110–114. doi:10.2307/3002019
    """

    sizes: tuple[int, ...]
    probabilities: tuple[float, ...]
    sd: float

    def __post_init__(self) -> None:
        check_sizes("sizes", self.sizes)
        if not isinstance(self.probabilities, tuple) or len(self.probabilities) != len(self.sizes):
            raise ArgumentError(
                f"`probabilities` must be a tuple with one number for each of the {len(self.sizes)} groups; got "
                f"{self.probabilities!r}."
            )
        for probability in self.probabilities:
            check_between("probabilities", probability, 0.0, 1.0)
        check_positive("sd", self.sd)
        check_df(self.df)

    @property
    def df(self) -> float:
        """(V₁ + V₀)²/(V₁²/f₁ + V₀²/f₀), where an arm's f is (Σ w²)²/Σ w⁴ − 1: Welch's with unequal weights."""
        if min(self._freedom(arm) for arm in (1, 0)) <= 0:
            return 0.0
        variances = [self._sum(arm, 1) for arm in (1, 0)]
        freedoms = [self._freedom(arm) for arm in (1, 0)]
        return sum(variances) ** 2 / math.fsum(v**2 / f for v, f in zip(variances, freedoms, strict=True))

    @property
    def std_error(self) -> float:
        """sd·√(Σ n_g/p_g + Σ n_g/(1 − p_g))/N."""
        return self.sd * math.sqrt(self._sum(1, 1) + self._sum(0, 1)) / sum(self.sizes)

    def _sum(self, arm: int, power: int) -> float:
        """Σ n q^(−power) over groups, q the probability of the arm: what Σ w^(power + 1) is expected to be."""
        own = (p if arm else 1 - p for p in self.probabilities)
        return math.fsum(n * q**-power for n, q in zip(self.sizes, own, strict=True))

    def _freedom(self, arm: int) -> float:
        return self._sum(arm, 1) ** 2 / self._sum(arm, 3) - 1

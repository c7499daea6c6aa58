"""Plans that assign units one by one: freely, within blocks, within pairs, or each with a probability of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from effekt._few import MIN_PAIRS, SINGLE_UNIT_IN_BLOCK, few_pairs
from effekt._text import Text
from effekt._validation import check_integer, shown
from effekt.diagnostics.power.plan import (
    TTest,
    after_covariates,
    check_both_arms,
    check_df,
    check_share,
    check_sizes,
    hold_positive,
    hold_share,
    satterthwaite,
    too_few,
)
from effekt.exceptions import ArgumentError

Arms: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


def _freedoms(arms: Arms, covariates: int) -> list[float]:
    """What is left, n − 1, of each block of the treated, then of the controls, less what covariates cost."""
    return after_covariates([[(n - 1, n) for n in cells] for cells in arms], covariates)


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
        How many covariates, each of which costs each arm a degree of freedom; one of k categories counts as k − 1.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. *Biometrics Bulletin*
    2(6), 110–114. doi:10.2307/3002019

    Examples
    --------
    >>> from effekt.diagnostics import IndividualDesign
    >>> plan = IndividualDesign(n_treated=5, n_control=95, sd=2.0)
    >>> round(plan.std_error, 4), round(plan.df, 2)
    (0.9177, 4.43)
    """

    n_treated: int
    n_control: int
    sd: float
    explained: float = 0.0
    covariates: int = 0

    def __post_init__(self) -> None:
        check_both_arms(self.n_treated, self.n_control)
        hold_positive(self, "sd")
        hold_share(self, "explained", 0.0, 1.0, ends="[)")
        check_integer("covariates", self.covariates, 0)
        _freedoms(self._cells, self.covariates)

    @property
    def df(self) -> float:
        """(V₁ + V₀)²/(V₁²/f₁ + V₀²/f₀) with V = 1/n and f = n − 1 − covariates of each arm."""
        return satterthwaite((1 / self.n_treated, 1 / self.n_control), _freedoms(self._cells, self.covariates))

    @property
    def refused(self) -> Text | None:
        """An arm of a single unit."""
        return too_few(self._cells, self.df, single_in_block=SINGLE_UNIT_IN_BLOCK, clustered=False)

    @property
    def _cells(self) -> Arms:
        return (self.n_treated,), (self.n_control,)

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
        How many covariates, each of which costs each arm a degree of freedom; one of k categories counts as k − 1.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. *Biometrics Bulletin*
    2(6), 110–114. doi:10.2307/3002019

    Examples
    --------
    >>> from effekt.diagnostics import BlockedDesign
    >>> plan = BlockedDesign(n_treated=(2,) * 6, n_control=(10,) * 6, sd=2.0)
    >>> round(plan.std_error, 4), round(plan.df, 2)
    (0.6325, 8.6)
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
        hold_positive(self, "sd")
        hold_share(self, "explained", 0.0, 1.0, ends="[)")
        check_integer("covariates", self.covariates, 0)
        _freedoms(self._cells, self.covariates)

    @property
    def df(self) -> float:
        """(Σ V)²/Σ(V²/f) over arms a of blocks b, V = (n_b/N)²/n_ab and f = n_ab − 1, less what covariates cost."""
        return satterthwaite(self._variances, _freedoms(self._cells, self.covariates))

    @property
    def refused(self) -> Text | None:
        """An arm, or an arm of a block, of a single unit."""
        return too_few(self._cells, self.df, single_in_block=SINGLE_UNIT_IN_BLOCK, clustered=False)

    @property
    def std_error(self) -> float:
        """sd·√((1 − explained) Σ (n_b/N)²(1/n₁b + 1/n₀b))."""
        return self.sd * math.sqrt((1 - self.explained) * math.fsum(self._variances))

    @property
    def _cells(self) -> Arms:
        return self.n_treated, self.n_control

    @property
    def _variances(self) -> list[float]:
        """(n_b/N)²/n_ab of the blocks of the treated, then of the controls."""
        sizes = [sum(pair) for pair in zip(*self._cells, strict=True)]
        return [(n / sum(sizes)) ** 2 / own for arm in self._cells for n, own in zip(sizes, arm, strict=True)]


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

    Notes
    -----
    Two pairs of units have inference; pairs of clusters have it from four on.

    Examples
    --------
    >>> from effekt.diagnostics import PairedDesign
    >>> plan = PairedDesign(pairs=14, sd=2.0, correlation=0.4)
    >>> round(plan.std_error, 4), plan.df
    (0.5855, 13)
    """

    pairs: int
    sd: float
    correlation: float

    def __post_init__(self) -> None:
        check_integer("pairs", self.pairs, 1)
        hold_positive(self, "sd")
        hold_share(self, "correlation", -1.0, 1.0)

    @property
    def df(self) -> float:
        """Pairs less one."""
        return self.pairs - 1

    @property
    def refused(self) -> Text | None:
        """A single pair."""
        return few_pairs(self.pairs, MIN_PAIRS, clustered=False) if self.pairs < MIN_PAIRS else None

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

    Examples
    --------
    >>> from effekt.diagnostics import ProbabilityDesign
    >>> plan = ProbabilityDesign(sizes=(80, 80), probabilities=(0.5, 0.25), sd=1.0)
    >>> round(plan.std_error, 4), round(plan.df, 1)
    (0.1708, 82.6)
    """

    sizes: tuple[int, ...]
    probabilities: tuple[float, ...]
    sd: float

    def __post_init__(self) -> None:
        check_sizes("sizes", self.sizes)
        if not isinstance(self.probabilities, tuple) or len(self.probabilities) != len(self.sizes):
            raise ArgumentError(
                f"`probabilities` must be a tuple with one number for each of the {len(self.sizes)} groups; got "
                f"{shown(self.probabilities)}."
            )
        for probability in self.probabilities:
            check_share("probabilities", probability, 0.0, 1.0)
        hold_positive(self, "sd")
        check_df(self.df)

    @property
    def df(self) -> float:
        """(V₁ + V₀)²/(V₁²/f₁ + V₀²/f₀), where an arm's f is (Σ w²)²/Σ w⁴ − 1: Welch's with unequal weights."""
        return satterthwaite((self._sum(arm, 1) for arm in (1, 0)), (self._freedom(arm) for arm in (1, 0)))

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

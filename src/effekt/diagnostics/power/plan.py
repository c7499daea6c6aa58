"""What every plan answers: how precise its estimate would be, and how its test rejects."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt._few import MIN_CLUSTERS, few_clusters, low_df, single_in_arm
from effekt._inference.distributions import noncentral_t_upper_tail, t_quantile, t_upper_tail
from effekt._text import Text
from effekt._validation import check_integer, check_number, shown
from effekt.diagnostics._arrays import check_between, check_positive
from effekt.exceptions import ArgumentError

Sided: TypeAlias = Literal["two-sided", "greater"]
ARMS = (Text(en="treated", sv="behandlingsgruppen"), Text(en="control", sv="kontrollgruppen"))


class Design(ABC):
    """A plan. Effects are improvements, in the unit of the standard error."""

    __slots__ = ()

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the test; None where it has none."""
        return None

    @property
    def refused(self) -> Text | None:
        """Why the analysis of such a trial would have no standard error; None where it has one."""
        return None

    @property
    def largest(self) -> float:
        """The largest effect there can be."""
        return math.inf

    def relative(self) -> Design:
        """The same plan with effects as shares of the counterfactual: itself, where its `sd` is one already."""
        return self

    @abstractmethod
    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """Probability that no effect is rejected at α when the effect is `effect`."""

    @abstractmethod
    def std_error_at(self, effect: float) -> float:
        """Standard error of the estimate when the effect is `effect`."""

    def reaches(self, effect: float, line: float) -> float:
        """Φ((effect − line)/SE): the probability that the estimate is `line` or more."""
        return float(t_upper_tail((line - effect) / self.std_error_at(effect), math.inf))

    def bound_reaches(self, effect: float, line: float, alpha: Fraction) -> float:
        """Probability that the one-sided lower confidence limit at 1 − α is `line` or more: that `line` is rejected."""
        return self.power(effect - line, alpha, "greater")


class TTest(Design):
    """A plan whose estimate over its standard error is Student's t with `df` degrees of freedom."""

    __slots__ = ()

    @property
    @abstractmethod
    def df(self) -> float:
        """Degrees of freedom of the variance."""

    @property
    @abstractmethod
    def std_error(self) -> float:
        """Standard error of the estimate, in the unit of `sd`."""

    def std_error_at(self, effect: float) -> float:
        """The same whatever the effect."""
        return self.std_error

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """P(T > t*), and P(T < −t*) when two-sided, of the noncentral t with noncentrality effect/SE.

        0 where the analysis is refused: it rejects nothing.
        """
        if self.refused is not None:
            return 0.0
        shift = effect / self.std_error
        line = t_quantile(1 - float(alpha) / (2 if alternative == "two-sided" else 1), self.df)
        found = _beyond(line, self.df, shift)
        return found + (_beyond(line, self.df, -shift) if alternative == "two-sided" else 0.0)


def _beyond(line: float, df: float, shift: float) -> float:
    """P(T > line), line above zero; at most Φ(shift), so none where SciPy finds no number for a shift of −6 or less."""
    found = noncentral_t_upper_tail(line, df, shift)
    return 0.0 if math.isnan(found) and shift <= -6 else found


def check_both_arms(n_treated: object, n_control: object) -> None:
    """Raise unless each arm has at least one unit."""
    check_integer("n_treated", n_treated, 1)
    check_integer("n_control", n_control, 1)


def hold_positive(design: Design, *names: str) -> None:
    """Each attribute as a float, which must be above zero."""
    for name in names:
        object.__setattr__(design, name, check_positive(name, getattr(design, name)))


def hold_share(design: Design, name: str, low: float, high: float, *, ends: str = "()") -> None:
    """The attribute as a float between two ends."""
    object.__setattr__(design, name, check_share(name, getattr(design, name), low, high, ends=ends))


def check_share(name: str, value: object, low: float, high: float, *, ends: str = "()") -> float:
    """A number between two ends, apart from a 0 that is none; a decimal in text is none, as a plan calculates."""
    number = check_between(name, check_number(name, value), low, high, ends=ends)
    return check_positive(name, number) if low == 0 and ends[0] == "(" else number


def check_sizes(name: str, sizes: object) -> None:
    """Raise unless `sizes` is a tuple of integers of at least 1."""
    if not isinstance(sizes, tuple) or not sizes:
        raise ArgumentError(f"`{name}` must be a tuple of integers, one for each group; got {shown(sizes)}.")
    for size in sizes:
        check_integer(name, size, 1)


def satterthwaite(variances: Iterable[float], freedoms: Iterable[float]) -> float:
    """(Σ V)²/Σ(V²/f): the degrees of freedom of a sum of estimated variances V, each with f of its own; 0 without."""
    terms = list(zip(variances, freedoms, strict=True))
    if min(f for _, f in terms) <= 0:
        return 0.0
    return math.fsum(v for v, _ in terms) ** 2 / math.fsum(v**2 / f for v, f in terms)


def after_covariates(arms: Sequence[Sequence[tuple[float, int]]], covariates: int) -> list[float]:
    """The degrees of freedom of each cell of each arm, in which its covariates are fitted over all its cells.

    `arms` holds for each arm the degrees of freedom and the number of units or clusters of each of its cells. An arm
    of M = Σ(n − 1) gives up one for each covariate, and each of its cells in proportion: all the factor (M − k)/M.
    """
    found = []
    for cells in arms:
        spare = sum(n - 1 for _, n in cells)
        if covariates:
            check_df(spare - covariates)
        found += [f * (spare - covariates) / spare if covariates else f for f, _ in cells]
    return found


def too_few(arms: Sequence[Sequence[int]], df: float, *, single_in_block: Text, clustered: bool) -> Text | None:
    """The refusal of a trial with so many units or clusters in each block of each arm, if it is refused."""
    for cells, name in zip(arms, ARMS, strict=True):
        if sum(cells) < 2:
            return single_in_arm(name, clustered=clustered)
        if min(cells) < 2:
            return single_in_block
    drawn = sum(map(sum, arms))
    if not clustered:
        return None
    return few_clusters(drawn) if drawn < MIN_CLUSTERS else low_df(df)


def check_df(df: float) -> None:
    """Raise where no degree of freedom is left."""
    if df < 1:
        raise ArgumentError(
            f"The design must leave at least 1 degree of freedom; it leaves {df:g}. Plan for more units."
        )

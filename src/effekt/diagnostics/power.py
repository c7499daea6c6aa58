"""How small an effect a plan can be expected to find, and how often a true one reaches the contract's threshold."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal, Protocol, TypeAlias

import numpy as np

from effekt._inference.distributions import (
    binomial_lower_tail,
    noncentral_t_upper_tail,
    normal_density,
    t_quantile,
    t_upper_tail,
)
from effekt._text import Language, Text, format_number, format_percent, format_share, significant
from effekt._types import FloatArray
from effekt._validation import check_integer, check_level, check_number, check_option
from effekt.diagnostics._arrays import check_between, check_positive
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Sided: TypeAlias = Literal["two-sided", "greater"]
Decay: TypeAlias = Literal["autoregressive", "constant"]
Scale: TypeAlias = Literal["outcome", "relative"]
REACH = 9.0  # standard deviations beyond which a normal has no weight left


@cache
def _quadrature() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of Gauss and Legendre on (−1, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return nodes, weights


class Design(Protocol):
    """A plan: how precise its estimate would be, and how its test rejects."""

    @property
    def std_error(self) -> float:
        """Standard error of the estimate, in the unit of `sd`."""

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """Probability that no effect is rejected at α when the effect is `effect`."""


class TTest(ABC):
    """A design whose estimate over its standard error is Student's t with `df` degrees of freedom."""

    __slots__ = ()

    @property
    @abstractmethod
    def df(self) -> int:
        """Degrees of freedom of the variance."""

    @property
    @abstractmethod
    def std_error(self) -> float:
        """Standard error of the estimate, in the unit of `sd`."""

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """P(T > t*), and P(T < −t*) when two-sided, of the noncentral t with noncentrality effect/SE."""
        shift = effect / self.std_error
        line = t_quantile(1 - float(alpha) / (2 if alternative == "two-sided" else 1), self.df)
        found = noncentral_t_upper_tail(line, self.df, shift)
        return found + (noncentral_t_upper_tail(line, self.df, -shift) if alternative == "two-sided" else 0.0)


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
        _check_arms(self.n_treated, self.n_control)
        check_positive("sd", self.sd)
        check_between("explained", self.explained, 0.0, 1.0, ends="[)")
        check_integer("covariates", self.covariates, 0)
        _check_df(self.df)

    @property
    def df(self) -> int:
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
    """

    n_treated: tuple[int, ...]
    n_control: tuple[int, ...]
    sd: float

    def __post_init__(self) -> None:
        _check_sizes("n_treated", self.n_treated, 1)
        _check_sizes("n_control", self.n_control, 1)
        if len(self.n_treated) != len(self.n_control):
            raise ArgumentError(
                f"`n_treated` and `n_control` must have one number for each block; they have {len(self.n_treated)} and "
                f"{len(self.n_control)}."
            )
        check_positive("sd", self.sd)
        _check_df(self.df)

    @property
    def df(self) -> int:
        """Units less two arms of each block."""
        return sum(self.n_treated) + sum(self.n_control) - 2 * len(self.n_treated)

    @property
    def std_error(self) -> float:
        """sd·√(Σ (n_b/N)²(1/n₁b + 1/n₀b))."""
        total = sum(self.n_treated) + sum(self.n_control)
        parts = (((a + b) / total) ** 2 * (1 / a + 1 / b) for a, b in zip(self.n_treated, self.n_control, strict=True))
        return self.sd * math.sqrt(math.fsum(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredDesign(TTest):
    """Groups assigned as a whole; every unit counts equally.

    Attributes
    ----------
    treated_sizes, control_sizes : tuple of int
        Units in each cluster of each arm.
    sd : float
        Standard deviation of the outcome within an arm, between and within clusters together.
    icc : float
        Intra-cluster correlation: the share of that variance that lies between clusters, from 0 to 1.
    """

    treated_sizes: tuple[int, ...]
    control_sizes: tuple[int, ...]
    sd: float
    icc: float

    def __post_init__(self) -> None:
        _check_sizes("treated_sizes", self.treated_sizes, 1)
        _check_sizes("control_sizes", self.control_sizes, 1)
        check_positive("sd", self.sd)
        check_between("icc", self.icc, 0.0, 1.0, ends="[]")
        _check_df(self.df)

    @property
    def df(self) -> int:
        """Clusters less two arms."""
        return len(self.treated_sizes) + len(self.control_sizes) - 2

    @property
    def std_error(self) -> float:
        """√ of the sum over arms of sd²·Σ m(1 + (m − 1)·icc)/(Σ m)²."""
        variance = 0.0
        for sizes in (self.treated_sizes, self.control_sizes):
            variance += math.fsum(m * (1 + (m - 1) * self.icc) for m in sizes) / sum(sizes) ** 2
        return self.sd * math.sqrt(variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDesign(TTest):
    """Units seen before and after, compared by difference-in-differences.

    Attributes
    ----------
    n_treated, n_control : int
        Units in each group.
    before, after : int
        Periods on each side.
    sd : float
        Standard deviation of a unit's outcome in one period, about group and period.
    correlation : float
        Of a unit's outcomes in two neighbouring periods, above −1, below 1; a lasting difference between units counts
        as "constant" correlation.
    decay : {"autoregressive", "constant"}
        Whether the correlation over a distance of k periods is correlation**k or stays the same.
    """

    n_treated: int
    n_control: int
    before: int
    after: int
    sd: float
    correlation: float
    decay: Decay

    def __post_init__(self) -> None:
        _check_arms(self.n_treated, self.n_control)
        check_integer("before", self.before, 1)
        check_integer("after", self.after, 1)
        check_positive("sd", self.sd)
        check_between("correlation", self.correlation, -1.0, 1.0)
        check_option("decay", self.decay, ("autoregressive", "constant"))
        periods = self.before + self.after
        if self.decay == "constant" and self.correlation * (periods - 1) < -1:
            raise ArgumentError(
                f"`correlation` must be at least {-1 / (periods - 1):g} to be constant over {periods} periods; got "
                f"{self.correlation!r}."
            )
        _check_df(self.df)

    @property
    def df(self) -> int:
        """Units less two groups: each unit has one change."""
        return self.n_treated + self.n_control - 2

    @property
    def std_error(self) -> float:
        """sd·√(c'Rc·(1/n₁ + 1/n₀)), c the change of means and R the correlations of a unit's periods."""
        change = np.repeat([-1 / self.before, 1 / self.after], [self.before, self.after])
        distance = np.abs(np.subtract.outer(np.arange(len(change)), np.arange(len(change))))
        power = distance if self.decay == "autoregressive" else np.minimum(distance, 1)
        spread = float(change @ self.correlation ** power.astype(float) @ change)
        return self.sd * math.sqrt(spread * (1 / self.n_treated + 1 / self.n_control))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboDesign:
    """One treated unit, judged by its rank among placebos.

    Attributes
    ----------
    placebos : int
        Units without the intervention, J; the smallest p is 1/(J + 1).
    sd : float
        Standard deviation of what the comparison finds where nothing was done.
    """

    placebos: int
    sd: float

    def __post_init__(self) -> None:
        check_integer("placebos", self.placebos, 1)
        check_positive("sd", self.sd)

    @property
    def std_error(self) -> float:
        """The placebos' standard deviation."""
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
class KnownPrecision:
    """A plan of which only the standard error is given, and the estimate is normal about the truth.

    Attributes
    ----------
    std_error : float
        Of the estimate, above zero, in the estimate's own unit.
    """

    std_error: float

    def __post_init__(self) -> None:
        check_positive("std_error", self.std_error)

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """P(Z > z* − effect/SE), and P(Z < −z* − effect/SE) when two-sided."""
        shift = effect / self.std_error
        line = t_quantile(1 - float(alpha) / (2 if alternative == "two-sided" else 1), math.inf)
        found = float(t_upper_tail(line - shift, math.inf))
        return found + (float(t_upper_tail(line + shift, math.inf)) if alternative == "two-sided" else 0.0)


def minimum_detectable_effect(
    design: IndividualDesign | BlockedDesign | ClusteredDesign | PanelDesign | PlaceboDesign | KnownPrecision,
    *,
    power: float = 0.8,
    level: float = 0.95,
    alternative: Sided = "two-sided",
    effects: Sequence[float] = (),
    threshold: float | None = None,
    scale: Scale = "outcome",
) -> Diagnostic:
    """The smallest improvement that a plan finds with a given power, and how often a true one reaches the threshold.

    Parameters
    ----------
    design : IndividualDesign, BlockedDesign, ClusteredDesign, PanelDesign, PlaceboDesign or KnownPrecision
        The plan.
    power : float
        Probability with which no effect is to be rejected.
    level : float
        1 − α of the test.
    alternative : {"two-sided", "greater"}
        Of the test; "greater" looks for an improvement only.
    effects : sequence of float
        True improvements to be told of, 0 or more, in the unit of the design's `sd`. No effect is always told of.
    threshold : float, optional
        Improvement at which the contract pays, above zero, in the same unit.
    scale : {"outcome", "relative"}
        Whether the design's `sd`, the effects and the threshold are in the outcome's unit or shares of the
        counterfactual, written in per cent.

    Returns
    -------
    Diagnostic
        "failed" when no effect whatever reaches the power (fewer placebos than the level needs); "warning" when the
        smallest detectable effect is above the threshold; else "information". Values: `minimum_detectable_effect`,
        `std_error`, `df` (none for placebos and a known precision), `power`, `level`. Table, a row for each true
        effect: `power` of the test, and with a threshold `reaches`, the probability that the estimate is at or above
        it.

    Raises
    ------
    ArgumentError
        For what is no design, a power not above 1 − level, a negative effect, or a threshold not above zero.

    Notes
    -----
    Power is that of the t-test with the design's degrees of freedom, by the noncentral t with noncentrality
    effect/SE, in both tails when two-sided: exact for normal outcomes with one variance, and in clusters and panels
    for clusters of one size and balanced periods. For a known precision it is that of the normal. For placebos it is
    that of the rank test, p = (1 + as extreme)/(J + 1), for independent normal errors. `reaches` is
    Φ((effect − threshold)/SE): the standard error is taken as known and the estimate as normal, and a settlement on a
    rounded figure differs by the rounding.

    A power is computed before the outcome is known. Computed from the effect found it says nothing that p does not.

    References
    ----------
    Bloom, H. S. (1995). Minimum detectable effects: a simple way to report the statistical power of experimental
    designs. *Evaluation Review* 19(5), 547–556. doi:10.1177/0193841X9501900504

    Burlig, F., Preonas, L. & Woerman, M. (2020). Panel data and experimental design. *Journal of Development Economics*
    144, 102458. doi:10.1016/j.jdeveco.2020.102458

    Examples
    --------
    >>> plan = IndividualDesign(n_treated=50, n_control=50, sd=1.0)
    >>> found = minimum_detectable_effect(plan, effects=[0.5], threshold=0.4)
    >>> round(found.values["minimum_detectable_effect"], 4)
    0.5659
    >>> found.table["true_effect"], [round(p, 3) for p in found.table["reaches"]]
    ((0.0, 0.5), [0.023, 0.691])
    """
    if not isinstance(design, (TTest, PlaceboDesign, KnownPrecision)):
        raise ArgumentError(
            f"`design` must be a design of effekt.diagnostics, such as IndividualDesign; got {design!r}."
        )
    alpha = check_level(level)
    wanted = check_between("power", power, float(alpha), 1.0)
    check_option("alternative", alternative, ("two-sided", "greater"))
    check_option("scale", scale, ("outcome", "relative"))
    line = None if threshold is None else check_positive("threshold", threshold)
    truths = sorted({0.0, *(_check_effect(effect) for effect in effects)})
    smallest = _smallest(design, wanted, alpha, alternative)
    table = {
        "true_effect": tuple(truths),
        "power": tuple(design.power(effect, alpha, alternative) for effect in truths),
    }
    if line is not None:
        table["reaches"] = tuple(float(t_upper_tail((line - effect) / design.std_error, math.inf)) for effect in truths)
    beyond = line is not None and smallest is not None and smallest > line
    return Diagnostic(
        name="minimum_detectable_effect",
        status="failed" if smallest is None else "warning" if beyond else "information",
        statement=_statement(smallest, wanted, line, table, scale),
        values={
            "minimum_detectable_effect": smallest,
            "std_error": design.std_error,
            "df": design.df if isinstance(design, TTest) else None,
            "power": wanted,
            "level": float(1 - alpha),
            "alternative": alternative,
            "threshold": line,
            "scale": scale,
            "design": type(design).__name__,
        },
        table=table,
    )


def _smallest(design: Design, wanted: float, alpha: Fraction, alternative: Sided) -> float | None:
    """The effect with the power asked for; None when even a huge one has less."""
    from scipy.optimize import brentq  # slow to load, and seldom needed

    high = design.std_error
    while design.power(high, alpha, alternative) < wanted:
        high *= 2
        if high > 1e6 * design.std_error:
            return None
    return float(
        brentq(
            lambda effect: design.power(effect, alpha, alternative) - wanted, 0.0, high, xtol=1e-13 * high, rtol=1e-13
        )
    )


def _check_effect(effect: float) -> float:
    number = check_number("effects", effect)
    if number < 0:
        raise ArgumentError(f"`effects` must be improvements of 0 or more; got {effect!r}.")
    return number


def _check_arms(n_treated: object, n_control: object) -> None:
    check_integer("n_treated", n_treated, 1)
    check_integer("n_control", n_control, 1)


def _check_sizes(name: str, sizes: object, minimum: int) -> None:
    if not isinstance(sizes, tuple) or not sizes:
        raise ArgumentError(f"`{name}` must be a tuple of integers, one for each group; got {sizes!r}.")
    for size in sizes:
        check_integer(name, size, minimum)


def _check_df(df: int) -> None:
    if df < 1:
        raise ArgumentError(f"The design must leave at least 1 degree of freedom; it leaves {df}. Plan for more units.")


def _statement(
    smallest: float | None, wanted: float, line: float | None, table: dict[str, tuple[float, ...]], scale: Scale
) -> Text:
    def amount(value: float, lang: Language) -> str:
        return format_percent(value, lang) if scale == "relative" else significant(value, lang)

    def sentence(lang: Language) -> str:
        sure = format_number(wanted, lang)
        if smallest is None:
            first = {
                "en": f"No effect, however large, is found with power {sure}",
                "sv": f"Ingen effekt, hur stor den än är, upptäcks med styrkan {sure}",
            }[lang]
        else:
            first = {
                "en": f"The smallest improvement found with power {sure} is {amount(smallest, lang)}",
                "sv": f"Den minsta förbättring som upptäcks med styrkan {sure} är {amount(smallest, lang)}",
            }[lang]
        if line is None:
            return f"{first}."
        rows = zip(table["true_effect"], table["reaches"], strict=True)
        chances = ", ".join(
            f"{format_share(chance, lang)} {'for a true one of' if lang == 'en' else 'vid en sann förbättring på'} "
            f"{amount(effect, lang)}"
            for effect, chance in rows
        )
        if lang == "en":
            return f"{first}; an estimate of {amount(line, lang)} or more, the threshold, has probability {chances}."
        return f"{first}; en skattning på {amount(line, lang)} eller mer, tröskeln, har sannolikheten {chances}."

    return Text(en=sentence("en"), sv=sentence("sv"))


__all__ = [
    "BlockedDesign",
    "ClusteredDesign",
    "IndividualDesign",
    "KnownPrecision",
    "PanelDesign",
    "PlaceboDesign",
    "minimum_detectable_effect",
]

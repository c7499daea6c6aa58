"""Plans that assign groups as a whole: freely, or within blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from effekt._few import SINGLE_CLUSTER_IN_BLOCK
from effekt._text import Text
from effekt._validation import check_integer, shown
from effekt.diagnostics.power.plan import (
    TTest,
    after_covariates,
    check_sizes,
    hold_positive,
    hold_share,
    satterthwaite,
    too_few,
)
from effekt.exceptions import ArgumentError

Blocks: TypeAlias = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


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
    explained_between, explained_within : float
        Shares of the variance between and within clusters that covariates explain, from 0, below 1.
    covariates : int
        How many covariates of clusters, each of which costs each arm a degree of freedom, and one of k categories
        k − 1; those of units cost none.

    References
    ----------
    Bloom, H. S., Richburg-Hayes, L. & Black, A. R. (2007). Using covariates to improve precision for studies that
    randomize schools to evaluate educational interventions. *Educational Evaluation and Policy Analysis* 29(1), 30–59.
    doi:10.3102/0162373707299550

    Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage
    samples. *Survey Methodology* 28(2), 169–181.

    Examples
    --------
    >>> from effekt.diagnostics import ClusteredDesign
    >>> plan = ClusteredDesign(treated_sizes=(20,) * 3, control_sizes=(20,) * 12, sd=2.0, icc=0.1)
    >>> round(plan.std_error, 4), round(plan.df, 2)
    (0.4916, 3.09)
    """

    treated_sizes: tuple[int, ...]
    control_sizes: tuple[int, ...]
    sd: float
    icc: float
    explained_between: float = 0.0
    explained_within: float = 0.0
    covariates: int = 0

    def __post_init__(self) -> None:
        check_sizes("treated_sizes", self.treated_sizes)
        check_sizes("control_sizes", self.control_sizes)
        _check_variance(self)

    @property
    def df(self) -> float:
        """That of CR2 (Bell–McCaffrey): (V₁ + V₀)²/(V₁²/f₁ + V₀²/f₀) with V one over the units of an arm."""
        return _df(((self.treated_sizes, self.control_sizes),), self.covariates)

    @property
    def refused(self) -> Text | None:
        """A single cluster in an arm, fewer than six in all, or fewer than 3 degrees of freedom."""
        return _refused(((self.treated_sizes, self.control_sizes),), self.df)

    @property
    def std_error(self) -> float:
        """√ of the sum over arms of sd²·Σ m(1 + (m − 1)·icc)/(Σ m)², less what covariates explain."""
        variance = 0.0
        for sizes in (self.treated_sizes, self.control_sizes):
            variance += _spread(self, sizes) / sum(sizes) ** 2
        return self.sd * math.sqrt(variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockClusteredDesign(TTest):
    """Groups assigned as a whole within blocks; every unit counts equally, and blocks count by their units.

    Attributes
    ----------
    treated_sizes, control_sizes : tuple of tuple of int
        For each block, the units in each cluster of each arm.
    sd : float
        Standard deviation of the outcome within an arm of a block, between and within clusters together.
    icc : float
        Intra-cluster correlation within a block: the share of that variance that lies between clusters, from 0 to 1.
    explained_between, explained_within : float
        Shares of the variance between and within the clusters of a block that covariates explain, from 0, below 1.
    covariates : int
        How many covariates of clusters, each of which costs each arm a degree of freedom, and one of k categories
        k − 1; those of units cost none.

    Notes
    -----
    An arm of a block of a single cluster has no standard error. Where every block has one cluster of each arm, use
    `PairedDesign` with the standard deviation of a cluster's mean.

    References
    ----------
    Schochet, P. Z. (2008). Statistical power for random assignment evaluations of education programs. *Journal of
    Educational and Behavioral Statistics* 33(1), 62–87. doi:10.3102/1076998607302714

    Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage
    samples. *Survey Methodology* 28(2), 169–181.

    Examples
    --------
    >>> from effekt.diagnostics import BlockClusteredDesign
    >>> plan = BlockClusteredDesign(treated_sizes=((6, 6),) * 5, control_sizes=((6, 6),) * 5, sd=1.0, icc=0.2)
    >>> round(plan.std_error, 4), round(plan.df, 2)
    (0.2582, 10.0)
    """

    treated_sizes: tuple[tuple[int, ...], ...]
    control_sizes: tuple[tuple[int, ...], ...]
    sd: float
    icc: float
    explained_between: float = 0.0
    explained_within: float = 0.0
    covariates: int = 0

    def __post_init__(self) -> None:
        for name in ("treated_sizes", "control_sizes"):
            blocks = getattr(self, name)
            if not isinstance(blocks, tuple) or not blocks:
                raise ArgumentError(
                    f"`{name}` must be a tuple with a tuple of integers for each block; got {shown(blocks)}."
                )
            for sizes in blocks:
                check_sizes(name, sizes)
        if len(self.treated_sizes) != len(self.control_sizes):
            raise ArgumentError(
                f"`treated_sizes` and `control_sizes` must have one tuple for each block; they have "
                f"{len(self.treated_sizes)} and {len(self.control_sizes)}."
            )
        _check_variance(self)

    @property
    def df(self) -> float:
        """That of CR2 (Bell–McCaffrey): (Σ V)²/Σ(V²/f) over arms a of blocks b, with V = (n_b/N)²/n_ab."""
        return _df(self._blocks, self.covariates)

    @property
    def refused(self) -> Text | None:
        """A single cluster in an arm of a block, fewer than six in all, or fewer than 3 degrees of freedom."""
        return _refused(self._blocks, self.df)

    @property
    def std_error(self) -> float:
        """√ of Σ (n_b/N)² times the variance of a block, which is that of `ClusteredDesign`."""
        blocks = self._blocks
        total = sum(sum(treated) + sum(control) for treated, control in blocks)
        parts = (
            ((sum(treated) + sum(control)) / total) ** 2 * _spread(self, sizes) / sum(sizes) ** 2
            for treated, control in blocks
            for sizes in (treated, control)
        )
        return self.sd * math.sqrt(math.fsum(parts))

    @property
    def _blocks(self) -> Blocks:
        return tuple(zip(self.treated_sizes, self.control_sizes, strict=True))


def _df(blocks: Blocks, covariates: int) -> float:
    """Bell & McCaffrey's under a working model of equal, independent errors, as the analysis has it by default."""
    sizes = [sum(map(sum, block)) for block in blocks]
    arms = list(zip(*blocks, strict=True))
    variances = ((n / sum(sizes)) ** 2 / sum(cell) for cells in arms for n, cell in zip(sizes, cells, strict=True))
    freedoms = after_covariates([[(_freedom(cell), len(cell)) for cell in cells] for cells in arms], covariates)
    return satterthwaite(variances, freedoms)


def _freedom(sizes: tuple[int, ...]) -> float:
    """1/(Σ s² + (Σ a)² − Σ a²) of the CR2 of a mean, s = m/Σm and a = s²/(1 − s): J − 1 for J clusters of one size.

    P of `_linalg` holds, times the units of the arm, s in the diagonal and −s_g s_h/√((1 − s_g)(1 − s_h)) outside it.
    """
    if len(sizes) < 2:
        return 0.0
    shares = [m / sum(sizes) for m in sizes]
    outside = [s**2 / (1 - s) for s in shares]
    return 1 / (math.fsum(s**2 for s in shares) + math.fsum(outside) ** 2 - math.fsum(a**2 for a in outside))


def _refused(blocks: Blocks, df: float) -> Text | None:
    counts = [[len(cell) for cell in cells] for cells in zip(*blocks, strict=True)]
    return too_few(counts, df, single_in_block=SINGLE_CLUSTER_IN_BLOCK, clustered=True)


def _check_variance(design: ClusteredDesign | BlockClusteredDesign) -> None:
    hold_positive(design, "sd")
    hold_share(design, "icc", 0.0, 1.0, ends="[]")
    hold_share(design, "explained_between", 0.0, 1.0, ends="[)")
    hold_share(design, "explained_within", 0.0, 1.0, ends="[)")
    check_integer("covariates", design.covariates, 0)
    design.df  # noqa: B018 - raises where covariates leave no degree of freedom


def _spread(design: ClusteredDesign | BlockClusteredDesign, sizes: tuple[int, ...]) -> float:
    """Variance of the sum of an arm over sd²: Σ m(1 + (m − 1)·icc), less R²_b·m²·icc and R²_w·m(1 − icc) of each."""
    total = math.fsum(m * (1 + (m - 1) * design.icc) for m in sizes)
    between = math.fsum(m**2 * design.icc for m in sizes)
    within = sum(sizes) * (1 - design.icc)
    return total - design.explained_between * between - design.explained_within * within

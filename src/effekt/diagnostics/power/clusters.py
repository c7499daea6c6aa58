"""Plans that assign groups as a whole: freely, or within blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from effekt._validation import check_integer
from effekt.diagnostics._arrays import check_between, check_positive
from effekt.diagnostics.power.plan import TTest, check_df, check_sizes
from effekt.exceptions import ArgumentError


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
        How many covariates of clusters, each of which costs a degree of freedom; those of units cost none.

    References
    ----------
    Bloom, H. S., Richburg-Hayes, L. & Black, A. R. (2007). Using covariates to improve precision for studies that
    randomize schools to evaluate educational interventions. *Educational Evaluation and Policy Analysis* 29(1), 30–59.
    doi:10.3102/0162373707299550
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
        check_df(self.df)

    @property
    def df(self) -> float:
        """Clusters less two arms and the covariates of clusters."""
        return len(self.treated_sizes) + len(self.control_sizes) - 2 - self.covariates

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
        How many covariates of clusters, each of which costs a degree of freedom; those of units cost none.

    References
    ----------
    Schochet, P. Z. (2008). Statistical power for random assignment evaluations of education programs. *Journal of
    Educational and Behavioral Statistics* 33(1), 62–87. doi:10.3102/1076998607302714
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
                    f"`{name}` must be a tuple with a tuple of integers for each block; got {blocks!r}."
                )
            for sizes in blocks:
                check_sizes(name, sizes)
        if len(self.treated_sizes) != len(self.control_sizes):
            raise ArgumentError(
                f"`treated_sizes` and `control_sizes` must have one tuple for each block; they have "
                f"{len(self.treated_sizes)} and {len(self.control_sizes)}."
            )
        _check_variance(self)
        if self.df < 1:
            raise ArgumentError(
                f"The design must leave at least 1 degree of freedom; it leaves {self.df:g}. Plan for more clusters, "
                "or, where every block has two, use PairedDesign with the standard deviation of a cluster's mean."
            )

    @property
    def df(self) -> float:
        """Clusters less two arms of each block and the covariates of clusters."""
        return sum(len(sizes) - 1 for sizes in (*self.treated_sizes, *self.control_sizes)) - self.covariates

    @property
    def std_error(self) -> float:
        """√ of Σ (n_b/N)² times the variance of a block, which is that of `ClusteredDesign`."""
        blocks = list(zip(self.treated_sizes, self.control_sizes, strict=True))
        total = sum(sum(treated) + sum(control) for treated, control in blocks)
        parts = (
            ((sum(treated) + sum(control)) / total) ** 2 * _spread(self, sizes) / sum(sizes) ** 2
            for treated, control in blocks
            for sizes in (treated, control)
        )
        return self.sd * math.sqrt(math.fsum(parts))


def _check_variance(design: ClusteredDesign | BlockClusteredDesign) -> None:
    check_positive("sd", design.sd)
    check_between("icc", design.icc, 0.0, 1.0, ends="[]")
    check_between("explained_between", design.explained_between, 0.0, 1.0, ends="[)")
    check_between("explained_within", design.explained_within, 0.0, 1.0, ends="[)")
    check_integer("covariates", design.covariates, 0)


def _spread(design: ClusteredDesign | BlockClusteredDesign, sizes: tuple[int, ...]) -> float:
    """Variance of the sum of an arm over sd²: Σ m(1 + (m − 1)·icc), less R²_b·m²·icc and R²_w·m(1 − icc) of each."""
    total = math.fsum(m * (1 + (m - 1) * design.icc) for m in sizes)
    between = math.fsum(m**2 * design.icc for m in sizes)
    within = sum(sizes) * (1 - design.icc)
    return total - design.explained_between * between - design.explained_within * within

"""Plans that see units before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from effekt._few import SINGLE_CLUSTER_IN_BLOCK
from effekt._text import Text
from effekt._validation import check_integer, check_option
from effekt.diagnostics.power.plan import TTest, check_both_arms, hold_positive, hold_share, satterthwaite, too_few
from effekt.exceptions import ArgumentError

Decay: TypeAlias = Literal["autoregressive", "constant"]


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

    Notes
    -----
    The degrees of freedom, and what is refused, are those of the default analysis, `difference_in_differences` with
    `CR2` by unit (Bell & McCaffrey 2002): where every unit has one start, those of two means of the units' changes.

    References
    ----------
    Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage
    samples. *Survey Methodology* 28(2), 169–181.

    Examples
    --------
    >>> from effekt.diagnostics import PanelDesign
    >>> plan = PanelDesign(n_treated=9, n_control=20, before=4, after=3, sd=1.5, correlation=0.6, decay="constant")
    >>> round(plan.std_error, 4), round(plan.df, 2)
    (0.2908, 15.5)
    """

    n_treated: int
    n_control: int
    before: int
    after: int
    sd: float
    correlation: float
    decay: Decay

    def __post_init__(self) -> None:
        check_both_arms(self.n_treated, self.n_control)
        check_integer("before", self.before, 1)
        check_integer("after", self.after, 1)
        hold_positive(self, "sd")
        hold_share(self, "correlation", -1.0, 1.0)
        check_option("decay", self.decay, ("autoregressive", "constant"))
        periods = self.before + self.after
        if self.decay == "constant" and self.correlation * (periods - 1) < -1:
            raise ArgumentError(
                f"`correlation` must be at least {-1 / (periods - 1):g} to be constant over {periods} periods; got "
                f"{self.correlation!r}."
            )

    @property
    def df(self) -> float:
        """That of CR2 (Bell–McCaffrey): (V₁ + V₀)²/(V₁²/f₁ + V₀²/f₀) with V = 1/n and f = n − 1 of each group."""
        sizes = self.n_treated, self.n_control
        return satterthwaite((1 / n for n in sizes), (n - 1 for n in sizes))

    @property
    def refused(self) -> Text | None:
        """A single unit in a group, fewer than six in all, or fewer than 3 degrees of freedom."""
        cells = (self.n_treated,), (self.n_control,)
        return too_few(cells, self.df, single_in_block=SINGLE_CLUSTER_IN_BLOCK, clustered=True)

    @property
    def std_error(self) -> float:
        """sd·√(c'Rc·(1/n₁ + 1/n₀)), c the change of means and R the correlations of a unit's periods."""
        change = np.repeat([-1 / self.before, 1 / self.after], [self.before, self.after])
        distance = np.abs(np.subtract.outer(np.arange(len(change)), np.arange(len(change))))
        power = distance if self.decay == "autoregressive" else np.minimum(distance, 1)
        spread = float(change @ self.correlation ** power.astype(float) @ change)
        return self.sd * math.sqrt(spread * (1 / self.n_treated + 1 / self.n_control))

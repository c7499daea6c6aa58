"""Synthetic difference-in-differences: donors and periods before weighted so that their trends are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from effekt._types import Missing, Period, Table
from effekt.estimators.synthetic.comparison import differences_rule
from effekt.estimators.synthetic.estimate import estimate
from effekt.exceptions import ArgumentError
from effekt.result import EffectEstimate
from effekt.roles import Outcome


def synthetic_difference_in_differences(
    data: Table,
    *,
    outcome: str | tuple[str, str] | Outcome,
    unit: str,
    time: str,
    treated: str | int | Sequence[str | int],
    first_treated: Any,
    period: Period,
    last_evaluated: Any = None,
    donors: str | int | Sequence[str | int] | None = None,
    inference: Literal["placebo", "placebo_variance", "none"] = "placebo",
    missing: Missing = "raise",
) -> EffectEstimate:
    """Effect on one or few treated units, by a difference-in-differences with weighted donors and weighted periods.

    Parameters
    ----------
    data : table
        One row per unit and period; every period from the data's first to their last, for every unit that is used.
    outcome : str, (str, str) or Outcome
        A column, or (numerator, denominator); in the outcome's unit.
    unit, time : str
        Columns.
    treated : label or list of labels
        Units with the intervention, all from the same period; several are pooled: their mean, or with a denominator
        the ratio of their sums.
    first_treated : period
        The first period with the intervention, such as 1989 or ``"2019-01"``; at least two periods lie before it.
    period : {"month", "quarter", "tertial", "year", "season"}
        What one row covers.
    last_evaluated : period, optional
        The last period that counts; by default the last of the data.
    donors : list of labels, optional
        Units without the intervention that may carry weight, at least two. None: every unit that is not treated.
    inference : {"placebo", "placebo_variance", "none"}
        Placebo: every donor as pseudo-treated among the other donors; errors in the outcome's unit. Placebo variance:
        the standard deviation of what is found with as many donors as are treated in their place, and t. There is no
        conformal inference: it needs residuals of one kind in all periods, and those before are weighted here.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value; a unit that then lacks a period is refused.

    Returns
    -------
    EffectEstimate
        ATT of the treated units, the mean over the periods from `first_treated` to `last_evaluated`.

    Raises
    ------
    ArgumentError
        For unknown labels, a treated unit among the donors, a total of all others, fewer than two donors or fewer
        than two periods before;
        placebo variance with more than 2,000 groups of donors.
    DataError
        For a duplicated unit and period, or a denominator that is not positive.
    IncompleteWindowError
        When a unit lacks a period, naming the periods.

    Notes
    -----
    Unit weights ω ≥ 0, Σω = 1 and an intercept minimise Σ_t (ω₀ + Σ_j ω_j Y_jt − Y_1t)² + ζ² T₀ |ω|² over the T₀
    periods before, ζ = (N₁ T₁)^¼ σ, with N₁ treated units, T₁ periods from `first_treated` on, and σ the standard
    deviation (ddof 1) of the donors' first differences before. Time weights λ ≥ 0, Σλ = 1 and an intercept minimise
    Σ_j (λ₀ + Σ_t λ_t Y_jt − Ȳ_j,after)² over the donors, without a ridge; where several are as near, those of least
    Σλ² are used, and a note says so. The effect is (Ȳ₁,after − Σ_t λ_t Y_1t) − Σ_j ω_j (Ȳ_j,after − Σ_t λ_t Y_jt).

    Assumes that the weighted donors would have changed as the treated unit did without the intervention, that they are
    not touched by it, and, for p, that the treated unit could as well have been one of the donors.

    `inference="placebo_variance"` puts every group of as many donors as are treated in their place, and takes the mean
    squared deviation of what is found, times J/(J − 1), as the variance of the figure, with a t of J − 1 degrees of
    freedom (J donors; algorithm 4 of Arkhangelsky et al. 2021 has a normal and no such factor). It needs four donors,
    and more donors than treated units. It takes errors to be normal, and those of the treated as spread as donors'.

    References
    ----------
    Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. & Wager, S. (2021). Synthetic
    difference-in-differences. *American Economic Review* 111(12), 4088–4118. doi:10.1257/aer.20190159

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "unit": ["A"] * 4 + ["B"] * 4 + ["C"] * 4,
    ...     "year": [2016, 2017, 2018, 2019] * 3,
    ...     "days": [6.0, 7.0, 8.0, 6.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
    ... }
    >>> effect = effekt.synthetic_difference_in_differences(
    ...     data, outcome="days", unit="unit", time="year", period="year", treated="A", first_treated=2019)
    >>> round(effect.estimate, 10)
    -3.0
    """
    _check_inference(inference)
    return estimate(
        data,
        method="synthetic_difference_in_differences",
        rule_of=differences_rule,
        outcome=outcome,
        unit=unit,
        time=time,
        treated=treated,
        first_treated=first_treated,
        last_evaluated=last_evaluated,
        period=period,
        donors=donors,
        inference=inference,
        missing=missing,
    )


def _check_inference(inference: str) -> None:
    """Refuse what `synthetic_control` has, and say why it is not here."""
    if isinstance(inference, str) and inference == "conformal":
        raise ArgumentError(
            "`inference` must be 'placebo', 'placebo_variance' or 'none' here; got 'conformal'. It moves residuals "
            "round in time as of one kind, which those of weighted periods before and of plain periods after are not. "
            "Use 'placebo', or `synthetic_control`, which has it."
        )

"""Synthetic control: the treated unit against the mixture of donors that was nearest to it before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from effekt._types import Missing, Period, Table
from effekt.estimators.synthetic.comparison import synthetic
from effekt.estimators.synthetic.estimate import estimate
from effekt.result import EffectEstimate
from effekt.roles import Outcome


def synthetic_control(
    data: Table,
    *,
    outcome: str | tuple[str, str] | Outcome,
    unit: str,
    time: str,
    treated: str | int | Sequence[str | int],
    first_treated: Any,
    period: Period,
    donors: str | int | Sequence[str | int] | None = None,
    inference: Literal["placebo", "none"] = "placebo",
    missing: Missing = "raise",
) -> EffectEstimate:
    """Effect on one or few treated units, against the weighted donors whose outcome before was nearest to theirs.

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
    donors : list of labels, optional
        Units without the intervention that may carry weight, at least two. None: every unit that is not treated.
    inference : {"placebo", "none"}
        Placebo: every donor as pseudo-treated among the other donors; errors in the outcome's unit.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value; a unit that then lacks a period is refused.

    Returns
    -------
    EffectEstimate
        ATT of the treated units, the mean over the periods from `first_treated` on.

    Raises
    ------
    ArgumentError
        For unknown labels, a treated unit among the donors, fewer than two donors or fewer than two periods before.
    DataError
        For a duplicated unit and period, or a denominator that is not positive.
    IncompleteWindowError
        When a unit lacks a period, naming the periods.

    Notes
    -----
    The weights w ≥ 0, Σw = 1 minimise Σ_t (Y_1t − Σ_j w_j Y_jt)² over the periods before: every outcome before is a
    predictor, and all count alike (V = I). There is no intercept. Where several weights are as near, the most even ones
    (least Σw²) are used, and a note says so. The effect is the mean of Y_1t − Σ_j w_j Y_jt from `first_treated` on.

    Assumes that the mixture would have followed the treated unit without the intervention, that the donors are not
    touched by it, and, for p, that the treated unit could as well have been one of the donors. p ranks the effect among
    the placebos' effects, whatever their fit; the diagnostic `rmspe_ratio` ranks the gap after over the gap before.

    References
    ----------
    Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative case studies. *JASA*
    105, 493–505. doi:10.1198/jasa.2009.ap08746

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "unit": ["A"] * 4 + ["B"] * 4 + ["C"] * 4,
    ...     "year": [2016, 2017, 2018, 2019] * 3,
    ...     "days": [6.0, 7.0, 8.0, 6.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
    ... }
    >>> effect = effekt.synthetic_control(
    ...     data, outcome="days", unit="unit", time="year", period="year", treated="A", first_treated=2019)
    >>> round(effect.estimate, 10)
    -3.0
    """
    return estimate(
        data,
        method="synthetic_control",
        compare=lambda paths, column, pool, n_treated: synthetic(paths, column, pool),
        outcome=outcome,
        unit=unit,
        time=time,
        treated=treated,
        first_treated=first_treated,
        period=period,
        donors=donors,
        inference=inference,
        missing=missing,
    )

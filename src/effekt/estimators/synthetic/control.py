"""Synthetic control: the treated unit against the mixture of donors that was nearest to it before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from effekt._types import PERIODS, Missing, Period, Table
from effekt._validation import check_number, check_option
from effekt.estimators.synthetic.comparison import ControlRule, control_rule
from effekt.estimators.synthetic.conformal import conformal_inference
from effekt.estimators.synthetic.estimate import estimate
from effekt.estimators.synthetic.panel import Paths
from effekt.estimators.synthetic.predictors import check_predictors, stated_predictors
from effekt.estimators.synthetic.words import AUGMENTED
from effekt.exceptions import ArgumentError
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
    last_evaluated: Any = None,
    donors: str | int | Sequence[str | int] | None = None,
    predictors: Sequence[Mapping[str, Any]] | None = (),
    penalty: float | None = None,
    ridge: float | None = None,
    inference: Literal["placebo", "placebo_variance", "conformal", "none"] = "placebo",
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
    last_evaluated : period, optional
        The last period that counts; by default the last of the data.
    donors : list of labels, optional
        Units without the intervention that may carry weight, at least two. None: every unit that is not treated.
    predictors : list of mappings, optional
        What the mixture is to match, each ``{"column": "price", "first": 1980, "last": 1988, "weight": 0.2}``: the mean
        of a column over periods before, over its standard deviation between units, and its importance V. By default,
        and by None, the outcome of every period before, all alike.
    penalty : float, optional
        λ > 0 of Abadie and L'Hour: prefer donors near the treated themselves to far ones that balance out.
    ridge : float, optional
        λ > 0 of Ben-Michael, Feller and Rothstein: correct the misfit that is left by a ridge regression.
    inference : {"placebo", "placebo_variance", "conformal", "none"}
        Placebo: every donor as pseudo-treated among the other donors; errors in the outcome's unit. Placebo variance:
        the standard deviation of what is found with as many donors as are treated in their place, and t. Conformal: the
        treated unit's own residuals moved round in time, under each effect that is tested; needs neither predictors
        nor a ridge.
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
        predictors without their four keys or with windows that are not before; `penalty` and `ridge` together;
        conformal inference with `predictors` or `ridge`; placebo variance with more than 2,000 groups of donors.
    DataError
        For a duplicated unit and period, a denominator that is not positive, or a predictor that lacks a value or does
        not differ between units.
    IncompleteWindowError
        When a unit lacks a period, naming the periods.

    Notes
    -----
    The weights w ≥ 0, Σw = 1 minimise Σ_t (Y_1t − Σ_j w_j Y_jt)² over the periods before: every outcome before is a
    predictor, and all count alike (V = I), unless predictors are stated; V is never searched for, since that search has
    many local ends. There is no intercept. Where several weights are as near, the most even ones
    (least Σw²) are used, and a note says so. The effect is the mean of Y_1t − Σ_j w_j Y_jt from `first_treated` on.

    Assumes that the mixture would have followed the treated unit without the intervention, that the donors are not
    touched by it, and, for p, that the treated unit could as well have been one of the donors. p ranks the effect among
    the placebos' effects, whatever their fit; the diagnostic `rmspe_ratio` ranks the gap after over the gap before.

    `inference="placebo_variance"` puts every group of as many donors as are treated in their place, and takes the mean
    squared deviation of what is found, times J/(J − 1), as the variance of the figure, with a t of J − 1 degrees of
    freedom (J donors; algorithm 4 of Arkhangelsky et al. 2021 has a normal and no such factor). It needs four donors,
    and more donors than treated units. It takes errors to be normal, and those of the treated as spread as donors'.

    `inference="conformal"` tests one effect in every period after. The weights are fitted over all periods to the
    treated outcome less that effect; p is the share of the T cyclic moves of the residuals whose sum over the last
    periods is as far from zero as it stands, so no p is below 1/T. The set holds every effect with p > α. It is
    declared at the levels 0.5, 0.6, 0.7, 0.8, 0.9, 0.95 and 0.99 as far as they exist, and p for no effect.

    References
    ----------
    Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative case studies. *JASA*
    105, 493–505. doi:10.1198/jasa.2009.ap08746

    Abadie, A. & L'Hour, J. (2021). A penalized synthetic control estimator for disaggregated data. *JASA* 116,
    1817–1834. doi:10.1080/01621459.2021.1971535

    Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. & Wager, S. (2021). Synthetic
    difference-in-differences. *American Economic Review* 111(12), 4088–4118. doi:10.1257/aer.20190159

    Ben-Michael, E., Feller, A. & Rothstein, J. (2021). The augmented synthetic control method. *JASA* 116, 1789–1803.
    doi:10.1080/01621459.2021.1929245

    Chernozhukov, V., Wüthrich, K. & Zhu, Y. (2021). An exact and robust conformal inference method for counterfactual
    and synthetic controls. *JASA* 116, 1849–1864. doi:10.1080/01621459.2021.1920957

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
    >>> moved = effekt.synthetic_control(
    ...     data, outcome="days", unit="unit", time="year", period="year", treated="A", first_treated=2019,
    ...     inference="conformal")
    >>> moved.rank_p_value()
    Fraction(1, 4)
    """
    check_option("period", period, PERIODS)
    wanted = check_predictors(predictors, first_treated, period)
    penalty, ridge = _check_penalties(penalty, ridge)
    _check_conformal(inference, predictors=bool(wanted), ridge=ridge is not None)

    def rule_of(paths: Paths) -> ControlRule:
        stated = stated_predictors(data, paths, unit, time, period, wanted) if wanted else None
        return control_rule(paths, stated, penalty, ridge)

    return estimate(
        data,
        method="synthetic_control",
        rule_of=rule_of,
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
        conformal=partial(conformal_inference, penalty=penalty),
        chosen={
            **({"predictors": [dict(one) for one in wanted]} if wanted else {}),
            **({} if penalty is None else {"penalty": penalty}),
            **({} if ridge is None else {"ridge": ridge}),
        },
        further=() if ridge is None else (AUGMENTED,),
    )


def _check_penalties(penalty: float | None, ridge: float | None) -> tuple[float | None, float | None]:
    """Both as floats, where they are given."""
    given = {name: value for name, value in (("penalty", penalty), ("ridge", ridge)) if value is not None}
    numbers = {name: check_number(name, value) for name, value in given.items()}
    for name, number in numbers.items():
        if number <= 0:
            raise ArgumentError(
                f"`{name}` must be above zero; got {given[name]!r}. Leave it out for the classic weights."
            )
    if len(numbers) > 1:
        raise ArgumentError("`penalty` and `ridge` are two different estimators; give one of them.")
    return numbers.get("penalty"), numbers.get("ridge")


def _check_conformal(inference: str, *, predictors: bool, ridge: bool) -> None:
    """Residuals must be of one kind in all periods, and mixtures within the donors, whatever effect is tested."""
    for name, given in (("predictors", predictors), ("ridge", ridge)):
        if given and inference == "conformal":
            raise ArgumentError(
                f"`inference` cannot be 'conformal' with `{name}`: its weights are fitted anew to every period under "
                f"each effect that is tested, as a mixture. Leave `{name}` out, or use inference='placebo'."
            )

"""Cohorts and methods at the top level of a module, as processes need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

import effekt
from effekt._inference import ConfidenceSet, DeclaredP, DeclaredSet, Means, StudentT, TestInversion, Unavailable
from effekt._inference.student_t import FixedDf
from effekt._text import Text
from effekt.datasets import Cohort, trial
from effekt.exceptions import DataError
from effekt.result import EffectEstimate, Observed, Sample
from effekt.roles import Estimand, Outcome
from effekt.tables import Table


@dataclass(frozen=True)
class Plain:
    """The least a cohort must be."""

    table: Table
    truth: Mapping[str, float] = field(default_factory=lambda: {"difference": 1.0, "relative": 0.1})


def small_trial(rng: Generator) -> Cohort:
    return trial(rng=rng, n=40, prognostic=0.6)


def one_number(rng: Generator) -> Plain:
    return Plain(table=Table({"x": rng.standard_normal(1)}))


def unadjusted(table: Table) -> EffectEstimate:
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment", adjustment="none")


def adjusted(table: Table) -> EffectEstimate:
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment", covariates="baseline")


def sometimes_refuses(table: Table) -> EffectEstimate:
    if np.array(table.raw("outcome"), float).mean() > 21:
        raise DataError("Too much.")
    return unadjusted(table)


def mistaken(table: Table) -> EffectEstimate:
    raise ZeroDivisionError("an error of the method's author")


def no_estimate(table: Table) -> str:
    return "nothing"


def estimate_of(inference, treated: float = 11.0, counterfactual: float = 10.0) -> EffectEstimate:
    return EffectEstimate(
        means=Means(treated=treated, counterfactual=counterfactual),
        inference=inference,
        estimand=Estimand(name="ATE", population=Text(en="everyone", sv="alla")),
        outcome=Outcome(column="x"),
        method="by hand",
        variance="none/1",
        sample=Sample(n_obs=1),
        observed=Observed(treated=treated),
    )


def unavailable(table: Table) -> EffectEstimate:
    return estimate_of(Unavailable(reason=Text(en="There is no variation.", sv="Det finns ingen variation.")))


def echo(table: Table) -> EffectEstimate:
    """An estimate that is the cohort's only number."""
    return estimate_of(StudentT(covariance=(1.0, 0.0, 1.0), df=FixedDf(df=10.0)), 10 + float(str(table.raw("x")[0])))


def declared(intervals: tuple[tuple[float, float], ...], p_value: float = 0.05) -> EffectEstimate:
    found = ConfidenceSet(intervals=intervals, level=0.95)
    inference = TestInversion(
        procedure="declared",
        sets=(DeclaredSet(contrast="difference", set=found),),
        p_values=(DeclaredP(contrast="difference", null=0.0, alternative="two-sided", p_value=p_value),),
    )
    return estimate_of(inference)


def below_zero(table: Table) -> EffectEstimate:
    return estimate_of(StudentT(covariance=(1.0, 0.0, 1.0), df=FixedDf(df=10.0)), treated=-2.0, counterfactual=-3.0)


def shifted(rng: Generator, effect: float) -> Plain:
    """One standard normal about the effect."""
    return Plain(table=Table({"x": effect + rng.standard_normal(1)}))


def measured(table: Table) -> EffectEstimate:
    """An estimate that is the cohort's only number, with standard error 1 and normal."""
    value = float(str(table.raw("x")[0]))
    return estimate_of(StudentT(covariance=(0.5, 0.0, 0.5), df=FixedDf(df=float("inf"))), 10 + value)


def seldom_measured(table: Table) -> EffectEstimate:
    if float(str(table.raw("x")[0])) > 1.0:
        raise DataError("Too much.")
    return measured(table)


def improved_trial(rng: Generator, effect: float) -> Cohort:
    """A trial in which less is better."""
    return trial(rng=rng, n=40, effect=-effect, sd=4.0, prognostic=0.0)


def improvement(table: Table) -> EffectEstimate:
    outcome = Outcome(column="outcome", better="lower")
    return effekt.randomized_trial(table, outcome=outcome, treatment="treatment")

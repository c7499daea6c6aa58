"""A result of every kind that effekt can return, built by hand; `RESULTS` names the builders."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
from oracles.randomization_inference import Assignment, assignments, difference_in_means
from scipy import stats

from effekt._inference import (
    AndersonRubin,
    ConfidenceSet,
    ContrastDf,
    DeclaredP,
    DeclaredSet,
    Draws,
    FixedDf,
    Inference,
    Means,
    Placebos,
    Randomization,
    StudentT,
    TestInversion,
    TwoProportions,
    TwoRates,
    Unavailable,
    barnard,
)
from effekt._text import Text
from effekt._types import ALTERNATIVES, Alternative
from effekt.result import (
    Diagnostic,
    EffectEstimate,
    EffectSet,
    ExactMeans,
    Note,
    Observed,
    OutcomeMeasure,
    OutcomePath,
    Sample,
)
from effekt.roles import Estimand, EstimandName, Outcome

LEVELS = (0.8, 0.9, 0.95, 0.99)


def effect_of(
    treated: float,
    counterfactual: float,
    inference: Inference,
    *,
    estimand: EstimandName = "ATT",
    outcome: Outcome | None = None,
    method: str = "by_hand",
    variance: str = "by_hand/1",
    sample: Sample | None = None,
    exact: ExactMeans | None = None,
) -> EffectEstimate:
    """An effect with the parts a test does not care about filled in."""
    return EffectEstimate(
        means=Means(treated=treated, counterfactual=counterfactual),
        inference=inference,
        estimand=Estimand(name=estimand, population=Text(en="participants", sv="deltagare")),
        outcome=outcome or Outcome(column="days", unit="days per person", better="lower"),
        method=method,
        variance=variance,
        sample=sample or Sample(n_obs=100, n_units=100, n_treated=40, n_control=60),
        observed=Observed(treated=treated, control=counterfactual),
        exact=exact,
    )


def contrast_df(forms: tuple[tuple[float, float, float], ...]) -> ContrastDf:
    """df = (Σ q)² / Σ q² of quadratic forms q = a·w₁² + b·w₁w₂ + c·w₂², as Bell–McCaffrey has it."""
    sums = tuple(math.fsum(form[i] for form in forms) for i in range(3))
    terms = [(a * a, 2 * a * b, b * b + 2 * a * c, 2 * b * c, c * c) for a, b, c in forms]
    squares = tuple(math.fsum(term[i] for term in terms) for i in range(5))
    return ContrastDf(
        quadratic=(sums[0], sums[1], sums[2]), quartic=(squares[0], squares[1], squares[2], squares[3], squares[4])
    )


def welch(v1: float, n1: int, v0: float, n0: int) -> StudentT:
    """Welch's t from the variances of two means."""
    df = ContrastDf(quadratic=(v1, 0.0, v0), quartic=(v1**2 / (n1 - 1), 0.0, 0.0, 0.0, v0**2 / (n0 - 1)))
    return StudentT(covariance=(v1, 0.0, v0), df=df)


def lin_ate() -> EffectEstimate:
    """A trial adjusted with Lin's interactions; degrees of freedom belong to the contrast."""
    forms = ((0.3, 0.05, 0.02), (0.25, -0.1, 0.1), (0.2, 0.08, 0.3), (0.15, 0.11, 0.28))
    df = contrast_df(forms)
    covariance = (df.quadratic[0], df.quadratic[1] / 2, df.quadratic[2])
    return effect_of(
        11.25,
        13.5,
        StudentT(covariance=covariance, df=df),
        estimand="ATE",
        method="randomized_trial",
        variance="HC2/1",
        sample=Sample(n_obs=61, n_units=61, n_treated=30, n_control=31, n_dropped=2),
    )


def matched_att() -> EffectEstimate:
    """After matching; one number of degrees of freedom, a higher outcome is better."""
    effect = effect_of(
        0.46,
        0.31,
        StudentT(covariance=(0.0016, 0.0004, 0.0025), df=FixedDf(df=57.0)),
        outcome=Outcome(column="employed", unit="share", better="higher"),
        method="matched_comparison",
        variance="abadie_imbens/1",
        sample=Sample(n_obs=120, n_units=116, n_treated=58, n_control=58, n_clusters=58, n_dropped=0),
    )
    balance = Diagnostic(
        name="balance",
        status="ok",
        statement=Text(en="No difference above 0.1.", sv="Ingen skillnad över 0,1."),
        values={"largest": 0.07, "rule": "0.1", "covariates": 2, "reference": None},
        table={"covariate": ("age", "income"), "after": (0.07, -0.02), "before": (0.4, None)},
    )
    return effect.with_diagnostics(balance)


def rate_ratio() -> EffectEstimate:
    """A reconviction rate; inference lives on the log scale."""
    return effect_of(
        1.42,
        1.55,
        StudentT(covariance=(0.0009, 0.0001, 0.0004), df=FixedDf(df=math.inf), scale="log"),
        outcome=Outcome(column=("reconvictions", "persons"), unit="reconvictions per person", better="lower"),
        method="rate_comparison",
        variance="quasi_poisson/1",
    )


def _anderson_rubin(itt: tuple[float, float], first_stage: tuple[float, float], level: float) -> ConfidenceSet:
    """{τ: |itt − τ·first stage| < z·√(s² + τ²·f²)}, independent normal estimates."""
    (d, s), (p, f), z = itt, first_stage, float(stats.norm.ppf((1 + level) / 2))
    a, b, c = p * p - z * z * f * f, -d * p, d * d - z * z * s * s
    root = math.sqrt(b * b - a * c) if b * b > a * c else None
    intervals: tuple[tuple[float, float], ...] = ((-math.inf, math.inf),)
    if root is not None:
        low, high = sorted(((-b - root) / a, (-b + root) / a))
        intervals = ((low, high),) if a > 0 else ((-math.inf, low), (high, math.inf))
    return ConfidenceSet(intervals=intervals, level=level)


def _complier(itt: tuple[float, float], first_stage: tuple[float, float]) -> EffectEstimate:
    """The effect on compliers, with the set of the Anderson–Rubin test."""
    (d, s), (p, f) = itt, first_stage
    sets = [
        DeclaredSet(contrast="difference", set=_anderson_rubin(itt, first_stage, level)) for level in (0.5, *LEVELS)
    ]
    p_values = [
        DeclaredP(
            contrast="difference",
            null=null,
            alternative="two-sided",
            p_value=float(2 * stats.norm.sf(abs(d - null * p) / math.hypot(s, null * f))),
        )
        for null in (-500.0, -20.0, -5.0, 0.0, 5.0, 20.0, 500.0)
    ]
    return effect_of(
        40.0 + d / p,
        40.0,
        TestInversion(procedure="Anderson-Rubin", sets=tuple(sets), p_values=tuple(p_values)),
        estimand="CACE",
        method="complier_effect",
        variance="anderson_rubin/1",
    )


def complier_disjoint() -> EffectEstimate:
    """A weak first stage and a clear intention-to-treat effect: all but a neighbourhood of zero."""
    return _complier(itt=(0.6, 0.2), first_stage=(0.05, 0.04))


def complier_unbounded() -> EffectEstimate:
    """Neither is clear: every effect is compatible with the data."""
    return _complier(itt=(0.02, 0.2), first_stage=(0.002, 0.04))


def _anderson_rubin_test(first_stage: float, error: float) -> EffectEstimate:
    """Compliers' means of 33 and 40 days; the share of compliers and its error decide what set there is."""
    y, u = -7.0 * first_stage, 33.0 * first_stage
    covariance = (0.09, 0.5 * 0.3 * 0.8, 0.2 * 0.3 * error, 0.64, 0.9 * 0.8 * error, error**2)
    return effect_of(
        u / first_stage,
        (u - y) / first_stage,
        AndersonRubin(effects=(y, u, first_stage), covariance=covariance, df=61.5),
        estimand="CACE",
        method="complier_effect",
        variance="HC2/1",
    )


def anderson_rubin_bounded() -> EffectEstimate:
    """A clear first stage."""
    return _anderson_rubin_test(0.6, 0.04)


def anderson_rubin_disjoint() -> EffectEstimate:
    """A first stage that may be zero beside a clear effect of assignment."""
    return _anderson_rubin_test(0.1, 0.06)


def anderson_rubin_unbounded() -> EffectEstimate:
    """Neither is clear."""
    return _anderson_rubin_test(0.05, 0.06)


def placebo_ratio() -> EffectEstimate:
    """One municipality against the trend of 41 others, errors on the log scale, exact means, a path over time."""
    errors = tuple(round(0.002 * i - 0.037 + 0.0007 * (i % 3), 4) for i in range(41))
    exact = ExactMeans(treated=Fraction("14.61"), counterfactual=Fraction("17.2") * Fraction(985, 1000))
    effect = effect_of(
        float(exact.treated),
        float(exact.counterfactual),
        Placebos(errors=errors, scale="log"),
        method="trend_adjusted",
        variance="placebo/1",
        sample=Sample(n_obs=210, n_units=42, n_treated=1, n_control=41),
        exact=exact,
    )
    path = OutcomePath(
        periods=("2014", "2015", "2016", "2017"),
        treated=(17.0, 17.4, 15.0, 14.22),
        counterfactual=(None, 17.2, 17.0, 16.9),
        reference=("2014", "2015"),
        evaluation=("2016", "2017"),
    )
    note = Note(code="comparator_series", text=Text(en="One series is the comparator.", sv="Jämförelsen är en serie."))
    return replace(effect, path=path, notes=(note,))


def placebo_difference() -> EffectEstimate:
    """Few placebos on the outcome's own scale: there is no 95 % interval."""
    exact = ExactMeans(treated=Fraction(27, 4), counterfactual=Fraction(15, 2))
    return effect_of(
        6.75,
        7.5,
        Placebos(errors=(-0.9, -0.55, -0.3, -0.1, 0.0, 0.2, 0.2, 0.45, 0.6, 0.8, 1.1), scale="linear"),
        method="trend_adjusted",
        variance="placebo/1",
        sample=Sample(n_obs=60, n_units=12, n_treated=1, n_control=11),
        exact=exact,
    )


TRIAL = ((12, 1), (7, 1), (9, 1), (15, 1), (14, 0), (18, 0), (11, 0), (21, 0))
"""A tiny trial: outcome and assignment of eight units."""


def randomization_of(trial: tuple[tuple[int, int], ...], drawn: list[Assignment] | None) -> EffectEstimate:
    """The difference in means of a trial; `drawn` None lists every assignment."""
    outcome, actual = [Fraction(y) for y, _ in trial], tuple(d for _, d in trial)
    every = assignments(len(trial), sum(actual)) if drawn is None else drawn
    inference = Randomization(
        statistics=tuple(float(difference_in_means(outcome, one)) for one in every),
        exposures=tuple(float(difference_in_means([Fraction(d) for d in actual], one)) for one in every),
        complete=drawn is None,
        mean_outcome=float(sum(outcome, Fraction(0)) / len(outcome)),
        share_treated=sum(actual) / len(actual),
    )
    treated, control = (
        sum((y for y, d in zip(outcome, actual, strict=True) if d == arm), Fraction(0)) / actual.count(arm)
        for arm in (1, 0)
    )
    return effect_of(
        float(treated),
        float(control),
        inference,
        estimand="ATE",
        method="randomized_trial",
        variance="randomization/1",
        sample=Sample(n_obs=len(trial), n_units=len(trial), n_treated=sum(actual), n_control=len(trial) - sum(actual)),
        exact=ExactMeans(treated=treated, counterfactual=control),
    )


def randomization_complete() -> EffectEstimate:
    """All 70 assignments of a trial of eight."""
    return randomization_of(TRIAL, None)


LONG_TRIAL = tuple((10 + (7 * i) % 11 - 3 * (i % 2), i % 2) for i in range(14))


def sampled_assignments(draws: int = 199) -> list[Assignment]:
    """Re-drawn assignments of `LONG_TRIAL` from one seed."""
    rng = np.random.default_rng(20140301)
    actual = [d for _, d in LONG_TRIAL]
    return [tuple(int(d) for d in rng.permutation(actual)) for _ in range(draws)]


def randomization_sampled() -> EffectEstimate:
    """199 re-drawn assignments of a trial of fourteen."""
    return randomization_of(LONG_TRIAL, sampled_assignments())


def two_shares(inference: TwoProportions | TestInversion) -> EffectEstimate:
    """15 of 21 treated against 7 of 20 controls: a trial as small as a pilot."""
    return effect_of(
        15 / 21,
        7 / 20,
        inference,
        estimand="ATE",
        outcome=Outcome(column="in_work", better="higher"),
        method="randomized_trial",
        exact=ExactMeans(treated=Fraction(15, 21), counterfactual=Fraction(7, 20)),
    )


def shares_newcombe() -> EffectEstimate:
    """Newcombe's hybrid score interval of two shares."""
    return two_shares(TwoProportions(successes=(15, 7), sizes=(21, 20), test="newcombe"))


def shares_score() -> EffectEstimate:
    """Miettinen and Nurminen's score interval of two shares."""
    return two_shares(TwoProportions(successes=(15, 7), sizes=(21, 20), test="miettinen_nurminen"))


def shares_barnard() -> EffectEstimate:
    """Barnard's exact p of no effect, and its sets of the difference."""
    return two_shares(barnard((15, 7), (21, 20), most=200))


def rates_exact() -> EffectEstimate:
    """11 events in 800 months among the treated against 25 in 1 083 among controls, by the exact conditional test."""
    return effect_of(
        11 / 800,
        25 / 1083,
        TwoRates(counts=(11, 25), exposures=(800.0, 1083.0)),
        estimand="ATE",
        outcome=Outcome(column="events", unit="events/months", better="lower"),
        method="randomized_trial",
        exact=ExactMeans(treated=Fraction(11, 800), counterfactual=Fraction(25, 1083)),
    )


def bootstrap() -> EffectEstimate:
    """Joint bootstrap draws of the two means."""
    rng = np.random.default_rng(7)
    common = rng.normal(0.0, 0.2, 399)
    return effect_of(
        5.25,
        6.0,
        Draws(
            treated=tuple((5.25 + common + rng.normal(0.0, 0.25, 399)).tolist()),
            counterfactual=tuple((6.0 + common + rng.normal(0.0, 0.15, 399)).tolist()),
            scheme="bootstrap of units, 399 draws",
        ),
        estimand="ATT",
        method="doubly_robust",
        variance="bootstrap/1",
    )


def bootstrap_public() -> EffectEstimate:
    """The same without its draws: sets of both contrasts at declared levels, p-values at declared nulls."""
    return bootstrap().public((-1.0, -0.5))


ACHIEVED, ENROLLED, REFERENCE_SHARE = 41, 50, Fraction(3, 5)


def clopper_pearson(level: float, alternative: Alternative) -> tuple[float, float]:
    """Clopper & Pearson (1934): the shares that the exact binomial test does not reject."""
    tail = (1 - level) / (2 if alternative == "two-sided" else 1)
    low = float(stats.beta.ppf(tail, ACHIEVED, ENROLLED - ACHIEVED + 1))
    high = float(stats.beta.ppf(1 - tail, ACHIEVED + 1, ENROLLED - ACHIEVED))
    return (-math.inf if alternative == "less" else low, math.inf if alternative == "greater" else high)


def exact_binomial_p(share: float, alternative: Alternative) -> float:
    """The test that Clopper–Pearson intervals invert: each tail on its own, twice the smaller when two-sided."""
    above = float(stats.binom.sf(ACHIEVED - 1, ENROLLED, share))
    below = float(stats.binom.cdf(ACHIEVED, ENROLLED, share))
    return {"greater": above, "less": below, "two-sided": min(1.0, 2 * min(above, below))}[alternative]


def exact_binomial() -> EffectEstimate:
    """41 of 50 against a fixed reference share of 60 %: the counterfactual is known, not estimated."""
    reference = float(REFERENCE_SHARE)
    sets = [
        DeclaredSet(
            contrast="difference",
            set=ConfidenceSet(
                intervals=(tuple(end - reference for end in clopper_pearson(level, alternative)),),  # type: ignore[arg-type]
                level=level,
                alternative=alternative,
            ),
        )
        for level in LEVELS
        for alternative in ALTERNATIVES
    ]
    p_values = [
        DeclaredP(
            contrast="difference",
            null=null,
            alternative=alternative,
            p_value=exact_binomial_p(reference + null, alternative),
        )
        for null in (-0.3, -0.1, 0.0, 0.05, 0.1, 0.15, 0.25, 0.3, 0.35)
        for alternative in ALTERNATIVES
    ]
    return effect_of(
        ACHIEVED / ENROLLED,
        reference,
        TestInversion(procedure="exact binomial", sets=tuple(sets), p_values=tuple(p_values), fixed="counterfactual"),
        outcome=Outcome(column="employed", unit="share", better="higher"),
        method="outcome_against_reference",
        variance="clopper_pearson/1",
        sample=Sample(n_obs=50, n_units=50, n_treated=50),
        exact=ExactMeans(treated=Fraction(ACHIEVED, ENROLLED), counterfactual=REFERENCE_SHARE),
    )


def before_after() -> EffectEstimate:
    """No comparator, so nothing about an effect."""
    reason = Text(
        en="A before–after comparison has no comparison units.", sv="En före–efter-jämförelse saknar jämförelseenheter."
    )
    return effect_of(
        6.0,
        7.0,
        Unavailable(reason=reason),
        estimand="before_after",
        method="trend_adjusted",
        variance="none/1",
        sample=Sample(n_obs=4, n_units=1, n_treated=1, n_control=0),
    )


def negative_counterfactual() -> EffectEstimate:
    """A net cost below zero: no ratio is identified, and no direction was given."""
    return effect_of(
        -1200.0,
        -300.0,
        welch(250.0**2, 30, 180.0**2, 44),
        outcome=Outcome(column="net_cost", unit="SEK"),
        estimand="ITT",
        method="randomized_trial",
        variance="welch/1",
        sample=Sample(n_obs=74, n_units=74, n_treated=30, n_control=44),
    )


def group_time() -> EffectSet:
    """Three group-time effects with the joint covariance of their six means."""
    rng = np.random.default_rng(3)
    root = rng.normal(0.0, 0.2, (6, 6))
    covariance = root @ root.T + 0.05 * np.eye(6)
    means = ((9.1, 10.0), (8.4, 9.6), (9.9, 9.7))
    effects = tuple(
        effect_of(
            treated,
            counterfactual,
            StudentT(
                covariance=(
                    float(covariance[2 * k, 2 * k]),
                    float(covariance[2 * k, 2 * k + 1]),
                    float(covariance[2 * k + 1, 2 * k + 1]),
                ),
                df=FixedDf(df=math.inf),
            ),
            estimand="ATT(g,t)",
            method="staggered_adoption",
            variance="influence/1",
            sample=Sample(n_obs=80, n_units=40, n_treated=10, n_control=30),
        )
        for k, (treated, counterfactual) in enumerate(means)
    )
    return EffectSet(
        labels=("2004 in 2005", "2004 in 2006", "2006 in 2006"),
        effects=effects,
        covariance=tuple(tuple(float(value) for value in row) for row in covariance),
    )


def combined_group_time() -> EffectEstimate:
    """The group-time effects weighed together."""
    return group_time().combine({"2004 in 2005": "0.25", "2004 in 2006": "0.25", "2006 in 2006": "0.5"})


def rate_card() -> OutcomeMeasure:
    """Units achieved: an outcome, not an effect."""
    return OutcomeMeasure(
        exact=Fraction(37),
        statistic="count",
        outcome=Outcome(column="in_work", unit="persons", better="higher"),
        population=Text(en="enrolled participants", sv="inskrivna deltagare"),
        method="outcome_count",
        sample=Sample(n_obs=60, n_units=60, n_treated=60),
        arguments={"unit": "person", "outcome": "in_work"},
    )


EFFECTS: dict[str, Callable[[], EffectEstimate]] = {
    builder.__name__: cache(builder)  # frozen, so that every test may have the same one
    for builder in (
        lin_ate,
        matched_att,
        rate_ratio,
        complier_disjoint,
        complier_unbounded,
        anderson_rubin_bounded,
        anderson_rubin_disjoint,
        anderson_rubin_unbounded,
        placebo_ratio,
        placebo_difference,
        randomization_complete,
        randomization_sampled,
        shares_newcombe,
        rates_exact,
        shares_score,
        shares_barnard,
        bootstrap,
        bootstrap_public,
        exact_binomial,
        before_after,
        negative_counterfactual,
        combined_group_time,
    )
}
RESULTS: dict[str, Callable[[], EffectEstimate | EffectSet | OutcomeMeasure]] = {
    **EFFECTS,
    "group_time": cache(group_time),
    "rate_card": cache(rate_card),
}

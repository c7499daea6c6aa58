"""A synthetic randomised trial: individual, blocked or clustered, with a normal, skewed or binary outcome."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt._validation import check_integer, check_number, check_option
from effekt.datasets._draws import as_generator, assign, check_inside, check_range, split
from effekt.datasets._receipt import check_takers, draw_types, truth_among, truth_of_law
from effekt.datasets.cohort import Cohort, effect_truth
from effekt.exceptions import ArgumentError
from effekt.tables import Table

Assignment: TypeAlias = Literal["individual", "blocked", "clustered"]
OutcomeLaw: TypeAlias = Literal["normal", "skewed", "binary"]
Population: TypeAlias = Literal["super", "finite"]
USUAL_SPREAD = 0.4  # SD over mean where no SD is given
GROUP_COLUMN = {"blocked": "block", "clustered": "cluster"}
WORDS = {
    "individual": Text(en="individually randomised", sv="individuellt randomiserad"),
    "blocked": Text(en="blocked randomised", sv="blockrandomiserad"),
    "clustered": Text(en="cluster-randomised", sv="klusterrandomiserad"),
}


def trial(
    *,
    rng: Generator | int,
    n: int = 1_000,
    effect: float = 2.0,
    share_treated: float = 0.5,
    assignment: Assignment = "individual",
    n_groups: int | None = None,
    group_size_ratio: float = 1.0,
    icc: float = 0.0,
    outcome: OutcomeLaw = "normal",
    mean: float = 20.0,
    sd: float | None = None,
    prognostic: float = 0.3,
    heterogeneity: float = 0.0,
    population: Population = "super",
    always_takers: float = 0.0,
    never_takers: float = 0.0,
) -> Cohort:
    """Draw a randomised trial with a known average effect and both potential outcomes of every unit.

    Parameters
    ----------
    rng : Generator or int
        The only source of chance.
    n : int
        Units.
    effect : float
        Average treatment effect τ in the outcome's unit (a risk difference when it is binary).
    share_treated : float
        Between 0 and 1; in each block, or of the clusters, or of all units, this share rounded to a whole number.
    assignment : {"individual", "blocked", "clustered"}
        Complete randomisation of units, of units within blocks, or of whole clusters.
    n_groups : int, optional
        Blocks or clusters; none with individual assignment.
    group_size_ratio : float
        The largest group over the smallest; sizes lie in geometric progression.
    icc : float
        Share of the latent variance between groups; 0 with individual assignment.
    outcome : {"normal", "skewed", "binary"}
        The law of the outcome.
    mean : float
        Expected outcome ν without treatment.
    sd : float, optional
        Standard deviation σ of the outcome without treatment; the default is 0.4 · |mean|. A binary outcome takes none.
    prognostic : float
        Share of the latent variance that the covariate `baseline` explains.
    heterogeneity : float
        SD h of the individual effects, which follow `baseline`; for a normal outcome only.
    population : {"super", "finite"}
        What the truth refers to: the law, or the units at hand.
    always_takers, never_takers : float
        Expected shares who receive the treatment, or do not, whatever they are assigned; together below 1.

    Returns
    -------
    Cohort
        Table: `unit` (1 to n), `block` or `cluster` where there is one, `baseline` (standard normal, prognostic), `age`
        (18 to 64, unrelated), `treatment` (0/1), `outcome`, and the potential outcomes `untreated_outcome` and
        `treated_outcome`, which no estimator may read. Truth: `treated_mean`, `counterfactual_mean`, `difference`,
        `relative` and `ratio` of the ATE; under "super" they are ν + τ, ν, τ, τ/ν and 1 + τ/ν, under "finite" those of
        the means of the two potential outcomes.

        With always- or never-takers there is a column `received` (0/1) as well, on which the outcome depends, and the
        truth is that of the compliers, with their share as `compliers` and the effect of assignment on everyone as
        `intention_to_treat`.

    Raises
    ------
    ArgumentError
        For an argument outside its range, or arguments that contradict each other.

    Notes
    -----
    With b = `baseline`, a group effect g and noise e, all independent standard normal, R² = `prognostic`,

    z = √R² · b + √icc · g + √(1 − R² − icc) · e ~ N(0, 1), and

    - normal: Y(0) = ν + σz, Y(1) = Y(0) + τ + h·b;
    - skewed: log Y(0) = log ν − s²/2 + sz with s² = log(1 + (σ/ν)²), so that Y(0) has mean ν and SD σ;
      Y(1) = Y(0) · (1 + τ/ν): who has much gains or loses much;
    - binary: Y(0) = 1{Φ(z) ≤ ν}, Y(1) = 1{Φ(z) ≤ ν + τ}: an effect has the same sign for everyone.

    Who takes the treatment follows c = (z + e')/√2 with e' a further standard normal: those with the lowest c never do,
    those with the highest always, so that comparing by receipt is biased. Nobody defies the lot.

    Examples
    --------
    >>> cohort = trial(rng=1, n=200, effect=-0.1, outcome="binary", mean=0.4)
    >>> len(cohort.table), round(cohort.truth["relative"], 4)
    (200, -0.25)
    """
    generator = as_generator(rng)
    check_integer("n", n, 4)
    check_option("population", population, ("super", "finite"))
    share = check_inside("share_treated", share_treated, 0, 1)
    effect, mean = check_number("effect", effect), check_number("mean", mean)
    groups = _groups(n, assignment, n_groups, group_size_ratio)
    between = check_range("icc", icc, 0, 1)
    explained = check_range("prognostic", prognostic, 0, 1)
    _check_variance(assignment, between, explained)
    baseline = generator.standard_normal(n)
    common = generator.standard_normal(int(groups[-1]) + 1)[groups]
    noise = generator.standard_normal(n)
    latent = math.sqrt(explained) * baseline + math.sqrt(between) * common + math.sqrt(1 - explained - between) * noise
    age = generator.integers(18, 65, n)
    treatment = _treatment(generator, groups, share, assignment)
    untreated, treated = _potential_outcomes(outcome, latent, baseline, effect, mean, sd, heterogeneity)
    takers = check_takers(always_takers, never_takers)
    types = None if takers is None else draw_types(generator, latent, takers)
    received = treatment if types is None else types.received(treatment)
    named = {GROUP_COLUMN[assignment]: groups + 1} if assignment in GROUP_COLUMN else {}
    table = Table(
        {
            "unit": np.arange(1, n + 1),
            **named,
            "baseline": baseline,
            "age": age,
            "treatment": treatment,
            **({} if types is None else {"received": received}),
            "outcome": np.where(received == 1, treated, untreated),
            "untreated_outcome": untreated,
            "treated_outcome": treated,
        },
        name="the synthetic trial",
    )
    if types is not None and population == "finite":
        truth = truth_among(types.complier, untreated, treated)
    elif types is not None:
        spread = USUAL_SPREAD * abs(mean) if sd is None else sd
        truth = truth_of_law(outcome, types.takers, mean, effect, spread, heterogeneity * math.sqrt(explained))
    elif population == "super":
        truth = effect_truth(mean, effect)
    else:
        truth = effect_truth(float(untreated.mean()), float((treated - untreated).mean()))
    words = WORDS[assignment]
    return Cohort(
        table=table,
        truth=truth,
        description=Text(
            en=f"A synthetic {words.en} trial with {n} units and a known average effect.",
            sv=f"En syntetisk {words.sv} studie med {n} enheter och känd genomsnittlig effekt.",
        ),
    )


def _groups(n: int, assignment: Assignment, n_groups: int | None, size_ratio: float) -> IntArray:
    """(n,) block or cluster of each unit; all in one group with individual assignment."""
    check_option("assignment", assignment, ("individual", "blocked", "clustered"))
    check_range("group_size_ratio", size_ratio, 1)
    if assignment == "individual":
        if n_groups is not None or size_ratio != 1:
            raise ArgumentError(
                "`n_groups` and `group_size_ratio` need assignment='blocked' or 'clustered'; choose one, or leave them "
                "out."
            )
        return np.zeros(n, np.intp)
    if n_groups is None:
        raise ArgumentError(f"`n_groups` must be given with assignment={assignment!r}.")
    groups = split(n, check_integer("n_groups", n_groups, 2), size_ratio)
    if np.bincount(groups, minlength=n_groups).min() == 0:
        raise ArgumentError(f"`n_groups` must leave every group someone; {n_groups} groups of {n} units do not.")
    return groups


def _check_variance(assignment: Assignment, icc: float, prognostic: float) -> None:
    if assignment == "individual" and icc:
        raise ArgumentError(f"`icc` must be 0 with individual assignment, which has no groups; got {icc!r}.")
    if icc + prognostic > 1:
        raise ArgumentError(
            f"`icc` and `prognostic` are shares of one variance and must add to at most 1; got {icc!r} and "
            f"{prognostic!r}."
        )


def _treatment(rng: Generator, groups: IntArray, share: float, assignment: Assignment) -> IntArray:
    """(n,) 0/1 by complete randomisation within groups, or of whole groups."""
    if assignment == "clustered":
        return assign(rng, np.zeros(int(groups[-1]) + 1, np.intp), share)[groups]
    return assign(rng, groups, share)


def _potential_outcomes(
    law: OutcomeLaw,
    latent: FloatArray,
    baseline: FloatArray,
    effect: float,
    mean: float,
    sd: float | None,
    heterogeneity: float,
) -> tuple[FloatArray | IntArray, FloatArray | IntArray]:
    """Y(0) and Y(1) from the latent standard normal."""
    check_option("outcome", law, ("normal", "skewed", "binary"))
    slope = check_range("heterogeneity", heterogeneity, 0)
    if law != "normal" and slope:
        raise ArgumentError(f"`heterogeneity` must be 0 unless the outcome is normal; got {heterogeneity!r}.")
    if law == "binary":
        return _binary(latent, effect, mean, sd)
    if law == "skewed":
        check_inside("mean", mean, 0)
        check_range("effect", effect, -mean)
    if sd is None and mean == 0:
        raise ArgumentError(
            f"`sd` must be given where `mean` is 0, since it is {USUAL_SPREAD:g} times the mean where it is left out; "
            "got None."
        )
    spread = check_inside("sd", USUAL_SPREAD * abs(mean) if sd is None else sd, 0)
    if law == "normal":
        untreated = mean + spread * latent
        return untreated, untreated + effect + slope * baseline
    log_variance = math.log1p((spread / mean) ** 2)
    untreated = np.exp(math.log(mean) - log_variance / 2 + math.sqrt(log_variance) * latent)
    return untreated, untreated * (1 + effect / mean)


def _binary(latent: FloatArray, effect: float, mean: float, sd: float | None) -> tuple[IntArray, IntArray]:
    check_inside("mean", mean, 0, 1)
    check_inside("mean + effect", mean + effect, 0, 1)
    if sd is not None:
        raise ArgumentError(f"`sd` must be None with a binary outcome, whose mean gives its spread; got {sd!r}.")
    limits = (NormalDist().inv_cdf(share) for share in (mean, mean + effect))
    untreated, treated = ((latent <= limit).astype(np.intp) for limit in limits)
    return untreated, treated

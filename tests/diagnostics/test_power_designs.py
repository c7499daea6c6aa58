"""Pairs, unequal probabilities, clusters in blocks, compliers, shares and rates: R, statsmodels, simulated plans."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.diagnostics import bell_mccaffrey_df
from scipy import stats
from statsmodels.stats.proportion import power_proportions_2indep
from statsmodels.stats.rates import power_poisson_diff_2indep

from effekt.diagnostics import (
    BlockClusteredDesign,
    BlockedDesign,
    ClusteredDesign,
    ComplierDesign,
    IndividualDesign,
    KnownPrecision,
    PairedDesign,
    PlaceboDesign,
    ProbabilityDesign,
    RatesDesign,
    SharesDesign,
    minimum_detectable_effect,
)
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "output.json").read_text("utf-8"))
ALPHA = Fraction(1, 20)
REPLICATES = 4000

PAIRS = PairedDesign(pairs=14, sd=2.0, correlation=0.4)
UNEQUAL = ProbabilityDesign(sizes=(80, 80), probabilities=(0.5, 0.25), sd=1.0)
SCHOOLS = BlockClusteredDesign(treated_sizes=((6, 6, 6), (6, 6)), control_sizes=((6, 6), (6, 6, 6, 6)), sd=1.0, icc=0.2)
EMPLOYED = SharesDesign(n_treated=180, n_control=220, share=0.3, better="higher")
VISITS = RatesDesign(exposure_treated=150.0, exposure_control=210.0, rate=0.6, better="lower")
PLANS = (PAIRS, UNEQUAL, SCHOOLS, EMPLOYED, VISITS, ComplierDesign(assignment=PAIRS, compliers=0.7))


def smallest(design, **options):
    return minimum_detectable_effect(design, **options).values["minimum_detectable_effect"]


# --- against others -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", GOLDEN["paired"], ids=lambda row: str(row["pairs"]))
def test_pairs_are_those_of_r(row):
    design = PairedDesign(pairs=row["pairs"], sd=row["sd"], correlation=row["correlation"])
    assert smallest(design, power=row["power"]) == pytest.approx(row["two_sided"], rel=1e-8)
    assert smallest(design, power=row["power"], alternative="greater") == pytest.approx(row["greater"], rel=1e-8)


@pytest.mark.parametrize("row", GOLDEN["shares"], ids=lambda row: str(row["n"]))
def test_shares_are_those_of_r(row):
    n, share = row["n"], row["share"]
    higher = SharesDesign(n_treated=n, n_control=n, share=share, better="higher")
    lower = SharesDesign(n_treated=n, n_control=n, share=1 - share, better="lower")  # those without the event
    for design in (higher, lower):
        assert smallest(design, power=row["power"]) == pytest.approx(row["two_sided"], rel=1e-8)
        assert smallest(design, power=row["power"], alternative="greater") == pytest.approx(row["greater"], rel=1e-8)
    halved = SharesDesign(n_treated=n, n_control=n, share=share, better="lower")
    assert halved.power(share / 2, ALPHA, "two-sided") == pytest.approx(row["halved"], rel=1e-8)


@given(st.integers(5, 400), st.integers(5, 400), st.floats(0.02, 0.95), st.floats(0, 1))
def test_unequal_arms_of_shares_are_those_of_statsmodels(n_treated, n_control, share, part):
    design = SharesDesign(n_treated=n_treated, n_control=n_control, share=share, better="higher")
    effect = part * 0.99 * (1 - share)
    other = power_proportions_2indep(
        effect, share, n_treated, ratio=n_control / n_treated, alternative="larger", return_results=False
    )
    assert design.power(effect, ALPHA, "greater") == pytest.approx(float(other), rel=1e-9, abs=1e-12)


@given(st.floats(5, 400), st.floats(5, 400), st.floats(0.02, 5), st.floats(0, 3))
def test_rates_are_those_of_statsmodels(treated, control, rate, effect):
    design = RatesDesign(exposure_treated=treated, exposure_control=control, rate=rate, better="higher")
    other = power_poisson_diff_2indep(
        rate + effect, rate, treated, nobs_ratio=control / treated, alternative="larger", return_results=False
    )
    assert design.power(effect, ALPHA, "greater") == pytest.approx(float(other), rel=1e-9, abs=1e-12)


# --- standard errors ----------------------------------------------------------------------------------------------

cluster_sizes = st.lists(st.integers(1, 5), min_size=3, max_size=5).map(tuple)
share_of_one = st.floats(0, 0.95)


@given(
    st.lists(st.tuples(cluster_sizes, cluster_sizes), min_size=1, max_size=3),
    st.floats(0, 1),
    share_of_one,
    share_of_one,
)
def test_clusters_within_blocks_are_a_whole_covariance_matrix(blocks, icc, between, within):
    design = BlockClusteredDesign(
        treated_sizes=tuple(one for one, _ in blocks),
        control_sizes=tuple(other for _, other in blocks),
        sd=1.3,
        icc=icc,
        explained_between=between,
        explained_within=within,
    )
    total, weights, cluster = sum(sum(one) + sum(other) for one, other in blocks), [], []
    for treated, control in blocks:
        share = (sum(treated) + sum(control)) / total
        for sign, sizes in ((1, treated), (-1, control)):
            for size in sizes:
                weights += [sign * share / sum(sizes)] * size
                cluster += [len(weights)] * size
    common = icc * (1 - between)
    covariance = 1.3**2 * np.where(np.equal.outer(cluster, cluster), common, 0.0)
    np.fill_diagonal(covariance, 1.3**2 * (common + (1 - icc) * (1 - within)))
    assert design.std_error == pytest.approx(math.sqrt(np.array(weights) @ covariance @ weights), rel=1e-10)
    assert design.df == pytest.approx(bell_mccaffrey_df(blocks), rel=1e-9)


@given(cluster_sizes, cluster_sizes, st.floats(0, 1), share_of_one, share_of_one, st.integers(0, 1))
def test_one_block_of_clusters_is_clusters(treated, control, icc, between, within, covariates):
    more = {"sd": 2.0, "icc": icc, "explained_between": between, "explained_within": within, "covariates": covariates}
    alone = ClusteredDesign(treated_sizes=treated, control_sizes=control, **more)
    block = BlockClusteredDesign(treated_sizes=(treated,), control_sizes=(control,), **more)
    assert block.std_error == pytest.approx(alone.std_error, rel=1e-14)
    assert block.df == pytest.approx(alone.df, rel=1e-13)


def test_clusters_of_one_unit_are_units():
    clusters = BlockClusteredDesign(
        treated_sizes=((1,) * 4, (1,) * 6), control_sizes=((1,) * 5, (1,) * 9), sd=2.0, icc=0.37
    )
    units = BlockedDesign(n_treated=(4, 6), n_control=(5, 9), sd=2.0)
    assert clusters.std_error == pytest.approx(units.std_error, rel=1e-14)
    assert clusters.df == pytest.approx(units.df, rel=1e-13)


def test_what_covariates_explain_of_clusters():
    """Bloom, Richburg-Hayes & Black (2007): τ²(1 − R_b²)/J + σ²(1 − R_w²)/(Jn) in each arm of J clusters of n."""
    design = ClusteredDesign(
        treated_sizes=(25,) * 8,
        control_sizes=(25,) * 8,
        sd=3.0,
        icc=0.15,
        explained_between=0.6,
        explained_within=0.3,
        covariates=1,
    )
    arm = 9 * 0.15 * 0.4 / 8 + 9 * 0.85 * 0.7 / (8 * 25)
    assert design.std_error**2 == pytest.approx(2 * arm, rel=1e-13)
    assert design.df == pytest.approx(12, rel=1e-13)  # one covariate in each arm


def test_one_probability_for_all_is_two_arms():
    design = ProbabilityDesign(sizes=(30, 50), probabilities=(0.25, 0.25), sd=1.7)
    arms = IndividualDesign(n_treated=20, n_control=60, sd=1.7)
    assert design.std_error == pytest.approx(arms.std_error, rel=1e-14)
    welch = (1 / 20 + 1 / 60) ** 2 / (1 / 20**2 / 19 + 1 / 60**2 / 59)
    assert design.df == pytest.approx(welch, rel=1e-12)


def test_probabilities_kept_within_blocks_are_blocks():
    design = ProbabilityDesign(sizes=(20, 40), probabilities=(0.5, 0.25), sd=1.7)
    blocks = BlockedDesign(n_treated=(10, 10), n_control=(10, 30), sd=1.7)
    assert design.std_error == pytest.approx(blocks.std_error, rel=1e-14)


def test_an_overdispersed_share_is_one_of_fewer_units():
    wild = replace(EMPLOYED, overdispersion=2.0)
    fewer = replace(EMPLOYED, n_treated=90, n_control=110)
    assert smallest(wild) == pytest.approx(smallest(fewer), rel=1e-12)
    units = replace(EMPLOYED, overdispersion=1 + 9 * 0.04, n_treated=200, n_control=200)
    clusters = ClusteredDesign(treated_sizes=(10,) * 20, control_sizes=(10,) * 20, sd=math.sqrt(0.3 * 0.7), icc=0.04)
    assert units.std_error == pytest.approx(clusters.std_error, rel=1e-12)


def test_an_overdispersed_rate_is_one_of_less_exposure():
    wild = replace(VISITS, overdispersion=2.5)
    less = replace(VISITS, exposure_treated=60.0, exposure_control=84.0)
    assert smallest(wild) == pytest.approx(smallest(less), rel=1e-12)
    assert wild.std_error == pytest.approx(math.sqrt(2.5 * (0.6 / 150 + 0.6 / 210)), rel=1e-14)


@pytest.mark.parametrize("plan", [*PLANS[:5], KnownPrecision(std_error=0.3)], ids=lambda plan: type(plan).__name__)
def test_compliers_have_the_effect_of_assignment_over_their_share(plan):
    """Bloom (1984)."""
    some, all_ = ComplierDesign(assignment=plan, compliers=0.8), ComplierDesign(assignment=plan, compliers=1.0)
    found = minimum_detectable_effect(some, effects=[0.1], threshold=0.2)
    assert found.values["minimum_detectable_effect"] == pytest.approx(smallest(plan) / 0.8, rel=1e-11)
    own = minimum_detectable_effect(plan, effects=[0.08], threshold=0.16)
    assert found.table["power"] == pytest.approx(own.table["power"], rel=1e-12)
    assert found.table["reaches"] == pytest.approx(own.table["reaches"], rel=1e-12)
    assert found.values["df"] == own.values["df"]
    for rule in ("no_effect", "estimate", "bound"):
        assert smallest(all_, threshold=0.1, rule=rule) == smallest(plan, threshold=0.1, rule=rule)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: type(plan).__name__)
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_without_an_effect_power_is_the_level(plan, alternative):
    assert plan.power(0.0, ALPHA, alternative) == pytest.approx(0.05, rel=1e-8)


@given(st.floats(0.01, 100), st.sampled_from([PAIRS, UNEQUAL, SCHOOLS]))
def test_effects_have_the_unit_of_the_spread(factor, plan):
    assert smallest(replace(plan, sd=plan.sd * factor)) == pytest.approx(factor * smallest(plan), rel=1e-9)


@given(st.permutations(range(4)))
def test_the_order_of_blocks_and_groups_moves_nothing(order):
    sizes, probabilities = (7, 30, 12, 55), (0.1, 0.5, 0.3, 0.62)
    treated, control = ((3, 4), (9, 2), (5, 5, 5), (1, 8)), ((2, 2, 2), (6, 1), (4, 3), (7, 7))

    def again(of):
        return tuple(of[k] for k in order)

    one = ProbabilityDesign(sizes=sizes, probabilities=probabilities, sd=1.0)
    other = ProbabilityDesign(sizes=again(sizes), probabilities=again(probabilities), sd=1.0)
    assert (one.std_error, one.df) == (other.std_error, other.df)
    one = BlockClusteredDesign(treated_sizes=treated, control_sizes=control, sd=1.0, icc=0.1)
    other = BlockClusteredDesign(treated_sizes=again(treated), control_sizes=again(control), sd=1.0, icc=0.1)
    assert one.std_error == other.std_error


# --- against simulated plans --------------------------------------------------------------------------------------


def near(found, chance):
    return abs(np.mean(found) - chance) <= 4 * math.sqrt(chance * (1 - chance) / REPLICATES)


def beyond(statistic, df):
    return np.abs(statistic) >= stats.t.ppf(0.975, df)


def blocked_statistic(y, arms, weights, x=None):
    """The t of Σ w_b (difference in block b) by HC2; where there is x, with one variance and one slope of it."""
    means = [
        [(v[:, one].mean(axis=1), v[:, other].mean(axis=1)) for one, other in arms] for v in (y, x) if v is not None
    ]
    effects = [sum(w * (a - b) for w, (a, b) in zip(weights, of, strict=True)) for of in means]
    groups = [group for pair in arms for group in pair]
    left = [
        np.concatenate([v[:, g] - v[:, g].mean(axis=1, keepdims=True) for g in groups], axis=1)
        for v in (y, x)
        if v is not None
    ]
    if x is None:
        twice = [w for w in weights for _ in (0, 1)]
        variances = [y[:, g].var(axis=1, ddof=1) / len(g) for g in groups]
        return effects[0] / np.sqrt(sum(w**2 * v for w, v in zip(twice, variances, strict=True)))
    df = y.shape[1] - len(groups)
    spread = sum(w**2 * (1 / len(one) + 1 / len(other)) for w, (one, other) in zip(weights, arms, strict=True))
    square = (left[1] ** 2).sum(axis=1)
    slope = (left[0] * left[1]).sum(axis=1) / square
    variance = ((left[0] - slope[:, None] * left[1]) ** 2).sum(axis=1) / (df - 1)
    return (effects[0] - slope * effects[1]) / np.sqrt(variance * (spread + effects[1] ** 2 / square))


def split(*sizes):
    """Consecutive runs of the numbers from 0."""
    ends = np.cumsum([0, *sizes])
    return [np.arange(low, high) for low, high in itertools.pairwise(ends)]


def test_simulated_blocks_reject_as_often():
    rng = np.random.default_rng(11)
    one, two, three, four = split(5, 7, 9, 4)
    y = rng.normal(size=(REPLICATES, 25)) + np.repeat([0.0, 3.0], [12, 13])
    y[:, np.concatenate([one, three])] += 1.1
    t = blocked_statistic(y, [(one, two), (three, four)], [12 / 25, 13 / 25])
    design = BlockedDesign(n_treated=(5, 9), n_control=(7, 4), sd=1.0)
    assert near(beyond(t, design.df), design.power(1.1, ALPHA, "two-sided"))


def test_simulated_blocks_with_a_covariate_reject_as_often():
    rng = np.random.default_rng(12)
    one, two, three, four = split(30, 40, 45, 25)
    x, noise = rng.normal(size=(2, REPLICATES, 140))
    y = math.sqrt(0.6) * x + math.sqrt(0.4) * noise + np.repeat([0.0, 3.0], [70, 70])
    y[:, np.concatenate([one, three])] += 0.3
    t = blocked_statistic(y, [(one, two), (three, four)], [0.5, 0.5], x)
    design = BlockedDesign(n_treated=(30, 45), n_control=(40, 25), sd=1.0, explained=0.6, covariates=1)
    assert near(beyond(t, design.df), design.power(0.3, ALPHA, "two-sided"))


def test_simulated_clusters_with_a_covariate_reject_as_often():
    """Means of clusters on their arm and a covariate that explains half of what lies between clusters."""
    rng = np.random.default_rng(13)
    x, between = rng.normal(size=(2, REPLICATES, 40))
    means = math.sqrt(0.2) * (math.sqrt(0.5) * x + math.sqrt(0.5) * between)
    means += rng.normal(0, math.sqrt(0.8 / 10), (REPLICATES, 40))
    means[:, :20] += 0.45
    t = blocked_statistic(means, [tuple(split(20, 20))], [1.0], x)
    design = ClusteredDesign(
        treated_sizes=(10,) * 20, control_sizes=(10,) * 20, sd=1.0, icc=0.2, explained_between=0.5, covariates=1
    )
    assert near(beyond(t, design.df), design.power(0.45, ALPHA, "two-sided"))


def test_simulated_clusters_within_blocks_reject_as_often():
    rng = np.random.default_rng(14)
    one, two, three, four = split(3, 2, 2, 4)
    means = rng.normal(0, math.sqrt(0.2), (REPLICATES, 11)) + rng.normal(0, math.sqrt(0.8 / 6), (REPLICATES, 11))
    means[:, np.concatenate([one, three])] += 1.2
    t = blocked_statistic(means, [(one, two), (three, four)], [5 / 11, 6 / 11])
    assert near(beyond(t, SCHOOLS.df), SCHOOLS.power(1.2, ALPHA, "two-sided"))


def test_simulated_pairs_reject_and_reach_as_often():
    rng = np.random.default_rng(15)
    common = rng.normal(0, math.sqrt(0.4), (REPLICATES, 14, 1))
    y = 2 * (common + rng.normal(0, math.sqrt(0.6), (REPLICATES, 14, 2)))
    difference = y[..., 0] + 1.5 - y[..., 1]
    mean, error = difference.mean(axis=1), difference.std(axis=1, ddof=1) / math.sqrt(14)
    found = minimum_detectable_effect(PAIRS, effects=[1.5], threshold=0.4, rule="bound")
    assert near(beyond(mean / error, 13), found.table["power"][1])
    assert near(mean >= 0.4, found.table["reaches"][1])
    assert near(mean - stats.t.ppf(0.95, 13) * error >= 0.4, found.table["bound_reaches"][1])


def test_simulated_probabilities_reject_as_often():
    """Normalised weights and HC2 of the weighted regression; each unit is assigned by itself."""
    rng = np.random.default_rng(16)
    p = np.repeat([0.5, 0.25], 80)
    treated = rng.random((REPLICATES, 160)) < p
    y = rng.normal(size=(REPLICATES, 160)) + 0.6 * treated
    means, variances = [], []
    for weights in (treated / p, ~treated / (1 - p)):
        total = weights.sum(axis=1, keepdims=True)
        mean = (weights * y).sum(axis=1, keepdims=True) / total
        means.append(mean[:, 0])
        variances.append(((weights * (y - mean)) ** 2 / (1 - weights / total)).sum(axis=1) / total[:, 0] ** 2)
    t = (means[0] - means[1]) / np.sqrt(sum(variances))
    assert near(beyond(t, UNEQUAL.df), UNEQUAL.power(0.6, ALPHA, "two-sided"))


def test_simulated_assignment_is_rejected_as_often_when_some_comply():
    rng = np.random.default_rng(17)
    y = rng.normal(size=(REPLICATES, 400))
    y[:, :200] += 0.4 * (rng.random((REPLICATES, 200)) < 0.7)
    t = blocked_statistic(y, [tuple(split(200, 200))], [1.0])
    design = ComplierDesign(assignment=IndividualDesign(n_treated=200, n_control=200, sd=1.0), compliers=0.7)
    assert near(beyond(t, 398), design.power(0.4, ALPHA, "two-sided"))


@pytest.mark.parametrize("design", [EMPLOYED, VISITS], ids=["shares", "rates"])
def test_simulated_counts_reject_and_reach_as_often(design):
    rng, effect = np.random.default_rng(18), 0.13 if design is EMPLOYED else 0.2
    if design is EMPLOYED:
        n1, n0 = 180, 220
        one, other = rng.binomial(n1, 0.3 + effect, REPLICATES), rng.binomial(n0, 0.3, REPLICATES)
        spread = lambda mean: mean * (1 - mean)  # noqa: E731
    else:
        n1, n0 = 150.0, 210.0
        one, other = rng.poisson(n1 * (0.6 - effect), REPLICATES), rng.poisson(n0 * 0.6, REPLICATES)
        spread = lambda mean: mean  # noqa: E731
    better = (one / n1 - other / n0) * (1 if design is EMPLOYED else -1)
    pooled = np.sqrt(spread((one + other) / (n1 + n0)) * (1 / n1 + 1 / n0))
    own = np.sqrt(spread(one / n1) / n1 + spread(other / n0) / n0)
    found = minimum_detectable_effect(design, effects=[effect], threshold=0.05, rule="bound")
    assert near(beyond(better / pooled, 1e9), found.table["power"][1])
    assert near(better >= 0.0501, design.reaches(effect, 0.0501))
    assert near(better - stats.norm.ppf(0.95) * own >= 0.05, found.table["bound_reaches"][1])


@pytest.mark.parametrize("design", [EMPLOYED, VISITS], ids=["shares", "rates"])
def test_simulated_relative_counts_reach_as_often(design):
    """The limit is the least c at which the contrast of the means, less z of its own errors, is not below zero."""
    rng, (n1, n0), effect, line = np.random.default_rng(19), design.sizes, 0.35, 0.12
    means = design.treated_mean(effect * design.mean), design.mean
    draws = [
        rng.binomial(n, mean, REPLICATES) / n if design is EMPLOYED else rng.poisson(n * mean, REPLICATES) / n
        for n, mean in zip((n1, n0), means, strict=True)
    ]
    factor = 1 + design.sign * line
    contrast = design.sign * (draws[0] - factor * draws[1])
    own = np.sqrt(design.variance(draws[0]) / n1 + factor**2 * design.variance(draws[1]) / n0)
    found = minimum_detectable_effect(design, effects=[effect], threshold=line, scale="relative", rule="bound")
    assert near(contrast >= 0, found.table["reaches"][1])
    assert near(contrast - stats.norm.ppf(0.95) * own >= 0, found.table["bound_reaches"][1])
    ratio = np.std(draws[0] / draws[1], ddof=1)
    assert abs(ratio / design.relative().std_error_at(effect) - 1) < 0.1  # the delta method's, to the first order
    assert found.values["design"] == type(design).__name__


@pytest.mark.parametrize("design", [EMPLOYED, VISITS], ids=["shares", "rates"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_relative_counts_have_the_test_of_the_difference(design, alternative):
    assert smallest(design, scale="relative", alternative=alternative) == pytest.approx(
        smallest(design, alternative=alternative) / design.mean, rel=1e-10
    )
    some = ComplierDesign(assignment=design, compliers=0.9)
    assert smallest(some, scale="relative") == pytest.approx(smallest(some) / design.mean, rel=1e-10)
    rare = minimum_detectable_effect(replace(VISITS, rate=0.02), scale="relative", threshold=0.5)
    assert rare.values["minimum_detectable_effect"] is None
    everything = VISITS.relative().power(1.0, ALPHA, alternative)
    assert everything == pytest.approx(VISITS.power(0.6, ALPHA, alternative), rel=1e-12)


def _reached(plan, compliers, effect, threshold):
    """How often the shares' relative improvement over the share of compliers is the threshold or more; ties by half."""
    treated, control = (
        stats.binom(n, p) for n, p in ((plan.n_treated, 0.3 * (1 - effect * compliers)), (plan.n_control, 0.3))
    )
    found = 0.0
    for events in range(plan.n_control + 1):
        line = (1 - Fraction(str(compliers)) * Fraction(str(threshold))) * events * plan.n_treated / plan.n_control
        tie = treated.pmf(math.floor(line)) / 2 if line.denominator == 1 else 0.0
        found += control.pmf(events) * (treated.cdf(math.floor(line)) - tie)
    return found


@pytest.mark.parametrize("compliers", [1.0, 0.5])
def test_compliers_reach_a_relative_threshold_as_often_as_all_shares_that_can_be(compliers):
    plan = SharesDesign(n_treated=600, n_control=600, share=0.3, better="lower")
    some = ComplierDesign(assignment=plan, compliers=compliers).relative()
    for effect in (1e-12, 0.3):
        assert some.reaches(effect, 0.12) == pytest.approx(_reached(plan, compliers, effect, 0.12), abs=5e-4)
        assert ComplierDesign(assignment=plan, compliers=1.0).relative().reaches(
            effect, 0.12
        ) == plan.relative().reaches(effect, 0.12)


# --- the contract's own gate --------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", [*PLANS, PlaceboDesign(placebos=199, sd=0.1)], ids=lambda plan: type(plan).__name__)
@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
def test_the_smallest_effect_meets_its_rule_as_often(plan, power):
    estimate, bound = (smallest(plan, power=power, threshold=0.05, rule=rule) for rule in ("estimate", "bound"))
    assert plan.reaches(estimate, 0.05) == pytest.approx(power, rel=1e-9)
    assert plan.bound_reaches(bound, 0.05, ALPHA) == pytest.approx(power, rel=1e-9)
    assert bound > estimate >= 0.05 - 1e-12


def test_a_known_precision_meets_its_rules_by_the_normal():
    plan = KnownPrecision(std_error=0.2)
    z80, z95 = stats.norm.ppf([0.8, 0.95])
    assert smallest(plan, threshold=0.5, rule="estimate") == pytest.approx(0.5 + 0.2 * z80, rel=1e-12)
    assert smallest(plan, threshold=0.5, rule="bound") == pytest.approx(0.5 + 0.2 * (z80 + z95), rel=1e-12)
    assert smallest(plan, threshold=1e9, rule="estimate") == pytest.approx(1e9 + 0.2 * z80, rel=1e-12)


def test_where_no_effect_already_has_the_probability_the_smallest_is_none_at_all():
    assert smallest(KnownPrecision(std_error=10.0), threshold=0.5, rule="estimate", power=0.3) == 0.0


def test_rules_are_told():
    plan = KnownPrecision(std_error=0.02)
    estimate = minimum_detectable_effect(plan, threshold=0.12, scale="relative", rule="estimate")
    assert estimate.status == "information"
    assert estimate.values["rule"] == "estimate"
    assert estimate.statement.en == (
        "The smallest improvement with which the estimate reaches the threshold with probability 0.8 is 13.7%; an "
        "estimate of 12.0% or more, the threshold, has probability below 0.1% for a true one of 0.0%."
    )
    bound = minimum_detectable_effect(plan, threshold=0.12, effects=[0.2], scale="relative", rule="bound", level=0.9)
    assert bound.statement.sv.replace("\N{NO-BREAK SPACE}", " ") == (
        "Den minsta förbättring med vilken den undre gränsen för det ensidiga konfidensintervallet på 90 % når "
        "tröskeln med sannolikheten 0,8 är 16,2 %; en gräns på 12,0 % eller mer, tröskeln, har sannolikheten "
        "under 0,1 % vid en sann förbättring på 0,0 %, 99,7 % vid en sann förbättring på 20,0 %."
    )
    few = SharesDesign(n_treated=9, n_control=9, share=0.1, better="lower")
    none = minimum_detectable_effect(few, threshold=0.05, rule="bound")
    assert none.status == "failed"
    assert none.values["minimum_detectable_effect"] is None
    assert none.statement.en.startswith(
        "There is no improvement, however large, with which the lower limit of the one-sided 95% confidence interval "
        "reaches the threshold with probability 0.8;"
    )
    assert "rule" not in minimum_detectable_effect(plan).values


def test_effects_of_which_nothing_is_left_in_the_other_tail():
    """SciPy has no number for that tail; it is below 1e-9."""
    found = minimum_detectable_effect(IndividualDesign(n_treated=3, n_control=2, sd=1.0), effects=[20.0, 100.0])
    assert found.table["power"][1:] == pytest.approx((1.0, 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: PairedDesign(pairs=9, sd=1.0, correlation=1.0),
            "`correlation` must be a number between -1 and 1, ends apart; got 1.0.",
        ),
        (
            lambda: ProbabilityDesign(sizes=(5, 5), probabilities=(0.5,), sd=1.0),
            "`probabilities` must be a tuple with one number for each of the 2 groups; got (0.5,).",
        ),
        (
            lambda: ProbabilityDesign(sizes=(5, 5), probabilities=(0.5, 1.0), sd=1.0),
            "`probabilities` must be a number between 0 and 1, ends apart; got 1.0.",
        ),
        (
            lambda: ProbabilityDesign(sizes=(1,), probabilities=(0.5,), sd=1.0),
            "The design must leave at least 1 degree of freedom; it leaves 0. Plan for more units.",
        ),
        (
            lambda: BlockedDesign(n_treated=(5,), n_control=(5,), sd=1.0, explained=-0.1),
            "`explained` must be a number from 0, below 1; got -0.1.",
        ),
        (
            lambda: BlockedDesign(n_treated=(2,), n_control=(2,), sd=1.0, covariates=1),
            "The design must leave at least 1 degree of freedom; it leaves 0. Plan for more units.",
        ),
        (
            lambda: ClusteredDesign(treated_sizes=(5, 5), control_sizes=(5, 5), sd=1.0, icc=0.1, explained_between=1.0),
            "`explained_between` must be a number from 0, below 1; got 1.0.",
        ),
        (
            lambda: replace(SCHOOLS, treated_sizes=((5, 5),)),
            "`treated_sizes` and `control_sizes` must have one tuple for each block; they have 1 and 2.",
        ),
        (
            lambda: replace(SCHOOLS, treated_sizes=(5, 5)),
            "`treated_sizes` must be a tuple of integers, one for each group; got 5.",
        ),
        (
            lambda: replace(SCHOOLS, treated_sizes=[]),
            "`treated_sizes` must be a tuple with a tuple of integers for each block; got [].",
        ),
        (
            lambda: ComplierDesign(assignment=PlaceboDesign(placebos=9, sd=1.0), compliers=0.5),
            "`assignment` must be a design of effekt.diagnostics that assigns, such as IndividualDesign; got "
            "PlaceboDesign.",
        ),
        (
            lambda: ComplierDesign(assignment=PAIRS, compliers=0.0),
            "`compliers` must be a number above 0, at most 1; got 0.0.",
        ),
        (lambda: replace(EMPLOYED, share=1.0), "`share` must be a number between 0 and 1, ends apart; got 1.0."),
        (lambda: replace(EMPLOYED, better="more"), "`better` must be 'lower' or 'higher'; got 'more'."),
        (lambda: replace(VISITS, rate=0.0), "`rate` must be above zero; got 0.0."),
        (lambda: replace(EMPLOYED, overdispersion=0.0), "`overdispersion` must be above zero; got 0.0."),
        (lambda: replace(VISITS, overdispersion=-1.0), "`overdispersion` must be above zero; got -1.0."),
        (
            lambda: EMPLOYED.std_error_at(0.8),
            "The improvement of a SharesDesign can be at most 0.7, which is all; got 0.8.",
        ),
        (
            lambda: VISITS.std_error_at(0.7),
            "The improvement of a RatesDesign can be at most 0.6, which is all; got 0.7.",
        ),
        (
            lambda: VISITS.relative().std_error_at(1.1),
            "The relative improvement of a RatesDesign can be at most 1, which is all; got 1.1.",
        ),
        (
            lambda: minimum_detectable_effect(EMPLOYED, effects=[0.8, 0.1]),
            "`effects` must be at most 0.7, the most there can be; got 0.8.",
        ),
        (
            lambda: minimum_detectable_effect(VISITS, effects=[1.1], scale="relative"),
            "`effects` must be at most 1, the most there can be; got 1.1.",
        ),
        (
            lambda: minimum_detectable_effect(ComplierDesign(assignment=EMPLOYED, compliers=0.5), effects=[0.9]),
            "`effects` must be at most 0.7, the most there can be; got 0.9.",
        ),
        (lambda: replace(EMPLOYED, share="0.3"), "`share` must be a finite number; got '0.3'."),
        (
            lambda: minimum_detectable_effect(VISITS, threshold=1.0, scale="relative"),
            "`threshold` must be below 1, the most there can be; got 1.0.",
        ),
        (
            lambda: minimum_detectable_effect(PAIRS, rule="bound"),
            "`threshold` must be given with rule='bound', which holds the effect against it.",
        ),
        (
            lambda: minimum_detectable_effect(PAIRS, rule="limit"),
            "`rule` must be 'no_effect', 'estimate' or 'bound'; got 'limit'.",
        ),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence

"""Tests and intervals against textbook formulas, brute force and each other."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import randomization_inference as oracle
from results import (
    ACHIEVED,
    ENROLLED,
    LONG_TRIAL,
    TRIAL,
    contrast_df,
    effect_of,
    exact_binomial,
    group_time,
    randomization_complete,
    randomization_of,
    randomization_sampled,
    sampled_assignments,
    welch,
)
from scipy import stats

from effekt._inference import (
    ConfidenceSet,
    ContrastDf,
    DeclaredP,
    DeclaredSet,
    Draws,
    FixedDf,
    Means,
    Placebos,
    Randomization,
    StudentT,
    TestInversion,
    Unavailable,
)
from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._types import ALTERNATIVES, Alternative, Contrast
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.result import EffectEstimate, EffectSet
from effekt.roles import Outcome

positive = st.floats(min_value=0.01, max_value=50.0)
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
alternatives = st.sampled_from(ALTERNATIVES)


def interval(found: ConfidenceSet) -> tuple[float, float]:
    assert len(found.intervals) == 1
    return found.intervals[0]


# --- Student's t --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("df", [1.0, 2.5, 9.997, 57.0, 1e6, math.inf])
def test_tails_and_quantiles_are_those_of_scipy(df: float) -> None:
    reference = stats.norm if math.isinf(df) else stats.t(df)
    for statistic in (-8.0, -1.0, 0.0, 0.3, 2.0, 12.0):
        assert float(t_upper_tail(statistic, df)) == pytest.approx(float(reference.sf(statistic)), rel=1e-11)
    for probability in (1e-6, 0.025, 0.5, 0.9):
        assert t_quantile(probability, df) == pytest.approx(float(reference.ppf(probability)), rel=1e-9, abs=1e-12)


def test_difference_by_hand() -> None:
    effect = effect_of(10.0, 12.0, StudentT(covariance=(0.5, 0.1, 0.4), df=FixedDf(df=20.0)))
    error = math.sqrt(0.5 - 0.2 + 0.4)
    assert effect.std_error == pytest.approx(error, rel=1e-14)
    assert effect.statistic == pytest.approx(-2.0 / error, rel=1e-14)
    assert effect.p_value() == pytest.approx(2 * stats.t(20).sf(2.0 / error), rel=1e-11)
    assert effect.p_value(-1.0, "less") == pytest.approx(stats.t(20).sf(1.0 / error), rel=1e-11)
    half = stats.t(20).ppf(0.95) * error
    assert interval(effect.confidence_interval(0.9)) == pytest.approx((-2.0 - half, -2.0 + half), rel=1e-11)
    assert interval(effect.confidence_interval(0.95, "less")) == pytest.approx((-math.inf, -2.0 + half), rel=1e-11)
    assert interval(effect.improvement().confidence_interval(0.95, "greater")) == pytest.approx(
        (2.0 - half, math.inf), rel=1e-11
    )


@given(v1=positive, v0=positive, n1=st.integers(2, 200), n0=st.integers(2, 200), null=st.floats(0.1, 3.0))
def test_welch_degrees_of_freedom(v1: float, v0: float, n1: int, n0: int, null: float) -> None:
    """(v₁ + ρ²v₀)² / (v₁²/(n₁ − 1) + ρ⁴v₀²/(n₀ − 1)) for treated − ρ·counterfactual."""
    df = welch(v1, n1, v0, n0).df

    def textbook(rho: float) -> float:
        return (v1 + rho**2 * v0) ** 2 / (v1**2 / (n1 - 1) + rho**4 * v0**2 / (n0 - 1))

    weights = np.array([[1.0, -1.0], [1.0, -null], [2.0, -2.0 * null]])
    expected = [textbook(1.0), textbook(null), textbook(null)]
    assert df.of(weights).tolist() == pytest.approx(expected, rel=1e-12)


def test_bell_mccaffrey_degrees_of_freedom_by_hand() -> None:
    forms = ((0.3, 0.05, 0.02), (0.25, -0.1, 0.1), (0.2, 0.08, 0.3))
    df = contrast_df(forms)
    for w1, w2 in ((1.0, -1.0), (1.0, -0.4), (0.3, 2.0)):
        parts = [a * w1**2 + b * w1 * w2 + c * w2**2 for a, b, c in forms]
        expected = sum(parts) ** 2 / sum(part**2 for part in parts)
        assert df.of(np.array([[w1, w2]]))[0] == pytest.approx(expected, rel=1e-12)


def test_a_known_counterfactual_has_no_degrees_of_freedom_of_its_own() -> None:
    """With one mean estimated the ratio's interval is the difference's, divided by the known mean."""
    df = ContrastDf(quadratic=(0.04, 0.0, 0.0), quartic=(0.04**2 / 9, 0.0, 0.0, 0.0, 0.0))
    effect = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.0, 0.0), df=df))
    low, high = interval(effect.confidence_interval(0.95))
    assert interval(effect.relative().confidence_interval(0.95)) == pytest.approx((low / 6, high / 6), rel=1e-9)
    assert effect.df == pytest.approx(9.0)


def fieller(t: float, c: float, covariance: tuple[float, float, float], critical: float) -> list[tuple[float, float]]:
    """Fieller (1954): the ρ with (t − ρc)² ≤ z²·(v₁₁ − 2ρv₁₂ + ρ²v₂₂), solved as a quadratic in ρ."""
    v11, v12, v22 = covariance
    a, b, k = c * c - critical**2 * v22, t * c - critical**2 * v12, t * t - critical**2 * v11
    discriminant = b * b - a * k
    if discriminant < 0:
        return [(-math.inf, math.inf)]
    low, high = sorted(((b - math.sqrt(discriminant)) / a, (b + math.sqrt(discriminant)) / a))
    return [(low, high)] if a > 0 else [(-math.inf, low), (high, math.inf)]


@pytest.mark.parametrize(
    ("means", "covariance", "kind"),
    [
        ((5.0, 6.0), (0.04, 0.01, 0.09), "bounded"),
        ((5.0, 6.0), (4.0, 1.0, 3.0), "bounded"),
        ((5.0, 0.5), (0.3, -0.05, 0.4), "disjoint"),
        ((-3.0, 0.2), (0.5, 0.1, 0.6), "disjoint"),
        ((0.4, 0.2), (0.5, 0.1, 0.6), "unbounded"),
        ((-0.1, 6.0), (0.5, 0.1, 0.6), "bounded"),
        ((1e-6, 2e-6), (1e-14, 2e-15, 3e-14), "bounded"),
        ((0.0, 6.0), (0.5, 0.0, 0.6), "bounded"),
    ],
)
@pytest.mark.parametrize("df", [4.0, 60.0, math.inf])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_fieller_in_closed_form(
    means: tuple[float, float], covariance: tuple[float, float, float], kind: str, df: float, level: float
) -> None:
    effect = effect_of(*means, StudentT(covariance=covariance, df=FixedDf(df=df))).ratio()
    reference = stats.norm if math.isinf(df) else stats.t(df)
    expected = fieller(*means, covariance, float(reference.ppf((1 + level) / 2)))
    found = effect.confidence_interval(level)
    assert len(found.intervals) == len(expected)
    for one, other in zip(found.intervals, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-8, abs=1e-10)
    if df >= 60.0:
        assert found.kind == kind


@given(
    t=st.floats(-20.0, 20.0),
    c=st.floats(0.05, 20.0),
    v11=positive,
    v22=positive,
    correlation=st.floats(-0.95, 0.95),
    level=levels,
)
def test_fieller_anywhere(t: float, c: float, v11: float, v22: float, correlation: float, level: float) -> None:
    covariance = (v11, correlation * math.sqrt(v11 * v22), v22)
    critical = float(stats.norm.ppf((1 + level) / 2))
    a = c * c - critical**2 * v22
    assume(abs(a) > 1e-6 * c * c)
    effect = effect_of(t, c, StudentT(covariance=covariance, df=FixedDf(df=math.inf))).ratio()
    expected = fieller(t, c, covariance, critical)
    found = effect.confidence_interval(level)
    assert len(found.intervals) == len(expected)
    for one, other in zip(found.intervals, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6)


@given(gap=st.floats(1e-9, 1e-2), t=st.floats(0.5, 5.0), c=st.floats(0.02, 1.0))
def test_a_narrow_gap_in_a_fieller_set_is_seen(gap: float, t: float, c: float) -> None:
    """When the means are only just significant together, the rejected ratios are a sliver far from the estimate."""
    covariance = (0.4, 0.05, 0.5)
    precision = np.linalg.inv(np.array([[0.4, 0.05], [0.05, 0.5]]))
    largest = math.sqrt(float(np.array([t, c]) @ precision @ np.array([t, c])))
    level = 2 * float(stats.norm.cdf(largest * (1 - gap))) - 1
    critical = float(stats.norm.ppf((1 + level) / 2))
    assume(0.01 < level < 0.9999 and c * c < critical**2 * 0.5 and critical < largest)
    effect = effect_of(t, c, StudentT(covariance=covariance, df=FixedDf(df=math.inf))).ratio()
    assert effect.confidence_interval(level).kind == "disjoint"


def test_a_ratio_that_does_not_vary_is_not_called_certain() -> None:
    """No events among the treated, without any variation: no ratio but that of no effect is tested."""
    effect = effect_of(0.0, 6.0, StudentT(covariance=(0.0, 0.0, 4.0), df=FixedDf(df=10.0)))
    for question in (effect.ratio().confidence_interval, lambda: effect.ratio().p_value(0.5)):
        with pytest.raises(InferenceUnavailableError, match="No event was seen among the treated"):
            question()
    assert effect.ratio().p_value() == effect.p_value()


def test_log_scale_by_hand() -> None:
    """exp(log ratio ± z·SE); rates live on the log scale."""
    inference = StudentT(covariance=(0.02, 0.004, 0.03), df=FixedDf(df=math.inf), scale="log")
    effect = effect_of(3.0, 4.0, inference)
    error = math.sqrt(0.02 - 0.008 + 0.03)
    z = float(stats.norm.ppf(0.975))
    expected = (0.75 * math.exp(-z * error), 0.75 * math.exp(z * error))
    assert interval(effect.ratio().confidence_interval(0.95)) == pytest.approx(expected, rel=1e-11)
    assert effect.ratio().std_error == pytest.approx(0.75 * error, rel=1e-12)
    assert effect.std_error == pytest.approx(math.sqrt(9 * 0.02 - 2 * 12 * 0.004 + 16 * 0.03), rel=1e-12)
    assert effect.p_value() == pytest.approx(2 * stats.norm.sf(abs(math.log(0.75)) / error), rel=1e-11)
    assert effect.relative().p_value(-1.5) == 0.0
    assert effect.relative().p_value(-1.5, "less") == 1.0
    with pytest.raises(InferenceUnavailableError, match="A difference has no confidence interval when inference"):
        effect.confidence_interval()
    with pytest.raises(InferenceUnavailableError, match="On the log scale only a difference of zero can be tested"):
        effect.p_value(-0.5)


def test_log_scale_beyond_the_largest_float_is_unbounded() -> None:
    inference = StudentT(covariance=(1.0, 0.0, 1.0), df=FixedDf(df=1.0), scale="log")
    assert effect_of(5.0, 6.0, inference).ratio().confidence_interval(0.999).kind == "unbounded"


@pytest.mark.parametrize("treated", [0.0, -1.0])
def test_a_log_scale_needs_means_above_zero(treated: float) -> None:
    log_t = StudentT(covariance=(0.02, 0.0, 0.03), df=FixedDf(df=9.0), scale="log")
    for inference in (log_t, Placebos(errors=(0.1, -0.1), scale="log")):
        effect = effect_of(treated, 6.0, inference)
        for ask in (effect.p_value, effect.relative().p_value):
            with pytest.raises(InferenceUnavailableError, match=r"^The logarithm of a ratio needs"):
                ask()
        assert "saknas: Logaritmen av en kvot" in effect.relative().summary("sv")


# --- properties of every t ----------------------------------------------------------------------------------------


@st.composite
def student(draw: st.DrawFn) -> EffectEstimate:
    v11, v22, correlation = draw(positive), draw(positive), draw(st.floats(-0.9, 0.9))
    cross, a, b = correlation * math.sqrt(v11 * v22), draw(st.floats(0.2, 0.8)), draw(st.floats(0.2, 0.8))
    forms = ((a * v11, 2 * b * cross, (1 - a) * v22), ((1 - a) * v11, 2 * (1 - b) * cross, a * v22))
    df = draw(st.one_of(st.builds(FixedDf, df=st.floats(1.0, 300.0)), st.just(contrast_df(forms))))
    inference = StudentT(covariance=(v11, cross, v22), df=df)
    return effect_of(draw(st.floats(-30.0, 30.0)), draw(st.floats(0.1, 30.0)), inference)


@given(effect=student(), level=levels, alternative=alternatives, steps=st.lists(st.floats(-6.0, 6.0), max_size=8))
def test_duality_of_test_and_set(
    effect: EffectEstimate, level: float, alternative: Alternative, steps: list[float]
) -> None:
    """Rejected exactly when outside the set, in every view and at any null away from an end."""
    alpha = float(1 - Fraction(str(level)))
    for view in (effect, effect.ratio(), effect.relative_improvement(), effect.improvement().total(12)):
        found = view.confidence_interval(level, alternative)
        assert view.std_error is not None
        for step in steps:
            null = view.estimate + step * view.std_error
            p_value = view.p_value(null, alternative)
            if abs(p_value - alpha) > 1e-7:
                assert (p_value <= alpha) == (null not in found)


@given(effect=student(), factor=st.floats(1e-3, 1e3), n=st.integers(1, 10_000), alternative=alternatives)
def test_affine_maps(effect: EffectEstimate, factor: float, n: int, alternative: Alternative) -> None:
    low, high = interval(effect.confidence_interval(0.9))
    total, scaled = effect.total(n), effect.rescale(factor, "other")
    assert interval(total.confidence_interval(0.9)) == pytest.approx((n * low, n * high), rel=1e-12)
    assert interval(scaled.confidence_interval(0.9)) == pytest.approx((factor * low, factor * high), rel=1e-9, abs=1e-9)
    null = effect.estimate + 1.0
    for view, moved in ((total, n * null), (scaled, factor * null)):
        assert view.p_value(moved, alternative) == pytest.approx(effect.p_value(null, alternative), rel=1e-6, abs=1e-12)
    mirrored = {"two-sided": "two-sided", "greater": "less", "less": "greater"}[alternative]
    assert effect.improvement().p_value(-null, mirrored) == effect.p_value(null, alternative)  # type: ignore[arg-type]


@given(slope=st.floats(-100, 100).filter(lambda x: abs(x) > 0.01), offset=st.floats(-10, 10))
def test_a_set_maps_piece_by_piece(slope: float, offset: float) -> None:
    found = ConfidenceSet(intervals=((-math.inf, -2.0), (1.0, 1.5), (3.0, math.inf)), level=0.95, alternative="greater")
    mapped = found.affine(slope, offset)
    assert mapped.alternative == ("greater" if slope > 0 else "less")
    assert mapped.level == 0.95
    assert [end for piece in mapped.intervals for end in piece] == sorted(
        slope * end + offset for piece in found.intervals for end in piece
    )
    for x in (-5.0, -1.0, 1.2, 2.0, 7.0):
        assert (x in found) == (slope * x + offset in mapped)


# --- placebos -----------------------------------------------------------------------------------------------------


def placebo_p(errors: list[float], distance: float, alternative: str) -> Fraction:
    """(1 + #{as extreme}) / (J + 1), one placebo at a time."""
    extreme = 0
    for error in errors:
        if alternative == "two-sided":
            extreme += abs(error) >= abs(distance)
        elif alternative == "greater":
            extreme += error >= distance
        else:
            extreme += error <= distance
    return Fraction(1 + extreme, len(errors) + 1)


eighths = st.integers(-40, 40).map(lambda i: i / 8)


@given(
    errors=st.lists(eighths, min_size=1, max_size=25),
    treated=st.integers(8, 80).map(lambda i: i / 8),
    counterfactual=st.integers(8, 80).map(lambda i: i / 8),
    null=eighths,
    alternative=alternatives,
    level=st.sampled_from([0.5, 0.75, 0.9, 0.95]),
)
def test_placebo_ranks_by_brute_force(
    errors: list[float],
    treated: float,
    counterfactual: float,
    null: float,
    alternative: Alternative,
    level: float,
) -> None:
    """Ties count as at least as extreme; the interval holds exactly the nulls with p > α, its ends included."""
    effect = effect_of(treated, counterfactual, Placebos(errors=tuple(errors), scale="linear"))
    distance = treated - counterfactual - null
    expected = placebo_p(errors, distance, alternative)
    assert effect.rank_p_value(null, alternative) == expected
    alpha = 1 - Fraction(str(level))
    if alpha < Fraction(1, len(errors) + 1):
        with pytest.raises(InferenceUnavailableError, match="so no interval at level"):
            effect.confidence_interval(level, alternative)
        return
    assert (expected > alpha) == (null in effect.confidence_interval(level, alternative))


@given(
    errors=st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=25, unique=True),
    ratio=st.floats(0.5, 1.6),
    null=st.floats(0.3, 2.5),
    alternative=alternatives,
)
def test_placebo_ranks_on_the_log_scale(
    errors: list[float], ratio: float, null: float, alternative: Alternative
) -> None:
    """log(observed ratio) − log(null) among the errors; a difference null is a ratio null of the same treated mean."""
    effect = effect_of(8.0 * ratio, 8.0, Placebos(errors=tuple(errors), scale="log"))
    distance = math.log(effect.ratio().estimate) - math.log(null)
    assume(all(abs(abs(error) - abs(distance)) > 1e-9 for error in errors))
    expected = placebo_p(errors, distance, alternative)
    assert effect.ratio().rank_p_value(null, alternative) == expected
    as_difference = effect.treated_mean - effect.treated_mean / null
    assert effect.rank_p_value(as_difference, alternative) == expected


def test_a_tie_is_told_by_the_size_of_the_means() -> None:
    """Two falls of 0.1 in 1 000 that differ by rounding are equally large; a fall that differs by 1e-8 is not."""
    treated, counterfactual = 999.9, 1_000.0
    for other, ranks in ((-0.1, 2), (-0.1 + 1e-8, 1)):
        effect = effect_of(treated, counterfactual, Placebos(errors=(other, 0.0, 0.05), scale="linear"))
        assert abs(effect.estimate) > abs(other)
        assert effect.rank_p_value() == Fraction(ranks, 4)
    near_one = math.log1p(1e-7)
    effect = effect_of(1.0000001, 1.0, Placebos(errors=(near_one * (1 - 1e-8), 0.0), scale="log"))
    assert effect.rank_p_value() == Fraction(2, 3)


def test_a_level_is_told_with_its_digits_in_swedish() -> None:
    effect = effect_of(9.0, 10.0, Placebos(errors=(0.1, 0.2), scale="log"))
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.999)
    assert "på nivån 99,9\u00a0% finns inte" in refusal.value.sv


def test_eleven_municipalities_have_no_95_percent_interval() -> None:
    effect = effect_of(9.0, 10.0, Placebos(errors=tuple(i / 100 for i in range(-5, 6)), scale="log"))
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.95)
    assert str(refusal.value) == (
        "With 11 placebos the smallest attainable p is 1/12 (0.0833), so no interval at level 0.95 exists; the highest "
        "level that does is 11/12 (0.9166)."
    )
    assert refusal.value.sv == (
        "Med 11 placeboenheter är det minsta möjliga p-värdet 1/12, så något intervall på nivån "
        "95\N{NO-BREAK SPACE}% finns inte; den högsta nivå som finns är 11/12."
    )
    assert effect.confidence_interval(Fraction(11, 12)).kind == "bounded"


def test_placebo_spread_in_each_view() -> None:
    errors = (0.05, -0.1, 0.02, 0.08)
    effect = effect_of(9.0, 10.0, Placebos(errors=errors, scale="log"))
    relative = [math.expm1(error) for error in errors]
    assert effect.relative().placebo_sd == pytest.approx(np.std(relative, ddof=1), rel=1e-12)
    assert effect.placebo_sd == pytest.approx(10 * np.std(relative, ddof=1), rel=1e-12)
    assert effect.total(3).placebo_sd == pytest.approx(30 * np.std(relative, ddof=1), rel=1e-12)
    linear = effect_of(9.0, 10.0, Placebos(errors=errors, scale="linear"))
    assert linear.placebo_sd == pytest.approx(np.std(errors, ddof=1), rel=1e-12)
    assert linear.relative_improvement().placebo_sd == pytest.approx(np.std(errors, ddof=1) / 10, rel=1e-12)
    assert linear.std_error is None
    assert effect_of(9.0, 0.0, Placebos(errors=errors, scale="linear")).placebo_sd == linear.placebo_sd


def test_a_known_treated_mean_below_zero_has_no_ratio() -> None:
    effect = effect_of(-1.0, 2.0, Placebos(errors=(-0.5, 0.25, 0.5), scale="linear"))
    assert effect.ratio().rank_p_value() == effect.rank_p_value()
    with pytest.raises(InferenceUnavailableError, match="a ratio and a difference do not map one-to-one"):
        effect.ratio().confidence_interval(0.75)


# --- re-drawn assignments -----------------------------------------------------------------------------------------

GRID = [Fraction(i, 4) for i in range(-80, 81)]


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("trial", ["complete", "sampled"])
def test_randomisation_by_brute_force(trial: str, alternative: Alternative) -> None:
    """p at every null of a grid, and the set as the nulls of the grid that are not rejected."""
    cells = TRIAL if trial == "complete" else LONG_TRIAL
    outcome, actual = [Fraction(y) for y, _ in cells], tuple(d for _, d in cells)
    drawn = sampled_assignments()
    effect = randomization_complete() if trial == "complete" else randomization_sampled()
    p_values = {}
    for null in GRID[:: 1 if trial == "complete" else 8]:
        expected = (
            oracle.exact_p(outcome, actual, null, alternative)
            if trial == "complete"
            else oracle.sampled_p(outcome, actual, drawn, null, alternative)
        )
        assert effect.rank_p_value(float(null), alternative) == expected
        p_values[float(null)] = expected
    for level in ("0.5", "0.8", "0.9", "0.95"):
        found = effect.confidence_interval(float(level), alternative)
        ends = [end for piece in found.intervals for end in piece]
        inside = [null for null, p in p_values.items() if p > 1 - Fraction(level)]
        expected_inside = [null for null in p_values if null in found or any(abs(null - end) < 1e-9 for end in ends)]
        assert inside == expected_inside
        assert inside


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_randomisation_of_a_ratio_by_brute_force(alternative: Alternative) -> None:
    """A ratio null is the constant effect that makes the ratio of the means it; below 1 − 1/share there is none."""
    outcome, actual = [Fraction(y) for y, _ in TRIAL], tuple(d for _, d in TRIAL)
    effect = randomization_complete().ratio()
    found = effect.confidence_interval(0.8, alternative)
    for null in [Fraction(i, 20) for i in range(2, 50)]:
        expected = oracle.exact_p(outcome, actual, oracle.ratio_effect(outcome, actual, null), alternative)
        assert effect.rank_p_value(float(null), alternative) == expected
        assert (expected > Fraction(1, 5)) == (float(null) in found)
    for impossible in (-1.0, -1.5, -40.0):
        p_value = effect.rank_p_value(impossible, alternative)
        assert p_value == {"two-sided": Fraction(2, 70), "greater": Fraction(1, 70), "less": Fraction(1)}[alternative]


def test_a_randomisation_set_whose_counterfactual_reaches_zero_has_no_upper_ratio() -> None:
    cells = ((1, 1), (9, 1), (2, 1), (1, 0), (0, 0), (0, 0))
    effect = randomization_of(cells, None)
    _, high = interval(effect.confidence_interval(0.85))
    assert isinstance(effect.inference, Randomization)
    assert high > effect.inference.mean_outcome / effect.inference.share_treated
    low, high = interval(effect.ratio().confidence_interval(0.85))
    assert low < effect.ratio().estimate < high == math.inf


def test_too_few_assignments_say_which_level_exists() -> None:
    effect = randomization_of(((1, 1), (2, 1), (3, 0), (4, 0)), None)
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.95)
    assert str(refusal.value) == (
        "The smallest attainable p of 6 assignments is 1/3 (0.3333), so no interval at level 0.95 exists; the highest "
        "level that does is 2/3."
    )
    with pytest.raises(InferenceUnavailableError, match=r"of 6 assignments is 1/6 .* is 5/6"):
        effect.confidence_interval(0.95, "greater")
    assert effect.confidence_interval(0.5).kind == "bounded"


@pytest.mark.parametrize("complete", [True, False])
def test_assignments_that_no_effect_makes_less_extreme_are_no_reason_to_refuse(complete: bool) -> None:
    """|5 − 5τ| ≥ |1 − τ| for every τ: adjusted for covariates, exposures can exceed one. All numbers are kept."""
    inference = Randomization(
        statistics=(1.0, -1.0, 5.0, -5.0),
        exposures=(1.0, -1.0, 5.0, -5.0),
        complete=complete,
        mean_outcome=2.0,
        share_treated=0.5,
    )
    means = Means(treated=2.5, counterfactual=1.5)
    contrasts: tuple[Contrast, ...] = ("difference", "ratio")
    for contrast in contrasts:
        found = inference.confidence_set(means, contrast, Fraction(3, 5), "two-sided")
        assert found.intervals == ((-math.inf, math.inf),)
    with pytest.raises(InferenceUnavailableError, match=r"of 4 assignments is (1/2|3/5) "):
        inference.confidence_set(means, "difference", Fraction(2, 5), "two-sided")


@given(
    cells=st.lists(st.integers(0, 12), min_size=5, max_size=7),
    data=st.data(),
    numerator=st.integers(-24, 24),
    alternative=alternatives,
    level=st.sampled_from(["0.5", "0.75", "0.85"]),
)
def test_randomisation_of_any_small_trial(
    cells: list[int], data: st.DataObject, numerator: int, alternative: Alternative, level: str
) -> None:
    n_treated = data.draw(st.integers(1, len(cells) - 1))
    actual = data.draw(st.permutations([1] * n_treated + [0] * (len(cells) - n_treated)))
    effect = randomization_of(tuple(zip(cells, actual, strict=True)), None)
    null = Fraction(numerator, 2)
    expected = oracle.exact_p([Fraction(y) for y in cells], tuple(actual), null, alternative)
    assert effect.rank_p_value(float(null), alternative) == expected
    try:
        found = effect.confidence_interval(float(level), alternative)
    except InferenceUnavailableError:
        # every null is kept: not even the most extreme one is rejected
        for extreme in (-(10**6), 10**6):
            far = oracle.exact_p([Fraction(y) for y in cells], tuple(actual), Fraction(extreme), alternative)
            assert far > 1 - Fraction(level)
        return
    ends = [end for piece in found.intervals for end in piece]
    if all(abs(float(null) - end) > 1e-9 for end in ends):
        assert (expected > 1 - Fraction(level)) == (float(null) in found)


@pytest.mark.parametrize(
    ("statistics", "exposures", "sentence"),
    [
        ((), (), "`statistics` and `exposures` must be of one length, at least 1."),
        ((1.0,), (1.0, 0.5), "`statistics` and `exposures` must be of one length, at least 1."),
        ((math.nan,), (1.0,), "`statistics` and `exposures` must be finite numbers."),
    ],
)
def test_assignments_that_cannot_be(statistics: tuple[float, ...], exposures: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        Randomization(statistics=statistics, exposures=exposures, complete=True, mean_outcome=1.0, share_treated=0.5)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("exposure", [0.0, -1.0, math.inf, math.nan])
def test_an_actual_exposure_that_cannot_be(exposure: float) -> None:
    inference = Randomization(statistics=(1.0,), exposures=(1.0,), complete=True, mean_outcome=1.0, share_treated=0.5)
    with pytest.raises(ArgumentError) as refusal:
        replace(inference, actual_exposure=exposure)
    assert str(refusal.value) == "`actual_exposure` must be a finite number above zero, and 1 with `exact`."


# --- draws --------------------------------------------------------------------------------------------------------


def draws_of(differences: list[float]) -> Draws:
    return Draws(
        treated=tuple(10.0 + d for d in differences), counterfactual=(10.0,) * len(differences), scheme="by hand"
    )


def test_type_7_quantiles_by_hand() -> None:
    """Quantile p of x₀ … x₄ is at position 4p, between neighbours in proportion."""
    effect = effect_of(13.0, 10.0, draws_of([0.0, 1.0, 2.0, 4.0, 8.0]))
    assert interval(effect.confidence_interval(0.5)) == (1.0, 4.0)
    assert interval(effect.confidence_interval(0.75)) == (0.5, 6.0)
    assert interval(effect.confidence_interval(0.75, "greater")) == (1.0, math.inf)
    assert interval(effect.confidence_interval(0.75, "less")) == (-math.inf, 4.0)
    assert effect.p_value(0.5) == pytest.approx(2 * 0.125)
    assert effect.p_value(0.5, "greater") == pytest.approx(max(0.125, 1 / 6))
    assert effect.p_value(6.0, "less") == pytest.approx(max(0.125, 1 / 6))
    assert effect.p_value(-3.0) == pytest.approx(1 / 6)
    assert effect.p_value(2.0) == 1.0
    assert (effect.p_value(1.0, "greater"), effect.p_value(1.0, "less")) == (0.25, 0.75)
    assert effect.std_error == pytest.approx(np.std([0.0, 1.0, 2.0, 4.0, 8.0], ddof=1))
    with pytest.raises(InferenceUnavailableError, match=r"^5 draws are too few for an interval at level 0\.9\.$"):
        effect.confidence_interval(0.9)


@given(
    differences=st.lists(st.floats(-5.0, 5.0), min_size=19, max_size=60),
    null=st.floats(-6.0, 6.0),
    level=st.sampled_from([0.5, 0.8, 0.9, 0.95]),
    alternative=alternatives,
)
def test_type_7_duality(differences: list[float], null: float, level: float, alternative: Alternative) -> None:
    effect = effect_of(10.0, 10.0, draws_of(differences))
    low, high = interval(effect.confidence_interval(level, alternative))
    assume(all(abs(null - end) > 1e-6 for end in (low, high)))
    alpha = float(1 - Fraction(str(level)))
    p_value = effect.p_value(null, alternative)
    assume(abs(p_value - alpha) > 1e-9)
    assert (p_value <= alpha) == (not low <= null <= high)


def test_draws_whose_counterfactual_touches_zero_have_no_ratio() -> None:
    draws = Draws(
        treated=tuple(5 + i / 10 for i in range(30)),
        counterfactual=(-0.1, *(4 + i / 10 for i in range(29))),
        scheme="bootstrap",
    )
    effect = effect_of(6.4, 5.2, draws)
    assert effect.ratio().std_error is None
    assert effect.ratio().p_value() == effect.p_value()
    with pytest.raises(InferenceUnavailableError, match="some draws of the counterfactual are not positive"):
        effect.ratio().confidence_interval(0.8)
    row = effect.ratio().tidy().iloc[0]
    assert row["p_value"] == effect.p_value()
    assert row["conf_low"] is None
    public = effect.ratio().public((0.5,))
    assert public.p_value() == effect.p_value()
    assert public.difference().confidence_interval(0.9) == effect.confidence_interval(0.9)
    assert_valid_effect(effect)


@pytest.mark.parametrize(("treated", "counterfactual"), [((1.0,), (1.0,)), ((1.0, 2.0), (1.0, 2.0, 3.0)), ((), ())])
def test_draws_come_in_pairs(treated: tuple[float, ...], counterfactual: tuple[float, ...]) -> None:
    with pytest.raises(ArgumentError, match="must hold draws of one length, at least 2"):
        Draws(treated=treated, counterfactual=counterfactual, scheme="x")


# --- declared inversions ------------------------------------------------------------------------------------------


def test_clopper_pearson_against_scipy() -> None:
    effect = exact_binomial()
    for level in (0.8, 0.95, 0.99):
        expected = stats.binomtest(ACHIEVED, ENROLLED).proportion_ci(level, method="exact")
        low, high = interval(effect.confidence_interval(level))
        assert (low + 0.6, high + 0.6) == pytest.approx((expected.low, expected.high), rel=1e-9)
        low, high = interval(effect.ratio().confidence_interval(level))
        assert (0.6 * low, 0.6 * high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    one_sided = stats.binomtest(ACHIEVED, ENROLLED, 0.6, alternative="greater")
    assert effect.p_value(alternative="greater") == pytest.approx(one_sided.pvalue, rel=1e-9)
    assert effect.relative().p_value(0.25, "greater") == pytest.approx(effect.p_value(0.15, "greater"), rel=1e-12)


def test_what_was_not_declared_is_refused() -> None:
    effect = exact_binomial()
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.85)
    assert str(refusal.value) == (
        "The exact binomial procedure declares no two-sided set of the difference at level 0.85; it has levels "
        "0.8, 0.9, 0.95, 0.99."
    )
    with pytest.raises(InferenceUnavailableError, match="declares no less p-value at this null; 27 nulls"):
        effect.p_value(0.123, "less")
    found = ConfidenceSet(intervals=((1.0, 2.0),), level=0.9)
    only = TestInversion(procedure="wild", sets=(DeclaredSet(contrast="difference", set=found),))
    with pytest.raises(InferenceUnavailableError, match=r"set of the ratio at level 0\.9; it has none"):
        effect_of(5.0, 4.0, only).ratio().confidence_interval(0.9)


@pytest.mark.parametrize("unit", [1.0, 1e-14, 1e9])
def test_declared_nulls_are_told_apart_in_any_unit(unit: float) -> None:
    """The tolerance within which two nulls are the same is relative to the means."""
    p_values = tuple(
        DeclaredP(contrast="difference", null=null * unit, alternative="two-sided", p_value=p)
        for null, p in ((0.0, 0.5), (0.001, 0.25), (0.002, 0.125))
    )
    effect = effect_of(5.0 * unit, 4.0 * unit, TestInversion(procedure="wild", sets=(), p_values=p_values))
    assert [effect.p_value(null * unit) for null in (0.0, 0.001, 0.002)] == [0.5, 0.25, 0.125]
    assert effect.p_value(0.002 * unit * (1 + 1e-14)) == 0.125


@given(t=positive, c=positive, value=st.floats(-20.0, 20.0), fixed=st.sampled_from(["treated", "counterfactual"]))
def test_translations_undo_each_other(t: float, c: float, value: float, fixed: str) -> None:
    """With one mean known, a difference is one ratio and back."""
    means = Means(treated=t, counterfactual=c)
    assume(fixed == "counterfactual" or value < t * 0.99)
    ratio = means.translate(value, "ratio", fixed)  # type: ignore[arg-type]
    back = means.translate(ratio, "difference", fixed)  # type: ignore[arg-type]
    assert back == pytest.approx(value, rel=1e-9, abs=1e-9 * max(t, c, abs(value)))
    assert means.translate(0.0, "ratio", fixed) == 1.0  # type: ignore[arg-type]
    assert means.translate(1.0, "difference", fixed) == 0.0  # type: ignore[arg-type]
    estimate = means.translate(means.value("difference"), "ratio", fixed)  # type: ignore[arg-type]
    assert estimate == pytest.approx(means.value("ratio"), rel=1e-6)


# --- combining ----------------------------------------------------------------------------------------------------


def test_combination_with_joint_covariance_by_hand() -> None:
    effects = group_time()
    weights = {"2004 in 2005": Fraction(1, 2), "2006 in 2006": Fraction(-1, 4)}
    combined = effects.combine(weights)
    assert effects.covariance is not None
    sigma = np.array(effects.covariance)
    loading = np.array([[0.5, 0, 0, 0, -0.25, 0], [0, 0.5, 0, 0, 0, -0.25]])
    expected = loading @ sigma @ loading.T
    contrast = np.array([0.5, -0.5, 0, 0, -0.25, 0.25])
    assert isinstance(combined.inference, StudentT)
    assert combined.inference.covariance == pytest.approx((expected[0, 0], expected[0, 1], expected[1, 1]), rel=1e-12)
    assert combined.std_error == pytest.approx(math.sqrt(contrast @ sigma @ contrast), rel=1e-12)
    assert (combined.treated_mean, combined.counterfactual_mean) == pytest.approx(
        (0.5 * 9.1 - 0.25 * 9.9, 0.5 * 10.0 - 0.25 * 9.7)
    )
    assert combined.relative().estimate == pytest.approx(combined.treated_mean / combined.counterfactual_mean - 1)
    assert combined.variance == "joint/1"
    assert combined.notes == ()
    assert combined.observed.control is None


def test_combination_without_covariance_is_a_bound_and_says_so() -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    two = effect_of(7.0, 9.0, StudentT(covariance=(0.16, -0.02, 0.25), df=FixedDf(df=30.0)))
    apart = EffectSet(labels=("one", "two"), effects=(one, two))
    combined = apart.combine({"one": "0.5", "two": "-2"})
    assert one.std_error is not None
    assert two.std_error is not None
    assert combined.std_error == pytest.approx(0.5 * one.std_error + 2 * two.std_error, rel=1e-12)
    assert combined.df == 12.0
    assert combined.variance == "bound/1"
    assert [note.code for note in combined.notes] == ["combined_without_covariance"]
    assert "the bound Σ|w|·SE" in combined.notes[0].text.en
    assert "gränsen Σ|w|·SE" in combined.notes[0].text.sv


def test_only_differences_combine() -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    for label, effects in (("a", (one.total(100), one)), ("b", (one, one.relative()))):
        with pytest.raises(ArgumentError) as refusal:
            EffectSet(labels=("a", "b"), effects=effects).combine({"a": 1, "b": 1})
        view = "total" if label == "a" else "relative"
        assert str(refusal.value) == (
            f"`combine` needs effects as differences; {label!r} is in the view {view!r}. Combine differences, and take "
            "the view of the combination."
        )
    with pytest.raises(ArgumentError, match=r"`weights` must map labels to numbers, as \{'a': 1\}; got list\."):
        EffectSet(labels=("a",), effects=(one,)).combine([1])  # type: ignore[arg-type]


@pytest.mark.parametrize("covariance", [-np.eye(4), np.eye(4) + np.eye(4, k=1), np.full((4, 4), math.nan)])
def test_a_covariance_is_symmetric_and_not_negative(covariance: np.ndarray[Any, Any]) -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    with pytest.raises(ArgumentError, match="must be symmetric and without negative variances; it is not"):
        EffectSet(labels=("a", "b"), effects=(one, one), covariance=tuple(map(tuple, covariance.tolist())))


ONES, HALF = tuple(map(tuple, np.eye(4).tolist())), ((1.0, 0.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("covariance", "root", "sentence"),
    [
        (None, ONES, "`root` must stand beside `covariance`, which is none; give both."),
        (ONES, HALF, "`root` must be 4 by 4 numbers for 2 effects."),
        (ONES, ((math.inf, 0.0, 0.0, 0.0), *ONES[1:]), "`root` must hold finite numbers; it does not."),
    ],
)
def test_a_root_is_that_of_a_covariance(covariance: Any, root: Any, sentence: str) -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(1.0, 0.0, 1.0), df=FixedDf(df=12.0)))
    with pytest.raises(ArgumentError) as refusal:
        EffectSet(labels=("a", "b"), effects=(one, one), covariance=covariance, root=root)
    assert str(refusal.value) == sentence


def test_a_total_stays_a_total_of_so_many_units() -> None:
    effect = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    directed = replace(effect, outcome=Outcome(column="y", unit="days", better="lower"))
    total = directed.total(120)
    assert (total.estimate, total.improvement().estimate, total.improvement().difference().estimate) == (
        -120,
        120,
        -120,
    )
    assert total.improvement() == directed.improvement().total(120)
    assert total.total(2).estimate == -2
    assert "Total effect on 120 units" in total.difference().summary()
    assert "Total effekt på 120 enheter" in total.summary("sv")
    with pytest.raises(ArgumentError, match=r"`unit` must name the new unit; got ''\."):
        effect.rescale(2.0, "")
    with pytest.raises(ArgumentError, match=r"`lang` must be 'en' or 'sv'; got 'de'\."):
        effect.summary("de")  # type: ignore[arg-type]


def test_a_tiny_p_is_told_as_small() -> None:
    effect = effect_of(5.0, 60.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=math.inf)))
    assert effect.summary().count("< 0.0001") == 1
    assert "< 0,0001" in effect.summary("sv")


@given(correlation=st.floats(-1.0, 1.0), w=st.floats(-2.0, 2.0), slope=st.floats(-3.0, 3.0))
def test_the_bound_holds_for_every_correlation(correlation: float, w: float, slope: float) -> None:
    """Also for the contrasts that ratio views test, treated − ρ·counterfactual."""
    assume(abs(w) > 0.01)
    v1, v2 = np.array([[0.04, 0.01], [0.01, 0.09]]), np.array([[0.16, -0.02], [-0.02, 0.25]])
    roots = [np.linalg.cholesky(v) for v in (v1, v2)]
    cross = correlation * roots[0] @ roots[1].T
    sigma = np.block([[v1, cross], [cross.T, v2]])
    effects = tuple(
        effect_of(5.0, 6.0, StudentT(covariance=(v[0, 0], v[0, 1], v[1, 1]), df=FixedDf(df=9.0))) for v in (v1, v2)
    )
    combined = EffectSet(labels=("one", "two"), effects=effects).combine({"one": 1, "two": w})
    assert isinstance(combined.inference, StudentT)
    first, between, second = combined.inference.covariance
    contrast = np.array([1.0, -slope, w, -slope * w])
    bound = first - 2 * slope * between + slope**2 * second
    assert bound >= float(contrast @ sigma @ contrast) * (1 - 1e-9)


def test_joint_draws_combine_draw_by_draw_and_are_labelled_so() -> None:
    rng = np.random.default_rng(11)
    kinds = [
        Draws(treated=tuple(rng.normal(5, 1, 50)), counterfactual=tuple(rng.normal(7, 1, 50)), scheme="cluster")
        for _ in range(2)
    ]
    effects = EffectSet(labels=("a", "b"), effects=tuple(effect_of(5.0, 7.0, kind) for kind in kinds))
    combined = effects.combine({"a": "0.25", "b": "0.75"})
    assert isinstance(combined.inference, Draws)
    expected = [0.25 * x + 0.75 * y for x, y in zip(kinds[0].treated, kinds[1].treated, strict=True)]
    assert combined.inference.treated == pytest.approx(expected, rel=1e-12)
    assert combined.variance == "joint/1"
    assert combined.notes == ()
    other = Draws(treated=kinds[0].treated, counterfactual=kinds[0].counterfactual, scheme="block")
    apart = EffectSet(labels=("a", "b"), effects=(effect_of(5.0, 7.0, kinds[1]), effect_of(5.0, 7.0, other)))
    refused = apart.combine({"a": 1, "b": 1})
    assert isinstance(refused.inference, Unavailable)
    assert refused.variance == "none/1"
    assert "were not made jointly" in refused.inference.reason.en


def test_a_combination_with_a_member_without_inference_has_none() -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    reason = effect_of(5.0, 6.0, Placebos(errors=(0.1, 0.2), scale="linear"))
    refused = EffectSet(labels=("a", "b"), effects=(one, reason)).combine({"a": 1, "b": 1})
    with pytest.raises(InferenceUnavailableError, match="only effects with linear t inference combine"):
        refused.p_value()
    assert refused.variance == "none/1"
    assert refused.notes == ()


def test_a_combination_that_cancels_has_no_variance() -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.0, 0.01), df=FixedDf(df=12.0)))
    block = ((0.04, 0.0), (0.0, 0.01))
    sigma = tuple((*block[i % 2], *block[i % 2]) for i in range(4))
    same = EffectSet(labels=("a", "b"), effects=(one, one), covariance=sigma)
    with pytest.raises(InferenceUnavailableError, match="what the members have in common cancels"):
        same.combine({"a": 1, "b": -1}).p_value()
    assert same.combine({"a": 1, "b": 1}).std_error == pytest.approx(2 * math.sqrt(0.05))


def test_the_estimand_of_a_combination_is_the_combination() -> None:
    effects = group_time()
    assert effects.combine({"2004 in 2005": 1}).estimand == effects["2004 in 2005"].estimand
    first, second = (effects[label] for label in ("2004 in 2005", "2004 in 2006"))
    other = EffectEstimate.from_json(second.to_json().replace('"participants"', '"others"'))
    combined = EffectSet(labels=("a", "b"), effects=(first, other)).combine({"a": 1, "b": 1})
    assert combined.estimand.population.en == "weighted combination of a and b"
    assert combined.estimand.population.sv == "viktad kombination av a och b"


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({}, "`weights` must give at least one label a weight other than zero."),
        ({"2004 in 2005": 0}, "`weights` must give at least one label a weight other than zero."),
        ({"2004 in 2005": "half"}, "`weights` must be a finite number, or a decimal in text; got 'half'."),
        ({"2004 in 2005": math.nan}, "`weights` must be a finite number, or a decimal in text; got nan."),
        (
            {"2004 in 2007": 1},
            "The set holds '2004 in 2005', '2004 in 2006' and '2006 in 2006'; got '2004 in 2007'. Did you mean "
            "'2004 in 2006'?",
        ),
    ],
)
def test_weights_that_cannot_be(weights: dict[str, object], sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        group_time().combine(weights)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence


def test_members_in_different_units_do_not_combine() -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    apart = EffectSet(labels=("a", "b"), effects=(one, one.rescale(24, "hours per person")))
    with pytest.raises(ArgumentError, match="needs effects in one unit and direction"):
        apart.combine({"a": 1, "b": 1})


@pytest.mark.parametrize(
    ("labels", "covariance", "sentence"),
    [
        (("a",), None, "`labels` and `effects` must be of one length, at least 1."),
        (("a", "a"), None, "`labels` must name each effect once."),
        (("a", "b"), ((1.0,),), "`covariance` must be 4 by 4 numbers for 2 effects."),
    ],
)
def test_sets_that_cannot_be(labels: tuple[str, ...], covariance: object, sentence: str) -> None:
    one = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))
    with pytest.raises(ArgumentError) as refusal:
        EffectSet(labels=labels, effects=(one, one), covariance=covariance)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence


def test_every_assignment_is_listed_once() -> None:
    """The oracle itself: C(8, 4) assignments, each with four treated."""
    every = oracle.assignments(8, 4)
    assert len(every) == math.comb(8, 4) == len(set(every))
    assert {sum(one) for one in every} == {4}
    assert all(isinstance(d, int) for d in itertools.chain(*every))


OVERALL = effect_of(5.0, 6.0, StudentT(covariance=(0.04, 0.01, 0.09), df=FixedDf(df=12.0)))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        *(
            ({"df": df}, f"`df` must be a number above 0 that a double holds, or infinity; got {said}.")
            for df, said in [
                (0, "0"),
                (-1.0, "-1.0"),
                (math.nan, "nan"),
                (10**400, str(10**400)),
                ("7", "'7'"),
                (True, "True"),
                (None, "None"),
            ]
        ),
        ({"covariance": ((True,) * 4,) * 4}, "`covariance` must be 4 by 4 numbers for 2 effects."),
        ({"covariance": (("1.0",) * 4,) * 4}, "`covariance` must be 4 by 4 numbers for 2 effects."),
        ({"shared": "x"}, "`shared` must be 'units' or 'control'; got 'x'."),
        ({"labels": ("", "b")}, "`labels` must hold names; an empty one is none."),
        *(
            ({"labels": labels}, "`labels` must name each effect once, spaces and ways to write a letter aside.")
            for labels in (("b ", "b"), ("a\u030a", "\u00e5"))
        ),
        ({"labels": ("overall", "b"), "overall": OVERALL}, "`labels` must not hold 'overall', which is `overall`."),
    ],
)
def test_parts_of_a_set_that_cannot_be(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        EffectSet(**{"labels": ("a", "b"), "effects": (OVERALL, OVERALL)} | changed)
    assert str(refusal.value) == sentence


def test_whole_degrees_of_freedom_are_those_of_a_double() -> None:
    whole, double = (EffectSet(labels=("overall", "b"), effects=(OVERALL, OVERALL), df=df) for df in (7, 7.0))
    assert whole.to_json() == double.to_json()
    assert EffectSet.from_json(whole.to_json()) == double


def test_an_end_at_which_the_counterfactual_is_zero_but_for_rounding_is_an_infinite_ratio() -> None:
    """Effects up to 0.1 + 0.2 are kept, and the treated mean is the next float: no ratio is rejected."""
    end = 0.1 + 0.2
    inference = Randomization(
        statistics=(0.1, -0.2, 5.0, 6.0),
        exposures=(1.0, 0.0, 0.0, 0.0),
        complete=True,
        mean_outcome=math.nextafter(end, 1.0),
        share_treated=1.0,
    )
    means = Means(treated=0.1, counterfactual=0.0)
    assert inference.confidence_set(means, "difference", Fraction(1, 4), "less").intervals == ((-math.inf, end),)
    assert inference.confidence_set(means, "ratio", Fraction(1, 4), "less").intervals == ((-math.inf, math.inf),)
    assert inference.p_value(means, "ratio", 1e17, "less") == Fraction(1, 2)


@pytest.mark.parametrize("factor", [1e-30, 1.0, 1e30])
def test_a_counterfactual_of_zero_but_for_rounding_has_no_ratio_in_any_unit(factor: float) -> None:
    """The rule is relative to the treated mean: what rounding leaves of 0 is nothing, a small mean is one."""
    assert not Means(treated=factor, counterfactual=factor * 6.7e-17).has_ratio
    assert not Means(treated=-factor, counterfactual=factor * 6.7e-17).has_ratio
    assert not Means(treated=factor, counterfactual=0.0).has_ratio
    assert not Means(treated=0.0, counterfactual=0.0).has_ratio
    assert Means(treated=factor, counterfactual=factor * 1e-6).has_ratio
    assert Means(treated=0.0, counterfactual=factor).has_ratio

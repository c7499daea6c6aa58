"""Ranks where floats cannot tell the larger: oracles by fractions, for trials, panels and placebo units."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt
from effekt import EffectEstimate
from effekt._inference import ExactDraws, ExactErrors, Placebos, Randomization
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from tests.oracles import exact_ranks as oracle

SIDES = ("two-sided", "greater", "less")
NEARLY = (1.0, 2.0, 1.0000000000001, 0.9999999999999, 2.0000000000002, 0.3, 0.1, 0.2)  # sums that floats round together


def exactly(value: float) -> Fraction:
    return Fraction(repr(value))


def assert_ends_are_the_last_kept(effect: EffectEstimate, level: str, side: Any) -> None:
    """Every finite end is kept, and the float beyond it is not."""
    try:
        found = effect.confidence_interval(float(level), side)
    except InferenceUnavailableError:
        return
    alpha = 1 - Fraction(level)
    for low, high in found.intervals:
        for end, way in ((low, -math.inf), (high, math.inf)):
            if math.isfinite(end):
                assert effect.rank_p_value(end, side) > alpha
                assert effect.rank_p_value(math.nextafter(end, way), side) <= alpha


@settings(max_examples=40)
@given(
    outcome=st.lists(st.sampled_from(NEARLY), min_size=6, max_size=7),
    treated=st.integers(2, 4),
    null=st.sampled_from((0.0, 0.1, -0.2, 1.0, 0.0000000000001)),
)
def test_a_trial_by_fractions(outcome: list[float], treated: int, null: float) -> None:
    arms = [1] * treated + [0] * (len(outcome) - treated)
    effect = effekt.randomized_trial(
        {"y": outcome, "d": arms}, outcome="y", treatment="d", adjustment="none", inference="randomization"
    )
    if not isinstance(effect.inference, Randomization):
        return  # every outcome is the same
    clusters = [([exactly(y)], arm) for y, arm in zip(outcome, arms, strict=True)]
    for side in SIDES:
        assert effect.rank_p_value(null, side) == oracle.trial_p(clusters, exactly(null), side)
        assert_ends_are_the_last_kept(effect, "0.8", side)


def test_two_differences_that_are_nearly_equal_are_not_a_tie() -> None:
    """Of ten choices one is larger by 1e-13, and the actual one no longer ties with it."""
    outcome = [2.0, 1.0, 1.0, 1.0000000000001, 2.0]
    effect = effekt.randomized_trial(
        {"y": outcome, "d": [1, 1, 0, 0, 0]},
        outcome="y",
        treatment="d",
        adjustment="none",
        inference="randomization",
    )
    clusters = [([exactly(y)], arm) for y, arm in zip(outcome, [1, 1, 0, 0, 0], strict=True)]
    want = oracle.trial_p(clusters, Fraction(0), "less")
    assert want == effect.rank_p_value(alternative="less")
    rounded = [([exactly(round(y, 9))], arm) for y, arm in zip(outcome, [1, 1, 0, 0, 0], strict=True)]
    assert want != oracle.trial_p(rounded, Fraction(0), "less")


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("sizes", [(2, 2, 2, 2, 2, 2), (1, 2, 3, 1, 2, 4)])
def test_clusters_by_fractions(sizes: tuple[int, ...], estimand: Any) -> None:
    """Clusters of one size, and of several, whose arms have other numbers of rows under every assignment."""
    arms = (1, 0, 1, 0, 0, 1)
    values = [[NEARLY[(3 * g + i) % len(NEARLY)] for i in range(n)] for g, n in enumerate(sizes)]
    rows = [(y, arms[g], f"c{g}") for g, own in enumerate(values) for y in own]
    effect = effekt.randomized_trial(
        {"y": [y for y, _, _ in rows], "d": [d for _, d, _ in rows], "c": [c for _, _, c in rows]},
        outcome="y",
        treatment="d",
        cluster="c",
        adjustment="none",
        estimand=estimand,
        inference="randomization",
    )
    clusters = [(list(map(exactly, own)), arm) for own, arm in zip(values, arms, strict=True)]
    for side in SIDES:
        for null in (0.0, 0.1, -0.3):
            assert effect.rank_p_value(null, side) == oracle.trial_p(clusters, exactly(null), side)
        assert_ends_are_the_last_kept(effect, "0.8", side)
        assert_ends_are_the_last_kept(effect.rescale(1000, "per thousand"), "0.8", side)


def panel(changes: list[float]) -> dict[str, list[Any]]:
    """One unit each, from 1 to 1 + its change."""
    rows = [
        (f"u{i}", t, 1.0 if t == 2016 else round(1 + change, 15))
        for i, change in enumerate(changes)
        for t in (2016, 2017)
    ]
    return {"u": [u for u, _, _ in rows], "t": [t for _, t, _ in rows], "y": [y for _, _, y in rows]}


@pytest.mark.parametrize("inference", ["permutation", "conley_taber"])
def test_few_clusters_by_fractions(inference: Any) -> None:
    changes = [0.3, -0.1, 0.3000000000001, 0.2, -0.3, 0.1, -0.2999999999999]
    data = panel(changes)
    data["d"] = [int(u == "u0" and t == 2017) for u, t in zip(data["u"], data["t"], strict=True)]
    effect = effekt.difference_in_differences(data, outcome="y", unit="u", time="t", treatment="d", inference=inference)
    exact = [exactly(y) - 1 for y, t in zip(data["y"], data["t"], strict=True) if t == 2017]
    middle = sum(exact[1:], Fraction(0)) / 6
    for side in SIDES:
        for null in (0.0, 0.1, 0.2000000000001):
            if inference == "permutation":
                clusters = [([one], int(i == 0)) for i, one in enumerate(exact)]
                want = oracle.trial_p(clusters, exactly(null), side)
            else:
                others = [one - middle for one in exact[1:]]
                want = oracle.placebo_p(exact[0] - middle, others, exactly(null), side)
            assert effect.rank_p_value(null, side) == want
        assert_ends_are_the_last_kept(effect, "0.7", side)


@settings(max_examples=30)
@given(
    after=st.lists(
        st.sampled_from((0.8, 0.9, 1.1, 1.25, 1.2500000000001, 1.0, 0.7999999999999)), min_size=5, max_size=8
    ),
    adjustment=st.sampled_from(("ratio", "difference")),
    null=st.sampled_from((-0.2, 0.0, 0.1, 0.25)),
)
def test_placebo_units_by_fractions(after: list[float], adjustment: Any, null: float) -> None:
    """Each unit stood at 1 and went where it went; a relative null is the decimal that is written."""
    data = panel([one - 1 for one in after])
    effect = effekt.trend_adjusted(
        data,
        outcome="y",
        unit="u",
        time="t",
        period="year",
        treated="u0",
        comparator=[f"u{i}" for i in range(1, len(after))],
        reference_window=(2016, 2016),
        evaluation_window=(2017, 2017),
        adjustment=adjustment,
        weights=None,
    )
    exact = [exactly(y) for y, t in zip(data["y"], data["t"], strict=True) if t == 2017]
    rest = sum(exact[1:], Fraction(0))
    own_trend = rest / len(exact[1:])
    trends = [(rest - one) / (len(exact) - 2) for one in exact[1:]]
    for side in SIDES:
        if adjustment == "ratio":
            ratios = [one / trend for one, trend in zip(exact[1:], trends, strict=True)]
            want = oracle.placebo_ratio_p(exact[0] / own_trend, ratios, 1 + exactly(null), side)
            assert effect.relative().rank_p_value(null, side) == want
        else:
            others = [one - trend for one, trend in zip(exact[1:], trends, strict=True)]
            want = oracle.placebo_p(exact[0] - own_trend, others, exactly(null), side)
            assert effect.rank_p_value(null, side) == want
        assert_ends_are_the_last_kept(effect.ratio() if adjustment == "ratio" else effect, "0.75", side)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("power", [-30, -50, -55, 50])
def test_the_unit_of_an_outcome_moves_no_rank(power: int, adjustment: Any) -> None:
    """Errors and means were taken to 128 binary places, whatever their size: nothing was left of a mean of 1e-50."""

    def effect(power: int) -> EffectEstimate:
        cells = [
            (u, 2010 + t, float(f"{(7 * u * u + 5 * t * u + 3 * t) % 11 + 1}e{power}"))
            for u in range(8)
            for t in range(4)
        ]
        return effekt.trend_adjusted(
            dict(zip(("u", "t", "y"), zip(*cells, strict=True), strict=True)),
            outcome="y",
            unit="u",
            time="t",
            period="year",
            treated=0,
            reference_window=(2010, 2011),
            evaluation_window=(2012, 2013),
            comparator="others",
            weights=None,
            adjustment=adjustment,
        )

    plain, scaled = (effect(own).relative() for own in (0, power))
    assert scaled.estimate == pytest.approx(plain.estimate, rel=1e-12)
    for side in ("two-sided", "less", "greater"):
        assert [scaled.rank_p_value(null, side) for null in (-0.5, 0, 0.4)] == [
            plain.rank_p_value(null, side) for null in (-0.5, 0, 0.4)
        ]
    one, other = (own.confidence_interval(0.75) for own in (plain, scaled))
    assert (other.low, other.high) == pytest.approx((one.low, one.high), rel=1e-12)


def test_a_treated_mean_far_below_its_comparator_has_a_rank() -> None:
    rows = [(u, 2010 + t, 1e-58 if u == 0 and t else 1.0 + (u * t) % 3 / 8) for u in range(6) for t in range(2)]
    effect = effekt.trend_adjusted(
        dict(zip(("u", "t", "y"), zip(*rows, strict=True), strict=True)),
        outcome="y",
        unit="u",
        time="t",
        period="year",
        treated=0,
        reference_window=(2010, 2010),
        evaluation_window=(2011, 2011),
        comparator="others",
        weights=None,
    )
    assert effect.rank_p_value(alternative="less") == Fraction(1, 6)


def test_a_set_of_a_relative_effect_has_the_decimal_as_its_null() -> None:
    """-0.7 of a relative effect is a ratio of 0.3, which -0.7 + 1 as floats is not."""
    effect = effekt.trend_adjusted(
        panel([-0.7, 0.0, 0.0, 0.0]),
        outcome="y",
        unit="u",
        time="t",
        period="year",
        treated="u0",
        comparator=["u1", "u2", "u3"],
        reference_window=(2016, 2016),
        evaluation_window=(2017, 2017),
        adjustment="ratio",
        weights=None,
    )
    assert effect.relative().declared_p(-0.7).null == 0.3
    assert effect.relative().rank_p_value(-0.7) == 1


UNMOVED = ("others", "series", "mean_of_three")
"""What eight units that did not move are held against, or the treated over three years, whose mean is no decimal."""


def unmoved(before: int, after: int, against: str, adjustment: Any) -> EffectEstimate:
    """A treated unit that went from one number to another, beside eight units, and a series, that did not move."""
    years = range(2014, 2020) if against == "mean_of_three" else (2016, 2017)
    rows = [
        (unit, t, (before if t < 2017 else after + t % 2) if unit == "u0" else 100)
        for unit in [*(f"u{i}" for i in range(9)), *(["nation"] if against == "series" else [])]
        for t in years
    ]
    return effekt.trend_adjusted(
        dict(zip(("u", "t", "y"), zip(*rows, strict=True), strict=True)),
        outcome="y",
        unit="u",
        time="t",
        period="year",
        treated="u0",
        comparator="nation" if against == "series" else "others",
        reference_window=(years[0], 2016),
        evaluation_window=(2017, years[-1]),
        adjustment=adjustment,
        weights=None,
    )


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("against", UNMOVED)
@pytest.mark.parametrize(("before", "after"), [(97, 83), (9, 7), (50, 40), (100, 88), (271, 240), (10, 20)])
def test_a_set_that_is_one_point_is_the_estimate(before: int, after: int, against: str, adjustment: Any) -> None:
    """Of placebo units that did not move every one is as extreme at the estimate, and none beside it."""
    effect = unmoved(before, after, against, adjustment)
    for view in (effect.difference(), effect.ratio(), effect.relative()):
        found = view.confidence_interval(0.8)
        assert found.low == found.high == pytest.approx(view.estimate, rel=1e-14)
        assert view.rank_p_value(found.low) == 1
        assert view.rank_p_value(view.estimate * (1 + 1e-9)) == Fraction(1, 9)
        for side in ("greater", "less"):  # which the estimate bounds
            one = view.confidence_interval(0.8, side)
            assert (one.low if side == "greater" else one.high) == found.low
            assert view.rank_p_value(found.low, side) == 1
    assert effect.difference().confidence_interval(0.8).low == effect.estimate
    assert effect.ratio().confidence_interval(0.8).low == effect.ratio().estimate
    (check,) = (one for one in effect.diagnostics if one.name == "prediction_interval")
    assert check.values["low"] == check.values["high"] == pytest.approx(effect.counterfactual_mean, rel=1e-14)


@settings(max_examples=60)
@given(
    moved=st.lists(st.sampled_from((0, 0, 0, 1, 2, -1)), min_size=5, max_size=9),
    own=st.tuples(st.integers(3, 40), st.integers(3, 40)),
    adjustment=st.sampled_from(("ratio", "difference")),
    level=st.sampled_from((0.5, 0.6, 0.75, 0.8)),
)
def test_a_two_sided_set_among_placebos_holds_the_estimate(
    moved: list[int], own: tuple[int, int], adjustment: Any, level: float
) -> None:
    rows = [("u0", 2016 + t, value) for t, value in enumerate(own)]
    rows += [(f"p{i}", 2016 + t, 5 + change * t) for i, change in enumerate(moved) for t in (0, 1)]
    rows += [("nation", 2016 + t, 7) for t in (0, 1)]
    effect = effekt.trend_adjusted(
        dict(zip(("u", "t", "y"), zip(*rows, strict=True), strict=True)),
        outcome="y",
        unit="u",
        time="t",
        period="year",
        treated="u0",
        comparator="nation",
        reference_window=(2016, 2016),
        evaluation_window=(2017, 2017),
        adjustment=adjustment,
        weights=None,
    )
    for view in (effect.difference(), effect.ratio()):
        found = view.confidence_interval(level)
        assert found.low <= view.estimate <= found.high
    for side in SIDES:
        assert_ends_are_the_last_kept(effect.ratio() if adjustment == "ratio" else effect, str(level), side)


def test_fractions_of_another_number_are_refused() -> None:
    one = Fraction(1)
    with pytest.raises(ArgumentError) as refusal:
        Placebos(errors=(0.1,), scale="linear", exact=ExactErrors(errors=(), treated=one, counterfactual=one))
    assert str(refusal.value) == "`exact` must have as many errors as there are placebos."
    draws = ExactDraws(statistics=(one,), exposures=(), estimate=one, mean_outcome=one, share_treated=one)
    with pytest.raises(ArgumentError) as refusal:
        Randomization(
            statistics=(1.0,), exposures=(1.0,), complete=True, mean_outcome=1.0, share_treated=0.5, exact=draws
        )
    assert str(refusal.value) == "`exact` must have as many statistics and exposures as there are assignments."

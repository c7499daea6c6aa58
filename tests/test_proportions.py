"""Two shares: Newcombe's published intervals, slow versions, duality, scipy's Barnard, and trials that use them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import two_proportions as oracle
from results import two_shares
from scipy import stats

import effekt
from effekt._inference import Means, TestInversion, TwoProportions, barnard
from effekt._inference.proportions import ScoreTest
from effekt._types import ALTERNATIVES, Alternative
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError
from effekt.result import EffectEstimate, View

PUBLISHED = {  # Newcombe (1998), Table II: methods 10 and 6
    ((56, 48), (70, 80)): ((0.0524, 0.3339), (0.0528, 0.3382)),
    ((9, 3), (10, 10)): ((0.1705, 0.8090), (0.1700, 0.8406)),
    ((6, 2), (7, 7)): ((0.0582, 0.8062), (0.0342, 0.8534)),
    ((5, 0), (56, 29)): ((-0.0381, 0.1926), (-0.0326, 0.1933)),
    ((0, 0), (10, 20)): ((-0.1611, 0.2775), (-0.1658, 0.2844)),
    ((0, 0), (10, 10)): ((-0.2775, 0.2775), (-0.2879, 0.2879)),
    ((10, 0), (10, 20)): ((0.6791, 1.0000), (0.7156, 1.0000)),
    ((10, 0), (10, 10)): ((0.6075, 1.0000), (0.6636, 1.0000)),
}
TESTS: tuple[ScoreTest, ScoreTest] = ("newcombe", "miettinen_nurminen")
SMALL = [
    ((15, 7), (21, 20)),
    ((3, 9), (15, 15)),
    ((1, 4), (6, 30)),
    ((20, 1), (21, 9)),
    ((0, 3), (8, 9)),
    ((5, 5), (5, 8)),
]


def kind(x: tuple[int, int], n: tuple[int, int], test: ScoreTest) -> tuple[TwoProportions, Means]:
    means = Means(treated=x[0] / n[0], counterfactual=x[1] / n[1])
    return TwoProportions(successes=x, sizes=n, test=test), means


@pytest.mark.parametrize("counts", PUBLISHED)
def test_intervals_are_those_newcombe_published(counts: tuple[tuple[int, int], tuple[int, int]]) -> None:
    for test, expected in zip(TESTS, PUBLISHED[counts], strict=True):
        inference, means = kind(*counts, test)
        found = inference.confidence_set(means, "difference", Fraction(1, 20), "two-sided")
        assert tuple(round(end, 4) for end in found.intervals[0]) == expected


@pytest.mark.parametrize(("x", "n"), SMALL)
def test_z_and_limits_are_those_of_the_slow_version(x: tuple[int, int], n: tuple[int, int]) -> None:
    inference, means = kind(x, n, "miettinen_nurminen")
    for null in (-0.97, -0.4, -0.05, 0.0, 0.1, 0.33, 0.8):
        z = oracle.score(x, n, difference=null)
        assert inference.p_value(means, "difference", null, "greater") == pytest.approx(stats.norm.sf(z), rel=1e-9)
    for null in (0.05, 0.5, 1.0, 1.7, 6.0):
        z = oracle.score(x, n, ratio=null)
        assert inference.p_value(means, "ratio", null, "greater") == pytest.approx(stats.norm.sf(z), rel=1e-9)
    for level in (0.8, 0.95, 0.99):
        z = float(stats.norm.ppf((1 + level) / 2))
        alpha = 1 - Fraction(str(level))
        inference, means = kind(x, n, "newcombe")
        found = inference.confidence_set(means, "difference", alpha, "two-sided").intervals[0]
        assert found == pytest.approx(oracle.newcombe(x, n, z), rel=1e-10, abs=1e-12)
        found = inference.confidence_set(means, "ratio", alpha, "two-sided").intervals[0]
        assert found == pytest.approx(oracle.newcombe_ratio(x, n, z), rel=1e-9, abs=1e-12)


@given(
    n=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    data=st.data(),
    test=st.sampled_from(TESTS),
    null=st.floats(-1.1, 1.1),
    ratio=st.floats(-0.5, 12.0),
    level=st.sampled_from(["0.5", "0.8", "0.95", "0.99"]),
    alternative=st.sampled_from(ALTERNATIVES),
)
@settings(max_examples=300)
def test_a_null_is_rejected_exactly_when_it_is_outside_the_set(
    n: tuple[int, int],
    data: st.DataObject,
    test: ScoreTest,
    null: float,
    ratio: float,
    level: str,
    alternative: Alternative,
) -> None:
    x = (data.draw(st.integers(0, n[0])), data.draw(st.integers(0, n[1])))
    inference, means = kind(x, n, test)
    alpha = 1 - Fraction(level)
    found = inference.confidence_set(means, "difference", alpha, alternative)
    assert -1 <= found.low <= found.high or alternative == "less"
    if all(abs(null - end) > 1e-9 for end in found.intervals[0]):
        assert (inference.p_value(means, "difference", null, alternative) > alpha) == (null in found)
    if x[1]:
        found = inference.confidence_set(means, "ratio", alpha, alternative)
        if all(abs(ratio - end) > 1e-9 for end in found.intervals[0]):
            assert (inference.p_value(means, "ratio", ratio, alternative) > alpha) == (ratio in found)
    no_effect = inference.p_value(means, "difference", 0.0, alternative)
    assert no_effect == inference.p_value(means, "ratio", 1.0, alternative)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(("x", "n"), SMALL)
def test_arms_changed_about_turn_the_difference_round(x: tuple[int, int], n: tuple[int, int], test: ScoreTest) -> None:
    one, means = kind(x, n, test)
    other, turned = kind(x[::-1], n[::-1], test)
    low, high = one.confidence_set(means, "difference", Fraction(1, 20), "two-sided").intervals[0]
    assert other.confidence_set(turned, "difference", Fraction(1, 20), "two-sided").intervals[0] == pytest.approx(
        (-high, -low), abs=1e-12
    )
    if min(x) > 0:
        low, high = one.confidence_set(means, "ratio", Fraction(1, 20), "two-sided").intervals[0]
        assert other.confidence_set(turned, "ratio", Fraction(1, 20), "two-sided").intervals[0] == pytest.approx(
            (1 / high, 1 / low), rel=1e-9
        )


def test_barnards_p_is_the_largest_over_the_common_share() -> None:
    """The slow version lies below by the coarseness of its grid; scipy can stop at a lower peak, never above."""
    for x, n in [*SMALL, ((7, 12), (15, 15)), ((14, 9), (21, 30))]:
        inference = barnard(x, n, most=0)
        for alternative in ALTERNATIVES:
            found = inference.p_value(Means(treated=0.5, counterfactual=0.5), "ratio", 1.0, alternative)
            slow = oracle.barnard(x, n, alternative)
            assert slow - 1e-12 <= found <= slow + 2e-5
    below = barnard((7, 12), (15, 15), most=0).p_value(
        Means(treated=0.5, counterfactual=0.5), "difference", 0.0, "two-sided"
    )
    table = [[7, 12], [8, 3]]
    assert stats.barnard_exact(table).pvalue <= below + 1e-12
    assert below == pytest.approx(0.0682183093, abs=1e-9)
    even = barnard((3, 9), (15, 15), most=0).p_value(
        Means(treated=0.5, counterfactual=0.5), "difference", 0.0, "two-sided"
    )
    assert even == pytest.approx(stats.barnard_exact([[3, 9], [12, 6]]).pvalue, rel=1e-8)


def test_barnard_declares_no_set_in_large_arms() -> None:
    effect = two_shares(barnard((15, 7), (21, 20), most=20))
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval()
    assert (
        str(refusal.value)
        == "The Barnard procedure declares no two-sided set of the difference at level 0.95; it has none."
    )


@pytest.mark.parametrize(("x", "n"), [((3, 1), (2, 5)), ((-1, 1), (2, 5)), ((0, 0), (0, 5))])
def test_counts_that_cannot_be(x: tuple[int, int], n: tuple[int, int]) -> None:
    with pytest.raises(ArgumentError, match=r"^`successes` must be from 0 to `sizes`, and `sizes` above 0\.$"):
        TwoProportions(successes=x, sizes=n, test="newcombe")


# --- trials -------------------------------------------------------------------------------------------------------

TABLE = {"work": [1] * 15 + [0] * 6 + [1] * 7 + [0] * 13, "d": [1] * 21 + [0] * 20, "x": list(range(41))}


def trial(**options: object) -> EffectEstimate:
    return effekt.randomized_trial(TABLE, outcome="work", treatment="d", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("test", [*TESTS, "barnard"])
def test_a_trial_of_two_shares(test: str) -> None:
    effect = trial(inference=test)
    expected = barnard((15, 7), (21, 20), most=200) if test == "barnard" else kind((15, 7), (21, 20), test)[0]  # type: ignore[arg-type]
    assert effect.inference == expected
    assert effect.variance == f"{test}/1"
    assert effect.exact_estimate == Fraction(15, 21) - Fraction(7, 20)
    assert effect.std_error is None
    assert effect.arguments["inference"] == test
    assert effect.arguments["variance"] is None
    assert isinstance(effect.public().inference, TestInversion)
    assert_valid_effect(effect)
    assert effect.difference().view == View()


def test_a_share_in_per_cent_has_the_interval_in_per_cent() -> None:
    effect = trial(inference="miettinen_nurminen")
    scaled = effect.rescale(100.0, "per cent")
    assert scaled.confidence_interval().intervals[0] == pytest.approx(
        [100 * end for end in effect.confidence_interval().intervals[0]], rel=1e-12
    )
    assert math.isclose(scaled.p_value(10.0), effect.p_value(0.1), rel_tol=1e-12)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"covariates": "x"},
         "`inference` 'newcombe' takes no covariates, block, cluster, weights, pairs, probability or exposure; leave "
         "`covariates` out, or choose another inference."),
        ({"variance": "welch"},
         "`inference` 'newcombe' takes no variance; leave `variance` out, or choose inference='asymptotic'."),
        ({"population": "finite"},
         "`population` must be 'super' with inference='newcombe', whose two shares are of samples; got 'finite'. Leave "
         "it out, or choose inference='randomization'."),
    ],
)  # fmt: skip
def test_score_tests_take_two_unadjusted_arms(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        trial(inference="newcombe", **options)
    assert str(refusal.value) == sentence


def test_score_tests_take_shares() -> None:
    with pytest.raises(DataError) as refusal:
        effekt.randomized_trial(
            {"y": [0, 1, 0.5, 1, 2], "d": [1, 0, 1, 0, 1]}, outcome="y", treatment="d", inference="newcombe"
        )
    assert str(refusal.value) == (
        "Column 'y' must hold 0 or 1 for inference 'newcombe'; 2 rows did not, the first at row 3. Recode it, or "
        "choose another inference."
    )


def test_barnard_looks_at_every_table_of_small_arms_only() -> None:
    data = {"y": [0, 1] * 1001, "d": [1] * 1001 + [0] * 1001}
    with pytest.raises(ArgumentError) as refusal:
        effekt.randomized_trial(data, outcome="y", treatment="d", inference="barnard")
    assert str(refusal.value) == (
        "`inference` 'barnard' takes at most 1,000 units in an arm; there are 1,001. Choose 'miettinen_nurminen'."
    )


# --- missing outcomes ---------------------------------------------------------------------------------------------


def names(data: dict[str, list[object]], **options: object) -> list[str]:
    effect = effekt.randomized_trial(data, outcome="y", treatment="d", missing="drop", **options)  # type: ignore[arg-type]
    assert_valid_effect(effect)
    return [diagnostic.name for diagnostic in effect.diagnostics]


def test_dropped_outcomes_bring_their_checks() -> None:
    treatment: list[object] = [1, 0] * 10
    block: list[object] = ["u"] * 10 + ["v"] * 10
    shares: list[object] = [None, 0, 1, None, 0, None, 1, 1, 0, 0] * 2
    days: list[object] = [None if y is None else 3.5 * i for i, y in enumerate(shares)]  # type: ignore[operator]
    data = {"d": treatment, "b": block}
    seen: dict[str, list[object]] = {"y": [float(i) for i in range(20)], **data}
    assert names({"y": days, **data}) == ["differential_attrition", "lee_bounds"]
    assert names({"y": shares, **data}) == ["differential_attrition", "lee_bounds", "manski_bounds"]
    assert names({"y": days, **data}, block="b") == ["differential_attrition", "lee_bounds"]
    assert names(seen) == []
    assert names({"y": shares, **data}, inference="newcombe")[-1] == "manski_bounds"
    effect = effekt.randomized_trial({"y": shares, **data}, outcome="y", treatment="d", missing="drop")
    values = effect.diagnostics[0].values
    assert (values["n_missing_treated"], values["n_missing_control"]) == (2, 4)

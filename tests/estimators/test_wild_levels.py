"""Levels that a wild bootstrap reaches, whatever the outcomes are, and sets in which no null is rejected."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from oracles.wild_sets import WildSets

import effekt
from effekt._types import ALTERNATIVES
from effekt.exceptions import InferenceUnavailableError
from effekt.independent import METHODS
from effekt.independent.limits import NotRepeatedError
from effekt.independent.statistics import bound, view_of

WILD = {"outcome": "y", "treatment": "d", "cluster": "cluster", "inference": "wild_bootstrap"}
DESIGNS = [(2, 2), (2, 4), (4, 2), (3, 3), (2, 5), (3, 5)]  # treated clusters, controls
LEVELS = ("0.8", "0.9", "0.95", "0.97", "0.99")
WHOLE = ((-math.inf, math.inf),)


def arms(seed: int, treated: int, controls: int, apart: int) -> tuple[list[list[int]], list[list[int]]]:
    """Clusters of one to three whole numbers each."""
    random = Random(seed)
    return tuple(  # type: ignore[return-value]
        [[own + random.randrange(-4, 9) for _ in range(random.randrange(1, 4))] for _ in range(count)]
        for count, own in ((treated, 2 + apart), (controls, 2))
    )


def trial(treated: list[list[int]], controls: list[list[int]]) -> dict[str, list]:
    clusters = [*treated, *controls]
    return {
        "y": [one for own in clusters for one in own],
        "d": [int(g < len(treated)) for g, own in enumerate(clusters) for _ in own],
        "cluster": [f"c{g}" for g, own in enumerate(clusters) for _ in own],
    }


def set_or_refusal(view, level, alternative):
    try:
        return view.confidence_interval(float(level), alternative), ""
    except InferenceUnavailableError as error:
        return None, str(error)


@pytest.mark.parametrize(("treated", "controls"), DESIGNS)
def test_outcomes_far_apart_have_the_smallest_p_of_the_design(treated, controls):
    """What the refusal says is attained: of one side where the effect is to that side."""
    for sign, side in ((1, "greater"), (-1, "less")):
        near, far = arms(5, treated, controls, 0)
        sets = WildSets(
            [[sign * (own + 1000) for own in one] for one in near], [[sign * own for own in one] for one in far]
        )
        p = sets.p("difference", 0.0)
        assert p["two-sided"] == sets.least_by_design("two-sided")
        assert p[side] == sets.least_by_design(side)


@pytest.mark.parametrize("contrast", ["difference", "ratio"])
def test_the_set_is_what_is_kept_and_is_refused_where_no_outcomes_could_reach_the_level(contrast):
    """By every sign in fractions; the second route has the same ends, or none where the set has several pieces."""
    seen: Counter[str] = Counter()
    for seed in range(24):
        treated, controls = arms(seed, *DESIGNS[seed % len(DESIGNS)], apart=(0, 0, 12)[seed % 3])
        sets, columns = WildSets(treated, controls), trial(treated, controls)
        effect, second = effekt.randomized_trial(columns, **WILD), METHODS["randomized_trial"](columns, **WILD)
        if effect.counterfactual_mean <= 0 or any(
            len({sum(one) / len(one) for one in arm}) == 1 for arm in (treated, controls)
        ):
            continue  # no ratio; or an arm without variation, of whose ratios rounding decides
        view, scale = getattr(effect, contrast)(), effect.inference._nulls(effect.means, contrast).scale
        told = {null: sets.p(contrast, null) for null in sets.nulls(contrast, view.estimate, scale)}
        for alternative in ALTERNATIVES:
            least = sets.least_by_design(alternative)
            for level in (*LEVELS, str(float(1 - least))):
                alpha, (found, why) = 1 - Fraction(level), set_or_refusal(view, level, alternative)
                assert (found is None) == (alpha < least), (seed, alternative, level)
                if found is None:
                    assert f"with {sets.clusters} clusters is {least} " in why
                else:
                    assert {null: null in found for null in told} == {
                        null: p[alternative] > alpha for null, p in told.items()
                    }, (seed, alternative, level)
                seen["refused" if found is None else "whole" if found.intervals == WHOLE else found.kind] += 1
                check_second_route(second, contrast, alpha, alternative, found)
    assert min(seen[kind] for kind in ("refused", "bounded", "unbounded")) > 10
    assert contrast == "difference" or min(seen["whole"], seen["disjoint"]) > 10


def check_second_route(second, contrast, alpha, alternative, found):
    """The same ends; None for what is refused or infinite, and no answer where pieces or rounding allow none."""
    for end, statistic in enumerate(("confidence_low", "confidence_high")):
        asked = second, view_of(contrast, None, Fraction(1)), statistic, 1 - alpha, alternative
        if found is not None and len(found.intervals) > 1:
            with pytest.raises(NotRepeatedError, match=r"not one interval|rounding decides"):
                bound(*asked)
        elif found is None or math.isinf(found.intervals[0][end]):
            assert bound(*asked) is None
        else:
            assert bound(*asked) == pytest.approx(found.intervals[0][end], rel=1e-8, abs=1e-8)


def test_of_drawn_signs_those_alike_count_that_were_drawn():
    """Of 12 clusters and Webb's weights hardly any draw is alike, so that p can be 1 over the number of draws."""
    inference = effekt.difference_in_differences(
        {
            "y": [float((7 * i + 3 * t) % 11 + t) for i in range(12) for t in range(2)],
            "u": [f"u{i}" for i in range(12) for _ in range(2)],
            "t": [0, 1] * 12,
            "z": [int(i < 5 and t == 1) for i in range(12) for t in range(2)],
        },
        **{"outcome": "y", "unit": "u", "time": "t", "treatment": "z", "inference": "wild_bootstrap"},
        wild_weights="webb",
        draws=99,
        rng=4,
    )
    for view in (inference, inference.ratio()):
        for alternative in ALTERNATIVES:
            assert view.confidence_interval(0.99, alternative).intervals
            with pytest.raises(InferenceUnavailableError, match=r"with 12 clusters is 1/100 \(0\.0100\)"):
                view.confidence_interval(0.995, alternative)


def test_a_set_far_out_is_not_taken_for_all_between():
    """Controls with one mean: beyond 5·10⁴ rounding ties a draw with the sample, and p rises above α once more."""
    columns = trial([[-3], [1, 0, 5]], [[4, 5, 3], [4], [4]])
    view = effekt.randomized_trial(columns, **WILD).ratio()
    (_, high), (again, _) = view.confidence_interval(0.9, "less").intervals
    assert 0.55 < high < 0.57
    assert again > 1e4
    for null in (0.6, 1.2, 5.0, 40.0, 1e3, 1e4):
        assert view.inference.p_value(view.means, "ratio", null, "less") <= Fraction(1, 10)
    second = METHODS["randomized_trial"](columns, **WILD)
    with pytest.raises(NotRepeatedError, match="rounding decides"):
        bound(second, view_of("ratio", None, Fraction(1)), "confidence_high", Fraction(9, 10), "less")


FAR = {  # clusters of both arms, an alternative, a level, and nulls at which the set was wrong
    "one side": ([[6, 9, 4], [2, 8, 8]], [[4, 2, 5, 5], [4, 4]], "greater", "0.8", (-30.0, -25.0, -1.0, -0.01)),
    "above": ([[1], [7, 4, 2, 8], [8], [7]], [[8], [7, 9]], "two-sided", "0.9", (25.0, 100.0, 1e3, 1e4)),
}


@pytest.mark.parametrize("case", FAR)
def test_a_set_has_no_ratios_between_that_the_test_rejects(case):
    """A root is off by four times itself, where rounding ties far out: all between it and 0 was kept, with p 1/16."""
    treated, controls, alternative, level, wrong = FAR[case]
    view, exact = effekt.randomized_trial(trial(treated, controls), **WILD).ratio(), WildSets(treated, controls)
    found = view.confidence_interval(float(level), alternative)
    for null in (*wrong, -1e4, -100.0, -10.0, 0.0, 0.01, 0.5, 1.3, 3.0, 8.0):
        p = exact.p("ratio", null)[alternative]
        assert view.p_value(null, alternative) == float(p)
        assert (null in found) == (p > 1 - Fraction(level)), null
    assert not any(null in found for null in wrong)


@pytest.mark.parametrize("seed", range(12))
def test_of_equal_means_every_draw_is_as_extreme_in_both_routes(seed):
    """Of an effect of 0 and nothing else; rounding in sums of thirds and fifths made p of it 7/8 or less."""
    random = Random(seed)
    lengths = [[random.choice((1, 2, 3)) for _ in range(clusters)] for clusters in (2, 3)]
    (n_treated, n_controls), size = (sum(arm) for arm in lengths), sum(lengths[0])
    treated, controls = ([[size * random.randrange(9) for _ in range(n)] for n in arm] for arm in lengths)
    controls[0][0] += sum(map(sum, treated)) * n_controls // n_treated - sum(map(sum, controls))
    columns = trial(treated, controls)
    effect, second = effekt.randomized_trial(columns, **WILD), METHODS["randomized_trial"](columns, **WILD)
    assert effect.treated_mean == effect.counterfactual_mean
    for alternative in ALTERNATIVES:
        p = WildSets(treated, controls).p("difference", 0.0)[alternative]
        assert effect.p_value(alternative=alternative) == float(p)
        assert second["test"]("difference", 0.0, alternative) == p
        assert alternative != "two-sided" or p == 1


@pytest.mark.parametrize("level", [0.5, 0.8])
def test_a_ratio_of_a_treated_mean_of_zero_has_ends_of_its_own_test(level):
    """The treated clusters add to 0 beside controls that do not: no null is so near to 0 that its statistic is lost."""
    treated, controls = [[1, 2], [0, -2, -1]], [[2, 1], [0], [1, 2, 0]]
    columns, sets = trial(treated, controls), WildSets(treated, controls)
    view, numbers = effekt.randomized_trial(columns, **WILD).ratio(), METHODS["randomized_trial"](columns, **WILD)
    assert view.estimate == 0
    assert view.confidence_interval(0.5, "greater").intervals == ((0.0, math.inf),)
    assert view.confidence_interval(0.5, "less").intervals == ((-math.inf, 0.0),)
    for alternative in ALTERNATIVES:
        assert view.p_value(0.0, alternative) == sets.p("ratio", 0.0)[alternative]
        for null in (-1e-320, 1e-300, -1e-170, 1e-100, 1e-30):
            near = math.copysign(1e-9, null)
            assert view.p_value(null, alternative) == view.p_value(near, alternative)
            assert sets.p("ratio", near)[alternative] <= view.p_value(near, alternative)  # ties count
        for low, high in view.confidence_interval(level, alternative).intervals:
            for end, outward in ((low, -math.inf), (high, math.inf)):
                if math.isfinite(end):
                    beyond = math.nextafter(end, outward)
                    assert view.p_value(end, alternative) > 1 - level >= view.p_value(beyond, alternative)
        ends = [end for pair in view.confidence_interval(level, alternative).intervals for end in pair]
        for end, statistic in zip(ends, ("confidence_low", "confidence_high"), strict=True):
            own = bound(numbers, view_of("ratio", None, Fraction(1)), statistic, Fraction(str(level)), alternative)
            assert math.isinf(end) if own is None else own == pytest.approx(end, rel=1e-9, abs=1e-15)

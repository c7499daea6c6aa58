"""Results say where the published studies found their inference wanting, and only there."""

import numpy as np
import pytest

import effekt
from effekt._inference import Unavailable
from effekt._text import format_percent
from effekt.estimators._coverage import (
    ALONE,
    BLOCKS,
    CLASSES,
    CLUMPS,
    COARSENED,
    CONLEY_TABER,
    DIFFERENCED,
    DISTANCES,
    DOUBTED,
    HAC,
    HIGHEST,
    OUTSIDE,
    SCHOOLS,
    SHARED,
    STURGES,
    TOGETHER,
    WORST,
    coverage_notes,
)

DIFFERENCES = effekt.synthetic_difference_in_differences


def panel(levels, years=6):
    noise = np.random.default_rng(1).normal(0, 0.05, (len(levels), years))
    outcome = np.array(levels)[:, None] + noise
    return {
        "unit": [unit for unit in range(len(levels)) for _ in range(years)],
        "year": list(range(2013, 2013 + years)) * len(levels),
        "days": outcome.ravel().tolist(),
    }


def trend(levels, **arguments):
    windows = {"reference_window": (2013, 2015), "evaluation_window": (2016, 2018)}
    call = {"outcome": "days", "unit": "unit", "time": "year", "period": "year", "treated": 0, "weights": None}
    return effekt.trend_adjusted(panel(levels), **windows, **(call | {"comparator": "others"} | arguments))


def control(levels, function=effekt.synthetic_control, **arguments):
    call = {"outcome": "days", "unit": "unit", "time": "year", "period": "year", "treated": 0, "first_treated": 2016}
    return function(panel(levels), **call, **arguments)


def alone(levels, function=effekt.difference_in_differences, *, treated=(0,), **arguments):
    data = panel(levels)
    data["on"] = [int(unit in treated and year >= 2016) for unit, year in zip(data["unit"], data["year"], strict=True)]
    call = {"outcome": "days", "unit": "unit", "time": "year", "treatment": "on", "inference": "permutation"}
    return function(data, **(call | arguments))


def staged(levels, first=(2016, None, None, None)):
    starts = [start for start in first for _ in range(6)]
    return effekt.staggered_adoption(
        panel(levels) | {"start": starts},
        outcome="days",
        unit="unit",
        time="year",
        start="start",
        aggregate="simple",
        inference="permutation",
    )


def note(effect, code):
    found = [one.text for one in effect.notes if one.code == code]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(("level", "en", "sv"), [(12.0, "highest", "högst"), (4.0, "lowest", "lägst")])
@pytest.mark.parametrize("correction", [None, "regression"])
def test_several_units_that_were_at_an_end_are_spoken_of_as_several(level, en, sv, correction) -> None:
    levels = [level, level, 7.0, 8.0, 9.0, 7.5, 8.5, 6.5]
    told = note(trend(levels, treated=[0, 1], level_correction=correction), "extreme_reference")
    assert told.en.startswith(f"The treated units together had the {en} level of all before the intervention")
    assert told.sv.startswith(f"De behandlade enheterna hade tillsammans {sv} nivå av alla före insatsen")
    assert ("If they were chosen for that, part of their change is only a return" in told.en) == (correction is None)
    assert ("Om de valdes för det är en del av deras förändring bara" in told.sv) == (correction is None)


@pytest.mark.parametrize(("level", "en", "sv"), [(12.0, "highest", "högst"), (4.0, "lowest", "lägst")])
def test_a_unit_that_was_at_an_end(level, en, sv) -> None:
    told = note(trend([level, 7.0, 8.0, 9.0]), "extreme_reference")
    assert told.en.startswith(f"The treated unit had the {en} level of all before the intervention.")
    assert told.sv.startswith(f"Den behandlade enheten hade {sv} nivå av alla före insatsen.")
    assert f"as often as in {format_percent(HIGHEST, 'en')} of cases" in told.en
    assert f"i så mycket som {format_percent(HIGHEST, 'sv')} av fallen" in told.sv
    outside = note(control([level, 7.0, 8.0, 9.0]), "outside_donors")
    assert outside.en.startswith(
        f"The treated unit had the {en} level of all before the intervention, which no mixture"
    )
    assert f"as often as in {format_percent(OUTSIDE, 'en')} of cases" in outside.en
    assert f"i så mycket som {format_percent(OUTSIDE, 'sv')} av fallen" in outside.sv
    assert f"in {format_percent(DIFFERENCED, 'en')} or less" in outside.en
    assert f"i {format_percent(DIFFERENCED, 'sv')} eller mindre" in outside.sv
    (differenced,) = {
        note(control([level, 7.0, 8.0, 9.0, 7.5], DIFFERENCES, **own), "extreme_reference")
        for own in ({}, {"inference": "placebo_variance"})
    }
    assert differenced.en.startswith(f"The treated unit had the {en} level of all before the intervention.")
    assert differenced.sv.startswith(f"Den behandlade enheten hade {sv} nivå av alla före insatsen.")
    assert f"as often as in {format_percent(DIFFERENCED, 'en')} of cases" in differenced.en
    assert f"i så mycket som {format_percent(DIFFERENCED, 'sv')} av fallen" in differenced.sv
    corrected = note(trend([level, 7.0, 8.0, 9.0, 7.5, 8.5, 6.5], level_correction="regression"), "extreme_reference")
    for one in (
        told,
        outside,
        differenced,
        corrected,
    ):  # of the highest there are studies; of the lowest it holds by symmetry
        assert (
            ("chosen for being the lowest" in one.en) == ("valts för att den var den lägsta" in one.sv) == (level < 7)
        )


def test_a_unit_in_between_and_results_without_placebos() -> None:
    assert note(trend([8.5, 7.0, 8.0, 9.0]), "extreme_reference") is None
    assert note(trend([12.0, 7.0, 8.0, 9.0], inference="none"), "extreme_reference") is None
    assert note(trend([12.0, 7.0], comparator=[1]), "extreme_reference") is None
    assert note(control([8.5, 7.0, 8.0, 9.0]), "outside_donors") is None
    assert note(control([12.0, 7.0, 8.0, 9.0], inference="none"), "outside_donors") is None
    assert note(control([12.0, 7.0, 8.0, 9.0], DIFFERENCES), "outside_donors") is None
    assert note(control([12.0, 7.0, 8.0, 9.0]), "extreme_reference") is None
    assert note(control([8.5, 7.0, 8.0, 9.0], DIFFERENCES), "extreme_reference") is None
    assert note(control([12.0, 7.0, 8.0, 9.0], DIFFERENCES, inference="none"), "extreme_reference") is None


@pytest.mark.parametrize(("level", "en", "sv"), [(12.0, "highest", "högst"), (4.0, "lowest", "lägst")])
def test_one_treated_cluster_that_was_at_an_end(level, en, sv) -> None:
    levels = [level, 7.0, 8.0, 9.0]
    found = [
        alone(levels),
        alone(levels, inference="conley_taber"),
        alone(levels, sampling="repeated_cross_sections"),
        alone(levels, effekt.event_study),
        staged(levels),
    ]
    (told,) = {note(one, "extreme_reference") for one in found}
    assert told.en.startswith(f"The treated cluster had the {en} level of all before the intervention.")
    assert told.sv.startswith(f"Det behandlade klustret hade {sv} nivå av alla före insatsen.")
    assert "chosen for being the highest, with no effect, was found to have one as often as" in told.en
    assert f"as in {format_percent(ALONE, 'en', None)} of cases, where 5% was meant" in told.en
    assert f"ha en sådan i så mycket som {format_percent(ALONE, 'sv', None)} av fallen" in told.sv
    assert "more often the more clusters" in told.en
    assert "oftare ju fler kluster" in told.sv
    assert ("chosen for being the lowest" in told.en) == ("valts för att den var den lägsta" in told.sv) == (level < 7)


@pytest.mark.parametrize(("ends", "en", "sv"), [((12.0, 11.0), "highest", "högst"), ((4.0, 5.0), "lowest", "lägst")])
def test_several_treated_clusters_that_were_at_an_end_together(ends, en, sv) -> None:
    levels = [*ends, 7.0, 8.0, 9.0]
    found = [
        alone(levels, treated=(0, 1)),
        alone(levels, treated=(0, 1), sampling="repeated_cross_sections"),
        alone(levels, effekt.event_study, treated=(0, 1)),
        staged(levels, (2016, 2016, None, None, None)),
        staged(levels, (2016, 2017, None, None, None)),
    ]
    (told,) = {note(one, "extreme_reference") for one in found}
    assert told.en.startswith(f"The 2 treated clusters had the 2 {en} levels of all before the intervention.")
    assert told.sv.startswith(f"De 2 behandlade klustren hade de 2 {sv}a nivåerna av alla före insatsen.")
    assert f"as often as in {format_percent(TOGETHER, 'en')} of cases, where 5% was meant" in told.en
    assert f"ha en sådan i så mycket som {format_percent(TOGETHER, 'sv')} av fallen, där 5 % var avsett" in told.sv
    low = en == "lowest"
    assert ("several chosen for being the lowest" in told.en) == ("flera som valts för att de var de lägsta" in told.sv)
    assert ("several chosen for being the lowest" in told.en) == low


def test_an_inference_of_several_treated_clusters_has_the_note_whatever_it_is() -> None:
    levels = [12.0, 12.5, 11.5, 11.0, 11.2, 5.0, 6.0, 7.0, 8.0, 9.0]
    treated = (0, 1, 2, 3, 4)
    for inference in ("asymptotic", "wild_bootstrap", "permutation"):
        for sampling in ("panel", "repeated_cross_sections"):
            for last, there in ((11.2, True), (8.5, False)):
                levels[4] = last
                one = alone(levels, treated=treated, inference=inference, sampling=sampling)
                told = note(one, "extreme_reference")
                assert (told is not None) == there
                assert told is None or told.en.startswith("The 5 treated clusters had the 5 highest levels")
    assert note(alone([12.0, 11.0, 8.0, 9.0], treated=(0, 1), inference="asymptotic"), "extreme_reference") is None


ADOPTED = (2016, 2016, 2016, 2016, 2017, 2017, 2017, 2017, None, None, None, None)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"aggregate": "simple"},
        {"aggregate": "dynamic"},
        {"estimator": "imputation"},
        {"sampling": "repeated_cross_sections"},
        {"sampling": "repeated_cross_sections", "aggregate": "simple"},
    ],
)
def test_staggered_adoption_by_a_variance_of_clusters_that_were_at_an_end_together(options) -> None:
    levels = [12.0, 12.5, 11.5, 11.2, 11.9, 12.8, 11.1, 12.2, 5.0, 6.0, 7.0, 8.0]
    for last, there in ((12.2, True), (7.5, False)):
        levels[7] = last
        data = panel(levels) | {"start": [start for start in ADOPTED for _ in range(6)]}
        found = effekt.staggered_adoption(data, outcome="days", unit="unit", time="year", start="start", **options)
        told = note(found, "extreme_reference")
        assert (told is not None) == there
        assert told is None or told.en.startswith("The 8 treated clusters had the 8 highest levels of all before")


def test_a_set_without_inference_has_no_such_note() -> None:
    data = panel([12.0, 11.0, 8.0, 9.0]) | {"start": [start for start in (2016, 2017, None, None) for _ in range(6)]}
    found = effekt.staggered_adoption(data, outcome="days", unit="unit", time="year", start="start")
    assert all(isinstance(one.inference, Unavailable) for one in found.effects)
    assert note(found, "extreme_reference") is None


@pytest.mark.parametrize("sampling", ["panel", "repeated_cross_sections"])
@pytest.mark.parametrize("inference", ["asymptotic", "wild_bootstrap"])
def test_an_event_study_of_clusters_that_were_at_an_end_together(sampling, inference) -> None:
    levels = [12.0, 12.5, 11.5, 11.0, 11.2, 5.0, 6.0, 7.0, 8.0, 9.0]
    for last, there in ((11.2, True), (8.5, False)):
        levels[4] = last
        found = alone(levels, effekt.event_study, treated=range(5), inference=inference, sampling=sampling)
        assert (note(found, "extreme_reference") is not None) == there


def test_treated_clusters_in_between_or_at_both_ends() -> None:
    for levels, treated, first in (
        ([8.5, 7.0, 8.0, 9.0], (0,), (2016, None, None, None)),
        ([12.0, 8.5, 8.0, 9.0], (0, 1), (2016, 2017, None, None)),
        ([12.0, 6.0, 8.0, 9.0], (0, 1), (2016, 2016, None, None)),
        ([12.0, 11.0, 8.0], (0, 1), (2016, 2016, None)),  # one other is no ranking
    ):
        for one in (
            alone(levels, treated=treated),
            alone(levels, treated=treated, sampling="repeated_cross_sections"),
            alone(levels, effekt.event_study, treated=treated),
            staged(levels, first),
        ):
            assert note(one, "extreme_reference") is None
    assert note(alone([12.0, 7.0, 8.0, 9.0], inference="asymptotic"), "extreme_reference") is None
    assert note(alone([12.0, 7.0, 8.0, 9.0], inference="wild_bootstrap"), "extreme_reference") is None


def test_the_level_of_a_cluster_is_the_mean_of_its_units_before() -> None:
    """Its highest unit, its sum and its mean after do not count, and who is as high as another is not the highest."""
    levels = [12.0, 6.0, 8.0, 8.2, 9.4, 9.6]
    data = panel(levels)
    data["days"] = [levels[unit] + (50 if year >= 2016 and unit < 2 else 0) for unit, year in both(data)]
    data["on"] = [int(unit < 2 and year >= 2016) for unit, year in both(data)]
    call = {"outcome": "days", "unit": "unit", "time": "year", "inference": "permutation", "cluster": "town"}
    for last, expected in ((9.6, False), (8.6, False), (8.59, True)):
        data["town"] = [unit // 2 if unit < 4 else 2 for unit, _ in both(data)]
        data["days"] = [days if unit < 4 else last + (0.0 if unit == 5 else 0.8) for (unit, _), days in rows(data)]
        starts = [2016 if unit < 2 else None for unit, _ in both(data)]
        for one in (
            effekt.difference_in_differences(data, treatment="on", **call),
            effekt.difference_in_differences(data, treatment="on", sampling="repeated_cross_sections", **call),
            effekt.staggered_adoption(data | {"start": starts}, start="start", aggregate="simple", **call),
        ):
            assert (note(one, "extreme_reference") is not None) == expected


def both(data):
    return list(zip(data["unit"], data["year"], strict=True))


def rows(data):
    return list(zip(both(data), data["days"], strict=True))


def test_what_is_said_of_an_inference_holds_its_figures_in_both_languages() -> None:
    (hac,) = coverage_notes("hac")
    (blocks,) = coverage_notes("block_bootstrap")
    (conley_taber,) = coverage_notes("conley_taber")
    (plain,) = coverage_notes("CR0")
    (rates,) = coverage_notes("exact_poisson")
    (quasi,) = coverage_notes("quasi_poisson")
    for one, values in (
        (hac, HAC),
        (blocks, BLOCKS),
        (conley_taber, [coverage for _, _, coverage in CONLEY_TABER]),
        (plain, [WORST["CR0"]]),
        (rates, [CLUMPS]),
        (quasi, [WORST["quasi_poisson"]]),
    ):
        assert one.code == "short_coverage"
        for value in values:
            assert format_percent(value, "en") in one.text.en
            assert format_percent(value, "sv") in one.text.sv
    assert conley_taber.text.en.endswith("holds its level for a cluster that was not chosen for its level.")
    assert conley_taber.text.sv.endswith("håller sin nivå för ett kluster som inte valdes för sin nivå.")
    assert coverage_notes("permutation") == coverage_notes("CR2") == ()


def test_a_joint_test_that_doubts_too_often_says_so_where_it_is_made() -> None:
    def events(variance, n_before):
        table = effekt.datasets.two_group_panel(rng=1, n_units=12, n_periods=5, n_before=n_before).table
        columns = {"outcome": "outcome", "unit": "unit", "time": "year", "treatment": "treatment"}
        return effekt.event_study(table, **columns, variance=variance)

    told = note(events("CR0", 3), "joint_test_size")
    assert format_percent(DOUBTED, "en") in told.en
    assert format_percent(DOUBTED, "sv") in told.sv
    assert note(events("CR0", 1), "joint_test_size") is None
    assert note(events("CR2", 3), "joint_test_size") is None


def test_a_variance_that_is_not_there_is_not_said_to_fall_short() -> None:
    def codes(effect):
        return [one.code for one in effect.notes]

    for days, there in (([4.0, 6.0, 5.0, 9.0, 8.0, 7.0], True), ([4.0] * 3 + [9.0] * 3, False)):
        data = {"days": days, "trained": [1, 1, 1, 0, 0, 0]}
        effect = effekt.randomized_trial(data, outcome="days", treatment="trained", variance="HC0")
        assert (effect.std_error is not None) == there
        assert ("short_coverage" in codes(effect)) == there
    for units, there in ((12, True), (4, False)):
        table = effekt.datasets.two_group_panel(rng=1, n_units=units, n_periods=5, n_before=3).table
        columns = {"outcome": "outcome", "unit": "unit", "time": "year", "treatment": "treatment"}
        events = effekt.event_study(table, **columns, variance="CR0")
        assert (events.effects[-1].std_error is not None) == there
        assert ("short_coverage" in codes(events)) == there
    for clusters, there in ((12, True), (4, False)):
        effects = effekt.staggered_adoption(stages(clusters), **STAGES, variance="CR0")
        assert (effects.effects[0].std_error is not None) == there
        assert ("short_coverage" in codes(effects.effects[0])) == there
        assert ("short_coverage" in codes(effects.aggregate("simple"))) == there


STAGES = {"outcome": "days", "unit": "unit", "time": "year", "start": "start", "never": 0}


def stages(units):
    """Half of the units adopt in the third of four years."""
    noise = np.random.default_rng(2).normal(0, 1, units * 4).tolist()
    return {
        "unit": [unit for unit in range(units) for _ in range(4)],
        "year": list(range(2013, 2017)) * units,
        "start": [2015 * (unit % 2) for unit in range(units) for _ in range(4)],
        "days": noise,
    }


def matched(match, **arguments):
    cohort = effekt.datasets.observational(rng=3, n=240, confounding=0.3, share_treated=0.3)
    data = cohort.table.to_pandas().assign(school=[i % 12 for i in range(240)])
    call = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
    return effekt.matched_comparison(data, match=call | match, outcome="outcome", **arguments)


CLASSED = {"method": "subclassification", "subclasses": 3}


def test_a_match_by_classes_or_within_groups_says_what_its_interval_leaves_out() -> None:
    told = note(matched(CLASSED), "short_coverage")
    for share in CLASSES:
        assert format_percent(share, "en") in told.en
        assert format_percent(share, "sv") in told.sv
    within = {"exact": "school"}
    for effect in (matched(CLASSED), matched(within)):
        told = note(effect, "ignored_clusters")
        for share in SCHOOLS:
            assert format_percent(share, "en") in told.en
            assert format_percent(share, "sv") in told.sv
    assert note(matched(within), "short_coverage") is None


@pytest.mark.parametrize(("variance", "parts"), [(None, "q2"), ("CR2", "q4")])
def test_a_match_by_coarsened_values_says_what_is_left_within_an_interval(variance, parts) -> None:
    cut = {"method": "coarsened_exact", "cutpoints": {"baseline": parts, "age": parts}}
    told = note(matched(cut, variance=variance), "short_coverage")
    for share in (*COARSENED, STURGES):
        assert format_percent(share, "en") in told.en
        assert format_percent(share, "sv") in told.sv
    many = {"method": "coarsened_exact", "cutpoints": {"baseline": 40, "age": 40}}
    assert note(matched(many), "short_coverage") is None  # which has no interval


BY_DISTANCE = {"distance": "mahalanobis", "tie_orders": 1}
SHARING = {"variance": "abadie_imbens"}


@pytest.mark.parametrize(
    ("match", "arguments"),
    [
        (BY_DISTANCE, {}),
        ({**BY_DISTANCE, "distance": "robust_mahalanobis"}, {}),
        ({**BY_DISTANCE, "method": "optimal"}, {}),
        ({**BY_DISTANCE, "method": "full"}, {}),
        ({"distance": "mahalanobis", "replace": True}, SHARING),
    ],
)
def test_a_match_by_distances_of_several_covariates_says_what_is_left_in_pairs(match, arguments) -> None:
    told = note(matched(match, **arguments), "short_coverage")
    for share in DISTANCES:
        assert format_percent(share, "en") in told.en
        assert format_percent(share, "sv") in told.sv
    assert (
        note(matched(match | {"covariates": ["age"]}, **arguments), "short_coverage") is None
    )  # one: alike where near
    regressed = {"bias_adjustment" if arguments else "covariates": ["baseline", "age"]}
    assert note(matched(match, **arguments, **regressed), "short_coverage") is None


def test_matches_that_hold_their_level_carry_no_such_note() -> None:
    assert note(matched(CLASSED, cluster="school"), "ignored_clusters") is None
    assert note(matched(CLASSED, cluster="school"), "short_coverage") is not None
    assert note(matched({"exact": "school"}, cluster="school"), "ignored_clusters") is None
    plain = matched({})
    without = matched({"exact": "school", "replace": True})  # which has no inference by default
    for effect in (plain, without):
        assert not {"short_coverage", "ignored_clusters"} & {one.code for one in effect.notes}


@pytest.mark.parametrize(("treated", "said"), [(12, True), (59, True), (60, False)])
def test_few_who_share_controls(treated, said) -> None:
    rng = np.random.default_rng(5)
    n = 3 * treated
    data = {
        "person": list(range(n)),
        "arm": [1] * treated + [0] * (n - treated),
        "age": rng.normal(40, 10, n).tolist(),
        "days": rng.normal(10, 3, n).tolist(),
    }
    match = {"unit": "person", "treatment": "arm", "covariates": ["age"], "replace": True}
    effect = effekt.matched_comparison(data, match=match, outcome="days", variance="abadie_imbens")
    told = note(effect, "short_coverage")
    assert (told is not None) == said
    if said:
        assert f"covered as little as {format_percent(SHARED, 'en')}" in told.en
        assert f"täckte ett 95-procentigt intervall så lite som {format_percent(SHARED, 'sv')}" in told.sv
    own = effekt.matched_comparison(data, match={**match, "reuse": 1}, outcome="days")
    assert note(own, "short_coverage") is None


@pytest.mark.parametrize(("n", "short"), [(120, True), (240, False)])
def test_a_match_of_both_arms_is_held_by_the_smaller(n, short) -> None:
    """Three in ten are treated: 36 of 120 share their matches, fewer than any study found enough, though 120 do."""
    cohort = effekt.datasets.observational(rng=3, n=n, confounding=0.3, share_treated=0.3)
    call = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"], "replace": True}
    effect = effekt.matched_comparison(
        cohort.table, match=call | {"estimand": "ATE"}, outcome="outcome", variance="abadie_imbens"
    )
    assert (note(effect, "short_coverage") is not None) == short

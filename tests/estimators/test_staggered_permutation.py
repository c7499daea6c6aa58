"""`staggered_adoption` with few clusters: the average under every way of giving clusters each other's starts."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.imputation import Imputation

import effekt
from effekt._inference import Randomization, Unavailable
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.independent.panels.staggered_adoption import staggered_adoption as second_route

ROLES = {"outcome": "y", "unit": "unit", "time": "year", "start": "start"}
KINDS = ("simple", "dynamic", "cohort", "calendar")


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def drawn(seed, starts=(2, 3, 3, None, None), sizes=(1, 2, 1, 2, 1), periods=5, covariates=0):
    """Units of clusters, each of which adopts in one period."""
    rng = np.random.default_rng(seed)
    units = []
    for c, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        for _ in range(size):
            y = rng.normal(8, 2) + 0.3 * np.arange(periods) + rng.normal(0, 1, periods)
            x = rng.normal(3, 1, covariates).round(2).tolist() if covariates else []
            units.append({"start": start, "y": y.round(3).tolist(), "x": x, "cluster": f"c{c}"})
    return units


def table(units):
    rows = [(i, t, one) for i, one in enumerate(units) for t in range(len(one["y"]))]
    return {
        "unit": [f"u{i:02d}" for i, _, _ in rows],
        "year": [2010 + t for _, t, _ in rows],
        "start": [None if one["start"] is None else 2010 + one["start"] for _, _, one in rows],
        "y": [one["y"][t] for _, t, one in rows],
        "cluster": [one["cluster"] for _, _, one in rows],
        **{f"x{j}": [one["x"][j] for _, _, one in rows] for j in range(len(units[0]["x"]))},
    }


def estimate(units, by="simple", **options):
    given = {**ROLES, "cluster": "cluster", "inference": "permutation", "aggregate": by, **options}
    found = effekt.staggered_adoption(table(units), **given)
    return found if by == "simple" else found.overall


# --- the letter -------------------------------------------------------------------------------------------------------


def compared(units, comparison):
    """ATT(g,t) as a difference of two mean changes (Callaway and Sant'Anna 2021, equations 2.8 and 2.9)."""
    found = {}
    for g in {one["start"] for one in units} - {None}:
        for t in range(g, len(units[0]["y"])):

            def change(own, t=t, b=g - 1):
                return np.array([one["y"][t] - one["y"][b] for one in own])

            def design(own):
                return np.array([[1.0, *one["x"]] for one in own])

            later = [u for u in units if u["start"] is None or (comparison == "not_yet_treated" and u["start"] > t)]
            mine = [one for one in units if one["start"] == g]
            beta = np.linalg.lstsq(design(later), change(later), rcond=None)[0]  # without covariates the mean
            found[g, t] = float(np.mean(change(mine)) - design(mine).mean(axis=0) @ beta)
    return found


def average(units, by, estimator, comparison):
    """The average by the letter of the papers, from one effect after the other."""
    if estimator == "imputation":
        fitted = Imputation(units, 0)
        effects = {
            (g, t): float(np.mean([fitted.tau[row] for row in fitted.members(g, t)])) for g, t in fitted.cells if t >= g
        }
    else:
        effects = compared(units, comparison)
    size = {g: sum(one["start"] == g for one in units) for g, _ in effects}

    def mean(cells):
        return sum(size[g] * effects[g, t] for g, t in cells) / sum(size[g] for g, _ in cells)

    if by == "simple":
        return mean(list(effects))
    key = {"dynamic": lambda g, t: t - g, "calendar": lambda _, t: t, "cohort": lambda g, _: g}[by]
    labels = sorted({key(*cell) for cell in effects})
    parts = [mean([cell for cell in effects if key(*cell) == label]) for label in labels]
    return float(np.average(parts, weights=[size[g] for g in labels] if by == "cohort" else None))


def as_extreme(units, null, by, estimator, comparison):
    """The share of all orders of the clusters' starts whose average, the null taken off, is as far from nothing."""
    clusters = sorted({one["cluster"] for one in units})
    starts = {one["cluster"]: one["start"] for one in units}
    without = [
        {**one, "y": [y - null * (one["start"] is not None and t >= one["start"]) for t, y in enumerate(one["y"])]}
        for one in units
    ]

    def far(order):
        dealt = [{**one, "start": dict(zip(clusters, order, strict=True))[one["cluster"]]} for one in without]
        return abs(average(dealt, by, estimator, comparison))

    own = tuple(starts[cluster] for cluster in clusters)
    mine, found = far(own), [far(order) for order in set(permutations(own))]
    return Fraction(sum(value >= mine - 1e-9 for value in found), len(found))


@pytest.mark.parametrize(
    ("estimator", "comparison"),
    [("group_time", "never_treated"), ("group_time", "not_yet_treated"), ("imputation", "not_yet_treated")],
)
@pytest.mark.parametrize("by", KINDS)
def test_p_is_the_share_of_all_orders_by_the_letter(by, estimator, comparison):
    units = drawn(5)
    named = {"estimator": estimator} if estimator == "imputation" else {"comparison": comparison}
    effect = estimate(units, by, **named)
    assert effect.estimate == close(average(units, by, estimator, comparison))
    for null in (0.0, 1.5):
        assert effect.inference.p_value(effect.means, "difference", null, "two-sided") == as_extreme(
            units, null, by, estimator, comparison
        )
    assert len(effect.inference.statistics) == 30  # 5! / (1! 2! 2!)
    assert effect.variance == "permutation/1"
    assert_valid_effect(effect)


@pytest.mark.parametrize("comparison", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("by", ["simple", "calendar"])
def test_with_covariates_the_regression_is_fitted_anew_in_every_deal(by, comparison):
    """By least squares among the controls of each deal, and by the second route in fractions."""
    units = drawn(11, sizes=(2, 2, 3, 3, 2), covariates=1)
    options = {"comparison": comparison, "covariates": ["x0"], "adjustment": "regression"}
    effect = estimate(units, by, **options)
    assert effect.estimate == close(average(units, by, "group_time", comparison))
    second = second_route(table(units), **ROLES, cluster="cluster", inference="permutation", aggregate=by, **options)
    test = second["members"]["overall"]["test"] if by == "calendar" else second["test"]
    for null in (0.0, 1.5):
        want = as_extreme(units, null, by, "group_time", comparison)
        assert effect.inference.p_value(effect.means, "difference", null, "two-sided") == want
        assert test("difference", null, "two-sided") == want
    assert_valid_effect(effect)


def test_deals_in_which_a_covariate_says_nothing_are_left_out():
    """Of five clusters one varies in x: where it is no control the regression does not exist."""
    units = drawn(11, sizes=(2, 2, 2, 2, 2), covariates=1)
    for one in units:
        one["x"] = [1.0 if one["cluster"] in ("c3", "c4") and one is not units[-1] else 2.0 + (one is units[-1])]
    options = {"comparison": "never_treated", "covariates": ["x0"], "adjustment": "regression"}
    effect = estimate(units, **options)
    kept = len(effect.inference.statistics)
    assert 15 <= kept < 30
    (note,) = (one for one in effect.notes if one.code == "permutation")
    assert f"left out: {30 - kept}" in note.text.en
    assert f"uteslutna: {30 - kept}" in note.text.sv


def test_by_hand():
    """Three towns over three years, one adopting in the second, one in the third: six deals of who does.

    From the first year A changes by 6 and 6, B by 0 and 3, C by 0 and 0. With A first and B second the effects beside C
    are 6, 6 and 3, on average 5; with A and C beside B 6, 3 and −3, so 2; with B and A beside C 0, 3 and 0, so 1; with
    B and C beside A −6, −3 and 0, so −3; with C and A beside B 0, −3 and −3, so −2; with C and B beside A −6, −6 and 3,
    so −3.
    """
    paths = {"A": (2011, 4, 10, 10), "B": (2012, 7, 7, 10), "C": (None, 1, 1, 1)}
    data = {
        "unit": [name for name in paths for _ in range(3)],
        "year": [2010, 2011, 2012] * 3,
        "start": [own[0] for own in paths.values() for _ in range(3)],
        "y": [y for own in paths.values() for y in own[1:]],
    }
    effect = effekt.staggered_adoption(data, **ROLES, inference="permutation", aggregate="simple")
    assert sorted(effect.inference.statistics) == close([-3, -3, -2, 1, 2, 5])
    assert effect.p_value() == 1 / 6
    assert effect.p_value(alternative="less") == 1.0
    assert effect.p_value(alternative="greater") == 1 / 6
    with pytest.raises(InferenceUnavailableError, match="1/6"):
        effect.confidence_interval(0.95)


# --- invariances ------------------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 999),
    level=st.integers(-5, 5),
    effect=st.integers(-4, 4),
    by=st.sampled_from(KINDS),
    estimator=st.sampled_from(["group_time", "imputation"]),
)
def test_levels_of_units_and_periods_move_nothing_and_an_effect_moves_all(seed, level, effect, by, estimator):
    units = drawn(seed)
    moved = [
        {
            **one,
            "y": [
                y + 0.7 * i + level * t**2 + effect * (one["start"] is not None and t >= one["start"])
                for t, y in enumerate(one["y"])
            ],
        }
        for i, one in enumerate(units)
    ]
    first, second = (estimate(own, by, estimator=estimator) for own in (units, moved))
    assert second.estimate == close(first.estimate + effect)
    of = [
        [one.inference.p_value(one.means, "difference", null + extra, side) for null in (0.0, -1.0, 2.5)]
        for one, extra in ((first, 0), (second, effect))
        for side in ("two-sided", "greater", "less")
    ]
    assert of[:3] == of[3:]


def test_rows_and_labels_move_no_byte_and_no_number():
    units = drawn(8)
    data = table(units)
    order = np.random.default_rng(3).permutation(len(data["y"]))
    shuffled = {name: [cells[i] for i in order] for name, cells in data.items()}
    given = {**ROLES, "cluster": "cluster", "inference": "permutation", "aggregate": "dynamic"}
    whole = effekt.staggered_adoption(data, **given)
    assert effekt.staggered_adoption(shuffled, **given).to_json() == whole.to_json()
    renamed = {**data, "cluster": [f"x{9 - int(name[1:])}" for name in data["cluster"]]}
    other = effekt.staggered_adoption(renamed, **given).overall
    assert sorted(other.inference.statistics) == close(sorted(whole.overall.inference.statistics))
    assert other.p_value() == whole.overall.p_value()


@pytest.mark.parametrize("estimator", ["group_time", "imputation"])
def test_no_label_moves_a_statistic_of_deals_that_are_drawn(estimator):
    """Clusters of three units with outcomes in tenths, whose sums would be rounded in the order of the units' names."""
    rng = np.random.default_rng(12)
    values = (rng.integers(0, 12, (14, 3, 6)) / 10).tolist()
    starts = [(2012, 2013, None, None)[c % 4] for c in range(14)]

    def found(names, clusters):
        rows = [
            (names[c][u], 2010 + t, values[c][u][t], clusters[c], starts[c])
            for c in range(14)
            for u in range(3)
            for t in range(6)
        ]
        columns = ("unit", "year", "y", "cluster", "start")
        data = {name: list(column) for name, column in zip(columns, zip(*rows, strict=True), strict=True)}
        call = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "cluster": "cluster", "rng": 4}
        return effekt.staggered_adoption(
            data, **call, estimator=estimator, aggregate="simple", inference="permutation", draws=499
        )

    plain = found([[f"u{c}.{u}" for u in range(3)] for c in range(14)], [f"c{c}" for c in range(14)])
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(14 * 3)
        names = [[f"v{order[3 * c + u]}" for u in range(3)] for c in range(14)]
        other = found(names, [f"k{one}" for one in np.random.default_rng(seed).permutation(14)])
        assert not plain.inference.complete
        assert other.inference.statistics == plain.inference.statistics
        assert other.inference.exposures == plain.inference.exposures


def test_its_size_is_exact_over_all_deals():
    """Every deal of the same outcomes taken for the truth: p ≤ α in at most a share α of them, whatever they are."""
    units, found = drawn(2, starts=(2, 3, None, None), sizes=(1, 1, 1, 1)), []
    for order in sorted(set(permutations([one["start"] for one in units], 4)), key=str):
        dealt = [{**one, "start": start} for one, start in zip(units, order, strict=True)]
        effect = estimate(dealt)
        found.append(effect.inference.p_value(effect.means, "difference", 0.0, "two-sided"))
    assert sorted(found) == [Fraction(k, 12) for k in range(1, 13)]


# --- draws, sets and refusals -----------------------------------------------------------------------------------------


def test_more_than_are_listed_are_drawn_from_a_seed():
    units = drawn(4, starts=(2, 3, 4, None) * 4, sizes=(1,) * 16)
    with pytest.raises(ArgumentError) as refused:
        estimate(units)
    assert str(refused.value) == (
        "`rng` must be an integer seed or a numpy.random.Generator where ways are drawn; got None. There are "
        "63,063,000 ways of dealing the periods of adoption, and at most 100,000 are listed."
    )
    once, again, other = (estimate(units, rng=seed, draws=199) for seed in (1, 1, 2))
    assert once.to_json() == again.to_json()
    assert once.inference.statistics != other.inference.statistics
    assert (len(once.inference.statistics), once.inference.complete) == (199, False)
    (note,) = [one.text.en for one in once.notes if one.code == "permutation"]
    assert "the average under 199 ways, drawn at random from the seed 1, of giving" in note
    assert once.arguments["draws"], once.arguments["rng"] == (199, 1)


def test_notes_say_what_it_is_for():
    effect = estimate(drawn(1))
    said = {note.code: note.text for note in effect.notes}
    assert set(said) == {"parallel_trends", "permutation", "unequal_clusters"}
    assert "under all 30 ways of giving the clusters each other's periods of adoption" in said["permutation"].en
    assert "an effect that is the same for every unit in every treated period" in said["permutation"].en
    assert "under alla 30 sätt att ge klustren varandras perioder för införandet" in said["permutation"].sv
    assert "hold from 1 to 2 units" in said["unequal_clusters"].en
    assert "unequal_clusters" not in {note.code for note in estimate(drawn(1, sizes=(1,) * 5)).notes}


def test_members_of_a_set_say_where_they_have_inference():
    given = {**ROLES, "cluster": "cluster", "inference": "permutation", "aggregate": "cohort"}
    effects = effekt.staggered_adoption(table(drawn(1)), **given)
    assert isinstance(effects.overall.inference, Randomization)
    assert {type(one.inference) for one in effects.effects} == {Unavailable}
    with pytest.raises(InferenceUnavailableError, match="for one cohort `event_study` has inference='permutation'"):
        effects["2012"].p_value()
    assert "permutation" in {note.code for note in effects.overall.notes}
    assert effekt.EffectSet.from_json(effects.to_json()) == effects


def test_a_cluster_that_adopts_twice_has_no_permutation():
    units = drawn(1)
    units[0]["cluster"] = units[1]["cluster"]
    effect = estimate(units)
    assert (effect.variance, type(effect.inference)) == ("none/1", Unavailable)
    with pytest.raises(InferenceUnavailableError, match="Clusters can only change places where"):
        effect.p_value()


REFUSED = {
    "inference": ({"inference": "wild"}, "`inference` must be 'asymptotic' or 'permutation'; got 'wild'."),
    "aggregate": (
        {"aggregate": None},
        "`aggregate` must be named with inference='permutation', which tests one average of all treated periods: pass "
        "'simple', 'dynamic', 'cohort' or 'calendar', or choose inference='asymptotic'.",
    ),
    "variance": (
        {"variance": "CR0"},
        "`inference` 'permutation' takes no variance; leave `variance` out, or choose inference='asymptotic'.",
    ),
    "covariates": (
        {"covariates": ["x"]},
        "`adjustment` must be 'regression' with inference='permutation' and covariates ('x'): a propensity fitted anew "
        "to the few clusters of every deal is often one that separates them. Pass adjustment='regression', leave them "
        "out, or choose inference='asymptotic'.",
    ),
    "anticipation": (
        {"anticipation": 1},
        "`anticipation` must be 0 with inference='permutation', which tests one effect from the first treated period "
        "on; got 1. Date the start at the first period in which an effect may be there, or choose "
        "inference='asymptotic'.",
    ),
    "sampling": (
        {"sampling": "repeated_cross_sections"},
        "`inference` 'permutation' takes the same units in every period; got sampling='repeated_cross_sections'. Give "
        "each unit its mean of each period, or choose inference='asymptotic'.",
    ),
    "checks": (
        {"checks": ["smoothness"], "base_period": "universal"},
        "`checks` 'smoothness' must be left out with inference='permutation': they take the joint covariance of all "
        "periods, which it does not give. Leave them out, or choose inference='asymptotic'.",
    ),
    "draws": (
        {"inference": "asymptotic", "draws": 99},
        "`inference` 'asymptotic' draws nothing; leave `draws` out.",
    ),
    "rng": ({"inference": "asymptotic", "rng": 1}, "`inference` 'asymptotic' draws nothing; leave `rng` out."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_meaning_is_refused(case):
    options, sentence = REFUSED[case]
    data = {**table(drawn(1)), "x": [1.0] * len(table(drawn(1))["y"])}
    with pytest.raises(ArgumentError) as refused:
        effekt.staggered_adoption(data, **{**ROLES, "inference": "permutation", "aggregate": "simple", **options})
    assert str(refused.value).startswith(sentence)

"""`difference_in_differences` with few clusters: wild bootstrap, permutation, Conley and Taber."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st
from oracles.wild_bootstrap import combinations, wild_p

import effekt
from effekt import independent
from effekt._inference import Placebos, Randomization, Unavailable, WildBootstrap
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.independent.statistics import bound, p_value, view_of

COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
SIDES = ("two-sided", "greater", "less")


def did(data, **options):
    return effekt.difference_in_differences(data, **(COLUMNS | options))


def panel(seed, clusters, treated, before=2, after=2, decimals=2):
    """Units in the clusters given (one number a unit); clusters below `treated` adopt."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, g in enumerate(clusters):
        level = rng.normal(20, 3)
        for t in range(before + after):
            d = int(g < treated and t >= before)
            y = round(level + 0.4 * t - 0.8 * d + rng.normal(0, 1), decimals)
            rows.append((f"u{i}", 2010 + t, d, y, f"g{g}"))
    return dict(zip(("unit", "time", "d", "y", "g"), map(list, zip(*rows, strict=True)), strict=True))


def changes(data):
    """By unit: change from before to after, group and cluster."""
    frame = pd.DataFrame(data)
    adopted = frame.loc[frame["d"] == 1, "time"].min()
    late = frame["time"] >= adopted
    change = frame[late].groupby("unit")["y"].mean() - frame[~late].groupby("unit")["y"].mean()
    rest = frame.groupby("unit").agg(treated=("d", "max"), g=("g", "first"))
    return change, rest["treated"] == 1, rest["g"]


TWOS = [g for g in range(7) for _ in range(2)]
UNEQUAL = [0, 0, 0, 1, 2, 2, 3, 3, 4, 5, 5, 5, 5, 6]


# --- wild bootstrap -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clusters", [TWOS, UNEQUAL])
@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize("null", [0.0, -0.7])
def test_the_wild_bootstrap_of_explicit_dummies(clusters, weights, null):
    """Unit and time dummies, every combination refitted; a null is a coefficient."""
    if weights == "webb":
        clusters = [g % 4 for g in clusters]  # 6⁴ refits
    data = panel(3, clusters, 2, before=1, after=2)
    frame = pd.DataFrame(data)
    dummies = [pd.get_dummies(frame[name], drop_first=True, dtype=float) for name in ("unit", "time")]
    design = np.column_stack([frame["d"], np.ones(len(frame)), *dummies])
    contrast = np.eye(design.shape[1])[0]
    effect = did(data, cluster="g", inference="wild_bootstrap", wild_weights=weights)
    assert isinstance(effect.inference, WildBootstrap)
    for side in SIDES:
        draws = combinations(len(set(clusters)), weights)
        wanted = wild_p(design, frame["y"].to_numpy(), frame["g"].to_numpy(), contrast, null, draws, side)
        assert effect.rank_p_value(null, alternative=side) == wanted


def test_wild_laws_and_words():
    effect = did(panel(5, UNEQUAL, 3), cluster="g", inference="wild_bootstrap")
    assert_valid_effect(effect)
    assert effect.variance == "wild_bootstrap/1"
    assert effect.arguments["variance"] is None
    assert effect.std_error is None
    note = next(note for note in effect.notes if note.code == "wild_bootstrap")
    assert note.text.en.startswith("Inference is by the wild cluster bootstrap with the null imposed: all 128 comb")
    webb = did(panel(5, UNEQUAL, 3), cluster="g", inference="wild_bootstrap", wild_weights="webb", rng=4, draws=199)
    note = next(note for note in webb.notes if note.code == "wild_bootstrap")
    assert "199 draws of Webb's weights from the seed 4" in note.text.en
    assert "199 dragningar av Webbs vikter med fröet 4" in note.text.sv
    assert effekt.difference_in_differences(panel(5, UNEQUAL, 3), **webb.arguments) == webb


def test_a_single_treated_cluster_has_no_wild_bootstrap():
    effect = did(panel(5, UNEQUAL, 1), cluster="g", inference="wild_bootstrap")
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.p_value()
    assert str(refusal.value) == (
        "The wild bootstrap cannot be relied on with a single cluster in a group (MacKinnon & Webb 2017), and the "
        "treated group has one; inference='permutation' compares it with the others, with a p of at least 1/7."
    )
    assert refusal.value.sv == (
        "Det går inte att lita på wild bootstrap med ett enda kluster i en grupp (MacKinnon & Webb 2017), och den "
        "behandlade gruppen har ett; inference='permutation' jämför det med de andra, med ett p-värde på minst 1/7."
    )


def test_one_cluster_in_each_group_is_told_that_nothing_tells_them_apart():
    """Each of the two choices is as far from nothing as the other, so that p by permutation is always 1."""
    data = panel(5, [0, 0, 1, 1], 1)
    told = "with one cluster in each group no inference can tell the effect from what sets the two apart."
    wild, plain, ranks = (
        did(data, cluster="g", inference=way) for way in ("wild_bootstrap", "asymptotic", "permutation")
    )
    assert wild.inference.reason.en.endswith(f"; {told}")
    assert [note.text.en for note in plain.notes if note.code == "few_clusters"] == [told.capitalize()]
    assert ranks.p_value() == 1


@pytest.mark.parametrize("treated", [1, 19])
def test_what_no_seed_mends_is_told_before_a_seed_is_asked_for(treated):
    data = panel(5, list(range(20)), treated)
    effect = did(data, cluster="g", inference="wild_bootstrap")
    assert isinstance(effect.inference, Unavailable)
    assert did(data, cluster="g", inference="wild_bootstrap", rng=1).inference == effect.inference
    with pytest.raises(ArgumentError, match="`rng` must be an integer seed"):
        did(panel(5, list(range(20)), 5), cluster="g", inference="wild_bootstrap")


def test_wild_without_variation():
    data = panel(5, TWOS, 3)
    data["y"] = [float(int(u[1:]) - 2 * d) for u, d in zip(data["unit"], data["d"], strict=True)]
    assert isinstance(did(data, cluster="g", inference="wild_bootstrap").inference, Unavailable)


# --- permutation ----------------------------------------------------------------------------------------------------


def by_hand(data, null, side):
    """Every choice of as many clusters: the difference of the mean changes after the effect is taken off."""
    change, treated, cluster = changes(data)
    names = sorted(set(cluster))
    actual = {name for name in names if treated[cluster == name].all()}
    rest, label = (change - null * treated).to_numpy(), cluster.to_numpy()

    def statistic(chosen):
        inside = np.isin(label, list(chosen))
        return rest[inside].mean() - rest[~inside].mean()

    own, found = statistic(actual), [statistic(chosen) for chosen in itertools.combinations(names, len(actual))]
    if side == "two-sided":
        own, found = abs(own), [abs(value) for value in found]
    sign = -1 if side == "less" else 1
    return F(sum(sign * value >= sign * own - 1e-9 for value in found), len(found))


@pytest.mark.parametrize("treated", [1, 2, 3])
@pytest.mark.parametrize("clusters", [TWOS, UNEQUAL, list(range(9))])
def test_permutation_by_hand(treated, clusters):
    data = panel(7, clusters, treated)
    effect = did(data, cluster="g", inference="permutation")
    assert isinstance(effect.inference, Randomization)
    assert effect.inference.complete
    for side, null in itertools.product(SIDES, (0.0, -0.8, 2.5)):
        assert effect.rank_p_value(null, alternative=side) == by_hand(data, null, side)
    interval = effect.confidence_interval(0.8)
    for end, way in ((interval.low, -1), (interval.high, 1)):
        assert by_hand(data, end + way * 1e-6, "two-sided") <= F(1, 5)
        assert by_hand(data, end - way * 1e-6, "two-sided") > F(1, 5)
    ratio = effect.ratio()
    for null in (0.9, 1.05):
        tau = effect.treated_mean * (null - 1) / null
        assert ratio.rank_p_value(null) == by_hand(data, tau, "two-sided")
    assert_valid_effect(effect)


def test_one_treated_cluster_has_the_p_of_its_rank():
    data = panel(2, list(range(12)), 1)
    effect = did(data, inference="permutation")
    change, treated, _ = changes(data)
    rank = int((abs(change - change.mean()) >= abs(change[treated].iloc[0] - change.mean()) - 1e-12).sum())
    assert effect.rank_p_value() == F(rank, 12)
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.95)
    assert str(refusal.value) == (
        "The smallest attainable p of 12 assignments is 1/12 (0.0833), so no interval at level 0.95 exists; the "
        "highest level that does is 11/12."
    )
    assert [note.code for note in effect.notes] == ["parallel_trends", "permutation"]
    assert "all 12 choices of the treated clusters" in effect.notes[1].text.en


def test_drawn_choices_come_from_the_seed():
    data = panel(8, list(range(40)), 12)
    with pytest.raises(ArgumentError) as refusal:
        did(data, inference="permutation")
    assert str(refusal.value) == (
        "`rng` must be an integer seed or a numpy.random.Generator where choices are drawn; got None. There are "
        "about 10^10 choices of the treated clusters, and at most 100,000 are listed."
    )
    one = did(data, inference="permutation", rng=5, draws=499)
    assert one.inference == did(data, inference="permutation", rng=np.random.default_rng(5), draws=499).inference
    assert one.rank_p_value().denominator in {d for d in range(1, 501) if 500 % d == 0}
    assert abs(one.p_value() - did(data).p_value()) < 0.1
    assert_valid_effect(one)


@pytest.mark.parametrize("inference", ["permutation", "conley_taber"])
def test_mixed_clusters_cannot_change_places(inference):
    data = panel(5, list(range(10)), 1)
    data["g"] = ["a" if u in ("u0", "u1") else u for u in data["unit"]]
    effect = did(data, cluster="g", inference=inference)
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.p_value()
    assert str(refusal.value) == (
        "Clusters can only change places where each of them holds treated or untreated units alone; some hold both."
    )


# --- Conley and Taber ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clusters", [UNEQUAL, list(range(25))])
def test_conley_taber_by_hand(clusters):
    data = panel(11, clusters, 1)
    effect = did(data, cluster="g", inference="conley_taber")
    change, treated, cluster = changes(data)
    middle = change[~treated].mean()
    errors = [change[cluster == name].mean() - middle for name in sorted(set(cluster[~treated]))]
    assert isinstance(effect.inference, Placebos)
    assert effect.inference.errors == pytest.approx(sorted(errors), rel=1e-10, abs=1e-12)
    for null in (0.0, -0.8, 3.0):
        distance = abs(effect.estimate - null)
        assert effect.rank_p_value(null) == F(1 + sum(abs(e) >= distance for e in errors), 1 + len(errors))
    codes = [note.code for note in effect.notes]
    unequal = ["unequal_clusters"] if clusters is UNEQUAL else []
    assert codes == ["parallel_trends", "conley_taber", *unequal, "short_coverage"]
    assert_valid_effect(effect)


@pytest.mark.parametrize(
    ("clusters", "treated", "en"),
    [
        (
            TWOS,
            2,
            "Placebo inference after Conley and Taber is here for one treated cluster; there are 2. "
            "inference='permutation' compares several.",
        ),
        ([0, 0, 1, 1], 1, "Placebo inference needs at least two untreated clusters; there is one."),
    ],
)
def test_where_conley_and_taber_have_no_answer(clusters, treated, en):
    effect = did(panel(1, clusters, treated), cluster="g", inference="conley_taber")
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.p_value()
    assert str(refusal.value) == en
    assert_valid_effect(effect)
    assert "short_coverage" not in [note.code for note in effect.notes]


# --- all of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"inference": "permutation", "variance": "CR2"},
            "`inference` 'permutation' takes no variance; leave `variance` out, or choose inference='asymptotic'.",
        ),
        ({"draws": 99}, "`inference` 'asymptotic' draws nothing; leave `draws` out."),
        ({"rng": 1}, "`inference` 'asymptotic' draws nothing; leave `rng` out."),
        ({"inference": "conley_taber", "rng": 1}, "`inference` 'conley_taber' draws nothing; leave `rng` out."),
        (
            {"inference": "placebo"},
            "`inference` must be 'asymptotic', 'wild_bootstrap', 'permutation' or 'conley_taber'; got 'placebo'.",
        ),
        ({"wild_weights": "mammen"}, "`wild_weights` must be 'rademacher' or 'webb'; got 'mammen'."),
        (
            {"wild_weights": "webb", "inference": "asymptotic"},
            "`inference` 'asymptotic' turns no residuals; leave `wild_weights` out.",
        ),
        ({"draws": 0, "inference": "permutation"}, "`draws` must be an integer of at least 1; got 0."),
    ],
)
def test_options_that_contradict_each_other(options, message):
    with pytest.raises(ArgumentError) as refusal:
        did(panel(1, TWOS, 2), **options)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("inference", "treated"), [("wild_bootstrap", 3), ("permutation", 2), ("permutation", 1), ("conley_taber", 1)]
)
@pytest.mark.parametrize("clusters", [TWOS, UNEQUAL])
def test_against_the_second_route(inference, treated, clusters):
    data = panel(21, clusters, treated)
    effect = did(data, cluster="g", inference=inference)
    again = independent.METHODS["difference_in_differences"](data, **COLUMNS, cluster="g", inference=inference)
    assert effect.exact_estimate == again["estimate"]
    assert effect.exact.treated == again["treated_mean"]
    views = {"difference": effect, "ratio": effect.ratio(), "relative": effect.relative()}
    for (name, view), null, side in itertools.product(views.items(), (None, F("0.3"), F("1.2")), SIDES):
        found = p_value(again, view_of(name, None, F(1)), null, side)
        wanted = view.p_value(alternative=side) if null is None else view.p_value(float(null), alternative=side)
        assert float(found) == wanted, (name, null, side)
    if inference != "wild_bootstrap":
        level = F(3, 5)
        low = bound(again, view_of("difference", None, F(1)), "confidence_low", level, "two-sided")
        assert effect.confidence_interval(0.6).low == pytest.approx(low, rel=1e-9)


WHICH = st.sampled_from([("wild_bootstrap", 3), ("permutation", 2), ("conley_taber", 1)])


@given(which=WHICH, seed=st.integers(0, 50), years=st.lists(st.integers(-900, 900), min_size=4, max_size=4))
def test_unit_and_time_effects_are_nothing(which, seed, years):
    inference, treated = which
    data = panel(seed, UNEQUAL, treated)
    moved = {
        **data,
        "y": [
            round(y + years[t - 2010] + 7 * int(u[1:]), 2)
            for y, t, u in zip(data["y"], data["time"], data["unit"], strict=True)
        ],
    }
    one, other = (did(table, cluster="g", inference=inference) for table in (data, moved))
    assert other.exact_estimate == one.exact_estimate
    for side in SIDES:
        assert other.rank_p_value(alternative=side) == one.rank_p_value(alternative=side)


@given(which=WHICH, seed=st.integers(0, 50), factor=st.sampled_from([10, 100, -1]))
def test_another_unit_of_the_outcome(which, seed, factor):
    inference, treated = which
    data = panel(seed, UNEQUAL, treated)
    scaled = {**data, "y": [round(y * factor, 2) for y in data["y"]]}
    one, other = (did(table, cluster="g", inference=inference) for table in (data, scaled))
    assert other.rank_p_value() == one.rank_p_value()
    mine, theirs = one.confidence_interval(0.6), other.confidence_interval(0.6)
    ends = sorted(factor * end for end in (mine.low, mine.high)) if math.isfinite(mine.high) else None
    if ends:
        assert [theirs.low, theirs.high] == pytest.approx(ends, rel=1e-7, abs=1e-7)


@given(which=WHICH, seed=st.integers(0, 20), order=st.permutations(range(7)))
def test_names_of_clusters_are_nothing(which, seed, order):
    inference, treated = which
    data = panel(seed, UNEQUAL, treated)
    renamed = {**data, "g": [f"c{order[int(g[1:])]}" for g in data["g"]]}
    one, other = (did(table, cluster="g", inference=inference) for table in (data, renamed))
    assert other.exact == one.exact
    assert other.rank_p_value() == one.rank_p_value()


@pytest.mark.parametrize("inference", ["wild_bootstrap", "permutation", "conley_taber"])
def test_row_order_gives_the_same_bytes(inference):
    data = panel(4, UNEQUAL, 1 if inference == "conley_taber" else 3)
    frame = pd.DataFrame(data)
    found = {
        did(frame.sample(frac=1, random_state=seed), cluster="g", inference=inference).to_json() for seed in range(5)
    }
    assert len(found) == 1

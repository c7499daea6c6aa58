"""Randomisation inference of trials: brute force, Fisher's tea, coin, uniform draws, laws, sentences."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import drawn_assignments
from oracles import randomization_inference as oracle
from scipy import stats

import effekt
from effekt._inference import Randomization, Unavailable
from effekt._types import ALTERNATIVES
from effekt.estimators.randomized import lots
from effekt.estimators.randomized.rerandomized import columns_of
from effekt.exceptions import ArgumentError

GOLDENS = Path(__file__).parents[1] / "goldens" / "randomization"


def trial(data, **options):
    return effekt.randomized_trial(data, **({"outcome": "y", "treatment": "d", "inference": "randomization"} | options))


# --- brute force --------------------------------------------------------------------------------------------------

Y = [3.0, 7.0, 1.5, 8.0, 2.0, 6.5, 4.0, 9.0, 5.5, 2.5]
D = [0, 1, 0, 1, 0, 1, 0, 1, 1, 0]
TABLE = {
    "y": Y,
    "d": D,
    "x": [0.2, 1.9, 0.4, 2.2, 1.0, 1.3, 0.1, 2.9, 0.7, 1.6],
    "w": [1.0, 2.0, 0.5, 1.5, 1.0, 3.0, 2.5, 0.7, 1.1, 2.0],
    "m": [2.0, 1.0, 3.0, 2.5, 1.0, 1.5, 2.0, 1.2, 1.8, 2.2],
    "b": ["u", "u", "u", "u", "u", "u", "v", "v", "v", "v"],
    "p": ["1", "1", "2", "2", "3", "3", "4", "4", "5", "5"],
}
CLUSTERED = {
    "y": [*Y, 4.5, 6.0, 3.5],
    "x": [*TABLE["x"], 0.9, 1.4, 0.3],
    "c": ["a", "a", "a", "b", "b", "c", "d", "d", "e", "e", "f", "f", "f"],
    "d": [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1],
    "b": ["u", "u", "u", "u", "u", "u", "u", "u", "v", "v", "v", "v", "v"],
    "p": ["1", "1", "1", "1", "1", "2", "2", "2", "3", "3", "3", "3", "3"],
}
SAMPLING, PRECISION = ({"column": "w", "kind": kind} for kind in ("sampling", "precision"))
DESIGNS = {
    "plain": (TABLE, {}),
    "lin": (TABLE, {"covariates": "x"}),
    "lin of the treated": (TABLE, {"covariates": "x", "estimand": "ATT"}),
    "additive": (TABLE, {"covariates": "x", "adjustment": "additive"}),
    "blocks": (TABLE, {"block": "b"}),
    "blocks of the treated": (TABLE, {"block": "b", "estimand": "ATT"}),
    "additive blocks": (TABLE, {"block": "b", "adjustment": "additive"}),
    "lin in blocks": (TABLE, {"block": "b", "covariates": "x"}),
    "lin in blocks of the treated": (TABLE, {"block": "b", "covariates": "x", "estimand": "ATT"}),
    "additive in blocks": (TABLE, {"block": "b", "covariates": "x", "adjustment": "additive"}),
    "pairs": (TABLE, {"pairs": "p"}),
    "sampling weights": (TABLE, {"weights": SAMPLING}),
    "sampling weights of the treated": (TABLE, {"weights": SAMPLING, "estimand": "ATT", "block": "b"}),
    "weighted lin": (TABLE, {"weights": SAMPLING, "covariates": "x"}),
    "precision weights": (TABLE, {"weights": PRECISION, "covariates": "x", "adjustment": "additive"}),
    "precise lin": (TABLE, {"weights": PRECISION, "covariates": "x"}),
    "exposure": (TABLE, {"exposure": "m"}),
    "clusters": (CLUSTERED, {"cluster": "c"}),
    "equal clusters": (CLUSTERED, {"cluster": "c", "cluster_weighted": True}),
    "lin of clusters": (CLUSTERED, {"cluster": "c", "covariates": "x"}),
    "clusters in blocks": (CLUSTERED, {"cluster": "c", "block": "b"}),
    "pairs of clusters": (CLUSTERED, {"cluster": "c", "pairs": "p"}),
    "pairs of clusters, of the treated": (CLUSTERED, {"cluster": "c", "pairs": "p", "estimand": "ATT"}),
}


def possible(table, options):
    """Every assignment of rows that the design could have drawn, from the definitions."""
    rows = range(len(table["d"]))
    unit = table["c"] if "cluster" in options else [str(i) for i in rows]
    stratum = (
        table[options.get("block") or options["pairs"]] if {"block", "pairs"} & set(options) else ["" for _ in rows]
    )
    of = {u: (stratum[i], table["d"][i]) for i, u in enumerate(unit)}
    choices = []
    for name in sorted(set(stratum)):
        members = sorted(u for u in of if of[u][0] == name)
        choices.append(list(itertools.combinations(members, sum(of[u][1] for u in members))))
    for chosen in itertools.product(*choices):
        treated = set(itertools.chain(*chosen))
        yield [int(u in treated) for u in unit]


@pytest.mark.parametrize("design", DESIGNS)
def test_the_estimator_is_computed_again_under_every_assignment(design):
    """p at several nulls is the share of assignments with which the public estimator is as extreme.

    An estimator is linear in the outcome: what it gives at two nulls gives the others.
    """
    table, options = DESIGNS[design]
    effect = trial(table, **options)
    assignments = list(possible(table, options))
    assert isinstance(effect.inference, Randomization)
    assert effect.inference.complete
    assert len(effect.inference.statistics) == len(assignments)

    def estimate(outcome, treated):
        return effekt.randomized_trial(
            {**table, "y": outcome, "d": treated}, outcome="y", treatment="d", **options
        ).estimate

    def at(null):
        scale = table["m"] if "exposure" in options else [1.0] * len(table["d"])
        untreated = [y - null * d * s for y, d, s in zip(table["y"], table["d"], scale, strict=True)]
        return np.array([estimate(untreated, treated) for treated in [table["d"], *assignments]])

    first, last = at(0.0), at(-6.0)
    own = effect.estimate if effect.inference.exact is None else round(effect.estimate, 3)  # a fraction is no float
    for null in (0.0, 1.25, -6.0, own):
        observed, *drawn = first + (last - first) * null / -6.0
        drawn = np.array(drawn)
        close = 1e-9
        expected = {
            "two-sided": np.sum(np.abs(drawn) >= abs(observed) - close),
            "greater": np.sum(drawn >= observed - close),
            "less": np.sum(drawn <= observed + close),
        }
        for alternative in ALTERNATIVES:
            assert effect.rank_p_value(null, alternative) == Fraction(int(expected[alternative]), len(assignments))


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_obeys_the_laws(design):
    table, options = DESIGNS[design]
    effect = trial(table, **options)
    assert_valid_effect(effect)
    assert effect.variance == "randomization/1"
    assert effect.estimate == effekt.randomized_trial(table, outcome="y", treatment="d", **options).estimate


@given(cells=st.lists(st.integers(-9, 9), min_size=4, max_size=8), data=st.data(), null=st.integers(-8, 8))
@settings(max_examples=60)
def test_differences_in_means_are_those_of_exact_arithmetic(cells, data, null):
    """Ties included: sums of the sample are exact, so equal statistics are equal."""
    actual = data.draw(st.permutations([1] * (len(cells) // 2) + [0] * (len(cells) - len(cells) // 2)))
    effect = trial({"y": [y / 10 for y in cells], "d": list(actual)})
    for alternative in ALTERNATIVES:
        expected = oracle.exact_p([Fraction(y, 10) for y in cells], tuple(actual), Fraction(null, 4), alternative)
        assert effect.rank_p_value(null / 4, alternative) == expected


@pytest.mark.parametrize(("right", "count"), [(4, 1), (3, 17), (2, 53)])
def test_fishers_tea(right, count):
    """Fisher (1935), The Design of Experiments, chapter II: eight cups, four with milk first, 70 orders."""
    said = [1] * right + [0] * (4 - right) + [1] * (4 - right) + [0] * right
    effect = trial({"y": said, "d": [1] * 4 + [0] * 4})
    assert effect.rank_p_value(alternative="greater") == Fraction(count, 70)


def test_p_values_are_those_of_coin():
    golden = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
    for case in golden["exact"]:
        effect = trial({"y": case["y"], "d": case["d"]})
        for alternative in ALTERNATIVES:
            assert effect.p_value(alternative=alternative) == pytest.approx(case["p_value"][alternative], rel=1e-8)


# --- adjustment can make a re-drawn exposure exceed one -----------------------------------------------------------


def test_a_set_is_the_nulls_that_are_kept_also_where_an_exposure_exceeds_one():
    """Treating the three with a high x is nearly collinear with x: the coefficient of the actual treatment is large."""
    table = {"y": [0.0, 6.0, 1.0, 7.5, 1.0, 5.0], "d": [1, 0, 0, 1, 1, 0], "x": [1.0, 1.1, 0.9, 0.0, 0.1, -0.1]}
    effect = trial(table, covariates="x", adjustment="additive")
    assert max(map(abs, effect.inference.exposures)) > 1.01
    kinds = set()
    for level in (0.3, 0.5, 0.7, 0.8):
        for alternative in ALTERNATIVES:
            found = effect.confidence_interval(level, alternative)
            kinds.add(found.kind)
            ends = [end for interval in found.intervals for end in interval]
            for null in np.linspace(-30, 30, 1201).tolist():
                if min(abs(null - end) for end in ends) > 1e-9:
                    assert (null in found) == (effect.rank_p_value(null, alternative) > 1 - Fraction(str(level)))
    assert kinds == {"bounded", "unbounded", "disjoint"}
    assert_valid_effect(effect)


# --- draws --------------------------------------------------------------------------------------------------------

LARGE = {
    "y": [float((7 * i) % 23) + 0.37 * (i % 3) for i in range(40)],
    "d": [i % 2 for i in range(40)],
    "x": [float((5 * i) % 17) for i in range(40)],
    "b": [str(i % 4 // 2) for i in range(40)],
    "p": [str(i // 2) for i in range(40)],
    "chance": [0.3 + 0.4 * (i % 4 > 1) for i in range(40)],
    "c": [str(i // 2 * 2 + i % 2) for i in range(40)],
}
DRAWN = {
    "plain": {},
    "lin in blocks": {"covariates": "x", "block": "b"},
    "pairs": {"pairs": "p"},
    "probability": {"probability": "chance"},
    "probability of the treated": {"probability": "chance", "estimand": "ATT", "covariates": "x"},
    "Horvitz-Thompson": {"probability": "chance", "adjustment": "none"},
}


@pytest.mark.parametrize("design", DRAWN)
def test_drawn_assignments_obey_the_laws_and_come_from_the_seed(design):
    effect = trial(LARGE, draws=199, rng=5, **DRAWN[design])
    assert_valid_effect(effect)
    assert len(effect.inference.statistics) == 199
    assert not effect.inference.complete
    assert effect.p_value() >= 1 / 200
    assert effect.arguments["rng"] == 5
    assert effect.arguments["draws"] == 199
    assert "199 assignments drawn at random from the seed 5" in effect.summary()
    assert "199 slumpmässigt dragna fördelningar med fröet 5" in effect.summary("sv")
    assert trial(LARGE, draws=199, rng=6, **DRAWN[design]).inference != effect.inference
    generator = trial(LARGE, draws=199, rng=np.random.default_rng(5), **DRAWN[design])
    assert generator.inference == effect.inference
    assert "rng" not in generator.arguments
    order = np.random.default_rng(0).permutation(40)
    shuffled = trial(
        {name: [column[i] for i in order] for name, column in LARGE.items()}, draws=199, rng=5, **DRAWN[design]
    )
    assert shuffled.to_json() == effect.to_json()


@pytest.mark.parametrize("design", DESIGNS | DRAWN)
def test_the_actual_exposure_is_the_estimate_of_the_treatment_itself(design):
    """By the public estimator: 1, but where weights are not normalised."""
    table, options = DESIGNS.get(design) or (LARGE, DRAWN[design])
    scale = table["m"] if "exposure" in options else [1.0] * len(table["d"])
    of_itself = [d * m for d, m in zip(table["d"], scale, strict=True)]
    same = effekt.randomized_trial({**table, "e": of_itself}, outcome="e", treatment="d", **options)
    effect = trial(table, draws=19, rng=1, **options)
    assert effect.inference.actual_exposure == pytest.approx(same.estimate, rel=1e-12)
    assert (effect.inference.actual_exposure == 1) == (design != "Horvitz-Thompson")


def test_drawn_p_values_approach_the_share_of_all_assignments():
    """Twenty units: 184 756 assignments; the drawn p lies within four standard errors of the exact one."""
    outcome = [(3 * i) % 11 + 2 * (i % 2) for i in range(20)]
    effect = trial({"y": outcome, "d": [i % 2 for i in range(20)]}, rng=1)
    total = sum(y for i, y in enumerate(outcome) if i % 2)
    middle = Fraction(sum(outcome), 2)
    extreme = sum(abs(sum(chosen) - middle) >= abs(total - middle) for chosen in itertools.combinations(outcome, 10))
    exact = extreme / comb(20, 10)
    assert effect.p_value() == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 9_999) ** 0.5)


STRATA = [((6,), (2,)), ((12,), (1,)), ((7,), (6,)), ((4, 2), (1, 1)), ((3, 2, 2), (2, 1, 1)), ((2, 2), (1, 1))]


def taken(chunks, units, rows):
    """The first assignments of an endless number, a cell for each unit."""
    found, held = [], 0
    while held < rows:
        found.append(np.unpackbits(next(chunks), axis=1, bitorder="little"))
        held += len(found[-1])
    cells = np.concatenate(found)[:rows]
    assert not cells[:, units:].any()
    return cells[:, :units]


@pytest.mark.parametrize(("sizes", "treated"), STRATA)
def test_every_choice_of_the_treated_is_equally_likely(sizes, treated):
    chunks = lots.fixed_numbers(np.random.default_rng(20), np.array(sizes), np.array(treated))
    found = taken(chunks, sum(sizes), 30_000)
    starts = np.cumsum((0, *sizes))
    for (first, last), number in zip(itertools.pairwise(starts), treated, strict=True):
        assert np.all(found[:, first:last].sum(axis=1) == number)
    counts = Counter(map(bytes, found))
    number = int(np.prod([comb(n, m) for n, m in zip(sizes, treated, strict=True)]))
    assert len(counts) == number
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize(
    ("sizes", "treated"),
    [*STRATA, ((200,), (100,)), ((131,), (4,)), ((90, 61), (72, 30)), ((64,), (63,)), ((5,), (5,))],
)
def test_drawn_assignments_are_those_of_the_convention(sizes, treated):
    """However many are made at a time, and of whatever the caller's generator is."""
    oracle_draws = drawn_assignments.fixed_numbers(7, list(zip(sizes, treated, strict=True)))
    expected = np.array(list(itertools.islice(oracle_draws, 50)), np.uint8)
    for rows in (1, 7, 4096):
        chunks = lots.fixed_numbers(np.random.default_rng(7), np.array(sizes), np.array(treated), rows)
        assert np.array_equal(taken(chunks, sum(sizes), 50), expected)


def test_drawn_pairs_and_independent_units_are_those_of_the_convention():
    chances = [Fraction(1, 8), Fraction(1, 2), Fraction(15, 16)] * 23
    oracle_pairs = drawn_assignments.pairs(3, 70)
    oracle_units = drawn_assignments.independent(3, chances)
    found = taken(lots.pairs(np.random.default_rng(3), 70), 140, 40)
    assert found.tolist() == list(itertools.islice(oracle_pairs, 40))
    found = taken(lots.independent(np.random.default_rng(3), np.array(chances, float)), 69, 40)
    assert found.tolist() == list(itertools.islice(oracle_units, 40))


def test_how_many_assignments_are_made_at_a_time_does_not_matter(monkeypatch):
    """Nor how many units are summed at a time."""
    from effekt.estimators.randomized import rerandomized

    whole = [trial(LARGE, draws=199, rng=5, **options) for options in DRAWN.values()]
    for name, value in {"WORDS": 16, "CELLS": 500, "MOST_ROWS": 13}.items():
        monkeypatch.setattr(lots, name, value)
    monkeypatch.setattr(rerandomized, "TILE", 64)
    monkeypatch.setattr(rerandomized, "TILE_BYTES", 2)
    parts = [trial(LARGE, draws=199, rng=5, **options) for options in DRAWN.values()]
    assert [one.inference for one in parts] == [one.inference for one in whole]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_sums_over_the_treated_do_not_depend_on_the_order(seed):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(301, 3)) * [1.0, 1e9, 1e-7]
    assignments = rng.integers(0, 2, (11, 301), np.uint8)
    order = rng.permutation(301)
    one, other = (
        columns_of(c).sums(lots.packed(a)) for a, c in ((assignments, columns), (assignments[:, order], columns[order]))
    )
    assert np.array_equal(one, other)
    some = np.array([3, 4, 9, 70, 200])
    of_some = columns_of(columns[some], some).sums(lots.packed(assignments))
    np.testing.assert_allclose(of_some, assignments[:, some].astype(float) @ columns[some], rtol=1e-12, atol=1e-3)
    np.testing.assert_allclose(
        one, assignments.astype(float) @ columns, rtol=1e-12, atol=1e-12 * np.abs(columns).max(axis=0).max()
    )


def test_assignments_under_which_the_estimator_does_not_exist_are_left_out():
    """A 0/1 covariate that is constant within an arm has no slope there."""
    table = {"y": Y[:6], "d": [1, 0, 1, 0, 1, 0], "x": [1, 1, 0, 0, 0, 0]}
    effect = trial(table, covariates="x")
    assert len(effect.inference.statistics) == 20 - 2 * comb(4, 1)
    assert "all 12 possible assignments (left out: 8 under which the estimator does not exist)" in effect.summary()
    assert "(uteslutna: 8 för vilka skattningen inte finns)" in effect.summary("sv")
    assert_valid_effect(effect)


def test_an_estimator_that_rarely_exists_has_no_inference():
    chance = [0.999] * 5 + [0.5] * 2
    effect = trial({"y": Y[:7], "d": [0] * 6 + [1], "p": chance}, probability="p", draws=99, rng=1, adjustment="lin")
    assert isinstance(effect.inference, Randomization)  # the two others are often controls
    effect = trial({"y": Y[:5], "d": [0] * 4 + [1], "p": [0.9999] * 5}, probability="p", draws=99, rng=1)
    assert isinstance(effect.inference, Unavailable)
    assert "The estimator does not exist under most assignments" in effect.summary()
    assert_valid_effect(effect)


def test_few_clusters_have_randomisation_inference():
    effect = trial(CLUSTERED, cluster="c", block="b")
    assert isinstance(
        effekt.randomized_trial(CLUSTERED, outcome="y", treatment="d", cluster="c", block="b").inference, Unavailable
    )
    assert effect.rank_p_value().denominator in (1, 2, 3, 4, 6, 12)


@pytest.mark.parametrize("design", ["lin", "pairs"])
def test_no_note_speaks_of_a_standard_error_that_there_is_not(design):
    table, options = DESIGNS[design]
    effect = trial(table, **options)
    assert effect.std_error is None
    assert "standard error" not in effect.summary()
    assert "medelfel" not in effect.summary("sv").casefold()


# --- sentences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"inference": "permutation"},
         "`inference` must be 'asymptotic', 'randomization', 'wild_bootstrap', 'newcombe', 'miettinen_nurminen', "
         "'barnard' or 'exact_poisson'; got 'permutation'."),
        ({"draws": 0}, "`draws` must be an integer of at least 1; got 0."),
        ({"variance": "HC2"},
         "`inference` 'randomization' takes no variance; leave `variance` out, or choose inference='asymptotic'."),
        ({"probability": "chance", "adjustment": "additive", "covariates": "x"},
         "`inference` 'randomization' with a probability takes adjustment 'lin' or 'none'; got 'additive'."),
        ({},
         "`rng` must be an integer seed or a numpy.random.Generator where assignments are drawn; got None. There are "
         "about 10^11 possible assignments, and at most 100,000 are listed."),
        ({"pairs": "p"},
         "`rng` must be an integer seed or a numpy.random.Generator where assignments are drawn; got None. There are "
         "1,048,576 possible assignments, and at most 100,000 are listed."),
        ({"probability": "chance"},
         "`rng` must be an integer seed or a numpy.random.Generator where assignments are drawn; got None. Units with "
         "probabilities of their own have assignments that are not equally likely."),
        ({"inference": "asymptotic", "rng": 1}, "`inference` 'asymptotic' draws nothing; leave `rng` out."),
        ({"inference": "asymptotic", "draws": 99}, "`inference` 'asymptotic' draws nothing; leave `draws` out."),
        ({"rng": -1}, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got -1."),
        ({"rng": "seed"}, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got 'seed'."),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        trial(LARGE, **options)
    assert str(refusal.value) == sentence


def test_a_lot_says_nothing_of_a_larger_population():
    with pytest.raises(ArgumentError) as refusal:
        trial(LARGE, inference="randomization", rng=1, population="super")
    assert str(refusal.value) == (
        "`population` must be 'finite' with inference='randomization', which is about the units of the trial; got "
        "'super'. Leave it out, or choose another inference."
    )


@pytest.mark.parametrize("population", [None, "finite"])
def test_the_population_is_the_units_of_the_trial(population):
    data = {"y": [3.0, 5.0, 4.0, 8.0, 6.5, 2.0], "d": [1, 0, 1, 0, 0, 1]}
    effect = effekt.randomized_trial(data, outcome="y", treatment="d", inference="randomization", population=population)
    assert (effect.estimand.population.en, effect.estimand.population.sv) == (
        "the 6 units of the trial",
        "försökets 6 enheter",
    )
    assert effect.arguments["population"] == "finite"


def test_a_drawn_assignment_that_leaves_an_arm_of_a_block_empty_gives_no_warning():
    block = np.arange(12) // 6
    data = {
        "y": np.round(np.random.default_rng(1).normal(size=12), 1),
        "z": np.tile([1, 1, 1, 0, 0, 0], 2),
        "b": block,
        "p": np.where(block % 2, 0.5, 0.4),
    }
    given = {"outcome": "y", "treatment": "z", "block": "b", "probability": "p", "inference": "randomization"}
    assert 0 < effekt.randomized_trial(data, **given, draws=2_000, rng=1).p_value() <= 1

"""The wild cluster bootstrap: against refitting every combination, wildboottest, and what must not move it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.wild_bootstrap import combinations, t_statistic, wild_p
from results import effect_of

import effekt
from effekt import _linalg
from effekt._inference import Means, WildBootstrap
from effekt._inference.wild_weights import VALUES, drawn, every
from effekt._types import ALTERNATIVES
from effekt.estimators._wild_bootstrap import all_listed, wild_bootstrap
from effekt.exceptions import ArgumentError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens"
CASES = json.loads((GOLDENS / "wild_bootstrap" / "output.json").read_text())["cases"]


class Model:
    """A regression by arm or additive, as the package fits it and as one plain design."""

    def __init__(self, outcome, treated, clusters, covariates=None, *, additive=False):
        d = np.asarray(treated, bool)
        x = np.empty((len(d), 0)) if covariates is None else np.asarray(covariates, float)
        x = x - x.mean(axis=0)
        self.outcome, self.clusters = np.asarray(outcome, float), np.asarray(clusters)
        if additive:
            self.design = np.column_stack([np.ones(len(d)), d, x])
            rows, contrasts = [np.ones(len(d), bool)], [np.zeros((2, 2 + x.shape[1]))]
            contrasts[0][:, 0] = contrasts[0][0, 1] = 1.0
            designs = [self.design]
        else:
            k = 1 + x.shape[1]
            self.design = np.column_stack([d, d[:, None] * x, ~d, ~d[:, None] * x]).astype(float)
            rows = [d, ~d]
            contrasts = [np.eye(2)[:, [i]] @ np.eye(k)[[0]] for i in range(2)]
            designs = [np.column_stack([np.ones(int(arm.sum())), x[arm]]) for arm in rows]
        self.contrasts = np.column_stack(contrasts)
        self.parts = [
            _linalg.Part(
                fit=_linalg.least_squares(design, self.outcome[arm]), contrasts=own, clusters=self.clusters[arm]
            )
            for design, own, arm in zip(designs, contrasts, rows, strict=True)
        ]
        means = sum(part.contrasts @ part.fit.coefficients for part in self.parts)
        self.means = Means(treated=float(means[0]), counterfactual=float(means[1]))

    def bootstrap(self, **options):
        return wild_bootstrap(self.parts, options.pop("draws", 999), np.random.default_rng(1), **options)

    def effect(self, **options):
        return effect_of(self.means.treated, self.means.counterfactual, self.bootstrap(**options), estimand="ATE")


def made(seed, sizes, treated, k=0, *, additive=False, whole=False):
    """A model of clusters of some sizes, the first of which are treated."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    d = clusters < treated
    x = rng.normal(size=(len(clusters), k)) + rng.normal(size=(len(sizes), k))[clusters]
    y = 6 + d + 0.7 * rng.normal(size=len(sizes))[clusters] + rng.normal(size=len(clusters)) + x.sum(axis=1)
    return Model(np.rint(y) if whole else y, d, clusters, x if k else None, additive=additive)


MODELS = {
    "means": made(1, [3, 4, 5, 6, 4, 3], 3),
    "covariate": made(2, [3, 4, 9, 6, 4, 3, 5], 3, 1),
    "additive": made(3, [4, 4, 6, 5, 3, 7], 2, 2, additive=True),
    "whole numbers": made(4, [2, 2, 2, 2, 2, 2], 3, whole=True),
}


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", MODELS)
def test_every_refit_gives_the_same_p(name, alternative) -> None:
    model = MODELS[name]
    inference, draws = model.bootstrap(), combinations(len(set(model.clusters)), "rademacher")
    assert inference.draws is None
    a, b = model.contrasts
    for null in (0.0, 1.0, -2.0, 3.0, model.means.value("difference")):
        slow = wild_p(model.design, model.outcome, model.clusters, a - b, null, draws, alternative)
        assert inference.p_value(model.means, "difference", null, alternative) == slow
    for null in (1.0, 0.8, 1.3, 1.6, 0.2, -3.0):
        slow = wild_p(model.design, model.outcome, model.clusters, a - null * b, 0.0, draws, alternative)
        assert inference.p_value(model.means, "ratio", null, alternative) == slow


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_webb_weights_of_every_refit(alternative) -> None:
    model = made(5, [3, 4, 5, 6], 2)
    inference = model.bootstrap(weights="webb")
    a, b = model.contrasts
    draws = combinations(4, "webb")
    for null in (0.0, 2.5):
        slow = wild_p(model.design, model.outcome, model.clusters, a - b, null, draws, alternative)
        assert inference.p_value(model.means, "difference", null, alternative) == slow


def golden_model(case):
    with (GOLDENS / "randomized" / case["file"]).open() as file:
        rows = list(csv.DictReader(file))
    y = np.array([float(row["y"]) for row in rows]) + (4.0 if case["contrast"] == "ratio" else 0.0)
    blocks = sorted({row["block"] for row in rows}) if "block" in rows[0] else []
    columns = [[float(row["block"] == name) for row in rows] for name in blocks[1:]]
    columns += [[float(row["x"]) for row in rows]] if case["adjusted"] else []
    clusters = np.unique([row["cluster"] for row in rows], return_inverse=True)[1]
    treated = [row["d"] == "1" for row in rows]
    return Model(y, treated, clusters, np.array(columns).T if columns else None, additive=bool(columns))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['file']}-{case['contrast']}-{case['null']:g}")
def test_wildboottest(case) -> None:
    model = golden_model(case)
    inference = replace(model.bootstrap(), draws=None, seed=None)
    assert len(inference.errors) == case["clusters"]
    assert inference.total == case["combinations"]
    for alternative in ALTERNATIVES:
        found = inference.p_value(model.means, case["contrast"], case["null"], alternative)
        assert found == Fraction(case[alternative], case["combinations"])
    a, b = model.contrasts
    contrast, value = (a - b, case["null"]) if case["contrast"] == "difference" else (a - case["null"] * b, 0.0)
    n, k = model.design.shape
    ours = t_statistic(model.design, model.outcome, model.clusters, contrast, value)
    assert ours * np.sqrt((n - k) / (n - 1)) == pytest.approx(case["t"], rel=1e-8)


@pytest.mark.parametrize("model", [made(6, [4] * 9, 4), made(7, [3, 9, 4, 5, 2, 7, 8], 3, 1)], ids=["alike", "uneven"])
def test_laws_of_an_effect_under_all_signs(model) -> None:
    assert_valid_effect(model.effect())


def test_laws_of_an_effect_under_drawn_signs() -> None:
    effect = made(8, [3] * 20, 10).effect(draws=99)
    assert effect.inference.draws == 99
    assert_valid_effect(effect)


@pytest.mark.parametrize("contrast", ["difference", "ratio"])
@pytest.mark.parametrize("alternative", ALTERNATIVES)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([Fraction(3, 5), Fraction(4, 5), Fraction(9, 10)]))
@settings(max_examples=8, deadline=None)
def test_the_set_is_where_p_is_above_alpha(contrast, alternative, seed, level) -> None:
    rng = np.random.default_rng(seed)
    model = made(seed, rng.integers(1, 9, 7).tolist(), 3, 0)
    inference = model.bootstrap()
    found = inference.confidence_set(model.means, contrast, 1 - level, alternative)
    centre = model.means.value(contrast)
    for null in centre + np.tan(np.linspace(-1.5, 1.5, 41)) * inference._nulls(model.means, contrast).scale:
        p = inference.p_value(model.means, contrast, float(null), alternative)
        assert (p > 1 - level) == (null in found)


def test_the_smallest_attainable_p_is_said() -> None:
    effect = made(9, [5] * 4, 2).effect()
    assert effect.rank_p_value(1e3) == Fraction(2, 16)
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.95)
    assert str(refusal.value) == (
        "The smallest attainable p of the wild bootstrap with 4 clusters is 1/8 (0.1250), so no interval at level 0.95 "
        "exists; the highest level that does is 7/8."
    )
    assert refusal.value.sv == (
        "Det minsta möjliga p-värdet av wild bootstrap med 4 kluster är 1/8, så något intervall på nivån 95\u00a0% "
        "finns inte; den högsta nivå som finns är 7/8."
    )


def test_p_is_never_zero() -> None:
    far = made(10, [5] * 10, 5)
    assert far.bootstrap().p_value(far.means, "difference", 1e3, "two-sided") == Fraction(2, 2**10)
    many = made(11, [2] * 20, 10)
    assert many.bootstrap(draws=49).p_value(many.means, "difference", 1e3, "two-sided") == Fraction(1, 50)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_no_order_and_no_label_moves_the_draws(seed) -> None:
    model = made(12, [3, 5, 4, 6, 2, 7, 3, 5, 4, 3] * 2, 9, 1)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(model.outcome)), rng.permutation(20) + 5
    d, x = model.design[:, 0] == 1, model.design[:, 1] + model.design[:, 3]
    other = Model(model.outcome[order], d[order], names[model.clusters][order], x[order][:, None])
    for null in (0.0, 0.4, 1.5):
        expected = model.bootstrap().p_value(model.means, "difference", null, "two-sided")
        assert other.bootstrap().p_value(other.means, "difference", null, "two-sided") == expected


@given(shift=st.floats(-50, 50), factor=st.floats(0.01, 100))
@settings(max_examples=15, deadline=None)
def test_shift_and_unit_move_no_p(shift, factor) -> None:
    model = MODELS["covariate"]
    d, x = model.design[:, 0] == 1, model.design[:, 1] + model.design[:, 3]
    other = Model((model.outcome + shift) * factor, d, model.clusters, x[:, None])
    for null in (0.0, 0.37, 2.1):
        expected = model.bootstrap().p_value(model.means, "difference", null, "two-sided")
        assert other.bootstrap().p_value(other.means, "difference", null * factor, "two-sided") == expected


def test_the_constant_added_to_the_treated_is_the_null_taken_off() -> None:
    model = MODELS["means"]
    d = model.design[:, 0] == 1
    moved = Model(model.outcome - 0.7 * d, d, model.clusters)
    for alternative in ALTERNATIVES:
        assert moved.bootstrap().p_value(moved.means, "difference", 0.0, alternative) == model.bootstrap().p_value(
            model.means, "difference", 0.7, alternative
        )


@pytest.mark.parametrize("weights", VALUES)
def test_every_combination_once(weights) -> None:
    listed = np.concatenate(list(every(weights, 4)))
    assert sorted(map(tuple, listed.tolist())) == sorted(
        tuple(np.array(values).tolist()) for values in combinations(4, weights)
    )
    assert np.array_equal(listed[::-1], -listed)  # the second half is the first with the other sign


def test_a_seed_has_the_same_draws_everywhere() -> None:
    signs = np.concatenate(list(drawn("rademacher", 70, 3000, 7)))
    assert signs.shape == (3000, 70)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    words = np.random.PCG64(7).random_raw(4)
    assert [int(words[i // 64] >> np.uint64(i % 64)) & 1 for i in range(70)] == ((signs[0] + 1) / 2).tolist()
    assert abs(signs.mean()) < 5 / np.sqrt(signs.size)
    assert abs(np.mean(signs[:, :-1] * signs[:, 1:])) < 5 / np.sqrt(signs.size)
    webb = np.concatenate(list(drawn("webb", 9, 20_000, 7)))
    shares = [np.mean(webb == value) for value in VALUES["webb"]]
    assert shares == pytest.approx([1 / 6] * 6, abs=5 * np.sqrt(5 / 36 / webb.size))


def test_signs_are_all_taken_up_to_sixteen_clusters() -> None:
    assert [all_listed(clusters) for clusters in (4, 16, 17)] == [True, True, False]
    assert [all_listed(clusters, "webb") for clusters in (6, 7)] == [True, False]


BAD = {
    "`draws` and `seed` of a wild bootstrap must be given together, or neither.": {"draws": 99},
    "`draws` must be a whole number from 1 to 10,000,000 and `seed` at least 0; got 0 and 1.": {"draws": 0, "seed": 1},
    "`draws` must be a whole number from 1 to 10,000,000 and `seed` at least 0; got 9 and -1.": {
        "draws": 9,
        "seed": -1,
    },
    "`loadings` must be two rows of k numbers, and the others k numbers of each cluster.": {"loadings": ((1.0,),)},
    "`loadings`, `errors` and leverages must be finite numbers.": {"errors": ((float("nan"), 0.0),) * 6},
    "`errors` must vary between clusters; where nothing varies, inference is Unavailable.": {
        "errors": ((0.0, 0.0),) * 6
    },
}


@pytest.mark.parametrize("sentence", BAD)
def test_bad_parts_are_refused(sentence) -> None:
    with pytest.raises(ArgumentError) as refusal:
        replace(MODELS["means"].bootstrap(), **BAD[sentence])
    assert str(refusal.value) == sentence


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        replace(made(13, [2] * 24, 12).bootstrap(), draws=None, seed=None)
    assert str(refusal.value) == (
        "24 clusters have more than 10,000,000 combinations of weights; give draws and a seed."
    )


def test_it_is_a_wild_bootstrap_that_is_read_back() -> None:
    effect = MODELS["means"].effect()
    assert isinstance(type(effect).from_json(effect.to_json()).inference, WildBootstrap)
    assert effect.public().inference.procedure == "wild_bootstrap"


@pytest.mark.parametrize(("weights", "most"), [("rademacher", 16), ("webb", 6)])
def test_so_many_clusters_are_never_listed(weights, most) -> None:
    """2^1024 is no float."""
    assert [all_listed(clusters, weights) for clusters in (most, most + 1, 1_024)] == [True, False, False]
    assert not all_listed(np.int64(64), weights)  # 2^64 is no whole number of NumPy's


def test_a_thousand_clusters_have_a_wild_bootstrap() -> None:
    rng = np.random.default_rng(0)
    data = {"y": rng.normal(size=1_024), "z": np.arange(1_024) % 2, "c": np.arange(1_024)}
    given = {"outcome": "y", "treatment": "z", "cluster": "c", "inference": "wild_bootstrap"}
    assert 0 < effekt.randomized_trial(data, **given, draws=99, rng=1).p_value() <= 1

"""Pairs with covariates, against the regression of the pairs' differences, and what pairs without them have."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.trials.randomized_trial import randomized_trial as second_route

CALL = {"outcome": "y", "treatment": "d", "pairs": "p"}


def pairs_of(count, seed=1, sizes=None):
    """Pairs of units, or of clusters of so many units each: y, d, p, x, z and k, the cluster."""
    rng = np.random.default_rng(seed)
    sizes = np.ones(2 * count, int) if sizes is None else np.array(sizes)
    pair, first = np.repeat(np.arange(count), 2), rng.random(count) < 0.5
    arm = np.where(np.repeat(first, 2), np.tile([1, 0], count), np.tile([0, 1], count))
    cluster = np.repeat(np.arange(2 * count), sizes)
    x, z = rng.normal(size=(2, len(cluster))).round(3)
    shared = rng.normal(size=count)[pair][cluster] + 0.5 * rng.normal(size=2 * count)[cluster]
    y = (1.5 * x + 0.5 * z + shared + arm[cluster] + rng.normal(size=len(cluster))).round(3)
    return {
        "y": y.tolist(),
        "d": arm[cluster].tolist(),
        "p": [f"p{i}" for i in pair[cluster]],
        "k": [f"k{i}" for i in cluster],
        "x": x.tolist(),
        "z": z.tolist(),
    }


def fogarty(data, names, *, lin, sampled, weighted="units"):
    """The constant of the regression of w_j-scaled differences, its HC2 and Bell–McCaffrey's df, by whole matrices."""
    pair, d = np.array(data["p"]), np.array(data["d"])
    labels = sorted(set(data["p"]))
    means = {
        name: np.array([[np.mean(np.array(data[name])[(pair == p) & (d == a)]) for a in (1, 0)] for p in labels])
        for name in ("y", *names)
    }
    size = np.array([np.sum(pair == p) if weighted == "units" else 1 for p in labels], float)
    scale = len(labels) * size / size.sum()
    apart = [scale * (means[name][:, 0] - means[name][:, 1]) for name in names]
    middle = [scale * means[name].mean(axis=1) for name in names]
    middle = [column - column.mean() for column in middle]
    design = np.column_stack([np.ones(len(labels)), *apart, *(middle if lin else [])])
    outcome = scale * (means["y"][:, 0] - means["y"][:, 1])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ outcome
    hat = design @ bread @ design.T
    adjusted = (design @ bread)[:, 0] / np.sqrt(1 - np.diag(hat))
    residuals = outcome - design @ beta
    variance = np.sum((adjusted * residuals) ** 2)
    inner = (np.eye(len(labels)) - hat) * np.outer(adjusted, adjusted)
    df = np.trace(inner) ** 2 / np.trace(inner @ inner)
    if lin and sampled:
        moved = np.column_stack(middle) @ beta[1 + len(names) :]
        variance += moved @ moved / (len(labels) * (len(labels) - 1))
    return beta[0], np.sqrt(variance), df


@pytest.mark.parametrize("adjustment", ["lin", "additive"])
@pytest.mark.parametrize("population", ["super", "finite"])
@pytest.mark.parametrize("names", [["x"], ["x", "z"]])
@pytest.mark.parametrize("design", ["units", "clusters", "clusters alike"])
def test_it_is_the_regression_of_differences_by_two_routes(adjustment, population, names, design):
    sizes = None if design == "units" else [3, 5, 2, 2, 4, 6, 3, 3, 5, 4, 2, 7, 3, 4, 4, 2, 6, 5, 3, 4, 2, 3, 4, 5]
    data = pairs_of(12, 3, sizes)
    options = {"covariates": names, "adjustment": adjustment, "population": population}
    options |= {} if design == "units" else {"cluster": "k", "cluster_weighted": design == "clusters alike"}
    effect = effekt.randomized_trial(data, **CALL, **options)
    weighted = "pairs" if design == "clusters alike" else "units"
    estimate, error, df = fogarty(
        data, names, lin=adjustment == "lin", sampled=population == "super", weighted=weighted
    )
    assert (effect.estimate, effect.std_error) == pytest.approx((estimate, error), rel=1e-10)
    assert effect.df == pytest.approx(df, rel=1e-9)
    again = second_route({name: list(map(str, values)) for name, values in data.items()}, **CALL, **options)
    assert float(again["estimate"]) == pytest.approx(effect.estimate, rel=1e-12)
    assert float(again["treated_mean"]) == pytest.approx(effect.treated_mean, rel=1e-12)
    assert (again["std_error"], again["df"]) == pytest.approx((effect.std_error, effect.df), rel=1e-9)
    assert effect.variance == "between_pair/1"


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(-50, 50), st.integers(1, 20), st.randoms())
def test_it_moves_as_it_should(seed, shift, factor, chance):
    data = pairs_of(8, seed)
    effect = effekt.randomized_trial(data, **CALL, covariates=["x"])
    moved = {**data, "y": [factor * value + shift for value in data["y"]], "x": [7 - 2 * value for value in data["x"]]}
    again = effekt.randomized_trial(moved, **CALL, covariates=["x"])
    assert (again.estimate, again.std_error) == pytest.approx(
        (factor * effect.estimate, factor * effect.std_error), rel=1e-6, abs=1e-9
    )
    order = list(range(16))
    chance.shuffle(order)
    shuffled = {name: [values[i] for i in order] for name, values in data.items()}
    assert effekt.randomized_trial(shuffled, **CALL, covariates=["x"]).to_json() == effect.to_json()


def test_a_covariate_that_is_noise_alone_leaves_what_pairs_have():
    """Orthogonal by construction to differences and means: the estimate is that of pairs, the residuals as well."""
    data = pairs_of(10, 5)
    plain = effekt.randomized_trial(data, **CALL)
    d, pair = np.array(data["d"]), np.array(data["p"])
    labels = sorted(set(data["p"]))
    apart = np.array(
        [
            np.array(data["y"])[(pair == p) & (d == 1)][0] - np.array(data["y"])[(pair == p) & (d == 0)][0]
            for p in labels
        ]
    )
    raw = np.random.default_rng(2).normal(size=10)
    basis = np.linalg.qr(np.column_stack([np.ones(10), apart]))[0]
    noise = dict(zip(labels, raw - basis @ (basis.T @ raw), strict=True))
    data["x"] = [noise[p] * (0.5 if a else -0.5) for p, a in zip(data["p"], data["d"], strict=True)]
    found = effekt.randomized_trial(data, **CALL, covariates=["x"], adjustment="additive")
    assert found.estimate == pytest.approx(plain.estimate, rel=1e-10)
    assert found.df < plain.df


@pytest.mark.parametrize("adjustment", ["lin", "additive"])
@pytest.mark.parametrize("design", ["units", "clusters", "clusters alike", "of the treated"])
def test_by_randomisation_it_is_the_regression_of_every_assignment(adjustment, design):
    """p of two nulls and the set, each of the 2^6 assignments made as a trial of its own and regressed by matrices."""
    sizes = {"units": None, "clusters": [3, 5] * 6, "clusters alike": [3, 5, 2, 2, 4, 6] * 2}.get(design, [2] * 12)
    data = pairs_of(6, 4, sizes)
    estimand = "ATT" if design == "of the treated" else "ATE"
    options = {"covariates": ["x"], "adjustment": adjustment, "inference": "randomization", "estimand": estimand}
    options |= {} if design == "units" else {"cluster": "k", "cluster_weighted": design == "clusters alike"}
    effect = effekt.randomized_trial(data, **CALL, **options)
    pair, arm = np.array(data["p"]), np.array(data["d"])

    def constants(null):
        fixed = np.array(data["y"]) - null * arm
        found = []
        for turned in itertools.product((False, True), repeat=6):
            other = np.where(np.isin(pair, [f"p{i}" for i in range(6) if turned[i]]), 1 - arm, arm)
            made = {**data, "y": fixed.tolist(), "d": other.tolist()}
            found.append(fogarty(made, ["x"], lin=adjustment == "lin", sampled=False, weighted="pairs")[0])
        return np.array(found)

    for null in (0.0, 1.25):
        found = np.abs(constants(null))
        assert effect.p_value(null) == np.mean(found >= found[0] - 1e-9)
    assert effect.estimate == pytest.approx(constants(0.0)[0], rel=1e-10)
    ends = [end for piece in effect.confidence_interval(0.9).intervals for end in piece if np.isfinite(end)]
    for end in ends:
        beside = [np.abs(constants(end + step)) for step in (-1e-6, 1e-6)]
        low, high = sorted(np.mean(one >= one[0] - 1e-9) for one in beside)
        assert low <= 0.1 < high
    assert ends


def test_by_randomisation_it_is_the_same_in_any_order_and_drawn_where_there_are_many():
    data = pairs_of(20, 6)
    call = {**CALL, "covariates": ["x", "z"], "inference": "randomization", "draws": 199, "rng": 3}
    effect = effekt.randomized_trial(data, **call)
    order = np.random.default_rng(1).permutation(40)
    turned = {name: [values[i] for i in order] for name, values in data.items()}
    assert effekt.randomized_trial(turned, **call).to_json() == effect.to_json()
    assert (effect.p_value() * 200) % 1 == pytest.approx(0, abs=1e-9)
    assert effect.estimate == effekt.randomized_trial(data, **CALL, covariates=["x", "z"]).estimate


def test_the_way_out_of_few_pairs_is_open():
    """Three pairs of clusters have no t and name the lot, which takes the same call."""
    call = {**CALL, "cluster": "k", "covariates": ["x"], "adjustment": "additive"}
    few = effekt.randomized_trial(pairs_of(3, 3, [2] * 6), **call)
    assert few.inference.reason.en.endswith(
        "Choose inference='randomization'; with so few pairs its two-sided p is at least 1/4."
    )
    assert effekt.randomized_trial(pairs_of(3, 3, [2] * 6), **call, inference="randomization").p_value() >= 0.25
    uneven = effekt.randomized_trial(pairs_of(3, 3, [2, 3, 2, 2, 2, 2]), **call)
    assert uneven.inference.reason.en.endswith("there are 3.")  # which the lot does not take, so it is not named


BAD = [
    (
        {"covariates": ["one"]},
        "Column 'one' must differ within pairs, and not be a linear combination of the other covariates there. "
        "Leave it out.",
    ),
    (
        {"covariates": ["mirror"]},
        "Column 'mirror' must differ between pairs, and not be a linear combination of the other covariates there. "
        "Leave it out, or choose adjustment='additive'.",
    ),
    (
        {"covariates": ["x", "z", "w"]},
        "`covariates` with `pairs` need more pairs than coefficients; there are 7 pairs for 7. Name fewer.",
    ),
    (
        {"covariates": ["x", "z", "w"], "inference": "randomization"},
        "`covariates` with `pairs` need more pairs than coefficients; there are 7 pairs for 7. Name fewer.",
    ),
    (
        {"covariates": ["x"], "inference": "randomization", "cluster": "school"},
        "`pairs` of clusters with covariates must all count alike with inference='randomization', and their clusters "
        "differ in size; choose cluster_weighted=True, or leave `covariates` out.",
    ),
    (
        {"covariates": ["x"], "inference": "randomization", "statistic": "studentized"},
        "`statistic` 'studentized' takes no covariates, cluster, pairs, weights, probability or exposure; leave "
        "`covariates` and `pairs` out, or choose 'estimate'.",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), BAD)
def test_refusals(options, sentence):
    data = pairs_of(7)
    rng = np.random.default_rng(1)
    own = dict(zip(data["p"], rng.normal(size=14), strict=True))
    sign = {k: 1 if i % 2 else -1 for i, k in enumerate(data["k"])}
    data["one"] = [own[p] for p in data["p"]]
    data["mirror"] = [own[p] * sign[k] for p, k in zip(data["p"], data["k"], strict=True)]
    data["w"] = rng.normal(size=14).tolist()
    if "cluster" in options:
        data = {name: [*values, values[0]] for name, values in data.items()}  # one cluster has a unit more
        data["school"] = data["k"]
    with pytest.raises((ArgumentError, DataError)) as refusal:
        effekt.randomized_trial(data, **CALL, **options)
    assert str(refusal.value) == sentence


def test_several_outcomes_refuse_pairs_with_covariates():
    data = pairs_of(7) | {"y2": pairs_of(7, 2)["y"]}
    with pytest.raises(ArgumentError, match="`pairs` takes covariates in `randomized_trial` alone"):
        effekt.randomized_trials(data, outcome=["y", "y2"], treatment="d", pairs="p", covariates=["x"])


def test_where_there_is_no_inference_the_result_says_why():
    few = effekt.randomized_trial(
        pairs_of(5, 3, [2] * 10), **CALL, cluster="k", covariates=["x", "z"], adjustment="additive"
    )
    assert few.inference.reason.en.startswith("The Satterthwaite degrees of freedom are ")
    data = pairs_of(6)
    data["x"] = [float(p == "p0" or (p == "p1" and a)) for p, a in zip(data["p"], data["d"], strict=True)]
    single = effekt.randomized_trial(data, **CALL, covariates=["x"])
    assert single.inference.reason.en == (
        "A covariate's coefficient rests on a single pair, so the variation between pairs cannot be estimated."
    )


def test_missing_outcomes_have_their_checks_without_covariates():
    data = pairs_of(10)
    data["y"] = [None if i == 3 else value for i, value in enumerate(data["y"])]
    effect = effekt.randomized_trial(data, **CALL, covariates=["x"], missing="drop", outcome_range=(-20, 20))
    assert [one.name for one in effect.diagnostics] == ["differential_attrition", "lee_bounds", "manski_bounds"]

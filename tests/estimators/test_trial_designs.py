"""Trials in pairs, with known probabilities, weights, equal clusters and exposure: R, oracles, laws, sentences."""

from __future__ import annotations

import csv
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.weighted_trial import WeightedRegression, horvitz_thompson, paired, ratio_of_sums

import effekt
from effekt._inference import Unavailable
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.trials.randomized_trial import randomized_trial as second_route

GOLDENS = Path(__file__).parents[1] / "goldens" / "randomized"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
CONTRASTS = np.array([[1, 0], [0, 1], [1, -1]], float)
HC = ("HC0", "HC1", "HC2", "HC3")
CR = ("CR0", "CR1", "CR1S", "CR2", "CR3")
TEXT = ("block", "cluster", "pair")


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] if key in TEXT else float(row[key]) for row in rows] for key in rows[0]}


def trial(data, **options):
    return effekt.randomized_trial(data, **({"outcome": "y", "treatment": "d"} | options))


def weights(kind, column="w"):
    return {"column": column, "kind": kind}


COUNTING = {
    "sampling": {"weights": weights("sampling")},
    "precision": {"weights": weights("precision")},
    "probability": {"probability": "p"},
    "probability_att": {"probability": "p", "estimand": "ATT"},
    "exposure": {"outcome": "events", "exposure": "m"},
    "cluster_weighted": {"cluster_weighted": True},
}


def counted(table, counting, model="none", **options):
    """A trial of a weighted table; unadjusted through adjustment='lin', which normalises."""
    options |= COUNTING[counting] | ({"cluster": "cluster"} if table == "weighted_clustered" else {})
    adjustment = "additive" if model == "additive" else "lin"
    return trial(read(table), covariates=() if model == "none" else "x", adjustment=adjustment, **options)


# --- R ------------------------------------------------------------------------------------------------------------

CASES = [
    (table, counting, model, variance)
    for table, variances in (("weighted", HC), ("weighted_clustered", CR))
    for counting in COUNTING
    if counting in R[table]
    for model in ("none", "additive", "lin")
    for variance in variances
]


@pytest.mark.parametrize(("table", "counting", "model", "variance"), CASES)
def test_means_covariance_and_df_are_those_of_r(table, counting, model, variance):
    golden = R[table][counting][model]
    effect = counted(table, counting, model, variance=variance, population="finite")
    spread = golden[variance]
    v11, v10, v00 = effect.inference.covariance
    assert effect.treated_mean == pytest.approx(golden["treated_mean"], rel=1e-8)
    assert effect.counterfactual_mean == pytest.approx(golden["counterfactual_mean"], rel=1e-8)
    assert (v11, v00) == pytest.approx((spread["v11"], spread["v00"]), rel=1e-8)
    assert v10 == pytest.approx(spread["v10"], rel=1e-8, abs=1e-12 * max(v11, v00))
    assert effect.std_error == pytest.approx(spread["std_error"], rel=1e-8)
    if "df" in spread and variance in ("HC2", "CR1", "CR2", "CR3"):
        np.testing.assert_allclose(effect.inference.df.of(CONTRASTS), spread["df"], rtol=1e-8)


S = weights("sampling")
ESTIMATR = [
    ("weighted", "sampling_lin", {"weights": S, "covariates": "x"}),
    ("weighted", "sampling_blocks", {"weights": S, "covariates": "x", "block": "block"}),
    ("weighted", "frequency_lin", {"weights": weights("frequency", "f"), "covariates": "x"}),
    ("weighted", "probability", {"probability": "p"}),
    ("weighted", "horvitz_thompson", {"probability": "p", "adjustment": "none"}),
    ("weighted_clustered", "sampling", {"weights": S, "covariates": "x", "adjustment": "additive"}),
    (
        "weighted_clustered",
        "sampling_stata",
        {"weights": S, "covariates": "x", "adjustment": "additive", "variance": "CR1S"},
    ),
    ("weighted_clustered", "sampling_lin", {"weights": S, "covariates": "x"}),
    ("weighted_clustered", "sampling_blocks", {"weights": S, "covariates": "x", "block": "block"}),
    ("weighted_clustered", "cluster_means", {"cluster_weighted": True}),
    ("weighted_clustered", "horvitz_thompson", {"probability": "p", "adjustment": "none"}),
    ("paired_clusters", None, {"pairs": "pair"}),
    ("pairs", None, {"pairs": "pair"}),
]


@pytest.mark.parametrize(("table", "name", "options"), ESTIMATR)
def test_estimate_and_error_are_those_of_estimatr(table, name, options):
    golden = R[table]["estimatr"] if name is None else R[table]["estimatr"][name]
    cluster = "cluster" if "cluster" in read(table) else None
    effect = trial(read(table), cluster=cluster, population="finite", **options)
    assert effect.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert effect.std_error == pytest.approx(golden["std_error"], rel=1e-8)
    if table != "weighted" and name not in ("horvitz_thompson", "cluster_means"):
        assert effect.df == pytest.approx(golden["df"], rel=1e-8)
    if name == "horvitz_thompson":
        assert effect.df == math.inf


@pytest.mark.parametrize("variance", HC)
def test_weighted_names_are_those_of_estimatr(variance):
    golden = R["weighted"]["estimatr"]["sampling"][variance]
    effect = counted("weighted", "sampling", "additive", variance=variance)
    assert (effect.estimate, effect.std_error) == pytest.approx((golden["estimate"], golden["std_error"]), rel=1e-8)


# --- oracles ------------------------------------------------------------------------------------------------------


def fit_of(table, counting):
    """The design with the two means as coefficients, the response, weights and working variances, from the formulas."""
    data = {name: np.array(column) for name, column in read(table).items()}
    d, x = data["d"], data["x"]
    response, alike = data["y"], np.ones(len(d))
    if counting == "exposure":
        return data, np.column_stack([d, 1 - d, x]), data["events"] / data["m"], data["m"], 1 / data["m"]
    if counting == "cluster_weighted":
        size = np.array([np.sum(data["cluster"] == name) for name in data["cluster"]])
        return data, np.column_stack([d, 1 - d, x]), response, 1 / size, size
    own = {
        "sampling": (data["w"], alike),
        "precision": (data["w"], 1 / data["w"]),
        "probability": (np.where(d == 1, 1 / data["p"], 1 / (1 - data["p"])), alike),
        "probability_att": (np.where(d == 1, 1, data["p"] / (1 - data["p"])), alike),
    }[counting]
    return data, np.column_stack([d, 1 - d, x]), response, *own


@pytest.mark.parametrize(
    ("table", "counting"),
    [
        (table, counting)
        for table in ("weighted", "weighted_clustered")
        for counting in COUNTING
        if counting in R[table]
    ],
)
def test_weighted_sandwich_by_explicit_matrices(table, counting):
    data, design, response, fit, working = fit_of(table, counting)
    target = data["d"] == 1 if counting == "probability_att" else np.ones(len(response), bool)
    counts = fit if counting in ("sampling", "exposure", "cluster_weighted") else np.ones(len(response))
    design[:, 2] -= np.average(design[target, 2], weights=counts[target])
    oracle = WeightedRegression(design, response, fit, working, data.get("cluster"))
    effect = counted(table, counting, "additive")
    treated, control = np.eye(3)[:2]
    assert (effect.treated_mean, effect.counterfactual_mean) == pytest.approx(tuple(oracle.coefficients[:2]), rel=1e-10)
    expected = [oracle.covariance(a, b) for a, b in ((treated, treated), (treated, control), (control, control))]
    np.testing.assert_allclose(effect.inference.covariance, expected, rtol=1e-9, atol=1e-12 * expected[0])
    df = [oracle.df(w1 * treated + w0 * control) for w1, w0 in CONTRASTS]
    np.testing.assert_allclose(effect.inference.df.of(CONTRASTS), df, rtol=1e-9)


@pytest.mark.parametrize("kind", ["sampling", "precision"])
def test_large_clusters_take_their_root_in_the_span(kind):
    """Clusters larger than twice the number of coefficients, with weights alike within clusters and not."""
    rng = np.random.default_rng(12)
    cluster = np.repeat(np.arange(8), rng.integers(9, 14, 8))
    d, x, w = (cluster % 2).astype(float), rng.normal(size=len(cluster)), rng.uniform(0.5, 3, len(cluster))
    y = x + d + rng.normal(size=8)[cluster] + rng.normal(size=len(cluster))
    data = {"y": y, "d": d, "x": x, "w": w, "g": cluster}
    effect = trial(data, covariates="x", adjustment="additive", cluster="g", weights=weights(kind))
    centre = np.average(x, weights=w) if kind == "sampling" else x.mean()
    working = np.ones(len(y)) if kind == "sampling" else 1 / w
    oracle = WeightedRegression(np.column_stack([d, 1 - d, x - centre]), y, w, working, cluster)
    assert effect.inference.covariance[0] == pytest.approx(oracle.covariance(*np.eye(3)[[0, 0]]), rel=1e-10)
    assert effect.df == pytest.approx(oracle.df(np.array([1.0, -1.0, 0.0])), rel=1e-9)


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_pairs_of_clusters_one_pair_at_a_time(equal, estimand):
    data = read("paired_clusters")
    means, covariance, df = paired(data["y"], data["d"], data["pair"], equal=equal, estimand=estimand)
    effect = trial(data, pairs="pair", cluster="cluster", cluster_weighted=equal, estimand=estimand)
    assert (effect.treated_mean, effect.counterfactual_mean) == pytest.approx(tuple(means), rel=1e-12)
    flat = [covariance[0][0], covariance[0][1], covariance[1][1]]
    assert effect.inference.covariance == pytest.approx(flat, rel=1e-10)
    assert (effect.df, effect.variance, effect.exact) == (df, "between_pair/1", None)


def test_pairs_of_units_are_a_one_sample_t_test():
    data = read("pairs")
    effect = trial(data, pairs="pair")
    by_pair = {}
    for pair, d, y in zip(data["pair"], data["d"], data["y"], strict=True):
        by_pair[pair] = by_pair.get(pair, 0.0) + (y if d == 1 else -y)
    moves = np.array(list(by_pair.values()))
    assert effect.std_error == pytest.approx(moves.std(ddof=1) / len(moves) ** 0.5, rel=1e-12)
    assert effect.df == len(moves) - 1
    assert effect.estimate == pytest.approx(moves.mean(), rel=1e-12)
    assert effect.exact.treated == ratio_of_sums([y for y, d in zip(data["y"], data["d"], strict=True) if d], [1] * 20)


@pytest.mark.parametrize("table", ["weighted", "weighted_clustered"])
def test_horvitz_thompson_by_sums(table):
    data = read(table)
    effect = trial(data, probability="p", adjustment="none", cluster="cluster" if "cluster" in data else None)
    means, (v11, v00) = horvitz_thompson(data["y"], data["d"], data["p"], data.get("cluster"))
    assert (effect.treated_mean, effect.counterfactual_mean) == pytest.approx(tuple(means), rel=1e-12)
    assert effect.inference.covariance == pytest.approx((v11, 0.0, v00), rel=1e-12)
    assert effect.variance == "young/1"


def test_equal_probabilities_change_nothing():
    data = read("weighted")
    data["p"] = [0.4] * len(data["y"])
    plain, weighted = trial(data), trial(data, probability="p")
    assert weighted.means.treated == pytest.approx(plain.treated_mean, rel=1e-12)
    assert weighted.std_error == pytest.approx(plain.std_error, rel=1e-12)
    share = sum(data["d"]) / len(data["d"])
    data["p"] = [share] * len(data["y"])
    assert trial(data, probability="p", adjustment="none").estimate == pytest.approx(plain.estimate, rel=1e-12)


def test_sums_over_the_design_are_unbiased():
    """Over all 2⁷ assignments with their probabilities, Horvitz–Thompson is right and its variance not too small."""
    rng = np.random.default_rng(3)
    chance, untreated = rng.uniform(0.3, 0.7, 7).round(2), rng.normal(5, 1, 7).round(2)
    treated = untreated + rng.normal(1, 1, 7).round(2)
    total = mean = second = claimed = 0.0
    for code in range(2**7):
        d = np.array([code >> i & 1 for i in range(7)])
        p = np.prod(np.where(d == 1, chance, 1 - chance))
        if 2 <= d.sum() <= 5:
            effect = trial(
                {"y": np.where(d == 1, treated, untreated), "d": d, "p": chance}, probability="p", adjustment="none"
            )
            estimate, variance = effect.estimate, effect.std_error**2
        else:
            (a, b), (v, w) = horvitz_thompson(np.where(d == 1, treated, untreated), d, chance)
            estimate, variance = a - b, v + w
        total, mean, second, claimed = total + p, mean + p * estimate, second + p * estimate**2, claimed + p * variance
    assert total == pytest.approx(1.0)
    assert mean == pytest.approx(np.mean(treated - untreated), rel=1e-10)
    assert claimed >= second - mean**2


# --- rates --------------------------------------------------------------------------------------------------------


def test_rates_are_ratios_of_sums():
    data = read("weighted")
    effect = trial(data, outcome="events", exposure="m")
    for mean, arm in ((effect.exact.treated, 1), (effect.exact.counterfactual, 0)):
        rows = [i for i, d in enumerate(data["d"]) if d == arm]
        assert mean == ratio_of_sums([data["events"][i] for i in rows], [data["m"][i] for i in rows])
    assert effect.ratio().estimate == float(effect.exact.treated / effect.exact.counterfactual)
    views = (effect.relative(), effect.ratio())
    assert [view.p_value() for view in views] == pytest.approx([effect.p_value()] * 2, rel=1e-12)
    assert effect.observed.treated == pytest.approx(effect.treated_mean, rel=1e-14)


def test_variance_of_a_rate_by_linearisation():
    """HC0 is Σ (y − R·e)² / (Σ e)², HC2 divides each by 1 − e/Σe."""
    data = {name: np.array(column) for name, column in read("weighted").items()}
    for variance, corrected in (("HC0", False), ("HC2", True)):
        expected = 0.0
        for arm in (1, 0):
            y, e = (data[name][data["d"] == arm] for name in ("events", "m"))
            left = 1 - e / e.sum() if corrected else np.ones(len(e))
            expected += np.sum((y - y.sum() / e.sum() * e) ** 2 / left) / e.sum() ** 2
        effect = trial(data, outcome="events", exposure="m", variance=variance)
        assert effect.std_error**2 == pytest.approx(expected, rel=1e-12)


def test_equal_exposure_is_a_mean():
    data = read("weighted")
    data["m"] = [12.0] * len(data["y"])
    plain, rate = trial(data, outcome="events"), trial(data, outcome="events", exposure="m")
    assert rate.exact_estimate == plain.exact_estimate / 12
    assert rate.std_error == pytest.approx(plain.std_error / 12, rel=1e-12)
    assert rate.df == pytest.approx(plain.df, rel=1e-10)


# --- what weights mean --------------------------------------------------------------------------------------------

PLAIN = {"covariates": "x", "population": "super"}


@pytest.mark.parametrize("options", [{}, PLAIN, {**PLAIN, "adjustment": "additive"}, {"variance": "welch"}])
def test_a_frequency_is_as_many_rows(options):
    data = read("weighted")
    repeated = {
        name: [v for v, f in zip(column, data["f"], strict=True) for _ in range(int(f))]
        for name, column in data.items()
    }
    effect, expected = trial(data, weights=weights("frequency", "f"), **options), trial(repeated, **options)
    assert effect.exact == expected.exact
    assert effect.sample == expected.sample
    assert effect.estimate == pytest.approx(expected.estimate, rel=1e-12)
    assert effect.std_error == pytest.approx(expected.std_error, rel=1e-12)
    assert effect.df == pytest.approx(expected.df, rel=1e-10)


def test_a_sampling_weight_leaves_the_number_of_rows():
    data = read("weighted")
    effect = trial(data, weights=effekt.Weights(column="w", kind="sampling"))
    rows = [i for i, d in enumerate(data["d"]) if d == 1]
    above = [Fraction(repr(data["w"][i])) * Fraction(repr(data["y"][i])) for i in rows]
    assert effect.exact.treated == sum(above) / sum(Fraction(repr(data["w"][i])) for i in rows)
    assert effect.sample.n_obs == len(data["y"])


def test_covariates_drawn_with_sampling_weights():
    """A superpopulation adds β_a'β_b Σ w²(x − x̄)² n/(n − 1) / (Σ w)²."""
    data = {name: np.array(column) for name, column in read("weighted").items()}
    w, x, n = data["w"], data["x"], len(data["x"])
    slopes = []
    for arm in (data["d"] == 1, data["d"] == 0):
        design = np.column_stack([np.ones(arm.sum()), x[arm]]) * np.sqrt(w[arm])[:, None]
        slopes.append(np.linalg.lstsq(design, data["y"][arm] * np.sqrt(w[arm]))[0][1])
    spread = np.sum((w * (x - np.average(x, weights=w))) ** 2) * n / (n - 1) / w.sum() ** 2
    finite, drawn = (counted("weighted", "sampling", "lin", population=p) for p in ("finite", "super"))
    added = np.subtract(drawn.inference.covariance, finite.inference.covariance)
    expected = [slopes[0] ** 2 * spread, slopes[0] * slopes[1] * spread, slopes[1] ** 2 * spread]
    np.testing.assert_allclose(added, expected, rtol=1e-8)


def test_equal_clusters_of_one_size_are_units():
    data = read("weighted_clustered")
    seen, kept = {}, []
    for i, name in enumerate(data["cluster"]):
        seen[name] = seen.get(name, 0) + 1
        kept += [i] if seen[name] <= 2 else []
    data = {name: [column[i] for i in kept] for name, column in data.items()}
    plain, equal = (trial(data, cluster="cluster", cluster_weighted=own) for own in (False, True))
    assert equal.estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert equal.std_error == pytest.approx(plain.std_error, rel=1e-12)
    assert equal.df == pytest.approx(plain.df, rel=1e-10)


# --- laws and invariances -----------------------------------------------------------------------------------------

OPTIONS = {
    "sampling": ("weighted", {"weights": S, "covariates": "x"}),
    "precision": ("weighted", {"weights": weights("precision"), "covariates": "x", "variance": "HC3"}),
    "frequency": ("weighted", {"weights": weights("frequency", "f"), "block": "block"}),
    "hajek": ("weighted", {"probability": "p", "block": "block"}),
    "hajek treated": ("weighted", {"probability": "p", "estimand": "ATT"}),
    "horvitz_thompson": ("weighted", {"probability": "p", "adjustment": "none"}),
    "rate": ("weighted", {"outcome": "events", "exposure": "m"}),
    "rate by block": ("weighted", {"outcome": "events", "exposure": "m", "block": "block"}),
    "weighted rate": ("weighted", {"outcome": "events", "exposure": "m", "weights": S, "probability": "p"}),
    "sampling clusters": ("weighted_clustered", {"weights": S, "cluster": "cluster", "block": "block"}),
    "equal clusters": ("weighted_clustered", {"cluster": "cluster", "cluster_weighted": True, "covariates": "x"}),
    "equal weighted": ("weighted_clustered", {"cluster": "cluster", "cluster_weighted": True, "weights": S}),
    "rate of clusters": ("weighted_clustered", {"outcome": "events", "exposure": "m", "cluster": "cluster"}),
    "pairs": ("pairs", {"pairs": "pair"}),
    "pairs of clusters": ("paired_clusters", {"pairs": "pair", "cluster": "cluster"}),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_every_law_of_an_effect_holds(case):
    table, options = OPTIONS[case]
    outcome = {"column": options.get("outcome", "y"), "unit": "days", "better": "lower"}
    assert_valid_effect(trial(read(table), **{**options, "outcome": outcome}))


@pytest.mark.parametrize("case", OPTIONS)
def test_row_order_does_not_change_a_byte(case):
    table, options = OPTIONS[case]
    data = read(table)
    expected = trial(data, **options).to_json()
    rng = np.random.default_rng(7)
    for _ in range(20):
        order = rng.permutation(len(data["y"]))
        assert (
            trial({name: [column[i] for i in order] for name, column in data.items()}, **options).to_json() == expected
        )


@pytest.mark.parametrize("case", OPTIONS)
def test_recorded_arguments_repeat_the_estimate(case):
    table, options = OPTIONS[case]
    effect = trial(read(table), **options)
    assert effekt.randomized_trial(read(table), **effect.arguments).to_json() == effect.to_json()
    assert effekt.read_result(effect.to_json()).to_json() == effect.to_json()


MOVABLE = sorted(case for case in OPTIONS if "rate" not in case and case != "horvitz_thompson")


@settings(max_examples=60, deadline=None)
@given(case=st.sampled_from(MOVABLE), shift=st.integers(-500, 500), scale=st.sampled_from([-3.0, 0.01, 1.0, 1e4]))
def test_location_and_scale_of_the_outcome(case, shift, scale):
    table, options = OPTIONS[case]
    data = read(table)
    effect = trial(data, **options)
    other = trial({**data, "y": [scale * (value + shift) for value in data["y"]]}, **options)
    assert other.treated_mean == pytest.approx(scale * (effect.treated_mean + shift), rel=1e-9, abs=1e-9)
    assert other.std_error == pytest.approx(abs(scale) * effect.std_error, rel=1e-8)
    assert other.df == pytest.approx(effect.df, rel=1e-9)
    assert other.p_value() == pytest.approx(effect.p_value(), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    case=st.sampled_from(
        [c for c in OPTIONS if OPTIONS[c][1].get("weights", {}).get("kind") in ("sampling", "precision")]
    ),
    scale=st.sampled_from([0.001, 7.0, 1e6]),
)
def test_the_unit_of_weights_does_not_matter(case, scale):
    table, options = OPTIONS[case]
    data = read(table)
    effect, other = (trial({**data, "w": [s * w for w in data["w"]]}, **options) for s in (1.0, scale))
    assert other.estimate == pytest.approx(effect.estimate, rel=1e-9)
    assert other.std_error == pytest.approx(effect.std_error, rel=1e-8)
    assert other.df == pytest.approx(effect.df, rel=1e-8)


@pytest.mark.parametrize("case", ["rate", "rate by block", "rate of clusters"])
def test_the_unit_of_exposure_scales_a_rate(case):
    table, options = OPTIONS[case]
    data = read(table)
    months, years = (trial({**data, "m": [m / s for m in data["m"]]}, **options) for s in (1.0, 12.0))
    assert years.estimate == pytest.approx(12 * months.estimate, rel=1e-10)
    assert years.std_error == pytest.approx(12 * months.std_error, rel=1e-10)
    assert years.ratio().estimate == pytest.approx(months.ratio().estimate, rel=1e-12)
    assert years.p_value() == pytest.approx(months.p_value(), rel=1e-8)


@pytest.mark.parametrize("case", [c for c in OPTIONS if OPTIONS[c][1].get("estimand") != "ATT"])
def test_swapping_the_arms_turns_the_sign(case):
    table, options = OPTIONS[case]
    data = read(table)
    swapped = {**data, "d": [1 - d for d in data["d"]]}
    if "p" in data:
        swapped["p"] = [1 - p for p in data["p"]]
    effect, other = trial(data, **options), trial(swapped, **options)
    assert other.estimate == pytest.approx(-effect.estimate, rel=1e-9)
    assert other.std_error == pytest.approx(effect.std_error, rel=1e-9)
    assert other.df == pytest.approx(effect.df, rel=1e-9)


# --- what is told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ("sampling", ["sampling_weights", "sampled_covariates"]),
        ("precision", ["precision_weights", "sampled_covariates"]),
        ("frequency", ["frequency_weights", "blocks_by_size"]),
        ("hajek", ["inverse_probability", "blocks_by_size"]),
        ("hajek treated", ["inverse_probability"]),
        ("horvitz_thompson", ["horvitz_thompson"]),
        ("rate", ["rate"]),
        ("rate of clusters", ["rate"]),
        ("equal clusters", ["cluster_weighted", "sampled_covariates"]),
        ("pairs", ["pairs"]),
        ("pairs of clusters", ["unit_weighted", "pairs"]),
    ],
)
def test_notes(case, codes):
    table, options = OPTIONS[case]
    assert [note.code for note in trial(read(table), **options).notes] == ["intention_to_treat", *codes]


@pytest.mark.parametrize("estimator", ["randomized_trial", "complier_effect"])
@pytest.mark.parametrize(
    ("estimand", "en", "sv"),
    [
        (
            "ATE",
            "Units are weighted by the inverse of the probability of their arm, and the weights normalised (Hájek).",
            "Enheterna vägs med den inverterade sannolikheten för sin grupp och vikterna normeras (Hájek).",
        ),
        (
            "ATT",
            "Treated units are weighted by 1 and controls by the odds p/(1 − p) of treatment, and the weights "
            "normalised (Hájek).",
            "Behandlade enheter vägs med 1 och kontroller med oddset p/(1 − p) för behandling, och vikterna normeras "
            "(Hájek).",
        ),
    ],
)
def test_known_probabilities_weigh_as_is_told(estimator, estimand, en, sv):
    data = read("weighted")
    call = {"outcome": "y", "treatment": "d", "probability": "p", "estimand": estimand}
    if estimator == "complier_effect":
        received = [arm * (place % 4 > 0) for place, arm in enumerate(data["d"])]
        effect = effekt.complier_effect({**data, "received": received}, received="received", **call)["ITT"]
    else:
        effect = effekt.randomized_trial(data, **call)
    (note,) = [note for note in effect.notes if note.code == "inverse_probability"]
    assert (note.text.en, note.text.sv) == (en, sv)
    y, d, p = (np.array(data[name], float) for name in ("y", "d", "p"))
    weights = np.where(d == 1, 1, p / (1 - p)) if estimand == "ATT" else 1 / np.where(d == 1, p, 1 - p)
    first, second = (np.average(y[d == arm], weights=weights[d == arm]) for arm in (1, 0))
    assert effect.estimate == pytest.approx(first - second, rel=1e-12)


@pytest.mark.parametrize("adjustment", ["lin", "additive"])
def test_means_of_zero_have_no_sign(adjustment):
    data = {"d": [1, 0] * 10, "x": list(range(20)), "y": [0.0] * 20}
    effect = effekt.randomized_trial(data, outcome="y", treatment="d", covariates="x", adjustment=adjustment)
    assert [repr(effect.treated_mean), repr(effect.counterfactual_mean)] == ["0.0", "0.0"]


def test_equal_clusters_are_the_population():
    table, options = OPTIONS["equal clusters"]
    population = trial(read(table), **options).estimand.population
    assert population.en == "the population that the 18 clusters of the trial represent"
    assert population.sv == "den population som försökets 18 kluster representerar"
    treated = trial(read(table), **options, estimand="ATT").estimand.population
    assert treated.en == "the population that the 9 treated clusters of the trial represent"


def test_missing_outcomes_are_told_by_arm():
    data = read("weighted")
    lost = {arm: [i for i, d in enumerate(data["d"]) if d == arm][:n] for arm, n in ((1, 2), (0, 5))}
    data["y"] = [None if i in lost[1] + lost[0] else y for i, y in enumerate(data["y"])]
    effect = trial(data, missing="drop")
    n1, n0 = int(sum(data["d"])), len(data["d"]) - int(sum(data["d"]))
    assert effect.notes[1].code == "missing_outcomes"
    assert effect.notes[1].text.en == (
        f"The outcome is missing for 2 of {n1} treated and 5 of {n0} control rows, which are left out; if loss depends "
        "on treatment, the effect is biased."
    )
    assert effect.notes[1].text.sv == (
        f"Utfallet saknas för 2 av {n1} rader i behandlingsgruppen och 5 av {n0} i kontrollgruppen, som utesluts; "
        "beror bortfallet på behandlingen blir effekten skev."
    )
    assert effect.sample.n_dropped == 7


def test_a_half_pair_is_dropped_whole_and_counted():
    data = read("pairs")
    data["y"] = [None if i == 3 else y for i, y in enumerate(data["y"])]
    effect = trial(data, pairs="pair", missing="drop")
    kept = [i for i, pair in enumerate(data["pair"]) if pair != data["pair"][3]]
    expected = trial({name: [column[i] for i in kept] for name, column in data.items()}, pairs="pair")
    assert (effect.means, effect.inference) == (expected.means, expected.inference)
    assert effect.sample.n_dropped == 2
    assert [note.code for note in effect.notes][-1] == "no_worst_case"
    assert effect.notes[-2].text.en == "Left out: 1 pair without rows in both arms."


def few(pairs, size=1, moved=(0.5, 1.0, 1.5, 1.2, 0.9)):
    """Some pairs of clusters of one size."""
    rows = [(j, arm, k) for j in range(pairs) for arm in (0, 1) for k in range(size)]
    return {
        "y": [float(j + k) + arm * moved[j] for j, arm, k in rows],
        "d": [arm for _, arm, _ in rows],
        "pair": [f"p{j}" for j, _, _ in rows],
        "g": [f"p{j}g{arm}" for j, arm, _ in rows],
    }


@pytest.mark.parametrize(
    ("data", "options", "english", "swedish"),
    [
        (
            few(1),
            {},
            "Between-pair inference needs at least 2 pairs; there is 1.",
            "Inferens mellan par kräver minst 2 par; det finns 1.",
        ),
        (
            few(3, 2),
            {"cluster": "g"},
            "Between-pair inference needs at least 4 pairs of clusters; there are 3. Choose inference='randomization'; "
            "with so few pairs its two-sided p is at least 1/4.",
            "Inferens mellan par kräver minst 4 par av kluster; det finns 3. Välj inference='randomization'; med så få "
            "par är det tvåsidiga p-värdet minst 1/4.",
        ),
        (
            few(3, moved=(0.5, 0.5, 0.5)),
            {},
            "The effect is the same in every pair, so there is no standard error.",
            "Effekten är densamma i alla par och därför finns inget medelfel.",
        ),
    ],
)
def test_pairs_without_inference_say_why(data, options, english, swedish):
    effect = trial(data, pairs="pair", **options)
    assert isinstance(effect.inference, Unavailable)
    assert (effect.inference.reason.en, effect.inference.reason.sv) == (english, swedish)
    assert math.isfinite(effect.estimate)


@pytest.mark.parametrize("moved", [0, 3])
@pytest.mark.parametrize("adjustment", ["additive", "lin"])
def test_one_effect_in_every_pair_is_told_with_covariates_too(adjustment, moved):
    """Also where a pair far from the others turns rounding into a standard error: p was 0.9993, or 0."""
    count = 9
    levels = np.random.default_rng(4).integers(-300, 300, count).tolist()
    data = {
        "pair": [f"p{j}" for j in range(count) for _ in (1, 0)],
        "d": [1, 0] * count,
        "y": [level + moved * arm for level in levels for arm in (1, 0)],
        "x": [10**5, *np.random.default_rng(6).normal(size=2 * count - 1).round(2).tolist()],
    }
    call = {"outcome": "y", "treatment": "d", "pairs": "pair", "adjustment": adjustment}
    effect = effekt.randomized_trial(data, covariates="x", **call)
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en == "The effect is the same in every pair, so there is no standard error."
    found = second_route({name: list(map(str, cells)) for name, cells in data.items()}, covariates=["x"], **call)
    assert (found["std_error"], found["unavailable"]) == (None, "no within-arm variation")


@pytest.mark.parametrize("options", [{}, {"population": "finite"}, {"cluster": "k"}, {"block": "b"}])
def test_outcomes_alike_in_each_arm_are_told_with_covariates_too(options):
    """Also where a row far from the others turns rounding into a standard error: p was 0 to nine digits."""
    rng, n = np.random.default_rng(1), 24
    x = rng.normal(size=n).round(2)
    x[0] += 10**5
    arms = [1, 0] * (n // 2)
    data = {"d": arms, "y": [271 + 3 * arm for arm in arms], "x": x.tolist(), "k": [f"k{i}" for i in range(n)]}
    data["b"] = [f"b{i // 8}" for i in range(n)]
    call = {"outcome": "y", "treatment": "d", **options}
    effect = effekt.randomized_trial(data, covariates="x", **call)
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en == "There is no within-arm variation, so there is no standard error."
    found = second_route({name: list(map(str, cells)) for name, cells in data.items()}, covariates=["x"], **call)
    assert (found["std_error"], found["unavailable"]) == (None, "no within-arm variation")


@pytest.mark.parametrize(
    ("count", "options", "told"),
    [
        (2, {"pairs": "pair"}, "with so few pairs its two-sided p is at least 1/2."),
        (3, {"pairs": "pair"}, "with so few pairs its two-sided p is at least 1/4."),
        (3, {"pairs": "pair", "cluster_weighted": True}, "with so few pairs its two-sided p is at least 1/4."),
        (3, {"block": "pair"}, "with so few clusters its two-sided p is at least 1/4."),
        (4, {"block": "pair"}, "with so few clusters its two-sided p is at least 1/8."),
        (5, {"block": "pair"}, "with so few clusters its two-sided p is at least 1/16."),
        (6, {"block": "pair"}, "Choose inference='randomization'."),  # 1/32 is below 0.05
    ],
)
def test_the_least_p_that_is_told_of_few_pairs_or_blocks_is_attained(count, options, told):
    """Every effect is the same way, so only the lot as drawn and the opposite one are as far away."""
    data = few(count, 2, moved=(0.5, 1.0, 1.5, 1.2, 0.9, 0.7))
    reason = trial(data, cluster="g", **options).inference.reason
    assert reason.en.endswith(told)
    if "block" in options:
        assert trial(data, cluster="g", inference="wild_bootstrap", **options).inference.reason == reason
    attained = trial(data, cluster="g", inference="randomization", **options).p_value()
    assert attained == 1 / 2 ** (count - 1)
    assert told.endswith(f" 1/{2 ** (count - 1)}.") == (attained > 0.05)


def test_one_row_that_decides_a_weighted_mean_is_refused():
    data = {"y": [1.0, 2.0, 4.0, 3.0], "d": [1, 1, 0, 0], "w": [1e13, 1.0, 1.0, 1.0]}
    assert isinstance(trial(data, weights=S).inference, Unavailable)


# --- unusable data and contradictory options ----------------------------------------------------------------------

GOOD = {
    "y": [1.0, 2.5, 3.0, 4.0, 6.5, 6.0, 7.0, 8.5],
    "d": [0, 1, 0, 1, 0, 1, 0, 1],
    "x": [1.0, 2.0, 4.0, 3.0, 7.0, 5.0, 6.0, 9.0],
    "w": [2.0, 4.0, 8.0, 6.0, 14.0, 10.0, 12.0, 18.0],
    "p": [0.5, 0.4, 0.5, 0.4, 0.5, 0.6, 0.5, 0.6],
    "b": ["n", "n", "n", "n", "s", "s", "s", "s"],
    "pair": ["1", "1", "2", "2", "3", "3", "4", "4"],
    "g": ["1", "2", "3", "4", "5", "6", "7", "8"],
}


def changed(column, *cells):
    copy = list(GOOD[column])
    for row, value in cells:
        copy[row - 1] = value
    return {**GOOD, column: copy}


BAD_DATA = {
    "a weight of zero": (
        changed("w", (3, 0.0)),
        {"weights": S},
        "Column 'w' must hold weights above 0; 1 row did not, the first at row 3. Leave rows without weight out.",
    ),
    "a broken frequency": (
        changed("w", (3, 1.5), (5, 0)),
        {"weights": weights("frequency")},
        "Column 'w' must hold whole numbers of at least 1; 2 rows did not, the first at row 3. Leave rows that stand "
        "for none out.",
    ),
    "too many rows": (
        changed("w", (3, 1e9)),
        {"weights": weights("frequency")},
        "Column 'w' must stand for at most 10,000,000 rows in all; it stands for more. Give the trial in fewer rows of "
        "larger units, or a sample of it.",
    ),
    "no exposure": (
        changed("w", (8, -1.0)),
        {"exposure": "w"},
        "Column 'w' must hold exposure above 0; 1 row did not, the first at row 8. Leave rows without exposure out.",
    ),
    "a probability of one": (
        changed("p", (2, 1.0), (4, 0.0)),
        {"probability": "p"},
        "Column 'p' must hold probabilities of treatment above 0 and below 1; 2 rows did not, the first at row 2. "
        "Leave out units that could not have been in both arms.",
    ),
    "a probability that differs within a cluster": (
        changed("g", (4, "2"), (6, "2")),
        {"probability": "p", "cluster": "g"},
        "Column 'p' must hold one value within each cluster of column 'g'; 1 cluster did not, the first at row 2. "
        "Correct the data, or leave `cluster` out if clusters were not assigned as a whole.",
    ),
    "a cluster in two pairs": (
        changed("g", (4, "2")),
        {"pairs": "pair", "cluster": "g"},
        "Column 'pair' must name one pair within each cluster of column 'g'; 1 cluster did not, the first at row 2. "
        "Correct the data, or leave `cluster` out if clusters were not assigned as a whole.",
    ),
    "a pair of three": (
        changed("pair", (5, "1")),
        {"pairs": "pair", "missing": "drop"},
        "Column 'pair' must name pairs of one treated and one control row; 1 pair held more, the first at row 1. "
        "Correct the data, or name larger groups in `block`.",
    ),
    "half a pair": (
        changed("pair", (8, "5")),
        {"pairs": "pair", "cluster": "g"},
        "Column 'pair' must name pairs of one treated and one control cluster; 2 pairs lacked one, the first at row 7. "
        "Correct the data, or pass missing='drop' to leave such pairs out and have them counted.",
    ),
    "no pair": (
        {**GOOD, "pair": GOOD["g"]},
        {"pairs": "pair", "missing": "drop"},
        "Column 'pair' must name pairs of one treated and one control row; none of its pairs has both. Name the pairs "
        "within which treatment was assigned.",
    ),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_unusable_data_is_refused_in_one_sentence(case):
    data, options, sentence = BAD_DATA[case]
    with pytest.raises(DataError) as caught:
        trial(data, **options)
    assert str(caught.value) == sentence


HT = {"probability": "p", "adjustment": "none"}
BAD_OPTIONS = {
    "weights without a kind": (
        {"weights": "w"},
        "`weights` must have the keys column and kind, such as {'column': 'weight', 'kind': 'sampling'}; got 'w'.",
    ),
    "weights with half a mapping": (
        {"weights": {"column": "w"}},
        "`weights` must have the keys column and kind, such as {'column': 'weight', 'kind': 'sampling'}; "
        "got ['column'].",
    ),
    "an unknown kind": (
        {"weights": weights("sample")},
        "`weights['kind']` must be 'sampling', 'frequency' or 'precision'; got 'sample'. Did you mean 'sampling'?",
    ),
    "two columns of weights": (
        {"weights": {"column": ["w"], "kind": "sampling"}},
        "`weights` must name one column; got ['w'].",
    ),
    "weights that are a covariate": (
        {"weights": S, "covariates": "w"},
        "Column 'w' must play one role; it is named as `covariates` and `weights`.",
    ),
    "pairs with covariates and a block": (
        {"pairs": "pair", "covariates": "x", "block": "b"},
        "`pairs` takes no block, weights, probability or exposure; leave `block` out.",
    ),
    "pairs with another variance": (
        {"pairs": "pair", "variance": "HC2"},
        "`variance` must be 'between_pair' with pairs; got 'HC2'.",
    ),
    "between pairs without pairs": (
        {"variance": "between_pair"},
        "`variance` must be 'HC0', 'HC1', 'HC2', 'HC3', 'welch' or 'quasi_poisson' without a cluster; got "
        "'between_pair'.",
    ),
    "pairs that are no name": ({"pairs": 3}, "`pairs` must be a column name; got 3."),
    "precision with a probability": (
        {"weights": weights("precision"), "probability": "p"},
        "`weights` of kind 'precision' take no probability, exposure or cluster_weighted; leave `probability` out, or "
        "choose kind 'sampling'.",
    ),
    "equal clusters without clusters": (
        {"cluster_weighted": True},
        "`cluster_weighted` needs a cluster; name it, or leave cluster_weighted out.",
    ),
    "equal clusters by a word": (
        {"cluster_weighted": "yes", "cluster": "g"},
        "`cluster_weighted` must be True or False; got 'yes'.",
    ),
    "rates of equal clusters": (
        {"exposure": "w", "cluster": "g", "cluster_weighted": True},
        "`exposure` takes no cluster_weighted; leave `cluster_weighted` out.",
    ),
    "horvitz_thompson within blocks": (
        {**HT, "block": "b"},
        "`adjustment` 'none' with a probability is the Horvitz–Thompson estimator, which takes no block, weights, "
        "exposure or cluster_weighted; leave `block` out, or choose adjustment='lin'.",
    ),
    "horvitz_thompson of the treated": (
        {**HT, "estimand": "ATT"},
        "`adjustment` 'none' with a probability is the Horvitz–Thompson estimator, which averages over all units; "
        "choose estimand='ATE' or adjustment='lin'.",
    ),
    "horvitz_thompson with another variance": (
        {**HT, "variance": "HC2"},
        "`variance` must be 'young' with a probability and adjustment='none'; got 'HC2'.",
    ),
    "welch with weights": (
        {"weights": S, "variance": "welch"},
        "`variance` 'welch' takes no sampling or precision weights, probability or exposure; choose 'HC2'.",
    ),
    "an additive pair": (
        {"pairs": "pair", "adjustment": "additive"},
        "`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.",
    ),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_contradictory_options_are_refused_in_one_sentence(case):
    options, sentence = BAD_OPTIONS[case]
    with pytest.raises(ArgumentError) as caught:
        trial(GOOD, **options)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("", "/m"),
        ("visits", "visits/m"),
        ("visits per month", "visits per month"),
        ("besök/månad", "besök/månad"),
    ],
)
def test_the_unit_of_a_rate_says_per_what(unit, expected):
    outcome = effekt.Outcome(column="events", unit=unit)
    effect = effekt.randomized_trial(read("weighted"), outcome=outcome, treatment="d", exposure="m")
    assert effect.outcome.unit == expected
    (note,) = [note for note in effect.notes if note.code == "rate"]
    assert note.text.en.startswith("The outcome is a rate per unit of 'm', the sum of")
    assert note.text.sv.startswith("Utfallet är en kvot per enhet av 'm', summan av")
    again = effekt.randomized_trial(read("weighted"), **effect.arguments)
    assert again.to_json() == effect.to_json()


@pytest.mark.parametrize("options", [{"inference": "exact_poisson"}, {"variance": "quasi_poisson"}, {}])
def test_a_working_variance_is_told_of_where_there_is_one(options):
    rate = read("weighted") | {"events": [round(events) for events in read("weighted")["events"]]}
    effect = effekt.randomized_trial(rate, outcome="events", treatment="d", exposure="m", **options)
    (note,) = [note for note in effect.notes if note.code == "rate"]
    assert ("working variance" in note.text.en, "arbetsmodell" in note.text.sv) == (not options,) * 2
    assert note.text.en.endswith("." if options else "is proportional to its exposure.")
    assert note.text.sv.endswith("exponeringen.")


def test_horvitz_thompson_of_a_known_number_is_the_difference_by_block():
    """Equal probabilities within blocks, of which so many were treated: nothing is left to weigh."""
    y, d, b = [3.0, 1.5, 2.0, 4.0, 0.5, 6.0, 2.5, 1.0], [1, 1, 0, 0, 1, 0, 0, 0], list("aaaabbbb")
    data = {"y": y, "d": d, "b": b, "p": [0.5] * 4 + [0.25] * 4}
    call = {"outcome": "y", "treatment": "d"}
    drawn = effekt.randomized_trial(data, **call, probability="p", adjustment="none")
    by_block = effekt.randomized_trial(data, **call, block="b")
    assert drawn.estimate == pytest.approx(by_block.estimate, rel=1e-14)
    assert drawn.treated_mean == pytest.approx(by_block.treated_mean, rel=1e-14)

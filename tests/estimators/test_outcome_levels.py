"""A far level of the outcome costs a standard error digits in proportion to level over spread, not to its square.

The means of pairs that count unequally vary with their level, the difference between them does not: its variance taken
from theirs lost (level / spread)² roundings.
"""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as t_distribution

import effekt
from effekt.diagnostics import adjusted_p_values, interaction_test, uniform_bands
from effekt.independent.statistics import p_value, spread_statistic, view_of
from effekt.independent.trials.complier_effect import complier_effect as second_compliers
from effekt.independent.trials.randomized_trial import randomized_trial as second_trial

EPS = np.finfo(float).eps
CALL = {"outcome": "y", "treatment": "d", "cluster": "k", "pairs": "p"}
LEVELS = [0, 10**6, 10**8, 10**10]
SPREAD = 170
DIFFERENCE, RATIO = (view_of(name, None, Fraction(1)) for name in ("difference", "ratio"))


def clusters_in_pairs():
    """Ten pairs of clusters of one to five units, and whole outcomes."""
    rng = np.random.default_rng(1)
    rows = [(j, arm) for j in range(10) for arm in (1, 0) for _ in range(int(rng.integers(1, 6)))]
    return {
        "p": [f"p{j}" for j, _ in rows],
        "k": [f"k{j}{arm}" for j, arm in rows],
        "d": [arm for _, arm in rows],
        "r": [int(arm and i % 4 > 0) for i, (_, arm) in enumerate(rows)],
        "x": rng.normal(size=len(rows)).round(2).tolist(),
        "y": rng.integers(-300, 300, len(rows)).tolist(),
    }


def at(data, level):
    return data | {"y": [float(value + level) for value in data["y"]]}


def as_read(data):
    return {name: list(map(str, cells)) for name, cells in data.items()}


def exact_terms(data, name):
    """w_j m_j of treated and control, w_j the pair's share of the units."""
    found = []
    for pair in dict.fromkeys(data["p"]):
        arms = [
            [Fraction(v) for v, p, d in zip(data[name], data["p"], data["d"], strict=True) if (p, d) == (pair, arm)]
            for arm in (1, 0)
        ]
        share = Fraction(sum(map(len, arms)), len(data["p"]))
        found.append([share * sum(own) / len(own) for own in arms])
    return found


def exact_variance(terms, weights):
    """J/(J − 1) Σ (t_j − t̄)² of the weighted terms."""
    moved = [sum(w * own for w, own in zip(weights, term, strict=True)) for term in terms]
    count, mean = len(moved), sum(moved) / len(moved)
    return Fraction(count, count - 1) * sum((own - mean) ** 2 for own in moved)


@pytest.mark.parametrize("level", LEVELS)
def test_unequal_pairs_have_the_exact_standard_error_by_both_routes(level):
    """Of the difference, and of the ratio, whose gradient is (1, −t/c) / c."""
    data = at(clusters_in_pairs(), level)
    effect = effekt.randomized_trial(data, **CALL, adjustment="none")
    terms = exact_terms(data, "y")
    t, c = (sum(term[arm] for term in terms) for arm in (0, 1))
    found = second_trial(as_read(data), **CALL, adjustment="none")
    near = 16 * EPS * max(1.0, level / SPREAD)
    error = sqrt(exact_variance(terms, (1, -1)))
    assert effect.std_error == pytest.approx(error, rel=near)
    assert found["std_error"] == pytest.approx(error, rel=1e-14)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=near)
    if c > 0:
        of_ratio = sqrt(exact_variance(terms, (1 / c, -t / c**2)))
        assert effect.ratio().std_error == pytest.approx(of_ratio, rel=near)
        assert spread_statistic(found, RATIO, "std_error") == pytest.approx(of_ratio, rel=near)


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("options", [{"adjustment": "additive"}, {}, {"population": "finite"}, {"estimand": "ATT"}])
def test_unequal_pairs_with_covariates_keep_their_digits_by_both_routes(level, options):
    data = clusters_in_pairs()
    before, after = (effekt.randomized_trial(at(data, own), **CALL, covariates="x", **options) for own in (0, level))
    found = second_trial(as_read(at(data, level)), **CALL, covariates=["x"], **options)
    near = 64 * EPS * level / SPREAD
    assert after.std_error == pytest.approx(before.std_error, rel=near)
    assert found["std_error"] == pytest.approx(before.std_error, rel=near)
    assert found["p_value"] == pytest.approx(after.p_value(), rel=near)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_compliers_of_unequal_pairs_keep_their_digits_by_both_routes(level):
    """The p of a difference and of no effect, and the standard errors of difference and ratio."""
    data = clusters_in_pairs()
    own = CALL | {"received": "r"}
    before, after = (effekt.complier_effect(at(data, one), **own)["CACE"] for one in (0, level))
    found = second_compliers(as_read(at(data, level)), **own)["members"]["CACE"]
    near = 64 * EPS * level / SPREAD
    assert after.std_error == pytest.approx(before.std_error, rel=near)
    assert spread_statistic(found, DIFFERENCE, "std_error") == pytest.approx(before.std_error, rel=near)
    assert after.p_value(100) == pytest.approx(before.p_value(100), rel=near)
    assert float(p_value(found, DIFFERENCE, Fraction(100), "two-sided")) == pytest.approx(after.p_value(100), rel=near)
    assert after.confidence_interval(0.95).intervals == pytest.approx(
        np.array(before.confidence_interval(0.95).intervals), rel=near
    )


@pytest.mark.parametrize("pairs", [True, False])
def test_a_ratio_of_compliers_is_told_as_well_as_their_difference(pairs):
    """At a far level ρ − 1 is τ over the counterfactual mean, to spread over level, and so are its errors and ends."""
    data, level = clusters_in_pairs(), 10**9
    own = CALL | {"received": "r", "adjustment": "none"} | ({} if pairs else {"pairs": None})
    effect = effekt.complier_effect(at(data, level), **own)["CACE"]
    found = second_compliers(as_read(at(data, level)), **own)["members"]["CACE"]
    error = effect.std_error / effect.counterfactual_mean
    assert effect.ratio().std_error == pytest.approx(error, rel=1e-5)
    assert spread_statistic(found, RATIO, "std_error") == pytest.approx(error, rel=1e-5)
    low, high = effect.relative().confidence_interval(0.95).intervals[0]
    assert (low * level, high * level) == pytest.approx(effect.confidence_interval(0.95).intervals[0], rel=1e-5)


@pytest.mark.parametrize("model", ["fixed", "random"])
def test_a_pool_of_trials_of_unequal_pairs_keeps_its_digits(model):
    data = clusters_in_pairs()
    turned = data | {"y": [3 * (value % 97) for value in data["y"]]}

    def pooled(level):
        trials = {
            name: effekt.randomized_trial(at(one, level), **CALL, adjustment="none")
            for name, one in (("north", data), ("south", turned))
        }
        return effekt.pool(trials, model=model)

    before, after = pooled(0), pooled(10**8)
    assert after.std_error == pytest.approx(before.std_error, rel=64 * EPS * 1e8 / SPREAD)
    assert after.p_value() == pytest.approx(before.p_value(), rel=64 * EPS * 1e8 / SPREAD)


def two_outcomes(level):
    """Outcomes that differ in what happens to them and have the level in common."""
    data = clusters_in_pairs()
    turned = np.random.default_rng(2).integers(-300, 300, len(data["y"])).tolist()
    return at(data | {"z": [float(value + level) for value in turned]}, level)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("weights", [(1, -1), (Fraction(1, 2), Fraction(1, 2)), (1, 0)])
def test_a_combination_in_unequal_pairs_has_the_exact_standard_error(weights, level):
    """Of the difference; and of the ratio, also where the level cancels in both means: gradient (1, −t/c) / c."""
    data = two_outcomes(level)
    effects = effekt.randomized_trials(data, **CALL | {"outcome": ["y", "z"]})
    both = effects.combine(dict(zip(("y", "z"), weights, strict=True)))
    terms = [[a + b for a, b in zip(*own, strict=True)] for own in weighed_terms(data, weights)]
    t, c = (sum(term[arm] for term in terms) for arm in (0, 1))
    near = 64 * EPS * max(1.0, level / SPREAD)
    assert both.std_error == pytest.approx(sqrt(exact_variance(terms, (1, -1))), rel=near)
    assert both.p_value() == pytest.approx(exact_p(both.estimate, terms), rel=near)
    if c > 0:
        assert both.ratio().std_error == pytest.approx(sqrt(exact_variance(terms, (1 / c, -t / c**2))), rel=4 * near)


def weighed_terms(data, weights):
    of_outcomes = (exact_terms(data, name) for name in ("y", "z"))
    return [
        [[w * cell for cell in own] for w, own in zip(weights, pair, strict=True)]
        for pair in zip(*of_outcomes, strict=True)
    ]


def exact_p(estimate, terms):
    return 2 * float(t_distribution.sf(abs(estimate) / sqrt(exact_variance(terms, (1, -1))), len(terms) - 1))


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("kind", ["outcomes", "subgroups"])
def test_what_is_told_of_a_set_in_unequal_pairs_keeps_its_digits(kind, level):
    """Whether effects differ, p-values and bands that hold for all, and combinations: as at the level 0."""
    call = CALL | {"outcome": ["y", "z"]} if kind == "outcomes" else CALL | {"subgroup": "s"}

    def told(own):
        data = two_outcomes(own)
        outcome = {"y": data["y"] + data["z"], "s": ["a"] * len(data["y"]) + ["b"] * len(data["y"])}
        if kind == "subgroups":
            data = {name: cells + cells for name, cells in data.items()} | outcome
        effects = effekt.randomized_trials(data, **call)
        assert effekt.read_result(effects.to_json()).to_json() == effects.to_json()
        first, second = effects.labels
        combined = effekt.read_result(effects.to_json()).combine({first: "1", second: "-0.5"})
        test = interaction_test(effects).values
        return [
            combined.std_error,
            combined.p_value(),
            test["statistic"],
            test["p_value"],
            uniform_bands(effects, rng=1, draws=999).values["critical"],
            *adjusted_p_values(effects, method="romano_wolf", rng=1, draws=999).table["p_adjusted"],
            *adjusted_p_values(effects, method="holm").table["p_adjusted"],
        ]

    assert told(level) == pytest.approx(told(0), rel=256 * EPS * level / SPREAD)


@pytest.mark.parametrize("level", LEVELS)
def test_a_combination_that_cancels_has_no_variance_at_any_level(level):
    data = clusters_in_pairs()
    data |= {"z": [float(3 * (value + level)) for value in data["y"]]}
    effects = effekt.randomized_trials(at(data, level), **CALL | {"outcome": ["y", "z"]})
    nothing = effects.combine({"y": "3", "z": "-1"})
    assert nothing.std_error is None
    with pytest.raises(effekt.InferenceUnavailableError, match="has no variance"):
        nothing.p_value()
    far = at(data, level)
    alike = effekt.randomized_trials(far | {"z": far["y"]}, **CALL | {"outcome": ["y", "z"]})
    with pytest.raises(effekt.InferenceUnavailableError, match="has no variance, so it cannot be tested"):
        interaction_test(alike)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_told_by_horvitz_thompson_is_that_of_the_combined_outcome(level):
    """Each effect moves with the zero of its outcome; that on the difference between two of one level does not."""
    data = two_outcomes(level)
    data |= {"pr": [0.5] * len(data["y"]), "w": [a - b for a, b in zip(data["y"], data["z"], strict=True)]}
    call = {"treatment": "d", "probability": "pr", "adjustment": "none"}
    effects = effekt.randomized_trials(data, outcome=["y", "z"], **call)
    one = effekt.randomized_trial(data, outcome="w", **call)
    near = 64 * EPS * max(1.0, level / SPREAD)
    assert effects.combine({"y": "1", "z": "-1"}).std_error == pytest.approx(one.std_error, rel=near)
    assert interaction_test(effects).values["p_value"] == pytest.approx(one.p_value(), rel=4 * near)

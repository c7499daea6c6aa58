"""The effect on compliers in pairs, with probabilities and with weights: R, formulas written out, laws, sentences."""

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
from oracles.weighted_trial import WeightedRegression, horvitz_thompson, paired
from scipy import stats

import effekt
from effekt._inference import AndersonRubin, Randomization, Unavailable
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens" / "compliers"
R = json.loads((GOLDENS / "designs.json").read_text(encoding="utf-8"))
DAYS = effekt.Outcome(column="y", unit="days", better="lower")
SAMPLING, FREQUENCY = {"column": "w", "kind": "sampling"}, {"column": "f", "kind": "frequency"}
PRECISION = {"column": "w", "kind": "precision"}


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] if key in ("pair", "cluster") else float(row[key]) for row in rows] for key in rows[0]}


def compliers(data, **options):
    return effekt.complier_effect(data, **({"outcome": DAYS, "treatment": "z", "received": "d"} | options))


BY_DESIGN = {
    "pairs": ("pairs", {"pairs": "pair"}),
    "paired_clusters": ("paired_clusters", {"pairs": "pair", "cluster": "cluster"}),
    "horvitz_thompson": ("weighted", {"probability": "p", "adjustment": "none"}),
}
INSTRUMENTED = {
    "probability": ("weighted", {"probability": "p"}),
    "probability_additive": ("weighted", {"probability": "p", "covariates": "x", "adjustment": "additive"}),
    "sampling": ("weighted", {"weights": SAMPLING}),
    "sampling_additive": ("weighted", {"weights": SAMPLING, "covariates": "x", "adjustment": "additive"}),
    "sampling_probability": ("weighted", {"weights": SAMPLING, "probability": "p"}),
    "frequency": ("weighted", {"weights": FREQUENCY, "covariates": "x", "adjustment": "additive"}),
    "sampling_clusters": ("weighted_clusters", {"weights": SAMPLING, "cluster": "cluster"}),
}
OTHERS = {
    "equal pairs": ("paired_clusters", {"pairs": "pair", "cluster": "cluster", "cluster_weighted": True}),
    "treated pairs": ("paired_clusters", {"pairs": "pair", "cluster": "cluster", "estimand": "ATT"}),
    "equal clusters": ("weighted_clusters", {"cluster": "cluster", "cluster_weighted": True}),
    "precision": ("weighted", {"weights": PRECISION, "covariates": "x"}),
    "treated": ("weighted", {"probability": "p", "estimand": "ATT"}),
    "rate": ("weighted", {"exposure": "w"}),
    "rate by lin": ("weighted", {"exposure": "w", "covariates": "x", "weights": FREQUENCY}),
    "finite": ("weighted", {"weights": SAMPLING, "covariates": "x", "population": "finite"}),
    "sampled": ("weighted", {"weights": SAMPLING, "covariates": "x"}),
}
DESIGNS = BY_DESIGN | INSTRUMENTED | OTHERS


def fitted(design, **options):
    table, own = DESIGNS[design]
    return compliers(read(table), **own, **options)


# --- R ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("design", BY_DESIGN)
def test_every_number_is_that_of_estimatr_on_what_is_zero_under_the_null(design):
    golden, effects = R[design], fitted(design)
    cace = effects["CACE"]
    for name in ("treated_mean", "counterfactual_mean", "estimate", "std_error"):
        assert getattr(cace, name) == pytest.approx(golden[name], rel=1e-8)
    assert cace.df == (math.inf if golden["df"] is None else golden["df"])
    assert effects["first stage"].estimate == pytest.approx(golden["compliers"], rel=1e-8)
    assert cace.diagnostics[0].values["effective_f"] == pytest.approx(golden["effective_f"], rel=1e-8)
    for view, key in ((cace.difference(), "difference"), (cace.ratio(), "ratio")):
        found = [view.p_value(null) for null in golden["nulls"][key]]
        assert found == pytest.approx(golden[f"p_{key}"], rel=1e-8)
    for level in (0.8, 0.95):
        found = cace.confidence_interval(level)
        assert (found.low, found.high) == pytest.approx(golden[f"set{level * 100:.0f}"], rel=1e-8)


VARIANCES = {"stata": "CR1S"}
CASES = [(design, theirs) for design in INSTRUMENTED for theirs in R[design]]


@pytest.mark.parametrize(("design", "theirs"), CASES)
def test_estimate_and_standard_error_are_those_of_weighted_iv_robust(design, theirs):
    golden, cace = R[design][theirs], fitted(design, variance=VARIANCES.get(theirs, theirs))["CACE"]
    assert cace.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert cace.std_error == pytest.approx(golden["std_error"], rel=1e-8)
    assert cace.diagnostics[0].values["effective_f"] == pytest.approx(golden["effective_f"], rel=1e-8)


# --- the formulas written out -------------------------------------------------------------------------------------


def effect_on(design, data, outcome):
    """(effect, variance, df) of assignment on an outcome, by the oracles of `randomized_trial`."""
    z = [int(own) for own in data["z"]]
    if "pairs" in DESIGNS[design][1]:
        options = DESIGNS[design][1]
        means, v, df = paired(
            outcome,
            z,
            data["pair"],
            equal=options.get("cluster_weighted", False),
            estimand=options.get("estimand", "ATE"),
        )
        return means[0] - means[1], v[0][0] - 2 * v[0][1] + v[1][1], df
    if design == "horvitz_thompson":
        means, variances = horvitz_thompson(outcome, z, data["p"])
        return means[0] - means[1], sum(variances), math.inf
    chance = [1 / p if own else 1 / (1 - p) for p, own in zip(data["p"], z, strict=True)]
    weights = {
        "probability": chance,
        "sampling": data["w"],
        "treated": [1.0 if own else p / (1 - p) for p, own in zip(data["p"], z, strict=True)],
    }[design]
    fit = WeightedRegression(np.column_stack([np.ones(len(z)), z]), np.array(outcome), np.array(weights))
    contrast = np.array([0.0, 1.0])
    return fit.coefficients[1], fit.variance(contrast, "HC2"), fit.df(contrast, "HC2")


WRITTEN = ["pairs", "paired_clusters", "equal pairs", "treated pairs", "horvitz_thompson"]


@pytest.mark.parametrize("design", WRITTEN)
def test_every_null_is_one_test_of_assignment(design):
    data, effects = read(DESIGNS[design][0]), fitted(design)
    y, d = np.array(data["y"]), np.array(data["d"])
    cace, share = effects["CACE"], effect_on(design, data, d)
    means = effect_on(design, data, y * d)[0] / share[0], -effect_on(design, data, y * (1 - d))[0] / share[0]
    assert (cace.treated_mean, cace.counterfactual_mean) == pytest.approx(means, rel=1e-10)
    itt = effect_on(design, data, y)
    at_estimate = effect_on(design, data, y - itt[0] / share[0] * d)
    assert cace.std_error == pytest.approx(math.sqrt(at_estimate[1]) / share[0], rel=1e-10)
    assert cace.diagnostics[0].values["effective_f"] == pytest.approx(share[0] ** 2 / share[1], rel=1e-10)
    for view, pseudo, nulls in (
        (cace.difference(), lambda null: y - null * d, (-3.0, -0.5, 0.0, 0.7, 4.0)),
        (cace.ratio(), lambda null: y * d + null * y * (1 - d), (0.5, 0.8, 1.0, 1.2, 3.0)),
    ):
        for null in nulls:
            effect, variance, df = effect_on(design, data, pseudo(null))
            for alternative, p in (
                ("two-sided", 2 * stats.t.sf(abs(effect / math.sqrt(variance)), df)),
                ("greater", stats.t.sf(effect / math.sqrt(variance), df)),
                ("less", stats.t.cdf(effect / math.sqrt(variance), df)),
            ):
                assert view.p_value(null, alternative) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("design", DESIGNS)
def test_each_null_is_the_trial_of_what_is_zero_under_it(design):
    """For every design: the test of a null is that of `randomized_trial` on the outcome less the effect of receipt."""
    table, options = DESIGNS[design]
    data, effects = read(table), fitted(design)
    cace = effects["CACE"]
    y, d = np.array(data["y"]), np.array(data["d"])
    counted = d * np.array(data[options["exposure"]]) if "exposure" in options else d

    def trial(outcome):
        return effekt.randomized_trial(data | {"y": outcome.tolist()}, outcome=DAYS, treatment="z", **options)

    for null in (-2.0, 0.3, 1.7):
        expected = trial(y - null * counted)
        for alternative in ("two-sided", "greater", "less"):
            assert cace.p_value(null, alternative) == pytest.approx(expected.p_value(alternative=alternative), rel=1e-8)
    for null in (0.7, 1.4):
        assert cace.ratio().p_value(null) == pytest.approx(trial(y * d + null * y * (1 - d)).p_value(), rel=1e-8)
    for level in (0.5, 0.9):
        found = cace.confidence_interval(level)
        for end in (end for piece in found.intervals for end in piece if math.isfinite(end)):
            assert trial(y - end * counted).p_value() == pytest.approx(1 - level, rel=1e-7)


# --- laws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS)
def test_members_are_those_of_the_trial_and_obey_the_laws(design):
    table, options = DESIGNS[design]
    effects, data = fitted(design), read(table)
    if "exposure" in options:
        data["d"] = [d * own for d, own in zip(data["d"], data[options["exposure"]], strict=True)]
    for label, outcome in (("ITT", DAYS), ("first stage", "d")):
        trial = effekt.randomized_trial(data, outcome=outcome, treatment="z", **options)
        member = effects[label]
        assert (member.means, member.inference, member.exact) == (trial.means, trial.inference, trial.exact)
        assert member.sample == trial.sample
        if label == "ITT" or "exposure" not in options:
            assert member.notes == trial.notes
        assert member.estimand.population == trial.estimand.population
    assert effects["CACE"].p_value() == effects["ITT"].p_value() == effects["CACE"].ratio().p_value()
    assert effects["CACE"].variance == effects["ITT"].variance
    assert effects["CACE"].estimand.population.en == f"the compliers of {effects['ITT'].estimand.population.en}"
    assert effekt.EffectSet.from_json(effects.to_json()) == effects
    for effect in effects.effects:
        assert_valid_effect(effect)
    arguments = dict(effects["CACE"].arguments)
    assert effekt.complier_effect(read(table), **arguments) == effects
    asked = {name: value for name, value in options.items() if name in ("pairs", "probability", "weights", "estimand")}
    assert {name: arguments[name] for name in asked} == asked
    assert ("population" in arguments) == (design == "finite")


@pytest.mark.parametrize("design", DESIGNS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=4, deadline=None)
def test_the_order_of_rows_changes_no_byte(design, seed):
    table, options = DESIGNS[design]
    data = read(table)
    order = np.random.default_rng(seed).permutation(len(data["y"]))
    turned = {name: [column[i] for i in order] for name, column in data.items()}
    assert compliers(turned, **options).to_json() == compliers(data, **options).to_json()


@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([0.5, 4.0, 1024.0]), shift=st.integers(-50, 50))
@settings(max_examples=20, deadline=None)
def test_names_of_pairs_unit_and_level_of_the_outcome(seed, factor, shift):
    data = read("pairs")
    before = compliers(data, pairs="pair")["CACE"]
    named = dict(zip(sorted(set(data["pair"])), np.random.default_rng(seed).permutation(22).tolist(), strict=True))
    renamed = data | {"pair": [f"q{named[own]}" for own in data["pair"]]}
    after = compliers(renamed, pairs="pair")["CACE"]
    assert (after.means, after.exact, after.df) == (before.means, before.exact, before.df)
    assert after.inference.covariance == pytest.approx(before.inference.covariance, rel=1e-12)
    moved = compliers(data | {"y": [factor * (y + shift) for y in data["y"]]}, pairs="pair")["CACE"]
    assert moved.estimate == pytest.approx(factor * before.estimate, rel=1e-9)
    assert moved.counterfactual_mean == pytest.approx(factor * (before.counterfactual_mean + shift), rel=1e-9)
    assert moved.std_error == pytest.approx(factor * before.std_error, rel=1e-7)
    assert moved.p_value(factor) == pytest.approx(before.p_value(1.0), rel=1e-7)


def test_two_who_change_places_between_pairs_move_the_standard_error_alone():
    """The pairs are what the variance is made of, and the means know nothing of them."""
    data = read("pairs")
    first, other = (
        next(i for i, own in enumerate(data["pair"]) if own == name and data["z"][i]) for name in ("p1", "p2")
    )
    data["pair"][first], data["pair"][other] = "p2", "p1"
    before, after = fitted("pairs")["CACE"], compliers(data, pairs="pair")["CACE"]
    assert after.means == before.means
    assert after.std_error != pytest.approx(before.std_error, rel=1e-6)


@pytest.mark.parametrize("design", ["pairs", "paired_clusters", "probability", "sampling", "treated pairs"])
def test_lot_and_receipt_turned_round_turn_the_effect_round(design):
    """Whose compliers are averaged must be the same in both, so that of the treated only pairs of equal arms are."""
    table, options = DESIGNS[design]
    data = read(table)
    if options.get("estimand") == "ATT":
        options = options | {"estimand": "ATE", "cluster_weighted": True}
    turned = data | {"z": [1 - z for z in data["z"]], "d": [1 - d for d in data["d"]]}
    if "p" in data:
        turned["p"] = [1 - p for p in data["p"]]
    one, other = compliers(data, **options)["CACE"], compliers(turned, **options)["CACE"]
    assert (other.treated_mean, other.counterfactual_mean) == pytest.approx(
        (one.counterfactual_mean, one.treated_mean), rel=1e-9
    )
    assert other.std_error == pytest.approx(one.std_error, rel=1e-8)
    assert other.p_value(-1.5) == pytest.approx(one.p_value(1.5), rel=1e-8)
    assert other.p_value(alternative="less") == pytest.approx(one.p_value(alternative="greater"), rel=1e-8)


def test_means_of_pairs_of_units_are_exact():
    data = {
        "y": [2, 4, 9, 5, 8, 9, 7, 10],
        "z": [1, 0] * 4,
        "d": [1, 0, 1, 0, 0, 0, 1, 1],
        "pair": [1, 1, 2, 2, 3, 3, 4, 4],
    }
    cace = compliers(data, pairs="pair")["CACE"]
    # u: (2 + 9 + 0 + 7)/4 less 10/4; y: (26 − 28)/4; d: 3/4 less 1/4
    assert (cace.exact.treated, cace.exact.counterfactual) == (Fraction(8, 2), Fraction(10, 2))
    assert cace.exact_estimate == Fraction(-1)


def test_rates_of_compliers_by_hand():
    """Events over months, and receipt over the same months: 3/4 of the months of those assigned, 1/4 of the others'."""
    data = {"y": [1, 3, 2, 6, 4, 8], "m": [6, 12, 6, 9, 6, 9], "z": [1, 1, 1, 0, 0, 0], "d": [1, 1, 0, 0, 1, 0]}
    effects = compliers(data, exposure="m")
    assert effects["first stage"].exact_estimate == Fraction(18, 24) - Fraction(6, 24)
    cace = effects["CACE"]
    assert cace.exact.treated == (Fraction(4, 24) - Fraction(4, 24)) / Fraction(1, 2)
    assert cace.exact.counterfactual == (Fraction(14, 24) - Fraction(2, 24)) / Fraction(1, 2)
    assert (cace.outcome.unit, effects["first stage"].outcome.unit) == ("days/m", "share")
    notes = {note.code: note.text.en for note in cace.notes}
    assert notes["exposure_stays"] == (
        "That effects of assignment on rates are effects on compliers assumes that assignment does not change exposure."
    )
    assert "rate" in notes
    shares = {note.code: note.text.en for note in effects["first stage"].notes}
    assert shares["share_of_exposure"] == (
        "Receipt counts by exposure: the shares are the exposure of those who received it over that of all."
    )
    assert "rate" not in shares
    alike = compliers(data | {"m": [12] * 6}, exposure="m")["CACE"]
    plain = compliers(data)["CACE"]
    assert alike.p_value(0.1) == pytest.approx(plain.p_value(1.2), rel=1e-9)
    assert alike.estimate == pytest.approx(plain.estimate / 12, rel=1e-12)


def test_frequencies_are_rows_that_stand_there_as_often():
    data = read("weighted")
    repeated = {
        name: [own for own, times in zip(column, data["f"], strict=True) for _ in range(int(times))]
        for name, column in data.items()
    }
    one, other = compliers(data, weights=FREQUENCY), compliers(repeated)
    for label in one.labels:
        assert one[label].means == other[label].means
        assert one[label].inference == other[label].inference
        assert one[label].sample == other[label].sample


@pytest.mark.parametrize(("design", "share"), [("pairs", True), ("probability", True), ("sampling", False)])
def test_everybody_complies(design, share):
    table, options = DESIGNS[design]
    data = read(table)
    effects = compliers(data | {"d": data["z"]}, **options)
    itt, cace = effects["ITT"], effects["CACE"]
    assert cace.means.treated == pytest.approx(itt.means.treated, rel=1e-12)
    assert cace.std_error == pytest.approx(itt.std_error, rel=1e-12)
    assert (cace.confidence_interval().low, cace.confidence_interval().high) == pytest.approx(
        (itt.confidence_interval().low, itt.confidence_interval().high), rel=1e-10
    )
    with pytest.raises(InferenceUnavailableError, match=r"^Everyone received what they were assigned, so the share of"):
        effects["first stage"].p_value()
    assert cace.diagnostics[0].values["effective_f"] is None


def test_horvitz_thompson_counts_the_shares_of_those_drawn_as_estimates():
    """Its share of compliers is not one though all comply, as the lot did not draw just as many as were expected."""
    data = read("weighted")
    effects = compliers(data | {"d": data["z"]}, probability="p", adjustment="none")
    share = sum((z / p for z, p in zip(data["z"], data["p"], strict=True))) / len(data["z"])
    assert effects["first stage"].estimate == pytest.approx(share, rel=1e-12)
    assert effects["CACE"].estimate == pytest.approx(effects["ITT"].estimate / share, rel=1e-12)


def test_pairs_whose_effects_follow_from_receipt_and_too_few_pairs():
    data = {
        "y": [5, 3, 3, 3, 5, 3, 5, 5],
        "z": [1, 0] * 4,
        "d": [1, 0, 0, 0, 1, 0, 1, 1],
        "pair": [1, 1, 2, 2, 3, 3, 4, 4],
    }
    cace = compliers(data, pairs="pair")["CACE"]
    assert cace.estimate == 2
    with pytest.raises(InferenceUnavailableError, match=r"^Within the arms the outcome follows from what was received"):
        cace.p_value()
    one = {name: column[:2] for name, column in data.items()}
    effects = compliers(one, pairs="pair")
    for label in effects:
        assert isinstance(effects[label].inference, Unavailable)
    assert effects["CACE"].inference.reason.en == "Between-pair inference needs at least 2 pairs; there is 1."


@pytest.mark.parametrize("lost", ["y", "d"])
def test_a_pair_that_lacks_one_is_left_out_and_the_itt_keeps_those_that_lack_receipt_alone(lost):
    data = read("pairs")
    gone = data | {lost: [None, *data[lost][1:]]}
    whole = {name: column[2:] for name, column in data.items()}
    dropped, complete = compliers(gone, pairs="pair", missing="drop"), compliers(whole, pairs="pair")
    for label in ("CACE", "first stage") if lost == "d" else dropped:
        assert dropped[label].means == complete[label].means
        assert dropped[label].inference == complete[label].inference
        assert dropped[label].sample.n_dropped == 2
    if lost == "d":
        everyone = compliers(data, pairs="pair")["ITT"]
        assert (dropped["ITT"].means, dropped["ITT"].inference) == (everyone.means, everyone.inference)


def test_missing_receipt_raises_unless_it_may_be_dropped():
    data = read("pairs")
    holed = data | {"d": [None, *data["d"][1:]]}
    with pytest.raises(DataError, match=r"^Column 'd' must have a value in every row; 1 row did not"):
        compliers(holed, pairs="pair")


# --- by randomisation ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "design", ["pairs", "paired_clusters", "horvitz_thompson", "probability", "sampling", "frequency", "rate"]
)
def test_the_lot_of_each_design(design):
    table, options = DESIGNS[design]
    data, chance = read(table), {"inference": "randomization", "draws": 199, "rng": 7}
    found = compliers(data, **options, **chance)
    trial = effekt.randomized_trial(data, outcome=DAYS, treatment="z", **options, **chance)
    assert found["ITT"].inference == trial.inference
    assert isinstance(found["CACE"].inference, Randomization)
    assert found["CACE"].rank_p_value() == trial.rank_p_value()
    assert found["CACE"].estimate == compliers(data, **options)["CACE"].estimate
    assert found["CACE"].estimand.population.sv == f"de följsamma av {trial.estimand.population.sv}"
    for effect in found.effects:
        assert_valid_effect(effect)
    order = np.random.default_rng(2).permutation(len(data["y"]))
    turned = {name: [column[i] for i in order] for name, column in data.items()}
    assert compliers(turned, **options, **chance).to_json() == found.to_json()


def test_every_lot_of_nine_pairs_of_clusters_by_hand():
    data = read("paired_clusters")
    effect = fitted("paired_clusters", inference="randomization")["CACE"]
    names = sorted(set(data["pair"]))
    y, d, z = (np.array(data[name]) for name in ("y", "d", "z"))
    share = {name: data["pair"].count(name) / len(y) for name in names}
    for null in (0.0, 1.0, -2.0):
        left = y - null * d
        moved = []
        for name in names:
            rows = np.array([own == name for own in data["pair"]])
            moved.append(share[name] * (left[rows & (z == 1)].mean() - left[rows & (z == 0)].mean()))
        signs = np.array(np.meshgrid(*[[1, -1]] * len(names))).reshape(len(names), -1).T
        found = np.abs(signs @ np.array(moved))
        expected = Fraction(int((found >= abs(sum(moved)) * (1 - 1e-12)).sum()), len(signs))
        assert effect.rank_p_value(null) == expected


# --- sentences ----------------------------------------------------------------------------------------------------

BAD = [
    ("pairs", {"pairs": "pair", "variance": "HC2"}, "`variance` must be 'between_pair' with pairs; got 'HC2'."),
    (
        "pairs",
        {"pairs": "pair", "covariates": "y2"},
        "`pairs` takes covariates in `randomized_trial` alone, of one outcome and two arms; leave `covariates` out, or "
        "name the pairs in `block` with adjustment='additive'.",
    ),
    ("pairs", {"pairs": "z"}, "Column 'z' must play one role; it is named as `treatment` and `pairs`."),
    ("pairs", {"pairs": "d"}, "Column 'd' must play one role; it is named as `received` and `pairs`."),
    ("weighted", {"probability": "d"}, "Column 'd' must play one role; it is named as `received` and `probability`."),
    (
        "weighted",
        {"weights": {"column": "d", "kind": "sampling"}},
        "Column 'd' must play one role; it is named as `received` and `weights`.",
    ),
    ("weighted", {"variance": "young"}, "`variance` must be 'HC0', 'HC1', 'HC2' or 'HC3'; got 'young'."),
    (
        "weighted",
        {"weights": SAMPLING, "variance": "welch"},
        "`variance` must be 'HC0', 'HC1', 'HC2' or 'HC3'; got 'welch'.",
    ),
    (
        "weighted",
        {"probability": "p", "adjustment": "none", "variance": "HC2"},
        "`variance` must be 'young' with a probability and adjustment='none'; got 'HC2'.",
    ),
    (
        "weighted",
        {"probability": "p", "adjustment": "none", "estimand": "ATT"},
        "`adjustment` 'none' with a probability is the Horvitz–Thompson estimator, which averages over all units; "
        "choose estimand='ATE' or adjustment='lin'.",
    ),
    ("weighted", {"estimand": "CACE"}, "`estimand` must be 'ATE' or 'ATT'; got 'CACE'."),
    (
        "weighted",
        {"cluster_weighted": True},
        "`cluster_weighted` needs a cluster; name it, or leave cluster_weighted out.",
    ),
    (
        "weighted",
        {"population": "super", "inference": "randomization", "rng": 1},
        "`population` must be 'finite' with inference='randomization', which is about the units of the trial; got "
        "'super'. Leave it out, or choose another inference.",
    ),
]


@pytest.mark.parametrize(("table", "options", "sentence"), BAD)
def test_options_that_cannot_be(table, options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compliers(read(table), **options)
    assert str(refusal.value) == sentence


def test_pairs_that_are_none():
    data = read("pairs")
    with pytest.raises(
        DataError, match=r"^Column 'pair' must name pairs of one treated and one control row; 1 pair lacked"
    ):
        compliers({name: column[1:] for name, column in data.items()}, pairs="pair")


def test_what_is_said_of_the_set():
    texts = {note.code: note.text for note in fitted("pairs")["CACE"].notes}
    assert texts["anderson_rubin"].en == (
        "Interval and p-value invert the Anderson–Rubin test under the variance between pairs; the standard error is "
        "that of the ratio by the delta method, and no interval rests on it."
    )
    assert "variansen mellan paren" in texts["anderson_rubin"].sv
    assert "pairs" in texts
    assert "upper bound" in {n.code: n.text for n in fitted("horvitz_thompson")["CACE"].notes}["anderson_rubin"].en
    assert isinstance(fitted("pairs")["CACE"].inference, AndersonRubin)

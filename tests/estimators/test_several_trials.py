"""Several outcomes, arms and subgroups of one trial: R, an oracle, laws, honest refusals, sentences."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import several_trials as oracle

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens" / "several"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
TEXT = ("cluster", "sex", "town")
ARMS = {"first": 1, "second": 2}
MODELS = {
    "none": {"adjustment": "none"},
    "additive": {"adjustment": "additive", "covariates": "x"},
    "lin": {"covariates": "x"},
}


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] if key in TEXT else float(row[key]) for row in rows] for key in rows[0]}


DATA = {name: read(name) for name in ("units", "clusters")}
OVER = {
    "outcomes": {"outcome": ["days", "visits"], "treatment": "d"},
    "arms": {"outcome": "days", "treatment": "arm", "arms": ARMS, "control": 0},
    "subgroups": {"outcome": "days", "treatment": "d", "subgroup": "sex"},
}


def several(table, over, **options):
    cluster = {"cluster": "cluster"} if table == "clusters" else {}
    return effekt.randomized_trials(DATA[table], **(OVER[over] | cluster | options))


def taken(data, kept, **columns):
    """The kept rows of a data set."""
    return {name: [cells[i] for i in kept] for name, cells in (data | columns).items()}


def part(table, over, label):
    """The data of one member, coded for `randomized_trial`."""
    data = DATA[table]
    if over == "arms":
        value = ARMS[label]
        kept = [i for i, arm in enumerate(data["arm"]) if arm in (0, value)]
        return taken(data, kept, arm=[float(arm == value) for arm in data["arm"]])
    return taken(data, [i for i, own in enumerate(data["sex"]) if over == "outcomes" or own == label])


def size(covariance):
    """What each entry can be at most: the product of the standard deviations."""
    root = np.sqrt(np.diag(covariance))
    return np.outer(root, root)


def assert_close(found, wanted, tolerance):
    found, wanted = np.array(found), np.array(wanted)
    assert np.max(np.abs(found - wanted) / size(wanted)) <= tolerance


# --- R and an oracle ----------------------------------------------------------------------------------------------


CASES = [
    (table, over, model, variance)
    for table in DATA
    for over in OVER
    for model in MODELS
    for variance in R[table][over][model]
    if variance != "means"
]


@pytest.mark.parametrize(("table", "over", "model", "variance"), CASES)
def test_joint_covariance_is_that_of_the_stacked_regression_in_r(table, over, model, variance):
    golden = R[table][over][model]
    name = variance if table == "clusters" else variance.replace("CR", "HC")
    found = several(table, over, variance=name, population="finite", **MODELS[model])
    means = [mean for one in found.effects for mean in (one.treated_mean, one.counterfactual_mean)]
    assert means == pytest.approx(golden["means"], rel=1e-8)
    assert_close(found.covariance, golden[variance], 1e-8)


@pytest.mark.parametrize("variance", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("model", MODELS)
def test_joint_covariance_is_that_of_the_multivariate_lm_in_r(model, variance):
    found = several("units", "outcomes", variance=variance, population="finite", **MODELS[model])
    assert_close(found.covariance, R["units"]["multivariate"][model][variance], 1e-8)


@pytest.mark.parametrize("population", ["finite", "super"])
@pytest.mark.parametrize("variance", ["CR0", "CR2", "CR3"])
@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("table", DATA)
def test_joint_covariance_is_its_definition(table, over, variance, population):
    name = variance if table == "clusters" else variance.replace("CR", "HC")
    found = several(table, over, covariates="x", variance=name, population=population)
    data = DATA[table] | {"row": list(range(len(DATA[table]["x"])))}
    members = []
    for label in found:
        value = ARMS.get(label)
        kept = [
            i
            for i in data["row"]
            if (over == "outcomes" or (over == "arms" and data["arm"][i] in (0, value)) or data["sex"][i] == label)
        ]
        own = taken(data, kept)
        treated = [float(arm == value) for arm in own["arm"]] if over == "arms" else own["d"]
        outcome = own[label if over == "outcomes" else "days"]
        units = own["cluster" if table == "clusters" else "row"]
        members.append(oracle.Member(outcome, treated, own["x"], units, variance))
    assert_close(found.covariance, oracle.joint_covariance(members, drawn=population == "super"), 1e-10)


# --- members ------------------------------------------------------------------------------------------------------

OPTIONS = [
    {},
    {"covariates": "x"},
    {"covariates": "x", "population": "finite", "variance": "CR3"},
    {"covariates": "x", "adjustment": "additive", "estimand": "ATT"},
    {"variance": "CR1S"},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("table", DATA)
def test_a_member_is_the_single_trial(table, over, options):
    options = dict(options)
    if table == "units" and "variance" in options:
        options["variance"] = {"CR3": "HC3", "CR1S": "HC1"}[options["variance"]]
    found = several(table, over, **options)
    for label in found:
        outcome = label if over == "outcomes" else "days"
        single = {"outcome": outcome, "treatment": OVER[over]["treatment"]} | options
        if table == "clusters":
            single["cluster"] = "cluster"
        alone, member = effekt.randomized_trial(part(table, over, label), **single), found[label]
        assert member.means == alone.means
        assert member.exact == alone.exact
        assert member.inference == alone.inference
        assert (member.sample, member.observed, member.variance) == (alone.sample, alone.observed, alone.variance)
        place = 2 * found.labels.index(label)
        block = np.array(found.covariance)[place : place + 2, place : place + 2]
        assert (block[0, 0], block[0, 1], block[1, 1]) == alone.inference.covariance
    weights = [[1, -1], [1, 0], [0, 1]] if over == "arms" else [[1, -1]]
    assert found.df == min(one.inference.df.of(np.array(weights, float)).min() for one in found.effects)


@pytest.mark.parametrize("over", OVER)
def test_members_and_combinations_keep_the_laws_of_an_effect(over):
    found = several("clusters", over, covariates="x")
    first, second = found
    for one in (found[second], found.combine({first: "0.5", second: "0.25"})):
        assert_valid_effect(one)


def test_a_member_says_what_it_is():
    member = several("units", "arms")["second"]
    assert member.method == "randomized_trials"
    assert member.arguments["arms"] == {"first": "1", "second": "2"}
    assert member.arguments["control"] == "0"
    assert member.estimand.population.en == (
        "the population that the 54 units of the trial represent, arm 'second' and the control group"
    )
    women = several("units", "subgroups")["women"]
    assert women.arguments["subgroup"] == "sex"
    assert women.estimand.population.sv.endswith("representerar, delgruppen 'women'")
    both = several("units", "outcomes")["visits"]
    assert [one["column"] for one in both.arguments["outcome"]] == ["days", "visits"]


def test_the_set_survives_its_json():
    for over in OVER:
        found = several("clusters", over, covariates="x")
        assert effekt.EffectSet.from_json(found.to_json()) == found
        assert found.public() == found


# --- laws ---------------------------------------------------------------------------------------------------------


def weighed(rng, n=48):
    """A trial with everything that a row may count by; clusters of three, pairs of two clusters."""
    cluster = np.arange(n) // 3
    pair = cluster // 2
    first = rng.integers(0, 2, n // 6)
    d = np.where(cluster % 2 == 0, first[pair], 1 - first[pair])
    x, shared = rng.normal(size=n), rng.normal(size=n)
    data = {
        "d": d,
        "x": x,
        "block": np.where(np.arange(n) < n // 2, "a", "b"),
        "cluster": cluster,
        "pair": pair,
        "unit_pair": np.argsort(np.argsort(d, kind="stable"), kind="stable") % (n // 2),
        "w": rng.uniform(0.5, 3, n).round(2),
        "f": rng.integers(1, 4, n),
        "p": (0.3 + 0.4 * rng.random(n // 3)).round(2)[cluster],
        "m": rng.integers(2, 9, n),
        "y1": (x + d + shared).round(3),
        "y2": (2 - x + d * x + 2 * shared + rng.normal(size=n)).round(3),
    }
    data["both"] = data["y1"] + data["y2"]
    return {name: column.tolist() for name, column in data.items()}


UNITS = [
    {"covariates": "x", "variance": variance, "population": population}
    for variance in ("HC0", "HC1", "HC2", "HC3")
    for population in ("super", "finite")
]
UNITS += [
    {"variance": "welch"},
    {"block": "block", "covariates": "x"},
    {"block": "block", "adjustment": "additive", "estimand": "ATT"},
    {"weights": {"column": "w", "kind": "sampling"}, "covariates": "x"},
    {"weights": {"column": "w", "kind": "precision"}, "covariates": "x"},
    {"weights": {"column": "f", "kind": "frequency"}, "covariates": "x"},
    {"probability": "p", "covariates": "x"},
    {"probability": "p", "adjustment": "none"},
    {"exposure": "m", "covariates": "x"},
    {"pairs": "unit_pair"},
]
CLUSTERS = [
    {"covariates": "x", "variance": variance, "cluster": "cluster"} for variance in ("CR0", "CR1", "CR1S", "CR2", "CR3")
]
CLUSTERS += [
    {"cluster": "cluster", "cluster_weighted": True, "covariates": "x"},
    {"cluster": "cluster", "weights": {"column": "w", "kind": "sampling"}, "covariates": "x"},
    {"cluster": "cluster", "weights": {"column": "f", "kind": "frequency"}, "covariates": "x"},
    {"cluster": "cluster", "probability": "p", "adjustment": "none"},
    {"cluster": "cluster", "pairs": "pair"},
    {"cluster": "cluster", "exposure": "m"},
]


@pytest.mark.parametrize("options", UNITS + CLUSTERS)
def test_the_effect_on_a_sum_has_the_variance_of_the_sum_of_effects(options):
    """Whatever rows count by and under every name: the regression of y₁ + y₂ has the combination's covariance."""
    for seed in (1, 2):
        data = weighed(np.random.default_rng(seed))
        found = effekt.randomized_trials(data, outcome=["y1", "y2"], treatment="d", **options)
        combined = found.combine({"y1": 1, "y2": 1})
        whole = effekt.randomized_trial(data, outcome="both", treatment="d", **options)
        assert combined.estimate == pytest.approx(whole.estimate, rel=1e-10)
        (v11, v10, v00), (w11, w10, w00) = combined.inference.covariance, whole.inference.covariance
        assert (v11, v00) == pytest.approx((w11, w00), rel=1e-10)
        assert v10 == pytest.approx(w10, rel=1e-10, abs=1e-12 * math.sqrt(w11 * w00))
        if options.get("variance") != "welch":  # whose df depend on the outcome
            assert combined.df == pytest.approx(whole.df, rel=1e-8)
            assert combined.p_value() == pytest.approx(whole.p_value(), rel=1e-7)
        assert combined.sample == whole.sample
        assert combined.outcome.column == "1 × y1 + 1 × y2"


@given(st.integers(0, 10_000), st.sampled_from([-2.5, -1.0, 0.25, 3.0]), st.sampled_from([*UNITS[:8], *CLUSTERS[:5]]))
@settings(max_examples=25, deadline=None)
def test_any_combination_of_outcomes_is_the_regression_on_it(seed, weight, options):
    data = weighed(np.random.default_rng(seed))
    data["mix"] = [a + weight * b for a, b in zip(data["y1"], data["y2"], strict=True)]
    found = effekt.randomized_trials(data, outcome=["y1", "y2"], treatment="d", **options)
    whole = effekt.randomized_trial(data, outcome="mix", treatment="d", **options)
    combined = found.combine({"y1": 1, "y2": str(weight)})
    scale = found["y1"].std_error + abs(weight) * found["y2"].std_error
    assert combined.std_error == pytest.approx(whole.std_error, rel=1e-9, abs=1e-10 * scale)


@given(st.randoms(), st.sampled_from(sorted(OVER)), st.sampled_from(sorted(DATA)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter_to_the_byte(random, over, table):
    data = DATA[table] | {
        "days": [round(y, 0) for y in DATA[table]["days"]],
        "x": [float(round(x)) for x in DATA[table]["x"]],
    }
    order = random.sample(range(len(data["d"])), len(data["d"]))
    options = OVER[over] | {"covariates": "x"} | ({"cluster": "cluster"} if table == "clusters" else {})
    first, second = (effekt.randomized_trials(one, **options) for one in (data, taken(data, order)))
    assert first.to_json() == second.to_json()


def test_the_order_of_labels_moves_nothing_else():
    for table in DATA:
        one = several(table, "outcomes", covariates="x")
        other = several(table, "outcomes", covariates="x", outcome=["visits", "days"])
        turned = np.array(other.covariance)[np.ix_([2, 3, 0, 1], [2, 3, 0, 1])]
        assert_close(turned, one.covariance, 1e-14)
        arms = several(table, "arms", arms={"second": 2, "first": 1})
        assert arms["first"].inference == several(table, "arms")["first"].inference
        assert_close(
            np.array(arms.covariance)[np.ix_([2, 3, 0, 1], [2, 3, 0, 1])], several(table, "arms").covariance, 1e-14
        )


def test_names_of_arms_subgroups_and_clusters_do_not_matter():
    data = DATA["clusters"]
    named = data | {
        "arm": [{0: "care", 1: "work", 2: "school"}[arm] for arm in data["arm"]],
        "cluster": [f"z{name}" for name in data["cluster"]],
    }
    found = effekt.randomized_trials(
        named, outcome="days", treatment="arm", arms=["work", "school"], control="care", cluster="cluster"
    )
    assert found.labels == ("work", "school")
    assert_close(found.covariance, several("clusters", "arms").covariance, 1e-12)


def test_scale_and_shift_of_outcomes():
    data = DATA["units"]
    moved = data | {"days": [7 * y + 100 for y in data["days"]]}
    found = effekt.randomized_trials(moved, covariates="x", **OVER["outcomes"])
    by = np.array([7, 7, 1, 1])
    assert_close(
        np.array(found.covariance) / np.outer(by, by), several("units", "outcomes", covariates="x").covariance, 1e-10
    )


# --- what members have in common ----------------------------------------------------------------------------------


def test_arms_share_the_variance_of_the_control_group():
    found = several("units", "arms")
    covariance = np.array(found.covariance)
    control = found["first"].inference.covariance[2]
    assert covariance[1, 3] == pytest.approx(control, rel=1e-12)
    assert covariance[0, 2] == covariance[0, 3] == 0
    between = found.combine({"first": 1, "second": -1})
    data = DATA["units"]
    kept = [i for i, arm in enumerate(data["arm"]) if arm > 0]
    own = taken(data, kept, arm=[float(arm == 1) for arm in data["arm"]])
    alone = effekt.randomized_trial(own, outcome="days", treatment="arm")
    assert between.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert between.std_error == pytest.approx(alone.std_error, rel=1e-12)
    assert between.df <= alone.df


def test_subgroups_share_nothing_unless_clusters_span_them():
    apart = np.array(several("units", "subgroups", covariates="x").covariance)
    assert (apart[:2, 2:] == 0).all()
    spanned = np.array(several("clusters", "subgroups", covariates="x").covariance)
    assert np.abs(spanned[:2, 2:]).max() > 0.01 * size(spanned)[0, 2]


def test_counts_of_combinations_count_each_unit_once():
    outcomes = several("units", "outcomes").combine({"days": 1, "visits": 1})
    assert outcomes.sample == several("units", "outcomes")["days"].sample
    arms = several("units", "arms").combine({"first": "0.5", "second": "0.5"}).sample
    assert (arms.n_obs, arms.n_units, arms.n_treated, arms.n_control) == (72, 72, 42, 30)
    assert arms.n_dropped is None
    assert several("units", "arms").combine({"first": 2}).sample == several("units", "arms")["first"].sample
    sexes = several("units", "subgroups").combine({"men": 1, "women": -1}).sample
    assert (sexes.n_obs, sexes.n_treated) == (72, 42)


def test_outcomes_that_are_missing_for_different_units():
    data = {name: list(column) for name, column in DATA["units"].items()}
    for row in (3, 11, 40):
        data["visits"][row] = None
    data["days"][5] = math.nan
    found = effekt.randomized_trials(data, covariates="x", missing="drop", **OVER["outcomes"])
    for label in found:
        alone = effekt.randomized_trial(data, outcome=label, treatment="d", covariates="x", missing="drop")
        assert found[label].inference == alone.inference
    rows = {name: [i for i, y in enumerate(data[name]) if y is not None and not math.isnan(y)] for name in found}
    members = []
    for name, kept in rows.items():
        own = taken(data, kept)
        members.append(oracle.Member(own[name], own["d"], own["x"], kept, "HC2"))
    assert_close(found.covariance, oracle.joint_covariance(members, drawn=True), 1e-10)
    assert found.combine({"days": 1, "visits": 1}).sample.n_units is None


def test_rows_without_an_arm_or_subgroup_are_left_out_and_told():
    for over, column in (("arms", "arm"), ("subgroups", "sex")):
        data = {name: list(cells) for name, cells in DATA["units"].items()}
        data[column][7] = None
        found = effekt.randomized_trials(data, missing="drop", **OVER[over])
        kept = taken(data, [i for i in range(72) if i != 7])
        without = effekt.randomized_trials(kept, missing="drop", **OVER[over])
        assert found.effects == without.effects
        assert found.notes[-1].code == "left_out"
        assert found.notes[-1].text.en.startswith("Left out: 1 row without the name of a")


# --- small cells --------------------------------------------------------------------------------------------------


def small():
    """Subgroup c has a single treated unit."""
    rng = np.random.default_rng(8)
    group = ["a"] * 12 + ["b"] * 10 + ["c"] * 5
    d = [0, 1] * 11 + [1, 0, 0, 0, 0]
    return {"group": group, "d": d, "y": rng.normal(size=27).round(3).tolist()}


def test_a_subgroup_with_one_treated_unit_has_no_inference_but_the_others_have():
    data = small()
    found = effekt.randomized_trials(data, outcome="y", treatment="d", subgroup="group")
    assert isinstance(found["c"].inference, Unavailable)
    assert found["c"].inference.reason.en == "The treated arm has a single unit, so its variation cannot be estimated."
    assert found["c"].exact_estimate is not None
    assert (np.array(found.covariance)[4:] == 0).all()
    pooled = found.combine({"a": "0.5", "b": "0.5"})
    assert pooled.std_error == pytest.approx(0.5 * math.hypot(found["a"].std_error, found["b"].std_error), rel=1e-12)
    with pytest.raises(InferenceUnavailableError) as refused:
        found.combine({"a": 1, "c": 1}).p_value()
    assert str(refused.value) == (
        "Effect 'c' has no inference: The treated arm has a single unit, so its variation cannot be estimated."
    )
    note = next(note for note in found.notes if note.code == "without_inference")
    assert note.text.en == (
        "Without inference, each with its reason: c. A combination with one of them has none either."
    )
    assert effekt.EffectSet.from_json(found.to_json()) == found


def test_without_any_inference_the_covariance_is_unknown():
    data = {"y": [1.0, 2.0, 3.0], "z": [2.0, 2.5, 4.0], "d": [1, 0, 0]}
    found = effekt.randomized_trials(data, outcome=["y", "z"], treatment="d")
    assert found.covariance is None
    assert all(isinstance(one.inference, Unavailable) for one in found.effects)
    assert "joint_covariance" not in {note.code for note in found.notes}


def test_notes_in_both_languages():
    found = several("units", "arms")
    notes = {note.code: note.text for note in found.notes}
    assert notes["several_effects"].sv == (
        "Varje behandlingsarm jämförs med samma kontrollgrupp, och effekterna är därför korrelerade."
    )
    assert notes["several_tests"].en == (
        "There are 2 effects, and each p-value holds for its effect alone; the more there are, the more likely it is "
        "that one is small by chance."
    )
    assert notes["joint_covariance"].en == (
        "The joint covariance is HC2/1, from the same residuals as each standard error; combinations use the smallest "
        f"of the arms' and effects' degrees of freedom, {found.df:.2f}."
    )
    assert "låst plan" in {n.code: n for n in several("units", "subgroups").notes}["several_effects"].text.sv
    normal = effekt.randomized_trials(
        weighed(np.random.default_rng(1)), outcome=["y1", "y2"], treatment="d", probability="p", adjustment="none"
    )
    assert normal.df == math.inf
    assert normal.notes[-1].text.sv.endswith("sammanvägningar använder normalfördelningen.")


def test_inference_is_linear_t_everywhere():
    assert all(isinstance(one.inference, StudentT) for over in OVER for one in several("clusters", over).effects)


# --- sentences ----------------------------------------------------------------------------------------------------

NEEDS = "`randomized_trials` needs one of a list of outcomes, `arms` and `subgroup`; got "
REFUSED = [
    ({"outcome": "days"}, f"{NEEDS}none of them. For a single effect call randomized_trial."),
    (
        {"outcome": ["days", "visits"], "subgroup": "sex"},
        f"{NEEDS}a list of outcomes and a subgroup. Call it once for each.",
    ),
    (
        {"outcome": ["days"], "arms": [1], "control": 0, "subgroup": "sex"},
        f"{NEEDS}a list of outcomes and arms and a subgroup. Call it once for each.",
    ),
    ({"outcome": []}, "`outcome` must list at least one outcome; the list is empty."),
    ({"outcome": ["days", "days"]}, "`outcome` must name each column once; 'days' stands twice."),
    (
        {"outcome": [("days", "visits")]},
        "`outcome` must be one column in a randomised trial; got ('days', 'visits'). Divide the columns first, and say "
        "in `unit` what the ratio is, or name the denominator in `exposure`.",
    ),
    (
        {"outcome": ["days"], "control": 0},
        "`control` belongs to `arms`; without arms the control group is coded 0, so leave it out.",
    ),
    ({"arms": [1, 2]}, "`control` must be the value of the control group when there are `arms`; give it."),
    ({"arms": [], "control": 0}, "`arms` must map labels to values, as {'coaching': 1}, or list values; got []."),
    (
        {"arms": "first", "control": 0},
        "`arms` must map labels to values, as {'coaching': 1}, or list values; got 'first'.",
    ),
    ({"arms": {1: 1}, "control": 0}, "`arms` must have text for labels; got [1]."),
    ({"arms": [1, True], "control": 0}, "`arms` and `control` must be text or numbers; got True."),
    ({"arms": [1, 2], "control": 2}, "`arms` and `control` must have a value each; 2 stands twice."),
    (
        {"arms": [1, 2], "control": 0, "probability": "x"},
        "`arms` take no probability, since one column cannot hold the probability of each arm; leave it out, or call "
        "randomized_trial for one arm and the control group.",
    ),
    ({"subgroup": 3}, "`subgroup` must be a column name; got 3."),
    (
        {"subgroup": "x", "covariates": "x"},
        "Column 'x' must play one role; it is named as `covariates` and `subgroup`.",
    ),
    ({"subgroup": "sex", "block": "sex"}, "Column 'sex' must play one role; it is named as `block` and `subgroup`."),
    (
        {"outcome": ["days", "visits"], "variance": "CR2"},
        "`variance` must be 'HC0', 'HC1', 'HC2', 'HC3' or 'welch' without a cluster; got 'CR2'.",
    ),
    (
        {"outcome": ["days", "visits"], "covariates": "visits"},
        "Column 'visits' must play one role; it is named as `outcome` and `covariates`.",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), REFUSED)
def test_what_is_refused(options, sentence):
    treatment = "arm" if "arms" in options else "d"
    with pytest.raises(ArgumentError) as error:
        effekt.randomized_trials(DATA["units"], **({"outcome": "days", "treatment": treatment} | options))
    assert str(error.value) == sentence


def changed(table, column, rows):
    cells = list(DATA[table][column])
    for row, value in rows.items():
        cells[row] = value
    return DATA[table] | {column: cells}


BAD = [
    (
        changed("units", "arm", {4: 3.0, 9: 3.0}),
        "arms",
        {},
        "Column 'arm' must hold the values of `arms` and `control`; 2 rows did not, the first at row 5. Name every "
        "arm, or leave its rows out.",
    ),
    (
        DATA["units"],
        "arms",
        {"arms": {"first": 1, "second": 2, "third": 3}},
        "Column 'arm' must have rows of every arm; it has none of the arm 'third', whose value is '3'. Correct the "
        "value, or leave the arm out.",
    ),
    (
        changed("units", "arm", {}) | {"arm": [2.0 if arm == 0 else arm for arm in DATA["units"]["arm"]]},
        "arms",
        {},
        "Column 'arm' must have rows of every arm; it has none of the control group, whose value is '0'. Correct the "
        "value, or leave the arm out.",
    ),
    (
        changed("units", "visits", {6: None}),
        "outcomes",
        {},
        "Outcome 'visits': Column 'visits' must have a value in every row; 1 row did not, the first at row 7. Complete "
        "the data, or pass missing='drop' to leave such rows out and have them counted.",
    ),
    (
        changed("units", "d", {1: 2.0}),
        "subgroups",
        {},
        "Subgroup 2 of column 'sex', in the order of its values: Column 'd' must hold 0 (control) or 1 (treated); 1 "
        "row did not, the first at row 2. Recode it, and leave rows of other arms out.",
    ),
    (
        changed("units", "sex", {20: "other"}),
        "subgroups",
        {},
        "Subgroup 2 of column 'sex', in the order of its values: Column 'd' must hold both 0 (control) and 1 (treated)"
        "; there is no {} row. Give the rows of both arms.".format(
            "treated" if DATA["units"]["d"][20] == 0 else "control"
        ),
    ),
    (
        changed("clusters", "arm", {0: 2.0}),
        "arms",
        {"cluster": "cluster"},
        "Column 'arm' must hold one value within each cluster of column 'cluster'; 1 cluster did not, the first at row "
        "1. Correct the data, or leave `cluster` out if clusters were not assigned as a whole.",
    ),
]


@pytest.mark.parametrize(("data", "over", "options", "sentence"), BAD)
def test_data_that_is_refused(data, over, options, sentence):
    with pytest.raises(DataError) as error:
        effekt.randomized_trials(data, **(OVER[over] | options))
    assert str(error.value) == sentence


def test_rows_of_a_file_keep_their_lines(tmp_path):
    path = tmp_path / "trial.csv"
    lines = ["y,d,g", *(f"{i % 5},{i % 2},{'a' if i < 8 else 'b'}" for i in range(16))]
    lines[12] = "x,1,b"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        effekt.randomized_trials(path, outcome="y", treatment="d", subgroup="g")
    assert str(error.value) == (
        "Subgroup 2 of column 'g', in the order of its values: Column 'y' must hold numbers; 1 row held text, the "
        "first at row 12, line 13. Code words as numbers (1 for yes, 0 for no), without units; leave only cells "
        "without a value empty."
    )

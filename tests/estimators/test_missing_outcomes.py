"""Trials of every design with missing outcomes: who is missing, and how far the estimate could have been."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import diagnostics as oracle

import effekt
from effekt.certificates.published import published
from effekt.diagnostics import attrition_checks, differential_attrition, lee_bounds
from effekt.estimators.randomized.arguments import Options, checked
from effekt.estimators.randomized.attrition import row_weights
from effekt.estimators.randomized.data import read_trial
from effekt.exceptions import ArgumentError, DataError
from effekt.reports.doubt_words import WORDS_OF
from effekt.roles import as_outcome, as_weights

NAN = math.nan
GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "output.json").read_text("utf-8"))

DESIGNS = {
    "alone": {},
    "blocks": {"block": "office"},
    "blocks by precision": {"block": "office", "adjustment": "additive"},
    "blocks of the treated": {"block": "office", "estimand": "ATT"},
    "sampling weights": {"weights": {"column": "weight", "kind": "sampling"}},
    "sampling weights in blocks": {"weights": {"column": "weight", "kind": "sampling"}, "block": "office"},
    "precision weights": {"weights": {"column": "weight", "kind": "precision"}, "block": "office"},
    "frequencies": {"weights": {"column": "times", "kind": "frequency"}},
    "chances": {"probability": "chance"},
    "chances of the treated": {"probability": "chance", "estimand": "ATT"},
    "chances in blocks": {"probability": "chance", "block": "office"},
    "rates": {"exposure": "months"},
    "rates in blocks": {"exposure": "months", "block": "office"},
}
CLUSTERED = {
    "clusters": {"cluster": "school"},
    "equal clusters": {"cluster": "school", "cluster_weighted": True},
    "clusters in blocks": {"cluster": "school", "block": "half"},
    "pairs of clusters": {"cluster": "school", "pairs": "pair"},
    "equal pairs of clusters": {"cluster": "school", "pairs": "pair", "cluster_weighted": True},
}
EVERY = {
    **DESIGNS,
    **CLUSTERED,
    "pairs": {"pairs": "twin"},
}
CALL = {"outcome": "y", "treatment": "d"}


def lacking_a_covariate(treated=5, control=1):
    rows = range(40)
    return {
        "y": [float((7 * row) % 11) for row in rows],
        "d": [int(row < 20) for row in rows],
        "x": [None if row < treated or row >= 40 - control else float((3 * row) % 13) for row in rows],
    }


def test_rows_that_lack_another_value_than_the_outcome_are_counted_by_arm():
    data = lacking_a_covariate()
    for effect in (
        effekt.randomized_trial(data, **CALL, covariates="x", missing="drop"),
        effekt.doubly_robust(data, **CALL, covariates="x", missing="drop"),
    ):
        [said] = [note.text for note in effect.notes if note.code == "incomplete_rows"]
        assert re.findall(r"\d+", said.en) == re.findall(r"\d+", said.sv) == ["5", "20", "1", "20"]
        assert effect.sample.n_dropped == 6
    [hidden] = [note.text.en for note in published(effect, 3).notes if note.code == "incomplete_rows"]
    assert re.findall(r"<?\d+", hidden) != ["5", "20", "1", "20"]


def test_a_row_that_lacks_outcome_and_covariate_is_counted_once():
    data = lacking_a_covariate()
    data["y"][0] = data["y"][30] = None
    said = {
        note.code: note.text.en for note in effekt.randomized_trial(data, **CALL, covariates="x", missing="drop").notes
    }
    assert re.findall(r"\d+", said["missing_outcomes"]) == ["1", "20", "1", "20"]
    assert re.findall(r"\d+", said["incomplete_rows"]) == ["4", "20", "1", "20"]


def test_sums_over_all_who_were_assigned_take_no_missing_outcome():
    """Divided by those seen alone, they would count the others' chances as theirs: an effect where there is none."""
    divided = {"probability": "chance", "adjustment": "none"}
    data = rows("chances", 3)
    with pytest.raises(DataError, match=r"all who were assigned; 5 rows lacked a value. Use adjustment='lin'"):
        effekt.randomized_trial(data, **CALL, **divided, missing="drop")
    whole = data | {"y": np.nan_to_num(data["y"])}
    assert effekt.randomized_trial(whole, **CALL, **divided, missing="drop").estimate


def rows(name, seed, gone=5):
    """A small trial of the design, outcomes from 0 to 9, `gone` of them missing."""
    rng = np.random.default_rng([seed, 7])
    n = 48
    school = np.arange(n) % 16
    d = np.tile([1, 0, 1, 0, 0, 1], 8) if name not in CLUSTERED else (school // 2 + school) % 2
    if name == "pairs":
        d = np.tile([1, 0], n // 2)
    y = rng.integers(0, 10, n).astype(float)
    y[rng.choice(n, gone, replace=False)] = NAN
    return {
        "y": y,
        "d": d.astype(float),
        "office": (np.arange(n) // 12).astype(str),
        "twin": (np.arange(n) // 2).astype(str),
        "school": school.astype(str),
        "pair": (school // 2).astype(str),
        "half": (school // 8).astype(str),
        "weight": rng.integers(1, 5, n) / 2,
        "times": rng.integers(1, 4, n).astype(float),
        "chance": np.repeat([0.4, 0.5, 0.7, 0.5], 12),
        "months": rng.integers(1, 7, n).astype(float),
        "age": rng.integers(20, 60, n).astype(float),
    }


def checks_of(effect):
    return {one.name: one for one in effect.diagnostics}


# --- bounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_the_worst_cases_are_the_ends_of_all_that_could_have_been(name):
    """Every combination of smallest and largest outcomes is written in and estimated anew."""
    data = rows(name, 3)
    call = {**CALL, **EVERY[name], "missing": "drop"}
    found = checks_of(effekt.randomized_trial(data, **call, outcome_range=(0, 9)))["manski_bounds"].values
    gone = np.flatnonzero(np.isnan(data["y"]))
    estimates = []
    for ends in itertools.product((0.0, 9.0), repeat=len(gone)):
        written = data["y"].copy()
        written[gone] = ends
        estimates.append(effekt.randomized_trial({**data, "y": written}, **call).estimate)
    assert found["lower"] == pytest.approx(min(estimates), rel=1e-10, abs=1e-12)
    assert found["upper"] == pytest.approx(max(estimates), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "alone"])
def test_the_interval_is_that_of_both_ends(name):
    data = rows(name, 4)
    call = {**CALL, **EVERY[name], "missing": "drop"}
    found = checks_of(effekt.randomized_trial(data, **call, outcome_range=(0, 9)))["manski_bounds"]
    treated, gone = data["d"] == 1, np.isnan(data["y"])
    effects = [
        effekt.randomized_trial({**data, "y": np.where(gone, np.where(treated, *ends), data["y"])}, **call)
        for ends in ((0.0, 9.0), (9.0, 0.0))
    ]
    assert found.table["std_error"] == pytest.approx([effect.std_error for effect in effects], rel=1e-12)
    assert found.values["conf_low"] == pytest.approx(effects[0].confidence_interval().low, rel=1e-12)
    assert found.values["conf_high"] == pytest.approx(effects[1].confidence_interval().high, rel=1e-12)
    assert found.table["treated_mean"] == pytest.approx([effect.treated_mean for effect in effects], rel=1e-12)


@pytest.mark.parametrize("name", [name for name in EVERY if "divided" not in name])
def test_an_estimate_without_covariates_is_the_weighted_mean_that_lee_trims(name):
    data = rows(name, 5, gone=0)
    own = {"cluster_weighted": False, "adjustment": "lin", "estimand": "ATE"} | EVERY[name]
    weights = own.pop("weights", None)
    columns = ("block", "cluster", "pairs", "probability", "exposure")
    options = checked(
        Options(
            outcome=as_outcome("y"),
            treatment="d",
            covariates=(),
            population=None,
            variance="",
            missing="drop",
            weights=as_weights(weights),
            **{column: own.pop(column, None) for column in columns},
            **own,
        ),
        None,
    )
    trial = read_trial(data, options)
    w = row_weights(trial, options)
    effect = effekt.randomized_trial(data, **CALL, **EVERY[name])
    y = trial.response
    means = [float(np.sum(w[arm] * y[arm])) for arm in trial.arms]
    assert means[0] - means[1] == pytest.approx(effect.estimate, rel=1e-10, abs=1e-12)
    assert [w[arm].sum() for arm in trial.arms] == pytest.approx([1, 1], rel=1e-12)


@settings(max_examples=60)
@given(st.data())
def test_weighted_trimming_is_that_of_copies(data):
    n = data.draw(st.integers(6, 16))
    d = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    y = np.array(data.draw(st.lists(st.one_of(st.integers(-3, 5), st.just(NAN)), min_size=n, max_size=n)), float)
    assume(all(np.count_nonzero((d == arm) & ~np.isnan(y)) >= 2 for arm in (0, 1)))
    w = np.array(data.draw(st.lists(st.integers(1, 4), min_size=n, max_size=n)))
    found = lee_bounds(y, d, weights=w / 3).values
    copies = oracle.weighted_lee(y.tolist(), d.tolist(), w.tolist())
    assert (found["lower"], found["upper"]) == pytest.approx(copies, rel=1e-10, abs=1e-10)
    assert (found["conf_low"], found["std_error_lower"]) == (None, None)


def test_blocks_with_one_chance_are_trimmed_as_the_whole():
    """With the same share treated in every block every unit counts alike in its arm."""
    data = rows("blocks", 6)
    d = np.tile([1.0, 0.0], 24)
    found = checks_of(effekt.randomized_trial({**data, "d": d}, **CALL, block="office", missing="drop"))["lee_bounds"]
    whole = lee_bounds(data["y"], d)
    for key in ("lower", "upper", "trimmed_share", "share_seen_treated"):
        assert found.values[key] == pytest.approx(whole.values[key], rel=1e-12)


def test_blocks_with_other_chances_are_weighted_to_one_population():
    """Where many are treated outcomes are high, and nothing is an effect: only weighted arms say so."""
    y = np.array([*[8.0] * 9, 8.0, *[2.0] * 3, *[2.0] * 7])
    d = np.array([*[1.0] * 9, 0.0, *[1.0] * 3, *[0.0] * 7])
    y[-1] = NAN
    data = {"y": y, "d": d, "b": ["a"] * 10 + ["b"] * 10}
    found = checks_of(effekt.randomized_trial(data, **CALL, block="b", missing="drop"))["lee_bounds"].values
    assert found["share_seen_control"] == pytest.approx(1 - 1 / 14, rel=1e-12)
    assert found["lower"] <= 0 <= found["upper"]
    assert lee_bounds(y, d).values["lower"] > 2


def test_a_rate_has_no_trimming_and_says_why():
    checks = checks_of(effekt.randomized_trial(rows("rates", 3), **CALL, exposure="months", missing="drop"))
    assert checks["lee_bounds"].status == "information"
    assert checks["lee_bounds"].statement.en.startswith("There are no trimming bounds (Lee) of a rate: ")
    assert "manski_bounds" not in checks


def test_no_range_no_worst_case_but_of_shares():
    data = rows("blocks", 3)
    assert "manski_bounds" not in checks_of(effekt.randomized_trial(data, **CALL, block="office", missing="drop"))
    shares = {**data, "y": np.where(np.isnan(data["y"]), NAN, data["y"] > 4)}
    found = checks_of(effekt.randomized_trial(shares, **CALL, block="office", missing="drop"))["manski_bounds"]
    assert (found.values["low"], found.values["high"]) == (0, 1)


def test_counts_of_none_and_one_are_no_shares():
    data = rows("rates", 3)
    counts = {**data, "y": np.where(np.isnan(data["y"]), NAN, data["y"] > 4)}
    checks = checks_of(effekt.randomized_trial(counts, **CALL, exposure="months", missing="drop"))
    assert "manski_bounds" not in checks


def test_frequencies_are_units_that_are_written_out():
    data = rows("frequencies", 3)
    times = data["times"].astype(int)
    found = effekt.randomized_trial(data, **CALL, **DESIGNS["frequencies"], missing="drop").diagnostics
    assert found == attrition_checks(np.repeat(data["y"], times), np.repeat(data["d"], times))


def test_covariates_are_left_out_of_the_bounds():
    data = rows("blocks", 3)
    call = {**CALL, "block": "office", "missing": "drop", "outcome_range": ("0", "9")}
    plain = checks_of(effekt.randomized_trial(data, **call))
    for adjustment in ("lin", "additive", "lin_by_block"):
        adjusted = checks_of(effekt.randomized_trial(data, **call, covariates="age", adjustment=adjustment))
        if adjustment != "additive":
            assert adjusted["manski_bounds"] == plain["manski_bounds"]
        assert adjusted["differential_attrition"] == plain["differential_attrition"]


@pytest.mark.parametrize("block", [None, "block"])
def test_a_studentised_lot_with_missing_outcomes_is_that_of_those_who_have_one(block):
    lot = {"outcome": "days", "treatment": "trained", "block": block, "inference": "randomization"}
    data = {
        "days": [4.0, 6.0, None, 9.0, 8.0, 7.5, 5.5, 8.5, 4.5, 6.5, 3.0, 5.0],
        "trained": [1, 1, 1, 0, 0, 0] * 2,
        "block": [1] * 6 + [2] * 6,
    }
    known = {name: column[:2] + column[3:] for name, column in data.items()}
    found, plain = (
        effekt.randomized_trial(data, missing="drop", statistic=statistic, **lot)
        for statistic in ("studentized", "estimate")
    )
    assert found.p_value() == effekt.randomized_trial(known, statistic="studentized", **lot).p_value()
    assert found.diagnostics == plain.diagnostics


def test_other_inference_leaves_the_bounds_as_they_are():
    data = rows("clusters", 3)
    call = {**CALL, "cluster": "school", "missing": "drop", "outcome_range": (0, 9)}
    plain = effekt.randomized_trial(data, **call)
    for inference in ("randomization", "wild_bootstrap"):
        other = (
            effekt.randomized_trial(data, **call, inference=inference, draws=20, rng=1)
            if (inference == "randomization")
            else effekt.randomized_trial(data, **call, inference=inference)
        )
        assert other.diagnostics == plain.diagnostics


@pytest.mark.parametrize("name", EVERY)
def test_order_and_names_move_no_byte(name):
    data = rows(name, 8)
    call = {**CALL, **EVERY[name], "missing": "drop", "outcome_range": (0, 9)}
    first = effekt.randomized_trial(data, **call)
    order = np.random.default_rng(1).permutation(48)
    again = effekt.randomized_trial({key: np.asarray(column)[order] for key, column in data.items()}, **call)
    assert again.diagnostics == first.diagnostics
    assert again.to_json() == first.to_json()


@pytest.mark.parametrize("name", EVERY)
def test_the_range_moves_no_estimate(name):
    data, call = rows(name, 9), {**CALL, **EVERY[name], "missing": "drop"}
    without, given_one = (
        effekt.randomized_trial(data, **call),
        effekt.randomized_trial(data, **call, outcome_range=(0, 9)),
    )
    assert (given_one.means, given_one.inference) == (without.means, without.inference)
    assert [one for one in given_one.diagnostics if one.name != "manski_bounds"] == list(without.diagnostics)
    assert given_one.arguments == {**without.arguments, "outcome_range": [0.0, 9.0]}


def test_single_units_that_count_alike_have_the_checks_of_the_arms():
    data = rows("alone", 3)
    found = effekt.randomized_trial(data, **CALL, missing="drop", outcome_range=(0, 9)).diagnostics
    again = attrition_checks(data["y"], data["d"], low=0, high=9)
    assert [one.name for one in found] == [one.name for one in again]
    for one, other in zip(found, again, strict=True):
        assert one.statement == other.statement


# --- who is missing -----------------------------------------------------------------------------------------------


def flags(blocks):
    missing, treatment, block = [], [], []
    for name, (m1, n1, m0, n0) in enumerate(blocks):
        missing += [True] * m1 + [False] * (n1 - m1) + [True] * m0 + [False] * (n0 - m0)
        treatment += [1] * n1 + [0] * n0
        block += [f"b{name}"] * (n1 + n0)
    return missing, treatment, block


@pytest.mark.parametrize("row", GOLDEN["within_blocks"], ids=["three", "pairs", "large", "none"])
def test_the_exact_test_within_blocks_is_that_of_r(row):
    missing, treatment, block = flags(row["blocks"])
    found = differential_attrition(missing, treatment, block=block)
    assert found.values["p_value"] == pytest.approx(row["p_value"], rel=1e-10)
    assert found.values["p_value"] == pytest.approx(oracle.exact_within_blocks(row["blocks"]), rel=1e-10)


counts = st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=6))
def test_the_exact_test_within_blocks_is_that_of_exact_fractions(drawn):
    blocks = [(*treated, *control) for treated, control in drawn]
    missing, treatment, block = flags(blocks)
    found = differential_attrition(missing, treatment, block=block).values["p_value"]
    assert found == pytest.approx(oracle.exact_within_blocks(blocks), rel=1e-9)
    turned = differential_attrition(missing, [1 - d for d in treatment], block=[f"x{b}" for b in block])
    assert turned.values["p_value"] == pytest.approx(found, rel=1e-9)


def test_one_block_is_fisher():
    missing, treatment, block = flags([(6, 20, 1, 20)])
    within, whole = differential_attrition(missing, treatment, block=block), differential_attrition(missing, treatment)
    assert within.values["p_value"] == whole.values["p_value"]
    assert within.values["test"] == "exact within blocks, two-sided"
    assert within.statement.sv.endswith(
        "inget belägg för skilda bortfall (p 0,091 inom block, gräns 0,05), vilket inte visar att de som setts är lika."
    )


def test_pairs_are_called_pairs_in_both_languages():
    missing, treatment, pair = [True, False, False, True, True, False], [1, 0, 1, 0, 1, 0], [1, 1, 2, 2, 3, 3]
    found = differential_attrition(missing, treatment, block=pair)
    assert found.values["test"] == "exact within pairs, two-sided"
    assert "(p 1.0 within pairs, limit 0.05)" in found.statement.en
    assert "(p 1,0 inom par, gräns 0,05)" in found.statement.sv
    larger = differential_attrition([*missing, False], [*treatment, 0], block=[*pair, 3])
    assert larger.values["test"] == "exact within blocks, two-sided"
    data = rows("pairs", 3)
    effect = effekt.randomized_trial(data, **CALL, **EVERY["pairs"], missing="drop")
    assert "within pairs, limit" in effect.diagnostics[0].statement.en
    told = [WORDS_OF[f"exact within {groups}, two-sided"].sv for groups in ("blocks", "pairs")]
    assert told == ["exakt inom blocken, dubbelsidigt", "exakt inom paren, dubbelsidigt"]


def test_many_pairs_are_quick_and_exact():
    """McNemar's exact test of 30 000 against 29 000 pairs: twice the binomial tail."""
    from scipy.stats import binomtest

    missing = np.concatenate([np.tile([True, False], 30_000), np.tile([False, True], 29_000), [False] * 20_000])
    treatment = np.tile([1, 0], 69_000)
    found = differential_attrition(missing, treatment, block=np.repeat(np.arange(69_000), 2))
    assert found.values["p_value"] == pytest.approx(binomtest(30_000, 59_000).pvalue, rel=1e-7)


def test_blocks_in_which_chances_differ_are_not_mistaken_for_attrition():
    """Half are missing in one block and a tenth in the other, the arms alike in each."""
    missing, treatment, block = flags([(40, 80, 10, 20), (2, 20, 8, 80)])
    assert differential_attrition(missing, treatment).status == "warning"
    assert differential_attrition(missing, treatment, block=block).values["p_value"] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("name", [*CLUSTERED, "chances", "chances in blocks"])
def test_other_designs_ask_their_own_estimator(name):
    data = rows(name, 11, gone=9)
    call = {**CALL, **EVERY[name]}
    found = checks_of(effekt.randomized_trial(data, **call, missing="drop"))["differential_attrition"].values
    own = effekt.randomized_trial({**data, "y": np.isnan(data["y"]).astype(float)}, **call)
    assert found["p_value"] == pytest.approx(own.p_value(), rel=1e-12)
    assert found["test"] == f"{own.variance.removesuffix('/1')} of the indicator, two-sided"


def test_too_few_clusters_have_no_test_and_say_why():
    data = rows("clusters", 3)
    four = {**data, "school": (np.arange(48) % 4).astype(str), "d": (np.arange(48) % 2).astype(float)}
    checks = checks_of(effekt.randomized_trial(four, **CALL, cluster="school", missing="drop", outcome_range=(0, 9)))
    found = checks["differential_attrition"]
    assert (found.status, found.values["p_value"], found.values["test"]) == ("information", None, None)
    assert re.search(r"; there is no test: .*clusters.*\.$", found.statement.en)
    assert re.search(r"; det finns inget test: .*kluster.*\.$", found.statement.sv)
    assert checks["manski_bounds"].values["conf_low"] is None
    assert checks["manski_bounds"].table["std_error"] == (None, None)


def test_missing_outcomes_of_other_arms_and_of_no_block_are_no_part_of_it():
    data = rows("blocks", 3)
    call = {**CALL, "block": "office", "missing": "drop", "outcome_range": (0, 9)}
    plain = checks_of(effekt.randomized_trial(data, **call))
    more = {key: [*np.asarray(column).tolist(), np.asarray(column)[0]] for key, column in data.items()}
    more["y"][-1], more["d"][-1] = None, 2
    assert checks_of(effekt.randomized_trial(more, **call))["manski_bounds"] == plain["manski_bounds"]
    more["d"][-1], more["office"][-1] = 1, None
    assert checks_of(effekt.randomized_trial(more, **call))["manski_bounds"] == plain["manski_bounds"]
    only = {**data, "y": np.arange(48.0), "office": [None, *data["office"][1:]]}
    only["y"][0] = NAN
    (found,) = effekt.randomized_trial(only, **{**call, "outcome_range": None}).diagnostics
    assert found.statement.en.endswith(
        "; there is no test, since those without an outcome lack other values that the design rests on."
    )


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_range", "sentence"),
    [
        (
            5,
            "`outcome_range` must be the smallest and the largest outcome that is possible, such as (0, 12); got 5.",
        ),
        (
            (0, 1, 2),
            "`outcome_range` must be the smallest and the largest outcome that is possible, such as (0, 12); got "
            "(0, 1, 2).",
        ),
        ((3, 3), "`outcome_range` must go from a smaller to a larger number; got (3, 3)."),
        (("0", "x"), "`outcome_range` must be a finite number, or a decimal in text; got 'x'."),
    ],
)
def test_a_range_that_is_none(given_range, sentence):
    with pytest.raises(ArgumentError) as error:
        effekt.randomized_trial(rows("alone", 3), **CALL, outcome_range=given_range)
    assert str(error.value) == sentence


def test_outcomes_outside_the_range_are_refused():
    data = rows("alone", 3, gone=0)
    data["y"] = np.append(data["y"][:-1], 12.0)
    with pytest.raises(DataError) as error:
        effekt.randomized_trial(data, **CALL, outcome_range=(0, 9))
    assert str(error.value) == (
        "Column 'y' must hold outcomes from 0 to 9, as `outcome_range` says; 1 row did not, the first at row 48. "
        "Declare the range of the measure, not of these data."
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: differential_attrition([True, False], [1, 0], block=["a", "a"], clustered=True),
            "`block` is of units assigned one by one; leave it out where whole groups were assigned.",
        ),
        (
            lambda: differential_attrition([True, False], [1, 0], block=["a"]),
            "`block` must have one label for each of the 2 rows; its shape is (1,).",
        ),
        (
            lambda: lee_bounds([1, 2, 3, 4], [1, 1, 0, 0], weights=[1, 1, 0, 1]),
            "`weights` must be above 0; the first row that is not is row 3. Leave rows that do not count out.",
        ),
        (
            lambda: lee_bounds([1, 2, 3, 4], [1, 1, 0, 0], weights=[1, 1, 1]),
            "`weights` must have one value for each of the 4 rows; it has 3.",
        ),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence


# --- sets of effects ----------------------------------------------------------------------------------------------


def test_members_of_a_set_have_the_checks_of_their_own_trial():
    data = {**rows("blocks", 3), "other": rows("blocks", 4)["y"] * 2}
    call = {"treatment": "d", "block": "office", "missing": "drop"}
    several = effekt.randomized_trials(
        data, outcome=["y", "other"], **call, outcome_range={"y": (0, 9), "other": ("0", "18")}
    )
    for name, ends in (("y", (0, 9)), ("other", (0, 18))):
        alone = effekt.randomized_trial(data, outcome=name, **call, outcome_range=ends)
        assert several[name].diagnostics == alone.diagnostics
        assert several[name].arguments["outcome_range"] == {"y": [0.0, 9.0], "other": [0.0, 18.0]}
    one = effekt.randomized_trials(data, outcome=["y", "other"], **call, outcome_range={"y": (0, 9)})
    assert "manski_bounds" not in checks_of(one["other"])
    halves = effekt.randomized_trials(data, outcome="y", **call, subgroup="half", outcome_range=(0, 9))
    for name in ("0", "1"):
        kept = np.flatnonzero(data["half"] == name)
        own = {key: np.asarray(column)[kept] for key, column in data.items()}
        alone = effekt.randomized_trial(own, outcome="y", **call, outcome_range=(0, 9))
        assert halves[name].diagnostics == alone.diagnostics


@pytest.mark.parametrize(
    ("outcome", "given_range", "sentence"),
    [
        (
            ["y", "age"],
            (0, 9),
            "`outcome_range` must map each outcome that has one to its range, such as {'months': (0, 12)}, since there "
            "are several outcomes; got (0, 9).",
        ),
        ("y", {"yy": (0, 9)}, "`outcome_range` must name outcomes of the call; got 'yy'."),
    ],
)
def test_ranges_of_sets_that_are_refused(outcome, given_range, sentence):
    with pytest.raises(ArgumentError) as error:
        effekt.randomized_trials(
            rows("blocks", 3),
            outcome=outcome,
            treatment="d",
            subgroup=None if isinstance(outcome, list) else "half",
            outcome_range=given_range,
        )
    assert str(error.value).startswith(sentence)


def test_a_pair_of_three_of_whom_one_is_missing_is_no_pair_and_is_named_as_in_the_data():
    """Compared are one treated and one control; the third, whose outcome is missing, was assigned to the pair too."""
    data = rows("pairs", 3, gone=0)
    third = {key: [*np.asarray(column).tolist(), np.asarray(column)[40]] for key, column in data.items()}
    third["y"][-1] = None
    for call, start in (({}, ""), ({"subgroup": "half"}, "Subgroup 2 of column 'half', in the order of its values: ")):
        function = effekt.randomized_trials if call else effekt.randomized_trial
        half = {**third, "half": ["0"] * 24 + ["1"] * 25}
        with pytest.raises(DataError) as error:
            function(half, **CALL, **call, pairs="twin", missing="drop")
        assert str(error.value) == (
            f"{start}Column 'twin' must name pairs of one treated and one control row; 1 pair held more, the first at "
            "row 41. Correct the data, or name larger groups in `block`."
        )


# --- whole clusters -----------------------------------------------------------------------------------------------


def test_a_cluster_without_an_outcome_is_told():
    """School 3 (treated) is gone with every outcome of its own; school 0 (control) has one left."""
    n = 48
    school = np.arange(n) % 16
    data = {"y": np.arange(n) % 7 + 0.5 * (school % 5), "d": (school % 2).astype(float), "school": school.astype(str)}
    data["y"] = np.where((school == 3) | ((school == 0) & (np.arange(n) > 15)), NAN, data["y"])
    call = {"outcome": "y", "treatment": "d", "cluster": "school", "missing": "drop"}
    effect = effekt.randomized_trial(data, **call)
    (note,) = [note.text for note in effect.notes if note.code == "lost_clusters"]
    assert note.en == (
        "Of the clusters that were assigned 7 of 8 treated and 8 of 8 control ones are analysed; every outcome "
        "is missing in 1 treated and 0 control ones. If which clusters are lost depends on treatment, the effect is "
        "biased."
    )
    assert note.sv.startswith("Av de kluster som lottades analyseras 7 av 8 i behandlingsgruppen och 8 av 8 i kontroll")
    assert effect.sample.n_clusters == 15
    wild = effekt.randomized_trial(data, **call, inference="wild_bootstrap")
    assert "lost_clusters" in [note.code for note in wild.notes]
    (order,) = np.random.default_rng(1).permutation(n)[None, :]
    turned = effekt.randomized_trial({name: values[order] for name, values in data.items()}, **call)
    assert turned.to_json() == effect.to_json()


def test_a_cluster_lost_otherwise_is_told_as_such():
    """Of a covariate every value is missing in school 5; with half pairs their other cluster goes too."""
    n = 48
    school = np.arange(n) % 16
    data = {
        "y": np.arange(n) % 7 + 0.5 * (school % 5),
        "d": (school % 2).astype(float),
        "school": school.astype(str),
        "age": np.where(school == 5, NAN, (np.arange(n) * 5) % 13),
        "pair": (school // 2).astype(str),
    }
    call = {"outcome": "y", "treatment": "d", "cluster": "school", "missing": "drop"}
    (note,) = [
        note.text.en
        for note in effekt.randomized_trial(data, **call, covariates="age").notes
        if note.code == "lost_clusters"
    ]
    assert note.startswith(
        "Of the clusters that were assigned 7 of 8 treated and 8 of 8 control ones are analysed; every outcome is "
        "missing in 0 treated and 0 control ones."
    )
    lost = data | {"y": np.where(school == 5, NAN, data["y"])}
    (note,) = [
        note.text.en
        for note in effekt.randomized_trial(lost, **call, pairs="pair").notes
        if note.code == "lost_clusters"
    ]
    assert "7 of 8 treated and 7 of 8 control" in note
    assert "missing in 1 treated and 0 control" in note
    whole = effekt.randomized_trial(data, **call)
    assert "lost_clusters" not in [note.code for note in whole.notes]

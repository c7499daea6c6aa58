"""A regression of the outcome in each arm after matching: R's lm and clubSandwich, both routes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from oracles.regression import Regression
from two_routes import agree

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, ContractError, DataError, InferenceUnavailableError
from effekt.workflow.data.arguments import arguments

FOLDER = Path(__file__).parents[1] / "goldens" / "matching"
EXPECTED = json.loads((FOLDER / "adjusted.json").read_text(encoding="utf-8"))
TABLE = pd.read_csv(FOLDER / "adjusted.csv")
PAIRED = {"covariates": "score", "distance": "mahalanobis", "tie_orders": 1}
ROLES = {"unit": "unit", "treatment": "d"}
REGRESSED = {"covariates": ["x1", "x2"], "adjustment": "lin"}
WRITTEN = {
    "covariates": ["x"],
    "method": "nearest",
    "distance": "propensity",
    "propensity": "logit",
    "ratio": 1,
    "replace": False,
    "estimand": "ATT",
    "order": "largest",
    "salt": "lock",
    "tie_orders": 1,
    "missing": "raise",
}
ESTIMANDS = ("ATT", "ATC", "ATE")
CALLS = {
    "nearest": PAIRED,
    "nearest_school": PAIRED,
    **{f"full_{one}": {**PAIRED, "method": "full", "estimand": one} for one in ESTIMANDS},
    "full_school": {**PAIRED, "method": "full", "estimand": "ATE"},
    **{
        f"exact_{at}{one}": {"covariates": "stratum", "method": "exact", "estimand": one}
        for one in ESTIMANDS
        for at in ("", "school_")
    },
}


def compared(match, data=TABLE, **options):
    return effekt.matched_comparison(data, match={**ROLES, **match}, outcome="y", **(REGRESSED | options))


@pytest.mark.parametrize("name", EXPECTED)
def test_agrees_with_r(name):
    expected, cluster = EXPECTED[name], "school" if "school" in name else None
    match = effekt.match_controls(TABLE, **ROLES, **CALLS[name])
    effect, at_hand = (
        effekt.matched_comparison(TABLE, match=match, outcome="y", cluster=cluster, population=one, **REGRESSED)
        for one in ("PATT", "SATT")
    )
    wanted = "CR2" if "exact" not in name else "HC2" if cluster is None else "CR2_within"
    assert effect.variance == f"{wanted}/1"
    assert effect.treated_mean == pytest.approx(expected["treated_mean"], rel=1e-8)
    assert effect.counterfactual_mean == pytest.approx(expected["counterfactual_mean"], rel=1e-8)
    assert effect.df == pytest.approx(expected["df"], rel=1e-8)
    assert effect.inference.covariance == pytest.approx(expected["PATT"], rel=1e-8, abs=1e-12)
    assert at_hand.inference.covariance == pytest.approx(expected["SATT"], rel=1e-8, abs=1e-12)
    assert at_hand.df == effect.df
    assert effect.exact is None
    assert_valid_effect(effect)


def test_every_call_has_its_golden():
    assert set(EXPECTED) == set(CALLS)


def people(n=56, seed=3):
    rng = np.random.default_rng(seed)
    x, z = np.round(rng.normal(size=(2, n)), 2)
    d = (rng.random(n) < 1 / (1 + np.exp(0.7 - x))).astype(int)
    y = np.round(1 + x + z + d * (1 + 0.5 * x) + rng.normal(size=n), 2)
    cell = rng.integers(0, 9, n)
    school = [f"s{k}" for k in rng.integers(0, 9, n)]
    names = [f"u{i:03d}" for i in rng.permutation(n)]
    columns = {"unit": names, "d": d, "x": x, "z": z, "cell": cell, "school": school, "y": y}
    return {name: list(map(str, own)) if name in ("unit", "school") else own.tolist() for name, own in columns.items()}


PEOPLE = people()
MATCHES = {
    "pairs": {"caliper": 0.5, "tie_orders": 1},
    "two": {"ratio": 2, "estimand": "ATT", "replace": True, "reuse": 1, "tie_orders": 1},
    "controls": {"caliper": 1.0, "estimand": "ATC", "tie_orders": 1},
    "shared": {"replace": True},
    "everybody": {"replace": True, "estimand": "ATE"},
    "exact": {"method": "exact", "covariates": ["cell"], "estimand": "ATE"},
    "coarsened": {"method": "coarsened_exact", "cutpoints": {"x": 9}, "estimand": "ATC"},
}


@pytest.mark.parametrize(
    ("name", "options", "population"),
    [
        *((name, {"variance": "CR2"}, "PATT") for name in MATCHES if name != "coarsened"),
        ("coarsened", {}, "PATT"),
        ("pairs", {}, "SATT"),
        ("shared", {}, "PATT"),
        ("exact", {}, "SATT"),
        ("exact", {"cluster": "school"}, "PATT"),
        ("pairs", {"cluster": "school"}, "PATT"),
    ],
)
def test_both_routes_find_the_same(name, options, population):
    match = {**ROLES, "covariates": ["x"], **MATCHES[name]}
    call = {"match": match, "outcome": "y", "covariates": ["x", "z"], "population": population, **options}
    effect = effekt.matched_comparison(PEOPLE, **call)
    other = independent.METHODS["matched_comparison"](PEOPLE, **call)
    if other["unavailable"] is None:
        agree(other, effect)
    else:
        assert (name, options) in (("shared", {}), ("pairs", {"cluster": "school"}))
        assert effect.std_error is None
        assert float(other["estimate"]) == pytest.approx(effect.estimate, rel=1e-10)


@pytest.mark.parametrize("name", ["pairs", "everybody", "exact"])
def test_text_stands_for_the_categories_of_those_compared(name):
    """The first category is of one unit that nobody is compared with: the second stands for nothing then."""
    match = {"covariates": ["x"], **MATCHES[name]}
    found = effekt.match_controls(PEOPLE, **ROLES, **match).unit_table()
    used = {unit for unit, weight in zip(found.units, found.weight, strict=True) if weight}
    places = [["Berg", "By", "Dal"][i % 3] if unit in used else "Ask" for i, unit in enumerate(PEOPLE["unit"])]
    data = {**PEOPLE, "place": places, **{own: [int(one == own) for one in places] for own in ("By", "Dal")}}
    assert name != "pairs" or "Ask" in places
    effect = compared(match, data, covariates=["z", "place"], variance="CR2")
    by_hand = compared(match, data, covariates=["z", "By", "Dal"], variance="CR2")
    assert effect.means == by_hand.means
    assert effect.inference == by_hand.inference
    assert effect.arguments["covariates"] == ["z", "place"]
    call = {"match": {**ROLES, **match}, "outcome": "y", "covariates": ["z", "place"], "variance": "CR2"}
    agree(independent.METHODS["matched_comparison"](data, **call), effect)


@pytest.mark.parametrize("name", ["pairs", "everybody", "exact"])
def test_the_order_of_rows_moves_no_byte(name):
    places = np.random.default_rng(8).permutation(len(PEOPLE["d"]))
    turned = {column: [cells[i] for i in places] for column, cells in PEOPLE.items()}
    options = {"covariates": ["x", "z"], "variance": "CR2"}
    match = {"covariates": ["x"], **MATCHES[name]}
    assert compared(match, PEOPLE, **options).to_json() == compared(match, turned, **options).to_json()


def test_what_the_covariates_explain_alike_in_both_arms_moves_no_effect():
    match, options = {"covariates": ["x"], "tie_orders": 1}, {"covariates": ["x", "z"], "population": "SATT"}
    moved = {**PEOPLE, "y": [y + 3 * x - 2 * z for y, x, z in zip(*(PEOPLE[k] for k in "yxz"), strict=True)]}
    found, again = compared(match, PEOPLE, **options), compared(match, moved, **options)
    assert again.estimate == pytest.approx(found.estimate, abs=1e-12)
    assert again.std_error == pytest.approx(found.std_error, rel=1e-10)


def test_weights_of_full_matching_by_a_slow_oracle():
    """Two least-squares fits by hat matrices, from the weights that the match tells."""
    match = effekt.match_controls(PEOPLE, **ROLES, covariates=["x"], method="full", estimand="ATE", tie_orders=1)
    effect = effekt.matched_comparison(PEOPLE, match=match, outcome="y", covariates=["z"], population="SATT")
    rows = [i for i, unit in enumerate(PEOPLE["unit"]) if match.weights[unit] > 0]
    z = np.array([PEOPLE["z"][i] for i in rows])
    d, y = (np.array([PEOPLE[name][i] for i in rows]) for name in ("d", "y"))
    root = np.sqrt([match.weights[PEOPLE["unit"][i]] for i in rows])
    design = np.column_stack([d, d * (z - z.mean()), 1 - d, (1 - d) * (z - z.mean())]) * root[:, None]
    sets = [match.sets[PEOPLE["unit"][i]] for i in rows]
    slow = Regression(design, y * root, sets)
    contrast = np.array([1.0, 0.0, -1.0, 0.0])
    assert effect.estimate == pytest.approx(float(contrast @ slow.coefficients), rel=1e-10)
    assert effect.std_error**2 == pytest.approx(slow.variance(contrast, "CR2"), rel=1e-9)
    assert effect.df == pytest.approx(slow.df(contrast, "CR2"), rel=1e-9)


def test_a_missing_covariate_leaves_the_pair_out():
    lost = {**PEOPLE, "z": [None, *PEOPLE["z"][1:]]}
    match = effekt.match_controls(PEOPLE, **ROLES, covariates=["x"], method="full", tie_orders=1)
    found = effekt.matched_comparison(lost, match=match, outcome="y", covariates="z", missing="drop")
    whole = effekt.matched_comparison(PEOPLE, match=match, outcome="y", covariates="z")
    assert found.sample.n_dropped == 1
    assert found.sample.n_obs < whole.sample.n_obs
    assert "no_worst_case" in {note.code for note in found.notes}
    with pytest.raises(DataError, match="'z'"):
        effekt.matched_comparison(lost, match=match, outcome="y", covariates="z")


def test_the_notes_say_what_the_regression_did():
    effect = compared(PAIRED)
    notes = {note.code: note.text.en for note in effect.notes}
    assert notes["outcome_regression"] == (
        "The outcome is regressed on x1, x2 in each arm, with the weights of the match; without that the effect would "
        "be 2.306 and not 2.233."
    )
    assert "population" in notes
    assert effect.arguments["covariates"] == ["x1", "x2"]
    assert effect.arguments["population"] == "PATT"
    within = {note.code for note in compared({"covariates": "stratum", "method": "exact"}).notes}
    assert "sets_ignored" in within
    assert "within_sets" not in within


def test_ties_move_the_figure_that_is_told():
    data = {**PEOPLE, "x": [round(x) for x in PEOPLE["x"]]}
    effect = compared({"covariates": ["x"], "tie_orders": 4}, data, covariates=["z"])
    ties = next(one for one in effect.diagnostics if one.name == "tie_orders")
    assert ties.values["min"] <= effect.estimate <= ties.values["max"]
    assert ties.values["min"] < ties.values["max"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"adjustment": "additive"},
            "`adjustment` must be 'lin' in a matched comparison; got 'additive', whose one slope for both arms weighs "
            "effects by the regression, so that they would no longer be those of `estimand`.",
        ),
        ({"adjustment": "none"}, "`adjustment` must be 'lin'; got 'none'."),
        ({"covariates": ()}, "`adjustment` must be left out without `covariates`; got 'lin'."),
        (
            {"covariates": "y"},
            "Column 'y' must play one role; it is named as `outcome` and in `covariates`.",
        ),
        (
            {"covariates": "school", "cluster": "school"},
            "Column 'school' must play one role; it is named as `cluster` and in `covariates`.",
        ),
        ({"covariates": "d"}, "Column 'd' must play one role; it is named in `covariates` and in `match`."),
        (
            {"variance": "abadie_imbens", "match": {"replace": True, "tie_orders": 100}},
            "`covariates` must be left out with variance='abadie_imbens', whose regression is `bias_adjustment`; got "
            "('x1', 'x2').",
        ),
        (
            {
                "variance": "abadie_imbens_estimated",
                "match": {"distance": "propensity", "replace": True, "tie_orders": 100},
            },
            "`covariates` must be left out with variance='abadie_imbens_estimated', which has no regression; got "
            "('x1', 'x2'). Choose 'CR2', or 'abadie_imbens' with `bias_adjustment`.",
        ),
        (
            {"checks": ["rosenbaum_bounds"]},
            "`checks` must not name 'rosenbaum_bounds' beside `covariates`, as it is of outcomes that no regression "
            "has moved. Leave out one of the two.",
        ),
    ],
)
def test_refused_arguments(options, sentence):
    match = options.pop("match", {})
    with pytest.raises(ArgumentError) as refused:
        compared({**PAIRED, **match}, **options)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (
            [1.0] * len(TABLE),
            "Column 'x2' must vary among the treated that are compared; it holds one value there. Leave it out of "
            "`covariates`.",
        ),
        (
            [2 * x for x in TABLE["x1"]],
            "Column 'x2' must not be a linear combination of the other `covariates` among the treated that are "
            "compared. Leave it out.",
        ),
    ],
)
def test_refused_columns(column, sentence):
    with pytest.raises(DataError) as refused:
        compared(PAIRED, TABLE.assign(x2=column))
    assert str(refused.value) == sentence


def test_more_covariates_than_treated_are_refused():
    data = {"unit": list("abcdefgh"), "d": [1, 1] + [0] * 6, "x": [1, 5, 2, 4, 6, 8, 9, 3], "y": range(8)}
    data |= {"z": [3, 1, 4, 1, 5, 9, 2, 6]}
    with pytest.raises(DataError) as refused:
        compared({"covariates": ["x"], "distance": "mahalanobis"}, data, covariates=["x", "z"])
    assert str(refused.value) == (
        "`covariates` must be fewer than the treated that are compared, each category but a column's first counted; "
        "got 2 for 2. Leave some out."
    )


def test_a_covariate_of_one_unit_alone_has_no_inference():
    alone = TABLE.assign(x2=[int(i == 0) + int(i == 1) for i in range(len(TABLE))])
    effect = compared({"covariates": "stratum", "method": "exact"}, alone)
    with pytest.raises(InferenceUnavailableError, match="One unit or cluster alone determines"):
        effect.p_value()


def test_a_contract_writes_how_and_for_whom():
    written = {"outcome": "y", "variance": "CR2", "covariates": ["x"], "missing": "raise"}
    written["match"] = {**ROLES, **WRITTEN}
    with pytest.raises(ContractError, match=r"lacks the arguments 'adjustment' \('lin'\) and 'population' \('PATT' or"):
        arguments("effect", effekt.matched_comparison, written)
    whole = written | {"adjustment": "lin", "population": "PATT"}
    assert arguments("effect", effekt.matched_comparison, whole)["adjustment"] == "lin"


def test_a_level_far_above_the_spread_moves_nothing():
    """The covariate is centred, so that only what it differs by counts."""
    match = effekt.match_controls(TABLE, **ROLES, **PAIRED)
    near, far = (
        effekt.matched_comparison(
            TABLE.assign(z=level + TABLE["x1"].round(1)), match=match, outcome="y", covariates="z", adjustment="lin"
        )
        for level in (0.0, 1e11)
    )
    assert far.estimate == pytest.approx(near.estimate, rel=1e-12)
    assert far.std_error == pytest.approx(near.std_error, rel=1e-12)


def test_who_lacks_a_covariate_is_not_said_to_lack_the_outcome_alone():
    lacking = TABLE.assign(x1=TABLE["x1"].mask(TABLE["d"].eq(0) & (TABLE.index % 9 == 0)))
    found = effekt.matched_comparison(
        lacking, match=effekt.match_controls(TABLE, **ROLES, **PAIRED), outcome="y", missing="drop", **REGRESSED
    )
    said = {note.code: note.text for note in found.notes}["missing_outcomes"]
    assert "lack the outcome or a covariate of the comparison" in said.en
    assert "utfall eller en kovariat i jämförelsen" in said.sv
    (attrition,) = [one for one in found.diagnostics if one.name == "differential_attrition"]
    assert "with the outcome taken as missing where a covariate of the comparison is" in attrition.statement.en

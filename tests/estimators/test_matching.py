"""Matching: R's, statsmodels' and published numbers, brute force, the second route, invariances, laws and sentences."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from causaldata import cps_mixtape, nsw_mixtape
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import matching as oracle
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

import effekt
from effekt._inference import Unavailable
from effekt.estimators._propensity import _maximise, fit_propensity
from effekt.estimators.matching.neighbours import (
    KeyedLine,
    KeysOfRows,
    Links,
    Problem,
    check_links,
    link_with_replacement,
    other_keys,
    tie_values,
    unit_keys,
)
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError
from effekt.independent import METHODS
from effekt.independent.matches import matching, nearest_neighbours
from effekt.independent.matches.match_balance import balance
from effekt.tables import Table
from effekt.workflow.data.arguments import arguments

R = json.loads((Path(__file__).parents[1] / "goldens" / "randomized" / "output.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
ROLES = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES}
SHARED = (
    "Matching with replacement has no pair-clustered variance, because controls are shared between pairs; choose "
    "variance='abadie_imbens', or 'CR2', which compares groups that share no control."
)


@functools.cache
def frames():
    treated = nsw_mixtape.load_pandas().data
    treated = treated[treated.treat == 1].reset_index(drop=True)
    controls = cps_mixtape.load_pandas().data.reset_index(drop=True)
    found = []
    for name, frame in (("t", treated), ("c", controls)):
        frame = frame.drop(columns="data_id").astype(str).astype(float)
        found.append(frame.assign(unit=[f"{name}{i}" for i in range(len(frame))]))
    return found


@functools.cache
def nsw_cps():
    """The treated men of the National Supported Work experiment with all survey controls."""
    return pd.concat(frames(), ignore_index=True)


@functools.cache
def tied_cps():
    """The same treated with the 2 904 survey controls who share all covariates with another one."""
    treated, controls = frames()
    shared = controls[controls.duplicated(COVARIATES, keep=False)]
    return pd.concat([treated, shared], ignore_index=True)


@functools.cache
def experiment():
    frame = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    return frame.assign(unit=[f"u{i}" for i in range(len(frame))])


def toy(**columns):
    return {
        "unit": ["t1", "t2", "t3", "c1", "c2", "c3", "c4"],
        "d": [1, 1, 1, 0, 0, 0, 0],
        "x": [3.0, 2.0, 1.0, 0.0, 1.0, 1.0, 2.5],
        "e": ["a", "b", "a", "a", "a", "a", "b"],
        "y": [10.0, 20.0, 30.0, 1.0, 2.0, 4.0, 8.0],
        **columns,
    }


TOY = {"unit": "unit", "treatment": "d", "covariates": "x"}


@pytest.mark.parametrize("distance", ["mahalanobis", "propensity"])
@pytest.mark.parametrize(("level", "digits"), [(20_231_201, 4), (2 * 10**15, 0)])
def test_a_level_far_above_the_spread_moves_no_pair(distance, level, digits):
    """Days with ten-thousandths, and whole numbers of 2e15: what stands in the column decides, not its doubles."""
    rng = np.random.default_rng(5)
    steps = [(rng.choice(90, 60, replace=False) / 10**digits).tolist() for _ in "xz"]
    data = {"unit": [f"u{i}" for i in range(60)], "d": [int(i < 20) for i in range(60)]}
    call = {**TOY, "covariates": ["x", "z"], "method": "nearest", "distance": distance}
    near, far = (
        sets_of(effekt.match_controls({**data, "x": own[0], "z": own[1]}, **call))
        for own in (steps, [[round(level + one, digits) for one in column] for column in steps])
    )
    assert far == near


def sets_of(match):
    """{treated unit: its control units}."""
    found = {}
    for pair in match.pairs:
        found.setdefault(pair.treated, []).append(pair.control)
    return found


def by_brute_force(data, *, order=0, salt="", exact=(), caliper=None, roles=ROLES, **options):
    """The oracle on a table: {treated unit: its control units}, and the logits."""
    columns = {name: np.asarray(data[name]) for name in data}
    units = [str(unit) for unit in columns[roles["unit"]]]
    treated = columns[roles["treatment"]] == 1
    names = [roles["covariates"]] if isinstance(roles["covariates"], str) else roles["covariates"]
    scores = oracle.logit(np.column_stack([columns[name].astype(float) for name in names]), treated)
    width = math.inf if caliper is None else caliper * oracle.unit_of_caliper(scores, treated)
    sets = oracle.match(
        scores,
        treated,
        [tuple(columns[name][i] for name in exact) for i in range(len(units))],
        keys=[oracle.key(salt, unit, order) for unit in units],
        width=width,
        **options,
    )
    return {units[i]: sorted(units[j] for j in chosen) for i, chosen in sets.items()}


# --- known numbers --------------------------------------------------------------------------------------------------


def test_the_data_are_the_published_ones():
    data = nsw_cps()
    treated = data.treat == 1
    assert data.re78[treated].mean() - data.re78[~treated].mean() == pytest.approx(-8497.52, abs=0.01)
    design = np.column_stack([np.ones(len(data)), data.treat, data[COVARIATES]])
    assert np.linalg.lstsq(design, data.re78, rcond=None)[0][1] == pytest.approx(699.13, abs=0.01)


def test_propensity_is_that_of_statsmodels():
    data = nsw_cps()
    design = np.column_stack([np.ones(len(data)), data[COVARIATES]])
    wanted = Logit(data.treat.to_numpy(), design).fit(method="newton", tol=1e-14, maxiter=100, disp=False).params
    treated = data.treat.to_numpy() == 1
    found = fit_propensity(treated, data[COVARIATES].to_numpy(), COVARIATES)
    assert [found.intercept, *found.coefficients] == pytest.approx(wanted, rel=1e-8)
    assert found.logit == pytest.approx(design @ wanted, rel=1e-8)
    gradient = design.T @ (treated - 1 / (1 + np.exp(-found.logit))) / np.abs(design).max(axis=0) / len(data)
    assert np.max(np.abs(gradient)) < 1e-10


def test_propensity_is_that_of_r():
    match = effekt.match_controls(experiment(), **ROLES)
    golden = R["nsw"]["matching"]
    assert [match.intercept, *match.coefficients.values()] == pytest.approx(golden["coefficients"], rel=1e-8)


@pytest.mark.parametrize(("ratio", "name"), [(1, "nearest"), (2, "two_nearest")])
def test_with_replacement_is_that_of_r(ratio, name):
    golden = R["nsw"]["matching"][name]
    match = effekt.match_controls(experiment(), **ROLES, ratio=ratio, replace=True)
    effect = effekt.matched_comparison(experiment(), match=match, outcome="re78")
    assert (match.counts.pairs, match.counts.matched) == (golden["pairs"], golden["treated"])
    assert effect.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert effect.treated_mean == pytest.approx(golden["treated_mean"], rel=1e-8)
    assert effect.counterfactual_mean == pytest.approx(golden["counterfactual_mean"], rel=1e-8)


@pytest.mark.parametrize(
    ("options", "estimate", "pairs", "low", "high"),
    [
        ({}, 1681.8520254594596, 185, 1362.6152308648652, 1765.890747081081),
        ({"replace": True}, 1756.4435356892245, 281, 1756.4435356892245, 1756.4435356892245),
        ({"ratio": 3}, 1047.3188143063062, 555, 912.3770806126122, 1078.2525604324328),
        ({"ratio": 3, "caliper": 0.2}, 1402.61908511828, 435, 1222.7015943655915, 1427.1270997419351),
    ],
)
def test_national_supported_work_against_the_survey(options, estimate, pairs, low, high):
    match = effekt.match_controls(nsw_cps(), **ROLES, **options)
    effect = effekt.matched_comparison(nsw_cps(), match=match, outcome="re78")
    assert effect.estimate == pytest.approx(estimate, rel=1e-9)
    assert match.counts.pairs == pairs
    orders = effect.diagnostics[3]
    assert (orders.values["min"], orders.values["max"]) == (pytest.approx(low, rel=1e-9), pytest.approx(high, rel=1e-9))
    assert orders.status == ("ok" if low == high else "warning")
    assert orders.values["count"] == (0 if options.get("replace") else 100)
    assert effect.observed.treated - effect.observed.control == pytest.approx(-8497.52, abs=0.01)


def test_national_supported_work_by_the_second_route():
    columns = {name: nsw_cps()[name].tolist() for name in ("unit", "treat", "re78", *COVARIATES)}
    options = {"ratio": 3, "caliper": 0.2}
    again = METHODS["matched_comparison"](columns, match={**ROLES, **options}, outcome="re78")
    assert float(again["estimate"]) == pytest.approx(1402.61908511828, rel=1e-9)


# --- brute force ----------------------------------------------------------------------------------------------------


@st.composite
def problems(draw):
    """Scores on a coarse grid, so that ties and equal distances on both sides abound."""
    n = draw(st.integers(4, 24))
    treated = draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(lambda arm: any(arm) and not all(arm)))
    return {
        "scores": [value / 4 for value in draw(st.lists(st.integers(-8, 8), min_size=n, max_size=n))],
        "treated": treated,
        "strata": draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)),
        "ratio": draw(st.integers(1, 3)),
        "width": draw(st.sampled_from([math.inf, 0.25, 0.6, 1.0])),
    }


def linked(links):
    found = {}
    for t, c in zip(links.treated.tolist(), links.control.tolist(), strict=True):
        found.setdefault(t, []).append(c)
    return found


def posed(problem):
    return Problem(
        treated=np.array(problem["treated"]),
        strata=np.array(problem["strata"]),
        logit=tie_values(np.array(problem["scores"])),
        ratio=problem["ratio"],
        width=problem["width"],
    )


def keyed(keys):
    return KeysOfRows(len(keys), np.array(keys, np.uint64).__getitem__)


def test_keys_are_worked_out_for_the_rows_asked_for_and_once():
    asked = []

    def keys(rows):
        asked.extend(rows.tolist())
        return unit_keys("salt", (str(row) for row in rows.tolist()))

    lazy = KeysOfRows(9, keys)
    for rows in ([3, 1], [1, 4], [3, 4]):
        for order in (0, 2):
            expected = [oracle.key("salt", str(row), order) for row in rows]
            assert lazy.of(np.array(rows), order).tolist() == expected
    assert asked == [3, 1, 4]


@settings(max_examples=100)
@given(problems())
def test_neighbours_with_replacement_are_those_of_brute_force(problem):
    wanted = oracle.match(**problem, replace=True)
    assert linked(link_with_replacement(posed(problem))) == wanted


@settings(max_examples=100)
@given(problems(), st.integers(0, 1000))
def test_neighbours_without_replacement_are_those_of_brute_force_in_every_order(problem, seed):
    units = [f"{seed}-{i}" for i in range(len(problem["scores"]))]
    line = KeyedLine(posed(problem), keyed([oracle.key("salt", unit) for unit in units]))
    base = linked(line.links)
    assert base == oracle.match(**problem, keys=[oracle.key("salt", unit) for unit in units])
    pairs = list(zip(line.links.treated.tolist(), line.links.control.tolist(), strict=True))
    for order, change in enumerate(line.changes(5), start=1):
        left = [pair for place, pair in enumerate(pairs) if place not in change.removed.tolist()]
        came = list(zip(change.treated.tolist(), change.control.tolist(), strict=True))
        found = {}
        for t, c in sorted([*left, *came]):
            found.setdefault(t, []).append(c)
        wanted = oracle.match(**problem, keys=[oracle.key("salt", unit, order) for unit in units])
        assert found == wanted
        if not line.depends_on_order:
            used = [sorted((c, 1 / len(s)) for s in one.values() for c in s) for one in (base, wanted)]
            assert used[0] == used[1]
            assert set(base) == set(wanted)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    ("scores", "width"),
    [
        ([0.0, -0.3, 0.3 + 5e-13], math.inf),
        ([0.0, -0.3, 0.3 + 5e-12], math.inf),
        ([0.0, -0.3, 0.3 + 5e-13], 0.3 + 2e-13),
        ([0.0, -0.3 - 5e-13, 0.3], 0.3 + 2e-13),
        ([0.0, 0.3, 0.3 + 5e-13], math.inf),
        ([0.0, 0.3, 0.3 + 5e-12], math.inf),
        ([900.0, 900.3, 900.3 + 5e-10], math.inf),
        ([900.0, 900.3, 900.3 + 5e-9], math.inf),
    ],
)
def test_what_differs_by_rounding_is_tied(scores, width, replace):
    problem = {"scores": scores, "treated": [True, False, False], "strata": [0] * 3, "ratio": 1, "width": width}
    for keys in ([0, 1, 2], [0, 2, 1]):
        links = KeyedLine(posed(problem), keyed(keys)).links
        if replace:
            links = link_with_replacement(posed(problem))
        assert linked(links) == oracle.match(**problem, keys=keys, replace=replace)


def test_keyed_order_of_units():
    units = ["a", "b", "åäö", "0127"]
    keys = unit_keys("salt", units)
    assert keys.tolist() == [oracle.key("salt", unit) for unit in units]
    assert keys[0] == 0xC48E22D109FBDC9E
    for order in (1, 100):
        assert other_keys(keys, order).tolist() == [oracle.key("salt", unit, order) for unit in units]


def test_many_units_compete_for_few_controls():
    rng = np.random.default_rng(5)
    scores = np.concatenate([rng.normal(1, 1, 400), rng.normal(0, 1, 500)])
    treated = np.arange(900) < 400
    keys = np.arange(900, dtype=np.uint64)
    problem = {"scores": scores, "treated": treated, "strata": np.zeros(900, int), "ratio": 2, "width": 0.5}
    assert linked(KeyedLine(posed(problem), keyed(keys)).links) == oracle.match(**problem, keys=keys.tolist())


@st.composite
def cohorts(draw):
    """Small tables of integers, with overlap."""
    n = draw(st.integers(8, 30))
    columns = {name: draw(st.lists(st.integers(0, top), min_size=n, max_size=n)) for name, top in (("x", 4), ("z", 2))}
    treated = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    x = np.column_stack([columns["x"], columns["z"], np.ones(n)])
    assume(2 <= sum(treated) <= n - 2)
    assume(np.linalg.matrix_rank(x) == 3)
    assume(not oracle.is_separated(x[:, :2], treated))
    return {
        **columns,
        "unit": [f"u{i:02d}" for i in draw(st.permutations(range(n)))],
        "d": treated,
        "e": draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n)),
        "y": draw(st.lists(st.integers(-50, 50), min_size=n, max_size=n)),
    }


SMALL = {"unit": "unit", "treatment": "d", "covariates": ["x", "z"]}


@given(
    cohorts(),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([None, 0.31, 1.07]),
    st.sampled_from([(), ("e",)]),
    st.text("ab", max_size=3),
)
def test_match_and_comparison_are_those_of_brute_force(data, ratio, replace, caliper, exact, salt):
    options = {"ratio": ratio, "replace": replace, "caliper": caliper, "exact": exact, "salt": salt}
    wanted = by_brute_force(data, roles=SMALL, **options)
    if not wanted:
        with pytest.raises(DataError):
            effekt.match_controls(data, **SMALL, **options)
        return
    match = effekt.match_controls(data, **SMALL, **options, **({} if replace else {"tie_orders": 4}))
    assert sets_of(match) == wanted
    effect = effekt.matched_comparison(data, match=match, outcome="y")
    rows = {unit: i for i, unit in enumerate(data["unit"])}
    outcome = [Fraction(y) for y in data["y"]]

    def exactly(sets):
        return oracle.means({rows[t]: [rows[c] for c in chosen] for t, chosen in sets.items()}, outcome)

    assert (effect.exact.treated, effect.exact.counterfactual) == exactly(wanted)
    ways = [wanted]
    if not replace:
        ways += [by_brute_force(data, roles=SMALL, order=order, **options) for order in range(1, 5)]
    effects = [float(treated - control) for treated, control in map(exactly, ways)]
    orders = effect.diagnostics[3]
    assert (orders.values["min"], orders.values["max"]) == (min(effects), max(effects))
    moved = min(effects) < max(effects)
    if "min_conf_low" in orders.values:  # every way has an interval
        numbered = [{rows[t]: [rows[c] for c in chosen] for t, chosen in way.items()} for way in ways]
        moved |= len({(oracle.between_sets(sets, outcome), len(sets)) for sets in numbered}) > 1
    assert orders.status == ("warning" if moved else "ok")
    if not replace and len(wanted) >= 6 and effect.std_error is not None:
        sets = {rows[t]: [rows[c] for c in chosen] for t, chosen in wanted.items()}
        assert effect.std_error**2 == pytest.approx(float(oracle.between_sets(sets, outcome)), rel=1e-10)
        assert effect.df == pytest.approx(len(sets) - 1, rel=1e-9)


@given(
    st.integers(6, 14).flatmap(
        lambda n: st.tuples(
            st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=n, max_size=n),
            st.lists(st.booleans(), min_size=n, max_size=n),
        )
    )
)
def test_separation_is_found_exactly_where_a_linear_programme_finds_it(drawn):
    covariates, treated = np.array(drawn[0], float), np.array(drawn[1])
    assume(2 <= treated.sum() <= len(treated) - 2)
    assume(np.linalg.matrix_rank(np.column_stack([np.ones(len(treated)), covariates])) == 3)
    if oracle.is_separated(covariates, treated):
        with pytest.raises(DataError, match=r"must not separate treated|rows of both its values"):
            fit_propensity(treated, covariates, ["x", "z"])
    else:
        found = fit_propensity(treated, covariates, ["x", "z"])
        assert found.logit == pytest.approx(oracle.logit(covariates, treated), rel=1e-8, abs=1e-8)


def test_a_finite_maximum_far_out_is_found():
    """A single control among a hundred thousand with x = 1 separates nothing, in whatever unit x is."""
    treated = np.r_[np.ones(99_999, bool), False, np.ones(100, bool), np.zeros(900, bool)]
    rare = np.r_[np.ones(100_000), np.zeros(1000)]
    found = fit_propensity(treated, rare[:, None], ["x"])
    assert found.intercept == pytest.approx(math.log(100 / 900), rel=1e-10)
    assert found.intercept + found.coefficients[0] == pytest.approx(math.log(99_999), rel=1e-10)
    scaled = fit_propensity(treated, (rare * 1e9 + 1e12)[:, None], ["x"])
    assert scaled.logit == pytest.approx(found.logit, rel=1e-9)


def test_heavy_tails_need_shorter_steps():
    """Incomes of a few units, a few thousand and a few ten thousand: whole Newton steps would lower the likelihood."""
    x = [1, 0, 1, 0, 30, 1, 2, 1, 2, 0, 30, 1, 1]
    z = [1, 50, 0, 2, 30, 1, 0, 2, 2, 2, 0, 0, 0]
    covariates = np.array([x, z], float).T
    covariates[[0, 4, 10]] *= 1000
    treated = np.isin(np.arange(13), [5, 10, 12])
    found = fit_propensity(treated, covariates, ["x", "z"])
    residuals = treated - expit(found.logit)
    for column in (np.ones(13), *covariates.T):
        assert abs(np.sum(column * residuals)) < 1e-9 * np.max(column)
    assert not oracle.is_separated(covariates / 1000, treated)


def test_one_control_far_out_changes_nothing():
    x = np.array([5.0, 4, 3, 3, 2, 1, 7, 5, 4, 6, 9, 2])
    treated = np.arange(12) < 6
    near = fit_propensity(treated, x[:, None], ["x"])
    far = fit_propensity(np.append(treated, False), np.append(x, 1e6)[:, None], ["x"])
    assert near.coefficients[0] < 0
    assert far.coefficients == pytest.approx(near.coefficients, rel=1e-6)
    assert far.logit[:-1] == pytest.approx(near.logit, rel=1e-6, abs=1e-6)


def test_a_step_that_cannot_be_solved_is_separation():
    """Without information in some direction there is no step; no covariate that passes the checks before leads here."""
    with pytest.raises(DataError, match="must not separate"):
        _maximise(np.column_stack([np.ones(4), np.zeros(4)]), np.array([True, False] * 2), ["x"])


# --- the second route -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "options"),
    [
        (experiment, {"replace": True, "ratio": 3, "caliper": 0.1}),
        (experiment, {"replace": True, "exact": ("black", "nodegree")}),
        (experiment, {"ratio": 1}),
        (experiment, {"ratio": 2, "caliper": 0.05, "exact": ("marr",)}),
    ],
)
def test_second_route_gives_the_same_pairs_and_effect(table, options):
    data = table()
    columns = {name: data[name].tolist() for name in data.columns}
    order = sorted(columns["unit"], key=lambda unit: oracle.key("lock", unit))
    other = nearest_neighbours.match_controls(columns, **ROLES, **options, order=order)
    match = effekt.match_controls(data, **ROLES, **options, salt="lock")
    units = columns["unit"]
    wanted = {units[i]: sorted(units[j] for j in chosen) for i, chosen in other.controls.items()}
    assert sets_of(match) == wanted
    numbers = matching.matched_comparison(columns, match=other, outcome="re78")
    effect = effekt.matched_comparison(data, match=match, outcome="re78")
    assert effect.exact_estimate == numbers["estimate"]
    assert match.counts.unmatched == numbers["n_unmatched"]
    width = math.inf if match.caliper_width is None else match.caliper_width
    assert width == pytest.approx(other.caliper_width, rel=1e-10)
    report = balance(columns, match=other, treatment="treat", covariates=COVARIATES)
    for when in ("before", "after"):
        wanted = [report[name][when] for name in COVARIATES]
        assert match.balance.table[f"smd_{when}"] == pytest.approx(wanted, rel=1e-10, abs=1e-14)


# --- invariances ----------------------------------------------------------------------------------------------------


def test_row_order_does_not_matter_where_thousands_are_tied():
    data = tied_cps()
    assert len(data) == 185 + 2904
    rng = np.random.default_rng(1)
    options = {"caliper": 0.2, "ratio": 2, "tie_orders": 3, "salt": "s"}
    first = None
    for _ in range(12):
        order = rng.permutation(len(data))
        shuffled = {name: data[name].to_numpy()[order] for name in [*COVARIATES, "unit", "treat", "re78"]}
        match = effekt.match_controls(shuffled, **ROLES, **options)
        effect = effekt.matched_comparison(shuffled, match=match, outcome="re78")
        found = (match.to_json(), match.units_to_json(), effect.to_json())
        first = first or found
        assert found == first
    assert match.counts.by_order > 0


def test_row_order_does_not_matter_above_the_rows_that_tables_sort():
    rng = np.random.default_rng(3)
    n = 100_500
    x = rng.integers(0, 40, n).astype(float)
    data = {"unit": np.arange(n), "d": (rng.random(n) < 0.004 + x / 4000).astype(float), "x": x}
    order = rng.permutation(n)
    found = [
        effekt.match_controls(table, unit="unit", treatment="d", covariates="x", tie_orders=1)
        for table in (data, {name: column[order] for name, column in data.items()})
    ]
    assert found[0].to_json() == found[1].to_json()


def test_the_form_of_the_table_does_not_matter():
    data = experiment()
    found = [effekt.match_controls(table, **ROLES, caliper=0.1) for table in (data, pl.from_pandas(data))]
    assert found[0] == found[1]


def test_units_of_covariates_do_not_matter():
    data = experiment()
    scaled = data.assign(re74=data.re74 / 1024 + 7, age=data.age * -12)
    assert sets_of(effekt.match_controls(scaled, **ROLES)) == sets_of(effekt.match_controls(data, **ROLES))


SECRET = bytes(range(32))


def decided(match):
    """What the digest of a match by pairs or sets is of: all but the numbers that follow, and the distances."""
    plain = json.loads(match.units_to_json())
    for following in ("weight", "share", "distance"):
        del plain[following]
    plain["arguments"] = json.loads(match.to_json())["arguments"]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_a_sealed_match_is_checked_with_the_secret_alone():
    match = effekt.match_controls(toy(), **TOY, salt="2024")
    text = match.units_to_json()
    sealed = match.sealed(SECRET)
    wanted = hmac.new(SECRET, decided(match), hashlib.sha256).hexdigest()
    assert sealed.units_digest == f"hmac-sha256:{wanted}"
    shown = sealed.to_json()
    assert not any(hidden in shown for hidden in (match.units_digest, SECRET.hex(), *(f'"{u}"' for u in match.weights)))
    read = effekt.Match.from_json(shown)
    assert read.with_units(text, secret=SECRET).pairs == match.pairs
    assert effekt.match_controls(toy(), **TOY, salt="2024").sealed(SECRET).to_json() == shown
    other = bytes(reversed(SECRET))
    assert match.sealed(other).units_digest != sealed.units_digest
    for bad in ((text, other), (text.replace('"t1"', '"t4"'), SECRET)):
        with pytest.raises(
            ArgumentError,
            match=r"^`text` must be the units of this match, unchanged as its arguments; their digest is hmac",
        ):
            read.with_units(bad[0], secret=bad[1])


def test_a_guess_of_the_units_is_confirmed_by_the_open_digest_and_not_by_the_sealed_one():
    match = effekt.match_controls(toy(), **TOY, salt="2024")
    guess, salt = decided(match), json.loads(match.to_json())["arguments"]["salt"]
    assert hashlib.sha256(guess).hexdigest() in match.to_json()
    held = effekt.match_controls(toy(), **TOY, salt="2024", units_digest=match.units_digest)
    shown = match.sealed(SECRET).to_json()
    assert held.sealed(SECRET).to_json() == shown  # where the open digest stands in the call, it would show
    tried = [hashlib.sha256(salt.encode() + guess), hashlib.sha256(guess)]
    tried += [hmac.new(key, guess, hashlib.sha256) for key in (b"", salt.encode())]
    assert not any(one.hexdigest() in shown for one in tried)


@pytest.mark.parametrize(
    ("secret", "got"), [(b"", "0 bytes"), (bytes(31), "31 bytes"), ("a" * 32, "str"), (None, "NoneType")]
)
def test_a_weak_secret_is_refused(secret, got):
    with pytest.raises(ArgumentError) as refusal:
        effekt.match_controls(toy(), **TOY).sealed(secret)
    assert str(refusal.value) == (
        "`secret` must be at least 32 bytes made at random, such as secrets.token_bytes(32); got " + got + "."
    )


def test_a_secret_is_for_sealed_matches_alone():
    match = effekt.match_controls(toy(), **TOY)
    text = match.units_to_json()
    with pytest.raises(ArgumentError, match=r"^`secret` must be None for a match that is not sealed\.$"):
        match.with_units(text, secret=SECRET)
    with pytest.raises(ArgumentError, match=r"^`secret` must be given for a match that is sealed\.$"):
        match.sealed(SECRET).with_units(text)
    with pytest.raises(ArgumentError, match=r"^The match holds no units"):
        effekt.Match.from_json(match.to_json()).sealed(SECRET)


def test_salt_moves_only_ties():
    plain, salted = (effekt.match_controls(tied_cps(), **ROLES, salt=salt) for salt in ("", "2024"))
    assert plain.counts == salted.counts
    assert plain.balance.values["largest_smd_before"] == salted.balance.values["largest_smd_before"]
    assert sets_of(plain) != sets_of(salted)
    distances = [sorted(pair.distance for pair in match.pairs) for match in (plain, salted)]
    assert distances[0] == distances[1]
    assert plain.units_digest != salted.units_digest


@pytest.mark.parametrize("replace", [True, False])
def test_effect_moves_with_the_outcome(replace):
    data = experiment()
    match = effekt.match_controls(data, **ROLES, replace=replace)
    plain = effekt.matched_comparison(data, match=match, outcome="re78")
    moved = effekt.matched_comparison(data.assign(re78=data.re78 + data.treat * 1000), match=match, outcome="re78")
    assert moved.estimate - plain.estimate == pytest.approx(1000, rel=1e-12)
    assert moved.std_error == (None if replace else pytest.approx(plain.std_error, rel=1e-12))


# --- design before outcome ------------------------------------------------------------------------------------------


class Watched(Table):
    """A table that remembers which columns were read."""

    def __init__(self, columns):
        super().__init__(columns)
        self.__class__.read = set()

    def _cells(self, name):
        self.read.add(name)
        return super()._cells(name)


def test_only_named_columns_are_read():
    table = Watched(toy())
    effekt.match_controls(table, **TOY, exact="e")
    assert table.read == {"unit", "d", "x", "e"}


def test_the_outcome_cannot_move_the_match():
    sealed = effekt.match_controls(toy(y=["sealed"] * 7), **TOY)
    assert sealed == effekt.match_controls(toy(), **TOY)


def test_matching_from_a_mapping_gives_the_same():
    options = {**TOY, "caliper": 2.5, "ratio": 1, "replace": False, "salt": "s", "exact": ["e"]}
    match = effekt.match_controls(toy(), **options)
    nested = effekt.matched_comparison(toy(), match=options, outcome="y")
    assert nested == effekt.matched_comparison(toy(), match=match, outcome="y")


def test_a_contract_can_nest_the_match():
    """With decimals as text, and every choice written."""
    choices = {"method": "nearest", "distance": "propensity", "caliper": "2.5", "ratio": 1, "replace": False}
    rest = {"estimand": "ATT", "salt": "lock", "tie_orders": 100, "missing": "raise"}
    written = {"match": {**TOY, **choices, **rest}, "outcome": {"column": "y"}, "variance": "none", "missing": "raise"}
    effect = effekt.matched_comparison(toy(), **arguments("effect", effekt.matched_comparison, written))
    match = effekt.match_controls(toy(), **TOY, caliper=2.5, salt="lock")
    assert effect == effekt.matched_comparison(toy(), match=match, outcome={"column": "y"})


def test_arguments_of_the_result_repeat_it_and_its_json_comes_back():
    first = effekt.matched_comparison(toy(), match={**TOY, "caliper": 2.5}, outcome="y")
    assert effekt.matched_comparison(toy(), **first.arguments) == first
    assert effekt.EffectEstimate.from_json(first.to_json()) == first


# --- the match as an object -----------------------------------------------------------------------------------------


def test_json_holds_no_unit_and_comes_back_bit_for_bit():
    match = effekt.match_controls(experiment(), **ROLES, ratio=2, caliper=0.05, exact="black")
    text = match.to_json()
    units = set(experiment().unit)
    assert not any(f'"{unit}"' in text or f"{unit}," in text for unit in units)
    assert not any(unit in repr(match) or unit in repr(match.table) for unit in ("u0", "u100"))
    back = effekt.Match.from_json(text)
    assert back.to_json() == text
    assert back == match
    assert hash(back) == hash(match)
    assert back != effekt.match_controls(experiment(), **ROLES, ratio=2, caliper=0.05, exact="black", salt="x")
    with pytest.raises(
        ArgumentError, match=r"^The match holds no units; restore them with `match.with_units\(text\)`.$"
    ):
        _ = back.pairs
    with pytest.raises(ArgumentError, match="holds no units"):
        effekt.matched_comparison(experiment(), match=back, outcome="re78")
    effect = effekt.matched_comparison(experiment(), match=match, outcome="re78")
    assert not any(f'"{unit}"' in effect.to_json() for unit in units)


def test_pairs_come_back_and_only_unchanged():
    data = tied_cps()
    match = effekt.match_controls(data, **ROLES, tie_orders=2, salt="2024")
    text = match.units_to_json()
    assert match.units_digest == hashlib.sha256(decided(match)).hexdigest()
    back = effekt.Match.from_json(match.to_json()).with_units(text)
    assert back.pairs == match.pairs
    assert back.units_to_json() == text
    effects = [effekt.matched_comparison(data, match=one, outcome="re78") for one in (match, back)]
    assert effects[0] == effects[1]
    with pytest.raises(ArgumentError, match="`text` must be the units of this match, unchanged"):
        match.with_units(text.replace('"t0"', '"t0 "'))
    with pytest.raises(ArgumentError, match="must not hold `table`"):
        effekt.Match.from_plain({**json.loads(match.to_json()), "table": json.loads(text)})


def test_pairs_hold_weight_and_distance():
    match = effekt.match_controls(toy(), **TOY, replace=True)
    assert [tuple(pair[:3]) for pair in match.pairs] == [
        ("t1", "c4", 1.0),
        ("t2", "c4", 1.0),
        ("t3", "c2", 0.5),
        ("t3", "c3", 0.5),
    ]
    slope = match.coefficients["x"]
    assert [pair.distance for pair in match.pairs] == pytest.approx([0.5 * slope, 0.5 * slope, 0, 0], abs=1e-12)
    assert match.counts.set_sizes == ((1, 1, 2), (1, 2, 1))


def test_summary_in_both_languages():
    match = effekt.match_controls(toy(), **TOY, ratio=2, exact="e", caliper=2.5)
    english, swedish = match.summary(), match.summary("sv")
    assert english.startswith(
        "3 of 3 treated units are compared with 4 of 4 controls: each with the nearest 2 on the logit of the "
        "propensity given x, without replacement, alike in e, at most "
    )
    assert swedish.startswith(
        "3 av 3 behandlade enheter jämförs med 4 av 4 kontroller: var och en med de 2 närmaste på logiten av "
        "sannolikheten att behandlas givet x, utan återläggning, lika i e, högst "
    )
    assert "2 of 3 matched treated units have fewer than the 2 controls asked for." in english
    assert "2 av 3 matchade behandlade enheter har färre än de 2 kontroller som begärts." in swedish


# --- what cannot be matched -----------------------------------------------------------------------------------------


def test_unmatched_treated_change_the_estimand():
    match = effekt.match_controls(toy(), **TOY, caliper=0.01)
    assert (match.counts.matched, match.counts.unmatched) == (1, 2)
    effect = effekt.matched_comparison(toy(), match=match, outcome="y")
    assert str(effect.estimand.population) == "the 1 matched of 3 treated units"
    note = {note.code: note.text for note in effect.notes}["unmatched"]
    assert note.en == (
        "2 of 3 treated units have no control and are left out, so the estimand changed from the effect on the treated "
        "(ATT) to the ATT among the matched."
    )
    assert note.sv == (
        "2 av 3 behandlade enheter saknar kontroll och är uteslutna, så det som skattas är inte längre effekten på "
        "alla behandlade (ATT) utan på de matchade."
    )
    assert effect.diagnostics[2].status == "warning"


def test_every_treated_matched_says_nothing_of_the_sort():
    effect = effekt.matched_comparison(experiment(), match=ROLES, outcome="re78")
    assert str(effect.estimand.population) == "the 185 treated units"
    assert {note.code for note in effect.notes} >= {"unconfounded", "estimated_propensity"}
    assert not {note.code for note in effect.notes} & {"unmatched", "shortfall", "missing_outcomes", "caliper"}


def test_poor_overlap_is_said_loudly():
    data = {
        "unit": range(40),
        "d": [1] * 10 + [0] * 30,
        "x": [9.0] * 9 + [1.0] + [0.0, 1.0, 2.0] * 9 + [3.0, 4.0, 8.0],
        "y": [float(i) for i in range(40)],
    }
    match = effekt.match_controls(data, **TOY, replace=True)
    assert match.overlap.status == "failed"
    effect = effekt.matched_comparison(data, match=match, outcome="y")
    loud = {note.code: note.text for note in effect.notes}["poor_overlap"]
    assert loud.en.startswith(
        "Overlap is poor, so the comparison rests on few or unlike controls: 90.0% of the treated"
    )
    assert loud.sv.startswith(
        "Överlappningen är dålig, så jämförelsen vilar på kontroller som är få eller inte liknar dem: 90,0\u00a0%"
    )
    assert loud.en in effect.summary()
    assert "inference_despite_poor_overlap" not in {note.code for note in effect.notes}


def test_dropped_rows_are_counted():
    holes = toy(x=[3.0, 2.0, 1.0, math.nan, 1.0, 1.0, 2.5])
    counts = effekt.match_controls(holes, **TOY, missing="drop").counts
    assert (counts.dropped, counts.treated, counts.controls, counts.unmatched) == (1, 3, 4, 0)


def test_a_treated_unit_that_lacks_a_covariate_is_told_as_left_out():
    holes = toy(x=[3.0, 2.0, math.nan, 0.0, 1.0, math.nan, 2.5], y=[10.0, 20.0, 30.0, 1.0, 2.0, math.nan, 8.0])
    match = effekt.match_controls(holes, **TOY, missing="drop")
    assert (match.counts.treated, match.counts.matched, match.counts.unmatched) == (3, 2, 1)
    effect = effekt.matched_comparison(holes, match=match, outcome="y", missing="drop")
    assert effect.estimand.population.en == "the 2 matched of 3 treated units"
    assert effect.sample.n_dropped == 2
    (note,) = (note for note in effect.notes if note.code == "unmatched")
    assert note.text.en == (
        "1 of 3 treated units are left out (with a missing value: 1), so the estimand changed from the "
        "effect on the treated (ATT) to the ATT among the matched."
    )
    assert note.text.sv.startswith("1 av 3 behandlade enheter är uteslutna (med uppgifter som saknas: 1)")


# --- inference ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1, 3])
def test_pair_clustered_variance_is_that_between_sets(ratio):
    data = experiment()
    match = effekt.match_controls(data, **ROLES, ratio=ratio, caliper=0.1)
    effect = effekt.matched_comparison(data, match=match, outcome="re78")
    rows = {unit: i for i, unit in enumerate(data.unit)}
    sets = {rows[t]: [rows[c] for c in chosen] for t, chosen in sets_of(match).items()}
    assert ratio == 1 or match.counts.short > 0
    assert effect.variance == "CR2/1"
    assert effect.std_error**2 == pytest.approx(oracle.between_sets(sets, data.re78.tolist()), rel=1e-11)
    assert effect.df == pytest.approx(len(sets) - 1, rel=1e-10)
    assert effect.sample.n_clusters == len(sets)
    assert {note.code for note in effect.notes} >= {"caliper", "estimated_propensity"}


def refused(data, match, **options):
    effect = effekt.matched_comparison(data, match=match, outcome="y", **options)
    assert isinstance(effect.inference, Unavailable)
    assert effect.std_error is None
    assert effect.variance == "none/1"
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.p_value()
    return str(refusal.value)


def test_replacement_has_no_pair_clustered_variance():
    effect = effekt.matched_comparison(toy(), match={**TOY, "replace": True}, outcome="y")
    assert refused(toy(), {**TOY, "replace": True}) == SHARED
    assert effect.inference.reason.sv == (
        "Matchning med återläggning har ingen parklustrad varians, eftersom kontroller delas mellan par; välj "
        "variance='abadie_imbens', eller 'CR2', som jämför grupper som inte delar någon kontroll."
    )
    assert effect.sample.n_clusters is None


def test_few_sets_have_no_variance():
    assert refused(toy(), TOY) == "Cluster-robust inference needs at least six clusters; there are 3."


def test_equal_differences_have_no_variance():
    x = [0.0, 1.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0, *[0.0, 1.0, 2.0, 3.0, 4.0] * 4]
    data = {"unit": range(28), "d": [1] * 8 + [0] * 20, "x": x, "y": [value + (i < 8) for i, value in enumerate(x)]}
    assert refused(data, TOY) == "The difference is the same in every matched set, so there is no standard error."


# --- missing outcomes -----------------------------------------------------------------------------------------------


def test_pairs_without_an_outcome_are_dropped_whole_and_counted():
    match = effekt.match_controls(toy(), **TOY, replace=True)
    holes = toy(y=[10.0, 20.0, 30.0, 1.0, math.nan, 4.0, 8.0])
    effect = effekt.matched_comparison(holes, match=match, outcome="y", missing="drop")
    assert effect.exact_estimate == Fraction(60, 3) - Fraction(8 + 8 + 4, 3)
    assert effect.sample.n_dropped == 1
    note = {note.code: note.text for note in effect.notes}["missing_outcomes"]
    assert note.en.startswith(
        "Of 3 treated and 3 controls that are matched, 0 treated and 1 control have no outcome and 3 treated and 2 "
        "controls are compared. "
    )
    gone = toy(y=[10.0, 20.0, 30.0, 1.0, 2.0, 4.0, math.nan])
    effect = effekt.matched_comparison(gone, match=match, outcome="y", missing="drop")
    assert effect.exact_estimate == 30 - 3
    note = {note.code: note.text for note in effect.notes}["missing_outcomes"]
    assert note.en == (
        "Of 3 treated and 3 controls that are matched, 0 treated and 1 control have no outcome, 2 treated and 0 "
        "controls have nobody left to compare with and 1 treated and 2 controls are compared. Rows dropped are all "
        "that lack a value, matched or not; every other row that is not compared was not matched or has nobody left. "
        "Counts, balance and overlap of the match are from before."
    )
    assert note.sv == (
        "Av 3 behandlade och 3 kontroller som är matchade saknar 0 behandlade och 1 kontroll utfall, 2 behandlade och "
        "0 kontroller har ingen kvar att jämföras med och 1 behandlad och 2 kontroller jämförs. Uteslutna rader är "
        "alla där ett värde saknas, matchade eller inte; varje annan rad som inte jämförs är omatchad eller har ingen "
        "kvar. Matchningens antal, balans och överlappning är från före bortfallet."
    )
    alone = toy(y=[math.nan, 20.0, 30.0, 1.0, 2.0, 4.0, 8.0])
    effect = effekt.matched_comparison(alone, match=match, outcome="y", missing="drop")
    assert effect.exact_estimate == Fraction(20 + 30, 2) - Fraction(8 + 3, 2)
    assert (effect.sample.n_treated, effect.sample.n_control) == (2, 3)
    rows = [i for i in range(7) if i != 6]
    absent = {name: [column[i] for i in rows] for name, column in toy().items()}
    assert effekt.matched_comparison(absent, match=match, outcome="y", missing="drop").exact_estimate == 27


# --- laws -----------------------------------------------------------------------------------------------------------

LAWFUL = {
    "treated": np.array([True, True, False, False, False]),
    "strata": np.array([0, 0, 0, 0, 1]),
    "logit": np.array([0.0, 1.0, 0.1, 0.9, 0.0]),
    "ratio": 1,
    "width": 0.2,
}


@pytest.mark.parametrize(
    ("law", "pairs", "weight", "changed"),
    [
        ("a pair is of a treated and a control", [(0, 1), (1, 3)], [1, 1], {"width": 2}),
        ("a pair lies within the caliper", [(0, 3), (1, 2)], [1, 1], {}),
        ("a pair agrees in the exact columns", [(0, 4), (1, 3)], [1, 1], {}),
        ("a pair occurs once", [(0, 2), (0, 2)], [0.5, 0.5], {}),
        ("a control is used once without replacement", [(0, 2), (1, 2)], [1, 1], {"width": 2}),
        ("a treated unit has `ratio` controls, ties at the last aside", [(0, 2), (0, 3)], [0.5, 0.5], {"width": 2}),
        (
            "a treated unit has no tied controls beyond `ratio` without replacement",
            [(0, 2), (0, 3)],
            [0.5, 0.5],
            {"logit": np.array([0.0, 1.0, 0.1, 0.1, 0.0])},
        ),
        ("weights from pairs equal weights from sets", [(0, 2), (1, 3)], [1, 0.5], {}),
    ],
)
def test_a_broken_law_is_never_returned(law, pairs, weight, changed):
    treated, control = np.array(pairs).T
    problem = Problem(**{**LAWFUL, **changed})
    with pytest.raises(RuntimeError) as broken:
        check_links(problem, Links(treated=treated, control=control), np.array(weight, float), replace=False)
    assert str(broken.value) == f"Matching broke its own law that {law}; please report this as an error in effekt."


def test_every_match_is_checked(monkeypatch):
    crossed = Links(treated=np.array([4, 5, 6]), control=np.array([0, 1, 5]))
    monkeypatch.setattr("effekt.estimators.matching.nearest.link_with_replacement", lambda problem: crossed)
    with pytest.raises(RuntimeError, match="a pair is of a treated and a control"):
        effekt.match_controls(toy(), **TOY, replace=True)


def test_the_laws_hold_for_a_lawful_match():
    links = Links(treated=np.array([0, 1]), control=np.array([2, 3]))
    check_links(Problem(**LAWFUL), links, np.ones(2), replace=False)


# --- refusals -------------------------------------------------------------------------------------------------------

REFUSALS = [
    (
        toy(),
        {"covariates": "xx"},
        "The data has no column 'xx' among its 5 columns. Check the name, and that the header is there.",
    ),
    (
        toy(unit=["t1", "t2", "t2", "c1", "c2", "c3", "c1"]),
        {},
        "Column 'unit' must name each row once; 2 rows repeated an earlier one, the first at row 3. Give one row per "
        "unit.",
    ),
    (
        toy(x=[3.0, 2.0, 1.0, math.nan, 1.0, 1.0, 2.5]),
        {},
        "Column 'x' must have a value in every row; 1 row did not, the first at row 4. Complete the data, or pass "
        "missing='drop' to leave such rows out and have them counted.",
    ),
    (
        toy(d=[1, 1, 2, 0, 0, 0, 0]),
        {},
        "Column 'd' must hold 0 (control) or 1 (treated); 1 row did not, the first at row 3. Recode it, and leave rows "
        "of other arms out.",
    ),
    (
        toy(d=[0] * 7),
        {},
        "Column 'd' must hold 0 (control) and 1 (treated) in at least two rows each; there is no treated row. Give the "
        "rows of both arms.",
    ),
    (
        toy(d=[1] * 7),
        {},
        "Column 'd' must hold 0 (control) and 1 (treated) in at least two rows each; there is no control row. Give the "
        "rows of both arms.",
    ),
    (
        toy(d=[1, 0, 0, 0, 0, 0, 0]),
        {},
        "Column 'd' must hold 0 (control) and 1 (treated) in at least two rows each; there is only one treated row. "
        "Give the rows of both arms.",
    ),
    (
        toy(x=[3.0, 4.0, 5.0, 1.0, 2.0, 1.0, 0.0]),
        {},
        "Column 'x' must not separate treated from controls; each of its values among the "
        "treated is at least the largest among the controls. Leave it out of `covariates`.",
    ),
    (
        toy(z=[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
        {"covariates": ["x", "z"]},
        "Column 'z' must have rows of both its values within the controls; it holds one of them "
        "there. Leave it out of `covariates`, or leave out the rows of the other value.",
    ),
    (
        toy(x=[0.0, 2.0, 1.0, 3.0, 0.0, 1.0, 2.0], z=[3.0, 1.0, 2.0, 0.0, 2.0, 1.0, 0.0]),
        {"covariates": ["x", "z"]},
        "`covariates` must not separate treated from controls, in whole or in part; some combination of 'x', 'z' does. "
        "Leave out the one that decides the treatment, or merge rare values.",
    ),
    (toy(x=[1.0] * 7), {}, "Column 'x' must vary; it holds one value. Leave it out of `covariates`."),
    (
        toy(z=[7.0, 5.0, 3.0, 1.0, 3.0, 3.0, 6.0]),
        {"covariates": ["x", "z"]},
        "Column 'z' must not be a linear combination of the other covariates. Leave it out of `covariates`.",
    ),
    (
        toy(x=[3.0, 2.0, 1.1, 0.0, 1.0, 1.2, 2.5]),
        {"caliper": 0.001},
        "`caliper` must leave some treated unit with a control; within 0.001 standard deviations of the logit none of "
        "3 has one. Widen it, or conclude that the groups cannot be compared.",
    ),
    (
        toy(e=["a", "a", "a", "b", "b", "b", "c"]),
        {"exact": "e"},
        "Column 'e' must have a value that both treated and controls have; there is none. Leave out of `exact`, or "
        "merge values.",
    ),
    (
        toy(e=["a", "a", "b", "b", "b", "b", "b"], f=[1, 1, 1, 2, 2, 2, 2]),
        {"exact": ["e", "f"]},
        "Columns 'e' and 'f' must have a combination of values that both treated and controls have; there is none. "
        "Leave out of `exact`, or merge values.",
    ),
    (toy(), {"ratio": 0}, "`ratio` must be an integer of at least 1; got 0."),
    *(
        (
            toy(),
            {"method": "optimal", "ratio": 2, "min_controls": 1, "max_controls": 3, name: 10_001},
            f"`{name}` must be at most 10000 for one unit; got 10001. Ask for fewer, or weight all controls, such as "
            "by method='entropy_balancing'.",
        )
        for name in ("ratio", "min_controls", "max_controls")
    ),
    (toy(), {"ratio": 10**9 + 1}, "`ratio` must be an integer of at most 1000000000; got 1000000001."),
    (toy(), {"tie_orders": 0}, "`tie_orders` must be an integer of at least 1; got 0."),
    (
        toy(),
        {"tie_orders": 10_001},
        "`tie_orders` must be at most 10000, since each order is another match; got 10001. Ask for fewer.",
    ),
    (toy(), {"caliper": 0}, "`caliper` must be a positive number of standard deviations, or None; got 0.0."),
    (toy(), {"caliper": -0.2}, "`caliper` must be a positive number of standard deviations, or None; got -0.2."),
    (toy(), {"caliper": "wide"}, "`caliper` must be a finite number; got 'wide'."),
    (toy(), {"covariates": ()}, "`covariates` must name at least one column; got none."),
    (toy(), {"covariates": ["x", "d"]}, "Column 'd' must play one role; it is named as `treatment` and `covariates`."),
    (toy(), {"exact": "unit"}, "Column 'unit' must play one role; it is named as `unit` and `exact`."),
    (toy(), {"unit": "d"}, "Column 'd' must play one role; it is named as `unit` and `treatment`."),
    (toy(), {"unit": None}, "`unit` must be a column name; got None."),
    (toy(), {"salt": 7}, "`salt` must be text; got 7."),
    (toy(), {"replace": 1}, "`replace` must be True or False; got 1."),
    (
        toy(),
        {"distance": "euclidean"},
        "`distance` must be 'propensity', 'mahalanobis' or 'robust_mahalanobis'; got 'euclidean'.",
    ),
    (toy(), {"estimand": "ATO"}, "`estimand` must be 'ATT', 'ATC' or 'ATE' with method 'nearest'; got 'ATO'."),
    (toy(), {"missing": "keep"}, "`missing` must be 'raise' or 'drop'; got 'keep'."),
]


@pytest.mark.parametrize(("data", "options", "sentence"), REFUSALS)
def test_refusals_of_matching(data, options, sentence):
    with pytest.raises((ArgumentError, DataError)) as refusal:
        effekt.match_controls(data, **{**TOY, **options})
    assert str(refusal.value) == sentence


COMPARISONS = [
    (toy(), {"outcome": "x"}, "Column 'x' must play one role; it is named as `outcome` and in `match`."),
    (
        toy(),
        {"outcome": ("y", "x")},
        "`outcome` must be one column in a matched comparison; got ('y', 'x'). Divide the columns first, and say in "
        "`unit` what the ratio is.",
    ),
    (toy(), {"variance": "HC2"}, "`variance` must be 'CR2'; got 'HC2'."),
    (
        toy(),
        {"variance": "HC2", "match": {**TOY, "replace": True}},
        "`variance` must be 'abadie_imbens', 'abadie_imbens_estimated' or 'CR2'; got 'HC2'.",
    ),
    (toy(), {"match": 3}, "`match` must be a Match or the arguments of match_controls; got int."),
    (
        toy(),
        {"match": {**TOY, "calliper": 1}},
        "`match` has the unknown argument 'calliper'. Did you mean 'caliper'?",
    ),
    (toy(), {"match": {"unit": "unit"}}, "`match` lacks the argument 'treatment' of match_controls. Give it."),
    (toy(), {"match": {"unit": "unit", "a": 1}}, "`match` has the unknown argument 'a'. Leave it out."),
    (toy(), {"match": {**TOY, "caliper": "wide"}}, "`caliper` must be a finite number; got 'wide'."),
    (
        toy(y=[10.0, 20.0, math.nan, 1.0, 2.0, 4.0, 8.0]),
        {},
        "Column 'y' must have a value in every row; 1 row did not, the first at row 3. Complete the data, or pass "
        "missing='drop' to leave such rows out and have them counted.",
    ),
    (
        {name: column[1:] for name, column in toy().items()},
        {},
        "Column 'unit' must name every matched unit; 1 matched unit had no row. Give the rows of all of them, or pass "
        "missing='drop' to leave their pairs out and have them counted.",
    ),
    (
        toy(unit=["t1", "t1", "t3", "c1", "c2", "c3", "c4"]),
        {},
        "Column 'unit' must name each row once; 1 row repeated an earlier one, the first at row 2. Give one row per "
        "unit.",
    ),
    (
        toy(d=[0, 1, 1, 0, 0, 0, 1]),
        {},
        "Column 'd' must hold 1 for the treated and 0 for the controls of the match; 2 rows did not, the first at row "
        "1. Use the table that the match was made on.",
    ),
    (
        toy(y=[10.0, 20.0, 30.0, 1.0] + [math.nan] * 3),
        {"missing": "drop"},
        "Column 'y' must have a value for both units of some pair; none of 3 pairs has both. Complete the data.",
    ),
]


@pytest.mark.parametrize(("data", "options", "sentence"), COMPARISONS)
def test_refusals_of_comparing(data, options, sentence):
    match = effekt.match_controls(toy(), **TOY)
    with pytest.raises((ArgumentError, DataError)) as refusal:
        effekt.matched_comparison(data, **{"match": match, "outcome": "y", **options})
    assert str(refusal.value) == sentence


def test_too_many_tied_pairs_are_refused(monkeypatch):
    monkeypatch.setattr("effekt.estimators.matching.neighbours.MAX_PAIRS", 3)
    with pytest.raises(ArgumentError) as refusal:
        effekt.match_controls(toy(), **TOY, replace=True)
    assert str(refusal.value) == (
        "`replace` True keeps all tied controls, which here makes 4 pairs; the limit is 3. Choose replace=False, or "
        "add covariates that tell the controls apart."
    )

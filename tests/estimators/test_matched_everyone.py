"""Nearest neighbours for the effect on everybody: R's numbers, the papers' formulas, invariances, and refusals."""

from __future__ import annotations

import functools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import abadie_imbens as oracle

import effekt
from effekt._inference import FixedDf, StudentT, Unavailable
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.matching.abadie_imbens import Matched, compare
from effekt.estimators.matching.laws import check_laws
from effekt.estimators.matching.neighbours import Links
from effekt.exceptions import ArgumentError

FOLDER = Path(__file__).parents[1] / "goldens" / "matching"
CASES = json.loads((FOLDER / "everyone.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
ROLES = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES, "replace": True, "estimand": "ATE"}
DOLLARS = effekt.Outcome(column="re78", unit="USD", better="higher")


def matched(outcome, treated, points, strata, *, wanted=1):
    """The rows of a match of both arms by brute force, and the oracle's pairs of each."""
    found = [oracle.pairs(points.tolist(), treated.tolist(), strata.tolist(), wanted=wanted, focal=f) for f in (1, 0)]
    flat = [(i, j, share) for matches in found for i, shares in matches.items() for j, share in shares.items()]
    one, other, share = (np.array(column) for column in zip(*flat, strict=True)) if flat else ([], [], [])
    rows = Matched(
        outcome=outcome, treated=treated, coordinates=points, strata=strata, focal=one, other=other, share=share
    )
    return rows, found


def variance_of(found):
    first, cross, second = found.inference.covariance
    return first - 2 * cross + second


# --- R --------------------------------------------------------------------------------------------------------------


@functools.cache
def experiment():
    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    return table.assign(unit=[f"u{i}" for i in range(len(table))])


def frame(name):
    if name == "small":
        return pd.read_csv(FOLDER / "abadie_imbens.csv")
    table = experiment()
    logit = fit_propensity(table.treat.to_numpy() == 1, table[COVARIATES].to_numpy(), COVARIATES).logit
    return table.assign(d=table.treat, y=table.re78, logit=logit)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{'-'.join(case['columns'])}" for i, case in enumerate(CASES)])
def test_agrees_with_r(case):
    table = frame(case["table"])
    x = table[case["columns"]].to_numpy(float)
    strata = table[case["exact"][0]].to_numpy(int) if case["exact"] else np.zeros(len(table), int)
    treated = table.d.to_numpy() == 1
    outcome, scaled = table.y.to_numpy(float), x / x.std(axis=0, ddof=1)
    rows, _ = matched(outcome, treated, scaled, strata, wanted=case["neighbours_matched"])
    assert len(rows.focal) == case["pairs"]
    for population in ("PATT", "SATT"):
        for neighbours, std_error in enumerate(case[population]):
            found = compare(
                rows, population=population, neighbours=neighbours, regressors=x if case["adjusted"] else None
            )
            assert found.effect == pytest.approx(case["estimate"], rel=1e-8)
            assert math.sqrt(variance_of(found)) == pytest.approx(std_error, rel=1e-8)
            assert found.inference.df == FixedDf(df=math.inf)


@pytest.mark.parametrize("place", [3, 4])
@pytest.mark.parametrize("population", ["PATT", "SATT"])
@pytest.mark.parametrize("neighbours", [0, 1, 3])
def test_the_propensity_of_the_experiment_is_matched_as_in_r(place, population, neighbours):
    expected = CASES[place]
    assert (expected["columns"], expected["neighbours_matched"]) == (["logit"], place - 2)
    effect = compared({**ROLES, "ratio": place - 2}, population=population, neighbours=neighbours)
    assert effect.estimate == pytest.approx(expected["estimate"], rel=1e-8)
    assert effect.std_error == pytest.approx(expected[population][neighbours], rel=1e-8)
    assert (effect.variance, effect.df, effect.estimand.name) == ("abadie_imbens/1", math.inf, "ATE")


# --- the papers' formulas -------------------------------------------------------------------------------------------


@st.composite
def problems(draw):
    """Small tables with many ties, on a line or in the plane, with one or two strata."""
    n, q = draw(st.integers(16, 30)), draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.integers(0, draw(st.sampled_from([4, 9, 10_000])), (n, q)) / 7
    treated = np.zeros(n, bool)
    treated[rng.permutation(n)[: draw(st.integers(7, n - 8))]] = True
    strata = rng.integers(0, draw(st.integers(1, 2)), n)
    outcome = 5 + points.sum(axis=1) + 2 * treated + rng.normal(size=n) * (1 + points[:, 0] / 4)
    return outcome, treated, points, strata


@given(problems(), st.integers(1, 3), st.integers(0, 2), st.sampled_from(["PATT", "SATT"]), st.booleans())
@settings(max_examples=50, deadline=None)
def test_agrees_with_the_formulas(problem, wanted, neighbours, population, adjusted):
    outcome, treated, points, strata = problem
    rows, both = matched(outcome, treated, points, strata, wanted=wanted)
    served = [sorted(oracle.service(matches)) for matches in both]
    assume(min(map(len, served)) >= 6)
    assume(not adjusted or min(np.std(points[one, 0]) for one in served) > 0.05)
    regressors = points[:, :1] if adjusted else None
    found = compare(rows, population=population, neighbours=neighbours, regressors=regressors)
    values = oracle.values_of_all(*both, outcome, regressors)
    middle = [math.fsum(pair[side] for pair in values.values()) / len(values) for side in (0, 1)]
    assert (found.means.treated, found.means.counterfactual) == pytest.approx(middle, rel=1e-10)
    raw = compare(rows, population=population, neighbours=neighbours).effect
    assert found.bias == pytest.approx(raw - found.effect, rel=1e-9, abs=1e-9)
    options = {"population": population, "neighbours": neighbours, "regressors": regressors}
    expected = oracle.variance_on_all(*both, outcome, treated, points.tolist(), strata, **options)
    if math.isnan(expected):
        assert isinstance(found.inference, Unavailable)
        return
    assert variance_of(found) == pytest.approx(expected, rel=1e-10)
    first, cross, second = found.inference.covariance
    assert min(np.linalg.eigvalsh([[first, cross], [cross, second]])) >= -1e-12 * (first + second)


@given(problems(), st.sampled_from(["PATT", "SATT"]), st.integers(0, 2))
@settings(max_examples=30, deadline=None)
def test_turning_the_arms_turns_the_effect_and_nothing_else(problem, population, neighbours):
    outcome, treated, points, strata = problem
    rows, _ = matched(outcome, treated, points, strata)
    turned, _ = matched(outcome, ~treated, points, strata)
    assume(len(rows.focal))
    one, other = (compare(own, population=population, neighbours=neighbours) for own in (rows, turned))
    assert (other.means.treated, other.means.counterfactual) == (one.means.counterfactual, one.means.treated)
    if isinstance(one.inference, StudentT):
        assert other.inference.covariance == one.inference.covariance[::-1]
    else:
        assert isinstance(other.inference, Unavailable)


def test_the_effect_is_that_on_the_treated_and_on_the_controls_weighted_by_how_many_they_are():
    treated, controls = (effekt.matched_comparison(experiment(), match={**ROLES, "estimand": e}, outcome="re78").exact
                         for e in ("ATT", "ATC"))  # fmt: skip
    both = effekt.matched_comparison(experiment(), match=ROLES, outcome="re78").exact
    for side in ("treated", "counterfactual"):
        expected = (185 * getattr(treated, side) + 260 * getattr(controls, side)) / 445
        assert isinstance(expected, Fraction)
        assert getattr(both, side) == expected


# --- the call -------------------------------------------------------------------------------------------------------


def compared(match=ROLES, data=None, **options):
    data = experiment() if data is None else data
    return effekt.matched_comparison(data, match=match, outcome=DOLLARS, variance="abadie_imbens", **options)


def notes(effect):
    return {note.code: note.text for note in effect.notes}


CALLS = [
    {},
    {"population": "SATT", "neighbours": 2, "bias_adjustment": ["age", "re74"]},
    {"match": {**ROLES, "distance": "mahalanobis", "ratio": 2}, "bias_adjustment": "re74"},
    {"match": {**ROLES, "exact": ["black", "nodegree"], "caliper": 0.25, "ratio": 3}},
    {"match": {**ROLES, "discard": "both", "calipers": {"age": 10}, "distance": "robust_mahalanobis"}, "neighbours": 0},
]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_laws_of_an_effect_hold(call):
    effect = compared(**call)
    assert_valid_effect(effect)
    assert (effect.exact is None) == ("bias_adjustment" in call)
    assert effekt.matched_comparison(experiment(), **effect.arguments) == effect


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_order_of_rows_does_not_move_a_byte(call):
    shuffled = experiment().sample(frac=1, random_state=7)
    assert compared(data=shuffled, **call).to_json() == compared(**call).to_json()
    match = call.get("match", ROLES)
    one, other = (effekt.match_controls(data, **match) for data in (experiment(), shuffled))
    assert (one.to_json(), one.units_to_json()) == (other.to_json(), other.units_to_json())


def test_the_pairs_are_those_of_both_arms_and_travel_with_the_match():
    match = effekt.match_controls(experiment(), **ROLES, ratio=2)
    apart = [effekt.match_controls(experiment(), **{**ROLES, "estimand": e}, ratio=2) for e in ("ATT", "ATC")]
    assert match.pairs == (*apart[0].pairs, *apart[1].pairs)
    assert match.matched_arms == ("treated",) * len(apart[0].pairs) + ("control",) * len(apart[1].pairs)
    assert apart[0].matched_arms is None
    for unit, weight in match.weights.items():
        assert weight == pytest.approx(sum(one.weights.get(unit, 0.0) for one in apart), rel=1e-12)
    assert (match.counts.matched, match.counts.controls_used, match.counts.sets) == (185, 260, 445)
    shown = effekt.Match.from_json(match.to_json()).with_units(match.units_to_json())
    assert (shown.pairs, shown.matched_arms, shown.to_json()) == (match.pairs, match.matched_arms, match.to_json())
    assert compared(shown) == compared(match)
    assert '"of_treated"' not in apart[0].units_to_json()


def test_units_that_get_fewer_than_asked_for_are_counted_in_both_arms():
    data = {"unit": [f"u{i}" for i in range(16)], "treat": [1, 0] * 8, "site": ["a"] * 12 + ["b"] * 4}
    data["age"] = [20.0, 25, 31, 36, 40, 47, 52, 55, 61, 66, 72, 77, 28, 33, 45, 49]
    match = effekt.match_controls(data, **{**ROLES, "covariates": "age"}, exact="site", ratio=3)
    assert match.counts.short == 4
    texts = {note.code: note.text for note in match.notes}
    assert texts["shortfall"].en == "4 of 16 matched units have fewer than the 3 units of the other arm asked for."
    assert (
        texts["shortfall"].sv == "4 av 16 matchade enheter har färre än de 3 enheter i den andra gruppen som begärts."
    )
    assert "each unit of either arm with the nearest 3" in match.summary()
    assert "var och en i båda grupperna med de 3 närmaste" in match.summary("sv")


def test_pairs_without_an_outcome_go_and_who_is_left_without_any_is_no_longer_asked_for():
    table = experiment().copy()
    table.loc[table.index[:30], "re78"] = math.nan
    effect = compared(data=table, missing="drop")
    assert_valid_effect(effect)
    match, there = effekt.match_controls(table, **ROLES), set(table.unit[30:])
    values, arms = dict(zip(table.unit, table.re78, strict=True)), {True: {}, False: {}}
    for pair, arm in zip(match.pairs, match.matched_arms, strict=True):
        ends = (pair.treated, pair.control) if arm == "treated" else (pair.control, pair.treated)
        if there >= set(ends):
            arms[arm == "treated"].setdefault(ends[0], []).append(values[ends[1]])
    gaps = [values[unit] - np.mean(found) for unit, found in arms[True].items()]
    gaps += [np.mean(found) - values[unit] for unit, found in arms[False].items()]
    assert effect.estimate == pytest.approx(np.mean(gaps), rel=1e-10)
    lost = 445 - len(gaps)
    assert lost > 30
    assert effect.estimand.population.en == f"the {len(gaps)} matched of 445 units"
    assert notes(effect)["missing_outcomes"].en.startswith("Of ")


def test_the_notes_say_whose_effect_it_is():
    found = notes(compared(bias_adjustment="age"))
    assert "the effect on everybody too large but not too small" in found["estimated_propensity"].en
    assert (
        "the population that the matched units represent, and not for the effect on these very"
        in found["population"].en
    )
    assert "a regression among the units of each arm that serve as matches" in found["bias_adjustment"].en
    assert "bland de enheter i varje grupp som används som matchningar" in found["bias_adjustment"].sv
    assert notes(compared({**ROLES, "caliper": 0.2}))["caliper"].en.endswith("the units that the caliper leaves out.")


def test_cr2_compares_the_groups_that_no_unit_connects():
    match = effekt.match_controls(experiment(), **{**ROLES, "covariates": ["age", "educ"]}, caliper=0.02)
    effect = effekt.matched_comparison(experiment(), match=match, outcome="re78", variance="CR2")
    group = {unit: unit for unit in match.weights}
    for pair in match.pairs:
        old, new = group[pair.treated], group[pair.control]
        group = {unit: new if own == old else own for unit, own in group.items()}
    values, arm = dict(zip(experiment().unit, experiment().re78, strict=True)), dict(
        zip(experiment().unit, experiment().treat, strict=True)
    )  # fmt: skip
    totals = {}
    for unit, weight in match.weights.items():
        cell = totals.setdefault(group[unit], {1: [0.0, 0.0], 0: [0.0, 0.0]})[int(arm[unit])]
        cell[0], cell[1] = cell[0] + weight, cell[1] + weight * values[unit]
    n = sum(cell[1][0] for cell in totals.values())
    assert len(totals) == effect.sample.n_clusters > 20
    shares = [(cell[1][0] / n, cell[1][1] / cell[1][0] - cell[0][1] / cell[0][0]) for cell in totals.values()]
    variance = sum(w**2 * (gap - effect.estimate) ** 2 / (1 - w) for w, gap in shares)
    assert effect.std_error**2 == pytest.approx(variance, rel=1e-9)
    assert notes(effect)["clusters"].en.startswith("Units that matches connect are not taken as independent;")
    assert notes(effect)["clusters"].sv.startswith("Enheter som matchningar binder ihop räknas inte som oberoende;")


def test_without_a_named_variance_there_is_none():
    effect = effekt.matched_comparison(experiment(), match=ROLES, outcome="re78")
    assert (effect.variance, isinstance(effect.inference, Unavailable)) == ("none/1", True)


# --- refusals -------------------------------------------------------------------------------------------------------


def test_everybody_cannot_be_matched_without_replacement_or_with_a_bound():
    with pytest.raises(ArgumentError) as found:
        effekt.match_controls(experiment(), **{**ROLES, "replace": False})
    assert str(found.value) == (
        "`replace` must be True with method 'nearest' and estimand 'ATE', for which every unit is matched with the "
        "other arm and the smaller arm would not be enough; got False. Without replacement there is method 'full'."
    )
    with pytest.raises(ArgumentError) as found:
        effekt.match_controls(experiment(), **ROLES, reuse=3)
    assert str(found.value) == (
        "`reuse` must be None with method 'nearest' and estimand 'ATE', since the units of the smaller arm serve as "
        "often as they are needed; got 3."
    )


def test_a_match_that_forgets_an_arm_is_caught(monkeypatch):
    def forgetful(design, found):
        links = found.links
        kept = links.of(np.asarray(links.of_treated) | (np.arange(len(links.treated)) % 7 > 0))
        changed = type(found)(weights=found.weights, sets=None, links=kept)
        with pytest.raises(RuntimeError, match="whoever serves is matched"):
            check_laws(design, changed)
        one_way = np.where(design.cohort.treated, found.weights - 1, found.weights)
        with pytest.raises(RuntimeError, match="both arms of a comparison weigh the same"):
            check_laws(design, type(found)(weights=one_way, sets=None, links=links))
        doubled = Links(
            treated=np.append(links.treated, links.treated[-1]),
            control=np.append(links.control, links.control[-1]),
            of_treated=np.append(links.of_treated, False),
        )
        with pytest.raises(RuntimeError, match="a pair occurs once"):
            check_laws(design, type(found)(weights=found.weights, sets=None, links=doubled))
        check_laws(design, found)

    monkeypatch.setattr("effekt.estimators.matching.controls.check_laws", forgetful)
    effekt.match_controls(experiment(), **ROLES)

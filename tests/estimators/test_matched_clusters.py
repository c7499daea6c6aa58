"""Clusters of a matched comparison: joined with sets and shared controls, within sets, of weights; both routes."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import matched_clusters as oracle
from two_routes import agree

import effekt
from effekt import _linalg, independent
from effekt._inference import StudentT, Unavailable
from effekt.estimators.matching.clusters import clusters_of, within_clusters
from effekt.estimators.matching.neighbours import Links
from effekt.estimators.matching.outcomes import Groups
from effekt.estimators.matching.variance import _within_sets
from effekt.exceptions import ArgumentError, DataError
from effekt.workflow.data.arguments import arguments

ROLES = {"unit": "unit", "treatment": "d", "covariates": ["x", "z"]}


def people(n=160, schools=20, seed=5):
    """A third treated; schools differ in level, and hold both arms unless the whole school is treated."""
    rng = np.random.default_rng(seed)
    school = rng.integers(0, schools, n)
    x = np.round(rng.normal(size=n) + 0.05 * school, 2)
    z = rng.integers(0, 2, n)
    d = (rng.random(n) < 1 / (1 + np.exp(1.2 - 0.6 * x))).astype(int)
    level = rng.normal(size=schools)[school]
    y = np.round(x + z + level + 0.5 * d + rng.normal(size=n), 2)
    names = [f"u{i:03d}" for i in rng.permutation(n)]
    return {
        "unit": names,
        "d": d.tolist(),
        "x": x.tolist(),
        "z": z.tolist(),
        "school": [f"s{k:02d}" for k in school],
        "band": np.round(x).astype(int).clip(-1, 1).tolist(),
        "y": y.tolist(),
    }


def compared(data, match, **options):
    return effekt.matched_comparison(data, match={**ROLES, **match}, outcome="y", **options)


def of_oracle(data, match, estimand="ATT", cluster="school"):
    """What the oracle says of a match: CR2 by what pairs or sets and the column connect."""
    rows = {unit: i for i, unit in enumerate(data["unit"])}
    groups = [[rows[pair.treated], rows[pair.control]] for pair in match.pairs]
    if not groups:
        of_set = {}
        for unit, number in match.sets.items():
            of_set.setdefault(number, []).append(rows[unit])
        groups = list(of_set.values())
    weights = [match.weights.get(unit, 0.0) for unit in data["unit"]]
    if cluster is not None:
        for name in sorted(set(data[cluster])):
            own = [i for i, other in enumerate(data[cluster]) if other == name and weights[i] > 0]
            groups += [own] if own else []
    labels = oracle.connected(groups, len(weights))
    variance, df = oracle.between(data["y"], [d == 1 for d in data["d"]], weights, labels)
    return variance, df, len({label for label in labels if label >= 0})


def notes(effect):
    return {note.code: note.text for note in effect.notes}


# --- what sets, pairs and the column connect --------------------------------------------------------------------------

JOINED = [
    {"exact": ["school"]},
    {"exact": ["school"], "ratio": 2},
    {"exact": ["school"], "estimand": "ATC"},
    {"exact": ["school"], "method": "optimal"},
    {"exact": ["school"], "method": "full", "estimand": "ATE"},
    {"exact": ["school"], "replace": True},
    {"exact": ["school"], "replace": True, "ratio": 2, "estimand": "ATC"},
    {"exact": ["school"], "replace": True, "reuse": 2},
    {"exact": ["school"], "method": "coarsened_exact", "cutpoints": {"x": 2, "z": 2}},
]


@pytest.mark.parametrize("options", JOINED)
def test_clusters_that_contain_the_sets(options):
    data = people()
    match = effekt.match_controls(data, **ROLES, **options)
    effect = effekt.matched_comparison(data, match=match, outcome="y", variance="CR2", cluster="school")
    variance, df, count = of_oracle(data, match)
    assert isinstance(effect.inference, StudentT)
    assert effect.variance == "CR2/1"
    assert effect.std_error**2 == pytest.approx(variance, rel=1e-10)
    assert effect.df == pytest.approx(df, rel=1e-9)
    assert effect.sample.n_clusters == count
    assert f"rests on the {count} groups that nothing connects." in notes(effect)["clusters"].en
    assert effect.arguments["cluster"] == "school"
    assert effekt.matched_comparison(data, **effect.arguments) == effect


@pytest.mark.parametrize(
    "options",
    [
        {"replace": True},
        {"replace": True, "ratio": 2},
        {"replace": True, "caliper": 0.2, "estimand": "ATC"},
        {"replace": True, "reuse": 2},
        {"replace": True, "reuse": 3, "ratio": 2, "distance": "mahalanobis"},
    ],
)
def test_those_who_share_controls_are_one_cluster(options):
    data = people()
    match = effekt.match_controls(data, **ROLES, **options)
    effect = effekt.matched_comparison(data, match=match, outcome="y", variance="CR2")
    variance, df, count = of_oracle(data, match, cluster=None)
    assert effect.std_error**2 == pytest.approx(variance, rel=1e-10)
    assert effect.df == pytest.approx(df, rel=1e-9)
    assert effect.sample.n_clusters == count
    assert notes(effect)["clusters"].en == (
        "Units that shared controls connect are not taken as independent; the standard error rests on the "
        f"{count} groups that nothing connects."
    )
    assert notes(effect)["clusters"].sv.startswith(
        "Enheter som delade kontroller binder ihop räknas inte som oberoende"
    )
    assert_valid_effect(effect)


@given(st.data(), st.integers(2, 25))
def test_components_are_those_of_spreading_labels(draw, n):
    """Sets and clusters at random, some units in neither."""
    sets = draw.draw(st.lists(st.integers(-1, 6), min_size=n, max_size=n))
    given_ = draw.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    if max(sets) < 0:
        return
    nothing = np.zeros(0, np.intp)
    groups = Groups(
        treated=np.ones(n, bool), sets=np.array(sets), links=Links(treated=nothing, control=nothing), estimand="ATT"
    )
    found = clusters_of(groups, "CR2", "school", np.array(given_))
    members = [[i for i in range(n) if sets[i] == k] for k in range(7)]
    members += [[i for i in range(n) if given_[i] == k and sets[i] >= 0] for k in range(10)]
    wanted = oracle.connected([rows for rows in members if rows], n)
    order = {label: number for number, label in enumerate(dict.fromkeys(w for w in wanted if w >= 0))}
    assert found.of_unit.tolist() == [order.get(label, -1) for label in wanted]


def test_clusters_of_single_units_change_nothing():
    data = people() | {"own": [f"c{i}" for i in range(160)]}
    for match in ({}, {"replace": True, "reuse": 1}, {"method": "full"}):
        alone, plain = compared(data, match, cluster="own"), compared(data, match)
        assert alone.std_error == pytest.approx(plain.std_error, rel=1e-12)
        assert alone.df == pytest.approx(plain.df, rel=1e-9)


def test_no_reuse_is_without_replacement():
    once, never = compared(people(), {"replace": True, "reuse": 1}), compared(people(), {})
    assert once.std_error == pytest.approx(never.std_error, rel=1e-12)
    assert once.df == pytest.approx(never.df, rel=1e-9)


def test_sets_that_cross_the_clusters_connect_everybody():
    effect = compared(people(), {}, cluster="school")
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en == (
        "Cluster-robust inference needs at least six clusters; matched sets and equal values of school connect all units "
        "to 1. Match only within 'school' by naming it in `exact`, or choose a weighting, whose clusters are those of the "
        "column alone."
    )
    assert effect.inference.reason.sv == (
        "Klusterrobust inferens kräver minst sex kluster; matchade grupper och lika värden på school binder ihop alla "
        "enheter till 1. Matcha bara inom 'school' genom att ange den i `exact`, eller välj en viktning, där klustren är "
        "kolumnens egna."
    )
    assert effect.estimate == compared(people(), {}).estimate


# --- within the sets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    "options", [{"method": "subclassification", "subclasses": 3}, {"method": "exact", "covariates": ["z", "band"]}]
)
def test_within_sets_the_clusters_are_those_of_the_column(options, estimand):
    data = people(n=240, schools=12)
    match = effekt.match_controls(data, **{**ROLES, **options, "estimand": estimand})
    effect = effekt.matched_comparison(data, match=match, outcome="y", cluster="school")
    rows = {unit: i for i, unit in enumerate(data["unit"])}
    sets = {}
    for unit, number in match.sets.items():
        sets.setdefault(number, ([], []))[1 - data["d"][rows[unit]]].append(rows[unit])
    shares = [{"ATT": len(a), "ATC": len(b), "ATE": len(a) + len(b)}[estimand] for a, b in sets.values()]
    variance, df = oracle.within(data["y"], list(sets.values()), shares, data["school"])
    assert effect.variance == "CR2_within/1"
    assert effect.std_error**2 == pytest.approx(variance, rel=1e-10)
    assert effect.df == pytest.approx(df, rel=1e-9)
    assert effect.sample.n_clusters == 12
    assert notes(effect)["clusters"].en == (
        "Units with the same value of school are not taken as independent; the standard error rests on 12 clusters."
    )
    assert "within_sets" in notes(effect)
    again = compared(
        data | {"y": [v + 2 * d for v, d in zip(data["y"], data["d"], strict=True)]},
        effect.arguments["match"],
        cluster="school",
    )
    assert again.std_error == pytest.approx(effect.std_error, rel=1e-9)


@given(st.integers(0, 10**6), st.sampled_from([3, 30]), st.sampled_from(["ATT", "ATC", "ATE"]))
@settings(max_examples=25)
def test_the_closed_form_is_the_sandwich(seed, n_sets, estimand):
    """More clusters than sets, and more sets than clusters; every mean of both arms, not the difference alone."""
    rng = np.random.default_rng(seed)
    sets = np.repeat(np.arange(n_sets), 8)
    treated = np.tile([True] * 4 + [False] * 4, n_sets)
    clusters = rng.integers(0, 8, len(sets))
    clusters[::4], clusters[1::4] = 8, 9  # no arm of a set in one cluster
    y = rng.normal(size=len(sets))
    found = within_clusters(y, treated, sets, clusters, estimand)
    assert isinstance(found, StudentT)
    design = np.equal.outer(2 * sets + ~treated, np.arange(2 * n_sets)).astype(float)
    contrasts = np.zeros((2, 2 * n_sets))
    contrasts[0, ::2] = contrasts[1, 1::2] = 1 / n_sets
    part = _linalg.Part(fit=_linalg.least_squares(design, y), contrasts=contrasts, clusters=clusters)
    wanted = _linalg.sandwich("CR2", [part])
    assert found.covariance == pytest.approx(wanted.covariance, rel=1e-10, abs=1e-15)
    for side in ("treated", "counterfactual", "difference"):
        assert found.df_of(side) == pytest.approx(wanted.df_of(side), rel=1e-9)


def test_every_row_a_cluster_is_hc2():
    rng = np.random.default_rng(2)
    sets, treated = np.repeat(np.arange(5), 6), np.tile([True, True, False, False, False, True], 5)
    y = rng.normal(size=30)
    one, two = within_clusters(y, treated, sets, np.arange(30), "ATE"), _within_sets(y, treated, sets, "ATE")
    assert one.covariance == pytest.approx(two.covariance, rel=1e-12, abs=1e-17)
    assert one.df_of("difference") == pytest.approx(two.df_of("difference"), rel=1e-10)


def test_an_arm_of_a_set_in_one_cluster():
    data = people()
    effect = compared(data, {"method": "exact", "covariates": ["z"], "exact": ["school"]}, cluster="school")
    assert isinstance(effect.inference, Unavailable)
    sets = effect.diagnostics[2].values["sets"]
    assert effect.inference.reason.en == (
        f"In {sets} of {sets} sets the treated, or the controls, are all in one cluster, so the variance within sets "
        "cannot be estimated; coarsen more, or choose variance='CR2', which compares what sets and clusters do not "
        "connect."
    )
    assert effect.inference.reason.sv.startswith(f"I {sets} av {sets} grupper finns alla behandlade, eller alla")
    few = data | {"town": [name[-1] < "5" for name in data["school"]]}
    effect = compared(few, {"method": "subclassification", "subclasses": 2}, cluster="town")
    assert effect.inference.reason.en == "Cluster-robust inference needs at least six clusters; there are 2."
    flat = data | {"y": [float(d) for d in data["d"]]}
    effect = compared(flat, {"method": "subclassification", "subclasses": 2}, cluster="school")
    assert effect.inference.reason.en == "There is no within-arm variation, so there is no standard error."


# --- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "estimand"), [("entropy_balancing", "ATT"), ("inverse_probability", "ATE")])
def test_weights_have_the_clusters_of_the_column(method, estimand):
    data = people()
    match = {"method": method, "estimand": estimand}
    effect = compared(data, match, cluster="school")
    plain = compared(data, match)
    assert effect.means == plain.means
    assert effect.std_error != plain.std_error
    assert effect.sample.n_clusters == 20
    assert notes(effect)["clusters"].sv == (
        "Enheter med samma värde på school räknas inte som oberoende; medelfelet vilar på 20 kluster."
    )
    assert effekt.matched_comparison(data, **effect.arguments) == effect
    again = independent.METHODS["matched_comparison"](data, match={**ROLES, **match}, outcome="y", cluster="school")
    agree(again, effect)
    alone = compared(data | {"own": list(range(160))}, match, cluster="own")
    assert alone.std_error == pytest.approx(plain.std_error, rel=1e-9)


# --- the second route -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "options"),
    [
        ({"exact": ["school"]}, {"cluster": "school"}),
        ({"exact": ["school"], "estimand": "ATC", "ratio": 2}, {"cluster": "school"}),
        ({"exact": ["school"], "replace": True}, {"cluster": "school", "variance": "CR2"}),
        ({"replace": True, "ratio": 2}, {"variance": "CR2"}),
        ({"replace": True, "reuse": 2, "caliper": 0.5}, {}),
        ({"replace": True, "reuse": 2, "ratio": 3, "estimand": "ATC"}, {"variance": "CR2"}),
        ({"replace": True, "reuse": 2}, {"variance": "abadie_imbens", "bias_adjustment": ["x"]}),
        ({"replace": True, "reuse": 3}, {"variance": "abadie_imbens", "population": "SATT", "neighbours": 2}),
        ({"method": "exact", "covariates": ["z", "band"]}, {"cluster": "school"}),
        ({"method": "coarsened_exact", "cutpoints": {"x": 3}, "estimand": "ATE"}, {"cluster": "school"}),
    ],
)
def test_the_second_route_agrees(match, options):
    data = people(n=200, schools=10, seed=8)
    effect = compared(data, match, **options)
    assert isinstance(effect.inference, StudentT)
    agree(independent.METHODS["matched_comparison"](data, match={**ROLES, **match}, outcome="y", **options), effect)


@pytest.mark.parametrize(
    ("match", "options", "reason"),
    [
        ({}, {"cluster": "school"}, "fewer than six sets"),
        ({"replace": True}, {}, "controls are shared between sets"),
        (
            {"method": "exact", "covariates": ["z"], "exact": ["school"]},
            {"cluster": "school"},
            "an arm of a set lies in one cluster",
        ),
        ({"method": "exact", "covariates": ["z"]}, {"cluster": "z2"}, "fewer than six clusters in all"),
    ],
)
def test_the_second_route_refuses_the_same(match, options, reason):
    data = people()
    data["z2"] = [name[-1] < "5" for name in data["school"]]
    assert isinstance(compared(data, match, **options).inference, Unavailable)
    found = independent.METHODS["matched_comparison"](data, match={**ROLES, **match}, outcome="y", **options)
    assert (found["unavailable"], found["std_error"]) == (reason, None)


# --- laws, rows, missing values, contracts ----------------------------------------------------------------------------------


LAWFUL = [
    ({"exact": ["school"], "replace": True}, {"variance": "CR2", "cluster": "school"}),
    ({"method": "subclassification", "subclasses": 2}, {"cluster": "school"}),
    ({"method": "entropy_balancing"}, {"cluster": "school"}),
]


@pytest.mark.parametrize(("match", "options"), LAWFUL)
def test_the_laws_of_an_effect_hold(match, options):
    assert_valid_effect(compared(people(), match, **options))


@pytest.mark.parametrize(("match", "options"), LAWFUL)
def test_neither_the_order_of_rows_nor_names_of_clusters_matter(match, options):
    data = people()
    wanted = compared(data, match, **options).to_json()
    order = list(range(160))
    for seed in range(10):
        random.Random(seed).shuffle(order)
        shuffled = {name: [cells[i] for i in order] for name, cells in data.items()}
        assert compared(shuffled, match, **options).to_json() == wanted
    turned = data | {"school": [f"t{99 - int(name[1:])}" for name in data["school"]]}
    again = compared(turned, match, **options)
    effect = compared(data, match, **options)
    assert (again.std_error, again.df) == pytest.approx((effect.std_error, effect.df), rel=1e-10)


def test_a_unit_without_a_cluster_is_refused_or_counted():
    data = people()
    holes = data | {"school": [None if i in (3, 5) else name for i, name in enumerate(data["school"])]}
    match = effekt.match_controls(data, **ROLES, method="subclassification", subclasses=2)
    with pytest.raises(DataError, match="Column 'school' must have a value in every row; 2 rows did not"):
        effekt.matched_comparison(holes, match=match, outcome="y", cluster="school")
    effect = effekt.matched_comparison(holes, match=match, outcome="y", cluster="school", missing="drop")
    without = {name: [cell for i, cell in enumerate(cells) if i not in (3, 5)] for name, cells in data.items()}
    same = effekt.matched_comparison(without, match=match, outcome="y", cluster="school", missing="drop")
    assert effect.sample.n_dropped == 2
    assert (effect.means, effect.std_error, effect.df) == (same.means, same.std_error, same.df)


def test_a_contract_writes_the_cluster():
    match = {**ROLES, "exact": ["school"], "method": "nearest", "distance": "propensity", "caliper": "none", "ratio": 1}
    match |= {"replace": True, "reuse": 2, "estimand": "ATT", "salt": "", "tie_orders": 2, "missing": "raise"}
    written = {"match": match, "outcome": {"column": "y"}, "variance": "CR2", "cluster": "school", "missing": "raise"}
    taken = arguments("effect", effekt.matched_comparison, written)
    effect = effekt.matched_comparison(people(), **taken)
    assert effect.sample.n_clusters == of_oracle(people(), effekt.match_controls(people(), **taken["match"]))[2]


ONE_ROLE = "must play one role; it is named as `cluster` and"
# ruff: noqa: E501 - a sentence on each line
REFUSALS = [
    ({}, {"cluster": 3}, "`cluster` must be a column name; got 3."),
    ({}, {"cluster": "y"}, f"Column 'y' {ONE_ROLE} `outcome`."),
    ({}, {"cluster": "unit"}, f"Column 'unit' {ONE_ROLE} in `match`."),
    ({}, {"cluster": "z"}, f"Column 'z' {ONE_ROLE} in `match`."),
    ({}, {"cluster": "School"}, "The data has no column 'School' among its 7 columns. Did you mean 'school'?"),
    ({"replace": True}, {"cluster": "school"}, "`variance` must be 'CR2' when `cluster` is given and controls are shared; got None. The variance of Abadie and Imbens takes units as independent."),
    ({"replace": True, "reuse": 2}, {"cluster": "school", "variance": "abadie_imbens"}, "`variance` must be 'CR2' when `cluster` is given and controls are shared; got 'abadie_imbens'. The variance of Abadie and Imbens takes units as independent."),
    ({"method": "exact"}, {"cluster": "school", "variance": "HC2"}, "`variance` must be 'CR2_within' or 'CR2'; got 'HC2'."),
    ({"method": "exact"}, {"variance": "CR2_within"}, "`variance` must be 'HC2' or 'CR2'; got 'CR2_within'."),
    ({}, {"variance": "CR2_within", "cluster": "school"}, "`variance` must be 'CR2'; got 'CR2_within'."),
    ({"method": "entropy_balancing"}, {"variance": "CR2", "cluster": "school"}, "`variance` must be 'm_estimation' or 'sandwich'; got 'CR2'."),
]  # fmt: skip


@pytest.mark.parametrize(("match", "options", "sentence"), REFUSALS)
def test_refusals(match, options, sentence):
    with pytest.raises((ArgumentError, DataError)) as refusal:
        compared(people(), match, **options)
    assert str(refusal.value) == sentence


# --- the variance with a limit on reuse -------------------------------------------------------------------------------


def test_with_a_limit_on_reuse_both_variances_are_of_the_same_pairs():
    """Abadie and Imbens's needs K_j alone, so that without sharing it is that between pairs, in whatever way they came."""
    data = people()
    never = compared(data, {})
    once = compared(data, {"replace": True, "reuse": 1}, variance="abadie_imbens")
    n = never.sample.n_treated
    assert once.estimate == never.estimate
    assert once.std_error**2 * n / (n - 1) == pytest.approx(never.std_error**2, rel=1e-12)
    assert math.isinf(once.df)

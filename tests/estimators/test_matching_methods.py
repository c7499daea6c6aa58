"""Matching beyond nearest neighbours on the logit: MatchIt's numbers, brute force, invariances, laws and sentences."""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import matching as oracle
from oracles import matching_methods as slow
from scipy.optimize import linear_sum_assignment
from statsmodels.discrete.discrete_model import Probit

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.diagnostics import set_overlap
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.matching import distances, laws
from effekt.estimators.matching.assignment import Costs, Edges, assign, choose, narrow
from effekt.estimators.matching.greedy import greedy
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.neighbours import Links
from effekt.estimators.matching.optimal import full, optimal, pair_numbers
from effekt.estimators.matching.whole import distances_of
from effekt.estimators.weighting import TARGETS
from effekt.exceptions import ArgumentError, DataError
from effekt.workflow.data.arguments import arguments

R = json.loads((Path(__file__).parents[1] / "goldens" / "matching" / "output.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
ROLES = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES}
TWO = dict.fromkeys(("black", "hisp", "marr", "nodegree"), 2)
ESTIMANDS = ("ATT", "ATC", "ATE")


@functools.cache
def experiment():
    frame = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    return frame.assign(unit=[f"u{i}" for i in range(len(frame))])


def toy(**columns):
    """Twenty people; each value of x is shared by several, so that ties abound."""
    return {
        "unit": [f"p{i:02d}" for i in range(20)],
        "d": [1] * 8 + [0] * 12,
        "x": [1.0, 2, 2, 3, 3, 4, 5, 5, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 2],
        "z": [0.0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0],
        "e": list("aabbaabb" + "abababababab"),
        "y": [3.0, 5, 4, 7, 6, 9, 8, 8, 2, 3, 1, 4, 5, 5, 4, 6, 7, 5, 9, 3],
        **columns,
    }


TOY = {"unit": "unit", "treatment": "d", "covariates": ["x", "z"]}


# --- MatchIt --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("exact", {"method": "exact", "covariates": ["black", "hisp", "marr", "nodegree"]}),
        ("sturges", {"method": "coarsened_exact"}),
        (
            "declared",
            {
                "method": "coarsened_exact",
                "cutpoints": {"age": [20, 25, 30.5], "educ": "q4", "re74": 4, "re75": [1, 5000], **TWO},
            },
        ),
        ("subclass", {"method": "subclassification", "subclasses": 5}),
    ],
)
def test_sets_and_weights_are_those_of_matchit(name, options, estimand):
    data, golden = experiment(), R[name][estimand]
    match = effekt.match_controls(data, **{**ROLES, **options}, estimand=estimand)
    sets = [match.sets.get(unit, -1) for unit in data.unit]
    first = {number: place for place, number in enumerate(dict.fromkeys(s for s in sets if s >= 0), start=1)}
    assert [first.get(number, 0) for number in sets] == golden["sets"]
    weights = np.array([match.weights.get(unit, 0.0) for unit in data.unit])
    for arm in (data.treat == 1, data.treat == 0):
        used = arm & (weights > 0)
        assert weights[arm] / weights[used].mean() == pytest.approx(np.array(golden["weights"])[arm], rel=1e-8)


def test_cutpoints_of_sturges_are_said():
    match = effekt.match_controls(experiment(), **ROLES, method="coarsened_exact", cutpoints={"age": [30, 20, 20]})
    assert match.cutpoints["age"] == (20.0, 30.0)
    assert len(match.cutpoints["educ"]) == math.ceil(math.log2(445) + 1) - 1
    assert match.cutpoints["educ"][0] == pytest.approx(3 + 13 / 10, rel=1e-15)
    assert effekt.Match.from_json(match.to_json()) == match
    assert effekt.Match.from_json(match.to_json()).with_units(match.units_to_json()).cutpoints == match.cutpoints


@pytest.mark.parametrize("rule", ["q4", "sturges", 3])
def test_a_match_that_is_shown_holds_nobodys_value(rule):
    data = {
        "unit": [f"u{row}" for row in range(21)],
        "treat": [row % 3 == 0 for row in range(21)],
        "income": [9_000.125 + 97.3125 * (row * 8 % 21) ** 2 for row in range(21)],
    }
    roles = {"unit": "unit", "treatment": "treat", "covariates": "income", "method": "coarsened_exact"}
    match = effekt.match_controls(data, **roles, cutpoints={"income": rule})
    cuts = match.cutpoints["income"]
    assert cuts
    for shown in (match.to_json(), match.sealed(bytes(32)).to_json()):
        assert not any(str(value) in shown for value in {*cuts, *data["income"]})
    with pytest.raises(ArgumentError, match="holds no units"):
        _ = effekt.Match.from_json(match.to_json()).cutpoints


# --- sets by definition ---------------------------------------------------------------------------------------------


@st.composite
def cohorts(draw):
    n = draw(st.integers(10, 28))
    columns = {name: draw(st.lists(st.integers(0, top), min_size=n, max_size=n)) for name, top in (("x", 4), ("z", 2))}
    treated = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    x = np.column_stack([columns["x"], columns["z"], np.ones(n)])
    assume(3 <= sum(treated) <= n - 3)
    assume(np.linalg.matrix_rank(x) == 3)
    assume(not oracle.is_separated(x[:, :2], treated))
    return {
        **columns,
        "unit": [f"u{i:02d}" for i in draw(st.permutations(range(n)))],
        "d": treated,
        "e": draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n)),
        "y": draw(st.lists(st.integers(-50, 50), min_size=n, max_size=n)),
    }


def compared(data, match):
    return effekt.matched_comparison(data, match=match, outcome="y")


def check_against_sets(data, match, sets, estimand):
    """Weights, means and both variances by their definitions."""
    y, n = [Fraction(value) for value in data["y"]], len(data["y"])
    w = slow.weights(sets, n, estimand)
    assert match.weights == pytest.approx({u: float(v) for u, v in zip(data["unit"], w, strict=True) if v}, rel=1e-14)
    effect = compared(data, match)
    assert [effect.exact.treated, effect.exact.counterfactual] == slow.two_means(w, data["d"], y)
    if min(len(rows) for arms in sets.values() for rows in arms) > 1 and effect.std_error is not None:
        variance, df = slow.within(sets, y, estimand)
        assert effect.std_error**2 == pytest.approx(float(variance), rel=1e-10)
        assert effect.df == pytest.approx(float(df), rel=1e-9)
        assert effect.variance == "HC2/1"
    effect = effekt.matched_comparison(data, match=match, outcome="y", variance="CR2")
    if effect.std_error is not None:
        assert effect.std_error**2 == pytest.approx(float(slow.between(sets, y, estimand)), rel=1e-10)
        assert effect.sample.n_clusters == len(sets) >= 6


@given(cohorts(), st.sampled_from(ESTIMANDS), st.sampled_from([(), ("e",)]))
def test_exact_sets_are_those_of_a_dictionary(data, estimand, exact):
    labels = list(zip(data["x"], data["z"], *(data[name] for name in exact), strict=True))
    sets = slow.sets_by(labels, data["d"])
    options = {**TOY, "method": "exact", "estimand": estimand, "exact": exact}
    if not sets:
        with pytest.raises(DataError):
            effekt.match_controls(data, **options)
        return
    check_against_sets(data, effekt.match_controls(data, **options), sets, estimand)


RULES = st.sampled_from([[2], [0.5, 2.5], 1, 2, 3, "q2", "q3", "sturges"])


@given(cohorts(), st.sampled_from(ESTIMANDS), RULES)
def test_coarsened_sets_are_those_of_their_intervals(data, estimand, rule):
    x, n = data["x"], len(data["x"])
    if rule == "sturges":
        rule = math.ceil(math.log2(n) + 1)
    cuts = rule
    if isinstance(rule, int):
        cuts = [min(x) + k * (max(x) - min(x)) / rule for k in range(1, rule)]
    elif isinstance(rule, str):
        cuts = [slow.quantile(x, k, int(rule[1:])) for k in range(1, int(rule[1:]))]
    labels = [sum(cut <= value for cut in cuts) for value in x]
    sets = slow.sets_by(labels, data["d"])
    options = {**TOY, "method": "coarsened_exact", "cutpoints": {"x": rule, "z": 1}, "estimand": estimand}
    if not sets:
        with pytest.raises(DataError):
            effekt.match_controls(data, **options)
        return
    check_against_sets(data, effekt.match_controls(data, **options), sets, estimand)


@given(cohorts(), st.sampled_from(ESTIMANDS), st.integers(2, 4))
def test_subclasses_lie_between_quantiles(data, estimand, count):
    logit = oracle.logit(np.column_stack([data["x"], data["z"]]).astype(float), data["d"])
    p = [round(1 / (1 + math.exp(-value)), 9) for value in logit]  # equal covariates: equal to nine digits
    arm = {"ATT": [1], "ATC": [0], "ATE": [0, 1]}[estimand]
    among = [value for value, d in zip(p, data["d"], strict=True) if d in arm]
    cuts = {slow.quantile(among, k, count) for k in range(1, count)}
    assume(all(abs(cut - value) > 1e-7 or cut == value for cut in cuts for value in p))
    sets = slow.sets_by([sum(cut <= value for cut in cuts) for value in p], data["d"])
    options = {**TOY, "method": "subclassification", "subclasses": count, "estimand": estimand}
    if not sets:
        with pytest.raises(DataError):
            effekt.match_controls(data, **options)
        return
    check_against_sets(data, effekt.match_controls(data, **options), sets, estimand)


# --- distances ------------------------------------------------------------------------------------------------------


def between_rows(points):
    return np.sqrt(np.sum((points[:, None, :] - points[None, :, :]) ** 2, axis=2))


def test_mahalanobis_distances_by_inverse():
    data = experiment().iloc[::4]
    x, treated = data[COVARIATES].to_numpy(), (data.treat == 1).to_numpy()
    found = between_rows(distances.mahalanobis(x, treated, COVARIATES).coordinates())
    assert found == pytest.approx(slow.mahalanobis(x, treated), rel=1e-8, abs=1e-7)
    found = between_rows(distances.robust_mahalanobis(x, COVARIATES).coordinates())
    assert found == pytest.approx(slow.robust_mahalanobis(x), rel=1e-8, abs=1e-7)


@pytest.mark.parametrize("distance", ["mahalanobis", "robust_mahalanobis"])
def test_distance_does_not_depend_on_units_of_covariates(distance):
    data = experiment()
    scaled = data.assign(re74=data.re74 / 1024, age=data.age * -16, educ=data.educ * 2 + 5)
    pairs = [
        [(pair.treated, pair.control) for pair in effekt.match_controls(one, **ROLES, distance=distance).pairs]
        for one in (data, scaled)
    ]
    assert pairs[0] == pairs[1]


def test_probit_is_that_of_statsmodels():
    data = experiment()
    design = np.column_stack([np.ones(len(data)), data[COVARIATES]])
    wanted = Probit(data.treat.to_numpy(), design).fit(method="newton", tol=1e-14, maxiter=100, disp=False)
    found = fit_propensity(data.treat.to_numpy() == 1, data[COVARIATES].to_numpy(), COVARIATES, "probit")
    assert [found.intercept, *found.coefficients] == pytest.approx(wanted.params, rel=1e-8)
    p = wanted.predict()
    assert found.logit == pytest.approx(np.log(p / (1 - p)), rel=1e-7)
    match = effekt.match_controls(data, **ROLES, propensity="probit")
    assert match.coefficients["age"] == pytest.approx(found.coefficients[0], rel=1e-10)


def test_probit_needs_overlap_too():
    data = toy(x=[5.0] * 8 + [1.0] * 12, z=[0.0, 1.0] * 10)
    with pytest.raises(DataError, match="rows of both its values within the treated"):
        effekt.match_controls(data, **TOY, propensity="probit")


class ByCell:
    """A classifier in scikit-learn's form: the share of treated, one added to each arm, in cells of one column."""

    def __init__(self, column=0, random_state=7, add=1, **more):
        self.column, self.random_state, self.add, self.more = column, random_state, add, more

    def get_params(self, deep=True):
        return {"column": self.column, "random_state": self.random_state, "add": self.add, **self.more}

    def fit(self, X, y):
        cells = X[:, self.column]
        self.found_ = {
            cell: (y[cells == cell].sum() + self.add) / (len(y[cells == cell]) + 2 * self.add) for cell in set(cells)
        }

    def predict_proba(self, X):
        p = np.array([self.found_[cell] for cell in X[:, self.column]])
        return np.column_stack([1 - p, p])


class OneColumn(ByCell):
    def predict_proba(self, X):
        return super().predict_proba(X)[:, 1]


def test_a_classifier_gives_the_propensity():
    classifier = ByCell()
    design, match = designed(toy(), propensity=classifier, replace=True)
    d, x = np.array(toy()["d"]), np.array(toy()["x"])
    shares = np.array([(d[x == value].sum() + 1) / (np.sum(x == value) + 2) for value in x])
    assert design.logit == pytest.approx(np.log(shares / (1 - shares)), abs=1e-12)
    assert match.intercept is None
    assert match.coefficients == {}
    assert match.arguments["propensity"].endswith("test_matching_methods.ByCell(add=1, column=0, random_state=7)")
    assert not hasattr(classifier, "found_")
    for threads in ({"n_jobs": None}, {"n_jobs": 1, "forest__n_jobs": None}):
        one_thread = effekt.match_controls(toy(), **TOY, propensity=ByCell(**threads), replace=True)
        assert one_thread.units_digest == match.units_digest
    assert effekt.Match.from_json(match.to_json()) == match


# --- greedy in several dimensions -----------------------------------------------------------------------------------


def designed(data, **options):
    """The design that `match_controls` makes of a call."""
    seen = []
    method = METHODS[options.get("method", "nearest")]

    def run(design):
        seen.append(design)
        return method.run(design)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, options.get("method", "nearest"), replace(method, run=run))
        match = effekt.match_controls(data, **{**TOY, **options})
    return seen[0], match


def matrix_of(design):
    """All distances of a design, infinite where exact columns, common support or a caliper forbid the pair."""
    distance = between_rows(design.coordinates)
    cohort = design.cohort
    held = [
        (
            [Fraction(repr(value)) for value in cohort.covariates[:, cohort.names.index(name)].tolist()],
            Fraction(repr(w)),
        )
        for name, w in design.options.calipers.items()
    ]
    for i, j in itertools.product(range(len(distance)), repeat=2):
        fine = cohort.strata[i] == cohort.strata[j] and design.kept[i] and design.kept[j]
        fine &= abs(design.logit[i] - design.logit[j]) <= design.width
        fine &= all(abs(own[i] - own[j]) <= w for own, w in held)
        if not fine:
            distance[i, j] = math.inf
    return distance


@settings(max_examples=75)
@given(
    cohorts(),
    st.sampled_from(["propensity", "mahalanobis", "robust_mahalanobis"]),
    st.fixed_dictionaries(
        {
            "ratio": st.integers(1, 3),
            "caliper": st.sampled_from([None, None, 0.5]),
            "calipers": st.sampled_from([{"x": 1}, {"x": 2, "z": 0.5}, {"z": 1}]),
            "exact": st.sampled_from([(), ("e",)]),
            "discard": st.sampled_from([None, "both"]),
            "order": st.sampled_from([None, "largest", "smallest", "keyed"]),
        }
    ),
    st.sampled_from([(False, None), (True, None), (True, 2)]),
    st.sampled_from(["ATT", "ATC"]),
)
def test_greedy_pairs_are_those_of_brute_force(data, distance, options, replacing, estimand):
    options = {**options, "distance": distance, "replace": replacing[0], "reuse": replacing[1], "estimand": estimand}
    options["tie_orders"] = 2
    if replacing == (True, None):
        options |= {"order": None, "tie_orders": 100}
    try:
        design, match = designed(data, **options)
    except DataError:
        assume(False)
    units = design.cohort.units
    distances, score = matrix_of(design), design.score
    focal = [i for i in range(len(units)) if design.focal[i] and design.kept[i]]
    for order in range(3):
        keys = [oracle.key("", unit, order) for unit in units]
        by_score = {"keyed": lambda i: 0, "smallest": lambda i: score[i]}.get(options["order"], lambda i: -score[i])
        wanted = slow.greedy(
            distances,
            design.focal,
            sorted(focal, key=lambda i: (by_score(i), keys[i])),
            keys,
            ratio=options["ratio"],
            uses=replacing[1] or (math.inf if replacing[0] else 1),
            scale=np.max(np.abs(design.coordinates), axis=1),
            all_tied=replacing == (True, None),
        )
        pairs = sorted((i, j) if estimand == "ATT" else (j, i) for i, chosen in wanted.items() for j in chosen)
        if order == 0:
            assert [(pair.treated, pair.control) for pair in match.pairs] == [(units[i], units[j]) for i, j in pairs]
            assert [pair.distance for pair in match.pairs] == pytest.approx([distances[p] for p in pairs], abs=1e-12)
            base = pairs
        elif match.table.orders:
            links = match.table.in_order(match.table.orders[order - 1])
            found = zip(links.treated.tolist(), links.control.tolist(), strict=True)
            assert sorted((match.table.units[i], match.table.units[j]) for i, j in found) == sorted(
                (units[i], units[j]) for i, j in pairs
            )
        else:
            assert pairs == base


def test_greedy_trees_with_many_units_agree_with_the_line():
    """Without ties the k-d trees must give what sorting gives, through many enlargements of the lists."""
    rng = np.random.default_rng(2)
    n = 700
    treated = rng.random(n) < 0.4
    x = rng.normal(size=(n, 2)) + treated[:, None]
    data = {"unit": np.arange(n), "d": treated.astype(float), "x": x[:, 0], "z": x[:, 1]}
    for options in ({}, {"ratio": 2, "caliper": 0.4}, {"replace": True, "ratio": 3}, {"estimand": "ATC", "caliper": 1}):
        design, match = designed(data, **options)
        again, table = greedy(design), match.table
        rows = {unit: row for row, unit in enumerate(design.cohort.units)}
        assert again.links.treated.tolist() == [rows[table.units[i]] for i in table.first]
        assert again.links.control.tolist() == [rows[table.units[i]] for i in table.second]


def test_reuse_is_limited():
    match = effekt.match_controls(experiment(), **ROLES, replace=True, reuse=2, ratio=2, tie_orders=1)
    controls = [pair.control for pair in match.pairs]
    assert max(map(controls.count, set(controls))) == 2


# --- optimal matching -----------------------------------------------------------------------------------------------


FORBIDDEN = 2**62  # of a pair that is not allowed


def listed(cost, in_parts):
    """The columns of each row, cheapest first: all at once, or two more at a time."""
    known = [0 if in_parts else cost.shape[1]] * len(cost)

    def edges(row, least):
        order = np.argsort(cost[row], kind="stable")
        order = order[cost[row][order] < FORBIDDEN]
        while (beyond := int(cost[row][order[known[row]]]) - 1 if known[row] < len(order) else math.inf) <= least:
            known[row] += 2
        columns = order[: known[row]]
        return Edges(columns=columns, costs=cost[row][columns], beyond=beyond)

    return edges


@settings(max_examples=100)
@given(st.data())
def test_assignment_costs_what_scipy_finds(drawn):
    n, m = drawn.draw(st.integers(1, 7)), drawn.draw(st.integers(1, 7))
    top = drawn.draw(st.sampled_from([2, 5, 1000]))
    cells = st.lists(st.lists(st.integers(-top, top), min_size=m, max_size=m), min_size=n, max_size=n)
    cost, price = np.array(drawn.draw(cells)), drawn.draw(st.lists(st.integers(-2, top), min_size=n, max_size=n))
    forbidden = np.array(drawn.draw(st.lists(st.lists(st.booleans(), min_size=m, max_size=m), min_size=n, max_size=n)))
    cost = np.where(forbidden, FORBIDDEN, cost)
    problem = Costs(
        edges=listed(cost, drawn.draw(st.booleans())), n_columns=m, price=np.array(price), group=np.arange(n)
    )
    optima = assign(problem)
    leave = np.where(np.eye(n, dtype=bool), np.array(price)[:, None], 10**6)
    wide = np.hstack([np.where(forbidden, 10**6, cost), leave]).astype(float)
    rows, columns = linear_sum_assignment(wide)

    def total(column):
        return sum(price[i] if column[i] < 0 else int(cost[i, column[i]]) for i in range(n))

    assert total(optima.column) == wide[rows, columns].sum()
    everything = (
        [
            column
            for column in itertools.product(range(-1, m), repeat=n)
            if len({c for c in column if c >= 0}) == sum(c >= 0 for c in column)
            and not any(c >= 0 and forbidden[i, c] for i, c in enumerate(column))
        ]
        if n * m <= 16
        else []
    )
    best = [column for column in everything if total(column) == total(optima.column)]
    if best:
        several = [len({column[i] for column in best}) > 1 for i in range(n)]
        assert optima.replaceable.tolist() == several
        numbers = np.array(drawn.draw(st.lists(st.integers(0, 2**24 - 1), min_size=n * (m + 1), max_size=n * (m + 1))))
        numbers = numbers.reshape(n, m + 1)
        chosen = choose(optima, numbers[optima.tails, optima.heads], numbers[:, m])
        assert total(chosen) == total(optima.column)
        sums = [sum(int(numbers[i, c]) for i, c in enumerate(column)) for column in best]
        assert sum(int(numbers[i, c]) for i, c in enumerate(chosen.tolist())) == min(sums)
        second = (numbers % 3).astype(object) * drawn.draw(st.sampled_from([1, 10**30]))  # 64 bits do not hold all
        first = [sum(int(second[i, c]) for i, c in enumerate(column)) for column in best]
        left = narrow(optima, second[optima.tails, optima.heads], second[:, m])
        both = [column for column, one in zip(best, first, strict=True) if one == min(first)]
        assert left.replaceable.tolist() == [len({column[i] for column in both}) > 1 for i in range(n)]
        chosen = tuple(choose(left, numbers[left.tails, left.heads], numbers[:, m]).tolist())
        assert chosen in both
        sums = [sum(int(numbers[i, c]) for i, c in enumerate(column)) for column in both]
        assert sum(int(numbers[i, c]) for i, c in enumerate(chosen)) == min(sums)


def whole_costs(design):
    """{(focal row, other row): distance as a whole number, or a fraction} of the allowed pairs, by definition."""
    allowed = matrix_of(design)
    rows, columns = np.flatnonzero(design.focal).tolist(), np.flatnonzero(~design.focal).tolist()
    pairs = [pair for pair in itertools.product(rows, columns) if math.isfinite(allowed[pair])]
    if design.metric is None:
        x = [[Fraction(repr(value)) for value in row] for row in design.cohort.covariates.tolist()]
        places = slow.places(x, design.scores.coefficients)
        return {(i, j): abs(places[i] - places[j]) for i, j in pairs}
    x = [[Fraction(repr(value)) for value in row] for row in design.metric.values.tolist()]
    return {(i, j): slow.along(x[i], x[j], design.metric.triangle.tolist()) for i, j in pairs}


def sums_of(cost, pairs):
    """Of the distances of pairs, and of their squares."""
    return sum(cost[pair] for pair in pairs), sum(cost[pair] ** 2 for pair in pairs)


@st.composite
def small_cohorts(draw, most=8):
    n = draw(st.integers(5, most))
    x = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    z = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    treated = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    assume(2 <= sum(treated) <= n - 2)
    assume(np.linalg.matrix_rank(np.column_stack([x, z, np.ones(n)])) == 3)
    assume(not oracle.is_separated(np.column_stack([x, z]), treated))
    key = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return {"unit": [f"u{i}" for i in range(n)], "d": treated, "x": x, "z": z, "e": key, "y": list(range(n))}


CALIPERS = st.sampled_from([None, {"x": 1}, {"x": 2}])


@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
@pytest.mark.parametrize("options", [{}, {"ratio": 2}, {"estimand": "ATC"}])
def test_sums_that_64_bits_do_not_hold_are_python_integers(distance, options):
    """Seventeen digits of a covariate, and more places than partners: prices pass what the distances do not."""
    x = [0.5272652548146236, 0.3179301097250754, 0.3422638341038545, 0.7055726929201963, 0.43169639849300545]
    x += [0.14170724037842175, 0.0059275682119518016, 0.5113413643489257]
    data = {"u": list("abcdefgh"), "t": [1] * 6 + [0] * 2, "x": x, "y": list(range(8))}
    roles = {"unit": "u", "treatment": "t", "covariates": "x", "distance": distance, "method": "optimal"}
    match = effekt.match_controls(data, **roles, **options)
    place = dict(zip(data["u"], map(str, x), strict=True))
    found = [abs(Fraction(place[pair.treated]) - Fraction(place[pair.control])) for pair in match.pairs]
    controls = [Fraction(str(value)) for value in x[6:]]
    ways = itertools.permutations([Fraction(str(value)) for value in x[:6]], 2)
    assert len(found) == 2
    assert sum(found) == min(sum(abs(a - b) for a, b in zip(way, controls, strict=True)) for way in ways)


@settings(max_examples=60)
@given(
    small_cohorts(),
    st.sampled_from(["propensity", "mahalanobis"]),
    CALIPERS,
    st.sampled_from(
        [(1, None, None), (2, None, None), (2, 2, 2), (2, 1, 3), (1, 1, 2), (2, 2, 3), (2, 1, 2), (3, 2, 4)]
    ),
    st.sampled_from(["ATT", "ATC"]),
    st.sampled_from([(), (), "e"]),
)
def test_optimal_pairs_are_the_best_of_all(data, distance, calipers, sizes, estimand, exact):
    ratio, least, most = sizes
    options = {"method": "optimal", "distance": distance, "calipers": calipers, "estimand": estimand, "exact": exact}
    options |= {"ratio": ratio, "min_controls": least, "max_controls": most, "tie_orders": 2, "salt": "s"}
    try:
        design, match = designed(data, **options)
    except DataError:
        assume(False)
    units = design.cohort.units
    rows, columns = np.flatnonzero(design.focal).tolist(), np.flatnonzero(~design.focal).tolist()
    cost = whole_costs(design)
    keys = [oracle.key("s", unit) for unit in units]
    rank, pairs = slow.optimal(cost, keys, rows, columns, ratio=ratio, least=least, most=most)
    found = sorted(
        (units.index(pair.treated), units.index(pair.control))[:: 1 if estimand == "ATT" else -1]
        for pair in match.pairs
    )
    chosen = Counter(row for row, _ in found)
    lacking = sum(max(0, (least or ratio) - chosen[row]) for row in rows)
    assert (-len(chosen), lacking, -len(found), *sums_of(cost, found)) == rank[:5]
    assert found == pairs


@settings(max_examples=40, deadline=None)
@given(small_cohorts(7), st.sampled_from(["propensity", "mahalanobis"]), CALIPERS, st.sampled_from(ESTIMANDS))
def test_full_sets_are_the_best_of_all(data, distance, calipers, estimand):
    options = {"method": "full", "distance": distance, "calipers": calipers, "estimand": estimand, "tie_orders": 2}
    try:
        design, match = designed(data, **options)
    except DataError:
        assume(False)
    units, cost = design.cohort.units, whole_costs(design)
    rows, columns = np.flatnonzero(design.focal).tolist(), np.flatnonzero(~design.focal).tolist()
    turn = -1 if estimand == "ATC" else 1
    found = [(units.index(pair.treated), units.index(pair.control))[::turn] for pair in match.pairs]
    assert sums_of(cost, found) == slow.full(cost, rows, columns)
    assert set(match.weights) == {units[row] for pair in cost for row in pair}
    for change in match.table.orders:
        links = match.table.in_order(change)
        pairs = zip(links.treated.tolist(), links.control.tolist(), strict=True)
        named = [(match.table.units[i], match.table.units[j]) for i, j in pairs]
        other = [(units.index(i), units.index(j))[::turn] for i, j in named]
        assert sums_of(cost, other) == sums_of(cost, found)
    sets = {}
    for unit, number in match.sets.items():
        row = units.index(unit)
        sets.setdefault(number, ([], []))[0 if design.cohort.treated[row] else 1].append(row)
    assert all(min(len(first), len(second)) == 1 for first, second in sets.values())
    w = slow.weights(sets, len(units), estimand)
    assert match.weights == pytest.approx({u: float(v) for u, v in zip(units, w, strict=True) if v}, rel=1e-14)


LINE = {"unit": "unit", "treatment": "d", "covariates": "x", "method": "optimal"}
SCALES = st.sampled_from([1, 10, 1000])  # of whole numbers, so that differences of decimals tie where floats do not


def on_a_line(first, second, **options):
    """Treated at the first places and controls at the second, by a key that is the place in the list."""
    d = [1] * len(first) + [0] * len(second)
    return {"unit": [f"u{i:02d}" for i in range(len(d))], "d": d, "x": first + second, "y": [1.0] * len(d), **options}


def apart(match, values, links=None):
    """Σd and Σd² of the pairs of a match of `on_a_line`, where rows have other values."""
    links, units = links or match.table.links(), match.table.units
    gaps = [
        abs(values[int(units[i][1:])] - values[int(units[j][1:])])
        for i, j in zip(links.treated.tolist(), links.control.tolist(), strict=True)
    ]
    return sum(gaps), sum(gap**2 for gap in gaps)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 12), min_size=2, max_size=4),
    st.lists(st.integers(0, 12), min_size=2, max_size=5),
    SCALES,
    st.sampled_from(["mahalanobis", "propensity", "robust_mahalanobis"]),
)
def test_on_a_line_the_pairs_are_those_of_the_least_squares(first, second, scale, distance):
    """By one covariate of decimals, against all ways: the sums, who has another partner in some, and every order."""
    places = first + second
    assume(len(set(places)) > 1)
    assume(distance != "propensity" or sum(first) * len(second) != sum(second) * len(first))  # else all are alike
    assume(not oracle.is_separated(np.array(places, float)[:, None], [1] * len(first) + [0] * len(second)))
    x = [place / scale for place in places]
    match = effekt.match_controls(
        on_a_line(x[: len(first)], x[len(first) :]), **LINE, distance=distance, tie_orders=3, salt="s"
    )
    if distance == "robust_mahalanobis":
        places = [2 * sum(other < place for other in places) + places.count(place) for place in places]
    few, many = sorted((places[: len(first)], places[len(first) :]), key=len)
    ways = {}
    for way in itertools.permutations(range(len(many)), len(few)):
        gaps = [abs(one - many[other]) for one, other in zip(few, way, strict=True)]
        ways.setdefault((sum(gaps), sum(gap**2 for gap in gaps)), []).append(way)
    least = min(ways)
    for links in (match.table.links(), *map(match.table.in_order, match.table.orders)):
        assert apart(match, places, links) == least
    if len(first) <= len(second):
        fates = [{way[i] for way in ways[least]} for i in range(len(first))]
        assert match.counts.by_order == sum(len(fate) > 1 for fate in fates)


@pytest.mark.parametrize("distance", ["mahalanobis", "propensity"])
def test_controls_that_nobody_takes_and_scales_decide_nothing(distance):
    """Sums of gaps tie at 4; in rounded steps the range, and so a control far off, told which has the least squares."""
    first, second = [2, 1, 2], [1, 6, 4, 0, 4]
    for more, factor, shift in itertools.product(([], [7], [9], [7, 8]), (1, 2, 0.125, 0.1, 0.001, 10, 3), (0, 5)):
        places = [*first, *second, *more]
        x = [float((place + shift) * Fraction(str(factor))) for place in places]
        match = effekt.match_controls(on_a_line(x[:3], x[3:]), **LINE, distance=distance, tie_orders=1)
        assert apart(match, places) == (4, 6)


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 12), min_size=2, max_size=5),
    st.lists(st.integers(0, 12), min_size=3, max_size=9),
    st.sampled_from([1, 2, 0.25, 0.1, 0.001, 100]),
    st.randoms(use_true_random=False),
)
def test_units_that_are_in_no_pair_decide_nothing(first, second, factor, chance):
    assume(len(first) < len(second) and len({*first, *second}) > 1)
    assume(not oracle.is_separated(np.array(first + second, float)[:, None], [1] * len(first) + [0] * len(second)))
    data = on_a_line(first, second)
    match = effekt.match_controls(data, **LINE, distance="mahalanobis", tie_orders=1)
    used = {unit for pair in match.pairs for unit in pair[:2]}
    rows = [i for i, unit in enumerate(data["unit"]) if unit in used or chance.random() < 0.5]
    chance.shuffle(rows)
    assume(sum(data["d"][i] == 0 for i in rows) > 1 and len({data["x"][i] for i in rows}) > 1)
    left = {name: [column[i] for i in rows] for name, column in data.items()}
    assume(not oracle.is_separated(np.array(left["x"], float)[:, None], left["d"]))
    left["x"] = [float(Fraction(str(factor)) * value) for value in left["x"]]
    again = effekt.match_controls(left, **LINE, distance="mahalanobis", tie_orders=1)
    assert [pair[:2] for pair in again.pairs] == [pair[:2] for pair in match.pairs]


@pytest.mark.parametrize("distance", ["mahalanobis", "propensity", "robust_mahalanobis"])
@pytest.mark.parametrize("columns", [("x",), ("x", "z")])
def test_whole_distances_are_the_floats_to_their_slack(distance, columns):
    """Far from zero, where floats are rough: no pair is below what its distance in floats says it is at least."""
    rng = np.random.default_rng(4)
    for far, scale in ((0, 1), (2015, 1), (1e9, 3), (0, 1e-9)):
        x, z = far + scale * rng.normal(size=30), far + np.round(5 * rng.random(30))
        data = {"unit": np.arange(30), "d": np.arange(30) % 3 == 0, "x": x, "z": x + scale * z}
        data["d"] = data["d"].astype(float)
        design, _ = designed(data, method="optimal", distance=distance, covariates=list(columns))
        found = distances_of(design)
        for row in range(30):
            others = np.flatnonzero(np.arange(30) != row)
            floats = design.distances(row, others)
            whole = found.between(np.full(29, row), others).tolist()
            assert max(whole) <= found.largest
            for one, near in zip(whole, floats.tolist(), strict=True):
                assert found.at_least(near) <= one
                assert float(one / found.steps) <= found.within(np.array(near)) + found.slack
                assert float(one / found.steps) == pytest.approx(near, rel=1e-6, abs=max(1e-9, 1e-14 * far))


@pytest.mark.parametrize("small", [1.0, 1e-20])
def test_whole_distances_are_the_same_whichever_are_asked_for_first(small: float) -> None:
    x, z = np.random.default_rng(23).normal(size=(2, 40)).round(3)
    data = {"unit": np.arange(40), "d": np.arange(40) % 3 == 0, "x": x * small, "z": np.round(z)}
    data["d"] = data["d"].astype(float)
    design, _ = designed(data, method="optimal", distance="mahalanobis", covariates=["x", "z"])
    first, second = np.triu_indices(40, 1)
    at_once, one_by_one = distances_of(design), distances_of(design)
    found = [int(one_by_one.between(first[[i]], second[[i]])[0]) for i in reversed(range(len(first)))]
    assert at_once.between(first, second).tolist() == found[::-1]


@pytest.mark.parametrize(("n_treated", "n_controls"), [(60, 250), (250, 60)])
def test_optimal_pairs_have_the_sum_that_scipy_finds(n_treated, n_controls):
    """With many more of one arm, so that lists of the nearest must be made longer."""
    rng = np.random.default_rng(8)
    treated = np.arange(n_treated + n_controls) < n_treated
    x = rng.normal(size=(len(treated), 2)) * np.where(treated, 0.3, 1.0)[:, None]
    data = {"unit": np.arange(len(treated)), "d": treated.astype(float), "x": x[:, 0], "z": x[:, 1], "y": x[:, 0]}
    match = effekt.match_controls(data, **TOY, method="optimal", distance="mahalanobis")
    within = [(x[arm] - x[arm].mean(axis=0)).T @ (x[arm] - x[arm].mean(axis=0)) for arm in (treated, ~treated)]
    gaps = x[treated][:, None] - x[~treated][None]
    inverse = np.linalg.inv(sum(within) / (len(treated) - 2))
    cost = np.sqrt(np.einsum("ijk,kl,ijl->ij", gaps, inverse, gaps))
    assert sum(pair.distance for pair in match.pairs) == pytest.approx(
        cost[linear_sum_assignment(cost)].sum(), rel=1e-9
    )
    assert match.counts.matched == min(n_treated, n_controls)


def test_without_ties_there_is_one_full_match():
    rng = np.random.default_rng(6)
    treated = np.arange(90) < 30
    x = rng.normal(size=(90, 2)) + treated[:, None] / 2
    data = {"unit": np.arange(90), "d": treated.astype(float), "x": x[:, 0], "z": x[:, 1], "y": x[:, 0]}
    for method in ("full", "optimal"):
        found = [effekt.match_controls(data, **TOY, method=method, distance="mahalanobis", salt=salt) for salt in "ab"]
        assert found[0].table.orders == ()
        assert found[0].counts == found[1].counts
        assert found[0].counts.by_order == 0
        assert found[0].pairs == found[1].pairs


def test_optimal_matching_is_never_farther_than_greedy():
    data = experiment()
    for distance in ("propensity", "mahalanobis"):
        sums = [
            math.fsum(
                pair.distance
                for pair in effekt.match_controls(data, **ROLES, method=method, distance=distance, tie_orders=1).pairs
            )
            for method in ("nearest", "optimal")
        ]
        assert sums[1] < sums[0]


def test_keyed_numbers_of_pairs():
    keys = np.array([oracle.key("s", unit) for unit in "abc"], np.uint64)
    found = pair_numbers(keys.__getitem__, np.array([0, 1]), np.array([2, 2]))
    assert found.tolist() == [
        slow.pair_number(int(keys[0]), int(keys[2])),
        slow.pair_number(int(keys[1]), int(keys[2])),
    ]


def test_distances_need_not_be_kept_in_memory(monkeypatch):
    options = {"tie_orders": 1, "distance": "mahalanobis"}
    kept = [effekt.match_controls(toy(), **TOY, method=name, **options) for name in ("optimal", "full")]
    monkeypatch.setattr("effekt.estimators.matching.optimal.MAX_CELLS", 0)
    assert kept == [effekt.match_controls(toy(), **TOY, method=name, **options) for name in ("optimal", "full")]


# --- invariances ----------------------------------------------------------------------------------------------------

EVERY = [
    {"method": "nearest", "distance": "mahalanobis", "ratio": 1},
    {"method": "nearest", "distance": "robust_mahalanobis", "replace": True},
    {"method": "nearest", "distance": "mahalanobis", "caliper": 0.8, "calipers": {"x": 1}, "order": "keyed"},
    {"method": "nearest", "replace": True, "reuse": 2, "estimand": "ATC"},
    {"method": "nearest", "discard": "both", "propensity": "probit"},
    {"method": "optimal"},
    {"method": "optimal", "distance": "mahalanobis", "ratio": 1, "min_controls": 1, "max_controls": 2},
    {"method": "full", "estimand": "ATE"},
    {"method": "full", "distance": "mahalanobis", "calipers": {"x": 1}},
    {"method": "exact", "estimand": "ATE"},
    {"method": "coarsened_exact", "cutpoints": {"x": "q3"}, "exact": ["e"]},
    {"method": "subclassification", "subclasses": 3, "estimand": "ATE"},
]


def few_orders(options):
    """Three tie orders, where there can be more than one."""
    one = METHODS[options.get("method", "nearest")]
    broken = "tie_orders" in one.reads and (not options.get("replace") or "reuse" in options)
    return {**options, "tie_orders": 3} if broken else options


@pytest.mark.parametrize("options", EVERY)
def test_row_order_does_not_matter(options):
    data = toy()
    rng = np.random.default_rng(4)
    first = None
    for _ in range(25):
        order = rng.permutation(20)
        shuffled = {name: [column[i] for i in order] for name, column in data.items()}
        match = effekt.match_controls(shuffled, **TOY, **few_orders(options), salt="s")
        found = (match.to_json(), match.units_to_json(), compared(shuffled, match).to_json())
        first = first or found
        assert found == first


@pytest.mark.parametrize("options", EVERY)
def test_every_match_is_an_effect_with_all_its_laws(options):
    match = effekt.match_controls(toy(), **TOY, **few_orders(options))
    back = effekt.Match.from_json(match.to_json())
    assert back == match
    assert back.with_units(match.units_to_json()).units_to_json() == match.units_to_json()
    effect = compared(toy(), match)
    assert_valid_effect(effect)
    assert compared(toy(), back.with_units(match.units_to_json())) == effect
    assert compared(toy(), effect.arguments["match"]) == effect
    moved = compared(toy(y=[value + 3 * d for value, d in zip(toy()["y"], toy()["d"], strict=True)]), match)
    assert moved.exact_estimate == effect.exact_estimate + 3
    scaled = compared(toy(y=[value * 4 for value in toy()["y"]]), match)
    assert scaled.exact_estimate == effect.exact_estimate * 4
    assert match.counts.matched + match.counts.unmatched == 8
    for text in (match.summary(), match.summary("sv")):
        assert "{" not in text
        assert "None" not in text
    assert not any(unit in match.to_json() + effect.to_json() for unit in toy()["unit"])


@pytest.mark.parametrize(
    "options",
    [{}, {"replace": True}, {"distance": "mahalanobis"}, {"method": "optimal"}, {"method": "full"}, {"caliper": 0.5}],
)
def test_the_effect_on_the_controls_is_that_on_the_treated_with_the_arms_exchanged(options):
    turned = toy(d=[1 - d for d in toy()["d"]])
    first = effekt.match_controls(toy(), **TOY, **few_orders(options), estimand="ATC")
    second = effekt.match_controls(turned, **TOY, **few_orders(options), estimand="ATT")
    assert sorted((p.treated, p.control) for p in first.pairs) == sorted((p.control, p.treated) for p in second.pairs)
    assert first.weights == second.weights
    assert compared(toy(), first).exact_estimate == -compared(turned, second).exact_estimate
    ranges = [compared(*one).diagnostics[3].values for one in ((toy(), first), (turned, second))]
    assert (ranges[0]["min"], ranges[0]["max"]) == (-ranges[1]["max"], -ranges[1]["min"])


def test_a_contract_can_write_every_choice():
    written = {
        "match": {
            **TOY,
            "exact": [],
            "method": "nearest",
            "distance": "mahalanobis",
            "caliper": "0.8",
            "ratio": 1,
            "replace": False,
            "estimand": "ATC",
            "salt": "lock",
            "tie_orders": 10,
            "propensity": "probit",
            "calipers": {"x": "1.0"},
            "order": "smallest",
            "discard": "both",
            "missing": "raise",
        },
        "outcome": {"column": "y"},
        "variance": "none",
        "missing": "raise",
    }
    effect = effekt.matched_comparison(toy(), **arguments("effect", effekt.matched_comparison, written))
    assert effect.arguments["match"]["calipers"] == {"x": 1.0}
    written["match"] |= {"method": "coarsened_exact", "distance": "propensity", "caliper": "none", "estimand": "ATE"}
    written["match"]["tie_orders"] = 100
    for name in ("propensity", "calipers", "order", "discard"):
        del written["match"][name]
    written["match"]["cutpoints"] = {"x": ["2.5", "4"], "z": 2}
    effect = effekt.matched_comparison(toy(), **arguments("effect", effekt.matched_comparison, written))
    assert effect.arguments["match"]["cutpoints"] == {"x": [2.5, 4.0], "z": 2}


# --- what is said ---------------------------------------------------------------------------------------------------


def test_who_is_left_out_is_counted_and_said():
    match = effekt.match_controls(toy(), **TOY, method="exact", exact="e", estimand="ATC")
    left = match.counts.controls - match.counts.controls_used
    assert left > 0
    effect = compared(toy(), match)
    assert str(effect.estimand.population) == f"the {12 - left} matched of 12 controls"
    assert effect.estimand.name == "ATC"
    note = {note.code: note.text for note in effect.notes}["unmatched"]
    assert note.en == (
        f"{left} of 12 controls have no treated unit and are left out, so the estimand changed from the effect on the "
        "controls (ATC) to the ATC among the matched."
    )
    assert note.sv == (
        f"{left} av 12 kontroller saknar behandlad enhet och är uteslutna, så det som skattas är inte längre effekten "
        "på alla kontroller (ATC) utan på de matchade."
    )
    assert match.overlap.name == "set_overlap"
    everybody = effekt.match_controls(toy(), **TOY, method="full", estimand="ATE", tie_orders=1)
    assert str(compared(toy(), everybody).estimand.population) == "the 20 units"


def test_common_support_is_counted_and_said():
    data = toy(x=[9.0, 2, 2, 3, 3, 4, 5, 5, -4, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 2])
    match = effekt.match_controls(data, **TOY, method="subclassification", subclasses=2, discard="both")
    assert match.counts.discarded >= 2
    assert "p00" not in match.weights
    assert "p08" not in match.weights
    codes = {note.code: note.text.en for note in match.notes}
    assert codes["discarded"] == (
        f"{match.counts.discarded} units lie outside the common support of the propensity and are left out."
    )
    kept = effekt.match_controls(data, **TOY, method="subclassification", subclasses=2, discard="treated")
    assert "p08" in kept.weights


class Given:
    """The first covariate is the probability."""

    def fit(self, x, d):
        return self

    def predict_proba(self, x):
        return np.column_stack([1 - x[:, 0], x[:, 0]])


SHARES = [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.5, 0.04, 0.1, 0.2, 0.4, 0.4, 0.6, 0.6, 0.8, 0.9, 0.96, 0.5, 0.5]


@pytest.mark.parametrize(("limits", "gone"), [((0.1, 0.9), 4), ((0.2, 0.8), 8), ((0.04, 0.96), 0), (("0.3", "0.9"), 7)])
def test_declared_limits_leave_out_whoever_lies_outside(limits, gone):
    data = toy(x=SHARES)
    low, high = map(float, limits)
    given = {**TOY, "covariates": "x", "propensity": Given(), "method": "overlap", "estimand": "ATO"}
    match = effekt.match_controls(data, **given, discard=limits)
    assert match.weights.keys() == {u for u, p in zip(data["unit"], SHARES, strict=True) if low <= p <= high}
    assert match.counts.discarded == gone
    assert match.arguments["discard"] == [low, high]
    assert effekt.Match.from_json(match.to_json()).to_json() == match.to_json()
    notes = {note.code: note.text for note in match.notes}
    assert ("discarded" in notes) == (gone > 0)
    if limits == (0.1, 0.9):
        assert notes["discarded"].en == (
            "4 of 20 units have an estimated probability of treatment outside 0.1 to 0.9, the declared limits, and are "
            "left out; the effect is that among units within the limits, not among all (Crump et al. 2009)."
        )
        assert notes["discarded"].sv == (
            "4 av 20 enheter har en skattad sannolikhet att behandlas utanför 0,1 till 0,9, de fastställda gränserna, "
            "och är uteslutna; effekten är den bland enheter inom gränserna, inte bland alla (Crump m.fl. 2009)."
        )


@pytest.mark.parametrize(
    ("x", "discard", "sentence"),
    [
        (
            [0.2] * 8 + [0.8] * 12,
            "both",
            "`discard` must leave units in both arms; with 'both' the propensities have no common support. Conclude that "
            "the groups cannot be compared.",
        ),
        (
            [0.2, 0.7] * 4 + [0.4] * 12,
            "treated",
            "`discard` must leave units in both arms; with 'treated' the propensities have no common support. Conclude "
            "that the groups cannot be compared.",
        ),
        (
            [0.95] * 8 + [0.5] * 12,
            (0.1, 0.9),
            "`discard` must leave units in both arms; no treated unit has a probability of treatment from 0.1 to 0.9. "
            "Widen the limits, or conclude that the groups cannot be compared.",
        ),
        (
            [0.5] * 8 + [0.05] * 12,
            (0.1, 0.9),
            "`discard` must leave units in both arms; no control unit has a probability of treatment from 0.1 to 0.9. "
            "Widen the limits, or conclude that the groups cannot be compared.",
        ),
    ],
)
def test_no_arm_left_within_the_support(x, discard, sentence):
    given = {**TOY, "covariates": "x", "propensity": Given(), "method": "overlap", "estimand": "ATO"}
    with pytest.raises(DataError) as refusal:
        effekt.match_controls(toy(x=x), **given, discard=discard)
    assert str(refusal.value) == sentence


def test_controls_between_the_treated_leave_none_of_them_with_the_logit():
    x = [-3.0, 3, -3.2, 3.1, -3.1, 3.3, -3, 3, -1, 1, 0, 0.2, -0.2, 0.5, -0.5, 0.1, 0.3, -0.1, 0, 0.4]
    with pytest.raises(DataError, match=r"^`discard` must leave units in both arms; with 'treated' the propensities"):
        effekt.match_controls(toy(x=x), **{**TOY, "covariates": "x"}, discard="treated")


@pytest.mark.parametrize(
    "discard", [(0.9, 0.1), (0, 0.9), (0.1, 1), (0.1,), (0.1, 0.5, 0.9), (0.5, 0.5), 0.1, {0.1, 0.9}]
)
def test_limits_that_are_none(discard):
    with pytest.raises(ArgumentError) as refusal:
        effekt.match_controls(toy(), **TOY, discard=discard)
    assert str(refusal.value) == (
        "`discard` must be 'treated', 'control' or 'both', or two probabilities of treatment between 0 and 1, the lower "
        f"first; got {discard!r}."
    )


def test_summaries():
    match = effekt.match_controls(
        toy(), **TOY, method="optimal", distance="mahalanobis", calipers={"x": 1}, caliper=2, exact="e", tie_orders=1
    )
    assert match.summary().startswith(
        "7 of 8 treated units are compared with 7 of 12 controls: each with 1 control so that the sum of the distances by the "
        "Mahalanobis distance in x, z is least, alike in e, at most "
    )
    assert " apart on the logit, at most 1 apart in x." in match.summary()
    assert (
        "och en med 1 kontroll så att summan av avstånden efter Mahalanobisavståndet i x, z blir minst, lika i e, högst"
        in (match.summary("sv"))
    )


@pytest.mark.parametrize(("estimand", "share"), [("ATT", 0.5), ("ATC", 0.25), ("ATE", 1 / 3)])
def test_overlap_of_sets(estimand, share):
    treated, weights = np.array([1, 1, 0, 0, 0, 0], bool), np.array([1.0, 0, 1 / 3, 1 / 3, 1 / 3, 0])
    found = set_overlap(treated=treated, weights=weights, estimand=estimand)
    assert found.values["share_alone"] == pytest.approx(share)
    assert found.status == "failed"
    each = found.values[
        {"ATT": "effective_per_treated", "ATC": "effective_per_control", "ATE": "effective_per_unit"}[estimand]
    ]
    assert each == pytest.approx({"ATT": 3, "ATC": 1 / 3, "ATE": 1 / 3}[estimand])


def test_overlap_sentences():
    treated, weights = np.array([1, 1, 0, 0], bool), np.ones(4)
    assert set_overlap(treated=treated, weights=weights).statement.en == (
        "0.0% of the treated are in no set with a control; the controls amount to 2.0 equally weighted ones, that is 1.00 for each matched treated unit."
    )
    assert set_overlap(treated=treated, weights=weights, estimand="ATC").statement.sv == (
        "0,0\u00a0% av kontrollerna finns inte i någon grupp med en behandlad enhet; de behandlade motsvarar 2,0 lika "
        "vägda, det vill säga 1,00 för varje matchad kontroll."
    )


# --- variance -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_variances_on_the_experiment(estimand):
    data = experiment()
    rows = {unit: i for i, unit in enumerate(data.unit)}
    y = data.re78.tolist()
    for options in ({"method": "full", "caliper": 0.2}, {"method": "subclassification", "subclasses": 8}):
        match = effekt.match_controls(data, **ROLES, **few_orders(options), estimand=estimand)
        effect = effekt.matched_comparison(data, match=match, outcome="re78")
        sets = {}
        for unit, number in match.sets.items():
            sets.setdefault(number, ([], []))[0 if data.treat[rows[unit]] else 1].append(rows[unit])
        assert isinstance(effect.inference, StudentT)
        if options["method"] == "full":
            assert effect.variance == "CR2/1"
            assert effect.std_error**2 == pytest.approx(float(slow.between(sets, y, estimand)), rel=1e-10)
            assert effect.sample.n_clusters == len(sets)
        else:
            variance, df = slow.within(sets, y, estimand)
            assert effect.variance == "HC2/1"
            assert effect.std_error**2 == pytest.approx(float(variance), rel=1e-10)
            assert effect.df == pytest.approx(float(df), rel=1e-9)
            assert "within_sets" in {note.code for note in effect.notes}
            assert effect.sample.n_clusters is None


def reason_of(match, data=None, **options):
    data = data or toy()
    effect = effekt.matched_comparison(data, match=effekt.match_controls(data, **TOY, **match), outcome="y", **options)
    assert isinstance(effect.inference, Unavailable)
    assert effect.std_error is None
    return effect.inference.reason


def test_variances_that_are_refused():
    single = reason_of({"method": "exact"})
    assert single.en == (
        "7 of 7 sets have a single treated unit or a single control, so the variance within sets cannot be estimated; "
        "coarsen more, or choose variance='CR2', which compares the sets."
    )
    assert single.sv.startswith("7 av 7 grupper har en enda behandlad enhet eller en enda kontroll, så variansen inom")
    halves = {"method": "coarsened_exact", "cutpoints": {"x": [3], "z": 1}}
    assert str(reason_of(halves, variance="CR2")) == (
        "Cluster-robust inference needs at least six clusters; there are 2."
    )
    flat = toy(y=[float(x >= 3) + d for x, d in zip(toy()["x"], toy()["d"], strict=True)])
    assert str(reason_of(halves, flat)) == "There is no within-arm variation, so there is no standard error."


def test_few_degrees_of_freedom_are_refused():
    """Six sets, one of which weighs nearly everything."""
    data = {
        "unit": [f"p{i:03d}" for i in range(112)],
        "d": [1] * 100 + [0] + [1, 0] * 5 + [0],
        "x": [0.0] * 101 + [1.0, 1, 2, 2, 3, 3, 4, 4, 5, 5] + [0.0],
        "y": [float(i * i % 7) for i in range(112)],
    }
    match = effekt.match_controls(data, unit="unit", treatment="d", covariates="x", method="exact")
    effect = effekt.matched_comparison(data, match=match, outcome="y", variance="CR2")
    assert isinstance(effect.inference, Unavailable)
    assert "Satterthwaite degrees of freedom are" in effect.inference.reason.en


# --- missing outcomes -----------------------------------------------------------------------------------------------


def test_units_without_an_outcome_leave_their_set():
    match = effekt.match_controls(toy(), **TOY, method="exact")
    holes = toy(y=[math.nan if i in (0, 9, 19) else value for i, value in enumerate(toy()["y"])])
    effect = effekt.matched_comparison(holes, match=match, outcome="y", missing="drop")
    labels = [None if math.isnan(y) else (x, z) for x, z, y in zip(holes["x"], holes["z"], holes["y"], strict=True)]
    sets = slow.sets_by(labels, [bool(d) for d in holes["d"]])
    sets.pop(None, None)
    w = slow.weights(sets, 20, "ATT")
    y = [Fraction(0) if math.isnan(value) else Fraction(value) for value in holes["y"]]
    assert [effect.exact.treated, effect.exact.counterfactual] == slow.two_means(w, holes["d"], y)
    note = {note.code: note.text for note in effect.notes}["missing_outcomes"]
    used = sum(value > 0 for value in w)
    arms = [sum(v > 0 and d == arm for v, d in zip(w, holes["d"], strict=True)) for arm in (1, 0)]
    assert sum(arms) == used
    assert f" and {arms[0]} treated and {arms[1]} controls are compared. " in note.en
    nobody = toy(y=[math.nan] * 8 + [1.0] * 12)
    with pytest.raises(DataError) as refusal:
        effekt.matched_comparison(nobody, match=match, outcome="y", missing="drop")
    assert str(refusal.value) == (
        "Column 'y' must have a value for a treated and a control of some set; none of 7 sets has both. Complete the "
        "data."
    )


# --- laws -----------------------------------------------------------------------------------------------------------


def broken(options, **changes):
    design, _ = designed(toy(), **options)
    found = METHODS[options["method"]].run(design)
    with pytest.raises(RuntimeError) as refusal:
        laws.check_laws(design, replace(found, **{name: change(found) for name, change in changes.items()}))
    return str(refusal.value)


def swapped(found):
    return Links(treated=found.links.control, control=found.links.treated)


def doubled(found):
    return Links(*(np.append(rows, rows[0]) for rows in (found.links.treated, found.links.control)))


@pytest.mark.parametrize(
    ("options", "changes", "law"),
    [
        ({"method": "exact"}, {"weights": lambda f: -f.weights}, "a weight is a finite number of at least zero"),
        ({"method": "exact"}, {"weights": lambda f: f.weights * 2}, "weights are those of the sets"),
        (
            {"method": "exact"},
            {"sets": lambda f: np.where(f.sets == 0, -1, f.sets)},
            "a set holds treated and controls",
        ),
        (
            {"method": "exact", "exact": "e"},
            {"sets": lambda f: np.minimum(f.sets, 0)},
            "a set agrees in the exact columns",
        ),
        ({"method": "optimal"}, {"links": swapped}, "a pair is of a treated and a control"),
        (
            {"method": "optimal", "calipers": {"x": 1}},
            {"links": lambda f: replace(f.links, control=f.links.control[::-1])},
            "a pair lies within its calipers, exact columns and common support",
        ),
        (
            {"method": "nearest", "distance": "mahalanobis"},
            {"links": lambda f: replace(f.links, control=np.full_like(f.links.control, 8))},
            "no unit serves more often than it may",
        ),
    ],
)
def test_a_broken_law_is_never_returned(options, changes, law):
    assert broken(options, **changes) == (
        f"Matching broke its own law that {law}; please report this as an error in effekt."
    )


def test_an_unproven_assignment_is_never_returned(monkeypatch):
    from effekt.estimators.matching import assignment

    original = assignment._Solver.add

    def careless(self, new):
        original(self, new)
        self.u[new] += 1

    monkeypatch.setattr(assignment._Solver, "add", careless)
    with pytest.raises(RuntimeError, match="not proven to be the best"):
        effekt.match_controls(toy(), **TOY, method="optimal", distance="mahalanobis")


# --- refusals -------------------------------------------------------------------------------------------------------

# ruff: noqa: E501 - a sentence on each line
REFUSALS = [
    ({"method": "cardinality"}, "`method` must be 'nearest', 'optimal', 'full', 'exact', 'coarsened_exact', 'subclassification', 'entropy_balancing', 'covariate_balancing_propensity', 'inverse_probability' or 'overlap'; got 'cardinality'."),
    ({"method": "optimal", "estimand": "ATE"}, "`estimand` must be 'ATT' or 'ATC' with method 'optimal'; got 'ATE'."),
    ({"method": "exact", "caliper": 0.2}, "`caliper` must be None with method 'exact', which does not use it; got 0.2. It is for method 'nearest', 'optimal' or 'full'."),
    ({"replace": True, "order": "smallest"}, "`order` must be None with replace=True, where every unit takes all its nearest whatever the order; got 'smallest'. It is for replace=False, or with `reuse`."),
    ({"replace": True, "tie_orders": 3}, "`tie_orders` must be 100 with replace=True, where all tied controls are kept; got 3. It is for replace=False, or with `reuse`."),
    ({"method": "exact", "tie_orders": 3}, "`tie_orders` must be 100 with method 'exact', which does not use it; got 3. It is for method 'nearest', 'optimal' or 'full'."),
    ({"method": "full", "ratio": 2}, "`ratio` must be 1 with method 'full', which does not use it; got 2. It is for method 'nearest' or 'optimal'."),
    ({"method": "optimal", "replace": True}, "`replace` must be False with method 'optimal', which does not use it; got True. It is for method 'nearest'."),
    ({"method": "coarsened_exact", "propensity": "probit"}, "`propensity` must be None with method 'coarsened_exact', which does not use it; got 'probit'. It is for method 'nearest', 'optimal', 'full', 'subclassification', 'inverse_probability' or 'overlap'."),
    ({"cutpoints": {"x": 3}}, "`cutpoints` must be None with method 'nearest', which does not use it; got {'x': 3}. It is for method 'coarsened_exact'."),
    ({"max_controls": 3, "min_controls": 1, "ratio": 2}, "`min_controls` must be None with method 'nearest', which does not use it; got 1. It is for method 'optimal'."),
    ({"method": "optimal", "max_controls": 3}, "`min_controls` and `max_controls` must be given together, with `ratio` their average."),
    ({"method": "optimal", "min_controls": 2, "max_controls": 3}, "`ratio` must lie between `min_controls` and `max_controls`, which are 2 and 3; got 1."),
    ({"method": "subclassification"}, "`subclasses` must be given with method 'subclassification'; it is how many classes."),
    ({"method": "subclassification", "subclasses": 1}, "`subclasses` must be an integer of at least 2; got 1."),
    ({"calipers": {"agee": 1}}, "`calipers` must name columns of `covariates`; got 'agee'."),
    ({"calipers": {"X": 1}}, "`calipers` must name columns of `covariates`; got 'X'. Did you mean 'x'?"),
    ({"calipers": 3}, "`calipers` must be a mapping from covariates to values; got 3."),
    ({"calipers": {"x": 0}}, "`calipers[x]` must be a positive number; got 0."),
    ({"calipers": {"x": "wide"}}, "`calipers[x]` must be a finite number, or a decimal in text; got 'wide'."),
    ({"method": "coarsened_exact", "cutpoints": {"x": "q1"}}, "`cutpoints[x]` must be a list of cutpoints, a number of intervals from 1 to 1000, 'sturges', or 'q' and a number from 2 such as 'q4'; got 'q1'."),
    ({"method": "coarsened_exact", "cutpoints": {"x": []}}, "`cutpoints[x]` must be a list of cutpoints, a number of intervals from 1 to 1000, 'sturges', or 'q' and a number from 2 such as 'q4'; got []."),
    ({"reuse": 2}, "`reuse` must be None unless replace=True; got 2."),
    ({"order": "random"}, "`order` must be 'largest', 'smallest' or 'keyed'; got 'random'."),
    ({"discard": "controls"}, "`discard` must be 'treated', 'control' or 'both'; got 'controls'. Did you mean 'control'?"),
    ({"propensity": "cauchit"}, "`propensity` must be 'logit' or 'probit'; got 'cauchit'."),
    ({"propensity": 3}, "`propensity` must be 'logit', 'probit' or a classifier with fit and predict_proba; got 3."),
    ({"propensity": ByCell(random_state=None)}, "`propensity` must be a classifier whose chance is fixed; its random_state is None. Give it an integer."),
    ({"propensity": ByCell(n_jobs=2)}, "`propensity` must be a classifier that runs on one thread, as the order of threads moves last digits; its n_jobs is 2. Give it 1."),
    ({"propensity": ByCell(forest__n_jobs=-1, n_jobs=1)}, "`propensity` must be a classifier that runs on one thread, as the order of threads moves last digits; its forest__n_jobs is -1. Give it 1."),
    ({"propensity": ByCell}, "`propensity` must be 'logit', 'probit' or a classifier with fit and predict_proba; got the class ByCell, not an instance."),
    ({"propensity": ByCell(column=2, add=0), "covariates": ["x", "z", "w"]}, "`propensity` must give every unit a probability between 0 and 1, both excluded; the classifier gave 6 units another. Regularise it, or use propensity='logit'."),
    ({"propensity": OneColumn()}, "`propensity` must give the probabilities of two classes; predict_proba gave the shape (20,)."),
    ({"calipers": {"x": 0.25}, "exact": "unit2"}, "`calipers` must leave some treated unit with a control; none of 8 has one. Widen them, or conclude that the groups cannot be compared."),
]  # fmt: skip


@pytest.mark.parametrize(("options", "sentence"), REFUSALS)
def test_refusals_of_matching(options, sentence):
    data = toy(unit2=list("aaaaaaaa" + "abcdefghijkl"), w=[1.0] * 5 + [2.0] * 14 + [3.0])
    if options.get("exact") == "unit2":
        data["x"][8] = 1.5
    with pytest.raises((ArgumentError, DataError)) as refusal:
        effekt.match_controls(data, **{**TOY, **options})
    assert str(refusal.value) == sentence


def test_data_that_cannot_be_matched():
    apart = {"unit": list("abcdef"), "d": [1, 1, 1, 0, 0, 0], "x": [1.0, 2, 3, 4, 5, 6]}
    roles = {"unit": "unit", "treatment": "d", "covariates": "x"}
    with pytest.raises(DataError) as refusal:
        effekt.match_controls(apart, **roles, method="exact")
    assert str(refusal.value) == (
        "`covariates` must have values that both treated and controls have; in 'x' no set holds both. Use fewer columns, "
        "or coarsen them with method='coarsened_exact'."
    )
    with pytest.raises(DataError, match="Coarsen more, with fewer `cutpoints`"):
        effekt.match_controls(apart, **roles, method="coarsened_exact", cutpoints={"x": [3.5]})
    constant = toy(z=[float(d) for d in toy()["d"]])
    with pytest.raises(DataError, match="rows of both its values within the treated"):
        effekt.match_controls(constant, **TOY, distance="mahalanobis")
    one_arm = toy(z=[0.0] * 8 + toy()["z"][8:])
    with pytest.raises(DataError, match="rows of both its values within the treated"):
        effekt.match_controls(toy(x=[1.0] * 8 + [2.0] * 12), **TOY, distance="robust_mahalanobis")
    assert effekt.match_controls(toy(z=[0.0] * 8 + [0.0, 1.0] * 6), **TOY, method="exact").counts.matched == 8
    with pytest.raises(DataError):
        effekt.match_controls(one_arm, **TOY, distance="mahalanobis")


def test_a_dependent_column_within_arms():
    """Ranks can depend on each other where values do not."""
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    with pytest.raises(DataError) as refusal:
        distances.robust_mahalanobis(np.column_stack([x, x**2]), ["x", "square"])
    assert str(refusal.value) == (
        "Column 'square' must vary within the arms, and not be a linear combination of the other covariates there, for a "
        "Mahalanobis distance. Leave it out of `covariates`."
    )


def test_variance_names_fit_the_sets():
    with pytest.raises(ArgumentError) as refusal:
        effekt.matched_comparison(toy(), match={**TOY, "method": "full"}, outcome="y", variance="HC2")
    assert str(refusal.value) == "`variance` must be 'CR2'; got 'HC2'."


def test_no_method_is_without_a_test():
    """Weightings have theirs in test_weighted_matching.py, for every method of `TARGETS`."""
    assert {name for name, method in METHODS.items() if not method.weighs} == {one["method"] for one in EVERY}
    assert {name for name, method in METHODS.items() if method.weighs} == set(TARGETS)
    assert {optimal, full} <= {method.run for method in METHODS.values()}


@pytest.mark.parametrize("method", ["nearest", "optimal", "full", "exact", "coarsened_exact", "subclassification"])
def test_a_covariate_of_one_value_within_an_arm_is_told_of(method):
    """A note where units are compared with those near them; a weighting to that arm refuses it, in one rule."""
    data = toy(w=[1.0, 0, -1, 0, 2, -2, 0, 0] + [0.0] * 12)
    roles = {**TOY, "covariates": ["x", "w"]}
    options = {"method": method, "subclasses": 2 if method == "subclassification" else None}
    told = {one.code: one.text for one in effekt.match_controls(data, **roles, **options).notes}
    assert told["covariate_without_variation"].en == (
        "'w' holds one value among the controls: units of the other arm that differ there have nobody alike, and no "
        "weighting and no regression within the arm could make up for it."
    )
    assert told["covariate_without_variation"].sv.startswith("'w' har ett enda värde bland kontrollerna: enheter")
    assert "covariate_without_variation" not in {
        one.code for one in effekt.match_controls(toy(), **TOY, **options).notes
    }
    for weighting, estimand in (("inverse_probability", "ATT"), ("overlap", "ATO"), ("entropy_balancing", "ATT")):
        with pytest.raises(DataError, match="Column 'w' must vary within the controls; it holds one value there"):
            effekt.match_controls(data, **roles, method=weighting, estimand=estimand)

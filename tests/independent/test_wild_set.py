"""The second route's confidence sets of the wild cluster bootstrap, against its own p and against the first route."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from random import Random

import pytest
from independent.test_drawn_clusters import with_two_alike

import effekt
from effekt.exceptions import InferenceUnavailableError
from effekt.independent import METHODS
from effekt.independent.limits import NotRepeatedError
from effekt.independent.polynomials import multiplied, roots, unmapped
from effekt.independent.statistics import bound, p_value, view_of

TRIAL = {"outcome": "y", "treatment": "d", "cluster": "cluster", "inference": "wild_bootstrap"}
PANEL = {"outcome": "y", "unit": "unit", "time": "year", "treatment": "d", "inference": "wild_bootstrap"}
ENDS = [
    ("two-sided", "confidence_low"),
    ("two-sided", "confidence_high"),
    ("greater", "confidence_low"),
    ("less", "confidence_high"),
]


def trial(seed, groups, level=8):
    """Return a trial of clusters of unlike size, in two blocks."""
    random = Random(seed)
    rows = []
    for g in range(groups):
        for _ in range(2 + g % 4):
            x = round(random.gauss(0, 1), 2)
            own = {"cluster": f"c{g}", "d": g % 2, "block": "uv"[2 * g // groups], "x": x}
            rows.append(own | {"y": level + round(random.gauss(g % 2 / 2 + g % 5 / 4, 1), 3)})
    return {name: [row[name] for row in rows] for name in rows[0]}


def panel(seed, clusters, treated):
    """Return a panel of one unit a cluster."""
    random = Random(seed)
    rows = []
    for c in range(clusters):
        for t in range(4):
            on = int(c < treated and t >= 2)
            y = round(9 + random.gauss(0, 1) + 0.6 * on, 2)
            rows.append({"unit": f"u{c}", "cluster": f"c{c}", "year": 2010 + t, "d": on, "y": y})
    return {name: [row[name] for row in rows] for name in rows[0]}


def stated(view, statistic, level, side):
    """Return an end of the first route's set, or why it has none."""
    try:
        found = view.confidence_interval(level, side)
        return found.low if statistic == "confidence_low" else found.high
    except InferenceUnavailableError as error:
        return str(error)


def same_ends(method, columns, levels=("0.8", "0.95"), **given):
    """Return how many ends both routes have alike."""
    first, second = getattr(effekt, method)(columns, **given), METHODS[method](columns, **given)
    views, counted = {"difference": first, "ratio": first.ratio(), "relative": first.relative()}, 0
    for name, view in views.items():
        for level in map(Fraction, levels):
            for side, statistic in ENDS:
                wanted = stated(view, statistic, level, side)
                if isinstance(wanted, str):
                    continue
                found = bound(second, view_of(name, None, Fraction(1)), statistic, level, side)
                if abs(wanted) == inf:
                    assert found is None, (name, level, side, statistic)
                else:
                    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9), (name, level, side, statistic)
                    counted += 1
    return counted


@pytest.mark.parametrize("seed", range(30))
def test_where_polynomials_change_sign(seed):
    """Roots that are drawn are found, pairs of complex ones aside."""
    random = Random(seed)
    wanted = sorted(random.choice([random.uniform(-1, 1), random.gauss(0, 30)]) for _ in range(random.randrange(1, 7)))
    line = [random.choice([-2.5, 0.7])]
    for one in wanted:
        line = multiplied(line, [-one, 1.0])
    for more in ([1.0], [1.0, 0.2, 1.0]):
        found = [unmapped(place) for place in roots(multiplied(line, more))]
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9)
    assert roots([0.0]) == roots([3.0]) == []


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (8, {}),
        (9, {"block": "block"}),
        (8, {"covariates": ["x"], "population": "finite"}),
        (8, {"covariates": ["x"], "adjustment": "additive", "estimand": "ATT"}),
        (18, {"draws": 199, "rng": 3}),
        (20, {"draws": 99, "rng": 5, "block": "block"}),
    ],
)
def test_both_routes_end_alike_in_trials(groups, more):
    assert same_ends("randomized_trial", trial(groups, groups), ("0.8",), **{**TRIAL, **more}) >= 8


@pytest.mark.parametrize(
    ("weights", "clusters", "treated"), [("rademacher", 7, 3), ("rademacher", 18, 7), ("webb", 4, 2), ("webb", 14, 6)]
)
def test_both_routes_end_alike_in_panels(weights, clusters, treated):
    given = {**PANEL, "cluster": "cluster", "wild_weights": weights, "draws": 99, "rng": 7}
    assert same_ends("difference_in_differences", panel(clusters, clusters, treated), ("0.7",), **given) >= 3


@pytest.mark.parametrize("name", ["difference", "ratio"])
@pytest.mark.parametrize(("side", "statistic"), ENDS)
def test_p_falls_to_alpha_at_the_end(name, side, statistic):
    second, view = METHODS["randomized_trial"](trial(3, 9), **TRIAL), view_of(name, None, Fraction(1))
    end = bound(second, view, statistic, Fraction(4, 5), side)
    outwards = 1e-7 if statistic == "confidence_high" else -1e-7
    inside, outside = (p_value(second, view, Fraction(end + step), side) for step in (-outwards, outwards))
    assert inside > Fraction(1, 5) >= outside


def test_a_set_that_is_not_one_interval_has_no_end():
    """With three treated clusters a ratio of zero has a p of 1/4 at least."""
    columns = trial(2, 7, level=20)
    view = effekt.randomized_trial(columns, **TRIAL).ratio()
    assert "disjoint" in stated(view, "confidence_low", Fraction(4, 5), "two-sided")
    second = METHODS["randomized_trial"](columns, **TRIAL)
    with pytest.raises(NotRepeatedError, match="not one interval"):
        bound(second, view_of("ratio", None, Fraction(1)), "confidence_low", Fraction(4, 5), "two-sided")


def test_a_tie_at_an_infinite_ratio_is_no_piece_of_the_set():
    """With four controls p of a counterfactual mean of 0 is 1/16, of any large ratio less: the set ends at one."""
    columns = trial(2, 8, level=20)
    view = effekt.randomized_trial(columns, **TRIAL).ratio()
    wanted = stated(view, "confidence_high", Fraction(19, 20), "less")
    second = METHODS["randomized_trial"](columns, **TRIAL)
    found = bound(second, view_of("ratio", None, Fraction(1)), "confidence_high", Fraction(19, 20), "less")
    assert found == pytest.approx(wanted, rel=1e-9)


def test_no_end_where_no_p_is_so_small():
    second = METHODS["randomized_trial"](trial(4, 5), **TRIAL)
    view = view_of("difference", None, Fraction(1))
    assert bound(second, view, "confidence_low", Fraction(99, 100), "two-sided") is None


def test_the_draws_of_another_seed_end_elsewhere():
    columns, view = trial(6, 20), view_of("difference", None, Fraction(1))
    ends = set()
    for seed in (1, 2):
        second = METHODS["randomized_trial"](columns, **TRIAL, draws=199, rng=seed)
        ends.add(bound(second, view, "confidence_high", Fraction(9, 10), "two-sided"))
    assert len(ends) == 2


def test_clusters_that_add_the_same_have_an_order_by_content_in_trials_alone():
    """Two controls move the difference alike, and one of them has a row more at its arm's mean."""
    rows = with_two_alike(row_more=True)
    assert same_ends("randomized_trial", rows, ("0.9",), **TRIAL, draws=99, rng=3)
    n = len(rows["y"])
    years = {"y": [0.0] * n + rows["y"], "d": [0] * n + rows["d"], "cluster": rows["cluster"] * 2}
    years |= {"unit": [f"u{i}" for i in range(n)] * 2, "year": [2010] * n + [2011] * n}
    second = METHODS["difference_in_differences"](years, **PANEL, cluster="cluster", draws=99, rng=3)
    with pytest.raises(NotRepeatedError, match="not alike in its test"):
        bound(second, view_of("difference", None, Fraction(1)), "confidence_low", Fraction(9, 10), "two-sided")


def test_ends_of_many_covariates_are_as_exact():
    """By blocks and covariates at once the polynomials' own roots are right to seven digits, their ends to nine."""
    given = {**TRIAL, "covariates": ["x"], "block": "block", "population": "finite"}
    assert same_ends("randomized_trial", trial(5, 8), ("0.5",), **given) >= 8

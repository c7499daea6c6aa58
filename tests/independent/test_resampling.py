"""The second route's p of all sign changes and of all assignments, against the first route's."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import effekt
from effekt.exceptions import ArgumentError
from effekt.independent.randomized_trial import randomized_trial
from effekt.independent.statistics import bound, p_value, view_of

NULLS = (None, Fraction("0.3"), Fraction("1.2"))
SIDES = ("two-sided", "greater", "less")


def trial(seed, groups=10, size=5):
    """Return a trial of clusters of different sizes, in two blocks, with whole-numbered outcomes that tie."""
    random = Random(seed)
    rows = [
        (f"g{g}", g % 2, "uv"[g * 2 // groups], round(random.gauss(0, 1), 2), random.randrange(1, 9) + g % 3)
        for g in range(groups)
        for _ in range(size + g % 2)
    ]
    return dict(zip(("cluster", "d", "block", "x", "y"), map(list, zip(*rows, strict=True)), strict=True))


def every_p_is_one(columns, given, **drawn):
    """Every null of every view has one p under both routes."""
    first, second = effekt.randomized_trial(columns, **given, **drawn), randomized_trial(columns, **given)
    assert (first.treated_mean, first.counterfactual_mean) == pytest.approx(
        (float(second["treated_mean"]), float(second["counterfactual_mean"])), rel=1e-12
    )
    views = {"difference": first, "ratio": first.ratio(), "relative": first.relative()}
    for (name, view), null, side in product(views.items(), NULLS, SIDES):
        found = p_value(second, view_of(name, None, Fraction(1)), null, side)
        wanted = view.p_value(alternative=side) if null is None else view.p_value(float(null), alternative=side)
        assert float(found) == wanted, (name, null, side)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("block", [None, "block"])
@pytest.mark.parametrize(("adjustment", "covariates"), [("none", ()), ("lin", ("x",)), ("additive", ("x",))])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_all_sign_changes(seed, block, adjustment, covariates, estimand):
    given = {"outcome": "y", "treatment": "d", "cluster": "cluster", "block": block, "covariates": covariates}
    given |= {"adjustment": adjustment, "estimand": estimand, "population": "finite", "inference": "wild_bootstrap"}
    every_p_is_one(trial(seed), given, draws=99, rng=1)


def units(seed, n=12):
    """Return a small trial of units in blocks and pairs."""
    random = Random(seed)
    return {
        "d": [1 - i % 2 for i in range(n)],
        "block": ["uv"[i // 6 % 2] for i in range(n)],
        "pair": [f"p{i // 2}" for i in range(n)],
        "y": [random.randrange(1, 9) + i / 4 for i in range(n)],
    }


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("design", [{}, {"block": "block"}, {"pairs": "pair"}])
def test_all_assignments_of_units(seed, estimand, design):
    given = {"outcome": "y", "treatment": "d", "estimand": estimand, "inference": "randomization"}
    every_p_is_one(units(seed), given | design, draws=99, rng=1)


@pytest.mark.parametrize("design", [{}, {"block": "block"}])
@pytest.mark.parametrize("name", ["difference", "ratio"])
def test_the_set_ends_where_the_p_says(design, name):
    columns = units(7, 10)
    given = {"outcome": "y", "treatment": "d", "inference": "randomization"} | design
    first, second = effekt.randomized_trial(columns, **given, draws=99, rng=1), randomized_trial(columns, **given)
    wanted = (first if name == "difference" else first.ratio()).confidence_interval(0.9)
    view = view_of(name, None, Fraction(1))
    for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
        assert bound(second, view, statistic, Fraction(9, 10), "two-sided") == pytest.approx(end, rel=1e-9)


def test_a_set_of_sign_changes_may_have_gaps_and_is_left_to_the_first_route():
    given = {"outcome": "y", "treatment": "d", "cluster": "cluster", "inference": "wild_bootstrap"}
    second = randomized_trial(trial(8), **given)
    assert (
        bound(second, view_of("difference", None, Fraction(1)), "confidence_low", Fraction(9, 10), "two-sided") is None
    )


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_all_assignments_of_clusters(estimand):
    given = {"outcome": "y", "treatment": "d", "cluster": "cluster", "estimand": estimand}
    every_p_is_one(trial(5), given | {"inference": "randomization"}, draws=99, rng=1)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (trial(6, groups=18), {"cluster": "cluster", "inference": "wild_bootstrap"}, "draws no signs"),
        (trial(6), {"inference": "wild_bootstrap"}, "signs of clusters"),
        (trial(6), {"inference": "randomization", "probability": "x"}, "count alike"),
        (units(6, n=40), {"inference": "randomization"}, "draws no assignments"),
        (trial(6), {"inference": "randomization", "covariates": ["x"]}, "lists assignments"),
        (units(6), {"inference": "randomization", "block": "block", "adjustment": "additive"}, "lists assignments"),
        (units(6), {"inference": "barnard"}, "two shares"),
    ],
)
def test_what_is_not_listed_is_refused(columns, options, message):
    with pytest.raises(ArgumentError, match=message):
        randomized_trial(columns, outcome="y", treatment="d", **options)

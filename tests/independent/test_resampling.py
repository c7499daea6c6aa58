"""The second route's p of all sign changes and of all assignments, against the first route's."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import inf
from random import Random

import pytest

import effekt
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.independent import METHODS
from effekt.independent.statistics import bound, p_value, view_of
from effekt.independent.trials.randomized_trial import randomized_trial

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


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_all_assignments_of_clusters(estimand):
    given = {"outcome": "y", "treatment": "d", "cluster": "cluster", "estimand": estimand}
    every_p_is_one(trial(5), given | {"inference": "randomization"}, draws=99, rng=1)


ADJUSTED = [
    {"covariates": ["x"]},
    {"covariates": ["x", "z"], "estimand": "ATT"},
    {"covariates": ["z"], "block": "block"},
    {"covariates": ["z"], "block": "block", "adjustment": "lin_by_block"},
    {"covariates": ["z"], "block": "block", "adjustment": "additive"},
    {"block": "block", "adjustment": "additive"},
    {"covariates": ["x"], "pairs": "pair"},
    {"covariates": ["z"], "pairs": "pair", "adjustment": "additive"},
    {"weights": {"column": "w", "kind": "sampling"}},
    {"weights": {"column": "f", "kind": "frequency"}, "covariates": ["z"]},
    {"exposure": "w", "block": "block"},
    {"probability": "p"},
    {"probability": "p", "covariates": ["z"], "estimand": "ATT"},
    {"probability": "p", "adjustment": "none"},
    {"cluster": "cluster", "covariates": ["z"]},
    {"cluster": "cluster", "block": "block"},
    {"cluster": "cluster", "cluster_weighted": True, "weights": {"column": "w", "kind": "sampling"}},
]


def adjusted(seed, n, level=0):
    """Return a trial of n units in pairs, blocks and clusters of three rows; a covariate far from zero, with ties."""
    random = Random(seed)
    rows = []
    for i in range(n):
        x, z = level + random.choice([0, 0.5, 1]), round(random.gauss(0, 1), 1)
        own = {"d": 1 - i % 2, "block": "uv"[2 * i // n], "pair": f"p{i // 2}", "x": x, "z": z, "cluster": f"c{i:02}"}
        own |= {"w": random.choice([1, 1.5, 2]), "f": 1 + i % 2, "p": 0.5 if i % 3 else 0.4}
        rows.append(own | {"y": random.randrange(11, 17) + own["d"] + z})
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.mark.parametrize("design", ADJUSTED, ids=lambda design: "-".join(map(str, design.values())))
@pytest.mark.parametrize(("n", "level"), [(8, 10**9), (44, 0)], ids=["listed", "drawn"])
def test_adjusted_and_weighted_trials(design, n, level):
    """Both routes take the same assignments, listed or drawn from the seed, and count the same as extreme."""
    columns = adjusted(n, n, level)
    if "cluster" in design:
        columns = {name: [cell for cell in cells for _ in range(3)] for name, cells in columns.items()}
        columns["y"] = [cell + i % 3 for i, cell in enumerate(columns["y"])]
    given = {"outcome": "y", "treatment": "d", "inference": "randomization", "draws": 39, "rng": 4} | design
    every_p_is_one(columns, given)


def test_the_order_of_the_rows_moves_no_draw():
    columns = adjusted(1, 44)
    order = list(range(44))
    Random(2).shuffle(order)
    moved = {name: [cells[i] for i in order] for name, cells in columns.items()}
    given = {"outcome": "y", "treatment": "d", "covariates": ["z"], "inference": "randomization", "draws": 99, "rng": 9}
    view = view_of("difference", None, Fraction(1))
    assert p_value(randomized_trial(columns, **given), view, None, "less") == p_value(
        randomized_trial(moved, **given), view, None, "less"
    )


@pytest.mark.parametrize("design", [{}, {"covariates": ["z"]}, {"covariates": ["z"], "pairs": "pair"}])
@pytest.mark.parametrize("name", ["difference", "ratio"])
def test_the_set_of_drawn_assignments_ends_where_the_p_says(design, name):
    columns = adjusted(3, 40)
    given = {"outcome": "y", "treatment": "d", "inference": "randomization", "draws": 99, "rng": 1} | design
    first, second = effekt.randomized_trial(columns, **given), randomized_trial(columns, **given)
    wanted = (first if name == "difference" else first.ratio()).confidence_interval(0.9)
    view = view_of(name, None, Fraction(1))
    for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
        assert bound(second, view, statistic, Fraction(9, 10), "two-sided") == pytest.approx(end, rel=1e-9)


LEVELLED = [
    design
    for design in ADJUSTED
    if "exposure" not in design and (design.get("adjustment"), "p") != ("none", design.get("probability"))
]  # rates, and Horvitz and Thompson's means, move with the level


@pytest.mark.parametrize("design", LEVELLED, ids=lambda design: "-".join(map(str, design.values())))
@pytest.mark.parametrize("side", SIDES)
def test_the_ends_move_with_no_level(design, side):
    """A set is that of the outcomes less a million: no end is off by a share of their level."""
    columns = adjusted(6, 8)
    if "cluster" in design:
        columns = {name: [cell for cell in cells for _ in range(3)] for name, cells in columns.items()}
    columns["y"] = [round(cell) % 3 for cell in columns["y"]]
    higher = columns | {"y": [10**6 + cell for cell in columns["y"]]}
    given = {"outcome": "y", "treatment": "d", "inference": "randomization", "draws": 39, "rng": 4} | design
    low, high = randomized_trial(columns, **given), randomized_trial(higher, **given)
    view = view_of("difference", None, Fraction(1))
    found = 0
    for statistic, level in product(("confidence_low", "confidence_high"), (Fraction(1, 2), Fraction(4, 5))):
        ends = [bound(own, view, statistic, level, side) for own in (low, high)]
        assert ends[0] is None or ends[0] == pytest.approx(ends[1], rel=1e-12, abs=1e-12)
        assert (ends[0] is None) == (ends[1] is None)
        found += ends[0] is not None
    assert found


@pytest.mark.parametrize("level", ["0.8", "0.9"])
def test_the_ends_of_a_weighted_trial_are_fractions(level):
    """Of all 70 assignments the ends are roots of |a - τb| = |â - τ|, counted here one by one."""
    d, w, y = [1] * 4 + [0] * 4, [1, 2, 3, 1, 2, 1, 3, 2], [10**6 + k for k in (1, 2, 0, 1, 0, 0, 1, 2)]
    arms = [[int(i in chosen) for i in range(8)] for chosen in combinations(range(8), 4)]

    def contrast(values, arm):
        sums = [[sum(v * q for v, q, own in zip(c, w, arm, strict=True) if own == k) for k in (1, 0)] for c in values]
        return Fraction(sums[0][0], sums[1][0]) - Fraction(sums[0][1], sums[1][1])

    pairs = [tuple(contrast((own, [1] * 8), arm) for own in (y, d)) for arm in arms]
    actual = contrast((y, [1] * 8), d)
    roots = {(actual - a) / (1 - b) for a, b in pairs if b != 1} | {(actual + a) / (1 + b) for a, b in pairs if b != -1}
    kept = [
        one
        for one in roots
        if Fraction(sum(abs(a - one * b) >= abs(actual - one) for a, b in pairs), 70) > 1 - Fraction(level)
    ]
    columns, weights = {"y": y, "d": d, "w": w}, {"column": "w", "kind": "sampling"}
    second = randomized_trial(columns, outcome="y", treatment="d", weights=weights, inference="randomization")
    view = view_of("difference", None, Fraction(1))
    for statistic, end in (("confidence_low", min(kept)), ("confidence_high", max(kept))):
        assert bound(second, view, statistic, Fraction(level), "two-sided") == pytest.approx(float(end), rel=1e-13)


@pytest.mark.parametrize("design", [{"weights": {"column": "w", "kind": "sampling"}}, {"probability": "p"}])
def test_of_a_constant_outcome_the_set_is_nothing_but_zero(design):
    columns = adjusted(2, 10) | {"y": [2_000_000] * 10, "received": [1, 0] * 3 + [0, 0, 1, 1]}
    given = {"outcome": "y", "treatment": "d", "inference": "randomization", "draws": 59, "rng": 8} | design
    members = METHODS["complier_effect"](columns, received="received", **given)["members"]
    view = view_of("difference", None, Fraction(1))
    for own in (randomized_trial(columns, **given), members["ITT"], members["CACE"]):
        for statistic in ("confidence_low", "confidence_high"):
            assert abs(bound(own, view, statistic, Fraction(4, 5), "two-sided")) < 1e-15


def test_weights_that_are_thirds_but_for_rounding_tie():
    """1/3 and 2/3 in floats add to a hair less than 1; an assignment that exchanges them is the actual one."""
    d, w = [1, 1, 0, 1, 0, 0, 1, 0], [1 / 3, 2 / 3, 1, 1, 1, 1 / 3, 1 / 7, 6 / 7]
    columns = {"y": [7, 7, 7, 3, 2, 5, 7, 7], "d": d, "w": w}
    given = {"outcome": "y", "treatment": "d", "weights": {"column": "w", "kind": "sampling"}}
    given |= {"inference": "randomization"}
    first, second = effekt.randomized_trial(columns, **given, draws=99, rng=1), randomized_trial(columns, **given)
    view = view_of("difference", None, Fraction(1))
    for level in (0.5, 0.8, 0.9):
        wanted = first.confidence_interval(level)
        for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
            found = bound(second, view, statistic, Fraction(repr(level)), "two-sided")
            assert found == pytest.approx(end, rel=1e-9, abs=1e-12)


def test_an_arm_without_variation_in_a_covariate_is_left_out_by_both_routes():
    """One unit alone holds the covariate up: in the arm without it no slope exists."""
    columns = {"y": [3, 5, 2, 4, 6, 1, 7, 2], "d": [1, 0] * 4, "x": [1, 0, 1, 0, 0, 1, 0, 0]}
    every_p_is_one(columns, {"outcome": "y", "treatment": "d", "covariates": ["x"], "inference": "randomization"})


def test_covariates_that_are_nearly_collinear_are_left_to_the_first_route():
    columns = {"y": [3, 5, 2, 4, 6, 1, 7, 2], "d": [1, 0] * 4, "x": [10**5, 0, 1, 2, 3, 1, 0, 4]}
    given = {"outcome": "y", "treatment": "d", "covariates": ["x"], "inference": "randomization"}
    with pytest.raises(ArgumentError, match="nearly collinear"):
        randomized_trial(columns, **given)


def test_a_seed_is_needed_where_assignments_are_drawn():
    with pytest.raises(ArgumentError, match="rng must be a whole number"):
        randomized_trial(adjusted(1, 44), outcome="y", treatment="d", inference="randomization")


@pytest.mark.parametrize("n", [8, 30])
@pytest.mark.parametrize("design", [{}, {"covariates": ["z"], "block": "block"}])
def test_compliers_by_randomisation(n, design):
    columns = adjusted(5, n) | {"received": [int(i % 2 == 0 and i != 2) for i in range(n)]}
    given = {"outcome": "y", "treatment": "d", "received": "received", "inference": "randomization"} | design
    given |= {"draws": 59, "rng": 8}
    first, second = effekt.complier_effect(columns, **given), METHODS["complier_effect"](columns, **given)["members"]
    for label, null in product(first.labels, (None, Fraction("0.5"))):
        found = p_value(second[label], view_of("difference", None, Fraction(1)), null, "two-sided")
        wanted = first[label].p_value() if null is None else first[label].p_value(float(null))
        assert float(found) == wanted, (label, null)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("n", "level"), [(10, 10**9), (36, 0)], ids=["listed", "drawn"])
@pytest.mark.parametrize("design", [{}, {"block": "block", "estimand": "ATT"}], ids=["whole", "blocks"])
def test_the_difference_over_its_standard_error(seed, n, level, design):
    """P of no effect and the ends of the sets, with ties, an outcome far from zero, and arms without any variance."""
    random = Random(seed)
    columns = adjusted(seed, n) | {"y": [level + random.randrange(3) + (i % 2 == 0) for i in range(n)]}
    given = {"outcome": "y", "treatment": "d", "inference": "randomization", "statistic": "studentized"} | design
    given |= {"draws": 59, "rng": 8}
    first, second = effekt.randomized_trial(columns, **given), randomized_trial(columns, **given)
    view = view_of("difference", None, Fraction(1))
    for side in SIDES:
        assert float(p_value(second, view, None, side)) == first.p_value(alternative=side)
    wanted = first.confidence_interval(0.9)
    assert len(wanted.intervals) == 1
    for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
        found = bound(second, view, statistic, Fraction(9, 10), "two-sided")
        assert (found if found is not None else (-1 if statistic == "confidence_low" else 1) * inf) == pytest.approx(
            end, rel=1e-9, abs=1e-9
        )


def test_a_single_unit_in_an_arm_has_no_standard_error():
    columns = {"y": [1, 2, 3, 4], "d": [1, 0, 0, 0]}
    given = {"outcome": "y", "treatment": "d", "inference": "randomization", "statistic": "studentized"}
    assert (
        randomized_trial(columns, **given)["unavailable"] == "an arm, of the trial or of a block, holds a single unit"
    )
    with pytest.raises(InferenceUnavailableError):
        effekt.randomized_trial(columns, **given).p_value()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [10, 30], ids=["listed", "drawn"])
def test_of_a_weak_first_stage_both_routes_have_the_same_ends_or_none(seed, n):
    """A fifth of the units receive what they would not have: sets with two ends, with one, and of all numbers."""
    random, found = Random(seed), 0
    view, sides = view_of("difference", None, Fraction(1)), {"confidence_low": 0, "confidence_high": 1}
    while found < 2:
        columns = {"y": [random.randrange(-20, 21) for _ in range(n)], "d": [1, 0] * (n // 2)}
        columns["received"] = [int(random.random() < 0.4 + 0.3 * own) for own in columns["d"]]
        if sum(r * (2 * z - 1) for r, z in zip(columns["received"], columns["d"], strict=True)) <= 0:
            continue
        found += 1
        given = {"outcome": "y", "treatment": "d", "received": "received", "inference": "randomization"}
        given |= {"draws": 199, "rng": 8}
        first = effekt.complier_effect(columns, **given)["CACE"]
        second = METHODS["complier_effect"](columns, **given)["members"]["CACE"]
        for level, side in product((Fraction(1, 2), Fraction(4, 5), Fraction(19, 20)), SIDES):
            wanted = first.confidence_interval(float(level), side).intervals
            for statistic, end in sides.items():
                own = bound(second, view, statistic, level, side)
                if len(wanted) == 1:
                    own = (2 * end - 1) * inf if own is None else own
                    assert own == pytest.approx(wanted[0][end], rel=1e-9, abs=1e-12), (level, side, statistic)

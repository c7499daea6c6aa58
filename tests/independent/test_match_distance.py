"""The second route's distances, calipers, propensities and orders of nearest neighbours: by hand, and at random."""

from __future__ import annotations

from math import exp, sqrt
from random import Random
from statistics import NormalDist

import pytest

import effekt
from effekt.exceptions import DataError
from effekt.independent.matches.match_distance import apart, points_of, within_calipers, without_discarded
from effekt.independent.matches.match_propensity import propensity
from effekt.independent.matches.matching import matched_comparison


def test_mahalanobis_by_hand():
    # within the arms x varies by (−1, 1), (−1, 1) and z by (−2, 2), (2, −2): S = [[4, 0], [0, 16]] / 2
    columns = {"x": [1, 3, 6, 8], "z": [0, 4, 9, 5]}
    points = points_of(columns, ["x", "z"], [1, 1, 0, 0], "mahalanobis", [])
    assert apart(points, 0, 1) == pytest.approx(sqrt(2**2 / 2 + 4**2 / 8))
    assert apart(points, 1, 2) == pytest.approx(sqrt(3**2 / 2 + 5**2 / 8))


def test_mahalanobis_takes_what_covariates_share_away():
    # S = [[2, 1], [1, 5/2]] and its inverse [[5/2, -1], [-1, 2]] / 4
    points = points_of({"x": [0, 2, 1, 3], "z": [0, 3, 4, 3]}, ["x", "z"], [1, 1, 0, 0], "mahalanobis", [])
    assert apart(points, 0, 2) == pytest.approx(sqrt((2.5 * 1 - 2 * 1 * 4 + 2 * 16) / 4))
    with pytest.raises(DataError, match="depend"):
        points_of({"x": [0, 2, 1, 3], "z": [0, 4, 2, 6]}, ["x", "z"], [1, 1, 0, 0], "mahalanobis", [])


def test_ranks_of_ties_are_averaged_and_vary_as_untied_ones():
    columns = {"x": [10, 20, 20, 900]}
    points = points_of(columns, ["x"], [1, 1, 0, 0], "robust_mahalanobis", [])
    spread = sqrt(4 * 5 / 12)
    assert [apart(points, 0, j) for j in (1, 2, 3)] == pytest.approx([1.5 / spread, 1.5 / spread, 3 / spread])


def test_a_pair_at_the_caliper_is_within_by_the_decimals():
    within = within_calipers({"x": [1, 3, 4]}, {"x": 2})
    assert [within(0, 1), within(0, 2)] == [True, False]
    tenths = within_calipers({"x": [0.8, 0.7, 0.69, 0.3]}, {"x": 0.1})  # 0.8 - 0.7 is above 0.1 in floats
    assert [tenths(0, 1), tenths(0, 2), tenths(1, 2), tenths(0, 3)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("discard", "out"), [("treated", {1}), ("control", {3}), ("both", {1, 3}), ([0.25, 0.75], {1, 3}), (None, set())]
)
def test_who_lies_outside_the_common_support_shares_a_key_with_nobody(discard, out):
    found = without_discarded([("a",)] * 4, [0.0, 3.0, 1.0, -2.0], [1, 1, 0, 0], discard)
    assert {i for i in range(4) if found[i] != ("a",)} == out
    assert len(set(found)) == 1 + len(out)


def test_a_probit_solves_its_likelihood_equations():
    rng, normal = Random(1), NormalDist()
    columns = {"x": [rng.randint(0, 20) for _ in range(80)]}
    columns["d"] = [int(rng.random() < 0.2 + x / 40) for x in columns["x"]]
    logit, (slope,) = propensity(columns, treatment="d", covariates=["x"], link="probit")
    chances = [1 / (1 + exp(-value)) for value in logit]
    index = [normal.inv_cdf(p) for p in chances]
    start = index[0] - slope * columns["x"][0]
    assert index == pytest.approx([start + slope * x for x in columns["x"]], abs=1e-9)
    score = [(d - p) * normal.pdf(own) / (p * (1 - p)) for d, p, own in zip(columns["d"], chances, index, strict=True)]
    assert sum(score) == pytest.approx(0, abs=1e-8)
    assert sum(one * x for one, x in zip(score, columns["x"], strict=True)) == pytest.approx(0, abs=1e-7)


def drawn(rng):
    """A table, and a match and an inference of any kind."""
    n = rng.randint(24, 50)
    columns = {
        "u": [f"u{i:03d}" for i in range(n)],
        "x": [rng.randint(20, 60) for _ in range(n)],
        "z": [rng.choice([0, 0, 0, 1]) if rng.random() < 0.5 else rng.randint(0, 24) / 8 for _ in range(n)],
        "e": [rng.choice("ab") for _ in range(n)],
    }
    columns["d"] = [int(rng.random() < 0.01 * (x - 5)) for x in columns["x"]]
    columns["y"] = [x // 2 + 3 * d + rng.randint(0, 9) for x, d in zip(columns["x"], columns["d"], strict=True)]
    estimand = rng.choice(["ATT", "ATT", "ATC", "ATE"])
    match = {
        **{"unit": "u", "treatment": "d", "covariates": ["x", "z"], "method": "nearest", "estimand": estimand},
        "exact": rng.choice([[], ["e"]]),
        "distance": rng.choice(["propensity", "mahalanobis", "robust_mahalanobis"]),
        "propensity": rng.choice(["logit", "probit"]),
        **{"ratio": rng.choice([1, 1, 2]), "replace": estimand == "ATE" or rng.random() < 0.5, "salt": "s"},
    }
    if rng.random() < 0.4:
        match["caliper"] = rng.choice([0.5, 1.0])
    if match["replace"] and estimand != "ATE" and rng.random() < 0.3:
        match["reuse"] = 2
    if rng.random() < 0.4:
        match["calipers"] = {"x": rng.choice([3, 8, 12.5])}
    if rng.random() < 0.4:
        match["discard"] = rng.choice(["treated", "control", "both", [0.1, 0.9]])
    by_key = not match["replace"] or "reuse" in match
    if by_key:
        match["tie_orders"] = 1
        match["order"] = rng.choice(["smallest", "largest", "keyed"])
    options = {"variance": rng.choice(["abadie_imbens", "CR2"])} if match["replace"] else {}
    return columns, match, options


@pytest.mark.filterwarnings("ignore")
def test_random_matches_are_those_of_the_first_route():
    rng, compared, kinds = Random(11), 0, set()
    for _ in range(90):
        columns, match, options = drawn(rng)
        measured = {"column": "y", "unit": "days", "better": "higher"}
        try:
            effect = effekt.matched_comparison(columns, match=match, outcome=measured, **options)
        except effekt.exceptions.EffektError:
            continue
        other = matched_comparison(columns, match=match, outcome="y", **options)
        assert effect.exact_estimate == other["estimate"], match
        spread = other.get("covariance")
        unavailable = type(effect.inference).__name__ == "Unavailable"
        assert (spread is None) == unavailable, match
        if spread is not None:
            variance = spread[0][0] + spread[1][1] - 2 * spread[0][1]
            assert sqrt(variance) == pytest.approx(effect.std_error, rel=1e-9), match
        compared += 1
        kinds |= {match["distance"], match["propensity"], *match}
    assert compared > 50
    assert {"robust_mahalanobis", "mahalanobis", "probit", "calipers", "discard", "order", "reuse"} <= kinds

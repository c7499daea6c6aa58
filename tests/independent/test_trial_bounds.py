"""The second route's bounds where outcomes are missing: by hand, and against those of the first for every design."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import effekt
from effekt.independent.limits import NotRepeatedError
from effekt.independent.trials.trial_bounds import several_bounds, trial_bounds
from effekt.reports.other_means import bounds

MEANS = ("treated_mean", "counterfactual_mean")


def test_bounds_by_hand():
    # 6 of 8 seen of 10 treated, 3 of 10 controls: of these a mass of 8 is kept, with 1 of 8 or 3 of 8 who work.
    outcomes = [1] * 6 + [0] * 2 + [None] * 2 + [1] * 3 + [0] * 7
    columns = {"y": outcomes, "t": [1] * 10 + [0] * 10}
    found = trial_bounds(columns, outcome="y", treatment="t")
    assert {name: tuple(means[one] for one in MEANS) for name, means in found.items()} == {
        "lee_bounds lower": (Fraction(3, 4), Fraction(3, 8)),
        "lee_bounds upper": (Fraction(3, 4), Fraction(1, 8)),
        "manski_bounds lower": (Fraction(6, 10), Fraction(3, 10)),
        "manski_bounds upper": (Fraction(8, 10), Fraction(3, 10)),
    }


def test_the_row_at_the_edge_is_kept_in_part():
    # of three treated seen of three a mass of 3/2 is kept, as half the controls are seen
    columns = {"y": [1, 2, 6, 4, 5, None, None], "t": [1, 1, 1, 0, 0, 0, 0]}
    found = trial_bounds(columns, outcome="y", treatment="t", outcome_range=("0", "10"))
    assert found["lee_bounds lower"]["treated_mean"] == (1 + Fraction(2, 2)) / Fraction(3, 2)
    assert found["lee_bounds upper"]["treated_mean"] == (6 + Fraction(2, 2)) / Fraction(3, 2)
    assert found["manski_bounds lower"]["counterfactual_mean"] == Fraction(29, 4)
    assert found["manski_bounds upper"]["counterfactual_mean"] == Fraction(9, 4)


def test_there_are_none_where_nothing_is_missing_or_no_range_is_known():
    assert trial_bounds({"y": [1, 0, 1, 0], "t": [1, 1, 0, 0]}, outcome="y", treatment="t") == {}
    found = trial_bounds({"y": [1, 3, None, 1, 2], "t": [1, 1, 1, 0, 0]}, outcome="y", treatment="t")
    assert list(found) == ["lee_bounds lower", "lee_bounds upper"]


def test_what_it_does_not_know_is_refused():
    with pytest.raises(NotRepeatedError, match="'missnig'"):
        trial_bounds({"y": [1, None], "t": [1, 0]}, outcome="y", treatment="t", missnig="drop")


DESIGNS = {
    "units": {},
    "covariates": {"covariates": ["x"], "adjustment": "lin"},
    "blocks": {"block": "b"},
    "blocks together": {"block": "b", "adjustment": "additive"},
    "clusters": {"cluster": "c"},
    "equal clusters": {"cluster": "c", "cluster_weighted": True},
    "pairs": {"pairs": "p"},
    "sampling weights": {"weights": {"column": "w", "kind": "sampling"}},
    "frequencies": {"weights": {"column": "w", "kind": "frequency"}},
    "precision": {"weights": {"column": "w", "kind": "precision"}},
    "probabilities": {"probability": "r", "adjustment": "lin"},
    "probabilities in blocks": {"probability": "r", "block": "b", "adjustment": "lin"},
    "exposure": {"exposure": "w"},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_has_the_bounds_of_the_first_route(design, estimand):
    rng, compared = random.Random(design + estimand), 0
    for _ in range(6):
        n, whole = 36, "cluster" in DESIGNS[design]
        arms = [(i // 2) % 2 if whole else i % 2 if design == "pairs" else rng.randint(0, 1) for i in range(n)]
        shares = rng.random() < 0.5
        columns = {
            "t": arms,
            "y": [
                None if rng.random() < 0.2 else rng.randint(0, 1) if shares else rng.randint(0, 90) / 10
                for _ in range(n)
            ],
            "x": [None if rng.random() < 0.1 else rng.randint(0, 9) for _ in range(n)],
            "b": [f"b{i % 3}" for i in range(n)],
            "c": [i // 2 for i in range(n)],
            "p": [i // 2 for i in range(n)],
            "w": [rng.randint(1, 4) for _ in range(n)],
            "r": [rng.choice([0.25, 0.5, 0.625]) for _ in range(n)],
        }
        options = {"adjustment": "none", "estimand": estimand, "population": "super", "missing": "drop"}
        options |= DESIGNS[design] | ({} if shares else {"outcome_range": (-1, 10)})
        measured = {"column": "y", "unit": "days", "better": "higher"}
        effect = effekt.randomized_trial(columns, outcome=measured, treatment="t", **options)
        first = {one.name: one.means for one in bounds(effect)}
        second = trial_bounds(columns, outcome="y", treatment="t", **options)
        assert set(first) == set(second)
        for name, means in first.items():
            assert [float(second[name][one]) for one in MEANS] == pytest.approx(
                [means.treated, means.counterfactual], rel=1e-10, abs=1e-10
            )
        compared += len(first)
    assert compared >= 6


def test_each_member_of_a_set_has_its_own():
    columns = {"y": [1, None, 0, 1, 1, 0], "t": ["a", "a", "a", "none", "none", "none"]}
    found = several_bounds(columns, outcome={"column": "y"}, treatment="t", arms={"first": "a"}, control="none")
    coded = {"y": columns["y"], "t": [1, 1, 1, 0, 0, 0]}
    assert found == {"first": trial_bounds(coded, outcome="y", treatment="t")}

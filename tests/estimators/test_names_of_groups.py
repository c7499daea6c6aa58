"""Names of blocks, clusters, pairs and categories move no number of inference by drawn assignments or by signs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import effekt
from effekt.estimators.randomized import data as data_of_trials
from effekt.estimators.randomized.content import Content
from effekt.tables import as_table

RENAMED = 6
GROUPS = ("block", "cluster", "pair", "school", "kind")


def trial(seed: int, *, whole: bool, n_clusters: int = 24, by: str = "block") -> dict[str, Any]:
    """Clusters in blocks or pairs, people in them, a category of each; numbers so coarse that many rows are alike."""
    rng = np.random.default_rng(seed)
    group = np.arange(n_clusters) // (2 if by == "pair" else 6)
    treated = np.zeros(n_clusters)
    for one in np.unique(group):
        own = np.flatnonzero(group == one)
        treated[rng.permutation(own)[: len(own) // 2]] = 1
    cluster = np.repeat(np.arange(n_clusters), rng.integers(2, 5, n_clusters))
    n = len(cluster)
    noise = rng.normal(size=n)
    return {
        "y": (noise > 0.3).astype(float) if whole else np.round(noise, 3),
        "z": rng.integers(0, 2, n).astype(float),
        "d": treated[cluster],
        "received": treated[cluster] * (rng.random(n) < 0.8),
        "chance": np.full(n, 0.5),
        by: [f"{by} {one}" for one in group[cluster]],
        "cluster": [f"cluster {one}" for one in cluster],
        "kind": [f"kind {one}" for one in rng.integers(0, 3, n)],
    }


def people(seed: int, *, whole: bool) -> dict[str, Any]:
    """Units in blocks of a treated half."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(6), [4, 6, 8, 4, 6, 8])
    d = np.concatenate([rng.permutation(np.arange(size) < size // 2) for size in (4, 6, 8, 4, 6, 8)]).astype(float)
    noise = rng.normal(size=len(d))
    return {
        "y": (noise > 0).astype(float) if whole else np.round(noise, 3),
        "z": rng.integers(0, 3, len(d)).astype(float),
        "d": d,
        "received": d * (rng.random(len(d)) < 0.8),
        "chance": np.choose(block % 2, [0.4, 0.6]),
        "block": [f"block {one}" for one in block],
        "kind": [f"kind {one}" for one in rng.integers(0, 3, len(d))],
    }


def renamed(data: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same rows in another order, each group under the name of another."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data["y"]))
    found = {name: np.asarray(column)[order] for name, column in data.items()}
    for name in GROUPS:
        if name in found:
            names = np.unique(found[name])
            other = dict(zip(names.tolist(), rng.permutation(names).tolist(), strict=True))
            found[name] = [other[one] for one in found[name].tolist()]
    return found


DRAWN: dict[str, Any] = {"outcome": "y", "treatment": "d", "draws": 199, "rng": 5, "inference": "randomization"}
UNITS = {
    "block": {"block": "block"},
    "block, covariate": {"block": "block", "covariates": "z"},
    "block, category": {"block": "block", "covariates": ["kind"], "adjustment": "additive"},
    "category": {"covariates": ["kind", "z"]},
    "chances": {"probability": "chance", "covariates": ["kind"]},
    "studentized": {"block": "block", "adjustment": "none", "statistic": "studentized"},
    "frequencies": {"block": "block", "weights": effekt.Weights(column="often", kind="frequency")},
}
CLUSTERED = {
    "cluster": {},
    "block": {"block": "block"},
    "covariate": {"covariates": ["z"], "adjustment": "additive"},
    "category": {"covariates": ["kind"], "adjustment": "additive", "cluster_weighted": True},
    "chances": {"probability": "chance"},
}


def numbers(found: Any) -> list[Any]:
    """The p-values of two nulls, and the ends of two sets."""
    ends = [found.confidence_interval(level).intervals for level in (0.9, 0.95)]
    return [found.p_value(), *np.round(np.array(ends, float).ravel(), 10).tolist()]


@pytest.mark.parametrize("whole", [False, True], ids=["decimals", "zero or one"])
@pytest.mark.parametrize("design", UNITS)
def test_names_move_no_number_of_units(design, whole):
    data = people(1, whole=whole)
    data["often"] = np.random.default_rng(2).integers(1, 4, len(data["y"])).astype(float)
    expected = numbers(effekt.randomized_trial(data, **DRAWN, **UNITS[design]))
    for seed in range(RENAMED):
        assert numbers(effekt.randomized_trial(renamed(data, seed), **DRAWN, **UNITS[design])) == expected


@pytest.mark.parametrize("whole", [False, True], ids=["decimals", "zero or one"])
@pytest.mark.parametrize("inference", ["randomization", "wild_bootstrap"])
@pytest.mark.parametrize("design", CLUSTERED)
def test_names_move_no_number_of_clusters(design, inference, whole):
    data = trial(1, whole=whole)
    call = DRAWN | CLUSTERED[design] | {"cluster": "cluster", "inference": inference}
    expected = numbers(effekt.randomized_trial(data, **call))
    for seed in range(RENAMED):
        assert numbers(effekt.randomized_trial(renamed(data, seed), **call)) == expected


@pytest.mark.parametrize("covariates", [(), ("z",)])
def test_names_move_no_number_of_pairs(covariates):
    data = trial(3, whole=True, n_clusters=40, by="pair")
    call = DRAWN | {"cluster": "cluster", "pairs": "pair", "covariates": covariates, "cluster_weighted": True}
    expected = numbers(effekt.randomized_trial(data, **call))
    for seed in range(RENAMED):
        assert numbers(effekt.randomized_trial(renamed(data, seed), **call)) == expected


def test_names_move_no_number_of_compliers():
    data = trial(2, whole=True)
    call = DRAWN | {"received": "received", "cluster": "cluster", "block": "block"}
    expected = [numbers(one) for one in effekt.complier_effect(data, **call).effects[:2]]
    for seed in range(RENAMED):
        assert [numbers(one) for one in effekt.complier_effect(renamed(data, seed), **call).effects[:2]] == expected


def test_names_move_no_joint_p():
    data = trial(2, whole=True)
    call = DRAWN | {"outcome": ["y", "received"], "cluster": "cluster", "block": "block"}

    def adjusted(rows: dict[str, Any]) -> Any:
        (found,) = effekt.randomized_trials(rows, **call).diagnostics
        return found.table | {"statistic": np.round(found.table["statistic"], 10).tolist()}

    assert [adjusted(renamed(data, seed)) for seed in range(RENAMED)] == [adjusted(data)] * RENAMED


@pytest.mark.parametrize("statistic", ["estimate", "studentized"])
def test_a_result_says_where_the_order_of_rows_decides_what_is_drawn(statistic, monkeypatch):
    data = people(1, whole=False)
    call = DRAWN | {"statistic": statistic, "adjustment": "none"}
    told = "depends on the order of the rows, as there are more than 100,000"

    def notes() -> str:
        return " ".join(note.text.en for note in effekt.randomized_trial(data, **call).notes)

    assert told not in notes()
    monkeypatch.setattr(data_of_trials, "CANONICAL_ROWS", len(data["y"]))
    assert told not in notes()
    monkeypatch.setattr(data_of_trials, "CANONICAL_ROWS", len(data["y"]) - 1)
    assert told in notes()


def alike(n_clusters: int, *, some: bool) -> dict[str, Any]:
    """Clusters of two people, each with outcomes of its own, or some with the same."""
    own = np.arange(n_clusters)
    first = own // 2 % 4 if some else own**2 % 61 + own / 7
    columns = {"y": (first, 2 * first + own % 2), "d": (own % 2,) * 2, "cluster": (own,) * 2}
    return {name: np.concatenate(cells).astype(float if name != "cluster" else int) for name, cells in columns.items()}


@pytest.mark.parametrize(("n_clusters", "some", "told"), [(20, True, True), (20, False, False), (16, True, False)])
def test_a_wild_bootstrap_says_where_the_order_of_rows_decides_between_clusters(n_clusters, some, told, monkeypatch):
    data = alike(n_clusters, some=some)
    call = DRAWN | {"cluster": "cluster", "inference": "wild_bootstrap"}

    def says_so() -> list[bool]:
        (note,) = [one for one in effekt.randomized_trial(data, **call).notes if one.code == "wild_bootstrap"]
        texts = {"may depend on the order of the rows, as there are more than 100,000.": note.text.en}
        texts["kan bero på radernas ordning, eftersom raderna är fler än 100"] = note.text.sv
        return [sentence in text for sentence, text in texts.items()]

    monkeypatch.setattr(data_of_trials, "CANONICAL_ROWS", len(data["y"]))
    assert not any(says_so())
    monkeypatch.setattr(data_of_trials, "CANONICAL_ROWS", len(data["y"]) - 1)
    assert says_so() == [told, told]


def places(rows: dict[str, Any]) -> list[int]:
    """The places of rows, as they stand in the data."""
    labels = [name for name in rows if name.startswith("of")]
    selected = as_table(rows).select(numbers=["y"], labels=labels)
    found = np.empty(len(selected), np.intp)
    found[selected.rows - 1] = Content(rows=selected, kept=slice(None), frequency=None).places()
    return found.tolist()


def test_rows_stand_by_their_numbers_and_then_by_what_their_groups_hold():
    assert places({"y": [2, 1, 3, 1], "of": ["a", "b", "b", "a"]}) == [2, 1, 3, 0]  # 1 with 2 before 1 with 3
    assert places({"y": [2, 1, 3, 1], "of": ["b", "a", "a", "b"]}) == [2, 1, 3, 0]
    assert places({"y": [1, 1, 1], "of": ["a", "b", "a"]})[1] == 0  # a group that is the beginning of another first


def refined(rows: dict[str, Any]) -> list[int]:
    """The same by tuples, one row at a time: no step of it is an array."""
    n = len(rows["y"])
    colours = [sorted(set(rows["y"])).index(one) for one in rows["y"]]
    groups = [[str(one) for one in column] for name, column in rows.items() if name.startswith("of")]
    while True:
        held = [
            {one: sorted(c for c, g in zip(colours, own, strict=True) if g == one) for one in own} for own in groups
        ]
        keys = [(colours[i], *(tuple(of[own[i]]) for of, own in zip(held, groups, strict=True))) for i in range(n)]
        finer = [sorted(set(keys)).index(key) for key in keys]
        if len(set(finer)) == len(set(colours)):
            break
        colours = finer
    order = sorted(range(n), key=lambda i: (colours[i], *(own[i] for own in groups), i))
    return [order.index(i) for i in range(n)]


@pytest.mark.parametrize("seed", range(30))
def test_rows_stand_as_one_row_at_a_time_has_them(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    rows: dict[str, Any] = {"y": rng.integers(0, 3, n).tolist()}
    for number in range(int(rng.integers(1, 4))):
        rows[f"of {number}"] = [f"g{one}" for one in rng.integers(0, int(rng.integers(1, 9)), n).tolist()]
    assert places(rows) == refined(rows)

"""Neighbours that products of matrices propose are those of all distances, whatever their size, level and ties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial import cKDTree

from effekt.estimators.matching import neighbours, screened

N, Q, COUNT = screened.LEAST + 77, screened.FEWEST, 3
RNG = np.random.default_rng(5)
NORMAL = RNG.standard_normal((N + 40, Q))
CASES = {
    "normal": NORMAL,
    "far from zero": NORMAL + 1e7,
    "small and large": NORMAL * 10.0 ** np.linspace(-80, 80, Q)[None, ::-1],
    "heavy tails": RNG.standard_cauchy((N + 40, Q)),
    "some ties": np.round(NORMAL, 1),
    "one far away": np.vstack([NORMAL[:-41], [np.full(Q, 1e9)], NORMAL[-40:]]),
}


def _no_tree(_: object) -> tuple[np.ndarray, np.ndarray]:
    raise AssertionError("a tree was asked")


def _tree_of(points: np.ndarray) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    def tree(some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distances, places = cKDTree(points).query(some, k=range(1, COUNT + 1))
        return np.asarray(distances), np.asarray(places)

    return tree


@pytest.mark.parametrize("case", CASES)
def test_the_nearest_are_those_of_all_distances(case: str) -> None:
    points, asking = CASES[case][:N], CASES[case][N:]
    tree = _tree_of(points) if case in ("heavy tails", "one far away", "small and large") else _no_tree
    distances, places = screened.nearest_few(points, asking, COUNT, tree)
    for one, far, near in zip(asking, distances, places, strict=True):
        every = np.sqrt(np.sum((points - one) ** 2, axis=1))
        assert len(set(near.tolist())) == COUNT
        np.testing.assert_allclose(far, np.sort(every)[:COUNT], rtol=1e-14)
        np.testing.assert_allclose(every[near], far, rtol=1e-14)


def test_a_tree_is_asked_where_too_many_are_tied() -> None:
    points = np.sign(NORMAL[:N])
    points[:, 2:] = 1.0  # four places in all
    asked = []

    def tree(some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(len(some))
        return np.zeros((len(some), 1)), np.zeros((len(some), 1), np.intp)

    distances, places = screened.nearest_few(points, points[:70], 1, tree)
    assert sorted(asked) == [70 - screened.ROWS, screened.ROWS]
    assert distances.shape == places.shape == (70, 1)


def test_a_tree_is_asked_by_products_where_they_cost_less(monkeypatch: pytest.MonkeyPatch) -> None:
    points, asking = NORMAL[:N], NORMAL[N:]
    tree = cKDTree(points)
    expected = neighbours.ask_tree(tree, asking, COUNT)  # too few ask
    monkeypatch.setattr(screened, "MANY", 1)
    monkeypatch.setattr(neighbours, "cKDTree", None)
    found = neighbours.ask_tree(tree, asking, COUNT)
    assert np.array_equal(found[1], expected[1])
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("shape", "asking", "count"),
    [
        ((N, Q - 1), 5_000, 2),
        ((screened.LEAST - 1, Q), 5_000, 2),
        ((screened.MOST + 1, Q), 5_000, 2),
        ((N, Q), screened.MANY - 1, 2),
        ((N, Q), 5_000, screened.GROUPS + 1),
    ],
)
def test_where_a_tree_costs_less_it_is_asked(shape: tuple[int, int], asking: int, count: int) -> None:
    assert screened.suits(np.broadcast_to(0.0, (N, Q)), 5_000, 2)
    assert not screened.suits(np.broadcast_to(0.0, shape), asking, count)

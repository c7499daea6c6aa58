"""Neighbours that products of matrices propose are those of all distances, whatever their size, level and ties."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial import cKDTree

from effekt import _threads
from effekt.estimators.matching import screened

N, Q = screened.LEAST + 77, screened.FEWEST
ASKING = 60
RNG = np.random.default_rng(5)
NORMAL = RNG.standard_normal((N + ASKING, Q))
VALUES = np.where(np.arange(Q) < 4, np.round(NORMAL), np.sign(NORMAL[0]))  # four columns of few values, others of one
CASES = {
    "normal": NORMAL,
    "many columns": RNG.standard_normal((N + ASKING, 30)),
    "far from zero": NORMAL + 1e7,
    "small and large": NORMAL * 10.0 ** np.linspace(-80, 80, Q)[None, ::-1],
    "heavy tails": RNG.standard_cauchy((N + ASKING, Q)),
    "some ties": np.round(NORMAL, 1),
    "many ties": VALUES,
    "columns of one value": np.where(np.arange(Q) < 3, NORMAL, 2.5),
    "two places each": np.repeat(NORMAL[: (N + ASKING + 1) // 2], 2, axis=0)[: N + ASKING],
    "one far away": np.vstack([NORMAL[: -ASKING - 1], [np.full(Q, 1e9)], NORMAL[-ASKING:]]),
    "far from all others": np.vstack(
        [NORMAL[:-ASKING], NORMAL[-ASKING:] * 10.0 ** np.linspace(0, 60, ASKING)[:, None]]
    ),
    "one place": np.ones((N + ASKING, Q)),
}
WITHOUT_A_TREE = ("normal", "many columns", "far from zero", "some ties", "columns of one value", "two places each")
BY_THE_TREE = ("heavy tails", "one far away", "far from all others", "one place")


def _spied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many asked the tree itself, each time."""
    asked: list[int] = []
    really = screened._asked

    def spy(tree: cKDTree, points: np.ndarray, count: int, workers: int) -> screened.Found:
        asked.append(len(points))
        return really(tree, points, count, workers)

    monkeypatch.setattr(screened, "_asked", spy)
    return asked


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("case", CASES)
def test_the_nearest_are_those_of_all_distances(case: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    points, asking = CASES[case][:N], CASES[case][N:]
    asked = _spied(monkeypatch)
    found = screened.nearest_few(cKDTree(points, leafsize=screened.LEAF), asking, count)
    for one, far, near, beyond in zip(asking, *found, strict=True):
        every = np.sqrt(np.sum((points - one) ** 2, axis=1))
        assert len(set(near.tolist())) == count
        np.testing.assert_allclose(far, np.sort(every)[:count], rtol=1e-14)
        np.testing.assert_allclose(every[near], far, rtol=1e-14)
        assert far[-1] * (1 - 1e-14) <= beyond <= np.delete(every, near).min() * (1 + 1e-14)
    assert not asked or case not in WITHOUT_A_TREE
    assert asked or case not in BY_THE_TREE


def test_it_is_seen_that_nobody_ties_with_the_last() -> None:
    far, _, beyond = screened.nearest_few(cKDTree(NORMAL[:N]), NORMAL[N:], 1)
    assert np.all(beyond > far[:, 0] * (1 + 1e-9))


def test_who_finds_too_many_asks_the_tree_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    points = NORMAL[:N].copy()
    points[: screened.SHARE + 1] = points[0] + np.linspace(0, 1e-9, screened.SHARE + 1)[:, None]
    asked = _spied(monkeypatch)
    asking = np.vstack([NORMAL[N:], points[:1] + 1e-3])
    found = screened.nearest_few(cKDTree(points), asking, 1)
    assert sum(asked) == 1
    assert found[1][-1, 0] == np.argmin(np.sum((points - asking[-1]) ** 2, axis=1))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_how_many_threads_there_are_changes_nothing(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = cKDTree(NORMAL[:N])
    expected = screened.nearest_few(tree, NORMAL[N:], 3)
    monkeypatch.setattr(_threads, "MANY", 1)
    monkeypatch.setattr(screened, "threads", lambda: threads)
    monkeypatch.setattr(_threads, "threads", lambda: threads)
    monkeypatch.setattr(screened, "ROWS", 17)
    found = screened.nearest_few(tree, NORMAL[N:], 3)
    assert [one.tobytes() for one in found[:2]] == [one.tobytes() for one in expected[:2]]
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-14)


def test_products_of_many_rows_are_those_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screened, "PRODUCT", 3 * 5 * 4)  # four rows at a time
    whole = np.round(NORMAL * 8).astype(np.float32)  # products of small whole numbers are exact
    rows, columns = whole[:11, :5], whole[20:25, :3]
    found = screened._product(rows, columns, np.full((20, 4), np.nan, np.float32))  # more room than is needed
    np.testing.assert_array_equal(found, rows @ columns)


def test_no_part_is_larger_than_its_bound() -> None:
    tied = np.vstack([np.ones((3_000, 2)), NORMAL[:2_000, :2]])
    for points in (NORMAL[:, :2], tied):
        tree = cKDTree(points, leafsize=screened.LEAF)
        parts = screened._parts(tree)
        assert max(part.stop - part.start for part in parts) <= screened.PART
        assert sorted(place for part in parts for place in tree.indices[part]) == list(range(len(points)))


def _no_products(_: object, __: object, ___: object) -> screened.Found:
    raise AssertionError("products were asked for")


@pytest.mark.parametrize(
    ("n", "dimensions", "asking", "count"),
    [
        (N, Q - 1, screened.SOME, 2),
        (screened.LEAST - 1, Q, screened.SOME, 2),
        (N, Q, screened.SOME - 1, 2),
        (N, Q, screened.SOME, screened.PART + 1),
    ],
)
def test_where_a_tree_costs_less_it_is_asked(
    n: int, dimensions: int, asking: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screened.suits(cKDTree(NORMAL[:N]), screened.SOME, 2)
    tree = cKDTree(NORMAL[:n, :dimensions])
    assert not screened.suits(tree, asking, count)
    monkeypatch.setattr(screened, "nearest_few", _no_products)
    distances, places, beyond = screened.ask_tree(tree, NORMAL[N : N + 3, :dimensions], count)
    every = np.sqrt(np.sum((NORMAL[:n, :dimensions] - NORMAL[N, :dimensions]) ** 2, axis=1))
    nearest = np.sort(every)[: count + 1]
    np.testing.assert_allclose(np.append(distances[0], beyond[0]), nearest, rtol=1e-14)
    np.testing.assert_allclose(every[places[0]], distances[0], rtol=1e-14)


def test_beyond_all_points_there_is_no_other() -> None:
    distances, places, beyond = screened.ask_tree(cKDTree(NORMAL[:5]), NORMAL[N : N + 2], 5)
    assert np.all(np.isfinite(distances))
    assert sorted(places[0].tolist()) == [0, 1, 2, 3, 4]
    assert beyond.tolist() == [math.inf, math.inf]


def test_many_who_ask_are_told_by_products(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    really: Callable[..., screened.Found] = screened.nearest_few

    def spy(tree: cKDTree, asking: np.ndarray, count: int) -> screened.Found:
        asked.append(len(asking))
        return really(tree, asking, count)

    monkeypatch.setattr(screened, "nearest_few", spy)
    tree, points = cKDTree(NORMAL[:N]), NORMAL[: screened.SOME] + 0.01
    _, places, _ = screened.ask_tree(tree, points, 1)
    assert asked == [screened.SOME]
    assert np.array_equal(places[:, 0], np.asarray(tree.query(points)[1]))

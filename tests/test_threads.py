"""Parts that share the processors: their order, their number, and results that no number of threads moves."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from effekt import _threads
from effekt.tables.arrays import places_of_whole


@pytest.fixture
def _free(monkeypatch):
    for name in _threads.LIMITS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 3)


@pytest.mark.usefixtures("_free")
def test_what_comes_back_stands_in_the_order_of_the_parts():
    meet = threading.Barrier(2, timeout=30)

    def work(part):
        meet.wait()  # which only two at a time can pass
        return part**2, threading.get_ident()

    found = _threads.each(work, [3, 1], _threads.MANY)
    assert [square for square, _ in found] == [9, 1]
    assert len({thread for _, thread in found}) == 2


@pytest.mark.usefixtures("_free")
@pytest.mark.parametrize(("parts", "rows"), [([1, 2], _threads.MANY - 1), ([1], _threads.MANY), ([], _threads.MANY)])
def test_few_rows_and_single_parts_have_no_threads(parts, rows):
    assert _threads.each(lambda _: threading.get_ident(), parts, rows) == [threading.get_ident()] * len(parts)


@pytest.mark.usefixtures("_free")
def test_a_part_in_a_thread_starts_no_threads_itself():
    def work(_):
        own = threading.get_ident()
        return _threads.each(lambda _: threading.get_ident(), [1, 2, 3], _threads.MANY) == [own] * 3

    assert _threads.each(work, [1, 2], _threads.MANY) == [True, True]


@pytest.mark.usefixtures("_free")
def test_the_first_part_that_fails_is_told():
    def work(part):
        if part:
            raise ValueError(str(part))

    with pytest.raises(ValueError, match=r"^2$"):
        _threads.each(work, [0, 2, 1], _threads.MANY)


@pytest.mark.usefixtures("_free")
def test_threads_are_no_more_than_processors_and_the_environment_allow(monkeypatch):
    assert _threads.threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert _threads.threads() == 2
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert _threads.threads() == 1
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    assert _threads.threads() == 3
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert _threads.threads() == _threads.MOST


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
import effekt
from effekt import _threads, difference_in_differences, match_controls, matched_comparison, staggered_adoption
from effekt.estimators.matching import neighbours
_threads.MANY = neighbours.MANY = 1
g = np.random.default_rng(3)
n, x = 30_000, g.standard_normal((30_000, 3))
data = {"unit": np.arange(n), "w": (g.random(n) < 1 / (1 + np.exp(2 - x.sum(axis=1)))).astype(int)}
data |= {"y": x.sum(axis=1) + g.standard_normal(n), "a": x[:, 0], "b": x[:, 1].round(1), "c": x[:, 2]}
match = match_controls(data, unit="unit", treatment="w", covariates=["a", "b", "c"], caliper=0.2, replace=True)
print(match.to_json(), matched_comparison(data, match=match, outcome="y", variance="abadie_imbens").to_json())
few = {name: column[:2_000] for name, column in data.items()}
assert few["w"].sum() > neighbours.MANY  # who ask a tree at once
for choice in ({"method": "nearest"}, {"method": "optimal"}, {"method": "nearest", "replace": True}):
    spec = {"unit": "unit", "treatment": "w", "covariates": ["a", "b", "c"], "distance": "mahalanobis", **choice}
    match, variance = match_controls(few, **spec), "abadie_imbens" if "replace" in choice else None
    print(match.to_json(), matched_comparison(few, match=match, outcome="y", variance=variance).to_json())
start, time = g.integers(0, 4, n) * 2, np.arange(1, 7)
panel = {"unit": np.repeat(np.arange(n), 6), "time": np.tile(time, n), "start": np.repeat(start, 6)}
panel |= {"y": g.standard_normal(6 * n) + np.repeat(x[:, 0], 6), "x": np.repeat(x[:, 0], 6)}
panel["d"] = ((panel["start"] > 0) & (panel["time"] >= 4)).astype(int)
names = {"outcome": "y", "unit": "unit", "time": "time"}
print(staggered_adoption(panel, **names, start="start", never=0, covariates="x").to_json())
for variance in ("CR1S", "CR2"):
    print(difference_in_differences(panel, **names, treatment="d", variance=variance).to_json())
goldens = Path(sys.argv[1])
panel, long = goldens / "panel" / "balanced.csv", goldens / "synthetic" / "panel.csv"
two = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
TRENDS = ["pretrend", "relative_magnitudes", "smoothness"]
for options in ({"checks": TRENDS}, {"inference": "wild_bootstrap", "rng": 1}, {"inference": "permutation", "rng": 1}):
    print(effekt.difference_in_differences(panel, **two, **options).to_json())
    print(effekt.event_study(panel, **two, **options).to_json())
years = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "A"}
for options in ({}, {"penalty": 0.25}, {"ridge": 0.5}, {"inference": "conformal"}):
    print(effekt.synthetic_control(long, **years, first_treated=2016, **options).to_json())
print(effekt.synthetic_difference_in_differences(long, **years, first_treated=2016).to_json())
windows = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2017), "weights": None}
several = ["regression_to_mean", "baseline_choice", "placebo_in_time"]
for options in (
    {"adjustment": "difference", "checks": several},
    {"trend": "mean_of_ratios", "mean": "mean_of_periods"},
    {"inference": "placebo_variance"},
    {"inference": "hac"},
    {"inference": "block_bootstrap", "block_length": 2, "rng": 1, "draws": 199},
):
    print(effekt.trend_adjusted(long, **years, **windows, comparator="others", **options).to_json())
"""


def test_hash_seed_and_threads_move_no_byte():
    import os

    goldens = str(Path(__file__).parent / "goldens")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, goldens],
            env=os.environ | dict.fromkeys(_threads.LIMITS, threads) | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed, threads in (("0", "2"), ("7", "1"))
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint64])
def test_places_of_whole_numbers_are_those_of_their_names(kind):
    numbers = np.array([10, 100, 2, 7], kind)
    names = ("7", "07", "7.0", "", "-7", "100", "9" * 30, "99999999999999999999", "²", "8")
    assert places_of_whole(numbers, names).tolist() == [3, -1, -1, -1, -1, 1, -1, -1, -1, -1]
    assert places_of_whole(numbers, ("7", "10", "8", "-7", "99999999999999999999")).tolist() == [3, 0, -1, -1, -1]
    assert places_of_whole(numbers, ("2", "8", "100")).tolist() == [2, -1, 1]
    assert places_of_whole(numbers, numbers).tolist() == [0, 1, 2, 3]
    assert places_of_whole(numbers, np.array([2, 3], kind)).tolist() == [2, -1]
    assert places_of_whole(numbers, np.array([2, 3], np.int16)).tolist() == [2, -1]


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int64])
@pytest.mark.parametrize("low", [-128, -100, 0])
@pytest.mark.parametrize("step", [1, 3])
def test_places_are_the_same_whether_numbers_lie_close_together(kind, low, step):
    numbers = np.random.default_rng(1).permutation(np.arange(low, 128, step)).astype(kind)
    wanted = np.arange(-128, 128, dtype=kind)
    expected = [numbers.tolist().index(one) if one in numbers.tolist() else -1 for one in wanted.tolist()]
    assert places_of_whole(numbers, wanted).tolist() == expected
    assert places_of_whole(numbers, tuple(map(str, wanted.tolist()))).tolist() == expected

"""Tables that stand as a grid are read as the others: the same bytes, and the same errors."""

from __future__ import annotations

import numpy as np
import pytest

import effekt
from effekt.estimators.did.estimate import _by_period
from effekt.estimators.did.panel import read_panel
from effekt.exceptions import DataError
from effekt.tables import as_table, read_grid

COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}


def table(seed=1, n=40, periods=5, decimals=2):
    rng = np.random.default_rng(seed)
    names = rng.permutation(np.arange(3, 3 + 7 * n, 7))
    treated = np.arange(n) % 3 == 0
    d = treated[:, None] & (np.arange(periods) >= 2)
    y = (rng.normal(size=(n, periods)) + 0.5 * d).round(decimals)
    return {
        "unit": np.repeat(names, periods),
        "time": np.tile(2010 + np.arange(periods), n),
        "d": d.astype(float).ravel(),
        "y": y.ravel(),
        "g": np.repeat(names // 30, periods),
    }


def in_order(data, rows):
    return {name: column[rows] for name, column in data.items()}


def by_period(data, periods=5):
    n = len(data["y"]) // periods
    return in_order(data, np.arange(n * periods).reshape(n, periods).T.ravel())


def listed(data):
    """The same in lists, which are read row by row."""
    return {name: column.tolist() for name, column in data.items()}


def is_grid(data):
    def read(units):
        return units.select(labels=("unit",))

    return read_grid(as_table(data), unit="unit", time="time", numbers=("d", "y"), constant=(), read=read) is not None


@pytest.mark.parametrize("cluster", [None, "g"])
@pytest.mark.parametrize("inference", ["asymptotic", "permutation"])
@pytest.mark.parametrize("decimals", [0, 2, 16])
def test_a_grid_gives_the_bytes_that_its_rows_give(cluster, inference, decimals):
    data = table(decimals=decimals)
    options = COLUMNS | {"cluster": cluster, "inference": inference}
    options |= {"rng": 1, "draws": 99} if inference == "permutation" else {}
    expected = effekt.difference_in_differences(listed(data), **options).to_json()
    narrow = data | {"unit": data["unit"].astype(np.int16), "d": data["d"].astype(np.int8)}
    for grid in (data, by_period(data), narrow, data | {"d": data["d"] > 0}):
        assert is_grid(grid)
        assert effekt.difference_in_differences(grid, **options).to_json() == expected


def test_more_rows_than_are_sorted():
    data = table(n=21_000, decimals=16)
    expected = effekt.difference_in_differences(listed(data), **COLUMNS, variance="CR1S").to_json()
    assert is_grid(data)
    assert effekt.difference_in_differences(data, **COLUMNS, variance="CR1S").to_json() == expected


def test_periods_within_units_in_another_order():
    data = table()
    rows = np.arange(200).reshape(40, 5)[:, [3, 0, 4, 1, 2]].ravel()
    assert is_grid(in_order(data, rows))
    found, _ = read_panel(in_order(data, rows), "y", "unit", "time", "d", "unit", "raise")
    expected, _ = read_panel(listed(data), "y", "unit", "time", "d", "unit", "raise")
    assert found.periods == expected.periods
    assert np.array_equal(found.outcome, expected.outcome)


def test_a_negative_zero_is_zero():
    data = table(decimals=0)
    data["y"] = np.where(data["y"] == 0, -0.0, data["y"])
    assert is_grid(data)
    panel, _ = read_panel(data, "y", "unit", "time", "d", "unit", "raise")
    assert not np.signbit(panel.outcome[panel.outcome == 0]).any()


@pytest.mark.parametrize("arrange", [lambda data: data, by_period])
@pytest.mark.parametrize("kind", [float, np.int8, bool, ">f8", np.longdouble])
def test_a_treatment_is_read_as_its_units_and_periods(arrange, kind):
    data = arrange(table() | {"d": table()["d"].astype(kind)})
    wide = np.array(data["d"], float).reshape(-1, 5) if arrange is not by_period else data["d"].reshape(5, -1).T

    def read(units):
        return units.select(labels=("unit",))

    options = {"unit": "unit", "time": "time", "numbers": ("y",), "constant": (), "read": read, "switches": ("d",)}
    grid = read_grid(as_table(data), **options)
    units, periods = grid.switches["d"]
    assert np.array_equal(np.outer(units, periods), np.asarray(wide, float)[grid.units.rows[grid.order] - 1])
    data["d"] = data["d"].copy()
    data["d"][11] = 1 - data["d"][11] if kind is not bool else not data["d"][11]
    assert read_grid(as_table(data), **options) is None


@pytest.mark.parametrize("decimals", [0, 16])
def test_means_by_period_are_those_of_numpy(decimals):
    rng = np.random.default_rng(4)
    for periods in (1, 2, 3, 8, 9, 40):
        cell = rng.normal(size=(1234, periods)).round(decimals)
        assert np.array_equal(_by_period(cell), cell.mean(axis=0))


def changed(name, row, value):
    data = table()
    data[name] = data[name].astype(float if name in ("y", "d") else int)
    data[name][row] = value
    return data


@pytest.mark.parametrize(
    "data",
    [
        changed("y", 7, np.nan),
        changed("y", 7, np.inf),
        changed("y", 7, 1e200),
        changed("y", 7, -1e-150),
        changed("d", 7, 0.5),
        changed("d", 7, np.nan),
        changed("d", 1, 1.0),
        changed("d", 4, 0.0),
        changed("d", 0, 1.0),
        changed("unit", 5, 10**6),
        changed("unit", 199, 10**6),
        changed("time", 5, 2011),
        changed("time", 5, 1900),
        in_order(table(), np.arange(199)),
        in_order(table(), np.r_[np.arange(200), np.arange(5)]),
        table() | {"d": np.zeros(200)},
        table() | {"d": np.ones(200)},
        {name: column[:0] for name, column in table().items()},
    ],
)
def test_what_is_wrong_is_said_as_of_any_table(data):
    with pytest.raises(DataError) as expected:
        effekt.difference_in_differences(listed(data), **COLUMNS)
    with pytest.raises(DataError) as found:
        effekt.difference_in_differences(data, **COLUMNS)
    assert str(found.value) == str(expected.value)


def test_a_cluster_that_changes_is_refused():
    data = table()
    data["g"][7] = 10**6
    with pytest.raises(
        DataError, match="Column 'g' must be constant within each unit of column 'unit'; 1 unit changed"
    ):
        effekt.difference_in_differences(data, **COLUMNS, cluster="g")


@pytest.mark.parametrize("order", [np.random.default_rng(2).permutation(200)])
def test_rows_in_no_order_are_no_grid(order):
    assert not is_grid(in_order(table(), order))
    assert not is_grid(table() | {"unit": table()["unit"].astype(float)})
    assert not is_grid(listed(table()))


STAGGERED = {"outcome": "y", "unit": "unit", "time": "time", "start": "start"}


def staggered(seed=1, n=60, periods=5):
    data = table(seed, n, periods)
    rng = np.random.default_rng(seed)
    start = np.where(np.arange(n) % 3 == 0, 2012.0, np.where(np.arange(n) % 3 == 1, 2014.0, np.nan))
    return data | {"start": np.repeat(start, periods), "x": np.repeat(rng.normal(size=n), periods)}


@pytest.mark.parametrize("options", [{}, {"covariates": "x"}, {"cluster": "g", "anticipation": 1}, {"never": 0}])
def test_staggered_grids_give_the_bytes_that_their_rows_give(options):
    data = staggered()
    if "never" in options:
        data["start"] = np.nan_to_num(data["start"]).astype(int)
    expected = effekt.staggered_adoption(listed(data), **STAGGERED, **options).to_json()
    for grid in (data, by_period(data)):
        assert effekt.staggered_adoption(grid, **STAGGERED, **options).to_json() == expected


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("start", 7, 2013.0),
        ("start", slice(None), np.nan),
        ("start", slice(0, 5), 2012.5),
        ("x", 7, 9.0),
        ("y", 7, np.nan),
    ],
)
def test_what_is_wrong_in_a_staggered_grid_is_said_as_of_any_table(name, row, value):
    data = staggered()
    data[name][row] = value
    with pytest.raises(DataError) as expected:
        effekt.staggered_adoption(listed(data), **STAGGERED, covariates="x")
    with pytest.raises(DataError) as found:
        effekt.staggered_adoption(data, **STAGGERED, covariates="x")
    assert str(found.value) == str(expected.value)

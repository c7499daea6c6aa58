"""A moment of a time zone is a day at midnight there alone; of others local dates are to be made first."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.periods import span

REMEDY = (
    "They are moments of a time zone, in which a day begins at another moment than in others: make local dates of them "
    'first, in pandas with pd.to_datetime(column, utc=True).dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).'
)
CALL = {"outcome": "y", "unit": "u", "time": "t", "period": "month", "treated": "u0"}
WINDOWS = {"reference_window": ("2016-07", "2017-06"), "evaluation_window": ("2018-01", "2018-06"), "weights": None}


def frame(zone="Europe/Stockholm", to=None):
    """Months that begin at midnight in a zone, as they are written in another."""
    months = pd.date_range("2016-01-01", "2018-12-01", freq="MS")
    rows = [(f"u{i}", month, 10 + (i * 7 + month.month * 5 + month.year) % 11) for i in range(9) for month in months]
    data = pd.DataFrame(rows, columns=["u", "t", "y"])
    data["t"] = data["t"].dt.tz_localize(zone)
    return data if to is None else data.assign(t=data["t"].dt.tz_convert(to))


def parquet(data, folder):
    pq.write_table(pa.Table.from_pandas(data, preserve_index=False), folder / "p.parquet")
    return effekt.read_table(folder / "p.parquet")


def text(data, folder):
    data.assign(t=data["t"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_csv(folder / "p.csv", index=False)
    return effekt.read_table(folder / "p.csv")


READ = {
    "pandas": lambda data, _: data,
    "polars": lambda data, _: pl.from_pandas(data),
    "arrow": lambda data, _: pa.Table.from_pandas(data, preserve_index=False),
    "lists": lambda data, _: {name: list(data[name]) for name in data},
    "parquet": parquet,
    "text": text,
}


@pytest.mark.parametrize("read", READ)
def test_midnights_of_another_zone_are_refused(read, tmp_path):
    data = READ[read](frame(to="UTC"), tmp_path)
    where = "row 1, line 2" if read == "text" else "row 1"
    said = f"Column 't' must hold months; 324 rows did not, the first at {where}. {REMEDY}"
    with pytest.raises((DataError, ArgumentError)) as refusal:
        effekt.trend_adjusted(data, **CALL, **WINDOWS, comparator="others")
    assert str(refusal.value) == said
    with pytest.raises((DataError, ArgumentError)) as refusal:
        effekt.synthetic_control(data, **CALL, first_treated="2018-01")
    assert str(refusal.value) == said


@pytest.mark.parametrize("read", [name for name in READ if name != "text"])
def test_midnights_of_their_own_zone_and_local_dates_are_the_same_months(read, tmp_path):
    local = frame(to="UTC").assign(t=lambda data: data["t"].dt.tz_convert("Europe/Stockholm").dt.tz_localize(None))
    found = [
        effekt.trend_adjusted(data, **CALL, **WINDOWS, comparator="others").means
        for data in (READ[read](frame(), tmp_path), local, READ[read](frame(zone="UTC"), tmp_path))
    ]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("read", READ)
def test_the_remedy_makes_local_dates_of_any_column(read, tmp_path):
    """As the sentence says it, of moments as of text."""
    data = READ[read](frame(to="UTC"), tmp_path)
    cells = effekt.tables.as_table(data).raw("t")
    column = pd.Series(cells)
    local = eval(REMEDY[REMEDY.index("pd.") : -1], {"pd": pd, "column": column})
    assert local.tolist() == frame()["t"].dt.tz_localize(None).tolist()


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm"])
def test_periods_in_order_are_no_moments_of_a_zone(read, zone, tmp_path):
    data = frame(to=zone).assign(d=lambda data: ((data["u"] == "u0") & (data["t"].dt.year == 2018)).astype(int))
    where = "row 1, line 2" if read == "text" else "row 1"
    with pytest.raises(DataError) as refusal:
        effekt.difference_in_differences(READ[read](data, tmp_path), outcome="y", unit="u", time="t", treatment="d")
    assert str(refusal.value) == (
        "Column 't' must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, or numbers, "
        f"since they need an order; 324 rows did not, the first at {where}. {REMEDY}"
    )


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy", "text"])
def test_a_time_of_day_is_no_date_of_a_period(kind):
    """23:00 is the day after where a zone was taken away, as a text of it is refused too."""
    data = frame(to="UTC").assign(t=lambda data: data["t"].dt.tz_localize(None))
    given = {
        "pandas": data,
        "polars": pl.from_pandas(data),
        "numpy": {name: np.asarray(data[name]) for name in data},
        "text": data.assign(t=data["t"].dt.strftime("%Y-%m-%d %H:%M:%S")),
    }[kind]
    with pytest.raises(DataError) as refusal:
        effekt.trend_adjusted(given, **CALL, **WINDOWS, comparator="others")
    assert str(refusal.value) == (
        "Column 't' must hold months; 324 rows did not, the first at row 1. They have a time of day, and 23:00 is the "
        "day after where a zone was taken away: where they are local, write days alone, in pandas with "
        "pd.to_datetime(column).dt.normalize()."
    )
    column = pd.Series(effekt.tables.as_table(given).raw("t"))
    assert pd.to_datetime(column).dt.normalize().tolist() == data["t"].dt.normalize().tolist()
    with pytest.raises(ValueError, match=r"not a period|time of day"):
        span(column[0])


@pytest.mark.parametrize("cell", ["2019-01-01T23:00:00Z", "2019-01-01 23:00:00+00:00", "2019-01-01T23:00+0100"])
def test_days_of_spells_have_no_zone(cell):
    staff = {"who": ["a"], "from": ["2015-01-01"], "to": [None], "kommun": ["0127"]}
    call = {"person": "who", "first_day": "from", "last_day": "to", "unit": "kommun", "window": ("2019-01", "2019-01")}
    for own in (cell, datetime.datetime.fromisoformat(cell)):
        with pytest.raises(DataError) as refusal:
            effekt.sick_leave_days(
                {"who": ["a"], "from": [own], "to": ["2019-01-05"]}, staff, **call, until="2019-03-01"
            )
        assert str(refusal.value) == (
            "In `spells`: Column 'from' must hold dates such as 2019-01-31; 1 row did not, the first at row 1. "
            + REMEDY
        )


def test_the_second_route_takes_no_moments_of_a_zone():
    utc = datetime.datetime(2017, 12, 31, 23, tzinfo=datetime.UTC)
    for cell in (utc, utc.isoformat(), "2017-12-31T23:00:00Z"):
        with pytest.raises(ValueError, match=r"not a period|time of day"):
            span(cell)
    assert span(utc + datetime.timedelta(hours=1)) == span("2018-01-01")

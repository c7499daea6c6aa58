"""Tables and goldens for the second route's tests."""

import csv
import json
import os
from pathlib import Path

import pytest

GOLDENS = Path(__file__).parent.parent / "goldens"


def read_columns(path):
    """Return a CSV file as columns of text."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture(scope="session")
def trials():
    """Return the tables of the randomised-trial goldens."""
    tables = {path.stem: read_columns(path) for path in (GOLDENS / "randomized").glob("*.csv")}
    tables["vcov_table"] = tables.pop("vcov-table")
    tables["vcov_table"]["cluster"] = tables["vcov_table"].pop("g")
    return tables


@pytest.fixture(scope="session")
def trial_goldens():
    """Return R's numbers for the trials."""
    return json.loads((GOLDENS / "randomized" / "output.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def panel():
    """Return the table of the panel goldens."""
    return read_columns(GOLDENS / "panel" / "panel.csv")


@pytest.fixture(scope="session")
def panel_goldens():
    """Return R's numbers for the panels."""
    return json.loads((GOLDENS / "panel" / "output.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def nsw():
    """Return the National Supported Work experiment (the float32 rows of causaldata, as their shortest decimals)."""
    from causaldata import nsw_mixtape

    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    columns = {name: table[name].tolist() for name in table.columns}
    columns["unit"] = [str(row) for row in range(len(table))]
    return columns


@pytest.fixture(scope="session")
def card_krueger():
    """Return stores in long form: y = empft + nmgrs + 0.5 emppt where all three are known."""
    folder = os.environ.get("EFFEKT_TEST_DATA")
    if folder is None:
        pytest.skip("EFFEKT_TEST_DATA is not set: the Card-Krueger table may not be committed")
    wide = read_columns(Path(folder) / "card_krueger.csv")
    rows = []
    for i, store in enumerate(wide["store"]):
        for suffix, time in (("", 1), ("2", 2)):
            cells = [wide[name + suffix][i] for name in ("empft", "nmgrs", "emppt")]
            if "" not in cells:
                full = float(cells[0]) + float(cells[1]) + 0.5 * float(cells[2])
                rows.append((store, wide["state"][i], time, int(wide["state"][i] == "NJ" and time == 2), full))
    return dict(zip(("unit", "state", "time", "d", "y"), map(list, zip(*rows, strict=True)), strict=True))


@pytest.fixture(scope="session")
def helsingborg():
    """Return the sick-leave table of eleven municipalities."""
    source = Path(__file__).parents[2] / "src" / "effekt" / "datasets" / "helsingborg"
    return read_columns(source / "helsingborg_sick_leave.csv")

"""Make differences.json: group-time effects and aggregates by differences, on panel.csv and on mpdta.

    pip install differences==0.3.0
    EFFEKT_TEST_DATA=... python make_differences.py

panel.csv is that of make.py, and so are the names of the cases; mpdta.csv is read from EFFEKT_TEST_DATA and not
committed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from differences import ATTgt

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
METHODS = {"dr": "dr", "reg": "reg", "ipw": "std_ipw"}
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
KINDS = {"simple": "simple", "cohort": "cohort", "calendar": "time", "dynamic": "event"}


def pairs(table: pd.DataFrame) -> list[list[float]]:
    """Effect and analytic error of every row."""
    return [[float(a), float(s)] for a, s in table.iloc[:, :2].to_numpy(float)]


def case(data, formula, method, controls, base="varying", anticipation=0):
    """{"effects": {label: [effect, error]}, "aggregates": {kind: …}}, in the form of output.json."""
    fitted = ATTgt(data=data, cohort_column="start", base_period=base, anticipation=anticipation).fit(
        formula, est_method=METHODS[method], control_group=CONTROLS[controls], progress_bar=False
    )
    table = fitted.to_pandas()
    names = table.index.to_frame()
    labels = [f"({int(g)}, {int(t)})" for g, t in zip(names["cohort"], names["time"], strict=True)]
    effects = {label: own for label, own in zip(labels, pairs(table), strict=True) if np.isfinite(own[1])}
    aggregates = {}
    for kind, name in KINDS.items():
        own = fitted.aggregate(name)
        if kind == "simple":
            aggregates[kind] = {"overall": pairs(own)[0]}
            continue
        aggregates[kind] = {
            "overall": pairs(fitted.aggregate(name, overall=True))[0],
            "members": {
                str(int(e)): pair for e, pair in zip(own.index, pairs(own), strict=True) if np.isfinite(pair[1])
            },
        }
    return {"effects": effects, "aggregates": aggregates}


def read(path, start):
    data = pd.read_csv(path).rename(columns={start: "start", "countyreal": "unit"})
    return data.assign(start=data["start"].where(data["start"] > 0)).set_index(["unit", "year"])


def main() -> None:
    data = read(HERE / "panel.csv", "start")
    found = {
        f"{method} {controls} {base} {'covariates' if covariates else 'plain'}": case(
            data, "y ~ x + z" if covariates else "y", method, controls, base
        )
        for method in METHODS
        for controls in CONTROLS
        for base in ("varying", "universal")
        for covariates in (True, False)
        if covariates or method == "reg"
    }
    found["reg nevertreated anticipation"] = case(data, "y", "reg", "nevertreated", anticipation=1)
    counties = read(Path(os.environ["EFFEKT_TEST_DATA"]) / "mpdta.csv", "first_treat")
    for method in METHODS:
        found[f"mpdta {method}"] = case(counties, "lemp ~ lpop", method, "nevertreated")
    found["mpdta plain"] = case(counties, "lemp", "reg", "nevertreated")
    versions = {name: importlib.metadata.version(name) for name in ("differences", "numpy", "pandas", "polars")}
    text = json.dumps({"versions": versions, "differences": found}, indent=1, sort_keys=True)
    (HERE / "differences.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

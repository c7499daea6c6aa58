"""Make bacon.json: the decomposition of two-way fixed effects by diff-diff, with units that are always treated.

    pip install diff-diff==3.13.0
    python make_bacon.py

diff-diff has units treated in all periods in one group with the never treated, so that a comparison with that group is
the mean, by weight, of those with each of the two.
"""

from __future__ import annotations

import importlib.metadata
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from diff_diff import BaconDecomposition

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
YEARS = list(range(2010, 2018))
STARTS = [2008] * 4 + [2010] * 3 + [2012] * 5 + [2015] * 6 + [0] * 7  # 0 is never


def draw() -> pd.DataFrame:
    """25 units over eight years; the effect grows by half a unit a year."""
    rng = np.random.default_rng(20_261_126)
    rows = []
    for unit, start in enumerate(STARTS):
        level = rng.normal(10, 2)
        for year in YEARS:
            effect = 0.5 * (year - start + 1) if start and year >= start else 0.0
            y = level + 0.3 * (year - 2010) + effect + rng.normal()
            rows.append({"unit": unit, "year": year, "start": start, "y": round(y, 3)})
    return pd.DataFrame(rows)


def by_diff_diff(data: pd.DataFrame) -> dict[str, object]:
    found = BaconDecomposition(weights="exact").fit(data, outcome="y", unit="unit", time="year", first_treat="start")
    return {
        "estimate": float(found.twfe_estimate),
        "comparisons": [
            {
                "kind": one.comparison_type,
                "treated": int(one.treated_group),
                "control": str(one.control_group),
                "estimate": float(one.estimate),
                "weight": float(one.weight),
            }
            for one in found.comparisons
        ],
    }


data = draw()
output = {
    "versions": {name: importlib.metadata.version(name) for name in ("diff-diff", "numpy", "pandas")},
    "panel": {name: data[name].tolist() for name in data},
    "all": by_diff_diff(data),
    "without": by_diff_diff(data[(data["start"] == 0) | (data["start"] > 2010)]),
}
(HERE / "bacon.json").write_text(json.dumps(output, indent=1) + "\n", encoding="utf-8")

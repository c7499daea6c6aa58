"""Event-study coefficients of the Medicaid expansion of 2014, by explicit dummies: python medicaid.py ehec_data.pkl.gz

The table is the one that the README of HonestDiD uses (ehec_data, Mixtape-Sessions/Advanced-DID); here it comes with
moderndid 0.2.0, moderndid/core/datasets. The covariance is CR0 times G/(G - 1) · (N - 1)/(N - K) with K = 14, the seven
coefficients and seven year dummies, state effects being nested in the clusters: fixest's default.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

data = pd.read_pickle(sys.argv[1])
data = pd.DataFrame({name: np.asarray(data[name], float) for name in ("stfips", "year", "dins", "yexp2")})
data = data[(data["year"] < 2016) & (data["yexp2"].isna() | (data["yexp2"] != 2015))].reset_index(drop=True)
years = sorted(set(data["year"]) - {2013.0})
events = np.column_stack([(data["yexp2"] == 2014) & (data["year"] == year) for year in years]).astype(float)
dummies = [pd.get_dummies(data[name], drop_first=True, dtype=float).to_numpy() for name in ("stfips", "year")]
design = np.column_stack([events, np.ones(len(data)), *dummies])
bread = np.linalg.inv(design.T @ design)
beta = bread @ design.T @ data["dins"].to_numpy()
rest = data["dins"].to_numpy() - design @ beta
states = sorted(set(data["stfips"]))
scores = np.array([design[data["stfips"] == own].T @ rest[data["stfips"] == own] for own in states])
g, n = len(states), len(data)
covariance = bread @ scores.T @ scores @ bread * g / (g - 1) * (n - 1) / (n - 14)
out = {
    "times": [int(year - 2014) for year in years],
    "estimates": beta[: len(years)].tolist(),
    "covariance": covariance[: len(years), : len(years)].tolist(),
    "n": n,
    "groups": g,
    "readme": {
        "weights": [1, 0],
        "smoothness": [
            [0, 0.0259, 0.0607],
            [0.01, 0.0132, 0.0787],
            [0.02, 0.00286, 0.0907],
            [0.03, -0.00714, 0.101],
            [0.04, -0.0171, 0.111],
            [0.05, -0.0271, 0.121],
        ],
        "relative_magnitudes": [
            [0.5, 0.0240, 0.0672],
            [1, 0.0170, 0.0720],
            [1.5, 0.00824, 0.0797],
            [2, -0.000916, 0.0881],
        ],
    },
}
Path(__file__).with_name("medicaid.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")

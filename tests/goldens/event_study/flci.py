"""Shortest intervals of fixed length by diff-diff 3.13.0 (numpy 2.4.6, scipy 1.17.1): python flci.py"""

import json
from pathlib import Path

import numpy as np
from diff_diff import honest_did

rng = np.random.default_rng(5)
out = []
for before, after in ((1, 2), (3, 1), (4, 3), (6, 5)):
    size = before + after
    root = rng.normal(size=(size, size))
    covariance = root @ root.T / size * 0.02 + np.eye(size) * 0.01
    estimates = rng.normal(size=size) * 0.2
    estimates[before:] += 1
    weights = np.full(after, 1 / after)
    for bend in (0, 0.05, 0.2):
        ends = honest_did._compute_optimal_flci(
            estimates[:before], estimates[before:], covariance, weights, before, after, bend, 0.05
        )
        out.append(
            {
                "times": [*range(-before - 1, -1), *range(after)],
                "estimates": estimates.tolist(),
                "covariance": covariance.tolist(),
                "size": bend,
                "low": float(ends[0]),
                "high": float(ends[1]),
            }
        )
Path(__file__).with_name("flci.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")

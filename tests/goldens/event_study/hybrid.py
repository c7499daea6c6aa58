"""Relative magnitudes by moderndid 0.2.0 (numpy 2.4.6, scipy 1.17.1): PYTHONPATH=tests python hybrid.py

Its test of moment inequalities (`lp_conditional_test`), for every change before adoption and its sign, and the
outermost θ that any of them leaves, by bisection from a grid. The inequalities are those of `oracles/hybrid_test.py`,
since its own matrix takes each change one period late (for the last, that to the first period after adoption); so is
the least favourable value, which it simulates.
"""

import json
from pathlib import Path

import numpy as np
from moderndid.didhonest import arp_nuisance
from oracles import hybrid_test

LEVEL = {"alpha": 0.05, "hybrid_flag": "LF"}


def ends(event, weights, size, before):
    """The hull of what is left, over a grid of 81 within ± 12 standard errors, and then to 1e-11."""
    tests = []
    for change in range(before):
        for sign in (1, -1):
            level, slope, free, covariance = hybrid_test.moments(event, weights, size, change, sign)
            corners = hybrid_test.vertices(free, np.sqrt(np.diag(covariance)))
            value = hybrid_test.least_favourable(corners, covariance, 0.005)
            tests.append((level, slope, free, covariance, {"hybrid_kappa": 0.005, "lf_cv": value}))

    def left(theta):
        return any(
            not arp_nuisance.lp_conditional_test(level - theta * slope, free, covariance, hybrid_list=given, **LEVEL)[
                "reject"
            ]
            for level, slope, free, covariance, given in tests
        )

    after = event["covariance"][before:, before:]
    centre = float(weights @ event["estimates"][before:])
    reach = 12 * float(np.sqrt(weights @ after @ weights)) * (1 + size)
    found = []
    for sign in (-1, 1):
        grid = centre + sign * np.linspace(0, reach, 41)
        last = max(i for i, theta in enumerate(grid) if left(theta))
        near, far = grid[last], grid[last + 1]
        while abs(far - near) > 1e-11:
            middle = (near + far) / 2
            near, far = (middle, far) if left(middle) else (near, middle)
        found.append(float(near))
    return found


out = []
rng = np.random.default_rng(8)
for before, after in ((3, 2), (2, 3)):
    count = before + after
    root = rng.normal(size=(count, count))
    event = {
        "times": [*range(-before - 1, -1), *range(after)],
        "estimates": rng.normal(size=count) * 0.2 + np.repeat([0.0, 1.0], [before, after]),
        "covariance": root @ root.T / count * 0.02 + np.eye(count) * 0.01,
    }
    for size in (0.3, 1.0, 2.0):
        low, high = ends(event, np.full(after, 1 / after), size, before)
        plain = {name: np.asarray(one).tolist() for name, one in event.items()}
        out.append({**plain, "size": size, "low": low, "high": high})
Path(__file__).with_name("hybrid.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")

"""Make spread.json: what is found with donors in the place of the treated, and diff-diff's standard errors by placebo.

    pip install diff-diff==3.13.0
    EFFEKT_TEST_DATA=... python make_spread.py

Algorithm 4 of Arkhangelsky et al. (2021) with every group of donors once. panel.csv is that of make.py; prop99.csv is
read from EFFEKT_TEST_DATA and not committed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from diff_diff import SyntheticDiD
from scipy.optimize import minimize

warnings.simplefilter("ignore")
HERE = Path(__file__).parent


def slsqp(design, target, ridge=0.0):
    """min |Aw − b|² + ridge |w|² over the simplex by SciPy, with its gradient, started from equal weights."""
    n, size = design.shape[1], np.abs(design).max()
    a, b, r = design / size, target / size, ridge / size**2
    return minimize(
        lambda w: np.sum((a @ w - b) ** 2) / 2 + r * w @ w / 2,
        np.full(n, 1 / n),
        jac=lambda w: a.T @ (a @ w - b) + r * w,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
        method="SLSQP",
        options={"maxiter": 20_000, "ftol": 1e-20},
    ).x


def control(y, donors, before, units):
    level = donors[:before].mean(axis=1)
    w = slsqp(donors[:before] - level[:, None], y[:before] - level)
    return (y - donors @ w)[before:].mean()


def differences(y, donors, before, units):
    zeta = (units * (len(y) - before)) ** 0.25 * np.diff(donors[:before], axis=0).std(ddof=1)
    own, others = y[:before] - y[:before].mean(), donors[:before] - donors[:before].mean(axis=0)
    omega = slsqp(others, own, zeta**2 * before)
    pre, post = donors[:before].T, donors[before:].mean(axis=0)
    lam = slsqp(pre - pre.mean(axis=0), post - post.mean())
    gap = y - donors @ omega
    return gap[before:].mean() - lam @ gap[:before]


def placebos(panel, treated, before):
    """The effect of every group of as many donors as are treated, by both methods."""
    donors = panel.drop(columns=treated)
    found = {"control": [], "differences": []}
    for group in combinations(donors.columns, len(treated)):
        y, rest = donors[list(group)].mean(axis=1).to_numpy(), donors.drop(columns=list(group)).to_numpy()
        for name, method in (("control", control), ("differences", differences)):
            found[name].append(float(method(y, rest, before, len(treated))))
    return found


def by_diff_diff(data, unit, time, outcome, treated, first, draws):
    """Effect and standard error of as many placebos as are drawn, which are as many groups of donors, some often."""
    frame = data.assign(ever=data[unit].isin(treated).astype(int))
    after = sorted(t for t in frame[time].unique() if t >= first)
    fitted = SyntheticDiD(variance_method="placebo", n_bootstrap=draws, seed=1).fit(
        frame, outcome, "ever", unit, time, post_periods=after
    )
    return {"effect": float(fitted.att), "error": float(fitted.se), "draws": draws}


def main() -> None:
    data = pd.read_csv(HERE / "panel.csv")
    panel = data.pivot(index="year", columns="unit", values="y")
    prop99 = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "prop99.csv")
    states = prop99.pivot(index="year", columns="state", values="cigsale")
    output = {
        "versions": {name: importlib.metadata.version(name) for name in ("diff-diff", "scipy", "numpy")},
        "one": placebos(panel, ["A"], 12),
        "two": placebos(panel, ["A", "B"], 12),
        "prop99": placebos(states, ["California"], 19),
        "diff-diff": {
            "one": by_diff_diff(data, "unit", "year", "y", ["A"], 2016, 2000),
            "two": by_diff_diff(data, "unit", "year", "y", ["A", "B"], 2016, 2000),
            "prop99": by_diff_diff(prop99, "state", "year", "cigsale", ["California"], 1989, 500),
        },
    }
    (HERE / "spread.json").write_text(json.dumps(output, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Make output.json: weights and effects by pysyncon, diff-diff and scipy on panel.csv, and on Proposition 99.

    pip install pysyncon==1.7.0 diff-diff==3.13.0
    EFFEKT_TEST_DATA=... python make.py

panel.csv is drawn here too, from a fixed seed; prop99.csv is read from EFFEKT_TEST_DATA and not committed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from diff_diff import SyntheticControl, SyntheticDiD
from pysyncon import AugSynth
from pysyncon.base import VanillaOptimMixin
from pysyncon.penalized import PenalizedOptimMixin
from scipy.optimize import minimize

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
TIGHT = {"maxiter": 20_000, "ftol": 1e-20}


def draw() -> pd.DataFrame:
    """Ten municipalities, 2004 to 2019, three factors; A is treated from 2016."""
    rng = np.random.default_rng(20_261_126)
    years, names = np.arange(2004, 2020), list("ABCDEFGHIJ")
    loadings = rng.dirichlet(np.ones(3), size=len(names))
    loadings[0] = 1 / 3
    factors = np.cumsum(rng.normal(0, 0.4, size=(len(years), 3)), axis=0) + np.array([6.0, 9.0, 12.0])
    y = factors @ loadings.T + rng.normal(0, 0.15, size=(len(years), len(names)))
    y[years >= 2016, 0] -= 0.8
    x = (100 * loadings[:, 0] + rng.normal(0, 5, size=(len(years), len(names)))).round(2)
    rows = {"unit": np.repeat(names, len(years)), "year": np.tile(years, len(names))}
    return pd.DataFrame({**rows, "y": y.T.ravel().round(3), "x": x.T.ravel()})


def wide(data, unit, time, outcome):
    return data.pivot(index=time, columns=unit, values=outcome)


def slsqp(design, target, ridge=0.0, penalty=0.0):
    """min |Aw − b|² + ridge |w|² + penalty Σ w_j |a_j − b|² over the simplex by SciPy, started from equal weights."""
    n, size = design.shape[1], np.abs(design).max()
    a, b, r = design / size, target / size, ridge / size**2
    d = penalty * np.sum((a - b[:, None]) ** 2, axis=0) / 2
    found = minimize(
        lambda w: np.sum((a @ w - b) ** 2) / 2 + r * w @ w / 2 + d @ w,
        np.full(n, 1 / n),
        jac=lambda w: a.T @ (a @ w - b) + r * w + d,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
        method="SLSQP",
        options=TIGHT,
    )
    return found.x


def by_scipy(panel, treated, before, penalty, ridge):
    """Every programme solved by SLSQP, which gets the gradients; pysyncon's ridge step on top of the classic one."""
    y, donors = panel[treated].to_numpy(), panel.drop(columns=treated).to_numpy()
    n_after = len(y) - before
    noise = np.diff(donors[:before], axis=0).std(ddof=1)
    zeta = n_after**0.25 * noise
    own, others = y[:before] - y[:before].mean(), donors[:before] - donors[:before].mean(axis=0)
    omega = slsqp(others, own, zeta**2 * before)
    pre, post = donors[:before].T, donors[before:].mean(axis=0)
    lam = slsqp(pre - pre.mean(axis=0), post - post.mean())
    gap = y - donors @ omega
    found = {"effect": gap[before:].mean() - lam @ gap[:before], "units": omega.tolist(), "periods": lam.tolist()}
    level = donors[:before].mean(axis=1)
    x1, x0 = y[:before] - level, donors[:before] - level[:, None]
    classic, penalised = slsqp(x0, x1), slsqp(x0, x1, penalty=penalty)
    augmented = classic + AugSynth.solve_ridge(x1, x0, classic, ridge)
    return {
        "differences": found,
        "augmented": {"effect": (y - donors @ augmented)[before:].mean(), "weights": augmented.tolist()},
        "classic": {"effect": (y - donors @ classic)[before:].mean(), "weights": classic.tolist()},
        "penalised": {"effect": (y - donors @ penalised)[before:].mean(), "weights": penalised.tolist()},
    }


def by_pysyncon(panel, treated, before, penalty):
    """Classic and penalised weights: pysyncon's programmes, its solver with a tight tolerance."""
    y, donors = panel[treated].to_numpy(), panel.drop(columns=treated).to_numpy()
    level = donors[:before].mean(axis=1)
    x1, x0 = y[:before] - level, donors[:before] - level[:, None]
    identity = np.eye(before)
    classic, _ = VanillaOptimMixin.w_optimize(V_mat=identity, X0=x0, X1=x1, qp_options=TIGHT)
    penalised, _ = PenalizedOptimMixin.w_optimize(V_mat=identity, X0=x0, X1=x1, lambda_=penalty, qp_options=TIGHT)
    return {
        name: {"effect": (y - donors @ w)[before:].mean(), "weights": w.tolist()}
        for name, w in (("classic", classic), ("penalised", penalised))
    }


def with_predictors(data):
    """Four predictors with stated importance, scaled by their standard deviation over all units, as pysyncon does."""
    y, x = wide(data, "unit", "year", "y"), wide(data, "unit", "year", "x")
    parts = [y.loc[2004:2007].mean(), y.loc[2012:2015].mean(), y.loc[2015:2015].mean(), x.loc[2010:2015].mean()]
    table = pd.concat(parts, axis=1).T
    table = table.divide(table.std(axis=1), axis=0).mul(np.sqrt([0.2, 0.3, 0.4, 0.1]), axis=0)
    w = slsqp(table.drop(columns="A").to_numpy(), table["A"].to_numpy())
    gap = y["A"].to_numpy() - y.drop(columns="A").to_numpy() @ w
    return {"effect": gap[12:].mean(), "weights": w.tolist()}


def by_diff_diff(data, unit, time, outcome, treated, first):
    """Effects with V = I on all outcomes before, and synthetic difference-in-differences."""
    frame = data.assign(
        treatment=((data[unit] == treated) & (data[time] >= first)).astype(int),
        ever=(data[unit] == treated).astype(int),
    )
    before = sorted(t for t in frame[time].unique() if t < first)
    after = sorted(t for t in frame[time].unique() if t >= first)
    control = SyntheticControl(v_method="custom", custom_v=np.ones(len(before)), standardize="none").fit(
        frame, outcome, "treatment", unit, time, pre_period_outcomes="all"
    )
    differences = SyntheticDiD(variance_method="placebo", n_bootstrap=50, seed=1).fit(
        frame, outcome, "ever", unit, time, post_periods=after
    )
    return {"control": float(control.att), "differences": float(differences.att)}


def main() -> None:
    drawn = draw()
    drawn.to_csv(HERE / "panel.csv", index=False, lineterminator="\n")
    data = pd.read_csv(HERE / "panel.csv")
    panel = wide(data, "unit", "year", "y")
    prop99 = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "prop99.csv")
    states = wide(prop99, "state", "year", "cigsale")
    output = {
        "versions": {name: importlib.metadata.version(name) for name in ("pysyncon", "diff-diff", "scipy", "numpy")},
        "panel": {
            "pysyncon": by_pysyncon(panel, "A", 12, 0.25),
            "predictors": with_predictors(data),
            "scipy": by_scipy(panel, "A", 12, 0.25, 0.5),
            "diff-diff": by_diff_diff(data, "unit", "year", "y", "A", 2016),
        },
        "prop99": {
            "pysyncon": by_pysyncon(states, "California", 19, 0.1),
            "scipy": by_scipy(states, "California", 19, 0.1, 100.0),
            "diff-diff": by_diff_diff(prop99, "state", "year", "cigsale", "California", 1989),
        },
    }
    (HERE / "output.json").write_text(json.dumps(output, indent=1) + "\n", encoding="utf-8")


main()

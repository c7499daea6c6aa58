"""Make output.json: group-time effects and aggregates by csdid, on panel.csv and on mpdta.

    pip install csdid==0.4.3
    EFFEKT_TEST_DATA=... python make.py

panel.csv is drawn here too, from a fixed seed; mpdta.csv is read from EFFEKT_TEST_DATA and not committed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
PANEL = {"yname": "y", "idname": "unit", "tname": "year", "gname": "start"}
MPDTA = {"yname": "lemp", "idname": "countyreal", "tname": "year", "gname": "first_treat"}


def draw() -> pd.DataFrame:
    """120 units in 24 clusters, 2011 to 2016, first treated in 2013, 2014, 2016 or never (0)."""
    rng = np.random.default_rng(20_261_125)
    n, years = 120, np.arange(2011, 2017)
    x, z = rng.normal(size=n).round(3), rng.integers(0, 2, n)
    start = rng.choice([2013, 2014, 2016, 0], size=n, p=[0.2, 0.25, 0.2, 0.35])
    level, cluster = rng.normal(10, 2, n), np.arange(n) % 24
    rows = []
    for t in years:
        shock = rng.normal(size=24)[cluster] * 0.5
        effect = np.where((start > 0) & (t >= start), -1.0 - 0.3 * (t - start), 0.0)
        y = level + 0.4 * (t - 2011) + 0.2 * (t - 2011) * x + 0.3 * z + effect + shock + rng.normal(size=n)
        rows.append(
            pd.DataFrame(
                {
                    "unit": np.arange(n) + 1,
                    "year": t,
                    "start": start,
                    "cluster": cluster + 1,
                    "x": x,
                    "z": z,
                    "y": y.round(3),
                }
            )
        )
    return pd.concat(rows).sort_values(["unit", "year"])


def single(value):
    return float(np.ravel(value)[0])


def by_csdid(data, roles, covariates, method, controls, base, anticipation=0):
    """{"effects": {label: [effect, error]}, "aggregates": {kind: …}}; the errors are analytic."""
    from csdid.att_gt import ATTgt

    formula = f"{roles['yname']}~{'+'.join(covariates) if covariates else '1'}"
    fitted = ATTgt(**roles, data=data, xformla=formula, control_group=[controls], anticipation=anticipation).fit(
        est_method=method, base_period=base, bstrap=False
    )
    found = fitted.results
    rows = zip(found["group"], found["year"], found["att"], found["se"], strict=True)
    effects = {f"({int(g)}, {int(t)})": [float(a), float(s)] for g, t, a, s in rows if np.isfinite(s)}
    aggregates = {}
    for kind, name in (("simple", "simple"), ("dynamic", "dynamic"), ("group", "cohort"), ("calendar", "calendar")):
        own = fitted.aggte(typec=kind, bstrap=False, cband=False, na_rm=True).atte
        aggregates[name] = {"overall": [single(own["overall_att"]), single(own["overall_se"])]}
        if kind != "simple":
            errors = np.ravel(own["se_egt"])
            pairs = zip(own["egt"], own["att_egt"], errors, strict=True)
            aggregates[name]["members"] = {str(int(e)): [float(a), float(s)] for e, a, s in pairs if np.isfinite(s)}
    return {"effects": effects, "aggregates": aggregates}


CASES = {
    f"{method} {controls} {base} {'covariates' if covariates else 'plain'}": (method, controls, base, covariates)
    for method in ("dr", "reg", "ipw")
    for controls in ("nevertreated", "notyettreated")
    for base in ("varying", "universal")
    for covariates in (True, False)
    if covariates or method == "reg"
}


def main() -> None:
    data = draw()
    data.to_csv(HERE / "panel.csv", index=False)
    found = {name: by_csdid(data, PANEL, ["x", "z"] if own[3] else [], *own[:3]) for name, own in CASES.items()}
    found["reg nevertreated anticipation"] = by_csdid(data, PANEL, [], "reg", "nevertreated", "varying", 1)
    mpdta = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "mpdta.csv")
    for method in ("dr", "reg", "ipw"):
        found[f"mpdta {method}"] = by_csdid(mpdta, MPDTA, ["lpop"], method, "nevertreated", "varying")
    found["mpdta plain"] = by_csdid(mpdta, MPDTA, [], "reg", "nevertreated", "varying")
    versions = {name: importlib.metadata.version(name) for name in ("csdid", "drdid", "numpy", "pandas")}
    text = json.dumps({"versions": versions, "csdid": found}, indent=1, sort_keys=True)
    (HERE / "output.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

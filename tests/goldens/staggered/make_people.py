"""Make people.json: group-time effects of other people in each period, by csdid with panel=False, on people.csv.

    pip install csdid==0.4.3
    python make_people.py

people.csv is drawn here too, from a fixed seed. Every row is a person of its own, so that `person` is csdid's idname.
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import pandas as pd
from make import single

HERE = Path(__file__).parent


def draw() -> pd.DataFrame:
    """24 schools with other pupils in each of 2011 to 2015, first treated in 2013, 2014 or never (0)."""
    rng = np.random.default_rng(20_261_127)
    rows = []
    for school in range(1, 25):
        start, level = (2013, 2014, 0)[school % 3], rng.normal(10, 1)
        for year in range(2011, 2016):
            for _ in range(rng.integers(4, 10)):
                x, z = round(rng.normal() + 0.2 * (school % 3), 3), int(rng.integers(0, 2))
                effect = -1.0 - 0.3 * (year - start) if start and year >= start else 0.0
                y = level + 0.4 * (year - 2011) + 0.5 * x + 0.2 * (year - 2011) * x + 0.3 * z + effect + rng.normal()
                rows.append({"school": school, "year": year, "start": start, "x": x, "z": z, "y": round(y, 3)})
    return pd.DataFrame(rows).rename_axis("person").reset_index().assign(person=lambda rows: rows["person"] + 1)


def by_csdid(data, covariates, method, controls, base, anticipation):
    from csdid.att_gt import ATTgt

    fitted = ATTgt(
        yname="y",
        idname="person",
        tname="year",
        gname="start",
        data=data,
        xformla=f"y~{'+'.join(covariates) if covariates else '1'}",
        control_group=[controls],
        anticipation=anticipation,
        panel=False,
    ).fit(est_method=method, base_period=base, bstrap=False)
    found = fitted.results
    rows = zip(found["group"], found["year"], found["att"], found["se"], strict=True)
    effects = {f"({int(g)}, {int(t)})": [float(a), float(s)] for g, t, a, s in rows if np.isfinite(s)}
    aggregates = {}
    for kind, name in (("simple", "simple"), ("dynamic", "dynamic"), ("group", "cohort"), ("calendar", "calendar")):
        own = fitted.aggte(typec=kind, bstrap=False, cband=False, na_rm=True).atte
        aggregates[name] = {"overall": [single(own["overall_att"]), single(own["overall_se"])]}
        if kind != "simple":
            pairs = zip(own["egt"], own["att_egt"], np.ravel(own["se_egt"]), strict=True)
            aggregates[name]["members"] = {str(int(e)): [float(a), float(s)] for e, a, s in pairs if np.isfinite(s)}
    return {"effects": effects, "aggregates": aggregates}


CASES = {
    f"{method} {controls} {base} {anticipation} {'covariates' if covariates else 'plain'}": (
        covariates,
        method,
        controls,
        base,
        anticipation,
    )
    for method in ("dr", "reg", "ipw")
    for controls, base, anticipation in (
        ("nevertreated", "varying", 0),
        ("notyettreated", "universal", 0),
        ("notyettreated", "varying", 1),
    )
    for covariates in (["x", "z"], [])
    if covariates or method == "reg"
}


def main() -> None:
    data = draw()
    data.to_csv(HERE / "people.csv", index=False)
    found = {name: by_csdid(data, *own) for name, own in CASES.items()}
    versions = {name: importlib.metadata.version(name) for name in ("csdid", "drdid", "numpy", "pandas")}
    text = json.dumps({"versions": versions, "csdid": found}, indent=1, sort_keys=True)
    (HERE / "people.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

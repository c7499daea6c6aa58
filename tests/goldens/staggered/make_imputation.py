"""Make imputation.json: effects imputed by diff-diff and pyfixest, on panel.csv and on mpdta.

    pip install diff-diff==3.13.0 pyfixest==0.60.0
    EFFEKT_TEST_DATA=... python make_imputation.py

Effects, averages and their conservative errors are those of diff-diff's ImputationDiD, whose simple average and cohorts
count periods of anticipation too; `did2s` is the mean effect by pyfixest, which is the same estimate by another route;
the test of trends is pyfixest's regression of the rows without treatment on indicators of periods before it, with the
jackknife of clusters, to which (G − 1)/G is added here.
mpdta.csv is read from EFFEKT_TEST_DATA and not committed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
from diff_diff import ImputationDiD

warnings.simplefilter("ignore")
HERE = Path(__file__).parent


def averages(data: pd.DataFrame, cluster: str | None, anticipation: int) -> dict:
    """{"simple": [value, error], "dynamic": {event: …}, "cohort": {start: …}}."""
    found = ImputationDiD(cluster=cluster, anticipation=anticipation).fit(
        data, outcome="y", unit="unit", time="year", first_treat="start", aggregate="all"
    )

    def pairs(rows: dict) -> dict:
        return {
            str(int(label)): [float(row["effect"]), float(row["se"])] for label, row in rows.items() if row["se"] > 0
        }

    return {
        "simple": [float(found.overall_att), float(found.overall_se)],
        "dynamic": pairs(found.event_study_effects),
        "cohort": pairs(found.group_effects),
    }


def cells(data: pd.DataFrame, cluster: str | None, anticipation: int) -> dict[str, list[float]]:
    """Each cohort in each period: the average of what is treated where all other treated rows are left out."""
    treated = (data["start"] > 0) & (data["year"] >= data["start"] - anticipation)
    found = {}
    for start, year in sorted(set(zip(data["start"][treated], data["year"][treated], strict=True))):
        own = data[~treated | ((data["start"] == start) & (data["year"] == year))]
        fitted = ImputationDiD(cluster=cluster, anticipation=anticipation).fit(
            own, outcome="y", unit="unit", time="year", first_treat="start"
        )
        found[f"({start}, {year})"] = [float(fitted.overall_att), float(fitted.overall_se)]
    return found


def trends(data: pd.DataFrame, cluster: str, anticipation: int, count: int) -> dict:
    """{"leads": {event: [value, error]}, "wald": number}."""
    rows = data[(data["start"] == 0) | (data["year"] < data["start"] - anticipation)].copy()
    names = [f"lead{p}" for p in range(anticipation + 1, anticipation + 1 + count)]
    for name in names:
        rows[name] = ((rows["start"] > 0) & (rows["start"] - rows["year"] == int(name[4:]))).astype(float)
    fitted = pf.feols(
        f"y ~ {' + '.join(names)} | unit + year",
        rows,
        vcov={"CRV3": cluster},
        ssc=pf.ssc(k_adj=False, G_adj=False),
        fixef_rm="none",
        fixef_tol=1e-13,
        fixef_maxiter=1_000_000,
    )
    groups = rows[cluster].nunique()
    value, covariance = fitted.coef()[names].to_numpy(), (groups - 1) / groups * np.asarray(fitted._vcov)
    errors = np.sqrt(np.diag(covariance))
    return {
        "leads": {f"-{n[4:]}": [float(v), float(e)] for n, v, e in zip(names, value, errors, strict=True)},
        "wald": float(value @ np.linalg.solve(covariance, value)),
    }


def case(data: pd.DataFrame, count: int, cluster: str | None = None, anticipation: int = 0) -> dict:
    """All of one call."""
    return {
        "averages": averages(data, cluster, anticipation),
        "cells": cells(data, cluster, anticipation),
        "trends": trends(data, cluster or "unit", anticipation, count),
    }


def two_stages(data: pd.DataFrame) -> float:
    """The simple average, of units with more than one row without treatment; the others are left out by did2s."""
    data = data.assign(treated=((data["start"] > 0) & (data["year"] >= data["start"])))
    data = data[(~data["treated"]).groupby(data["unit"]).transform("sum") > 1].copy()
    data["d"] = data["treated"].astype(float)
    fitted = pf.did2s(
        data, yname="y", first_stage="~ 0 | unit + year", second_stage="~ 0 + d", treatment="treated", cluster="unit"
    )
    return float(fitted.coef()["d"])


def main() -> None:
    data = pd.read_csv(HERE / "panel.csv")
    mpdta = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "mpdta.csv").rename(
        columns={"lemp": "y", "countyreal": "unit", "first_treat": "start"}
    )
    found = {
        "plain": case(data, 4),
        "clusters": case(data, 4, cluster="cluster"),
        "anticipation": case(data, 3, anticipation=1),
        "mpdta": case(mpdta[["y", "unit", "year", "start"]].astype({"start": int}), 3),
    }
    found["plain"]["did2s"] = two_stages(data)
    versions = {name: importlib.metadata.version(name) for name in ("diff-diff", "pyfixest", "numpy", "pandas")}
    text = json.dumps({"versions": versions, "cases": found}, indent=1, sort_keys=True)
    (HERE / "imputation.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

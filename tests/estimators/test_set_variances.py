"""The variances of matched sets are those of R's clubSandwich and sandwich, with covariances and degrees of freedom."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import effekt

FOLDER = Path(__file__).parents[1] / "goldens" / "matching"
EXPECTED = json.loads((FOLDER / "set_variances.json").read_text(encoding="utf-8"))
TABLE = pd.read_csv(FOLDER / "set_variances.csv")
PAIRED = {"covariates": "score", "distance": "mahalanobis"}
CALLS = {
    "nearest": {**PAIRED},
    "nearest_two": {**PAIRED, "ratio": 2, "calipers": {"score": 5}},
    **{f"full_{one}": {**PAIRED, "method": "full", "estimand": one} for one in ("ATT", "ATC", "ATE")},
    **{f"exact_{one}": {"covariates": "stratum", "method": "exact", "estimand": one} for one in ("ATT", "ATC", "ATE")},
}
CLUSTERED = {
    "nearest_school": CALLS["nearest"],
    "full_school": CALLS["full_ATE"],
    **{f"exact_school_{one}": CALLS[f"exact_{one}"] for one in ("ATT", "ATC", "ATE")},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_agrees_with_r(name):
    expected, cluster = EXPECTED[name], "school" if name in CLUSTERED else None
    match = {"unit": "unit", "treatment": "d", **(CALLS | CLUSTERED)[name]}
    effect = effekt.matched_comparison(TABLE, match=match, outcome="y", cluster=cluster)
    wanted = "CR2" if "exact" not in name else "HC2" if cluster is None else "CR2_within"
    assert effect.variance == f"{wanted}/1"
    assert effect.estimate == pytest.approx(expected["estimate"], rel=1e-8)
    assert effect.std_error == pytest.approx(expected["std_error"], rel=1e-8)
    assert effect.df == pytest.approx(expected["df"], rel=1e-8)
    assert effect.inference.covariance == pytest.approx(expected["covariance"], rel=1e-8, abs=1e-12)


def test_every_call_has_its_golden():
    assert set(EXPECTED) == set(CALLS) | set(CLUSTERED)

"""Nearest neighbours for the effect on everybody: R's numbers, the papers' formulas, invariances, and what is refused."""

from __future__ import annotations

import functools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import abadie_imbens as oracle

import effekt
from effekt._inference import FixedDf, StudentT, Unavailable
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.matching import nearest
from effekt.estimators.matching.abadie_imbens import Matched, compare
from effekt.estimators.matching.laws import check_laws
from effekt.estimators.matching.neighbours import Links
from effekt.exceptions import ArgumentError

FOLDER = Path(__file__).parents[1] / "goldens" / "matching"
CASES = json.loads((FOLDER / "everyone.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
ROLES = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES, "replace": True, "estimand": "ATE"}
DOLLARS = effekt.Outcome(column="re78", unit="USD", better="higher")


def matched(outcome, treated, points, strata, *, wanted=1):
    """The rows of a match of both arms by brute force, and the oracle's pairs of each."""
    found = [oracle.pairs(points.tolist(), treated.tolist(), strata.tolist(), wanted=wanted, focal=f) for f in (1, 0)]
    flat = [(i, j, share) for matches in found for i, shares in matches.items() for j, share in shares.items()]
    one, other, share = (np.array(column) for column in zip(*flat, strict=True)) if flat else ([], [], [])
    rows = Matched(
        outcome=outcome, treated=treated, coordinates=points, strata=strata, focal=one, other=other, share=share
    )
    return rows, found


def variance_of(found):
    first, cross, second = found.inference.covariance
    return first - 2 * cross + second


# --- R --------------------------------------------------------------------------------------------------------------


@functools.cache
def experiment():
    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    return table.assign(unit=[f"u{i}" for i in range(len(table))])


def frame(name):
    if name == "small":
        return pd.read_csv(FOLDER / "abadie_imbens.csv")
    table = experiment()
    logit = fit_propensity(table.treat.to_numpy() == 1, table[COVARIATES].to_numpy(), COVARIATES).logit
    return table.assign(d=table.treat, y=table.re78, logit=logit)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{'-'.join(case['columns'])}" for i, case in enumerate(CASES)])
def test_agrees_with_r(case):
    table = frame(case["table"])
    x = table[case["columns"]].to_numpy(float)
    strata = table[case["exact"][0]].to_numpy(int) if case["exact"] else np.zeros(len(table), int)
    treated = table.d.to_numpy() == 1
    outcome, scaled = table.y.to_numpy(float), x / x.std(axis=0, ddof=1)
    rows, _ = matched(outcome, treated, scaled, strata, wanted=case["neighbours_matched"])
    assert len(rows.focal) == case["pairs"]
    for population in ("PATT", "SATT"):
        for neighbours, std_error in enumerate(case[population]):
            found = compare(
                rows, population=population, neighbours=neighbours, regressors=x if case["adjusted"] else None
            )
            assert found.effect == pytest.approx(case["estimate"], rel=1e-8)
            assert math.sqrt(variance_of(found)) == pytest.approx(std_error, rel=1e-8)
            assert found.inference.df == FixedDf(df=math.inf)

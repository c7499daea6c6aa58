"""The plain sandwich of weightings and doubly robust comparisons: numbers of other packages, and what it refuses."""

from __future__ import annotations

import csv
import functools
import json
import math
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from scipy import stats
from statsmodels.treatment.tests.results import results_teffects

import effekt
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "weighting" / "output.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


@functools.cache
def experiment():
    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(float)  # as the goldens have it
    return table.assign(unit=[f"u{i}" for i in range(len(table))])


def weighted(method, estimand="ATE", variance="sandwich", data=None, covariates=COVARIATES, **options):
    match = {"unit": "unit", "treatment": "treat", "covariates": covariates, "method": method, "estimand": estimand}
    data = experiment() if data is None else data
    return effekt.matched_comparison(data, match=match | options, outcome="re78", variance=variance)


def doubly(estimand="ATE", **options):
    given = {"outcome": "re78", "treatment": "treat", "covariates": COVARIATES, "variance": "sandwich"}
    return effekt.doubly_robust(experiment(), estimand=estimand, **(given | options))


STACKS = {
    "inverse_probability": functools.partial(weighted, "inverse_probability"),
    "covariate_balancing_propensity": functools.partial(weighted, "covariate_balancing_propensity"),
    "aipw": doubly,
}


@pytest.mark.parametrize("name", STACKS)
def test_agrees_with_delicatessen(name):
    effect, golden = STACKS[name](), GOLDEN["stacks"][name]
    assert [effect.treated_mean, effect.counterfactual_mean] == pytest.approx(golden["means"], rel=1e-8)
    (one, cross), (_, two) = golden["covariance"]
    assert effect.inference.covariance == pytest.approx((one, cross, two), rel=1e-7)
    assert (effect.variance, effect.df) == ("sandwich/1", math.inf)
    assert effect.p_value() == pytest.approx(2 * stats.norm.sf(abs(effect.estimate) / effect.std_error), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ipw_ate", functools.partial(weighted, "inverse_probability", "ATE")),
        ("ipw_att", functools.partial(weighted, "inverse_probability", "ATT")),
        ("ipw_atc", functools.partial(weighted, "inverse_probability", "ATC")),
        ("aipw_ate", doubly),
    ],
)
def test_agrees_with_statsmodels(name, made):
    effect, golden = made(), GOLDEN["statsmodels"][name]
    assert effect.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert effect.std_error == pytest.approx(golden["se"], rel=1e-5)  # its derivatives are numerical


@pytest.mark.parametrize(("estimand", "table"), [("ATE", "table"), ("ATT", "table_t")])
def test_agrees_with_stata(estimand, table):
    """`teffects ipw (bweight) (mbsmoke mmarried c.mage##c.mage fbaby medu, probit)`, as statsmodels keeps it."""
    names = ["mmarried_", "mage", "mage2", "fbaby_", "medu"]
    with (files("statsmodels.treatment.tests.results") / "cataneo2.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    data = {name: [float(row[name]) for row in rows] for name in names}
    data |= {"treat": [float(row["mbsmoke_"]) for row in rows], "re78": [float(row["bweight"]) for row in rows]}
    data["unit"] = [str(i) for i in range(len(rows))]
    found = weighted("inverse_probability", estimand, data=data, covariates=names, propensity="probit")
    effect, std_error = results_teffects.results_ipw[table][0][:2]
    assert found.estimate == pytest.approx(effect, rel=1e-8)
    assert found.std_error == pytest.approx(
        std_error, rel=1e-6
    )  # Stata's own stops there: its digits differ by 1e-9 and more


@pytest.mark.parametrize("made", [functools.partial(weighted, "entropy_balancing", "ATT"), doubly], ids=["w", "d"])
def test_the_laws_of_an_effect_hold(made):
    effect, corrected = made(), made(variance=None)
    assert_valid_effect(effect)
    assert effect.estimate == corrected.estimate
    assert {note.code for note in effect.notes} - {note.code for note in corrected.notes} == {"plain_sandwich"}
    assert effect.std_error < corrected.std_error  # rows with large weights hide their own error
    again = effekt.matched_comparison if effect.method == "matched_comparison" else effekt.doubly_robust
    assert again(experiment(), **effect.arguments) == effect


def test_clusters_and_learners_have_none():
    data = experiment().assign(school=np.arange(445) % 20)
    match = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES, "method": "overlap", "estimand": "ATO"}
    sentence = (
        "`cluster` must be left out with variance='sandwich', which takes units as independent; got 'school'. Choose "
        "variance='m_estimation'."
    )
    with pytest.raises(ArgumentError) as refusal:
        effekt.matched_comparison(data, match=match, outcome="re78", variance="sandwich", cluster="school")
    assert str(refusal.value) == sentence
    with pytest.raises(ArgumentError) as refusal:
        doubly(cluster="school")
    assert str(refusal.value) == sentence
    with pytest.raises(ArgumentError) as refusal:
        doubly(learner="random_forest", rng=1)
    assert str(refusal.value) == ("`variance` must be 'cross_fitted' with learner='random_forest'; got 'sandwich'.")

"""The variance of a match on an estimated propensity: Stata's numbers, loops from the paper, invariances, refusals."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from oracles import abadie_imbens as oracle
from oracles import estimated_propensity as adjusted
from scipy.special import expit, ndtr

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.matching.abadie_imbens import Matched, compare
from effekt.estimators.matching.estimated_propensity import adjustment, score_of
from effekt.exceptions import ArgumentError

# --- Stata ----------------------------------------------------------------------------------------------------------

BIRTHS = "statsmodels.treatment.tests.results"  # has cataneo2.csv: Cattaneo (2010), the manual's example
MANUAL = ("mmarried_", "mage", "mage2", "fbaby_", "medu")
TUTORIAL = ("mmarried_", "mage", "fage", "medu", "prenatal1_")
STATA = [  # `teffects psmatch (bweight) (mbsmoke …)`, logit, as it prints: covariates, matches, estimand, effect, SE
    (MANUAL, 1, "ATE", -210.9683, 32.021),
    (TUTORIAL, 1, "ATE", -229.4492, 25.88746),
    (TUTORIAL, 1, "ATT", -224.5927, 30.55147),
]


@functools.cache
def births():
    with (files(BIRTHS) / "cataneo2.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    names = {"bweight", "mbsmoke_", *MANUAL, *TUTORIAL}
    return {name: np.array([float(row[name]) for row in rows]) for name in sorted(names)}


def by_probability(covariates, wanted, estimand):
    """The births matched by the probability itself, as Stata does, with the pairs found by brute force at each value.

    Stata measures likeness in the covariates, for d, by the Euclidean distance of the covariates as they are.
    """
    table = births()
    x = np.column_stack([table[name] for name in covariates])
    treated = table["mbsmoke_"] == 1
    model = fit_propensity(treated, x, covariates)
    p = expit(model.logit)
    focal, other, share = [], [], []
    for arm in (True, False) if estimand == "ATE" else (True,):
        candidates = np.flatnonzero(treated != arm)
        values, place = np.unique(p[treated == arm], return_inverse=True)
        near = []
        for value in values:
            gap = np.abs(p[candidates] - value)
            near.append(candidates[gap <= np.partition(gap, wanted - 1)[wanted - 1] + 1e-12])
        for i, at in zip(np.flatnonzero(treated == arm), place, strict=True):
            focal += [i] * len(near[at])
            other += near[at].tolist()
            share += [1 / len(near[at])] * len(near[at])
    rows = Matched(
        outcome=table["bweight"],
        treated=treated,
        coordinates=p[:, None],
        strata=np.zeros(len(p), int),
        focal=np.array(focal),
        other=np.array(other),
        share=np.array(share),
    )
    return rows, score_of(model, x, x)


def printed(value, digits=7):
    """As Stata prints a number, %9.0g: seven significant digits."""
    return float(f"{value:.{digits}g}")


@pytest.mark.parametrize(("covariates", "wanted", "estimand", "effect", "std_error"), STATA)
def test_agrees_with_stata(covariates, wanted, estimand, effect, std_error):
    rows, score = by_probability(covariates, wanted, estimand)
    found = compare(rows, score=score)
    assert printed(found.effect) == effect
    assert printed(found.inference.std_error(found.means, "difference")) == std_error
    given = compare(rows)
    assert printed(given.inference.std_error(given.means, "difference")) != std_error


# --- the paper's formulas -------------------------------------------------------------------------------------------


def drawn(seed, n=40, *, grid=True):
    """A table with many ties in the score, or none."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (n, 2)) / 3 if grid else rng.normal(size=(n, 2))
    treated = rng.random(n) < expit(x @ [0.8, -0.6])
    treated[:8], treated[8:16] = True, False
    outcome = 3 + x @ [2.0, 1.0] + treated * (1 + x[:, 0]) + rng.normal(size=n)
    return outcome, treated, x


def scored(outcome, treated, x, *, link, estimand):
    """The rows, the score, and what the oracle takes."""
    model = fit_propensity(treated, x, ["a", "b"], link)
    scores = np.round(model.logit, 10)[:, None]  # equal covariates, equal scores, whatever the rounding
    flat = []
    for arm in {"ATE": (True, False), "ATT": (True,), "ATC": (False,)}[estimand]:
        pairs = oracle.pairs(scores.tolist(), treated.tolist(), [0] * len(x), focal=arm)
        flat += [(i, j, share) for i, shares in pairs.items() for j, share in shares.items()]
    focal, other, share = (np.array(column) for column in zip(*flat, strict=True))
    strata = np.zeros(len(x), int)
    rows = Matched(
        outcome=outcome, treated=treated, coordinates=scores, strata=strata, focal=focal, other=other, share=share
    )
    index = model.index
    p = expit(index) if link == "logit" else ndtr(index)
    f = p * (1 - p) if link == "logit" else np.exp(-(index**2) / 2) / math.sqrt(2 * math.pi)
    design = np.column_stack([np.ones(len(x)), x])
    return rows, score_of(model, x, x), (scores.tolist(), design.tolist(), p, f)


def variance_of(found):
    one, cross, two = found.inference.covariance
    return one - 2 * cross + two


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATC"])
@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize(("seed", "grid", "neighbours"), [(1, True, 1), (2, False, 1), (3, False, 3)])
def test_agrees_with_the_formulas(estimand, link, seed, grid, neighbours):
    outcome, treated, x = drawn(seed, grid=grid)
    rows, score, (scores, design, p, f) = scored(outcome, treated, x, link=link, estimand=estimand)
    given = compare(rows, neighbours=neighbours)
    if estimand == "ATE":
        moved = adjusted.everyone(outcome, treated, scores, design, p, f, neighbours=neighbours)
    else:
        arm, probability = (treated, p) if estimand == "ATT" else (~treated, 1 - p)
        effect = given.effect if estimand == "ATT" else -given.effect
        moved = adjusted.on_the_treated(
            outcome, arm, scores, design, probability, f, x.tolist(), effect, neighbours=neighbours
        )
    one, cross, two = adjustment(rows.arms(), score, given.means, neighbours, estimand)
    assert one - 2 * cross + two == pytest.approx(moved, rel=1e-9)
    found = compare(rows, neighbours=neighbours, score=score)
    assert found.means == given.means
    if isinstance(found.inference, StudentT):
        assert variance_of(found) == pytest.approx(variance_of(given) + moved, rel=1e-9)


def test_the_variance_of_any_contrast_is_that_of_outcomes_multiplied_by_it():
    outcome, treated, x = drawn(5, n=80, grid=False)
    for estimand in ("ATE", "ATT", "ATC"):
        rows, score, _ = scored(outcome, treated, x, link="logit", estimand=estimand)
        one, cross, two = compare(rows, score=score).inference.covariance
        a, b = 2.0, 0.5
        stretched = compare(replace(rows, outcome=np.where(treated, a, b) * outcome), score=score)
        assert variance_of(stretched) == pytest.approx(a * a * one - 2 * a * b * cross + b * b * two, rel=1e-10)


def test_units_and_labels_do_not_matter():
    outcome, treated, x = drawn(6, n=80, grid=False)
    for estimand, other in (("ATE", "ATE"), ("ATT", "ATC")):
        rows, score, _ = scored(outcome, treated, x, link="logit", estimand=estimand)
        plain = variance_of(compare(rows, score=score))
        for moved_x, moved_y, scale in ((x, 100 - 3 * outcome, 9.0), (x * [1000.0, 1.0] + [5.0, -2.0], outcome, 1.0)):
            again, _, _ = scored(moved_y, treated, moved_x, link="logit", estimand=estimand)
            model = fit_propensity(treated, moved_x, ["a", "b"])
            assert variance_of(compare(again, score=score_of(model, moved_x, x))) == pytest.approx(
                scale * plain, rel=1e-7
            )
        turned, score_turned, _ = scored(outcome, ~treated, x, link="logit", estimand=other)
        assert variance_of(compare(turned, score=score_turned)) == pytest.approx(plain, rel=1e-7)


def test_more_than_there_is_of_the_variance_is_not_taken_from_it():
    outcome, treated, x = drawn(7, n=40, grid=False)
    rows, score, _ = scored(outcome, treated, x, link="logit", estimand="ATE")
    steep = replace(score, rates=(score.rates[0] * 40, score.rates[1] / 40))
    found = compare(rows, score=steep)
    assert isinstance(found.inference, Unavailable)
    assert found.inference.reason.en == (
        "What the estimated propensity takes from the variance is more than there is of it, as can happen in small "
        "samples, so there is no standard error; variance='abadie_imbens' takes the propensity as given."
    )


# --- matched_comparison ---------------------------------------------------------------------------------------------

COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
ROLES = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES, "replace": True}
NAME = "abadie_imbens_estimated"


@functools.cache
def experiment():
    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    return table.assign(unit=[f"u{i}" for i in range(len(table))])


def compared(match=ROLES, data=None, **options):
    data = experiment() if data is None else data
    outcome = effekt.Outcome(column="re78", unit="USD", better="higher")
    return effekt.matched_comparison(data, match=match, outcome=outcome, **{"variance": NAME, **options})


CALLS = [
    ROLES,
    {**ROLES, "estimand": "ATC", "ratio": 2},
    {**ROLES, "estimand": "ATE"},
    {**ROLES, "estimand": "ATE", "propensity": "probit"},
]


@pytest.mark.parametrize("match", CALLS, ids=str)
def test_the_laws_of_an_effect_hold(match):
    effect = compared(match)
    assert_valid_effect(effect)
    assert (effect.variance, effect.df) == (f"{NAME}/1", math.inf)
    assert effekt.matched_comparison(experiment(), **effect.arguments) == effect
    given = compared(match, variance="abadie_imbens")
    assert (effect.estimate, effect.exact) == (given.estimate, given.exact)
    assert effect.std_error != given.std_error
    told, others = ({note.code: note.text.en for note in one.notes} for one in (effect, given))
    assert told.keys() == {*others, "short_coverage"}  # so few people are short with the estimated propensity alone
    assert told["estimated_propensity"].startswith("The variance counts the propensity as estimated")
    assert others["estimated_propensity"].endswith("variance='abadie_imbens_estimated' counts it.")
    shuffled = experiment().sample(frac=1, random_state=5)
    assert compared(match, shuffled).to_json() == effect.to_json()


def test_likeness_in_the_covariates_is_the_distance_of_mahalanobis():
    data = experiment().iloc[::4].sort_values("unit")
    match = effekt.match_controls(data, **ROLES)
    treated = (data.treat == 1).to_numpy()
    x = data[COVARIATES].to_numpy()
    logit = match.intercept + x @ [match.coefficients[name] for name in COVARIATES]
    arms = [x[treated], x[~treated]]
    pooled = sum((len(arm) - 1) * np.cov(arm.T) for arm in arms) / (len(data) - 2)
    points = x @ np.linalg.cholesky(np.linalg.inv(pooled))
    p = expit(logit)
    design = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])
    given = compared(data=data, variance="abadie_imbens")
    moved = adjusted.on_the_treated(
        data.re78.to_numpy(),
        treated,
        logit[:, None].tolist(),
        design.tolist(),
        p,
        p * (1 - p),
        points.tolist(),
        given.estimate,
        neighbours=1,
    )
    assert compared(data=data).std_error ** 2 == pytest.approx(given.std_error**2 + moved, rel=1e-8)


def test_a_missing_outcome_leaves_no_variance():
    match = effekt.match_controls(experiment(), **ROLES)
    holes = experiment().assign(re78=experiment().re78.where(experiment().index > 0))
    effect = compared(match, holes, missing="drop")
    assert effect.inference.reason.en == (
        "The variance with the propensity counted as estimated needs the outcome of every unit, matched or not, "
        "because all of them are what the propensity is estimated from."
    )


REFUSED = [
    (
        {"match": {**ROLES, "distance": "mahalanobis"}},
        "`variance` must be 'abadie_imbens' or 'CR2' for this match, because 'abadie_imbens_estimated' is that of a "
        "match by the propensity alone; got distance='mahalanobis'.",
    ),
    (
        {"match": {**ROLES, "caliper": 0.2}},
        "`variance` must be 'abadie_imbens' or 'CR2' for this match, because 'abadie_imbens_estimated' is that of a "
        "match by the propensity alone; got `caliper` of the match.",
    ),
    (
        {"match": {**ROLES, "reuse": 3}},
        "`variance` must be 'CR2' or 'abadie_imbens'; got 'abadie_imbens_estimated'. Did you mean 'abadie_imbens'?",
    ),
    (
        {"bias_adjustment": "age"},
        "`bias_adjustment` must be left out with variance='abadie_imbens_estimated': it has no bias adjustment; got "
        "['age'].",
    ),
    (
        {"population": "SATT"},
        "`population` must be left out with variance='abadie_imbens_estimated': it is for the population; got 'SATT'.",
    ),
    (
        {"neighbours": 0},
        "`neighbours` must be left out with variance='abadie_imbens_estimated': covariances are estimated from "
        "neighbours; got 0.",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_what_the_paper_does_not_cover_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compared(**call)
    assert str(refusal.value) == sentence


def test_people_in_any_order_of_their_names():
    data = pd.DataFrame(experiment())
    renamed = data.assign(unit=[f"u{i:04d}" for i in range(len(data))][::-1])
    assert compared(data=renamed).std_error == pytest.approx(compared().std_error, rel=1e-11)

"""The second route's inference on nearest neighbours and sets, against the first and by hand."""

from __future__ import annotations

from fractions import Fraction
from statistics import variance

import pytest
from two_routes import COVARIATES, agree, cohort

import effekt
from effekt.exceptions import ArgumentError
from effekt.independent.matches.matching import matched_comparison
from effekt.independent.matches.shared_controls import strata

MATCH = {"unit": "unit", "treatment": "treatment", "covariates": COVARIATES}


def tied(seed):
    """Return a cohort with coarse covariates, so that many distances are tied."""
    columns = cohort(seed)
    columns["baseline"] = [round(value) for value in columns["baseline"]]
    columns["age"] = [round(value / 10) for value in columns["age"]]
    return columns


def both(columns, match, **options):
    """Return what the second and the first route say."""
    given = {"match": match, "outcome": "outcome", **options}
    return matched_comparison(columns, **given), effekt.matched_comparison(columns, **given)


@pytest.mark.parametrize("make", [cohort, tied])
@pytest.mark.parametrize("exact", [[], ["town"]])
@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
@pytest.mark.parametrize("population", ["PATT", "SATT"])
@pytest.mark.parametrize("neighbours", [0, 1, 3])
@pytest.mark.parametrize("bias", [[], ["age", "baseline"]])
def test_shared_controls(make, exact, estimand, population, neighbours, bias):
    match = {**MATCH, "exact": exact, "estimand": estimand, "replace": True, "ratio": 2 if exact else 1}
    options = {"population": population, "neighbours": neighbours, "bias_adjustment": bias}
    agree(*both(make(31), match, variance="abadie_imbens", **options))


@pytest.mark.parametrize("make", [cohort, tied])
@pytest.mark.parametrize("population", ["PATT", "SATT"])
@pytest.mark.parametrize("neighbours", [0, 2])
@pytest.mark.parametrize("bias", [[], ["age"]])
def test_everybody(make, population, neighbours, bias):
    match = {**MATCH, "estimand": "ATE", "replace": True, "ratio": 1 if bias else 2, "exact": ["town"] if bias else []}
    options = {"population": population, "neighbours": neighbours, "bias_adjustment": bias}
    agree(*both(make(36), match, variance="abadie_imbens", **options))


@pytest.mark.parametrize(("make", "estimand", "neighbours"), [(cohort, "ATT", 1), (tied, "ATC", 2), (tied, "ATE", 1)])
def test_estimated_propensity(make, estimand, neighbours):
    match = {**MATCH, "estimand": estimand, "replace": True, "ratio": neighbours}
    second, first = both(make(36), match, variance="abadie_imbens_estimated", neighbours=neighbours)
    agree(second, first)
    assert first.std_error is not None


@pytest.mark.parametrize(
    ("more", "options"), [({"caliper": 0.2}, {}), ({}, {"population": "SATT"}), ({}, {"bias_adjustment": "age"})]
)
def test_what_no_estimated_propensity_goes_with_is_refused(more, options):
    with pytest.raises(ArgumentError, match="leave"):
        matched_comparison(
            cohort(36),
            match={**MATCH, "replace": True, **more},
            outcome="outcome",
            variance="abadie_imbens_estimated",
            **options,
        )


def test_everybody_between_groups():
    match = {**MATCH, "estimand": "ATE", "replace": True, "caliper": 0.01}
    agree(*both(cohort(37), match, variance="CR2"))
    second, first = both(cohort(37), match)
    assert second["estimate"] == first.exact_estimate
    assert (second["unavailable"], first.variance) == ("controls are shared between sets", "none/1")


@pytest.mark.parametrize("make", [cohort, tied])
@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
@pytest.mark.parametrize("caliper", [None, 0.2])
@pytest.mark.parametrize("ratio", [1, 2])
def test_sets_are_compared_with_each_other(make, estimand, caliper, ratio):
    match = {**MATCH, "estimand": estimand, "caliper": caliper, "ratio": ratio, "salt": "a"}
    agree(*both(make(32), match))


@pytest.mark.parametrize("method", ["exact", "coarsened_exact"])
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_sets_are_strata(method, estimand):
    columns = tied(33)
    columns["old"] = [int(value > 4) for value in columns["age"]]
    match = {**MATCH, "covariates": ["old", "female"], "method": method, "estimand": estimand}
    agree(*both(columns, match | ({"cutpoints": {"old": 2, "female": 2}} if method == "coarsened_exact" else {})))


SETS = {
    "exact": {"method": "exact", "covariates": ["female"], "exact": ["region"]},
    "coarsened": {"method": "coarsened_exact", "covariates": ["age", "baseline"], "cutpoints": {"age": 4}},
    "classes": {"method": "subclassification", "subclasses": 8},
    "classes in regions": {"method": "subclassification", "subclasses": 2, "exact": ["region"], "covariates": ["age"]},
}
JUDGED = {
    "by default": {},
    "by default, in clusters": {"cluster": "few"},
    "between sets": {"variance": "CR2"},
    "between what clusters join": {"variance": "CR2", "cluster": "region"},
    "regressed": {"covariates": ["age", "baseline"], "population": "SATT"},
    "regressed, in clusters": {"covariates": ["age", "baseline"], "cluster": "few"},
    "regressed, between sets": {"covariates": ["baseline"], "variance": "CR2"},
    "regressed, between what clusters join": {"covariates": "age", "variance": "CR2", "cluster": "region"},
}


@pytest.mark.parametrize("make", [cohort, tied])
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("judged", JUDGED)
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_sets_with_clusters_and_covariates(make, name, judged, estimand):
    """Both routes have one covariance of the two means, or both none; a region joins the sets of it."""
    columns = make(41)
    columns["few"] = [school[-1] for school in columns["school"]]
    columns["region"] = [f"r{int(school[1:]) // 3}" for school in columns["school"]]
    match = {**MATCH, **SETS[name], "estimand": estimand}
    second, first = both(columns, match, **JUDGED[judged])
    assert (second["std_error"] is None) == (first.std_error is None)
    assert float(second["estimate"]) == pytest.approx(first.estimate, rel=1e-9)
    if first.std_error is not None:
        agree(second, first)


def test_rows_that_the_match_does_not_read_are_left_out():
    columns = cohort(34)
    columns["age"] = [None if i % 31 == 4 else value for i, value in enumerate(columns["age"])]
    agree(*both(columns, {**MATCH, "missing": "drop", "salt": "b"}))


def test_strata_by_hand():
    sets = [([Fraction(1), Fraction(4)], [Fraction(2), Fraction(3), Fraction(7)]), ([Fraction(5), Fraction(9)],) * 2]
    spread, reason = strata(sets, [2, 2])
    wanted = sum(float(variance(arm)) / len(arm) / 4 for arms in sets for arm in arms)
    assert (spread.variance(1, -1), reason) == (pytest.approx(wanted, rel=1e-12), None)
    assert strata([([Fraction(1)], [Fraction(2), Fraction(3)])], [1])[1] == "a set holds a single unit of an arm"


def test_few_or_shared_sets_have_no_inference():
    columns = {name: cells[:24] for name, cells in cohort(35).items()}
    columns["treatment"] = [int(i < 5) for i in range(24)]
    few = matched_comparison(columns, match={**MATCH, "covariates": ["age"], "salt": "c"}, outcome="outcome")
    assert (few["unavailable"], few["std_error"]) == ("fewer than six sets", None)
    match = {**MATCH, "covariates": ["female"], "replace": True}
    shared = matched_comparison(cohort(35), match=match, outcome="outcome")
    assert shared["unavailable"] == "controls are shared between sets"
    imbens = matched_comparison(
        columns, match={**match, "covariates": ["age"]}, outcome="outcome", variance="abadie_imbens"
    )
    assert imbens["unavailable"] == "fewer than six matched units in an arm"

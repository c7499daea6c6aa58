"""What the first route says beside what the second says, and cohorts to say it of."""

from __future__ import annotations

from random import Random
from statistics import median

import pytest

import effekt

NSW = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
COVARIATES = ["baseline", "age", "female"]


def cohort(seed, n=240):
    """Return a cohort with groups, subgroups and an outcome of 0 and 1."""
    table = effekt.datasets.observational(rng=seed, n=n, confounding=0.6).table
    columns = {name: table.values(name) for name in table.columns}
    random = Random(seed)
    middle = median(columns["outcome"])
    columns["school"] = [f"s{random.randrange(25)}" for _ in range(n)]
    columns["town"] = [random.choice("ab") for _ in range(n)]
    columns["above"] = [int(value > middle) for value in columns["outcome"]]
    return columns


def numbers_of(effect):
    v11, v10, v00 = effect.inference.covariance
    return [effect.treated_mean, effect.counterfactual_mean, effect.std_error, effect.df, v11, v10, v00]


def numbers_again(found):
    (v11, v10), (_, v00) = found["covariance"]
    return [found["treated_mean"], found["counterfactual_mean"], found["std_error"], found["df"], v11, v10, v00]


def agree(found, effect):
    assert numbers_again(found) == pytest.approx(numbers_of(effect), rel=1e-9)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)
    if "observed_treated_mean" in found:
        assert found["observed_treated_mean"] == pytest.approx(effect.observed.treated, rel=1e-12)

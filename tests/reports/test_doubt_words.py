"""Checks of missing outcomes, of trends and of the unmeasured stand in words on the page, each of their values too."""

from __future__ import annotations

import numpy as np
import pytest

import effekt
from effekt.diagnostics import (
    bacon_decomposition,
    complier_bounds,
    differential_attrition,
    e_value,
    honest_did,
    lee_bounds,
    manski_bounds,
    oster_delta,
    overdispersion,
    robustness_value,
    rosenbaum_bounds,
    rosenbaum_set_bounds,
)
from effekt.estimators._complier_words import Unknown, missing_receipt
from effekt.reports.checks import check_row
from effekt.reports.doubt_words import VALUES_OF
from effekt.reports.wording import DIAGNOSTICS

ASSIGNED = np.repeat([True, False], 12)
OUTCOME = np.where(np.isin(np.arange(24), [2, 13, 17]), np.nan, np.arange(24) % 7 + 3.0 * ASSIGNED)
RECEIVED = np.where(np.isin(np.arange(24), [0, 1]), 0.0, ASSIGNED.astype(float))


def weighted_checks():
    """What a weighted comparison says of the unmeasured."""
    table = {"unit": list(range(24)), "d": ASSIGNED.astype(int).tolist(), "x": (np.arange(24) % 5).tolist()}
    match = {"unit": "unit", "treatment": "d", "covariates": ["x"], "method": "inverse_probability"}
    data = table | {"y": (np.arange(24) % 7 + 3.0 * ASSIGNED).tolist()}
    asked = {"threshold": "0.1", "threshold_view": "relative"}
    found = effekt.matched_comparison(data, match=match, outcome="y", checks=["marginal_sensitivity"]).diagnostics
    found += effekt.matched_comparison(
        data, match=match, outcome="y", checks=["marginal_sensitivity", "oster_delta"], **asked
    ).diagnostics
    match |= {"method": "optimal"}
    found += effekt.matched_comparison(
        data, match=match, outcome="y", checks=["rosenbaum_bounds", "robustness_value"], **asked
    ).diagnostics
    names = ("marginal_sensitivity", "oster_delta", "rosenbaum_bounds", "robustness_value")
    return [one for one in found if one.name in names]


MADE = (
    differential_attrition(np.isnan(OUTCOME), ASSIGNED),
    lee_bounds(OUTCOME, ASSIGNED),
    manski_bounds(OUTCOME, ASSIGNED, low=0.0, high=10.0),
    differential_attrition(np.isnan(OUTCOME), np.tile([True, False], 12), block=np.repeat(np.arange(12), 2)),
    complier_bounds(OUTCOME, RECEIVED, ASSIGNED, low=0.0, high=10.0),
    overdispersion(np.arange(24) % 7, ASSIGNED),
    missing_receipt(
        Unknown(
            treated=(1, 12),
            control=(0, 9),
            tested=differential_attrition(np.arange(21) == 0, (np.arange(21) < 12).astype(float)),
        )
    )[1],
    rosenbaum_bounds(OUTCOME[:12][~np.isnan(OUTCOME[:12])]),
    rosenbaum_set_bounds(np.arange(36) % 7, np.arange(36) % 3 == 0, sets=np.arange(36) // 3),
    *weighted_checks(),
    robustness_value(2.0, 0.5, df=50),
    oster_delta(np.arange(24) % 7 + 3.0 * ASSIGNED, ASSIGNED, covariates=np.arange(24)[:, None] % 5 + 0.0, r2_max=1.0),
    honest_did(
        times=[-2, 0],
        estimates=np.array([0.1, 2.0]),
        covariance=np.eye(2),
        restriction="smoothness",
        sizes=[1],
        threshold=1,
        alternative="greater",
    ),
    bacon_decomposition([[1, 3, 5], [2, 2, 4], [1, 1, 1], [2, 4, 5]], start=[1, 2, 3, 0]),
    e_value(2.0, conf_low=1.2, conf_high=3.3, scale="risk_ratio"),
)


@pytest.mark.parametrize("check", MADE, ids=lambda check: check.name)
def test_the_check_and_each_value_have_words(check):
    assert check.name in DIAGNOSTICS
    assert check.values.keys() <= VALUES_OF[check.name].keys()
    for key, value in check.values.items():
        label, shown = check_row(key, 0.5 if value is None else value, check.name)
        assert key not in (label.en, label.sv)
        assert "_" not in label.en + label.sv + shown.en + shown.sv
        if isinstance(value, str) and value != "exact":
            assert value == "normal" or (shown.sv != shown.en)


def test_every_check_named_here_is_made_above():
    made = {name: {key for check in MADE if check.name == name for key in check.values} for name in VALUES_OF}
    assert made == {name: set(values) for name, values in VALUES_OF.items()}
    assert {check.name for check in MADE} == VALUES_OF.keys()


def test_a_key_means_what_it_does_in_its_check():
    assert check_row("threshold", 0.1, "lee_bounds")[0].en == "Effect that is asked about"
    assert check_row("threshold", 0.1, "covariate_balance")[0].en == "Difference from which effekt warns"
    assert check_row("difference", 0.125, "differential_attrition")[1].en == "12.50%"

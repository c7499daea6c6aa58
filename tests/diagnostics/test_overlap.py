"""Overlap by its definitions, its limits and its sentences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import matching as oracle

from effekt.diagnostics import propensity_overlap
from effekt.diagnostics.overlap import pooled_sd


def overlap(logit, treated, weights=None, strata=None):
    n = len(logit)
    return propensity_overlap(
        logit=np.array(logit, float),
        treated=np.array(treated),
        strata=np.zeros(n, int) if strata is None else np.array(strata),
        weights=np.ones(n) if weights is None else np.array(weights, float),
    )


@given(
    st.integers(4, 25).flatmap(
        lambda n: st.tuples(
            st.lists(st.integers(-50, 50), min_size=n, max_size=n),
            st.lists(st.booleans(), min_size=n, max_size=n),
            st.lists(st.integers(0, 1), min_size=n, max_size=n),
        )
    )
)
def test_shares_are_those_of_brute_force(drawn):
    scores, treated, strata = [value / 7 for value in drawn[0]], drawn[1], drawn[2]
    assume(2 <= sum(treated) <= len(treated) - 2)
    found = overlap(scores, treated, strata=strata)
    outside, alone = oracle.shares_of_overlap(scores, treated, strata)
    assert found.values["share_outside"] == outside
    assert found.values["share_without_close"] == alone


def test_unit_of_calipers():
    scores, treated = [0.0, 2.0, 5.0, 1.0, 4.0], np.array([True, True, False, False, False])
    assert pooled_sd(np.array(scores), treated) == pytest.approx(math.sqrt((2 + 13 / 3) / 2), rel=1e-15)
    assert pooled_sd(np.array(scores), treated) == pytest.approx(oracle.unit_of_caliper(scores, treated), rel=1e-15)


@pytest.mark.parametrize(("alone", "status"), [(0, "ok"), (1, "warning"), (2, "failed")])
def test_a_tenth_without_a_close_control_is_the_limit(alone, status):
    treated = [9.0] * alone + [0.0] * (10 - alone)
    found = overlap(treated + [0.0] * 10, [True] * 10 + [False] * 10)
    assert found.status == status
    assert found.values["share_without_close"] == alone / 10
    assert found.values["share_outside"] == alone / 10


@pytest.mark.parametrize(("controls", "status"), [(10, "ok"), (9, "warning"), (2, "warning"), (1, "failed")])
def test_few_effective_controls(controls, status):
    logit = [0.0, 1.0] * 20
    weights = [1.0] * 20 + [20 / controls] * controls + [0.0] * (20 - controls)
    found = overlap(logit, [True] * 20 + [False] * 20, weights)
    assert found.status == status
    assert found.values["effective_controls"] == pytest.approx(controls, rel=1e-12)
    assert found.values["effective_per_treated"] == pytest.approx(controls / 20, rel=1e-12)


def test_only_controls_of_the_stratum_are_near():
    logit, treated = [0.0, 1.0, 0.0, 1.0], [True, True, False, False]
    assert overlap(logit, treated).values["share_without_close"] == 0
    assert overlap(logit, treated, strata=[0, 1, 1, 0]).values["share_without_close"] == 1
    assert overlap(logit, treated, strata=[0, 2, 0, 1]).values["share_without_close"] == 0.5


def test_sentences():
    fine = overlap([0.0, 1.0, 0.0, 1.0], [True, True, False, False])
    assert fine.statement.en == (
        "0.0% of the treated have no control within 0.2 standard deviations of the logit and 0.0% lie outside the "
        "controls' range; the controls amount to 2.0 equally weighted ones, that is 1.00 for each matched treated unit."
    )
    poor = overlap([9.0, 1.0, 0.0, 1.0], [True, True, False, False])
    assert poor.statement.sv == (
        "Överlappningen är dålig, så jämförelsen vilar på kontroller som är få eller inte liknar dem: 50,0\u00a0% av "
        "de behandlade saknar kontroll inom 0,2 standardavvikelser av logiten och 50,0\u00a0% ligger utanför "
        "kontrollernas spann; "
        "kontrollerna motsvarar 2,0 lika vägda, det vill säga 1,00 för varje matchad behandlad enhet. 50,0\u00a0% av "
        "de behandlade hade en sannolikhet att behandlas över 0,9."
    )


@pytest.mark.parametrize(
    ("estimand", "share", "sentence"),
    [
        ("ATT", 2 / 10, "20.0% of the treated had a probability of treatment above 0.9."),
        ("ATC", 3 / 10, "30.0% of the controls had a probability of treatment below 0.1."),
        ("ATE", 6 / 20, "30.0% of the units had a probability of treatment below 0.1 or above 0.9."),
        ("ATO", None, None),
    ],
)
def test_units_that_hardly_could_have_been_in_the_other_arm(estimand, share, sentence):
    """Probabilities just beyond and just within 0.1 and 0.9; each arm has one that only its own arm has."""
    just = math.log(9)
    logit = [just + 0.001, just + 0.001, just - 0.001, -just - 0.001, *[0.0] * 6]
    logit += [-just - 0.001] * 3 + [-just + 0.001, *[0.0] * 6]
    found = propensity_overlap(
        logit=np.array(logit),
        treated=np.array([True] * 10 + [False] * 10),
        strata=np.zeros(20, int),
        weights=np.ones(20),
        estimand=estimand,
    )
    assert found.values["share_extreme"] == share
    if sentence is None:
        assert "probability of treatment" not in found.statement.en
    else:
        assert found.statement.en.endswith(sentence)


def test_a_tenth_beyond_is_a_warning_from_more_than_a_tenth():
    def of(beyond):
        logit = np.array([3.0] * beyond + [0.0] * (10 - beyond) + [3.0] * 10 + [0.0] * 10)
        return overlap(logit, [True] * 10 + [False] * 20)

    assert [of(beyond).status for beyond in (0, 1, 2)] == ["ok", "ok", "warning"]
    assert "0.9" not in of(1).statement.en


def test_the_other_estimands_exchange_or_join_the_arms():
    logit, treated = [9.0, 1.0, 0.5, 0.0, 1.0, -9.0], [True, True, True, False, False, False]
    weights, turned = [1.0, 2.0, 0.0, 1.0, 1.0, 1.0], [not own for own in treated]

    def of(arm, estimand, sign=1):
        return propensity_overlap(
            logit=sign * np.array(logit),
            treated=np.array(arm),
            strata=np.zeros(6, int),
            weights=np.array(weights),
            estimand=estimand,
        )

    own, other, both = of(treated, "ATC"), of(turned, "ATT", -1), of(treated, "ATE")
    for first, second in zip(own.values.values(), other.values.values(), strict=True):
        assert first == second
    assert own.statement.en.startswith("Overlap is poor, so the comparison rests on few or unlike units: 33.3% of the")
    assert "of the controls have no treated unit within 0.2" in own.statement.en
    assert "av kontrollerna saknar behandlad enhet inom 0,2" in own.statement.sv
    plain = of(treated, "ATT").values
    assert both.values["share_outside"] == (plain["share_outside"] + own.values["share_outside"]) / 2
    assert both.values["share_without_close"] == (plain["share_without_close"] + own.values["share_without_close"]) / 2
    assert both.values["effective_others"] == min(plain["effective_controls"], own.values["effective_treated"])
    assert both.values["n_units"] == 6

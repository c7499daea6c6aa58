"""The hybrid test under relative magnitudes: other software, every vertex of the dual programme, and its level."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from oracles import hybrid_test as oracle
from scipy import stats

from effekt.diagnostics import honest_did
from effekt.diagnostics._hybrid_test import hybrid_forms

GOLDENS = json.loads(
    (Path(__file__).parents[1] / "goldens" / "event_study" / "hybrid.json").read_text(encoding="utf-8")
)


def drawn(seed, before, after):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(before + after, before + after))
    return {
        "times": [*range(-before - 1, -1), *range(after)],
        "estimates": rng.normal(size=before + after) * 0.3 + np.repeat([0.0, 1.0], [before, after]),
        "covariance": root @ root.T * 0.01 + np.eye(before + after) * 0.01,
    }


@pytest.mark.parametrize("golden", GOLDENS)
def test_ends_as_moderndid_rejects(golden):
    arrays = {name: np.array(golden[name]) for name in ("estimates", "covariance")}
    found = honest_did(times=golden["times"], **arrays, restriction="relative_magnitudes", sizes=[golden["size"]]).table
    assert found["low"][0] == pytest.approx(golden["low"], abs=1e-9)
    assert found["high"][0] == pytest.approx(golden["high"], abs=1e-9)


@pytest.mark.parametrize(
    ("before", "weights", "df"),
    [(3, [1, 0], math.inf), (1, [1], 5.0), (2, [0, 1, -0.5], 7.5), (2, [0, 1], math.inf), (2, [0.25] * 4, 4.0)],
)
@pytest.mark.parametrize("size", [0.3, 1.4])
def test_every_vertex_looked_for(before, weights, df, size):
    """The same statistic and the same decision at 24 values of θ, by each change and its sign."""
    event, rng = drawn(before, before, len(weights)), np.random.default_rng(1)
    forms = hybrid_forms(
        event["estimates"], event["covariance"], before, np.array(weights, float), np.array([size]), df, 0.05
    )
    points = event["estimates"][before:] @ weights + rng.normal(size=24) * 0.5
    left = forms.accepted(np.tile(points, (2 * before, 1)))
    for place in range(2 * before):
        change, sign = place % before, 1 if place < before else -1
        for theta, stays in zip(points, left[place], strict=True):
            rejected, value = oracle.rejects(
                event, weights, size, change, sign, theta, forms.critical[place], alpha=0.05, df=df
            )
            assert np.max(forms.level[place] - theta * forms.slope[place]) == pytest.approx(value, abs=1e-10)
            assert stays == (not rejected)
    assert oracle.statistic(event, weights, size, 0, 1, points[0]) == pytest.approx(
        np.max(forms.level[0] - points[0] * forms.slope[0]), abs=1e-8
    )
    assert 0 < left.mean() < 1


@pytest.mark.parametrize(("weights", "df"), [([0.5, 0.5], math.inf), ([1, 0], 4.0)])
def test_the_least_favourable_value_by_a_double_integral(weights, df):
    event = drawn(4, 1, 2)
    forms = hybrid_forms(
        event["estimates"], event["covariance"], 1, np.array(weights, float), np.array([0.8]), df, 0.05
    )
    _, _, free, covariance = oracle.moments(event, weights, 0.8, 0, 1)
    corners = oracle.vertices(free, np.sqrt(np.diag(covariance)))
    assert forms.critical[0] == pytest.approx(oracle.least_favourable(corners, covariance, 0.005, df), abs=1e-8)


def test_a_size_near_nothing_is_the_plain_interval():
    event = drawn(6, 3, 2)
    for df, law in ((math.inf, stats.norm), (4.0, stats.t(4.0))):
        found = honest_did(**event, df=df, restriction="relative_magnitudes", sizes=[1e-9], weights=[1, 0]).table
        half = law.isf(0.025) * math.sqrt(event["covariance"][3, 3])
        assert found["low"][0] == pytest.approx(event["estimates"][3] - half, abs=1e-7)
        assert found["high"][0] == pytest.approx(event["estimates"][3] + half, abs=1e-7)


@pytest.mark.parametrize("order", [[4, 2, 0, 3, 1], [1, 0, 2, 4, 3]])
def test_the_order_of_times_is_nothing(order):
    event = drawn(7, 3, 2)
    moved = {
        "times": [event["times"][i] for i in order],
        "estimates": event["estimates"][order],
        "covariance": event["covariance"][np.ix_(order, order)],
    }
    asked = {"df": 9.0, "restriction": "relative_magnitudes", "sizes": [0.5, 2]}
    assert honest_did(**event, **asked) == honest_did(**moved, **asked)


@pytest.mark.parametrize("true", [0.0, 0.5, 3.0])
def test_the_level_with_a_covariance_of_few_clusters(true):
    """At the end of what M̄ = 1 allows, of the change that is the largest: 95 % are left, less 3 standard errors."""
    rng, event, df, count = np.random.default_rng(5), drawn(9, 1, 2), 4, 250
    root = np.linalg.cholesky(event["covariance"])
    change = true * math.sqrt(event["covariance"][0, 0])
    path = np.array([-change, change, 2 * change])  # by `change` more each period, as before adoption
    held = 0
    for _ in range(count):
        sample = rng.normal(size=(df, 3)) @ root.T
        estimates = path + root @ rng.normal(size=3)
        forms = hybrid_forms(
            estimates, sample.T @ sample / df, 1, np.array([0.5, 0.5]), np.array([1.0]), float(df), 0.05
        )
        held += bool(forms.accepted(np.zeros((2, 1)))[0, 0])
    assert held / count >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / count)

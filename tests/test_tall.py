"""Least squares of many rows in blocks against explicit hat matrices, and against QR of rows that are held."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.regression import Regression

from effekt import _linalg
from effekt._linalg import SATTERTHWAITE, Part, captured_share, least_squares, sandwich
from effekt._tall import CONDITION, Shrink, Tall, fit_tall
from effekt.estimators.randomized import randomized_trial

SIZES = (1, 1, 2, 3, 3, 5, 9, 14, 1, 6)  # below, at and above the number of coefficients
WEIGHTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [0.3, 2.0]])
VARIANCES = (*_linalg.UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES)


def problem(seed, n, k=4, scale=1.0):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((n + 7, k - 1)) + 3) * scale
    rows = rng.permutation(n + 7)[:n]
    centre = x.mean(axis=0)
    y = 5 + x @ rng.standard_normal(k - 1) / scale + rng.standard_normal(n + 7) * (1 + (x[:, 0] > 3 * scale))
    tall = Tall(columns=tuple(x.T), centre=centre, outcome=y, rows=rows)
    return tall, np.column_stack([np.ones(n), x[rows] - centre]), y[rows]


def contrasts_of(k, *, alone):
    contrasts = np.vstack([[1, *np.full(k - 1, 0.3)], [1, *np.full(k - 1, -0.2)]])
    return np.vstack([contrasts[0], np.zeros(k)]) if alone else contrasts


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("variance", VARIANCES)
def test_covariance_and_df_agree_with_explicit_matrices(variance, alone):
    n = sum(SIZES)
    clusters = np.random.default_rng(1).permutation(np.repeat(np.arange(10), SIZES))
    clusters = None if variance in _linalg.UNIT_VARIANCES else clusters
    tall, design, outcome = problem(2, n)
    contrasts = contrasts_of(4, alone=alone)
    fit = fit_tall(tall)
    oracle = Regression(design, outcome, clusters)
    np.testing.assert_allclose(fit.coefficients, oracle.coefficients, rtol=1e-12)
    np.testing.assert_allclose(fit.residuals, oracle.residuals, atol=1e-12)
    found = sandwich(variance, [Part(fit=fit, contrasts=contrasts, clusters=clusters)])
    v11, v10, v00 = found.covariance
    covariance = contrasts @ oracle.coefficient_covariance(variance) @ contrasts.T
    np.testing.assert_allclose([[v11, v10], [v10, v00]], covariance, rtol=1e-10)
    weights = WEIGHTS[:1] if alone else WEIGHTS
    df = [oracle.df(each @ contrasts, variance) for each in weights]
    np.testing.assert_allclose(found.df.of(weights), df, rtol=1e-10)


@pytest.mark.parametrize("variance", ["CR2", "CR3"])
def test_small_clusters_beside_many_rows_use_the_series(variance):
    clusters = np.repeat(np.arange(60), 5)
    tall, design, outcome = problem(3, 300)
    contrasts = contrasts_of(4, alone=False)
    held = Part(fit=least_squares(design, outcome), contrasts=contrasts, clusters=clusters)
    found, expected = (
        sandwich(variance, [part]) for part in (Part(fit=fit_tall(tall), contrasts=contrasts, clusters=clusters), held)
    )
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-11)
    np.testing.assert_allclose(found.df.of(WEIGHTS), expected.df.of(WEIGHTS), rtol=1e-11)


@given(st.floats(-12, -0.01), st.sampled_from([0.0, -0.5, -1.0]), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_series_is_the_matrix_function(exponent, power, seed):
    rng = np.random.default_rng(seed)
    basis = rng.standard_normal((3, 5, 4))
    matrices = basis @ np.swapaxes(basis, 1, 2)
    matrices *= 10**exponent / np.linalg.norm(matrices, axis=(1, 2)).max()
    vectors = rng.standard_normal((2, 5))
    values, axes = np.linalg.eigh(matrices)
    expected = vectors @ axes @ (((1 - values) ** power)[..., None] * np.swapaxes(axes, 1, 2))
    np.testing.assert_allclose(Shrink(power=power).applied(matrices, vectors), expected, rtol=1e-11, atol=1e-13)


def test_a_cluster_that_determines_a_coefficient_is_seen_as_by_qr():
    clusters = np.repeat(np.arange(10), SIZES)
    tall, _, outcome = problem(5, sum(SIZES))
    last = np.where(clusters == 6, np.random.default_rng(0).standard_normal(len(clusters)), 0.0)
    columns = (tall.columns[0][tall.rows], last)
    tall = Tall(columns=columns, centre=np.zeros(2), outcome=outcome, rows=np.arange(len(outcome)))
    design = np.column_stack([np.ones(len(outcome)), *columns])
    contrasts = contrasts_of(3, alone=False)
    parts = [
        [Part(fit=fit, contrasts=contrasts, clusters=clusters)]
        for fit in (fit_tall(tall), least_squares(design, outcome))
    ]
    found, expected = (sandwich("CR2", part) for part in parts)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-9)
    assert captured_share(found, parts[0]) == pytest.approx(captured_share(expected, parts[1]), rel=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e7])
def test_the_unit_of_a_column_does_not_matter(scale):
    tall, design, outcome = problem(4, 200, scale=scale)
    fit = fit_tall(tall)
    np.testing.assert_allclose(fit.coefficients, least_squares(design, outcome).coefficients, rtol=1e-10)
    held = Part(fit=fit, contrasts=contrasts_of(4, alone=True)).held()
    np.testing.assert_allclose(held.fit.basis.T @ held.fit.basis, np.eye(4), atol=1e-12)


def nearly(distance):
    tall, _, _ = problem(6, 200)
    near = tall.columns[0] + distance * np.random.default_rng(9).standard_normal(len(tall.columns[0]))
    columns = (*tall.columns, near)
    centre = np.array([column.mean() for column in columns])
    return fit_tall(Tall(columns=columns, centre=centre, outcome=tall.outcome, rows=tall.rows))


def test_columns_that_nearly_depend_on_each_other_are_left_to_qr():
    assert nearly(10 / CONDITION) is not None
    assert nearly(0.1 / CONDITION) is None
    assert nearly(0.0) is None


@pytest.mark.parametrize("column", [np.full(207, 2.5), 1e9 + np.random.default_rng(1).standard_normal(207) * 1e-4])
def test_a_column_without_enough_digits_is_left_to_qr(column):
    tall, _, _ = problem(6, 200)
    columns, centre = (*tall.columns, column), np.append(tall.centre, column.mean())
    assert fit_tall(Tall(columns=columns, centre=centre, outcome=tall.outcome, rows=tall.rows)) is None


def trial(n, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3))
    cluster = rng.integers(0, 400, n)
    w = (np.arange(400) % 2)[cluster]
    y = 2 + w + x.sum(axis=1) + rng.standard_normal(n)
    return {"y": y, "w": w, "a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "cluster": cluster}


@pytest.mark.parametrize("adjustment", ["lin", "additive"])
@pytest.mark.parametrize("cluster", [None, "cluster"])
def test_a_trial_of_many_rows_is_what_qr_makes_of_it(monkeypatch, adjustment, cluster):
    def found():
        return randomized_trial(
            trial(30_000),
            outcome="y",
            treatment="w",
            covariates=["a", "b", "c"],
            cluster=cluster,
            adjustment=adjustment,
        )

    many = found()
    monkeypatch.setattr("effekt.estimators.randomized.models.MANY_ROWS", 10**9)
    few = found()
    assert many.difference().estimate == pytest.approx(few.difference().estimate, rel=1e-12)
    assert many.difference().std_error == pytest.approx(few.difference().std_error, rel=1e-11)
    assert many.difference().df == pytest.approx(few.difference().df, rel=1e-10)


def test_the_covariance_of_the_means_of_an_additive_model_loses_only_what_cancels(monkeypatch):
    """Equal arms: the means share nothing but the covariates, so Σ s₁s₀ is a small rest of terms that cancel.

    Relative to itself it differs by up to 1e-11 between the two routes; relative to its terms by rounding alone.
    """
    data = trial(30_000)

    def covariance():
        found = randomized_trial(
            data, outcome="y", treatment="w", covariates=["a", "b", "c"], adjustment="additive", population="finite"
        )
        return np.array(found.inference.covariance)

    many = covariance()
    monkeypatch.setattr("effekt.estimators.randomized.models.MANY_ROWS", 10**9)
    few = covariance()
    scale = np.sqrt(few[0] * few[2])
    assert abs(few[1]) < 1e-3 * scale
    np.testing.assert_allclose(many, few, rtol=0, atol=1e-14 * scale)


@pytest.mark.parametrize("contrasts", [contrasts_of(4, alone=False), contrasts_of(4, alone=True)])
@pytest.mark.parametrize("variance", ["HC0", "HC2", "HC3"])
def test_blocks_of_several_products_and_a_last_one_that_is_not_full(monkeypatch, variance, contrasts):
    monkeypatch.setattr("effekt._tall.MOST", 50)
    tall, design, outcome = problem(8, 6_437)
    sizes = {block.stop - block.start for block in tall.blocks()}
    assert (tall.step, sizes) == (50, {400, 37})
    found, expected = (
        sandwich(variance, [Part(fit=fit, contrasts=contrasts)])
        for fit in (fit_tall(tall), least_squares(design, outcome))
    )
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-11)
    if variance in SATTERTHWAITE:
        np.testing.assert_allclose(found.df.of(WEIGHTS[:1]), expected.df.of(WEIGHTS[:1]), rtol=1e-11)


def test_a_dependent_column_of_many_rows_is_named():
    data = trial(30_000)
    data["d"] = data["a"] - 2 * data["b"]
    with pytest.raises(Exception, match="Column 'd' must not be a linear combination of the other regressors"):
        randomized_trial(data, outcome="y", treatment="w", covariates=["a", "b", "d"])


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_tall import trial
from effekt import randomized_trial
data = trial(30_000)
data["few"] = data["cluster"] % 14  # of thousands of rows
for cluster in (None, "cluster", "few"):
    for covariates in ([], ["a", "b", "c"]):
        for adjustment in ("lin", "additive") if covariates else ("lin",):
            found = randomized_trial(
                data, outcome="y", treatment="w", covariates=covariates, cluster=cluster, adjustment=adjustment
            )
            print(found.to_json())
"""


def test_the_number_of_threads_moves_no_byte(request):
    import os

    script = SCRIPT.format(tests=str(request.path.parent))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(outputs) == 1

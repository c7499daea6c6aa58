"""Least squares and sandwich variances against explicit hat matrices."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.regression import Regression

from effekt import _linalg
from effekt._inference import ContrastDf, FixedDf
from effekt._linalg import CollinearColumnError, Part, least_squares, sandwich

WEIGHTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [1.0, -1.1], [0.3, 2.0]])
SIZES = (1, 1, 2, 3, 3, 5, 9, 14, 1, 6)  # below, at and above the number of coefficients


def problem(seed, n, k=4):
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.integers(0, 2, n), rng.standard_normal((n, k - 2))])
    contrasts = np.vstack([[1, 1, *np.full(k - 2, 0.3)], [1, 0, *np.full(k - 2, 0.3)]])
    outcome = design @ rng.standard_normal(k) + rng.standard_normal(n) * (1 + design[:, 1])
    return design, outcome, contrasts


def one_part(design, outcome, contrasts, clusters=None):
    return [Part(fit=least_squares(design, outcome), contrasts=contrasts, clusters=clusters)]


@pytest.mark.parametrize("variance", [*_linalg.UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES])
@pytest.mark.parametrize("seed", [1, 2])
def test_covariance_and_df_agree_with_explicit_matrices(variance, seed):
    clusters = np.random.default_rng(seed).permutation(np.repeat(np.arange(10), SIZES))
    clusters = None if variance in _linalg.UNIT_VARIANCES else clusters
    design, outcome, contrasts = problem(seed, sum(SIZES))
    oracle = Regression(design, outcome, clusters)
    found = sandwich(variance, one_part(design, outcome, contrasts, clusters))
    v11, v10, v00 = found.covariance
    covariance = contrasts @ oracle.coefficient_covariance(variance) @ contrasts.T
    np.testing.assert_allclose([[v11, v10], [v10, v00]], covariance, rtol=1e-10)
    df = [oracle.df(weights @ contrasts, variance) for weights in WEIGHTS]
    np.testing.assert_allclose(found.df.of(WEIGHTS), df, rtol=1e-10)
    assert isinstance(found.df, ContrastDf if variance in ("HC2", "CR1", "CR2", "CR3") else FixedDf)


@pytest.mark.parametrize("variance", [*_linalg.UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES])
def test_the_difference_has_the_variance_of_the_coefficient(variance):
    clusters = None if variance in _linalg.UNIT_VARIANCES else np.repeat(np.arange(10), SIZES)
    design, outcome, contrasts = problem(3, sum(SIZES))
    v11, v10, v00 = sandwich(variance, one_part(design, outcome, contrasts, clusters)).covariance
    coefficient = Regression(design, outcome, clusters).variance(np.array([0, 1.0, 0, 0]), variance)
    assert v11 - 2 * v10 + v00 == pytest.approx(coefficient, rel=1e-12)


@pytest.mark.parametrize(("unit", "cluster"), [("HC0", "CR0"), ("HC2", "CR2"), ("HC3", "CR3")])
def test_a_unit_is_a_cluster_of_one(unit, cluster):
    design, outcome, contrasts = problem(4, 40)
    alone = sandwich(unit, one_part(design, outcome, contrasts))
    clustered = sandwich(cluster, one_part(design, outcome, contrasts, np.arange(40)[::-1]))
    np.testing.assert_allclose(alone.covariance, clustered.covariance, rtol=1e-12)


@pytest.mark.parametrize("variance", ["CR2", "CR3"])
def test_a_cluster_that_determines_a_coefficient_uses_the_pseudo_inverse(variance):
    clusters = np.repeat(np.arange(10), SIZES)
    design, outcome, contrasts = problem(5, sum(SIZES))
    design[:, 3] = np.where(clusters == 6, design[:, 3], 0.0)
    parts = one_part(design, outcome, contrasts, clusters)
    oracle = Regression(design, outcome, clusters)
    found = sandwich(variance, parts)
    difference = contrasts[0] - contrasts[1]
    v11, v10, v00 = found.covariance
    assert v11 - 2 * v10 + v00 == pytest.approx(oracle.variance(difference, variance), rel=1e-10)
    np.testing.assert_allclose(found.df.of(WEIGHTS), [oracle.df(w @ contrasts, variance) for w in WEIGHTS], rtol=1e-9)
    assert _linalg.captured_share(sandwich("CR2", parts), parts) < 0.99


def test_all_of_the_variance_is_seen_when_no_cluster_determines_a_coefficient():
    parts = one_part(*problem(6, sum(SIZES)), np.repeat(np.arange(10), SIZES))
    assert _linalg.captured_share(sandwich("CR2", parts), parts) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("variance", ["HC1", "HC2", "HC3", "CR1", "CR1S", "CR2"])
def test_parts_are_a_block_diagonal_regression(variance):
    clusters = np.repeat(np.arange(20), 5)
    design, outcome, _ = problem(7, 100)
    arm = clusters % 2 == 1
    wide = np.column_stack([design[:, [0, 2]] * arm[:, None], design[:, [0, 2]] * ~arm[:, None]])
    contrasts = np.array([[1.0, 0.2, 0, 0], [0, 0, 1.0, 0.2]])
    clustered = variance.startswith("CR")
    whole = sandwich(variance, one_part(wide, outcome, contrasts, clusters if clustered else None))
    parts = [
        Part(
            fit=least_squares(design[rows][:, [0, 2]], outcome[rows]),
            contrasts=contrasts[:, columns],
            clusters=clusters[rows] if clustered else None,
        )
        for rows, columns in ((arm, slice(0, 2)), (~arm, slice(2, 4)))
    ]
    split = sandwich(variance, parts)
    np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(split.df.of(WEIGHTS), whole.df.of(WEIGHTS), rtol=1e-10)


@pytest.mark.parametrize("n", [4, 5, 255, 512, 513, 1024, 5_000, 300_001])
def test_blocked_qr_is_a_qr(n):
    design, outcome, _ = problem(8, n)
    fit = least_squares(design, outcome)
    assert np.array_equal(fit.triangle, np.triu(fit.triangle))
    np.testing.assert_allclose(fit.basis.T @ fit.basis, np.eye(4), atol=1e-13)
    np.testing.assert_allclose(fit.basis @ fit.triangle, design, atol=1e-12)
    np.testing.assert_allclose(fit.coefficients, np.linalg.lstsq(design, outcome)[0], rtol=1e-9)
    np.testing.assert_allclose(fit.residuals, outcome - design @ fit.coefficients, atol=1e-12)


def test_columns_of_very_different_size_are_no_collinearity():
    design, outcome, _ = problem(9, 200)
    scale = np.array([1.0, 1e-9, 1e9, 1e3])
    fit = least_squares(design * scale, outcome)
    np.testing.assert_allclose(fit.coefficients * scale, least_squares(design, outcome).coefficients, rtol=1e-10)


@pytest.mark.parametrize("n", [50, 5_000])
def test_the_first_dependent_column_is_named(n):
    design, outcome, _ = problem(10, n, k=6)
    design[:, 4] = 3 * design[:, 1] - design[:, 2] + 0.5
    with pytest.raises(CollinearColumnError) as caught:
        least_squares(design, outcome)
    assert caught.value.index == 4


def test_a_column_of_zeros_is_dependent():
    design, outcome, _ = problem(11, 30)
    design[:, 2] = 0.0
    with pytest.raises(CollinearColumnError, match="column 2 is a linear combination"):
        least_squares(design, outcome)


def test_more_columns_than_rows_names_the_first_beyond():
    design, outcome, _ = problem(12, 20, k=6)
    with pytest.raises(CollinearColumnError) as caught:
        least_squares(design[:4], outcome[:4])
    assert caught.value.index == 4

"""Least squares on many blocks without their indicators, against QR of the design that holds them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from effekt import _linalg
from effekt._blocked import MANY_BLOCKS, Blocked, BlockedFit, fit_blocked
from effekt._linalg import Part, captured_share, least_squares, row_scores, sandwich
from effekt._tall import Tall
from effekt.estimators.randomized import randomized_trial
from effekt.exceptions import DataError

WEIGHTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [0.3, 2.0]])
VARIANCES = (*_linalg.UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES)


def problem(seed, blocks, p, leading=0):
    """Blocks of 5 to 30 rows, not in order, of which clusters of 1 to 6 rows lie in one; and the dense design."""
    rng = np.random.default_rng(seed)
    code = rng.permutation(np.repeat(np.arange(blocks), rng.integers(5, 31, blocks)))
    n = len(code)
    x = rng.standard_normal((n + 7, p)) + 3
    rows = rng.permutation(n + 7)[:n]
    y = 5 + x @ rng.standard_normal(p) + rng.standard_normal(n + 7)
    y[rows] += rng.standard_normal(blocks)[code]
    centre, shares = x.mean(axis=0), rng.dirichlet(np.ones(blocks))
    indicators = (code[:, None] == np.arange(1, blocks)) - shares[1:]
    z = x[rows] - centre
    dense = np.column_stack([np.ones(n), z[:, :leading], indicators, z[:, leading:]])
    inner = Tall(columns=tuple(x.T), centre=centre, outcome=y, rows=rows)
    place = np.empty(n, np.intp)
    order = np.argsort(code, kind="stable")
    place[order] = np.arange(n) - np.repeat(np.cumsum(np.bincount(code)) - np.bincount(code), np.bincount(code))
    clusters = np.unique(code * 40 + place // rng.integers(1, 7, blocks)[code], return_inverse=True)[1]
    return Blocked(inner=inner, code=code, shares=shares, leading=leading), dense, y[rows], clusters


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize(("p", "leading"), [(0, 0), (1, 1), (3, 1), (2, 0)])
@pytest.mark.parametrize("alone", [False, True])
def test_the_same_as_with_indicators(variance, p, leading, alone):
    design, dense, y, clusters = problem(p, 23, p, leading)
    clusters = None if variance in _linalg.UNIT_VARIANCES else clusters
    contrasts = np.random.default_rng(9).standard_normal((2, dense.shape[1]))
    if alone:
        contrasts[1] = 0.0
    fit, held = fit_blocked(design), least_squares(dense, y)
    assert isinstance(fit, BlockedFit)
    np.testing.assert_allclose(fit.coefficients, held.coefficients, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(fit.residuals, held.residuals, atol=1e-11)
    parts = [Part(fit=one, contrasts=contrasts, clusters=clusters) for one in (fit, held)]
    found, expected = (sandwich(variance, [part]) for part in parts)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-10, atol=1e-13)
    weights = WEIGHTS[:1] if alone else WEIGHTS
    np.testing.assert_allclose(found.df.of(weights), expected.df.of(weights), rtol=1e-10)
    scores = [row_scores(variance, [part])[0] for part in parts]
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-11)
    if variance in ("HC2", "CR2") and not alone:
        shares = [captured_share(one, [part]) for one, part in zip((found, expected), parts, strict=True)]
        np.testing.assert_allclose(*shares, rtol=1e-10)


def test_the_basis_is_orthonormal_and_gives_the_design():
    design, dense, _, _ = problem(4, 23, 2, 1)
    fit = fit_blocked(design)
    basis, residuals = fit.block(np.arange(fit.n))
    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)
    np.testing.assert_allclose(basis.T @ fit.triangle, dense, atol=1e-11)
    np.testing.assert_allclose(basis @ residuals, 0, atol=1e-10)


@pytest.mark.parametrize("spoilt", ["constant within blocks", "collinear", "small beside its level"])
def test_where_x_is_left_to_qr(spoilt):
    design, _, _, _ = problem(5, 23, 2)
    columns = list(design.inner.columns)
    rows, code = design.inner.rows, design.code
    if spoilt == "constant within blocks":
        columns[0] = columns[0].copy()
        columns[0][rows] = code
    elif spoilt == "collinear":
        columns[0] = columns[1] + 1e-4 * columns[0]
    else:
        columns[0] = 1e-8 * columns[0]
        columns[0][rows] += code
    inner = Tall(columns=tuple(columns), centre=design.inner.centre, outcome=design.inner.outcome, rows=rows)
    assert fit_blocked(Blocked(inner=inner, code=code, shares=design.shares)) is None


def trial(blocks, n, *, clustered=False, seed=6):
    rng = np.random.default_rng(seed)
    block = rng.integers(0, blocks, n)
    cluster = block * 50 + rng.integers(0, 8, n)
    treated = cluster % 2 == 0 if clustered else rng.random(n) < 0.5
    x = rng.standard_normal((n, 2))
    y = 0.3 * treated + x.sum(axis=1) + 0.2 * rng.standard_normal(blocks)[block] + rng.standard_normal(n)
    return {"y": y, "w": treated.astype(int), "b": block, "c": cluster, "x0": x[:, 0], "x1": x[:, 1]}


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("options", [
    {},
    {"covariates": ["x0", "x1"]},
    {"covariates": ["x0", "x1"], "adjustment": "additive"},
    {"adjustment": "additive"},
    {"covariates": "x1", "estimand": "ATT"},
    {"covariates": "x1", "population": "finite"},
])  # fmt: skip
def test_a_trial_has_the_same_effect_with_and_without_indicators(options, clustered, monkeypatch):
    data = trial(MANY_BLOCKS + 5, 6_000, clustered=clustered)
    if clustered:
        options = {**options, "cluster": "c"}
    call = {"outcome": "y", "treatment": "w", "block": "b", **options}
    found = randomized_trial(data, **call)
    monkeypatch.setattr("effekt.estimators.randomized.models.MANY_BLOCKS", 10**9)
    expected = randomized_trial(data, **call)
    for name in ("estimate", "std_error", "df"):
        assert getattr(found, name) is not None
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-11)


def test_the_same_bytes_in_any_order_of_the_rows():
    data = trial(MANY_BLOCKS + 5, 4_000)
    turned = {name: column[::-1].copy() for name, column in data.items()}
    call = {"outcome": "y", "treatment": "w", "block": "b", "covariates": ["x0"]}
    first, second = randomized_trial(data, **call), randomized_trial(turned, **call)
    assert first.to_json() == second.to_json()


def test_a_covariate_that_blocks_determine_is_named_as_with_few_blocks():
    data = trial(MANY_BLOCKS + 5, 4_000)
    data["x0"] = data["b"] * 2.0
    with pytest.raises(DataError, match="'x0' must not be a linear combination"):
        randomized_trial(data, outcome="y", treatment="w", block="b", covariates="x0")


def test_many_blocks_cost_no_column_each():
    data = trial(400, 60_000)
    tracemalloc.start()
    try:
        randomized_trial(data, outcome="y", treatment="w", block="b", covariates=["x0"])
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 400 * 60_000  # bytes; an indicator of each block takes eight times this

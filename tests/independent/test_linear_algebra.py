"""Exact solving, inverse square roots and Student's t."""

from fractions import Fraction
from math import inf, nextafter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from effekt.exceptions import DataError
from effekt.independent.linear_algebra import (
    eigen_symmetric,
    exact_dot,
    exact_gram,
    factored,
    incomplete_beta,
    inverse,
    student_cdf,
    student_quantile,
    student_tail,
    symmetric_power,
)

SIZES = st.integers(1, 7)


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(0, 10**6))
def test_inverse_is_exact(size, seed):
    draw = np.random.default_rng(seed).integers(-9, 10, (size, size))
    matrix = [[Fraction(int(cell)) for cell in row] for row in draw + 100 * np.eye(size, dtype=int)]
    product = [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*inverse(matrix), strict=True)]
        for row in matrix
    ]
    assert product == [[int(i == j) for j in range(size)] for i in range(size)]


FRACTIONS = st.builds(Fraction, st.integers(-(10**12), 10**12), st.integers(1, 10**9) | st.sampled_from([1, 10, 100]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(FRACTIONS, FRACTIONS, FRACTIONS), max_size=9))
def test_products_are_summed_exactly(rows):
    columns = [[row[i] for row in rows] for i in range(3)]
    assert exact_dot(columns[0], columns[1]) == sum((a * b for a, b, _ in rows), Fraction(0))
    weighted = [[a * w for a, w in zip(column, columns[2], strict=True)] for column in columns[:2]]
    assert exact_gram(weighted, columns[:2]) == [
        [sum((row[i] * row[2] * row[j] for row in rows), Fraction(0)) for j in range(2)] for i in range(2)
    ]


def test_a_positive_definite_matrix_is_factored_exactly():
    matrix = inverse([[Fraction(4), Fraction(1), Fraction(2)], [Fraction(1), Fraction(3), 0], [Fraction(2), 0, 5]])
    lower, sizes = factored(matrix)
    assert [[lower[i][j] for j in range(3) if j >= i] for i in range(3)] == [[1, 0, 0], [1, 0], [1]]
    assert matrix == [
        [sum(a * d * b for a, d, b in zip(one, sizes, other, strict=True)) for other in lower] for one in lower
    ]


def test_both_tails_of_the_beta_distribution_may_be_an_ulp_above_where_they_turn():
    a, b = 8.5, 0.5
    x, y = (nextafter((own + 1) / (a + b + 2), 2) for own in (a, b))
    assert x + y > 1
    assert incomplete_beta(a, b, x, y) == pytest.approx(special.betainc(a, b, x), rel=1e-14)


def test_singular_matrix_is_refused():
    with pytest.raises(DataError, match="collinear"):
        inverse([[Fraction(1), Fraction(2)], [Fraction(2), Fraction(4)]])


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(0, 10**6))
def test_inverse_square_root(size, seed):
    root = np.random.default_rng(seed).normal(size=(size, size))
    matrix = root @ root.T + 0.1 * np.eye(size)
    half = np.array(symmetric_power(matrix.tolist(), -0.5))
    np.testing.assert_allclose(half @ matrix @ half, np.eye(size), atol=1e-12)
    values, vectors = eigen_symmetric(matrix.tolist())
    np.testing.assert_allclose(sorted(values), np.linalg.eigvalsh(matrix), rtol=1e-11)
    np.testing.assert_allclose(np.array(vectors) @ np.array(vectors).T, np.eye(size), atol=1e-13)


def test_pseudo_inverse_leaves_out_the_null_space():
    half = np.array(symmetric_power([[0.5, -0.5], [-0.5, 0.5]], -0.5))
    np.testing.assert_allclose(half, [[0.5, -0.5], [-0.5, 0.5]], atol=1e-15)


@pytest.mark.parametrize("df", [0.7, 1, 2.5, 9.997, 30, 307.132, 5e4])
@pytest.mark.parametrize("t", [0.0, 0.1, 0.7, 1.96, 4.2, 12.0])
def test_student_against_scipy(t, df):
    assert student_cdf(t, df) == pytest.approx(special.stdtr(df, t), rel=1e-12)
    assert student_tail(t, df) == pytest.approx(special.stdtr(df, -t), rel=1e-10, abs=1e-200)
    assert student_cdf(-t, df) == pytest.approx(1 - student_cdf(t, df), abs=1e-15)


@pytest.mark.parametrize("df", [1, 3.3, 9.997, 120])
@pytest.mark.parametrize("probability", [0.001, 0.2, 0.5, 0.975, 0.9995])
def test_quantile_inverts_the_cdf(probability, df):
    quantile = student_quantile(probability, df)
    assert quantile == pytest.approx(special.stdtrit(df, probability), rel=1e-10, abs=1e-12)


def test_ends_of_the_scales():
    assert student_quantile(0, 5) == -inf
    assert student_quantile(1, 5) == inf
    assert (incomplete_beta(2, 3, 0, 1), incomplete_beta(2, 3, 1, 0)) == (0.0, 1.0)

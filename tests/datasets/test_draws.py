"""Groups, assignment and autoregressive series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.datasets._draws import assign, autoregressive, check_inside, check_range, split
from effekt.exceptions import ArgumentError


def test_autoregressive_series_are_stationary() -> None:
    series = autoregressive(np.random.default_rng(1), 40_000, 5, correlation=0.7, sd=2.0)
    expected = 4.0 * 0.7 ** np.abs(np.subtract.outer(range(5), range(5)))
    assert np.cov(series.T) == pytest.approx(expected, abs=0.12)
    assert series.mean(axis=0) == pytest.approx(np.zeros(5), abs=0.05)


@given(st.integers(2, 40), st.integers(1, 30), st.floats(1, 20))
def test_groups_are_contiguous_and_grow_by_the_ratio(n_groups, times, ratio) -> None:
    n = n_groups * times * 20
    sizes = np.bincount(split(n, n_groups, ratio), minlength=n_groups)
    exact = np.geomspace(1, ratio, n_groups) / np.geomspace(1, ratio, n_groups).sum() * n
    assert sizes.sum() == n
    assert np.abs(sizes - exact).max() <= 1 + 1e-9


@given(st.lists(st.integers(4, 30), min_size=1, max_size=8), st.integers(0, 1_000))
def test_each_group_has_its_share_treated(sizes, seed) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    treated = assign(np.random.default_rng(seed), groups, 0.4)
    assert [int(treated[groups == g].sum()) for g in range(len(sizes))] == [round(0.4 * size) for size in sizes]


def test_everyone_is_as_likely_to_be_treated() -> None:
    rng = np.random.default_rng(1)
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    shares = np.mean([assign(rng, groups, 0.25) for _ in range(8_000)], axis=0)
    assert shares == pytest.approx(np.full(8, 0.25), abs=0.02)


def test_an_empty_arm_is_refused() -> None:
    with pytest.raises(ArgumentError) as raised:
        assign(np.random.default_rng(1), np.array([0, 0, 0, 1]), 0.5)
    assert str(raised.value) == (
        "`share_treated` must leave someone in both arms of every group that is randomised; 0.5 does not. Use more "
        "units, or fewer groups."
    )


@pytest.mark.parametrize(
    ("check", "value", "sentence"),
    [
        (lambda v: check_range("x", v, 0), -0.5, "`x` must be at least 0; got -0.5."),
        (lambda v: check_range("x", v, 0, 1), 1.5, "`x` must be between 0 and 1; got 1.5."),
        (lambda v: check_inside("x", v, -1), -1, "`x` must be above -1; got -1."),
        (lambda v: check_inside("x", v, 0, 1), 1.0, "`x` must be above 0 and below 1; got 1.0."),
        (lambda v: check_inside("x", v, 0), float("nan"), "`x` must be a finite number; got nan."),
    ],
)
def test_ranges(check, value, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        check(value)
    assert str(raised.value) == sentence

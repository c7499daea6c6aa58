"""The decomposition of two-way fixed effects is exact: against the regression on dummies of all units and periods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.diagnostics import bacon_decomposition
from effekt.exceptions import ArgumentError


def two_way(y, start):
    """The coefficient of treatment beside a dummy for each unit and period."""
    rows, treated = [], []
    for i in range(len(y)):
        for t in range(len(y[0])):
            unit, period = np.eye(len(y))[i], np.eye(len(y[0]))[t]
            treated.append(float(t >= start[i]))
            rows.append([treated[-1], *unit, *period[1:]])
    return float(np.linalg.lstsq(np.array(rows), np.ravel(y), rcond=None)[0][0])


def draw(seed, starts, periods=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(len(starts), periods)) + rng.normal(size=(len(starts), 1)), starts


SHAPES = {
    "cohorts and never": [1, 1, 2, 4, 4, 4, 6, 6, 6],
    "no never treated": [1, 2, 2, 5, 5, 3],
    "one cohort": [3, 3, 6, 6, 6],
    "never by a later start": [3, 2, 2, 99, 6, 7],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mean_of_the_comparisons_is_two_way_fixed_effects(shape):
    y, start = draw(3, SHAPES[shape])
    found = bacon_decomposition(y, start)
    assert found.values["estimate"] == pytest.approx(two_way(y, start), abs=1e-10)
    assert sum(found.table["weight"]) == pytest.approx(1, abs=1e-12)
    assert min(found.table["weight"]) > 0
    kinds = {"one cohort": {"never"}, "no never treated": {"later", "earlier"}}.get(
        shape, {"never", "later", "earlier"}
    )
    assert set(found.table["kind"]) == kinds
    assert found.status == ("information" if shape == "one cohort" else "warning")


def test_an_effect_that_grows_turns_the_comparisons_with_the_treated():
    start = [2] * 4 + [5] * 4
    y = [[float(t + 3 * max(0, t - s + 1)) for t in range(8)] for s in start]
    found = bacon_decomposition(y, start)
    by_kind = dict(zip(found.table["kind"], found.table["estimate"], strict=True))
    assert by_kind["later"] == pytest.approx(6)
    assert by_kind["earlier"] < 0
    assert found.values["estimate"] == pytest.approx(two_way(y, start))


@given(starts=st.lists(st.integers(1, 6), min_size=3, max_size=9).filter(lambda own: len(set(own)) > 1))
def test_it_is_exact_whatever_the_groups(starts):
    y, start = draw(len(starts), starts)
    found = bacon_decomposition(y, start)
    assert found.values["estimate"] == pytest.approx(two_way(y, start), abs=1e-9)
    order = list(range(len(starts)))[::-1]
    again = bacon_decomposition(y[order], [start[i] for i in order])
    assert again.values["estimate"] == pytest.approx(found.values["estimate"], abs=1e-12)


@pytest.mark.parametrize(
    ("outcome", "start", "sentence"),
    [
        (
            [[1.0], [2.0]],
            [1, 2],
            "`outcome` must be a table of finite numbers with a row for each unit and at least two "
            "periods; its shape is "
            "(2, 1).",
        ),
        (
            [[1.0, 2.0], [2.0, 3.0]],
            [1, 0],
            "`start` must hold positions of periods from 1, since units treated in the first period "
            "(0) have no before; "
            "the first row that does not is row 2. Leave such units out.",
        ),
        ([[1.0, 2.0], [2.0, 3.0]], [1, 1], "`start` must hold at least two groups to compare; it holds one."),
    ],
)
def test_bad_arrays_are_refused(outcome, start, sentence):
    with pytest.raises(ArgumentError) as refusal:
        bacon_decomposition(outcome, start)
    assert str(refusal.value) == sentence

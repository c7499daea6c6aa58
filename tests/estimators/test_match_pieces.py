"""What matching does piece by piece, or in an order known before, has the bytes of the whole and of its own order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from effekt import _threads
from effekt._types import BoolArray, FloatArray
from effekt.diagnostics.overlap import propensity_overlap
from effekt.estimators._m_estimation import AT_ONCE, BLOCK, cross_sums, predict
from effekt.estimators._one_value import one_value_notes
from effekt.estimators._propensity import _derivatives, _likelihood, fit_propensity, score_and_curvature
from effekt.estimators.matching.local_variance import Arms, neighbour_variances
from effekt.estimators.matching.neighbours import Problem, line_up, tie_values

LENGTHS = (7, BLOCK, AT_ONCE - 1, AT_ONCE, AT_ONCE + BLOCK, 2 * AT_ONCE + 3 * BLOCK + 11)


def _fitted(n: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    rng = np.random.default_rng(n)
    design = np.vstack([np.ones(n), rng.standard_normal((3, n))]).T
    return design, 2 * rng.standard_normal(n), rng.random(n) < 0.3


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("n", LENGTHS)
def test_derivatives_in_pieces_are_those_of_whole_columns(n: int, link: str) -> None:
    design, index, treated = _fitted(n)
    score, curvature = score_and_curvature(index, treated, link)
    information = np.zeros((4, 4))
    for first in range(0, n, AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        information += cross_sums(design[rows], design[rows] * curvature[rows, None])
    found = _derivatives(design, index, treated, link)
    assert found[0].tobytes() == (cross_sums(design, score[:, None])[:, 0] / n).tobytes()
    assert found[1].tobytes() == (information / n).tobytes()


@pytest.mark.parametrize("n", LENGTHS)
def test_an_index_and_a_likelihood_in_pieces_are_those_of_whole_columns(n: int) -> None:
    design, index, treated = _fitted(n)
    coefficients = np.array([0.3, -1.2, 0.7, 1e-9])
    whole = np.zeros(n)
    for column, coefficient in zip(design.T, coefficients.tolist(), strict=True):
        whole += coefficient * column
    assert predict(design, coefficients).tobytes() == whole.tobytes()
    signed = np.where(treated, index, -index)
    likelihood = np.mean(np.minimum(signed, 0.0) - np.log1p(np.exp(-np.abs(signed))))
    assert _likelihood(index, treated, "logit") == likelihood


@pytest.mark.parametrize("decimals", [0, 1, 13])
def test_an_order_that_is_known_spares_a_sort_and_changes_nothing(decimals: int) -> None:
    rng = np.random.default_rng(3)
    raw = np.round(rng.standard_normal(400), decimals)
    order = np.lexsort((rng.random(400), raw))  # tied rows in an order of their own
    logit, treated, strata = tie_values(raw), rng.random(400) < 0.3, np.zeros(400, np.intp)
    assert tie_values(raw, order).tobytes() == logit.tobytes()
    assert len(np.unique(logit)) < 400 or decimals == 13
    problem = Problem(treated=treated, strata=strata, logit=logit, ratio=1, width=np.inf)
    one, other = line_up(problem), line_up(replace(problem, order=order))
    assert all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in one.__slots__)
    without, known = (
        propensity_overlap(logit=logit, treated=treated, strata=strata, weights=np.ones(400), order=taken)
        for taken in (None, order)
    )
    assert without == known


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_a_propensity_in_threads_is_that_of_one(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design, _, treated = _fitted(2 * AT_ONCE + 3 * BLOCK + 11)
    names = ["a", "b", "c"]
    alone = fit_propensity(treated, design[:, 1:], names, link)
    monkeypatch.setattr(_threads, "MANY", 1)
    monkeypatch.setattr(_threads, "threads", lambda: 3)
    shared = fit_propensity(treated, np.ascontiguousarray(design[:, 1:]), names, link)
    assert shared.logit.tobytes() == alone.logit.tobytes()
    assert (shared.intercept, shared.coefficients) == (alone.intercept, alone.coefficients)


@pytest.mark.parametrize("decimals", [0, 1, 13])
def test_an_order_that_is_known_moves_no_variance(decimals: int) -> None:
    rng = np.random.default_rng(4)
    logit = np.round(rng.standard_normal(400), decimals)
    arms = Arms(
        outcome=rng.standard_normal(400),
        treated=rng.random(400) < 0.3,
        coordinates=logit[:, None],
        strata=np.zeros(400, np.intp),
    )
    known = replace(arms, order=np.lexsort((rng.random(400), logit)))
    for needed in (np.ones(400, bool), rng.random(400) < 0.1):
        for one, other in zip(*(neighbour_variances(own, 2, needed) for own in (arms, known)), strict=True):
            assert one.tobytes() == other.tobytes()


def test_a_covariate_that_varies_late_is_not_one_of_one_value() -> None:
    treated = np.arange(400) % 2 == 0
    late, once = np.zeros(400), np.zeros(400)
    late[396:] = 1.0
    once[399] = 1.0  # a control
    notes = one_value_notes(np.column_stack([late, once]), treated, ["late", "once"])
    assert notes[0].text.en.startswith("'once' holds one value among the treated:")

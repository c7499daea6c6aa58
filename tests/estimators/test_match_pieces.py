"""What matching does piece by piece, or in an order known before, has the bytes of the whole and of its own order."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from effekt import _linalg, _threads
from effekt._inference import StudentT
from effekt._types import BoolArray, FloatArray
from effekt.diagnostics.overlap import propensity_overlap
from effekt.estimators import _propensity
from effekt.estimators._m_estimation import AT_ONCE, BLOCK, cross_sums, predict
from effekt.estimators._one_value import one_value_notes
from effekt.estimators._propensity import _derivatives, _likelihood, _near, fit_propensity, score_and_curvature
from effekt.estimators.matching.design import total
from effekt.estimators.matching.local_variance import Arms, neighbour_variances
from effekt.estimators.matching.neighbours import Problem, line_up, tie_values
from effekt.estimators.matching.units import _listed
from effekt.estimators.matching.variance import _between
from effekt.exceptions import DataError

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


@pytest.mark.parametrize("raw", [[0.0, -0.0, 1.0], [-0.0, 0.0, 1.0], [-0.0, -0.0, 1.0]])
def test_tied_zeros_have_one_sign_in_any_order(raw: list[float]) -> None:
    """Whichever the sort puts first, which is another one on another processor."""
    values = np.array(raw)
    for order in (None, np.array([0, 1, 2]), np.array([1, 0, 2])):
        assert tie_values(values, order).tobytes() == np.array([0.0, 0.0, 1.0]).tobytes()


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE", "ATO"])
def test_overlap_in_pieces_is_that_of_whole_arms(estimand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    data = {
        "logit": np.round(rng.standard_normal(300), 1),
        "treated": rng.random(300) < 0.3,
        "strata": rng.integers(0, 40, 300),
        "weights": rng.random(300),
    }
    whole = propensity_overlap(**data, estimand=estimand)  # type: ignore[arg-type]
    monkeypatch.setattr("effekt.diagnostics.overlap.AT_ONCE", 7)
    assert propensity_overlap(**data, estimand=estimand) == whole  # type: ignore[arg-type]


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


def _from_zero_and_near(
    treated: BoolArray, covariates: FloatArray, link: str, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[float, ...]]:
    """The coefficients of a fit of few rows, and of the same as if they were many, whose start is that of some."""
    names = [f"x{j}" for j in range(covariates.shape[1])]
    found = [fit_propensity(treated, covariates, names, link).coefficients]
    monkeypatch.setattr(_propensity, "MANY", 100)
    return [*found, fit_propensity(treated, covariates, names, link).coefficients]


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("scale", [0.5, 3.0, 12.0])
def test_a_start_from_some_rows_ends_at_the_same_maximum(
    link: str, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(6)
    covariates = rng.standard_normal((3_000, 3))
    treated = scale * covariates[:, 0] + rng.logistic(size=3_000) > 1
    zero, near = _from_zero_and_near(treated, covariates, link, monkeypatch)
    assert near == pytest.approx(zero, rel=1e-10)
    design = np.column_stack([np.ones(3_000), (covariates - covariates.mean(axis=0)) / covariates.std(axis=0)])
    assert _near(np.asfortranarray(design), treated, link) is not None


@pytest.mark.parametrize("kind", ["separated", "absent"])
def test_where_some_rows_leave_it_open_the_start_is_zero(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    n, rows = 600, np.arange(600)
    x = rng.standard_normal(n)
    treated = rng.random(n) < 0.4
    rare = (rows % 60 == 1).astype(float)  # none of one row in five
    if kind == "separated":
        rare = np.where(rows % 5 == 0, treated, rng.random(n) < 0.5).astype(float)
    covariates = np.column_stack([x, rare])
    zero, near = _from_zero_and_near(treated, covariates, "logit", monkeypatch)
    assert near == pytest.approx(zero, rel=1e-10)
    design = np.asfortranarray(np.column_stack([np.ones(n), (covariates - covariates.mean(0)) / covariates.std(0)]))
    assert _near(design, treated, "logit") is None


def test_columns_that_depend_on_others_and_separated_arms_are_found_among_many_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_propensity, "MANY", 100)
    rng = np.random.default_rng(8)
    x = rng.standard_normal((1_000, 2))
    with pytest.raises(DataError, match="'sum' must not be a linear combination"):
        fit_propensity(x[:, 0] > rng.standard_normal(1_000), np.column_stack([x, x.sum(axis=1)]), ["a", "b", "sum"])
    with pytest.raises(DataError, match="must not separate"):
        fit_propensity(x[:, 0] > 0, x, ["a", "b"])


def test_a_step_that_moves_no_logit_far_raises_the_likelihood() -> None:
    """The bound of Bach (2010), for designs and starts of all sizes."""
    rng = np.random.default_rng(9)
    sure = 0
    for _ in range(500):
        n = int(rng.integers(5, 40))
        design = np.column_stack([np.ones(n), rng.standard_normal((n, 2))])
        index = design @ (rng.choice([0.3, 1.0, 3.0]) * rng.standard_normal(3))
        treated = rng.random(n) < 1 / (1 + np.exp(-index))
        gradient, information = _derivatives(design, index, treated, "logit")
        move = design @ np.linalg.solve(information, gradient)
        if np.max(np.abs(move)) <= _propensity.SURE:
            sure += 1
            assert _likelihood(index + move, treated, "logit") >= _likelihood(index, treated, "logit")
    assert sure > 20


@pytest.mark.parametrize("weighted", [False, True])
def test_clusters_of_a_match_have_the_variance_of_the_regression(weighted: bool) -> None:
    rng = np.random.default_rng(10)
    sizes = rng.integers(1, 4, (30, 2))
    clusters = np.repeat(np.arange(30), sizes.sum(axis=1))
    treated = np.concatenate([np.arange(first + second) < first for first, second in sizes])
    weights = rng.random(len(treated)) + 0.1 if weighted else np.ones(len(treated))
    outcome = rng.standard_normal(len(treated)) + treated
    found = _between(outcome, treated, weights, clusters)
    root = np.sqrt(weights)
    fit = _linalg.least_squares(np.column_stack([treated, ~treated]) * root[:, None], outcome * root)
    expected = _linalg.sandwich("CR2", [_linalg.Part(fit=fit, contrasts=np.eye(2), clusters=clusters)])
    assert isinstance(found, StudentT)
    assert found.covariance == pytest.approx(expected.covariance, rel=1e-12, abs=1e-16)
    contrasts = np.array([[1.0, -1.0], [1.0, 0.0], [0.0, 1.0], [1.0, -0.7]])
    assert found.df.of(contrasts) == pytest.approx(expected.df.of(contrasts), rel=1e-12)


@pytest.mark.parametrize(
    "column",
    [
        np.array([], float),
        np.array([], int),
        np.ones(3),
        np.array([0.5, 1.0, 0.5, 1.0, 1e-20]),
        np.array([0.1, 2e300, 3e-7, 1 / 3, 123456789.0]),
        np.array([-1, 0, 12_345_678_901]),
        np.array([True, False]),
    ],
)
def test_a_column_is_written_as_json_writes_it(column: FloatArray) -> None:
    plain = column.astype(int) if column.dtype == bool else column
    assert _listed(column) == json.dumps(plain.tolist(), separators=(",", ":"))


def test_a_column_that_is_not_finite_is_not_written() -> None:
    with pytest.raises(ValueError, match="finite numbers only"):
        _listed(np.array([1.0, np.nan]))


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(7).standard_normal(20_000) * 10.0 ** np.arange(-50, 50).repeat(200),
        np.array([1e16, 1.0, -1e16]),
        np.array([1e305, 1.0, 1e305]),
        np.array([np.inf, 1.0]),
        np.array([1.0, np.nan]),
        np.array([]),
    ],
)
def test_a_total_is_rounded_once_whatever_the_numbers(values: FloatArray) -> None:
    assert np.array_equal(total(values), math.fsum(values.tolist()), equal_nan=True)

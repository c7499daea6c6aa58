"""Weights and weighted means: generic solvers, other packages, linear programming, invariances, refusals, sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from causaldata import nsw_mixtape
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import weighting as oracle

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.diagnostics.weights import weight_spread
from effekt.estimators._m_estimation import Equation, row_errors
from effekt.estimators.weighting import TARGETS, fit_weights, weighted_means, with_squares
from effekt.exceptions import ArgumentError, DataError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "weighting" / "output.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
EVERY = [(method, estimand) for method, estimands in TARGETS.items() for estimand in estimands]


def cohort(n=60, seed=3, shift=0.6):
    """Outcome, treatment as floats, covariates (one of 0 and 1) and clusters that cross the arms."""
    rng = np.random.default_rng(seed)
    d = (rng.random(n) < 0.45).astype(float)
    x = np.column_stack([rng.normal(shift * d, 1), 40 + 10 * rng.normal(0, 1, n), rng.random(n) < 0.4 + 0.2 * d])
    y = 20 + 3 * x[:, 0] - 0.1 * x[:, 1] + 2 * d + rng.normal(0, 1 + d, n)
    return y, d, x, rng.integers(0, 9, n)


def weigh(d, x, method, estimand, names=None):
    return fit_weights(d == 1, x, names or [f"x{i}" for i in range(x.shape[1])], method=method, estimand=estimand)


def equations(y, found):
    """Those of the two means, made anew."""
    made = []
    for arm in found.arms:
        mean = np.average(y, weights=arm.values)
        made.append(Equation(value=arm.values * y, share=arm.values, slopes=tuple(s * (y - mean) for s in arm.slopes)))
    return made


def nsw():
    data = nsw_mixtape.load_pandas().data
    return data.re78.to_numpy(float), data.treat.to_numpy(float), data[COVARIATES].to_numpy(float)


# --- the slow way -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_means_and_plain_sandwich_are_those_of_the_stacked_equations(method, estimand):
    y, d, x, _ = cohort()
    psi, start = oracle.ESTIMATORS[method](y, d, x, estimand)
    theta = oracle.solve(psi, start)
    found = weigh(d, x, method, estimand)
    means, _ = weighted_means(y, found)
    assert [means.treated, means.counterfactual] == pytest.approx(theta[-2:], rel=1e-10)
    plain = row_errors(found.design, found.indices, equations(y, found), left_out=False)
    assert plain.T @ plain == pytest.approx(oracle.sandwich(psi, theta)[-2:, -2:], rel=1e-9)


def test_entropy_balancing_counts_the_means_of_its_target_as_estimated():
    """The figures of its page: known means give another error, and leaving a row out depends on the parameters."""
    y, d, x, _ = cohort()
    found = weigh(d, x, "entropy_balancing", "ATT")
    left, plain = (row_errors(found.design, found.indices, equations(y, found), left_out=out) for out in (True, False))
    psi, start = oracle.entropy_balancing(y, d, x, "ATT")
    theta, p = oracle.solve(psi, start), x.shape[1]
    known = oracle.sandwich(lambda rest: psi(np.r_[theta[:p], rest])[:, p:], theta[p:])[-2:, -2:]
    by_means = oracle.left_out(psi, theta)[:, -2:]
    covariances = (plain.T @ plain, known, left.T @ left, by_means.T @ by_means)
    assert [round(np.sqrt(v[0, 0] - 2 * v[0, 1] + v[1, 1]), 3) for v in covariances] == [0.419, 0.817, 0.450, 0.443]


def leave_out(method):
    return oracle.entropy_index if method == "entropy_balancing" else oracle.ESTIMATORS[method]


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_the_covariance_leaves_each_row_or_cluster_out(method, estimand, clustered):
    y, d, x, clusters = cohort()
    psi, start = leave_out(method)(y, d, x, estimand)
    theta = oracle.solve(psi, start)
    wanted = oracle.left_out(psi, theta, clusters if clustered else None)[:, -2:]
    means, found = weighted_means(y, weigh(d, x, method, estimand), clusters if clustered else None)
    assert isinstance(found, StudentT)
    covariance = wanted.T @ wanted
    assert found.covariance == pytest.approx((covariance[0, 0], covariance[0, 1], covariance[1, 1]), rel=1e-9)
    k = 1 if clustered else len(theta)
    for weights in ((1.0, -1.0), (1.0, 0.0), (0.0, 1.0), (1.0, -0.7)):
        df = oracle.degrees_of_freedom(wanted @ np.array(weights), k)
        assert found.df.of(np.array([weights]))[0] == pytest.approx(df, rel=1e-8)
    assert found.std_error(means, "difference") ** 2 == pytest.approx(np.sum((wanted @ [1, -1]) ** 2), rel=1e-9)


BY_PROPENSITY = [(method, estimand) for method, estimand in EVERY if method in ("inverse_probability", "overlap")]


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize(("method", "estimand"), BY_PROPENSITY)
def test_probit_weights_are_stacked_with_the_score_of_the_probit(method, estimand, clustered):
    y, d, x, clusters = cohort()
    groups = clusters if clustered else None
    psi, start = oracle.probit_probability(y, d, x, estimand)
    theta = oracle.solve(psi, start)
    found = fit_weights(d == 1, x, ["a", "b", "c"], method=method, estimand=estimand, propensity="probit")
    means, inference = weighted_means(y, found, groups)
    assert [means.treated, means.counterfactual] == pytest.approx(theta[-2:], rel=1e-10)
    plain = row_errors(found.design, found.indices, equations(y, found), left_out=False)
    assert plain.T @ plain == pytest.approx(oracle.sandwich(psi, theta)[-2:, -2:], rel=1e-9)
    wanted = oracle.left_out(psi, theta, groups)[:, -2:]
    v, cross, w = inference.covariance
    assert [v, cross, cross, w] == pytest.approx((wanted.T @ wanted).ravel(), rel=1e-9)
    logit, _ = weighted_means(y, weigh(d, x, method, estimand), groups)
    assert abs(logit.value("difference") - means.value("difference")) > 1e-4


def test_a_classifier_gives_weights_and_no_inference():
    y, d, x, _ = cohort()
    found = fit_weights(d == 1, x, [*"abc"], method="overlap", estimand="ATO", propensity=Steps())
    e = Steps().fit(x, d).predict_proba(x)[:, 1]
    means, inference = weighted_means(y, found)
    wanted = [np.average(y[d == 1], weights=1 - e[d == 1]), np.average(y[d == 0], weights=e[d == 0])]
    assert [means.treated, means.counterfactual] == pytest.approx(wanted, rel=1e-12)
    assert isinstance(inference, Unavailable)
    assert str(inference.reason.en) == (
        "The weights come from a classifier, which solves no equation that could stand beside those of the means, so "
        "what its estimation adds to their uncertainty is not known."
    )


class Steps:
    """The share of treated on either side of the median of the first covariate."""

    def fit(self, x, d):
        self.middle = np.median(x[:, 0])
        self.shares = [d[x[:, 0] <= self.middle].mean(), d[x[:, 0] > self.middle].mean()]
        return self

    def predict_proba(self, x):
        p = np.where(x[:, 0] > self.middle, self.shares[1], self.shares[0])
        return np.column_stack([1 - p, p])


def test_one_step_is_close_to_estimating_again_without_the_row():
    y, d, x, _ = cohort(n=200)
    psi, start = oracle.inverse_probability(y, d, x, "ATT")
    theta = oracle.solve(psi, start)
    steps = oracle.left_out(psi, theta)[:, -1]
    again = []
    for i in range(0, 200, 10):
        rows = np.arange(200) != i
        means, _ = weighted_means(y[rows], weigh(d[rows], x[rows], "inverse_probability", "ATT"))
        again.append(theta[-1] - means.counterfactual)
    assert np.corrcoef(again, steps[::10])[0, 1] > 0.999


def test_degrees_of_freedom_average_to_what_is_left():
    rng = np.random.default_rng(1)
    m, k = 12, 3
    inverse = [1 / oracle.degrees_of_freedom(rng.standard_normal(m), k) for _ in range(20_000)]
    assert np.mean(inverse) == pytest.approx(1 / (m - k), rel=0.01)


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATC"])
def test_entropy_balancing_is_the_solution_of_its_primal_problem(estimand):
    _, d, x, _ = cohort(n=40, seed=8)
    found = weigh(d, x, "entropy_balancing", estimand)
    target = {"ATE": np.ones(len(d)), "ATT": d, "ATC": 1 - d}[estimand] == 1
    scaled = oracle.scaled(x)
    for arm in (d == 1, d == 0):
        if np.array_equal(arm, target):
            wanted = np.full(int(arm.sum()), 1 / arm.sum())
        else:
            wanted = oracle.entropy_weights(scaled[arm], scaled[target].mean(axis=0))
        assert found.shares[arm] == pytest.approx(wanted, abs=2e-7)


@st.composite
def small(draw):
    """Integer covariates, so that targets at the edge of the hull and beyond abound."""
    n = draw(st.integers(10, 20))
    d = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    x = np.array([draw(st.lists(st.integers(0, top), min_size=n, max_size=n)) for top in (5, 3)], float).T
    assume(4 <= d.sum() <= n - 4)
    return d, x


@given(small(), st.sampled_from(["ATE", "ATT", "ATC"]))
def test_balance_is_found_exactly_where_linear_programming_says_it_exists(data, estimand):
    d, x = data
    target = {"ATE": np.ones(len(d)), "ATT": d, "ATC": 1 - d}[estimand] == 1
    reweighted = [arm for arm in (d == 1, d == 0) if not np.array_equal(arm, target)]
    for arm in reweighted:
        assume(np.linalg.matrix_rank(oracle.with_constant(x[arm])) == 3)
    centre = x[target].mean(axis=0)
    well = all(oracle.inside(x[arm], centre, 1e-4) for arm in reweighted)
    barely = all(oracle.inside(x[arm], centre, 0.0) for arm in reweighted)
    assume(well == barely)
    if well:
        found = weigh(d, x, "entropy_balancing", estimand)
        for arm in (d == 1, d == 0):
            assert found.shares[arm] @ x[arm] == pytest.approx(centre, abs=1e-8)
            assert np.all(found.shares[arm] > 0)
    else:
        with pytest.raises(DataError):
            weigh(d, x, "entropy_balancing", estimand)


# --- other packages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["inverse_probability", "covariate_balancing_propensity"])
def test_means_and_covariance_are_those_of_delicatessen(method):
    y, d, x = nsw()
    golden = GOLDEN["stacks"][method]
    found = weigh(d, x, method, "ATE")
    means, _ = weighted_means(y, found)
    assert [means.treated, means.counterfactual] == pytest.approx(golden["means"], rel=1e-8)
    plain = row_errors(found.design, found.indices, equations(y, found), left_out=False)
    assert (plain.T @ plain).ravel() == pytest.approx(np.ravel(golden["covariance"]), rel=1e-7)


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATC"])
def test_estimate_and_standard_error_are_those_of_statsmodels(estimand):
    """Its standard error rests on numerical derivatives: 1e-5."""
    y, d, x = nsw()
    golden = GOLDEN["statsmodels"][f"ipw_{estimand.lower()}"]
    found = weigh(d, x, "inverse_probability", estimand)
    means, _ = weighted_means(y, found)
    assert means.value("difference") == pytest.approx(golden["estimate"], rel=1e-8)
    plain = row_errors(found.design, found.indices, equations(y, found), left_out=False)
    assert np.sqrt(np.sum((plain[:, 0] - plain[:, 1]) ** 2)) == pytest.approx(golden["se"], rel=1e-5)


@pytest.mark.parametrize(
    ("method", "estimand", "estimate", "std_error"),
    [
        ("entropy_balancing", "ATT", 1270.73, 649.22),
        ("covariate_balancing_propensity", "ATT", 1270.73, 649.22),
        ("inverse_probability", "ATT", 1180.41, 649.33),
        ("overlap", "ATO", 1149.30, 644.54),
    ],
)
def test_national_supported_work_against_the_survey(method, estimand, estimate, std_error):
    data = effekt.datasets.nsw_cps()
    y, d = (np.array(data.values(name), float) for name in ("re78", "treat"))
    x = np.column_stack([np.array(data.values(name), float) for name in COVARIATES])
    means, found = weighted_means(y, weigh(d, x, method, estimand, COVARIATES))
    assert means.value("difference") == pytest.approx(estimate, abs=0.005)
    assert found.std_error(means, "difference") == pytest.approx(std_error, abs=0.005)


# --- what must be so --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
def test_entropy_balancing_and_the_balancing_propensity_are_one(estimand):
    y, d, x, _ = cohort()
    first, second = (
        weigh(d, x, method, estimand) for method in ("entropy_balancing", "covariate_balancing_propensity")
    )
    assert first.shares == pytest.approx(second.shares, rel=1e-8)
    (_, one), (_, other) = (weighted_means(y, found) for found in (first, second))
    assert one.covariance == pytest.approx(other.covariance, rel=1e-8)


@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_shares_add_to_one_and_balance(method, estimand):
    _, d, x, _ = cohort()
    found = weigh(d, x, method, estimand)
    sums = [found.shares[arm] @ np.column_stack([np.ones(arm.sum()), x[arm]]) for arm in (d == 1, d == 0)]
    assert [total[0] for total in sums] == pytest.approx([1, 1], rel=1e-12)
    assert np.all(found.shares > 0)
    if method != "inverse_probability":  # overlap weights balance exactly too (Li, Morgan & Zaslavsky 2018, theorem 3)
        assert sums[0] == pytest.approx(sums[1], rel=1e-9)
    if method == "entropy_balancing":
        target = {"ATE": np.ones(len(d)), "ATT": d, "ATC": 1 - d}[estimand] == 1
        assert sums[0][1:] == pytest.approx(x[target].mean(axis=0), rel=1e-9)


def test_squares_balance_the_variances():
    _, d, x, _ = cohort(n=200)
    wider, names = with_squares(x, ["a", "b", "c"])
    assert names == ("a", "b", "c", "a²", "b²")
    found = weigh(d, wider, "entropy_balancing", "ATT", names)
    arms = (d == 1, d == 0)
    spreads = [found.shares[arm] @ (x[arm] - found.shares[arm] @ x[arm]) ** 2 for arm in arms]
    assert spreads[0] == pytest.approx(spreads[1], rel=1e-8)


@given(
    st.sampled_from(EVERY),
    st.integers(0, 40),
    st.lists(st.integers(-4, 4), min_size=9, max_size=9).filter(
        lambda m: abs(np.linalg.det(np.reshape(m, (3, 3)))) > 0.5
    ),
    st.permutations(range(50)),
    st.sampled_from([(0.0, 1.0), (100.0, 3.0), (-7.5, 0.01)]),
)
def test_no_weight_depends_on_units_or_order_and_no_effect_on_the_outcomes_origin(which, seed, matrix, order, outcome):
    y, d, x, _ = cohort(n=50, seed=seed, shift=0.3)
    method, estimand = which
    try:
        first = weigh(d, x, method, estimand)
    except DataError:
        with pytest.raises(DataError):
            weigh(d, x @ np.reshape(matrix, (3, 3)) + 5, method, estimand)
        return
    turned = weigh(d, x @ np.reshape(matrix, (3, 3)) + 5, method, estimand)
    assert turned.shares == pytest.approx(first.shares, rel=1e-6)
    order = list(order)
    assert weigh(d[order], x[order], method, estimand).shares == pytest.approx(first.shares[order], rel=1e-7)
    (means, found), (moved, other) = (weighted_means(v, first) for v in (y, outcome[0] + outcome[1] * y))
    assert moved.treated == pytest.approx(outcome[0] + outcome[1] * means.treated, rel=1e-12)
    assert isinstance(found, StudentT) == isinstance(other, StudentT)
    if isinstance(found, StudentT):
        scaled = [outcome[1] ** 2 * v for v in found.covariance]
        assert other.covariance == pytest.approx(scaled, rel=1e-7, abs=1e-9 * max(scaled))


def test_two_arms_without_covariates_that_matter_are_those_of_hc3():
    """With equal weights the errors are e_i/(n_a − 1): s²/n_a · n_a/(n_a − 1)."""
    y, d, _, _ = cohort()
    made = [Equation(value=arm * y, share=arm) for arm in (d, 1 - d)]
    errors = row_errors(np.ones((len(y), 1)), (), made)
    wanted = [np.var(y[arm == 1], ddof=1) / (arm.sum() - 1) for arm in (d, 1 - d)]
    assert np.diag(errors.T @ errors) == pytest.approx(wanted, rel=1e-12)


# --- refusals ---------------------------------------------------------------------------------------------------------


def reason(y, d, x, clusters=None, method="inverse_probability", estimand="ATT"):
    _, found = weighted_means(y, weigh(d, x, method, estimand), clusters)
    assert isinstance(found, Unavailable)
    assert found.reason.sv != found.reason.en
    return found.reason.en


def test_why_there_is_no_inference():
    y, d, x, clusters = cohort()
    assert reason(0 * y + 5, d, x) == "There is no within-arm variation, so there is no standard error."
    assert reason(y, d, x, clusters % 5) == "Cluster-robust inference needs at least six clusters; there are 5."
    assert (
        reason(y, d, x, np.where(d == 1, 0, 1 + clusters))
        == "Cluster-robust inference needs at least two clusters in each arm; the treated are in one."
    )
    few = np.r_[np.flatnonzero(d == 1)[:5], np.flatnonzero(d == 0)]
    assert (
        reason(y[few], d[few], x[few, 1:2])
        == "The treated count as 5.0 equally weighted units; below six their uncertainty cannot be estimated."
    )


def test_rows_must_outnumber_parameters():
    rng = np.random.default_rng(2)
    d = np.array([1.0, 0.0] * 7)
    x = rng.normal(0, 1, (14, 3))
    y = rng.normal(0, 1, 14)
    found = weigh(d, x, "entropy_balancing", "ATE")
    assert found.parameters == 10
    wide = rng.normal(0, 1, (14, 5)) * 1e-3 + np.tile(rng.normal(0, 1, (7, 5)), (1, 2)).reshape(14, 5)
    assert reason(y, d, wide, method="entropy_balancing", estimand="ATE") == (
        "There are 14 rows for 14 parameters, so no uncertainty can be estimated."
    )


def test_a_unit_that_determines_a_parameter_alone():
    y, d, x, clusters = cohort()
    alone = np.zeros(len(d))
    alone[np.flatnonzero(d == 1)[0]] = alone[np.flatnonzero(d == 0)[0]] = 1
    wide = np.column_stack([x[:, 0], alone])
    sentence = (
        "One unit or cluster alone determines a parameter that the means rest on, so their uncertainty cannot be "
        "estimated."
    )
    assert reason(y, d, wide, method="entropy_balancing") == sentence
    assert reason(y, d, wide, np.where(alone == 1, 9, clusters), method="entropy_balancing") == sentence


ONES = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
OUTSIDE = (
    "`covariates` must lie where positive weights can balance them; no weights of the controls give the target's means "
    "of 'x0', which lie outside what the controls span. Leave out or coarsen a covariate, or restrict the target to "
    "units that have counterparts."
)
VARIED = np.array([1.0, 4, 2, 3, 2, 1, 3, 5])


@pytest.mark.parametrize(
    ("x", "method", "estimand", "sentence"),
    [
        (
            [VARIED],
            "entropy_balancing",
            "ATO",
            "`estimand` must be 'ATE', 'ATT' or 'ATC' with the method 'entropy_balancing'; got 'ATO'.",
        ),
        ([VARIED], "overlap", "ATT", "`estimand` must be 'ATO' with the method 'overlap'; got 'ATT'."),
        (
            [VARIED],
            "overlapping",
            "ATO",
            "`method` must be 'entropy_balancing', 'covariate_balancing_propensity', 'inverse_probability' or "
            "'overlap'; got 'overlapping'. Did you mean 'overlap'?",
        ),
        (
            [VARIED, 0 * VARIED],
            "overlap",
            "ATO",
            "Column 'x1' must vary; it holds one value. Leave it out of `covariates`.",
        ),
        (
            [VARIED, 2 * VARIED],
            "overlap",
            "ATO",
            "Column 'x1' must not be a linear combination of the other covariates. Leave it out of `covariates`.",
        ),
        (
            [VARIED + 10 * ONES],
            "inverse_probability",
            "ATE",
            "Column 'x0' must not separate treated from controls; each of its values among the "
            "treated is at least the largest among the controls. Leave it out of `covariates`.",
        ),
        (
            [[0, 9, 8, 9, 0, 1, 2, 3]],
            "entropy_balancing",
            "ATT",
            OUTSIDE,
        ),
        (
            [[0, 9, 8, 9, 0, 1, 2, 3]],
            "covariate_balancing_propensity",
            "ATT",
            OUTSIDE,
        ),
        (
            [VARIED, [5, 1, 2, 3, 2, 1, 3, 5]],
            "entropy_balancing",
            "ATT",
            "Column 'x1' must not be a linear combination of the other covariates within the controls. Leave it out of "
            "`covariates`.",
        ),
        (
            [VARIED, [-1, 1, 2, -2, 0, 0, 0, 0]],
            "entropy_balancing",
            "ATT",
            "Column 'x1' must vary within the controls; it holds one value there. Leave it out of `covariates`.",
        ),
        (
            [VARIED, [0, 0, 0, 0, -1, 1, 2, -2]],
            "covariate_balancing_propensity",
            "ATC",
            "Column 'x1' must vary within the treated; it holds one value there. Leave it out of `covariates`.",
        ),
        *(
            (
                [VARIED, [-1, 1, 2, -2, 0, 0, 0, 0]],
                method,
                estimand,
                "Column 'x1' must vary within the controls; it holds one value there. Leave it out of `covariates`.",
            )
            for method, estimand in (
                ("entropy_balancing", "ATE"),
                ("covariate_balancing_propensity", "ATE"),
                ("inverse_probability", "ATT"),
                ("inverse_probability", "ATE"),
                ("overlap", "ATO"),
            )
        ),
        (
            [VARIED, [0, 0, 0, 0, -1, 1, 2, -2]],
            "inverse_probability",
            "ATC",
            "Column 'x1' must vary within the treated; it holds one value there. Leave it out of `covariates`.",
        ),
    ],
)
def test_bad_input(x, method, estimand, sentence):
    with pytest.raises((ArgumentError, DataError)) as refusal:
        weigh(ONES, np.array(x, float).T, method, estimand)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("method", ["entropy_balancing", "covariate_balancing_propensity", "inverse_probability"])
def test_the_arm_that_is_the_target_needs_no_variation(method):
    """It is not reweighted: the others are given its one value as their mean, or come near it."""
    found = weigh(ONES, np.array([VARIED, [0, 0, 0, 0, -1, 1, 2, -2]], float).T, method, "ATT")
    assert np.all(found.arms[0].values[:4] == 1)


# --- the spread of the weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "status"),
    [
        (np.ones(24), "ok"),
        (np.r_[np.ones(12), 2.0, np.ones(11)], "warning"),
        (np.r_[np.ones(12), 90, np.ones(11)], "failed"),
    ],
)
def test_large_weights_are_told(weights, status):
    treated = np.arange(24) < 12
    found = weight_spread(treated=treated, weights=weights)
    assert found.status == status
    share = weights[12:].max() / weights[12:].sum()
    assert found.values["max_share_controls"] == pytest.approx(share)
    assert found.values["effective_controls"] == pytest.approx(weights[12:].sum() ** 2 / np.sum(weights[12:] ** 2))
    assert f"{share:.1%} of the controls" in found.statement.en
    assert f"{share:.1%}".replace(".", ",").replace("%", "\N{NO-BREAK SPACE}%") in found.statement.sv

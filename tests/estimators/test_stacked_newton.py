"""The variance `m_estimation` against one Newton step of the whole stack without each row, by complex steps.

Parameters come from statsmodels (Logit, OLS) or a root finder, all equations stand in one vector, and the Jacobian of
the sum over all rows but one is differentiated as it stands: no block, no index and no formula of `_m_estimation` is
used.

    θ̂ − θ̂₍ᵢ₎ ≈ (Σ_{j≠i} ∂ψ_j/∂θ')⁻¹ Σ_{j≠i} ψ_j(θ̂),    V = Σ_i (c'(θ̂ − θ̂₍ᵢ₎))²

statsmodels' own `TreatmentEffect` has V₀ = A⁻¹(Σψψ')A⁻ᵀ, without leaving out (`tests/goldens/weighting`). With A the
Jacobian of all rows and A_i that of row i, since Σψ = 0, the two differ by exactly (I − A⁻¹A_i)⁻¹ in each row's term.
"""

import numpy as np
import pytest
from scipy.optimize import root
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS
from statsmodels.treatment.treatment_effects import TreatmentEffect

import effekt

STEP = 1e-30
COVARIATES = ["baseline", "age"]


def cohort(n=70, seed=4):
    data = effekt.datasets.observational(rng=seed, n=n, share_treated=0.4, confounding=0.5).table.to_pandas()
    data["binary"] = (data["outcome"] > data["outcome"].median()).astype(int)
    return data


def arrays(data, outcome="outcome"):
    z = np.column_stack([np.ones(len(data)), (data["baseline"]), (data["age"] - 40) / 10])
    return z, data["treatment"].to_numpy(float), data[outcome].to_numpy(float)


def expit(x):
    return 1 / (1 + np.exp(-x))


def jacobians(psi, theta):
    """(n, k, k): the derivative of each row's equations, by complex steps."""
    found = []
    for j in range(len(theta)):
        moved = theta.astype(complex)
        moved[j] += 1j * STEP
        found.append(psi(moved).imag / STEP)
    return np.stack(found, axis=2)


def steps_without(psi, theta):
    """(n, k): θ̂ less one Newton step from it by all rows but one."""
    each, slopes = psi(theta), jacobians(psi, theta)
    total, slope = each.sum(axis=0), slopes.sum(axis=0)
    assert np.max(np.abs(total)) < 1e-7 * max(1.0, np.max(np.abs(each)))
    return np.array([np.linalg.solve(slope - slopes[i], total - each[i]) for i in range(len(each))])


def weighted_stack(z, d, y, weights):
    """A logit and two weighted means."""

    def psi(theta):
        beta, (first, second) = theta[:3], theta[3:]
        p = expit(z @ beta)
        one, other = weights(p)
        return np.column_stack([(d - p)[:, None] * z, d * one * (y - first), (1 - d) * other * (y - second)])

    beta = Logit(d, z).fit(disp=0, tol=1e-14, maxiter=100).params
    p = expit(z @ beta)
    one, other = weights(p)
    means = [np.sum(d * one * y) / np.sum(d * one), np.sum((1 - d) * other * y) / np.sum((1 - d) * other)]
    return psi, np.array([*beta, *means])


WEIGHTS = {
    ("inverse_probability", "ATE"): lambda p: (1 / p, 1 / (1 - p)),
    ("inverse_probability", "ATT"): lambda p: (1 + 0 * p, p / (1 - p)),
    ("inverse_probability", "ATC"): lambda p: ((1 - p) / p, 1 + 0 * p),
    ("overlap", "ATO"): lambda p: (1 - p, p),
}


@pytest.mark.parametrize(("method", "estimand"), WEIGHTS)
def test_weighted_means(method, estimand):
    data = cohort()
    match = {"unit": "unit", "treatment": "treatment", "covariates": COVARIATES, "method": method, "estimand": estimand}
    effect = effekt.matched_comparison(data, match=match, outcome="outcome")
    moved = steps_without(*weighted_stack(*arrays(data), WEIGHTS[method, estimand]))
    own = moved[:, 3] - moved[:, 4]
    assert effect.std_error == pytest.approx(np.sqrt(np.sum(own**2)), rel=1e-8)
    first, cross, second = effect.inference.covariance
    assert (first, cross, second) == pytest.approx(
        (moved[:, 3] @ moved[:, 3], moved[:, 3] @ moved[:, 4], moved[:, 4] @ moved[:, 4]), rel=1e-8, abs=1e-12
    )
    spread = (len(own) - 5) * 3 / (len(own) + 2) * np.sum(own**2) ** 2 / np.sum(own**4)
    assert effect.df == pytest.approx(spread, rel=1e-8)


def test_entropy_balancing():
    data = cohort()
    z, d, y = arrays(data)

    def psi(theta):
        beta, (first, second) = theta[:3], theta[3:]
        w = np.exp(z @ beta)
        return np.column_stack([((1 - d) * w - d)[:, None] * z, d * (y - first), (1 - d) * w * (y - second)])

    solved = root(lambda beta: (((1 - d) * np.exp(z @ beta) - d)[:, None] * z).sum(axis=0), np.zeros(3), tol=1e-14)
    w = (1 - d) * np.exp(z @ solved.x)
    theta = np.array([*solved.x, np.sum(d * y) / d.sum(), np.sum(w * y) / w.sum()])
    moved = steps_without(psi, theta)
    match = {"unit": "unit", "treatment": "treatment", "covariates": COVARIATES, "method": "entropy_balancing"}
    effect = effekt.matched_comparison(data, match=match, outcome="outcome")
    assert effect.estimate == pytest.approx(theta[3] - theta[4], rel=1e-8)
    assert effect.std_error == pytest.approx(np.sqrt(np.sum((moved[:, 3] - moved[:, 4]) ** 2)), rel=1e-8)


def augmented_stack(z, d, y, estimand, model):
    """A logit, a regression in each arm (of the ATT among the controls alone), and two augmented means."""
    inverse = expit if model == "logistic" else (lambda index: index)
    fits = [
        (
            Logit(y[arm], z[arm]).fit(disp=0, tol=1e-14, maxiter=100)
            if model == "logistic"
            else OLS(y[arm], z[arm]).fit()
        )
        for arm in (d == 1, d == 0)
    ]

    def values(theta):
        p, treated, control = expit(z @ theta[:3]), inverse(z @ theta[3:6]), inverse(z @ theta[6:9])
        if estimand == "ATE":
            return p, treated + d / p * (y - treated), control + (1 - d) / (1 - p) * (y - control), 1 + 0 * d
        return p, d * y, d * control + (1 - d) * p / (1 - p) * (y - control), d

    def psi(theta):
        p, first, second, share = values(theta)
        left = [d * (y - inverse(z @ theta[3:6])), (1 - d) * (y - inverse(z @ theta[6:9]))]
        return np.column_stack(
            [
                *((one[:, None] * z) for one in (d - p, *left)),
                first - share * theta[9],
                second - share * theta[10],
            ]
        )

    theta = np.array(
        [*Logit(d, z).fit(disp=0, tol=1e-14, maxiter=100).params, *fits[0].params, *fits[1].params, 0.0, 0]
    )
    _, first, second, share = values(theta)
    theta[9:] = np.sum(first) / np.sum(share), np.sum(second) / np.sum(share)
    return psi, theta


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("model", ["linear", "logistic"])
def test_doubly_robust_means(estimand, model):
    data, outcome = cohort(90), "binary" if model == "logistic" else "outcome"
    effect = effekt.doubly_robust(
        data, outcome=outcome, treatment="treatment", covariates=COVARIATES, estimand=estimand, outcome_model=model
    )
    psi, theta = augmented_stack(*arrays(data, outcome), estimand, model)
    moved = steps_without(psi, theta)
    assert effect.estimate == pytest.approx(theta[9] - theta[10], rel=1e-8)
    assert effect.std_error == pytest.approx(np.sqrt(np.sum((moved[:, 9] - moved[:, 10]) ** 2)), rel=1e-8)


def test_statsmodels_has_the_same_without_leaving_out():
    """`TreatmentEffect.aipw` by GMM, to its numerical derivatives; each row's term then differs by (I − A⁻¹A_i)⁻¹."""
    data = cohort(90)
    z, d, y = arrays(data)
    psi, theta = augmented_stack(z, d, y, "ATE", "linear")
    each, slopes = psi(theta), jacobians(psi, theta)
    whole = np.linalg.inv(slopes.sum(axis=0))
    plain = each @ whole.T
    difference = plain[:, 9] - plain[:, 10]
    theirs = TreatmentEffect(OLS(y, z), d.astype(int), results_select=Logit(d, z).fit(disp=0, tol=1e-12)).aipw()
    assert float(np.ravel(theirs.effect)[0]) == pytest.approx(theta[9] - theta[10], rel=1e-6)
    n = len(y)
    bse = float(theirs.results_gmm.bse[0])
    assert bse == pytest.approx(np.sqrt(np.sum(difference**2)), rel=1e-4)
    left_out = np.array([np.linalg.solve(np.eye(11) - whole @ slopes[i], plain[i]) for i in range(n)])
    effect = effekt.doubly_robust(data, outcome="outcome", treatment="treatment", covariates=COVARIATES)
    assert effect.std_error == pytest.approx(np.sqrt(np.sum((left_out[:, 9] - left_out[:, 10]) ** 2)), rel=1e-8)
    assert effect.std_error > bse

"""Weighting and doubly robust estimation as one stack of estimating equations, solved and differentiated generically.

Every estimator is a function ψ(θ) → (n, K), one row per unit, the last two parameters being the treated and the
counterfactual mean. Roots are found by scipy's general solver; derivatives are by complex step, which has no rounding:
f'(x) = Im f(x + ih)/h (Squire & Trapp 1998, doi:10.1137/S003614459631241X). Shares no code with the package.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog, minimize, root
from scipy.special import erfc

STEP = 1e-30


def expit(x):
    return 1 / (1 + np.exp(-x))


def with_constant(x):
    return np.column_stack([np.ones(len(x)), x])


def scaled(x):
    """The covariates at mean 0 and SD 1, so that the solver starts near the root."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


# --- estimators as ψ(θ) -----------------------------------------------------------------------------------------------


def inverse_probability(y, d, x, estimand):
    """Logistic maximum likelihood, then Hájek means; for ATE, ATT, ATC and ATO."""
    z = with_constant(scaled(x))
    k = z.shape[1]

    def psi(theta):
        beta, (m1, m0) = theta[:k], theta[k:]
        e = expit(z @ beta)
        h = {"ATE": 1, "ATT": e, "ATC": 1 - e, "ATO": e * (1 - e)}[estimand]  # the tilting function
        w1, w0 = h / e, h / (1 - e)
        return np.column_stack([z * (d - e)[:, None], d * w1 * (y - m1), (1 - d) * w0 * (y - m0)])

    return psi, np.r_[np.zeros(k), y[d == 1].mean(), y[d == 0].mean()]


def probit_probability(y, d, x, estimand):
    """Probit maximum likelihood, then Hájek means; for ATE, ATT, ATC and ATO."""
    z = with_constant(scaled(x))
    k = z.shape[1]

    def psi(theta):
        index, (m1, m0) = z @ theta[:k], theta[k:]
        e = erfc(-index / np.sqrt(2)) / 2
        density = np.exp(-(index**2) / 2) / np.sqrt(2 * np.pi)
        h = {"ATE": 1, "ATT": e, "ATC": 1 - e, "ATO": e * (1 - e)}[estimand]
        w1, w0 = h / e, h / (1 - e)
        score = (d - e) * density / (e * (1 - e))  # of d log Φ + (1 − d) log(1 − Φ)
        return np.column_stack([z * score[:, None], d * w1 * (y - m1), (1 - d) * w0 * (y - m0)])

    return psi, np.r_[np.zeros(k), y[d == 1].mean(), y[d == 0].mean()]


def balancing_propensity(y, d, x, estimand):
    """Imai & Ratkovic's moments, of which equal sums of weighted covariates are the just-identified form."""
    z = with_constant(scaled(x))
    k = z.shape[1]

    def psi(theta):
        beta, (m1, m0) = theta[:k], theta[k:]
        e = expit(z @ beta)
        h = {"ATE": 1, "ATT": e, "ATC": 1 - e}[estimand]
        w1, w0 = h / e, h / (1 - e)
        return np.column_stack([z * (d * w1 - (1 - d) * w0)[:, None], d * w1 * (y - m1), (1 - d) * w0 * (y - m0)])

    return psi, np.r_[np.zeros(k), y[d == 1].mean(), y[d == 0].mean()]


def entropy_balancing(y, d, x, estimand):
    """Hainmueller's dual: the target's means m, then λ of each reweighted arm with Σ exp(λ'(x − m))(x − m) = 0."""
    x = scaled(x)
    p = x.shape[1]
    target = {"ATE": np.ones(len(d)), "ATT": d, "ATC": 1 - d}[estimand]
    controls = 1 - d

    def psi(theta):
        m, lambdas, (m1, m0) = theta[:p], theta[p:-2].reshape(-1, p), theta[-2:]
        reweighted = {"ATE": (0, 1), "ATT": (None, 0), "ATC": (0, None)}[estimand]
        parts, last = [target[:, None] * (x - m)], []
        for arm, mean, number in ((d, m1, reweighted[0]), (controls, m0, reweighted[1])):
            w = arm if number is None else arm * np.exp((x - m) @ lambdas[number])
            if number is not None:
                parts.append(w[:, None] * (x - m))
            last.append(w * (y - mean))
        return np.column_stack([*parts, *last])

    start = np.r_[
        x[target == 1].mean(axis=0), np.zeros(p * (2 if estimand == "ATE" else 1)), y[d == 1].mean(), y[d == 0].mean()
    ]
    return psi, start


def entropy_index(y, d, x, estimand):
    """The same weights as functions of an index with a constant: Σ arm e^{z'β} z = Σ target z for each reweighted arm.

    The plain sandwich is the same as above; what leaving a row out does is told in these terms.
    """
    z = with_constant(scaled(x))
    k = z.shape[1]
    target = {"ATE": np.ones(len(d)), "ATT": d, "ATC": 1 - d}[estimand]
    reweighted = {"ATE": (True, True), "ATT": (False, True), "ATC": (True, False)}[estimand]

    def psi(theta):
        betas, parts, last = theta[:-2].reshape(-1, k), [], []
        for arm, mean, needed in ((d, theta[-2], reweighted[0]), (1 - d, theta[-1], reweighted[1])):
            w = arm
            if needed:
                w = arm * np.exp(z @ betas[len(parts)])
                parts.append(z * (w - target)[:, None])
            last.append(w * (y - mean))
        return np.column_stack([*parts, *last])

    return psi, np.r_[np.zeros(k * sum(reweighted)), y[d == 1].mean(), y[d == 0].mean()]


def augmented(y, d, x, estimand, outcome_model="linear", groups=None):
    """AIPW with a logistic propensity and a regression in each arm; with groups two means for each of them."""
    z = with_constant(scaled(x))
    k = z.shape[1]
    both = estimand == "ATE"
    groups = np.zeros(len(y), int) if groups is None else groups
    link = expit if outcome_model == "logistic" else (lambda index: index)

    def psi(theta):
        beta, b0, b1 = theta[:k], theta[k : 2 * k], theta[2 * k : 3 * k]
        means = theta[(3 if both else 2) * k :].reshape(-1, 2)
        e, f0 = expit(z @ beta), link(z @ b0)
        parts = [z * (d - e)[:, None], z * ((1 - d) * (y - f0))[:, None]]
        if both:
            f1 = link(z @ b1)
            parts.append(z * (d * (y - f1))[:, None])
            first, second = f1 + d * (y - f1) / e, f0 + (1 - d) * (y - f0) / (1 - e)
            share = np.ones(len(y))
        else:
            first, second, share = d * y, d * f0 + (1 - d) * e / (1 - e) * (y - f0), d
        for g, (m1, m0) in enumerate(means):
            parts += [((groups == g) * (first - share * m1))[:, None], ((groups == g) * (second - share * m0))[:, None]]
        return np.column_stack(parts)

    n_groups = len(np.unique(groups))
    start = np.r_[np.zeros((3 if both else 2) * k), [y.mean() * (outcome_model == "linear")] * (2 * n_groups)]
    return psi, start


ESTIMATORS = {
    "inverse_probability": inverse_probability,
    "overlap": inverse_probability,
    "covariate_balancing_propensity": balancing_propensity,
    "entropy_balancing": entropy_balancing,
}


# --- generic solving and sandwiches -----------------------------------------------------------------------------------


def derivative(function, theta):
    """Jacobian by complex step; function returns (m,)."""
    columns = []
    for j in range(len(theta)):
        moved = theta.astype(complex)
        moved[j] += 1j * STEP
        columns.append(function(moved).imag / STEP)
    return np.column_stack(columns)


def solve(psi, start):
    """θ with Σψ = 0; an error when the solver does not get there."""

    def total(theta):
        return psi(theta).mean(axis=0)

    def real(theta):
        return np.real(total(theta))

    with np.errstate(all="ignore"):
        found = root(real, start, jac=lambda theta: derivative(total, theta), tol=1e-13)
        theta = found.x
        for _ in range(3):
            theta = theta - np.linalg.solve(derivative(total, theta), real(theta))
    if not np.max(np.abs(real(theta))) < 1e-11 * max(1.0, np.max(np.abs(theta))):
        raise ArithmeticError(found.message)
    return theta


def sandwich(psi, theta):
    """A⁻¹BA⁻ᵀ of all parameters."""
    bread = np.linalg.inv(-derivative(lambda t: psi(t).sum(axis=0), theta))
    rows = np.real(psi(theta))
    return bread @ rows.T @ rows @ bread.T


def left_out(psi, theta, clusters=None):
    """(A − A_c)⁻¹ψ_c of each row or cluster, (m, K)."""
    n = len(psi(theta))
    clusters = np.arange(n) if clusters is None else clusters
    whole = -derivative(lambda t: psi(t).sum(axis=0), theta)
    found = []
    for c in np.unique(clusters):
        rows = clusters == c
        own = -derivative(lambda t, rows=rows: psi(t)[rows].sum(axis=0), theta)
        found.append(np.linalg.solve(whole - own, np.real(psi(theta))[rows].sum(axis=0)))
    return np.array(found)


def degrees_of_freedom(errors, k):
    """3 (m − k)/(m + 2) (Σφ²)²/Σφ⁴ of one contrast."""
    m = len(errors)
    return 3 * (m - k) / (m + 2) * np.sum(errors**2) ** 2 / np.sum(errors**4)


# --- other roads to the same weights ----------------------------------------------------------------------------------


def entropy_weights(x, target):
    """The primal problem itself: weights of least Σ w log w with Σ w = 1 and Σ w x = target, by a general minimiser."""
    n = len(x)
    conditions = [
        {"type": "eq", "fun": lambda w: np.sum(w) - 1},
        {"type": "eq", "fun": lambda w: w @ x - target},
    ]
    found = minimize(
        lambda w: np.sum(w * np.log(w)),
        np.full(n, 1 / n),
        jac=lambda w: np.log(w) + 1,
        bounds=[(1e-12, 1)] * n,
        constraints=conditions,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    return found.x


def inside(x, target, margin=1e-6):
    """Whether weights of at least `margin` each give the target's means: an interior point of the hull of the rows."""
    n = len(x)
    found = linprog(
        np.zeros(n),
        A_eq=np.vstack([np.ones(n), x.T]),
        b_eq=np.r_[1.0, target],
        bounds=[(margin, None)] * n,
        method="highs",
    )
    return found.status == 0

"""W2 and W3: each treated person with the nearest control, ten controls to choose from; `n` is the number treated.

Options: propensity (logistic, ten covariates, caliper 0.2 standard deviations) and mahalanobis (no caliper), each with
a control used once (`once`) or again (`again`), or once in the pairs whose distances have the least sum (`optimal`).
That on the propensity has no caliper, three controls to choose from and strong selection: those are treated who stand
highest, so that they crowd where controls are few.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from measure import MissingToolError, in_r, main

NAMES = [f"x{i}" for i in range(10)]
CALIPER = 0.2
WORKERS = int(os.environ.get("OMP_NUM_THREADS", "1"))
"""The threads of the run, for peers that must be told: the environment alone moves neither tree."""


@dataclass
class Problem:
    y: Any
    w: Any
    x: Any

    def frame(self) -> Any:
        import pandas as pd

        frame = pd.DataFrame(self.x, columns=NAMES)
        frame["w"], frame["y"], frame["unit"] = self.w.astype(int), self.y, np.arange(len(self.y))
        return frame

    def score(self) -> Any:
        """The fitted log odds, by scikit-learn with next to no penalty."""
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=1e9, tol=1e-10, max_iter=500).fit(self.x, self.w).decision_function(self.x)

    def whitened(self) -> Any:
        """By the covariance within the arms, as MatchIt and effekt have it; Matching takes that of everyone."""
        within = [np.cov(self.x[arm].T) * (arm.sum() - 1) for arm in (self.w, ~self.w)]
        return self.x @ np.linalg.cholesky(np.linalg.inv(sum(within) / (len(self.w) - 2)))


def problem(n: int, option: str) -> Problem:
    rng, crowd = np.random.default_rng(12), option == "propensity-optimal"
    size = (4 if crowd else 11) * n
    x = rng.standard_normal((size, 10))
    s = x @ np.linspace(-0.5, 0.5, 10)
    if crowd:
        wish = s + rng.logistic(size=size)
        w = wish >= np.sort(wish)[-n]
    else:
        w = rng.random(size) < 1 / (1 + np.exp(2.75 - s))
    y = w + x @ np.linspace(0.1, 1, 10) + 0.3 * s * s + rng.standard_normal(size)
    return Problem(y, w, x)


def of_pairs(treated: Any, controls: Any) -> dict[str, float]:
    d = treated - controls
    return {"estimate": float(d.mean()), "pairs": len(d)}


def pooled(score: Any, w: Any) -> float:
    return float(np.sqrt((np.var(score[w], ddof=1) + np.var(score[~w], ddof=1)) / 2))


def effekt(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """The match with all its checks, and the comparison with its inference."""
    from effekt import match_controls, matched_comparison

    frame = p.frame()

    def call() -> dict[str, float]:
        match = match_controls(frame, **arguments(option))
        variance = "abadie_imbens" if option.endswith("again") else None  # with controls again there is none by default
        found = matched_comparison(frame, match=match, outcome="y", variance=variance)
        return {"estimate": found.difference().estimate, "pairs": found.sample.n_treated}

    return call


def without_balance(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """The same call with the checks of balance and overlap left out: pairs, counts, digests and the comparison."""
    from effekt.estimators.matching import controls

    match = effekt_match(option)
    controls._checks = lambda *_: (match.balance, match.overlap)
    return effekt(p, option)


def effekt_match(option: str) -> Any:
    """A match of few, for its arguments and for checks that cost nothing."""
    from effekt import match_controls

    return match_controls(problem(100, option).frame(), **arguments(option))


def arguments(option: str) -> dict[str, Any]:
    distance, use = option.split("-")
    return {
        "unit": "unit",
        "treatment": "w",
        "covariates": NAMES,
        "distance": distance,
        "method": "optimal" if use == "optimal" else "nearest",
        "caliper": CALIPER if distance == "propensity" and use != "optimal" else None,
        "replace": use == "again",
    }


def pairs_alone(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """What the peers do: the table is read and checked, and the pairs are found; no balance, overlap or inference."""
    from effekt.estimators.matching.controls import design_of
    from effekt.estimators.matching.methods import METHODS

    frame, settings = p.frame(), effekt_match(option).arguments

    def call() -> dict[str, float]:
        design = design_of(frame, settings)
        links = METHODS[settings["method"]].run(design).links
        treated, controls = (np.array(design.cohort.labels.named(rows), int) for rows in (links.treated, links.control))
        return of_pairs(p.y[treated], p.y[controls])

    return call


def nearest(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """scikit-learn's recipe: logistic regression, then its nearest neighbours; with replacement only."""
    from sklearn.neighbors import NearestNeighbors

    if option.endswith("once"):
        raise MissingToolError("not offered")

    def call() -> dict[str, float]:
        points = p.score()[:, None] if option.startswith("propensity") else p.whitened()
        distance, place = NearestNeighbors(n_neighbors=1, n_jobs=WORKERS).fit(points[~p.w]).kneighbors(points[p.w])
        limit = CALIPER * pooled(points[:, 0], p.w) if option.startswith("propensity") else np.inf
        kept = distance[:, 0] <= limit
        return of_pairs(p.y[p.w][kept], p.y[~p.w][place[kept, 0]])

    return call


def kd_tree(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """SciPy's tree on whitened covariates: the nearest of each, which may be one control for several."""
    from scipy.spatial import cKDTree

    if option not in ("mahalanobis-again", "mahalanobis-optimal"):
        raise MissingToolError("not offered")

    def call() -> dict[str, float]:
        z = p.whitened()
        return of_pairs(p.y[p.w], p.y[~p.w][cKDTree(z[~p.w]).query(z[p.w], workers=WORKERS)[1]])

    return call


def dense(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """SciPy's assignment on the matrix of all differences of scikit-learn's scores."""
    from scipy.optimize import linear_sum_assignment

    if option != "propensity-optimal":
        raise MissingToolError("not offered")

    def call() -> dict[str, float]:
        score = p.score()
        rows, columns = linear_sum_assignment(np.abs(score[p.w][:, None] - score[~p.w]))
        return of_pairs(p.y[p.w][rows], p.y[~p.w][columns])

    return call


def faiss(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """Every distance, in single precision."""
    import faiss as library

    if option != "mahalanobis-again":
        raise MissingToolError("not offered")
    library.omp_set_num_threads(WORKERS)

    def call() -> dict[str, float]:
        z = np.ascontiguousarray(p.whitened(), np.float32)
        index = library.IndexFlatL2(z.shape[1])
        index.add(z[~p.w])
        return of_pairs(p.y[p.w], p.y[~p.w][index.search(z[p.w], 1)[1][:, 0]])

    return call


def causalml(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from causalml.match import NearestNeighborMatch

    if option.startswith("mahalanobis"):
        raise MissingToolError("not offered")
    frame = p.frame()

    def call() -> dict[str, float]:
        own = frame.copy()
        own["score"] = p.score()
        matcher = NearestNeighborMatch(
            caliper=CALIPER, replace=option.endswith("again"), random_state=1, n_jobs=WORKERS
        )
        matcher.match(own, "w", ["score"])
        pairs = matcher.matched_indexes_
        return of_pairs(p.y[pairs["from"].to_numpy()], p.y[pairs["to"].to_numpy()])

    return call


FRAME = "d <- as.data.frame(x); names(d) <- paste0('x', 0:9); d$w <- w[, 1]; y <- y[, 1]\n"
FORMULA = f"w ~ {' + '.join(NAMES)}"


def matchit(p: Problem, option: str) -> dict[str, Any]:
    how = (
        f"distance='glm', link='linear.logit', caliper={CALIPER}"
        if option.startswith("propensity")
        else "distance='mahalanobis'"
    )
    replace = "TRUE" if option.endswith("again") else "FALSE"
    return in_r(
        ("MatchIt",),
        {"x": p.x, "y": p.y, "w": p.w},
        FRAME
        + f"""call <- function() {{
          m <- matchit({FORMULA}, data=d, method='nearest', {how}, replace={replace})$match.matrix[, 1]
          ok <- !is.na(m); e <- y[as.integer(names(m))[ok]] - y[as.integer(m[ok])]
          list(estimate=mean(e), pairs=sum(ok))
        }}""",
    )


def r_matching(p: Problem, option: str) -> dict[str, Any]:
    if option.startswith("propensity"):
        how = f"X=glm({FORMULA}, data=d, family=binomial)$linear.predictors, caliper={CALIPER}"
    else:
        how = "X=x, Weight=2"
    replace = "TRUE" if option.endswith("again") else "FALSE"
    return in_r(
        ("Matching",),
        {"x": p.x, "y": p.y, "w": p.w},
        FRAME
        + f"""call <- function() {{
          m <- Match(Y=y, Tr=d$w, {how}, M=1, replace={replace}, ties=TRUE, distance.tolerance=0, estimand='ATT')
          list(estimate=m$est[1], pairs=length(unique(m$index.treated)))
        }}""",
    )


TOOLS = {
    "effekt": ("effekt", effekt),
    "no balance": ("effekt", without_balance),
    "pairs alone": ("effekt", pairs_alone),
    "scikit-learn": ("scikit-learn", nearest),
    "SciPy cKDTree": ("scipy", kd_tree),
    "SciPy assignment": ("scipy", dense),
    "faiss": ("faiss-cpu", faiss),
    "causalml": ("causalml", causalml),
    "MatchIt": ("", matchit),
    "Matching": ("", r_matching),
}

if __name__ == "__main__":
    main(problem, TOOLS)

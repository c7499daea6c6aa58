"""W6: 9,999 permutations of a binary treatment, or draws of the wild cluster bootstrap with the null imposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from measure import MissingToolError, in_r, main

DRAWS = 9_999
CLUSTERS = {"wild-50": 50, "wild-1000": 1_000}


@dataclass
class Problem:
    y: Any
    w: Any
    x: Any = None
    cluster: Any = None


def problem(n: int, option: str) -> Problem:
    rng = np.random.default_rng(13)
    if option in CLUSTERS:
        cluster = np.sort(rng.integers(0, CLUSTERS[option], n))
        w = cluster % 2 == 0
        shared = 0.3 * rng.standard_normal(CLUSTERS[option])[cluster]
        x = rng.standard_normal(n)
        return Problem(1 + 0.05 * w + 0.5 * x + shared + rng.standard_normal(n), w, x, cluster)
    w = rng.permutation(n) < n // 2
    return Problem(1 + 0.01 * w + rng.standard_normal(n), w)


def effekt(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from effekt import randomized_trial

    data = {"y": p.y, "d": p.w.astype(float)}
    if option == "permutations":

        def call() -> dict[str, float]:
            found = randomized_trial(
                data, outcome="y", treatment="d", adjustment="none", inference="randomization", draws=DRAWS, rng=1
            )
            return {"estimate": found.estimate, "p": found.p_value()}

        return call
    data |= {"x": p.x, "cluster": p.cluster}

    def wild() -> dict[str, float]:
        found = randomized_trial(
            data, outcome="y", treatment="d", covariates="x", adjustment="additive", cluster="cluster",
            inference="wild_bootstrap", draws=DRAWS, rng=1,
        )  # fmt: skip
        return {"estimate": found.estimate, "p": found.p_value()}

    return wild


def wildboottest(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    import pandas
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    if option not in CLUSTERS:
        raise MissingToolError("not offered")
    design = pandas.DataFrame({"one": 1.0, "w": p.w.astype(float), "x": p.x})
    clusters = pandas.Series(p.cluster)

    def call() -> dict[str, float]:
        model = sm.OLS(p.y, design)
        found = wildboottest(
            model, param="w", cluster=clusters, B=DRAWS, weights_type="rademacher", impose_null=True,
            bootstrap_type="11", seed=1, parallel=False, show=False,
        )  # fmt: skip
        return {"p": float(found["p-value"].iloc[0])}

    return call


def diff_diff(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from diff_diff import wild_bootstrap_se

    if option not in CLUSTERS:
        raise MissingToolError("not offered")
    design = np.column_stack([np.ones(len(p.y)), p.w, p.x])

    def call() -> dict[str, float]:
        slopes = np.linalg.lstsq(design, p.y, rcond=None)[0]
        found = wild_bootstrap_se(design, p.y, p.y - design @ slopes, p.cluster, 1, n_bootstrap=DRAWS, seed=1)
        return {"estimate": float(slopes[1]), "p": float(found.p_value)}

    return call


def scipy(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from scipy.stats import permutation_test

    if option != "permutations":
        raise MissingToolError("not offered")
    a, b = p.y[p.w], p.y[~p.w]

    def statistic(a: Any, b: Any, axis: int) -> Any:
        return a.mean(axis=axis) - b.mean(axis=axis)

    def call() -> dict[str, float]:
        batch = max(1, 20_000_000 // len(p.y))
        found = permutation_test((a, b), statistic, n_resamples=DRAWS, vectorized=True, batch=batch, rng=1)
        return {"estimate": float(found.statistic), "p": float(found.pvalue)}

    return call


def coin(p: Problem, option: str) -> dict[str, Any]:
    if option != "permutations":
        raise MissingToolError("not offered")
    return in_r(
        ("coin",),
        {"y": p.y, "w": p.w},
        f"""d <- data.frame(y=y[, 1], w=factor(w[, 1]))
        call <- function() {{
          o <- oneway_test(y ~ w, data=d, distribution=approximate(nresample={DRAWS}))
          list(estimate=mean(d$y[d$w == 1]) - mean(d$y[d$w == 0]), p=as.numeric(pvalue(o)))
        }}""",
    )


def pyfixest(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    """Its randomisation test of the coefficient, by the faster of its two ways."""
    import pandas
    import pyfixest as pf

    if option != "permutations":
        raise MissingToolError("not offered")
    model = pf.feols("y ~ w", pandas.DataFrame({"y": p.y, "w": p.w.astype(float)}), vcov="HC1")

    def call() -> dict[str, float]:
        found = model.ritest("w", reps=DRAWS, rng=np.random.default_rng(1), choose_algorithm="auto")
        return {"estimate": float(found["Estimate"]), "p": float(found["Pr(>|t|)"])}

    return call


TOOLS = {
    "effekt": ("effekt", effekt),
    "SciPy": ("scipy", scipy),
    "coin": ("", coin),
    "pyfixest": ("pyfixest", pyfixest),
    "wildboottest": ("wildboottest", wildboottest),
    "diff-diff": ("diff-diff", diff_diff),
}

if __name__ == "__main__":
    main(problem, TOOLS)

"""W1: a randomised trial, Lin's regression on ten covariates, with HC2 or, by clusters of about 100, with CR2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from measure import in_r, main

NAMES = [f"x{i}" for i in range(10)]


@dataclass
class Problem:
    y: Any
    w: Any
    x: Any
    cluster: Any

    def frame(self, *, centred: bool = False) -> Any:
        import pandas as pd

        frame = pd.DataFrame(self.x - self.x.mean(axis=0) if centred else self.x, columns=NAMES)
        frame["y"], frame["w"] = self.y, self.w
        if self.cluster is not None:
            frame["cluster"] = self.cluster
        return frame

    def design(self) -> Any:
        centred = self.x - self.x.mean(axis=0)
        return np.column_stack([np.ones(len(self.y)), self.w, centred, centred * self.w[:, None]])


def problem(n: int, option: str) -> Problem:
    rng = np.random.default_rng(11)
    x, slopes = rng.standard_normal((n, 10)), np.linspace(0.1, 1, 10)
    if option == "CR2":
        groups = max(n // 100, 20)
        cluster = np.repeat(np.arange(groups), -(-n // groups))[:n]
        w = (rng.permutation(groups) < groups // 2)[cluster].astype(float)
        shared = 0.3 * rng.standard_normal(groups)[cluster]
    else:
        cluster, w, shared = None, (rng.random(n) < 0.4).astype(float), 0.0
    noise = rng.standard_normal(n) * (1 + 0.5 * w)
    y = 1 + 0.3 * w + x @ slopes + 0.2 * w * (x @ slopes[::-1]) + shared + noise
    return Problem(y, w, x, cluster)


def effekt(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from effekt import randomized_trial

    frame, cluster = p.frame(), None if p.cluster is None else "cluster"

    def call() -> dict[str, float]:
        found = randomized_trial(
            frame, outcome="y", treatment="w", covariates=NAMES, cluster=cluster, population="finite", variance=option
        ).difference()
        return {"estimate": found.estimate, "se": found.std_error}

    return call


def diff_diff(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from diff_diff import LinearRegression

    def call() -> dict[str, float]:
        kind = "hc2" if option == "HC2" else "hc2_bm"
        model = LinearRegression(include_intercept=False, vcov_type=kind, cluster_ids=p.cluster)
        model.fit(p.design(), p.y)
        return {"estimate": float(model.coefficients_[1]), "se": float(model.vcov_[1, 1] ** 0.5)}

    return call


def pyfixest(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    import pyfixest as pf

    frame, n = p.frame(), len(p.y)
    vcov: Any = "HC2" if option == "HC2" else {"CRV3": "cluster"}
    factor = ((n - 22) / n) ** 0.5  # pyfixest multiplies HC2 by n/(n − k)

    def call() -> dict[str, float]:
        own = frame.copy()
        own[NAMES] -= own[NAMES].mean()
        fit = pf.feols(f"y ~ w * ({' + '.join(NAMES)})", own, vcov=vcov)
        return {"estimate": float(fit.coef()["w"]), "se": float(fit.se()["w"]) * factor}

    return call


def statsmodels(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    import statsmodels.api as sm

    def call() -> dict[str, float]:
        fit = sm.OLS(p.y, p.design()).fit(cov_type=option)
        return {"estimate": float(fit.params[1]), "se": float(fit.bse[1])}

    return call


def estimatr(p: Problem, option: str) -> dict[str, Any]:
    clusters = "" if p.cluster is None else "clusters=d$cluster, "
    columns = {"x": p.x, "y": p.y, "w": p.w} | ({} if p.cluster is None else {"cl": p.cluster})
    own = "" if p.cluster is None else "d$cluster <- cl[, 1]"
    return in_r(
        ("estimatr",),
        columns,
        f"""d <- as.data.frame(x); names(d) <- paste0('x', 0:9); d$y <- y[, 1]; d$w <- w[, 1]; {own}
        call <- function() {{
          m <- lm_lin(y ~ w, covariates = ~ {" + ".join(NAMES)}, data=d, {clusters}se_type='{option}')
          list(estimate=unname(coef(m)['w']), se=unname(m$std.error['w']))
        }}""",
    )


TOOLS = {
    "effekt": ("effekt", effekt),
    "diff-diff": ("diff-diff", diff_diff),
    "pyfixest": ("pyfixest", pyfixest),
    "statsmodels": ("statsmodels", statsmodels),
    "estimatr": ("", estimatr),
}

if __name__ == "__main__":
    main(problem, TOOLS)

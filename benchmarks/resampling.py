"""W6: 9,999 permutations of a binary treatment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from measure import MissingToolError, in_r, main

DRAWS = 9_999


@dataclass
class Problem:
    y: Any
    w: Any


def problem(n: int, option: str) -> Problem:
    del option
    rng = np.random.default_rng(13)
    w = rng.permutation(n) < n // 2
    return Problem(1 + 0.01 * w + rng.standard_normal(n), w)


def effekt(p: Problem, option: str) -> Callable[[], dict[str, float]]:
    from effekt import randomized_trial

    if option != "permutations":
        raise MissingToolError("not offered")
    data = {"y": p.y, "d": p.w.astype(float)}

    def call() -> dict[str, float]:
        found = randomized_trial(
            data, outcome="y", treatment="d", adjustment="none", inference="randomization", draws=DRAWS, rng=1
        )
        return {"estimate": found.estimate, "p": found.p_value()}

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


TOOLS = {"effekt": ("effekt", effekt), "SciPy": ("scipy", scipy), "coin": ("", coin)}

if __name__ == "__main__":
    main(problem, TOOLS)

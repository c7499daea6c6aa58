"""W4 and W5: n units over ten periods; two groups with one adoption date, and five cohorts with three covariates."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from measure import MissingToolError, main

PERIODS, COVARIATES = 10, ["x0", "x1", "x2"]
STAGGERED = ("staggered", "staggered-bands")  # without and with bands over every period since adoption
DRAWS = 999


def problem(n: int, option: str) -> Any:
    """One row per unit and period, unit by unit; outcomes as they are drawn, or as a register has them."""
    import pandas

    data = staggered(n) if option in STAGGERED else two_groups(n, rounded=option == "two decimals")
    return pandas.DataFrame(data)


def two_groups(n: int, *, rounded: bool) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    treated = np.isin(np.arange(n), rng.permutation(n)[: n // 2])
    level, noise = rng.standard_normal(n) + 0.5 * treated, rng.standard_normal((n, PERIODS))
    for t in range(1, PERIODS):
        noise[:, t] += 0.5 * noise[:, t - 1]
    d = (treated[:, None] & (np.arange(PERIODS) >= PERIODS // 2)).astype(float)
    y = level[:, None] + 0.1 * np.arange(PERIODS) + 0.5 * d + noise
    time = np.tile(np.arange(PERIODS), n)
    return {
        "unit": np.repeat(np.arange(n), PERIODS),
        "time": time,
        "y": (y.round(2) if rounded else y).ravel(),
        "d": d.ravel(),
        "treated": np.repeat(treated, PERIODS).astype(int),
        "post": (time >= PERIODS // 2).astype(int),
    }


def staggered(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    x, t = rng.standard_normal((n, 3)), np.arange(1, PERIODS + 1)
    ever = rng.random(n) < 1 / (1 + np.exp(-0.3 * x.sum(axis=1)))
    start = np.where(ever, rng.integers(4, 9, n), 0)[:, None]
    y = rng.standard_normal((n, 1)) + 0.1 * t + 0.05 * t * x.sum(axis=1)[:, None] + rng.standard_normal((n, PERIODS))
    y += np.where((start > 0) & (t >= start), 0.5 + 0.1 * (t - start), 0)
    return {
        "unit": np.repeat(np.arange(n), PERIODS),
        "time": np.tile(t, n),
        "y": y.ravel(),
        "start": np.repeat(start[:, 0], PERIODS),
        **{name: np.repeat(x[:, j], PERIODS) for j, name in enumerate(COVARIATES)},
    }


def effekt(data: Any, option: str) -> Callable[[], dict[str, float]]:
    from effekt import difference_in_differences, staggered_adoption
    from effekt.diagnostics import uniform_bands

    names = {"outcome": "y", "unit": "unit", "time": "time"}

    def call() -> dict[str, float]:
        if option in STAGGERED:
            effects = staggered_adoption(data, **names, start="start", never=0, covariates=COVARIATES, variance="CR0")
            study = effects.aggregate("dynamic")
            if option == "staggered-bands":
                uniform_bands(study, rng=1)
            found = effects.aggregate("simple")
        else:
            found = difference_in_differences(data, **names, treatment="d", variance="CR1S")
        return {"estimate": found.estimate, "se": found.std_error}

    return call


def diff_diff(data: Any, option: str) -> Callable[[], dict[str, float]]:
    from diff_diff import CallawaySantAnna, TwoWayFixedEffects

    def call() -> dict[str, float]:
        if option in STAGGERED:
            draws = DRAWS if option == "staggered-bands" else 0
            model = CallawaySantAnna(estimation_method="dr", n_bootstrap=draws, seed=1)
            found = model.fit(data, "y", "unit", "time", "start", covariates=COVARIATES)
            found.aggregate("event_study")
            error = {} if draws else {"se": float(found.overall_se)}  # a drawn one is another number
            return {"estimate": float(found.overall_att), **error}
        model = TwoWayFixedEffects(cluster="unit")
        found = model.fit(data, outcome="y", treatment="treated", post="post", unit="unit")
        return {"estimate": float(found.att)}  # its standard error has another small-sample factor

    return call


def pyfixest(data: Any, option: str) -> Callable[[], dict[str, float]]:
    if option in STAGGERED:
        raise MissingToolError("not offered")
    import pyfixest as pf

    def call() -> dict[str, float]:
        found = pf.feols("y ~ d | unit + time", data, vcov={"CRV1": "unit"})
        return {"estimate": float(found.coef()["d"]), "se": float(found.se()["d"])}

    return call


def csdid(data: Any, option: str) -> Callable[[], dict[str, float]]:
    """Group-time effects, the dynamic and the simple aggregate; with bands each by its multiplier bootstrap."""
    if option not in STAGGERED:
        raise MissingToolError("not offered")
    from csdid.att_gt import ATTgt

    bands = option == "staggered-bands"
    formula = "y ~ " + " + ".join(COVARIATES)

    def call() -> dict[str, float]:
        model = ATTgt(
            yname="y",
            tname="time",
            idname="unit",
            gname="start",
            data=data,
            control_group=["nevertreated"],
            xformla=formula,
            biters=DRAWS,
            cband=bands,
        )
        with redirect_stdout(io.StringIO()):
            model.fit(est_method="dr", base_period="varying", bstrap=bands)
            how = {"bstrap": bands, "cband": bands, "biters": DRAWS}
            model.aggte(typec="dynamic", **how)
            found = model.aggte(typec="simple", **how).atte
        error = {} if bands else {"se": float(found["overall_se"])}  # a drawn one is another number
        return {"estimate": float(found["overall_att"]), **error}

    return call


TOOLS = {
    "effekt": ("effekt", effekt),
    "diff-diff": ("diff-diff", diff_diff),
    "pyfixest": ("pyfixest", pyfixest),
    "csdid": ("csdid", csdid),
}

if __name__ == "__main__":
    main(problem, TOOLS)

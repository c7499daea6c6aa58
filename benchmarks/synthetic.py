"""W7: one unit among n over 120 months, 96 of them before, with every other as placebo.

Options: synthetic control, synthetic difference-in-differences, and the trend-adjusted comparison, which has no peer,
of an outcome and of days over people, units weighing by their people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import main

PERIODS, BEFORE = 120, 96
TREND = ("trend", "trend-weighted")


def problem(n: int, option: str) -> Any:
    """(periods, n) outcomes from three factors and levels of their own; the first unit is treated."""
    rng = np.random.default_rng(7)
    factors = np.cumsum(0.3 * rng.standard_normal((PERIODS, 3)), axis=0)
    levels = 20 + 3 * rng.standard_normal(n)
    drawn = levels + factors @ rng.standard_normal((3, n)) + rng.standard_normal((PERIODS, n))
    return (drawn + 40).round(2) if option in TREND else drawn  # means above zero, for ratios


def _rows(y: Any) -> dict[str, Any]:
    n = y.shape[1]
    return {
        "unit": np.repeat([f"{i:04d}" for i in range(n)], PERIODS),
        "month": np.tile([f"{2010 + t // 12}-{t % 12 + 1:02d}" for t in range(PERIODS)], n),
        "number": np.tile(np.arange(PERIODS), n),
        "y": y.T.ravel(),
    }


def effekt(y: Any, option: str) -> Callable[[], dict[str, float]]:
    from effekt import synthetic_control, synthetic_difference_in_differences, trend_adjusted

    data = {name: column.tolist() for name, column in _rows(y).items()}
    weighted = option == "trend-weighted"
    if weighted:
        people = np.random.default_rng(8).integers(200, 5_000, len(data["y"]))
        data |= {"people": people.tolist(), "days": (np.array(data["y"]) * people / 10).round(1).tolist()}
    design = synthetic_control if option == "control" else synthetic_difference_in_differences

    def trend() -> dict[str, float]:
        found = trend_adjusted(
            data,
            outcome=("days", "people") if weighted else "y",
            unit="unit",
            time="month",
            period="month",
            treated="0000",
            reference_window=("2010-01", "2017-12"),
            evaluation_window=("2018-01", "2019-12"),
            comparator=sorted(set(data["unit"]) - {"0000"}),
            weights="denominator" if weighted else None,
        )
        return {"estimate": found.estimate, "p": found.p_value()}

    def call() -> dict[str, float]:
        found = design(
            data, outcome="y", unit="unit", time="month", period="month", treated="0000", first_treated="2018-01"
        )
        return {"estimate": found.estimate, "p": found.p_value()}

    return trend if option in TREND else call


def diff_diff(y: Any, option: str) -> Callable[[], dict[str, float]]:
    import pandas
    from diff_diff import SyntheticControl, SyntheticDiD

    data = pandas.DataFrame(_rows(y))
    data["treated"] = (data["unit"] == "0000").astype(int)
    data["d"] = data["treated"] * (data["number"] >= BEFORE).astype(int)
    after = list(range(BEFORE, PERIODS))
    differences = SyntheticDiD(variance_method="placebo", n_bootstrap=y.shape[1] - 1, seed=1)
    model = SyntheticControl(v_method="custom", custom_v=np.ones(BEFORE), standardize="none")

    def call() -> dict[str, float]:
        if option == "differences":  # as many placebos as there are, drawn, for a standard error
            return {"estimate": float(differences.fit(data, "y", "treated", "unit", "number", post_periods=after).att)}
        found = model.fit(data, "y", "d", "unit", "number", pre_period_outcomes="all")
        found.in_space_placebo()
        return {"estimate": float(found.att)}  # its p ranks the ratio of gaps, another statistic

    return call


TOOLS = {"effekt": ("effekt", effekt), "diff-diff": ("diff-diff", diff_diff)}

if __name__ == "__main__":
    main(problem, TOOLS)

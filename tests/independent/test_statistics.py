"""The second route's statistics of a view: by hand, and against the result object of the paying route."""

from fractions import Fraction as F

import numpy as np
import pytest

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.independent.statistics import View, bound, mean_statistic, p_value, spread_statistic, view_of
from effekt.independent.trials.published_comparison import combined

VIEWS = ("difference", "ratio", "relative", "improvement", "relative_improvement", "total")
UNITS = F(7)


def trial(**options):
    """A trial whose outcome is positive, by both routes."""
    draw = np.random.default_rng(5)
    treated = draw.permutation([0, 1] * 12)
    data = {
        "y": np.round(10 - 2 * treated + draw.normal(size=24), 3).tolist(),
        "d": treated.tolist(),
        "x": np.round(draw.normal(size=24), 3).tolist(),
        "g": [i // 3 for i in range(24)],
    }
    if "cluster" in options:
        data["d"] = [i // 3 % 2 for i in range(24)]
    outcome = effekt.Outcome(column="y", unit="days", better="lower")
    effect = effekt.randomized_trial(data, outcome=outcome, treatment="d", **options)
    return effect, independent.METHODS["randomized_trial"](data, outcome="y", treatment="d", **options)


def panel(adjustment):
    """Twelve units over six years, by both routes."""
    draw = np.random.default_rng(8)
    data = {
        "unit": [f"u{i:02d}" for i in range(12) for _ in range(6)],
        "year": [2014 + t for _ in range(12) for t in range(6)],
        "y": np.round(5 + draw.normal(size=72), 2).tolist(),
    }
    given = {
        "unit": "unit",
        "time": "year",
        "period": "year",
        "treated": "u03",
        "reference_window": (2014, 2016),
        "evaluation_window": (2017, 2019),
        "comparator": "others",
        "weights": None,
        "adjustment": adjustment,
    }
    outcome = effekt.Outcome(column="y", unit="days", better="lower")
    effect = effekt.trend_adjusted(data, outcome=outcome, **given)
    return effect, independent.METHODS["trend_adjusted"](data, outcome="y", **given)


CASES = {
    "HC2": trial(),
    "lin": trial(covariates=["x"]),
    "HC1": trial(variance="HC1"),
    "CR2": trial(cluster="g"),
    "placebos on the log scale": panel("ratio"),
    "placebos on the linear scale": panel("difference"),
}


def of_view(effect, name):
    return effect.improvement().total(UNITS) if name == "total" else getattr(effect, name)()


def close(value):
    return pytest.approx(value, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("case", CASES)
def test_both_routes_say_the_same(case, name):
    effect, numbers = CASES[case]
    effect, view = of_view(effect, name), view_of(name, "lower", UNITS)
    assert float(mean_statistic(numbers, view, "estimate")) == close(effect.estimate)
    assert float(mean_statistic(numbers, view, "treated_mean")) == close(effect.treated_mean)
    assert float(mean_statistic(numbers, view, "counterfactual_mean")) == close(effect.counterfactual_mean)
    for statistic in ("std_error", "placebo_sd"):
        stated = getattr(effect, statistic)
        assert spread_statistic(numbers, view, statistic) == (None if stated is None else close(stated))
    for alternative in ("two-sided", "greater", "less"):
        assert float(p_value(numbers, view, None, alternative)) == close(effect.p_value(alternative=alternative))
        for null in (effect.estimate * 1.1, effect.estimate * 0.4, 0.3):
            found = p_value(numbers, view, F(null), alternative)
            assert float(found) == close(effect.p_value(null, alternative))


@pytest.mark.parametrize("level", ["0.8", "0.9", "0.95"])
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("case", CASES)
def test_both_routes_bound_the_same(case, name, level):
    effect, numbers = CASES[case]
    effect, view = of_view(effect, name), view_of(name, "lower", UNITS)
    for alternative in ("two-sided", "greater", "less"):
        try:
            stated = effect.confidence_interval(F(level), alternative)
        except InferenceUnavailableError:
            stated = None
        for statistic, end in (("confidence_low", "low"), ("confidence_high", "high")):
            found = bound(numbers, view, statistic, F(level), alternative)
            expected = None if stated is None else getattr(stated, end)
            if expected is None or not np.isfinite(expected):
                assert found is None
            else:
                assert found == close(expected)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("moved", [(), (1, 2), (1, 2, 3, 4)])
def test_both_routes_bound_a_set_that_is_the_estimate_alone(adjustment, moved, name):
    """Of eight units that did not move, or of which some did: 83/97 is no float, at which alone all are as extreme."""
    rows = [("A", 2018, 97), ("A", 2019, 83), ("nation", 2018, 100), ("nation", 2019, 100)]
    rows += [(f"u{i}", year, 100 + (i in moved and year == 2019)) for i in range(1, 9) for year in (2018, 2019)]
    data = dict(zip(("unit", "year", "y"), map(list, zip(*rows, strict=True)), strict=True))
    given = {"unit": "unit", "time": "year", "period": "year", "treated": "A", "comparator": "nation", "weights": None}
    given |= {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019), "adjustment": adjustment}
    effect = effekt.trend_adjusted(data, outcome=effekt.Outcome(column="y", unit="days", better="lower"), **given)
    numbers = independent.METHODS["trend_adjusted"](data, outcome="y", **given)
    effect, view = of_view(effect, name), view_of(name, "lower", UNITS)
    for level in ("0.4", "0.5", "0.6", "0.8"):
        stated = effect.confidence_interval(F(level))
        alone = (1 + len(moved)) / 9 <= 1 - float(level)
        assert (stated.low == stated.high == pytest.approx(effect.estimate, rel=1e-14)) is alone
        for statistic, end in (("confidence_low", stated.low), ("confidence_high", stated.high)):
            assert bound(numbers, view, statistic, F(level), "two-sided") == pytest.approx(end, rel=1e-12)


def test_without_inference_there_is_no_statistic():
    numbers = {"treated_mean": F(1), "counterfactual_mean": F(2), "covariance": None}
    view = view_of("difference", None, F(1))
    assert p_value(numbers, view, None, "two-sided") is None
    assert bound(numbers, view, "confidence_low", F(9, 10), "two-sided") is None
    assert spread_statistic(numbers, view, "std_error") is None
    assert spread_statistic(numbers, view, "placebo_sd") is None
    nothing = numbers | {"counterfactual_mean": F(0)}
    assert mean_statistic(nothing, view_of("ratio", None, F(1)), "estimate") is None
    with pytest.raises(ArgumentError, match="must hold both means"):
        mean_statistic({"treated_mean": None, "counterfactual_mean": None}, view, "estimate")


def test_views_by_hand():
    assert view_of("total", "lower", F(3)) == View("difference", F(-3), F(0))
    assert view_of("relative_improvement", "higher", F(1)) == View("ratio", F(1), F(-1))


def test_published_cohorts():
    data = {"cohort": [1, 1, 2, 2], "arm": [1, 0, 0, 1], "events": [142, 155, 150, 130], "people": [100] * 4}
    route = independent.METHODS["published_comparison"]
    numbers = route(data, outcome=("events", "people"), cohort="cohort", treatment="arm")
    assert numbers["members"]["2"] == {"treated_mean": F(13, 10), "counterfactual_mean": F(3, 2)}
    pooled = combined(numbers["members"], {"1": F(1, 2), "2": F(1, 2)})
    assert mean_statistic(pooled, view_of("relative", "lower", F(1)), "estimate") == F(272, 305) - 1
    with pytest.raises(effekt.DataError, match="row 3 repeats one"):
        route(data | {"cohort": [1, 1, 1, 2]}, outcome=("events", "people"), cohort="cohort", treatment="arm")
    with pytest.raises(effekt.DataError, match="every cohort must have a treated and a comparison row"):
        route(data | {"cohort": [1, 1, 2, 3]}, outcome=("events", "people"), cohort="cohort", treatment="arm")
    with pytest.raises(ArgumentError, match="pair of columns"):
        route(data, outcome="events", cohort="cohort", treatment="arm")

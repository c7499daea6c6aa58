"""The second route for what the periods say: difference quotients, the estimator in all its choices, and every view."""

from fractions import Fraction
from random import Random

import pytest
from oracles import trend_hac as oracle

import effekt
from effekt.exceptions import InferenceUnavailableError
from effekt.independent.statistics import bound, p_value, spread_statistic, view_of
from effekt.independent.trends.trend_adjusted import trend_adjusted

SIZES = (24, 36)
ROLES = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "month",
    "period": "month",
    "treated": "A",
    "reference_window": ("2014-01", "2015-12"),
    "evaluation_window": ("2016-01", "2018-12"),
    "comparator": "others",
    "weights": "denominator",
    "inference": "hac",
}


def panel(seed, units="ABCD", strata=("",)):
    random = Random(seed)
    rows = [
        (unit, f"{2014 + t // 12}-{t % 12 + 1:02d}", stratum, random.randrange(80, 140), random.randrange(90, 110))
        for unit in units
        for t in range(sum(SIZES))
        for stratum in strata
    ]
    return dict(zip(("unit", "month", "age", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def with_series(data):
    """Add a series of all units together."""
    found = {name: list(cells) for name, cells in data.items()}
    for month in sorted(set(data["month"])):
        rows = [i for i, own in enumerate(data["month"]) if own == month]
        cells = ("region", month, "", sum(data["days"][i] for i in rows), sum(data["people"][i] for i in rows))
        for name, cell in zip(("unit", "month", "age", "days", "people"), cells, strict=True):
            found[name].append(cell)
    return found


def cells(data):
    found = {}
    for unit, days, people in zip(data["unit"], data["days"], data["people"], strict=True):
        found.setdefault(unit, []).append((Fraction(days), Fraction(people)))
    return {unit: [rows[: SIZES[0]], rows[SIZES[0] :]] for unit, rows in found.items()}


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("treated", [["A"], ["A", "C"]])
def test_difference_quotients(adjustment, mean, weights, treated):
    data = panel(3)
    given = {**ROLES, "adjustment": adjustment, "mean": mean, "weights": weights, "treated": treated}
    found = trend_adjusted(data, **given)
    others = [unit for unit in "ABCD" if unit not in treated]
    total, df = oracle.long_run(
        cells(data), treated, others, SIZES, mean=mean, weighted=weights is not None, adjustment=adjustment
    )
    assert found["covariance"] == [pytest.approx(line, rel=1e-9, abs=1e-15) for line in total]
    assert found["df"] == pytest.approx(df, rel=1e-9)
    assert found["covariance_scale"] == ("log" if adjustment == "ratio" else "linear")


CHOICES = {
    "plain outcome": (panel(4), {"outcome": "days", "weights": None}),
    "ratios of units": (panel(5), {"weights": None, "trend": "mean_of_ratios"}),
    "one series": (panel(6), {"comparator": "D"}),
    "taken out of a series": (with_series(panel(7)), {"comparator": "region", "own_unit": "removed"}),
    "months left out": (panel(8), {"excluded": [("2014-03", "2014-05"), ("2017-02", "2017-02")]}),
    "months of two years matched with three": (panel(14), {"same_months": True}),
    "some months of two years matched with one": (
        panel(15),
        {"same_months": True, "evaluation_window": ("2016-01", "2016-09"), "mean": "mean_of_periods"},
    ),
    "strata of matched months": (
        panel(16, strata=("young", "old")),
        {"same_months": True, "standardize": ["age"], "standard": "treated_reference"},
    ),
    "strata": (
        panel(9, strata=("young", "old")),
        {"standardize": ["age"], "standard": "treated_reference", "mean": "mean_of_periods"},
    ),
    "strata by a table": (
        panel(10, strata=("young", "old")),
        {
            "standardize": ["age"],
            "standard": [{"age": "young", "weight": 3}, {"age": "old", "weight": 1}],
            "weights": None,
            "adjustment": "difference",
        },
    ),
}


PAIRS = [(name, "ratio") for name in CHOICES]
PAIRS += [(name, "difference") for name, (_, options) in CHOICES.items() if "trend" not in options]


@pytest.mark.parametrize(("name", "adjustment"), PAIRS)
def test_the_estimator(name, adjustment):
    data, options = CHOICES[name]
    given = {**ROLES, "adjustment": adjustment, **options}
    effect, found = effekt.trend_adjusted(data, **given), trend_adjusted(data, **given)
    v11, v10, v00 = effect.inference.covariance
    assert found["covariance"] == [
        pytest.approx([v11, v10], rel=1e-9, abs=1e-15),
        pytest.approx([v10, v00], rel=1e-9, abs=1e-15),
    ]
    assert found["df"] == pytest.approx(effect.df, rel=1e-9)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)


VIEWS = ("difference", "ratio", "relative", "improvement", "relative_improvement")


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("name", VIEWS)
def test_every_view(name, adjustment):
    given = {**ROLES, "adjustment": adjustment}
    outcome = effekt.Outcome(column=("days", "people"), unit="days", better="lower")
    effect = getattr(effekt.trend_adjusted(panel(11), **{**given, "outcome": outcome}), name)()
    numbers, view = trend_adjusted(panel(11), **given), view_of(name, "lower", Fraction(1))
    assert spread_statistic(numbers, view, "std_error") == pytest.approx(effect.std_error, rel=1e-9)
    only_zero = adjustment == "ratio" and view.contrast == "difference"
    for side in ("two-sided", "greater", "less"):
        for null in (None, Fraction(1, 20), Fraction(-3)):
            found = p_value(numbers, view, null, side)
            if only_zero and null is not None:
                assert found is None
                with pytest.raises(InferenceUnavailableError):
                    effect.p_value(float(null), side)
                continue
            assert found == pytest.approx(effect.p_value(None if null is None else float(null), side), rel=1e-8)
        for statistic, own in (("confidence_low", "low"), ("confidence_high", "high")):
            found = bound(numbers, view, statistic, Fraction(9, 10), side)
            if only_zero:
                assert found is None
                continue
            want = getattr(effect.confidence_interval(Fraction(9, 10), side), own)
            if found is None:
                assert want in (float("inf"), float("-inf"))
            else:
                assert found == pytest.approx(want, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"same_months": True, "reference_window": ("2014-02", "2015-12")}, "more than once"),
        ({"evaluation_window": ("2016-01", "2016-06")}, "too short"),
    ],
)
def test_without_inference_in_either(options, reason):
    data = panel(12)
    effect = effekt.trend_adjusted(data, **{**ROLES, **options})
    found = trend_adjusted(data, **{**ROLES, **options})
    assert effect.std_error is None
    assert reason in found["unavailable"]
    assert "covariance" not in found
    assert float(found["estimate"]) == pytest.approx(effect.estimate, rel=1e-12)


def test_periods_that_follow_the_comparator_say_nothing():
    data = panel(13, "AB")
    half = len(data["unit"]) // 2
    for name in ("days", "people"):
        data[name][half:] = data[name][:half]
    found = trend_adjusted(data, **ROLES)
    assert found["unavailable"] == "no variation of the periods"
    assert effekt.trend_adjusted(data, **ROLES).std_error is None

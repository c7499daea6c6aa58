"""The second route for trend adjustment: by hand, and the Helsingborg figures."""

from fractions import Fraction as F
from math import log, sqrt

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError
from effekt.independent.statistics import p_value, view_of
from effekt.independent.trends.trend_adjusted import placebo_study, trend_adjusted

HELSINGBORG = {
    "outcome": "sick_leave_percent",
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2018),
    "weights": None,
}


def sd(values):
    middle = sum(values) / len(values)
    return sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))


def test_helsingborg_placebo_study(helsingborg):
    study = placebo_study(helsingborg, **HELSINGBORG)
    reductions = [float(value) for value in study["reductions"].values()]
    assert len(reductions) == 11
    assert study["placebo_sd_relative"] == pytest.approx(0.0808, abs=5e-5)
    assert study["placebo_sd"] == pytest.approx(0.0785, abs=5e-5)
    assert sd(reductions) == pytest.approx(study["placebo_sd_relative"], rel=1e-12)
    assert (min(reductions), max(reductions)) == (
        pytest.approx(-0.143, abs=5e-4),
        pytest.approx(0.082, abs=5e-4),
    )
    assert study["reference_reduction_correlation"] == pytest.approx(0.76, abs=0.005)


def test_helsingborg_difference(helsingborg):
    study = placebo_study(helsingborg, **HELSINGBORG, adjustment="difference")
    assert study["placebo_sd"] == pytest.approx(0.404, abs=5e-4)
    assert study["placebo_sd_relative"] == pytest.approx(0.0753, abs=5e-5)


def test_helsingborg_mean_of_donor_ratios_is_another_number(helsingborg):
    """8.12 %: the counterfactual is the reference times the mean of the others' own ratios."""
    cells = {
        (name, year): F(value)
        for name, year, value in zip(
            helsingborg["municipality"], helsingborg["year"], helsingborg["sick_leave_percent"], strict=True
        )
    }
    names = sorted({name for name, _ in cells})
    own = {
        name: sum(cells[name, year] for year in ("2016", "2017", "2018"))
        / 3
        / (sum(cells[name, year] for year in ("2014", "2015")) / 2)
        for name in names
    }
    reductions = [1 - own[name] / (sum(own[other] for other in names if other != name) / 10) for name in names]
    assert sd([float(value) for value in reductions]) == pytest.approx(0.0812, abs=5e-5)


def test_helsingborg_itself(helsingborg):
    result = trend_adjusted(helsingborg, **HELSINGBORG, treated="Helsingborg", comparator="others")
    assert result["treated_mean"] == (F("6.57") + F("6.51") + F("6.41")) / 3
    assert result["reference_mean"] == F("5.97")
    assert result["counterfactual_mean"] == F("5.97") * result["comparator_evaluation"] / result["comparator_reference"]
    assert result["other_reading"]["adjustment"] == "difference"
    assert result["p_value"].denominator == 11
    assert len(result["placebo_errors"]) == 10


# Two treated and three other units, two reference and two evaluation years; (numerator, denominator).
CELLS = {
    "A": [(10, 100), (12, 110), (9, 120), (8, 100)],
    "B": [(30, 200), (28, 190), (25, 210), (26, 220)],
    "C": [(5, 50), (6, 60), (6, 55), (5, 45)],
    "D": [(40, 400), (44, 420), (45, 410), (43, 400)],
    "E": [(9, 80), (7, 85), (8, 75), (9, 90)],
}
BEFORE, AFTER = (0, 1), (2, 3)


def table(skip=()):
    rows = [
        (unit, 2001 + t, str(n), d, str(F(n, 1)))
        for unit, cells in CELLS.items()
        for t, (n, d) in enumerate(cells)
        if (unit, t) not in skip
    ]
    return dict(zip(("unit", "time", "n", "d", "y"), map(list, zip(*rows, strict=True)), strict=True))


def pooled(units, periods):
    return F(
        sum(CELLS[u][t][0] for u in units for t in periods),
        sum(CELLS[u][t][1] for u in units for t in periods),
    )


def by_period(units, periods):
    return sum(pooled(units, [t]) for t in periods) / len(periods)


def call(columns=None, **arguments):
    given = {
        "outcome": ("n", "d"),
        "unit": "unit",
        "time": "time",
        "period": "year",
        "treated": ["A", "B"],
        "reference_window": (2001, 2002),
        "evaluation_window": (2003, 2004),
        "comparator": "others",
        "weights": "denominator",
    }
    return trend_adjusted(columns or table(), **(given | arguments))


@pytest.mark.parametrize(("mean", "window_mean"), [("ratio_of_sums", pooled), ("mean_of_periods", by_period)])
@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("comparator", ["others", ["D", "C"], "D"])
def test_by_hand(mean, window_mean, weights, adjustment, comparator):
    others = {"others": "CDE", "D": "D"}.get(comparator, "CD") if isinstance(comparator, str) else "CD"

    def trend(units, periods):
        if weights == "denominator":
            return window_mean(units, periods)
        return sum(window_mean([u], periods) for u in units) / len(units)

    def counterfactual(treated, units):
        start, c0, c1 = window_mean(treated, BEFORE), trend(units, BEFORE), trend(units, AFTER)
        return start * c1 / c0 if adjustment == "ratio" else start + c1 - c0

    result = call(mean=mean, weights=weights, adjustment=adjustment, comparator=comparator)
    assert result["treated_mean"] == window_mean("AB", AFTER)
    assert result["counterfactual_mean"] == counterfactual("AB", others)
    assert result["estimate"] == result["treated_mean"] - result["counterfactual_mean"]
    errors = {}
    for unit in others if len(others) > 1 else "CE":
        rest = [other for other in others if other != unit]
        y, c = window_mean([unit], AFTER), counterfactual([unit], rest)
        errors[unit] = log(y / c) if adjustment == "ratio" else y - c
    assert result["placebo_errors"] == pytest.approx(errors, rel=1e-12)
    observed = abs(result["error"])
    assert result["p_value"] == F(1 + sum(abs(error) >= observed for error in errors.values()), len(errors) + 1)


def test_a_plain_outcome_is_a_plain_mean():
    result = call(outcome="y", weights=None)
    assert result["treated_mean"] == F(9 + 8 + 25 + 26, 4)
    assert result["counterfactual_mean"] == F(10 + 12 + 30 + 28, 4) * F(
        6 + 5 + 45 + 43 + 8 + 9, 5 + 6 + 40 + 44 + 9 + 7
    )


def test_before_after_has_no_placebos():
    result = call(comparator=None, adjustment="none", weights=None)
    assert result["counterfactual_mean"] == result["reference_mean"] == pooled("AB", BEFORE)
    assert "placebo_errors" not in result


def test_a_tie_counts_as_at_least_as_extreme():
    """7/5 and 5/7 are as extreme on the log scale, though their logarithms differ in the last bit."""
    columns = {"unit": list("TTUUCC"), "time": [2001, 2002] * 3, "y": [5, 7, 7, 5, 1, 1]}
    given = {
        "outcome": "y",
        "weights": None,
        "reference_window": (2001, 2001),
        "evaluation_window": (2002, 2002),
    }
    result = call(columns, **given, treated="T", comparator="C")
    assert abs(result["placebo_errors"]["U"]) < result["error"]
    assert result["p_value"] == 1
    assert result["placebo_sd"] is None
    apart = call({**columns, "y": [5, 7, 7, 6, 1, 1]}, **given, treated="T", comparator="C")
    assert apart["p_value"] == F(1, 2)


def test_the_treated_is_never_in_a_placebos_comparator():
    changed = table()
    changed["n"] = ["1" if unit in "AB" else n for unit, n in zip(changed["unit"], changed["n"], strict=True)]
    assert call(changed)["placebo_errors"] == call()["placebo_errors"]


def test_incomplete_windows_list_what_is_missing():
    with pytest.raises(IncompleteWindowError, match="2003") as caught:
        call(table(skip=[("A", 2)]))
    assert caught.value.missing == ("2003",)
    with pytest.raises(IncompleteWindowError, match="2001"):
        call(table(skip=[("C", 0)]))
    with pytest.raises(IncompleteWindowError, match="2005, 2006"):
        call(evaluation_window=(2003, 2006))
    assert set(call(table(skip=[("C", 0)]), comparator=["D", "E"])["placebo_errors"]) == {"D", "E"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"comparator": None},
        {"adjustment": "none"},
        {"adjustment": "none", "comparator": None},
        {"adjustment": "none", "comparator": None, "weights": None, "inference": "hac"},
        {"adjustment": "log"},
        {"mean": "median"},
        {"weights": "population"},
        {"outcome": "y"},
        {"comparator": ["A", "C"]},
        {"comparator": []},
        {"reference_window": (2001, 2003)},
        {"inference": "bootstrap"},
        {"period": "week"},
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments):
    with pytest.raises(ArgumentError):
        call(**arguments)


def test_bad_data_is_refused():
    with pytest.raises(DataError, match="row 2 repeats"):
        call({**table(), "time": [2001] * 20})
    with pytest.raises(DataError, match="labels"):
        call(treated="Z")
    with pytest.raises(DataError, match="denominators"):
        call({**table(), "d": [0] * 20})
    with pytest.raises(DataError, match="above zero"):
        call({**table(), "n": [0] * 20})
    with pytest.raises(DataError, match="comparator above zero"):
        call({**table(), "n": [0 if unit in "CDE" else 5 for unit in table()["unit"]]})
    with pytest.raises(DataError, match="means above zero"):
        call({**table(), "n": [0 if unit in "AB" else 5 for unit in table()["unit"]]})
    with pytest.raises(ArgumentError, match="placebos"):
        placebo_study({}, **{**HELSINGBORG, "adjustment": "none"})


@pytest.mark.parametrize("excluded", [["2015"], ["2016", "2017"], ("2016", "2017")])
def test_labels_that_could_be_a_pair_or_single_periods_are_not_excluded(helsingborg, excluded):
    with pytest.raises(ArgumentError, match="excluded must be pairs"):
        placebo_study(helsingborg, **HELSINGBORG, excluded=excluded)


@pytest.mark.parametrize("inference", ["placebo", "placebo_variance"])
def test_a_difference_needs_no_comparator_above_zero(inference):
    """The other reading, by the ratio, does not exist there; that stops nothing."""
    values = {"a": [2, 2, 1, 1], "b": [0, 0, 0, 0], "c": [1, 2, 3, 4], "d": [2, 2, 2, 2], "e": [1, 1, 2, 2]}
    values |= {"f": [3, 1, 2, 5], "g": [2, 4, 1, 1]}
    cells = [(unit, 2014 + i, value) for unit, own in values.items() for i, value in enumerate(own)]
    columns = dict(zip(("u", "t", "y"), map(list, zip(*cells, strict=True)), strict=True))
    given = {"outcome": "y", "unit": "u", "time": "t", "period": "year", "treated": "a", "comparator": "b"}
    given |= {"reference_window": (2014, 2015), "evaluation_window": (2016, 2017), "weights": None}
    found = trend_adjusted(columns, **given, adjustment="difference", inference=inference)
    first = effekt.trend_adjusted(columns, **given, adjustment="difference", inference=inference)
    assert found["estimate"] == first.estimate == -1
    assert p_value(found, view_of("difference", None, F(1)), None, "two-sided") == pytest.approx(first.p_value())

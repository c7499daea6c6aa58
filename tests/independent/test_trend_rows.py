"""The second route for workplaces added up, the placebos' spread as standard error, and the line of the levels."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.statistics import spread_statistic, view_of
from effekt.independent.trends.trend_adjusted import trend_adjusted

FILE = Path(__file__).parents[1] / "goldens" / "trend" / "workplaces.csv"
ROLES = {
    "outcome": ("days", "employees"),
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "treated": "A",
    "reference_window": (2016, 2017),
    "evaluation_window": (2018, 2019),
    "comparator": "others",
    "weights": "denominator",
    "cluster": "workplace",
}
HELSINGBORG = {
    "outcome": "sick_leave_percent",
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "treated": "Bjuv",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2018),
    "comparator": "others",
    "weights": None,
}


def read(path):
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = {"year": int, "employees": int, "days": float, "sick_leave_percent": float}
    return {name: [kinds.get(name, str)(row[name]) for row in rows] for name in rows[0]}


def workplaces():
    return read(FILE)


def helsingborg():
    return read(Path(effekt.__file__).parent / "datasets" / "helsingborg" / "helsingborg_sick_leave.csv")


def test_workplaces_are_added_up():
    data = workplaces()
    for inference in ("placebo", "none"):
        found = trend_adjusted(data, **ROLES, inference=inference)
        effect = effekt.trend_adjusted(data, **ROLES, inference=inference)
        assert (found["treated_mean"], found["counterfactual_mean"]) == (
            effect.exact.treated,
            effect.exact.counterfactual,
        )
    assert found.get("placebo_errors") is None


def test_a_row_that_stands_twice_is_refused():
    with pytest.raises(DataError, match="row 75 repeats a unit, period and cluster"):
        trend_adjusted({name: [*cells, cells[0]] for name, cells in workplaces().items()}, **ROLES)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("comparator", ["others", "B", "Riket"])
def test_the_clusters(adjustment, comparator):
    data = workplaces()
    for year in range(2016, 2020) if comparator == "Riket" else ():
        for name, cell in zip(data, ("Riket", "all", year, 8000.5 + year, 1000), strict=True):
            data[name].append(cell)
    given = {**ROLES, "adjustment": adjustment, "comparator": comparator, "inference": "cluster"}
    found, effect = trend_adjusted(data, **given), effekt.trend_adjusted(data, **given)
    first, cross, second = effect.inference.covariance
    assert found["covariance"] == [pytest.approx([first, cross], rel=1e-9), pytest.approx([cross, second], rel=1e-9)]
    assert found["df_quadratic"] == pytest.approx(effect.inference.df.quadratic, rel=1e-9, abs=1e-12)
    assert found["df_quartic"] == pytest.approx(effect.inference.df.quartic, rel=1e-9, abs=1e-12)
    assert found["df"] == pytest.approx(effect.df, rel=1e-9)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)


def test_few_clusters_have_none():
    data = workplaces()
    rows = [i for i, place in enumerate(data["workplace"]) if place in ("w1", "w2", "w3", "w7")]
    few = {name: [cells[i] for i in rows] for name, cells in data.items()}
    assert trend_adjusted(few, **ROLES, inference="cluster")["unavailable"] == "fewer than six clusters in a window"
    assert effekt.trend_adjusted(few, **ROLES, inference="cluster").variance == "none/1"


def test_another_inference_is_refused_by_name():
    with pytest.raises(ArgumentError, match="block_bootstrap or none, not 'bootstrap'; choose one of them"):
        trend_adjusted(workplaces(), **ROLES, inference="bootstrap")


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_placebos_spread(adjustment):
    given = {**HELSINGBORG, "adjustment": adjustment, "inference": "placebo_variance"}
    found, effect = trend_adjusted(helsingborg(), **given), effekt.trend_adjusted(helsingborg(), **given)
    assert found["covariance"][1][1] == pytest.approx(effect.inference.covariance[2], rel=1e-10)
    assert (found["df"], found["covariance_scale"]) == (effect.df, effect.inference.scale)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-9)


def test_few_placebos_have_none():
    given = {**HELSINGBORG, "comparator": ["Klippan", "Höganäs", "Ängelholm"], "inference": "placebo_variance"}
    assert trend_adjusted(helsingborg(), **given)["unavailable"] == "fewer than four placebos"
    assert effekt.trend_adjusted(helsingborg(), **given).variance == "none/1"


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("inference", ["placebo", "placebo_variance", "none"])
@pytest.mark.parametrize("treated", ["Bjuv", "Klippan"])
def test_the_line_of_the_levels(adjustment, inference, treated):
    given = {**HELSINGBORG, "adjustment": adjustment, "inference": inference, "treated": treated}
    found = trend_adjusted(helsingborg(), **given, level_correction="regression")
    effect = effekt.trend_adjusted(helsingborg(), **given, level_correction="regression")
    assert float(found["counterfactual_mean"]) == pytest.approx(effect.means.counterfactual, rel=1e-12)
    assert float(found["estimate"]) == pytest.approx(effect.estimate, abs=1e-12)
    if inference == "placebo":
        assert sorted(found["placebo_errors"].values()) == pytest.approx(effect.inference.errors, rel=1e-9)
        assert found["p_value"] == effect.rank_p_value()
        assert spread_statistic(found, view_of("difference", "lower", Fraction(1)), "placebo_sd") == pytest.approx(
            effect.placebo_sd, rel=1e-9
        )
    if inference == "placebo_variance":
        assert found["covariance"][1][1] == pytest.approx(effect.inference.covariance[2], rel=1e-9)
        assert found["df"] == effect.df
        assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)

"""The second route for panels against R (1e-8) and Card and Krueger."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.panels.difference_in_differences import difference_in_differences

GOLDENS = Path(__file__).parents[1] / "goldens" / "panel"
GIVEN = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
CASES = {"by_unit": {}, "by_unit_with_x": {"covariates": ("x",)}, "by_region": {"cluster": "region"}}


def close(value):
    return pytest.approx(value, rel=1e-8, abs=1e-10)


def check(result, golden, name, conditional=True):
    """`conditional`: on the units, as the covariance of a dummy regression is; that of a panel's two means is not."""
    assert float(result["estimate"]) == close(golden["estimate"])
    assert float(result["treated_mean"]) == close(golden["treated_mean"])
    assert result["treated_mean"] - result["counterfactual_mean"] == result["estimate"]
    assert result["std_error"] == close(golden[name]["std_error"])
    (v11, v10), (_, v00) = result["covariance"]
    assert v11 - 2 * v10 + v00 == pytest.approx(result["std_error"] ** 2, rel=1e-12)
    if name in ("CR1", "CR2"):
        numbers = [result[key] for key in ("df_treated_mean", "df_counterfactual_mean", "df")]
        compared = slice(0 if conditional else 2, 3)
        assert numbers[compared] == [close(value) for value in golden[name]["df"][compared]]
    else:
        assert result["df"] == golden["groups"] - 1
    if name != "CR1S" and conditional:
        assert [v11, v10, v00] == [close(golden[name][key]) for key in ("v11", "v10", "v00")]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["CR0", "CR1", "CR1S", "CR2"])
def test_against_r(panel, panel_goldens, case, name):
    result = difference_in_differences(panel, **GIVEN, **CASES[case], variance=name)
    check(result, panel_goldens["panel"][case], name)
    assert result["n_dropped"] == panel_goldens["panel"]["dropped"] == 1


def test_card_krueger_on_available_stores(card_krueger, panel_goldens):
    result = difference_in_differences(card_krueger, **GIVEN, group="state")
    assert float(result["estimate"]) == pytest.approx(2.7536, abs=5e-5)
    check(result, panel_goldens["card_krueger"]["available"], "CR2")


@pytest.mark.parametrize("name", ["CR1S", "CR2"])
def test_card_krueger_on_the_balanced_panel(card_krueger, panel_goldens, name):
    result = difference_in_differences(card_krueger, **GIVEN, variance=name)
    assert result["estimate"] == Fraction(11, 4)
    check(result, panel_goldens["card_krueger"]["balanced"], name, conditional=False)


@pytest.mark.parametrize("cluster", ["unit", "district", "county"])
@pytest.mark.parametrize("name", ["CR0", "CR1", "CR2", "CR3"])
def test_the_two_means_of_a_balanced_panel_against_r(panel_goldens, cluster, name):
    with (GOLDENS / "balanced.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    result = difference_in_differences(columns, **GIVEN, cluster=cluster, variance=name)
    golden = panel_goldens["balanced"][cluster]["means"][name]
    (v11, v10), (_, v00) = result["covariance"]
    assert [v11, v10, v00] == [close(golden[key]) for key in ("v11", "v10", "v00")]
    assert result["std_error"] == close(golden["std_error"])
    if name in ("CR1", "CR2"):
        numbers = [result[key] for key in ("df_treated_mean", "df_counterfactual_mean", "df")]
        assert numbers == [close(value) for value in golden["df"][:3]]


def four_units():
    return {
        "unit": ["a", "a", "b", "b", "c", "c", "e", "e"],
        "time": [1, 2] * 4,
        "d": [0, 1, 0, 1, 0, 0, 0, 0],
        "y": ["1.5", "2", "3", "4.25", "2", "2.5", "1", "1"],
        "g": ["t", "t", "t", "t", "c", "c", "c", "c"],
    }


@pytest.mark.parametrize("group", [None, "g"])
def test_two_by_two_is_the_difference_of_differences(group):
    result = difference_in_differences(four_units(), **GIVEN, group=group)
    after, before = (Fraction("2") + Fraction("4.25")) / 2, (Fraction("1.5") + 3) / 2
    assert result["estimate"] == (after - before) - (Fraction("3.5") / 2 - Fraction(3, 2))
    assert result["treated_mean"] == after
    assert result["unavailable"] == "fewer than six clusters in all"


def test_a_group_seen_only_before_counts_as_treated():
    """A treated unit without a later row still belongs to the treated group."""
    columns = {name: [*cells] for name, cells in four_units().items()}
    for name, cell in {"unit": "f", "time": 1, "d": 0, "y": "9", "g": "t"}.items():
        columns[name].append(cell)
    result = difference_in_differences(columns, **GIVEN, group="g")
    after, before = Fraction("3.125"), (Fraction("1.5") + 3 + 9) / 3
    assert result["estimate"] == (after - before) - Fraction(1, 4)


def test_one_treated_unit_has_no_clustered_inference():
    """The untreated rows of the treated unit do not make it a control."""
    columns = {name: cells[:2] + cells[4:] for name, cells in four_units().items()}
    result = difference_in_differences(columns, **GIVEN)
    assert result["estimate"] == Fraction("0.5") - Fraction("0.25")
    assert result["unavailable"] == "fewer than two clusters in one arm"


def test_bad_input_is_refused():
    columns = four_units()
    with pytest.raises(DataError, match="row 2 repeats"):
        difference_in_differences({**columns, "time": [1] * 8}, **GIVEN)
    with pytest.raises(DataError, match="both 0 and 1"):
        difference_in_differences({**columns, "d": [0] * 8}, **GIVEN)
    with pytest.raises(DataError, match="seen once"):
        difference_in_differences({**columns, "unit": list("abcdefgh")}, **GIVEN)
    with pytest.raises(ArgumentError, match="whole units"):
        difference_in_differences({**columns, "k": list("abcdabcd")}, **GIVEN, cluster="k")

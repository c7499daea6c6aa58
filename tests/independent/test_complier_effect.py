"""The second route for compliers' means against the first, exact numbers, and what it refuses."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError
from effekt.independent import statistics
from effekt.independent.trials.complier_effect import complier_effect

GOLDENS = Path(__file__).parents[1] / "goldens" / "compliers"
NAMES = {"outcome": "y", "treatment": "z", "received": "d"}


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


@pytest.mark.parametrize("model", ["none", "lin", "additive"])
@pytest.mark.parametrize(
    ("table", "columns"),
    [("individual", {}), ("weak", {}), ("blocked", {"block": "block"}), ("clustered", {"cluster": "cluster"})],
)
def test_the_two_routes_agree(table, columns, model):
    covariates = () if model == "none" else ("x",)
    own = complier_effect(read(table), **NAMES, covariates=covariates, adjustment=model, **columns)["members"]
    path = GOLDENS / f"{table}.csv"
    other = effekt.complier_effect(path, **NAMES, covariates=covariates, adjustment=model, **columns)
    assert list(own) == list(other)
    for label, numbers in own.items():
        means = (numbers["treated_mean"], numbers["counterfactual_mean"])
        assert all(isinstance(mean, Fraction) for mean in means)
        found = (other[label].treated_mean, other[label].counterfactual_mean)
        assert found == pytest.approx(tuple(map(float, means)), rel=1e-10)
        assert other[label].estimate == pytest.approx(float(numbers["estimate"]), rel=1e-9)
        if other[label].exact is not None:
            assert (other[label].exact.treated, other[label].exact.counterfactual) == means


def test_by_hand():
    columns = {"y": ["2", "4", "9", "8", "9", "7"], "z": [1, 1, 1, 0, 0, 0], "d": [1, 1, 0, 0, 0, 0]}
    members = complier_effect(columns, **NAMES)["members"]
    means = [members["CACE"][name] for name in ("treated_mean", "counterfactual_mean", "estimate")]
    assert means == [3, Fraction(15, 2), Fraction(-9, 2)]
    assert members["first stage"]["estimate"] == Fraction(2, 3)


def test_refusals():
    columns = {"y": [2, 4, 9, 8], "z": [1, 1, 0, 0], "d": [0, 1, 1, 0]}
    with pytest.raises(DataError, match="received the treatment: no compliers"):
        complier_effect(columns, **NAMES)
    with pytest.raises(DataError, match="must hold only 0 and 1, which row 2 does not"):
        complier_effect({**columns, "d": [0, 2, 1, 0]}, **NAMES)
    with pytest.raises(ArgumentError, match="adjustment must be one of"):
        complier_effect(columns, **NAMES, adjustment="both")


@pytest.mark.parametrize(
    ("table", "columns", "variance"),
    [("individual", {}, "HC2"), ("individual", {}, "HC1"), ("clustered", {"cluster": "cluster"}, "CR2")],
)
@pytest.mark.parametrize("model", ["none", "lin", "additive"])
def test_inference_of_the_two_routes_agrees(table, columns, variance, model):
    options = {"covariates": () if model == "none" else ("x",), "adjustment": model, "variance": variance, **columns}
    own = complier_effect(read(table), **NAMES, **options)["members"]
    other = effekt.complier_effect(
        GOLDENS / f"{table}.csv", **(NAMES | {"outcome": effekt.Outcome(column="y", better="lower")}), **options
    )
    for label, numbers in own.items():
        for name in ("difference",) if label == "first stage" else ("difference", "relative", "improvement"):
            view, effect = statistics.view_of(name, "lower", Fraction(1)), getattr(other[label], name)()
            for null, side in ((None, "two-sided"), (Fraction(1, 2), "greater"), (Fraction(-1, 4), "less")):
                found = statistics.p_value(numbers, view, null, side)
                expected = effect.p_value(None if null is None else float(null), side)
                assert found == pytest.approx(expected, rel=1e-8, abs=1e-14)
            assert statistics.spread_statistic(numbers, view, "std_error") == pytest.approx(effect.std_error, rel=1e-9)
            ends = effect.confidence_interval(0.9)
            assert ends.kind == "bounded"
            for statistic, end in (("confidence_low", ends.low), ("confidence_high", ends.high)):
                found = statistics.bound(numbers, view, statistic, Fraction(9, 10), "two-sided")
                assert found == pytest.approx(end, rel=1e-8)


SAMPLING, PRECISION = ({"column": "w", "kind": kind} for kind in ("sampling", "precision"))
DESIGNS = {
    "pairs": ("pairs", {"pairs": "pair"}),
    "paired clusters": ("paired_clusters", {"pairs": "pair", "cluster": "cluster"}),
    "equal pairs": ("paired_clusters", {"pairs": "pair", "cluster": "cluster", "cluster_weighted": True}),
    "treated pairs": ("paired_clusters", {"pairs": "pair", "cluster": "cluster", "estimand": "ATT"}),
    "horvitz-thompson": ("weighted", {"probability": "p", "adjustment": "none"}),
    "probability": ("weighted", {"probability": "p"}),
    "treated": ("weighted", {"probability": "p", "estimand": "ATT"}),
    "sampling": ("weighted", {"weights": SAMPLING, "covariates": ("x",)}),
    "finite": ("weighted", {"weights": SAMPLING, "covariates": ("x",), "population": "finite"}),
    "frequency": ("weighted", {"weights": {"column": "f", "kind": "frequency"}}),
    "precision": ("weighted", {"weights": PRECISION, "covariates": ("x",), "adjustment": "additive"}),
    "rate": ("weighted", {"exposure": "w", "covariates": ("x",)}),
    "sampled clusters": ("weighted_clusters", {"weights": SAMPLING, "cluster": "cluster"}),
    "equal clusters": ("weighted_clusters", {"cluster": "cluster", "cluster_weighted": True}),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_the_two_routes_agree_in_every_design(design):
    table, options = DESIGNS[design]
    own = complier_effect(read(table), **NAMES, **options)["members"]
    other = effekt.complier_effect(
        GOLDENS / f"{table}.csv", **(NAMES | {"outcome": effekt.Outcome(column="y", better="lower")}), **options
    )
    for label, numbers in own.items():
        assert other[label].estimate == pytest.approx(float(numbers["estimate"]), rel=1e-9)
        for name in ("difference",) if label == "first stage" else ("difference", "relative"):
            view, effect = statistics.view_of(name, "lower", Fraction(1)), getattr(other[label], name)()
            for null, side in ((None, "two-sided"), (Fraction(1, 2), "greater"), (Fraction(-1, 4), "less")):
                found = statistics.p_value(numbers, view, null, side)
                expected = effect.p_value(None if null is None else float(null), side)
                assert found == pytest.approx(expected, rel=1e-8, abs=1e-14)
            assert statistics.spread_statistic(numbers, view, "std_error") == pytest.approx(effect.std_error, rel=1e-9)
        ends = other[label].confidence_interval(0.9)
        for statistic, end in (("confidence_low", ends.low), ("confidence_high", ends.high)):
            view = statistics.view_of("difference", "lower", Fraction(1))
            assert statistics.bound(numbers, view, statistic, Fraction(9, 10), "two-sided") == pytest.approx(
                end, rel=1e-8
            )


def test_a_pair_that_lacks_one_is_left_out():
    columns = read("pairs")
    columns["y"][0] = ""
    own = complier_effect(columns, **NAMES, pairs="pair", missing="drop")["members"]["CACE"]
    without = complier_effect({name: cells[2:] for name, cells in columns.items()}, **NAMES, pairs="pair")["members"]
    assert own == without["CACE"]


def test_everybody_complies_and_no_inference():
    columns = {"y": [2, 4, 9, 8, 5, 7], "z": [1, 1, 1, 0, 0, 0], "d": [1, 1, 1, 0, 0, 0]}
    members = complier_effect(columns, **NAMES)["members"]
    view = statistics.view_of("difference", None, Fraction(1))
    assert statistics.p_value(members["CACE"], view, None, "two-sided") == pytest.approx(
        statistics.p_value(members["ITT"], view, None, "two-sided"), rel=1e-12
    )
    alone = {"y": [2, 4, 9, 8], "z": [1, 0, 0, 0], "d": [1, 0, 0, 0]}
    members = complier_effect(alone, **NAMES)["members"]
    assert all(statistics.p_value(own, view, None, "two-sided") is None for own in members.values())


def test_a_ratio_that_is_one_in_every_pair_has_no_standard_error():
    """Each treated outcome is twice its control: u - 2(u - y) is 0 without any variance, but for rounding."""
    columns = {"pair": [2, 1, 3, 2, 0, 3, 0, 1], "z": [0, 1, 1, 1, 1, 0, 0, 0]}
    columns |= {"d": [0, 1, 1, 1, 0, 0, 0, 0], "y": [2, 0, 2, 4, 0, 1, 0, 0]}
    given = {"outcome": "y", "treatment": "z", "received": "d", "pairs": "pair"}
    second = complier_effect(columns, **given)["members"]
    relative, difference = (statistics.view_of(name, None, Fraction(1)) for name in ("relative", "difference"))
    for label in ("ITT", "CACE"):
        assert statistics.mean_statistic(second[label], relative, "estimate") == 1
        assert statistics.spread_statistic(second[label], relative, "std_error") is None
        assert statistics.p_value(second[label], relative, Fraction(1), "two-sided") is None
        first = effekt.complier_effect(columns, **given)[label]
        assert first.relative().std_error is None
        with pytest.raises(InferenceUnavailableError, match="cancels in their ratio"):
            first.relative().p_value(1.0)
        found = statistics.spread_statistic(second[label], difference, "std_error")
        assert found == pytest.approx(first.std_error, rel=1e-12)
        found = statistics.p_value(second[label], relative, None, "two-sided")
        assert found == pytest.approx(first.relative().p_value(), rel=1e-12)

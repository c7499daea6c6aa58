"""The second routes for synthetic comparisons: SciPy's numbers, the estimators' on random panels, refusals."""

import json
import os
from fractions import Fraction
from math import isfinite
from pathlib import Path
from random import Random

import pytest
from independent.conftest import read_columns

import effekt
from effekt.estimators.synthetic import conformal
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError, InferenceUnavailableError
from effekt.independent import METHODS
from effekt.independent.limits import TooLargeError
from effekt.independent.statistics import bound, p_value, view_of

GOLDENS = Path(__file__).parents[1] / "goldens" / "synthetic"
GOLDEN = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "A", "first_treated": "2016"}
CONTROL, DIFFERENCES = "synthetic_control", "synthetic_difference_in_differences"
PREDICTORS = [
    {"column": "y", "first": "2012", "last": "2015", "weight": "0.75"},
    {"column": "x", "first": "2010", "last": "2015", "weight": "0.25"},
]


def golden_panel():
    return read_columns(GOLDENS / "panel.csv")


@pytest.mark.parametrize(
    ("case", "method", "options"),
    [
        ("classic", CONTROL, {}),
        ("penalised", CONTROL, {"penalty": None}),
        ("augmented", CONTROL, {"ridge": None}),
        ("differences", DIFFERENCES, {}),
    ],
)
def test_scipy(case, method, options):
    golden = GOLDEN["panel"]["scipy"][case]
    found = METHODS[method](golden_panel(), **ROLES, **{name: LAMBDAS[name] for name in options})
    assert float(found["estimate"]) == pytest.approx(golden["effect"], abs=1e-8)


LAMBDAS = {"penalty": "0.25", "ridge": "0.5"}


@pytest.mark.skipif("EFFEKT_TEST_DATA" not in os.environ, reason="EFFEKT_TEST_DATA is not set")
@pytest.mark.parametrize(("case", "method"), [("classic", CONTROL), ("differences", DIFFERENCES)])
def test_proposition_99(case, method):
    columns = read_columns(Path(os.environ["EFFEKT_TEST_DATA"]) / "prop99.csv")
    given = {
        "outcome": "cigsale",
        "unit": "state",
        "time": "year",
        "period": "year",
        "treated": "California",
        "first_treated": 1989,
    }
    found = METHODS[method](columns, **given)
    assert float(found["estimate"]) == pytest.approx(GOLDEN["prop99"]["scipy"][case]["effect"], abs=1e-7)
    assert len(found["placebo_errors"]) == 38
    if case == "classic":
        assert round(float(found["estimate"]), 4) == -19.5136


# --- the estimators ---------------------------------------------------------------------------------------------------


def drawn(seed, units=14, before=7, after=3, *, months=False, digits=2):
    """Return a panel with a pair of columns beside the outcome, and a predictor that is empty in some cells."""
    random = Random(seed)
    columns = {name: [] for name in ("unit", "year", "y", "above", "below", "x")}
    for i in range(units):
        level = random.gauss(10, 1)
        for t in range(before + after):
            y = round(level + 0.2 * t + random.gauss(0, 1), digits)
            when = f"2010-{t + 1:02d}" if months else 2010 + t
            below = random.randrange(50, 400)
            x = None if t == 0 else round(level + random.gauss(0, 1), 3)
            cells = (f"u{i:02d}", when, y, random.randrange(1, below), below, x)
            for name, cell in zip(columns, cells, strict=True):
                columns[name].append(cell)
    return columns


def compared(effect, found):
    for name in ("treated_mean", "counterfactual_mean"):
        assert float(found[name]) == pytest.approx(getattr(effect, name), rel=1e-10)
    assert found["treated_mean"] - found["counterfactual_mean"] == found["estimate"]
    errors = sorted(map(float, found["placebo_errors"].values()))
    assert errors == pytest.approx(list(effect.inference.errors), rel=1e-9, abs=1e-10)


OPTIONS = {
    "classic": (CONTROL, {}),
    "penalised": (CONTROL, {"penalty": 0.3}),
    "augmented": (CONTROL, {"ridge": 0.7}),
    "differences": (DIFFERENCES, {}),
}
PANELS = {
    "plain": ({}, {}),
    "inside the donors": ({"before": 3, "units": 20}, {}),
    "more periods than donors": ({"before": 12, "units": 6}, {"first_treated": 2022}),
    "ratio": ({}, {"outcome": ("above", "below"), "treated": ["u00", "u03"]}),
    "several treated": ({"digits": 9}, {"treated": ["u00", "u03", "u04"], "last_evaluated": 2018}),
    "months": ({"months": True}, {"period": "month", "first_treated": "2010-08"}),
    "some donors": ({}, {"donors": ["u01", "u05", "u07", "u09"]}),
}


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("name", OPTIONS)
def test_the_estimators_on_random_panels(name, panel):
    method, options = OPTIONS[name]
    shape, roles = PANELS[panel]
    shape = {"before": 7, **shape}
    given = {**ROLES, "treated": "u00", "first_treated": 2010 + shape["before"], **roles, **options}
    for seed in (1, 2):
        columns = drawn(seed, **shape)
        compared(getattr(effekt, method)(columns, **given), METHODS[method](columns, **given))


@pytest.mark.parametrize("panel", ["plain", "ratio of one", "some donors"])
@pytest.mark.parametrize("name", OPTIONS)
def test_the_spread_of_placebos(name, panel):
    method, options = OPTIONS[name]
    roles = {"outcome": ("above", "below")} if panel == "ratio of one" else PANELS[panel][1]
    given = {**ROLES, "treated": "u00", "first_treated": 2017, **roles, **options, "inference": "placebo_variance"}
    columns = drawn(5)
    effect, found = getattr(effekt, method)(columns, **given), METHODS[method](columns, **given)
    assert float(found["estimate"]) == pytest.approx(effect.estimate, rel=1e-9)
    assert found["covariance"][1][1] == pytest.approx(effect.inference.covariance[2], rel=1e-9)
    assert (found["df"], found["unavailable"]) == (effect.df, None)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)


def test_where_placebos_have_no_spread_or_are_groups():
    for method in (CONTROL, DIFFERENCES):
        given = {**ROLES, "treated": "u00", "first_treated": 2017, "inference": "placebo_variance"}
        few = METHODS[method](drawn(6), **given, donors=["u01", "u02", "u03"])
        assert few["unavailable"] == "fewer than four placebos"
        flat = METHODS[method]({**drawn(6), "y": ["3.5"] * 140}, **given)
        assert flat["unavailable"] == "no variation of the placebos"
        with pytest.raises(ArgumentError, match=r"at most 2,000 groups; name fewer donors\."):
            METHODS[method](drawn(6, 30), **{**given, "treated": ["u00", "u01", "u02"]})
        alone = METHODS[method](drawn(6), **{**given, "treated": ["u00", "u01"], "donors": ["u02", "u03"]})
        assert alone["unavailable"] == "fewer than four placebos"


STATED = [
    {"column": "y", "first": 2011, "last": 2016, "weight": 0.8},
    {"column": "x", "first": 2012, "last": 2013, "weight": "0.2"},
]
GROUPS = {
    **{name: (method, options) for name, (method, options) in OPTIONS.items()},
    "stated": (CONTROL, {"predictors": STATED}),
    "stated, augmented": (CONTROL, {"predictors": STATED, "ridge": 0.7}),
}


@pytest.mark.parametrize("outcome", ["y", ("above", "below")])
@pytest.mark.parametrize("name", GROUPS)
def test_the_spread_of_groups_of_donors(name, outcome):
    """Every pair of seven donors in the place of two treated."""
    method, options = GROUPS[name]
    given = {**ROLES, "outcome": outcome, "treated": ["u00", "u04"], "first_treated": 2017, **options}
    given["inference"] = "placebo_variance"
    columns = drawn(9, 9)
    effect, found = getattr(effekt, method)(columns, **given), METHODS[method](columns, **given)
    assert float(found["estimate"]) == pytest.approx(effect.estimate, rel=1e-9)
    assert found["covariance"][1][1] == pytest.approx(effect.inference.covariance[2], rel=1e-9)
    assert (found["df"], found["unavailable"]) == (6.0, None)
    assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)


@pytest.mark.parametrize("options", [{}, {"penalty": 0.3}, {"ridge": 0.7}])
def test_stated_predictors(options):
    columns = drawn(3)
    predictors = [
        {"column": "y", "first": 2011, "last": 2016, "weight": 0.8},
        {"column": "x", "first": 2012, "last": 2013, "weight": "0.2"},
        {"column": "below", "first": 2010, "last": 2010, "weight": 0.1},
    ]
    given = {**ROLES, "treated": ["u00", "u01"], "first_treated": 2017, "predictors": predictors, **options}
    compared(effekt.synthetic_control(columns, **given), METHODS[CONTROL](columns, **given))


def test_a_mixture_of_donors_is_found_exactly():
    """A is a third of B and two thirds of C before, and one more after."""
    paths = {"B": (1, 7, 4, 4), "C": (4, 1, 1, 7), "D": (9, 9, 9, 9)}
    paths["A"] = tuple(Fraction(b + 2 * c, 3) for b, c in zip(paths["B"], paths["C"], strict=True))
    rows = [(name, 2013 + t, y + (name == "A" and t > 2)) for name, path in paths.items() for t, y in enumerate(path)]
    columns = dict(zip(("unit", "year", "y"), map(list, zip(*rows, strict=True)), strict=True))
    found = METHODS[CONTROL](columns, **ROLES)
    assert found["estimate"] == 1


def test_an_outcome_that_never_varies_has_no_effect():
    columns = {**drawn(4), "y": ["3.5"] * 140}
    for method in (CONTROL, DIFFERENCES):
        found = METHODS[method](columns, **{**ROLES, "treated": "u00", "first_treated": 2017})
        assert found["estimate"] == 0
        assert set(found["placebo_errors"].values()) == {0}


def test_without_placebos():
    for method in (CONTROL, DIFFERENCES):
        found = METHODS[method](golden_panel(), **ROLES, inference="none")
        assert set(found) == {"treated_mean", "counterfactual_mean", "estimate"}


CONFORMAL = {
    "classic": {},
    "penalised": {"penalty": 0.25},
    "several": {"treated": ["u00", "u03"]},
    "ratio": {"outcome": ("above", "below")},
    "few donors": {"donors": ["u01", "u02", "u03"]},
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CONFORMAL)
def test_residuals_moved_round_in_time(seed, name):
    """P of no effect of each side, and p at both sides of each end of a set of the first route."""
    given = {**ROLES, "treated": "u00", "first_treated": 2017, **CONFORMAL[name], "inference": "conformal"}
    columns = drawn(seed)
    second, effect = METHODS[CONTROL](columns, **given), getattr(effekt, CONTROL)(columns, **given)
    for side in ("two-sided", "greater", "less"):
        for view in ("difference", "ratio"):
            own = p_value(second, view_of(view, None, Fraction(1)), None, side)
            assert float(own) == effect.p_value(alternative=side)
        for low, high in effect.confidence_interval(0.8, alternative=side).intervals:
            for end, outward in ((low, -1), (high, 1)):
                if isfinite(end):
                    assert second["test"]("difference", end + outward * 1e-6, side) <= Fraction(1, 5)
                    assert second["test"]("difference", end - outward * 1e-6, side) > Fraction(1, 5)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", CONFORMAL)
def test_ends_of_conformal_sets(seed, name):
    given = {**ROLES, "treated": "u00", "first_treated": 2017, **CONFORMAL[name], "inference": "conformal"}
    columns, compared = drawn(seed), 0
    second, effect = METHODS[CONTROL](columns, **given), effekt.synthetic_control(columns, **given)
    for view, own in (("difference", effect), ("ratio", effect.ratio())):
        for side in ("two-sided", "greater", "less"):
            wanted = own.confidence_interval(Fraction(4, 5), alternative=side).intervals
            for statistic, place in (("confidence_low", 0), ("confidence_high", 1)):
                if len(wanted) != 1 or (side, place) in (("greater", 1), ("less", 0)):
                    continue
                found = bound(second, view_of(view, None, Fraction(1)), statistic, Fraction(4, 5), side)
                if isfinite(wanted[0][place]):
                    assert found == pytest.approx(wanted[0][place], rel=1e-9, abs=1e-12)
                    compared += 1
                else:
                    assert found is None
    assert compared >= 6


def test_no_other_p_and_no_other_level_is_declared():
    given = {**ROLES, "treated": "u00", "first_treated": 2017, "inference": "conformal"}
    second, effect = METHODS[CONTROL](drawn(3), **given), effekt.synthetic_control(drawn(3), **given)
    for view in ("difference", "ratio"):
        its, own = view_of(view, None, Fraction(1)), getattr(effect, view)()
        for null in ("0", "0.5") if view == "ratio" else ("0.5", "1.5"):
            assert p_value(second, its, Fraction(null), "greater") is None
            with pytest.raises(InferenceUnavailableError):
                own.p_value(float(null), "greater")
        assert bound(second, its, "confidence_low", Fraction("0.85"), "two-sided") is None
        with pytest.raises(InferenceUnavailableError):
            own.confidence_interval(Fraction("0.85"))


def test_a_certificate_of_other_residuals_is_told(monkeypatch):
    """A first route that moves the residuals the other way round has another p, and another bound."""
    given = {**ROLES, "treated": "u00", "first_treated": 2017, "inference": "conformal"}
    columns, honest = drawn(3), conformal.sums
    second = METHODS[CONTROL](columns, **given)
    monkeypatch.setattr(conformal, "sums", lambda residuals, n_after: honest(residuals[::-1], n_after))
    other = getattr(effekt, CONTROL)(columns, **given)
    wrong, view = other.p_value(), view_of("difference", None, Fraction(1))
    found = bound(second, view, "confidence_low", Fraction(4, 5), "two-sided")
    assert abs(found - other.confidence_interval(Fraction(4, 5)).intervals[0][0]) > 1e-3
    assert float(p_value(second, view_of("difference", None, Fraction(1)), None, "two-sided")) != wrong


def test_conformal_inference_takes_the_plain_weights():
    for options in ({"ridge": 1}, {"predictors": PREDICTORS}):
        with pytest.raises(ArgumentError, match="neither predictors nor ridge"):
            METHODS[CONTROL](golden_panel(), **ROLES, inference="conformal", **options)
    with pytest.raises(ArgumentError, match="conformal or none, not 'moved'"):
        METHODS[CONTROL](golden_panel(), **ROLES, inference="moved")


def test_what_takes_minutes_does_not_begin(monkeypatch):
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 1000)
    with pytest.raises(TooLargeError):
        METHODS[DIFFERENCES](golden_panel(), **ROLES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": 1, "ridge": 1}, "two different estimators"),
        ({"treated": "Z"}, "different units"),
        ({"donors": ["B"]}, "at least two donors"),
        ({"donors": ["A", "B"]}, "different units"),
        ({"first_treated": 2005}, "two periods before"),
        ({"first_treated": 2031}, "lie in the data"),
        ({"predictors": [{**PREDICTORS[0], "last": 2016}]}, "windows before"),
        ({"predictors": [{**PREDICTORS[0], "weight": 0}]}, "weights above zero"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        METHODS[CONTROL](golden_panel(), **{**ROLES, **options})


def test_bad_data_is_refused():
    columns = golden_panel()
    with pytest.raises(DataError, match="row 2 repeats"):
        METHODS[CONTROL]({**columns, "year": ["2012"] * 160}, **ROLES)
    with pytest.raises(DataError, match="denominator must be above zero"):
        METHODS[CONTROL]({**columns, "x": [0] * 160}, **{**ROLES, "outcome": ("y", "x")})
    with pytest.raises(DataError, match="must differ between units"):
        METHODS[CONTROL]({**columns, "x": [1] * 160}, **ROLES, predictors=PREDICTORS)
    with pytest.raises(DataError, match="for every unit in its window"):
        METHODS[CONTROL]({**columns, "x": [None] * 159 + ["1"]}, **ROLES, predictors=PREDICTORS)
    with pytest.raises(DataError, match="ridge must be above zero"):
        METHODS[CONTROL](columns, **ROLES, ridge=0)
    with pytest.raises(IncompleteWindowError, match="2019"):
        METHODS[DIFFERENCES]({name: cells[:-1] for name, cells in columns.items()}, **ROLES)
    with pytest.raises(ArgumentError, match="placebo, placebo_variance or none"):
        METHODS[DIFFERENCES](columns, **ROLES, inference="conformal")

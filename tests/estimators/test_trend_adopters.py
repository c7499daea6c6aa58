"""Units that adopted by themselves: naming them is the same as not having them in the data, in figures and checks."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from helpers import assert_valid_effect

import effekt
from effekt import independent
from effekt.estimators.trend.checks import same_letters
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.trends.trend_adjusted import placebo_study as second_study

NAMES = "ABCDEFGHIJ"
YEARS = range(2012, 2020)
CALL = {
    "outcome": effekt.Outcome(column=("days", "people"), unit="days", better="lower"),
    "unit": "unit",
    "time": "year",
    "period": "year",
    "treated": "A",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2019),
    "comparator": "others",
    "weights": "denominator",
}
CHECKS = [
    "regression_to_mean",
    "baseline_choice",
    "placebo_in_time",
    "inference_choice",
    {"check": "substitution", "outcome": ("long", "people")},
    {"check": "level_break", "at": 2018},
    {"check": "spill_over", "share": "0.1"},
]


def rows(names=NAMES):
    draw = random.Random(5)
    every = [
        (unit, year, draw.randint(300, 600) - 40 * (unit in "AC" and year > 2015), draw.randint(50, 90), 100)
        for unit in NAMES
        for year in YEARS
    ]
    kept = [row for row in every if row[0] in names]
    return dict(zip(("unit", "year", "days", "long", "people"), map(list, zip(*kept, strict=True)), strict=True))


def without_note(effect):
    """The effect but for what says that units were named, which is all that may differ."""
    arguments = {name: value for name, value in effect.arguments.items() if name != "adopters"}
    return replace(effect, arguments=arguments, notes=tuple(n for n in effect.notes if n.code != "adopters"))


@pytest.mark.parametrize(
    "options",
    [
        {"checks": CHECKS, "threshold": "0.05"},
        {"adjustment": "difference"},
        {"weights": None, "trend": "mean_of_ratios"},
        {"inference": "placebo_variance"},
        {"inference": "hac", "reference_window": (2012, 2015)},
        {"level_correction": "regression"},
        {"through": 2017},
        {"comparator": "J"},
        {"comparator": ["B", "D", "E", "F"]},
        {"comparator": "J", "own_unit": "removed", "weights": None, "series_units": 40, "outcome": "days"},
    ],
    ids=str,
)
def test_naming_them_is_not_having_them(options):
    call = CALL | options
    named = effekt.trend_adjusted(rows(), **call, adopters=["H", "C"])
    assert_valid_effect(named)
    assert named.arguments["adopters"] == ["C", "H"]
    dropped = effekt.trend_adjusted(rows("ABDEFGIJ"), **call)
    assert without_note(named) == dropped
    whole = effekt.trend_adjusted(rows(), **call)
    if options.get("comparator") != ["B", "D", "E", "F"]:  # of which they are no part whatever is named
        assert (whole.means, whole.inference, whole.diagnostics) != (named.means, named.inference, named.diagnostics)


def test_the_second_route_agrees_and_refuses_alike():
    call = CALL | {"outcome": ("days", "people")}
    named = effekt.trend_adjusted(rows(), **call, adopters=["C", "H"])
    second = independent.METHODS["trend_adjusted"]
    found = second(rows(), **call, adopters=["C", "H"])
    assert found["treated_mean"] == named.exact.treated
    assert found["counterfactual_mean"] == named.exact.counterfactual
    assert found["p_value"] == named.rank_p_value()
    assert (
        found["p_value"] != second(rows(), **call)["p_value"] or found["estimate"] != second(rows(), **call)["estimate"]
    )
    for wrong in (["A"], ["Z"]):
        with pytest.raises(ArgumentError, match="adopters must be units of the data"):
            second(rows(), **call, adopters=wrong)


def test_in_a_study_of_placebos_too():
    names = ("outcome", "unit", "time", "period", "reference_window", "evaluation_window", "weights")
    call = {name: CALL[name] for name in names}
    named = effekt.placebo_study(rows(), **call, adopters=["A", "C"], threshold="0.05")
    assert named == effekt.placebo_study(rows("BDEFGHIJ"), **call, threshold="0.05")
    assert named != effekt.placebo_study(rows(), **call, threshold="0.05")
    plain = call | {"outcome": ("days", "people")}
    studied = second_study(rows(), **plain, adopters="C")
    assert studied == second_study(rows("ABDEFGHIJ"), **plain)


def test_their_rows_may_be_incomplete_and_errors_name_the_rows_of_the_data():
    data = rows()
    data["days"][data["unit"].index("C")] = None
    assert effekt.trend_adjusted(data, **CALL, adopters="C").sample.n_dropped == 0
    data["days"][data["unit"].index("D")] = None
    with pytest.raises(DataError, match=f"the first at row {data['unit'].index('D') + 1}"):
        effekt.trend_adjusted(data, **CALL, adopters="C")


def test_they_are_named_in_the_figure():
    note = next(n for n in effekt.trend_adjusted(rows(), **CALL, adopters=["H", "C"]).notes if n.code == "adopters")
    assert note.text.en.endswith("by themselves: C and H.")
    assert note.text.sv.endswith("liknande: C och H.")
    series = effekt.trend_adjusted(rows(), **CALL | {"comparator": "J"}, adopters="C")
    assert "as it was published" in next(n for n in series.notes if n.code == "adopters").text.en
    assert not [n for n in effekt.trend_adjusted(rows(), **CALL).notes if n.code == "adopters"]
    assert "adopters" not in effekt.trend_adjusted(rows(), **CALL, adopters=[]).arguments


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"adopters": "A"},
            "`adopters` must not hold a unit of `treated`; 'A' stands in both. Take it out of one of them.",
        ),
        (
            {"adopters": ["C", "J"], "comparator": ["B", "J"]},
            "`adopters` must not hold a unit of `comparator`; 'J' stands in both. Take it out of one of them.",
        ),
        (
            {"adopters": "Z"},
            "`adopters` must name units that are in the data; 'Z' is not there. Check the spelling.",
        ),
        (
            {"adopters": "c"},
            "`adopters` must name units that are in the data; 'c' is not there. Did you mean 'C'?",
        ),
        (
            {"adopters": "C", "comparator": None, "weights": None, "adjustment": "none"},
            "`adopters` must be empty when adjustment='none', which compares with nothing; leave it out.",
        ),
    ],
)
def test_what_cannot_be_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as error:
        effekt.trend_adjusted(rows(), **CALL | options)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("orebro", " Did you mean 'Örebro'?"),
        ("Upplands-Väsby", " Did you mean 'Upplands Väsby'?"),
        ("127", " Did you mean '0127'?"),
        ("Orebr", " Check the spelling."),  # a unit near by is another's name
        ("0", " Check the spelling."),
    ],
)
def test_the_unit_that_is_meant_is_the_one_with_the_same_letters(label: str, said: str) -> None:
    assert same_letters(label, ["Örebro", "Upplands Väsby", "0127", "–"]) == said

"""Readings of a standardised figure by other periods: each is the call with these declared, population and all."""

from __future__ import annotations

import random

import pytest

import effekt
from effekt import independent
from effekt._calendar import period_label
from effekt.exceptions import DataError
from effekt.reports.other_means import windows

AGES = ("-29", "30-49", "50-")
UNITS = tuple("ABCDEFGH")
QUARTERS = [f"{year}Q{quarter}" for year in range(2013, 2019) for quarter in (1, 2, 3, 4)]
CALL = {
    "outcome": {"column": ["days", "people"], "unit": "days", "better": "lower"},
    "unit": "unit",
    "time": "time",
    "period": "quarter",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": ("2014Q3", "2016Q2"),
    "evaluation_window": ("2017Q1", "2018Q3"),
    "standardize": ["age"],
    "standard": "treated_reference",
}
TABLE = [{"age": age, "weight": weight} for age, weight in zip(AGES, ("0.2", 3, "1.7"), strict=True)]
OPTIONS = {
    "own": {},
    "listed": {"standard": TABLE},
    "difference of plain means": {"adjustment": "difference", "weights": None, "mean": "mean_of_periods"},
    "mean of ratios": {"trend": "mean_of_ratios", "weights": None},
    "months matched": {"same_months": True},
    "several treated": {"treated": ["A", "B"]},
    "a series": {"comparator": "H", "own_unit": "absent"},
    "before and after": {"adjustment": "none", "comparator": None, "weights": None, "inference": "none"},
    "some left out": {"excluded": [("2015Q1", "2015Q2"), ("2017Q3", "2017Q3")]},
    "some left out, months matched": {"excluded": [("2015Q1", "2015Q1")], "same_months": True},
    "levels corrected": {"level_correction": "regression"},
    "log levels corrected": {"level_correction": "log_regression", "excluded": [("2015Q1", "2015Q4")]},
}


def rows_of(seed):
    """Rows in which the treated units' ages change much from quarter to quarter, and rates differ by age."""
    rng = random.Random(seed)
    return [
        (unit, time, age, round(people * rng.uniform(3, 5) * (1 + k), 2), people)
        for unit in UNITS
        for time in QUARTERS
        for k, age in enumerate(AGES)
        for people in [rng.randint(5, 90)]
    ]


def table(rows):
    return dict(zip(("unit", "time", "age", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def without(rows, unit, age, first, last, *, rows_too=False):
    """Nobody of an age in a unit in some quarters, with the rows or without them."""
    gone = [row[0] == unit and row[2] == age and first <= row[1] <= last for row in rows]
    kept = [(*row[:3], 0, 0) if out else row for row, out in zip(rows, gone, strict=True)]
    return [row for row, out in zip(kept, gone, strict=True) if not (out and rows_too)]


def compare(data, *checks, **options):
    return effekt.trend_adjusted(data, **(CALL | options), **({"checks": list(checks)} if checks else {}))


def second(data, route=independent.METHODS, **options):
    given = CALL | options
    return route["trend_adjusted"](data, **given | {"outcome": tuple(given["outcome"]["column"])})


def beside(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def ends(label):
    first, _, last = label.partition("–")
    return first, last or first


def call_over(data, options, **moved):
    """The call with these windows declared, and with what it excludes that lies in them."""
    both = CALL | options | moved
    stretches = [both["reference_window"], both["evaluation_window"]]
    out = [one for one in both.get("excluded", ()) if any(a <= one[1] and one[0] <= b for a, b in stretches)]
    return compare(data, **(options | moved | {"excluded": out}))


def relative(effect):
    return effect.relative().estimate


@pytest.mark.parametrize("name", OPTIONS)
def test_another_reference_window_is_the_call_with_it_declared_by_both_routes(name):
    data, options = table(rows_of(1)), OPTIONS[name]
    effect = compare(data, "baseline_choice", **options)
    found = beside(effect, "baseline_choice").table
    again = second(data, independent.OTHERWISE, **options)
    page = {one.name: one.means for one in windows(effect)}
    compared = 0
    for window, change in zip(found["window"], found["relative"], strict=True):
        reference = ends(window)
        declared = call_over(data, options, reference_window=reference)
        assert change == relative(declared), window
        if reference == CALL["reference_window"]:
            continue
        twice = second(data, **(options | {"reference_window": reference, "inference": "none"}))
        reading = again[f"window {window}"]
        assert reading == {name: twice[name] for name in ("treated_mean", "counterfactual_mean", "estimate")}
        if declared.exact is not None:
            exact = declared.exact
            assert (reading["treated_mean"], reading["counterfactual_mean"]) == (exact.treated, exact.counterfactual)
        means = page[f"window {window}"]
        assert means.treated == declared.means.treated
        assert means.counterfactual == pytest.approx(declared.means.counterfactual, rel=1e-14)
        compared += 1
    assert compared == len(found["window"]) - 1 >= 4
    assert set(page) == {one for one in again if one.startswith("window")}


def test_the_population_is_what_moves_them():
    """Under a listed population the treated mean stays as it is, and under the treated units' own it does not."""
    data = table(rows_of(1))
    for standard, same in ((TABLE, True), ("treated_reference", False)):
        effect = compare(data, "baseline_choice", standard=standard)
        assert all((one.means.treated == effect.treated_mean) is same for one in windows(effect))
        assert ("treated_mean" in beside(effect, "baseline_choice").table) is not same


@pytest.mark.parametrize("name", [name for name in OPTIONS if "excluded" not in OPTIONS[name]])
@pytest.mark.parametrize("out", [("2015Q1", "2015Q3"), ("2016Q2", "2017Q2")])
def test_with_nothing_excluded_is_the_call_that_excludes_nothing(name, out):
    data = table(rows_of(2))
    whole, cut = compare(data, **OPTIONS[name]), compare(data, excluded=[out], **OPTIONS[name])
    values = beside(cut, "excluded_periods").values
    assert values["relative_nothing_excluded"] == relative(whole)
    assert values["relative_excluding"] == relative(cut)


@pytest.mark.parametrize("name", OPTIONS)
def test_an_earlier_year_is_the_call_with_its_windows_declared(name):
    """The population is that of the treated units in the reference that is moved back with the evaluation."""
    data = table(rows_of(3))
    options = OPTIONS[name] | {"reference_window": ("2016Q1", "2016Q4")}
    if "excluded" in options:
        out = ["2016Q4", "2017Q4"] if options.get("same_months") else ["2016Q2"]
        options["excluded"] = [(one, one) for one in out]
    found = beside(compare(data, "placebo_in_time", **options), "placebo_in_time").table
    assert len(found["window"]) == 2
    for window, change in zip(found["window"], found["relative"], strict=True):
        years = 2017 - int(window[:4])
        reference = tuple(f"{2016 - years}{quarter}" for quarter in ("Q1", "Q4"))
        evaluation = (f"{2017 - years}Q1", f"{2018 - years}Q3")
        assert ends(window) == evaluation
        over = {"reference_window": reference, "evaluation_window": evaluation}
        assert change == relative(call_over(data, options, **over)), window
        exact = second(data, **(options | over | {"inference": "none"}))
        assert change == pytest.approx(float(exact["treated_mean"] / exact["counterfactual_mean"] - 1), rel=1e-10)


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "before and after"])
def test_a_break_within_a_window_is_the_call_with_its_parts_declared(name):
    data, options = table(rows_of(4)), OPTIONS[name]
    plain = {key: value for key, value in options.items() if key not in ("same_months", "level_correction")}
    for at, parts, sides in (
        ("2015Q3", (("2014Q3", "2015Q2"), ("2015Q3", "2016Q2")), {"reference_window": ("2015Q3", "2016Q2")}),
        ("2018Q1", (("2017Q1", "2017Q4"), ("2018Q1", "2018Q3")), {"evaluation_window": ("2017Q1", "2017Q4")}),
    ):
        values = beside(compare(data, {"check": "level_break", "at": at}, **options), "level_break").values
        within = call_over(data, plain, reference_window=parts[0], evaluation_window=parts[1])
        if "break_relative" in values:
            assert values["break_relative"] == pytest.approx(relative(within), rel=1e-12)
        else:
            assert values["break"] == within.estimate
        assert values["relative_one_side"] == relative(call_over(data, options, **sides))


def test_a_look_is_the_call_to_date_with_its_months_matched():
    data = table(rows_of(5))
    look = compare(data, "baseline_choice", through="2017Q2")
    to_date = {"evaluation_window": ("2017Q1", "2017Q2"), "same_months": True}
    assert look.means == compare(data, **to_date).means
    found = beside(look, "baseline_choice").table
    for window, change in zip(found["window"], found["relative"], strict=True):
        assert change == relative(compare(data, **(to_date | {"reference_window": ends(window)})))


# ------------------------------------------------------------------------------------------- what a call would refuse

LACK = {
    "comparator": lambda: nobody_among(UNITS[1:], "-29", "2013Q3", "2014Q2"),
    "comparator, no rows": lambda: without(rows_of(6), "C", "-29", "2013Q3", "2013Q4", rows_too=True),
    "a placebo": lambda: without(rows_of(6), "C", "-29", "2013Q3", "2015Q2"),
}


def nobody_among(units, *where):
    rows = rows_of(6)
    for unit in units:
        rows = without(rows, unit, *where)
    return rows


def declared_or_refusal(data, **options):
    try:
        return relative(compare(data, **options))
    except DataError as error:
        return str(error)


def candidates():
    """Every reference of whole years more or fewer than 2014Q3–2016Q2 that ends before 2017."""
    found = []
    for start in range(2013 * 4 + 2, 2017 * 4, 4):
        for end in range(start + 3, 2017 * 4, 4):
            found.append((period_label(start, "quarter"), period_label(end, "quarter")))
    return found


@pytest.mark.parametrize("inference", ["placebo", "none"])
@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("standard", ["treated_reference", TABLE], ids=["own", "listed"])
@pytest.mark.parametrize("name", ["comparator", "comparator, no rows", "a placebo"])
def test_a_window_that_the_call_would_refuse_has_no_reading_and_is_counted(name, standard, weights, inference):
    data = table(LACK[name]())
    options = {
        "standard": standard,
        "weights": weights,
        "inference": inference,
        "reference_window": ("2015Q3", "2016Q2"),
    }
    check = beside(compare(data, "baseline_choice", **options), "baseline_choice")
    again = second(data, independent.OTHERWISE, **options)
    expected = {
        window: declared_or_refusal(data, **(options | {"reference_window": window})) for window in candidates()
    }
    refused = [window for window, found in expected.items() if isinstance(found, str)]
    assert all(expected[window].startswith("Every stratum of the standard population must have") for window in refused)
    readings = {window: found for window, found in expected.items() if not isinstance(found, str)}
    labels = {"–".join(dict.fromkeys(window)): found for window, found in readings.items()}
    assert dict(zip(check.table["window"], check.table["relative"], strict=True)) == labels
    assert {one for one in again if one.startswith("window")} == {
        f"window {label}" for label in labels if label != "2015Q3–2016Q2"
    }
    assert check.values.get("n_without_strata", 0) == len(refused)
    pooled_alone = name == "a placebo" and weights == "denominator" and inference == "none"
    assert bool(refused) is not pooled_alone
    said = (
        f"For {len(refused)} more there is no value: a stratum of the standard population has no row, or nobody in it"
    )
    assert (said in check.statement.en) is bool(refused)
    also = f"För ytterligare {len(refused)} saknas värde: ett skikt i standardpopulationen saknar rader eller personer"
    assert (also in check.statement.sv) is bool(refused)


def test_a_stratum_that_the_treated_do_not_have_in_a_window_has_no_weight_there():
    """A shorter reference holds nobody of an age: the call that declares it leaves the age out, and so does it here."""
    data = table(without(without(rows_of(6), "A", "50-", "2015Q3", "2016Q2"), "C", "50-", "2013Q1", "2018Q4"))
    options = {"weights": None, "inference": "none", "reference_window": ("2015Q3", "2016Q2")}
    check = beside(compare(data, "baseline_choice", **options), "baseline_choice")
    assert check.table["window"] == ("2015Q3–2016Q2",)  # in all others the age has weight, and one unit has none of it
    assert check.values["n_without_strata"] == len(candidates()) - 1
    assert [one for one in second(data, independent.OTHERWISE, **options) if one.startswith("window")] == []


def test_nobody_among_the_treated_in_a_window_is_no_reading():
    rows = rows_of(6)
    for age in AGES:
        rows = without(rows, "A", age, "2013Q1", "2014Q2")
    data, options = table(rows), {"reference_window": ("2015Q3", "2016Q2")}
    check = beside(compare(data, "baseline_choice", **options), "baseline_choice")
    assert "2013Q3–2014Q2" not in check.table["window"]
    assert check.values["n_without_strata"] == 1
    assert "window 2013Q3–2014Q2" not in second(data, independent.OTHERWISE, **options)
    with pytest.raises(DataError, match=r"^The treated units must have a denominator above zero in `reference_window`"):
        compare(data, reference_window=("2013Q3", "2014Q2"))


def test_periods_that_each_lack_a_stratum_have_a_figure_and_no_picture():
    """The window as a whole has people of every age, as a small unit's quarters do not."""
    data = table(without(without(rows_of(6), "A", "50-", "2015Q1", "2015Q1"), "A", "-29", "2015Q2", "2015Q2"))
    options = {"reference_window": ("2015Q1", "2015Q2")}
    effect, again = compare(data, **options), second(data, **options)
    assert (effect.exact.treated, effect.exact.counterfactual) == (again["treated_mean"], again["counterfactual_mean"])
    assert effect.path is None


def test_what_the_call_that_excludes_nothing_would_refuse_is_said():
    """Nobody young in the treated but in what is left out: with that in, the young count, whom a unit lacks."""
    rows = without(without(rows_of(7), "A", "-29", "2014Q3", "2015Q2"), "A", "-29", "2016Q1", "2018Q4")
    data = table(without(rows, "C", "-29", "2013Q1", "2018Q4"))
    check = beside(compare(data, excluded=[("2015Q3", "2015Q4")]), "excluded_periods")
    assert check.values["relative_nothing_excluded"] is None
    assert check.values["n_without_strata"] == 1
    assert "there is no value: a stratum of the standard population has no row, or nobody in it" in check.statement.en
    with pytest.raises(DataError, match=r"^Every stratum of the standard population must have"):
        compare(data)


def test_an_earlier_year_that_the_call_would_refuse_is_counted():
    data = table(without(rows_of(8), "C", "-29", "2014Q1", "2014Q4"))
    options = {"reference_window": ("2016Q1", "2016Q4"), "evaluation_window": ("2017Q1", "2017Q4")}
    check = beside(compare(data, "placebo_in_time", **options), "placebo_in_time")
    assert check.table["window"] == ("2016Q1–2016Q4",)
    assert check.values["n_without_strata"] == 2
    assert "For 2 more there is no value: a stratum" in check.statement.en


def test_a_break_that_the_call_would_refuse_is_said():
    data = table(without(rows_of(8), "C", "-29", "2014Q3", "2015Q2"))
    check = beside(compare(data, {"check": "level_break", "at": "2015Q3"}), "level_break")
    assert check.statement.en.startswith("The break could not be looked for: on one side of the date a stratum of the")
    other = table(without(rows_of(8), "C", "-29", "2015Q3", "2016Q2"))
    check = beside(compare(other, {"check": "level_break", "at": "2015Q3"}), "level_break")
    assert check.statement.en.startswith("The break could not be looked for: on one side of the date a stratum of the")


def test_a_look_passes_by_an_earlier_year_in_which_a_stratum_has_nobody():
    rows = rows_of(9)
    data = table(without(rows, "C", "-29", "2014Q1", "2015Q2"))
    options = {"reference_window": ("2015Q1", "2016Q4"), "evaluation_window": ("2017Q1", "2018Q4"), "through": "2017Q4"}
    seen, whole = (beside(compare(one, **options), "forecast").values for one in (data, table(rows)))
    assert 0 < seen["n_changes"] < whole["n_changes"]

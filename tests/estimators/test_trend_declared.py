"""Checks that are told what to look at, against the oracle: another outcome, a date, a share of the comparator."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from fractions import Fraction as F

import pytest
from helpers import assert_valid_effect
from oracles.trend import Trend, labels

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, DataError

UNITS = tuple("ABCDEFGHIJKL")
TIMES = labels("2014-01", 36, "month")
REFERENCE, EVALUATION = TIMES[:24], TIMES[24:33]
CALL = {
    "outcome": effekt.Outcome(column=("short", "people"), unit="days", better="lower"),
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": (2014, 2015),
    "evaluation_window": ("2016-01", "2016-09"),
}
LONG = {"check": "substitution", "outcome": ["long", "people"]}
BREAK = {"check": "level_break", "at": "2015-06"}


def panel(seed, change=None):
    """Twelve units with short and long absence and their total; `change` rewrites (unit, time, short, long)."""
    rng = random.Random(seed)
    rows = []
    for unit in UNITS:
        for time in TIMES:
            short, long, people = round(rng.uniform(30, 60), 2), round(rng.uniform(50, 90), 2), rng.randint(40, 60)
            if change is not None:
                short, long = change(unit, time, short, long)
            rows.append((unit, time, short, long, round(short + long, 6), people))
    rng.shuffle(rows)
    names = ("unit", "time", "short", "long", "total", "people")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def oracle_of(data, numerator="short", reference=REFERENCE, evaluation=EVALUATION, **options):
    return Trend(
        data,
        numerator=numerator,
        denominator="people",
        unit="unit",
        time="time",
        reference=reference,
        evaluation=evaluation,
        **({"weights": "denominator", "mean": "ratio_of_sums", "adjustment": "ratio"} | options),
    )


def compare(data, *checks, **options):
    return effekt.trend_adjusted(data, **(CALL | options), checks=list(checks))


def beside(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def effects(oracle, treated=("A",), others=UNITS[1:]):
    """Treated less counterfactual, and the counterfactual, of the treated and of each placebo."""
    own = oracle.treated_mean(treated), oracle.counterfactual(treated, others)
    pairs = [own, *oracle.placebos(treated, others).values()]
    return [(mean - other, other) for mean, other in pairs]


def rank(values):
    own, *rest = [abs(value) for value in values]
    return F(1 + sum(value >= own for value in rest), len(rest) + 1)


# --- another outcome --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize(("numerator", "includes"), [("long", False), ("total", True)])
def test_substitution_is_the_same_comparison_of_another_outcome(adjustment, weights, numerator, includes):
    data, options = panel(1), {"adjustment": adjustment, "weights": weights}
    asked = {"check": "substitution", "outcome": (numerator, "people"), "includes": includes}
    effect = compare(data, asked, **options)
    found = beside(effect, "substitution").values
    paying, other = (effects(oracle_of(data, name, **options)) for name in ("short", numerator))
    moved = [there[0] - own[0] if includes else there[0] for own, there in zip(paying, other, strict=True)]
    scaled = [one / own[1] for one, own in zip(moved, paying, strict=True)] if adjustment == "ratio" else moved
    assert found["effect_paying"] == pytest.approx(float(paying[0][0]), rel=1e-10)
    assert found["effect_other"] == pytest.approx(float(other[0][0]), rel=1e-10)
    assert found["effect_elsewhere"] == pytest.approx(float(moved[0]), rel=1e-10)
    assert found["relative_elsewhere"] == pytest.approx(float(moved[0] / paying[0][1]), rel=1e-10)
    assert found["p_value"] == pytest.approx(float(rank(scaled)), rel=1e-12)
    assert found["n_placebos"] == len(UNITS) - 1
    expected = float(-moved[0] / paying[0][0]) if paying[0][0] < 0 else None
    assert found["offset"] == pytest.approx(expected, rel=1e-10)
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert_valid_effect(effect)


def test_absence_that_became_long_is_told():
    """Short absence falls by a tenth in A; half of that becomes long absence."""

    def change(unit, time, short, long):
        if unit == "A" and time in EVALUATION:
            return 0.9 * 45, 70 + 0.05 * 45
        return 45, 70

    data = panel(2, change) | {"people": [50] * len(UNITS) * len(TIMES)}
    found = beside(compare(data, LONG), "substitution")
    assert found.status == "warning"
    assert found.values["offset"] == pytest.approx(0.5, rel=1e-9)
    assert found.statement.en.startswith("Of the fall of ")
    assert "shows up as a rise in long per people." in found.statement.en
    assert "som en ökning i long per people." in found.statement.sv
    data["long"] = [70] * len(data["long"])
    quiet = beside(compare(data, LONG), "substitution")
    assert (quiet.status, quiet.values["offset"]) == ("information", 0)
    assert quiet.statement.en.startswith("No part of the fall of ")
    assert quiet.statement.sv.startswith("Ingen del av minskningen på ")


def test_no_improvement_has_not_moved():
    data = panel(3, lambda u, t, short, long: (2 * short if u == "A" and t in EVALUATION else short, long))
    found = beside(compare(data, LONG), "substitution")
    assert (found.status, found.values["offset"]) == ("information", None)
    assert found.statement.en.startswith("short per people did not improve, so no improvement can have moved;")


def test_a_series_without_the_treated_and_other_placebos():
    """The national sums without A and without each placebo: as against all others."""
    data = panel(4)
    for time in TIMES:
        at = [i for i, (u, t) in enumerate(zip(data["unit"], data["time"], strict=True)) if t == time and u in UNITS]
        sums = [sum(F(str(data[name][i])) for i in at) for name in ("short", "long", "total", "people")]
        for name, value in zip(
            ("unit", "time", "short", "long", "total", "people"), ("Riket", time, *map(float, sums)), strict=True
        ):
            data[name].append(value)
    checks = [LONG, BREAK]
    series = compare(data, *checks, comparator="Riket", own_unit="removed")
    others = compare(panel(4), *checks)
    for name in ("substitution", "level_break"):
        one, other = (beside(effect, name).values for effect in (series, others))
        assert one.keys() == other.keys()
        for key, value in other.items():
            assert one[key] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), key


def test_without_placebos_there_is_no_p():
    for options in ({"inference": "none"}, {"comparator": "B", "treated": [*UNITS[:1], *UNITS[2:]]}):
        effect = compare(panel(5), LONG, BREAK, **options)
        found = beside(effect, "substitution")
        assert found.values["p_value"] is None
        assert "rank" not in found.statement.en
        broken = beside(effect, "level_break")
        assert (broken.status, broken.values["p_value"], broken.values["smallest_p"]) == ("information", None, None)
        assert "was not asked of units without the intervention" in broken.statement.en


def test_data_of_the_other_outcome_are_held_to_the_same_rules():
    data = panel(6)
    at = next(i for i in range(len(data["unit"])) if (data["unit"][i], data["time"][i]) == ("A", "2015-02"))
    data["long"][at] = None
    assert compare(data).exact is not None
    with pytest.raises(DataError, match="checks: substitution, long per people: Column 'long' must have a value"):
        compare(data, LONG)
    with pytest.raises(DataError, match="checks: substitution, long per people: `reference_window`"):
        compare(data, LONG, missing="drop")


def zeros(data, *units):
    """The other outcome nothing in these units."""
    data["long"] = [0 if unit in units else value for unit, value in zip(data["unit"], data["long"], strict=True)]
    return data


@pytest.mark.parametrize("units", [("A",), UNITS[1:], UNITS])
def test_an_outcome_without_a_ratio_leaves_the_figure(units):
    """A mean of zero, of the treated or of the comparator: the check says why it is not made."""
    plain, effect = compare(panel(6)), compare(zeros(panel(6), *units), LONG)
    assert (effect.exact, effect.inference) == (plain.exact, plain.inference)
    found = beside(effect, "substitution")
    assert (found.status, found.values) == ("warning", {"other_outcome": "long per people"})
    assert found.statement.en == (
        "Whether a change in short per people comes back in long per people cannot be said: a mean of long per people, "
        "of the treated units or of the comparator, is not above zero, so there is no ratio that it would have "
        "followed. adjustment='difference' compares it."
    )
    assert found.statement.sv == (
        "Om en förändring av short per people kommer tillbaka i long per people går inte att säga: ett medelvärde av "
        "long per people, för de behandlade enheterna eller för jämförelsen, är inte större än noll, så det finns "
        "ingen kvot som det skulle ha följt. Med adjustment='difference' går det att jämföra."
    )
    assert_valid_effect(effect)


def test_a_placebo_unit_without_a_ratio_takes_the_p_value_alone():
    found = beside(compare(zeros(panel(6), "C"), LONG), "substitution")
    assert (found.values["n_placebos"], found.values["p_value"]) == (0, None)
    assert found.values["effect_other"] == pytest.approx(
        beside(compare(zeros(panel(6), "C"), LONG, inference="none"), "substitution").values["effect_other"], rel=1e-15
    )
    assert found.statement.en.endswith(
        " It has no p-value: in some unit without the intervention a mean of long per people is not above zero."
    )
    assert found.statement.sv.endswith(
        " Något p-värde finns inte: i någon enhet utan insatsen är ett medelvärde av long per people inte större än "
        "noll."
    )


def test_an_outcome_of_zeros_is_compared_by_difference():
    found = beside(compare(zeros(panel(6), "A", "C"), LONG, adjustment="difference"), "substitution")
    assert found.values["n_placebos"] == len(UNITS) - 1
    assert found.values["p_value"] is not None


@pytest.mark.parametrize("written", [0.125, "0.125", Decimal("0.125")])
def test_a_share_and_a_threshold_as_contracts_carry_them(written):
    share = {"check": "spill_over", "share": written}
    effect = compare(panel(7), share, "baseline_choice", threshold=written)
    plain = compare(panel(7), share | {"share": 0.125}, "baseline_choice", threshold=0.125)
    assert effect.diagnostics == plain.diagnostics
    assert effect.arguments["threshold"] == 0.125
    assert type(effect.arguments["threshold"]) is float
    assert effect.arguments["checks"][0]["share"] == (written if isinstance(written, float) else "0.125")
    assert_valid_effect(effect)
    with pytest.raises(ArgumentError) as refusal:
        compare(panel(7), "baseline_choice", threshold="0,125")
    assert str(refusal.value) == "`threshold` must be a finite number, or a decimal in text; got '0,125'."
    with pytest.raises(ArgumentError, match="`threshold` must be a finite number, or a decimal in text; got Dec"):
        compare(panel(7), "baseline_choice", threshold=Decimal("NaN"))


# --- a date -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize(
    ("at", "window", "before", "after", "reference", "evaluation"),
    [
        ("2015-06", "reference", TIMES[:17], TIMES[17:24], TIMES[17:24], EVALUATION),
        (2015, "reference", TIMES[:12], TIMES[12:24], TIMES[12:24], EVALUATION),
        ("2016-04", "evaluation", TIMES[24:27], TIMES[27:33], REFERENCE, TIMES[24:27]),
    ],
)
def test_a_break_is_the_comparison_within_the_window(adjustment, at, window, before, after, reference, evaluation):
    data = panel(7)
    effect = compare(data, {"check": "level_break", "at": at}, adjustment=adjustment)
    found = beside(effect, "level_break").values
    oracle = oracle_of(data, reference=before, evaluation=after, adjustment=adjustment)
    own = oracle.error(oracle.treated_mean(["A"]), oracle.counterfactual(["A"], list(UNITS[1:])))
    assert found["break"] == pytest.approx(float(own), rel=1e-10)
    assert found["p_value"] == float(oracle.p_value(["A"], list(UNITS[1:])))
    assert (found["break_window"], found["n_placebos"]) == (window, len(UNITS) - 1)
    assert found["break_at"] == (at if isinstance(at, str) else f"{at}-01")
    alone = oracle_of(data, reference=reference, evaluation=evaluation, adjustment=adjustment)
    expected = float(alone.relative(["A"], list(UNITS[1:])))
    assert found["relative_one_side"] == pytest.approx(expected, rel=1e-10)
    assert found["relative"] == pytest.approx(float(effect.relative().exact_estimate), rel=1e-12)
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert_valid_effect(effect)


def test_a_new_routine_is_found_and_what_it_does_to_the_figure_is_told():
    """From June 2015 A records a fifth less, for ever; nothing else happens."""

    def change(unit, time, short, long):
        return short / 10 + (40 if unit == "A" and time >= "2015-06" else 50), long

    data = panel(8, change)
    data["people"] = [50] * len(data["people"])
    found = beside(compare(data, BREAK), "level_break")
    assert found.status == "warning"
    assert found.values["p_value"] == pytest.approx(1 / 12)
    assert found.values["break_relative"] == pytest.approx(math.expm1(found.values["break"]), rel=1e-12)
    assert found.values["relative"] < -0.1
    assert abs(found.values["relative_one_side"]) < 0.02
    assert found.statement.en.startswith(
        "From 2015-06 on, within the reference window, the treated series changes by −"
    )
    assert "it cannot be below 0.0833" in found.statement.en
    assert "inom referensfönstret" in found.statement.sv
    quiet = beside(compare(panel(9), {"check": "level_break", "at": "2016-05"}), "level_break")
    assert quiet.status in ("ok", "warning")
    assert "may also be the intervention's own" in quiet.statement.en


def test_few_units_cannot_show_a_break():
    data = panel(10)
    found = beside(compare(data, BREAK, comparator=["B", "C", "D"]), "level_break")
    assert found.status == "information"
    assert found.values["smallest_p"] == 0.25


@pytest.mark.parametrize("same_months", [False, True])
def test_excluded_periods_count_in_no_part_and_months_are_matched_in_the_figure_alone(same_months):
    data = panel(11)
    options = {"same_months": same_months, "excluded": [("2014-03", "2014-04")]}
    found = beside(compare(data, {"check": "level_break", "at": "2015-01"}, **options), "level_break")
    reference = [t for t in TIMES[:12] if t not in TIMES[2:4]]
    oracle = oracle_of(data, reference=reference, evaluation=TIMES[12:24])
    own = oracle.error(oracle.treated_mean(["A"]), oracle.counterfactual(["A"], list(UNITS[1:])))
    assert found.values["break"] == pytest.approx(float(own), rel=1e-10)
    alone = oracle_of(data, reference=TIMES[12:24], same_months=same_months)
    expected = float(alone.relative(["A"], list(UNITS[1:])))
    assert found.values["relative_one_side"] == pytest.approx(expected, rel=1e-10)
    late = beside(compare(data, {"check": "level_break", "at": "2015-06"}, **options), "level_break")
    assert (late.values["relative_one_side"] is None) == same_months  # June to December lack the months January to May


def test_a_date_before_which_everything_is_excluded_cannot_be_looked_at():
    at = {"check": "level_break", "at": "2014-02"}
    found = beside(compare(panel(11), at, excluded=[("2014-01", "2014-01")]), "level_break")
    assert found.status == "warning"
    assert found.values == {"break_at": "2014-02", "break_window": "reference"}
    assert found.statement.en.startswith("The break could not be looked for")


def test_a_part_without_any_absence_has_no_ratio():
    data = panel(12)
    rows = zip(data["unit"], data["time"], data["short"], strict=True)
    data["short"] = [0 if unit == "A" and time in TIMES[:17] else value for unit, time, value in rows]
    found = beside(compare(data, BREAK), "level_break")
    assert (found.status, dict(found.values)) == ("warning", {"break_at": "2015-06", "break_window": "reference"})


# --- a share of the comparator ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_spill_over_is_undone_exactly(adjustment):
    """C and D run the programme too: without them the comparator gives what the correction gives."""
    cells = {}
    for unit, people in (("A", 10), ("B", 30), ("C", 10)):
        for year in (2014, 2015):
            untouched = F(8) if year == 2014 else F(10)
            treated = year == 2015 and unit in "AC"
            mean = (untouched * F(8, 10) if adjustment == "ratio" else untouched - 2) if treated else untouched
            cells[unit, year] = (float(mean * people), people)
    data = dict(
        zip(
            ("unit", "time", "short", "people"),
            map(list, zip(*((*at, *pair) for at, pair in cells.items()), strict=True)),
            strict=True,
        )
    )
    call = {"period": "year", "reference_window": (2014, 2014), "evaluation_window": (2015, 2015)}
    effect = compare(data, {"check": "spill_over", "share": "0.25"}, adjustment=adjustment, **call)
    found = beside(effect, "spill_over")
    clean = effekt.trend_adjusted(data, **(CALL | call | {"comparator": ["B"], "adjustment": adjustment}))
    assert found.status == "warning"
    assert found.values["effect_corrected"] == pytest.approx(clean.estimate, rel=1e-12)
    assert found.values["relative_corrected"] == pytest.approx(-0.2, rel=1e-12)
    assert found.values["bias"] == pytest.approx(-0.25 * clean.estimate, rel=1e-12)
    assert found.values["effect_found"] == pytest.approx(effect.estimate, rel=1e-12)
    assert beside(compare(data, by_name(["C"]), adjustment=adjustment, **call), "spill_over") == found
    assert "−15.79%" in found.statement.en
    assert "−20.00%" in found.statement.en
    assert "−15,79" in found.statement.sv
    assert effekt.trend_adjusted(data, **effect.arguments) == effect


@pytest.mark.parametrize(
    ("choices", "share", "whose"),
    [
        ({"weights": "denominator"}, F(2 * 20 * 3, 2 * 20 * 3 + 8 * 10), "of the comparator's outcome"),
        ({"weights": None}, F(2 * 20, 2 * 20 + 8 * 10), "of the comparator's outcome"),
        ({"weights": None, "trend": "mean_of_ratios"}, F(2, 10), "of the weight in the comparator"),
        (
            {"weights": "denominator", "adjustment": "difference"},
            F(2 * 3, 2 * 3 + 8),
            "of the weight in the comparator",
        ),
        ({"weights": None, "adjustment": "difference"}, F(2, 10), "of the weight in the comparator"),
    ],
)
def test_the_share_is_of_what_the_adopters_take_off_the_comparator(choices, share, whose):
    """B and C are thrice as large as the others, at twice their level, and run the programme; nothing is by chance."""
    ratio = choices.get("adjustment", "ratio") == "ratio"
    rows = []
    for unit in UNITS[:11]:
        people = 300 if unit in "BC" else 100
        for year in (2014, 2015):
            level = F(20 if unit in "BC" else 10)
            if year == 2015:
                level = level * F(95, 100) if ratio else level - F(1, 2)
            if year == 2015 and unit in "ABC":
                level = level * F(88, 100) if ratio else level - F(12, 10)
            rows.append((unit, year, float(level * people), people))
    data = dict(zip(("unit", "time", "short", "people"), map(list, zip(*rows, strict=True)), strict=True))
    call = {"period": "year", "reference_window": (2014, 2014), "evaluation_window": (2015, 2015), **choices}
    effect = compare(data, {"check": "spill_over", "share": float(share)}, **call)
    clean = effekt.trend_adjusted(data, **(CALL | call | {"adopters": ["B", "C"]}))
    found = beside(effect, "spill_over")
    assert found.values["effect_corrected"] == pytest.approx(clean.estimate, rel=1e-12)
    assert abs(effect.estimate) < 0.9 * abs(clean.estimate)
    assert clean.estimate == pytest.approx(-0.12 * 9.5 if ratio else -1.2, rel=1e-12)
    assert whose in found.statement.en
    named = compare(data, by_name(["B", "C"]), **call)
    assert beside(named, "spill_over") == found
    assert effekt.trend_adjusted(data, **named.arguments) == named


def by_name(adopters):
    return {"check": "spill_over", "adopters": adopters}


@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_share_of_named_adopters_is_that_of_the_cells_as_they_are(mean, adjustment):
    """Of sums over the window, or the mean over its months of each one's part over the comparator's denominators."""
    data = panel(31)
    cell = {
        (unit, time): (F(str(short)), F(people))
        for unit, time, short, people in zip(*(data[name] for name in ("unit", "time", "short", "people")), strict=True)
    }
    pooled = {
        time: [sum(cell[unit, time][i] for unit in units) for units in (UNITS[1:], "CF") for i in (0, 1)]
        for time in REFERENCE
    }
    if adjustment == "difference":
        want = sum(one[3] for one in pooled.values()) / sum(one[1] for one in pooled.values())
    elif mean == "ratio_of_sums":
        want = sum(one[2] for one in pooled.values()) / sum(one[0] for one in pooled.values())
    else:
        want = sum(one[2] / one[1] for one in pooled.values()) / sum(one[0] / one[1] for one in pooled.values())
    effect = compare(data, by_name(["F", "C"]), mean=mean, adjustment=adjustment)
    assert beside(effect, "spill_over").values["part_with_programme"] == float(want)


@pytest.mark.parametrize(
    ("choices", "want"),
    [
        ({"weights": "denominator"}, F(3 * 10 + 5 * 20, 1000)),
        ({"weights": "denominator", "adjustment": "difference"}, F(10 + 20, 100)),
        ({"weights": None, "own_unit": "kept", "series_units": 20}, F(3 + 5, 20 * 10)),
        ({"weights": None, "adjustment": "difference", "own_unit": "kept", "series_units": 20}, F(2, 20)),
        ({"weights": "denominator", "own_unit": "removed"}, F(3 * 10 + 5 * 20, 1000 - 7 * 10)),
    ],
)
def test_the_share_of_named_adopters_in_a_published_series(choices, want):
    """A (7 days on 10), B (3 on 10) and C (5 on 20) beside a series of 1000 days on 100."""
    level = {"A": (70, 10), "B": (30, 10), "C": (100, 20), "Riket": (1000, 100)}
    rows = [(unit, year, float(days), people) for unit, (days, people) in level.items() for year in (2014, 2015)]
    data = dict(zip(("unit", "time", "short", "people"), map(list, zip(*rows, strict=True)), strict=True))
    call = {"period": "year", "reference_window": (2014, 2014), "evaluation_window": (2015, 2015)}
    effect = compare(data, by_name(["B", "C"]), comparator="Riket", inference="none", **call, **choices)
    assert beside(effect, "spill_over").values["part_with_programme"] == float(want)


@pytest.mark.parametrize(
    ("check", "options", "sentence"),
    [
        (
            by_name(["A"]),
            {},
            "`adopters` of the check 'spill_over' must not hold a treated unit; 'A' is treated. Leave it out.",
        ),
        (
            by_name("L"),
            {"comparator": ["B", "C", "D"]},
            "`adopters` of the check 'spill_over' must be units of the comparator; 'L' is none. Leave it out.",
        ),
        (by_name("Q"), {}, "`adopters` must name units that are in the data; 'Q' is not there. Check the spelling."),
        (
            by_name(["B"]),
            {"comparator": "B", "inference": "none"},
            "`adopters` of the check 'spill_over' must be units beside the series; 'B' is the series. Leave it out.",
        ),
        (
            by_name(["C"]),
            {"comparator": "B", "weights": None, "inference": "none"},
            "`series_units` must say how many units the series is the plain mean of for `adopters` of the check "
            "'spill_over'; with weights=None nothing else does. Declare `own_unit` and `series_units`, or give "
            "`share`.",
        ),
        (
            by_name(list(UNITS[1:])),
            {},
            "The `adopters` of the check 'spill_over' must have a part of the comparator between 0 and 1, and they "
            "have 1. Name units that are part of it, and not all of it.",
        ),
        (
            {"check": "spill_over", "share": 0.1, "adopters": ["B"]},
            {},
            "`checks` must have 'spill_over' as {check: spill_over, share: …} or {check: spill_over, adopters: …}; got "
            "{'check': 'spill_over', 'share': 0.1, 'adopters': ['B']}.",
        ),
        (
            "spill_over",
            {},
            "`checks` must have 'spill_over' as {check: spill_over, share: …} or {check: spill_over, adopters: …}; got "
            "the name alone.",
        ),
    ],
)
def test_adopters_that_have_no_share_are_refused(check, options, sentence):
    with pytest.raises((ArgumentError, DataError)) as refusal:
        compare(panel(3), check, **options)
    assert str(refusal.value) == sentence


# --- together ---------------------------------------------------------------------------------------------------------


def test_checks_move_no_figure_and_stand_in_the_order_of_their_names():
    data = panel(13)
    silent = effekt.trend_adjusted(data, **CALL)
    later = {"check": "level_break", "at": "2015-03"}
    checks = [{"check": "spill_over", "share": 0.1}, BREAK, "baseline_choice", later, LONG, BREAK]
    effect = compare(data, *checks)
    assert (effect.exact, effect.inference, effect.notes) == (silent.exact, silent.inference, silent.notes)
    names = ["baseline_choice", "substitution", "level_break", "level_break", "spill_over"]
    assert [one.name for one in effect.diagnostics[len(silent.diagnostics) :]] == names
    again = independent.METHODS["trend_adjusted"](data, **(CALL | {"outcome": ("short", "people")}), checks=checks)
    assert again["counterfactual_mean"] == effect.exact.counterfactual
    assert effect.from_json(effect.to_json()) == effect


def test_they_are_standardised_as_the_figure_is():
    """One stratum that is everybody: as without strata."""
    data = panel(14)
    data["sex"] = ["F"] * len(data["unit"])
    checks = [LONG, BREAK, {"check": "spill_over", "share": 0.1}]
    plain = compare(data, *checks)
    standardized = compare(data, *checks, standardize=["sex"], standard="treated_reference")
    for name in ("substitution", "level_break", "spill_over"):
        assert beside(plain, name) == beside(standardized, name)


@pytest.mark.parametrize(
    ("check", "options", "sentence"),
    [
        (
            "level_break",
            {},
            "`checks` must have 'level_break' as {check: level_break, at: …}; got the name alone.",
        ),
        (
            {"check": "level_break", "on": "2015-06"},
            {},
            "`checks` must have 'level_break' as {check: level_break, at: …}; got {'check': 'level_break', 'on': "
            "'2015-06'}.",
        ),
        (
            {"check": "substitution", "outcome": ["long", "people"], "include": True},
            {},
            "`checks` must have 'substitution' as {check: substitution, outcome: …} with includes where needed; got "
            "{'check': 'substitution', 'outcome': ['long', 'people'], 'include': True}. Did you mean 'includes'?",
        ),
        (
            {"check": "baseline_choice", "at": 2015},
            {},
            "`checks` must have 'baseline_choice' as 'baseline_choice'; got {'check': 'baseline_choice', 'at': 2015}.",
        ),
        (
            {"check": "level_brake", "at": "2015-06"},
            {},
            "`checks` must be 'regression_to_mean', 'baseline_choice', 'placebo_in_time', 'inference_choice', "
            "'substitution', 'level_break', 'spill_over', 'heaping' or 'composition_change'; got 'level_brake'. Did "
            "you mean 'level_break'?",
        ),
        (
            {"check": "level_break", "at": "June"},
            {},
            "`at` must be given in whole months such as '2014-03', or in quarters, tertials, years or "
            "seasons; got 'June'.",
        ),
        (
            {"check": "level_break", "at": "2016-01"},
            {},
            "`at` must lie in `reference_window` (2014-01 to 2015-12) or `evaluation_window` (2016-01 to 2016-09), "
            "after its first month, for the check 'level_break'; got '2016-01'.",
        ),
        (
            {"check": "spill_over", "share": "1"},
            {},
            "`share` must be a number between 0 and 1, ends apart; got '1'.",
        ),
        (
            {"check": "spill_over", "share": "half"},
            {},
            "`share` must be a finite number, or a decimal in text; got 'half'.",
        ),
        (
            {"check": "spill_over", "share": "0.1"},
            {"adjustment": "none", "comparator": None, "weights": None},
            "`checks` can hold 'spill_over' only with a comparator; leave it out, or choose another adjustment than "
            "'none'.",
        ),
        (
            {"check": "substitution", "outcome": "long"},
            {},
            "`checks` must give 'substitution' another outcome over 'people', as the paying one is, so that the two "
            "can be added; got 'long'.",
        ),
        (
            {"check": "substitution", "outcome": ["short", "people"]},
            {},
            "`checks` must give 'substitution' another outcome over 'people', as the paying one is, so that the two "
            "can be added; got ['short', 'people'].",
        ),
        (
            {"check": "substitution", "outcome": ["long", "people"], "includes": "yes"},
            {},
            "`includes` must be True or False; got 'yes'.",
        ),
        (
            LONG,
            {"threshold": 0.1},
            "`threshold` must be None unless `checks` holds 'regression_to_mean', 'baseline_choice' or "
            "'placebo_in_time', which alone use it; leave it out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(check, options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compare(panel(15), check, **options)
    assert str(refusal.value) == sentence


def test_a_look_before_a_date_has_not_come_to_it():
    """Of a date after the look nothing can be said yet; one before it is looked at as far as the data go."""
    data = panel(16)
    later, earlier = {"check": "level_break", "at": "2016-08"}, {"check": "level_break", "at": "2016-03"}
    effect = compare(data, later, earlier, LONG, through="2016-06", threshold=0.1)
    first, second = (one for one in effect.diagnostics if one.name == "level_break")
    assert dict(first.values) == {"break_at": "2016-08", "break_window": "evaluation"}
    oracle = oracle_of(data, reference=TIMES[24:26], evaluation=TIMES[26:30])
    own = oracle.error(oracle.treated_mean(["A"]), oracle.counterfactual(["A"], list(UNITS[1:])))
    assert second.values["break"] == pytest.approx(float(own), rel=1e-10)
    assert beside(effect, "substitution").values["n_placebos"] == len(UNITS) - 1

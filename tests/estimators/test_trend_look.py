"""A look before an evaluation is over: the figure to date, and what the rest must be."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.trend import labels

import effekt
from effekt.diagnostics import forecast
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError

CALL = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": ("2015-01", "2016-12"),
    "evaluation_window": ("2017-01", "2018-12"),
}
UNITS = ("A", "B", "C", "D")


def panel(seed=1, through="2017-06", first="2014-01", months=60, units=UNITS, shift=0.0):
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60) + shift, 2), rng.randint(400, 600))
        for unit in units
        for label in labels(first, months, "month")
        if label <= through
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def ahead(effect):
    return next(one for one in effect.diagnostics if one.name == "forecast")


@pytest.mark.parametrize("words", ["June 2017", "juni 2017", "quarter 2 2017"])
def test_the_last_period_that_counts_may_be_said_in_words(words):
    data = panel()
    looked = effekt.trend_adjusted(data, **CALL, through=words)
    assert looked.exact == effekt.trend_adjusted(data, **CALL, through="2017-06").exact


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("through", ["2017-04", "2017-12", "2018-06"])
def test_the_figure_is_that_of_the_windows_to_date(adjustment, through):
    data = panel(through=through)
    looked = effekt.trend_adjusted(data, **CALL, adjustment=adjustment, through=through)
    cut = {"evaluation_window": ("2017-01", through), "same_months": through != "2017-12"}
    plain = effekt.trend_adjusted(data, **(CALL | cut), adjustment=adjustment)
    assert looked.exact == plain.exact
    assert looked.inference == plain.inference
    assert looked.estimand == plain.estimand
    assert looked.arguments["through"] == through
    assert [note.code for note in looked.notes if note not in plain.notes] == ["look"]
    assert ("same months" in looked.notes[-1].text.en) == (through != "2017-12")


def mean(data, unit, months):
    at = [i for i, (u, t) in enumerate(zip(data["unit"], data["time"], strict=True)) if u in unit and t in months]
    return sum(data["days"][i] for i in at) / sum(data["people"][i] for i in at)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_changes_are_those_of_units_without_the_intervention_in_earlier_years(adjustment):
    """Six months have passed and eighteen remain: from January 2014, 2015 and 2016, as far as data go."""
    data = panel()
    found = ahead(effekt.trend_adjusted(data, **CALL, adjustment=adjustment, through="2017-06", threshold=0.12))
    wanted = []
    for first in ("2014-01", "2015-01"):  # from 2016-01 the 24 months would end in 2017-12
        months = labels(first, 24, "month")
        for unit in "BCD":
            rest = [name for name in "BCD" if name != unit]
            y, c = ([mean(data, who, part) for part in (months[:6], months[6:])] for who in (unit, rest))
            ratio, difference = np.log(y[1] / y[0] * c[0] / c[1]), y[1] - y[0] - c[1] + c[0]
            wanted.append(ratio if adjustment == "ratio" else difference)
    np.testing.assert_allclose(found.table["change"], sorted(wanted), rtol=1e-10, atol=1e-15)
    assert (found.values["elapsed"], found.values["remaining"]) == (6, 18)


def test_what_is_excluded_later_waits_and_what_is_excluded_before_counts():
    data = panel(through="2017-06")
    later = effekt.trend_adjusted(data, **CALL, through="2017-06", excluded=[("2018-01", "2018-03")])
    assert later.exact == effekt.trend_adjusted(data, **CALL, through="2017-06").exact
    assert ahead(later).values["remaining"] == 15
    before = effekt.trend_adjusted(data, **CALL, through="2017-06", excluded=[("2017-02", "2017-03")])
    assert (ahead(before).values["elapsed"], ahead(before).values["remaining"]) == (4, 18)
    assert "excluded_periods" in [one.name for one in before.diagnostics]
    assert "excluded_periods" not in [one.name for one in later.diagnostics]


def test_where_all_that_is_left_is_excluded_the_look_is_the_end():
    data, rest = panel(through="2018-12"), {"excluded": [("2018-07", "2018-12")]}
    looked = effekt.trend_adjusted(data, **CALL, **rest, through="2018-06", threshold=0.12)
    assert looked.exact == effekt.trend_adjusted(data, **CALL, **rest).exact
    assert "forecast" not in [one.name for one in looked.diagnostics]
    note = next(one for one in looked.notes if one.code == "look")
    assert "nothing to forecast" in note.text.en
    assert "inte finns något att förutsäga" in note.text.sv
    assert "same months" not in note.text.en


def test_without_a_comparator_no_unit_of_the_comparison_has_been_followed():
    call = CALL | {"comparator": None, "adjustment": "none", "weights": None}
    found = ahead(effekt.trend_adjusted(panel(), **call, through="2017-06", threshold=0.12))
    assert "the comparison has no unit without the intervention that has been followed" in found.statement.en


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_two_years_before_three_have_changes_over_fewer_periods(adjustment):
    """Six months of 36 have passed after 24: from January 2015 units were followed for 24 months more, not for 30."""
    data = panel(first="2015-01", through="2017-06", months=48)
    short = CALL | {"evaluation_window": ("2017-01", "2019-12"), "adjustment": adjustment}
    found = ahead(effekt.trend_adjusted(data, **short, through="2017-06", threshold=0.12))
    assert (found.values["n_changes"], found.values["followed"], found.values["remaining"]) == (3, 24, 30)
    months = labels("2015-01", 30, "month")
    wanted = []
    for unit in "BCD":
        rest = [name for name in "BCD" if name != unit]
        y, c = ([mean(data, who, part) for part in (months[:6], months[6:])] for who in (unit, rest))
        wanted.append(np.log(y[1] / y[0] * c[0] / c[1]) if adjustment == "ratio" else y[1] - y[0] - c[1] + c[0])
    widened = math.sqrt(of_a_walk(6, 30) / of_a_walk(6, 24))
    assert found.values["widened"] == pytest.approx(widened, rel=1e-12)
    np.testing.assert_allclose(found.table["change"], sorted(widened * one for one in wanted), rtol=1e-10)
    assert "followed for 24 periods after as many as have passed, not for 30" in found.statement.en
    assert "följts i 24 perioder efter så många som har gått, inte i 30" in found.statement.sv
    assert "n_pairs" not in found.values  # no line over fewer periods


def of_a_walk(m, h):
    """The variance of the mean of h periods less that of the m before, each step by itself."""
    total = 0.0
    for step in range(2, m + h + 1):  # what a step moves each of the two means by
        before = sum(t >= step for t in range(1, m + 1)) / m
        after = sum(t >= step for t in range(m + 1, m + h + 1)) / h
        total += (after - before) ** 2
    return total


def test_a_range_of_widened_changes_holds_of_a_random_walk_and_is_wide_where_chance_fades():
    """Eight ends of ten of a walk, though nobody was followed to the end; more of them of yearly chance."""
    rng = np.random.default_rng(7)
    held = {}
    for kind in ("walk", "fading"):
        inside = []
        for _ in range(400):
            steps = rng.normal(0, 0.01, (41, 66))
            paths = np.cumsum(steps, axis=1) if kind == "walk" else np.repeat(steps[:, :6], 11, axis=1)
            own, others = paths[0], paths[1:]
            changes = others[:, 6:30].mean(axis=1) - others[:, :6].mean(axis=1)
            now, rest = own[30:36].mean(), own[36:].mean()
            found = forecast(
                effect=math.expm1(now), counterfactual=1.0, changes=changes, elapsed=6, remaining=30, followed=24
            ).values
            end = (6 * math.expm1(now) + 30 * math.expm1(rest)) / 36
            inside.append(found["low"] <= end <= found["high"])
        held[kind] = np.mean(inside)
    assert 0.75 < held["walk"] < 0.87
    assert held["fading"] > held["walk"] - 0.05


@pytest.mark.parametrize(
    ("followed", "sentence"),
    [
        (18, "`followed` must be below `remaining` (18), or be left out; got 18."),
        (0, "`followed` must be an integer of at least 1; got 0."),
    ],
)
def test_periods_followed_are_fewer_than_remain(followed, sentence):
    with pytest.raises(ArgumentError) as refusal:
        forecast(effect=-1.0, counterfactual=10.0, changes=[0.1], elapsed=6, remaining=18, followed=followed)
    assert str(refusal.value) == sentence


def test_without_history_nothing_is_said_of_what_may_change():
    """Six months of 36 have passed after twelve: nobody was followed for half of those that remain."""
    data = panel(first="2016-01", through="2017-06", months=48)
    short = CALL | {"reference_window": ("2016-01", "2016-12"), "evaluation_window": ("2017-01", "2019-12")}
    found = ahead(effekt.trend_adjusted(data, **short, through="2017-06", threshold=0.12))
    assert found.values["n_changes"] == 0
    assert "probability" not in found.values
    assert "not known" in found.statement.en
    assert "inte känt" in found.statement.sv


def test_a_published_series_as_comparator():
    data = panel(units=("A", "B", "C", "Nation"))
    found = ahead(effekt.trend_adjusted(data, **(CALL | {"comparator": "Nation"}), through="2017-06"))
    assert found.values["n_changes"] == 4  # B and C against the nation, from two Januaries


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"through": "2018-12"}, "before its last; got '2018-12'. Leave `through` out when the evaluation is over."),
        ({"through": "2016-12"}, "before its last; got '2016-12'. Wait until it has begun."),
        ({"through": "June"}, "`through` must be given in whole months"),
        ({"through": "2017-06", "excluded": [("2017-01", "2017-06")]}, "must leave some month that is not excluded"),
        ({"through": "2017-06", "threshold": 12}, "`threshold` must be"),
        (
            {"through": "2017-06", "reference_window": ("2016-07", "2016-12")},
            "`reference_window` must hold every part of the year",
        ),
    ],
)
def test_looks_that_cannot_be(change, message):
    with pytest.raises(ArgumentError) as error:
        effekt.trend_adjusted(panel(), **(CALL | change))
    assert message in str(error.value)


def test_a_look_lacks_no_month_to_date():
    with pytest.raises(IncompleteWindowError) as error:
        effekt.trend_adjusted(panel(through="2017-05"), **CALL, through="2017-06")
    assert error.value.missing == ("2017-06",)


def test_a_counterfactual_below_zero_has_no_relative_forecast():
    with pytest.raises(DataError, match="counterfactual must be above zero for `through`"):
        effekt.trend_adjusted(panel(shift=-100), **CALL, adjustment="difference", through="2017-06")


def test_row_order_does_not_matter():
    texts = set()
    for seed in range(5):
        data = panel()
        order = list(range(len(data["unit"])))
        random.Random(seed).shuffle(order)
        shuffled = {name: [values[i] for i in order] for name, values in data.items()}
        texts.add(effekt.trend_adjusted(shuffled, **CALL, through="2017-06", threshold=0.12).to_json())
    assert len(texts) == 1


@given(
    relative=st.floats(-0.5, 0.5),
    elapsed=st.integers(1, 40),
    remaining=st.integers(1, 40),
    threshold=st.floats(0.01, 0.5),
)
def test_with_what_is_needed_in_the_rest_the_end_is_the_threshold(relative, elapsed, remaining, threshold):
    found = forecast(
        effect=relative * 8,
        counterfactual=8.0,
        changes=[],
        elapsed=elapsed,
        remaining=remaining,
        threshold=threshold,
    )
    end = (elapsed * relative + remaining * found.values["needed"]) / (elapsed + remaining)
    assert end == pytest.approx(-threshold, abs=1e-12)
    assert ("no longer be reached" in found.statement.en) == (found.values["needed"] < -1)


def test_the_forecast_holds_eight_ends_of_ten():
    """Units alike, shocks that last: the treated unit's end lies between `low` and `high` in four cases of five."""
    rng = np.random.default_rng(4)
    inside, cases = 0, 2_000
    for _ in range(cases):
        shocks = np.cumsum(rng.normal(0, 0.03, (20, 6)), axis=1)  # the first unit is the treated one
        first, rest = shocks[:, :2].mean(1), shocks[:, 2:].mean(1)
        effect = np.exp(first[0]) - 1
        found = forecast(
            effect=effect, counterfactual=1.0, changes=(rest - first)[1:], elapsed=2, remaining=4, scale="log"
        ).values
        end = (2 * effect + 4 * (np.exp(rest[0]) - 1)) / 6
        inside += found["low"] <= end <= found["high"]
    assert inside / cases == pytest.approx(0.8, abs=4 * (0.8 * 0.2 / cases) ** 0.5)


def test_fewer_than_nine_changes_have_no_range():
    call = {"effect": -0.1, "counterfactual": 1.0, "elapsed": 1, "remaining": 1, "threshold": 0.1}
    eight, nine = (forecast(**call, changes=np.arange(n) / 100) for n in (8, 9))
    assert (eight.values["low"], eight.values["high"]) == (None, None)
    assert "too few for a range" in eight.statement.en
    assert (nine.values["low"], nine.values["high"]) == (nine.table["final"][0], nine.table["final"][-1])


# ---------------------------------------------------------------------------------------------------- of no effect


def courses(rng, units=20):
    """Errors to date and in the rest against a reference of chance: yearly shocks, monthly noise, no effect."""
    reference = rng.normal(0, 0.06 / math.sqrt(3), units)
    first = rng.normal(0, math.sqrt(0.06**2 + 0.06**2 / 3), units) - reference
    rest = rng.normal(0, 0.06 / math.sqrt(2.75), units) - reference
    return first, rest


def looks_of_no_effect(rng, draws, units=40):
    """(range holds, range without effect holds, said probability, said without effect, reached), a row for each."""
    rows = []
    for _ in range(draws):
        (a, b), (c, d) = courses(rng), courses(rng, units)
        own, after = math.expm1(a[0]), math.expm1(b[0])
        end = (3 * own + 33 * after) / 36
        found = forecast(
            effect=own, counterfactual=1.0, changes=d - c, elapsed=3, remaining=33, threshold=0.05, pairs=(c, d)
        ).values
        rows.append(
            (
                found["low"] <= end <= found["high"],
                found["low_without_effect"] <= end <= found["high_without_effect"],
                found["probability"],
                found["probability_without_effect"],
                end <= -0.05,
            )
        )
    return np.array(rows, dtype=float)


def looks_of_effects(rng, draws, effect, spread, elapsed, units=40):
    """The same of 36 months, of which some are to date, with a relative effect drawn about a mean."""
    rows = []
    for _ in range(draws):
        path = np.repeat(rng.normal(0, 0.06, (1 + units, 3)), 12, axis=1) + rng.normal(0, 0.06, (1 + units, 36))
        reference = rng.normal(0, 0.06 / math.sqrt(3), 1 + units)
        first, rest = path[:, :elapsed].mean(axis=1) - reference, path[:, elapsed:].mean(axis=1) - reference
        caused = 1 + effect + spread * rng.standard_normal()
        own, after = caused * math.exp(first[0]) - 1, caused * math.exp(rest[0]) - 1
        end = (elapsed * own + (36 - elapsed) * after) / 36
        found = forecast(
            effect=own,
            counterfactual=1.0,
            changes=rest[1:] - first[1:],
            elapsed=elapsed,
            remaining=36 - elapsed,
            threshold=0.05,
            pairs=(first[1:], rest[1:]),
        ).values
        held = found["low"] <= end <= found["high"]
        rows.append((held, found["probability"], found["probability_without_effect"], end <= -0.05))
    return np.array(rows, dtype=float)


def test_under_an_effect_the_range_holds_and_the_probability_is_right_where_effects_lie_about_the_target():
    """The table of the page, of fewer looks: 400 of each."""
    found = {
        (effect, spread): looks_of_effects(np.random.default_rng(20), 400, effect, spread, 12).mean(axis=0)
        for effect, spread in ((-0.05, 0.05), (-0.05, 0.0), (-0.10, 0.0), (-0.025, 0.0))
    }
    assert all(0.75 <= held <= 0.87 for held, *_ in found.values())
    for about in ((-0.05, 0.05), (-0.05, 0.0)):
        assert found[about][1] == pytest.approx(found[about][3], abs=0.06)
    _, said, without, reached = found[-0.10, 0.0]
    assert without + 0.15 < said < reached - 0.05
    _, said, without, reached = found[-0.025, 0.0]
    assert without + 0.03 < reached < said - 0.05


def test_what_happens_is_said_to_lie_between_the_two_only_of_an_effect_up_to_the_target():
    rng = np.random.default_rng(2)
    x, y = courses(rng)
    call = {"effect": -0.1, "counterfactual": 1.0, "elapsed": 3, "remaining": 9, "threshold": 0.04, "pairs": (x, y)}
    both, line = (forecast(changes=changes, **call).statement for changes in (y - x, []))
    assert both.en.endswith(
        " of cases. Over many looks, the share that reach it lies as a rule between the two where the effect is "
        "between none and that, and above both where the effect is larger."
    )
    assert both.sv.endswith(
        " av fallen. Sett över många avläsningar ligger andelen som når dit i regel mellan de två om effekten är "
        "mellan ingen och så stor, och över båda om effekten är större."
    )
    assert line.en.endswith(" of cases.")  # there are no two
    assert line.sv.endswith(" av fallen.")


def test_without_an_effect_both_the_range_and_the_probability_of_the_line_hold():
    carried, drawn, said, said_drawn, reached = looks_of_no_effect(np.random.default_rng(8), 1500).T
    assert 0.78 <= carried.mean() <= 0.88
    assert 0.78 <= drawn.mean() <= 0.88
    assert said.mean() > 1.5 * reached.mean()  # what is carried forward is partly chance
    assert said_drawn.mean() == pytest.approx(reached.mean(), abs=0.03)


def test_of_looks_that_say_alike_as_many_reach_the_target():
    """With many units the line itself is known; the effect carried forward says far too much all the same."""
    _, _, said, drawn, reached = looks_of_no_effect(np.random.default_rng(9), 1500, units=500).T
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.7)):
        among = (drawn >= low) & (drawn < high)
        assert among.sum() > 100
        assert drawn[among].mean() == pytest.approx(reached[among].mean(), abs=0.08)
    sure = said >= 0.7
    assert sure.sum() > 100
    assert said[sure].mean() > reached[sure].mean() + 0.2


def test_the_line_is_that_of_least_squares():
    rng = np.random.default_rng(2)
    x, y = courses(rng)
    found = forecast(effect=-0.1, counterfactual=1.0, changes=[], elapsed=3, remaining=9, threshold=0.04, pairs=(x, y))
    design = np.column_stack([np.ones(len(x)), x])
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    hat = design @ np.linalg.inv(design.T @ design) @ design.T
    at = np.array([1.0, math.log(0.9)])
    factor = math.sqrt(1 + at @ np.linalg.inv(design.T @ design) @ at)
    rest = at @ coefficients + factor * (y - hat @ y) / np.sqrt(1 - np.diag(hat))
    final = np.sort((3 * -0.1 + 9 * np.expm1(rest)) / 12)
    assert found.values["slope"] == pytest.approx(coefficients[1], rel=1e-9)
    assert found.values["low_without_effect"] == pytest.approx(final[1], rel=1e-9)
    assert found.values["high_without_effect"] == pytest.approx(final[-2], rel=1e-9)
    assert found.values["probability_without_effect"] == np.mean(final <= -0.04)
    assert "If the intervention changes nothing it ends between" in found.statement.en
    assert "Om insatsen inte ändrar något slutar den mellan" in found.statement.sv


def test_where_more_is_better_the_target_is_an_increase():
    """On the linear scale the outcome's sign turns everything: the same numbers come out."""
    rng = np.random.default_rng(4)
    x, y = courses(rng)
    call = {"counterfactual": 1.0, "elapsed": 3, "remaining": 9, "threshold": 0.04, "scale": "linear"}
    lower = forecast(effect=-0.1, changes=y - x, pairs=(x, y), **call).values
    higher = forecast(effect=0.1, changes=x - y, pairs=(-x, -y), better="higher", **call)
    for name in ("n_reaching", "probability", "probability_without_effect", "slope"):
        assert higher.values[name] == pytest.approx(lower[name])
    assert higher.values["needed"] == pytest.approx(-lower["needed"])
    assert higher.values["low"] == pytest.approx(-lower["high"])
    assert "For an increase of 4% at the end" in higher.statement.en
    assert "För en ökning på 4" in higher.statement.sv


def test_pairs_are_what_was_found_to_date_and_in_the_rest_against_a_reference_before():
    """Six months and eighteen from January 2015, 2014 and 2013, which has one of the two years before it."""
    data = panel(first="2012-01", months=84)
    found = ahead(effekt.trend_adjusted(data, **CALL, through="2017-06"))
    x, y = [], []
    for first in (2015, 2014, 2013):
        reference = (f"{max(first - 2, 2012)}-01", f"{first - 1}-12")
        for unit in "BCD":
            rest = [name for name in "BCD" if name != unit]
            windows = ((f"{first}-01", f"{first}-06"), (f"{first}-07", f"{first + 1}-12"))
            for window, out in zip(windows, (x, y), strict=True):
                effect = effekt.trend_adjusted(
                    data,
                    **(
                        CALL
                        | {"treated": unit, "comparator": rest, "reference_window": reference}
                        | {"evaluation_window": window, "inference": "none", "same_months": True}
                    ),
                )
                out.append(math.log1p(effect.relative().estimate))
    assert found.values["n_pairs"] == 9
    assert found.values["slope"] == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-9)


def helsingborg(**options):
    call = {
        "outcome": effekt.Outcome(column="sick_leave_percent", unit="%", better="lower"),
        "unit": "municipality",
        "time": "year",
        "period": "year",
        "treated": "Bjuv",
        "reference_window": (2014, 2015),
        "evaluation_window": (2016, 2018),
        "comparator": "others",
        "weights": None,
        "through": 2017,
        "threshold": 0.05,
    }
    return effekt.trend_adjusted(effekt.datasets.helsingborg(), **(call | options))


def test_a_look_at_a_corrected_figure_is_of_the_corrected_change():
    effect = helsingborg(level_correction="regression")
    whole = helsingborg(level_correction="regression", evaluation_window=(2016, 2017), through=None, threshold=None)
    found = ahead(effect)
    assert found.values["relative"] == pytest.approx(whole.relative().estimate, rel=1e-12)
    assert "n_pairs" not in found.values
    assert "The change to date is corrected for the reference level; how others have moved on is not" in (
        found.statement.en
    )
    assert "Förändringen hittills är korrigerad för referensnivån" in found.statement.sv


def test_a_look_at_a_mean_of_yearly_ratios():
    found = ahead(helsingborg(trend="mean_of_period_ratios"))
    whole = helsingborg(
        trend="mean_of_period_ratios", evaluation_window=(2016, 2017), through=None, threshold=None
    ).relative()
    assert found.values["relative"] == pytest.approx(whole.estimate, rel=1e-12)
    assert found.values["n_changes"] == 20


def test_where_more_is_better_a_look_has_a_target():
    outcome = effekt.Outcome(column="sick_leave_percent", unit="%", better="higher")
    found = ahead(helsingborg(outcome=outcome))
    assert found.values["needed"] == pytest.approx(0.15 - 2 * found.values["relative"])
    assert "For an increase of 5%" in found.statement.en

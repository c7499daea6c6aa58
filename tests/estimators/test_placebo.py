"""The placebo study: the Helsingborg figures, brute force, the paying threshold, and numbers that have no ratio."""

from __future__ import annotations

import csv
import json
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels import api as sm

import effekt
from effekt import independent
from effekt.diagnostics import placebo_distribution, regression_to_mean

HELSINGBORG = Path(effekt.__file__).parent / "datasets" / "helsingborg" / "helsingborg_sick_leave.csv"
STUDY = {
    "outcome": "sick_leave_percent",
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2018),
    "weights": None,
}
RELATIVE = {
    "sd_relative",
    "sd_log",
    "min_relative",
    "max_relative",
}


def helsingborg(**options):
    return effekt.placebo_study(HELSINGBORG, **(STUDY | options))


def by_hand(adjustment):
    """{unit: (reference, evaluation, counterfactual)} by means of a pivoted table."""
    table = pd.read_csv(HELSINGBORG).pivot(index="year", columns="municipality", values="sick_leave_percent")
    before, after = table.loc[2014:2015].mean(), table.loc[2016:2018].mean()
    found = {}
    for unit in table.columns:
        others = [other for other in table.columns if other != unit]
        start, first, last = before[unit], before[others].mean(), after[others].mean()
        moved = start * last / first if adjustment == "ratio" else start + last - first
        found[unit] = (start, after[unit], moved)
    return found


def test_the_helsingborg_figures():
    """11 municipalities, each against the plain mean of the other ten."""
    ratio, difference = helsingborg().values, helsingborg(adjustment="difference").values
    assert ratio["n_placebos"] == 11
    assert round(ratio["sd_relative"], 6) == 0.080811
    assert round(ratio["sd_log"], 6) == 0.078515
    assert round(ratio["reference_correlation"], 4) == 0.7607
    assert (round(ratio["min_relative"], 3), round(ratio["max_relative"], 3)) == (-0.082, 0.143)
    assert round(difference["sd_difference"], 5) == 0.40351
    assert round(difference["sd_relative"], 6) == 0.075309


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_against_brute_force_and_the_second_route(adjustment):
    study = helsingborg(adjustment=adjustment)
    hand = by_hand(adjustment)
    assert study.table["unit"] == tuple(hand)
    rows = zip(study.table["reference"], study.table["treated"], study.table["counterfactual"], strict=True)
    for row, expected in zip(rows, hand.values(), strict=True):
        assert row == pytest.approx(expected, rel=1e-12)
    start, after, moved = np.array(list(hand.values())).T
    relative = after / moved - 1
    expected = {
        "n_placebos": 11,
        "smallest_p": 1 / 12,
        "sd_relative": relative.std(ddof=1),
        "sd_log": np.log(after / moved).std(ddof=1),
        "sd_difference": (after - moved).std(ddof=1),
        "min_relative": relative.min(),
        "max_relative": relative.max(),
        "reference_correlation": stats.pearsonr(start, -relative).statistic,
    }
    assert study.values == pytest.approx(expected, rel=1e-10)
    with HELSINGBORG.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    columns = {name: [row[name] for row in table] for name in table[0]}
    again = independent.METHODS["placebo_study"](columns, **STUDY, adjustment=adjustment)
    assert study.values["sd_relative"] == pytest.approx(again["placebo_sd_relative"], rel=1e-10)
    own = "sd_log" if adjustment == "ratio" else "sd_difference"
    assert study.values[own] == pytest.approx(again["placebo_sd"], rel=1e-10)
    assert study.values["reference_correlation"] == pytest.approx(again["reference_reduction_correlation"], rel=1e-10)
    assert study.table["relative"] == pytest.approx([float(-r) for r in again["reductions"].values()], rel=1e-10)


def test_the_false_payment_rate_at_a_threshold():
    """How often 2 % is reached by luck: among all, and among the half with the highest reference level."""
    study = helsingborg(threshold=0.02)
    start, after, moved = np.array(list(by_hand("ratio").values())).T
    relative = after / moved - 1
    high = relative[start >= np.median(start)]
    assert study.values["share_reaching"] == np.mean(relative <= -0.02)
    assert study.values["share_reaching_high_reference"] == np.mean(high <= -0.02)
    assert study.values["share_reaching_high_reference"] > study.values["share_reaching"]
    assert study.values["mean_relative_high_reference"] == pytest.approx(high.mean(), rel=1e-10)
    assert study.values["normal_probability"] == pytest.approx(stats.norm.cdf(-0.02 / relative.std(ddof=1)), rel=1e-10)
    assert study.values["false_payment_high_reference"] == pytest.approx(
        by_the_line(np.log(after / moved), start, start[start >= np.median(start)].mean(), np.log(0.98)), rel=1e-10
    )
    space = "\N{NO-BREAK SPACE}"
    assert str(study.statement) == (
        "Among 11 units without the intervention the comparison finds effects with a standard deviation of 8.08%, "
        "and the smallest p that the rank of a single unit among them can give is 0.0833. "
        "A reduction of 2% or more was found in 54.5% of them. By the normal curve the chance is 40.2%. "
        "The reference level correlates 0.76 with the reduction found. "
        "A unit chosen for a high level then shows a fall that is not caused."
    )
    assert study.statement.sv == (
        f"Bland 11 enheter utan insatsen ger jämförelsen effekter med standardavvikelsen 8,08{space}%, "
        "och det minsta p som rangen för en enskild enhet bland dem kan ge är 0,0833. "
        f"En minskning på 2{space}% eller mer fanns hos 54,5{space}% av dem. "
        f"Enligt normalkurvan är sannolikheten 40,2{space}%. "
        "Referensnivån korrelerar 0,76 med den funna minskningen. "
        "En enhet som valts för hög nivå visar då en minskning som inte är orsakad av insatsen."
    )


def by_the_line(errors, levels, level, bar):
    """P(a further unit's error ≤ bar) at a level, by statsmodels' prediction of the line."""
    line = sm.OLS(errors, sm.add_constant(levels)).fit().get_prediction(np.array([[1.0, level]]))
    return stats.t.cdf((bar - line.predicted_mean[0]) / line.se_obs[0], len(levels) - 2)


def test_a_high_level_makes_luck_likelier_not_rarer():
    """The page's own case: the spread within the high half said 0.5 % where a unit whatever its level had 6.9 %."""
    values = helsingborg(threshold=0.12).values
    assert values["normal_probability"] < values["false_payment_high_reference"]
    table = pd.DataFrame(helsingborg().table)
    level = float(table.reference[table.reference >= table.reference.median()].mean())
    again = regression_to_mean(
        errors=np.log(table.treated / table.counterfactual),
        levels=table.reference,
        effect=0.0,
        level=level,
        scale="log",
        threshold=0.12,
    )
    assert values["false_payment_high_reference"] == pytest.approx(again.values["false_payment_given_level"], rel=1e-12)
    assert "normal_probability_high_reference" not in values


def test_where_more_is_better_increases_are_counted_and_a_low_level_is_feared():
    outcome = effekt.Outcome(column="sick_leave_percent", better="higher")
    study = helsingborg(outcome=outcome, threshold=0.12)
    start, after, moved = np.array(list(by_hand("ratio").values())).T
    relative, low = after / moved - 1, start <= np.median(start)
    assert study.values["share_reaching"] == 2 / 11 == np.mean(relative >= 0.12)
    assert study.values["share_reaching_low_reference"] == np.mean(relative[low] >= 0.12) == 2 / 6
    assert study.values["mean_relative_low_reference"] == pytest.approx(relative[low].mean(), rel=1e-10)
    assert study.values["false_payment_low_reference"] == pytest.approx(
        1 - by_the_line(np.log(after / moved), start, start[low].mean(), np.log(1.12)), rel=1e-10
    )
    assert not [name for name in study.values if name.endswith("high_reference")]
    assert "An increase of 12% or more was found in 18.2% of them." in study.statement.en
    assert study.statement.en.endswith("A unit chosen for a low level then shows a rise that is not caused.")
    assert "En ökning på 12" in study.statement.sv
    assert study.statement.sv.endswith(
        "En enhet som valts för låg nivå visar då en ökning som inte är orsakad av insatsen."
    )
    below = placebo_distribution(
        treated=[1.0, 2.0], counterfactual=np.array([0.0, 1.0]), reference=[1.0, 2.0], threshold=0.1, better="higher"
    )
    assert "No relative increase can be told" in below.statement.en
    assert "Någon relativ ökning kan inte anges" in below.statement.sv
    with pytest.raises(effekt.ArgumentError, match="`better` must be 'lower' or 'higher'; got 'more'"):
        placebo_distribution(treated=start, counterfactual=moved, reference=start, better="more")


@pytest.mark.parametrize("design", ["trend_adjusted", "synthetic_control"])
def test_the_placebos_beside_a_figure_know_which_way_is_better(design):
    call = {name: value for name, value in STUDY.items() if name in ("unit", "time", "period")} | {"treated": "Bjuv"}
    call |= {
        "trend_adjusted": {
            **{name: STUDY[name] for name in ("reference_window", "evaluation_window", "weights")},
            "comparator": "others",
        },
        "synthetic_control": {"first_treated": 2016},
    }[design]
    for better, told in (("lower", "high level then shows a fall"), ("higher", "low level then shows a rise")):
        outcome = effekt.Outcome(column="sick_leave_percent", better=better)
        effect = getattr(effekt, design)(HELSINGBORG, outcome=outcome, **call)
        (found,) = (one for one in effect.diagnostics if one.name == "placebo_distribution")
        assert (told in found.statement.en) == (found.values["reference_correlation"] > 0.3)
        assert found.values["smallest_p"] == 1 / 11
        assert "the smallest p that the rank of a single unit among them can give is 0.0909" in found.statement.en


@pytest.mark.parametrize(("better", "factor"), [("lower", 88), ("higher", 112)])
def test_exact_ties_reach_the_threshold(better, factor):
    """A change of exactly 12 % in decimals pays in a contract, whatever the last bit of the quotient of floats."""
    counterfactual = np.arange(1, 400) / 4
    treated = np.arange(1, 400) * factor / 400
    relative = treated / counterfactual - 1
    way = 1 if better == "higher" else -1
    assert 0 < np.mean(way * relative >= 0.12) < 1  # floats alone lose some
    found = placebo_distribution(
        treated=treated, counterfactual=counterfactual, reference=counterfactual, threshold="0.12", better=better
    )
    assert found.values["share_reaching"] == 1
    near = placebo_distribution(
        treated=treated, counterfactual=counterfactual, reference=counterfactual, threshold="0.12000001", better=better
    )
    assert near.values["share_reaching"] == 0


def test_a_unit_chosen_for_its_level_is_paid_for_luck():
    """Units that differ by noise alone: the high half falls back, and reaches 10 % far more often than the rest."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        [(f"u{i:03d}", year, rng.normal(10, 1)) for i in range(120) for year in (2014, 2015)],
        columns=["unit", "year", "days"],
    )
    options = {"unit": "unit", "outcome": "days", "reference_window": (2014, 2014), "evaluation_window": (2015, 2015)}
    study = effekt.placebo_study(frame, **(STUDY | options), threshold=0.10)
    assert study.values["reference_correlation"] > 0.6
    assert study.values["share_reaching_high_reference"] > 1.5 * study.values["share_reaching"] > 0
    assert study.values["mean_relative_high_reference"] < -0.05


# --- numbers that have no ratio ---------------------------------------------------------------------------------------


def small(values, **options):
    data = {
        "municipality": [unit for unit, own in values.items() for _ in own],
        "year": [2015 + t for own in values.values() for t in range(2)],
        "sick_leave_percent": [value for own in values.values() for value in own],
    }
    windows = {"reference_window": (2015, 2015), "evaluation_window": (2016, 2016)}
    return effekt.placebo_study(data, **(STUDY | windows | options))


def test_a_counterfactual_that_is_not_positive_has_no_relative_numbers():
    """Net costs around zero: only the spread in the outcome's unit exists, and no number is NaN or infinite."""
    study = small({"A": (-3, 2), "B": (1, -1), "C": (2, 3)}, adjustment="difference", threshold=0.1)
    assert not RELATIVE & set(study.values)
    assert "relative" not in study.table
    counterfactual = np.array([-3 - 0.5, 1 + 3, 2 + 1.5])
    difference = np.array([2, -1, 3]) - counterfactual
    assert study.table["counterfactual"] == tuple(counterfactual)
    assert study.values["sd_difference"] == pytest.approx(difference.std(ddof=1), rel=1e-12)
    assert study.values["reference_correlation"] == pytest.approx(
        stats.pearsonr([-3, 1, 2], -difference).statistic, rel=1e-12
    )
    assert all(math.isfinite(value) for value in study.values.values())
    assert (
        "5.268 in the outcome's unit, and the smallest p that the rank of a single unit among them can give is 0.250."
        in study.statement.en
    )
    assert (
        "5,268 i utfallets enhet, och det minsta p som rangen för en enskild enhet bland dem kan ge är 0,250."
        in study.statement.sv
    )
    assert "No relative reduction can be told" in study.statement.en
    assert "Någon relativ minskning kan inte anges" in study.statement.sv
    assert json.loads(study.to_json())["values"] == study.values


def test_an_outcome_that_fell_below_zero_has_no_logarithm():
    study = small({"A": (3, -1), "B": (4, 4), "C": (5, 5)}, adjustment="difference")
    assert "sd_log" not in study.values
    assert study.values["min_relative"] < -1
    assert effekt.Diagnostic.from_json(study.to_json()) == study


def test_units_that_all_follow_the_trend_have_no_spread():
    study = small({"A": (4, 8), "B": (5, 10), "C": (1, 2)}, threshold=0.1)
    assert study.values["sd_relative"] == 0
    assert study.values["share_reaching"] == 0
    assert study.values["normal_probability"] is None
    assert study.values["reference_correlation"] is None
    assert str(study.statement).endswith("or more was found in 0.0% of them.")


def test_one_placebo_has_no_spread():
    one = np.array([5.0])
    found = placebo_distribution(treated=one, counterfactual=one + 1, reference=one)
    assert str(found.statement) == "One placebo has no spread."
    assert found.values["sd_relative"] is None
    assert effekt.Diagnostic.from_json(found.to_json()) == found


# --- invariances ------------------------------------------------------------------------------------------------------

levels = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 900)), min_size=3, max_size=7)


@given(cells=levels, factor=st.sampled_from([10, 0.5, 100]), adjustment=st.sampled_from(["ratio", "difference"]))
def test_the_unit_of_the_outcome_moves_only_what_has_one(cells, factor, adjustment):
    before = small({f"u{i}": pair for i, pair in enumerate(cells)}, adjustment=adjustment)
    after = small({f"u{i}": (a * factor, b * factor) for i, (a, b) in enumerate(cells)}, adjustment=adjustment)
    assert before.values.keys() == after.values.keys()
    for name, value in before.values.items():
        scale = factor if name == "sd_difference" else 1
        if value is None or name == "reference_correlation":
            continue
        assert after.values[name] == pytest.approx(scale * value, rel=1e-9, abs=1e-12)


def test_the_order_of_the_rows_and_the_format_are_nothing():
    frame = pd.read_csv(HELSINGBORG)
    rng, found = random.Random(3), {helsingborg().to_json()}
    for _ in range(20):
        shuffled = frame.sample(frac=1, random_state=rng.randrange(10**6))
        found.add(effekt.placebo_study(shuffled, **STUDY).to_json())
    assert len(found) == 1

"""The spread of placebos as a standard error, and the correction for what the reference level foretells."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect

import effekt
from effekt.exceptions import ArgumentError, DataError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "trend" / "output.json").read_text(encoding="utf-8"))
BAR = math.log(1 - 0.12)


def call(treated="Bjuv", **options):
    choices = {
        "outcome": effekt.Outcome(column="sick_leave_percent", unit="%", better="lower"),
        "unit": "municipality",
        "time": "year",
        "period": "year",
        "treated": treated,
        "reference_window": (2014, 2015),
        "evaluation_window": (2016, 2018),
        "comparator": "others",
        "weights": None,
    }
    data = options.pop("data", None) or effekt.datasets.helsingborg()
    return effekt.trend_adjusted(data, **(choices | options))


def errors_of(effect):
    return np.array(effect.inference.errors)


# ---------------------------------------------------------------------------------------------------- placebo variance


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_standard_error_is_the_spread_of_the_placebos(adjustment):
    from scipy.stats import t

    ranks, effect = call(adjustment=adjustment), call(adjustment=adjustment, inference="placebo_variance")
    view = effect.relative() if adjustment == "ratio" else effect
    sd = float(np.std(errors_of(ranks), ddof=1))
    assert effect.inference.covariance == pytest.approx((0, 0, sd**2), rel=1e-12)
    assert (effect.df, effect.variance) == (9, "placebo_variance/1")
    own = math.log1p(view.estimate) if adjustment == "ratio" else view.estimate
    ends = own - t.ppf(0.975, 9) * sd, own + t.ppf(0.975, 9) * sd
    if adjustment == "ratio":
        ends = math.expm1(ends[0]), math.expm1(ends[1])
    interval = view.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx(ends, rel=1e-9)
    assert effect.p_value() == pytest.approx(2 * t.sf(abs(own) / sd, 9), rel=1e-9)
    assert effect.exact == ranks.exact
    assert_valid_effect(effect)


def test_it_stands_in_the_table_of_inferences_where_it_is_declared():
    effect = call(inference="placebo_variance", checks=["inference_choice"])
    check = effect.diagnostics[-1]
    assert check.values["p_placebo_variance"] == effect.p_value()
    assert check.values["declared"] == "placebo_variance"
    assert "placebo_variance" not in call(checks=["inference_choice"]).diagnostics[-1].table["method"]


def test_three_placebos_are_too_few_for_a_standard_error():
    four = call(comparator=["Klippan", "Höganäs", "Ängelholm", "Helsingborg"], inference="placebo_variance")
    assert four.df == 3
    few = call(comparator=["Klippan", "Höganäs", "Ängelholm"], inference="placebo_variance")
    assert few.inference.reason.en == (
        "A standard error from placebos needs at least four of them; there are 3. inference='placebo' ranks them."
    )
    assert few.variance == "none/1"


def test_placebos_that_move_alike_give_none():
    rows = [(unit, year, 5.0 + i) for i, unit in enumerate("ABCDEF") for year in (2018, 2019)]
    data = dict(zip(("municipality", "year", "sick_leave_percent"), map(list, zip(*rows, strict=True)), strict=True))
    windows = {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019)}
    effect = call("A", data=data, inference="placebo_variance", **windows)
    assert effect.inference.reason.en == "The placebo units all moved exactly alike, so they show no variation."


# ---------------------------------------------------------------------------------------------------- the level


@pytest.mark.parametrize("golden", GOLDEN, ids=[one["treated"] for one in GOLDEN])
def test_the_corrected_figure_and_its_t_are_those_of_r(golden):
    ranks = call(golden["treated"], level_correction="regression")
    effect = call(golden["treated"], level_correction="regression", inference="placebo_variance")
    for one in (ranks, effect):
        assert math.log1p(one.relative().estimate) == pytest.approx(golden["corrected"], rel=1e-8)
        assert one.exact is None
        assert_valid_effect(one)
    check = next(one for one in effect.diagnostics if one.name == "level_correction")
    assert check.values["slope"] == pytest.approx(golden["slope"], rel=1e-8)
    assert check.values["expected"] == pytest.approx(golden["expected"], rel=1e-8)
    assert check.values["relative_uncorrected"] == pytest.approx(math.expm1(golden["effect"]), rel=1e-8)
    # R's probability that a unit at this level reaches -12 % by itself is the t of what is left of it
    from scipy.stats import t

    left = (BAR - golden["expected"]) / math.sqrt(effect.inference.covariance[2])
    assert t.cdf(left, effect.df) == pytest.approx(golden["false_payment_given_level"], rel=1e-8)
    assert (effect.df, effect.variance, ranks.variance) == (8, "placebo_level_variance/1", "placebo_level/1")


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_placebos_are_studentised_residuals_at_the_units_level(adjustment):
    plain = call(adjustment=adjustment, checks=["regression_to_mean"])
    effect = call(adjustment=adjustment, level_correction="regression", checks=["regression_to_mean"])
    units = [one["treated"] for one in GOLDEN if one["treated"] != "Bjuv"]
    levels, errors = [], []
    for unit in units:
        one = call(unit, adjustment=adjustment, comparator=[name for name in units if name != unit])
        view = one.relative().estimate if adjustment == "ratio" else one.estimate
        errors.append(math.log1p(view) if adjustment == "ratio" else view)
        levels.append(one.path.treated[0] / 2 + one.path.treated[1] / 2)
    assert list(errors_of(plain)) == pytest.approx(sorted(errors), rel=1e-9)
    own = sum(call().path.treated[:2]) / 2
    x = np.column_stack([np.ones(len(levels)), levels])
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    residuals = np.array(errors) - hat @ np.array(errors)
    at = np.array([1.0, own])
    factor = math.sqrt(1 + at @ np.linalg.inv(x.T @ x) @ at)
    expected = sorted((factor * residuals / np.sqrt(1 - np.diag(hat))).tolist())
    assert list(effect.inference.errors) == pytest.approx(expected, rel=1e-8)
    corrected = [one.diagnostics[-1].values["corrected"] for one in (plain, effect)]
    found = math.log1p(effect.relative().estimate) if adjustment == "ratio" else effect.estimate
    assert corrected == pytest.approx([found, found], rel=1e-9)


def test_the_readings_name_the_corrected_figure_as_the_one_that_pays():
    plain, effect = call(), call(level_correction="regression")
    (before, spread), (readings, placebos) = plain.diagnostics[:2], effect.diagnostics[:2]
    assert [one.name for one in effect.diagnostics[:2]] == ["adjustment_readings", "placebo_distribution"]
    assert readings.values == before.values | {
        "paying": "level_correction",
        "relative_corrected": effect.relative().estimate,
    }
    assert readings.statement.en.endswith(
        "without the correction for the reference level, and the corrected one as declared; only that counts."
    )
    assert (placebos.values, placebos.table) == (spread.values, spread.table)
    assert placebos.statement.en == (
        f"{spread.statement.en} This is of the comparison without the correction for the reference level, which the "
        "figure that counts has."
    )
    assert placebos.statement.sv.endswith(
        "Detta gäller jämförelsen utan den korrigering för referensnivån som den siffra som gäller har."
    )


def test_the_result_says_that_it_is_corrected():
    effect = call(level_correction="regression")
    (note,) = [note for note in effect.notes if note.code == "level_correction"]
    assert note.text.en.endswith("It counts only where it was agreed before the data were seen.")
    assert note.text.sv.endswith("Den gäller bara om den avtalats innan data setts.")
    assert effect.arguments["level_correction"] == "regression"
    assert "level_correction" not in call().arguments


def test_the_note_of_the_highest_says_what_is_left_of_its_fall():
    """Bjuv is the highest of all."""
    corrected, plain = (
        next(note for note in effect.notes if note.code == "extreme_reference")
        for effect in (call(level_correction="regression"), call())
    )
    assert "as often as in 5.4% of cases with the correction" in corrected.text.en
    assert "i så mycket som 5,4 % av fallen med korrigeringen" in corrected.text.sv.replace("\u00a0", " ")
    assert "part of its change is only a return" in plain.text.en
    assert "korrigeringen" not in plain.text.sv


def chosen_for_the_highest(seed, draws=40, units=30):
    """No effect; the unit with the highest reference level is the treated one. Errors on the log scale, both ways."""
    rng = np.random.default_rng(seed)
    plain, corrected, inside = [], [], 0
    names = [f"u{i:02d}" for i in range(units)]
    for _ in range(draws):
        levels = rng.normal(2.0, 0.06, units)[:, None] + rng.normal(0, 0.06, (units, 2))
        data = {
            "municipality": names * 2,
            "year": [2018] * units + [2019] * units,
            "sick_leave_percent": np.exp(levels.T.ravel()).tolist(),
        }
        highest = names[int(np.argmax(levels[:, 0]))]
        windows = {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019)}
        effect = call(highest, data=data, level_correction="regression", inference="placebo_variance", **windows)
        check = next(one for one in effect.diagnostics if one.name == "level_correction")
        plain.append(math.log1p(check.values["relative_uncorrected"]))
        corrected.append(math.log1p(effect.relative().estimate))
        inside += 0.0 in effect.relative().confidence_interval(0.95)
    return np.array(plain), np.array(corrected), inside / draws


def test_it_takes_away_the_fall_of_a_unit_chosen_for_its_level():
    plain, corrected, inside = chosen_for_the_highest(11)
    error = corrected.std(ddof=1) / math.sqrt(len(corrected))
    assert plain.mean() < -5 * error  # the highest of thirty falls by itself
    assert abs(corrected.mean()) < 3 * error
    assert inside >= 0.85


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"level_correction": "line"},
            "`level_correction` must be 'regression', 'log_regression' or None; got 'line'.",
        ),
        (
            {"level_correction": "regression", "inference": "hac"},
            "`level_correction` can be 'regression' only with an adjustment and inference='placebo', "
            "'placebo_variance' or 'none', as its line is that of placebo units; got inference='hac' and "
            "adjustment='ratio'.",
        ),
        (
            {"level_correction": "regression", "checks": ["inference_choice"], "block_length": 1},
            "`block_length` must be None with `level_correction`, as blocks do not know of its line; leave one of them "
            "out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as error:
        call(**options)
    assert str(error.value) == sentence


def small(levels):
    rows = [(f"u{i}", year, level) for i, level in enumerate(levels) for year in (2018, 2019)]
    names = ("municipality", "year", "sick_leave_percent")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ([5.0, 6, 7, 8, 9], "needs at least five units that can serve as placebos; there are 4. Add units without the"),
        (
            [5.0, 6, 6, 6, 6, 6],
            "needs units without the intervention that differ in their reference mean; all have the",
        ),
        (
            [5.0, 6, 6, 6, 6, 7],
            "needs a line that no one unit decides alone; one unit's reference mean differs and all",
        ),
    ],
)
def test_a_line_that_cannot_be_drawn_is_refused(levels, sentence):
    windows = {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019)}
    with pytest.raises(DataError, match=f"`level_correction` {sentence}"):
        call("u0", data=small(levels), level_correction="regression", **windows)


def test_a_line_that_all_lie_on_gives_no_inference():
    windows = {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019)}
    effect = call("u0", data=small([5.0, 6, 7, 8, 9, 10]), level_correction="regression", **windows)
    assert effect.inference.reason.en == (
        "The placebo units all lie on the line exactly, so they show no variation around it."
    )


# ---------------------------------------------------------------------------------------------------- other readings


CORRECTED = {"level_correction": "regression"}


def check_of(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def test_every_other_reading_is_what_the_call_with_that_choice_gives():
    """A page pays on these readings, so that they must be corrected as the figure is."""
    effect = call(excluded=[(2017, 2017)], checks=["baseline_choice"], threshold=0.05, **CORRECTED)
    check = check_of(effect, "baseline_choice")
    assert check.table["window"] == ("2014", "2014–2015", "2015")
    for window, relative in zip(((2014, 2014), (2014, 2015), (2015, 2015)), check.table["relative"], strict=True):
        other = call(reference_window=window, excluded=[(2017, 2017)], **CORRECTED)
        assert relative == other.relative().estimate
    assert (check.values["declared"], check.values["n_reaching"]) == (effect.relative().estimate, 0)
    assert check.table["relative"][0] == pytest.approx(0.037841, abs=1e-6)  # 0.062120 better without the correction
    assert "corrected for the reference level" in check.statement.en
    both = check_of(effect, "excluded_periods").values
    assert both["relative_excluding"] == effect.relative().estimate
    assert both["relative_nothing_excluded"] == call(**CORRECTED).relative().estimate
    plain = check_of(call(checks=["baseline_choice"]), "baseline_choice")
    assert "n_without_line" not in plain.values
    assert "corrected" not in plain.statement.en


# Others fall by about 0.6 of their level, and the treated unit by about 0.6 of its low one.
FALLING = {
    "u0": (3.0, 3.4, 1.2),
    "u1": (5.0, 5.6, 2.1),
    "u2": (6.0, 5.8, 2.3),
    "u3": (7.0, 7.4, 3.1),
    "u4": (8.0, 8.2, 2.9),
    "u5": (9.0, 8.8, 3.8),
    "u6": (10.0, 10.4, 4.0),
}
LIFTED = {
    "outcome": effekt.Outcome(column="y", better="lower"),
    "unit": "unit",
    "adjustment": "difference",
    "evaluation_window": (2018, 2018),
}


def falling():
    return {
        "unit": [name for name in FALLING for _ in range(3)],
        "year": [2016, 2017, 2018] * len(FALLING),
        "y": [y for own in FALLING.values() for y in own],
    }


def lifted_by_hand(years):
    """The counterfactual without the line and with it, through each other unit held against the rest of them."""
    before = {name: float(np.mean(own[: years[-1] - 2015][years[0] - 2016 :])) for name, own in FALLING.items()}
    change = {name: own[2] - before[name] for name, own in FALLING.items()}
    others = [name for name in FALLING if name != "u0"]
    errors = [change[one] - np.mean([change[rest] for rest in others if rest != one]) for one in others]
    plain = before["u0"] + float(np.mean([change[one] for one in others]))
    slope, start = np.polyfit([before[one] for one in others], errors, 1)
    return plain, plain + start + slope * before["u0"]


def test_a_counterfactual_that_the_line_lifts_above_zero_has_its_other_windows():
    windows = {"2016": (2016, 2016), "2016–2017": (2016, 2017), "2017": (2017, 2017)}
    checks = ["baseline_choice", "placebo_in_time"]
    declared = {"data": falling(), "reference_window": (2017, 2017), **LIFTED, **CORRECTED}
    effect = call("u0", **declared, checks=checks)
    check = check_of(effect, "baseline_choice")
    assert check.table["window"] == tuple(windows)
    for window, relative in zip(windows.values(), check.table["relative"], strict=True):
        plain, corrected = lifted_by_hand(window)
        assert plain < 0 < corrected
        assert relative == pytest.approx(FALLING["u0"][2] / corrected - 1, rel=1e-9)
        other = call("u0", **(declared | {"reference_window": window}))
        assert relative == other.relative().estimate
    assert "n_without_change" not in check.values
    assert check_of(effect, "placebo_in_time").values["declared"] == effect.relative().estimate
    without = call("u0", **(declared | {"level_correction": None}), checks=checks)
    assert check_of(without, "baseline_choice").statement.en == (
        "The counterfactual is not above zero, so there is no relative change to give under other reference windows."
    )


def test_a_counterfactual_that_the_line_leaves_below_zero_has_no_relative_change():
    fallen = [y - 2 if i == 2 and name != "u0" else y for name, own in FALLING.items() for i, y in enumerate(own)]
    low = falling() | {"y": fallen}
    effect = call("u0", data=low, reference_window=(2017, 2017), **LIFTED, **CORRECTED, checks=["baseline_choice"])
    assert effect.counterfactual_mean < 0
    assert check_of(effect, "baseline_choice").table == {}


def with_national(units=9, years=range(2014, 2020), lacking=()):
    """Municipalities of days and employees, and a national series of all of them; some lack their first years."""
    rng = np.random.default_rng(3)
    rows, total = [], {year: [0, 0] for year in years}
    for i in range(units):
        level = rng.normal(8, 1)
        for year in years:
            below = int(rng.integers(500, 900))
            above = int(below * level * math.exp(rng.normal(0, 0.05)))
            total[year][0], total[year][1] = total[year][0] + above, total[year][1] + below
            if not (i in lacking and year < 2016):
                rows.append((f"M{i}", year, above, below))
    rows += [("Riket", year, *total[year]) for year in years]
    return dict(zip(("municipality", "year", "days", "employees"), map(list, zip(*rows, strict=True)), strict=True))


def in_a_series(data, own_unit="removed", **options):
    series = {"outcome": ("days", "employees"), "comparator": "Riket", "weights": "denominator"}
    windows = {"reference_window": (2016, 2017), "evaluation_window": (2018, 2019)}
    return call("M0", data=data, own_unit=own_unit, **(series | windows | CORRECTED | options))


def test_the_series_with_and_without_the_treated_is_corrected_each_way():
    data = with_national()
    found = [in_a_series(data, own_unit).relative().estimate for own_unit in ("kept", "removed")]
    for own_unit in ("kept", "removed"):
        values = check_of(in_a_series(data, own_unit), "own_unit").values
        assert [values["relative_kept"], values["relative_removed"]] == pytest.approx(found, rel=1e-12)


def test_a_window_without_a_line_has_no_reading_and_is_counted():
    """Five of nine lack 2014 and 2015, so that only three placebos have the longer references."""
    effect = in_a_series(with_national(lacking=(1, 2, 3, 4, 5)), checks=["baseline_choice", "placebo_in_time"])
    check = check_of(effect, "baseline_choice")
    assert check.table["window"] == ("2016", "2016–2017", "2017")
    assert check.values["n_without_line"] == 7
    assert "For 7 more no line can be drawn, so that there is no value." in check.statement.en
    assert "För ytterligare 7 kan ingen linje dras, så att värde saknas." in check.statement.sv
    earlier = check_of(effect, "placebo_in_time").values
    assert (earlier["n_windows"], earlier["n_without_line"]) == (0, 1)


def test_a_window_in_which_a_placebo_lacks_a_stratum_has_no_value():
    rng, data = np.random.default_rng(5), {"unit": [], "year": [], "part": [], "y": [], "n": []}
    for unit in [f"u{i}" for i in range(8)]:
        level = rng.normal(8, 1)
        for year in (2016, 2017, 2018):
            for part in "mw":
                below = int(rng.integers(400, 600))
                if (unit, year, part) != ("u5", 2016, "w"):
                    for name, value in zip(data, (unit, year, part, int(below * level), below), strict=True):
                        data[name].append(value)
    options = {"data": data, "outcome": ("y", "n"), "unit": "unit", "comparator": "u7", "weights": "denominator"}
    options |= {"reference_window": (2017, 2017), "evaluation_window": (2018, 2018), **CORRECTED}
    options |= {"standardize": ["part"], "standard": "treated_reference"}
    check = check_of(call("u0", **options, checks=["baseline_choice"]), "baseline_choice")
    assert check.table["window"] == ("2017",)
    assert (check.values["n_without_strata"], check.values["n_without_line"]) == (2, 0)
    with pytest.raises(
        DataError, match=r"^Every stratum of the standard population must have a row for a placebo unit"
    ):
        call("u0", **(options | {"reference_window": (2016, 2017)}))


def test_a_break_with_one_side_of_the_window_is_corrected():
    check = check_of(call(checks=[{"check": "level_break", "at": 2015}], **CORRECTED), "level_break")
    assert check.values["relative"] == call(**CORRECTED).relative().estimate
    assert check.values["relative_one_side"] == call(reference_window=(2015, 2015), **CORRECTED).relative().estimate


def test_checks_of_the_figure_itself_say_that_they_are_without_the_correction():
    check = check_of(call(checks=[{"check": "spill_over", "share": 0.2}], **CORRECTED), "spill_over")
    assert check.statement.en.endswith(
        "Only the declared figure counts. This is of the comparison without the correction for the reference level, "
        "which the figure that counts has."
    )


@pytest.mark.parametrize("inference", ["placebo", "placebo_variance"])
def test_the_inferences_of_a_corrected_figure_side_by_side(inference):
    effect = call(checks=["inference_choice"], inference=inference, **CORRECTED)
    check = check_of(effect, "inference_choice")
    assert check.table["method"] == ("placebo", "placebo_variance")
    for way, p in zip(check.table["method"], check.table["p_value"], strict=True):
        other = call(inference=way, **CORRECTED)
        assert p == pytest.approx(float(other.rank_p_value() if way == "placebo" else other.p_value()), rel=1e-12)
    assert check.values["n_cannot_reject"] == 1  # ten placebos: p is at least 1/11
    assert check.statement.en.endswith("HAC, clusters and blocks do not know of its line.")


# ---------------------------------------------------------------------------------------------------- logarithms


def helsingborg():
    with (Path(effekt.__file__).parent / "datasets" / "helsingborg" / "helsingborg_sick_leave.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def own_changes(treated):
    """Log levels and log changes of the other units and of the treated one, by hand."""
    data = helsingborg()
    keys = zip(data["municipality"], map(int, data["year"]), strict=True)
    cells = dict(zip(keys, map(float, data["sick_leave_percent"]), strict=True))
    units = sorted({unit for unit, _ in cells})
    before = {unit: sum(cells[unit, year] for year in (2014, 2015)) / 2 for unit in units}
    after = {unit: sum(cells[unit, year] for year in (2016, 2017, 2018)) / 3 for unit in units}
    others = [unit for unit in units if unit != treated]
    trend = math.log(sum(after[unit] for unit in others) / sum(before[unit] for unit in others))
    change = {unit: math.log(after[unit] / before[unit]) - trend for unit in units}
    return (
        np.array([math.log(before[unit]) for unit in others]),
        np.array([change[unit] for unit in others]),
        math.log(before[treated]),
        change[treated],
    )


@pytest.mark.parametrize("treated", ["Bjuv", "Klippan", "Helsingborg"])
def test_logarithms_are_the_prediction_of_statsmodels(treated):
    from scipy.stats import t
    from statsmodels.api import OLS, add_constant

    levels, changes, at, own = own_changes(treated)
    fit = OLS(changes, add_constant(levels)).fit()
    there = fit.get_prediction(np.array([[1.0, at]]))
    expected, error = float(there.predicted_mean[0]), float(there.se_obs[0])
    spread = call(treated, level_correction="log_regression", inference="placebo_variance")
    ranks = call(treated, level_correction="log_regression")
    assert math.log1p(spread.relative().estimate) == pytest.approx(own - expected, abs=1e-12)
    assert spread.inference.covariance[2] == pytest.approx(error**2, rel=1e-10)
    assert spread.p_value() == pytest.approx(2 * t.sf(abs(own - expected) / error, 8), rel=1e-8)
    influence = fit.get_influence()
    factor = error / math.sqrt(fit.mse_resid)
    beside = factor * np.asarray(fit.resid) / np.sqrt(1 - influence.hat_matrix_diag)
    assert list(ranks.inference.errors) == pytest.approx(sorted(beside.tolist()), rel=1e-8, abs=1e-13)
    assert (ranks.variance, spread.variance) == ("placebo_log_level/1", "placebo_log_level_variance/1")


@pytest.mark.parametrize("inference", ["placebo", "placebo_variance"])
@pytest.mark.parametrize("trend", ["ratio_of_means", "mean_of_ratios"])
def test_logarithms_by_the_second_route(inference, trend):
    from effekt import independent

    options = {
        "outcome": "sick_leave_percent",
        "unit": "municipality",
        "time": "year",
        "period": "year",
        "treated": "Bjuv",
        "reference_window": (2014, 2015),
        "evaluation_window": (2016, 2018),
        "comparator": "others",
        "weights": None,
        "trend": trend,
        "inference": inference,
        "level_correction": "log_regression",
    }
    effect = effekt.trend_adjusted(effekt.datasets.helsingborg(), **options)
    again = independent.METHODS["trend_adjusted"](helsingborg(), **options)
    assert again["counterfactual_mean"] == pytest.approx(effect.counterfactual_mean, rel=1e-12)
    assert float(again["p_value"]) == pytest.approx(effect.p_value(), rel=1e-9)


def test_logarithms_leave_nothing_of_the_fall_of_the_highest_where_the_line_of_levels_takes_too_much():
    """Of 40 units whose levels spread by 15 % and whose years by 8 %, without an effect; 250 draws."""
    rng = np.random.default_rng(3)
    names = [f"u{i:02d}" for i in range(40)]
    windows = {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019), "inference": "none"}
    found = {"regression": [], "log_regression": []}
    for _ in range(250):
        levels = rng.normal(2.0, 0.15, len(names))[:, None] + rng.normal(0, 0.08, (len(names), 2))
        data = {
            "municipality": names * 2,
            "year": [2018] * len(names) + [2019] * len(names),
            "sick_leave_percent": np.exp(levels.T.ravel()).tolist(),
        }
        for way, errors in found.items():
            effect = call(names[int(np.argmax(levels[:, 0]))], data=data, level_correction=way, **windows)
            errors.append(math.log1p(effect.relative().estimate))
    error = {way: np.std(errors, ddof=1) / math.sqrt(len(errors)) for way, errors in found.items()}
    assert abs(np.mean(found["log_regression"])) < 3 * error["log_regression"]
    apart = np.array(found["regression"]) - np.array(found["log_regression"])
    assert apart.mean() > 3 * apart.std(ddof=1) / math.sqrt(len(apart))


@pytest.mark.parametrize("options", [{"adjustment": "difference"}, {"trend": "mean_of_period_ratios"}])
def test_logarithms_are_of_a_ratio_of_whole_windows(options):
    with pytest.raises(ArgumentError, match="`level_correction` can be 'log_regression' only with adjustment='ratio'"):
        call(level_correction="log_regression", **options)

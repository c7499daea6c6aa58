"""The sick-leave panel follows the law of its docstring, and its truth is the effect that was put in."""

import time
from functools import partial

import numpy as np
import pytest

import effekt
from effekt.datasets import sick_leave_panel
from effekt.datasets.sick_leave import SEASON
from effekt.exceptions import ArgumentError

START = 48  # months from 2015-01 to 2019-01
plain = partial(sick_leave_panel, dispersion=0)
quiet = partial(plain, level_sd=0, trend=0, flu=0, shock_sd=0, growth_sd=0, n_municipalities=20)


def grid(cohort, column):
    n = len(set(cohort.table.raw("municipality")))
    return np.array(cohort.table.raw(column), float).reshape(n, -1)


def placebo_errors(cohort):
    """Log error of the ratio estimator in every municipality, 2016–2018 against 2019–2021, all others pooled."""
    days, employees = grid(cohort, "sick_days"), grid(cohort, "employees")
    change = []
    for d, e in ((days, employees), (days.sum(axis=0) - days, employees.sum(axis=0) - employees)):
        reference, evaluation = slice(12, 48), slice(48, 84)
        change.append(
            np.log(
                d[:, evaluation].sum(1) / e[:, evaluation].sum(1) / (d[:, reference].sum(1) / e[:, reference].sum(1))
            )
        )
    return change[0] - change[1]


def test_shape_and_codes() -> None:
    cohort = sick_leave_panel(rng=1)
    assert cohort.table.columns == ("municipality", "month", "sick_days", "employees")
    assert len(cohort.table) == 290 * 84
    codes = cohort.table.raw("municipality")
    assert codes[0] == "0127"
    assert len(set(codes)) == 290
    assert all(len(code) == 4 and code.isdigit() for code in codes)
    assert codes == sorted(codes)
    assert cohort.table.raw("month")[:13] == [f"2015-{m:02d}" for m in range(1, 13)] + ["2016-01"]
    assert all(isinstance(days, int) and days >= 0 for days in cohort.table.raw("sick_days"))
    assert all(round(n, 1) == n for n in cohort.table.raw("employees"))


def test_fast() -> None:
    times = []
    for seed in range(3):
        start = time.perf_counter()
        sick_leave_panel(rng=seed)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.2


def test_the_effect_touches_one_municipality_from_its_start() -> None:
    with_effect, without = plain(rng=3, treated="0230"), plain(rng=3, treated="0230", effect=0.0)
    ratio = grid(with_effect, "sick_days") / grid(without, "sick_days")
    expected = np.ones_like(ratio)
    expected[sorted(set(without.table.raw("municipality"))).index("0230"), START:] = 0.88
    assert ratio == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("window", [None, ("2018-01", "2019-12"), (2016, 2021)])
def test_truth_is_the_noise_free_mean_of_the_window(window) -> None:
    cohort = plain(rng=4, evaluation_window=window)
    months = slice(START, 84) if window is None else slice(36, 60) if window[0] == "2018-01" else slice(12, 84)
    employees = grid(cohort, "employees")[0, months].sum()
    treated = grid(cohort, "sick_days")[0, months].sum() / employees
    untreated = grid(plain(rng=4, effect=0.0), "sick_days")[0, months].sum() / employees
    assert cohort.truth["treated_mean"] == pytest.approx(treated, rel=1e-12)
    assert cohort.truth["counterfactual_mean"] == pytest.approx(untreated, rel=1e-12)
    assert cohort.truth["relative"] == pytest.approx(treated / untreated - 1, rel=1e-11)


def test_truth_of_the_default_window_is_the_effect_itself() -> None:
    assert sick_leave_panel(rng=5).truth["relative"] == -0.12
    assert sick_leave_panel(rng=5, evaluation_window=("2017-01", "2018-12")).truth["relative"] == 0.0


def test_sampling_noise_does_not_move_the_truth() -> None:
    assert sick_leave_panel(rng=6, dispersion=1).truth == sick_leave_panel(rng=6).truth == plain(rng=6).truth


def test_without_shocks_the_trend_adjusted_comparison_finds_the_truth() -> None:
    cohort = plain(rng=7, n_municipalities=12, shock_sd=0.0)
    found = effekt.trend_adjusted(
        cohort.table,
        outcome=("sick_days", "employees"),
        unit="municipality",
        time="month",
        period="month",
        treated="0127",
        reference_window=("2016-01", "2018-12"),
        evaluation_window=("2019-01", "2021-12"),
        comparator="others",
        weights=None,
        mean="mean_of_periods",
    )
    assert found.relative().estimate == pytest.approx(cohort.truth["relative"], rel=1e-12)


def test_placebo_spread_is_what_the_docstring_says() -> None:
    m, rho, sigma = 36, 0.9, 0.05
    within = (sigma / m) ** 2 * (rho ** np.abs(np.subtract.outer(range(m), range(m)))).sum()
    between = (sigma / m) ** 2 * rho * ((1 - rho**m) / (1 - rho)) ** 2
    shocks = np.sqrt(2 * (within - between))
    assert shocks == pytest.approx(0.040, abs=5e-4)
    assert np.sqrt(2 * 6 / (m * 0.6 * 1_800)) == pytest.approx(0.018, abs=5e-4)
    spread = [placebo_errors(plain(rng=seed, effect=0.0)).std(ddof=1) for seed in range(20)]
    assert np.mean(spread) == pytest.approx(shocks, rel=0.03)
    spread = [placebo_errors(sick_leave_panel(rng=seed, effect=0.0)).std(ddof=1) for seed in range(20)]
    assert 0.040 < np.mean(spread) < 0.050
    assert np.mean(spread) == pytest.approx(0.045, abs=0.001)


def test_days_have_the_declared_mean_and_dispersion() -> None:
    expected = grid(plain(rng=8), "sick_days")
    for dispersion in (1, 6):
        days = grid(sick_leave_panel(rng=8, dispersion=dispersion), "sick_days")
        standardised = (days - expected) / np.sqrt(expected)
        assert standardised.mean() == pytest.approx(0, abs=0.06)
        assert standardised.var() == pytest.approx(dispersion, rel=0.04)


def test_season_alone() -> None:
    rate = grid(quiet(rng=9, effect=0.0), "sick_days") / grid(quiet(rng=9, effect=0.0), "employees")
    assert np.log(rate / 0.6) == pytest.approx(np.tile(SEASON, (20, 7)), abs=1e-12)
    assert SEASON.sum() == pytest.approx(0, abs=1e-12)


def test_trend_alone() -> None:
    rate = grid(quiet(rng=9, effect=0.0, trend=0.03), "sick_days") / grid(quiet(rng=9, effect=0.0), "employees")
    assert np.log(rate / 0.6) - np.tile(SEASON, (20, 7)) == pytest.approx(
        np.tile(0.03 * np.arange(84) / 12, (20, 1)), abs=1e-12
    )


def test_flu_waves_differ_in_timing_and_size_and_are_national() -> None:
    waves = grid(quiet(rng=10, effect=0.0, flu=0.25), "sick_days") / grid(quiet(rng=10, effect=0.0), "sick_days")
    assert waves == pytest.approx(np.tile(waves[:1], (20, 1)), rel=1e-12)
    yearly = np.log(waves[0]).reshape(7, 12)
    assert set(yearly.argmax(axis=1)) <= {0, 1, 2, 3}
    assert len(set(yearly.argmax(axis=1))) > 1
    assert yearly.max() > 1.5 * yearly.max(axis=1).min()
    assert np.abs(yearly[:, 5:10]).max() < 0.01


def test_mean_height_of_the_waves() -> None:
    peaks = [
        np.log(grid(quiet(rng=s, effect=0.0, flu=0.25), "sick_days") / grid(quiet(rng=s, effect=0.0), "sick_days"))[0]
        for s in range(60)
    ]
    area = np.mean([wave.reshape(7, 12).sum(axis=1).mean() for wave in peaks])
    assert area == pytest.approx(0.25 * 0.8 * np.sqrt(2 * np.pi), rel=0.05)


def test_levels_and_sizes() -> None:
    cohorts = [plain(rng=seed, shock_sd=0, trend=0, flu=0) for seed in range(10)]
    levels = np.concatenate([np.log(grid(c, "sick_days") / grid(c, "employees"))[:, 3] for c in cohorts]) - SEASON[3]
    assert levels.mean() == pytest.approx(np.log(0.6), abs=0.01)
    assert levels.std() == pytest.approx(0.12, rel=0.05)
    sizes = np.concatenate([grid(c, "employees")[:, 0] for c in cohorts])
    assert sizes.min() >= 500
    assert np.median(sizes) == pytest.approx(1_800, rel=0.05)
    assert np.log(sizes - 500).std() == pytest.approx(1.15, rel=0.05)
    growth = np.concatenate([np.log(grid(c, "employees")[:, 72] / grid(c, "employees")[:, 0]) / 6 for c in cohorts])
    assert growth.mean() == pytest.approx(0.005, abs=5e-4)
    assert growth.std() == pytest.approx(0.01, rel=0.05)


def test_description() -> None:
    description = sick_leave_panel(rng=1, n_municipalities=20).description
    assert description.en == (
        "Synthetic monthly short-term sick leave in 20 municipalities, 2015-01 to 2021-12, with a relative effect of "
        "−12.0% in municipality 0127 from 2019-01."
    )
    assert description.sv == (
        "Syntetiska månadsuppgifter om korttidssjukfrånvaron i 20 kommuner, 2015-01 till 2021-12, med en relativ "
        "effekt på −12,0\N{NO-BREAK SPACE}% i kommun 0127 från och med 2019-01."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"n_municipalities": 1}, "`n_municipalities` must be an integer of at least 2; got 1."),
        ({"first": "2015"}, "`first` must be a month such as '2015-01'; got '2015'."),
        (
            {"effect_start": "2015-01"},
            "`effect_start` must be after `first` and not after `last` (2015-01 to 2021-12); got '2015-01'.",
        ),
        (
            {"last": "2018-12"},
            "`effect_start` must be after `first` and not after `last` (2015-01 to 2018-12); got '2019-01'.",
        ),
        (
            {"evaluation_window": (2019, 2022)},
            "`evaluation_window` must lie within the panel (2015-01 to 2021-12); got 2019-01 to 2022-12.",
        ),
        (
            {"treated": "127", "n_municipalities": 3},
            "`treated` must be one of the codes '0127' to '0129'; got '127'. Did you mean '0127'?",
        ),
        ({"effect": -1.0}, "`effect` must be above -1; got -1.0."),
        ({"level": 0}, "`level` must be above 0; got 0."),
        ({"flu": -1}, "`flu` must be at least 0; got -1."),
        ({"shock_correlation": 1.0}, "`shock_correlation` must be above -1 and below 1; got 1.0."),
        ({"dispersion": 0.5}, "`dispersion` must be 0 or at least 1; got 0.5."),
    ],
)
def test_refusals(arguments, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        sick_leave_panel(rng=1, **arguments)
    assert str(raised.value) == sentence

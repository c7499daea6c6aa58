"""Difference in differences: R's numbers, explicit dummies, influence scores, the second route, invariances."""

from __future__ import annotations

import csv
import json
import math
import os
import random
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st
from oracles.did import Influence, TwoWay, exact_means
from scipy import optimize, stats

import effekt
from effekt import independent
from effekt._inference import Unavailable
from effekt.exceptions import InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens" / "panel"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
WEIGHTS = np.array([[1, 0], [0, 1], [1, -1], [1, -1.1]], float)  # the contrasts whose degrees of freedom R has
VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")
COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}


def did(data, **options):
    return effekt.difference_in_differences(data, **(COLUMNS | options))


def panel(seed, n_treated=5, n_control=7, before=2, after=2, clusters=None, spread=2.0):
    """Unit, time, d, y, g: unit i in cluster g[i] (by default i modulo 8), y with two decimals, rows in no order."""
    rng = random.Random(seed)
    n = n_treated + n_control
    groups = clusters or [i % 8 for i in range(n)]
    level, rows = [rng.gauss(20, 3) for _ in range(n)], []
    for i in range(n):
        for t in range(before + after):
            d = int(i < n_treated and t >= before)
            rows.append(
                (f"u{i}", 2014 + t, d, round(level[i] + 0.5 * t - d + rng.gauss(0, spread), 2), f"g{groups[i]}")
            )
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "d", "y", "g"), map(list, zip(*rows, strict=True)), strict=True))


def close(value, rel):
    return pytest.approx(value, rel=rel, abs=0)


# --- R ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cluster", ["unit", "district", "county"])
@pytest.mark.parametrize("variance", VARIANCES)
def test_against_r(cluster, variance):
    """Estimate, standard error and df of two-way fixed effects by dummies; clusters within and across the arms."""
    effect = did(GOLDENS / "balanced.csv", cluster=cluster, variance=variance)
    golden = R["balanced"][cluster]
    assert effect.estimate == close(golden["estimate"], 1e-8)
    assert effect.treated_mean == close(golden["treated_mean"], 1e-8)
    assert (effect.sample.n_obs, effect.sample.n_clusters) == (golden["n"], golden["groups"])
    from_dummies = golden.get(variance, golden["means"].get(variance))
    assert effect.std_error == close(from_dummies["std_error"], 1e-8)
    if variance in ("CR0", "CR1S"):
        assert effect.df == golden["groups"] - 1
    else:
        assert effect.df == close(golden["means"][variance]["df"][2], 1e-8)
        assert variance == "CR3" or effect.df == close(from_dummies["df"], 1e-8)
    assert effect.variance == f"{variance}/1"
    assert_valid_effect(effect)


@pytest.mark.parametrize("cluster", ["unit", "district", "county"])
@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2", "CR3"])
def test_the_two_means_against_r(cluster, variance):
    inference = did(GOLDENS / "balanced.csv", cluster=cluster, variance=variance).inference
    golden = R["balanced"][cluster]["means"][variance]
    assert inference.covariance == pytest.approx([golden[key] for key in ("v11", "v10", "v00")], rel=1e-8)
    if variance != "CR0":
        assert inference.df.of(WEIGHTS) == pytest.approx(golden["df"], rel=1e-8)


def test_card_and_krueger():
    """384 stores seen twice: 2.75 exactly; the rows of the other stores are counted."""
    folder = os.environ.get("EFFEKT_TEST_DATA")
    if folder is None:
        pytest.skip("EFFEKT_TEST_DATA is not set: the Card-Krueger table may not be committed")
    wide = pd.read_csv(Path(folder) / "card_krueger.csv")
    waves = [
        pd.DataFrame(
            {
                "unit": wide["store"],
                "time": time,
                "d": ((wide["state"] == "NJ") & (time == 2)).astype(int),
                "y": wide["empft" + suffix] + wide["nmgrs" + suffix] + 0.5 * wide["emppt" + suffix],
            }
        )
        for suffix, time in (("", 1), ("2", 2))
    ]
    stores = pd.concat(waves)
    effect = did(stores, missing="drop")
    golden = R["card_krueger"]["balanced"]
    assert effect.exact_estimate == F(11, 4)
    assert effect.sample.n_units == golden["groups"] == 384
    assert effect.sample.n_obs + effect.sample.n_dropped == len(stores)
    assert (round(effect.std_error, 4), round(effect.df, 2)) == (1.3423, 112.69)
    assert effect.std_error == close(golden["CR2"]["std_error"], 1e-8)
    assert effect.df == close(golden["CR2"]["df"][2], 1e-8)
    assert did(stores, missing="drop", variance="CR1S").std_error == close(golden["CR1S"]["std_error"], 1e-8)
    assert_valid_effect(effect)


# --- oracles and the second route -------------------------------------------------------------------------------------

SHAPES = {
    "two by two": {"before": 1, "after": 1},
    "one before": {"before": 1, "after": 3},
    "long before": {"before": 4, "after": 1},
    "unequal clusters": {"n_treated": 7, "n_control": 9, "clusters": [0, 1, 1, 2, 2, 2, 3, 4, 4, 4, 4, 5, 6, 6, 7, 8]},
    "clusters across arms": {"n_treated": 6, "n_control": 8, "clusters": [0, 1, 2, 3, 4, 5, 0, 0, 1, 6, 6, 2, 7, 7]},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variance", VARIANCES)
def test_against_dummies_and_influence_scores(shape, variance):
    data = panel(len(shape), **SHAPES[shape])
    frame, cluster = pd.DataFrame(data), "g" if "clusters" in SHAPES[shape] else None
    effect = did(data, variance=variance, cluster=cluster)
    labels = frame[cluster or "unit"]
    assert (effect.exact.treated, effect.exact.counterfactual) == exact_means(frame)
    assert effect.means.treated == float(effect.exact.treated)
    assert effect.means.counterfactual == float(effect.exact.counterfactual)

    after = effect.path.periods.index(effect.path.evaluation[0])
    assert np.mean(effect.path.treated[after:]) == close(effect.treated_mean, 1e-12)
    assert np.mean(effect.path.counterfactual[after:]) == close(effect.counterfactual_mean, 1e-12)
    assert np.mean(effect.path.counterfactual[:after]) == close(np.mean(effect.path.treated[:after]), 1e-12)

    dummies = TwoWay(frame, labels)
    assert effect.estimate == close(dummies.estimate, 1e-10)
    assert effect.std_error == close(math.sqrt(dummies.variance(variance)), 1e-10)
    assert effect.df == close(dummies.df(variance), 1e-10)

    scores = Influence(frame, labels)
    assert effect.inference.covariance == pytest.approx(scores.covariance(variance), rel=1e-10)
    assert scores.variance(variance) == close(dummies.variance(variance), 1e-10)
    assert effect.inference.df.of(WEIGHTS) == pytest.approx([scores.df(variance, w, v) for w, v in WEIGHTS], rel=1e-10)
    first, cross, second = effect.inference.covariance
    assert first - 2 * cross + second == close(effect.std_error**2, 1e-12)
    assert_valid_effect(effect)


@pytest.mark.parametrize("shape", ["two by two", "one before", "unequal clusters", "clusters across arms"])
@pytest.mark.parametrize("variance", VARIANCES)
def test_against_the_second_route(shape, variance):
    data = panel(len(shape), **SHAPES[shape])
    cluster = "g" if "clusters" in SHAPES[shape] else None
    effect = did(data, variance=variance, cluster=cluster)
    again = independent.METHODS["difference_in_differences"](data, **COLUMNS, variance=variance, cluster=cluster)
    assert effect.exact_estimate == again["estimate"]
    assert effect.exact.treated == again["treated_mean"]
    assert effect.exact.counterfactual == again["counterfactual_mean"]
    assert effect.std_error == close(again["std_error"], 1e-10)
    assert effect.df == close(again["df"], 1e-10)
    assert effect.p_value() == close(again["p_value"], 1e-9)


@pytest.mark.parametrize(
    "options", [{}, {"cluster": "g", "variance": "CR1S"}, {"outcome": {"column": "y", "unit": "SEK"}}]
)
def test_the_recorded_arguments_make_the_same_estimate(options):
    data = panel(3)
    effect = did(data, **options)
    assert effekt.difference_in_differences(data, **effect.arguments) == effect


def test_by_hand():
    """Treated 10, 12 before and 7, 8.5 after; others 9, 11 and 8, 10.5."""
    data = {
        "unit": [1, 1, 2, 2, 3, 3, 4, 4],
        "time": [2018, 2019] * 4,
        "d": [0, 1, 0, 1, 0, 0, 0, 0],
        "y": [10.0, 7.0, 12.0, 8.5, 9.0, 8.0, 11.0, 10.5],
    }
    effect = did(data)
    assert effect.exact.treated == F("7.75")
    assert effect.exact.counterfactual == 11 + F("9.25") - 10
    assert effect.exact_estimate == F("-2.5")
    assert effect.observed == effekt.result.Observed(treated=7.75, control=9.25)
    assert effect.path.treated == (11.0, 7.75)
    assert effect.path.counterfactual == (11.0, 10.25)
    assert effect.estimand.population.en == "the 2 treated units, 2019 to 2019"
    assert [note.code for note in effect.notes] == ["parallel_trends", "few_clusters", "one_period_before"]


@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2", "CR3"])
@pytest.mark.parametrize("size", [1, 4, None])
def test_clusters_within_groups_have_the_variance_of_the_regression(variance, size):
    from effekt import _linalg
    from effekt.estimators.did.asymptotic import stacked, unit_means
    from effekt.estimators.did.nested import nested_covariances
    from effekt.estimators.did.panel import read_panel

    rng = np.random.default_rng(5)
    groups = np.arange(60) // (size or 1) if size else np.sort(np.r_[rng.integers(0, 9, 20), rng.integers(9, 20, 40)])
    data = panel(3, n_treated=20, n_control=40, clusters=groups.tolist())
    found, _ = read_panel(data, "y", "unit", "time", "d", "g", "raise")
    expected = _linalg.sandwich(variance, [stacked(found)])
    (closed,) = nested_covariances([variance], *unit_means(found), found.treated, found.cluster)
    assert closed.covariance == pytest.approx(expected.covariance, rel=1e-12)
    if variance == "CR0":
        assert closed.df == expected.df
        return
    assert closed.df.quadratic == pytest.approx(expected.df.quadratic, rel=1e-11, abs=1e-15)
    assert closed.df.quartic == pytest.approx(expected.df.quartic, rel=1e-11, abs=1e-15)


def test_many_units_have_the_variance_of_few():
    """The closed form above 1,000 units, beside the regression of the same panel."""
    from effekt import _linalg
    from effekt.estimators.did.asymptotic import stacked
    from effekt.estimators.did.panel import read_panel

    data = panel(3, n_treated=400, n_control=700, clusters=list(range(1100)))
    found, _ = read_panel(data, "y", "unit", "time", "d", "unit", "raise")
    expected = _linalg.sandwich("CR2", [stacked(found)])
    assert did(data).inference.covariance == pytest.approx(expected.covariance, rel=1e-12)
    assert did(data).df == pytest.approx(expected.df_of("difference"), rel=1e-11)


def test_units_as_clusters_are_the_textbook_variances():
    """Two periods: s²/n of the changes in each arm, and the covariance of the two means by arm."""
    data = panel(1, before=1, after=1)
    wide = pd.DataFrame(data).pivot(index="unit", columns="time", values="y")
    treated = wide.index.isin([f"u{i}" for i in range(5)])
    before, after = wide[2014].to_numpy(), wide[2015].to_numpy()
    change = after - before
    effect = did(data)
    assert effect.std_error == close(
        math.sqrt(change[treated].var(ddof=1) / 5 + change[~treated].var(ddof=1) / 7), 1e-12
    )
    own = np.cov(after[treated], before[treated]) / 5
    assert effect.inference.covariance == pytest.approx(
        (own[0, 0], own[0, 1], own[1, 1] + change[~treated].var(ddof=1) / 7), rel=1e-12
    )


# --- the relative view ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", ["CR2", "CR1S"])
def test_the_relative_interval_is_every_ratio_that_is_not_rejected(variance):
    """Fieller: the null r is tested by treated - (1 + r) * counterfactual, with the df of that contrast."""
    data = panel(12, n_treated=8, n_control=10, clusters=[i % 9 for i in range(18)])
    effect = did(data, cluster="g", variance=variance).relative()
    scores = Influence(pd.DataFrame(data), data["g"])
    t, c = effect.treated_mean, effect.counterfactual_mean

    def p_value(r):
        error = math.sqrt(scores.variance(variance, 1.0, -(1 + r)))
        return 2 * stats.t.sf(abs(t - (1 + r) * c) / error, scores.df(variance, 1.0, -(1 + r)))

    for r in np.linspace(-0.6, 0.6, 13):
        assert effect.p_value(float(r)) == close(p_value(r), 1e-8)
    for level in (0.8, 0.95):
        found = effect.confidence_interval(level)
        ends = [
            optimize.brentq(lambda r, level=level: p_value(r) - (1 - level), effect.estimate, effect.estimate + far)
            for far in (-0.9, 0.9)
        ]
        assert (found.low, found.high) == pytest.approx(ends, rel=1e-8)
    assert effect.p_value() == effect.difference().p_value()


# --- invariances ------------------------------------------------------------------------------------------------------

outcomes = st.lists(st.integers(-4000, 4000), min_size=36, max_size=36)
hundredths = st.integers(-50_000, 50_000)


def estimate(cells, **options):
    """Nine units over four years, four of them treated from 2016; cells are hundredths."""
    data = {
        "unit": [f"u{i}" for i in range(9) for _ in range(4)],
        "time": [2014 + t for _ in range(9) for t in range(4)],
        "d": [int(i < 4 and t >= 2) for i in range(9) for t in range(4)],
        "y": [cell / 100 for cell in cells],
    }
    return did(data, **options)


def same_uncertainty(one, other, factor=1):
    if isinstance(one.inference, Unavailable) or isinstance(other.inference, Unavailable):
        assert one.std_error is None or one.std_error < 1e-9
        assert other.std_error is None or other.std_error < 1e-9
        return
    assert other.std_error == pytest.approx(factor * one.std_error, rel=1e-7, abs=1e-9)
    assert other.df == close(one.df, 1e-9)


VARIANCES = st.sampled_from(["CR0", "CR1", "CR1S", "CR2", "CR3"])


@given(
    cells=outcomes,
    unit_effects=st.lists(hundredths, min_size=9, max_size=9),
    years=st.lists(hundredths, min_size=4),
    variance=VARIANCES,
)
def test_unit_and_time_effects_are_nothing(cells, unit_effects, years, variance):
    moved = [cell + unit_effects[k // 4] + years[k % 4] for k, cell in enumerate(cells)]
    before, after = estimate(cells, variance=variance), estimate(moved, variance=variance)
    assert after.exact_estimate == before.exact_estimate
    same_uncertainty(before, after)


@given(cells=outcomes, effect=hundredths)
def test_an_added_effect_is_found_exactly(cells, effect):
    moved = [cell + effect if k // 4 < 4 and k % 4 >= 2 else cell for k, cell in enumerate(cells)]
    before, after = estimate(cells), estimate(moved)
    assert after.exact_estimate == before.exact_estimate + F(effect, 100)
    assert after.exact.counterfactual == before.exact.counterfactual
    same_uncertainty(before, after)


@given(cells=outcomes, variance=VARIANCES)
def test_the_sign_of_the_outcome_is_the_sign_of_the_effect(cells, variance):
    before, after = estimate(cells, variance=variance), estimate([-cell for cell in cells], variance=variance)
    assert after.exact_estimate == -before.exact_estimate
    assert after.estimate == -before.estimate
    same_uncertainty(before, after)


@given(cells=outcomes, factor=st.sampled_from([3, 10, 100]), variance=VARIANCES)
def test_another_unit_of_the_outcome_scales_the_effect(cells, factor, variance):
    before = estimate(cells, variance=variance)
    after = estimate([cell * factor for cell in cells], variance=variance)
    assert after.exact_estimate == factor * before.exact_estimate
    same_uncertainty(before, after, factor)


@given(cells=outcomes)
def test_no_effect_has_one_p_value_in_every_view(cells):
    effect = estimate([abs(cell) + 100 for cell in cells])
    if isinstance(effect.inference, Unavailable) or effect.counterfactual_mean <= 0:
        return
    assert effect.relative().p_value() == effect.p_value() == effect.ratio().p_value()


@given(names=st.permutations(["a", "b", "Ö", "9", "10", "z z", "u1", "A", "0127"]), seed=st.integers(0, 99))
def test_the_names_of_the_units_are_nothing(names, seed):
    data = panel(seed, n_treated=4, n_control=5, clusters=list(range(9)))
    renamed = dict(zip([f"u{i}" for i in range(9)], names, strict=True))
    before, after = did(data), did({**data, "unit": [renamed[name] for name in data["unit"]]})
    assert after.exact == before.exact
    assert after.means == before.means
    assert after.sample == before.sample
    same_uncertainty(before, after)


def test_times_without_an_order_are_refused():
    data = {"u": ["a", "a", "b", "b"], "t": ["before", "after"] * 2, "d": [0, 1, 0, 0], "y": [1.0, 2.0, 3.0, 4.0]}
    with pytest.raises(effekt.DataError) as refusal:
        effekt.difference_in_differences(data, outcome="y", unit="u", time="t", treatment="d")
    assert str(refusal.value) == (
        "Column 't' must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, or numbers, "
        "since they need an order; 4 rows did not, the first at row 1. Number the periods, or write them so."
    )


def test_months_without_zeros_are_in_the_order_of_the_year():
    data = {
        "u": [u for u in "abcd" for _ in range(12)],
        "t": [f"2019-{month}" for _ in "abcd" for month in range(1, 13)],
        "d": [int(u in "ab" and month >= 10) for u in "abcd" for month in range(1, 13)],
        "y": [float(7 * i % 5) for i in range(48)],
    }
    effect = effekt.difference_in_differences(data, outcome="y", unit="u", time="t", treatment="d")
    assert effect.path.periods == tuple(f"2019-{month:02d}" for month in range(1, 13))
    assert effect.path.evaluation == ("2019-10", "2019-12")
    padded = {**data, "t": [f"{year}-{int(month):02d}" for year, month in (cell.split("-") for cell in data["t"])]}
    assert effekt.difference_in_differences(padded, outcome="y", unit="u", time="t", treatment="d") == effect


def test_times_are_in_the_order_of_numbers():
    """Period 9 comes before period 10, as number and as text."""
    data = panel(2)
    for shift, kind in ((2014 - 8, int), (2014 - 8, str), (2014 - 8, float)):
        moved = {**data, "time": [kind(time - shift) for time in data["time"]]}
        effect = did(moved)
        assert effect.exact == did(data).exact
        assert effect.path.periods == ("8", "9", "10", "11")
        assert effect.path.evaluation == ("10", "11")
    text = {**data, "time": [f"{time}-01" for time in data["time"]]}
    assert did(text).exact == did(data).exact


def test_a_large_level_costs_no_digits_of_the_effect():
    """Incomes around ten million: the float means are the exact means, correctly rounded."""
    data = panel(4)
    data["y"] = [round(10_000_000 + y, 2) for y in data["y"]]
    effect = did(data)
    assert (effect.exact.treated, effect.exact.counterfactual) == exact_means(pd.DataFrame(data))
    assert effect.treated_mean == float(effect.exact.treated)
    assert effect.counterfactual_mean == float(effect.exact.counterfactual)


@pytest.mark.parametrize("options", [{}, {"variance": "CR1S"}, {"cluster": "g"}], ids=str)
@pytest.mark.parametrize("n_control", [7, 1_100])
@pytest.mark.parametrize("level", [10**9, -(10**10)])
def test_a_level_far_above_the_spread_costs_no_digits_of_the_error(level, n_control, options):
    """Multiples of 1/4, which these levels leave as they are."""
    data = panel(4, n_treated=5 if n_control == 7 else 400, n_control=n_control)
    data["y"] = [round(4 * y) / 4 for y in data["y"]]
    plain, far = (did(data | {"y": [more + y for y in data["y"]]}, **options) for more in (0, level))
    assert far.estimate == plain.estimate
    assert far.std_error == close(plain.std_error, 1e-13)


# --- same input, same bytes -------------------------------------------------------------------------------------------


def test_a_hundred_row_orders_give_the_same_bytes():
    data = panel(6)
    data["y"] = [round(y) for y in data["y"]]
    rows, rng, found = list(zip(*data.values(), strict=True)), random.Random(1), set()
    for _ in range(100):
        rng.shuffle(rows)
        shuffled = dict(zip(data, map(list, zip(*rows, strict=True)), strict=True))
        found.add(did(shuffled, cluster="g").to_json())
    assert len(found) == 1


def test_every_format_gives_the_same_bytes(tmp_path):
    data = panel(7)
    frame = pd.DataFrame(data)
    frame.to_csv(tmp_path / "panel.csv", index=False)
    pq.write_table(pa.table(data), tmp_path / "panel.parquet")
    book = openpyxl.Workbook()
    for row in (list(data), *zip(*data.values(), strict=True)):
        book.active.append(row)
    book.save(tmp_path / "panel.xlsx")
    logical = frame.assign(d=frame["d"] == 1)
    paths = [tmp_path / f"panel.{suffix}" for suffix in ("csv", "parquet", "xlsx")]
    tables = [data, frame, logical, frame.sort_values("y"), pl.DataFrame(data), pa.table(data), *paths]
    assert len({did(table, cluster="g").to_json() for table in tables}) == 1


# --- what is missing --------------------------------------------------------------------------------------------------


def test_a_unit_that_lacks_a_period_is_left_out_whole():
    data = panel(9)
    rows = list(zip(*data.values(), strict=True))
    holes = [
        (unit, time, d, None if (unit, time) == ("u1", 2015) else y, g)
        for unit, time, d, y, g in rows
        if (unit, time) != ("u8", 2017)
    ]
    effect = did(dict(zip(data, map(list, zip(*holes, strict=True)), strict=True)), missing="drop")
    kept = [row for row in rows if row[0] not in ("u1", "u8")]
    subset = did(dict(zip(data, map(list, zip(*kept, strict=True)), strict=True)), missing="drop")
    assert effect.exact == subset.exact
    assert effect.inference == subset.inference
    assert (effect.sample.n_units, effect.sample.n_treated, effect.sample.n_obs) == (10, 4, 40)
    assert effect.sample.n_dropped == 7
    assert "incomplete_units" not in {note.code for note in subset.notes}
    (note,) = [note for note in effect.notes if note.code == "incomplete_units"]
    assert note.text.en == "2 units that lack a period were left out whole."
    assert note.text.sv == "2 enheter som saknar någon period har lämnats utanför helt."
    assert_valid_effect(effect)


REFUSED = {
    "one treated cluster": (
        {"n_treated": 3, "n_control": 9, "clusters": [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]},
        "Cluster-robust inference needs at least two clusters in each group; the treated group has one.",
        "Klusterrobust inferens kräver minst två kluster i varje grupp; den behandlade gruppen har ett.",
    ),
    "one untreated cluster": (
        {"n_treated": 9, "n_control": 3, "clusters": [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0]},
        "Cluster-robust inference needs at least two clusters in each group; the untreated group has one.",
        "Klusterrobust inferens kräver minst två kluster i varje grupp; den obehandlade gruppen har ett.",
    ),
    "five clusters": (
        {"n_treated": 5, "n_control": 7, "clusters": [0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4]},
        "Cluster-robust inference needs at least six clusters; there are 5.",
        "Klusterrobust inferens kräver minst sex kluster; det finns 5.",
    ),
    "two treated units": (
        {"n_treated": 2, "n_control": 10, "clusters": list(range(12))},
        "The Satterthwaite degrees of freedom are 1.43; below 3 a t reference cannot be relied on.",
        "Antalet frihetsgrader enligt Satterthwaite är 1,43; under 3 går det inte att lita på t-fördelningen.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("variance", ["CR2", "CR0", "CR1S"])
def test_too_few_clusters_give_an_estimate_without_inference(case, variance):
    """CR0 and CR1S, whose df is the number of clusters less one, are judged by the df of CR2."""
    shape, en, sv = REFUSED[case]
    data = panel(13, **shape)
    effect = did(data, cluster="g", variance=variance)
    assert effect.std_error is effect.df is None
    assert effect.exact_estimate == did(data).exact_estimate
    for question in (effect.p_value, effect.confidence_interval, effect.relative().p_value):
        with pytest.raises(InferenceUnavailableError) as refusal:
            question()
        assert (str(refusal.value), refusal.value.sv) == (en, sv)
    assert effect.tidy()[["std_error", "p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    assert_valid_effect(effect)
    (note,) = [note.text for note in effect.notes if note.code == "few_clusters"]
    assert "inference='permutation' compares those treated with every other choice of as many" in note.en
    alone = case == "one treated cluster"
    assert ("inference='conley_taber'" in note.en, "inference='conley_taber'" in note.sv) == (alone, alone)
    permuted = did(data, cluster="g", inference="permutation", rng=1)
    assert 0 < permuted.p_value() <= 1
    assert "few_clusters" not in [note.code for note in permuted.notes]
    if alone:
        assert did(data, cluster="g", inference="conley_taber").p_value() > 0


def test_clusters_that_hold_both_groups_are_not_sent_where_they_cannot_go():
    data = panel(13, clusters=[0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    effect = did(data, cluster="g")
    assert effect.std_error is None
    assert "few_clusters" not in [note.code for note in effect.notes]


def test_six_clusters_are_enough_when_the_degrees_of_freedom_are():
    data = panel(14, n_treated=6, n_control=6, clusters=[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
    effect = did(data, cluster="g")
    assert effect.df == close(4.0, 1e-10)
    assert_valid_effect(effect)


@pytest.mark.parametrize("level", ["10", "10.1", "3.37", "0", "70000.3"])
@pytest.mark.parametrize("shape", ["two by two", "one before", "long before", "clusters across arms"])
@pytest.mark.parametrize("variance", ["CR2", "CR1S"])
def test_no_variation_within_the_arms_is_no_certainty(level, shape, variance):
    """Every unit moves with its arm, from whatever level: t would be infinite, and its rounding nearly so."""
    data = panel(15, **SHAPES[shape])
    data["y"] = [
        float(F(level) * int(unit[1:]) + F("0.3") * (time - 2014) - F("1.7") * d)
        for unit, time, d in zip(data["unit"], data["time"], data["d"], strict=True)
    ]
    effect = did(data, variance=variance, cluster="g" if "clusters" in SHAPES[shape] else None)
    assert effect.exact_estimate == F("-1.7")
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.p_value()
    assert str(refusal.value) == "There is no within-arm variation, so there is no standard error."
    assert refusal.value.sv == "Det finns ingen variation inom grupperna och därför inget medelfel."


def test_clusters_whose_units_cancel_have_no_variation_either():
    """In every cluster one unit rises as much as the other falls."""
    data = panel(16, n_treated=6, n_control=8, before=1, after=1, clusters=[i // 2 for i in range(14)])
    data["y"] = [
        50.1 + int(unit[1:]) + (time - 2014) * (0.7 if int(unit[1:]) % 2 else -0.7)
        for unit, time in zip(data["unit"], data["time"], strict=True)
    ]
    assert isinstance(did(data, cluster="g").inference, Unavailable)
    assert did(data).std_error > 0.1


def test_a_variance_whose_digits_have_cancelled_is_refused():
    """Levels spread over 100 million and changes over a hundredth: the rest of the large variances is rounding."""
    data = panel(18)
    data["y"] = [
        round(10_000_000 * int(unit[1:]) + y / 1000, 3) for unit, y in zip(data["unit"], data["y"], strict=True)
    ]
    effect = did(data)
    assert isinstance(effect.inference, Unavailable)
    assert (effect.exact.treated, effect.exact.counterfactual) == exact_means(pd.DataFrame(data))


def test_units_that_differ_much_and_change_alike_keep_their_digits():
    """Levels spread over 10 000 and changes over 1: the variance of the difference is a rest of large ones."""
    data = panel(17, spread=1.0)
    data["y"] = [round(1000 * int(unit[1:]) + y, 2) for unit, y in zip(data["unit"], data["y"], strict=True)]
    effect = did(data)
    assert effect.std_error == close(math.sqrt(TwoWay(pd.DataFrame(data), data["unit"]).variance("CR2")), 1e-8)
    assert_valid_effect(effect)


def test_the_golden_panel_is_what_the_readme_says():
    with (GOLDENS / "balanced.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    units = {row["unit"]: (row["district"], row["county"]) for row in rows}
    treated = {row["unit"] for row in rows if row["d"] == "1"}
    assert (len(rows), len(units), len(treated)) == (96, 24, 9)
    arms = {
        district: {unit in treated for unit, (own, _) in units.items() if own == district}
        for district, _ in units.values()
    }
    assert all(len(found) == 1 for found in arms.values())
    counties = {
        county: {unit in treated for unit, (_, own) in units.items() if own == county} for _, county in units.values()
    }
    assert sum(len(found) == 2 for found in counties.values()) >= 5


@given(st.integers(1, 20), st.integers(2, 40), st.data())
def test_a_units_mean_has_the_bytes_of_mean(units, periods, data):
    from effekt.estimators.did.asymptotic import _row_means

    outcome = np.random.default_rng(units).normal(size=(units, periods))
    outcome[outcome > 1] = -0.0
    chosen = np.arange(periods) >= data.draw(st.integers(1, periods - 1))
    for some in (chosen, ~chosen):
        assert _row_means(outcome, some).tobytes() == outcome[:, some].mean(axis=1).tobytes()

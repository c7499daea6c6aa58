"""A trend-adjusted comparison judged by its workplaces: golden, oracle, invariances, and when there is none."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import trend_clusters as oracle

import effekt
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens" / "trend"
CONTRASTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [1.0, -1.1]])


def workplaces():
    with (GOLDENS / "workplaces.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    numbers = {"year": int, "days": float, "employees": int}
    return {name: [numbers.get(name, str)(row[name]) for row in rows] for name in rows[0]}


def call(data, **options):
    choices = {
        "outcome": ("days", "employees"),
        "unit": "municipality",
        "time": "year",
        "period": "year",
        "treated": "A",
        "reference_window": (2016, 2017),
        "evaluation_window": (2018, 2019),
        "comparator": "others",
        "weights": "denominator",
        "cluster": "workplace",
        "inference": "cluster",
    }
    return effekt.trend_adjusted(data, **(choices | options))


def summed(data):
    """One row for each municipality and year."""
    cells = {}
    for unit, year, days, people in zip(*(data[name] for name in data if name != "workplace"), strict=True):
        top, below = cells.get((unit, year), (Fraction(0), 0))
        cells[unit, year] = top + Fraction(str(days)), below + people
    return {
        "municipality": [unit for unit, _ in cells],
        "year": [year for _, year in cells],
        "days": [float(top) for top, _ in cells.values()],
        "employees": [below for _, below in cells.values()],
    }


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_covariance_and_degrees_of_freedom_are_those_of_clubsandwich(adjustment):
    golden = json.loads((GOLDENS / "clusters.json").read_text(encoding="utf-8"))[adjustment]
    effect = call(workplaces(), adjustment=adjustment)
    assert effect.inference.covariance == pytest.approx(golden["covariance"], rel=1e-8)
    assert effect.inference.df.of(CONTRASTS) == pytest.approx(golden["df"], rel=1e-8)
    assert effect.variance == "cluster/1"
    assert (effect.sample.n_clusters, effect.sample.n_obs) == (20, 74)
    assert_valid_effect(effect)


def test_the_figure_is_that_of_the_sums():
    data = workplaces()
    effect, whole = call(data), call(summed(data), cluster=None, inference="none")
    assert effect.exact == whole.exact
    assert effect.relative().estimate == whole.relative().estimate
    placebo = call(data, inference="placebo")
    assert placebo.p_value() == call(summed(data), cluster=None, inference="placebo").p_value()
    assert placebo.variance == "placebo/1"


def random_panel(seed, sizes=(7, 6, 3), months=6):
    rng = np.random.default_rng(seed)
    data = {"municipality": [], "workplace": [], "year": [], "days": [], "employees": []}
    for unit, count in zip("ABC", sizes, strict=True):
        for place in range(count):
            size = int(rng.integers(4, 40))
            for month in range(months):
                if rng.random() < 0.1 and month % 3:
                    continue
                row = (unit, f"w{place}", f"2018-{month + 1:02d}", int(rng.integers(1, 9 * size)), size)
                for name, value in zip(data, row, strict=True):
                    data[name].append(value)
    return data


MONTHS = {"period": "month", "reference_window": ("2018-01", "2018-03"), "evaluation_window": ("2018-04", "2018-06")}


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize(("treated", "comparator"), [("A", "B"), ("A", "others"), (["A", "C"], "B")])
@pytest.mark.parametrize("seed", [1, 2])
def test_covariance_and_degrees_of_freedom_are_those_of_explicit_matrices(adjustment, treated, comparator, seed):
    data = random_panel(seed)
    effect = call(data, adjustment=adjustment, treated=treated, comparator=comparator, **MONTHS)
    arms = dict.fromkeys(treated, 0) | dict.fromkeys(["B", "C"] if comparator == "others" else comparator, 2)
    cells, sums = {}, {}
    for unit, place, month, days, people in zip(*data.values(), strict=True):
        if unit in arms:
            cell = arms[unit] + (month > "2018-03")
            for table, key in ((cells, ((unit, place), cell)), (sums, cell)):
                top, below = table.get(key, (Fraction(0), 0))
                table[key] = top + days, below + people
    own_r, own_e, other_r, other_e = (float(sums[cell][0] / sums[cell][1]) for cell in range(4))
    lines = [[0, 1, 0, 0], [1, 0, -1, 1]]
    if adjustment == "ratio":
        lines = [[0, 1 / own_e, 0, 0], [1 / own_r, 0, -1 / other_r, 1 / other_e]]
    covariance, df = oracle.two_means(cells, lines)
    expected = (covariance[0, 0], covariance[0, 1], covariance[1, 1])
    assert effect.inference.covariance == pytest.approx(expected, rel=1e-10)
    assert effect.inference.df.of(CONTRASTS) == pytest.approx([df(*w) for w in CONTRASTS], rel=1e-10)


def test_a_series_counts_as_known():
    data = workplaces()
    series = {"municipality": "Riket", "workplace": "all", "days": 8000.5, "employees": 1000}
    for year in range(2016, 2020):
        for name in data:
            data[name].append(series.get(name, year))
    alone, both = call(data, comparator="Riket", adjustment="difference"), call(data, adjustment="difference")
    first, cross, second = alone.inference.covariance
    treated_only = call(workplaces(), adjustment="difference").inference.covariance
    assert (first, cross) == pytest.approx(treated_only[:2], rel=1e-12)
    assert second < treated_only[2]
    (note,) = [note for note in alone.notes if note.code == "cluster"]
    assert "8 clusters of the treated; the comparator's series counts as known. 2 clusters had rows" not in note.text.en
    assert "8 clusters of the treated; the comparator's series counts as known. 1 cluster had rows" in note.text.en
    assert "jämförelseserien räknas som känd" in note.text.sv
    assert both.sample.n_clusters == 21


def test_what_moves_a_cluster_in_both_windows_alike_goes_out():
    """Of equal clusters with levels that last, only what is new between the windows counts."""
    rng = np.random.default_rng(4)
    rows = {"municipality": [], "workplace": [], "year": [], "days": [], "employees": []}
    for unit in "AB":
        for place in range(12):
            level, moved = rng.normal(100, 30), rng.normal(0, 0.5)
            for year in (2018, 2019):
                for name, value in zip(rows, (unit, place, year, level + moved * (year == 2019), 10), strict=True):
                    rows[name].append(value)
    windows = {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019)}
    effect = call(rows, adjustment="difference", **windows)
    changes = {unit: [] for unit in "AB"}
    for i in range(0, 48, 2):
        changes[rows["municipality"][i]].append((rows["days"][i + 1] - rows["days"][i]) / 10)
    by_hand = sum(np.var(changes[unit], ddof=1) / 12 for unit in "AB")
    assert effect.std_error**2 == pytest.approx(by_hand, rel=1e-9)
    assert effect.df == pytest.approx(22, rel=1e-9)


def test_the_result_says_what_it_leaves_out():
    (note,) = [note for note in call(workplaces()).notes if note.code == "cluster"]
    assert note.text.en.startswith(
        "The uncertainty is that between 8 clusters of the treated; 12 of the comparator. 2 "
    )
    assert note.text.en.endswith("only placebos in other municipalities show. By itself it is no ground for payment.")
    assert note.text.sv.endswith("Ensam är den ingen grund för betalning.")
    (short,) = [note for note in call(workplaces()).notes if note.code == "short_coverage"]
    assert "covered 95.2% or more when each workplace drifted by itself" in short.text.en
    assert "så lite som 73,2 %" in short.text.sv.replace("\u00a0", " ")
    assert "short_coverage" not in [note.code for note in call(workplaces(), inference="placebo").notes]


def test_the_table_of_inferences_has_it_beside_the_others():
    data = workplaces()
    (check,) = [
        one
        for one in call(data, inference="placebo", checks=["inference_choice"]).diagnostics
        if one.name == "inference_choice"
    ]
    own = call(data)
    row = check.table["method"].index("cluster")
    interval = own.relative().confidence_interval(0.95)
    assert check.table["p_value"][row] == own.p_value()
    assert (check.table["low"][row], check.table["high"][row]) == pytest.approx(
        (interval.low, interval.high), rel=1e-12
    )
    assert "clusters" in check.statement.en
    assert "kluster" in check.statement.sv


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False), st.sampled_from([2, 7]))
def test_order_names_and_scale_do_not_matter(seed, random, factor):
    data = random_panel(seed, sizes=(7, 8, 0))
    if min(len({w for u, w, *_ in zip(*data.values(), strict=True) if u == unit}) for unit in "AB") < 6:
        return
    base = call(data, comparator="B", **MONTHS)
    order = list(range(len(data["year"])))
    random.shuffle(order)
    again = call({name: [column[i] for i in order] for name, column in data.items()}, comparator="B", **MONTHS)
    assert again.to_json() == base.to_json()
    if base.variance == "none/1":
        return
    renamed = call(
        data | {"workplace": [f"z{(int(w[1:]) * 5 + 2) % 8}" for w in data["workplace"]]}, comparator="B", **MONTHS
    )
    assert renamed.inference == base.inference
    scaled = call(data | {"days": [factor * one for one in data["days"]]}, comparator="B", **MONTHS)
    assert scaled.inference.covariance == pytest.approx(base.inference.covariance, rel=1e-12)
    assert scaled.df == pytest.approx(base.df, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"cluster": None},
            "`cluster` must be given with inference='cluster': the column of workplaces or employees, with one row per "
            "unit, period and cluster; got None.",
        ),
        ({"cluster": "year"}, "`cluster` must name a column that has no other part; got 'year'."),
        (
            {"weights": None},
            "`cluster` needs an outcome given as (numerator, denominator), weights='denominator' and "
            "mean='ratio_of_sums', as rows of clusters are added up; declare these, or leave `cluster` out.",
        ),
        (
            {"standardize": ["sex"], "standard": "treated_reference"},
            "`cluster` must be None with `standardize`, whose rows are those of strata; leave one of them out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as error:
        call(workplaces() | {"sex": ["F"] * 74}, **options)
    assert str(error.value) == sentence


def test_rows_that_stand_twice_or_without_people_are_refused():
    data = workplaces()
    twice = {name: [*column, column[0]] for name, column in data.items()}
    with pytest.raises(DataError, match="'municipality', 'year' and 'workplace'"):
        call(twice)
    with pytest.raises(DataError, match="must hold positive denominators"):
        call(data | {"employees": [0, *data["employees"][1:]]})


def few(data, keep):
    rows = [i for i in range(len(data["year"])) if data["municipality"][i] != "A" or data["workplace"][i] in keep]
    return {name: [column[i] for i in rows] for name, column in data.items()}


def alike(data):
    return data | {"days": [8 * people for people in data["employees"]]}


def giant(data):
    big = [
        10**6 if (u, w) == ("A", "w1") else e
        for u, w, e in zip(data["municipality"], data["workplace"], data["employees"], strict=True)
    ]
    return data | {"employees": big}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda data: few(data, [f"w{i}" for i in range(1, 6)]),
            "Inference from clusters needs at least six of them in each window, of the treated and of the comparator; "
            "there are 5.",
        ),
        (alike, "The clusters all moved exactly alike between the windows, so they show no variation."),
    ],
)
def test_where_there_is_none_the_result_says_why(change, sentence):
    effect = call(change(workplaces()))
    assert effect.inference.reason.en == sentence
    assert effect.variance == "none/1"
    assert not any(note.code == "cluster" for note in effect.notes)
    with pytest.raises(InferenceUnavailableError):
        effect.p_value()


def test_one_giant_among_clusters_leaves_too_few_degrees_of_freedom():
    reason = call(giant(workplaces())).inference.reason
    assert reason.en.endswith("below 3 a t reference cannot be relied on.")


def test_before_and_after_adds_up_the_rows_of_clusters():
    """There is no comparator to pool, so that no weights are asked for."""
    data = workplaces()
    effect = call(data, adjustment="none", comparator=None, weights=None, inference="none")
    after = [i for i, unit in enumerate(data["municipality"]) if unit == "A" and data["year"][i] in (2018, 2019)]
    days, people = (sum(Fraction(str(data[name][i])) for i in after) for name in ("days", "employees"))
    assert effect.exact.treated == days / people

"""Placebos' spread as standard error of synthetic comparisons: SciPy, fractions, other calls, laws, refusals, pool."""

from __future__ import annotations

import json
import math
import os
import random
import statistics
from fractions import Fraction as F
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import synthetic as oracle

import effekt
from effekt._inference import Unavailable
from effekt.exceptions import ArgumentError

GOLDENS = Path(__file__).parents[1] / "goldens" / "synthetic"
GOLDEN = json.loads((GOLDENS / "spread.json").read_text(encoding="utf-8"))
METHODS = {"control": effekt.synthetic_control, "differences": effekt.synthetic_difference_in_differences}
BOTH = pytest.mark.parametrize("name", METHODS)
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "period": "year"}
FIRST = 2001


def drawn(seed, donors=6, periods=8, treated=("T",)):
    rng = random.Random(seed)
    names = (*treated, *(f"D{j}" for j in range(donors)))
    return {name: [round(rng.uniform(2, 9), 1) for _ in range(periods)] for name in names}


def table(paths, order=None):
    rows = [(name, FIRST + t, float(y)) for name, path in paths.items() for t, y in enumerate(path)]
    rows = rows if order is None else [rows[i] for i in order]
    return dict(zip(("unit", "year", "y"), map(list, zip(*rows, strict=True)), strict=True))


def run(name, paths, before=5, *, treated="T", inference="placebo_variance", order=None, **options):
    roles = {**ROLES, "treated": treated, "first_treated": FIRST + before, "inference": inference}
    return METHODS[name](table(paths, order), **roles, **options)


def error(effects, donors):
    """The root of the mean squared deviation times J/(J − 1)."""
    return math.sqrt(statistics.pvariance(effects) * donors / (donors - 1))


# --- other tools, and fractions ---------------------------------------------------------------------------------------


def golden_panel(name, treated):
    data = pd.read_csv(GOLDENS / "panel.csv")
    return METHODS[name](data, **ROLES, treated=treated, first_treated=2016, inference="placebo_variance")


@BOTH
@pytest.mark.parametrize(("case", "treated", "donors"), [("one", "A", 9), ("two", ["A", "B"], 8)])
def test_scipy(name, case, treated, donors):
    effect = golden_panel(name, treated)
    assert effect.std_error == pytest.approx(error(GOLDEN[case][name], donors), rel=1e-8)
    assert (effect.df, effect.variance) == (donors - 1, "placebo_variance/1")
    assert effect.inference.covariance[:2] == (0.0, 0.0)
    assert_valid_effect(effect)


@pytest.mark.parametrize(("case", "treated", "donors"), [("one", "A", 9), ("two", ["A", "B"], 8)])
def test_diff_diff_draws_about_as_much(case, treated, donors):
    """Of 2,000 groups drawn, with the divisor of algorithm 4."""
    drawn = GOLDEN["diff-diff"][case]["error"]
    plain = golden_panel("differences", treated).std_error * math.sqrt((donors - 1) / donors)
    assert plain == pytest.approx(drawn, rel=0.05)


@pytest.mark.skipif("EFFEKT_TEST_DATA" not in os.environ, reason="EFFEKT_TEST_DATA is not set")
@pytest.mark.parametrize(("name", "rounded"), [("control", 10.7758), ("differences", 9.4942)])
def test_proposition_99(name, rounded):
    data = pd.read_csv(Path(os.environ["EFFEKT_TEST_DATA"]) / "prop99.csv")
    roles = {"outcome": "cigsale", "unit": "state", "time": "year", "period": "year", "treated": "California"}
    effect = METHODS[name](data, **roles, first_treated=1989, inference="placebo_variance")
    assert effect.std_error == pytest.approx(error(GOLDEN["prop99"][name], 38), rel=1e-8)
    assert round(effect.std_error, 4) == rounded


@BOTH
@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_oracle(name, size, seed):
    """Every group of donors in fractions."""
    treated = ["T", "U"][:size]
    paths = drawn(seed, donors=5, periods=5, treated=treated)
    donors = [[F(str(y)) for y in path] for unit, path in paths.items() if unit not in treated]
    found = []
    for group in combinations(range(5), size):
        own = [sum(values) / size for values in zip(*(donors[j] for j in group), strict=True)]
        rest = [path for j, path in enumerate(donors) if j not in group]
        found.append(
            oracle.synthetic_control(own, rest, 3)[0]
            if name == "control"
            else oracle.synthetic_differences(own, rest, 3, size)[0]
        )
    middle = sum(found) / len(found)
    variance = sum((one - middle) ** 2 for one in found) / len(found) * F(5, 4)
    effect = run(name, paths, 3, treated=treated)
    assert effect.std_error**2 == pytest.approx(float(variance), rel=1e-9)
    assert effect.df == 4


# --- other calls ------------------------------------------------------------------------------------------------------


@BOTH
def test_of_one_unit_it_is_the_spread_of_the_ranked_errors(name):
    ranked, spread = (run(name, drawn(3), inference=how) for how in ("placebo", "placebo_variance"))
    assert spread.std_error == pytest.approx(statistics.stdev(ranked.inference.errors), rel=1e-12)
    assert (spread.means, spread.diagnostics[:-2], spread.path) == (ranked.means, ranked.diagnostics[:-2], ranked.path)
    told, told_ranked = spread.diagnostics[-2], ranked.diagnostics[-2]
    assert told.name == "placebo_distribution"
    assert dict(told_ranked.values) == {**told.values, "smallest_p": told_ranked.values["smallest_p"]}  # of no rank
    assert told.table == told_ranked.table
    statistic = abs(spread.estimate) / spread.std_error
    low, high = spread.confidence_interval(0.95).intervals[0]
    assert (high - low) / 2 == pytest.approx(2.5705818366 * spread.std_error, rel=1e-9)  # t of five degrees of freedom
    assert (spread.p_value() < 0.05) == (statistic > 2.5705818366)


PAIR = ("above", "below")


def ratios(seed):
    rng = random.Random(seed)
    units = ["T", "U", *(f"D{j}" for j in range(6))]
    return pd.DataFrame(
        [
            {"unit": unit, "year": FIRST + t, "above": rng.randint(20, 90), "below": rng.randint(50, 400), "y": 0.0}
            for unit in units
            for t in range(7)
        ]
    ).assign(y=lambda rows: rows["above"] / 10, x=lambda rows: rows["below"] / 7)


CALLS = {
    "plain": ("control", {}),
    "ratio": ("control", {"outcome": PAIR}),
    "penalised": ("control", {"penalty": 0.2}),
    "augmented": ("control", {"ridge": 0.5}),
    "differences": ("differences", {}),
    "differences of a ratio": ("differences", {"outcome": PAIR}),
}


@pytest.mark.parametrize("case", CALLS)
def test_groups_are_calls_without_the_treated(case):
    name, options = CALLS[case]
    data = ratios(4)
    roles = {**ROLES, "first_treated": 2006, **options}
    effect = METHODS[name](data, **roles, treated=["T", "U"], inference="placebo_variance")
    rest = data[~data["unit"].isin(["T", "U"])]
    single = [
        METHODS[name](rest, **roles, treated=list(group), inference="none").estimate
        for group in combinations([f"D{j}" for j in range(6)], 2)
    ]
    assert effect.std_error == pytest.approx(error(single, 6), rel=1e-9)
    assert [note.code for note in effect.notes if note.code.startswith("placebo")] == ["placebo_groups"]
    assert "spridningen i 15 jämförelser, där 2 jämförelseenheter" in str([note.text.sv for note in effect.notes])
    assert_valid_effect(effect)


def test_stated_predictors_of_a_group_are_means_in_the_units_of_the_whole():
    data = ratios(5)
    wanted = [
        {"column": "y", "first": 2001, "last": 2005, "weight": 0.6},
        {"column": "x", "first": 2003, "last": 2004, "weight": 0.4},
    ]
    roles = {**ROLES, "outcome": PAIR, "first_treated": 2006}
    effect = effekt.synthetic_control(
        data, **roles, treated=["T", "U"], predictors=wanted, inference="placebo_variance"
    )

    def spreads(rows, treated):
        means = [
            rows[rows["year"].between(one["first"], one["last"])].groupby("unit")[one["column"]].mean()
            for one in wanted
        ]
        return [float(np.std([own[treated].mean(), *own.drop(treated)], ddof=1)) for own in means]

    rest, whole, single = data[~data["unit"].isin(["T", "U"])], spreads(data, ["T", "U"]), []
    for group in combinations([f"D{j}" for j in range(6)], 2):
        factors = [(a / b) ** 2 for a, b in zip(spreads(rest, list(group)), whole, strict=True)]
        scaled = [{**one, "weight": one["weight"] * factor} for one, factor in zip(wanted, factors, strict=True)]
        call = effekt.synthetic_control(rest, **roles, treated=list(group), predictors=scaled, inference="none")
        single.append(call.estimate)
    assert effect.std_error == pytest.approx(error(single, 6), rel=1e-8)


# --- laws -------------------------------------------------------------------------------------------------------------


@BOTH
@settings(max_examples=6)
@given(seed=st.integers(0, 999), order=st.permutations(range(64)), shift=st.integers(-50, 50), scale=st.integers(2, 9))
def test_order_moves_no_byte_a_constant_nothing_and_a_unit_scales(name, seed, order, shift, scale):
    paths = drawn(seed, treated=("T", "U"))
    effect = run(name, paths, treated=["T", "U"])
    assert run(name, paths, treated=["T", "U"], order=order).to_json() == effect.to_json()
    moved = {unit: [scale * y + shift for y in path] for unit, path in paths.items()}
    assert run(name, moved, treated=["T", "U"]).std_error == pytest.approx(scale * effect.std_error, rel=1e-7)
    renamed = {unit.replace("D", "N"): path for unit, path in reversed(paths.items())}
    assert run(name, renamed, treated=["T", "U"]).std_error == pytest.approx(effect.std_error, rel=1e-9)


@BOTH
def test_what_is_paid_on_does_not_change_the_spread(name):
    """Without the treated in it: another outcome of theirs gives the same error."""
    paths = drawn(6, treated=("T", "U"))
    other = {**paths, "T": [y + 3 for y in paths["T"]]}
    assert run(name, other, treated=["T", "U"]).std_error == pytest.approx(
        run(name, paths, treated=["T", "U"]).std_error, rel=1e-9
    )


# --- where there is none ----------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("donors", "treated", "en", "sv"),
    [
        (
            3,
            ["T"],
            "A standard error from placebos needs at least four of them; there are 3. inference='placebo' ranks them.",
            "Ett medelfel från placebo kräver minst fyra; det finns 3. inference='placebo' rangordnar dem.",
        ),
        (
            2,
            ["T", "U"],
            "A standard error from placebos needs more donors than treated units; there are 2 and 2. "
            "inference='placebo' ranks the donors.",
            "Ett medelfel från placebo kräver fler jämförelseenheter än behandlade; de är 2 och 2. "
            "inference='placebo' rangordnar jämförelseenheterna.",
        ),
    ],
)
def test_too_few_donors(name, donors, treated, en, sv):
    effect = run(name, drawn(7, donors=donors, treated=treated), treated=treated)
    assert isinstance(effect.inference, Unavailable)
    assert (effect.inference.reason.en, effect.inference.reason.sv, effect.variance) == (en, sv, "none/1")
    assert_valid_effect(effect)


@BOTH
def test_donors_that_all_move_alike_show_no_variation(name):
    paths = {"T": [3, 4, 5, 6, 7, 1, 2, 4], **{f"D{j}": [j + t for t in range(8)] for j in range(5)}}
    same = {unit: path if unit == "T" else [7.5] * 8 for unit, path in paths.items()}
    assert "all moved exactly alike" in run(name, same).inference.reason.en


@BOTH
def test_more_groups_than_are_worth_the_wait(name):
    with pytest.raises(ArgumentError) as refusal:
        run(name, drawn(8, donors=25, treated=("T", "U", "V")), treated=["T", "U", "V"])
    assert str(refusal.value) == (
        "`inference` cannot be 'placebo_variance' with 3 treated units and 25 donors: they make 2300 groups of donors "
        "as many as the treated, and at most 2000 are compared. Name fewer `donors`, or use inference='placebo'."
    )
    assert run(name, drawn(8, donors=25, treated=("T", "U", "V")), treated=["T", "U", "V"], inference="placebo")


# --- put together -----------------------------------------------------------------------------------------------------


@BOTH
def test_studies_are_put_together_by_their_precision(name):
    first, second = (run(name, drawn(seed, treated=(own,)), treated=own) for seed, own in ((10, "T"), (11, "V")))
    pooled = effekt.pool({"x": first, "y": second}, model="fixed")
    share = second.std_error**2 / (first.std_error**2 + second.std_error**2)
    assert pooled.estimate == pytest.approx(share * first.estimate + (1 - share) * second.estimate, rel=1e-12)
    assert pooled.std_error == pytest.approx((first.std_error**-2 + second.std_error**-2) ** -0.5, rel=1e-12)
    assert "shared_comparators" in [note.code for note in pooled.notes]
    assert_valid_effect(pooled)


def test_with_a_trend_adjusted_difference():
    def adjusted(comparator):
        return effekt.trend_adjusted(
            table(drawn(13, donors=8, treated=("V",))),
            **ROLES,
            treated="V",
            reference_window=(2001, 2005),
            evaluation_window=(2006, 2008),
            comparator=comparator,
            weights=None,
            adjustment="difference",
            inference="placebo_variance",
        )

    synthetic, trend = run("control", drawn(12), donors=["D0", "D1", "D2", "D3"]), adjusted(["D4", "D5", "D6", "D7"])
    assert (synthetic.variance, synthetic.df) == (trend.variance, trend.df) == ("placebo_variance/1", 3)
    pooled = effekt.pool([synthetic, trend], model="fixed")
    assert pooled.std_error == pytest.approx((synthetic.std_error**-2 + trend.std_error**-2) ** -0.5, rel=1e-12)
    with pytest.raises(ArgumentError) as refusal:
        effekt.pool([synthetic, adjusted(["D0", "D1", "D4", "D5"])], model="fixed")
    assert str(refusal.value).startswith("`effects` must be independent; '1' and '2' are both compared with 'D0'")


@BOTH
def test_donors_in_common_are_refused_and_apart_put_together(name):
    def other(donors):
        return run(name, drawn(15, donors=9, treated=("V",)), treated="V", donors=donors)

    first = run(name, drawn(14, donors=9), donors=["D0", "D1", "D2", "D3", "D4"])
    with pytest.raises(ArgumentError) as refusal:
        effekt.pool([first, other(["D4", "D5", "D6", "D7"])], model="fixed")
    assert str(refusal.value) == (
        "`effects` must be independent; '1' and '2' are both compared with 'D4', whose chance is in both. Estimate "
        f"them together, as several treated units of one {METHODS[name].__name__}, or name donors apart."
    )
    apart = effekt.pool([first, other(["D5", "D6", "D7", "D8"])], model="fixed")
    assert "shared_comparators" not in [note.code for note in apart.notes]

"""Long-run variance of a trend-adjusted comparison: oracle, invariances, and when there is none."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import trend_hac as oracle

import effekt
from effekt.exceptions import InferenceUnavailableError

SIZES = (24, 36)


def panel(seed: int, units: int = 4, first: int = 2014, sizes: tuple[int, int] = SIZES) -> dict[str, list[object]]:
    rng = np.random.default_rng(seed)
    rows: dict[str, list[object]] = {"unit": [], "month": [], "days": [], "people": []}
    for unit in range(units):
        for t in range(sum(sizes)):
            rows["unit"].append("ABCDEFGH"[unit])
            rows["month"].append(f"{first + t // 12}-{t % 12 + 1:02d}")
            rows["days"].append(int(rng.integers(80, 140)))
            rows["people"].append(int(rng.integers(90, 110)))
    return rows


def call(data, **options):
    choices = {
        "outcome": ("days", "people"),
        "unit": "unit",
        "time": "month",
        "period": "month",
        "treated": "A",
        "reference_window": ("2014-01", "2015-12"),
        "evaluation_window": ("2016-01", "2018-12"),
        "comparator": "others",
        "weights": "denominator",
        "inference": "hac",
    }
    return effekt.trend_adjusted(data, **(choices | options))


def cells(data, sizes=SIZES):
    found = {}
    for unit, days, people in zip(data["unit"], data["days"], data["people"], strict=True):
        found.setdefault(unit, []).append((Fraction(days), Fraction(people)))
    return {unit: [rows[: sizes[0]], rows[sizes[0] :]] for unit, rows in found.items()}


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("treated", [["A"], ["A", "C"]])
def test_the_covariance_is_that_of_the_oracle(adjustment, mean, weights, treated):
    data = panel(3)
    effect = call(data, adjustment=adjustment, mean=mean, weights=weights, treated=treated)
    others = [unit for unit in "ABCD" if unit not in treated]
    total, df = oracle.long_run(
        cells(data), treated, others, SIZES, mean=mean, weighted=weights is not None, adjustment=adjustment
    )
    first, cross, second = effect.inference.covariance
    assert (first, cross, second) == pytest.approx((total[0][0], total[0][1], total[1][1]), rel=1e-9, abs=1e-15)
    assert effect.df == pytest.approx(df, rel=1e-9)
    assert effect.variance == "hac/1"
    assert effect.inference.scale == ("log" if adjustment == "ratio" else "linear")
    assert_valid_effect(effect)


def test_the_interval_is_that_of_a_t_on_the_log_scale():
    from scipy.stats import t

    effect = call(panel(5)).relative()
    first, cross, second = effect.inference.covariance
    error = math.sqrt(first - 2 * cross + second)
    half = t.ppf(0.975, effect.df) * error
    centre = math.log1p(effect.estimate)
    interval = effect.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx(
        (math.expm1(centre - half), math.expm1(centre + half)), rel=1e-9
    )


def test_the_result_says_what_it_leaves_out():
    note = next(note for note in call(panel(5)).notes if note.code == "hac")
    assert "By itself it is no ground for payment." in note.text.en
    assert "by 3 and 4 equally weighted cosines" in note.text.en
    assert "3 och 4 likvägda cosinustermer" in note.text.sv


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False), st.sampled_from([2, 10, 365]))
def test_order_of_rows_and_scale_do_not_matter(seed, random, factor):
    data = panel(seed % 1000)
    base = call(data)
    order = list(range(len(data["unit"])))
    random.shuffle(order)
    assert call({name: [column[i] for i in order] for name, column in data.items()}).to_json() == base.to_json()
    scaled = call(data | {"days": [factor * value for value in data["days"]]})
    assert scaled.inference.covariance == pytest.approx(base.inference.covariance, rel=1e-12, abs=1e-18)


YEARS = {"period": "year", "time": "year", "outcome": "y", "weights": None}


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (
            {"unit": [u for u in "AB" for _ in range(5)], "year": [*range(2014, 2019)] * 2, "y": [5.0, 6, 7, 5, 4] * 2},
            YEARS | {"reference_window": (2014, 2015), "evaluation_window": (2016, 2018)},
            "A window of 2 years is too short for a long-run variance, which takes at least 8; use finer rows, or "
            "inference='placebo'.",
        ),
        (
            panel(1) | {"days": (panel(1)["days"][:60]) * 4, "people": (panel(1)["people"][:60]) * 4},
            {},
            "The treated units follow the comparator exactly within each window, so the periods show no variation.",
        ),
        (
            panel(1),
            {"same_months": True, "reference_window": ("2014-01", "2015-06")},
            "With calendar months matched some periods count more than once, which this variance does not allow for.",
        ),
    ],
)  # fmt: skip
def test_where_there_is_none_the_result_says_why(data, options, sentence):
    effect = call(data, **options)
    assert effect.inference.reason.en == sentence
    assert effect.variance == "none/1"
    assert not any(note.code == "hac" for note in effect.notes)
    with pytest.raises(InferenceUnavailableError):
        effect.p_value()

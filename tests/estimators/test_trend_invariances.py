"""What must not move the spread of placebos, the correction for the level, or inference from clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt

N, YEARS = 8, (2014, 2015, 2016, 2017, 2018)
SPREAD, LINE = {"inference": "placebo_variance"}, {"level_correction": "regression"}
BOTH = LINE | SPREAD
SEEDS = st.integers(0, 10**6)
few = settings(max_examples=4, deadline=None)


def outcomes(seed):
    """A row a unit and a column a year, in halves, so that doubling and adding are exact."""
    return np.random.default_rng(seed).integers(20, 60, (N, len(YEARS))) / 2.0


def compare(values, names="ABCDEFGH", order=None, **options):
    """The first unit against the others."""
    rows = [(names[i], year, float(values[i, t])) for i in range(N) for t, year in enumerate(YEARS)]
    rows = rows if order is None else [rows[k] for k in order]
    return effekt.trend_adjusted(
        dict(zip(("unit", "year", "days"), zip(*rows, strict=True), strict=True)),
        outcome="days",
        unit="unit",
        time="year",
        period="year",
        treated=names[0],
        reference_window=YEARS[:2],
        evaluation_window=(YEARS[2], YEARS[4]),
        weights=None,
        **({"comparator": "others"} | options),
    )


def told(effect):
    """The figure on the scale of its errors, with all that its inference says of no effect."""
    means, ratio = effect.means, effect.arguments["adjustment"] == "ratio"
    own = math.log(means.treated / means.counterfactual) if ratio else means.treated - means.counterfactual
    view = effect.relative() if ratio else effect
    interval = view.confidence_interval(0.7)
    return (own, float(effect.rank_p_value()), interval.low, interval.high)


def same(one, other):
    assert told(one) == pytest.approx(told(other), rel=1e-9, abs=1e-9)


@few
@given(SEEDS, st.randoms(use_true_random=False), st.sampled_from([SPREAD, LINE, BOTH]))
def test_the_order_of_rows_is_no_byte_and_labels_are_no_number(seed, random, options):
    values, order = outcomes(seed), list(range(N * len(YEARS)))
    random.shuffle(order)
    base = compare(values, **options)
    assert compare(values, order=order, **options).to_json() == base.to_json()
    renamed = compare(values, names="ZYXWVUTS", **options)
    assert (renamed.means, renamed.inference) == (base.means, base.inference)
    others = [0, *(1 + np.random.default_rng(seed).permutation(N - 1))]  # the comparators' rows in other places
    assert compare(values[others], **options).inference == base.inference


@few
@given(SEEDS, st.sampled_from([SPREAD, LINE, BOTH]), st.sampled_from(["ratio", "difference"]))
def test_the_outcomes_unit_is_no_part_of_what_is_found(seed, options, adjustment):
    base = compare(outcomes(seed), adjustment=adjustment, **options)
    scaled = compare(4 * outcomes(seed), adjustment=adjustment, **options)
    factor = 1.0 if adjustment == "ratio" else 4.0
    expected = [value if i == 1 else factor * value for i, value in enumerate(told(base))]
    assert told(scaled) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@few
@given(SEEDS, st.sampled_from([SPREAD, LINE, BOTH]))
def test_what_moves_all_units_alike_in_a_period_goes_out(seed, options):
    """Sums of any size by period under a difference; one factor a window under a ratio."""
    values, rng = outcomes(seed), np.random.default_rng(seed)
    moved = values + rng.integers(-20, 60, len(YEARS)) / 2.0
    same(compare(values, adjustment="difference", **options), compare(moved, adjustment="difference", **options))
    moved = values * np.repeat(rng.integers(2, 9, 2) / 2.0, (2, 3))
    same(compare(values, **options), compare(moved, **options))


@few
@given(SEEDS)
def test_a_level_of_its_own_is_no_part_of_the_spread(seed):
    """What a unit has in every year goes out of its change; the line is through these very levels."""
    values, rng = outcomes(seed), np.random.default_rng(seed)
    levels = rng.integers(0, 90, (N, 1)) / 2.0
    of_sums = {"adjustment": "difference", **SPREAD}
    same(compare(values, **of_sums), compare(values + levels, **of_sums))
    of_ratios = {"trend": "mean_of_ratios", **SPREAD}
    same(compare(values, **of_ratios), compare(values * (1 + levels), **of_ratios))
    own = values * np.r_[3.0, np.ones(N - 1)][:, None]  # the treated unit's alone, under the ratio of means
    same(compare(values, **SPREAD), compare(own, **SPREAD))


@few
@given(SEEDS, st.integers(-8, 8))
def test_what_a_straight_line_of_the_level_adds_is_taken_away(seed, steep):
    """Under a difference a change of c + k·(reference mean) in every unit moves the line alone, against a series.

    Where each placebo is compared with the rest, its slope is J/(J − 1) times k, as the page says.
    """
    values = outcomes(seed)
    change = 3.0 + steep / 8 * values[:, :2].mean(axis=1, keepdims=True)
    moved = values + np.where(np.arange(len(YEARS)) >= 2, change, 0.0)
    for options in (LINE, BOTH):
        one, other = (compare(cells, adjustment="difference", comparator="B", **options) for cells in (values, moved))
        same(one, other)
        assert slope(other) - slope(one) == pytest.approx(steep / 8, abs=1e-9)
    one, other = (compare(cells, adjustment="difference", **LINE) for cells in (values, moved))
    assert slope(other) - slope(one) == pytest.approx(steep / 8 * (N - 1) / (N - 2), abs=1e-9)


def slope(effect):
    return next(one for one in effect.diagnostics if one.name == "level_correction").values["slope"]


# ------------------------------------------------------------------------------------------------------------- clusters


@few
@given(SEEDS, st.sampled_from(["ratio", "difference"]))
def test_what_moves_all_clusters_alike_in_a_window_goes_out(seed, adjustment):
    rng = np.random.default_rng(seed)
    size = rng.integers(4, 40, 16)
    days = rng.integers(1, 9, (16, 4)) * size[:, None]
    if adjustment == "ratio":
        moved = days * np.repeat(rng.integers(1, 6, 2), 2)
    else:
        moved = days + size[:, None] * np.repeat(rng.integers(0, 6, 2), 2)
    one, other = (between(cells, size, adjustment).inference for cells in (days, moved))
    assert one.covariance == pytest.approx(other.covariance, rel=1e-9, abs=1e-12)
    if adjustment == "difference":  # degrees of freedom of a ratio have its windows' means in them
        assert one.df.of(np.array([[1.0, -1.0]])) == pytest.approx(other.df.of(np.array([[1.0, -1.0]])), rel=1e-9)


def between(days, size, adjustment):
    """Eight workplaces against eight, two years against two."""
    rows = [
        ("A" if i < 8 else "B", f"w{i}", 2014 + t, int(days[i, t]), int(size[i])) for i in range(16) for t in range(4)
    ]
    return effekt.trend_adjusted(
        dict(zip(("unit", "place", "year", "days", "people"), zip(*rows, strict=True), strict=True)),
        outcome=("days", "people"),
        unit="unit",
        time="year",
        period="year",
        treated="A",
        reference_window=(2014, 2015),
        evaluation_window=(2016, 2017),
        comparator="B",
        weights="denominator",
        adjustment=adjustment,
        cluster="place",
        inference="cluster",
    )

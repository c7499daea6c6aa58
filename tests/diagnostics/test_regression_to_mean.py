"""What a reference level foretells: by hand, against exact sums and R, invariances, and what is refused."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.regression_to_mean import regression_to_mean as oracle
from scipy import stats

import effekt
from effekt.diagnostics import regression_to_mean

BY_HAND = {"errors": [0.2, 0.0, 0.0, 0.0, -0.2], "levels": [1.0, 2.0, 3.0, 4.0, 5.0]}


def drawn(seed, n=12):
    rng = random.Random(seed)
    levels = [round(rng.uniform(4, 8), 2) for _ in range(n)]
    return {"errors": [0.4 - 0.07 * x + rng.gauss(0, 0.05) for x in levels], "levels": levels}


def test_by_hand():
    """Slope: Σ(x − 3)·e = −0.8 over Σ(x − 3)² = 10; at level 5 the line gives −0.16."""
    found = regression_to_mean(**BY_HAND, effect=-0.3, level=5.0, scale="linear")
    assert found.values["slope"] == pytest.approx(-0.08, rel=1e-14)
    assert found.values["expected"] == pytest.approx(-0.16, rel=1e-14)
    assert found.values["corrected"] == pytest.approx(-0.14, rel=1e-14)
    assert found.values["correlation"] == pytest.approx(0.8 / math.sqrt(10 * 0.08), rel=1e-14)
    assert found.values["p_value"] == pytest.approx(1 / 6)
    assert found.status == "warning"
    assert found.statement.en == (
        "The reference level correlates 0.89 with the reduction found. At this unit's level a change of −0.1600 is "
        "expected without an intervention; beyond that, the change is −0.1400. By rank p is 0.167, and among units of "
        f"the same level {found.values['p_value_given_level']:.3f}. A correction for the level counts only where it "
        "was agreed before the data were seen."
    )
    assert found.statement.sv.startswith(
        "Referensnivån korrelerar 0,89 med den funna minskningen. På enhetens nivå är en förändring på −0,1600 att "
        "vänta utan insats; utöver den är förändringen −0,1400. Efter rang är p 0,167,"
    )


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(-0.3, 0.3), st.floats(3.5, 8.5), st.integers(5, 30))
def test_the_oracle(seed, effect, level, n):
    data = drawn(seed, n)
    found = regression_to_mean(**data, effect=effect, level=level, scale="log", threshold=0.12).values
    for name, value in oracle(**data, effect=effect, level=level, threshold=0.12).items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-13), name
    assert found["relative_corrected"] == pytest.approx(math.expm1(found["corrected"]), rel=1e-14)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(-0.3, 0.3), st.floats(3.5, 8.5))
def test_where_more_is_better_a_rise_of_the_low_is_what_a_fall_of_the_high_is(seed, effect, level):
    """Log changes of the other sign and levels about the other end; 3/22 more is on the log scale 12 % less."""
    data = drawn(seed)
    mirrored = {"errors": [-one for one in data["errors"]], "levels": [12 - one for one in data["levels"]]}
    fall = regression_to_mean(**data, effect=effect, level=level, scale="log", threshold=0.12)
    rise = regression_to_mean(
        **mirrored, effect=-effect, level=12 - level, scale="log", threshold=3 / 22, better="higher"
    )
    for name in ("false_payment", "false_payment_given_level", "p_value", "p_value_given_level", "slope"):
        assert rise.values[name] == pytest.approx(fall.values[name], rel=1e-9)
    assert rise.values["expected"] == pytest.approx(-fall.values["expected"], rel=1e-9)


def test_a_low_unit_is_feared_where_more_is_better():
    for better, level, status in (
        ("higher", 1.0, "warning"),
        ("higher", 5.0, "information"),
        ("lower", 1.0, "information"),
    ):
        found = regression_to_mean(**BY_HAND, effect=0.3, level=level, scale="log", threshold=0.12, better=better)
        assert found.status == status
        word = "An increase of 12% or more" if better == "higher" else "A reduction of 12% or more"
        assert word in found.statement.en


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 2.0, 1000.0]), st.floats(-3, 3))
def test_units_of_the_level_and_order_move_nothing_else(seed, factor, shift):
    data = drawn(seed)
    one = regression_to_mean(**data, effect=-0.1, level=7.0, scale="log", threshold=0.1).values
    moved = [factor * x + shift for x in data["levels"]]
    other = regression_to_mean(
        errors=data["errors"], levels=moved, effect=-0.1, level=factor * 7.0 + shift, scale="log", threshold=0.1
    ).values
    for name in ("correlation", "expected", "corrected", "p_value", "p_value_given_level", "false_payment_given_level"):
        assert other[name] == pytest.approx(one[name], rel=1e-7, abs=1e-12)
    order = random.Random(seed).sample(range(12), 12)
    shuffled = {name: [column[i] for i in order] for name, column in data.items()}
    again = regression_to_mean(**shuffled, effect=-0.1, level=7.0, scale="log", threshold=0.1).values
    assert [again[name] for name in one] == pytest.approx([one[name] for name in one], rel=1e-9)


def test_the_probability_is_that_of_a_further_unit():
    """With its own effect as the threshold, a further unit at level 7.5 has a probability that is uniform, exactly."""
    rng = np.random.default_rng(20)
    told = []
    for _ in range(1500):
        levels = rng.normal(6, 1, 11)
        errors = -0.5 - 0.05 * (levels - 6) + rng.normal(0, 0.06, 11)
        own = -0.5 - 0.05 * 1.5 + rng.normal(0, 0.06)
        found = regression_to_mean(
            errors=errors, levels=levels, effect=own, level=7.5, scale="log", threshold=-math.expm1(own)
        )
        told.append(found.values["false_payment_given_level"])
    assert stats.kstest(told, "uniform").pvalue > 0.001


def test_the_rank_given_the_level_holds_its_size():
    """Units chosen as the highest of twelve: p raw falls below 1/6 too often, p given the level as often as told."""
    rng = np.random.default_rng(21)
    raw, given = [], []
    for _ in range(1500):
        levels = rng.normal(6, 1, 12)
        errors = -0.1 * (levels - 6) + rng.normal(0, 0.05, 12)
        top = int(levels.argmax())
        rest = np.delete(np.arange(12), top)
        values = regression_to_mean(
            errors=errors[rest], levels=levels[rest], effect=errors[top], level=levels[top], scale="log"
        ).values
        raw.append(values["p_value"])
        given.append(values["p_value_given_level"])
    bar = 2 / 12 + 1e-9
    error = 3 * math.sqrt(1 / 6 * 5 / 6 / 1500)
    assert np.mean(np.array(raw) <= bar) > 0.4
    assert abs(np.mean(np.array(given) <= bar) - 1 / 6) < error + 0.01


@pytest.mark.parametrize("errors", [[0.1, 0.0, -0.1, 0.05], [0.1, 0.0, -0.1, 0.05, 0.0]])
def test_no_line_is_said(errors):
    levels = [1.0, 2.0, 3.0, 4.0][: len(errors)] if len(errors) == 4 else [5.0] * 5
    found = regression_to_mean(errors=errors, levels=levels, effect=-0.2, level=5.0, scale="log", threshold=0.1)
    assert (found.status, found.values["expected"], found.values["p_value_given_level"]) == ("information", None, None)
    assert found.values["p_value"] == pytest.approx(1 / (len(errors) + 1))
    assert found.statement.sv.startswith("För få enheter utan insatsen")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scale": "ratio"}, "`scale` must be 'log' or 'linear'; got 'ratio'."),
        ({"levels": [1.0, 2.0]}, "`levels` must have one value for each of the 5 rows; it has 2."),
        (
            {"threshold": 0.1, "scale": "linear"},
            "`threshold` must be None unless scale='log', as it is a relative change; leave it out.",
        ),
        ({"threshold": 12}, "`threshold` must be a number between 0 and 1, ends apart; got 12."),
        ({"effect": math.nan}, "`effect` must be a finite number; got nan."),
    ],
)
def test_what_is_refused(options, sentence):
    with pytest.raises(effekt.ArgumentError) as refused:
        regression_to_mean(**(BY_HAND | {"effect": -0.3, "level": 5.0, "scale": "log"} | options))
    assert str(refused.value) == sentence

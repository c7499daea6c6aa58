"""Sensitivity of matched pairs: published tables, R, all signs listed, and the exact sentences."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import diagnostics as oracle

from effekt.diagnostics import rosenbaum_bounds
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "output.json").read_text("utf-8"))

# Lead in children's blood, µg/dl, 33 pairs: Morton et al. (1982), as printed in Rosenbaum (2002), chapter 3.
EXPOSED = [38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43]
EXPOSED += [39, 34, 13, 73, 25, 27]
CONTROL = [16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11]
CONTROL += [22, 25, 16, 13, 11, 13]
LEAD = [a - b for a, b in zip(EXPOSED, CONTROL, strict=True)]

differences = st.lists(st.integers(-6, 8), min_size=2, max_size=9).map(lambda drawn: [one / 4 for one in drawn])
odds = st.sampled_from([1, 1.5, 2, 3.25, 7])


def test_published_p_values_of_lead():
    """Rosenbaum (2002), chapter 4, lead in children's blood: signed rank 527; the largest p at each Γ."""
    found = rosenbaum_bounds(LEAD, gammas=[1, 2, 3, 4, 4.25, 5], distribution="normal")
    assert found.values["statistic"] == 527
    assert found.values["n_zero"] == 1
    assert [f"{p:.4f}" for p in found.table["p_upper"][1:]] == ["0.0018", "0.0136", "0.0388", "0.0468", "0.0740"]
    assert found.table["p_upper"][0] < 0.0001
    assert max(found.table["p_lower"]) < 0.0001
    assert found.values["gamma_limit"] == pytest.approx(4.35, abs=0.02)


def test_published_estimates_of_lead():
    """The same chapter: Hodges–Lehmann estimates at each Γ."""
    found = rosenbaum_bounds(LEAD, gammas=[1, 2, 3, 4, 5])
    assert found.table["estimate_low"] == (15, 10.25, 8, 6.5, 5)
    assert found.table["estimate_high"] == (15, 19.5, 23, 25, 26.5)


def test_nothing_hidden_is_the_signed_rank_test_of_r():
    golden = GOLDEN["signed_rank"]
    for alternative in ("greater", "less"):
        found = rosenbaum_bounds(golden["differences"], alternative=alternative, gammas=[1])
        assert found.values["p_value"] == pytest.approx(golden[alternative], rel=1e-12)
    assert found.table["estimate_low"][0] == found.table["estimate_high"][0]
    assert found.table["estimate_low"][0] == pytest.approx(golden["estimate"], rel=1e-12)


@given(differences, odds)
def test_p_is_that_of_all_signs(drawn, gamma):
    assume(any(drawn))
    found = rosenbaum_bounds(drawn, gammas=[gamma])
    upper, lower = oracle.rosenbaum_p(drawn, gamma)
    assert found.table["p_upper"][0] == pytest.approx(upper, rel=1e-10)
    assert found.table["p_lower"][0] == pytest.approx(lower, rel=1e-10)


@given(differences, odds)
def test_estimates_are_where_the_statistic_passes(drawn, gamma):
    assume(any(drawn))
    found = rosenbaum_bounds(drawn, gammas=[gamma])
    low, high = oracle.hodges_lehmann(drawn, gamma)
    assert found.table["estimate_low"][0] == pytest.approx(low, abs=1e-12)
    assert found.table["estimate_high"][0] == pytest.approx(high, abs=1e-12)


@given(differences, st.integers(-5, 5), st.randoms())
def test_a_threshold_is_a_shift_and_less_is_greater_turned(drawn, shift, random):
    assume(any(one != shift / 4 for one in drawn))
    found = rosenbaum_bounds(drawn, threshold=shift / 4)
    moved = rosenbaum_bounds([one - shift / 4 for one in drawn])
    turned = rosenbaum_bounds([-one for one in drawn], threshold=-shift / 4, alternative="less")
    mixed = rosenbaum_bounds(random.sample(drawn, len(drawn)), threshold=shift / 4)
    assert found.table["p_upper"] == moved.table["p_upper"] == turned.table["p_upper"]
    assert found.values["gamma_limit"] == moved.values["gamma_limit"] == turned.values["gamma_limit"]
    assert found.to_json() == mixed.to_json()


def test_the_limit_is_where_p_reaches_alpha():
    for distribution in ("exact", "normal"):
        limit = rosenbaum_bounds(LEAD, distribution=distribution).values["gamma_limit"]
        close = rosenbaum_bounds(LEAD, gammas=[limit - 1e-8, limit + 1e-8], distribution=distribution)
        assert close.table["p_upper"][0] <= 0.05 < close.table["p_upper"][1]


def test_the_normal_is_near_the_exact():
    rng = np.random.default_rng(5)
    drawn = rng.standard_normal(200) + 0.4
    exact, normal = (rosenbaum_bounds(drawn, distribution=one, gammas=[1.5]) for one in ("exact", "normal"))
    assert exact.table["p_upper"][0] == pytest.approx(normal.table["p_upper"][0], rel=0.05)
    assert rosenbaum_bounds(drawn).values["distribution"] == "normal"
    assert rosenbaum_bounds(drawn[:50]).values["distribution"] == "exact"


def test_rounding_is_no_difference():
    found = rosenbaum_bounds([0.1 + 0.2 - 0.3, 0.3 - 0.1, 0.2, -0.2, 1.0])
    plain = rosenbaum_bounds([0, 2, 2, -2, 10])
    assert found.table["p_upper"] == plain.table["p_upper"]
    assert found.values["n_zero"] == 1


def test_sentences():
    found = rosenbaum_bounds(LEAD)
    assert found.status == "information"
    assert found.statement.en == (
        "A hidden confounder could undo the finding of an effect greater than 0 only if it made the odds of treatment "
        "within a pair differ by more than 4.67 times (p then above 0.05)."
    )
    nothing = rosenbaum_bounds([1, -2, 3, -4], threshold=0.5, alternative="less")
    assert nothing.status == "warning"
    assert nothing.values["gamma_limit"] is None
    assert nothing.statement.sv == (
        "Även utan något dolt visar paren inte en effekt mindre än 0,5 (p 0,38, gräns 0,05)."
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: rosenbaum_bounds([1.0]), "`differences` must have from 2 to 5000 pairs; it has 1."),
        (
            lambda: rosenbaum_bounds([1.0, math.nan]),
            "`differences` must hold finite numbers; the first row that does not is row 2. Correct or leave it out.",
        ),
        (
            lambda: rosenbaum_bounds([1.0, 1.0], threshold=1),
            "`differences` must differ from `threshold` in some pair; all are equal to it.",
        ),
        (lambda: rosenbaum_bounds([1, 2], gammas=[0.5]), "`gammas` must be numbers from 1 to 1e+06; got 0.5."),
        (lambda: rosenbaum_bounds([1, 2], gammas=[]), "`gammas` must be a list of numbers of at least 1; got []."),
        (
            lambda: rosenbaum_bounds([1, 2], alternative="two-sided"),
            "`alternative` must be 'greater' or 'less'; got 'two-sided'.",
        ),
        (
            lambda: rosenbaum_bounds([1, 2], distribution="t"),
            "`distribution` must be 'exact' or 'normal'; got 't'.",
        ),
        (
            lambda: rosenbaum_bounds(range(1, 202), distribution="exact"),
            "`distribution` must be 'normal' for more than 200 pairs that differ; there are 201.",
        ),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence

"""Composition between two windows: by hand, the identity, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.diagnostics import composition_change
from effekt.exceptions import ArgumentError

HAND = {
    "shares": [[0.5, 0.25], [0.5, 0.75]],
    "rates": [[8.0, 6.0], [4.0, 4.0]],
    "comparator_shares": [[[0.5, 0.5], [0.5, 0.5]], [[0.2, 0.4], [0.8, 0.6]]],
    "comparator_rates": [[[3.0, 4.0], [2.0, 2.0]], [[1.0, 1.0], [2.0, 3.0]]],
    "weights": [0.5, 0.5],
    "labels": ["young", "old"],
    "relative_crude": -0.25,
    "relative_standardized": -0.2,
}
HOLDS = "Give what each stratum holds in each window."


def test_by_hand():
    """Treated 6 to 4.5: rates −2·0.375, composition −7·0.25 + 4·0.25; comparators' parts are the mean of their own."""
    found = composition_change(**HAND)
    expected = {
        "n_strata": 2,
        "n_without_weight": 0,
        "moved_treated": 0.25,
        "moved_comparator": 0.1,
        "outside_treated": 0.0,
        "change_treated": -1.5,
        "rates_treated": -0.75,
        "composition_treated": -0.75,
        "change_comparator": (0.5 + (0.4 + 1.8 - 1.8)) / 2,
        "rates_comparator": (0.5 + 0.7) / 2,
        "composition_comparator": (0 + 0.2 * 1.0 - 0.2 * 2.5) / 2,
        "relative_crude": -0.25,
        "relative_standardized": -0.2,
        "relative_weighting": pytest.approx(-0.05),
    }
    assert dict(found.values) == pytest.approx(expected, abs=1e-12)
    assert found.status == "information"
    assert found.table["share_comparator_evaluation"] == pytest.approx((0.45, 0.55))
    assert found.table["share_standard"] == (0.5, 0.5)
    assert found.statement.en == (
        "Between the windows 25.0% of the treated units' denominator changed stratum, and 10.0% of the comparator's. "
        "The relative change is −25.00% without standardisation and −20.00% with it; the difference, −5.00 percentage "
        "points, is due to how the strata are weighted alone. Of the crude change among the treated, −1.50, "
        "composition is −0.750. Of the crude change in the comparator, 0.450, composition is −0.150."
    )
    assert found.statement.sv.replace("\xa0", " ") == (
        "Mellan fönstren bytte 25,0 % av de behandlade enheternas nämnare stratum, och 10,0 % av jämförelsens. Den "
        "relativa förändringen är −25,00 % utan standardisering och −20,00 % med; skillnaden, −5,00 procentenheter, "
        "beror bara på hur strata vägs. Av den ojusterade förändringen bland de behandlade, −1,50, är −0,750 "
        "sammansättning. Av den ojusterade förändringen i jämförelsen, 0,450, är −0,150 sammansättning."
    )


@given(
    people=st.lists(st.tuples(*[st.integers(1, 50)] * 2), min_size=1, max_size=5),
    rates=st.lists(st.tuples(*[st.floats(0, 10)] * 2), min_size=5, max_size=5),
)
def test_the_parts_add_up(people, rates):
    counts = np.array(people, float)
    shares = counts / counts.sum(axis=0)
    found = composition_change(
        shares=shares,
        rates=np.array(rates[: len(people)]),
        comparator_shares=[],
        comparator_rates=[],
        weights=shares[:, 0],
        labels=[str(i) for i in range(len(people))],
        relative_crude=None,
        relative_standardized=None,
    )
    values = found.values
    assert values["rates_treated"] + values["composition_treated"] == pytest.approx(values["change_treated"], abs=1e-9)
    assert values["moved_comparator"] is None
    assert "change_comparator" not in values
    assert values["relative_weighting"] is None
    assert found.status == "information"


def test_a_stratum_in_one_window_alone_has_no_parts_and_one_without_weight_is_told():
    found = composition_change(
        **HAND
        | {
            "shares": [[1.0, 0.8], [0.0, 0.2]],
            "rates": [[8.0, 6.0], [math.nan, 4.0]],
            "weights": [1.0, 0.0],
            "relative_standardized": 0.01,
        }
    )
    assert (found.values["rates_treated"], found.values["composition_treated"]) == (None, None)
    assert found.values["change_treated"] == pytest.approx(-2.4)
    assert found.values["outside_treated"] == pytest.approx(0.2)
    assert found.status == "warning"
    assert "Strata without weight in the standard population, 1 in number, hold 20.0%" in found.statement.en
    assert "1 till antalet, rymmer 20,0" in found.statement.sv


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"labels": ["a"]}, "`labels` must name each of the 2 figures once; it has 1."),
        (
            {"shares": [[0.5, 0.5]]},
            "`shares` must have a row for each of the 2 strata and a column for each window; its shape is (1, 2).",
        ),
        (
            {"shares": [[0.5, 0.25], [0.4, 0.75]]},
            "`shares` must add to 1 in each window; the first that does not is in window 1. " + HOLDS,
        ),
        (
            {"shares": [[1.5, 0.25], [-0.5, 0.75]]},
            "`shares` must be at least 0; the first that is not is in stratum 2, window 1. " + HOLDS,
        ),
        (
            {"comparator_shares": [[[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.4]]]},
            "`comparator_shares` must add to 1 in each window; the first that does not is in unit 2, window 2. "
            + HOLDS,
        ),
        (
            {"shares": [[0.5, 0.25], [0.5, "0,75"]]},
            "`shares` must hold numbers, one for each row; the first row that does not is row 2. It looks like a "
            "number with a decimal comma or with spaces between thousands; read the file with decimal=',' and without "
            "spaces.",
        ),
        (
            {"rates": [[8.0, math.nan], [4.0, 4.0]]},
            "`rates` must be a number wherever a share is above 0; the first that is not is in stratum 1, window 2. "
            + HOLDS,
        ),
        (
            {"comparator_rates": HAND["comparator_rates"][:1]},
            "`comparator_shares` and `comparator_rates` must have the same shape.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        composition_change(**HAND | options)
    assert str(refusal.value) == sentence

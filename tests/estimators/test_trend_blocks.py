"""Block bootstrap of a trend-adjusted comparison: an oracle draw by draw, known variances, laws, refusals."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from helpers import assert_valid_effect
from oracles import trend_blocks as oracle

import effekt
from effekt.exceptions import ArgumentError, InferenceUnavailableError

SIZES = (24, 36)
BOTH = pytest.mark.parametrize("blocks", ["moving", "stationary"])


def panel(seed, units=4, sizes=SIZES):
    rng = np.random.default_rng(seed)
    rows = {"unit": [], "month": [], "days": [], "people": []}
    for unit in range(units):
        for t in range(sum(sizes)):
            rows["unit"].append("ABCDEFGH"[unit])
            rows["month"].append(f"{2014 + t // 12}-{t % 12 + 1:02d}")
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
        "inference": "block_bootstrap",
        "block_length": 6,
        "draws": 99,
        "rng": 5,
    }
    return effekt.trend_adjusted(data, **(choices | options))


def cells(data, sizes=SIZES):
    found = {}
    for unit, days, people in zip(data["unit"], data["days"], data["people"], strict=True):
        found.setdefault(unit, []).append((Fraction(days), Fraction(people)))
    return {unit: [rows[: sizes[0]], rows[sizes[0] :]] for unit, rows in found.items()}


# --- the oracle ---------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize(
    ("weights", "adjustment", "trend"),
    [
        ("denominator", "ratio", "ratio_of_means"),
        ("denominator", "difference", "ratio_of_means"),
        (None, "ratio", "ratio_of_means"),
        (None, "difference", "ratio_of_means"),
        (None, "ratio", "mean_of_ratios"),
    ],
)
def test_draws_are_those_of_the_oracle(blocks, mean, weights, adjustment, trend):
    data, treated = panel(3), ["A", "C"]
    effect = call(
        data,
        blocks=blocks,
        mean=mean,
        weights=weights,
        adjustment=adjustment,
        trend=trend,
        treated=treated,
        block_length=5,
    )
    want = oracle.draws_of_means(
        cells(data),
        treated,
        ["B", "D"],
        SIZES,
        blocks,
        5,
        99,
        5,
        mean=mean,
        weighted=weights is not None,
        adjustment=adjustment,
        trend=trend,
    )
    assert effect.inference.treated == pytest.approx([float(one) for one, _ in want], rel=1e-12)
    assert effect.inference.counterfactual == pytest.approx([float(one) for _, one in want], rel=1e-12)


@BOTH
@pytest.mark.parametrize("length", [1, 3, 12])
def test_the_variance_is_the_one_that_is_known(blocks, length):
    """Parallel changes of plain means: the variances of two redrawn series add up."""
    data = panel(8, units=2)
    effect = call(
        data,
        outcome="days",
        weights=None,
        adjustment="difference",
        mean="mean_of_periods",
        blocks=blocks,
        block_length=length,
        draws=4_000,
    )
    own, other = (
        np.array([float(v) for v, u in zip(data["days"], data["unit"], strict=True) if u == one]) for one in "AB"
    )
    gap = own - other
    known = sum(oracle.variance_of_a_mean(list(part), blocks, length) for part in (gap[:24], gap[24:]))
    assert effect.std_error == pytest.approx(known**0.5, rel=0.05)
    draws = np.subtract(effect.inference.treated, effect.inference.counterfactual)
    assert abs(draws.mean() - effect.estimate) < 4 * (known / 4_000) ** 0.5


# --- laws ---------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_every_law_of_an_effect(blocks, adjustment):
    effect = call(panel(4), blocks=blocks, adjustment=adjustment, draws=399, block_length=3, rng=11)
    assert effect.variance == "block_bootstrap/1"
    assert effect.estimate == call(panel(4), adjustment=adjustment, draws=99, rng=1).estimate
    assert_valid_effect(effect)


@BOTH
def test_order_of_rows_moves_nothing_and_a_generator_is_the_seed_it_came_from(blocks):
    data = panel(6)
    base = call(data, blocks=blocks)
    order = list(range(len(data["unit"])))
    random.Random(2).shuffle(order)
    assert call({name: [column[i] for i in order] for name, column in data.items()}, blocks=blocks).to_json() == (
        base.to_json()
    )
    drawn = call(data, blocks=blocks, rng=np.random.default_rng(5))
    assert drawn.inference == base.inference
    assert "rng" not in drawn.arguments
    assert {name: base.arguments[name] for name in ("blocks", "block_length", "draws", "rng")} == {
        "blocks": blocks,
        "block_length": 6,
        "draws": 99,
        "rng": 5,
    }
    assert call(data, blocks=blocks, rng=6).inference != base.inference


def test_scale_moves_no_draw_of_the_ratio():
    data = panel(6)
    base, more = call(data), call(data | {"days": [10 * value for value in data["days"]]})
    assert more.inference.treated == pytest.approx([10 * value for value in base.inference.treated], rel=1e-12)
    assert more.p_value() == pytest.approx(base.p_value(), rel=1e-9)


def test_blocks_of_one_period_are_alike_of_both_kinds_in_what_they_say():
    notes = {blocks: note(call(panel(1), blocks=blocks, block_length=1)) for blocks in ("moving", "stationary")}
    assert "of moving blocks of 1 period, laid" in notes["moving"].text.en
    assert "olika långa block om 1 period i genomsnitt, lagda" in notes["stationary"].text.sv


def note(effect):
    (found,) = [one for one in effect.notes if one.code == "block_bootstrap"]
    return found


def test_the_result_says_what_it_leaves_out_as_hac_does():
    effect = call(panel(5))
    assert [one.code for one in effect.notes][:2] == ["block_bootstrap", "short_coverage"]
    assert note(effect).text.en.startswith(
        "The uncertainty is that of the periods within each window: 99 draws from the seed 5 of moving blocks of 6 "
        "periods, laid in a circle. It leaves out shocks that last through a whole window"
    )
    assert note(effect).text.sv.startswith(
        "Osäkerheten gäller perioderna inom varje fönster: 99 dragningar med fröet 5 av lika långa block om 6 "
        "perioder, lagda i en cirkel. Den omfattar inte störningar som varar ett helt fönster"
    )
    hac = effekt.trend_adjusted(
        panel(5),
        **{
            name: value
            for name, value in effect.arguments.items()
            if name not in ("inference", "blocks", "block_length", "draws", "rng")
        },
        inference="hac",
    )
    (other,) = [one for one in hac.notes if one.code == "hac"]
    for lang in ("en", "sv"):
        end = getattr(note(effect).text, lang).partition("circle. " if lang == "en" else "cirkel. ")[2]
        assert getattr(other.text, lang).endswith(end)


# --- where there is none, and what is refused -----------------------------------------------------------------------


def zeros(data):
    """The comparator has no day at all in all but one month of the reference."""
    return data | {
        "days": [
            0 if unit != "A" and month < "2015-12" else days
            for unit, month, days in zip(data["unit"], data["month"], data["days"], strict=True)
        ]
    }


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (
            panel(1),
            {"reference_window": ("2014-01", "2014-05"), "block_length": 2},
            "A window of 5 periods is too short to draw blocks from, which takes at least 8; use finer rows, or "
            "inference='placebo'.",
        ),
        (
            panel(1) | {"days": panel(1)["days"][:60] * 4, "people": panel(1)["people"][:60] * 4},
            {},
            "The treated units follow the comparator exactly within each window, so the periods show no variation.",
        ),
        (
            panel(1),
            {"same_months": True, "reference_window": ("2014-01", "2015-06")},
            "With calendar months matched some periods count more than once, which this variance does not allow for.",
        ),
        (
            zeros(panel(1)),
            {},
            "In some draws of the periods the comparator's reference mean is not above zero, so they have no ratio; "
            "use adjustment='difference', or another inference.",
        ),
    ],
)  # fmt: skip
def test_where_there_is_none_the_result_says_why(data, options, sentence):
    effect = call(data, **options)
    assert effect.inference.reason.en == sentence
    assert effect.variance == "none/1"
    assert not any(one.code == "block_bootstrap" for one in effect.notes)
    with pytest.raises(InferenceUnavailableError):
        effect.p_value()


def test_few_draws_have_no_interval_far_out():
    with pytest.raises(InferenceUnavailableError, match="99 draws are too few for an interval"):
        call(panel(1)).confidence_interval(0.995)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"block_length": None},
            "`block_length` must be given with inference='block_bootstrap': how many periods in a row are drawn "
            "together, such as 6; got None.",
        ),
        (
            {"rng": None},
            "`rng` must be an integer seed or a numpy.random.Generator where blocks are drawn; got None. A seed makes "
            "the draws the same every time.",
        ),
        ({"rng": -1}, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got -1."),
        ({"blocks": "circular"}, "`blocks` must be 'moving' or 'stationary'; got 'circular'."),
        ({"block_length": 0}, "`block_length` must be an integer of at least 1; got 0."),
        ({"block_length": 2.5}, "`block_length` must be an integer of at least 1; got 2.5."),
        (
            {"block_length": 13},
            "`block_length` must be at most half of the shorter window, 12 of its 24 months, so that draws differ; got "
            "13.",
        ),
        ({"draws": 98}, "`draws` must be an integer of at least 99; got 98."),
        ({"inference": "hac"}, "`inference` 'hac' draws no blocks; leave `block_length` out."),
        ({"inference": "placebo", "block_length": None}, "`inference` 'placebo' draws no blocks; leave `draws` out."),
        (
            {"inference": "none", "block_length": None, "draws": 999},
            "`inference` 'none' draws no blocks; leave `rng` out.",
        ),
        (
            {"inference": "hac", "blocks": "stationary"},
            "`inference` 'hac' draws no blocks; leave `blocks` out.",
        ),
    ],
)
def test_what_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        call(panel(1), **options)
    assert str(refusal.value) == sentence

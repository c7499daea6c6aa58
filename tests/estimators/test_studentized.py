"""Randomisation inference by the studentised difference, against every assignment listed and its statistic computed."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt
from effekt.exceptions import ArgumentError, InferenceUnavailableError

CALL = {"outcome": "y", "treatment": "d", "inference": "randomization", "statistic": "studentized"}


def statistic(y, a, block, *, of_treated=False):
    """(ȳ₁ − ȳ₀)/√V by block, by the block's share of all (of the treated)."""
    difference = variance = 0.0
    for label in sorted(set(block)):
        rows = [i for i in range(len(y)) if block[i] == label]
        share = sum(a[i] for i in rows) / sum(a) if of_treated else len(rows) / len(y)
        ones, zeros = (np.array([y[i] for i in rows if a[i] == arm]) for arm in (1, 0))
        difference += share * (ones.mean() - zeros.mean())
        variance += share**2 * (ones.var(ddof=1) / len(ones) + zeros.var(ddof=1) / len(zeros))
    return difference / np.sqrt(variance)


def listed(d, block):
    """Every assignment with as many treated in each block."""
    labels = sorted(set(block))
    rows = [[i for i in range(len(d)) if block[i] == label] for label in labels]
    choices = [itertools.combinations(own, sum(d[i] for i in own)) for own in rows]
    for chosen in itertools.product(*map(list, choices)):
        treated = {i for own in chosen for i in own}
        yield [int(i in treated) for i in range(len(d))]


def p_at(y, d, block, effect, alternative="two-sided", **options):
    untreated = [value - effect * arm for value, arm in zip(y, d, strict=True)]
    actual = statistic(untreated, d, block, **options)
    others = np.array([statistic(untreated, a, block, **options) for a in listed(d, block)])
    close = 1e-10 * max(1.0, abs(actual))
    if alternative == "two-sided":
        extreme = np.abs(others) >= abs(actual) - close
    else:
        extreme = others >= actual - close if alternative == "greater" else others <= actual + close
    return Fraction(int(extreme.sum()), len(others))


@st.composite
def trials(draw):
    shape = draw(st.sampled_from([((3, 4),), ((2, 4),), ((4, 4),), ((2, 3), (3, 2)), ((2, 2), (3, 2))]))
    d = [arm for ones, zeros in shape for arm in [1] * ones + [0] * zeros]
    block = [f"b{i}" for i, sizes in enumerate(shape) for _ in range(sum(sizes))]
    y = draw(st.lists(st.integers(0, 60), min_size=len(d), max_size=len(d), unique=True))
    return [value / 4 + 2.5 * arm * (value % 3) for value, arm in zip(y, d, strict=True)], d, block


def estimated(y, d, block, **options):
    data = {"y": y, "d": d, "b": block}
    return effekt.randomized_trial(data, **CALL, block="b" if len(set(block)) > 1 else None, **options)


@settings(max_examples=40, deadline=None)
@given(trials(), st.sampled_from(["two-sided", "greater", "less"]))
def test_p_is_that_of_every_assignment_and_the_set_inverts_it(drawn, alternative):
    y, d, block = drawn
    effect = estimated(y, d, block)
    assert effect.rank_p_value(alternative=alternative) == p_at(y, d, block, 0.0, alternative)
    level = 0.9
    try:
        intervals = effect.confidence_interval(level, alternative).intervals
    except InferenceUnavailableError:
        far = [p_at(y, d, block, x, alternative) for x in (-1e5, 1e5, effect.estimate)]
        assert min(far) > Fraction(1, 10)
        return
    ends = [end for interval in intervals for end in interval if np.isfinite(end)]
    step = 1e-5 * (1 + max(map(abs, ends), default=0.0))
    points = [x for end in ends for x in (end - step, end + step)] + [effect.estimate, effect.estimate + 3.3, -1e4, 1e4]
    for x in points:
        if min((abs(x - end) for end in ends), default=1.0) < step / 2:
            continue
        inside = any(low <= x <= high for low, high in intervals)
        assert inside == (p_at(y, d, block, x, alternative) > Fraction(1, 10)), (x, intervals)


def test_the_effect_on_the_treated_weighs_blocks_by_them():
    y, d, block = [3, 7, 5, 1, 2, 9, 8, 6, 4, 5], [1, 1, 0, 0, 0, 1, 1, 1, 0, 0], ["a"] * 5 + ["b"] * 5
    effect = estimated([float(v) for v in y], d, block, estimand="ATT")
    assert effect.rank_p_value() == p_at(y, d, block, 0.0, of_treated=True)


@pytest.mark.parametrize("order", range(3))
def test_row_order_and_units_move_nothing(order):
    rng = np.random.default_rng(3)
    y, d = rng.normal(size=12).round(2).tolist(), [1] * 5 + [0] * 7
    effect = estimated(y, d, [""] * 12)
    rows = np.random.default_rng(order).permutation(12).tolist()
    assert estimated([y[i] for i in rows], [d[i] for i in rows], [""] * 12).to_json() == effect.to_json()
    scaled = estimated([8 * value for value in y], d, [""] * 12)
    assert scaled.p_value() == effect.p_value()
    assert scaled.confidence_interval().low == pytest.approx(8 * effect.confidence_interval().low, rel=1e-9)
    assert effekt.EffectEstimate.from_json(effect.to_json()) == effect


def test_drawn_assignments_count_the_actual_one():
    rng = np.random.default_rng(4)
    data = {"y": (rng.normal(size=40) + np.arange(40) % 2).round(2).tolist(), "d": (np.arange(40) % 2).tolist()}
    effect = effekt.randomized_trial(data, **CALL, draws=199, rng=1)
    p = effect.rank_p_value()
    assert p.denominator == 200 or 200 % p.denominator == 0
    assert p > 0
    low, high = effect.confidence_interval(0.95).intervals[0]
    welch = effekt.randomized_trial(data, outcome="y", treatment="d", variance="welch").confidence_interval()
    assert (low, high) == pytest.approx((welch.low, welch.high), abs=0.25)


def test_what_it_says_and_records():
    effect = estimated([1.0, 2, 4, 3, 6, 5, 9, 8], [1, 0, 1, 0, 1, 0, 1, 0], [""] * 8)
    assert effect.arguments["statistic"] == "studentized"
    notes = {note.code: note.text.en for note in effect.notes}
    assert "all 70 possible assignments" in notes["randomization"]
    assert notes["studentized"].startswith("The statistic is the difference over its standard error: p is exact for an")
    assert "constant_effect" not in notes
    plain = effekt.randomized_trial(
        {"y": [1.0, 2, 4, 3, 6, 5], "d": [1, 0] * 3}, outcome="y", treatment="d", inference="randomization"
    )
    assert "statistic" not in json.loads(plain.to_json())["arguments"]


def test_larger_spread_in_the_smaller_arm_no_longer_rejects_too_often():
    """Two arms of one mean whose spreads differ (Chung & Romano 2013): the difference rejects 5 % far too often."""
    rng = np.random.default_rng(6)
    d = np.array([1] * 8 + [0] * 40)
    found = {"estimate": 0, "studentized": 0}
    for draw in range(150):
        y = (rng.normal(size=48) * np.where(d == 1, 4.0, 1.0)).round(3)
        for name in found:
            call = {**CALL, "statistic": name, "draws": 199, "rng": draw}
            effect = effekt.randomized_trial({"y": y.tolist(), "d": d.tolist()}, **call)
            found[name] += effect.p_value() <= 0.05
    assert found["estimate"] / 150 > 0.2
    assert found["studentized"] / 150 < 0.13


REFUSALS = [
    (
        {"inference": "asymptotic"},
        "`statistic` 'studentized' is for inference='randomization'; got 'asymptotic'. Leave it out.",
    ),
    (
        {"covariates": ["x"]},
        "`statistic` 'studentized' takes no covariates, cluster, pairs, weights, probability or exposure; leave "
        "`covariates` out, or choose 'estimate'.",
    ),
    ({"statistic": "t"}, "`statistic` must be 'estimate' or 'studentized'; got 't'."),
    (
        {"block": "b", "adjustment": "additive"},
        "`statistic` 'studentized' takes adjustment 'lin' or 'none', blocks by their size; got 'additive'.",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), REFUSALS)
def test_refusals(options, sentence):
    data = {"y": [1.0, 2, 3, 5], "d": [1, 0, 1, 0], "x": [1, 2, 2, 1], "b": list("aabb")}
    with pytest.raises(ArgumentError) as refusal:
        effekt.randomized_trial(data, **(CALL | options))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("y", "d", "b", "reason"),
    [
        (
            [1.0, 2, 3, 5],
            [1, 0, 0, 0],
            None,
            "The treated arm has a single unit, ",
        ),
        (
            [1.0, 2, 3, 5, 6, 7],
            [1, 0, 0, 1, 1, 0],
            list("aaabbb"),
            "An arm of a block has a single unit, ",
        ),
        ([1.0, 1, 2, 2], [1, 1, 0, 0], None, None),
    ],
)
def test_without_a_variance_there_is_no_inference(y, d, b, reason):
    block = None if b is None else "b"
    effect = effekt.randomized_trial({"y": y, "d": d} | ({} if b is None else {"b": b}), **CALL, block=block)
    if reason is not None:
        assert effect.inference.reason.en.startswith(reason)
    with pytest.raises(InferenceUnavailableError):
        effect.p_value()

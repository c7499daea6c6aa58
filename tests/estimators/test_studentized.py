"""Randomisation inference by the studentised difference, against every assignment listed and its statistic computed."""

import itertools
import json
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt
from effekt.exceptions import ArgumentError, InferenceUnavailableError

CALL = {"outcome": "y", "treatment": "d", "inference": "randomization", "statistic": "studentized"}


def terms(y, a, block, *, of_treated=False):
    """The difference by block, by the block's share of all (of the treated), and Neyman's variance, as fractions."""
    difference = variance = Fraction(0)
    for label in sorted(set(block)):
        rows = [i for i in range(len(y)) if block[i] == label]
        share = Fraction(sum(a[i] for i in rows), sum(a)) if of_treated else Fraction(len(rows), len(y))
        for arm, sign in ((1, 1), (0, -1)):
            own = [y[i] for i in rows if a[i] == arm]
            n, total = len(own), sum(own)
            difference += sign * share * total / n
            variance += share**2 * (sum(value * value for value in own) - total * total / n) / (n * (n - 1))
    return difference, variance


def listed(d, block):
    """Every assignment with as many treated in each block."""
    labels = sorted(set(block))
    rows = [[i for i in range(len(d)) if block[i] == label] for label in labels]
    choices = [itertools.combinations(own, sum(d[i] for i in own)) for own in rows]
    for chosen in itertools.product(*map(list, choices)):
        treated = {i for own in chosen for i in own}
        yield [int(i in treated) for i in range(len(d))]


def p_at(y, d, block, effect, alternative="two-sided", **options):
    """No tie is within a tolerance: a/√u is at least b/√v where a|a|v is at least b|b|u."""
    effect = Fraction(repr(float(effect)))
    untreated = [Fraction(repr(float(value))) - effect * arm for value, arm in zip(y, d, strict=True)]
    a, u = terms(untreated, d, block, **options)
    others = [terms(untreated, other, block, **options) for other in listed(d, block)]
    if alternative == "two-sided":
        extreme = [b * b * u >= a * a * v for b, v in others]
    else:
        sign = 1 if alternative == "greater" else -1
        extreme = [sign * b * abs(b) * u >= sign * a * abs(a) * v for b, v in others]
    return Fraction(sum(extreme), len(others))


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


@settings(max_examples=25, deadline=None)
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


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([((3, 3),), ((3, 4),), ((2, 3), (3, 2))]),
    st.lists(st.integers(0, 5), min_size=10, max_size=10),
    st.sampled_from([1, 10]),
    st.sampled_from(["two-sided", "greater", "less"]),
)
def test_a_null_is_in_the_set_exactly_where_its_p_is_above_alpha(shape, values, over, alternative):
    """At whole outcomes and at one decimal: the ends, the floats next to them, no effect and every outcome's step."""
    d = [arm for ones, zeros in shape for arm in [1] * ones + [0] * zeros]
    block = [f"b{i}" for i, sizes in enumerate(shape) for _ in range(sum(sizes))]
    y = [value / over for value in values[: len(d)]]
    effect = estimated(y, d, block)
    try:
        assert effect.rank_p_value(alternative=alternative) == p_at(y, d, block, 0.0, alternative)
        intervals = effect.confidence_interval(0.9, alternative).intervals
    except InferenceUnavailableError:
        return
    ends = [end for interval in intervals for end in interval if np.isfinite(end)]
    nulls = [*ends, *(np.nextafter(end, way) for end in ends for way in (-np.inf, np.inf))]
    for null in [*nulls, *(step / over for step in range(-3, 4))]:
        inside = any(low <= null <= high for low, high in intervals)
        assert inside == (p_at(y, d, block, null, alternative) > Fraction(1, 10)), (null, intervals)


@pytest.mark.parametrize(
    ("y", "treated", "p"),
    [
        ([0.3, 0.4, 0.1, 0.1, 0.2, 0.4, 0.3, 0.0], 4, 1),  # the difference is 0 as decimals, 3e-17 as floats
        ([4, 1, 4, 0, 2_000_000, 2, 2], 4, Fraction(18, 35)),  # two others are less extreme by 1e-12 of the statistic
        ([1e12 + 1, 1e12 + 2, 1e12 + 4, 1e12, 1e12 + 3, 1e12 + 1], 3, Fraction(3, 5)),
        ([1e-50, 3e-50, 4e-50, 0.0, 2e-50, 1e-50], 3, Fraction(3, 10)),
    ],
)
def test_no_tie_is_a_matter_of_rounding(y, treated, p):
    d = [1] * treated + [0] * (len(y) - treated)
    assert p_at(y, d, [""] * len(y), 0.0) == p
    assert estimated(y, d, [""] * len(y)).rank_p_value() == p


def test_no_effect_is_kept_where_its_p_is_above_alpha():
    """P is 4/35; the set ended at -2e-16."""
    y, d = [0, 3, 2, 2, 4, 2, 4, 4], [1, 1, 1, 1, 0, 0, 0, 0]
    effect = estimated(y, d, [""] * 8)
    assert effect.rank_p_value() == Fraction(4, 35)
    assert effect.confidence_interval(0.9).intervals == ((-4.0, 0.0),)


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
    for draw in range(80):
        y = (rng.normal(size=48) * np.where(d == 1, 4.0, 1.0)).round(3)
        for name in found:
            call = {**CALL, "statistic": name, "draws": 199, "rng": draw}
            effect = effekt.randomized_trial({"y": y.tolist(), "d": d.tolist()}, **call)
            found[name] += effect.p_value() <= 0.05
    assert found["estimate"] / 80 > 0.2
    assert found["studentized"] / 80 < 0.13


@pytest.mark.parametrize("shape", [((3, 3),), ((2, 4),), ((3, 3), (2, 2)), ((3, 2), (2, 2)), ((2, 2), (2, 2))])
@pytest.mark.parametrize("seed", range(8))
def test_a_set_is_declared_where_the_lot_can_reject_a_null_whatever_the_outcomes(shape, seed):
    """Far out the statistic of the actual assignment alone grows, and of two sides its opposite: no others tie.

    So the least p of any outcomes is the least that the lot can attain, and no set is refused that holds every null.
    """
    random = Random(seed)
    d = [arm for ones, zeros in shape for arm in [1] * ones + [0] * zeros]
    block = [f"b{i}" for i, sizes in enumerate(shape) for _ in range(sum(sizes))]
    y = [1.0, 0.0, *(float(random.randrange(2)) for _ in d[2:])]  # as good as all tie somewhere
    effect, every = estimated(y, d, block), len(list(listed(d, block)))
    for alternative in ("two-sided", "greater", "less"):
        alike = 2 if alternative == "two-sided" and all(ones == zeros for ones, zeros in shape) else 1
        far = [p_at(y, d, block, null, alternative) for null in (-1e9, 1e9)]
        assert min(far) == Fraction(alike, every)
        for level in (0.9, 0.95, 0.99):
            declared = any(
                one.set.level == level and one.set.alternative == alternative for one in effect.inference.sets
            )
            assert declared == (Fraction(alike, every) <= 1 - Fraction(str(level)))


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

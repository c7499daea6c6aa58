"""The effect on compliers by randomisation: brute force, weak first stages, laws, refusals."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import randomization_inference as oracle

import effekt
from effekt._inference import Randomization
from effekt._types import ALTERNATIVES
from effekt.exceptions import ArgumentError, InferenceUnavailableError

N = 40
LARGE = {
    "y": [float((7 * i) % 23) + 3.0 * (i % 2) for i in range(N)],
    "z": [i % 2 for i in range(N)],
    "d": [int((i % 2 and i % 8 != 1) or i % 10 == 0) for i in range(N)],
    "x": [float((5 * i) % 17) for i in range(N)],
    "b": [str(i % 4 // 2) for i in range(N)],
    "c": [str(i // 4 * 2 + i % 2) for i in range(N)],
}
DESIGNS = {
    "plain": {},
    "lin in blocks": {"covariates": "x", "block": "b"},
    "additive": {"covariates": "x", "adjustment": "additive"},
    "clusters": {"cluster": "c"},
}


def compliers(data, **options):
    given = {"outcome": "y", "treatment": "z", "received": "d", "inference": "randomization"}
    return effekt.complier_effect(data, **(given | options))


@given(
    rows=st.lists(st.tuples(st.integers(-9, 9), st.booleans(), st.booleans()), min_size=4, max_size=8),
    null=st.integers(-12, 12),
)
@settings(max_examples=80, deadline=None)
def test_every_assignment_is_tried_in_exact_arithmetic(rows, null):
    """Also where few comply, ties included: y − τ·D is compared as it is under each assignment."""
    assigned = tuple(int(i % 2) for i in range(len(rows)))
    outcome, taken = (
        [Fraction(y, 10) for y, _, _ in rows],
        [int(a if z else b) for z, (_, a, b) in zip(assigned, rows, strict=True)],
    )
    if oracle.difference_in_means([Fraction(d) for d in taken], assigned) <= 0:
        return
    effect = compliers({"y": [float(y) for y in outcome], "z": list(assigned), "d": taken})["CACE"]
    tau = Fraction(null, 4)
    left = [y - tau * d for y, d in zip(outcome, taken, strict=True)]
    for alternative in ALTERNATIVES:
        expected = oracle.exact_p(left, assigned, Fraction(0), alternative)
        assert effect.rank_p_value(float(tau), alternative) == expected


def test_the_set_is_the_nulls_that_are_kept_bounded_or_not():
    kinds = set()
    for taken in ([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 0, 1, 1, 0, 1, 0, 0, 0]):
        table = {"y": [9.0, 8.5, 7.0, 6.0, 9.5, 1.0, 2.5, 3.0, 0.5, 2.0], "z": [1] * 5 + [0] * 5, "d": taken}
        effect = compliers(table)["CACE"]
        for level in (0.5, 0.8, 0.95):
            found = effect.confidence_interval(level)
            kinds.add(found.kind)
            ends = [end for interval in found.intervals for end in interval]
            for null in np.linspace(-40, 40, 801).tolist():
                if min(abs(null - end) for end in ends) > 1e-9:
                    assert (null in found) == (effect.rank_p_value(null) > 1 - Fraction(str(level)))
        assert_valid_effect(effect)
    assert {"bounded", "unbounded"} <= kinds


@pytest.mark.parametrize("design", DESIGNS)
def test_the_parts_are_those_of_the_trial_and_obey_the_laws(design):
    options = {"draws": 199, "rng": 5, **DESIGNS[design]}
    found = compliers(LARGE, **options)
    trial = effekt.randomized_trial(LARGE, outcome="y", treatment="z", inference="randomization", **options)
    assert found["ITT"].inference == trial.inference
    assert found["CACE"].rank_p_value() == trial.rank_p_value()
    assert found["CACE"].ratio().rank_p_value() == trial.rank_p_value()
    first = found["first stage"]
    assert (
        first.inference
        == effekt.randomized_trial(LARGE, outcome="d", treatment="z", inference="randomization", **options).inference
    )
    plain = effekt.complier_effect(LARGE, outcome="y", treatment="z", received="d", **DESIGNS[design])
    assert found["CACE"].estimate == plain["CACE"].estimate
    assert found["CACE"].diagnostics == plain["CACE"].diagnostics
    assert isinstance(found["CACE"].inference, Randomization)
    assert found["CACE"].inference.statistics == pytest.approx(
        [a / first.estimate for a in trial.inference.statistics], rel=1e-12
    )
    for effect in found.effects:
        assert_valid_effect(effect)
    order = np.random.default_rng(0).permutation(N)
    shuffled = compliers({name: [column[i] for i in order] for name, column in LARGE.items()}, **options)
    assert shuffled.to_json() == found.to_json()


def test_a_null_moves_with_what_receipt_adds_where_all_assignments_are_listed():
    """Where they are drawn, their order is by content, and so the draws of another outcome are others."""
    clusters = [str(i // 8 * 2 + i % 2) for i in range(N)]
    moved = [y + 8.0 * d for y, d in zip(LARGE["y"], LARGE["d"], strict=True)]
    for design in ({"cluster": "c"}, {"cluster": "c", "covariates": "x", "adjustment": "additive"}):
        before, after = (compliers(LARGE | {"c": clusters, "y": y}, **design)["CACE"] for y in (LARGE["y"], moved))
        for null in (0.0, 5.0, -3.25):
            assert after.rank_p_value(null + 8.0) == before.rank_p_value(null)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_that_differ_in_the_outcome_alone_changes_no_byte(seed):
    """A covariate of few values: many rows are alike in all that the regression of receipt reads."""
    rng = np.random.default_rng(seed)
    z = np.arange(60) % 2
    d = (rng.random(60) < 0.6) * z
    data = {"y": np.round(rng.standard_normal(60), 3) + d, "z": z, "x": rng.integers(0, 3, 60), "d": d}
    order = rng.permutation(60)
    one, other = (
        compliers({name: column[rows] for name, column in data.items()}, covariates="x", draws=99, rng=1)
        for rows in (np.arange(60), order)
    )
    assert one.to_json() == other.to_json()


def test_where_all_receive_what_they_were_assigned_it_is_the_trial():
    table = LARGE | {"d": LARGE["z"]}
    effect = compliers(table, draws=199, rng=3)["CACE"]
    trial = effekt.randomized_trial(table, outcome="y", treatment="z", inference="randomization", draws=199, rng=3)
    for null in (0.0, 2.5, -7.0):
        assert effect.rank_p_value(null) == trial.rank_p_value(null)
    assert effect.confidence_interval().low == pytest.approx(trial.confidence_interval().low, rel=1e-12)


def test_a_generator_is_moved_on_once_for_all():
    rng = np.random.default_rng(5)
    first = compliers(LARGE, draws=199, rng=rng)
    assert first["CACE"].inference == compliers(LARGE, draws=199, rng=5)["CACE"].inference
    assert compliers(LARGE, draws=199, rng=rng)["CACE"].inference != first["CACE"].inference


def test_a_ratio_has_no_set():
    effect = compliers(LARGE, draws=199, rng=5)["CACE"]
    for asked in (effect.ratio().confidence_interval, lambda: effect.ratio().p_value(1.5)):
        with pytest.raises(InferenceUnavailableError) as refusal:
            asked()
        assert str(refusal.value) == (
            "The test by re-drawn assignments is of a difference; a ratio other than that of no effect has none."
        )


def test_the_notes_say_for_which_effect_it_is_exact():
    effect = compliers(LARGE, draws=199, rng=5)["CACE"]
    assert "the same for all who receive the treatment" in effect.summary()
    assert "densamma för alla som får insatsen" in effect.summary("sv")
    assert "the same for every unit of the trial" not in effect.summary()
    assert "from the seed 5" in effect.summary()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"inference": "wild_bootstrap"}, "`inference` must be 'asymptotic' or 'randomization'; got 'wild_bootstrap'."),
        ({"inference": "asymptotic", "rng": 1}, "`inference` 'asymptotic' draws nothing; leave `rng` out."),
        ({"inference": "asymptotic", "draws": 99}, "`inference` 'asymptotic' draws nothing; leave `draws` out."),
        ({"variance": "HC2", "rng": 1},
         "`inference` 'randomization' takes no variance; leave `variance` out, or choose inference='asymptotic'."),
        ({},
         "`rng` must be an integer seed or a numpy.random.Generator where assignments are drawn; got None. There are "
         "about 10^11 possible assignments, and at most 100,000 are listed."),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compliers(LARGE, **options)
    assert str(refusal.value) == sentence


def test_the_level_is_kept_where_hardly_anybody_complies():
    """Over every assignment of nine units whose receipt follows their kind, the true τ is rejected no more than α."""
    base, kinds, tau = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0, 5.5], [1, 0, 0, 1, 0, 0, 1, 0, 0], 2.0
    p = []
    for chosen in itertools.combinations(range(9), 4):
        assigned = [int(i in chosen) for i in range(9)]
        taken = [z * kind for z, kind in zip(assigned, kinds, strict=True)]
        if sum(taken):
            outcome = [y + tau * d for y, d in zip(base, taken, strict=True)]
            p.append(compliers({"y": outcome, "z": assigned, "d": taken})["CACE"].rank_p_value(tau))
        else:  # no compliers among the assigned: refused, and never a rejection
            p.append(Fraction(1))
    for level in (Fraction(1, 20), Fraction(1, 5), Fraction(1, 2)):
        assert sum(one <= level for one in p) <= level * len(p)
    assert sum(one <= Fraction(1, 2) for one in p) > len(p) / 5

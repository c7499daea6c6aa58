"""Worst cases of missing outcomes without a lot, against every combination of the ends of the range written in."""

import itertools

import numpy as np
import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError

ROLES = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
DATA = effekt.datasets.observational(rng=3, n=60, share_treated=0.4, effect=4.0).table.to_pandas()
GONE = [3, 14, 22, 31, 40, 55]
LOST = DATA.assign(outcome=DATA["outcome"].where(~DATA.index.isin(GONE)))
ENDS = (-20, 60)
METHODS = [
    {"tie_orders": 1},
    {"method": "optimal", "ratio": 1, "min_controls": 1, "max_controls": 2, "tie_orders": 1},
    {"method": "full", "estimand": "ATE", "tie_orders": 1},
    {"replace": True, "estimand": "ATC"},
    {"method": "subclassification", "subclasses": 2},
    {"method": "inverse_probability", "estimand": "ATE"},
    {"method": "entropy_balancing"},
    {"method": "overlap", "estimand": "ATO"},
]


def check_of(effect, name="manski_bounds"):
    (found,) = [one for one in effect.diagnostics if one.name == name]
    return found


def completed(values):
    data = DATA.copy()
    data.loc[GONE, "outcome"] = values
    return data


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_nothing_written_in_gives_more_or_less(method):
    """All 64 ways to write the ends in, each compared with the match of everybody, which reads no outcome."""
    match = ROLES | method
    effect = effekt.matched_comparison(LOST, match=match, outcome="outcome", missing="drop", outcome_range=ENDS)
    values = check_of(effect).values
    everybody = effekt.match_controls(DATA, **match)
    every = [
        effekt.matched_comparison(completed(list(ends)), match=everybody, outcome="outcome")
        for ends in itertools.product(ENDS, repeat=len(GONE))
    ]
    found = sorted(every, key=lambda one: one.estimate)
    assert (values["lower"], values["upper"]) == pytest.approx((found[0].estimate, found[-1].estimate), rel=1e-12)
    assert effect.arguments["outcome_range"] == [-20.0, 60.0]
    if method.get("replace"):
        assert values["conf_low"] is None
    else:
        worst = [min(every, key=lambda one: one.estimate), max(every, key=lambda one: one.estimate)]
        ends = worst[0].confidence_interval().low, worst[1].confidence_interval().high
        assert (values["conf_low"], values["conf_high"]) == pytest.approx(ends, rel=1e-10)
        assert values["std_error_lower"] == pytest.approx(worst[0].std_error, rel=1e-10)


def test_doubly_robust_bounds_are_the_models_on_completed_data():
    call = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age"]}
    for estimand, whom in (("ATE", "all"), ("ATT", "all treated")):
        effect = effekt.doubly_robust(LOST, **call, estimand=estimand, missing="drop", outcome_range=ENDS)
        check = check_of(effect)
        treated = DATA["treatment"].to_numpy()[GONE] == 1
        ends = [
            effekt.doubly_robust(completed(np.where(treated, *pair)), **call, estimand=estimand)
            for pair in (ENDS, ENDS[::-1])
        ]
        assert check.values["lower"] == pytest.approx(ends[0].estimate, rel=1e-12)
        assert check.values["upper"] == pytest.approx(ends[1].estimate, rel=1e-12)
        assert check.values["conf_high"] == pytest.approx(ends[1].confidence_interval().high, rel=1e-10)
        assert check.statement.en.startswith(f"The effect among {whom} whose covariates are known lies between ")


def test_row_order_moves_nothing():
    call = {"match": ROLES | {"tie_orders": 1}, "outcome": "outcome", "missing": "drop", "outcome_range": ENDS}
    first = effekt.matched_comparison(LOST, **call).to_json()
    assert effekt.matched_comparison(LOST.sample(frac=1, random_state=1), **call).to_json() == first


def codes(effect):
    return {note.code: note.text for note in effect.notes}


def test_bounds_that_need_a_range_are_said_to_need_it():
    adjusted = {"variance": "abadie_imbens", "bias_adjustment": ["age"], "outcome_range": ENDS}
    matched = {"match": ROLES | {"tie_orders": 1}, "outcome": "outcome", "missing": "drop"}
    trial = {"outcome": "outcome", "treatment": "treatment", "missing": "drop"}
    model = trial | {"covariates": ["baseline", "age"]}
    for effect in (
        effekt.matched_comparison(LOST, **matched),
        effekt.matched_comparison(LOST, **(matched | {"match": ROLES | {"method": "overlap", "estimand": "ATO"}})),
        effekt.doubly_robust(LOST, **model),
        effekt.randomized_trial(LOST, **trial),
        effekt.randomized_trial(LOST, **trial, block="female"),
    ):
        assert codes(effect)["no_worst_case"].en.endswith("possible outcome; declare them in `outcome_range`.")
        assert codes(effect)["no_worst_case"].sv.endswith("utfallet; ange dem i `outcome_range`.")
    bias = effekt.matched_comparison(LOST, **(matched | {"match": ROLES | {"replace": True}} | adjusted))
    assert codes(bias)["no_worst_case"].en.endswith("leave it out to be told.")
    grouped = effekt.doubly_robust(LOST, **model, subgroup="female")
    assert codes(grouped)["no_worst_case"].en.endswith("without `subgroup` alone.")
    for effect in (
        effekt.matched_comparison(DATA, **matched),
        effekt.randomized_trial(LOST, **trial, outcome_range=ENDS),
        effekt.randomized_trial(DATA, **trial),
    ):
        assert "no_worst_case" not in codes(effect)
    shares = LOST.assign(outcome=(LOST["outcome"] > 10).where(LOST["outcome"].notna()).astype(float))
    assert check_of(effekt.matched_comparison(shares, **matched)).values["high"] == 1
    assert check_of(effekt.doubly_robust(shares, **model)).values["low"] == 0


def test_refusals():
    matched = {"match": ROLES | {"tie_orders": 1}, "outcome": "outcome", "missing": "drop"}
    model = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age"], "missing": "drop"}
    outside = LOST["outcome"] > 1
    sentence = (
        f"Column 'outcome' must hold outcomes from 0 to 1, as `outcome_range` says; {outside.sum()} rows did not, the "
        f"first at row {int(outside.to_numpy().argmax()) + 1}. Declare the range of the measure, not of these data."
    )
    for call in (
        lambda: effekt.matched_comparison(LOST, **matched, outcome_range=(0, 1)),
        lambda: effekt.doubly_robust(LOST, **model, outcome_range=(0, 1)),
    ):
        with pytest.raises(DataError) as refusal:
            call()
        assert str(refusal.value) == sentence
    for options, sentence in (
        (
            {"learner": "random_forest", "rng": 1},
            "`outcome_range` needs learner='parametric' and no `subgroup`; leave it out, or choose these.",
        ),
        (
            {"outcome_model": "logistic"},
            "`outcome_range` must be (0, 1) with outcome_model='logistic'; got (-20, 60). Leave it out.",
        ),
    ):
        with pytest.raises(ArgumentError) as refusal:
            effekt.doubly_robust(LOST, **model, outcome_range=ENDS, **options)
        assert str(refusal.value) == sentence

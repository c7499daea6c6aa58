"""Whose numbers are whose where matched units have no outcome, and what is said of a match only where it is true."""

import numpy as np
import pytest

import effekt
from effekt.diagnostics import differential_attrition
from effekt.exceptions import DataError
from effekt.independent.matches.matching import matched_comparison as second_route

MATCH = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
DATA = effekt.datasets.observational(rng=3, n=120, share_treated=0.3, effect=4.0).table.to_pandas()
LOST = DATA.assign(outcome=DATA["outcome"].where((np.arange(120) % 4 > 0) | (DATA["treatment"] == 0)))


def compared(data=DATA, match=None, **options):
    call = MATCH | {"tie_orders": 1} | (match or {})
    return effekt.matched_comparison(data, match=call, outcome="outcome", **({"missing": "drop"} | options))


def codes(effect):
    return {note.code: note.text for note in effect.notes}


@pytest.mark.parametrize("method", ["nearest", "full", "entropy_balancing"])
def test_lost_outcomes_are_tested_between_the_matched_arms(method):
    call = MATCH | {"method": method}
    call |= {} if method == "entropy_balancing" else {"tie_orders": 1}
    effect = effekt.matched_comparison(LOST, match=call, outcome="outcome", missing="drop")
    match = effekt.match_controls(LOST, **call)
    rows = LOST[LOST["unit"].astype(str).isin({unit for unit, weight in match.weights.items() if weight > 0})]
    alone = differential_attrition(rows["outcome"].isna().to_numpy(), rows["treatment"].to_numpy(float))
    check = effect.diagnostics[-1]
    assert (check.name, check.status, check.values) == ("differential_attrition", "warning", alone.values)
    assert check.statement.en == f"Among the matched: {alone.statement.en}"
    assert check.statement.sv == f"Bland de matchade: {alone.statement.sv}"
    (sample,) = [one for one in effect.diagnostics if one.name == "matched_sample"]
    assert sample.statement.en.startswith("Of the match, before outcomes were lost: ")
    assert sample.statement.sv.startswith("Om matchningen, före bortfallet av utfall: ")
    whole = effekt.matched_comparison(DATA, match=call, outcome="outcome", missing="drop")
    assert "differential_attrition" not in [one.name for one in whole.diagnostics]
    assert "missing_outcomes" not in codes(whole)


def test_balance_and_overlap_are_told_to_be_those_before_the_loss():
    effect, whole = compared(LOST), compared()
    for one, other in zip(effect.diagnostics[:3], whole.diagnostics[:3], strict=True):
        assert (one.name, one.values, one.table) == (other.name, other.values, other.table)
        assert one.statement.en == f"Of the match, before outcomes were lost: {other.statement.en}"


def test_rows_add_up():
    effect = compared(LOST)
    match = effekt.match_controls(LOST, **MATCH, tie_orders=1)
    units = {
        str(unit): (arm, y) for unit, arm, y in zip(*(LOST[c] for c in ("unit", "treatment", "outcome")), strict=True)
    }
    matched = [units[unit] for unit in match.weights]
    arms = [[y for arm, y in matched if arm == own] for own in (1, 0)]
    gone = [int(np.isnan(one).sum()) for one in arms]
    used = effect.sample.n_treated, effect.sample.n_control
    assert codes(effect)["missing_outcomes"].en.startswith(
        f"Of {len(arms[0])} treated and {len(arms[1])} controls that are matched, {gone[0]} treated and {gone[1]} "
        f"controls have no outcome, 0 treated and {len(arms[1]) - gone[1] - used[1]} controls have nobody left to "
        f"compare with and {used[0]} treated and {used[1]} controls are compared. "
    )
    assert len(arms[0]) - gone[0] == used[0]
    assert effect.sample.n_dropped == int(LOST["outcome"].isna().sum())


def test_no_test_of_single_units_where_groups_are_not_independent():
    data = LOST.assign(school=np.arange(120) % 15)
    check = compared(data, cluster="school").diagnostics[-1]
    assert (check.name, check.status) == ("differential_attrition", "information")


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ({}, True),
        ({"distance": "mahalanobis"}, True),  # whose turn it is goes by the propensity
        ({"distance": "mahalanobis", "order": "keyed"}, False),
        ({"distance": "mahalanobis", "order": "keyed", "caliper": 0.5}, True),
        ({"distance": "mahalanobis", "method": "optimal"}, False),
        ({"distance": "mahalanobis", "method": "full"}, False),
        ({"distance": "propensity", "method": "optimal"}, True),
        ({"distance": "mahalanobis", "method": "optimal", "discard": "both"}, True),
    ],
)
def test_the_estimated_propensity_is_told_of_where_it_decides(match, told):
    assert ("estimated_propensity" in codes(compared(match=match))) == told


def test_with_replacement_no_turn_is_taken():
    match = {"replace": True, "distance": "mahalanobis", "tie_orders": 100}
    assert "estimated_propensity" not in codes(compared(match=match, variance="abadie_imbens"))


def test_a_caliper_is_told_of_where_there_is_one_and_the_discarded_where_some_are():
    found = codes(compared(match={"discard": "both"}))
    discarded = effekt.match_controls(DATA, **MATCH, tie_orders=1, discard="both").counts.discarded
    assert discarded > 0
    assert "caliper" not in found
    assert found["common_support"].en.startswith("The variance takes as given who lies within the common support")
    found = codes(compared(match={"caliper": 0.2}))
    assert "caliper" in found
    assert "common_support" not in found


@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
def test_who_is_left_out_is_counted_by_why(estimand):
    data = DATA.assign(age=DATA["age"].where(np.arange(120) % 17 > 0))
    call = MATCH | {"method": "full", "tie_orders": 1, "discard": [0.2, 0.8], "missing": "drop", "estimand": estimand}
    match = effekt.match_controls(data, **call)
    own = data["treatment"] == (estimand == "ATT")
    lacking, total = int((own & data["age"].isna()).sum()), int(own.sum())
    left = total - (match.counts.matched if estimand == "ATT" else match.counts.controls_used)
    (note,) = [note.text for note in match.notes if note.code == "unmatched"]
    name = "treated units" if estimand == "ATT" else "controls"
    assert note.en.startswith(
        f"{left} of {total} {name} are left out (with a missing value: {lacking}; discarded for their propensity: "
        f"{left - lacking}), so the estimand changed"
    )
    assert "bortvalda efter sin sannolikhet att behandlas: " in note.sv


ONCE = "Column 'u' must name each row once; 1 row repeated an earlier one, the first at row 8. Give one row per unit."


@pytest.mark.parametrize("empty", ["y", "x"])
@pytest.mark.parametrize("method", ["nearest", "full", "inverse_probability"])
def test_a_unit_in_two_rows_is_refused_though_one_of_them_is_dropped(method, empty):
    """A unit without a value in its first row is not the one that stands in its second."""
    once = {"u": list("ABCdefg"), "d": [1, 1, 1, 0, 0, 0, 0], "x": [1, 2, 3, 1, 2, 3, 9], "y": [5, 6, 8, 4, 5, 5, 7]}
    second = {"u": "A", "d": 1, "x": 1, "y": 50}
    twice = {name: [*column, second[name]] for name, column in once.items()}
    twice[empty] = [None, *twice[empty][1:]]
    roles = {"unit": "u", "treatment": "d", "covariates": "x", "method": method}
    match, roles = effekt.match_controls(once, **roles), roles | {"missing": "drop"}
    again = roles if empty == "x" else match  # the match is made of the same rows, or was made before
    with pytest.raises(DataError) as refusal:
        effekt.matched_comparison(twice, match=again, outcome="y", missing="drop")
    assert str(refusal.value) == ONCE
    with pytest.raises(DataError, match="must name each unit once"):
        second_route(twice, match=roles, outcome="y", missing="drop")

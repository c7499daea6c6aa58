"""Missing outcomes: against slow versions, R, limiting cases, and the exact sentences."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import diagnostics as oracle

from effekt.diagnostics import attrition_checks, differential_attrition, lee_bounds, manski_bounds, unit_ledger
from effekt.exceptions import ArgumentError

NAN = math.nan
GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "output.json").read_text("utf-8"))


@st.composite
def trials(draw):
    """(outcome, treatment) with at least two outcomes seen in each arm; ties are common."""
    n = draw(st.integers(6, 24))
    y = draw(st.lists(st.one_of(st.integers(-3, 6), st.none()), min_size=n, max_size=n))
    d = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    assume(all(sum(one is not None and own == arm for one, own in zip(y, d, strict=True)) >= 2 for arm in (0, 1)))
    return [NAN if one is None else one / 2 for one in y], d


# --- differential attrition ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", GOLDEN["fisher"], ids=lambda row: f"{row['missing_treated']}of{row['n_treated']}")
def test_fisher_is_that_of_r(row):
    counts = row["missing_treated"], row["missing_control"]
    sizes = row["n_treated"], row["n_control"]
    missing = [*([True] * counts[0]), *([False] * (sizes[0] - counts[0]))]
    missing += [*([True] * counts[1]), *([False] * (sizes[1] - counts[1]))]
    found = differential_attrition(missing, [1] * sizes[0] + [0] * sizes[1])
    assert found.values["p_value"] == pytest.approx(row["p_value"], rel=1e-10)


@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_fisher_is_that_of_exact_fractions(n_treated, n_control, data):
    first, second = data.draw(st.integers(0, n_treated)), data.draw(st.integers(0, n_control))
    missing = [i < first for i in range(n_treated)] + [i < second for i in range(n_control)]
    found = differential_attrition(missing, [1] * n_treated + [0] * n_control)
    assert found.values["p_value"] == pytest.approx(oracle.fisher(first, n_treated, second, n_control), rel=1e-10)
    assert found.values["difference"] == pytest.approx(first / n_treated - second / n_control, abs=1e-15)


def test_fisher_of_many_units():
    found = differential_attrition(np.arange(200_000) % 10 == 0, np.arange(200_000) % 2)
    assert found.values["p_value"] < 1e-300
    assert found.statement.en.endswith("(p below 0.001, limit 0.05).")


def test_sentences_of_attrition():
    rare = differential_attrition([True] * 6 + [False] * 14 + [False] * 20, [1] * 20 + [0] * 20)
    assert rare.status == "warning"
    assert rare.statement.en == (
        "The outcome is missing for 30.0% of the treated and 0.0% of the controls; so large a difference is rare when "
        "assignment does not change who is missing (p 0.020, limit 0.05)."
    )
    common = differential_attrition([True] * 2 + [False] * 18 + [True] + [False] * 19, [1] * 20 + [0] * 20)
    assert common.status == "ok"
    assert common.statement.sv == (
        "Utfallet saknas för 10,0\N{NO-BREAK SPACE}% av de behandlade och 5,0\N{NO-BREAK SPACE}% av kontrollerna; "
        "inget belägg för skilda bortfall (p 1,0, gräns 0,05), vilket inte visar att de som setts är lika."
    )


# --- Lee ----------------------------------------------------------------------------------------------------------


def none_vary(*bounds):
    return all(error is not None and error < 1e-12 for _, error in bounds)


@given(trials())
def test_lee_is_copies_of_units(trial):
    outcome, treatment = trial
    found = lee_bounds(outcome, treatment).values
    lower, upper = oracle.lee(outcome, treatment)
    for side, (effect, error) in (("lower", lower), ("upper", upper)):
        assert found[side] == pytest.approx(effect, rel=1e-10, abs=1e-12)
        if error is None or none_vary(lower, upper):
            assert found[f"std_error_{side}"] is None
        else:
            assert found[f"std_error_{side}"] == pytest.approx(error, rel=1e-9, abs=1e-12)
    if lower[1] and upper[1] and not none_vary(lower, upper):
        interval = oracle.imbens_manski(lower, upper, 0.95)
        assert (found["conf_low"], found["conf_high"]) == pytest.approx(interval, rel=1e-8, abs=1e-10)


@given(trials(), st.randoms())
def test_rows_in_any_order_give_the_same_bytes(trial, random):
    rows = list(zip(*trial, strict=True))
    shuffled = random.sample(rows, len(rows))
    for check in (lee_bounds, lambda *trial: manski_bounds(*trial, low=-2, high=4)):
        first = check([y for y, _ in rows], [d for _, d in rows])
        again = check([y for y, _ in shuffled], [d for _, d in shuffled])
        assert first.to_json() == again.to_json()


@given(trials())
def test_other_names_for_the_arms_turn_the_bounds(trial):
    outcome, treatment = trial
    found, turned = (lee_bounds(outcome, d).values for d in (treatment, [1 - d for d in treatment]))
    assert turned["lower"] == pytest.approx(-found["upper"], abs=1e-12)
    assert turned["std_error_lower"] == pytest.approx(found["std_error_upper"], rel=1e-12)
    assert turned["conf_high"] == pytest.approx(
        None if found["conf_low"] is None else -found["conf_low"], rel=1e-9, abs=1e-9
    )


@given(trials(), st.sampled_from([-3.0, 0.5, 8.0]))
def test_shift_and_scale(trial, amount):
    outcome, treatment = np.array(trial[0]), trial[1]
    found, moved, scaled = (
        lee_bounds(one, treatment).values for one in (outcome, outcome + amount, outcome * abs(amount))
    )
    for side in ("lower", "upper"):
        assert moved[side] == pytest.approx(found[side], abs=1e-12)
        assert scaled[side] == pytest.approx(found[side] * abs(amount), rel=1e-12, abs=1e-12)
        if found[f"std_error_{side}"] is not None:
            assert scaled[f"std_error_{side}"] == pytest.approx(found[f"std_error_{side}"] * abs(amount), rel=1e-10)


def test_an_outcome_that_is_complete_is_the_welch_comparison():
    found = lee_bounds([1, 2, 4, 0, 1, 1.5], [1, 1, 1, 0, 0, 0]).values
    error = math.sqrt(np.var([1, 2, 4], ddof=1) / 3 + np.var([0, 1, 1.5], ddof=1) / 3)
    assert found["lower"] == found["upper"] == pytest.approx(7 / 3 - 2.5 / 3, rel=1e-14)
    assert found["std_error_lower"] == pytest.approx(error, rel=1e-14)
    assert found["conf_high"] - found["upper"] == pytest.approx(1.959963984540054 * error, rel=1e-10)
    assert found["trimmed_arm"] == "none"


@pytest.mark.parametrize(("treated", "control"), [(5.0, 5.0), (0.3, 0.1), (0.0, 0.0), (1e6 + 0.1, 3.0)])
def test_without_variation_there_is_no_interval(treated, control):
    """Of every other method the interval is unavailable then; that an effect is 0 is not known for certain."""
    outcome = [treated] * 3 + [NAN] + [control] * 3 + [NAN]
    arms = [1] * 4 + [0] * 4
    wide = (min(treated, control), max(treated, control))
    found = [lee_bounds(outcome, arms), lee_bounds([*outcome[:3], *outcome[4:]], [*arms[:3], *arms[4:]])]
    seen = [*outcome[:3], *outcome[4:7]]
    found += [] if treated == control else [manski_bounds(seen, [1] * 3 + [0] * 3, low=wide[0], high=wide[1])]
    for check in found:
        values = check.values
        assert values["lower"] == values["upper"] == (0.0 if treated == control else pytest.approx(treated - control))
        assert {values[name] for name in ("std_error_lower", "std_error_upper", "conf_low", "conf_high")} == {None}
        assert check.table["std_error"] == (None, None)
        assert " (without an interval, as there is no within-arm variation) " in check.statement.en
        assert (
            " (utan konfidensintervall, eftersom det inte finns någon variation inom grupperna) " in check.statement.sv
        )
        assert check.status == ("warning" if treated == control else "ok")
    varying = lee_bounds([treated, treated + 1, NAN, control, control + 2], [1, 1, 1, 0, 0])
    assert varying.values["conf_low"] is not None
    assert "without an interval" not in varying.statement.en


def test_a_unit_at_the_edge_counts_by_what_is_left_of_it():
    """Three of three treated and two of four controls: a mass of 1.5 is kept of the treated, 1 and half of 2."""
    found = lee_bounds([1, 2, 9, 0, 0, NAN, NAN], [1, 1, 1, 0, 0, 0, 0]).values
    assert found["lower"] == pytest.approx((1 + 0.5 * 2) / 1.5, rel=1e-15)
    assert found["upper"] == pytest.approx((9 + 0.5 * 2) / 1.5, rel=1e-15)
    assert found["trimmed_share"] == 0.5


def test_relative_bounds_are_over_the_control_mean():
    found = lee_bounds([6, 8, 10, 4, 6, NAN], [1, 1, 1, 0, 0, 0])
    assert found.values["relative_lower"] == pytest.approx(7 / 5 - 1, rel=1e-14)
    trimmed_controls = lee_bounds([6, 8, NAN, 4, 6, 8], [1, 1, 1, 0, 0, 0])
    assert trimmed_controls.values["trimmed_arm"] == "control"
    assert trimmed_controls.values["relative_lower"] == pytest.approx(7 / 7 - 1, abs=1e-14)
    assert trimmed_controls.values["relative_upper"] == pytest.approx(7 / 5 - 1, rel=1e-14)
    assert lee_bounds([6, 8, 10, -6, 6, NAN], [1, 1, 1, 0, 0, 0]).values["relative_lower"] is None


def test_sentences_of_bounds():
    found = lee_bounds([1, 2, 3, 4, 2, 4, 3, NAN], [1, 1, 1, 1, 0, 0, 0, 0])
    assert found.status == "warning"
    assert found.statement.en == (
        "The effect among units whose outcome would be seen in either arm lies between −1.000 and 0 (95% interval "
        "−2.527 to 1.527) if nobody's outcome is missing because of being treated; 0 lies within the bounds, so the "
        "data leave its side open."
    )
    trial = [1, 1, 1, NAN, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    near, far = (manski_bounds(*trial, low=0, high=1, threshold=line) for line in (0.5, -0.5))
    assert (near.status, far.status) == ("warning", "ok")
    assert near.statement.sv.endswith(
        "vilka som än saknas, inom utfallets spann; 0,5 ligger utanför gränserna men inom intervallet."
    )
    assert far.statement.sv.endswith("; −0,5 ligger utanför intervallet.")
    thin = lee_bounds([1, 2, 3, 4, 2, 4, NAN, NAN, NAN, NAN, NAN, NAN], [1] * 4 + [0] * 8, threshold=9)
    assert (thin.values["conf_low"], thin.status) == (None, "ok")
    assert thin.statement.en.endswith(
        "if nobody's outcome is missing because of being treated; 9 lies outside the bounds."
    )


@given(trials())
def test_worst_cases_are_outcomes_written_in(trial):
    found = manski_bounds(*trial, low=-2, high=4).values
    lower, upper = oracle.manski(*trial, -2, 4)
    assert (found["lower"], found["upper"]) == pytest.approx((lower[0], upper[0]), abs=1e-12)
    errors = (None, None) if none_vary(lower, upper) else (lower[1], upper[1])
    assert (found["std_error_lower"], found["std_error_upper"]) == pytest.approx(errors, rel=1e-10, abs=1e-12)


@given(trials())
def test_the_worst_case_is_as_wide_as_the_range_times_what_is_missing(trial):
    outcome, treatment = trial
    found = manski_bounds(outcome, treatment, low=-2, high=4).values
    gone = [np.mean([math.isnan(y) for y, d in zip(outcome, treatment, strict=True) if d == arm]) for arm in (0, 1)]
    assert found["upper"] - found["lower"] == pytest.approx(6 * sum(gone), abs=1e-12)


def test_lee_covers_the_effect_it_is_about():
    """Treatment keeps those with low outcomes from going missing: the interval covers, a plain comparison does not."""
    rng, truth, covered, naive = np.random.default_rng(20), 0.5, 0, 0
    for _ in range(300):
        d = rng.permutation(np.repeat([0, 1], 300))
        base = rng.standard_normal(600)
        always = base > -0.5
        y = np.where(always | (d == 1), base + truth * d, NAN)
        found = lee_bounds(y, d).values
        covered += found["conf_low"] <= truth <= found["conf_high"]
        arms = [y[(d == arm) & ~np.isnan(y)] for arm in (1, 0)]
        error = math.sqrt(sum(np.var(arm, ddof=1) / len(arm) for arm in arms))
        naive += abs(arms[0].mean() - arms[1].mean() - truth) <= 1.96 * error
    assert covered >= 275  # 95 % of 300, less four Monte-Carlo standard errors
    assert naive < 60


# --- together, and what is refused --------------------------------------------------------------------------------


def test_what_is_attached_to_a_trial():
    assert attrition_checks([1, 2, 3, 4], [1, 1, 0, 0]) == ()
    y, d = [1, 0, NAN, 1, 0, 1], [1, 1, 1, 0, 0, 0]
    assert [one.name for one in attrition_checks(y, d)] == ["differential_attrition", "lee_bounds"]
    both = attrition_checks(y, d, low=0, high=1, threshold=0.1, level=0.9)
    assert [one.name for one in both] == ["differential_attrition", "lee_bounds", "manski_bounds"]
    assert both[1] == lee_bounds(y, d, threshold=0.1, level=0.9)
    assert both[2] == manski_bounds(y, d, low=0, high=1, threshold=0.1, level=0.9)
    assert [one.name for one in attrition_checks([1, NAN, NAN, 2, 3], [1, 1, 1, 0, 0])] == ["differential_attrition"]


def test_groups_that_were_assigned_have_bounds_but_no_intervals():
    y, d = [1, 0, NAN, 1, 0, 1], [1, 1, 1, 0, 0, 0]
    alone, grouped = (attrition_checks(y, d, low=0, high=1, clustered=clustered) for clustered in (False, True))
    assert grouped[0].status == "information"
    assert grouped[0].values["p_value"] is None
    assert grouped[0].statement.en == (
        "The outcome is missing for 33.3% of the treated and 0.0% of the controls; whole groups were assigned, so the "
        "exact test for single units does not apply."
    )
    for one, other in zip(alone[1:], grouped[1:], strict=True):
        assert (one.values["lower"], one.values["upper"]) == (other.values["lower"], other.values["upper"])
        assert other.table["std_error"] == (None, None)
        assert (other.values["conf_low"], other.values["conf_high"]) == (None, None)
        assert "interval" not in other.statement.en


def test_p_at_the_limit_is_a_finding():
    """Two of the twenty ways to choose three of six: p is one in ten."""
    found = differential_attrition([True] * 3 + [False] * 3, [1] * 3 + [0] * 3, level=0.9)
    assert found.values["p_value"] == pytest.approx(0.1, rel=1e-14)
    assert found.status == "warning"


REFUSED = [
    (lambda: lee_bounds([1, 2, 3], [1, 0]), "`treatment` must have one value for each of the 3 rows; it has 2."),
    (lambda: lee_bounds([], []), "`outcome` must have one dimension and at least one row; its shape is (0,)."),
    (
        lambda: lee_bounds([5, "5,5"], [1, 0]),
        "`outcome` must hold numbers, one for each row; the first row that does not is row 2. It looks like a number "
        "with a decimal comma or with spaces between thousands; read the file with decimal=',' and without spaces.",
    ),
    (
        lambda: lee_bounds(["5", "6"], [1, 0]),
        "`outcome` must hold numbers, one for each row; the first row that does not is row 1. It looks like numbers "
        "written as text; convert the column to numbers.",
    ),
    (
        lambda: lee_bounds([1, math.inf, 3], [1, 0, 1]),
        "`outcome` must hold finite numbers, or NaN where the value is missing; the first row that does not is row 2. "
        "Correct it.",
    ),
    (
        lambda: lee_bounds([1, 2, 3], [1, 0, 2]),
        "`treatment` must be 0 (control) or 1 (treated); the first row that is not is row 3. Code the two so, and "
        "leave other rows out.",
    ),
    (lambda: lee_bounds([1, 2], [1, 1]), "`treatment` must have rows in both arms; all are treated."),
    (lambda: lee_bounds([1, 2], [0, 0]), "`treatment` must have rows in both arms; all are controls."),
    (
        lambda: lee_bounds([1, 2, 3, NAN], [1, 1, 0, 0]),
        "`outcome` must be seen for at least two units of each arm; controls have 1.",
    ),
    (
        lambda: lee_bounds([1, 2, 3, 4], [1, 1, 0, 0], level=1),
        "`level` must be a number between 0 and 1, such as 0.95; got 1.",
    ),
    (
        lambda: lee_bounds([1, 2, 3, 4], [1, 1, 0, 0], threshold=NAN),
        "`threshold` must be a finite number; got nan.",
    ),
    (
        lambda: manski_bounds([1, 2, 3, 4], [1, 1, 0, 0], low=2, high=2),
        "`low` must be below `high`; got 2 and 2.",
    ),
    (
        lambda: manski_bounds([1, 2, 3, 4], [1, 1, 0, 0], low=0, high=3),
        "`outcome` must lie from `low` to `high`, 0 to 3; the first row that does not is row 4. Declare the range of "
        "the measure, not of these data.",
    ),
    (
        lambda: attrition_checks([1, NAN], [1, 0], low=0),
        "`low` and `high` must be given together: the range of the outcome, or neither.",
    ),
    (
        lambda: differential_attrition([0, 0.5], [1, 0]),
        "`missing` must be true or false; the first row that is not is row 2. Say of each row whether its outcome is "
        "missing.",
    ),
    (
        lambda: differential_attrition([True, "ja"], [1, 0]),
        "`missing` must hold numbers, one for each row; the first row that does not is row 2. Code words as numbers "
        "(1 for yes, 0 for no), without units; leave only cells without a value empty.",
    ),
    (
        lambda: differential_attrition([True, False, NAN], [1, 0, 0]),
        "`missing` must hold finite numbers; the first row that does not is row 3. Correct or leave it out.",
    ),
    (
        lambda: unit_ledger({"referred": 5}),
        "`counts` must map at least two steps to how many units were left at each; got {'referred': 5}. Give the first "
        "step and the last that was reached.",
    ),
    (
        lambda: unit_ledger({"referred": 5, "eligable": 5}),
        "`counts` must be 'referred', 'eligible', 'consented', 'assigned', 'followed' or 'analysed'; got 'eligable'. "
        "Did you mean 'eligible'?",
    ),
    (
        lambda: unit_ledger({"eligible": 5, "referred": 5}),
        "`counts` must give the steps in the order referred, eligible, consented, assigned, followed and analysed; got "
        "['eligible', 'referred'].",
    ),
    (
        lambda: unit_ledger({"referred": 5, "assigned": 5}),
        "`counts['assigned']` must be by arm, such as {'treated': 40, 'control': 38}.",
    ),
    (
        lambda: unit_ledger({"referred": {"a": 1}, "eligible": 5}),
        "`counts['referred']` must be one number, since arms exist from 'assigned' on; got {'a': 1}.",
    ),
    (
        lambda: unit_ledger({"assigned": {"a": 1, "b": 2}, "analysed": {"a": 1}}),
        "`counts['analysed']` must give a number for each arm, a and b; got {'a': 1}.",
    ),
    (
        lambda: unit_ledger({"referred": -1, "eligible": 5}),
        "`counts['referred']` must be a whole number from 0; got -1.",
    ),
    (
        lambda: unit_ledger({"referred": 10, "eligible": 8}, losses={"eligible": {"age": 1}}),
        "The ledger must close at 'eligible': 10 at the step before less 1 lost leaves 9, but `counts` says 8, 1 too "
        "few; correct the counts or the reasons in `losses`.",
    ),
    (
        lambda: unit_ledger(
            {"assigned": {"a": 9, "b": 9}, "analysed": {"a": 8, "b": 9}},
            losses={"analysed": {"moved": {"a": 2, "b": 0}}},
        ),
        "The ledger must close at 'analysed' in arm 'a': 9 at the step before less 2 lost leaves 7, but `counts` says "
        "8, 1 too many; correct the counts or the reasons in `losses`.",
    ),
    (
        lambda: unit_ledger({"referred": 10, "assigned": {"a": 5, "b": 6}}),
        "The ledger must close at 'assigned': 10 at the step before less 0 lost leaves 10, but `counts` says 11, 1 too "
        "many; correct the counts or the reasons in `losses`.",
    ),
    (
        lambda: unit_ledger({"referred": 10, "eligible": 8}, losses={"referred": {"age": 2}}),
        "`losses` must be 'eligible'; got 'referred'.",
    ),
    (
        lambda: unit_ledger({"referred": 10, "eligible": 8}, losses={"eligible": 2}),
        "`losses['eligible']` must map a reason, in text, to how many units were lost.",
    ),
    (
        lambda: differential_attrition([True, False] * 2, [1, 0, 1, 0], block=["a", None, "b", None]),
        "`block` must name the block of every row; the first row without one is row 2. Leave such rows out, or leave "
        "`block` out where units were not assigned within blocks.",
    ),
    (
        lambda: differential_attrition([True, False] * 2, [1, 0, 1, 0], block=[1.0, 1.0, NAN, 2.0]),
        "`block` must name the block of every row; the first row without one is row 3. Leave such rows out, or leave "
        "`block` out where units were not assigned within blocks.",
    ),
    (
        lambda: differential_attrition([True, False] * 2, [1, 0, 1, 0], block=np.array(["a", "a", 1, 1], object)),
        "`block` must hold labels of one kind, all text or all numbers; the first row of another kind than row 1 is "
        "row 3. Write all as text.",
    ),
    (
        lambda: differential_attrition([True, False] * 2, [1, 0, 1, 0], block=["a", "a", NAN, "b"]),
        "`block` must name the block of every row; the first row without one is row 3. Leave such rows out, or leave "
        "`block` out where units were not assigned within blocks.",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), REFUSED, ids=[str(place) for place in range(len(REFUSED))])
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence


# --- a bound at the threshold ---------------------------------------------------------------------------------------


# Exactly, 5.2 is the mean of all eight treated and of the eight highest controls: the lower bound is 0.
AT_ZERO = [NAN, NAN, 4.6, 2.6, 6.8, 6.1, 4.7, 5.8, 5.3, 4.4, 6.0, 4.7, NAN, 4.2, 5.5, 4.9, 5.5, 4.4, 5.1, 4.1]


@pytest.mark.parametrize("weights", [None, [1.0] * 20])
@pytest.mark.parametrize("turned", [False, True])
def test_a_bound_at_zero_is_zero_and_holds_it(weights, turned):
    treated = [int(i < 10) if not turned else int(i >= 10) for i in range(20)]
    found = lee_bounds(AT_ZERO, treated, weights=weights)
    assert found.values["upper" if turned else "lower"] == 0
    assert found.status == "warning"
    assert "0.00000" not in str(found.statement)
    assert "0 lies within the bounds" in str(found.statement)


@pytest.mark.parametrize("tenths", range(1, 40))
def test_a_threshold_at_a_bound_is_within_whatever_the_last_place(tenths):
    """Shares of tenths: the exact bounds are tenths too, and which side their floats fall on decides nothing."""
    outcome = [tenths / 10, (tenths + 3) / 10, (tenths + 6) / 10, 0.1, 0.2, 0.3, NAN]
    found = manski_bounds(outcome, [1, 1, 1, 0, 0, 0, 1], low=0.0, high=10.0, clustered=True)
    exact = Fraction(3 * tenths + 9, 40) - Fraction(2, 10)
    again = manski_bounds(
        outcome, [1, 1, 1, 0, 0, 0, 1], low=0.0, high=10.0, threshold=str(float(exact)), clustered=True
    )
    assert math.isclose(found.values["lower"], exact, rel_tol=1e-12, abs_tol=1e-300)
    assert again.status == "warning"


# --- ledger -------------------------------------------------------------------------------------------------------


def test_a_ledger_lists_every_unit_once():
    found = unit_ledger(
        {
            "referred": 60,
            "eligible": 50,
            "consented": 44,
            "assigned": {"treated": 22, "control": 22},
            "followed": {"treated": 20, "control": 22},
            "analysed": {"treated": 20, "control": 21},
        },
        losses={
            "eligible": {"too old": 7, "moved": 3},
            "consented": {"declined": 6},
            "followed": {"moved": {"treated": 2}},
            "analysed": {"no register": {"treated": 0, "control": 1}},
        },
    )
    table = found.tidy()
    assert table["units"][table["kind"] == "lost"].sum() == 60 - 41 == found.values["n_lost"]
    assert list(table["units"][(table["step"] == "analysed") & (table["kind"] == "left")]) == [20, 21]
    assert found.values["analysed"] == 41
    assert found.statement.sv == (
        "60 anvisade, 50 behöriga, 44 samtyckande, 44 tilldelade en grupp (behandlade 22, kontroller 22), 42 uppföljda "
        "(behandlade 20, kontroller 22), 41 analyserade (behandlade 20, kontroller 21); varje bortfall har en "
        "orsakskod."
    )


@given(st.integers(0, 40), st.integers(0, 40), st.data())
def test_a_ledger_closes_exactly_when_its_losses_add_up(treated, control, data):
    lost = data.draw(st.integers(0, treated)), data.draw(st.integers(0, control))
    said = data.draw(st.integers(0, treated))
    counts = {
        "assigned": {"treated": treated, "control": control},
        "analysed": {"treated": said, "control": control - lost[1]},
    }
    losses = {"analysed": {"gone": {"treated": lost[0], "control": lost[1]}}}
    if said == treated - lost[0]:
        assert unit_ledger(counts, losses=losses).values["n_lost"] == sum(lost)
    else:
        with pytest.raises(ArgumentError, match=rf"in arm 'treated': .* {abs(said - treated + lost[0])} too "):
            unit_ledger(counts, losses=losses)


def test_worst_cases_end_at_the_largest_difference_that_the_range_has() -> None:
    """Four of each arm, all treated 1, all seen controls 0: no effect can be above 1, whatever the standard error."""
    nan = float("nan")
    found = manski_bounds([1, 1, 1, nan, 0, 0, nan, 0], [1, 1, 1, 1, 0, 0, 0, 0], low=0, high=1)
    assert (found.values["upper"], found.values["conf_high"]) == (1.0, 1.0)
    turned = manski_bounds([1, 1, nan, 1, 0, 0, 0, nan], [0, 0, 0, 0, 1, 1, 1, 1], low=0, high=1)
    assert turned.values["conf_low"] == -1.0
    assert turned.values["conf_high"] == -found.values["conf_low"]
    part = manski_bounds([1, 1, 0, nan, 0, 0, 1, nan], [1, 1, 1, 1, 0, 0, 0, 0], low=0, high=1)
    assert part.values["upper"] == 0.5
    assert part.values["conf_high"] == 1.0
    assert "to 1.000)" in part.statement.en

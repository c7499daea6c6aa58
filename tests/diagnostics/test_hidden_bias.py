"""E-values, Oster's δ and robustness values: published examples, exact constructions and the exact sentences."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import diagnostics as oracle

from effekt.diagnostics import e_value, oster_delta, robustness_value
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "sensemakr.json").read_text("utf-8"))

# --- E-value ------------------------------------------------------------------------------------------------------


def test_the_published_e_value():
    """VanderWeele & Ding (2017): RR 3.9 (95 % CI 1.8 to 8.7) has E-value 7.26, and 3.0 for the limit."""
    found = e_value(3.9, conf_low=1.8, conf_high=8.7)
    assert f"{found.values['e_value']:.2f}" == "7.26"
    assert f"{found.values['e_value_interval']:.1f}" == "3.0"


positive = st.floats(0.05, 20)


@given(positive, positive)
def test_a_confounder_of_that_strength_just_moves_the_ratio(ratio, threshold):
    """The bounding factor E·E/(2E − 1) (Ding & VanderWeele 2016) of the E-value is the ratio to the threshold."""
    found = e_value(ratio, threshold=threshold).values["e_value"]
    assert found**2 / (2 * found - 1) == pytest.approx(max(ratio / threshold, threshold / ratio), rel=1e-9)
    assert e_value(1 / ratio, threshold=1 / threshold).values["e_value"] == pytest.approx(found, rel=1e-9)


def test_an_interval_that_holds_the_threshold_needs_nothing():
    assert e_value(1.2, conf_low=0.9, conf_high=1.6).values["e_value_interval"] == 1
    assert e_value(0.5, conf_low=0.4, conf_high=0.6, threshold=0.6).values["e_value_interval"] == 1
    assert e_value(0.5, conf_low=0.4, conf_high=0.6).values["e_value_interval"] == e_value(0.6).values["e_value"]


@pytest.mark.parametrize(
    ("scale", "value", "ratio"),
    [
        ("odds_ratio_rare", 2.25, 2.25),
        ("odds_ratio_common", 2.25, 1.5),
        ("hazard_ratio_rare", 2.25, 2.25),
        ("hazard_ratio_common", 2.25, (1 - 0.5**1.5) / (1 - 0.5 ** (1 / 1.5))),
        ("standardised_difference", 0.5, math.exp(0.455)),
        ("standardised_difference", 0.0, 1.0),
    ],
)
def test_scales(scale, value, ratio):
    assert e_value(value, scale=scale).values["risk_ratio"] == pytest.approx(ratio, rel=1e-14)


def test_sentences_of_e_values():
    assert e_value(3.9, conf_low=1.8, conf_high=8.7).statement.en == (
        "A confounder could move the estimate to 1 only with risk ratios of at least 7.26 with both treatment and "
        "outcome, beyond the measured covariates; for the nearest confidence limit 3.00 is enough."
    )
    assert e_value(0.5, scale="standardised_difference").statement.sv == (
        "En störfaktor kan flytta skattningen till 0 bara med riskkvoter på minst 2,53 mot både behandling och utfall, "
        "utöver de uppmätta kovariaterna."
    )


# --- Oster --------------------------------------------------------------------------------------------------------

SAMPLES = st.tuples(
    st.floats(-2, 2),
    st.floats(0.3, 2),
    st.floats(0.2, 2),
    st.tuples(st.floats(0.2, 1.5), st.floats(-1.5, 1.5).filter(lambda one: abs(one) > 0.1)),
    st.floats(0, 1.5),
    st.floats(-0.2, 1),
)


@given(SAMPLES)
def test_delta_is_that_of_the_world_the_data_come_from(drawn):
    """The unobserved is built with a known δ; the moments hold exactly in the sample, and so does the formula."""
    effect, *rest = drawn
    y, x, w, r2_max, delta = oracle.oster_sample(effect, *rest)
    found = oster_delta(y, x, covariates=w, r2_max=min(r2_max, 1.0), threshold=effect, delta=delta)
    assert found.values["delta"] == pytest.approx(delta, rel=1e-6, abs=1e-8)
    assert min(abs(one - effect) for one in found.table["solution"]) < 1e-4
    assert found.status == ("warning" if 0 <= found.values["delta"] < 1 else "ok")


def test_the_adjusted_effect_is_the_true_one_where_selection_is_alike():
    y, x, w, r2_max, delta = oracle.oster_sample(0.7, 1.0, 1.0, (0.5, 0.5), 0.4)
    assert delta == pytest.approx(1, rel=1e-12)
    found = oster_delta(y, x, covariates=w, r2_max=r2_max)
    assert found.values["adjusted_estimate"] == pytest.approx(0.7, rel=1e-9)
    assert found.values["short_estimate"] > found.values["estimate"] > 0.7


@pytest.mark.parametrize("columns", [1, 3])
def test_two_ways_around(columns):
    """The effect at δ is where δ of that effect is δ; with a single covariate too, where one root is none."""
    y, x, w, r2_max, _ = oracle.oster_sample(0.7, 1.0, 0.6, (0.8, 0.5), 0.4, tilt=0.3 * (columns == 3))
    w = w if columns == 3 else w @ [[1.0], [0.5], [-0.7]]
    for delta in (0.5, 1.0, 1.6):
        found = oster_delta(y, x, covariates=w, r2_max=r2_max, delta=delta)
        assert found.table["solution"]
        for solution in found.table["solution"]:
            back = oster_delta(y, x, covariates=w, r2_max=r2_max, threshold=solution).values["delta"]
            assert back == pytest.approx(delta, rel=1e-7)


def test_the_regressions_are_least_squares():
    rng = np.random.default_rng(2)
    w, x = rng.standard_normal((60, 3)), rng.integers(0, 2, 60)
    y = x + w @ [1, 0.5, 0] + rng.standard_normal(60)
    found = oster_delta(y, x, covariates=w, r2_max=1).values
    design = np.column_stack([np.ones(60), x, w])
    slopes = np.linalg.solve(design.T @ design, design.T @ y)
    assert found["estimate"] == pytest.approx(slopes[1], rel=1e-10)
    assert found["r2"] == pytest.approx(1 - np.var(y - design @ slopes) / np.var(y), rel=1e-10)
    assert found["short_estimate"] == pytest.approx(y[x == 1].mean() - y[x == 0].mean(), rel=1e-10)
    assert found["short_r2"] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-10)


@given(st.floats(0.5, 40), st.floats(-30, 30), st.randoms())
def test_units_of_measurement_and_order_do_not_matter(scale, shift, random):
    rng = np.random.default_rng(3)
    w, x = rng.standard_normal((30, 2)), rng.integers(0, 2, 30)
    y = x + w @ [1, 0.5] + rng.standard_normal(30)
    rows = random.sample(range(30), 30)
    found = oster_delta(y, x, covariates=w, r2_max=0.9)
    assert oster_delta(y[rows], x[rows], covariates=w[rows], r2_max=0.9).to_json() == found.to_json()
    other = oster_delta(scale * y + shift, x, covariates=w * scale + shift, r2_max=0.9)
    assert other.values["delta"] == pytest.approx(found.values["delta"], rel=1e-7)
    assert other.values["estimate"] == pytest.approx(found.values["estimate"] * scale, rel=1e-9)


def test_a_negative_delta_says_what_it_means():
    y, x, w, r2_max, _ = oracle.oster_sample(0.7, 1.0, 1.0, (0.5, 0.5), 0.4)
    full = oster_delta(y, x, covariates=w, r2_max=r2_max).values
    assert full["short_estimate"] > full["estimate"] > 0  # the observed moved it down, so more of them would further
    beyond = oster_delta(y, x, covariates=w, r2_max=r2_max, threshold=full["estimate"] + 0.1)
    assert beyond.values["delta"] < -0.01
    assert (
        "times as much for treatment as the observed covariates (a negative number: it would have to go with treatment "
        "in the opposite direction to them), with a largest R² of" in beyond.statement.en
    )
    assert (
        "gånger så mycket för behandlingen som de observerade kovariaterna (ett negativt tal: det skulle behöva gå "
        "ihop med behandlingen åt motsatt håll mot dem), vid ett största R² på" in beyond.statement.sv
    )
    assert "negative" not in oster_delta(y, x, covariates=w, r2_max=r2_max).statement.en


def test_sentences_of_delta():
    y, x, w, _, _ = oracle.oster_sample(1.0, 1.0, 0.5, (0.5, 0.5), 0.0)
    found = oster_delta(y, x, covariates=w, r2_max=1)
    assert found.statement.en == (
        f"The effect would be 0 if the unobserved mattered {found.values['delta']:.2f} times as much for treatment as "
        "the observed covariates, with a largest R² of 1; if it mattered 1 times as much, the effect would be 1.000."
    )
    assert found.statement.sv.startswith("Effekten vore 0 om det oobserverade betydde ")


# --- robustness value ---------------------------------------------------------------------------------------------


def test_the_published_example():
    """Cinelli & Hazlett (2020), table 1: Darfur, 0.097 (0.023), 783 degrees of freedom."""
    found = robustness_value(0.0973, 0.0233, 783).values
    shown = [f"{found[key]:.1%}" for key in ("partial_r2", "robustness_value", "robustness_value_interval")]
    assert shown == ["2.2%", "13.9%", "7.6%"]


def test_goldens_of_sensemakr():
    values = GOLDEN["estimate"], GOLDEN["std_error"], GOLDEN["df"]
    female = GOLDEN["female"]
    found = robustness_value(*values, benchmarks={"female": (female["r2_treatment"], female["r2_outcome"])})
    for key in ("partial_r2", "robustness_value", "robustness_value_interval"):
        assert found.values[key] == pytest.approx(GOLDEN[key], rel=1e-8)
    halved = robustness_value(*values, threshold=GOLDEN["halved"]["threshold"]).values
    for key in ("robustness_value", "robustness_value_interval"):
        assert halved[key] == pytest.approx(GOLDEN["halved"][key], rel=1e-8)
    for place, bound in enumerate(female["bounds"]):
        assert found.table["times"][place] == bound["times"]
        for key in ("r2_treatment", "r2_outcome", "estimate", "std_error"):
            assert found.table[key][place] == pytest.approx(bound[key], rel=1e-8)
    assert [f"{one:.4f}" for one in found.table["estimate"]] == ["0.0752", "0.0529", "0.0304"]  # the paper's table


@given(st.floats(0.2, 30), st.floats(3, 400), st.sampled_from([0.05, 0.2, 0.5]), st.floats(-1, 1))
def test_the_worst_confounder_of_that_strength_just_reaches_the_threshold(t, df, alpha, threshold):
    """A grid over both partial R² up to RV: it takes what is left to zero, and one below RV does not."""
    estimate = threshold + t
    found = robustness_value(estimate, 1.0, df, threshold=threshold, level=1 - alpha).values
    for key, level in (("robustness_value", 1.0), ("robustness_value_interval", alpha)):
        value = found[key]
        if value == 0:
            assert oracle.least_harm(estimate, 1.0, df, threshold, level, 0.0, 1) <= 1e-9 * t
            continue
        assume(value < 0.999)
        assert abs(oracle.least_harm(estimate, 1.0, df, threshold, level, value)) < 2e-3 * t
        assert oracle.least_harm(estimate, 1.0, df, threshold, level, value * 0.9) > 0


def test_few_degrees_of_freedom_are_worst_with_less_of_the_outcome():
    """Where the confounder's use of a degree of freedom matters more than its bias."""
    found = robustness_value(30.0, 1.0, 2.0).values["robustness_value_interval"]
    assert abs(oracle.least_harm(30.0, 1.0, 2.0, 0.0, 0.05, found, 3000)) < 0.05
    assert oracle.least_harm(30.0, 1.0, 2.0, 0.0, 0.05, found * 0.99, 3000) > 0.05


def test_harm_is_as_robust_as_benefit_and_an_interval_over_the_threshold_has_none():
    first, turned = robustness_value(0.4, 0.1, 50), robustness_value(-0.4, 0.1, 50, benchmarks={"age": (0.1, 0.1)})
    assert first.values["robustness_value"] == turned.values["robustness_value"]
    assert turned.table["estimate"][0] > -0.4
    weak = robustness_value(0.1, 0.1, 50)
    assert weak.status == "warning"
    assert weak.values["robustness_value_interval"] == 0


def test_a_benchmark_too_strong_to_be_repeated_is_left_empty():
    found = robustness_value(0.4, 0.1, 50, benchmarks={"age": (0.45, 0.05)}, strengths=[1, 3])
    assert found.table["r2_treatment"][0] == pytest.approx(0.45 / 0.55, rel=1e-14)
    assert [found.table[key][1] for key in ("r2_treatment", "r2_outcome", "estimate", "conf_low")] == [None] * 4


def test_sentences_of_robustness():
    found = robustness_value(0.0973, 0.0233, 783, threshold=0.02)
    assert found.statement.en == (
        "A confounder that explains less than 11.2% of what is left of both treatment and outcome cannot move the "
        "estimate to 0.02, and one below 4.7% cannot make the 95% interval reach it."
    )
    assert found.statement.sv == (
        "En störfaktor som förklarar mindre än 11,2\N{NO-BREAK SPACE}% av det som återstår av både behandling och "
        "utfall kan inte flytta skattningen till 0,02, och en under 4,7\N{NO-BREAK SPACE}% kan inte få "
        "95\N{NO-BREAK SPACE}%-intervallet att nå dit."
    )


# --- what is refused ----------------------------------------------------------------------------------------------

COLUMN = np.array([[1.0], [2.0], [4.0], [3.0]])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: e_value(0), "`estimate` must be above zero; got 0."),
        (
            lambda: e_value(2, conf_low=1),
            "`conf_low` and `conf_high` must be given together, or neither.",
        ),
        (
            lambda: e_value(2, conf_low=2.5, conf_high=3),
            "`estimate` must lie from `conf_low` to `conf_high`; got 2, 2.5, 3.",
        ),
        (
            lambda: e_value(2, scale="risk_ration"),
            "`scale` must be 'risk_ratio', 'odds_ratio_rare', 'odds_ratio_common', 'hazard_ratio_rare', "
            "'hazard_ratio_common' or 'standardised_difference'; got 'risk_ration'. Did you mean 'risk_ratio'?",
        ),
        (
            lambda: oster_delta([1, 2, 3, 5], [0, 1, 0, 1], covariates=COLUMN[:2], r2_max=1),
            "`covariates` must have 4 rows and at least one column; its shape is (2, 1).",
        ),
        (
            lambda: oster_delta([1, 2, 3, 5], [0, 1, 0, 1], covariates=COLUMN * math.nan, r2_max=1),
            "`covariates` must hold finite numbers; the first row that does not is row 1. Correct or leave it out.",
        ),
        (
            lambda: oster_delta([1, 1, 1, 1], [0, 1, 0, 1], covariates=COLUMN, r2_max=1),
            "`outcome` must vary; all rows have the same value.",
        ),
        (
            lambda: oster_delta([1, 2, 3, 5], [1, 2, 4, 3], covariates=COLUMN, r2_max=1),
            "`treatment` and `covariates` must vary and be linearly independent; leave out constants and repeats.",
        ),
        (
            lambda: oster_delta([1, 2, 3, 5], [0, 1, 0, 1], covariates=COLUMN, r2_max=1.2),
            "`r2_max` must be a number above 0, at most 1; got 1.2.",
        ),
        (
            lambda: oster_delta([1, 2, 3, 5], [0, 1, 0, 1], covariates=COLUMN, r2_max=0.5),
            "`r2_max` must be above the R² with the covariates, 0.72, since the unobserved explain more; got 0.5.",
        ),
        (
            lambda: robustness_value(1, 0, 10),
            "`std_error` must be above zero; got 0.",
        ),
        (
            lambda: robustness_value(1, 1, 1),
            "`df` must be above 1, since a confounder takes one degree of freedom; got 1.",
        ),
        (
            lambda: robustness_value(1, 1, 9, benchmarks={"age": (0.2, 1.0)}),
            "`benchmarks['age']` must be a number from 0, below 1; got 1.0.",
        ),
        (
            lambda: robustness_value(1, 1, 9, benchmarks=[(0.2, 0.1)]),
            "`benchmarks` must map a covariate to its two partial R², as {'age': (0.1, 0.2)}; got [(0.2, 0.1)].",
        ),
        (
            lambda: robustness_value(1, 1, 9, benchmarks={"age": (0.2, 0.1)}, strengths=2),
            "`strengths` must be a list of numbers, as [0.5, 1]; got 2.",
        ),
        (
            lambda: e_value(900, scale="standardised_difference"),
            "`estimate` must be a difference over the outcome's standard deviation, from -50 to 50; got 900. Divide it "
            "by that standard deviation.",
        ),
        (
            lambda: e_value(1e-40, scale="hazard_ratio_common"),
            "`estimate` must be a ratio from 1e-20 to 1e+20; got 1e-40. Give treated over control.",
        ),
        (lambda: robustness_value(1, 1, 9, strengths=[0]), "`strengths` must be above zero; got 0.0."),
        (
            lambda: robustness_value(1, 1, 9, benchmarks={"age": 0.2}),
            "`benchmarks['age']` must be two partial R², with treatment and with the outcome; got 0.2.",
        ),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence


# --- when nothing hidden is needed ------------------------------------------------------------------------------------


def test_an_interval_that_holds_the_threshold_needs_no_confounder() -> None:
    ratio = e_value(0.80, conf_low=0.70, conf_high=0.92, threshold=0.88)
    share = robustness_value(1.0, 0.8, 50)
    assert (ratio.status, share.status) == ("warning", "warning")
    assert (ratio.values["e_value_interval"], share.values["robustness_value_interval"]) == (1.0, 0.0)
    assert ratio.statement.en.endswith(
        "; the confidence interval already holds it, so for the interval no confounding is needed."
    )
    assert ratio.statement.sv.endswith(
        "; konfidensintervallet når redan dit, så för intervallet krävs ingen störfaktor."
    )
    assert share.statement.en.endswith(
        "; the 95% interval already holds it, so for the interval no confounding is needed."
    )
    assert share.statement.sv.endswith(
        "; 95\N{NO-BREAK SPACE}%-intervallet når redan dit, så för intervallet krävs ingen störfaktor."
    )


def test_an_estimate_at_the_threshold_needs_no_confounder() -> None:
    ratio = e_value(0.9, conf_low=0.8, conf_high=1.1, threshold="0.9")
    share = robustness_value(2.5, 0.3, 50, threshold="2.5")
    assert ratio.statement.en == "The estimate is 0.9 as it is, so no confounding is needed for that."
    assert ratio.statement.sv == "Skattningen är redan 0,9, så för det krävs ingen störfaktor."
    assert share.statement.en == "The estimate is 2.5 as it is, so no confounding is needed for that."
    assert share.statement.sv == "Skattningen är redan 2,5, så för det krävs ingen störfaktor."
    assert (ratio.status, share.status) == ("warning", "warning")


def test_a_little_confounding_is_not_told_as_none() -> None:
    ratio = e_value(1.5, conf_low=1.000001, conf_high=2.0)
    assert ratio.status == "information"
    assert ratio.statement.en.endswith("for the nearest confidence limit 1.001 is enough.")
    edge = 0.8 * 2.0095752371292397 * math.sqrt(50 / 49)  # t quantile with 49 degrees of freedom
    share = robustness_value(edge * 1.0001, 0.8, 50)
    assert share.status == "information"
    assert 0 < share.values["robustness_value_interval"] < 0.0005
    taken = robustness_value(edge * 0.995, 0.8, 50)  # beyond the quantile with 50, not with the 49 a confounder leaves
    assert edge * 0.995 / 0.8 > 2.008559112100761
    assert (taken.status, taken.values["robustness_value_interval"]) == ("information", 0.0)
    assert taken.statement.en.endswith(
        " cannot move the estimate to 0, but even the weakest can make the 95% interval reach it."
    )
    assert taken.statement.sv.endswith(
        " till 0, men även den svagaste kan få 95\N{NO-BREAK SPACE}%-intervallet att nå dit."
    )
    assert "one below 0.0%" not in share.statement.en
    assert "one below 0.003% cannot" in share.statement.en

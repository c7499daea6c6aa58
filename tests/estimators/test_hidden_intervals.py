"""What a check of the unmeasured says of the interval is so of the result's own interval, in the threshold's view."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from oracles.hidden_pairs import e_value
from scipy.stats import t as student

import effekt
from effekt.exceptions import InferenceUnavailableError

MATCH = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline"]}
POINTS = effekt.Outcome(column="outcome", unit="points", better="higher")
BETTER = ("higher", "lower", None)
VIEWS = ("difference", "improvement", "relative", "relative_improvement")
HOLDS = ("interval already holds it", "classical standard error already holds it")
OUTSIDE = ("for the nearest confidence limit", "interval reaches it from", "nor does the 95% interval reach it")
OF_REGRESSION = "that regression's own 95% interval by its classical standard error"
WAYS = (
    {"method": "nearest"},
    {"method": "optimal"},
    {"method": "full"},
    {"method": "subclassification", "subclasses": 3},
    {"method": "nearest", "replace": True, "variance": "CR2"},
    {"method": "nearest", "replace": True, "variance": "abadie_imbens"},
    *(
        {"method": method, "estimand": estimand, "variance": variance}
        for method, estimand in (
            ("inverse_probability", "ATT"),
            ("inverse_probability", "ATE"),
            ("covariate_balancing_propensity", "ATE"),
            ("entropy_balancing", "ATC"),
        )
        for variance in ("m_estimation", "sandwich")
    ),
    {"method": "inverse_probability", "cluster": "school"},
    {"method": "doubly_robust", "variance": "m_estimation"},
    {"method": "doubly_robust", "variance": "sandwich"},
)


def drawn(seed, *, sign=1.0):
    """Sixty units whose treatment goes with a baseline that the outcome rests on."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=60), 1)
    d = (rng.random(60) < 1 / (1 + np.exp(0.4 - 0.6 * x))).astype(int)
    y = np.round(6 + x + sign * 1.1 * d + rng.normal(size=60) * rng.uniform(0.6, 2.0), 2)
    schools = [f"s{i % 12}" for i in range(60)]
    return {"unit": list(range(60)), "treatment": d, "baseline": x, "outcome": y, "school": schools}


def compared(table, way, outcome, **asked):
    way = dict(way)
    options = {name: way.pop(name) for name in ("variance", "cluster") if name in way}
    if way["method"] == "doubly_robust":
        named = {"treatment": "treatment", "covariates": "baseline"}
        return effekt.doubly_robust(table, **named, outcome=outcome, **options, **asked)
    return effekt.matched_comparison(table, match=MATCH | way, outcome=outcome, **options, **asked)


def checks_of(way):
    if way["method"] == "doubly_robust":
        return ["e_value"]
    weighs = way["method"] in ("inverse_probability", "covariate_balancing_propensity", "entropy_balancing")
    return ["marginal_sensitivity" if weighs else "robustness_value", "e_value"]


def own_interval(effect, view):
    return getattr(effect, view)().confidence_interval(0.95)


def near_an_end(effect, view, better, rng):
    """A threshold close to an end of the interval, where it may lie; else 0."""
    low, high = own_interval(effect, view).intervals[0]
    for end in rng.permutation([low, high]):
        threshold = round(float(end + rng.uniform(-0.12, 0.12) * (high - low)), 3)
        towards = 1 if "improvement" in view or better == "higher" else -1
        largest = 0.9 if "relative" in view else 20  # a ratio of means is above 0
        if abs(threshold) < largest and (better is None or threshold * towards >= 0):
            return threshold
    return 0


def test_what_is_said_of_the_interval_is_so_of_the_results_own() -> None:
    seen = Counter()
    for seed in range(228):
        rng = np.random.default_rng(10_000 + seed)
        way, view = WAYS[seed % len(WAYS)], VIEWS[rng.integers(4)]
        better = BETTER[rng.integers(2 if "improvement" in view else 3)]
        table = drawn(seed, sign=-1.0 if better == "lower" else 1.0)
        outcome = effekt.Outcome(column="outcome", unit="points", better=better)
        try:
            plain = compared(table, way, outcome)
            threshold = near_an_end(plain, view, better, rng)
        except InferenceUnavailableError:
            continue
        effect = compared(table, way, outcome, checks=checks_of(way), threshold=threshold, threshold_view=view)
        holds = threshold in own_interval(effect, view)
        for check in effect.diagnostics:
            if check.name not in checks_of(way) or "Even with nothing hidden" in check.statement.en:
                continue
            said = str(check.statement.en)
            assert (" no confounding is needed" in said) == ("krävs ingen störfaktor" in check.statement.sv)
            if check.name == "robustness_value":
                assert OF_REGRESSION in said
                values = check.values
                own = values.get("estimate", values.get("beyond"))
                line = values["threshold"] if view in VIEWS[:2] else 0.0
                half = student.ppf(0.975, values["df"]) * values["std_error"]
                of_it = abs(own - line) <= half
                assert (any(words in said for words in HOLDS)) == of_it, (seed, said)
                seen[check.name, of_it] += 1
                seen["unlike"] += of_it != holds
                continue
            says = any(words in said for words in HOLDS)
            assert says != any(words in said for words in OUTSIDE), (seed, said)
            assert says == holds, (seed, way, view, threshold, own_interval(effect, view), said)
            assert check.status == ("warning" if holds else "information")
            limit = check.values["e_value_interval" if check.name == "e_value" else "lambda_limit_interval"]
            assert (limit == 1) == holds
            seen[check.name, holds, view] += 1
    for view in VIEWS:
        for name in ("e_value", "marginal_sensitivity"):
            assert min(seen[name, held, view] for held in (True, False)) >= 2, seen
    assert min(seen["robustness_value", held] for held in (True, False)) >= 3
    assert seen["unlike"]  # the regression's interval is not the result's, so that the sentence must name it


@pytest.mark.parametrize("way", [WAYS[0], WAYS[4], WAYS[6], WAYS[7], WAYS[-1]])
@pytest.mark.parametrize("threshold", ["0.25", "0.5", "1"])
def test_the_e_value_of_a_threshold_in_units_is_that_of_no_effect_on_outcomes_moved_by_it(way, threshold) -> None:
    """With the threshold added to every control, the effect beyond it is the effect, and no effect the threshold."""
    told = 0
    for seed in range(4):
        table = drawn(seed)
        moved = table | {"outcome": table["outcome"] + float(threshold) * (1 - table["treatment"])}
        found = compared(table, way, POINTS, checks=["e_value"], threshold=threshold).diagnostics[-1]
        other = compared(moved, way, POINTS)
        if other.estimate <= 0:
            assert found.values["e_value"] == 1
            continue
        low, high = other.ratio().confidence_interval(0.95).intervals[0]
        assert found.values["e_value"] == pytest.approx(e_value(other.ratio().estimate), rel=1e-8)
        assert found.values["e_value_interval"] == pytest.approx(e_value(low) if low > 1 else 1.0, rel=1e-7)
        assert (found.values["conf_low"], found.values["conf_high"]) == pytest.approx((low, high), rel=1e-7)
        assert (found.values["estimate"], found.values["threshold"]) == (pytest.approx(other.ratio().estimate), 1)
        told += low > 1
    assert told or threshold == "1"


def test_a_set_without_an_upper_end_has_its_nearest_limit() -> None:
    """A counterfactual that may be zero: the ratio has no largest value, but what brings it to no effect is known."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        table = drawn(seed)
        table["outcome"] = np.round(0.2 + rng.normal(size=60) + 2.0 * table["treatment"], 2)
        effect = compared(table, WAYS[6], POINTS, checks=["e_value"])
        parts = effect.ratio().confidence_interval(0.95).intervals if effect.means.counterfactual > 0 else ()
        if len(parts) == 2 and effect.confidence_interval(0.95).low > 0:
            break
    found = effect.diagnostics[-1]
    assert (found.status, found.values["conf_high"]) == ("information", None)
    assert found.values["e_value_interval"] == pytest.approx(e_value(parts[1][0]), rel=1e-7)
    assert "for the nearest confidence limit" in found.statement.en

"""Rates of two arms of counts: R's poisson.test and quasipoisson, exact fractions, invariances, refusals."""

from __future__ import annotations

import csv
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import two_rates as oracle

import effekt
from effekt._inference import FixedDf, Means, StudentT, TestInversion, TwoRates, Unavailable
from effekt._types import ALTERNATIVES, Alternative
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError, ViewUnavailableError
from effekt.result import EffectEstimate

GOLDENS = Path(__file__).parent / "goldens" / "rates"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
OUTCOME = effekt.Outcome(column="events", unit="events", better="lower")
NO_DIFFERENCE = (
    "The exact conditional test of two rates is of their ratio and, of a difference, of no difference alone; a "
    "difference has no interval by it. Take `.ratio()` or `.relative()`, or a variance such as 'HC2'."
)


def table() -> dict[str, list[int]]:
    with (GOLDENS / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [int(row[name]) for row in rows] for name in rows[0]}


def trial(data: dict[str, Any] | None = None, **options: Any) -> EffectEstimate:
    return effekt.randomized_trial(data or table(), outcome=OUTCOME, treatment="d", **options)


def kind(x: tuple[int, int], t: tuple[float, float]) -> tuple[TwoRates, Means]:
    return TwoRates(counts=x, exposures=t), Means(treated=x[0] / t[0], counterfactual=x[1] / t[1])


# --- the exact conditional test -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", R["exact"], ids=lambda case: "-".join(map(str, case["counts"])))
def test_p_and_intervals_are_those_of_r(case: dict[str, Any]) -> None:
    inference, means = kind(tuple(case["counts"]), tuple(map(float, case["exposures"])))  # type: ignore[arg-type]
    for alternative in ("greater", "less"):
        for null, p_value in zip(R["nulls"], case[alternative], strict=True):
            assert inference.p_value(means, "ratio", null, alternative) == pytest.approx(p_value, rel=1e-8, abs=1e-14)
    for alternative in ALTERNATIVES:
        for golden in case["sets"][alternative]:
            found = inference.confidence_set(means, "ratio", 1 - Fraction(str(golden["level"])), alternative)
            low = -math.inf if alternative == "less" else golden["low"]
            high = math.inf if golden["high"] is None else golden["high"]
            assert found.intervals[0] == pytest.approx((low, high), rel=1e-8)
            assert (found.level, found.alternative) == (golden["level"], alternative)


@pytest.mark.parametrize("x", [(11, 25), (3, 14), (0, 6), (6, 0), (1, 1), (60, 2)])
def test_tails_are_those_of_exact_fractions(x: tuple[int, int]) -> None:
    t = (Fraction(43, 2), Fraction(81, 4))
    inference, means = kind(x, (float(t[0]), float(t[1])))
    for ratio in ("0.01", "0.3", "1", "2.5", "40"):
        for alternative in ALTERNATIVES:
            exact = oracle.p_value(x, t, Fraction(ratio), alternative)
            found = inference.p_value(means, "ratio", float(ratio), alternative)
            assert found == pytest.approx(float(exact), rel=1e-10, abs=1e-300)
    low, high = inference.confidence_set(means, "ratio", Fraction(1, 20), "two-sided").intervals[0]
    expected = oracle.limits(x, t, Fraction(1, 20))
    assert (low, high) == pytest.approx((expected[0], expected[1] or math.inf), rel=1e-10)


@given(
    x=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    t=st.tuples(st.floats(0.1, 500), st.floats(0.1, 500)),
    ratio=st.floats(-0.5, 12),
    level=st.sampled_from(["0.5", "0.8", "0.95", "0.99"]),
    alternative=st.sampled_from(ALTERNATIVES),
)
@settings(max_examples=150)
def test_a_null_is_rejected_exactly_when_it_is_outside_the_set(
    x: tuple[int, int], t: tuple[float, float], ratio: float, level: str, alternative: Alternative
) -> None:
    inference, means = kind(x, t)
    found = inference.confidence_set(means, "ratio", 1 - Fraction(level), alternative)
    assert found.low <= found.high
    if all(abs(ratio - end) > 1e-12 * max(1.0, abs(end)) for end in found.intervals[0]):
        assert (inference.p_value(means, "ratio", ratio, alternative) > 1 - Fraction(level)) == (ratio in found)
    no_effect = inference.p_value(means, "ratio", 1.0, alternative)
    assert inference.p_value(means, "difference", 0.0, alternative) == no_effect


@given(x=st.tuples(st.integers(0, 30), st.integers(0, 30)), unit=st.sampled_from([1 / 16, 1.0, 64.0]))
@settings(max_examples=40)
def test_arms_changed_about_and_another_unit_of_exposure(x: tuple[int, int], unit: float) -> None:
    one, means = kind(x, (21.5, 20.25))
    other, turned = kind(x[::-1], (20.25 * unit, 21.5 * unit))
    low, high = one.confidence_set(means, "ratio", Fraction(1, 20), "two-sided").intervals[0]
    expected = (1 / high if high < math.inf else 0.0, 1 / low if low else math.inf)
    assert other.confidence_set(turned, "ratio", Fraction(1, 20), "two-sided").intervals[0] == pytest.approx(
        expected, rel=1e-12
    )
    assert one.p_value(means, "ratio", 2.0, "greater") == pytest.approx(
        other.p_value(turned, "ratio", 0.5, "less"), rel=1e-12
    )


@pytest.mark.parametrize(("x", "t"), [((-1, 2), (1.0, 1.0)), ((1, 2), (0.0, 1.0)), ((1, 2), (1.0, math.inf))])
def test_counts_that_cannot_be(x: tuple[int, int], t: tuple[float, float]) -> None:
    with pytest.raises(ArgumentError, match=r"^`counts` must be 0 or more, and `exposures` finite numbers above 0\.$"):
        TwoRates(counts=x, exposures=t)


# --- trials by it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exposure", ["months", None])
def test_a_trial_by_the_exact_test(exposure: str | None) -> None:
    data = table()
    months = data["months"] if exposure else [1] * 42
    counts, over = (
        [sum(v for v, d in zip(values, data["d"], strict=True) if d == arm) for arm in (1, 0)]
        for values in (data["events"], months)
    )
    effect = trial(exposure=exposure, inference="exact_poisson")
    assert effect.inference == TwoRates(counts=tuple(counts), exposures=tuple(map(float, over)))  # type: ignore[arg-type]
    assert (effect.variance, effect.std_error, effect.df) == ("exact_poisson/1", None, None)
    assert effect.exact is not None
    assert effect.ratio().exact_estimate == Fraction(counts[0] * over[1], counts[1] * over[0])
    assert (effect.arguments["inference"], effect.arguments["variance"]) == ("exact_poisson", None)
    assert isinstance(effect.public().inference, TestInversion)
    assert_valid_effect(effect)
    relative, ratio = (getattr(effect, name)().confidence_interval() for name in ("relative", "ratio"))
    assert (relative.low, relative.high) == pytest.approx((ratio.low - 1, ratio.high - 1), abs=1e-15)
    assert effect.p_value() == effect.relative_improvement().p_value()
    for view in (effect, effect.improvement(), effect.total(100)):
        with pytest.raises(InferenceUnavailableError) as refusal:
            view.confidence_interval()
        assert str(refusal.value) == NO_DIFFERENCE
    (note,) = [note.text for note in effect.notes if note.code == "two_rates"]
    assert "if the events are Poisson" in note.en
    assert "short_coverage" in [note.code for note in effect.notes]
    assert [one.name for one in effect.diagnostics] == ["overdispersion"]
    assert effect.diagnostics[0].status == "warning"


def test_no_event_among_the_treated_or_the_controls() -> None:
    data = table()
    none = data | {"events": [0 if d else y for y, d in zip(data["events"], data["d"], strict=True)]}
    treated = trial(none, exposure="months", inference="exact_poisson")
    assert_valid_effect(treated)
    found = treated.relative().confidence_interval()
    assert found.low == -1.0
    assert found.high == pytest.approx(oracle_high(none) - 1, rel=1e-10)
    (note,) = [note.text for note in treated.notes if note.code == "arm_without_event"]
    assert note.en.startswith("No event was seen among the treated. The exact interval of the ratio then begins at 0")
    none = data | {"events": [y if d else 0 for y, d in zip(data["events"], data["d"], strict=True)]}
    controls = trial(none, exposure="months", inference="exact_poisson")
    assert_valid_effect(controls)
    with pytest.raises(ViewUnavailableError):
        controls.ratio()
    assert controls.p_value() < 0.001
    (note,) = [note.text for note in controls.notes if note.code == "arm_without_event"]
    assert note.en.startswith("No event was seen among the controls, so that there is no ratio to them; its exact")
    nothing = trial(data | {"events": [0] * 42}, exposure="months", inference="exact_poisson")
    assert nothing.p_value() == 1.0
    (note,) = [note.text for note in nothing.notes if note.code == "arm_without_event"]
    assert note.en == "There was no event in either arm, which says nothing of their ratio: p is 1."


def oracle_high(data: dict[str, list[int]]) -> float:
    over = [sum(m for m, d in zip(data["months"], data["d"], strict=True) if d == arm) for arm in (1, 0)]
    high = oracle.limits((0, sum(data["events"])), (Fraction(over[0]), Fraction(over[1])), Fraction(1, 20))[1]
    assert high is not None
    return high


# --- quasi-Poisson ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("exposure", "golden"), [("months", R["quasi"]["months"]), (None, R["quasi"]["persons"])])
def test_quasi_poisson_is_that_of_r(exposure: str | None, golden: dict[str, Any]) -> None:
    effect = trial(exposure=exposure, variance="quasi_poisson")
    assert_valid_effect(effect)
    ratio = effect.ratio()
    assert math.log(ratio.estimate) == pytest.approx(golden["log_ratio"], rel=1e-8)
    assert (effect.treated_mean, effect.counterfactual_mean) == pytest.approx(golden["rates"], rel=1e-8)
    assert (effect.df, effect.variance) == (golden["df"], "quasi_poisson/1")
    assert effect.p_value() == ratio.p_value() == pytest.approx(golden["p_value"], rel=1e-8)
    assert isinstance(effect.inference, StudentT)
    first, cross, second = effect.inference.covariance
    assert (cross, effect.inference.scale) == (0.0, "log")
    assert math.sqrt(first + second) == pytest.approx(golden["std_error_log_ratio"], rel=1e-8)
    errors = effect.treated_mean * math.sqrt(first), effect.counterfactual_mean * math.sqrt(second)
    assert errors == pytest.approx(golden["std_error_rates"], rel=1e-8)
    assert effect.std_error == pytest.approx(math.hypot(*golden["std_error_rates"]), rel=1e-8)
    assert ratio.std_error == pytest.approx(ratio.estimate * golden["std_error_log_ratio"], rel=1e-8)
    for level, low, high in zip(R["levels"], golden["low"], golden["high"], strict=True):
        assert ratio.confidence_interval(level).intervals[0] == pytest.approx((low, high), rel=1e-8)
    with pytest.raises(InferenceUnavailableError, match="on the log scale"):
        effect.confidence_interval()
    (diagnostic,) = effect.diagnostics
    assert diagnostic.values["dispersion"] == pytest.approx(golden["dispersion"], rel=1e-8)
    assert "short_coverage" in [note.code for note in effect.notes]
    assert "choose variance=" not in diagnostic.statement.en
    assert "variance='quasi_poisson'" in trial(exposure=exposure, inference="exact_poisson").diagnostics[0].statement.en


def test_quasi_poisson_is_that_of_exact_fractions() -> None:
    data = table()
    rows = [(y, d, Fraction(e)) for y, d, e in zip(data["events"], data["d"], data["months"], strict=True)]
    _, first, second = oracle.quasi(rows)
    inference = trial(exposure="months", variance="quasi_poisson").inference
    assert isinstance(inference, StudentT)
    assert inference.covariance == pytest.approx((float(first), 0.0, float(second)), rel=1e-10)
    assert (inference.df, inference.scale) == (FixedDf(df=40.0), "log")


@given(order=st.permutations(range(42)))
@settings(max_examples=10)
def test_the_order_of_rows_moves_nothing(order: list[int]) -> None:
    data = table()
    other = {name: [values[i] for i in order] for name, values in data.items()}
    asked: tuple[dict[str, Any], ...] = ({"inference": "exact_poisson"}, {"variance": "quasi_poisson"})
    for options in asked:
        assert trial(other, exposure="months", **options).to_json() == trial(exposure="months", **options).to_json()


@pytest.mark.parametrize("scale", [3, 10])
def test_counts_as_many_times_over_are_as_many_times_as_dispersed(scale: int) -> None:
    """φ grows as the counts do, so that the relative effect and all that is known of it stay."""
    data = table()
    scaled = trial(data | {"events": [scale * y for y in data["events"]]}, exposure="months", variance="quasi_poisson")
    once = trial(exposure="months", variance="quasi_poisson")
    assert scaled.relative().confidence_interval().intervals[0] == pytest.approx(
        once.relative().confidence_interval().intervals[0], rel=1e-12
    )
    assert scaled.p_value() == pytest.approx(once.p_value(), rel=1e-12)


def test_quasi_poisson_is_unavailable_without_events_or_variation() -> None:
    data = table()
    for arm in (1, 0):
        events = [0 if d == arm else y for y, d in zip(data["events"], data["d"], strict=True)]
        effect = trial(data | {"events": events}, exposure="months", variance="quasi_poisson")
        assert_valid_effect(effect)
        assert isinstance(effect.inference, Unavailable)
        assert "short_coverage" not in [note.code for note in effect.notes]
        assert effect.inference.reason.en == (
            "A quasi-Poisson variance needs an event in each arm, since a rate of 0 has no logarithm; inference="
            "'exact_poisson' allows for none, if the counts are Poisson."
        )
    effect = trial(data | {"events": [2 * m + d * m for m, d in zip(data["months"], data["d"], strict=True)]},
                   exposure="months", variance="quasi_poisson")  # fmt: skip
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en.startswith("There is no within-arm variation")
    single = {"events": [3, 4, 5], "d": [1, 0, 0]}
    found = trial(single, variance="quasi_poisson").inference
    assert isinstance(found, Unavailable)
    assert found.reason.en == "The treated arm has a single unit, so its variation cannot be estimated."
    assert isinstance(trial(single, inference="exact_poisson").inference, TwoRates)


# --- what cannot be -----------------------------------------------------------------------------------------------

EXTRA = {"g": [i % 7 for i in range(42)], "w": [0.5] * 42}
BESIDE = "covariates, block, cluster, weights, pairs or probability"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"inference": "exact_poisson", "block": "g"},
         f"`inference` 'exact_poisson' takes no {BESIDE}; leave `block` out, or choose another inference."),
        ({"inference": "exact_poisson", "weights": {"column": "w", "kind": "sampling"}},
         f"`inference` 'exact_poisson' takes no {BESIDE}; leave `weights` out, or choose another inference."),
        ({"inference": "exact_poisson", "variance": "quasi_poisson"},
         "`inference` 'exact_poisson' takes no variance; leave `variance` out, or choose inference='asymptotic'."),
        ({"inference": "exact_poisson", "population": "finite"},
         "`population` must be 'super' with inference='exact_poisson', whose two rates are of samples; got 'finite'. "
         "Leave it out, or choose inference='randomization'."),
        ({"variance": "quasi_poisson", "population": "finite"},
         "`population` must be 'super' with variance='quasi_poisson', whose two rates are of samples; got 'finite'. "
         "Leave it out, or choose inference='randomization'."),
        ({"variance": "quasi_poisson", "block": "g"},
         f"`variance` 'quasi_poisson' takes no {BESIDE}; leave `block` out, or choose 'HC2'."),
        ({"variance": "quasi_poisson", "covariates": "w"},
         f"`variance` 'quasi_poisson' takes no {BESIDE}; leave `covariates` out, or choose 'HC2'."),
        ({"variance": "quasi_poisson", "cluster": "g"},
         "`variance` must be 'CR0', 'CR1', 'CR1S', 'CR2' or 'CR3' with a cluster; got 'quasi_poisson'."),
        ({"variance": "quasi_poisson", "pairs": "g"},
         "`variance` must be 'between_pair' with pairs; got 'quasi_poisson'."),
    ],
)  # fmt: skip
def test_both_take_two_unadjusted_arms(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        trial(table() | EXTRA, **options)
    assert str(refusal.value) == sentence


def test_counts_are_counts() -> None:
    data: dict[str, Any] = {"events": [0, 1, 0.5, 1, -2, 3], "d": [1, 0, 1, 0, 1, 0]}
    with pytest.raises(DataError) as refusal:
        trial(data, inference="exact_poisson")
    assert str(refusal.value) == (
        "Column 'events' must hold whole counts for inference 'exact_poisson'; 2 rows did not, the first at row 3. "
        "Count events, from 0, or choose another inference."
    )
    with pytest.raises(DataError) as refusal:
        trial(data, variance="quasi_poisson")
    assert str(refusal.value) == (
        "Column 'events' must hold counts of at least 0 for variance 'quasi_poisson'; 1 row did not, the first at row "
        "5. Correct it, or choose another variance."
    )
    with pytest.raises(DataError) as refusal:
        trial({"events": [6e6, 5e6], "d": [1, 0]}, inference="exact_poisson")
    assert str(refusal.value) == (
        "`inference` 'exact_poisson' takes at most 10,000,000 events; there are more. Choose variance='quasi_poisson' "
        "or 'HC2'."
    )


def test_a_set_of_effects_takes_no_quasi_poisson() -> None:
    with pytest.raises(ArgumentError) as refusal:
        effekt.randomized_trials(table(), outcome=["events", "months"], treatment="d", variance="quasi_poisson")
    assert str(refusal.value) == (
        "`variance` 'quasi_poisson' is of one effect and has no joint covariance; call randomized_trial for each, or "
        "choose 'HC2'."
    )


@pytest.mark.parametrize("options", [{"inference": "exact_poisson"}, {"variance": "quasi_poisson"}])
def test_missing_counts_bring_their_checks(options: dict[str, Any]) -> None:
    """Counts of 0 and 1 are no shares: no worst case is told without a range."""
    events: list[Any] = [None, 1, *[min(y, 1) for y in table()["events"][2:]]]
    effect = trial(table() | {"events": events}, missing="drop", **options)
    assert_valid_effect(effect)
    assert [one.name for one in effect.diagnostics] == ["overdispersion", "differential_attrition", "lee_bounds"]
    over = trial(table() | {"events": events}, missing="drop", exposure="months", outcome_range=(0, 9), **options)
    assert [one.name for one in over.diagnostics][-1] == "manski_bounds"
    assert_valid_effect(over)

"""No event among the treated: no ratio is called certain, in any inference whose variance is then zero."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt import independent
from effekt._inference import AndersonRubin, Draws, FixedDf, Means, Placebos, StudentT, TestInversion, WildBootstrap
from effekt._types import ALTERNATIVES
from effekt.exceptions import InferenceUnavailableError
from effekt.independent import statistics
from effekt.result import EffectEstimate

N = 21
OUTCOME = effekt.Outcome(column="event", unit="persons", better="lower")
RATIOS = ("ratio", "relative", "relative_improvement")
REFUSAL = (
    "No event was seen among the treated, whose mean is 0 without any variation, so this inference would give a ratio "
    "of 0 (a fall of 100%) as certain; a ratio has no interval by it. The difference keeps its interval."
)
NOTE = (
    "Among the treated the outcome has no variation that the standard error could count; it rests on that of the other "
    "arm and is too small."
)
BY_SIGNS = (
    "Among the treated the outcome has no variation of which the wild bootstrap could turn the signs; p and interval "
    "rest on that of the other arm, and on how far a null lies from what was seen."
)
SHARES = " Of such a trial, randomized_trial with inference='newcombe' or 'miettinen_nurminen' counts both."
COUNTS = " If the outcome is a number of Poisson events, randomized_trial with inference='exact_poisson' counts both."
LOT = " inference='randomization' takes all chance from the lot, for the units of the trial."
INSTEAD = {"HC2": SHARES, "HC0": SHARES, "welch": SHARES, "exposure": COUNTS}  # of the others the lot
TRIALS: dict[str, dict[str, Any]] = {
    "HC2": {},
    "HC0": {"variance": "HC0"},
    "welch": {"variance": "welch"},
    "exposure": {"exposure": "months"},
    "block": {"block": "block"},
    "lin": {"covariates": "age"},
    "finite": {"covariates": "age", "population": "finite"},
    "lin by block": {"covariates": "age", "block": "block", "adjustment": "lin_by_block"},
    "CR2": {"cluster": "group"},
    "weights": {"weights": {"column": "months", "kind": "sampling"}},
    "pairs": {"pairs": "pair"},
    "probability": {"probability": "share"},
    "horvitz_thompson": {"probability": "share", "adjustment": "none"},
    "wild_bootstrap": {"cluster": "group", "inference": "wild_bootstrap"},
}


def trial(treated: int = 0, controls: int = 5, n: int = N) -> dict[str, list[Any]]:
    """`treated` events among n treated, `controls` among n controls."""
    return {
        "event": [int(i < treated) for i in range(n)] + [int(i % 4 == 0 and i < 4 * controls) for i in range(n)],
        "treated": [1] * n + [0] * n,
        "months": [1 + i % 3 for i in range(2 * n)],
        "age": [(7 * i) % 11 for i in range(2 * n)],
        "block": [i % 2 for i in range(2 * n)],
        "group": [i % 5 for i in range(n)] + [5 + i % 5 for i in range(n)],
        "pair": [*range(n), *range(n)],
        "share": [0.5] * (2 * n),
        "unit": list(range(2 * n)),
    }


def of_trial(**options: Any) -> EffectEstimate:
    return effekt.randomized_trial(trial(), outcome=OUTCOME, treatment="treated", **options)


def assert_no_ratio(effect: EffectEstimate) -> None:
    """Neither set nor standard error nor p of a ratio, but that of no effect; the difference as before."""
    for name in RATIOS:
        view = getattr(effect, name)()
        assert view.std_error is None
        for alternative in ALTERNATIVES:
            with pytest.raises(InferenceUnavailableError) as refused:
                view.confidence_interval(0.95, alternative)
            assert str(refused.value) == REFUSAL
            assert refused.value.sv.startswith("Ingen händelse sågs bland de behandlade")
            with pytest.raises(InferenceUnavailableError, match="No event was seen"):
                view.p_value(0.3, alternative)
        assert view.p_value() == effect.difference().p_value()
        assert "not available: No event was seen" in view.summary()
        assert "saknas: Ingen händelse sågs" in view.summary("sv")
        assert "-100" not in view.summary().split("not available")[1].splitlines()[0]
        row = view.tidy().iloc[0]
        assert (row["std_error"], row["conf_low"], row["conf_high"]) == (None, None, None)
    assert math.isfinite(effect.difference().confidence_interval().high)


@pytest.mark.parametrize("case", TRIALS)
def test_trials(case: str) -> None:
    effect = of_trial(**TRIALS[case])
    assert_no_ratio(effect)
    assert EffectEstimate.from_json(effect.to_json()) == effect
    told = (BY_SIGNS if case == "wild_bootstrap" else NOTE) + INSTEAD.get(case, LOT)
    assert [note.text.en for note in effect.notes if note.code == "arm_without_variation"] == [told]


def design_of(options: dict[str, Any]) -> dict[str, Any]:
    """The design of a case without its inference, which is then the lot's."""
    return {name: value for name, value in options.items() if name not in ("variance", "inference")}


@pytest.mark.parametrize("case", ["HC2", "exposure", "block", "lin", "CR2", "pairs", "horvitz_thompson"])
def test_what_is_named_instead_can_be_taken(case: str) -> None:
    """Every inference that the note names has a set of the ratio in that design."""
    options = design_of(TRIALS[case])
    (note,) = [note.text.en for note in of_trial(**options).notes if note.code == "arm_without_variation"]
    named = [
        name for name in ("newcombe", "miettinen_nurminen", "exact_poisson", "randomization") if f"'{name}'" in note
    ]
    assert named
    for name in named:
        drawn = {"draws": 99, "rng": 1} if name == "randomization" else {}
        effect = of_trial(**options, inference=name, **drawn)
        assert effect.relative().confidence_interval().intervals
        assert effect.relative().p_value(-0.5) <= 1


def test_by_lot_the_arm_is_told_where_the_other_varies() -> None:
    effect = of_trial(inference="randomization", draws=99, rng=1)
    (note,) = [note.text for note in effect.notes if note.code == "arm_without_variation"]
    assert note.en == (
        "Among the treated the outcome has no variation, but in the other arm it has. The p of no effect is exact all "
        "the same; the confidence set rests on an effect that is the same for everyone, which fits that badly."
    )
    assert note.sv.startswith("Bland de behandlade har utfallet ingen variation, men i den andra gruppen har det")
    both = effekt.randomized_trial(
        trial(treated=1), outcome=OUTCOME, treatment="treated", inference="randomization", draws=99, rng=1
    )
    assert "arm_without_variation" not in [note.code for note in both.notes]
    neither = {**trial(), "event": [0] * N + [1] * N}
    constant = effekt.randomized_trial(
        neither, outcome=OUTCOME, treatment="treated", inference="randomization", draws=99, rng=1
    )
    assert "arm_without_variation" not in [note.code for note in constant.notes]


def test_the_result_keeps_its_form() -> None:
    assert_valid_effect(of_trial())


@pytest.mark.parametrize("method", ["nearest", "subclassification", "entropy_balancing", "inverse_probability"])
def test_matched_and_weighted(method: str) -> None:
    sets: dict[str, Any] = {"subclasses": 3} if method == "subclassification" else {}
    roles: dict[str, Any] = {"unit": "unit", "treatment": "treated", "covariates": "age", "method": method}
    match = effekt.match_controls(trial(), **roles, **sets)
    effect = effekt.matched_comparison(trial(), match=match, outcome=OUTCOME)
    assert_no_ratio(effect)
    assert [note.code for note in effect.notes].count("arm_without_variation") == 1


def test_doubly_robust() -> None:
    effect = effekt.doubly_robust(trial(), outcome=OUTCOME, treatment="treated", covariates="age")
    assert isinstance(effect, EffectEstimate)
    assert_no_ratio(effect)
    assert [note.code for note in effect.notes].count("arm_without_variation") == 1


def test_difference_in_differences() -> None:
    units = [(u, t) for u in range(20) for t in range(4)]
    data = {
        "unit": [u for u, _ in units],
        "year": [t for _, t in units],
        "treated": [int(u < 10 and t >= 2) for u, t in units],
        "y": [0 if u < 10 and t >= 2 else 4 + (u * 7 + t * 3) % 5 for u, t in units],
    }
    chances: tuple[dict[str, Any], ...] = ({}, {"inference": "wild_bootstrap", "rng": 1})
    for options in chances:
        effect = effekt.difference_in_differences(
            data, outcome="y", unit="unit", time="year", treatment="treated", **options
        )
        assert effect.treated_mean == pytest.approx(0, abs=1e-12)
        assert effect.ratio().std_error is None
        with pytest.raises(InferenceUnavailableError, match="No event was seen"):
            effect.ratio().confidence_interval(0.9)
        assert effect.ratio().p_value() == effect.p_value()


def test_compliers() -> None:
    data = trial() | {"received": [int(i % 7 > 0) for i in range(N)] + [0] * N}
    compliers = effekt.complier_effect(data, outcome=OUTCOME, treatment="treated", received="received")["CACE"]
    assert isinstance(compliers.inference, AndersonRubin)
    assert_no_ratio(compliers)


def test_by_the_kinds_of_inference() -> None:
    nothing, something = Means(treated=0.0, counterfactual=0.24), Means(treated=0.02, counterfactual=0.24)
    kind: Draws | StudentT
    draws = Draws(treated=(0.0,) * 199, counterfactual=tuple(0.2 + i / 5000 for i in range(199)), scheme="blocks")
    known = StudentT(covariance=(0.0, 0.0, 0.01), df=FixedDf(df=40.0))
    for kind in (draws, known):
        assert kind.std_error(nothing, "ratio") is None
        with pytest.raises(InferenceUnavailableError, match="No event was seen"):
            kind.confidence_set(nothing, "ratio", Fraction(1, 20), "two-sided")
        assert kind.p_value(nothing, "ratio", 1.0, "two-sided") == kind.p_value(nothing, "difference", 0.0, "two-sided")
    for kind in (known, StudentT(covariance=(1e-4, 0.0, 0.01), df=FixedDf(df=40.0))):  # one of the two is not zero
        means = something if kind is known else nothing
        assert kind.confidence_set(means, "ratio", Fraction(1, 20), "two-sided").intervals
        assert kind.std_error(means, "ratio") is not None
    placebos = Placebos(errors=tuple(i / 100 for i in range(-30, 30)), scale="linear")  # refuses for its own reason
    with pytest.raises(InferenceUnavailableError, match="known and not above zero"):
        placebos.confidence_set(nothing, "ratio", Fraction(1, 20), "two-sided")


def test_the_public_form_of_signs_says_the_same() -> None:
    effect = of_trial(**TRIALS["wild_bootstrap"])
    assert isinstance(effect.inference, WildBootstrap)
    public = effect.relative().public()
    assert isinstance(public.inference, TestInversion)
    with pytest.raises(InferenceUnavailableError) as refused:
        public.confidence_interval()
    assert str(refused.value) == REFUSAL
    with pytest.raises(InferenceUnavailableError, match="No event was seen"):
        public.p_value(0.5)
    assert public.p_value() == effect.p_value()


@functools.cache
def all_but_one() -> EffectEstimate:
    return effekt.randomized_trial(trial(treated=1), outcome=OUTCOME, treatment="treated")


def test_one_event_is_enough_for_a_set() -> None:
    effect = all_but_one()
    assert effect.relative().confidence_interval().kind == "bounded"
    assert effect.relative().std_error is not None
    assert "arm_without_variation" not in [note.code for note in effect.notes]


def test_everybody_had_the_event() -> None:
    """The ratio exists where the constant is not zero; that one arm alone is counted is said, of either arm."""
    data = trial(treated=N)
    effect = effekt.randomized_trial(data, outcome=OUTCOME, treatment="treated")
    assert effect.ratio().confidence_interval().low > 1
    assert [note.text.en for note in effect.notes if note.code == "arm_without_variation"] == [NOTE + SHARES]
    data["treated"] = [1 - arm for arm in data["treated"]]
    turned = effekt.randomized_trial(data, outcome=OUTCOME, treatment="treated")
    (note,) = [note.text for note in turned.notes if note.code == "arm_without_variation"]
    assert note.en == (NOTE + SHARES).replace("treated", "controls", 1)
    assert note.sv.startswith("Bland de jämförda har utfallet ingen variation som medelfelet kan räkna med;")


def test_a_common_model_has_no_inference() -> None:
    """An additive covariate gives the treated a variance that is not theirs, and the ratio too short a set."""
    effect = of_trial(covariates="age", adjustment="additive")
    for view in (effect, effect.relative()):
        with pytest.raises(InferenceUnavailableError, match="a model common to both arms"):
            view.confidence_interval()
    second = independent.METHODS["randomized_trial"](
        {name: list(map(Fraction, map(str, values))) for name, values in trial().items()},
        outcome="event",
        treatment="treated",
        covariates=["age"],
        adjustment="additive",
    )
    assert "common to both arms" in str(second["unavailable"])


@given(st.sampled_from([1e-12, 1e-3, 1.0, 1e9]), st.permutations(range(2 * N)))
def test_neither_unit_nor_order_of_rows_decides(factor: float, order: list[int]) -> None:
    data = {name: [values[i] for i in order] for name, values in trial().items()}
    data["event"] = [factor * value for value in data["event"]]
    assert_no_ratio_quickly(effekt.randomized_trial(data, outcome=OUTCOME, treatment="treated", covariates="age"))


@given(st.sampled_from([1e-13, 1.0, 1e12]))
def test_the_unit_of_the_outcome_never_takes_a_complier_effect(factor: float) -> None:
    data = trial(treated=2) | {"received": [int(i % 7 > 0) for i in range(N)] + [0] * N}
    data["event"] = [factor * value for value in data["event"]]
    effect = effekt.complier_effect(data, outcome=OUTCOME, treatment="treated", received="received")["CACE"]
    assert effect.std_error is not None
    assert effect.confidence_interval().kind == "bounded"


def assert_no_ratio_quickly(effect: EffectEstimate) -> None:
    with pytest.raises(InferenceUnavailableError, match="No event was seen"):
        effect.relative().confidence_interval()
    assert effect.relative().std_error is None


@pytest.mark.parametrize("options", [{}, {"covariates": ["age"]}, {"cluster": "group"}, TRIALS["wild_bootstrap"]])
def test_the_second_route_has_none_either(options: dict[str, Any]) -> None:
    effect = of_trial(**options)
    numbers = independent.METHODS["randomized_trial"](trial(), outcome="event", treatment="treated", **options)
    view = statistics.view_of("relative_improvement", "lower", Fraction(1))
    assert statistics.spread_statistic(numbers, view, "std_error") is None
    assert statistics.p_value(numbers, view, Fraction(1, 3), "greater") is None
    assert statistics.bound(numbers, view, "confidence_low", Fraction(19, 20), "greater") is None
    found = statistics.p_value(numbers, view, None, "two-sided")
    assert found is not None
    assert float(found) == pytest.approx(effect.p_value(), rel=1e-8)
    assert float(np.round(float(statistics.mean_statistic(numbers, view, "estimate") or 0), 12)) == 1.0

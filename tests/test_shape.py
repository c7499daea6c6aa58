"""One result object: a result of every kind, built by hand, is taken through every view, form and set."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
from fractions import Fraction

import jsonschema
import pytest
from helpers import assert_valid_effect
from results import EFFECTS, RESULTS, effect_of, group_time, rate_card

import effekt
from effekt._inference import (
    ConfidenceSet,
    DeclaredSet,
    FixedDf,
    Means,
    Placebos,
    Randomization,
    StudentT,
    TestInversion,
    Unavailable,
)
from effekt._serialize import json_schema
from effekt.exceptions import ArgumentError, InferenceUnavailableError, ViewUnavailableError
from effekt.result import (
    Diagnostic,
    EffectEstimate,
    EffectSet,
    ExactMeans,
    OutcomeMeasure,
    View,
    read_result,
)


@pytest.mark.parametrize("name", EFFECTS)
def test_every_law_of_an_effect(name: str) -> None:
    assert_valid_effect(EFFECTS[name]())


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_comes_back_from_json(name: str) -> None:
    result = RESULTS[name]()
    again = read_result(result.to_json())
    assert again == result
    assert type(again) is type(result)
    assert again.to_json() == result.to_json()
    assert hash(again) == hash(result)
    assert len({again, result}) == 1
    assert type(result).from_json(result.to_json().encode()) == result


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_obeys_the_published_schema(name: str) -> None:
    result = RESULTS[name]()
    validator = jsonschema.Draft202012Validator(json_schema(type(result), type(result).SCHEMA))
    for form in (result, result.public()):
        validator.validate(json.loads(form.to_json()))
    broken = {**json.loads(result.to_json()), "unknown": 1}
    assert not validator.is_valid(broken)


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_survives_a_process(name: str) -> None:
    result = RESULTS[name]()
    assert pickle.loads(pickle.dumps(result)) == result


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_is_frozen(name: str) -> None:
    result = RESULTS[name]()
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.notes = ()  # type: ignore[misc]


@pytest.mark.parametrize("name", EFFECTS)
def test_every_effect_goes_into_a_set(name: str) -> None:
    effect = EFFECTS[name]()
    together = EffectSet(labels=("one", "2"), effects=(effect, effect))
    assert EffectSet.from_json(together.to_json()) == together
    assert together["one"] == together[2] == effect
    assert list(together) == ["one", "2"]
    assert len(together) == 2
    assert together.public()["one"] == effect.public()
    frame = together.tidy()
    assert frame["label"].tolist() == ["one", "2"]
    assert frame["estimate"].tolist() == [effect.estimate] * 2
    combined = together.combine({"one": "0.25", "2": Fraction(3, 4)})
    assert combined.estimate == pytest.approx(effect.difference().estimate, rel=1e-12)
    assert combined.exact_estimate == effect.difference().exact_estimate
    assert combined.arguments == {"combine": {"one": "1/4", "2": "3/4"}}
    assert_valid_effect(combined)


def test_a_set_is_valid_in_every_member() -> None:
    effects = group_time()
    for label in effects:
        assert_valid_effect(effects[label])
    assert repr(effects) == "EffectSet(3 effects: 2004 in 2005, 2004 in 2006 and 2006 in 2006)"


def test_a_measure_is_an_outcome_and_no_effect() -> None:
    measure = rate_card()
    assert measure.value == 37.0
    assert measure.exact == Fraction(37)
    assert (measure.label.en, measure.label.sv) == ("outcome, not effect", "utfall, inte effekt")
    assert measure.public() is measure
    assert measure.summary("en") == "in_work, count: 37 persons (outcome, not effect)"
    assert measure.summary("sv") == "in_work, antal: 37 persons (utfall, inte effekt)"
    frame = measure.tidy()
    assert list(frame.columns) == ["method", "label", "statistic", "value", "unit", "n_obs"]
    assert frame.iloc[0].tolist() == ["outcome_count", "outcome, not effect", "count", 37.0, "persons", 60]
    for view in ("difference", "improvement", "relative", "p_value", "confidence_interval", "estimate"):
        assert not hasattr(measure, view)


def test_the_kinds_of_set_that_exist() -> None:
    kinds = {
        "anderson_rubin_bounded": "bounded",
        "anderson_rubin_disjoint": "disjoint",
        "anderson_rubin_unbounded": "unbounded",
        "complier_disjoint": "disjoint",
        "complier_unbounded": "unbounded",
        "exact_binomial": "bounded",
        "lin_ate": "bounded",
    }
    for name, kind in kinds.items():
        assert EFFECTS[name]().confidence_interval(0.95).kind == kind
    disjoint = EFFECTS["complier_disjoint"]().confidence_interval(0.95)
    assert 0.0 not in disjoint
    assert len(disjoint.intervals) == 2
    with pytest.raises(InferenceUnavailableError, match="is disjoint and has no single low and high"):
        _ = disjoint.low
    empty = ConfidenceSet(intervals=(), level=0.95)
    assert empty.kind == "empty"
    with pytest.raises(InferenceUnavailableError, match="is empty and has no single low and high"):
        _ = empty.high


def test_a_set_of_which_no_p_value_is_declared_is_still_printed() -> None:
    found = ConfidenceSet(intervals=((-2.0, 0.5),), level=0.95)
    inversion = TestInversion(procedure="wild", sets=(DeclaredSet(contrast="difference", set=found),))
    row = effect_of(5.0, 6.0, inversion).tidy().iloc[0]
    assert (row["conf_low"], row["conf_high"]) == (-2.0, 0.5)
    assert row["p_value"] is None


def test_a_before_after_comparison_says_why_in_every_question() -> None:
    effect = EFFECTS["before_after"]()
    assert not effect.estimand.causal
    for ask in (
        effect.p_value,
        effect.confidence_interval,
        effect.rank_p_value,
        lambda: effect.confidence_at_least(0.0),
        lambda: effect.relative().p_value(-0.1, "less"),
        lambda: effect.improvement().total(3).confidence_interval(0.8, "greater"),
    ):
        with pytest.raises(InferenceUnavailableError) as refusal:
            ask()
        assert str(refusal.value) == "A before–after comparison has no comparison units."
        assert refusal.value.sv == "En före–efter-jämförelse saknar jämförelseenheter."
    assert effect.std_error is None
    assert effect.df is None
    assert "saknar jämförelseenheter" in effect.summary("sv")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda e: e.total(0), "`n` must be a positive number; got 0."),
        (lambda e: e.total(-1.5), "`n` must be a positive number; got -1.5."),
        (lambda e: e.total(True), "`n` must be a finite number, or a decimal in text; got True."),
        (lambda e: e.total("many"), "`n` must be a finite number, or a decimal in text; got 'many'."),
        (lambda e: e.total(math.inf), "`n` must be a finite number, or a decimal in text; got inf."),
        (lambda e: e.total("1/0"), "`n` must be a finite number, or a decimal in text; got '1/0'."),
        (lambda e: e.rescale(0, "x"), "`factor` must be positive; got 0.0."),
        (lambda e: e.rescale(math.nan, "x"), "`factor` must be a finite number; got nan."),
        (lambda e: e.rescale(1e308, "x"), "`factor` must be at most 1e+100 in size; got 1e+308. Take a larger unit."),
        (
            lambda e: e.rescale(1e100, "x").rescale(1e100, "x"),
            "`factor` must leave every value within the reach of a float; got 1e+100.",
        ),
        (lambda e: e.p_value("0"), "`null` must be a finite number; got '0'."),
        (lambda e: e.p_value(math.inf), "`null` must be a finite number; got inf."),
        (
            lambda e: e.p_value(0.0, "both"),
            "`alternative` must be 'two-sided', 'greater' or 'less'; got 'both'.",
        ),
        (
            lambda e: e.confidence_interval(95),
            "`level` must be a number between 0 and 1, such as 0.95; got 95.",
        ),
        (
            lambda e: e.confidence_interval(math.nan),
            "`level` must be a number between 0 and 1, such as 0.95; got nan.",
        ),
        (
            lambda e: e.confidence_interval(0.9, "lower"),
            "`alternative` must be 'two-sided', 'greater' or 'less'; got 'lower'.",
        ),
    ],
)
def test_what_cannot_be_asked(ask: object, sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        ask(EFFECTS["lin_ate"]())  # type: ignore[operator]
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("rest", "told"), [(0.0, "0"), (-0.0, "0"), (2.4e-18, "0 but for rounding"), (-2.4e-18, "0 but for rounding")]
)
def test_what_rounding_leaves_of_a_counterfactual_mean_is_told_in_one_way(rest: float, told: str) -> None:
    effect = dataclasses.replace(EFFECTS["lin_ate"](), means=Means(treated=0.4, counterfactual=rest))
    for view in ("ratio", "relative"):
        with pytest.raises(ViewUnavailableError) as refusal:
            getattr(effect, view)()
        assert str(refusal.value) == f"`{view}` needs a positive counterfactual mean; it is {told}."


def test_views_that_are_not_identified_say_why() -> None:
    effect = EFFECTS["negative_counterfactual"]()
    with pytest.raises(ViewUnavailableError) as refusal:
        effect.relative()
    assert str(refusal.value) == "`relative` needs a positive counterfactual mean; it is -300."
    with pytest.raises(ViewUnavailableError, match="needs to know which direction is better"):
        effect.improvement()
    with pytest.raises(ViewUnavailableError, match="A total needs an effect in units"):
        EFFECTS["lin_ate"]().relative().total(3)


def test_an_effect_without_variance_cannot_be_built() -> None:
    for covariance in ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (math.nan, 0.0, 1.0)):
        with pytest.raises(ArgumentError, match="A standard error must be above zero"):
            effect_of(5.0, 6.0, StudentT(covariance=covariance, df=FixedDf(df=10.0)))


@pytest.mark.parametrize("mean", [math.nan, math.inf, -math.inf])
def test_means_must_be_finite(mean: float) -> None:
    reason = EFFECTS["before_after"]().inference
    assert isinstance(reason, Unavailable)
    with pytest.raises(ArgumentError, match=r"^The treated mean must be a finite number\.$"):
        effect_of(mean, 1.0, reason)
    with pytest.raises(ArgumentError, match=r"^The counterfactual mean must be a finite number\.$"):
        effect_of(1.0, mean, reason)


@pytest.mark.parametrize(("slope", "offset"), [(0.0, 0.0), (math.inf, 0.0), (1.0, math.nan)])
def test_a_view_is_a_map_that_can_be_undone(slope: float, offset: float) -> None:
    with pytest.raises(ArgumentError, match="must be finite, and `slope` not zero"):
        View(slope=slope, offset=offset)


def test_placebo_p_values_are_the_same_fractions_in_the_public_form() -> None:
    """A Monte-Carlo p of 1/80 is 0.0125 exactly: as a float it would be quantised the other way."""
    statistics = (1.0,) + (0.0,) * 79
    inference = Randomization(
        statistics=statistics, exposures=statistics, complete=True, mean_outcome=5.0, share_treated=0.5
    )
    effect = effect_of(5.5, 4.5, inference)
    assert effect.rank_p_value() == Fraction(1, 80)
    public = read_result(effect.public().to_json())
    assert isinstance(public, EffectEstimate)
    assert public.rank_p_value() == Fraction(1, 80)
    assert isinstance(public.rank_p_value(), Fraction)


def test_one_placebo_has_a_p_value_and_no_spread() -> None:
    effect = effect_of(5.0, 6.0, Placebos(errors=(0.1,), scale="log"))
    assert effect.rank_p_value() == Fraction(1, 2)
    assert effect.placebo_sd is None
    assert "With 1 placebo the smallest attainable p is 1/2" in effect.summary("en")
    assert "Med 1 placeboenhet är det minsta möjliga p-värdet 1/2" in effect.summary("sv")


def test_exact_means_give_an_exact_effect() -> None:
    reason = EFFECTS["before_after"]().inference
    exact = ExactMeans(treated=Fraction(7, 3), counterfactual=Fraction(5, 2))
    effect = effect_of(7 / 3, 2.5, reason, exact=exact)
    assert effect.exact_estimate == Fraction(-1, 6)
    assert effect.relative().exact_estimate == Fraction(-1, 15)
    assert effect.ratio().exact_estimate == Fraction(14, 15)
    assert effect.improvement().exact_estimate == Fraction(1, 6)
    assert effect.relative_improvement().exact_estimate == Fraction(1, 15)
    assert effect.improvement().total("0.1").exact_estimate == Fraction(1, 60)
    assert effect.rescale(0.1, "tens").exact_estimate == Fraction(-1, 60)


def test_an_estimate_from_exact_means_is_rounded_once() -> None:
    tenth = ExactMeans(treated=Fraction(9, 10), counterfactual=Fraction(1))
    assert 0.9 / 1.0 - 1 != -0.1
    assert effect_of(0.9, 1.0, EFFECTS["before_after"]().inference, exact=tenth).relative().estimate == -0.1
    far = ExactMeans(treated=Fraction("1000000000.1"), counterfactual=Fraction("1000000000.2"))
    assert 1000000000.1 - 1000000000.2 != -0.1
    effect = effect_of(1000000000.1, 1000000000.2, EFFECTS["before_after"]().inference, exact=far)
    assert effect.estimate == -0.1


def test_a_total_beyond_a_float_is_refused() -> None:
    for exact in (None, ExactMeans(treated=Fraction(10**99), counterfactual=Fraction(10**100))):
        effect = effect_of(1e99, 1e100, EFFECTS["before_after"]().inference, exact=exact)
        assert effect.total(1e200).estimate == pytest.approx(-9e299)
        with pytest.raises(
            ArgumentError, match=r"^`n` must leave every value within the reach of a float; got 1e\+250\.$"
        ):
            effect.total(1e250)


def test_summaries_read_as_written() -> None:
    effect = EFFECTS["placebo_difference"]()
    lines = dict(line.split("  ", 1) for line in effect.relative_improvement().summary("sv").splitlines())
    assert lines["Relativ förbättring"].strip() == "10,00\N{NO-BREAK SPACE}%"
    assert lines["Medelvärde bland behandlade"].strip() == "6,750 days per person"
    lines = dict(line.split("  ", 1) for line in EFFECTS["lin_ate"]().summary("en").splitlines())
    assert lines["Effect (treated − counterfactual)"].strip() == "−2.250 days per person"


def test_html_is_escaped() -> None:
    effect = dataclasses.replace(EFFECTS["lin_ate"](), method="<script>alert(1)</script>")
    assert "<script>" not in effect._repr_html_()
    assert "&lt;script&gt;" in effect._repr_html_()


def test_reading_a_result_names_what_is_wrong() -> None:
    text = EFFECTS["lin_ate"]().to_json()
    cases = [
        ("{}", "The JSON must carry the schema tag 'effekt/effect/1', 'effekt/effect-set/1' or 'effekt/measure/1'; "
               "got None."),
        ("[]", "The JSON must carry the schema tag 'effekt/effect/1', 'effekt/effect-set/1' or 'effekt/measure/1'; "
               "got None."),
        (text.replace('"means":', '"meens":'), "The JSON has the unknown key 'meens'. Did you mean 'means'? "
         "Use it as it was written."),
        (text.replace('"method":"randomized_trial",', ""), "The JSON lacks the key 'method'. "
         "Use it as it was written."),
        (text.replace('"treated":11.25', '"treated":"11.25"', 1), None),
        (text.replace('"kind":"StudentT"', '"kind":"Student"'),
         "The JSON at `inference.kind` must be AndersonRubin, Draws, Placebos, Randomization, StudentT, TestInversion, "
         "TwoProportions, TwoRates, Unavailable or WildBootstrap; got 'Student'. Use it as it was written."),
    ]  # fmt: skip
    for broken, sentence in cases:
        assert broken != text
        with pytest.raises(ArgumentError) as refusal:
            read_result(broken)
        if sentence is not None:
            assert str(refusal.value) == sentence
    with pytest.raises(ArgumentError, match="must carry the schema tag 'effekt/measure/1'; got 'effekt/effect/1'"):
        OutcomeMeasure.from_json(text)


def test_a_diagnostic_is_a_result() -> None:
    effect = EFFECTS["matched_att"]()
    (balance,) = effect.diagnostics
    assert Diagnostic.from_json(balance.to_json()) == balance
    assert repr(balance) == "Diagnostic(balance: ok. No difference above 0.1.)"
    frame = balance.tidy()
    assert frame["covariate"].tolist() == ["age", "income"]
    assert frame["after"].tolist() == [0.07, -0.02]
    values_only = dataclasses.replace(balance, table={}).tidy()
    assert values_only.iloc[0].to_dict() == {"largest": 0.07, "rule": "0.1", "covariates": 2, "reference": None}


@pytest.mark.parametrize("null", [1e308, -1e101])
def test_a_null_beyond_all_measure_is_refused(null: float) -> None:
    with pytest.raises(ArgumentError, match=r"`null` must be at most 1e\+100 in size"):
        effect_of(2.0, 3.0, StudentT(covariance=(1.0, 0.0, 1.0), df=FixedDf(df=18.0))).relative().p_value(null)


@pytest.mark.parametrize("weight", [1e-320, "1e-200", 1e150])
def test_weights_whose_squares_are_no_numbers_are_refused(weight):
    data = {"y": [3.0, 5.0, 4.0, 8.0, 6.5, 2.0], "d": [1, 0, 1, 0, 0, 1]}
    effect = effekt.randomized_trial(data, outcome="y", treatment="d")
    together = effekt.EffectSet(labels=("x",), effects=(effect,))
    with pytest.raises(ArgumentError) as error:
        together.combine({"x": weight})
    assert str(error.value) == (
        "`weights` must be 0 or between 1e-100 and 1e+100 in size, so that their squares are numbers; that of 'x' is "
        "not. Rescale the weights."
    )
    small = together.combine({"x": 1e-90})
    assert small.std_error == pytest.approx(1e-90 * effect.std_error, rel=1e-12)

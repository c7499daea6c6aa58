"""Published aggregates: Peterborough's rates as exact fractions, cohorts pooled, and no inference anywhere."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError, ViewUnavailableError

COHORTS = {
    "cohort": [1, 1, 2, 2],
    "group": [1, 0, 1, 0],
    "events": [142, 155, 137, 147],
    "people": [100, 100, 100, 100],
}
OUTCOME = effekt.Outcome(column=("events", "people"), unit="events per person", better="lower")
REASON = {
    "en": "Published aggregates do not say how outcomes vary between people, so there is no inference.",
    "sv": "Publicerade medelvärden säger inte hur utfallen varierar mellan personer, så osäkerheten är okänd.",
}


def published(data, **options):
    return effekt.published_comparison(
        data, **({"outcome": OUTCOME, "cohort": "cohort", "treatment": "group"} | options)
    )


def test_peterborough():
    """142 against 155 reconviction events per 100 people: 8.39 % fewer."""
    effect = published(COHORTS)[1]
    assert effect.exact.treated == F("1.42")
    assert effect.exact.counterfactual == F("1.55")
    assert effect.relative_improvement().exact_estimate == F(13, 155)
    assert effect.exact_estimate == F("-0.13")
    assert effect.estimate == -0.13 != effect.treated_mean - effect.counterfactual_mean
    assert effect.improvement().total(1000).exact_estimate == 130
    assert (effect.estimand.name, effect.variance) == ("ATT", "none/1")
    assert [note.code for note in effect.notes] == ["published_aggregates"]
    assert_valid_effect(effect)


def test_the_past_as_comparison_is_no_effect():
    effect = published(COHORTS, comparison="before_after")["1"]
    assert (effect.estimand.name, effect.estimand.causal) == ("before_after", False)
    assert effect.relative_improvement().exact_estimate == F(13, 155)
    assert "not an effect" in effect.notes[1].text.en
    assert_valid_effect(effect)
    assert published(COHORTS, comparison="matched")["1"].estimand.causal
    with pytest.raises(ArgumentError, match="`comparison` must be 'matched' or 'before_after'; got 'past'"):
        published(COHORTS, comparison="past")


def test_there_is_no_inference_in_either_language():
    effect = published(COHORTS)[1]
    assert effect.std_error is effect.df is effect.placebo_sd is effect.statistic is None
    for view in (effect, effect.relative(), effect.improvement()):
        for question in (view.p_value, view.confidence_interval, lambda view=view: view.confidence_at_least(0)):
            with pytest.raises(InferenceUnavailableError) as refusal:
                question()
            assert (str(refusal.value), refusal.value.sv) == (REASON["en"], REASON["sv"])
    for lang in ("en", "sv"):
        assert REASON[lang] in effect.summary(lang)


def test_the_cohorts_pooled_by_their_people():
    """Ratio of the pooled means, not mean of the ratios."""
    data = {**COHORTS, "events": [1420, 1550, 685, 735], "people": [1000, 1000, 500, 500]}
    pooled = published(data).combine({"1": F(2, 3), "2": F(1, 3)})
    assert pooled.exact.treated == F(1420 + 685, 1500)
    assert pooled.exact.counterfactual == F(1550 + 735, 1500)
    assert pooled.relative_improvement().exact_estimate == F(180, 2285)
    with pytest.raises(InferenceUnavailableError) as refusal:
        pooled.p_value()
    assert REASON["en"] in str(refusal.value)
    assert REASON["sv"] in refusal.value.sv
    assert pooled.std_error is None
    assert_valid_effect(pooled)


rows = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(1, 900), st.integers(0, 5000), st.integers(1, 900), st.integers(1, 9)),
    min_size=1,
    max_size=5,
)


@given(cohorts=rows, factor=st.sampled_from([1, 100]))
def test_any_cohorts_are_exact(cohorts, factor):
    """Decimals as the publication prints them, in any order of the rows."""
    table = [
        (f"c{i}", arm, above / factor, below)
        for i, (y, n, yc, nc, _) in enumerate(cohorts)
        for arm, above, below in ((1, y, n), (0, yc, nc))
    ]
    columns = ("cohort", "group", "events", "people")
    found, turned = (
        published(dict(zip(columns, map(list, zip(*order, strict=True)), strict=True)))
        for order in (table, table[::-1])
    )
    assert found.to_json() == turned.to_json()
    for i, (y, n, yc, nc, _) in enumerate(cohorts):
        effect = found[f"c{i}"]
        assert effect.exact.treated == F(y, factor * n)
        assert effect.exact.counterfactual == F(yc, factor * nc)
        if yc:
            assert effect.relative().exact_estimate == F(y * nc, n * yc) - 1
        else:
            with pytest.raises(ViewUnavailableError):
                effect.relative()
    weights = {f"c{i}": F(cohort[4], 10) for i, cohort in enumerate(cohorts)}
    pooled = found.combine(weights)
    assert pooled.exact_estimate == sum(weight * found[name].exact_estimate for name, weight in weights.items())


def test_cohorts_are_found_by_label():
    cohorts = published(COHORTS)
    assert cohorts.labels == ("1", "2")
    assert cohorts["2"] == cohorts[2]
    assert cohorts.tidy()["label"].tolist() == ["1", "2"]
    with pytest.raises(ArgumentError):
        cohorts[3]
    assert effekt.EffectSet.from_json(cohorts.to_json()) == cohorts


def test_a_negative_numerator_is_refused():
    data = {"cohort": [1, 1], "group": [1, 0], "events": [142, -155], "people": [100, 100]}
    with pytest.raises(DataError) as refusal:
        published(data)
    assert str(refusal.value) == (
        "Column 'events' must hold numerators of at least 0; 1 row did not, the first at row 2. Correct the data."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"cohort": ["cohort"]}, "`cohort` must be a column name; got ['cohort']."),
        ({"treatment": None}, "`treatment` must be a column name; got None."),
        ({"cohort": "events"}, "Column 'events' must play one role; it is named as `outcome` and `cohort`."),
    ],
)
def test_columns_are_names_and_play_one_role(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        published(COHORTS, **options)
    assert str(refusal.value) == sentence

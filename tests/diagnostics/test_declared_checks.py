"""Substitution, a break at a date and spill-over from their own numbers: by hand, the words, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.diagnostics import level_break, spill_over, substitution
from effekt.exceptions import ArgumentError

MOVED = {"outcome": "short", "other": "long", "effect": -0.5, "counterfactual": 5.0, "other_effect": 0.125}
BREAK = {
    "at": "2019-03",
    "window": "reference",
    "effect": -0.2,
    "errors": [0.1, -0.2, 0.05, 0.0, 0.3, -0.1, 0.02, 0.03, -0.04],
    "scale": "log",
    "relative": -0.12,
    "relative_one_side": 0.01,
}


# --- substitution -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "elsewhere", "offset", "status"),
    [
        ({}, 0.125, 0.25, "warning"),
        ({"better": "lower"}, 0.125, 0.25, "warning"),
        ({"better": "higher"}, 0.125, None, "information"),
        ({"other_effect": 0.049}, 0.049, 0.098, "information"),
        ({"other_effect": 0.05}, 0.05, 0.1, "warning"),
        ({"other_effect": -0.1}, -0.1, -0.2, "information"),
        ({"other_effect": -0.4, "includes": True}, 0.1, 0.2, "warning"),
        ({"other_effect": -0.5, "includes": True}, 0.0, 0.0, "information"),
        ({"effect": 0.5, "better": "lower"}, 0.125, None, "information"),
        ({"effect": 0.5, "other_effect": -0.25, "better": "higher"}, -0.25, 0.5, "warning"),
        ({"effect": 0.0}, 0.125, None, "information"),
    ],
)
def test_what_comes_back(options, elsewhere, offset, status):
    found = substitution(**MOVED | options)
    assert found.values["effect_elsewhere"] == pytest.approx(elsewhere, abs=1e-15)
    assert found.values["offset"] == (None if offset is None else pytest.approx(offset, abs=1e-15))
    assert found.status == status
    assert found.values["relative_elsewhere"] == pytest.approx(elsewhere / 5, abs=1e-15)


def test_the_words_of_what_comes_back():
    found = substitution(**MOVED, placebos=[0.025, -0.03, 0.01])
    assert found.values["p_value"] == 3 / 4
    assert found.statement.en == (
        "Of the fall of 0.500 in short, 0.125 (25.0%) shows up as a rise in long. By rank among 3 units without the "
        "intervention, p of the change there is 0.750."
    )
    assert found.statement.sv.replace("\xa0", " ") == (
        "Av minskningen på 0,500 i short återkommer 0,125 (25,0 %) som en ökning i long. Efter rang bland 3 enheter "
        "utan insatsen är p för förändringen där 0,750."
    )
    rest = substitution(**MOVED | {"other_effect": -0.6, "includes": True})
    assert rest.statement.en == (
        "No part of the fall of 0.500 in short shows up as a rise in the rest of long, which changed by −0.100."
    )
    more = substitution(**MOVED | {"effect": 0.5, "other_effect": -0.25, "better": "higher"})
    assert more.statement.en == "Of the rise of 0.500 in short, 0.250 (50.0%) shows up as a fall in long."
    assert more.statement.sv.replace("\xa0", " ") == (
        "Av ökningen på 0,500 i short återkommer 0,250 (50,0 %) som en minskning i long."
    )


def test_without_a_counterfactual_above_zero_there_is_nothing_relative():
    found = substitution(**MOVED | {"counterfactual": 0.0}, placebos=[0.1])
    assert (found.values["relative"], found.values["relative_elsewhere"], found.values["p_value"]) == (None,) * 3
    by_units = substitution(**MOVED | {"counterfactual": 0.0}, placebos=[0.125, 0.1], relative=False)
    assert by_units.values["p_value"] == pytest.approx(2 / 3)


# --- a break ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "p", "status"),
    [
        ({}, 3 / 10, "ok"),  # −0.2 ties and counts
        ({"effect": -0.4}, 1 / 10, "warning"),
        ({"effect": 0.4}, 1 / 10, "warning"),
        ({"effect": -0.4, "errors": [0.1] * 8}, 1 / 9, "information"),
        ({"effect": -0.4, "errors": []}, None, "information"),
        ({"effect": 0.0}, 1.0, "ok"),
    ],
)
@pytest.mark.parametrize("scale", ["log", "linear"])
def test_the_rank_of_a_break(options, p, status, scale):
    found = level_break(**BREAK | options | {"scale": scale})
    assert found.values["p_value"] == (None if p is None else pytest.approx(p, rel=1e-15))
    assert found.status == status
    assert ("break_relative" in found.values) == (scale == "log")


def test_the_words_of_a_break():
    found = level_break(**BREAK)
    assert found.values["break_relative"] == pytest.approx(math.exp(-0.2) - 1, rel=1e-12)
    assert found.statement.en == (
        "From 2019-03 on, within the reference window, the treated series changes by −18.13% beyond the comparator. By "
        "rank among 9 units without the intervention p is 0.300; it cannot be below 0.100. The relative change is "
        "−12.00% as declared, and 1.00% with only the periods from 2019-03 in that window."
    )
    later = level_break(**BREAK | {"window": "evaluation", "scale": "linear", "relative_one_side": None})
    assert later.statement.sv.replace("\xa0", " ") == (
        "Från och med 2019-03, inom utvärderingsfönstret, förändras den behandlade serien med −0,200 utöver "
        "jämförelsen. Efter rang bland 9 enheter utan insatsen är p 0,300; det kan inte vara under 0,100. Inom "
        "utvärderingen kan en förändring också vara insatsens egen, när den får fäste eller klingar av."
    )


@given(effect=st.floats(-1, 1), errors=st.lists(st.floats(-1, 1), min_size=1, max_size=20), by=st.floats(0.1, 10))
def test_order_and_unit_do_not_matter(effect, errors, by):
    one = level_break(**BREAK | {"effect": effect, "errors": errors, "scale": "linear"})
    other = level_break(**BREAK | {"effect": effect, "errors": errors[::-1], "scale": "linear"})
    assert one.to_json() == other.to_json()
    assert one.values["p_value"] * (len(errors) + 1) == pytest.approx(round(one.values["p_value"] * (len(errors) + 1)))
    scaled = level_break(**BREAK | {"effect": effect * by, "errors": [e * by for e in errors], "scale": "linear"})
    if all(abs(abs(error) - abs(effect)) > 1e-6 for error in errors):
        assert scaled.values["p_value"] == one.values["p_value"]


# --- spill-over -------------------------------------------------------------------------------------------------------


@given(counterfactual=st.floats(1, 100), effect=st.floats(-0.9, 0.9), share=st.floats(0.01, 0.9))
def test_the_share_of_the_effect_is_put_back(counterfactual, effect, share):
    """A comparator that is (1 − s)·C + s·Y gives C again; the bias is −s·τ."""
    treated = counterfactual * (1 + effect)
    found = spill_over(treated=treated, counterfactual=(1 - share) * counterfactual + share * treated, share=share)
    true = treated - counterfactual
    assert found.values["effect_corrected"] == pytest.approx(true, rel=1e-9, abs=1e-9)
    assert found.values["bias"] == pytest.approx(-share * true, rel=1e-9, abs=1e-9)
    assert found.values["relative_corrected"] == pytest.approx(effect, rel=1e-9, abs=1e-9)


def test_spill_over_without_a_relative_change():
    found = spill_over(treated=6.0, counterfactual=2.0, share=0.5)
    assert (found.values["effect_corrected"], found.values["relative_corrected"]) == (8.0, None)
    assert found.statement.en == (
        "Units with 50.00% of the comparator's outcome in the reference window are declared to run the same programme, "
        "so that the effect found is by that share too small."
    )
    assert found.statement.sv.startswith(
        "Enheter med 50,00\xa0% av jämförelsens utfall i referensfönstret uppges ha samma"
    )
    weight = spill_over(treated=6.0, counterfactual=2.0, share=0.5, of="weight").statement
    assert weight.en.startswith("Units with 50.00% of the weight in the comparator are declared to run the same")
    assert weight.sv.startswith("Enheter med 50,00\xa0% av vikten i jämförelsen uppges ha samma insats")
    sevenths = spill_over(treated=6.0, counterfactual=7.0, share=5 / 7).statement
    assert (sevenths.en[:17], sevenths.sv[:19]) == ("Units with 71.43%", "Enheter med 71,43\xa0%")


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "options", "sentence"),
    [
        (
            substitution,
            {"effect": math.nan},
            "`effect` must be a finite number; got nan.",
        ),
        (substitution, {"includes": 1}, "`includes` must be True or False; got 1."),
        (substitution, {"better": "less"}, "`better` must be 'lower' or 'higher'; got 'less'."),
        (
            substitution,
            {"placebos": [0.1, math.inf]},
            "`placebos` must hold finite numbers; the first row that does not is row 2. Correct or leave it out.",
        ),
        (level_break, {"window": "between"}, "`window` must be 'reference' or 'evaluation'; got 'between'."),
        (level_break, {"scale": "ratio"}, "`scale` must be 'log' or 'linear'; got 'ratio'."),
        (
            level_break,
            {"errors": [math.nan]},
            "`errors` must hold finite numbers; the first row that does not is row 1. Correct or leave it out.",
        ),
        (spill_over, {"share": 0}, "`share` must be a number between 0 and 1, ends apart; got 0."),
        (spill_over, {"of": "units"}, "`of` must be 'outcome' or 'weight'; got 'units'."),
        (
            spill_over,
            {"treated": math.nan},
            "`treated` must be a finite number; got nan.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, options, sentence):
    given_options = {
        substitution: MOVED,
        level_break: BREAK,
        spill_over: {"treated": 1.0, "counterfactual": 2.0, "share": 0.5},
    }[call]
    with pytest.raises(ArgumentError) as refusal:
        call(**given_options | options)
    assert str(refusal.value) == sentence

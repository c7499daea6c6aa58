"""Where a contract's own condition on certainty is met, on its own side, and what is said of one that is not read."""

from __future__ import annotations

import itertools
import operator
import re
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from effekt import workflow
from effekt._text import format_share
from effekt.contracts import Contract, parse_contract
from effekt.contracts.scenarios import Situation
from effekt.workflow import outlook
from effekt.workflow.plan.detectable import detectable

RULE = "digits: 6, unit: fraction, on_unavailable: refer"


def figure(view: str, statistic: str, more: str) -> str:
    digits = RULE.replace("6", "4") if statistic in ("p_value", "confidence_at_least") else RULE
    return f"{{estimate: absence, view: {view}, statistic: {statistic}, {more}{digits}}}"


def contract(view: str, certain: str, line: str) -> Contract:
    """The sick-leave case: `m` is the estimate in a view, `g` how certain it is, `d` 1 less it, `bar` a derived 0.9."""
    text = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
    pay = "without_inference: pay"
    figures = f"""  m: {{estimate: absence, view: {view}, statistic: estimate, digits: 6, unit: fraction, {pay}}}
  g: {certain}
  d: {{derived: {{difference: ["1", g]}}, digits: 4, unit: fraction}}
  bar: {{derived: {{sum: ["0.8", "0.1"]}}, digits: 2, unit: fraction}}
"""
    text = text.replace("\npayment:", f"\n{figures}payment:")
    start = text.index("piecewise: {figure: reduction")
    return parse_contract((text[:start] + line + "\n").encode())


def gate(view: str, certain: str, when: str) -> Contract:
    return contract(view, certain, f'fixed: "1000"\n      when: {when}')


HIGH = 'level: "0.9", alternative: less, '
LOW = 'level: "0.9", alternative: greater, '


@pytest.mark.parametrize(
    ("view", "certain", "when", "against", "values"),
    [
        ("relative", ("confidence_high", HIGH), '{figure: g, lt: "0.05"}', "5%", ["-0.0136952"]),
        ("relative", ("confidence_high", HIGH), '{figure: g, lt: "-0.01"}', "−1%", ["-0.0736952"]),
        ("ratio", ("confidence_high", HIGH), '{figure: g, lt: "1.05"}', "1.05", ["0.9863048"]),
        ("relative", ("p_value", 'alternative: less, "null": "0.05", '), '{figure: g, lt: "0.1"}', "5%", ["-0.0137"]),
        ("relative", ("confidence_at_least", 'threshold: "0.05", '), '{figure: g, le: "0.1"}', "5%", ["-0.0137"]),
        ("relative_improvement", ("confidence_low", LOW), '{figure: g, gt: "-0.05"}', "−5%", ["0.0136952"]),
        ("relative_improvement", ("confidence_low", LOW), '{figure: g, gt: "0.05"}', "5%", ["0.1136952"]),
        ("relative", ("p_value", '"null": "0.05", '), '{figure: g, le: "0.2"}', "5%", ["-0.0137", "0.1137"]),
        ("relative", ("confidence_high", HIGH), '{not: {figure: g, ge: "-0.01"}}', "−1%", ["-0.0736952"]),
    ],
)
def test_the_true_value_at_which_the_condition_is_met_lies_on_its_side(
    view: str, certain: tuple[str, str], when: str, against: str, values: list[str]
) -> None:
    """z(0.9) + z(0.8) = 2.1232 standard errors of 0.03 from what it is held against; settlements there meet it so."""
    made = outlook(gate(view, figure(view, *certain), when), figure="m", std_errors=["0.03"], effects=values)
    (found,) = made.detectable
    is_share = view != "ratio"
    told = [f"{100 * float(one):.1f}%".replace("-", "−") if is_share else f"{float(one):.4g}" for one in values]
    end = f"The condition itself is held against {against}; it is met with probability 0.8 at a true value of "
    assert found.text.en.endswith(f"{end}{' or '.join(told)}.")
    assert "vid det sanna värdet" in found.text.sv
    for one in made.scenarios:
        if one.effect in values:
            assert list(one.gates.values()) == [pytest.approx(0.8, abs=1e-3)]


def test_what_another_view_is_held_against_is_told_in_the_varied_figures() -> None:
    """A relative effect below −1 % is an improvement above 1 %."""
    certain = figure("relative", "confidence_high", HIGH)
    made = gate("relative_improvement", certain, '{figure: g, lt: "-0.01"}')
    (found,) = outlook(made, figure="m", std_errors=["0.03"]).detectable
    assert found.text.en.endswith("held against 1%; it is met with probability 0.8 at a true value of 7.4%.")


def test_a_threshold_below_no_effect_is_that_of_an_improvement_where_lower_is_better() -> None:
    line = 'tiers: {figure: m, steps: [{from: "-0.12", pays: "1000"}, {from: "0.02", pays: "0"}]}'
    (found,) = outlook(
        contract("relative", figure("relative", "p_value", ""), line), figure="m", std_errors=["0.03"]
    ).detectable
    assert found.threshold == "-0.12"
    assert "an estimate of 12.0% or more, the threshold," in found.text.en


CONFIDENCE = figure("relative_improvement", "confidence_at_least", 'threshold: "0", ')
CHANCE = figure("relative_improvement", "p_value", "alternative: greater, ")
BOUND = figure("relative_improvement", "confidence_low", LOW)


@pytest.mark.parametrize(
    ("certain", "when"),
    [
        (CONFIDENCE, '{not: {figure: g, lt: "0.9"}}'),
        (CONFIDENCE, '{not: {not: {figure: g, ge: "0.9"}}}'),
        (CONFIDENCE, '{not: {any: [{figure: g, lt: "0.9"}, {figure: m, lt: "0"}]}}'),
        (CONFIDENCE, '{not: {all: [{figure: m, lt: "0"}, {not: {figure: g, gt: "0.9"}}]}}'),
        (CHANCE, '{not: {figure: g, ge: "0.1"}}'),
        (BOUND, '{not: {figure: g, le: "0"}}'),
    ],
)
def test_a_comparison_that_must_not_hold_is_the_turned_one_that_must(certain: str, when: str) -> None:
    (found,) = outlook(gate("relative_improvement", certain, when), figure="m", std_errors=["0.03"]).detectable
    assert (found.level, found.alternative) == ("0.9", "greater")
    assert re.search(
        r"is 6\.4%.*one-sided test with 90% confidence, as in the contract's condition on g", found.text.en
    )


STEPS = 'tiers: {figure: g, steps: [{from: "0.9", pays: "1000"}]}'
PRICE = 'unit_price: {price: "1000", figure: m, below_zero: zero}'


@pytest.mark.parametrize(
    ("certain", "line"),
    [
        (CONFIDENCE, 'fixed: "1000"\n      when: {figure: g, ge: bar}'),
        (CONFIDENCE, 'fixed: "1000"\n      when: {figure: d, le: "0.1"}'),
        (CONFIDENCE, 'fixed: "1000"\n      when: {not: {figure: g, ge: "0.9"}}'),
        (CHANCE, 'fixed: "1000"\n      when: {figure: g, eq: "0"}'),
        (CHANCE, 'fixed: "1000"\n      when: {figure: g, ge: "0.1"}'),
        (CONFIDENCE, STEPS),
        (BOUND, STEPS),
        (CONFIDENCE, f"lesser_of: [{{{PRICE}}}, {{{STEPS}}}]"),
    ],
)
def test_a_condition_in_a_form_that_is_not_read_is_never_said_to_be_none(certain: str, line: str) -> None:
    (found,) = outlook(contract("relative_improvement", certain, line), figure="m", std_errors=["0.03"]).detectable
    assert (found.level, found.alternative) == ("0.95", "two-sided")
    assert found.text.en.endswith(
        "That is by a two-sided test with 95% confidence; the contract has a condition on how certain the effect is, "
        "on g, in another form, which this test does not take in."
    )
    assert found.text.sv.endswith(
        "avtalet har ett villkor om hur säker effekten är, på g, i en annan form, som detta test inte tar hänsyn till."
    )


def test_a_certainty_that_no_money_hangs_on_is_no_condition() -> None:
    (found,) = outlook(contract("relative_improvement", CONFIDENCE, PRICE), figure="m", std_errors=["0.03"]).detectable
    assert found.text.en.endswith("the contract has no condition on how certain the effect is.")


@pytest.mark.parametrize(
    ("digits", "view", "when", "edge", "told"),
    [
        (1, "relative_improvement", 'ge: "0.1"', 0.05, "more than 5%, with which the rounded figure reaches"),
        (1, "relative_improvement", 'gt: "0.1"', 0.15, "15% or more, with which the rounded figure passes"),
        (2, "relative_improvement", 'ge: "0.1"', 0.095, "9.5% or more, with which the rounded figure reaches"),
        (2, "relative_improvement", 'gt: "0.1"', 0.105, "more than 10.5%, with which the rounded figure passes"),
        (1, "relative", 'le: "-0.1"', 0.05, "more than 5%, with which the rounded figure reaches"),
        (1, "relative", 'lt: "-0.1"', 0.15, "15% or more, with which the rounded figure passes"),
        (2, "relative", 'le: "-0.1"', 0.095, "9.5% or more, with which the rounded figure reaches"),
        (2, "relative", 'lt: "-0.1"', 0.105, "more than 10.5%, with which the rounded figure passes"),
    ],
)
def test_the_chance_of_a_threshold_is_that_of_the_rounded_figure(
    digits: int, view: str, when: str, edge: float, told: str
) -> None:
    """The settlements of the table and the sentence say the same; by the normal curve from the edge on."""
    made = contract(view, CONFIDENCE, f'fixed: "1000"\n      when: {{figure: m, {when}}}').raw.decode()
    made = re.sub(r"(  m: .*digits: )6", rf"\g<1>{digits}", made)
    found = outlook(parse_contract(made.encode()), figure="m", std_errors=["0.0425"])
    (nothing,) = found.scenarios
    tail = NormalDist(0, 0.0425).cdf(-edge)
    (detected,) = found.detectable
    assert list(nothing.gates.values()) == [pytest.approx(tail, abs=1e-9)]
    assert detected.threshold == ("-0.1" if view == "relative" else "0.1")
    chance = f"has probability {format_share(tail, 'en')} for a true one of 0.0%."
    assert f" An estimate of {told} the threshold of 10%, {chance}" in detected.text.en
    figure = Decimal(str(edge)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    at_edge = figure >= Decimal("0.1") if when[1] == "e" else figure > Decimal("0.1")
    assert (" or more, with" in told) is at_edge
    assert (" eller mer, med vilken" in detected.text.sv) is at_edge
    assert ("skattning på mer än" in detected.text.sv) is not at_edge
    assert f"tröskeln 10\N{NO-BREAK SPACE}%, har sannolikheten {format_share(tail, 'sv')}" in detected.text.sv


STANDARD = NormalDist()
TWO_SIDED = figure("relative_improvement", "p_value", "")


def rounding(certain: str, digits: int, when: str) -> Contract:
    """A contract whose condition holds a certainty of so many decimals."""
    return gate("relative_improvement", re.sub(r"digits: \d", f"digits: {digits}", certain), f"{{figure: g, {when}}}")


@pytest.mark.parametrize(
    ("certain", "digits", "when", "level", "told", "asked"),
    [
        (CONFIDENCE, 1, 'ge: "0.9"', 0.85, "85%", "90%"),
        (CONFIDENCE, 1, 'gt: "0.8"', 0.85, "85%", "more than 80%"),
        (CONFIDENCE, 2, 'ge: "0.9"', 0.895, "89.5%", "90%"),
        (CONFIDENCE, 1, 'ge: "0.95"', 0.95, "95%", None),
        (CONFIDENCE, 4, 'ge: "0.9"', 0.89995, "90%", None),
        (CONFIDENCE, 3, 'ge: "1"', 0.9995, "99.95%", "100%"),
        (CHANCE, 2, 'le: "0.05"', 0.945, "94.5%", "95%"),
        (CHANCE, 2, 'lt: "0.05"', 0.955, "95.5%", "more than 95%"),
        (CHANCE, 4, 'le: "0.05"', 0.94995, "95%", None),
        (TWO_SIDED, 2, 'le: "0.1"', 0.895, "89.5%", "90%"),
    ],
)
def test_the_smallest_effect_is_of_the_level_from_which_on_the_rounded_figure_is_enough(
    certain: str, digits: int, when: str, level: float, told: str, asked: str | None
) -> None:
    """By the normal curve; settlements at that effect meet the condition with the power that is said."""
    made, sides = rounding(certain, digits, when), 2 if certain == TWO_SIDED else 1
    (found,) = outlook(made, figure="m", std_errors=["0.03"]).detectable
    assert found.smallest is not None
    far, distance = STANDARD.inv_cdf(1 - (1 - level) / sides), found.smallest / 0.03
    power = STANDARD.cdf(distance - far) + (sides - 1) * STANDARD.cdf(-distance - far)
    assert power == pytest.approx(0.8, abs=1e-9)
    there = outlook(made, figure="m", std_errors=["0.03"], effects=[f"{found.smallest:.12f}"]).scenarios[-1]
    assert list(there.gates.values()) == [pytest.approx(0.8, abs=1e-8)]
    stated = Decimal(str(level)) if certain == CONFIDENCE else 1 - Decimal(str(level))
    rounded = stated.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    at_edge = getattr(operator, when[:2])(rounded, Decimal(when[5:-1]))
    how = "as in the contract's condition on g."
    if asked is not None:
        from_which = "from which on" if at_edge else "above which"
        how = f"{from_which} g, once rounded, meets the contract's condition of {asked}."
    assert f"{'one' if sides == 1 else 'two'}-sided test with {told} confidence, {how}" in found.text.en
    said = f"{'från' if at_edge else 'över'} vilken g efter avrundning uppfyller avtalets villkor om"
    assert (said in found.text.sv) is (asked is not None)


@pytest.mark.parametrize(
    ("certain", "digits", "when", "edge", "told"),
    [
        (BOUND, 2, 'ge: "0.05"', "0.045", "held against 5%, which the rounded figure reaches beyond 4.5%; it"),
        (BOUND, 2, 'gt: "0.05"', "0.055", "held against 5%, which the rounded figure passes at 5.5%; it"),
        (BOUND, 6, 'ge: "0.05"', "0.0499995", "held against 5%; it"),
        (BOUND, 1, 'ge: "0"', "-0.05", "held against 0%, which the rounded figure reaches at −5%; it"),
        (BOUND, 1, 'gt: "0"', "0.05", "held against 0%, which the rounded figure passes beyond 5%; it"),
    ],
)
def test_a_bound_is_met_where_it_is_once_rounded(certain: str, digits: int, when: str, edge: str, told: str) -> None:
    made = rounding(certain, digits, when)
    place = float(edge) + 0.03 * (STANDARD.inv_cdf(0.9) + STANDARD.inv_cdf(0.8))
    found = outlook(made, figure="m", std_errors=["0.03"], effects=[f"{place:.12f}"])
    (detected,) = found.detectable
    (one,) = (one for one in found.scenarios if not one.no_effect)
    assert list(one.gates.values()) == [pytest.approx(0.8, abs=1e-8)]
    assert told in detected.text.en
    assert detected.text.en.endswith(f"is met with probability 0.8 at a true value of {100 * place:.1f}%.")
    assert (" bortom " in detected.text.sv) is (" beyond " in told)
    moved = "den avrundade siffran" in detected.text.sv.rpartition("Villkoret självt")[2]
    assert moved is ("rounded figure" in told)


def test_a_bound_that_rounding_does_not_move_is_held_against_no_effect() -> None:
    (found,) = outlook(rounding(BOUND, 6, 'ge: "0"'), figure="m", std_errors=["0.03"]).detectable
    assert found.text.en.endswith("as in the contract's condition on g.")


def test_the_rounding_of_a_bound_in_units_is_told_with_the_mean_and_else_said_not_to_be_taken_in() -> None:
    """0.05 days are a tenth of a mean of half a day."""
    certain = figure("improvement", "confidence_low", LOW).replace("digits: 6, unit: fraction", "digits: 1, unit: days")
    made = gate("relative_improvement", certain, '{figure: g, ge: "0"}')
    (found,) = outlook(made, figure="m", std_errors=["0.03"], counterfactual_mean="0.5").detectable
    place = -0.1 + 0.03 * (STANDARD.inv_cdf(0.9) + STANDARD.inv_cdf(0.8))
    assert "held against 0%, which the rounded figure reaches at −10%; it" in found.text.en
    assert found.text.en.endswith(f"at a true value of {100 * place:.1f}%.".replace("-", "−"))
    (found,) = outlook(made, figure="m", std_errors=["0.03"], assumed={"g": "1"}).detectable
    assert found.text.en.endswith("That g is rounded before the condition is tried is not taken in.")
    assert found.text.sv.endswith("Att g avrundas innan villkoret prövas tas inte med.")


# --- low and high levels ----------------------------------------------------------------------------------------------

LEVELS = [f"0.{i:02}" for i in (1, 10, 19, 20, 21, 35, 50, 60, 61, 80, 95, 99)]
KINDS = ["confidence", "chance", "chance of both sides", "bound", "bound of both sides"]
SIDES = {"relative": "less", "relative_improvement": "greater"}


def at_level(kind: str, level: str, view: str, *, strict: bool) -> tuple[Contract, float]:
    """A contract with a condition at a level, and by hand that at which its figure of four or six decimals meets it."""
    up, side = view == "relative_improvement", SIDES[view]
    above, below = ("gt", "lt") if strict else ("ge", "le")
    chance, edge = str(1 - Decimal(level)), float(level) + (0.00005 if strict else -0.00005)
    end = "confidence_low" if up else "confidence_high"
    if kind == "confidence":
        certain, when = ("confidence_at_least", 'threshold: "0", '), (f'ge: "{level}"' if up else f'le: "{chance}"')
    elif kind.startswith("chance"):
        certain, when = ("p_value", "" if "both" in kind else f"alternative: {side}, "), f'le: "{chance}"'
    else:
        sided = "two-sided" if "both" in kind else side
        certain, edge = (end, f'level: "{level}", alternative: {sided}, '), float(level)
        when = 'ge: "0"' if up else 'le: "0"'
    when = when.replace("ge", above).replace("le", below)
    return gate(view, figure(view, *certain), f"{{figure: g, {when}}}"), edge


def met_with(kind: str, level: float, effect: float) -> float:
    """By the normal curve: how often the condition is met at a true improvement in standard errors."""
    if kind == "chance of both sides":
        line = STANDARD.inv_cdf(1 - (1 - level) / 2)
        return STANDARD.cdf(effect - line) + STANDARD.cdf(-effect - line)
    return STANDARD.cdf(effect - STANDARD.inv_cdf(1 - (1 - level) / (2 if "both" in kind else 1)))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("view", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_at_every_level_the_smallest_effect_meets_the_condition_or_none_is_needed(
    kind: str, view: str, strict: bool
) -> None:
    for level in LEVELS:
        made, edge = at_level(kind, level, view, strict=strict)
        situation = Situation(contract=made, figure="m", assumed={}, counterfactual_mean=None)
        found, none = detectable(situation, Fraction("0.03")), met_with(kind, edge, 0)
        assert found.level == str(Decimal(level).normalize())
        assert f"test with {int(100 * Decimal(level))}% confidence, as in" in found.text.en
        assert (found.smallest is None) is (none >= 0.8)
        if found.smallest is None:
            first = "There is no smallest improvement found with power 0.8: without any effect one is found with"
            assert found.text.en.startswith(f"{first} probability {format_share(none, 'en')}. ")
        else:
            assert met_with(kind, edge, found.smallest / 0.03) == pytest.approx(0.8, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_at_every_level_settlements_meet_the_condition_as_often_as_by_the_curve(kind: str) -> None:
    ways = itertools.cycle(itertools.product(SIDES, (False, True)))
    for level, (view, strict) in zip(LEVELS, ways, strict=False):
        made, edge = at_level(kind, level, view, strict=strict)
        side = 1 if view == "relative_improvement" else -1
        for one in outlook(made, figure="m", std_errors=["0.03"], effects=[f"{side * 0.03}"]).scenarios:
            moved = 2e-5 if kind.startswith("bound") else 1e-7  # by half the sixth decimal of a bound
            chance = met_with(kind, edge, side * float(one.effect) / 0.03)
            assert list(one.gates.values()) == [pytest.approx(chance, abs=moved)]


def met(made: Contract, effect: str) -> list[float]:
    """How often settlements at a true value meet each condition."""
    found = outlook(made, figure="m", std_errors=["0.03"], effects=[effect]).scenarios
    return [chance for one in found if Decimal(one.effect) == Decimal(effect) for chance in one.gates.values()]


NEXT = '{any: [{figure: m, ge: "0.1"}, {figure: g, ge: "0.2"}]}'


@pytest.mark.parametrize(
    ("digits", "reached"),
    [
        (6, "10% or more, the threshold"),
        (1, "more than 5%, with which the rounded figure reaches the threshold of 10%"),
    ],
)
def test_where_no_effect_is_needed_all_else_is_told(digits: int, reached: str) -> None:
    made = gate("relative_improvement", CONFIDENCE, NEXT).raw.decode()
    made = re.sub(r"(  m: .*digits: )6", rf"\g<1>{digits}", made)
    (found,) = outlook(parse_contract(made.encode()), figure="m", std_errors=["0.03"]).detectable
    chance = format_share(NormalDist(0, 0.03).cdf(-0.1 if digits == 6 else -0.05), "en")
    assert (found.smallest, found.level, found.alternative, found.threshold) == (None, "0.2", "greater", "0.1")
    assert found.text.en == (
        "There is no smallest improvement found with power 0.8: without any effect one is found with probability "
        f"80.0%. An estimate of {reached}, has probability {chance} for a true one of 0.0%. That is by a one-sided "
        "test with 20% confidence, as in the contract's condition on g."
    )
    assert found.text.sv.startswith(
        "Det finns ingen minsta förbättring som upptäcks med styrkan 0,8: utan någon effekt upptäcks en med "
        "sannolikheten 80,0\N{NO-BREAK SPACE}%. En skattning på "
    )
    assert found.text.sv.endswith("som i avtalets villkor om g.")


def test_where_rounding_decides_that_no_effect_is_needed_the_level_from_which_on_it_is_met_is_told() -> None:
    """With one decimal a confidence is at least 0.2 from 0.15 on."""
    (found,) = outlook(rounding(CONFIDENCE, 1, 'ge: "0.2"'), figure="m", std_errors=["0.03"]).detectable
    assert found.smallest is None
    assert "one is found with probability 85.0%. That is by a one-sided test with 15% confidence, from" in found.text.en
    assert found.text.en.endswith("from which on g, once rounded, meets the contract's condition of 20%.")


@pytest.mark.parametrize(
    ("certain", "when", "told"),
    [
        (CONFIDENCE, 'ge: "0"', "without any effect one is found with probability 100.0%. That is by a one-sided test"),
        (TWO_SIDED, 'le: "1"', "without any effect one is found with probability 100.0%. That is by a two-sided test"),
        (CONFIDENCE, 'gt: "1"', "No effect, however large, is found with power 0.8. That is by a one-sided test"),
        (CHANCE, 'lt: "0"', "No effect, however large, is found with power 0.8. That is by a one-sided test"),
        (CONFIDENCE, 'gt: "0"', "one is found with probability above 99.9%. That is by a one-sided test with 0.005%"),
    ],
)
def test_a_condition_that_is_always_or_never_met_is_said_to_be(certain: str, when: str, told: str) -> None:
    made = rounding(certain, 4, when)
    (found,) = outlook(made, figure="m", std_errors=["0.03"]).detectable
    chances = [chance for effect in ("-0.1", "0", "0.1", "0.2") for chance in met(made, effect)]
    assert found.smallest is None
    assert told in found.text.en
    if when != 'gt: "0"':
        assert set(chances) == {0.0 if told.startswith("No effect") else 1.0}


@pytest.mark.parametrize(
    ("certain", "when", "level", "alternative", "sided"),
    [
        (("p_value", ""), '{any: [{figure: g, le: "0.75"}, {figure: h, ge: "0.6"}]}', "0.6", "greater", "one"),
        (("p_value", ""), '{any: [{figure: g, le: "0.4"}, {figure: h, ge: "0.6"}]}', "0.6", "two-sided", "two"),
        (("p_value", ""), '{any: [{figure: g, le: "0.9"}, {figure: h, ge: "0.05"}]}', "0.1", "two-sided", "two"),
    ],
)
def test_of_several_conditions_that_which_needs_the_largest_effect_is_told_of(
    certain: tuple[str, str], when: str, level: str, alternative: str, sided: str
) -> None:
    """Two-sided at 25 % an effect of 0.62 standard errors is found, one-sided at 60 % one of 1.09, at 60 % both: 1.44.

    Where none needs one, it is that which is met most seldom.
    """
    other = f"{figure('relative_improvement', *certain)}\n  h: {CONFIDENCE}"
    (found,) = outlook(gate("relative_improvement", other, when), figure="m", std_errors=["0.03"]).detectable
    assert (found.level, found.alternative) == (level, alternative)
    assert f"That is by a {sided}-sided test with" in found.text.en


@pytest.mark.parametrize(
    ("certain", "when", "end"),
    [
        (("p_value", '"null": "0.05", '), 'le: "0.8"', "met with probability 0.8 or more whatever the true value"),
        (("p_value", '"null": "0.05", '), 'le: "0.7"', "met with probability 0.8 at a true value of 2.2% or 7.8%"),
        (("p_value", '"null": "0.05", '), 'lt: "0"', "held against 5%; it is never met"),
        (("confidence_at_least", 'threshold: "0.05", '), 'ge: "0.1"', "at a true value of 3.7%"),
        (("confidence_at_least", 'threshold: "0.05", '), 'ge: "0"', "or more whatever the true value"),
        (("confidence_low", 'level: "0.2", alternative: greater, '), 'ge: "0.05"', "at a true value of 5.0%"),
        (("confidence_low", 'level: "0.2", alternative: two-sided, '), 'ge: "0.05"', "at a true value of 8.3%"),
    ],
)
def test_against_another_value_a_low_level_is_met_on_either_side_of_it(
    certain: tuple[str, str], when: str, end: str
) -> None:
    """Of both sides by both tails: Φ(δ − 0.385) + Φ(−δ − 0.385) = 0.8 at δ = 0.93; of one, z(0.1) + z(0.8) = −0.44.

    At 0.2 z(0.2) + z(0.8) = 0; an end of two sides is at 0.6 on its own: z(0.6) + z(0.8) = 1.095.
    """
    made = gate("relative_improvement", figure("relative_improvement", *certain), f"{{figure: g, {when}}}")
    (found,) = outlook(made, figure="m", std_errors=["0.03"]).detectable
    assert found.text.en.endswith(f"{end}.")
    assert found.text.sv.count(".") >= 3


@pytest.mark.parametrize("level", ["0.9999999999999", "0.0000000000001"])
@pytest.mark.parametrize("threshold", ["0", "0.05"])
def test_a_level_next_to_all_or_none_is_told_without_a_number(level: str, threshold: str) -> None:
    rule = f'threshold: "{threshold}", '
    certain = figure("relative_improvement", "confidence_at_least", rule).replace("digits: 4", "digits: 15")
    made = gate("relative_improvement", certain, f'{{figure: g, ge: "{level}"}}')
    (found,) = outlook(made, figure="m", std_errors=["0.03"]).detectable
    high = level.startswith("0.9")
    assert found.smallest is None
    first = "The smallest improvement found with power 0.8 is not computed for a confidence above 99.9999999%. "
    assert found.text.en.startswith(first) is high
    assert f"one-sided test with {'above 99.9%' if high else 'below 0.1%'} confidence" in found.text.en
    assert found.text.en.endswith("at which true value it is met with probability 0.8 is not computed.") is (
        high and threshold != "0"
    )


def test_the_command_prints_the_outlook_of_a_contract_with_a_low_level(tmp_path: Path, effekt: Any) -> None:
    made = gate("relative_improvement", CONFIDENCE, '{figure: g, ge: "0.2"}')
    (tmp_path / "contract.yaml").write_bytes(made.raw)
    ran = effekt("check", tmp_path / "contract.yaml", "--figure", "m", "--std-error", "0.5", "--lang", "en")
    assert (ran.code, ran.err) == (0, "")
    assert "Standard error 0.5: There is no smallest improvement found" in ran.out

"""What else is taken from an estimate follows from it unrounded, however few decimals the varied figure has."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from effekt import workflow
from effekt.contracts import Contract, parse_contract
from effekt.contracts.scenarios import Situation
from effekt.workflow import Outlook, outlook

NORMAL = NormalDist()
CERTAIN = NORMAL.inv_cdf(0.89995)  # from here on a confidence of four decimals is at least 0.9


def sick_leave(digits: int, when: str, figures: str = "", pays: str = "") -> Contract:
    """The sick-leave case with its reduction of so many decimals, a condition, and more figures of the estimate."""
    text = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
    new = f"digits: {digits}\n    unit: fraction\n  placebo_sd"
    text = text.replace("digits: 6\n    unit: fraction\n  placebo_sd", new)
    text = text.replace("\npayment:", f"\n{figures}payment:")
    if pays:
        start = text.index("piecewise: {figure: reduction")
        text = text[:start] + pays + text[text.index("\n", start) :]
    return parse_contract((text.rstrip("\n") + f"\n      when: {when}\n").encode())


CONFIDENT = '{figure: confidence_any, ge: "0.9"}'


def between(low: float, high: float, mean: float, error: float) -> float:
    return NORMAL.cdf((high - mean) / error) - NORMAL.cdf((low - mean) / error)


def paid(x: float) -> float:
    """SEK 5,000,000 at 0.12, in a straight line from nothing."""
    return round(min(max(x / 0.12, 0), 1) * 5_000_000)


def by_hand(digits: int, mean: float, error: float) -> float:
    """Each value of the figure by what of its estimates is certain enough."""
    step, certain = 10.0**-digits, CERTAIN * error
    last = math.ceil((mean + 9 * error) / step) + 1
    cells = ((k * step, max((k - 0.5) * step, certain), (k + 0.5) * step) for k in range(last))
    return math.fsum(paid(x) * between(low, high, mean, error) for x, low, high in cells if low < high)


@pytest.mark.parametrize("digits", range(5))
@pytest.mark.parametrize("error", ["0.0113", "0.03"])
def test_a_condition_is_met_as_often_whatever_the_figures_decimals(digits: int, error: str) -> None:
    """A confidence of at least 0.9 comes by chance in 10.0 per cent, so of a figure of no or of four decimals."""
    found = outlook(sick_leave(digits, CONFIDENT), std_errors=[error], effects=["0.06"])
    for one in found.scenarios:
        chance = 1 - NORMAL.cdf(CERTAIN - float(one.effect) / float(error))
        assert list(one.gates.values()) == [pytest.approx(chance, abs=1e-8)]
        assert one.expected_payment == pytest.approx(by_hand(digits, float(one.effect), float(error)), abs=2)


BOUND = """  low: {estimate: absence, view: relative_improvement, statistic: confidence_low, level: "0.9",
        alternative: greater, digits: 4, unit: fraction, on_unavailable: refer}
  chance: {estimate: absence, view: relative_improvement, statistic: p_value, digits: 3, unit: fraction,
           on_unavailable: refer}
  fall: {estimate: absence, view: relative, statistic: estimate, digits: 5, unit: fraction, without_inference: pay}
"""


@pytest.mark.parametrize(
    ("when", "chance"),
    [
        ('{figure: low, gt: "0.01"}', 1 - NORMAL.cdf(0.01005 / 0.03 + NORMAL.inv_cdf(0.9))),
        ('{figure: chance, le: "0.05"}', 2 * (1 - NORMAL.cdf(NORMAL.inv_cdf(1 - 0.0505 / 2)))),
        ('{figure: fall, lt: "-0.0234"}', 1 - NORMAL.cdf(0.023405 / 0.03)),
        ('{all: [{figure: reduction, ge: "0.1"}, {figure: low, gt: "0.01"}]}', 1 - NORMAL.cdf(0.05 / 0.03)),
    ],
)
def test_each_statistic_is_rounded_as_its_own_figure(when: str, chance: float) -> None:
    """Only the figure itself has one decimal: it is 0.1 from 0.05 on."""
    (one,) = outlook(sick_leave(1, when, BOUND), std_errors=["0.03"], figure="reduction").scenarios
    assert list(one.gates.values()) == [pytest.approx(chance, abs=1e-8)]


def test_a_step_at_another_statistic_is_where_that_has_it() -> None:
    pays = 'tiers: {figure: low, steps: [{from: "0.01", pays: "1000"}, {from: "0.02", pays: "3000"}]}'
    contract = sick_leave(1, '{figure: reduction, ge: "0"}', BOUND, pays)
    (one,) = outlook(contract, std_errors=["0.03"], figure="reduction").scenarios
    above = [1 - NORMAL.cdf(at / 0.03 + NORMAL.inv_cdf(0.9)) for at in (0.00995, 0.01995)]
    assert one.expected_payment == pytest.approx(1000 * above[0] + 2000 * above[1], abs=1e-4)
    assert one.payment_probability == pytest.approx(above[0], abs=1e-8)


def test_what_another_statistic_pays_all_along_is_its_own_mean() -> None:
    """A confidence paid by the hundredth: its mean without an effect is a half, of a figure without decimals too."""
    pays = 'unit_price: {figure: confidence_any, price: "1000000", below_zero: zero}'
    (one,) = outlook(
        sick_leave(0, '{figure: reduction, ge: "-5"}', BOUND, pays), std_errors=["0.03"], figure="reduction"
    ).scenarios
    assert one.expected_payment == pytest.approx(500_000, abs=2)


def few() -> Outlook:
    return outlook(sick_leave(2, CONFIDENT), std_errors=["0.03"], effects=["0.0384", "0.0385"])


def test_what_is_paid_if_known_is_of_the_true_value_itself() -> None:
    """From 0.038443 on the confidence is 0.9, though the figure is 0.04 on both sides."""
    assert [(one.effect, one.payment_if_known) for one in few().scenarios[1:]] == [
        ("0.0384", "0"),
        ("0.0385", "1666667"),
    ]


def test_the_curve_says_what_it_is_of_and_has_a_row_for_each_value_at_most() -> None:
    found = few()
    corners = [(one.value, one.payment) for one in found.corners]
    assert corners[1:-1] == [("0.03", "0"), ("0.04", "1666667"), ("0.12", "5000000")]
    assert "Payment by the trend-adjusted reduction, at an estimate of exactly that value: straight" in found.text("en")
    assert ", vid en skattning på precis det värdet: rät linje" in found.text("sv")
    assert not outlook(sick_leave(2, '{figure: reduction, ge: "0"}'), std_errors=["0.03"]).more_follows


@pytest.mark.parametrize("digits", [2, 6])
@pytest.mark.parametrize("null", ["0.31", "-0.04"])
@pytest.mark.parametrize("at_most", ["0.99", "0.995"])
def test_a_condition_that_fails_next_to_the_null_alone_is_not_taken_for_one_that_is_always_met(
    at_most: str, null: str, digits: int
) -> None:
    """A two-sided p-value of three decimals is at most 0.99 but for estimates within 0.012 errors of the null."""
    figures = BOUND.replace("statistic: p_value,", f'statistic: p_value, "null": "{null}",')
    contract = sick_leave(digits, f'{{figure: chance, le: "{at_most}"}}', figures)
    for one in outlook(contract, std_errors=["0.5"], effects=["0.3"], figure="reduction").scenarios:
        near = NORMAL.inv_cdf(1 - (float(at_most) + 0.0005) / 2)
        distance = (float(null) - float(one.effect)) / 0.5
        chance = 1 - between(distance - near, distance + near, 0, 1)
        assert list(one.gates.values()) == [pytest.approx(chance, abs=1e-8)]


def test_what_is_no_estimate_or_of_another_one_has_no_null_to_try() -> None:
    contract = sick_leave(6, '{figure: chance, le: "0.99"}', BOUND)
    assumed = {"chance": "0.5"}
    for figure, given, peaks in (("reduction", {}, [0]), ("reduction", assumed, []), ("fall", {}, [0])):
        situation = Situation(contract=contract, figure=figure, assumed=given, counterfactual_mean=None)
        assert list(situation.peaks()) == peaks

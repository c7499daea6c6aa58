"""The investor's yearly return by hand: days of payment, the waterfall's order, guarantees, no one rate."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from effekt import ArgumentError
from effekt.contracts import parse_contract
from effekt.workflow import outlook
from effekt.workflow.plan.returns import yearly_return

KEY = "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="
TEXT = f"""schema: effekt/contract/1
id: fund
title: {{sv: "Fond", en: "Fund"}}
parties:
  town: {{role: payer, name: "Staden"}}
  fund: {{role: intermediary, name: "Fonden"}}
  senior: {{role: investor, name: "Banken"}}
  junior: {{role: provider, name: "Utföraren"}}
  backer: {{role: guarantor, name: "Garanten"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{KEY}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2017-12-01", outcome_data_from: "2018-01-01"}}
attribution: none
figures:
  done: {{attested: verifier, digits: 0, unit: units, question: {{sv: "Hur många?", en: "How many?"}}}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    first:
      payers: {{town: "1"}}
      payee: fund
      pays: {{unit_price: {{price: "6000", figure: done, below_zero: zero}}}}
      due: "2018-12-31"
    second:
      payers: {{town: "1"}}
      payee: fund
      pays: {{unit_price: {{price: "6000", figure: done, below_zero: zero}}}}
      due: "2019-12-31"
"""
WATERFALL = '  waterfall: {from: fund, steps: [{to: {senior: "1"}, up_to: "700000"}, {to: {junior: "1"}}]}\n'
GUARANTEE = '  guarantees: {loss: {guarantor: backer, beneficiary: senior, amount: "1000000", share: "0.5"}}\n'
DIRECT = TEXT.replace("payee: fund", "payee: senior")
INVESTED = {"2017-12-31": "1000000"}


def rate(text: str, done: str = "100", paid: str | None = None, invested: dict[str, str] | None = None) -> float | None:
    contract = parse_contract(text.encode())
    money = {"invested": invested or INVESTED, "paid": paid}
    found = outlook(contract, figure="done", std_errors=["1"], effects=[done], **money)  # type: ignore[arg-type]
    return found.scenarios[0].return_if_known


def grown(first: float, second: float) -> float:
    """g² = first·g + second: what comes back after one and after two years of 365 days, for each krona paid in."""
    return (first + math.sqrt(first**2 + 4 * second)) / 2 - 1


def test_each_line_comes_on_the_day_on_which_it_falls_due() -> None:
    assert rate(DIRECT) == pytest.approx(grown(0.6, 0.6), abs=1e-13)
    later = DIRECT.replace('      due: "2019-12-31"\n', "")  # the second line then has no day: paid says it
    assert rate(later, paid="2019-12-31") == rate(DIRECT)
    assert (rate(later, paid="2024-12-31") or 0) < (rate(DIRECT) or 0)


def test_a_lag_that_the_contract_declares_is_counted() -> None:
    """Certified 2019-12-01 and due 30 days later: as if the line said 2019-12-31."""
    text = DIRECT.replace('      due: "2019-12-31"\n', "").replace(
        'outcome_data_from: "2018-01-01"', 'outcome_data_from: "2018-01-01", certificate_due: "2019-12-01"'
    )
    assert rate(text + "  due_days: 30\n") == rate(DIRECT)
    assert (rate(text + "  due_days: 395\n") or 0) < (rate(DIRECT) or 0)


def test_the_waterfall_gives_the_investor_first_and_as_it_comes() -> None:
    """600 000 after one year and the last 100 000 of its 700 000 after two."""
    assert rate(TEXT + WATERFALL) == pytest.approx(grown(0.6, 0.1), abs=1e-13)
    last = WATERFALL.replace("senior", "x").replace("junior", "senior").replace("x:", "junior:")
    assert rate(TEXT + last) == pytest.approx(grown(0.0, 0.5), abs=1e-13)  # the other gets the first 700 000


def test_a_guarantee_comes_to_the_investor_on_its_day() -> None:
    """Through the waterfall 700 000 of the guaranteed 1 000 000: half of the 300 000 that is lacking."""
    assert rate(TEXT + WATERFALL + GUARANTEE, paid="2019-12-31") == pytest.approx(grown(0.6, 0.1 + 0.15), abs=1e-13)
    assert rate(TEXT + WATERFALL + GUARANTEE, "0", paid="2019-12-31") == pytest.approx(math.sqrt(0.5) - 1, abs=1e-13)


@pytest.mark.parametrize(("days", "returns"), [(("2018-12-31",), True), (("2018-12-31", "2019-12-31"), False)])
def test_of_a_line_that_each_of_several_days_pays_anew_one_settlement_shows_no_return(
    days: tuple[str, ...], returns: bool
) -> None:
    listed = ", ".join(f'"{day}"' for day in days)
    head, _, lines = DIRECT.partition("  lines:\n")
    first, _, _ = lines.partition("    second:")
    text = (
        head.replace('"2018-01-01"}', f'"2018-01-01", certificates: [{listed}]}}')
        + "  lines:\n"
        + first.replace('      due: "2018-12-31"\n', "      paid_each: certificate\n")
    )
    contract = parse_contract(text.encode())
    given = {"figure": "done", "std_errors": ["1"], "effects": ["100"], "invested": INVESTED, "paid": "2020-12-31"}
    found = outlook(contract, **given)  # type: ignore[arg-type]
    one = found.scenarios[0]
    assert ((one.return_if_known is None), (one.loss_probability is None)) == (not returns, not returns)
    assert str(found.no_return) == (
        "None"
        if returns
        else (
            "No return is computed, since the line first is paid anew on each of 2 days: one settlement, which all "
            "here is of, pays the investor a part of what comes back."
        )
    )


def test_days_that_say_nothing_or_are_missing_are_refused() -> None:
    for text, paid, sentence in (
        (DIRECT, "2020-01-01", "`paid` has no use, since the contract says when all falls due that the investor gets;"),
        (TEXT + WATERFALL + GUARANTEE, None, "`invested` and `paid` must stand together"),
    ):
        with pytest.raises(ArgumentError, match=f"^{sentence}"):
            rate(text, paid=paid)
    with pytest.raises(ArgumentError, match=r"on days before the last payment, 2019-12-31; got '1' on 2020-01-01\.$"):
        rate(DIRECT, invested={"2020-01-01": "1"})
    open_ = GUARANTEE.replace('amount: "1000000"', "amount: lost").replace("\n", "\n")
    figure = '  lost: {attested: verifier, digits: 0, unit: SEK, question: {sv: "Vad?", en: "What?"}}\npayment:'
    with pytest.raises(
        ArgumentError, match=r"^`assumed` must give a value for 'lost', since what comes to the investor"
    ):
        rate((TEXT + WATERFALL + open_).replace("payment:", figure, 1), paid="2019-12-31")


def test_the_example_of_the_spreadsheet_that_named_it() -> None:
    """XIRR in the documentation of Microsoft Excel: 37.34 per cent, 0.373362535."""
    days = ("2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01")
    amounts = (-10_000, 2_750, 4_250, 3_250, 2_750)
    found = yearly_return(tuple(zip(days, map(Fraction, amounts), strict=True)))
    assert found == pytest.approx(0.373362535, abs=2e-9)


def test_what_has_more_than_one_rate_has_none() -> None:
    """−100, 230, −132 grows to nothing at 10 and at 20 per cent."""
    days = ("2017-12-31", "2018-12-31", "2019-12-31")
    for rate_ in (1.1, 1.2):
        assert -100 * rate_**2 + 230 * rate_ - 132 == pytest.approx(0, abs=1e-9)
    assert yearly_return(tuple(zip(days, map(Fraction, (-100, 230, -132)), strict=True))) is None
    assert yearly_return((("2017-12-31", Fraction(-100)), ("2018-12-31", Fraction(0)))) == -1

"""The maximum that parties declare is held against the most that the terms let be paid, and moves no amount."""

from __future__ import annotations

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, generate_key, public_key, public_text
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ContractError
from effekt.workflow import case, case_attestations, case_contract
from effekt.workflow.plan.several_settlements import liability

DATE = "2018-02-01"
ATTESTED = "attested-surplus"


def declared(amount: str, name: str = "aterforing", *more: tuple[str, str]) -> Contract:
    """A case whose parties declare a maximum, with each text replaced, once."""
    text = (case(name) / "contract.yaml").read_text(encoding="utf-8")
    for old, new in (("\n  lines:\n", f'\n  maximum: "{amount}"\n  lines:\n'), *more):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse_contract(text.encode(), case(name))


def place(contract: Contract) -> int:
    lines = contract.raw.decode().splitlines()
    return next(i for i, line in enumerate(lines, start=1) if line.startswith("  maximum:"))


def refusal(contract: Contract) -> str:
    """What check, the lock and settle alike say, without the line."""
    attestations = [case_attestations("aterforing")[ATTESTED]]
    said = set()
    for refused in (
        lambda: workflow.check(contract),
        lambda: workflow.lock(contract, key=DEMO_KEY, date="2016-01-15", undecided_accepted=True),
        lambda: workflow.settle(contract, date=DATE, attestations=attestations, undecided_accepted=True),
    ):
        with pytest.raises(ContractError) as error:
            refused()
        said.add(str(error.value))
    (one,) = said
    start = f"line {place(contract)}: payment.maximum must be at least the most that the terms can pay in all"
    assert one.startswith(start)
    return one.removeprefix(start)


def test_terms_that_can_pay_more_are_refused_with_both_amounts() -> None:
    told = ", guarantees included, 5000000; got 4999999. Lower what they pay, such as by a `cap`, or write 5000000."
    assert refusal(declared("4999999")) == told


def test_terms_without_a_proved_bound_are_refused_with_the_line_that_lacks_it() -> None:
    without = declared("5000000", "aterforing", ('      cap: "2500000"\n', ""))
    assert refusal(without) == (
        ", and no upper bound is proved of frame_2018; got 5000000. Give each a `cap`, or leave maximum out."
    )


@pytest.mark.parametrize(("amount", "told"), [("5000000", False), ("5000001", True)])
def test_a_maximum_above_what_is_proved_is_told_and_no_error(amount: str, told: bool) -> None:
    cautions = [one for one in workflow.check(declared(amount)).cautions if one.en.startswith("payment.maximum")]
    assert bool(cautions) is told
    if told:
        (one,) = cautions
        assert one.en.replace("\u00a0", " ") == (
            "payment.maximum is SEK 5,000,001, and the terms pay SEK 5,000,000 at most. "
            "Look at which of the two was agreed."
        )
        assert one.sv.replace("\u00a0", " ") == (
            "payment.maximum är 5 000 001 kr, och villkoren betalar högst 5 000 000 kr. "
            "Se efter vilket av dem som avtalats."
        )


def test_what_guarantors_pay_is_in_it() -> None:
    klippan = case_contract("klippan")
    most = liability(klippan).total
    assert most == "4270000"
    workflow.check(declared(most, "klippan"))
    with pytest.raises(ContractError, match="guarantees included, 4270000; got 4269999"):
        workflow.check(declared("4269999", "klippan"))


SEVERAL = """\
schema: effekt/contract/1
id: months
title: {sv: "Månader", en: "Months"}
parties:
  town: {role: payer, name: "Staden"}
  firm: {role: provider, name: "Bolaget"}
  auditor: {role: verifier, name: "Revisorn", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2022-12-01", outcome_data_from: "2023-01-01", certificates: ["2023-02-05", "2023-03-05"]}
attribution: none
figures:
  starts: {attested: auditor, digits: 0, unit: starts, question: {sv: "Hur många?", en: "How many?"}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  maximum: "DECLARED"
  lines:
    work:
      payers: {town: "1"}
      payee: firm
      pays: {unit_price: {price: "10", figure: starts, below_zero: zero}}
      paid_each: certificate
      cap: "100"
"""


def test_every_announced_settlement_is_in_it() -> None:
    workflow.check(parse_contract(SEVERAL.replace("DECLARED", "200").encode()))
    with pytest.raises(ContractError, match="guarantees included, 200; got 100"):
        workflow.check(parse_contract(SEVERAL.replace("DECLARED", "100").encode()))


def test_it_stands_in_the_annex_and_moves_no_amount() -> None:
    contract, attested = declared("5000000"), [case_attestations("aterforing")[ATTESTED]]
    en = workflow.annex(contract, lang="en").replace("\u00a0", " ")
    sv = workflow.annex(contract, lang="sv").replace("\u00a0", " ")
    assert "By these terms no more than SEK 5,000,000 can come to be paid in all" in en
    assert "Enligt dessa villkor kan högst 5 000 000 kr komma att betalas i allt" in sv
    plain = case_contract("aterforing")
    settled = [
        workflow.settle(one, date=DATE, attestations=attested, undecided_accepted=True) for one in (plain, contract)
    ]
    assert settled[0].settlement.lines == settled[1].settlement.lines
    found = workflow.verify(settled[1].sign(DEMO_KEY), contract=contract)
    told = {one.name: one.verdict for one in found.findings}
    assert (found.ok, told["independent_payment"]) == (True, "reproduced")


@pytest.mark.parametrize(("amount", "told"), [("-1", "must be 0 or more"), ("0.5", "must be a whole multiple of")])
def test_an_amount_that_nothing_can_have_is_refused_when_read(amount: str, told: str) -> None:
    with pytest.raises(ContractError, match=f"payment.maximum {told}"):
        declared(amount)


@pytest.mark.parametrize(("amount", "quantum"), [("0", "1"), ("199.5", "0.01"), ("200", "50")])
def test_an_amount_that_something_can_have_is_read(amount: str, quantum: str) -> None:
    text = SEVERAL.replace("DECLARED", amount).replace('quantum: "1"', f'quantum: "{quantum}"')
    assert parse_contract(text.encode()).model.payment.maximum == amount


@pytest.mark.parametrize(("amount", "holds"), [("4999999", False), ("5000000", True)])
def test_an_amendment_whose_terms_can_pay_more_than_it_declares_is_refused_as_check_does(
    amount: str, *, holds: bool
) -> None:
    payer = 'committee: {role: payer, name: "Nämnden"'
    keyed = (payer, f'{payer}, keys: ["{public_text(public_key(generate_key()))}"]')
    before = declared("5000000", "aterforing", keyed)
    amendment = (
        f'amendment: {{number: 1, of: "{before.sha256}", date: "2017-01-01", reason: {{sv: "x", en: "x"}}, '
        "agreed_by: [committee, verifier]}\n"
    )
    after = declared(amount, "aterforing", keyed, ("attribution:", f"{amendment}attribution:"))
    if holds:
        assert workflow.amend(before, after).maximum_after == "5000000"
        return
    with pytest.raises(ContractError) as checked:
        workflow.check(after)
    with pytest.raises(ContractError) as amended:
        workflow.amend(before, after)
    assert str(amended.value) == str(checked.value)
    assert "payment.maximum must be at least the most that the terms can pay in all" in str(amended.value)

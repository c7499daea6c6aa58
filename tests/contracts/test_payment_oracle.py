"""Settling against a second evaluator that shares no code with it."""

import random

from contracts.builders import given, read
from contracts.random_contracts import random_contract, random_values
from oracles import payment

from effekt.contracts import settle_figures

CONTRACTS = 2_000


def _check(contract, file, values):
    settlement = settle_figures(contract, given(contract, values))
    expected = payment.settle(file, values)
    unsettled = [state for state, _ in expected.values() if isinstance(state, str)]
    for line in settlement.lines:
        amount, shares = expected[line.id]
        if isinstance(amount, str):
            assert (line.state, line.amount, line.shares) == (amount, None, ())
        elif line.amount is None:
            # Another line is undetermined and the contract's cap may reach this one.
            assert unsettled
            assert "cap" in file["payment"]
        elif not ("cap" in file["payment"] and unsettled):
            assert payment.F(line.amount) == amount
            assert {share.payer: payment.F(share.amount) for share in line.shares} == shares
            assert line.state == ("payable" if amount else "zero_by_terms")
    if not unsettled:
        assert payment.F(settlement.total) == sum(amount for amount, _ in expected.values())
    return settlement.state


def test_thousands_of_random_contracts_agree_with_a_second_evaluator():
    rng = random.Random(20181101)
    states = set()
    for _ in range(CONTRACTS):
        file = random_contract(rng)
        states.add(_check(read(file), file, random_values(rng)))
    assert states == {"payable", "zero_by_terms", "not_yet_determinable", "referred"}

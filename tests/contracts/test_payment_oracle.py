"""Settling against a second evaluator that shares no code with it, and against the second route of the package."""

import os
import platform
import random
import sys
import time
from collections import Counter
from pathlib import Path

import pydantic
import pytest
from contracts.builders import given, read
from contracts.random_contracts import BETWEEN, random_contract, random_values
from contracts.second_route import same_by_both
from oracles import payment, payment_least, payment_terms
from source_tree import code_lines

from effekt.contracts import settle_figures

CONTRACTS = int(os.environ.get("EFFEKT_CONTRACTS", "1500"))  # `make contracts` settles a hundred thousand
SEED = os.environ.get("EFFEKT_SEED", "20181101")
STEP = 5000  # contracts between two lines of progress


def _check(contract, file, values):
    settlement = settle_figures(contract, given(contract, values))
    expected = payment.settle(file, values)
    told = same_by_both(file, values, settlement)
    between = [rule for rule in BETWEEN if rule in file["payment"]]
    unsettled = [state for state, _ in expected.values() if isinstance(state, str)]
    for line in settlement.lines:
        amount, shares = expected[line.id]
        if isinstance(amount, str):
            assert (line.state, line.amount, line.shares) == (amount, None, ())
        elif line.amount is None:
            # Another line is undetermined and what holds between lines may reach this one.
            assert unsettled
            assert between
        elif not (between and unsettled):
            assert payment.F(line.amount) == amount
            assert {share.payer: payment.F(share.amount) for share in line.shares} == shares
            assert line.state == ("payable" if amount else "zero_by_terms")
    if not unsettled:
        assert payment.F(settlement.total) == sum(amount for amount, _ in expected.values())
        _check_receivers(settlement, file, values, {id: amount for id, (amount, _) in expected.items()})
    return settlement.state, told


def _check_receivers(settlement, file, values, amounts):
    """What the waterfall gives and guarantors pay, wherever their own figures are known."""
    missing = [name for name, value in values.items() if value in (None, "refer")]
    if missing:
        return
    passed, borne = payment.receivers(file, amounts, values)
    found = settlement.distribution
    assert ({r.party: payment.F(r.amount) for r in found.receipts} if found else {}) == passed
    assert {line.id: payment.F(line.amount) for line in settlement.guarantees} == borne


def _tell(text):
    sys.stderr.write(f"{text}\n")


def test_thousands_of_random_contracts_agree_with_a_second_evaluator():
    """Each is drawn by the seed and its own number, so that one that disagrees can be drawn again alone."""
    states, routes, spent = Counter(), Counter(), time.process_time()
    for number in range(1, CONTRACTS + 1):
        rng = random.Random(f"{SEED}/{number}")
        file = random_contract(rng)
        try:
            state, told = _check(read(file), file, random_values(rng))
        except Exception as error:
            raise AssertionError(f"contract {number} of seed {SEED} does not agree") from error
        states[state] += 1
        routes += told
        if number % STEP == 0:
            _tell(f"{number} of {CONTRACTS} agree, {time.process_time() - spent:.0f} s of processor")
    versions = f"Python {platform.python_version()}, pydantic {pydantic.VERSION}"
    _tell(f"seed {SEED}: {dict(sorted(states.items()))}; lines by the second route {dict(routes)}; {versions}")
    assert set(states) == {"payable", "zero_by_terms", "not_yet_determinable", "referred"}
    assert routes["same"] > 3 * routes["unsure"]  # what waits for another line it leaves alone


@pytest.mark.parametrize("evaluator", [payment_terms, payment_least, payment])
def test_the_second_evaluator_can_be_read_through(evaluator):
    file = Path(evaluator.__file__)
    assert code_lines(file) <= 100
    assert "effekt" not in file.read_text(encoding="utf-8")

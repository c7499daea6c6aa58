"""An amendment that has money paid back by other shares than those by which it was paid."""

from __future__ import annotations

import pytest

from effekt.contracts import parse_contract
from effekt.workflow import amend

BEFORE = """\
schema: effekt/contract/1
id: work
title: {sv: "Arbete", en: "Work"}
parties:
  town: {role: payer, name: "Staden", keys: ["ZaqZwwTK05V8/xLBul0T/sKkc8kQflpZeW4DyucgniY="]}
  region: {role: payer, name: "Regionen", keys: ["g3Tvx4Ff0zq+6Zvbf4PxzoV4VOhB/a8swNIt2MzlddI="]}
  firm: {role: provider, name: "Firman", keys: ["y4vMSRJ3Vh09da6wxmg3EnwpjeaBezYgFFgnrVFfwmM="]}
  auditor: {role: verifier, name: "Revisorn", keys: ["HBgOVckcQMUu/YH5bD1cNW1EGc8YpenW0YF0CjvyuRk="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2022-01-10", outcome_data_from: "2022-03-01"}
attribution: none
figures:
  done: {attested: auditor, digits: 0, unit: "people", question: {sv: "Antal?", en: "How many?"}}
  paid: {attested: auditor, digits: 0, unit: SEK, question: {sv: "Betalt?", en: "Paid?"}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    jobs:
      payers: {town: "0.4", region: "0.6"}
      payee: firm
      pays: {unit_price: {price: "100", figure: done, below_zero: zero}}
      true_up: {paid: paid, below_zero: clawback}
    starts:
      payers: {town: "0.5", region: "0.5"}
      payee: firm
      pays: {unit_price: {price: "10", figure: done, below_zero: zero}}
"""
CAUTION = (
    "! The amendment changes who bears jobs, of which what was paid too much is paid back. What is paid back is shared "
    "by the new shares, though it was paid by the old ones."
)


@pytest.mark.parametrize(
    ("back", "old", "new", "told"),
    [
        ("clawback", '{town: "0.4", region: "0.6"}', '{town: "0.3", region: "0.7"}', True),
        ("clawback", '{town: "0.4", region: "0.6"}', '{region: "0.60", town: "0.40"}', False),
        ("clawback", '{town: "0.5", region: "0.5"}', '{town: "0.3", region: "0.7"}', False),
        ("clawback", 'price: "100"', 'price: "90"', False),
        ("floor", '{town: "0.4", region: "0.6"}', '{town: "0.3", region: "0.7"}', False),
    ],
)
def test_that_what_is_paid_back_is_shared_anew_is_told(back: str, old: str, new: str, told: bool) -> None:
    text = BEFORE.replace("clawback", back)
    before = parse_contract(text.encode())
    amendment = (
        f"amendment:\n  number: 1\n  of: '{before.sha256}'\n  date: '2023-03-01'\n"
        '  reason: {sv: "Nytt", en: "New"}\n  agreed_by: [town, region, firm]\n'
    )
    found = amend(before, parse_contract((text.replace(old, new) + amendment).encode()))
    assert (CAUTION in found.text("en").splitlines()) is told
    assert ("fast det betalades efter de gamla." in found.text("sv")) is told
    assert found.shared_anew == (("jobs",) if told else ())

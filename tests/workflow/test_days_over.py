"""Which announced day a certificate is of, and whether that was over when the contract ended."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from deciding import decided
from workflow.test_each_series import DAYS, contract_text, folder, values

from effekt.contracts import Events, parse_contract, parse_declarations
from effekt.contracts.events import Ended
from effekt.contracts.happened import fates
from effekt.contracts.schema import Bilingual
from effekt.independent.payments.payment_events import rests
from effekt.workflow.earlier.can_be_paid import ended_on, settlement_of
from effekt.workflow.recomputed.second_payment import plain_events

ENDING = "termination: {early: {event: {sv: Slut, en: An end}, then: pay_nothing_more, declared_by: [provider]}}\n"


@pytest.mark.parametrize(
    ("date", "settles", "rule"),
    [
        ("2023-01-30", DAYS[0], "nothing"),
        (DAYS[0], DAYS[0], "in_full"),
        ("2023-02-01", DAYS[0], "in_full"),
        ("2023-02-01", DAYS[1], "nothing"),
        ("2023-02-01", None, "nothing"),
    ],
)
def test_an_announced_day_is_over_when_the_contract_ends_on_it_or_later(
    date: str, settles: str | None, rule: str
) -> None:
    """Of the line with paid_each alone: the others are paid by their own rule, on either route."""
    contract = parse_contract(decided(contract_text(terms=ENDING)).encode())
    events = Events(ended=Ended(clause="early", date=date, why=Bilingual(sv="x", en="x")), settles=settles)
    found = {id: fate.rule for id, fate in fates(contract.model, events).items()}
    assert found == {"visits": rule, "opened": "nothing", "total": "nothing"}
    again = rests(yaml.safe_load(contract.raw), plain_events(events))
    assert {id: rest.rule for id, rest in again.items()} == found


def test_a_certificate_is_of_the_day_that_it_says_and_not_of_the_next_after_its_date(tmp_path: Path) -> None:
    made = folder(tmp_path, contract_text(terms=ENDING))
    first = made.kept("1", made.settled(DAYS[0], values(12)))
    late = made.settled("2023-05-10", values(10), place_of="1")
    assert [settlement_of(one, made.contract) for one in (first, late)] == [DAYS[0], DAYS[0]]
    assert ended_on(first) is None


def test_the_day_of_an_ending_is_known_to_the_certificate_that_is_told_of_it(tmp_path: Path) -> None:
    made = folder(tmp_path, contract_text(terms=ENDING))
    told = parse_declarations(
        b'schema: effekt/declarations/1\ncontract: series\nby: provider\ndate: "2023-01-20"\n'
        b'ended: {clause: early, date: "2023-01-15", why: {sv: x, en: x}}\n'
    )
    assert ended_on(made.settled(DAYS[0], values(12), told)) == "2023-01-15"

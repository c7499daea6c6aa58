"""Of an honest history no set of its certificates, given beside one of them, accuses anybody: what lacks is asked."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Literal

import pytest
from deciding import decided
from workflow import test_each_series as base

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_contract
from effekt.workflow.findings import Finding

DAYS = ("2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31")
TEXT = base.contract_text(lines=("visits", "total"), below_zero="carry").replace(
    ", ".join(f'"{day}"' for day in base.DAYS), ", ".join(f'"{day}"' for day in DAYS)
)


@functools.cache
def history() -> Mapping[str, Certificate]:
    """The second of four days is disputed, paid in part, decided after the third day and settled in the same place."""
    contract = parse_contract(decided(TEXT).encode())
    made: dict[str, Certificate] = {}
    told = base.dispute("2023-04-02", {"visits": 8, "total": 150}, "municipality")
    over = [
        base.dispute("2023-04-02", {"visits": 8, "total": 150}, by, DAYS[1], over)
        for by, over in (("verifier", "2023-05-02"), ("municipality", None))
    ]

    def settle(
        name: str,
        date: str,
        values: Mapping[str, int],
        place: str | None = None,
        *said: Declarations,
        kind: Literal["final", "interim"] = "final",
    ) -> None:
        made[name] = workflow.settle(
            contract,
            date=date,
            kind=kind,
            attestations=[base.attested(date, values)],
            declarations=said,
            supersedes=None if place is None else made[place],
            reason=None if place is None else "disputed",
        ).sign(base.KEY)

    settle("early", DAYS[0], {"visits": 9, "total": 90, "paid": 0}, kind="interim")
    settle("first", DAYS[0], {"visits": 10, "total": 100, "paid": 0})
    settle("look", DAYS[1], {"visits": 11, "total": 180, "paid": 1000}, kind="interim")
    settle("second", DAYS[1], {"visits": 12, "total": 200, "paid": 1000})
    settle("withheld", "2023-04-03", {"visits": 12, "total": 200, "paid": 1000}, "second", told)
    open_beside = base.dispute("2023-04-02", {"visits": 8, "total": 150}, "municipality", DAYS[1])
    settle("third", DAYS[2], {"visits": 13, "total": 300, "paid": 1500}, None, open_beside)
    settle("decided", "2023-05-03", {"visits": 12, "total": 200}, "withheld", *over)
    settle("fourth", DAYS[3], {"visits": 14, "total": 400, "paid": 3000}, None, *over)
    return made


def verified(certificate: Certificate, *given: str) -> Mapping[str, Finding]:
    earlier = [history()[one] for one in given]
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier)
    return {one.name: one for one in found.findings}


def differences(certificate: Certificate, *given: str) -> list[str]:
    return [one.name for one in verified(certificate, *given).values() if one.verdict == "different"]


@pytest.mark.parametrize("name", ["second", "withheld", "third", "decided", "fourth"])
def test_no_part_of_an_honest_history_accuses_anybody(name: str) -> None:
    others = [one for one in history() if one not in (name, "early" if name != "second" else "look")]
    for size in range(len(others) + 1):
        for given in itertools.combinations(others, size):
            assert differences(history()[name], *given) == [], given


def test_a_certificate_of_a_day_between_that_was_not_given_may_say_so() -> None:
    made = history()
    told = verified(made["fourth"], "first", "decided")["paid_before"]
    assert told.text.en.replace("\u00a0", " ") == (
        "What is deducted as paid before is not what the certificate of 2023-05-03 says: total deducts SEK 3,000, and "
        "it says SEK 1,500; that of 2023-04-30, by which it may be so, was not given."
    )
    assert verified(made["third"], "second")["supersedes"].text.en == (
        "It supersedes none, and what it deducts of total is not what the final certificate given as the earlier one, "
        "of 2023-03-31, says was paid before; the one in the place of that of 2023-03-31, for the dispute that is told "
        "of it, which may say so, was not given."
    )
    assert verified(made["withheld"], "look")["supersedes"].text.en.endswith(
        "; that one was not given, but an interim one of 2023-03-31."
    )
    assert verified(made["second"], "early")["paid_before"].verdict == "cannot_tell"  # which pays nothing


@pytest.mark.parametrize(
    ("paid", "given"),
    [
        (2999, ("third",)),
        (3001, ("first", "second", "withheld", "third")),
        (900, ("first",)),  # what was paid is carried, and never falls
        (900, ("first", "decided")),
        (3001, ("first", "decided", "third")),
    ],
)
def test_what_no_certificate_can_explain_differs(paid: int, given: Sequence[str]) -> None:
    fourth = history()["fourth"]
    false = workflow.settle(
        fourth.contract,
        date=fourth.date,
        attestations=[base.attested(fourth.date, {"visits": 14, "total": 400, "paid": paid})],
        declarations=fourth.declarations,
    ).sign(base.KEY)
    assert differences(false, *given)

"""Certificates of later days against a slow statement of the rule, over series made by chance."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from oracles import later_certificates
from workflow.test_several_settlements import CUMULATIVE, DAYS, settled

from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.workflow.earlier.later_given import later_findings, later_than

DAY = ("2023-01-31", "2023-02-15", "2024-01-31", "2024-02-05")
ONE = settled(CUMULATIVE.replace(DAYS, "").replace("1000.55", "1000"), "2023-01-31", "10", "0")


def made(date: str, kind: str, base: str, work: str, link: dict[str, Any] | None) -> Certificate:
    """With these amounts, whatever else it says: what later ones are does not hang on it."""
    plain = json.loads(ONE.envelope.payload)
    plain["predicate"] |= {"date": date, "kind": kind}
    for line in plain["predicate"]["settlement"]["lines"]:
        line["amount"] = {"base": base, "work": work}[line["id"]]
    if link is not None:
        plain["predicate"]["supersedes"] = link
    return Certificate(replace(ONE.envelope, payload=canonical_json(plain), signatures=()))


def series(rng: random.Random) -> list[Certificate]:
    found: list[Certificate] = []
    for number in range(rng.randrange(2, 7)):
        link, date = None, rng.choice(DAY)
        if found and rng.random() < 0.6:
            earlier = rng.choice(found)
            date = rng.choice([day for day in DAY if day >= earlier.date])
            link = link_to(earlier, str(number))
        amounts = rng.choice(["0.00", "5000.00"]), rng.choice(["0.00", f"{number + 1}000.00"])
        weights = ("interim", "nil", "final")
        least = 0 if link is None else weights.index(earlier.kind)
        one = made(date, rng.choice([*weights[least:], "final", "final"]), *amounts, link)
        found += [one] if one.sha256 not in {other.sha256 for other in found} else []
    return found


def record(one: Certificate) -> dict[str, Any]:
    link = one.supersedes
    return {
        "id": one.sha256,
        "date": one.date,
        "final": one.kind == "final",
        "pays": {line.id: float(line.amount or 0) for line in one.settlement.lines},
        "link": None if link is None else {"id": link.sha256, "date": link.date, "before": link.before},
    }


@pytest.mark.parametrize("seed", range(200))
def test_what_later_certificates_are_is_as_every_link_says(seed: int) -> None:
    rng = random.Random(seed)
    every = series(rng)
    found = every[0] if seed % 2 else rng.choice(every)
    given = [one for one in every if one is not found and rng.random() < 0.7]
    rng.shuffle(given)
    compare(found, given)


def test_whoever_stands_behind_a_link_that_is_missing_may_have_taken_the_place() -> None:
    """The second was not given, and the fourth took the place of the third, which took that of the second."""
    first = made(DAY[0], "final", "0.00", "1000.00", None)
    second = made(DAY[1], "final", "0.00", "2000.00", link_to(first))
    third = made(DAY[2], "final", "0.00", "3000.00", link_to(second))
    fourth = made(DAY[3], "final", "0.00", "4000.00", link_to(third))
    other = made(DAY[3], "final", "0.00", "3300.00", link_to(made(DAY[1], "final", "0.00", "2500.00", link_to(first))))
    for given in ([third, fourth], [third, other], [fourth]):
        assert {word for _, word, _ in compare(first, given)} == {"may"}


def link_to(earlier: Certificate, reason: str = "counted") -> dict[str, Any]:
    found = {"before": earlier.takes_place_of, "interim": earlier.interim_to_date, "nil": earlier.nil_to_date}
    days = {key: list(value) for key, value in found.items() if value}
    return {"sha256": earlier.sha256, "date": earlier.date, "reason": reason, **days}


def compare(found: Certificate, given: list[Certificate]) -> list[tuple[str, str, list[str]]]:
    after = later_than(found, given)
    plain = record(found), [record(one) for one in given]
    assert [one.sha256 for one in after] == later_certificates.later(*plain)
    told = list(later_findings(found, after, [one for one in given if one not in after]))
    expected = list(later_certificates.told(*plain, trued=["work"]))
    assert len(told) == len(expected)
    names = {"superseded": "superseded", "twice": "later", "may": "later_link", "later": "later"}
    for one, finding, (id, word, lines) in zip(after, told, expected, strict=True):
        assert (one.sha256, finding.name) == (id, f"{names[word]}:{one.date}"), word
        assert finding.verdict == ("different" if word == "twice" else "cannot_tell")
        assert all(line in finding.text.en for line in lines)
    return expected

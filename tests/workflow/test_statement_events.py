"""What the kind of a public statement and its declared events let it say, when a holder of a key says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from certificates_unit import test_release as release
from workflow import test_events as events
from workflow import test_statement_form as form

from effekt import workflow
from effekt.certificates import DEMO_KEY, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.release import public_statement
from effekt.contracts import parse_attestation, parse_declarations
from effekt.workflow import verify_statement

Change = Callable[[dict[str, Any]], Any]
Told = Callable[..., dict[str, str]]
DAYS = ("2021-04-01", "2022-04-01")
WHY = 'why: {sv: "enligt listan", en: "by the list"}'
DISPUTABLE = form.DISPUTABLE.replace(
    'from: "2019-01-01"}', 'from: "2019-01-01", certificates: ["2021-04-01", "2022-04-01"]}'
)


def told_of(certificate: Certificate) -> Told:
    """What differs in a certificate's statement after a change of it, by the name of the finding."""
    statement, contract = public_statement(certificate, salt=bytes(32)), certificate.contract

    def told(change: Change = lambda predicate: None, earlier: tuple[Envelope, ...] = ()) -> dict[str, str]:
        made = json.loads(statement.to_envelope().payload)
        change(made["predicate"])
        forged = sign(Envelope(payload=canonical_json(made)), DEMO_KEY)
        found = verify_statement(forged, contract=contract, earlier=earlier).differences
        return {one.name: one.text.en for one in found}

    return told


def says(**changes: Any) -> Change:
    return lambda predicate: predicate.update(changes)


@cache
def paying() -> Told:
    return told_of(release.certificate(DISPUTABLE, started=12, stayed=3, studied=8))


@cache
def nothing() -> Told:
    return told_of(release.certificate(DISPUTABLE, started=0, stayed=0, studied=0))


def before_as(kind: str) -> Envelope:
    """The statement of the first day, of some kind."""
    made = public_statement(release.certificate(DISPUTABLE, started=0, stayed=0, studied=0), salt=bytes(32))
    first = json.loads(made.to_envelope().payload)
    first["predicate"]["kind"] = kind
    return sign(Envelope(payload=canonical_json(first)), DEMO_KEY)


# --- the kind --------------------------------------------------------------------------------------------------------


def test_what_pays_is_not_nil() -> None:
    told = paying()
    assert told(says(kind="interim")) == told() == {}
    assert told(says(kind="nil")) == {
        "states": "States, events and amounts that do not fit each other: lines/starts, lines/studies, total, "
        "undisputed, state, line_states/starts and line_states/studies."
    }


def test_a_nil_one_that_may_pay_nothing_is_of_an_announced_day() -> None:
    told = nothing()
    assert told(says(kind="nil")) == {}
    assert told(says(kind="nil", date="2021-04-02")) == {"terms": "Not as the contract says: date."}
    assert told(says(kind="final", date="2021-04-02")) == {}


@pytest.mark.parametrize(
    ("before", "kind", "holds"),
    [
        ("final", "final", True),
        ("final", "nil", False),
        ("final", "interim", False),
        ("nil", "nil", True),
        ("nil", "interim", False),
        ("interim", "interim", True),
        ("interim", "nil", True),
    ],
)
def test_none_takes_the_place_of_one_that_weighs_more(before: str, kind: str, holds: bool) -> None:
    given = before_as(before)
    later = says(kind=kind, date=DAYS[1], supersedes=DAYS[0])
    assert nothing()(later) == {}
    found = nothing()(later, earlier=(given,))
    assert found.get("terms") == (None if holds else "Not as the contract says: supersedes.")


def test_one_of_two_of_a_day_may_be_the_one_whose_place_is_taken() -> None:
    given = before_as("final"), before_as("interim")
    assert "terms" not in nothing()(says(kind="interim", date=DAYS[1], supersedes=DAYS[0]), earlier=given)


def test_only_a_final_one_says_what_is_left_to_pay() -> None:
    left = {"starts": {"kind": "exact", "low": "0", "high": "0"}}
    later = {"date": DAYS[1], "supersedes": DAYS[0], "left_to_pay": left}
    assert nothing()(says(**later)) == {}
    assert nothing()(says(kind="interim", **later)) == {
        "states": "States, events and amounts that do not fit each other: left_to_pay/starts."
    }


# --- declared events -------------------------------------------------------------------------------------------------


@cache
def disputed() -> Told:
    contract = events.base.read()
    first = events.settled(contract, date="2021-04-01")
    own = events.declares("town", "2021-04-20", disputed=events.DISPUTED)
    return told_of(events.settled(contract, own, supersedes=first, reason="tvist"))


@cache
def ended() -> Told:
    return told_of(events.settled(events.base.read(events.RULES), *events.both()))


def settled(started: int, admitted: int, extra: str = "", text: str = DISPUTABLE) -> Certificate:
    """A certificate of counts, in the place of one whose count of those who started the town disputes."""
    contract = release.parse(text.encode())
    values = {"started": started, "stayed": 9, "studied": 20, "audited": 1}
    entries = "".join(
        f'  {id}: {{value: "{value}", by: auditor, date: "2021-03-01", evidence: {{description: "lista"}}}}\n'
        for id, value in values.items()
    )
    facts = [parse_attestation(f"schema: effekt/attestation/1\ncontract: jobs\nfigures:\n{entries}".encode())]
    first = workflow.settle(contract, date="2021-04-01", attestations=facts, undecided_accepted=True)
    declared = (
        'schema: effekt/declarations/1\ncontract: jobs\nby: town\ndate: "2021-04-20"\n'
        f'disputed: [{{figures: {{started: "{admitted}"}}, date: "2021-04-20"{extra}, {WHY}}}]\n'
    )
    return workflow.settle(
        contract,
        date="2021-05-01",
        attestations=facts,
        declarations=[parse_declarations(declared.encode())],
        supersedes=first,
        reason="tvist",
        undecided_accepted=True,
    )


@cache
def counted() -> Told:
    return told_of(settled(40, 30))


@cache
def hidden() -> Told:
    """The town admits a small count less than the verifier has: that count, and what is paid on it, is hidden."""
    return told_of(settled(40, 38))


def stands(place: str, *states: str) -> Change:
    return lambda predicate: predicate["standings"].update({place: list(states)})


@pytest.mark.parametrize(
    ("made", "place", "states"),
    [
        (disputed, "figures/strict", ["disputed"]),
        (disputed, "figures/savings", ["final", "contaminated"]),
        (disputed, "lines/share", ["final"]),
        (ended, "lines/share", ["final"]),
        (ended, "figures/savings", ["terminated"]),
        (counted, "figures/studied", ["disputed"]),
        (counted, "figures/left", ["final"]),
        (counted, "lines/starts", ["final"]),
        (counted, "lines/studies", ["disputed"]),
    ],
)
def test_what_an_event_touches_by_the_contract_stands_as_that_says(
    made: Callable[[], Told], place: str, states: list[str]
) -> None:
    assert made()() == {}
    assert made()(stands(place, *states))["terms"] == f"Not as the contract says: standings/{place}."


@pytest.mark.parametrize(
    ("date", "name"),
    [("2021-05-02", "states"), ("2029-01-01", "states"), ("1999-01-01", "terms"), ("2017-12-31", "terms")],
)
@pytest.mark.parametrize("made", [disputed, ended])
def test_an_event_is_of_the_days_of_its_contract_and_statement(made: Callable[[], Told], date: str, name: str) -> None:
    found = made()(lambda predicate: [one.update(date=date) for one in predicate["happened"]])
    assert "happened/town" in found[name]


def test_a_dispute_is_of_the_one_whose_place_is_taken_within_its_days() -> None:
    told = counted()
    late = {"date": "2021-06-01"}

    def on(day: str) -> Change:
        return lambda predicate: (predicate.update(late), predicate["happened"][0].update(date=day))

    assert told(on("2021-05-01")) == {}
    assert told(on("2021-05-02")) == {"terms": "Not as the contract says: happened/town."}
    assert told(lambda predicate: predicate.pop("supersedes")) == {"terms": "Not as the contract says: happened/town."}


def test_an_amount_and_what_is_withheld_of_it_are_what_the_figures_give() -> None:
    told = counted()
    assert told() == {}
    assert told(lambda predicate: predicate.pop("withheld")) == {"terms": "Not as the contract says: withheld/starts."}
    assert told(lambda predicate: predicate["withheld"]["starts"].update(low="1", high="1")) == {
        "terms": "Not as the contract says: withheld/starts."
    }


def test_of_a_hidden_line_it_is_said_that_something_may_be_withheld() -> None:
    told = hidden()
    assert told() == {}
    assert told(lambda predicate: predicate.pop("withheld")) == {"terms": "Not as the contract says: withheld/starts."}


def test_a_hidden_line_has_the_share_of_each_payer_or_of_none() -> None:
    told = hidden()
    one = {"kind": "exact", "low": "1", "high": "1"}
    assert told(lambda predicate: predicate["shares"].pop("starts/state")) == {
        "terms": "Not as the contract says: shares/starts/state."
    }
    assert told(lambda predicate: predicate["shares"].update({"starts/state": one})) == {
        "terms": "Not as the contract says: shares/starts/state."
    }


CAPPED = DISPUTABLE.replace("  lines:\n", '  cap: {amount: "700000", reduces: pro_rata}\n  lines:\n')
UNPAID = DISPUTABLE.replace("undisputed_paid: true", "undisputed_paid: false")


@pytest.mark.parametrize("text", [DISPUTABLE, CAPPED, UNPAID], ids=["alone", "capped", "unpaid"])
@pytest.mark.parametrize("extra", ["", ', certificate: "2021-04-01"', ', decided: "2021-04-20"'])
@pytest.mark.parametrize(("started", "admitted"), [(40, 0), (40, 30), (40, 38), (40, 60), (9, 0), (9, 20), (12, 11)])
def test_what_is_published_of_a_dispute_holds(started: int, admitted: int, extra: str, text: str) -> None:
    assert told_of(settled(started, admitted, extra, text))() == {}

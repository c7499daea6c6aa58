"""What the kind of a public statement and its declared events let it say, when a holder of a key says otherwise."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from certificates_unit import test_release as release
from workflow import test_events as events
from workflow import test_statement_form as form

from effekt import workflow
from effekt._serialize import encode
from effekt.certificates import DEMO_KEY, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.ranges import Shown
from effekt.certificates.release import public_statement, read_public
from effekt.contracts import parse_attestation, parse_declarations
from effekt.exceptions import ArgumentError
from effekt.reports.public import statement_text
from effekt.workflow import statement_events, verify_statement
from effekt.workflow.statements import StatementVerification

Change = Callable[[dict[str, Any]], Any]
Told = Callable[..., dict[str, str]]
DAYS = ("2021-04-01", "2022-04-01")
WHY = 'why: {sv: "enligt listan", en: "by the list"}'
DISPUTABLE = form.DISPUTABLE.replace(
    'from: "2019-01-01"}', 'from: "2019-01-01", certificates: ["2021-04-01", "2022-04-01"]}'
)
STARTS = (
    DISPUTABLE[: DISPUTABLE.index("  stayed:")]
    + """\
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    starts:
      payers: {town: "1"}
      payee: fund
      pays: {unit_price: {price: "15012", figure: started, below_zero: zero}}
"""
)
FEE = (
    DISPUTABLE[: DISPUTABLE.index("  stayed:")]
    + """\
  fee: {attested: auditor, digits: 0, unit: SEK, question: {sv: "Avgift?", en: "Fee?"}}
  value: {derived: {product: [started, "1000"]}, digits: 0, unit: SEK}
  net: {derived: {difference: [value, fee]}, digits: 0, unit: SEK}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    net:
      payers: {town: "1"}
      payee: fund
      pays: {unit_price: {price: "1", figure: net, below_zero: negative}}
"""
)
FLOORED = (
    FEE.replace("below_zero: negative", "below_zero: zero")
    .replace("  lines:\n", '  floors:\n    both: {lines: [base, net], amount: "10000", raises: base}\n  lines:\n')
    .replace("    net:\n", '    base: {payers: {town: "1"}, payee: fund, pays: {fixed: "100"}}\n    net:\n')
)


WRONG = "States, events and amounts that do not fit each other: {}."


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


@cache
def made(kind: str, date: str, supersedes: Certificate | None = None) -> Certificate:
    """A settlement of 0 starts, which each kind may say."""
    said = '{value: "0", by: auditor, date: "2021-03-01", evidence: {description: "lista"}}'
    fact = f"schema: effekt/attestation/1\ncontract: jobs\nfigures: {{started: {said}}}\n"
    return workflow.settle(
        release.parse(STARTS.encode()),
        date=date,
        kind=kind,
        attestations=[parse_attestation(fact.encode())],
        supersedes=supersedes,
        reason=None if supersedes is None else "lista",
        undecided_accepted=True,
    )


@cache
def published(certificate: Certificate, *earlier: Envelope) -> Envelope:
    before = [read_public(one) for one in earlier]
    return sign(public_statement(certificate, salt=bytes(32), earlier=before).to_envelope(), DEMO_KEY)


def verified(statement: Envelope, *given: Envelope) -> StatementVerification:
    return verify_statement(statement, contract=release.parse(STARTS.encode()), earlier=given)


def subsets(every: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(every, n) for n in range(len(every) + 1))


def histories(before: tuple[Certificate, ...] = ()) -> Iterator[tuple[Certificate, ...]]:
    """Three certificates, of each kind, each by itself or in the place of one before that it may take."""
    if len(before) == 3:
        yield before
        return
    date = DAYS[0] if len(before) < 2 else DAYS[1]
    for kind, place in itertools.product(("final", "interim", "nil"), (None, *before)):
        with contextlib.suppress(ArgumentError):  # one that would take the place of one that weighs more
            yield from histories((*before, made(kind, date, place)))


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


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    ("before", "kind", "may"),
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
def test_whether_one_takes_the_place_of_one_that_weighs_more_cannot_be_told(
    before: str, kind: str, may: bool, own: bool
) -> None:
    """Of the day before, or its own: that it is given beside the other shows nothing."""
    found = published(made(kind, DAYS[0] if own else DAYS[1], made(kind, DAYS[0])))
    first = published(made(before, DAYS[0]))
    for given, told in (((), False), ((first,), not may), ((first, found), not may)):
        again = verified(found, *given)
        assert again.ok
        assert ("supersedes" in {one.name for one in again.findings}) == told
        assert ("see supersedes" in again.summary.en) == ("se supersedes" in again.summary.sv) == told


def test_one_of_two_of_a_day_may_be_the_one_whose_place_is_taken() -> None:
    given = [published(made(kind, DAYS[0])) for kind in ("final", "interim")]
    found = verified(published(made("interim", DAYS[1], made("interim", DAYS[0]))), *given)
    assert "supersedes" not in {one.name for one in found.findings}


def test_what_follows_one_that_was_not_published_is_not_called_different() -> None:
    """Of the first day 0 is settled as interim, which later ones follow, and as final, which alone is published."""
    interim, first = made("interim", DAYS[0]), published(made("final", DAYS[0]))
    second = published(made("interim", "2021-05-01", interim), first)
    third = published(made("nil", DAYS[1], interim), first, second)
    for one, word, ord in ((second, "an interim", "ett delintyg"), (third, "a nil", "ett nollintyg")):
        found = verified(one, first, second)
        assert found.ok
        (told,) = (finding for finding in found.findings if finding.name == "supersedes")
        assert (told.verdict, told.text.en, told.text.sv) == (
            "cannot_tell",
            f"It is {word} one in the place of one of 2021-04-01, and what was given of that day is of a kind whose "
            "place it cannot take: it must be of another certificate of that day. Ask for that one.",
            f"Det är {ord} som ersätter ett från 2021-04-01, och det som angavs från den dagen är av ett slag som det "
            "inte kan ersätta: det måste gälla ett annat intyg från den dagen. Begär det.",
        )


def test_no_honest_history_is_called_different_whatever_of_it_is_published_and_given() -> None:
    differing, told = [], 0
    for public in {public for every in histories() for public in subsets(every)}:
        statements: list[Envelope] = []
        for one in public:
            statements.append(published(one, *statements))
        for place, statement in enumerate(statements):
            for given in subsets(statements[:place] + statements[place + 1 :]):
                found = verified(statement, *given)
                differing += [(public[place], given, one.text.en) for one in found.differences]
                told += any(one.name == "supersedes" for one in found.findings)
    assert not differing
    assert told > 0


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


def settled(
    started: int, admitted: int, extra: str = "", text: str = DISPUTABLE, of: str = "started", **given: int
) -> Certificate:
    """A certificate of counts, in the place of one of whose figures the town disputes one."""
    contract = release.parse(text.encode())
    values = {"started": started, **(given or {"stayed": 9, "studied": 20, "audited": 1})}
    entries = "".join(
        f'  {id}: {{value: "{value}", by: auditor, date: "2021-03-01", evidence: {{description: "lista"}}}}\n'
        for id, value in values.items()
    )
    facts = [parse_attestation(f"schema: effekt/attestation/1\ncontract: jobs\nfigures:\n{entries}".encode())]
    first = workflow.settle(contract, date="2021-04-01", attestations=facts, undecided_accepted=True)
    declared = (
        'schema: effekt/declarations/1\ncontract: jobs\nby: town\ndate: "2021-04-20"\n'
        f'disputed: [{{figures: {{{of}: "{admitted}"}}, date: "2021-04-20"{extra}, {WHY}}}]\n'
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


def test_that_something_stands_in_one_way_is_said_once_and_in_one_order() -> None:
    """Two parties dispute the same figure, and the dispute of one of them on a third day is decided."""
    first = events.settled(events.base.read(), date="2021-04-01")
    over = events.DISPUTED.replace("2021-04-20", "2021-04-21").replace("why:", 'decided: "2021-04-25", why:')
    both = (
        events.declares("town", "2021-04-20", disputed=events.DISPUTED),
        events.declares("fund", "2021-04-25", disputed=f"{over[:-1]}, {events.DISPUTED[1:]}"),
    )
    made = events.settled(events.base.read(), *both, supersedes=first, reason="tvist")
    assert [one.state for one in made.settlement.standings if one.id == "savings"] == ["disputed", "final", "disputed"]
    assert public_statement(made, salt=bytes(32)).standings["figures/savings"] == ("final", "disputed")
    told = told_of(made)
    assert told() == {}
    for states in (["disputed", "final"], ["final", "disputed", "disputed"]):
        found = told(lambda predicate, states=states: predicate["standings"].update({"figures/savings": states}))
        assert found["form"] == "It is not written as effekt writes it: standings/figures/savings."


def test_events_are_not_held_against_each_other_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement may have as many as its file has room for: with each against all of them it would take days."""
    first = events.settled(events.base.read(), date="2021-04-01")
    dispute = events.declares("town", "2021-04-20", disputed=events.DISPUTED)
    told = told_of(events.settled(events.base.read(), dispute, supersedes=first, reason="tvist"))
    asked, whole = [], statement_events.open_disputes
    monkeypatch.setattr(statement_events, "open_disputes", lambda *of: asked.append(of) or whole(*of))

    def times(count: int) -> int:
        asked.clear()
        many = [{"kind": "disputed", "by": "town", "date": "2021-04-20", "of": [f"x{i}"]} for i in range(count)]
        assert "happened" in told(lambda predicate: predicate["happened"].extend(many))["terms"]
        return len(asked)

    assert times(40) == times(4) > 0


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
BY_YEAR = DISPUTABLE.replace("{minimum: 5}", "{minimum: 5, amounts: annual_total_only}")
UNPAID = DISPUTABLE.replace("undisputed_paid: true", "undisputed_paid: false")


@pytest.mark.parametrize("text", [DISPUTABLE, CAPPED, UNPAID, BY_YEAR], ids=["alone", "capped", "unpaid", "by year"])
@pytest.mark.parametrize("extra", ["", ', certificate: "2021-04-01"', ', decided: "2021-04-20"'])
@pytest.mark.parametrize(("started", "admitted"), [(40, 0), (40, 30), (40, 38), (40, 60), (9, 0), (9, 20), (12, 11)])
def test_what_is_published_of_a_dispute_holds(started: int, admitted: int, extra: str, text: str) -> None:
    assert told_of(settled(started, admitted, extra, text))() == {}


DECIDERS = '{sv: "nämnden", en: "the tribunal"}'


def hidden_in_place_of(honest: Certificate, other: Certificate, **changes: Any) -> dict[str, Any]:
    """The one's statement as the other's shows it: what a party admits, by which a count is hidden, is in neither."""
    made = json.loads(public_statement(other, salt=bytes(32)).to_envelope().payload)
    own = public_statement(honest, salt=bytes(32))
    assert own.figures["started"].kind == "exact"
    assert made["predicate"]["figures"]["started"]["kind"] == "hidden"
    made["predicate"] |= {"commitment": own.commitment, **changes}
    return made


def test_that_a_disputed_count_had_to_be_hidden_is_not_taken_on_trust() -> None:
    honest, contract = settled(40, 30), release.parse(DISPUTABLE.encode())
    forged = sign(Envelope(payload=canonical_json(hidden_in_place_of(honest, settled(40, 38)))), DEMO_KEY)
    found = verify_statement(forged, contract=contract)
    assert [one.text.en for one in found.findings if one.name == "hidden"] == [
        "Openly disputed and hidden: started. That is as the contract says only where a party admits a small count or "
        "one near it, which the certificate alone shows; where none does it has to be shown."
    ]
    assert "whether a disputed count had to be hidden was not checked" in found.summary.en
    with_own = verify_statement(forged, contract=contract, certificate=honest)
    assert "made_anew" in {one.name for one in with_own.differences}
    by_rule = sign(public_statement(settled(40, 38), salt=bytes(32)).to_envelope(), DEMO_KEY)
    told = verify_statement(by_rule, contract=contract, certificate=settled(40, 38))
    names = {one.name: one.verdict for one in told.findings}
    assert (names["made_anew"], "hidden" in names) == ("reproduced", False)
    shown = sign(public_statement(honest, salt=bytes(32)).to_envelope(), DEMO_KEY)
    assert "hidden" not in {one.name for one in verify_statement(shown, contract=contract).findings}


def test_a_count_whose_dispute_is_decided_is_not_hidden_for_it() -> None:
    """Declared as disputed by the town and as decided by whoever decides: it withholds nothing any more."""
    text = DISPUTABLE.replace(f"decided_by: {DECIDERS}", "decided_by: auditor")
    assert text != DISPUTABLE
    over = {"kind": "decided", "by": "auditor", "date": "2021-04-10", "of": ["started"]}
    made = hidden_in_place_of(settled(40, 30, text=text), settled(40, 38, text=text))
    disputed = made["predicate"]["happened"][0]
    made["predicate"]["happened"].append(over | {"date": disputed["date"], "of": disputed["of"]})
    made["predicate"]["speaks_against"] = 2
    forged = sign(Envelope(payload=canonical_json(made)), DEMO_KEY)
    found = verify_statement(forged, contract=release.parse(text.encode()))
    assert "figures/started" in {one.name: one.text.en for one in found.differences}["terms"]


def test_beside_a_dispute_no_line_and_nothing_that_is_withheld_of_one_is_shown() -> None:
    made = settled(40, 30, text=BY_YEAR)
    statement = public_statement(made, salt=bytes(32))
    assert {one.kind for one in (*statement.lines.values(), *statement.withheld.values())} == {"hidden"}
    assert statement.withheld.keys() == statement.lines.keys()
    assert all(statement.standings[f"lines/{id}"] == () for id in statement.lines)
    assert statement.by_year == {"2021": statement.total}
    exact = {"kind": "exact", "low": "150120", "high": "150120"}
    for section in ("withheld", "lines"):
        found = told_of(made)(lambda predicate, section=section: predicate[section].update(starts=exact))
        assert f"{section}/starts" in found["terms"]


def test_a_year_that_no_open_dispute_touches_is_as_the_figures_give_it() -> None:
    """Stays and studies fall due in 2022, and the town disputes the starts; a decided dispute touches nothing."""
    fee = '    fee: {payers: {town: "1"}, payee: fund, pays: {fixed: "1000"}}\n    stays:\n      due: "2022-06-30"\n'
    text = BY_YEAR.replace("    stays:\n", fee).replace("    studies:\n", '    studies:\n      due: "2022-09-30"\n')
    for extra, years in (("", ["2022"]), (', decided: "2021-04-20"', ["2021", "2022"])):
        made = settled(40, 30, extra, text)
        told, statement = told_of(made), public_statement(made, salt=bytes(32))
        assert told() == {}
        for year in statement.by_year:
            one, total = statement.by_year[year], statement.total
            more = [str(int(amount.low or "") + 1) for amount in (one, total)]
            by_year, in_all = ({"kind": "exact", "low": amount, "high": amount} for amount in more)
            changed = says(total=in_all, undisputed=in_all, by_year=encode(statement.by_year) | {year: by_year})
            found = told(changed)
            assert (f"by_year/{year}" in found.get("terms", "")) == (year in years)
            assert ("total" in found.get("terms", "")) == (len(years) == len(statement.by_year))


@pytest.mark.parametrize("started", range(5))
def test_what_is_withheld_of_a_repayment_is_shown_where_it_may_be_nothing(started: int) -> None:
    """Of 1 000 for each start less 3 500, of which the town admits 1 500, up to 2 000 are not paid back meanwhile."""
    made = settled(started, 1500, text=FEE, of="fee", fee=3500)
    statement = public_statement(made, salt=bytes(32))
    assert statement.withheld == {"net": Shown(kind="range", low="-2000", high="0")}
    assert "Withheld while it is disputed, below zero of a repayment or paid in advance" in statement_text(
        statement, lang="en"
    )
    assert "Hålls inne medan det är tvistigt, under noll av en återbetalning eller betalt i förskott" in statement_text(
        statement, lang="sv"
    )
    told = told_of(made)
    assert told() == {}
    assert told(lambda predicate: predicate.pop("withheld")) == {"terms": "Not as the contract says: withheld/net."}


@pytest.mark.parametrize("started", range(5))
def test_what_a_floor_has_paid_meanwhile_is_shown_where_it_may_be_nothing(started: int) -> None:
    """Base and net come to 10 000 whoever is right: base is raised by the up to 3 300 that are withheld of net."""
    made = settled(started, 4500, text=FLOORED, of="fee", fee=700)
    statement = public_statement(made, salt=bytes(32))
    assert statement.lines["base"] == Shown(kind="exact", low="10000", high="10000")
    assert statement.withheld == {
        "base": Shown(kind="range", low="-3300", high="0"),
        "net": Shown(kind="range", low="0", high="3300"),
    }
    told = told_of(made)
    assert told() == {}
    for id in ("base", "net"):
        left_out = told(lambda predicate, id=id: predicate["withheld"].pop(id))
        assert left_out["terms"] == f"Not as the contract says: withheld/{id}."
        stands_open = () if statement.standings[f"lines/{id}"] else (WRONG.format(f"standings/lines/{id}"),)
        assert tuple(text for name, text in left_out.items() if name != "terms") == stands_open


# --- what is left open because of what is hidden ---------------------------------------------------------------------


@pytest.mark.parametrize("made", [disputed, ended, counted])
def test_how_what_is_shown_stands_is_not_left_open(made: Callable[[], Told]) -> None:
    """A dispute and an ending could be taken out of each figure and line of which they are told."""
    told, kinds = made(), {}

    def look(predicate: dict[str, Any]) -> None:
        for place in predicate["standings"]:
            section, id = place.split("/")
            kinds[place] = predicate[section][id]["kind"]

    assert told(look) == {}
    shown = [place for place, kind in kinds.items() if kind != "hidden"]
    assert len(shown) > 1
    for place in shown:
        assert f"standings/{place}" in " ".join(told(stands(place)).values())
    assert "states" in told(lambda predicate: predicate.update(standings={place: [] for place in kinds}))


@pytest.mark.parametrize("section", ["state", "line_states"])
def test_a_state_beside_an_event_is_not_left_open_where_something_is_paid(section: str) -> None:
    told, state = counted(), "state" if section == "state" else "line_states/starts"
    changed: Any = None if section == "state" else {"starts": None, "stays": "payable", "studies": "payable"}
    assert told(lambda predicate: predicate.update({section: changed})) == {
        "states": f"States, events and amounts that do not fit each other: {state}."
    }


@pytest.mark.parametrize("stayed", [0, 3])
def test_a_line_stands_open_where_a_hidden_count_decides_what_is_withheld(stayed: int) -> None:
    text = DISPUTABLE.replace("undisputed_paid: true", "undisputed_paid: false")
    made = settled(40, 30, "", text, stayed=stayed, studied=20, audited=1)
    statement = public_statement(made, salt=bytes(32))
    assert statement.standings["lines/stays"] == ()
    assert statement.lines["stays"] == Shown(kind="exact", low="0", high="0")
    told = told_of(made)
    assert told() == {}
    assert told(stands("lines/starts")) == {"states": WRONG.format("standings/lines/starts"), **terms("lines/starts")}
    assert told(stands("figures/stayed")) == terms("figures/stayed")  # of a range


@pytest.mark.parametrize("base", ["", ", round_to: 10"])
def test_a_figure_in_a_range_stands_open_where_the_combinations_are_too_many(base: str) -> None:
    text = DISPUTABLE.replace("{minimum: 5}", f"{{minimum: 10{base}}}")
    made = settled(60, 30, "", text, stayed=2, studied=40, audited=1)
    statement = public_statement(made, salt=bytes(32))
    assert (statement.standings["figures/stayed"] == ()) is bool(base)
    told = told_of(made)
    assert told() == {}
    assert told(stands("figures/stayed")) == ({} if base else terms("figures/stayed"))


def terms(place: str) -> dict[str, str]:
    return {"terms": f"Not as the contract says: standings/{place}."}


# --- a hidden figure may have no value -------------------------------------------------------------------------------

UNSEEN = DISPUTABLE.replace("{minimum: 5}", "{minimum: 5, hidden: [stayed]}")


@pytest.mark.parametrize("extra", ["", ', certificate: "2021-04-01"', ', decided: "2021-04-20"'])
@pytest.mark.parametrize("paid", ["true", "false"])
@pytest.mark.parametrize("cap", [False, True])
def test_a_statement_is_the_same_whether_a_hidden_figure_has_a_value(extra: str, paid: str, cap: bool) -> None:
    text = UNSEEN.replace("undisputed_paid: true", f"undisputed_paid: {paid}")
    if cap:
        text = text.replace("  lines:\n", '  cap: {amount: "700000", reduces: pro_rata}\n  lines:\n')
    known = {"studied": 20, "audited": 1}
    some, none = (settled(40, 30, extra, text, **known, **more) for more in ({"stayed": 9}, {}))
    assert told_of(none)() == told_of(some)() == {}
    assert release.bare(public_statement(none, salt=bytes(32))) == release.bare(public_statement(some, salt=bytes(32)))


def test_a_hidden_figure_is_none_of_the_combinations_that_are_settled() -> None:
    """With its value there were too many, and nothing told how the others stand: so that told that it had one."""
    text = UNSEEN.replace("minimum: 5, hidden: [stayed]", "minimum: 10, hidden: [stayed], round_to: 10")
    values: list[dict[str, int]] = [{}, {"stayed": 0}, {"stayed": 13}]
    every = [settled(40, 30, "", text, studied=20, audited=1, **more) for more in values]
    found = [release.bare(public_statement(one, salt=bytes(32))) for one in every]
    assert found[0].standings["figures/studied"] == ("final",)
    assert all(one == found[0] for one in found)
    assert [told_of(one)() for one in every] == [{}, {}, {}]


@pytest.mark.parametrize("place", ["figures/stayed", "figures/left", "lines/stays"])
def test_what_is_hidden_says_how_it_stands_once_an_event_is_declared(place: str) -> None:
    told = told_of(settled(40, 30, text=UNSEEN))
    assert told() == {}
    found = told(lambda predicate: predicate["standings"].pop(place))
    assert found["states"].endswith(f"standings/{place}.")


@pytest.mark.parametrize("place", ["total", "undisputed", "receipts/fund", "shares/stays/town"])
def test_what_a_hidden_figure_moves_is_hidden_beside_declared_events(place: str) -> None:
    told, none = told_of(settled(40, 30, text=UNSEEN)), {"kind": "none", "low": None, "high": None}

    def shows(predicate: dict[str, Any]) -> None:
        section, _, id = place.partition("/")
        inner = predicate[section] if id else predicate
        assert inner[id or section]["kind"] == "hidden"
        inner[id or section] = none

    assert told() == {}
    assert place in told(shows)["terms"]


@pytest.mark.parametrize("value", ["9", None])
@pytest.mark.parametrize("event", [False, True])
def test_what_the_contract_hides_is_shown_by_no_statement(event: bool, value: str | None) -> None:
    made = settled(40, 30, text=UNSEEN) if event else release.certificate(UNSEEN, started=40, stayed=9)
    told = told_of(made)
    assert told() == {}
    one = {"kind": "none" if value is None else "exact", "low": value, "high": value}
    assert "figures/stayed" in told(lambda predicate: predicate["figures"].update(stayed=one))["terms"]


# --- counts beside events and earlier statements ---------------------------------------------------------------------


def held(text: str, before: dict[str, int], extra: str = "", **now: int) -> tuple[Envelope, Envelope]:
    """The statements of a day and of a dispute in its place, which is held against the first."""
    first = public_statement(release.certificate(text, **before), salt=bytes(32))
    second = public_statement(settled(40, 30, extra, text, **now), salt=bytes(32), earlier=[first])
    return first.to_envelope(), second.to_envelope()


def told_beside(
    text: str, first: Envelope, second: Envelope, change: Change = lambda predicate: None
) -> dict[str, str]:
    made = json.loads(second.payload)
    change(made["predicate"])
    forged = sign(Envelope(payload=canonical_json(made)), DEMO_KEY)
    found = verify_statement(forged, contract=release.parse(text.encode()), earlier=[first])
    return {one.name: one.text.en for one in found.differences}


ROUNDED = DISPUTABLE.replace("{minimum: 5}", "{minimum: 5, round_to: 5}")
PLAIN = DISPUTABLE.replace("  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", "")
BEFORE = {"started": 40, "stayed": 9, "studied": 20}
HELD = pytest.mark.parametrize(
    "text", [DISPUTABLE, PLAIN, ROUNDED, UNSEEN], ids=["plain", "alone", "rounded", "hidden"]
)


@HELD
def test_no_count_beside_an_event_is_shown_otherwise_than_the_earlier_statement_has_it(text: str) -> None:
    first, second = held(text, BEFORE)
    assert told_beside(text, first, second) == {}
    shown = json.loads(second.payload)["predicate"]["figures"]
    for id in ("started", "studied") if text in (DISPUTABLE, PLAIN) else ("studied",):
        low, high = int(shown[id]["low"]), int(shown[id]["high"])
        for ends in ((low, low), (low, high + 1), (low - 1, high)):
            one = {"kind": "exact" if ends[0] == ends[1] else "range", "low": str(ends[0]), "high": str(ends[1])}
            forged = says(figures=shown | {id: one})
            assert f"figures/{id}" in told_beside(text, first, second, forged)["terms"], (id, one)


def test_a_computed_count_beside_an_event_is_what_the_shown_ones_give() -> None:
    told = counted()
    low = {"kind": "exact", "low": "29", "high": "29"}
    assert "figures/left" in told(lambda predicate: predicate["figures"].update(left=low))["terms"]


@HELD
@pytest.mark.parametrize(
    ("before", "now"),
    [
        (BEFORE, {"stayed": 2, "studied": 24}),
        ({"started": 43, "stayed": 3, "studied": 22}, {"stayed": 12, "studied": 0}),
        ({"started": 60, "stayed": 41, "studied": 4}, {"stayed": 39, "studied": 27}),
    ],
)
def test_what_is_published_of_a_dispute_beside_an_earlier_statement_holds(
    text: str, before: dict[str, int], now: dict[str, int]
) -> None:
    assert told_beside(text, *held(text, before, audited=1, **now)) == {}

"""What a public statement alone, with its contract, gives away when a holder of a key changes it."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from certificates_unit import test_release as release
from workflow import test_events as events
from workflow import test_paid_each as paid_each

from effekt import workflow
from effekt.certificates import DEMO_KEY, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.ranges import Shown
from effekt.certificates.release import public_statement, read_public
from effekt.exceptions import CertificateError
from effekt.workflow import verify_statement
from effekt.workflow.statement_form import wrong_form, wrong_sums
from effekt.workflow.statements import StatementVerification

TEXT = release.CONTRACT.replace("{minimum: 5}", "{minimum: 5, round_to: 5}").replace(
    'outcome_data_from: "2019-01-01"}',
    'outcome_data_from: "2019-01-01", certificates: ["2021-04-01", "2022-04-01", "2023-04-01"]}',
)
Place = tuple[str | int, ...]
Told: TypeAlias = Callable[[Callable[[dict[str, Any]], Any]], dict[str, str]]

ITS_OWN = "stands in the certificate alone"
SILENT = {
    "commitment": "an HMAC under a secret salt: any other is one of another certificate",
    "date": ITS_OWN,
    "kind": ITS_OWN,
}


@cache
def stated() -> Envelope:
    made = release.certificate(TEXT, started=12, stayed=3, studied=8)
    return public_statement(made, salt=bytes(32)).to_envelope()


def verified(statement: dict[str, Any], text: str = TEXT) -> StatementVerification:
    forged = sign(Envelope(payload=canonical_json(statement)), DEMO_KEY)
    return verify_statement(forged, contract=release.parse(text.encode()))


def changed(change: Callable[[dict[str, Any]], None]) -> StatementVerification:
    statement = json.loads(stated().payload)
    change(statement["predicate"])
    return verified(statement)


def leaves(tree: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else None
    if not inner:
        yield place, tree
    for key, one in inner or ():
        yield from leaves(one, (*place, key))


def others(value: Any) -> Iterator[Any]:
    """Values of the same form: one more and less, the days beside, another digest or name."""
    if isinstance(value, int):
        yield from (value + 1, value - 1, 0)
    elif isinstance(value, str) and len(value) == 64:
        yield "ab" * 32
    elif isinstance(value, str) and value[4:5] == "-":
        day = datetime.date.fromisoformat(value)
        yield from ((day + datetime.timedelta(step)).isoformat() for step in (-1, 1))
    elif isinstance(value, str) and value.lstrip("-")[:1].isdigit():
        yield from (str(Fraction(value) + step) for step in (-1, 1))
    elif value in ("payable", "zero_by_terms", None):
        yield from {"payable", "zero_by_terms", "referred", None} - {value}
    elif value in ("exact", "range", "final"):
        yield from {"exact", "range", "hidden", "none", "interim"} - {value}
    else:
        yield f"{value} x"


def put(tree: Any, place: Place, value: Any) -> None:
    for key in place[:-1]:
        tree = tree[key]
    tree[place[-1]] = value


def drop(tree: Any, place: Place) -> None:
    for key in place[:-1]:
        tree = tree[key]
    del tree[place[-1]]


def changes() -> Iterator[tuple[str, Callable[[dict[str, Any]], None]]]:
    """Each leaf made another, and each leaf and section dropped."""
    predicate = json.loads(stated().payload)["predicate"]
    for place, value in leaves(predicate):
        name = "/".join(map(str, place))
        for other in others(value):
            yield name, partial(put, place=place, value=other)
        for end in range(1, len(place) + 1):
            yield "/".join(map(str, place[:end])), partial(drop, place=place[:end])


def is_silent(change: Callable[[dict[str, Any]], None]) -> bool:
    try:
        return changed(change).ok
    except CertificateError:
        return False


def test_each_change_of_a_statement_is_found_with_the_contract_or_has_a_reason() -> None:
    assert verified(json.loads(stated().payload)).ok
    assert {name for name, change in changes() if is_silent(change)} == set(SILENT)


@pytest.mark.parametrize("number", ["1e999999999", "9" * 5000, "1/0", "NaN", "١٢", ""])
def test_a_number_that_is_none_or_has_no_end_is_refused_unread(number: str) -> None:
    def forge(predicate: dict[str, Any]) -> None:
        predicate["figures"]["stayed"]["high"] = number

    with pytest.raises(CertificateError, match=r"^The public statement cannot be read: .* must be a finite .*\.$"):
        changed(forge)


ENDLESS = "9" * 30
TOLD_OF = release.INVOICED.replace(
    "  audited:",
    '  share: {attested: auditor, digits: 3, unit: share, question: {sv: "Andel?", en: "Share?"}}\n  audited:',
    1,
)


@pytest.mark.parametrize(("low", "high"), [("5", ENDLESS), ("8", ENDLESS), (ENDLESS, "0")])
@pytest.mark.parametrize("rule", ["{minimum: 5}", "{minimum: 5, round_to: 5}"])
def test_a_range_of_an_earlier_statement_is_never_listed(rule: str, low: str, high: str) -> None:
    made = release.certificate(TOLD_OF.replace("{minimum: 5}", rule), **HONEST, invoice=70, share="0.123")
    plain = public_statement(made, salt=bytes(32))
    before = json.loads(plain.to_envelope().payload)
    before["predicate"]["figures"] = {"studied": {"kind": "range", "low": low, "high": high}}
    earlier = sign(Envelope(payload=canonical_json(before)), DEMO_KEY)
    own = public_statement(made, salt=bytes(32), earlier=[read_public(earlier)])
    found = verify_statement(
        sign(own.to_envelope(), DEMO_KEY), certificate=made, contract=made.contract, earlier=[earlier]
    )
    told = {one.name: one.verdict for one in found.findings}
    assert told["terms"] == told["made_anew"] == "reproduced"
    if low != ENDLESS and "round_to" in rule:  # it begins or ends within a range of this base
        assert own.figures["studied"] == Shown(kind="range", low="8", high=str(10**30 + 2))
        assert {own.figures[id].kind for id in ("share", "invoice")} == {"hidden"}
    else:
        assert own.figures == plain.figures


def test_the_shares_of_a_statement_are_not_looked_through_for_each_line() -> None:
    """It may have as many of both as its file has room for."""
    looked = 0

    class Shares(dict[str, Shown]):
        def items(self) -> Any:
            nonlocal looked
            looked += 1
            return super().items()

    found = read_public(stated())
    assert wrong_sums(replace(found, shares=Shares(found.shares))) == []
    assert (len(found.lines), looked) == (3, 1)


def test_the_base_that_a_statement_says_it_rounds_to_is_never_counted_through() -> None:
    def forge(predicate: dict[str, Any]) -> None:
        predicate["round_to"] = 2**53 - 1
        predicate["rounded"] = dict.fromkeys(predicate["rounded"], "0")

    told = {one.name: one.text.en for one in changed(forge).differences}
    assert told["form"].startswith("It is not written as effekt writes it: rounded/")
    assert "round_to" in told["terms"]


HONEST = {"started": 12, "stayed": 3, "studied": 8}  # "left" is hidden where it is small, so each is shown in a band


def with_count(id: str, low: int, high: int, text: str = release.CONTRACT, **changes: Any) -> StatementVerification:
    made = public_statement(release.certificate(text, **HONEST), salt=bytes(32)).to_envelope()
    statement = json.loads(made.payload)
    kind = "exact" if low == high else "range"
    statement["predicate"]["figures"][id] = {"kind": kind, "low": str(low), "high": str(high)}
    statement["predicate"] |= changes
    return verified(statement, text)


FITS: dict[str, set[tuple[int, int]]] = {  # an earlier one may have widened a range, a decided dispute none
    "": set(),
    "earlier": {(-4, -1), (0, 9), (0, 100), (5, 9)},
    "standings": set(),
}
BESIDE: dict[str, dict[str, Any]] = {
    "": {},
    "earlier": {"earlier": ["ab" * 32]},
    "standings": {
        "standings": {f"figures/{id}": ["final"] for id in ("started", "stayed", "studied", "audited", "left")}
        | {f"lines/{id}": ["final"] for id in ("starts", "stays", "studies")},
        "happened": [{"kind": "decided", "by": "town", "date": "2021-03-01", "of": ["studied"]}],
        "speaks_against": 1,
    },
}
DISPUTABLE = release.CONTRACT.replace(
    "figures:", 'disputes: {days: 30, undisputed_paid: true, decided_by: {sv: "nämnden", en: "the tribunal"}}\nfigures:'
)


@pytest.mark.parametrize("beside", FITS)
def test_a_small_count_is_shown_as_no_other_range_than_the_rules_give(beside: str) -> None:
    ranges = [*((3, 4), (4, 5), (0, 100), (2, 3), (3, 3), (1, 4), (3, 8), (5, 6), (11, 12), (-3, 4)), *FITS["earlier"]]
    held = {one for one in ranges if with_count("stayed", *one, DISPUTABLE, **BESIDE[beside]).ok}
    assert held == FITS[beside]
    assert with_count("stayed", 0, 4, DISPUTABLE, **BESIDE[beside]).ok


def test_a_count_with_another_name_is_not_shown_exactly_beside_what_it_was_called_before() -> None:
    before = release.shown(release.renamed("", ""), started=40, stayed=30, studied=12)
    text, counts = release.renamed("stayed", "kept"), {"started": 50, "kept": 31, "studied": 20}
    contract, made = release.parse(text.encode()), release.certificate(text, **counts)

    def told(statement: Envelope) -> list[str]:
        found = verify_statement(statement, contract=contract, earlier=[before.to_envelope()])
        return [one.text.en for one in found.differences if one.name == "terms"]

    assert told(public_statement(made, salt=bytes(32), earlier=[before]).to_envelope()) == []
    alone = json.loads(public_statement(made, salt=bytes(32)).to_envelope().payload)
    alone["predicate"]["earlier"] = [before.sha256]
    assert "figures/kept" in told(Envelope(payload=canonical_json(alone)))[0]


@pytest.mark.parametrize("section", ["state", "line_states"])
def test_a_state_that_follows_from_what_is_shown_is_not_withheld(section: str) -> None:
    made = json.loads(public_statement(release.certificate(TEXT, **HONEST), salt=bytes(32)).to_envelope().payload)
    stated = made["predicate"]
    assert stated["state"] == stated["line_states"]["starts"] == "payable"
    withheld = None if section == "state" else stated["line_states"] | {"starts": None}
    named = "state" if section == "state" else "line_states/starts"
    found = verified(made | {"predicate": stated | {section: withheld}}).differences
    assert {one.name: one.text.en for one in found} == {
        "states": f"States, events and amounts that do not fit each other: {named}.",
        "terms": f"Not as the contract says: {named}.",
    }


def test_what_a_forged_statement_has_otherwise_is_named() -> None:
    def forge(predicate: dict[str, Any]) -> None:
        predicate |= {"currency": "EUR", "minimum": 0, "announced": predicate["announced"][:1]}
        del predicate["round_to"], predicate["rounded"]
        predicate["lines"]["stays"] = {"kind": "exact", "low": "99999", "high": "99999"}

    found = changed(forge)
    assert {one.name: (one.text.en, one.text.sv) for one in found.differences} == {
        "sums": (
            "Amounts that are not the sums of their parts: lines/stays and undisputed.",
            "Belopp som inte är summan av sina delar: lines/stays och undisputed.",
        ),
        "states": (
            "States, events and amounts that do not fit each other: line_states/stays.",
            "Tillstånd, händelser och belopp som inte passar ihop: line_states/stays.",
        ),
        "terms": (
            "Not as the contract says: currency, minimum, announced, figures/started, figures/studied, lines/stays, "
            "rounded/started, rounded/studied and round_to.",
            "Inte som avtalet säger: currency, minimum, announced, figures/started, figures/studied, lines/stays, "
            "rounded/started, rounded/studied och round_to.",
        ),
    }


def test_the_last_line_says_that_no_number_was_checked() -> None:
    summary = verified(json.loads(stated().payload)).summary
    assert "no number was checked against the certificate: give --certificate" in summary.en
    assert "inget tal har prövats mot intyget: ange --certificate" in summary.sv


def test_no_day_no_digest_and_no_state_that_does_not_fit_passes() -> None:
    one = {"kind": "exact", "low": "1", "high": "1"}
    places: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
        (lambda predicate: predicate.update(date="2023-02-99"), "form"),
        (lambda predicate: predicate.update(date="tomorrow"), "form"),
        (lambda predicate: predicate.update(commitment=""), "form"),
        (lambda predicate: predicate.update(earlier=["cd" * 32, "ab" * 32]), "form"),
        (lambda predicate: predicate.update(earlier=["ab" * 32, "ab" * 32]), "form"),
        (lambda predicate: predicate.update(supersedes="2999-01-01"), "terms"),
        (lambda predicate: predicate.update(supersedes="1999-01-01"), "terms"),
        (lambda predicate: predicate.update(state="zero_by_terms"), "states"),
        (lambda predicate: predicate["line_states"].update(starts="referred"), "states"),
        (lambda predicate: predicate.update(withheld={"starts": one}), "states"),
        (lambda predicate: predicate.update(left_to_pay={"starts": one}), "states"),
    ]
    for change, name in places:
        assert name in [found.name for found in changed(change).differences]


def test_a_statement_that_supersedes_none_is_of_the_announced_day_of_its_date() -> None:
    second = paid_each.settled(paid_each.DAYS[1], "2023-02")
    made = json.loads(public_statement(second, salt=bytes(32)).to_envelope().payload)
    for date, names in ((paid_each.DAYS[1], []), ("2033-02-05", ["terms"])):
        made["predicate"]["date"] = date
        forged = sign(Envelope(payload=canonical_json(made)), paid_each.KEY)
        found = verify_statement(forged, contract=paid_each.read())
        assert [one.name for one in found.differences] == names


NO_DAYS = ("2021-02-31", "2021-13-01", "0000-01-01", "2021-2-3", "2021-02-03T00:00", "20210203", "٢٠٢١-٠٢-٠٣", "x", "")


@cache
def of_days() -> dict[str, tuple[Any, dict[str, Any]]]:
    """The contracts of statements with all days that there can be, and what these state."""
    first = events.settled(events.base.read(), date="2021-04-01")
    dispute = events.declares("town", "2021-04-20", disputed=events.DISPUTED)
    made = {
        "disputed": events.settled(events.base.read(), dispute, supersedes=first, reason="tvist"),
        "ended": events.settled(events.base.read(events.RULES), *events.both()),
        "paid_each": paid_each.settled(paid_each.DAYS[1], "2023-02"),
    }
    stated = {
        name: (one.contract, json.loads(public_statement(one, salt=bytes(32)).to_envelope().payload))
        for name, one in made.items()
    }
    spoilt = {"kind": "contaminated", "by": "provider", "date": paid_each.DAYS[0], "of": ["stop", "work"]}
    stated["paid_each"][1]["predicate"].update(happened=[spoilt], supersedes=paid_each.DAYS[0])
    return stated


def days_of(name: str) -> list[Place]:
    every = leaves(of_days()[name][1]["predicate"])
    return [place for place, value in every if isinstance(value, str) and value[4:5] == value[7:8] == "-"]


@pytest.mark.parametrize("no_day", NO_DAYS)
@pytest.mark.parametrize("name", ["disputed", "ended", "paid_each"])
def test_what_is_no_day_is_named_wherever_it_stands(name: str, no_day: str) -> None:
    contract, stated = of_days()[name]
    places = days_of(name)
    assert {place[0] for place in places} >= {"date", "happened"} | ({"settles"} if name == "paid_each" else set())
    for place in places:
        made = copy.deepcopy(stated)
        put(made["predicate"], place, no_day)
        forged = sign(Envelope(payload=canonical_json(made)), DEMO_KEY)
        told = {one.name: one.text.en for one in verify_statement(forged, contract=contract).differences}
        assert str(place[0]) in told["form"]
        assert verify_statement(sign(Envelope(payload=canonical_json(stated)), DEMO_KEY), earlier=[forged])


def of_events(certificate: Certificate) -> Told:
    """What is told of a certificate's statement after a change of it, by the name of the finding."""
    statement, contract = public_statement(certificate, salt=bytes(32)), certificate.contract

    def told(change: Callable[[dict[str, Any]], Any]) -> dict[str, str]:
        made = json.loads(statement.to_envelope().payload)
        change(made["predicate"])
        forged = sign(Envelope(payload=canonical_json(made)), DEMO_KEY)
        found = verify_statement(forged, contract=contract).differences
        return {one.name: one.text.en for one in found if one.name in ("states", "terms")}

    return told


def ended(_: Path) -> Told:
    return of_events(events.settled(events.base.read(events.RULES), *events.both()))


def disputed(_: Path) -> Told:
    contract = events.base.read()
    first = events.settled(contract, date="2021-04-01")
    own = events.declares("town", "2021-04-20", disputed=events.DISPUTED)
    return of_events(events.settled(contract, own, supersedes=first, reason="tvist"))


def of_data(folder: Path, event: str) -> Told:
    clause = "{event: {sv: spill, en: spill}, then: refer, declared_by: [municipality]}"
    contract = events._with_data(folder, f"termination: {{national: {clause}}}\n")
    declared = events._of(contract, event)
    return of_events(workflow.settle(contract, date="2024-06-01", declarations=[declared]))


def contaminated(folder: Path) -> Told:
    event = f'{{clause: national, analysis: [work], date: "2023-05-01", {events.WHY}}}'
    return of_data(folder, f"contaminated: [{event}]\n")


def revised(folder: Path) -> Told:
    event = f'{{data: months, was: "{"0" * 64}", date: "2024-01-20", {events.WHY}}}'
    return of_data(folder, f"revised: [{event}]\n")


def happens(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda predicate: predicate["happened"][0].update(**changes)


@pytest.mark.parametrize(
    ("made", "honest", "other"),
    [
        (disputed, {"of": ["savings"]}, {"of": ["saving"]}),
        (disputed, {"of": ["savings", "strict"]}, {"of": []}),
        (ended, {"of": ["merger"]}, {"of": ["fire"]}),
        (ended, {"of": ["merger"]}, {"of": ["merger", "merger"]}),
        (ended, {"of": ["merger"]}, {"kind": "disputed", "of": ["share"]}),
        (contaminated, {"of": ["national", "work"]}, {"of": ["national", "months"]}),
        (contaminated, {"of": ["national", "work"]}, {"of": ["national"]}),
        (contaminated, {"of": ["national", "work"]}, {"of": ["local", "work"]}),
        (revised, {"of": ["months"]}, {"of": ["weeks"]}),
        (revised, {"kind": "not_delivered"}, {"kind": "not_delivered", "of": ["work"]}),
    ],
)
def test_what_an_event_is_of_stands_in_the_contract(
    tmp_path: Path, made: Callable[[Path], Told], honest: dict[str, Any], other: dict[str, Any]
) -> None:
    told = made(tmp_path)
    assert "happened/" not in told(happens(**honest)).get("terms", "")
    assert "happened/" in told(happens(**other))["terms"]


@pytest.mark.parametrize("state", ["terminated", "contaminated", "provisional"])
def test_a_standing_is_of_an_event_that_is_declared(tmp_path: Path, state: str) -> None:
    told = disputed(tmp_path)
    assert told(lambda predicate: predicate["standings"].update({"lines/share": ["disputed"]})) == {}
    assert told(lambda predicate: predicate["standings"].update({"lines/share": ["disputed", state]})).keys() == {
        "states",
        "terms",
    }


@pytest.mark.parametrize("made", [ended, disputed, contaminated, revised])
def test_no_standing_is_left_without_its_event(tmp_path: Path, made: Callable[[Path], Told]) -> None:
    told = made(tmp_path)
    assert told(lambda predicate: None) == {}
    assert "states" in told(lambda predicate: predicate.update(happened=[]))


def without(*names: str) -> Callable[[dict[str, Any]], Any]:
    return lambda predicate: [predicate.pop(name) for name in names]


def without_standing(place: str) -> Callable[[dict[str, Any]], Any]:
    return lambda predicate: predicate["standings"].pop(place)


@pytest.mark.parametrize("made", [ended, disputed, contaminated, revised])
def test_what_the_rest_of_a_statement_proves_is_not_deleted(tmp_path: Path, made: Callable[[Path], Told]) -> None:
    told, places = made(tmp_path), list[str]()
    assert told(lambda predicate: places.extend(predicate["standings"])) == {}
    for section in (("standings",), ("happened",), ("happened", "speaks_against"), ("speaks_against",)):
        assert "states" in told(without(*section))
    assert [place for place in places if not told(without_standing(place))] == []


def test_an_open_dispute_stands_at_the_figures_that_it_is_of(tmp_path: Path) -> None:
    told = disputed(tmp_path)
    other: dict[str, Any] = {"kind": "decided", "by": "town", "date": "2021-04-20", "of": ["savings"]}

    def quiet(predicate: dict[str, Any]) -> None:
        predicate["standings"]["figures/savings"] = ["final"]

    def decided(predicate: dict[str, Any]) -> None:
        quiet(predicate)
        predicate["happened"].append(other)

    assert told(quiet).keys() == {"states", "terms"}
    assert "states" not in told(decided)


def test_no_event_is_told_twice_and_none_of_one_thing_twice() -> None:
    made = public_statement(events.settled(events.base.read(events.RULES), *events.both()), salt=bytes(32))
    assert made.happened
    assert wrong_form(made) == []
    first = made.happened[0]
    assert wrong_form(replace(made, happened=(*made.happened, first))) == [f"happened/{first.by}"]
    doubled = replace(first, of=(*first.of, *first.of))
    assert wrong_form(replace(made, happened=(doubled, *made.happened[1:]))) == [f"happened/{first.by}"]

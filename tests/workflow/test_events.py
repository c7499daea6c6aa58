"""Events from a party's declarations to the certificate: who may declare them, what moves, what others can check."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided
from small_cases import small_sick_leave
from workflow import test_declared as base

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Plan
from effekt.contracts import Contract, Declarations, events_of, parse_declarations
from effekt.exceptions import ArgumentError, CertificateError, ContractError
from effekt.reports.text import certificate_text
from effekt.workflow.rules.dates import check_dates

RULES = base.CONTRACT.replace(
    "then: pay_to_date}",
    'then: pay_to_date, period: {from: "2019-01-01", to: "2021-12-31"}, declared_by: [town, fund]}',
)


def declares(by: str, date: str = "2021-03-20", **events: str) -> Declarations:
    text = f'schema: effekt/declarations/1\ncontract: savings\nby: {by}\ndate: "{date}"\n'
    return parse_declarations((text + "".join(f"{key}: {value}\n" for key, value in events.items())).encode())


WHY = 'why: {sv: "enligt beslut", en: "by decision"}'
ENDED = f'{{clause: merger, date: "2020-06-30", {WHY}}}'
DISPUTED = f'[{{figures: {{savings: "110000"}}, date: "2021-04-20", {WHY}}}]'


def settled(contract: Contract, *declarations: Declarations, **more: Any) -> Certificate:
    return base.workflow.settle(
        contract,
        date=more.pop("date", "2021-05-01"),
        attestations=[base.parse_attestation(base.ATTESTED.encode())],
        declarations=declarations,
        **more,
    )


def both(events: str = ENDED) -> tuple[Declarations, Declarations]:
    return declares("town", ended=events), declares("fund", ended=events)


# -------------------------------------------------------------------------------------------------- an early end


def test_an_early_end_pays_to_the_date_and_the_page_says_so() -> None:
    contract = base.read(RULES)
    certificate = settled(contract, *both()).sign(DEMO_KEY)
    assert certificate.due == "23956"  # 48 000 × 547/1096 = 23 956.2
    verified = workflow.verify(certificate, contract=contract)
    assert verified.ok
    assert "events" in [one.name for one in verified.findings]
    assert "terminated" in base.said(certificate, "en")
    assert "of the period's days (1,096) 547 had passed" in base.said(certificate, "en")
    assert "av periodens dagar (1 096) hade 547 gått" in base.said(certificate, "sv")
    assert "Avtalet upphörde 2020-06-30 (orsak: staden slås samman); raden betalas till den dagen." in base.said(
        certificate, "sv"
    )
    assert "Det gäller när Staden och Fonden anmäler det." in workflow.annex(contract, lang="sv")


def test_one_party_cannot_end_the_contract_alone_nor_on_another_day() -> None:
    contract = base.read(RULES)
    with pytest.raises(ContractError) as error:
        settled(contract, declares("town", ended=ENDED))
    assert str(error.value) == (
        "ended by merger counts when fund too declares it, of the same day, as termination.merger.declared_by says; "
        "give the declarations."
    )
    earlier = declares("fund", ended=ENDED.replace("2020-06-30", "2019-01-31"))
    with pytest.raises(ContractError, match="ended must be the same of all who declare it"):
        settled(contract, declares("town", ended=ENDED), earlier)


def _declared_again(certificate: Certificate, change: Any) -> Certificate:
    """Signed anew by somebody who changed what its first declarations say."""
    tree = copy.deepcopy(json.loads(certificate.envelope.payload))
    carried = tree["predicate"]["declarations"]
    carried[0]["text"] = change(carried[0]["text"])
    carried[0]["sha256"] = hashlib.sha256(carried[0]["text"].encode()).hexdigest()
    subject = next(one for one in tree["subject"] if one["name"] == "declarations/1")
    subject["digest"]["sha256"] = carried[0]["sha256"]
    return base._signed(tree)


def test_an_ending_that_does_not_count_is_told_once() -> None:
    """Neither the date nor a conclusion is what is wrong; both rest on it, and say that they were not checked."""
    contract = base.read(RULES)
    alone = _declared_again(settled(contract, declares("town")), lambda text: f"{text}ended: {ENDED}\n")
    found = workflow.verify(alone, contract=contract)
    told = {one.name: (one.verdict, one.text) for one in found.findings}
    assert "ended by merger counts when fund too declares it" in told["events"][1].en
    assert told["date"][0] == "cannot_tell"
    assert told["date"][1].en == (
        "What its date must be after rests on the declared events, which do not hold; it was not checked."
    )
    assert [one.name for one in found.differences if "counts when" in one.text.en] == ["events", "payment"]


def test_an_event_that_is_told_apart_names_what_stands_otherwise() -> None:
    contract = base.read(RULES)
    tree = copy.deepcopy(json.loads(settled(contract, *both()).envelope.payload))
    standings = tree["predicate"]["settlement"]["standings"]
    standings.pop(0)
    standings[-1]["state"] = "final"
    found = workflow.verify(base._signed(tree), contract=contract)
    (text,) = [one.text.en for one in found.differences if one.name == "payment"]
    assert "standings.figure:savings – / " in text
    assert 'standings.line:share "final" / "terminated"' in text


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        (
            ENDED.replace("merger", "merged"),
            "ended.clause must be a name under termination of the contract; got merged",
        ),
        (ENDED.replace("2020-06-30", "2021-03-21"), "must not be after the day of the declaration, 2021-03-20"),
        (ENDED.replace("2020-06-30", "2017-12-31"), "must not be before the contract was signed, 2018-01-01"),
    ],
)
def test_an_ending_that_does_not_fit_is_refused(ended: str, sentence: str) -> None:
    with pytest.raises(ContractError) as error:
        settled(base.read(), declares("town", ended=ended))
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("then", "waits"),
    [
        ("pay_nothing_more", False),
        ("refer", False),
        ("pay_nothing_more, lines: {fee_at_risk: in_full}", True),
        ('pay_to_date, period: {from: "2019-01-01", to: "2021-12-31"}', True),
    ],
)
def test_an_ending_is_no_way_to_be_paid_before_the_window_is_over(tmp_path: Path, then: str, waits: bool) -> None:
    clause = 'stop: {event: {sv: "kommunen slås samman", en: "the municipality is merged"}, then: THEN}'
    contract = _with_data(tmp_path, f"termination:\n  {clause.replace('THEN', then)}\n", "sick-leave")
    event = f'ended: {{clause: stop, date: "2020-06-30", {WHY}}}\n'
    events = events_of(contract, [_of(contract, event), _of(contract, event, "provider")], {})
    days: dict[str, Any] = {"date": "2020-07-01", "kind": "final", "plan": Plan(), "attestations": ()}
    if waits:
        with pytest.raises(ArgumentError, match="must be after the evaluation window"):
            check_dates(contract, **days, events=events)
    else:
        check_dates(contract, **days, events=events)
    with pytest.raises(ArgumentError, match="must be after the evaluation window"):
        check_dates(contract, **days, events=None)


# ------------------------------------------------------------------------------------------------------ disputes


def test_a_dispute_pays_what_is_admitted_and_withholds_the_rest() -> None:
    contract = base.read()
    first = settled(contract, date="2021-04-01")
    certificate = settled(
        contract,
        declares("town", "2021-04-20", disputed=DISPUTED),
        supersedes=first,
        reason="tvist",
    ).sign(DEMO_KEY)
    assert (first.due, certificate.due) == ("48000", "44000")
    (line,) = [one for one in certificate.settlement.standings if one.of == "line"]
    assert (line.state, line.withheld) == ("disputed", "4000")
    assert workflow.verify(certificate, contract=contract, earlier=first).ok
    text = base.said(certificate, "sv")
    assert "Rad share: hålls inne medan den är tvistig, och ingår inte i beloppet ovan: 4 000 kr." in text
    assert "Staden bestred den 2021-04-20; 110000 medges: enligt beslut." in text


def test_who_may_dispute_what_and_until_when() -> None:
    contract = base.read()
    first = settled(contract, date="2021-04-01")
    late = DISPUTED.replace("2021-04-20", "2021-05-02")
    of = {"supersedes": first, "reason": "tvist", "date": "2021-05-03"}
    for declared, more, sentence in (
        (declares("auditor", "2021-04-20", disputed=DISPUTED), of, "by a party that pays or is paid: town or fund"),
        (declares("town", "2021-05-02", disputed=late), of, "could be disputed until 2021-05-01"),
        (declares("town", "2021-04-20", disputed=DISPUTED), {}, "a dispute is of a certificate that has been made"),
        (declares("town", "2021-04-20", disputed=DISPUTED.replace("110000", "1.5")), of, "at most 0 decimals"),
        (declares("town", "2021-04-20", disputed=DISPUTED.replace("savings", "saving")), of, "must be a name under"),
    ):
        with pytest.raises((ContractError, CertificateError)) as error:
            settled(contract, declared, **more)
        assert sentence in str(error.value)
    silent = base.read("\n".join(row for row in base.CONTRACT.splitlines() if not row.startswith("disputes")))
    with pytest.raises(ContractError, match="has no rule in the contract, which has no disputes"):
        settled(silent, declares("town", "2021-04-20", disputed=DISPUTED), **of)


def test_a_certificate_of_the_last_day_of_the_calendar_can_be_disputed_until_then() -> None:
    contract = base.read()
    found = base.workflow.verify(settled(contract, date="9999-12-31").sign(DEMO_KEY), contract=contract)
    assert found.ok
    assert "It can be disputed until 9999-12-31." in certificate_text(found.certificate, "en")


def test_a_dispute_that_is_left_out_later_is_found_and_one_that_is_decided_is_the_same() -> None:
    contract = base.read()
    first = settled(contract, date="2021-04-01")
    own = declares("town", "2021-04-20", disputed=DISPUTED)
    second = settled(contract, own, supersedes=first, reason="tvist")
    over = DISPUTED.replace('date: "2021-04-20"', 'date: "2021-04-20", decided: "2021-05-10"')
    decided = declares("town", "2021-05-10", disputed=over)
    third = settled(contract, decided, supersedes=second, reason="avgjord", date="2021-05-12")
    assert (third.due, third.left_out) == ("48000", frozenset())
    with pytest.raises(CertificateError) as error:
        settled(contract, supersedes=second, reason="avgjord", date="2021-05-12")
    assert str(error.value) == (
        f"disputed by town on 2021-04-20: it is open on the certificate of {second.date}, whose place this one takes; "
        "declare it again, with `decided` where it was decided or given up."
    )


# ------------------------------------------------------------------------------------------------------- tampering


@pytest.mark.parametrize(
    "change",
    [
        lambda predicate: predicate["settlement"]["standings"].pop(),
        lambda predicate: predicate["settlement"].pop("standings"),
        lambda predicate: predicate["settlement"]["standings"][-1].update(withheld="3000"),
        lambda predicate: predicate["settlement"]["standings"][-1].update(state="final"),
        lambda predicate: predicate["settlement"]["lines"][0].update(amount="48000"),
        lambda predicate: predicate.pop("supersedes"),
    ],
)
def test_whoever_changes_what_is_withheld_is_found(change: Any) -> None:
    contract = base.read()
    first = settled(contract, date="2021-04-01")
    own = declares("town", "2021-04-20", disputed=DISPUTED)
    certificate = settled(contract, own, supersedes=first, reason="tvist")
    tree = copy.deepcopy(json.loads(certificate.envelope.payload))
    change(tree["predicate"])
    found = workflow.verify(base._signed(tree), contract=contract)
    assert {one.name for one in found.differences} & {"payment", "line:share", "events"}


# ------------------------------------------------------------------------------- a revised or contaminated source


def _with_data(tmp_path: Path, more: str, case: str = "rate-card") -> Contract:
    if case == "sick-leave":
        small_sick_leave(tmp_path)
    else:
        workflow.copy_case(case, tmp_path)
    path = tmp_path / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return read_decided(path)


def _of(contract: Contract, events: str, by: str = "municipality") -> Declarations:
    head = f'schema: effekt/declarations/1\ncontract: {contract.model.id}\nby: {by}\ndate: "2024-02-01"\n'
    return parse_declarations((head + events).encode())


@pytest.mark.parametrize(
    ("rule", "used", "state", "due"),
    [
        ("", True, "provisional", True),
        ("revisions: {then: pay_and_correct}\n", True, "provisional", True),
        ("revisions: {then: stands}\n", True, "final", True),
        ("revisions: {then: refer}\n", True, "provisional", False),
        ("revisions: {then: refer}\n", False, "provisional", False),
        ("revisions: {then: pay_and_correct}\n", False, "provisional", True),
    ],
)
def test_a_revised_source_has_the_state_that_the_contract_gives_it(
    tmp_path: Path, rule: str, used: bool, state: str, due: bool
) -> None:
    contract = _with_data(tmp_path, rule)
    plain = workflow.settle(contract, date="2024-06-01")
    ((data, digest),) = plain.data.items()
    was = digest.sha256 if used else "0" * 64
    revised = _of(contract, f'revised: [{{data: {data}, was: "{was}", date: "2024-01-20", {WHY}}}]\n')
    certificate = workflow.settle(contract, date="2024-06-01", declarations=[revised]).sign(DEMO_KEY)
    assert {one.state for one in certificate.settlement.standings} == {state}
    assert certificate.due == (plain.due if due else None)
    verified = workflow.verify(certificate, contract=contract)
    assert verified.ok, verified.differences


def test_the_text_says_as_the_page_does_that_a_payment_is_provisional(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "revisions: {then: pay_and_correct}\n")
    was = workflow.settle(contract, date="2024-01-01").data["months"].sha256
    made = workflow.settle(contract, date="2024-06-01", declarations=_revision(contract, was))
    rows = [line for line in certificate_text(made, "en").splitlines() if line.startswith("Line work ")]
    assert any("provisional (source revised)" in row and "corrected by a new certificate" in row for row in rows)


def test_a_contaminated_comparison_is_paid_as_its_clause_says(tmp_path: Path) -> None:
    clause = (
        'termination:\n  national: {event: {sv: "en nationell insats nådde jämförelsen", '
        'en: "a national programme reached the comparison"}, then: refer, declared_by: [municipality]}\n'
    )
    contract = _with_data(tmp_path, clause)
    event = f'contaminated: [{{clause: national, analysis: [work], date: "2023-05-01", {WHY}}}]\n'
    certificate = workflow.settle(contract, date="2024-06-01", declarations=[_of(contract, event)]).sign(DEMO_KEY)
    assert (certificate.due, certificate.settlement.state) == (None, "referred")
    states = {one.id: one.state for one in certificate.settlement.standings if one.of == "line"}
    assert states == {"work": "contaminated", "home": "final"}
    assert certificate.settlement.undisputed == "150000.00"
    assert workflow.verify(certificate, contract=contract).ok
    assert "Jämförelsen är störd från 2023-05-01" in base.said(certificate, "sv")


# ------------------------------------------------------------------------------- held against the certificate before


def _revised_table(contract: Contract) -> dict[str, Any]:
    """The register's table after a revision: the first month in work is taken back."""
    assert contract.folder is not None
    text = (Path(contract.folder) / "months.csv").read_text(encoding="windows-1252")
    path = Path(contract.folder) / "revised.csv"
    path.write_text(text.replace("2023-02;1;1", "2023-02;0;1", 1), encoding="windows-1252")
    return {"months": path}


def _revision(contract: Contract, was: str) -> list[Declarations]:
    return [_of(contract, f'revised: [{{data: months, was: "{was}", date: "2024-01-20", {WHY}}}]\n')]


def test_a_table_that_stands_is_the_one_that_is_paid_on(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "revisions: {then: stands}\n")
    first = workflow.settle(contract, date="2024-01-10")
    was, new = first.data["months"].sha256, _revised_table(contract)
    of: dict[str, Any] = {"date": "2024-06-01", "supersedes": first, "reason": "reviderad"}
    for declared in ([], _revision(contract, was)):
        with pytest.raises(CertificateError, match="months must be the table that was used before, with the digest"):
            workflow.settle(contract, **of, data=new, declarations=declared)
    again = workflow.settle(contract, **of, declarations=_revision(contract, was)).sign(DEMO_KEY)
    assert again.due == first.due
    assert workflow.verify(again, contract=contract, earlier=first).ok
    with pytest.raises(CertificateError, match="settle on that table"):  # nor where no earlier certificate is given
        workflow.settle(contract, date="2024-06-01", data=new, declarations=_revision(contract, was))


def test_what_an_interim_certificate_rested_on_does_not_stand(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "revisions: {then: stands}\n")
    look = workflow.settle(contract, date="2024-01-10", kind="interim")
    was, new = look.data["months"].sha256, _revised_table(contract)
    of: dict[str, Any] = {"date": "2024-06-01", "reason": "reviderad", "data": new}
    plain = workflow.settle(contract, date="2024-06-01", data=new)
    for declared in ([], _revision(contract, was)):  # whoever says so is not worse off than whoever does not
        final = workflow.settle(contract, **of, supersedes=look, declarations=declared).sign(DEMO_KEY)
        assert final.due == plain.due
        assert workflow.verify(final, contract=contract, earlier=look, data=new).ok


def test_what_rests_on_a_revised_table_is_referred_and_an_undeclared_change_is_named(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "revisions: {then: refer}\n")
    first = workflow.settle(contract, date="2024-01-10")
    was, new = first.data["months"].sha256, _revised_table(contract)
    of: dict[str, Any] = {"date": "2024-06-01", "supersedes": first, "reason": "reviderad", "data": new}
    with pytest.raises(CertificateError) as error:
        workflow.settle(contract, **of)
    assert str(error.value) == (
        "data.months is another table than in the certificate of 2024-01-10, and nobody declares that its source was "
        f'revised; declare it (revised, was: "{was}"), or settle on that table.'
    )
    referred = workflow.settle(contract, **of, declarations=_revision(contract, was)).sign(DEMO_KEY)
    assert (referred.due, referred.settlement.state) == (None, "referred")
    assert workflow.verify(referred, contract=contract, earlier=first, data=new).ok
    with pytest.raises(CertificateError, match="was must be the digest that months has in the certificate of 2024-01"):
        workflow.settle(contract, **of, declarations=_revision(contract, "0" * 64))


def test_verify_names_a_changed_table_that_was_made_elsewhere(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "revisions: {then: pay_and_correct}\n")
    first = workflow.settle(contract, date="2024-01-10")
    was, new = first.data["months"].sha256, _revised_table(contract)
    of: dict[str, Any] = {"date": "2024-06-01", "supersedes": first, "reason": "reviderad"}
    paid = workflow.settle(contract, **of, data=new, declarations=_revision(contract, was)).sign(DEMO_KEY)
    assert {one.state for one in paid.settlement.standings} == {"final"}
    assert workflow.verify(paid, contract=contract, earlier=first, data=new).ok
    tree = copy.deepcopy(json.loads(workflow.settle(contract, date="2024-06-01", data=new).envelope.payload))
    tree["predicate"]["supersedes"] = paid.predicate["supersedes"]
    found = workflow.verify(base._signed(tree), contract=contract, earlier=first, data=new)
    assert [one.name for one in found.differences] == ["revised"]
    third = workflow.settle(
        contract,
        date="2024-07-01",
        data=new,
        supersedes=paid,
        reason="igen",
        declarations=_revision(contract, was),
    )
    assert third.due == paid.due  # the revision that it was held to once


def test_a_contract_without_the_key_is_told_of_another_table(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "")
    first = workflow.settle(contract, date="2024-01-10")
    other = workflow.settle(
        contract, date="2024-06-01", data=_revised_table(contract), supersedes=first, reason="reviderad"
    )
    (told,) = [one for one in workflow.verify(other, earlier=first).findings if one.name == "revised"]
    assert (told.verdict, "without a declared revision: months" in told.text.en) == ("cannot_tell", True)


def test_a_revision_that_nothing_shows_is_never_said_to_be_final(tmp_path: Path) -> None:
    contract = _with_data(tmp_path, "")
    certificate = workflow.settle(contract, date="2024-06-01", declarations=_revision(contract, "0" * 64))
    texts = {one.text.en for one in certificate.settlement.standings}
    assert all(text.endswith("no earlier certificate is given, so that is not verified.") for text in texts)
    same = workflow.settle(contract, date="2024-06-01").data["months"].sha256
    certificate = workflow.settle(contract, date="2024-06-01", declarations=_revision(contract, same))
    assert "so it is not shown that the table was used before." in certificate.settlement.standings[0].text.en
    assert "give --earlier" in {one.name: one.text.en for one in workflow.verify(certificate).findings}["revised"]


# ------------------------------------------------------------------------------------- when, by whom and how it ends


@pytest.mark.parametrize(("date", "touched"), [("2021-12-31", True), ("2022-01-01", False), ("2022-03-01", False)])
def test_a_comparison_that_held_through_the_window_is_not_contaminated_for_it(
    tmp_path: Path, date: str, touched: bool
) -> None:
    clause = 'termination:\n  spill: {event: {sv: "smitta", en: "spill-over"}, then: pay_nothing_more}\n'
    contract = _with_data(tmp_path, clause, "sick-leave")
    event = f'contaminated: [{{clause: spill, analysis: [absence], date: "{date}", {WHY}}}]\n'
    own = [_of(contract, event, by) for by in ("municipality", "provider")]
    plain = workflow.settle(contract, date="2024-02-02")
    certificate = workflow.settle(contract, date="2024-02-02", declarations=own)
    assert (certificate.due == plain.due) is not touched
    states = {one.of: one.state for one in certificate.settlement.standings}
    assert states == dict.fromkeys(("figure", "line"), "contaminated" if touched else "final")
    ended = f'ended: {{clause: spill, date: "{date}", {WHY}}}\n'
    own = [_of(contract, ended, by) for by in ("municipality", "provider")]
    certificate = workflow.settle(contract, date="2024-02-02", declarations=own)
    assert certificate.due == plain.due  # the window's last day is 2021-12-31
    (line,) = [one for one in certificate.settlement.standings if one.of == "line"]
    assert "when all that the line pays for had been measured; the line is paid in full." in line.text.en


def test_everybody_whom_the_payment_concerns_declares_an_ending_where_the_clause_names_nobody() -> None:
    contract = base.read()
    with pytest.raises(ContractError) as error:
        settled(contract, declares("town", ended=ENDED))
    assert "since termination.merger has no declared_by and so all who pay or are paid must" in str(error.value)
    assert settled(contract, *both()).settlement.standings
    assert "Det gäller när Staden och Fonden anmäler det." in workflow.annex(contract, lang="sv")


def test_a_dispute_from_before_the_certificate_is_of_another() -> None:
    contract = base.read()
    first = settled(contract, date="2021-04-21")
    with pytest.raises(CertificateError) as error:
        settled(contract, declares("town", "2021-04-20", disputed=DISPUTED), supersedes=first, reason="tvist")
    assert "the certificate of 2021-04-21, which it disputes, had not been made" in str(error.value)


def decided_by(party: str) -> str:
    words = 'decided_by: {sv: "nämnden", en: "the tribunal"}'
    assert words in base.CONTRACT
    return base.CONTRACT.replace(words, f"decided_by: {party}")


def test_whoever_decides_ends_a_dispute_and_nobody_else_does() -> None:
    contract = base.read(decided_by("auditor"))
    first = settled(contract, date="2021-04-01")
    own = declares("town", "2021-04-20", disputed=DISPUTED)
    second = settled(contract, own, supersedes=first, reason="tvist")
    over = DISPUTED.replace('date: "2021-04-20"', 'date: "2021-04-20", decided: "2021-05-10"')
    of: dict[str, Any] = {"supersedes": second, "reason": "avgjord", "date": "2021-05-12"}
    third = settled(contract, own, declares("auditor", "2021-05-10", disputed=over), **of).sign(DEMO_KEY)
    assert (second.due, third.due, third.left_out) == ("44000", "48000", frozenset())
    assert workflow.verify(third, contract=contract, earlier=second).ok
    assert settled(contract, own, declares("fund", "2021-05-10", disputed=over), **of).due == "44000"
    with pytest.raises(ContractError, match="decides no dispute of 2021-04-20 on savings"):
        settled(contract, declares("auditor", "2021-05-10", disputed=over), **of)
    with pytest.raises(ContractError, match="by auditor, who decides disputes, must have the day decided"):
        settled(contract, own, declares("auditor", "2021-05-10", disputed=DISPUTED), **of)
    assert "Revisorn anmäler att en tvist är avgjord." in workflow.annex(contract, lang="sv")
    with pytest.raises(ContractError, match="cannot decide, since town pays the line share"):
        base.read(decided_by("town"))


def test_whoever_decides_is_a_party_or_told_of_in_words_and_check_asks_for_the_party() -> None:
    for named, told in (
        ("nobody", 'disputes.decided_by must be a name under parties; got "nobody". Defined there: town, fund and'),
        ("{sv: nämnden}", "disputes.decided_by lacks the key en; add it."),
    ):
        with pytest.raises(ContractError) as error:
            base.read(decided_by(named))
        assert told in str(error.value)
    asked = {one.place: one.text.en for one in workflow.check(base.read()).undecided if one.field == "disputes"}
    assert asked == {
        "disputes.decided_by": "Whoever decides disputes is told of in words and is no party of the file, so what a "
        "dispute withholds stays withheld until the one who raised it declares it decided."
    }
    named = base.read(decided_by("auditor"))
    assert [one for one in workflow.check(named).undecided if one.field == "disputes"] == []
    assert "; Revisorn avgör." in workflow.annex(named, lang="sv")


def test_what_is_withheld_is_not_called_nothing_nor_hidden_by_a_nil_certificate() -> None:
    announced = base.CONTRACT.replace("run_out: 0,", 'run_out: 0, certificates: ["2021-05-01"],')
    contract = base.read(announced)
    first = settled(contract, date="2021-04-01", kind="interim")
    own = declares("town", "2021-04-20", disputed=DISPUTED.replace('"110000"', "none"))
    of: dict[str, Any] = {"supersedes": first, "reason": "tvist"}
    certificate = settled(contract, own, **of)
    assert (certificate.settlement.total, certificate.settlement.state) == ("0", "referred")
    assert "Inget ska betalas nu: det som ska betalas är tvistigt" in base.said(certificate, "sv")
    with pytest.raises(ArgumentError, match="must not be nil where an amount is withheld or referred; that of share"):
        settled(contract, own, kind="nil", **of)

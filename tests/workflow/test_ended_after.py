"""What was due on a day that was over before the contract ended is paid, however late a dispute of it is decided."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from workflow.test_each_series import KEY, Folder, attested, contract_text, dispute, folder

from effekt import workflow
from effekt.certificates import Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_declarations
from effekt.exceptions import CertificateError
from effekt.reports.text import certificate_text

PRICE = 100055
"""In öre."""
STOP = "termination: {stop: {event: {sv: Slut, en: An end}, then: pay_nothing_more, declared_by: [provider]}}\n"
LINES = {"each": "visits", "true_up": "total", "once": "opened"}
END, DISPUTED, LATE = "2023-05-15", "2023-02-10", "2023-06-02"


def text_of(kind: str) -> str:
    """One line at 1,000.55 a head, paid on each day, trued up, or paid once, on the only day."""
    text = contract_text(terms=STOP, lines=(LINES[kind],))
    days = 'certificates: ["2023-01-31"' + ("]" if kind == "once" else ', "2023-07-31"]')
    text = text.replace('certificates: ["2023-01-31", "2023-04-30", "2023-07-31"]', days)
    for was in ('price: "100"', 'price: "1000"', 'price: "10"'):
        text = text.replace(was, 'price: "1000.55"')
    text = text.replace('      cap: "2000"\n', "").replace('quantum: "1"', 'quantum: "0.01"')
    return text.replace("paid: {attested: verifier, digits: 0", "paid: {attested: verifier, digits: 2")


def ended(day: str) -> Declarations:
    return parse_declarations(
        f'schema: effekt/declarations/1\ncontract: series\nby: provider\ndate: "{day}"\n'
        f'ended: {{clause: stop, date: "{day}", why: {{sv: x, en: x}}}}\n'.encode()
    )


def disputes(kind: str, admitted: int, *, decided: str | None = None) -> Declarations:
    """Told of the first day, from when it is decided on, or from any other certificate."""
    return dispute(DISPUTED, {LINES[kind]: admitted}, "municipality", "2023-01-31", over=decided)


def given(kind: str, count: int, paid: int) -> Mapping[str, object]:
    more = {"paid": f"{paid // 100}.{paid % 100:02d}"} if kind == "true_up" else {}
    return {LINES[kind]: count, **more}


def ore(amount: str | None) -> int | None:
    return None if amount is None else int(amount.replace(".", ""))


class Ledger:
    """A folder in which one line is settled, and what it has paid of that line in whole öre."""

    def __init__(self, path: Path, kind: str, text: str | None = None) -> None:
        self.kind, self.made = kind, folder(path, text or text_of(kind))
        self.paid: dict[str, int] = {}
        self.unseen = False
        """Whether what is settled next is made where nobody sees the others."""

    @property
    def in_all(self) -> int:
        return sum(self.paid.values())

    def settle(
        self, name: str, date: str, count: int, *declared: Declarations, place_of: str | None = None, anew: bool = False
    ) -> int | None:
        """A new certificate; in place of one it takes that one's amount back, but where only the difference is paid."""
        paid = 0 if anew else self.in_all
        made = Folder(replace(self.made.contract, folder=None), self.made.made) if self.unseen else self.made
        one = made.settled(date, given(self.kind, count, paid), *declared, place_of=place_of)  # type: ignore[arg-type]
        if self.unseen:
            self.made.made[name] = one
        else:
            self.made.kept(name, one)
        amount = ore(one.settlement.lines[0].amount)
        if place_of is not None and (anew or self.kind != "true_up"):
            self.paid.pop(place_of, 0)
        self.paid[name] = amount or 0
        return amount

    def look(self, name: str, date: str, count: int, *declared: Declarations, place_of: str | None = None) -> None:
        """An interim certificate, which pays nothing."""
        one = workflow.settle(
            self.made.contract,
            date=date,
            kind="interim",
            attestations=[attested(date, given(self.kind, count, self.in_all))],  # type: ignore[arg-type]
            declarations=declared,
            supersedes=None if place_of is None else self.made.made[place_of],
            reason=None if place_of is None else "A look",
        )
        self.made.kept(name, one.sign(KEY))
        self.paid[name] = self.paid.pop(place_of or "", 0)

    def first_day(self, count: int, admitted: int, *declared: Declarations) -> None:
        self.settle("1", "2023-01-31", count, *declared)
        own = dispute(DISPUTED, {LINES[self.kind]: admitted}, "municipality")
        self.settle("1b", DISPUTED, count, own, *declared, place_of="1", anew=True)

    def differences(self, name: str) -> list[tuple[str, str]]:
        others = [one for other, one in self.made.made.items() if other != name]
        return self.made.differences(self.made.made[name], others)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("kind", LINES)
def test_what_a_dispute_withheld_is_paid_by_the_decision_whether_the_end_is_told_or_not(
    kind: str, told: bool, tmp_path: Path
) -> None:
    """10 starts at 1,000.55 are claimed on the first day and 6 admitted; the contract ends before the decision."""
    ledger = Ledger(tmp_path, kind)
    ledger.first_day(10, 6)
    assert ledger.in_all == 600330
    late = [disputes(kind, 6, decided=LATE), *([ended(END)] if told else [])]
    ledger.settle("1c", LATE, 10, *late, place_of="1b")
    assert ledger.in_all == 1000550
    assert ledger.differences("1c") == []


def test_a_certificate_of_the_end_refers_what_an_open_dispute_withheld_before_it(tmp_path: Path) -> None:
    """Of a line with true_up the later certificate would pay it, and the end lets that pay nothing more."""
    ledger = Ledger(tmp_path, "true_up")
    ledger.first_day(10, 6)
    assert ledger.settle("2", "2023-05-20", 14, disputes("true_up", 6), ended(END)) is None
    (line,) = ledger.made.made["2"].settlement.lines
    assert line.state == "referred"
    assert [(why.en, why.sv) for why in line.reasons] == [
        (
            "The contract ended on 2023-05-15 (cause: An end), and what a dispute withheld on the certificate of "
            "2023-01-31 is from before; what is due is referred to the parties.",
            "Avtalet upphörde 2023-05-15 (orsak: Slut), och det som hölls inne för en tvist i intyget från "
            "2023-01-31 är från dessförinnan; vad som ska betalas hänskjuts till parterna.",
        )
    ]
    assert ledger.differences("2") == []
    assert "what a dispute withheld on the certificate of 2023-01-31" in certificate_text(ledger.made.made["2"], "en")


CLOSING = {"each": "2023-07-31", "true_up": "2023-05-20", "once": "2023-05-20"}
OPEN_THEN = {"each": 0, "true_up": None, "once": 0}
"""What the certificate of the end says while the dispute is open: of a line with true_up only the parties can."""


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("first", ["decision", "end"])
def test_a_decision_and_the_end_pay_what_was_due_in_whatever_order(
    first: str, told: bool, kind: str, tmp_path: Path
) -> None:
    """10 starts were claimed and 6 admitted before the end; by the decision 9 were due, and nothing of what came after.

    The certificate of the end tells the dispute again or, made where nobody sees the others, passes it over.
    """
    ledger = Ledger(tmp_path, kind)
    ledger.first_day(10, 6)
    late, closing = ("2023-03-10", CLOSING[kind]) if first == "decision" else ("2023-08-05", CLOSING[kind])
    over = disputes(kind, 6, decided=late)
    if first == "decision":
        ledger.settle("1c", late, 9, over, place_of="1b")
        assert ledger.in_all == 9 * PRICE
    stated = [over if first == "decision" else disputes(kind, 6)] if told else []
    if not told:
        with pytest.raises(CertificateError, match="this settlement leaves out"):
            ledger.settle("2", closing, 14, *stated, ended(END))
        ledger.unseen = True
    amount = ledger.settle("2", closing, 14, *stated, ended(END))
    assert amount == (OPEN_THEN[kind] if told and first == "end" else 0)
    wrong = [] if told else ["left_out"] if first == "end" else ["left_out", f"earlier:{DISPUTED}"]
    assert [name for name, _ in ledger.differences("2")] == wrong
    ledger.unseen = False
    if first == "end":
        ledger.settle("1c", late, 9, over, ended(END), place_of="1b")
    assert ledger.in_all == 9 * PRICE
    if first == "end" and told and kind == "true_up":  # what was referred is nothing, now that the decision is settled
        assert ledger.settle("2b", "2023-08-06", 14, over, ended(END), place_of="2") == 0
    assert ledger.in_all == 9 * PRICE
    for name in ledger.made.made if told else ():
        assert ledger.differences(name) == []


def test_a_certificate_of_the_end_waits_for_the_decision_to_be_settled(tmp_path: Path) -> None:
    """What 1b withholds of a line with true_up no certificate of the end pays, so it is settled in its place first."""
    ledger = Ledger(tmp_path, "true_up")
    ledger.first_day(10, 6)
    over = disputes("true_up", 6, decided="2023-05-10")
    with pytest.raises(CertificateError) as error:
        ledger.settle("2", "2023-05-20", 14, over, ended(END))
    assert str(error.value) == (
        "disputed by municipality on 2023-02-10: it is decided, and total on the certificate of 2023-02-10 waits for "
        "that; only one in its place pays what it withholds. Settle that first (--supersedes 1b.json, --reason)."
    )
    ledger.unseen = True
    assert ledger.settle("2", "2023-05-20", 14, over, ended(END)) == 0
    every = ledger.made.made
    for names, told in ((("1", "1b"), "withheld:2023-02-10"), (("1",), "withheld:2023-01-31")):
        found = workflow.verify(every["2"], contract=ledger.made.contract, earlier=[every[name] for name in names])
        assert [(one.name, one.verdict) for one in found.findings if one.name.startswith("withheld")] == [
            (told, "cannot_tell")
        ]


def test_what_a_later_day_paid_before_the_end_waits_for_no_decision(tmp_path: Path) -> None:
    """The second day paid all 14 starts, the disputed ones too; of the third, after the end, nothing is due."""
    text = text_of("true_up").replace('"2023-07-31"]', '"2023-04-30", "2023-07-31"]')
    ledger = Ledger(tmp_path, "true_up", text)
    ledger.first_day(10, 6)
    assert ledger.settle("2", "2023-04-30", 14, disputes("true_up", 6)) == 8 * PRICE
    over = disputes("true_up", 6, decided="2023-06-10")
    assert ledger.settle("3", "2023-07-31", 20, over, ended(END)) == 0
    assert ledger.in_all == 14 * PRICE
    every = ledger.made.made
    for names in (("1", "1b", "2"), ("1", "2"), ("2",)):
        found = workflow.verify(every["3"], contract=ledger.made.contract, earlier=[every[name] for name in names])
        assert not [one.name for one in found.findings if one.name.startswith("withheld")], names
        assert not found.differences


@pytest.mark.parametrize("kind", ["true_up", "once"])
def test_a_correction_of_what_was_settled_before_the_end_is_referred(kind: str, tmp_path: Path) -> None:
    """Whether the first one paid, or only showed where the figures stood, no certificate after it can tell."""
    ledger = Ledger(tmp_path, kind)
    ledger.settle("1", "2023-01-31", 10)
    assert ledger.settle("1b", LATE, 9, ended(END), place_of="1") is None
    (line,) = ledger.made.made["1b"].settlement.lines
    assert [(why.en, why.sv) for why in line.reasons] == [
        (
            "The contract ended on 2023-05-15 (cause: An end), and the certificate of 2023-01-31, whose place this one "
            "takes, is from before; what is due is referred to the parties.",
            "Avtalet upphörde 2023-05-15 (orsak: Slut), och intyget från 2023-01-31, som detta ersätter, är från "
            "dessförinnan; vad som ska betalas hänskjuts till parterna.",
        )
    ]


INTERIM = {"open": disputes, "decided": lambda kind, admitted: disputes(kind, admitted, decided=LATE), "none": None}


def looked(path: Path, kind: str, *, disputed: bool, text: str | None = None) -> Ledger:
    """A look on the first day, which pays nothing, and another one in its place after it was disputed."""
    ledger = Ledger(path, kind, text)
    ledger.look("1", "2023-01-31", 10)
    if disputed:
        ledger.look("1b", DISPUTED, 10, dispute(DISPUTED, {LINES[kind]: 6}, "municipality"), place_of="1")
    return ledger


@pytest.mark.parametrize("dispute_is", INTERIM)
@pytest.mark.parametrize("kind", LINES)
def test_a_final_certificate_after_the_end_in_place_of_a_look_pays_what_the_end_leaves(
    kind: str, dispute_is: str, tmp_path: Path
) -> None:
    """No look pays, so nothing was due by it; of a line that is paid on each day its own day was over."""
    says = INTERIM[dispute_is]
    ledger = looked(tmp_path, kind, disputed=says is not None)
    declared = [] if says is None else [says(kind, 6)]
    place_of = "1" if says is None else "1b"
    amount = ledger.settle("1c", LATE, 10, *declared, ended(END), place_of=place_of)
    over_then = (6 if dispute_is == "open" else 10) * PRICE
    assert amount == (over_then if kind == "each" else 0)
    assert ledger.differences("1c") == []
    if dispute_is == "open":  # what is withheld is paid by the decision; of nothing that is due nothing is
        late = disputes(kind, 6, decided="2023-06-10")
        ledger.settle("1d", "2023-06-11", 9, late, ended(END), place_of="1c")
        assert ledger.in_all == (9 * PRICE if kind == "each" else 0)
        assert ledger.differences("1d") == []


def test_what_is_disputed_of_a_look_is_withheld_of_the_part_that_the_end_leaves(tmp_path: Path) -> None:
    """Half of the period had passed: of half of 10 starts half of 6 are admitted."""
    period = 'period: {from: "2023-01-01", to: "2023-09-27"}'
    text = text_of("once").replace("then: pay_nothing_more", f"then: pay_to_date, {period}")
    ledger = looked(tmp_path, "once", disputed=True, text=text)
    last = ended(END)  # the 135th of 270 days
    assert ledger.settle("1c", LATE, 10, disputes("once", 6), last, place_of="1b") == 3 * PRICE
    over = disputes("once", 6, decided="2023-06-10")
    assert ledger.settle("1d", "2023-06-11", 8, over, last, place_of="1c") == 4 * PRICE
    for name in ledger.made.made:
        assert ledger.differences(name) == []


@pytest.mark.parametrize("kind", ["true_up", "once"])
def test_a_final_certificate_in_the_place_of_a_look_was_due(kind: str, tmp_path: Path) -> None:
    """Of a look whose place a final certificate took before the end that one was due."""
    ledger, own = Ledger(tmp_path, kind), dispute(DISPUTED, {LINES[kind]: 6}, "municipality")
    ledger.look("1", "2023-01-31", 10)
    ledger.settle("1b", DISPUTED, 10, own, place_of="1")
    late = [disputes(kind, 6, decided=LATE), ended(END)]
    ledger.settle("1c", LATE, 10, *late, place_of="1b")
    assert ledger.in_all == 10 * PRICE
    assert ledger.differences("1c") == []


def test_whoever_hides_that_a_certificate_was_interim_is_told(tmp_path: Path) -> None:
    ledger = looked(tmp_path, "once", disputed=False)
    ledger.settle("1c", LATE, 10, disputes("once", 6, decided=LATE), ended(END), place_of="1")
    honest, earlier = ledger.made.made["1c"], ledger.made.made["1"]
    statement = json.loads(honest.envelope.payload)
    assert statement["predicate"]["supersedes"].pop("interim") == ["2023-01-31"]
    lied = Certificate(sign(Envelope(payload=canonical_json(statement)), KEY))
    assert lied.events is not None
    assert lied.events.settled_before == ("2023-01-31",)
    found = workflow.verify(lied, contract=ledger.made.contract, earlier=earlier)
    (told,) = [one.text for one in found.differences if one.name == "supersedes"]
    assert told.en.endswith(
        "and it does not say as that one does which were superseded before, or were interim or nil."
    )
    assert "line:opened" in [one.name for one in found.differences]
    for days in (["2023-02-01"], ["2023-01-31", "2023-01-31"]):
        statement["predicate"]["supersedes"]["interim"] = days
        with pytest.raises(CertificateError) as error:
            _ = Certificate(sign(Envelope(payload=canonical_json(statement)), KEY)).predicate
        assert str(error.value) == (
            "The certificate cannot be read: supersedes.interim, then supersedes.nil, must hold the first days of "
            f"those that were superseded, 2023-01-31; got {' and '.join(days)}."
        )


def test_a_day_on_which_the_contract_ends_is_from_before_the_end(tmp_path: Path) -> None:
    for kind in ("once", "true_up"):
        (tmp_path / kind).mkdir()
    disputed, corrected = Ledger(tmp_path / "true_up", "true_up"), Ledger(tmp_path / "once", "once")
    disputed.first_day(10, 6)
    assert disputed.settle("2", "2023-05-20", 14, disputes("true_up", 6), ended("2023-01-31")) is None
    corrected.settle("1", "2023-01-31", 10)
    assert corrected.settle("1b", LATE, 9, ended("2023-01-31"), place_of="1") is None


def test_what_was_settled_after_the_end_is_still_cut(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "once")
    assert ledger.settle("1", "2023-01-31", 10, ended("2023-01-30")) == 0
    assert ledger.settle("1b", LATE, 10, ended("2023-01-30"), place_of="1", anew=True) == 0


# ------------------------------------------------------------------------------------------------------ the oracle


def due(days: Mapping[str, int], end: str | None) -> int:
    """Slow and obvious: each day that was over when the contract ended is due in full, and no other anything."""
    return sum(count * PRICE for day, count in days.items() if end is None or day <= end)


@pytest.mark.parametrize("seed", range(24))
def test_random_decisions_pay_what_the_day_was_due(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    kind, told = draw.choice([*LINES]), draw.random() < 0.7
    claimed = draw.randint(1, 30)
    admitted = draw.randint(0, claimed)
    found = draw.randint(admitted, claimed)
    end = draw.choice(["2022-12-31", "2023-01-30", "2023-01-31", "2023-02-09", END, "2023-07-30", "2023-07-31"])
    late = "2023-08-05" if end > LATE else LATE
    known = [ended(end)] if end <= DISPUTED else []
    ledger = Ledger(tmp_path, kind)
    first = [ended(end)] if end < "2023-01-31" else []
    ledger.settle("1", "2023-01-31", claimed, *first)
    own = dispute(DISPUTED, {LINES[kind]: admitted}, "municipality")
    ledger.settle("1b", DISPUTED, claimed, own, *known, place_of="1", anew=True)
    least = min(admitted, claimed) * PRICE if end >= "2023-01-31" else 0
    assert ledger.in_all == least
    closing = [ended(end)] if told or known else []
    ledger.settle("1c", late, found, disputes(kind, admitted, decided=late), *closing, place_of="1b")
    assert ledger.in_all == due({"2023-01-31": found}, end)
    assert ledger.differences("1c") == []


def test_a_decided_dispute_that_says_of_no_certificate_is_refused_where_none_is_superseded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of which certificate it is decides whether the end leaves what was withheld: told of none, it would be lost."""
    ledger = Ledger(tmp_path, "true_up")
    ledger.first_day(10, 6)
    ledger.unseen = True
    over = dispute(DISPUTED, {"total": 6}, "municipality", over="2023-05-10")
    with pytest.raises(CertificateError) as error:
        ledger.settle("2", "2023-05-20", 14, over, ended(END))
    assert str(error.value) == (
        "disputed by municipality: a dispute is of a certificate that has been made; give that one (--supersedes, "
        "--reason), or its date (`certificate`) where this is the certificate of a later day."
    )
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("effekt.workflow.settling.refuse_disputes", lambda *_: None)
        assert ledger.settle("2", "2023-05-20", 14, over, ended(END)) == 0
    wrong = ledger.made.made["2"]
    for given in ([], [ledger.made.made[name] for name in ("1", "1b")]):
        found = workflow.verify(wrong, contract=ledger.made.contract, earlier=given)
        assert "events" in [one.name for one in found.differences]
    assert ledger.settle("3", "2023-05-20", 14, disputes("true_up", 6), ended(END)) is None  # with the day, as asked

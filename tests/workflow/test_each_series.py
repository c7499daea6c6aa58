"""Random series of settlements, disputes, decisions and corrections beside a ledger of whole kronor of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from deciding import decided

from effekt import workflow
from effekt._text import Text
from effekt.certificates import generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.contracts import (
    Attestation,
    Contract,
    Declarations,
    parse_attestation,
    parse_contract,
    parse_declarations,
)
from effekt.exceptions import CertificateError

KEY = generate_key()
DAYS = ("2023-01-31", "2023-04-30", "2023-07-31")
DISPUTED = ("2023-02-05", "2023-05-05", "2023-08-05")
FIGURES = ("visits", "opened", "total")
PRICES = {"visits": 100, "opened": 1000, "total": 10}
MOST_VISITS = 2000


def contract_text(
    below_zero: str = "clawback", payment: str = "", terms: str = "", lines: tuple[str, ...] = FIGURES
) -> str:
    paid = '  paid: {attested: verifier, digits: 0, unit: SEK, question: {sv: "Hur mycket?", en: "How much?"}}\n'
    asked = 'digits: 0, unit: people, question: {sv: "Hur många?", en: "How many?"}'
    rules = {
        "visits": f'      cap: "{MOST_VISITS}"\n      paid_each: certificate\n',
        "opened": "",
        "total": f"      true_up: {{paid: paid, below_zero: {below_zero}}}\n",
    }
    written = "".join(
        f'    {id}:\n      payers: {{municipality: "1"}}\n      payee: provider\n      pays: {{unit_price: {{price: '
        f'"{PRICES[id]}", figure: {id}, below_zero: zero}}}}\n{rules[id]}'
        for id in lines
    )
    return f"""schema: effekt/contract/1
id: series
title: {{sv: "Utfallskontrakt", en: "Outcomes contract"}}
parties:
  municipality: {{role: payer, name: "Exempelkommunen"}}
  provider: {{role: provider, name: "Leverantören"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-01-10", outcome_data_from: "2022-02-01", certificates: [{", ".join(f'"{d}"' for d in DAYS)}]}}
attribution: none
disputes: {{days: 30, undisputed_paid: true, decided_by: verifier}}
{terms}figures:
{"".join(f"  {id}: {{attested: verifier, {asked}}}" + chr(10) for id in lines)}\
{paid if "total" in lines else ""}\
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
{payment}  lines:
{written}"""


def attested_text(date: str, values: Mapping[str, int]) -> bytes:
    rows = "".join(
        f'  {id}: {{value: "{value}", by: verifier, date: "{date}", evidence: {{description: "Register"}}}}\n'
        for id, value in values.items()
    )
    return f"schema: effekt/attestation/1\ncontract: series\nfigures:\n{rows}".encode()


def attested(date: str, values: Mapping[str, int]) -> Attestation:
    return parse_attestation(attested_text(date, values))


def dispute_text(
    date: str, admitted: Mapping[str, int], by: str, certificate: str | None = None, over: str | None = None
) -> bytes:
    figures = ", ".join(f'{id}: "{value}"' for id, value in admitted.items())
    more = f', certificate: "{certificate}"' if certificate else ""
    more += f', decided: "{over}"' if over else ""
    head = f'schema: effekt/declarations/1\ncontract: series\nby: {by}\ndate: "{over or date}"\n'
    body = f'{{figures: {{{figures}}}, date: "{date}", why: {{sv: "x", en: "x"}}{more}}}'
    return f"{head}disputed: [{body}]\n".encode()


def dispute(
    date: str, admitted: Mapping[str, int], by: str, certificate: str | None = None, over: str | None = None
) -> Declarations:
    return parse_declarations(dispute_text(date, admitted, by, certificate, over))


@dataclass
class Folder:
    """A contract's folder with the certificates that were settled in it, by the names of their files."""

    contract: Contract
    made: dict[str, Certificate] = field(default_factory=dict)

    def settled(
        self, date: str, values: Mapping[str, int], *declared: Declarations, place_of: str | None = None
    ) -> Certificate:
        return workflow.settle(
            self.contract,
            date=date,
            attestations=[attested(date, values)],
            declarations=declared,
            supersedes=None if place_of is None else self.made[place_of],
            reason=None if place_of is None else "Disputed or corrected",
        ).sign(KEY)

    def kept(self, name: str, certificate: Certificate) -> Certificate:
        workflow.write_certificate(certificate, Path(self.contract.folder or "") / f"{name}.json")
        self.made[name] = certificate
        return certificate

    def differences(self, certificate: Certificate, earlier: list[Certificate]) -> list[tuple[str, str]]:
        found = workflow.verify(certificate, contract=self.contract, earlier=earlier)
        return [(one.name, one.text.en) for one in found.differences]


def folder(path: Path, text: str) -> Folder:
    return Folder(replace(parse_contract(decided(text).encode()), folder=path))


# ------------------------------------------------------------------------------------------------ the ledger


@dataclass
class Day:
    """What an announced day stands at: its figures, what is admitted of them, and which file is its last one."""

    values: dict[str, int]
    last: str
    before: int
    admitted: dict[str, int] = field(default_factory=dict)
    by: str = "municipality"

    def amount(self, id: str, value: int) -> int:
        return min(PRICES[id] * value, MOST_VISITS) if id == "visits" else PRICES[id] * value


class Series:
    """Three days with all that can happen to them, and a ledger that knows nothing of certificates."""

    def __init__(self, rng: random.Random, path: Path, below_zero: str) -> None:
        self.rng, self.below_zero = rng, below_zero
        self.folder = folder(path, contract_text(below_zero))
        self.days: list[Day] = []
        self.ledger: dict[tuple[str, int], int] = {}
        self.paid_in_all = 0
        self.count = 0
        self.date = ""

    def now(self, date: str, values: Mapping[str, int], *declared: Declarations, place_of: str | None = None) -> str:
        self.count, self.date = self.count + 1, date
        name = f"{self.count:02d}"
        self.folder.kept(name, self.folder.settled(date, values, *declared, place_of=place_of))
        return name

    def next_date(self) -> str:
        """The day after the last thing that happened, and after the day's dispute."""
        dispute, last = DISPUTED[len(self.days) - 1], self.date
        return dispute if last < dispute else f"{last[:8]}{int(last[8:]) + 1:02d}"

    def holds(self, name: str, day: int) -> None:
        """The amounts of a certificate are those of the ledger."""
        lines = {line.id: line.amount for line in self.folder.made[name].settlement.lines}
        for id in ("visits", "opened"):
            assert lines[id] == str(self.ledger[id, day]), (name, id)
        if lines["total"] is not None:
            assert self.folder.made[name].paid_to_date["total"] == str(self.paid_after[name]), name

    def run(self) -> None:
        self.paid_after: dict[str, int] = {}
        self.over: list[Declarations] = []
        opened = self.rng.randrange(3)
        for number, date in enumerate(DAYS):
            values = {
                "visits": self.rng.randrange(30),
                "opened": self.rng.randint(1, 3) if number == opened else 0,
                "total": self.rng.randrange(40) + 20 * number,
            }
            self.settle_day(number, date, values)
            if self.rng.random() < 0.7:
                self.dispute_day(number, opened == number)
                if self.rng.random() < 0.4:
                    self.decide_at_once(number)
            elif self.rng.random() < 0.5:
                self.correct(number)
            late = [i for i, one in enumerate(self.days[:-1]) if one.admitted]
            if late and self.rng.random() < 0.6:
                self.decide_later(self.rng.choice(late))
        for day, one in enumerate(self.days):
            if one.admitted and day == len(self.days) - 1:
                self.decide_at_once(day)
            elif one.admitted:
                self.decide_later(day)

    def declared(self, day: int) -> list[Declarations]:
        """What a certificate of a day tells: disputes that are open, and those that are over, of their certificates."""
        told = [
            dispute(DISPUTED[i], one.admitted, one.by, None if i == day else DAYS[i])
            for i, one in enumerate(self.days)
            if one.admitted
        ]
        return [*told, *self.over]

    def trued_up(self, value: int, paid: int) -> int:
        due = PRICES["total"] * value - paid
        return due if self.below_zero == "clawback" else max(due, 0)

    def settle_day(self, day: int, date: str, values: dict[str, int]) -> None:
        before = self.paid_in_all
        name = self.now(date, values | {"paid": before}, *self.declared(day))
        self.days.append(Day(values, name, before))
        self.enter(day, name, values)
        self.paid_in_all = before + self.trued_up(values["total"], before)
        self.paid_after[name] = self.paid_in_all
        self.holds(name, day)

    def enter(self, day: int, name: str, values: Mapping[str, int]) -> None:
        for id in ("visits", "opened"):
            self.ledger[id, day] = self.days[day].amount(id, values[id])
        self.days[day].last = name

    def dispute_day(self, day: int, opened: bool) -> None:
        one = self.days[day]
        of = ["visits", "total", *(["opened"] if opened else [])]
        ids = self.rng.sample(of, self.rng.randint(1, len(of)))
        one.admitted = {id: self.rng.randrange(one.values[id] + 6) for id in ids}
        one.by = self.rng.choice(["municipality", "provider"])
        name = self.now(self.next_date(), one.values | {"paid": one.before}, *self.declared(day), place_of=one.last)
        least = {id: min(value, one.admitted.get(id, value)) for id, value in one.values.items()}
        self.enter(day, name, least)
        own = self.trued_up(one.values["total"], one.before)
        other = self.trued_up(one.admitted.get("total", one.values["total"]), one.before)
        part = max(min(own, other), 0) if own >= 0 else min(max(own, other), 0)
        self.paid_in_all = one.before + part
        self.paid_after[name] = self.paid_in_all
        self.holds(name, day)

    def decision(self, day: int) -> dict[str, int]:
        one = self.days[day]
        return {id: self.rng.randint(*sorted((value, one.admitted.get(id, value)))) for id, value in one.values.items()}

    def is_over(self, day: int, date: str) -> Declarations:
        one = self.days[day]
        over = dispute(DISPUTED[day], one.admitted, one.by, DAYS[day], over=date)
        self.over.append(over)
        one.admitted = {}
        return over

    def decide_at_once(self, day: int) -> None:
        one, values = self.days[day], self.decision(day)
        date = self.next_date()
        self.is_over(day, date)
        name = self.now(date, values | {"paid": self.paid_in_all}, *self.declared(day), place_of=one.last)
        one.values = values
        self.enter(day, name, values)
        self.paid_in_all += self.trued_up(values["total"], self.paid_in_all)
        self.paid_after[name] = self.paid_in_all
        self.holds(name, day)

    def decide_later(self, day: int) -> None:
        """After a later day: the disputed day is settled again, and what is due to date by the last one."""
        one, values = self.days[day], self.decision(day)
        date, paid = self.next_date(), self.paid_after[one.last]
        total = "total" in one.admitted
        self.is_over(day, date)
        given = values | ({} if total else {"paid": paid})
        name = self.now(date, given, *self.declared(day), place_of=one.last)
        one.values = values
        self.enter(day, name, values)
        self.paid_after[name] = paid if total else paid + self.trued_up(values["total"], paid)
        self.holds(name, day)

    def correct(self, day: int) -> None:
        one = self.days[day]
        values = one.values | {"visits": self.rng.randrange(30), "total": self.rng.randrange(80)}
        name = self.now(self.next_date(), values | {"paid": self.paid_in_all}, *self.declared(day), place_of=one.last)
        one.values = values
        self.enter(day, name, values)
        self.paid_in_all += self.trued_up(values["total"], self.paid_in_all)
        self.paid_after[name] = self.paid_in_all
        self.holds(name, day)


@pytest.mark.parametrize("seed", [2, 5, 8, 11])
def test_no_amount_of_a_series_differs_from_the_ledger_and_no_certificate_in_it_is_accused(
    seed: int, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    series = Series(rng, tmp_path, rng.choice(["clawback", "carry"]))
    series.run()
    made = series.folder.made
    for name, certificate in made.items():
        others = [one for other, one in made.items() if other != name]
        before = [one for other, one in made.items() if other < name]
        for given in (others, before):
            rng.shuffle(given)
            assert series.folder.differences(certificate, given) == [], (name, [one.date for one in given])


# --------------------------------------------------------------------------------- what is wrong is refused or told

FEW = {"visits": 5}
FEW_OF_BOTH = {"visits": 5, "total": 60}


def values(visits: int, total: int | None = None, paid: int | None = None, opened: int = 0) -> dict[str, int]:
    given = {"visits": visits, "opened": opened, "total": total, "paid": paid}
    return {id: value for id, value in given.items() if value is not None}


def open_(admitted: Mapping[str, int], *, own: bool = False) -> Declarations:
    return dispute(DISPUTED[0], admitted, "municipality", None if own else DAYS[0])


def over(admitted: Mapping[str, int], date: str = "2023-05-05") -> Declarations:
    return dispute(DISPUTED[0], admitted, "municipality", DAYS[0], over=date)


def disputed_folder(
    path: Path, admitted: Mapping[str, int], *, text: str = "", visits: int = 18, more: tuple[Declarations, ...] = ()
) -> Folder:
    """The first day, which is then disputed, and the second one: 100 in all by the first, and 150 by the second."""
    made = folder(path, text or contract_text())
    made.kept("1", made.settled(DAYS[0], values(visits, 100, 0, 1)))
    made.kept("1b", made.settled("2023-02-12", values(visits, 100, 0, 1), open_(admitted, own=True), place_of="1"))
    paid = int(made.made["1b"].paid_to_date["total"])
    made.kept("2", made.settled(DAYS[1], values(3, 150, paid), open_(admitted), *more))
    return made


def amounts(certificate: Certificate) -> dict[str, str | None]:
    return {line.id: line.amount for line in certificate.settlement.lines}


def dishonest(
    made: Folder, date: str, given: Mapping[str, int], *declared: Declarations, place_of: str | None = None
) -> Certificate:
    """What is settled where no folder shows the others."""
    return Folder(replace(made.contract, folder=None), made.made).settled(date, given, *declared, place_of=place_of)


def test_a_decision_is_settled_on_the_disputed_day_before_another_certificate_tells_it(tmp_path: Path) -> None:
    """18 visits were claimed and 5 admitted; by the decision it is 17. Of the rest each day pays its own."""
    made = disputed_folder(tmp_path, FEW)
    assert [amounts(one)["visits"] for one in made.made.values()] == ["1800", "500", "300"]
    late = values(7, 160, 1500)
    for date, given, place_of in ((DAYS[2], late, None), ("2023-05-10", values(3, 150, 1500), "2")):
        with pytest.raises(CertificateError) as error:
            made.settled(date, given, over(FEW), place_of=place_of)
        assert str(error.value) == (
            "disputed by municipality on 2023-02-05: it is decided, and visits on the certificate of 2023-02-12 waits "
            "for that; only one in its place pays what it withholds. Settle that first (--supersedes 1b.json, "
            "--reason)."
        )
        wrong = dishonest(made, date, given, over(FEW), place_of=place_of)
        found = workflow.verify(wrong, contract=made.contract, earlier=[*made.made.values()])
        (told,) = [one for one in found.findings if one.name.startswith("withheld")]
        assert (told.name, told.verdict) == ("withheld:2023-02-12", "cannot_tell")
        assert told.text.en == (
            "The dispute of municipality of 2023-02-05 is told here as decided, and of the certificate of 2023-02-12, "
            "on which visits waits for that, none that takes its place was given; only such a one pays what was "
            "withheld, this one does not: ask for it."
        )
        assert told.text.sv == (
            "Tvisten från municipality av 2023-02-05 anges här vara avgjord, och inget som ersätter intyget från "
            "2023-02-12, där visits väntar på det, angavs; bara ett sådant betalar det som hölls inne, detta gör det "
            "inte: begär det."
        )
        assert "what was withheld for a dispute that is decided is paid on another certificate" in found.summary.en
    settled = made.kept("1c", made.settled("2023-05-10", values(17, 100, 1000, 1), over(FEW), place_of="1b"))
    assert (amounts(settled), settled.paid_to_date) == (
        {"visits": "1700", "opened": "1000", "total": "0"},
        {"total": "1000"},
    )
    last = made.kept("3", made.settled(DAYS[2], late, over(FEW)))
    assert amounts(last) == {"visits": "700", "opened": "0", "total": "100"}
    every = [*made.made.values()]
    found = workflow.verify(last, contract=made.contract, earlier=every)
    assert not found.differences
    assert not [one for one in found.findings if one.name.startswith("withheld")]
    paid_before = {one.name: one.verdict for one in found.findings}["paid_before"]
    assert paid_before == "reproduced"


def test_a_verifier_without_the_certificate_that_withheld_is_told_to_ask_for_it(tmp_path: Path) -> None:
    made = disputed_folder(tmp_path, FEW)
    made.kept("1c", made.settled("2023-05-10", values(17, 100, 1000, 1), over(FEW), place_of="1b"))
    last = made.kept("3", made.settled(DAYS[2], values(7, 160, 1500), over(FEW)))

    def asked(*names: str) -> list[str]:
        found = workflow.verify(last, contract=made.contract, earlier=[made.made[name] for name in names])
        assert not found.differences
        told.extend(one.text for one in found.findings if one.name == "withheld:2023-01-31")
        return [one.name for one in found.findings if one.name.startswith(("withheld", "disputed"))]

    told: list[Text] = []
    assert asked("1", "1b", "2", "1c") == asked("1", "2", "1c") == asked("1b", "1c", "1") == []
    assert asked("1", "1b", "2") == ["withheld:2023-02-12"]
    assert asked("1", "2") == ["withheld:2023-01-31"]
    assert asked("2") == asked() == ["disputed:2023-01-31", "withheld:2023-01-31"]
    assert {(one.en, one.sv) for one in told} == {
        (
            "The dispute of municipality of 2023-02-05 is told here as decided, and no certificate in the place of "
            "that of 2023-01-31 that tells it was given, so that what such a one withheld of visits, and whether that "
            "is paid, cannot be told: ask for each one in its place.",
            "Tvisten från municipality av 2023-02-05 anges här vara avgjord, och inget intyg i stället för det från "
            "2023-01-31 som anger den angavs, så vad ett sådant höll inne på visits, och om det är betalt, kan inte "
            "sägas: begär vart och ett som ersätter det.",
        )
    }


def test_what_any_later_certificate_pays_is_not_asked_for(tmp_path: Path) -> None:
    """Only total is disputed, of which a later day pays all that is due by then."""
    made = disputed_folder(tmp_path, {"total": 60})
    over_ = over({"total": 60})
    last = made.settled(DAYS[2], values(7, 160, 1500), over_)
    found = workflow.verify(last, contract=made.contract, earlier=[made.made["1"], made.made["2"]])
    assert not [one for one in found.findings if one.name.startswith(("withheld", "disputed"))]


def test_the_command_line_refuses_the_decision_on_a_later_day_and_settles_it_on_its_own(
    tmp_path: Path, effekt: Callable[..., tuple[int, str, str]]
) -> None:
    made = disputed_folder(tmp_path, FEW)
    contract = tmp_path / "contract.yaml"
    contract.write_bytes(made.contract.raw)
    (tmp_path / "decided.yaml").write_bytes(dispute_text(DISPUTED[0], FEW, "municipality", DAYS[0], over="2023-05-05"))
    declared = ("--declared", tmp_path / "decided.yaml")

    def settled(date: str, given: dict[str, int], *more: object) -> tuple[int, str, str]:
        (tmp_path / "attested.yaml").write_bytes(attested_text(date, given))
        return effekt(
            "settle", contract, "--date", date, "--attested", tmp_path / "attested.yaml", *declared, *more, "--json"
        )

    code, _, told = settled(DAYS[2], values(7, 160, 1500))
    assert code != 0
    assert "only one in its place pays what it withholds. Settle that first (--supersedes 1b.json, --reason)." in told
    place_of = ("--supersedes", tmp_path / "1b.json", "--reason", "Decided", "--out", tmp_path / "1c.json")
    code, out, told = settled("2023-05-10", values(17, 100, 1000, 1), *place_of)
    assert (code, json.loads(out)["total"]) == (0, "2700"), told
    certificate = workflow.read_certificate(tmp_path / "1c.json").sign(KEY)
    workflow.write_certificate(certificate, tmp_path / "1c.json")
    earlier = [part for name in made.made for part in ("--earlier", tmp_path / f"{name}.json")]
    code, out, told = effekt("verify", tmp_path / "1c.json", "--contract", contract, *earlier, "--lang", "en")
    assert code == 0, out + told


def test_a_trued_up_line_in_dispute_waits_where_its_earlier_day_is_settled_again(tmp_path: Path) -> None:
    """Of 1 000 in all 600 are admitted and the second day pays the rest: the first day is not to pay it once more."""
    made = disputed_folder(tmp_path, FEW_OF_BOTH)
    assert [made.made[one].paid_to_date["total"] for one in ("1b", "2")] == ["600", "1500"]
    for paid in (600, 0):
        with pytest.raises(CertificateError) as error:
            made.settled("2023-05-10", values(17, 100, paid, 1), over(FEW_OF_BOTH), place_of="1b")
        assert str(error.value) == (
            "The file '2.json' is a final certificate of 2023-04-30, of a later announced day than this one, "
            "2023-01-31, and deducts 600 of payment.lines.total as paid by then, where this one would make it 1000. "
            "Attest no paid: total then waits here, and what is due of it is settled by the last certificate; or have "
            "it pay what the certificate paid whose place this one takes."
        )
        wrong = dishonest(made, "2023-05-10", values(17, 100, paid, 1), over(FEW_OF_BOTH), place_of="1b")
        found = workflow.verify(wrong, contract=made.contract, earlier=[*made.made.values()])
        assert [(one.name, one.text.en.split("…, ")[1]) for one in found.differences] == [
            (
                "earlier:2023-04-30",
                "is of a later announced day, and does not deduct of total what this one says was paid by then.",
            )
        ]
        assert "gäller en senare angiven dag" in found.differences[0].text.sv
    settled = made.kept("1c", made.settled("2023-05-10", values(17, 100, None, 1), over(FEW_OF_BOTH), place_of="1b"))
    assert amounts(settled) == {"visits": "1700", "opened": "1000", "total": None}
    right = made.kept("2b", made.settled("2023-05-10", values(3, 145, 1500), over(FEW_OF_BOTH), place_of="2"))
    assert amounts(right) == {"visits": "300", "opened": "0", "total": "-50"}
    for certificate in made.made.values():
        others = [one for one in made.made.values() if one is not certificate]
        assert made.differences(certificate, others) == []


@pytest.mark.parametrize(
    ("date", "given", "declared", "place_of", "refused", "told"),
    [
        # the last one says 1 500 as paid; less, more, and what the first day said
        (DAYS[2], values(7, 160, 1400), [open_(FEW)], None, "true_up.paid must be", "paid_before"),
        (DAYS[2], values(7, 160, 1600), [open_(FEW)], None, "true_up.paid must be", "paid_before"),
        (DAYS[2], values(7, 160, 1000), [open_(FEW)], None, "true_up.paid must be", "paid_before"),
        # what the first day paid of the house that was opened, once more
        (DAYS[2], values(7, 160, 1500, 1), [open_(FEW)], None, "pays opened again", "earlier:2023-02-12"),
        # the second day again, in nobody's place
        (DAYS[1], values(4, 150, 1000), [open_(FEW)], None, "pays visits and total again", "supersedes"),
        # the dispute is passed over in silence
        (DAYS[2], values(7, 160, 1500), [], None, "this settlement leaves out", "left_out"),
    ],
)
def test_wrong_sums_are_refused_and_whoever_signs_them_elsewhere_is_told(
    date: str,
    given: dict[str, int],
    declared: list[Declarations],
    place_of: str | None,
    refused: str,
    told: str,
    tmp_path: Path,
) -> None:
    made = disputed_folder(tmp_path, FEW)
    with pytest.raises(CertificateError, match=refused):
        made.settled(date, given, *declared, place_of=place_of)
    wrong = dishonest(made, date, given, *declared, place_of=place_of)
    assert told in [name for name, _ in made.differences(wrong, [*made.made.values()])]


# ------------------------------------------------------------------------------ other terms beside a late decision


def test_what_ended_after_the_disputed_day_takes_nothing_of_it(tmp_path: Path) -> None:
    """The contract ended in March, and nothing more is paid on visits; those of January were over on their own day."""
    rule = "termination: {early: {event: {sv: Slut, en: An end}, then: pay_nothing_more, declared_by: [provider], "
    text = contract_text(terms=f"{rule}lines: {{total: in_full}}}}}}\n")
    ended = parse_declarations(
        b'schema: effekt/declarations/1\ncontract: series\nby: provider\ndate: "2023-03-15"\n'
        b'ended: {clause: early, date: "2023-03-15", why: {sv: x, en: x}}\n'
    )
    made = disputed_folder(tmp_path, FEW, text=text, more=(ended,))
    assert amounts(made.made["2"]) == {"visits": "0", "opened": "0", "total": "500"}
    given = values(17, 100, 1000)
    settled = made.kept("1c", made.settled("2023-05-10", given, over(FEW), ended, place_of="1b"))
    assert amounts(settled) == {"visits": "1700", "opened": "0", "total": "0"}
    assert made.differences(settled, [*made.made.values()]) == []


NOTHING_MORE = "termination: {early: {event: {sv: x, en: x}, then: pay_nothing_more, declared_by: [provider]}}\n"
EARLY = parse_declarations(
    b'schema: effekt/declarations/1\ncontract: series\nby: provider\ndate: "2023-03-15"\n'
    b'ended: {clause: early, date: "2023-03-15", why: {sv: x, en: x}}\n'
)


@pytest.mark.parametrize("paid", [600, None])
def test_a_decision_after_the_certificate_of_the_end_pays_what_was_due_before_it(
    paid: int | None, tmp_path: Path
) -> None:
    """Nothing more is paid on either line; of 1 000 in all 600 were admitted, and by the decision 950 were due."""
    made = folder(tmp_path, contract_text(terms=NOTHING_MORE))
    made.kept("1", made.settled(DAYS[0], values(18, 100, 0, 1)))
    made.kept("1b", made.settled("2023-02-12", values(18, 100, 0, 1), open_(FEW_OF_BOTH, own=True), place_of="1"))
    made.kept("2", made.settled(DAYS[1], values(3, 150, paid), open_(FEW_OF_BOTH), EARLY))
    assert amounts(made.made["2"]) == {"visits": "0", "opened": "0", "total": None}
    declared = (over(FEW_OF_BOTH), EARLY)
    made.kept("1c", made.settled("2023-05-10", values(17, 95, 600, 1), *declared, place_of="1b"))
    assert amounts(made.made["1c"]) == {"visits": "1700", "opened": "1000", "total": "350"}
    with pytest.raises(
        CertificateError, match=r"total\.true_up\.paid must be .* as paid before, 950; got 600\. Have that"
    ):
        made.settled("2023-05-11", values(3, 150, 600), *declared, place_of="2")
    made.kept("2b", made.settled("2023-05-11", values(3, 150, 950), *declared, place_of="2"))
    assert amounts(made.made["2b"]) == {"visits": "0", "opened": "0", "total": "0"}
    for certificate in made.made.values():
        assert made.differences(certificate, [one for one in made.made.values() if one is not certificate]) == []
    found = workflow.verify(made.made["2b"], contract=made.contract, earlier=[*made.made.values()])
    (told,) = [one for one in found.findings if one.name == "paid_before"]
    assert told.verdict == "reproduced"


def test_what_no_certificate_says_as_paid_is_refused_without_an_amount(tmp_path: Path) -> None:
    """The decision leaves total without an amount, and the certificate of the end is settled again as if it had one."""
    made = folder(tmp_path, contract_text(terms=NOTHING_MORE))
    made.kept("1", made.settled(DAYS[0], values(18, 100, 0, 1)))
    made.kept("1b", made.settled("2023-02-12", values(18, 100, 0, 1), open_(FEW_OF_BOTH, own=True), place_of="1"))
    made.kept("2", made.settled(DAYS[1], values(3, 150, 600), open_(FEW_OF_BOTH), EARLY))
    declared = (over(FEW_OF_BOTH), EARLY)
    made.kept("1c", made.settled("2023-05-10", values(17, 95, None, 1), *declared, place_of="1b"))
    with pytest.raises(CertificateError) as error:
        made.settled("2023-05-11", values(3, 150, 950), *declared, place_of="2")
    assert str(error.value) == (
        "The file '1c.json' is a final certificate of 2023-05-10, and this one deducts too much of total: "
        "payment.lines.total.true_up.paid must be what that one says that the next settlement has as paid before, 600; "
        "got 950. Have that amount as paid, or say that this certificate takes its place and why (--supersedes, "
        "--reason)."
    )
    assert made.settled("2023-05-11", values(3, 150, 600), *declared, place_of="2").paid_to_date["total"] == "600"


def test_a_guarantor_bears_what_the_decision_leaves_lacking(tmp_path: Path) -> None:
    least = '{guarantor: backer, beneficiary: provider, amount: "1500", share: "1", cap: "1500"}'
    guarantee = f"  guarantees:\n    least: {least}\n"
    text = contract_text(payment=guarantee, lines=("visits", "opened")).replace(
        "  provider:", "  backer: {role: guarantor, name: Garanten}\n  provider:", 1
    )
    made = folder(tmp_path, text)
    made.kept("1", made.settled(DAYS[0], values(12)))
    made.kept("1b", made.settled("2023-02-12", values(12), open_(FEW, own=True), place_of="1"))
    made.kept("2", made.settled(DAYS[1], values(3), open_(FEW)))
    made.kept("1c", made.settled("2023-05-10", values(10), over(FEW), place_of="1b"))
    borne = {name: [one.amount for one in each.settlement.guarantees] for name, each in made.made.items()}
    assert borne == {"1": ["300"], "1b": [None], "2": ["1200"], "1c": ["500"]}
    for certificate in made.made.values():
        assert made.differences(certificate, [one for one in made.made.values() if one is not certificate]) == []


@pytest.mark.parametrize(
    ("lines", "tries", "due"),
    [
        # total gives way: 1 800 and 700 of 1 000; then 1 700, and 700 stays what the second day deducted
        (("visits", "opened", "total"), [(1000, 700, "payment.cap of 2500 holds"), (1000, 0, "deducts 700")], "1700"),
        # visits give way: 1 500 of 1 800 beside 1 000; 1 700 claimed is still 1 500, settled anew beside the same 1 000
        (("total", "opened", "visits"), [(1000, 1000, "payment.cap of 2500 holds")], "1500"),
    ],
)
def test_a_cap_that_binds_the_disputed_day_binds_the_decision(
    lines: tuple[str, ...], tries: list[tuple[int, int, str]], due: str, tmp_path: Path
) -> None:
    cap = '  cap: {amount: "2500", reduces: last_line_first}\n'
    made = folder(tmp_path, contract_text(payment=cap, lines=lines))
    made.kept("1", made.settled(DAYS[0], values(18, 100, 0)))
    made.kept("1b", made.settled("2023-02-12", values(18, 100, 0), open_(FEW, own=True), place_of="1"))
    paid = int(made.made["1b"].paid_to_date["total"])
    made.kept("2", made.settled(DAYS[1], values(3, 150, paid), open_(FEW)))
    for _, before, refused in tries:
        with pytest.raises(CertificateError, match=refused):
            made.settled("2023-05-10", values(17, 100, before), over(FEW), place_of="1b")
    waits = lines[-1] == "total"
    given = values(17) if waits else values(17, 100, 0)
    settled = made.kept("1c", made.settled("2023-05-10", given, over(FEW), place_of="1b"))
    assert amounts(settled)["visits"] == due
    assert waits or settled.settles_anew == {"total": "1000"}
    for certificate in made.made.values():
        assert made.differences(certificate, [one for one in made.made.values() if one is not certificate]) == []

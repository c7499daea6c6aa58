"""Certificates that take another's place on a line that is paid in parts: disputes, and limits of each settlement."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from deciding import decided
from workflow import test_declared as base
from workflow.test_several_settlements import CUMULATIVE, DAYS, KEY, attested, read, settled

from effekt import workflow
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.release import public_statement
from effekt.contracts import Declarations, parse_attestation, parse_declarations
from effekt.exceptions import CertificateError, ContractError
from effekt.workflow.earlier.deducted import paid_before_findings
from effekt.workflow.earlier.limits_again import limit_findings

PLAIN = CUMULATIVE.replace(', cap: "20000"', "").replace(DAYS, "").replace("1000.55", "1000")
DISPUTED = PLAIN.replace(
    "figures:\n", 'disputes: {days: 30, undisputed_paid: true, decided_by: {sv: "n", en: "t"}}\nfigures:\n', 1
)


def disputes(starts: str, decided: str = "", certificate: str = "", by: str = "municipality") -> Declarations:
    more = f', decided: "{decided}"' if decided else ""
    more += f', certificate: "{certificate}"' if certificate else ""
    dispute = f'{{figures: {{starts: "{starts}"}}, date: "2023-02-05", why: {{sv: "x", en: "x"}}{more}}}'
    text = f'schema: effekt/declarations/1\ncontract: young\nby: {by}\ndate: "{decided or "2023-02-05"}"\n'
    return parse_declarations(f"{text}disputed: [{dispute}]\n".encode())


def replaced(
    earlier: Certificate, starts: str, paid: str, *declarations: Declarations, date: str = "2023-02-12"
) -> Certificate:
    made = workflow.settle(
        read(decided(DISPUTED)),
        date=date,
        attestations=[attested(DISPUTED, starts, paid)],
        supersedes=earlier,
        reason="Disputed",
        declarations=declarations,
    )
    return made.sign(KEY)


def test_a_dispute_of_a_line_that_is_trued_up_keeps_back_what_is_disputed() -> None:
    """30 starts less 10 000 paid before are 20 000, of which the municipality admits 25 starts: 15 000 is paid now."""
    first = settled(DISPUTED, "2023-01-31", "30", "10000")
    assert (first.due, first.paid_to_date, first.paid_before) == ("20000.00", {"work": "30000"}, {"work": "10000.00"})
    with pytest.raises(CertificateError) as error:
        replaced(first, "30", "30000", disputes("25"))
    assert str(error.value) == (
        "payment.lines.work.true_up.paid must be what the certificate of 2023-01-31, which is disputed, has itself as "
        "paid before, 10000.00; got 30000.00. Attest that: what takes its place pays anew all that is not disputed."
    )
    second = replaced(first, "30", "10000", disputes("25"))
    withheld = {one.id: one.withheld for one in second.settlement.standings if one.withheld is not None}
    assert (second.due, second.paid_to_date, withheld) == ("15000.00", {"work": "25000"}, {"work": "5000.00"})
    found = workflow.verify(second, contract=second.contract, earlier=first).findings
    assert [(one.verdict, one.text.en, one.text.sv) for one in found if one.name == "paid_before"] == [
        (
            "reproduced",
            "What is deducted as paid before is what the certificate of 2023-01-31, which is disputed, deducts itself.",
            "Det som dras av som tidigare betalt är vad intyget från 2023-01-31, som är bestridet, självt drar av.",
        )
    ]


ANNOUNCED = DISPUTED.replace('outcome_data_from: "2022-02-01"', 'outcome_data_from: "2022-02-01"' + DAYS)


def of_a_day(
    date: str,
    starts: str,
    paid: str,
    *declared: Declarations,
    earlier: Certificate | None,
    folder: Path | None = None,
    text: str = ANNOUNCED,
) -> Certificate:
    contract = read(decided(text))
    return workflow.settle(
        contract if folder is None else replace(contract, folder=folder),
        date=date,
        attestations=[attested(text, starts, paid)],
        declarations=declared,
        supersedes=earlier,
        reason=None if earlier is None else "Disputed",
    ).sign(KEY)


def test_a_dispute_that_is_decided_is_told_again_on_a_later_day() -> None:
    """The next settlement takes nobody's place: without the dispute it would leave it out, and so it says it again."""
    over = disputes("25", decided="2023-03-01")
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", disputes("25"), earlier=first)
    third = of_a_day("2023-03-02", "27", "25000", over, earlier=second)
    given = [first, second, third]
    with pytest.raises(
        CertificateError, match=r"disputed by municipality: a dispute is of a certificate that has been"
    ):
        of_a_day("2024-01-31", "35", "27000", over, earlier=None)
    told = disputes("25", decided="2023-03-01", certificate="2023-01-31")
    later = of_a_day("2024-01-31", "35", "27000", told, earlier=None)
    assert (second.due, third.due, later.due) == ("25000.00", "2000.00", "8000.00")
    assert not workflow.verify(later, contract=later.contract, earlier=given).differences
    silent = of_a_day("2024-01-31", "35", "27000", earlier=None)
    found = workflow.verify(silent, contract=later.contract, earlier=given)
    assert "left_out" in [one.name for one in found.differences]


def test_an_open_dispute_is_of_its_certificate_and_stops_no_later_day() -> None:
    """It withholds on those that take the place of the disputed one, and is told on the others, which pay all."""
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", disputes("25"), earlier=first)
    told = disputes("25", certificate="2023-01-31")
    with pytest.raises(
        CertificateError, match=r"or its date \(`certificate`\) where this is the certificate of a later"
    ):
        of_a_day("2024-01-31", "35", "25000", disputes("25"), earlier=None)
    later = of_a_day("2024-01-31", "35", "25000", told, earlier=None)
    again = of_a_day("2024-02-05", "34", "35000", told, earlier=later)
    assert (second.due, later.due, again.due) == ("25000.00", "10000.00", "-1000.00")
    assert [one.text.en for one in later.settlement.standings if one.state != "final"] == []
    for certificate, before in ((later, [first, second]), (again, [first, second, later])):
        found = workflow.verify(certificate, contract=later.contract, earlier=before)
        assert not found.differences, [one.text.en for one in found.differences]
    words = "bestred siffror 2023-02-05 i intyget från 2023-01-31, vilket inte håller inne något här"
    assert words in base.said(later, "sv")
    kinds = [[one.kind for one in public_statement(of, salt=bytes(32)).happened] for of in (second, later)]
    assert kinds == [["disputed"], ["disputed_beside"]]
    with pytest.raises(CertificateError) as error:
        of_a_day("2024-02-05", "34", "35000", disputes("25"), earlier=later)
    assert str(error.value) == (
        "disputed by municipality on 2023-02-05: certificate must be 2023-01-31, as the earlier certificate "
        "has it; got none."
    )


def test_a_dispute_says_of_which_certificate_it_is_and_that_one_is_known(tmp_path: Path) -> None:
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    own, mistyped = disputes("25", certificate="2023-01-31"), disputes("25", certificate="2023-01-30")
    second = of_a_day("2023-02-12", "30", "0", own, earlier=first)
    third = of_a_day("2023-02-20", "31", "0", own, earlier=second)
    assert (second.due, third.due, third.supersedes and third.supersedes.days) == (
        "25000.00",
        "25000.00",
        ("2023-01-31", "2023-02-12"),
    )
    with pytest.raises(CertificateError) as error:
        of_a_day("2023-02-12", "30", "0", mistyped, earlier=first)
    assert str(error.value) == (
        "disputed by municipality on 2023-02-05: certificate must be the date of one that this takes the place of, "
        "2023-01-31, or of another in the contract's folder; got 2023-01-30."
    )
    (tmp_path / "other.json").write_bytes(first.to_bytes())
    later = of_a_day("2024-01-31", "35", "30000", earlier=None)
    (tmp_path / "later.json").write_bytes(later.to_bytes())
    paid = of_a_day("2024-02-05", "36", "35000", own, earlier=later, folder=tmp_path)
    assert paid.due == "1000.00"


def test_a_dispute_that_is_decided_after_a_later_day_is_settled_by_who_paid_last(tmp_path: Path) -> None:
    """The later day paid 35 starts in all, the disputed five too; by the decision they were 34, as all files say."""
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", disputes("25"), earlier=first)
    later = of_a_day("2024-01-31", "35", "25000", disputes("25", certificate="2023-01-31"), earlier=None)
    over, before = disputes("25", decided="2024-03-01", certificate="2023-01-31"), [first, second, later]
    right = of_a_day("2024-03-02", "34", "35000", over, earlier=later)
    assert (second.due, later.due, right.due) == ("25000.00", "10000.00", "-1000.00")
    assert not workflow.verify(right, contract=right.contract, earlier=before).differences
    for text in (
        "Exempelkommunen declares that the dispute of 2023-02-05, of the certificate of 2023-01-31, was decided on "
        "2024-03-01: x",
        "Exempelkommunen anmäler att tvisten från 2023-02-05 om intyget från 2023-01-31 avgjordes 2024-03-01: x",
    ):
        assert text in base.said(right, "en" if " declares " in text else "sv")
    for number, one in enumerate(before):
        (tmp_path / f"{number}.json").write_bytes(one.to_bytes())
    for paid in ("25000", "35000"):  # the first day alone is not settled anew beside what the later day has deducted
        with pytest.raises(
            CertificateError, match=r"Take the place of that last one instead \(--supersedes 2.json\), "
        ):
            of_a_day("2024-03-02", "29", paid, over, earlier=second, folder=tmp_path)
    assert of_a_day("2024-03-02", "34", "35000", over, earlier=later, folder=tmp_path).due == "-1000.00"


def test_a_decided_dispute_of_a_line_that_each_day_pays_anew_is_settled_on_its_own_day(tmp_path: Path) -> None:
    """Of 30 starts 25 were undisputed on the first day; the second pays its own five, and the decision says 27."""
    text = decided(ANNOUNCED.replace("true_up: {paid: paid, below_zero: clawback}", "paid_each: certificate"))
    contract, made = read(text), dict[str, Certificate]()

    def each(date: str, starts: str, *declared: Declarations, earlier: str | None = None) -> Certificate:
        rows = "".join(
            f'  {id}: {{value: "{value}", by: verifier, date: "{date}", evidence: {{description: "Register"}}}}\n'
            for id, value in (("starts", starts), ("few", "0"))
        )
        certificate = workflow.settle(
            replace(contract, folder=tmp_path),
            date=date,
            attestations=[
                parse_attestation(f"schema: effekt/attestation/1\ncontract: young\nfigures:\n{rows}".encode())
            ],
            declarations=declared,
            supersedes=None if earlier is None else made[earlier],
            reason=None if earlier is None else "Disputed",
        ).sign(KEY)
        workflow.write_certificate(certificate, tmp_path / f"{date}.json")
        made[date] = certificate
        return certificate

    first = each("2023-01-31", "30")
    second = each("2023-02-12", "30", disputes("25"), earlier="2023-01-31")
    later = each("2024-01-31", "5", disputes("25", certificate="2023-01-31"))
    right = each("2024-03-02", "27", disputes("25", decided="2024-03-01"), earlier="2023-02-12")
    assert (first.due, second.due, later.due, right.due) == ("30000.00", "25000.00", "5000.00", "27000.00")
    assert right.settles == "2023-01-31"
    found = workflow.verify(right, contract=right.contract, earlier=[first, second, later])
    assert not found.differences
    (told,) = [one.text for one in found.findings if one.name == "earlier:2024-01-31"]
    assert told.en.endswith(
        "stands beside this one: no line is paid twice for the same, and nothing that it declares "
        "is left out in silence."
    )


@pytest.mark.parametrize(("value", "more"), [("NONE", ""), ("25 st", ""), ("1,5", '; write "1.5"')])
def test_what_a_party_admits_is_a_decimal_or_none(value: str, more: str) -> None:
    with pytest.raises(ContractError) as error:
        disputes(value)
    assert str(error.value) == (
        f'line 5: disputed[1].figures.starts must be a plain decimal such as "0.40" of at most 30 digits, or none; got '
        f'"{value}"{more}.'
    )


def test_a_dispute_of_a_certificate_that_was_not_given_is_asked_about() -> None:
    """Nobody else sees that there was none on that day; what is disputed here is known by whose place is taken."""
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", disputes("25"), earlier=first)
    told, mistyped = disputes("25", certificate="2023-01-31"), disputes("25", certificate="2023-01-30")
    later, wrong = (of_a_day("2024-01-31", "35", "25000", one, earlier=None) for one in (told, mistyped))

    def asked(certificate: Certificate, *given: Certificate) -> list[tuple[str, str]]:
        found = workflow.verify(certificate, contract=later.contract, earlier=given)
        names = [(one.name, one.verdict) for one in found.findings if one.name.startswith("disputed:")]
        words = "a certificate that a dispute is told of was not seen: give it with"
        assert (words in found.summary.en) is (bool(names) and not found.differences)
        return names

    assert asked(later, first, second) == asked(second, first) == asked(second) == []
    assert asked(later) == asked(later, second) == [("disputed:2023-01-31", "cannot_tell")]
    assert asked(wrong, first, second) == [("disputed:2023-01-30", "cannot_tell")]
    unsigned = Certificate(replace(first.envelope, signatures=()))
    assert asked(later, unsigned) == [("disputed:2023-01-31", "cannot_tell")]
    (sentence,) = [
        one.text for one in workflow.verify(wrong, contract=later.contract).findings if one.name[:8] == "disputed"
    ]
    assert sentence.en == (
        "The dispute of municipality is told of the certificate of 2023-01-30, and no final or nil one of that "
        "date was given, so that there is one, and that it was disputed, is only said; give it with --earlier."
    )


def test_two_parties_may_dispute_the_same_on_one_day_of_different_certificates() -> None:
    """The provider's dispute is told of another certificate; that of the municipality is of this one."""
    other = disputes("35", certificate="2023-01-20", by="provider")
    first = of_a_day("2023-02-05", "30", "0", other, earlier=None)
    second = of_a_day("2023-02-12", "30", "0", other, disputes("25"), earlier=first)
    assert (first.due, second.due) == ("30000.00", "25000.00")
    assert not workflow.verify(second, contract=second.contract, earlier=first).differences


@pytest.mark.parametrize("order", [1, -1])
def test_one_party_may_dispute_the_same_on_one_day_of_two_certificates(order: int) -> None:
    """Both are told again on a later day, in either order; one that was of the certificate itself is of no other."""
    other, own = disputes("9", certificate="2023-01-20"), disputes("25")
    first = of_a_day("2023-02-05", "30", "0", other, earlier=None)
    second = of_a_day("2023-02-12", "30", "0", *(other, own)[::order], earlier=first)
    named = disputes("25", certificate="2023-02-05")
    later = of_a_day("2024-01-31", "35", "25000", *(other, named)[::order], earlier=None)
    assert (second.due, later.due) == ("25000.00", "10000.00")
    assert not workflow.verify(later, contract=later.contract, earlier=[first, second]).differences
    with pytest.raises(CertificateError) as error:
        of_a_day("2023-02-20", "30", "25000", other, earlier=second)
    assert str(error.value) == (
        "disputed by municipality on 2023-02-05: certificate must be 2023-02-05, as the earlier certificate has it; "
        "got 2023-01-20."
    )
    lied = of_a_day("2024-01-31", "35", "25000", other, earlier=None)
    found = workflow.verify(lied, contract=lied.contract, earlier=[first, second]).differences
    assert [one.name for one in found] == ["events"]


def test_an_open_dispute_ends_by_a_decision_and_not_by_leaving_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 30 000 the dispute withholds 5 000; who leaves it out would pay them by nobody's word that it is over."""
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", disputes("25"), earlier=first)
    told = (
        "disputed by municipality on 2023-02-05: it is open on the certificate of 2023-02-12, whose place this one "
        "takes; declare it again, with `decided` where it was decided or given up."
    )
    with pytest.raises(CertificateError) as error:
        of_a_day("2023-02-20", "30", "25000", earlier=second)
    assert str(error.value) == told
    over = of_a_day("2023-03-02", "30", "25000", disputes("25", decided="2023-03-01"), earlier=second)
    still = of_a_day("2023-03-02", "30", "0", disputes("25"), earlier=second)
    for made in (over, still):
        verified = workflow.verify(made, contract=made.contract, earlier=[first, second])
        assert not verified.differences
        assert {one.verdict for one in verified.findings if one.name == "left_out"} == {"reproduced"}
    monkeypatch.setattr("effekt.workflow.settling.refuse_disputes", lambda *given: None)
    third = of_a_day("2023-02-20", "30", "25000", earlier=second)
    assert (second.due, third.due) == ("25000.00", "5000.00")
    (found,) = workflow.verify(third, contract=third.contract, earlier=[first, second]).differences
    assert (found.name, found.text.en) == ("events", f"The declared events do not hold: {told}")
    assert "tvisten är öppen i intyget från 2023-02-12, som detta ersätter" in found.text.sv


def test_who_admits_another_value_in_a_dispute_that_is_told_again_is_asked() -> None:
    """With 28 admitted in place of 25 another 3 000 are paid, by the word of whoever settles."""
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", disputes("25"), earlier=first)
    third = of_a_day("2023-02-20", "30", "0", disputes("28"), earlier=second)
    assert (second.due, third.due) == ("25000.00", "28000.00")
    verified = workflow.verify(third, contract=third.contract, earlier=[first, second])
    (told,) = [one for one in verified.findings if one.name == "left_out"]
    assert (told.verdict, told.text.en.partition(";")[0]) == (
        "cannot_tell",
        "It tells an open dispute otherwise than the earlier one: municipality admits 25 of starts there and 28 here",
    )
    assert "municipality medger 25 av starts där och 28 här; fråga den som väckte den" in told.text.sv
    assert "that a party now admits another value in an open dispute no earlier file shows" in verified.summary.en


@pytest.mark.parametrize(
    ("certificate", "sentence"),
    [
        ("2023-02-06", "certificate must be the date of a certificate that had been made when it was disputed"),
        (
            "2023-01-05",
            "date must be at most 30 days after the certificate of 2023-01-05, which could be disputed until",
        ),
    ],
)
def test_a_dispute_comes_within_the_days_of_the_certificate_it_names(certificate: str, sentence: str) -> None:
    with pytest.raises(ContractError, match=sentence):
        of_a_day("2024-01-31", "35", "25000", disputes("25", certificate=certificate), earlier=None)
    assert of_a_day("2024-01-31", "35", "0", disputes("25", certificate="2023-01-06"), earlier=None).due == "35000.00"
    if certificate < "2023-02":
        one = ANNOUNCED.replace("{days: 30,", "{days: 1,")
        with pytest.raises(ContractError, match=sentence.replace("30 days", "1 day")):
            of_a_day("2024-01-31", "35", "25000", disputes("25", certificate=certificate), earlier=None, text=one)


@pytest.mark.parametrize("days", [[], ["2024-01-31"], ["2023-01-31", "2023-01-31"]])
def test_which_were_superseded_before_is_as_the_superseded_one_says(days: list[str]) -> None:
    """Whoever changes the chain has a dispute withhold what it does not, or not withhold what it does."""
    own = disputes("25", certificate="2023-01-31")
    first = of_a_day("2023-01-31", "30", "0", earlier=None)
    second = of_a_day("2023-02-12", "30", "0", own, earlier=first)
    third = of_a_day("2023-02-20", "31", "0", own, earlier=second)
    tree = json.loads(third.envelope.payload)
    tree["predicate"]["supersedes"]["before"] = days
    lied = base._signed(tree)
    found = workflow.verify(lied, contract=third.contract, earlier=second).differences
    assert "supersedes" in [one.name for one in found]
    assert "supersedes" not in [one.name for one in workflow.verify(third, earlier=second).differences]


@pytest.mark.parametrize(("starts", "rest"), [("30", "5000.00"), ("27", "2000.00"), ("25", "0.00"), ("24", "-1000.00")])
def test_once_it_is_decided_the_rest_is_paid_and_all_together_what_was_due(starts: str, rest: str) -> None:
    first = settled(DISPUTED, "2023-01-31", "30", "10000")
    second = replaced(first, "30", "10000", disputes("25"))
    third = replaced(second, starts, "25000", disputes("25", decided="2023-03-01"), date="2023-03-02")
    assert third.due == rest
    assert 10000 + Fraction(second.due) + Fraction(third.due) == 1000 * int(starts)


def test_a_dispute_that_is_left_as_it_is_pays_the_same_again_in_its_place() -> None:
    first = settled(DISPUTED, "2023-01-31", "30", "10000")
    second = replaced(first, "30", "10000", disputes("25"))
    again = replaced(second, "30", "10000", disputes("25"), date="2023-02-13")
    assert (again.due, again.paid_to_date) == (second.due, second.paid_to_date)


def test_events_that_do_not_hold_together_are_found_and_stop_no_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    first = settled(DISPUTED, "2023-01-31", "30", "10000")
    second = replaced(first, "30", "10000", disputes("25"))

    def torn(_: Certificate) -> None:
        raise ContractError("disputed gives two values that municipality admits of starts; keep one.")

    monkeypatch.setattr(Certificate, "events", property(torn))
    found = paid_before_findings(second, first, [first])
    assert [one.verdict for one in found] == ["different"]  # it deducts 10 000, and the first says 30 000


def test_a_correction_of_the_second_certificate_stands_beside_the_first(tmp_path: Path) -> None:
    """30, 35 and 40 starts are paid by three certificates, of which the second is corrected to 36."""
    paid, before = [], None
    for name, date, starts, deducted, supersedes in (
        ("a", "2023-01-31", "30", "0", False),
        ("b", "2024-01-31", "35", "30000", False),
        ("c", "2024-02-15", "36", "35000", True),
        ("d", "2025-01-31", "40", "36000", False),
    ):
        before = settled(PLAIN, date, starts, deducted, before if supersedes else None, folder=tmp_path)
        workflow.write_certificate(before, tmp_path / f"{name}.json")
        paid.append(before.due)
    assert paid == ["30000.00", "5000.00", "1000.00", "4000.00"]
    with pytest.raises(CertificateError, match=r"The file 'd\.json' .* pays work again"):
        settled(PLAIN, "2026-01-31", "41", "36000", folder=tmp_path)


STARTS = '  starts: {attested: verifier, digits: 0, unit: people, question: {sv: "Hur många?", en: "How many?"}}\n'
COUNTED = PLAIN.replace(STARTS, "  starts: {measure: started, digits: 0, unit: people}\n").replace(
    "figures:\n",
    """data: {people: {path: people.csv, text: [person]}}
analysis:
  started: {method: outcome_count, data: people, minimum_n: none, unit: person, statistic: count, at_least: 1,
    outcome: {column: started, unit: people, better: higher}, missing: raise}
figures:
""",
    1,
)


def counted(text: str, date: str, people: int, paid: str, supersedes: Certificate | None = None) -> Certificate:
    values = "".join(
        f'  {id}: {{value: "{value}", by: verifier, date: "{date}", evidence: {{description: "Register"}}}}\n'
        for id, value in (("few", "0"), ("paid", paid))
    )
    made = workflow.settle(
        read(text),
        date=date,
        data={"people": {"person": [str(one) for one in range(people)], "started": [1] * people}},
        attestations=[parse_attestation(f"schema: effekt/attestation/1\ncontract: young\nfigures:\n{values}".encode())],
        supersedes=supersedes,
        reason=None if supersedes is None else "Counted again",
    )
    return made.sign(KEY)


@pytest.mark.parametrize("then", ["stands", "refer", "pay_and_correct"])
def test_a_table_that_has_grown_since_the_certificate_beside_it_is_no_revision(then: str) -> None:
    """Three people, then five: the second certificate stands beside the first, and pays for the two who came."""
    text = decided(COUNTED).replace("figures:\n", f"revisions: {{then: {then}}}\nfigures:\n", 1)
    first = counted(text, "2023-01-31", 3, "0")
    second = counted(text, "2024-01-31", 5, "3000")
    assert (first.due, second.due) == ("3000.00", "2000.00")
    found = workflow.verify(second, contract=read(text), earlier=first)
    assert [one.name for one in found.differences] == []
    (told,) = [one for one in found.findings if one.name == "revised"]
    assert told.verdict == "cannot_tell"
    assert told.text.en.startswith(
        "Another table than in the certificate of 2023-01-31, beside which this one stands: p"
    )
    with pytest.raises(CertificateError, match=r"data\.people (must be the table|is another table)"):
        counted(text, "2024-02-15", 6, "5000", second)  # what takes its place is held to its table


# ------------------------------------------------------------------------------- limits that hold in each settlement


def limited(limit: str) -> str:
    return PLAIN.replace("  lines:\n", f"  {limit}\n  lines:\n")


CAPPED = PLAIN.replace("below_zero: clawback", 'below_zero: clawback, cap: "25000"')
LIMITS = {
    "payment.lines.work.true_up.cap of 25000": CAPPED,
    "payment.cap of 25000": limited('cap: {amount: "25000", reduces: pro_rata}'),
    "payment.caps.all of 25000": limited('caps: {all: {lines: [work, base], amount: "25000", reduces: pro_rata}}'),
}


@pytest.mark.parametrize("place", LIMITS)
def test_a_correction_does_not_pay_what_a_cap_kept_back(place: str) -> None:
    """30 starts under a cap of 25 000 give 25 000; counted again they are 32, and the cap is as full as it was."""
    text = LIMITS[place]
    first = settled(text, "2023-01-31", "30", "0")
    assert first.due == "25000.00"
    with pytest.raises(CertificateError) as error:
        settled(text, "2023-02-15", "32", "25000", first)
    assert str(error.value) == (
        f"{place} holds in each settlement, and with the certificate of 2023-01-31, which this one corrects, 32000 "
        "would be paid under it. Have as paid what the certificate of 2023-01-31 has itself as paid before, 0 of work: "
        "this one then settles anew, in its place, what is due by the limits; or announce the days of settlements "
        "(dates.certificates) and settle this as the next one."
    )
    low = settled(text, "2023-01-31", "20", "0")  # 20 000 and 5 000 more are just the cap
    assert settled(text, "2023-02-15", "25", "20000", low).due == "5000.00"
    with pytest.raises(CertificateError, match="26000 would be paid under it"):
        settled(text, "2023-02-15", "26", "20000", low)
    announced = text.replace('"2022-02-01"', f'"2022-02-01"{DAYS}')
    assert settled(announced, "2024-01-31", "32", "25000", settled(announced, "2023-01-31", "30", "0")).due == "7000.00"
    with pytest.raises(CertificateError, match="would be paid under it"):
        settled(announced, "2023-02-15", "32", "25000", settled(announced, "2023-01-31", "30", "0"))


def limits(certificate: Certificate, *earlier: Certificate) -> list[tuple[str, str, str]]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier)
    assert "payment" in [one.name for one in found.findings]
    return [(one.verdict, one.text.en, one.text.sv) for one in found.findings if one.name == "limits"]


def unheld(monkeypatch: pytest.MonkeyPatch, *given: Any) -> Certificate:
    """A certificate by somebody whose program does not refuse what a limit does not let through."""
    with monkeypatch.context() as patched:
        patched.setattr("effekt.workflow.settling.check_correction", lambda *_: None)
        return settled(*given)


@pytest.mark.parametrize("place", LIMITS)
def test_a_verifier_is_told_of_a_limit_that_a_correction_exceeds(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = LIMITS[place]
    first = settled(text, "2023-01-31", "20", "0")
    assert limits(settled(text, "2023-02-15", "25", "20000", first), first) == [
        (
            "reproduced",
            "Limits of each settlement hold together with what it corrects, of 2023-01-31.",
            "Gränserna för varje avräkning håller tillsammans med det som det rättar, från 2023-01-31.",
        )
    ]
    second = unheld(monkeypatch, text, "2023-02-15", "26", "20000", first)
    beyond = f"{place.replace(' of', '')} < 26000"
    assert limits(second, first) == [
        (
            "different",
            f"Together with what it corrects, of 2023-01-31, it pays beyond what holds in each settlement: {beyond}.",
            f"Tillsammans med det som det rättar, från 2023-01-31, betalar det mer än vad som gäller vid varje "
            f"avräkning: {beyond}.",
        )
    ]
    assert limits(second) == []  # that the earlier one was not given is told by `supersedes`
    announced = text.replace('"2022-02-01"', f'"2022-02-01"{DAYS}')
    paid = settled(announced, "2023-01-31", "30", "0")
    assert limits(settled(announced, "2024-01-31", "32", "25000", paid), paid) == []  # the next settlement


def test_a_chain_of_corrections_is_held_to_a_limit_all_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20, 24 and 26 starts: 20 000, 4 000 and 2 000 are each within 25 000 with the one before, and not all of them."""
    text = CAPPED
    first = settled(text, "2023-01-31", "20", "0", folder=tmp_path)
    workflow.write_certificate(first, tmp_path / "first.json")
    second = settled(text, "2023-02-15", "24", "20000", first, tmp_path)
    workflow.write_certificate(second, tmp_path / "second.json")
    with pytest.raises(CertificateError) as error:
        settled(text, "2023-02-15", "26", "24000", second, tmp_path)
    assert str(error.value).startswith(
        "payment.lines.work.true_up.cap of 25000 holds in each settlement, and with the certificates of 2023-01-31 and "
        "2023-02-15, which this one corrects, 26000 would be paid under it."
    )
    assert settled(text, "2023-02-15", "25", "24000", second, tmp_path).due == "1000.00"
    third = settled(text, "2023-02-15", "26", "24000", second)  # the first is not there to be seen
    assert limits(third, first, second)[0][0] == "different"
    assert limits(third, second) == [
        (
            "cannot_tell",
            "The certificate of 2023-01-31, which was corrected before, was not given: that limits of each settlement "
            "hold together with it cannot be told.",
            "Intyget från 2023-01-31, som rättades dessförinnan, angavs inte: om gränserna för varje avräkning håller "
            "tillsammans med det kan inte avgöras.",
        )
    ]
    assert "limits were not held against every certificate" in (
        workflow.verify(third, contract=third.contract, earlier=second).summary.en
    )


def test_what_was_paid_anew_in_the_place_of_a_disputed_certificate_is_counted_once() -> None:
    """Of 20 starts 15 are undisputed and paid in place of all; once it is decided they are 25: 10 000 more, no more."""
    text = DISPUTED.replace("below_zero: clawback", 'below_zero: clawback, cap: "25000"')

    def again(earlier: Certificate, starts: str, paid: str, *declared: Declarations, date: str) -> Certificate:
        made = workflow.settle(
            read(decided(text)),
            date=date,
            attestations=[attested(text, starts, paid)],
            supersedes=earlier,
            reason="Disputed",
            declarations=declared,
        )
        return made.sign(KEY)

    first = settled(text, "2023-01-31", "20", "0")
    second = again(first, "20", "0", disputes("15"), date="2023-02-12")
    over = disputes("15", decided="2023-03-01")
    third = again(second, "25", "15000", over, date="2023-03-02")
    assert (second.due, third.due) == ("15000.00", "10000.00")
    assert limits(second, first) == []
    assert [one[0] for one in limits(third, first, second)] == ["reproduced"]
    with pytest.raises(CertificateError, match=r"certificate of 2023-02-12, which this one corrects, 26000 would"):
        again(second, "26", "15000", over, date="2023-03-02")


def test_a_line_that_is_open_in_a_correction_counts_what_was_paid_of_it() -> None:
    """20 000 of work are paid; while work is open, 10 000 of more work are beyond 25 000 together with that."""
    more = """    more:
      payers: {municipality: "1"}
      payee: provider
      pays: {unit_price: {price: "1000", figure: few, below_zero: zero}}
      true_up: {paid: "0", below_zero: clawback}
"""
    text = limited('caps: {all: {lines: [work, more], amount: "25000", reduces: last_line_first}}')
    text = text.replace("    base:\n", f"{more}    base:\n")
    first = settled(text, "2023-01-31", "20", "0")
    second = settled(text, "2023-02-15", "20", "20000", first)
    assert limits(second, first)[0][0] == "reproduced"
    plain = json.loads(second.envelope.payload)
    for line in plain["predicate"]["settlement"]["lines"]:
        line |= {"work": {"amount": None, "shares": []}, "more": {"amount": "10000.00"}}.get(line["id"], {})
    changed = Certificate(replace(second.envelope, payload=canonical_json(plain)))
    assert [one.text.en for one in limit_findings(changed, [first])] == [
        "Together with what it corrects, of 2023-01-31, it pays beyond what holds in each settlement: payment.caps.all "
        "25000 < 30000."
    ]


@pytest.mark.parametrize(
    ("limit", "place"),
    [
        ('floor: {amount: "15000", raises: base}', "payment.floor of 15000"),
        ('floors: {all: {lines: [work, base], amount: "15000", raises: base}}', "payment.floors.all of 15000"),
    ],
)
def test_a_correction_does_not_pay_a_floor_once_more(limit: str, place: str) -> None:
    """10 starts are raised to 15 000 through base; 2 starts more are 2 000, raised to 15 000 again."""
    text = limited(limit)
    first = settled(text, "2023-01-31", "10", "0")
    assert {one.id: one.amount for one in first.settlement.lines} == {"work": "10000.00", "base": "5000.00"}
    with pytest.raises(CertificateError) as error:
        settled(text, "2023-02-15", "12", "10000", first)
    assert str(error.value).startswith(
        f"{place} holds in each settlement, and with the certificate of 2023-01-31, which this one corrects, 25000 "
    )
    high = settled(text, "2023-01-31", "40", "0")  # 40 000, then 60 000: the floor is beneath both
    assert settled(text, "2023-02-15", "60", "40000", high).due == "20000.00"
    none = settled(text, "2023-01-31", "0", "0")  # nothing was paid of work: base is raised in the place of the first
    assert settled(text, "2023-02-15", "3", "0", none).due == "15000.00"


def test_a_correction_of_one_that_a_later_one_deducts_does_not_pass_that_by(tmp_path: Path) -> None:
    """10 and 20 starts are paid; who then corrects the first to 8 would have the next settlement deduct 8 of the 20."""
    first = settled(PLAIN, "2023-01-31", "10", "0")
    second = settled(PLAIN, "2023-02-10", "20", "10000")
    workflow.write_certificate(first, tmp_path / "first.json")
    workflow.write_certificate(second, tmp_path / "second.json")
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(settled(PLAIN, "2023-02-15", "8", "10000", first), tmp_path / "third.json")
    assert "Take the place of that last one instead (--supersedes second.json), with 20000 as paid" in str(error.value)
    workflow.write_certificate(settled(PLAIN, "2023-02-15", "18", "20000", second), tmp_path / "third.json")


def test_who_is_given_a_correction_that_passes_a_later_certificate_by_is_told() -> None:
    """30 and 35 starts were paid; the first is corrected to 25 after the second, which the third then leaves out."""
    first, second = settled(PLAIN, "2023-01-31", "30", "0"), settled(PLAIN, "2024-01-31", "35", "30000")
    by = settled(PLAIN, "2024-02-15", "25", "30000", first)
    third = settled(PLAIN, "2025-01-31", "40", by.paid_to_date["work"])
    for given in ([first, second, by], [by, second, first]):
        found = workflow.verify(third, contract=third.contract, earlier=given).findings
        (told,) = [one for one in found if one.name == "earlier:2024-01-31"]
        assert told.verdict == "different"
        assert "does not say that so much was paid before of work as this one deducts" in told.text.en
    corrected = settled(PLAIN, "2024-02-15", "34", "35000", second)
    right = settled(PLAIN, "2025-01-31", "40", corrected.paid_to_date["work"])
    found = workflow.verify(right, contract=right.contract, earlier=[first, second, corrected]).findings
    assert {one.verdict for one in found if one.name.startswith(("earlier:", "paid_before"))} == {"reproduced"}


def test_an_earlier_day_is_corrected_by_the_certificate_of_the_last(tmp_path: Path) -> None:
    for date, starts, paid in (("2023-01-31", "3", "0"), ("2024-01-31", "10", "3000")):
        made = of_a_day(date, starts, paid, earlier=None)
        workflow.write_certificate(made, tmp_path / f"{date}.json")
    first, last = (workflow.read_certificate(tmp_path / f"{day}.json") for day in ("2023-01-31", "2024-01-31"))
    for paid in ("0", "3000", "10000"):
        with pytest.raises(CertificateError) as error:
            of_a_day("2024-02-05", "4", paid, earlier=first, folder=tmp_path)
        assert str(error.value) == (
            "The file '2024-01-31.json' is a final certificate of 2024-01-31, made after the one of 2023-01-31, whose "
            "place this one takes. Take the place of that last one instead (--supersedes 2024-01-31.json), with 10000 "
            "as paid: it counts what was paid of all before. For base alone attest nothing of work: that waits, and "
            "what is due is settled by the last certificate."
        )
    draft = Certificate(replace(last.envelope, signatures=()))  # which binds nobody
    (tmp_path / "2024-01-31.json").write_bytes(draft.to_bytes())
    with pytest.raises(CertificateError, match=r"has as paid before, 3000; got 10000\.00\. Attest that: a correction"):
        of_a_day("2024-02-05", "4", "10000", earlier=first, folder=tmp_path)
    (tmp_path / "2024-01-31.json").write_bytes(last.to_bytes())
    assert of_a_day("2024-02-05", "11", "10000", earlier=last, folder=tmp_path).due == "1000.00"

"""Lines that each final certificate pays anew: what is new since the announced day before, and nothing twice."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from deciding import decided, read_decided

from effekt import workflow
from effekt._text import LANGUAGES
from effekt.certificates import generate_key, public_key, public_text
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, sign
from effekt.certificates.release import read_public
from effekt.contracts import (
    Contract,
    maximum_by_year,
    maximum_over,
    parse_attestation,
    parse_contract,
    parse_declarations,
)
from effekt.exceptions import ArgumentError, CertificateError, ContractError, DataError
from effekt.reports.public import OF_ONE_DAY, statement_text
from effekt.reports.text import certificate_text

Run = Callable[..., tuple[int, str, str]]
KEY = generate_key()
DAYS = ("2023-02-05", "2023-03-05", "2023-04-05")
LISTED = ", ".join(f'"{day}"' for day in DAYS)
TEXT = f"""schema: effekt/contract/1
id: monthly
title: {{sv: "Pris per månad", en: "Price per month"}}
parties:
  municipality: {{role: payer, name: "Kommunen"}}
  provider: {{role: provider, name: "Leverantören"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-12-01", outcome_data_from: "2023-01-01", certificates: [{LISTED}]}}
attribution: none
data:
  months: {{path: "months.csv", text: [person]}}
analysis:
  work:
    method: outcome_count
    data: months
    unit: person
    time: month
    outcome: {{column: worked, unit: "months", better: higher}}
    statistic: count
    at_least: 1
    missing: raise
figures:
  worked: {{measure: work, digits: 0, unit: month}}
  visits: {{attested: verifier, digits: 0, unit: visits, question: {{sv: "Hur många?", en: "How many?"}}}}
payment:
  currency: SEK
  quantum: "0.01"
  rounding: half_up
  due_days: 30
  lines:
    work:
      payers: {{municipality: "1"}}
      payee: provider
      pays: {{unit_price: {{price: "9250.55", figure: worked, below_zero: zero}}}}
      cap: "40000"
      paid_each: certificate
    visits:
      payers: {{municipality: "1"}}
      payee: provider
      pays: {{unit_price: {{price: "100", figure: visits, below_zero: zero}}}}
      cap: "2000"
      paid_each: certificate
"""
ROWS = {
    "2023-01": [("a", "2023-01", 1), ("b", "2023-01", 1), ("c", "2023-01", 0)],
    "2023-02": [("a", "2023-02", 1), ("b", "2023-02", 0), ("c", "2023-02", 1)],
    "2023-03": [("a", "2023-03", 1), ("b", "2023-03", 1), ("c", "2023-03", 1)],
}


def read(text: str = TEXT) -> Contract:
    return parse_contract(decided(text).encode())


def table(*months: str) -> dict[str, list[Any]]:
    rows = [row for month in months for row in ROWS[month]]
    return {
        name: list(column) for name, column in zip(("person", "month", "worked"), zip(*rows, strict=True), strict=True)
    }


def visits(value: str, date: str) -> Any:
    row = f'{{value: "{value}", by: verifier, date: "{date}", evidence: {{description: "Diary"}}}}'
    return parse_attestation(f"schema: effekt/attestation/1\ncontract: monthly\nfigures: {{visits: {row}}}".encode())


def settled(date: str, *months: str, attested: str | None = None, text: str = TEXT, **given: Any) -> Certificate:
    said = [visits("7", attested or date)]
    return workflow.settle(read(text), date=date, data={"months": table(*months)}, attestations=said, **given).sign(KEY)


def test_each_announced_day_pays_its_own_months_and_they_stand_beside_each_other(tmp_path: Path) -> None:
    first, second = settled(DAYS[0], "2023-01"), settled(DAYS[1], "2023-02")
    third = settled(DAYS[2], "2023-03")
    # 2, 2 and 3 months at 9 250.55 and 7 visits at 100: 18 501.10 + 700, the same, 27 751.65 + 700
    assert [one.due for one in (first, second, third)] == ["19201.10", "19201.10", "28451.65"]
    assert [one.settles for one in (first, second, third)] == list(DAYS)
    for number, one in enumerate((first, second, third)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    found = {one.name: one.verdict for one in workflow.verify(second, contract=read(), earlier=first).findings}
    assert (found["settles"], found["supersedes"]) == ("reproduced", "reproduced")
    told = {one.name: one for one in workflow.verify(second, contract=read(), earlier=first).findings}
    assert "each pays, of the lines with paid_each, what is new on its own announced day" in told["supersedes"].text.en
    assert "revised" not in told  # another table is what another day has
    workflow.report(first, tmp_path / "first.html", lang="en")
    assert "For the announced day" in (tmp_path / "first.html").read_text(encoding="utf-8")


def test_a_declared_revision_of_one_table_leaves_what_is_new_in_another() -> None:
    """The roll is revised, as is declared; the table of months is that of another day, as it must be."""
    roll = (
        "  roll: {method: outcome_count, data: roll, minimum_n: none, unit: person, statistic: count, at_least: 1, "
        "outcome: {column: listed, unit: people, better: higher}, missing: raise}\n"
    )
    text = TEXT.replace(
        "data:\n", "revisions: {then: refer}\ndata:\n  roll: {path: roll.csv, text: [person]}\n", 1
    ).replace("figures:\n", f"{roll}figures:\n  listed: {{measure: roll, digits: 0, unit: people}}\n", 1)
    said = '{data: roll, was: "%s", date: "2023-02-20", why: {sv: "x", en: "x"}}'
    made: list[Certificate] = []
    for day, month, people in ((DAYS[0], "2023-01", ["a", "b"]), (DAYS[1], "2023-02", ["a", "b", "c"])):
        head = f'schema: effekt/declarations/1\ncontract: monthly\nby: municipality\ndate: "{day}"\n'
        events = [parse_declarations(f"{head}revised: [{said % one.data['roll'].sha256}]\n".encode()) for one in made]
        data = {"months": table(month), "roll": {"person": people, "listed": [1] * len(people)}}
        settled_now = workflow.settle(
            read(text), date=day, data=data, attestations=[visits("7", day)], declarations=events
        )
        made.append(settled_now.sign(KEY))
    found = workflow.verify(made[1], contract=read(text), earlier=made[0])
    assert [(one.name, one.verdict) for one in found.findings if one.name == "revised"] == [("revised", "reproduced")]


def test_a_statement_of_one_day_is_not_held_against_the_rows_of_another(tmp_path: Path) -> None:
    """The table beside the contract is that of January; the certificate and its statement are of February."""
    second = settled(DAYS[1], "2023-02")
    (tmp_path / "contract.yaml").write_text(TEXT, encoding="utf-8")
    rows = [",".join(map(str, row)) for row in ROWS["2023-01"]]
    (tmp_path / "months.csv").write_text("\n".join(["person,month,worked", *rows, ""]), encoding="utf-8")
    contract = read_decided(tmp_path / "contract.yaml")
    statement = workflow.publish(second, key=KEY, salt=bytes(32))
    found = workflow.verify_statement(statement, certificate=second, salt=bytes(32), contract=contract)
    told = {one.name: one for one in found.findings}
    assert [name for name, one in told.items() if one.verdict == "different"] == []
    assert told["certificate"].verdict == "cannot_tell"
    assert "verify it with those that it does (--data)" in told["certificate"].text.en
    assert not workflow.verify(second, contract=contract).ok


def test_an_invented_table_of_another_day_is_not_shown_by_the_statement_and_found_by_the_earlier_one() -> None:
    """The payee invents new rows for March; the statement says that it cannot tell, and the data do."""
    invented = settled(DAYS[1], "2023-02")
    statement = workflow.publish(invented, key=KEY, salt=bytes(32))
    assert not workflow.verify_statement(statement, contract=read()).differences
    for lang in LANGUAGES:
        assert OF_ONE_DAY.in_language(lang) in " ".join(statement_text(read_public(statement), lang).split())
    true = {"months": table("2023-01")}
    assert {"data:months", "rows"} <= {one.name for one in workflow.verify(invented, data=true).differences}


def test_a_statement_of_other_data_is_false_where_no_line_is_paid_on_each(tmp_path: Path) -> None:
    text = TEXT.replace("      paid_each: certificate\n", "")
    made = settled(DAYS[1], "2023-02", text=text)
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    rows = [",".join(map(str, row)) for row in ROWS["2023-01"]]
    (tmp_path / "months.csv").write_text("\n".join(["person,month,worked", *rows, ""]), encoding="utf-8")
    contract = read_decided(tmp_path / "contract.yaml")
    statement = workflow.publish(made, key=KEY, salt=bytes(32))
    found = workflow.verify_statement(statement, certificate=made, salt=bytes(32), contract=contract)
    assert {one.name: one.verdict for one in found.findings}["certificate"] == "different"
    assert not found.ok


def test_no_row_is_paid_on_two_days_whatever_the_payee_gives() -> None:
    """Every choice of months on every day, beside an oracle that pays each month on the first day after it."""
    first_day_after = {"2023-01": DAYS[0], "2023-02": DAYS[1], "2023-03": DAYS[2]}
    price = Fraction("9250.55")
    for day in DAYS:
        for size in (1, 2, 3):
            for months in itertools.combinations(ROWS, size):
                allowed = all(first_day_after[month] == day for month in months)
                try:
                    line = settled(day, *months).settlement.lines[0]
                except DataError:
                    assert not allowed, (day, months)
                    continue
                assert allowed, (day, months)
                worked = sum(row[2] for month in months for row in ROWS[month])
                assert Fraction(line.amount or "") == price * worked


@pytest.mark.parametrize(
    ("date", "months", "told"),
    [
        (
            DAYS[1],
            ("2023-01", "2023-02"),
            "analysis.work: Column 'month' must hold nothing that was over on the announced day before, 2023-02-05, "
            "whose certificate pays for it; the first such is at row 1. Leave it out, or settle that day again with "
            "--supersedes and --reason.",
        ),
        (
            DAYS[0],
            ("2023-01", "2023-02"),
            "analysis.work: Column 'month' must hold what was over on the announced day 2023-02-05; the first that was "
            "not is at row 4. It is paid for on the next.",
        ),
    ],
)
def test_rows_of_another_day_are_refused(date: str, months: tuple[str, ...], told: str) -> None:
    with pytest.raises(DataError) as error:
        settled(date, *months)
    assert str(error.value) == told


def test_days_that_were_not_announced_and_what_was_attested_before_are_refused() -> None:
    with pytest.raises(ArgumentError) as error:
        settled("2023-02-06", "2023-01")
    assert str(error.value) == (
        "`date` must be a day announced for a final certificate, on each of which work and visits are paid: "
        "2023-02-05, 2023-03-05 or 2023-04-05; got 2023-02-06."
    )
    with pytest.raises(ArgumentError) as error:
        settled(DAYS[1], "2023-02", attested="2023-02-05")
    assert str(error.value) == (
        "`attestations` must have visits attested after 2023-02-05, the announced day before, whose certificate paid "
        "for what was attested then; got 2023-02-05. Attest what is new."
    )
    assert settled(DAYS[1], "2023-02", attested="2023-02-06").due == "19201.10"
    assert settled("2023-02-20", "2023-01", kind="interim").settles is None


def test_a_correction_is_of_the_day_that_it_corrects(tmp_path: Path) -> None:
    first, second = settled(DAYS[0], "2023-01"), settled(DAYS[1], "2023-02")
    late = settled("2023-03-20", "2023-01", attested="2023-03-19", supersedes=first, reason="Visits counted again")
    again = settled("2023-03-25", "2023-01", attested="2023-03-19", supersedes=late, reason="Once more")
    assert (late.settles, again.settles) == (DAYS[0], DAYS[0])
    for number, one in enumerate((first, second, late, again)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    found = {one.name: one.verdict for one in workflow.verify(late, contract=read(), earlier=first).findings}
    assert found["settles"] == "reproduced"
    for day, verdict in (
        (DAYS[0], "reproduced"),
        (DAYS[1], "different"),
        (None, "different"),
        ("2023-02-06", "different"),
    ):
        other = forged(late, settles=day)
        with_it = {one.name: one for one in workflow.verify(other, contract=read(), earlier=first).findings}
        assert with_it["settles"].verdict == verdict
    without = {one.name: one for one in workflow.verify(forged(late, settles=None), contract=read()).findings}
    assert without["settles"].verdict == "different"
    with pytest.raises(DataError, match="must hold what was over on the announced day 2023-02-05"):
        settled("2023-03-20", "2023-02", attested="2023-03-19", supersedes=first, reason="Other rows")


def test_one_announced_day_is_paid_once(tmp_path: Path) -> None:
    workflow.write_certificate(settled(DAYS[0], "2023-01"), tmp_path / "first.json")
    other = settled(DAYS[0], "2023-01", attested="2023-02-04")
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(other, tmp_path / "second.json")
    assert str(error.value) == (
        "The file 'first.json' is a final certificate of 2023-02-05, and this one pays work and visits again: work and "
        "visits of the same day, or on the same rows and attestations. Settle the next announced day on what is new, "
        "or say that this certificate takes its place and why (--supersedes, --reason)."
    )


def forged(certificate: Certificate, **keys: Any) -> Certificate:
    predicate = {name: value for name, value in (certificate.predicate | keys).items() if value is not None}
    statement = json.loads(certificate.envelope.payload) | {"predicate": predicate}
    return Certificate(sign(Envelope(payload=canonical_json(statement)), KEY))


def test_whoever_signs_another_day_or_the_same_rows_is_told(tmp_path: Path) -> None:
    first = settled(DAYS[0], "2023-01")
    moved = forged(first, settles=DAYS[1])
    found = {one.name for one in workflow.verify(moved, contract=read()).differences}
    assert "settles" in found
    rows = workflow.verify(moved, contract=read(), data={"months": table("2023-01")}).differences
    assert "rows" in {one.name for one in rows}
    later = forged(first, settles=DAYS[1], date=DAYS[1])  # the month of January, claimed once more in March
    beside = {one.name: one for one in workflow.verify(later, contract=read(), earlier=first).findings}
    assert beside["supersedes"].verdict == "different"
    workflow.write_certificate(first, tmp_path / "first.json")
    with pytest.raises(CertificateError, match="pays work and visits again: work and visits of the same day, or on"):
        workflow.write_certificate(later, tmp_path / "later.json")
    undated = forged(first, settles=None)
    assert "settles" in {one.name for one in workflow.verify(undated, contract=read()).differences}


def test_what_all_days_can_pay_and_how_the_annex_says_it() -> None:
    contract = read()
    assert maximum_over(contract, 3) == "126000.00"  # three times 40 000 and 2 000
    assert maximum_by_year(contract, list(DAYS)) == {"2023": "126000.00"}
    annex = workflow.annex(contract, lang="sv").replace("\u00a0", " ")
    assert (
        "högst 40 000 kr, på nytt i varje slutligt intyg, för det som tillkommit sedan den föregående angivna" in annex
    )
    annex = workflow.annex(contract, lang="en")
    assert "anew on each final certificate, for what is new since the announced day before" in annex
    assert [one.place for one in workflow.check(contract).undecided if one.field == "paid_each"] == []


def test_the_annex_says_that_a_row_waits_for_the_announced_day_on_which_it_is_over() -> None:
    told = [text for text in workflow.check(read()).by_convention if "analysis work" in text.en]
    assert [(text.en, text.sv) for text in told if "announced" in text.en] == [
        (
            "A row of analysis work is counted on the first announced day on which its period is over: on each such "
            "day the rows whose last day is that day or earlier, and after the announced day before. Any other row is "
            "refused, also one whose period has begun and is not over.",
            "En rad i analysen work räknas på den första angivna dag då dess period är slut: på varje sådan dag de "
            "rader vars sista dag är den dagen eller tidigare, och efter den föregående angivna dagen. Andra rader "
            "avvisas, också en vars period har börjat men inte är slut.",
        )
    ]
    assert not any("counted as a whole one" in text.en for text in told)
    with pytest.raises(DataError, match="must hold what was over on the announced day 2023-02-05"):
        settled("2023-02-05", "2023-01", "2023-02")  # as it says
    assert settled("2023-03-05", "2023-02").settlement.lines[0].amount == "18501.10"


def test_an_outlook_says_of_how_many_settlements_it_is() -> None:
    found = workflow.outlook(read(), std_errors=["1"], effects=["2"], figure="worked", assumed={"visits": "7"})
    told = found.text("en").replace("\u00a0", " ").splitlines()[0]
    assert told == (
        "In one settlement, which all that follows is of, the contract pays at least SEK 0 and at most SEK 42,000. At "
        "most payable in the 3 settlements of 2023-02-05, 2023-03-05 and 2023-04-05 together: SEK 126,000."
    )
    assert found.text("sv").replace("\u00a0", " ").splitlines()[0] == (
        "Vid en avräkning, som allt nedan gäller, betalar avtalet lägst 0 kr och högst 42 000 kr. Högst att betala vid "
        "de 3 avräkningarna 2023-02-05, 2023-03-05 och 2023-04-05 tillsammans: 126 000 kr."
    )
    assert json.loads(found.to_json())["settlements"]["maximum"] == "126000.00"


def test_two_lines_that_pay_do(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="where a line pays; work and visits do"):
        settled(DAYS[0], "2023-01", kind="nil")


IN_BOTH = TEXT.replace("unit: visits", 'unit: {sv: "hembesök", en: "home visits"}').replace(
    "digits: 0, unit: month}", 'digits: 0, unit: {sv: "personmånader", en: "person months"}}'
)


def test_a_unit_in_both_languages_is_printed_in_each(tmp_path: Path) -> None:
    contract = read(IN_BOTH)
    for lang, words, others in (
        ("sv", ("enhet hembesök", "enhet personmånader"), ("home visits", "person months")),
        ("en", ("unit home visits", "unit person months"), ("hembesök", "personmånader")),
    ):
        annexed = workflow.annex(contract, lang=lang)
        assert all(word in annexed for word in words)
        assert not any(word in annexed for word in others)
        printed = " ".join(certificate_text(settled(DAYS[0], "2023-01", text=IN_BOTH), lang).split())
        assert words[0].split(maxsplit=1)[1] in printed
        assert others[0] not in printed
    certificate = settled(DAYS[0], "2023-01", text=IN_BOTH)
    assert [one.unit for one in certificate.figures] == ["person months", "home visits"]
    assert certificate.settlement.total == settled(DAYS[0], "2023-01").settlement.total
    assert not workflow.verify(certificate, contract=contract, data={"months": table("2023-01")}).differences


@pytest.mark.parametrize("unit", ["month", "visits"])
def test_a_unit_of_one_text_is_printed_as_before(unit: str) -> None:
    words = {"month": "enhet månad", "visits": "enhet visits"}
    assert words[unit] in workflow.annex(read(), lang="sv")


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ('{sv: "ja/nej", en: "yes/no"}', "unit must be one text, yes/no, for a figure in it, and not one in each"),
        ('{sv: "SEK", en: "kronor"}', "unit must be one text, SEK, for a figure in it, and not one in each language."),
        ('{sv: "yyyymmdd", en: "day"}', "unit must be one text, yyyymmdd, for a figure in it, and not one in each"),
        ('{sv: "besök"}', "unit lacks the key en; add it."),
        ('{sv: "besök", en: ""}', "unit.en must be a text on one line that is not blank"),
        ("[besök]", "unit must be"),
    ],
)
def test_what_a_unit_cannot_be(unit: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        read(TEXT.replace("unit: visits", f"unit: {unit}"))
    assert f"figures.visits.{told}" in str(error.value)


OTHER = """    all:
      payers: {municipality: "1"}
      payee: provider
      pays: {unit_price: {price: "1", figure: worked, below_zero: zero}}
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            f", certificates: [{LISTED}]",
            "",
            "needs the days on which it is paid; announce them under dates.certificates.",
        ),
        ("    time: month\n", "", "needs to know when each row of work was; count it with time."),
        (
            "      paid_each: certificate\n    visits",
            '      paid_each: certificate\n      due: "2023-06-01"\n    visits',
            "cannot stand beside due, since it falls due after each certificate; use due_days.",
        ),
        (
            "      paid_each: certificate\n    visits",
            '      paid_each: certificate\n      true_up: {paid: "0", below_zero: floor}\n    visits',
            "cannot stand beside true_up, which deducts what was paid before; keep one.",
        ),
        (
            "    visits:\n",
            f"{OTHER}    visits:\n",
            "cannot hold for work, whose table a line counts that is not paid on each certificate; give that line a "
            "table of its own.",
        ),
        (
            "    at_least: 1\n",
            "    at_least: 1\n    max_per_unit: 12\n",
            "cannot hold for work, which limits what one person counts for since the contract began, while each "
            "certificate sees the new rows alone; use true_up.",
        ),
        (
            'unit_price: {price: "9250.55", figure: worked, below_zero: zero}',
            'milestones: {people: "9", order: any, steps: [{figure: worked, pays: "1"}]}',
            "cannot hold for milestones, which count persons since the contract began; use true_up.",
        ),
    ],
)
def test_what_cannot_be_paid_on_each_certificate(before: str, after: str, told: str) -> None:
    assert before in TEXT
    with pytest.raises(ContractError) as error:
        read(TEXT.replace(before, after, 1))
    assert f"payment.lines.work.paid_each {told}" in str(error.value)


# --- several earlier certificates ------------------------------------------------------------------------------------


def told_of(certificate: Certificate, *earlier: Certificate) -> dict[str, str]:
    found = workflow.verify(certificate, contract=read(), earlier=earlier)
    return {one.name: one.verdict for one in found.findings if one.name.partition(":")[0] in ("earlier", "supersedes")}


def test_a_third_certificate_is_held_against_both_before_it() -> None:
    first, second, third = settled(DAYS[0], "2023-01"), settled(DAYS[1], "2023-02"), settled(DAYS[2], "2023-03")
    expected = {"supersedes": "reproduced", f"earlier:{DAYS[0]}": "reproduced"}
    assert told_of(third, first, second) == told_of(third, second, first, second) == expected
    (beside,) = [
        one for one in workflow.verify(third, earlier=[first, second]).findings if one.name.startswith("earlier:")
    ]
    assert "stands beside this one: no line is paid twice for the same" in beside.text.en
    assert "gäller vid sidan av detta: ingen rad betalas två gånger för detsamma" in beside.text.sv


def announced_of(certificate: Certificate, *earlier: Certificate) -> tuple[str, str]:
    found = workflow.verify(certificate, contract=read(), earlier=earlier).findings
    (told,) = [one for one in found if one.name == "announced"]
    return told.verdict, told.text.en


def test_the_announced_days_whose_certificates_are_given_are_not_asked_for() -> None:
    first, second, third = settled(DAYS[0], "2023-01"), settled(DAYS[1], "2023-02"), settled(DAYS[2], "2023-03")
    ask = "Certificates, if only nil ones, were also due on {}; ask for each."
    assert announced_of(third) == ("cannot_tell", ask.format("2023-02-05 and 2023-03-05"))
    assert announced_of(third, second) == ("cannot_tell", ask.format("2023-02-05"))
    assert announced_of(third, first, second) == (
        "reproduced",
        "Certificates were also due on 2023-02-05 and 2023-03-05; they, or those that took their place, were given.",
    )
    late = settled("2023-03-20", "2023-01", attested="2023-03-19", supersedes=first, reason="Counted again")
    assert announced_of(late, first) == ("cannot_tell", ask.format("2023-03-05"))  # it is itself of 2023-02-05
    assert announced_of(third, late, second)[0] == "reproduced"  # which takes the place of the first
    other = read(TEXT.replace("id: monthly", "id: quarterly"))
    foreign = workflow.settle(other, date=DAYS[0], data={"months": table("2023-01")})
    assert announced_of(second, foreign) == ("cannot_tell", ask.format("2023-02-05"))


def test_who_pays_the_rows_of_the_first_again_in_the_third_is_found() -> None:
    """Held against the second alone, as one could before, nothing is seen."""
    first, second = settled(DAYS[0], "2023-01"), settled(DAYS[1], "2023-02")
    again = forged(settled(DAYS[2], "2023-03"), data=first.predicate["data"])
    assert told_of(again, second)["supersedes"] == "reproduced"
    assert told_of(again, first, second) == {"supersedes": "reproduced", f"earlier:{DAYS[0]}": "different"}
    (told,) = [one for one in workflow.verify(again, earlier=[first, second]).differences if "earlier:" in one.name]
    assert "pays work, as this one does: both are not to be paid" in told.text.en
    assert "betalar work, liksom detta: båda ska inte betalas" in told.text.sv


def test_what_was_superseded_pays_nothing_beside() -> None:
    wrong = settled(DAYS[0], "2023-01")
    right = settled(DAYS[0], "2023-01", supersedes=wrong, reason="A row was missing.")
    second = settled(DAYS[1], "2023-02")
    assert told_of(second, wrong, right) == {"supersedes": "reproduced", f"earlier:{DAYS[0]}": "reproduced"}
    assert told_of(right, wrong, second) == {"supersedes": "reproduced"}
    (told,) = [one for one in workflow.verify(second, earlier=[wrong, right]).findings if "earlier:" in one.name]
    assert "was superseded by another one given" in told.text.en


def test_only_certificates_are_earlier() -> None:
    first = settled(DAYS[0], "2023-01")
    with pytest.raises(ArgumentError, match=r"`earlier` must be certificates .*; got str\."):
        workflow.verify(first, earlier=["first.json"])


def test_the_command_takes_several(effekt: Run, tmp_path: Path) -> None:
    paths = []
    for number, day in enumerate(DAYS, start=1):
        paths.append(tmp_path / f"{number}.json")
        workflow.write_certificate(settled(day, f"2023-0{number}"), paths[-1])
    code, out, _ = effekt("verify", paths[2], "--earlier", paths[0], "--earlier", paths[1], "--lang", "en")
    assert code == 0
    assert f"earlier:{DAYS[0]}" in out
    assert "It supersedes none; the final certificate of 2023-03-05 stands beside it" in out


@pytest.mark.parametrize("day", [DAYS[0], "2023-02-08"])
def test_a_certificate_behind_a_missing_link_of_corrections_accuses_nobody(day: str) -> None:
    """The second correction names the first, which took the place of the certificate; that first one is not given."""
    first, second = settled(DAYS[0], "2023-01"), settled(DAYS[1], "2023-02")
    late = settled(day, "2023-01", supersedes=first, reason="counted anew")
    again = settled("2023-02-10", "2023-01", supersedes=late, reason="counted again")
    for found, given in ((again, [first]), (second, [first, again])):
        verified = workflow.verify(found, contract=read(), earlier=given)
        assert not verified.differences, [one.text.en for one in verified.differences]
    told = {one.name: one for one in workflow.verify(again, contract=read(), earlier=[first, second]).findings}
    assert told["supersedes"].verdict == "cannot_tell"
    told = {one.name: one for one in workflow.verify(second, contract=read(), earlier=[first, again]).findings}
    link = f"may be one whose place was taken: that of {day}, digest {late.sha256[:16]}…, which would show it, was not"
    assert told[f"earlier_link:{DAYS[0]}"].verdict == "cannot_tell"
    assert link in told[f"earlier_link:{DAYS[0]}"].text.en
    whole = workflow.verify(second, contract=read(), earlier=[first, late, again]).findings
    assert {one.verdict for one in whole if one.name.startswith("earlier:")} == {"reproduced"}


def test_a_missing_link_excuses_nothing_that_was_declared() -> None:
    """What the first one declares travels through every correction, so whoever leaves it out is told, link or not."""
    text = 'schema: effekt/declarations/1\ncontract: monthly\nby: verifier\ndate: "2023-02-05"\nchecklist:\n'
    failed = parse_declarations(f"{text}  C6: {{verdict: fail}}\n".encode())
    first, second = settled(DAYS[0], "2023-01", declarations=[failed]), settled(DAYS[1], "2023-02")
    late = settled("2023-02-08", "2023-01", supersedes=first, reason="counted anew")
    again = settled("2023-02-10", "2023-01", supersedes=late, reason="counted again")
    told = {one.name: one for one in workflow.verify(second, contract=read(), earlier=[first, again]).findings}
    assert told[f"earlier:{DAYS[0]}"].verdict == "different"
    assert "that this one neither has nor says it leaves out: 1" in told[f"earlier:{DAYS[0]}"].text.en


def test_what_takes_a_place_is_of_the_same_day_whatever_its_date() -> None:
    first = settled(DAYS[0], "2023-01")
    final = settled("2023-02-20", "2023-01", supersedes=first, reason="it is mended")
    assert [one.settles for one in (first, final)] == [DAYS[0]] * 2
    beside = settled(DAYS[1], "2023-02", kind="interim")
    assert beside.settles == DAYS[1]
    assert settled("2023-03-10", "2023-02", supersedes=beside, reason="it is final").settles == DAYS[1]
    assert settled("2023-02-20", "2023-01", kind="interim", attested=DAYS[0]).settles is None
    assert not workflow.verify(final, contract=read(), earlier=first).differences

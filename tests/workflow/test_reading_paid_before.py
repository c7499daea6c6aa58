"""What an amended line that is paid on each day does to what was paid before, as it deducts that or reads it else."""

from __future__ import annotations

import re

import pytest
from contracts.builders import given
from workflow.test_shared_anew import BEFORE, amended

from effekt.contracts import Contract, settle_figures
from effekt.workflow import amend, annex

LINE = BEFORE[BEFORE.index("    jobs:") : BEFORE.index("    starts:")]
EACH = (
    BEFORE[: BEFORE.index("    starts:")]
    .replace('from: "2022-03-01"}', 'from: "2022-03-01", certificates: ["2022-12-31", "2023-06-30", "2023-12-31"]}')
    .replace(" unit: SEK, question", " unit: SEK, paid_before: {line: jobs}, question")
    .replace(
        "payment:\n",
        '  due: {derived: {product: [done, "100"]}, digits: 0, unit: SEK}\n'
        "  new: {derived: {difference: [due, paid]}, digits: 0, unit: SEK}\n"
        '  left: {derived: {difference: ["5000", paid]}, digits: 0, unit: SEK}\n'
        '  ceiling: {derived: {greatest: [left, "0"]}, digits: 0, unit: SEK}\n'
        "payment:\n",
    )
)
OWN = '{unit_price: {price: "100", figure: done, below_zero: zero}}'
LEFT = '{unit_price: {price: "1", figure: ceiling, below_zero: zero}}'


def of(pays: str, more: str = "") -> str:
    line = f'    jobs: {{payers: {{town: "1"}}, payee: firm, pays: {pays}, paid_each: certificate{more}}}\n'
    return EACH.replace(LINE, line)


CEILING = of(f"{{lesser_of: [{OWN}, {LEFT}]}}")
GATE = of(OWN, ', when: {figure: paid, lt: "5000"}')
DEDUCTS = of('{unit_price: {price: "1", figure: new, below_zero: negative}}')
PRICE, DUE = ('price: "100"', 'price: "150"'), ('"100"]', '"150"]')
STRONG = (
    "Of all that is due of the line jobs since the contract began, also in the time of the files before this one, only "
    "paid is deducted as paid before"
)
HERE = (
    "The line jobs reads what was paid by the files before this one as paid: it is counted as it was paid. What the "
    "line pays from 2023-06-30 on follows from the terms here and from what was paid before."
)
ONLY = " Only where these deduct it from all that is due since the contract began do they also hold for what was paid."
HERE_SV = (
    "Raden jobs läser det som betalats enligt filerna före denna som paid: det räknas som det betalades. Det som raden "
    "betalar från och med 2023-06-30 följer av villkoren här och av det som betalats tidigare."
)
ONLY_SV = (
    " Bara där dessa drar av det från allt som ska betalas sedan avtalets början gäller de också för det som är betalt."
)
EXCEPT = (
    " An announced day before 2023-06-30 is excepted: it is settled by the file that held on it, also late or again."
)
EXCEPT_SV = (
    " En angiven dag före 2023-06-30 är undantagen: den avräknas enligt den fil som gällde då, även sent eller på nytt."
)


def paid(contract: Contract, done: str, before: str) -> str:
    (line,) = settle_figures(contract, given(contract, {"done": done, "paid": before})).lines
    assert line.amount is not None
    return line.amount


def told(text: str, *changes: tuple[str, str]) -> tuple[list[str], list[str]]:
    """What `amend` cautions of, but the days and that those before them are excepted, in both languages."""
    found = amend(*amended(text, *changes)).cautions
    assert found[-1].en.startswith("Of jobs, paid on each announced day, the terms of this file hold from 2023-06-30")
    assert all(one.en.endswith(EXCEPT) and one.sv.endswith(EXCEPT_SV) for one in found[:-1])
    return [one.en.removesuffix(EXCEPT) for one in found[:-1]], [one.sv.removesuffix(EXCEPT_SV) for one in found[:-1]]


def of_annex(contract: Contract, lang: str) -> str:
    words = {"en": "files before this one", "sv": "filerna före denna"}[lang]
    lines = [line.partition(". ")[2] for line in annex(contract, lang=lang).splitlines()]  # type: ignore[arg-type]
    (line,) = [line for line in lines if words in line]
    excepted = {"en": EXCEPT, "sv": EXCEPT_SV}[lang]
    assert line.endswith(excepted)
    return line.removesuffix(excepted)


@pytest.mark.parametrize(("text", "only", "only_sv"), [(CEILING, ONLY, ONLY_SV), (GATE, "", "")])
def test_a_ceiling_and_a_condition_settle_nothing_anew(text: str, only: str, only_sv: str) -> None:
    """Ten at 100 are paid; of ten more at 150 1 500 are due, and the first ten are not raised by 500."""
    before, after = amended(text, PRICE)
    assert paid(before, "10", "0") == "1000"
    assert paid(after, "10", "1000") == "1500"
    assert of_annex(after, "en") == HERE + only
    assert of_annex(after, "sv") == HERE_SV + only_sv
    changes = "The amendment changes what jobs pays, which reads what was paid before as paid: it is counted"
    (en,), (sv,) = told(text, PRICE)
    assert en == (HERE + only).replace(HERE[: HERE.index("counted") + 7], changes).replace(
        "the terms here", "the new terms"
    )
    assert sv.startswith("Ändringen ändrar vad jobs betalar, där det som betalats tidigare läses som paid: det räknas")
    assert sv.partition(": ")[2] == (HERE_SV + only_sv).partition(": ")[2].replace("villkoren här", "de nya villkoren")


def test_what_was_paid_still_counts_in_a_ceiling_for_another_payee() -> None:
    """Of the 5 000 in all 4 500 are paid to the firm: 500 are left to the auditor, who gets no more."""
    to_auditor = ("payee: firm", "payee: auditor")
    _, after = amended(CEILING, to_auditor)
    assert paid(after, "10", "4500") == "500"
    (en,), (sv,) = told(CEILING, to_auditor)
    assert en == (
        "The amendment changes who bears jobs or to whom it is paid, and the line reads what was paid before as paid: "
        "what was paid stays as it was shared and still counts there, whoever paid it or was paid; what is paid from "
        "2023-06-30 on is paid by and to those of the new terms."
    )
    assert sv == (
        "Ändringen ändrar vem som bär jobs eller vem som får betalt för den, och raden läser det som betalats tidigare "
        "som paid: det som är betalt förblir fördelat som det var och räknas fortfarande in där, vem som än har "
        "betalat eller fått det; det som betalas från och med 2023-06-30 betalas av och till dem som de nya villkoren "
        "anger."
    )
    (named,), (namn,) = told(GATE, ('name: "Firman"', 'name: "Nyfirman"'))
    assert "takes the place of the former in jobs, which count what was paid before: what the former" in named
    assert "i den förras ställe i jobs, där det som betalats tidigare räknas in: det som den förra" in namn


def test_a_line_that_reads_it_no_more_or_is_taken_away() -> None:
    (when,) = re.findall(r", when: \{.*?\}", GATE)
    (en,), (sv,) = told(GATE, (when, ""))
    assert en.startswith("By the amendment jobs no longer reads what was paid before: what was paid of it stays paid, ")
    assert sv.startswith("Ändringen gör att jobs inte längre läser det som betalats tidigare: det som är betalt på ")
    _, after = amended(GATE, (when, ""))
    assert paid(after, "10", "6000") == "1000"  # beside what was paid
    other, jobs = GATE.replace("line: jobs", "line: other"), GATE[GATE.index("    jobs:") :]
    two = GATE + jobs.replace("jobs:", "other:").replace("figure: paid", "figure: done")
    assert other.count("jobs") == 1
    found = amend(*amended(two, (jobs, "")[::1], ("line: jobs", "line: other"))).cautions[0]
    assert found.en == (
        "The amendment takes away the line jobs, which read what was paid before: what was paid of it stays paid, and "
        "what was due of it and is not paid is due no more." + EXCEPT
    )
    assert found.sv == (
        "Ändringen tar bort raden jobs, där det som betalats tidigare lästes: det som är betalt på den förblir betalt, "
        "och det som återstod att betala på den ska inte längre betalas." + EXCEPT_SV
    )


def test_a_difference_is_all_that_is_due_less_what_was_paid() -> None:
    """Twelve at 150 are 1 800, of which 1 000 are paid; six are 900, and 100 are paid back."""
    _, after = amended(DEDUCTS, DUE)
    assert (paid(after, "12", "1000"), paid(after, "6", "1000")) == ("800", "-100")
    assert of_annex(after, "en").startswith(STRONG)
    assert of_annex(after, "en").endswith("what was paid too much is paid back.")
    (en,), _ = told(DEDUCTS, DUE)
    assert "the new terms, a new price too, also hold for what was paid already" in en


@pytest.mark.parametrize(
    "text",
    [
        of('{unit_price: {price: "2", figure: new, below_zero: zero}}'),  # deducts twice what was paid
        of(f'{{greater_of: [{{fixed: "1"}}, {OWN.replace("100", "1").replace("done", "new")}]}}'),
        of('{unit_price: {price: "1", figure: new, below_zero: zero}}', ', when: {figure: done, ge: "5"}'),
        of('{unit_price: {price: "1", figure: new, below_zero: zero}, when: {figure: done, ge: "5"}}'),
        of('{unit_price: {price: "1", figure: ceiling, below_zero: zero}}'),
        DEDUCTS.replace("[due, paid]", "[ceiling, paid]"),  # counts what was paid twice
        DEDUCTS.replace("difference: [due, paid]", "sum: [due, paid]"),
    ],
)
def test_in_doubt_only_what_always_holds_is_said(text: str) -> None:
    _, after = amended(text, ("How many?", "How many in all?"))
    assert of_annex(after, "en") == HERE + ONLY
    assert of_annex(after, "sv") == HERE_SV + ONLY_SV


LIMITED = (
    "The amendment changes what one certificate pays of jobs at most or at least, which holds for each certificate by "
    "itself: what was paid by the old limits is deducted as it was paid, and is not held against the new ones. What "
    "the old ones held back is due on later certificates, and what they added is deducted there, by the new ones."
)
LIMITED_SV = (
    "Ändringen ändrar det högsta eller lägsta som ett intyg betalar av jobs, vilket gäller för varje intyg för sig: "
    "det som betalats enligt de gamla gränserna dras av som det betalades och prövas inte mot de nya. Det som de gamla "
    "höll inne ska betalas enligt senare intyg, och det som de lade till dras av där, enligt de nya."
)


@pytest.mark.parametrize("inside", [False, True])
def test_a_cap_of_each_certificate_takes_nothing_back(inside: bool) -> None:
    """Ten at 100 are paid; with 500 at most by each certificate nothing of it is paid back, and the rest waits."""
    after_what = "below_zero: negative}" if inside else "paid_each: certificate"
    change = (after_what, f'{after_what}, cap: "500"')
    before, after = amended(DEDUCTS, change)
    assert [paid(before, done, "1000") for done in ("10", "18")] == ["0", "800"]
    assert [paid(after, done, "1000") for done in ("10", "18")] == ["0", "500"]
    assert paid(after, "18", "1500") == "300"  # what was held back, on a later certificate
    assert told(DEDUCTS, change) == ([LIMITED], [LIMITED_SV])
    assert of_annex(after, "en").startswith(STRONG)
    assert of_annex(after, "en").endswith(
        " What one certificate pays at most or at least holds for each by itself: what is held back is due on later "
        "ones, and what is added is deducted there."
    )
    assert of_annex(after, "sv").endswith(
        " Det högsta eller lägsta som ett intyg betalar gäller för varje intyg för sig: det som hålls inne ska "
        "betalas enligt senare intyg, och det som läggs till dras av där."
    )
    (both,), _ = told(DEDUCTS, change, DUE)
    assert "also hold for what was paid already" in both
    assert "holds for each by itself" in both


def test_what_an_old_floor_added_is_deducted() -> None:
    floor = ("paid_each: certificate", 'paid_each: certificate, floor: "1500"')
    text = DEDUCTS.replace(*floor)
    before, after = amended(text, floor[::-1])
    assert (paid(before, "10", "0"), paid(after, "18", "1500")) == ("1500", "300")
    assert told(text, floor[::-1]) == ([LIMITED], [LIMITED_SV])


def test_a_most_of_each_settlement_with_true_up_takes_nothing_back() -> None:
    text = BEFORE[: BEFORE.index("    starts:")]
    before, after = amended(text, ("below_zero: clawback}", 'below_zero: clawback, cap: "500"}'))
    assert [paid(one, "10", "1000") for one in (before, after)] == ["0", "0"]
    assert paid(after, "18", "1000") == "500"
    assert [one.en for one in amend(before, after).cautions] == [LIMITED]


STEPS = '  waterfall: {from: firm, steps: [{to: {region: "1"}, up_to: "500"}, {to: {firm: "1"}}]}\n'


@pytest.mark.parametrize("text", [CEILING, GATE])
@pytest.mark.parametrize("change", [('"500"', '"700"'), ('{to: {firm: "1"}}', '{to: {region: "0.5", firm: "0.5"}}')])
def test_another_way_to_pass_on_what_such_a_line_is_paid(text: str, change: tuple[str, str]) -> None:
    before, after = amended(text + STEPS, change)
    (en,), (sv,) = told(text + STEPS, change)
    assert en == (
        "The amendment changes to whom Firman passes on what it is paid of jobs, which reads what was paid before: "
        "what was passed on stays as it was shared, and what is passed on from 2023-06-30 on is shared by the new "
        "terms."
    )
    assert sv == (
        "Ändringen ändrar till vem Firman fördelar det den får betalt för jobs, där det som betalats tidigare läses: "
        "det som är fördelat förblir fördelat som det var, och det som fördelas från och med 2023-06-30 fördelas efter "
        "de nya villkoren."
    )
    here = (
        "What Firman passed on of jobs by the files before this one stays as it was shared; what it passes on from "
        "2023-06-30 on is shared by the terms here." + EXCEPT
    )
    assert here in annex(after, lang="en")
    assert here not in annex(before, lang="en")
    assert (
        "Det som Firman fördelat av jobs enligt filerna före denna förblir fördelat som det var; det som den fördelar "
        f"från och med 2023-06-30 fördelas efter villkoren här.{EXCEPT_SV}" in annex(after, lang="sv")
    )


def test_what_such_a_line_is_paid_is_passed_on_no_more() -> None:
    (en,), (sv,) = told(CEILING + STEPS, (STEPS, ""))
    assert en == (
        "By the amendment Firman no longer passes on what is paid of jobs, which reads what was paid before: what was "
        "passed on stays as it was shared, and nothing of what is paid from 2023-06-30 on is passed on by Firman."
    )
    assert sv == (
        "Ändringen gör att Firman inte längre fördelar det som betalas för jobs, där det som betalats tidigare läses: "
        "det som är fördelat förblir fördelat som det var, och inget av det som betalas från och med 2023-06-30 "
        "fördelas av Firman."
    )


def test_a_step_of_another_amount_than_before_is_told_where_a_figure_says_it() -> None:
    steps = STEPS.replace('up_to: "500"', "up_to: most")
    text = CEILING.replace(
        "payment:\n", '  most: {derived: {least: [done, "500"]}, digits: 0, unit: SEK}\npayment:\n', 1
    )
    (en,), _ = told(text + steps, ('"500"', '"700"'))
    assert en.startswith("The amendment changes to whom Firman passes on what it is paid of jobs, which reads")

"""A line that an amendment gives another name, and one that is new: what was paid before is not paid again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from workflow import test_each_series as each_series
from workflow.test_each_series import DAYS, KEY
from workflow.test_first_days import FIRST, KEYS, SUM, amended, settled, told, values, verdicts

from effekt import workflow
from effekt.certificates import Envelope
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError
from effekt.workflow import amend, annex

TOTAL = "    total:\n"
UNDER = "true_up: {paid: paid,"


def line_text(name: str, figure: str = "paid") -> str:
    return (
        f'    {name}:\n      payers: {{municipality: "1"}}\n      payee: provider\n      pays: {{unit_price: {{price: '
        f'"10", figure: total, below_zero: zero}}}}\n      true_up: {{paid: {figure}, below_zero: clawback}}\n'
    )


def changed(before: Contract, *changes: tuple[str, str], date: str = "2023-03-01") -> Contract:
    """An amendment of the same terms in which texts are replaced."""
    text = amended(before, date=date).raw.decode()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse_contract(text.encode())


def other_paid(name: str = "other_paid") -> tuple[str, str]:
    row = f'  {name}: {{attested: verifier, digits: 0, unit: SEK, question: {{sv: "x", en: "x"}}, missing_data: '
    row += "{sv: x, en: x}, reference_period: {sv: x, en: x}}\n"
    return "payment:\n  currency", f"{row}payment:\n  currency"


def measured(name: str = "other_paid") -> tuple[str, str]:
    return "measures: {", f"measures: {{{name}: {{step: parameter, source: {{sv: x, en: x}}}}, "


def locked(contract: Contract) -> Envelope | None:
    lock = None
    for key in KEYS.values():
        lock = workflow.lock(contract, key=key, date="2023-03-01", beside=lock, undecided_accepted=True)
    return lock


NAMED = (TOTAL, "    whole:\n")
OTHER = (other_paid(), measured(), (UNDER, "true_up: {paid: other_paid,"))
RENAMED = changed(FIRST, NAMED)
LOCK = locked(RENAMED)
PAID = settled(FIRST, DAYS[0], values(2, 0, 0))  # 20 of total, 300 of visits


def attested(total: int, **paid: int) -> dict[str, int]:
    return {"visits": 3, "total": total, "earned": 300, **paid}


def deducting(contract: Contract, day: str = DAYS[1], **paid: int) -> Certificate:
    return settled(contract, day, attested(4, **paid))


def test_the_same_figure_deducts_what_was_paid_of_the_line_by_its_former_name() -> None:
    right, wrong = (deducting(RENAMED, paid=paid) for paid in (20, 0))
    assert right.paid_to_date == {"whole": "40"}
    assert told(right, FIRST, earlier=(PAID,))["paid_before"][:2] == (
        "reproduced",
        "What is deducted as paid before is what the certificate of 2023-01-31 says.",
    )
    verdict, en, _ = told(wrong, FIRST, earlier=(PAID,))["paid_before"]
    assert verdict == "different"
    assert "whole deducts SEK 0, and it says SEK 20" in en


def test_no_certificate_pays_it_again_beside_one_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "paid.json").write_bytes(PAID.to_bytes())
    there = replace(RENAMED, folder=tmp_path)
    right, wrong = (each_series.attested(DAYS[1], attested(4, paid=paid)) for paid in (20, 0))
    made = workflow.settle(there, date=DAYS[1], attestations=[right], locked=LOCK)
    assert made.settlement.lines[1].amount == "20"
    with pytest.raises(CertificateError, match=r"payment\.lines\.whole\.true_up\.paid must be .* 20; got 0\."):
        workflow.settle(there, date=DAYS[1], attestations=[wrong], locked=LOCK)


def test_it_is_followed_over_several_files_and_certificates() -> None:
    twice = changed(RENAMED, (TOTAL, "    all:\n"), date="2023-06-01")
    between = deducting(RENAMED, paid=20)
    right, wrong = (deducting(twice, DAYS[2], paid=paid, earned=600) for paid in (40, 20))
    for given in ((PAID, between), (between, PAID)):
        assert verdicts(right, RENAMED, FIRST, earlier=given)[0] == "reproduced"
        assert verdicts(wrong, RENAMED, FIRST, earlier=given)[0] == "different"
    assert verdicts(right, RENAMED, FIRST, earlier=(PAID,))[0] == "cannot_tell"


@pytest.mark.parametrize("paid", [0, 20])
def test_another_figure_tells_nothing_of_what_was_paid(paid: int) -> None:
    after = changed(FIRST, NAMED, *OTHER)
    (finding,) = (
        found
        for name, found in told(deducting(after, paid=0, other_paid=paid), FIRST, earlier=(PAID,)).items()
        if name == "paid_before"
    )
    assert finding == (
        "cannot_tell",
        f"Deducted as paid before: SEK {paid} of whole. By the file of the certificate of 2023-01-31 no line of that "
        "name deducts what was paid before; this one counts all that is due since the contract began, and no "
        "certificate shows what of that was paid on other terms: ask the parties.",
        f"Som tidigare betalt dras av: {paid} kr på whole. Enligt filen för intyget från 2023-01-31 drar ingen rad med "
        "det namnet av det som betalats tidigare; detta räknar allt som ska betalas sedan avtalets början, och inget "
        "intyg visar vad av det som betalats på andra villkor: fråga parterna.",
    )


@pytest.mark.parametrize("paid", [0, 20])
@pytest.mark.parametrize("line", ["    whole:\n", TOTAL])
def test_of_one_figure_under_two_lines_nothing_can_be_told(paid: int, line: str) -> None:
    after = changed(FIRST, (TOTAL, line_text("first") + line))
    verdict = verdicts(deducting(after, paid=paid), FIRST, earlier=(PAID,))[0]
    assert verdict == ("different" if (line, paid) == (TOTAL, 0) else "cannot_tell")


def test_a_line_beside_all_the_former_ones_was_paid_nothing() -> None:
    after = changed(FIRST, other_paid(), measured(), (TOTAL, line_text("more", "other_paid") + TOTAL))
    right, wrong = (deducting(after, paid=20, other_paid=paid) for paid in (0, 20))
    assert told(right, FIRST, earlier=(PAID,))["paid_before"] == (
        "reproduced",
        "What is deducted as paid before is what the certificate of 2023-01-31 says; of more, which its file "
        "does not have, nothing is deducted.",
        "Det som dras av som tidigare betalt är vad intyget från 2023-01-31 anger; av more, som saknas i dess fil, "
        "dras inget av.",
    )
    assert told(wrong, FIRST, earlier=(PAID,))["paid_before"][0] == "cannot_tell"
    assert verdicts(right, earlier=(PAID,))[0] == "reproduced"  # the certificate before has the file


def test_a_line_that_deducted_nothing_before_does_not_show_what_was_paid() -> None:
    plain = parse_contract(FIRST.raw.replace(b"      true_up: {paid: paid, below_zero: clawback}\n", b""))
    after = changed(plain)
    before = settled(plain, DAYS[0], values(2, 0, 0))
    assert before.settlement.lines[1].amount == "20"
    assert told(deducting(after, paid=0), plain, earlier=(before,))["paid_before"][0] == "cannot_tell"


def test_amend_says_that_a_line_has_another_name() -> None:
    (one, *rest) = amend(FIRST, RENAMED).cautions
    assert one.en.startswith(
        "The amendment gives the line total the name whole, whose paid is the same figure, paid: what was paid of "
        "total is deducted from whole."
    )
    assert one.sv.startswith(
        "Ändringen ger raden total namnet whole, vars paid är samma värde, paid: det som betalats av total dras av "
        "från whole."
    )
    assert [one.en.partition(",")[0] for one in rest] == ["Of visits"]
    dearer = amend(FIRST, changed(FIRST, NAMED, ('price: "10", figure: total', 'price: "12", figure: total'))).cautions
    assert dearer[0].en == one.en
    assert dearer[1].en.startswith("The amendment changes what whole pays, which is all that is due since the contract")


def test_amend_says_that_a_line_is_new() -> None:
    gone, new, _ = amend(FIRST, changed(FIRST, NAMED, *OTHER)).cautions
    assert new.en.startswith(
        "The line whole is new and pays all that is due since the contract began, less only other_paid as paid before: "
        "what was paid of other lines for the same is paid again where that does not have it."
    )
    assert new.sv.startswith(
        "Raden whole är ny och betalar allt som ska betalas sedan avtalets början, minus bara other_paid som tidigare "
        "betalt: det som betalats på andra rader för samma sak betalas igen där det inte ingår i det."
    )
    assert "what was due of it and is not paid is due no more, unless a new line, whole, counts it." in gone.en
    assert "ska inte längre betalas, om inte en ny rad, whole, räknar in det." in gone.sv


@pytest.mark.parametrize("changes", [(NAMED,), (NAMED, *OTHER)])
def test_the_annex_says_what_alone_is_deducted(changes: tuple[tuple[str, str], ...]) -> None:
    after, figure = changed(FIRST, *changes), "other_paid" if len(changes) > 1 else "paid"
    assert (
        "Of all that is due of the line whole since the contract began, also in the time of the files before this "
        f"one, only {figure} is deducted as paid before, and the terms here, their prices too, also hold "
        "for that time: at the next settlement the difference is due"
    ) in annex(after, lang="en").replace("\\", "")
    assert "was paid by the files before this one is deducted" not in annex(after, lang="en")


def test_a_limit_between_lines_is_the_same_by_either_name() -> None:
    caps = "  caps: {most: {lines: [visits, total], amount: '900', reduces: pro_rata}}\n  lines:\n"
    capped = parse_contract(FIRST.raw.replace(b"  lines:\n", caps.encode()))
    after = changed(capped, NAMED, ("  lines:\n", caps.replace("total]", "whole]")))
    assert not any("between lines" in one.en for one in amend(capped, after).cautions)
    lower = changed(capped, NAMED, ("  lines:\n", caps.replace("total]", "whole]").replace("900", "800")))
    assert any("(payment.caps.most)" in one.en for one in amend(capped, lower).cautions)


def only_total(contract: Contract, *changes: tuple[str, str]) -> Contract:
    """Without the lines paid on each announced day, so that an amended file may correct what was paid before it."""
    text = contract.raw.decode()
    rows = text[text.index("    visits:\n") : text.index("    total:\n" if "    total:\n" in text else "    whole:\n")]
    text = text.replace(rows, "")
    text = "\n".join(row for row in text.split("\n") if not row.startswith(("  visits:", "  earned:")))
    text = text.replace("visits: {step: outcome, source: {sv: registret, en: the register}}, ", "")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse_contract(text.encode())


@pytest.mark.parametrize(("paid", "amount"), [(20, "20"), (0, "40")])
def test_a_correction_by_the_amended_file_counts_what_was_paid_by_the_former_name(paid: int, amount: str) -> None:
    """It pays the difference, or settles anew what the one in whose place it stands paid."""
    first = only_total(FIRST)
    after = only_total(RENAMED, (FIRST.sha256, first.sha256))
    before = settled(first, DAYS[0], {"total": 2, "paid": 0})
    lock = locked(after)
    made = workflow.settle(
        after,
        date="2023-03-15",
        attestations=[each_series.attested("2023-03-15", {"total": 4, "paid": paid})],
        locked=lock,
        supersedes=before,
        reason="Counted again.",
    ).sign(KEY)
    assert made.settlement.lines[0].amount == amount
    assert made.settles_anew == ({"whole": "20"} if paid == 0 else None)
    found = workflow.verify(made, contract=after, amended=(first,), earlier=(before,)).findings
    assert {one.name: one.verdict for one in found if one.name in ("settled_anew", "paid_before")} == (
        {"paid_before": "reproduced"} | ({"settled_anew": "reproduced"} if paid == 0 else {})
    )


# --- a line that is paid once --------------------------------------------------------------------------------------

ONCE = parse_contract(FIRST.raw.decode().replace(SUM, "").replace("      paid_each: certificate\n", "").encode())


def once_amended(*changes: tuple[str, str]) -> Contract:
    """Of `ONCE`, where texts are replaced."""
    head = f'amendment: {{number: 1, of: "{ONCE.sha256}", date: "2023-03-01", reason: {{sv: "x", en: "x"}}, '
    text = ONCE.raw.decode().replace(
        "attribution: none\n", f"attribution: none\n{head}agreed_by: [municipality, provider]}}\n"
    )
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse_contract(text.encode())


VISITS = '    visits:\n      payers: {municipality: "1"}'
CALLED = (VISITS, VISITS.replace("visits", "calls"))


def test_a_line_that_is_paid_once_is_not_paid_again_by_another_name(tmp_path: Path) -> None:
    """On the same figure: what was paid of it stays paid, whatever the line is called."""
    first, after = settled(ONCE, DAYS[0], {"visits": 3, "total": 4, "paid": 0}), once_amended(CALLED)
    workflow.write_certificate(first, tmp_path / "1.json")
    again = settled(after, DAYS[1], {"visits": 3, "total": 5, "paid": 40})
    with pytest.raises(CertificateError, match=r"^The file '1\.json' is .*, and this one pays calls again\."):
        workflow.write_certificate(again, tmp_path / "2.json")
    found = workflow.verify(again, contract=after, amended=[ONCE], earlier=[first])
    (text,) = [one.text for one in found.findings if one.name == "supersedes"]
    assert "it pays calls: both are not to be paid" in text.en
    assert "betalar det calls: båda ska inte betalas" in text.sv
    right = settled(after, DAYS[1], {"total": 5, "paid": 40})
    assert workflow.write_certificate(right, tmp_path / "2.json").settlement.lines[1].amount == "10"
    found = workflow.verify(right, contract=after, amended=[ONCE], earlier=[first])
    assert "different" not in [one.verdict for one in found.findings]


def test_a_new_line_on_another_figure_is_paid_beside_it(tmp_path: Path) -> None:
    other = '  other: {attested: verifier, digits: 0, unit: people, question: {sv: "x", en: "x"}, missing_data: '
    other += "{sv: x, en: x}, reference_period: {sv: x, en: x}}\n"
    more = (CALLED, ("figure: visits", "figure: other"), ("payment:\n  currency", f"{other}payment:\n  currency"))
    first, after = settled(ONCE, DAYS[0], {"visits": 3, "total": 4, "paid": 0}), once_amended(*more)
    workflow.write_certificate(first, tmp_path / "1.json")
    new = settled(after, DAYS[1], {"other": 3, "total": 5, "paid": 40})
    assert workflow.write_certificate(new, tmp_path / "2.json").settlement.lines[0].amount == "300"


def test_amend_says_that_a_line_paid_once_has_another_name() -> None:
    assert [(one.en, one.sv) for one in amend(ONCE, once_amended(CALLED)).cautions if "calls" in one.en] == [
        (
            "The amendment gives the line visits the name calls, which reads the same figure, visits: what was paid "
            "of visits is not paid again of calls.",
            "Ändringen ger raden visits namnet calls, som läser samma värde, visits: det som betalats av visits "
            "betalas inte på nytt av calls.",
        )
    ]

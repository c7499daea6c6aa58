"""What a contract that may be settled several times can pay in all, and certificates that would pay twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from deciding import decided

from effekt import workflow
from effekt.certificates import DEMO_KEY, generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts import (
    Attestation,
    Contract,
    Declarations,
    maximum_by_year,
    maximum_over,
    parse_attestation,
    parse_contract,
    parse_declarations,
)
from effekt.exceptions import CertificateError, ContractError

Run = Callable[..., tuple[int, str, str]]
DEMO = "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="
KEY = generate_key()
DAYS = ', certificates: ["2023-01-31", "2024-01-31"]'
TRUE_UP = '      true_up: {paid: paid, below_zero: clawback, cap: "20000"}\n'
TEXT = f"""schema: effekt/contract/1
id: young
title: {{sv: "Utfallskontrakt", en: "Outcomes contract"}}
parties:
  municipality: {{role: payer, name: "Exempelkommunen"}}
  provider: {{role: provider, name: "Leverantören"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{DEMO}", "{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-01-10", outcome_data_from: "2022-02-01"{DAYS}}}
attribution: none
figures:
  starts: {{attested: verifier, digits: 0, unit: people, question: {{sv: "Hur många?", en: "How many?"}}}}
  paid: {{attested: verifier, digits: 2, unit: SEK, question: {{sv: "Hur mycket?", en: "How much?"}}}}
payment:
  currency: SEK
  quantum: "0.01"
  rounding: half_up
  lines:
    work:
      payers: {{municipality: "1"}}
      payee: provider
      pays: {{unit_price: {{price: "1000.55", figure: starts, below_zero: zero}}}}
{TRUE_UP}    base:
      payers: {{municipality: "1"}}
      payee: provider
      pays: {{fixed: "5000"}}
"""
ASKED = (
    "Final certificates are announced for 2023-01-31 and 2024-01-31, and the file does not say whether each pays what "
    "is new of base (paid_each: certificate) or all of it less what was paid before (true_up, whose paid is a figure): "
    "a later one has to take the place of the earlier.",
    "Slutliga intyg är angivna för 2023-01-31 och 2024-01-31, och filen anger inte om vart och ett betalar det nya av "
    "base (paid_each: certificate) eller allt minus det som betalats tidigare (true_up, vars paid är en siffra): ett "
    "senare måste ersätta det tidigare.",
)
REMEDY = "Write it under payment.lines.base, before signing."


def read(text: str) -> Contract:
    return parse_contract(text.encode(), Path())


def told(effekt: Run, folder: Path, text: str, *options: str) -> list[str]:
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    found = effekt("check", folder / "contract.yaml", "--lang", "en", *options)
    lines = [line.replace("\u00a0", " ") for line in (found[1] + found[2]).splitlines()]
    return [line for line in lines if line.startswith(("At most", "effekt", "? Final"))]


def test_two_announced_settlements_can_pay_twice_what_is_not_paid_once(effekt: Run, tmp_path: Path) -> None:
    most = [
        f"? {ASKED[0]} {REMEDY}",
        "At most payable in one settlement: SEK 25,000",
        "At most payable in the 2 settlements of 2023-01-31 and 2024-01-31 together: SEK 45,000",
        "At most payable 2023: SEK 25,000",
        "At most payable 2024: SEK 25,000",
    ]
    assert told(effekt, tmp_path, TEXT) == most
    assert told(effekt, tmp_path, TEXT, "--years", "2023-2024") == most
    assert told(effekt, tmp_path, TEXT, "--years", "2022") == [
        "effekt: `--years` must hold the years in which the contract's lines fall due, 2023 and 2024; got 2022. Leave "
        "it out, since the contract gives the days."
    ]
    assert ("paid_each", "payment.lines.base", *ASKED) in [
        (one.field, one.place, one.text.en, one.text.sv) for one in workflow.check(read(TEXT)).undecided
    ]
    for sentence in (
        "Ett intyg ska utfärdas 2023-01-31 och 2024-01-31, även när inget ska betalas.",
        "Ett intyg ska undertecknas med minst en nyckel som innehas av part i rollen",
    ):
        assert sentence in workflow.annex(read(TEXT), lang="sv")
    annexed = workflow.annex(read(TEXT), lang="sv").replace("\u00a0", " ").replace("\\", "")
    assert (
        "3. Alla rader tillsammans vid en avräkning: 25 000 kr\n4. Alla rader tillsammans vid de 2 avräkningarna "
        "2023-01-31 och 2024-01-31 tillsammans: 45 000 kr\n5. Alla rader tillsammans 2023: 25 000 kr\n" in annexed
    )


def test_every_amount_says_whether_it_is_of_one_settlement_or_of_all() -> None:
    backed = (
        TEXT.replace(TRUE_UP, "")
        .replace('payers: {municipality: "1"}', 'payers: {municipality: "0.5", region: "0.5"}')
        .replace(
            "  provider: {",
            '  region: {role: payer, name: "Regionen"}\n  bank: {role: guarantor, name: "Banken"}\n  provider: {',
        )
    )
    backed += '  guarantees:\n    capital: {guarantor: bank, beneficiary: provider, amount: "4000", share: "1"}\n'
    told = {}
    for lang in ("en", "sv"):
        lines = workflow.annex(read(backed), lang=lang).replace("\u00a0", " ").splitlines()
        start = next(place for place, line in enumerate(lines) if line.startswith(("## The most", "## Högsta")))
        told[lang] = [line.split(". ", 1)[1].rsplit(": ", 1)[0] for line in lines[start + 2 :] if line[:1].isdigit()]
    assert told["en"][:3] == ["work in one settlement", "base in one settlement", "capital in one settlement"]
    assert told["sv"][:3] == ["work vid en avräkning", "base vid en avräkning", "capital vid en avräkning"]
    assert told["en"][-5:] == [
        "All parties together 2023, guarantees included",
        "All parties together 2024, guarantees included",
        "Exempelkommunen, in all settlements together",
        "Regionen, in all settlements together",
        "Banken, its own guarantee included, in all settlements together",
    ]
    assert "All parties together, guarantees included, in all settlements together" in told["en"]
    assert "Alla parter tillsammans, garantier inräknade, i alla avräkningar tillsammans" in told["sv"]
    assert told["sv"][-1] == "Banken, egen garanti inräknad, i alla avräkningar tillsammans"
    once = workflow.annex(read(backed.replace(DAYS, "")), lang="en")
    assert "in one settlement" not in once[once.index("## The most") :]
    assert "in all settlements" not in once[once.index("## The most") :]


def test_what_nothing_bounds_is_named_with_what_bounds_it(effekt: Run, tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(TEXT.replace(TRUE_UP, "").replace(DAYS, ""), encoding="utf-8")
    for lang, sentence in (
        ("en", "No upper bound is proved of work. Give each line or guarantee without a bound a `cap`."),
        ("sv", "Ingen övre gräns är bevisad för work. Ange `cap` på varje rad eller garanti som saknar gräns."),
    ):
        assert sentence in effekt("check", path, "--lang", lang)[1].splitlines()
    path.write_text(TEXT, encoding="utf-8")
    assert "No upper bound" not in effekt("check", path, "--lang", "en")[1]


def test_a_true_up_without_announced_days_has_no_bound_on_all_settlements(effekt: Run, tmp_path: Path) -> None:
    text = TEXT.replace(DAYS, "")
    assert told(effekt, tmp_path, text) == [
        "At most payable in one settlement: SEK 25,000",
        "At most payable in all settlements together: without a bound, since the file does not say how many there may "
        "be (dates.certificates)",
    ]
    assert told(effekt, tmp_path, text, "--years", "2023-2024") == [
        "effekt: `--years` spreads the most of one settlement, and lines with true_up are settled several times; say "
        "when under dates.certificates, or leave it out."
    ]


@pytest.mark.parametrize(
    ("before", "after", "settlements", "most"),
    [
        ("", "", 2, "45000.00"),
        ("", "", 3, "65000.00"),
        # what is due in all is bounded, and a true-up pays no more than that
        ('unit_price: {price: "1000.55", figure: starts, below_zero: zero}', 'fixed: "30000"', 2, "35000.00"),
        ('unit_price: {price: "1000.55", figure: starts, below_zero: zero}', 'fixed: "30000"', 3, "35000.00"),
        ("below_zero: clawback", "below_zero: floor", 3, "65000.00"),  # what is let go may be paid again
        ("paid: paid,", 'paid: "0",', 3, "65000.00"),
    ],
)
def test_the_most_of_several_settlements(before: str, after: str, settlements: int, most: str) -> None:
    assert maximum_over(read(TEXT.replace(before, after, 1) if before else TEXT), settlements) == most


def test_days_before_the_outcomes_and_looks_are_no_settlements() -> None:
    text = TEXT.replace("attribution:", 'interim: [{at: "2022-06-30", pays: false}]\nattribution:')
    contract = read(text.replace("outcome_data_from: ", 'data_lock: "2023-06-30", outcome_data_from: '))
    assert "paid_each" not in [one.field for one in workflow.check(contract).undecided]
    assert maximum_by_year(read(TEXT), ["2023-01-31"]) == {"2023": "25000.00"}


AFTER_A_DEDUCTION = (("2023-01-31", "40", "0.00"), ("2024-01-31", "10", "-12.00"))
STEPS = TEXT.replace(
    'unit_price: {price: "1000.55", figure: starts, below_zero: zero}',
    'tiers: {figure: starts, steps: [{from: "4", pays: "94"}, {from: "37", pays: "-12"}]}',
).replace(TRUE_UP, TRUE_UP.replace(', cap: "20000"', ""))


def test_a_year_pays_what_an_earlier_one_had_paid_back_beside_what_is_due() -> None:
    contract = read(STEPS)
    assert maximum_over(contract, 2) == "5094.00"  # 94 in all, and 5 000 of the other line once
    assert maximum_by_year(contract, ["2023-01-31", "2024-01-31"]) == {"2023": "5094.00", "2024": "5106.00"}
    first, second = (settled(STEPS, day, starts, paid) for day, starts, paid in AFTER_A_DEDUCTION)
    assert [one.settlement.lines[0].amount for one in (first, second)] == ["-12.00", "106.00"]
    carried = read(STEPS.replace("clawback", "carry"))  # nothing is paid back, so nothing is paid anew
    assert maximum_by_year(carried, ["2023-01-31", "2024-01-31"]) == {"2023": "5094.00", "2024": "5094.00"}


def test_a_year_after_one_that_may_pay_back_without_bound_has_none() -> None:
    text = STEPS.replace(
        'tiers: {figure: starts, steps: [{from: "4", pays: "94"}, {from: "37", pays: "-12"}]}',
        'lesser_of: [{fixed: "94"}, {unit_price: {price: "1", figure: starts, below_zero: negative}}]',
    )
    assert maximum_by_year(read(text), ["2023-01-31", "2024-01-31"]) == {"2023": "5094.00", "2024": None}


# ------------------------------------------------------------------------------------- what was paid before

CUMULATIVE = TEXT.replace(
    'pays: {fixed: "5000"}', 'pays: {fixed: "5000"}\n      when: {figure: few, ge: "99"}'
).replace(
    "figures:\n", 'figures:\n  few: {attested: verifier, digits: 0, unit: people, question: {sv: "?", en: "?"}}\n'
)


def attested(text: str, starts: str, paid: str) -> Attestation:
    names = {"starts": starts, "paid": paid} | ({"few": "0"} if "  few:" in text else {})
    rows = "".join(
        f'  {id}: {{value: "{value}", by: verifier, date: "2022-06-01", evidence: {{description: "Register"}}}}\n'
        for id, value in names.items()
    )
    return parse_attestation(f"schema: effekt/attestation/1\ncontract: young\nfigures:\n{rows}".encode())


def settled(
    text: str, date: str, starts: str, paid: str, supersedes: Certificate | None = None, folder: Path | None = None
) -> Certificate:
    contract = replace(read(decided(text)), folder=folder)
    reason = None if supersedes is None else "Counted again"
    made = workflow.settle(
        contract, date=date, attestations=[attested(text, starts, paid)], supersedes=supersedes, reason=reason
    )
    return made.sign(KEY)


def ended_by(clause: str, day: str) -> Declarations:
    ended = f'ended: {{clause: {clause}, date: "{day}", why: {{sv: x, en: x}}}}'
    head = 'schema: effekt/declarations/1\ncontract: young\nby: provider\ndate: "2022-12-02"\n'
    return parse_declarations(f"{head}{ended}\n".encode())


def findings(certificate: Certificate, earlier: Certificate) -> dict[str, tuple[str, str]]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    return {
        one.name: (one.verdict, one.text.en.replace("\u00a0", " "))
        for one in found
        if one.name in ("supersedes", "paid_before")
    }


def deducted(made: Certificate, *earlier: Certificate) -> tuple[str, str, str]:
    found = workflow.verify(made, contract=made.contract, earlier=earlier).findings
    (one,) = [one for one in found if one.name == "paid_before"]
    return one.verdict, one.text.en.replace("\u00a0", " "), one.text.sv.replace("\u00a0", " ")


def test_a_second_final_certificate_does_not_pay_what_the_first_paid(tmp_path: Path) -> None:
    first, second = settled(TEXT, "2023-01-31", "30", "0"), settled(TEXT, "2024-01-31", "35", "20000")
    workflow.write_certificate(first, tmp_path / "first.json")
    told = (
        "The file 'first.json' is a final certificate of 2023-01-31, and this one pays base again. Say that it takes "
        "its place and why (--supersedes, --reason), or give the line a true_up whose paid is what was paid before."
    )
    with pytest.raises(CertificateError) as error:  # whoever writes it, by whichever way
        workflow.write_certificate(second, tmp_path / "second.json")
    assert str(error.value) == told
    assert not (tmp_path / "second.json").exists()
    with pytest.raises(CertificateError) as error:  # and whoever settles beside it, before anything is written
        settled(TEXT, "2024-01-31", "35", "20000", folder=tmp_path)
    assert str(error.value) == told
    assert settled(TEXT, "2023-01-31", "30", "0", folder=tmp_path).due == first.due  # the same settlement, made again
    workflow.write_certificate(first, tmp_path / "first.json")
    workflow.write_certificate(settled(TEXT, "2024-01-31", "35", "20000", first), tmp_path / "second.json")
    workflow.write_certificate(first, tmp_path / "first.json")  # what was replaced pays nothing, and may be signed on
    assert findings(second, first) == {
        "supersedes": (
            "different",
            "It says it supersedes none, and like the final certificate given as the earlier one, of 2023-01-31, it "
            "pays base: both are not to be paid. Settle again with --supersedes and --reason; if that certificate was "
            "superseded, verify with the one that took its place.",
        ),
        "paid_before": ("reproduced", "What is deducted as paid before is what the certificate of 2023-01-31 says."),
    }


def test_a_page_counts_as_its_certificate_and_a_copy_is_no_second_payment(tmp_path: Path) -> None:
    first, second = settled(TEXT, "2023-01-31", "30", "0"), settled(TEXT, "2024-01-31", "35", "20000")
    workflow.report(first, tmp_path / "first.sv.html")
    workflow.write_certificate(first, tmp_path / "copy.json")
    with pytest.raises(CertificateError, match=r"The file 'copy\.json' is a final certificate"):
        workflow.write_certificate(second, tmp_path / "second.json")
    (tmp_path / "copy.json").unlink()
    with pytest.raises(CertificateError, match=r"The file 'first\.sv\.html' is a final certificate"):
        workflow.write_certificate(second, tmp_path / "second.json")


def test_what_only_the_demonstration_key_signed_binds_nobody(tmp_path: Path) -> None:
    first, second = settled(TEXT, "2023-01-31", "30", "0"), settled(TEXT, "2024-01-31", "35", "20000")
    bare = Certificate(Envelope(payload=first.envelope.payload))
    for one in (bare, bare.sign(DEMO_KEY)):
        workflow.write_certificate(one, tmp_path / "first.json")
        workflow.write_certificate(second, tmp_path / "second.json")
        (tmp_path / "second.json").unlink()
        assert settled(TEXT, "2024-01-31", "35", "20000", folder=tmp_path).due == second.due
    workflow.write_certificate(first, tmp_path / "first.json")  # beside the demonstration's signature one that binds
    with pytest.raises(CertificateError, match="pays base again"):
        workflow.write_certificate(second, tmp_path / "second.json")


def test_an_earlier_day_is_no_way_to_pay_again(tmp_path: Path) -> None:
    workflow.write_certificate(settled(TEXT, "2024-01-31", "35", "0"), tmp_path / "late.json")
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(settled(TEXT, "2023-01-31", "30", "0"), tmp_path / "early.json")
    assert str(error.value) == (
        "The file 'late.json' is a final certificate of 2024-01-31, after this one of 2023-01-31, and pays work and "
        "base without counting what this one pays. Settle on its day or later, and say that this certificate takes its "
        "place and why (--supersedes, --reason)."
    )


def test_cumulative_lines_follow_each_other_without_superseding(tmp_path: Path) -> None:
    text = CUMULATIVE.replace(DAYS, DAYS.replace("]", ', "2025-01-31"]'))
    first, second = settled(text, "2023-01-31", "30", "0"), settled(text, "2024-01-31", "35", "20000")
    workflow.write_certificate(first, tmp_path / "a.json")
    workflow.write_certificate(second, tmp_path / "b.json")
    assert second.due == "15019.25"  # 35 at 1000.55 are 35 019.25, less 20 000
    assert findings(second, first)["supersedes"] == (
        "reproduced",
        "It supersedes none; the final certificate of 2023-01-31 stands beside it, and no line is paid by both without "
        "deducting what it says was paid before.",
    )
    third = settled(text, "2025-01-31", "40", "35019.25")  # less what the second says, not the first
    assert third.due == "5002.75"
    with pytest.raises(CertificateError, match=r"The file 'b\.json' .* pays work again"):
        workflow.write_certificate(settled(text, "2025-01-31", "40", "20000"), tmp_path / "c.json")
    workflow.write_certificate(third, tmp_path / "c.json")


def test_a_settlement_that_pays_nothing_between_frees_nothing_that_was_paid(tmp_path: Path) -> None:
    days = ', certificates: ["2023-01-31", "2024-01-31", "2025-01-31"]'
    text = CUMULATIVE.replace(DAYS, days)
    first, second = settled(text, "2023-01-31", "10", "0"), settled(text, "2024-01-31", "10", paid := "10005.5")
    assert (first.paid_to_date, second.paid_to_date) == ({"work": paid}, {"work": paid})
    for name, one in (("first", first), ("second", second)):
        workflow.write_certificate(one, tmp_path / f"{name}.json")
    with pytest.raises(CertificateError, match=r"'second\.json' .* pays work again"):
        settled(text, "2025-01-31", "12", "0", folder=tmp_path)
    assert settled(text, "2025-01-31", "12", paid, folder=tmp_path).due == "2001.10"


def test_a_settlement_that_pays_nothing_does_not_forget_what_was_paid(tmp_path: Path) -> None:
    workflow.write_certificate(settled(CUMULATIVE, "2023-01-31", "10", "0"), tmp_path / "first.json")
    with pytest.raises(CertificateError) as error:  # it would have 0 as paid before in the next one
        settled(CUMULATIVE, "2024-01-31", "0", "0", folder=tmp_path)
    assert str(error.value) == (
        "The file 'first.json' is a final certificate of 2023-01-31, and this one pays work again: "
        "payment.lines.work.true_up.paid must be what that one says that the next settlement has as paid before, "
        "10005.5; got 0.00. Have that amount as paid, or say that this certificate takes its place and why "
        "(--supersedes, --reason)."
    )


def test_more_than_was_paid_is_not_deducted_from_a_line_that_then_pays_nothing(tmp_path: Path) -> None:
    """10 starts are 10 005.50; with 15 000 as paid the next would pay nothing of what is due."""
    text = CUMULATIVE.replace("below_zero: clawback", "below_zero: carry")
    first = settled(text, "2023-01-31", "10", "0")
    workflow.write_certificate(first, tmp_path / "first.json")
    for due, paid in (("12", "15000"), ("80", "10005.51")):  # of 12 starts it pays nothing, of 80 an öre too little
        with pytest.raises(CertificateError) as error:
            settled(text, "2024-01-31", due, paid, folder=tmp_path)
        assert str(error.value) == (
            "The file 'first.json' is a final certificate of 2023-01-31, and this one deducts too much of work: "
            "payment.lines.work.true_up.paid must be what that one says that the next settlement has as paid before, "
            f"10005.5; got {float(paid):.2f}. Have that amount as paid, or say that this certificate takes its place "
            "and why (--supersedes, --reason)."
        )
    late = settled(text, "2024-01-31", "12", "15000")
    assert late.due == "0.00"
    assert findings(late, first) == {
        "supersedes": (
            "different",
            "It supersedes none, and what it deducts of work is not what the final certificate given as the earlier "
            "one, of 2023-01-31, says was paid before. Settle again with that amount as paid; if that certificate was "
            "superseded, verify with the one that took its place.",
        ),
        "paid_before": (
            "different",
            "What is deducted as paid before is not what the certificate of 2023-01-31 says: work deducts SEK "
            "15,000, and it says SEK 10,005.50; if that certificate was superseded, verify with the one that took its "
            "place.",
        ),
    }
    (tmp_path / "first.json").unlink()
    workflow.write_certificate(late, tmp_path / "late.json")
    with pytest.raises(CertificateError) as error:
        settled(text, "2023-01-31", "10", "0", folder=tmp_path)
    assert str(error.value) == (
        "The file 'late.json' is a final certificate of 2024-01-31, after this one of 2023-01-31, and deducts more of "
        "work than this one says was paid. Settle on its day or later, and say that this certificate takes its place "
        "and why (--supersedes, --reason)."
    )


def test_what_a_correction_deducts_is_held_against_what_it_corrects_alone() -> None:
    """30, 35 and 36 starts: the correction of the second deducts what that paid in all, more than the first paid."""
    text = CUMULATIVE.replace(', cap: "20000"', "")
    first, second = settled(text, "2023-01-31", "30", "0"), settled(text, "2024-01-31", "35", "30016.5")
    third = settled(text, "2024-02-15", "36", "35019.25", second)
    assert third.due == "1000.55"
    found = workflow.verify(third, contract=third.contract, earlier=[first, second]).findings
    assert {
        one.name: one.verdict for one in found if one.name.startswith(("earlier", "supersedes", "paid_before"))
    } == {
        "supersedes": "reproduced",
        "paid_before": "reproduced",
        "earlier:2023-01-31": "reproduced",
    }


def test_what_was_paid_is_held_against_the_certificate_that_says_so(tmp_path: Path) -> None:
    first = settled(TEXT, "2023-01-31", "30", "0")
    with pytest.raises(CertificateError) as error:
        settled(TEXT, "2024-01-31", "35", "0", first)
    assert str(error.value) == (
        "payment.lines.work.true_up.paid must be what the certificate of 2023-01-31 says that the next settlement has "
        "as paid before, 20000; got 0.00. Attest that: a correction pays the difference, whether the first amount has "
        "left the account or not."
    )
    second = settled(CUMULATIVE, "2024-01-31", "35", "0")
    one = settled(CUMULATIVE, "2023-01-31", "30", "0")
    workflow.write_certificate(one, tmp_path / "first.json")
    with pytest.raises(CertificateError, match="pays work again"):
        workflow.write_certificate(second, tmp_path / "second.json")
    assert findings(second, one)["paid_before"] == (
        "different",
        "What is deducted as paid before is not what the certificate of 2023-01-31 says: work deducts SEK 0, and "
        "it says SEK 20,000; if that certificate was superseded, verify with the one that took its place.",
    )


def test_what_was_paid_is_no_outcome_whose_terms_can_be_open() -> None:
    found = [one for one in workflow.check(read(TEXT)).undecided if one.place in ("figures.starts", "figures.paid")]
    assert {(one.field, one.place) for one in found} == {
        ("reference_period", "figures.starts"),
        ("missing_data", "figures.starts"),
    }
    (step,) = [one.text.en for one in workflow.check(read(TEXT)).undecided if one.field == "result_step"]
    assert step.startswith("The file does not say where starts comes from, nor its step on the result ladder")


def test_nothing_was_paid_before_the_first_settlement(tmp_path: Path) -> None:
    """Who pays attests 9 999 as paid before the first announced day, and would be paid back what never was paid."""
    false = settled(CUMULATIVE, "2023-01-31", "0", "9999")
    assert false.due == "-9999.00"
    assert deducted(false) == (
        "different",
        "What is deducted as paid before cannot have been paid: work deducts SEK 9,999: before 2023-01-31, the first "
        "day of a settlement, nothing was paid.",
        "Det som dras av som tidigare betalt kan inte ha betalats: work drar av 9 999 kr: före 2023-01-31, den första "
        "dagen för en avräkning, var inget betalt.",
    )
    with pytest.raises(CertificateError) as error:
        settled(CUMULATIVE, "2023-01-31", "0", "9999", folder=tmp_path)
    assert str(error.value).replace("\u00a0", " ") == (
        "figures.paid, what was paid before of payment.lines.work, must be 0: before 2023-01-31, the first day of a "
        "settlement, nothing was paid; got SEK 9,999. Attest what was paid on certificates, or lay the one that paid "
        "it beside the contract; an advance is written in the contract, and added there to what is attested."
    )
    assert deducted(settled(CUMULATIVE, "2023-01-31", "30", "0", folder=tmp_path))[:2] == (
        "reproduced",
        "Nothing is deducted as paid before, and no settlement can have been before this one.",
    )


def test_what_may_have_been_paid_before_the_first_announced_day_is_no_impossible_sum(tmp_path: Path) -> None:
    """A correction on the day itself, an amended contract, one that ended early, and a settlement before the days."""
    text = CUMULATIVE.replace(', cap: "20000"', "")
    first = settled(text, "2023-01-31", "30", "0")
    corrected = settled(text, "2023-01-31", "20", "30016.5", first)
    assert (deducted(corrected)[0], deducted(corrected, first)[0]) == ("cannot_tell", "reproduced")
    ended = (
        f"{text}termination:\n  stop: {{event: {{sv: x, en: x}}, then: pay_nothing_more, declared_by: [provider]}}\n"
    )
    happened = ended_by("stop", "2022-12-01")
    early = workflow.settle(
        replace(read(decided(ended)), folder=None),
        date="2023-01-31",
        attestations=[attested(ended, "30", "1")],
        declarations=[happened],
    )
    assert deducted(early.sign(KEY))[0] == "cannot_tell"
    assert deducted(settled(ended, "2023-01-31", "30", "1"))[0] == "different"
    before = settled(text, "2022-12-15", "3", "0")
    second = settled(text, "2023-01-31", "5", "3001.65")
    assert deducted(second)[0] == "different"
    assert deducted(second, before)[0] == "reproduced"
    workflow.write_certificate(before, tmp_path / "before.json")
    assert settled(text, "2023-01-31", "5", "3001.65", before, folder=tmp_path).due == "2001.10"


def test_only_another_final_certificate_of_the_contract_that_is_no_later_can_have_paid() -> None:
    text = CUMULATIVE.replace(', cap: "20000"', "")
    false = settled(text, "2023-01-31", "30", "1")
    interim = workflow.settle(
        read(decided(text)), date="2023-01-30", kind="interim", attestations=[attested(text, "3", "0")]
    ).sign(KEY)
    later, another = settled(text, "2023-02-01", "30", "0"), text.replace("id: young", "id: another")
    elsewhere = workflow.settle(
        read(decided(another)),
        date="2023-01-30",
        attestations=[parse_attestation(attested(text, "3", "0").raw.replace(b": young", b": another"))],
    ).sign(KEY)
    for given in (interim, later, elsewhere, false):
        assert deducted(false, given)[0] == "different"
        assert "cannot have been paid" in deducted(false, given)[1]
    same_day = settled(text, "2023-01-31", "3", "0")
    assert "cannot have been paid" not in deducted(false, same_day)[1]


def test_of_an_amended_contract_more_may_have_been_paid() -> None:
    keys = {name: generate_key() for name in ("Exempelkommunen", "Leverantören")}
    text = CUMULATIVE.replace(TRUE_UP, f'{TRUE_UP}      cap: "30000"\n')
    for name, key in keys.items():
        text = text.replace(f'name: "{name}"', f'name: "{name}", keys: ["{public_text(public_key(key))}"]')
    why = 'reason: {sv: "x", en: "x"}, agreed_by: [municipality, provider]'
    change = f'amendment: {{number: 1, of: "{"0" * 64}", date: "2022-03-01", {why}}}\n'
    amended = decided(text.replace("attribution: none\n", f"attribution: none\n{change}"))
    lock = None
    for key in keys.values():
        lock = workflow.lock(read(amended), key=key, date="2022-03-02", beside=lock, undecided_accepted=True)
    made = [
        workflow.settle(
            replace(read(one), folder=None), date="2023-01-31", attestations=[attested(one, "30", "30001")], locked=of
        ).sign(KEY)
        for one, of in ((amended, lock), (decided(text), None))
    ]
    assert [deducted(one)[0] for one in made] == ["cannot_tell", "different"]
    none = workflow.settle(read(amended), date="2023-01-31", attestations=[attested(amended, "30", "0")], locked=lock)
    assert deducted(none.sign(KEY))[0] == "cannot_tell"


def test_without_announced_days_nothing_was_paid_before_a_final_certificate_can_be() -> None:
    text = CUMULATIVE.replace(DAYS, ', data_lock: "2022-06-15"')
    assert deducted(settled(text, "2022-06-15", "30", "1"))[0] == "different"
    assert deducted(settled(text, "2022-06-16", "30", "1"))[0] == "cannot_tell"


def test_what_was_paid_before_cannot_be_told_without_the_certificate_that_paid_it() -> None:
    first, second = settled(CUMULATIVE, "2023-01-31", "30", "0"), settled(CUMULATIVE, "2024-01-31", "35", "20000")
    low = settled(CUMULATIVE, "2024-01-31", "35", "0")
    assert deducted(second) == (
        "cannot_tell",
        "Deducted as paid before: SEK 20,000 of work; the certificate that says so was not given.",
        "Som tidigare betalt dras av: 20 000 kr på work; intyget som anger det angavs inte.",
    )
    assert deducted(low)[0] == "cannot_tell"
    assert deducted(second, first)[0] == "reproduced"
    assert deducted(low, first)[0] == "different"
    assert (
        "what was paid before was not held against every certificate"
        in str(workflow.verify(second, contract=second.contract).summary)
        or workflow.verify(second, contract=second.contract).differences
    )


def test_no_settlements_pay_more_of_a_line_than_can_be_due_on_it(tmp_path: Path) -> None:
    """At most 30 people at 1 000.55 are due; the parties may lower that by an amendment after more was paid."""
    text = CUMULATIVE.replace(TRUE_UP, f'{TRUE_UP}      cap: "30016.50"\n').replace(', cap: "20000"', "")
    most, beyond = (settled(text, "2024-01-31", "30", paid) for paid in ("30016.5", "30016.51"))
    assert deducted(most)[0] == "cannot_tell"
    assert deducted(beyond) == (
        "different",
        "What is deducted as paid before cannot have been paid: work deducts SEK 30,016.51: settlements together pay "
        "at most SEK 30,016.50 of it.",
        "Det som dras av som tidigare betalt kan inte ha betalats: work drar av 30 016,51 kr: avräkningar betalar "
        "tillsammans högst 30 016,50 kr av den.",
    )
    with pytest.raises(CertificateError, match=r"must be at most SEK.30,016\.50: settlements together pay at most"):
        settled(text, "2024-01-31", "30", "30016.51", folder=tmp_path)


def test_no_settlements_pay_more_of_a_line_than_its_cap_for_each_of_them(tmp_path: Path) -> None:
    """Its cap of 20 000 each time: the one announced day before the second cannot have paid 20 000.01."""
    most, beyond = (settled(CUMULATIVE, "2024-01-31", "60", paid) for paid in ("20000", "20000.01"))
    assert deducted(most)[0] == "cannot_tell"
    assert deducted(beyond)[:2] == (
        "different",
        "What is deducted as paid before cannot have been paid: work deducts SEK 20,000.01: settlements together pay "
        "at most SEK 20,000 of it.",
    )
    with pytest.raises(CertificateError, match=r"must be at most SEK.20,000: settlements together pay at most"):
        settled(CUMULATIVE, "2024-01-31", "60", "20000.01", folder=tmp_path)


def test_an_advance_that_the_contract_adds_is_deducted_from_the_first_day_on() -> None:
    text = CUMULATIVE.replace("true_up: {paid: paid,", "true_up: {paid: with_advance,").replace(
        "payment:\n", '  with_advance: {derived: {sum: [paid, "4000"]}, digits: 2, unit: SEK}\npayment:\n', 1
    )
    first = settled(text, "2023-01-31", "30", "0")
    assert deducted(first)[0] == "cannot_tell"
    assert first.due == "20000.00"
    assert first.paid_to_date == {"work": "24000"}
    second = settled(text, "2024-01-31", "35", "20000")
    assert deducted(second, first)[0] == "reproduced"


def test_a_certificate_that_was_superseded_is_no_ground_to_accuse_a_later_one() -> None:
    """30 starts were paid, then 20 found right: given the first alone one is told to ask for the other."""
    text = CUMULATIVE.replace(', cap: "20000"', "")
    first = settled(text, "2023-01-31", "30", "0")
    right = settled(text, "2023-02-15", "20", "30016.5", first)
    second = settled(text, "2024-01-31", "35", "20011")
    assert deducted(second, first)[:2] == (
        "different",
        "What is deducted as paid before is not what the certificate of 2023-01-31 says: work deducts SEK 20,011, and "
        "it says SEK 30,016.50; if that certificate was superseded, verify with the one that took its place.",
    )
    for given in ([right], [first, right], [right, first]):
        assert deducted(second, *given)[0] == "reproduced"


def test_a_certificate_of_another_file_with_the_same_id_is_set_aside() -> None:
    """Twice the price is paid by a file that nobody agreed to, signed with the same key."""
    text = CUMULATIVE.replace(', cap: "20000"', "")
    elsewhere = settled(text.replace('"1000.55"', '"2001.10"'), "2023-01-31", "30", "0")
    second = settled(text, "2024-01-31", "35", "60033")
    found = workflow.verify(second, contract=second.contract, earlier=elsewhere)
    assert deducted(second, elsewhere)[0] == "cannot_tell"
    (told,) = [one for one in found.findings if one.name == "earlier_contract:2023-01-31"]
    assert (told.verdict, told.text.en) == (
        "cannot_tell",
        f"The certificate of 2023-01-31, digest {elsewhere.sha256[:16]}…, is of another contract file with the same "
        "id: it is set aside.",
    )
    assert "is of another contract file: give the files before an amendment with --amended" in found.summary.en


def test_a_certificate_of_another_contract_is_set_aside() -> None:
    text = CUMULATIVE.replace(', cap: "20000"', "")
    first = settled(text, "2023-01-31", "30", "0")
    second = settled(text, "2024-01-31", "35", first.paid_to_date["work"])
    foreign = workflow.settle(
        read(decided(text.replace("id: young", "id: old"))),
        date="2023-01-31",
        attestations=[parse_attestation(attested(text, "25", "0").raw.replace(b": young", b": old"))],
    ).sign(KEY)
    plain, found = (
        workflow.verify(second, contract=second.contract, earlier=each) for each in ([first], [first, foreign])
    )
    assert [one for one in found.findings if not one.name.startswith("other_contract")] == list(plain.findings)
    (told,) = [one for one in found.findings if one.name == "other_contract:2023-01-31"]
    assert (told.verdict, told.text.en) == (
        "cannot_tell",
        f"The certificate of 2023-01-31, digest {foreign.sha256[:16]}…, is of another contract, old: it is set aside, "
        "and what it paid says nothing of this one.",
    )
    assert "is of another contract: give those of this one" in found.summary.en


def test_a_correction_is_not_accused_by_a_certificate_that_stands_beside_it() -> None:
    text = CUMULATIVE.replace(', cap: "20000"', "")
    first, second = settled(text, "2023-01-31", "30", "0"), settled(text, "2024-01-31", "35", "30016.5")
    right = settled(text, "2024-02-15", "36", "35019.25", second)
    assert findings(right, first)["supersedes"][0] == deducted(right, first)[0] == "cannot_tell"
    assert findings(right, second)["supersedes"][0] == deducted(right, second)[0] == "reproduced"
    assert deducted(settled(text, "2024-02-15", "36", "30016.5"), second)[0] == "different"  # it says it corrects none


def test_a_day_between_of_which_no_certificate_is_given_may_have_paid_the_rest(tmp_path: Path) -> None:
    text = CUMULATIVE.replace(', cap: "20000"', "").replace('"2024-01-31"]', '"2024-01-31", "2025-01-31"]')
    first = settled(text, "2023-01-31", "30", "0")
    second = settled(text, "2024-01-31", "35", "30016.5")
    third = settled(text, "2025-01-31", "36", "35019.25")
    assert deducted(third, second)[0] == deducted(third, first, second)[0] == "reproduced"
    assert deducted(third, first)[:2] == (
        "cannot_tell",
        "What is deducted as paid before is not what the certificate of 2023-01-31 says: work deducts SEK 35,019.25, "
        "and it says SEK 30,016.50; that of 2024-01-31, by which it may be so, was not given.",
    )
    assert findings(third, first)["supersedes"][0] == "cannot_tell"
    low = settled(text, "2025-01-31", "36", "30000")
    assert deducted(low, first)[0] == "cannot_tell"  # the second may have had it paid back
    carried = text.replace("below_zero: clawback", "below_zero: carry")
    first_, low = settled(carried, "2023-01-31", "30", "0"), settled(carried, "2025-01-31", "36", "30000")
    assert deducted(low, first_)[0] == "different"  # what was paid and is only carried forward never falls
    late = settled(text, "2024-02-05", "35", "0")  # dated after its day, it is still that of the second day
    assert deducted(late, first)[0] == "different"


def test_an_earlier_certificate_that_nobody_signed_proves_nothing() -> None:
    first, second = settled(CUMULATIVE, "2023-01-31", "0", "0"), settled(CUMULATIVE, "2024-01-31", "35", "0")
    unsigned = Certificate(replace(first.envelope, signatures=()))
    found = workflow.verify(second, contract=second.contract, earlier=[unsigned])
    told = {one.name: (one.verdict, one.text.en) for one in found.findings}
    assert told["earlier_signed:2023-01-31"] == (
        "cannot_tell",
        f"The certificate of 2023-01-31, digest {first.sha256[:16]}…, is not signed as the contract asks: what it says "
        "was paid and declared proves nothing.",
    )
    assert "an earlier certificate that was given is not signed as the contract asks" in found.summary.en
    signed = workflow.verify(second, contract=second.contract, earlier=[first])
    assert not [one for one in signed.findings if one.name.startswith("earlier_signed")]


def test_an_earlier_certificate_that_nobody_signed_speaks_neither_for_nor_against_another() -> None:
    """Of the first day one certificate is signed, and others that nobody signed say that something else was paid."""
    signed = settled(CUMULATIVE, "2023-01-31", "10", "0")
    forged = [settled(CUMULATIVE, "2023-01-31", starts, "0") for starts in ("9", "11", "12", "13", "14")]
    unsigned = [Certificate(replace(one.envelope, signatures=())) for one in forged]
    right = settled(CUMULATIVE, "2024-01-31", "20", "10005.50")
    assert deducted(right, signed, *unsigned)[0] == "reproduced"
    for one in unsigned:
        wrong = settled(CUMULATIVE, "2024-01-31", "20", one.paid_to_date["work"])
        assert deducted(wrong, signed, *unsigned)[0] == "different"
        assert deducted(wrong, one)[0] == "cannot_tell"
        assert deducted(right, one)[0] == "cannot_tell"
        assert workflow.verify(right, contract=right.contract, earlier=[signed, one]).differences == ()
        with_it = workflow.verify(right, contract=right.contract, earlier=[signed, one]).findings
        assert [two.verdict for two in with_it if two.name == "earlier_signed:2023-01-31"] == ["cannot_tell"]


def test_a_nil_or_interim_certificate_of_an_earlier_day_stands_beside_another_and_pays_nothing() -> None:
    """The second of three days has a nil certificate, which `announced` asks for: whoever gives it accuses nobody."""
    text = CUMULATIVE.replace('"2024-01-31"]', '"2024-01-31", "2025-01-31"]')
    contract, first = read(decided(text)), settled(text, "2023-01-31", "10", "0")

    def other(kind: str, date: str, *attestations: Attestation) -> Certificate:
        return workflow.settle(contract, date=date, kind=kind, attestations=attestations).sign(KEY)

    nil, empty = other("nil", "2024-01-31", attested(text, "10", "10005.5")), other("nil", "2024-01-31")
    look = other("interim", "2023-05-15", attested(text, "12", "10005.5"))
    third = settled(text, "2025-01-31", "20", "10005.5")
    for given in ([first, nil], [first, empty], [first, look], [first, look, nil], [nil, first]):
        found = {one.name: one for one in workflow.verify(third, contract=contract, earlier=given).findings}
        assert found["supersedes"].verdict == "reproduced"
        shown = "reproduced" if given[-1] is not look else "cannot_tell"
        assert found["paid_before"].verdict == found["announced"].verdict == shown
        assert "different" not in [one.verdict for one in found.values()]
    assert findings(nil, first)["supersedes"][0] == "reproduced"
    assert findings(third, nil)["supersedes"] == (
        "reproduced",
        "It supersedes none; the nil certificate of 2024-01-31 stands beside it, and no line is paid by both, since "
        "only a final one pays.",
    )
    assert findings(look, first)["supersedes"][1].startswith(
        "It supersedes none; the final certificate of 2023-01-31 stands beside it, and no line is paid by both"
    )
    assert findings(settled(text, "2024-01-31", "20", "10005.5"), nil)["supersedes"][0] == "different"  # of one day


def test_what_a_nil_certificate_has_as_paid_before_it_did_not_pay() -> None:
    text = CUMULATIVE.replace('"2024-01-31"]', '"2024-01-31", "2025-01-31"]')
    contract, first = read(decided(text)), settled(text, "2023-01-31", "10", "0")
    false = workflow.settle(contract, date="2024-01-31", kind="nil", attestations=[attested(text, "20", "20011")])
    third = settled(text, "2025-01-31", "25", "20011")
    assert deducted(third, false.sign(KEY))[0] == "cannot_tell"
    assert deducted(third, first, false.sign(KEY))[0] == "cannot_tell"  # one in the nil one's place may have paid it
    assert deducted(settled(text, "2025-01-31", "25", "5000"), first, false.sign(KEY))[0] == "different"


NIL_ALONE = (
    "What is deducted as paid before of work no certificate that was given paid: of every earlier announced day one "
    "was, and none is final"
)


def nil_of_the_first_day(place_of: Certificate | None = None) -> Certificate:
    contract, facts = read(decided(CUMULATIVE)), [attested(CUMULATIVE, "0", "0")]
    reason = None if place_of is None else "Written anew"
    made = workflow.settle(
        contract, date="2023-01-31", kind="nil", attestations=facts, supersedes=place_of, reason=reason
    )
    return made.sign(KEY)


def test_a_nil_certificate_that_was_superseded_is_no_ground_to_accuse_a_later_one() -> None:
    """10 starts were found after it; given the nil one alone one is told to ask for the one in its place."""
    nil = nil_of_the_first_day()
    right = settled(CUMULATIVE, "2023-02-15", "10", "0", nil)
    second = settled(CUMULATIVE, "2024-01-31", "25", right.paid_to_date["work"])
    assert deducted(second, nil) == (
        "cannot_tell",
        f"{NIL_ALONE}; if one of them was superseded, verify with the one that took its place.",
        "Det som dras av som tidigare betalt av work har inget angivet intyg betalat: för varje tidigare angiven dag "
        "angavs ett, och inget är slutligt; om något av dem har ersatts, verifiera med det som tog dess plats.",
    )
    found = workflow.verify(second, contract=second.contract, earlier=nil)
    assert not found.differences
    assert "what was paid before was not held against every certificate that paid it" in found.summary.en
    again = nil_of_the_first_day(nil)
    assert deducted(second, nil, again)[0] == "cannot_tell"
    for given in ([right], [nil, right]):
        assert deducted(second, *given)[0] == "reproduced"
    assert deducted(settled(CUMULATIVE, "2024-01-31", "25", "0"), nil)[0] == "reproduced"


def test_what_is_deducted_before_the_nil_certificate_was_superseded_or_below_nothing_differs() -> None:
    """What took the nil one's place came later, so that it stood; and nobody pays less than nothing of the line."""
    nil = nil_of_the_first_day()
    second = settled(CUMULATIVE, "2024-01-31", "25", "10000")
    late = settled(CUMULATIVE, "2024-02-15", "10", "0", nil)
    assert deducted(second, nil, late)[:2] == ("different", f"{NIL_ALONE}.")
    less = settled(CUMULATIVE, "2024-01-31", "25", "-10000")
    assert deducted(less, nil)[:2] == ("different", f"{NIL_ALONE}.")


# ------------------------------------------------------------------------------------------------------ floors


def floored(amount: str, more: str = "", line: str = "") -> str:
    floors = f'  floors: {{both: {{lines: [work, base], amount: "{amount}", raises: base}}}}\n{more}'
    return TEXT.replace("  lines:\n", f"{floors}  lines:\n").replace(
        'pays: {fixed: "5000"}\n', f'pays: {{fixed: "5000"}}\n{line}'
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            floored("9000", '  cap: {amount: "8000", reduces: pro_rata}\n'),
            "payment.floors.both.amount must be at most the contract's cap, 8000, which comes after it; got 9000.",
        ),
        (
            floored("9000", line='      cap: "6000"\n'),
            "payment.floors.both.raises must not be a line whose own cap is below the floor, 9000, since the floor "
            "would raise it above that; base has cap: 6000. Raise another line, or the cap.",
        ),
    ],
)
def test_floors_that_other_terms_contradict(text: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        workflow.check(read(text))
    place = next(i for i, line in enumerate(text.splitlines(), start=1) if "floors:" in line)
    assert str(error.value) == f"line {place}: {told}"


def test_a_floor_pays_a_line_whose_condition_fails_and_that_is_told() -> None:
    text = floored("9000", line='      when: {figure: starts, ge: "99"}\n')
    assert (
        "The line base is raised to reach the floor of SEK\u00a09,000 whether its condition is met or not; where it is "
        "not met the line pays nothing but what the floor adds."
    ) in [one.en for one in workflow.check(read(text)).cautions]
    assert any("golvet 9\u00a0000\u00a0kr vare sig" in one.sv for one in workflow.check(read(text)).cautions)
    paid = {line.id: line.amount for line in settled(text, "2024-01-31", "1", "0").settlement.lines}
    assert paid == {"work": "1000.55", "base": "7999.45"}


def test_lines_due_before_any_final_certificate_and_certificates_on_a_look() -> None:
    text = floored("9000", line='      due: "2022-03-31"\n').replace(
        "attribution:", 'interim: [{at: "2023-01-31", pays: false}]\nattribution:'
    )
    told = [one.en for one in workflow.check(read(text.replace(DAYS, ', data_lock: "2022-06-30"' + DAYS))).cautions]
    assert (
        "A certificate is announced for 2023-01-31, the day of a look before the end, on which none is final: it pays "
        "nothing." in told
    )
    assert "The line base falls due on 2022-03-31, before any final certificate can be made, 2022-06-30." in told


# ----------------------------------------------------------------------------------- guarantees, and each party

SHARED = TEXT.replace("  provider: {role", '  fund: {role: payer, name: "Utfallsfonden"}\n  provider: {role').replace(
    '      payers: {municipality: "1"}\n      payee: provider\n      pays: {fixed: "5000"}',
    '      payers: {municipality: "0.5", fund: "0.5"}\n      payee: provider\n      pays: {fixed: "5000"}',
)
GUARANTEED = SHARED.replace(TRUE_UP, '      cap: "20000"\n      paid_each: certificate\n').replace(
    '      pays: {fixed: "5000"}\n', '      pays: {fixed: "5000"}\n      paid_each: certificate\n'
) + ('  guarantees:\n    capital: {guarantor: fund, beneficiary: provider, amount: "40000", share: "0.25"}\n')


def test_guarantees_and_each_party_stand_in_what_is_booked(effekt: Run, tmp_path: Path) -> None:
    """Each settlement: 20 000 and half of 5 000 by the municipality, half of 5 000 by the fund.

    Of the 40 000 the lines give 25 000 at most, so that the fund bears a quarter of 15 000 then. Without
    starts they give 5 000, and the fund bears a quarter of 35 000.
    """
    most = [
        "At most payable of the lines in one settlement: SEK 25,000",
        "At most payable of the lines in the 2 settlements of 2023-01-31 and 2024-01-31 together: SEK 50,000",
        "At most payable by all, guarantees included, in all settlements together: SEK 57,500",
        "At most payable 2023, guarantees included: SEK 28,750",
        "At most payable 2024, guarantees included: SEK 28,750",
        "At most payable by Exempelkommunen, in all settlements together: SEK 45,000",
        "At most payable by Utfallsfonden, its own guarantee included, in all settlements together: SEK 22,500",
    ]
    assert told(effekt, tmp_path, GUARANTEED) == most
    annexed = workflow.annex(read(GUARANTEED), lang="sv").replace("\u00a0", " ").replace("\\", "")
    for sentence in (
        "Alla parter tillsammans, garantier inräknade, i alla avräkningar tillsammans: 57 500 kr",
        "Alla parter tillsammans 2023, garantier inräknade: 28 750 kr",
        "Exempelkommunen, i alla avräkningar tillsammans: 45 000 kr",
        "Utfallsfonden, egen garanti inräknad, i alla avräkningar tillsammans: 22 500 kr",
    ):
        assert sentence in annexed
    found = json.loads(effekt("check", tmp_path / "contract.yaml", "--json")[1])
    assert found["maximum_by_party"] == {"municipality": "45000.00", "fund": "22500.00"}
    assert found["maximum_with_guarantees"] == "57500.00"
    assert found["maximum_by_year_with_guarantees"] == {"2023": "28750.00", "2024": "28750.00"}


def test_parties_stand_without_guarantees_too(effekt: Run, tmp_path: Path) -> None:
    assert told(effekt, tmp_path, SHARED)[-2:] == [
        "At most payable by Exempelkommunen, in all settlements together: SEK 42,500",
        "At most payable by Utfallsfonden, in all settlements together: SEK 2,500",
    ]
    assert "maximum_with_guarantees" not in effekt("check", tmp_path / "contract.yaml", "--json")[1]


def test_the_maximum_that_is_spread_has_the_guarantee_in_it(effekt: Run, tmp_path: Path) -> None:
    klippan = (workflow.case("klippan") / "contract.yaml").read_text(encoding="utf-8")
    bigger = klippan.replace('amount: "4000000"        # assumed', 'amount: "9000000"        # assumed')
    assert told(effekt, tmp_path, bigger, "--years", "2019-2020") == [
        "At most payable of the lines: SEK 4,270,000",
        "At most payable by all, guarantees included: SEK 6,635,000",  # half of the 4 730 000 that is then lacking
        "At most payable 2019, guarantees included, spread evenly: SEK 3,317,500",
        "At most payable 2020, guarantees included, spread evenly: SEK 3,317,500",
        "At most payable by Klippans kommun: SEK 4,270,000",
        "At most payable by Garanten, its own guarantee included: SEK 4,000,000",
    ]
    outlook = workflow.outlook(
        read(bigger),
        figure="children_after",
        std_errors=["2"],
        effects=["5"],
        assumed={"children_2014": "10", "children_2015": "10"},
        years=[2019, 2020],
    )
    assert dict(outlook.maximum_by_year) == {"2019": "3317500", "2020": "3317500"}
    sentence = "Garantier inräknade betalar betalare och garanter tillsammans högst 6 635 000 kr."
    assert sentence in outlook.text("sv").replace("\u00a0", " ")
    open_ended = bigger.replace('amount: "9000000"        # assumed', "amount: children_2014        # assumed")
    assert told(effekt, tmp_path, open_ended, "--years", "2019-2020") == [
        "effekt: `--years` spreads the most that can be paid, guarantees included, and nothing bounds "
        "half_of_the_loss; give a guarantee of a figure a cap, or leave the option out."
    ]


def test_why_the_most_of_a_party_is_above_that_of_all_is_said(effekt: Run, tmp_path: Path) -> None:
    """The municipality pays 5 000; the fund pays 1 000 and gets 3 000 back, so that all together pay 3 000."""
    head, each_time = SHARED.partition("  lines:\n")[0], 'true_up: {paid: "0", below_zero: clawback}'
    back = "".join(
        f'    {id}: {{payers: {{{payer}: "1"}}, payee: provider, pays: {{fixed: "{amount}"}}, {each_time}}}\n'
        for id, payer, amount in (("a", "municipality", "5000"), ("b", "fund", "1000"), ("c", "fund", "-3000"))
    )
    text = f"{head}  lines:\n{back}"
    sv, en = (
        "Högsta beloppet för Exempelkommunen överstiger det för alla tillsammans, eftersom vart och ett räknas för "
        "sig: det som andra finge tillbaka sänkte bara summan av alla, och avrundningen av delar till hela multiplar "
        "av 0,01 kr kan höja en parts del.",
        "The most of Exempelkommunen is above that of all together, since each is reckoned by itself: what others were "
        "paid back would lower the sum of all alone, and the rounding of parts to whole multiples of SEK 0.01 can "
        "raise the part of one.",
    )
    for lang, sentence in (("sv", sv), ("en", en)):
        assert sentence in workflow.annex(read(text), lang=lang).replace("\u00a0", " ")  # type: ignore[arg-type]
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    assert en in effekt("check", path, "--lang", "en")[1].replace("\u00a0", " ")
    assert "överstiger det för alla" not in workflow.annex(read(GUARANTEED), lang="sv")


def test_an_amount_that_no_certificate_holds_is_refused_by_its_line() -> None:
    """A count of thirty digits at 1 000.55: the amount has 34 before the point and two after it."""
    with pytest.raises(
        ContractError, match=r"^payment\.lines\.work must be an amount of at most 30 digits; it has 36\."
    ):
        settled(TEXT.replace(', cap: "20000"', ""), "2023-01-31", "9" * 30, "0.00")

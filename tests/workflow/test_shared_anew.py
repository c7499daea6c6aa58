"""What an amendment does to what was paid by the file before it, by other terms and other shares."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from contracts.builders import given
from deciding import decided
from workflow.test_guaranteed_in_parts import INVESTOR

from effekt.certificates import generate_key, public_text
from effekt.certificates.signing import public_key
from effekt.contracts import Contract, parse_contract, settle_figures
from effekt.workflow import amend, annex

BEFORE = """\
schema: effekt/contract/1
id: work
title: {sv: "Arbete", en: "Work"}
parties:
  town: {role: payer, name: "Staden", keys: ["ZaqZwwTK05V8/xLBul0T/sKkc8kQflpZeW4DyucgniY="]}
  region: {role: payer, name: "Regionen", keys: ["g3Tvx4Ff0zq+6Zvbf4PxzoV4VOhB/a8swNIt2MzlddI="]}
  firm: {role: provider, name: "Firman", keys: ["y4vMSRJ3Vh09da6wxmg3EnwpjeaBezYgFFgnrVFfwmM="]}
  auditor: {role: verifier, name: "Revisorn", keys: ["HBgOVckcQMUu/YH5bD1cNW1EGc8YpenW0YF0CjvyuRk="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2022-01-10", outcome_data_from: "2022-03-01"}
attribution: none
figures:
  done: {attested: auditor, digits: 0, unit: "people", question: {sv: "Antal?", en: "How many?"}}
  paid: {attested: auditor, digits: 0, unit: SEK, question: {sv: "Betalt?", en: "Paid?"}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    jobs:
      payers: {town: "0.4", region: "0.6"}
      payee: firm
      pays: {unit_price: {price: "100", figure: done, below_zero: zero}}
      true_up: {paid: paid, below_zero: clawback}
    starts:
      payers: {town: "0.5", region: "0.5"}
      payee: firm
      pays: {unit_price: {price: "10", figure: done, below_zero: zero}}
"""
NETTED = "  netting: {lines: [jobs, other], below_zero: zero, reduces: pro_rata}\n"
OTHER = """\
    other:
      payers: {town: "0.4", region: "0.6"}
      payee: firm
      pays: {unit_price: {price: "7", figure: done, below_zero: zero}}
      true_up: {paid: other_paid, below_zero: clawback}
"""
OTHER_PAID = '  other_paid: {attested: auditor, digits: 0, unit: SEK, question: {sv: "Betalt?", en: "Paid?"}}\n'
FUND = '  fund: {role: investor, name: "Fonden"}\n  auditor: {role'
PASSED = '  waterfall: {from: firm, steps: [{to: {firm: "0.5", fund: "0.5"}}]}\n'
ALL = "which is all that is due since the contract began less what was paid before"
ALSO = (
    f"! The amendment changes what jobs pays, {ALL}: the new terms, a new price too, also hold for what was paid "
    "already. At the next settlement the difference is due or, where less is due, what was paid too much is "
)
BORNE = (
    "! The amendment changes who bears jobs, of which what was paid before is deducted: what was paid stays as it was "
    "shared, and all that is paid from now on, also for the time before, is shared by the new shares."
)
PASSES = (
    "! The amendment changes the steps by which Firman passes on what it is paid of jobs, of which what was paid "
    "before is deducted: what was passed on stays as it was shared, and all that is passed on from now on, also for "
    "the time before, is shared by the new terms."
)
CAPPED = ("below_zero: zero}}\n      true", "below_zero: zero}, cap: '500'}\n      true")
PAYEE = tuple(f'payee: {party}\n      pays: {{unit_price: {{price: "100"' for party in ("firm", "auditor"))
PAYEE_7 = 'payee: auditor\n      pays: {unit_price: {price: "7"'
JOBS = (BEFORE[BEFORE.index("    jobs:") : BEFORE.index("    starts:")], "")
GONE = (
    "! The amendment takes away the line jobs, of which what was paid before was deducted: what was paid of it stays "
    "paid, also what was paid too much, and what was due of it and is not paid is due no more."
)
FREE = (
    "! By the amendment what was paid before is no longer deducted from jobs: what was paid of it stays paid, also "
    "what was paid too much, and comes beside what the line pays by the new terms, unless a certificate takes the "
    "place of the one by which it was paid."
)
OTHER_PARTY = (
    "! The amendment gives {0} another name or number: {1} before, {2} now. Where that is another party it takes the "
    "place of the former in jobs, of which what was paid before is deducted: what the former paid or was paid stays so "
    "and counts as paid before, and what is paid or paid back from now on, also for the time before, is paid by and to "
    "the new one; what the two owe each other is not settled here."
)
NO_MORE = (
    "! By the amendment Firman no longer passes on what is paid of jobs, of which what was paid before is deducted: "
    "what was passed on stays as it was shared, and nothing of what is paid from now on, also for the time before, is "
    "passed on by Firman."
)
EXCEPT = (
    " An announced day before 2024-01-31 is excepted: it is settled by the file that held on it, also late or again."
)
EXCEPT_SV = (
    " En angiven dag före 2024-01-31 är undantagen: den avräknas enligt den fil som gällde då, även sent eller på nytt."
)
PRICE, SHARES = ('price: "100"', 'price: "90"'), ('{town: "0.4", region: "0.6"}', '{town: "0.3", region: "0.7"}')
CARRY, FLOOR = ("clawback", "carry"), ("clawback", "floor")


def amended(
    text: str, *changes: tuple[str, str], agreed_by: tuple[str, ...] = ("town", "region", "firm")
) -> tuple[Contract, Contract]:
    """A contract file and its amendment."""
    before = parse_contract(text.encode())
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    amendment = (
        f"amendment:\n  number: 1\n  of: '{before.sha256}'\n  date: '2023-03-01'\n"
        f'  reason: {{sv: "Nytt", en: "New"}}\n  agreed_by: [{", ".join(agreed_by)}]\n'
    )
    return before, parse_contract((text + amendment).encode())


def changed(*changes: tuple[str, str]) -> str:
    text = BEFORE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


THROUGH = changed(("  auditor: {role", FUND), ("  lines:\n", f"{PASSED}  lines:\n"))
BOTH = changed(("payment:\n", f"{OTHER_PAID}payment:\n"), ("    starts:", f"{OTHER}    starts:")) + NETTED


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        (BEFORE, [PRICE], [f"{ALSO}paid back."]),
        (changed(CARRY), [PRICE], [f"{ALSO}deducted from later payments."]),
        (changed(FLOOR), [PRICE], [f"{ALSO}let go."]),
        (BOTH, [PRICE], [f"{ALSO}netted against the other lines."]),
        (
            BEFORE,
            [("below_zero: zero}}\n      true", "below_zero: zero}, cap: '500'}\n      true")],
            [f"{ALSO}paid back."],
        ),
        (BEFORE, [("How many?", "How many in all?")], [f"{ALSO}paid back."]),
        (BEFORE, [CARRY], [f"{ALSO}deducted from later payments."]),
        (BEFORE, [('price: "10"', 'price: "9"')], []),  # of a line that is paid once
        (BEFORE, [('town: "0.5", region: "0.5"', 'town: "0.1", region: "0.9"')], []),
        (BEFORE, [("Paid?", "Paid before?")], []),
        (BEFORE, [("paid: paid", 'paid: "0"'), PRICE], [FREE]),
        (
            BEFORE,
            [SHARES],
            [f"{BORNE} What is paid back is shared by the new shares, though it was paid by the old ones."],
        ),
        (
            changed(CARRY),
            [SHARES],
            [f"{BORNE} What was paid too much by the old shares is deducted from what is shared by the new ones."],
        ),
        (changed(FLOOR), [SHARES], [BORNE]),
        (BEFORE, [(SHARES[0], '{region: "0.60", town: "0.40"}')], []),
        (
            BOTH,
            [SHARES],
            [
                f"{BORNE.replace('jobs', id)} What is netted is shared by the new shares, though it was paid by the "
                "old ones."
                for id in ("jobs", "other")
            ],
        ),
        (
            BEFORE,
            [PAYEE],
            [
                "! The amendment changes to whom jobs is paid, of which what was paid before is deducted: what "
                "Firman was paid is deducted from what Revisorn is paid, and Revisorn pays back what Firman was paid "
                "too much."
            ],
        ),
        (
            changed(CARRY),
            [PAYEE],
            [
                "! The amendment changes to whom jobs is paid, of which what was paid before is deducted: what "
                "Firman was paid is deducted from what Revisorn is paid."
            ],
        ),
        (BEFORE, [JOBS], [GONE]),
        (BEFORE, [("      true_up: {paid: paid, below_zero: clawback}\n", "")], [FREE]),
        (BEFORE, [("rounding: half_up", "rounding: half_even")], [f"{ALSO}paid back."]),
        (BEFORE, [('name: "Staden"', 'name: "Nystaden"')], [OTHER_PARTY.format("town", "Staden", "Nystaden")]),
        (
            BEFORE,
            [('name: "Firman"', 'name: "Nyfirman"')],
            [OTHER_PARTY.format("firm", "Firman", "Nyfirman")],
        ),
        (BEFORE, [('name: "Revisorn"', 'name: "Granskaren"')], []),
        (THROUGH, [('name: "Fonden"', 'name: "Nyfonden"')], [OTHER_PARTY.format("fund", "Fonden", "Nyfonden")]),
        (
            THROUGH.replace("clawback", "carry"),
            [PAYEE],
            [
                "! The amendment changes to whom jobs is paid, of which what was paid before is deducted: what Firman "
                "was paid is deducted from what Revisorn is paid.",
                NO_MORE,
            ],
        ),
        (
            THROUGH,
            [(PASSED, "")],
            [f"{NO_MORE} What is to be paid back is given back by none of those to whom it was passed on."],
        ),
        (
            BOTH,
            [(PAYEE[0], PAYEE[1]), ('payee: firm\n      pays: {unit_price: {price: "7"', PAYEE_7)],
            [
                f"! The amendment changes to whom {id} is paid, of which what was paid before is deducted: what Firman "
                "was paid is deducted from what Revisorn is paid, and what Firman was paid too much is netted against "
                "what Revisorn is paid on other lines."
                for id in ("jobs", "other")
            ],
        ),
        (
            THROUGH,
            [('firm: "0.5", fund: "0.5"', 'firm: "0.25", fund: "0.75"')],
            [f"{PASSES} What Firman is to pay back none of those gives back to it to whom it was passed on."],
        ),
        (THROUGH.replace("clawback", "carry"), [('firm: "0.5", fund: "0.5"', 'firm: "0.25", fund: "0.75"')], [PASSES]),
        (THROUGH, [('firm: "0.5", fund: "0.5"', 'fund: "0.50", firm: "0.50"')], []),
        (THROUGH.replace("paid: paid", 'paid: "0"'), [('firm: "0.5", fund: "0.5"', 'firm: "0.25", fund: "0.75"')], []),
    ],
)
def test_what_an_amendment_does_to_what_was_paid_is_told(text: str, changes: Any, told: list[str]) -> None:
    before, after = amended(text, *changes)
    found = amend(before, after)
    lines = [line for line in found.text("en").splitlines() if line.startswith("! ")]
    assert lines == told
    swedish = [line for line in found.text("sv").splitlines() if line.startswith("! Ändringen ")]
    assert len(swedish) == len(told)
    assert [one["en"] for one in json.loads(found.to_json())["cautions"]] == [line[2:] for line in told]


def test_the_same_in_swedish() -> None:
    def swedish(text: str, *changes: tuple[str, str]) -> str:
        return " ".join(one.sv for one in amend(*amended(text, *changes)).cautions)

    assert swedish(BEFORE, PRICE) == (
        "Ändringen ändrar vad jobs betalar, som är allt som ska betalas sedan avtalets början minus det som betalats "
        "tidigare: de nya villkoren, även ett nytt pris, gäller också för det som redan är betalt. Vid nästa avräkning "
        "ska skillnaden betalas eller, om mindre ska betalas, betalas det för mycket betalda tillbaka."
    )
    assert swedish(changed(FLOOR), PRICE).endswith("om mindre ska betalas, efterges det för mycket betalda.")
    assert swedish(changed(CARRY), PRICE).endswith("avräknas det för mycket betalda mot kommande betalningar.")
    assert swedish(BOTH, PRICE).endswith("kvittas det för mycket betalda mot de andra raderna.")
    assert swedish(BEFORE, SHARES) == (
        "Ändringen ändrar vem som bär jobs, där det som betalats tidigare dras av: det som är betalt förblir fördelat "
        "som det var, och allt som betalas från och med nu, även för tiden före, fördelas efter de nya andelarna. Det "
        "som betalas tillbaka fördelas efter de nya andelarna, fast det betalades efter de gamla."
    )
    assert swedish(changed(CARRY), SHARES).endswith(
        " Det som betalats för mycket efter de gamla andelarna dras av från det som fördelas efter de nya."
    )
    assert swedish(BEFORE, JOBS) == (
        "Ändringen tar bort raden jobs, där det som betalats tidigare drogs av: det som är betalt på den förblir "
        "betalt, även det som är för mycket betalt, och det som återstod att betala på den ska inte längre betalas."
    )
    assert swedish(BEFORE, ('name: "Staden"', 'name: "Nystaden"')) == (
        "Ändringen ger town ett annat namn eller nummer: Staden tidigare, Nystaden nu. Om det är en annan part träder "
        "den i den förras ställe i jobs, där det som betalats tidigare dras av: det som den förra har betalat eller "
        "fått står fast och räknas som tidigare betalt, och det som betalas eller betalas tillbaka från och med nu, "
        "även för tiden före, betalas av och till den nya; vad de två är skyldiga varandra regleras inte här."
    )
    assert swedish(THROUGH, (PASSED, "")) == (
        "Ändringen gör att Firman inte längre fördelar det som betalas för jobs, där det som betalats tidigare "
        "dras av: det som är fördelat förblir fördelat som det var, och inget av det som betalas från och med nu, även "
        "för tiden före, fördelas av Firman. Det som ska betalas tillbaka ger ingen av dem som fått del av det "
        "tillbaka."
    )
    assert " Det som kvittas fördelas efter de nya andelarna" in swedish(BOTH, SHARES)
    assert swedish(THROUGH, ('firm: "0.5", fund: "0.5"', 'firm: "0.25", fund: "0.75"')) == (
        "Ändringen ändrar stegen för hur Firman fördelar det den får betalt för jobs, där det som betalats tidigare "
        "dras av: det som är fördelat förblir fördelat som det var, och allt som fördelas från och med nu, även för "
        "tiden före, fördelas efter de nya villkoren. Det som Firman ska betala tillbaka ger ingen av dem som fått del "
        "av det tillbaka till den."
    )


LIMITED = (
    "! The amendment changes what holds between lines ({}), which counts lines that deduct what was paid before: what "
    "was paid by the old rules stays paid and is deducted. What they held back is due at the next settlement, and what "
    "they added is deducted there, by the new rules, which hold in each settlement by itself."
)
CAP = '  cap: {amount: "500", reduces: pro_rata}\n'


@pytest.mark.parametrize(
    ("text", "changes", "places"),
    [
        (changed(("  lines:\n", f"{CAP}  lines:\n")), [('"500"', '"400"')], "payment.cap"),
        (BEFORE, [("  lines:\n", f"{CAP}  lines:\n")], "payment.cap"),
        (BOTH, [("reduces: pro_rata", "reduces: last_line_first")], "payment.netting"),
        (
            BOTH.replace(NETTED, ""),
            [
                (
                    "  lines:\n",
                    '  caps: {year: {lines: [jobs, starts], amount: "9", reduces: pro_rata}}\n'
                    '  floor: {amount: "1", raises: other}\n  lines:\n',
                )
            ],
            "payment.caps.year and payment.floor",
        ),
        (
            changed(("paid: paid", 'paid: "0"'), ("  lines:\n", f"{CAP}  lines:\n")),
            [('"500"', '"400"')],
            None,  # no line deducts what was paid before
        ),
    ],
)
def test_other_limits_between_lines_are_told(text: str, changes: Any, places: str | None) -> None:
    found = amend(*amended(text, *changes))
    lines = [line for line in found.text("en").splitlines() if line.startswith("! ")]
    assert lines == ([] if places is None else [LIMITED.format(places)])
    if places is not None:
        (sv,) = [one.sv for one in found.cautions]
        assert sv.startswith(f"Ändringen ändrar vad som gäller mellan rader ({places.replace(' and ', ' och ')}), där")


@pytest.mark.parametrize(
    ("changes", "en", "sv"),
    [
        ([('amount: guaranteed, share: "1"', 'amount: guaranteed, share: "0.5"')], "", ""),
        ([('difference: ["25000"', 'difference: ["24000"')], "", ""),
        ([("guarantor: fund", "guarantor: municipality")], ", by Kommunen", ", av Kommunen"),
        ([(', cap: "25000"', "")], "", ""),
        ([('amount: guaranteed, share: "1"', 'amount: guaranteed, share: "1.0"')], None, None),
        ([('difference: ["25000", passed_before]', 'greatest: ["25000", "0"]')], None, None),  # which counts nothing
    ],
)
def test_a_guarantee_that_counts_what_was_paid_before_is_told(changes: Any, en: str | None, sv: str | None) -> None:
    text = decided(INVESTOR)
    for party in ("municipality", "fund", "provider", "investor"):
        text = text.replace(f"{party}: {{", f'{party}: {{keys: ["{public_text(public_key(generate_key()))}"], ', 1)
    found = amend(*amended(text, *changes, agreed_by=("municipality", "fund", "provider", "investor")))
    told = [one for one in found.cautions if "guarantee capital" in one.en]
    if en is None:
        assert told == []
        return
    (one,) = told
    assert one.en == (
        "The amendment changes the guarantee capital, whose amount counts what was paid before: what Fonden has paid "
        "of it stays paid, and what is lacking from now on, also for the time before, is borne by the new terms"
        f"{en}; of a guarantee nothing is paid back.{EXCEPT}"
    )
    assert one.sv == (
        "Ändringen ändrar garantin capital, vars belopp räknar in det som betalats tidigare: det som Fonden har "
        "betalat av den förblir betalt, och det som saknas från och med nu, även för tiden före, bärs enligt de nya "
        "villkoren"
        f"{sv}; av en garanti betalas inget tillbaka.{EXCEPT_SV}"
    )


def test_a_party_of_another_number_and_a_line_that_a_guarantee_counted_no_more_are_told() -> None:
    numbered = amend(*amended(BEFORE, ('name: "Firman"', 'name: "Firman", organisation_number: "556677-8899"')))
    assert numbered.cautions[0].en.startswith(
        "The amendment gives firm another name or number: Firman before, Firman (556677-8899) now."
    )
    text = decided(INVESTOR).replace("beneficiary: investor", "beneficiary: provider")
    text = re.sub(r"  waterfall:\n(    .*\n)+", "", text).replace("{passed_to: investor}", "{line: work}")
    also = '    more: {payers: {municipality: "1"}, payee: provider, pays: {fixed: "1"}, paid_each: certificate}\n'
    text = text.replace("  lines:\n", f"  lines:\n{also}")
    for party in ("municipality", "fund", "provider", "investor"):
        text = text.replace(f"{party}: {{", f'{party}: {{keys: ["{public_text(public_key(generate_key()))}"], ', 1)
    found = amend(
        *amended(text, ("      payee: provider", "      payee: fund"), agreed_by=("municipality", "fund", "provider"))
    )
    (told,) = [one for one in found.cautions if "to whom work is paid" in one.en]
    assert told.en.endswith(" It no longer counts as received by Leverantören where capital is reckoned." + EXCEPT)
    assert told.sv.endswith(" Det räknas inte längre som mottaget av Leverantören när capital räknas ut." + EXCEPT_SV)


BEGINS = (
    "Of all that is due of the line jobs since the contract began, also in the time of the files before this one, only "
    "paid is deducted as paid before, and the terms here, their prices too, also hold for that time: at the next "
    "settlement the difference is due or, where less is due, what was paid too much is "
)
STAYS = " What was paid stays as it was shared; what is paid from now on, also for the time before"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BEFORE, [f"{BEGINS}paid back.{STAYS}, and what is paid back, is shared by the shares that stand here."]),
        (changed(CARRY), [f"{BEGINS}deducted from later payments.{STAYS}, is shared by the shares that stand here."]),
        (changed((SHARES[0], '{town: "1"}')), [f"{BEGINS}paid back."]),
        (changed(("paid: paid", 'paid: "0"')), []),
        (
            THROUGH.replace("clawback", "carry"),
            [
                f"{BEGINS}deducted from later payments.{STAYS}, is shared by the shares that stand here.",
                "What Firman passed on by the files before this one stays as it was shared; what it passes on from now "
                "on, also for the time before, is shared by the terms here.",
            ],
        ),
    ],
)
def test_the_annex_of_an_amended_contract_says_it(text: str, told: list[str]) -> None:
    before, after = amended(text, ('price: "10"', 'price: "9"'))
    lines = [line.partition(". ")[2] for line in annex(after, lang="en").splitlines()]
    assert [line for line in lines if "files before this one" in line] == told
    assert sum("filerna före denna" in line for line in annex(after).splitlines()) == len(told)
    assert "files before this one" not in annex(before, lang="en")


def test_the_annex_says_it_in_swedish() -> None:
    _, after = amended(BEFORE, PRICE)
    assert (
        "Från allt som ska betalas för raden jobs sedan avtalets början, även under filerna före denna, dras bara paid "
        "av som tidigare betalt, och villkoren här, även priserna, gäller också för den tiden: vid nästa avräkning ska "
        "skillnaden betalas eller, om mindre ska betalas, betalas det för "
        "mycket betalda tillbaka. Det som är betalt förblir fördelat som det var; det som betalas från och med nu, "
        "även för tiden före, och det som betalas tillbaka, fördelas efter de andelar som står här."
    ) in annex(after)


def paid(contract: Contract, done: str, before: str) -> Any:
    found = settle_figures(contract, given(contract, {"done": done, "paid": before}))
    (jobs,) = [line for line in found.lines if line.id == "jobs"]
    return jobs.amount, {share.payer: share.amount for share in jobs.shares}, found.distribution


@pytest.mark.parametrize(
    ("done", "amount", "shares"),
    [
        ("12", "80", {"town": "24", "region": "56"}),  # 12 people at 90 less 10 at 100, by the new shares
        ("10", "-100", {"town": "-30", "region": "-70"}),  # the old price of ten is taken back, by the new shares
    ],
)
def test_what_is_told_is_what_the_next_settlement_pays(done: str, amount: str, shares: dict[str, str]) -> None:
    before, after = amended(BEFORE, PRICE, SHARES)
    assert paid(before, "10", "0")[:2] == ("1000", {"town": "400", "region": "600"})
    assert paid(after, done, "1000")[:2] == (amount, shares)


def test_receivers_get_the_rest_by_their_new_shares_and_give_nothing_back() -> None:
    _, after = amended(
        THROUGH[: THROUGH.index("    starts:")], PRICE, ('firm: "0.5", fund: "0.5"', 'firm: "0.25", fund: "0.75"')
    )
    receipts = [(one.party, one.amount) for one in paid(after, "12", "1000")[2].receipts]
    assert receipts == [("firm", "20"), ("fund", "60")]
    assert {one.amount for one in paid(after, "10", "1000")[2].receipts} == {"0"}


def of_reference(*changes: tuple[str, str]) -> str:
    """The contract of the reference, whose line and steps count what certificates paid before, with a key for each."""
    text = decided(INVESTOR)
    for party in ("municipality", "fund", "provider", "investor"):
        key = public_text(public_key(generate_key()))
        text = re.sub(rf'(\n  {party}: {{[^}}]*")}}', rf'\1, keys: ["{key}"]}}', text)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


STEP = ('{to: {provider: "1"}}', '{to: {provider: "0.5", investor: "0.5"}}')


@pytest.mark.parametrize(
    ("of", "change", "told"),
    [
        (
            [],
            ('"1000.55"', '"900.55"'),
            "The amendment changes what work pays, of which what was paid before is deducted: the new terms, a new "
            "price too, also hold for what was paid already. At the next settlement the difference is due or, where "
            "less is due, what was paid too much is deducted from later payments.",
        ),
        (
            [("below_zero: zero", "below_zero: negative")],
            ('"1000.55"', '"900.55"'),
            "The amendment changes what work pays, of which what was paid before is deducted: the new terms, a new "
            "price too, also hold for what was paid already. At the next settlement the difference is due or, where "
            "less is due, what was paid too much is paid back.",
        ),
        ([], STEP, PASSES[2:].replace("Firman", "Leverantören").replace("jobs", "work")),
        (
            [("figure: new", "figure: starts")],
            STEP,
            "The amendment changes the steps by which Leverantören passes on what it is paid, which count what was "
            "passed on before: what was passed on stays as it was shared, and still fills the steps that count it; all "
            "that is passed on from now on is shared by the new terms.",
        ),
        (
            [],
            ('["20000", passed', '["22000", passed'),
            PASSES[2:].replace("Firman", "Leverantören").replace("jobs", "work"),
        ),
        ([("figure: new", "figure: starts"), ("up_to: first", 'up_to: "20000"')], STEP, None),
        ([("figure: new", "figure: starts")], ('"1000.55"', '"900.55"'), None),
    ],
)
def test_what_sums_its_certificates_counts_what_was_paid_too(
    of: Any, change: tuple[str, str], told: str | None
) -> None:
    text = of_reference(*of)
    agreed_by = ("municipality", "fund", "provider", "investor")
    found = amend(*amended(text, change, agreed_by=agreed_by))
    *cautions, held_from = found.cautions
    assert held_from.en.startswith("Of work, paid on each announced day, the terms of this file hold from ")
    assert [one.en for one in cautions] == ([] if told is None else [told + EXCEPT])
    if "which count what was passed" in (told or ""):
        assert found.cautions[0].sv == (
            "Ändringen ändrar stegen för hur Leverantören fördelar det den får betalt, som räknar in det som "
            "fördelats tidigare: det som är fördelat förblir fördelat som det var, och fyller fortfarande de steg som "
            "räknar in det; allt som fördelas från och med nu fördelas efter de nya villkoren." + EXCEPT_SV
        )


def test_of_another_receiver_a_step_counts_from_nothing() -> None:
    """The first 20 000 go to the fund in the investor's place; what the investor was passed on counts no longer."""
    text = of_reference().replace("fund: {role: payer", "fund: {role: investor")
    changes = ("passed_to: investor", "passed_to: fund"), ('to: {investor: "1"}', 'to: {fund: "1"}')
    more = (("beneficiary: investor", "beneficiary: fund"), ("guarantor: fund", "guarantor: investor"))
    agreed_by = ("municipality", "fund", "provider", "investor")
    found = amend(*amended(text, *changes, *more, agreed_by=agreed_by))
    (one,) = [one for one in found.cautions if "counts from 0" in one.en]
    assert (one.en, one.sv) == (
        "By the file before nothing was passed on to Fonden: a step that counts what Fonden was passed on before "
        "counts from 0 and fills anew, whatever another party was passed on by the step in its place." + EXCEPT,
        "Enligt filen före fördelades inget till Fonden: ett steg som räknar in det som tidigare fördelats till Fonden "
        "räknar från 0 och fylls på nytt, oavsett vad en annan part har fått i det steg som det ersätter." + EXCEPT_SV,
    )
    assert not [one for one in amend(*amended(text, STEP, agreed_by=agreed_by)).cautions if "counts from 0" in one.en]


ON_DAYS = (
    ('from: "2022-03-01"}', 'from: "2022-03-01", certificates: ["2022-12-31", "2024-01-31"]}'),
    ("figure: done, below_zero: zero}}\n", "figure: done, below_zero: zero}}\n      paid_each: certificate\n"),
)


def test_a_day_before_is_excepted_of_all_lines_where_one_is_paid_on_each() -> None:
    """A day before is settled by the file that held on it, whole: also of jobs, which deducts what was paid."""
    text, (days, each) = THROUGH, ON_DAYS
    jobs, starts = text.split("    starts:")
    mixed = f"{jobs}    starts:{starts.replace(*each)}".replace(*days)
    steps = ('firm: "0.5", fund: "0.5"', 'firm: "0.25", fund: "0.75"')
    before, after = amended(mixed, SHARES, steps)
    *told, _ = amend(before, after).cautions
    assert len(told) == 2
    assert all(one.en.endswith(EXCEPT) and one.sv.endswith(EXCEPT_SV) for one in told)
    for lang, excepted in (("en", EXCEPT), ("sv", EXCEPT_SV)):
        assert annex(after, lang=lang).count(excepted) == 2  # type: ignore[arg-type]
    taken = mixed[mixed.index("    starts:") :]
    (gone, _) = amend(*amended(mixed, (taken, ""), steps)).cautions
    assert gone.en.endswith(EXCEPT)  # the file before still settles its days
    once = amend(*amended(text.replace(*days), steps)).cautions
    assert [EXCEPT in one.en for one in once] == [False]  # a settlement is of no announced day

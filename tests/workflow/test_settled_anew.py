"""A dishonest party writes another sum as what was paid of a settlement that is settled anew, and signs it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from deciding import decided
from workflow.test_corrections import DISPUTED, disputes, replaced
from workflow.test_one_settlement import BOTH, UNCAPPED, stating, verdicts
from workflow.test_several_settlements import CUMULATIVE, KEY, Run, attested, read, settled

from effekt import workflow
from effekt._text import Language
from effekt.certificates import generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.certificates.ranges import Shown
from effekt.certificates.release import for_anyone, public_statement, read_public
from effekt.contracts import parse_attestation
from effekt.exceptions import CertificateError
from effekt.reports.indigo import indigo_project
from effekt.reports.public import statement_text
from effekt.reports.text import certificate_text
from effekt.workflow.statement_form import not_as_contract
from effekt.workflow.statements import verify_statement

FIRST_ON_FIRST_DAY = settled(BOTH, "2023-01-31", "1", "0")
FIRST = settled(BOTH, "2024-01-31", "26", "1000")
AGAIN = settled(BOTH, "2024-02-05", "31", "1000", FIRST)


def told(certificate: Certificate, *earlier: Certificate, name: str = "settled_anew") -> tuple[str, str, str]:
    verdict, en, sv = verdicts(certificate, *earlier)[name]
    return verdict, en.replace("\u00a0", " "), sv.replace("\u00a0", " ")


def test_without_the_earlier_one_each_sum_that_rests_on_a_word_is_named() -> None:
    """19 000 instead of 20 000: nothing in the contract speaks against it, so whoever verifies is to ask."""
    false = stating(AGAIN, {"work": "19000"})
    digest = FIRST.sha256[:16]
    assert told(false) == (
        "cannot_tell",
        "It settles anew and says that SEK 19,000 of work was paid before it (supersedes.anew): that rests on the word "
        f"of whoever signed it, since that of 2024-01-31, digest {digest}…, was not given. Ask for that one.",
        "Det avräknar på nytt och anger att 19 000 kr av work var betalt före det (supersedes.anew): det vilar på "
        f"undertecknarens ord, eftersom intyget från 2024-01-31, kontrollsumma {digest}…, inte angavs. Begär det.",
    )
    found = workflow.verify(false, contract=false.contract)
    assert "what was paid of what it settles anew rests on the word of whoever signed it: ask" in found.summary.en
    assert "vad som betalats av det som det avräknar på nytt vilar på undertecknarens ord: fråga" in found.summary.sv


@pytest.mark.parametrize("given", [(), (FIRST_ON_FIRST_DAY, FIRST)])
@pytest.mark.parametrize(
    ("anew", "en", "sv"),
    [
        (
            {"work": "20000.01"},
            "supersedes.anew.work must be at most SEK 20,000, which is the most of it that is paid on as many "
            "certificates as are superseded, 1; got SEK 20,000.01.",
            "supersedes.anew.work måste vara högst 20 000 kr, vilket är det mesta av den som betalas enligt så många "
            "intyg som ersätts, 1; angavs 20 000,01 kr.",
        ),
        (
            {"work": "-1000.01"},
            "supersedes.anew.work and figures.paid must together be at least SEK 0, the least that can have been paid "
            "of it; got SEK −1,000.01 and SEK 1,000.",
            "supersedes.anew.work och figures.paid måste tillsammans vara minst 0 kr, det minsta som kan ha betalats "
            "av den; angavs −1 000,01 kr och 1 000 kr.",
        ),
        (
            {"work": "1.005"},
            "supersedes.anew.work must be a whole multiple of SEK 0.01; got SEK 1.005.",
            "supersedes.anew.work måste vara en hel multipel av 0,01 kr; angavs 1,005 kr.",
        ),
        (
            {"work": "20000.00"},
            "supersedes.anew.work must be written 20000; got 20000.00.",
            "supersedes.anew.work måste skrivas 20000; angavs 20000.00.",
        ),
        (
            {"work": "0"},
            "supersedes.anew must be left out where nothing was paid; all its sums are 0.",
            "supersedes.anew måste utelämnas när inget har betalats; alla dess summor är 0.",
        ),
        (
            {},
            "supersedes.anew must name every line that is paid in parts; work missing.",
            "supersedes.anew måste ange varje rad som betalas i delar; work saknas.",
        ),
    ],
)
def test_what_no_certificate_can_have_paid_differs(
    given: tuple[Certificate, ...], anew: dict[str, str], en: str, sv: str
) -> None:
    assert told(stating(AGAIN, anew), *given) == ("different", en, sv)


def test_nothing_is_paid_back_of_a_line_that_carries_and_no_more_is_due_than_its_cap() -> None:
    carried = BOTH.replace("below_zero: clawback", "below_zero: carry")
    first = settled(carried, "2023-01-31", "26", "0")
    again = settled(carried, "2023-02-05", "30", "0", first)
    assert (again.due, again.settles_anew) == ("20000.00", {"work": "20000"})
    assert told(stating(again, {"work": "-1"}))[1] == "supersedes.anew.work must be at least SEK 0; got SEK −1."
    bounded = BOTH.replace("      true_up:", '      cap: "30000"\n      true_up:')
    later = settled(bounded, "2024-01-31", "29", "15000")
    again = settled(bounded, "2024-02-05", "25", "15000", later)
    assert again.settles_anew == {"work": "14000"}
    assert told(again)[0] == "cannot_tell"
    assert told(stating(again, {"work": "15001"}))[1:] == (
        "supersedes.anew.work and figures.paid must together be at most SEK 30,000, all that can be due of it; got "
        "SEK 15,001 and SEK 15,000.",
        "supersedes.anew.work och figures.paid måste tillsammans vara högst 30 000 kr, det mesta som kan förfalla av "
        "den; angavs 15 001 kr och 15 000 kr.",
    )


def test_what_was_paid_and_is_not_paid_back_is_seen_without_the_earlier_one() -> None:
    """5 000 are due; that 20 000 were paid the certificate says itself, and nothing goes back."""
    carried = BOTH.replace("below_zero: clawback", "below_zero: carry")
    first = settled(carried, "2023-01-31", "2", "0")
    again = stating(settled(carried, "2023-02-05", "5", "2000", first), {"work": "4000"})
    assert told(again)[1] == (
        "Settled anew payment.lines.work must pay at least what was paid of it, 4000, since nothing is paid back "
        "(true_up.below_zero); got 3000."
    )


def test_which_of_two_sums_is_wrong_is_named_with_the_earlier_one() -> None:
    """1 000 are rightly deducted, so that it is the other sum; of 500 and 20 500 the first."""
    for anew, got in (({"work": "19000"}, "19,000"), (None, "0")):
        wrong = f"supersedes.anew.work must be SEK 20,000; got SEK {got}"
        verdict, en, sv = told(stating(AGAIN, anew), FIRST_ON_FIRST_DAY, FIRST, name="paid_before")
        assert (verdict, wrong in en) == ("different", True)
        assert f"supersedes.anew.work måste vara 20 000 kr; angavs {got.replace(',', ' ')} kr" in sv
        assert " deducts " not in en
    assert told(stating(AGAIN, {"work": "19000"}), FIRST)[:2] == (
        "different",
        "What it says was paid of what it settles anew is not what those whose place it takes say: "
        "supersedes.anew.work must be SEK 20,000; got SEK 19,000.",
    )
    first = settled(BOTH, "2024-01-31", "11", "1000")
    second = settled(BOTH, "2024-02-05", "16", "11000", first)
    third = linked(settled(BOTH, "2024-02-06", "40", "1000"), second, {"work": "14000"})
    assert (
        "supersedes.anew.work must be SEK 15,000; got SEK 14,000" in told(third, first, second, name="paid_before")[1]
    )
    assert told(third, second, name="paid_before") == (
        "different",
        "What is deducted as paid before is not what the certificate of 2024-02-05 says: "
        "payment.lines.work.true_up.paid, SEK 1,000, and supersedes.anew.work, SEK 14,000, must together be SEK "
        "16,000; if that certificate was superseded, verify with the one that took its place.",
        "Det som dras av som tidigare betalt är inte vad intyget från 2024-02-05 anger: "
        "payment.lines.work.true_up.paid, 1 000 kr, och supersedes.anew.work, 14 000 kr, måste tillsammans vara "
        "16 000 kr; om det intyget har ersatts, verifiera med det som tog dess plats.",
    )


def linked(certificate: Certificate, earlier: Certificate, anew: dict[str, str]) -> Certificate:
    """As if it took an earlier one's place and settled so much anew."""
    after = settled(UNCAPPED, "2024-02-06", "20", "16000", earlier)
    return stating(certificate, anew, supersedes=dict(after.predicate["supersedes"]))


def test_a_split_that_only_the_first_of_several_would_show_rests_on_a_word() -> None:
    """11 000, then 5 000 more: both sums rightly make 16 000, and which of it is of this settlement the first shows."""
    first = settled(UNCAPPED, "2024-01-31", "11", "1000")
    second = settled(UNCAPPED, "2024-02-05", "16", "11000", first)
    false = linked(settled(UNCAPPED, "2024-02-06", "20", "6000"), second, {"work": "10000"})
    assert told(false, second, name="paid_before")[0] == "reproduced"
    assert told(false, second)[0] == "cannot_tell"
    assert "SEK 10,000 of work was paid before it (supersedes.anew): that rests" in told(false, second)[1]
    assert verdicts(false, first, second)["limits"][0] == "different"


def test_nothing_is_settled_anew_over_an_earlier_day_a_dispute_or_by_what_pays_nothing() -> None:
    next_day = settled(BOTH, "2024-01-31", "26", "1000", FIRST_ON_FIRST_DAY)
    assert told(stating(next_day, {"work": "1000"})) == (
        "different",
        "supersedes.anew must be left out where what is superseded, of 2023-01-31, is of an earlier announced day: "
        "that stays paid. supersedes.anew.work must be at most SEK 0, which is the most of it that is paid on as many "
        "certificates as are superseded, 0; got SEK 1,000.",
        "supersedes.anew måste utelämnas när det som ersätts, från 2023-01-31, gäller en tidigare angiven dag: det "
        "förblir betalt. supersedes.anew.work måste vara högst 0 kr, vilket är det mesta av den som betalas enligt så "
        "många intyg som ersätts, 0; angavs 1 000 kr.",
    )
    first = settled(DISPUTED, "2023-01-31", "30", "0")
    disputed = replaced(first, "30", "0", disputes("none"))
    assert "must be left out while a dispute is open" in told(stating(disputed, {"work": "30000"}))[1]
    look = [dict(AGAIN.predicate["supersedes"])["date"]]
    with pytest.raises(CertificateError, match=r"must be left out where what is superseded is not final, as .*interim"):
        stating(AGAIN, {"work": "20000"}, supersedes=dict(AGAIN.predicate["supersedes"]) | {"interim": look})


TWO = (
    BOTH.replace(', cap: "20000"', "")
    .replace("  lines:\n", '  cap: {amount: "20000", reduces: pro_rata}\n  lines:\n')
    .replace(
        "    base:\n",
        """    more:
      payers: {municipality: "1"}
      payee: provider
      pays: {unit_price: {price: "1000", figure: few, below_zero: zero}}
      true_up: {paid: more_paid, below_zero: carry}
    base:
""",
    )
    .replace("  few:", "  more_paid: {attested: verifier, digits: 2, unit: SEK, question: {sv: x, en: x}}\n  few:")
)


def two(date: str, starts: str, few: str, earlier: Certificate | None = None, below_zero: str = "carry") -> Certificate:
    values = {"starts": starts, "few": few, "paid": "0", "more_paid": "0"}
    rows = "".join(
        f'  {id}: {{value: "{value}", by: verifier, date: "2022-06-01", evidence: {{description: x}}}}\n'
        for id, value in values.items()
    )
    facts = parse_attestation(f"schema: effekt/attestation/1\ncontract: young\nfigures:\n{rows}".encode())
    reason = None if earlier is None else "Counted again"
    return workflow.settle(
        read(decided(re.sub("below_zero: (clawback|carry)", f"below_zero: {below_zero}", TWO))),
        date=date,
        attestations=[facts],
        supersedes=earlier,
        reason=reason,
    ).sign(KEY)


def test_of_several_lines_each_is_named_and_all_are_within_what_holds_between_them() -> None:
    """20 000 at most for both: 10 000 of each; 20 000 of each is within each line and not within both."""
    first = two("2023-01-31", "30", "30")
    again = two("2023-02-05", "40", "40", first)
    assert again.settles_anew == {"work": "10000", "more": "10000"}
    assert told(again, first)[0] == "reproduced"
    assert "says that SEK 10,000 of more and SEK 10,000 of work was paid before it" in told(again)[1]
    swapped = stating(again, {"work": "9000", "more": "10000"})
    assert told(swapped, first)[1] == (
        "What it says was paid of what it settles anew is not what those whose place it takes say: "
        "supersedes.anew.work must be SEK 10,000; got SEK 9,000."
    )
    assert told(stating(again, {"work": "10000"}))[1].startswith(
        "supersedes.anew must name every line that is paid in parts; more missing."
    )
    both = told(stating(again, {"work": "10000", "more": "10001"}))
    assert both[0] == "different"
    assert both[1].startswith(
        "supersedes.anew of more and work must together be at most SEK 20,000, which is the most of them that is paid "
        "on as many certificates as are superseded, 1; got SEK 20,001."
    )
    assert both[2].startswith(
        "supersedes.anew för more och work måste tillsammans vara högst 20 000 kr, vilket är det mesta av dem som "
        "betalas enligt så många intyg som ersätts, 1; angavs 20 001 kr."
    )


def test_the_contracts_cap_bounds_together_what_nothing_bounds_by_itself() -> None:
    """What is due of lines that pay back has no end, but certificates pay 20 000 of all lines at most."""
    first = two("2023-01-31", "30", "30", below_zero="clawback")
    again = two("2023-02-05", "40", "40", first, below_zero="clawback")
    assert again.settles_anew == {"work": "10000", "more": "10000"}
    assert (told(again)[0], told(again, first)[0]) == ("cannot_tell", "reproduced")
    assert told(stating(again, {"work": "19000", "more": "1000"}))[0] == "cannot_tell"
    verdict, en, _ = told(stating(again, {"work": "10000", "more": "10001"}))
    assert verdict == "different"
    assert en.startswith(
        "supersedes.anew of more and work must together be at most SEK 20,000, which is the most of them that is paid "
        "on as many certificates as are superseded, 1; got SEK 20,001."
    )


def test_a_correction_deducts_no_more_than_can_have_been_paid() -> None:
    """Of 30 000 at most in all 90 000 are said to have been paid, so that 60 000 would go back."""
    bounded = UNCAPPED.replace("      true_up:", '      cap: "30000"\n      true_up:')
    first = settled(bounded, "2024-01-31", "29", "15000")
    again = settled(bounded, "2024-02-05", "30", "29000", first)
    assert told(again, name="paid_before")[0] == "cannot_tell"
    false = settled(bounded, "2024-02-05", "30", "90000")
    false = stating(false, None, supersedes={**again.predicate["supersedes"], "anew": {}})
    assert told(false, name="paid_before") == (
        "different",
        "What is deducted as paid before cannot have been paid: work deducts SEK 90,000: settlements together pay at "
        "most SEK 30,000 of it.",
        "Det som dras av som tidigare betalt kan inte ha betalats: work drar av 90 000 kr: avräkningar betalar "
        "tillsammans högst 30 000 kr av den.",
    )


def test_the_days_that_are_superseded_stand_in_order_and_are_days() -> None:
    """More days than there were would let more have been paid."""
    link = dict(AGAIN.predicate["supersedes"])
    for changed in ({"before": ["2024-01-31", "2023-01-31"]}, {"date": "2024-02-06"}):
        false = stating(AGAIN, {"work": "20000"}, supersedes=link | changed)
        verdict, en, sv = told(false, name="supersedes")
        assert verdict == "different"
        assert en.endswith("must stand in order and none after its own, 2024-02-05.")
        assert sv.endswith("måste stå i ordning och ingen efter dess egen, 2024-02-05.")
    with pytest.raises(CertificateError, match="must be a day such as '2022-03-15'; got 'January'"):
        stating(AGAIN, {"work": "20000"}, supersedes=link | {"date": "January"})


def test_a_dispute_is_not_held_against_another_certificate_than_it_is_of() -> None:
    """The one it is of was not given: the first, which was, says nothing of it."""
    first = settled(DISPUTED, "2023-01-31", "30", "0")
    open_ = replaced(first, "30", "0", disputes("25"))
    decision = replaced(open_, "30", "25000", disputes("25", decided="2023-03-01"), date="2023-03-02")
    for given in ((), (first,), (first, open_)):
        found = workflow.verify(decision, contract=decision.contract, earlier=given)
        assert not found.differences, [one.text.en for one in found.differences]


# --- what the page says was paid before -----------------------------------------------------------------------


def said(certificate: Certificate, lang: Language) -> str:
    return " ".join(certificate_text(certificate, lang).replace("\u00a0", " ").split())


def test_what_is_left_to_pay_stands_by_the_amount() -> None:
    assert (AGAIN.due, AGAIN.left_to_pay) == ("20000.00", {"work": "0"})
    back = settled(BOTH, "2024-02-05", "16", "1000", FIRST)
    assert (back.due, back.left_to_pay) == ("15000.00", {"work": "-5000"})
    assert (
        "payment under the contract: SEK 15,000. - Line work, settled anew: SEK 20,000 of it was paid; SEK 5,000 is to "
        "be paid back." in said(back, "en")
    )
    assert (
        "utbetalning enligt avtalet: 15 000 kr. - Rad work, avräknad på nytt: 20 000 kr har betalats; 5 000 kr ska "
        "betalas tillbaka." in said(back, "sv")
    )
    assert "counts as paid" not in said(back, "en")


def test_a_decision_says_what_was_paid_before_it_also_that_nothing_was() -> None:
    first = settled(DISPUTED, "2023-01-31", "30", "0")
    for admitted, paid, en, sv in (
        ("none", "0", "nothing of work counts as paid", "inget av work som betalt"),
        ("25", "25000", "SEK 25,000 of work counts as paid", "25 000 kr av work som betalt"),
    ):
        open_ = replaced(first, "30", "0", disputes(admitted))
        assert "counts as paid" not in said(open_, "en")
        over = disputes(admitted, decided="2023-03-01")
        decision = replaced(open_, "30", paid, over, date="2023-03-02")
        assert f"By the certificates before it {en}, and what it pays of that is to be paid beside it." in (
            said(decision, "en")
        )
        assert f"Enligt intygen före det räknas {sv}, och det som betalas enligt detta ska betalas därutöver." in (
            said(decision, "sv")
        )
    assert "counts as paid" not in said(settled(CUMULATIVE, "2023-01-31", "30", "0"), "en")


def test_a_correction_that_pays_back_does_not_say_that_it_pays_beside_what_was_paid() -> None:
    first = settled(DISPUTED, "2023-01-31", "30", "0")
    for starts, en, sv in (
        ("28", "what is to be paid back by it lessens that", "det som ska betalas tillbaka enligt detta minskar det"),
        ("33", "what it pays of that is to be paid beside it", "det som betalas enligt detta ska betalas därutöver"),
    ):
        corrected = settled(DISPUTED, "2023-02-12", starts, "30000", first)
        assert corrected.due == f"{(int(starts) - 30) * 1000}.00"
        before_en, before_sv = "SEK 30,000 of work counts as paid, and ", "30 000 kr av work som betalt, och "
        assert f"By the certificates before it {before_en}{en}." in said(corrected, "en")
        assert f"Enligt intygen före det räknas {before_sv}{sv}." in said(corrected, "sv")


PASSED_ON = BOTH.replace("  provider: {role", '  fund: {role: investor, name: "Fonden"}\n  provider: {role').replace(
    "  lines:\n", '  waterfall: {from: provider, steps: [{to: {fund: "1"}}]}\n  lines:\n'
)


def test_what_is_passed_on_of_what_is_settled_anew_is_not_passed_on_beside_what_was() -> None:
    first = settled(PASSED_ON, "2024-01-31", "26", "1000")
    more = settled(UNCAPPED, "2024-02-05", "31", "26000", settled(UNCAPPED, "2024-01-31", "26", "1000"))
    again = settled(PASSED_ON, "2024-02-05", "31", "1000", first)
    en = "Since it settles anew, what it has passed on holds in the place of what was so before it in the same settl"
    sv = "Eftersom det avräknar på nytt träder det som förs vidare enligt det i stället för det som tidigare har gjort"
    assert (en in said(again, "en"), sv in said(again, "sv")) == (True, True)
    assert not any("Since it settles anew" in said(one, "en") for one in (first, more, AGAIN))


def test_settle_prints_what_is_left_to_pay(effekt: Run, tmp_path: Path) -> None:
    text = decided(BOTH)
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "attested.yaml").write_bytes(attested(BOTH, "16", "1000").raw)
    (tmp_path / "first.json").write_bytes(settled(BOTH, "2024-01-31", "26", "1000").to_bytes())
    code, out, err = effekt(
        *("settle", tmp_path / "contract.yaml", "--date", "2024-02-05", "--attested", tmp_path / "attested.yaml"),
        *("--supersedes", tmp_path / "first.json", "--reason", "counted again", "--lang", "en"),
    )
    assert (
        code,
        "settled anew: SEK 20,000 of it was paid; SEK 5,000 is to be paid back." in out.replace("\u00a0", " "),
    ) == (0, True), err
    settle = ("--attested", tmp_path / "attested.yaml", "--json")
    anew = ("--date", "2024-02-05", "--supersedes", tmp_path / "first.json", "--reason", "counted again")
    told = json.loads(effekt("settle", tmp_path / "contract.yaml", *anew, *settle)[1])
    assert (told["total"], told["left_to_pay"]) == ("15000.00", {"work": "-5000.00"})
    (tmp_path / "first.json").unlink()
    alone = json.loads(effekt("settle", tmp_path / "contract.yaml", "--date", "2024-01-31", *settle)[1])
    assert (alone["total"], "left_to_pay" in alone) == ("15000.00", False)


MONEY = BOTH.replace("digits: 0, unit: people", "digits: 2, unit: SEK").replace('price: "1000"', 'price: "1"')


def hiding(text: str) -> str:
    return text.replace("attribution: none\n", "attribution: none\ndisclosure: {minimum: 5}\n")


def exported(certificate: Certificate) -> str:
    project = indigo_project(certificate, lang="en", most=None, statement=for_anyone(certificate))
    return json.dumps(project, ensure_ascii=False).replace("\u00a0", " ")


def test_anyone_sees_what_is_left_to_pay_unless_counts_move_it() -> None:
    """Beside the amount it tells what was paid before, and over the price how many starts there were then."""
    first = settled(hiding(BOTH), "2024-01-31", "26", "1000")
    counted = settled(hiding(BOTH), "2024-02-05", "16", "1000", first)
    assert counted.left_to_pay == {"work": "-5000"}
    assert public_statement(counted, salt=bytes(32)).left_to_pay == {}
    assert "settled anew" not in exported(counted)
    for text in (BOTH, hiding(MONEY)):
        scale = 1 if text == BOTH else 1000
        one = settled(text, "2024-01-31", str(26 * scale), "1000")
        again = settled(text, "2024-02-05", str(16 * scale), "1000", one)
        told_to_all = public_statement(again, salt=bytes(32))
        assert told_to_all.left_to_pay == {"work": Shown(kind="exact", low="-5000", high="-5000")}
        assert read_public(told_to_all.to_envelope()) == told_to_all
        words = " ".join(statement_text(told_to_all, "sv").replace("\u00a0", " ").split())
        assert "Återstår att betala av rader som avräknas på nytt, under noll att betala tillbaka" in words
        found = verify_statement(told_to_all.to_envelope(), certificate=again, contract=again.contract)
        assert {one.name: one.verdict for one in found.findings}["numbers"] == "reproduced"
        low = {"work": Shown(kind="exact", low="0", high="0")}
        false = replace(told_to_all, left_to_pay=low).to_envelope()
        other = verify_statement(false, certificate=again, contract=again.contract)
        assert {one.name for one in other.differences} >= {"numbers", "made_anew"}
        assert "Line work, settled anew: SEK 5,000 is to be paid back." in exported(again)


def test_where_several_pay_it_is_said_what_each_has_left_to_pay() -> None:
    """Of 5,000 to be paid back 1,500 and 3,500, by the shares of the file; no payment has the whole 15,000."""
    text = BOTH.replace("  provider: {role", '  fund: {role: payer, name: "Fonden"}\n  provider: {role', 1)
    text = text.replace('payers: {municipality: "1"}', 'payers: {municipality: "0.3", fund: "0.7"}')
    first = settled(text, "2024-01-31", "26", "1000")
    back = settled(text, "2024-02-05", "16", "1000", first)
    assert back.left_to_pay_by == {"work": {"municipality": "-1500", "fund": "-3500"}}
    assert (
        "SEK 20,000 of it was paid; SEK 5,000 is to be paid back, SEK 1,500 to Exempelkommunen and SEK 3,500 to Fonden."
    ) in said(back, "en")
    assert (
        "20 000 kr har betalats; 5 000 kr ska betalas tillbaka, 1 500 kr till Exempelkommunen och 3 500 kr till Fonden."
    ) in said(back, "sv")
    for statement in (None, public_statement(back, salt=bytes(32))):
        payments = indigo_project(back, lang="en", most=None, statement=statement)["outcome_payments"]
        amounts = [one["money"]["amount"]["value"] for one in payments if "Line work" in one["notes"]]
        assert sorted(map(float, amounts)) == [-3500.0, -1500.0]


def test_more_than_the_amount_is_left_only_where_something_may_have_been_paid_back() -> None:
    """Of a line that carries 20,000 at most is left of 20,000; before an amendment some may have been paid back."""
    carried = BOTH.replace("below_zero: clawback", "below_zero: carry")
    again = settled(carried, "2024-02-05", "31", "1000", settled(carried, "2024-01-31", "26", "1000"))
    statement = public_statement(again, salt=bytes(32))
    assert statement.lines["work"] == Shown(kind="exact", low="20000.00", high="20000.00")
    keys = {party: public_text(public_key(generate_key())) for party in ("municipality", "provider")}
    amended = carried
    for party, key in keys.items():
        amended = re.sub(rf"(?m)^  {party}: {{", f'  {party}: {{keys: ["{key}"], ', amended)
    amended += (
        f'amendment: {{number: 1, of: "{"0" * 64}", date: "2023-06-01", reason: {{sv: x, en: x}}, '
        "agreed_by: [municipality, provider]}\n"
    )
    for text, told in ((carried, ["left_to_pay/work"]), (BOTH, []), (amended, [])):
        for left, wrong in (("20000", []), ("20000.01", told)):
            stated = replace(statement, left_to_pay={"work": Shown(kind="exact", low=left, high=left)})
            assert [place for place in not_as_contract(stated, read(text)) if "left" in place] == wrong

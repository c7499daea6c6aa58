"""A day settled again after a later one that counted what it paid: that is settled anew, and nobody is paid twice.

The oracle is a plain book: the starts of each day, and what stands paid of it. Whatever is corrected and in whatever
order, once each day that counted another sum has been settled anew the book holds what is due by the last day.
"""

from __future__ import annotations

import itertools
import random
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from deciding import decided
from workflow.test_guaranteed_in_parts import DAYS, INVESTOR, TRUE, made_of, placed, read

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, Declarations, parse_declarations
from effekt.exceptions import CertificateError, FolderWarning
from effekt.reports.text import certificate_text

PRICE = Fraction("1000.55")
LATER = {"settles": DAYS[1], "reason": "The first day was corrected."}


def again(contract: Contract, date: str, starts: str, first: Certificate) -> Certificate:
    """The first day settled again."""
    values = {"starts": starts, "paid_before": "0.00", "passed_before": "0.00"}
    return made_of(contract, date, values, settles=DAYS[0], supersedes=first, reason="Counted again.")


def told(certificate: Certificate, *earlier: Certificate) -> dict[str, tuple[str, str, str]]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    return {
        one.name: (one.verdict, one.text.en.replace("\u00a0", " "), one.text.sv.replace("\u00a0", " ")) for one in found
    }


def differences(certificate: Certificate, *earlier: Certificate) -> list[str]:
    return [name for name, (verdict, _, _) in told(certificate, *earlier).items() if verdict == "different"]


def write(certificate: Certificate, folder: Path, name: str) -> Certificate:
    workflow.write_certificate(certificate, folder / name)
    return certificate


def test_settle_says_which_later_day_to_settle_anew_and_refuses_the_next_until_then(tmp_path: Path) -> None:
    """12 starts for 10 of the first day: 12 006.60 for 10 005.50, after 15 008.25 was paid for the second."""
    contract = placed(tmp_path)
    first = write(made_of(contract, DAYS[0], TRUE[DAYS[0]]), tmp_path, "first.json")
    second = write(made_of(contract, DAYS[1], TRUE[DAYS[1]]), tmp_path, "second.json")
    with pytest.warns(FolderWarning) as warned:
        late = again(contract, "2024-02-20", "12", first)
    write(late, tmp_path, "late.json")
    (message,) = [str(one.message).replace("\u00a0", " ") for one in warned]
    assert message == (
        "second.json is of the later announced day 2024-01-31: what was paid before is now SEK 12,006.60 as "
        "paid_before in place of SEK 10,005.50 and SEK 12,006.60 as passed_before in place of SEK 10,005.50. When this "
        "one has been signed, settle that one anew with what was paid (--supersedes second.json, --reason); until then "
        "what is due by that day may be paid twice, or lack. No later day is settled before it."
    )
    # as it stands 27 014.85 is paid of 25 013.75 that are due
    for paid, passed in (("27014.85", "22001.10"), ("25013.75", "20000.00")):
        with pytest.raises(CertificateError) as error:
            made_of(contract, DAYS[2], {"starts": "25", "paid_before": paid, "passed_before": passed})
        assert str(error.value).replace("\u00a0", " ") == (
            "The file 'second.json' is of the announced day 2024-01-31, and an earlier day was settled again after it: "
            "what was paid before is now SEK 12,006.60 as paid_before in place of SEK 10,005.50 and SEK 12,006.60 as "
            "passed_before in place of SEK 10,005.50. What this one of 2025-01-31 counts as paid may be paid twice; "
            "settle that one anew first, with what was paid (--supersedes second.json, --reason)."
        )
    values = {"starts": "25", "paid_before": "12006.60", "passed_before": "12006.60"}
    anew = write(made_of(contract, "2024-02-21", values, supersedes=second, **LATER), tmp_path, "anew.json")
    assert (late.settlement.total, anew.settlement.total) == ("12006.60", "13007.15")
    third = made_of(contract, DAYS[2], {"starts": "25", "paid_before": "25013.75", "passed_before": "20000.00"})
    assert third.settlement.total == "0.00"
    assert not differences(third, first, second, late, anew)


def test_verify_names_the_later_day_until_it_was_settled_anew() -> None:
    contract = read({})
    first, second = (made_of(contract, day, TRUE[day]) for day in DAYS[:2])
    late = again(contract, "2024-02-20", "12", first)
    said = told(late, first, second)["counted:2024-01-31"]
    assert said == (
        "cannot_tell",
        f"The certificate of 2024-01-31, digest {second.sha256[:16]}…, is of the announced day 2024-01-31, and an "
        "earlier day was settled again after it: what was paid before is now SEK 12,006.60 as paid_before in place of "
        "SEK 10,005.50 and SEK 12,006.60 as passed_before in place of SEK 10,005.50. It is to be settled anew with "
        "what was paid, since what is due by that day is else paid twice, or lacks; none in its place was given: ask "
        "for it.",
        f"Intyget från 2024-01-31, kontrollsumma {second.sha256[:16]}…, är för den angivna dagen 2024-01-31, och en "
        "tidigare dag har avräknats på nytt efter det: det som tidigare betalats är nu 12 006,60 kr som paid_before i "
        "stället för 10 005,50 kr och 12 006,60 kr som passed_before i stället för 10 005,50 kr. Det ska avräknas på "
        "nytt med det som är betalt, eftersom det som ska betalas till och med den dagen annars betalas två gånger, "
        "eller saknas; inget som ersätter det angavs: begär det.",
    )
    assert told(second, first, late)["counted:2024-01-31"] == said  # also of the one that is verified itself
    summary = workflow.verify(late, contract=contract, earlier=[first, second]).summary
    assert "a certificate counts an earlier day as it was before that was settled again: ask for the one" in summary.en
    assert "ett intyg räknar in en tidigare dag som den var innan den avräknades på nytt: begär det" in summary.sv
    values = {"starts": "25", "paid_before": "12006.60", "passed_before": "12006.60"}
    anew = made_of(contract, "2024-02-21", values, supersedes=second, **LATER)
    for one, others in ((late, (first, second, anew)), (anew, (first, second, late)), (second, (first, late, anew))):
        assert "counted:2024-01-31" not in told(one, *others)
        assert not differences(one, *others)
    built = made_of(contract, DAYS[2], {"starts": "25", "paid_before": "27014.85", "passed_before": "22001.10"})
    assert told(built, first, second, late)["counted:2024-01-31"] == said
    assert "paid_before:paid_before" in differences(built, first, second, late, anew)


def test_an_honest_day_settled_anew_asks_for_the_correction_that_it_counts_and_a_forged_one_differs() -> None:
    contract = read({})
    first, second = (made_of(contract, day, TRUE[day]) for day in DAYS[:2])
    late = again(contract, "2024-02-20", "12", first)
    values = {"starts": "25", "paid_before": "12006.60", "passed_before": "12006.60"}
    anew = made_of(contract, "2024-02-21", values, supersedes=second, **LATER)
    third = made_of(contract, DAYS[2], {"starts": "25", "paid_before": "25013.75", "passed_before": "20000.00"})
    for given in ([first, second], [first]):
        assert not differences(anew, *given)
        assert told(anew, *given)["paid_before:paid_before"] == (
            "cannot_tell",
            "SEK 12,006.60 is attested as paid_before, paid before; by the certificates of earlier days that were "
            "given it is SEK 10,005.50, but this one was settled anew, in the place of one of 2024-01-31, as it is "
            "where 2023-01-31 was settled again since: give the certificate by which that was (--earlier), dated "
            "after that of 2024-01-31 and by 2024-02-21. If there is none the sum is wrong.",
            "12 006,60 kr är intygat som paid_before, tidigare betalt; enligt de intyg för tidigare dagar som angavs "
            "är det 10 005,50 kr, men detta är avräknat på nytt, i stället för ett från 2024-01-31, som det är där "
            "2023-01-31 har avräknats på nytt sedan dess: ange intyget med den avräkningen (--earlier), daterat efter "
            "det från 2024-01-31 och senast 2024-02-21. Finns inget är summan fel.",
        )
    for given in ([first, second, anew], [first, anew]):  # of a later day the one that was settled anew asks
        assert not differences(third, *given)
        assert (
            "but the one of 2024-01-31 has SEK 12,006.60 as paid before it"
            in told(third, *given)["paid_before:paid_before"][1]
        )
    assert not differences(anew, first, second, late)
    assert not differences(third, first, second, late, anew)
    for paid in ("12006.50", "10005.50", "0.00"):
        forged = made_of(contract, "2024-02-21", values | {"paid_before": paid}, supersedes=second, **LATER)
        assert differences(forged, first, second, late) == ["paid_before:paid_before"]
    late_third = {"starts": "25", "paid_before": "25013.65", "passed_before": "20000.00"}
    assert differences(made_of(contract, DAYS[2], late_third), first, second, late, anew)
    # as much as was counted before, and another than the one before it paid: no correction since tells that
    wrong = made_of(contract, DAYS[1], TRUE[DAYS[1]] | {"paid_before": "9005.50"})
    same = made_of(contract, "2024-02-21", values | {"paid_before": "9005.50"}, supersedes=wrong, **LATER)
    assert "paid_before:paid_before" in differences(same, first, wrong)
    day = made_of(contract, DAYS[1], values, supersedes=second, **LATER)  # of the same date: nothing is between
    assert "paid_before:paid_before" in differences(day, first, second)


@pytest.mark.parametrize(("date", "said"), [(DAYS[1], True), ("2024-01-30", False)])
def test_the_page_of_a_correction_says_which_days_have_counted(date: str, said: bool) -> None:
    contract = read({})
    page = {
        lang: " ".join(
            certificate_text(
                again(contract, date, "12", made_of(contract, DAYS[0], TRUE[DAYS[0]])),
                lang,  # type: ignore[arg-type]
            ).split()
        )
        for lang in ("en", "sv")
    }
    assert (
        "What was settled for 2024-01-31 before this certificate has counted, as paid_before and passed_before, what "
        "had then been paid for earlier days. If this one pays something else than had then been paid for its own day, "
        "that is to be settled anew after it, day by day: in the place of the certificate of each day, with what the "
        "certificates of earlier days then have paid. What is due by that day is else paid twice, or lacks."
        in page["en"]
    ) is said
    assert (
        "Det som avräknats för 2024-01-31 före detta intyg har räknat in, som paid_before och passed_before, det som "
        "då hade betalats för tidigare dagar. Betalar detta något annat än det som då hade betalats för dess egen dag "
        "ska det avräknas på nytt efter detta, dag för dag: i stället för varje dags intyg, med det som intygen för "
        "tidigare dagar då har betalat. Det som ska betalas till och med den dagen betalas annars två gånger, eller "
        "saknas." in page["sv"]
    ) is said


def test_a_correction_that_pays_the_same_asks_for_nothing(tmp_path: Path) -> None:
    contract = placed(tmp_path)
    first = write(made_of(contract, DAYS[0], TRUE[DAYS[0]]), tmp_path, "first.json")
    second = write(made_of(contract, DAYS[1], TRUE[DAYS[1]]), tmp_path, "second.json")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        late = write(again(contract, "2024-02-20", "10", first), tmp_path, "late.json")
        third = made_of(contract, DAYS[2], TRUE[DAYS[2]])
    assert "counted:2024-01-31" not in told(third, first, second, late)


def test_dates_tell_which_of_two_counts_the_other(tmp_path: Path) -> None:
    """On the day of the second certificate the first is settled again: before it, or on a later date."""
    contract = placed(tmp_path)
    first = write(made_of(contract, DAYS[0], TRUE[DAYS[0]]), tmp_path, "first.json")
    late = again(contract, DAYS[1], "12", first)
    (tmp_path / "second.json").write_bytes(made_of(read({}), DAYS[1], TRUE[DAYS[1]]).to_bytes())
    with pytest.raises(CertificateError) as error:
        write(late, tmp_path, "late.json")
    assert str(error.value) == (
        f"`date` must be after {DAYS[1]}, that of the certificate of the later announced day {DAYS[1]}, since nothing "
        "else shows which of the two counts the other; got the same. Settle on a later date."
    )
    (tmp_path / "second.json").unlink()
    write(late, tmp_path, "late.json")
    values = {"starts": "25", "paid_before": "12006.60", "passed_before": "12006.60"}
    second = write(made_of(contract, DAYS[1], values), tmp_path, "second.json")
    assert not differences(second, first, late)
    again(contract, DAYS[1], "12", first)  # the same settlement made again


def test_what_a_later_day_paid_of_a_disputed_part_is_not_paid_again_by_the_decision(tmp_path: Path) -> None:
    """Ten starts, of which eight were admitted; before it is decided the second day counts 8 004.40, pays the rest."""
    more = "attribution: none\ndisputes: {days: 30, undisputed_paid: true, decided_by: verifier}\n"
    (tmp_path / "contract.yaml").write_text(decided(INVESTOR.replace("attribution: none\n", more)), encoding="utf-8")
    contract = workflow.read_contract(tmp_path / "contract.yaml")

    def told_by(by: str, date: str, **more: str) -> Declarations:
        rest = "".join(f', {key}: "{value}"' for key, value in more.items())
        one = f'{{figures: {{starts: "8"}}, date: "2023-02-15", why: {{sv: x, en: x}}{rest}}}'
        head = f'schema: effekt/declarations/1\ncontract: parts\nby: {by}\ndate: "{date}"\n'
        return parse_declarations(f"{head}disputed: [{one}]\n".encode())

    opened, over = told_by("municipality", "2023-02-15"), told_by("verifier", "2024-02-15", decided="2024-02-15")
    beside = told_by("municipality", DAYS[1], certificate=DAYS[0])
    over_beside = told_by("verifier", "2024-02-21", decided="2024-02-15", certificate=DAYS[0])
    own: dict[str, Any] = {"settles": DAYS[0], "reason": "Disputed."}
    first = write(made_of(contract, DAYS[0], TRUE[DAYS[0]]), tmp_path, "1.json")
    part = made_of(contract, "2023-02-20", TRUE[DAYS[0]], declarations=[opened], supersedes=first, **own)
    write(part, tmp_path, "2.json")
    values = {"starts": "25", "paid_before": "8004.40", "passed_before": "0.00"}
    second = write(made_of(contract, DAYS[1], values, declarations=[beside]), tmp_path, "3.json")
    with pytest.warns(FolderWarning, match=r"3\.json is of the later announced day 2024-01-31"):
        whole = made_of(contract, "2024-02-20", TRUE[DAYS[0]], declarations=[opened, over], supersedes=part, **own)
    write(whole, tmp_path, "4.json")
    said = [beside, over_beside]
    anew = made_of(contract, "2024-02-21", TRUE[DAYS[1]], declarations=said, supersedes=second, **LATER)
    write(anew, tmp_path, "5.json")
    third = made_of(contract, DAYS[2], TRUE[DAYS[2]], declarations=said)
    history = (first, part, second, whole, anew, third)
    assert [one.settlement.total for one in history] == [
        *("10005.50", "8004.40", "17009.35"),
        *("10005.50", "15008.25", "5002.75"),
    ]
    for place, one in enumerate(history):
        assert not differences(one, *history[:place])
        assert not differences(one, *(other for other in history if other is not one))
        assert ("counted:2024-01-31" in told(one, *history[:place])) is (one is whole)


def corrected(rng: random.Random, contract: Contract, folder: Path) -> tuple[list[Certificate], dict[str, Certificate]]:
    """A history in which a day is settled again after later ones, once or more, and the later ones anew after it."""
    stands: dict[str, Certificate] = {}
    made, starts, number = [], dict[str, int](), itertools.count()

    def settle(day: str, date: str) -> None:
        before = [one for each, one in stands.items() if each < day]
        paid = sum((Fraction(one.settlement.total or "0") for one in before), Fraction(0))
        passed = sum((got(one) for one in before), Fraction(0))
        values = {"starts": str(starts[day]), "paid_before": f"{float(paid):.2f}"}
        values["passed_before"] = f"{float(passed):.2f}"
        more: dict[str, Any] = {"supersedes": stands[day], "reason": "Counted again."} if day in stands else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FolderWarning)
            one = made_of(contract, date, values, settles=day, **more)
            write(one, folder, f"{next(number)}.json")
        assert Fraction(one.settlement.total or "") == max(PRICE * starts[day] - paid, Fraction(0))
        stands[day] = one
        made.append(one)

    def got(one: Certificate) -> Fraction:
        assert one.settlement.distribution is not None
        return sum(
            (Fraction(each.amount) for each in one.settlement.distribution.receipts if each.party == "investor"),
            Fraction(0),
        )

    for place, day in enumerate(DAYS):
        starts[day] = rng.randrange(0, 40)
        settle(day, day)
        for turn in range(rng.randrange(0, 3) if place else 0):
            wrong = rng.randrange(0, place + 1)
            starts[DAYS[wrong]] = rng.randrange(0, 40)
            before = stands[DAYS[wrong]].settlement.total
            settle(DAYS[wrong], f"{day[:4]}-0{2 + turn}-01")
            for after in DAYS[wrong + 1 : place + 1]:
                counted = stands[after]
                if not outdated_by_hand(counted, stands, got):
                    continue
                settle(after, f"{day[:4]}-0{2 + turn}-{2 + DAYS.index(after):02d}")
            assert before is not None
    return made, stands


def outdated_by_hand(one: Certificate, stands: dict[str, Certificate], got: Any) -> bool:
    before = [other for day, other in stands.items() if day < (one.settles or "")]
    held = {each.id: Fraction(each.value or "0") for each in one.figures}
    paid = sum((Fraction(other.settlement.total or "0") for other in before), Fraction(0))
    return (held["paid_before"], held["passed_before"]) != (paid, sum((got(other) for other in before), Fraction(0)))


@pytest.mark.parametrize("seed", range(12))
def test_of_an_honest_history_nothing_differs_and_nothing_is_paid_twice(seed: int, tmp_path: Path) -> None:
    contract = placed(tmp_path)
    made, stands = corrected(random.Random(seed), contract, tmp_path)
    paid = Fraction(0)
    for day in DAYS:  # what is due by each day, but what was paid too much before it stays
        due = PRICE * int(next(one.value or "0" for one in stands[day].figures if one.id == "starts"))
        paid = max(paid, due)
    assert sum((Fraction(one.settlement.total or "0") for one in stands.values()), Fraction(0)) == paid
    for one in made:
        others = [other for other in made if other is not one]
        assert not differences(one, *others)
        known = [other for other in others if other.date <= one.date]
        assert not differences(one, *known)  # at any moment, also when a later day has not been settled anew yet
    assert not [name for name in told(made[-1], *made[:-1]) if name.startswith("counted:")]

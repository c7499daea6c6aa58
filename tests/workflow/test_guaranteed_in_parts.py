"""A sum that is paid in parts, passed on in order and guaranteed: the form that the contract page gives, settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from deciding import decided

from effekt import workflow
from effekt._text import LANGUAGES
from effekt.certificates import generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.certificates.ranges import Shown
from effekt.certificates.release import PublicStatement, public_statement
from effekt.contracts import Contract, parse_attestation, parse_contract
from effekt.contracts.earlier_sums import earlier_sums, paid_by
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.sum_bounds import sum_bounds
from effekt.exceptions import CertificateError, ContractError
from effekt.reports.text import certificate_text

KEY = generate_key()
DAYS = ("2023-01-31", "2024-01-31", "2025-01-31")
LISTED = ", ".join(f'"{day}"' for day in DAYS)


def asked(name: str, unit: str, digits: int) -> str:
    question = '{sv: "Hur mycket?", en: "How much?"}'
    return f"  {name}: {{attested: verifier, digits: {digits}, unit: {unit}, question: {question}}}\n"


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "contract-file.md"
(EXAMPLE,) = re.findall("```yaml\n(figures:\n  paid_before:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
FIGURES = asked("starts", "people", 0) + asked("last_day", "yes/no", 0)
MONEY = '  currency: SEK\n  quantum: "0.01"\n  rounding: half_up\n  due_days: 30\n'
INVESTOR = f"""schema: effekt/contract/1
id: parts
title: {{sv: "Utfallskontrakt", en: "Outcomes contract"}}
parties:
  municipality: {{role: payer, name: "Kommunen"}}
  fund: {{role: payer, name: "Fonden"}}
  provider: {{role: provider, name: "Leverantören"}}
  investor: {{role: investor, name: "Investeraren"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-01-10", outcome_data_from: "2022-02-01", certificates: [{LISTED}]}}
attribution: none
""" + EXAMPLE.replace("figures:\n", f"figures:\n{FIGURES}").replace("payment:\n", f"payment:\n{MONEY}")
TO_THE_PROVIDER = {
    'difference: ["25000", passed_before]': 'difference: ["40000", paid_before]',
    'beneficiary: investor, amount: guaranteed, share: "1"': 'beneficiary: provider, amount: guaranteed, share: "0.75"',
    INVESTOR[INVESTOR.index("  waterfall:") : INVESTOR.index("  guarantees:")]: "",
    ', cap: "25000"': "",
    "passed_to: investor": "guarantee: capital",
}


def read(changes: Mapping[str, str]) -> Contract:
    text = INVESTOR
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return parse_contract(decided(text).encode())


def made_of(contract: Contract, day: str, values: Mapping[str, str], **more: Any) -> Certificate:
    values = {**values, "last_day": "1" if more.get("settles", day) == DAYS[-1] else "0"}
    rows = "".join(
        f'  {id}: {{value: "{value}", by: verifier, date: "{day}", evidence: {{description: "Register"}}}}\n'
        for id, value in values.items()
    )
    said = parse_attestation(f"schema: effekt/attestation/1\ncontract: parts\nfigures:\n{rows}".encode())
    more.pop("settles", None)
    return workflow.settle(contract, date=day, attestations=[said], **more).sign(KEY)


def settled(contract: Contract, day: str, folder: Path, **values: str) -> Certificate:
    made = made_of(contract, day, values)
    workflow.write_certificate(made, folder / f"{day}.json")
    return made


# (starts in all, paid now, paid to date, guaranteed now) at each settlement, by hand at 1 000.55 for each start
RISING = (("10", "10005.50", "10005.50", "0.00"), ("25", "15008.25", "25013.75", "0.00"))
PATHS = [
    (*RISING, ("30", "5002.75", "30016.50", "7487.63")),  # 0.75 × (40 000 − 30 016.50) = 7 487.625
    (*RISING, ("40", "15008.25", "40022.00", "0.00")),
    (*RISING, ("20", "0.00", "25013.75", "11239.69")),  # 5 002.75 too much stays; 0.75 × 14 986.25 = 11 239.6875
    (("0", "0.00", "0.00", "0.00"), ("0", "0.00", "0.00", "0.00"), ("0", "0.00", "0.00", "30000.00")),
]


@pytest.mark.parametrize("path", PATHS)
def test_what_is_lacking_of_a_sum_paid_in_parts_is_guaranteed_once(
    path: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    contract, before = read(TO_THE_PROVIDER), "0.00"
    for day, (starts, now, after, guaranteed) in zip(DAYS, path, strict=True):
        made = settled(contract, day, tmp_path, starts=starts, paid_before=before, passed_before="0.00")
        assert (made.settlement.total, made.settlement.guarantees[0].amount) == (now, guaranteed)
        before = after


def test_what_is_passed_on_in_parts_fills_the_first_step_once_and_its_guarantee_bears_the_rest(tmp_path: Path) -> None:
    """The investor is first up to 20 000, of 25 000 guaranteed: 10 005.50 and 9 994.50, and 5 000 by the fund."""
    contract, before, passed = read({}), "0.00", "0.00"
    for day, (starts, now, after, _), investor, provider, to_date, borne in zip(
        DAYS,
        PATHS[0],
        ("10005.50", "9994.50", "0.00"),
        ("0.00", "5013.75", "5002.75"),
        ("10005.50", "20000.00", None),
        ("0.00", "0.00", "5000.00"),
        strict=True,
    ):
        made = settled(contract, day, tmp_path, starts=starts, paid_before=before, passed_before=passed)
        assert made.settlement.distribution is not None
        got = {one.party: one.amount for one in made.settlement.distribution.receipts}
        assert (made.settlement.total, got) == (now, {"investor": investor, "provider": provider})
        assert made.settlement.guarantees[0].amount == borne
        before, passed = after, to_date or passed


def test_a_correction_says_that_the_guarantor_does_not_pay_twice(tmp_path: Path) -> None:
    contract = read({})
    last = settled(contract, DAYS[0], tmp_path, starts="10", paid_before="0.00", passed_before="0.00")
    values = {"starts": "12", "paid_before": "0.00", "passed_before": "0.00"}
    again = made_of(contract, "2023-02-05", values, settles=DAYS[0], supersedes=last, reason="Counted again")
    page = " ".join(certificate_text(again, "en").split())
    assert "its amounts of work, what is passed on and what is guaranteed that of the amounts there" in page


# ------------------------------------------------------------------------------ who attests another sum than was paid

TRUE = {
    DAYS[0]: {"starts": "10", "paid_before": "0.00", "passed_before": "0.00"},
    DAYS[1]: {"starts": "25", "paid_before": "10005.50", "passed_before": "10005.50"},
    DAYS[2]: {"starts": "30", "paid_before": "25013.75", "passed_before": "20000.00"},
}


def placed(folder: Path) -> Contract:
    """The contract in a folder of its own, in which its certificates lie."""
    (folder / "contract.yaml").write_text(decided(INVESTOR), encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


def told_of(certificate: Certificate, *earlier: Certificate) -> dict[str, str]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    return {one.name.partition(":")[2]: one.verdict for one in found if one.name.startswith("paid_before:")}


def every_day() -> list[Certificate]:
    return [made_of(read({}), day, values) for day, values in TRUE.items()]


def test_true_sums_hold_where_every_certificate_is_there(tmp_path: Path) -> None:
    contract = placed(tmp_path)
    for day, values in TRUE.items():
        workflow.write_certificate(made_of(contract, day, values), tmp_path / f"{day}.json")
    first, second, third = every_day()
    alike = {"paid_before": "reproduced", "passed_before": "reproduced"}
    assert told_of(first) == told_of(second, first) == told_of(third, second, first) == alike
    (sentence,) = [
        one.text
        for one in workflow.verify(third, contract=read({}), earlier=[first, second]).findings
        if one.name == "paid_before:paid_before"
    ]
    assert sentence.en.replace("\u00a0", " ") == (
        "SEK 25,013.75 is attested as paid_before, paid before; by the certificates of earlier days it is "
        "SEK 25,013.75."
    )
    assert sentence.sv.replace("\u00a0", " ") == (
        "25 013,75 kr är intygat som paid_before, tidigare betalt; enligt intygen för tidigare dagar är det "
        "25 013,75 kr."
    )


@pytest.mark.parametrize(
    ("day", "figure", "value", "rule"),
    [
        (DAYS[0], "paid_before", "5000.00", "was paid before the first day, 0.00"),  # who pays saves 5 000
        (DAYS[1], "paid_before", "0.00", "the certificates of 2023-01-31 paid, 10005.50"),  # who is paid gets it again
        (DAYS[1], "passed_before", "20000.00", "the certificates of 2023-01-31 paid, 10005.50"),  # nothing passed on
        (DAYS[2], "passed_before", "0.00", "the certificates of 2023-01-31 and 2024-01-31 paid, 20000.00"),
        (DAYS[2], "paid_before", "25013.74", "the certificates of 2023-01-31 and 2024-01-31 paid, 25013.75"),
    ],
)
def test_another_sum_than_was_paid_is_refused_and_found(
    tmp_path: Path, day: str, figure: str, value: str, rule: str
) -> None:
    contract, false = placed(tmp_path), {**TRUE[day], figure: value}
    before = [made_of(read({}), earlier, TRUE[earlier]) for earlier in DAYS if earlier < day]
    for one in before:
        workflow.write_certificate(one, tmp_path / f"{one.date}.json")
    with pytest.raises(CertificateError) as error:
        made_of(contract, day, false)
    assert str(error.value) == f"figures.{figure} must be what {rule}; got {value}. Attest that."
    elsewhere = made_of(read({}), day, false)  # signed where the folder was not seen
    assert told_of(elsewhere, *before)[figure] == "different"
    assert not workflow.verify(elsewhere, contract=read({}), earlier=before).ok
    with pytest.raises(CertificateError, match=f"figures.{figure} must be what"):
        workflow.write_certificate(elsewhere, tmp_path / "late.json")


def test_without_the_certificate_of_the_day_before_nothing_is_told_and_that_is_said(tmp_path: Path) -> None:
    first, _, third = every_day()
    open_ = {"paid_before": "cannot_tell", "passed_before": "cannot_tell"}
    assert told_of(third) == told_of(third, first) == open_
    summary = workflow.verify(third, contract=read({}), earlier=[first]).summary
    assert "what was paid before was not held against every certificate that paid it: give each with --earlier" in (
        summary.en
    )
    assert "vad som betalats tidigare har inte prövats mot varje intyg som betalade det" in summary.sv


def test_from_a_day_without_a_certificate_the_next_is_taken_at_its_word() -> None:
    _, second, third = every_day()
    assert told_of(third, second) == {"paid_before": "reproduced", "passed_before": "reproduced"}
    shifted = made_of(read({}), DAYS[1], {**TRUE[DAYS[1]], "paid_before": "10000.00"})  # 5.50 more are paid then
    assert told_of(third, shifted) == {"paid_before": "reproduced", "passed_before": "reproduced"}
    assert told_of(shifted, every_day()[0])["paid_before"] == "different"


def test_a_correction_counts_from_its_own_day_on(tmp_path: Path) -> None:
    """Of the first day nine starts were right; the second was settled before that was known, the third after."""
    contract, (first, second, _) = read({}), every_day()
    correction = {"date": "2024-06-30", "settles": DAYS[0], "supersedes": first, "reason": "One start was another's."}
    late = made_of(contract, correction.pop("date"), {**TRUE[DAYS[0]], "starts": "9"}, **correction)
    assert told_of(late, first) == {"paid_before": "reproduced", "passed_before": "reproduced"}
    assert told_of(second, first, late) == {"paid_before": "reproduced", "passed_before": "reproduced"}
    # 9 004.95 and 15 008.25 were paid; of the 20 000 the investor got 9 004.95 and 9 994.50
    values = {"starts": "30", "paid_before": "24013.20", "passed_before": "18999.45"}
    stale, third = made_of(contract, DAYS[2], values), made_of(contract, DAYS[2], TRUE[DAYS[2]])
    alike = {"paid_before": "reproduced", "passed_before": "reproduced"}
    assert told_of(stale, first, second, late) == dict.fromkeys(
        alike, "cannot_tell"
    )  # the second is to be settled anew
    # the second settled anew pays 16 008.80, of which the investor gets 10 995.05: in all as before
    nine = {"starts": "25", "paid_before": "9004.95", "passed_before": "9004.95"}
    more: dict[str, Any] = {"settles": DAYS[1], "supersedes": second, "reason": "The first day was corrected."}
    anew = made_of(contract, "2024-07-01", nine, **more)
    assert told_of(anew, first, second, late) == alike
    assert told_of(third, first, second, late, anew) == told_of(third, first, late, anew) == alike
    assert told_of(third, first, second, late) == {"paid_before": "cannot_tell", "passed_before": "cannot_tell"}
    assert told_of(stale, first, second, late, anew) == {"paid_before": "different", "passed_before": "different"}
    # who hides the correction and shows the first alone has its sum stand
    assert told_of(third, first, second) == alike
    folder = placed(tmp_path)
    for number, one in enumerate((first, second, late)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    for attested in (values, TRUE[DAYS[2]]):
        with pytest.raises(CertificateError, match=r"The file '1\.json' is of the announced day 2024-01-31"):
            made_of(folder, DAYS[2], attested)
    workflow.write_certificate(anew, tmp_path / "3.json")
    with pytest.raises(CertificateError, match=r"paid, 25013\.75; got 24013\.20"):
        made_of(folder, DAYS[2], values)
    assert made_of(folder, DAYS[2], TRUE[DAYS[2]]).settlement.total == "5002.75"  # 30 016.50 less 25 013.75


def test_a_correction_behind_a_day_without_a_certificate_counts_too(tmp_path: Path) -> None:
    """Nothing is settled on the second day, and the first is corrected after the third, which deducted what it paid."""
    with_fourth = f'"{DAYS[2]}", "{(fourth := "2026-01-31")}"'
    contract, folder = read({f'"{DAYS[2]}"': with_fourth}), tmp_path / "contract.yaml"
    first = made_of(contract, DAYS[0], TRUE[DAYS[0]])
    third = made_of(contract, DAYS[2], {"starts": "30", "paid_before": "10005.50", "passed_before": "10005.50"})
    nine: dict[str, Any] = {"settles": DAYS[0], "supersedes": first, "reason": "One start was another's."}
    late = made_of(contract, "2025-06-30", {**TRUE[DAYS[0]], "starts": "9"}, **nine)
    nine = {"starts": "30", "paid_before": "9004.95", "passed_before": "9004.95"}
    more: dict[str, Any] = {"settles": DAYS[2], "supersedes": third, "reason": "The first day was corrected."}
    anew = made_of(contract, "2025-07-01", nine, **more)
    # 9 004.95 and 20 011.00 were paid; of the 20 000 the investor got 9 004.95 and 9 994.50
    stale = {"starts": "30", "paid_before": "29015.95", "passed_before": "18999.45"}
    values = {**stale, "paid_before": "30016.50", "passed_before": "20000.00"}
    right, wrong = made_of(contract, fourth, values), made_of(contract, fourth, stale)
    alike = {"paid_before": "reproduced", "passed_before": "reproduced"}
    assert told_of(right, first, third, late, anew) == alike
    assert told_of(wrong, first, third, late, anew) == {"paid_before": "different", "passed_before": "different"}
    assert told_of(right, first, third, late) == {"paid_before": "cannot_tell", "passed_before": "cannot_tell"}
    assert told_of(right, first, third) == alike  # the correction is hidden
    assert told_of(right, third, late) == {"paid_before": "cannot_tell", "passed_before": "cannot_tell"}
    folder.write_text(decided(INVESTOR).replace(f'"{DAYS[2]}"', with_fourth), encoding="utf-8")
    for number, one in enumerate((first, third, late)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    placed_too = workflow.read_contract(folder)
    for attested in (values, stale):
        with pytest.raises(CertificateError, match=r"The file '1\.json' is of the announced day 2025-01-31"):
            made_of(placed_too, fourth, attested)
    workflow.write_certificate(anew, tmp_path / "3.json")
    with pytest.raises(CertificateError, match=r"paid, 30016\.50; got 29015\.95"):
        made_of(placed_too, fourth, stale)
    assert made_of(placed_too, fourth, values).settlement.total == "0.00"  # all 30 are paid


@pytest.mark.parametrize("starts", ["12", "24", "25", "26"])
def test_of_two_certificates_of_a_day_none_is_chosen(starts: str, tmp_path: Path) -> None:
    """Both are signed and neither takes the other's place; which was paid no file shows, whichever digest is first."""
    first, second, third = every_day()
    other = made_of(read({}), DAYS[1], {**TRUE[DAYS[1]], "starts": starts})
    alike = {"paid_before": "reproduced", "passed_before": "reproduced"}
    open_ = {"paid_before": "cannot_tell", "passed_before": "cannot_tell"}
    assert told_of(third, first, second, other) == (alike if starts == "25" else open_)
    found = workflow.verify(third, contract=read({}), earlier=[first, second, other])
    told = found.findings
    assert ("which of two certificates of one day was paid no file shows: ask" in found.summary.en) is (starts != "25")
    said = {one.text.en.partition(";")[2] for one in told if one.name.startswith("paid_before:")}
    stand = f" of {DAYS[1]} several certificates stand that do not pay the same: ask which of them was paid."
    assert (said == {stand}) is (starts != "25")
    beside = {one.verdict: one.text.en for one in told if one.name == f"earlier:{DAYS[1]}"}
    assert ("cannot_tell" in beside) is (starts != "25")
    assert starts == "25" or beside["cannot_tell"].endswith(
        "…, and another one given, of the same day, both pay work, and neither takes the other's place: ask which of "
        "them was paid."
    )
    contract = placed(tmp_path)
    for number, one in enumerate((first, second, other)):
        (tmp_path / f"{number}.json").write_bytes(one.to_bytes())
    if starts == "25":
        assert made_of(contract, DAYS[2], TRUE[DAYS[2]]).settlement.total == "5002.75"
        return
    with pytest.raises(CertificateError) as error:
        made_of(contract, DAYS[2], TRUE[DAYS[2]])
    assert str(error.value) == (
        f"figures.paid_before must be what one certificate of each day before paid; of {DAYS[1]} several stand that do "
        "not pay the same. Say which takes the place of the others (--supersedes, --reason)."
    )


def test_a_sum_that_differs_says_what_to_do_where_a_certificate_was_superseded() -> None:
    first = every_day()[0]
    wrong = made_of(read({}), DAYS[1], {**TRUE[DAYS[1]], "paid_before": "9004.95"})
    found = workflow.verify(wrong, contract=read({}), earlier=first).differences
    told = next(one.text for one in found if one.name == "paid_before:paid_before")
    assert told.en.endswith("10,005.50; where one of them was superseded, verify with the one that took its place.")
    assert told.sv.endswith("kr; där något av dem har ersatts, verifiera med det som tog dess plats.")


def test_before_an_amendment_there_were_other_days() -> None:
    """The amended file announces only the last two days; what was paid on the first is no sum from nothing."""
    first = every_day()[0]
    keys = {name: generate_key() for name in ("Kommunen", "Fonden", "Leverantören")}
    changes = {
        f'name: "{name}"': f'name: "{name}", keys: ["{public_text(public_key(key))}"]' for name, key in keys.items()
    }
    agreed = 'reason: {sv: "x", en: "x"}, agreed_by: [municipality, fund, provider]'
    changes["attribution: none\n"] = (
        f'attribution: none\namendment: {{number: 1, of: "{first.contract.sha256}", date: "2023-06-01", {agreed}}}\n'
    )
    amended = read({**changes, f'"{DAYS[0]}", ': ""})
    assert (sum_bounds("paid_before", amended, 1), sum_bounds("passed_before", amended, 1)) == ((None, None), (0, None))
    lock = None
    for key in keys.values():
        lock = workflow.lock(amended, key=key, date="2023-06-02", beside=lock, undecided_accepted=True)
    second = made_of(amended, DAYS[1], TRUE[DAYS[1]], locked=lock)
    assert told_of(second) == {"paid_before": "cannot_tell", "passed_before": "cannot_tell"}
    assert told_of(second, first) == {"paid_before": "reproduced", "passed_before": "reproduced"}
    false = made_of(amended, DAYS[1], {**TRUE[DAYS[1]], "paid_before": "0.00"}, locked=lock)
    assert told_of(false, first) == {"paid_before": "different", "passed_before": "reproduced"}


def test_what_a_guarantor_paid_is_summed_too() -> None:
    contract = read(TO_THE_PROVIDER)
    before = made_of(contract, DAYS[0], {"starts": "0", "paid_before": "0.00", "passed_before": "0.00"})
    after = made_of(contract, DAYS[1], {"starts": "0", "paid_before": "0.00", "passed_before": "30000.00"})
    assert told_of(after, before) == {"paid_before": "reproduced", "passed_before": "different"}


def test_a_sum_without_a_value_or_of_an_interim_certificate_is_held_against_nothing() -> None:
    contract, first = read({}), every_day()[0]
    missing = made_of(contract, DAYS[1], {"starts": "25", "passed_before": "10005.50"})
    assert told_of(missing, first) == {"passed_before": "reproduced"}
    interim = made_of(contract, DAYS[1], {**TRUE[DAYS[1]], "paid_before": "1.00"}, kind="interim")
    assert told_of(interim, first) == {}


def test_what_was_paid_before_gives_no_hidden_count_of_an_earlier_day_back() -> None:
    """3 001.65 paid before is 3 starts at 1 000.55; so is what is due of 25 starts less what is paid for them now."""
    contract, salt = read({"attribution: none\n": "attribution: none\ndisclosure: {minimum: 5}\n"}), bytes(32)

    def shown(starts: str, paid: str) -> tuple[PublicStatement, PublicStatement, PublicStatement]:
        nothing = {"starts": starts, "paid_before": "0.00", "passed_before": "0.00"}
        second = {"starts": "25", "paid_before": paid, "passed_before": paid}
        first, after = made_of(contract, DAYS[0], nothing), made_of(contract, DAYS[1], second)
        public = public_statement(first, salt=salt)
        return public, public_statement(after, salt=salt, earlier=[public]), public_statement(after, salt=salt)

    for_three, after, alone = shown("3", "3001.65")
    assert for_three.figures["starts"] == Shown(kind="range", low="0", high="4")
    assert for_three.figures["paid_before"] == Shown(kind="exact", low="0.00", high="0.00")  # nothing can have been
    for told in (after, alone):
        assert {id for id, one in told.figures.items() if one.kind != "hidden"} == {"starts", "last_day", "due"}
        amounts = (told.total, *told.lines.values(), *told.shares.values(), *told.receipts.values())
        assert {one.kind for one in (*amounts, *told.guarantees.values())} == {"hidden"}
    for_ten, after, alone = shown("10", "10005.50")
    assert for_ten.lines["work"] == Shown(kind="exact", low="10005.50", high="10005.50")
    assert after.figures["paid_before"].low == after.figures["passed_before"].low == "10005.50"  # as that one shows
    assert after.lines["work"] == Shown(kind="exact", low="15008.25", high="15008.25")
    assert alone.lines["work"].kind == alone.figures["paid_before"].kind == "hidden"


UNSAID = {"    paid_before: {line: work}\n": "", "    paid_before: {passed_to: investor}\n": ""}
LEFT = {  # the investor's claim as what is left of it
    '  left: {derived: {difference: ["20000", passed_before]}, digits: 2, unit: SEK}\n': asked("left", "SEK", 2),
    'difference: ["25000", passed_before]': 'sum: [left, "5000"]',
    INVESTOR[INVESTOR.index("  passed_before:") : INVESTOR.index("  due:")]: "",
}
IN_ALL = {  # with an advance of 500, in all since the beginning
    "  new: {derived: {difference: [due, paid_before]}, digits: 2, unit: SEK}\n": (
        '  counted: {derived: {sum: [paid_before, "500"]}, digits: 2, unit: SEK}\n'
    ),
    "figure: new": "figure: due",
    "      paid_each: certificate\n": "      true_up: {paid: counted, below_zero: clawback}\n",
    INVESTOR[INVESTOR.index("  waterfall:") : INVESTOR.index("  guarantees:")]: "",
    INVESTOR[INVESTOR.index("  guarantees:") : INVESTOR.index('cap: "25000"}') + len('cap: "25000"}')]: "",
    INVESTOR[INVESTOR.index("  passed_before:") : INVESTOR.index("  due:")]: "",
    '  left: {derived: {difference: ["20000", passed_before]}, digits: 2, unit: SEK}\n': "",
    '  first: {derived: {greatest: [left, "0"]}, digits: 2, unit: SEK}\n': "",
    '  lacking: {derived: {difference: ["25000", passed_before]}, digits: 2, unit: SEK}\n': "",
    "  guaranteed: {derived: {product: [lacking, last_day]}, digits: 2, unit: SEK}\n": "",
    "    paid_before: {line: work}\n": "",
}


def frame(unit: str) -> dict[str, str]:
    """What is left of a frame, which the line alone reads beside what is new."""
    return {
        INVESTOR[INVESTOR.index("  passed_before:") : INVESTOR.index("  due:")]: "",
        INVESTOR[INVESTOR.index("  left:") : INVESTOR.index("payment:")]: asked("room", unit, 2),
        INVESTOR[INVESTOR.index("  waterfall:") : INVESTOR.index('cap: "25000"}') + len('cap: "25000"}')]: "",
        '{unit_price: {price: "1", figure: new, below_zero: zero}}': (
            '{lesser_of: [{unit_price: {price: "1", figure: new, below_zero: zero}}, '
            '{unit_price: {price: "1", figure: room, below_zero: zero}}]}'
        ),
    }


def called(*figures: str) -> dict[str, str]:
    """Sums that `measures` calls a `parameter`, the step of a price, an index number or an amount."""
    rows = ", ".join(f'{id}: {{step: parameter, source: {{sv: "intygen", en: "certificates"}}}}' for id in figures)
    return {"schema: effekt/contract/1\n": f"schema: effekt/contract/1\nmeasures: {{{rows}}}\n"}


CALLED = {
    "said, called a parameter": called("paid_before", "passed_before"),
    "left, called a parameter": {**LEFT, **called("left", "paid_before")},
    "advance, called a parameter": {**IN_ALL, **called("paid_before")},
    "frame, called a parameter": {**frame("SEK"), **called("room")},
    "frame in kronor": frame("kronor"),
    "frame in kronor, called a parameter": {**frame("kronor"), **called("room")},
}


@pytest.mark.parametrize(
    "changes",
    [{}, UNSAID, LEFT, IN_ALL, *CALLED.values()],
    ids=["said", "unsaid", "left", "advance", *CALLED],
)
def test_no_statement_of_a_later_day_tells_a_hidden_count_of_an_earlier_one(changes: dict[str, str]) -> None:
    """Whatever the starts of the first day are below five, and then 25 and 3, every statement is the same."""
    contract = read({**changes, "attribution: none\n": "attribution: none\ndisclosure: {minimum: 5}\n"})
    ways = [_published(contract, (str(few), "25", "3")) for few in range(5)]
    assert all(way == ways[0] for way in ways)
    assert ways[0][0].figures["starts"] == Shown(kind="range", low="0", high="4")
    assert ways[0][1].figures["starts"] == Shown(kind="exact", low="25", high="25")


def _published(contract: Contract, starts: tuple[str, ...]) -> list[PublicStatement]:
    """The statement of each day, held against those before it, with what was paid as the certificates before say."""
    paid, passed, told = Fraction(0), Fraction(0), list[PublicStatement]()
    for day, count in zip(DAYS, starts, strict=True):
        sums = {"paid_before": paid, "passed_before": passed, "left": max(20000 - passed, Fraction(0))}
        sums["room"] = 40000 - paid
        attested = {id: f"{float(value):.2f}" for id, value in sums.items() if id in _attested(contract)}
        made = made_of(contract, day, {"starts": count, **attested})
        told.append(replace(public_statement(made, salt=bytes(32), earlier=told), commitment="", earlier=()))
        paid += Fraction(made.settlement.lines[0].amount or "0")
        onward = made.settlement.distribution
        passed += sum(Fraction(one.amount) for one in (onward.receipts if onward else ()) if one.party == "investor")
    return told


def _attested(contract: Contract) -> set[str]:
    return {id for id, term in contract.model.figures.items() if isinstance(term, AttestedFigure)}


def test_it_stands_in_the_annex_and_is_asked_for() -> None:
    contract = read({})
    annexed = {lang: workflow.annex(contract, lang=lang).replace("\\", "") for lang in LANGUAGES}
    assert "not computed, and held against what the certificates of earlier days paid on the line work" in annexed["en"]
    assert (
        "inte beräknad, och prövad mot vad intygen för tidigare dagar har fört vidare till Investeraren"
        in (annexed["sv"])
    )
    rounded = (
        (
            "en",
            "Each line, the most of each step that is passed on and each guarantee are rounded once, to a whole",
        ),
        (
            "sv",
            "Varje rad, högsta beloppet för varje steg som fördelas och varje garanti avrundas en gång, till en hel",
        ),
    )
    assert all(sentence in annexed[lang] for lang, sentence in rounded)
    of_guarantee = workflow.annex(read(TO_THE_PROVIDER), lang="en")
    assert "held against what the certificates of earlier days paid on the guarantee capital" in of_guarantee
    assert "Each line and each guarantee are rounded once, to a whole multiple of" in of_guarantee
    asked_for = [one for one in workflow.check(contract).cautions if "say what it sums" in one.en]
    assert asked_for == []
    undecided = workflow.check(parse_contract(INVESTOR.encode())).undecided
    open_ = {one.place for one in undecided if one.field in ("reference_period", "missing_data")}
    assert open_ == {"figures.starts"}  # sums of payments are no outcomes
    unsaid = read({"    paid_before: {line: work}\n": ""})
    assert [one.en for one in workflow.check(unsaid).cautions if "say what it sums" in one.en] == [
        "The figure paid_before is attested and deducted on each certificate, and nothing holds it against what "
        "earlier ones paid; if it is that, say what it sums with paid_before."
    ]
    once = read({"    paid_before: {line: work}\n": "", f"[{LISTED}]": f'["{DAYS[0]}"]'})
    assert not [one for one in workflow.check(once).cautions if "say what it sums" in one.en]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("{line: work}", "{line: other}", "must sum a line with paid_each; got other."),
        ("{line: work}", "{guarantee: work}", "must sum what is paid on a name under payment.guarantees; got work."),
        (
            "{line: work}",
            "{passed_to: fund}",
            "must sum what the waterfall passes on to one of its receivers; got fund.",
        ),
        ("{line: work}", "{}", "must have exactly one of the keys line, passed_to or guarantee; it has none of them."),
        (
            "{line: work}",
            "{line: work, passed_to: investor}",
            "must have exactly one of the keys line, passed_to or guarantee; it has line and passed_to.",
        ),
        (
            "unit: SEK\n    paid_before: {line",
            "unit: kronor\n    paid_before: {line",
            "needs a figure in SEK; paid_before is in kronor.",
        ),
        (
            "digits: 2\n    unit: SEK\n    paid_before: {line",
            "digits: 1\n    unit: SEK\n    paid_before: {line",
            "needs 2 digits, as amounts have; paid_before has 1.",
        ),
        (
            "      paid_each: certificate\n",
            "",
            "needs a line with paid_each, whose certificates it sums; with true_up its paid is that.",
        ),
    ],
)
def test_what_cannot_be_summed(before: str, after: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        read({before: after})
    assert f"figures.paid_before.paid_before {told}" in str(error.value)


@pytest.mark.parametrize("figure", ["paid_before", "passed_before"])
def test_a_sum_below_nothing_was_not_paid_whatever_is_given(figure: str, tmp_path: Path) -> None:
    """Without the day before it cannot be told what was paid, but it was not less than nothing."""
    values = {"starts": "5", "paid_before": "0.00", "passed_before": "0.00", figure: "-5000.00"}
    made = made_of(read({}), DAYS[1], values)
    every = workflow.verify(made, contract=made.contract).findings
    (told,) = [one for one in every if one.name == f"paid_before:{figure}"]
    assert (told.verdict, told.text.en.replace("\u00a0", " ").replace("\u2212", "-")) == (
        "different",
        f"SEK -5,000 is attested as {figure}, paid before: no settlement pays less than nothing of it.",
    )
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(made, tmp_path / "made.json")
    assert str(error.value) == (
        f"figures.{figure} must be at least 0.00: no settlement pays less than nothing of it; got -5000.00. Attest "
        "what was paid."
    )


def test_of_a_line_that_may_be_paid_back_less_than_nothing_may_be_paid() -> None:
    contract = read({"below_zero: zero": "below_zero: negative"})
    made = made_of(contract, DAYS[1], {"starts": "5", "paid_before": "-5000.00", "passed_before": "0.00"})
    told = {one.name: one.verdict for one in workflow.verify(made, contract=contract).findings}
    assert told["paid_before:paid_before"] == "cannot_tell"


# by hand: 20 000 in one step, 25 000 of the guarantee and 15 000 of a capped line, for each earlier day
MOST = {
    "passed_to: investor": ({}, "passed_before", "20000.00", "40000.00"),
    "half of the step": (
        {'{investor: "1"}, up_to: first': '{investor: "0.5", provider: "0.5"}, up_to: "20000.01"'},
        *("passed_before", "10000.01", "20000.02"),
    ),
    "the rest of what a capped line pays": (
        {
            '{investor: "1"}, up_to: first': '{provider: "1"}, up_to: "4000"',
            'to: {provider: "1"}}\n  g': 'to: {investor: "1"}}\n  g',
            "paid_each: certificate\n": 'paid_each: certificate\n      cap: "15000"\n',
        },
        *("passed_before", "11000.00", "22000.00"),
    ),
    "guarantee": ({"{passed_to: investor}": "{guarantee: capital}"}, "passed_before", "25000.00", "50000.00"),
    "line": (
        {"paid_each: certificate\n": 'paid_each: certificate\n      cap: "15000"\n'},
        *("paid_before", "15000.00", "30000.00"),
    ),
}


@pytest.mark.parametrize("form", MOST)
def test_a_sum_beyond_what_so_many_certificates_can_pay_was_not_paid(form: str, tmp_path: Path) -> None:
    """Without the day before it cannot be told what was paid, but no terms let so much be paid."""
    changes, figure, *limits = MOST[form]
    contract = read(changes)
    for day, limit in zip(DAYS[1:], limits, strict=True):
        base = {"starts": "5", "paid_before": "0.00", "passed_before": "0.00"}
        held = workflow.verify(made_of(contract, day, {**base, figure: limit}), contract=contract).findings
        assert {one.verdict for one in held if one.name == f"paid_before:{figure}"} == {"cannot_tell"}
        got = f"{float(limit) + 0.01:.2f}"
        beyond = made_of(contract, day, {**base, figure: got})
        (told,) = [
            one.text
            for one in workflow.verify(beyond, contract=contract).differences
            if one.name == f"paid_before:{figure}"
        ]
        days = " and ".join(DAYS[: DAYS.index(day)])
        why = f"by the contract the certificates of {days} pay at most SEK {float(limit):,.2f} of it together"
        assert told.en.replace("\u00a0", " ") == (
            f"SEK {float(got):,.2f} is attested as {figure}, paid before: {why.replace('.00 ', ' ')}."
        )
        with pytest.raises(CertificateError) as error:
            workflow.write_certificate(beyond, tmp_path / f"{day}.json")
        assert str(error.value).replace("\u00a0", " ") == (
            f"figures.{figure} must be at most {limit}: {why.replace('.00 ', ' ')}; got {got}. Attest what was paid."
        )


def test_where_nothing_bounds_what_was_paid_the_sum_cannot_be_told() -> None:
    contract = read({})
    made = made_of(contract, DAYS[1], {"starts": "5", "paid_before": "999999.00", "passed_before": "0.00"})
    assert told_of(made)["paid_before"] == "cannot_tell"


@pytest.mark.parametrize("form", MOST)
def test_one_settlement_reaches_the_most_and_none_pays_more(form: str) -> None:
    changes, figure, most, _ = MOST[form]
    contract, paid = read(changes), []
    for starts in ("0", "3", "10", "19", "20", "25", "1000"):
        values = {"starts": starts, "paid_before": "0.00", "passed_before": "0.00"}
        made = made_of(contract, DAYS[0], values, settles=DAYS[2])  # whose last day it is, on which guarantees are paid
        paid.append(paid_by(made.settlement, earlier_sums(contract.model)[figure]))
    assert sum_bounds(figure, contract, 1) == (0, max(paid)) == (0, Fraction(most))

"""A certificate in the place of one of an earlier announced day, where one of a later day stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_one_place import kept, told
from workflow.test_place_by_kind import DAYS, Kind, pages, settled

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError

AFTER = "2023-05-02"
BACK = parse_contract(decided(base.contract_text(lines=("total",), below_zero="clawback")).encode())
ONCE = parse_contract(decided(base.contract_text(lines=("opened",))).encode())
MIXED = parse_contract(decided(base.contract_text(lines=("total", "opened"))).encode())


def first(kind: Kind) -> Certificate:
    """Of the first day: 8 at SEK 10, or nothing yet."""
    return settled(DAYS[0], kind, None, BACK, None, **({"total": 8, "paid": 0} if kind == "final" else {}))


def amounts(certificate: Certificate) -> dict[str, str | None]:
    return {line.id: line.amount for line in certificate.settlement.lines}


# --- lines that are paid in parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["final", "nil", "interim"])
@pytest.mark.parametrize("later", [10, 8, 5, 0, None])
@pytest.mark.parametrize("now", [9, 3, None])
def test_an_earlier_day_is_not_settled_again_beside_a_later_one(
    kind: Kind, later: int | None, now: int | None, tmp_path: Path
) -> None:
    """Whatever the later one pays: it has counted what was paid until then, and the next counts after it."""
    one = first(kind)
    paid = int(one.paid_to_date.get("total", "0"))
    values = {"paid": paid} if later is None else {"total": later, "paid": paid}
    two = settled(DAYS[1], "final", None, BACK, None, **values)
    kept(tmp_path, one, two)
    again = {} if now is None else {"total": now, "paid": paid}
    with pytest.raises(CertificateError, match=r"^The file '1\.json' is a final certificate .* of that last one"):
        settled(AFTER, "final", one, BACK, tmp_path, **again)
    wrong = settled(AFTER, "final", one, BACK, None, **again)
    found = workflow.verify(wrong, contract=BACK, earlier=[one, two])
    (text,) = [each.text for each in found.differences if each.name == f"earlier:{DAYS[1]}"]
    assert "is of a later announced day than that of 2023-01-31, whose place this one takes" in text.en
    assert "gäller en senare angiven dag än det från 2023-01-31, som detta ersätter" in text.sv
    assert "different" not in told(two, BACK, one, wrong).values()


@pytest.mark.parametrize("kind", ["final", "nil"])
def test_who_counts_the_later_day_is_not_accused_by_what_passed_it_by(kind: Kind, tmp_path: Path) -> None:
    one = first(kind)
    two = settled(DAYS[1], contract=BACK, total=5, paid=int(one.paid_to_date.get("total", "0")))
    wrong = settled(AFTER, "final", one, BACK, total=9, paid=int(one.paid_to_date.get("total", "0")))
    third = settled(DAYS[2], contract=BACK, total=15, paid=50)
    found = workflow.verify(third, contract=BACK, earlier=[one, two, wrong])
    assert found.differences == ()
    (text,) = [each.text for each in found.findings if each.name == f"earlier:{AFTER}"]
    assert text.en.endswith("it was to take the place of that one: ask which of them was paid.")
    assert text.sv.endswith("skulle det ha ersatt det: fråga vilket som betalades.")
    counted = settled(DAYS[2], contract=BACK, total=15, paid=int(wrong.paid_to_date["total"]))
    assert workflow.verify(counted, contract=BACK, earlier=[one, two, wrong]).differences != ()
    kept(tmp_path, one, two)
    assert settled(DAYS[2], "final", contract=BACK, folder=tmp_path, total=15, paid=50).due == "100"
    kept(tmp_path, one, two, wrong)
    for paid in (50, int(wrong.paid_to_date["total"])):
        with pytest.raises(CertificateError) as raised:
            settled(DAYS[2], "final", contract=BACK, folder=tmp_path, total=15, paid=paid)
        assert str(raised.value) == (
            "The file '2.json' is a certificate of 2023-05-02 in the place of the one of 2023-01-31, and '1.json', of "
            "a later announced day, stood when it was made: no certificate counts both. Move the one that was not paid "
            "to another folder."
        )


def test_the_last_one_is_corrected_and_an_earlier_day_alone_too(tmp_path: Path) -> None:
    one = first("final")
    kept(tmp_path, one)
    assert settled("2023-02-05", "final", one, BACK, tmp_path, total=9, paid=80).due == "10"
    two = settled(DAYS[1], contract=BACK, total=5, paid=80)
    kept(tmp_path, one, two)
    last = settled(AFTER, "final", two, BACK, tmp_path, total=6, paid=50)
    assert last.due == "10"
    assert workflow.verify(last, contract=BACK, earlier=[one, two]).differences == ()


# --- lines that are paid once --------------------------------------------------------------------------------------


def test_a_day_of_lines_paid_once_is_corrected_beside_a_nil_one_of_a_later_day(tmp_path: Path) -> None:
    """What takes a certificate's place is of its announced day, whatever day it is made on."""
    one, nil = settled(DAYS[0], contract=ONCE, opened=5), settled(DAYS[1], "nil", contract=ONCE)
    kept(tmp_path, one, nil)
    again = settled(AFTER, "final", one, ONCE, tmp_path, opened=6)
    assert again.due == "6000"
    workflow.write_certificate(again, tmp_path / "2.json")
    for each, others in ((again, (one, nil)), (nil, (one, again)), (one, (nil, again))):
        assert "different" not in told(each, ONCE, *others).values()
    with pytest.raises(CertificateError, match=r"^The file '1\.json' is a nil certificate of 2023-04-30"):
        settled(AFTER, contract=ONCE, folder=tmp_path, opened=6)  # in no place it is of the later day


# --- both ----------------------------------------------------------------------------------------------------------


def test_a_line_paid_once_is_corrected_on_its_day_while_what_is_paid_in_parts_waits(tmp_path: Path) -> None:
    one = settled(DAYS[0], contract=MIXED, total=10, paid=0, opened=5)
    two = settled(DAYS[1], contract=MIXED, total=15, paid=100)
    kept(tmp_path, one, two)
    for values in ({"total": 10, "paid": 100}, {"total": 11, "paid": 100}, {"total": 10, "paid": 150}):
        with pytest.raises(CertificateError, match=r"Take the place of that last one instead"):
            settled(AFTER, "final", one, MIXED, tmp_path, opened=6, **values)
    with pytest.raises(CertificateError, match=r"pays opened again"):
        settled(AFTER, "final", two, MIXED, tmp_path, total=15, paid=150, opened=6)
    again = settled(AFTER, "final", one, MIXED, tmp_path, opened=6)
    assert amounts(again) == {"total": None, "opened": "6000"}
    workflow.write_certificate(again, tmp_path / "2.json")
    third = settled(DAYS[2], contract=MIXED, folder=tmp_path, total=17, paid=150)
    assert amounts(third) == {"total": "20", "opened": None}
    every = (one, two, again, third)
    for each in every:
        assert "different" not in told(each, MIXED, *(other for other in every if other is not each)).values()


def test_a_dispute_of_a_line_paid_once_is_decided_after_a_later_day(tmp_path: Path) -> None:
    """What was withheld of it is paid in the disputed one's place, where what is paid in parts waits."""
    contract = MIXED
    one = settled(DAYS[0], contract=contract, total=10, paid=0, opened=5)

    def with_dispute(
        date: str, place_of: Certificate | None, folder: Path | None, values: dict[str, int], **said: str
    ) -> Certificate:
        return workflow.settle(
            replace(contract, folder=folder),
            date=date,
            attestations=[base.attested(date, values)],
            declarations=[base.dispute("2023-02-05", {"opened": 3}, "municipality", **said)],
            supersedes=place_of,
            reason=None if place_of is None else "Disputed",
        ).sign(base.KEY)

    withheld = with_dispute("2023-02-06", one, None, {"total": 10, "paid": 0, "opened": 5})
    two = with_dispute(DAYS[1], None, None, {"total": 15, "paid": 100}, certificate=DAYS[0])
    kept(tmp_path, one, withheld, two)
    over = {"certificate": DAYS[0], "over": "2023-05-01"}
    with pytest.raises(CertificateError, match=r"Settle that first \(--supersedes 1\.json"):
        with_dispute(AFTER, two, tmp_path, {"total": 15, "paid": 150}, **over)
    again = with_dispute(AFTER, withheld, tmp_path, {"opened": 5}, **over)
    assert [amounts(each)["opened"] for each in (withheld, again)] == ["3000", "5000"]
    workflow.write_certificate(again, tmp_path / "3.json")
    every = (one, withheld, two, again)
    for each in every:
        assert "different" not in told(each, contract, *(other for other in every if other is not each)).values()
    last = with_dispute("2023-05-03", two, tmp_path, {"total": 15, "paid": 150}, **over)
    assert amounts(last) == {"total": "0", "opened": None}


# --- what an earlier day settled again says of a line that waits on it ---------------------------------------------

WAITS_FIRST = settled(DAYS[0], contract=MIXED, total=10, paid=0, opened=5)
WAITS_SECOND = settled(DAYS[1], contract=MIXED, total=15, paid=100)
WAITS = settled(AFTER, "final", WAITS_FIRST, MIXED, opened=6)  # dated after the second, of the first day
HONEST = settled(DAYS[2], contract=MIXED, total=20, paid=150)
TWICE = settled(DAYS[2], contract=MIXED, total=20, paid=100)  # pays what the second paid again


@pytest.mark.parametrize("given", [(WAITS,), (WAITS_FIRST, WAITS)])
def test_it_is_not_what_was_paid_by_its_own_date(given: tuple[Certificate, ...]) -> None:
    for each in (HONEST, TWICE):
        found = workflow.verify(each, contract=MIXED, earlier=given)
        assert found.differences == ()
        told_of = {one.name: one for one in found.findings}
        assert told_of["paid_before"].verdict == "cannot_tell"
        assert DAYS[1] in told_of["paid_before"].text.en
    assert workflow.verify(HONEST, contract=MIXED, earlier=[*given, WAITS_SECOND]).differences == ()
    names = [one.name for one in workflow.verify(TWICE, contract=MIXED, earlier=[*given, WAITS_SECOND]).differences]
    assert names == ["supersedes", "paid_before"]


def test_dated_on_a_later_announced_day_it_is_no_certificate_of_that() -> None:
    waits = settled(DAYS[1], "final", WAITS_FIRST, MIXED, opened=6)
    for each in (HONEST, TWICE):
        found = {one.name: one.verdict for one in workflow.verify(each, contract=MIXED, earlier=[waits]).findings}
        assert (found["paid_before"], found["announced"]) == ("cannot_tell", "cannot_tell")
        assert "different" not in found.values()


@pytest.mark.parametrize("given", [(HONEST,), (WAITS_FIRST, HONEST), (WAITS_FIRST, WAITS_SECOND, HONEST)])
def test_it_is_not_accused_where_the_day_between_was_not_given(given: tuple[Certificate, ...]) -> None:
    late = settled("2023-08-05", "final", WAITS_FIRST, MIXED, opened=6)
    assert "different" not in told(late, MIXED, *given).values()


def test_its_page_says_nothing_of_what_it_cannot_know() -> None:
    again = settled("2023-05-04", "final", WAITS, MIXED, opened=7)
    for one in (WAITS, again):
        assert "counts as paid" not in pages(one)[0]
        assert "Enligt intygen före det räknas" not in pages(one)[1]
    soon = settled("2023-02-05", "final", WAITS_FIRST, MIXED, opened=6)  # no other day has been
    assert "By the certificates before it SEK 100 of total counts as paid" in pages(soon)[0].replace("\u00a0", " ")


def test_in_a_folder_the_day_that_is_not_there_is_named(tmp_path: Path) -> None:
    kept(tmp_path, WAITS_FIRST, WAITS)
    with pytest.raises(CertificateError) as raised:
        settled(DAYS[2], contract=MIXED, folder=tmp_path, total=20, paid=150)
    assert str(raised.value).endswith(
        "got 150. No final or nil certificate of 2023-04-30 is there: lay it beside the contract if one was made, or "
        "have that amount as paid, or say that this certificate takes its place and why (--supersedes, --reason)."
    )
    kept(tmp_path, WAITS_FIRST, WAITS, WAITS_SECOND)
    assert settled(DAYS[2], contract=MIXED, folder=tmp_path, total=20, paid=150).due is None


# --- a line paid once that was recalled on its own day -------------------------------------------------------------

PAID = settled(DAYS[0], contract=MIXED, total=10, paid=0, opened=5)
RECALLED = settled("2023-02-05", "final", PAID, MIXED, total=10, paid=100)  # 5,000 of opened, neither kept nor back
AGAIN = settled(DAYS[1], contract=MIXED, total=15, paid=100, opened=9)  # pays 9,000 beside it


@pytest.mark.parametrize("contract", [MIXED, ONCE])
def test_no_later_day_pays_what_was_recalled_before_that_is_settled(contract: Contract, tmp_path: Path) -> None:
    def made(
        date: str, opened: int | None, of: Certificate | None = None, folder: Path | None = tmp_path, paid: int = 100
    ) -> Certificate:
        values = {} if contract is ONCE else {"total": 10 if date < DAYS[1] else 15, "paid": paid}
        values |= {} if opened is None else {"opened": opened}
        return settled(date, "final", of, contract, folder, **values)

    first = made(DAYS[0], 5, folder=None, paid=0)
    recalled = made("2023-02-05", None, first, folder=None)
    assert amounts(recalled)["opened"] is None
    kept(tmp_path, first, recalled)
    with pytest.raises(CertificateError) as raised:
        made(DAYS[1], 9)
    assert str(raised.value) == (
        "The file '1.json' is a certificate of 2023-02-05 without an amount of opened, in the place of one that paid "
        "it: whether what was paid is kept or paid back is settled by one in its place, and this one pays opened, "
        "which is paid once. Settle that first (--supersedes 1.json, --reason), with what is due of it or 0."
    )
    (tmp_path / "0.json").unlink()
    with pytest.raises(CertificateError, match=r"of one that is not there: .* of it or 0, or lay that one beside the"):
        made(DAYS[1], 9)
    for answer, later in ((0, 9), (5, None)):
        kept(tmp_path, first, recalled)
        settled_again = made("2023-02-07", answer, recalled)
        workflow.write_certificate(settled_again, tmp_path / "2.json")
        every = [first, recalled, settled_again, made(DAYS[1], later)]
        for each in every:
            assert "different" not in told(each, contract, *(one for one in every if one is not each)).values()
            assert not [one for one in told(each, contract, *every) if one.startswith("recalled")]
        (tmp_path / "2.json").unlink()


@pytest.mark.parametrize("given", [(PAID, RECALLED), (RECALLED,)])
def test_whether_it_is_paid_twice_cannot_be_told_before(given: tuple[Certificate, ...]) -> None:
    found = workflow.verify(AGAIN, contract=MIXED, earlier=given)
    (one,) = [one for one in found.findings if one.name == "recalled:2023-02-05"]
    assert "recalled:2023-02-05" not in told(PAID, MIXED, *given, AGAIN)  # which was recalled itself
    assert one.verdict == "cannot_tell"
    assert one.text.en.endswith("Ask for the one that settles it.")
    assert "whether a line that was recalled is paid twice was not told" in found.summary.en
    back, stays = (settled("2023-02-07", "final", RECALLED, MIXED, total=10, paid=100, opened=n) for n in (0, 5))
    assert workflow.verify(AGAIN, contract=MIXED, earlier=[*given, back]).differences == ()
    assert workflow.verify(AGAIN, contract=MIXED, earlier=[*given, stays]).differences != ()


def test_nothing_that_was_never_paid_is_recalled(tmp_path: Path) -> None:
    """Nor what was paid back since."""
    first = settled(DAYS[0], contract=MIXED, total=10, paid=0)
    again = settled("2023-02-05", "final", first, MIXED, total=11, paid=100)
    nothing = settled("2023-02-07", "final", RECALLED, MIXED, total=10, paid=100, opened=0)
    open_ = settled("2023-02-09", "final", nothing, MIXED, total=10, paid=100)
    for every, paid in (((first, again), 110), ((PAID, RECALLED, nothing, open_), 100)):
        kept(tmp_path, *every)
        second = settled(DAYS[1], contract=MIXED, folder=tmp_path, total=15, paid=paid, opened=9)
        assert not [one for one in told(second, MIXED, *every) if one.startswith("recalled")]


def test_the_page_claims_of_no_line_that_it_was_paid_before() -> None:
    """No certificate shows by itself what the one whose place it takes paid: of a line of another day, nothing."""
    text = base.contract_text(lines=("visits", "opened")).replace("      paid_each: certificate\n", "")
    both = parse_contract(decided(text).encode())
    first, second = settled(DAYS[0], contract=both, visits=6), settled(DAYS[1], contract=both, opened=5)
    again = settled(AFTER, "final", first, both, visits=4)
    assert (amounts(first)["opened"], amounts(second)["opened"]) == (None, "5000")
    en, sv = pages(again)
    assert (
        "It has no amount of opened. What the certificate of 2023-01-31 paid or withholds of that, if anything, is not "
        "settled before one that takes its place has an amount: until then it is open whether that is paid, kept or "
        "paid back, and no later day counts any of it as paid. What any other certificate settles of that is "
        "left as it is."
    ) in en
    assert (
        "Det har inget belopp av opened. Det som intyget från 2023-01-31 betalade eller håller inne av det, om något, "
        "är inte avgjort förrän ett intyg som tar dess plats har ett belopp: till dess är det öppet om det betalas, "
        "behålls eller betalas tillbaka, och ingen senare dag räknar något av det som betalt. Det som något annat "
        "intyg avräknar av det lämnas som det är."
    ) in sv
    en, sv = pages(settled("2023-05-03", "final", again, both, visits=5))
    assert "What the certificates of 2023-01-31 and 2023-05-02 paid or withhold of that, if anything, is" in en
    assert "Det som intygen från 2023-01-31 och 2023-05-02 betalade eller håller inne av det, om något, är" in sv


@pytest.mark.parametrize("due", [0, 5])
def test_where_a_later_day_paid_it_elsewhere_either_answer_leads_on(due: int, tmp_path: Path) -> None:
    kept(tmp_path, PAID, RECALLED, AGAIN)
    every = [PAID, RECALLED, AGAIN]
    if due:
        with pytest.raises(CertificateError) as raised:
            settled(AFTER, "final", RECALLED, MIXED, tmp_path, opened=due)
        assert str(raised.value) == (
            "The file '2.json' is a final certificate of 2023-04-30, of a later announced day than this one, "
            "2023-01-31, and both pay opened, which is paid once. Where that is due on this day take the place of "
            "2.json first (--supersedes 2.json, --reason), with 0 of opened; else settle this day with 0 of opened."
        )
        with pytest.raises(CertificateError, match=r"'1\.json' is a certificate of 2023-02-05 without an amount"):
            settled(AFTER, "final", AGAIN, MIXED, tmp_path, total=15, paid=150, opened=5)
        every.append(settled(AFTER, "final", AGAIN, MIXED, tmp_path, total=15, paid=150, opened=0))
        workflow.write_certificate(every[-1], tmp_path / "3.json")
    every.append(settled("2023-05-04", "final", RECALLED, MIXED, tmp_path, opened=due))
    workflow.write_certificate(every[-1], tmp_path / "4.json")
    every.append(settled(DAYS[2], contract=MIXED, folder=tmp_path, total=20, paid=150))
    for each in every:
        assert "different" not in told(each, MIXED, *(one for one in every if one is not each)).values()

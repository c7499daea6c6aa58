"""A correction without an amount, as where a table was recalled: what was paid before it of a line paid in parts."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from workflow import test_each_series as base
from workflow.test_later_day import BACK
from workflow.test_one_settlement import stating
from workflow.test_place_by_kind import DAYS, PARTS, pages, settled

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.exceptions import CertificateError

FIRST = settled(DAYS[0], contract=PARTS, total=100, paid=0)  # pays 1,000
SECOND = settled(DAYS[1], contract=PARTS, total=130, paid=1000)  # pays 300
RECALLED = settled("2023-05-02", "final", SECOND, PARTS, paid=1300)
RESTORED = settled("2023-05-05", "final", RECALLED, PARTS, total=130, paid=1300)
ANEW = settled("2023-05-05", "final", RECALLED, PARTS, total=140, paid=1300)
THIRD = settled(DAYS[2], contract=PARTS, total=150, paid=1300)  # pays 200


def test_what_was_paid_stays_paid() -> None:
    assert (RECALLED.due, RECALLED.paid_to_date) == (None, {"total": "1300"})
    assert (RESTORED.due, ANEW.due, THIRD.due) == ("0", "100", "200")
    page = pages(RECALLED)[0].replace("\u00a0", " ")
    assert "By the certificates before it SEK 1,300 of total counts as paid" in page


@pytest.mark.parametrize("last", [RECALLED, RESTORED])
def test_no_honest_certificate_is_accused_whichever_are_given(last: Certificate) -> None:
    before = list({one.sha256: one for one in (FIRST, SECOND, RECALLED, last)}.values())
    for one in (*before, THIRD):
        others = [each for each in before if each is not one]
        for number in range(len(others) + 1):
            for given in combinations(others, number):
                if one is THIRD and given and given[-1] is FIRST:
                    continue  # nothing shows that the first is not the last: its successor is asked for
                assert workflow.verify(one, contract=PARTS, earlier=given).differences == (), given


@pytest.mark.parametrize("paid", [0, 1200])
def test_neither_what_takes_its_place_nor_what_follows_it_pays_again(paid: int, tmp_path: Path) -> None:
    for number, one in enumerate((FIRST, SECOND, RECALLED)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    with pytest.raises(CertificateError, match=r"what the certificate of 2023-05-02 says .* before, 1300; got"):
        settled("2023-05-05", "final", RECALLED, PARTS, tmp_path, total=130, paid=paid)
    again = settled(DAYS[2], contract=PARTS, total=150, paid=paid)
    with pytest.raises(CertificateError, match=r"as paid before, 1300; got"):
        workflow.write_certificate(again, tmp_path / "3.json")
    assert workflow.write_certificate(THIRD, tmp_path / "3.json").due == "200"
    for given in ((FIRST, SECOND, RECALLED), (RECALLED,)):
        found = workflow.verify(again, contract=PARTS, earlier=given)
        assert "paid_before" in [one.name for one in found.differences]


def test_two_of_a_day_whose_link_is_missing_accuse_nobody() -> None:
    """The second of three that correct one another was not given: that the first is none that stands it would show."""
    second = settled("2023-02-03", "final", FIRST, PARTS, total=100, paid=1000)
    third = settled("2023-02-06", "final", second, PARTS, total=110, paid=1000)
    look = settled(DAYS[1], "interim", contract=PARTS, total=0, paid=1100)
    last = settled("2023-05-02", "final", look, PARTS, total=120, paid=1100)
    for given in ([FIRST, third, look], [FIRST, third], [FIRST, second, third, look]):
        assert workflow.verify(last, contract=PARTS, earlier=given).differences == ()


# --- of which what was paid before is not attested either ----------------------------------------------------------

UNSAID = settled("2023-05-02", "final", SECOND, PARTS)


def test_what_was_paid_is_said_of_the_one_that_is_corrected() -> None:
    link = UNSAID.corrects
    assert link is not None
    assert (link.paid, UNSAID.paid_before, UNSAID.paid_to_date) == ({"total": "1300"},) * 3
    assert RECALLED.corrects is not None
    assert RECALLED.corrects.paid is None
    before = [FIRST, SECOND, UNSAID]
    for given in (before[:2], [SECOND], []):
        assert workflow.verify(UNSAID, contract=PARTS, earlier=given).differences == ()
    assert workflow.verify(THIRD, contract=PARTS, earlier=before).differences == ()


@pytest.mark.parametrize("paid", [{"total": "1000"}, {}])
def test_another_sum_than_the_corrected_one_says_differs(paid: dict[str, str]) -> None:
    plain = {**UNSAID.predicate["supersedes"], "paid": paid}
    lie = stating(UNSAID, None, key=base.KEY, supersedes=plain)
    found = workflow.verify(lie, contract=PARTS, earlier=[FIRST, SECOND])
    (text,) = [one.text for one in found.differences if one.name == "supersedes"]
    assert text.en.endswith("and what it says that was paid by it (supersedes.paid) is not what that one says.")
    assert text.sv.endswith("och vad det säger var betalt enligt det (supersedes.paid) är inte vad det anger.")


@pytest.mark.parametrize("paid", [{"visits": "10"}, {"total": "much"}])
def test_a_sum_of_no_such_line_or_that_is_none_is_refused(paid: dict[str, str]) -> None:
    with pytest.raises(CertificateError, match=r"supersedes\.paid.* must"):
        stating(UNSAID, None, key=base.KEY, supersedes={**UNSAID.predicate["supersedes"], "paid": paid})


@pytest.mark.parametrize("paid", [0, 1200])
def test_nor_is_it_paid_again_in_the_place_of_such_a_one(paid: int, tmp_path: Path) -> None:
    for number, one in enumerate((FIRST, SECOND, UNSAID)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    with pytest.raises(CertificateError, match=r"what the certificate of 2023-05-02 says .* before, 1300; got"):
        settled("2023-05-05", "final", UNSAID, PARTS, tmp_path, total=130, paid=paid)
    assert settled("2023-05-05", "final", UNSAID, PARTS, tmp_path, total=130, paid=1300).due == "0"
    assert workflow.write_certificate(THIRD, tmp_path / "3.json").due == "200"


def test_in_a_nil_ones_place_one_may_stand_that_was_not_given() -> None:
    nil = settled(DAYS[1], "nil", contract=PARTS, total=100, paid=1000)
    final = settled("2023-05-02", "final", nil, PARTS, total=130, paid=1000)
    third = settled(DAYS[2], contract=PARTS, total=150, paid=1300)
    for given in ([FIRST, nil], [FIRST], [nil], [FIRST, nil, final]):
        assert workflow.verify(third, contract=PARTS, earlier=given).differences == ()
    told = workflow.verify(third, contract=PARTS, earlier=[FIRST, nil]).findings
    (text,) = [one.text for one in told if one.name == "paid_before"]
    assert "one in the place of the nil one of 2023-04-30, by which it may be so, was not given" in text.en
    short = settled(DAYS[2], contract=PARTS, total=150, paid=900)
    found = workflow.verify(short, contract=PARTS, earlier=[FIRST, nil])
    assert "paid_before" in [one.name for one in found.differences]


# --- after a correction that is not given ----------------------------------------------------------------------------


def waiting(deducts: int, contract: Contract, by: int | None = None) -> tuple[Certificate, Certificate, Certificate]:
    """A later day whose line waits with what the correction of the first day paid; that in its place; the next day."""
    last = deducts if by is None else by
    waits = settled(DAYS[1], contract=contract, paid=deducts)
    assert (waits.due, waits.paid_to_date) == (None, {})
    again = settled("2023-05-02", "final", waits, contract, total=130, paid=last)
    return waits, again, settled(DAYS[2], contract=contract, total=130, paid=last)


def verdicts(certificate: Certificate, *given: Certificate, of: str = DAYS[0]) -> dict[str, str]:
    """What is not reproduced, of the day that was corrected."""
    found = workflow.verify(certificate, contract=certificate.contract, earlier=given).findings
    return {one.name: one.text.en for one in found if one.name.endswith(of) and one.verdict != "reproduced"}


@pytest.mark.parametrize("contract", [PARTS, BACK])
def test_the_correction_of_the_day_before_is_asked_for(contract: Contract) -> None:
    one = settled(DAYS[0], contract=contract, total=100, paid=0)
    corrected = settled("2023-02-02", "final", one, contract, total=110, paid=1000)
    waits, again, third = waiting(1100, contract)
    asked = (
        f"What the certificate of {DAYS[1]}, digest {waits.sha256[:16]}…, deducts of total is not what that of "
        f"{DAYS[0]}, digest {one.sha256[:16]}…, says was paid: one that took its place, or was settled between them, "
        "would show why, and none was given; ask for it, and verify the later of the two with it."
    )
    for last in (again, third):
        assert verdicts(last, one, waits) == {f"earlier_link:{DAYS[0]}": asked}
        assert workflow.verify(last, contract=contract, earlier=[one, waits]).differences == ()
        for given in ([one, corrected, waits], [corrected, waits]):
            assert verdicts(last, *given) == {}
            assert workflow.verify(last, contract=contract, earlier=given).differences == ()


@pytest.mark.parametrize(
    ("deducts", "by", "contract"), [(1100, 1200, PARTS), (1100, 900, BACK), (900, None, PARTS), (0, None, PARTS)]
)
def test_what_no_correction_explains_differs_still(deducts: int, by: int | None, contract: Contract) -> None:
    """Another sum than the one that is corrected deducts, or less than was paid where nothing is paid back."""
    one = settled(DAYS[0], contract=contract, total=100, paid=0)
    waits, again, third = waiting(deducts, contract, by)
    assert set(verdicts(again, one, waits)) == {f"earlier:{DAYS[0]}"}
    if by is None:
        assert set(verdicts(third, one, waits)) == {f"earlier:{DAYS[0]}"}


def test_where_the_one_that_waits_says_nothing_it_is_said_which_to_verify_with() -> None:
    one = settled(DAYS[0], contract=PARTS, total=100, paid=0)
    corrected = settled("2023-02-02", "final", one, PARTS, total=110, paid=1000)
    silent = settled(DAYS[1], contract=PARTS)
    again = settled("2023-05-02", "final", silent, PARTS, total=130, paid=1100)
    assert verdicts(again, one, silent) == {
        f"earlier_link:{DAYS[0]}": f"What the certificate of 2023-05-02, digest {again.sha256[:16]}…, deducts of total "
        f"is not what that of {DAYS[0]}, digest {one.sha256[:16]}…, says was paid: one that took its place, or was "
        "settled between them, would show why, and none was given; ask for it, and verify the later of the two with it."
    }
    assert workflow.verify(again, contract=PARTS, earlier=[one, silent]).ok
    less = settled("2023-05-02", "final", silent, PARTS, total=130, paid=900)  # which nothing paid later explains
    assert verdicts(less, one, silent)[f"earlier:{DAYS[0]}"].endswith(
        "does not say that so much was paid before of total as this one deducts; if that certificate was "
        "superseded, verify with the one that took its place."
    )
    third = settled(DAYS[2], contract=PARTS, total=130, paid=1100)
    assert set(verdicts(third, one, silent)) == {f"earlier_link:{DAYS[0]}"}
    for last in (again, third):
        assert verdicts(last, one, corrected, silent) == {}


# --- after one in its place that is not given -------------------------------------------------------------------------


def days(contract: Contract, first: int | None, deducts: int | None, second: int) -> list[Certificate]:
    """A day that pays 1,000, corrected if `first`; one that waits, what took its place if it deducts; the third."""
    one = settled(DAYS[0], contract=contract, total=100, paid=0)
    found = [one] if first is None else [one, settled("2023-02-02", "final", one, contract, total=first, paid=1000)]
    paid = int(found[-1].paid_to_date["total"])
    waits = settled(DAYS[1], "final", None, contract, None, **({} if deducts is None else {"paid": deducts}))
    assert (waits.due, waits.paid_to_date) == (None, {})
    again = settled("2023-05-02", "final", waits, contract, total=second, paid=paid)
    return [*found, waits, again, settled(DAYS[2], contract=contract, total=second + 20, paid=second * 10)]


@pytest.mark.parametrize("first", [None, 110])
@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize(("contract", "second"), [(PARTS, 130), (BACK, 130), (BACK, 60)])
def test_what_took_the_place_of_the_one_that_waits_is_asked_for(
    first: int | None, silent: bool, contract: Contract, second: int
) -> None:
    *before, waits, again, third = days(contract, first, None if silent else (first or 100) * 10, second)
    for one in before:
        assert verdicts(third, one, waits, of=one.date) == {
            f"earlier_link:{one.date}": f"What the certificate of {DAYS[2]}, digest {third.sha256[:16]}…, deducts of "
            f"total is not what that of {one.date}, digest {one.sha256[:16]}…, says was paid: one that took the place "
            f"of that of {DAYS[1]}, which has no amount of total, would show why, and none was given; ask for it, and "
            "verify the later of the two with it."
        }
    for last in (again, third):
        others = [each for each in (*before, waits, again) if each is not last]
        for number in range(len(others) + 1):
            for given in combinations(others, number):
                if waits in given and not (last is again and given[0] is before[0] and before[-1] not in given):
                    assert workflow.verify(last, contract=contract, earlier=given).differences == (), given
    assert verdicts(third, *before, waits, again) == {}


@pytest.mark.parametrize(
    ("waits", "deducts", "contract"),
    [
        (1000, 900, PARTS),
        (None, 900, PARTS),
        (1100, 1050, PARTS),
        (900, 1100, PARTS),
    ],
)
def test_what_nothing_in_its_place_explains_differs_still(waits: int | None, deducts: int, contract: Contract) -> None:
    """Less than was paid, or than counts as paid on the one that waits, where nothing is paid back."""
    one = settled(DAYS[0], contract=contract, total=100, paid=0)
    second = settled(DAYS[1], "final", None, contract, None, **({} if waits is None else {"paid": waits}))
    third = settled(DAYS[2], contract=contract, total=150, paid=deducts)
    assert set(verdicts(third, one, second)) == {f"earlier:{DAYS[0]}"}


def test_where_none_waits_between_another_sum_differs_still() -> None:
    """Each has an amount, or the one that waits is of the first day, or of the verified one's own."""
    one = settled(DAYS[0], contract=PARTS, total=100, paid=0)
    second = settled(DAYS[1], contract=PARTS, total=130, paid=1000)
    third = settled(DAYS[2], contract=PARTS, total=150, paid=1400)
    for given in ([one, second], [second]):
        assert "paid_before" in [
            each.name for each in workflow.verify(third, contract=PARTS, earlier=given).differences
        ]
    first = settled("2023-02-02", contract=PARTS, paid=1000)
    again = settled(DAYS[1], contract=PARTS, total=130, paid=1200)
    assert set(verdicts(again, one, first)) == {f"earlier:{DAYS[0]}"}  # no two pay in parts of one day
    nothing = settled(DAYS[0], contract=PARTS, total=0, paid=0)
    first = settled("2023-02-02", contract=PARTS, paid=0)
    again = settled(DAYS[1], contract=PARTS, total=130, paid=1200)
    assert set(verdicts(again, nothing, first)) == {f"earlier_link:{DAYS[0]}"}
    own = settled(DAYS[1], contract=PARTS, paid=1000)
    assert set(verdicts(settled("2023-05-02", "final", own, PARTS, total=130, paid=1200), one, own)) == {
        f"earlier:{DAYS[0]}"
    }

"""A correction without an amount, as where a table was recalled: what was paid before it of a line paid in parts."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from workflow.test_place_by_kind import DAYS, PARTS, pages, settled

from effekt import workflow
from effekt.certificates.certificate import Certificate
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

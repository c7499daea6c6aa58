"""Later certificates among the earlier ones that are given, as when a whole folder is: they accuse nobody."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from workflow import test_guaranteed_in_parts as parts
from workflow import test_paid_each as monthly
from workflow.test_not_final import FIRST, PAID, made

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope

SECOND = made("2024-01-31", "15", PAID)
THIRD = made("2025-01-31", "20", SECOND.paid_to_date["work"])
CORRECTED = made("2024-02-05", "14", SECOND.paid_to_date["work"], supersedes=SECOND)
AGAIN = made("2024-02-09", "13", CORRECTED.paid_to_date["work"], supersedes=CORRECTED)
LATER = "a certificate of a later day that was given was not held against it: verify that one with this as --earlier"
TAKEN = "another certificate that was given took its place: go by that one"


def told(certificate: Certificate, *given: Certificate) -> dict[str, str]:
    """The verdicts of what is told of later ones, which are the same in every order; nothing differs."""
    found = [
        workflow.verify(certificate, contract=certificate.contract, earlier=order) for order in permutations(given)
    ]
    assert {one.differences for one in found} == {()}
    names = ("later", "later_link", "superseded")
    every = [{f.name: f.verdict for f in one.findings if f.name.partition(":")[0] in names} for one in found]
    assert all(one == every[0] for one in every)
    return every[0]


def test_a_whole_folder_accuses_no_certificate_in_it() -> None:
    later = {"later:2024-01-31": "cannot_tell", "later:2025-01-31": "cannot_tell"}
    assert told(FIRST, SECOND) == told(FIRST, FIRST, SECOND) == {"later:2024-01-31": "cannot_tell"}
    assert told(FIRST, FIRST, SECOND, THIRD) == later
    assert told(SECOND, FIRST, SECOND, THIRD) == {"later:2025-01-31": "cannot_tell"}
    assert told(THIRD, FIRST, SECOND, THIRD) == {}
    verified = workflow.verify(SECOND, contract=SECOND.contract, earlier=[FIRST, SECOND, THIRD])
    assert verified.summary.en == f"Nothing differs, but {LATER}."
    verdicts = {one.name: one.verdict for one in verified.findings}
    assert (verdicts["supersedes"], verdicts["paid_before"]) == ("reproduced", "reproduced")


def test_a_certificate_whose_place_was_taken_is_told_by_which() -> None:
    assert told(SECOND, FIRST, CORRECTED) == {"superseded:2024-02-05": "cannot_tell"}
    assert told(SECOND, FIRST, CORRECTED, AGAIN) == {
        "superseded:2024-02-05": "cannot_tell",
        "superseded:2024-02-09": "cannot_tell",
    }
    assert told(CORRECTED, FIRST, SECOND, CORRECTED, AGAIN) == {"superseded:2024-02-09": "cannot_tell"}
    verified = workflow.verify(SECOND, contract=SECOND.contract, earlier=[FIRST, CORRECTED, THIRD])
    assert verified.summary.en == f"Nothing differs, but {TAKEN}; {LATER}."
    (text,) = [one.text for one in verified.findings if one.name.startswith("superseded:")]
    assert text.en == (
        f"The certificate of 2024-02-05, digest {CORRECTED.sha256[:16]}…, took the place of this one: go by that one, "
        "and verify it with this as --earlier."
    )
    assert "har tagit detta intygs plats: gå efter det" in text.sv


def test_one_of_the_same_day_that_took_its_place_is_told_too() -> None:
    same_day = made("2024-01-31", "14", SECOND.paid_to_date["work"], supersedes=SECOND)
    assert told(SECOND, FIRST, same_day) == {"superseded:2024-01-31": "cannot_tell"}
    assert told(same_day, FIRST, SECOND) == {}


def test_one_that_may_have_taken_its_place_names_what_would_show_it() -> None:
    assert told(SECOND, FIRST, AGAIN) == {"later_link:2024-02-09": "cannot_tell"}
    found = workflow.verify(SECOND, contract=SECOND.contract, earlier=[FIRST, AGAIN])
    (text,) = [one.text.en for one in found.findings if one.name.startswith("later_link:")]
    assert f"that of 2024-02-05, digest {CORRECTED.sha256[:16]}…, which would show it, was not given" in text
    assert found.summary.en.endswith("took its place was not told: give the one that would show it.")


def test_what_nobody_signed_takes_nobodys_place() -> None:
    bare = Certificate(Envelope(payload=CORRECTED.envelope.payload))
    assert told(SECOND, FIRST, bare) == {}


def test_where_the_missing_one_would_show_which_was_paid_it_is_named() -> None:
    """Two of one settlement say different sums, and the later one names what may have taken the other's place."""
    first, second = parts.every_day()[:2]
    more: dict[str, Any] = {"reason": "Counted again", "settles": parts.DAYS[1]}
    of_second = {**parts.TRUE[parts.DAYS[1]], "starts": "24"}
    between = parts.made_of(parts.read({}), "2024-02-05", of_second, supersedes=second, **more)
    last = parts.made_of(parts.read({}), "2024-02-09", {**of_second, "starts": "23"}, supersedes=between, **more)
    values = {"starts": "30", "paid_before": "23012.65", "passed_before": "20000.00"}
    third = parts.made_of(parts.read({}), parts.DAYS[2], values)
    found = workflow.verify(third, contract=third.contract, earlier=[first, second, last])
    sentences = {one.name: one.text.en for one in found.findings if one.verdict == "cannot_tell"}
    assert set(sentences) == {"earlier_link:2024-01-31", "paid_before:paid_before", "paid_before:passed_before"}
    shown = f"that of 2024-02-05, digest {between.sha256[:16]}…, which would show"
    assert all(shown in sentence for sentence in sentences.values())
    assert "which of two certificates of one day" not in found.summary.en
    assert "whether the place of an earlier certificate was taken was not told" in found.summary.en
    whole = workflow.verify(third, contract=third.contract, earlier=[first, second, between, last])
    assert whole.summary.en == "Nothing differs."


def test_of_a_line_with_true_up_the_missing_one_is_named_too() -> None:
    between = made("2024-01-31", "14", SECOND.paid_to_date["work"], supersedes=SECOND)
    last = made("2024-01-31", "13", between.paid_to_date["work"], supersedes=between)
    third = made("2025-01-31", "20", last.paid_to_date["work"])
    for given in ([FIRST, SECOND, last], [last, SECOND, FIRST]):
        found = workflow.verify(third, contract=third.contract, earlier=given)
        assert not found.differences
        sentences = {one.name: one.text for one in found.findings if one.verdict == "cannot_tell"}
        link = f"2024-01-31, digest {between.sha256[:16]}…, which would show whether that of 2024-01-31 was superseded"
        assert link in sentences["paid_before"].en
        assert "som skulle visa om det från 2024-01-31 har ersatts, angavs inte" in sentences["paid_before"].sv
        assert "the certificate that it supersedes" not in found.summary.en
        assert "what it is to the certificate before it was not told" in found.summary.en
    whole = workflow.verify(third, contract=third.contract, earlier=[FIRST, SECOND, between, last])
    assert whole.summary.en == "Nothing differs."


def test_one_of_a_later_day_that_pays_the_same_rows_pays_them_twice() -> None:
    """A line with paid_each pays what is new; who pays it on the same rows and attestations pays it again."""
    first, second = monthly.settled(monthly.DAYS[0], "2023-01"), monthly.settled(monthly.DAYS[1], "2023-02")
    assert told(first, second) == {f"later:{monthly.DAYS[1]}": "cannot_tell"}
    again = monthly.forged(monthly.settled(monthly.DAYS[2], "2023-03"), data=first.predicate["data"])
    (found,) = workflow.verify(first, contract=first.contract, earlier=[second, again]).differences
    assert found.name == f"later:{monthly.DAYS[2]}"
    assert found.text.en.endswith("pays work, as this one does: both are not to be paid.")
    assert found.text.sv.endswith("betalar work, liksom detta: båda ska inte betalas.")

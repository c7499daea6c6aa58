"""Where a certificate was not given, what it may explain accuses nobody, and what it cannot explain differs still."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest
from workflow import test_several_settlements as several
from workflow.test_not_final import FIRST, made

from effekt import workflow
from effekt.certificates import Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.workflow.findings import Finding


def after(date: str, starts: str, before: Certificate, *, place_of: bool = False) -> Certificate:
    """Settled honestly after another one, or in its place: what that says was paid is what this one deducts."""
    return made(date, starts, before.paid_to_date["work"], supersedes=before if place_of else None)


def unlike(certificate: Certificate, given: Sequence[Certificate]) -> dict[str, Finding]:
    """What is not reproduced of the certificates beside one, by its name."""
    found = workflow.verify(certificate, contract=certificate.contract, earlier=given).findings
    names = ("supersedes", "paid_before", "earlier", "earlier_link")
    return {f.name: f for f in found if f.name.partition(":")[0] in names and f.verdict != "reproduced"}


SECOND = after("2024-01-31", "15", FIRST)
CORRECTED = after("2024-02-05", "13", SECOND, place_of=True)
AGAIN = after("2024-02-20", "14", CORRECTED, place_of=True)
THIRD = after("2025-01-31", "19", AGAIN)


@pytest.mark.parametrize("certificate", [AGAIN, THIRD])
def test_the_original_of_a_correction_that_was_not_given_is_asked_for(certificate: Certificate) -> None:
    given = [FIRST, CORRECTED, AGAIN]
    told = unlike(certificate, given)
    assert {name: one.verdict for name, one in told.items()} == {"earlier_link:2023-01-31": "cannot_tell"}
    text = told["earlier_link:2023-01-31"].text
    digests = [f"{one.sha256[:16]}…" for one in (CORRECTED, FIRST, SECOND)]
    assert text.en == (
        f"What the certificate of 2024-02-05, digest {digests[0]}, deducts of work is not what that of 2023-01-31, "
        f"digest {digests[1]}, says was paid: that of 2024-01-31, digest {digests[2]}, which would show why, was not "
        "given."
    )
    assert text.sv == (
        f"Det som intyget från 2024-02-05, kontrollsumma {digests[0]}, drar av från work är inte vad det från "
        f"2023-01-31, kontrollsumma {digests[1]}, anger som betalt: det från 2024-01-31, kontrollsumma {digests[2]}, "
        "som skulle visa varför, angavs inte."
    )
    assert unlike(certificate, [*given, SECOND]) == {}


def test_a_correction_that_nobody_names_is_asked_for_where_a_later_settlement_may_count_it() -> None:
    unseen = after("2023-02-10", "8", FIRST, place_of=True)
    second = after("2024-01-31", "15", unseen)
    third = after("2024-02-05", "13", second, place_of=True)
    told = unlike(third, [FIRST, second])
    assert {name: one.verdict for name, one in told.items()} == {"earlier_link:2023-01-31": "cannot_tell"}
    assert told["earlier_link:2023-01-31"].text.en == (
        f"What the certificate of 2024-01-31, digest {second.sha256[:16]}…, deducts of work is not what that of "
        f"2023-01-31, digest {FIRST.sha256[:16]}…, says was paid: one that took its place, or was settled between "
        "them, would show why, and none was given; ask for it, and verify the later of the two with it."
    )
    assert told["earlier_link:2023-01-31"].text.sv.endswith(
        "anger som betalt: ett som har tagit dess plats, eller som avräknats mellan dem, skulle visa varför, och inget "
        "angavs; begär det, och verifiera det senare av de två med det."
    )
    assert unlike(third, [FIRST, unseen, second]) == {}
    assert {one.verdict for one in unlike(second, [FIRST]).values()} == {"different"}


def test_a_correction_that_a_later_one_names_is_asked_for() -> None:
    unseen = after("2023-02-10", "8", FIRST, place_of=True)
    second = after("2024-01-31", "15", unseen)
    late = after("2024-02-05", "9", unseen, place_of=True)
    told = unlike(second, [FIRST, late])
    digest = f"2023-02-10, digest {unseen.sha256[:16]}…"
    assert {name: one.verdict for name, one in told.items()} == dict.fromkeys(
        ("supersedes", "paid_before"), "cannot_tell"
    )
    assert f"that of {digest}, which may say so, was not given." in told["supersedes"].text.en
    assert f"that of {digest}, by which it may be so, was not given." in told["paid_before"].text.en
    assert f"det från 2023-02-10, kontrollsumma {unseen.sha256[:16]}…, som kan ange det" in told["supersedes"].text.sv
    afterwards = after("2024-02-02", "8", FIRST, place_of=True)
    named_later = after("2024-02-05", "9", afterwards, place_of=True)
    assert {one.verdict for one in unlike(second, [FIRST, named_later]).values()} == {"different"}


def test_what_no_missing_certificate_explains_differs_still() -> None:
    """A correction of the first day that passes by what the second paid, whoever it says it corrects."""
    around = made("2024-02-10", "14", FIRST.paid_to_date["work"], supersedes=FIRST)
    assert "different" in {one.verdict for one in unlike(around, [FIRST, SECOND, CORRECTED]).values()}
    for invented in ("2023-02-01", "2024-02-06"):
        named = made(invented, "10", "0")
        forged = made("2024-02-10", "14", FIRST.paid_to_date["work"], supersedes=named)
        told = [*unlike(THIRD, [FIRST, SECOND, CORRECTED, AGAIN, forged]).values()]
        told = [one for one in told if f"2024-02-10, digest {forged.sha256[:16]}" in one.text.en]
        assert {one.verdict for one in told} == {"cannot_tell"}  # it is set aside, and accuses no other


def test_what_one_pair_lacks_explains_nothing_of_another() -> None:
    """The original of a correction is missing beside the first; the last pays a line again that the first pays."""
    text = several.TEXT.replace(several.DAYS, several.DAYS.replace("]", ', "2025-01-31"]'))
    first = several.settled(text, "2023-01-31", "10", "0")
    second = several.settled(text, "2024-01-31", "15", first.paid_to_date["work"])
    corrected = several.settled(text, "2024-02-05", "13", second.paid_to_date["work"], second)
    again = several.settled(text, "2024-02-20", "14", corrected.paid_to_date["work"], corrected)
    last = several.settled(text, "2025-01-31", "19", again.paid_to_date["work"])
    told = unlike(last, [first, corrected, again])["earlier:2023-01-31"]
    assert (told.verdict, told.text.en.partition("…, ")[2]) == (
        "different",
        "pays base, as this one does: both are not to be paid.",
    )


def history(rng: random.Random) -> list[Certificate]:
    """Three announced days, each settled and corrected up to twice."""
    found: list[Certificate] = []
    for day in ("2023-01-31", "2024-01-31", "2025-01-31"):
        for place in range(rng.choice([1, 2, 3])):
            date, starts = f"{day[:5]}02-{5 + place:02d}" if place else day, str(rng.randrange(5, 20))
            found.append(after(date, starts, found[-1], place_of=place > 0) if found else made(day, starts, "0"))
    return found


def hinted(finding: Finding) -> bool:
    """Whether one that nobody names may explain it, which the finding says: what is verified follows the one given."""
    return "if that certificate was superseded, verify with the one that took its place" in finding.text.en


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_certificate_of_an_honest_history_is_accused_whichever_are_given(seed: int) -> None:
    rng = random.Random(seed)
    every = history(rng)
    for certificate in every:
        for given in ([*every], rng.sample(every, rng.randrange(len(every))), rng.sample(every, len(every) - 1)):
            rng.shuffle(given)
            told = unlike(certificate, given)
            whole = len({one.sha256 for one in (certificate, *given)}) == len(every)
            accused = {name: one for name, one in told.items() if one.verdict == "different"}
            assert not (accused if whole else [name for name, one in accused.items() if not hinted(one)])


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_a_forged_one_in_its_place_differs_or_what_is_missing_is_asked_for(seed: int) -> None:
    rng = random.Random(seed)
    every = history(rng)
    place = rng.randrange(1, len(every))
    true = every[place]
    named = true.supersedes and next(one for one in every if one.sha256 == true.supersedes.sha256)
    paid = float(true.paid_before["work"]) - rng.choice([1000, -1000])
    forged = made(true.date, "12", f"{paid:.2f}")
    if named is not None:
        statement = json.loads(forged.envelope.payload)
        statement["predicate"]["supersedes"] = true.predicate["supersedes"]
        forged = Certificate(sign(Envelope(payload=canonical_json(statement)), several.KEY))
    others = every[:place]
    assert "different" in {one.verdict for one in unlike(forged, others).values()}
    for left in others:
        told = unlike(forged, [one for one in others if one is not left])
        assert told or left is not (named or others[-1])
        assert {one.verdict for one in told.values()} <= {"different", "cannot_tell"}

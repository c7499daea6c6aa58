"""A register of claims beside interim and nil certificates: they claim nothing, and are not entered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from workflow.test_kept_registers import SALT, _deducting, _paid, claimed, contract

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError

DAYS = ["2023-09-01", "2023-10-01", "2023-11-01"]


def settled(
    folder: Path, date: str, place_of: Certificate | None = None, kind: str = "final", **more: Any
) -> Certificate:
    own = workflow.read_contract(folder / "contract.yaml")
    reason = None if place_of is None else "a row is disputed"
    made = workflow.settle(own, date=date, kind=kind, supersedes=place_of, reason=reason, **more)
    return made.sign(DEMO_KEY)


def test_an_interim_one_needs_not_be_given(rate_card: Path) -> None:
    (rate_card / "certificate.json").unlink()
    look = settled(rate_card, "2023-09-01", kind="interim")
    again = settled(rate_card, "2023-09-02", look, kind="interim")
    last = settled(rate_card, "2023-09-03", again)
    assert claimed(rate_card, last).new == 118
    assert claimed(rate_card, last, earlier=[look, again]).held == 118
    register = json.loads((rate_card / "claims.json").read_bytes())
    assert [*register["certificates"]] == [last.sha256]
    assert register["certificates"][last.sha256].get("supersedes") is None


def test_a_day_of_which_only_an_interim_one_is_given_is_told(rate_card: Path, effekt: Any) -> None:
    """What the final one of that day counted and paid can be told by nobody who has it not."""
    (rate_card / "certificate.json").unlink()
    _deducting(rate_card)
    (dates,) = [line for line in (rate_card / "contract.yaml").read_text("utf-8").splitlines() if line[:6] == "dates:"]
    own = contract(rate_card, (dates, dates.replace("}", f", certificates: {json.dumps(DAYS)}}}")))

    def of(day: str, work: str, home: str, kind: str = "final") -> Certificate:
        said = _paid(rate_card, own, work, home)
        return settled(rate_card, day, kind=kind, undecided_accepted=True, attestations=said)

    first = of(DAYS[0], "0", "0")
    due = (first.paid_to_date["work"], first.paid_to_date["home"])
    assert claimed(rate_card, first).cautions == ()
    look, second, third = of(DAYS[1], *due, "interim"), of(DAYS[1], *due), of(DAYS[2], *due)
    told = claimed(rate_card, third, earlier=[first, look]).cautions
    assert any("Of 2023-10-01 only an interim one was given, which pays nothing." in one.en for one in told)
    assert any("inget slutligt intyg eller nollintyg för den dagen angavs: begär det." in one.sv for one in told)
    anew = {"register": rate_card / "anew.json", "begin": True}
    claimed(rate_card, first, **anew)
    for certificate, before in ((second, [first]), (third, [first, look, second])):
        assert claimed(rate_card, certificate, earlier=before, register=anew["register"]).cautions == ()
    for name, one in (("first", first), ("look", look), ("third", third)):
        (rate_card / f"{name}.json").write_bytes(one.envelope.to_bytes())
    (rate_card / "claims.salt").write_text(SALT.hex(), encoding="utf-8")
    files = ("--contract", rate_card / "contract.yaml", "--register", rate_card / "claims.json")
    options = ("--salt", rate_card / "claims.salt", "--outcome", "work=month in work", "--lang", "en")
    options += ("--outcome", "home=month in own home")
    before = ("--earlier", rate_card / "first.json", "--earlier", rate_card / "look.json")
    ran = effekt("claim", rate_card / "third.json", *files, *options, *before)
    assert (ran.code, ran.out[:20]) == (0, "Outcomes entered: 0.")
    assert "Of 2023-10-01 only an interim one was given, which pays nothing." in ran.err


def test_one_that_the_register_must_refuse_is_not_asked_for(rate_card: Path) -> None:
    """Two take the place of the first, and one more that of the second of them; the register has the other."""
    first = workflow.read_certificate(rate_card / "certificate.json")
    one, other = settled(rate_card, "2023-09-02", first), settled(rate_card, "2023-09-03", first)
    beyond, last = settled(rate_card, "2023-09-04", other), settled(rate_card, "2023-09-05", one)
    claimed(rate_card, first)
    claimed(rate_card, one, earlier=first)
    for refused in (other, beyond):
        with pytest.raises(CertificateError):
            claimed(rate_card, refused, earlier=[first, other])
    for beside in ([other], [other, beyond], []):
        older = {"register": rate_card / f"older{len(beside)}.json", "begin": True}
        claimed(rate_card, first, **older)
        with pytest.raises(CertificateError, match=r"enter the former first|older copy of the register"):
            claimed(rate_card, last, earlier=[first, one, *beside], register=older["register"])
    there = (rate_card / "claims.json").read_bytes()
    for beside in ([other], [other, beyond], []):
        (rate_card / "claims.json").write_bytes(there)
        assert claimed(rate_card, last, earlier=[first, one, *beside]).held == 118


def test_of_a_day_whose_certificate_was_replaced_the_one_in_its_place_is_enough(rate_card: Path) -> None:
    """The first day was settled twice over, and the register and whoever verifies has the ones that stand."""
    (rate_card / "certificate.json").unlink()
    _deducting(rate_card)
    (dates,) = [line for line in (rate_card / "contract.yaml").read_text("utf-8").splitlines() if line[:6] == "dates:"]
    own = contract(rate_card, (dates, dates.replace("}", f", certificates: {json.dumps(DAYS)}}}")))

    def of(day: str, paid: dict[str, str], place_of: Certificate | None = None, kind: str = "final") -> Certificate:
        said = _paid(rate_card, own, paid["work"], paid["home"])
        return settled(rate_card, day, place_of, kind=kind, undecided_accepted=True, attestations=said)

    first = of(DAYS[0], {"work": "0", "home": "0"})
    again = of("2023-09-03", first.paid_to_date, first)
    look = of("2023-09-04", again.paid_to_date, kind="interim")
    second, third = of(DAYS[1], again.paid_to_date), of(DAYS[2], again.paid_to_date)
    claimed(rate_card, first)
    claimed(rate_card, again, earlier=first)
    assert claimed(rate_card, second, earlier=again).cautions == ()
    for certificate, given, days in (
        (second, [again], None),
        (third, [again, second], None),
        (third, [again], "2023-10-01"),
        (third, [second, look], "2023-09-01"),
    ):
        found = workflow.verify(certificate, contract=own, earlier=given)
        (told,) = [one for one in found.findings if one.name == "announced"]
        asked = f"Certificates, if only nil ones, were also due on {days}; ask for each."
        assert (told.verdict, told.text.en == asked) == (
            ("reproduced", False) if days is None else ("cannot_tell", True)
        )

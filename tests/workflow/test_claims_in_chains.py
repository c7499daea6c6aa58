"""A register of claims beside interim certificates: they claim nothing, and what stands behind them is taken over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from workflow.test_kept_registers import SALT, _deducting, _paid, claimed, contract

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.exceptions import ArgumentError, CertificateError

DAYS = ["2023-09-01", "2023-10-01", "2023-11-01"]


def settled(
    folder: Path, date: str, place_of: Certificate | None = None, kind: str = "final", **more: Any
) -> Certificate:
    own = workflow.read_contract(folder / "contract.yaml")
    reason = None if place_of is None else "a row is disputed"
    made = workflow.settle(own, date=date, kind=kind, supersedes=place_of, reason=reason, **more)
    return made.sign(DEMO_KEY)


def held(folder: Path) -> set[str]:
    return set(json.loads((folder / "claims.json").read_bytes())["claims"].values())


def without_a_row(folder: Path) -> None:
    table = folder / "months.csv"
    table.write_bytes(table.read_bytes().replace(b"0001;2023-02;1;1", b"0001;2023-02;0;1"))


@pytest.mark.parametrize("looks", [1, 2])
def test_a_final_one_behind_interim_ones_is_taken_over_and_its_place_is_taken(rate_card: Path, looks: int) -> None:
    first = workflow.read_certificate(rate_card / "certificate.json")
    claimed(rate_card, first)
    table = (rate_card / "months.csv").read_bytes()
    without_a_row(rate_card)
    chain = [first]
    for number in range(looks):
        chain.append(settled(rate_card, f"2023-09-0{number + 2}", chain[-1], "interim"))
    last = settled(rate_card, "2023-09-10", chain[-1])
    for lacking in (chain[-1], first):
        with pytest.raises(ArgumentError) as raised:
            claimed(rate_card, last, earlier=[one for one in chain if one is not lacking])
        assert f"{lacking.sha256[:16]}… of {lacking.date}" in str(raised.value)
    with pytest.raises(ArgumentError) as raised:
        claimed(rate_card, last, earlier=[first])
    assert str(raised.value) == (
        "`earlier` must have the certificates by which this one follows what the register has of those whose place it "
        f"takes; it lacks {chain[-1].sha256[:16]}… of {chain[-1].date}."
    )
    made = claimed(rate_card, last, earlier=chain)
    assert (made.new, made.held, made.released) == (0, 117, 1)
    assert held(rate_card) == {last.sha256}
    (rate_card / "months.csv").write_bytes(table)
    with pytest.raises(CertificateError, match=r"in the register took this one's place, so this one claims nothing"):
        claimed(rate_card, first)


def test_an_interim_one_that_took_nobodys_place_needs_not_be_given(rate_card: Path) -> None:
    (rate_card / "certificate.json").unlink()
    look = settled(rate_card, "2023-09-01", kind="interim")
    last = settled(rate_card, "2023-09-02", look)
    assert claimed(rate_card, last).new == 118
    assert claimed(rate_card, last, earlier=look).held == 118


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

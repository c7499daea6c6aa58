"""Two certificates of one settlement side by side: in the place of one and the same, or one of them nil."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_place_by_kind import DAYS, EACH, FINAL, LOOK, NIL, PARTS, Kind, settled

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError

BACK = parse_contract(decided(base.contract_text(lines=("total",), below_zero="clawback")).encode())
FIRST = settled(DAYS[0], contract=BACK, total=2, paid=0)
BACK_ONCE = settled("2023-02-02", "final", FIRST, BACK, total=0, paid=20)  # pays back 20
BACK_TWICE = settled("2023-02-05", "final", FIRST, BACK, total=0, paid=0)  # settles anew, and pays back 20 again


def kept(folder: Path, *made: Certificate) -> None:
    for number, one in enumerate(made):
        (folder / f"{number}.json").write_bytes(one.envelope.to_bytes())


def told(certificate: Certificate, contract: Contract, *given: Certificate) -> dict[str, str]:
    return {one.name: one.verdict for one in workflow.verify(certificate, contract=contract, earlier=given).findings}


# --- in the place of one and the same ------------------------------------------------------------------------------


def test_a_place_that_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    kept(tmp_path, FIRST, BACK_ONCE)
    with pytest.raises(CertificateError) as raised:
        settled("2023-02-05", "final", FIRST, BACK, tmp_path, total=0, paid=0)
    assert str(raised.value) == (
        "The file '1.json' is a certificate of 2023-02-02 in the place of the one of 2023-01-31, whose place this one "
        "takes. Take the place of that last one instead (--supersedes 1.json)."
    )
    assert settled("2023-02-05", "final", BACK_ONCE, BACK, tmp_path, total=1, paid=0).due == "10"
    again = settled("2023-02-02", "final", FIRST, BACK, tmp_path, total=0, paid=20)  # the same settlement once more
    assert again.due == BACK_ONCE.due


def test_the_later_of_two_in_one_place_differs_and_the_first_does_not() -> None:
    assert BACK_TWICE.left_to_pay == {"total": "-20"}
    assert told(BACK_TWICE, BACK, FIRST, BACK_ONCE)["earlier:2023-02-02"] == "different"
    last = settled("2023-02-03", "final", BACK_ONCE, BACK, total=0, paid=0)
    assert told(BACK_TWICE, BACK, FIRST, BACK_ONCE, last)["earlier:2023-02-03"] == "different"
    assert "different" not in told(BACK_ONCE, BACK, FIRST, BACK_TWICE).values()
    assert "different" not in told(last, BACK, FIRST, BACK_ONCE).values()


def test_of_two_of_one_date_no_file_shows_which_was_paid() -> None:
    same_day = settled("2023-02-02", "final", FIRST, BACK, total=0, paid=0)
    for one, other in ((same_day, BACK_ONCE), (BACK_ONCE, same_day)):
        found = workflow.verify(one, contract=BACK, earlier=[FIRST, other])
        assert found.differences == ()
        (text,) = [each.text for each in found.findings if each.name == "earlier:2023-02-02"]
        assert text.en.endswith(
            "is in the place of that of 2023-01-31, as this one is: of the two the later is to take the other's place: "
            "ask which of them was paid."
        )
        assert text.sv.endswith("av de två ska det senare ersätta det andra: fråga vilket som betalades.")


# --- one of them nil -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "kind", "remedy"), [(NIL, "final", "Say"), (FINAL, "nil", "Settle as final, and say")]
)
def test_a_final_and_a_nil_one_do_not_stand_side_by_side(
    there: Certificate, kind: Kind, remedy: str, tmp_path: Path
) -> None:
    kept(tmp_path, there)
    with pytest.raises(CertificateError) as raised:
        settled(DAYS[0], kind, contract=EACH, folder=tmp_path, visits=7 if kind == "final" else 0)
    assert str(raised.value) == (
        f"The file '0.json' is a {there.kind} certificate of 2023-01-31, of the same announced day as this {kind} one, "
        f"and a nil one says that nothing was due of it. {remedy} that this one takes its place and why "
        "(--supersedes 0.json, --reason)."
    )


def test_so_it_is_of_one_that_is_dated_later_where_lines_are_paid_in_parts(tmp_path: Path) -> None:
    nil = settled(DAYS[0], "nil", contract=PARTS, total=0, paid=0)
    kept(tmp_path, nil)
    with pytest.raises(CertificateError, match="is a nil certificate of 2023-01-31, of the same announced day as this"):
        settled("2023-02-05", contract=PARTS, folder=tmp_path, total=10, paid=0)
    assert settled("2023-02-05", "final", nil, PARTS, tmp_path, total=10, paid=0).due == "100"
    assert settled(DAYS[1], contract=PARTS, folder=tmp_path, total=10, paid=0).due == "100"


def test_which_of_them_takes_the_others_place_is_said() -> None:
    found = workflow.verify(FINAL, contract=EACH, earlier=NIL)
    (text,) = [one.text for one in found.differences if one.name == "supersedes"]
    assert text.en == (
        "It supersedes none, and beside it stands the nil certificate of the same day, 2023-01-31: a nil one says that "
        "nothing was due of that, so one is to take the other's place. Settle again with --supersedes and --reason."
    )
    assert text.sv.startswith("Det ersätter inget, och vid sidan av det finns nollintyget från samma dag, 2023-01-31:")
    for one, other in ((FINAL, LOOK), (NIL, LOOK), (LOOK, NIL)):
        assert workflow.verify(one, contract=EACH, earlier=other).differences == ()


# --- a line of which all is withheld -------------------------------------------------------------------------------


def test_what_a_dispute_withholds_is_paid_by_no_certificate_of_a_later_day(tmp_path: Path) -> None:
    """A line without a true_up is paid by one certificate: the one that withholds it pays it when it is decided."""
    text = base.contract_text(lines=("visits",)).replace("      paid_each: certificate\n", "")
    plain = parse_contract(decided(text).encode())
    first = settled(DAYS[0], contract=plain, visits=4)

    def told(date: str, place_of: Certificate | None, folder: Path | None, **said: str) -> Certificate:
        return workflow.settle(
            replace(plain, folder=folder),
            date=date,
            attestations=[base.attested(date, {"visits": 4})],
            declarations=[base.dispute("2023-02-05", {"visits": 0}, "municipality", **said)],
            supersedes=place_of,
            reason=None if place_of is None else "Disputed",
        ).sign(base.KEY)

    withheld = told("2023-02-06", first, None)
    assert withheld.due == "0"
    kept(tmp_path, first, withheld)
    with pytest.raises(CertificateError, match=r"'1\.json' is a final .* 2023-02-06, and this one pays visits"):
        told(DAYS[1], None, tmp_path, certificate=DAYS[0])
    again = told(DAYS[1], None, None, certificate=DAYS[0])
    found = workflow.verify(again, contract=plain, earlier=[first, withheld])
    assert "supersedes" in [one.name for one in found.differences]


# --- of one announced day, one of which pays nothing ---------------------------------------------------------------


@pytest.mark.parametrize("visits", [0, 3])
def test_one_certificate_settles_a_day(visits: int, tmp_path: Path) -> None:
    """One says that nothing is due of the day, the other that 300 is: neither is right beside the other."""
    one, other = settled(DAYS[0], visits=visits), settled(DAYS[0], visits=3 - visits)
    found = workflow.verify(one, contract=EACH, earlier=other)
    (text,) = [each.text for each in found.differences]
    assert text.en == (
        "It supersedes none, and the final certificate of 2023-01-31 is of the same announced day, 2023-01-31: one "
        "certificate settles a day, so one is to take the other's place. Settle again with --supersedes and --reason."
    )
    assert "ett intyg avräknar en dag, så det ena ska ersätta det andra" in text.sv
    last = settled(DAYS[1], visits=2)
    several = workflow.verify(one, contract=EACH, earlier=[settled(DAYS[0], "nil", visits=0), other, last])
    assert several.differences != ()
    kept(tmp_path, other)
    with pytest.raises(CertificateError) as raised:
        settled(DAYS[0], folder=tmp_path, visits=visits)
    assert str(raised.value) == (
        "The file '0.json' is a final certificate of 2023-01-31, of the same announced day, 2023-01-31, as this one, "
        "and one certificate settles a day. Say that this one takes its place and why (--supersedes 0.json, --reason)."
    )
    instead = settled("2023-02-01", "final", other, folder=tmp_path, visits=visits)
    assert workflow.verify(instead, contract=EACH, earlier=other).differences == ()

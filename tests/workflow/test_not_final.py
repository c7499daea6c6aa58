"""Certificates that are not final, between those that pay: nobody was paid by them, and they make nobody a liar."""

from __future__ import annotations

from pathlib import Path

import pytest
from deciding import decided
from workflow.test_several_settlements import CUMULATIVE, DAYS, KEY, attested, read

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.exceptions import CertificateError

THREE = CUMULATIVE.replace(DAYS, ', certificates: ["2023-01-31", "2024-01-31", "2025-01-31"]')
PAID = "10005.5"  # 10 at 1000.55


def made(date: str, starts: str, paid: str, kind: str = "final", supersedes: Certificate | None = None) -> Certificate:
    return workflow.settle(
        read(decided(THREE)),
        date=date,
        attestations=[attested(THREE, starts, paid)],
        kind=kind,
        supersedes=supersedes,
        reason=None if supersedes is None else "Counted again",
    ).sign(KEY)


def verdicts(certificate: Certificate, *earlier: Certificate) -> dict[str, str]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    names = ("supersedes", "paid_before", "earlier")
    return {one.name: one.verdict for one in found if one.name.partition(":")[0] in names}


FIRST = made("2023-01-31", "10", "0")


@pytest.mark.parametrize(
    ("kind", "starts", "deducted"), [("interim", "15", "cannot_tell"), ("nil", "10", "reproduced")]
)
def test_one_between_two_that_pay_accuses_nobody(kind: str, starts: str, deducted: str) -> None:
    between = made("2024-01-31", starts, PAID, kind)
    assert verdicts(between, FIRST) == {"supersedes": "reproduced"}
    assert verdicts(made("2025-01-31", "20", PAID), FIRST, between) == {
        "supersedes": "reproduced",
        "paid_before": deducted,
        "earlier:2024-01-31": "reproduced",
    }


@pytest.mark.parametrize(("kind", "nothing"), [("interim", "cannot_tell"), ("nil", "reproduced")])
def test_where_a_day_was_nil_nothing_was_paid_and_a_final_one_may_stand_beside_an_interim_or_later(
    kind: str, nothing: str
) -> None:
    before = made("2023-01-31", "0", "0", kind)
    expected = {"supersedes": "reproduced", "paid_before": nothing}
    assert verdicts(made("2024-01-31", "10", "0"), before) == expected
    assert verdicts(made("2024-01-31", "10", "5000"), before) == {**expected, "paid_before": "cannot_tell"}
    assert verdicts(made("2025-01-31", "10", "5000"), before) == {**expected, "paid_before": "cannot_tell"}


def test_what_one_says_was_paid_counts_for_nothing() -> None:
    wrong = "5002.75"  # 5 at 1000.55; 10 005.5 were paid
    lie = made("2024-01-31", "5", wrong, "nil")
    again = made("2024-01-31", "5", wrong, "nil", lie)
    beside = {"supersedes": "different", "paid_before": "different"}
    for given in ((FIRST, lie), (FIRST, lie, again)):
        found = verdicts(made("2025-01-31", "20", wrong), *given)
        assert {name: found[name] for name in beside} == beside
        assert set(verdicts(made("2025-01-31", "20", PAID), *given).values()) == {"reproduced"}
    assert verdicts(made("2024-02-05", "20", wrong, supersedes=lie), FIRST, lie) == {
        "supersedes": "reproduced",
        "paid_before": "different",
        "earlier:2023-01-31": "different",
    }
    honest = made("2024-02-05", "20", PAID, supersedes=lie)
    assert set(verdicts(honest, FIRST, lie).values()) == {"reproduced"}


def test_more_of_those_whose_place_was_taken_never_tells_less() -> None:
    """A nil one in the place of an interim one, of the first day, shows that nothing was paid."""
    look = made("2023-01-31", "0", "0", "interim")
    nil = made("2023-01-31", "0", "0", "nil", look)
    final = made("2023-02-05", "10", "0", "final", nil)

    def told(*earlier: Certificate) -> tuple[str, str]:
        found = workflow.verify(final, contract=final.contract, earlier=earlier).findings
        return next((one.verdict, one.text.en) for one in found if one.name == "paid_before")

    for given in ((nil, look), (nil,)):
        assert told(*given) == (
            "reproduced",
            "Nothing is deducted as paid before, and on the first announced day nothing was paid, as the nil one whose "
            "place it takes says.",
        )
    for given in ((), (look,)):
        assert told(*given) == (
            "cannot_tell",
            "Nothing is deducted as paid before; whether anything was paid before cannot be told, as no certificate "
            "that shows it was given.",
        )


def test_a_chain_of_interim_ones_says_nothing_of_what_was_paid() -> None:
    """Whether the one behind is given or only named, as interim, by the one that took its place."""
    look = made("2023-01-31", "5", "0", "interim")
    again = made("2023-02-01", "6", "0", "interim", look)
    final = made("2023-02-05", "10", "0", "final", again)
    for given in ((again,), (again, look)):
        assert verdicts(final, *given)["paid_before"] == "cannot_tell"


def test_the_certificate_itself_among_the_earlier_ones_accuses_nobody() -> None:
    """As when a whole folder is given, with a copy that more have signed."""
    second = made("2024-01-31", "15", PAID)
    copy = Certificate(Envelope(payload=second.envelope.payload))
    for given in ((FIRST, second), (second, FIRST), (copy, FIRST)):
        assert verdicts(second, *given) == verdicts(second, FIRST)
    assert verdicts(second, second) == verdicts(second)


def test_a_copy_that_nobody_signed_takes_no_signature_away() -> None:
    """A draft of the second, before or after the signed one: a third that deducts too little is still told of."""
    second = made("2024-01-31", "15", PAID)
    draft = Certificate(Envelope(payload=second.envelope.payload))
    twice = made("2025-01-31", "20", PAID)
    told = verdicts(twice, FIRST, second)
    assert told["paid_before"] == "different"
    for given in ((FIRST, second, draft), (FIRST, draft, second), (draft, second, FIRST, draft)):
        assert verdicts(twice, *given) == told
    alone = workflow.verify(twice, contract=twice.contract, earlier=[FIRST, draft]).findings
    assert "earlier_signed:2024-01-31" in [one.name for one in alone]


def test_one_of_the_same_day_that_says_that_nothing_was_due_is_told() -> None:
    nil = made("2024-01-31", "10", PAID, "nil")
    assert verdicts(made("2024-01-31", "15", PAID), nil)["supersedes"] == "different"


def test_in_a_folder_too_what_a_nil_one_says_was_paid_counts_for_nothing(tmp_path: Path) -> None:
    wrong = "5002.75"
    nil = made("2024-01-31", "5", wrong, "nil")
    for number, one in enumerate((FIRST, nil)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    lie, right = (made("2024-02-05", "20", paid, supersedes=nil) for paid in (wrong, PAID))
    with pytest.raises(CertificateError, match="pays work again"):
        workflow.write_certificate(lie, tmp_path / "lie.json")
    workflow.write_certificate(right, tmp_path / "right.json")
    assert right.due == "10005.50"


def test_in_a_folder_too_one_in_the_place_of_a_nil_one_deducts_no_more_than_was_paid(tmp_path: Path) -> None:
    nil = made("2024-01-31", "10", PAID, "nil")
    for number, one in enumerate((FIRST, nil)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    with pytest.raises(CertificateError) as error:
        workflow.write_certificate(made("2024-02-05", "20", "15008.25", supersedes=nil), tmp_path / "lie.json")
    assert str(error.value) == (
        "The file '0.json' is a final certificate of 2023-01-31, and this one deducts too much of work: "
        "payment.lines.work.true_up.paid must be what that one says that the next settlement has as paid before, "
        "10005.5; got 15008.25. Have that amount as paid, or say that this certificate takes its place and why "
        "(--supersedes, --reason)."
    )
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["0.json", "1.json"]


@pytest.mark.parametrize("starts", ["15", "12"])
def test_of_two_final_ones_of_a_day_none_is_chosen_by_its_digest(starts: str) -> None:
    """Whichever has the larger digest: each of the two is once what is deducted."""
    two = {count: made("2024-01-31", count, PAID) for count in ("15", "12")}
    third = made("2025-01-31", "20", two[starts].paid_to_date["work"])
    fork = {"supersedes": "cannot_tell", "paid_before": "cannot_tell", "earlier:2024-01-31": "cannot_tell"}
    assert verdicts(third, FIRST, *two.values()) == {**fork, "earlier:2023-01-31": "reproduced"}
    found = workflow.verify(third, contract=third.contract, earlier=list(two.values()))
    assert found.ok
    assert "which of two certificates of one day was paid no file shows: ask" in found.summary.en
    neither = made("2025-01-31", "20", "16008.8")
    assert verdicts(neither, FIRST, *two.values())["paid_before"] == "different"

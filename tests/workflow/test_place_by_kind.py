"""Which certificate takes whose place by its kind: interim ones come first, then nil ones, and all after are final."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_one_settlement import stating

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.text import certificate_text

DAYS = base.DAYS
EACH = parse_contract(decided(base.contract_text(lines=("visits",))).encode())
PARTS = parse_contract(decided(base.contract_text(lines=("total",), below_zero="carry")).encode())
Kind = Literal["final", "interim", "nil"]


def settled(
    date: str,
    kind: Kind = "final",
    place_of: Certificate | None = None,
    contract: Contract = EACH,
    folder: Path | None = None,
    **values: int,
) -> Certificate:
    return workflow.settle(
        replace(contract, folder=folder),
        date=date,
        kind=kind,
        attestations=[base.attested(date, values)] if values else [],
        supersedes=place_of,
        reason=None if place_of is None else "Counted again",
    ).sign(base.KEY)


LOOK = settled(DAYS[0], "interim", visits=6)
NIL = settled(DAYS[0], "nil", visits=0)
FINAL = settled(DAYS[0], visits=7)


def named(found: Certificate) -> dict[str, Any]:
    """What a later final certificate says of one whose place it takes."""
    return dict(settled("2023-02-10", "final", found, visits=6).predicate["supersedes"])


@pytest.mark.parametrize(
    ("kind", "of", "en", "sv"),
    [
        ("nil", FINAL, "a nil certificate must not be a final one", "ett nollintyg får inte vara ett slutligt intyg"),
        ("interim", FINAL, "an interim certificate must not be a final one", "ett delintyg får inte vara ett slutligt"),
        ("interim", NIL, "an interim certificate must not be a nil one", "ett delintyg får inte vara ett nollintyg"),
    ],
)
def test_what_weighs_less_takes_no_place(kind: Kind, of: Certificate, en: str, sv: str) -> None:
    """Neither where it is settled, nor by a statement that somebody signs with a key of the contract."""
    with pytest.raises(ArgumentError) as raised:
        settled(DAYS[0], kind, of, visits=0)
    assert en in str(raised.value)
    assert sv in str(raised.value.sv)
    statement = settled(DAYS[0], kind, visits=0)
    with pytest.raises(CertificateError, match=f"cannot be read: `supersedes` of {en}"):
        stating(statement, None, key=base.KEY, supersedes=named(of))


@pytest.mark.parametrize(("kind", "of"), [("interim", LOOK), ("nil", LOOK), ("nil", NIL), ("final", NIL)])
def test_what_weighs_as_much_or_more_does(kind: Kind, of: Certificate) -> None:
    found = settled(DAYS[0], kind, of, visits=6 if kind == "final" else 0)
    assert found.supersedes is not None
    assert (found.supersedes.kind, found.corrects, found.supersedes.paying) == (of.kind, None, ())
    assert workflow.verify(found, contract=EACH, earlier=of).differences == ()


def test_the_days_of_each_kind_are_told_from_the_first_to_the_last() -> None:
    nil = settled(DAYS[0], "nil", settled(DAYS[0], "interim", LOOK, visits=5), visits=0)
    first = settled("2023-02-10", "final", nil, visits=6)
    second = settled("2023-02-11", "final", first, visits=7)
    for found, paying, corrects in ((first, (), None), (second, ("2023-02-10",), second.supersedes)):
        link = found.supersedes
        assert link is not None
        assert (link.interim, link.nil, link.paying) == ((DAYS[0], DAYS[0]), (DAYS[0],), paying)
        assert found.corrects == corrects


@pytest.mark.parametrize(
    "days", [{"nil": []}, {"nil": [], "interim": [DAYS[0]] * 2}, {"nil": [DAYS[0]] * 2, "interim": []}]
)
def test_which_were_interim_or_nil_is_held_against_what_is_given(days: dict[str, list[str]]) -> None:
    look = settled(DAYS[0], "interim", visits=6)
    nil = settled(DAYS[0], "nil", look, visits=0)
    final = settled("2023-02-10", "final", nil, visits=6)
    changed = stating(final, None, key=base.KEY, supersedes=dict(final.predicate["supersedes"]) | days)
    found = workflow.verify(changed, contract=EACH, earlier=[look, nil])
    assert "supersedes" in [one.name for one in found.differences]


@pytest.mark.parametrize("days", [{"nil": [DAYS[1]]}, {"nil": [DAYS[0]] * 2}, {"interim": ["2023-02-10"]}])
def test_days_that_are_not_the_first_of_them_are_refused(days: dict[str, list[str]]) -> None:
    first = settled("2023-02-10", "final", NIL, visits=6)
    second = settled("2023-02-12", "final", first, visits=6)
    plain = dict(second.predicate["supersedes"])
    with pytest.raises(CertificateError, match=r"supersedes\.interim, then supersedes\.nil, must hold the first days"):
        stating(second, None, key=base.KEY, supersedes=plain | days)


# --- what was paid ------------------------------------------------------------------------------------------------


def pages(certificate: Certificate) -> tuple[str, str]:
    en, sv = (" ".join(certificate_text(certificate, lang).split()) for lang in ("en", "sv"))
    return en, sv


@pytest.mark.parametrize(
    ("of", "en", "sv"), [(LOOK, "an interim", "ett delintyg"), (NIL, "a nil", "ett nollintyg")], ids=["interim", "nil"]
)
def test_nothing_is_to_be_deducted_in_the_place_of_one_by_which_nothing_was_paid(
    of: Certificate, en: str, sv: str
) -> None:
    page = pages(settled("2023-02-10", "final", of, visits=6))
    assert (
        f"It takes the place of {en} certificate, of 2023-01-31, by which nothing was paid, so nothing there is to be "
        "deducted from its amounts of visits."
    ) in page[0]
    assert (
        f"Det ersätter {sv}, från 2023-01-31, enligt vilket inget betalades, så inget där ska dras av från dess belopp "
        "av visits."
    ) in page[1]
    for one in (settled(DAYS[0], "nil", of, visits=0), settled(DAYS[0], "interim", LOOK, visits=6)):
        assert "paid back" not in pages(one)[0]


def test_a_final_one_of_nothing_says_that_what_was_paid_is_to_be_paid_back() -> None:
    again = settled("2023-02-10", "final", FINAL, visits=0)
    assert again.due == "0"
    assert (
        "It takes the place of the certificate of 2023-01-31, and its amounts of visits that of the amounts there: "
        "where those were paid only the difference is still to be paid, or to be paid back."
    ) in pages(again)[0]
    assert workflow.verify(again, contract=EACH, earlier=FINAL).differences == ()


def test_one_without_an_amount_says_that_it_does_not_settle_what_was_paid() -> None:
    again = settled("2023-02-10", "final", FINAL)
    page = pages(again)
    assert (
        "It has no amount of visits. What the certificate of 2023-01-31 paid or withholds of that, if anything, is not "
        "settled before one that takes its place has an amount: until then it is open whether that is paid, kept or "
        "paid back, and no later day counts any of it as paid."
    ) in page[0]
    assert (
        "Det har inget belopp av visits. Det som intyget från 2023-01-31 betalade eller håller inne av det" in page[1]
    )
    assert "only the difference" not in page[0]
    assert workflow.verify(again, contract=EACH, earlier=FINAL).differences == ()
    assert "It has no amount" not in pages(settled("2023-02-10", "final", NIL))[0]


def test_behind_one_without_an_amount_what_was_paid_before_it_is_deducted() -> None:
    last = settled("2023-02-11", "final", settled("2023-02-10", "final", FINAL), visits=6)
    assert (
        "It takes the place of the certificates of 2023-01-31 and 2023-02-10, and its amounts of visits that of the "
        "amounts there: what was paid of those and not paid back since is deducted, and only the difference is still "
        "to be paid, or to be paid back."
    ) in pages(last)[0]
    assert "Det ersätter intygen från 2023-01-31 och 2023-02-10, och dess belopp av visits" in pages(last)[1]


def test_one_in_a_nil_ones_place_counts_what_was_paid_before_it(tmp_path: Path) -> None:
    first = settled(DAYS[0], contract=PARTS, total=100, paid=0)  # pays 1,000
    nil = settled(DAYS[1], "nil", contract=PARTS, total=100, paid=1000)
    for name, one in (("first", first), ("nil", nil)):
        workflow.write_certificate(one, tmp_path / f"{name}.json")
    right = settled("2023-05-10", "final", nil, PARTS, tmp_path, total=110, paid=1000)
    assert (right.due, right.settles_anew) == ("100", None)
    assert workflow.verify(right, contract=PARTS, earlier=[first, nil]).differences == ()
    twice = settled("2023-05-10", "final", nil, PARTS, total=110, paid=0)
    with pytest.raises(CertificateError, match=r"pays total again: .* 1000; got 0"):
        workflow.write_certificate(twice, tmp_path / "twice.json")
    told = workflow.verify(twice, contract=PARTS, earlier=[first, nil])
    assert "paid_before" in [one.name for one in told.differences]

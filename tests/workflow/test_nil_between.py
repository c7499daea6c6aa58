"""An interim or nil certificate in a final one's place that does not say what was paid: what stays paid, what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_one_settlement import stating

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError
from effekt.reports.text import certificate_text

DAYS = base.DAYS
CONTRACT = parse_contract(decided(base.contract_text(lines=("total",), below_zero="carry")).encode())
Kind = Literal["final", "interim", "nil"]


def settled(
    date: str,
    kind: Kind = "final",
    place_of: Certificate | None = None,
    folder: Path | None = None,
    contract: Contract = CONTRACT,
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


FIRST = settled(DAYS[0], total=100, paid=0)  # pays 1,000
BETWEEN = [settled(day, kind, FIRST, total=0) for day, kind in ((DAYS[0], "nil"), ("2023-02-05", "interim"))]


@pytest.mark.parametrize("between", BETWEEN, ids=["nil", "interim"])
def test_what_a_final_one_paid_stays_paid_behind_one_that_does_not_say_so(between: Certificate, tmp_path: Path) -> None:
    for name, one in (("first", FIRST), ("between", between)):
        workflow.write_certificate(one, tmp_path / f"{name}.json")
    anew = settled("2023-02-10", "final", between, tmp_path, total=110, paid=0)
    more = settled("2023-02-10", "final", between, tmp_path, total=110, paid=1000)
    assert (anew.settles_anew, anew.left_to_pay) == ({"total": "1000"}, {"total": "100"})
    assert (more.due, more.settles_anew) == ("100", None)
    with pytest.raises(CertificateError, match=r"what the certificate of 2023-01-31 says .* before, 1000; got 500"):
        settled("2023-02-10", "final", between, tmp_path, total=110, paid=500)
    for one in (anew, more):
        found = workflow.verify(one, contract=CONTRACT, earlier=[FIRST, between])
        assert found.differences == ()
    told = workflow.verify(stating(anew, None, key=base.KEY), contract=CONTRACT, earlier=[FIRST, between])
    assert "paid_before" in [one.name for one in told.differences]  # as if nothing had been paid
    alone = workflow.verify(stating(anew, None, key=base.KEY), contract=CONTRACT, earlier=between)
    assert "paid_before" in [one.name for one in alone.findings if one.verdict == "cannot_tell"]


# --- of a line that each certificate pays -------------------------------------------------------------------------

EACH = parse_contract(decided(base.contract_text(lines=("visits",))).encode())
BOTH = parse_contract(decided(base.contract_text(lines=("visits", "total"), below_zero="carry")).encode())
BACK = (
    "It takes the place of the certificate of 2023-01-31, and nothing of visits is due by it: what was paid there of "
    "that is to be paid back, and counts as paid no more.",
    "Det ersätter intyget från 2023-01-31, och enligt det ska inget av visits betalas: det som betalats där av det ska "
    "betalas tillbaka, och räknas inte längre som betalt.",
)
STAYS = (
    "What was paid before it of total stays paid, and the next settlement counts that.",
    "Det som betalats före det av total förblir betalt, och nästa avräkning räknar det.",
)


def pages(certificate: Certificate) -> tuple[str, str]:
    en, sv = (" ".join(certificate_text(certificate, lang).split()) for lang in ("en", "sv"))
    return en, sv


@pytest.mark.parametrize("values", [{"visits": 0}, {}], ids=["nothing due", "undetermined"])
def test_a_nil_one_says_that_what_was_paid_is_to_be_paid_back(values: dict[str, int]) -> None:
    first = settled(DAYS[0], contract=EACH, visits=7)
    nil = settled(DAYS[0], "nil", first, contract=EACH, **values)
    for page, told, stays in zip(pages(nil), BACK, STAYS, strict=True):
        assert told in page
        assert stays not in page
    look = settled("2023-02-05", "interim", first, contract=EACH, **values)
    alone = settled(DAYS[0], "nil", contract=EACH, **values)
    again = settled(DAYS[0], "nil", alone, contract=EACH, **values)
    for one in (look, alone, again):
        assert "paid back" not in pages(one)[0]
    assert workflow.verify(nil, contract=EACH, earlier=first).differences == ()


def test_a_nil_one_says_of_which_lines_what_was_paid_stays_paid() -> None:
    first = settled(DAYS[0], contract=BOTH, visits=7, total=100, paid=0)
    nil = settled(DAYS[0], "nil", first, contract=BOTH, visits=0, total=0)
    for page, told, stays in zip(pages(nil), BACK, STAYS, strict=True):
        assert told in page
        assert stays in page


def test_a_final_one_in_a_nil_ones_place_names_the_last_one_by_which_was_paid() -> None:
    first = settled(DAYS[0], contract=EACH, visits=7)
    nil = settled(DAYS[0], "nil", first, contract=EACH, visits=0)
    look = settled("2023-02-05", "interim", nil, contract=EACH, visits=6)
    for behind, en, sv in (
        (nil, "not nil", "inte är ett nollintyg"),
        (look, "not interim or nil", "inte är ett delintyg eller ett nollintyg"),
    ):
        final = settled("2023-02-10", "final", behind, contract=EACH, visits=6)
        assert final.supersedes is not None
        assert (final.supersedes.nil, final.supersedes.paying) == ((DAYS[0],), (DAYS[0],))
        assert (
            f"It takes the place of the certificate of 2023-01-31, the last before it that was {en}, and its amounts "
            "of visits that of the amounts there: where those were paid and not paid back since only the difference is "
            "still to be paid, or to be paid back."
        ) in pages(final)[0]
        assert (
            f"Det ersätter intyget från 2023-01-31, det sista före det som {sv}, och dess belopp av visits träder i "
            "stället för beloppen där: är de betalda och inte återbetalda återstår bara mellanskillnaden att betala, "
            "eller att betala tillbaka."
        ) in pages(final)[1]
        assert workflow.verify(final, contract=EACH, earlier=[first, nil, look]).differences == ()


def test_a_final_one_in_the_place_of_nil_ones_alone_has_nothing_paid_before() -> None:
    nil = settled(DAYS[0], "nil", contract=EACH, visits=0)
    look = settled("2023-02-05", "interim", nil, contract=EACH, visits=6)
    for behind, en, sv in (
        (nil, "a nil certificate, of 2023-01-31,", "ett nollintyg, från 2023-01-31,"),
        (
            look,
            "interim and nil certificates, of 2023-01-31 and 2023-02-05,",
            "delintyg och nollintyg, från 2023-01-31 och 2023-02-05,",
        ),
    ):
        final = settled("2023-02-10", "final", behind, contract=EACH, visits=6)
        assert f"It takes the place of {en} by which nothing was paid" in pages(final)[0]
        assert f"Det ersätter {sv} enligt vilk" in pages(final)[1]


def test_which_were_nil_is_held_against_what_is_given() -> None:
    first = settled(DAYS[0], contract=EACH, visits=7)
    nil = settled(DAYS[0], "nil", first, contract=EACH, visits=0)
    final = settled("2023-02-10", "final", nil, contract=EACH, visits=6)
    plain = dict(final.predicate["supersedes"])
    for days in ([], [DAYS[0], DAYS[0]]):
        changed = stating(final, None, key=base.KEY, supersedes=plain | {"nil": days})
        found = workflow.verify(changed, contract=EACH, earlier=[first, nil])
        assert "supersedes" in [one.name for one in found.differences]
    with pytest.raises(CertificateError, match=r"supersedes\.nil must hold days of those that were superseded"):
        stating(final, None, key=base.KEY, supersedes=plain | {"nil": [DAYS[1]]}).events  # noqa: B018

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
from effekt.contracts import parse_contract
from effekt.exceptions import CertificateError

DAYS = base.DAYS
CONTRACT = parse_contract(decided(base.contract_text(lines=("total",), below_zero="carry")).encode())
Kind = Literal["final", "interim", "nil"]


def settled(
    date: str, kind: Kind = "final", place_of: Certificate | None = None, folder: Path | None = None, **values: int
) -> Certificate:
    return workflow.settle(
        replace(CONTRACT, folder=folder),
        date=date,
        kind=kind,
        attestations=[base.attested(date, values)],
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

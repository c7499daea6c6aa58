"""Kinds of certificates: only a final one pays; a nil one says, on a day that was announced, that nothing could be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_cases import small_sick_leave

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.exceptions import ArgumentError, ContractError
from effekt.reports.text import certificate_text

DAY = "2023-09-01"


@pytest.fixture
def announced(rate_card: Path) -> Path:
    """The rate card, which announces three days, and where nobody has done anything that pays."""
    edit(rate_card, 'signed: "', f'certificates: ["2023-03-01", "{DAY}", "2024-03-01"], signed: "')
    return rate_card


@pytest.fixture
def sick_leave(tmp_path: Path) -> Path:
    return small_sick_leave(tmp_path / "sick-leave")


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def empty(folder: Path) -> dict[str, Any]:
    """Data in which nothing is reached."""
    header, *rows = (folder / "months.csv").read_text(encoding="utf-8").splitlines()
    (folder / "none.csv").write_text("\n".join([header, *(zeroed(row) for row in rows)]) + "\n", encoding="utf-8")
    return {"months": folder / "none.csv"}


def zeroed(row: str) -> str:
    return ";".join([*row.split(";")[:-2], "0", "0"])


def contract_in(folder: Path) -> workflow.Contract:
    return workflow.read_contract(folder / "contract.yaml")


def findings(folder: Path, certificate: Certificate) -> dict[str, tuple[str, str]]:
    found = workflow.verify(certificate, contract=contract_in(folder))
    return {one.name: (one.verdict, one.text.sv) for one in found.findings}


def test_a_nil_certificate_says_that_nothing_was_due(announced: Path) -> None:
    certificate = workflow.settle(contract_in(announced), date=DAY, kind="nil", data=empty(announced)).sign(DEMO_KEY)
    assert (certificate.kind, certificate.due, certificate.settlement.state) == ("nil", "0", "zero_by_terms")
    told = findings(announced, certificate)
    assert told["kind"] == ("reproduced", f"Ett nollintyg: {DAY} var angiven på förhand, och ingen rad betalar.")
    assert told["announced"] == (
        "cannot_tell",
        "Intyg, om så bara nollintyg, skulle också finnas för 2023-03-01; begär vart och ett.",
    )
    for lang, sentence in (
        ("sv", "Nollintyg för en dag som avtalet angav på förhand: utfallet är fastställt och inget var att betala."),
        ("en", "Nil certificate for a day that the contract announced: the outcome is determined and nothing was due."),
    ):
        assert sentence in " ".join(certificate_text(certificate, lang).split())


def test_a_nil_certificate_says_that_nothing_could_be_determined(sick_leave: Path) -> None:
    edit(sick_leave, 'signed: "', 'certificates: ["2020-03-15", "2022-03-15"], signed: "')
    lines = (sick_leave / "panel.csv").read_bytes().splitlines(keepends=True)
    (sick_leave / "early.csv").write_bytes(
        b"".join(line for line in lines if b"2020-" not in line and b"2021-" not in line)
    )
    contract = contract_in(sick_leave)
    certificate = workflow.settle(contract, date="2020-03-15", kind="nil", data={"panel": sick_leave / "early.csv"})
    assert (certificate.due, certificate.settlement.state) == ("0", "not_yet_determinable")
    text = " ".join(certificate_text(certificate, "sv").split())
    assert "utfallet kunde inte fastställas, och inget ska betalas." in text
    assert "Intyg om utfall, nollintyg" in text


def test_a_payment_is_not_nil(announced: Path) -> None:
    with pytest.raises(
        ArgumentError, match=r"^`kind` must not be nil where a line pays; (\w+ does|\w+(, \w+)* and \w+ do)\. "
    ):
        workflow.settle(contract_in(announced), date=DAY, kind="nil")


def test_a_day_that_was_not_announced(announced: Path) -> None:
    with pytest.raises(
        ArgumentError,
        match=r"^`date` of a nil certificate must be a day that the contract announced: 2023-03-01, 2023-09-01 or "
        r"2024-03-01; got 2023-09-02\.$",
    ):
        workflow.settle(contract_in(announced), date="2023-09-02", kind="nil", data=empty(announced))


@pytest.mark.parametrize("change", [{"kind": "nil"}, {"kind": "nil", "date": "2023-09-02"}])
def test_a_nil_certificate_that_was_forged_is_told(announced: Path, change: dict[str, str]) -> None:
    final = workflow.settle(contract_in(announced), date=DAY)
    statement = json.loads(final.envelope.payload)
    statement["predicate"].update(change)
    forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    assert findings(announced, forged)["kind"][0] == "different"


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ('["2023-09-01", "2023-03-01"]', "must come after 2023-09-01; got 2023-03-01. List the days in order."),
        ('["2023-09-01", "2023-09-01"]', "must come after 2023-09-01; got 2023-09-01. List the days in order."),
        ('["1999-09-01"]', "got 1999-09-01. List the days in order."),
    ],
)
def test_days_stand_in_order(rate_card: Path, days: str, told: str) -> None:
    edit(rate_card, 'signed: "', f'certificates: {days}, signed: "')
    with pytest.raises(ContractError) as raised:
        contract_in(rate_card)
    assert told in str(raised.value)


def test_only_a_final_certificate_pays(rate_card: Path) -> None:
    contract = contract_in(rate_card)
    final, interim = (workflow.settle(contract, date=DAY, kind=kind) for kind in ("final", "interim"))
    assert final.due == final.settlement.total == interim.settlement.total
    assert interim.due == "0"
    text = " ".join(certificate_text(interim, "sv").split())
    assert (
        "Delintyg: inget ska betalas enligt detta intyg. Som siffrorna står skulle utbetalningen enligt avtalet" in text
    )
    assert "ska betalas" not in " ".join(certificate_text(final, "sv").split())
    assert "announced" not in findings(rate_card, final)
    assert "kind" not in findings(rate_card, interim)


def test_on_the_command_line(announced: Path, effekt: Any) -> None:
    data = f"months={empty(announced)['months']}"
    given = ("settle", announced / "contract.yaml", "--date", DAY, "--kind", "nil")
    assert effekt(*given, "--data", data, "--lang", "en").code == 0
    refused = effekt(*given)
    assert refused.code == 2
    assert "`--kind` must not be nil where a line pays" in refused.err

"""What guarantors pay beside lines that pay nothing, or that is open, stands in the conclusion and in the exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deciding import decided
from workflow import test_declared as base
from workflow.test_events import declares

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations
from effekt.exceptions import ArgumentError
from effekt.reports.compose import compose

GUARANTEE = (
    '  guarantees:\n    capital: {guarantor: bank, beneficiary: fund, amount: "60000", share: "0.5"}\nmeasures:\n'
)
ENDED = '{clause: merger, date: "2020-06-30", why: {sv: "enligt beslut", en: "by decision"}}'
TOWN_AND_FUND = (declares("town", ended=ENDED), declares("fund", ended=ENDED))


def contract_text(guarantees: str) -> str:
    rule = f"then: pay_nothing_more, declared_by: [town, fund]{guarantees}}}"
    text = base.CONTRACT.replace("measures:\n", GUARANTEE).replace("then: pay_to_date}", rule)
    text = text.replace("run_out: 30,", 'run_out: 30, certificates: ["2021-05-01"],')
    return text.replace("  auditor: {role", '  bank: {role: guarantor, name: "Banken"}\n  auditor: {role', 1)


def made(guarantees: str, savings: str = "120000", *declared: Declarations, kind: str = "final") -> Certificate:
    attested = base.ATTESTED.replace('savings: {value: "120000"', f'savings: {{value: "{savings}"')
    return base.workflow.settle(
        base.read(contract_text(guarantees)),
        date="2021-05-01",
        attestations=[base.parse_attestation(attested.encode())],
        declarations=declared,
        kind=kind,
    )


PAID = made(", guarantees: applies", "120000", *TOWN_AND_FUND)
OPEN = made("", "120000", *TOWN_AND_FUND)


def test_a_guarantee_that_pays_stands_beside_lines_that_pay_nothing() -> None:
    """The line is 0 after the ending, so that the fund lacks all of 60,000: the bank bears half."""
    assert [one.amount for one in PAID.settlement.guarantees] == ["30000"]
    assert PAID.settlement.is_determined
    for lang, sentences in {
        "en": (
            "The outcome is determined; under the contract's terms nothing is to be paid on its lines: SEK 0. "
            "Guarantors pay beside the lines: SEK 30,000.",
            "Guarantee capital: Banken pays Fonden SEK 30,000.",
        ),
        "sv": (
            "Utfallet är fastställt; enligt avtalets villkor ska inget betalas på raderna: 0 kr. Utöver raderna "
            "betalar garanter: 30 000 kr.",
            "Garanti capital: Banken betalar Fonden 30 000 kr.",
        ),
    }.items():
        text = base.said(PAID, lang).replace("\u00a0", " ")
        assert all(sentence in text for sentence in sentences), text
    states = [value for name, value in compose(PAID).facts if name.en == "State"]
    assert states == [Text(en="zero under the terms, on the lines", sv="noll enligt villkoren, på raderna")]


def test_a_guarantee_that_is_referred_leaves_the_outcome_open() -> None:
    assert (OPEN.settlement.state, OPEN.settlement.is_determined) == ("zero_by_terms", False)
    assert "on its lines: SEK 0. What a guarantor pays is not determined." in base.said(OPEN, "en")
    said = base.said(OPEN, "sv")
    assert "Garanti capital, hänskjuts till parterna: vad Banken betalar Fonden är öppet. Avtalet anger inte om" in said


def test_lines_and_a_guarantee_are_both_told_and_one_of_nothing_is_not() -> None:
    """0.4 of 120,000 is 48,000, so that 12,000 are lacking; of 160,000 it is 64,000, more than is guaranteed."""
    both = base.said(made("", "120000"), "en")
    assert "payment under the contract: SEK 48,000. Guarantors pay beside the lines: SEK 6,000." in both
    alone = base.said(made("", "160000"), "en")
    assert "payment under the contract: SEK 64,000." in alone
    assert "Guarantors" not in alone


def test_a_certificate_is_not_nil_where_a_guarantee_pays() -> None:
    with pytest.raises(ArgumentError, match="must not be nil where a line or guarantee pays; capital does"):
        made(", guarantees: applies", "90000", kind="nil")


@pytest.mark.parametrize(("guarantees", "code"), [(", guarantees: applies", 0), ("", 3)])
def test_settle_ends_with_3_while_a_guarantee_is_open(
    effekt: Callable[..., Any], tmp_path: Path, guarantees: str, code: int
) -> None:
    (tmp_path / "contract.yaml").write_text(decided(contract_text(guarantees)), encoding="utf-8")
    (tmp_path / "attested.yaml").write_text(base.ATTESTED, encoding="utf-8")
    settle = ["settle", tmp_path / "contract.yaml", "--date", "2021-05-01", "--attested", tmp_path / "attested.yaml"]
    for one in TOWN_AND_FUND:
        path = tmp_path / f"{one.model.by}.yaml"
        path.write_bytes(one.raw)
        settle += ["--declared", path]
    assert effekt(*settle).code == code

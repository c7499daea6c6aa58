"""Currencies by ISO 4217: none that is no code, and no amount of which nobody can pay the last decimal."""

from __future__ import annotations

import pytest

from effekt import ContractError, case, workflow
from effekt.contracts import parse_contract
from effekt.contracts.currencies import DECIMALS

TEXT = (case("norrkoping") / "contract.yaml").read_text(encoding="utf-8")


def _checked(currency: str, quantum: str) -> workflow.Check:
    assert "currency: SEK" in TEXT
    assert 'quantum: "1"' in TEXT
    text = TEXT.replace('quantum: "1"', f'quantum: "{quantum}"').replace("SEK", currency)
    return workflow.check(parse_contract(text.encode()))


@pytest.mark.parametrize(
    ("currency", "quantum"), [("SEK", "0.01"), ("SEK", "0.50"), ("ISK", "1"), ("KWD", "0.005"), ("EUR", "100")]
)
def test_whole_numbers_of_the_least_unit_can_be_paid(currency: str, quantum: str) -> None:
    assert _checked(currency, quantum).maximum_total is not None


@pytest.mark.parametrize(
    ("currency", "quantum", "sentence"),
    [
        ("SEX", "1", "payment.currency must be a code of ISO 4217 with a least unit, such as SEK; got SEX."),
        ("XAU", "1", "payment.currency must be a code of ISO 4217 with a least unit, such as SEK; got XAU."),
        (
            "SEK",
            "0.001",
            "payment.quantum must be a whole multiple of the least unit of SEK, 0.01, of which nobody can ",
        ),
        (
            "SEK",
            "0.125",
            "payment.quantum must be a whole multiple of the least unit of SEK, 0.01, of which nobody can ",
        ),
        (
            "JPY",
            "0.01",
            "payment.quantum must be a whole multiple of the least unit of JPY, 1, of which nobody can pay a ",
        ),
    ],
)
def test_what_nobody_can_pay_is_refused_before_anyone_signs(currency: str, quantum: str, sentence: str) -> None:
    with pytest.raises(ContractError) as raised:
        _checked(currency, quantum)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("line ")


@pytest.mark.parametrize(
    ("currency", "year", "successor"),
    [("HRK", "2023", "EUR"), ("BGN", "2026", "EUR"), ("CUC", "2021", "CUP"), ("ANG", "2025", "XCG")],
)
def test_a_currency_that_is_withdrawn_is_refused_before_anyone_signs(currency: str, year: str, successor: str) -> None:
    with pytest.raises(ContractError) as raised:
        _checked(currency, "1")
    assert str(raised.value).partition(": ")[2] == (
        f"payment.currency must be a code that ISO 4217 still has; {currency} was withdrawn in {year}. Write the "
        f"amounts in {successor}, which took its place."
    )
    assert successor in DECIMALS
    assert currency not in DECIMALS


def test_the_table_has_what_the_list_has() -> None:
    """Counts of List One of 2026-01-01: 165 with a least unit, 17 of no decimals, 7 of three, two of four."""
    assert len(DECIMALS) == 165
    by_digits = {digits: sum(found == digits for found in DECIMALS.values()) for digits in (0, 3, 4)}
    assert by_digits == {0: 17, 3: 7, 4: 2}
    assert all(len(code) == 3 and code.isupper() for code in DECIMALS)
    assert {code: DECIMALS[code] for code in ("SEK", "NOK", "DKK", "EUR", "ISK", "TND")} == {
        "SEK": 2,
        "NOK": 2,
        "DKK": 2,
        "EUR": 2,
        "ISK": 0,
        "TND": 3,
    }

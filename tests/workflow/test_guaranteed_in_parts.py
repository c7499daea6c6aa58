"""A sum that is paid in parts, passed on in order and guaranteed: the form that the contract page gives, settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from deciding import decided

from effekt import workflow
from effekt.certificates import generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_attestation, parse_contract

KEY = generate_key()
DAYS = ("2023-01-31", "2024-01-31", "2025-01-31")
LISTED = ", ".join(f'"{day}"' for day in DAYS)


def asked(name: str, unit: str, digits: int) -> str:
    question = '{sv: "Hur mycket?", en: "How much?"}'
    return f"  {name}: {{attested: verifier, digits: {digits}, unit: {unit}, question: {question}}}\n"


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "contract-file.md"
(EXAMPLE,) = re.findall("```yaml\n(figures:\n  due: .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
FIGURES = (
    asked("starts", "people", 0)
    + asked("paid_before", "SEK", 2)
    + asked("passed_before", "SEK", 2)
    + asked("last_day", "yes/no", 0)
)
MONEY = '  currency: SEK\n  quantum: "0.01"\n  rounding: half_up\n  due_days: 30\n'
INVESTOR = f"""schema: effekt/contract/1
id: parts
title: {{sv: "Utfallskontrakt", en: "Outcomes contract"}}
parties:
  municipality: {{role: payer, name: "Kommunen"}}
  fund: {{role: payer, name: "Fonden"}}
  provider: {{role: provider, name: "Leverantören"}}
  investor: {{role: investor, name: "Investeraren"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-01-10", outcome_data_from: "2022-02-01", certificates: [{LISTED}]}}
attribution: none
""" + EXAMPLE.replace("figures:\n", f"figures:\n{FIGURES}").replace("payment:\n", f"payment:\n{MONEY}")
TO_THE_PROVIDER = {
    'difference: ["25000", passed_before]': 'difference: ["40000", paid_before]',
    'beneficiary: investor, amount: guaranteed, share: "1"': 'beneficiary: provider, amount: guaranteed, share: "0.75"',
    INVESTOR[INVESTOR.index("  waterfall:") : INVESTOR.index("  guarantees:")]: "",
    ', cap: "25000"': "",
}


def read(changes: Mapping[str, str]) -> Contract:
    text = INVESTOR
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return parse_contract(decided(text).encode())


def settled(contract: Contract, day: str, folder: Path, **values: str) -> Certificate:
    values["last_day"] = "1" if day == DAYS[-1] else "0"
    rows = "".join(
        f'  {id}: {{value: "{value}", by: verifier, date: "{day}", evidence: {{description: "Register"}}}}\n'
        for id, value in values.items()
    )
    said = parse_attestation(f"schema: effekt/attestation/1\ncontract: parts\nfigures:\n{rows}".encode())
    made = workflow.settle(contract, date=day, attestations=[said]).sign(KEY)
    workflow.write_certificate(made, folder / f"{day}.json")
    return made


# (starts in all, paid now, paid to date, guaranteed now) at each settlement, by hand at 1 000.55 for each start
RISING = (("10", "10005.50", "10005.50", "0.00"), ("25", "15008.25", "25013.75", "0.00"))
PATHS = [
    (*RISING, ("30", "5002.75", "30016.50", "7487.63")),  # 0.75 × (40 000 − 30 016.50) = 7 487.625
    (*RISING, ("40", "15008.25", "40022.00", "0.00")),
    (*RISING, ("20", "0.00", "25013.75", "11239.69")),  # 5 002.75 too much stays; 0.75 × 14 986.25 = 11 239.6875
    (("0", "0.00", "0.00", "0.00"), ("0", "0.00", "0.00", "0.00"), ("0", "0.00", "0.00", "30000.00")),
]


@pytest.mark.parametrize("path", PATHS)
def test_what_is_lacking_of_a_sum_paid_in_parts_is_guaranteed_once(
    path: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    contract, before = read(TO_THE_PROVIDER), "0.00"
    for day, (starts, now, after, guaranteed) in zip(DAYS, path, strict=True):
        made = settled(contract, day, tmp_path, starts=starts, paid_before=before, passed_before="0.00")
        assert (made.settlement.total, made.settlement.guarantees[0].amount) == (now, guaranteed)
        before = after


def test_what_is_passed_on_in_parts_fills_the_first_step_once_and_its_guarantee_bears_the_rest(tmp_path: Path) -> None:
    """The investor is first up to 20 000, of 25 000 guaranteed: 10 005.50 and 9 994.50, and 5 000 by the fund."""
    contract, before, passed = read({}), "0.00", "0.00"
    for day, (starts, now, after, _), investor, provider, to_date, borne in zip(
        DAYS,
        PATHS[0],
        ("10005.50", "9994.50", "0.00"),
        ("0.00", "5013.75", "5002.75"),
        ("10005.50", "20000.00", None),
        ("0.00", "0.00", "5000.00"),
        strict=True,
    ):
        made = settled(contract, day, tmp_path, starts=starts, paid_before=before, passed_before=passed)
        assert made.settlement.distribution is not None
        got = {one.party: one.amount for one in made.settlement.distribution.receipts}
        assert (made.settlement.total, got) == (now, {"investor": investor, "provider": provider})
        assert made.settlement.guarantees[0].amount == borne
        before, passed = after, to_date or passed

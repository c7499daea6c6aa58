"""Hold a settlement against the second route of payment that stands in the package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from effekt.contracts import Settlement
from effekt.contracts.money import exact_text
from effekt.independent.payments import payment

WORDS = {None: payment.WAITING, "refer": payment.REFERRED}
BESIDE = ("allocation", "paid_to_date", "fallback")  # steps that are no amounts of the line


def same_by_both(
    file: Mapping[str, Any],
    values: Mapping[str, str | None],
    settlement: Settlement,
    events: Mapping[str, Any] | None = None,
) -> Counter[str]:
    """Demand the same of both routes; how many amounts they agree on, and of how many the second cannot tell."""
    given = {name: WORDS.get(value, value) for name, value in values.items()}
    again, told = payment.settle(file, given, events), Counter[str]()  # type: ignore[arg-type]
    for line in settlement.lines:
        value = again.lines[line.id]
        told["unsure" if value == payment.UNSURE else "same"] += 1
        if value == payment.UNSURE:
            continue
        assert (line.state if line.amount is None else Fraction(line.amount)) == value, line.id
        assert {one.payer: Fraction(one.amount) for one in line.shares} == again.shares.get(line.id, {})
        if not (events or {}).get("disputed"):
            steps = [(one.rule, one.value) for one in line.steps if one.value and one.rule not in BESIDE]
            trail = [(rule, exact_text(value)) for rule, value in again.trails[line.id]]
            assert line.amount is None or steps == trail
    if not (events or {}).get("disputed"):
        steps = {line.id: step for line in settlement.lines for step in line.steps if step.rule == "paid_to_date"}
        assert {id: exact_text(value) for id, value in again.paid_to_date.items()} == {
            id: step.value for id, step in steps.items() if again.lines[id] != payment.UNSURE
        }
    for one in settlement.guarantees:
        value = again.guarantees[one.id]
        assert value == payment.UNSURE or (one.state if one.amount is None else Fraction(one.amount)) == value
    passed = settlement.distribution
    if again.receipts != payment.UNSURE:
        receipts = passed and {one.party: Fraction(one.amount) for one in passed.receipts}
        assert again.receipts == (passed.state if passed and passed.amount is None else receipts)
    kept = {one.id: Fraction(one.withheld) for one in settlement.standings if one.withheld is not None}
    assert again.withheld == kept or "unsure" in told
    figures = {one.id: one for one in settlement.figures}
    for id, value in again.figures.items():
        assert (figures[id].state if figures[id].value is None else Fraction(figures[id].value or "")) == value
    return told

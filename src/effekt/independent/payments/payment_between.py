"""What holds between lines, by the second route of payment: netting, caps and floors; and whole units by shares.

Where a rule stands on a line that has no amount it is not applied, and `UNSURE` said of the others.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from effekt.independent.payments.payment_terms import REFERRED, ZERO, Part, Value

UNSURE = "cannot tell"
Amounts = dict[str, Value]


def share_out(amount: Fraction, shares: Mapping[str, Any], unit: Fraction) -> dict[str, Fraction]:
    """Whole units for each, by shares; what is over goes to the largest remainders, of equal ones the first."""
    weights = {name: Fraction(share) for name, share in shares.items()}
    exact = {name: abs(amount) * weight / sum(weights.values()) / unit for name, weight in weights.items()}
    whole = {name: one.numerator // one.denominator for name, one in exact.items()}
    over = abs(amount) / unit - sum(whole.values())
    by_remainder = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in by_remainder[: int(over)]:
        whole[name] += 1
    return {name: units * unit * (-1 if amount < 0 else 1) for name, units in whole.items()}


def between(
    own: Mapping[str, Value], file: Part, trails: dict[str, list[tuple[str, Fraction]]] | None, *, floors: str | None
) -> Amounts:
    """What holds between lines; where an ending does not say whether floors hold, what they move is referred."""
    payment = file["payment"]
    if floors is not None or not (payment.get("floor") or payment.get("floors")):
        return ruled(own, payment, trails, floors=floors == "applies")
    without, raised = ruled(own, payment, trails, floors=False), ruled(own, payment, None, floors=True)
    return {
        id: value if value == raised[id] else UNSURE if UNSURE in (value, raised[id]) else REFERRED
        for id, value in without.items()
    }


def ruled(
    own: Mapping[str, Value], payment: Part, trails: dict[str, list[tuple[str, Fraction]]] | None, *, floors: bool
) -> Amounts:
    """Netting, caps and floors of some lines, the contract's cap and floor; a rule with an open line is not applied."""
    every, found, unit = list(own), dict(own), Fraction(payment["quantum"])
    rules = [("netting", payment["netting"])] if "netting" in payment else []
    rules += [("lines_cap", one) for one in payment.get("caps", {}).values()]
    rules += [("lines_floor", one) for one in payment.get("floors", {}).values() if floors]
    rules += [("contract_cap", payment["cap"])] if "cap" in payment else []
    rules += [("contract_floor", payment["floor"])] if "floor" in payment and floors else []
    for name, rule in rules:
        some = {id: found[id] for id in every if id in rule.get("lines", every)}
        known = {id: value for id, value in some.items() if not isinstance(value, str)}
        if len(known) < len(some):
            found |= dict.fromkeys(known, UNSURE)
            continue
        changed = _apply(name, rule, known, unit)
        for id, value in changed.items():
            if trails is not None and value != known[id]:
                trails[id].append((name, value))
        found |= changed
    return found


def _apply(name: str, rule: Part, amounts: dict[str, Fraction], unit: Fraction) -> dict[str, Fraction]:
    total = sum(amounts.values(), ZERO)
    if name.endswith("floor"):
        lacking = max(Fraction(rule["amount"]) - total, ZERO)
        return {id: value + (lacking if id == rule["raises"] else 0) for id, value in amounts.items()}
    if name.endswith("cap"):
        return lowered(amounts, Fraction(rule["amount"]), rule["reduces"], unit)
    if total < 0 and rule["below_zero"] == "zero":
        return dict.fromkeys(amounts, ZERO)
    sign = -1 if total < 0 else 1
    left = {id: max(sign * value, ZERO) for id, value in amounts.items()}
    return {id: sign * value for id, value in lowered(left, abs(total), rule["reduces"], unit).items()}


def lowered(amounts: dict[str, Fraction], most: Fraction, reduces: str, unit: Fraction) -> dict[str, Fraction]:
    """Amounts that come to no more than the most: positive ones give way, the last first or each by its size."""
    over = sum(amounts.values(), ZERO) - most
    if over <= 0:
        return dict(amounts)
    if reduces == "pro_rata":
        positive = {id: value for id, value in amounts.items() if value > 0}
        kept = share_out(sum(positive.values(), ZERO) - over, positive, unit)
        return {id: kept.get(id, value) for id, value in amounts.items()}
    found = dict(amounts)
    for id in reversed(amounts):
        cut = min(over, max(found[id], ZERO))
        found[id] -= cut
        over -= cut
    return found

"""Floors that other terms contradict, and lines that a floor has paid although their condition fails."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt._text import LANGUAGES, Text
from effekt.contracts import Contract, format_money
from effekt.contracts.payment import ContractFloor
from effekt.exceptions import ContractError

_Place = tuple[str, ...]


def check_floors(contract: Contract) -> None:
    """Refuse floors that cannot be kept, or that raise a line above its own cap.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, naming the floor and what it contradicts.
    """
    payment = contract.model.payment
    for place, floor in _floors(contract):
        where = f"payment.{'.'.join(place)}"
        if payment.cap is not None and Fraction(floor.amount) > Fraction(payment.cap.amount):
            raise ContractError(
                f"line {contract.line('payment', *place, 'amount')}: {where}.amount must be at most the contract's "
                f"cap, {payment.cap.amount}, which comes after it; got {floor.amount}."
            )
        line = payment.lines[floor.raises]
        own = {"cap": line.cap, "true_up.cap": None if line.true_up is None else line.true_up.cap}
        for key, cap in own.items():
            if cap is not None and Fraction(cap) < Fraction(floor.amount):
                raise ContractError(
                    f"line {contract.line('payment', *place, 'raises')}: {where}.raises must not be a line whose own "
                    f"cap is below the floor, {floor.amount}, since the floor would raise it above that; "
                    f"{floor.raises} has {key}: {cap}. Raise another line, or the cap."
                )


def floor_cautions(contract: Contract) -> Iterator[Text]:
    """Lines with a condition that a floor raises whether the condition is met or not.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Text
    """
    currency = contract.model.payment.currency
    for _, floor in _floors(contract):
        if contract.model.payment.lines[floor.raises].when is not None:
            least = {lang: format_money(floor.amount, currency, lang) for lang in LANGUAGES}
            yield Text(
                en=f"The line {floor.raises} is raised to reach the floor of {least['en']} whether its condition is "
                "met or not; where it is not met the line pays nothing but what the floor adds.",
                sv=f"Raden {floor.raises} höjs för att nå golvet {least['sv']} vare sig dess villkor är uppfyllt "
                "eller inte; när det inte är uppfyllt betalar raden inget annat än vad golvet lägger till.",
            )


def _floors(contract: Contract) -> Iterator[tuple[_Place, ContractFloor]]:
    """Every floor between lines, by its place under payment."""
    payment = contract.model.payment
    for id, floor in (payment.floors or {}).items():
        yield ("floors", id), floor
    if payment.floor is not None:
        yield ("floor",), payment.floor

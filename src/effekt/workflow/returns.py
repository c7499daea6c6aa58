"""What an investor pays in, and the yearly rate at which it grows to the outcome payment."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from effekt._text import Text
from effekt.contracts import Contract
from effekt.exceptions import ArgumentError
from effekt.workflow.scenarios import decimal

YEAR = 365  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlay:
    """What is paid in, each amount with the years until the outcome payment."""

    amounts: tuple[tuple[Fraction, float], ...]

    @property
    def total(self) -> Fraction:
        """The sum paid in."""
        return sum((amount for amount, _ in self.amounts), Fraction(0))


_NOT_DECLARED = Text(
    en="No return is computed, since what the investor pays in, and when, is not declared.",
    sv="Ingen avkastning är beräknad, eftersom vad investeraren betalar in, och när, inte är angivet.",
)
_NO_INVESTOR = Text(
    en="No return is computed, since no line pays a party whose role is investor.",
    sv="Ingen avkastning är beräknad, eftersom ingen rad betalar till en part med rollen investor.",
)


_PASSED_ON = Text(
    en="No return is computed, since the contract has a waterfall or guarantees, which decide what the investor gets "
    "in the end and are not counted here.",
    sv="Ingen avkastning är beräknad, eftersom avtalet har en fördelningsordning eller garantier, som avgör vad "
    "investeraren får till slut och inte räknas med här.",
)


def outlay(contract: Contract, invested: Mapping[str, str] | None, paid: str | None) -> Outlay | Text:
    """What is paid in, or why there is no return to compute.

    Parameters
    ----------
    contract : Contract
    invested : mapping of date to amount, or None
    paid : str or None
        The day of the outcome payment.

    Returns
    -------
    Outlay or Text

    Raises
    ------
    ArgumentError
        When one of the two is missing, a day is none, or an amount is not above zero.
    """
    if not invested and paid is None:
        return _NOT_DECLARED
    if not invested or paid is None:
        raise ArgumentError(
            "`invested` and `paid` must stand together: what is paid in, by day, and the day of payment."
        )
    payees = [contract.model.parties[line.payee].role for line in contract.model.payment.lines.values()]
    if "investor" not in payees:
        return _NO_INVESTOR
    if contract.model.payment.waterfall is not None or contract.model.payment.guarantees:
        return _PASSED_ON
    end = _day("paid", paid)
    amounts = []
    for text, amount in invested.items():
        day, value = _day("invested", text), decimal("invested", amount)
        if value <= 0 or day >= end:
            raise ArgumentError(
                f"`invested` must hold amounts above 0 on days before `paid`, {paid}; got {amount!r} on {text}."
            )
        amounts.append((value, (end - day).days / YEAR))
    return Outlay(amounts=tuple(sorted(amounts, key=lambda one: (one[1], one[0]))))


def _day(name: str, text: object) -> dt.date:
    try:
        if isinstance(text, str) and len(text) == len("2020-01-31"):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise ArgumentError(f"`{name}` must have days such as '2020-01-31'; got {text!r}.")


def yearly_return(money: Outlay, payment: Fraction) -> float:
    """The rate r at which Σ amount·(1 + r)^years is the payment; −1 when nothing comes back.

    Parameters
    ----------
    money : Outlay
    payment : Fraction

    Returns
    -------
    float
        A share a year. The sum rises with r, so there is one.
    """
    if payment <= 0:
        return -1.0
    wanted = float(payment)

    def grown(growth: float) -> float:
        return math.fsum(float(amount) * growth**years for amount, years in money.amounts)

    low, high = 0.0, 1.0
    while grown(high) < wanted:
        high *= 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return high - 1
        low, high = (middle, high) if grown(middle) < wanted else (low, middle)

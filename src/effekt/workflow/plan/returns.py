"""What an investor pays in, what it gets and when, and the yearly rate at which the one grows to the other."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from effekt._calendar import days_after
from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract, Settlement
from effekt.contracts.gates import Basis
from effekt.contracts.liability import due_day
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import fraction
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.receivers import distribute
from effekt.contracts.scenarios import decimal
from effekt.exceptions import ArgumentError
from effekt.workflow.rules.dates import final_days

YEAR = 365  # days
Flow = tuple[str, Fraction]  # a day, YYYY-MM-DD, and an amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlay:
    """What is paid in by day, and the day on which that is paid for which the contract says none."""

    amounts: tuple[Flow, ...]
    paid: str | None

    @property
    def total(self) -> Fraction:
        """The sum paid in."""
        return sum((amount for _, amount in self.amounts), Fraction(0))


_NOT_DECLARED = Text(
    en="No return is computed, since what the investor pays in, and when, is not declared.",
    sv="Ingen avkastning är beräknad, eftersom vad investeraren betalar in, och när, inte är angivet.",
)
_NO_INVESTOR = Text(
    en="No return is computed, since no line, waterfall or guarantee pays a party whose role is investor.",
    sv="Ingen avkastning är beräknad, eftersom ingen rad, fördelningsordning eller garanti betalar till en part med "
    "rollen investor.",
)


def outlay(contract: Contract, invested: Mapping[str, str] | None, paid: str | None) -> Outlay | Text:
    """What is paid in, or why there is no return to compute.

    Parameters
    ----------
    contract : Contract
    invested : mapping of date to amount, or None
    paid : str or None
        The day of payment of what has none in the contract.

    Returns
    -------
    Outlay or Text

    Raises
    ------
    ArgumentError
        When one of the two is missing, a day is none or of no use, or an amount is not above zero.
    """
    if not invested and paid is None:
        return _NOT_DECLARED
    days = _days(contract.model)
    if not invested or (paid is None and None in days):
        raise ArgumentError(
            "`invested` and `paid` must stand together: what is paid in, by day, and the day of payment."
        )
    if not days:
        return _NO_INVESTOR
    if paid is not None and None not in days:
        raise ArgumentError(
            "`paid` has no use, since the contract says when all falls due that the investor gets; leave it out."
        )
    if paid is not None:
        _day("paid", paid)
    last = max(day or paid or "" for day in days)
    amounts = []
    for text, amount in invested.items():
        day, value = _day("invested", text).isoformat(), decimal("invested", amount)
        if value <= 0 or day >= last:
            name = f"`paid`, {paid}" if last == paid else f"the last payment, {last}"
            raise ArgumentError(
                f"`invested` must hold amounts above 0 on days before {name}; got {amount!r} on {text}."
            )
        amounts.append((day, value))
    return _in_parts(contract) or Outlay(amounts=tuple(sorted(amounts)), paid=paid)


def _in_parts(contract: Contract) -> Text | None:
    """Why one settlement shows no return: on several announced days an investor is paid anew for what is new."""
    terms, days = contract.model, len(final_days(contract))
    lines = [id for id in paid_each_lines(terms) if id in _lines_to_investors(terms)]
    if days < 2 or not lines:
        return None
    one, en, sv = len(lines) == 1, join_words(lines, "and"), join_words(lines, "och")
    return Text(
        en=f"No return is computed, since the {'line' if one else 'lines'} {en} {'is' if one else 'are'} paid anew on "
        f"each of {days} days: one settlement, which all here is of, pays the investor a part of what comes back.",
        sv=f"Ingen avkastning är beräknad, eftersom {'raden' if one else 'raderna'} {sv} betalas på nytt för var och "
        f"en av {days} dagar: en avräkning, som allt här gäller, betalar investeraren en del av det som kommer "
        "tillbaka.",
    )


def _days(terms: ContractTerms) -> list[str | None]:
    """The days of all that can come to an investor, by the contract; None of what it says no day of."""
    payment, investors = terms.payment, _investors(terms)
    days = [due_day(payment.lines[id], terms) for id in _lines_to_investors(terms)]
    return days + [_certified(terms) for one in (payment.guarantees or {}).values() if one.beneficiary in investors]


def _lines_to_investors(terms: ContractTerms) -> list[str]:
    """The lines that an investor is paid by, or gets a part of through the waterfall."""
    investors, passed = _investors(terms), terms.payment.waterfall
    onward = passed is not None and any(party in investors for step in passed.steps for party in step.to)
    return [
        id
        for id, line in terms.payment.lines.items()
        if (onward and passed is not None and line.payee == passed.source)
        or (line.payee in investors and (passed is None or line.payee != passed.source))
    ]


def _investors(terms: ContractTerms) -> set[str]:
    return {id for id, party in terms.parties.items() if party.role == "investor"}


def _certified(terms: ContractTerms) -> str | None:
    """The day on which what falls due with the certificate is paid, by the lag that the contract declares."""
    days, certified = terms.payment.due_days, terms.dates.certificate_due
    return None if days is None or certified is None else days_after(certified, days)


def received(contract: Contract, settled: Settlement) -> Fraction:
    """All that comes to investors of one settlement: lines, what the waterfall passes on, and guarantees.

    Parameters
    ----------
    contract : Contract
    settled : Settlement

    Returns
    -------
    Fraction
    """
    terms = contract.model
    investors, passed = _investors(terms), terms.payment.waterfall
    parts = [
        line.amount
        for line in settled.lines
        if line.payee in investors and (passed is None or line.payee != passed.source)
    ]
    onward = () if settled.distribution is None else settled.distribution.receipts
    parts += [one.amount for one in onward if one.party in investors]
    parts += [one.amount for one in settled.guarantees if one.payee in investors]
    return sum((fraction(one or "0") for one in parts), Fraction(0))


def flows(contract: Contract, settled: Settlement, basis: Basis, money: Outlay) -> tuple[Flow, ...]:
    """What investors pay in and get, day by day.

    Parameters
    ----------
    contract : Contract
    settled : Settlement
    basis : Basis
        The figures that it was settled on.
    money : Outlay

    Returns
    -------
    tuple of (day, amount)
        In order; what is paid in is negative. Amounts of one day are one.

    Notes
    -----
    A line is received on its ``due``; else on the day of the certificate and ``due_days``; else on `paid`. What comes
    through the waterfall is passed on as it comes, the steps filled in their order: a day's part is what the waterfall
    gives of all that was due by then, less what it gave of all before. A guarantor bears what is lacking when all lines
    are due, and pays with the certificate, or on `paid`.
    """
    terms = contract.model
    investors = _investors(terms)
    days = {id: due_day(line, terms) or money.paid or "" for id, line in terms.payment.lines.items()}
    found: dict[str, Fraction] = {}

    def add(day: str, amount: Fraction) -> None:
        found[day] = found.get(day, Fraction(0)) + amount

    for day, amount in money.amounts:
        add(day, -amount)
    passed = terms.payment.waterfall
    for line in settled.lines:
        if line.payee in investors and (passed is None or line.payee != passed.source):
            add(days[line.id], fraction(line.amount or "0"))
    for day, amount in _passed_on(settled, basis, terms, days):
        add(day, amount)
    for one in settled.guarantees:
        if one.payee in investors:
            add(_certified(terms) or money.paid or "", fraction(one.amount or "0"))
    return tuple(sorted(found.items()))


def _passed_on(settled: Settlement, basis: Basis, terms: ContractTerms, days: Mapping[str, str]) -> Iterator[Flow]:
    """What the waterfall gives investors on each day on which lines to its party fall due."""
    passed, investors = terms.payment.waterfall, _investors(terms)
    if passed is None:
        return
    own = [line for line in settled.lines if line.payee == passed.source]
    before = Fraction(0)
    for day in sorted({days[line.id] for line in own}):
        given = distribute([line for line in own if days[line.id] <= day], basis, terms)
        receipts = () if given is None else given.receipts
        by_then = sum((fraction(one.amount) for one in receipts if one.party in investors), Fraction(0))
        yield day, by_then - before
        before = by_then


def _day(name: str, text: object) -> dt.date:
    try:
        if isinstance(text, str) and len(text) == len("2020-01-31"):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise ArgumentError(f"`{name}` must have days such as '2020-01-31'; got {text!r}.")


def yearly_return(money: tuple[Flow, ...]) -> float | None:
    """The rate r at which Σ amount·(1 + r)^(−years) is 0, years by days over 365; −1 when nothing comes back.

    Parameters
    ----------
    money : tuple of (day, amount)
        In order of days; what is paid in is negative.

    Returns
    -------
    float or None
        A share a year. None where money goes in again after some came back, or is paid back, so that more than one rate
        may do.
    """
    amounts = [(day, amount) for day, amount in money if amount]
    if all(amount < 0 for _, amount in amounts):
        return -1.0
    turns = sum((one > 0) != (other > 0) for (_, one), (_, other) in itertools.pairwise(amounts))
    if turns > 1 or not amounts or amounts[0][1] > 0:
        return None
    last = dt.date.fromisoformat(amounts[-1][0])
    years = [((last - dt.date.fromisoformat(day)).days / YEAR, float(amount)) for day, amount in amounts]

    def left(growth: float) -> float:
        """What the last day is owed: falls as growth rises where there is one turn, divided by that of the turn."""
        return math.fsum(amount * growth**time for time, amount in years)

    low, high = 0.0, 1.0
    while left(high) > 0:
        high *= 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return high - 1
        low, high = (middle, high) if left(middle) > 0 else (low, middle)

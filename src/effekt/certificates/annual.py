"""Amounts by year and in total alone: what a contract asks for with ``disclosure.amounts: annual_total_only``.

A year in which one line alone falls due is that line's amount, so it is hidden; and a single hidden year is what the
total has beside the others, so a second one is hidden with it. Lines are counted by the contract, whatever each pays:
what is hidden tells nothing of the amounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from effekt.contracts import Contract
from effekt.contracts.liability import due_days

ALONE = 2  # so many lines an amount must be of to be none of one line


def annual_only(contract: Contract) -> bool:
    """Whether a public statement shows amounts by year and in total alone.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    bool
    """
    disclosure = contract.model.disclosure
    return disclosure is not None and disclosure.amounts is not None


def years_due(contract: Contract, date: str) -> Mapping[str, str]:
    """In which year each line of a certificate falls due, where amounts are shown by year.

    Parameters
    ----------
    contract : Contract
    date : str
        The day of the certificate, YYYY-MM-DD.

    Returns
    -------
    mapping of line to str
        By the line's own day, else `payment.due_days` after that of the certificate, or on it. Empty where amounts are
        shown by line.
    """
    if not annual_only(contract):
        return {}
    (days,) = due_days(contract, [date])
    return {id: day[:4] for id, day in days.items()}


def moved_years(contract: Contract, date: str, earlier: Iterable[str]) -> tuple[str, ...]:
    """The earlier statements in which some line was of another year than now, so that years less years give lines.

    Parameters
    ----------
    contract : Contract
    date : str
        The day of the certificate, YYYY-MM-DD.
    earlier : iterable of str
        The days of those that statements were published of before.

    Returns
    -------
    tuple of str
        Their days, in order. None where amounts are shown by line.
    """
    years = years_due(contract, date)
    return tuple(sorted({day for day in earlier if years_due(contract, day) != years}))


def hidden_years(years: Mapping[str, str]) -> frozenset[str]:
    """The years of which no amount is shown: those of one line, and another where only one would be hidden.

    Parameters
    ----------
    years : mapping of line to year

    Returns
    -------
    frozenset of year
        The other one is the first of those with the fewest lines.
    """
    lines = Counter(years.values())
    hidden = {year for year, count in lines.items() if count < ALONE}
    others = sorted(lines.keys() - hidden, key=lambda year: (lines[year], year))
    return frozenset(hidden | set(others[:1]) if len(hidden) == 1 else hidden)

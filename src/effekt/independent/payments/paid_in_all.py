"""What payments that stand beside each other come to, against the maximum that the contract file declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from effekt.independent.payments.payment_terms import ZERO, Part


@dataclass(frozen=True)
class Payment:
    """What one certificate pays.

    Attributes
    ----------
    day : str or None
        The announced day that it is of, where lines are paid on each.
    lines : mapping of line to amount
        Those that have one.
    guarantees : iterable of amount
    to_date : mapping of line to amount
        What was paid of a line by then, this payment included, where it deducts what was paid before.
    """

    day: str | None
    lines: Mapping[str, Fraction]
    guarantees: Iterable[Fraction] = ()
    to_date: Mapping[str, Fraction] = field(default_factory=dict)


def declared(file: Part) -> Fraction | None:
    """The maximum of a contract file; None where it declares none."""
    written = file["payment"].get("maximum")
    return None if written is None else Fraction(written)


def in_all(file: Part, payments: Iterable[Payment]) -> Fraction:
    """The sum of payments, oldest first.

    Parameters
    ----------
    file : mapping
        The contract file as plain values.
    payments : iterable of Payment

    Returns
    -------
    Fraction
        Of a line that is paid on each announced day every day, of another the last payment, with what it deducts.
    """
    total, last = ZERO, dict[str, dict[str | None, Fraction]]()
    amended = "amendment" in file
    for one in payments:
        total += sum(one.guarantees, ZERO)
        for id, amount in one.lines.items():
            day = one.day if "paid_each" in file["payment"]["lines"][id] else None
            last.setdefault(id, {})[day] = amount if amended else one.to_date.get(id, amount)
    return total + sum((sum(days.values(), ZERO) for days in last.values()), ZERO)

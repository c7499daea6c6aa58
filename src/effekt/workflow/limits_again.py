"""A limit that holds in each settlement holds of a certificate and of its correction together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction

from effekt.certificates.certificate import Certificate
from effekt.contracts.money import exact_text, fraction
from effekt.contracts.payment import ContractFloor
from effekt.exceptions import CertificateError
from effekt.workflow.paid_before import disputes, refuse_wrongly_deducted


def check_correction(certificate: Certificate, earlier: Certificate) -> None:
    """Refuse a correction that deducts something else than was paid, or pays beyond a limit of what it corrects.

    Parameters
    ----------
    certificate, earlier : Certificate
        The new one, and the one whose place it takes.

    Raises
    ------
    CertificateError
        Naming the line and what it must deduct, or the limit and what both certificates would pay together.

    Notes
    -----
    A line whose `true_up` has a figure as `paid` gives in a correction the difference alone, which the limits of each
    settlement do not see as a part of the first. Where the contract announces days and the new certificate is of a
    later one it is the next settlement, in which limits hold anew; one that disputes pays the whole anew.
    """
    refuse_wrongly_deducted(certificate, earlier)
    if {certificate.kind, earlier.kind} != {"final"} or disputes(certificate, earlier) or _next(certificate, earlier):
        return
    for place, amount, paid in _exceeded(certificate, earlier):
        raise CertificateError(
            f"{place} of {amount} holds in each settlement, and with the certificate of {earlier.date}, which this one "
            f"corrects, {exact_text(paid)} would be paid under it. Announce the days of settlements "
            "(dates.certificates) where this is the next one, or let the parties agree on what is due."
        )


def _next(certificate: Certificate, earlier: Certificate) -> bool:
    """Whether a certificate settles a later announced day."""
    days = certificate.contract.model.dates.certificates or ()
    last, before = ([day for day in days if day <= one.date] for one in (certificate, earlier))
    return len(last) > len(before)


def _exceeded(certificate: Certificate, earlier: Certificate) -> Iterator[tuple[str, str, Fraction]]:
    """Each limit that both certificates together are beyond: its place, its amount and what they pay under it."""
    payment = certificate.contract.model.payment
    now, before = _amounts(certificate), _amounts(earlier)
    in_parts = [id for id, line in payment.lines.items() if line.cumulative and before.get(id)]
    both = {id: amount + (before[id] if id in in_parts else 0) for id, amount in now.items()}
    for id in in_parts:
        term = payment.lines[id].true_up
        if term is not None and term.cap is not None and both.get(id, Fraction(0)) > Fraction(term.cap):
            yield f"payment.lines.{id}.true_up.cap", term.cap, both[id]
    every = [*payment.lines]
    caps = [(f"payment.caps.{id}", cap, [*cap.lines]) for id, cap in (payment.caps or {}).items()]
    for place, cap, lines in [*caps, *([] if payment.cap is None else [("payment.cap", payment.cap, every)])]:
        paid = _sum(both, lines)
        if set(lines).intersection(in_parts) and paid > Fraction(cap.amount):
            yield place, cap.amount, paid
    floors: list[tuple[str, ContractFloor, list[str]]] = [
        (f"payment.floors.{id}", floor, [*floor.lines]) for id, floor in (payment.floors or {}).items()
    ]
    for place, floor, lines in [*floors, *([] if payment.floor is None else [("payment.floor", payment.floor, every)])]:
        paid = _sum(both, lines)
        raised = floor.raises in _raised(certificate, "lines_floor" if place != "payment.floor" else "contract_floor")
        if raised and set(lines).intersection(in_parts) and paid > Fraction(floor.amount):
            yield place, floor.amount, paid


def _amounts(certificate: Certificate) -> dict[str, Fraction]:
    return {line.id: fraction(line.amount) for line in certificate.settlement.lines if line.amount is not None}


def _sum(amounts: Mapping[str, Fraction], lines: Collection[str]) -> Fraction:
    return sum((amounts.get(id, Fraction(0)) for id in lines), Fraction(0))


def _raised(certificate: Certificate, rule: str) -> set[str]:
    """The lines that a floor raised."""
    lines = certificate.settlement.lines
    return {line.id for line in lines for step in line.steps if step.rule == rule and step.value is not None}

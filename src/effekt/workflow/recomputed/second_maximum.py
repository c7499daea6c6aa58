"""A declared maximum by a second route: what is paid in all, by the contract file read anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from effekt.certificates.certificate import Certificate
from effekt.contracts import format_money
from effekt.independent.limits import NotRepeatedError
from effekt.independent.payments import payment
from effekt.independent.payments.contract_file import read_contract
from effekt.independent.payments.paid_in_all import Payment, declared, in_all
from effekt.independent.payments.payment_terms import Part
from effekt.workflow.earlier.paid_in_all import standing
from effekt.workflow.findings import Finding, same_or_different
from effekt.workflow.recomputed.second_payment import plain_events


def second_maximum_findings(found: Certificate, several: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether no more is paid in all than the contract declares; that the terms can pay more the second route omits.

    Parameters
    ----------
    found : Certificate
        What it pays is settled again from its figures.
    several : sequence of Certificate
        Those before it that bind; what they pay is as they state it.

    Yields
    ------
    Finding
        None where nothing is declared, or where the second route does not repeat the payment, which it tells there.
    """
    if found.contract.model.payment.maximum is None:
        return
    stands = standing(found, several)
    try:
        file = read_contract(found.contract.raw)
        most = declared(file)
        paid = in_all(file, [*map(_stated, stands[:-1]), *([_again(found, file)] if stands else [])])
    except (NotRepeatedError, AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        return
    if most is None:
        return
    currency = found.contract.model.payment.currency
    en, sv = ([format_money(one, currency, lang) for one in (paid, most)] for lang in ("en", "sv"))
    yield same_or_different(
        "independent_maximum",
        paid <= most,
        f"By the independent implementation {en[0]} is paid in all, and payment.maximum declares {en[1]}.",
        f"Enligt den oberoende beräkningen betalas {sv[0]} i allt, och payment.maximum anger {sv[1]}.",
    )


def _stated(one: Certificate) -> Payment:
    return Payment(
        day=one.settles,
        lines={line.id: Fraction(line.amount) for line in one.settlement.lines if line.amount is not None},
        guarantees=[Fraction(due.amount) for due in one.settlement.guarantees if due.amount is not None],
        to_date={id: Fraction(amount) for id, amount in one.paid_to_date.items()},
    )


def _again(found: Certificate, file: Part) -> Payment:
    given = {one.id: one.value or one.state for one in found.figures if "derived" not in file["figures"][one.id]}
    again = payment.settle(file, given, plain_events(found.events))
    return Payment(
        day=found.settles,
        lines={id: amount for id, amount in again.lines.items() if not isinstance(amount, str)},
        guarantees=[amount for amount in again.guarantees.values() if not isinstance(amount, str)],
        to_date=again.paid_to_date,
    )

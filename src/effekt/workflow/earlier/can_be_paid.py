"""What a certificate deducts as paid before, against what can have been paid at all.

Without the certificates that paid it nobody can say that an attested sum is right, but some cannot be: before the first
settlement nothing was paid, and no settlements together pay more of a line than the most that can be due on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, Events, format_money
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.liability import most_paid
from effekt.contracts.money import fraction
from effekt.exceptions import CertificateError, EffektError
from effekt.workflow.rules.dates import announced_for, days_by_files_before, final_days, first_final_day


class Impossible(NamedTuple):
    """A line of which more, or less, is deducted than can have been paid; `most` is None on the first day."""

    line: str
    figure: str
    paid: Fraction
    most: Fraction | None


def refuse_impossible(certificate: Certificate, there: Sequence[Certificate]) -> None:
    """Refuse a certificate that deducts as paid before what cannot have been paid.

    Parameters
    ----------
    certificate : Certificate
    there : sequence of Certificate
        Those of the contract that are known.

    Raises
    ------
    CertificateError
        Naming the figure, the line, the amount and what can have been paid.
    """
    for one in impossible(certificate, there):
        why = _why(one, certificate)
        raise CertificateError(
            f"figures.{one.figure}, what was paid before of payment.lines.{one.line}, must be "
            f"{'0' if one.most is None else f'at most {_money(one.most, certificate).en}'}: {why.en}; got "
            f"{_money(one.paid, certificate).en}. Attest what was paid on certificates, or lay the one that paid it "
            "beside the contract; an advance is written in the contract, and added there to what is attested."
        )


def impossible(
    certificate: Certificate, known: Sequence[Certificate], files: Sequence[Contract] = ()
) -> tuple[Impossible, ...]:
    """The lines of which something is deducted as paid before that cannot have been paid.

    Parameters
    ----------
    certificate : Certificate
        A final one.
    known : sequence of Certificate
        Others of the contract.
    files : sequence of Contract
        Those before an amendment, that are known.

    Returns
    -------
    tuple of Impossible
        Of an amended contract only where no settlement can have been before: by the terms before more may have been
        due. Nor of a sum that the contract derives from what is attested: it may count an advance.
    """
    first = is_first(certificate, known, files)
    if certificate.contract.model.amendment is not None and not first:
        return ()
    return tuple(_beyond(certificate, first=first))


def _beyond(certificate: Certificate, *, first: bool) -> Iterator[Impossible]:
    contract, terms = certificate.contract, certificate.contract.model
    own, days = settlement_of(certificate, contract), final_days(contract)
    before_it = None if own is None else sum(day < own for day in days) + (certificate.corrects is not None)
    for id, paid in certificate.paid_before.items():
        term, before = terms.payment.lines[id].true_up, fraction(paid)
        if term is None or not isinstance(terms.figures.get(term.paid), AttestedFigure):
            continue
        most = None if first else most_paid(id, terms, before_it)
        if (first and before != 0) or (most is not None and before > most):
            yield Impossible(id, term.paid, before, most)


def is_first(certificate: Certificate, known: Sequence[Certificate], files: Sequence[Contract] = ()) -> bool:
    """Whether no final certificate can be before one: it is not later than the first day, and none is known.

    Parameters
    ----------
    certificate : Certificate
    known : sequence of Certificate
    files : sequence of Contract
        Those before an amendment, that are known.

    Returns
    -------
    bool
        False for an amended contract of which a file before is not known, or announced an earlier day; and for one that
        ended early, which may be settled before its first day.
    """
    contract = certificate.contract
    before = days_by_files_before(contract, (*files, *(one.contract for one in known)))
    if before is None or min(before, default="9999") < certificate.date:
        return False
    if certificate.supersedes is not None or _ended(certificate):
        return False
    others = (one for one in known if one.contract.model.id == contract.model.id and one.sha256 != certificate.sha256)
    return certificate.date <= _first_day(contract) and not any(
        one.kind == "final" and one.date <= certificate.date for one in others
    )


def _first_day(contract: Contract) -> str:
    return next(iter(final_days(contract)), first_final_day(contract))


def _ended(certificate: Certificate) -> bool:
    events = events_told(certificate)
    return events is not None and events.ended is not None


def events_told(certificate: Certificate) -> Events | None:
    """What a certificate says has happened, where that holds together; else that is a finding of its own.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Events or None
    """
    try:
        return certificate.events
    except EffektError:
        return None


def settlement_of(certificate: Certificate, contract: Contract) -> str | None:
    """The announced day of whose settlement a certificate is.

    Parameters
    ----------
    certificate : Certificate
    contract : Contract
        That announces the days.

    Returns
    -------
    str or None
        The one that it says it is of, as where lines are paid on each; None where none is announced.
    """
    return certificate.settles or announced_for(contract, settled_on(certificate), ended_on(certificate))


def settled_on(certificate: Certificate) -> str:
    """The day that tells of which settlement a certificate is.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    str
        YYYY-MM-DD: the announced day that it says it is of; else of a final one that takes another's place, and has no
        amount of a line that is paid in parts where others are paid once, the day of the first final or nil one in
        whose place it stands; else its own.
    """
    link, lines = certificate.supersedes, certificate.contract.model.payment.lines
    before = () if link is None else link.days[len(link.interim) :]
    once = {id for id, line in lines.items() if not line.cumulative}
    due = {line.id for line in certificate.settlement.lines if line.amount is not None}
    if certificate.settles is None and certificate.kind == "final" and before and once and due <= once:
        return before[0]
    return certificate.settles or certificate.date


def ended_on(certificate: Certificate) -> str | None:
    """The day on which the contract ended early, as a certificate is told.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    str or None
        YYYY-MM-DD.
    """
    events = events_told(certificate)
    return None if events is None or events.ended is None else events.ended.date


def impossible_text(found: Sequence[Impossible], certificate: Certificate) -> Text:
    """'work deducts SEK 9,999: before 2023-01-31, the first day of a settlement, nothing was paid'.

    Parameters
    ----------
    found : sequence of Impossible
    certificate : Certificate

    Returns
    -------
    Text
    """
    told = [(one.line, _money(one.paid, certificate), _why(one, certificate)) for one in found]
    return Text(
        en="; ".join(f"{line} deducts {paid.en}: {why.en}" for line, paid, why in told),
        sv="; ".join(f"{line} drar av {paid.sv}: {why.sv}" for line, paid, why in told),
    )


def _why(one: Impossible, certificate: Certificate) -> Text:
    if one.most is None:
        first = _first_day(certificate.contract)
        return Text(
            en=f"before {first}, the first day of a settlement, nothing was paid",
            sv=f"före {first}, den första dagen för en avräkning, var inget betalt",
        )
    most = _money(one.most, certificate)
    return Text(
        en=f"settlements together pay at most {most.en} of it",
        sv=f"avräkningar betalar tillsammans högst {most.sv} av den",
    )


def _money(value: Fraction, certificate: Certificate) -> Text:
    currency = certificate.contract.model.payment.currency
    return Text(en=format_money(value, currency, "en"), sv=format_money(value, currency, "sv"))

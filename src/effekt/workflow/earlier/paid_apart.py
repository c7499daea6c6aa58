"""What a certificate counts as paid, whose place it takes, and whether it counts what another one paid.

A line with a `true_up` is paid in parts, and a correction pays the difference alone. So the certificate that is
corrected has been paid, and whoever pays beside it counts that, whichever certificate took its place. Where the
contract announces days, those between two of them are one settlement, which one certificate and its corrections pay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt.certificates.certificate import Certificate
from effekt.contracts.money import exact_text, fraction
from effekt.workflow.earlier.can_be_paid import events_told, settled_on, settlement_of
from effekt.workflow.earlier.line_names import named_as_in, paid_to_date_as_in


def chain(certificate: Certificate, there: Sequence[Certificate]) -> set[str]:
    """Those whose place a certificate takes, one after another, by the certificates that are there.

    Parameters
    ----------
    certificate : Certificate
    there : sequence of Certificate

    Returns
    -------
    set of str
        Their digests.
    """
    of = {one.sha256: one.supersedes.sha256 for one in (*there, certificate) if one.supersedes is not None}
    found, last = set(), of.get(certificate.sha256)
    while last is not None and last not in found:
        found.add(last)
        last = of.get(last)
    return found


def disputes(certificate: Certificate, earlier: Certificate) -> bool:
    """Whether a certificate takes the place of an earlier one while a dispute is open, and so pays it all anew.

    Parameters
    ----------
    certificate, earlier : Certificate

    Returns
    -------
    bool
    """
    if certificate.supersedes is None or certificate.supersedes.sha256 != earlier.sha256:
        return False
    events = events_told(certificate)
    return events is not None and bool(events.open_disputes)


def pays_anew(certificate: Certificate, earlier: Certificate) -> bool:
    """Whether a certificate pays all anew that an earlier one paid, in its place, and not the difference.

    Parameters
    ----------
    certificate, earlier : Certificate

    Returns
    -------
    bool
        While a dispute is open, or where it says so; an interim one pays nothing, and takes nothing back.
    """
    link = certificate.supersedes
    named = link is not None and link.sha256 == earlier.sha256
    return (
        named
        and certificate.kind == "final"
        and (disputes(certificate, earlier) or certificate.settles_anew is not None)
    )


def to_deduct(certificate: Certificate, earlier: Certificate) -> dict[str, str]:
    """What a certificate has to have as paid before, by an earlier one that it follows.

    Parameters
    ----------
    certificate, earlier : Certificate

    Returns
    -------
    dict of line to decimal
        What that says the next settlement has, less what of it is paid anew; of one that is disputed what that deducts.
        By the names that the lines have in the certificate's own contract file.
    """
    if disputes(certificate, earlier):
        return named_as_in(certificate, earlier.paid_before, earlier)
    anew = certificate.settles_anew if pays_anew(certificate, earlier) else None
    if anew is None:
        return paid_to_date_as_in(certificate, earlier)
    return {id: _less(paid, anew.get(id, "0")) for id, paid in paid_to_date_as_in(certificate, earlier).items()}


def _less(paid: str, again: str) -> str:
    return exact_text(fraction(paid) - fraction(again))


def by_settlement(certificate: Certificate) -> tuple[str, str]:
    """Where a certificate stands among others: by the announced day that it is of, then by its own date.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of str
        One of an earlier day that is settled again later still comes before those of later days, which have counted
        what it says was paid.
    """
    return settled_on(certificate), certificate.date


def in_one_settlement(one: Certificate, other: Certificate) -> tuple[str, ...]:
    """The lines that a certificate pays in parts beside another of the same announced day.

    Parameters
    ----------
    one, other : Certificate

    Returns
    -------
    tuple of str
        None unless both are final and pay such lines: one of them must take the other's place, so that what holds in
        each settlement holds of both together.
    """
    first, later = sorted((one, other), key=by_settlement)
    contract = later.contract
    day = settlement_of(later, contract)
    if day is None or day != settlement_of(first, contract) or {one.kind, other.kind} != {"final"}:
        return ()
    in_parts = {id for id, line in contract.model.payment.lines.items() if line.cumulative}
    both = [named_as_in(later, dict.fromkeys(pays(each)), each).keys() & in_parts for each in (first, later)]
    return tuple(id for id in contract.model.payment.lines if all(both) and id in both[0] | both[1])


def pays(certificate: Certificate) -> set[str]:
    """The lines that a certificate itself pays something of.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    set of str
    """
    return {line.id for line in certificate.settlement.lines if fraction(line.amount or "0") != 0}


def withholds(certificate: Certificate) -> set[str]:
    """The lines of which a dispute withholds something on a certificate, which pays that when it is decided.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    set of str
    """
    return {one.id for one in certificate.settlement.standings if one.withheld is not None}


def wrongly_deducted(
    certificate: Certificate, earlier: Certificate, *, written: bool = False
) -> dict[str, tuple[str, str]]:
    """What a certificate has as paid before, where an earlier one says something else.

    Parameters
    ----------
    certificate, earlier : Certificate
    written : bool
        Also where the contract itself has the amount, which nobody can attest otherwise.

    Returns
    -------
    dict of line to (str, str)
        The amount that it deducts, and `paid_to_date` of the earlier one; what it pays anew left out.
        None unless both are final, nor of a line without an amount by one that was made before the
        other, as when the day before it is settled again: it has counted nothing.
    """
    if certificate.kind != "final" or earlier.kind != "final":
        return {}
    stated = to_deduct(certificate, earlier)
    if certificate.date < earlier.date:
        stated = {id: paid for id, paid in stated.items() if id in certificate.paid_to_date}
    lines = certificate.contract.model.payment.lines
    return {
        id: (paid, stated[id])
        for id, paid in certificate.paid_before.items()
        if id in stated and (lines[id].cumulative or written) and fraction(paid) != fraction(stated[id])
    }


def corrected_beside(certificate: Certificate, every: Sequence[Certificate]) -> Iterator[Certificate]:
    """The final certificates that were paid and then corrected, of which a certificate takes no place.

    Parameters
    ----------
    certificate : Certificate
    every : sequence of Certificate
        All that are known.

    Yields
    ------
    Certificate
        None in whose place all was paid anew.
    """
    own = {certificate.sha256} | chain(certificate, every)
    for one in every:
        after = [other for other in every if other.supersedes is not None and other.supersedes.sha256 == one.sha256]
        if (
            one.kind == "final"
            and one.sha256 not in own
            and after
            and not any(pays_anew(other, one) for other in after)
        ):
            yield one


def paid_apart(one: Certificate, other: Certificate, every: Sequence[Certificate]) -> tuple[str, ...]:
    """The lines of which neither of two certificates counts what the other paid.

    Parameters
    ----------
    one, other : Certificate
    every : sequence of Certificate
        All that are known, by which one may count the other.

    Returns
    -------
    tuple of str
        Of one day they may have been made in either order.
    """
    if one.kind != "final" or other.kind != "final":
        return ()
    first, later = sorted((one, other), key=by_settlement)
    found = _uncounted(first, later, every)
    return found if by_settlement(first) < by_settlement(later) else found and _uncounted(later, first, every)


def _uncounted(first: Certificate, later: Certificate, every: Sequence[Certificate]) -> tuple[str, ...]:
    """The lines of which the later deducts something else than the first says, and none between them tells why."""
    wrong = wrongly_deducted(later, first)
    told = {
        id for one in every if wrong and _between(first, one, later, every) for id in paid_to_date_as_in(later, one)
    }
    return tuple(id for id in wrong if id not in told)


def _between(first: Certificate, one: Certificate, later: Certificate, every: Sequence[Certificate]) -> bool:
    """Whether one follows the first and the later may follow it; what the later corrects must count the first."""
    if one.sha256 in (first.sha256, later.sha256) or one.kind != "final":
        return False
    if one.sha256 in chain(later, every):
        return by_settlement(first) <= by_settlement(one) and not _uncounted(first, one, every)
    corrects = first.sha256 in chain(one, every) and by_settlement(one) <= by_settlement(later)
    return corrects or by_settlement(first) < by_settlement(one) < by_settlement(later)

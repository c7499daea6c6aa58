"""Two certificates of one settlement that say different sums: no file shows which of them was paid."""

from __future__ import annotations

from collections.abc import Sequence

from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.workflow.earlier.can_be_paid import settled_on
from effekt.workflow.earlier.line_names import paid_to_date_as_in
from effekt.workflow.earlier.links import missing_link
from effekt.workflow.earlier.paid_apart import wrongly_deducted
from effekt.workflow.findings import Finding, cannot_tell


def _rivals(certificate: Certificate, earlier: Certificate, several: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Others of an earlier certificate's day that stand beside it, and say that something else was paid by then."""
    if certificate.supersedes is not None and certificate.supersedes.sha256 == earlier.sha256:
        return ()
    replaced = {one.supersedes.sha256 for one in several if one.supersedes is not None}
    day, stated = settled_on(earlier), paid_to_date_as_in(certificate, earlier)
    return tuple(
        one
        for one in several
        if one.sha256 != earlier.sha256
        and one.sha256 not in replaced
        and settled_on(one) == day
        and one.kind == "final"
        and any(paid_to_date_as_in(certificate, one).get(id) != stated.get(id) for id in certificate.paid_before)
    )


def of_two(certificate: Certificate, earlier: Certificate, several: Sequence[Certificate]) -> Finding | None:
    """That two of one day say different sums, one of them what is deducted: no file shows which was paid.

    Parameters
    ----------
    certificate, earlier : Certificate
    several : sequence of Certificate
        All that were given.

    Returns
    -------
    Finding or None
    """
    rivals = _rivals(certificate, earlier, several)
    if not rivals or all(wrongly_deducted(certificate, one, written=True) for one in (earlier, *rivals)):
        return None
    links = [(one, missing_link(one, several)) for one in (earlier, *rivals)]
    if unseen := next(((one, link) for one, link in links if link is not None), None):
        return _unseen(*unseen)
    day = settled_on(earlier)
    return cannot_tell(
        "paid_before",
        f"What is deducted as paid before is what one certificate of {day} says, and another one given, of "
        "the same day, says otherwise; neither takes the other's place, so no file shows which was paid: ask.",
        f"Det som dras av som tidigare betalt är vad ett intyg för {day} anger, och ett annat som angavs, "
        "för samma dag, anger något annat; inget tar det andras plats, så ingen fil visar vilket som betalades: fråga.",
    )


def _unseen(one: Certificate, link: Supersedes) -> Finding:
    return cannot_tell(
        "paid_before",
        "What is deducted as paid before is what one of the certificates given says, and another of the same "
        f"settlement says otherwise; that of {link.date}, digest {link.sha256[:16]}…, which would show whether that "
        f"of {one.date} was superseded, was not given.",
        "Det som dras av som tidigare betalt är vad ett av de angivna intygen anger, och ett annat för samma avräkning "
        f"anger något annat; det från {link.date}, kontrollsumma {link.sha256[:16]}…, som skulle visa om det från "
        f"{one.date} har ersatts, angavs inte.",
    )

"""From a certificate back to those whose place it takes: by which was paid, and which one was not given."""

from __future__ import annotations

from collections.abc import Sequence

from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes


def missing_link(one: Certificate, others: Sequence[Certificate]) -> Supersedes | None:
    """The certificate that was not given and may have taken another's place, before its own was taken in turn.

    Parameters
    ----------
    one : Certificate
    others : sequence of Certificate
        All that were given, the one itself too.

    Returns
    -------
    Supersedes or None
        As one of the others names it.
    """
    given = {other.sha256 for other in others}
    stated = (other.supersedes for other in others if other.supersedes is not None)
    return next((link for link in stated if link.sha256 not in given and one.date in link.before), None)


def link_between(one: Certificate, later: Certificate, others: Sequence[Certificate]) -> Supersedes | None:
    """The certificate that was not given and by which a later one may have taken another's place, one after another.

    Parameters
    ----------
    one, later : Certificate
    others : sequence of Certificate
        All that were given.

    Returns
    -------
    Supersedes or None
        Where following each in whose place the later one stands ends.
    """
    given, link = {other.sha256: other for other in others}, later.supersedes
    while link is not None and link.sha256 in given:
        link = given[link.sha256].supersedes
    return link if link is not None and one.date in link.before else None


def that_counts(one: Certificate, known: Sequence[Certificate]) -> Certificate | None:
    """The certificate by which was paid; of an interim one in the place of others the last of those that is not.

    Parameters
    ----------
    one : Certificate
    known : sequence of Certificate

    Returns
    -------
    Certificate or None
        None where one in its chain is not there.
    """
    by_digest = {other.sha256: other for other in known}
    found: Certificate | None = one
    while found is not None and found.kind == "interim" and found.supersedes is not None:
        found = by_digest.get(found.supersedes.sha256)
    return found
